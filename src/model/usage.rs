//! What requests used: tokens, and how many requests.

use std::ops::Add;

use serde::{Deserialize, Serialize};

/// Tokens of one call, or of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallUsage {
    /// Of the prompt.
    pub prompt_tokens: u64,
    /// Of the completion.
    pub completion_tokens: u64,
    /// Of texts that were embedded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub embedded_tokens: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl CallUsage {
    /// Of texts that were embedded.
    pub fn embedded(tokens: u64) -> CallUsage {
        CallUsage { embedded_tokens: tokens, ..CallUsage::default() }
    }

    /// All together.
    pub fn total(self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens).saturating_add(self.embedded_tokens)
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
        let (a, b) = (self.tokens, other.tokens);
        let tokens = CallUsage {
            prompt_tokens: a.prompt_tokens.max(b.prompt_tokens),
            completion_tokens: a.completion_tokens.max(b.completion_tokens),
            embedded_tokens: a.embedded_tokens.max(b.embedded_tokens),
        };
        Spent { calls: self.calls.max(other.calls), tokens }
    }
}
