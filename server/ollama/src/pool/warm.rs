//! Models in the host's memory: loaded before they are needed, kept while they are, let go.

use serde_json::{Value, json};

use crate::error::Error;

use super::{Chosen, Pool, Role};

impl Pool {
    /// Has the model loaded, so that the first question does not wait for it, and learns how much it reads at once.
    pub async fn warm_up(&self, chosen: &Chosen) -> Result<(), Error> {
        let loaded = load(chosen, self.context(chosen), chosen.keep_alive.as_deref().map(keep_alive)).await;
        let Some(member) = self.member(&chosen.host) else { return loaded };
        member.judge(loaded)?;
        member.learn_context(&chosen.model.name).await;
        Ok(())
    }

    /// Lets the host free the memory that the model takes.
    pub async fn unload(&self, chosen: &Chosen) -> Result<(), Error> {
        load(chosen, self.context(chosen), Some(0.into())).await
    }
}

/// A request without content: the host loads the model, or lets it go when it is not to be kept.
async fn load(chosen: &Chosen, num_ctx: u64, keep: Option<Value>) -> Result<(), Error> {
    let mut body = json!({"model": chosen.model.name, "options": {"num_ctx": num_ctx}});
    if let Some(keep) = keep {
        body["keep_alive"] = keep;
    }
    match chosen.role {
        Role::Chat => {
            body["messages"] = json!([]);
            let mut events = chosen.host.chat_as(&chosen.model.name, body, &[]).await?;
            while let Some(event) = events.next().await {
                event?;
            }
        }
        Role::Embed => {
            body["input"] = json!([]);
            chosen.host.embed_as(&chosen.model.name, body, &[]).await?;
        }
    }
    Ok(())
}

/// As the host reads it: a number of seconds is no text.
pub(crate) fn keep_alive(text: &str) -> Value {
    text.trim().parse::<i64>().map_or_else(|_| text.trim().into(), Value::from)
}
