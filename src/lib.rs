//! `colligate` sorts a heap of texts by what its reader cares about: documents and a goal in, explained clusters out.
//!
//! ```
//! use colligate::corpus::Source;
//! use colligate::observer::Silent;
//! use colligate::plan::{Layers, Settings};
//!
//! # fn main() -> Result<(), colligate::error::Error> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let out = folder.path().join("run");
//! let settings = Settings { k: Some(5), embedder: Some("static".into()), out: Some(out), ..Settings::default() };
//! let mut layers = Layers::default();
//! layers.add("argument", &settings)?;
//! let plan = layers.check()?;
//! let source = Source::File("corpora/support-tickets/documents.jsonl".into());
//! let done = colligate::run(&plan, &source, &Silent)?;
//! assert_eq!(done.run.clusters.len(), 5);
//! assert!(done.path.join("report.html").is_file());
//! # Ok(())
//! # }
//! ```
//!
//! Whatever stops a run is an [`error::Error`]: a kind, the parameter concerned and what would help, as JSON too. A service that
//! runs many plans lends its runtime, its threads and a loaded embedder: [`execute::execute`].
//!
//! In reading order, from the top floor down; a room uses only rooms below it (`tests/floors.rs`):
//!
//! 1. [`cli`]: the command line. [`serve`]: the same over HTTP. [`execute`]: one run from plan to run directory.
//! 2. [`mock`]: a stand-in for a model server, for tests. [`report`]: bytes out of a finished run. [`compare`]: two runs side by
//!    side. [`search`]: what of a run is nearest to a text. [`edits`]: what a person has corrected of a run. [`mod@run`]: the
//!    run directory.
//! 3. [`methods`]: the straight lines over all that follows: `topics`, `likeness`, `goalex`, `auto`, `clusterllm` and `classify`.
//! 4. [`stages`]: propose, names, merge, core, batch, assign, perspective, granularity and more: pure steps that ask questions
//!    and draw conclusions. [`select`]: the integer program that chooses clusters among candidates.
//! 5. [`decision`]: what a run learned, as data; it places documents, in the run and in `assign`.
//!    [`spread`]: from a judged core to every document, with the feature spaces for goals of style or language.
//!    [`wording`]: what the words of a cluster say of it, without a model. [`cluster`]: k-means, the choice of k, neighbors.
//! 6. [`plan`]: every parameter of a run, with its origin. [`embed`]: texts to unit vectors.
//!    [`model`]: questions, prompts and the one place where a language model is called.
//! 7. [`codebook`]: groups known beforehand. [`corpus`]: documents read from files as people have them, every row accounted for.
//! 8. [`vectors`] and [`text`]: what all of it computes with. [`metrics`]: agreement with gold labels. [`observer`], [`seed`],
//!    [`shell`] and [`writing`] are what all of it shares; [`error`]: what can go wrong. [`mod@message`]: what is said, whoever hears it.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod cli;
pub mod cluster;
pub mod codebook;
pub mod compare;
pub mod corpus;
pub mod decision;
pub mod edits;
pub mod embed;
pub mod error;
pub mod execute;
pub mod message;
pub mod methods;
pub mod metrics;
pub mod mock;
pub mod model;
pub mod observer;
pub mod plan;
pub mod report;
pub mod run;
pub mod search;
pub mod seed;
pub mod select;
pub mod serve;
pub mod shell;
pub mod spread;
pub mod stages;
pub mod text;
pub mod vectors;
pub mod wording;
pub mod writing;

pub use execute::run;
