//! Where the answers of the mock come from.

use super::ask::Ask;
use super::found::Found;
use super::replay::Recording;
use super::script::Script;

/// Where answers come from.
#[derive(Debug)]
pub enum Answers {
    /// A recording.
    Recording(Recording),
    /// A script.
    Script(Script),
}

impl Answers {
    /// The answer to a question.
    pub fn find(&self, ask: &Ask) -> Found {
        match self {
            Answers::Recording(recording) => recording.find(ask),
            Answers::Script(script) => script.find(ask),
        }
    }

    /// The one model that is listed.
    pub fn model(&self) -> &str {
        match self {
            Answers::Recording(recording) => recording.model(),
            Answers::Script(script) => script.model(),
        }
    }
}
