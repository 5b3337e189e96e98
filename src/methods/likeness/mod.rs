//! A codebook where no model is asked: documents go to the entry that is most alike, and those that are like none stay uncovered.

mod proposed;
mod record;
mod tell;
mod threshold;

pub use record::{LikenessRecord, ProposalRecord};

use super::procedure::{Intervals, Procedure};
use super::steps::explain::{Named, explained, foremost, ranked};
use super::steps::likeness::{Likeness, neighborhoods, neighbors};
use super::{Outcome, Placement, Record, Setting, Watch};
use crate::cluster::Neighbor;
use crate::codebook::Codebook;
use crate::decision::{self, Decision, Own, OwnVectors};
use crate::error::Error;
use crate::methods::steps::heaviest_first;
use proposed::proposed;
use threshold::Fit;

/// Likeness to a codebook as the rest of the program knows it.
pub static PROCEDURE: Procedure = Procedure {
    check: |_| Ok(()),
    prompts: |_, _| Vec::new(),
    estimate: |_| Ok(Vec::new()),
    run: |setting, _| match &setting.wanted().codebook {
        Some(codebook) => likeness(setting, codebook, Reach::Alike),
        None => Err(Error::Bug("likeness was asked for without a codebook".into())),
    },
    tell: tell::tell,
    intervals: Intervals {
        words: "95% Wilson intervals: how far a share would vary between samples of this size. No model has judged whether documents \
                are in the right cluster: how many are not is not known, and not in the intervals.",
        of_samples: true,
    },
};

/// Which documents are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those that an entry is alike enough to.
    Alike,
    /// All of them: to measure what the threshold takes and gives.
    All,
}

/// Embeddings → likeness to the entries → threshold → what the uncovered documents are about.
///
/// # Errors
/// When the embedder cannot be run.
pub fn likeness(setting: Setting<'_>, codebook: &Codebook, reach: Reach) -> Result<Outcome, Error> {
    let mut watch = Watch::default();
    let near = neighborhoods(setting);
    watch.lap("neighbors");
    let likeness = Likeness::new(setting, &codebook.entries, &near)?;
    let mut fit = Fit::new(&likeness, &near, codebook.entries.len());
    if reach == Reach::All {
        fit.least = f64::NEG_INFINITY;
    }
    let order = order(setting, &likeness, &fit, codebook.entries.len());
    let decision = Decision::Likeness(decision(setting, &likeness, &fit, &order));
    let texts = setting.corpus.distinct_texts();
    let mut placements = decision.place(&texts, setting.embeddings, &OwnVectors::new(setting.embeddings));
    watch.lap("likeness");
    let candidates = setting.given();
    let named: Vec<Named> = shown(&likeness, &placements, &order)
        .into_iter()
        .map(|(entry, members, others)| Named::untested(candidates[entry].clone(), members, others))
        .collect();
    let clusters = explained(setting, &named, &placements, None)?;
    watch.lap("explain");
    let proposals = proposed(setting, &placements)?;
    watch.lap("propose");
    let uncovered = placements.iter().filter(|one| matches!(one, Placement::Uncovered(_))).count();
    let record = LikenessRecord {
        temperature: likeness.temperature,
        least: fit.least.is_finite().then_some(fit.least),
        uncovered,
        caught: fit.caught,
        proposals,
    };
    placements.shrink_to_fit();
    Ok(Outcome {
        clusters,
        placements,
        record: Record::of(&record)?,
        decision: Some(decision),
        stages: watch.into_stages(),
        ..Outcome::default()
    })
}

/// The entry of each cluster, that of most documents first. Entries without documents come last: that there are none is worth
/// knowing.
fn order(setting: Setting<'_>, likeness: &Likeness<'_>, fit: &Fit, entries: usize) -> Vec<usize> {
    let weights = setting.corpus.weights();
    let is_covered = |text: usize| fit.of[text] >= fit.least;
    let mut sizes = vec![0.0; entries];
    (0..weights.len()).filter(|&text| is_covered(text)).for_each(|text| sizes[likeness.nearest[text]] += weights[text]);
    let mut order = heaviest_first(&sizes);
    order.extend((0..entries).filter(|&entry| sizes[entry] == 0.0));
    order
}

/// What was learned, by which this corpus and others are placed.
fn decision(setting: Setting<'_>, likeness: &Likeness<'_>, fit: &Fit, order: &[usize]) -> decision::Likeness {
    let mut clusters = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &entry)| clusters[entry] = place);
    decision::Likeness {
        mean: likeness.documents.mean.clone(),
        words: likeness.words.clone(),
        means: likeness.means.clone(),
        moments: likeness.moments(),
        temperature: likeness.temperature,
        least: fit.least,
        neighbors: neighbors(setting),
        clusters,
        own: Own::new(&setting.corpus.distinct_texts(), &setting.corpus.representatives()),
        fits: fit.of.clone(),
        best: fit.best.clone(),
    }
}

/// For each cluster its entry, its members, the most alike first, and the documents outside that come nearest.
fn shown(
    likeness: &Likeness<'_>,
    placements: &[Placement],
    order: &[usize],
) -> Vec<(usize, Vec<Neighbor>, Vec<Neighbor>)> {
    let is_in = |text: usize, cluster: usize| match &placements[text] {
        Placement::In(places) => places[0].cluster == cluster,
        _ => false,
    };
    let of = |(cluster, &entry): (usize, &usize)| {
        let cosines = &likeness.cosines(entry);
        let all = move |wanted: bool| {
            (0..placements.len())
                .filter(move |&index| is_in(index, cluster) == wanted)
                .map(move |index| Neighbor { index, similarity: cosines[index] })
        };
        (entry, ranked(all(true).collect()), foremost(all(false)))
    };
    order.iter().enumerate().map(of).collect()
}
