//! What a reader must know before anything else, most serious first: the banner on top of every report.
//!
//! Each check looks at one thing. A new one is a function in [`CHECKS`].

use super::totals;
use crate::report::sanitize::line;
use crate::report::words::{Precision, count, thousands};
use crate::run::{FinishedRun, RunStatus};

/// An audit below this agreement says that the inferred places are not to be relied on.
const RELIABLE: f64 = 0.5;
/// An audit below this agreement, or answers of which more than the rest are wrong, are worth a notice.
const GOOD: f64 = 0.75;
/// Share of the documents in no cluster from which this is worth a notice.
const LITTLE_COVERED: f64 = 0.5;

/// How much a notice weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The result is not what was asked for, or is not to be relied on.
    Alarm,
    /// Read the result with this in mind.
    Caution,
}

/// One notice of the banner.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What is to be known, sanitized.
    pub text: String,
}

/// One check of a run.
type Check = fn(&FinishedRun, Precision) -> Vec<Notice>;

/// Everything that is looked at; among notices of one weight, this is their order.
const CHECKS: [Check; 6] = [status, audit, doubtful, coverage, suspicious, warnings];

/// The notices of a run, most serious first.
pub fn notices(run: &FinishedRun, precision: Precision) -> Vec<Notice> {
    let mut notices: Vec<Notice> = CHECKS.iter().flat_map(|check| check(run, precision)).collect();
    notices.sort_by_key(|notice| notice.weight);
    notices
}

/// Why the run is not complete.
fn status(run: &FinishedRun, _: Precision) -> Vec<Notice> {
    let manifest = &run.manifest;
    let title = match manifest.status {
        RunStatus::Complete => return vec![],
        RunStatus::Partial => "Partial run",
        RunStatus::Failed => "Failed run",
        RunStatus::Cancelled => "Cancelled run",
        RunStatus::Running => "Unfinished run",
    };
    let unknown = match manifest.status {
        RunStatus::Running => "it is still going on, or was killed",
        _ => "no reason was recorded",
    };
    vec![Notice { weight: Weight::Alarm, title, text: line(manifest.reason.as_deref().unwrap_or(unknown)) }]
}

/// How far the model agrees with what was inferred from its own answers.
fn audit(run: &FinishedRun, precision: Precision) -> Vec<Notice> {
    let Some(audit) = run.manifest.core.as_ref().and_then(|core| core.audit) else { return vec![] };
    let agreement = audit.agreement;
    let (weight, advice) = match agreement.estimate {
        share if share < RELIABLE => (Weight::Alarm, "Do not rely on the inferred ones"),
        share if share < GOOD => (Weight::Caution, "Many of the inferred ones are in the wrong cluster"),
        _ => return vec![],
    };
    let text = format!(
        "The model judged {} of {} as they had been inferred from its other answers ({}, 95% interval {}). {advice}.",
        thousands(audit.agreed as u64),
        count(audit.asked, "random document"),
        precision.percent(agreement.estimate),
        precision.interval(agreement)
    );
    vec![Notice { weight, title: "Low agreement in the audit", text }]
}

/// A model that contradicts itself, or whose answers on some documents do not predict those on others.
fn doubtful(run: &FinishedRun, precision: Precision) -> Vec<Notice> {
    let Some(core) = &run.manifest.core else { return vec![] };
    let contradicts = core.error.filter(|error| *error > 1.0 - GOOD).map(|error| {
        let (alike, twice) = (thousands(core.agreed as u64), count(core.asked_twice, "document"));
        format!(
            "Of {twice} judged twice, {alike} got the same answer: about {} of the answers are wrong.",
            precision.percent(error)
        )
    });
    let best = core.tried.get(&core.spread).filter(|right| **right < RELIABLE).map(|right| {
        format!(
            "Inferred from the other answers, only {} of the judged documents are right.",
            precision.percent(*right)
        )
    });
    let text: Vec<String> = contradicts.into_iter().chain(best).collect();
    if text.is_empty() {
        return vec![];
    }
    vec![Notice { weight: Weight::Caution, title: "Weak model", text: text.join(" ") }]
}

