//! `manifest.json`: what a run was, what it used and how it ended.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checksum::is_as_written;
use super::lines::{AssignmentLine, Status};
use super::names::MANIFEST;
use crate::corpus::{Corpus, FileRead, SetApart};
use crate::embed::EmbeddingUsage;
use crate::error::Error;
use crate::methods::{KChoice, Procedure, Record, RoundRecord, SelectionRecord, StageRecord, Trust, procedure};
use crate::model::{ModelFile, PromptRecord, Protocol, Usage};
use crate::plan::{Method, Planned, Recorded};
use crate::text::open_regular;

/// What is said of a manifest whose checksum is another one.
const CHANGED: &str = "is not as the run wrote it: it is damaged, or somebody has changed it (its checksum is another); take it from a \
                       copy, or remove its member \"checksum\" if what it says is right";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Everything that was to be done was done.
    Complete,
    /// A budget was reached or some answers failed; `reason` says which.
    Partial,
    /// The model server could not be reached, refused, or was out of quota.
    Failed,
    /// Interrupted by the user.
    Cancelled,
    /// Still going on, or killed.
    Running,
}

/// The input file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorpusRecord {
    /// Short name.
    pub name: String,
    /// sha256 of the raw bytes.
    pub sha256: String,
    /// Lines that are not blank.
    pub rows: usize,
    /// How each file was read; absent in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRead>,
    /// What was stripped, joined or set apart of the texts; absent where nothing was, and in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_apart: Vec<SetApart>,
}

impl CorpusRecord {
    /// What there is to say of a corpus, with words of its texts if that is wanted.
    pub fn of(corpus: &Corpus, with_texts: bool) -> CorpusRecord {
        let pieces = |step: &SetApart| if with_texts { step.pieces.clone() } else { Vec::new() };
        let step = |step: &SetApart| SetApart { pieces: pieces(step), ..step.clone() };
        CorpusRecord {
            name: corpus.name.clone(),
            sha256: corpus.sha256.clone(),
            rows: corpus.rows.len(),
            files: corpus.files.clone(),
            set_apart: corpus.set_apart.iter().map(step).collect(),
        }
    }

    /// The field that the texts of all files were read from, if it is one.
    pub fn text_field(&self) -> Option<&str> {
        let first = self.files.first()?.text.as_str();
        self.files.iter().all(|file| file.text == first).then_some(first)
    }
}

/// Rows by status; they sum to the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCounts {
    /// In at least one cluster.
    pub assigned: usize,
    /// In none.
    pub uncovered: usize,
    /// Not documents.
    pub skipped: usize,
    /// Without a verdict that would decide.
    pub failed: usize,
}

impl DocumentCounts {
    /// Of some lines.
    pub fn of(lines: &[AssignmentLine]) -> DocumentCounts {
        let mut counts = DocumentCounts::default();
        lines.iter().for_each(|line| counts.add(line.status));
        counts
    }

    /// Counts one more row.
    pub fn add(&mut self, status: Status) {
        *match status {
            Status::Assigned => &mut self.assigned,
            Status::Uncovered => &mut self.uncovered,
            Status::Skipped => &mut self.skipped,
            Status::Failed => &mut self.failed,
        } += 1;
    }
}

/// The embedder of the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbedderRecord {
    /// Its name, such as `builtin:all-MiniLM-L6-v2-w8`.
    pub id: String,
    /// Dimensions of a vector.
    pub dimensions: usize,
    /// sha256 of its weights, of weights and tokenizer, or of what could be learnt of a server.
    pub sha256: String,
    /// Tokens it reads of one text at most; 0 where it reads all, or a server does not say.
    pub window: usize,
    /// How many documents were longer.
    pub truncated: usize,
    /// sha256 of embedder, corpus and `embeddings.npy`; empty before that is written, and in runs of earlier versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vectors: String,
    /// sha256 of the texts that were embedded, in their order; empty in runs of earlier versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub texts: String,
    /// What was sent to it, if it is a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<EmbeddingUsage>,
}

impl EmbedderRecord {
    /// Whether vectors of the other one can be compared with its own.
    pub fn is_like(&self, other: &EmbedderRecord) -> bool {
        (self.dimensions, &self.sha256) == (other.dimensions, &other.sha256)
    }
}

/// The language model of the run. Never an address or a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its name as the server knows it.
    pub name: String,
    /// How it was asked; left out of a chat model.
    #[serde(default, skip_serializing_if = "Protocol::is_chat")]
    pub protocol: Protocol,
    /// The file that it was loaded from, if it answered in the process itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ModelFile>,
    /// Whether answers came from a recording.
    pub replayed: bool,
    /// Whether verdicts were read from log-probabilities.
    pub logprobs: bool,
}

/// The codebook of a run, whose copy lies beside the manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CodebookRecord {
    /// The copy's name.
    pub file: String,
    /// sha256 of its bytes.
    pub sha256: String,
    /// How many entries it has.
    pub entries: usize,
}

/// The earlier run whose clusters keep their ids.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BaseRecord {
    /// How many clusters it has.
    pub clusters: usize,
    /// How many of them came back: clusters of this run have their ids.
    pub inherited: usize,
    /// sha256 of its `clusters.jsonl`; empty where it is of an earlier version.
    pub sha256: String,
}

/// What a person has corrected of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EditsRecord {
    /// The file's name in the run directory.
    pub file: String,
    /// sha256 of its bytes.
    pub sha256: String,
    /// What each edit did, where the run is read through them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
}

