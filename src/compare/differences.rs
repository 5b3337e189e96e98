//! How two runs were made differently, as their manifests have it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::run::Manifest;

/// A value that the two manifests have differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// A parameter's name, or `corpus`, `embedder` (as loaded), `model` (as it answered) or `version`.
    pub name: String,
    /// In the first run; null where it has none.
    pub before: Value,
    /// In the second run.
    pub after: Value,
}

/// What differs in how the runs were made, parameters in the order of their names last.
pub fn differences(before: &Manifest, after: &Manifest) -> Vec<Difference> {
    let facts = |manifest: &Manifest| {
        let corpus = &manifest.corpus;
        let model = manifest.model.as_ref().map(|model| model.name.clone());
        let judge = manifest.judge.as_ref().map(|judge| judge.name.clone());
        [
            ("version", json!(manifest.version)),
            ("corpus", json!(format!("{} ({})", corpus.name, corpus.sha256.get(..8).unwrap_or_default()))),
            ("embedder", json!(manifest.embedder.id)),
            ("model", json!(model)),
            ("judge", json!(judge)),
        ]
    };
    let facts = facts(before).into_iter().zip(facts(after));
    let facts = facts.map(|((name, before), (_, after))| Difference { name: name.into(), before, after });
    let known = ["embedder", "model", "judge"];
    let names: BTreeSet<&String> = before.plan.keys().chain(after.plan.keys()).collect();
    let value =
        |manifest: &Manifest, name: &str| manifest.plan.get(name).map_or(Value::Null, |said| said.value.clone());
    let planned = names.into_iter().filter(|name| !known.contains(&name.as_str()));
    let planned =
        planned.map(|name| Difference { name: name.clone(), before: value(before, name), after: value(after, name) });
    facts.chain(planned).filter(|difference| difference.before != difference.after).collect()
}
