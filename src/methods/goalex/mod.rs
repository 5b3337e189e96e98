//! `--method goalex`: propose, assign, select, in rounds, with exact verdicts (after GoalEx).

mod estimate;
mod rounds;

use serde::{Deserialize, Serialize};

use super::procedure::{COUNTED, Procedure};
use super::steps::criterion::{self, CriterionRecord, Examiner, Pool, Subject, Tested};
use super::steps::explain::{Named, Namer, explained, foremost, ranked};
use super::steps::taught::{self, Taught};
use super::steps::telling::fact;
use super::steps::trust::{self, Bound, SecondAnswers};
use super::{Asked, NOT_ASKED, NOWHERE, Outcome, Place, Placement, Record, Setting, Told, Watch};
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::steps::heaviest_first;
use crate::methods::{By, Trust};
use crate::plan::Ask;
use crate::stages::assign::Verdict;
use rounds::{Judged, Rounds};

/// What `goalex` says of how it went, beside its rounds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct RoundsRecord {
    /// How the predicates were tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    criterion: Option<CriterionRecord>,
}

/// `goalex` as the rest of the program knows it.
pub static PROCEDURE: Procedure = Procedure {
    check: |_| Ok(()),
    prompts: |plan, prompts| {
        let assign = if plan.clustering.ask == Ask::Decide { &prompts.decide_each } else { &prompts.assign };
        [vec![&prompts.propose, assign, &prompts.explain], criterion::prompts(plan, prompts)].concat()
    },
    estimate: estimate::estimate,
    run,
    // Its rounds and its selection are told as those of any method.
    tell: |record, _| {
        let tested = record.read::<RoundsRecord>().and_then(|record| record.criterion?.fact());
        Told { facts: fact("criterion test", tested).into_iter().collect(), ..Told::default() }
    },
    intervals: COUNTED,
};

/// Rounds of propose, assign and select; then labels, keyphrases and quotes. The entries of a codebook are judged in the first round and
/// keep their labels.
fn run(setting: Setting<'_>, Asked { prompts, answerer }: Asked<'_>) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let namer = setting.wanted().codebook.is_none().then(|| Namer::new(setting, prompts, answerer));
    namer
        .iter()
        .try_for_each(|namer| namer.keep(setting.wanted().candidates + setting.wanted().demands.known.len()))?;
    let mut rounds = Rounds::begin(setting, prompts, answerer)?;
    watch.lap("cluster");
    while rounds.next(&mut watch)? {}
    let judged = rounds.finish();
    let order = by_size(&judged);
    let own: Vec<Placement> = (0..setting.corpus.texts.len()).map(|text| placement(&judged, &order, text)).collect();
    let mut placements = own.clone();
    let mut taught = Taught::by(setting, &placements, order.len())?;
    let confidence = taught.as_mut().and_then(|taught| taught.rely(&mut placements));
    at_most(&mut placements, &own);
    watch.lap("spread");
    let examiner = Examiner { setting, prompts, answerer, shown: &judged.shown, questions: usize::MAX };
    let (tested, criterion) = examiner.test(subjects(setting, &judged, &order))?;
    watch.lap("test");
    // The test asks about the same predicates once more.
    let second = SecondAnswers::of_tests(&tested);
    let Bound { trust, most, warning } = second.bind(trusted(setting, &judged), &mut placements);
    by_person(setting, &judged, &order, &mut placements);
    // Documents that come later are asked about by nobody: classifiers that learn from all verdicts place them.
    let calibrated = confidence.map(|confidence| confidence.calibrated());
    let decision = taught::decision(setting, &placements, taught, calibrated, most);
    let failing = criterion.warnings(setting, &tested);
    let mut clusters = explained(setting, &named(&judged, &order, tested), &placements, namer.as_ref())?;
    // Clusters of an earlier run keep the label by which the edits may name them.
    for cluster in &mut clusters {
        let known = setting.wanted().demands.known.iter().find(|known| known.predicate == cluster.predicate);
        known.iter().for_each(|known| cluster.label.clone_from(&known.label));
    }
    watch.lap("explain");
    Ok(Outcome {
        clusters,
        placements,
        decision: Some(decision),
        trust: Some(trust),
        selection: judged.selection,
        rounds: judged.rounds,
        stages: watch.into_stages(),
        record: Record::of(&RoundsRecord { criterion: criterion.if_wanted() })?,
        warnings: judged.warnings.into_iter().chain(failing).chain(warning).collect(),
        ..Outcome::default()
    })
}

