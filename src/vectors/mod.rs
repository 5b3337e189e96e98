//! Vectors and matrices: rows of unit length, their bytes and their file, and the linear algebra that everything above shares.
//!
//! Every sum is taken in a fixed order, so that results are the same to the bit for any number of threads.

mod cholesky;
mod matrix;
mod npy;
pub mod safetensors;
mod softmax;

pub use cholesky::{cholesky, inverse, solve};
pub use matrix::{Mean, argmax, each_row, group_means, inner_products, margin, product, view};
pub use npy::{read_npy, read_npy_from, write_npy, write_npy_rows};
pub use softmax::{log_softmax, softmax};

/// The little-endian bytes of values.
pub fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The values of little-endian bytes; none where they end within a value.
pub fn from_bytes(bytes: &[u8]) -> Option<Vec<f32>> {
    let (values, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| values.iter().map(|value| f32::from_le_bytes(*value)).collect())
}

/// n unit vectors of d dimensions, row after row (n×d, f32).
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    values: Vec<f32>,
    dimensions: usize,
}

impl Embeddings {
    /// From n·d values, row after row.
    ///
    /// # Panics
    /// When the values are not whole rows.
    pub fn new(values: Vec<f32>, dimensions: usize) -> Embeddings {
        assert!(dimensions > 0 && values.len().is_multiple_of(dimensions), "values must be whole rows");
        Embeddings { values, dimensions }
    }

    /// n.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// Whether n is 0.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// d.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Row `index` (d).
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dimensions..(index + 1) * self.dimensions]
    }

    /// All values, row after row (n·d).
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The rows at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Embeddings {
        let mut values = Vec::with_capacity(indices.len() * self.dimensions);
        indices.iter().for_each(|&index| values.extend_from_slice(self.row(index)));
        Embeddings::new(values, self.dimensions)
    }
}

/// The inner product of two vectors of one length, summed in a fixed order: the cosine, for unit vectors.
pub fn dot(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (left_blocks, left_rest) = left.as_chunks::<LANES>();
    let (right_blocks, right_rest) = right.as_chunks::<LANES>();
    for (a, b) in left_blocks.iter().zip(right_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Scales a vector to length one; a zero vector stays as it is.
pub fn normalise(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// Whether a vector is a direction: finite, and of length one but for rounding.
pub fn is_unit(vector: &[f32]) -> bool {
    // A sum with a value in it that is not finite is not near one.
    (dot(vector, vector) - 1.0).abs() < 1e-3
}
