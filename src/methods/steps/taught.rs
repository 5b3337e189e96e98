//! What a method that asks about every document learned for documents that it never saw.

use std::borrow::Cow;

use ndarray::Array2;

use super::confidence::Confidence;
use crate::decision::{Decision, Inferred, Judged, OutOfSample, Own};
use crate::error::Error;
use crate::methods::{Placement, Setting};
use crate::spread::features::Space;
use crate::spread::{Calibrated, Core, Ensemble, Evidence, FeatureSpace, SoftLabels, Start, THIN, Terms, validate};

/// Answers from which their errors are measured; fewer show too little.
const LEAST: usize = 40;
/// Answers that a spread is learned from at most.
const MOST: usize = 2_000;
/// What is said of a text that is only inferred to belong nowhere.
pub const NONE_INFERRED: &str = "no group seems to hold";
/// What is said of a text that the model never saw, where nothing says where it belongs.
const NOTHING_LEARNED: &str = "the run put no document into a group: nothing says where another one belongs";

/// What answers on documents teach of others: classifiers over the embedding.
pub struct Taught {
    ensemble: Ensemble,
    /// n×(K + 1) log posteriors.
    pub logs: Array2<f32>,
    /// The answers as evidence on the spread; none where they are few.
    evidence: Option<(Evidence, Vec<usize>)>,
}

impl Taught {
    /// By where n texts are: in some of K clusters, in none, or without an answer. None where no
    /// text is in a cluster.
    ///
    /// # Errors
    /// When the core is malformed: a bug.
    pub fn by(setting: Setting<'_>, placements: &[Placement], clusters: usize) -> Result<Option<Taught>, Error> {
        let held: Vec<Option<Vec<usize>>> = placements.iter().map(held).collect();
        let documents: Vec<usize> = (0..held.len()).filter(|&text| held[text].is_some()).collect();
        let classes = clusters + 1;
        if documents.is_empty() || clusters == 0 {
            return Ok(None);
        }
        let answers = answers(&held, &documents, classes);
        let taught: Vec<usize> = (0..documents.len()).step_by(documents.len().div_ceil(MOST)).collect();
        let core = Core {
            documents: taught.iter().map(|&place| documents[place]).collect(),
            answers: answers.select(ndarray::Axis(0), &taught),
            times: vec![1.0; taught.len()],
            escalated: vec![false; taught.len()],
        };
        let feature_spaces = [FeatureSpace::new(Space::Plain.name(), Cow::Borrowed(setting.embeddings))];
        let start = Start::unknown(&feature_spaces[0], classes);
        let thin = (taught.len() as f64) < THIN * classes as f64;
        let terms = Terms { thin, by_letter: false, seed: setting.plan.seed };
        let soft_labels = SoftLabels::taken(core);
        let validation = validate(&feature_spaces, &[0], &soft_labels, &start, terms)?;
        let ensemble = Ensemble::learn(&feature_spaces, &soft_labels.believed, &start, &validation)?;
        let all = ensemble.of_all(&feature_spaces);
        let measured = documents.len() >= LEAST && classes >= 3;
        let evidence = measured.then(|| {
            let mut logs = all.select(ndarray::Axis(0), &documents);
            taught
                .iter()
                .zip(validation.out_of_fold.rows())
                .for_each(|(&place, out_of_fold)| logs.row_mut(place).assign(&out_of_fold));
            let weights = setting.corpus.weights();
            let evidence = Evidence {
                logs,
                answers,
                times: vec![1.0; documents.len()],
                weights: documents.iter().map(|&text| weights[text]).collect(),
                in_shares: false,
            };
            (evidence, documents)
        });
        Ok(Some(Taught { ensemble, logs: all, evidence }))
    }

    /// Takes in second answers: for each of some texts the clusters that it was put into when it was asked about once more. Without
    /// them, errors cannot be told from what the classifiers cannot see.
    pub fn hear_again(&mut self, second: impl Iterator<Item = (usize, Vec<usize>)>) {
        let Some((evidence, documents)) = &mut self.evidence else { return };
        for (text, clusters) in second {
            let Ok(place) = documents.binary_search(&text) else { continue };
            let said = answers(&[Some(clusters)], &[0], evidence.answers.ncols());
            let mut row = evidence.answers.row_mut(place);
            row.zip_mut_with(&said.row(0), |first, second| *first = (*first + second) / 2.0);
            evidence.times[place] += 1.0;
        }
    }

    /// Measures how far answers and classifiers can be relied on and puts that into the placements. The answers show how often they
    /// are wrong by how well those on other documents foretell them. Nothing where they are few.
    pub fn rely(&mut self, placements: &mut [Placement]) -> Option<Confidence> {
        let (evidence, documents) = self.evidence.take()?;
        let confidence = Confidence::new(evidence, &documents, self.logs.nrows());
        let order: Vec<usize> = (0..self.ensemble.classes - 1).collect();
        confidence.put_into(placements, &self.logs, &order);
        Some(confidence)
    }

    fn inferred(self, calibrated: Option<Calibrated>, most: f64) -> Inferred {
        Inferred {
            ground: (0..self.logs.nrows() as u32).collect(),
            spaces: vec![Space::Plain; self.ensemble.parts.len()],
            of_texts: vec![None; self.ensemble.parts.len()],
            prior: None,
            calibrated,
            most,
            clusters: (0..self.ensemble.classes - 1).map(Some).collect(),
            none: NONE_INFERRED.into(),
            ensemble: self.ensemble,
        }
    }
}

/// Every text of the corpus stays where it is; others go where the classifiers put them, with a
/// confidence of `most` at most.
pub fn decision(
    setting: Setting<'_>,
    placements: &[Placement],
    taught: Option<Taught>,
    calibrated: Option<Calibrated>,
    most: f64,
) -> Decision {
    let others = match taught {
        Some(taught) => OutOfSample::Inferred(Box::new(taught.inferred(calibrated, most))),
        None => OutOfSample::Nowhere(NOTHING_LEARNED.into()),
    };
    let own = Own::new(&setting.corpus.distinct_texts(), &setting.corpus.representatives());
    Decision::Judged(Judged { own, places: placements.iter().cloned().map(Some).collect(), others })
}

/// The clusters of a text; none where there is no answer.
fn held(placement: &Placement) -> Option<Vec<usize>> {
    match placement {
        Placement::In(places) => Some(places.iter().map(|place| place.cluster).collect()),
        Placement::Uncovered(_) => Some(Vec::new()),
        Placement::Failed(_) => None,
    }
}

/// Shares of the classes that were said (c×m), the last one standing for none of them: of several
/// the first counts as much as two others.
fn answers(held: &[Option<Vec<usize>>], documents: &[usize], classes: usize) -> Array2<f32> {
    let mut answers = Array2::zeros((documents.len(), classes));
    for (mut row, &text) in answers.rows_mut().into_iter().zip(documents) {
        let said = held[text].as_deref().unwrap_or_default();
        let whole = said.len() as f32 + 1.0;
        match said.split_first() {
            None => row[classes - 1] = 1.0,
            Some((first, others)) => {
                row[*first] += 2.0 / whole;
                others.iter().for_each(|other| row[*other] += 1.0 / whole);
            }
        }
    }
    answers
}
