//! Vectors of a corpus as files, for a run somewhere else: part after part, each with its ids and with a record that vouches for
//! both. A part without its record is not there.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Embedded, Embedder, Identity};
use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::seed::{Hashing, hex, sha256_bytes, sha256_hex, short_digest};
use crate::text::open_regular;
use crate::vectors::{Embeddings, is_unit, read_npy_from, write_npy};
use crate::writing::{WholeFile, aside};

/// Version of the files.
const FORMAT: u32 = 1;
/// Records of one directory at most: some 10⁹ documents.
const MOST_PARTS: usize = 100_000;

/// What `part-N.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartRecord {
    /// Version of the files: 1.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// Which part of the corpus it is, counted from 0.
    pub part: usize,
    /// Documents with content in it: rows of `vectors-N.npy` and lines of `ids-N.jsonl`.
    pub documents: usize,
    /// Who embedded.
    pub embedder: PartEmbedder,
    /// sha256 of the hashes of the texts, in their order.
    pub texts: String,
    /// sha256 of `vectors-N.npy`.
    pub vectors: String,
    /// sha256 of `ids-N.jsonl`.
    pub ids: String,
}

/// Who embedded a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartEmbedder {
    /// Its name.
    pub id: String,
    /// d.
    pub dimensions: usize,
    /// sha256 of its weights: its revision.
    pub sha256: String,
}

impl PartEmbedder {
    /// What is said of an embedder.
    pub fn of(identity: &Identity) -> PartEmbedder {
        let Identity { name, dimensions, sha256, .. } = identity;
        PartEmbedder { id: name.clone(), dimensions: *dimensions, sha256: sha256.clone() }
    }
}

/// A line of `ids-N.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartLine {
    /// The document's id.
    pub id: String,
    /// sha256 of its readable text.
    pub sha256: String,
    /// Whether the text was longer than the embedder's window.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// A directory of parts that is written.
#[derive(Debug)]
pub struct PartsWriter {
    folder: PathBuf,
    embedder: PartEmbedder,
}

impl PartsWriter {
    /// Makes the directory, or goes on in one that holds parts.
    ///
    /// # Errors
    /// When it cannot be made, or holds something else.
    pub fn open(folder: &Path, identity: &Identity) -> Result<PartsWriter, Error> {
        let problem = |problem: io::Error| Error::write(folder, problem);
        fs::create_dir_all(folder).map_err(problem)?;
        let is_own = |name: &str| {
            let name = name.strip_prefix('.').unwrap_or(name);
            ["part-", "ids-", "vectors-"].iter().any(|kind| name.starts_with(kind))
        };
        let mut parts = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(problem)? {
            let name = entry.map_err(problem)?.file_name();
            parts.extend(name.to_str().and_then(part_of));
            if !name.to_str().is_some_and(is_own) {
                return Err(Error::Usage(message!(
                    "{@out}: {folder} holds {name}, which is no part of vectors: give another directory",
                    folder = folder.display(),
                    name = format!("{name:?}")
                )));
            }
        }
        let writer = PartsWriter { folder: folder.to_owned(), embedder: PartEmbedder::of(identity) };
        let unfinished = parts.into_iter().filter(|&part| record_file(folder, part).symlink_metadata().is_err());
        unfinished.map(|part| writer.own_files(part)).try_for_each(|own| own.map(drop))?;
        Ok(writer)
    }

    /// The files of a part that are there, without its record. Each is this command's own: the part's record, finished or under its
    /// hidden name as a killed process leaves it, vouches for it.
    ///
    /// # Errors
    /// When one is somebody else's, and would be overwritten.
    fn own_files(&self, part: usize) -> Result<Vec<PathBuf>, Error> {
        let record = record_file(&self.folder, part);
        let mut files = vec![ids_file(&self.folder, part), vectors_file(&self.folder, part)];
        files.retain(|file| file.symlink_metadata().is_ok());
        // The hidden one first: another process may be giving it its name just now.
        let records = [aside(&record), record].map(|file| read_record(&file).ok());
        let is_own = |file: &&PathBuf| {
            let hash = hash_of(file).ok();
            hash.is_some_and(|hash| records.iter().flatten().any(|record| record.ids == hash || record.vectors == hash))
        };
        match files.iter().find(|file| !is_own(file)) {
            None => Ok(files),
            Some(file) => Err(Error::Usage(message!(
                "{@out}: {file} would be overwritten, and no record of this command vouches for it: move it away, or give another \
                 directory",
                file = file.display()
            ))),
        }
    }

