//! The files of a run directory: written whole, read back. Nobody else knows their names.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::checksum::with_checksum;
use super::manifest::Manifest;
use super::names::{LOCK, MANIFEST};
use super::place::{self, Place};
use super::{ClusterLine, DocumentMap, FinishedRun};
use crate::decision::{Learned, Saved};
use crate::embed::CACHE_FOLDER;
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::model::{Call, Journal, JournalEntry, VectorLine};
use crate::seed::{Hashing, hex, sha256_hex};
use crate::text::open_regular;
use crate::vectors::{Embeddings, is_unit, read_npy_from, write_npy_rows};
use crate::writing::{self, WholeFile, aside};

pub(super) const CLUSTERS: &str = "clusters.jsonl";
pub(super) const ASSIGNMENTS: &str = "assignments.jsonl";
pub(super) const DOCUMENTS: &str = "documents.jsonl";
const EDITS: &str = "edits.toml";
const CALLS: &str = "calls.jsonl";
const VECTORS: &str = "vectors.jsonl";
const EMBEDDINGS: &str = "embeddings.npy";
pub(super) const MAP: &str = "map.npy";
const ADAPTER: &str = "adapter.npy";
const DECISION: &str = "decision.json";
const DECISION_TENSORS: &str = "decision.safetensors";
const INDEX: &str = "index";

/// The names that a run writes: its corpus must not be one of these files, and a run that kept nothing removes them again.
const OWN: [&str; 20] = [
    MANIFEST,
    EDITS,
    CLUSTERS,
    ASSIGNMENTS,
    DOCUMENTS,
    CALLS,
    VECTORS,
    EMBEDDINGS,
    MAP,
    ADAPTER,
    DECISION,
    DECISION_TENSORS,
    LOCK,
    "assignments.csv",
    "report.md",
    "report.html",
    "codebook.toml",
    "codebook.csv",
    "calls.jsonl.damaged",
    "vectors.jsonl.damaged",
];

/// Those of them that only readers open: to write them anew changes nothing that is read with the run.
const FOR_READERS: [&str; 5] = ["assignments.csv", "report.md", "report.html", "codebook.toml", "codebook.csv"];

/// A run directory that this process writes. The lock lasts as long as the value.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    /// Directories that were made for it, the outermost first.
    made: Vec<PathBuf>,
    former: Option<Box<Manifest>>,
    _lock: place::Lock,
}

