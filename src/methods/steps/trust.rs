//! Whether answers carry information about the documents: measured on what was asked anyway, never by more questions.

use super::criterion::{CriterionTest, Tested};
use super::information::CLEAR;
use crate::cluster::{ExactIndex, NeighborIndex};
use crate::message;
use crate::message::Message;
use crate::methods::{By, Measure, Placement, Setting, Trust};
use crate::seed::{generator, shuffle};
use crate::spread::Share;
use crate::spread::features::{Space, spaces};
use crate::vectors::Embeddings;

/// The largest number of standard errors that is told.
const FAR: f64 = 99.0;
/// Chance above which answers are so much alike that nothing can be compared.
pub const ALIKE: f64 = 0.9;
/// Documents from which a comparison speaks against the answers.
pub const ENOUGH: usize = 40;
/// A probability below which something is not taken for chance.
const UNLIKELY: f64 = 0.02;
/// Documents compared at most.
const MOST: usize = 2_000;
/// Neighbors that a document is compared with.
const NEIGHBORS: usize = 7;
/// How often answers are dealt at random to learn what chance gives.
const DEALS: usize = 100;
/// What like documents agree beyond chance at least in a real grouping, as a share of what chance leaves, in the space of features
/// that shows it best: 0.13 was the least of those measured well (docs/methods.md, "What likeness shows").
const REAL: f64 = 0.1;
/// Standard errors above what was measured up to which it may be more in truth (99.9 %).
const MARGIN: f64 = 3.0;
/// Documents that have the same answer on average, from which a document's neighbors can all be among them.
const LEAST_ALIKE: f64 = 2.0 * NEIGHBORS as f64;
/// Candidates from which one and the same answer for every document is no answer.
const SEVERAL: usize = 3;

/// Documents asked twice from which second answers speak.
pub const TWICE: usize = 12;
/// Standard errors up to which agreement is chance.
pub const BY_CHANCE: f64 = 1.0;
/// What the comparison of second answers with first ones is called.
const ANSWERED_ALIKE: &str = "asked twice, answered alike";
/// The same where a predicate was tested alone.
pub const TESTED: &str = "predicates tested alone, answered alike";
/// Standard errors by which a model agrees with itself less than its confidences let one expect, from which these are too high.
const BELOW: f64 = 3.0;

/// First and second answers on the same documents, the second in other words.
pub struct SecondAnswers {
    /// Numbers of what was chosen first and then.
    pub pairs: Vec<(usize, usize)>,
    /// How many there were to choose from.
    pub choices: usize,
    /// Whether the second ones are of tests of predicates, which ask about one statement at a time.
    pub of_tests: bool,
}

/// What second answers leave of confidences.
pub struct Bound {
    /// The verdict on the answers.
    pub trust: Trust,
    /// The most that a confidence claims.
    pub most: f64,
    /// What the user should know of it.
    pub warning: Option<Message>,
}

/// How often what was found of one document fits what was found of another.
pub fn by_chance<T>(found: &[T], fits: impl Fn(&T, &T) -> bool) -> f64 {
    let with_others = |(one, this): (usize, &T)| {
        found.iter().enumerate().filter(|(other, that)| *other != one && fits(this, that)).count()
    };
    let fitting: usize = found.iter().enumerate().map(with_others).sum();
    fitting as f64 / (found.len() * found.len().saturating_sub(1)).max(1) as f64
}

impl SecondAnswers {
    /// Verdicts on single predicates that were asked for again when they were tested; not those on predicates that were named anew.
    /// None where the test was answered with one word only: that is a word on the test, not on the verdicts.
    pub fn of_tests(tested: &[Tested]) -> SecondAnswers {
        SecondAnswers::of(tested.iter().filter_map(|tested| tested.test.as_ref()))
    }

