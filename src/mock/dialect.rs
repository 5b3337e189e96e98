//! The marks by which servers that call themselves OpenAI-compatible differ.

use serde_json::{Map, Value, json};

use super::ask::Ask;

/// The server whose behavior the mock imitates. The table stands in the documentation of [`crate::mock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Dialect {
    /// llama.cpp's server
    Llamacpp,
    /// vLLM
    Vllm,
    /// Ollama
    Ollama,
    /// LM Studio
    Lmstudio,
    /// OpenAI, newer models
    Openai,
    /// OpenRouter
    Openrouter,
    /// Azure OpenAI, `/openai/v1/`
    Azure,
}

/// What is wrong with a request, before a dialect puts it into its own words.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// OpenAI's word for it, such as `context_length_exceeded`.
    pub code: &'static str,
    /// For humans.
    pub message: String,
    /// The parameter concerned.
    pub param: Option<&'static str>,
    /// What a dialect adds to the error object.
    pub more: Map<String, Value>,
}

impl Problem {
    /// With OpenAI's usual word for a status.
    pub fn of_status(status: u16) -> Problem {
        let (code, message) = match status {
            400 => ("invalid_request", "the request is not valid"),
            401 => ("invalid_api_key", "incorrect API key provided"),
            402 => ("insufficient_credits", "insufficient credits"),
            403 => ("permission_denied", "this key may not use the model"),
            404 => ("model_not_found", "the model does not exist"),
            408 => ("timeout", "the request timed out"),
            429 => ("rate_limit_exceeded", "too many requests: slow down"),
            503 => ("overloaded", "the server is overloaded or not ready yet"),
            504 => ("timeout", "the upstream server timed out"),
            _ => ("server_error", "the server had an error while processing the request"),
        };
        Problem { status, code, message: message.into(), param: None, more: Map::new() }
    }

    /// A request that cannot be understood.
    pub fn invalid(message: String) -> Problem {
        Problem { message, ..Problem::of_status(400) }
    }

    /// A question without an answer: the mock does not invent.
    pub fn unknown(ask: &Ask, why: &str) -> Problem {
        let stage = ask.stage.map_or("no stage of the compiled-in prompts".into(), |stage| format!("stage {stage}"));
        let message = format!("the mock has no answer and does not invent one ({stage}): {why}");
        Problem { code: "no_recorded_answer", message, ..Problem::of_status(404) }
    }

    /// Out of quota: it does not help to wait.
    pub fn quota() -> Problem {
        let message = "you exceeded your current quota: check your plan and billing details".into();
        Problem { code: "insufficient_quota", message, ..Problem::of_status(429) }
    }
}

impl Dialect {
    /// Whether replies come with log-probabilities when they are asked for.
    pub fn gives_logprobs(self) -> bool {
        matches!(self, Dialect::Llamacpp | Dialect::Vllm | Dialect::Openai | Dialect::Azure)
    }

    /// Whether a request without any key is refused.
    pub fn wants_key(self) -> bool {
        matches!(self, Dialect::Openai | Dialect::Openrouter | Dialect::Azure)
    }

    /// Whether refusals stand in a field of their own.
    pub fn has_refusals(self) -> bool {
        matches!(self, Dialect::Openai | Dialect::Azure)
    }

    /// Tokens of the context where none are named.
    pub fn context(self) -> u64 {
        if self == Dialect::Ollama { 4096 } else { 32_768 }
    }

    /// What the server says of the models that it has.
    pub fn models(self, model: &str, context: u64) -> Value {
        let mut entry = json!({"id": model, "object": "model", "created": 0, "owned_by": self.owner()});
        match self {
            Dialect::Azure => return json!({"object": "list", "data": []}),
            Dialect::Llamacpp => entry["meta"] = json!({"n_ctx_train": context}),
            Dialect::Vllm => entry["max_model_len"] = context.into(),
            Dialect::Openrouter => entry["context_length"] = context.into(),
            _ => {}
        }
        json!({"object": "list", "data": [entry]})
    }

