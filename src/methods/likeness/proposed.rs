//! What documents that are like no entry of a codebook are about: themes proposed to whoever keeps the codebook.

use crate::error::Error;
use crate::methods::ProposalRecord;
use crate::methods::steps::themes::{Themeless, themes};
use crate::methods::{Placement, Setting};

/// Themes of the uncovered texts, the largest first.
///
/// # Errors
/// When the embedder cannot be run.
pub fn proposed(setting: Setting<'_>, placements: &[Placement]) -> Result<Vec<ProposalRecord>, Error> {
    let uncovered: Vec<usize> =
        (0..placements.len()).filter(|&text| matches!(placements[text], Placement::Uncovered(_))).collect();
    let (weights, texts) = (setting.corpus.weights(), setting.corpus.distinct_texts());
    let of = Themeless {
        texts: &uncovered.iter().map(|&text| texts[text]).collect::<Vec<_>>(),
        weights: &uncovered.iter().map(|&text| weights[text]).collect::<Vec<_>>(),
        vectors: &setting.embeddings.select(&uncovered),
        goal: &setting.plan.goal,
        embedder: setting.embedder,
    };
    let id = |text: usize| setting.corpus.representative(uncovered[text]).id.clone();
    let themes = themes(&of, setting.wanted().propose, setting.plan.seed)?;
    Ok(themes.into_iter().map(|theme| ProposalRecord::of(theme, id)).collect())
}
