//! Small decisions of every kind.

use colligate::cluster::Centering;
use colligate::corpus::Languages;
use colligate::decision::{Added, Centers, Confidence, Decision, Learned, Level, Likeness, OutOfSample, Own};
use colligate::spread::Adapter;
use colligate::vectors::Embeddings;

use crate::fixture::{D, entries, groups, judged, texts};

/// One of every kind.
pub fn all() -> Vec<Learned> {
    let nowhere = judged(OutOfSample::Nowhere("nobody was asked".into()));
    let others = [
        Decision::Centers(centers()),
        Decision::Likeness(likeness()),
        Decision::Centers(centers()).with(added()),
        Decision::Likeness(likeness()).with(added()).with(added()),
    ]
    .map(learned);
    others.into_iter().chain([groups(), entries(), nowhere]).collect()
}

fn learned(decision: Decision) -> Learned {
    let clusters = ["a", "b", "c", "d"].map(str::to_owned).into();
    Learned { embedder: "e".into(), dimensions: D, clusters, decision }
}

fn added() -> Added {
    let mut added = Added {
        mean: vec![0.1, 0.0, 0.0],
        centers: Embeddings::new(vec![0.6, 0.8, 0.0], D),
        least: vec![0.5],
        clusters: vec![3],
        earlier: Embeddings::new(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0], D),
        stays: Vec::new(),
    };
    added.keep(texts().iter().map(String::as_str).take(2));
    added
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
