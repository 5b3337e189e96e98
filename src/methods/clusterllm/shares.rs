//! How the questions are shared out among the stages.

use std::collections::BTreeMap;

/// Pairs of documents that a cluster is worth: more find nothing new.
const PAIRS: usize = 8;
/// Of the questions that are not for descriptions, the pairs take at most three in four, and descriptions one in four of all.
const MOST: (usize, usize) = (3, 4);

/// Questions by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Triplets: two questions each.
    pub perspective: usize,
    /// Pairs of documents: two questions each.
    pub pairs: usize,
    /// Descriptions: one a cluster.
    pub describe: usize,
}

impl Shares {
    /// For about `k` clusters. Where clusters are many, pairs say more than triplets.
    pub fn new(questions: usize, k: usize) -> Shares {
        let describe = k.min(questions / MOST.1);
        let left = questions - describe;
        let pairs = (2 * PAIRS * k).min(left / MOST.1 * MOST.0) / 2 * 2;
        Shares { perspective: (left - pairs) / 2 * 2, pairs, describe }
    }

    /// By the stages' names.
    pub fn by_stage(&self) -> BTreeMap<String, usize> {
        let named = [("perspective", self.perspective), ("pairs", self.pairs), ("describe", self.describe)];
        named.map(|(name, questions)| (name.to_owned(), questions)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_never_exceed_the_questions() {
        for questions in [16, 17, 100, 1024, usize::MAX] {
            for k in [1, 2, 20, 77, 5000] {
                let Shares { perspective, pairs, describe } = Shares::new(questions, k);
                assert!(perspective + pairs + describe <= questions, "{questions} {k}");
                assert!(perspective >= 2 && describe >= 1, "{questions} {k}");
            }
        }
        assert_eq!(Shares::new(1024, 20), Shares { perspective: 684, pairs: 320, describe: 20 });
    }
}
