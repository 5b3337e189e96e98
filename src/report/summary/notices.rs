//! What a reader must know before anything else, most serious first: the banner on top of every report.
//!
//! Each check looks at one thing. A new one is a function in [`CHECKS`].

use super::totals;
use crate::methods::{Notice, Told, Weight};
use crate::run::{FinishedRun, RunStatus};
use crate::text::numbers::{Precision, count, thousands};
use crate::text::sanitize::line;

/// Share of the documents in no cluster from which this is worth a notice.
const LITTLE_COVERED: f64 = 0.5;

/// One check of a run.
type Check = fn(&FinishedRun, &Told, Precision) -> Vec<Notice>;

/// Everything that is looked at; among notices of one weight, this is their order.
const CHECKS: [Check; 5] = [status, method, coverage, suspicious, warnings];

/// The notices of a run, most serious first.
pub fn notices(run: &FinishedRun, told: &Told, precision: Precision) -> Vec<Notice> {
    let mut notices: Vec<Notice> = CHECKS.iter().flat_map(|check| check(run, told, precision)).collect();
    notices.sort_by_key(|notice| notice.weight);
    notices
}

/// Why the run is not complete.
fn status(run: &FinishedRun, _: &Told, _: Precision) -> Vec<Notice> {
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

/// What the method says of itself.
fn method(_: &FinishedRun, told: &Told, _: Precision) -> Vec<Notice> {
    told.notices.clone()
}

/// Documents in no cluster, where they are more than half.
fn coverage(run: &FinishedRun, _: &Told, precision: Precision) -> Vec<Notice> {
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
        "{} of {} ({}) are in no cluster; the clusters’ shares are of all documents.",
        thousands(outside as u64),
        count(documents, "document"),
        precision.percent(share)
    );
    vec![Notice { weight: Weight::Caution, title: "Little is covered", text }]
}

fn suspicious(run: &FinishedRun, _: &Told, _: Precision) -> Vec<Notice> {
    let notice = |text| Notice { weight: Weight::Caution, title: "Suspicious documents", text };
    totals::suspicious(run).map(notice).into_iter().collect()
}

/// What the run itself warned of.
fn warnings(run: &FinishedRun, _: &Told, _: Precision) -> Vec<Notice> {
    let warning = |text: &String| Notice { weight: Weight::Caution, title: "Warning", text: line(text) };
    run.manifest.warnings.iter().map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Flag;
    use crate::run::fixture::small;

    fn titles(run: &FinishedRun) -> Vec<&'static str> {
        notices(run, &Told::default(), Precision::of(9)).iter().map(|notice| notice.title).collect()
    }

    #[test]
    fn a_complete_run_without_troubles_has_no_notice() {
        assert_eq!(notices(&small().build(), &Told::default(), Precision::of(9)), []);
    }

    #[test]
    fn every_status_but_complete_is_a_notice() {
        let partial = notices(
            &small().ended(RunStatus::Partial, "--max-calls 100\nwas reached").build(),
            &Told::default(),
            Precision::of(9),
        );
        let text = "--max-calls 100 was reached".into();
        assert_eq!(partial, [Notice { weight: Weight::Alarm, title: "Partial run", text }]);
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
            notices(&run, &Told::default(), Precision::of(12))[0].text,
            "6 of 12 documents (50%) are in no cluster; the clusters’ shares are of all documents."
        );
    }

    #[test]
    fn the_most_serious_comes_first() {
        let mut run = small().flag(Flag::Suspicious).ended(RunStatus::Cancelled, "interrupted").build();
        run.manifest.warnings.push("half of the corpus is German".into());
        assert_eq!(titles(&run), ["Cancelled run", "Suspicious documents", "Warning"]);
    }
}
