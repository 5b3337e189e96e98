//! Where candidates come from: the entries of a codebook, for a small model the groups that vectors form, and random samples until
//! nothing new is named.

use super::prior::Prior;
use super::session::Session;
use crate::cluster::{KMeans, Neighbor, kmeans};
use crate::codebook::Codebook;
use crate::error::Error;
use crate::message::Message;
use crate::methods::NamedBy;
use crate::methods::steps::described::described;
use crate::methods::steps::explain::{means, ranked};
use crate::methods::steps::likeness::{Likeness, neighborhoods};
use crate::methods::steps::proposals::Proposals;
use crate::model::Answerer;
use crate::seed::{generator, shuffle};
use crate::stages::Stage;
use crate::stages::merge::Merge;
use crate::stages::names::{Names, Sample};
use crate::stages::propose::Candidate;
use crate::text::plain;
use crate::vectors::dot;

/// Documents shown in one question; half as many after an answer of no use.
pub const SHOWN: usize = 40;
/// Documents shown to a model with a small context: it is a small model, and those lose the thread in a long sample.
const SHOWN_TO_SMALL: usize = 16;
/// Documents shown at least.
const FEWEST: usize = 8;
/// Characters of each, so that a sample fits a context of 4,096 tokens beside the answer.
pub const CHARACTERS: usize = 200;
/// Groups asked for in one question: so many for every five documents shown.
const COUNT: usize = 3;
/// Samples without a new name after which nothing more is expected.
pub const BARREN: usize = 3;
/// Samples are at most one question in so many, but never fewer than the least.
pub const SHARE: usize = 8;
/// Samples that are always allowed.
pub const LEAST: usize = 4;
/// Groups that a small model is shown, for every cluster wanted.
const GROUPS: f64 = 1.5;

/// Groups that a small model is shown where k clusters are wanted of n texts.
pub fn groups(k: usize, questions: usize, texts: usize) -> usize {
    ((k as f64 * GROUPS).ceil() as usize).min((questions / SHARE).max(LEAST)).min(texts)
}

/// Groups asked for beside so many documents.
pub fn count(shown: usize) -> usize {
    (shown * COUNT).div_ceil(5)
}

/// Candidates before anything is judged.
#[derive(Default)]
pub(super) struct Proposed {
    pub candidates: Vec<Candidate>,
    /// What is known of them before any answer.
    pub prior: Option<Prior>,
    pub account: Account,
}

/// How the proposing went.
#[derive(Default)]
pub(super) struct Account {
    /// New candidates of each sample.
    pub samples: Vec<usize>,
    /// Candidates that went because another one means the same.
    pub merged: usize,
    /// What became of the questions for groups.
    pub proposals: Proposals,
    pub warnings: Vec<Message>,
}

/// Names groups from random samples, then merges those that say the same; those that are given are all there are. A small model
/// first names the groups that the vectors form by themselves.
pub(super) fn propose(session: &Session<'_>) -> Result<Proposed, Error> {
    let wanted = session.setting.wanted();
    if let Some(codebook) = &wanted.codebook {
        let entries = of_entries(session, codebook)?;
        return if wanted.propose > 0 { with_samples(session, entries) } else { Ok(entries) };
    }
    if !session.is_model_small() {
        return merged(session, with_samples(session, Proposed::default())?);
    }
    let k = session.setting.guess()?;
    let groups = of_groups(session, k)?;
    // Whether two groups mean the same, a small model is not asked: it merges what is only related.
    if groups.candidates.len() >= k { Ok(groups) } else { with_samples(session, groups) }
}

/// The entries of a codebook are candidates from the beginning; how alike a document and each of them are is what is known before
/// any answer.
fn of_entries(session: &Session<'_>, codebook: &Codebook) -> Result<Proposed, Error> {
    let setting = session.setting;
    let near = neighborhoods(setting);
    let prior = Prior::of_entries(&Likeness::new(setting, &codebook.entries, &near)?);
    Ok(Proposed { candidates: setting.given(), prior: Some(prior), account: Account::default() })
}

