//! What was read of the last prompts: a prompt that begins like one of them is read from where it differs.
//!
//! A prompt is read in pieces of [`PIECE`] tokens, and what is kept are whole pieces only. So a piece is computed from the same
//! tokens in the same steps whether its beginning was kept or read again, and an answer is the same to the last bit.

use std::collections::VecDeque;

use super::decoder::Cache;

/// Tokens that are read at once. Between pieces it is seen whether anybody still waits for the answer.
pub const PIECE: usize = 32;
/// Bytes kept at most, over all prompts. A token takes some 60 kB of a model of 1.5 billion weights.
const MOST: usize = 384 << 20;

/// The last prompts, the latest last.
pub struct Caches {
    kept: VecDeque<Kept>,
    /// Tokens at most.
    most: usize,
}

struct Kept {
    tokens: Vec<u32>,
    cache: Cache,
}

impl Caches {
    /// Nothing kept yet, of a model that keeps `bytes` of each token.
    pub fn new(bytes: usize) -> Caches {
        Caches { kept: VecDeque::new(), most: MOST / bytes.max(1) }
    }

    /// The longest beginning of a prompt that was read before, in whole pieces and without its last token: that one is read to be
    /// answered.
    pub fn beginning(&self, tokens: &[u32]) -> Option<Cache> {
        let most = tokens.len().saturating_sub(1);
        let shared = |kept: &Kept| {
            let same = kept.tokens.iter().zip(tokens).take(most).take_while(|(one, other)| one == other).count();
            same - same % PIECE
        };
        let best = self.kept.iter().map(|kept| (shared(kept), kept)).max_by_key(|(shared, _)| *shared);
        let (shared, kept) = best.filter(|(shared, _)| *shared > 0)?;
        kept.cache.beginning(shared).ok()
    }

    /// Keeps the whole pieces of a prompt that was read; what it continues is not kept twice.
    pub fn keep(&mut self, tokens: &[u32], cache: &Cache) {
        let whole = tokens.len().min(cache.len());
        let whole = whole - whole % PIECE;
        let Ok(cache) = cache.beginning(whole) else { return };
        let tokens = tokens[..whole].to_vec();
        self.kept.retain(|kept| !tokens.starts_with(&kept.tokens));
        self.kept.push_back(Kept { tokens, cache });
        while self.kept.iter().map(|kept| kept.tokens.len()).sum::<usize>() > self.most && self.kept.len() > 1 {
            self.kept.pop_front();
        }
    }
}
