//! Granularity: how many groups there are, by pairs at the joins of a hierarchy.

use crate::model::StageName;
use rand::RngExt;

use super::Guide;
use crate::cluster::{Clustering, Hierarchy};
use crate::error::Error;
use crate::methods::KChoice;
use crate::seed::generator;
use crate::stages::orders::Opinion;

/// What recall weighs against precision.
const BETA: f64 = 0.92;
/// Resamplings of the answers from which the interval is read.
const RESAMPLINGS: usize = 200;
/// The interval leaves out one in so many at each end.
const TAIL: usize = 20;

/// An answered pair: groups that are left once it is joined, and whether it is one group.
type Answered = (usize, bool);

impl Guide<'_> {
    /// k as the user says; else the cut of the hierarchy over the small clusters that agrees best with the answers.
    pub(super) fn number_of_clusters(&mut self, small: &Clustering) -> Result<usize, Error> {
        if let Some(k) = self.setting.wanted().k {
            return Ok(k.min(small.len()));
        }
        let answered = self.pairs_at_joins(small)?;
        if !answered.iter().any(|(_, same)| *same) {
            let k = self.guess.min(small.len());
            let how = "no pair at a join of the hierarchy was said to be one group: chosen from the vectors alone";
            self.warnings.push(how.into());
            self.k_choice = Some(KChoice { k, how: how.into(), tried: Vec::new(), stability: Vec::new() });
            return Ok(k);
        }
        let (k, tried) = best_cut(&answered, small.len());
        let [low, high] = self.interval(&answered, small.len());
        let how = format!(
            "the cut of a hierarchy over {} small clusters that agrees best with {} answered pairs (F-beta {BETA}); {low} to {high} \
             in nine of ten resamplings of the answers",
            small.len(),
            answered.len()
        );
        self.record.interval = Some([low, high]);
        self.k_choice = Some(KChoice { k, how: how.into(), tried, stability: Vec::new() });
        Ok(k)
    }

    /// One pair of small clusters a join, evenly over the joins where there are too few questions for all: half of the pairs' share.
    fn pairs_at_joins(&mut self, small: &Clustering) -> Result<Vec<Answered>, Error> {
        let weights = self.weights_of(&small.members());
        let joins = Hierarchy::new(&small.centroids, &weights).joins;
        let count = joins.len().min(self.shares.pairs / 4).min(self.pairs_left(self.shares.describe));
        let mut random = generator(self.setting.plan.seed, "joins", &[]);
        let mut draw = |side: &[usize]| side[random.random_range(0..side.len())];
        let places: Vec<usize> = (0..count).map(|place| place * joins.len() / count).collect();
        let pairs: Vec<(usize, usize)> =
            places.iter().map(|&place| (draw(&joins[place][0]), draw(&joins[place][1]))).collect();
        let opinions = self.ask_pairs(&small.medoids(), &pairs, StageName::Granularity)?;
        let answered = places.iter().zip(opinions).filter_map(|(&place, opinion)| match opinion {
            Opinion::Agreed(same) => Some((small.len() - place - 1, same)),
            _ => None,
        });
        Ok(answered.collect())
    }

    /// Where k lies in nine of ten resamplings.
    fn interval(&self, answered: &[Answered], most: usize) -> [usize; 2] {
        let mut random = generator(self.setting.plan.seed, "interval", &[]);
        let mut draw = |_| answered[random.random_range(0..answered.len())];
        let mut found: Vec<usize> = (0..RESAMPLINGS)
            .map(|_| best_cut(&(0..answered.len()).map(&mut draw).collect::<Vec<_>>(), most).0)
            .collect();
        found.sort_unstable();
        [found[RESAMPLINGS / TAIL], found[RESAMPLINGS - 1 - RESAMPLINGS / TAIL]]
    }
}

/// The number of groups, of those up to `most`, whose cut agrees best with the answers, of equal ones the largest; and every
/// number at which the agreement changes, with it.
fn best_cut(answered: &[Answered], most: usize) -> (usize, Vec<(usize, f64)>) {
    let mut tried: Vec<(usize, f64)> = (1..=most).map(|k| (k, agreement(answered, k))).collect();
    tried.reverse();
    tried.dedup_by(|next, kept| next.1 == kept.1);
    tried.reverse();
    let best = tried.iter().copied().fold((1, 0.0), |best, next| if next.1 >= best.1 { next } else { best });
    (best.0, tried)
}

/// F-beta of the pairs that are in one group at the cut into k.
fn agreement(answered: &[Answered], k: usize) -> f64 {
    let count = |joined: bool, same: bool| {
        answered.iter().filter(|(left, own)| (*left >= k) == joined && *own == same).count() as f64
    };
    let (both, missed, wrong) = (count(true, true), count(false, true), count(true, false));
    let squared = BETA * BETA;
    let whole = (1.0 + squared) * both + squared * missed + wrong;
    if whole > 0.0 { (1.0 + squared) * both / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_between_same_and_different_is_found() {
        // Ten leaves: the joins down to four groups are right, those beyond are not.
        let answered: Vec<Answered> = (1..10).map(|left| (left, left >= 4)).collect();
        let (k, tried) = best_cut(&answered, 10);
        assert_eq!(k, 4);
        assert!(tried.contains(&(4, 1.0)) && tried.iter().all(|(_, score)| *score <= 1.0), "{tried:?}");
    }

    #[test]
    fn agreement_is_f_beta() {
        let answered = [(5, true), (5, true), (5, false), (1, true)];
        let (precision, recall) = (2.0 / 3.0, 2.0 / 3.0);
        let wanted = (1.0 + BETA * BETA) * precision * recall / (BETA * BETA * precision + recall);
        assert!((agreement(&answered, 2) - wanted).abs() < 1e-12);
        assert_eq!(agreement(&answered, 6), 0.0);
    }
}