impl RunDirectory {
    /// Looks whether a run may be written to the directory that the user named; nothing is made or changed.
    ///
    /// # Errors
    /// [`Error::Usage`] when it holds a run already and `resume` is not wanted, or when it is a file or holds something else.
    pub fn check(named: &Path, resume: bool) -> Result<(), Error> {
        match Place::of(named)? {
            Place::Run(_) if !resume => Err(Error::Usage(message!(
                "{path} holds a run already; go on with it by {+resume}, or give another {+out}",
                path = named.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Makes the directory the user named, or `runs/NAME`, `runs/NAME-2`, … when none was; with `resume`, one that holds a
    /// run is resumed. `inputs` are the corpus's files, of which none may be one that the run writes.
    ///
    /// # Errors
    /// [`Error::Usage`] when a named directory holds a run already, is used by another process, or is not a run's.
    pub fn open(named: Option<&Path>, corpus: &str, resume: bool, inputs: &[PathBuf]) -> Result<RunDirectory, Error> {
        let (path, made) = match named {
            Some(path) => {
                RunDirectory::check(path, resume)?;
                inputs.iter().try_for_each(|input| is_no_input(path, input))?;
                (path.to_owned(), place::make(path)?)
            }
            None => place::make_named(Path::new("runs"), corpus)?,
        };
        // Only what this process holds the lock of does not change any more.
        let locked = place::lock(&path).and_then(|lock| {
            RunDirectory::check(&path, resume)?;
            Ok((lock, Place::of(&path)?))
        });
        match locked {
            Ok((lock, Place::Run(former))) => Ok(RunDirectory { path, made, former: Some(former), _lock: lock }),
            Ok((lock, Place::Free)) => Ok(RunDirectory { path, made, former: None, _lock: lock }),
            Err(problem) => {
                place::unmake(&made);
                Err(problem)
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The manifest of the run that is resumed, if the directory held one.
    pub fn former(&self) -> Option<&Manifest> {
        self.former.as_deref()
    }

    /// Whether anything that was asked or embedded is kept here.
    pub fn holds_anything(&self) -> bool {
        let is_there = |name: &str| self.path.join(name).exists();
        is_there(EMBEDDINGS)
            || is_there(CACHE_FOLDER)
            || is_there(CLUSTERS)
            || self.holds_answers()
            || holds_outcomes::<VectorLine>(&self.path.join(VECTORS))
    }

    /// Whether any answer of a model is kept here.
    pub fn holds_answers(&self) -> bool {
        holds_outcomes::<Call>(&self.path.join(CALLS))
    }

    /// Removes what a run has written that kept nothing, and the directories that were made for it; a run that was there before
    /// stays.
    pub fn abandon(&self) {
        if self.former.is_some() || self.holds_anything() {
            return;
        }
        for name in OWN {
            let _ = fs::remove_file(self.path.join(name));
            let _ = fs::remove_file(aside(&self.path.join(name)));
        }
        place::unmake(&self.made);
    }

    /// The journal, with what it holds of a run that is resumed.
    ///
    /// # Errors
    /// When the file cannot be made or read.
    pub fn journal(&self, with_requests: bool) -> Result<Journal, Error> {
        Journal::open(&self.path.join(CALLS), with_requests)
    }

    /// The journal of a server's vectors, with what it holds of a run that is resumed.
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

    /// A run that is resumed keeps its own journal: it can only be replayed with the same one.
    fn copy(&self, recording: &Path, from: &Path, name: &str) -> Result<(), Error> {
        let to = self.path.join(name);
        let problem = |problem: io::Error| Error::file(recording, problem);
        if !to.exists() {
            let mut source = File::open(from).map_err(problem)?;
            return self.write_by(name, |file| io::copy(&mut source, file).map(drop));
        }
        if are_same(from, &to).map_err(problem)? {
            return Ok(());
        }
        Err(Error::Usage(message!(
            "{@resume} {@replay}: {path} has a {name} of its own, which is not that of {recording}; to go on with it leave out \
             {-replay}, to replay the other give another {+out}",
            path = self.path.display(),
            name,
            recording = recording.display()
        )))
    }

    /// Writes `manifest.json`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(manifest).and_then(|text| with_checksum(&text));
        self.write(MANIFEST, text.map_err(|problem| Error::Bug(problem.to_string()))?.as_bytes())
    }

    /// Writes `embeddings.npy`: the `rows` of some embeddings, one a document. Returns a checksum of the file that the sha256 of
    /// embedder and corpus go into too: of what the vectors are.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_embeddings(
        &self,
        embeddings: &Embeddings,
        rows: &[usize],
        embedder: &str,
        corpus: &str,
    ) -> Result<String, Error> {
        let mut hash = Sha256::new_with_prefix(whose(embedder, corpus));
        self.write_by(EMBEDDINGS, |file| {
            write_npy_rows(embeddings, rows.iter().copied(), Hashing { inner: file, hash: &mut hash })
        })?;
        Ok(hex(&hash.finalize()))
    }

    /// Writes the learned map of the vectors (d×d): what was clustered is a document's vector times the map transposed, of unit
    /// length again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_adapter(&self, adapter: &Embeddings) -> Result<(), Error> {
        self.write_by(ADAPTER, |file| write_npy_rows(adapter, 0..adapter.len(), file))
    }

    /// Writes `decision.json` and `decision.safetensors`, which it vouches for.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_decision(&self, decision: &Saved) -> Result<(), Error> {
        self.write(DECISION_TENSORS, &decision.tensors)?;
        self.write(DECISION, &decision.json)
    }

    /// Copies what a run learned beside its decision: the map of the vectors, and the codebook.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn copy_learned(&self, run: &Path, manifest: &Manifest) -> Result<(), Error> {
        let codebook = manifest.codebook.as_ref().map(|codebook| codebook.file.as_str());
        let codebook = codebook.filter(|file| OWN.contains(file));
        for name in [Some(ADAPTER), codebook].into_iter().flatten() {
            let from = run.join(name);
            if from.is_file() {
                let mut source = open_regular(&from).map_err(|problem| Error::file(&from, problem))?;
                self.write_by(name, |file| io::copy(&mut source, file).map(drop))?;
            }
        }
        Ok(())
    }

    /// Writes clusters, assignments, documents and, where there is one, their map, and returns the sha256 of each file. The manifest
    /// comes last, so that a complete one vouches for the rest.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_results(&self, run: &FinishedRun, map: &DocumentMap) -> Result<BTreeMap<String, String>, Error> {
        let written = [
            (CLUSTERS, self.write_hashed(CLUSTERS, &run.clusters)?),
            (ASSIGNMENTS, self.write_hashed(ASSIGNMENTS, &run.assignments)?),
            (DOCUMENTS, self.write_hashed(DOCUMENTS, &run.documents)?),
        ];
        let map = match map {
            DocumentMap::Points(points) => Some((MAP, self.write_map(points)?)),
            _ => None,
        };
        Ok(written.into_iter().chain(map).map(|(name, sha256)| (name.to_owned(), sha256)).collect())
    }

    /// Writes `map.npy`: the places of n documents (n×2).
    fn write_map(&self, points: &[[f32; 2]]) -> Result<String, Error> {
        let points = Embeddings::new(points.as_flattened().to_vec(), 2);
        let mut hash = Sha256::new();
        self.write_by(MAP, |inner| write_npy_rows(&points, 0..points.len(), Hashing { inner, hash: &mut hash }))?;
        Ok(hex(&hash.finalize()))
    }

    fn write_hashed<T: Serialize>(&self, name: &str, lines: &[T]) -> Result<String, Error> {
        let mut hash = Sha256::new();
        self.write_by(name, |inner| json_lines(lines, Hashing { inner, hash: &mut hash }))?;
        Ok(hex(&hash.finalize()))
    }

    /// Writes the edits of a person.
    ///
    /// # Errors
    /// Those of [`RunDirectory::check_edits`], or when the file cannot be written.
    pub fn write_edits(&self, text: &str) -> Result<(), Error> {
        self.check_edits(text)?;
        self.write(EDITS, text.as_bytes())
    }

    /// Looks whether edits may be written: over nothing, and over those that the run which is resumed was made with.
    ///
    /// # Errors
    /// [`Error::Usage`] when others stand there: a person wrote them.
    pub fn check_edits(&self, text: &str) -> Result<(), Error> {
        let own = self.former().and_then(|former| former.edits.as_ref()).map(|edits| edits.sha256.as_str());
        self.is_not_by_hand(EDITS, text, own, &Mention::of("edits"))
    }

    /// Looks whether the copy of a codebook may be written, as [`RunDirectory::check_edits`] does.
    ///
    /// # Errors
    /// [`Error::Usage`] when a person has changed the copy.
    pub fn check_codebook(&self, name: &str, text: &str) -> Result<(), Error> {
        let former = self.former().and_then(|former| former.codebook.as_ref());
        let own = former.filter(|codebook| codebook.file == name).map(|codebook| codebook.sha256.as_str());
        self.is_not_by_hand(name, text, own, &Mention::of("codebook"))
    }

    /// Refuses to write over a file that holds neither this text nor what the program wrote there, which has the hash `own`.
    fn is_not_by_hand(&self, name: &str, text: &str, own: Option<&str>, parameter: &Mention) -> Result<(), Error> {
        let file = self.path.join(name);
        if fs::symlink_metadata(&file).is_err() {
            return Ok(());
        }
        let mut there = Vec::new();
        let read = open_regular(&file).and_then(|mut opened| opened.read_to_end(&mut there));
        read.map_err(|problem| Error::file(&file, problem))?;
        if there == text.as_bytes() || own == Some(sha256_hex(&there).as_str()) {
            return Ok(());
        }
        Err(Error::Usage(message!(
            "{parameter}: {file} was written or changed by hand, and would be replaced: move it away, or name this file itself",
            parameter = parameter.clone(),
            file = file.display()
        )))
    }

    /// Writes any other file of the directory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.write_by(name, |file| file.write_all(bytes))
    }

    /// Writes a file as it is made.
    fn write_by(&self, name: &str, make: impl FnOnce(&mut WholeFile) -> io::Result<()>) -> Result<(), Error> {
        writing::write(&self.path.join(name), make)
    }
}

/// Refuses a file of the corpus that a run would write.
fn is_no_input(directory: &Path, input: &Path) -> Result<(), Error> {
    let Ok(input) = input.canonicalize() else { return Ok(()) };
    let is_own = OWN.iter().any(|name| directory.join(name).canonicalize().is_ok_and(|own| own == input));
    if !is_own {
        return Ok(());
    }
    Err(Error::Usage(message!(
        "{input} would be overwritten by the run's own file of that name; give another {+out}",
        input = input.display()
    )))
}

fn holds_outcomes<C: JournalEntry>(journal: &Path) -> bool {
    // What cannot be read is not taken for nothing.
    journal.exists() && Journal::<C>::open_recording(journal).map_or(true, |journal| !journal.is_empty())
}

/// Whether two files hold the same bytes.
fn are_same(left: &Path, right: &Path) -> io::Result<bool> {
    let (left, right) = (File::open(left)?, File::open(right)?);
    if left.metadata()?.len() != right.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (BufReader::new(left), BufReader::new(right));
    loop {
        let (a, b) = (left.fill_buf()?, right.fill_buf()?);
        let count = a.len().min(b.len());
        if a[..count] != b[..count] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(a.len() == b.len());
        }
        left.consume(count);
        right.consume(count);
    }
}

