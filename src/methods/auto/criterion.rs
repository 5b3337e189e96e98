//! The criterion test of `auto`: which documents each predicate is tested on, and the questions that are kept for it.

use super::findings::Findings;
use super::judgments::Judgments;
use super::place::Placed;
use super::session::Session;
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::methods::steps::criterion::{CriterionRecord, Examiner, Pool, Subject, Tested, kept, reserved};
use crate::methods::steps::explain::ranked;
use crate::methods::{By, Placement};
use crate::stages::soft_label::Choice;

impl Judgments {
    /// Questions that are kept for the test.
    pub(super) fn kept_for_test(&self, session: &Session<'_>) -> usize {
        let (wanted, questions) = (session.setting.wanted().test_size, session.questions());
        let expected = session.setting.wanted().k.map_or(self.candidates.len(), |k| k.min(self.candidates.len()));
        kept(wanted, expected, questions)
    }
}

impl Findings<'_, '_> {
    /// Tests the predicates of the clusters, in their order.
    pub(super) fn test(self, placed: &Placed) -> Result<(Vec<Tested>, CriterionRecord), Error> {
        let session = self.session;
        let subjects: Vec<Subject> = (0..placed.order.len()).map(|cluster| self.subject(placed, cluster)).collect();
        let wanted = session.setting.wanted().test_size;
        let examiner = Examiner {
            setting: session.setting,
            prompts: session.prompts,
            answerer: &session.budget,
            shown: &session.shown.borrow(),
            questions: session.budget.left().min(reserved(wanted, subjects.len(), session.questions())),
        };
        examiner.test(subjects)
    }

    /// A cluster with the documents that its predicate may be tested on. A document that the model put into it and that is not
    /// believed to belong is on neither side.
    fn subject(self, placed: &Placed, cluster: usize) -> Subject {
        let class = placed.order[cluster];
        let candidate = self.spread.selection.classes.candidates[class];
        let mut pool = Pool::default();
        let mut others: [Vec<Neighbor>; 2] = Default::default();
        for (text, placement) in placed.placements.iter().enumerate() {
            let place = match placement {
                Placement::In(places) => places.iter().find(|place| place.cluster == cluster),
                Placement::Uncovered(_) => None,
                Placement::Failed(_) => continue,
            };
            let held = self.judgments.answers.of(text);
            let is_said =
                held.is_some_and(|held| self.judgments.said(held).any(|said| said == Choice::Candidate(candidate)));
            match place {
                Some(place) => pool.members[usize::from(place.by != By::Model)].push(text),
                None if is_said => {}
                None => {
                    let similarity = self.spread.logs[(text, class)];
                    others[usize::from(held.is_none())].push(Neighbor { index: text, similarity });
                }
            }
        }
        pool.others = others.map(|others| ranked(others).into_iter().map(|neighbor| neighbor.index).collect());
        let candidate = self.judgments.candidates.list[candidate].clone();
        Subject { is_renamable: !self.session.setting.is_given(&candidate), candidate, pool }
    }
}