    fn of<'t>(tests: impl Iterator<Item = &'t CriterionTest>) -> SecondAnswers {
        let (no, yes) = (0, 1);
        let all = tests.filter(|test| test.former.is_none()).flat_map(|test| {
            let members = (0..test.members).map(|number| (yes, if number < test.members_held { yes } else { no }));
            let others = (0..test.others).map(|number| (no, if number < test.others_held { yes } else { no }));
            members.chain(others).collect::<Vec<_>>()
        });
        let all: Vec<(usize, usize)> = all.collect();
        let is_one_word = all.windows(2).all(|two| two[0].1 == two[1].1);
        SecondAnswers { pairs: if is_one_word { Vec::new() } else { all }, choices: 2, of_tests: true }
    }

    fn agreed(&self) -> usize {
        self.pairs.iter().filter(|(first, second)| first == second).count()
    }

    /// Puts confidences within what they allow, and the verdict with them.
    pub fn bind(&self, trust: Trust, placements: &mut [Placement]) -> Bound {
        self.bound(self.heard(trust), placements)
    }

    /// The same with a verdict that has heard them.
    pub fn bound(&self, trust: Trust, placements: &mut [Placement]) -> Bound {
        let most = trust.most().min(self.most(placements));
        cap(placements, most);
        let warning = (trust.informative && most < 1.0).then(|| self.warning(most));
        Bound { trust, most, warning }
    }

    /// How often they are the first answer again, beside how often the first answer on one document is the second one on another;
    /// none where there are none.
    pub fn measure(&self, name: &str) -> Option<Measure> {
        let by_chance = by_chance(&self.pairs, |(first, _), (_, second)| first == second);
        (!self.pairs.is_empty()).then(|| counted(name, self.agreed(), self.pairs.len(), by_chance, TWICE))
    }

    /// A verdict that has heard them: who agrees with himself no more than by chance says nothing of the documents, however much
    /// like documents got the same answer.
    pub fn heard(&self, trust: Trust) -> Trust {
        let Some(measure) = self.measure(ANSWERED_ALIKE) else { return trust };
        let against = self.against(&measure);
        let is_open = trust.informative || self.speaks_for(&trust);
        against.into_iter().fold(with(trust, measure, is_open), Trust::against)
    }

    /// The verdict on the answers of a closed list, from which predicates were tested alone, one by one. Where like documents got
    /// the same answers, it is the predicate that fails a test; else it is the answers.
    pub fn tested(&self, trust: Trust) -> Trust {
        let Some(measure) = self.measure(TESTED) else { return trust };
        let is_borne_out = trust.measures.iter().any(|one| one.name != ANSWERED_ALIKE && one.is_clear());
        let against = self.against(&measure).filter(|_| !is_borne_out);
        let twice = trust.measures.iter().find(|one| one.name == ANSWERED_ALIKE);
        let is_open = self.speaks_for(&trust) && twice.is_none_or(Measure::is_clear);
        against.into_iter().fold(with(trust, measure, is_open), Trust::against)
    }

    /// Whether they may speak for answers of which measures alone spoke against them: that like documents have unlike answers can be
    /// the embedder's fault. Of a list asked about again they do not: who answers by something of the document that says nothing of
    /// its content, does so twice. Nor do they where likeness would have shown any real grouping: any function of the text alone is
    /// the same again, one by lot too.
    fn speaks_for(&self, trust: &Trust) -> bool {
        self.of_tests && !trust.measures.is_empty() && !trust.by_lot
    }

    /// That the model does not know its own answers, where that is what a `measure` of them says.
    pub fn against(&self, measure: &Measure) -> Option<Message> {
        let is_chance = measure.strong && measure.beyond <= BY_CHANCE;
        is_chance.then(|| {
            message!(
                "asked {count} questions once more, in other words, the model gave {agreed} of them the same answer again, and by \
                 chance {chance}%: do not use these clusters; try a larger model, or look at its answers in calls.jsonl",
                count = measure.count,
                agreed = self.agreed(),
                chance = format_args!("{:.0}", 100.0 * measure.chance)
            )
        })
    }

    /// The most that a confidence may claim: 1 unless the model agrees with itself clearly less than one expects who believes the
    /// confidences of `placements`; then what the agreement allows at most, as two answers agree no more often than both are right.
    fn most(&self, placements: &[Placement]) -> f64 {
        let by_model = |placement: &Placement| match placement {
            Placement::In(places) => places.first().filter(|place| place.by == By::Model).map(|place| place.confidence),
            _ => None,
        };
        let said: Vec<f64> = placements.iter().filter_map(by_model).collect();
        if self.pairs.len() < TWICE || said.is_empty() {
            return 1.0;
        }
        let right = said.iter().sum::<f64>() / said.len() as f64;
        let expected = right.powi(2) + (1.0 - right).powi(2) / self.choices.saturating_sub(1).max(1) as f64;
        let agreed = Share::wilson(self.agreed(), self.pairs.len());
        let is_below = agreed.estimate < expected - BELOW * luck(expected, self.pairs.len());
        if is_below { agreed.high.sqrt() } else { 1.0 }
    }

    /// That confidences were bound by it.
    fn warning(&self, most: f64) -> Message {
        message!(
            "asked {count} questions once more, in other words, the model gave only {agreed} of them the same answer again: no \
             confidence is above {most}, and shares may be off by more than is said",
            count = self.pairs.len(),
            agreed = self.agreed(),
            most = format_args!("{most:.2}")
        )
    }
}

