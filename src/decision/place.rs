//! Where a text ends.

use crate::message::Message;
use serde::{Deserialize, Serialize};

/// Who says that a document belongs to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The model judged this very document.
    Model,
    /// A classifier inferred it from judged documents.
    Spread,
    /// The nearest centroid: no model was asked.
    Similarity,
    /// A person said so.
    Person,
}

/// A document's place in one cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The cluster's number.
    pub cluster: usize,
    /// Who says so.
    pub by: By,
    /// Between 0 and 1.
    pub confidence: f64,
}

impl Place {
    /// A place by whom, and how sure.
    pub fn new(cluster: usize, by: By, confidence: f64) -> Place {
        Place { cluster, by, confidence }
    }
}

/// Where a distinct text, and so each document that carries it, ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Placement {
    /// In these clusters, the primary one first.
    In(Vec<Place>),
    /// In none, and why.
    Uncovered(Message),
    /// A verdict that would decide is missing, and why.
    Failed(Message),
}

impl Placement {
    /// Has no confidence claim more than `most`.
    pub fn cap(&mut self, most: f64) {
        if let Placement::In(places) = self {
            places.iter_mut().for_each(|place| place.confidence = place.confidence.min(most));
        }
    }
}
