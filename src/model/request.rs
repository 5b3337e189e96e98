//! The body of a request: a question as a server wants it put.

use std::borrow::Cow;

use async_openai::types::chat::{
    ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
    CreateChatCompletionRequest, ResponseFormat, ResponseFormatJsonSchema,
};
use serde_json::{Map, Value, json};

use super::failure::Parameter;
use super::question::{LegalAnswer, Message, Question, Role};
use super::usage::CallUsage;
use crate::error::Error;

/// Likeliest tokens asked for: Yes and No in their spellings fit; of letters as many as any server gives.
const TOP_LOGPROBS: u8 = 8;
const TOP_LETTERS: u8 = 20;

/// The body that asks a question: without the parameters that the server `refused`, with the user's `extra` fields.
///
/// # Errors
/// Never: a request always has a JSON form.
#[allow(deprecated)] // `max_tokens` is what local servers know
pub fn body(
    model: &str,
    question: &Question,
    refused: &[Parameter],
    extra: &Map<String, Value>,
) -> Result<Value, Error> {
    let takes = |parameter| !refused.contains(&parameter);
    let logprobs = question.legal.is_one_token() && takes(Parameter::Logprobs);
    let listed = if question.legal == LegalAnswer::YesNo { TOP_LOGPROBS } else { TOP_LETTERS };
    let short = takes(Parameter::MaxTokens);
    let request = CreateChatCompletionRequest {
        model: model.to_owned(),
        messages: turns(&question.messages, takes(Parameter::SystemRole)).iter().map(message).collect(),
        max_tokens: short.then_some(question.max_tokens),
        max_completion_tokens: (!short).then_some(question.max_tokens),
        temperature: takes(Parameter::Temperature).then_some(0.0),
        logprobs: logprobs.then_some(true),
        top_logprobs: logprobs.then_some(listed),
        response_format: schema(&question.legal).filter(|_| takes(Parameter::Schema)),
        ..CreateChatCompletionRequest::default()
    };
    let mut body = serde_json::to_value(request).map_err(|problem| Error::Bug(problem.to_string()))?;
    if let Value::Object(fields) = &mut body {
        if !takes(Parameter::EnableThinking) {
            fields.insert("enable_thinking".into(), false.into());
        }
        fields.extend(extra.clone());
    }
    Ok(body)
}

/// Fields by which servers bound a completion; those of the user's `extra` fields may allow more than a question does.
const LIMITS: [&str; 6] =
    ["max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "n_predict", "num_predict"];
/// Tokens that a chat template puts around one message at most, as far as one knows before the server has counted.
const TEMPLATE: usize = 32;

/// An upper bound of the tokens of the prompt and of the completion, by the body that is sent: a token is at least a byte of
/// text, and what the `extra` fields allow is used.
pub fn bound(question: &Question, extra: &Map<String, Value>) -> CallUsage {
    let bytes = question.bytes(TEMPLATE);
    let more = if extra.is_empty() { 0 } else { Value::Object(extra.clone()).to_string().len() };
    let number = |fields: &Map<String, Value>, name: &str| {
        fields
            .get(name)
            .and_then(Value::as_f64)
            .filter(|number| *number >= 0.0)
            .map_or(0, |number| number.ceil() as u64)
    };
    let options = extra.get("options").and_then(Value::as_object);
    let said = [Some(extra), options].into_iter().flatten().flat_map(|fields| LIMITS.map(|name| number(fields, name)));
    let each = said.chain([u64::from(question.max_tokens)]).max().unwrap_or(0);
    let times = ["n", "best_of"].map(|name| number(extra, name)).into_iter().max().unwrap_or(1).max(1);
    CallUsage {
        prompt_tokens: (bytes + more) as u64,
        completion_tokens: each.saturating_mul(times),
        ..CallUsage::default()
    }
}

/// Whether a request for the question carries the parameter at all.
pub fn carries(question: &Question, parameter: Parameter) -> bool {
    match parameter {
        Parameter::Logprobs => question.legal.is_one_token(),
        Parameter::Schema => schema(&question.legal).is_some(),
        Parameter::SystemRole => question.messages.iter().any(|message| message.role == Role::System),
        Parameter::MaxTokens | Parameter::Temperature | Parameter::EnableThinking => true,
    }
}

/// The conversation; where the server takes no system turn, its text stands before the user's.
fn turns(messages: &[Message], takes_system: bool) -> Cow<'_, [Message]> {
    if takes_system {
        return Cow::Borrowed(messages);
    }
    let texts: Vec<&str> = messages.iter().map(|message| message.content.as_str()).collect();
    Cow::Owned(vec![Message { role: Role::User, content: texts.join("\n\n") }])
}

fn message(message: &Message) -> ChatCompletionRequestMessage {
    match message.role {
        Role::System => ChatCompletionRequestSystemMessage::from(message.content.as_str()).into(),
        Role::User => ChatCompletionRequestUserMessage::from(message.content.as_str()).into(),
    }
}

