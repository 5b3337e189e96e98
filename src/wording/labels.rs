//! From keyphrases to labels: weighted by meaning and goal, near-duplicates merged, siblings distinct.

use std::collections::HashMap;

use super::keyphrases::{Keyphrases, Phrase};
use super::phrases::words;
use crate::embed::Embedder;
use crate::error::Error;
use crate::observer::Silent;
use crate::vectors::{Embeddings, dot};

/// Phrases of a label.
const IN_LABEL: usize = 3;
/// Phrases of a cluster's keywords.
const IN_KEYWORDS: usize = 8;
/// Phrases whose vectors are nearer than this say the same.
const SAME: f32 = 0.8;
/// Weight of a phrase's similarity to the goal beside its similarity to the centroid.
const GOAL: f64 = 0.5;

/// What a phrase counts for that is like neither: words can be telling where the embedder does not know them.
const UNMEANT: f64 = 0.05;

/// What the words say of one cluster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wording {
    /// Keyphrases, strongest first; the first few make the label.
    pub keywords: Vec<String>,
    /// Unique among the siblings; empty when no phrase is distinctive.
    pub label: String,
}

/// Labels and keywords of k clusters with their centroids (k×d), the goal, where there is one, weighting the phrases.
///
/// # Errors
/// When the embedder cannot be run.
pub fn labels(
    counts: &Keyphrases,
    centroids: &Embeddings,
    goal: &str,
    embedder: &dyn Embedder,
) -> Result<Vec<Wording>, Error> {
    let phrases: Vec<Vec<Phrase>> = (0..centroids.len()).map(|cluster| counts.of(cluster)).collect();
    let texts = std::iter::once(goal).chain(phrases.iter().flatten().map(|phrase| phrase.text.as_str()));
    let embedded = embedder.embed(&texts.collect::<Vec<_>>(), &Silent)?.embeddings;
    let wanted = Some(embedded.row(0)).filter(|_| !goal.is_empty());
    let mut next = 1;
    let mut scored = Vec::with_capacity(phrases.len());
    for (cluster, phrases) in phrases.into_iter().enumerate() {
        let rows = next..next + phrases.len();
        next = rows.end;
        let vectors: Vec<&[f32]> = rows.map(|row| embedded.row(row)).collect();
        scored.push(weigh(phrases, &vectors, centroids.row(cluster), wanted));
    }
    Ok(wordings(&scored))
}

/// A phrase with its vector and its final score.
struct Scored {
    text: String,
    vector: Vec<f32>,
    score: f64,
}

/// The phrases of one cluster with their vectors (d), weighed by meaning, strongest first, none saying the same as another.
fn weigh(phrases: Vec<Phrase>, vectors: &[&[f32]], centroid: &[f32], goal: Option<&[f32]>) -> Vec<Scored> {
    let weighed = |(phrase, &vector): (Phrase, &&[f32])| {
        let wanted = goal.map_or(0.0, |goal| f64::from(dot(vector, goal)).max(0.0));
        let meaning = f64::from(dot(vector, centroid)).max(0.0) + GOAL * wanted;
        Scored { text: phrase.text, score: phrase.score * (UNMEANT + meaning).powi(2), vector: vector.to_vec() }
    };
    let mut scored: Vec<Scored> = phrases.into_iter().zip(vectors).map(weighed).collect();
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.text.cmp(&b.text)));
    without_repetition(scored)
}

/// Drops each phrase that says the same as a stronger one; the longer wording of the two stays.
fn without_repetition(scored: Vec<Scored>) -> Vec<Scored> {
    let mut kept: Vec<Scored> = Vec::new();
    for phrase in scored {
        match kept.iter_mut().find(|stronger| repeats(stronger, &phrase)) {
            None => kept.push(phrase),
            Some(stronger) if phrase.text.contains(stronger.text.as_str()) && phrase.score > 0.6 * stronger.score => {
                stronger.text = phrase.text
            }
            Some(_) => {}
        }
    }
    kept
}

fn repeats(one: &Scored, other: &Scored) -> bool {
    let (mine, theirs) = (simple_words(&one.text), simple_words(&other.text));
    mine.iter().any(|word| theirs.iter().any(|their| same_stem(word, their))) || dot(&one.vector, &other.vector) > SAME
}

