//! What shows a cluster: exemplars, and verbatim quotes of some of them.

use std::collections::HashSet;

use crate::cluster::Neighbor;
use crate::error::Error;
use crate::methods::Setting;
use crate::text::plain;
use crate::wording::{Span, best_sentences, exemplars};

/// Quotes of a cluster.
const QUOTES: usize = 3;
/// Exemplars of a cluster.
pub const EXEMPLARS: usize = 5;
/// Texts of a cluster that a quote may be from: more than are quoted, as some say the same.
const QUOTABLE: usize = 12;
/// Near misses of a cluster.
pub const NEAR_MISSES: usize = 3;

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
/// room for the next one. The sentences of all clusters are embedded in one call, and again only where quotes are missing.
fn quotes(setting: Setting<'_>, texts: &[Vec<usize>], directions: &[&[f32]]) -> Result<Vec<Vec<(usize, Span)>>, Error> {
    let mut quotes: Vec<Vec<(usize, Span)>> = vec![Vec::new(); texts.len()];
    let mut said: Vec<HashSet<String>> = vec![HashSet::new(); texts.len()];
    let mut next = vec![0; texts.len()];
    loop {
        let mut asked: Vec<(usize, usize)> = Vec::new();
        for (cluster, texts) in texts.iter().enumerate() {
            let wanted = texts[next[cluster]..].iter().take(QUOTES - quotes[cluster].len());
            asked.extend(wanted.clone().map(|&text| (cluster, text)));
            next[cluster] += wanted.len();
        }
        if asked.is_empty() {
            return Ok(quotes);
        }
        let target = |&(cluster, text): &(usize, usize)| (setting.corpus.text(text), directions[cluster]);
        let targets: Vec<(&str, &[f32])> = asked.iter().map(target).collect();
        for (&(cluster, text), span) in asked.iter().zip(best_sentences(&targets, setting.embedder)?) {
            let Some(span) = span else { continue };
            let words = plain(&setting.corpus.text(text)[span.start..span.end]);
            if said[cluster].insert(words) {
                quotes[cluster].push((text, span));
            }
        }
    }
}
