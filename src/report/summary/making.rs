//! How a run was made: what another person needs to judge it or to make it again.

use std::collections::BTreeMap;

use crate::methods::{
    By, CoreRecord, FormRecord, GuideRecord, KChoice, LabelsRecord, OpinionCounts, PerspectiveRecord, RoundRecord,
    SelectionRecord,
};
use crate::model::Usage;
use crate::report::sanitize::line;
use crate::report::words::{Precision, count, decimal, thousands};
use crate::run::{AssignmentLine, CodebookRecord, FinishedRun, Manifest, ModelRecord};

/// One line of how the run was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it is about.
    pub name: &'static str,
    /// What is to be said.
    pub value: String,
}

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
pub fn facts(run: &FinishedRun, precision: Precision) -> Vec<Fact> {
    let manifest = &run.manifest;
    let fact = |name, value: Option<String>| value.map(|value| Fact { name, value });
    let guided = manifest.guide.as_ref().map(|guide| &guide.perspective);
    let perspective = guided.or(manifest.core.as_ref().and_then(|core| core.perspective.as_ref()));
    [
        fact("method", Some(line(&manifest.method))),
        fact("codebook", manifest.codebook.as_ref().map(codebook)),
        fact("embedder", Some(embedder(manifest))),
        fact("model", Some(manifest.model.as_ref().map_or_else(|| unknown_model(run), model))),
        fact("prompts", prompts(manifest)),
        fact("questions", manifest.model.as_ref().map(|_| questions(&manifest.usage))),
        fact("tokens", manifest.model.as_ref().map(|_| tokens(&manifest.usage))),
        fact("whole run", whole_run(manifest)),
        fact("decided by", deciders(run)),
        fact("asked", manifest.core.as_ref().map(|core| asked(Some(core.questions), &core.asked))),
        fact("asked", manifest.labels.as_ref().map(|labels| asked(labels.questions, &labels.asked))),
        fact("labels", manifest.labels.as_ref().map(labels)),
        fact("asked", manifest.guide.as_ref().map(|guide| asked(Some(guide.questions), &guide.asked))),
        fact("triplets", perspective.map(|record| opinions(record.triplets))),
        fact("map of the vectors", perspective.map(|record| adapter(record, precision))),
        fact("pairs", manifest.guide.as_ref().map(|guide| opinions(guide.pairs))),
        fact("joins", manifest.guide.as_ref().map(joins)),
        fact("groups named", manifest.core.as_ref().map(named)),
        fact("spread", manifest.core.as_ref().and_then(|core| spread(core, precision))),
        fact("feature space", manifest.core.as_ref().and_then(|core| space(core, precision))),
        fact("form of the questions", manifest.core.as_ref().and_then(|core| core.form.as_ref()).map(form)),
        fact("letters", manifest.core.as_ref().and_then(|core| letters(core, precision))),
        fact("errors of the answers", manifest.core.as_ref().and_then(|core| errors(core, precision))),
        fact("audit", manifest.core.as_ref().and_then(|core| audit(core, precision))),
        fact("selection", manifest.selection.as_ref().map(|record| selection(record, precision))),
        fact("number of clusters", manifest.k_choice.as_ref().map(chosen)),
        fact("scores tried", manifest.k_choice.as_ref().and_then(|choice| tried(&choice.tried))),
        fact("agreement of halves", manifest.k_choice.as_ref().and_then(|choice| tried(&choice.stability))),
        fact("intervals", Some(intervals(manifest).into())),
        fact("seed", Some(manifest.seed.to_string())),
        fact("stages", stages(manifest)),
        fact("corpus", Some(format!("{}, sha256 {}", line(&manifest.corpus.name), line(&manifest.corpus.sha256)))),
        fact("version", Some(format!("colligate {}, format {}", line(&manifest.version), manifest.format))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the intervals of the shares hold.
fn intervals(manifest: &Manifest) -> &'static str {
    match manifest.method.as_str() {
        "topics" if manifest.codebook.is_none() => {
            "95%: how far a share would vary between samples of this size, and how far the borders of the cluster would then \
             move; of a part, the first alone (Wilson's interval)."
        }
        "auto" | "classify" => {
            "95%: how far a share would vary between samples of this size, with the measured errors of the model's answers and \
             of what was inferred from them."
        }
        _ => {
            "95% Wilson intervals: how far a share would vary between samples of this size. \
             They do not contain errors of judgment."
        }
    }
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

fn unknown_model(run: &FinishedRun) -> String {
    let said = if run.is_by_model() { "one was asked, its name was not recorded" } else { "none was asked" };
    said.to_owned()
}

fn model(model: &ModelRecord) -> String {
    let replayed = if model.replayed { ", replayed from a recording" } else { "" };
    let logprobs = if model.logprobs { ", verdicts from log-probabilities" } else { "" };
    format!("{}{replayed}{logprobs}", line(&model.name))
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

/// What the questions were spent on.
fn asked(cap: Option<usize>, asked: &BTreeMap<String, usize>) -> String {
    let by_stage: Vec<String> = asked.iter().map(|(stage, number)| format!("{stage} {number}")).collect();
    let cap = cap.map_or(String::new(), |cap| format!(" of {cap}"));
    format!("{}{cap} questions: {}", asked.values().sum::<usize>(), by_stage.join(", "))
}

/// Where the candidates of `auto` came from.
fn named(core: &CoreRecord) -> String {
    let named = thousands((core.candidates + core.merged) as u64);
    match core.merged {
        0 => named,
        merged => format!("{named}, of which {} joined with others or left to them", were(merged)),
    }
}

fn were(number: usize) -> String {
    format!("{} {}", thousands(number as u64), if number == 1 { "was" } else { "were" })
}

/// Where the closed list of `classify` came from.
fn labels(labels: &LabelsRecord) -> String {
    let named: usize = labels.batches.iter().sum();
    format!(
        "{named} named in {}, {} merged into others, {} listed; legal answers on {}",
        count(labels.batches.len(), "question"),
        labels.merged,
        labels.listed,
        count(labels.judged, "document")
    )
}

/// What came of things asked in both orders.
fn opinions(counts: OpinionCounts) -> String {
    let OpinionCounts { agreed, undecided, torn, lost } = counts;
    format!(
        "{} answered alike in both orders, {undecided} undecided, {torn} by their order alone, {lost} without a legal answer",
        thousands(agreed as u64)
    )
}

/// What became of a map learned from triplets.
fn adapter(record: &PerspectiveRecord, precision: Precision) -> String {
    let verdict = if record.adapted { "kept" } else { "not kept" };
    match record.held_out {
        Some([before, after]) => format!(
            "{verdict}: {} of the triplets held out are right, {} without it",
            precision.percent(after),
            precision.percent(before)
        ),
        None => "none: too few triplets were answered".into(),
    }
}

/// How the small clusters became groups.
fn joins(guide: &GuideRecord) -> String {
    format!(
        "{} of {} small clusters confirmed by the model, {} by the vectors alone",
        guide.confirmed, guide.small_clusters, guide.unconfirmed
    )
}

/// How the answers reached the other documents.
fn spread(core: &CoreRecord, precision: Precision) -> Option<String> {
    let weights =
        if core.weights.len() > 1 { format!(" ({})", shares(&core.weights, precision)) } else { String::new() };
    let how = if core.denoised { ", answers read as evidence" } else { "" };
    let among = core.part.map(|part| format!(" among {part} random texts")).unwrap_or_default();
    (!core.spread.is_empty()).then(|| {
        format!(
            "by {}{weights} from {} judged documents{among}{how}; right on documents held out: {}; calibration error {}",
            core.spread,
            core.judged,
            shares(&core.tried, precision),
            precision.percent(core.calibration_error)
        )
    })
}

/// Names, each with its share in a hundred.
fn shares(all: &BTreeMap<String, f64>, precision: Precision) -> String {
    all.iter().map(|(name, share)| format!("{name} {}", precision.percent(*share))).collect::<Vec<_>>().join(", ")
}

/// Which feature space the answers were spread in, where there was a choice.
fn space(core: &CoreRecord, precision: Precision) -> Option<String> {
    let probable = match core.probable.is_empty() {
        true => String::new(),
        false => format!("; how probable it made their answers: {}", shares(&core.probable, precision)),
    };
    let spaces = shares(&core.spaces, precision);
    (core.spaces.len() > 1).then(|| format!("{}; right on documents held out: {spaces}{probable}", core.space))
}

/// Which form was chosen, and what spoke for it.
fn form(form: &FormRecord) -> String {
    format!(
        "{}: of {} documents asked about in both orders of the list, {} were judged alike and {} by their place; {} were judged so \
         among ten in a question",
        line(&form.form),
        form.asked,
        form.alike,
        form.same_place,
        form.together
    )
}

/// How much the letters tell.
fn letters(core: &CoreRecord, precision: Precision) -> Option<String> {
    Some(format!("{} of what they say depends on the document", precision.percent(core.told?)))
}

fn errors(core: &CoreRecord, precision: Precision) -> Option<String> {
    let error = core.error?;
    Some(format!(
        "about {}: of {} documents asked twice, {} were judged alike",
        precision.percent(error),
        core.asked_twice,
        core.agreed
    ))
}

fn audit(core: &CoreRecord, precision: Precision) -> Option<String> {
    let audit = core.audit?;
    Some(format!(
        "the model agrees on {} of {} random documents that were inferred ({})",
        audit.agreed,
        audit.asked,
        precision.interval(audit.agreement)
    ))
}

fn selection(selection: &SelectionRecord, precision: Precision) -> String {
    let bound = selection.bound.map_or(String::new(), |bound| format!(", bound {}", decimal(bound)));
    let gap = selection.gap.map_or(String::new(), |gap| format!(", gap {}", precision.percent(gap)));
    format!("{}: objective {}{bound}{gap}", line(&selection.status), decimal(selection.objective))
}

fn chosen(choice: &KChoice) -> String {
    format!("{}: {}", choice.k, line(&choice.how))
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
    use crate::methods::Audit;
    use crate::report::fixture::{RunBuilder, small};
    use crate::spread::Share;

    fn value(run: &FinishedRun, name: &str) -> Option<String> {
        facts(run, Precision::of(9)).into_iter().find(|fact| fact.name == name).map(|fact| fact.value)
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
    fn a_spread_run_tells_what_the_questions_went_to_and_how_far_to_trust_it() {
        let mut run = small().build();
        run.manifest.core = Some(CoreRecord {
            questions: 1024,
            asked: [("core".to_owned(), 480), ("propose".to_owned(), 9)].into(),
            judged: 900,
            part: Some(20_000),
            told: Some(0.4),
            asked_twice: 32,
            agreed: 24,
            error: Some(0.125),
            form: Some(FormRecord { asked: 30, alike: 24, same_place: 1, together: 25, form: "batch".into() }),
            denoised: true,
            spread: "sum".into(),
            tried: [("sum".to_owned(), 0.875)].into(),
            weights: [("class means".to_owned(), 0.75), ("kernel ridge".to_owned(), 0.25)].into(),
            space: "layout".into(),
            spaces: [("embedding".to_owned(), 0.5), ("layout".to_owned(), 0.875)].into(),
            probable: [("embedding".to_owned(), 0.4), ("layout".to_owned(), 0.625)].into(),
            calibration_error: 0.03,
            audit: Some(Audit { asked: 50, agreed: 45, agreement: Share::wilson(45, 50) }),
            ..CoreRecord::default()
        });
        assert_eq!(value(&run, "asked").as_deref(), Some("489 of 1024 questions: core 480, propose 9"));
        let spread = "by sum (class means 75%, kernel ridge 25%) from 900 judged documents among 20000 random texts, answers read as evidence; right on documents held out: sum 88%; calibration error 3%";
        assert_eq!(value(&run, "spread").as_deref(), Some(spread));
        let space = "layout; right on documents held out: embedding 50%, layout 88%; how probable it made their answers: embedding 40%, layout 62%";
        assert_eq!(value(&run, "feature space").as_deref(), Some(space));
        assert_eq!(value(&run, "letters").as_deref(), Some("40% of what they say depends on the document"));
        let form = value(&run, "form of the questions").unwrap();
        assert!(
            form.starts_with("batch: of 30 documents") && form.ends_with("25 were judged so among ten in a question")
        );
        assert!(
            value(&run, "errors of the answers")
                .unwrap()
                .ends_with("of 32 documents asked twice, 24 were judged alike")
        );
        assert!(
            value(&run, "audit")
                .unwrap()
                .starts_with("the model agrees on 45 of 50 random documents that were inferred")
        );
        assert_eq!(value(&small().build(), "audit"), None);
    }

    #[test]
    fn seconds_appear_only_where_stages_have_them() {
        let mut run = small().build();
        assert_eq!(value(&run, "stages").as_deref(), Some("embed 1.2 s"));
        run.manifest.stages.clear();
        assert_eq!(value(&run, "stages"), None);
    }
}