/// Names the groups that the vectors form by themselves, somewhat more of them than the `k` clusters wanted. Where the model has a
/// name of its own for less than half of them, they are not what the goal asks for, and none is taken.
fn of_groups(session: &Session<'_>, k: usize) -> Result<Proposed, Error> {
    let (setting, sample) = (session.setting, &session.sample);
    let (texts, embeddings) = (&sample.texts, &sample.feature_spaces[0].embeddings);
    let count = groups(k, session.questions(), texts.len());
    let members = kmeans(embeddings, &sample.weights(), KMeans::new(count, session.seed()))?.members();
    let means = means(embeddings, &members);
    let by_mean = |(group, members): (usize, &Vec<usize>)| {
        let similarity = |place: usize| dot(means.row(group), embeddings.row(place));
        let neighbor = |&place: &usize| Neighbor { index: texts[place], similarity: similarity(place) };
        ranked(members.iter().map(neighbor).collect())
    };
    let members: Vec<Vec<Neighbor>> = members.iter().enumerate().map(by_mean).collect();
    let members: Vec<&[Neighbor]> = members.iter().map(Vec::as_slice).collect();
    let described = described(setting, &session.prompts.describe, &session.budget, setting.embeddings, &members)?;
    session.shown.borrow_mut().extend(described.iter().flat_map(|described| &described.shown));
    if 2 * described.iter().filter(|described| described.by == NamedBy::Model).count() < described.len() {
        return Ok(Proposed::default());
    }
    let (mut candidates, mut prior) = (Vec::new(), Prior::default());
    for (group, described) in described.into_iter().enumerate() {
        if described.by != NamedBy::Model || plain(&described.candidate.label).is_empty() {
            continue;
        }
        prior.add(candidates.len(), means.row(group).to_vec());
        candidates.push(described.candidate);
    }
    Ok(Proposed { candidates, prior: Some(prior), account: Account::default() })
}

/// Names further groups from random samples.
fn with_samples(session: &Session<'_>, mut proposed: Proposed) -> Result<Proposed, Error> {
    let Proposed { candidates, account, .. } = &mut proposed;
    let mut order: Vec<usize> = (0..session.texts.len()).collect();
    shuffle(&mut order, &mut generator(session.seed(), "names", &[]));
    let most = (session.questions() / SHARE).max(LEAST).min(session.budget.left());
    let mut shown = if session.is_model_small() { SHOWN_TO_SMALL } else { SHOWN };
    let (mut rest, mut barren) = (order.as_slice(), 0);
    for _ in 0..most {
        let (sample, unseen) = rest.split_at(shown.min(rest.len()));
        let named = name(session, candidates, sample, &mut account.proposals)?;
        match named {
            None if shown > FEWEST => shown = (shown / 2).max(FEWEST),
            _ => rest = unseen,
        }
        account.samples.extend(named.as_ref().map(Vec::len));
        let further = named.unwrap_or_default();
        barren = if further.is_empty() { barren + 1 } else { 0 };
        candidates.extend(further);
        let is_full = candidates.len() >= session.most_candidates();
        if (barren >= BARREN && !candidates.is_empty()) || rest.is_empty() || is_full {
            break;
        }
    }
    account.warnings.extend(account.proposals.warning("groups"));
    Ok(proposed)
}

/// Shows some documents once, and returns the candidates that are new; none where the answer was of no use.
pub(super) fn name(
    session: &Session<'_>,
    known: &[Candidate],
    documents: &[usize],
    proposals: &mut Proposals,
) -> Result<Option<Vec<Candidate>>, Error> {
    let count = count(documents.len());
    let stage = Names { prompt: &session.prompts.propose, goal: session.goal(), count, characters: CHARACTERS };
    let sample = Sample { texts: &session.texts, documents, known };
    let (questions, ()) = stage.ask(sample)?;
    session.shown.borrow_mut().extend(documents);
    let answers = session.budget.answer(questions)?;
    let mut new = stage.conclude(sample, (), &answers)?;
    answers.iter().for_each(|answer| proposals.note(answer, new.is_some()));
    if let Some(new) = &mut new {
        new.truncate(session.most_candidates().saturating_sub(known.len()));
    }
    Ok(new)
}

/// Takes out what means the same as another.
fn merged(session: &Session<'_>, mut proposed: Proposed) -> Result<Proposed, Error> {
    let Proposed { candidates, account, .. } = &mut proposed;
    if candidates.len() < 2 {
        return Ok(proposed);
    }
    let stage = Merge { prompt: &session.prompts.merge, goal: session.goal() };
    match stage.apply(candidates, &session.budget)? {
        Some(dropped) => account.merged += dropped,
        None => account.warnings.push("the question which groups mean the same got no usable answer".into()),
    }
    Ok(proposed)
}