/// A verdict with one more measure, of second answers, which decides anew where the verdict `is_open`.
fn with(trust: Trust, measure: Measure, is_open: bool) -> Trust {
    let trust = if trust.by_lot && measure.is_clear() { trust.repeated_by_lot() } else { trust };
    let measures = trust.measures.iter().cloned().chain([measure]).collect();
    if is_open { Trust::of(measures) } else { Trust { measures, ..trust } }
}

/// So many of some comparisons agreed, of which a share agrees by chance; `least` comparisons speak against the answers.
pub fn counted(name: &str, agreed: usize, count: usize, chance: f64, least: usize) -> Measure {
    let value = agreed as f64 / count.max(1) as f64;
    let error = luck(chance, count);
    Measure {
        name: name.into(),
        value,
        chance,
        count,
        beyond: if chance < 1.0 { in_errors(value - chance, error) } else { 0.0 },
        // Where full agreement would be luck too, less of it says nothing.
        strong: count >= least && chance < ALIKE && 1.0 - chance > CLEAR * error,
    }
}

/// Whether so few of `count` hardly agree where at least every other one is expected to: then even a few speak.
pub fn is_unlikely(agreed: usize, count: usize) -> bool {
    let mut ways = 1.0;
    let mut all = 0.0;
    for number in 0..=agreed.min(count) {
        all += ways;
        ways *= (count - number) as f64 / (number + 1) as f64;
    }
    all * 0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX)) < UNLIKELY
}

/// The standard error of a share of `count` that agree by chance.
fn luck(chance: f64, count: usize) -> f64 {
    (chance * (1.0 - chance) / count.max(1) as f64).sqrt()
}

/// A difference in standard errors.
fn in_errors(difference: f64, error: f64) -> f64 {
    let beyond = if difference.abs() < 1e-6 { 0.0 } else { difference / error.max(f64::MIN_POSITIVE) };
    beyond.clamp(-FAR, FAR)
}

/// For each of some documents how much is right by what is tried, and by chance.
pub fn paired(name: &str, tried: &[f64], chance: &[f64]) -> Measure {
    let count = tried.len();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count.max(1) as f64;
    let gains: Vec<f64> = tried.iter().zip(chance).map(|(tried, chance)| tried - chance).collect();
    let gain = mean(&gains);
    let spread = mean(&gains.iter().map(|one| (one - gain).powi(2)).collect::<Vec<_>>());
    let error = (spread / count.max(1) as f64).sqrt();
    Measure {
        name: name.into(),
        value: mean(tried),
        chance: mean(chance),
        count,
        beyond: in_errors(gain, error),
        // Where one answer is so frequent that being right always would be luck too, the measure says nothing against the answers.
        strong: count >= ENOUGH
            && mean(chance) < ALIKE
            && in_errors(1.0 - mean(chance), luck(mean(chance), count)) > CLEAR,
    }
}

/// That every one of `count` documents got the same answer on several candidates, which no document can have caused.
pub fn constant(count: usize, enough: usize, candidates: usize, is_constant: bool) -> Option<String> {
    let speaks = is_constant && count >= enough && candidates >= SEVERAL;
    speaks.then(|| {
        format!(
            "the model's answers carry no information about the documents: it gave the same answer for all {count} \
             that it was asked about, with {candidates} groups to choose from; do not use these clusters; try a larger \
             model"
        )
    })
}

