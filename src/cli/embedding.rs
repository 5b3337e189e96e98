//! Flags of the commands that embed as a finished run did.

use std::path::PathBuf;

use clap::Args;

use super::run::set_threads;
use crate::error::Error;
use crate::execute::EmbedBy;
use crate::plan::cache;

/// Who embeds, what is kept of it, and on how many threads.
#[derive(Debug, Args)]
pub struct Embedding {
    /// The run's embedder, where it has another name or place here
    #[arg(long, value_name = "NAME|DIR")]
    embedder: Option<String>,
    /// Directory in which the vector cache has a folder of its own, or `none`; without it, the user's cache directory
    #[arg(long, value_name = "DIR|none", env = "COLLIGATE_CACHE")]
    cache: Option<PathBuf>,
    /// Threads for computing
    #[arg(long, value_name = "N", env = "COLLIGATE_THREADS")]
    threads: Option<usize>,
}

impl Embedding {
    /// Computes on so many threads from now on; returns the folder of the cache, if there is to be one.
    ///
    /// # Errors
    /// When the threads cannot be made.
    pub fn begin(&self) -> Result<Option<PathBuf>, Error> {
        set_threads(self.threads)?;
        Ok(cache(self.cache.clone()))
    }

    /// Threads for computing, as far as they are said.
    pub fn threads(&self) -> Option<usize> {
        self.threads
    }

    /// Who embeds, with the cache of [`Embedding::begin`].
    pub fn by<'a>(&'a self, cache: &'a Option<PathBuf>) -> EmbedBy<'a> {
        EmbedBy { loaded: None, embedder: self.embedder.as_deref(), cache: cache.as_deref() }
    }
}
