//! The verdict on the answers of a core: asked twice, held out, and audited.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, Axis};

use super::audit::{Audited, agreement};
use super::findings::Findings;
use super::learn::Learned;
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::steps::trust::{
    ALIKE, BY_CHANCE, ENOUGH, SecondAnswers, TESTED, TWICE, by_chance, constant, counted, is_unlikely, paired,
};
use crate::methods::{Audit, Measure, Trust};
use crate::plan::Ask;
use crate::spread::THIN;
use crate::stages::soft_label::{Choice, SoftLabel};
use crate::vectors::argmax;

/// What the comparison with answers on other documents is called.
const HELD_OUT: &str = "held out, predicted";
/// What the comparison with places that were inferred is called.
const AUDIT: &str = "audit, agreed";
/// Audited documents from which they do.
const AUDITED: usize = 20;
/// The part of what the model agrees with itself in, that it must agree in with what was inferred.
const HALF: f64 = 0.5;
/// Where less of the letters hangs on the document, they say nothing of it.
const SILENT: f64 = 0.02;
/// Standard errors beyond chance from which answers are foretold by others.
const FORETOLD: f64 = 2.0;
/// Standard errors beyond chance that show information: answers by lot reached 2.2 at most in seventeen runs.
const CLEAR: f64 = 3.0;
/// Share of the documents above which it matters most how well they are inferred.
const INFERRED: f64 = 0.5;

/// What an answer names, in whatever order.
fn named(held: &SoftLabel) -> BTreeSet<Choice> {
    held.choices().collect()
}

/// How often what was said of one document fits the place of another.
fn fitting(audited: &[Audited], none: usize) -> f64 {
    by_chance(audited, |said, other| said.agrees(other.placed, none))
}

/// Whether the answers on other documents predict an answer better than saying always the most frequent one.
fn predicted(learned: &Learned) -> Option<Measure> {
    let (asked, answers, logs) = (&learned.soft_labels.asked, &learned.first_answers, &learned.foretold);
    let mut sums = vec![0.0_f64; asked.classes()];
    answers.rows().into_iter().for_each(|row| {
        sums.iter_mut().zip(row).for_each(|(sum, &share)| *sum += f64::from(share));
    });
    let largest = (0..sums.len()).max_by(|&a, &b| sums[a].total_cmp(&sums[b]))?;
    let members: Vec<usize> = (0..asked.len()).filter(|&member| !asked.escalated[member]).collect();
    let share = |member: usize, class: usize| f64::from(answers[(member, class)]);
    let tried: Vec<f64> = members.iter().map(|&member| share(member, argmax(logs.row(member)))).collect();
    let always: Vec<f64> = members.iter().map(|&member| share(member, largest)).collect();
    let measure = paired(HELD_OUT, &tried, &always);
    // Of few answers a class no classifier learns enough to speak against them. Those of the most frequent class do not count: where
    // most documents are rightly of no group, many answers still say little of each group.
    let a_class = others_a_class(&answers.select(Axis(0), &members), largest);
    Some(Measure { strong: measure.strong && a_class >= THIN, ..measure })
}

/// Of answers (c×m shares) that most often are of the class `largest`: how many each of the others has on average.
fn others_a_class(answers: &Array2<f32>, largest: usize) -> f64 {
    let sums = answers.sum_axis(Axis(0));
    let others = |count: &dyn Fn(f32) -> f64| {
        let others = (0..sums.len()).filter(|&class| class != largest);
        others.map(|class| count(sums[class])).sum::<f64>()
    };
    others(&f64::from) / others(&|sum| f64::from(u8::from(sum > 0.0))).max(1.0)
}

/// Documents that no answer is about, in shares of all documents.
#[derive(Debug, Clone, Copy)]
struct NotJudged {
    /// All of them.
    all: f64,
    /// Those that were put into a group all the same.
    put: f64,
}

