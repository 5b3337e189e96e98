//! How a fault looks on the wire.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::kind::{Kind, Pause};
use crate::mock::answer::Given;
use crate::mock::ask::Ask;
use crate::mock::dialect::{Dialect, Problem};
use crate::mock::reply::{Ending, Response};

/// Bytes of a huge reply.
const HUGE: usize = 10_000_000;

impl Kind {
    /// What becomes of an answer. `context` is in tokens.
    pub fn happen(&self, dialect: Dialect, ask: &Ask, given: Given, context: u64) -> Ending {
        let problem = |problem: &Problem| Response::problem(dialect, problem);
        Ending::Sent(match self {
            Kind::Drop => return Ending::Dropped,
            Kind::Reset => return Ending::Reset,
            Kind::Hang => return Ending::Hung,
            Kind::Status(400, _) if dialect == Dialect::Azure => problem(&dialect.filtered()),
            Kind::Status(status, pause) => {
                Response { retry_after: pause.map(Pause::header), ..problem(&Problem::of_status(*status)) }
            }
            Kind::Quota => Response::problem(Dialect::Openai, &Problem::quota()), // the others know no quota
            Kind::Context => {
                let spoken = if dialect == Dialect::Ollama { Dialect::Llamacpp } else { dialect };
                let overflow = spoken.overflow(ask.prompt_tokens().max(context + 1), context);
                problem(&overflow.unwrap_or_else(|| Problem::of_status(400)))
            }
            Kind::Html => Response::of(502, "text/html", HTML.into()),
            Kind::Empty => Response::of(200, "application/json", Vec::new()),
            Kind::Truncated | Kind::InvalidUtf8 => self.spoilt(Response::completion(dialect, ask, &given)),
            _ if ask.decision.is_some() => Response::json(&self.distorted(Response::value(dialect, ask, &given))),
            _ => Response::completion(dialect, ask, &self.another(ask, given)),
        })
    }

    /// The same response, broken.
    fn spoilt(&self, mut response: Response) -> Response {
        let middle = response.body.len() / 2;
        if *self == Kind::Truncated {
            response.body.truncate(middle);
        } else {
            // Within the text of the reply: JSON but for one byte.
            let text = b"\"content\":\"";
            let place = response.body.windows(text.len()).position(|part| part == text);
            response.body.insert(place.map_or(middle, |place| place + text.len()), 0xff);
        }
        response
    }

    /// The same reply of a decision model, as it cannot be meant.
    fn distorted(&self, mut reply: Value) -> Value {
        let answers = &mut reply["answers"];
        match self {
            Kind::Refusal => match answers {
                Value::Array(answers) => {
                    answers.iter_mut().take(1).for_each(|answer| *answer = json!({"type": "refusal", "name": null}));
                }
                Value::Object(answers) => {
                    drop(answers.keys().next().cloned().map(|first| answers.shift_remove(&first)))
                }
                _ => {}
            },
            Kind::AboveOne => first(answers).into_iter().for_each(|probability| *probability = json!(1.7)),
            Kind::NoNumber => first(answers).into_iter().for_each(|probability| *probability = json!("NaN")),
            Kind::LowSum => {
                for probability in probabilities(answers).into_iter().flatten() {
                    *probability = json!(probability.as_f64().unwrap_or(0.0) / 5.0);
                }
            }
            Kind::MissingOption => shorten(answers),
            Kind::Huge => reply["padding"] = Value::String("word ".repeat(HUGE / 5)),
            Kind::SilentTruncation => {
                let tokens = reply["usage"]["input_tokens"].as_u64().unwrap_or(0);
                reply["usage"]["input_tokens"] = (tokens / 8).max(1).into();
            }
            _ => {}
        }
        reply
    }

