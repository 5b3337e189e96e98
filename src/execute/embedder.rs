//! Who embeds in a run: a model on this machine with the vector cache before it, or a server with a journal behind it.

use std::sync::Arc;

use super::server::{Access, client};
use crate::embed::{self, CachedEmbedder, Embedder, Identity, ServerEmbedder, VectorCache};
use crate::error::Error;
use crate::model::{Budget, Journal, Settings};
use crate::observer::Observer;
use crate::plan::{Asking, Embedding, Plan};
use crate::run::{EmbedderRecord, EmbeddingUsage, Manifest, RunDirectory, vectors_file};

/// The embedder of a run.
pub enum RunEmbedder<'a> {
    /// On this machine.
    Local(Box<dyn Embedder + 'a>),
    /// Behind an address, or recorded.
    Server(Box<ServerEmbedder<'a>>),
}

impl RunEmbedder<'_> {
    /// What embeds.
    pub fn get(&self) -> &dyn Embedder {
        match self {
            RunEmbedder::Local(embedder) => embedder.as_ref(),
            RunEmbedder::Server(embedder) => embedder.as_ref(),
        }
    }

    /// What was sent to a server.
    pub fn usage(&self) -> Option<EmbeddingUsage> {
        match self {
            RunEmbedder::Local(_) => None,
            RunEmbedder::Server(embedder) => Some(embedder.usage()),
        }
    }
}

/// The embedder that needs no run directory, if the plan names such a one: what is wrong with it is found before one is made.
pub fn local<'a>(plan: &Plan, observer: &'a dyn Observer) -> Result<Option<RunEmbedder<'a>>, Error> {
    let Embedding::Named(name) = &plan.embedder else { return Ok(None) };
    let embedder = embed::open(name, observer)?;
    Ok(Some(RunEmbedder::Local(match cache(plan, embedder.identity(), observer) {
        Some(cache) => Box::new(CachedEmbedder::new(embedder, cache)),
        None => embedder,
    })))
}

/// The server that the plan names, or its recording.
pub fn server<'a>(
    plan: &Plan,
    directory: &RunDirectory,
    budget: &Arc<Budget>,
    observer: &'a dyn Observer,
) -> Result<RunEmbedder<'a>, Error> {
    let embedder = match (&plan.embedder, &plan.asking) {
        (Embedding::Server(address, model), _) => {
            let settings = Settings { concurrency: plan.concurrency, wait: plan.wait };
            let access = Access::of_embedder(plan, address);
            let (client, journal) = (client(address, access)?, directory.vectors_journal()?);
            access.withheld(&client.host()).iter().for_each(|notice| observer.say(notice));
            budget.resume(journal.spent());
            let server =
                ServerEmbedder::connect(client, model.as_deref(), journal, settings, budget.clone(), observer)?;
            let cache = cache(plan, server.identity(), observer);
            server.with_cache(cache)
        }
        (_, Asking::Recording(recording)) => {
            let journal = Journal::open_recording(&vectors_file(recording))?;
            directory.copy_vectors(recording)?;
            ServerEmbedder::replay(journal, observer)?
        }
        _ => return Err(Error::Bug("an embedder that is neither here nor elsewhere".into())),
    };
    Ok(RunEmbedder::Server(Box::new(embedder)))
}

fn cache(plan: &Plan, identity: &Identity, observer: &dyn Observer) -> Option<VectorCache> {
    plan.cache.as_deref().map(|root| VectorCache::open(root, identity, observer))
}

/// What the manifest says of an embedder.
pub fn record(identity: &Identity) -> EmbedderRecord {
    EmbedderRecord {
        id: identity.name.clone(),
        dimensions: identity.dimensions,
        sha256: identity.sha256.clone(),
        window: identity.window,
        truncated: 0,
        usage: None,
    }
}

/// Vectors of two embedders cannot be compared: a run is gone on with by its own.
pub fn same_embedder(former: Option<&Manifest>, now: &EmbedderRecord) -> Result<(), Error> {
    let other = former.map(|former| &former.embedder).filter(|former| former.dimensions > 0 && !former.is_like(now));
    match other {
        Some(former) => Err(Error::Usage(format!(
            "--resume: the run's embedder is {}, not {} (or not the same weights or engine); start a new run with another --out",
            former.id, now.id
        ))),
        None => Ok(()),
    }
}
