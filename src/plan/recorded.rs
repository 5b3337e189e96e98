//! What a recording's questions depend on: the values that a replay takes from its plan, and how a run differs from it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::embedding::SERVER;
use super::{PARAMETERS, Parameter, Plan, Planned};
use crate::message;
use crate::message::{Mention, Message};

/// The parameter that versions without a test do not know.
const TEST_SIZE: &str = "test-size";

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

/// What a recording's plan says, but for defaults. The method is the one that ran, even where nobody had named it: what `auto`
/// stands for changes between versions.
pub(super) fn said(recording: Recorded<'_>) -> Vec<(String, Value)> {
    let plan = PARAMETERS.iter().filter(|parameter| parameter.replayed).filter_map(|parameter| {
        let planned = recording.plan.get(&parameter.key()).filter(|planned| planned.origin != "default")?;
        Some((parameter.key(), planned.value.clone()))
    });
    plan.chain([("method".to_owned(), Value::from(recording.method))]).collect()
}

/// On how many documents a recording tested its predicates: on none where its plan does not know of a test. Nothing for a method that
/// has no test.
pub(super) fn tested(recording: Recorded<'_>) -> Option<(String, Value)> {
    let is_this = |parameter: &&Parameter| parameter.key() == TEST_SIZE;
    let methods = PARAMETERS.iter().find(is_this)?.methods?;
    methods.iter().find(|method| method.name() == recording.method)?;
    let planned = recording.plan.get(TEST_SIZE).map(|planned| planned.value.clone());
    Some((TEST_SIZE.to_owned(), planned.unwrap_or_else(|| Value::from(0))))
}

/// What is to be said to ask what a recording holds. A codebook is named by its file in the run directory.
pub fn asks_the_same(recording: Recorded<'_>) -> Vec<Mention> {
    // Of a run, which tests unless it is told not to, only what differs is to be said.
    let untested = tested(recording).filter(|(name, size)| *size == 0 && !recording.plan.contains_key(name));
    let said: Vec<(String, Value)> = said(recording).into_iter().chain(untested).collect();
    let codebook = recording.codebook.iter().map(|file| Mention::of("codebook").exact(file));
    said.iter().map(|(name, value)| with_value(Mention::of(name.clone()), value)).chain(codebook).collect()
}

/// A parameter with a value of a plan.
fn with_value(parameter: Mention, value: &Value) -> Mention {
    match value {
        Value::Bool(true) => parameter,
        // An address is private: the plan does not hold it.
        Value::String(text) if text == SERVER => parameter.shown("URL"),
        Value::String(text) => parameter.exact(text),
        other => parameter.shown(other),
    }
}

/// How a run differs from the recording of another in what their questions depend on, in words.
pub fn differences(recorded: Recorded<'_>, plan: &Plan) -> Vec<Message> {
    let said = |value: &Value, parameter: &Parameter| match value {
        Value::Null | Value::Bool(false) => message!("no {parameter}", parameter = parameter.mention()),
        value => Message::of(with_value(parameter.mention(), value)),
    };
    let asked_by = PARAMETERS.iter().filter(|parameter| parameter.replayed || parameter.key() == "method");
    asked_by
        .filter_map(|parameter| {
            let (then, now) = (value(recorded.plan, parameter), value(&plan.origins, parameter));
            // A plan from before a parameter was known has none of it.
            let differs = then != now && !(then.is_null() && now == 0);
            differs.then(|| message!("{then}, not {now}", then = said(&then, parameter), now = said(&now, parameter)))
        })
        .collect()
}

/// The first parameter on which the documents of a corpus depend that a run has otherwise than a former one.
pub fn reads_otherwise(former: Recorded<'_>, plan: &Plan) -> Option<&'static Parameter> {
    let mut reading = PARAMETERS.iter().filter(|parameter| parameter.reads);
    reading.find(|parameter| value(former.plan, parameter) != value(&plan.origins, parameter))
}

/// The value in a plan, or the parameter's default.
fn value(plan: &BTreeMap<String, Planned>, parameter: &Parameter) -> Value {
    let said = plan.get(&parameter.key()).map(|planned| planned.value.clone());
    said.or_else(|| parameter.default()).unwrap_or(Value::Null)
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
        Recorded { folder: Path::new("."), plan: &plan.origins, method: plan.clustering.method.name(), codebook: None }
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
    fn a_recording_says_by_which_parameters_it_was_made() {
        let said = asks_the_same(recorded(&plan(settings())));
        assert_eq!(Message::joined(said, " "), "goal=why do they write? k=3 keep-fillers method=auto");
    }

    #[test]
    fn a_test_that_nobody_asked_for_is_nobodys_wish_in_the_replay() {
        for (said, origin) in [(None, "default"), (Some(2), "recording")] {
            let before = plan(Settings { test_size: said, ..settings() });
            let mut layers = Layers::default();
            layers.add_recording(recorded(&before));
            let replay = Settings { replay: Some("calls.jsonl".into()), ..Settings::default() };
            layers.add("flag", &replay).unwrap();
            let after = layers.check().unwrap();
            assert_eq!(after.clustering.test_size, before.clustering.test_size);
            assert_eq!(after.origins[TEST_SIZE].origin, origin);
        }
    }

    #[test]
    fn what_differs_from_a_recording_is_named() {
        let before = plan(settings());
        assert_eq!(differences(recorded(&before), &plan(settings())), Vec::<Message>::new());
        let other = Settings { goal: Some("who?".into()), keep_fillers: None, ..settings() };
        let said = differences(recorded(&before), &plan(other));
        assert_eq!(said, ["goal=why do they write?, not goal=who?", "keep-fillers, not no keep-fillers"]);
    }

    #[test]
    fn a_flag_that_is_off_reads_as_one_that_was_not_given() {
        let before = plan(settings());
        let off = Settings { keep_fillers: Some(true), keep_boilerplate: Some(false), ..settings() };
        assert!(reads_otherwise(recorded(&before), &plan(off)).is_none());
        for other in [
            Settings { text_field: Some("body".into()), ..settings() },
            Settings { limit: Some(5), ..settings() },
            Settings { on_error: Some(crate::corpus::OnError::Skip), ..settings() },
        ] {
            assert!(reads_otherwise(recorded(&before), &plan(other)).is_some());
        }
    }
}
