//! From candidates and placements to explained clusters: labels, keyphrases, exemplars, quotes, near misses.

use super::criterion::Tested;
use super::illustrate::{EXEMPLARS, Illustration, NEAR_MISSES, illustrate};
use crate::cluster::{Best, Neighbor};
use crate::error::Error;
use crate::methods::NamedBy;
use crate::methods::{Cluster, Placement, Setting};
use crate::model::{Answerer, Prompts};
use crate::observer::Silent;
use crate::stages::explain::{Explain, Unnamed};
use crate::stages::propose::Candidate;
use crate::stages::{Stage, run};
use crate::vectors::{Embeddings, dot, normalise};
use crate::wording::{Keyphrases, Reader};

/// Characters of a document that are shown when its cluster is named.
pub const CHARACTERS: usize = 300;

/// One cluster before it is explained.
pub struct Named {
    /// What it is called, and how that was tested.
    pub tested: Tested,
    /// Members, the clearest first.
    pub members: Vec<Neighbor>,
    /// The documents nearest to belonging that do not belong, the nearest first.
    pub others: Vec<Neighbor>,
}

impl Named {
    /// A cluster whose predicate was not tested.
    pub fn untested(candidate: Candidate, members: Vec<Neighbor>, others: Vec<Neighbor>) -> Named {
        Named { tested: Tested { candidate, former: None, test: None }, members, others }
    }

    fn candidate(&self) -> &Candidate {
        &self.tested.candidate
    }
}

/// Sorts neighbors by similarity, ties by row.
pub fn ranked(mut neighbors: Vec<Neighbor>) -> Vec<Neighbor> {
    neighbors.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index)));
    neighbors
}

/// The near misses among what does not belong to a cluster, the nearest first, ties by row.
pub fn foremost(others: impl Iterator<Item = Neighbor>) -> Vec<Neighbor> {
    let mut best = Best::new(NEAR_MISSES);
    others.for_each(|other| best.offer(other));
    best.sorted()
}

/// The mean of each of k clusters' members, of unit length (k×d).
pub fn means(embeddings: &Embeddings, members: &[Vec<usize>]) -> Embeddings {
    let mut means = vec![0.0; members.len() * embeddings.dimensions()];
    for (mean, members) in means.chunks_mut(embeddings.dimensions()).zip(members) {
        for &member in members {
            mean.iter_mut().zip(embeddings.row(member)).for_each(|(sum, value)| *sum += value);
        }
        normalise(mean);
    }
    Embeddings::new(means, embeddings.dimensions())
}

/// For each of k clusters its members, and the few documents outside of it that come nearest, both by their cosine to the mean of
/// the members.
pub fn by_mean(embeddings: &Embeddings, members: &[Vec<usize>]) -> Vec<(Vec<Neighbor>, Vec<Neighbor>)> {
    let means = means(embeddings, members);
    let of = |(cluster, members): (usize, &Vec<usize>)| {
        let mut inside = vec![false; embeddings.len()];
        members.iter().for_each(|&member| inside[member] = true);
        let cosine = |index: usize| dot(means.row(cluster), embeddings.row(index));
        let inside = &inside;
        let all = |wanted: bool| (0..embeddings.len()).filter(move |&index| inside[index] == wanted);
        let neighbor = |index| Neighbor { index, similarity: cosine(index) };
        (ranked(all(true).map(neighbor).collect()), foremost(all(false).map(neighbor)))
    };
    members.iter().enumerate().map(of).collect()
}

/// Explains clusters, in the order in which the placements number them; without a `namer` they keep the labels that they were
/// proposed under.
///
/// # Errors
/// Those of the embedder and of the answerer.
pub fn explained(
    setting: Setting<'_>,
    named: &[Named],
    placements: &[Placement],
    namer: Option<&Namer<'_>>,
) -> Result<Vec<Cluster>, Error> {
    let mut members = vec![Vec::new(); named.len()];
    for (text, placement) in placements.iter().enumerate() {
        if let Placement::In(held) = placement {
            held.iter().for_each(|place| members[place.cluster].push(text));
        }
    }
    let texts = setting.corpus.distinct_texts();
    let counts = Keyphrases::count(&texts, &setting.corpus.weights(), &members, Reader::Person);
    let predicates: Vec<&str> = named.iter().map(|named| named.candidate().predicate.as_str()).collect();
    let proposed: Vec<&str> = named.iter().map(|named| named.candidate().label.as_str()).collect();
    let embed = |said: &[&str]| Ok::<_, Error>(setting.embedder.embed(said, &Silent)?.embeddings);
    let ranked: Vec<&[Neighbor]> = named.iter().map(|named| named.members.as_slice()).collect();
    let shown = illustrate(setting, &ranked, &[&embed(&predicates)?, &embed(&proposed)?])?;
    let labels = match namer {
        Some(namer) => namer.labels(setting, named, &shown)?,
        None => named.iter().map(|named| named.candidate().label.clone()).collect(),
    };
    let cluster = |(index, (label, shown)): (usize, (String, Illustration))| Cluster {
        label,
        predicate: named[index].candidate().predicate.clone(),
        by: named_by(setting, named[index].candidate()),
        keywords: counts.of(index).into_iter().map(|phrase| phrase.text).take(8).collect(),
        exemplars: shown.exemplars,
        evidence: shown.evidence,
        near_misses: named[index].others.iter().map(|neighbor| neighbor.index).collect(),
        share: None,
        parent: None,
        stability: None,
        former: named[index].tested.former.clone(),
        test: named[index].tested.test.clone(),
    };
    Ok(labels.into_iter().zip(shown).enumerate().map(cluster).collect())
}

/// Who a candidate is of: the user, whose codebook has it, or the model.
fn named_by(setting: Setting<'_>, candidate: &Candidate) -> NamedBy {
    match setting.is_given(candidate) {
        true => NamedBy::Codebook,
        false => NamedBy::Model,
    }
}

/// Asks for the labels of the selected candidates.
pub struct Namer<'a> {
    stage: Explain<'a>,
    answerer: &'a dyn Answerer,
}

impl<'a> Namer<'a> {
    /// Nothing asked yet.
    pub fn new(setting: Setting<'a>, prompts: &'a Prompts, answerer: &'a dyn Answerer) -> Namer<'a> {
        let stage = Explain { prompt: &prompts.explain, goal: &setting.plan.goal, characters: CHARACTERS };
        Namer { stage, answerer }
    }

    /// Keeps what the labels of `clusters` clusters need out of the other stages' reach.
    ///
    /// # Errors
    /// When the prompt cannot be rendered.
    pub fn keep(&self, clusters: usize) -> Result<(), Error> {
        let longest = "x".repeat(CHARACTERS);
        let candidate = Candidate { label: String::new(), predicate: longest.clone() };
        let like = Unnamed { candidate: &candidate, examples: vec![longest.as_str(); EXEMPLARS] };
        let (questions, ()) = self.stage.ask(&[like])?;
        questions.first().into_iter().for_each(|like| self.answerer.keep(clusters as u64, like));
        Ok(())
    }

    fn labels(&self, setting: Setting<'_>, named: &[Named], shown: &[Illustration]) -> Result<Vec<String>, Error> {
        self.keep(0)?;
        let examples = |shown: &Illustration| shown.exemplars.iter().map(|&text| setting.corpus.text(text)).collect();
        let unnamed: Vec<Unnamed<'_>> = named
            .iter()
            .zip(shown)
            .map(|(named, shown)| Unnamed { candidate: named.candidate(), examples: examples(shown) })
            .collect();
        run(&self.stage, &unnamed, self.answerer)
    }
}
