//! The language model's side: what a question is, how it is rendered and its reply parsed, and how it gets answered.
//!
//! Stages see [`Question`] and [`Answer`] only. The [`Orchestrator`] does the rest: the journal is asked first, budgets are
//! reserved in question order, requests run side by side, transient failures are retried, and every reply is journalled
//! before it is used. The [`Sender`] beneath it also sends texts to a server that embeds. In
//! `local` a model in this process answers what a server would.

mod asking;
mod budget;
mod client;
mod contact;
mod decide;
mod embedding;
mod examination;
mod excess;
mod failure;
mod follow_up;
mod job;
mod journal;
mod judge;
mod judge_examination;
mod lenient;
mod local;
mod mending;
mod network;
mod options;
mod orchestrator;
mod pace;
mod prompt;
mod protocol;
mod question;
mod reply;
mod request;
mod respondents;
mod seal;
mod secrets;
mod sending;
mod stop;
mod usage;

pub use asking::{Outcome, Shared};
pub use budget::{Budget, Cap, Caps, Grant, Prices, Reservation};
pub use client::{Client, Endpoint};
pub use contact::{contact, only};
pub use decide::{Decided, body as decision, is_trial, read as decided};
pub use embedding::{Batch, Pending, VectorLine, Vectors};
pub use examination::{Examination, Examined, examine, examined};
pub use excess::Excess;
pub use failure::{Failure, Fault, Parameter, Severity};
pub use job::{Job, Request, Settings, lock};
pub use journal::{Call, Entry as JournalEntry, Journal, ModelFile, Probe, Recorded, SharedJournal, VectorsProbe};
pub use judge_examination::{Judge, JudgeExamination};
pub use local::is_file;
pub use mending::{Damage, aside_of};
pub use network::Network;
pub use orchestrator::Orchestrator;
pub use prompt::{
    LONGEST_SHOWN, Probabilities, Prompt, PromptRecord, Prompts, Reading, fence, is_cut, parse, place, shown,
};
pub use protocol::Protocol;
pub use question::{
    Answer, Answerer, Entry, LONGEST_DECIDED, LONGEST_LETTERED, LegalAnswer, MOST_DECIDED, Message, Question, Reply,
    Respondent, Role, StageName, letter,
};
pub use reply::{Completion, completion};
pub use respondents::Respondents;
pub use secrets::Secrets;
pub use sending::Sender;
pub use stop::Stop;
pub use usage::{CallUsage, RunUsage, Spent, Usage};
