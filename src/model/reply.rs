//! A server's reply, read leniently: what an answer does not need cannot spoil it.

use serde_json::Value;

use super::failure::{Failure, Fault, beginning};
use super::journal::Recorded;
use super::lenient;
use super::prompt::{ROUNDING, place, word};
use super::usage::CallUsage;

/// Tokens of one request at most, as a server may count them: no model reads as many. A larger count is a mistake.
const MOST_TOKENS: f64 = 1e8;
/// The least log-probability that is kept: its probability is nothing, and it reads back from any journal.
const LEAST_LOGPROB: f64 = -9999.0;

/// Endings of an answer that is whole, or that a limit has cut, in the words of various servers.
const ENDED: [&str; 14] = [
    "stop",
    "length",
    "eos",
    "eos_token",
    "end_turn",
    "stop_sequence",
    "stop_token",
    "end",
    "done",
    "complete",
    "completed",
    "finish",
    "finished",
    "normal",
];
/// In an ending that says that something went wrong before the answer was whole: another try may help.
const BROKEN_OFF: [&str; 8] =
    ["error", "abort", "cancel", "interrupt", "insufficient", "timeout", "unavailable", "overload"];
/// In a provider's own word for an ending, beside the gateway's: the answer was withheld.
const WITHHELD: [&str; 8] = ["filter", "safety", "block", "prohibit", "refus", "recitation", "spii", "sensitive"];
/// Who speaks for the model, in the words of various servers. Whoever else is named says something that the model did not.
const SPEAKERS: [&str; 6] = ["", "assistant", "model", "ai", "bot", "chatbot"];
/// Kinds of a part that are the model's words, or its thinking.
const WORDS: [&str; 2] = ["text", "output_text"];
const THINKING: [&str; 5] = ["thinking", "redacted_thinking", "reasoning", "reasoning_text", "summary_text"];
/// What a server's own word on the whole reply may be.
const STATUSES: [&str; 6] = ["completed", "complete", "success", "succeeded", "ok", "done"];

/// A server's word for why the model stopped, in small letters; of the words for a limit the usual one.
fn ending(reason: &str) -> String {
    match reason.to_ascii_lowercase().as_str() {
        "max_tokens" | "max_length" | "model_length" | "max_output_tokens" => "length".into(),
        reason => reason.to_owned(),
    }
}

/// A completion as it came, not yet parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Content and log-probabilities.
    pub reply: Recorded,
    /// The server's word on why the model stopped.
    pub finish_reason: Option<String>,
    /// Tokens.
    pub usage: Option<CallUsage>,
    /// Tokens of the prompt that the server did not read again, where it says so.
    pub cached_tokens: Option<u64>,
}

/// Reads a chat completion. Where the server did not count the completion's tokens, it has `most_completion`.
///
/// # Errors
/// When the body holds no completion, but an error or something else.
pub fn completion(body: &str, most_completion: u64) -> Result<Completion, Failure> {
    let value = lenient::read(body).ok_or_else(|| not_a_completion(body))?;
    let choice = &value["choices"][0];
    if let Some(failure) = errors(&value).into_iter().find_map(|error| error_in(error, body)) {
        return Err(failure);
    }
    if value["choices"].as_array().is_some_and(|choices| choices.len() > 1) {
        let problem = format!("the server's reply holds several answers where one was asked for: {}", beginning(body));
        return Err(Failure::new(Fault::NotACompletion, problem));
    }
    let finish_reason = match &choice["finish_reason"] {
        Value::Null => None,
        Value::String(reason) => Some(ending(reason)),
        other => Some(other.to_string()),
    };
    let reason = finish_reason.as_deref().filter(|reason| !ENDED.contains(reason) && !reason.is_empty());
    if reason.is_some_and(|reason| BROKEN_OFF.iter().any(|word| reason.contains(word))) {
        return Err(Failure::new(Fault::Busy(502), format!("the model's provider failed: {}", beginning(body))));
    }
    // Like a refusal, these are said, and are never an answer, whatever stands beside them.
    let withheld = reason.map(str::to_owned).or_else(|| beside(&value, choice));
    let said = match withheld {
        Some(reason) => Some(format!("withheld by the server: {reason}")),
        None => speaker(choice).map(|role| format!("said by the {role}, not by the model")).or_else(|| content(choice)),
    };
    let content = said.ok_or_else(|| not_a_completion(body))?;
    let usage = &value["usage"];
    Ok(Completion {
        cached_tokens: count(&usage["prompt_tokens_details"]["cached_tokens"]),
        usage: count(&usage["prompt_tokens"]).filter(|tokens| *tokens > 0).map(|prompt_tokens| CallUsage {
            prompt_tokens,
            completion_tokens: count(&usage["completion_tokens"]).unwrap_or(most_completion),
            ..CallUsage::default()
        }),
        reply: Recorded::Completion { content, logprobs: first_token(&choice["logprobs"]) },
        finish_reason,
    })
}

