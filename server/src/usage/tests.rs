#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;

fn row(day: &str, model: &str, answers: u64) -> Row {
    Row {
        day: day.to_owned(),
        model: model.to_owned(),
        host: "gpu".to_owned(),
        answers,
        failures: 0,
        prompt_tokens: 100 * answers,
        answer_tokens: 10 * answers,
        ms: 1_500 * answers,
    }
}

fn day(date: &str) -> u64 {
    (0..100_000).find(|&days| calendar::date(days) == date).unwrap()
}

#[test]
fn answers_of_a_day_are_summed_up_by_model_and_host() {
    let state = tempfile::tempdir().unwrap();
    let usage = Usage::of(state.path());
    for row in [row("2026-11-21", "qwen", 1), row("2026-11-21", "qwen", 1), row("2026-11-21", "llama", 1)] {
        usage.add(&row).unwrap();
    }
    usage.add(&Row { host: "here".to_owned(), ..row("2026-11-21", "qwen", 1) }).unwrap();
    let rows = usage.before(day("2026-11-21"), 1);
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], row("2026-11-21", "qwen", 2));
}

#[test]
fn the_last_days_cross_months_and_leave_out_what_is_older() {
    let state = tempfile::tempdir().unwrap();
    let usage = Usage::of(state.path());
    for day in ["2026-11-01", "2026-10-31", "2026-10-26", "2026-10-25", "2025-11-01"] {
        usage.add(&row(day, "qwen", 1)).unwrap();
    }
    let days: Vec<String> = usage.before(day("2026-11-01"), 7).into_iter().map(|row| row.day).collect();
    assert_eq!(days, ["2026-11-01", "2026-10-31", "2026-10-26"]);
}

#[test]
fn two_programs_lose_nothing_and_only_the_owner_reads_it() {
    let state = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    Usage::of(state.path()).add(&row("2026-11-21", "qwen", 1)).unwrap();
                }
            });
        }
    });
    let rows = Usage::of(state.path()).before(day("2026-11-21"), 1);
    assert_eq!(rows, [row("2026-11-21", "qwen", 100)]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = state.path().join("usage/2026-11.json");
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_torn_file_is_begun_anew_and_the_oldest_months_go() {
    let state = tempfile::tempdir().unwrap();
    let usage = Usage::of(state.path());
    usage.add(&row("1999-12-31", "qwen", 1)).unwrap();
    assert!(usage.files().is_empty(), "too old to be kept was kept");
    let today = Row::today("qwen", "gpu");
    fs::write(state.path().join("usage").join(format!("{}.json", &today.day[..7])), "[{\"day\"").unwrap();
    usage.add(&Row { answers: 1, ..today }).unwrap();
    assert_eq!(usage.last(1).len(), 1);
}

#[test]
fn a_month_holds_only_so_many_rows() {
    let state = tempfile::tempdir().unwrap();
    let usage = Usage::of(state.path());
    let full: Vec<Row> = (0..MOST).map(|number| row("2026-11-21", &format!("model-{number}"), 1)).collect();
    folder::create(&usage.folder).unwrap();
    fs::write(usage.folder.join("2026-11.json"), serde_json::to_vec(&full).unwrap()).unwrap();
    usage.add(&row("2026-11-21", "one more", 1)).unwrap();
    usage.add(&row("2026-11-21", "and another", 1)).unwrap();
    let rows = usage.before(day("2026-11-21"), 1);
    assert_eq!(rows.len(), MOST + 1);
    assert!(rows.iter().any(|row| row.model == OTHERS && row.answers == 2));
}

#[test]
fn it_can_be_read() {
    let rows = [row("2026-11-21", "qwen", 2), row("2026-11-20", "llama", 1), row("2026-11-20", "qwen", 3)];
    let sums = by_model(&rows, "2026-11-21");
    assert_eq!(in_words(&sums[0].all), "5 answers, 500 tokens read and 50 written in 8 s");
    assert_eq!(in_words(&sums[0].today), "2 answers, 200 tokens read and 20 written in 3 s");
    assert_eq!(sums[1].today.answers, 0);
    let failed = Row { failures: 1, ms: 600_000, ..row("2026-11-21", "qwen", 1) };
    assert_eq!(in_words(&failed), "1 answer (1 failed), 100 tokens read and 10 written in 10 min");
}
