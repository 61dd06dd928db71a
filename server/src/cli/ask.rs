//! `ask`: answers a question about the code base. Here too is how any answer is asked for and shown on the command line.

use std::{
    io::Read,
    sync::{Arc, mpsc},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use codecompass_core::prompt::Question;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Outcome, Session, markdown::Markdown, screen, search};
use crate::{
    config::{
        folders::{self, System},
        report::either,
        settings::Think,
    },
    conversations::{Conversations, Mode, Subject, Turn, id, now},
    handlers::converse::{
        self, Answer, Ask, LONGEST_QUESTION, Step, Wanted, What,
        document::{self, Places},
        history::history,
    },
    hosts,
};

const EXAMPLES: &str = "\
Examples:
  codecompass ask where are failed requests retried
  codecompass ask -c and who calls that              goes on with the last conversation
  codecompass ask 'what does @src/store.rs:10-40 do, and why is @Store::add slow'
  codecompass ask 'is @diff complete?'               what is not committed yet
  cargo test 2>&1 | codecompass ask why does this fail
  codecompass ask --json how are hosts chosen | jq -r 'select(.type == \"answer\").text'

`@` names what the answer must know: a file, lines of it, a folder (`@src/`), a definition, `@diff`.
Without a model the passages are shown that would have been sent to it.

Exit codes: 0 answered, or passages found; 1 nothing found; 2 error, or the answer broke off; 130 stopped.";

/// Ask a question about the code base
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The question; what is piped in belongs to it
    #[arg(value_name = "QUESTION")]
    question: Vec<String>,

    #[command(flatten)]
    options: Options,
}

/// How an answer is asked for.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Go on with the last conversation about this workspace
    #[arg(short, long = "continue", conflicts_with = "conversation", help_heading = "Conversation")]
    continued: bool,

    /// Go on with this one; `codecompass conversations list` shows them
    #[arg(long, value_name = "ID", help_heading = "Conversation")]
    conversation: Option<String>,

    /// Keep nothing of it
    #[arg(long, help_heading = "Conversation")]
    forget: bool,

    /// This model and no other
    #[arg(long, value_name = "MODEL", help_heading = "Model")]
    model: Option<String>,

    /// This host and no other, by its name or address
    #[arg(long, value_name = "NAME", help_heading = "Model")]
    host: Option<String>,

    /// Whether the model reasons first: auto, off, on, low, medium or high
    #[arg(long, value_name = "HOW", num_args = 0..=1, default_missing_value = "on", require_equals = true,
          value_parser = think, help_heading = "Model")]
    think: Option<Think>,

    /// Show what was sent to the model, what was not, and why
    #[arg(long)]
    ledger: bool,
}

fn think(word: &str) -> Result<Think, String> {
    Think::parse(word).ok_or_else(|| format!("it can be {}", either(Think::WORDS.iter().copied())))
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let mut text = arguments.question.join(" ").trim().to_owned();
    let piped = piped(session)?;
    if text.is_empty() && piped.as_ref().is_none_or(|piped| piped.trim().is_empty()) {
        bail!("there is no question; write one, for example: codecompass ask where are retries counted");
    }
    if let Some(piped) = piped.filter(|piped| !piped.trim().is_empty()) {
        text = if text.is_empty() { piped } else { format!("{text}\n\n{}", fenced(&piped)) };
    }
    let wanted = Request { question: text, mode: Mode::Ask, subject: None };
    answer(&arguments.options, wanted, session, &mut |question, earlier| {
        Ok(What::Question(Question { text: question.to_owned(), history: history(earlier), ..Question::default() }))
    })
}

