//! What `auto` says of how it went: a part of the manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::methods::CriterionRecord;
use crate::methods::PerspectiveRecord;
use crate::spread::Share;

/// What `auto` asked and how the answers were spread.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CoreRecord {
    /// Questions of all stages at most.
    pub questions: usize,
    /// Questions asked, by stage.
    pub asked: BTreeMap<String, usize>,
    /// Documents with a usable answer.
    pub judged: usize,
    /// Random texts that these were chosen from and the spread was learned on; absent where that is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<usize>,
    /// New candidates of each sample that was proposed from.
    pub samples: Vec<usize>,
    /// Candidates proposed, without those that went.
    pub candidates: usize,
    /// Candidates that went: another one stood for them, or their documents were left to the others.
    pub merged: usize,
    /// Share of the core's medoids that at first no candidate held for: what was still unnamed.
    pub none: f64,
    /// What `--perspective` asked and learned.
    #[serde(default)]
    pub perspective: Option<PerspectiveRecord>,
    /// How the form of the questions was chosen; absent where the user chose it or questions were too few to compare forms.
    #[serde(default)]
    pub form: Option<FormRecord>,
    /// Of answers by letter, how much hangs on the document, 0 to 1: the mutual information of both over the letters' entropy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<f64>,
    /// Documents judged twice, in other words.
    pub asked_twice: usize,
    /// Of these, how many were judged alike.
    pub agreed: usize,
    /// Share of wrong answers that this means; absent where answers are too few for it to be used.
    pub error: Option<f64>,
    /// Whether answers were read as evidence only.
    pub denoised: bool,
    /// The classifier that spread the answers, or `sum`.
    pub spread: String,
    /// Every classifier's accuracy on documents held out.
    pub tried: BTreeMap<String, f64>,
    /// What each classifier weighs in what is used: shares of 1, where all spaces are used their means.
    #[serde(default)]
    pub weights: BTreeMap<String, f64>,
    /// The feature space in which the answers were spread, or `all together`.
    #[serde(default)]
    pub space: String,
    /// Every feature space's accuracy on documents held out: by this it is chosen where answers are letters.
    #[serde(default)]
    pub spaces: BTreeMap<String, f64>,
    /// How probable every feature space made an answer on documents held out, as a geometric mean: by this it is chosen else.
    #[serde(default)]
    pub probable: BTreeMap<String, f64>,
    /// Expected calibration error of the confidences, on documents held out.
    pub calibration_error: f64,
    /// Random spread documents judged by the model.
    pub audit: Option<Audit>,
    /// How the predicates were tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<CriterionRecord>,
}

/// Some documents asked about one by one, with the list of candidates in both orders, and ten in a question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormRecord {
    /// Documents with a usable answer in both orders.
    pub asked: usize,
    /// Of these, how many got the same candidate in both orders.
    pub alike: usize,
    /// How many got another candidate at the same place of the list.
    pub same_place: usize,
    /// How many got the same candidate in a question with nine others.
    pub together: usize,
    /// The form chosen: `many`, `batch`, `letter` or `pair`.
    pub form: String,
}

/// A share that was counted on a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Spread documents that were judged after all.
    pub asked: usize,
    /// Of these, how many the model put where the spread had put them.
    pub agreed: usize,
    /// agreed / asked with its 95 % Wilson interval.
    pub agreement: Share,
}
