//! Which model is taken when nobody named one. No model is built in: these lists only put in order what a host has.

use crate::models::Model;

use super::Role;

/// A family of models.
struct Family {
    /// How the names of its models begin.
    name: &'static str,
    /// Why it stands where it stands.
    reason: &'static str,
}

const fn family(name: &'static str, reason: &'static str) -> Family {
    Family { name, reason }
}

/// Models that answer, the better ones for code first. Longer names stand before those that they begin with.
const CHAT: &[Family] = &[
    family("qwen3-coder", "made for code"),
    family("qwen3.6", "strong at code"),
    family("devstral", "made for code"),
    family("qwen2.5-coder", "made for code, quick"),
    family("gpt-oss", "strong at code, reasons first"),
    family("qwen3.5", "strong at code"),
    family("glm-4.7-flash", "strong at code"),
    family("gemma4", "good at text and code"),
    family("granite4", "trained on code"),
    family("laguna", "trained on code"),
    family("codestral", "made for code"),
    family("deepseek-coder", "made for code"),
    family("granite-code", "made for code"),
    family("codellama", "made for code"),
    family("qwen3", "good at text and code"),
    family("gemma3", "good at text"),
    family("llama3", "good at text"),
    family("mistral", "good at text"),
    // It reasons at length before each answer.
    family("deepseek-r1", "reasons before it answers"),
];

/// Models that make vectors, with the forms of text that the crate knows.
const EMBED: &[Family] = &[
    family("qwen3-embedding", "the best vectors for code"),
    family("embeddinggemma", "small, with a form of its own for code"),
    family("nomic-embed", "widely used"),
    family("snowflake-arctic-embed", "good at text"),
    family("bge", "good at text"),
    family("mxbai-embed", "good at text"),
    family("granite-embedding", "small"),
    family("all-minilm", "very small"),
    family("minilm", "very small"),
];

/// What to fetch when a host has nothing that fits.
pub(super) fn suggestion(role: Role) -> &'static str {
    match role {
        Role::Chat => "qwen2.5-coder:7b",
        Role::Embed => "embeddinggemma",
    }
}

/// The best model for a role, and why; models of the cloud are never taken without being named.
pub(super) fn best(models: &[Model], role: Role) -> Option<(&Model, String)> {
    let mut fitting: Vec<&Model> = models.iter().filter(|model| !model.cloud && fits(model, role)).collect();
    // Of one family the larger model is the better one, and who has it installed can run it.
    fitting.sort_by_key(|model| {
        let tried = model.can(role.capability()).is_none();
        (tried, rank(&model.name, role), std::cmp::Reverse(model.size), model.name.clone())
    });
    let model = *fitting.first()?;
    let reason = table(role).get(rank(&model.name, role)).map_or("the best of what is there", |family| family.reason);
    Some((model, reason.to_owned()))
}

/// Whether a model may do this. What old hosts do not say is read from the name, and tried.
fn fits(model: &Model, role: Role) -> bool {
    model.can(role.capability()).unwrap_or_else(|| looks_like_embedding(&model.name) == (role == Role::Embed))
}

/// Whether a name is one of models that only make vectors.
pub(super) fn looks_like_embedding(name: &str) -> bool {
    let name = base(name);
    name.contains("embed") || rank(&name, Role::Embed) < EMBED.len()
}

fn rank(name: &str, role: Role) -> usize {
    let name = base(name);
    table(role).iter().position(|family| name.starts_with(family.name)).unwrap_or(table(role).len())
}

fn table(role: Role) -> &'static [Family] {
    match role {
        Role::Chat => CHAT,
        Role::Embed => EMBED,
    }
}

/// A name without registry and user.
fn base(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, size: u64, can: Option<&[&str]>) -> Model {
        Model {
            name: name.to_owned(),
            size,
            capabilities: can.map(|all| all.iter().map(|&one| one.to_owned()).collect()),
            cloud: name.ends_with("cloud"),
            ..Model::default()
        }
    }

    fn check(role: Role, models: &[(&str, u64, Option<&[&str]>)], expected: Option<&str>) {
        let models: Vec<Model> = models.iter().map(|(name, size, can)| model(name, *size, *can)).collect();
        let best = best(&models, role).map(|(model, _)| model.name.as_str());
        assert_eq!(best, expected, "{role:?} {models:?}");
    }

    const CHATS: Option<&[&str]> = Some(&["completion"]);
    const EMBEDS: Option<&[&str]> = Some(&["embedding"]);

    #[test]
    fn the_best_for_code_is_taken() {
        let llama = ("llama3.2:3b", 2, CHATS);
        let small = ("qwen2.5-coder:3b", 2, CHATS);
        let large = ("qwen2.5-coder:7b", 5, CHATS);
        check(Role::Chat, &[llama, small, large], Some("qwen2.5-coder:7b"));
        check(Role::Chat, &[llama, small, large, ("ada/qwen3-coder:30b", 18, CHATS)], Some("ada/qwen3-coder:30b"));
        check(Role::Chat, &[("zephyr:7b", 4, CHATS), llama], Some("llama3.2:3b"));
        check(Role::Chat, &[("unheard-of", 4, CHATS)], Some("unheard-of"));
        check(Role::Chat, &[("qwen3-coder:480b-cloud", 0, CHATS)], None);
        check(Role::Chat, &[], None);
    }

    #[test]
    fn models_for_vectors_never_answer_and_the_other_way_round() {
        let gemma = ("embeddinggemma:latest", 1, EMBEDS);
        let qwen = ("qwen2.5-coder:7b", 5, CHATS);
        check(Role::Chat, &[gemma], None);
        check(Role::Chat, &[gemma, qwen], Some("qwen2.5-coder:7b"));
        check(Role::Embed, &[gemma, qwen], Some("embeddinggemma:latest"));
        check(Role::Embed, &[qwen], None);
        check(Role::Embed, &[("nomic-embed-text", 1, EMBEDS), gemma], Some("embeddinggemma:latest"));
    }

    #[test]
    fn what_old_hosts_do_not_say_is_tried() {
        let old = [("nomic-embed-text:latest", 1, None), ("all-minilm", 1, None), ("codellama:7b", 4, None)];
        check(Role::Chat, &old, Some("codellama:7b"));
        check(Role::Embed, &old, Some("nomic-embed-text:latest"));
        check(Role::Chat, &[old[2], ("zephyr", 4, CHATS)], Some("zephyr"));
    }
}
