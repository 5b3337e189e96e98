//! Where the answers of the mock come from.

use super::answer::Given;
use super::ask::Ask;
use super::found::Found;
use super::replay::Recording;
use super::script::Script;
use crate::model::{Examined, examined};

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
        let found = match self {
            Answers::Recording(recording) => recording.find(ask),
            Answers::Script(script) => script.find(ask),
        };
        if let (Found::Nothing(_), Some(decision), Some("probe")) = (&found, &ask.decision, ask.stage) {
            let is_first = |place| place == 0;
            let holds: Vec<bool> = (0..decision.entries.len()).map(is_first).collect();
            return Found::Given(Given::chosen(ask, &holds));
        }
        match (found, examined(ask.last())) {
            // Whoever examines the server asks about no document: to answer invents nothing.
            (Found::Nothing(_), Some(question)) if self.is_model(ask) => Found::Given(self.examined(ask, question)),
            (found, _) => found,
        }
    }

    fn is_model(&self, ask: &Ask) -> bool {
        match self {
            Answers::Recording(recording) => ask.model == recording.model(),
            Answers::Script(_) => true,
        }
    }

    /// The answer to a question of `colligate doctor`; with log-probabilities where the other answers have them.
    fn examined(&self, ask: &Ask, question: Examined) -> Given {
        let given = match question {
            Examined::Verdict(is_true) => Given::verdict(ask, if is_true { 0.9 } else { 0.1 }),
            Examined::List => Given::text(
                ask,
                r#"{"items": [{"colour": "red", "fruit": "apple"}, {"colour": "yellow", "fruit": "banana"}]}"#.into(),
            ),
        };
        let logprobs = given.logprobs.filter(|_| match self {
            Answers::Recording(recording) => recording.has_logprobs(),
            Answers::Script(_) => true,
        });
        Given { logprobs, ..given }
    }

    /// The one model that is listed.
    pub fn model(&self) -> &str {
        match self {
            Answers::Recording(recording) => recording.model(),
            Answers::Script(script) => script.model(),
        }
    }
}
