//! How a fault looks on the wire.

use std::time::{Duration, SystemTime};

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
    use super::super::super::ask::tests::asked;
    use super::*;
    use serde_json::{Value, json};

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
