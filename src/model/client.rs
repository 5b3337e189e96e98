//! One HTTP request to an OpenAI-compatible server, and what its reply or failure means.

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;
use reqwest::{RequestBuilder, Response, StatusCode, Url, header};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::decide::{self, Decided};
use super::failure::{Failure, Fault};
use super::journal::{Probe, Recorded};
use super::lenient;
use super::local::Generator;
use super::network::Network;
use super::protocol::Protocol;
use super::question::Question;
use super::reply::{Completion, completion, not_a_completion};
use super::request::{body, bound};
use super::secrets::{Secrets, is_secret};
use super::usage::CallUsage;
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::text::without_credentials;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for what is asked beside the questions.
const SIDE_TIMEOUT: Duration = Duration::from_secs(20);
/// No legal answer is near this size, in bytes.
const LARGEST_REPLY: usize = 4 << 20;
/// Nor are the vectors of one request.
const LARGEST_VECTORS: usize = 64 << 20;
/// Bytes of a key at most: servers take no longer heads.
const LONGEST_KEY: usize = 8 << 10;
/// Prompts shorter than this, in estimated tokens, fit into every server's context.
const LEAST_CUT: u64 = 1_500;
/// What a user may paste behind the base address.
const PATHS: [&str; 4] = ["/chat/completions", "/embeddings", "/systemone", "/decisions"];

/// Where the model is. It has no `Debug`: it may hold a key.
#[derive(Clone)]
pub struct Endpoint {
    /// Base address, usually ending in `/v1`; a query stays behind every path.
    pub url: Url,
    /// Sent as a bearer token; an empty one is not sent.
    pub key: String,
}

