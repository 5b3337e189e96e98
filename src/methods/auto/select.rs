//! Which candidates become clusters: the integer program over all answers.

use super::classes::Classes;
use super::judgments::Judgments;
use super::session::Session;
use crate::cluster::nearest_centroids;
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::select::{Cover, Instance, Parameters, Size, select};
use crate::stages::soft_label::{Choice, SoftLabel};

/// Answers a class below which no candidate is taken for noise.
const PRUNING: f64 = 12.0;
/// Labels that a warning lists.
const LABELS: usize = 5;

/// The selected candidates.
pub(super) struct Selection {
    pub classes: Classes,
    pub cover: Cover,
    /// How many documents each judged one stands for.
    pub weights: Vec<f64>,
}

impl Judgments {
    /// The weighted program over all answers; without `-k`, candidates that noise explains are dropped before.
    pub(super) fn select(&self, session: &Session<'_>) -> Result<Selection, Error> {
        let (k, weights) = (self.clusters_wanted(session), self.weights(session));
        let usable = if k.is_some() { self.candidates.all() } else { self.above_noise() };
        let mut place = vec![None; self.candidates.len()];
        usable.iter().enumerate().for_each(|(index, &candidate)| place[candidate] = Some(index));
        let row = |(document, held): (usize, &SoftLabel)| {
            let covers = self.covers(session, document, held);
            let mut row: Vec<usize> = covers.into_iter().filter_map(|candidate| place[candidate]).collect();
            row.sort_unstable();
            row.dedup();
            row
        };
        let rows: Vec<Vec<usize>> = self.answers.iter().map(row).collect();
        let total: f64 = weights.iter().sum();
        let size = match k {
            Some(k) => Size::Exactly(k.min(usable.len())),
            None => Size::Penalty(session.setting.wanted().cluster_penalty * total),
        };
        let instance = Instance { rows, weights, candidates: usable.len() };
        let cover = select(&instance, &Parameters::new(size, session.seed()))?;
        let selected = cover.selected.iter().map(|&place| usable[place]).collect();
        let noise = self.candidates.all().into_iter().filter(|candidate| !usable.contains(candidate)).collect();
        Ok(Selection { classes: Classes::new(self, selected, noise), cover, weights: instance.weights })
    }

    /// Candidates with more answers than wrong ones alone would give them; all of them where answers are few.
    fn above_noise(&self) -> Vec<usize> {
        let mut counts = vec![0.0_f64; self.candidates.len()];
        for (_, held) in self.answers.iter() {
            if let Some(Choice::Candidate(first)) = held.first() {
                counts[first] += 1.0;
            }
        }
        let each = self.answers.len() as f64 / counts.len() as f64;
        let by_chance = self.error().unwrap_or(0.0) * each;
        let least = if each < PRUNING { 0.0 } else { by_chance + 2.0 * by_chance.sqrt() };
        (0..counts.len()).filter(|&candidate| counts[candidate] > least || least == 0.0).collect()
    }

    /// How many documents each judged one stands for: those that it is the nearest judged one to.
    fn weights(&self, session: &Session<'_>) -> Vec<f64> {
        let (documents, embeddings) = (self.answers.documents(), session.setting.embeddings);
        let nearest = nearest_centroids(embeddings, &embeddings.select(&documents));
        let mut weights = vec![0.0; documents.len()];
        for (row, weight) in nearest.iter().zip(session.setting.corpus.weights()) {
            weights[row.label] += weight;
        }
        weights
    }
}

impl Selection {
    /// That the selection has more or fewer clusters to choose from than the user wants.
    pub fn warnings(&self, session: &Session<'_>, judgments: &Judgments) -> Vec<Message> {
        self.left_out(session, judgments).into_iter().chain(self.too_few(session)).collect()
    }

    /// The groups that were named and are not among the clusters wanted, in words.
    fn left_out(&self, session: &Session<'_>, judgments: &Judgments) -> Option<Message> {
        let k = session.setting.wanted().k?;
        let left = judgments.candidates.all().into_iter().filter(|&candidate| self.classes.of(candidate).is_none());
        let labels: Vec<String> = left.map(|left| format!("“{}”", judgments.candidates.list[left].label)).collect();
        let more = labels.len().checked_sub(LABELS).filter(|&more| more > 0);
        let more = more.map_or(String::new(), |more| format!(" and {more} more"));
        (!labels.is_empty()).then(|| {
            let shown: Vec<String> = labels.into_iter().take(LABELS).collect();
            message!(
                "the model named more than {k} groups: documents of {shown}{more} are uncovered; a larger {+k} keeps them",
                k,
                shown = shown.join(", "),
                more
            )
        })
    }

    /// That the model named fewer groups than clusters are wanted.
    fn too_few(&self, session: &Session<'_>) -> Option<Message> {
        let found = self.classes.none();
        let k = session.setting.wanted().k.filter(|&k| k > found)?;
        Some(message!("{k} clusters were asked for, but the model named only {found} groups", k, found))
    }
}
