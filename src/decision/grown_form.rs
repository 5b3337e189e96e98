//! How clusters that were added later are written and read.

use serde::{Deserialize, Serialize};

use super::Added;
use super::tensors::Tensors;

/// What is no array of numbers.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddedForm {
    /// m: their clusters.
    clusters: Vec<usize>,
    /// K: clusters that were there before.
    earlier: usize,
    /// Texts that stay.
    stays: usize,
}

fn name(number: usize, of: &str) -> String {
    format!("added {number}: {of}")
}

impl AddedForm {
    /// Writes what an update, by its number, has added.
    pub fn put(added: &Added, number: usize, tensors: &mut Tensors) -> AddedForm {
        tensors.put_singles(&name(number, "mean"), &added.mean);
        tensors.put_rows(&name(number, "centers"), &added.centers);
        tensors.put_singles(&name(number, "least"), &added.least);
        tensors.put_rows(&name(number, "earlier"), &added.earlier);
        tensors.put_keys(&name(number, "stays"), &added.stays);
        AddedForm { clusters: added.clusters.clone(), earlier: added.earlier.len(), stays: added.stays.len() }
    }

    /// Reads it, for vectors of d values and so many clusters in all.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(self, number: usize, tensors: &Tensors, d: usize, count: usize) -> Result<Added, String> {
        let m = self.clusters.len();
        let stays = tensors.keys(&name(number, "stays"), self.stays)?;
        if m == 0 || self.earlier == 0 || self.earlier > count || !stays.is_sorted_by(|a, b| a < b) {
            return Err(format!("update {} adds no clusters, or to none, or its texts are not ascending", number + 1));
        }
        Ok(Added {
            mean: tensors.singles(&name(number, "mean"), d)?,
            centers: tensors.rows(&name(number, "centers"), m, d)?,
            least: tensors.singles(&name(number, "least"), m)?,
            clusters: self.clusters,
            earlier: tensors.rows(&name(number, "earlier"), self.earlier, d)?,
            stays,
        })
    }
}
