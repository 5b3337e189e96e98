//! `colligate` sorts a heap of texts by what its reader cares about.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod corpus;
pub mod error;
pub mod metrics;
pub mod report;
pub mod run;
