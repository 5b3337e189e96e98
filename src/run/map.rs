//! Where the documents of a run lie on a map: kept as `map.npy`, or laid out again from the run's vectors.

use std::fs::File;
use std::path::Path;

use super::FinishedRun;
use super::directory::{MAP, recorded_embeddings};
use crate::cluster::layout;
use crate::error::Error;
use crate::seed::sha256_hex;
use crate::text::open_regular;
use crate::vectors::{Embeddings, read_npy_from};

/// The map of a run, or why it has none.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentMap {
    /// A place for each row of `embeddings.npy` ([`FinishedRun::vector_rows`]).
    Points(Vec<[f32; 2]>),
    /// The run kept no texts: a map of them would say what is near to what.
    NoTexts,
    /// There are no vectors of which it could be made.
    NoVectors,
}

impl DocumentMap {
    /// Why there is no map, as a sentence.
    pub fn lacking(&self) -> Option<&'static str> {
        match self {
            DocumentMap::Points(_) => None,
            DocumentMap::NoTexts => Some("There is no map, because the run kept no texts."),
            DocumentMap::NoVectors => Some("There is no map, because the run's vectors are not there."),
        }
    }

    /// Places for n×d vectors, one of each of which `rows` are documents.
    pub fn of(embeddings: &Embeddings, rows: &[usize]) -> DocumentMap {
        let points = layout(embeddings);
        DocumentMap::Points(rows.iter().map(|row| points[*row]).collect())
    }

    /// The map of the run in a directory: the one that it has written, else one that is laid out now.
    pub fn read(path: &Path, run: &FinishedRun) -> DocumentMap {
        if run.manifest.is_without_texts() {
            return DocumentMap::NoTexts;
        }
        let count = run.vector_rows().iter().flatten().count();
        if let Some(points) = recorded(path, run).ok().flatten().filter(|points| points.len() == count) {
            return DocumentMap::Points(points);
        }
        match recorded_embeddings(path, &run.manifest) {
            Ok(Some(vectors)) if vectors.len() == count => DocumentMap::Points(layout(&vectors)),
            _ => DocumentMap::NoVectors,
        }
    }
}

/// The points that the run has written; none where the file is another than the manifest says, or no map.
fn recorded(path: &Path, run: &FinishedRun) -> Result<Option<Vec<[f32; 2]>>, Error> {
    let file = path.join(MAP);
    let mut bytes = Vec::new();
    let mut opened: File = open_regular(&file).map_err(|problem| Error::file(&file, problem))?;
    std::io::Read::read_to_end(&mut opened, &mut bytes).map_err(|problem| Error::file(&file, problem))?;
    if run.manifest.files.get(MAP) != Some(&sha256_hex(&bytes)) {
        return Ok(None);
    }
    let points = read_npy_from(bytes.as_slice(), &file)?;
    let is_map = points.dimensions() == 2 && points.values().iter().all(|value| value.is_finite());
    Ok(is_map.then(|| points.values().as_chunks::<2>().0.to_vec()))
}
