//! All that the human reports say about a run, computed once and sanitized: exporters lay out and escape, nothing else.

mod clusters;
mod columns;
mod languages;
mod making;
mod notices;
mod sentences;
mod totals;

pub use clusters::{ClusterView, Excerpt, LOOSE, STABLE};
pub use columns::{Cell, ColumnTable};
pub use making::RoundView;
pub use totals::Totals;

use std::collections::HashMap;

use crate::methods::{Fact, KChoice, Notice, Told, Weight};
use crate::run::{DocumentLine, FinishedRun, Manifest, NO_CONTENT, Status};
use crate::text::numbers::{Precision, count};
use crate::text::sanitize::line;

/// What is said of documents that no cluster holds.
pub const UNCOVERED: &str = "in no cluster";
/// What is said of documents whose questions failed.
pub const UNANSWERED: &str = "without a usable answer";
/// What a heading says where no model was asked.
pub const BY_WORDING: &str = "by wording: no model was asked about the goal";

/// The same where there was no goal either.
pub const BY_WORDING_ALONE: &str = "by wording: no model was asked";

/// What a heading says where no model was asked and a codebook names the clusters.
pub const BY_LIKENESS: &str = "by likeness to the entries of a codebook: no model was asked";

/// What a heading says where the answers carry no information.
pub const UNTRUSTED: &str = "by answers that carry no information";
/// What is said of the marks in a table by a column.
pub const STANDS_OUT: &str = "▲ and ▼ mark counts that are higher or lower than chance would give: three standard errors \
                              or more from what they would be if cluster and column were independent.";

/// What the human reports say.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The goal; where no model was asked, the corpus's name, for such clusters are not formed by the goal.
    pub title: String,
    /// Where no model was asked, what belongs to the title: [`BY_WORDING`], [`BY_WORDING_ALONE`] or [`BY_LIKENESS`].
    pub without_model: Option<&'static str>,
    /// Whether the answers carry no information, so that [`UNTRUSTED`] belongs to the title.
    pub untrusted: bool,
    /// What the goal did where it did not form the clusters.
    pub remark: Option<String>,
    /// The corpus's short name.
    pub corpus: String,
    /// `236 rows, 9 clusters`.
    pub counts: String,
    /// The day on which it was made, where the run says so.
    pub date: Option<String>,
    /// What a reader must know before anything else, most serious first.
    pub notices: Vec<Notice>,
    /// What the run itself warned of, which is among the notices.
    pub warnings: Vec<String>,
    /// The result in three or four sentences.
    pub sentences: Vec<String>,
    /// How many of the clusters come back in other samples, which is one of the sentences.
    pub stability: Option<String>,
    /// What the method says against itself short of an alarm, which is among the notices: a line each.
    pub cautions: Vec<String>,
    /// How the predicates fared in the criterion test, all together.
    pub tested: Option<String>,
    /// The clusters, largest first, each before its parts.
    pub clusters: Vec<ClusterView>,
    /// What is to be said of the shares where documents are in several clusters.
    pub overlap: Option<String>,
    /// Documents in no cluster, those without content and those without a usable answer, if there are any.
    pub outside: Vec<Outside>,
    /// The largest share that is drawn: the upper end of an interval, or what is in no cluster.
    pub scale: f64,
    /// The clusters by the rows' own columns.
    pub columns: Vec<ColumnTable>,
    /// Every row accounted for.
    pub totals: Totals,
    /// Some documents that are in no cluster.
    pub uncovered: Vec<Excerpt>,
    /// The most frequent answers without content, with their numbers.
    pub empty_answers: Vec<String>,
    /// What documents that no entry of a codebook holds are about, by their words.
    pub proposals: Vec<String>,
    /// Truncated, duplicate and suspicious documents, a sentence each.
    pub flags: Vec<String>,
    /// The sentence on suspicious documents, which is one of the flags.
    pub suspicious: Option<String>,
    /// How the run was made.
    pub facts: Vec<Fact>,
    /// The rounds of propose, assign, select.
    pub rounds: Vec<RoundView>,
}

