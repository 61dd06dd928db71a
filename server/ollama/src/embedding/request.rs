//! Texts to vectors on one host: one bad text is found and does not spoil the others, and what is too long is cut.

use std::{borrow::Cow, time::Duration};

use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    audit::Content,
    classify::snippet,
    error::Failure,
    models::is_cloud_name,
    pool::{Pool, gate::Turn, keep_alive, member::held},
};

use super::{
    EmbedError, EmbedModel, Passage, TextError, Vector,
    parts::{halves, mean, parts, unit},
};

/// Which host is asked, and with which context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) member: usize,
    pub(super) num_ctx: u64,
}

/// More bytes than this a token never has on average: longer texts are cut without asking.
const MOST_BYTES_PER_TOKEN: usize = 4;

/// Answers that are larger are read on another thread, so that the next request leaves meanwhile.
const LARGE: usize = 32 << 10;

/// A text or a part of one.
struct Part<'a> {
    /// The text that it belongs to.
    of: usize,
    text: &'a str,
}

impl Pool {
    /// The vectors of texts on this host, and how long the host took for them.
    pub(super) async fn vectors(
        &self,
        model: &EmbedModel,
        place: Place,
        texts: &[Passage],
        turn: Turn,
    ) -> Result<(Vec<Vector>, Duration), EmbedError> {
        let (texts, redactions) = self.without_secrets(model, place, texts)?;
        let texts: &[Passage] = &texts;
        let mut took = Duration::ZERO;
        let mut made: Vec<Vec<(usize, Vec<f32>)>> = vec![Vec::new(); texts.len()];
        let mut errors: Vec<Option<TextError>> = vec![None; texts.len()];
        let id = model.id();
        let longest = held(self.longest()).get(&id).copied();
        let longest = longest.unwrap_or(place.num_ctx as usize * MOST_BYTES_PER_TOKEN);
        let cut = |(of, passage)| {
            let passage: &Passage = passage;
            parts(&passage.text, longest).into_iter().map(move |text| Part { of, text })
        };
        // What is still to be done, in groups that are sent together.
        let mut groups = vec![texts.iter().enumerate().flat_map(cut).collect::<Vec<Part>>()];
        let content = Content { files: files(texts), redactions };
        while let Some(mut group) = groups.pop() {
            group.retain(|part| errors[part.of].is_none());
            let Some(first) = group.first() else { continue };
            let sent = group.iter().map(|part| match turn {
                Turn::Query => model.templates.query(part.text),
                _ => model.templates.document(part.text),
            });
            match self.send(model, place, sent.collect(), &content, turn, &mut took).await {
                Ok(vectors) => {
                    for (part, vector) in group.iter().zip(vectors) {
                        match vector {
                            Ok(vector) => made[part.of].push((part.text.len(), vector)),
                            Err(error) => errors[part.of] = Some(error),
                        }
                    }
                }
                Err(EmbedError::Host(error)) if is_about_a_text(&error.failure) => {
                    if group.len() > 1 {
                        let right = group.split_off(group.len() / 2);
                        groups.extend([right, group]);
                        continue;
                    }
                    let of = first.of;
                    let cut = halves(first.text).filter(|_| matches!(error.failure, Failure::ContextOverflow { .. }));
                    if let Some((left, right)) = cut {
                        let length = may_be(first.text.len(), &error.failure).max(place.num_ctx as usize);
                        let mut known = held(self.longest());
                        let known = known.entry(id.clone()).or_insert(length);
                        *known = length.min(*known);
                        groups.push(vec![Part { of, text: left }, Part { of, text: right }]);
                    } else {
                        errors[of] = Some(TextError { message: error.to_string() });
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let one = |(mut parts, error): (Vec<(usize, Vec<f32>)>, Option<TextError>)| match (parts.len(), error) {
            (_, Some(error)) => Err(error),
            (1, None) => Ok(parts.remove(0).1),
            (_, None) => mean(&parts).ok_or_else(no_direction),
        };
        Ok((made.into_iter().zip(errors).map(one).collect(), took))
    }

    /// The texts as this host may see them, and how many secrets were taken out.
    fn without_secrets<'t>(
        &self,
        model: &EmbedModel,
        place: Place,
        texts: &'t [Passage],
    ) -> Result<(Cow<'t, [Passage]>, usize), EmbedError> {
        let host = self.members()[place.member].host()?;
        let Some(redact) = self.redact().filter(|_| !host.address().is_loopback() || is_cloud_name(&model.model))
        else {
            return Ok((Cow::Borrowed(texts), 0));
        };
        let mut redactions = 0;
        let clean = texts.iter().map(|passage| {
            let (text, found) = redact(&passage.text);
            redactions += found;
            Passage { text, file: passage.file.clone() }
        });
        let clean = clean.collect();
        Ok((Cow::Owned(clean), redactions))
    }

    /// One request.
    async fn send(
        &self,
        model: &EmbedModel,
        place: Place,
        texts: Vec<String>,
        content: &Content,
        turn: Turn,
        took: &mut Duration,
    ) -> Result<Vec<Vector>, EmbedError> {
        let member = &self.members()[place.member];
        let host = member.host()?;
        let count = texts.len();
        let mut body = json!({"model": model.model, "input": texts, "options": {"num_ctx": place.num_ctx}});
        if let Some(keep) = &self.wishes().embed.keep_alive {
            body["keep_alive"] = keep_alive(keep);
        }
        let permit = member.gate.enter(turn).await;
        let began = Instant::now();
        let told = host.sending(Content { files: Vec::new(), redactions: content.redactions });
        let answer = told.embed_as(&model.model, body, &content.files).await;
        // The next request goes while this one's answer is read.
        drop(permit);
        let answer = member.judge(answer)?;
        if turn == Turn::Bulk {
            member.measured(count, began.elapsed());
        }
        *took += began.elapsed();
        let read = if answer.len() > LARGE {
            tokio::task::spawn_blocking(move || read(&answer, count)).await.unwrap_or(Err(Failure::Incomplete))
        } else {
            read(&answer, count)
        };
        let vectors = read.map_err(|failure| host.error(failure))?;
        let other = vectors.iter().flatten().find(|vector| model.dimension > 0 && vector.len() != model.dimension);
        if let Some(vector) = other {
            let what = format!("its vectors have {} components instead of {}", vector.len(), model.dimension);
            return Err(changed(model, host.name(), what));
        }
        Ok(vectors)
    }
}

pub(super) fn changed(model: &EmbedModel, host: &str, what: String) -> EmbedError {
    EmbedError::Changed { model: model.model.clone(), host: host.to_owned(), what }
}

/// Whether a failure may be one text's fault.
fn is_about_a_text(failure: &Failure) -> bool {
    match failure {
        Failure::ContextOverflow { .. } | Failure::Rejected { .. } => true,
        // Older hosts fail when a vector is no vector, because it cannot be written as JSON.
        Failure::Server { message, .. } => message.contains("NaN"),
        _ => false,
    }
}

/// How long a text may be when one of this length was refused.
fn may_be(length: usize, failure: &Failure) -> usize {
    match failure {
        Failure::ContextOverflow { sent: Some(sent), fits: Some(fits) } if *sent > *fits => {
            (length as f64 * *fits as f64 / *sent as f64 * 0.9) as usize
        }
        _ => length * 3 / 4,
    }
}

fn no_direction() -> TextError {
    TextError { message: "its vector has no direction".to_owned() }
}

fn read(body: &[u8], texts: usize) -> Result<Vec<Vector>, Failure> {
    #[derive(Deserialize)]
    struct Answer {
        // What is not a number comes as `null`.
        embeddings: Vec<Vec<Option<f32>>>,
    }
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| Failure::Proxy { status: 200, snippet: snippet(body) })?;
    let came = answer.embeddings.len();
    if came != texts {
        return Err(Failure::Server { status: 200, message: format!("{came} vectors for {texts} texts") });
    }
    if answer.embeddings.iter().any(Vec::is_empty) {
        return Err(Failure::Server { status: 200, message: "a vector without components".to_owned() });
    }
    let number = |vector: Vec<Option<f32>>| {
        let vector: Option<Vec<f32>> = vector.into_iter().map(|x| x.filter(|x| x.is_finite())).collect();
        let vector = vector.ok_or_else(|| TextError { message: "its vector is not made of numbers".to_owned() })?;
        unit(vector).ok_or_else(no_direction)
    };
    Ok(answer.embeddings.into_iter().map(number).collect())
}

/// The files that texts are from, each once.
fn files(texts: &[Passage]) -> Vec<String> {
    let mut files: Vec<String> = texts.iter().map(|text| text.file.clone()).filter(|file| !file.is_empty()).collect();
    files.sort();
    files.dedup();
    files
}
