//! The index read back, without trust: what does not fit is an [`Error::File`] that says so.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crc32fast::{Hasher, hash};

use super::{ENTRY, Head, ID, LONGEST_HEAD, MAGIC, MEMBER, NONE, ROW, Section, TRAILER, binding, id_hash};
use crate::error::Error;
use crate::run::{DocumentLine, Manifest, documents_file, embeddings_file, index_file};
use crate::text::open_regular;
use crate::vectors::{Embeddings, dot, from_bytes};

/// Rows that are no farther apart are read at once, with those between them: they are some kilobytes.
const APART: u32 = 4;
/// Texts that are read at once at most, so that memory does not grow with a cluster.
const TOGETHER: usize = 1024;

/// A file that is read at positions.
#[derive(Debug)]
struct Positions {
    path: PathBuf,
    file: Mutex<File>,
    bytes: u64,
}

impl Positions {
    fn open(path: PathBuf) -> Result<Positions, Error> {
        let opened = open_regular(&path).and_then(|file| file.metadata().map(|found| (file, found.len())));
        let (file, bytes) = opened.map_err(|problem| Error::file(&path, problem))?;
        Ok(Positions { path, file: Mutex::new(file), bytes })
    }

    /// `count` bytes from a place on.
    fn read(&self, at: u64, count: usize) -> Result<Vec<u8>, Error> {
        if at.checked_add(count as u64).is_none_or(|end| end > self.bytes) {
            return Err(Error::file(&self.path, "ends before what is looked for"));
        }
        let mut bytes = vec![0; count];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read: io::Result<()> = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut bytes));
        read.map(|()| bytes).map_err(|problem| Error::file(&self.path, problem))
    }

    fn damaged(&self) -> Error {
        Error::file(&self.path, "is damaged")
    }
}

/// Entries with a checksum of their own.
#[derive(Debug, Clone, Copy)]
struct Block {
    at: u64,
    entries: usize,
    crc: u32,
}

/// An open index.
#[derive(Debug)]
pub struct IndexFile {
    index: Positions,
    vectors: Positions,
    documents: Positions,
    head: Head,
    /// c×d.
    centres: Embeddings,
    cells: Vec<Block>,
    /// For each cluster the unit vector of its mean; none where it has no documents with content.
    pub centers: Vec<Option<Vec<f32>>>,
    clusters: Vec<Block>,
}

/// A text as a cell or a cluster has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The first row with it.
    pub row: u32,
    /// Further rows with it.
    pub copies: u32,
    /// CRC-32 of its vector.
    pub crc: u32,
}

/// A document of a cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// Its row.
    pub row: u32,
    /// The first of all rows with its text.
    pub first: u32,
    /// CRC-32 of its vector.
    pub crc: u32,
}

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    at: u64,
    bytes: u32,
    crc: u32,
    /// The place of the cluster that it fits best.
    pub cluster: Option<usize>,
    /// The next row with the same text.
    pub next: Option<u32>,
}

impl IndexFile {
    /// The index of a run with this manifest; none where there is none.
    ///
    /// # Errors
    /// When it is damaged, or of other files than those that the manifest vouches for.
    pub fn open(run: &Path, manifest: &Manifest) -> Result<Option<IndexFile>, Error> {
        if index_file(run).symlink_metadata().is_err() {
            return Ok(None);
        }
        let index = Positions::open(index_file(run))?;
        let head = head(&index)?;
        if binding(manifest).as_ref() != Some(&head.run) || head.dimensions != manifest.embedder.dimensions {
            return Err(Error::file(&index.path, "is of another run, or of what this one was before"));
        }
        let (vectors, documents) = (Positions::open(embeddings_file(run))?, Positions::open(documents_file(run))?);
        for (file, bytes) in [(&vectors, head.vectors[0]), (&documents, head.documents)] {
            if file.bytes != bytes {
                return Err(Error::file(&file.path, "has another size than when the index was built"));
            }
        }
        check(&head).ok_or_else(|| index.damaged())?;
        let centres = from_bytes(&section(&index, head.centres)?).ok_or_else(|| index.damaged())?;
        let values = from_bytes(&section(&index, head.centers)?).ok_or_else(|| index.damaged())?;
        let center = |values: &[f32]| values.iter().any(|value| *value != 0.0).then(|| values.to_vec());
        let centers = values.chunks(head.dimensions).map(center).collect();
        let cells = blocks(&index, head.cell_blocks, head.entries, ENTRY + head.dimensions)?;
        let clusters = blocks(&index, head.cluster_blocks, head.members, MEMBER)?;
        let centres = Embeddings::new(centres, head.dimensions);
        Ok(Some(IndexFile { index, vectors, documents, head, centres, cells, centers, clusters }))
    }