    /// Whether a part with these lines is there already.
    ///
    /// # Errors
    /// When the part that is there is of other texts or another embedder, or one of its files is somebody else's.
    pub fn holds(&self, part: usize, texts: &str) -> Result<bool, Error> {
        let file = record_file(&self.folder, part);
        if file.symlink_metadata().is_err() {
            for left in self.own_files(part)? {
                fs::remove_file(&left).map_err(|problem| Error::write(&left, problem))?;
            }
            return Ok(false);
        }
        let record = read_record(&file)?;
        let problem = if record.embedder != self.embedder {
            let (given, own) = (&record.embedder.id, &self.embedder.id);
            format!("is by the embedder {given}, not by {own} (or not the same weights or engine)")
        } else if (record.texts.as_str(), record.part) != (texts, part) {
            "is of other texts, or of these read otherwise".into()
        } else {
            let files = [vectors_file(&self.folder, part), ids_file(&self.folder, part)];
            let is_whole = files.iter().all(|file| file.is_file());
            return if is_whole { Ok(true) } else { self.own_files(part).map(|_| false) };
        };
        let file = file.display();
        Err(Error::Usage(message!("{@out}: {file} {problem}: give another directory", file = file, problem)))
    }

    /// Writes a part. All three files are on the disk before the first has its name, and the record gets its own last: until then
    /// its hidden one says whose the others are.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, part: usize, lines: &[PartLine], vectors: &Embeddings) -> Result<(), Error> {
        let (ids_written, ids) = begun(&ids_file(&self.folder, part), |file| {
            lines.iter().try_for_each(|line| {
                serde_json::to_writer(&mut *file, line)?;
                file.write_all(b"\n")
            })
        })?;
        let (vectors_written, hash) = begun(&vectors_file(&self.folder, part), |file| write_npy(vectors, file))?;
        let record = PartRecord {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            part,
            documents: lines.len(),
            embedder: self.embedder.clone(),
            texts: texts_digest(lines),
            vectors: hash,
            ids,
        };
        let (record_written, _) = begun(&record_file(&self.folder, part), |file| {
            serde_json::to_writer_pretty(&mut *file, &record)?;
            file.write_all(b"\n")
        })?;
        let named = [ids_written, vectors_written, record_written].into_iter().try_for_each(WholeFile::finish);
        named.map_err(|problem| Error::write(&self.folder, problem))
    }
}

/// sha256 of the hashes of texts, in their order.
pub fn texts_digest(lines: &[PartLine]) -> String {
    sha256_hex(lines.iter().map(|line| line.sha256.as_str()).collect::<Vec<_>>().join("\n"))
}

fn record_file(folder: &Path, part: usize) -> PathBuf {
    folder.join(format!("part-{part:06}.json"))
}

fn ids_file(folder: &Path, part: usize) -> PathBuf {
    folder.join(format!("ids-{part:06}.jsonl"))
}

fn vectors_file(folder: &Path, part: usize) -> PathBuf {
    folder.join(format!("vectors-{part:06}.npy"))
}

/// The number in the name of a file of vectors or ids.
fn part_of(name: &str) -> Option<usize> {
    let number = name.strip_prefix("vectors-").or(name.strip_prefix("ids-"))?;
    number.split('.').next()?.parse().ok()
}

/// Writes a file that is on the disk without its name yet; returns its sha256 too.
fn begun(path: &Path, make: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(WholeFile, String), Error> {
    let mut hash = Sha256::new();
    let written = WholeFile::begin(path).and_then(|mut file| {
        make(&mut Hashing { inner: &mut file, hash: &mut hash })?;
        file.keep()?;
        Ok(file)
    });
    let file = written.map_err(|problem| Error::write(path, problem))?;
    Ok((file, hex(&hash.finalize())))
}

/// sha256 of a file.
fn hash_of(file: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut Hashing { inner: open_regular(file)?, hash: &mut hash }, &mut io::sink())?;
    Ok(hex(&hash.finalize()))
}

fn read_record(file: &Path) -> Result<PartRecord, Error> {
    let opened = open_regular(file).map_err(|problem| Error::file(file, problem))?;
    let record: PartRecord = serde_json::from_reader(BufReader::new(opened.take(1 << 16))).map_err(|_| {
        Error::file(file, "is no record of vectors: remove the three files of that part, and embed it again")
    })?;
    match record.format {
        FORMAT => Ok(record),
        other => Err(Error::file(file, format!("is of format {other}, which this version does not know"))),
    }
}

