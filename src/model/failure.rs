//! What can go wrong with one request, and what each kind means for the question and for the run.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message;
use crate::message::{Argument, Message};

/// The kind of a failure. The manifest counts failures by its [name](Fault::name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing listens there.
    Unreachable,
    /// The host's name is not known.
    Lookup,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
    /// Overloaded, loading or ill: 408, 425, 429 and 5xx.
    Busy(u16),
    /// The key is wrong, or the address or model is not there: 3xx, 401 to 405.
    Refused(u16),
    /// Out of quota or credit.
    Quota,
    /// The server will not take this request: any other status.
    Rejected(u16),
    /// The server does not know a parameter of the request.
    Unsupported(Parameter),
    /// The prompt is longer than the model's context.
    TooLong,
    /// A good status, but no chat completion: an HTML page, an empty body, JSON that breaks off, bytes that are not UTF-8.
    NotACompletion,
    /// A reply larger than any legal answer.
    TooLarge,
    /// The server read less of the prompt than was sent.
    PromptCut,
    /// A decision model that declined to answer.
    Declined,
    /// Embeddings that are not one vector of finite numbers for each text, all of one length.
    WrongVectors,
}

/// A parameter of a request that some servers refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// `logprobs` and `top_logprobs`.
    Logprobs,
    /// `max_tokens`, where `max_completion_tokens` is wanted.
    MaxTokens,
    /// `temperature`, where the model has only its own.
    Temperature,
    /// `response_format`.
    #[serde(rename = "response_format")]
    Schema,
    /// A turn of the role `system`: its text is put before the user's.
    SystemRole,
    /// `enable_thinking`, which is not sent unless the server wants it to be false.
    EnableThinking,
}

/// What a failure means for what is still to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// May pass: ask again.
    Transient,
    /// This question cannot be answered as it stands; others can.
    Permanent,
    /// No question can be answered.
    Fatal,
}

impl Fault {
    /// As the manifest counts it.
    pub fn name(self) -> String {
        match self {
            Fault::Unreachable => "unreachable".into(),
            Fault::Lookup => "unknown-host".into(),
            Fault::Timeout => "timeout".into(),
            Fault::Broken => "broken-connection".into(),
            Fault::Busy(status) | Fault::Refused(status) | Fault::Rejected(status) => format!("status-{status}"),
            Fault::Quota => "quota".into(),
            Fault::Unsupported(parameter) => format!("unsupported-{}", parameter.name()),
            Fault::TooLong => "context-exceeded".into(),
            Fault::NotACompletion => "no-completion".into(),
            Fault::TooLarge => "reply-too-large".into(),
            Fault::PromptCut => "prompt-cut".into(),
            Fault::Declined => "declined".into(),
            Fault::WrongVectors => "wrong-vectors".into(),
        }
    }

    /// What it means for what is still to be asked.
    pub fn severity(self) -> Severity {
        match self {
            Fault::Unreachable | Fault::Lookup | Fault::Timeout | Fault::Broken => Severity::Transient,
            Fault::Busy(_) | Fault::NotACompletion => Severity::Transient,
            Fault::Refused(_) | Fault::Quota | Fault::WrongVectors => Severity::Fatal,
            Fault::Rejected(_) | Fault::Unsupported(_) | Fault::TooLong => Severity::Permanent,
            Fault::TooLarge | Fault::PromptCut | Fault::Declined => Severity::Permanent,
        }
    }

    /// Whether the server may have read the prompt, and so may charge for it.
    pub fn may_be_charged(self) -> bool {
        matches!(
            self,
            Fault::Timeout
                | Fault::Broken
                | Fault::NotACompletion
                | Fault::TooLarge
                | Fault::PromptCut
                | Fault::Declined
                | Fault::WrongVectors
        )
    }
}

impl Parameter {
    /// As the request spells it.
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Logprobs => "logprobs",
            Parameter::MaxTokens => "max_tokens",
            Parameter::Temperature => "temperature",
            Parameter::Schema => "response_format",
            Parameter::SystemRole => "system_role",
            Parameter::EnableThinking => "enable_thinking",
        }
    }

    /// The parameter that a server's refusal names, if it names one of ours.
    fn refused_in(problem: &str) -> Option<Parameter> {
        let small = problem.to_lowercase();
        let says = |words: &[&str]| words.iter().all(|word| small.contains(word));
        if says(&["enable_thinking", "false"]) {
            return Some(Parameter::EnableThinking);
        }
        let wants_users_only = says(&["only user and assistant roles"]) || says(&["roles must alternate"]);
        if wants_users_only || (says(&["system", "role"]) && (says(&["support"]) || says(&["not allowed"]))) {
            return Some(Parameter::SystemRole);
        }
        let names = [
            ("logprobs", Parameter::Logprobs),
            ("max_tokens", Parameter::MaxTokens),
            ("temperature", Parameter::Temperature),
            ("response_format", Parameter::Schema),
            ("json_schema", Parameter::Schema),
            ("grammar", Parameter::Schema),
        ];
        names.iter().find(|(name, _)| problem.contains(name)).map(|(_, parameter)| *parameter)
    }
}

/// How servers say that waiting does not help, in small letters.
const OUT_OF_QUOTA: [&str; 9] = [
    "insufficient_quota",
    "insufficient quota",
    "exceeded your current quota",
    "out of credit",
    "credit balance is too low",
    "insufficient credit",
    "insufficient balance",
    "not enough credit",
    "billing_hard_limit",
];

