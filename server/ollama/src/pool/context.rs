//! How many tokens a model reads at once: one number for each model on each host, sent with every request, because a host
//! loads a model anew when it changes.
//!
//! What the user sets is sent. Else the host decides: when the model is loaded, by whomever, its context is taken as it is, so
//! that nobody's model is loaded anew because of us. When it is not loaded we name a number: what hosts with a GPU take by
//! themselves, and on this machine, which has to hold the editor too, half of it. After the first request the host is asked
//! what it really gave.

use std::collections::HashMap;

use crate::models::Model;

use super::Role;

/// For a model that nobody has loaded, on another machine. Hosts with 24 GB and more take as much by themselves.
const ELSEWHERE: u64 = 32_768;

/// For a model that nobody has loaded, on this machine: about 1 GB for a model of 7B.
const HERE: u64 = 16_384;

/// For vectors: texts are pieces of a file.
const FOR_VECTORS: u64 = 8_192;

/// For a model that does not say how much it was trained for.
const UNTOLD: u64 = 8_192;

/// A model that is loaded with less is loaded anew: it holds no question about code.
const USELESS: u64 = 2_048;

/// A model that makes vectors is not loaded anew for less than this.
const USELESS_FOR_VECTORS: u64 = 128;

/// The contexts of the models of one host.
#[derive(Debug, Default)]
pub(crate) struct Contexts(HashMap<String, Context>);

#[derive(Debug, Clone, Copy, Default)]
struct Context {
    sent: u64,
    /// What the user wants.
    configured: bool,
    /// What the host gave, once it was asked after a request.
    given: Option<u64>,
    /// It was asked; old hosts do not say.
    asked: bool,
}

impl Contexts {
    /// The number to send.
    pub(crate) fn settle(&mut self, model: &Model, role: Role, here: bool, configured: Option<u64>) -> u64 {
        let loaded = model.loaded.as_ref().and_then(|loaded| loaded.context);
        let known = self.0.get(&model.name).copied();
        let trained = |tokens: u64| model.context.map_or(tokens, |trained| tokens.min(trained));
        let useless = if role == Role::Embed { USELESS_FOR_VECTORS } else { USELESS };
        let was = known.filter(|known| known.configured).map(|known| known.sent);
        let next = match (configured.or(was), loaded, known) {
            // Two features that want different numbers of the same model get the larger one, or it would be loaded anew by
            // turns.
            (Some(wanted), ..) => {
                let sent = trained(wanted).max(was.unwrap_or_default());
                let same = known.filter(|known| known.sent == sent);
                Context { configured: true, ..same.unwrap_or(Context { sent, ..Context::default() }) }
            }
            (None, Some(loaded), _) if loaded >= useless => {
                Context { sent: loaded, given: Some(loaded), ..Context::default() }
            }
            (None, _, Some(known)) => known,
            (None, _, None) => {
                let usual = match role {
                    Role::Embed => FOR_VECTORS,
                    Role::Chat if model.context.is_none() => UNTOLD,
                    Role::Chat if here => HERE,
                    Role::Chat => ELSEWHERE,
                };
                Context { sent: trained(usual), ..Context::default() }
            }
        };
        self.0.insert(model.name.clone(), next);
        next.given.map_or(next.sent, |given| given.min(next.sent))
    }

    /// Whether the host was asked what it gave.
    pub(crate) fn is_known(&self, model: &str) -> bool {
        self.0.get(model).is_some_and(|known| known.asked || known.given.is_some())
    }

    /// The host was asked, and gave so much.
    pub(crate) fn learn(&mut self, model: &str, given: Option<u64>) {
        if let Some(known) = self.0.get_mut(model) {
            known.asked = true;
            known.given = given.or(known.given);
        }
    }

    /// What the model reads at once, as far as it is known.
    pub(crate) fn of(&self, model: &str) -> Option<u64> {
        self.0.get(model).map(|known| known.given.map_or(known.sent, |given| given.min(known.sent)))
    }
}

#[cfg(test)]
mod tests {
    use crate::models::Loaded;

    use super::*;

    fn model(trained: Option<u64>, loaded: Option<u64>) -> Model {
        let loaded = loaded.map(|tokens| Loaded { context: Some(tokens), ..Loaded::default() });
        Model { name: "qwen".to_owned(), context: trained, loaded, ..Model::default() }
    }

    #[test]
    fn the_host_decides_unless_the_user_does() {
        for (trained, loaded, configured, expected) in [
            (Some(131_072), None, None, 32_768),
            (Some(8_192), None, None, 8_192),
            (None, None, None, 8_192),
            (Some(131_072), Some(65_536), None, 65_536),
            (Some(131_072), Some(4_096), None, 4_096),
            (Some(131_072), Some(1_024), None, 32_768),
            (Some(131_072), Some(4_096), Some(16_000), 16_000),
            (Some(8_192), None, Some(16_000), 8_192),
        ] {
            let settled = Contexts::default().settle(&model(trained, loaded), Role::Chat, false, configured);
            assert_eq!(settled, expected, "{trained:?} {loaded:?} {configured:?}");
        }
        assert_eq!(Contexts::default().settle(&model(Some(131_072), None), Role::Chat, true, None), 16_384);
        assert_eq!(Contexts::default().settle(&model(Some(512), Some(256)), Role::Embed, true, None), 256);
    }

    #[test]
    fn it_stays_the_same_from_then_on() {
        let mut contexts = Contexts::default();
        let qwen = model(Some(131_072), None);
        assert_eq!(contexts.settle(&qwen, Role::Chat, false, None), 32_768);
        contexts.learn("qwen", Some(12_000));
        assert_eq!(contexts.settle(&qwen, Role::Chat, false, None), 12_000, "the host could not give more");
        assert_eq!(contexts.settle(&qwen, Role::Chat, false, Some(20_000)), 20_000);
        assert_eq!(contexts.settle(&qwen, Role::Chat, false, Some(8_000)), 20_000, "the larger one serves both");
        assert_eq!(contexts.settle(&qwen, Role::Chat, false, None), 20_000);
        contexts.learn("qwen", Some(16_000));
        assert_eq!(contexts.settle(&qwen, Role::Chat, false, Some(20_000)), 16_000);
    }
}
