//! Answers one request: writes the conversation, reads what is new of it, and takes the likeliest token until the answer ends.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::caches::{Caches, PIECE};
use super::conversation::Conversation;
use super::decoder::{Cache, Decoder};
use super::grammar::{Grammar, Grammars};
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use crate::error::Error;
use crate::model::failure::{Failure, Fault};

/// A model in memory.
pub struct Engine {
    decoder: Decoder,
    vocabulary: Vocabulary,
    conversation: Conversation,
    /// None before an answer with a schema is wanted for the first time: making them takes a while.
    grammars: Option<Grammars>,
    caches: Caches,
    /// Whether what was read before is used; it is not in a test that compares.
    pub reuses: bool,
}

/// What an answer has so far.
#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    tokens: u64,
    /// Of each token, where they are wanted.
    logprobs: Vec<Value>,
    ended: bool,
}

impl Engine {
    /// Loads a file; `available` is the memory in bytes, where it is known. Returns what is to be said of the file, too.
    ///
    /// # Errors
    /// In every way in which the file cannot be used, with its name.
    pub fn load(path: &Path, available: Option<u64>) -> Result<(Engine, Option<String>), Error> {
        let mut weights = Weights::open(path, available)?;
        let vocabulary = Vocabulary::of(&weights)?;
        let (conversation, note) = Conversation::of(&weights, &vocabulary);
        let decoder = Decoder::of(&mut weights)?;
        let known = decoder.tokens().map_err(|problem| weights.wrong(problem))?;
        if known < vocabulary.len() {
            return Err(weights.wrong(format!("it has {} tokens, but weights for {known} only", vocabulary.len())));
        }
        let caches = Caches::new(decoder.bytes());
        let engine = Engine { decoder, vocabulary, conversation, grammars: None, caches, reuses: true };
        Ok((engine, note))
    }

    /// Tokens that a prompt and its answer may have together.
    pub fn context(&self) -> usize {
        self.decoder.context()
    }

    /// The reply to the body of a request for a chat completion; none where it was `cancelled`.
    ///
    /// # Errors
    /// When the conversation is too long or not one that the model takes, or when computing fails.
    pub fn answer(&mut self, body: &Value, cancelled: &AtomicBool) -> Result<Option<Value>, Failure> {
        let tokens = self.prompt(body)?;
        let most = ["max_tokens", "max_completion_tokens"].iter().find_map(|name| body[*name].as_u64()).unwrap_or(256);
        self.fits(tokens.len(), most)?;
        let mut grammar = self.grammar(body)?;
        let mut cache = Some(()).filter(|()| self.reuses).and_then(|()| self.caches.beginning(&tokens));
        let mut cache = cache.take().unwrap_or_else(|| self.decoder.empty());
        let reused = cache.len();
        let Some(mut vector) = self.read(&tokens, &mut cache, cancelled)? else { return Ok(None) };
        self.caches.keep(&tokens, &cache);
        let listed = body["logprobs"].as_bool().unwrap_or(false).then(|| body["top_logprobs"].as_u64().unwrap_or(1));
        let mut written = Written::default();
        while written.tokens < most {
            let logits = self.decoder.logits(&vector).map_err(failed)?;
            let token = self.choose(&logits, grammar.as_mut())?;
            if let Some(listed) = listed {
                written.logprobs.push(self.logprobs(&logits, token, listed as usize));
            }
            written.tokens += 1;
            if self.vocabulary.ends().contains(&token) {
                written.ended = true;
                break;
            }
            written.bytes.extend_from_slice(self.vocabulary.bytes(token));
            if let Some(grammar) = &mut grammar
                && grammar.take(token).map_err(failed)?
            {
                written.ended = true;
                break;
            }
            if written.tokens < most {
                match self.decoder.read(&[token], &mut cache, cancelled).map_err(failed)? {
                    Some(next) => vector = next,
                    None => return Ok(None),
                }
            }
        }
        Ok(Some(reply(&written, tokens.len(), reused)))
    }

    /// The tokens of a request's conversation.
    fn prompt(&self, body: &Value) -> Result<Vec<u32>, Failure> {
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let harmless = |message: &Value| {
            let content = self.vocabulary.harmless(message["content"].as_str().unwrap_or_default());
            json!({ "role": message["role"], "content": content })
        };
        let messages: Vec<Value> = messages.iter().map(harmless).collect();
        let text = self.conversation.text(&messages).map_err(|said| refused(&said))?;
        let tokens = self.vocabulary.tokens(&text).map_err(failed)?;
        if tokens.is_empty() { Err(refused("the conversation is empty")) } else { Ok(tokens) }
    }