impl NotJudged {
    /// Whether most documents were put into groups by a spread that predicts nothing.
    fn is_guess(self, held_out: &Measure) -> bool {
        held_out.strong && held_out.value <= held_out.chance && self.put > INFERRED
    }

    /// Whether most documents were not judged, and a spread that predicts nothing left most of these without a group.
    fn is_left_open(self, held_out: &Measure) -> bool {
        held_out.value <= held_out.chance && self.all > INFERRED && self.put < self.all / 2.0
    }
}

impl Findings<'_, '_> {
    /// The verdict on the answers.
    ///
    /// # Errors
    /// When nothing can be learned from the answers.
    pub(super) fn trust(self, audited: &[Audited], tests: &SecondAnswers) -> Result<Trust, Error> {
        let mut foretold = predicted(&self.spread.learned);
        // Where hardly any answer is of a group that was selected, there is nothing left to foretell: what the answers named before
        // is compared.
        if foretold.as_ref().is_none_or(|one| one.chance >= ALIKE) {
            let whole = self.judgments.learn_so_far(self.session, &self.session.sample.everywhere())?;
            foretold = predicted(&whole);
        }
        let is_foretold = foretold.as_ref().is_some_and(|one| one.beyond > FORETOLD);
        let tested = tests.measure(TESTED);
        let untrue = tested.as_ref().and_then(|tested| tests.against(tested)).filter(|_| !self.is_borne_out(&foretold));
        let measures = [self.twice_alike(is_foretold), foretold, self.audited(audited), tested];
        let trust = Trust::beyond(measures.into_iter().flatten().collect(), CLEAR);
        let reasons = [
            self.same_answer().map(Message::from),
            self.none_borne_out(),
            self.contradicted(audited),
            self.guessed(&trust),
            self.agrees_by_chance(&trust),
            untrue,
        ];
        Ok(reasons.into_iter().flatten().fold(trust, Trust::against))
    }

    /// Whether the answers on other documents foretell answers, so that it is the predicates that fail their tests. Where each
    /// document has a list of its own, of what is like it, any answer is foretold in part.
    fn is_borne_out(self, foretold: &Option<Measure>) -> bool {
        self.judgments.lists_are_whole() && foretold.as_ref().is_some_and(|one| one.beyond > CLEAR)
    }

    /// Whether documents asked twice, the list in another order, got the same group. By chance it is any of them; where other
    /// answers do not foretell an answer, each as often as the model names it anyhow: who has a favorite agrees with himself about
    /// anything.
    fn twice_alike(self, is_foretold: bool) -> Option<Measure> {
        let Findings { judgments, .. } = self;
        let form = judgments.form.as_ref().filter(|form| form.form != "letter" && form.form != "pair");
        let (agreed, asked) = match (judgments.retest, form) {
            (Some(retest), _) => (retest.agreed, retest.asked),
            (None, Some(form)) => (form.alike, form.asked),
            (None, None) => return None,
        };
        let among = judgments.retest.map_or(judgments.candidates.len(), |retest| retest.among);
        let favored = if is_foretold { 0.0 } else { self.favored() };
        let chance = (1.0 / among.max(1) as f64).max(favored);
        let least = if is_unlikely(agreed, asked) { 0 } else { TWICE };
        (asked > 0).then(|| counted("asked twice, judged alike", agreed, asked, chance, least))
    }

    /// How often two judged documents have the same answer, whichever they are.
    fn favored(self) -> f64 {
        let mut counts: BTreeMap<BTreeSet<Choice>, usize> = BTreeMap::new();
        for (_, held) in self.judgments.answers.iter() {
            let said = if self.judgments.is_in_shares() { held.first().into_iter().collect() } else { named(held) };
            *counts.entry(said).or_default() += 1;
        }
        let all = counts.values().sum::<usize>().max(1) as f64;
        counts.values().map(|&count| (count as f64 / all).powi(2)).sum()
    }

