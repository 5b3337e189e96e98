//! What the mock served.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::ask::Ask;
use super::fault::Kind;

/// Counts, shared by all connections.
#[derive(Debug, Default)]
pub struct Counts {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    served: Served,
    /// Attempts at each question.
    attempts: HashMap<u64, u32>,
}

/// What `/mock/counts` and the end of the program say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Served {
    /// Requests by path; `other` for those that are not there.
    pub endpoints: BTreeMap<&'static str, u64>,
    /// Chat requests by stage of the compiled-in prompts; `unknown` for all others.
    pub stages: BTreeMap<&'static str, u64>,
    /// Faults by name.
    pub faults: BTreeMap<String, u64>,
    /// Chat requests refused as the dialect does, with no attempt counted: parameters, length.
    pub refused: u64,
    /// Chat requests without an answer: the mock does not invent.
    pub unanswered: u64,
    /// Questions by how often they came.
    pub questions: Questions,
}

/// Distinct questions (model and conversation) and requests for one that had been asked before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Questions {
    /// Different ones.
    pub distinct: u64,
    /// Requests that repeat one.
    pub repeated: u64,
}

impl Counts {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request to a path.
    pub fn request(&self, path: &'static str) {
        *self.state().served.endpoints.entry(path).or_default() += 1;
    }

    /// A chat request in good form; returns how often the question had been asked before.
    pub fn attempt(&self, ask: &Ask) -> u32 {
        let mut state = self.state();
        *state.served.stages.entry(ask.stage.unwrap_or("unknown")).or_default() += 1;
        let attempts = state.attempts.entry(ask.question).or_default();
        let before = *attempts;
        *attempts += 1;
        let questions = &mut state.served.questions;
        if before == 0 {
            questions.distinct += 1
        } else {
            questions.repeated += 1
        }
        before
    }

    /// A fault that was served.
    pub fn fault(&self, kind: &Kind) {
        *self.state().served.faults.entry(kind.to_string()).or_default() += 1;
    }

    /// A request refused by the dialect.
    pub fn refused(&self) {
        self.state().served.refused += 1;
    }

    /// A question without an answer.
    pub fn unanswered(&self) {
        self.state().served.unanswered += 1;
    }

    /// All of it so far.
    pub fn served(&self) -> Served {
        self.state().served.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ask::tests::asked;
    use super::*;

    #[test]
    fn repeated_questions_are_told_from_new_ones() {
        let counts = Counts::default();
        assert_eq!(["a", "b", "a", "a"].map(|text| counts.attempt(&asked(text))), [0, 0, 1, 2]);
        let served = counts.served();
        assert_eq!(served.questions, Questions { distinct: 2, repeated: 2 });
        assert_eq!(served.stages["unknown"], 4);
    }
}
