//! What requests used: tokens, and how many requests.

use std::collections::BTreeMap;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// Tokens of one call, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallUsage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the completion.
    pub completion_tokens: u64,
    /// Tokens of texts that were embedded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub embedded_tokens: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl CallUsage {
    /// Tokens of texts that were embedded.
    pub fn embedded(tokens: u64) -> CallUsage {
        CallUsage { embedded_tokens: tokens, ..CallUsage::default() }
    }

    /// All together.
    pub fn total(self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens).saturating_add(self.embedded_tokens)
    }

    /// The larger of each figure.
    #[must_use]
    pub fn or(self, other: CallUsage) -> CallUsage {
        CallUsage {
            prompt_tokens: self.prompt_tokens.max(other.prompt_tokens),
            completion_tokens: self.completion_tokens.max(other.completion_tokens),
            embedded_tokens: self.embedded_tokens.max(other.embedded_tokens),
        }
    }

    /// Those of so many such calls.
    #[must_use]
    pub fn times(self, calls: u64) -> CallUsage {
        CallUsage {
            prompt_tokens: self.prompt_tokens.saturating_mul(calls),
            completion_tokens: self.completion_tokens.saturating_mul(calls),
            embedded_tokens: self.embedded_tokens.saturating_mul(calls),
        }
    }

    /// What is left without `part`, which is contained in it.
    pub fn without(self, part: CallUsage) -> CallUsage {
        CallUsage {
            prompt_tokens: self.prompt_tokens.saturating_sub(part.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_sub(part.completion_tokens),
            embedded_tokens: self.embedded_tokens.saturating_sub(part.embedded_tokens),
        }
    }
}

impl Add for CallUsage {
    type Output = CallUsage;

    fn add(self, other: CallUsage) -> CallUsage {
        CallUsage {
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_add(other.completion_tokens),
            embedded_tokens: self.embedded_tokens.saturating_add(other.embedded_tokens),
        }
    }
}

/// Requests and their tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Requests sent, retries included.
    #[serde(default)]
    pub calls: u64,
    /// As the server counted them; an upper bound where it did not.
    #[serde(flatten)]
    pub tokens: CallUsage,
}

impl Add for Spent {
    type Output = Spent;

    fn add(self, other: Spent) -> Spent {
        Spent { calls: self.calls.saturating_add(other.calls), tokens: self.tokens + other.tokens }
    }
}

impl Spent {
    /// The larger of each figure, where two sources tell of the same requests.
    #[must_use]
    pub fn or(self, other: Spent) -> Spent {
        Spent { calls: self.calls.max(other.calls), tokens: self.tokens.or(other.tokens) }
    }
}

/// What was asked of the model in the session that wrote the manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Requests sent, retries included.
    pub calls: u64,
    /// Questions answered from the journal or a recording.
    pub cached: u64,
    /// As the server counts them; an upper bound for replies that it did not count.
    pub prompt_tokens: u64,
    /// As the server counts them; an upper bound for replies that it did not count.
    pub completion_tokens: u64,
    /// In the currency of the prices, when prices are given.
    pub cost: Option<f64>,
    /// Answers that were not legal.
    pub unparsed: u64,
    /// Those of them that would have tested a predicate: they place no document and count against no run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unparsed_tests: u64,
    /// Questions that got no answer.
    pub failed: u64,
    /// Questions a budget left unasked.
    pub not_asked: u64,
    /// Requests that were repeated after a failure that may pass, or put otherwise because the server wanted it so.
    pub retries: u64,
    /// Questions asked with shortened documents, because the prompt was too long for the model.
    #[serde(default)]
    pub shortened: u64,
    /// Failed requests by kind, those that a repetition mended included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, u64>,
    /// What the whole run used, where anything was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunUsage>,
}

impl Usage {
    /// What was asked of two respondents whose tokens are counted together.
    #[must_use]
    pub fn and(mut self, other: &Usage) -> Usage {
        let pairs = [
            (&mut self.calls, other.calls),
            (&mut self.cached, other.cached),
            (&mut self.unparsed, other.unparsed),
            (&mut self.unparsed_tests, other.unparsed_tests),
            (&mut self.failed, other.failed),
            (&mut self.not_asked, other.not_asked),
            (&mut self.retries, other.retries),
            (&mut self.shortened, other.shortened),
        ];
        for (own, others) in pairs {
            *own = own.saturating_add(others);
        }
        for (fault, count) in &other.faults {
            *self.faults.entry(fault.clone()).or_default() += count;
        }
        self
    }
}

/// What the whole run used, with its former sessions: of the model and of a server that embeds. Caps are for this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RunUsage {
    /// Requests sent, retries included, and their tokens.
    #[serde(flatten)]
    pub spent: Spent,
    /// In the currency of the prices, when prices are given.
    pub cost: Option<f64>,
}
