//! Agreement of a clustering with gold labels.
//!
//! A document without a cluster (uncovered or failed) is never correct: it counts in every denominator, and in accuracy,
//! macro-F1 and purity as an error. NMI and ARI compare partitions, so there all such documents together form one more label,
//! "none"; as singletons they would raise the agreement with fine gold labels, and left out they would make a clustering better
//! the less it covers.

use std::collections::{BTreeMap, BTreeSet};

use pathfinding::matrix::Matrix;
use pathfinding::prelude::kuhn_munkres;
use serde::Serialize;

/// How well clusters and gold labels agree. Every score is at most 1, higher is better; all are 0 where there are no documents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// Accuracy: the share of documents in the cluster matched to their class, by the one-to-one matching (Hungarian) that
    /// makes it largest. A cluster or class left without a partner contributes nothing.
    pub acc: f64,
    /// Normalized mutual information, with the arithmetic mean of the entropies (as in scikit-learn).
    pub nmi: f64,
    /// Adjusted Rand index; 0 is expected by chance, −0.5 the least.
    pub ari: f64,
    /// Mean over the gold classes of each one's F1 with its matched cluster, by the matching of `acc`; 0 without one.
    pub macro_f1: f64,
    /// The share of documents whose class is the most frequent one of their cluster.
    pub purity: f64,
    /// n.
    pub documents: usize,
    /// Distinct clusters, without "none".
    pub predicted_clusters: usize,
    /// Distinct gold labels.
    pub gold_classes: usize,
}

/// Scores n predicted clusters (`None`: the document has none) against n gold labels. The numbers used as names do not matter.
///
/// # Panics
/// If the two differ in length.
pub fn evaluate(predicted: &[Option<usize>], gold: &[usize]) -> Scores {
    assert_eq!(predicted.len(), gold.len(), "one gold label for each document");
    let table = Contingency::new(predicted, gold);
    let matched = table.matched();
    Scores {
        acc: share(table.agreeing(&matched), gold.len()),
        nmi: table.normalized_mutual_information(),
        ari: table.adjusted_rand_index(),
        macro_f1: table.macro_f1(&matched),
        purity: share(table.majorities(), gold.len()),
        documents: gold.len(),
        predicted_clusters: table.clusters.len(),
        gold_classes: table.classes,
    }
}

/// part / whole, 0 where there is no whole.
fn share(part: usize, whole: usize) -> f64 {
    match whole {
        0 => 0.0,
        _ => part as f64 / whole as f64,
    }
}

/// How many documents fall into each cluster and class; k clusters, c classes, both in ascending order of their names.
struct Contingency {
    /// k × c counts.
    clusters: Vec<Vec<usize>>,
    /// c counts: the documents without a cluster.
    none: Vec<usize>,
    /// c.
    classes: usize,
}

impl Contingency {
    fn new(predicted: &[Option<usize>], gold: &[usize]) -> Contingency {
        let (cluster, class) = (numbered(predicted.iter().flatten()), numbered(gold));
        let mut clusters = vec![vec![0; class.len()]; cluster.len()];
        let mut none = vec![0; class.len()];
        for (predicted, gold) in predicted.iter().zip(gold) {
            let row = match predicted {
                Some(name) => &mut clusters[cluster[name]],
                None => &mut none,
            };
            row[class[gold]] += 1;
        }
        Contingency { clusters, none, classes: class.len() }
    }

    /// For each of the c classes the cluster it is matched to, such that the most documents agree.
    fn matched(&self) -> Vec<Option<usize>> {
        let (k, c) = (self.clusters.len(), self.classes);
        if k == 0 {
            return vec![None; c];
        }
        let count = |cluster: usize, class: usize| self.clusters[cluster][class] as i64;
        if c <= k {
            let weights = Matrix::from_fn(c, k, |(class, cluster)| count(cluster, class));
            return kuhn_munkres(&weights).1.into_iter().map(Some).collect();
        }
        let weights = Matrix::from_fn(k, c, |(cluster, class)| count(cluster, class));
        let mut matched = vec![None; c];
        for (cluster, class) in kuhn_munkres(&weights).1.into_iter().enumerate() {
            matched[class] = Some(cluster);
        }
        matched
    }

    /// Documents in the cluster that is matched to their class.
    fn agreeing(&self, matched: &[Option<usize>]) -> usize {
        let partners = matched.iter().enumerate();
        partners.filter_map(|(class, cluster)| Some(self.clusters[(*cluster)?][class])).sum()
    }

