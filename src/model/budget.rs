//! What a run may ask. Reserved before a request is sent, in the order of the questions, and settled when its reply has come,
//! so that no cap is ever overshot, however many requests are under way.

use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::journal::CallUsage;

/// Limits of a run; absent ones do not limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Caps {
    /// Requests, retries included.
    pub calls: Option<u64>,
    /// Prompt and completion tokens together.
    pub tokens: Option<u64>,
    /// In the currency of the prices.
    pub cost: Option<f64>,
    /// Time in which requests may begin.
    pub time: Option<Duration>,
}

impl Caps {
    /// Nine tenths of each.
    fn lowered(self) -> Caps {
        let lower = |most: u64| most - most.div_ceil(10);
        Caps {
            calls: self.calls.map(lower),
            tokens: self.tokens.map(lower),
            cost: self.cost.map(|most| 0.9 * most),
            time: self.time.map(|most| most.mul_f64(0.9)),
        }
    }
}

/// Per million tokens, in any currency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prices {
    /// Of prompt tokens.
    pub input: f64,
    /// Of completion tokens.
    pub output: f64,
    /// Of tokens of texts that are embedded.
    pub embedding: f64,
}

impl Prices {
    /// What tokens cost.
    pub fn of(self, tokens: CallUsage) -> f64 {
        let millionths = tokens.prompt_tokens as f64 * self.input
            + tokens.completion_tokens as f64 * self.output
            + tokens.embedded_tokens as f64 * self.embedding;
        millionths / 1e6
    }
}

/// The cap that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// `--questions`, where a method would ask more.
    Questions,
    /// `--max-calls`.
    Calls,
    /// `--max-tokens`.
    Tokens,
    /// `--max-cost`.
    Cost,
    /// `--max-minutes`.
    Time,
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cap::Questions => "--questions",
            Cap::Calls => "--max-calls",
            Cap::Tokens => "--max-tokens",
            Cap::Cost => "--max-cost",
            Cap::Time => "--max-minutes",
        })
    }
}

/// What became of a wish to send a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Reserved: send it, then settle.
    Given,
    /// Does not fit beside what is under way, but may once that has settled.
    Wait,
    /// Does not fit.
    Refused(Cap),
}

/// A budget, shared by all that send requests: to the model, and to the server that embeds.
#[derive(Debug)]
pub struct Budget {
    caps: Caps,
    prices: Option<Prices>,
    is_shared: bool,
    /// When the first request was reserved.
    began: OnceLock<Instant>,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    calls: u64,
    spent: CallUsage,
    /// Upper bounds of what is under way.
    reserved: CallUsage,
    under_way: u64,
    /// Kept for the stages to come.
    kept: (u64, CallUsage),
}

impl Budget {
    /// Nothing spent yet; time runs from the first request. Without prices nothing costs anything.
    pub fn new(caps: Caps, prices: Option<Prices>) -> Budget {
        Budget { caps, prices, is_shared: false, began: OnceLock::new(), ledger: Mutex::default() }
    }

    /// The same; when `is_shared` with a server that embeds, questions leave it a tenth of each cap: what the answers give can
    /// be finished only with the vectors of its words.
    pub fn shared(self, is_shared: bool) -> Budget {
        Budget { is_shared, ..self }
    }

    /// Keeps `requests` of about `each` tokens out of reach, for the stages to come, but no more than a quarter of any cap;
    /// replaces what was kept before.
    pub fn keep(&self, requests: u64, each: CallUsage) {
        let tokens = CallUsage {
            prompt_tokens: each.prompt_tokens * requests,
            completion_tokens: each.completion_tokens * requests,
            embedded_tokens: each.embedded_tokens * requests,
        };
        self.ledger().kept = (requests, tokens);
    }

    /// Asks to send one request of at most `most` tokens.
    pub fn reserve(&self, most: CallUsage) -> Grant {
        let mut ledger = self.ledger();
        let beside = ledger.spent + ledger.reserved + most;
        let alone = ledger.spent + most;
        let caps = if self.is_shared && most.embedded_tokens == 0 { self.caps.lowered() } else { self.caps };
        match (self.exceeded(&caps, &ledger, beside), self.exceeded(&caps, &ledger, alone)) {
            (None, _) => {
                ledger.calls += 1;
                ledger.reserved = ledger.reserved + most;
                ledger.under_way += 1;
                Grant::Given
            }
            (Some(_), None) if ledger.under_way > 0 => Grant::Wait,
            (Some(cap), _) => Grant::Refused(cap),
        }
    }

    /// Settles a request reserved with `most`: `used` is what the server counted, or the best that is known.
    pub fn settle(&self, most: CallUsage, used: CallUsage) {
        let mut ledger = self.ledger();
        ledger.reserved = ledger.reserved.without(most);
        ledger.spent = ledger.spent + used;
        ledger.under_way -= 1;
    }