    fn fits(&self, tokens: usize, most: u64) -> Result<(), Failure> {
        let context = self.context();
        if tokens as u64 + most <= context as u64 {
            return Ok(());
        }
        let problem =
            format!("the question and its answer need {tokens} and {most} tokens, of {context} that the model reads");
        Err(Failure::new(Fault::TooLong, problem))
    }

    fn grammar(&mut self, body: &Value) -> Result<Option<Grammar>, Failure> {
        let schema = &body["response_format"]["json_schema"]["schema"];
        if schema.is_null() {
            return Ok(None);
        }
        let grammars = match self.grammars.take() {
            Some(grammars) => grammars,
            None => Grammars::of(&self.vocabulary).map_err(failed)?,
        };
        let grammar = grammars.answer(schema).map_err(failed);
        self.grammars = Some(grammars);
        grammar.map(Some)
    }

    /// Reads a prompt behind what the cache has of it, piece by piece.
    fn read(
        &self,
        tokens: &[u32],
        cache: &mut Cache,
        cancelled: &AtomicBool,
    ) -> Result<Option<candle_core::Tensor>, Failure> {
        let mut vector = None;
        while cache.len() < tokens.len() {
            let rest = &tokens[cache.len()..];
            vector = self.decoder.read(&rest[..rest.len().min(PIECE)], cache, cancelled).map_err(failed)?;
            if vector.is_none() || cancelled.load(Ordering::Relaxed) {
                return Ok(None);
            }
        }
        Ok(vector)
    }

    /// The likeliest token that may come; of equally likely ones the first.
    fn choose(&self, logits: &[f32], grammar: Option<&mut Grammar>) -> Result<u32, Failure> {
        let allowed = grammar.map(Grammar::next).transpose().map_err(failed)?;
        let may = |token: &u32| allowed.as_ref().is_none_or(|allowed| allowed.is_allowed(*token));
        let known = logits.iter().take(self.vocabulary.len()).zip(0u32..);
        let best = known.filter(|(_, token)| may(token)).reduce(|best, next| if next.0 > best.0 { next } else { best });
        let best = best.filter(|(logit, _)| logit.is_finite()).map(|(_, token)| token);
        best.ok_or_else(|| failed("the model gives no likeliest token: its weights may be damaged"))
    }

    /// A token with its log-probability, and the `count` likeliest ones, as a server lists them.
    fn logprobs(&self, logits: &[f32], token: u32, count: usize) -> Value {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|logit| f64::from(logit - most).exp()).sum();
        let logprob = |token: usize| f64::from(logits[token] - most) - sum.ln();
        let mut order: Vec<usize> = (0..logits.len().min(self.vocabulary.len())).collect();
        let by_likelihood = |one: &usize, other: &usize| logits[*other].total_cmp(&logits[*one]).then(one.cmp(other));
        let count = count.clamp(1, order.len());
        order.select_nth_unstable_by(count - 1, by_likelihood);
        order.truncate(count);
        order.sort_unstable_by(by_likelihood);
        let listed = |token: usize| json!({ "token": self.vocabulary.shown(token as u32), "logprob": logprob(token) });
        let mut chosen = listed(token as usize);
        chosen["top_logprobs"] = order.into_iter().map(listed).collect();
        chosen
    }
}

/// A completion as a server writes it.
fn reply(written: &Written, prompt: usize, reused: usize) -> Value {
    let content = String::from_utf8_lossy(&written.bytes).into_owned();
    let mut choice = json!({
        "index": 0,
        "message": { "role": "assistant", "content": content },
        "finish_reason": if written.ended { "stop" } else { "length" },
    });
    if !written.logprobs.is_empty() {
        choice["logprobs"] = json!({ "content": written.logprobs });
    }
    let usage = json!({
        "prompt_tokens": prompt,
        "completion_tokens": written.tokens,
        "prompt_tokens_details": { "cached_tokens": reused },
    });
    json!({ "choices": [choice], "usage": usage })
}

/// What the model's template refuses, as a server would.
fn refused(said: &str) -> Failure {
    Failure::from_status(400, &json!({ "error": { "message": said } }).to_string(), None)
}

/// Computing that failed: asking again would not help.
fn failed(problem: impl std::fmt::Display) -> Failure {
    Failure::new(Fault::Rejected(500), format!("the model failed: {problem}"))
}
