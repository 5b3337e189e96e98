//! The criterion test: is a predicate, seen alone, enough to tell a cluster's documents from those near by?
//!
//! For each cluster the judge is shown some of its documents and some near ones of others, one at a time, with nothing but the
//! predicate. None of these documents helped to name any cluster. A predicate that fails is named anew once, with what it got
//! wrong as contrast, and tested on other documents. What is answered here places no document.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::Setting;
use crate::model::{Answerer, Prompt, Prompts};
use crate::plan::{Ask, Plan};
use crate::seed::{generator, shuffle};
use crate::spread::Share;
use crate::stages::assign::{Calibration, Verdict, calibrate};
use crate::stages::criterion::{Claims, Criterion};
use crate::stages::propose::Candidate;
use crate::stages::rename::{Misnamed, Rename};
use crate::stages::run;

/// Share of the questions that the test may take where questions are scarce: one in so many.
const SHARE: usize = 10;
/// Documents on either side below which a test says nothing, so that none is made.
const LEAST: usize = 2;
/// A predicate fails below this share of its cluster's documents for which it holds: it says less than half of what belongs.
const RECALL: f64 = 0.5;
/// A predicate fails below this share of cluster's documents among those for which it holds. What holds for anything reaches 0.5.
const PRECISION: f64 = 0.6;
/// Near documents of other clusters among which those are drawn that are asked about, as a multiple of their number: the very
/// nearest may be misplaced themselves.
const NEAR: usize = 5;
/// Verdicts from which the judge's own boundary between Yes and No is measured.
const CALIBRATED: usize = 20;
/// Documents of the cluster, and others, that are shown when it is named anew.
const SHOWN: usize = 6;
/// Characters of each.
const CHARACTERS: usize = 300;

/// The prompts that a run tests with.
pub fn prompts<'p>(plan: &Plan, prompts: &'p Prompts) -> Vec<&'p Prompt> {
    let test = if plan.clustering.ask == Ask::Decide { &prompts.decide_each } else { &prompts.test };
    if plan.clustering.test_size == 0 { Vec::new() } else { vec![test, &prompts.rename] }
}

/// Documents that may be asked about, those first whose place the judge itself said.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// Documents of the cluster: those that were judged, and those that were inferred.
    pub members: [Vec<usize>; 2],
    /// Documents that are not of it, the nearest first: judged ones and others.
    pub others: [Vec<usize>; 2],
}

/// A cluster whose predicate is put to the test.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What it is called.
    pub candidate: Candidate,
    /// Whether the model may name it anew: a codebook's words are the user's.
    pub is_renamable: bool,
    /// Whom it is tested on.
    pub pool: Pool,
}

/// A cluster after the test.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// What it is called now.
    pub candidate: Candidate,
    /// The predicate that it had at first, where it was named anew.
    pub former: Option<String>,
    /// What came of the test; none where there was none.
    pub test: Option<CriterionTest>,
}

/// Precision and recall of one predicate, with counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CriterionTest {
    /// Documents of the cluster with an answer.
    pub members: usize,
    /// Those for which the predicate holds.
    pub members_held: usize,
    /// Near documents that are not of the cluster, with an answer.
    pub others: usize,
    /// Those for which the predicate holds all the same.
    pub others_held: usize,
    /// Questions without a usable answer: they count as neither.
    pub unanswered: usize,
    /// Of the documents for which the predicate holds, the share that is of the cluster, with its 95 % Wilson interval; near others
    /// were asked about in the same number, so it is not that of the whole corpus. None where it holds for none of them.
    pub precision: Option<Share>,
    /// Of the cluster's documents, the share for which it holds.
    pub recall: Option<Share>,
    /// Whether both reach their bounds (recall 0.5, precision 0.6); none where too few questions were answered to tell.
    pub passed: Option<bool>,
    /// The predicate that failed before and was named anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
}

/// How the test went: a part of the method's record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CriterionRecord {
    /// Documents wanted on either side.
    pub wanted: usize,
    /// Documents asked about on either side: fewer where questions were scarce, 0 where they were too few for a test.
    pub size: usize,
    /// Predicates tested.
    pub tested: usize,
    /// Predicates that failed at first.
    pub failed: usize,
    /// Of these, how many were named anew.
    pub renamed: usize,
    /// Predicates that fail in the end.
    pub failing: usize,
    /// Predicates with too few usable answers to tell whether they pass.
    #[serde(default)]
    pub untested: usize,
    /// Questions without a usable answer.
    pub unanswered: usize,
}

