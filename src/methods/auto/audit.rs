//! The audit: some documents that were only inferred are judged after all.

use super::classes::Classes;
use super::judgments::Judgments;
use super::place::Placed;
use super::session::Session;
use crate::error::Error;
use crate::methods::{Audit, Placement};
use crate::model::StageName;
use crate::seed::{generator, shuffle};
use crate::spread::Share;
use crate::stages::core::Judgement;
use crate::stages::soft_label::SoftLabel;

/// One audited document: the classes that the model named, the last one standing for none of the selected, and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Audited {
    /// Which of n texts it is.
    pub document: usize,
    /// What the model said of it.
    pub held: SoftLabel,
    /// The classes that this names.
    pub said: Vec<usize>,
    /// The class that the spread had put it into.
    pub placed: usize,
}

impl Audited {
    /// Whether what was said fits a place; `none` is the class of no selected candidate.
    pub fn agrees(&self, placed: usize, none: usize) -> bool {
        if placed == none { self.said.iter().all(|&said| said == none) } else { self.said.contains(&placed) }
    }
}

impl Judgments {
    /// Random spread documents are judged: how often does the model agree? Returns what it said of each.
    pub(super) fn audit(
        &mut self,
        session: &Session<'_>,
        classes: &Classes,
        placed: &Placed,
    ) -> Result<Vec<Audited>, Error> {
        let mut documents = self.answers.unasked();
        shuffle(&mut documents, &mut generator(session.seed(), "audit", &[]));
        documents.truncate(session.setting.wanted().audit.min(self.documents_for(session.budget.left())));
        let most = if self.is_in_shares() { 1 } else { usize::MAX };
        let mut audited = Vec::new();
        for (&document, judgement) in
            documents.iter().zip(self.judgements(session, &documents, StageName::Audit, false)?)
        {
            let Judgement::Held(held) = judgement else { continue };
            let placed = match &placed.placements[document] {
                Placement::In(places) => placed.order[places[0].cluster],
                _ => classes.none(),
            };
            let said = held.choices().take(most).map(|choice| classes.of_choice(choice)).collect();
            audited.push(Audited { document, held, said, placed });
        }
        Ok(audited)
    }
}

/// How often the model agreed with the places of audited documents; nothing where there are none.
pub(super) fn agreement(audited: &[Audited], classes: &Classes) -> Option<Audit> {
    let (asked, none) = (audited.len(), classes.none());
    let agreed = audited.iter().filter(|one| one.agrees(one.placed, none)).count();
    (asked > 0).then(|| Audit { asked, agreed, agreement: Share::wilson(agreed, asked) })
}