/// Documents in no cluster, where they are more than half.
fn coverage(run: &FinishedRun, precision: Precision) -> Vec<Notice> {
    let counts = &run.manifest.documents;
    // Answers that say nothing are not a fault of the clusters.
    let uncovered = counts.uncovered.saturating_sub(run.assignments.iter().filter(|row| row.says_nothing()).count());
    let documents = counts.assigned + uncovered + counts.failed;
    let outside = uncovered + counts.failed;
    let share = outside as f64 / documents.max(1) as f64;
    if share < LITTLE_COVERED {
        return vec![];
    }
    let text = format!(
        "{} of {} ({}) are in no cluster: the shares speak of the others only.",
        thousands(outside as u64),
        count(documents, "document"),
        precision.percent(share)
    );
    vec![Notice { weight: Weight::Caution, title: "Little is covered", text }]
}

fn suspicious(run: &FinishedRun, _: Precision) -> Vec<Notice> {
    let notice = |text| Notice { weight: Weight::Caution, title: "Suspicious documents", text };
    totals::suspicious(run).map(notice).into_iter().collect()
}

/// What the run itself warned of.
fn warnings(run: &FinishedRun, _: Precision) -> Vec<Notice> {
    let warning = |text: &String| Notice { weight: Weight::Caution, title: "Warning", text: line(text) };
    run.manifest.warnings.iter().map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::{Audit, CoreRecord};
    use crate::report::fixture::small;
    use crate::run::Flag;
    use crate::spread::Share;

    fn titles(run: &FinishedRun) -> Vec<&'static str> {
        notices(run, Precision::of(9)).iter().map(|notice| notice.title).collect()
    }

    fn audited(agreed: usize, asked: usize) -> FinishedRun {
        let mut run = small().build();
        let audit = Audit { asked, agreed, agreement: Share::wilson(agreed, asked) };
        run.manifest.core = Some(CoreRecord { audit: Some(audit), ..CoreRecord::default() });
        run
    }

    #[test]
    fn a_complete_run_without_troubles_has_no_notice() {
        assert_eq!(notices(&small().build(), Precision::of(9)), []);
        assert_eq!(notices(&audited(45, 50), Precision::of(9)), []);
    }

    #[test]
    fn every_status_but_complete_is_a_notice() {
        let partial =
            notices(&small().ended(RunStatus::Partial, "--max-calls 100\nwas reached").build(), Precision::of(9));
        let text = "--max-calls 100 was reached".into();
        assert_eq!(partial, [Notice { weight: Weight::Alarm, title: "Partial run", text }]);
    }

    #[test]
    fn an_audit_of_three_in_sixteen_is_an_alarm() {
        let notice = &notices(&audited(3, 16), Precision::of(9))[0];
        assert_eq!(notice.weight, Weight::Alarm);
        assert!(notice.text.starts_with("The model judged 3 of 16 random documents as"), "{}", notice.text);
        assert!(notice.text.contains("(19%, 95% interval 7–43%)"), "{}", notice.text);
        assert_eq!(notices(&audited(33, 50), Precision::of(9))[0].weight, Weight::Caution);
    }

    #[test]
    fn a_model_that_contradicts_itself_is_weak() {
        let mut run = small().build();
        let tried = [("class means".to_owned(), 0.31)].into();
        let spread = "class means".to_owned();
        run.manifest.core =
            Some(CoreRecord { error: Some(0.4), asked_twice: 40, agreed: 20, tried, spread, ..CoreRecord::default() });
        let notice = notices(&run, Precision::of(9)).remove(0);
        assert_eq!(notice.title, "Weak model");
        assert!(notice.text.contains("Of 40 documents judged twice, 20") && notice.text.contains("31%"), "{notice:?}");
    }

    #[test]
    fn half_of_the_documents_in_no_cluster_is_a_notice() {
        let covered = small().uncovered("a", "no");
        assert_eq!(titles(&covered.build()), [""; 0]);
        let mut builder = small();
        for number in 0..4 {
            builder = builder.uncovered(&format!("{number}"), "no");
        }
        let run = builder.build();
        assert_eq!(
            notices(&run, Precision::of(12))[0].text,
            "6 of 12 documents (50%) are in no cluster: the shares speak of the others only."
        );
    }

    #[test]
    fn the_most_serious_comes_first() {
        let mut run = small().flag(Flag::Suspicious).ended(RunStatus::Cancelled, "interrupted").build();
        run.manifest.warnings.push("half of the corpus is German".into());
        assert_eq!(titles(&run), ["Cancelled run", "Suspicious documents", "Warning"]);
    }
}
