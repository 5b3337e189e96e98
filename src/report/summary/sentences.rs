//! A few sentences that a reader in a hurry takes along, each computed from numbers.

use super::clusters::{STABLE, when};
use super::{ClusterView, Totals};
use crate::methods::{CriterionTest, Told};
use crate::run::{ClusterLine, Status};
use crate::spread::Share;
use crate::text::numbers::{Precision, count, thousands};

/// How much the clusters cover, the largest, what is in none, and how far all this is to be trusted, where that was measured.
/// `doubt` is how little clusterings of two samples agree, where they do.
pub fn sentences(
    told: &Told,
    totals: &Totals,
    clusters: &[ClusterView],
    doubt: Option<f64>,
    precision: Precision,
) -> Vec<String> {
    let largest = clusters.first().map(largest);
    let trust = unreadable(totals).or_else(|| told.trust.clone()).or_else(|| stability(clusters, doubt));
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
    let outside = part(totals.rows_of(Status::Uncovered), super::UNCOVERED);
    let empty = part(totals.no_content, "without content");
    let failed = part(totals.rows_of(Status::Failed), super::UNANSWERED);
    let skipped = match totals.rows_of(Status::Skipped) {
        0 => String::new(),
        1 => " 1 row was skipped.".to_owned(),
        rows => format!(" {} were skipped.", count(rows, "row")),
    };
    let parts: Vec<String> = outside.into_iter().chain(empty).chain(failed).collect();
    let unread = if totals.has_unread { " Texts in other columns were not read." } else { "" };
    // A row that was skipped may hold words in a column that nobody read.
    let sentence = match (parts.is_empty(), skipped.is_empty() && !totals.has_unread) {
        (true, true) => "No document is left out".to_owned(),
        (true, false) => "All that was read as a document is in a cluster".to_owned(),
        (false, _) => parts.join(", and "),
    };
    format!("{sentence}.{skipped}{unread}")
}

/// How many of the clusters came back in samples of the documents, where that was measured. Where whole clusterings disagree, a
/// cluster that is comes back when a fifth of the documents is left out shows no more than that.
pub fn stability(clusters: &[ClusterView], doubt: Option<f64>) -> Option<String> {
    let whole: Vec<&ClusterView> = clusters.iter().filter(|cluster| cluster.depth() == 0).collect();
    let measured: Vec<f64> = whole.iter().filter_map(|cluster| cluster.stability).collect();
    let stable = measured.iter().filter(|stability| **stability >= STABLE).count();
    // Edits make clusters that were not there when samples were clustered.
    if !measured.is_empty() && measured.len() < whole.len() {
        let come_back = match stable {
            0 => "none of them does".to_owned(),
            1 => "1 of them does".to_owned(),
            some => format!("{some} of them do"),
        };
        return Some(format!(
            "For {} of the {} it was measured whether they come back {}: {come_back}{}",
            measured.len(),
            count(whole.len(), "cluster"),
            when(doubt),
            caveat(doubt)
        ));
    }
    let all = count(measured.len(), "cluster");
    let came_back = match stable {
        0 => format!("None of the {all} comes back reliably"),
        some if some == measured.len() && some == 1 => "The cluster comes back".to_owned(),
        2 if measured.len() == 2 => "Both clusters come back".to_owned(),
        some if some == measured.len() => format!("All {all} come back"),
        1 => format!("1 of the {all} comes back"),
        some => format!("{some} of the {all} come back"),
    };
    (!measured.is_empty()).then(|| format!("{came_back} {}{}", when(doubt), caveat(doubt)))
}

/// What coming back does not show.
fn caveat(doubt: Option<f64>) -> String {
    let theme = "whether each is one theme, its documents tell.";
    match doubt {
        None => format!("; {theme}"),
        Some(best) => format!(
            ". Samples that are clustered apart are divided differently (agreement {best:.2} at best): these clusters are one way \
             among several to divide the documents; {theme}"
        ),
    }
}

/// Where most documents are written in signs that the embedder does not know and no model judged them, that their clusters say
/// nothing: that they come back says nothing either.
pub fn unreadable(totals: &Totals) -> Option<String> {
    let (blind, documents) = (totals.blind, totals.documents);
    (blind * 2 > documents && blind > 0).then(|| {
        format!(
            "{} of the {} are written in signs that the embedder does not know, such as emoji or another script: whatever clusters come back, \
             they say nothing of what these documents mean.",
            thousands(blind as u64),
            count(documents, "document")
        )
    })
}

