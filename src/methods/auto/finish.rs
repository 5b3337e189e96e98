//! From all answers to places for all documents: select, spread, denoise, audit.

use std::collections::BTreeMap;

use super::Auto;
use super::place::{by_size, renumbered};
use super::spread::Spread;
use super::trust::Audited;
use crate::cluster::{Best, Neighbor};
use crate::error::Error;
use crate::methods::Record;
use crate::methods::steps::explain::{Named, explained, ranked};
use crate::methods::steps::illustrate::NEAR_MISSES;
use crate::methods::steps::taught;
use crate::methods::{Audit, By, NOT_ASKED, Outcome, Placement, SelectionRecord, Watch};
use crate::plan::Ask;
use crate::seed::{generator, shuffle};
use crate::select::{Cover, Instance, Parameters, Size, select};
use crate::spread::{Ensemble, Share, Tried};
use crate::stages::core::Judgement;
use crate::stages::soft_label::{Choice, SoftLabel};

/// Answers a class below which no candidate is taken for noise.
const PRUNING: f64 = 12.0;
/// Where less of the letters hangs on the document, they tell hardly anything of it.
const TELLING: f64 = 0.1;

impl Auto<'_> {
    /// Places every document and explains the clusters.
    pub(super) fn finish(mut self, watch: &mut Watch) -> Result<Outcome, Error> {
        if self.judged.len() == 0 {
            return self.nothing_judged();
        }
        let (spread, ensemble) = self.spread()?;
        watch.lap("spread");
        let placements = self.placements(&spread);
        let order = by_size(&placements, &self.setting.corpus.weights(), spread.selected.len());
        let mut placements = renumbered(placements, &order);
        let audited = self.audit(&spread, &placements, &order)?;
        watch.lap("audit");
        let confidence = self.confidence(&spread, &audited);
        confidence.put_into(&mut placements, &spread.logs, &order);
        let shares = confidence.shares(&placements, &spread.logs, &self.setting.corpus.weights(), &order);
        watch.lap("confidence");
        // Last: where the answers carry no information, no confidence claims more than was measured.
        let trust = self.trust(&spread, &audited, &mut placements);
        let inferred = self.inferred((&spread, ensemble), &confidence, &order, trust.most());
        let decision = self.decide(inferred, (&spread, &audited), &mut placements);
        let named = self.named(&spread, &placements, &order);
        let mut clusters = explained(self.setting, &named, &placements, None)?;
        clusters.iter_mut().zip(&order).for_each(|(cluster, &class)| cluster.share = Some(shares[class]));
        watch.lap("explain");
        self.record.calibration_error = confidence.calibration_error();
        self.note(&spread);
        Ok(Outcome {
            clusters,
            placements,
            selection: Some(SelectionRecord {
                status: spread.cover.status.name().into(),
                objective: spread.cover.objective,
                bound: spread.cover.bound,
                gap: spread.cover.gap,
            }),
            record: Record::of(&self.record)?,
            decision: Some(decision),
            trust: Some(trust),
            warnings: self.warnings,
            ..Outcome::default()
        })
    }

    /// Without a candidate there is nothing to judge.
    pub(super) fn nothing_proposed(self, watch: Watch) -> Result<Outcome, Error> {
        let placement = self.proposals.nothing("group");
        let warning = match &placement {
            Placement::Uncovered(reason) => Some(format!("{reason}: every document is uncovered")),
            _ => None,
        };
        let placements = vec![placement; self.texts.len()];
        Ok(Outcome {
            decision: Some(taught::decision(self.setting, &placements, None, None, 1.0)),
            placements,
            stages: watch.into_stages(),
            warnings: self.warnings.into_iter().chain(warning).collect(),
            record: Record::of(&self.record)?,
            ..Outcome::default()
        })
    }

    fn nothing_judged(self) -> Result<Outcome, Error> {
        let most = self.judged.most_lost().unwrap_or(NOT_ASKED);
        let why = |text| self.judged.lost(text).unwrap_or(most).to_owned();
        let placements: Vec<Placement> = (0..self.texts.len()).map(|text| Placement::Failed(why(text))).collect();
        Ok(Outcome {
            decision: Some(taught::decision(self.setting, &placements, None, None, 1.0)),
            placements,
            record: Record::of(&self.record)?,
            warnings: self.warnings,
            ..Outcome::default()
        })
    }

    /// Selects candidates and spreads the answers on them, by the classifiers that come with it.
    fn spread(&mut self) -> Result<(Spread, Ensemble), Error> {
        let weights = self.weights();
        let (selected, cover) = self.select(weights.clone())?;
        self.warnings.extend(self.left_out(&selected));
        let start = self.start()?.of(&selected);
        let learned = self.learn(&selected, &start, &self.sample.everywhere(), true)?;
        self.record.denoised = learned.soft_labels.is_evidence();
        if let Some(k) = self.setting.wanted().k.filter(|&k| k > selected.len()) {
            let found = selected.len();
            self.warnings.push(format!("{k} clusters were asked for, but the model named only {found} groups"));
        }
        let ensemble = self.ensemble(&learned, &start)?;
        let mut logs = self.sample.spread(&ensemble, &self.texts);
        let texts: Vec<usize> = (0..self.texts.len()).collect();
        self.hear_prior(&mut logs, &texts, &selected, learned.weight);
        Ok((Spread { selected, cover, logs, learned, weights }, ensemble))
    }

    /// The weighted program over all verdicts; without `-k`, candidates that noise explains are dropped before.
    fn select(&mut self, weights: Vec<f64>) -> Result<(Vec<usize>, Cover), Error> {
        let usable = if self.k().is_some() { self.all_candidates() } else { self.above_noise() };
        self.noise_names = self.all_candidates().into_iter().filter(|candidate| !usable.contains(candidate)).collect();
        let mut place = vec![None; self.candidates.len()];
        usable.iter().enumerate().for_each(|(index, &candidate)| place[candidate] = Some(index));
        let row = |(document, held): (usize, &SoftLabel)| {
            let covers = self.covers(document, held);
            let mut row: Vec<usize> = covers.into_iter().filter_map(|candidate| place[candidate]).collect();
            row.sort_unstable();
            row.dedup();
            row
        };
        let rows: Vec<Vec<usize>> = self.judged.iter().map(row).collect();
        let total: f64 = weights.iter().sum();
        let size = match self.k() {
            Some(k) => Size::Exactly(k.min(usable.len())),
            None => Size::Penalty(self.setting.wanted().cluster_penalty * total),
        };
        let parameters = Parameters::new(size, self.setting.plan.seed);
        let cover = select(&Instance { rows, weights, candidates: usable.len() }, &parameters)?;
        Ok((cover.selected.iter().map(|&place| usable[place]).collect(), cover))
    }

    /// Candidates with more answers than wrong ones alone would give them; all of them where answers are few.
    fn above_noise(&self) -> Vec<usize> {
        let mut counts = vec![0.0_f64; self.candidates.len()];
        for (_, held) in self.judged.iter() {
            if let Some(Choice::Candidate(first)) = held.first() {
                counts[first] += 1.0;
            }
        }
        let each = self.judged.len() as f64 / counts.len() as f64;
        let by_chance = self.record.error.unwrap_or(0.0) * each;
        let least = if each < PRUNING { 0.0 } else { by_chance + 2.0 * by_chance.sqrt() };
        (0..counts.len()).filter(|&candidate| counts[candidate] > least || least == 0.0).collect()
    }

    /// How many documents each judged one stands for: those that it is the nearest judged one to.
    fn weights(&self) -> Vec<f64> {
        let documents = self.judged.documents();
        let nearest =
            crate::cluster::nearest_centroids(self.setting.embeddings, &self.setting.embeddings.select(&documents));
        let mut weights = vec![0.0; documents.len()];
        nearest.iter().zip(self.setting.corpus.weights()).for_each(|(row, weight)| weights[row.label] += weight);
        weights
    }

    /// Random spread documents are judged: how often does the model agree? Returns what it said of each.
    fn audit(&mut self, spread: &Spread, placements: &[Placement], order: &[usize]) -> Result<Vec<Audited>, Error> {
        let mut documents = self.judged.unasked();
        shuffle(&mut documents, &mut generator(self.setting.plan.seed, "audit", &[]));
        documents.truncate(self.setting.wanted().audit.min(self.documents_for(self.budget.left())));
        let none = spread.selected.len();
        let class = |said: Choice| spread.selected.iter().position(|&c| Choice::Candidate(c) == said).unwrap_or(none);
        let mut audited = Vec::new();
        for (&document, judgement) in documents.iter().zip(self.judgements(&documents, "audit", false)?) {
            let Judgement::Held(held) = judgement else { continue };
            let most = if self.ask == Ask::Letter { 1 } else { usize::MAX };
            let placed = match &placements[document] {
                Placement::In(places) => order[places[0].0],
                _ => none,
            };
            let said = held.choices().take(most).map(class).collect();
            audited.push(Audited { document, held, said, placed });
        }
        let (asked, agreed) = (audited.len(), audited.iter().filter(|one| one.agrees(one.placed, none)).count());
        self.record.audit = (asked > 0).then(|| Audit { asked, agreed, agreement: Share::wilson(agreed, asked) });
        Ok(audited)
    }

    /// Clusters with their members, those that the model judged before those that were inferred.
    fn named<'b>(&'b self, spread: &Spread, placements: &[Placement], order: &[usize]) -> Vec<Named<'b>> {
        let named = |(cluster, &class): (usize, &usize)| {
            let (mut members, mut others) = (Vec::new(), Best::new(NEAR_MISSES));
            for (index, placement) in placements.iter().enumerate() {
                let posterior = spread.logs[(index, class)].exp();
                let held = match placement {
                    Placement::In(places) => places.iter().find(|place| place.0 == cluster),
                    _ => None,
                };
                match held {
                    Some((_, By::Model, _)) => members.push(Neighbor { index, similarity: 1.0 + posterior }),
                    Some(_) => members.push(Neighbor { index, similarity: posterior }),
                    None => others.offer(Neighbor { index, similarity: posterior }),
                }
            }
            Named {
                candidate: &self.candidates[spread.selected[class]],
                members: ranked(members),
                others: others.sorted(),
            }
        };
        order.iter().enumerate().map(named).collect()
    }

    fn note(&mut self, spread: &Spread) {
        let (record, learned) = (&mut self.record, &spread.learned);
        record.asked = self.budget.spent();
        record.judged = self.judged.len();
        record.part = (!self.sample.is_whole()).then_some(self.sample.texts.len());
        record.candidates = self.candidates.len();
        record.spread = learned.validation.chosen.into();
        record.space = learned.validation.space.into();
        record.spaces = scores(&learned.validation.spaces);
        record.probable = scores(&learned.validation.probable);
        record.tried = scores(&learned.validation.tried);
        record.weights = scores(&learned.validation.weights());
        record.told = self.biases[0].as_ref().filter(|_| self.ask == Ask::Letter).map(|bias| bias.information);
        if let Some(told) = record.told.filter(|&told| told < TELLING) {
            self.warnings.push(format!(
                "only {:.0}% of what the model's letters say hangs on the document: the clusters come from the vectors more than from \
                 the model; a larger one would tell more",
                100.0 * told
            ));
        }
        if self.judged.losses() > 0 {
            self.warnings.push(format!(
                "{} documents that were asked about are placed by the answers on others: there was no usable answer, or none of the listed groups held",
                self.judged.losses()
            ));
        }
    }
}

fn scores(tried: &[Tried]) -> BTreeMap<String, f64> {
    tried.iter().map(|tried| (tried.name.to_owned(), tried.score)).collect()
}
