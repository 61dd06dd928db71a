//! What a question means in a conversation: "and where is that called?" is about what was spoken of before. Told by rules,
//! without a model, so that the same conversation always finds the same code.

use super::{Place, Turn};
use crate::terms;

/// A question with what it leans on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meant {
    /// What to search for.
    pub search: String,
    /// Names that the question is about, the likeliest first: its own, or those it leans on.
    pub names: Vec<String>,
    /// Places that it leans on.
    pub places: Vec<Place>,
    /// What is asked about them.
    pub intent: Option<Intent>,
    /// Whether it leans on what was said before.
    pub follows: bool,
}

/// What is asked about a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Who uses it.
    Callers,
    /// What it uses.
    Callees,
    /// How it is tested.
    Tests,
    /// Where and how it is defined.
    Definition,
    /// Who changed it, when and why.
    History,
}

/// Longer questions say themselves what they are about.
const SHORT: usize = 4;
/// So many names are carried.
const NAMES: usize = 4;
/// So many places are carried.
const PLACES: usize = 4;
/// So many turns back a thing may have been named.
const BACK: usize = 12;

/// What a question means after these turns.
pub fn meant(question: &str, history: &[Turn]) -> Meant {
    let words = words(question);
    let own = names(question);
    let intent = intent(question, &words);
    let follows = !history.is_empty() && follows(&words, &own, intent);
    if !follows {
        return Meant { search: question.to_owned(), names: own, places: Vec::new(), intent, follows };
    }
    let (names, places) = topic(history, is_plural(&words));
    let mut search = names.join(" ");
    // What the conversation is about, in the words of the question that began it.
    if let Some(turn) = history.iter().rev().take(BACK).find(|turn| !leans(&turn.question)) {
        search.push(' ');
        search.push_str(turn.question.trim());
    }
    search.push(' ');
    search.push_str(question.trim());
    let names = if own.is_empty() { names } else { own.into_iter().chain(names).collect() };
    Meant { search: search.trim().to_owned(), names, places, intent, follows }
}

/// What a conversation speaks of at its end: names and places.
fn topic(history: &[Turn], plural: bool) -> (Vec<String>, Vec<Place>) {
    let Some(last) = history.last() else { return (Vec::new(), Vec::new()) };
    let places: Vec<Place> = last.places.iter().take(PLACES).cloned().collect();
    if plural {
        // "those" are what the last answer named.
        let named = places.iter().filter(|place| !place.symbol.is_empty()).map(|place| place.symbol.clone());
        return (named.take(NAMES).collect(), places);
    }
    let own = names(&last.question);
    if !own.is_empty() {
        return (own, places);
    }
    if leans(&last.question) && history.len() > 1 && history.len() < BACK {
        // A question about a thing goes on about that thing, not about what the answer found.
        let (names, before) = topic(&history[..history.len() - 1], false);
        if !names.is_empty() {
            return (names, if places.is_empty() { before } else { places });
        }
    }
    let mut found: Vec<String> =
        places.iter().filter(|place| !place.symbol.is_empty()).map(|place| place.symbol.clone()).collect();
    if found.is_empty() {
        found = in_backticks(&last.answer);
    }
    let mut seen = rustc_hash::FxHashSet::default();
    found.retain(|name| seen.insert(name.clone()));
    found.truncate(NAMES);
    (found, places)
}

/// Whether a question cannot stand alone.
fn leans(question: &str) -> bool {
    let words = words(question);
    let own = names(question);
    let intent = intent(question, &words);
    follows(&words, &own, intent)
}

fn follows(words: &[String], own: &[String], intent: Option<Intent>) -> bool {
    const POINTING: [&str; 14] = [
        "it", "its", "that", "this", "they", "them", "their", "those", "these", "there", "he", "same", "former",
        "latter",
    ];
    const JOINING: [&str; 7] = ["and", "but", "also", "then", "so", "or", "what about"];
    if !own.is_empty() {
        return false;
    }
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    let joins = words.first().is_some_and(|word| is(&JOINING, word));
    // "the function that counts" points at nothing before.
    let points = words.iter().enumerate().any(|(at, word)| {
        is(&POINTING, word)
            && !(word == "that" && at > 0 && !pointed_at(words, at))
            && !(word == "there"
                && words.get(at.wrapping_sub(1)).is_some_and(|before| matches!(before.as_str(), "is" | "are")))
    });
    let content = words.iter().filter(|word| !terms::is_stop_word(word)).count();
    // "where is it called" and "callers?" need a thing; "how are retries counted" brings its own.
    let bare = content <= 1 && (intent.is_some() || words.len() <= SHORT && joins);
    joins && content <= SHORT || points || bare
}

/// `that` in "where is that called" and "what does that do", unlike that in "the code that counts".
fn pointed_at(words: &[String], at: usize) -> bool {
    let before = words[at - 1].as_str();
    let verbs = [
        "is", "was", "does", "do", "did", "of", "for", "about", "on", "in", "to", "by", "with", "from", "call",
        "calls", "use", "uses", "test", "tests", "explain", "and", "why", "how", "where", "when", "change", "changed",
        "wrote", "has", "can", "if", "like", "at", "than",
    ];
    verbs.contains(&before)
}

fn is_plural(words: &[String]) -> bool {
    words.iter().any(|word| matches!(word.as_str(), "they" | "them" | "those" | "these" | "their"))
}

