//! New clusters among texts that a run has placed, and which texts they take.

use crate::cluster::Centering;
use crate::decision::{Added, By, Placement};
use crate::methods::{Mixed, Novel};
use crate::vectors::{Embeddings, dot, group_means};

/// Texts and where the run puts them.
pub struct Placing<'a> {
    /// n distinct texts.
    pub texts: &'a [&'a str],
    /// n×d.
    pub vectors: &'a Embeddings,
    /// n.
    pub placements: &'a [Placement],
    /// K.
    pub clusters: usize,
    /// n: whether a document of the run carries it.
    pub is_former: &'a [bool],
    /// n: whether it came after the run was made, and is in no cluster that was added.
    pub is_later: &'a [bool],
}

/// What came of it.
pub struct Growth {
    /// The clusters that were added, numbered on from K.
    pub added: Added,
    /// n: where the texts are now.
    pub placements: Vec<Placement>,
}

impl Placing<'_> {
    /// New clusters, if there are any.
    pub fn growth(&self, seed: u64) -> Option<Growth> {
        let mean = self.mean();
        let centering = Centering::from_means(Some(Embeddings::new(mean.clone(), mean.len())));
        let compared = centering.of(self.vectors, &vec![0; self.texts.len()]);
        let earlier = self.earlier(&compared);
        let own: Vec<f32> = (0..self.texts.len()).map(|text| self.own(text, &compared, &earlier)).collect();
        let may_join: Vec<bool> = (0..self.texts.len()).map(|text| self.may_join(text)).collect();
        let mixed = Mixed { vectors: &compared, is_later: self.is_later, may_join: &may_join, own: &own };
        let mut novel = mixed.novel(seed);
        // A cluster whose texts are all nearer to another one is none.
        while !novel.is_empty() {
            let growth = self.grown(&novel, &mean, &earlier, &may_join);
            let sizes = growth.sizes(self.clusters, novel.len());
            if sizes.iter().all(|&size| size > 0) {
                return Some(growth);
            }
            let mut sizes = sizes.into_iter();
            novel.retain(|_| sizes.next().is_some_and(|size| size > 0));
        }
        None
    }

    /// The mean of all texts (d).
    fn mean(&self) -> Vec<f32> {
        let mut sums = vec![0.0_f64; self.vectors.dimensions()];
        for text in 0..self.vectors.len() {
            sums.iter_mut().zip(self.vectors.row(text)).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        sums.into_iter().map(|sum| (sum / self.vectors.len().max(1) as f64) as f32).collect()
    }

    /// The directions of the clusters, by the documents of the run (K×d); a cluster without any has none.
    fn earlier(&self, compared: &Embeddings) -> Embeddings {
        let d = compared.dimensions();
        let held = (0..self.texts.len()).filter(|&text| self.is_former[text]).map(|text| (text, self.held(text)));
        let means = group_means(compared, held, self.clusters, &vec![0.0; d]);
        Embeddings::new(means.into_iter().flat_map(|mean| mean.unwrap_or_else(|| vec![0.0; d])).collect(), d)
    }

    fn held(&self, text: usize) -> Vec<usize> {
        match &self.placements[text] {
            Placement::In(held) => held.iter().map(|place| place.cluster).collect(),
            _ => Vec::new(),
        }
    }

    fn own(&self, text: usize, compared: &Embeddings, earlier: &Embeddings) -> f32 {
        let cosine = |cluster: usize| dot(compared.row(text), earlier.row(cluster));
        self.held(text).into_iter().map(cosine).fold(-1.0, f32::max)
    }

    /// Whether a new cluster may take a text: one that is in none, or one that just came and that the model has not placed.
    fn may_join(&self, text: usize) -> bool {
        match &self.placements[text] {
            Placement::In(held) => !self.is_former[text] && held.iter().all(|place| place.by != By::Model),
            Placement::Uncovered(_) => true,
            Placement::Failed(_) => false,
        }
    }

    fn grown(&self, novel: &[Novel], mean: &[f32], earlier: &Embeddings, may_join: &[bool]) -> Growth {
        let mut added = Added {
            mean: mean.to_vec(),
            centers: Embeddings::new(novel.iter().flat_map(|one| one.center.clone()).collect(), mean.len()),
            least: novel.iter().map(|one| one.least).collect(),
            clusters: (self.clusters..self.clusters + novel.len()).collect(),
            earlier: earlier.clone(),
            stays: Vec::new(),
        };
        let is_taken = |&text: &usize| added.taken(self.vectors.row(text), &self.placements[text]).is_some();
        let staying: Vec<usize> = (0..self.texts.len()).filter(|&text| !may_join[text]).filter(is_taken).collect();
        added.keep(staying.into_iter().map(|text| self.texts[text]));
        let mut placements = self.placements.to_vec();
        added.take(self.texts, self.vectors, &mut placements);
        Growth { added, placements }
    }
}

impl Growth {
    /// Texts in each of m added clusters, numbered on from `first`.
    fn sizes(&self, first: usize, m: usize) -> Vec<usize> {
        let mut sizes = vec![0; m];
        self.members(first, m).iter().enumerate().for_each(|(one, members)| sizes[one] = members.len());
        sizes
    }

    /// The texts of each of m added clusters, numbered on from `first`.
    pub fn members(&self, first: usize, m: usize) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); m];
        for (text, placement) in self.placements.iter().enumerate() {
            let Placement::In(held) = placement else { continue };
            held.iter()
                .filter(|place| place.cluster >= first)
                .for_each(|place| members[place.cluster - first].push(text));
        }
        members
    }
}