impl CriterionTest {
    fn of(verdicts: &[(bool, Option<bool>)]) -> CriterionTest {
        let count =
            |is_member: bool, said: Option<bool>| verdicts.iter().filter(|one| **one == (is_member, said)).count();
        let (held, denied) = (|is_member| count(is_member, Some(true)), |is_member| count(is_member, Some(false)));
        let (members_held, others_held) = (held(true), held(false));
        let (members, others) = (members_held + denied(true), others_held + denied(false));
        let all_held = members_held + others_held;
        let mut test = CriterionTest {
            members,
            members_held,
            others,
            others_held,
            unanswered: verdicts.len() - members - others,
            precision: (others > 0 && all_held > 0).then(|| Share::wilson(members_held, all_held)),
            recall: (members > 0).then(|| Share::wilson(members_held, members)),
            ..CriterionTest::default()
        };
        test.passed = (members.min(others) >= LEAST).then(|| test.is_good());
        test
    }

    fn is_good(&self) -> bool {
        let reaches = |share: Option<Share>, bound: f64| share.is_some_and(|share| share.estimate >= bound);
        reaches(self.recall, RECALL) && reaches(self.precision, PRECISION)
    }

    /// How well it tells the cluster's documents from the others: recall less the share of others for which it holds.
    fn informedness(&self) -> f64 {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        share(self.members_held, self.members) - share(self.others_held, self.others)
    }

    /// Whether the predicate failed.
    pub fn has_failed(&self) -> bool {
        self.passed == Some(false)
    }
}

impl CriterionRecord {
    /// What the user should know of it: predicates that fail, and a test that was wanted and not made.
    pub fn warnings(&self, setting: Setting<'_>, tested: &[Tested]) -> Vec<Message> {
        let failing: Vec<String> = tested
            .iter()
            .filter(|tested| tested.test.as_ref().is_some_and(CriterionTest::has_failed))
            .map(|tested| format!("“{}”", tested.candidate.label))
            .collect();
        let (count, of, labels) = (failing.len(), self.tested, failing.join(", "));
        let failed = (count > 0).then(|| {
            message!(
                "{count} of {of} predicates failed the criterion test, so that the sentence alone does not tell which documents \
                 belong: {labels}",
                count,
                of,
                labels
            )
        });
        let untested = (self.untested > 0).then(|| {
            message!(
                "{untested} of {of} predicates stay untested: {unanswered} questions of the criterion test got no usable answer",
                untested = self.untested,
                of,
                unanswered = self.unanswered
            )
        });
        let is_said = setting.plan.origins.get("test-size").is_some_and(|planned| planned.origin != "default");
        let left_out = (is_said && self.wanted > 0 && self.size == 0 && !tested.is_empty())
            .then(|| message!("{@test-size}: no predicate was tested, too few questions were left"));
        failed.into_iter().chain(untested).chain(left_out).collect()
    }

    /// Nothing where no test was wanted.
    pub fn if_wanted(self) -> Option<CriterionRecord> {
        (self.wanted > 0).then_some(self)
    }

    /// The same in a line of the reports; nothing where no test was wanted.
    pub fn fact(&self) -> Option<String> {
        match (self.wanted, self.size) {
            (0, _) => None,
            (_, 0) => Some("left out: too few questions were left".into()),
            _ if self.tested == 0 => Some("left out: every document helped to name the clusters".into()),
            (wanted, size) => {
                let fewer =
                    if size < wanted { format!(" ({wanted} wanted: questions were scarce)") } else { String::new() };
                let renamed = match self.failed {
                    0 => String::new(),
                    failed => format!("; {failed} failed at first, of which {} were named anew", self.renamed),
                };
                let untested = match self.untested {
                    0 => String::new(),
                    untested => format!(", {untested} have too few usable answers to tell"),
                };
                Some(format!(
                    "{} predicates, each on {size} documents of its cluster and {size} near ones of others{fewer}{renamed}; {} fail{untested}",
                    self.tested, self.failing
                ))
            }
        }
    }
}

