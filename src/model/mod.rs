//! The language model's side: what a question is, how it is rendered and its reply parsed, and how it gets answered.
//!
//! Stages see [`Question`] and [`Answer`] only. The [`Orchestrator`] does the rest: the journal is asked first, budgets are
//! reserved in question order, requests run side by side, transient failures are retried, and every reply is journalled
//! before it is used.

mod budget;
mod client;
mod failure;
mod journal;
mod orchestrator;
mod prompt;
mod question;

pub use budget::Budget;
pub use client::{Client, Endpoint};
pub use journal::{Call, CallUsage, Journal, Recorded};
pub use orchestrator::{Orchestrator, Settings};
pub use prompt::{Prompt, Prompts, Reading, fence, parse};
pub use question::{Answer, Answerer, LegalAnswer, Message, Question, Reply, Role};