    /// The same answer, put otherwise.
    fn another(&self, ask: &Ask, given: Given) -> Given {
        match self {
            Kind::Length => {
                let half = given.content.chars().take(given.content.chars().count() / 2).collect();
                Given { finish_reason: "length".into(), ..given.with_content(half) }
            }
            Kind::Schema => {
                let schema = ask.schema.as_ref().map_or(r#"{"enum":["Yes","No"]}"#.into(), ToString::to_string);
                given.with_content(schema)
            }
            Kind::Fence => {
                let language = if given.content.starts_with('{') { "json" } else { "" };
                let content = format!("```{language}\n{}\n```", given.content);
                given.with_content(content)
            }
            Kind::Refusal => {
                Given { refused: true, ..given.with_content("I'm sorry, but I can't help with that.".into()) }
            }
            Kind::Reasoning => {
                let content =
                    format!("<think>\nThe answer could be Yes or No. Let me see.\n</think>\n\n{}", given.content);
                given.with_content(content)
            }
            Kind::Huge => given.with_content("word ".repeat(HUGE / 5)),
            Kind::SilentTruncation => {
                let mut given = given;
                given.usage.prompt_tokens = (given.usage.prompt_tokens / 8).max(1);
                given
            }
            _ => given,
        }
    }
}

/// The answer to the first question.
fn first_answer(answers: &mut Value) -> Option<&mut Value> {
    match answers {
        Value::Array(answers) => answers.first_mut(),
        Value::Object(answers) => answers.values_mut().next(),
        _ => None,
    }
}

/// The probabilities of a choice; none where statements are judged.
fn probabilities(answers: &mut Value) -> Option<Vec<&mut Value>> {
    match first_answer(answers)?.get_mut("probabilities")? {
        Value::Array(listed) => Some(listed.iter_mut().map(|option| &mut option["probability"]).collect()),
        Value::Object(listed) => Some(listed.values_mut().collect()),
        _ => None,
    }
}

/// The first probability of a reply.
fn first(answers: &mut Value) -> Option<&mut Value> {
    if first_answer(answers)?.get("probabilities").is_some() {
        return probabilities(answers)?.into_iter().next();
    }
    let name = if answers.is_array() { "probability" } else { "noul" };
    first_answer(answers)?.get_mut(name)
}

/// Takes one probability out of a reply.
fn shorten(answers: &mut Value) {
    match first_answer(answers).and_then(|answer| answer.get_mut("probabilities")) {
        Some(Value::Array(listed)) => drop(listed.pop()),
        Some(Value::Object(listed)) => {
            listed.keys().next_back().cloned().and_then(|last| listed.shift_remove(&last));
        }
        _ => match answers {
            Value::Array(answers) => drop(answers.pop()),
            other => first_answer(other).into_iter().for_each(|answer| answer["noul"] = Value::Null),
        },
    }
}

/// The longest time that a date in the future is away, in seconds: a thousand years.
const LONGEST_WAIT: u64 = 31_536_000_000;

impl Pause {
    /// The value of `Retry-After`.
    fn header(self) -> String {
        match self {
            Pause::Seconds(seconds) => seconds.to_string(),
            Pause::Date(seconds) => {
                // A date has four digits for its year.
                let wait = Duration::from_secs(seconds.min(LONGEST_WAIT));
                httpdate::fmt_http_date(SystemTime::now() + wait)
            }
        }
    }
}

const HTML: &str =
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n";

#[cfg(test)]
mod tests {
    use super::super::super::ask::tests::{asked, decided};
    use super::*;
    use crate::model::Protocol;

    fn sent(name: &str, dialect: Dialect) -> Response {
        let ask = Ask { schema: Some(json!({"type": "object"})), ..asked("a question of some length") };
        let given = Given::verdict(&ask, 0.9);
        match Kind::parse(name).unwrap().happen(dialect, &ask, given, 100) {
            Ending::Sent(response) => response,
            ending => panic!("{ending:?}"),
        }
    }

