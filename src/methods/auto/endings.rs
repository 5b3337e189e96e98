//! The three ways in which a run ends. Nothing is asked here but the audit and the test.

use super::audit::agreement;
use super::findings::Findings;
use super::judgments::Judgments;
use super::recorded::{self, Before};
use super::session::Session;
use crate::error::Error;
use crate::message;
use crate::methods::steps::taught;
use crate::methods::steps::trust::{SecondAnswers, cap};
use crate::methods::{NOT_ASKED, Outcome, Placement, Record, SelectionRecord, Watch};
use crate::select::Cover;

/// Without a candidate there is nothing to judge.
pub(super) fn nothing_proposed(session: &Session<'_>, before: Before) -> Result<Outcome, Error> {
    let placement = before.account.proposals.nothing("group");
    let warning = match &placement {
        Placement::Uncovered(reason) => Some(message!("{reason}: every document is uncovered", reason)),
        _ => None,
    };
    let placements = vec![placement; session.texts.len()];
    Ok(Outcome {
        decision: Some(taught::decision(session.setting, &placements, None, None, 1.0)),
        placements,
        record: Record::of(&recorded::proposed(session, &before))?,
        warnings: before.account.warnings.into_iter().chain(warning).collect(),
        ..Outcome::default()
    })
}

/// Without an answer there is nothing to learn.
pub(super) fn nothing_judged(session: &Session<'_>, before: Before, judgments: &Judgments) -> Result<Outcome, Error> {
    let most = judgments.answers.most_lost().cloned().unwrap_or_else(|| NOT_ASKED.into());
    let why = |text| judgments.answers.lost(text).unwrap_or(&most).clone();
    let placements: Vec<Placement> = (0..session.texts.len()).map(|text| Placement::Failed(why(text))).collect();
    Ok(Outcome {
        decision: Some(taught::decision(session.setting, &placements, None, None, 1.0)),
        placements,
        record: Record::of(&recorded::judged(session, &before, judgments))?,
        warnings: before.account.warnings,
        ..Outcome::default()
    })
}

/// Selects candidates, spreads the answers on them to all documents, and explains the clusters.
pub(super) fn clustered(
    session: &Session<'_>,
    before: Before,
    mut judgments: Judgments,
    watch: &mut Watch,
) -> Result<Outcome, Error> {
    let selection = judgments.select(session)?;
    let (spread, ensemble) = judgments.spread(session, selection)?;
    watch.lap("spread");
    let mut placed = Findings { session, judgments: &judgments, spread: &spread }.placed();
    let audited = judgments.audit(session, &spread.selection.classes, &placed)?;
    watch.lap("audit");
    let findings = Findings { session, judgments: &judgments, spread: &spread };
    let confidence = findings.confidence(&audited);
    confidence.put_into(&mut placed.placements, &spread.logs, &placed.order);
    let weights = session.setting.corpus.weights();
    let shares = confidence.shares(&placed.placements, &spread.logs, &weights, &placed.order);
    watch.lap("confidence");
    let decision = if judgments.answers.teach() {
        let inferred = findings.inferred(ensemble, &confidence, &placed.order);
        findings.decide(inferred, &audited, &mut placed)
    } else {
        taught::decision(session.setting, &placed.placements, None, None, 1.0)
    };
    // Nothing is learned from it: documents have their places.
    let (tested, criterion) = findings.test(&placed)?;
    watch.lap("test");
    // Last: where the answers carry no information, no confidence claims more than was measured.
    let trust = findings.trust(&audited, &SecondAnswers::of_tests(&tested))?;
    let not_inferred = findings.not_inferred(&trust);
    cap(&mut placed.placements, trust.most());
    let decision = decision.at_most(trust.most());
    let failing = criterion.warnings(session.setting, &tested);
    let clusters = findings.clusters(&placed, tested, &shares)?;
    watch.lap("explain");
    let audit = agreement(&audited, &spread.selection.classes);
    let record = recorded::clustered(findings, &before, audit, criterion, confidence.calibration_error());
    let unaudited =
        (session.setting.wanted().audit > 0 && audited.is_empty() && judgments.answers.unasked().is_empty())
            .then(|| message::Message::of("no document is left to audit: all were judged"));
    let selected = spread.selection.warnings(session, &judgments);
    let warnings = [
        before.account.warnings,
        selected,
        findings.warnings(),
        failing,
        unaudited.into_iter().chain(not_inferred).collect(),
    ];
    Ok(Outcome {
        clusters,
        placements: placed.placements,
        selection: Some(selection_record(&spread.selection.cover)),
        record: Record::of(&record)?,
        decision: Some(decision),
        trust: Some(trust),
        warnings: warnings.concat(),
        ..Outcome::default()
    })
}

fn selection_record(cover: &Cover) -> SelectionRecord {
    SelectionRecord {
        status: cover.status.name().into(),
        objective: cover.objective,
        bound: cover.bound,
        gap: cover.gap,
    }
}
