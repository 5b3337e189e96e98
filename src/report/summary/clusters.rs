//! What the reports say about each cluster.

use std::collections::{HashMap, HashSet};

use super::languages::mostly;
use crate::methods::{CriterionTest, NamedBy};
use crate::report::words::shorten;
use crate::run::{AssignmentLine, ClusterLine, ClusterStatus, DocumentLine, FinishedRun};
use crate::spread::Share;
use crate::text::numbers::{Precision, count};
use crate::text::sanitize::{block, line};

/// Mean Jaccard similarity from which a cluster counts as found again (Hennig, 2007, calls clusters below it doubtful).
pub const STABLE: f64 = 0.75;

/// Mean Jaccard similarity below which most of a cluster goes elsewhere in another sample.
pub const LOOSE: f64 = 0.5;
/// Quotes shown for a cluster at most.
const QUOTES: usize = 3;
/// Near misses shown for a cluster at most.
const NEAR_MISSES: usize = 3;
/// Columns of a quote at most: evidence is a sentence, but a document can be one very long sentence.
const QUOTE_COLUMNS: usize = 700;
/// Columns of the beginning of a text.
const BEGINNING_COLUMNS: usize = 120;

/// One cluster as the reports show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterView {
    /// Its id in the run directory, to look it up: never shown, for it is not sanitized.
    pub id: String,
    /// Its place: `3`, or `3.1` for the largest part of the third.
    pub number: String,
    /// Its label, or that it has none.
    pub label: String,
    /// The sentence by which the model decided what belongs.
    pub predicate: Option<String>,
    /// Number of documents.
    pub size: usize,
    /// As numbers, for bars.
    pub share: Share,
    /// The share in words: `22%`.
    pub percent: String,
    /// Its interval in words: `17–28%`.
    pub interval: String,
    /// Keyphrases, strongest first.
    pub keywords: Vec<String>,
    /// Verbatim spans of its documents.
    pub quotes: Vec<Excerpt>,
    /// The nearest documents that do not belong.
    pub near_misses: Vec<Excerpt>,
    /// How well it comes back in samples of the documents, where that was measured.
    pub stability: Option<f64>,
    /// Whether its predicate failed the criterion test.
    pub fails: bool,
    /// The language of nearly all its documents, where the corpus has several.
    pub language: Option<&'static str>,
    /// What else is to be known: how it was tested, overlap, that it could not be labelled.
    pub notes: Vec<String>,
}

/// Some text of one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// The document's id.
    pub document: String,
    /// A span of the text or its beginning; `None` where the run kept no texts.
    pub text: Option<String>,
    /// Where the document is instead, of a near miss.
    pub instead: Option<String>,
}

impl ClusterView {
    /// How deep it lies: 0 for a cluster that is not part of another.
    pub fn depth(&self) -> usize {
        self.number.matches('.').count()
    }
}

impl Excerpt {
    /// The beginning of a document.
    pub fn beginning(id: &str, documents: &HashMap<&str, &DocumentLine>) -> Excerpt {
        let text = documents.get(id).and_then(|document| document.text.as_deref());
        Excerpt { document: line(id), text: text.map(|text| shorten(&line(text), BEGINNING_COLUMNS)), instead: None }
    }
}

