//! How a run ended: its status, its reason and its exit code.

use std::collections::BTreeMap;

use crate::error::Exit;
use crate::message::Speech;
use crate::methods::{NOT_ASKED, Trust};
use crate::model::{Stop, Usage};
use crate::run::{AssignmentLine, RunStatus, Status};

/// How a run that wrote its results ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All answers came.
    Complete,
    /// A cap or the user left questions unasked.
    Stopped(Stop),
    /// Questions or documents failed, or more answers were unparsed than the user allows.
    AnswersMissing,
    /// All answers came, and they carry no information about the documents.
    NoInformation,
}

/// What an ending is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Finished<'a> {
    /// What was asked.
    pub usage: &'a Usage,
    /// Why no more was asked, where questions were left.
    pub stopped: Option<Stop>,
    /// The allowed share of unparsed answers.
    pub max_unparsed: f64,
    /// What became of every row.
    pub rows: &'a [AssignmentLine],
    /// Whether the answers carry information, where that was measured.
    pub trust: Option<&'a Trust>,
    /// How a reason calls parameters.
    pub speech: Speech,
}

impl Finished<'_> {
    /// How the run ended.
    pub fn ending(&self) -> Ending {
        let usage = self.usage;
        let answers = (usage.calls + usage.cached).saturating_sub(usage.retries).max(1);
        match self.stopped {
            Some(why) => Ending::Stopped(why),
            // What failed is asked again, and may tell more.
            None if usage.failed > 0 || self.failed().next().is_some() => Ending::AnswersMissing,
            None if self.blind().is_some() => Ending::NoInformation,
            None if usage.unparsed.saturating_sub(usage.unparsed_tests) as f64 > self.max_unparsed * answers as f64 => {
                Ending::AnswersMissing
            }
            None => Ending::Complete,
        }
    }

    /// Why it is not complete, in words.
    pub fn reason(&self) -> Option<String> {
        let usage = self.usage;
        let lacking = match self.ending() {
            Ending::Complete => None,
            Ending::NoInformation if usage.unparsed == 0 => None,
            Ending::Stopped(why) => {
                let why = why.message().told(self.speech);
                Some(format!("{why}: up to {} questions were not asked", usage.not_asked))
            }
            Ending::AnswersMissing | Ending::NoInformation => {
                let questions =
                    format!("{} questions failed and {} answers were not legal", usage.failed, usage.unparsed);
                Some(self.documents().map_or(questions.clone(), |documents| format!("{questions}; {documents}")))
            }
        };
        let parts: Vec<String> = self.blind().into_iter().chain(lacking).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Why the answers are not to be trusted, where they are not.
    fn blind(&self) -> Option<String> {
        let trust = self.trust.filter(|trust| !trust.informative)?;
        let unsaid = || "the model's answers carry no information about the documents".into();
        Some(trust.reason.as_ref().map_or_else(unsaid, |reason| reason.told(self.speech)))
    }

    fn failed(&self) -> impl Iterator<Item = &AssignmentLine> {
        self.rows.iter().filter(|row| row.status == Status::Failed)
    }

    /// How many documents failed, and most often why.
    fn documents(&self) -> Option<String> {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        self.failed().for_each(|row| *reasons.entry(row.reason.as_deref().unwrap_or("no reason")).or_default() += 1);
        let failed: usize = reasons.values().sum();
        let (why, count) = reasons.into_iter().rev().max_by_key(|(_, count)| *count)?;
        let count = if count < failed { format!(" ({count} of them)") } else { String::new() };
        let documents = if failed == 1 { "document" } else { "documents" };
        Some(format!("{failed} {documents} failed: {why}{count}"))
    }
}

impl Ending {
    /// For the manifest.
    pub fn status(self) -> RunStatus {
        if self == Ending::Complete { RunStatus::Complete } else { RunStatus::Partial }
    }

