//! Documents that show what a cluster is about: near its centre, and unlike one another.

use crate::cluster::Neighbor;
use crate::vectors::{Embeddings, dot};

/// Where two documents are nearer than this, only one of them is shown.
const ALIKE: f32 = 0.9;

/// Up to `count` of the `ranked` rows (best first), skipping any too like one already taken.
pub fn exemplars(embeddings: &Embeddings, ranked: &[Neighbor], count: usize) -> Vec<usize> {
    let mut taken: Vec<usize> = Vec::new();
    for neighbor in ranked {
        if taken.len() == count {
            break;
        }
        let row = embeddings.row(neighbor.index);
        if taken.iter().all(|&other| dot(row, embeddings.row(other)) < ALIKE) {
            taken.push(neighbor.index);
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_copies_are_shown_once() {
        let rows = Embeddings::new(vec![1.0, 0.0, 0.999, 0.04, 0.6, 0.8], 2);
        let ranked = [0, 1, 2].map(|index| Neighbor { index, similarity: 1.0 });
        assert_eq!(exemplars(&rows, &ranked, 2), [0, 2]);
    }
}
