//! Near misses: the rows nearest to a centroid that are in another cluster.
//!
//! Found by one product of all rows with all centroids, as a step of k-means costs: the rows nearest to a centroid are its own
//! members, thousands of them where rows are many, and no index is made to look beyond them.

use rayon::prelude::*;

use super::kmeans::Clustering;
use super::neighbors::{Best, Neighbor};
use super::product::BLOCK;
use crate::vectors::{Embeddings, inner_products};

/// For each of k clusters the `count` rows of other clusters with the highest cosine to its centroid, nearest first.
pub fn near_misses(embeddings: &Embeddings, clustering: &Clustering, count: usize) -> Vec<Vec<Neighbor>> {
    let dimensions = embeddings.dimensions();
    let none = || vec![Best::new(count); clustering.len()];
    let blocks =
        embeddings.values().par_chunks(BLOCK * dimensions).zip(clustering.nearest.par_chunks(BLOCK)).enumerate();
    let best = blocks.fold(none, |mut best, (block, (rows, nearest))| {
        let cosines = inner_products(rows, clustering.centroids.values(), dimensions);
        for (place, (cosines, nearest)) in cosines.rows().into_iter().zip(nearest).enumerate() {
            let index = block * BLOCK + place;
            let others = best.iter_mut().zip(cosines).enumerate().filter(|(cluster, _)| *cluster != nearest.label);
            others.for_each(|(_, (best, &similarity))| best.offer(Neighbor { index, similarity }));
        }
        best
    });
    let merged = best.reduce(none, |mut one, other| {
        one.iter_mut().zip(other).for_each(|(one, other)| one.take_in(other));
        one
    });
    merged.into_iter().map(Best::sorted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{KMeans, kmeans};
    use crate::vectors::dot;

    #[test]
    fn near_misses_are_the_nearest_rows_of_other_clusters() {
        let angle = |row: usize| (row * row % 701) as f32 / 111.0;
        let values = (0..1200).flat_map(|row| [angle(row).cos(), angle(row).sin()]).collect();
        let rows = Embeddings::new(values, 2);
        let clustering = kmeans(&rows, &[1.0; 1200], KMeans::new(7, 1)).unwrap();
        let found = near_misses(&rows, &clustering, 3);
        for (cluster, found) in found.iter().enumerate() {
            let centroid = clustering.centroids.row(cluster);
            let mut others: Vec<usize> = (0..1200).filter(|&row| clustering.nearest[row].label != cluster).collect();
            let cosine = |row: usize| dot(centroid, rows.row(row));
            others.sort_by(|&a, &b| cosine(b).total_cmp(&cosine(a)).then(a.cmp(&b)));
            assert_eq!(found.iter().map(|miss| miss.index).collect::<Vec<_>>(), others[..3], "{cluster}");
        }
    }

    #[test]
    fn one_cluster_has_no_near_misses() {
        let rows = Embeddings::new([1.0, 0.0].repeat(5), 2);
        let clustering = kmeans(&rows, &[1.0; 5], KMeans::new(1, 1)).unwrap();
        assert_eq!(near_misses(&rows, &clustering, 3), [vec![]]);
    }
}
