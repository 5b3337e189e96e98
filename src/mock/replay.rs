//! Answers from a recording's `calls.jsonl`, and from nothing else.

use std::collections::HashMap;
use std::path::Path;

use super::answer::Given;
use super::ask::{Ask, Turn, question};
use super::found::Found;
use crate::error::Error;
use crate::message::{Message, Speech};
use crate::model::{Call, Journal, LegalAnswer, Probe, Prompts, Protocol, Question, Recorded, Respondent, StageName};
use crate::plan::asks_the_same;
use crate::run::{journal_file, read_manifest};

/// A recording. A question is found by its conversation or, where the recording holds no texts, or a decision model answered, by
/// the key that it has under one of the compiled-in prompts. Each key's last outcome counts.
#[derive(Debug)]
pub struct Recording {
    model: String,
    calls: HashMap<String, Call>,
    keys: HashMap<u64, String>,
    shapes: Vec<Shape>,
    /// How it was made, where there is more of the run than its journal.
    made: Option<Made>,
}

/// How a recording was made.
#[derive(Debug)]
struct Made {
    goal: String,
    /// The command that asks what it holds, but for the corpus and the address.
    command: String,
}

/// What a question's key depends on beside model and conversation.
#[derive(Debug)]
struct Shape {
    prompt: String,
    legal: LegalAnswer,
    max_tokens: u32,
}

impl Recording {
    /// Reads the journal of a run directory, or the file named, of which a decision model's answers count or a chat model's;
    /// the command that made them is in the words of `speech`, and `say` is told of lines that are damaged and left out.
    ///
    /// # Errors
    /// When it cannot be read, or does not name such a model.
    pub fn read(
        path: &Path,
        protocol: Protocol,
        prompts: &Prompts,
        speech: Speech,
        say: impl Fn(&str),
    ) -> Result<Recording, Error> {
        let file = journal_file(path);
        if path.is_dir() && !file.exists() {
            read_manifest(path)?;
            return Err(Error::file(path, "asked no model: it holds no calls.jsonl, and there is nothing to replay"));
        }
        let mut journal = Journal::<Call>::open_recording(&file)?;
        journal.damage().iter().for_each(|damage| say(damage));
        let probes: Vec<Probe> = [Respondent::Model, Respondent::Judge]
            .into_iter()
            .filter_map(|respondent| journal.probe(respondent).cloned())
            .filter(|probe| !probe.model.is_empty())
            .collect();
        let model = probes.iter().find(|probe| probe.protocol.is_chat() == protocol.is_chat());
        let model = model.map(|probe| probe.model.clone()).ok_or_else(|| Error::file(&file, lacking(&probes)))?;
        let mut calls = HashMap::new();
        for key in journal.keys() {
            calls.extend(journal.outcome(&key)?.map(|call| (key, call)));
        }
        let manifest = path.is_dir().then(|| read_manifest(path).ok()).flatten();
        let made = manifest.map(|manifest| Made {
            command: {
                let asked = asks_the_same(manifest.recorded(Path::new("")));
                format!("colligate run CORPUS {}", Message::joined(asked, " ").told(speech))
            },
            goal: manifest.goal,
        });
        Ok(Recording { made, ..Recording::new(model, calls, prompts) })
    }

    fn new(model: String, mut calls: HashMap<String, Call>, prompts: &Prompts) -> Recording {
        let mut keys = HashMap::new();
        for call in calls.values_mut() {
            let turns = call.request.take().map(|messages| messages.iter().map(Turn::from).collect::<Vec<_>>());
            keys.extend(turns.map(|turns| (question(&model, &turns), call.key.clone())));
        }
        let shape = |(_, prompt): (_, &crate::model::Prompt)| Shape {
            prompt: prompt.id(),
            legal: prompt.legal(0, 0),
            max_tokens: prompt.max_tokens(),
        };
        let shapes = prompts.by_stage().into_iter().map(shape).collect();
        Recording { model, calls, keys, shapes, made: None }
    }

    /// The model whose answers it holds.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Whether any answer came with log-probabilities.
    pub fn has_logprobs(&self) -> bool {
        self.calls.values().any(|call| matches!(call.reply, Recorded::Completion { logprobs: Some(_), .. }))
    }

    /// The command that asks what it holds, but for the corpus and the address; none where only a journal is there.
    pub fn command(&self) -> Option<&str> {
        self.made.as_ref().map(|made| made.command.as_str())
    }