/// Documents that no cluster holds, for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// `in no cluster`.
    pub label: &'static str,
    /// How many.
    pub size: usize,
    /// As a share of all documents.
    pub share: f64,
    /// The share in words.
    pub percent: String,
}

impl Summary {
    /// The answers without content, if there are any.
    pub fn no_content(&self) -> Option<&Outside> {
        self.outside.iter().find(|part| part.label == NO_CONTENT)
    }

    /// Gathers what the reports say about `run`.
    pub fn of(run: &FinishedRun) -> Summary {
        let manifest = &run.manifest;
        let documents: HashMap<&str, &DocumentLine> = run.documents.iter().map(|d| (d.id.as_str(), d)).collect();
        let by_wording = !run.is_by_model();
        let totals = Totals::of(run);
        let precision = Precision::of(totals.documents);
        let doubt = manifest.k_choice.as_ref().and_then(KChoice::doubt);
        let clusters = clusters::views(run, &documents, doubt, precision);
        let procedure = manifest.procedure();
        let told =
            procedure.map_or_else(Told::default, |procedure| (procedure.tell)(&manifest.method.record, precision));
        let tested = sentences::tested(&run.clusters, precision);
        let outside = outside(&totals, precision);
        let drawn = clusters.iter().map(|cluster| cluster.share.high).chain(outside.iter().map(|part| part.share));
        Summary {
            title: title(manifest, by_wording),
            without_model: by_wording.then(|| without_model(manifest)),
            proposals: told.proposals.clone(),
            untrusted: manifest.trust.as_ref().is_some_and(|trust| !trust.informative),
            remark: remark(manifest, by_wording),
            corpus: line(&manifest.corpus.name),
            counts: counts(&totals, &clusters),
            date: manifest.date.as_deref().map(line),
            notices: notices::notices(run, &told, precision),
            cautions: cautions(&told),
            warnings: manifest.warnings.iter().map(|warning| line(warning)).collect(),
            sentences: [
                sentences::sentences(&told, &totals, &clusters, doubt, precision),
                tested.iter().cloned().collect(),
            ]
            .concat(),
            stability: sentences::unreadable(&totals).or_else(|| sentences::stability(&clusters, doubt)),
            tested,
            overlap: overlap(run, &totals, precision),
            scale: drawn.fold(0.01, f64::max),
            columns: columns::tables(run, &clusters, &documents, precision),
            uncovered: totals::uncovered_examples(run, &documents),
            empty_answers: totals::empty_answers(run, &documents),
            flags: totals::flags(run),
            suspicious: totals::suspicious(run),
            facts: making::facts(run, &told, precision),
            rounds: making::rounds(manifest),
            outside,
            totals,
            clusters,
        }
    }
}

/// The notices of a method that are no alarm, with their titles.
fn cautions(told: &Told) -> Vec<String> {
    let cautions = told.notices.iter().filter(|notice| notice.weight == Weight::Caution);
    cautions.map(|notice| format!("{}: {}", notice.title, notice.text)).collect()
}

/// What stood in for a model.
fn without_model(manifest: &Manifest) -> &'static str {
    match (&manifest.codebook, manifest.goal.is_empty()) {
        (Some(_), _) => BY_LIKENESS,
        (None, false) => BY_WORDING,
        (None, true) => BY_WORDING_ALONE,
    }
}

/// Rows, clusters, and the parts that these have.
fn counts(totals: &Totals, clusters: &[ClusterView]) -> String {
    let parts = clusters.iter().filter(|cluster| cluster.depth() > 0).count();
    let with_parts = if parts == 0 { String::new() } else { format!(" with {}", count(parts, "part")) };
    format!("{}, {}{with_parts}", count(totals.rows, "row"), count(clusters.len() - parts, "cluster"))
}

/// The goal, where it formed the clusters.
fn title(manifest: &Manifest, by_wording: bool) -> String {
    let goal = line(&manifest.goal);
    if by_wording || goal.is_empty() { line(&manifest.corpus.name) } else { goal }
}

