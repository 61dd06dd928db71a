//! How good a search is: questions whose answers are known, scored by where the answers stand among the results.
//!
//! Only counting happens here; nothing is searched. `benches/retrieval/score.py` counts the same way.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

/// Results beyond this rank count for nothing but recall, which ends here too.
const DEPTH: usize = 10;
/// How often the questions are drawn anew for an interval.
const DRAWS: usize = 1000;
/// How much of the draws an interval holds.
const CONFIDENCE: f64 = 0.95;

/// A question with its answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Question {
    /// Its name.
    pub id: String,
    /// What is searched for.
    pub query: String,
    /// Where the answers stand.
    pub targets: Vec<Target>,
    /// What counts as found.
    #[serde(default)]
    pub kind: Kind,
    /// The language it is about; only used to group.
    #[serde(default)]
    pub language: Option<String>,
    /// Files that are neither right nor wrong.
    #[serde(default)]
    pub secondary: Vec<String>,
    /// The source tree it is asked of, when that is not the repository as such.
    #[serde(default)]
    pub tree: Option<String>,
    /// The repository it is asked of.
    #[serde(default)]
    pub repo: Option<String>,
    /// Set when everybody can make its tree from packages; only used to group.
    #[serde(default)]
    pub corpus: Option<String>,
}

impl Question {
    /// The source tree it is asked of, if it names one.
    pub fn tree(&self) -> Option<&str> {
        self.tree.as_deref().or(self.repo.as_deref())
    }
}

/// A place that answers a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Target {
    /// The file, relative to the workspace.
    pub path: String,
    /// First line, from 1.
    #[serde(default)]
    pub start: u32,
    /// Last line, inclusive.
    #[serde(default = "last_line")]
    pub end: u32,
}

/// A target without lines is the whole file.
fn last_line() -> u32 {
    u32::MAX
}

/// What counts as found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The description of a change: the files that it touched.
    Change,
    /// The description of one definition: any result that shares lines with one of the targets.
    #[default]
    Doc,
    /// A question about the code: the files that answer it.
    Question,
}

impl Kind {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Doc => "doc",
            Self::Question => "question",
        }
    }
}

/// A place that a search returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The file, relative to the workspace.
    pub path: String,
    /// First line, from 1.
    pub start: u32,
    /// Last line, inclusive.
    pub end: u32,
    /// How sure the search was; the order of the results is what counts.
    pub score: f32,
}

/// How well a question was answered, or the mean over many.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Measures {
    /// The gain of the first ten results, discounted by rank, as a share of the best possible.
    #[serde(rename = "ndcg@10")]
    pub ndcg: f64,
    /// One divided by the rank of the first answer.
    #[serde(rename = "mrr@10")]
    pub mrr: f64,
    /// The share of the answers that the first result holds.
    #[serde(rename = "recall@1")]
    pub recall_1: f64,
    /// The same of the first five.
    #[serde(rename = "recall@5")]
    pub recall_5: f64,
    /// The same of the first ten.
    #[serde(rename = "recall@10")]
    pub recall_10: f64,
}

impl Measures {
    /// What the numbers are, in the order of [`Measures::values`].
    pub const NAMES: [&'static str; 5] = ["ndcg@10", "mrr@10", "recall@1", "recall@5", "recall@10"];

    /// The numbers.
    pub fn values(&self) -> [f64; 5] {
        [self.ndcg, self.mrr, self.recall_1, self.recall_5, self.recall_10]
    }

    fn mean(all: &[Self]) -> Self {
        let mut sums = [0.0; 5];
        for measures in all {
            for (sum, value) in sums.iter_mut().zip(measures.values()) {
                *sum += value;
            }
        }
        let [ndcg, mrr, recall_1, recall_5, recall_10] = sums.map(|sum| sum / all.len().max(1) as f64);
        Self { ndcg, mrr, recall_1, recall_5, recall_10 }
    }
}

/// A line of the table: what some questions have in common, and how well they were answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// `overall`, `mean of kinds`, `kind doc` or `rust doc`.
    #[serde(skip)]
    pub name: String,
    /// Number of questions.
    pub n: usize,
    /// The means.
    #[serde(flatten)]
    pub measures: Measures,
    /// Where the mean of NDCG@10 lies in 95 of 100 draws of as many questions.
    #[serde(rename = "ndcg@10_interval")]
    pub interval: [f64; 2],
}

/// How well one question was answered by these results, best first.
pub fn measure(question: &Question, found: &[Found]) -> Measures {
    let (hits, answers) = hits(question, found);
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    // (The sum of nothing is minus zero, which would be printed as such.)
    let gained = (0..hits.len()).filter(|&rank| hits[rank]).map(gain).fold(0.0, |sum, gain| sum + gain);
    let best: f64 = (0..answers.min(DEPTH)).map(gain).sum();
    let recall = |depth: usize| hits.iter().take(depth).filter(|&&hit| hit).count() as f64 / answers.max(1) as f64;
    Measures {
        ndcg: if best > 0.0 { gained / best } else { 0.0 },
        mrr: hits.iter().position(|&hit| hit).map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0)),
        recall_1: recall(1),
        recall_5: recall(5),
        recall_10: recall(DEPTH),
    }
}

