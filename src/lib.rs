//! `colligate` sorts a heap of texts by what its reader cares about: documents and a goal in, explained clusters out.
//!
//! In reading order:
//!
//! 1. [`plan`]: every parameter of a run, with its origin. [`execute`]: one run from plan to run directory.
//! 2. [`corpus`]: documents read from files as people have them, every row accounted for.
//!    [`codebook`]: groups known beforehand.
//! 3. [`embed`]: texts to unit vectors. [`cluster`]: k-means, the choice of k, neighbors.
//!    [`features`]: other spaces than the embedding, for goals of style or language.
//! 4. [`wording`]: what the words of a cluster say of it, without a model.
//! 5. [`model`]: questions, prompts and the one place where a language model is called.
//! 6. [`stages`]: propose, names, merge, core, batch, assign, select, perspective, granularity and more: pure steps that ask
//!    questions and draw conclusions.
//!    [`spread`]: from a judged core to every document.
//! 7. [`methods`]: the straight lines over all of these: `topics`, `goalex`, `auto`, `clusterllm` and `classify`.
//! 8. [`run`]: the run directory. [`report`]: bytes out of a finished run. [`metrics`]: agreement with gold labels.
//! 9. [`mock`]: a stand-in for a model server, for tests.
//! 10. [`cli`]: the command line. [`observer`], [`seed`], [`characters`] and [`shell`] are what all of it shares; [`error`]
//!     what can go wrong.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod cli;
pub mod cluster;
pub mod codebook;
pub mod corpus;
pub mod embed;
pub mod error;
pub mod execute;
pub mod methods;
pub mod metrics;
pub mod mock;
pub mod model;
pub mod observer;
pub mod plan;
pub mod report;
pub mod run;
pub mod seed;
pub mod select;
pub mod shell;
pub mod spread;
pub mod stages;
pub mod text;
pub mod vectors;
pub mod wording;
