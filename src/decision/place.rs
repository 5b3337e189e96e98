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
}

/// Where a distinct text, and so each document that carries it, ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Placement {
    /// In these clusters, the primary one first: index, who says so, confidence.
    In(Vec<(usize, By, f64)>),
    /// In none, and why.
    Uncovered(Message),
    /// A verdict that would decide is missing, and why.
    Failed(Message),
}
