//! `--method topics`: clusters by wording, named by keyphrases. No model is asked.

use super::procedure::{Intervals, Procedure};
use super::steps::described::worded;
use super::steps::explain::{means, ranked};
use super::steps::illustrate::{Illustration, NEAR_MISSES, illustrate};
use super::{Cluster, Outcome, Setting, Told, Watch};
use crate::cluster::{
    Centering, Clustering, Communities, Consensus, Levels, Neighbor, Sample, by_communities, consensus, levels,
    near_misses, parts,
};
use crate::corpus::Languages;
use crate::decision::{Centers, Confidence, Decision, Level, OwnVectors};
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::{KChoice, NamedBy};
use crate::spread::Share;
use crate::vectors::Embeddings;
use crate::wording::{Keyphrases, Reader, Wording, labels};

/// Clusters that a person reads at once: more of them are shown as the parts of a coarser division, where there is one.
const READ_AT_ONCE: usize = 5;
/// Standard deviations to either end of a 95 % interval.
const INTERVAL: f64 = 1.96;

/// `topics` as the rest of the program knows it.
pub static PROCEDURE: Procedure = Procedure {
    check: |_| Ok(()),
    prompts: |_, _| Vec::new(),
    estimate: |_| Ok(Vec::new()),
    run: |setting, _| run(setting),
    // How the number of clusters was chosen is told as that of any method.
    tell: |_, _| Told::default(),
    intervals: Intervals {
        words: "95%: how far a share would vary between samples of this size, and how far the borders of the cluster would then \
                move; of a part, the first alone (Wilson's interval).",
        of_samples: true,
    },
};

/// Embeddings → k → consensus of many k-means, or communities of neighbors → keyphrases → quotes.
/// The seed changes nothing, and the goal only whether the languages of the texts are taken away.
/// Fails when k is more than there are texts, or the embedder cannot be run.
fn run(setting: Setting<'_>) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let weights = setting.corpus.weights();
    let (texts, languages) = (setting.corpus.distinct_texts(), languages(setting));
    let kinds = languages.numbers(&texts);
    let centering = Centering::learn(setting.embeddings, &weights, &kinds, languages.count());
    let vectors = centering.of(setting.embeddings, &kinds);
    let sample = Sample::new(&vectors, &weights, setting.wanted().k.unwrap_or_default());
    let division = Division::of(setting, &vectors, &weights, &sample);
    let along = |communities: &Communities| by_communities(&vectors, &weights, &sample, communities);
    let found = match &division.top {
        Top::Means(k) => consensus(&vectors, &weights, &sample, *k)?,
        Top::Communities(communities) => along(communities)?,
    };
    let mut layers = vec![Layer::top(&found, &weights)];
    if let Some(communities) = &division.parts {
        let fine = along(communities)?;
        let parts = parts(&vectors, &weights, &found.clustering, &fine);
        layers.push(Layer {
            temperature: fine.temperature,
            clustering: parts.clustering,
            parents: parts.parents,
            stability: parts.stability,
            shares: Vec::new(),
        });
    }
    watch.lap("cluster");
    let mut outcome = Outcome { k_choice: division.choice, warnings: division.warnings, ..Outcome::default() };
    let mut levels = Vec::new();
    for layer in layers {
        let clusters = layer.explain(setting, &vectors, &weights, &mut outcome)?;
        let (centroids, parents) = (layer.clustering.centroids, layer.parents);
        levels.push(Level { centroids, parents, clusters, confidence: Confidence::Share(layer.temperature) });
    }
    let decision = Decision::Centers(Centers { adapter: None, languages, centering, levels });
    outcome.placements = decision.place(&texts, setting.embeddings, &OwnVectors::new(setting.embeddings));
    outcome.decision = Some(decision);
    watch.lap("explain");
    Ok(Outcome { stages: watch.into_stages(), ..outcome })
}

/// The languages of the texts, unless they are what the goal asks for.
fn languages(setting: Setting<'_>) -> Languages {
    let goal = setting.plan.goal.to_lowercase();
    let asks_for_languages =
        ["language", "sprache", "langue", "idioma", "lingua"].iter().any(|word| goal.contains(word));
    match asks_for_languages {
        true => Languages::default(),
        false => Languages::of(&setting.corpus.distinct_texts()),
    }
}

/// Where the clusters at the top come from.
enum Top {
    /// A consensus of k-means, with so many clusters.
    Means(usize),
    /// The communities of neighbors.
    Communities(Communities),
}

/// What the texts are divided into.
struct Division {
    top: Top,
    /// The communities along which the clusters are divided further, if they are.
    parts: Option<Communities>,
    choice: Option<KChoice>,
    warnings: Vec<Message>,
}

impl Division {
    /// What the plan says, else what the texts themselves suggest.
    fn of(setting: Setting<'_>, vectors: &Embeddings, weights: &[f64], sample: &Sample) -> Division {
        if let Some(k) = setting.wanted().k {
            return Division { top: Top::Means(k), parts: None, choice: None, warnings: Vec::new() };
        }
        let found = levels(vectors, weights, sample);
        let (k, is_divided) = match (found.coarse.filter(|_| !found.is_loose), setting.wanted().levels) {
            (Some(coarse), Some(1)) => (Some(coarse), false),
            (Some(coarse), Some(_)) => (Some(coarse), true),
            (Some(coarse), None) if found.fine > READ_AT_ONCE => (Some(coarse), true),
            _ => (None, false),
        };
        let choice = choice(k.unwrap_or(found.fine), is_divided, &found);
        let warnings = choice.doubt().filter(|_| found.fine > 1).map(loose).into_iter().collect();
        let communities = found.communities;
        let (top, parts) = match k {
            Some(k) => (Top::Means(k), is_divided.then_some(communities)),
            None => (Top::Communities(communities), None),
        };
        Division { top, parts, choice: Some(choice), warnings }
    }
}