/// Documents that were added to a run by an update.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateRecord {
    /// Short name of their corpus.
    pub corpus: String,
    /// sha256 of its raw bytes.
    pub sha256: String,
    /// Its rows.
    pub rows: usize,
    /// Those that the run held already: they are not there twice.
    pub known: usize,
    /// Of these, the rows whose document has another text in the run, which stays; else it has become a document of its own.
    pub changed: usize,
    /// The first of its rows in `assignments.jsonl`, counted from 0.
    pub first: usize,
    /// Ids of the clusters that were added.
    pub clusters: Vec<String>,
    /// Ids of the clusters that none of its documents is in.
    pub absent: Vec<String>,
}

/// The method of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Told")]
pub struct MethodRecord {
    /// `topics`, `goalex`, `clusterllm`, `classify` or `auto`.
    pub name: String,
    /// The values of the parameters that are its own.
    pub parameters: BTreeMap<String, Value>,
    /// What it says of how it went.
    pub record: Record,
}

/// What a manifest says of the method. Earlier versions said its name only.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Name(String),
    Whole {
        name: String,
        #[serde(default)]
        parameters: BTreeMap<String, Value>,
        #[serde(default)]
        record: Record,
    },
}

impl From<Told> for MethodRecord {
    fn from(told: Told) -> MethodRecord {
        match told {
            Told::Name(name) => MethodRecord { name, ..MethodRecord::default() },
            Told::Whole { name, parameters, record } => MethodRecord { name, parameters, record },
        }
    }
}

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the run directory's format: 1.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// sha256 of the files of results as they were written; empty before there are any, and in runs of earlier versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// How the run ended.
    pub status: RunStatus,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// The day on which it was begun or resumed, in UTC: `2026-11-28`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The user's sentence.
    pub goal: String,
    /// The method that ran.
    pub method: MethodRecord,
    /// Every parameter with its origin.
    pub plan: BTreeMap<String, Planned>,
    /// The input.
    pub corpus: CorpusRecord,
    /// Rows by status.
    pub documents: DocumentCounts,
    /// Number of clusters.
    pub clusters: usize,
    /// The embedder.
    pub embedder: EmbedderRecord,
    /// The language model, if one was asked.
    pub model: Option<ModelRecord>,
    /// Who said which candidates hold, where that was not the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<ModelRecord>,
    /// The prompts used.
    pub prompts: Vec<PromptRecord>,
    /// Seed of the random number generator.
    pub seed: u64,
    /// What was asked of the model.
    pub usage: Usage,
    /// The integer program's outcome.
    pub selection: Option<SelectionRecord>,
    /// How k was found.
    pub k_choice: Option<KChoice>,
    /// The groups known beforehand, where the user gave a codebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codebook: Option<CodebookRecord>,
    /// The earlier run whose clusters keep their ids, where the user named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseRecord>,
    /// What a person has corrected of it: in its directory the file that it was made with, read back what each edit did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<EditsRecord>,
    /// The documents that updates have added, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<UpdateRecord>,
    /// The record of `auto` once more: programs that were written for earlier versions look for it here.
    #[serde(default, skip_serializing_if = "Record::is_none")]
    pub core: Record,
    /// Whether the model's answers carry information about the documents; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
    /// Round by round.
    pub rounds: Vec<RoundRecord>,
    /// Wall time by stage.
    pub stages: Vec<StageRecord>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Manifest {
    /// Whether the run was made with `--no-texts`.
    pub fn is_without_texts(&self) -> bool {
        self.plan.get("no-texts").is_some_and(|planned| planned.value == true)
    }

    /// What it says of the plan of its run, whose directory is `folder`.
    pub fn recorded<'a>(&'a self, folder: &'a Path) -> Recorded<'a> {
        let codebook = self.codebook.as_ref().map(|codebook| codebook.file.as_str());
        Recorded { folder, plan: &self.plan, method: &self.method.name, codebook }
    }

    /// What the program knows of the run's method; none where another version has written its name.
    pub fn procedure(&self) -> Option<&'static Procedure> {
        let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
            self.method.name.as_str().into_deserializer();
        let method = Method::deserialize(name).ok()?;
        Some(procedure(method, self.codebook.is_some()))
    }

    /// Whether the run wrote results: then its rows are counted by status.
    pub fn has_results(&self) -> bool {
        let counts = &self.documents;
        counts.assigned + counts.uncovered + counts.skipped + counts.failed > 0
    }
}

/// Reads `manifest.json` of a run directory.
///
/// # Errors
/// When there is none, it is of another format, or it is not as it was written.
pub fn read_manifest(path: &Path) -> Result<Manifest, Error> {
    let file = path.join(MANIFEST);
    let text = open_regular(&file).and_then(io::read_to_string).map_err(|problem| match problem.kind() {
        ErrorKind::NotFound if path.is_dir() => Error::file(path, "is not a run directory: it holds no manifest.json"),
        ErrorKind::NotFound => Error::file(path, "there is no such run directory"),
        ErrorKind::NotADirectory => Error::file(path, "is a file, not the directory of a run"),
        _ => Error::file(&file, problem),
    })?;
    let mut manifest: Manifest = serde_json::from_str(&text).map_err(|problem| Error::file(&file, problem))?;
    if manifest.method.record.is_none() {
        manifest.method.record = manifest.core.clone();
    }
    if manifest.format != 1 {
        let format = manifest.format;
        return Err(Error::file(&file, format!("is of format {format}, this program reads format 1")));
    }
    let values: Value = serde_json::from_str(&text).map_err(|problem| Error::file(&file, problem))?;
    if !is_as_written(&values) {
        return Err(Error::file(&file, CHANGED));
    }
    Ok(manifest)
}
