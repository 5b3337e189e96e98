//! A stand-in for a model server: OpenAI-compatible, on loopback, answering from a recording or a script, with faults by rule.
//!
//! It never invents: a question that neither recording nor script answers gets 404 and is counted. Which request meets a fault
//! is decided by the question, never by a clock (see [`Faults`]).
//!
//! Endpoints: `/health`, `/v1/models`, `/v1/chat/completions`, `/v1/embeddings` (vectors for tests only), `/props` (llama.cpp),
//! `/mock/counts`. A path before `/v1` is overlooked, as in `/openai/v1/models`. Faults befall chat completions and decisions only.
//!
//! With the protocol `systemone` or `decisions` it is a decision model, which answers at `/v1/systemone` or `/v1/decisions` instead: a
//! choice, or any number of statements, with probabilities. Whoever asks it to chat gets 400 or 404. A chat model answers 404 there; in
//! the dialect `llamacpp`, 501 at `/v1/systemone`.
//!
//! What the dialects do:
//!
//! | dialect | `error` | log-probabilities | prompt over the context | other marks |
//! |---|---|---|---|---|
//! | `llamacpp` | `code` is the HTTP status | yes | 400 `exceed_context_size_error` with `n_prompt_tokens`, `n_ctx` | `/props`; 503 `unavailable_error` while loading; a schema counts only as `response_format.json_schema` |
//! | `vllm` | no `error`: `object: error`, `code` is the HTTP status | yes | 400 | `max_model_len` in the list of models |
//! | `ollama` | `code` is null | ignored | 200, cut in silence: only `usage.prompt_tokens` tells | context of 4,096; requests wait while loading |
//! | `lmstudio` | a string | ignored | **200** with `error` | |
//! | `openai` | `code` is a word | yes | 400 `context_length_exceeded` | refuses `max_tokens`; wants a key; refusals in a field of their own |
//! | `openrouter` | `code` is the HTTP status | ignored | 400 | wants a key; errors while generating (500, 502, 504, …) come as **200** with `error` |
//! | `azure` | `code` is a word | yes | 400 `context_length_exceeded` | wants a key (`api-key` or bearer); lists no models; fault `400` is its content filter |
//!
//! With `ollama`, an over-long prompt is answered as if it had been read whole: the count is what gives it away.

mod answer;
mod answers;
mod ask;
mod chat;
mod counts;
mod decision;
mod dialect;
mod embedding;
mod fault;
mod found;
mod reader;
mod replay;
mod reply;
mod script;
mod server;

use std::time::{Duration, Instant};

pub use answers::Answers;
pub use counts::{Counts, Questions, Served};
pub use dialect::Dialect;
pub use fault::{Fault, Faults};
pub use reader::{Parts, Reader};
pub use replay::Recording;
pub use script::Script;
pub use server::{bind, serve};

use crate::model::{Prompts, Protocol};

/// The beginning of a sha256 as a number.
fn short(digest: [u8; 32]) -> u64 {
    digest[..8].iter().fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

/// What the mock is told to be.
#[derive(Debug)]
pub struct Options {
    /// How it is asked: a chat model decides nothing, and a decision model writes nothing.
    pub protocol: Protocol,
    /// Where answers come from.
    pub answers: Answers,
    /// What goes wrong.
    pub faults: Faults,
    /// The server whose behavior it imitates.
    pub dialect: Dialect,
    /// Before each answer.
    pub latency: Duration,
    /// How long it is only loading.
    pub slow_start: Duration,
    /// Tokens of the context; the dialect's own when absent.
    pub context: Option<u64>,
    /// Slots, as `/props` tells them.
    pub slots: u64,
}

/// A mock at work.
#[derive(Debug)]
pub struct Mock {
    options: Options,
    prompts: Prompts,
    counts: Counts,
    started: Instant,
}

impl Mock {
    /// One that has served nothing yet; it begins to load now. `prompts` tell the stages.
    pub fn new(options: Options, prompts: Prompts) -> Mock {
        Mock { options, prompts, counts: Counts::default(), started: Instant::now() }
    }

    /// What it has served so far.
    pub fn served(&self) -> Served {
        self.counts.served()
    }

    fn context(&self) -> u64 {
        self.options.context.unwrap_or_else(|| self.options.dialect.context())
    }

    /// How long it is still loading.
    fn loading(&self) -> Duration {
        self.options.slow_start.saturating_sub(self.started.elapsed())
    }
}
