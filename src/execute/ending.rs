//! How a run ended: its status, its reason and its exit code.

use crate::model::Stop;
use crate::run::{RunStatus, Usage};

/// How a run that wrote its results ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All answers came.
    Complete,
    /// A cap or the user left questions unasked.
    Stopped(Stop),
    /// Questions failed, or more answers were unparsed than the user allows.
    AnswersMissing,
}

impl Ending {
    /// From what was asked, why no more was asked, and the allowed share of unparsed answers.
    pub fn of(usage: &Usage, stopped: Option<Stop>, max_unparsed: f64) -> Ending {
        let answers = (usage.calls + usage.cached).saturating_sub(usage.retries).max(1);
        match stopped {
            Some(why) => Ending::Stopped(why),
            None if usage.failed > 0 || usage.unparsed as f64 > max_unparsed * answers as f64 => Ending::AnswersMissing,
            None => Ending::Complete,
        }
    }

    /// For the manifest.
    pub fn status(self) -> RunStatus {
        if self == Ending::Complete { RunStatus::Complete } else { RunStatus::Partial }
    }

    /// Why it is not complete, in words.
    pub fn reason(self, usage: &Usage) -> Option<String> {
        match self {
            Ending::Complete => None,
            Ending::Stopped(why) => Some(format!("{why}: {} questions were not asked", usage.not_asked)),
            Ending::AnswersMissing => {
                Some(format!("{} questions failed and {} answers were not legal", usage.failed, usage.unparsed))
            }
        }
    }

    /// For the shell.
    pub fn exit_code(self) -> u8 {
        match self {
            Ending::Complete => 0,
            Ending::Stopped(Stop::Reached(_)) => 3,
            Ending::AnswersMissing => 4,
            Ending::Stopped(Stop::Interrupted) => 130,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cap;

    #[test]
    fn a_reached_cap_is_3_missing_answers_are_4_and_an_interruption_is_130() {
        let usage = |failed, unparsed| Usage { calls: 100, failed, unparsed, ..Usage::default() };
        let cap = Some(Stop::Reached(Cap::Tokens));
        let codes = [
            (usage(0, 5), None),
            (usage(0, 6), None),
            (usage(1, 0), None),
            (usage(1, 0), cap),
            (usage(0, 0), Some(Stop::Interrupted)),
        ]
        .map(|(usage, stopped)| Ending::of(&usage, stopped, 0.05).exit_code());
        assert_eq!(codes, [0, 4, 4, 3, 130]);
        let reason = Ending::Stopped(Stop::Reached(Cap::Tokens)).reason(&Usage { not_asked: 9, ..Usage::default() });
        assert_eq!(reason.as_deref(), Some("--max-tokens was reached: 9 questions were not asked"));
    }
}
