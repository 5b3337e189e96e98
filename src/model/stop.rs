//! Why a run asks no more.

use super::budget::Cap;
use crate::message;
use crate::message::Message;

/// Why a run asks no more, though it has questions left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A cap was reached.
    Reached(Cap),
    /// The user interrupted it.
    Interrupted,
}

impl Stop {
    /// In words.
    pub fn message(self) -> Message {
        match self {
            Stop::Reached(cap) => message!("{cap} was reached", cap = cap.parameter()),
            Stop::Interrupted => "interrupted".into(),
        }
    }
}