/// Questions that are kept for the test while it is not known yet how many of the candidates become clusters. Where a test of all
/// would not pay, as many are reckoned with as a test pays for, unless that is less than half of them.
pub fn kept(wanted: usize, candidates: usize, questions: usize) -> usize {
    let most = questions / SHARE / (2 * LEAST);
    if candidates > 2 * most { 0 } else { reserved(wanted, candidates.min(most), questions) }
}

/// Questions that the test of so many clusters may take out of `questions`, with a renaming for each fourth; none where that would
/// not pay for a test.
pub fn reserved(wanted: usize, clusters: usize, questions: usize) -> usize {
    let share = questions / SHARE;
    let whole = 2 * wanted * clusters;
    let reserved = share.min(whole + whole.div_ceil(4));
    if size(wanted, clusters, share) == 0 { 0 } else { reserved }
}

/// Documents on either side that so many questions pay for; none where they are too few for a test.
pub fn size(wanted: usize, clusters: usize, questions: usize) -> usize {
    let affordable = wanted.min(questions / (2 * clusters.max(1)));
    if affordable < LEAST.min(wanted) { 0 } else { affordable }
}

/// Tests predicates.
#[derive(Clone, Copy)]
pub struct Examiner<'a> {
    /// What is clustered.
    pub setting: Setting<'a>,
    /// Its prompts.
    pub prompts: &'a Prompts,
    /// Who judges, and who names anew.
    pub answerer: &'a dyn Answerer,
    /// Documents that helped to name a cluster.
    pub shown: &'a BTreeSet<usize>,
    /// Questions that may be asked.
    pub questions: usize,
}

/// What is asked about one cluster: text, and whether it is of the cluster.
type Drawn = Vec<(usize, bool)>;

