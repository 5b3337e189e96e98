//! Class means, refined by k-means steps over all documents.

use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis};

use super::{Core, FeatureSpace};
use crate::vectors::{argmax, product, view};

/// Steps of k-means.
const STEPS: usize = 10;
/// What a class's direction weighs beside its answers.
const DIRECTION: f32 = 0.5;
/// How much of a class mean stays with the answers.
const HELD: f32 = 0.5;
/// The cosine of what can be no class.
const NEVER: f32 = -1.0;

/// Whether the means stay near the answers while they are refined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Directions are seeds only: plain k-means.
    Free,
    /// Half of each mean stays with the answers.
    Answers,
}

/// The class means (m×d) among the centred documents. `directions` (m×d) are where a class begins; one without direction and
/// answers has a zero row.
pub fn means(space: &FeatureSpace<'_>, core: &Core, directions: &Array2<f32>, hold: Hold) -> Array2<f32> {
    let documents = view(&space.centred);
    let anchors = anchors(documents, core, directions);
    let held = if hold == Hold::Free { 0.0 } else { HELD };
    let mut centres = anchors.clone();
    for _ in 0..STEPS {
        let scores = cosines(documents, &centres);
        let sums = sums(documents, core, &scores);
        for (class, mut centre) in centres.axis_iter_mut(Axis(0)).enumerate() {
            let sum = sums.row(class);
            let length = sum.dot(&sum).sqrt();
            if length > 0.0 && anchors.row(class).iter().any(|&value| value != 0.0) {
                centre.assign(&(&sum * ((1.0 - held) / length) + &anchors.row(class) * held));
                scale(centre);
            }
        }
    }
    centres
}

/// The mean of each class's answers and its direction (m×d), of unit length; zero where nothing is known.
fn anchors(documents: ArrayView2<'_, f32>, core: &Core, directions: &Array2<f32>) -> Array2<f32> {
    let mut anchors = directions * DIRECTION;
    for (member, &document) in core.documents.iter().enumerate() {
        add(&mut anchors, documents, document, core, member);
    }
    anchors.axis_iter_mut(Axis(0)).for_each(scale);
    anchors
}

fn add(sums: &mut Array2<f32>, documents: ArrayView2<'_, f32>, document: usize, core: &Core, member: usize) {
    for (class, &share) in core.answers.row(member).iter().enumerate().filter(|(_, share)| **share > 0.0) {
        sums.row_mut(class).scaled_add(share, &documents.row(document));
    }
}

fn scale(mut row: ArrayViewMut1<'_, f32>) {
    let length = row.dot(&row).sqrt();
    if length > 0.0 {
        row.iter_mut().for_each(|value| *value /= length);
    }
}

/// The cosine of every centred document to every class mean (n×m); to a class of which nothing is known the lowest there is.
pub fn cosines(documents: ArrayView2<'_, f32>, centres: &Array2<f32>) -> Array2<f32> {
    let mut scores = product(documents, centres.view());
    for (class, centre) in centres.axis_iter(Axis(0)).enumerate() {
        if centre.iter().all(|&value| value == 0.0) {
            scores.column_mut(class).fill(NEVER);
        }
    }
    scores
}

/// The sum of each class's documents: core documents by their answers, all others by their nearest centre.
fn sums(documents: ArrayView2<'_, f32>, core: &Core, scores: &Array2<f32>) -> Array2<f32> {
    let mut member = vec![None; documents.nrows()];
    core.documents.iter().enumerate().for_each(|(index, &document)| member[document] = Some(index));
    let mut sums = Array2::zeros((scores.ncols(), documents.ncols()));
    for (document, member) in member.into_iter().enumerate() {
        match member {
            Some(index) => add(&mut sums, documents, document, core, index),
            None => sums.row_mut(argmax(scores.row(document))).scaled_add(1.0, &documents.row(document)),
        }
    }
    sums
}
