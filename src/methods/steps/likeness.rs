//! How alike documents and the entries of a codebook are: both sides centered, entries as anchored k-means seeds, shares by a
//! temperature that documents' neighbors decide.

use rayon::prelude::*;

use crate::cluster::{Neighborhoods, neighbor_index};
use crate::codebook::Entry;
use crate::decision::{Centered, largest, shares};
use crate::embed::Embedder;
use crate::error::Error;
use crate::methods::Setting;
use crate::observer::Silent;
use crate::vectors::{Embeddings, normalise};

/// Steps of k-means from the entries' words. Chosen on the sets of evals/CODEBOOK.md, where more gained nothing.
const STEPS: usize = 5;
/// What an entry's words weigh in its mean, in documents: so many times the number that each entry would have if all had as many.
const ANCHOR: f64 = 0.5;
/// Documents that are compared at once; the sums of each such part are added in order, whatever the threads.
const AT_A_TIME: usize = 4_096;
/// Texts on which the temperature is fitted at most.
const FITTED_ON: usize = 5_000;
/// The temperatures tried: from sharp to blunt, in equal ratios.
const SHARPEST: f64 = 0.01;
const BLUNTEST: f64 = 1.0;
const TRIED: usize = 60;

/// Nearest others of a document that are looked at with it, at most, and half as many as an entry of average size has documents: more
/// would be of other entries.
const NEIGHBORS: usize = 10;

/// The nearest others of every document.
pub fn neighborhoods(setting: Setting<'_>) -> Neighborhoods {
    neighbor_index(setting.embeddings).neighborhoods(neighbors(setting))
}

/// How many they are.
pub fn neighbors(setting: Setting<'_>) -> usize {
    let each = setting.embeddings.len() / setting.given().len().max(1);
    (each / 2).clamp(1, NEIGHBORS)
}

/// Documents beside the m entries of a codebook.
pub struct Likeness<'a> {
    /// n×d.
    pub documents: Centered<'a>,
    /// m×d: the entries' own words, centered.
    pub words: Embeddings,
    /// m×d: the means of the documents that are like them, held near the words.
    pub means: Embeddings,
    /// For each of n texts the entry whose mean it is nearest to.
    pub nearest: Vec<usize>,
    /// What differences of likeness are divided by before they become shares.
    pub temperature: f64,
}