/// Where the vector of a text is.
#[derive(Debug, Clone, Copy)]
struct Place {
    part: u32,
    row: u32,
    is_cut: bool,
}

/// Vectors that were computed before, of texts that are known by their hashes.
#[derive(Debug)]
pub struct GivenVectors {
    folder: PathBuf,
    records: Vec<PartRecord>,
    places: HashMap<[u8; 16], Place>,
}

impl GivenVectors {
    /// Reads the records and ids of a directory of parts. Vectors are read when they are asked for; that they are those of the
    /// records is seen here, so that nothing is written for a run that could not be.
    ///
    /// # Errors
    /// When there are none, a file is not what its record says, or they are of another embedder.
    pub fn open(folder: &Path, identity: &Identity) -> Result<GivenVectors, Error> {
        let mut records: Vec<PartRecord> = Vec::new();
        let mut places = HashMap::new();
        for file in record_files(folder)? {
            let record = read_record(&file)?;
            let (own, given) = (PartEmbedder::of(identity), &record.embedder);
            if (own.dimensions, &own.sha256) != (given.dimensions, &given.sha256) {
                return Err(Error::Usage(message!(
                    "{@vectors}: {file} is by the embedder {given}, not by {own} (or not the same weights or engine): name the \
                     same one with {+embedder}",
                    file = file.display(),
                    given = given.id,
                    own = own.id
                )));
            }
            if record_file(folder, record.part) != file {
                return Err(Error::file(&file, "is the record of another part"));
            }
            let part = records.len() as u32;
            for (row, line) in (0_u32..).zip(read_lines(folder, &record)?) {
                let place = Place { part, row, is_cut: line.truncated };
                let key = key(&line.sha256).ok_or_else(|| not_as_recorded(&ids_file(folder, record.part)))?;
                places.entry(key).or_insert(place);
            }
            records.push(record);
        }
        records.par_iter().try_for_each(|record| check_vectors(folder, record))?;
        Ok(GivenVectors { folder: folder.to_owned(), records, places })
    }

    /// The first text without a vector, and how many there are.
    pub fn missing(&self, texts: &[&str]) -> Option<(usize, usize)> {
        let mut missing = (0..texts.len()).filter(|&text| !self.places.contains_key(&short_digest(texts[text])));
        missing.next().map(|first| (first, 1 + missing.count()))
    }

    /// The vectors of n texts; those that are missing are embedded.
    ///
    /// # Errors
    /// When a file is not what its record says, or the embedder cannot be run.
    pub fn embed(&self, texts: &[&str], embedder: &dyn Embedder, observer: &dyn Observer) -> Result<Embedded, Error> {
        let d = embedder.identity().dimensions;
        let mut values = vec![0.0; texts.len() * d];
        let mut truncated = vec![false; texts.len()];
        let (mut found, mut missing) = (vec![Vec::new(); self.records.len()], Vec::new());
        for (text, name) in texts.iter().enumerate() {
            match self.places.get(&short_digest(name)) {
                Some(place) => {
                    truncated[text] = place.is_cut;
                    found[place.part as usize].push((text, place.row as usize));
                }
                None => missing.push(text),
            }
        }
        let mut put = |text: usize, vector: &[f32]| values[text * d..(text + 1) * d].copy_from_slice(vector);
        for (record, wanted) in self.records.iter().zip(&found).filter(|(_, wanted)| !wanted.is_empty()) {
            let vectors = self.vectors(record)?;
            wanted.iter().for_each(|&(text, row)| put(text, vectors.row(row)));
        }
        if !missing.is_empty() {
            let absent: Vec<&str> = missing.iter().map(|&text| texts[text]).collect();
            let embedded = embedder.embed(&absent, observer)?;
            for (place, &text) in missing.iter().enumerate() {
                put(text, embedded.embeddings.row(place));
                truncated[text] = embedded.truncated[place];
            }
        }
        Ok(Embedded { embeddings: Embeddings::new(values, d), truncated })
    }

    /// The vectors of a part (rows×d), as its record vouches for them.
    fn vectors(&self, record: &PartRecord) -> Result<Embeddings, Error> {
        let file = vectors_file(&self.folder, record.part);
        let opened = open_regular(&file).map_err(|problem| Error::file(&file, problem))?;
        let mut hash = Sha256::new();
        let rows = read_npy_from(&mut Hashing { inner: opened, hash: &mut hash }, &file)?;
        let is_own = hex(&hash.finalize()) == record.vectors;
        let fits = rows.dimensions() == record.embedder.dimensions && rows.len() == record.documents;
        if is_own && fits && (0..rows.len()).all(|row| is_unit(rows.row(row))) {
            return Ok(rows);
        }
        Err(not_as_recorded(&file))
    }
}

