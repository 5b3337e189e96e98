//! A request to a decision model as far as the mock reads it, and the reply to it, in the protocols that servers speak.

use async_openai::types::decisions::{
    ChoiceOptionParam, ChoiceValueParam, DecisionInput, DecisionRequest, QuestionParam, QuestionParamChoice,
    QuestionParamInstructions, QuestionParamPredicate,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::{Entry, LegalAnswer, Protocol};

/// What a decision model is asked about one text: which of the entries fits best, or whether each of them holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// How it was asked.
    protocol: Protocol,
    /// What is chosen from, in the order asked.
    pub entries: Vec<Entry>,
    /// Whether each entry is judged by itself.
    pub several: bool,
    /// The option of a choice that stands for none of the entries.
    none: String,
    /// What each question is called, where questions have names.
    names: Vec<String>,
}

/// A request in either protocol.
#[derive(Debug, PartialEq)]
pub struct Request {
    /// The model asked for.
    pub model: String,
    /// The text that is judged.
    pub state: String,
    /// What is asked about it.
    pub instructions: String,
    /// What the answers are chosen from.
    pub decision: Decision,
}

/// One question of a request.
enum Asked {
    /// Whether a statement is true.
    Predicate(String),
    /// Which option fits best; each with what belongs to it.
    Choice(String, Vec<(String, Option<String>)>),
}

impl Request {
    /// Reads a request's body.
    ///
    /// # Errors
    /// With what is wrong, in words, when it is not a request of the protocol, or none that the mock answers.
    pub fn read(protocol: Protocol, body: &[u8]) -> Result<Request, String> {
        match protocol {
            Protocol::Chat => Err("a chat model decides nothing".into()),
            Protocol::Systemone => systemone(body),
            Protocol::Decisions => decisions(body),
        }
    }

    fn new(
        protocol: Protocol,
        model: String,
        state: String,
        questions: Vec<(String, Asked)>,
    ) -> Result<Request, String> {
        let (names, questions): (Vec<String>, Vec<Asked>) = questions.into_iter().unzip();
        let is_choice = matches!(questions.as_slice(), [Asked::Choice(..)]);
        let is_list = questions.iter().all(|asked| matches!(asked, Asked::Predicate(_))) && !questions.is_empty();
        if !is_choice && !is_list {
            return Err("the mock answers one choice a request, or any number of questions for yes and no".into());
        }
        let mut decision = Decision { protocol, entries: Vec::new(), several: is_list, none: String::new(), names };
        let mut instructions = String::new();
        for asked in questions {
            match asked {
                Asked::Predicate(statement) => {
                    // What is asked stands before the statement that it is asked about.
                    let (before, predicate) = statement.rsplit_once('\n').unwrap_or(("", &statement));
                    before.clone_into(&mut instructions);
                    decision.entries.push(Entry { label: String::new(), predicate: predicate.into() });
                }
                Asked::Choice(asked, mut options) => {
                    decision.none = match options.pop() {
                        Some((none, None)) => none,
                        _ => return Err("the last option of a choice stands for none of them, and has no text".into()),
                    };
                    let entry = |(label, predicate): (String, Option<String>)| Entry {
                        label,
                        predicate: predicate.unwrap_or_default(),
                    };
                    decision.entries = options.into_iter().map(entry).collect();
                    instructions = asked;
                }
            }
        }
        Ok(Request { model, state, instructions, decision })
    }

    /// Text and question together, as a model that reads them in one piece does.
    pub fn shown(&self) -> String {
        let entry = |entry: &Entry| format!("{}: {}\n", entry.label, entry.predicate);
        let entries: String = self.decision.entries.iter().map(entry).collect();
        format!("<document>\n{}\n</document>\n{}\n{entries}", self.state, self.instructions)
    }
}