impl<'a> Likeness<'a> {
    /// Compares all documents with the entries.
    ///
    /// # Errors
    /// When the embedder cannot be run.
    pub fn new(setting: Setting<'a>, entries: &[Entry], near: &Neighborhoods) -> Result<Likeness<'a>, Error> {
        let weights = setting.corpus.weights();
        let documents = Centered::weighted(setting.embeddings, &weights);
        let words = entry_vectors(entries, setting.embedder, &documents.mean)?;
        let means = anchored(&documents, &words, &weights);
        let nearest = documents.each(&means, |_, cosines| largest(&cosines));
        let mut likeness = Likeness { documents, words, means, nearest, temperature: BLUNTEST };
        likeness.temperature = likeness.fitted_temperature(near);
        Ok(likeness)
    }

    /// How probable each entry is for each text (n×m): what is known of it before any answer.
    pub fn shares(&self) -> Vec<Vec<f32>> {
        let temperature = self.temperature;
        self.documents.each(&self.means, |_, cosines| shares(&cosines, temperature))
    }

    /// For each text its cosine to the mean of one entry (n).
    pub fn cosines(&self, entry: usize) -> Vec<f32> {
        let mean = self.means.select(&[entry]);
        self.documents.each(&mean, |_, cosines| cosines[0])
    }

    /// For each text how much it is like each entry's own words, in standard deviations over the documents, what `of` keeps of it.
    pub fn standing<T: Send>(&self, of: impl Fn(&[f32]) -> T + Sync) -> Vec<T> {
        let moments = self.moments();
        self.documents.each(&self.words, |_, mut cosines| {
            cosines.iter_mut().zip(&moments).for_each(|(cosine, (mean, spread))| *cosine = (*cosine - mean) / spread);
            of(&cosines)
        })
    }

    /// Mean and standard deviation of the documents' likeness to each entry's words.
    pub fn moments(&self) -> Vec<(f32, f32)> {
        let (n, m) = (self.nearest.len(), self.words.len());
        let offsets = self.documents.offsets(&self.words);
        let part = |start: usize| {
            let mut sums = vec![(0.0_f64, 0.0_f64); m];
            for row in start..(start + AT_A_TIME).min(n) {
                let cosines = self.documents.cosines(row, &self.words, &offsets);
                sums.iter_mut().zip(cosines).for_each(|(sum, cosine)| {
                    sum.0 += f64::from(cosine);
                    sum.1 += f64::from(cosine).powi(2);
                });
            }
            sums
        };
        let starts: Vec<usize> = (0..n).step_by(AT_A_TIME).collect();
        let parts: Vec<Vec<(f64, f64)>> = starts.into_par_iter().map(part).collect();
        let of = |entry: usize| {
            let (sum, squares) = parts.iter().fold((0.0, 0.0), |(a, b), part| (a + part[entry].0, b + part[entry].1));
            let mean = sum / n as f64;
            (mean as f32, (squares / n as f64 - mean * mean).max(1e-9).sqrt() as f32)
        };
        (0..m).map(of).collect()
    }

    /// The temperature at which a document's shares best foretell the entries of its neighbors: no label is needed for it, and
    /// what neighbors do not share is no certainty.
    fn fitted_temperature(&self, near: &Neighborhoods) -> f64 {
        let n = self.nearest.len();
        let offsets = self.documents.offsets(&self.means);
        let rows: Vec<usize> = (0..n).step_by(n.div_ceil(FITTED_ON).max(1)).collect();
        let cosines: Vec<Vec<f32>> =
            rows.par_iter().map(|&row| self.documents.cosines(row, &self.means, &offsets)).collect();
        let surprise = |temperature: f64| -> f64 {
            let of = |(&row, cosines): (&usize, &Vec<f32>)| -> f64 {
                let shares = shares(cosines, temperature);
                let told =
                    |other: &crate::cluster::Neighbor| f64::from(shares[self.nearest[other.index]].max(1e-9)).ln();
                -near.of[row].iter().map(told).sum::<f64>()
            };
            rows.iter().zip(&cosines).map(of).sum()
        };
        let ratio = (BLUNTEST / SHARPEST).powf(1.0 / (TRIED - 1) as f64);
        let tried: Vec<f64> = (0..TRIED as i32).map(|step| SHARPEST * ratio.powi(step)).collect();
        let surprises: Vec<f64> = tried.par_iter().map(|&temperature| surprise(temperature)).collect();
        let best = (0..TRIED).min_by(|&a, &b| surprises[a].total_cmp(&surprises[b]).then(a.cmp(&b)));
        best.map_or(BLUNTEST, |best| tried[best])
    }
}

/// The entries' words as directions among the centered documents (m×d): the mean of an entry's label, its predicate, both together
/// and its examples, less the mean of all entries, or, where these are few, also of the documents' `mean`.
pub fn entry_vectors(entries: &[Entry], embedder: &dyn Embedder, mean: &[f32]) -> Result<Embeddings, Error> {
    let said = |entry: &Entry| {
        let own = [format!("{}: {}", entry.label, entry.predicate), entry.predicate.clone(), entry.label.clone()];
        own.into_iter().chain(entry.examples.iter().cloned()).collect::<Vec<String>>()
    };
    let texts: Vec<Vec<String>> = entries.iter().map(said).collect();
    let all: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
    let vectors = embedder.embed(&all, &Silent)?.embeddings;
    let (d, mut next) = (vectors.dimensions(), 0);
    let mut words = Vec::with_capacity(entries.len() * d);
    for texts in &texts {
        let mut own = vec![0.0_f32; d];
        for row in next..next + texts.len() {
            own.iter_mut().zip(vectors.row(row)).for_each(|(sum, value)| *sum += value);
        }
        next += texts.len();
        normalise(&mut own);
        words.extend(own);
    }
    // A single entry has nothing to be compared with but the documents.
    let (m, each) = (entries.len() as f32, 1.0 / entries.len() as f32);
    let center: Vec<f32> = (0..d)
        .map(|place| {
            let sum: f32 = words.iter().skip(place).step_by(d).sum();
            (m - 1.0) / m * (sum / m) + each * mean[place]
        })
        .collect();
    for row in words.chunks_mut(d) {
        row.iter_mut().zip(&center).for_each(|(value, center)| *value -= center);
        normalise(row);
    }
    Ok(Embeddings::new(words, d))
}

/// The means of the documents that are like each entry (m×d), in a few steps of k-means from the entries' words, which stay in them
/// with a weight of their own: an entry of few documents is mostly its words.
fn anchored(documents: &Centered<'_>, words: &Embeddings, weights: &[f64]) -> Embeddings {
    let (m, d) = (words.len(), words.dimensions());
    let anchor = ANCHOR * weights.iter().sum::<f64>() / m as f64;
    let mut means = words.clone();
    for _ in 0..STEPS {
        let nearest = documents.each(&means, |_, cosines| largest(&cosines));
        let mut members = vec![Vec::new(); m];
        nearest.into_iter().enumerate().for_each(|(row, entry)| members[entry].push(row));
        let of = |entry: usize| {
            let own: f64 = members[entry].iter().map(|&row| weights[row]).sum();
            let mut mean = documents.mean_of(&members[entry], weights);
            let (held, moved) = ((anchor / (own + anchor)) as f32, (own / (own + anchor)) as f32);
            mean.iter_mut().zip(words.row(entry)).for_each(|(value, word)| *value = moved * *value + held * word);
            normalise(&mut mean);
            mean
        };
        let moved: Vec<Vec<f32>> = (0..m).into_par_iter().map(of).collect();
        means = Embeddings::new(moved.concat(), d);
    }
    means
}