/// The verdict on one answer for each document (n; none where there is no answer): are answers on like documents alike?
pub fn of_answers(setting: Setting<'_>, answers: &[Option<usize>], candidates: usize) -> Trust {
    let mut known: Vec<usize> = (0..answers.len()).filter(|&text| answers[text].is_some()).collect();
    let is_constant = known.windows(2).all(|two| answers[two[0]] == answers[two[1]]);
    if let Some(reason) = constant(known.len(), ENOUGH, candidates, is_constant) {
        return Trust::default().against(reason);
    }
    shuffle(&mut known, &mut generator(setting.plan.seed, "trust", &[]));
    known.truncate(MOST);
    known.sort_unstable();
    let all = setting.corpus.distinct_texts();
    let texts: Vec<&str> = known.iter().map(|&text| all[text]).collect();
    let answers: Vec<usize> = known.iter().filter_map(|&text| answers[text]).collect();
    let embeddings = setting.embeddings.select(&known);
    let spaces = std::iter::once(Space::Plain).chain(spaces(&texts, setting.plan.seed));
    let seed = setting.plan.seed;
    of_likeness(
        spaces.map(|space| by_neighbors(space.name(), &space.rows(&texts, &embeddings), &answers, seed)).collect(),
    )
}

/// The verdict by what likeness shows in several spaces. Where it does not show that the answers are informed, it may be that it
/// could not: documents are few, or answers nearly all alike. Where it could in every space, the answers are as if by lot.
fn of_likeness(compared: Vec<Likeness>) -> Trust {
    let is_by_lot = compared.iter().all(Likeness::is_by_lot);
    let trust = Trust::of(compared.into_iter().map(|one| one.measure).collect());
    Trust { by_lot: is_by_lot && !trust.informative, ..trust }
}

/// Whether verdicts on one document depend on each other, as those on groups that exclude each other do: its candidates that
/// hold (n lists) are then nearer in number than where each candidate holds by chance.
pub fn exclusive(rows: &[Vec<usize>], candidates: usize) -> Measure {
    let count = rows.len();
    let each = count.max(1) as f64;
    let mut shares = vec![0.0_f64; candidates];
    rows.iter().flatten().for_each(|&candidate| shares[candidate] += 1.0 / each);
    let (expected, by_chance) =
        (shares.iter().sum::<f64>(), shares.iter().map(|share| share * (1.0 - share)).sum::<f64>());
    let varies = rows.iter().map(|row| (row.len() as f64 - expected).powi(2)).sum::<f64>() / each;
    let value = if by_chance > 1e-9 { 1.0 - varies / by_chance } else { 0.0 };
    let beyond = in_errors(value, (2.0 / each).sqrt());
    let name = "verdicts on one document exclude each other".into();
    Measure { name, value, chance: 0.0, count, beyond, strong: false }
}

/// How often like documents got the same answer in one space.
#[derive(Debug)]
struct Likeness {
    measure: Measure,
    /// The standard error of the share where answers are dealt at random.
    error: f64,
}

impl Likeness {
    /// Whether the answers are no real grouping: what the share may be at most is below what any such grouping reaches.
    fn is_by_lot(&self) -> bool {
        let Measure { value, chance, count, strong, .. } = self.measure;
        // Where the share is below chance, that is luck: in truth it is chance.
        let at_most = value.max(chance) + MARGIN * self.error;
        strong && chance * count as f64 >= LEAST_ALIKE && at_most - chance < REAL * (1.0 - chance)
    }
}

/// How often a document and one of its nearest neighbors got the same answer, beside how often they do when the same answers are
/// dealt to the documents at random.
fn by_neighbors(name: &str, rows: &Embeddings, answers: &[usize], seed: u64) -> Likeness {
    let near = if rows.is_empty() { Vec::new() } else { ExactIndex::new(rows).neighborhoods(NEIGHBORS).of };
    let pairs: Vec<(usize, usize)> =
        near.iter().enumerate().flat_map(|(one, near)| near.iter().map(move |other| (one, other.index))).collect();
    let alike = |answers: &[usize]| {
        let count = pairs.iter().filter(|&&(one, other)| answers[one] == answers[other]).count();
        count as f64 / pairs.len().max(1) as f64
    };
    let (value, mut dealt) = (alike(answers), answers.to_vec());
    let mut generator = generator(seed, "dealt", &[]);
    let by_chance: Vec<f64> = (0..DEALS)
        .map(|_| {
            shuffle(&mut dealt, &mut generator);
            alike(&dealt)
        })
        .collect();
    let chance = by_chance.iter().sum::<f64>() / DEALS as f64;
    let error = (by_chance.iter().map(|one| (one - chance).powi(2)).sum::<f64>() / DEALS as f64).sqrt();
    let name = format!("like documents ({name}) got the same answer");
    let (count, strong) = (answers.len(), answers.len() >= ENOUGH && chance < ALIKE);
    let measure = Measure { name, value, chance, count, beyond: in_errors(value - chance, error), strong };
    Likeness { measure, error }
}