/// The clusters of `run`, largest first, each before its parts. `doubt` is how little clusterings of two samples agree, where they
/// do.
pub fn views(
    run: &FinishedRun,
    documents: &HashMap<&str, &DocumentLine>,
    doubt: Option<f64>,
    precision: Precision,
) -> Vec<ClusterView> {
    let overlap = run.clusters.iter().any(|cluster| cluster.exclusive < cluster.size);
    let with_model = run.is_by_model();
    let mostly = mostly(run, documents);
    let language = |cluster: &ClusterLine| mostly.get(cluster.id.as_str()).copied();
    let places = places(run);
    let view = |(number, cluster): (String, &ClusterLine)| ClusterView {
        id: cluster.id.clone(),
        number,
        label: label(cluster),
        predicate: (cluster.by != NamedBy::Keyphrases)
            .then(|| line(&cluster.predicate))
            .filter(|text| !text.is_empty()),
        size: cluster.size,
        share: cluster.share,
        percent: precision.percent(cluster.share.estimate),
        interval: precision.interval(cluster.share.low, cluster.share.high),
        keywords: cluster.keywords.iter().map(|keyword| line(keyword)).collect(),
        quotes: quotes(cluster, documents),
        near_misses: near_misses(cluster, &places, documents),
        stability: cluster.stability,
        fails: cluster.test.as_ref().is_some_and(CriterionTest::has_failed),
        language: language(cluster),
        notes: notes(cluster, (language(cluster), doubt), overlap, with_model, precision),
    };
    outline(&run.clusters).into_iter().map(view).collect()
}

/// Clusters with their numbers, largest first, each before its parts. A parent that is not there counts as none.
fn outline(clusters: &[ClusterLine]) -> Vec<(String, &ClusterLine)> {
    let mut ranked: Vec<&ClusterLine> = clusters.iter().collect();
    ranked.sort_by_key(|cluster| std::cmp::Reverse(cluster.size));
    let mut parts: HashMap<Option<&str>, Vec<&ClusterLine>> = HashMap::new();
    for cluster in ranked {
        let parent = cluster.parent.as_deref().filter(|parent| clusters.iter().any(|other| other.id == *parent));
        parts.entry(parent).or_default().push(cluster);
    }
    let mut outlined = Vec::with_capacity(clusters.len());
    number(None, "", &parts, &mut outlined);
    outlined
}

fn number<'a>(
    parent: Option<&str>,
    prefix: &str,
    parts: &HashMap<Option<&str>, Vec<&'a ClusterLine>>,
    outlined: &mut Vec<(String, &'a ClusterLine)>,
) {
    for (place, cluster) in parts.get(&parent).into_iter().flatten().enumerate() {
        let number_here = format!("{prefix}{}", place + 1);
        outlined.push((number_here.clone(), cluster));
        number(Some(&cluster.id), &format!("{number_here}."), parts, outlined);
    }
}

fn label(cluster: &ClusterLine) -> String {
    let label = line(&cluster.label);
    if label.is_empty() { "(no label)".into() } else { label }
}

/// The evidence; where there is none, the beginnings of the exemplars.
fn quotes(cluster: &ClusterLine, documents: &HashMap<&str, &DocumentLine>) -> Vec<Excerpt> {
    let quoted = cluster.evidence.iter().take(QUOTES).map(|evidence| Excerpt {
        document: line(&evidence.document),
        text: Some(shorten(block(&evidence.quote).trim(), QUOTE_COLUMNS)),
        instead: None,
    });
    if cluster.evidence.is_empty() { beginnings(&cluster.exemplars, QUOTES, documents) } else { quoted.collect() }
}

fn beginnings(ids: &[String], limit: usize, documents: &HashMap<&str, &DocumentLine>) -> Vec<Excerpt> {
    ids.iter().take(limit).map(|id| Excerpt::beginning(id, documents)).collect()
}

/// Where each near miss is, in words.
fn places(run: &FinishedRun) -> HashMap<&str, String> {
    let labels: HashMap<&str, String> =
        run.clusters.iter().map(|cluster| (cluster.id.as_str(), label(cluster))).collect();
    let wanted: HashSet<&str> =
        run.clusters.iter().flat_map(|cluster| cluster.near_misses.iter().map(String::as_str)).collect();
    let place = |row: &AssignmentLine| match (row.primary.as_deref().and_then(|id| labels.get(id)), &row.reason) {
        (Some(label), _) => format!("in “{label}”"),
        (None, Some(reason)) => format!("in no cluster: {}", line(reason)),
        (None, None) => "in no cluster".to_owned(),
    };
    let rows = run.assignments.iter().filter(|row| wanted.contains(row.id.as_str()));
    rows.map(|row| (row.id.as_str(), place(row))).collect()
}

