//! What goes over the wire: a reply, or the way in which there is none.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::answer::Given;
use super::ask::Ask;
use super::dialect::{Dialect, Problem};

/// How a request ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// With a response.
    Sent(Response),
    /// The connection is closed without one.
    Dropped,
    /// The connection is reset.
    Reset,
    /// Never; the client leaves.
    Hung,
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// HTTP status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A JSON body with status 200.
    pub fn json(body: &Value) -> Response {
        Response::of(200, "application/json", body.to_string().into_bytes())
    }

    /// An error in a dialect's words.
    pub fn problem(dialect: Dialect, problem: &Problem) -> Response {
        let (status, body) = dialect.error(problem);
        Response { status: code(status), ..Response::json(&body) }
    }

    /// Anything else.
    pub fn of(status: u16, content_type: &'static str, body: Vec<u8>) -> Response {
        Response { status: code(status), content_type, retry_after: None, body }
    }

    /// The body of such a reply.
    pub fn value(dialect: Dialect, ask: &Ask, given: &Given) -> Value {
        match &ask.decision {
            Some(decision) => decision.reply(&ask.model, &given.content, given.usage.prompt_tokens),
            None => completion(dialect, ask, given),
        }
    }

    /// A chat completion, or a decision model's answer.
    pub fn completion(dialect: Dialect, ask: &Ask, given: &Given) -> Response {
        Response::json(&Response::value(dialect, ask, given))
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn completion(dialect: Dialect, ask: &Ask, given: &Given) -> Value {
    let message = match given.refused && dialect.has_refusals() {
        true => json!({"role": "assistant", "content": null, "refusal": given.content}),
        false => json!({"role": "assistant", "content": given.content}),
    };
    let logprobs = given.logprobs.as_ref().filter(|_| ask.logprobs && dialect.gives_logprobs());
    json!({
        "id": format!("chatcmpl-{:016x}", ask.question),
        "object": "chat.completion",
        "created": 0,
        "model": ask.model,
        "choices": [{
            "index": 0,
            "message": message,
            "finish_reason": given.finish_reason,
            "logprobs": logprobs.map(|tokens| logprobs_of(tokens)),
        }],
        "usage": {
            "prompt_tokens": given.usage.prompt_tokens,
            "completion_tokens": given.usage.completion_tokens,
            "total_tokens": given.usage.prompt_tokens + given.usage.completion_tokens,
        },
    })
}

/// The first token only: all that is known, and all that a verdict is read from.
fn logprobs_of(tokens: &[(String, f64)]) -> Value {
    let token =
        |(token, logprob): &(String, f64)| json!({"token": token, "logprob": logprob, "bytes": token.as_bytes()});
    let mut likeliest = tokens.first().map_or_else(|| token(&(String::new(), 0.0)), token);
    likeliest["top_logprobs"] = tokens.iter().map(token).collect();
    json!({"content": [likeliest], "refusal": null})
}

#[cfg(test)]
mod tests {
    use super::super::ask::tests::{asked, decided};
    use super::*;
    use crate::model::Protocol;
    use async_openai::types::chat::CreateChatCompletionResponse;
    use async_openai::types::decisions::{AnswerResource, DecisionResponse};

    #[test]
    fn completions_are_what_a_client_can_read() {
        let ask = asked("x");
        for dialect in [Dialect::Llamacpp, Dialect::Ollama, Dialect::Openai] {
            let refusal = Given { refused: true, ..Given::text(&ask, "I will not.".into()) };
            for given in [Given::verdict(&ask, 0.9), refusal] {
                let body = Response::completion(dialect, &ask, &given).body;
                let read: CreateChatCompletionResponse = serde_json::from_slice(&body).unwrap();
                let (choice, gives) = (&read.choices[0], dialect.gives_logprobs());
                assert_eq!(choice.logprobs.is_some(), gives);
                assert_eq!(choice.message.refusal.is_some(), given.refused && dialect.has_refusals());
                assert_eq!(read.usage.unwrap().prompt_tokens as u64, given.usage.prompt_tokens);
            }
        }
    }

    #[test]
    fn log_probabilities_are_given_only_when_asked_for() {
        let ask = Ask { logprobs: false, ..asked("x") };
        assert!(completion(Dialect::Llamacpp, &ask, &Given::verdict(&ask, 0.9))["choices"][0]["logprobs"].is_null());
    }

    #[test]
    fn replies_to_decisions_are_what_a_client_can_read() {
        for several in [false, true] {
            let ask = decided(Protocol::Decisions, several);
            let given = Given::decided(&ask, &[Some(0.25), None, Some(0.75)][..if several { 2 } else { 3 }]);
            let reply = Response::value(Dialect::Openai, &ask, &given);
            let read: DecisionResponse = match several {
                true => serde_json::from_value(reply).unwrap(),
                // An option whose probability is missing is none that a client can read.
                false => serde_json::from_str(&reply.to_string().replace("null}", "0.0}")).unwrap(),
            };
            match (&read.answers[..], several) {
                ([AnswerResource::Choice(choice)], false) => assert_eq!(choice.confidence, 0.75),
                ([AnswerResource::Predicate(one), AnswerResource::Refusal(_)], true) => {
                    assert_eq!(one.probability, 0.25);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
