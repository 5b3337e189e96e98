//! Typed questions to a decision model, which gives a probability for every option and writes nothing: what is sent and what
//! comes back, in the protocols that servers speak.
//!
//! Whatever the protocol, an answer is written down in one form (`{"probabilities": […]}`, in the order of the question's
//! entries), so that a recording answers without a server, and one server's for another's.

mod decisions;
mod systemone;

use serde_json::{Map, Value};

use super::failure::{Failure, Fault, beginning};
use super::journal::Recorded;
use super::lenient;
use super::options::names;
use super::prompt::{Probabilities, ROUNDING, is_whole};
use super::protocol::Protocol;
use super::question::{Entry, LegalAnswer, Message, Question, Respondent, Role, StageName};
use super::reply::{Completion, count, errors};
use super::usage::CallUsage;

/// The protocols of decision models, in the order tried.
pub const TO_DECIDE: [Protocol; 2] = [Protocol::Systemone, Protocol::Decisions];

/// A question as both protocols put it.
struct Typed<'q> {
    /// The text that is judged.
    state: &'q str,
    /// What is asked about it.
    instructions: &'q str,
    /// What is chosen from.
    entries: &'q [Entry],
    /// Where one entry fits best, a name for each, and for none of them last; none twice.
    names: Vec<String>,
    /// Whether each entry is judged by itself.
    several: bool,
}