/// Reads the clusters of a finished run.
///
/// # Errors
/// Those of [`super::read_run`].
pub fn read_clusters(path: &Path) -> Result<Vec<ClusterLine>, Error> {
    Ok(read_lines(&path.join(CLUSTERS))?.0)
}

/// Reads what a run learned, without trust; none where it saved nothing.
///
/// # Errors
/// When a file is missing or broken.
pub fn read_decision(path: &Path) -> Result<Option<Learned>, Error> {
    let (json, tensors) = (path.join(DECISION), path.join(DECISION_TENSORS));
    if !json.exists() && !tensors.exists() {
        return Ok(None);
    }
    let read = |file: &Path| {
        let mut bytes = Vec::new();
        let read = open_regular(file).and_then(|mut opened| opened.read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|problem| Error::file(file, problem))
    };
    let saved = Saved { json: read(&json)?, tensors: read(&tensors)? };
    Learned::read(&saved).map(Some).map_err(|problem| Error::file(&json, problem))
}

/// The journal of a run directory or, given a file, that file.
pub fn journal_file(recording: &Path) -> PathBuf {
    if recording.is_dir() { recording.join(CALLS) } else { recording.to_owned() }
}

/// The journal of a server's vectors in a run directory.
pub fn vectors_file(recording: &Path) -> PathBuf {
    recording.join(VECTORS)
}

