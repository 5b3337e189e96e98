//! The library's error, and the exit code that each kind of it means.

use std::path::{Path, PathBuf};

/// Whatever can go wrong in a run. Messages are lowercase fragments that name the thing and the cure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line, the configuration or the plan asks for something that cannot be done.
    #[error("{0}")]
    Usage(String),
    /// A corpus file holds something that is not a document.
    #[error("{file}:{line}: {problem}")]
    Row {
        /// The file as the user named it, `-` for standard input.
        file: String,
        /// 1-based line of the file.
        line: u64,
        /// What is wrong, with the field and the cure.
        problem: String,
    },
    /// A file that the user named could not be read or understood.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file or directory concerned.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of the program's own could not be written, or not be read back.
    #[error("{}: {problem}", path.display())]
    Write {
        /// The file or directory concerned.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A corpus can be read only if the user says how.
    #[error("{problem}")]
    Reading {
        /// What is to be said, and what there is to choose from.
        problem: String,
        /// Flags with their values that would answer, most likely.
        cure: Vec<(String, Option<String>)>,
    },
    /// The embedder could not be loaded or run.
    #[error("embedder: {0}")]
    Embedder(String),
    /// A prompt file breaks its own declaration.
    #[error("prompt {name}: {problem}")]
    Prompt {
        /// Name and version, or the file's path.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A replay needs an answer that its recording does not hold.
    #[error(
        "the recording holds no answer to this question (stage {stage}, prompt {prompt}, key {key}): it was made with \
         {other}; record again with --llm"
    )]
    NotRecorded {
        /// The stage that asked.
        stage: String,
        /// Name and version of the prompt.
        prompt: String,
        /// The logical question's hash.
        key: String,
        /// How the run that was recorded differs.
        other: String,
    },
    /// The model server cannot be reached, refuses, or is out of quota.
    #[error("{0}")]
    Server(String),
    /// A cap was reached before there was any result.
    #[error("{0}")]
    Capped(String),
    /// The user interrupted the run.
    #[error("interrupted")]
    Interrupted,
    /// Something that was believed impossible.
    #[error("{0}; this is a bug, please report it")]
    Bug(String),
}

impl Error {
    /// An [`Error::File`] from any problem that can be printed.
    pub fn file(path: &Path, problem: impl std::fmt::Display) -> Error {
        Error::File { path: path.to_owned(), problem: problem.to_string() }
    }

    /// An [`Error::Write`] from any problem that can be printed.
    pub fn write(path: &Path, problem: impl std::fmt::Display) -> Error {
        Error::Write { path: path.to_owned(), problem: problem.to_string() }
    }

    /// The error of more clusters wanted than there are different texts.
    pub fn too_many_clusters(k: usize, texts: usize) -> Error {
        let there_are = if texts == 1 { "text there is" } else { "texts there are" };
        Error::Usage(format!("-k {k} is more than the {texts} different {there_are}"))
    }

    /// The process exit code that this error means.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) | Error::Reading { .. } | Error::Row { .. } | Error::File { .. } | Error::Prompt { .. } => {
                2
            }
            Error::Capped(_) => 3,
            Error::Server(_) => 5,
            Error::Interrupted => 130,
            _ => 1,
        }
    }
}