fn is_out_of_quota(body: &str) -> bool {
    let small = body.to_lowercase();
    OUT_OF_QUOTA.iter().any(|mark| small.contains(mark))
}

/// Why a request gave no completion.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Its kind.
    pub fault: Fault,
    /// What happened, in words, with the cure where there is one.
    pub problem: Message,
    /// The server's `Retry-After`.
    pub after: Option<Duration>,
}

impl Failure {
    /// A failure without a time to wait.
    pub fn new(fault: Fault, problem: impl Argument) -> Failure {
        Failure { fault, problem: Message::of(problem), after: None }
    }

    /// The same with something to try.
    #[must_use]
    pub fn with_hint(mut self, hint: &str) -> Failure {
        self.problem.push(hint);
        self
    }

    /// From an HTTP status other than 200 and the body.
    pub fn from_status(status: u16, body: &str, after: Option<Duration>) -> Failure {
        let said = said(body);
        let is_too_long =
            ["exceed_context_size", "context_length_exceeded", "maximum context length", "context window"]
                .iter()
                .any(|mark| body.contains(mark));
        let fault = match status {
            402 => Fault::Quota,
            400 | 403 | 422 | 429 if is_out_of_quota(body) => Fault::Quota,
            300..=399 | 401 | 403..=405 => Fault::Refused(status),
            // llama.cpp, of a text that is longer than what it embeds at once.
            500 if body.contains("too large to process") => Fault::TooLong,
            // Not implemented is not ill: it will not pass.
            501 => Fault::Rejected(status),
            408 | 425 | 429 | 500..=599 => Fault::Busy(status),
            400 | 413 | 422 if is_too_long => Fault::TooLong,
            400 | 422 => Parameter::refused_in(body).map_or(Fault::Rejected(status), Fault::Unsupported),
            _ => Fault::Rejected(status),
        };
        Failure { fault, problem: message!("the server answered {status}: {said}", status, said), after }
    }

    /// Whether a server that is only starting says so.
    pub fn is_loading(&self) -> bool {
        self.fault == Fault::Busy(503) && self.problem.to_string().to_ascii_lowercase().contains("loading")
    }
}

/// The message in an error's body, else the body's beginning. Codes may be numbers or strings: they are not read.
fn said(body: &str) -> String {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let paths = ["/error/message", "/0/error/message", "/choices/0/error/message", "/message", "/error", "/detail"];
    let message = paths.iter().find_map(|path| value.pointer(path)?.as_str());
    beginning(message.unwrap_or(body))
}

/// The first line of a body, shortened and without control characters.
pub fn beginning(body: &str) -> String {
    let head: String = body.chars().take(1_000).collect();
    let line: String = head.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(status: u16, body: &str) -> Fault {
        Failure::from_status(status, body, None).fault
    }

    #[test]
    fn refusals_end_the_run_and_overload_does_not() {
        for (status, body) in [(401, "bad key"), (403, ""), (402, "no credit"), (404, "no such model"), (301, "moved")]
        {
            assert_eq!(fault(status, body).severity(), Severity::Fatal, "{status}");
        }
        assert_eq!(fault(429, r#"{"error":{"code":"insufficient_quota"}}"#), Fault::Quota);
        for status in [408, 429, 500, 502, 503] {
            assert_eq!(fault(status, "slow down").severity(), Severity::Transient, "{status}");
        }
        assert_eq!(fault(400, "content filter"), Fault::Rejected(400));
        assert_eq!(fault(400, "Your credit balance is too low to access the API."), Fault::Quota);
    }

    #[test]
    fn a_context_that_is_too_small_is_told_from_other_refusals() {
        let llama = r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}"#;
        let embedding =
            r#"{"error":{"code":500,"message":"input is too large to process. increase the physical batch size"}}"#;
        assert_eq!(fault(500, embedding), Fault::TooLong);
        let openai = r#"{"error":{"code":"context_length_exceeded","message":"This model's maximum context length is 8192 tokens."}}"#;
        assert_eq!((fault(400, llama), fault(400, openai)), (Fault::TooLong, Fault::TooLong));
    }

    #[test]
    fn the_parameter_that_a_server_refuses_is_found() {
        let body = r#"{"error":{"code":"unsupported_parameter","message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."}}"#;
        assert_eq!(fault(400, body), Fault::Unsupported(Parameter::MaxTokens));
        assert_eq!(fault(400, "logprobs are not available"), Fault::Unsupported(Parameter::Logprobs));
        for said in ["System role not supported", "Only user and assistant roles are supported!"] {
            assert_eq!(fault(400, said), Fault::Unsupported(Parameter::SystemRole), "{said}");
        }
        let thinking = "parameter.enable_thinking must be set to false for non-streaming calls";
        assert_eq!(fault(400, thinking), Fault::Unsupported(Parameter::EnableThinking));
    }

    #[test]
    fn the_servers_own_words_are_kept_and_numeric_codes_do_no_harm() {
        let failure = Failure::from_status(400, r#"{"error":{"code":400,"message":"no\nCork today"}}"#, None);
        assert_eq!(failure.problem, "the server answered 400: no Cork today");
        assert_eq!(
            Failure::from_status(502, "<html>bad</html>", None).problem,
            "the server answered 502: <html>bad</html>"
        );
        assert!(Failure::from_status(503, r#"{"error":{"message":"Loading model"}}"#, None).is_loading());
    }
}
