//! How edits are spoken of: names that may be hostile, and edits that contradict each other.

use super::edit::Edit;
use crate::text::{cut, one_line};

/// Characters of a name that are shown.
const SHOWN: usize = 80;

/// A name on one line, in quotes.
pub fn shown(name: &str) -> String {
    format!("“{}”", cut(&one_line(name), SHOWN))
}

/// Edits that cannot all be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The line of the last one.
    pub line: usize,
    /// What they say, with the lines of the other ones.
    pub said: String,
}

impl Contradiction {
    /// Of these edits, and `why` they contradict each other; a single one contradicts itself.
    pub fn of(edits: &[&Edit], why: &str) -> Contradiction {
        let mut edits = edits.to_vec();
        edits.sort_by_key(|edit| edit.line);
        edits.dedup_by_key(|edit| edit.line);
        let Some((last, former)) = edits.split_last() else { return Contradiction { line: 1, said: why.to_owned() } };
        let word = last.what.word();
        let others: Vec<String> =
            former.iter().map(|edit| format!("{} on line {}", edit.what.word(), edit.line)).collect();
        let said = match others.is_empty() {
            true => format!("{word}: {why}"),
            false => format!("{word} contradicts {}: {why}", others.join(" and ")),
        };
        Contradiction { line: last.line, said }
    }
}
