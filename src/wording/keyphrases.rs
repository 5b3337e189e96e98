//! Class-based TF-IDF: the phrases that are frequent in a cluster and not elsewhere (after BERTopic's c-TF-IDF).

use std::collections::BTreeMap;

use super::phrases::{phrases, words};

/// Phrases of one cluster that go on to be compared by meaning.
const KEPT: usize = 16;
/// A phrase must begin and end with a word that is this much rarer outside the cluster; so stop words of any language drop out.
const EDGE: f64 = 0.5;

/// A phrase of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase {
    /// Lower-case words.
    pub text: String,
    /// Class-based TF-IDF times specificity.
    pub score: f64,
}

/// Counts of every phrase, a cluster: the basis of the scores.
pub struct Keyphrases {
    /// For each phrase the weight of the documents that hold it, a cluster.
    counts: BTreeMap<String, Vec<f64>>,
    /// Weight of the documents, a cluster.
    sizes: Vec<f64>,
}

impl Keyphrases {
    /// Counts over n texts with n weights; `members` lists each cluster's texts (clusters may overlap).
    pub fn count(texts: &[&str], weights: &[f64], members: &[Vec<usize>]) -> Keyphrases {
        let mut counts: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (cluster, texts_of) in members.iter().enumerate() {
            for &text in texts_of {
                for phrase in phrases(texts[text]) {
                    counts.entry(phrase).or_insert_with(|| vec![0.0; members.len()])[cluster] += weights[text];
                }
            }
        }
        let sizes = members.iter().map(|members| members.iter().map(|&text| weights[text]).sum()).collect();
        Keyphrases { counts, sizes }
    }

    /// The strongest phrases of a cluster, at most sixteen. One document alone names nothing.
    pub fn of(&self, cluster: usize) -> Vec<Phrase> {
        let least = 2.0_f64.max(self.sizes[cluster] * 0.02);
        let mut found: Vec<Phrase> = self
            .counts
            .iter()
            .filter(|(_, counts)| counts[cluster] >= least)
            .filter(|(text, _)| self.has_telling_edges(text, cluster))
            .map(|(text, counts)| Phrase { text: text.clone(), score: self.score(counts, cluster) })
            .filter(|phrase| phrase.score > 0.0)
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.text.cmp(&b.text)));
        found.truncate(KEPT);
        found
    }

    /// tf in the cluster × ln(1 + A / f) × specificity, with A the mean number of documents a cluster.
    fn score(&self, counts: &[f64], cluster: usize) -> f64 {
        let average = self.sizes.iter().sum::<f64>() / self.sizes.len() as f64;
        let everywhere: f64 = counts.iter().sum();
        counts[cluster] / self.sizes[cluster] * (1.0 + average / everywhere).ln() * self.specificity(counts, cluster)
    }

    /// 1 for a phrase of this cluster only, 0 for one that is as frequent elsewhere.
    fn specificity(&self, counts: &[f64], cluster: usize) -> f64 {
        let elsewhere = self.sizes.iter().sum::<f64>() - self.sizes[cluster];
        if elsewhere <= 0.0 {
            return 1.0;
        }
        let here = counts[cluster] / self.sizes[cluster];
        let there = (counts.iter().sum::<f64>() - counts[cluster]) / elsewhere;
        (1.0 - there / here).max(0.0)
    }

    fn has_telling_edges(&self, phrase: &str, cluster: usize) -> bool {
        let words = words(phrase);
        let telling = |word: &str| self.counts.get(word).is_none_or(|counts| self.specificity(counts, cluster) >= EDGE);
        words.first().is_none_or(|word| telling(word)) && words.last().is_none_or(|word| telling(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_everywhere_name_nothing() {
        let texts = ["the parcel is late", "the late parcel", "the brake is loose", "is the brake ok"];
        let phrases = Keyphrases::count(&texts, &[1.0; 4], &[vec![0, 1], vec![2, 3]]);
        let first: Vec<String> = phrases.of(0).into_iter().map(|phrase| phrase.text).collect();
        assert_eq!(first, ["late", "parcel"]);
    }

    #[test]
    fn one_document_alone_names_nothing() {
        let phrases = Keyphrases::count(&["a unique phrase", "other words"], &[1.0; 2], &[vec![0], vec![1]]);
        assert!(phrases.of(0).is_empty());
    }
}