fn intent(question: &str, words: &[String]) -> Option<Intent> {
    let text = format!(" {} ", words.join(" "));
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(&format!(" {phrase} ")));
    if has(&["tested", "tests", "test", "covered", "coverage"]) && !has(&["how do i run", "run the tests", "run tests"])
    {
        return Some(Intent::Tests);
    }
    if has(&[
        "who changed",
        "who wrote",
        "when was",
        "who added",
        "why was",
        "history",
        "blame",
        "last changed",
        "commit",
        "commits",
        "introduced",
    ]) {
        return Some(Intent::History);
    }
    if has(&[
        "called by",
        "used by",
        "who calls",
        "who uses",
        "what calls",
        "what uses",
        "callers",
        "caller",
        "usages",
        "usage",
        "users of",
        "references to",
        "call sites",
        "where is it used",
        "depends on it",
        "calls it",
        "uses it",
        "calls that",
        "uses that",
        "calls this",
        "uses this",
    ]) || (has(&["where"]) && has(&["called", "used", "invoked", "referenced", "instantiated"]))
    {
        return Some(Intent::Callers);
    }
    if has(&["callees", "depend on", "dependencies"])
        || (has(&["what does", "what do", "which functions does"]) && has(&["call", "use", "need", "invoke"]))
    {
        return Some(Intent::Callees);
    }
    if has(&["defined", "definition", "declared", "implemented", "implementation", "signature"])
        || (has(&["what is"]) && question.len() < 60)
    {
        return Some(Intent::Definition);
    }
    None
}

/// The names in a question that only code has: in backticks, with `::`, `.` or `()`, or written as no word is.
pub fn names(question: &str) -> Vec<String> {
    let mut found = in_backticks(question);
    for word in question.split(|c: char| c.is_whitespace() || ",;`\"?!'".contains(c)) {
        let called = word.ends_with("()");
        let word = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
        let inner = word.trim_matches('_');
        let joined = word.contains("::") || inner.contains('_') || called;
        let camel = inner.chars().skip(1).any(char::is_uppercase) && inner.chars().any(char::is_lowercase);
        let dotted = word.contains('.') && !word.contains("..") && word.split('.').all(|part| part.chars().count() > 1);
        let known = found.iter().any(|name| name == word);
        if word.len() > 2 && !known && !word.contains("://") && (joined || camel || dotted) {
            found.push(word.to_owned());
        }
    }
    found.truncate(NAMES);
    found
}

/// What stands in backticks and could be a name.
fn in_backticks(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split('`').skip(1).step_by(2) {
        let name = part.trim().trim_end_matches("()");
        let is_name = name.len() > 1
            && name.len() < 100
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '$'))
            && name.chars().any(char::is_alphabetic);
        if is_name && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// The words of a question, lower case, without signs.
fn words(question: &str) -> Vec<String> {
    let split = question.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\''));
    split.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Span;

    fn turn(question: &str, answer: &str, symbols: &[&str]) -> Turn {
        let place = |symbol: &&str| Place {
            path: "src/retry.rs".to_owned(),
            lines: Span::new(1, 9),
            symbol: (*symbol).to_owned(),
        };
        Turn { question: question.to_owned(), answer: answer.to_owned(), places: symbols.iter().map(place).collect() }
    }

    #[track_caller]
    fn check(history: &[Turn], question: &str, names: &[&str], intent: Option<Intent>) {
        let meant = meant(question, history);
        assert_eq!(meant.names, names, "{question}: {meant:?}");
        assert_eq!(meant.intent, intent, "{question}");
    }

    #[test]
    fn what_a_follow_up_is_about() {
        let first = || turn("how are retries counted?", "In `count_retries` (src/retry.rs:1-9).", &["count_retries"]);
        let history = [first()];
        check(&history, "and where is that called?", &["count_retries"], Some(Intent::Callers));
        check(&history, "how is it tested?", &["count_retries"], Some(Intent::Tests));
        check(&history, "What does it call?", &["count_retries"], Some(Intent::Callees));
        check(&history, "who changed that last?", &["count_retries"], Some(Intent::History));
        check(&history, "and its callers?", &["count_retries"], Some(Intent::Callers));
        check(&history, "tests?", &["count_retries"], Some(Intent::Tests));
    }

    #[test]
    fn a_thing_stays_the_topic_over_several_questions() {
        let history = [
            turn("how are retries counted?", "In `count_retries`.", &["count_retries"]),
            turn("and where is that called?", "In `main` and `serve`.", &["main", "serve"]),
        ];
        check(&history, "is it tested?", &["count_retries"], Some(Intent::Tests));
        check(&history, "what do they use?", &["main", "serve"], Some(Intent::Callees));
    }

    #[test]
    fn a_question_with_a_name_stands_alone() {
        let history = [turn("how are retries counted?", "In `count_retries`.", &["count_retries"])];
        check(&history, "where is `Store::add` called?", &["Store::add"], Some(Intent::Callers));
        check(&history, "and parse_url?", &["parse_url"], None);
        let alone = meant("where is the configuration of the hosts read?", &history);
        assert!(!alone.follows && alone.search.starts_with("where is the configuration"), "{alone:?}");
        assert!(!meant("where is the code that counts open files?", &history).follows);
        assert!(!meant("how does it start?", &[]).follows, "nothing was said before");
    }

    #[test]
    fn names_from_the_answer_where_nothing_was_cited() {
        let history = [turn("how are retries counted?", "The loop in `wait_longer` counts.", &[])];
        check(&history, "where is that defined?", &["wait_longer"], Some(Intent::Definition));
    }

    #[test]
    fn the_search_keeps_the_topic_in_words() {
        let history = [turn("how are retries counted?", "In `count_retries`.", &["count_retries"])];
        let meant = meant("and when does that stop?", &history);
        assert_eq!(meant.search, "count_retries how are retries counted? and when does that stop?");
        assert_eq!(meant.places.len(), 1);
    }
}
