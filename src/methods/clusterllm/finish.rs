//! From groups of small clusters to described clusters.

use super::Guide;
use crate::cluster::{Clustering, Neighbor, nearest_centroids};
use crate::error::Error;
use crate::methods::described::{Described, described};
use crate::methods::explain::{Named, by_mean, explained, means};
use crate::methods::trust::counted;
use crate::methods::{By, NamedBy, Outcome, Placement, Trust, heaviest_first};

/// Pairs or triplets from which they speak against the answers.
const LEAST: usize = 16;

impl Guide<'_> {
    /// Places every document and describes the clusters; `groups` has the group of each small cluster.
    pub(super) fn finish(mut self, small: &Clustering, groups: &[usize]) -> Result<Outcome, Error> {
        let members = self.nearest_groups(&of_groups(small, groups));
        let ranked = by_mean(&self.vectors, &members);
        let placements = self.placements(&ranked);
        let members: Vec<&[Neighbor]> = ranked.iter().map(|(members, _)| members.as_slice()).collect();
        let described = described(self.setting, &self.prompts.describe, &self.purse, &self.vectors, &members)?;
        let named: Vec<Named<'_>> = ranked
            .into_iter()
            .zip(&described)
            .map(|((members, others), described)| Named { candidate: &described.candidate, members, others })
            .collect();
        let mut clusters = explained(self.setting, &named, &placements, None)?;
        for (cluster, described) in clusters.iter_mut().zip(&described) {
            cluster.by = described.by;
        }
        self.note(&described);
        let trust = self.trust();
        Ok(Outcome {
            clusters,
            placements,
            k_choice: self.k_choice,
            trust: Some(trust),
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

    /// The verdict on triplets and pairs: answers that change with the order as often as coins do tell nothing.
    fn trust(&self) -> Trust {
        let triplets = self.record.perspective.triplets;
        let [same, different, torn] = self.relations.counts();
        let pairs = same + different + torn;
        let yes = (2 * same + torn) as f64 / (2 * pairs).max(1) as f64;
        let by_coin = 1.0 - 2.0 * yes * (1.0 - yes);
        let decided = triplets.agreed + triplets.torn;
        Trust::of(vec![
            counted("pairs judged alike in both orders", same + different, pairs, by_coin, LEAST),
            counted("triplets judged alike in both orders", triplets.agreed, decided, 0.5, LEAST),
        ])
    }

    fn note(&mut self, described: &[Described]) {
        self.record.asked = self.purse.spent();
        self.record.described = described.iter().filter(|described| described.by == NamedBy::Model).count();
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