fn choice(k: usize, is_divided: bool, found: &Levels) -> KChoice {
    let stable = found.coarse.map(|coarse| {
        format!("on up to {coarse}, two halves of the texts, clustered apart, agree nearly as well as at best")
    });
    let modular = format!("the graph of nearest neighbors falls into {} communities", found.fine);
    let unshown = !is_divided && k < found.fine;
    let finer = unshown.then(|| message!("{+levels 2} shows the finer ones"));
    let how = [stable.map(Message::from), Some(modular.into()), finer].into_iter().flatten();
    KChoice {
        k,
        how: Message::joined(how, "; "),
        tried: found.tried.iter().map(|tried| (tried.k, tried.modularity)).collect(),
        stability: found.tried.iter().map(|tried| (tried.k, tried.stability)).collect(),
    }
}

/// That samples agree at `best` only.
fn loose(best: f64) -> Message {
    message!(
        "by their wording alone these texts have no clear groups of their own: samples of them, clustered apart, agree at {best} \
         at best, where 1 is full agreement and 0 is chance; a goal with a model ({+llm}) would give them some",
        best = format_args!("{best:.2}")
    )
}

/// One level of clusters.
struct Layer {
    clustering: Clustering,
    /// For each cluster the one of the level above that it is a part of; empty at the top.
    parents: Vec<usize>,
    /// For each cluster how well it comes back; empty where that was not measured.
    stability: Vec<f64>,
    /// For each cluster its share; empty where the members alone tell it.
    shares: Vec<Share>,
    /// What differences of cosines are divided by before they become confidences.
    temperature: f64,
}

impl Layer {
    fn top(found: &Consensus, weights: &[f64]) -> Layer {
        let (clustering, stability) = (found.clustering.clone(), found.stability.clone());
        let (shares, temperature) = (shares(found, weights), found.temperature);
        Layer { shares, clustering, parents: Vec::new(), stability, temperature }
    }

    /// Adds its clusters to the outcome; returns the place of each among them. A part that is all of its cluster is left out.
    fn explain(
        &self,
        setting: Setting<'_>,
        vectors: &Embeddings,
        weights: &[f64],
        outcome: &mut Outcome,
    ) -> Result<Vec<Option<usize>>, Error> {
        let members = self.clustering.members();
        let texts = setting.corpus.distinct_texts();
        let counts = Keyphrases::count(&texts, weights, &members, Reader::Person);
        let means = means(setting.embeddings, &members);
        let wordings = labels(&counts, &means, &setting.plan.goal, setting.embedder)?;
        let ranked: Vec<Vec<Neighbor>> =
            members.iter().map(|members| ranked_members(&self.clustering, members)).collect();
        let ranked: Vec<&[Neighbor]> = ranked.iter().map(Vec::as_slice).collect();
        let shown = illustrate(setting, &ranked, &[&means])?;
        let misses = near_misses(vectors, &self.clustering, NEAR_MISSES);
        let is_divided = |cluster: usize| {
            let siblings = self.parents.iter().filter(|parent| **parent == self.parents[cluster]);
            self.parents.is_empty() || siblings.count() > 1
        };
        let mut places = vec![None; members.len()];
        for (cluster, ((wording, shown), misses)) in wordings.into_iter().zip(shown).zip(misses).enumerate() {
            if is_divided(cluster) {
                places[cluster] = Some(outcome.clusters.len());
                outcome.clusters.push(Cluster {
                    share: self.shares.get(cluster).copied(),
                    parent: self.parents.get(cluster).copied(),
                    stability: self.stability.get(cluster).copied(),
                    ..explained(wording, shown, misses)
                });
            }
        }
        Ok(places)
    }
}

/// Shares of the documents, with intervals that hold what other documents of the same kind would change: how many there are, and
/// where the borders of a cluster would then run.
fn shares(found: &Consensus, weights: &[f64]) -> Vec<Share> {
    let all: f64 = weights.iter().sum();
    let share = |(members, deviation): (Vec<usize>, &f64)| {
        let size: f64 = members.iter().map(|&text| weights[text]).sum();
        let counted = Share::wilson(size as usize, all as usize);
        let widened = |end: f64| (end - counted.estimate).hypot(INTERVAL * deviation);
        Share {
            estimate: counted.estimate,
            low: (counted.estimate - widened(counted.low)).max(0.0),
            high: (counted.estimate + widened(counted.high)).min(1.0),
        }
    };
    found.clustering.members().into_iter().zip(&found.deviation).map(share).collect()
}

fn explained(wording: Wording, shown: Illustration, misses: Vec<Neighbor>) -> Cluster {
    Cluster {
        predicate: worded(&wording.label),
        label: wording.label,
        by: NamedBy::Keyphrases,
        keywords: wording.keywords,
        exemplars: shown.exemplars,
        evidence: shown.evidence,
        near_misses: misses.into_iter().map(|miss| miss.index).collect(),
        share: None,
        parent: None,
        stability: None,
        former: None,
        test: None,
    }
}

/// The members of a cluster, nearest to its centroid first.
fn ranked_members(clustering: &Clustering, members: &[usize]) -> Vec<Neighbor> {
    let neighbor = |&index: &usize| Neighbor { index, similarity: clustering.nearest[index].similarity };
    ranked(members.iter().map(neighbor).collect())
}