/// Where a reply with status 200 may say that it is an error.
pub fn errors(value: &Value) -> Vec<&Value> {
    let choice = &value["choices"][0];
    let mut errors: Vec<&Value> = ["error", "errors", "detail"].into_iter().map(|name| &value[name]).collect();
    let message = &choice["message"];
    errors.extend([&choice["error"], &choice["errors"], &message["error"], &message["errors"], &message["detail"]]);
    errors.extend(Some(value).filter(|value| value["object"] == "error" || value["type"] == "error"));
    let base = &value["base_resp"];
    errors.extend(Some(base).filter(|base| base["status_code"].as_f64().is_some_and(|code| code != 0.0)));
    let is_failed = value["success"] == false || count(&value["code"]).is_some_and(|code| code >= 400);
    errors.extend(Some(value).filter(|_| is_failed));
    errors
}

/// What stands beside the model's words and says that they are not its whole answer, or not an answer at all.
fn beside(value: &Value, choice: &Value) -> Option<String> {
    let message = &choice["message"];
    let is_there = |value: &Value| match value {
        Value::Null => false,
        Value::Array(calls) => !calls.is_empty(),
        Value::Object(call) => !call.is_empty(),
        Value::String(text) => !text.is_empty(),
        other => *other != false,
    };
    let places = [message, choice, value];
    let call = ["tool_calls", "function_call"];
    let call = call.into_iter().find(|name| places.iter().any(|place| is_there(&place[*name])));
    let refusal = [choice, value].into_iter().any(|place| is_there(&place["refusal"])).then_some("refusal");
    // Some servers say the same twice.
    let is_other = |said: &Value| is_there(said) && *said != message["content"];
    let twice = [("delta", &choice["delta"]["content"]), ("text", &choice["text"])];
    let second = twice.into_iter().find(|(_, said)| is_other(said)).map(|(name, _)| name);
    let second = second.or_else(|| value["message"].is_object().then_some("a second message"));
    let statuses = places.iter().filter_map(|place| place["status"].as_str());
    let status = statuses.map(str::to_ascii_lowercase).find(|status| !is_whole(status));
    let filter = places.iter().any(|place| is_filtered(place)).then_some("content_filter");
    let mut parts = message["content"].as_array().into_iter().flatten();
    let part = parts
        .find(|part| !is_word(part))
        .map(|part| format!("a part that is no text: {}", beginning(&part.to_string())));
    let truncated = places.iter().any(|place| place["truncated"] == true).then_some("truncated");
    let said = call.or(refusal).or(second).or(filter).or(truncated).map(str::to_owned);
    said.or_else(|| places.iter().find_map(|place| native_ending(place)))
        .or(status.map(|status| format!("status {status}")))
        .or(part)
}

/// Whether a status says that the answer is whole.
fn is_whole(status: &str) -> bool {
    status.is_empty() || STATUSES.contains(&status) || ENDED.contains(&status)
}

/// What a provider behind a gateway said of the ending, where it says that there is no whole answer.
fn native_ending(place: &Value) -> Option<String> {
    let natives = ["native_finish_reason", "stop_reason"].into_iter().filter_map(|name| place[name].as_str());
    let withheld =
        natives.map(str::to_ascii_lowercase).find(|reason| WITHHELD.iter().any(|word| reason.contains(word)));
    withheld.or_else(|| {
        let incomplete = &place["incomplete_details"];
        let reason = incomplete["reason"].as_str().map(ending).filter(|reason| !is_whole(reason));
        reason.map(|reason| format!("incomplete: {reason}"))
    })
}