#[derive(Deserialize)]
struct Systemone {
    #[serde(default)]
    model: String,
    state: String,
    questions: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum SystemoneQuestion {
    Noul { instructions: String },
    Choice { instructions: String, criteria: Map<String, Value> },
}

fn systemone(body: &[u8]) -> Result<Request, String> {
    let wrong = |problem: serde_json::Error| format!("no request to decide: {problem}");
    let raw: Systemone = serde_json::from_slice(body).map_err(wrong)?;
    let question = |(name, question): (String, Value)| {
        let option = |(name, criterion): (String, Value)| (name, criterion.as_str().map(str::to_owned));
        let asked = match serde_json::from_value(question).map_err(wrong)? {
            SystemoneQuestion::Noul { instructions } => Asked::Predicate(instructions),
            SystemoneQuestion::Choice { instructions, criteria } => {
                Asked::Choice(instructions, criteria.into_iter().map(option).collect())
            }
        };
        Ok((name, asked))
    };
    let questions = raw.questions.into_iter().map(question).collect::<Result<_, String>>()?;
    Request::new(Protocol::Systemone, raw.model, raw.state, questions)
}

fn decisions(body: &[u8]) -> Result<Request, String> {
    let raw: DecisionRequest =
        serde_json::from_slice(body).map_err(|problem| format!("no request to decide: {problem}"))?;
    let DecisionInput::Text(state) = raw.input else { return Err("the mock reads an input that is a text".into()) };
    let text = |instructions| match instructions {
        QuestionParamInstructions::Text(text) => Ok(text),
        QuestionParamInstructions::Items(_) => Err("the mock reads instructions that are a text".to_owned()),
    };
    let option = |option: ChoiceOptionParam| match option.value {
        ChoiceValueParam::Text(name) => (name, option.description),
        ChoiceValueParam::Boolean(value) => (value.to_string(), option.description),
    };
    let question = |question: QuestionParam| match question {
        QuestionParam::Predicate(QuestionParamPredicate { name, instructions }) => {
            Ok((name.unwrap_or_default(), Asked::Predicate(text(instructions)?)))
        }
        QuestionParam::Choice(QuestionParamChoice { name, instructions, choices }) => {
            let options = choices.into_iter().map(option).collect();
            Ok((name.unwrap_or_default(), Asked::Choice(text(instructions)?, options)))
        }
        QuestionParam::Score(_) => Err("the mock gives no scores".to_owned()),
    };
    let questions = raw.questions.into_iter().map(question).collect::<Result<_, String>>()?;
    Request::new(Protocol::Decisions, raw.model, state, questions)
}

impl Decision {
    /// What counts as an answer.
    pub fn legal(&self) -> LegalAnswer {
        LegalAnswer::Decision { entries: self.entries.clone(), several: self.several }
    }

    /// The reply with probabilities that stand in `content` as the journal has them.
    pub fn reply(&self, model: &str, content: &str, prompt_tokens: u64) -> Value {
        let said: Value = serde_json::from_str(content).unwrap_or_default();
        let probabilities = said["probabilities"].as_array().cloned().unwrap_or_default();
        let usage = json!({
            "input_tokens": prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 0,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": prompt_tokens,
        });
        let answers = if self.protocol == Protocol::Systemone {
            self.by_name(&probabilities)
        } else {
            self.in_order(&probabilities)
        };
        json!({ "model": model, "answers": answers, "usage": usage })
    }

    fn by_name(&self, probabilities: &[Value]) -> Value {
        let names = self.names.iter();
        if self.several {
            let given = names.zip(probabilities).filter(|(_, probability)| !probability.is_null());
            let answers = given.map(|(name, probability)| (name.clone(), json!({"type": "noul", "noul": probability})));
            return Value::Object(answers.collect());
        }
        let listed: Map<String, Value> = self.options().map(str::to_owned).zip(probabilities.iter().cloned()).collect();
        let (choice, confidence) = self.likeliest(probabilities);
        let answer = json!({"type": "choice", "choice": choice, "probabilities": listed, "confidence": confidence});
        Value::Object(names.map(|name| (name.clone(), answer.clone())).collect())
    }

