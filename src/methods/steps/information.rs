//! The verdict on the model's answers: whether they carry information about the documents. Computed once, shown everywhere.

use crate::message::{Message, Speech};
use serde::{Deserialize, Serialize};

/// Whether a run's answers carry information about the documents, and what that was measured by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// Whether they do, as far as was measured.
    pub informative: bool,
    /// Whether enough was compared to tell: of few answers, or answers that are nearly all alike, nobody can.
    #[serde(default = "told")]
    pub measured: bool,
    /// Why they do not, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Message>,
    /// What was measured.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Whether like documents got unlike answers although enough was compared to see any real grouping: a model that repeats such
    /// answers is no better for it. The manifest says it by its reason.
    #[serde(skip)]
    pub by_lot: bool,
}

/// What a manifest says that was written before it was asked.
fn told() -> bool {
    true
}

/// How often something agreed, beside how often it would agree by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What was compared, in words.
    pub name: String,
    /// Share that agreed.
    pub value: f64,
    /// Share that agrees where answers are given blindly.
    pub chance: f64,
    /// Comparisons.
    pub count: usize,
    /// Standard errors by which the share is beyond chance, 99 at most.
    pub beyond: f64,
    /// Whether comparisons are enough to speak against the answers where the share is not beyond chance.
    pub strong: bool,
}

/// Standard errors beyond chance that show information, of one measure or of all together. Blind answers reach 3.5 in one
/// run of twenty where they are compared in several spaces.
pub(super) const CLEAR: f64 = 4.0;

impl Measure {
    /// Whether the share is beyond what chance explains.
    pub fn is_clear(&self) -> bool {
        self.beyond > CLEAR
    }

    /// `asked twice: 24 % alike, 25 % by chance (of 16)`.
    fn words(&self) -> String {
        format!("{}: {:.0}%, by chance {:.0}% (of {})", self.name, 100.0 * self.value, 100.0 * self.chance, self.count)
    }
}

impl Default for Trust {
    fn default() -> Trust {
        Trust { informative: true, measured: false, reason: None, measures: Vec::new(), by_lot: false }
    }
}

impl Trust {
    /// Answers carry no information where enough was compared to show it and nothing is beyond chance.
    pub fn of(measures: Vec<Measure>) -> Trust {
        Trust::beyond(measures, CLEAR)
    }

    /// The same where so many standard errors are beyond chance.
    pub fn beyond(measures: Vec<Measure>, clear: f64) -> Trust {
        let together: f64 = measures.iter().map(|one| one.beyond).sum();
        let is_clear =
            measures.iter().any(|one| one.beyond > clear) || together > clear * (measures.len() as f64).sqrt();
        let blind = measures.iter().any(|one| one.strong) && !is_clear;
        let measured = is_clear || measures.iter().any(|one| one.strong);
        let trust = Trust { measured, measures, ..Trust::default() };
        if !trust.measures.is_empty() && trust.measures.iter().all(|one| one.count == 0) {
            return trust.against("no answer of the model could be used: what is shown does not come from it");
        }
        if !blind {
            return trust;
        }
        let measured = trust.in_words(|one| one.strong);
        trust.against(format!(
            "the model's answers carry no information about the documents ({measured}): do not use these clusters; try a \
             larger model, or look at its answers in calls.jsonl"
        ))
    }

    /// Some of what was measured.
    fn in_words(&self, is_told: impl Fn(&Measure) -> bool) -> String {
        let told: Vec<String> = self.measures.iter().filter(|&one| is_told(one)).map(Measure::words).collect();
        told.join("; ")
    }

    /// The verdict on answers by lot that the model gives again when it is asked again: its reason says both.
    #[must_use]
    pub fn repeated_by_lot(self) -> Trust {
        let reason = format!(
            "the model repeats its answers, but like documents got unlike ones, as if by lot ({}): do not use these clusters; try \
             a larger model, or look at its answers in calls.jsonl",
            self.in_words(|one| one.strong && !one.is_clear())
        );
        Trust { reason: None, ..self }.against(reason)
    }

    /// The same, and one more reason why the results are not to be trusted; the first one stays.
    #[must_use]
    pub fn against(self, reason: impl Into<Message>) -> Trust {
        Trust { informative: false, measured: true, reason: self.reason.or(Some(reason.into())), ..self }
    }

    /// The same with its reason in the words of whoever reads it.
    #[must_use]
    pub fn told(self, speech: Speech) -> Trust {
        Trust { reason: self.reason.map(|reason| reason.told(speech).into()), ..self }
    }

    /// That nobody can tell whether the answers depend on the documents.
    pub fn unknown(&self) -> Option<String> {
        (self.informative && !self.measured).then(|| {
            "whether the model's answers depend on the documents could not be measured: they are too few, or nearly all alike; \
             read some documents of each cluster before you use them, or ask more questions"
                .to_owned()
        })
    }

    /// The most that a confidence may claim: where the answers carry no information, the least of what was measured, and never
    /// more than one half.
    pub fn most(&self) -> f64 {
        if self.informative {
            return 1.0;
        }
        self.measures.iter().filter(|one| one.strong).map(|one| one.value).fold(0.5, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(value: f64, beyond: f64, strong: bool) -> Measure {
        Measure { name: "asked twice, alike".into(), value, chance: 0.25, count: 16, beyond, strong }
    }

    #[test]
    fn one_clear_measure_is_enough_and_weak_ones_say_nothing() {
        assert!(Trust::of(Vec::new()).informative);
        let unknown = Trust::of(vec![measure(0.3, 0.5, false)]);
        assert!(unknown.informative && !unknown.measured && unknown.unknown().is_some());
        assert!(Trust::of(vec![measure(0.9, 6.0, false)]).unknown().is_none(), "what is clear is measured");
        let nothing = Trust::of(vec![Measure { count: 0, ..measure(0.0, 0.0, false) }]);
        assert!(
            !nothing.informative
                && nothing.reason.unwrap().to_string().starts_with("no answer of the model could be used")
        );
        assert!(Trust::of(vec![measure(0.3, 0.5, true), measure(0.9, 6.0, true)]).informative);
        assert!(Trust::of(vec![measure(0.6, 3.0, true), measure(0.5, 3.0, true)]).informative, "both together are");
        assert!(!Trust::of(vec![measure(0.6, 3.0, true), measure(0.3, 1.0, true)]).informative, "one may be luck");
        let blind = Trust::of(vec![measure(0.3, 0.5, true), measure(0.2, -0.5, false)]);
        assert!(!blind.informative && blind.most() == 0.3, "{blind:?}");
        assert!(blind.reason.unwrap().to_string().contains("asked twice, alike: 30%, by chance 25% (of 16)"));
        assert_eq!(Trust::default().most(), 1.0);
    }
}
