//! Which host and which model.

use crate::{
    error::{Error, Failure},
    host::Host,
    models::{Model, same_model},
};

use super::{Pool, Role, Wish, nobody};

/// A model on a host, chosen for some work.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The host.
    pub host: Host,
    /// The model on it.
    pub model: Model,
    /// What it is chosen for.
    pub role: Role,
    /// Tokens that it reads at once; sent with every request.
    pub num_ctx: u64,
    /// How long it is to stay loaded.
    pub keep_alive: Option<String>,
    /// Which and why, as a sentence for the user.
    pub why: String,
    /// Why hosts that stand before it in the order of preference are not used, a sentence each.
    pub passed_over: Vec<String>,
}

impl Pool {
    /// Chooses a host and a model: the one that is wanted, else the one that the settings want, else the best that there is.
    pub async fn choose(&self, role: Role, wanted: Option<&str>) -> Result<Chosen, Error> {
        let mut wish = self.0.wishes.of(role).clone();
        if let Some(wanted) = wanted.filter(|wanted| !wanted.trim().is_empty()) {
            wish.model = Some(wanted.to_owned());
        }
        self.choose_for(role, &wish).await
    }

    /// Chooses a host and a model for a wish that is not the one of the settings.
    pub async fn choose_for(&self, role: Role, wish: &Wish) -> Result<Chosen, Error> {
        let mut why = Vec::new();
        for member in self.0.members.iter().filter(|member| role.is_of(&member.options)) {
            let host = match &member.host {
                Ok(host) => host,
                Err(error) => {
                    why.push(error.to_string());
                    continue;
                }
            };
            let models = match host.models().await {
                Ok(models) => models,
                Err(error) => {
                    why.push(error.to_string());
                    continue;
                }
            };
            let fits = |model: &&Model| match &wish.model {
                Some(wanted) => same_model(&model.name, wanted),
                None => !model.cloud && model.can(role.capability()).unwrap_or(true),
            };
            let Some(model) = models.iter().find(fits).cloned() else {
                let model = wish.model.clone().unwrap_or_else(|| "for this".to_owned());
                why.push(host.error(Failure::NotFound { model }).to_string());
                continue;
            };
            let num_ctx = wish.num_ctx.or(model.context.map(|trained| trained.min(32_768))).unwrap_or(8192);
            let sentence = format!("{} on {}", model.name, host.name());
            return Ok(Chosen {
                host: host.clone(),
                model,
                role,
                num_ctx,
                keep_alive: wish.keep_alive.clone(),
                why: sentence,
                passed_over: why,
            });
        }
        Err(nobody(role, why))
    }

    /// Tokens that the model really reads at once, as far as it is known by now: [`Chosen::num_ctx`], or less when the host
    /// could not give that much.
    pub fn context(&self, chosen: &Chosen) -> u64 {
        chosen.num_ctx
    }
}
