//! A square of numbers, one for each pair of columns.

/// f×f numbers, row by row.
#[derive(Debug, Clone)]
pub(super) struct Square {
    size: usize,
    values: Vec<f64>,
}

impl Square {
    /// The same number everywhere.
    pub fn new(size: usize, value: f64) -> Square {
        Square { size, values: vec![value; size * size] }
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.size..][..self.size]
    }

    /// One row, to be changed.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * self.size..][..self.size]
    }

    /// Adds to a pair, at both of its places.
    pub fn add(&mut self, left: usize, right: usize, value: f64) {
        self.values[left * self.size + right] += value;
        self.values[right * self.size + left] += value;
    }

    /// The rows and columns of `kept` alone.
    pub fn restricted(&self, kept: &[usize]) -> Square {
        let rows = kept.iter().map(|row| self.row(*row));
        let values = rows.flat_map(|row| kept.iter().map(|column| row[*column])).collect();
        Square { size: kept.len(), values }
    }

    /// Replaces a part of this one by as much of the other.
    pub fn mix(&mut self, other: &Square, part: f64) {
        self.values.iter_mut().zip(&other.values).for_each(|(own, other)| *own += part * (other - *own));
    }

    /// Replaces a part by as much of the mean of the other and its transpose.
    pub fn mix_symmetric(&mut self, other: &Square, part: f64) {
        self.values.iter_mut().for_each(|own| *own *= 1.0 - part);
        self.each_of(other, |own, value, transposed| *own += 0.5 * part * (value + transposed));
    }

    /// The squared distance from the transpose, each pair counted once.
    pub fn asymmetry(&self) -> f64 {
        let mut total = 0.0;
        for row in 0..self.size {
            for column in 0..row {
                let difference = self.values[row * self.size + column] - self.values[column * self.size + row];
                total += difference * difference;
            }
        }
        total
    }

    /// Adds a multiple of the other's difference from its transpose, and keeps what comes out between −`most` and `most`.
    pub fn add_asymmetry(&mut self, other: &Square, factor: f64, most: f64) {
        self.each_of(other, |own, value, transposed| *own = (*own + factor * (value - transposed)).clamp(-most, most));
    }

    /// Changes each number by the other's at the same place and at the transposed one.
    fn each_of(&mut self, other: &Square, change: impl Fn(&mut f64, f64, f64)) {
        for row in 0..self.size {
            for column in 0..self.size {
                let (place, transposed) = (row * self.size + column, column * self.size + row);
                change(&mut self.values[place], other.values[place], other.values[transposed]);
            }
        }
    }
}