fn near_misses(
    cluster: &ClusterLine,
    places: &HashMap<&str, String>,
    documents: &HashMap<&str, &DocumentLine>,
) -> Vec<Excerpt> {
    let shown = cluster.near_misses.iter().take(NEAR_MISSES);
    let near_miss =
        |id: &String| Excerpt { instead: places.get(id.as_str()).cloned(), ..Excerpt::beginning(id, documents) };
    shown.map(near_miss).collect()
}

fn notes(
    cluster: &ClusterLine,
    (language, doubt): (Option<&str>, Option<f64>),
    overlap: bool,
    with_model: bool,
    precision: Precision,
) -> Vec<String> {
    let status = match cluster.status {
        ClusterStatus::Ok => None,
        ClusterStatus::Unlabelled => Some("No label could be found.".to_owned()),
        ClusterStatus::Failed => Some("The question for its label failed.".to_owned()),
        ClusterStatus::Absent => Some("None of the documents that came last is in it.".to_owned()),
    };
    let named = (with_model && cluster.by == NamedBy::Keyphrases)
        .then(|| "Named by keyphrases of its documents, not by the model.".to_owned());
    let exclusive = overlap.then(|| format!("{} in no other cluster.", count(cluster.exclusive, "document")));
    let stability = cluster.stability.map(|stability| stable(stability, doubt));
    let language = language.map(|language| format!("Mostly {language}."));
    let test = cluster.test.as_ref().map(|test| tested(test, precision));
    [status, named, language, exclusive, stability, test].into_iter().flatten().collect()
}

/// In what clusters come back or do not.
pub(super) fn when(doubt: Option<f64>) -> &'static str {
    match doubt {
        None => "when other samples of the documents are clustered",
        Some(_) => "when a fifth of the documents is left out",
    }
}

/// How well a cluster comes back, in a sentence.
fn stable(stability: f64, doubt: Option<f64>) -> String {
    let when = when(doubt);
    let meaning = match stability {
        stability if stability >= STABLE => format!("comes back {when}"),
        stability if stability >= LOOSE => format!("comes back only in part {when}"),
        _ => "a loose group: other samples of the documents would be divided otherwise".to_owned(),
    };
    format!("Stability {stability:.2}: {meaning}.")
}

