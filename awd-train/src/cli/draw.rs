//! Progress bars on stderr, where that is a terminal.

use super::Global;
use awd_train::progress::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

/// One bar for each stage.
pub struct Bars {
    bars: MultiProgress,
    by_stage: Mutex<HashMap<&'static str, ProgressBar>>,
}

impl Bars {
    /// Bars that are drawn unless `--quiet`.
    pub fn new(global: &Global) -> Self {
        let target = if global.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self { bars: MultiProgress::with_draw_target(target), by_stage: Mutex::default() }
    }

    /// Draws how far a stage has come. It never cancels, as an interruption ends the process.
    pub fn draw(&self, event: Event) -> ControlFlow<()> {
        let mut by_stage = self.by_stage.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = by_stage.entry(event.stage).or_insert_with(|| {
            let style = ProgressStyle::with_template("{prefix:>10} [{bar:30}] {pos}/{len} {elapsed} {wide_msg}");
            let bar = self.bars.add(ProgressBar::new(event.total as u64)).with_prefix(event.stage);
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_length(event.total as u64);
        bar.set_position(event.done as u64);
        bar.set_message(event.note);
        if event.done >= event.total {
            bar.abandon();
        }
        ControlFlow::Continue(())
    }
}
