//! How edits are spoken of: names that may be hostile, and edits that contradict each other.

use super::edit::Edit;
use crate::text::{cut, one_line};

/// Characters of a name that are shown.
const SHOWN: usize = 80;

/// A name on one line, in quotes.
pub fn shown(name: &str) -> String {
    format!("“{}”", cut(&one_line(name), SHOWN))
}

/// Two edits that cannot both be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The line of the later one.
    pub line: usize,
    /// What both of them say, with the line of the other one.
    pub said: String,
}

impl Contradiction {
    /// Of two edits, and `why` they contradict each other.
    pub fn between(one: &Edit, other: &Edit, why: &str) -> Contradiction {
        let (first, second) = if one.line <= other.line { (one, other) } else { (other, one) };
        let (former, latter) = (first.what.word(), second.what.word());
        Contradiction {
            line: second.line,
            said: format!("{latter} contradicts {former} on line {}: {why}", first.line),
        }
    }

    /// Of an edit that contradicts itself.
    pub fn within(edit: &Edit, why: &str) -> Contradiction {
        Contradiction { line: edit.line, said: format!("{}: {why}", edit.what.word()) }
    }
}