    /// Whether the model agrees with the place of an audited document more than with that of another one.
    fn audited(self, audited: &[Audited]) -> Option<Measure> {
        let classes = &self.spread.selection.classes;
        let Audit { asked, agreed, .. } = agreement(audited, classes)?;
        Some(counted(AUDIT, agreed, asked, fitting(audited, classes.none()), AUDITED))
    }

    /// That all answers are one. Of candidates that are gone since, no answer named any.
    fn same_answer(self) -> Option<String> {
        let Findings { judgments, .. } = self;
        let mut answers = self.judgments.answers.iter().map(|(_, held)| held);
        let first = answers.next()?;
        let is_constant = match judgments.judge.ask {
            // Its probabilities may tell of a document what its letters do not.
            Ask::Letter | Ask::Decide => {
                judgments.judge.information().unwrap_or(0.0) < SILENT
                    && answers.all(|held| held.first() == first.first())
            }
            Ask::Pair => judgments.judge.verdicts_are_one(),
            // A document that was asked about twice has its answer twice.
            _ => answers.all(|held| named(held) == named(first)),
        };
        let listed = judgments.candidates.len() + judgments.merged;
        // The groups were named after these very documents: that none of them has any is no answer.
        let none = is_constant && first.choices().all(|choice| choice == Choice::NoneOfThese);
        constant(judgments.answers.len(), if none { ENOUGH / 2 } else { ENOUGH }, listed, is_constant)
    }

    /// That no group came out, though the model named one for most documents that it was asked about.
    fn none_borne_out(self) -> Option<Message> {
        let answers = &self.judgments.answers;
        let named = answers.iter().filter(|(_, held)| held.first().and_then(Choice::candidate).is_some()).count();
        let is_none =
            self.spread.selection.classes.none() == 0 && answers.len() >= AUDITED && 2 * named > answers.len();
        is_none.then(|| {
            message!(
                "the model named a group for {named} of {asked} documents, and its answers contradict each other so much that no \
                 group is borne out by them: try a larger model, or look at its answers in calls.jsonl",
                named,
                asked = answers.len()
            )
        })
    }

    /// That the model denies most of what was inferred, beyond what its own wavering explains.
    fn contradicted(self, audited: &[Audited]) -> Option<Message> {
        let audit = agreement(audited, &self.spread.selection.classes).filter(|audit| audit.asked >= AUDITED)?;
        let itself = 1.0 - self.judgments.error().unwrap_or(0.0);
        (audit.agreement.high < HALF * itself).then(|| {
            message!(
                "the model agrees with only {agreed} of {asked} places that were inferred from its own answers: do not use these \
                 clusters; judge more documents with {+questions N}, or try a larger model",
                agreed = audit.agreed,
                asked = audit.asked
            )
        })
    }

    /// That most documents were placed by inference, and the model agrees with such places no more than with those of other
    /// documents: what seemed to foretell its answers does not.
    fn agrees_by_chance(self, trust: &Trust) -> Option<Message> {
        let audit = trust.measures.iter().find(|one| one.name == AUDIT)?;
        let is_chance = audit.strong && audit.beyond <= BY_CHANCE && self.share_inferred() > INFERRED;
        is_chance.then(|| {
            message!(
                "the model agrees with {agreed}% of {count} places that were inferred from its own answers, and by chance with \
                 {chance}%: do not use these clusters; try a larger model",
                agreed = format_args!("{:.0}", 100.0 * audit.value),
                count = audit.count,
                chance = format_args!("{:.0}", 100.0 * audit.chance)
            )
        })
    }

    /// Share of the documents that no answer is about.
    fn share_inferred(self) -> f64 {
        1.0 - self.judgments.answers.len() as f64 / self.session.texts.len().max(1) as f64
    }

    /// The documents that no answer is about.
    fn not_judged(self) -> NotJudged {
        let Findings { session, judgments, spread } = self;
        let none = spread.selection.classes.none();
        let is_put = |text: &usize| judgments.answers.of(*text).is_none() && argmax(spread.logs.row(*text)) != none;
        let put = (0..session.texts.len()).filter(is_put).count() as f64 / session.texts.len().max(1) as f64;
        NotJudged { all: self.share_inferred(), put }
    }

