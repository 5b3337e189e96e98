//! Small matrix helpers, each summing in a fixed order.

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, Axis, Slice};
use rayon::prelude::*;

use super::{Embeddings, normalise};

/// Rows of one block of a product.
const BLOCK: usize = 512;

/// n×d rows as a matrix.
pub fn view(embeddings: &Embeddings) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((embeddings.len(), embeddings.dimensions()), embeddings.values())
        .expect("embeddings are whole rows; this is a bug")
}

/// Rows of d values each as a matrix.
fn rows_of(values: &[f32], dimensions: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((values.len() / dimensions, dimensions), values).expect("whole rows; this is a bug")
}

/// The inner products of a×d rows with b×d others: a×b, row after row in memory. So a row of them is a slice, in one
/// dimension too, where the product by itself has its columns together.
pub fn inner_products(rows: &[f32], others: &[f32], dimensions: usize) -> Array2<f32> {
    let products = rows_of(rows, dimensions).dot(&rows_of(others, dimensions).reversed_axes());
    if products.is_standard_layout() { products } else { products.as_standard_layout().into_owned() }
}

/// The mean of some rows (d).
#[derive(Debug, Clone, PartialEq)]
pub struct Mean(Vec<f32>);

impl Mean {
    /// The mean of n×d rows.
    pub fn of(embeddings: &Embeddings) -> Mean {
        let mut sums = vec![0.0_f64; embeddings.dimensions()];
        for row in 0..embeddings.len() {
            sums.iter_mut().zip(embeddings.row(row)).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let n = embeddings.len().max(1) as f64;
        Mean(sums.into_iter().map(|sum| (sum / n) as f32).collect())
    }

    /// Of d values that are known.
    pub fn from_values(values: Vec<f32>) -> Mean {
        Mean(values)
    }

    /// d.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// Rows less the mean, scaled to unit length.
    pub fn taken_from(&self, embeddings: &Embeddings) -> Embeddings {
        let d = embeddings.dimensions();
        let mut values = embeddings.values().to_vec();
        for row in values.chunks_mut(d) {
            row.iter_mut().zip(&self.0).for_each(|(value, mean)| *value -= mean);
            normalise(row);
        }
        Embeddings::new(values, d)
    }
}

/// The unit vectors of the means of m groups, seen from a point (d); none of a group without rows. `held` says of rows in which
/// groups they are.
pub fn group_means(
    embeddings: &Embeddings,
    held: impl IntoIterator<Item = (usize, impl IntoIterator<Item = usize>)>,
    m: usize,
    from: &[f64],
) -> Vec<Option<Vec<f32>>> {
    let mut sums = vec![(vec![0.0_f64; embeddings.dimensions()], 0_usize); m];
    for (row, groups) in held {
        for group in groups {
            let (sum, count) = &mut sums[group];
            sum.iter_mut().zip(embeddings.row(row)).for_each(|(sum, &value)| *sum += f64::from(value));
            *count += 1;
        }
    }
    let mean = |(sum, count): (Vec<f64>, usize)| {
        let mut mean: Vec<f32> =
            sum.iter().zip(from).map(|(sum, from)| (sum / count.max(1) as f64 - from) as f32).collect();
        normalise(&mut mean);
        (count > 0).then_some(mean)
    };
    sums.into_iter().map(mean).collect()
}

/// a (n×d) times b (m×d) transposed: n×m, block of rows by block of rows.
pub fn product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut result = Array2::zeros((a.nrows(), b.nrows()));
    let blocks: Vec<_> = result.axis_chunks_iter_mut(Axis(0), BLOCK).collect();
    blocks.into_par_iter().enumerate().for_each(|(block, mut rows)| {
        let from = block * BLOCK;
        let of_block = a.slice_axis(Axis(0), Slice::from(from..from + rows.nrows()));
        rows.assign(&of_block.dot(&b.t()));
    });
    result
}

/// Does something to each row, side by side.
pub fn each_row(matrix: &mut Array2<f32>, change: impl Fn(usize, ArrayViewMut1<'_, f32>) + Sync) {
    let rows: Vec<_> = matrix.axis_iter_mut(Axis(0)).collect();
    rows.into_par_iter().enumerate().for_each(|(index, row)| change(index, row));
}

/// The largest entry; of equals the first.
pub fn argmax(row: ArrayView1<'_, f32>) -> usize {
    let best = row.iter().enumerate().fold(
        (0, f32::NEG_INFINITY),
        |best, (index, &value)| {
            if value > best.1 { (index, value) } else { best }
        },
    );
    best.0
}

/// How far a row's best log posterior is ahead of its second: probabilities' difference, 0 to 1.
pub fn margin(row: ArrayView1<'_, f32>) -> f32 {
    let (mut first, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for &value in row {
        if value > first {
            (first, second) = (value, first);
        } else if value > second {
            second = value;
        }
    }
    first.exp() - second.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_stand_row_after_row_in_any_number_of_dimensions() {
        for (dimensions, wanted) in [(1, [3.0, 4.0, 6.0, 8.0].as_slice()), (2, &[11.0])] {
            let products = inner_products(&[1.0, 2.0], &[3.0, 4.0], dimensions);
            assert_eq!(products.as_slice(), Some(wanted));
        }
    }
}
