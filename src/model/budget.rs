//! What a run may ask. Reserved before a request is sent, in the order of the questions, and settled when its reply has come,
//! so that no cap is ever overshot, however many requests are under way.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::excess::Excess;
use super::usage::{CallUsage, Spent};
use crate::message::Mention;

/// Limits of a run, with all its sessions; absent ones do not limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Caps {
    /// Requests, retries included.
    pub calls: Option<u64>,
    /// Prompt and completion tokens together.
    pub tokens: Option<u64>,
    /// In the currency of the prices.
    pub cost: Option<f64>,
    /// Time in which requests of this session may begin.
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

/// Prices of a million tokens, in any currency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prices {
    /// Price of a million prompt tokens.
    pub input: f64,
    /// Price of a million completion tokens.
    pub output: f64,
    /// Price of a million tokens of texts that are embedded.
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
    /// Questions, where a method would ask more.
    Questions,
    /// Requests.
    Calls,
    /// Tokens.
    Tokens,
    /// Cost.
    Cost,
    /// Minutes.
    Time,
}

impl Cap {
    /// The parameter that sets it.
    pub fn parameter(self) -> Mention {
        Mention::of(match self {
            Cap::Questions => "questions",
            Cap::Calls => "max-calls",
            Cap::Tokens => "max-tokens",
            Cap::Cost => "max-cost",
            Cap::Time => "max-minutes",
        })
    }
}

/// What became of a wish to send a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Reserved: send it, then settle.
    Given(Reservation),
    /// Does not fit beside what is under way, but may once that has settled.
    Wait,
    /// Does not fit.
    Refused(Cap),
}

/// What is set aside for one request, until it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    kind: String,
    /// By the request's own body.
    bound: CallUsage,
    /// With what the server was found to add.
    held: CallUsage,
}

impl Reservation {
    /// Tokens at most.
    pub fn held(&self) -> CallUsage {
        self.held
    }
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
    /// What earlier sessions of the run spent: by their journals, by their manifest, and the more of both.
    journalled: Spent,
    told: Spent,
    former: Spent,
    /// With the former.
    calls: u64,
    /// With the former.
    spent: CallUsage,
    /// Upper bounds of what is under way.
    reserved: CallUsage,
    under_way: u64,
    /// Kept for the stages to come.
    kept: (u64, CallUsage),
    /// By how much the server counts more than requests seem to need.
    excess: Excess,
    /// Kinds of requests of which the server has counted one.
    known: HashSet<String>,
}

impl Ledger {
    fn count_former(&mut self) {
        let former = self.journalled.or(self.told);
        self.calls = self.calls.saturating_sub(self.former.calls).saturating_add(former.calls);
        self.spent = self.spent.without(self.former.tokens) + former.tokens;
        self.former = former;
    }
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

    /// Counts what earlier sessions of the run spent, as one of its journals says: caps are for the whole run.
    pub fn resume(&self, journalled: Spent) {
        let mut ledger = self.ledger();
        ledger.journalled = ledger.journalled + journalled;
        ledger.count_former();
    }

    /// The same as the run's manifest says; of what both tell, the more counts.
    pub fn resume_as_told(&self, told: Spent) {
        let mut ledger = self.ledger();
        ledger.told = told;
        ledger.count_former();
    }

    /// Takes over what is known of a server's counts; returns all that is known.
    pub fn learn(&self, excess: Excess) -> Excess {
        let mut ledger = self.ledger();
        ledger.excess = ledger.excess.or(excess);
        ledger.excess
    }

    /// Keeps `requests` of about `each` tokens out of reach, for the stages to come, but no more than a quarter of any cap;
    /// replaces what was kept before.
    pub fn keep(&self, requests: u64, each: CallUsage) {
        self.ledger().kept = (requests, each.times(requests));
    }

    /// Asks to send one request whose body is bound to so many tokens. Where tokens or cost are capped, the first request of
    /// each `kind` goes alone: how the server counts it is not known yet.
    pub fn reserve(&self, kind: &str, bound: CallUsage) -> Grant {
        let mut ledger = self.ledger();
        let held = ledger.excess.with(bound);
        let beside = ledger.spent + ledger.reserved + held;
        let alone = ledger.spent + held;
        let caps = if self.is_shared && bound.embedded_tokens == 0 { self.caps.lowered() } else { self.caps };
        let is_counted = self.caps.tokens.is_some() || self.caps.cost.is_some();
        let is_new = is_counted && ledger.under_way > 0 && !ledger.known.contains(kind);
        match (self.exceeded(&caps, &ledger, beside), self.exceeded(&caps, &ledger, alone)) {
            (_, None) if is_new => Grant::Wait,
            (None, _) => {
                ledger.calls = ledger.calls.saturating_add(1);
                ledger.reserved = ledger.reserved + held;
                ledger.under_way += 1;
                Grant::Given(Reservation { kind: kind.to_owned(), bound, held })
            }
            (Some(_), None) if ledger.under_way > 0 => Grant::Wait,
            (Some(cap), _) => Grant::Refused(cap),
        }
    }

