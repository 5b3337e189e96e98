//! Progress on standard error: a bar on a terminal, or events in JSON for the program that started this one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{flags, interrupt, print};
use crate::error::Error;
use crate::message::{Message, Speech};
use crate::observer::{Ending, Observer};

/// Time between two events of one step.
const BETWEEN: Duration = Duration::from_millis(100);

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A bar, on a terminal
    Bar,
    /// Events for another program: one JSON object a line
    Json,
}

/// Shows one step at a time.
pub struct Progress {
    /// `--quiet` silences everything but errors.
    quiet: bool,
    form: Form,
    step: Mutex<Option<Step>>,
}

/// The step under way.
enum Step {
    Drawn(ProgressBar),
    Reported { done: u64, total: u64, at: Instant },
}

impl Progress {
    /// A bar where standard error is a terminal.
    pub fn new(quiet: bool) -> Progress {
        Progress::shown(quiet, Form::Bar)
    }

    /// No step yet.
    pub fn shown(quiet: bool, form: Form) -> Progress {
        Progress { quiet, form, step: Mutex::new(None) }
    }

    fn step(&self) -> MutexGuard<'_, Option<Step>> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Prints one event.
fn event(fields: &Value) {
    print::message(&fields.to_string());
}

/// Tells the other program what went wrong; parameters have their neutral names, which a caller's own arguments may have too.
pub fn failed(problem: &anyhow::Error) {
    let mut fields = match problem.downcast_ref::<Error>() {
        Some(error) => json!(error),
        None => json!({ "kind": "failed", "exit_code": 1, "message": flags::problem(problem) }),
    };
    fields["event"] = json!("error");
    event(&fields);
}

impl Observer for Progress {
    fn begin(&self, step: &str, total: u64) {
        if self.quiet {
            return;
        }
        *self.step() = Some(match self.form {
            Form::Bar => {
                let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left")
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
                Step::Drawn(ProgressBar::new(total).with_style(style).with_message(step.to_owned()))
            }
            Form::Json => {
                event(&json!({ "event": "begin", "step": step, "total": total }));
                Step::Reported { done: 0, total, at: Instant::now() }
            }
        });
    }

    fn advance(&self, units: u64) {
        match self.step().as_mut() {
            None => {}
            Some(Step::Drawn(bar)) => bar.inc(units),
            Some(Step::Reported { done, total, at }) => {
                *done += units;
                if at.elapsed() >= BETWEEN || done == total {
                    *at = Instant::now();
                    event(&json!({ "event": "advance", "done": done, "total": total }));
                }
            }
        }
    }

    fn end(&self) {
        match self.step().take() {
            None => {}
            Some(Step::Drawn(bar)) => bar.finish_and_clear(),
            Some(Step::Reported { .. }) => event(&json!({ "event": "end" })),
        }
    }

    fn say(&self, message: &Message) {
        match self.form {
            _ if self.quiet => {}
            Form::Bar => print::message(&flags::told(message)),
            Form::Json => event(&json!({ "event": "message", "message": message.to_string() })),
        }
    }

    fn speech(&self) -> Speech {
        flags::spoken
    }

    fn is_interrupted(&self) -> bool {
        interrupt::is_interrupted()
    }

    fn lend_ending(&self, ending: Option<Ending>) {
        let is_quiet = self.quiet || self.form == Form::Json;
        interrupt::lend(ending.map(|ending| -> Ending { Box::new(move || ending().filter(|_| !is_quiet)) }));
    }
}
