//! By how much a server counts more tokens than a request seems to need: its chat template adds some, or the model reasons where
//! nobody sees it.

use serde::{Deserialize, Serialize};

use super::usage::CallUsage;

/// A prompt token is so many bytes at most, as far as one relies on it.
const BYTES: u64 = 6;
/// Part of what a completion exceeded its limit by that is added once more: the next may exceed it by more.
const MARGIN: u64 = 4;

/// What was seen so far, at its worst. Nothing where the server keeps to the bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// Tokens of the prompt that do not depend on its length, where one had more than its bound.
    #[serde(default)]
    pub prompt_offset: u64,
    /// Tokens of the prompt for a thousand of its bound, where one had more than that.
    #[serde(default)]
    pub prompt_thousandths: u64,
    /// Tokens of the completion beyond its limit.
    #[serde(default)]
    pub completion: u64,
}

impl Excess {
    /// What one request tells that was bound to some tokens and counted at others.
    pub fn of(bound: CallUsage, counted: CallUsage) -> Excess {
        let read = |tokens: CallUsage| tokens.prompt_tokens.saturating_add(tokens.embedded_tokens);
        let (bound_prompt, prompt) = (read(bound), read(counted));
        let beyond = counted.completion_tokens.saturating_sub(bound.completion_tokens);
        let is_more = prompt > bound_prompt;
        let thousandths = prompt.saturating_mul(1_000).div_ceil(bound_prompt.max(1));
        Excess {
            prompt_offset: if is_more { prompt.saturating_sub(bound_prompt / BYTES) } else { 0 },
            prompt_thousandths: if is_more { thousandths } else { 0 },
            completion: beyond.saturating_add(beyond / MARGIN),
        }
    }

    /// The worse of each.
    #[must_use]
    pub fn or(self, other: Excess) -> Excess {
        Excess {
            prompt_offset: self.prompt_offset.max(other.prompt_offset),
            prompt_thousandths: self.prompt_thousandths.max(other.prompt_thousandths),
            completion: self.completion.max(other.completion),
        }
    }

    /// An upper bound of what the server will count, from that of the request itself.
    pub fn with(self, bound: CallUsage) -> CallUsage {
        let more = |tokens: u64| {
            let times = u128::from(tokens) * u128::from(self.prompt_thousandths) / 1_000;
            let times = u64::try_from(times).unwrap_or(u64::MAX);
            tokens.saturating_add(self.prompt_offset).max(times)
        };
        let is_embedding = bound.embedded_tokens > 0;
        CallUsage {
            prompt_tokens: if is_embedding { bound.prompt_tokens } else { more(bound.prompt_tokens) },
            completion_tokens: bound.completion_tokens.saturating_add(self.completion),
            embedded_tokens: if is_embedding { more(bound.embedded_tokens) } else { 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prompt(tokens: u64) -> CallUsage {
        CallUsage { prompt_tokens: tokens, completion_tokens: 10, ..CallUsage::default() }
    }

    #[test]
    fn a_server_that_keeps_to_the_bound_changes_nothing() {
        let excess = Excess::of(prompt(100), prompt(100));
        assert_eq!((excess, excess.with(prompt(70))), (Excess::default(), prompt(70)));
    }

    proptest! {
        /// Whatever a template adds, and however many tokens a byte is: once seen, it is foreseen for any other length.
        #[test]
        fn what_was_seen_once_is_foreseen_for_every_length(
            seen in 40_u64..20_000, other in 40_u64..20_000, offset in 0_u64..4_000, tenths in 2_u64..30,
        ) {
            let counted = |bytes: u64| prompt(bytes * tenths / 10 + offset);
            prop_assume!(counted(seen).prompt_tokens > seen);
            let excess = Excess::of(prompt(seen), counted(seen));
            prop_assert!(excess.with(prompt(other)).prompt_tokens + 1 >= counted(other).prompt_tokens);
        }
    }
}