impl Examiner<'_> {
    /// Tests each predicate, names anew those that fail, and tests these once more.
    ///
    /// # Errors
    /// Those of the answerer and of the prompts.
    pub fn test(self, subjects: Vec<Subject>) -> Result<(Vec<Tested>, CriterionRecord), Error> {
        let wanted = self.setting.wanted().test_size;
        let size = size(wanted, subjects.len(), self.questions);
        let mut record = CriterionRecord { wanted, size, ..CriterionRecord::default() };
        let untested = |subject: &Subject| Tested { candidate: subject.candidate.clone(), former: None, test: None };
        let mut tested: Vec<Tested> = subjects.iter().map(untested).collect();
        if size == 0 || subjects.is_empty() {
            return Ok((tested, record));
        }
        let drawn: Vec<Drawn> =
            (0..subjects.len()).map(|place| self.draw(&subjects, place, size, &BTreeSet::new())).collect();
        let predicates: Vec<&str> = subjects.iter().map(|subject| subject.candidate.predicate.as_str()).collect();
        let verdicts = self.ask(&predicates, &drawn)?;
        let calibration = boundary(verdicts.iter().flatten());
        for (place, tested) in tested.iter_mut().enumerate() {
            tested.test = tally(&drawn[place], &verdicts[place], calibration);
        }
        let has_failed = |tested: &Tested| tested.test.as_ref().is_some_and(CriterionTest::has_failed);
        let failed: Vec<usize> = (0..tested.len()).filter(|&place| has_failed(&tested[place])).collect();
        record.failed = failed.len();
        let spent = drawn.iter().map(Vec::len).sum();
        let asked = Asked { drawn: &drawn, verdicts: &verdicts, calibration };
        record.renamed = self.rename(&subjects, &failed, &asked, self.questions.saturating_sub(spent), &mut tested)?;
        record.tested = tested.iter().filter(|tested| tested.test.is_some()).count();
        record.failing = tested.iter().filter(|tested| has_failed(tested)).count();
        record.untested = tested.iter().flat_map(|tested| &tested.test).filter(|test| test.passed.is_none()).count();
        record.unanswered = tested.iter().flat_map(|tested| &tested.test).map(|test| test.unanswered).sum();
        Ok((tested, record))
    }

    /// Names clusters anew whose predicates failed, as far as `left` questions pay for it and for another test; returns how many.
    fn rename(
        self,
        subjects: &[Subject],
        failed: &[usize],
        asked: &Asked<'_>,
        left: usize,
        tested: &mut [Tested],
    ) -> Result<usize, Error> {
        let proposes = self.setting.plan.model.proposes();
        let mut failed: Vec<usize> =
            failed.iter().copied().filter(|&place| proposes && subjects[place].is_renamable).collect();
        let wanted = self.setting.wanted().test_size;
        failed.truncate(left / (1 + 2 * LEAST));
        if failed.is_empty() {
            return Ok(0);
        }
        let size = size(wanted, failed.len(), left - failed.len());
        let texts = self.setting.corpus.distinct_texts();
        let contrasts: Vec<[Vec<usize>; 2]> =
            failed.iter().map(|&place| self.contrast(subjects, place, asked)).collect();
        let misnamed = |(&place, contrast): (&usize, &[Vec<usize>; 2])| {
            let [members, others] = contrast.each_ref().map(|shown| shown.iter().map(|&text| texts[text]).collect());
            Misnamed { former: &subjects[place].candidate, members, others }
        };
        let misnamed: Vec<Misnamed<'_>> = failed.iter().zip(&contrasts).map(misnamed).collect();
        let stage = Rename { prompt: &self.prompts.rename, goal: &self.setting.plan.goal, characters: CHARACTERS };
        let named = run(&stage, &misnamed, self.answerer)?;
        let fresh: Vec<(usize, &[Vec<usize>; 2], Candidate)> = failed
            .iter()
            .zip(&contrasts)
            .zip(named)
            .filter_map(|((&place, contrast), named)| Some((place, contrast, named?)))
            .filter(|(_, _, named)| subjects.iter().all(|subject| subject.candidate.predicate != named.predicate))
            .collect();
        let again = |(place, contrast, _): &(usize, &[Vec<usize>; 2], Candidate)| {
            let first = asked.drawn[*place].iter().map(|(text, _)| *text);
            self.draw(subjects, *place, size, &first.chain(contrast.iter().flatten().copied()).collect())
        };
        let drawn: Vec<Drawn> = fresh.iter().map(again).collect();
        let predicates: Vec<&str> = fresh.iter().map(|(_, _, named)| named.predicate.as_str()).collect();
        let verdicts = self.ask(&predicates, &drawn)?;
        let mut renamed = 0;
        for ((&(place, _, ref named), drawn), verdicts) in fresh.iter().zip(&drawn).zip(&verdicts) {
            let Some(again) = tally(drawn, verdicts, asked.calibration).filter(|test| test.passed.is_some()) else {
                continue;
            };
            let before = tested[place].test.as_ref().map_or(f64::NEG_INFINITY, CriterionTest::informedness);
            if again.informedness() <= before {
                continue;
            }
            let former = subjects[place].candidate.predicate.clone();
            renamed += 1;
            let label = new_label(tested, place, named);
            tested[place] = Tested {
                candidate: Candidate { label, predicate: named.predicate.clone() },
                former: Some(former.clone()),
                test: Some(CriterionTest { former: Some(former), ..again }),
            };
        }
        Ok(renamed)
    }

    /// What is shown of a cluster that is named anew: its documents and others, those first that the predicate got wrong.
    fn contrast(self, subjects: &[Subject], place: usize, asked: &Asked<'_>) -> [Vec<usize>; 2] {
        let side = |is_member: bool| {
            let is_wrong = |verdict: &Verdict| said(verdict, asked.calibration) == Some(!is_member);
            let pairs = asked.drawn[place].iter().zip(&asked.verdicts[place]);
            let (wrong, right): (Vec<_>, Vec<_>) =
                pairs.filter(|(drawn, _)| drawn.1 == is_member).partition(|(_, verdict)| is_wrong(verdict));
            let shown = wrong.into_iter().chain(right).map(|(drawn, _)| drawn.0).take(SHOWN);
            let mut shown: Vec<usize> = shown.collect();
            let pool = &subjects[place].pool;
            let known = if is_member { &pool.members } else { &pool.others };
            // What helped to name is shown again: it keeps other documents for the second test.
            let helped = known.iter().flatten().copied().filter(|text| self.shown.contains(text));
            let more: Vec<usize> = helped.filter(|text| !shown.contains(text)).take(SHOWN - shown.len()).collect();
            shown.extend(more);
            shown
        };
        [side(true), side(false)]
    }

    /// Documents that did not help to name a cluster, nor are among `used`: at most `size` on either side, drawn at random.
    fn draw(self, subjects: &[Subject], place: usize, size: usize, used: &BTreeSet<usize>) -> Drawn {
        let mut random = generator(self.setting.plan.seed, "test", &[place as u64, used.len() as u64]);
        let mut chosen = Vec::new();
        let pool = &subjects[place].pool;
        for (is_member, tiers) in [(true, &pool.members), (false, &pool.others)] {
            let mut side = Vec::new();
            for tier in tiers {
                let is_free = |text: &usize| !self.shown.contains(text) && !used.contains(text);
                let mut free: Vec<usize> = tier.iter().copied().filter(is_free).collect();
                if !is_member {
                    free.truncate(NEAR * size);
                }
                shuffle(&mut free, &mut random);
                side.extend(free.into_iter().take(size - side.len()));
            }
            chosen.extend(side.into_iter().map(|text| (text, is_member)));
        }
        chosen
    }

    /// The verdicts on what was drawn for each predicate; the questions about one document follow each other.
    fn ask(self, predicates: &[&str], drawn: &[Drawn]) -> Result<Vec<Vec<Verdict>>, Error> {
        let texts = self.setting.corpus.distinct_texts();
        let each = |(predicate, drawn): (usize, &Drawn)| {
            drawn.iter().enumerate().map(move |(place, &(text, _))| (text, predicate, place)).collect::<Vec<_>>()
        };
        let mut all: Vec<(usize, usize, usize)> = drawn.iter().enumerate().flat_map(each).collect();
        all.sort_unstable();
        let pairs: Vec<(usize, usize)> = all.iter().map(|&(text, predicate, _)| (text, predicate)).collect();
        let decides = self.setting.wanted().ask == Ask::Decide;
        let prompt = if decides { &self.prompts.decide_each } else { &self.prompts.test };
        let claims = Claims { texts: &texts, predicates, pairs: &pairs };
        let answers = run(&Criterion { prompt, decides }, claims, self.answerer)?;
        let mut verdicts: Vec<Vec<Verdict>> = drawn.iter().map(|drawn| vec![Verdict::NotAsked; drawn.len()]).collect();
        for ((_, predicate, place), verdict) in all.into_iter().zip(answers) {
            verdicts[predicate][place] = verdict;
        }
        Ok(verdicts)
    }
}

