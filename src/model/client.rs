//! One HTTP request to an OpenAI-compatible server, and what its reply or failure means.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_openai::types::chat::{
    ChatChoice, ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
    CreateChatCompletionRequest, CreateChatCompletionResponse, ResponseFormat, ResponseFormatJsonSchema,
};
use reqwest::{RequestBuilder, Response, StatusCode, header};

use super::failure::{Failure, beginning};
use super::journal::{CallUsage, Recorded};
use super::prompt::word;
use super::question::{LegalAnswer, Message, Question, Role};
use crate::error::Error;

/// A small model on a slow laptop reads a long prompt in a minute; ten times that is a server that does not answer.
const TIMEOUT: Duration = Duration::from_secs(600);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Likeliest tokens asked for: Yes and No in their spellings fit.
const TOP_LOGPROBS: u8 = 8;

/// Where the model is. It has no `Debug`: it may hold a key.
#[derive(Clone)]
pub struct Endpoint {
    /// Base address, ending in `/v1`.
    pub url: reqwest::Url,
    /// Sent as a bearer token; an empty one is not sent.
    pub key: String,
}

impl Endpoint {
    /// From what the user typed and a key.
    ///
    /// # Errors
    /// When the address is no http or https address.
    pub fn new(address: &str, key: String) -> Result<Endpoint, Error> {
        let usage = |problem: String| {
            Error::Usage(format!("--llm \"{address}\": {problem}; give an address like http://127.0.0.1:8080/v1"))
        };
        let url: reqwest::Url = address.trim_end_matches('/').parse().map_err(|problem| usage(format!("{problem}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(usage("no http or https address".into()));
        }
        Ok(Endpoint { url, key })
    }

    /// Host and port: what a user is told before documents go there.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))
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
}

/// Sends questions to one server.
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    /// Cleared once the server refuses log-probabilities.
    logprobs: AtomicBool,
}

impl Client {
    /// A client that follows no redirects (they would carry the key elsewhere).
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(endpoint: Endpoint) -> Result<Client, Error> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|problem| Error::Server(problem.to_string()))?;
        Ok(Client { http, endpoint, logprobs: AtomicBool::new(true) })
    }

    /// Where the questions go.
    pub fn host(&self) -> String {
        self.endpoint.host()
    }

    /// Names of the models that the server lists.
    pub async fn models(&self) -> Result<Vec<String>, Failure> {
        let response = send(self.authorised(self.http.get(self.path("models")))).await?;
        let value: serde_json::Value = serde_json::from_str(&response).map_err(|_| not_json(&response))?;
        let names = value["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str());
        Ok(names.map(str::to_owned).collect())
    }

    /// Asks one question, once.
    pub async fn complete(&self, model: &str, question: &Question) -> Result<Completion, Failure> {
        let with_logprobs = self.logprobs.load(Ordering::Relaxed) && question.legal == LegalAnswer::YesNo;
        match self.post(&body(model, question, with_logprobs)).await {
            Err(Failure::Permanent(problem)) if with_logprobs && problem.contains("logprobs") => {
                self.logprobs.store(false, Ordering::Relaxed);
                self.post(&body(model, question, false)).await
            }
            outcome => outcome,
        }
    }

    async fn post(&self, body: &CreateChatCompletionRequest) -> Result<Completion, Failure> {
        let response = send(self.authorised(self.http.post(self.path("chat/completions"))).json(body)).await?;
        let response: CreateChatCompletionResponse =
            serde_json::from_str(&response).map_err(|_| not_json(&response))?;
        let usage = response.usage.map(|usage| CallUsage {
            prompt_tokens: u64::from(usage.prompt_tokens),
            completion_tokens: u64::from(usage.completion_tokens),
        });
        let choice = response
            .choices
            .into_iter()
            .next()
            .ok_or_else(|| Failure::Permanent("the server's reply has no choice".into()))?;
        let finish_reason =
            choice.finish_reason.and_then(|reason| serde_json::to_value(reason).ok()?.as_str().map(str::to_owned));
        Ok(Completion { finish_reason, usage, reply: recorded(choice) })
    }

    fn path(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint.url.as_str().trim_end_matches('/'))
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        if self.endpoint.key.is_empty() { request } else { request.bearer_auth(&self.endpoint.key) }
    }
}

/// Sends a request and returns the body of a good reply.
async fn send(request: RequestBuilder) -> Result<String, Failure> {
    let response = request.send().await.map_err(transport)?;
    let (status, after) = (response.status(), retry_after(&response));
    let body = response.text().await.map_err(transport)?;
    if status == StatusCode::OK { Ok(body) } else { Err(Failure::from_status(status.as_u16(), &body, after)) }
}

fn transport(problem: reqwest::Error) -> Failure {
    let hint = if problem.is_connect() { "; is the server running there?" } else { "" };
    let problem = problem.without_url();
    let mut words = problem.to_string();
    let mut cause = std::error::Error::source(&problem);
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    Failure::Transient { problem: words + hint, after: None }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

fn not_json(body: &str) -> Failure {
    Failure::Permanent(format!("the server's reply is no chat completion: {}", beginning(body)))
}

#[allow(deprecated)] // `max_tokens` is what local servers know
fn body(model: &str, question: &Question, logprobs: bool) -> CreateChatCompletionRequest {
    CreateChatCompletionRequest {
        model: model.to_owned(),
        messages: question.messages.iter().map(message).collect(),
        max_tokens: Some(question.max_tokens),
        temperature: Some(0.0),
        logprobs: logprobs.then_some(true),
        top_logprobs: logprobs.then_some(TOP_LOGPROBS),
        response_format: schema(&question.legal),
        ..CreateChatCompletionRequest::default()
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
    let (list, item) = match legal {
        LegalAnswer::YesNo => return None,
        LegalAnswer::Items { fields } => ("items", item(fields)),
        LegalAnswer::Choice { count } => {
            ("groups", serde_json::json!({ "type": "integer", "minimum": 1, "maximum": count }))
        }
    };
    let schema = serde_json::json!({
        "type": "object", "properties": { list: { "type": "array", "items": item } },
        "required": [list], "additionalProperties": false,
    });
    let json_schema = ResponseFormatJsonSchema {
        name: "answer".into(),
        schema,
        strict: Some(true),
        ..ResponseFormatJsonSchema::default()
    };
    Some(ResponseFormat::JsonSchema { json_schema })
}

/// An object with exactly these string fields.
fn item(fields: &[String]) -> serde_json::Value {
    let properties: serde_json::Map<_, _> =
        fields.iter().map(|field| (field.clone(), serde_json::json!({ "type": "string" }))).collect();
    serde_json::json!({
        "type": "object", "properties": properties, "required": fields, "additionalProperties": false,
    })
}

fn recorded(choice: ChatChoice) -> Recorded {
    let first = choice.logprobs.and_then(|logprobs| logprobs.content).and_then(|tokens| tokens.into_iter().next());
    let logprobs = first.map(|token| {
        let round = |logprob: f32| (f64::from(logprob) * 1e4).round() / 1e4;
        kept(token.top_logprobs.into_iter().map(|top| (top.token, round(top.logprob))).collect())
    });
    Recorded::Completion { content: choice.message.content.unwrap_or_default(), logprobs }
}

/// The spellings of Yes and No, and the least likely token: what is not listed has no more. The rest says nothing of a verdict.
fn kept(mut listed: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let floor = listed.iter().map(|(_, logprob)| *logprob).fold(0.0, f64::min);
    listed.retain(|(token, logprob)| word(token).is_some() || *logprob == floor);
    listed
}
