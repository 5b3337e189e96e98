//! The vector file: `.npy` version 1.0 (numpy's documented format), little-endian, n×d, row after row. Written as f32.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::path::Path;

use super::{Embeddings, to_bytes};
use crate::error::Error;

/// First bytes of every `.npy` file, and the version.
const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";
/// The data begin at a multiple of this.
const ALIGNMENT: usize = 64;
/// Values read at once.
const CHUNK: usize = 16_384;

/// Writes n×d vectors as `.npy`.
///
/// # Errors
/// Those of the writer.
pub fn write_npy(embeddings: &Embeddings, writer: impl Write) -> std::io::Result<()> {
    write_npy_rows(embeddings, 0..embeddings.len(), writer)
}

/// Writes some `rows` of n×d vectors, in that order, as `.npy`.
///
/// # Errors
/// Those of the writer.
pub fn write_npy_rows(
    embeddings: &Embeddings,
    rows: impl ExactSizeIterator<Item = usize>,
    mut writer: impl Write,
) -> std::io::Result<()> {
    let (n, d) = (rows.len(), embeddings.dimensions());
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {d}), }}");
    let padding = ALIGNMENT - 1 - (MAGIC.len() + 2 + header.len()) % ALIGNMENT;
    header.extend(std::iter::repeat_n(' ', padding).chain(['\n']));
    writer.write_all(MAGIC)?;
    writer.write_all(&(header.len() as u16).to_le_bytes())?;
    writer.write_all(header.as_bytes())?;
    for row in rows {
        writer.write_all(&to_bytes(embeddings.row(row)))?;
    }
    Ok(())
}

/// Reads n×d vectors from an `.npy` file; f64 values are rounded to f32.
///
/// # Errors
/// When the file is missing, or is not a little-endian f32 or f64 matrix in C order.
pub fn read_npy(path: &Path) -> Result<Embeddings, Error> {
    read_npy_from(File::open(path).map_err(|problem| Error::file(path, problem))?, path)
}

/// The same from anywhere; `path` is for the message.
///
/// # Errors
/// Those of [`read_npy`].
pub fn read_npy_from(reader: impl Read, path: &Path) -> Result<Embeddings, Error> {
    let vectors = parse(BufReader::new(reader)).map_err(|problem| Error::file(path, problem))?;
    vectors.ok_or_else(|| {
        let wanted = "of version 1.0 with a little-endian f32 or f64 matrix of whole rows in C order";
        Error::file(path, format!("is no .npy file {wanted}"))
    })
}

/// The vectors; none where the file is something else.
fn parse(mut reader: impl Read) -> std::io::Result<Option<Embeddings>> {
    let Some((n, d, width)) = header(&mut reader)? else { return Ok(None) };
    let mut values = Vec::new();
    let Some(mut left) = n.checked_mul(d).filter(|count| values.try_reserve_exact(*count).is_ok()) else {
        return Ok(None);
    };
    let mut buffer = vec![0; CHUNK * width];
    while left > 0 {
        let taken = left.min(CHUNK);
        let bytes = &mut buffer[..taken * width];
        match reader.read_exact(bytes) {
            Ok(()) => values.extend(floats(bytes, width)),
            Err(problem) if problem.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(problem) => return Err(problem),
        }
        left -= taken;
    }
    let is_at_end = reader.read(&mut buffer)? == 0;
    Ok(is_at_end.then(|| Embeddings::new(values, d)))
}

/// Little-endian values of `width` bytes, 4 or 8.
fn floats(bytes: &[u8], width: usize) -> impl Iterator<Item = f32> {
    let singles = if width == 4 { bytes.as_chunks::<4>().0 } else { &[] };
    let doubles = if width == 8 { bytes.as_chunks::<8>().0 } else { &[] };
    let singles = singles.iter().map(|value| f32::from_le_bytes(*value));
    singles.chain(doubles.iter().map(|value| f64::from_le_bytes(*value) as f32))
}

/// n, d and the bytes of a value.
fn header(reader: &mut impl Read) -> std::io::Result<Option<(usize, usize, usize)>> {
    let mut start = Vec::new();
    reader.take(MAGIC.len() as u64 + 2).read_to_end(&mut start)?;
    let Some(length) = start.strip_prefix(MAGIC).and_then(|length| length.try_into().ok()) else { return Ok(None) };
    let mut header = Vec::new();
    reader.take(u64::from(u16::from_le_bytes(length))).read_to_end(&mut header)?;
    Ok(shape(&String::from_utf8_lossy(&header)))
}

fn shape(header: &str) -> Option<(usize, usize, usize)> {
    let width = match header.split_once("'descr': '<f")?.1.split_once('\'')?.0 {
        "4" => 4,
        "8" => 8,
        _ => return None,
    };
    let (n, d) = header.split_once("'shape': (")?.1.split_once(')')?.0.split_once(',')?;
    let (n, d): (usize, usize) = (n.trim().parse().ok()?, d.trim().trim_end_matches(',').parse().ok()?);
    let fits = header.contains("'fortran_order': False") && d > 0;
    fits.then_some((n, d, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(embeddings: &Embeddings) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_npy(embeddings, &mut bytes).unwrap();
        bytes
    }

    fn parsed(bytes: &[u8]) -> Option<Embeddings> {
        parse(bytes).unwrap()
    }

    /// A file with this header, as numpy writes it, and these data.
    fn file(header: &str, data: impl IntoIterator<Item = u8>) -> Vec<u8> {
        let start = [MAGIC.as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        start.into_iter().chain(data).collect()
    }

    #[test]
    fn what_is_written_is_read_back_and_aligned() {
        let embeddings = Embeddings::new(vec![0.6, 0.8, 1.0, 0.0, 0.0, -1.0], 2);
        let bytes = written(&embeddings);
        assert_eq!((bytes.len() - 24) % ALIGNMENT, 0);
        assert_eq!(parsed(&bytes), Some(embeddings));
    }

    #[test]
    fn a_header_as_numpy_writes_it_is_read() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }          \n";
        let bytes = file(header, [1.0_f32, 0.0].iter().flat_map(|value| value.to_le_bytes()));
        assert_eq!(parsed(&bytes), Some(Embeddings::new(vec![1.0, 0.0], 2)));
    }

    #[test]
    fn doubles_are_rounded() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }          \n";
        let bytes = file(header, [0.1_f64, -2.0].iter().flat_map(|value| value.to_le_bytes()));
        assert_eq!(parsed(&bytes), Some(Embeddings::new(vec![0.1, -2.0], 1)));
    }

    #[test]
    fn a_cut_or_foreign_file_is_refused() {
        let bytes = written(&Embeddings::new(vec![2.0, 0.0], 2));
        assert_eq!(parsed(&bytes[..bytes.len() - 1]), None);
        assert_eq!(parsed(&bytes[..9]), None);
        assert_eq!(parsed(&[bytes.as_slice(), &[0]].concat()), None);
        for (own, foreign) in [("<f4", "<f8"), ("<f4", ">f4"), ("<f4", "<i4"), ("False", "True "), ("(1, 2)", "(2,)  ")]
        {
            let other: Vec<u8> = String::from_utf8_lossy(&bytes[10..]).replace(own, foreign).into_bytes();
            assert_eq!(parsed(&[&bytes[..10], &other].concat()), None, "{foreign}");
        }
    }
}
