//! What `clusterllm` will ask.

use super::Shares;
use crate::error::Error;
use crate::methods::steps::estimate::{CANDIDATES, ONE, Prospect, Range, StageEstimate, stage};
use crate::methods::steps::perspective::CHARACTERS;
use crate::model::StageName;
use crate::stages::Stage;
use crate::stages::granularity::{Couples, Granularity};

/// `clusterllm` asks what its shares allow, unless joins or documents end first.
///
/// # Errors
/// When a prompt cannot be rendered.
pub fn estimate(about: Prospect<'_>) -> Result<Vec<StageEstimate>, Error> {
    let (Prospect { plan, texts, prompts }, questions) = (about, about.questions());
    let (goal, characters) = (&plan.goal, CHARACTERS);
    let k = plan.clustering.k.unwrap_or(CANDIDATES).min(texts.len());
    let shares = Shares::new(questions, k);
    let place = |number: usize| number % texts.len();
    let couples: Vec<[usize; 2]> = (0..shares.pairs / 2).map(|n| [n, n + 1].map(place)).collect();
    let pairs = Granularity { prompt: &prompts.granularity, stage: StageName::Verify, goal, characters };
    let pairs = pairs.ask(Couples { texts, couples: &couples })?.0;
    Ok(vec![
        about.perspective(shares.perspective / 2)?,
        stage("pairs", &pairs, Range { low: 0.1, expected: 0.6, high: 1.0 }, ONE),
        about.describe(shares.describe, ONE)?,
    ])
}
