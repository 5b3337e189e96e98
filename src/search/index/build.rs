//! The index of a finished run, built and written.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use crc32fast::{Hasher, hash};

use super::{Head, MAGIC, NONE, Section, binding, id_hash};
use crate::cluster::CellIndex;
use crate::error::Error;
use crate::run::{AssignmentLine, FinishedRun, Manifest, Status, documents_file, embeddings_file, index_file};
use crate::search::exact::Searched;
use crate::seed::short_digest;
use crate::text::open_regular;
use crate::vectors::to_bytes;
use crate::writing::WholeFile;

/// Largest value of a vector in eight bits.
const LARGEST: f32 = 127.0;

/// Builds the index of a run and writes it whole. Does nothing where another process is about to, and for a run of an
/// earlier version, whose manifest vouches for no file.
///
/// # Errors
/// When a file of the run cannot be read, or the index not be written.
pub fn build(path: &Path, manifest: &Manifest, searched: &Searched<'_>) -> Result<(), Error> {
    let Some(run) = binding(manifest) else { return Ok(()) };
    let file = index_file(path);
    let problem = |problem: io::Error| Error::write(&file, problem);
    let folder = file.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(problem)?;
    let Some(mut whole) = WholeFile::begin_locked(&file).map_err(problem)? else { return Ok(()) };
    let texts = Texts::of(searched, &documents_file(path))?;
    let written = Contents { run, path, searched, texts: &texts }.write(&mut whole);
    written.and_then(|()| whole.finish()).map_err(problem)
}

/// One line of `documents.jsonl`.
#[derive(Debug, Clone, Copy)]
struct Line {
    at: u64,
    bytes: u32,
    crc: u32,
}

/// What is known of n rows from the lines of their documents.
struct Texts {
    lines: Vec<Line>,
    /// For each row the first with the same text.
    first: Vec<u32>,
    /// For each row the next with the same text.
    next: Vec<u32>,
}

impl Texts {
    fn of(searched: &Searched<'_>, file: &Path) -> Result<Texts, Error> {
        let problem = |problem: io::Error| Error::file(file, problem);
        let mut reader = BufReader::new(open_regular(file).map_err(problem)?);
        let n = searched.documents.len();
        let (mut lines, mut first, mut next) = (Vec::with_capacity(n), Vec::with_capacity(n), vec![NONE; n]);
        let mut known: HashMap<[u8; 16], (u32, u32)> = HashMap::new();
        let (mut at, mut document, mut bytes) = (0_u64, 0, Vec::new());
        for (row, &wanted) in searched.documents.iter().enumerate() {
            loop {
                bytes.clear();
                let count = reader.read_until(b'\n', &mut bytes).map_err(problem)?;
                (at, document) = (at + count as u64, document + 1);
                if document > wanted || count == 0 {
                    break;
                }
            }
            let length = u32::try_from(bytes.len()).map_err(|_| Error::file(file, "has a line of more than 4 GB"))?;
            lines.push(Line { at: at - bytes.len() as u64, bytes: length, crc: hash(&bytes) });
            let row = row as u32;
            first.push(match searched.run.documents[wanted].text.as_deref() {
                None => row,
                Some(text) => {
                    let (first, last) = known.entry(short_digest(text)).or_insert((row, row));
                    if *last != row {
                        next[*last as usize] = row;
                        *last = row;
                    }
                    *first
                }
            });
        }
        Ok(Texts { lines, first, next })
    }
}

/// What is written.
struct Contents<'a> {
    run: String,
    path: &'a Path,
    searched: &'a Searched<'a>,
    texts: &'a Texts,
}

