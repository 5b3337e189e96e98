//! How a method tells of itself in the reports: facts, notices and sentences, each sanitized.

use std::collections::BTreeMap;

use super::perspective::{OpinionCounts, PerspectiveRecord};
use crate::text::numbers::{Precision, thousands};

/// All that a method has to say of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// What another person needs to judge the run, in this order.
    pub facts: Vec<Fact>,
    /// What a reader must know before anything else.
    pub notices: Vec<Notice>,
    /// A sentence on how far the clusters are to be trusted, where that was measured.
    pub trust: Option<String>,
    /// What documents in no cluster are about, a line a proposal.
    pub proposals: Vec<String>,
}

/// One line of how the run was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it is about.
    pub name: &'static str,
    /// What is to be said.
    pub value: String,
}

/// How much a notice weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The result is not what was asked for, or is not to be relied on.
    Alarm,
    /// Read the result with this in mind.
    Caution,
}

/// One notice of the banner.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What is to be known, sanitized.
    pub text: String,
}

/// One line of how the run was made, if there is anything to say.
pub fn fact(name: &'static str, value: Option<String>) -> Option<Fact> {
    value.map(|value| Fact { name, value })
}

/// What the questions were spent on.
pub fn asked(cap: Option<usize>, asked: &BTreeMap<String, usize>) -> String {
    let by_stage: Vec<String> = asked.iter().map(|(stage, number)| format!("{stage} {number}")).collect();
    let cap = cap.map_or(String::new(), |cap| format!(" of {cap}"));
    format!("{}{cap} questions: {}", asked.values().sum::<usize>(), by_stage.join(", "))
}

/// What came of things asked in both orders.
pub fn opinions(counts: OpinionCounts) -> String {
    let OpinionCounts { agreed, undecided, torn, lost } = counts;
    format!(
        "{} answered alike in both orders, {undecided} undecided, {torn} by their order alone, {lost} without a legal answer",
        thousands(agreed as u64)
    )
}

/// What became of a map learned from triplets.
pub fn adapter(record: &PerspectiveRecord, precision: Precision) -> String {
    let verdict = if record.adapted { "kept" } else { "not kept" };
    match record.held_out {
        Some([before, after]) => format!(
            "{verdict}: {} of the triplets held out are right, {} without it",
            precision.percent(after),
            precision.percent(before)
        ),
        None => "none: too few triplets were answered".into(),
    }
}
