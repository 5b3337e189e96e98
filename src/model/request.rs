//! The body of a request: a question as a server wants it put.

use async_openai::types::chat::{
    ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
    CreateChatCompletionRequest, ResponseFormat, ResponseFormatJsonSchema,
};
use serde_json::{Map, Value, json};

use super::failure::Parameter;
use super::question::{LegalAnswer, Message, Question, Role};
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
        messages: question.messages.iter().map(message).collect(),
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
        fields.extend(extra.clone());
    }
    Ok(body)
}

/// Whether a request for the question carries the parameter at all.
pub fn carries(question: &Question, parameter: Parameter) -> bool {
    match parameter {
        Parameter::Logprobs => question.legal.is_one_token(),
        Parameter::Schema => schema(&question.legal).is_some(),
        Parameter::MaxTokens | Parameter::Temperature => true,
    }
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
        LegalAnswer::YesNo | LegalAnswer::Letter { .. } => return None,
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

    fn question(legal: LegalAnswer) -> Question {
        let messages = vec![Message { role: Role::User, content: "is it late?".into() }];
        Question { stage: "assign", prompt: "assign-1".into(), messages, legal, max_tokens: 7 }
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