fn outside(totals: &Totals, precision: Precision) -> Vec<Outside> {
    let parts = [
        (UNCOVERED, totals.rows_of(Status::Uncovered)),
        (NO_CONTENT, totals.no_content),
        (UNANSWERED, totals.rows_of(Status::Failed)),
    ];
    let outside = parts.map(|(label, size)| {
        let share = size as f64 / totals.documents.max(1) as f64;
        Outside { label, size, share, percent: precision.percent(share) }
    });
    outside.into_iter().filter(|part| part.size > 0).collect()
}

/// Said where documents are in several clusters; that the shares sum to more than everything, only where they do.
fn overlap(run: &FinishedRun, totals: &Totals, precision: Precision) -> Option<String> {
    let overlaps = run.clusters.iter().any(|cluster| cluster.exclusive < cluster.size);
    let roots = run.clusters.iter().filter(|cluster| cluster.parent.is_none());
    let sum = roots.map(|cluster| cluster.size).sum::<usize>() as f64 / totals.documents.max(1) as f64;
    let beyond = if sum > 1.0 { format!(": the shares sum to {}", precision.percent(sum)) } else { String::new() };
    overlaps.then(|| format!("Documents may be in several clusters{beyond}."))
}

/// What is said before proposals.
pub const PROPOSALS: &str =
    "What the documents in no cluster are about, by their words: proposals for the codebook, no entries of it.";

fn remark(manifest: &Manifest, by_wording: bool) -> Option<String> {
    let goal = line(&manifest.goal);
    let end = if goal.ends_with(['.', '!', '?', '。', '？', '！']) { "" } else { "." };
    if manifest.codebook.is_some() {
        return (by_wording && !goal.is_empty())
            .then(|| format!("Not asked: “{goal}”{end} The clusters are the entries of a codebook."));
    }
    (by_wording && !goal.is_empty()).then(|| {
        format!(
            "Not asked: “{goal}”{end} The clusters are texts that are worded alike; the question only weighted the phrases \
             that name them."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::{RunBuilder, small};

    #[test]
    fn without_a_model_the_goal_is_no_heading() {
        let summary = Summary::of(&RunBuilder::by_wording("by emotion").cluster("a b", "", &["a"]).build());
        assert_eq!(summary.title, "survey-answers");
        assert_eq!(summary.without_model, Some(BY_WORDING));
        let without_goal = Summary::of(&RunBuilder::by_wording("").cluster("a b", "", &["a"]).build());
        assert_eq!((without_goal.without_model, without_goal.remark), (Some(BY_WORDING_ALONE), None));
        assert!(summary.remark.expect("the goal is mentioned").contains("only weighted the phrases"));
    }

    #[test]
    fn that_shares_sum_to_more_than_everything_is_said_only_where_they_do() {
        let mut run = small().build();
        assert_eq!(Summary::of(&run).overlap, None);
        run.clusters[1].exclusive = 1;
        assert_eq!(Summary::of(&run).overlap.as_deref(), Some("Documents may be in several clusters."));
        run.clusters[1].size = 6;
        let beyond = "Documents may be in several clusters: the shares sum to 125%.";
        assert_eq!(Summary::of(&run).overlap.as_deref(), Some(beyond));
    }

    #[test]
    fn clusters_that_a_model_judged_are_not_called_clusters_by_wording() {
        let mut run = small().build();
        run.manifest.model = None;
        assert!(
            Summary::of(&run).without_model.is_none(),
            "a later run that could not start does not undo what was asked"
        );
    }

    #[test]
    fn what_is_in_no_cluster_has_a_share_of_its_own() {
        let outside = Summary::of(&small().build()).outside;
        let said: Vec<_> = outside.iter().map(|part| (part.label, part.size, part.percent.as_str())).collect();
        assert_eq!(said, [("in no cluster", 1, "12%"), ("without a usable answer", 1, "12%")]);
    }

    #[test]
    fn an_empty_run_has_a_summary() {
        let summary = Summary::of(&RunBuilder::by_goal("x").build());
        assert_eq!(summary.counts, "0 rows, 0 clusters");
    }
}
