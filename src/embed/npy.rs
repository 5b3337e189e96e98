//! The vector file: `.npy`, f32, n×d.

use std::io::{BufReader, Write};
use std::path::Path;

use npyz::{DType, NpyFile, TypeStr, WriterBuilder};

use super::Embeddings;
use crate::error::Error;

/// Writes n×d vectors as `.npy`.
///
/// # Errors
/// Those of the writer.
pub fn write_npy(embeddings: &Embeddings, writer: impl Write) -> std::io::Result<()> {
    let dtype = DType::Plain("<f4".parse::<TypeStr>().expect("a literal type; this is a bug"));
    let shape = [embeddings.len() as u64, embeddings.dimensions() as u64];
    let mut npy = npyz::WriteOptions::new().dtype(dtype).shape(&shape).writer(writer).begin_nd()?;
    npy.extend(embeddings.values().iter().copied())?;
    npy.finish()
}

/// Reads n×d vectors from an `.npy` file.
///
/// # Errors
/// When the file is missing, or is no f32 matrix.
pub fn read_npy(path: &Path) -> Result<Embeddings, Error> {
    let file = std::fs::File::open(path).map_err(|problem| Error::file(path, problem))?;
    let npy = NpyFile::new(BufReader::new(file)).map_err(|problem| Error::file(path, problem))?;
    let shape = npy.shape().to_vec();
    let [_, dimensions] = shape[..] else {
        return Err(Error::file(path, format!("has {} dimensions, a vector file has 2", shape.len())));
    };
    let values = npy.into_vec::<f32>().map_err(|problem| Error::file(path, problem))?;
    Ok(Embeddings::new(values, dimensions as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let embeddings = Embeddings::new(vec![0.6, 0.8, 1.0, 0.0, 0.0, -1.0], 2);
        let file = tempfile::NamedTempFile::new().unwrap();
        write_npy(&embeddings, &file).unwrap();
        assert_eq!(read_npy(file.path()).unwrap(), embeddings);
    }
}