    /// A request that the server did not take at all, as while it loads its model: it does not count as a call.
    pub fn give_back(&self, most: CallUsage) {
        self.settle(most, CallUsage::default());
        self.ledger().calls -= 1;
    }

    /// Tokens settled.
    pub fn spent(&self) -> CallUsage {
        self.ledger().spent
    }

    /// What they cost, where prices are known.
    pub fn cost(&self) -> Option<f64> {
        self.prices.map(|prices| prices.of(self.spent()))
    }

    fn exceeded(&self, caps: &Caps, ledger: &Ledger, tokens: CallUsage) -> Option<Cap> {
        let (calls, kept) = ledger.kept;
        let prices = self.prices.unwrap_or_default();
        let is_over = [
            (Cap::Calls, caps.calls.is_some_and(|most| ledger.calls + 1 + calls.min(most / 4) > most)),
            (Cap::Tokens, caps.tokens.is_some_and(|most| tokens.total() + kept.total().min(most / 4) > most)),
            (Cap::Cost, caps.cost.is_some_and(|most| prices.of(tokens) + prices.of(kept).min(most / 4.0) > most)),
            (Cap::Time, caps.time.is_some_and(|most| self.began.get_or_init(Instant::now).elapsed() >= most)),
        ];
        is_over.into_iter().find(|(_, over)| *over).map(|(cap, _)| cap)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: CallUsage = CallUsage { prompt_tokens: 90, completion_tokens: 10, embedded_tokens: 0 };

    fn used(tokens: u64) -> CallUsage {
        CallUsage { prompt_tokens: tokens, ..CallUsage::default() }
    }

    #[test]
    fn no_more_calls_than_the_cap_are_granted() {
        let budget = Budget::new(Caps { calls: Some(2), ..Caps::default() }, None);
        assert_eq!([budget.reserve(ONE), budget.reserve(ONE)], [Grant::Given; 2]);
        budget.settle(ONE, used(1));
        assert_eq!(budget.reserve(ONE), Grant::Refused(Cap::Calls));
        assert_eq!(Budget::new(Caps::default(), None).reserve(ONE), Grant::Given);
    }

    #[test]
    fn a_request_waits_for_those_under_way_before_it_is_refused() {
        let budget = Budget::new(Caps { tokens: Some(150), ..Caps::default() }, None);
        assert_eq!((budget.reserve(ONE), budget.reserve(ONE)), (Grant::Given, Grant::Wait));
        budget.settle(ONE, used(50));
        assert_eq!(budget.reserve(ONE), Grant::Given);
        budget.settle(ONE, used(60));
        assert_eq!((budget.reserve(ONE), budget.spent().total()), (Grant::Refused(Cap::Tokens), 110));
    }

    #[test]
    fn money_is_tokens_times_prices() {
        let caps = Caps { cost: Some(0.5), ..Caps::default() };
        let prices = Prices { input: 1_000.0, output: 30_000.0, embedding: 50_000.0 };
        let budget = Budget::new(caps, Some(prices));
        assert_eq!(budget.reserve(ONE), Grant::Given);
        budget.settle(ONE, ONE + CallUsage::embedded(2));
        assert!((budget.cost().unwrap() - 0.49).abs() < 1e-9);
        assert_eq!(budget.reserve(ONE), Grant::Refused(Cap::Cost));
    }

    #[test]
    fn what_is_kept_is_out_of_reach_until_it_is_released() {
        let budget = Budget::new(Caps { calls: Some(4), ..Caps::default() }, None);
        budget.keep(9, ONE);
        assert_eq!([budget.reserve(ONE), budget.reserve(ONE), budget.reserve(ONE)], [Grant::Given; 3]);
        budget.settle(ONE, ONE);
        assert_eq!(budget.reserve(ONE), Grant::Refused(Cap::Calls));
        budget.keep(0, ONE);
        assert_eq!(budget.reserve(ONE), Grant::Given);
    }

    #[test]
    fn questions_leave_something_to_the_embedder() {
        let budget = Budget::new(Caps { calls: Some(2), ..Caps::default() }, None).shared(true);
        assert_eq!(budget.reserve(ONE), Grant::Given);
        budget.settle(ONE, ONE);
        assert_eq!(budget.reserve(ONE), Grant::Refused(Cap::Calls));
        assert_eq!(budget.reserve(CallUsage::embedded(9)), Grant::Given);
    }

    #[test]
    fn no_request_begins_after_the_time() {
        let budget = Budget::new(Caps { time: Some(Duration::ZERO), ..Caps::default() }, None);
        assert_eq!(budget.reserve(ONE), Grant::Refused(Cap::Time));
    }
}
