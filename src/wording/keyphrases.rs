//! Class-based TF-IDF: the phrases that are frequent in a cluster and not elsewhere (after BERTopic's c-TF-IDF).

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::function_words::FunctionWords;
use super::phrases::{Reader, phrases, words};

/// Phrases of one cluster that go on to be compared by meaning.
const KEPT: usize = 16;
/// Weight of the documents that hold a phrase, at least: one document alone names nothing.
const LEAST: f64 = 2.0;
/// Share of its cluster that a phrase must be found in.
const LEAST_SHARE: f64 = 0.02;
/// Texts whose phrases are held at once.
const PART: usize = 4096;
/// A phrase must begin and end with a word that is this much rarer outside the cluster: what is frequent everywhere names nothing,
/// also where no list of function words knows it.
const EDGE: f64 = 0.5;

/// Share of a cluster's documents that a phrase for a person is in by half: one of fewer documents tells of them, not of the cluster.
const TELLING: f64 = 0.05;
/// What a phrase for a person counts for that has a function word in it, or ends as if one came next: noun phrases come first.
const JOINED: f64 = 0.5;

/// A phrase of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase {
    /// Lower-case words.
    pub text: String,
    /// Class-based TF-IDF times specificity.
    pub score: f64,
}

/// Counts of the phrases that are frequent in any cluster: the basis of the scores. The others, nearly all of them, are never
/// held all at once.
pub struct Keyphrases {
    /// For each phrase the weight of the documents that hold it, by cluster; clusters without any are left out.
    counts: HashMap<String, Vec<(usize, f64)>>,
    /// For each cluster the phrases that are frequent in it.
    frequent: Vec<Vec<String>>,
    /// Weight of the documents, a cluster.
    sizes: Vec<f64>,
    /// No phrase begins or ends with one of them; none where the phrases are for a model, not for a person.
    function_words: Option<FunctionWords>,
}

/// Texts that are counted, with their weights, and for whom.
#[derive(Clone, Copy)]
struct Texts<'a> {
    texts: &'a [&'a str],
    weights: &'a [f64],
    reader: Reader,
}

impl Keyphrases {
    /// Counts over n texts with n weights; `members` lists each cluster's texts (clusters may overlap). For a person, no phrase begins
    /// or ends with a function word of the languages of the texts.
    pub fn count(texts: &[&str], weights: &[f64], members: &[Vec<usize>], reader: Reader) -> Keyphrases {
        let corpus = Texts { texts, weights, reader };
        let sizes: Vec<f64> = members.iter().map(|members| weight(members, weights)).collect();
        let parts: Vec<&[usize]> = members.iter().flat_map(|members| parts(members)).collect();
        let candidates = parts.par_iter().flat_map_iter(|part| candidates(corpus, part)).collect();
        let counts = gathered(corpus, members, &candidates);
        let mut frequent = vec![Vec::new(); members.len()];
        for (phrase, counts) in &counts {
            let of = counts.iter().filter(|(cluster, count)| *count >= least(sizes[*cluster]));
            of.for_each(|(cluster, _)| frequent[*cluster].push(phrase.clone()));
        }
        let function_words = (reader == Reader::Person).then(|| FunctionWords::of(texts));
        Keyphrases { counts, frequent, sizes, function_words }
    }

