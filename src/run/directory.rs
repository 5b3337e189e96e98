//! The files of a run directory: written aside and renamed, read back. Nobody else knows their names.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{FinishedRun, Manifest};
use crate::embed::{Embeddings, read_npy, write_npy_rows};
use crate::error::Error;
use crate::model::{Journal, VectorLine};

const MANIFEST: &str = "manifest.json";
const CLUSTERS: &str = "clusters.jsonl";
const ASSIGNMENTS: &str = "assignments.jsonl";
const DOCUMENTS: &str = "documents.jsonl";
const CALLS: &str = "calls.jsonl";
const VECTORS: &str = "vectors.jsonl";
const EMBEDDINGS: &str = "embeddings.npy";
const ADAPTER: &str = "adapter.npy";
const LOCK: &str = "lock";

/// A run directory that this process writes. The lock lasts as long as the value.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    _lock: File,
}

impl RunDirectory {
    /// Makes the directory the user named, or `runs/NAME`, `runs/NAME-2`, … when none was; with `resume`, one that holds a
    /// run is gone on with.
    ///
    /// # Errors
    /// [`Error::Usage`] when a named directory holds a run already or is used by another process.
    pub fn open(named: Option<&Path>, corpus: &str, resume: bool) -> Result<RunDirectory, Error> {
        let path = named.map_or_else(|| free_name(Path::new("runs"), corpus), Path::to_owned);
        fs::create_dir_all(&path).map_err(|problem| Error::file(&path, problem))?;
        let lock = path.join(LOCK);
        let file = File::create(&lock).map_err(|problem| Error::file(&lock, problem))?;
        file.try_lock().map_err(|_| Error::Usage(format!("{}: another run is writing here", path.display())))?;
        if path.join(MANIFEST).exists() && !resume {
            return Err(Error::Usage(format!(
                "{} holds a run already; go on with it by --resume, or give another --out",
                path.display()
            )));
        }
        Ok(RunDirectory { path, _lock: file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The manifest of the run that is gone on with, if the directory holds one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn former(&self) -> Result<Option<Manifest>, Error> {
        if self.path.join(MANIFEST).exists() { read_manifest(&self.path).map(Some) } else { Ok(None) }
    }

    /// The journal, with what it holds of a run that is gone on with.
    ///
    /// # Errors
    /// When the file cannot be made or read.
    pub fn journal(&self, with_requests: bool) -> Result<Journal, Error> {
        Journal::open(&self.path.join(CALLS), with_requests)
    }

    /// The journal of a server's vectors, with what it holds of a run that is gone on with.
    ///
    /// # Errors
    /// When the file cannot be made or read.
    pub fn vectors_journal(&self) -> Result<Journal<VectorLine>, Error> {
        Journal::open(&self.path.join(VECTORS), true)
    }

    /// Copies a recording's journal, so that the run directory stands alone.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy_journal(&self, recording: &Path) -> Result<(), Error> {
        self.copy(recording, &journal_file(recording), CALLS)
    }

    /// Copies a recording's journal of vectors.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy_vectors(&self, recording: &Path) -> Result<(), Error> {
        self.copy(recording, &vectors_file(recording), VECTORS)
    }

    fn copy(&self, recording: &Path, from: &Path, name: &str) -> Result<(), Error> {
        let to = self.path.join(name);
        let problem = |problem: io::Error| Error::file(recording, problem);
        // A run that is gone on with may replay itself: to copy a file onto itself would empty it.
        let is_itself = to.exists() && from.canonicalize().map_err(problem)? == to.canonicalize().map_err(problem)?;
        if !is_itself {
            fs::copy(from, &to).map_err(problem)?;
        }
        Ok(())
    }

    /// Writes `manifest.json`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(manifest).map_err(|problem| Error::Bug(problem.to_string()))?;
        self.write(MANIFEST, format!("{text}\n").as_bytes())
    }

