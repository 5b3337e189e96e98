//! From groups of small clusters to described clusters.

use super::Guide;
use crate::cluster::{Centering, Clustering, Neighbor, nearest_centroids};
use crate::corpus::Languages;
use crate::decision::{Centers, Confidence, Decision, Level, OwnVectors};
use crate::error::Error;
use crate::message::Message;
use crate::methods::Record;
use crate::methods::steps::described::{Described, described};
use crate::methods::steps::explain::{Named, by_mean, explained, means};
use crate::methods::steps::heaviest_first;
use crate::methods::steps::trust::counted;
use crate::methods::{NamedBy, Outcome, Trust};
use crate::spread::Adapter;

/// Pairs or triplets from which they speak against the answers.
const LEAST: usize = 16;

impl Guide<'_> {
    /// Places every document and describes the clusters; `groups` has the group of each small cluster.
    pub(super) fn finish(mut self, small: &Clustering, groups: &[usize]) -> Result<Outcome, Error> {
        let (decision, members) = self.decision(&of_groups(small, groups));
        let ranked = by_mean(&self.vectors, &members);
        let placements =
            decision.place(&self.texts, self.setting.embeddings, &OwnVectors::new(self.setting.embeddings));
        let members: Vec<&[Neighbor]> = ranked.iter().map(|(members, _)| members.as_slice()).collect();
        let described = described(self.setting, &self.prompts.describe, &self.budget, &self.vectors, &members)?;
        let named: Vec<Named> = ranked
            .into_iter()
            .zip(&described)
            .map(|((members, others), described)| Named::untested(described.candidate.clone(), members, others))
            .collect();
        let mut clusters = explained(self.setting, &named, &placements, None)?;
        for (cluster, described) in clusters.iter_mut().zip(&described) {
            cluster.by = described.by;
        }
        self.note(&described);
        let trust = self.trust();
        self.warnings.extend(Guide::without_triplets(&trust).map(Message::from));
        Ok(Outcome {
            clusters,
            placements,
            k_choice: self.k_choice,
            trust: Some(trust),
            record: Record::of(&self.record)?,
            decision: Some(decision),
            adapter: self.adapter,
            warnings: self.warnings,
            ..Outcome::default()
        })
    }

    /// Every text goes to the group whose mean is nearest, for small clusters are not pure. The decision that says so, and the texts
    /// of each cluster, the one with most documents first.
    fn decision(&self, groups: &[Vec<usize>]) -> (Decision, Vec<Vec<usize>>) {
        let centroids = means(&self.vectors, groups);
        let mut found: Vec<(usize, Vec<usize>)> = (0..groups.len()).map(|group| (group, Vec::new())).collect();
        let nearest = nearest_centroids(&self.vectors, &centroids);
        nearest.iter().enumerate().for_each(|(text, row)| found[row.label].1.push(text));
        found.retain(|(_, members)| !members.is_empty());
        found.sort_by_key(|(_, members)| members[0]);
        let (numbers, lists): (Vec<usize>, Vec<Vec<usize>>) = found.into_iter().unzip();
        let order = heaviest_first(&self.weights_of(&lists));
        let kept: Vec<usize> = order.iter().map(|&place| numbers[place]).collect();
        let members: Vec<Vec<usize>> = order.into_iter().map(|place| lists[place].clone()).collect();
        let level = Level {
            centroids: centroids.select(&kept),
            parents: Vec::new(),
            clusters: (0..kept.len()).map(Some).collect(),
            confidence: Confidence::CosineTo(means(&self.vectors, &members)),
        };
        let centers = Centers {
            adapter: self.adapter.as_ref().map(Adapter::from_rows),
            languages: Languages::default(),
            centering: Centering::from_means(None),
            levels: vec![level],
        };
        (Decision::Centers(centers), members)
    }

    /// The verdict on triplets and pairs: answers that change with the order as often as coins do tell nothing.
    fn trust(&self) -> Trust {
        let triplets = self.record.perspective.triplets;
        let [same, different, torn] = self.relations.counts();
        let pairs = same + different + torn;
        let yes = (2 * same + torn) as f64 / (2 * pairs).max(1) as f64;
        let by_coin = 1.0 - 2.0 * yes * (1.0 - yes);
        let decided = triplets.agreed + triplets.torn;
        let trust = Trust::of(vec![
            counted("pairs judged alike in both orders", same + different, pairs, by_coin, LEAST),
            counted("triplets judged alike in both orders", triplets.agreed, decided, 0.5, LEAST),
        ]);
        let silent = triplets.lost + triplets.undecided;
        let are_one = same + torn == 0 || different + torn == 0;
        if decided == 0 && silent >= LEAST && are_one && pairs > 0 {
            return trust.against(format!(
                "the model's answers carry no information about the documents: none of {silent} triplets was decided, and all {pairs} \
                 pairs got the same answer; do not use these clusters; try a larger model"
            ));
        }
        trust
    }

    /// That the triplets said nothing, where the pairs did.
    fn without_triplets(trust: &Trust) -> Option<String> {
        let triplets = trust.measures.iter().find(|one| one.name.starts_with("triplets"))?;
        let is_nothing = trust.informative && triplets.strong && !triplets.is_clear();
        is_nothing.then(|| {
            format!(
                "the triplets say nothing of the documents ({:.0}% judged alike in both orders, 50% by chance): the pairs alone \
                 guide the clusters",
                100.0 * triplets.value
            )
        })
    }

    fn note(&mut self, described: &[Described]) {
        self.record.asked = self.budget.spent();
        self.record.described = described.iter().filter(|described| described.by == NamedBy::Model).count();
        let missing = described.len() - self.record.described;
        if missing > 0 {
            let named = if missing == 1 { "cluster is named by its" } else { "clusters are named by their" };
            let why = "the questions did not reach, or there was no usable answer";
            self.warnings.push(format!("{missing} {named} words: {why}").into());
        }
        let lost = self.record.perspective.triplets.lost + self.record.pairs.lost;
        if lost > 0 {
            self.warnings.push(format!("{lost} triplets and pairs got no usable answer: they guided nothing").into());
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
