//! Questions and explanations: `codecompass/chat` for clients that know us, and the documents in which any other client sees
//! the answer grow. Conversations are kept after each answer.

pub(in crate::lsp) mod complete;
pub(super) mod documents;
pub(in crate::lsp) mod kept;
mod page;
mod prepare;
mod results;
mod running;
mod warm;

use codecompass_core::prompt::Source;
use tokio_util::sync::CancellationToken;

use super::super::{
    ext::chat::{AnswerResult, ChatDelta, ChatParams, Delta, DeltaParams},
    scene::Scene,
};
use crate::{
    conversations::{self, Turn},
    handlers::{
        brief,
        converse::{self, Answer, Step},
    },
};

pub(super) use prepare::Prepared;
pub use running::Running;
pub(in crate::lsp) use warm::warm_up;

/// Answers `codecompass/chat`. What comes is sent as it comes to whoever gave a token.
pub(in crate::lsp) async fn answer(
    scene: Scene,
    params: ChatParams,
    stop: CancellationToken,
) -> anyhow::Result<AnswerResult> {
    let token = params.token.clone();
    let stop = stop.child_token();
    // Before anything is looked up: people stop what they have only just asked, too.
    let _running = token.as_ref().map(|token| scene.running.begin(running::Key::Token(token.clone()), stop.clone()));
    let prepared = prepare::prepare(&scene, params).await?;
    let mut deltas = Deltas { scene: &scene, prepared: &prepared, token, sequence: 0 };
    let answer = converse::converse(prepared.ask.clone(), &mut |step| deltas.send(step), &stop).await?;
    let answer = if prepared.ask.brief {
        keep_brief(&scene, &prepared, &answer).await;
        answer
    } else {
        keep(&prepared, answer).await
    };
    Ok(results::result(&scene, &prepared, &answer))
}

/// Keeps the answer in its conversation. When it cannot be kept, the answer says so.
async fn keep(prepared: &Prepared, answer: Answer) -> Answer {
    let Some(conversations) = prepared.conversations.clone() else { return answer };
    let turn = Turn { answer: answer.to_keep(), ..prepared.turn.clone() };
    let (id, again) = (prepared.id.clone(), prepared.regenerate);
    let kept = tokio::task::spawn_blocking(move || {
        if again { conversations.replace_last(&id, &turn).map(|()| Vec::new()) } else { conversations.add(&id, &turn) }
    })
    .await;
    let mut answer = answer;
    match kept {
        Ok(Ok(notes)) => answer.notes.extend(notes),
        Ok(Err(error)) => {
            tracing::warn!("an answer is not kept: {error:#}");
            answer.notes.push(format!("the answer is not kept: {error:#}"));
        }
        Err(error) => tracing::error!("an answer is not kept, which is a bug: {error}"),
    }
    answer
}

/// Keeps a short explanation for hovers.
async fn keep_brief(scene: &Scene, prepared: &Prepared, answer: &Answer) {
    let (cache, answer) = (scene.cache.to_path_buf(), answer.clone());
    let root = prepared.ask.views.first().map(|view| view.root.to_path_buf()).unwrap_or_default();
    // Joining an absolute path gives that.
    let kept = tokio::task::spawn_blocking(move || {
        brief::keep(&cache, &|shown| root.join(crate::workspace::key::path_of(shown)), &answer)
    });
    let kept = kept.await;
    if let Ok(Err(error)) = kept {
        tracing::warn!("a short explanation is not kept: {error}");
    }
}

/// Sends what comes.
struct Deltas<'a> {
    scene: &'a Scene,
    prepared: &'a Prepared,
    token: Option<String>,
    sequence: u64,
}

impl Deltas<'_> {
    fn send(&mut self, step: Step) {
        let Some(token) = &self.token else { return };
        let delta = match step {
            Step::Text(text) => Delta::Text { text },
            Step::Thinking(text) => Delta::Thinking { text },
            Step::Status { stage, text, model } => {
                let (model, host) = model.unzip();
                Delta::Status { stage: results::stage(stage), text, model, host }
            }
            Step::Sources(sources) => {
                Delta::Sources { conversation: self.prepared.id.clone(), sources: self.sources(&sources) }
            }
        };
        let params = DeltaParams { token: token.clone(), sequence: self.sequence, delta };
        self.sequence += 1;
        self.scene.outbox.notify::<ChatDelta>(params);
    }

    fn sources(&self, sources: &[Source]) -> Vec<super::super::ext::chat::Source> {
        results::sources(self.scene, &self.prepared.ask.views, sources)
    }
}

/// The conversations about each folder of the session.
fn stores(scene: &Scene) -> Vec<conversations::Conversations> {
    let Some(state) = &scene.state else { return Vec::new() };
    scene.session.views.iter().map(|view| conversations::Conversations::of(state, &view.root)).collect()
}
