//! The Cholesky decomposition of a positive definite matrix, and what is solved with it.

use ndarray::{Array2, ArrayView1, Axis};

/// What is added to the diagonal of a matrix before it is inverted.
const ROUNDING: f64 = 1e-3;

/// The inverse of a symmetric matrix whose eigenvalues are positive but for rounding.
pub fn inverse(mut a: Array2<f64>) -> Array2<f64> {
    a.diag_mut().iter_mut().for_each(|value| *value += ROUNDING);
    cholesky(&mut a);
    solve(&a, Array2::eye(a.nrows()))
}

/// The first `count` values of a row.
fn before(a: &Array2<f64>, row: usize, count: usize) -> ArrayView1<'_, f64> {
    a.row(row).split_at(Axis(0), count).0
}

/// The lower triangle L with L Lᵀ = a, in place; a is positive definite.
pub fn cholesky(a: &mut Array2<f64>) {
    let size = a.nrows();
    for column in 0..size {
        for row in column..size {
            let known = before(a, row, column).dot(&before(a, column, column));
            let left = a[(row, column)] - known;
            a[(row, column)] = if row == column { left.max(1e-12).sqrt() } else { left / a[(column, column)] };
        }
    }
}

/// Solves L Lᵀ x = b for each column of b.
pub fn solve(lower: &Array2<f64>, mut b: Array2<f64>) -> Array2<f64> {
    let size = lower.nrows();
    for row in 0..size {
        for before in 0..row {
            let (factor, known) = (lower[(row, before)], b.row(before).to_owned());
            b.row_mut(row).scaled_add(-factor, &known);
        }
        let pivot = lower[(row, row)];
        b.row_mut(row).mapv_inplace(|value| value / pivot);
    }
    for row in (0..size).rev() {
        for after in row + 1..size {
            let (factor, known) = (lower[(after, row)], b.row(after).to_owned());
            b.row_mut(row).scaled_add(-factor, &known);
        }
        let pivot = lower[(row, row)];
        b.row_mut(row).mapv_inplace(|value| value / pivot);
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_small_system_is_solved() {
        let a = array![[4.0, 2.0, 0.6], [2.0, 5.0, 1.0], [0.6, 1.0, 3.0]];
        let x = array![[1.0, -1.0], [2.0, 0.5], [-3.0, 4.0]];
        let mut lower = a.clone();
        cholesky(&mut lower);
        assert!((solve(&lower, a.dot(&x)) - x).iter().all(|error| error.abs() < 1e-9));
    }
}