/// The JSON schema of a legal answer, for servers that hold the model to it.
fn schema(legal: &LegalAnswer) -> Option<ResponseFormat> {
    let number = |most: &usize| json!({ "type": "integer", "minimum": 1, "maximum": most });
    let (name, item, least, most) = match legal {
        LegalAnswer::YesNo | LegalAnswer::Letter { .. } | LegalAnswer::Decision { .. } => return None,
        LegalAnswer::Items { fields, most } => ("items", item(fields), None, *most),
        LegalAnswer::Choice { count } => ("groups", number(count), None, None),
        LegalAnswer::Choices { documents, count } => {
            let groups = json!({ "type": "array", "items": number(count) });
            let item = object(json!({ "number": number(documents), "groups": groups }), json!(["number", "groups"]));
            ("documents", item, Some(*documents), Some(*documents))
        }
    };
    let mut list = json!({ "type": "array", "items": item });
    if let Some(most) = most {
        list["maxItems"] = json!(most);
    }
    if let Some(least) = least {
        list["minItems"] = json!(least);
    }
    let schema = object(json!({ name: list }), json!([name]));
    let json_schema = ResponseFormatJsonSchema {
        name: "answer".into(),
        schema,
        strict: Some(true),
        ..ResponseFormatJsonSchema::default()
    };
    Some(ResponseFormat::JsonSchema { json_schema })
}

/// An object with exactly these string fields.
fn item(fields: &[String]) -> Value {
    let properties: Map<_, _> = fields.iter().map(|field| (field.clone(), json!({ "type": "string" }))).collect();
    object(Value::Object(properties), json!(fields))
}

/// The schema of an object with these properties, all of them, and no others.
fn object(properties: Value, required: Value) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StageName;
    use crate::model::question::Respondent;

    fn question(legal: LegalAnswer) -> Question {
        let messages = vec![Message { role: Role::User, content: "is it late?".into() }];
        Question {
            stage: StageName::Assign,
            prompt: "assign-1".into(),
            messages,
            legal,
            max_tokens: 7,
            respondent: Respondent::Model,
        }
    }

    #[test]
    fn what_a_server_refused_is_left_out_and_extra_fields_come_in() {
        let ask = |refused: &[Parameter], extra: Value| {
            body("m", &question(LegalAnswer::YesNo), refused, extra.as_object().unwrap()).unwrap()
        };
        let plain = ask(&[], json!({}));
        assert_eq!(
            (&plain["max_tokens"], &plain["top_logprobs"], &plain["temperature"]),
            (&json!(7), &json!(8), &json!(0.0))
        );
        let refused = [Parameter::Logprobs, Parameter::MaxTokens, Parameter::Temperature];
        let adapted = ask(&refused, json!({"chat_template_kwargs": {"enable_thinking": false}}));
        let absent = ["logprobs", "top_logprobs", "max_tokens", "temperature"];
        assert!(absent.iter().all(|name| adapted.get(name).is_none()), "{adapted}");
        assert_eq!(adapted["max_completion_tokens"], 7);
        assert_eq!(adapted["chat_template_kwargs"]["enable_thinking"], false);
    }

    #[test]
    fn a_server_without_system_turns_reads_their_text_in_the_users_turn() {
        let mut asked = question(LegalAnswer::YesNo);
        asked.messages.insert(0, Message { role: Role::System, content: "You judge.".into() });
        let refused = [Parameter::SystemRole, Parameter::EnableThinking];
        let adapted = body("m", &asked, &refused, &Map::new()).unwrap();
        assert_eq!(adapted["messages"], json!([{"role": "user", "content": "You judge.\n\nis it late?"}]));
        assert_eq!(adapted["enable_thinking"], false);
        assert!(
            carries(&asked, Parameter::SystemRole) && !carries(&question(LegalAnswer::YesNo), Parameter::SystemRole)
        );
    }

    #[test]
    fn the_bound_of_a_request_is_what_its_body_allows() {
        let of = |extra: Value| bound(&question(LegalAnswer::YesNo), extra.as_object().unwrap());
        assert_eq!((of(json!({})).prompt_tokens, of(json!({})).completion_tokens), (11 + 32, 7));
        for (extra, most) in [
            (json!({"max_tokens": 3000}), 3000),
            (json!({"max_completion_tokens": 50.0, "max_tokens": 20}), 50),
            (json!({"options": {"num_predict": 90}}), 90),
            (json!({"n": 3}), 21),
            (json!({"max_tokens": -1, "n_predict": "many"}), 7),
            (json!({"max_tokens": 1e300, "n": 9}), u64::MAX),
        ] {
            assert_eq!(of(extra.clone()).completion_tokens, most, "{extra}");
        }
        assert!(of(json!({"tools": "described at length"})).prompt_tokens > 60);
    }

    #[test]
    fn of_letters_more_probabilities_are_asked_for_and_no_schema() {
        let asked = body("m", &question(LegalAnswer::Letter { count: 3 }), &[], &Map::new()).unwrap();
        assert_eq!((&asked["logprobs"], &asked["top_logprobs"]), (&json!(true), &json!(20)));
        assert!(asked.get("response_format").is_none());
    }

    #[test]
    fn a_list_is_asked_for_with_its_schema_unless_that_is_refused() {
        let question = question(LegalAnswer::Items { fields: vec!["predicate".into(), "label".into()], most: Some(1) });
        let asked = body("m", &question, &[], &Map::new()).unwrap();
        let list = &asked["response_format"]["json_schema"]["schema"]["properties"]["items"];
        assert_eq!((&list["items"]["required"], &list["maxItems"]), (&json!(["predicate", "label"]), &json!(1)));
        assert!(body("m", &question, &[Parameter::Schema], &Map::new()).unwrap().get("response_format").is_none());
    }
}
