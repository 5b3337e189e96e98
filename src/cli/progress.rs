//! A progress bar on standard error, on a terminal only.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::{flags, interrupt, print};
use crate::message::{Message, Speech};
use crate::observer::{Ending, Observer};

/// Draws one bar at a time; `--quiet` silences everything but errors.
pub struct Progress {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// No bar yet.
    pub fn new(quiet: bool) -> Progress {
        Progress { quiet, bar: Mutex::new(None) }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Progress {
    fn begin(&self, step: &str, total: u64) {
        if self.quiet {
            return;
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        *self.bar() = Some(ProgressBar::new(total).with_style(style).with_message(step.to_owned()));
    }

    fn advance(&self, units: u64) {
        if let Some(bar) = self.bar().as_ref() {
            bar.inc(units);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn say(&self, message: &Message) {
        if !self.quiet {
            print::message(&flags::told(message));
        }
    }

    fn speech(&self) -> Speech {
        flags::spoken
    }

    fn is_interrupted(&self) -> bool {
        interrupt::is_interrupted()
    }

    fn lend_ending(&self, ending: Option<Ending>) {
        let is_quiet = self.quiet;
        interrupt::lend(ending.map(|ending| -> Ending { Box::new(move || ending().filter(|_| !is_quiet)) }));
    }
}