/// Whether a folder is that of a run.
pub fn is_run(folder: &Path) -> bool {
    folder.join(MANIFEST).exists()
}

/// Whether a file of this path would be taken for one of those that a run is read by.
pub fn is_read_with_run(file: &Path) -> bool {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| OWN.contains(&name) && !FOR_READERS.contains(&name)) && is_run(folder)
}

/// The lines of a run directory that say where each row is.
pub fn assignments_file(run: &Path) -> PathBuf {
    run.join(ASSIGNMENTS)
}

/// The edits of a person in a run directory.
pub fn edits_file(run: &Path) -> PathBuf {
    run.join(EDITS)
}

/// The documents of a run, a line each.
pub fn documents_file(run: &Path) -> PathBuf {
    run.join(DOCUMENTS)
}

/// The vectors of a run's documents with content.
pub fn embeddings_file(run: &Path) -> PathBuf {
    run.join(EMBEDDINGS)
}

/// The index of a large run, if it has one.
pub fn index_file(run: &Path) -> PathBuf {
    run.join(INDEX).join("cells.bin")
}

/// The clusters of a run as its manifest vouches for them.
///
/// # Errors
/// When the file cannot be read, or is not the one that the run wrote.
pub fn vouched_clusters(path: &Path, manifest: &Manifest) -> Result<Vec<ClusterLine>, Error> {
    let file = path.join(CLUSTERS);
    let (lines, sha256) = read_lines(&file)?;
    match manifest.files.get(CLUSTERS) {
        Some(own) if *own == sha256 => Ok(lines),
        _ => Err(Error::file(&file, "is not what its run has written")),
    }
}

