//! Soft labels: what the model said of one document, as shares of what it could choose.

/// A sum of shares from which an answer is whole; the rest is rounding.
const ONE: f32 = 0.999;

/// What an answer can choose from a list of candidates. Orders none of them first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// None of the listed candidates holds.
    NoneOfThese,
    /// This one of m candidates holds.
    Candidate(usize),
}

impl Choice {
    /// The candidate, unless none was chosen.
    pub fn candidate(self) -> Option<usize> {
        match self {
            Choice::NoneOfThese => None,
            Choice::Candidate(candidate) => Some(candidate),
        }
    }

    /// The choice with its share of an answer.
    pub fn with(self, share: f32) -> ChoiceShare {
        ChoiceShare { choice: self, share }
    }
}

/// One choice and its share of the answers on a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChoiceShare {
    /// What was chosen.
    pub choice: Choice,
    /// From 0 to the number of answers.
    pub share: f32,
}

/// The answers on one document: shares that sum to the number of answers. The choices of one answer stand together, its largest
/// share first.
#[derive(Debug, Clone, PartialEq)]
pub struct SoftLabel(Vec<ChoiceShare>);

impl SoftLabel {
    /// That none of the listed candidates holds.
    pub fn none() -> SoftLabel {
        SoftLabel(vec![Choice::NoneOfThese.with(1.0)])
    }

    /// From shares in any order: the largest comes first, of equal ones the one of the first candidate.
    pub fn of(mut shares: Vec<ChoiceShare>) -> SoftLabel {
        shares.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.choice.cmp(&b.choice)));
        SoftLabel(shares)
    }

    /// From shares in the order in which the model gave them, the best first.
    pub fn in_order(shares: Vec<ChoiceShare>) -> SoftLabel {
        SoftLabel(shares)
    }

    /// The shares in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ChoiceShare> {
        self.0.iter().copied()
    }

    /// Choices in their order; one that several answers made stands there several times.
    pub fn choices(&self) -> impl ExactSizeIterator<Item = Choice> {
        self.iter().map(|one| one.choice)
    }

    /// What the first answer put first.
    pub fn first(&self) -> Option<Choice> {
        self.choices().next()
    }

    /// The choices that more than half of the answers gave a share of at least `least`; where there is none, those of the first
    /// answer. Answers that contradict each other do not hold together.
    pub fn agreed(&self, least: f32) -> Vec<Choice> {
        let half = f64::from(self.answers().round()) / 2.0;
        let made = |one: &ChoiceShare| one.share >= least;
        let count = |choice: Choice| self.iter().filter(|one| made(one) && one.choice == choice).count() as f64;
        let mut agreed: Vec<Choice> = self.choices().filter(|&choice| count(choice) > half).collect();
        agreed.sort_unstable();
        agreed.dedup();
        if agreed.is_empty() { self.of_first_answer().filter(made).map(|one| one.choice).collect() } else { agreed }
    }

    /// The shares of the first answer, which sum to one.
    pub fn of_first_answer(&self) -> impl Iterator<Item = ChoiceShare> {
        let mut sum = 0.0;
        let is_of_first = move |one: &ChoiceShare| {
            let is_first = sum < ONE;
            sum += one.share;
            is_first
        };
        self.iter().take_while(is_of_first)
    }

    /// The largest share of the first answer.
    pub fn largest_share(&self) -> f32 {
        self.0.first().map_or(0.0, |one| one.share)
    }

    /// The number of answers: the sum of all shares.
    pub fn answers(&self) -> f32 {
        self.iter().map(|one| one.share).sum()
    }

    /// Adds a further answer, which counts as much as the first.
    pub fn add(&mut self, further: SoftLabel) {
        self.0.extend(further.0);
    }
}

#[cfg(test)]
mod tests {
    use super::Choice::{Candidate, NoneOfThese};
    use super::*;

    #[test]
    fn what_most_answers_choose_is_agreed_and_else_what_the_first_chose() {
        let both = SoftLabel::in_order(vec![Candidate(4).with(0.6), Candidate(1).with(0.4)]);
        assert_eq!(both.agreed(0.0), [Candidate(1), Candidate(4)]);
        let mut twice = both.clone();
        twice.add(SoftLabel::of(vec![Candidate(4).with(1.0)]));
        assert_eq!(twice.agreed(0.0), [Candidate(4)]);
        let mut contradicted = both;
        contradicted.add(SoftLabel::none());
        assert_eq!(contradicted.agreed(0.0), [Candidate(4), Candidate(1)]);
        contradicted.add(SoftLabel::none());
        assert_eq!(contradicted.agreed(0.0), [NoneOfThese]);
        let first: Vec<Choice> = contradicted.of_first_answer().map(|one| one.choice).collect();
        assert_eq!(first, [Candidate(4), Candidate(1)]);
    }

    #[test]
    fn small_shares_agree_with_nothing() {
        let letter = |best: usize| {
            SoftLabel::of((0..3).map(|one| Candidate(one).with(if one == best { 0.9 } else { 0.05 })).collect())
        };
        let mut repeated = letter(1);
        repeated.add(letter(1));
        assert_eq!(repeated.agreed(0.2), [Candidate(1)]);
        let mut contradicted = letter(2);
        contradicted.add(letter(1));
        assert_eq!(contradicted.agreed(0.2), [Candidate(2)]);
    }
}
