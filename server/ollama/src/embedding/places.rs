//! Which hosts have the very model that an index was made with.

use crate::{
    error::{Error, Failure},
    models::same_model,
    pool::{
        Chosen, Pool, Role,
        gate::Turn,
        health::{is_for_another, is_worth_waiting},
        member::{Member, held},
        nobody,
    },
};

use super::{
    EmbedError, EmbedModel, Passage, TemplateOptions, Templates,
    request::{Place, changed},
};

/// A text by which the dimension of a model is measured.
const SAMPLE: &str = "fn main() {}";

impl Pool {
    pub(super) async fn measure(&self, wanted: Option<&str>, templates: &TemplateOptions) -> Result<EmbedModel, Error> {
        let mut wish = self.wishes().embed.clone();
        if let Some(wanted) = wanted.filter(|wanted| !wanted.trim().is_empty()) {
            wish.model = Some(wanted.trim().to_owned());
        }
        let mut failed = Vec::new();
        let mut first = None;
        loop {
            let chosen = match self.choose_but(Role::Embed, &wish, &failed).await {
                Ok(chosen) => chosen,
                Err(error) => return Err(first.unwrap_or(error)),
            };
            match self.measure_on(&chosen, templates).await {
                Err(error) if is_for_another(&error.failure) => {
                    failed.push(chosen.host);
                    first.get_or_insert(error);
                }
                measured => return measured,
            }
        }
    }

    async fn measure_on(&self, chosen: &Chosen, templates: &TemplateOptions) -> Result<EmbedModel, Error> {
        let mut model = EmbedModel {
            templates: Templates::of(&chosen.model.name, templates),
            model: chosen.model.name.clone(),
            digest: chosen.model.digest.clone(),
            dimension: 0,
            why: chosen.why.clone(),
        };
        let own = |member: &Member| member.host().is_ok_and(|own| own.is(&chosen.host));
        let member = self.members().iter().position(own);
        let refused = |message| chosen.host.error(Failure::Rejected { message });
        let place = Place { member: member.unwrap_or_default(), num_ctx: chosen.num_ctx };
        let (vectors, _) =
            self.vectors(&model, place, &[Passage::from(SAMPLE)], Turn::Query).await.map_err(|error| match error {
                EmbedError::Host(error) => error,
                changed @ EmbedError::Changed { .. } => refused(changed.to_string()),
            })?;
        let vector = vectors.into_iter().next().unwrap_or_else(|| Ok(Vec::new()));
        model.dimension = vector.map_err(|error| refused(error.message))?.len();
        self.members()[place.member].learn_context(&model.model).await;
        Ok(model)
    }

    /// The hosts that have the model, in the order of preference; at least one.
    pub(super) async fn places(&self, model: &EmbedModel) -> Result<Vec<Place>, EmbedError> {
        let mut places = Vec::new();
        let mut errors = Vec::new();
        let mut other = None;
        for (place, member) in
            self.members().iter().enumerate().filter(|(_, member)| Role::Embed.is_of(&member.options))
        {
            let models = match member.ready().await {
                Ok(_) => member.models(false).await,
                Err(error) => Err(error),
            };
            match models {
                Ok(models) => match models.iter().find(|found| same_model(&found.name, &model.model)) {
                    Some(found) if found.digest == model.digest => {
                        let configured = self.wishes().embed.num_ctx;
                        let here = member.options.address.is_loopback();
                        let num_ctx = held(&member.contexts).settle(found, Role::Embed, here, configured);
                        places.push(Place { member: place, num_ctx });
                    }
                    Some(_) => other = Some(changed(model, &member.options.name, "it was fetched anew".to_owned())),
                    None => {
                        if let Ok(host) = member.host() {
                            errors.push(host.error(Failure::NotFound { model: model.model.clone() }));
                        }
                    }
                },
                Err(error) => errors.push(error),
            }
        }
        if !places.is_empty() {
            return Ok(places);
        }
        match other {
            // The one that has it may come back.
            Some(other) if !errors.iter().any(|error| is_worth_waiting(&error.failure)) => Err(other),
            _ => Err(EmbedError::Host(nobody(Role::Embed, errors))),
        }
    }

    /// Makes sure that the model on a host is still the same after it made vectors.
    pub(super) async fn still(&self, model: &EmbedModel, place: Place) -> Result<(), EmbedError> {
        let member = &self.members()[place.member];
        let host = member.host()?;
        match host.digest(&model.model).await? {
            Some(digest) if digest == model.digest => Ok(()),
            Some(_) => {
                member.forget_models();
                Err(changed(model, host.name(), "it was fetched anew".to_owned()))
            }
            None => {
                member.forget_models();
                Err(EmbedError::Host(host.error(Failure::NotFound { model: model.model.clone() })))
            }
        }
    }

    pub(super) async fn query(&self, model: &EmbedModel, question: &str) -> Result<Vec<f32>, EmbedError> {
        let mut places = self.places(model).await?;
        // A host that is at work on the index is asked after one that is not; else as the user ordered them.
        places.sort_by_key(|place| self.members()[place.member].gate.running().embed > 0);
        let mut first = None;
        for place in places {
            match self.vectors(model, place, &[Passage::from(question)], Turn::Query).await {
                Ok((mut vectors, _)) => {
                    let vector = vectors.pop().unwrap_or_else(|| Ok(Vec::new()));
                    return vector.map_err(|error| {
                        let host = self.members()[place.member].options.address.to_string();
                        EmbedError::Host(Error { host, failure: Failure::Rejected { message: error.message } })
                    });
                }
                Err(EmbedError::Host(error)) if is_for_another(&error.failure) => {
                    first.get_or_insert(EmbedError::Host(error));
                }
                Err(error) => return Err(error),
            }
        }
        Err(first.unwrap_or_else(|| EmbedError::Host(nobody(Role::Embed, Vec::new()))))
    }
}