    /// Settles a request that was answered, by what the server counted or, where it counts nothing, by what was held; returns
    /// what is spent, and what is known now of the server's counts where that is new.
    pub fn answered(&self, reservation: &Reservation, counted: Option<CallUsage>) -> (CallUsage, Option<Excess>) {
        let used = counted.unwrap_or(reservation.held);
        self.settle(reservation, used);
        let mut ledger = self.ledger();
        ledger.known.insert(reservation.kind.clone());
        let seen = counted.map_or(Excess::default(), |counted| Excess::of(reservation.bound, counted));
        let excess = ledger.excess.or(seen);
        let is_new = excess != ledger.excess;
        ledger.excess = excess;
        (used, is_new.then_some(excess))
    }

    /// Settles a request that failed; one that may have been `charged` costs what was held for it. Returns what is spent.
    pub fn failed(&self, reservation: &Reservation, charged: bool) -> CallUsage {
        let used = if charged { reservation.held } else { CallUsage::default() };
        self.settle(reservation, used);
        used
    }

    /// A request that the server did not take at all, as while it loads its model: it does not count as a call.
    pub fn give_back(&self, reservation: &Reservation) {
        self.settle(reservation, CallUsage::default());
        let mut ledger = self.ledger();
        ledger.calls = ledger.calls.saturating_sub(1);
    }

    fn settle(&self, reservation: &Reservation, used: CallUsage) {
        let mut ledger = self.ledger();
        ledger.reserved = ledger.reserved.without(reservation.held);
        ledger.spent = ledger.spent + used;
        ledger.under_way = ledger.under_way.saturating_sub(1);
    }

    /// Whether the time is over in which requests may begin.
    pub fn is_out_of_time(&self) -> bool {
        let began = self.began.get();
        self.caps.time.zip(began).is_some_and(|(most, began)| began.elapsed() >= most)
    }

    /// What the whole run spent, with its earlier sessions.
    pub fn spent(&self) -> Spent {
        let ledger = self.ledger();
        Spent { calls: ledger.calls, tokens: ledger.spent }
    }

    /// Tokens settled in this session.
    pub fn settled(&self) -> CallUsage {
        let ledger = self.ledger();
        ledger.spent.without(ledger.former.tokens)
    }

    /// What tokens cost, where prices are known.
    pub fn cost_of(&self, tokens: CallUsage) -> Option<f64> {
        self.prices.map(|prices| prices.of(tokens))
    }

