//! Which host and which model.

use crate::{
    error::{Error, Failure},
    host::Host,
    models::{Model, same_model},
};

use super::{
    Pool, Role, Wish,
    member::{Member, held},
    nobody,
    preference::{best, looks_like_embedding, suggestion},
};

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
    /// What was wished, in case that another host has to be found.
    pub(super) wish: Wish,
}

impl Pool {
    /// Chooses a host and a model: the one that is wanted, else the one that the settings want, else the best that there is.
    /// What is wanted may name its host: `qwen2.5-coder:7b@gpu`.
    pub async fn choose(&self, role: Role, wanted: Option<&str>) -> Result<Chosen, Error> {
        let mut wish = self.wishes().of(role).clone();
        if let Some(wanted) = wanted.filter(|wanted| !wanted.trim().is_empty()) {
            wish = wish.naming(wanted);
        }
        self.choose_for(role, &wish).await
    }

    /// Chooses a host and a model for a wish that is not the one of the settings.
    pub async fn choose_for(&self, role: Role, wish: &Wish) -> Result<Chosen, Error> {
        self.choose_but(role, wish, &[]).await
    }

    /// Chooses among the hosts that did not fail just now.
    pub(crate) async fn choose_but(&self, role: Role, wish: &Wish, failed: &[Host]) -> Result<Chosen, Error> {
        let mut errors = Vec::new();
        if let Some(wanted) = &wish.host {
            self.has_role(wanted, role)?;
        }
        for member in self.of(role) {
            if wish.host.as_ref().is_some_and(|wanted| !member.is_called(wanted)) {
                continue;
            }
            if member.host().is_ok_and(|host| failed.iter().any(|other| other.is(host))) {
                continue;
            }
            match on(member, role, wish).await {
                Ok(mut chosen) => {
                    held(&member.lacks).remove(&role);
                    chosen.passed_over = errors.iter().map(Error::sentence).collect();
                    return Ok(chosen);
                }
                Err(error) => {
                    if matches!(
                        error.failure,
                        Failure::NoModel { .. }
                            | Failure::NotFound { .. }
                            | Failure::Unsupported { .. }
                            | Failure::Cloud { .. }
                            | Failure::NoSuchEndpoint { .. }
                    ) {
                        held(&member.lacks).insert(role, error.clone());
                    }
                    errors.push(error);
                }
            }
        }
        Err(nobody(role, errors))
    }

    /// Whether there is a host of that name, and it may do this.
    fn has_role(&self, wanted: &str, role: Role) -> Result<(), Error> {
        let Some(member) = self.members().iter().find(|member| member.is_called(wanted)) else {
            let known = self.members().iter().map(|member| member.options.name.clone()).collect();
            return Err(Error { host: wanted.to_owned(), failure: Failure::NoSuchHost { known } });
        };
        if role.is_of(&member.options) {
            return Ok(());
        }
        let message = format!("it does not have the role `{}`", role.as_str());
        Err(Error { host: wanted.to_owned(), failure: Failure::Options { message } })
    }

    /// Tokens that the model really reads at once, as far as it is known by now: [`Chosen::num_ctx`], or less when the host
    /// could not give that much.
    pub fn context(&self, chosen: &Chosen) -> u64 {
        let member = self.member(&chosen.host);
        member.and_then(|member| held(&member.contexts).of(&chosen.model.name)).unwrap_or(chosen.num_ctx)
    }
}

async fn on(member: &Member, role: Role, wish: &Wish) -> Result<Chosen, Error> {
    let host = member.ready().await?;
    let mut picked = pick(host, &member.models(false).await?, role, wish);
    if picked.is_err() {
        // Somebody may have fetched it a moment ago.
        picked = pick(host, &member.models(true).await?, role, wish);
    }
    let (model, reason) = picked?;
    let here = host.address().is_loopback();
    let num_ctx = held(&member.contexts).settle(&model, role, here, wish.num_ctx);
    let why = format!("{} on {}: {reason}", model.name, host.name());
    let (keep_alive, wish) = (wish.keep_alive.clone(), wish.clone());
    Ok(Chosen { host: host.clone(), model, role, num_ctx, keep_alive, why, passed_over: Vec::new(), wish })
}

/// The model of a host, and why this one.
fn pick(host: &Host, models: &[Model], role: Role, wish: &Wish) -> Result<(Model, String), Error> {
    let Some(wanted) = &wish.model else {
        let best = best(models, role).map(|(model, reason)| (model.clone(), reason));
        let lacks = || Failure::NoModel { role: role.as_str(), fetch: suggestion(role).to_owned() };
        return best.ok_or_else(|| host.error(lacks()));
    };
    let Some(model) = models.iter().find(|model| same_model(&model.name, wanted)) else {
        return Err(host.error(Failure::NotFound { model: wanted.clone() }));
    };
    if model.cloud && !host.inner().policy.allow_cloud {
        return Err(host.error(Failure::Cloud { model: model.name.clone() }));
    }
    // Old hosts do not say what a model can do: it is tried, unless its name already says that it only makes vectors.
    let can = model.can(role.capability()).unwrap_or(role == Role::Embed || !looks_like_embedding(&model.name));
    if !can {
        let what = if role == Role::Chat { "chat" } else { "embedding" }.to_owned();
        return Err(host.error(Failure::Unsupported { model: model.name.clone(), what }));
    }
    let reason = if model.cloud {
        "as wanted; it runs in Ollama's cloud, so that everything it is asked leaves the host"
    } else {
        "as wanted"
    };
    Ok((model.clone(), reason.to_owned()))
}
