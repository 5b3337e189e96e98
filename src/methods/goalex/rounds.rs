//! The rounds of propose, assign and select: candidates and verdicts gathered, the best set of them selected anew each time.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::{KMeans, kmeans};
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::steps::heaviest_first;
use crate::methods::steps::proposals::Proposals;
use crate::methods::{Placement, Setting, Watch};
use crate::methods::{RoundRecord, SelectionRecord};
use crate::model::{Answer, Answerer, Prompts};
use crate::observer::Silent;
use crate::plan::{Ask, Demanded, Plan};
use crate::select::{Constraints, Cover, Instance, Parameters, Size, select, select_within};
use crate::stages::assign::{Assign, AssignAtOnce, Calibration, Pairs, Verdict, calibrate};
use crate::stages::names::Names;
use crate::stages::propose::{Candidate, Pool, Propose};
use crate::stages::{Stage, run};
use crate::vectors::dot;

/// Questions that stand in memory at once.
const AT_A_TIME: usize = 16_384;
/// Questions that propose, a round: few beside the verdicts on any candidate, and what they name differs much.
const PROPOSE_QUESTIONS: usize = 4;
/// Documents shown in one question: what a small model's context of 4,096 tokens holds with room for its answer.
const SHOWN: usize = 16;
/// Characters of each.
const CHARACTERS: usize = 300;
/// Candidates asked for in one question.
const COUNT: usize = 10;
/// Predicates nearer than this say the same.
const SAME: f32 = 0.8;
/// Fewer uncovered documents than this end the rounds: a question about them could not name a group.
const LEAST_UNCOVERED: f64 = 4.0;

/// All that was asked and what was selected of it.
pub struct Judged {
    /// m candidates, in the order proposed.
    pub candidates: Vec<Candidate>,
    /// m×n.
    pub verdicts: Vec<Vec<Verdict>>,
    /// Indices of candidates.
    pub selected: Vec<usize>,
    /// The integer program's outcome.
    pub selection: Option<SelectionRecord>,
    /// Round by round.
    pub rounds: Vec<RoundRecord>,
    /// What the user should know.
    pub warnings: Vec<Message>,
    /// What became of the questions for groups.
    pub proposals: Proposals,
    /// Texts that the model was shown to name groups.
    pub shown: BTreeSet<usize>,
    /// Candidates that hold for more documents than one cluster may have.
    pub wide: Vec<usize>,
    calibrations: Vec<Calibration>,
    weights: Vec<f64>,
}

impl Judged {
    /// Whether the model judged the pair.
    pub fn is_given(&self, candidate: usize, text: usize) -> bool {
        matches!(self.verdicts[candidate][text], Verdict::Given { .. })
    }

    /// Whether the candidate holds: above its threshold, or by the word where there are no log-probabilities.
    pub fn holds(&self, candidate: usize, text: usize) -> bool {
        self.score(candidate, text) > 0.0
    }

    /// How clearly it holds, in units comparable between candidates; negative when it does not.
    pub fn score(&self, candidate: usize, text: usize) -> f64 {
        match self.verdicts[candidate][text] {
            Verdict::Given { log_odds: Some(log_odds), .. } => self.calibrations[candidate].score(log_odds),
            Verdict::Given { yes: true, .. } => 1.0,
            _ => -1.0,
        }
    }

    /// Probability of Yes after calibration; 1 where only the word is known.
    pub fn confidence(&self, candidate: usize, text: usize) -> f64 {
        match self.verdicts[candidate][text] {
            Verdict::Given { log_odds: Some(log_odds), .. } => {
                1.0 / (1.0 + (self.calibrations[candidate].threshold - log_odds).exp())
            }
            _ => 1.0,
        }
    }

    /// Documents that a candidate holds for.
    pub fn weight(&self, candidate: usize) -> f64 {
        (0..self.weights.len()).filter(|&text| self.holds(candidate, text)).map(|text| self.weights[text]).sum()
    }
}

/// Rounds under way.
pub struct Rounds<'a> {
    setting: Setting<'a>,
    prompts: &'a Prompts,
    answerer: &'a dyn Answerer,
    texts: Vec<&'a str>,
    strata: Vec<Vec<usize>>,
    judged: Judged,
    uncovered: Vec<bool>,
    /// n: the candidates that hold for a text that a person has placed.
    placed: Vec<Option<Vec<usize>>>,
}