/// What a person has placed is where that person wants it, as far as these clusters were selected.
fn by_person(setting: Setting<'_>, judged: &Judged, order: &[usize], placements: &mut [Placement]) {
    for (placement, wanted) in placements.iter_mut().zip(rounds::placed(setting)) {
        let Some(wanted) = wanted else { continue };
        let cluster = |candidate: &usize| order.iter().position(|selected| selected == candidate);
        let places: Vec<Place> =
            wanted.iter().filter_map(cluster).map(|cluster| Place::new(cluster, By::Person, 1.0)).collect();
        let label = wanted.first().map(|candidate| &judged.candidates[*candidate].label);
        *placement = match label {
            _ if !places.is_empty() => Placement::In(places),
            Some(label) => {
                Placement::Uncovered(message!("put into “{label}” by a person, which was not selected", label))
            }
            None => Placement::Uncovered(NOWHERE.into()),
        };
    }
}

/// No confidence is above the model's own: errors that like documents share are not seen by comparing these.
fn at_most(placements: &mut [Placement], own: &[Placement]) {
    for (placement, own) in placements.iter_mut().zip(own) {
        if let (Placement::In(places), Placement::In(own)) = (placement, own) {
            places.iter_mut().zip(own).for_each(|(place, own)| place.confidence = place.confidence.min(own.confidence));
        }
    }
}

/// The verdict on the verdicts: those on like documents are alike, or those on one document exclude each other.
fn trusted(setting: Setting<'_>, judged: &Judged) -> Trust {
    let candidates = answered(judged, setting.corpus.texts.len());
    let row = |text: usize| -> Option<Vec<usize>> {
        let is_whole = candidates.iter().all(|&candidate| judged.is_given(candidate, text));
        let places = 0..candidates.len();
        is_whole.then(|| places.filter(|&place| judged.holds(candidates[place], text)).collect())
    };
    let rows: Vec<Option<Vec<usize>>> = (0..setting.corpus.texts.len()).map(row).collect();
    let given: Vec<Vec<usize>> = rows.iter().flatten().cloned().collect();
    let texts = 0..setting.corpus.texts.len();
    if given.is_empty() && texts.into_iter().any(|text| candidates.iter().any(|&one| judged.is_given(one, text))) {
        // Answers came, but no document has all of them: there is nothing to compare.
        return Trust::default();
    }
    let mut kinds: Vec<&Vec<usize>> = given.iter().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let kind = |row: &Option<Vec<usize>>| row.as_ref().and_then(|row| kinds.binary_search(&row).ok());
    // That verdicts are all Yes or all No is no answer, nor that one holds for every document as if it had been chosen from a list;
    // that several hold for all documents may be one.
    let is_blind = kinds.iter().all(|kind| kind.len() < 2 || kind.len() == candidates.len());
    let answers: Vec<Option<usize>> = rows.iter().map(kind).collect();
    let several = if kinds.len() > 1 || is_blind { candidates.len() } else { 1 };
    let trust = trust::of_answers(setting, &answers, several);
    // A model that picks a group blindly and denies the others excludes them too: where like documents show what the answers are
    // worth, that is no word for them.
    if trust.measures.is_empty() || trust.measures.iter().any(|one| one.strong) {
        return trust;
    }
    let exclusive = trust::exclusive(&given, candidates.len());
    Trust::of(trust.measures.into_iter().chain([exclusive]).collect())
}

/// The candidates with answers on more than half of as many of n texts as any candidate has: where many questions failed, the
/// others say nothing of the answers that came.
fn answered(judged: &Judged, texts: usize) -> Vec<usize> {
    let given = |candidate: usize| (0..texts).filter(|&text| judged.is_given(candidate, text)).count();
    let counts: Vec<usize> = (0..judged.candidates.len()).map(given).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    (0..counts.len()).filter(|&candidate| 2 * counts[candidate] > most).collect()
}