    /// Centres of the cells (c×d).
    pub fn centres(&self) -> &Embeddings {
        &self.centres
    }

    /// The texts of a cell, each with about its inner product with a vector (d).
    pub fn cell(&self, cell: usize, vector: &[f32]) -> Result<Vec<(Entry, f32)>, Error> {
        let width = ENTRY + self.head.dimensions;
        let bytes = self.block(self.cells[cell], width)?;
        let scored = bytes.chunks_exact(width).map(|bytes| {
            let scale = f32::from_bits(number(&bytes[12..]));
            (self.entry(bytes), scale * in_eight_bits(vector, &bytes[ENTRY..]))
        });
        scored.map(|(entry, score)| Ok((entry?, score))).collect()
    }

    /// The documents of a cluster, by row.
    pub fn members(&self, cluster: usize) -> Result<Vec<Member>, Error> {
        let bytes = self.block(self.clusters[cluster], MEMBER)?;
        let member = |entry: Entry| Member { row: entry.row, first: entry.copies, crc: entry.crc };
        bytes.chunks_exact(MEMBER).map(|bytes| self.entry(bytes).map(member)).collect()
    }

    /// Texts, each with the inner product of its own vector with a vector (d). What is near in the file is read together.
    pub fn compared(&self, mut texts: Vec<Entry>, vector: &[f32]) -> Result<Vec<(f32, Entry)>, Error> {
        texts.sort_unstable_by_key(|text| text.row);
        let near = texts.chunk_by(|one, next| next.row - one.row <= APART);
        let mut compared = Vec::with_capacity(texts.len());
        for texts in near.flat_map(|near| near.chunks(TOGETHER)) {
            let (first, rows) = (texts[0].row, texts[texts.len() - 1].row - texts[0].row + 1);
            let (bytes, width) = (self.vector_bytes(first, rows as usize)?, 4 * self.head.dimensions);
            for &text in texts {
                let own = &bytes[(text.row - first) as usize * width..][..width];
                let is_own = hash(own) == text.crc;
                let own = from_bytes(own).filter(|_| is_own).ok_or_else(|| self.vectors.damaged())?;
                compared.push((dot(&own, vector), text));
            }
        }
        Ok(compared)
    }

    /// What is known of a row.
    pub fn row(&self, row: u32) -> Result<Row, Error> {
        if row as usize >= self.head.rows {
            return Err(self.index.damaged());
        }
        let bytes = self.index.read(self.head.lines.at.saturating_add(u64::from(row) * ROW as u64), ROW)?;
        let (entry, crc) = bytes.split_at(ROW - 4);
        if row_crc(row, entry) != number(crc) {
            return Err(self.index.damaged());
        }
        let some = |number: u32| (number != NONE).then_some(number);
        Ok(Row {
            at: entry.first_chunk().map_or(0, |at| u64::from_le_bytes(*at)),
            bytes: number(&entry[8..]),
            crc: number(&entry[12..]),
            cluster: some(number(&entry[16..])).map(|cluster| cluster as usize),
            next: some(number(&entry[20..])),
        })
    }

    /// The document of a row.
    pub fn document(&self, row: Row) -> Result<DocumentLine, Error> {
        let bytes = self.documents.read(row.at, row.bytes as usize)?;
        if hash(&bytes) != row.crc {
            return Err(self.documents.damaged());
        }
        serde_json::from_slice(&bytes).map_err(|_| self.documents.damaged())
    }

    /// The row of the document with an id, with its vector (d); none where there is no such document.
    pub fn find(&self, id: &str) -> Result<Option<(u32, Vec<f32>)>, Error> {
        let wanted = id_hash(id);
        let (mut low, mut high) = (0, self.head.rows);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.id(middle)?.0 < wanted { low = middle + 1 } else { high = middle }
        }
        while low < self.head.rows {
            let (hash, row) = self.id(low)?;
            if hash != wanted {
                break;
            }
            let found = self.row(row)?;
            if self.document(found)?.id == id {
                let bytes = self.vector_bytes(row, 1)?;
                let vector = from_bytes(&bytes).filter(|vector| crate::vectors::is_unit(vector));
                return Ok(Some((row, vector.ok_or_else(|| self.vectors.damaged())?)));
            }
            low += 1;
        }
        // That nothing is there is said only by a table that is whole.
        section(&self.index, self.head.ids).map(|_| None)
    }

    fn id(&self, place: usize) -> Result<(u64, u32), Error> {
        let bytes = self.index.read(self.head.ids.at.saturating_add((place * ID) as u64), ID)?;
        let hash = bytes.first_chunk().map_or(0, |hash| u64::from_le_bytes(*hash));
        Ok((hash, number(&bytes[8..])))
    }

    /// The vectors of some rows, from one on.
    fn vector_bytes(&self, row: u32, rows: usize) -> Result<Vec<u8>, Error> {
        let width = 4 * self.head.dimensions;
        self.vectors.read(self.head.vectors[1].saturating_add(u64::from(row) * width as u64), rows * width)
    }

    fn block(&self, block: Block, width: usize) -> Result<Vec<u8>, Error> {
        let bytes = self.index.read(block.at, block.entries * width)?;
        if hash(&bytes) == block.crc { Ok(bytes) } else { Err(self.index.damaged()) }
    }

    fn entry(&self, bytes: &[u8]) -> Result<Entry, Error> {
        let entry = Entry { row: number(bytes), copies: number(&bytes[4..]), crc: number(&bytes[8..]) };
        if (entry.row as usize) < self.head.rows { Ok(entry) } else { Err(self.index.damaged()) }
    }
}