impl<'a> Rounds<'a> {
    /// Strata are drawn, nothing is asked yet.
    ///
    /// # Errors
    /// Those of k-means.
    pub fn begin(setting: Setting<'a>, prompts: &'a Prompts, answerer: &'a dyn Answerer) -> Result<Rounds<'a>, Error> {
        let weights = setting.corpus.weights();
        let k = (weights.len() / 10).clamp(1, 30);
        let strata =
            kmeans(setting.embeddings, &weights, KMeans { starts: 3, ..KMeans::new(k, setting.plan.seed) })?.members();
        let uncovered = vec![true; weights.len()];
        let judged = Judged {
            candidates: Vec::new(),
            verdicts: Vec::new(),
            selected: Vec::new(),
            selection: None,
            rounds: Vec::new(),
            warnings: Vec::new(),
            proposals: Proposals::default(),
            shown: BTreeSet::new(),
            wide: Vec::new(),
            calibrations: Vec::new(),
            weights,
        };
        let (texts, placed) = (setting.corpus.distinct_texts(), placed(setting));
        Ok(Rounds { setting, prompts, answerer, texts, strata, judged, uncovered, placed })
    }

    /// One round; false when there is nothing more to do.
    ///
    /// # Errors
    /// Those of the answerer and the embedder.
    pub fn next(&mut self, watch: &mut Watch) -> Result<bool, Error> {
        let round = self.judged.rounds.len() + 1;
        if round == 1 {
            self.assign(self.demanded())?;
        }
        let wanted = self.wanted(round);
        let pool = self.pool();
        let waiting: f64 = pool.iter().flatten().map(|&text| self.judged.weights[text]).sum();
        if wanted == 0 || waiting < LEAST_UNCOVERED.min(self.texts.len() as f64) {
            if round == 1 && !self.judged.candidates.is_empty() {
                self.select()?;
            }
            return Ok(false);
        }
        let (fresh, repeated) = if self.setting.wanted().codebook.is_none() || round > 1 {
            let proposed = self.propose(round, &pool)?;
            watch.lap("propose");
            self.fresh(proposed, wanted)?
        } else {
            (self.setting.given(), 0)
        };
        let new = fresh.len();
        self.assign(fresh)?;
        watch.lap("assign");
        let mut dropped = self.select()?;
        watch.lap("select");
        dropped.insert("repeats another".into(), repeated);
        dropped.retain(|_, count| *count > 0);
        let left = |(text, uncovered): (usize, &bool)| if *uncovered { self.judged.weights[text] } else { 0.0 };
        let uncovered = self.uncovered.iter().enumerate().map(left).sum::<f64>() as usize;
        let pool = pool.iter().map(Vec::len).sum();
        self.judged.rounds.push(RoundRecord {
            round,
            pool,
            proposed: new,
            dropped,
            selected: self.judged.selected.len(),
            uncovered,
        });
        Ok(new > 0)
    }

    /// What was found.
    pub fn finish(mut self) -> Judged {
        let judged = &mut self.judged;
        judged.warnings.extend(judged.proposals.warning("groups"));
        if let (true, Placement::Uncovered(why)) = (judged.candidates.is_empty(), judged.proposals.nothing("group")) {
            judged.warnings.push(message!("{why}: every document is uncovered", why));
        }
        let demands = &self.setting.wanted().demands;
        let missing =
            demands.known.iter().enumerate().filter(|(place, known)| known.is_kept && !judged.selected.contains(place));
        let missing: Vec<String> = missing.map(|(_, known)| format!("“{}”", known.label)).collect();
        if !missing.is_empty() {
            judged.warnings.push(message!("pinned, and true of no document: {labels}", labels = missing.join(", ")));
        }
        let labels: Vec<String> =
            judged.wide.iter().map(|&wide| format!("“{}”", judged.candidates[wide].label)).collect();
        if !labels.is_empty() {
            judged.warnings.push(message!(
                "left out, for they hold for more than {share} % of the documents ({+max-share} keeps them): {labels}",
                share = format_args!("{:.0}", 100.0 * self.setting.wanted().max_share),
                labels = labels.join(", ")
            ));
        }
        self.judged
    }

    /// Clusters of an earlier run that a person wants as candidates: the first of all.
    fn demanded(&self) -> Vec<Candidate> {
        let candidate = |known: &Demanded| Candidate { label: known.label.clone(), predicate: known.predicate.clone() };
        self.setting.wanted().demands.known.iter().map(candidate).collect()
    }

    /// Candidates that this round may add: an even share of what is left.
    fn wanted(&self, round: usize) -> usize {
        let plan = self.setting.plan;
        // The entries of a codebook are judged first, in a round of their own; further groups come from what they leave.
        let (most, own_rounds) = match &plan.clustering.codebook {
            Some(codebook) if round == 1 => return codebook.entries.len(),
            Some(codebook) => (codebook.entries.len() + plan.clustering.propose, 1),
            None => (plan.clustering.candidates + plan.clustering.demands.known.len(), 0),
        };
        let left = most.saturating_sub(self.judged.candidates.len());
        let rounds = (plan.clustering.rounds + own_rounds + 1).saturating_sub(round);
        if rounds == 0 { 0 } else { left.div_ceil(rounds) }
    }

    /// The uncovered texts that no person has placed, by stratum.
    fn pool(&self) -> Vec<Vec<usize>> {
        let is_waiting = |text: &usize| self.uncovered[*text] && self.placed[*text].is_none();
        let waiting = |stratum: &Vec<usize>| stratum.iter().copied().filter(is_waiting).collect();
        self.strata.iter().map(waiting).collect()
    }

    fn propose(&mut self, round: usize, strata: &[Vec<usize>]) -> Result<Vec<Candidate>, Error> {
        let stage = propose_stage(self.setting.plan, self.prompts, round);
        let pool = Pool { texts: &self.texts, strata, known: &self.judged.candidates };
        let (questions, asked) = stage.ask(pool)?;
        self.judged.shown.extend(&asked);
        let answers = self.answerer.answer(questions)?;
        let note = |answer: &Answer| self.judged.proposals.note(answer, matches!(answer, Answer::Answered(_)));
        answers.iter().for_each(note);
        stage.conclude(pool, asked, &answers)
    }

    /// Of the candidates that do not say the same as another, the `wanted` most telling ones; and how many did say the same.
    fn fresh(&self, proposed: Vec<Candidate>, wanted: usize) -> Result<(Vec<Candidate>, usize), Error> {
        let predicate = |candidate: &'_ Candidate| candidate.predicate.clone();
        let forbidden = &self.setting.wanted().demands.forbidden;
        // What a person has dropped is not proposed again.
        let known = self.judged.candidates.len() + forbidden.len();
        let known_ones = self.judged.candidates.iter().map(predicate).chain(forbidden.iter().cloned());
        let all: Vec<String> = known_ones.chain(proposed.iter().map(predicate)).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let vectors = self.setting.embedder.embed(&all, &Silent)?.embeddings;
        let mut kept: Vec<usize> = (0..known).collect();
        for place in known..all.len() {
            if kept.iter().all(|&other| dot(vectors.row(other), vectors.row(place)) <= SAME) {
                kept.push(place);
            }
        }
        let repeated = all.len() - kept.len();
        let likeness: Vec<Vec<f32>> = kept.iter().map(|&place| self.likeness(vectors.row(place))).collect();
        let chosen = most_telling(&likeness, &self.judged.weights, known, wanted);
        let fresh = chosen.into_iter().map(|place| proposed[kept[place] - known].clone()).collect();
        Ok((fresh, repeated))
    }

    /// How much more like a predicate each text is than the texts are on average: no question is asked for it.
    fn likeness(&self, predicate: &[f32]) -> Vec<f32> {
        let likeness: Vec<f32> =
            (0..self.texts.len()).map(|text| dot(self.setting.embeddings.row(text), predicate)).collect();
        let total: f64 = self.judged.weights.iter().sum();
        let sum: f64 = likeness.iter().zip(&self.judged.weights).map(|(one, weight)| f64::from(*one) * weight).sum();
        likeness.into_iter().map(|one| one - (sum / total) as f32).collect()
    }

    /// Judges every text against the fresh candidates, some thousand questions at a time: all of them at once would fill the
    /// memory of a large corpus.
    fn assign(&mut self, fresh: Vec<Candidate>) -> Result<(), Error> {
        let decides = self.setting.wanted().ask == Ask::Decide;
        let asked: Vec<usize> = (0..self.texts.len()).filter(|&text| self.placed[text].is_none()).collect();
        let first = self.judged.candidates.len();
        let mut verdicts: Vec<Vec<Verdict>> = (first..first + fresh.len()).map(|number| self.known(number)).collect();
        for some in asked.chunks((AT_A_TIME / fresh.len().max(1)).max(1)) {
            let texts: Vec<&str> = some.iter().map(|&text| self.texts[text]).collect();
            let pairs = Pairs { texts: &texts, candidates: &fresh };
            let more = match decides {
                true => run(&AssignAtOnce { prompt: &self.prompts.decide_each }, pairs, self.answerer)?,
                false => run(&Assign { prompt: &self.prompts.assign }, pairs, self.answerer)?,
            };
            for (verdicts, more) in verdicts.iter_mut().zip(more) {
                some.iter().zip(more).for_each(|(&text, verdict)| verdicts[text] = verdict);
            }
        }
        self.judged.calibrations.extend(verdicts.iter().map(|verdicts| calibrate(verdicts, &self.judged.weights)));
        self.judged.verdicts.extend(verdicts);
        self.judged.candidates.extend(fresh);
        Ok(())
    }

    /// What a person says of a candidate and each text; nothing is known yet of the others.
    fn known(&self, candidate: usize) -> Vec<Verdict> {
        let verdict = |held: &Option<Vec<usize>>| match held {
            Some(held) => Verdict::Given { yes: held.contains(&candidate), log_odds: None },
            None => Verdict::NotAsked,
        };
        self.placed.iter().map(verdict).collect()
    }

    /// Selects among the usable candidates; says how many were dropped, by reason.
    fn select(&mut self) -> Result<BTreeMap<String, usize>, Error> {
        let judged = &self.judged;
        let total: f64 = judged.weights.iter().sum();
        // An entry of a codebook is wanted however many documents it holds for.
        let share = if self.setting.wanted().codebook.is_some() { 1.0 } else { self.setting.wanted().max_share };
        let widest = share * total;
        let all: Vec<(usize, f64)> =
            (0..judged.candidates.len()).map(|candidate| (candidate, judged.weight(candidate))).collect();
        let usable: Vec<usize> = all
            .iter()
            .filter(|(candidate, weight)| *weight > 0.0 && (*weight <= widest || self.is_kept(*candidate)))
            .map(|(candidate, _)| *candidate)
            .collect();
        let none = all.iter().filter(|(_, weight)| *weight == 0.0).count();
        let is_wide = |(candidate, weight): &&(usize, f64)| *weight > widest && !self.is_kept(*candidate);
        let wide = all.iter().filter(is_wide).map(|(candidate, _)| *candidate).collect();
        let dropped = BTreeMap::from([
            ("holds for none".into(), none),
            ("holds for too many".into(), all.len() - none - usable.len()),
        ]);
        let rows = (0..judged.weights.len())
            .map(|text| (0..usable.len()).filter(|&place| judged.holds(usable[place], text)).collect());
        let instance = Instance { rows: rows.collect(), weights: judged.weights.clone(), candidates: usable.len() };
        let cover = self.cover(&instance, &usable, total)?;
        self.judged.wide = wide;
        self.judged.selected = cover.selected.iter().map(|&place| usable[place]).collect();
        self.judged.selection = Some(SelectionRecord {
            status: cover.status.name().into(),
            objective: cover.objective,
            bound: cover.bound,
            gap: cover.gap,
        });
        let covered = |text: usize| self.judged.selected.iter().any(|&candidate| self.judged.holds(candidate, text));
        self.uncovered = (0..self.judged.weights.len()).map(|text| !covered(text)).collect();
        Ok(dropped)
    }

    /// Whether a person wants the candidate to be selected: those come first of all.
    fn is_kept(&self, candidate: usize) -> bool {
        self.setting.wanted().demands.known.get(candidate).is_some_and(|known| known.is_kept)
    }

    /// The selection, within what a person wants of it.
    fn cover(&self, instance: &Instance, usable: &[usize], total: f64) -> Result<Cover, Error> {
        let demands = &self.setting.wanted().demands;
        if demands.is_empty() {
            return select(instance, &self.parameters(usable.len(), total));
        }
        let place = |candidate: usize| usable.iter().position(|one| *one == candidate);
        let size = |candidate: usize| self.judged.weight(candidate);
        let kept: Vec<usize> = (0..demands.known.len()).filter(|one| self.is_kept(*one)).collect();
        let fits = |size: f64| {
            demands.at_least.is_none_or(|least| size >= least as f64)
                && demands.at_most.is_none_or(|most| size <= most as f64)
        };
        // What is pinned and holds for no document is no cluster, which is said at the end.
        if let Some(odd) = kept.iter().find(|one| place(**one).is_some() && !fits(size(**one))) {
            let (label, documents) = (&demands.known[*odd].label, size(*odd));
            return Err(Error::usage(format!(
                "“{label}” is pinned, and holds for {documents} documents, which the edits do not allow a cluster"
            )));
        }
        let constraints = Constraints {
            kept: kept.into_iter().filter_map(place).collect(),
            exclusive: demands
                .exclusive
                .iter()
                .filter_map(|(one, other)| Some((place(*one)?, place(*other)?)))
                .collect(),
            at_least: demands.at_least.map(|least| least as f64),
            at_most: demands.at_most.map(|most| most as f64),
            ..Constraints::default()
        };
        let allowed = (0..usable.len()).filter(|&place| fits(size(usable[place])));
        let most = compatible(allowed, &constraints);
        select_within(instance, &self.parameters(most, total), &constraints)
    }

    /// k clusters if the user says so (as many as there are, before the last round), else a penalty a cluster.
    fn parameters(&self, usable: usize, total: f64) -> Parameters {
        let penalty = self.setting.wanted().cluster_penalty * total;
        let wanted = self.setting.wanted().codebook.as_ref().map_or(self.setting.wanted().k, |_| Some(usable));
        let size = wanted.map_or(Size::Penalty(penalty), |k| Size::Exactly(k.min(usable)));
        Parameters::new(size, self.setting.plan.seed)
    }
}

/// Where a person has placed each of n texts, if one has: of documents with the same text the first counts.
pub fn placed(setting: Setting<'_>) -> Vec<Option<Vec<usize>>> {
    let mut placed = vec![None; setting.corpus.texts.len()];
    for document in setting.corpus.documents.iter().filter(|document| document.has_content) {
        let place = &mut placed[document.distinct];
        if place.is_none() {
            *place = setting.wanted().demands.placed.get(&document.id).cloned();
        }
    }
    placed
}

/// How many of the allowed candidates can be selected together: those that are kept, then each one that excludes none before it.
fn compatible(allowed: impl Iterator<Item = usize>, constraints: &Constraints) -> usize {
    let mut together: Vec<usize> = constraints.kept.clone();
    for candidate in allowed {
        let excludes = |other: &usize| {
            let pair = (candidate, *other);
            constraints.exclusive.iter().any(|&(left, right)| pair == (left, right) || pair == (right, left))
        };
        if !together.contains(&candidate) && !together.iter().any(excludes) {
            together.push(candidate);
        }
    }
    together.len()
}

/// Of the rows of `likeness` (m×n) after the first `known` ones, `wanted` to which most of the texts are like, each counted
/// where the others leave it: facility location, greedily. A predicate that fits all texts alike tells nothing and comes last.
fn most_telling(likeness: &[Vec<f32>], weights: &[f64], known: usize, wanted: usize) -> Vec<usize> {
    let mut reached = vec![0.0f32; weights.len()];
    let reach = |reached: &mut [f32], row: &[f32]| {
        reached.iter_mut().zip(row).for_each(|(reached, one)| *reached = reached.max(*one));
    };
    likeness[..known].iter().for_each(|row| reach(&mut reached, row));
    let mut left: Vec<usize> = (known..likeness.len()).collect();
    let mut chosen = Vec::new();
    while chosen.len() < wanted && !left.is_empty() {
        let gain = |row: &[f32]| -> f64 {
            let more = row.iter().zip(&reached).zip(weights);
            more.map(|((one, reached), weight)| f64::from((one - reached).max(0.0)) * weight).sum()
        };
        let gains: Vec<f64> = left.iter().map(|&place| gain(&likeness[place])).collect();
        // Where nothing is more like one text than like another, as with a single text, candidates come in their order.
        let foremost = heaviest_first(&gains).first().copied();
        let Some(place) = foremost.or_else(|| (known == 0 && chosen.is_empty()).then_some(0)) else { break };
        let best = left.remove(place);
        reach(&mut reached, &likeness[best]);
        chosen.push(best);
    }
    chosen.sort_unstable();
    chosen
}

/// The propose stage of one round.
pub fn propose_stage<'a>(plan: &'a Plan, prompts: &'a Prompts, round: usize) -> Propose<'a> {
    Propose {
        names: Names { prompt: &prompts.propose, goal: &plan.goal, count: COUNT, characters: CHARACTERS },
        questions: PROPOSE_QUESTIONS,
        shown: SHOWN,
        seed: plan.seed,
        round: round as u64,
    }
}
