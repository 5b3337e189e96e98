//! Clusters that are mostly of one language, in a corpus of several: there wording groups by language too.

use std::collections::{BTreeMap, HashMap};

use crate::corpus::languages_told;
use crate::run::{DocumentLine, FinishedRun};

/// Documents of a cluster whose language is looked at.
const LOOKED_AT: usize = 200;
/// Documents of a cluster whose language is told, at least.
const LEAST: usize = 5;
/// Share of the documents that a second language has in a corpus of several, at least.
const SEVERAL: f64 = 0.1;
/// Share of a cluster's documents that are of its language, at least; those whose language is not told are of another.
const MOSTLY: f64 = 0.7;

/// For clusters, by their ids, the language that nearly all of their documents are in; none where the corpus has one language.
pub fn mostly<'r>(run: &'r FinishedRun, documents: &HashMap<&str, &'r DocumentLine>) -> HashMap<&'r str, &'static str> {
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &run.assignments {
        let text = documents.get(row.id.as_str()).and_then(|document| document.text.as_deref());
        for (membership, text) in row.clusters.iter().filter_map(|membership| Some((membership, text?))) {
            let texts = members.entry(&membership.id).or_default();
            if texts.len() < LOOKED_AT {
                texts.push(text);
            }
        }
    }
    let all: Vec<&str> = members.values().flatten().copied().collect();
    let told = languages_told(&all);
    let of_all = most(told.iter().flatten());
    if of_all.is_none_or(|(_, share)| share > 1.0 - SEVERAL) {
        return HashMap::new();
    }
    let mut place = 0;
    let mut found = HashMap::new();
    for (id, texts) in members {
        let told: Vec<&'static str> = told[place..place + texts.len()].iter().flatten().copied().collect();
        place += texts.len();
        let share_told = told.len() as f64 / texts.len() as f64;
        let language = most(told.iter()).filter(|(_, share)| told.len() >= LEAST && share * share_told >= MOSTLY);
        found.extend(language.map(|(language, _)| (id, language)));
    }
    found
}

/// The most frequent of some languages, and its share.
fn most<'l>(languages: impl Iterator<Item = &'l &'static str>) -> Option<(&'static str, f64)> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    languages.for_each(|language| *counts.entry(language).or_default() += 1);
    let all: usize = counts.values().sum();
    let (language, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Some((language, count as f64 / all as f64))
}
