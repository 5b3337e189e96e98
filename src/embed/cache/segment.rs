//! One file of the vector cache: written once, read row by row.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::vectors::safetensors::{header, header_end, tensors};
use crate::vectors::{from_bytes, is_unit, to_bytes};

/// sha256 of a text, or of what an embedder is told from others by.
pub type Key = [u8; 32];

/// Bytes of a row's checksum.
const CHECK: usize = 16;

/// One file, open for reading.
#[derive(Debug)]
pub struct Segment {
    /// Where it was opened.
    pub path: PathBuf,
    file: File,
    embedder: Key,
    dimensions: usize,
    /// Hashes of the rows' texts.
    pub keys: Vec<Key>,
    truncated: Vec<u8>,
    checks: Vec<u8>,
    /// Where the vectors begin.
    vectors: u64,
    /// Bytes of the whole file.
    pub size: u64,
}

impl Segment {
    /// Opens a file of an embedder's vectors (d = `dimensions`); none where it is damaged.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path, embedder: Key, dimensions: usize) -> std::io::Result<Option<Segment>> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut start = [0; 8];
        if size < 8 {
            return Ok(None);
        }
        file.read_exact(&mut start)?;
        let Some(end) = header_end(start).filter(|&end| end as u64 <= size) else { return Ok(None) };
        let mut head = vec![0; end];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut head)?;
        let Some(found) = tensors(&head, size as usize) else { return Ok(None) };
        let n = found.get("keys").map_or(0, |keys| keys.bytes.len() / 32);
        let mut part = |name: &str, width: usize| -> std::io::Result<Option<Vec<u8>>> {
            let Some(tensor) = found.get(name).filter(|tensor| tensor.bytes.len() == n * width) else {
                return Ok(None);
            };
            let mut bytes = vec![0; tensor.bytes.len()];
            file.seek(SeekFrom::Start(tensor.bytes.start as u64))?;
            file.read_exact(&mut bytes)?;
            Ok(Some(bytes))
        };
        let (keys, truncated, checks) = (part("keys", 32)?, part("truncated", 1)?, part("checks", CHECK)?);
        let vectors = found.get("vectors").filter(|tensor| tensor.bytes.len() == n * dimensions * 4);
        let (Some(keys), Some(truncated), Some(checks), Some(vectors)) = (keys, truncated, checks, vectors) else {
            return Ok(None);
        };
        let (path, keys, vectors) = (path.to_owned(), keys.as_chunks().0.to_vec(), vectors.bytes.start as u64);
        Ok(Some(Segment { path, file, embedder, dimensions, keys, truncated, checks, vectors, size }))
    }

    /// The vector of a row, if it is what was written for this embedder and this text, and a direction at all.
    pub fn read(&mut self, row: usize) -> Option<(Vec<f32>, bool)> {
        let mut bytes = vec![0; self.dimensions * 4];
        self.file.seek(SeekFrom::Start(self.vectors + (row * bytes.len()) as u64)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        let truncated = self.truncated[row] != 0;
        let check = check(&self.embedder, &self.keys[row], truncated, &bytes);
        let is_whole = self.checks[CHECK * row..CHECK * (row + 1)] == check;
        from_bytes(&bytes).filter(|vector| is_whole && is_unit(vector)).map(|vector| (vector, truncated))
    }

    /// All rows; none where one is not what was written.
    pub fn rows(&mut self) -> Option<Vec<Row>> {
        (0..self.keys.len())
            .map(|row| self.read(row).map(|found| Row::keyed(self.keys[row], &found.0, found.1)))
            .collect()
    }
}

/// A row to be written.
pub struct Row {
    /// Hash of its text.
    pub key: Key,
    truncated: bool,
    /// d little-endian values.
    vector: Vec<u8>,
}

impl Row {
    /// From a text, its vector (d) and whether it was longer than the window.
    pub fn new(text: &str, vector: &[f32], truncated: bool) -> Row {
        Row::keyed(Sha256::digest(text).into(), vector, truncated)
    }

    fn keyed(key: Key, vector: &[f32], truncated: bool) -> Row {
        Row { key, truncated, vector: to_bytes(vector) }
    }
}

/// The bytes of a file with these rows of an embedder.
pub fn encode(rows: &[Row], embedder: Key, dimensions: usize) -> Vec<u8> {
    let n = rows.len();
    let mut bytes = header(&[
        ("vectors", "F32", &[n, dimensions], n * dimensions * 4),
        ("keys", "U8", &[n, 32], n * 32),
        ("truncated", "U8", &[n], n),
        ("checks", "U8", &[n, CHECK], n * CHECK),
    ]);
    rows.iter().for_each(|row| bytes.extend_from_slice(&row.vector));
    rows.iter().for_each(|row| bytes.extend_from_slice(&row.key));
    bytes.extend(rows.iter().map(|row| u8::from(row.truncated)));
    let check = |row: &Row| check(&embedder, &row.key, row.truncated, &row.vector);
    rows.iter().for_each(|row| bytes.extend_from_slice(&check(row)));
    bytes
}

/// Binds a vector to its embedder and its text.
fn check(embedder: &Key, key: &Key, truncated: bool, vector: &[u8]) -> [u8; CHECK] {
    let mut hash = Sha256::new();
    hash.update(embedder);
    hash.update(key);
    hash.update([u8::from(truncated)]);
    hash.update(vector);
    let digest: Key = hash.finalize().into();
    std::array::from_fn(|byte| digest[byte])
}
