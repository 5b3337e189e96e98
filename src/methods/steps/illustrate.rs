//! What shows a cluster: exemplars, and verbatim quotes of some of them.

use std::collections::{HashMap, HashSet};

use crate::cluster::Neighbor;
use crate::error::Error;
use crate::methods::Setting;
use crate::text::plain;
use crate::vectors::{Embeddings, Mean, dot, normalise};
use crate::wording::{Sentence, Span, Standing, best_sentences, exemplars, telling};

/// Quotes of a cluster.
const QUOTES: usize = 3;
/// Sentences nearer to each other than this say the same.
const ALIKE: f32 = 0.85;
/// Clusters below which what is said of all of them cannot be told from what is said of each.
const FEW: usize = 5;
/// What likeness to the corpus counts against a sentence.
const ORDINARY: f32 = 0.5;
/// Exemplars of a cluster.
pub const EXEMPLARS: usize = 5;
/// Texts of a cluster that a quote may be from: more than are quoted, as some say the same, or nothing of what makes the cluster.
const QUOTABLE: usize = 12;
/// Near misses of a cluster.
pub const NEAR_MISSES: usize = 3;
/// Texts that a sentence must stand in to be common to clusters.
const LEAST: usize = 3;
/// Share of the texts with a sentence that are in other clusters, from which on it does not tell this one.
const ELSEWHERE: f64 = 0.25;
/// Words and bytes of the name of a speaker, at most.
const MOST_OF_NAME: usize = 3;
const LONGEST_NAME: usize = 40;

/// What shows a cluster: texts, and verbatim spans of some of them.
pub struct Illustration {
    /// Texts, the best first.
    pub exemplars: Vec<usize>,
    /// Texts, each with the bytes of it that are quoted.
    pub evidence: Vec<(usize, Span)>,
}

/// Chooses exemplars and quotes of k clusters, each given by its members, best first. Each of `said` has a vector of every cluster
/// (k×d), such as that of its predicate: quotes are to be near all of them.
///
/// # Errors
/// When the embedder cannot be run.
pub fn illustrate(
    setting: Setting<'_>,
    clusters: &[&[Neighbor]],
    said: &[&Embeddings],
) -> Result<Vec<Illustration>, Error> {
    let candidates = clusters.iter().map(|ranked| exemplars(setting.embeddings, ranked, QUOTABLE));
    let mut shown: Vec<Vec<usize>> = candidates.map(|texts| known(setting, texts)).collect();
    let evidence = quotes(setting, &shown, &directions(setting.embeddings, said))?;
    shown.iter_mut().for_each(|texts| texts.truncate(EXEMPLARS));
    let illustrations = shown.into_iter().zip(evidence);
    Ok(illustrations.map(|(exemplars, evidence)| Illustration { exemplars, evidence }).collect())
}

/// Without the texts that the embedder does not know, such as emoji: their place says nothing, so they show nothing.
fn known(setting: Setting<'_>, texts: Vec<usize>) -> Vec<usize> {
    let said: Vec<&str> = texts.iter().map(|&text| setting.corpus.text(text)).collect();
    let unknown = setting.embedder.unknown(&said);
    let known: Vec<usize> =
        texts.iter().zip(unknown).filter_map(|(&text, unknown)| (!unknown).then_some(text)).collect();
    if known.is_empty() { texts } else { known }
}

/// For each cluster the sentences of its first texts that say most of what is said of it, one a text and [`QUOTES`] at most, the most
/// telling first. What says the same as another, and what texts of other clusters say as well, is quoted only where there is nothing else.
fn quotes(
    setting: Setting<'_>,
    texts: &[Vec<usize>],
    directions: &Embeddings,
) -> Result<Vec<Vec<(usize, Span)>>, Error> {
    let common = Common::of(setting, texts);
    let asked: Vec<(usize, usize)> =
        texts.iter().enumerate().flat_map(|(cluster, texts)| texts.iter().map(move |&text| (cluster, text))).collect();
    let target = |&(cluster, text): &(usize, usize)| (setting.corpus.text(text), directions.row(cluster));
    let targets: Vec<(&str, &[f32])> = asked.iter().map(target).collect();
    let is_common = |number: usize, sentence: &str| common.holds(asked[number].0, sentence);
    let best = best_sentences(&targets, is_common, setting.embedder)?;
    let mut sentences: Vec<Vec<(usize, Sentence)>> = texts.iter().map(|_| Vec::new()).collect();
    for (&(cluster, text), sentence) in asked.iter().zip(best) {
        // Of two sentences that say as much, that of the text which says it as a whole shows more.
        let whole = dot(setting.embeddings.row(text), directions.row(cluster));
        sentences[cluster].extend(sentence.map(|one| (text, Sentence { score: one.score + whole, ..one })));
    }
    Ok(sentences.into_iter().map(|sentences| chosen(setting, sentences)).collect())
}