/// Precision and recall in a sentence, with the counts that they are of.
fn tested(test: &CriterionTest, precision: Precision) -> String {
    let figure = |name: &str, share: Option<Share>| {
        share.map_or(format!("no {name}"), |share| {
            let interval = precision.interval(share.low, share.high);
            format!("{name} {}, {interval}", precision.percent(share.estimate))
        })
    };
    if test.members + test.others == 0 {
        return format!("Criterion test: none of its {} got a usable answer.", count(test.unanswered, "question"));
    }
    let fails = if test.has_failed() { " It fails the test." } else { "" };
    let former = test
        .former
        .as_ref()
        .map_or(String::new(), |former| format!(" It took the place of “{}”, which failed.", line(former)));
    let unanswered = match test.unanswered {
        0 => String::new(),
        many => format!(" {} got no usable answer.", count(many, "question")),
    };
    format!(
        "Criterion test: shown alone, the predicate holds for {} of {} of its documents ({}) and for {} of {} near ones of others ({}).\
         {fails}{former}{unanswered}",
        test.members_held,
        test.members,
        figure("recall", test.recall),
        test.others_held,
        test.others,
        figure("precision", test.precision)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::{RunBuilder, small};

    #[test]
    fn a_cluster_that_is_mostly_of_one_language_of_several_says_so() {
        let said = ["El paquete no ha llegado a mi casa.", "The parcel has not arrived at my house."];
        let run = |spanish: usize| {
            let ids: Vec<String> = (0..12).map(|n| n.to_string()).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let mut run = RunBuilder::by_goal("x").cluster("a", "p", &ids[..6]).cluster("b", "p", &ids[6..]).build();
            for document in &mut run.documents {
                let is_spanish =
                    document.text.as_ref().and_then(|text| text.parse::<usize>().ok()).is_some_and(|n| n < spanish);
                document.text = Some(said[usize::from(!is_spanish)].into());
            }
            run
        };
        let languages = |run: &FinishedRun| views_of(run).iter().map(|view| view.language).collect::<Vec<_>>();
        assert_eq!(languages(&run(6)), [Some("Spanish"), Some("English")]);
        assert!(views_of(&run(6))[0].notes.contains(&"Mostly Spanish.".to_owned()));
        assert_eq!(languages(&run(3)), [None, Some("English")]);
        assert_eq!(languages(&run(0)), [None, None]);
    }

    fn views_of(run: &FinishedRun) -> Vec<ClusterView> {
        let documents = run.documents.iter().map(|document| (document.id.as_str(), document)).collect();
        views(run, &documents, None, Precision::of(run.documents.len()))
    }

    #[test]
    fn clusters_come_largest_first_and_each_before_its_parts() {
        let mut run = RunBuilder::by_goal("x")
            .cluster("small", "p", &["a"])
            .cluster("part", "p", &["b", "c"])
            .cluster("large", "p", &["d", "e", "f"])
            .cluster("orphan", "p", &["g"])
            .build();
        run.clusters[1].parent = Some("c3".into());
        run.clusters[3].parent = Some("gone".into());
        let outlined: Vec<_> = views_of(&run).into_iter().map(|view| (view.number, view.label)).collect();
        let expected = [("1", "large"), ("1.1", "part"), ("2", "small"), ("3", "orphan")];
        assert_eq!(outlined, expected.map(|(number, label)| (number.to_owned(), label.to_owned())));
    }

    #[test]
    fn a_cluster_without_label_says_so() {
        let mut run = small().build();
        run.clusters[0].label = " ".into();
        run.clusters[0].status = ClusterStatus::Failed;
        let view = &views_of(&run)[0];
        assert_eq!((view.label.as_str(), view.notes.len()), ("(no label)", 1));
    }

    #[test]
    fn exclusive_counts_appear_only_where_clusters_overlap() {
        let mut run = small().build();
        assert!(views_of(&run)[0].notes.is_empty());
        run.clusters[1].exclusive = 1;
        assert_eq!(views_of(&run)[1].notes, ["1 document in no other cluster."]);
    }

    #[test]
    fn a_test_is_told_with_its_counts_and_what_became_of_the_predicate() {
        let mut run = small().build();
        let share = |part, whole| Some(Share::wilson(part, whole));
        run.clusters[0].test = Some(CriterionTest {
            members: 4,
            members_held: 1,
            others: 3,
            others_held: 0,
            unanswered: 1,
            precision: share(1, 1),
            recall: share(1, 4),
            passed: Some(false),
            former: Some("is good".into()),
        });
        let view = &views_of(&run)[0];
        let said = "Criterion test: shown alone, the predicate holds for 1 of 4 of its documents (recall 25%, 5–70%) and for 0 of 3 near \
                    ones of others (precision 100%, 21–100%). It fails the test. It took the place of “is good”, which failed. 1 question \
                    got no usable answer.";
        assert_eq!((view.fails, view.notes.as_slice()), (true, &[said.to_owned()][..]));
    }

    #[test]
    fn near_misses_show_the_beginning_of_their_text_and_where_they_are_instead() {
        let mut run = small().build();
        run.clusters[0].near_misses = vec!["d7".into(), "unknown".into()];
        let misses = &views_of(&run)[0].near_misses;
        assert_eq!(misses[0].text.as_deref(), Some("My club winning again"));
        assert_eq!(misses[0].instead.as_deref(), Some("in no cluster: no predicate holds"));
        assert_eq!((&misses[1].text, &misses[1].instead), (&None, &None));
    }
}
