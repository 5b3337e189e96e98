//! Fills the record of a run, once, when the run is over.

use std::collections::BTreeMap;

use super::findings::Findings;
use super::judgments::Judgments;
use super::propose::Account;
use super::record::{Audit, CoreRecord};
use super::session::Session;
use crate::methods::{CriterionRecord, PerspectiveRecord};
use crate::spread::Tried;

/// What happened before anything was judged.
pub(super) struct Before {
    pub perspective: Option<PerspectiveRecord>,
    pub account: Account,
}

/// That of a run that ended with the proposing.
pub(super) fn proposed(session: &Session<'_>, before: &Before) -> CoreRecord {
    CoreRecord {
        questions: session.questions(),
        samples: before.account.samples.clone(),
        merged: before.account.merged,
        perspective: before.perspective.clone(),
        ..CoreRecord::default()
    }
}

/// That of a run that ended with the judging.
pub(super) fn judged(session: &Session<'_>, before: &Before, judgments: &Judgments) -> CoreRecord {
    let retest = judgments.retest;
    CoreRecord {
        questions: session.questions_by_now(),
        merged: before.account.merged + judgments.merged,
        none: judgments.unnamed,
        form: judgments.form.clone(),
        asked_twice: retest.map_or(0, |retest| retest.asked),
        agreed: retest.map_or(0, |retest| retest.agreed),
        error: judgments.error(),
        ..proposed(session, before)
    }
}

/// That of a run that found clusters.
pub(super) fn clustered(
    findings: Findings<'_, '_>,
    before: &Before,
    audit: Option<Audit>,
    criterion: CriterionRecord,
    calibration_error: f64,
) -> CoreRecord {
    let Findings { session, judgments, spread } = findings;
    let (sample, validation) = (&session.sample, &spread.learned.validation);
    CoreRecord {
        asked: session.budget.spent(),
        judged: judgments.answers.len(),
        part: (!sample.is_whole()).then_some(sample.texts.len()),
        candidates: judgments.candidates.len(),
        told: findings.information(),
        denoised: spread.learned.soft_labels.is_evidence(),
        spread: validation.chosen.into(),
        tried: scores(&validation.tried),
        weights: scores(&validation.weights()),
        space: validation.space.into(),
        spaces: scores(&validation.spaces),
        probable: scores(&validation.probable),
        calibration_error,
        audit,
        criterion: criterion.if_wanted(),
        ..judged(session, before, judgments)
    }
}

fn scores(tried: &[Tried]) -> BTreeMap<String, f64> {
    tried.iter().map(|tried| (tried.name.to_owned(), tried.score)).collect()
}