    fn owner(self) -> &'static str {
        match self {
            Dialect::Llamacpp => "llamacpp",
            Dialect::Vllm => "vllm",
            Dialect::Ollama => "library",
            Dialect::Lmstudio => "organization_owner",
            Dialect::Openai | Dialect::Openrouter | Dialect::Azure => "system",
        }
    }

    /// What is wrong with a parameter of a request, if anything.
    pub fn refuses(self, ask: &Ask) -> Option<Problem> {
        (self == Dialect::Openai && ask.old_limit).then(|| Problem {
            code: "unsupported_parameter",
            message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.".into(),
            param: Some("max_tokens"),
            ..Problem::of_status(400)
        })
    }

    /// A prompt of `tokens` that does not fit into a `context`; none where it is cut in silence.
    pub fn overflow(self, tokens: u64, context: u64) -> Option<Problem> {
        let (code, message) = match self {
            Dialect::Ollama => return None,
            Dialect::Llamacpp => (
                "exceed_context_size_error",
                format!("request ({tokens} tokens) exceeds the available context size ({context} tokens)"),
            ),
            Dialect::Lmstudio => (
                "context_length_exceeded",
                format!(
                    "trying to keep the first {tokens} tokens when the context overflows, but the model is loaded with a context length of only {context}"
                ),
            ),
            _ => (
                "context_length_exceeded",
                format!(
                    "This model's maximum context length is {context} tokens. However, your messages resulted in {tokens} tokens."
                ),
            ),
        };
        let mut problem = Problem { code, message, param: Some("messages"), ..Problem::of_status(400) };
        if self == Dialect::Llamacpp {
            problem.more.extend([("n_prompt_tokens".into(), tokens.into()), ("n_ctx".into(), context.into())]);
        }
        Some(problem)
    }

    /// Azure's filter of prompts; the other dialects know none.
    pub fn filtered(self) -> Problem {
        let mut problem = Problem {
            code: "content_filter",
            message: "the prompt was filtered by the content management policy".into(),
            param: Some("prompt"),
            ..Problem::of_status(400)
        };
        let result = json!({"jailbreak": {"detected": true, "filtered": true}});
        let inner = json!({"code": "ResponsibleAIPolicyViolation", "content_filter_result": result});
        problem.more.extend([("status".into(), 400.into()), ("innererror".into(), inner)]);
        problem
    }

    /// The HTTP status and the body of an error, as the server words it.
    pub fn error(self, problem: &Problem) -> (u16, Value) {
        let Problem { status, code, message, param, more } = problem;
        let overflow = *code == "context_length_exceeded";
        let mut error = match self {
            Dialect::Llamacpp => json!({"code": status, "message": message, "type": llamacpp_type(problem)}),
            Dialect::Vllm => {
                let kind = if *status == 404 { "NotFoundError" } else { "BadRequestError" };
                return (
                    *status,
                    json!({"object": "error", "message": message, "type": kind, "param": null, "code": status}),
                );
            }
            Dialect::Ollama => json!({"message": message, "type": "api_error", "param": null, "code": null}),
            Dialect::Lmstudio => return (if overflow { 200 } else { *status }, json!({ "error": message })),
            Dialect::Openai => json!({"message": message, "type": openai_type(problem), "param": param, "code": code}),
            Dialect::Openrouter => json!({"code": status, "message": message, "metadata": {"provider_name": "mock"}}),
            Dialect::Azure => json!({"code": code, "message": message, "type": null, "param": param}),
        };
        if let Some(fields) = error.as_object_mut() {
            fields.extend(more.clone());
        }
        let late = self == Dialect::Openrouter && *status >= 500 && *status != 503;
        (if late { 200 } else { *status }, json!({ "error": error }))
    }
}

fn llamacpp_type(problem: &Problem) -> &'static str {
    match problem.status {
        _ if problem.code == "exceed_context_size_error" => "exceed_context_size_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        503 => "unavailable_error",
        500..=599 => "server_error",
        _ => "invalid_request_error",
    }
}

fn openai_type(problem: &Problem) -> &'static str {
    match problem.status {
        _ if problem.code == "insufficient_quota" => "insufficient_quota",
        401 | 403 => "authentication_error",
        429 => "requests",
        500..=599 => "server_error",
        _ => "invalid_request_error",
    }
}

#[cfg(test)]
mod tests {
    use super::super::ask::tests::asked;
    use super::*;

    #[test]
    fn error_codes_are_numbers_words_or_missing() {
        let problem = Problem::of_status(429);
        let body = |dialect: Dialect| dialect.error(&problem).1;
        assert_eq!(body(Dialect::Llamacpp)["error"]["code"], 429);
        assert_eq!(body(Dialect::Openrouter)["error"]["code"], 429);
        assert_eq!(body(Dialect::Openai)["error"]["code"], "rate_limit_exceeded");
        assert_eq!((&body(Dialect::Vllm)["object"], &body(Dialect::Vllm)["code"]), (&json!("error"), &json!(429)));
        assert!(body(Dialect::Ollama)["error"]["code"].is_null());
        assert!(body(Dialect::Lmstudio)["error"].is_string());
    }

    #[test]
    fn some_errors_come_with_status_200() {
        let overflow = Dialect::Lmstudio.overflow(9, 8).unwrap();
        assert_eq!(Dialect::Lmstudio.error(&overflow).0, 200);
        assert_eq!(Dialect::Openrouter.error(&Problem::of_status(502)).0, 200);
        assert_eq!(Dialect::Openrouter.error(&Problem::of_status(402)).0, 402);
    }

    #[test]
    fn an_overflow_is_told_by_all_but_one() {
        assert_eq!(Dialect::Ollama.overflow(9, 8), None);
        let (status, body) = Dialect::Llamacpp.error(&Dialect::Llamacpp.overflow(9, 8).unwrap());
        assert_eq!((status, &body["error"]["type"]), (400, &json!("exceed_context_size_error")));
        assert_eq!((&body["error"]["n_prompt_tokens"], &body["error"]["n_ctx"]), (&json!(9), &json!(8)));
        assert_eq!(
            Dialect::Azure.error(&Dialect::Azure.overflow(9, 8).unwrap()).1["error"]["code"],
            "context_length_exceeded"
        );
    }

    #[test]
    fn only_newer_openai_models_refuse_the_older_name_of_the_limit() {
        let ask = Ask { old_limit: true, ..asked("x") };
        assert_eq!(Dialect::Openai.refuses(&ask).unwrap().param, Some("max_tokens"));
        assert_eq!((Dialect::Llamacpp.refuses(&ask), Dialect::Openai.refuses(&asked("x"))), (None, None));
    }
}