    fn exceeded(&self, caps: &Caps, ledger: &Ledger, tokens: CallUsage) -> Option<Cap> {
        let (calls, kept) = ledger.kept;
        let prices = self.prices.unwrap_or_default();
        let is_over = |most: u64, used: u64, kept: u64| used.saturating_add(kept.min(most / 4)) > most;
        let is_over = [
            (Cap::Calls, caps.calls.is_some_and(|most| is_over(most, ledger.calls.saturating_add(1), calls))),
            (Cap::Tokens, caps.tokens.is_some_and(|most| is_over(most, tokens.total(), kept.total()))),
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

    fn used(tokens: u64) -> Option<CallUsage> {
        Some(CallUsage { prompt_tokens: tokens, ..CallUsage::default() })
    }

    fn tokens(most: u64) -> Budget {
        Budget::new(Caps { tokens: Some(most), ..Caps::default() }, None)
    }

    fn given(grant: Grant) -> Reservation {
        match grant {
            Grant::Given(reservation) => reservation,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_more_calls_than_the_cap_are_granted() {
        let budget = Budget::new(Caps { calls: Some(2), ..Caps::default() }, None);
        let first = given(budget.reserve("a", ONE));
        let _second = given(budget.reserve("a", ONE));
        budget.answered(&first, used(1));
        assert_eq!(budget.reserve("a", ONE), Grant::Refused(Cap::Calls));
        given(Budget::new(Caps::default(), None).reserve("a", ONE));
    }

    #[test]
    fn a_request_waits_for_those_under_way_before_it_is_refused() {
        let budget = tokens(150);
        let first = given(budget.reserve("a", ONE));
        assert_eq!(budget.reserve("a", ONE), Grant::Wait);
        budget.answered(&first, used(50));
        budget.answered(&given(budget.reserve("a", ONE)), used(60));
        assert_eq!((budget.reserve("a", ONE), budget.spent().tokens.total()), (Grant::Refused(Cap::Tokens), 110));
    }

    #[test]
    fn money_is_tokens_times_prices() {
        let caps = Caps { cost: Some(0.5), ..Caps::default() };
        let prices = Prices { input: 1_000.0, output: 30_000.0, embedding: 50_000.0 };
        let budget = Budget::new(caps, Some(prices));
        budget.answered(&given(budget.reserve("a", ONE)), Some(ONE + CallUsage::embedded(2)));
        assert!((budget.cost_of(budget.settled()).unwrap() - 0.49).abs() < 1e-9);
        assert_eq!(budget.reserve("a", ONE), Grant::Refused(Cap::Cost));
    }

    #[test]
    fn what_is_kept_is_out_of_reach_until_it_is_released() {
        let budget = Budget::new(Caps { calls: Some(4), ..Caps::default() }, None);
        budget.keep(u64::MAX, ONE);
        let first = given(budget.reserve("a", ONE));
        let _others = [given(budget.reserve("a", ONE)), given(budget.reserve("a", ONE))];
        budget.answered(&first, Some(ONE));
        assert_eq!(budget.reserve("a", ONE), Grant::Refused(Cap::Calls));
        budget.keep(0, ONE);
        given(budget.reserve("a", ONE));
    }

    #[test]
    fn questions_leave_something_to_the_embedder() {
        let budget = Budget::new(Caps { calls: Some(2), ..Caps::default() }, None).shared(true);
        budget.answered(&given(budget.reserve("a", ONE)), Some(ONE));
        assert_eq!(budget.reserve("a", ONE), Grant::Refused(Cap::Calls));
        given(budget.reserve("embedding", CallUsage::embedded(9)));
    }

    #[test]
    fn no_request_begins_after_the_time() {
        let budget = Budget::new(Caps { time: Some(Duration::ZERO), ..Caps::default() }, None);
        assert_eq!(budget.reserve("a", ONE), Grant::Refused(Cap::Time));
    }

    #[test]
    fn what_earlier_sessions_spent_counts_and_is_told_apart() {
        let budget = Budget::new(Caps { calls: Some(3), tokens: Some(250), ..Caps::default() }, None);
        let former = Spent { calls: 2, tokens: CallUsage { prompt_tokens: 100, ..CallUsage::default() } };
        budget.resume_as_told(former);
        budget.resume(Spent { calls: 1, ..former });
        budget.answered(&given(budget.reserve("a", ONE)), Some(ONE));
        assert_eq!((budget.spent().calls, budget.spent().tokens.total(), budget.settled().total()), (3, 200, 100));
        assert_eq!(budget.reserve("a", ONE), Grant::Refused(Cap::Calls));
    }

    #[test]
    fn a_server_that_counts_more_than_was_reserved_overshoots_once_at_most() {
        let budget = tokens(1_000);
        let first = given(budget.reserve("a", ONE));
        assert_eq!(budget.reserve("a", ONE), Grant::Wait, "before the first is counted no other goes");
        let counted = CallUsage { prompt_tokens: 300, completion_tokens: 50, ..CallUsage::default() };
        let (spent, excess) = budget.answered(&first, Some(counted));
        assert_eq!((spent, excess.is_some()), (counted, true));
        given(budget.reserve("a", ONE));
        assert_eq!(budget.reserve("a", ONE), Grant::Wait, "the second is held at what the first one took");
        let resumed = tokens(1_000);
        resumed.learn(excess.unwrap());
        assert_eq!(given(resumed.reserve("a", ONE)).held.prompt_tokens, excess.unwrap().with(ONE).prompt_tokens);
    }

    #[test]
    fn no_sum_overflows() {
        let budget = tokens(u64::MAX);
        let most = CallUsage { prompt_tokens: u64::MAX, completion_tokens: u64::MAX, embedded_tokens: u64::MAX };
        budget.resume(Spent { calls: u64::MAX, tokens: most });
        budget.resume(Spent { calls: u64::MAX, tokens: most });
        budget.answered(&given(budget.reserve("a", most)), Some(most));
        assert_eq!(budget.spent(), Spent { calls: u64::MAX, tokens: most });
        assert_eq!(Excess::of(most, most).with(most), most);
    }
}