/// The selected candidates, the one that holds for most documents first.
fn by_size(judged: &Judged) -> Vec<usize> {
    let weights: Vec<f64> = judged.selected.iter().map(|&candidate| judged.weight(candidate)).collect();
    heaviest_first(&weights).into_iter().map(|place| judged.selected[place]).collect()
}

fn placement(judged: &Judged, order: &[usize], text: usize) -> Placement {
    let mut held: Vec<(f64, usize, f64)> = Vec::new();
    let mut missing = None;
    if judged.candidates.is_empty() {
        return judged.proposals.nothing("group");
    }
    // Where nothing was selected, a verdict on any candidate might have decided.
    let all: Vec<usize> = (0..judged.candidates.len()).collect();
    let looked_at = if order.is_empty() { &all } else { order };
    for (cluster, &candidate) in looked_at.iter().enumerate() {
        let label = &judged.candidates[candidate].label;
        match &judged.verdicts[candidate][text] {
            Verdict::Given { .. } if order.is_empty() || !judged.holds(candidate, text) => {}
            Verdict::Given { .. } => {
                held.push((judged.score(candidate, text), cluster, judged.confidence(candidate, text)))
            }
            Verdict::Unparsed => missing = Some(message!("the answer on “{label}” was not Yes or No", label)),
            Verdict::Failed(problem) => {
                missing = Some(message!("the question on “{label}” failed: {problem}", label, problem))
            }
            Verdict::NotAsked => missing = Some(message!("{why} about “{label}”", why = NOT_ASKED, label)),
        }
    }
    held.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    match (held.is_empty(), missing) {
        (false, _) => {
            let place = |(_, cluster, confidence)| Place::new(cluster, By::Model, confidence);
            Placement::In(held.into_iter().map(place).collect())
        }
        (true, Some(reason)) => Placement::Failed(reason),
        (true, None) => Placement::Uncovered(uncovered(judged, text)),
    }
}

/// Why no cluster has a document that was judged.
fn uncovered(judged: &Judged, text: usize) -> Message {
    match judged.wide.iter().find(|&&candidate| judged.holds(candidate, text)) {
        Some(&wide) => {
            let label = &judged.candidates[wide].label;
            message!("“{label}” holds for it, and for more documents than {@max-share} allows", label)
        }
        None => "no selected predicate holds for it".into(),
    }
}

/// The selected candidates with their members and near misses, by the clearness of the verdicts.
fn named(judged: &Judged, order: &[usize], tested: Vec<Tested>) -> Vec<Named> {
    let named = |(&candidate, tested): (&usize, Tested)| Named {
        tested,
        members: ranked(by_clearness(judged, candidate, true).collect()),
        others: foremost(by_clearness(judged, candidate, false)),
    };
    order.iter().zip(tested).map(named).collect()
}

/// The texts for which a candidate holds, or does not hold, each with how clearly it holds.
fn by_clearness(judged: &Judged, candidate: usize, holding: bool) -> impl Iterator<Item = Neighbor> {
    let texts = (0..judged.verdicts[candidate].len())
        .filter(move |&text| judged.is_given(candidate, text) && judged.holds(candidate, text) == holding);
    texts.map(move |text| Neighbor { index: text, similarity: judged.score(candidate, text) as f32 })
}

/// The selected candidates as they are put to the test: every document was judged.
fn subjects(setting: Setting<'_>, judged: &Judged, order: &[usize]) -> Vec<Subject> {
    let placed = rounds::placed(setting);
    let of = |candidate, holding| -> Vec<usize> {
        let ranked = ranked(by_clearness(judged, candidate, holding).collect());
        ranked.iter().map(|neighbor| neighbor.index).filter(|text| placed[*text].is_none()).collect()
    };
    let subject = |&number: &usize| {
        let candidate = judged.candidates[number].clone();
        let pool = Pool { members: [of(number, true), Vec::new()], others: [of(number, false), Vec::new()] };
        let is_demanded = number < setting.wanted().demands.known.len();
        Subject { is_renamable: !is_demanded && !setting.is_given(&candidate), candidate, pool }
    };
    order.iter().map(subject).collect()
}
