//! The core: which documents the model judges first, the candidates that they lack, and how sure it is of its own answers.

use super::candidates::Candidates;
use super::judgments::{Judgments, Retest};
use super::position_bias;
use super::propose::{SHOWN, name};
use super::session::Session;
use crate::cluster::{KMeans, kmeans};
use crate::error::Error;
use crate::methods::steps::proposals::Proposals;
use crate::model::StageName;
use crate::plan::Ask;
use crate::seed::{drawn, generator};
use crate::spread::THIN;

/// Documents asked a second time, in other words, at most.
const TWICE: usize = 32;
/// Share of the questions that the second askings may take: one in so many.
const TWICE_SHARE: usize = 16;
/// Documents without a group from which groups are asked for.
const UNNAMED: usize = 4;

/// Half of what is left goes to medoids; what they leave unnamed is proposed from again.
pub(super) fn judge_core(session: &Session<'_>, candidates: Candidates) -> Result<Judgments, Error> {
    let mut judgments = Judgments::new(session, candidates);
    judgments.choose_form(session)?;
    // A form that takes several questions a document must not leave the core without any.
    judgments.reserved = judgments.reserved.min(judgments.documents_for(session.budget.left() / 2));
    let affordable = judgments.affordable(session, 2).min(session.sample.texts.len());
    let mut documents = medoids(session, affordable)?;
    documents.retain(|&document| judgments.answers.of(document).is_none());
    judgments.judge(session, &documents, StageName::Core)?;
    name_the_unnamed(session, &mut judgments)?;
    Ok(judgments)
}

/// The documents nearest to the centroids of as many clusters.
fn medoids(session: &Session<'_>, count: usize) -> Result<Vec<usize>, Error> {
    let sample = &session.sample;
    if count == 0 || count >= sample.texts.len() {
        return Ok(sample.texts.iter().copied().take(count).collect());
    }
    let parameters = KMeans { starts: 1, iterations: 10, ..KMeans::new(count, session.seed()) };
    let medoids = kmeans(&sample.feature_spaces[0].embeddings, &sample.weights(), parameters)?.medoids();
    Ok(medoids.into_iter().map(|place| sample.texts[place]).collect())
}

/// Documents of the core that no candidate held for are shown together; with new candidates they are judged again.
fn name_the_unnamed(session: &Session<'_>, judgments: &mut Judgments) -> Result<(), Error> {
    let unnamed = judgments.answers.held_by_none();
    judgments.unnamed = unnamed.len() as f64 / judgments.answers.len().max(1) as f64;
    let is_full = judgments.candidates.len() >= session.most_candidates();
    if unnamed.len() < UNNAMED || session.budget.left() < 2 || is_full {
        return Ok(());
    }
    let shown = &unnamed[..unnamed.len().min(SHOWN)];
    let named = name(session, &judgments.candidates.list, shown, &mut Proposals::default())?;
    if let Some(further) = named.filter(|further| !further.is_empty()) {
        judgments.candidates.add(session, further)?;
        let affordable = judgments.affordable(session, 1);
        judgments.judge(session, &unnamed[..unnamed.len().min(affordable)], StageName::Core)?;
    }
    Ok(())
}

/// Documents whose second asking may be paid for.
pub(super) fn twice(session: &Session<'_>, judgments: &Judgments) -> usize {
    TWICE.min(judgments.documents_for(session.questions() / TWICE_SHARE))
}

/// Some documents of the core are judged twice, where answers are many enough for their error to be of use. A pair has no
/// other words to be asked in, and letters asked again must be enough to measure which of them the model prefers in that wording.
pub(super) fn retest(session: &Session<'_>, judgments: &mut Judgments) -> Result<(), Error> {
    let affordable = judgments.affordable(session, 1);
    let expected = judgments.answers.len() + affordable;
    let count = twice(session, judgments).min(affordable);
    let is_measured = judgments.retest.is_some();
    let too_few = match judgments.judge.ask {
        Ask::Pair => true,
        Ask::Letter | Ask::Decide => count < position_bias::LEAST,
        _ => false,
    };
    if is_measured || too_few || (expected as f64) < THIN * judgments.candidates.len() as f64 {
        return Ok(());
    }
    let mut random = generator(session.seed(), "again", &[]);
    let documents = drawn(judgments.answers.documents(), count, &mut random);
    let (asked, agreed) = judgments.judge_again(session, &documents)?;
    judgments.retest = Retest::of(asked, agreed, judgments.candidates.len());
    Ok(())
}
