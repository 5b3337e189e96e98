//! What the mock has to say to a question.

use super::answer::Given;
use super::fault::Kind;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// An answer.
    Given(Given),
    /// The recording holds a failure.
    Failed(String),
    /// The script says that this goes wrong with an answer.
    Fault(Kind, Given),
    /// Nothing: the mock does not invent. Why, in words.
    Nothing(String),
}
