//! Small decisions of judged documents, for the tests of this room and, by its path, for the fuzz targets.

use std::borrow::Cow;

use ndarray::Array2;

use crate::decision::{
    Alike, By, Decision, Inferred, Judged, Known, Learned, OutOfSample, Own, Place, Placement, Prior,
};
use crate::seed::sha256_hex;
use crate::spread::features::{Space, spaces};
use crate::spread::{Adapter, Calibrated, Core, Ensemble, FeatureSpace, SoftLabels, Start, Terms, validate};
use crate::vectors::Embeddings;

/// d of all of them.
pub const D: usize = 3;

/// Twelve texts in canonical order.
pub fn texts() -> Vec<String> {
    let mut texts: Vec<String> = (0..12)
        .map(|n| format!("{} {n} {}", ["a boat in the harbour", "fresh bread"][n % 2], ["!", ".\nNo"][n / 2 % 2]))
        .collect();
    texts.sort_by_key(|text| sha256_hex(text));
    texts
}

/// Vectors of such texts (n×d).
pub fn vectors(texts: &[&str]) -> Embeddings {
    let row = |text: &&str| if text.contains("boat") { [0.8, 0.6, 0.0] } else { [0.0, 0.6, 0.8] };
    Embeddings::new(texts.iter().flat_map(row).collect(), D)
}

/// Every classifier in every space, learned from twelve texts.
pub fn inferred(prior: Known) -> Inferred {
    let own = texts();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let embeddings = vectors(&own);
    let adapter = Adapter::from_rows(&Embeddings::new(vec![1.0, 0.1, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.9], D));
    let all: Vec<Space> =
        [Space::Plain].into_iter().chain(spaces(&own, 1)).chain([Space::Perspective(adapter)]).collect();
    let ground = |space: &Space| FeatureSpace::new(space.name(), Cow::Owned(space.rows(&own, &embeddings)));
    let feature_spaces: Vec<FeatureSpace<'_>> = all.iter().map(ground).collect();
    let answers = Array2::from_shape_fn((12, 3), |(text, class)| {
        f32::from(u8::from(class == usize::from(!own[text].contains("boat"))))
    });
    let core = Core { documents: (0..12).collect(), answers, times: vec![1.0; 12], escalated: vec![false; 12] };
    let start = Start::unknown(&feature_spaces[0], 3);
    let among: Vec<usize> = (0..feature_spaces.len()).collect();
    let terms = Terms { thin: true, by_letter: false, seed: 1 };
    let soft_labels = SoftLabels::taken(core);
    let mut validation = validate(&feature_spaces, &among, &soft_labels, &start, terms).unwrap();
    validation.mixtures = among
        .iter()
        .map(|&space| validate(&feature_spaces, &[space], &soft_labels, &start, terms).unwrap().mixtures.remove(0))
        .collect();
    Inferred {
        ground: (0..12).collect(),
        of_texts: all.iter().map(|space| space.of_texts(&own)).collect(),
        ensemble: Ensemble::learn(&feature_spaces, &soft_labels.believed, &start, &validation).unwrap(),
        spaces: all,
        prior: Some(Prior { weight: 0.35, known: prior }),
        calibrated: Some(Calibrated { sharpness: 1.5, lapse: 0.1, shifts: vec![0.1; 3], base: vec![0.5, 0.25, 0.25] }),
        most: 0.9,
        clusters: vec![Some(1), Some(0)],
        none: "no group seems to hold".into(),
    }
}

/// The answers on the first of them, and what is inferred of others.
pub fn judged(others: OutOfSample) -> Learned {
    let own = texts();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let mut places = vec![None; 12];
    places[0] = Some(Placement::In(vec![Place::new(1, By::Model, 0.7), Place::new(0, By::Spread, 1.0 / 3.0)]));
    places[3] = Some(Placement::Uncovered("none".into()));
    places[4] = Some(Placement::Failed("none".into()));
    places[5] = Some(Placement::Failed("the answer was no choice".into()));
    let own = Own::new(&own, &(0..12).collect::<Vec<_>>());
    let decision = Decision::Judged(Judged { own, places, others });
    Learned { embedder: "e".into(), dimensions: D, clusters: ["a", "b"].map(str::to_owned).into(), decision }
}

/// Where the groups are known by their vectors.
pub fn groups() -> Learned {
    inferring(Known::Groups(vec![(1, vec![1.0, 0.0, 0.0]), (0, vec![0.0, 0.0, 1.0]), (1, vec![0.0, 1.0, 0.0])]))
}

/// Where they are known by the entries of a codebook.
pub fn entries() -> Learned {
    let means = Embeddings::new(vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0], D);
    let alike = Alike { mean: vec![0.1; D], means, temperature: 0.2 };
    inferring(Known::Entries { alike, entries: vec![Some(1), None] })
}

fn inferring(prior: Known) -> Learned {
    judged(OutOfSample::Inferred(Box::new(inferred(prior))))
}
