//! What a method works on, and whom it asks.

use crate::cluster::choose_k;
use crate::codebook::Entry;
use crate::corpus::Corpus;
use crate::embed::Embedder;
use crate::error::Error;
use crate::model::{Answer, Answerer, Prompts, Question};
use crate::observer::Observer;
use crate::plan::{ClusteringPlan, Plan};
use crate::stages::propose::Candidate;
use crate::vectors::Embeddings;

/// What a method works on.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Documents, with n distinct texts.
    pub corpus: &'a Corpus,
    /// n×d.
    pub embeddings: &'a Embeddings,
    /// Made the embeddings; embeds phrases and sentences.
    pub embedder: &'a dyn Embedder,
    /// Checked parameters.
    pub plan: &'a Plan,
    /// Hears of progress.
    pub observer: &'a dyn Observer,
}

impl<'a> Setting<'a> {
    /// How the user wants the documents to be clustered.
    pub(super) fn wanted(&self) -> &'a ClusteringPlan {
        &self.plan.clustering
    }

    /// The candidates that are known beforehand: the entries of the codebook, in its order.
    pub(super) fn given(&self) -> Vec<Candidate> {
        let candidate = |entry: &Entry| Candidate { label: entry.label.clone(), predicate: entry.predicate.clone() };
        self.wanted().codebook.iter().flat_map(|codebook| &codebook.entries).map(candidate).collect()
    }

    /// Whether a candidate is an entry of the codebook.
    pub(super) fn is_given(&self, candidate: &Candidate) -> bool {
        let mut entries = self.wanted().codebook.iter().flat_map(|codebook| &codebook.entries);
        entries.any(|entry| entry.predicate == candidate.predicate)
    }

    /// The clusters wanted, or a first guess from the vectors.
    pub(super) fn guess(&self) -> Result<usize, Error> {
        match self.wanted().k {
            Some(k) => Ok(k),
            None => Ok(choose_k(self.embeddings, self.plan.seed)?.k),
        }
    }
}

/// By which prompts a method asks, and who answers.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Its prompts.
    pub prompts: &'a Prompts,
    /// Who answers.
    pub answerer: &'a dyn Answerer,
}

/// Answers nothing: for methods that ask no model.
pub struct Nobody;

impl Answerer for Nobody {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        Ok(vec![Answer::NotAsked; questions.len()])
    }
}