    /// The strongest phrases of a cluster, at most sixteen.
    pub fn of(&self, cluster: usize) -> Vec<Phrase> {
        let mut found: Vec<Phrase> = self.frequent[cluster]
            .iter()
            .filter(|text| self.has_telling_edges(text, cluster))
            .map(|text| Phrase { text: text.clone(), score: self.score(text, cluster) })
            .filter(|phrase| phrase.score > 0.0)
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.text.cmp(&b.text)));
        found.truncate(KEPT);
        found
    }

    /// tf in the cluster × ln(1 + A / f) × specificity, with A the mean number of documents a cluster. For a person, a phrase of
    /// few documents or with a function word in it counts for less.
    fn score(&self, phrase: &str, cluster: usize) -> f64 {
        let counts = &self.counts[phrase];
        let average = self.sizes.iter().sum::<f64>() / self.sizes.len() as f64;
        let share = in_cluster(counts, cluster) / self.sizes[cluster];
        let score = share * (1.0 + average / everywhere(counts)).ln() * self.specificity(counts, cluster);
        match &self.function_words {
            None => score,
            Some(listed) => {
                let words = words(phrase);
                let is_joined = words.iter().any(|word| listed.contains(word)) || is_open(&words);
                score * share / (share + TELLING) * if is_joined { JOINED } else { 1.0 }
            }
        }
    }

    /// 1 for a phrase of this cluster only, 0 for one that is as frequent elsewhere.
    fn specificity(&self, counts: &[(usize, f64)], cluster: usize) -> f64 {
        let elsewhere = self.sizes.iter().sum::<f64>() - self.sizes[cluster];
        if elsewhere <= 0.0 {
            return 1.0;
        }
        let count = in_cluster(counts, cluster);
        let here = count / self.sizes[cluster];
        let there = (everywhere(counts) - count) / elsewhere;
        (1.0 - there / here).max(0.0)
    }

    fn has_telling_edges(&self, phrase: &str, cluster: usize) -> bool {
        let words = words(phrase);
        let is_rarer_elsewhere =
            |word: &str| self.counts.get(word).is_none_or(|counts| self.specificity(counts, cluster) >= EDGE);
        let is_function_word = |word: &str| self.function_words.as_ref().is_some_and(|words| words.contains(word));
        if self.function_words.as_ref().is_some_and(|listed| listed.name_nothing(&words)) {
            return false;
        }
        let telling = |word: &str| !is_function_word(word) && is_rarer_elsewhere(word);
        words.first().is_none_or(|word| telling(word)) && words.last().is_none_or(|word| telling(word))
    }
}

/// Whether the last of several words is an English participle, which wants a continuation: "film directed" (by), "located" (in).
fn is_open(words: &[&str]) -> bool {
    words.len() > 1 && words.last().is_some_and(|word| word.len() > 4 && word.ends_with("ed"))
}

fn in_cluster(counts: &[(usize, f64)], cluster: usize) -> f64 {
    counts.binary_search_by_key(&cluster, |(cluster, _)| *cluster).map_or(0.0, |place| counts[place].1)
}

fn everywhere(counts: &[(usize, f64)]) -> f64 {
    counts.iter().map(|(_, count)| count).sum()
}

/// Weight of the documents that must hold a phrase, of `size` documents.
fn least(size: f64) -> f64 {
    LEAST.max(LEAST_SHARE * size)
}

fn weight(members: &[usize], weights: &[f64]) -> f64 {
    members.iter().map(|&text| weights[text]).sum()
}

/// A cluster's members in parts of about equal size, each large enough for the share to be what counts.
fn parts(members: &[usize]) -> impl Iterator<Item = &[usize]> {
    let parts = members.len().div_ceil(PART).max(1);
    members.chunks(members.len().div_ceil(parts).max(1))
}

/// The phrases that are so frequent in a part of a cluster that they may be frequent in the whole: what is found in a share of
/// the whole is found in that share of a part of it at least.
fn candidates(corpus: Texts<'_>, part: &[usize]) -> Vec<String> {
    let counts = counted(corpus, part, |_| true);
    // Nothing is lost to the rounding of a sum.
    let least = 0.999 * least(weight(part, corpus.weights));
    counts.into_iter().filter(|(_, count)| *count >= least).map(|(phrase, _)| phrase).collect()
}

/// The weight of some texts that hold each `wanted` phrase.
fn counted(corpus: Texts<'_>, members: &[usize], wanted: impl Fn(&str) -> bool) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    for &text in members {
        let phrases = phrases(corpus.texts[text], corpus.reader).into_iter().filter(|phrase| wanted(phrase));
        phrases.for_each(|phrase| *counts.entry(phrase).or_insert(0.0) += corpus.weights[text]);
    }
    counts
}

