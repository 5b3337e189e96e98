//! `--method goalex`: propose, assign, select, in rounds, with exact verdicts (after GoalEx).

use super::rounds::{Judged, Rounds};
use super::{Cluster, EXEMPLARS, Illustration, NEAR_MISSES, Outcome, Placement, Setting, Watch, illustrate};
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::model::{Answerer, Prompts};
use crate::observer::Silent;
use crate::run::{By, NamedBy};
use crate::stages::assign::Verdict;
use crate::stages::explain::{Explain, Unnamed};
use crate::stages::propose::Candidate;
use crate::stages::{Stage, run};
use crate::wording::Keyphrases;

/// Characters of a document that are shown when its cluster is named.
const LABELLED_CHARACTERS: usize = 300;

/// Rounds of propose, assign and select; then labels, keyphrases and quotes.
///
/// # Errors
/// Those of the answerer, of the prompts and of the embedder.
pub fn goalex(setting: Setting<'_>, prompts: &Prompts, answerer: &dyn Answerer) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let stage = Explain { prompt: &prompts.explain, goal: &setting.plan.goal, characters: LABELLED_CHARACTERS };
    let namer = Namer { stage, answerer };
    namer.keep(setting.plan.candidates)?;
    let mut rounds = Rounds::begin(setting, prompts, answerer)?;
    watch.lap("cluster");
    while rounds.next(&mut watch)? {}
    let judged = rounds.finish();
    let order = by_size(&judged);
    let placements: Vec<Placement> =
        (0..setting.corpus.texts.len()).map(|text| placement(&judged, &order, text)).collect();
    let clusters = explained(setting, &judged, &order, &placements, &namer)?;
    watch.lap("explain");
    Ok(Outcome {
        clusters,
        placements,
        k_choice: None,
        selection: judged.selection,
        rounds: judged.rounds,
        stages: watch.into_stages(),
        warnings: judged.warnings,
    })
}

/// The selected candidates, the one that holds for most documents first.
fn by_size(judged: &Judged) -> Vec<usize> {
    let mut order = judged.selected.clone();
    order.sort_by(|&a, &b| judged.weight(b).total_cmp(&judged.weight(a)).then(a.cmp(&b)));
    order
}

fn placement(judged: &Judged, order: &[usize], text: usize) -> Placement {
    let mut held: Vec<(f64, usize, f64)> = Vec::new();
    let mut missing = None;
    for (cluster, &candidate) in order.iter().enumerate() {
        match &judged.verdicts[candidate][text] {
            Verdict::Given { .. } if !judged.holds(candidate, text) => {}
            Verdict::Given { .. } => {
                held.push((judged.score(candidate, text), cluster, judged.confidence(candidate, text)))
            }
            Verdict::Unparsed => {
                missing = Some(format!("the answer on “{}” was not Yes or No", judged.candidates[candidate].label))
            }
            Verdict::Failed(problem) => {
                missing = Some(format!("the question on “{}” failed: {problem}", judged.candidates[candidate].label))
            }
            Verdict::NotAsked => {
                missing =
                    Some(format!("not asked about “{}”: a budget was reached", judged.candidates[candidate].label))
            }
        }
    }
    held.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    match (held.is_empty(), missing) {
        (false, _) => {
            Placement::In(held.into_iter().map(|(_, cluster, confidence)| (cluster, By::Model, confidence)).collect())
        }
        (true, Some(reason)) => Placement::Failed(reason),
        (true, None) => Placement::Uncovered("no selected predicate holds for it".into()),
    }
}

/// What shows a cluster before it has a label.
struct Shown {
    illustration: Illustration,
    near_misses: Vec<usize>,
}

fn explained(
    setting: Setting<'_>,
    judged: &Judged,
    order: &[usize],
    placements: &[Placement],
    namer: &Namer<'_>,
) -> Result<Vec<Cluster>, Error> {
    let holds = |cluster: usize, text: usize| matches!(&placements[text], Placement::In(held) if held.iter().any(|&(index, ..)| index == cluster));
    let members: Vec<Vec<usize>> =
        (0..order.len()).map(|cluster| (0..placements.len()).filter(|&text| holds(cluster, text)).collect()).collect();
    let counts = Keyphrases::count(&setting.corpus.distinct_texts(), &setting.corpus.weights(), &members);
    let chosen: Vec<&Candidate> = order.iter().map(|&candidate| &judged.candidates[candidate]).collect();
    let predicates: Vec<&str> = chosen.iter().map(|candidate| candidate.predicate.as_str()).collect();
    let directions = setting.embedder.embed(&predicates, &Silent)?.embeddings;
    let shown =
        order.iter().enumerate().map(|(index, &candidate)| shown(setting, judged, candidate, directions.row(index)));
    let shown: Vec<Shown> = shown.collect::<Result<_, _>>()?;
    let labels = namer.labels(setting, &chosen, &shown)?;
    let cluster = |(index, (label, shown)): (usize, (String, Shown))| Cluster {
        label,
        predicate: chosen[index].predicate.clone(),
        by: NamedBy::Model,
        keywords: counts.of(index).into_iter().map(|phrase| phrase.text).take(8).collect(),
        exemplars: shown.illustration.exemplars,
        evidence: shown.illustration.evidence,
        near_misses: shown.near_misses,
    };
    Ok(labels.into_iter().zip(shown).enumerate().map(cluster).collect())
}

fn shown(setting: Setting<'_>, judged: &Judged, candidate: usize, direction: &[f32]) -> Result<Shown, Error> {
    let ranked = |holding: bool| {
        let texts = (0..judged.verdicts[candidate].len())
            .filter(|&text| judged.is_given(candidate, text) && judged.holds(candidate, text) == holding);
        let mut ranked: Vec<Neighbor> =
            texts.map(|text| Neighbor { index: text, similarity: judged.score(candidate, text) as f32 }).collect();
        ranked.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index)));
        ranked
    };
    let near_misses = ranked(false).into_iter().take(NEAR_MISSES).map(|neighbor| neighbor.index).collect();
    Ok(Shown { illustration: illustrate(setting, &ranked(true), direction)?, near_misses })
}

/// Asks for the labels of the selected candidates.
struct Namer<'a> {
    stage: Explain<'a>,
    answerer: &'a dyn Answerer,
}

impl Namer<'_> {
    /// Keeps what the labels of `clusters` clusters need out of the other stages' reach.
    fn keep(&self, clusters: usize) -> Result<(), Error> {
        let longest = "x".repeat(LABELLED_CHARACTERS);
        let candidate = Candidate { label: String::new(), predicate: longest.clone() };
        let (questions, ()) =
            self.stage.ask(&[Unnamed { candidate: &candidate, examples: vec![longest.as_str(); EXEMPLARS] }])?;
        questions.first().into_iter().for_each(|like| self.answerer.keep(clusters as u64, like));
        Ok(())
    }

    fn labels(&self, setting: Setting<'_>, chosen: &[&Candidate], shown: &[Shown]) -> Result<Vec<String>, Error> {
        self.keep(0)?;
        let examples =
            |shown: &Shown| shown.illustration.exemplars.iter().map(|&text| setting.corpus.text(text)).collect();
        let unnamed: Vec<Unnamed<'_>> = chosen
            .iter()
            .zip(shown)
            .map(|(candidate, shown)| Unnamed { candidate, examples: examples(shown) })
            .collect();
        run(&self.stage, &unnamed, self.answerer)
    }
}
