//! The vector file: `.npy` version 1.0 (numpy's documented format), little-endian f32, n×d, row after row.

use std::io::Write;
use std::path::Path;

use super::Embeddings;
use crate::error::Error;

/// First bytes of every `.npy` file, and the version.
const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";
/// The data begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// Writes n×d vectors as `.npy`.
///
/// # Errors
/// Those of the writer.
pub fn write_npy(embeddings: &Embeddings, mut writer: impl Write) -> std::io::Result<()> {
    let (n, d) = (embeddings.len(), embeddings.dimensions());
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {d}), }}");
    let padding = ALIGNMENT - 1 - (MAGIC.len() + 2 + header.len()) % ALIGNMENT;
    header.extend(std::iter::repeat_n(' ', padding).chain(['\n']));
    writer.write_all(MAGIC)?;
    writer.write_all(&(header.len() as u16).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    let bytes: Vec<u8> = embeddings.values().iter().flat_map(|value| value.to_le_bytes()).collect();
    writer.write_all(&bytes)
}

/// Reads n×d vectors from an `.npy` file.
///
/// # Errors
/// When the file is missing, or is no little-endian f32 matrix in C order.
pub fn read_npy(path: &Path) -> Result<Embeddings, Error> {
    let bytes = std::fs::read(path).map_err(|problem| Error::file(path, problem))?;
    parse(&bytes).ok_or_else(|| Error::file(path, "is no .npy file of version 1.0 with an f32 matrix in C order"))
}

fn parse(bytes: &[u8]) -> Option<Embeddings> {
    let (length, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<2>()?;
    let (header, data) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let header = std::str::from_utf8(header).ok()?;
    let shape = header.split_once("'shape': (")?.1.split_once(')')?.0;
    let (n, d) = shape.split_once(',')?;
    let (n, d): (usize, usize) = (n.trim().parse().ok()?, d.trim().trim_end_matches(',').parse().ok()?);
    let fits = header.contains("'descr': '<f4'") && header.contains("'fortran_order': False") && d > 0;
    let (values, rest) = data.as_chunks::<4>();
    let whole = n.checked_mul(d) == Some(values.len()) && rest.is_empty();
    (fits && whole).then(|| Embeddings::new(values.iter().map(|value| f32::from_le_bytes(*value)).collect(), d))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(embeddings: &Embeddings) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_npy(embeddings, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_written_is_read_back_and_aligned() {
        let embeddings = Embeddings::new(vec![0.6, 0.8, 1.0, 0.0, 0.0, -1.0], 2);
        let bytes = written(&embeddings);
        assert_eq!((bytes.len() - 24) % ALIGNMENT, 0);
        assert_eq!(parse(&bytes), Some(embeddings));
    }

    #[test]
    fn a_header_as_numpy_writes_it_is_read() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }          \n";
        let mut bytes = [MAGIC.as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        bytes.extend([1.0_f32, 0.0].iter().flat_map(|value| value.to_le_bytes()));
        assert_eq!(parse(&bytes), Some(Embeddings::new(vec![1.0, 0.0], 2)));
    }

    #[test]
    fn a_cut_or_foreign_file_is_refused() {
        let bytes = written(&Embeddings::new(vec![1.0, 0.0], 2));
        assert_eq!(parse(&bytes[..bytes.len() - 1]), None);
        assert_eq!(parse(&bytes[..9]), None);
        let doubles: Vec<u8> = String::from_utf8_lossy(&bytes).replace("<f4", "<f8").into_bytes();
        assert_eq!(parse(&doubles), None);
    }
}