    fn in_order(&self, probabilities: &[Value]) -> Value {
        let names = self.names.iter().map(|name| Some(name).filter(|name| !name.is_empty()));
        if self.several {
            let answer = |(name, probability): (Option<&String>, &Value)| match probability.is_null() {
                true => json!({"type": "refusal", "name": name}),
                false => json!({"type": "predicate", "name": name, "probability": probability}),
            };
            return names.zip(probabilities).map(answer).collect();
        }
        let listed: Vec<Value> = self
            .options()
            .zip(probabilities)
            .map(|(value, probability)| json!({"value": value, "probability": probability}))
            .collect();
        let (choice, confidence) = self.likeliest(probabilities);
        let answer = |name| {
            json!({"type": "choice", "name": name, "choice": choice, "probabilities": listed,
                "confidence": confidence})
        };
        names.map(answer).collect()
    }

    /// Names of the options of a choice.
    fn options(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.label.as_str()).chain([self.none.as_str()])
    }

    fn likeliest(&self, probabilities: &[Value]) -> (&str, f64) {
        let numbers = probabilities.iter().map(|probability| probability.as_f64().unwrap_or(0.0));
        self.options().zip(numbers).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((self.none.as_str(), 0.0))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A request about two groups.
    pub fn request(protocol: Protocol, several: bool) -> Value {
        let (about, statements) = ("Which group?", ["It is about a parcel", "It is about a brake"]);
        let questions = match (protocol, several) {
            (Protocol::Systemone, true) => json!({
                "1": {"type": "noul", "instructions": format!("True?\n{}", statements[0])},
                "2": {"type": "noul", "instructions": format!("True?\n{}", statements[1])},
            }),
            (Protocol::Systemone, false) => json!({"answer": {"type": "choice", "instructions": about, "criteria":
                {"parcels": statements[0], "brakes": statements[1], "none of these": null}}}),
            (_, true) => json!([
                {"type": "predicate", "instructions": format!("True?\n{}", statements[0])},
                {"type": "predicate", "instructions": format!("True?\n{}", statements[1])},
            ]),
            (_, false) => json!([{"type": "choice", "instructions": about, "choices": [
                {"value": "parcels", "description": statements[0]}, {"value": "brakes", "description": statements[1]},
                {"value": "none of these"}]}]),
        };
        let state = if protocol == Protocol::Systemone { "state" } else { "input" };
        json!({"model": "scripted", state: "The brake squeals.", "questions": questions})
    }

    fn read(body: &Value, protocol: Protocol) -> Result<Request, String> {
        Request::read(protocol, body.to_string().as_bytes())
    }

    #[test]
    fn both_protocols_ask_the_same() {
        for several in [false, true] {
            let [one, other] = [Protocol::Systemone, Protocol::Decisions]
                .map(|protocol| read(&request(protocol, several), protocol).unwrap());
            assert_eq!((one.shown(), one.decision.legal()), (other.shown(), other.decision.legal()));
            assert_eq!((one.state.as_str(), one.decision.several), ("The brake squeals.", several));
        }
    }

    #[test]
    fn what_the_mock_cannot_answer_is_refused() {
        let asked = |questions: Value| {
            read(&json!({"model": "m", "state": "x", "questions": questions}), Protocol::Systemone).unwrap_err()
        };
        assert!(asked(json!({})).contains("one choice"));
        assert!(asked(json!({"1": {"type": "score", "instructions": "how?"}})).contains("score"));
        let choice = json!({"a": {"type": "choice", "instructions": "x", "criteria": {"late": "It is late."}}});
        assert!(asked(choice).contains("none of them"));
        assert!(read(&json!({"model": "m", "messages": []}), Protocol::Systemone).unwrap_err().contains("state"));
    }
}