    /// What was recorded of a question.
    pub fn find(&self, ask: &Ask) -> Found {
        if ask.model != self.model {
            return Found::Nothing(format!("the recording holds answers of {}, not of {}", self.model, ask.model));
        }
        match self.call(ask) {
            Some(call) => outcome(ask, call),
            None => Found::Nothing(self.why(ask)),
        }
    }

    /// Why it holds no answer, as far as that can be told; short, since a client shows the beginning of a message.
    fn why(&self, ask: &Ask) -> String {
        match (&self.made, &ask.goal) {
            (Some(made), Some(goal)) if *goal != made.goal => {
                format!("recorded with the goal \"{}\", not \"{goal}\"", made.goal)
            }
            (Some(made), _) => format!("recorded by {}", made.command),
            (None, _) => "the recording holds no answer to this question".into(),
        }
    }

    fn call(&self, ask: &Ask) -> Option<&Call> {
        if let Some(key) = self.keys.get(&ask.question) {
            return self.calls.get(key);
        }
        let mut asked = Question {
            stage: StageName::Mock,
            prompt: String::new(),
            messages: ask.messages()?,
            legal: LegalAnswer::YesNo,
            max_tokens: 0,
            respondent: Respondent::Model,
        };
        self.shapes.iter().find_map(|shape| {
            asked.prompt.clone_from(&shape.prompt);
            asked.legal = match (&shape.legal, &ask.decision) {
                (LegalAnswer::Decision { several, .. }, Some(decision)) if *several == decision.several => {
                    decision.legal()
                }
                (LegalAnswer::Decision { .. }, _) | (_, Some(_)) => return None,
                (LegalAnswer::Choice { .. }, _) => LegalAnswer::Choice { count: ask.listed() },
                (LegalAnswer::Letter { .. }, _) => LegalAnswer::Letter { count: ask.lettered() },
                (LegalAnswer::Choices { .. }, _) => {
                    LegalAnswer::Choices { documents: ask.documents(), count: ask.listed_for_each() }
                }
                (legal, _) => legal.clone(),
            };
            asked.max_tokens =
                shape.max_tokens.saturating_mul(u32::try_from(asked.legal.documents()).unwrap_or(u32::MAX));
            self.calls.get(&asked.key(&self.model))
        })
    }
}

/// What a journal lacks that has these probe lines.
fn lacking(probes: &[Probe]) -> String {
    match probes.first() {
        None => "has no probe line that names its model".into(),
        Some(probe) if probe.protocol.is_chat() => {
            format!("holds answers of {}, a chat model: leave --protocol out", probe.model)
        }
        Some(probe) => {
            let name = probe.protocol.name();
            format!("holds answers of {}, a decision model: add --protocol {name}", probe.model)
        }
    }
}