impl Contents<'_> {
    fn write(&self, writer: impl Write) -> io::Result<()> {
        let (vectors, clusters) = (&self.searched.vectors, &self.searched.clusters);
        let (n, d) = (vectors.len(), vectors.dimensions());
        let size = |file: &Path| file.metadata().map(|found| found.len());
        let all_bytes = size(&embeddings_file(self.path))?;
        let index = CellIndex::new(vectors);
        let mut out = Sections { writer, at: 0, crc: Hasher::new(), began: 0 };
        out.put(MAGIC)?;
        out.section();
        let (mut cell_blocks, mut cluster_blocks) = (Vec::new(), Vec::new());
        let copies = self.copies();
        for rows in index.cells() {
            // The first of all rows with a text stands for it.
            let firsts = rows.iter().map(|&row| row as u32).filter(|&row| self.texts.first[row as usize] == row);
            let entries =
                firsts.map(|row| [self.numbers(row, copies[row as usize]), in_eight_bits(self.vector(row))].concat());
            out.block(entries, &mut cell_blocks)?;
        }
        let entries = out.section();
        self.lines(&mut out)?;
        let lines = out.section();
        for rows in self.members() {
            let entries = rows.into_iter().map(|row| self.numbers(row, self.texts.first[row as usize]));
            out.block(entries, &mut cluster_blocks)?;
        }
        let members = out.section();
        self.ids(&mut out)?;
        let ids = out.section();
        out.put(&to_bytes(index.centres().values()))?;
        let centres = out.section();
        out.put(&cell_blocks)?;
        let cell_blocks = out.section();
        for center in &clusters.centers {
            out.put(&to_bytes(center.as_deref().unwrap_or(&vec![0.0; d])))?;
        }
        let centers = out.section();
        out.put(&cluster_blocks)?;
        let cluster_blocks = out.section();
        let head = Head {
            run: self.run.clone(),
            rows: n,
            dimensions: d,
            cells: index.centres().len(),
            clusters: clusters.lines.len(),
            vectors: [all_bytes, all_bytes.saturating_sub((n * d * 4) as u64)],
            documents: size(&documents_file(self.path))?,
            centres,
            cell_blocks,
            centers,
            cluster_blocks,
            entries,
            lines,
            members,
            ids,
        };
        let head = serde_json::to_vec(&head)?;
        let at = out.at;
        out.put(&head)?;
        out.put(&at.to_le_bytes())?;
        out.put(&(head.len() as u32).to_le_bytes())?;
        out.put(&hash(&head).to_le_bytes())?;
        out.put(MAGIC)?;
        out.writer.flush()
    }

    /// For each row how many rows after it have its text, where it is the first.
    fn copies(&self) -> Vec<u32> {
        let mut copies = vec![0; self.texts.first.len()];
        let others = (0..).zip(&self.texts.first).filter(|(row, first)| row != *first);
        others.for_each(|(_, &first): (u32, _)| copies[first as usize] += 1);
        copies
    }

    fn vector(&self, row: u32) -> &[f32] {
        self.searched.vectors.row(row as usize)
    }

    /// What the entry of a row begins with.
    fn numbers(&self, row: u32, second: u32) -> Vec<u8> {
        [row, second, hash(&to_bytes(self.vector(row)))].iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn lines(&self, out: &mut Sections<impl Write>) -> io::Result<()> {
        let place: HashMap<&str, u32> =
            (0..).zip(&self.searched.clusters.lines).map(|(place, line)| (line.id.as_str(), place)).collect();
        let documents = documents(&self.searched.run);
        for (row, line) in self.texts.lines.iter().enumerate() {
            let primary = documents[self.searched.documents[row]].primary.as_deref();
            let cluster = primary.and_then(|id| place.get(id)).copied().unwrap_or(NONE);
            out.put(&row_entry(row as u32, *line, cluster, self.texts.next[row]))?;
        }
        Ok(())
    }

    /// For each cluster the rows in it, ascending.
    fn members(&self) -> Vec<Vec<u32>> {
        let clusters = &self.searched.clusters.lines;
        let place: HashMap<&str, usize> =
            clusters.iter().enumerate().map(|(place, line)| (line.id.as_str(), place)).collect();
        let documents = documents(&self.searched.run);
        let mut members = vec![Vec::new(); clusters.len()];
        for (row, &document) in self.searched.documents.iter().enumerate() {
            let held = documents[document].clusters.iter().filter_map(|held| place.get(held.id.as_str()));
            held.for_each(|&cluster| members[cluster].push(row as u32));
        }
        members
    }

    fn ids(&self, out: &mut Sections<impl Write>) -> io::Result<()> {
        let id = |(row, &document): (usize, &usize)| (id_hash(&self.searched.run.documents[document].id), row as u32);
        let mut ids: Vec<(u64, u32)> = self.searched.documents.iter().enumerate().map(id).collect();
        ids.sort_unstable();
        for (hash, row) in ids {
            out.put(&[&hash.to_le_bytes()[..], &row.to_le_bytes()].concat())?;
        }
        Ok(())
    }
}

/// The lines of the rows that are documents.
fn documents(run: &FinishedRun) -> Vec<&AssignmentLine> {
    run.assignments.iter().filter(|line| line.status != Status::Skipped).collect()
}

/// The entry of a row; its number goes into the checksum, so that no other one can be taken for it.
fn row_entry(row: u32, line: Line, cluster: u32, next: u32) -> Vec<u8> {
    let mut entry = line.at.to_le_bytes().to_vec();
    [line.bytes, line.crc, cluster, next].iter().for_each(|number| entry.extend(number.to_le_bytes()));
    let crc = super::read::row_crc(row, &entry);
    entry.extend(crc.to_le_bytes());
    entry
}

/// Scale, and the values divided by it.
fn in_eight_bits(vector: &[f32]) -> Vec<u8> {
    let scale = vector.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / LARGEST;
    let value = |value: &f32| if scale > 0.0 { (value / scale).round() as i8 as u8 } else { 0 };
    scale.to_le_bytes().into_iter().chain(vector.iter().map(value)).collect()
}

/// Writes parts one after the other.
struct Sections<W> {
    writer: W,
    at: u64,
    crc: Hasher,
    began: u64,
}

impl<W: Write> Sections<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.crc.update(bytes);
        self.writer.write_all(bytes)
    }

    /// Entries with a checksum of their own: their number and that are noted in `blocks`.
    fn block(&mut self, entries: impl Iterator<Item = Vec<u8>>, blocks: &mut Vec<u8>) -> io::Result<()> {
        let (mut crc, mut count) = (Hasher::new(), 0_u32);
        for entry in entries {
            crc.update(&entry);
            count += 1;
            self.put(&entry)?;
        }
        blocks.extend(count.to_le_bytes());
        blocks.extend(crc.finalize().to_le_bytes());
        Ok(())
    }

    /// What was written since the last one.
    fn section(&mut self) -> Section {
        let section =
            Section { at: self.began, bytes: self.at - self.began, crc: std::mem::take(&mut self.crc).finalize() };
        self.began = self.at;
        section
    }
}
