//! What documents that are like no entry of a codebook are about: groups by wording, proposed to whoever keeps the codebook.

use crate::cluster::{KMeans, Neighbor, kmeans};
use crate::error::Error;
use crate::methods::ProposalRecord;
use crate::methods::steps::explain::{means, ranked};
use crate::methods::{Placement, Setting};
use crate::vectors::dot;
use crate::wording::{Keyphrases, exemplars, labels};

/// Texts for each group that is proposed at least: fewer show no group.
const EACH: usize = 4;
/// Documents that show a group.
const SHOWN: usize = 3;

/// Groups of the uncovered texts, the largest first.
///
/// # Errors
/// When the embedder cannot be run.
pub fn proposed(setting: Setting<'_>, placements: &[Placement]) -> Result<Vec<ProposalRecord>, Error> {
    let uncovered: Vec<usize> =
        (0..placements.len()).filter(|&text| matches!(placements[text], Placement::Uncovered(_))).collect();
    let k = setting.wanted().propose.min(uncovered.len() / EACH);
    if k == 0 {
        return Ok(Vec::new());
    }
    let (all, texts) = (setting.corpus.weights(), setting.corpus.distinct_texts());
    let weights: Vec<f64> = uncovered.iter().map(|&text| all[text]).collect();
    let vectors = setting.embeddings.select(&uncovered);
    let members = kmeans(&vectors, &weights, KMeans::new(k, setting.plan.seed))?.members();
    let own: Vec<&str> = uncovered.iter().map(|&text| texts[text]).collect();
    let counts = Keyphrases::count(&own, &weights, &members).readable(&own);
    let means = means(&vectors, &members);
    let wordings = labels(&counts, &means, &setting.plan.goal, setting.embedder)?;
    let record = |(group, members): (usize, &Vec<usize>)| {
        let near = |&index: &usize| Neighbor { index, similarity: dot(means.row(group), vectors.row(index)) };
        let shown = exemplars(&vectors, &ranked(members.iter().map(near).collect()), SHOWN);
        ProposalRecord {
            label: wordings[group].label.clone(),
            size: members.iter().map(|&index| weights[index]).sum::<f64>() as usize,
            keywords: wordings[group].keywords.clone(),
            exemplars: shown
                .into_iter()
                .map(|index| setting.corpus.representative(uncovered[index]).id.clone())
                .collect(),
        }
    };
    let mut proposals: Vec<ProposalRecord> = members.iter().enumerate().map(record).collect();
    proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.size));
    Ok(proposals)
}