impl<'q> Typed<'q> {
    /// None where a question is for a chat model.
    fn of(question: &'q Question) -> Option<Typed<'q>> {
        let LegalAnswer::Decision { entries, several } = &question.legal else { return None };
        let said = |role| {
            let of_role = |message: &&Message| message.role == role;
            question.messages.iter().find(of_role).map_or("", |message| message.content.as_str())
        };
        let (instructions, state) = (said(Role::System), said(Role::User));
        let names = if *several { Vec::new() } else { names(entries) };
        Some(Typed { state, instructions, entries, names, several: *several })
    }

    /// What is asked about one entry by itself.
    fn about(&self, entry: &Entry) -> String {
        format!("{}\n{}", self.instructions, entry.predicate)
    }

    /// The options of a choice: their names, and what belongs to each.
    fn options(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let predicates = self.entries.iter().map(|entry| Some(entry.predicate.as_str()));
        self.names.iter().map(String::as_str).zip(predicates.chain([None]))
    }

    /// Whether the option that a reply calls the choice is the most probable one, or no option is called so: a reply that
    /// contradicts itself says nothing.
    fn is_of(&self, choice: &Value, probabilities: &[Option<f64>]) -> bool {
        let named = choice.as_str().and_then(|choice| self.names.iter().position(|name| name == choice));
        let Some(place) = named else { return true };
        let most = probabilities.iter().flatten().copied().fold(0.0, f64::max);
        probabilities[place].is_some_and(|chosen| chosen >= most - ROUNDING)
    }
}

/// The body of a request, with the user's `extra` fields; none where the protocol does not know such a question.
pub fn body(protocol: Protocol, model: &str, question: &Question, extra: &Map<String, Value>) -> Option<Value> {
    let typed = Typed::of(question)?;
    let mut body = match protocol {
        Protocol::Chat => return None,
        Protocol::Systemone => systemone::body(model, &typed),
        Protocol::Decisions => decisions::body(model, &typed),
    };
    if let Value::Object(fields) = &mut body {
        fields.extend(extra.clone());
    }
    Some(body)
}

/// What a decision model answered.
pub struct Decided {
    /// Its probabilities.
    pub completion: Completion,
    /// Its name, where the reply has one.
    pub model: Option<String>,
}

/// Reads the reply to a question.
///
/// # Errors
/// When the body holds no probabilities for it, when they cannot be ones, or when the model declined to answer.
pub fn read(protocol: Protocol, text: &str, question: &Question) -> Result<Decided, Failure> {
    let value = lenient::read(text).ok_or_else(|| no_decision(text))?;
    if let Some(failure) = errors(&value).into_iter().find_map(|error| super::reply::error_in(error, text)) {
        return Err(failure);
    }
    let typed = Typed::of(question).ok_or_else(|| no_decision(text))?;
    let said = match protocol {
        Protocol::Chat => None,
        Protocol::Systemone => systemone::probabilities(&value, &typed),
        Protocol::Decisions => decisions::probabilities(&value, &typed),
    };
    let probabilities = match said.ok_or_else(|| no_decision(text))? {
        Said::Declined => return Err(Failure::new(Fault::Declined, "the model declined to answer")),
        Said::Probabilities(probabilities) => probabilities,
    };
    let is_probability = |probability: &f64| (0.0..=1.0 + ROUNDING).contains(probability);
    let given: Vec<f64> = probabilities.iter().copied().flatten().collect();
    if !given.iter().all(is_probability) || !(typed.several || is_whole(&given)) {
        return Err(no_decision(text));
    }
    if probabilities.iter().all(Option::is_none) {
        return Err(Failure::new(Fault::Declined, "the model declined to answer"));
    }
    let content = serde_json::to_string(&Probabilities { probabilities }).map_err(|_| no_decision(text))?;
    let usage = &value["usage"];
    let tokens = |names: [&str; 2]| names.iter().find_map(|name| count(&usage[*name]));
    let completion = Completion {
        reply: Recorded::Completion { content, logprobs: None },
        finish_reason: None,
        usage: tokens(["input_tokens", "prompt_tokens"]).filter(|read| *read > 0).map(|prompt_tokens| CallUsage {
            prompt_tokens,
            completion_tokens: tokens(["output_tokens", "completion_tokens"]).unwrap_or(0),
            ..CallUsage::default()
        }),
        cached_tokens: count(&usage["input_tokens_details"]["cached_tokens"]),
    };
    let model = value["model"].as_str().filter(|model| !model.trim().is_empty()).map(str::to_owned);
    Ok(Decided { completion, model })
}

/// What a reply says.
#[derive(Debug, PartialEq)]
enum Said {
    /// One for each entry, and for none of them last where one entry fits best; none where the model declined to say.
    Probabilities(Vec<Option<f64>>),
    /// The model declined to answer at all.
    Declined,
}

fn no_decision(text: &str) -> Failure {
    let shown = if text.trim().is_empty() { "it is empty".into() } else { beginning(text) };
    Failure::new(Fault::NotACompletion, format!("the server's reply is not a decision with probabilities: {shown}"))
}

/// Whether a text is the one by which it is found out what an address speaks: its first option fits. [`crate::mock`] answers
/// as a model would.
pub fn is_trial(state: &str) -> bool {
    trial().messages.iter().any(|message| message.role == Role::User && message.content == state)
}

/// The question by which it is found out what an address speaks.
pub fn trial() -> Question {
    let message = |role, content: &str| Message { role, content: content.into() };
    let entry = |label: &str, predicate: &str| Entry { label: label.into(), predicate: predicate.into() };
    Question {
        stage: StageName::Probe,
        prompt: "probe".into(),
        messages: vec![
            message(Role::System, "What is the text about?"),
            message(Role::User, "The sky over the desert is blue at noon."),
        ],
        legal: LegalAnswer::Decision {
            entries: vec![entry("the sky", "It tells of the sky"), entry("cooking", "It tells of cooking")],
            several: false,
        },
        max_tokens: 1,
        respondent: Respondent::Judge,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    /// A question of either kind about three groups.
    pub fn question(several: bool) -> Question {
        let entry = |label: &str| Entry { label: label.into(), predicate: format!("It tells of {label}.") };
        let entries = ["parcels", "brakes", "parcels"].map(entry).to_vec();
        Question { legal: LegalAnswer::Decision { entries, several }, ..trial() }
    }

    fn probabilities(protocol: Protocol, several: bool, reply: &Value) -> Result<Vec<Option<f64>>, Fault> {
        let decided = read(protocol, &reply.to_string(), &question(several)).map_err(|failure| failure.fault)?;
        let said: Probabilities = serde_json::from_str(decided.completion.reply.content()).unwrap();
        Ok(said.probabilities)
    }

    #[test]
    fn a_choice_is_read_in_the_order_of_its_entries_whatever_the_protocol() {
        let systemone = json!({"answers": {"answer": {"type": "choice", "choice": "brakes", "confidence": 0.9,
            "probabilities": {"none of these": 0.1, "brakes": 0.6, "parcels": 0.2, "parcels 2": 0.1}}}});
        let listed = json!([{"value": "parcels 2", "probability": 0.1}, {"value": "parcels", "probability": 0.2},
            {"value": "brakes", "probability": 0.6}, {"value": "none of these", "probability": 0.1}]);
        let decisions =
            json!({"answers": [{"type": "choice", "name": "answer", "choice": "brakes", "probabilities": listed}]});
        let expected = vec![Some(0.2), Some(0.6), Some(0.1), Some(0.1)];
        assert_eq!(probabilities(Protocol::Systemone, false, &systemone).unwrap(), expected);
        assert_eq!(probabilities(Protocol::Decisions, false, &decisions).unwrap(), expected);
    }

    #[test]
    fn what_the_model_declined_to_say_is_no_no() {
        let all = json!({"answers": [{"type": "refusal", "name": "answer"}]});
        assert_eq!(probabilities(Protocol::Decisions, false, &all), Err(Fault::Declined));
        assert_eq!(probabilities(Protocol::Systemone, false, &json!({"answers": {}})), Err(Fault::Declined));
        let one = json!({"answers": [{"type": "predicate", "probability": 0.25}, {"type": "refusal"},
            {"type": "predicate", "probability": 1.0}]});
        assert_eq!(probabilities(Protocol::Decisions, true, &one).unwrap(), [Some(0.25), None, Some(1.0)]);
        let missing = json!({"answers": {"1": {"noul": 0.25}, "3": {"noul": 1}}});
        assert_eq!(probabilities(Protocol::Systemone, true, &missing).unwrap(), [Some(0.25), None, Some(1.0)]);
    }

    #[test]
    fn what_cannot_be_probabilities_of_the_question_is_no_answer() {
        let wrong = [
            json!({"answers": {"answer": {"probabilities": {"parcels": 0.5, "brakes": 0.5}}}}),
            json!({"answers": {"answer": {"probabilities": {"parcels": 2, "brakes": 0, "parcels 2": 0, "none of these": 0}}}}),
            json!({"answers": {"answer": {"probabilities": {"parcels": "NaN", "brakes": 0, "parcels 2": 0, "none of these": 0}}}}),
            json!({"answers": {"answer": {"probabilities": {"parcels": 0.1, "brakes": 0.1, "parcels 2": 0, "none of these": 0}}}}),
            json!({"answers": {"answer": {"choice": "parcels"}}}),
            json!({"answers": {"answer": {"choice": "brakes",
                "probabilities": {"parcels": 0.7, "brakes": 0.1, "parcels 2": 0.1, "none of these": 0.1}}}}),
            json!({"choices": [{"message": {"content": "parcels"}}]}),
            json!([]),
        ];
        for reply in wrong {
            assert_eq!(probabilities(Protocol::Systemone, false, &reply), Err(Fault::NotACompletion), "{reply}");
        }
        let short = json!({"answers": [{"type": "predicate", "probability": 0.25}]});
        assert_eq!(probabilities(Protocol::Decisions, true, &short), Err(Fault::NotACompletion));
        let failed = json!({"error": {"message": "no such model", "code": 404}, "answers": {}});
        assert_eq!(probabilities(Protocol::Systemone, false, &failed), Err(Fault::Refused(404)));
    }

    #[test]
    fn a_request_has_the_text_apart_from_what_is_asked_about_it() {
        let extra = json!({"cache": true}).as_object().unwrap().clone();
        let one = body(Protocol::Systemone, "m", &question(false), &extra).unwrap();
        assert_eq!(one["state"], "The sky over the desert is blue at noon.");
        assert_eq!(one["questions"]["answer"]["criteria"]["brakes"], "It tells of brakes.");
        assert!(one["questions"]["answer"]["criteria"]["none of these"].is_null() && one["cache"] == true);
        let several = body(Protocol::Decisions, "m", &question(true), &Map::new()).unwrap();
        assert_eq!(several["questions"][1]["instructions"], "What is the text about?\nIt tells of brakes.");
        assert!(body(Protocol::Chat, "m", &question(true), &Map::new()).is_none());
    }
}
