//! Confidences and shares of clusters by how far spread and answers can be relied on.

use ndarray::Array2;

use crate::methods::By;
use crate::methods::Placement;
use crate::spread::{Calibrated, Counted, Evidence, Reliability, Share};

/// What is known of each document of a corpus.
pub struct Confidence {
    reliability: Reliability,
    /// n: which judged document each text is.
    judged: Vec<Option<usize>>,
}

impl Confidence {
    /// From evidence on some of n texts; `documents` are these.
    pub fn new(evidence: Evidence, documents: &[usize], n: usize) -> Confidence {
        let mut judged = vec![None; n];
        documents.iter().enumerate().for_each(|(place, &text)| judged[text] = Some(place));
        Confidence { reliability: Reliability::measure(evidence), judged }
    }

    /// What gives the probabilities of the classes for documents that were not judged.
    pub fn calibrated(&self) -> Calibrated {
        self.reliability.calibrated()
    }

    /// Puts confidences into placements, whose cluster c is the class `order[c]`; `logs` are n×m log posteriors.
    pub fn put_into(&self, placements: &mut [Placement], logs: &Array2<f32>, order: &[usize]) {
        for (text, placement) in placements.iter_mut().enumerate() {
            let Placement::In(places) = placement else { continue };
            let shares = match self.judged[text] {
                Some(judged) => self.reliability.judged(judged),
                None => self.reliability.expected(logs.row(text)),
            };
            // Several clusters of one answer are right or wrong together.
            let together: f64 = places.iter().map(|place| shares[order[place.cluster]]).sum();
            places.iter_mut().for_each(|place| place.confidence = together.clamp(0.0, 1.0));
        }
    }

    /// The share of each of m classes among n texts that carry `weights` documents each. A document in several clusters counts in
    /// each of them.
    pub fn shares(&self, placements: &[Placement], logs: &Array2<f32>, weights: &[f64], order: &[usize]) -> Vec<Share> {
        let documents = (0..weights.len()).map(|text| Counted {
            logs: logs.row(text),
            judged: self.judged[text],
            weight: weights[text],
        });
        let mut shares = self.reliability.shares(documents);
        let whole = weights.iter().sum::<f64>().max(1.0);
        for (placement, weight) in placements.iter().zip(weights) {
            let Placement::In(places) = placement else { continue };
            for place in places.iter().skip(1).filter(|place| place.by == By::Model) {
                let share = &mut shares[order[place.cluster]];
                for value in [&mut share.estimate, &mut share.low, &mut share.high] {
                    *value = (*value + weight / whole).min(1.0);
                }
            }
        }
        shares
    }

    /// Expected calibration error on the judged documents.
    pub fn calibration_error(&self) -> f64 {
        self.reliability.calibration_error()
    }
}
