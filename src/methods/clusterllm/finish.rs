//! From groups of small clusters to described clusters.

use super::{CHARACTERS, Guide};
use crate::cluster::{Clustering, Neighbor, nearest_centroids};
use crate::error::Error;
use crate::methods::explain::{Named, by_mean, explained, means};
use crate::methods::topics::worded;
use crate::methods::{EXEMPLARS, Outcome, Placement, heaviest_first};
use crate::run::{By, NamedBy};
use crate::stages::describe::Describe;
use crate::stages::propose::Candidate;
use crate::stages::run;
use crate::wording::{Keyphrases, exemplars, labels};

impl Guide<'_> {
    /// Places every document and describes the clusters; `groups` has the group of each small cluster.
    pub(super) fn finish(mut self, small: &Clustering, groups: &[usize]) -> Result<Outcome, Error> {
        let members = self.nearest_groups(&of_groups(small, groups));
        let ranked = by_mean(&self.vectors, &members);
        let placements = self.placements(&ranked);
        let described = self.describe(&ranked)?;
        let candidates = self.candidates(&members, &described)?;
        let named: Vec<Named<'_>> = ranked
            .into_iter()
            .zip(&candidates)
            .map(|((members, others), candidate)| Named { candidate, members, others })
            .collect();
        let mut clusters = explained(self.setting, &named, &placements, None)?;
        for (cluster, described) in clusters.iter_mut().zip(&described) {
            cluster.by = if described.is_some() { NamedBy::Model } else { NamedBy::Keyphrases };
        }
        self.note(&described);
        Ok(Outcome {
            clusters,
            placements,
            k_choice: self.k_choice,
            guide: Some(self.record),
            adapter: self.adapter,
            warnings: self.warnings,
            ..Outcome::default()
        })
    }

    /// Every text goes to the group whose mean is nearest, for small clusters are not pure; the group with most documents first.
    fn nearest_groups(&self, members: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let nearest = nearest_centroids(&self.vectors, &means(&self.vectors, members));
        let mut found = vec![Vec::new(); members.len()];
        nearest.iter().enumerate().for_each(|(text, row)| found[row.label].push(text));
        found.retain(|members: &Vec<usize>| !members.is_empty());
        found.sort_by_key(|members| members[0]);
        heaviest_first(&self.weights_of(&found)).into_iter().map(|group| std::mem::take(&mut found[group])).collect()
    }

    /// Each text in its cluster, with its cosine to the mean of the members.
    fn placements(&self, ranked: &[(Vec<Neighbor>, Vec<Neighbor>)]) -> Vec<Placement> {
        let mut placements = vec![Placement::Uncovered("no cluster has it".into()); self.texts.len()];
        for (cluster, (members, _)) in ranked.iter().enumerate() {
            for member in members {
                let cosine = f64::from(member.similarity).clamp(0.0, 1.0);
                placements[member.index] = Placement::In(vec![(cluster, By::Similarity, cosine)]);
            }
        }
        placements
    }

    /// One question a cluster, as far as they reach.
    fn describe(&self, ranked: &[(Vec<Neighbor>, Vec<Neighbor>)]) -> Result<Vec<Option<Candidate>>, Error> {
        let texts = |(members, _): &(Vec<Neighbor>, Vec<Neighbor>)| {
            let shown = exemplars(&self.vectors, members, EXEMPLARS);
            shown.into_iter().map(|text| self.texts[text]).collect()
        };
        let shown: Vec<Vec<&str>> = ranked.iter().map(texts).collect();
        let stage = Describe { prompt: &self.prompts.describe, goal: &self.setting.plan.goal, characters: CHARACTERS };
        run(&stage, &shown, &self.purse)
    }

    /// What each cluster is called: as described, or by its words.
    fn candidates(&self, members: &[Vec<usize>], described: &[Option<Candidate>]) -> Result<Vec<Candidate>, Error> {
        let wordings = if described.iter().all(Option::is_some) {
            Vec::new()
        } else {
            let counts = Keyphrases::count(&self.texts, &self.weights, members);
            let (goal, embedder) = (&self.setting.plan.goal, self.setting.embedder);
            labels(&counts, &means(self.setting.embeddings, members), goal, embedder)?
        };
        let candidate = |(cluster, described): (usize, &Option<Candidate>)| {
            let by_words = || {
                let label = wordings.get(cluster).map(|wording| wording.label.clone()).unwrap_or_default();
                Candidate { predicate: worded(&label), label }
            };
            described.clone().unwrap_or_else(by_words)
        };
        Ok(described.iter().enumerate().map(candidate).collect())
    }

    fn note(&mut self, described: &[Option<Candidate>]) {
        self.record.asked = self.purse.spent();
        self.record.described = described.iter().flatten().count();
        let missing = described.len() - self.record.described;
        if missing > 0 {
            self.warnings.push(format!(
                "{missing} clusters are named by their words: the questions did not reach, or there was no usable answer"
            ));
        }
        let lost = self.record.perspective.triplets.lost + self.record.pairs.lost;
        if lost > 0 {
            self.warnings.push(format!("{lost} triplets and pairs got no usable answer: they guided nothing"));
        }
    }
}

/// The texts of each group of small clusters; `groups` has the group of each.
fn of_groups(small: &Clustering, groups: &[usize]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); small.len()];
    small.nearest.iter().enumerate().for_each(|(text, row)| members[groups[row.label]].push(text));
    members.retain(|members: &Vec<usize>| !members.is_empty());
    members
}
