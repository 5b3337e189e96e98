//! Any body as a decision model's reply, in either protocol: no panic, and what is read are probabilities of the question.
#![cfg_attr(not(test), no_main)]

use colligate::model::{
    Answer, Call, Entry, LegalAnswer, Message, Protocol, Question, Reply, Respondent, Role, StageName, decided,
    decision, parse,
};
use serde_json::{Map, Value, json};

const LABELS: [&str; 8] = ["parcels", "brakes", "none of these", "", "1", "parcels 2", "none of these 2", "ä\n"];
/// By how much rounded probabilities may exceed one, and their sum.
const ROUNDING: f64 = 0.01;

fn question(count: u8, several: bool) -> Question {
    let entry = |place: u8| {
        let label = LABELS[usize::from(place.wrapping_mul(count)) % LABELS.len()];
        Entry { label: label.into(), predicate: format!("It tells of {label}.") }
    };
    let message = |role, content: &str| Message { role, content: content.into() };
    Question {
        stage: StageName::Core,
        prompt: "fuzz-1".into(),
        messages: vec![message(Role::System, "What is it about?"), message(Role::User, "a parcel")],
        legal: LegalAnswer::Decision { entries: (0..count % 9).map(entry).collect(), several },
        max_tokens: 1,
        respondent: Respondent::Judge,
    }
}

/// Replies as a server would give them, with even probabilities.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for head in 0_u8..=255 {
        let (protocol, question) = asked(head);
        let body = decision(protocol, "m", &question, &Map::new()).unwrap_or_default();
        let answers = match (protocol, &body["questions"]) {
            (Protocol::Systemone, Value::Object(questions)) => {
                let one = |(name, asked): (&String, &Value)| {
                    let criteria = asked["criteria"].as_object().cloned().unwrap_or_default();
                    let share = 1.0 / criteria.len().max(1) as f64;
                    let shares: Map<String, Value> = criteria.keys().map(|name| (name.clone(), share.into())).collect();
                    (name.clone(), json!({"noul": 0.5, "type": "choice", "probabilities": shares}))
                };
                Value::Object(questions.iter().map(one).collect())
            }
            (_, Value::Array(questions)) => {
                let one = |asked: &Value| {
                    let choices = asked["choices"].as_array().cloned().unwrap_or_default();
                    let share = 1.0 / choices.len().max(1) as f64;
                    let shares: Vec<Value> =
                        choices.iter().map(|choice| json!({"value": choice["value"], "probability": share})).collect();
                    json!({"type": "choice", "probability": 0.5, "probabilities": shares})
                };
                Value::Array(questions.iter().map(one).collect())
            }
            _ => Value::Null,
        };
        let usage = json!({"input_tokens": 3, "input_tokens_details": {"cached_tokens": 1}});
        let reply = json!({"model": "m", "answers": answers, "usage": usage}).to_string();
        seeds.push([&[head], reply.as_bytes()].concat());
    }
    seeds
}

fn asked(head: u8) -> (Protocol, Question) {
    let protocol = if head & 1 == 0 { Protocol::Systemone } else { Protocol::Decisions };
    (protocol, question(head >> 2, head & 2 != 0))
}

pub fn target(bytes: &[u8]) {
    let Some((&head, body)) = bytes.split_first() else { return };
    let (protocol, question) = asked(head);
    let body = String::from_utf8_lossy(body);
    assert!(decided(Protocol::Chat, &body, &question).is_err());
    let Ok(decided) = decided(protocol, &body, &question) else { return };
    assert!(decided.model.is_none_or(|model| !model.trim().is_empty()));
    let LegalAnswer::Decision { entries, several } = &question.legal else { return };
    let completion = decided.completion;
    assert!(completion.usage.is_none_or(|usage| usage.prompt_tokens > 0));
    let call = Call {
        key: String::new(),
        stage: String::new(),
        prompt: String::new(),
        request: None,
        reply: completion.reply,
        finish_reason: completion.finish_reason,
        usage: None,
        milliseconds: 0,
        settles: None,
    };
    let line = serde_json::to_string(&call).expect("a call can be written");
    let back: Call = serde_json::from_str(&line).expect("what was written reads back");
    match parse(&back, &question.legal) {
        Answer::Answered(Reply::Shares(shares)) => {
            let sum: f64 = shares.iter().sum();
            assert!(!several && shares.len() == entries.len() + 1, "{shares:?}");
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)) && (sum - 1.0).abs() < 1e-6, "{shares:?}");
        }
        Answer::Answered(Reply::Probabilities(given)) => {
            assert!(*several && given.len() == entries.len(), "{given:?}");
            assert!(given.iter().flatten().all(|one| (0.0..=1.0 + ROUNDING).contains(one)), "{given:?}");
            assert!(given.iter().any(Option::is_some), "{given:?}");
        }
        other => panic!("what was read is no answer: {other:?}"),
    }
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