fn outcome(ask: &Ask, call: &Call) -> Found {
    match &call.reply {
        Recorded::Failed { error, .. } => Found::Failed(error.clone()),
        Recorded::Completion { content, logprobs } => {
            let estimated = Given::text(ask, content.clone());
            Found::Given(Given {
                logprobs: logprobs.clone(),
                finish_reason: call.finish_reason.clone().unwrap_or(estimated.finish_reason),
                usage: call.usage.unwrap_or(estimated.usage),
                ..estimated
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Mention;
    use serde_json::{Value, json};

    const PROBE: &str = r#"{"probe":{"model":"m"}}"#;

    fn recording(lines: &[String]) -> Result<Recording, Error> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("calls.jsonl");
        std::fs::write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        Recording::read(&file, Protocol::Chat, &Prompts::load(None).unwrap(), Mention::neutral, |_| {})
    }

    #[test]
    fn a_run_that_asked_nobody_is_said_to_be_one() {
        let folder = tempfile::tempdir().unwrap();
        let read =
            || Recording::read(folder.path(), Protocol::Chat, &Prompts::load(None).unwrap(), Mention::neutral, |_| {});
        assert!(read().unwrap_err().to_string().contains("it holds no manifest.json"));
        let manifest = crate::run::fixture::small().build().manifest;
        std::fs::write(folder.path().join("manifest.json"), serde_json::to_string(&manifest).unwrap()).unwrap();
        assert!(read().unwrap_err().to_string().contains("asked no model"));
    }

    fn asked(question: &Question, model: &str) -> Ask {
        let body = json!({"model": model, "messages": question.messages}).to_string();
        Ask::read(body.as_bytes(), &Prompts::load(None).unwrap()).unwrap()
    }

    fn judged(document: &str) -> Question {
        let variables = minijinja::context! { document, predicate => "It is late." };
        Prompts::load(None).unwrap().assign.question(StageName::Assign, variables).unwrap()
    }

    fn line(question: &Question, with_texts: bool, reply: Value) -> String {
        let mut line = json!({"key": question.key("m"), "stage": "assign", "prompt": question.prompt, "reply": reply, "milliseconds": 3});
        if with_texts {
            line["request"] = json!(question.messages);
        }
        line.to_string()
    }

    #[test]
    fn questions_are_found_with_and_without_recorded_texts() {
        for with_texts in [true, false] {
            let question = judged("Where is it?");
            let call =
                line(&question, with_texts, json!({"content": "Yes", "logprobs": [["Yes", -0.1], ["No", -2.4]]}));
            let recording = recording(&[PROBE.into(), call]).unwrap();
            let Found::Given(given) = recording.find(&asked(&question, "m")) else { panic!("{with_texts}") };
            assert_eq!((given.content.as_str(), given.logprobs.unwrap()[1].1), ("Yes", -2.4));
        }
    }

    #[test]
    fn what_was_not_recorded_is_not_invented() {
        let question = judged("Where is it?");
        let recording = recording(&[PROBE.into(), line(&question, true, json!({"content": "Yes"}))]).unwrap();
        assert!(matches!(recording.find(&asked(&judged("Who is it?"), "m")), Found::Nothing(_)));
        assert!(matches!(recording.find(&asked(&question, "another")), Found::Nothing(why) if why.contains("another")));
    }

    #[test]
    fn a_failure_is_recorded_as_one_and_the_last_outcome_counts() {
        let question = judged("x");
        let [failed, answered] =
            [json!({"error": "timeout"}), json!({"content": "No"})].map(|reply| line(&question, false, reply));
        let last = |lines: [&String; 2]| {
            let lines: Vec<String> = std::iter::once(PROBE.to_owned()).chain(lines.map(String::clone)).collect();
            recording(&lines).unwrap().find(&asked(&question, "m"))
        };
        assert_eq!(last([&answered, &failed]), Found::Failed("timeout".into()));
        assert!(matches!(last([&failed, &answered]), Found::Given(_)));
    }

    #[test]
    fn a_decision_is_found_by_what_was_asked_whatever_the_protocol() {
        let prompts = Prompts::load(None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("calls.jsonl");
        let options = || {
            [("late", "It is late."), ("broken", "It is broken.")]
                .map(|(label, predicate)| minijinja::context! { label, predicate })
        };
        let variables = || minijinja::context! { document => "Where is it?", goal => "why?", options => options() };
        for (prompt, said) in [(&prompts.decide, "[0.7,0.2,0.1]"), (&prompts.decide_each, "[0.7,0.2]")] {
            let question = prompt.question(StageName::Core, variables()).unwrap();
            let probe = r#"{"judge":{"model":"m","protocol":"systemone"}}"#;
            let content = format!("{{\"probabilities\":{said}}}");
            std::fs::write(&file, format!("{probe}\n{}\n", line(&question, true, json!({ "content": content }))))
                .unwrap();
            let read = |protocol| Recording::read(&file, protocol, &prompts, Mention::neutral, |_| {});
            assert!(read(Protocol::Chat).unwrap_err().to_string().contains("add --protocol systemone"));
            for protocol in [Protocol::Systemone, Protocol::Decisions] {
                let body =
                    crate::model::decision(protocol, "m", &question, &serde_json::Map::new()).unwrap().to_string();
                let ask = Ask::read_decision(protocol, body.as_bytes(), &prompts).unwrap();
                assert_eq!(ask.stage, Some("decide"));
                let Found::Given(given) = read(protocol).unwrap().find(&ask) else { panic!("{protocol:?} {body}") };
                assert_eq!(given.content, content);
            }
        }
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused_and_a_damaged_line_is_left_out() {
        assert!(recording(&[r#"{"id":1}"#.into()]).unwrap_err().to_string().contains("probe line"));
        assert!(recording(&[]).unwrap_err().to_string().contains("probe line"));
        let question = judged("x");
        let call = line(&question, true, json!({"content": "Yes"}));
        let damaged = recording(&[PROBE.into(), "{\"key\": \0\0".into(), call]).unwrap();
        assert!(matches!(damaged.find(&asked(&question, "m")), Found::Given(_)));
    }
}
