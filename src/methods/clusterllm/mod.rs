//! `--method clusterllm`: the model as a guide (after ClusterLLM; the embedder stays as it is, a linear map is learned instead).
//!
//! Triplets say which vectors are to be near; pairs say which small clusters belong together and how many groups there are;
//! then each group is described. The questions are shared out beforehand, as [`Shares`] says.

mod estimate;
mod finish;
mod granularity;
mod merging;
mod record;
mod shares;
mod tell;

pub use record::GuideRecord;

use shares::Shares;

use std::borrow::Cow;

use super::procedure::{COUNTED, Procedure};
use super::steps::budget::QuestionBudget;
use super::steps::perspective::{self, CHARACTERS, note};
use super::{Asked, Outcome, Setting, Watch};
use crate::cluster::{Clustering, KMeans, kmeans};
use crate::error::Error;
use crate::message::Message;
use crate::methods::KChoice;
use crate::model::{Answerer, Prompts, StageName};
use crate::stages;
use crate::stages::granularity::{Couples, Granularity};
use crate::stages::orders::Opinion;
use crate::vectors::Embeddings;
use merging::Relations;

/// Pairs that it takes on average to join one small cluster to another.
const PAIRS_A_JOIN: f64 = 2.5;
/// Small clusters for each cluster wanted at most, and their number where nobody says how many are wanted.
const MOST_SMALL: (usize, usize) = (5, 200);
/// Documents of a small cluster, at least on average.
const LEAST_MEMBERS: usize = 4;

/// `clusterllm` as the rest of the program knows it.
pub static PROCEDURE: Procedure = Procedure {
    check: |_| Ok(()),
    prompts: |_, prompts| vec![&prompts.perspective, &prompts.granularity, &prompts.describe],
    estimate: estimate::estimate,
    run,
    tell: tell::tell,
    intervals: COUNTED,
};

/// Asks at most as many questions as the plan says, in all stages together.
fn run(setting: Setting<'_>, Asked { prompts, answerer }: Asked<'_>) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let mut guide = Guide::begin(setting, prompts, answerer)?;
    watch.lap("cluster");
    guide.learn_perspective()?;
    watch.lap("perspective");
    let small = guide.small_clusters()?;
    watch.lap("cluster");
    let k = guide.number_of_clusters(&small)?;
    watch.lap("granularity");
    let groups = guide.merge(&small, k)?;
    watch.lap("verify");
    let outcome = guide.finish(&small, &groups)?;
    watch.lap("describe");
    Ok(Outcome { stages: watch.into_stages(), ..outcome })
}

/// A run under way.
struct Guide<'a> {
    setting: Setting<'a>,
    prompts: &'a Prompts,
    budget: QuestionBudget<'a>,
    shares: Shares,
    /// n distinct texts.
    texts: Vec<&'a str>,
    /// Documents that carry each text (n).
    weights: Vec<f64>,
    /// The clusters wanted, or a first guess.
    guess: usize,
    /// The vectors in use (n×d): those of the embedder until a map is learned.
    vectors: Cow<'a, Embeddings>,
    /// The map (d×d), where one was learned and is of use.
    adapter: Option<Embeddings>,
    /// What was said of the medoids of two small clusters.
    relations: Relations,
    k_choice: Option<KChoice>,
    record: GuideRecord,
    warnings: Vec<Message>,
}

impl<'a> Guide<'a> {
    fn begin(setting: Setting<'a>, prompts: &'a Prompts, answerer: &'a dyn Answerer) -> Result<Guide<'a>, Error> {
        let questions = setting.wanted().questions.unwrap_or(usize::MAX);
        let guess = setting.guess()?;
        let shares = Shares::new(questions, guess);
        Ok(Guide {
            setting,
            prompts,
            budget: QuestionBudget::new(answerer, questions),
            shares,
            texts: setting.corpus.distinct_texts(),
            weights: setting.corpus.weights(),
            guess,
            vectors: Cow::Borrowed(setting.embeddings),
            adapter: None,
            relations: Relations::default(),
            k_choice: None,
            record: GuideRecord { questions, planned: shares.by_stage(), ..GuideRecord::default() },
            warnings: Vec::new(),
        })
    }

    /// k-means on the vectors in use.
    fn kmeans(&self, k: usize) -> Result<Clustering, Error> {
        kmeans(&self.vectors, &self.weights, KMeans::new(k, self.setting.plan.seed))
    }

    /// Asks triplets; from then on the vectors are those of the map that was learned, if one was.
    fn learn_perspective(&mut self) -> Result<(), Error> {
        let count = self.shares.perspective / 2;
        let learned = perspective::learn(self.setting, self.prompts, &self.budget, self.guess, count)?;
        self.record.perspective = learned.record;
        if let Some(adapter) = learned.adapter {
            self.vectors = Cow::Owned(adapter.apply(self.setting.embeddings));
            self.adapter = Some(adapter.rows());
        }
        Ok(())
    }

    /// More clusters than are wanted, as many as the pairs can join: what is in one of them is taken to belong together.
    fn small_clusters(&mut self) -> Result<Clustering, Error> {
        let most = (self.texts.len() / LEAST_MEMBERS).max(1);
        let small = match self.setting.wanted().k {
            Some(k) => {
                let pairs = self.pairs_left(self.shares.describe) as f64 / f64::from(self.needed());
                let joins = (pairs / PAIRS_A_JOIN) as usize;
                (k + joins).min(MOST_SMALL.0 * k).min(most).max(k)
            }
            None => MOST_SMALL.1.min(most),
        };
        let clustering = self.kmeans(small)?;
        self.record.small_clusters = clustering.len();
        Ok(clustering)
    }

    /// Documents of each list of texts.
    fn weights_of(&self, lists: &[Vec<usize>]) -> Vec<f64> {
        lists.iter().map(|texts| texts.iter().map(|&text| self.weights[text]).sum()).collect()
    }

    /// Pairs of questions that may still be spent on pairs of documents, when `kept` questions are kept.
    fn pairs_left(&self, kept: usize) -> usize {
        self.budget.left().saturating_sub(kept) / 2
    }

    /// Asks whether the medoids of small clusters belong together, notes what is said, and returns it.
    fn ask_pairs(
        &mut self,
        small: &[usize],
        pairs: &[(usize, usize)],
        stage: StageName,
    ) -> Result<Vec<Opinion>, Error> {
        let couples: Vec<[usize; 2]> = pairs.iter().map(|&(one, other)| [small[one], small[other]]).collect();
        let prompt = &self.prompts.granularity;
        let stage = Granularity { prompt, stage, goal: &self.setting.plan.goal, characters: CHARACTERS };
        let opinions = stages::run(&stage, Couples { texts: &self.texts, couples: &couples }, &self.budget)?;
        opinions.iter().for_each(|&opinion| note(&mut self.record.pairs, opinion));
        pairs.iter().zip(&opinions).for_each(|(&pair, &opinion)| self.relations.note(pair, opinion));
        Ok(opinions)
    }
}
