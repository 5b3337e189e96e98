//! All that the human reports say about a run, computed once and sanitized: exporters lay out and escape, nothing else.

mod clusters;
mod making;
mod totals;

pub use clusters::{ClusterView, Excerpt};
pub use making::{Fact, RoundView};
pub use totals::Totals;

use std::collections::HashMap;

use super::sanitize::line;
use super::words::count;
use crate::run::{DocumentLine, FinishedRun, Manifest, RunStatus};

/// What a heading says where no model was asked.
pub const BY_WORDING: &str = "by wording: no model was asked about the goal";

/// What a heading says where the answers carry no information.
pub const UNTRUSTED: &str = "by answers that carry no information";

/// What the human reports say.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The goal; where no model was asked, the corpus's name, for such clusters are not formed by the goal.
    pub title: String,
    /// Whether no model was asked, so that [`BY_WORDING`] belongs to the title.
    pub by_wording: bool,
    /// Whether the answers carry no information, so that [`UNTRUSTED`] belongs to the title.
    pub untrusted: bool,
    /// What the goal did where it did not form the clusters.
    pub remark: Option<String>,
    /// The corpus's short name.
    pub corpus: String,
    /// `236 rows, 9 clusters`.
    pub counts: String,
    /// Why the run is not what was asked for.
    pub banner: Option<Banner>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The clusters, largest first, each before its parts.
    pub clusters: Vec<ClusterView>,
    /// Whether documents are in several clusters, so that the shares sum to more than everything.
    pub overlap: bool,
    /// The upper end of the widest interval: where a bar ends.
    pub scale: f64,
    /// Every row accounted for.
    pub totals: Totals,
    /// Some documents that are in no cluster.
    pub uncovered: Vec<Excerpt>,
    /// Truncated, duplicate and suspicious documents, a sentence each.
    pub flags: Vec<String>,
    /// The sentence on suspicious documents, which is one of the flags.
    pub suspicious: Option<String>,
    /// How the run was made.
    pub facts: Vec<Fact>,
    /// The rounds of propose, assign, select.
    pub rounds: Vec<RoundView>,
}

/// The status of a run that is not complete, and its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Banner {
    /// `Partial run`.
    pub status: &'static str,
    /// Why.
    pub reason: String,
}

impl Summary {
    /// Gathers what the reports say about `run`.
    pub fn of(run: &FinishedRun) -> Summary {
        let manifest = &run.manifest;
        let documents: HashMap<&str, &DocumentLine> = run.documents.iter().map(|d| (d.id.as_str(), d)).collect();
        let by_wording = !run.is_by_model();
        let totals = Totals::of(run);
        let clusters = clusters::views(run, &documents);
        Summary {
            title: if by_wording { line(&manifest.corpus.name) } else { line(&manifest.goal) },
            by_wording,
            untrusted: manifest.trust.as_ref().is_some_and(|trust| !trust.informative),
            remark: remark(manifest, by_wording),
            corpus: line(&manifest.corpus.name),
            counts: format!("{}, {}", count(totals.rows, "row"), count(clusters.len(), "cluster")),
            banner: banner(manifest),
            warnings: manifest.warnings.iter().map(|warning| line(warning)).collect(),
            overlap: run.clusters.iter().any(|cluster| cluster.exclusive < cluster.size),
            scale: clusters.iter().map(|cluster| cluster.share.high).fold(0.01, f64::max),
            uncovered: totals::uncovered_examples(run, &documents),
            flags: totals::flags(run),
            suspicious: totals::suspicious(run),
            facts: making::facts(run),
            rounds: making::rounds(manifest),
            totals,
            clusters,
        }
    }
}

fn remark(manifest: &Manifest, by_wording: bool) -> Option<String> {
    let goal = line(&manifest.goal);
    (by_wording && !goal.is_empty()).then(|| {
        format!(
            "The clusters are texts that are worded alike. The goal “{goal}” only weighted the phrases that name them."
        )
    })
}

fn banner(manifest: &Manifest) -> Option<Banner> {
    let status = match manifest.status {
        RunStatus::Complete => return None,
        RunStatus::Partial => "Partial run",
        RunStatus::Failed => "Failed run",
        RunStatus::Cancelled => "Cancelled run",
        RunStatus::Running => "Unfinished run",
    };
    let unknown = match manifest.status {
        RunStatus::Running => "it is still going on, or was killed",
        _ => "no reason was recorded",
    };
    Some(Banner { status, reason: line(manifest.reason.as_deref().unwrap_or(unknown)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{RunBuilder, small};

    #[test]
    fn without_a_model_the_goal_is_no_heading() {
        let summary = Summary::of(&RunBuilder::by_wording("by emotion").cluster("a b", "", &["a"]).build());
        assert_eq!(summary.title, "survey-answers");
        assert!(summary.by_wording);
        assert!(summary.remark.expect("the goal is mentioned").contains("only weighted the phrases"));
    }

    #[test]
    fn clusters_by_a_model_are_never_called_by_wording() {
        let mut run = small().build();
        run.manifest.model = None;
        let summary = Summary::of(&run);
        assert!(!summary.by_wording && summary.remark.is_none());
        let model = summary.facts.iter().find(|fact| fact.name == "model").map(|fact| fact.value.as_str());
        assert_eq!(model, Some("one was asked, its name was not recorded"));
    }

    #[test]
    fn every_status_but_complete_has_a_banner() {
        assert_eq!(Summary::of(&small().build()).banner, None);
        let partial = Summary::of(&small().ended(RunStatus::Partial, "--max-calls 100\nwas reached").build());
        let banner = Banner { status: "Partial run", reason: "--max-calls 100 was reached".into() };
        assert_eq!(partial.banner, Some(banner));
    }

    #[test]
    fn an_empty_run_has_a_summary() {
        let summary = Summary::of(&RunBuilder::by_goal("x").build());
        assert_eq!(summary.counts, "0 rows, 0 clusters");
    }
}