/// Whether a filter of the server's fired, in whatever spelling and depth it tells of it.
fn is_filtered(place: &Value) -> bool {
    fn fired(value: &Value) -> bool {
        match value {
            Value::Object(fields) => {
                let is_word = |name: &str| ["filtered", "flagged", "blocked"].contains(&name);
                fields.iter().any(|(name, value)| (is_word(name) && *value == true) || fired(value))
            }
            Value::Array(values) => values.iter().any(fired),
            _ => false,
        }
    }
    let names = [
        "content_filter_results",
        "content_filter_result",
        "prompt_filter_results",
        "prompt_annotations",
        "moderation",
        "moderation_results",
        "safety_ratings",
    ];
    let is_sensitive = ["input_sensitive", "output_sensitive"].into_iter().any(|name| place[name] == true);
    is_sensitive || names.into_iter().any(|name| fired(&place[name]))
}

/// Whether a part of a content is the model's words, or its thinking.
fn is_word(part: &Value) -> bool {
    match part {
        Value::String(_) => true,
        Value::Object(fields) => {
            let is_known = |kind: &str| WORDS.contains(&kind) || THINKING.contains(&kind);
            let is_kind = fields.get("type").is_none_or(|kind| kind.as_str().is_some_and(is_known));
            is_kind && !fields.contains_key("refusal") && !fields.contains_key("error")
        }
        _ => false,
    }
}

/// Who speaks, if it is not the model.
fn speaker(choice: &Value) -> Option<String> {
    match &choice["message"]["role"] {
        Value::Null => None,
        Value::String(role) if SPEAKERS.contains(&role.to_ascii_lowercase().as_str()) => None,
        Value::String(role) => Some(role.clone()),
        other => Some(other.to_string()),
    }
}

/// The failure that says that a body holds no completion.
pub fn not_a_completion(body: &str) -> Failure {
    let shown = if body.trim().is_empty() { "it is empty".into() } else { beginning(body) };
    Failure::new(Fault::NotACompletion, format!("the server's reply is not a chat completion: {shown}"))
}

/// The failure that a reply with status 200 holds.
pub fn error_in(error: &Value, body: &str) -> Option<Failure> {
    let is_none = match error {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(errors) => errors.is_empty(),
        Value::Object(fields) => {
            fields.values().all(|field| matches!(field, Value::Null) || field == "" || *field == 0)
        }
        _ => false,
    };
    let status = count(&error["code"]).and_then(|code| u16::try_from(code).ok()).filter(|code| *code >= 300);
    (!is_none).then(|| Failure::from_status(status.unwrap_or(502), body, None))
}

/// A count of tokens, as a number of any kind or in quotes; none where it cannot be one.
pub fn count(value: &Value) -> Option<u64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (0.0..=MOST_TOKENS).contains(&number).then_some(number.ceil() as u64)
}

/// What the model said; the reasoning in its place where a server puts the whole answer there. None where there is no message.
fn content(choice: &Value) -> Option<String> {
    let message = choice["message"].as_object()?;
    let field = |name: &str| message.get(name).map(text).filter(|text| !text.is_empty());
    let reasoned = || {
        let is_cut = choice["finish_reason"] == "length";
        ["reasoning_content", "reasoning"].iter().find_map(|name| field(name)).filter(|_| !is_cut)
    };
    // Never an answer, whatever stands beside it: a refusal that begins with "No" is not a verdict.
    let refused = field("refusal").map(|text| format!("refused: {text}"));
    Some(refused.or_else(|| field("content")).or_else(reasoned).unwrap_or_default())
}

/// The text of a content, which may come in parts; a part that is the model's thinking is none of it.
fn text(content: &Value) -> String {
    match content {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(part).collect(),
        other => other.to_string(),
    }
}