/// Which of the first ten ranks are answers, and how many answers there are. Of what answers the same, the first counts.
fn hits(question: &Question, found: &[Found]) -> (Vec<bool>, usize) {
    if question.kind == Kind::Doc {
        let is_there = |found: &Found| {
            let path = plain(&found.path);
            question
                .targets
                .iter()
                .any(|target| path == plain(&target.path) && found.start <= target.end && found.end >= target.start)
        };
        let first = found.iter().take(DEPTH).position(is_there);
        return ((0..found.len().min(DEPTH)).map(|rank| Some(rank) == first).collect(), 1);
    }
    let wanted: FxHashSet<String> = question.targets.iter().map(|target| plain(&target.path)).collect();
    let dropped: FxHashSet<String> =
        question.secondary.iter().map(|path| plain(path)).filter(|path| !wanted.contains(path)).collect();
    let mut seen = FxHashSet::default();
    let ranks = found
        .iter()
        .map(|found| plain(&found.path))
        .filter(|path| !dropped.contains(path) && seen.insert(path.clone()))
        .map(|path| wanted.contains(&path));
    (ranks.take(DEPTH).collect(), wanted.len())
}

/// A path in the one way it is compared.
fn plain(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut rest = path.as_str();
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter;
    }
    rest.to_owned()
}

/// The table: overall, the mean of the kinds' means (so that a kind with more questions does not outweigh the others), each
/// kind, and each language with each kind. Empty without questions. The same input gives the same table everywhere.
pub fn table(scored: &[(&Question, Measures)]) -> Vec<Row> {
    if scored.is_empty() {
        return Vec::new();
    }
    let of = |keep: &dyn Fn(&Question) -> bool| -> Vec<Measures> {
        scored.iter().filter(|(question, _)| keep(question)).map(|(_, measures)| *measures).collect()
    };
    let kinds: BTreeSet<Kind> = scored.iter().map(|(question, _)| question.kind).collect();
    let by_kind: Vec<Vec<Measures>> = kinds.iter().map(|&kind| of(&|question| question.kind == kind)).collect();

    let mut rows = vec![row("overall".to_owned(), &[of(&|_| true)]), row("mean of kinds".to_owned(), &by_kind)];
    for (kind, measures) in kinds.iter().zip(by_kind) {
        rows.push(row(format!("kind {}", kind.name()), &[measures]));
    }
    let languages: BTreeSet<&str> = scored.iter().filter_map(|(question, _)| question.language.as_deref()).collect();
    for language in languages {
        for &kind in &kinds {
            let measures = of(&|question| question.kind == kind && question.language.as_deref() == Some(language));
            if !measures.is_empty() {
                rows.push(row(format!("{language} {}", kind.name()), &[measures]));
            }
        }
    }
    rows
}

/// The mean of the groups' means.
fn row(name: String, groups: &[Vec<Measures>]) -> Row {
    let means: Vec<Measures> = groups.iter().map(|group| Measures::mean(group)).collect();
    Row { name, n: groups.iter().map(Vec::len).sum(), measures: Measures::mean(&means), interval: interval(groups) }
}

/// The bootstrap: as many questions as there are in each group, drawn with repetition again and again.
fn interval(groups: &[Vec<Measures>]) -> [f64; 2] {
    let mut random = Random(1);
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let mut means = 0.0;
            for group in groups {
                let drawn: f64 = group.iter().map(|_| group[random.below(group.len())].ndcg).sum();
                means += drawn / group.len() as f64;
            }
            means / groups.len() as f64
        })
        .collect();
    draws.sort_unstable_by(f64::total_cmp);
    let tail = ((1.0 - CONFIDENCE) / 2.0 * DRAWS as f64).round() as usize;
    [draws[tail], draws[DRAWS - 1 - tail]]
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    /// One of the numbers below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        ((u128::from(mixed) * bound as u128) >> 64) as usize
    }
}

/// The table as text, one row a line under a heading.
pub fn print(rows: &[Row]) -> String {
    use std::fmt::Write as _;
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(13);
    let mut text = format!("{:width$} {:>6} {:>9} {:>15}", "", "n", Measures::NAMES[0], "95%");
    for name in &Measures::NAMES[1..] {
        let _ = write!(text, " {name:>9}");
    }
    text.push('\n');
    for Row { name, n, measures, interval: [low, high] } in rows {
        let [ndcg, rest @ ..] = measures.values();
        let interval = format!("{low:.3} to {high:.3}");
        let _ = write!(text, "{name:width$} {n:>6} {ndcg:>9.3} {interval:>15}");
        for value in rest {
            let _ = write!(text, " {value:>9.3}");
        }
        text.push('\n');
    }
    text
}

