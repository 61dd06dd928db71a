//! What models did, for people.

use super::Row;

/// The sum over some days of one model on one host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Model and host of it; the day is that of the latest.
    pub all: Row,
    /// That of the latest day alone, if that is `today`.
    pub today: Row,
}

/// Sums up rows, each model and host once, the most asked first.
pub fn by_model(rows: &[Row], today: &str) -> Vec<Counted> {
    let mut sums: Vec<Counted> = Vec::new();
    for row in rows {
        let at = sums.iter().position(|sum| (&sum.all.model, &sum.all.host) == (&row.model, &row.host));
        let at = at.unwrap_or_else(|| {
            let none = Row { day: row.day.clone(), model: row.model.clone(), host: row.host.clone(), ..Row::default() };
            sums.push(Counted { all: none.clone(), today: none });
            sums.len() - 1
        });
        sums[at].all.add(row);
        if row.day == today {
            sums[at].today.add(row);
        }
    }
    sums.sort_by(|a, b| (b.all.answers, &a.all.model).cmp(&(a.all.answers, &b.all.model)));
    sums
}

/// What was counted: `3 answers (1 failed), 12000 tokens read and 800 written in 14 s`.
pub fn in_words(row: &Row) -> String {
    let Row { answers, failures, prompt_tokens, answer_tokens, ms, .. } = row;
    let answers = if *answers == 1 { "1 answer".to_owned() } else { format!("{answers} answers") };
    let failed = if *failures == 0 { String::new() } else { format!(" ({failures} failed)") };
    let time = match (ms + 500) / 1_000 {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    };
    format!("{answers}{failed}, {prompt_tokens} tokens read and {answer_tokens} written in {time}")
}