/// Whether the vectors of a part are those of its record, by their hash.
fn check_vectors(folder: &Path, record: &PartRecord) -> Result<(), Error> {
    let file = vectors_file(folder, record.part);
    let hash = hash_of(&file).map_err(|problem| unread(&file, problem))?;
    if hash == record.vectors { Ok(()) } else { Err(not_as_recorded(&file)) }
}

/// The records of a directory, by part.
fn record_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let problem = |problem: io::Error| Error::file(folder, problem);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(problem)? {
        let name = entry.map_err(problem)?.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("part-") && name.ends_with(".json")) {
            files.push(folder.join(name));
        }
    }
    files.sort();
    if files.is_empty() || files.len() > MOST_PARTS {
        return Err(Error::Usage(message!(
            "{@vectors}: {folder} holds {count} records of vectors (part-000000.json, …), as `colligate embed` writes them",
            folder = folder.display(),
            count = files.len()
        )));
    }
    Ok(files)
}

/// The lines of a part, as its record vouches for them.
fn read_lines(folder: &Path, record: &PartRecord) -> Result<Vec<PartLine>, Error> {
    let file = ids_file(folder, record.part);
    let mut bytes = Vec::new();
    let read = open_regular(&file).and_then(|mut opened| opened.read_to_end(&mut bytes));
    read.map_err(|problem| unread(&file, problem))?;
    let lines: Option<Vec<PartLine>> = match sha256_hex(&bytes) == record.ids {
        true => bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).ok())
            .collect(),
        false => None,
    };
    lines.filter(|lines| lines.len() == record.documents).ok_or_else(|| not_as_recorded(&file))
}

fn unread(file: &Path, problem: io::Error) -> Error {
    match problem.kind() {
        io::ErrorKind::NotFound => Error::file(file, "is missing: embed that part again"),
        _ => Error::file(file, problem),
    }
}

fn not_as_recorded(file: &Path) -> Error {
    Error::file(
        file,
        "is not what its record says: it is cut or was changed; remove the three files of that part, and embed it again",
    )
}

/// The first sixteen bytes of a sha256 in hexadecimal.
fn key(sha256: &str) -> Option<[u8; 16]> {
    sha256_bytes(sha256)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(folder: &Path) -> Result<PartsWriter, Error> {
        let identity =
            Identity { name: "x".into(), dimensions: 2, sha256: "ab".into(), window: 0, english_only: false };
        PartsWriter::open(folder, &identity)
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_somebody_elses_stays() {
        let folder = tempfile::tempdir().unwrap();
        let lines = [PartLine { id: "1".into(), sha256: sha256_hex("a"), truncated: false }];
        let (texts, vectors) = (texts_digest(&lines), Embeddings::new(vec![1.0, 0.0], 2));
        let (record, ids, npy) =
            (record_file(folder.path(), 0), ids_file(folder.path(), 0), vectors_file(folder.path(), 0));
        let this = writer(folder.path()).unwrap();
        this.write(0, &lines, &vectors).unwrap();
        assert!(this.holds(0, &texts).unwrap());
        // Killed when one file had its name, and the others had not.
        fs::rename(&record, aside(&record)).unwrap();
        fs::rename(&npy, aside(&npy)).unwrap();
        let again = writer(folder.path()).unwrap();
        assert!(!again.holds(0, &texts).unwrap() && !ids.exists());
        again.write(0, &lines, &vectors).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        // Of the same names, and no record says whose.
        for theirs in [&ids, &npy] {
            let other = tempfile::tempdir().unwrap();
            let file = other.path().join(theirs.file_name().unwrap());
            fs::write(&file, "months of work").unwrap();
            let refused = writer(other.path()).unwrap_err();
            assert!(refused.exit_code() == 2 && refused.to_string().contains("would be overwritten"), "{refused}");
            fs::remove_file(&file).unwrap();
            let this = writer(other.path()).unwrap();
            fs::write(&file, "months of work").unwrap();
            assert_eq!(this.holds(0, &texts).unwrap_err().exit_code(), 2);
            assert_eq!(fs::read(&file).unwrap(), b"months of work");
        }
        // A record whose other file is gone vouches for its own only.
        fs::remove_file(&npy).unwrap();
        assert!(!again.holds(0, &texts).unwrap());
        fs::write(&ids, "months of work").unwrap();
        assert_eq!(again.holds(0, &texts).unwrap_err().exit_code(), 2);
    }
}