/// What the criterion tests of all clusters come to, where there were any.
pub fn tested(clusters: &[ClusterLine], precision: Precision) -> Option<String> {
    let has_answers = |test: &&CriterionTest| test.members + test.others > 0;
    let tests: Vec<&CriterionTest> =
        clusters.iter().filter_map(|cluster| cluster.test.as_ref()).filter(has_answers).collect();
    let sum = |of: fn(&CriterionTest) -> usize| tests.iter().map(|test| of(test)).sum::<usize>();
    let (members, held) = (sum(|test| test.members), sum(|test| test.members_held));
    let (others, wrong) = (sum(|test| test.others), sum(|test| test.others_held));
    let figure = |name: &str, part: usize, whole: usize| {
        let share = Share::wilson(part, whole);
        format!("{name} {} ({})", precision.percent(share.estimate), precision.interval(share.low, share.high))
    };
    let recall = (members > 0).then(|| figure("recall", held, members));
    let reached = (others > 0 && held + wrong > 0).then(|| figure("precision", held, held + wrong));
    let figures: Vec<String> = reached.into_iter().chain(recall).collect();
    let failing = tests.iter().filter(|test| test.has_failed()).count();
    let fail = match failing {
        0 => "none fails".to_owned(),
        1 => "1 fails".to_owned(),
        many => format!("{many} fail"),
    };
    (!figures.is_empty()).then(|| {
        let (predicates, documents) = (count(tests.len(), "predicate"), thousands((members + others) as u64));
        format!(
            "{predicates} tested alone, with {documents} verdicts on held-out documents: {}; {fail}.",
            figures.join(", ")
        )
    })
}

fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use crate::methods::KChoice;
    use crate::report::summary::Summary;
    use crate::run::FinishedRun;
    use crate::run::fixture::{RunBuilder, small};

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
    fn that_nothing_is_left_out_is_not_said_where_rows_were_skipped_or_columns_not_read() {
        let run = RunBuilder::by_wording("x").cluster("a", "", &["a", "b"]).skipped("empty text").build();
        assert_eq!(of(&run)[2], "All that was read as a document is in a cluster. 1 row was skipped.");
        let mut run = RunBuilder::by_wording("x").cluster("a", "", &["a", "b"]).build();
        let unread = vec!["Comment 2".to_owned()];
        run.manifest.corpus.files.push(crate::corpus::FileRead {
            name: "a.csv".into(),
            format: "CSV".into(),
            text: "Comment 1".into(),
            id: None,
            unread,
        });
        let said = "All that was read as a document is in a cluster. Texts in other columns were not read.";
        assert_eq!(of(&run)[2], said);
    }

    #[test]
    fn clusters_that_come_back_where_samples_disagree_are_one_way_to_divide_among_several() {
        let mut run = RunBuilder::by_wording("x").cluster("a", "", &["a"]).cluster("b", "", &["b"]).build();
        run.clusters.iter_mut().for_each(|cluster| cluster.stability = Some(0.9));
        let choice = |best| KChoice { k: 2, how: "".into(), tried: vec![], stability: vec![(2, 0.8), (3, best)] };
        run.manifest.k_choice = Some(choice(0.9));
        assert!(of(&run)[3].starts_with("Both clusters come back when other samples of the documents are clustered;"));
        run.manifest.k_choice = Some(choice(0.29));
        let said = of(&run).join(" ");
        assert!(said.contains("Both clusters come back when a fifth of the documents is left out."), "{said}");
        assert!(said.contains("agreement 0.29 at best") && said.contains("one way among several"), "{said}");
        assert!(!said.contains("other samples"), "{said}");
        assert!(Summary::of(&run).clusters[0].notes.iter().all(|note| !note.contains("other samples")));
    }

    #[test]
    fn clusters_whose_stability_was_not_measured_are_not_said_to_come_back_or_not() {
        let mut run = RunBuilder::by_wording("x").cluster("a", "", &["a"]).cluster("b", "", &["b"]).build();
        run.clusters[0].stability = Some(0.9);
        let said = of(&run).join(" ");
        assert!(said.contains("For 1 of the 2 clusters it was measured whether they come back"), "{said}");
        assert!(said.contains(": 1 of them does; "), "{said}");
    }
}