    /// Writes `embeddings.npy`: the `rows` of some embeddings, one a document.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_embeddings(&self, embeddings: &Embeddings, rows: &[usize]) -> Result<(), Error> {
        self.write_by(EMBEDDINGS, |file| write_npy_rows(embeddings, rows.iter().copied(), file))
    }

    /// Writes the learned map of the vectors (d×d): what was clustered is a document's vector times the map transposed, of unit
    /// length again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_adapter(&self, adapter: &Embeddings) -> Result<(), Error> {
        self.write_by(ADAPTER, |file| write_npy_rows(adapter, 0..adapter.len(), file))
    }

    /// Writes clusters, assignments and documents; the manifest comes last, so that a complete one vouches for the rest.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_lines(&self, run: &FinishedRun) -> Result<(), Error> {
        self.write_by(CLUSTERS, |file| json_lines(&run.clusters, file))?;
        self.write_by(ASSIGNMENTS, |file| json_lines(&run.assignments, file))?;
        self.write_by(DOCUMENTS, |file| json_lines(&run.documents, file))
    }

    /// Writes any other file of the directory aside and renames it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.write_by(name, |file| file.write_all(bytes))
    }

    /// Writes a file aside, as it is made, and renames it.
    fn write_by(&self, name: &str, make: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), Error> {
        let path = self.path.join(name);
        let problem = |problem: io::Error| Error::file(&path, problem);
        let aside = self.path.join(format!(".{name}.writing"));
        let mut file = File::create(&aside).map(BufWriter::new).map_err(problem)?;
        make(&mut file).and_then(|()| file.flush()).map_err(problem)?;
        fs::rename(&aside, &path).map_err(problem)
    }
}

/// Reads a finished run back.
///
/// # Errors
/// When a file is missing or is not what format 1 says, with its line.
pub fn read_run(path: &Path) -> Result<FinishedRun, Error> {
    Ok(FinishedRun {
        manifest: read_manifest(path)?,
        clusters: read_lines(&path.join(CLUSTERS))?,
        assignments: read_lines(&path.join(ASSIGNMENTS))?,
        documents: read_lines(&path.join(DOCUMENTS))?,
    })
}

/// Reads `manifest.json` of a run directory.
///
/// # Errors
/// When there is none, or it is of another format.
pub fn read_manifest(path: &Path) -> Result<Manifest, Error> {
    let file = path.join(MANIFEST);
    let text = fs::read_to_string(&file).map_err(|problem| Error::file(&file, problem))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|problem| Error::file(&file, problem))?;
    match manifest.format {
        1 => Ok(manifest),
        other => Err(Error::file(&file, format!("is of format {other}, this program reads format 1"))),
    }
}

/// The journal of a run directory or, given a file, that file.
pub fn journal_file(recording: &Path) -> PathBuf {
    if recording.is_dir() { recording.join(CALLS) } else { recording.to_owned() }
}

/// The journal of a server's vectors in a run directory.
pub fn vectors_file(recording: &Path) -> PathBuf {
    recording.join(VECTORS)
}

/// The vectors of a run directory, if it has any.
///
/// # Errors
/// When the file is no vector file.
pub fn recorded_embeddings(recording: &Path) -> Result<Option<Embeddings>, Error> {
    let file = recording.join(EMBEDDINGS);
    if file.is_file() { read_npy(&file).map(Some) } else { Ok(None) }
}

fn free_name(runs: &Path, corpus: &str) -> PathBuf {
    let names = std::iter::once(corpus.to_owned()).chain((2..).map(|number| format!("{corpus}-{number}")));
    names.map(|name| runs.join(name)).find(|path| !path.exists()).expect("there is always a next number; this is a bug")
}

fn json_lines<T: Serialize>(lines: &[T], mut writer: impl Write) -> io::Result<()> {
    for line in lines {
        serde_json::to_writer(&mut writer, line)?;
        writer.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads a file of JSON lines.
///
/// # Errors
/// When it cannot be read, or with the line that is not what is wanted.
pub fn read_lines<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>, Error> {
    let reader = BufReader::new(File::open(file).map_err(|problem| Error::file(file, problem))?);
    let parse = |(number, line): (usize, io::Result<String>)| {
        let line = line.map_err(|problem| Error::file(file, problem))?;
        serde_json::from_str(&line).map_err(|problem| Error::file(file, format!("line {}: {problem}", number + 1)))
    };
    reader.lines().enumerate().map(parse).collect()
}
