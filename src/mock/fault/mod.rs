//! Faults by rule: which question gets which.
//!
//! A rule is `KIND:SHARE` (a share of the requests, between 0 and 1), `KIND:first=N` (the first N requests, whichever they
//! are) or `KIND:attempts=N` (the first N attempts at every question). Shares are decided by a hash of the seed, the question
//! and the number of the attempt: the same at any speed and concurrency, and a question asked again may fare better. Shares
//! of several rules add up.

mod happen;
mod kind;

use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngExt;

use super::ask::Ask;
use crate::model::Protocol;
use crate::seed::generator;

pub use kind::Kind;

/// One `--fault`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    amount: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Amount {
    Share(f64),
    First(u64),
    Attempts(u32),
}

impl std::str::FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let (kind, amount) = text.rsplit_once(':').ok_or("give KIND:SHARE, such as 429:0.1")?;
        Ok(Fault { kind: Kind::parse(kind)?, amount: Amount::parse(amount)? })
    }
}

impl Amount {
    fn parse(text: &str) -> Result<Amount, String> {
        let wrong = || format!("\"{text}\" is neither a share between 0 and 1 nor first=N or attempts=N");
        match text.split_once('=') {
            Some(("first", number)) => number.parse().map(Amount::First).map_err(|_| wrong()),
            Some(("attempts", number)) => number.parse().map(Amount::Attempts).map_err(|_| wrong()),
            Some(_) => Err(wrong()),
            None => {
                let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
                share.map(Amount::Share).ok_or_else(wrong)
            }
        }
    }
}

/// All the rules, and what they need to decide.
#[derive(Debug)]
pub struct Faults {
    rules: Vec<Fault>,
    stage: Option<String>,
    seed: u64,
    arrived: AtomicU64,
}

impl Faults {
    /// Only questions of `stage` are concerned, if one is named.
    ///
    /// # Errors
    /// With what is wrong, in words, when the shares add up to more than everything, or a fault is none of the `protocol`.
    pub fn new(rules: Vec<Fault>, stage: Option<String>, seed: u64, protocol: Protocol) -> Result<Faults, String> {
        if let Some(rule) = rules.iter().find(|rule| !rule.kind.is_of(protocol)) {
            let why = if protocol.is_chat() {
                "a chat model gives no probabilities"
            } else {
                "a decision model writes no text"
            };
            return Err(format!("--fault {}: {why}", rule.kind));
        }
        let share = |rule: &Fault| if let Amount::Share(share) = rule.amount { share } else { 0.0 };
        let sum: f64 = rules.iter().map(share).sum();
        match sum > 1.0 + 1e-9 {
            true => Err(format!("the shares of --fault add up to {sum:.2}: more than all requests")),
            false => Ok(Faults { rules, stage, seed, arrived: AtomicU64::new(0) }),
        }
    }

    /// What befalls this request, the question's `attempt`-th, counted from 0.
    pub fn choose(&self, ask: &Ask, attempt: u32) -> Option<&Kind> {
        if self.rules.is_empty() || self.stage.as_deref().is_some_and(|stage| ask.stage != Some(stage)) {
            return None;
        }
        let place = self.arrived.fetch_add(1, Ordering::Relaxed);
        let mut drawn: f64 = generator(self.seed, "mock fault", &[ask.question, u64::from(attempt)]).random();
        let befalls = |rule: &&Fault| match rule.amount {
            Amount::First(number) => place < number,
            Amount::Attempts(number) => attempt < number,
            Amount::Share(share) => {
                drawn -= share;
                drawn < 0.0
            }
        };
        self.rules.iter().find(befalls).map(|rule| &rule.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ask::tests::asked;
    use super::*;

    fn faults(rules: &[&str], seed: u64) -> Faults {
        Faults::new(rules.iter().map(|rule| rule.parse().unwrap()).collect(), None, seed, Protocol::Chat).unwrap()
    }

    fn chosen(faults: &Faults, attempt: u32) -> Vec<Option<String>> {
        let question = |number: usize| asked(&format!("question {number}"));
        (0..2000).map(|number| faults.choose(&question(number), attempt).map(Kind::to_string)).collect()
    }

    #[test]
    fn about_the_asked_share_goes_wrong_and_always_the_same() {
        let all = chosen(&faults(&["429:0.1", "drop:0.2"], 1), 0);
        let count = |name: &str| all.iter().filter(|kind| kind.as_deref() == Some(name)).count();
        assert!((150..250).contains(&count("429")), "{}", count("429"));
        assert!((340..460).contains(&count("drop")), "{}", count("drop"));
        assert_eq!(all, chosen(&faults(&["429:0.1", "drop:0.2"], 1), 0));
        assert_ne!(all, chosen(&faults(&["429:0.1", "drop:0.2"], 2), 0));
    }

    #[test]
    fn another_attempt_is_another_draw() {
        let [first, second] = [0, 1].map(|attempt| chosen(&faults(&["500:0.5"], 1), attempt));
        let both = first.iter().zip(&second).filter(|(first, second)| first.is_some() && second.is_some()).count();
        assert!((400..600).contains(&both), "{both}");
    }

    #[test]
    fn counted_faults_end() {
        let all = chosen(&faults(&["503:first=5"], 1), 0);
        assert!(all.iter().take(5).all(Option::is_some) && all.iter().skip(5).all(Option::is_none));
        let attempts = faults(&["503:attempts=2"], 1);
        assert!([0, 1].into_iter().all(|attempt| attempts.choose(&asked("x"), attempt).is_some()));
        assert_eq!(attempts.choose(&asked("x"), 2), None);
    }

    #[test]
    fn a_stage_is_left_alone_when_another_is_named() {
        let faults = Faults::new(vec!["500:1".parse().unwrap()], Some("assign".into()), 1, Protocol::Chat).unwrap();
        assert_eq!(faults.choose(&asked("of no stage"), 0), None);
        assert!(faults.choose(&Ask { stage: Some("assign"), ..asked("x") }, 0).is_some());
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in ["429", "429:1.5", "429:often", "nonsense:0.1", "42:0.1", "429:last=2", "html-after=1:0.1"] {
            assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
        }
        let rules = ["500:0.6", "503:0.6"].map(|rule| rule.parse().unwrap());
        assert!(Faults::new(rules.into(), None, 1, Protocol::Chat).unwrap_err().contains("1.20"));
        for (kind, protocol) in [("fence:1", Protocol::Systemone), ("low-sum:1", Protocol::Chat)] {
            let refused = Faults::new(vec![kind.parse().unwrap()], None, 1, protocol).unwrap_err();
            assert!(refused.contains("model"), "{refused}");
        }
    }
}