/// The CRC-32 of a row's entry and its number.
pub(super) fn row_crc(row: u32, entry: &[u8]) -> u32 {
    let mut crc = Hasher::new();
    crc.update(&row.to_le_bytes());
    crc.update(entry);
    crc.finalize()
}

/// What the end of the file says of the rest.
fn head(index: &Positions) -> Result<Head, Error> {
    let damaged = || index.damaged();
    let at = index.bytes.checked_sub(TRAILER as u64).ok_or_else(damaged)?;
    let trailer = index.read(at, TRAILER)?;
    let (head_at, bytes) = (trailer.first_chunk().map_or(0, |at| u64::from_le_bytes(*at)), number(&trailer[8..]));
    if trailer[16..] != *MAGIC || bytes > LONGEST_HEAD || head_at.checked_add(u64::from(bytes)) != Some(at) {
        return Err(damaged());
    }
    let head = index.read(head_at, bytes as usize)?;
    if hash(&head) != number(&trailer[12..]) {
        return Err(damaged());
    }
    serde_json::from_slice(&head).map_err(|_| damaged())
}

/// Whether the sizes of the parts are those of what they hold; that they lie within the file is seen when they are read.
fn check(head: &Head) -> Option<()> {
    let (n, d) = (head.rows as u64, head.dimensions as u64);
    let row = d.checked_mul(4)?;
    let parts = [
        (head.centres.bytes, (head.cells as u64).checked_mul(row)?),
        (head.centers.bytes, (head.clusters as u64).checked_mul(row)?),
        (head.cell_blocks.bytes, (head.cells as u64).checked_mul(8)?),
        (head.cluster_blocks.bytes, (head.clusters as u64).checked_mul(8)?),
        (head.lines.bytes, n.checked_mul(ROW as u64)?),
        (head.ids.bytes, n.checked_mul(ID as u64)?),
        (head.vectors[0], head.vectors[1].checked_add(n.checked_mul(row)?)?),
    ];
    (d > 0 && parts.iter().all(|(found, wanted)| found == wanted)).then_some(())
}

/// The bytes of a part, with its checksum.
fn section(index: &Positions, section: Section) -> Result<Vec<u8>, Error> {
    let bytes = index.read(section.at, usize::try_from(section.bytes).map_err(|_| index.damaged())?)?;
    if hash(&bytes) == section.crc { Ok(bytes) } else { Err(index.damaged()) }
}

/// The blocks of a part, from the table of their sizes and checksums.
fn blocks(index: &Positions, table: Section, part: Section, width: usize) -> Result<Vec<Block>, Error> {
    let (mut at, mut blocks) = (part.at, Vec::new());
    for pair in section(index, table)?.chunks_exact(8) {
        let entries = number(pair) as usize;
        blocks.push(Block { at, entries, crc: number(&pair[4..]) });
        at = at.saturating_add((entries as u64).saturating_mul(width as u64));
    }
    if Some(at) == part.at.checked_add(part.bytes) { Ok(blocks) } else { Err(index.damaged()) }
}

/// The number that bytes begin with.
fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// The inner product of d values with d values in eight bits, summed in a fixed order.
fn in_eight_bits(vector: &[f32], codes: &[u8]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (values, rest) = vector.as_chunks::<LANES>();
    let (codes, codes_rest) = codes.as_chunks::<LANES>();
    for (values, codes) in values.iter().zip(codes) {
        for lane in 0..LANES {
            sums[lane] += values[lane] * f32::from(codes[lane] as i8);
        }
    }
    let rest: f32 = rest.iter().zip(codes_rest).map(|(value, code)| value * f32::from(*code as i8)).sum();
    sums.iter().sum::<f32>() + rest
}
