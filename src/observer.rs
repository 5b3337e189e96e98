//! How long work tells of its progress and hears of an interruption. The core calls an [`Observer`]; only the command line draws bars.

use crate::message::{Mention, Message, Speech};

/// Receives progress reports of a run.
pub trait Observer: Sync {
    /// A step of `total` units begins.
    fn begin(&self, step: &str, total: u64);
    /// `units` more are done.
    fn advance(&self, units: u64);
    /// The step is over.
    fn end(&self);
    /// Something the user should read now.
    fn say(&self, message: &Message);
    /// How it calls parameters: what a run writes down for its reader is in these words.
    fn speech(&self) -> Speech {
        Mention::neutral
    }
    /// Whether strangers read what is told and what the run writes down for its reader: then what a model's server says of a failure
    /// stands in the journal only.
    fn tells_strangers(&self) -> bool {
        false
    }
    /// Whether the user wants the run to end now, with what it has.
    fn is_interrupted(&self) -> bool {
        false
    }
    /// Whether a run that is to end waits for the answers under way, which are paid for: where nobody sits and waits.
    fn waits_for_answers(&self) -> bool {
        false
    }
    /// Lends a way to end the run from outside, for a user who interrupts it while it computes and does not look; nothing takes
    /// it back. While nothing is lent the run is left to end by itself.
    fn lend_ending(&self, _ending: Option<Ending>) {}
}

/// Leaves the run's files as an interrupted run leaves them, from any thread; returns what the user should know. The process is to
/// end after it.
pub type Ending = Box<dyn FnOnce() -> Option<Message> + Send>;

/// Ignores all progress reports.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn say(&self, _: &Message) {}
}