    /// That most documents were not judged, and that inference leaves most of these without a group and is no better than doing so
    /// always. The answers themselves may be right.
    pub(super) fn not_inferred(self, trust: &Trust) -> Option<Message> {
        let held_out = trust.measures.iter().find(|one| one.name == HELD_OUT)?;
        (trust.informative && self.not_judged().is_left_open(held_out)).then(|| {
            message!(
                "{unjudged} of {all} documents were not judged, and the answers on others do not show where they belong (they predict \
                 {predicted}% of {count} answers, saying always the same {same}%): most of them are left without a group; ask more \
                 questions ({+questions N}), or judge every document ({+method classify})",
                unjudged = self.session.texts.len() - self.judgments.answers.len(),
                all = self.session.texts.len(),
                predicted = format_args!("{:.0}", 100.0 * held_out.value),
                count = held_out.count,
                same = format_args!("{:.0}", 100.0 * held_out.chance)
            )
        })
    }

    /// That most documents were put into groups by a spread that predicts nothing, however well the model knows its own mind.
    fn guessed(self, trust: &Trust) -> Option<Message> {
        let held_out = trust.measures.iter().find(|one| one.name == HELD_OUT)?;
        let audit_is_clear = trust.measures.iter().any(|one| one.is_clear() && one.name == AUDIT);
        (self.not_judged().is_guess(held_out) && !audit_is_clear).then(|| {
            message!(
                "what was inferred is no better than a guess: the answers on other documents predict {predicted}% of {count}, \
                 saying always the same {same}%; judge every document ({+method classify}), or take another {+embedder}",
                predicted = format_args!("{:.0}", 100.0 * held_out.value),
                count = held_out.count,
                same = format_args!("{:.0}", 100.0 * held_out.chance)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_answers_that_name_no_group_say_little_of_each_group() {
        let of = |none: usize, each: usize| {
            let classes = (0..none).map(|_| 3).chain((0..3 * each).map(|answer| answer % 3));
            let classes: Vec<usize> = classes.collect();
            Array2::from_shape_fn((classes.len(), 4), |(row, class)| f32::from(u8::from(classes[row] == class)))
        };
        assert_eq!(others_a_class(&of(90, 3), 3), 3.0);
        assert_eq!(others_a_class(&of(0, 30), 0), 30.0, "a class that nobody named needs no answers");
    }

    #[test]
    fn documents_left_without_a_group_were_not_guessed() {
        let held_out = counted(HELD_OUT, 78, 100, 0.79, 0);
        let rightly_in_none = NotJudged { all: 0.7, put: 0.01 };
        assert!(!rightly_in_none.is_guess(&held_out) && rightly_in_none.is_left_open(&held_out));
        let put = NotJudged { all: 0.7, put: 0.69 };
        assert!(put.is_guess(&held_out) && !put.is_left_open(&held_out));
        let judged = NotJudged { all: 0.1, put: 0.0 };
        assert!(!judged.is_guess(&held_out) && !judged.is_left_open(&held_out), "nothing was inferred");
        let foretold = counted(HELD_OUT, 95, 100, 0.79, 0);
        assert!(!put.is_guess(&foretold) && !rightly_in_none.is_left_open(&foretold));
    }

    #[test]
    fn a_model_that_names_everything_agrees_with_any_place() {
        let audited = |said, placed| Audited { document: 0, held: SoftLabel::none(), said, placed };
        let all = |placed| audited(vec![0, 1], placed);
        assert_eq!(fitting(&[all(0), all(1), all(0)], 2), 1.0);
        let own = |placed| audited(vec![placed], placed);
        assert!((fitting(&[own(0), own(1), own(0), own(1)], 2) - 1.0 / 3.0).abs() < 1e-9);
        assert!(own(2).agrees(2, 2) && !all(2).agrees(2, 2));
        assert_eq!(fitting(&[], 2), 0.0);
    }
}