    /// For the shell.
    pub fn exit(self) -> Exit {
        match self {
            Ending::Complete => Exit::Complete,
            Ending::Stopped(Stop::Reached(_)) => Exit::Capped,
            Ending::AnswersMissing | Ending::NoInformation => Exit::AnswersMissing,
            Ending::Stopped(Stop::Interrupted) => Exit::Interrupted,
        }
    }

    /// The process exit code that this ending means.
    pub fn exit_code(self) -> u8 {
        self.exit().code()
    }
}

/// The reason of a document that was not asked about, with what kept the question from being asked.
pub fn with_cause(reason: String, stopped: Option<Stop>, speech: Speech) -> String {
    match stopped {
        Some(why) if reason.starts_with(NOT_ASKED) => format!("{reason}: {}", why.message().told(speech)),
        _ => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Mention;
    use crate::model::Cap;

    fn result<'a>(usage: &'a Usage, stopped: Option<Stop>, rows: &'a [AssignmentLine]) -> Finished<'a> {
        Finished { usage, stopped, max_unparsed: 0.05, rows, trust: None, speech: Mention::neutral }
    }

    fn usage(failed: u64, unparsed: u64) -> Usage {
        Usage { calls: 100, failed, unparsed, ..Usage::default() }
    }

    fn row(status: Status, reason: &str) -> AssignmentLine {
        let (id, reason) = (String::new(), Some(reason.into()));
        AssignmentLine {
            line: 1,
            id,
            status,
            clusters: vec![],
            primary: None,
            reason,
            flags: vec![],
            fields: Default::default(),
        }
    }

    #[test]
    fn a_reached_cap_is_3_missing_answers_are_4_and_an_interruption_is_130() {
        let cap = Some(Stop::Reached(Cap::Tokens));
        let codes = [
            (usage(0, 5), None),
            (usage(0, 6), None),
            (usage(1, 0), None),
            (usage(1, 0), cap),
            (usage(0, 0), Some(Stop::Interrupted)),
        ]
        .map(|(usage, stopped)| result(&usage, stopped, &[]).ending().exit_code());
        assert_eq!(codes, [0, 4, 4, 3, 130]);
        let untested = Usage { unparsed_tests: 24, ..usage(0, 29) };
        assert_eq!(result(&untested, None, &[]).ending(), Ending::Complete, "no document depends on a test");
        let not_asked = Usage { not_asked: 9, ..Usage::default() };
        let reason = result(&not_asked, cap, &[]).reason();
        assert_eq!(reason.as_deref(), Some("max-tokens was reached: up to 9 questions were not asked"));
    }

    #[test]
    fn a_failed_document_is_4_though_every_question_was_answered() {
        let rows = [
            row(Status::Failed, "not legal"),
            row(Status::Failed, "reset"),
            row(Status::Failed, "not legal"),
            row(Status::Uncovered, "none"),
        ];
        let usage = usage(0, 3);
        let result = result(&usage, None, &rows);
        assert_eq!(result.ending().exit_code(), 4);
        let reason = result.reason().unwrap();
        assert!(reason.ends_with("3 documents failed: not legal (2 of them)"), "{reason}");
    }

    #[test]
    fn answers_without_information_are_4_and_said_first() {
        let (usage, trust) = (usage(0, 0), Trust::default().against("they are blind"));
        let of = |stopped| Finished { trust: Some(&trust), ..result(&usage, stopped, &[]) };
        let blind = of(None);
        assert_eq!((blind.ending().exit_code(), blind.reason().as_deref()), (4, Some("they are blind")));
        let stopped = of(Some(Stop::Interrupted));
        assert_eq!(stopped.ending().exit_code(), 130);
        assert!(stopped.reason().unwrap().starts_with("they are blind; interrupted"));
    }

    #[test]
    fn what_was_not_asked_names_what_kept_it_from_being_asked() {
        let cause = |reason: &str, stopped| with_cause(reason.into(), stopped, Mention::neutral);
        assert_eq!(cause("not asked", Some(Stop::Interrupted)), "not asked: interrupted");
        assert_eq!(cause("the answer was not legal", Some(Stop::Interrupted)), "the answer was not legal");
    }
}