    /// Documents of the most frequent class of their cluster.
    fn majorities(&self) -> usize {
        self.clusters.iter().filter_map(|cluster| cluster.iter().max()).sum()
    }

    fn macro_f1(&self, matched: &[Option<usize>]) -> f64 {
        let class_sizes = self.class_sizes();
        let f1 = |(class, cluster): (usize, &Option<usize>)| match cluster {
            Some(cluster) => {
                let row = &self.clusters[*cluster];
                let sizes = class_sizes[class] + row.iter().sum::<usize>();
                share(2 * row[class], sizes)
            }
            None => 0.0,
        };
        let sum: f64 = matched.iter().enumerate().map(f1).sum();
        sum / self.classes.max(1) as f64
    }

    /// Mutual information over the mean of the entropies; 1 where both partitions are trivial, as in scikit-learn.
    fn normalized_mutual_information(&self) -> f64 {
        let (labels, classes) = (self.label_sizes(), self.class_sizes());
        if classes.is_empty() {
            return 0.0;
        }
        if labels.len() == 1 && classes.len() == 1 {
            return 1.0;
        }
        let total: usize = classes.iter().sum();
        let entropies = entropy(&labels, total) + entropy(&classes, total);
        let joint = entropy(self.cells(), total);
        ((entropies - joint) / (entropies / 2.0)).clamp(0.0, 1.0)
    }

    /// Over pairs of documents, after Hubert & Arabie (1985); 1 where the partitions are equal.
    fn adjusted_rand_index(&self) -> f64 {
        let (labels, classes) = (pairs(&self.label_sizes()), pairs(&self.class_sizes()));
        let together = pairs(self.cells());
        let documents: usize = self.class_sizes().iter().sum();
        if documents == 0 {
            return 0.0;
        }
        if together == labels && together == classes {
            return 1.0;
        }
        let expected = labels * classes / pairs(&[documents]);
        (together - expected) / ((labels + classes) / 2.0 - expected)
    }

    /// The rows of the partition: every cluster and, where a document has none, "none".
    fn labels(&self) -> impl Iterator<Item = &Vec<usize>> {
        let none = (self.none.iter().any(|count| *count > 0)).then_some(&self.none);
        self.clusters.iter().chain(none)
    }

    /// Every count of the partition's table.
    fn cells(&self) -> impl Iterator<Item = &usize> {
        self.labels().flatten()
    }

    /// Documents of each row of the partition.
    fn label_sizes(&self) -> Vec<usize> {
        self.labels().map(|row| row.iter().sum()).collect()
    }

    /// c: documents of each class.
    fn class_sizes(&self) -> Vec<usize> {
        let size = |class: usize| self.labels().map(|row| row[class]).sum();
        (0..self.classes).map(size).collect()
    }
}

/// The distinct names, numbered in ascending order.
fn numbered<'a>(names: impl IntoIterator<Item = &'a usize>) -> BTreeMap<usize, usize> {
    let distinct: BTreeSet<usize> = names.into_iter().copied().collect();
    distinct.into_iter().zip(0..).collect()
}

/// Entropy, in nats, of a partition of `total` documents into parts of these sizes.
fn entropy<'a>(sizes: impl IntoIterator<Item = &'a usize>, total: usize) -> f64 {
    let parts = sizes.into_iter().filter(|size| **size > 0);
    parts.map(|size| share(*size, total)).map(|part| -part * part.ln()).sum()
}