/// What is piped in, in full. Whoever waits for an end that does not come is told.
fn piped(session: &mut Session<'_, '_>) -> anyhow::Result<Option<String>> {
    let Some(input) = session.context.stdin.take() else { return Ok(None) };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // One more than is taken, to know that there is more.
        let read = input.take(LONGEST_QUESTION as u64 + 1).read_to_end(&mut bytes).map(|_| bytes);
        // Nobody listens when the program ends first.
        let _ = sender.send(read);
    });
    let read = if let Ok(read) = receiver.recv_timeout(Duration::from_secs(2)) {
        read
    } else {
        session.note("waiting for the end of standard input; without any, run it with `< /dev/null`");
        receiver.recv().context("standard input cannot be read")?
    };
    let mut bytes = read.context("standard input cannot be read")?;
    if bytes.len() > LONGEST_QUESTION {
        let most = LONGEST_QUESTION / 2;
        bytes.truncate(most);
        session
            .warn(&format!("only the first {} KiB of standard input are used; name a file with @ instead", most >> 10));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn fenced(text: &str) -> String {
    let fence = crate::handlers::answer::fence(text);
    format!("{fence}\n{}\n{fence}", text.trim_end())
}

/// What is asked.
pub(super) struct Request {
    pub(super) question: String,
    pub(super) mode: Mode,
    pub(super) subject: Option<Subject>,
}

/// Makes what the handlers do of the question and of what was said before.
type Make<'m> = &'m mut dyn FnMut(&str, &[Turn]) -> anyhow::Result<What>;

/// Asks, shows the answer while it comes, and keeps it.
pub(super) fn answer(
    options: &Options,
    request: Request,
    session: &mut Session<'_, '_>,
    make: Make<'_>,
) -> anyhow::Result<Outcome> {
    converse::check_question(&request.question).or_else(|error| match request.mode {
        Mode::Ask => Err(error),
        Mode::Explain => Ok(()),
    })?;
    let state = folders::state_dir(&session.context.environment, System::HERE);
    let store = state.as_ref().map(|state| Conversations::of(state, &session.root));
    let (id, earlier) = conversation(options, store.as_ref(), session)?;
    if let Some(host) = &options.host {
        session.config.settings = hosts::only(&session.config.settings, host)?;
    }
    let settings = Arc::new(session.config.settings.clone());
    let pool = session.pool();
    let what = make(&request.question, &earlier)?;
    let engine = search::refreshed(session)?;
    let view = engine.view();
    let later = view.clone();
    let ask = Ask {
        views: vec![view],
        later: Arc::new(move || vec![later.clone()]),
        what,
        wanted: Wanted { model: options.model.clone(), think: options.think },
        settings,
        brief: false,
        pool,
        prompts: folders::prompts(&session.context.environment, System::HERE),
        state,
        gate: None,
    };
    let mut shown = Shown::new(session);
    let mut answer = follow(ask, session, &mut shown)?;
    if let Some(store) = store.filter(|_| !options.forget) {
        let Request { question, mode, subject } = request;
        let turn = Turn { question, mode, subject, at: now(), answer: answer.to_keep() };
        match store.add(&id, &turn) {
            Ok(notes) => answer.notes.extend(notes),
            Err(error) => answer.notes.push(format!("the answer is not kept: {error:#}")),
        }
    }
    finish(options, &answer, &id, session, shown)
}

/// The conversation that is gone on with, or a new one, and what was said in it.
fn conversation(
    options: &Options,
    store: Option<&Conversations>,
    session: &mut Session<'_, '_>,
) -> anyhow::Result<(String, Vec<Turn>)> {
    let Some(store) = store else { return Ok((id::fresh(), Vec::new())) };
    let id = match &options.conversation {
        Some(beginning) => Some(store.find(beginning)?),
        None if options.continued => {
            let latest = store.latest()?;
            if latest.is_none() {
                session.note("there is no conversation about this workspace yet; this one is the first");
            }
            latest
        }
        None => None,
    };
    match id {
        Some(id) => {
            let turns = store.read(&id)?.turns;
            Ok((id, turns))
        }
        None => Ok((id::fresh(), Vec::new())),
    }
}

/// Follows the answer; Ctrl-C stops it, and what is there of it is an answer too.
fn follow(ask: Ask, session: &mut Session<'_, '_>, shown: &mut Shown) -> anyhow::Result<Answer> {
    hosts::wait(async {
        let stop = CancellationToken::new();
        let (sender, mut coming) = tokio::sync::mpsc::unbounded_channel();
        let mut sink = |step| {
            // It is read as long as the answer is waited for.
            let _ = sender.send(step);
        };
        let answering = converse::converse(ask, &mut sink, &stop);
        tokio::pin!(answering);
        let interrupted = tokio::signal::ctrl_c();
        tokio::pin!(interrupted);
        let answer = loop {
            tokio::select! {
                biased;
                Some(came) = coming.recv() => shown.step(came, session)?,
                pressed = &mut interrupted, if !stop.is_cancelled() => {
                    if pressed.is_ok() {
                        stop.cancel();
                    }
                }
                answer = &mut answering => break answer,
            }
        };
        while let Ok(came) = coming.try_recv() {
            shown.step(came, session)?;
        }
        shown.end(session)?;
        answer
    })?
}

/// What is on the screen.
struct Shown {
    way: Way,
    places: Places,
    /// Something of the answer was shown.
    any: bool,
    spinner: Option<ProgressBar>,
}

enum Way {
    /// As it comes, for people.
    Screen(Markdown),
    /// As it comes, for programs.
    Json,
    /// When it is complete.
    Document,
}

const WRITE: &str = "cannot write the answer";

impl Shown {
    fn new(session: &Session<'_, '_>) -> Self {
        let screen = session.context.stdout_screen;
        let way = match (session.json, screen.terminal) {
            (true, _) => Way::Json,
            (false, true) => Way::Screen(Markdown::new(screen)),
            (false, false) => Way::Document,
        };
        let spinner = session.context.stderr_screen.terminal.then(|| {
            let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {wide_msg}");
            spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        Self { way, places: Places::default(), any: false, spinner }
    }

    fn step(&mut self, step: Step, session: &mut Session<'_, '_>) -> anyhow::Result<()> {
        match step {
            Step::Status { text, .. } => {
                if let Some(spinner) = &self.spinner {
                    spinner.set_message(screen::printable(&text));
                }
            }
            Step::Sources(sources) => self.places = Places::of(&sources),
            Step::Thinking(_) => {}
            Step::Text(text) => {
                self.clear();
                match &mut self.way {
                    Way::Screen(markdown) => {
                        let out = markdown.next(&self.places.next(&text));
                        self.any = true;
                        write!(session.context.stdout, "{out}").context(WRITE)?;
                    }
                    Way::Json => {
                        writeln!(session.context.stdout, "{}", json!({ "type": "delta", "text": text }))
                            .context(WRITE)?;
                    }
                    Way::Document => {}
                }
                session.context.stdout.flush().context(WRITE)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, session: &mut Session<'_, '_>) -> anyhow::Result<()> {
        self.clear();
        if let Way::Screen(markdown) = &mut self.way
            && self.any
        {
            let out = markdown.next(&self.places.end()) + &markdown.end();
            writeln!(session.context.stdout, "{out}").context(WRITE)?;
            session.context.stdout.flush().context(WRITE)?;
        }
        Ok(())
    }

    fn clear(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }
}

/// Shows what was not shown while it came, and says how it ended.
fn finish(
    options: &Options,
    answer: &Answer,
    id: &str,
    session: &mut Session<'_, '_>,
    shown: Shown,
) -> anyhow::Result<Outcome> {
    match shown.way {
        Way::Json => {
            let line = object(answer, id, options);
            writeln!(session.context.stdout, "{line}").context(WRITE)?;
        }
        Way::Document => writeln!(session.context.stdout, "{}", document::body(answer).trim_end()).context(WRITE)?,
        Way::Screen(mut markdown) => {
            let rest = if shown.any { document::passages(answer) } else { document::body(answer) };
            let out = markdown.next(&rest) + &markdown.end();
            write!(session.context.stdout, "{out}").context(WRITE)?;
            if !out.is_empty() && !out.ends_with('\n') {
                writeln!(session.context.stdout).context(WRITE)?;
            }
        }
    }
    if options.ledger && !session.json {
        writeln!(session.context.stdout, "\n{}", document::ledger(answer).trim_end()).context(WRITE)?;
    }
    session.context.stdout.flush().context(WRITE)?;
    for note in &answer.notes {
        session.note(note);
    }
    for citation in answer.citations.iter().filter(|citation| !citation.verified) {
        let place = if citation.start_line > 0 {
            format!("{}:{}", citation.path, citation.lines())
        } else {
            citation.path.clone()
        };
        session.warn(&format!(
            "`{place}` is not verified: {}",
            citation.reason.as_deref().unwrap_or("it could not be checked")
        ));
    }
    let signature = answer.signature();
    if !signature.is_empty() && !session.json {
        session.note(&signature);
    }
    if answer.stopped {
        session.warn("stopped; `codecompass ask -c` goes on");
        return Ok(Outcome::Interrupted);
    }
    let Some(error) = &answer.error else { return Ok(Outcome::Done) };
    let begun = answer.model.is_some();
    let what = match (begun, answer.usage.first_token_ms.is_some()) {
        (false, _) => "no model has answered",
        (true, false) => "the model has not answered",
        (true, true) => "the answer is not complete",
    };
    session.warn(&format!("{what}: {error}"));
    Ok(match (begun, answer.sources.is_empty() && answer.text.is_empty()) {
        (true, _) => Outcome::BrokenOff,
        (false, true) => Outcome::NothingFound,
        (false, false) => Outcome::Done,
    })
}

/// An answer as programs read it.
fn object(answer: &Answer, id: &str, options: &Options) -> Value {
    let citations: Vec<Value> = answer
        .citations
        .iter()
        .map(|citation| {
            json!({
                "source": citation.source, "path": citation.path, "start_line": citation.start_line,
                "end_line": citation.end_line, "verified": citation.verified, "reason": citation.reason,
                "added": citation.added,
            })
        })
        .collect();
    let sources: Vec<Value> = answer
        .sources
        .iter()
        .map(|source| {
            json!({
                "n": source.n, "path": source.path, "start_line": source.lines.start, "end_line": source.lines.end,
                "label": source.label, "why": source.why,
            })
        })
        .collect();
    let mut object = json!({
        "type": "answer", "text": answer.text, "complete": answer.complete, "citations": citations,
        "sources": sources, "model": answer.model, "host": answer.host, "usage": answer.usage,
        "error": answer.error, "stopped": answer.stopped, "summary": answer.summary, "notes": answer.notes,
        "redactions": answer.redacted, "conversation": (!options.forget).then_some(id),
    });
    if options.ledger {
        object["ledger"] = json!({
            "context": answer.context, "answer": answer.reserved, "estimated": answer.estimated,
            "counted": answer.usage.prompt_tokens, "entries": answer.ledger.entries,
        });
    }
    object
}