/// What the first test asked and got.
struct Asked<'a> {
    drawn: &'a [Drawn],
    verdicts: &'a [Vec<Verdict>],
    calibration: Calibration,
}

/// The label that came with a better predicate, unless another cluster has it.
fn new_label(tested: &[Tested], place: usize, named: &Candidate) -> String {
    let mut others = tested.iter().enumerate().filter(|(other, _)| *other != place);
    match others.any(|(_, other)| other.candidate.label.eq_ignore_ascii_case(&named.label)) {
        true => tested[place].candidate.label.clone(),
        false => named.label.clone(),
    }
}

/// Where Yes begins for this judge: small models say it too easily or too rarely whatever the predicate, which all answers together
/// show. One boundary for all predicates: one of its own would hide that a predicate holds for anything.
fn boundary<'v>(verdicts: impl Iterator<Item = &'v Verdict>) -> Calibration {
    let is_weighed = |verdict: &&Verdict| matches!(verdict, Verdict::Given { log_odds: Some(_), .. });
    let weighed: Vec<Verdict> = verdicts.filter(is_weighed).cloned().collect();
    if weighed.len() < CALIBRATED { Calibration::NONE } else { calibrate(&weighed, &vec![1.0; weighed.len()]) }
}

/// Whether the predicate holds; none where there is no usable answer.
fn said(verdict: &Verdict, calibration: Calibration) -> Option<bool> {
    match verdict {
        Verdict::Given { log_odds: Some(log_odds), .. } => Some(calibration.score(*log_odds) > 0.0),
        Verdict::Given { yes, log_odds: None } => Some(*yes),
        Verdict::Unparsed | Verdict::Failed(_) | Verdict::NotAsked => None,
    }
}

/// What the verdicts on one predicate come to; none where nothing was asked.
fn tally(drawn: &Drawn, verdicts: &[Verdict], calibration: Calibration) -> Option<CriterionTest> {
    let pairs: Vec<(bool, Option<bool>)> =
        drawn.iter().zip(verdicts).map(|(&(_, is_member), verdict)| (is_member, said(verdict, calibration))).collect();
    (!pairs.is_empty()).then(|| CriterionTest::of(&pairs))
}