/// Which of some sentences are quoted, the most telling first.
fn chosen(setting: Setting<'_>, mut sentences: Vec<(usize, Sentence)>) -> Vec<(usize, Span)> {
    // A stable sort: of equal ones, that of the more central text comes first.
    sentences.sort_by(|a, b| a.1.order(&b.1));
    if sentences.first().is_some_and(|(_, first)| first.standing != Standing::Common) {
        sentences.retain(|(_, sentence)| sentence.standing != Standing::Common);
    }
    let mut said: HashSet<String> = HashSet::new();
    sentences.retain(|(text, sentence)| {
        said.insert(plain(&setting.corpus.text(*text)[sentence.span.start..sentence.span.end]))
    });
    let mut taken: Vec<(usize, Sentence)> = Vec::new();
    let mut alike = Vec::new();
    for (text, sentence) in sentences {
        let repeats = taken.iter().any(|(_, other)| dot(&other.vector, &sentence.vector) > ALIKE);
        if repeats { alike.push((text, sentence)) } else { taken.push((text, sentence)) }
    }
    taken.into_iter().chain(alike).take(QUOTES).map(|(text, sentence)| (text, sentence.span)).collect()
}

/// Where the quotes of k clusters are to point (k×d): to all that is said of their cluster, less what is said of every cluster alike
/// and less what the corpus is about, so that neither "the writer says" nor the most ordinary sentence is evidence of anything.
fn directions(embeddings: &Embeddings, said: &[&Embeddings]) -> Embeddings {
    let (k, d) = (said.first().map_or(0, |said| said.len()), embeddings.dimensions());
    let ordinary = Mean::of(embeddings);
    let mut towards = vec![0.0; k * d];
    for said in said {
        let common = if k < FEW { vec![0.0; d] } else { Mean::of(said).values().to_vec() };
        for (row, towards) in towards.chunks_mut(d).enumerate() {
            let own = towards.iter_mut().zip(said.row(row)).zip(&common);
            own.for_each(|((sum, value), common)| *sum += value - common);
        }
    }
    for towards in towards.chunks_mut(d) {
        normalise(towards);
        towards.iter_mut().zip(ordinary.values()).for_each(|(value, ordinary)| *value -= ORDINARY * ordinary);
    }
    Embeddings::new(towards, d)
}

/// Sentences that texts of several clusters say, such as what a bot answers everybody.
struct Common {
    /// For each such sentence, by its words, in how many of the texts of each cluster it stands.
    counts: HashMap<String, HashMap<usize, usize>>,
}

impl Common {
    /// Those of the texts that quotes may be from.
    fn of(setting: Setting<'_>, texts: &[Vec<usize>]) -> Common {
        Common::among(texts.iter().map(|texts| texts.iter().map(|&text| setting.corpus.text(text))))
    }

    fn among<'t>(clusters: impl Iterator<Item = impl Iterator<Item = &'t str>>) -> Common {
        let mut counts: HashMap<String, HashMap<usize, usize>> = HashMap::new();
        for (cluster, texts) in clusters.enumerate() {
            for text in texts {
                let spans = telling(text);
                let different: HashSet<String> =
                    spans.into_iter().map(|span| words_of(&text[span.start..span.end])).collect();
                for sentence in different {
                    *counts.entry(sentence).or_default().entry(cluster).or_default() += 1;
                }
            }
        }
        counts.retain(|_, counts| counts.len() > 1 && counts.values().sum::<usize>() >= LEAST);
        Common { counts }
    }

    /// Whether a sentence does not tell a cluster from the others.
    fn holds(&self, cluster: usize, sentence: &str) -> bool {
        let Some(counts) = self.counts.get(&words_of(sentence)) else { return false };
        let (own, all) = (counts.get(&cluster).copied().unwrap_or(0), counts.values().sum::<usize>());
        (all - own) as f64 >= ELSEWHERE * all as f64
    }
}

/// The words of a sentence by which it is the same as another one: without who says it, and when.
fn words_of(sentence: &str) -> String {
    let is_name = |head: &str| head.split_whitespace().count() <= MOST_OF_NAME && head.len() <= LONGEST_NAME;
    let without_time = match sentence.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, said)) => said,
        None => sentence,
    };
    let said = without_time.split_once(": ").filter(|(head, said)| is_name(head) && !said.trim().is_empty());
    let said = said.map_or(without_time, |(_, said)| said);
    said.split_whitespace()
        .map(plain)
        .filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_several_clusters_tells_none_of_them() {
        let bot = "bot: Happy to look into that for you.";
        let clusters = [
            vec![format!("{bot}\nuser: The kettle leaks."), format!("[08:1{}] {bot}\nThe lid is loose.", 2)],
            vec![format!("{bot}\nuser: My parcel is late."), "Where is my parcel now?".to_owned()],
        ];
        let common = Common::among(clusters.iter().map(|texts| texts.iter().map(String::as_str)));
        assert!(common.holds(0, bot) && common.holds(1, "[10:00:07] bot: happy to look into that for you"));
        assert!(!common.holds(0, "user: The kettle leaks.") && !common.holds(1, "Where is my parcel now?"));
    }

    #[test]
    fn a_sentence_that_is_nearly_always_of_one_cluster_tells_it() {
        let mine: Vec<String> = (0..8).map(|n| format!("The heating is cold again. Room {n}.")).collect();
        let clusters = [mine, vec!["The heating is cold again. And the bill is wrong.".to_owned()]];
        let common = Common::among(clusters.iter().map(|texts| texts.iter().map(String::as_str)));
        assert!(!common.holds(0, "The heating is cold again.") && common.holds(1, "The heating is cold again."));
    }
}
