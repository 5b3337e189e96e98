//! What can go wrong, as values: a kind, the parameter concerned, what is wrong, and what would help.
//!
//! Every [`Kind`] has a name for a service and an [`Exit`] for a shell, and no other table says so again:
//!
//! | exit code | [`Exit`] | kinds of errors, and runs that came to an end |
//! |---|---|---|
//! | 0 | [`Complete`](Exit::Complete) | a complete run |
//! | 1 | [`Failed`](Exit::Failed) | `write`, `embedder`, `not-recorded`, `machine`, `bug` |
//! | 2 | [`Usage`](Exit::Usage) | `usage`, `row`, `file`, `reading`, `prompt` |
//! | 3 | [`Capped`](Exit::Capped) | `capped`; a run that a cap has ended |
//! | 4 | [`AnswersMissing`](Exit::AnswersMissing) | a run whose answers are missing, or say nothing |
//! | 5 | [`Server`](Exit::Server) | `server` |
//! | 130 | [`Interrupted`](Exit::Interrupted) | `interrupted`; a run that the user has ended |
//!
//! As JSON, which a service answers with:
//!
//! ```
//! use colligate::{error::Error, message};
//!
//! let problem = Error::usage(message!("{@ask decide} is for a decision model: name its address with {+judge URL}"));
//! assert_eq!(
//!     serde_json::to_value(&problem).unwrap(),
//!     serde_json::json!({
//!         "kind": "usage",
//!         "exit_code": 2,
//!         "parameter": "ask",
//!         "message": "ask=decide is for a decision model: name its address with judge=URL",
//!         "pieces": [
//!             {"parameter": "ask", "value": "decide", "role": "named"},
//!             " is for a decision model: name its address with ",
//!             {"parameter": "judge", "value": "URL", "role": "say"},
//!         ],
//!         "cure": [{"parameter": "judge", "value": "URL", "role": "say"}],
//!     })
//! );
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::message;
use crate::message::{Argument, Mention, Message, Role};

/// Whatever can go wrong in a run. Messages are lowercase fragments that name the thing and the cure.
#[derive(Debug)]
pub enum Error {
    /// The caller, the configuration or the plan asks for something that cannot be done.
    Usage(Message),
    /// A corpus file holds something that is not a document.
    Row {
        /// The file as the user named it, `-` for standard input.
        file: String,
        /// 1-based line of the file.
        line: u64,
        /// What is wrong, with the field and the cure.
        problem: Message,
    },
    /// A file that the user named could not be read or understood.
    File {
        /// The file or directory concerned.
        path: PathBuf,
        /// What is wrong with it.
        problem: Message,
    },
    /// A file of the program's own could not be written, or not be read back.
    Write {
        /// The file or directory concerned.
        path: PathBuf,
        /// What is wrong with it.
        problem: Message,
    },
    /// A corpus can be read only if the user says how.
    Reading {
        /// What is to be said, and what there is to choose from.
        problem: Message,
        /// Parameters with their values that would answer, most likely.
        cure: Vec<Mention>,
    },
    /// The embedder could not be loaded or run.
    Embedder(Message),
    /// A prompt file breaks its own declaration.
    Prompt {
        /// Name and version, or the file's path.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A replay needs an answer that its recording does not hold.
    NotRecorded {
        /// The stage that asked.
        stage: String,
        /// Name and version of the prompt.
        prompt: String,
        /// The logical question's hash.
        key: String,
        /// How the run that was recorded differs.
        other: Message,
    },
    /// The machine denies what a run needs, such as threads or open files.
    Machine(Message),
    /// The model server cannot be reached, refuses, or is out of quota.
    Server(Message),
    /// A cap was reached before there was any result.
    Capped(Message),
    /// The user interrupted the run.
    Interrupted,
    /// Something that was believed impossible.
    Bug(String),
}

/// The kinds of errors, by whose turn it is to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// [`Error::Usage`].
    Usage,
    /// [`Error::Row`].
    Row,
    /// [`Error::File`].
    File,
    /// [`Error::Write`].
    Write,
    /// [`Error::Reading`].
    Reading,
    /// [`Error::Embedder`].
    Embedder,
    /// [`Error::Prompt`].
    Prompt,
    /// [`Error::NotRecorded`].
    NotRecorded,
    /// [`Error::Machine`].
    Machine,
    /// [`Error::Server`].
    Server,
    /// [`Error::Capped`].
    Capped,
    /// [`Error::Interrupted`].
    Interrupted,
    /// [`Error::Bug`].
    Bug,
}

impl Kind {
    /// What it means to a shell.
    pub fn exit(self) -> Exit {
        match self {
            Kind::Write | Kind::Embedder | Kind::NotRecorded | Kind::Machine | Kind::Bug => Exit::Failed,
            Kind::Usage | Kind::Row | Kind::File | Kind::Reading | Kind::Prompt => Exit::Usage,
            Kind::Capped => Exit::Capped,
            Kind::Server => Exit::Server,
            Kind::Interrupted => Exit::Interrupted,
        }
    }
}

/// The ways in which the program ends, and their exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All was done.
    Complete = 0,
    /// The program, its files or its embedder failed.
    Failed = 1,
    /// The user asks for something that cannot be done.
    Usage = 2,
    /// A cap was reached.
    Capped = 3,
    /// Answers failed, are not legal, or carry no information.
    AnswersMissing = 4,
    /// The model server cannot be reached, refuses, or is out of quota.
    Server = 5,
    /// The user has interrupted it.
    Interrupted = 130,
}

