//! What documents in no group are about: groups by wording, proposed to a person.

use super::explain::{means, ranked};
use crate::cluster::{KMeans, Neighbor, kmeans};
use crate::embed::Embedder;
use crate::error::Error;
use crate::vectors::{Embeddings, dot};
use crate::wording::{Keyphrases, Reader, exemplars, labels};

/// Texts for each theme at least: fewer show none.
const EACH: usize = 4;
/// Texts that show a theme.
const SHOWN: usize = 3;

/// Texts that are looked at for themes.
pub struct Themeless<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// n: how many documents have the text.
    pub weights: &'a [f64],
    /// n×d.
    pub vectors: &'a Embeddings,
    /// The goal by which phrases are weighed; it may be empty.
    pub goal: &'a str,
    /// By which phrases are compared with the texts.
    pub embedder: &'a dyn Embedder,
}

/// What some texts are about, by their words.
#[derive(Debug)]
pub struct Theme {
    /// Keyphrases.
    pub label: String,
    /// Documents.
    pub size: usize,
    /// More keyphrases, the strongest first.
    pub keywords: Vec<String>,
    /// Texts that show what it is about.
    pub exemplars: Vec<usize>,
}

/// At most `most` themes of some texts, the largest first.
///
/// # Errors
/// When the embedder cannot be run.
pub fn themes(of: &Themeless<'_>, most: usize, seed: u64) -> Result<Vec<Theme>, Error> {
    let k = most.min(of.texts.len() / EACH);
    if k == 0 {
        return Ok(Vec::new());
    }
    let vectors = of.vectors;
    let members = kmeans(vectors, of.weights, KMeans::new(k, seed))?.members();
    let counts = Keyphrases::count(of.texts, of.weights, &members, Reader::Person);
    let means = means(vectors, &members);
    let wordings = labels(&counts, &means, of.goal, of.embedder)?;
    let theme = |(group, members): (usize, &Vec<usize>)| {
        let near = |&index: &usize| Neighbor { index, similarity: dot(means.row(group), vectors.row(index)) };
        Theme {
            label: wordings[group].label.clone(),
            size: members.iter().map(|&index| of.weights[index]).sum::<f64>() as usize,
            keywords: wordings[group].keywords.clone(),
            exemplars: exemplars(vectors, &ranked(members.iter().map(near).collect()), SHOWN),
        }
    };
    let mut themes: Vec<Theme> = members.iter().enumerate().map(theme).collect();
    themes.sort_by_key(|theme| std::cmp::Reverse(theme.size));
    Ok(themes)
}
