//! A few sentences that a reader in a hurry takes along, each computed from numbers.

use super::clusters::STABLE;
use super::{ClusterView, Totals};
use crate::methods::CoreRecord;
use crate::report::words::{Precision, count, thousands};
use crate::run::{Manifest, Status};

/// How much the clusters cover, the largest, what is in none, and how far all this is to be trusted, where that was measured.
pub fn sentences(manifest: &Manifest, totals: &Totals, clusters: &[ClusterView], precision: Precision) -> Vec<String> {
    let largest = clusters.first().map(largest);
    let trust = checked(manifest, precision).or_else(|| stability(clusters));
    [Some(covered(totals, clusters, precision)), largest, Some(left_out(totals, precision)), trust]
        .into_iter()
        .flatten()
        .collect()
}

fn covered(totals: &Totals, clusters: &[ClusterView], precision: Precision) -> String {
    let (assigned, documents) = (totals.rows_of(Status::Assigned), totals.documents);
    match clusters.iter().filter(|cluster| cluster.depth() == 0).count() {
        0 => "There is no cluster.".to_owned(),
        number => {
            let hold = if number == 1 { "holds" } else { "hold" };
            let number = count(number, "cluster");
            if assigned == documents {
                return format!("{number} {hold} all of the {}.", count(documents, "document"));
            }
            let share = precision.percent(fraction(assigned, documents));
            format!("{number} {hold} {} of {} ({share}).", thousands(assigned as u64), count(documents, "document"))
        }
    }
}

fn largest(cluster: &ClusterView) -> String {
    format!("The largest, “{}”, holds {} ({}).", cluster.label, thousands(cluster.size as u64), cluster.percent)
}

/// Documents in no cluster, and rows that are not documents.
fn left_out(totals: &Totals, precision: Precision) -> String {
    let part = |documents: usize, what: &str| {
        let share = precision.percent(fraction(documents, totals.documents));
        let verb = if documents == 1 { "is" } else { "are" };
        (documents > 0).then(|| format!("{} ({share}) {verb} {what}", count(documents, "document")))
    };
    let outside = part(totals.rows_of(Status::Uncovered), "in no cluster");
    let empty = part(totals.no_content, "without content");
    let failed = part(totals.rows_of(Status::Failed), "without a usable answer");
    let skipped = match totals.rows_of(Status::Skipped) {
        0 => String::new(),
        1 => " 1 row was skipped.".to_owned(),
        rows => format!(" {} were skipped.", count(rows, "row")),
    };
    let parts: Vec<String> = outside.into_iter().chain(empty).chain(failed).collect();
    let sentence = if parts.is_empty() { "No document is left out".to_owned() } else { parts.join(", and ") };
    format!("{sentence}.{skipped}")
}

/// The best measure of trust that the run took; nothing where it took none.
fn checked(manifest: &Manifest, precision: Precision) -> Option<String> {
    manifest
        .core
        .as_ref()
        .and_then(|core| audited(core, precision).or_else(|| held_out(core, precision)))
        .or_else(|| resampled(manifest))
}

/// How many of the clusters came back in samples of the documents, where that was measured.
pub fn stability(clusters: &[ClusterView]) -> Option<String> {
    let measured: Vec<f64> =
        clusters.iter().filter(|cluster| cluster.depth() == 0).filter_map(|cluster| cluster.stability).collect();
    let stable = measured.iter().filter(|stability| **stability >= STABLE).count();
    let all = count(measured.len(), "cluster");
    let came_back = match stable {
        0 => format!("None of the {all} comes back reliably"),
        some if some == measured.len() && some == 1 => "The cluster comes back".to_owned(),
        2 if measured.len() == 2 => "Both clusters come back".to_owned(),
        some if some == measured.len() => format!("All {all} come back"),
        1 => format!("1 of the {all} comes back"),
        some => format!("{some} of the {all} come back"),
    };
    (!measured.is_empty()).then(|| format!("{came_back} when other samples of the documents are clustered."))
}

fn audited(core: &CoreRecord, precision: Precision) -> Option<String> {
    let audit = core.audit?;
    Some(format!(
        "Asked about {} that had been inferred, the model agreed on {} ({}).",
        count(audit.asked, "random document"),
        thousands(audit.agreed as u64),
        precision.percent(audit.agreement.estimate)
    ))
}

fn held_out(core: &CoreRecord, precision: Precision) -> Option<String> {
    let right = core.tried.get(&core.spread)?;
    Some(format!(
        "Inferred from the other answers, {} of the judged documents come out as the model judged them.",
        precision.percent(*right)
    ))
}

fn resampled(manifest: &Manifest) -> Option<String> {
    let [low, high] = manifest.guide.as_ref()?.interval?;
    Some(if low == high {
        format!("In nine of ten resamplings of the answers the number of clusters stays {low}.")
    } else {
        format!("In nine of ten resamplings of the answers the number of clusters is between {low} and {high}.")
    })
}

fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::{Audit, GuideRecord};
    use crate::report::fixture::{RunBuilder, small};
    use crate::report::summary::Summary;
    use crate::run::FinishedRun;
    use crate::spread::Share;

    fn of(run: &FinishedRun) -> Vec<String> {
        Summary::of(run).sentences
    }

    #[test]
    fn they_say_what_is_covered_what_is_largest_and_what_is_left_out() {
        assert_eq!(
            of(&small().build()),
            [
                "2 clusters hold 6 of 8 documents (75%).",
                "The largest, “Better food”, holds 4 (50%).",
                "1 document (12%) is in no cluster, and 1 document (12%) is without a usable answer. 1 row was skipped.",
            ]
        );
    }

    #[test]
    fn a_run_that_covers_everything_says_so() {
        let run = RunBuilder::by_wording("x").cluster("a", "", &["a", "b"]).build();
        assert_eq!(
            of(&run),
            [
                "1 cluster holds all of the 2 documents.",
                "The largest, “a”, holds 2 (100%).",
                "No document is left out."
            ]
        );
        assert_eq!(of(&RunBuilder::by_goal("x").build())[0], "There is no cluster.");
    }

    #[test]
    fn stability_is_said_only_where_there_is_a_number_for_it() {
        let mut run = small().build();
        assert_eq!(of(&run).len(), 3);
        run.manifest.guide = Some(GuideRecord { interval: Some([4, 7]), ..GuideRecord::default() });
        assert!(of(&run)[3].ends_with("the number of clusters is between 4 and 7."));
        let tried = [("sum".to_owned(), 0.875)].into();
        run.manifest.core = Some(CoreRecord { spread: "sum".into(), tried, ..CoreRecord::default() });
        assert!(of(&run)[3].contains("88% of the judged documents"), "{:?}", of(&run));
        let audit = Audit { asked: 50, agreed: 45, agreement: Share::wilson(45, 50) };
        run.manifest.core.as_mut().unwrap().audit = Some(audit);
        assert_eq!(
            of(&run)[3],
            "Asked about 50 random documents that had been inferred, the model agreed on 45 (90%)."
        );
    }
}
