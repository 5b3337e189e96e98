//! What `classify` says of how it went: a part of the manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::methods::CriterionRecord;

/// What `classify` asked and what labels came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelsRecord {
    /// Questions of all stages at most; absent where there is no such cap.
    pub questions: Option<usize>,
    /// Questions asked, by stage.
    pub asked: BTreeMap<String, usize>,
    /// New labels of each batch that labels were asked for on.
    pub batches: Vec<usize>,
    /// Labels that another one stood for.
    pub merged: usize,
    /// Labels of the closed list.
    pub listed: usize,
    /// Documents with a legal answer.
    pub judged: usize,
    /// Documents with two answers.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub asked_twice: usize,
    /// Of these, those with the same answer twice.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub agreed: usize,
    /// How the predicates were tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<CriterionRecord>,
}

/// What did not happen is not said.
fn is_zero(count: &usize) -> bool {
    *count == 0
}
