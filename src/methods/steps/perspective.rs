//! Perspective: triplets where a clustering is unsure, and a map of the vectors learned from the answers.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use rand::RngExt;

use super::budget::QuestionBudget;
use crate::cluster::{Clustering, ExactIndex, KMeans, NeighborIndex, kmeans};
use crate::error::Error;
use crate::methods::Setting;
use crate::model::Prompts;
use crate::seed::{generator, shuffle};
use crate::spread::{Adapter, Triplet};
use crate::stages::orders::Opinion;
use crate::stages::perspective::{Perspective, Triplets};
use crate::stages::run;
use crate::vectors::Embeddings;

/// What triplets said, and whether a map of the vectors was learned from them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PerspectiveRecord {
    /// Triplets, each two questions.
    pub triplets: OpinionCounts,
    /// Share of the answered triplets that the vectors get right: as embedded, and by maps learned without them. Absent where
    /// there were too few to hold some out.
    pub held_out: Option<[f64; 2]>,
    /// Whether a map was learned and kept.
    pub adapted: bool,
}

/// What came of things that were each asked in two orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpinionCounts {
    /// The same answer in both orders.
    pub agreed: usize,
    /// Legal answers without a preference.
    pub undecided: usize,
    /// The answer hung on the order: no answer.
    pub torn: usize,
    /// An answer failed or was not legal.
    pub lost: usize,
}

/// Characters of a document that are shown beside another.
pub const CHARACTERS: usize = 600;
/// Share of the clusters among which a document is unsure, and the fewest of them.
const CLOSEST: (f64, usize) = (0.02, 2);
/// The least sure documents, one in so many.
const UNSURE: usize = 5;
/// Answers below which no map is learned: held out in parts, they would show nothing.
const LEAST: usize = 32;
/// Draws for each triplet wanted: some are drawn twice or from a cluster of one.
const DRAWS: usize = 4;

/// What the answers said, and the map learned from them where it is of use.
pub struct Learned {
    /// For the manifest.
    pub record: PerspectiveRecord,
    /// Absent where answers were few or the map got no more of the triplets right that it was not learned from.
    pub adapter: Option<Adapter>,
}

/// Asks at most `count` triplets, each in both orders, where `k` clusters are unsure.
///
/// # Errors
/// Those of the answerer, of the prompt and of k-means.
pub fn learn(
    setting: Setting<'_>,
    prompts: &Prompts,
    budget: &QuestionBudget<'_>,
    k: usize,
    count: usize,
) -> Result<Learned, Error> {
    let (plan, texts) = (setting.plan, setting.corpus.distinct_texts());
    let clustering = kmeans(setting.embeddings, &setting.corpus.weights(), KMeans::new(k, plan.seed))?;
    let triplets = triplets(setting.embeddings, &clustering, count, plan.seed);
    let stage = Perspective { prompt: &prompts.perspective, goal: &plan.goal, characters: CHARACTERS };
    let opinions = run(&stage, Triplets { texts: &texts, triplets: &triplets }, budget)?;
    let (mut answered, mut record) = (Vec::new(), PerspectiveRecord::default());
    for (&[query, one, other], opinion) in triplets.iter().zip(opinions) {
        note(&mut record.triplets, opinion);
        if let Opinion::Agreed(first) = opinion {
            let (near, far) = if first { (one, other) } else { (other, one) };
            answered.push(Triplet { query, near, far });
        }
    }
    let adapter = adapt(setting.embeddings, &answered, plan.seed, &mut record);
    Ok(Learned { record, adapter })
}

/// The map stays only if it is right on more triplets that it was not learned from.
fn adapt(embeddings: &Embeddings, answered: &[Triplet], seed: u64, record: &mut PerspectiveRecord) -> Option<Adapter> {
    if answered.len() < LEAST {
        return None;
    }
    let held_out = Adapter::held_out(embeddings, answered, seed);
    let share = |right: usize| right as f64 / answered.len() as f64;
    record.held_out = Some([share(held_out.before), share(held_out.after)]);
    record.adapted = held_out.after > held_out.before;
    record.adapted.then(|| Adapter::fit(embeddings, answered))
}

/// Counts an opinion.
pub fn note(counts: &mut OpinionCounts, opinion: Opinion) {
    match opinion {
        Opinion::Agreed(_) => counts.agreed += 1,
        Opinion::Undecided => counts.undecided += 1,
        Opinion::Torn => counts.torn += 1,
        Opinion::Lost => counts.lost += 1,
        Opinion::NotAsked => {}
    }
}

/// At most `count` triplets: an unsure document, and one document from each of two clusters that are close to it.
fn triplets(embeddings: &Embeddings, clustering: &Clustering, count: usize, seed: u64) -> Vec<[usize; 3]> {
    let closest = ((CLOSEST.0 * clustering.len() as f64).ceil() as usize).max(CLOSEST.1);
    if clustering.len() < CLOSEST.1 {
        return Vec::new();
    }
    let mut pool = unsure(embeddings, &clustering.centroids, closest);
    let mut random = generator(seed, "triplets", &[]);
    shuffle(&mut pool, &mut random);
    let members = clustering.members();
    let index = ExactIndex::new(&clustering.centroids);
    let (mut triplets, mut seen) = (Vec::new(), BTreeSet::new());
    for &query in pool.iter().cycle().take(DRAWS * count) {
        let near = index.nearest(embeddings.row(query), closest);
        let first = random.random_range(0..near.len());
        let second = (first + random.random_range(1..near.len())) % near.len();
        let [one, other] = [first, second].map(|place| {
            let members = &members[near[place].index];
            members[random.random_range(0..members.len())]
        });
        if one != query && other != query && seen.insert([query, one.min(other), one.max(other)]) {
            triplets.push([query, one, other]);
        }
        if triplets.len() == count {
            break;
        }
    }
    triplets
}

/// The fifth of the documents whose soft assignment to their closest centroids has the highest entropy.
fn unsure(vectors: &Embeddings, centroids: &Embeddings, closest: usize) -> Vec<usize> {
    let index = ExactIndex::new(centroids);
    let entropy = |row: usize| {
        let weights = index.nearest(vectors.row(row), closest).into_iter();
        let weights: Vec<f64> = weights.map(|near| 1.0 / (3.0 - 2.0 * f64::from(near.similarity))).collect();
        let sum: f64 = weights.iter().sum();
        -weights.iter().map(|weight| weight / sum * (weight / sum).ln()).sum::<f64>()
    };
    let entropies: Vec<f64> = (0..vectors.len()).map(entropy).collect();
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    order.sort_by(|&a, &b| entropies[b].total_cmp(&entropies[a]).then(a.cmp(&b)));
    order.truncate(vectors.len().div_ceil(UNSURE));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_between_two_centroids_is_the_least_sure() {
        let centroids = Embeddings::new(vec![1.0, 0.0, 0.0, 1.0], 2);
        let vectors = Embeddings::new(vec![1.0, 0.0, 0.0, 1.0, 0.707, 0.707, 0.8, 0.6, 0.95, 0.312, 0.312, 0.95], 2);
        assert_eq!(unsure(&vectors, &centroids, 2), [2, 3]);
    }
}
