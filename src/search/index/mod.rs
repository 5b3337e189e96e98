//! The index that a large run has for its search: one file, `index/cells.bin`, read by positions.
//!
//! Documents with one text count once. Each is in the cell whose centre is nearest to its vector, with its vector in eight bits a
//! value: a query is compared with those of the nearest cells, and what is near by them with the vectors in `embeddings.npy`. A
//! table says where in `documents.jsonl` each document stands, so that only those that are found are read.
//!
//! The file is not mapped into memory: a map of a file that somebody cuts short ends the process, and it would be the program's only
//! `unsafe`. What a search reads is a few megabytes at known places, which the system has in its cache as it has a map's.
//!
//! Nothing in it is believed: it is bound to the checksums in the manifest, each block has a CRC-32 of its own, and so have the lines
//! and the vectors that it leads to. A search whose index is damaged says so and compares all vectors.

mod build;
mod read;
#[cfg(test)]
mod tests;

pub use build::build;
pub use read::{Entry, IndexFile, Member};

use serde::{Deserialize, Serialize};

use crate::run::Manifest;
use crate::seed::sha256_hex;

/// What the file begins and ends with; the number is that of its form.
const MAGIC: &[u8; 8] = b"colidx01";
/// Bytes at the end: where the head is, how long it is, its CRC-32, the magic.
const TRAILER: usize = 8 + 4 + 4 + 8;
/// No head is longer, in bytes.
const LONGEST_HEAD: u32 = 1 << 16;
/// Bytes of an entry of a cell, beside its d values: row, copies, CRC-32 of the vector, scale.
const ENTRY: usize = 16;
/// Bytes of a row's entry: offset, length and CRC-32 of its line, cluster, next row of the same text, and a CRC-32 of all of it.
const ROW: usize = 28;
/// Bytes of a document of a cluster: row, the first row with its text, CRC-32 of the vector.
const MEMBER: usize = 12;
/// Bytes of an id: hash and row.
const ID: usize = 12;
/// In place of a row or a cluster: none.
const NONE: u32 = u32::MAX;

/// What the file holds, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    /// sha256 of what the manifest says of the files that it is of.
    run: String,
    /// n: rows of `embeddings.npy`.
    rows: usize,
    /// d.
    dimensions: usize,
    /// c.
    cells: usize,
    /// k.
    clusters: usize,
    /// Bytes of `embeddings.npy`, and where its values begin.
    vectors: [u64; 2],
    /// Bytes of `documents.jsonl`.
    documents: u64,
    /// The centres of the cells (c×d f32).
    centres: Section,
    /// For each cell how many texts are in it, and the CRC-32 of their entries.
    cell_blocks: Section,
    /// The unit vectors of the clusters' means (k×d f32); zeros where a cluster has no document with content.
    centers: Section,
    /// For each cluster how many documents it has, and the CRC-32 of their entries.
    cluster_blocks: Section,
    /// Entries of the texts, cell after cell.
    entries: Section,
    /// Entries of the rows.
    lines: Section,
    /// Entries of the clusters' documents, cluster after cluster, by row.
    members: Section,
    /// Hashes of ids, ascending, each with its row.
    ids: Section,
}

/// A part of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Section {
    at: u64,
    bytes: u64,
    crc: u32,
}

/// What the manifest says of the files that an index is of; none of a run whose manifest vouches for none.
fn binding(manifest: &Manifest) -> Option<String> {
    let vectors = Some(&manifest.embedder.vectors).filter(|vectors| !vectors.is_empty())?;
    (!manifest.files.is_empty()).then(|| {
        let files: Vec<String> = manifest.files.iter().map(|(name, sha256)| format!("{name} {sha256}\n")).collect();
        sha256_hex(format!("{vectors}\n{}", files.concat()))
    })
}

/// The first eight bytes of the sha256 of an id.
fn id_hash(id: &str) -> u64 {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(id);
    digest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
