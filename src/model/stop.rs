//! Why a run asks no more.

use std::fmt;

use super::budget::Cap;

/// Why a run asks no more, though it has questions left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A cap was reached.
    Reached(Cap),
    /// The user interrupted it.
    Interrupted,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Reached(cap) => write!(f, "{cap} was reached"),
            Stop::Interrupted => f.write_str("interrupted"),
        }
    }
}
