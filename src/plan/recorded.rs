//! What a recording's questions depend on: the values that a replay takes from its plan, and how a run differs from it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::embedding::SERVER;
use super::{Plan, Planned};
use crate::shell::quoted;

/// What the manifest of a recording says of its plan.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The recording's folder.
    pub folder: &'a Path,
    /// Every parameter with its origin.
    pub plan: &'a BTreeMap<String, Planned>,
    /// The method that ran.
    pub method: &'a str,
    /// Name of the codebook's copy, if there was a codebook.
    pub codebook: Option<&'a str>,
}

/// Values that a recording's plan may set: those on which its questions depend.
const REPLAYED: [&str; 27] = [
    "goal",
    "k",
    "levels",
    "propose",
    "embedder",
    "embedder-model",
    "questions",
    "ask",
    "perspective",
    "audit",
    "rounds",
    "candidates",
    "max-share",
    "cluster-penalty",
    "max-unparsed",
    "seed",
    "text-field",
    "id-field",
    "format",
    "records",
    "sheet",
    "no-header",
    "turns",
    "keep-boilerplate",
    "keep-fillers",
    "limit",
    "on-error",
];

/// Values that decide which texts a corpus has, but for the limit: with another one, vectors stand for other texts.
const READING: [&str; 8] =
    ["text-field", "format", "records", "sheet", "no-header", "turns", "keep-boilerplate", "keep-fillers"];

/// What a recording's plan says, but for defaults. The method is the one that ran, even where nobody had named it: what `auto`
/// stands for changes between versions.
pub(super) fn said(recording: Recorded<'_>) -> Vec<(String, Value)> {
    let plan = recording.plan.iter().filter(|(name, planned)| is_replayed(name) && planned.origin != "default");
    let method = ("method".to_owned(), Value::from(recording.method));
    plan.map(|(name, planned)| (name.clone(), planned.value.clone())).chain([method]).collect()
}

fn is_replayed(name: &str) -> bool {
    REPLAYED.contains(&name)
}

/// The flags of a command that asks what a recording holds. A codebook is named by its file in the run directory.
pub fn flags_of(recording: Recorded<'_>) -> String {
    let said = said(recording);
    let codebook = recording.codebook.iter().map(|file| format!("--codebook {}", quoted(file)));
    said.iter().map(|(name, value)| flag(name, value)).chain(codebook).collect::<Vec<_>>().join(" ")
}

fn flag(name: &str, value: &Value) -> String {
    let flag = if name == "k" { "-k".to_owned() } else { format!("--{name}") };
    match value {
        Value::Bool(true) => flag,
        // An address is private: the plan does not hold it.
        Value::String(text) if text == SERVER => format!("{flag} URL"),
        Value::String(text) => format!("{flag} {}", quoted(text)),
        other => format!("{flag} {other}"),
    }
}

/// How a run differs from the recording of another in what their questions depend on, in words.
pub fn differences(recorded: Recorded<'_>, plan: &Plan) -> Vec<String> {
    let names = REPLAYED.iter().chain(&["method"]);
    let differing = names.filter(|name| value(recorded, name) != planned(plan, name));
    let said = |value: &Value, name: &str| match value {
        Value::Null | Value::Bool(false) => format!("no {}", flag(name, &Value::Bool(true))),
        value => flag(name, value),
    };
    differing
        .map(|name| format!("{}, not {}", said(value(recorded, name), name), said(planned(plan, name), name)))
        .collect()
}

/// The first value on which the texts of a corpus depend that a run has otherwise than a former one.
pub fn reads_otherwise(former: Recorded<'_>, plan: &Plan) -> Option<&'static str> {
    READING.into_iter().find(|name| value(former, name) != planned(plan, name))
}

fn value<'a>(recorded: Recorded<'a>, name: &str) -> &'a Value {
    told(recorded.plan.get(name).map(|planned| &planned.value))
}

fn planned<'a>(plan: &'a Plan, name: &str) -> &'a Value {
    told(plan.origins.get(name).map(|planned| &planned.value))
}

/// A flag that is off is one that was not given.
fn told(value: Option<&Value>) -> &Value {
    value.filter(|value| **value != Value::Bool(false)).unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Layers, Settings};

    fn plan(settings: Settings) -> Plan {
        let mut layers = Layers::default();
        layers.add("flag", &settings).unwrap();
        layers.check().unwrap()
    }

    fn recorded(plan: &Plan) -> Recorded<'_> {
        Recorded { folder: Path::new("."), plan: &plan.origins, method: plan.method.name(), codebook: None }
    }

    fn settings() -> Settings {
        let llm = Some("http://127.0.0.1:1/v1".into());
        Settings {
            goal: Some("why do they write?".into()),
            k: Some(3),
            keep_fillers: Some(true),
            llm,
            ..Settings::default()
        }
    }

    #[test]
    fn a_recording_says_by_which_flags_it_was_made() {
        let flags = flags_of(recorded(&plan(settings())));
        assert_eq!(flags, "--goal 'why do they write?' -k 3 --keep-fillers --method auto");
    }

    #[test]
    fn what_differs_from_a_recording_is_named() {
        let before = plan(settings());
        assert_eq!(differences(recorded(&before), &plan(settings())), Vec::<String>::new());
        let other = Settings { goal: Some("who?".into()), keep_fillers: None, ..settings() };
        let said = differences(recorded(&before), &plan(other));
        assert_eq!(said, ["--goal 'why do they write?', not --goal 'who?'", "--keep-fillers, not no --keep-fillers"]);
    }

    #[test]
    fn a_flag_that_is_off_reads_as_one_that_was_not_given() {
        let before = plan(settings());
        let off = Settings { keep_fillers: Some(true), keep_boilerplate: Some(false), ..settings() };
        assert_eq!(reads_otherwise(recorded(&before), &plan(off)), None);
        let other = Settings { text_field: Some("body".into()), ..settings() };
        assert_eq!(reads_otherwise(recorded(&before), &plan(other)), Some("text-field"));
    }
}
