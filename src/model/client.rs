//! One HTTP request to an OpenAI-compatible server, and what its reply or failure means.

use std::time::{Duration, SystemTime};

use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::failure::{Failure, Fault, Parameter, beginning};
use super::journal::{CallUsage, Recorded};
use super::prompt::{place, word};
use super::question::Question;
use super::request::body;
use crate::error::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for what is asked beside the questions.
const SIDE_TIMEOUT: Duration = Duration::from_secs(20);
/// No legal answer is near this size, in bytes.
const LARGEST_REPLY: usize = 4 << 20;
/// Characters of a key that is a secret.
const SHORTEST_KEY: usize = 8;
/// Nor are the vectors of one request.
const LARGEST_VECTORS: usize = 64 << 20;
/// Prompts shorter than this, in estimated tokens, fit into every server's context.
const LEAST_CUT: u64 = 1_500;

/// Where the model is. It has no `Debug`: it may hold a key.
#[derive(Clone)]
pub struct Endpoint {
    /// Base address, ending in `/v1`.
    pub url: reqwest::Url,
    /// Sent as a bearer token; an empty one is not sent.
    pub key: String,
}

impl Endpoint {
    /// From what the user typed after `flag` and a key.
    ///
    /// # Errors
    /// When the address is no http or https address.
    pub fn new(flag: &str, address: &str, key: String) -> Result<Endpoint, Error> {
        let usage = |problem: String| {
            let shown = without_credentials(address);
            Error::Usage(format!("{flag} \"{shown}\": {problem}; give an address like http://127.0.0.1:8080/v1"))
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

/// An address as it may be shown: without the user and password that it may hold.
pub fn without_credentials(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.find('/').unwrap_or(rest.len());
            let kept = rest[..host].rfind('@').map_or(rest, |at| &rest[at + 1..]);
            format!("{scheme}://{kept}")
        }
        None => address.to_owned(),
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

/// Sends questions to one server.
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    extra: Map<String, Value>,
}

impl Client {
    /// A client that waits `timeout` for an answer, adds the `extra` fields to every request, and follows no redirects (they
    /// would carry the key elsewhere).
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(endpoint: Endpoint, timeout: Duration, extra: Map<String, Value>) -> Result<Client, Error> {
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|problem| Error::Server(problem.to_string()))?;
        Ok(Client { http, endpoint, extra })
    }

    /// Where the questions go.
    pub fn host(&self) -> String {
        self.endpoint.host()
    }

    /// Names of the models that the server lists.
    ///
    /// # Errors
    /// When the server does not answer, or not with a list.
    pub async fn models(&self) -> Result<Vec<String>, Failure> {
        let value = self.get(&self.path("models")).await?;
        let names = value["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str());
        Ok(names.map(str::to_owned).collect())
    }

    /// Who owns the first model of the list, by which some servers can be told; empty where nobody is named.
    pub async fn owner(&self) -> String {
        let list = self.get(&self.path("models")).await.unwrap_or_default();
        list["data"][0]["owned_by"].as_str().unwrap_or_default().to_owned()
    }

    /// What llama.cpp's server says of itself; nothing when it is another one.
    pub async fn properties(&self) -> Option<Value> {
        let base = self.endpoint.url.as_str().trim_end_matches('/').trim_end_matches("/v1");
        self.get(&format!("{base}/props")).await.ok().filter(|value| value["default_generation_settings"].is_object())
    }

    async fn get(&self, address: &str) -> Result<Value, Failure> {
        let body = self.send(self.http.get(address).timeout(SIDE_TIMEOUT), LARGEST_REPLY).await?;
        serde_json::from_str(&body).map_err(|_| not_a_completion(&self.without_key(&body)))
    }

    /// Asks one question, once, without the parameters that the server refused before.
    ///
    /// # Errors
    /// Every way in which there is no completion.
    pub async fn complete(
        &self,
        model: &str,
        question: &Question,
        refused: &[Parameter],
    ) -> Result<Completion, Failure> {
        let request = body(model, question, refused, &self.extra)
            .map_err(|problem| Failure::new(Fault::Rejected(0), problem.to_string()))?;
        let text = self.post("chat/completions", &request, LARGEST_REPLY).await?;
        let completion = read(&text).or_else(|_| read(&self.without_key(&text)))?;
        is_whole(question, &completion).map(|()| completion)
    }

    /// Sends texts to be embedded, once, and returns the reply's body.
    ///
    /// # Errors
    /// Every way in which there is none.
    pub async fn embed(&self, model: &str, texts: &[&str]) -> Result<String, Failure> {
        self.post("embeddings", &json!({ "model": model, "input": texts }), LARGEST_VECTORS).await
    }

    async fn post(&self, path: &str, body: &Value, largest: usize) -> Result<String, Failure> {
        self.send(self.http.post(self.path(path)).json(body), largest).await
    }

    fn path(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint.url.as_str().trim_end_matches('/'))
    }

    /// Sends a request with the key and returns the body of a good reply of `largest` bytes at most.
    async fn send(&self, request: RequestBuilder, largest: usize) -> Result<String, Failure> {
        let key = &self.endpoint.key;
        let request = if key.is_empty() { request } else { request.bearer_auth(key) };
        let response = request.send().await.map_err(transport)?;
        let (status, after) = (response.status(), retry_after(&response));
        let bytes = whole_body(response, largest).await?;
        if status != StatusCode::OK {
            let body = self.without_key(&String::from_utf8_lossy(&bytes));
            return Err(Failure::from_status(status.as_u16(), &body, after));
        }
        String::from_utf8(bytes).map_err(|_| Failure::new(Fault::NotACompletion, "the server's reply is not UTF-8"))
    }

    /// What a server says when it gives no answer, without the key that it may repeat there. A short key is a placeholder, not
    /// a secret.
    fn without_key(&self, said: &str) -> String {
        let key = &self.endpoint.key;
        if key.len() < SHORTEST_KEY { said.to_owned() } else { said.replace(key.as_str(), "[key]") }
    }
}

async fn whole_body(mut response: Response, largest: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if bytes.len() + chunk.len() > largest {
            return Err(Failure::new(Fault::TooLarge, format!("the reply is larger than {largest} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn transport(problem: reqwest::Error) -> Failure {
    let (timeout, connect) = (problem.is_timeout(), problem.is_connect());
    let problem = problem.without_url();
    let mut words = problem.to_string();
    let mut cause = std::error::Error::source(&problem);
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    match (connect, timeout) {
        (true, _) if words.contains("dns error") => Failure::new(Fault::Lookup, words + "; is the host's name right?"),
        (true, _) if words.contains("certificate") => Failure::new(
            Fault::Unreachable,
            words + "; SSL_CERT_FILE names a file of certificates to trust, http:// needs none",
        ),
        (true, _) => Failure::new(Fault::Unreachable, words + "; is the server running there?"),
        (false, true) => Failure::new(Fault::Timeout, "the server did not answer in time (--timeout)"),
        (false, false) => Failure::new(Fault::Broken, words),
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = value.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).ok())
}

fn not_a_completion(body: &str) -> Failure {
    let shown = if body.trim().is_empty() { "it is empty".into() } else { beginning(body) };
    Failure::new(Fault::NotACompletion, format!("the server's reply is no chat completion: {shown}"))
}

/// What is read of a reply. Servers differ in the rest.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    logprobs: Option<Logprobs>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Logprobs {
    #[serde(default)]
    content: Option<Vec<Position>>,
}

#[derive(Deserialize)]
struct Position {
    #[serde(default)]
    top_logprobs: Vec<Top>,
}

#[derive(Deserialize)]
struct Top {
    token: String,
    logprob: f64,
}

/// What the server counted.
#[derive(Deserialize)]
pub struct Tokens {
    /// Of the prompt, or of the texts.
    #[serde(default)]
    pub prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<Value>,
}

/// The failure that a reply with status 200 holds.
pub fn error_in(error: &Value, text: &str) -> Option<Failure> {
    let status = error["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(502);
    (!error.is_null()).then(|| Failure::from_status(status, text, None))
}

fn read(text: &str) -> Result<Completion, Failure> {
    let body: Body = serde_json::from_str(text).map_err(|_| not_a_completion(text))?;
    if let Some(failure) = body.error.as_ref().and_then(|error| error_in(error, text)) {
        return Err(failure);
    }
    let choice = body.choices.into_iter().next().ok_or_else(|| not_a_completion(text))?;
    let cached = |tokens: &Tokens| tokens.prompt_tokens_details.as_ref()?["cached_tokens"].as_u64();
    Ok(Completion {
        cached_tokens: body.usage.as_ref().and_then(cached),
        usage: body.usage.filter(|tokens| tokens.prompt_tokens > 0).map(|tokens| CallUsage {
            prompt_tokens: tokens.prompt_tokens,
            completion_tokens: tokens.completion_tokens,
            ..CallUsage::default()
        }),
        finish_reason: choice.finish_reason,
        reply: Recorded::Completion {
            content: choice.message.content.or(choice.message.refusal).unwrap_or_default(),
            logprobs: choice.logprobs.and_then(first_token),
        },
    })
}

/// The likeliest spellings of the first token; none where the server names none.
fn first_token(logprobs: Logprobs) -> Option<Vec<(String, f64)>> {
    let first = logprobs.content?.into_iter().next()?;
    let round = |logprob: f64| (logprob * 1e4).round() / 1e4;
    let listed: Vec<_> = first.top_logprobs.into_iter().map(|top| (top.token, round(top.logprob))).collect();
    (!listed.is_empty()).then(|| kept(listed))
}

/// The spellings of Yes, of No and of letters, and the least likely token: what is not listed has no more. The rest says nothing
/// of an answer.
fn kept(mut listed: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let floor = listed.iter().map(|(_, logprob)| *logprob).fold(0.0, f64::min);
    listed.retain(|(token, logprob)| word(token).is_some() || place(token).is_some() || *logprob == floor);
    listed
}

/// Some servers cut a prompt that is longer than their context and answer what is left as if nothing had happened.
fn is_whole(question: &Question, completion: &Completion) -> Result<(), Failure> {
    let sent = question.estimated_prompt_tokens();
    match completion.usage {
        Some(usage) if sent > LEAST_CUT && usage.prompt_tokens < sent / 2 => Err(Failure::new(
            Fault::PromptCut,
            format!(
                "the server read {} tokens of a prompt of about {sent}: raise its context length (Ollama: OLLAMA_CONTEXT_LENGTH)",
                usage.prompt_tokens
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::question::{LegalAnswer, Message, Role};

    #[test]
    fn an_address_is_shown_without_its_credentials() {
        let shown = ["http://user:secret@host:8080/v1", "http://host/v1?a=b@c", "nonsense"].map(without_credentials);
        assert_eq!(shown, ["http://host:8080/v1", "http://host/v1?a=b@c", "nonsense"]);
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
        for text in ["", "<html>", "{\"choices\":[{\"mess", "{\"choices\":[]}", "[]", "null"] {
            assert_eq!(read(text).unwrap_err().fault, Fault::NotACompletion, "{text}");
        }
        assert_eq!(read(r#"{"error":{"code":429,"message":"slow down"}}"#).unwrap_err().fault, Fault::Busy(429));
    }

    #[test]
    fn a_prompt_that_the_server_cut_is_no_answer() {
        let messages = vec![Message { role: Role::User, content: "word ".repeat(4_000) }];
        let question =
            Question { stage: "propose", prompt: "p-1".into(), messages, legal: LegalAnswer::YesNo, max_tokens: 1 };
        let of = |prompt_tokens| Completion {
            reply: Recorded::Completion { content: "Yes".into(), logprobs: None },
            finish_reason: None,
            usage: Some(CallUsage { prompt_tokens, completion_tokens: 1, ..CallUsage::default() }),
            cached_tokens: None,
        };
        assert_eq!(is_whole(&question, &of(2_048)).unwrap_err().fault, Fault::PromptCut);
        assert!(is_whole(&question, &of(4_100)).is_ok());
    }
}
