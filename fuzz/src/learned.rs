//! Small decisions of every kind.

use std::borrow::Cow;

use colligate::cluster::Centering;
use colligate::corpus::Languages;
use colligate::decision::{
    Alike, By, Centers, Confidence, Decision, Inferred, Judged, Known, Learned, Level, Likeness, OutOfSample, Own,
    Placement, Prior,
};
use colligate::seed::sha256_hex;
use colligate::spread::features::{Space, spaces};
use colligate::spread::{Adapter, Calibrated, Core, Ensemble, FeatureSpace, SoftLabels, Start, Terms, validate};
use colligate::vectors::Embeddings;
use ndarray::Array2;

const D: usize = 3;

/// One of every kind.
pub fn all() -> Vec<Learned> {
    let groups = Known::Groups(vec![(1, vec![1.0, 0.0, 0.0]), (0, vec![0.0, 0.0, 1.0])]);
    let means = Embeddings::new(vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0], D);
    let alike = Alike { mean: vec![0.1; D], means, temperature: 0.2 };
    let entries = Known::Entries { alike, entries: vec![Some(1), None] };
    let nowhere = OutOfSample::Nowhere("nobody was asked".into());
    let others = [groups, entries].map(|known| OutOfSample::Inferred(Box::new(inferred(known))));
    let judged = others.into_iter().chain([nowhere]).map(judged);
    [Decision::Centers(centers()), Decision::Likeness(likeness())].into_iter().chain(judged).map(learned).collect()
}

/// Twelve texts in canonical order.
pub fn texts() -> Vec<String> {
    let text =
        |n: usize| format!("{} {n} {}", ["a boat in the harbour", "fresh bread"][n % 2], ["!", ".\nNo"][n / 2 % 2]);
    let mut texts: Vec<String> = (0..12).map(text).collect();
    texts.sort_by_key(|text| sha256_hex(text));
    texts
}

fn learned(decision: Decision) -> Learned {
    let clusters = ["a", "b", "c", "d"].map(str::to_owned).into();
    Learned { embedder: "e".into(), dimensions: D, clusters, decision }
}

fn own() -> Own {
    let texts = texts();
    Own::new(&texts.iter().map(String::as_str).collect::<Vec<_>>(), &(0..12).collect::<Vec<_>>())
}

fn centers() -> Centers {
    let rows = |values: &[f32]| Embeddings::new(values.to_vec(), D);
    let top = Level {
        centroids: rows(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        parents: Vec::new(),
        clusters: vec![Some(0), Some(1)],
        confidence: Confidence::Share(0.1),
    };
    let parts = Level {
        centroids: rows(&[1.0, 0.0, 0.0, 0.8, 0.6, 0.0, 0.0, 1.0, 0.0]),
        parents: vec![0, 0, 1],
        clusters: vec![Some(2), Some(3), None],
        confidence: Confidence::CosineTo(rows(&[1.0, 0.0, 0.0, 0.8, 0.6, 0.0, 0.0, 1.0, 0.0])),
    };
    Centers {
        adapter: Some(Adapter::from_rows(&rows(&[1.0, 0.1, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0, 1.0]))),
        languages: Languages::from_codes(&["eng".into(), "deu".into()]).expect("there are these languages"),
        centering: Centering::from_means(Some(rows(&[0.1, 0.0, 0.0, 0.0, 0.1, 0.0]))),
        levels: vec![top, parts],
    }
}

fn likeness() -> Likeness {
    let unit = || Embeddings::new(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0], D);
    Likeness {
        mean: vec![0.1, 0.2, 0.0],
        words: unit(),
        means: unit(),
        moments: vec![(0.0, 1.0), (0.1, 0.5)],
        temperature: 0.1,
        least: 0.2,
        neighbors: 2,
        clusters: vec![1, 0],
        own: own(),
        fits: vec![0.5; 12],
        best: vec![0.5; 12],
    }
}

fn judged(others: OutOfSample) -> Decision {
    let mut places = vec![None; 12];
    places[0] = Some(Placement::In(vec![(1, By::Model, 0.7), (0, By::Spread, 1.0 / 3.0)]));
    places[3] = Some(Placement::Uncovered("none".into()));
    places[4] = Some(Placement::Failed("none".into()));
    Decision::Judged(Judged { own: own(), places, others })
}

/// Every classifier in every space, learned from twelve texts.
fn inferred(known: Known) -> Inferred {
    let own = texts();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let row = |text: &&str| if text.contains("boat") { [0.8, 0.6, 0.0] } else { [0.0, 0.6, 0.8] };
    let embeddings = Embeddings::new(own.iter().flat_map(row).collect(), D);
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
    let tried = |among: &[usize]| {
        validate(&feature_spaces, among, &soft_labels, &start, terms).expect("twelve texts can be learned from")
    };
    let mut validation = tried(&among);
    validation.mixtures = among.iter().map(|&space| tried(&[space]).mixtures.remove(0)).collect();
    Inferred {
        ground: (0..12).collect(),
        of_texts: all.iter().map(|space| space.of_texts(&own)).collect(),
        ensemble: Ensemble::learn(&feature_spaces, &soft_labels.believed, &start, &validation).expect("it learns"),
        spaces: all,
        prior: Some(Prior { weight: 0.35, known }),
        calibrated: Some(Calibrated { sharpness: 1.5, lapse: 0.1, shifts: vec![0.1; 3], base: vec![0.5, 0.25, 0.25] }),
        most: 0.9,
        clusters: vec![Some(1), Some(0)],
        none: "no group seems to hold".into(),
    }
}