fn part(part: &Value) -> String {
    let is_text = part["type"].as_str().is_none_or(|kind| WORDS.contains(&kind)) && part["thought"] != true;
    match part {
        Value::String(text) => text.clone(),
        _ if is_text => part["text"].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// The likeliest spellings of the first token that says anything; none where the server names none, or none that can be believed.
fn first_token(logprobs: &Value) -> Option<Vec<(String, f64)>> {
    let says = |token: &&Value| token["token"].as_str().is_none_or(|text| text.contains(char::is_alphanumeric));
    let first = logprobs["content"].as_array()?.iter().find(says)?;
    let listed = first["top_logprobs"].as_array()?.iter().map(spelling).collect::<Option<Vec<_>>>()?;
    let is_spelled = listed.iter().any(|(token, _)| !token.starts_with("token_id:"));
    (!listed.is_empty() && is_spelled).then(|| kept(listed))
}

/// A token and its log-probability; none where that is not a number or not one of a probability.
fn spelling(top: &Value) -> Option<(String, f64)> {
    let logprob = top["logprob"].as_f64()?;
    let token = top["token"].as_str()?.to_owned();
    (logprob <= ROUNDING).then(|| (token, (logprob.clamp(LEAST_LOGPROB, 0.0) * 1e4).round() / 1e4))
}

/// The spellings of Yes, of No and of letters, and the least likely token: what is not listed has no more. The rest says nothing
/// of an answer.
fn kept(mut listed: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let floor = listed.iter().map(|(_, logprob)| *logprob).fold(0.0, f64::min);
    listed.retain(|(token, logprob)| word(token).is_some() || place(token).is_some() || *logprob == floor);
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &str) -> Result<Completion, Failure> {
        completion(body, 40)
    }

    fn said(message: Value, finish_reason: &str) -> Result<String, Fault> {
        let body = json!({"choices": [{"message": message, "finish_reason": finish_reason}]});
        match read(&body.to_string()).map_err(|failure| failure.fault)?.reply {
            Recorded::Completion { content, .. } => Ok(content),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reply_is_read_with_whatever_else_a_server_adds() {
        let text = r#"{"choices":[{"message":{"role":"assistant","content":"Yes","x":1},"finish_reason":"eos","logprobs":{"content":[{"token":"Yes","top_logprobs":[{"token":"Yes","logprob":-0.5},{"token":"Maybe","logprob":-2.0},{"token":" no","logprob":-3.00004},{"token":"So","logprob":-9.0}]}]}}],"usage":{"prompt_tokens":9,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":4}}}"#;
        let completion = read(text).unwrap();
        let logprobs = vec![("Yes".into(), -0.5), (" no".into(), -3.0), ("So".into(), -9.0)];
        assert_eq!(completion.reply, Recorded::Completion { content: "Yes".into(), logprobs: Some(logprobs) });
        assert_eq!((completion.cached_tokens, completion.finish_reason.as_deref()), (Some(4), Some("eos")));
    }

    #[test]
    fn what_is_no_completion_is_a_failure_even_with_status_200() {
        for text in ["", "<html>", "{\"choices\":[{\"mess", "{\"choices\":[]}", "[]", "null", "{\"choices\":null}"] {
            assert_eq!(read(text).unwrap_err().fault, Fault::NotACompletion, "{text}");
        }
        assert_eq!(read(r#"{"error":{"code":429,"message":"slow down"}}"#).unwrap_err().fault, Fault::Busy(429));
        let error =
            json!({"choices": [{"finish_reason": "error", "error": {"code": 502}, "message": {"content": ""}}]});
        assert_eq!(read(&error.to_string()).unwrap_err().fault, Fault::Busy(502));
        let ended =
            |reason: &str| json!({"choices": [{"finish_reason": reason, "message": {"content": "Yes"}}]}).to_string();
        assert_eq!(read(&ended("abort")).unwrap_err().fault, Fault::Busy(502));
        for (reason, kept, content) in [
            ("content_filter", "content_filter", "withheld by the server: content_filter"),
            ("SAFETY", "safety", "withheld by the server: safety"),
            ("MAX_TOKENS", "length", "Yes"),
            ("stop", "stop", "Yes"),
            ("", "", "Yes"),
            ("tool_calls", "tool_calls", "withheld by the server: tool_calls"),
            ("a word of its own", "a word of its own", "withheld by the server: a word of its own"),
        ] {
            let read = read(&ended(reason)).unwrap();
            assert_eq!(read.finish_reason.as_deref(), Some(kept));
            assert_eq!(read.reply, Recorded::Completion { content: content.into(), logprobs: None });
        }
    }

    #[test]
    fn a_no_beside_a_refusal_an_error_or_another_speaker_is_no_answer() {
        let refused = said(json!({"content": "No", "refusal": "I cannot judge this."}), "stop");
        assert_eq!(refused, Ok("refused: I cannot judge this.".into()));
        assert_eq!(said(json!({"content": "No", "refusal": null}), "stop"), Ok("No".into()));
        assert_eq!(said(json!({"content": "No"}), "insufficient_system_resource"), Err(Fault::Busy(502)));
        for role in ["user", "function", "developer"] {
            let echoed = said(json!({"content": "No", "role": role}), "stop");
            assert_eq!(echoed, Ok(format!("said by the {role}, not by the model")));
        }
        assert_eq!(said(json!({"content": "No", "role": "Assistant"}), "stop"), Ok("No".into()));
        for withheld in [
            json!({"content": "No", "tool_calls": [{"function": {"name": "x"}}]}),
            json!({"content": "No", "function_call": {"name": "x"}}),
            json!({"content": [{"type": "text", "text": "No"}, {"type": "refusal", "refusal": "I will not"}]}),
            json!({"content": [{"type": "text", "text": "No"}, {"type": "tool_use", "name": "x"}]}),
        ] {
            let content = said(withheld.clone(), "stop").unwrap();
            assert!(content.starts_with("withheld by the server: "), "{withheld}: {content}");
        }
        assert_eq!(said(json!({"content": "No", "tool_calls": [], "function_call": null}), "stop"), Ok("No".into()));
        let beside = |error: Value| {
            let choices = json!([{"message": {"content": "No"}, "finish_reason": "stop"}]);
            read(&json!({"error": error, "choices": choices}).to_string()).map_err(|failure| failure.fault)
        };
        assert_eq!(beside(json!({"message": "boom"})).unwrap_err(), Fault::Busy(502));
        let whole = |body: Value| read(&body.to_string());
        let choice = json!({"message": {"role": "assistant", "content": "No"}, "finish_reason": "stop"});
        for erroneous in [
            json!({"choices": [choice], "errors": ["boom"]}),
            json!({"choices": [choice], "detail": "boom", "status": "error"}),
            json!({"choices": [choice], "object": "error", "code": 500}),
            json!({"choices": [{"message": {"content": "No", "error": "boom"}, "finish_reason": "stop"}]}),
            json!({"choices": [choice, choice]}),
            json!({"choices": [choice], "success": false}),
            json!({"choices": [choice], "code": 500}),
            json!({"choices": [choice], "base_resp": {"status_code": 1027, "status_msg": "sensitive"}}),
        ] {
            assert!(whole(erroneous.clone()).is_err(), "{erroneous}");
        }
        for (field, value) in [
            ("content_filter_results", json!({"custom_blocklists": [{"filtered": true, "id": "x"}]})),
            ("content_filter_result", json!({"filtered": true})),
            ("refusal", json!("I will not")),
            ("text", json!("Yes")),
            ("delta", json!({"content": "Yes"})),
            ("finish_reason", json!({"type": "content_filter"})),
            ("finish_reason", json!(["stop"])),
            ("finish_reason", json!(7)),
            ("native_finish_reason", json!("SAFETY")),
            ("stop_reason", json!("refusal")),
            ("incomplete_details", json!({"reason": "content_filter"})),
            ("status", json!("incomplete")),
            ("truncated", json!(true)),
            ("moderation", json!({"results": [{"flagged": true}]})),
            ("output_sensitive", json!(true)),
            ("content_filter_results", json!({"hate": {"filtered": true}})),
        ] {
            let mut choice = choice.clone();
            choice[field] = value;
            let Recorded::Completion { content, .. } = whole(json!({"choices": [choice]})).unwrap().reply else {
                panic!()
            };
            assert!(content.starts_with("withheld by the server: "), "{content}");
        }
        let harmless = json!({"choices": [choice], "status": "completed", "truncated": false, "native_finish_reason": "STOP",
            "incomplete_details": null, "base_resp": {"status_code": 0, "status_msg": "success"}, "moderation": {"flagged": false}});
        assert!(matches!(whole(harmless).unwrap().reply, Recorded::Completion { content, .. } if content == "No"));
        for none in [json!(null), json!({}), json!(""), json!(false), json!({"message": null, "code": 0})] {
            assert!(beside(none.clone()).is_ok(), "{none}");
        }
    }

    #[test]
    fn an_answer_is_found_in_parts_and_where_reasoning_stands() {
        let parts = json!([{"type": "thinking", "thinking": [{"type": "text", "text": "no"}]}, {"type": "text", "text": "Yes"}]);
        assert_eq!(said(json!({"content": parts}), "stop"), Ok("Yes".into()));
        assert_eq!(said(json!({"content": ["Y", {"text": "es"}]}), "stop"), Ok("Yes".into()));
        assert_eq!(said(json!({"content": null, "reasoning_content": "Yes"}), "stop"), Ok("Yes".into()));
        assert_eq!(said(json!({"content": null, "reasoning_content": "Yes"}), "length"), Ok(String::new()));
        assert_eq!(said(json!({"content": null, "refusal": "no"}), "stop"), Ok("refused: no".into()));
        assert_eq!(said(json!({"content": {"groups": [1]}}), "stop"), Ok("{\"groups\":[1]}".into()));
    }

    #[test]
    fn counts_are_taken_from_numbers_of_any_kind_and_never_absurd() {
        let used = |usage: Value| {
            let body = json!({"choices": [{"message": {"content": "x"}}], "usage": usage});
            read(&body.to_string()).unwrap().usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens))
        };
        assert_eq!(used(json!({"prompt_tokens": 12.0, "completion_tokens": "3"})), Some((12, 3)));
        assert_eq!(used(json!({"prompt_tokens": 12, "completion_tokens": null})), Some((12, 40)));
        for absurd in
            [json!(-5), json!(18_446_744_073_709_551_000_u64), json!(1e300), json!("many"), json!([]), json!(null)]
        {
            assert_eq!(used(json!({"prompt_tokens": absurd, "completion_tokens": 3})), None, "{absurd}");
            assert_eq!(used(json!({"prompt_tokens": 7, "completion_tokens": absurd})), Some((7, 40)), "{absurd}");
        }
    }

    #[test]
    fn log_probabilities_that_are_none_leave_the_answer_alone() {
        let listed = |first: &str, second: &str| {
            let tops = format!(r#"[{{"token":"Yes","logprob":{first}}},{{"token":"No","logprob":{second}}}]"#);
            let body = format!(
                r#"{{"choices":[{{"message":{{"content":"Yes"}},"logprobs":{{"content":[{{"token":"\n","top_logprobs":[]}},{{"token":"Yes","top_logprobs":{tops}}}]}}}}]}}"#
            );
            match read(&body).unwrap().reply {
                Recorded::Completion { content, logprobs } if content == "Yes" => logprobs,
                other => panic!("{other:?}"),
            }
        };
        for beyond in ["-Infinity", "-1.7976931348623157e308", "-3.4e38", "-1e999", "-9999"] {
            assert_eq!(
                listed("-0.01", beyond),
                Some(vec![("Yes".into(), -0.01), ("No".into(), LEAST_LOGPROB)]),
                "{beyond}"
            );
        }
        assert_eq!(listed("-0.1", "1e-9"), Some(vec![("Yes".into(), -0.1), ("No".into(), 0.0)]));
        for none in ["\"-0.1\"", "NaN", "null", "Infinity", "1000.0", "710", "1e308", "\"so\"", "{}", "[]", "true"] {
            assert_eq!(listed(none, "-5.0"), None, "{none}");
        }
        for shape in
            [json!([]), json!({}), json!({"content": []}), json!({"content": [7]}), json!(7), json!({"tokens": ["A"]})]
        {
            assert_eq!(first_token(&shape), None, "{shape}");
        }
    }
}
