//! The classes that a spread tells apart: some of the candidates, and a last one for none of them.

use super::judgments::Judgments;
use crate::stages::soft_label::Choice;

/// K of m candidates are the classes 0 to K - 1; K is the class of what none of them holds for.
pub(super) struct Classes {
    /// The candidate of each of K classes.
    pub candidates: Vec<usize>,
    /// Candidates that wrong answers alone explain: what was put into them says nothing.
    pub noise: Vec<usize>,
    /// The class of each of m candidates, if it has one.
    of_candidate: Vec<Option<usize>>,
}

impl Classes {
    /// Some of the candidates.
    pub fn new(judgments: &Judgments, candidates: Vec<usize>, noise: Vec<usize>) -> Classes {
        let mut of_candidate = vec![None; judgments.candidates.len()];
        for (class, &candidate) in candidates.iter().enumerate() {
            of_candidate[candidate] = Some(class);
        }
        Classes { candidates, noise, of_candidate }
    }

    /// All candidates.
    pub fn all(judgments: &Judgments) -> Classes {
        Classes::new(judgments, judgments.candidates.all(), Vec::new())
    }

    /// K, which is also the class of what no class holds for.
    pub fn none(&self) -> usize {
        self.candidates.len()
    }

    /// The class of a candidate that has one.
    pub fn of(&self, candidate: usize) -> Option<usize> {
        self.of_candidate[candidate]
    }

    /// The class of a choice; that of none where none was chosen, or a candidate without a class.
    pub fn of_choice(&self, choice: Choice) -> usize {
        choice.candidate().and_then(|candidate| self.of(candidate)).unwrap_or(self.none())
    }

    /// What a class stands for.
    pub fn choice(&self, class: usize) -> Choice {
        self.candidates.get(class).map_or(Choice::NoneOfThese, |&candidate| Choice::Candidate(candidate))
    }

    /// Whether a candidate that answers speak for has no class.
    pub fn is_left_out(&self, candidate: usize) -> bool {
        self.of(candidate).is_none() && !self.noise.contains(&candidate)
    }
}
