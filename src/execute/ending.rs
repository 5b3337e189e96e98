//! How a run ended: its status, its reason and its exit code.

use crate::run::{RunStatus, Usage};

/// How a run that wrote its results ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All answers came.
    Complete,
    /// A budget left questions unasked.
    BudgetReached,
    /// Questions failed, or more answers were unparsed than the user allows.
    AnswersMissing,
}

impl Ending {
    /// From what was asked, and the allowed share of unparsed answers.
    pub fn of(usage: &Usage, max_unparsed: f64) -> Ending {
        let answers = (usage.calls + usage.cached).saturating_sub(usage.retries).max(1);
        if usage.not_asked > 0 {
            Ending::BudgetReached
        } else if usage.failed > 0 || usage.unparsed as f64 > max_unparsed * answers as f64 {
            Ending::AnswersMissing
        } else {
            Ending::Complete
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
            Ending::BudgetReached => {
                Some(format!("--max-calls was reached: {} questions were not asked", usage.not_asked))
            }
            Ending::AnswersMissing => {
                Some(format!("{} questions failed and {} answers were not legal", usage.failed, usage.unparsed))
            }
        }
    }

    /// For the shell.
    pub fn exit_code(self) -> u8 {
        match self {
            Ending::Complete => 0,
            Ending::BudgetReached => 3,
            Ending::AnswersMissing => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reached_budget_is_3_and_missing_answers_are_4() {
        let usage = |not_asked, failed, unparsed| Usage { calls: 100, not_asked, failed, unparsed, ..Usage::default() };
        let codes = [usage(0, 0, 5), usage(0, 0, 6), usage(0, 1, 0), usage(1, 1, 0)]
            .map(|usage| Ending::of(&usage, 0.05).exit_code());
        assert_eq!(codes, [0, 4, 4, 3]);
    }
}