/// The report in a run directory.
pub fn report_file(run: &Path) -> PathBuf {
    run.join("report.html")
}

/// The vectors of a run's documents with content (n×d), in input order, as its manifest vouches for them; none where it kept none.
///
/// # Errors
/// When the file is not what its run has written.
pub fn recorded_embeddings(recording: &Path, manifest: &Manifest) -> Result<Option<Embeddings>, Error> {
    let (path, embedder) = (recording.join(EMBEDDINGS), &manifest.embedder);
    if !path.is_file() {
        return Ok(None);
    }
    let mut hash = Sha256::new_with_prefix(whose(&embedder.sha256, &manifest.corpus.sha256));
    let file = File::open(&path).map_err(|problem| Error::file(&path, problem))?;
    let rows = read_npy_from(Hashing { inner: file, hash: &mut hash }, &path)?;
    let is_own = embedder.vectors.is_empty() || embedder.vectors == hex(&hash.finalize());
    if !is_own || rows.dimensions() != embedder.dimensions || !(0..rows.len()).all(|row| is_unit(rows.row(row))) {
        return Err(Error::file(&path, "is not what its run has written"));
    }
    Ok(Some(rows))
}

/// Of what vectors are.
fn whose(embedder: &str, corpus: &str) -> String {
    format!("{embedder}\n{corpus}\n")
}

fn json_lines<T: Serialize>(lines: &[T], mut writer: impl Write) -> io::Result<()> {
    for line in lines {
        serde_json::to_writer(&mut writer, line)?;
        writer.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads a file of JSON lines, and takes its sha256.
///
/// # Errors
/// When it cannot be read, or with the line that is not what is wanted.
pub fn read_lines<T: DeserializeOwned>(file: &Path) -> Result<(Vec<T>, String), Error> {
    let mut hash = Sha256::new();
    let inner = open_regular(file).map_err(|problem| Error::file(file, problem))?;
    let reader = BufReader::new(Hashing { inner, hash: &mut hash });
    let parse = |(number, line): (usize, io::Result<String>)| {
        let line = line.map_err(|problem| Error::file(file, problem))?;
        serde_json::from_str(&line).map_err(|problem| Error::file(file, format!("line {}: {problem}", number + 1)))
    };
    let lines = reader.lines().enumerate().map(parse).collect::<Result<_, _>>()?;
    Ok((lines, hex(&hash.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::EditsRecord;
    use crate::run::fixture::RunBuilder;

    #[test]
    fn edits_that_a_person_wrote_beside_a_run_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = RunBuilder::by_wording("why?").cluster("late", "is late", &["a", "b"]).build().manifest;
        let record = |text: &str| EditsRecord { file: EDITS.into(), sha256: sha256_hex(text), effects: Vec::new() };
        manifest.edits = Some(record("# of the run\n"));
        let directory = RunDirectory::open(Some(folder.path()), "mail", false, &[]).unwrap();
        directory.write_manifest(&manifest).unwrap();
        drop(directory);
        let directory = RunDirectory::open(Some(folder.path()), "mail", true, &[]).unwrap();
        directory.write_edits("# of the run\n").unwrap();
        directory.write_edits("# others\n").unwrap();
        directory.write_edits("# others\n").unwrap();
        fs::write(folder.path().join(EDITS), "# an hour of work\n").unwrap();
        let refused = directory.write_edits("# others\n").unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert!(refused.to_string().contains(EDITS), "{refused}");
        assert_eq!(fs::read(folder.path().join(EDITS)).unwrap(), b"# an hour of work\n");
        directory.write_edits("# an hour of work\n").unwrap();
        fs::write(folder.path().join("codebook.toml"), "# mine\n").unwrap();
        assert_eq!(directory.check_codebook("codebook.toml", "# the run's\n").unwrap_err().exit_code(), 2);
    }
}
