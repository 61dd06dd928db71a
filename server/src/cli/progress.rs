//! The progress of indexing, on standard error, for people. Work that is done at once shows nothing.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::screen::count;
use crate::engine::Event;

/// Work that takes less than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(200);

/// A bar that goes away when it is dropped.
pub(super) struct Progress {
    began: Instant,
    wanted: bool,
    shown: Mutex<Shown>,
}

struct Shown {
    phase: Phase,
    bar: ProgressBar,
    /// The bar has been put on the screen.
    visible: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Nothing,
    Finding,
    Indexing,
    Waiting,
    Finishing,
    Embedding,
}

impl Progress {
    pub(super) fn new(wanted: bool) -> Self {
        let shown = Mutex::new(Shown { phase: Phase::Nothing, bar: ProgressBar::hidden(), visible: false });
        Self { began: Instant::now(), wanted, shown }
    }

    /// Shows what happened.
    pub(super) fn show(&self, event: Event) {
        if !self.wanted {
            return;
        }
        let phase = match event {
            Event::Finding { .. } => Phase::Finding,
            Event::Indexing { .. } => Phase::Indexing,
            Event::Waiting => Phase::Waiting,
            Event::Finishing => Phase::Finishing,
            Event::Embedding { .. } => Phase::Embedding,
        };
        // A panic elsewhere leaves a bar that can still be drawn.
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.phase != phase {
            shown.bar.finish_and_clear();
            // Made hidden: its clock starts with the phase, so that the rate is right when it appears.
            *shown = Shown { phase, bar: ProgressBar::hidden().with_style(style(phase)), visible: false };
        }
        match event {
            Event::Finding { files } => shown.bar.set_position(files),
            Event::Indexing { done, total } | Event::Embedding { done, total } => {
                shown.bar.set_length(total);
                shown.bar.set_position(done);
            }
            Event::Waiting | Event::Finishing => {}
        }
        if !shown.visible && self.began.elapsed() >= PATIENCE {
            shown.visible = true;
            shown.bar.set_draw_target(ProgressDrawTarget::stderr());
            shown.bar.enable_steady_tick(Duration::from_millis(120));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).bar.finish_and_clear();
    }
}

fn style(phase: Phase) -> ProgressStyle {
    let template = match phase {
        Phase::Nothing => "",
        Phase::Finding => "{spinner} finding files  {human_pos}",
        Phase::Indexing => "{spinner} indexing {wide_bar} {human_pos}/{human_len} files  {rate}  {eta} left",
        Phase::Waiting => "{spinner} waiting for another process that is indexing this workspace",
        Phase::Finishing => "{spinner} finishing",
        Phase::Embedding => "{spinner} embedding {wide_bar} {human_pos}/{human_len} chunks  {rate}  {eta} left",
    };
    ProgressStyle::with_template(template)
        .expect("the templates are fixed and tested")
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A rate that cannot be written is not missed.
            let _ = write!(out, "{}/s", count(state.per_sec() as u64));
        })
        .progress_chars("━╸ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_a_style() {
        for phase in
            [Phase::Nothing, Phase::Finding, Phase::Indexing, Phase::Waiting, Phase::Finishing, Phase::Embedding]
        {
            let _ = style(phase);
        }
    }
}