    fn content(name: &str) -> String {
        let body: Value = serde_json::from_slice(&sent(name, Dialect::Llamacpp).body).unwrap();
        body["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }

    #[test]
    fn replies_are_put_otherwise() {
        assert_eq!(content("length"), "Y");
        assert_eq!(content("schema"), r#"{"type":"object"}"#);
        assert_eq!(content("fence"), "```\nYes\n```");
        assert!(content("reasoning").starts_with("<think>") && content("reasoning").ends_with("\n\nYes"));
        assert_eq!(content("huge").len(), HUGE);
    }

    #[test]
    fn bodies_are_broken() {
        assert!(sent("empty", Dialect::Llamacpp).body.is_empty());
        let invalid = sent("invalid-utf8", Dialect::Llamacpp).body;
        assert!(std::str::from_utf8(&invalid).is_err());
        let mended = invalid.iter().copied().filter(|byte| *byte != 0xff).collect::<Vec<_>>();
        assert!(serde_json::from_slice::<Value>(&mended).is_ok());
        let truncated = sent("truncated", Dialect::Llamacpp).body;
        assert!(serde_json::from_slice::<Value>(&truncated).unwrap_err().is_eof());
    }

    #[test]
    fn replies_of_decision_models_are_distorted_in_both_protocols() {
        let sent = |name: &str, protocol, several| {
            let ask = decided(protocol, several);
            let all = [Some(0.5), Some(0.25), Some(0.25)];
            let given = Given::decided(&ask, &all[..if several { 2 } else { 3 }]);
            match Kind::parse(name).unwrap().happen(Dialect::Llamacpp, &ask, given, 100) {
                Ending::Sent(response) => serde_json::from_slice::<Value>(&response.body).unwrap()["answers"].take(),
                ending => panic!("{ending:?}"),
            }
        };
        let [one, other] = [Protocol::Systemone, Protocol::Decisions];
        assert_eq!(sent("refusal", one, false), json!({}));
        assert_eq!(sent("refusal", other, true)[0], json!({"type": "refusal", "name": null}));
        assert_eq!(sent("refusal", one, true), json!({"2": {"type": "noul", "noul": 0.25}}));
        assert_eq!(sent("above-one", one, false)["answer"]["probabilities"]["parcels"], 1.7);
        assert_eq!(sent("above-one", other, true)[0]["probability"], 1.7);
        assert_eq!(sent("no-number", other, false)[0]["probabilities"][0]["probability"], "NaN");
        assert_eq!(sent("no-number", one, true)["1"]["noul"], "NaN");
        assert_eq!(sent("low-sum", one, false)["answer"]["probabilities"]["none of these"], 0.05);
        assert_eq!(sent("missing-option", other, false)[0]["probabilities"].as_array().unwrap().len(), 2);
        assert_eq!(sent("missing-option", other, true).as_array().unwrap().len(), 1);
        assert_eq!(sent("missing-option", one, true)["1"]["noul"], Value::Null);
    }

    #[test]
    fn a_time_to_wait_is_told_in_seconds_or_as_a_date() {
        assert_eq!(sent("429-after=7", Dialect::Openai).retry_after.as_deref(), Some("7"));
        let date = sent("503-date=3600", Dialect::Openai).retry_after.unwrap();
        let wait = httpdate::parse_http_date(&date).unwrap().duration_since(SystemTime::now()).unwrap();
        assert!((3590..=3600).contains(&wait.as_secs()), "{date}");
        assert_eq!(sent("429", Dialect::Openai).retry_after, None);
    }

    #[test]
    fn a_silent_truncation_is_told_only_by_the_count() {
        let tokens = |name: &str| {
            serde_json::from_slice::<Value>(&sent(name, Dialect::Ollama).body).unwrap()["usage"]["prompt_tokens"]
                .as_u64()
        };
        assert!(tokens("silent-truncation") < tokens("fence").map(|tokens| tokens / 4));
        assert_eq!(content("silent-truncation"), "Yes");
    }
}
