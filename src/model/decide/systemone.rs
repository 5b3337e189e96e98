//! `POST /v1/systemone`: the text is a `state`, questions have names, and the reply has one answer under each. The types of
//! question are `noul` (yes or no), `choice` and `score`. Servers: llama.cpp, Ollama, LM Studio and others.

use serde_json::{Map, Value, json};

use super::{Said, Typed};

/// The name of a question that is alone.
const ANSWER: &str = "answer";

pub(super) fn body(model: &str, typed: &Typed<'_>) -> Value {
    json!({ "model": model, "state": typed.state, "questions": questions(typed) })
}

fn questions(typed: &Typed<'_>) -> Map<String, Value> {
    if !typed.several {
        let criteria: Map<String, Value> =
            typed.options().map(|(name, predicate)| (name.to_owned(), predicate.into())).collect();
        let choice = json!({ "type": "choice", "instructions": typed.instructions, "criteria": criteria });
        return Map::from_iter([(ANSWER.to_owned(), choice)]);
    }
    let asked = |entry| json!({ "type": "noul", "instructions": typed.about(entry) });
    typed.entries.iter().enumerate().map(|(place, entry)| (number(place), asked(entry))).collect()
}

/// The name of the question about one of several entries.
fn number(place: usize) -> String {
    (place + 1).to_string()
}

/// None where the reply is not one to the question. An answer that is missing was declined.
pub(super) fn probabilities(value: &Value, typed: &Typed<'_>) -> Option<Said> {
    let answers = value["answers"].as_object()?;
    let answer = |name: &str| answers.get(name).filter(|answer| !answer.is_null());
    if typed.several {
        let one = |place| match answer(&number(place)) {
            None => Some(None),
            Some(answer) => answer["noul"].as_f64().map(Some),
        };
        return (0..typed.entries.len()).map(one).collect::<Option<_>>().map(Said::Probabilities);
    }
    let Some(answer) = answer(ANSWER) else { return Some(Said::Declined) };
    let probabilities = answer["probabilities"].as_object()?;
    let of_name = |name: &String| probabilities.get(name)?.as_f64().map(Some);
    let probabilities = typed.names.iter().map(of_name).collect::<Option<Vec<_>>>()?;
    typed.is_of(&answer["choice"], &probabilities).then_some(Said::Probabilities(probabilities))
}