/// How long the results are that people see: the median of the lines of the first ten of every question.
pub fn median_lines<'a>(results: impl IntoIterator<Item = &'a [Found]>) -> u32 {
    let first = results.into_iter().flat_map(|found| found.iter().take(DEPTH));
    let mut lines: Vec<u32> = first.map(|found| found.end.saturating_sub(found.start) + 1).collect();
    lines.sort_unstable();
    lines.get(lines.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn question(json: &str) -> Question {
        serde_json::from_str(json).unwrap()
    }

    fn found(places: &[(&str, u32, u32)]) -> Vec<Found> {
        places.iter().map(|&(path, start, end)| Found { path: path.to_owned(), start, end, score: 0.0 }).collect()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_definition_is_found_where_lines_are_shared_and_only_once() {
        let asked = question(
            r#"{"id":"1","query":"q","targets":[{"path":"a","start":10,"end":20},{"path":"b","start":1,"end":2}]}"#,
        );
        let results = found(&[("a", 1, 9), ("./a", 20, 30), ("b", 2, 2), ("a", 12, 13)]);
        let measures = measure(&asked, &results);
        assert!(close(measures.ndcg, 1.0 / 3f64.log2()) && close(measures.mrr, 0.5));
        assert!(close(measures.recall_1, 0.0) && close(measures.recall_5, 1.0));
        assert_eq!(measure(&asked, &[]), Measures::default());
    }

    #[test]
    fn files_count_at_their_first_place_and_secondary_ones_not_at_all() {
        let asked = question(
            r#"{"id":"1","query":"q","kind":"question","secondary":["s","a"],
                "targets":[{"path":"a","start":10,"end":20},{"path":"b"},{"path":"a","start":1,"end":2}]}"#,
        );
        let results = found(&[("s", 1, 9), ("x", 1, 1), ("x", 3, 4), ("a", 90, 91), ("a", 10, 11), ("b", 5, 5)]);
        let measures = measure(&asked, &results);
        let ideal = 1.0 + 1.0 / 3f64.log2();
        assert!(close(measures.ndcg, (1.0 / 3f64.log2() + 0.5) / ideal) && close(measures.mrr, 0.5));
        assert!(close(measures.recall_1, 0.0) && close(measures.recall_5, 1.0));
    }

    #[test]
    fn what_comes_after_ten_results_is_not_found() {
        let asked = question(r#"{"id":"1","query":"q","targets":[{"path":"a"}]}"#);
        let mut results = found(&[("x", 1, 1); 10]);
        results.extend(found(&[("a", 1, 1)]));
        assert_eq!(measure(&asked, &results), Measures::default());
        // The same file ten times is one file.
        let asked = question(r#"{"id":"1","query":"q","kind":"change","targets":[{"path":"a"}]}"#);
        assert!(close(measure(&asked, &results).mrr, 0.5));
    }

    #[test]
    fn the_table_has_every_group_and_intervals_that_hold_the_mean() {
        let questions: Vec<Question> = (0..40)
            .map(|number| {
                let (kind, language) = if number % 4 == 0 { ("change", "go") } else { ("doc", "rust") };
                question(&format!(
                    r#"{{"id":"{number}","query":"q","kind":"{kind}","language":"{language}","targets":[{{"path":"a"}}]}}"#
                ))
            })
            .collect();
        let scored: Vec<(&Question, Measures)> = questions
            .iter()
            .zip(0..)
            .map(|(question, number)| {
                let results = found(&[(if number % 3 == 0 { "a" } else { "x" }, 1, 1), ("a", 1, 1)]);
                (question, measure(question, &results))
            })
            .collect();
        let rows = table(&scored);
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["overall", "mean of kinds", "kind change", "kind doc", "go change", "rust doc"]);
        for row in &rows {
            let [low, high] = row.interval;
            assert!(low < row.measures.ndcg && row.measures.ndcg < high && high - low < 0.5, "{row:?}");
        }
        assert!(close(rows[1].measures.mrr, f64::midpoint(rows[2].measures.mrr, rows[3].measures.mrr)));
        assert_eq!(table(&scored), rows);
        assert_eq!(print(&rows).lines().count(), 7);
        assert!(table(&[]).is_empty());
        assert!(!print(&table(&[(&questions[0], measure(&questions[0], &[]))])).contains('-'));
    }

    #[test]
    fn the_median_is_of_the_first_ten() {
        let (long, short) = (found(&[("a", 1, 9); 11]), found(&[("a", 5, 5); 30]));
        assert_eq!(median_lines([&long[..], &long[..], &short[..]]), 9);
        assert_eq!(median_lines([]), 0);
    }
}