/// The words of a phrase, those of a compound each by itself.
fn simple_words(phrase: &str) -> Vec<&str> {
    words(phrase).into_iter().flat_map(|word| word.split('-')).collect()
}

/// Whether two words share all but their endings: the longer is at most three letters longer than what they share.
fn same_stem(one: &str, other: &str) -> bool {
    let shared = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let longest = one.chars().count().max(other.chars().count());
    one == other || (shared >= 4 && longest - shared <= 3)
}

/// For each phrase the cluster in which it is strongest; of equals the first.
fn owners(scored: &[Vec<Scored>]) -> HashMap<&str, usize> {
    let mut strongest: HashMap<&str, (f64, usize)> = HashMap::new();
    let all =
        scored.iter().enumerate().flat_map(|(cluster, phrases)| phrases.iter().map(move |phrase| (cluster, phrase)));
    for (cluster, phrase) in all {
        let best = strongest.entry(&phrase.text).or_insert((phrase.score, cluster));
        if phrase.score > best.0 {
            *best = (phrase.score, cluster);
        }
    }
    strongest.into_iter().map(|(text, (_, cluster))| (text, cluster)).collect()
}

/// A phrase labels the cluster that owns it, and no two labels share more than one word.
fn wordings(scored: &[Vec<Scored>]) -> Vec<Wording> {
    let owners = owners(scored);
    let mut labels: Vec<Vec<&str>> = Vec::with_capacity(scored.len());
    for (cluster, phrases) in scored.iter().enumerate() {
        let mut label = Vec::new();
        for phrase in phrases.iter().map(|phrase| phrase.text.as_str()) {
            let is_own = owners.get(phrase) == Some(&cluster);
            if label.len() < IN_LABEL && is_own && labels.iter().all(|other| !are_confusable(&label, phrase, other)) {
                label.push(phrase);
            }
        }
        labels.push(label);
    }
    let keywords = |phrases: &Vec<Scored>| phrases.iter().take(IN_KEYWORDS).map(|phrase| phrase.text.clone()).collect();
    scored
        .iter()
        .zip(labels)
        .map(|(phrases, label)| Wording { keywords: keywords(phrases), label: label.join(", ") })
        .collect()
}

/// Whether a label with one more phrase would share two words with another label.
fn are_confusable(label: &[&str], phrase: &str, other: &[&str]) -> bool {
    let theirs: Vec<&str> = other.iter().flat_map(|phrase| simple_words(phrase)).collect();
    let is_shared = |word: &&str| theirs.iter().any(|their| same_stem(word, their));
    label.iter().copied().chain([phrase]).flat_map(simple_words).filter(is_shared).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(text: &str, score: f64) -> Scored {
        Scored { text: text.into(), vector: vec![score as f32, 1.0], score }
    }

    #[test]
    fn siblings_never_share_a_label_phrase() {
        let clusters =
            [vec![scored("order", 2.0), scored("late", 1.0)], vec![scored("order", 3.0)], vec![scored("order", 3.0)]];
        let labels: Vec<String> = wordings(&clusters).into_iter().map(|wording| wording.label).collect();
        assert_eq!(labels, ["late", "order", ""]);
    }

    #[test]
    fn no_two_labels_share_two_words() {
        let clusters = [
            vec![scored("late delivery", 3.0), scored("parcel", 2.0)],
            vec![scored("delivery late again", 3.0), scored("parcels", 2.5), scored("stolen delivery", 2.0)],
        ];
        let labels: Vec<String> = wordings(&clusters).into_iter().map(|wording| wording.label).collect();
        assert_eq!(labels, ["late delivery, parcel", "parcels"]);
    }

    #[test]
    fn the_longer_wording_of_one_thing_stays() {
        let mut phrases = vec![scored("refund", 1.0), scored("refund status", 0.9), scored("refunds", 0.5)];
        phrases.iter_mut().for_each(|phrase| phrase.vector = vec![0.0, 0.0]);
        let kept: Vec<String> = without_repetition(phrases).into_iter().map(|phrase| phrase.text).collect();
        assert_eq!(kept, ["refund status"]);
    }

    #[test]
    fn endings_do_not_make_another_word() {
        assert!(same_stem("delivery", "deliveries") && same_stem("brake", "brakes"));
        assert!(!same_stem("back", "bag") && !same_stem("derailleur", "derail"));
    }
}
