//! How a run was made: what another person needs to judge it or to make it again.

use crate::corpus::{FileRead, Piece, SetApart};
use crate::methods::{By, Fact, KChoice, RoundRecord, SelectionRecord, Told};
use crate::model::Usage;
use crate::run::{
    AssignmentLine, BaseRecord, CodebookRecord, CorpusRecord, EditsRecord, FinishedRun, Manifest, ModelRecord,
    UpdateRecord,
};
use crate::text::numbers::{Precision, count, decimal, thousands};
use crate::text::sanitize::line;

/// Files that are told of at most.
const FILES: usize = 5;
/// Edits that are told of at most.
const EFFECTS: usize = 100;

/// One round as the reports show it.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundView {
    /// In the order of [`RoundView::HEADER`].
    pub cells: [String; 6],
}

impl RoundView {
    /// The columns of a table of rounds.
    pub const HEADER: [&'static str; 6] = ["round", "pool", "proposed", "dropped", "selected", "uncovered"];
}

/// The rounds of a run that had any.
pub fn rounds(manifest: &Manifest) -> Vec<RoundView> {
    manifest.rounds.iter().map(round).collect()
}

fn round(round: &RoundRecord) -> RoundView {
    let number = |number: usize| thousands(number as u64);
    let reasons: Vec<String> =
        round.dropped.iter().map(|(reason, candidates)| format!("{candidates} {}", line(reason))).collect();
    let dropped: usize = round.dropped.values().sum();
    let dropped =
        if reasons.is_empty() { number(dropped) } else { format!("{} ({})", number(dropped), reasons.join(", ")) };
    let [pool, proposed] = [round.pool, round.proposed].map(number);
    let [selected, uncovered] = [round.selected, round.uncovered].map(number);
    RoundView { cells: [number(round.round), pool, proposed, dropped, selected, uncovered] }
}

/// Everything but the rounds. No clock, so that the same run gives the same bytes; seconds only where stages have them.
pub fn facts(run: &FinishedRun, told: &Told, precision: Precision) -> Vec<Fact> {
    let manifest = &run.manifest;
    let fact = |name, value: Option<String>| value.map(|value| Fact { name, value });
    let asked = manifest.model.as_ref().or(manifest.judge.as_ref());
    let before = [
        fact("method", Some(line(&manifest.method.name))),
        fact("codebook", manifest.codebook.as_ref().map(codebook)),
        fact("embedder", Some(embedder(manifest))),
        fact(
            "model",
            manifest.model.as_ref().map(model).or_else(|| manifest.judge.is_none().then(|| unknown_model(run))),
        ),
        fact("judge", manifest.judge.as_ref().map(model)),
        fact("prompts", prompts(manifest)),
        fact("questions", asked.map(|_| questions(&manifest.usage))),
        fact("tokens", asked.map(|_| tokens(&manifest.usage))),
        fact("whole run", whole_run(manifest)),
        fact("decided by", deciders(run)),
    ];
    let after = [
        fact("selection", manifest.selection.as_ref().map(|record| selection(record, precision))),
        fact("number of clusters", manifest.k_choice.as_ref().map(chosen)),
        fact("scores tried", manifest.k_choice.as_ref().and_then(|choice| tried(&choice.tried))),
        fact("agreement of halves", manifest.k_choice.as_ref().and_then(|choice| tried(&choice.stability))),
        fact("earlier run", manifest.base.as_ref().filter(|_| manifest.updates.is_empty()).map(inherited)),
        fact("updates", updates(manifest)),
        fact("edits", manifest.edits.as_ref().map(edits)),
        fact("intervals", manifest.procedure().map(|procedure| procedure.intervals.words.into())),
        fact("seed", Some(manifest.seed.to_string())),
        fact("stages", stages(manifest)),
        fact("read", read(&manifest.corpus)),
        fact("set apart", set_apart(&manifest.corpus.set_apart)),
        fact("corpus", Some(format!("{}, sha256 {}", line(&manifest.corpus.name), line(&manifest.corpus.sha256)))),
        fact("version", Some(format!("colligate {}, format {}", line(&manifest.version), manifest.format))),
    ];
    let (before, after) = (before.into_iter().flatten(), after.into_iter().flatten());
    before.chain(told.facts.iter().cloned()).chain(after).collect()
}

/// From which fields of which files texts and ids were taken.
fn read(corpus: &CorpusRecord) -> Option<String> {
    let file = |file: &FileRead| {
        let ids = file.id.as_ref().map_or("ids are line numbers".into(), |id| format!("ids: “{}”", line(id)));
        let unread: Vec<String> = file.unread.iter().take(FILES).map(|name| format!("“{}”", line(name))).collect();
        let unread = if unread.is_empty() { String::new() } else { format!(" (not read: {})", unread.join(", ")) };
        format!("{} ({}), texts: “{}”{unread}, {ids}", line(&file.name), line(&file.format), line(&file.text))
    };
    let mut said: Vec<String> = corpus.files.iter().take(FILES).map(file).collect();
    let more = corpus.files.len().saturating_sub(FILES);
    said.extend((more > 0).then(|| format!("and {} more", count(more, "file"))));
    (!said.is_empty()).then(|| said.join("; "))
}

/// What was stripped, joined or set apart, and of what repeats the beginnings.
fn set_apart(steps: &[SetApart]) -> Option<String> {
    let piece = |piece: &Piece| format!("“{}” in {}", line(&piece.begins), thousands(piece.documents as u64));
    let step = |step: &SetApart| {
        let pieces: Vec<String> = step.pieces.iter().map(piece).collect();
        let pieces = if pieces.is_empty() { String::new() } else { format!(" ({})", pieces.join(", ")) };
        format!("{} in {}{pieces}", line(&step.what), count(step.documents, "text"))
    };
    let said: Vec<String> = steps.iter().map(step).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn embedder(manifest: &Manifest) -> String {
    let embedder = &manifest.embedder;
    let window = match embedder.window {
        0 => String::new(),
        window => format!(", reads {} tokens", thousands(window as u64)),
    };
    let sent = embedder.usage.as_ref().map(|usage| format!(", {} requests", thousands(usage.calls)));
    format!("{}, {} dimensions{window}{}", line(&embedder.id), embedder.dimensions, sent.unwrap_or_default())
}

fn codebook(codebook: &CodebookRecord) -> String {
    let (entries, file) = (count(codebook.entries, "entry"), line(&codebook.file));
    let entries = if codebook.entries == 1 { entries } else { format!("{} entries", codebook.entries) };
    format!("{entries}, {file}, sha256 {}", line(&codebook.sha256))
}

/// How many clusters of an earlier run came back.
fn inherited(base: &BaseRecord) -> String {
    format!("{} of its {} came back and keep their ids", base.inherited, count(base.clusters, "cluster"))
}

/// What a person has corrected, one edit after the other.
fn edits(edits: &EditsRecord) -> String {
    let file = format!("{}, sha256 {}", line(&edits.file), line(&edits.sha256));
    let more = edits.effects.len().saturating_sub(EFFECTS);
    let effects = edits.effects.iter().take(EFFECTS).map(|effect| line(effect));
    let more = (more > 0).then(|| format!("and {} more", count(more, "edit")));
    let counted = (!edits.effects.is_empty())
        .then(|| "the shares of clusters whose documents changed are those of their documents, counted".to_owned());
    [file].into_iter().chain(effects).chain(more).chain(counted).collect::<Vec<_>>().join("; ")
}

/// What each update has added.
fn updates(manifest: &Manifest) -> Option<String> {
    let said = |update: &UpdateRecord| {
        let rows = thousands((update.rows - update.known.min(update.rows)) as u64);
        let added = match update.clusters.len() {
            0 => String::new(),
            added => format!(" and {}", count(added, "cluster")),
        };
        format!("{}: {rows} rows{added}", line(&update.corpus))
    };
    let said: Vec<String> = manifest.updates.iter().map(said).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn unknown_model(run: &FinishedRun) -> String {
    let said = if run.is_by_model() { "one was asked, its name was not recorded" } else { "none was asked" };
    said.to_owned()
}

fn model(model: &ModelRecord) -> String {
    let replayed = if model.replayed { ", replayed from a recording" } else { "" };
    let said = match (model.protocol.is_chat(), model.logprobs) {
        (false, _) => format!(", a decision model ({})", model.protocol.name()),
        (true, true) => ", verdicts from log-probabilities".to_owned(),
        (true, false) => String::new(),
    };
    format!("{}{replayed}{said}", line(&model.name))
}

fn prompts(manifest: &Manifest) -> Option<String> {
    let names: Vec<String> =
        manifest.prompts.iter().map(|prompt| format!("{} v{}", line(&prompt.name), prompt.version)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn questions(usage: &Usage) -> String {
    let sent = [(usage.calls, "sent"), (usage.cached, "answered from the journal")];
    let lacking = [
        (usage.retries, "repeated"),
        (usage.unparsed, "unparsed"),
        (usage.failed, "failed"),
        (usage.not_asked, "not asked"),
    ];
    let lacking = lacking.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> =
        sent.into_iter().chain(lacking).map(|(number, what)| format!("{} {what}", thousands(number))).collect();
    parts.join(", ")
}

fn tokens(usage: &Usage) -> String {
    let cost =
        usage.cost.map_or(String::new(), |cost| format!("; cost {} in the currency of the prices", decimal(cost)));
    format!(
        "{} in prompts, {} in completions{cost}",
        thousands(usage.prompt_tokens),
        thousands(usage.completion_tokens)
    )
}

/// What the run used with its former sessions, where there were any.
fn whole_run(manifest: &Manifest) -> Option<String> {
    let now = manifest.usage.calls + manifest.embedder.usage.as_ref().map_or(0, |usage| usage.calls);
    let run = manifest.usage.run.filter(|run| run.spent.calls > now)?;
    let cost = run.cost.map_or(String::new(), |cost| format!("; cost {} in the currency of the prices", decimal(cost)));
    Some(format!(
        "{} requests sent in all sessions, {} tokens{cost}",
        thousands(run.spent.calls),
        thousands(run.spent.tokens.total())
    ))
}

/// How many documents the model judged, and how many were placed otherwise.
fn deciders(run: &FinishedRun) -> Option<String> {
    let is_by = |row: &&AssignmentLine, by: By| row.clusters.iter().any(|place| place.by == by);
    let places = |by: By| run.assignments.iter().filter(|row| is_by(row, by)).count();
    let named = [
        (places(By::Model), "judged by the model"),
        (places(By::Spread), "inferred by a classifier from judged documents"),
        (places(By::Person), "placed by a person"),
        (
            places(By::Similarity),
            if run.manifest.codebook.is_some() {
                "placed by likeness to an entry"
            } else {
                "placed by the nearest centroid"
            },
        ),
    ];
    let parts: Vec<String> = named
        .into_iter()
        .filter(|(places, _)| *places > 0)
        .map(|(places, how)| format!("{} {how}", count(places, "document")))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn selection(selection: &SelectionRecord, precision: Precision) -> String {
    let bound = selection.bound.map_or(String::new(), |bound| format!(", bound {}", decimal(bound)));
    let gap = selection.gap.map_or(String::new(), |gap| format!(", gap {}", precision.percent(gap)));
    format!("{}: objective {}{bound}{gap}", line(&selection.status), decimal(selection.objective))
}

fn chosen(choice: &KChoice) -> String {
    format!("{}: {}", choice.k, line(&choice.how.to_string()))
}

fn tried(scores: &[(usize, f64)]) -> Option<String> {
    let scores: Vec<String> = scores.iter().map(|(k, score)| format!("{k}: {}", decimal(*score))).collect();
    (!scores.is_empty()).then(|| scores.join(" · "))
}

fn stages(manifest: &Manifest) -> Option<String> {
    let timed: Vec<String> =
        manifest.stages.iter().map(|stage| format!("{} {:.1} s", line(&stage.name), stage.seconds)).collect();
    (!timed.is_empty()).then(|| timed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::{RunBuilder, small};

    fn value(run: &FinishedRun, name: &str) -> Option<String> {
        facts(run, &Told::default(), Precision::of(9)).into_iter().find(|fact| fact.name == name).map(|fact| fact.value)
    }

    #[test]
    fn a_run_with_a_model_tells_what_was_asked_and_how_selection_ended() {
        let run = small().build();
        assert_eq!(value(&run, "questions").as_deref(), Some("1,412 sent, 0 answered from the journal"));
        assert_eq!(value(&run, "selection").as_deref(), Some("optimal: objective 4.25, bound 4.25, gap 0%"));
        assert_eq!(value(&run, "decided by").as_deref(), Some("6 documents judged by the model"));
        assert_eq!(rounds(&run.manifest)[1].cells, ["2", "120", "24", "3 (3 repeats another)", "3", "7"]);
    }

    #[test]
    fn a_run_without_a_model_tells_how_k_was_chosen() {
        let run = RunBuilder::by_wording("x").cluster("a", "", &["a"]).build();
        assert_eq!(value(&run, "model").as_deref(), Some("none was asked"));
        assert_eq!(value(&run, "number of clusters").as_deref(), Some("3: the highest stability under resampling"));
        assert_eq!(value(&run, "scores tried").as_deref(), Some("2: 0.31 · 3: 0.352 · 4: 0.28"));
        assert_eq!(value(&run, "questions"), None);
    }

    #[test]
    fn seconds_appear_only_where_stages_have_them() {
        let mut run = small().build();
        assert_eq!(value(&run, "stages").as_deref(), Some("embed 1.2 s"));
        run.manifest.stages.clear();
        assert_eq!(value(&run, "stages"), None);
    }
}