/// The counts, in all clusters, of some phrases and of the words at their edges.
fn gathered(
    corpus: Texts<'_>,
    members: &[Vec<usize>],
    phrases: &HashSet<String>,
) -> HashMap<String, Vec<(usize, f64)>> {
    let mut wanted: HashSet<&str> = phrases.iter().map(String::as_str).collect();
    for phrase in phrases {
        let words = words(phrase);
        wanted.extend(words.first());
        wanted.extend(words.last());
    }
    let counted = |members: &Vec<usize>| counted(corpus, members, |phrase| wanted.contains(phrase));
    let by_cluster: Vec<HashMap<String, f64>> = members.par_iter().map(counted).collect();
    let mut counts: HashMap<String, Vec<(usize, f64)>> = HashMap::new();
    for (cluster, of_cluster) in by_cluster.into_iter().enumerate() {
        of_cluster.into_iter().for_each(|(phrase, count)| counts.entry(phrase).or_default().push((cluster, count)));
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_everywhere_name_nothing() {
        let texts = ["the parcel is late", "the late parcel", "the brake is loose", "is the brake ok"];
        let phrases = Keyphrases::count(&texts, &[1.0; 4], &[vec![0, 1], vec![2, 3]], Reader::Model);
        let first: Vec<String> = phrases.of(0).into_iter().map(|phrase| phrase.text).collect();
        assert_eq!(first, ["late", "parcel"]);
    }

    #[test]
    fn phrases_that_overlap_clusters_are_weighed_against_all_of_them() {
        let texts = ["late parcel", "late parcel", "late train", "late train", "late bus"];
        let phrases =
            Keyphrases::count(&texts, &[1.0, 1.0, 1.0, 2.0, 1.0], &[vec![0, 1, 4], vec![2, 3]], Reader::Model);
        assert_eq!(phrases.counts["late"], [(0, 3.0), (1, 3.0)]);
        assert_eq!(phrases.counts["train"], [(1, 3.0)]);
        assert!(!phrases.counts.contains_key("bus"), "in one text only, and at no frequent phrase's edge");
        assert_eq!(phrases.of(1)[0].text, "train");
    }

    #[test]
    fn a_phrase_for_a_person_has_no_function_word_at_its_ends() {
        let texts = ["in the box", "in the box", "on the road", "on the road"];
        let counts = Keyphrases::count(&texts, &[1.0; 4], &[vec![0, 1], vec![2, 3]], Reader::Person);
        let first: Vec<String> = counts.of(0).into_iter().map(|phrase| phrase.text).collect();
        assert_eq!(first, ["box"]);
    }

    #[test]
    fn for_a_person_what_many_documents_share_comes_before_a_phrase_of_two_and_nouns_before_joined_words() {
        // Of forty documents on parcels, all but four say "parcel" or "late", two name a company; the others are on brakes.
        let mut texts = vec!["late parcel"; 12];
        texts.extend(["a parcel again"; 24]);
        texts.extend(["storage for greg warnes"; 2]);
        texts.extend(["lack of parcel"; 2]);
        texts.extend(["loose brake parcel"; 40]);
        let weights = [1.0; 80];
        let counts = Keyphrases::count(&texts, &weights, &[(0..40).collect(), (40..80).collect()], Reader::Person);
        let found: Vec<String> = counts.of(0).into_iter().map(|phrase| phrase.text).collect();
        let place = |text: &str| found.iter().position(|phrase| phrase == text).unwrap_or(usize::MAX);
        assert!(place("greg warnes") > place("late"), "{found:?}");
        assert!(place("storage for greg") > place("storage"), "{found:?}");
    }

    #[test]
    fn one_document_alone_names_nothing() {
        let phrases =
            Keyphrases::count(&["a unique phrase", "other words"], &[1.0; 2], &[vec![0], vec![1]], Reader::Model);
        assert!(phrases.of(0).is_empty());
    }
}