/// Confidences that claim no more than `most`.
pub fn cap<'p>(placements: impl IntoIterator<Item = &'p mut Placement>, most: f64) {
    placements.into_iter().for_each(|placement| placement.cap(most));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::Place;

    #[test]
    fn chance_is_not_clear_and_more_than_chance_is() {
        let counted = |agreed| counted("alike", agreed, 50, 0.25, 12);
        assert!(!counted(14).is_clear() && counted(14).strong && counted(30).is_clear());
        assert!(!super::counted("alike", 50, 50, 1.0, 12).is_clear());
        let largest = vec![0.3; 60];
        assert!(!paired("held out", &vec![0.3; 60], &largest).is_clear());
        let often: Vec<f64> = (0..60).map(|one| f64::from(u8::from(one % 3 > 0))).collect();
        assert!(paired("held out", &often, &largest).is_clear());
    }

    #[test]
    fn one_answer_for_all_documents_is_none_where_there_was_a_choice() {
        let said = |count, candidates, is_constant| constant(count, ENOUGH, candidates, is_constant).is_some();
        assert!(said(60, 4, true));
        assert!(!said(60, 4, false) && !said(60, 1, true) && !said(9, 4, true));
    }

    #[test]
    fn answers_that_like_documents_share_are_clear_and_blind_ones_are_not() {
        let rows: Vec<f32> = (0..90_u16)
            .flat_map(|n| {
                let angle = f32::from(n % 3) * 2.0 + f32::from(n) * 0.001;
                [angle.cos(), angle.sin()]
            })
            .collect();
        let rows = Embeddings::new(rows, 2);
        let honest: Vec<usize> = (0..90).map(|n| n % 3).collect();
        let likeness = |answers: &[usize]| by_neighbors("x", &rows, answers, 0);
        assert!(likeness(&honest).measure.is_clear() && !likeness(&honest).is_by_lot());
        let mut blind = honest.clone();
        shuffle(&mut blind, &mut generator(1, "blind", &[]));
        let measure = likeness(&blind).measure;
        assert!(!measure.is_clear() && measure.strong, "{measure:?}");
        let nothing = by_neighbors("x", &Embeddings::new(vec![], 2), &[], 0);
        assert!(!nothing.measure.strong && !nothing.is_by_lot());
    }

    /// What likeness shows of `n` documents on a circle that get one of four answers: by where they are, or by lot.
    fn dealt(n: u16, is_by_lot: bool) -> Trust {
        let angle = |one: u16| f32::from(one) / f32::from(n) * std::f32::consts::TAU;
        let rows = Embeddings::new((0..n).flat_map(|one| [angle(one).cos(), angle(one).sin()]).collect(), 2);
        let mut answers: Vec<usize> = (0..n).map(|one| usize::from(4 * one / n)).collect();
        if is_by_lot {
            shuffle(&mut answers, &mut generator(1, "blind", &[]));
        }
        of_likeness(vec![by_neighbors("x", &rows, &answers, 0)])
    }

    #[test]
    fn answers_by_lot_stay_so_when_they_are_repeated_where_likeness_would_have_shown_any_grouping() {
        let tests = SecondAnswers { pairs: (0..64).map(|n| (n % 2, n % 2)).collect(), choices: 2, of_tests: true };
        let lists = SecondAnswers { of_tests: false, pairs: (0..32).map(|n| (n % 4, n % 4)).collect(), choices: 5 };
        let many = || dealt(1_000, true);
        assert!(many().by_lot && !dealt(1_000, false).by_lot && !dealt(40, true).by_lot);
        for heard in [tests.heard(many()), tests.tested(many()), tests.tested(lists.heard(many()))] {
            assert!(!heard.informative && heard.most() < 0.35, "{heard:?}");
            let reason = heard.reason.unwrap().to_string();
            assert!(
                reason.starts_with("the model repeats its answers, but like documents got unlike ones"),
                "{reason}"
            );
        }
        let few = dealt(40, true);
        assert!(!few.informative && tests.heard(few).informative, "too few to tell: the embedder may not see it");
        assert!(tests.heard(dealt(1_000, false)).informative);
        let coins = SecondAnswers { pairs: (0..64).map(|n| (n % 2, n / 2 % 2)).collect(), choices: 2, of_tests: true };
        assert!(coins.heard(many()).reason.unwrap().to_string().contains("carry no information"));
    }

    #[test]
    fn verdicts_that_exclude_each_other_are_told_from_coins() {
        let exclusive_rows: Vec<Vec<usize>> = (0..60).map(|n| vec![n % 3]).collect();
        assert!(exclusive(&exclusive_rows, 3).is_clear());
        let coins: Vec<Vec<usize>> = (0..64).map(|n| (0..3).filter(|bit| n >> bit & 1 == 1).collect()).collect();
        assert!(!exclusive(&coins, 3).is_clear());
        assert!(!exclusive(&[], 3).is_clear() && !exclusive(&vec![vec![]; 9], 3).is_clear());
    }

    #[test]
    fn who_contradicts_himself_is_not_believed() {
        let of = |agreed: usize| SecondAnswers {
            pairs: (0..32).map(|n| (n % 4, if n < agreed { n % 4 } else { (n + 1) % 4 })).collect(),
            choices: 5,
            of_tests: false,
        };
        let clear = || Trust::of(vec![Measure { beyond: 9.0, ..counted("like documents", 90, 100, 0.3, 12) }]);
        let told = |agreed| of(agreed).heard(clear());
        assert!(
            !told(3).informative && !told(8).informative && told(3).reason.unwrap().to_string().contains("3 of them")
        );
        assert!(told(16).informative && told(32).informative);
        assert!(!of(32).heard(Trust::default().against("constant")).informative, "what spoke against it goes on to");
        assert_eq!(told(32).measures.len(), 2);
        let unlike = Trust::of(vec![counted("like documents", 31, 100, 0.3, 12)]);
        assert!(!of(32).heard(unlike).informative, "it may answer by what says nothing of the content");
        let placements = vec![Placement::In(vec![Place::new(0, By::Model, 0.95)]); 50];
        assert_eq!(of(31).most(&placements), 1.0);
        let most = of(16).most(&placements);
        assert!((0.8..0.85).contains(&most), "{most}");
        let unsure = vec![Placement::In(vec![Place::new(0, By::Model, 0.7)]); 50];
        assert_eq!(of(16).most(&unsure), 1.0, "so much disagreement is what they say");
        let test = |held, others_held| CriterionTest {
            members: 8,
            members_held: held,
            others: 8,
            others_held,
            ..CriterionTest::default()
        };
        let agreed = |tests: &[CriterionTest]| SecondAnswers::of(tests.iter()).agreed();
        assert_eq!((agreed(&[test(7, 1)]), agreed(&[test(4, 4)]), agreed(&[test(8, 8)])), (14, 8, 0));
    }

    #[test]
    fn tests_of_predicates_speak_against_answers_that_nothing_else_bears_out() {
        let tests = |held| SecondAnswers {
            pairs: (0..64).map(|n| (n % 2, if n < held { n % 2 } else { 1 - n % 2 })).collect(),
            choices: 2,
            of_tests: true,
        };
        let twice = || counted(ANSWERED_ALIKE, 32, 32, 0.3, 12);
        let like = |beyond| Measure { beyond, ..counted("like documents", 90, 100, 0.3, 12) };
        let told = |measures, held| tests(held).tested(Trust::of(measures)).informative;
        assert!(!told(vec![twice()], 32), "who agrees with himself may still not know what he says");
        assert!(told(vec![twice()], 60));
        assert!(told(vec![twice(), like(9.0)], 32), "then the predicates are at fault");
        assert!(!told(vec![twice(), like(1.0)], 32));
        assert!(
            tests(0).measure(TESTED).is_some() && SecondAnswers { pairs: vec![], ..tests(0) }.measure("x").is_none()
        );
        let unlike = || Trust::of(vec![counted("like documents", 31, 100, 0.3, 12)]);
        assert!(!unlike().informative && !tests(32).tested(unlike()).informative);
        assert!(tests(60).tested(unlike()).informative, "the embedder may not see what the model sees");
        assert!(!tests(60).tested(Trust::default().against("constant")).informative);
    }

    #[test]
    fn a_capped_confidence_claims_no_more() {
        let mut placements = [Placement::In(vec![Place::new(0, By::Model, 0.9)]), Placement::Uncovered("none".into())];
        cap(&mut placements, 0.25);
        assert_eq!(placements[0], Placement::In(vec![Place::new(0, By::Model, 0.25)]));
    }
}