impl Endpoint {
    /// From what the user typed after `flag` and a key. A key goes over plain http to this machine only, or where the user
    /// `trusts` the way.
    ///
    /// # Errors
    /// When the address is not an http or https address, or the key would be sent where others can read it.
    pub fn new(whose: &Mention, address: &str, key: String, trusts: bool) -> Result<Endpoint, Error> {
        let usage = |problem: String| {
            let shown = without_credentials(address);
            Error::Usage(message!(
                "{whose} \"{shown}\": {problem}; give an address like http://127.0.0.1:8080/v1",
                whose,
                shown,
                problem
            ))
        };
        let mut url: Url = address.trim_end_matches('/').parse().map_err(|problem| usage(format!("{problem}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(usage("no http or https address".into()));
        }
        let base = PATHS.iter().find_map(|path| url.path().trim_end_matches('/').strip_suffix(path)).map(str::to_owned);
        if let Some(base) = base {
            url.set_path(&base);
        }
        if key.len() > LONGEST_KEY || HeaderValue::from_str(&format!("Bearer {key}")).is_err() {
            return Err(Error::Usage(message!(
                "{whose}: the key is not one that can be sent: it is longer than {longest} bytes, or holds a line break or \
                 another character that no header may have; its file or variable must hold the key and nothing else",
                whose,
                longest = LONGEST_KEY
            )));
        }
        let endpoint = Endpoint { url, key };
        if endpoint.is_secret() && endpoint.url.scheme() == "http" && !endpoint.is_local() && !trusts {
            return Err(Error::Usage(message!(
                "{whose}: the key is not sent to {host} over http, where others can read it: give an https address, leave the \
                 key out, or add {+key-over-http}",
                whose,
                host = endpoint.host()
            )));
        }
        Ok(endpoint)
    }

    /// Host and port: what a user is told before documents go there.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether a key or a password goes there.
    fn is_secret(&self) -> bool {
        is_secret(&self.key) || self.url.password().is_some_and(|password| !password.is_empty())
    }

    /// Whether it is this machine.
    fn is_local(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        address.map_or(host == "localhost", |address| address.is_loopback() || address.is_unspecified())
    }

    /// What nobody may read of it.
    fn secrets(&self) -> Secrets {
        let (user, password) = (self.url.username(), self.url.password().unwrap_or_default());
        let both = format!("{user}:{password}");
        let user = if password.is_empty() { user } else { "" };
        let both = if password.is_empty() { "" } else { both.as_str() };
        // A query may hold a key; a version is none, and a server speaks of it in its errors.
        let may_be_key = |name: &str| !name.to_ascii_lowercase().ends_with("version");
        let values = self.url.query_pairs().filter(|(name, _)| may_be_key(name));
        let values: Vec<String> = values.map(|(_, value)| value.into_owned()).collect();
        Secrets::new([self.key.as_str(), user, password, both].into_iter().chain(values.iter().map(String::as_str)))
    }

    /// Whether the address may lack the `/v1` under which most servers answer.
    fn may_lack_version(&self) -> bool {
        let is_version = |part: &str| part.starts_with('v') && part[1..].starts_with(|c: char| c.is_ascii_digit());
        self.url.query().is_none() && !self.url.path().split('/').any(is_version)
    }
}

/// Sends questions to one server, or to a model in this process.
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    /// Answers in the place of a server: then nothing is sent anywhere.
    generator: Option<Generator>,
    secrets: Secrets,
    extra: Map<String, Value>,
    timeout: Duration,
    /// On which requests are sent.
    network: Handle,
    /// Whether the server turned out to answer under `/v1` only, which the address lacks.
    adds_version: AtomicBool,
}

/// The text of a body; a server may send bytes that are not UTF-8.
struct Body {
    text: String,
    is_utf8: bool,
}

impl Client {
    /// A client that waits `timeout` for an answer, adds the `extra` fields to every request, and follows no redirects (they
    /// would carry the key elsewhere).
    ///
    /// # Errors
    /// When TLS cannot be set up, or the network cannot be started.
    pub fn new(
        endpoint: Endpoint,
        timeout: Duration,
        extra: Map<String, Value>,
        network: &Network,
    ) -> Result<Client, Error> {
        // Cryptography is chosen once a process. An error says that the caller, or another client, has already chosen.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A server that sends a reply twice leaves the second one for whoever asks next on that connection. A new one for every
        // question costs next to nothing where no encryption is agreed on.
        let most_idle = if endpoint.url.scheme() == "https" { usize::MAX } else { 0 };
        // What goes to this machine goes to no proxy, which would read key and documents.
        let builder = reqwest::Client::builder();
        let builder = if endpoint.is_local() { builder.no_proxy() } else { builder };
        let http = builder
            .pool_max_idle_per_host(most_idle)
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|problem| Error::server(problem.to_string()))?;
        let secrets = endpoint.secrets();
        let (network, adds_version) = (network.handle()?, AtomicBool::new(false));
        Ok(Client { http, endpoint, generator: None, secrets, extra, timeout, network, adds_version })
    }

    /// Waits for one piece of work on the network.
    pub fn wait_for<T>(&self, work: impl Future<Output = T>) -> T {
        self.network.block_on(work)
    }

    /// A client of the model in a `file`, which is loaded into this process.
    ///
    /// # Errors
    /// In every way in which the file cannot be used.
    pub fn local(parameter: &Mention, file: &Path, timeout: Duration, network: &Network) -> Result<Client, Error> {
        let nobody = Endpoint::new(parameter, "http://localhost", String::new(), false)?;
        let generator = Some(Generator::open(file)?);
        Ok(Client { generator, ..Client::new(nobody, timeout, Map::new(), network)? })
    }

    /// Whether a text holds its key, or the most of it.
    pub fn is_told_in(&self, text: &str) -> bool {
        self.secrets.are_in(text)
    }

    /// Where the questions go: a host, or the name of the file whose model answers in this process.
    pub fn host(&self) -> String {
        self.generator.as_ref().map_or_else(|| self.endpoint.host(), |generator| generator.name().to_owned())
    }

    /// The same in words, for whoever is told where the documents go.
    pub fn whereabouts(&self) -> String {
        match &self.generator {
            Some(generator) => format!("from {} in this process (nothing leaves this machine)", generator.name()),
            None => format!("at {}", self.endpoint.host()),
        }
    }