/// Pairs of documents within the same part.
fn pairs<'a>(sizes: impl IntoIterator<Item = &'a usize>) -> f64 {
    let within = |size: &usize| *size as f64 * (*size as f64 - 1.0) / 2.0;
    sizes.into_iter().map(within).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores with every document in a cluster.
    fn scores(predicted: &[usize], gold: &[usize]) -> Scores {
        let predicted: Vec<Option<usize>> = predicted.iter().copied().map(Some).collect();
        evaluate(&predicted, gold)
    }

    fn assert_close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn the_examples_of_scikit_learn_for_the_adjusted_rand_index() {
        assert_close(scores(&[0, 0, 1, 1], &[0, 0, 1, 1]).ari, 1.0);
        assert_close(scores(&[1, 1, 0, 0], &[0, 0, 1, 1]).ari, 1.0);
        assert_close(scores(&[0, 0, 1, 2], &[0, 0, 1, 1]).ari, 4.0 / 7.0);
        assert_close(scores(&[0, 0, 1, 1], &[0, 0, 1, 2]).ari, 4.0 / 7.0);
        assert_close(scores(&[0, 0, 0, 0], &[0, 1, 2, 3]).ari, 0.0);
        assert_close(scores(&[0, 1, 0, 1], &[0, 0, 1, 1]).ari, -0.5);
    }

    #[test]
    fn the_examples_of_scikit_learn_for_normalized_mutual_information() {
        assert_close(scores(&[0, 0, 1, 1], &[0, 0, 1, 1]).nmi, 1.0);
        assert_close(scores(&[1, 1, 0, 0], &[0, 0, 1, 1]).nmi, 1.0);
        assert_close(scores(&[0, 0, 0, 0], &[0, 1, 2, 3]).nmi, 0.0);
    }

    #[test]
    fn normalized_mutual_information_worked_by_hand() {
        // H(gold) = ln 2, H(predicted) = 1.5 ln 2, and the gold label follows from the cluster: 1 / 1.25.
        assert_close(scores(&[0, 0, 1, 2], &[0, 0, 1, 1]).nmi, 0.8);
        assert_close(scores(&[0, 1, 0, 1], &[0, 0, 1, 1]).nmi, 0.0);
        assert_close(scores(&[3, 3, 3], &[9, 9, 9]).nmi, 1.0);
    }

    #[test]
    fn accuracy_and_macro_f1_follow_the_best_matching() {
        // Cluster 5 is class 1 (2 of 3), cluster 8 is class 0 (2 of 3).
        let scores = scores(&[8, 8, 5, 5, 5, 8], &[0, 0, 0, 1, 1, 1]);
        assert_close(scores.acc, 4.0 / 6.0);
        assert_close(scores.macro_f1, 2.0 / 3.0);
        assert_close(scores.purity, 4.0 / 6.0);
    }

    #[test]
    fn the_best_matching_is_not_the_greedy_one() {
        // Counts: cluster 0 has (4, 3), cluster 1 has (3, 0). Greedy agrees on 4 + 0, the best matching on 3 + 3.
        let predicted = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
        let scores = scores(&predicted, &[0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
        assert_close(scores.acc, 0.6);
        assert_close(scores.purity, 0.7);
        // Class 0 with cluster 1: 2·3 / (7 + 3); class 1 with cluster 0: 2·3 / (3 + 7).
        assert_close(scores.macro_f1, 0.6);
    }

    #[test]
    fn more_clusters_than_classes_leave_clusters_without_a_partner() {
        let scores = scores(&[0, 0, 1, 2], &[0, 0, 1, 1]);
        assert_close(scores.acc, 0.75);
        assert_close(scores.purity, 1.0);
        assert_close(scores.macro_f1, (1.0 + 2.0 / 3.0) / 2.0);
        assert_eq!((scores.predicted_clusters, scores.gold_classes), (3, 2));
    }

    #[test]
    fn more_classes_than_clusters_leave_classes_without_a_partner() {
        let scores = scores(&[0, 0, 1, 1], &[0, 0, 1, 2]);
        assert_close(scores.acc, 0.75);
        assert_close(scores.purity, 0.75);
        assert_close(scores.macro_f1, (1.0 + 2.0 / 3.0) / 3.0);
    }

    #[test]
    fn a_document_without_a_cluster_is_never_correct() {
        let scores = evaluate(&[Some(0), Some(0), None, None], &[0, 0, 1, 1]);
        assert_close(scores.acc, 0.5);
        assert_close(scores.purity, 0.5);
        assert_close(scores.macro_f1, 0.5);
        assert_eq!(scores.predicted_clusters, 1);
    }

    #[test]
    fn documents_without_a_cluster_are_one_label_to_nmi_and_ari() {
        let none = evaluate(&[Some(0), Some(0), Some(1), None, None], &[0, 0, 1, 1, 0]);
        let third = scores(&[0, 0, 1, 2, 2], &[0, 0, 1, 1, 0]);
        assert_eq!((none.nmi, none.ari), (third.nmi, third.ari));
    }

    #[test]
    fn nothing_covered_scores_nothing() {
        let scores = evaluate(&[None, None], &[0, 1]);
        assert_eq!((scores.acc, scores.nmi, scores.ari), (0.0, 0.0, 0.0));
        assert_eq!((scores.macro_f1, scores.purity), (0.0, 0.0));
    }

    #[test]
    fn no_documents_score_nothing_and_are_still_numbers() {
        let scores = evaluate(&[], &[]);
        assert_eq!((scores.acc, scores.nmi, scores.ari), (0.0, 0.0, 0.0));
        assert_eq!((scores.macro_f1, scores.purity), (0.0, 0.0));
    }
}
