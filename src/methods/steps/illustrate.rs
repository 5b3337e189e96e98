//! What shows a cluster: exemplars, and verbatim quotes of some of them.

use std::collections::{HashMap, HashSet};

use crate::cluster::Neighbor;
use crate::error::Error;
use crate::methods::Setting;
use crate::text::plain;
use crate::wording::{Span, best_sentences, exemplars, telling};

/// Quotes of a cluster.
const QUOTES: usize = 3;
/// Exemplars of a cluster.
pub const EXEMPLARS: usize = 5;
/// Texts of a cluster that a quote may be from: more than are quoted, as some say the same.
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

/// Chooses exemplars and quotes of clusters: each is given by its members, best first, and a direction (d) that its quotes are
/// to be near.
///
/// # Errors
/// When the embedder cannot be run.
pub fn illustrate(setting: Setting<'_>, clusters: &[(Vec<Neighbor>, &[f32])]) -> Result<Vec<Illustration>, Error> {
    let directions: Vec<&[f32]> = clusters.iter().map(|(_, direction)| *direction).collect();
    let candidates = clusters.iter().map(|(ranked, _)| exemplars(setting.embeddings, ranked, QUOTABLE));
    let mut shown: Vec<Vec<usize>> = candidates.map(|texts| known(setting, texts)).collect();
    let evidence = quotes(setting, &shown, &directions)?;
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

/// For each cluster a quote from each of its first texts, [`QUOTES`] at most; a text whose quote another text has already said makes
/// room for the next one, and so does one that says nothing but what texts of other clusters say as well. A cluster that has no
/// other sentence is quoted by these. The sentences of all clusters are embedded in one call, and again only where quotes are
/// missing.
fn quotes(setting: Setting<'_>, texts: &[Vec<usize>], directions: &[&[f32]]) -> Result<Vec<Vec<(usize, Span)>>, Error> {
    let common = Common::of(setting, texts);
    let (quotes, said) = (vec![Vec::new(); texts.len()], vec![HashSet::new(); texts.len()]);
    let mut quoting = Quoting { setting, texts, directions, quotes, said };
    quoting.fill(&|_| true, &|cluster, sentence| !common.holds(cluster, sentence))?;
    let are_missing: Vec<bool> = quoting.quotes.iter().map(Vec::is_empty).collect();
    quoting.fill(&|cluster| are_missing[cluster], &|_, _| true)?;
    Ok(quoting.quotes)
}

/// Quotes of clusters while they are chosen.
struct Quoting<'a> {
    setting: Setting<'a>,
    /// Of each cluster, the best first.
    texts: &'a [Vec<usize>],
    directions: &'a [&'a [f32]],
    /// What was chosen, and its words.
    quotes: Vec<Vec<(usize, Span)>>,
    said: Vec<HashSet<String>>,
}

impl Quoting<'_> {
    /// Goes through the texts of some clusters, as many at once as quotes are missing, and chooses among the sentences wanted of each.
    fn fill(
        &mut self,
        is_quoted: &dyn Fn(usize) -> bool,
        is_wanted: &dyn Fn(usize, &str) -> bool,
    ) -> Result<(), Error> {
        let (setting, mut next) = (self.setting, vec![0; self.texts.len()]);
        loop {
            let mut asked: Vec<(usize, usize)> = Vec::new();
            for (cluster, texts) in self.texts.iter().enumerate().filter(|(cluster, _)| is_quoted(*cluster)) {
                let wanted = texts[next[cluster]..].iter().take(QUOTES - self.quotes[cluster].len());
                asked.extend(wanted.clone().map(|&text| (cluster, text)));
                next[cluster] += wanted.len();
            }
            if asked.is_empty() {
                return Ok(());
            }
            let target = |&(cluster, text): &(usize, usize)| (setting.corpus.text(text), self.directions[cluster]);
            let targets: Vec<(&str, &[f32])> = asked.iter().map(target).collect();
            let is_wanted = |number: usize, sentence: &str| is_wanted(asked[number].0, sentence);
            for (&(cluster, text), span) in asked.iter().zip(best_sentences(&targets, is_wanted, setting.embedder)?) {
                let Some(span) = span else { continue };
                if self.said[cluster].insert(plain(&setting.corpus.text(text)[span.start..span.end])) {
                    self.quotes[cluster].push((text, span));
                }
            }
        }
    }
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