    /// Whether a model in this process answers, one question after the other.
    pub fn is_in_process(&self) -> bool {
        self.generator.is_some()
    }

    /// Time that one answer may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether it asks under `/v1`, though the address does not say so.
    pub fn adds_version(&self) -> bool {
        self.adds_version.load(Ordering::Relaxed)
    }

    /// An upper bound of the tokens of a question and its answer, by the body that is sent for it.
    pub fn bound(&self, question: &Question) -> CallUsage {
        bound(question, &self.extra)
    }

    /// Names of the models that the server lists.
    ///
    /// # Errors
    /// When the server does not answer, or not with a list.
    pub async fn models(&self) -> Result<Vec<String>, Failure> {
        let value = self.get("models").await?;
        let names = value["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str());
        Ok(names.map(|name| self.secrets.hide(name)).collect())
    }

    /// Who owns the first model of the list, by which some servers can be told; empty where nobody is named.
    pub async fn owner(&self) -> String {
        let list = self.get("models").await.unwrap_or_default();
        list["data"][0]["owned_by"].as_str().unwrap_or_default().to_owned()
    }

    /// What llama.cpp's server says of itself; nothing when it is another one.
    pub async fn properties(&self) -> Option<Value> {
        if let Some(generator) = &self.generator {
            return generator.get("props").ok();
        }
        let mut address = self.endpoint.url.clone();
        let base = address.path().trim_end_matches('/').trim_end_matches("/v1").to_owned();
        address.set_path(&format!("{base}/props"));
        self.get_from(address).await.ok().filter(|value| value["default_generation_settings"].is_object())
    }

    /// Reads what stands below the base address, or below its `/v1`.
    async fn get(&self, path: &str) -> Result<Value, Failure> {
        if let Some(generator) = &self.generator {
            return generator.get(path);
        }
        let has = self.adds_version();
        match self.get_from(self.address(path, has)).await {
            Err(failure) if !has && self.may_be_below(&failure) => {
                let below = self.get_from(self.address(path, true)).await;
                self.adds_version.fetch_or(below.is_ok(), Ordering::Relaxed);
                below.map_err(|_| failure)
            }
            outcome => outcome,
        }
    }

    async fn get_from(&self, address: Url) -> Result<Value, Failure> {
        let body = self.send(self.http.get(address).timeout(SIDE_TIMEOUT), LARGEST_REPLY).await?;
        lenient::read(&body.text).ok_or_else(|| not_a_completion(&self.secrets.hide(&body.text)))
    }

    /// Asks one question, once, without the parameters that the server refused before.
    ///
    /// # Errors
    /// Every way in which there is no completion.
    pub async fn complete(&self, probe: &Probe, question: &Question) -> Result<Completion, Failure> {
        if question.legal.is_decision() {
            return self.decide(probe.protocol, &probe.model, question).await.map(|decided| decided.completion);
        }
        let request = body(&probe.model, question, &probe.refused, &self.extra)
            .map_err(|problem| Failure::new(Fault::Rejected(0), problem.to_string()))?;
        let body = self.post(Protocol::Chat.path(), &request, LARGEST_REPLY).await?;
        let most = self.bound(question).completion_tokens;
        // Hidden after its parts are put together: none of them may be enough of a key to be known. What is shown of a reply
        // that is none is cut short, so there the key is hidden before.
        let read = completion(&body.text, most).or_else(|_| completion(&self.secrets.hide(&body.text), most))?;
        let completion = Completion {
            reply: self.discreet(read.reply),
            finish_reason: read.finish_reason.map(|reason| self.secrets.hide(&reason)),
            ..read
        };
        if !body.is_utf8 && completion.reply.content().contains(char::REPLACEMENT_CHARACTER) {
            return Err(Failure::new(Fault::NotACompletion, "the server's reply is not UTF-8"));
        }
        is_whole(question, &completion).map(|()| completion)
    }

    /// Asks a decision model one question, once.
    ///
    /// # Errors
    /// Every way in which there is no answer.
    pub async fn decide(&self, protocol: Protocol, model: &str, question: &Question) -> Result<Decided, Failure> {
        let request = decide::body(protocol, model, question, &self.extra)
            .ok_or_else(|| Failure::new(Fault::Rejected(0), "a chat model gives no probabilities of a list"))?;
        let body = self.post(protocol.path(), &request, LARGEST_REPLY).await?;
        let decided = decide::read(protocol, &body.text, question).map_err(|failure| self.hidden(failure))?;
        is_whole(question, &decided.completion)?;
        Ok(Decided { model: decided.model.map(|model| self.secrets.hide(&model)), ..decided })
    }

    fn discreet(&self, reply: Recorded) -> Recorded {
        match reply {
            Recorded::Completion { content, logprobs } => Recorded::Completion {
                content: self.secrets.hide(&content),
                logprobs: logprobs.map(|listed| {
                    listed.into_iter().map(|(token, logprob)| (self.secrets.hide(&token), logprob)).collect()
                }),
            },
            failed => failed,
        }
    }

    /// Sends texts to be embedded, once, and returns the reply's body.
    ///
    /// # Errors
    /// Every way in which there is none.
    pub async fn embed(&self, model: &str, texts: &[&str]) -> Result<String, Failure> {
        Ok(self.post("embeddings", &json!({ "model": model, "input": texts }), LARGEST_VECTORS).await?.text)
    }

    /// The failure, without what nobody may read.
    pub fn hidden(&self, failure: Failure) -> Failure {
        Failure { problem: failure.problem.with_texts(|text| self.secrets.hide(text)), ..failure }
    }

    async fn post(&self, path: &str, body: &Value, largest: usize) -> Result<Body, Failure> {
        if let Some(generator) = &self.generator {
            return generator.post(path, body).await.map(|text| Body { text, is_utf8: true });
        }
        let post = |below| self.send(self.http.post(self.address(path, below)).json(body), largest);
        let has = self.adds_version();
        match post(has).await {
            Err(failure) if !has && failure.fault != Fault::NotACompletion && self.may_be_below(&failure) => {
                let below = post(true).await;
                let is_there = below.as_ref().err().is_none_or(|failure| !self.may_be_below(failure));
                self.adds_version.fetch_or(is_there, Ordering::Relaxed);
                let hint = "; is the address right? Most end in /v1";
                if is_there { below } else { Err(failure.with_hint(hint)) }
            }
            outcome => outcome,
        }
    }

    /// Whether what was not found may stand below `/v1`.
    fn may_be_below(&self, failure: &Failure) -> bool {
        self.endpoint.may_lack_version()
            && matches!(failure.fault, Fault::Refused(404 | 405) | Fault::Rejected(404 | 405) | Fault::NotACompletion)
    }

    fn address(&self, path: &str, below: bool) -> Url {
        let mut address = self.endpoint.url.clone();
        let version = if below { "/v1" } else { "" };
        address.set_path(&format!("{}{version}/{path}", address.path().trim_end_matches('/')));
        address
    }

    /// Sends a request with the key and returns the body of a good reply of `largest` bytes at most.
    async fn send(&self, request: RequestBuilder, largest: usize) -> Result<Body, Failure> {
        let response = self.with_key(request).send().await.map_err(transport)?;
        let (status, after) = (response.status(), retry_after(&response));
        let bytes = whole_body(response, largest).await?;
        let (text, is_utf8) = match String::from_utf8(bytes) {
            Ok(text) => (text, true),
            Err(problem) => (String::from_utf8_lossy(problem.as_bytes()).into_owned(), false),
        };
        if !status.is_success() {
            return Err(self.hidden(Failure::from_status(status.as_u16(), &self.secrets.hide(&text), after)));
        }
        // A part, a receipt or somebody else's words are not the reply.
        if !matches!(status, StatusCode::OK | StatusCode::CREATED) {
            let problem = format!("the server's reply has the status {status}, which is not that of a whole answer");
            return Err(Failure::new(Fault::NotACompletion, problem));
        }
        Ok(Body { text, is_utf8 })
    }

    /// As servers want it: as a bearer token and, where the address has an `api-version`, in Azure's own header.
    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        let key = &self.endpoint.key;
        let is_azure = self.endpoint.url.query_pairs().any(|(name, _)| name == "api-version");
        match (key.is_empty(), is_azure) {
            (true, _) => request,
            (false, true) => request.bearer_auth(key).header("api-key", key),
            (false, false) => request.bearer_auth(key),
        }
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
        (true, _) => {
            // The last cause alone says it: `Connection refused (os error 111)`.
            let last = words.rsplit(": ").next().unwrap_or_default();
            Failure::new(Fault::Unreachable, format!("nothing answers ({last}); is the server running there?"))
        }
        (false, true) => Failure::new(Fault::Timeout, message!("the server did not answer in time ({@timeout})")),
        (false, false) => Failure::new(Fault::Broken, words),
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = value.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).ok())
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
    use crate::model::StageName;
    use crate::model::question::{LegalAnswer, Message, Respondent, Role};

    fn endpoint(address: &str, key: &str, trusts: bool) -> Result<Endpoint, Error> {
        Endpoint::new(&Mention::of("llm"), address, key.into(), trusts)
    }

    #[test]
    fn a_key_goes_over_plain_http_to_this_machine_only() {
        for local in ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1"] {
            assert!(endpoint(local, "a-long-secret", false).is_ok(), "{local}");
        }
        for far in [
            "http://models.example/v1",
            "http://10.0.0.7:8000/v1",
            "http://localhost.example/v1",
            "http://m.localhost/v1",
        ] {
            let problem = endpoint(far, "a-long-secret", false).err().unwrap();
            assert!(problem.exit_code() == 2 && problem.to_string().contains("key-over-http"), "{problem}");
            assert!(endpoint(far, "a-long-secret", true).is_ok() && endpoint(far, "none", false).is_ok(), "{far}");
            assert!(endpoint(&far.replace("http", "https"), "a-long-secret", false).is_ok());
        }
        assert!(endpoint("http://user:pw@models.example/v1", "", false).is_err());
    }

    #[test]
    fn an_address_that_is_no_address_is_told_without_its_password() {
        for wrong in ["http://user:CANARY/pw@host/v1", "htp://user:CANARY@host", "user:CANARY@host/v1", "http://"] {
            let problem = endpoint(wrong, "", false).err().unwrap();
            assert!(problem.exit_code() == 2 && !problem.to_string().contains("CANARY"), "{problem}");
        }
    }

    #[test]
    fn a_path_that_was_pasted_is_taken_off_and_a_query_stays_behind_every_path() {
        let network = Network::own();
        let address = "https://x.example/openai/deployments/gpt/chat/completions?api-version=2024";
        let client = Client::new(endpoint(address, "k", false).unwrap(), SIDE_TIMEOUT, Map::new(), &network).unwrap();
        assert_eq!(client.address("chat/completions", false).as_str(), address);
        assert!(!client.endpoint.may_lack_version());
        let plain =
            Client::new(endpoint("http://localhost:1/", "", false).unwrap(), SIDE_TIMEOUT, Map::new(), &network)
                .unwrap();
        assert_eq!(plain.address("models", true).as_str(), "http://localhost:1/v1/models");
        assert!(plain.endpoint.may_lack_version());
        assert!(!endpoint("http://h/api/v3", "", false).unwrap().may_lack_version());
    }

    #[test]
    fn a_prompt_that_the_server_cut_is_no_answer() {
        let messages = vec![Message { role: Role::User, content: "word ".repeat(4_000) }];
        let question = Question {
            stage: StageName::Propose,
            prompt: "p-1".into(),
            messages,
            legal: LegalAnswer::YesNo,
            max_tokens: 1,
            respondent: Respondent::Model,
        };
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