impl Exit {
    /// The process exit code.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl Error {
    /// An [`Error::Usage`].
    pub fn usage(problem: impl Argument) -> Error {
        Error::Usage(Message::of(problem))
    }

    /// An [`Error::File`].
    pub fn file(path: &Path, problem: impl Argument) -> Error {
        Error::File { path: path.to_owned(), problem: Message::of(problem) }
    }

    /// An [`Error::Write`].
    pub fn write(path: &Path, problem: impl Argument) -> Error {
        Error::Write { path: path.to_owned(), problem: Message::of(problem) }
    }

    /// An [`Error::Embedder`].
    pub fn embedder(problem: impl Argument) -> Error {
        Error::Embedder(Message::of(problem))
    }

    /// An [`Error::Server`].
    pub fn server(problem: impl Argument) -> Error {
        Error::Server(Message::of(problem))
    }

    /// An [`Error::Machine`].
    pub fn machine(problem: impl Argument) -> Error {
        Error::Machine(Message::of(problem))
    }

    /// An [`Error::Capped`].
    pub fn capped(problem: impl Argument) -> Error {
        Error::Capped(Message::of(problem))
    }

    /// The error of more clusters wanted than there are different texts.
    pub fn too_many_clusters(k: usize, texts: usize) -> Error {
        let there_are = if texts == 1 { "text there is" } else { "texts there are" };
        let wanted = Mention::of("k").exact(k);
        Error::Usage(message!("{wanted} is more than the {texts} different {there_are}", wanted, texts, there_are))
    }

    /// Whose turn it is to act.
    pub fn kind(&self) -> Kind {
        match self {
            Error::Usage(_) => Kind::Usage,
            Error::Row { .. } => Kind::Row,
            Error::File { .. } => Kind::File,
            Error::Write { .. } => Kind::Write,
            Error::Reading { .. } => Kind::Reading,
            Error::Embedder(_) => Kind::Embedder,
            Error::Prompt { .. } => Kind::Prompt,
            Error::NotRecorded { .. } => Kind::NotRecorded,
            Error::Server(_) => Kind::Server,
            Error::Machine(_) => Kind::Machine,
            Error::Capped(_) => Kind::Capped,
            Error::Interrupted => Kind::Interrupted,
            Error::Bug(_) => Kind::Bug,
        }
    }

    /// What is wrong, whole: where, what, and what would help.
    pub fn message(&self) -> Message {
        match self {
            Error::Usage(problem) | Error::Machine(problem) | Error::Server(problem) | Error::Capped(problem) => {
                problem.clone()
            }
            Error::Reading { problem, .. } => problem.clone(),
            Error::Row { file, line, problem } => message!("{file}:{line}: {problem}", file, line, problem),
            Error::File { path, problem } | Error::Write { path, problem } => {
                message!("{path}: {problem}", path = path.display(), problem)
            }
            Error::Embedder(problem) => message!("embedder: {problem}", problem),
            Error::Prompt { name, problem } => message!("prompt {name}: {problem}", name, problem),
            Error::NotRecorded { stage, prompt, key, other } => message!(
                "the recording holds no answer to this question (stage {stage}, prompt {prompt}, key {key}): it was made with \
                 {other}; record again with {+llm}",
                stage,
                prompt,
                key,
                other
            ),
            Error::Interrupted => "interrupted".into(),
            Error::Bug(what) => message!("{what}; this is a bug, please report it", what),
        }
    }

    /// The parameter that it is about, by its name in configuration files.
    pub fn parameter(&self) -> Option<String> {
        let message = self.message();
        let named = message.mentions().find(|mention| mention.role() == Role::Named);
        named.map(|mention| mention.parameter().to_owned())
    }

    /// Parameters that would help: to be said, with values where they are known, or to be left out.
    pub fn cure(&self) -> Vec<Mention> {
        match self {
            Error::Reading { cure, .. } => cure.clone(),
            other => other.message().mentions().filter(|mention| mention.role() != Role::Named).cloned().collect(),
        }
    }

    /// The process exit code that this error means.
    pub fn exit_code(&self) -> u8 {
        self.kind().exit().code()
    }
}

impl std::error::Error for Error {}

/// In words for whoever knows neither flags nor arguments; [`Error::message`] can be said in those of any caller.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl Argument for Error {
    fn put(&self, message: &mut Message) {
        self.message().put(message);
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.message();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", &self.kind())?;
        map.serialize_entry("exit_code", &self.exit_code())?;
        map.serialize_entry("parameter", &self.parameter())?;
        map.serialize_entry("message", &message.to_string())?;
        map.serialize_entry("pieces", message.pieces())?;
        map.serialize_entry("cure", &self.cure())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_which_parameter_it_is_about_and_what_would_help() {
        let problem = Error::usage(message!("{@judge} is not asked by {@method topics}: leave {-judge} out"));
        assert_eq!((problem.kind(), problem.parameter().as_deref()), (Kind::Usage, Some("judge")));
        assert_eq!(problem.cure(), [Mention::of("judge").leave_out()]);
        let cure = vec![Mention::of("format").exact("lines").say()];
        let reading = Error::Reading { problem: "looks like plain lines".into(), cure: cure.clone() };
        assert_eq!((reading.parameter(), reading.cure()), (None, cure));
    }

    #[test]
    fn no_file_name_and_no_server_can_forge_a_parameter() {
        let problem = Error::file(Path::new("{-ask}"), "{+judge URL}");
        assert_eq!((problem.to_string().as_str(), problem.cure()), ("{-ask}: {+judge URL}", Vec::new()));
    }
}
