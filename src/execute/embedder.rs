//! Who embeds in a run: a model on this machine with the vector cache before it, or a server with a journal behind it.

use std::path::Path;
use std::sync::Arc;

use super::prepare::Vectors;
use crate::embed::{
    self, CachedEmbedder, Embedder, EmbeddingUsage, GivenVectors, Identity, ServerEmbedder, VectorCache,
};
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::model::{Budget, Respondent, Settings};
use crate::observer::Observer;
use crate::plan::{Embedding, Plan, RECORDED_SERVER};
use crate::run::{EmbedderRecord, Manifest, RunDirectory};

/// The embedder of a run.
pub enum RunEmbedder<'a> {
    /// On this machine.
    Local {
        /// With the vector cache before it, if there is one.
        embedder: Box<dyn Embedder + 'a>,
        /// Whether there is one: else the run directory keeps vectors until all are there.
        is_cached: bool,
        /// Vectors that the user has from before.
        given: Option<GivenVectors>,
    },
    /// Behind an address, or recorded.
    Server(Box<ServerEmbedder<'a>>),
}

impl RunEmbedder<'_> {
    /// What embeds.
    pub fn get(&self) -> &dyn Embedder {
        match self {
            RunEmbedder::Local { embedder, .. } => embedder.as_ref(),
            RunEmbedder::Server(embedder) => embedder.as_ref(),
        }
    }

    /// What was sent to a server.
    pub fn usage(&self) -> Option<EmbeddingUsage> {
        match self {
            RunEmbedder::Local { .. } => None,
            RunEmbedder::Server(embedder) => Some(embedder.usage()),
        }
    }
}

/// The embedder that needs no run directory, if the plan names such a one: what is wrong with it is found before one is made.
/// One that is `loaded` already stands for that which the plan names.
pub fn local<'a>(
    plan: &Plan,
    loaded: Option<&'a dyn Embedder>,
    observer: &'a dyn Observer,
) -> Result<Option<RunEmbedder<'a>>, Error> {
    let Embedding::Named(name) = &plan.embedding.embedder else { return Ok(None) };
    let embedder: Box<dyn Embedder + 'a> = match loaded {
        Some(loaded) => Box::new(loaded),
        None => embed::open(name, observer)?,
    };
    let vectors = plan.embedding.vectors.as_deref();
    let given = vectors.map(|folder| GivenVectors::open(folder, embedder.identity())).transpose()?;
    let cache = cache(plan, embedder.identity(), observer);
    let is_cached = cache.is_some();
    let embedder: Box<dyn Embedder + 'a> = match cache {
        Some(cache) => Box::new(CachedEmbedder::new(embedder, cache)),
        None => embedder,
    };
    Ok(Some(RunEmbedder::Local { embedder, is_cached, given }))
}

/// The server that the plan names, or its recording.
pub fn server<'a>(
    vectors: Vectors,
    plan: &Plan,
    directory: &RunDirectory,
    budget: &Arc<Budget>,
    observer: &'a dyn Observer,
) -> Result<RunEmbedder<'a>, Error> {
    let embedder = match vectors {
        Vectors::Server(client, model) => {
            let journal = directory.vectors_journal()?;
            journal.damage().iter().for_each(|damage| observer.say(&Message::of(damage)));
            let settings =
                Settings { concurrency: plan.model.concurrency, wait: plan.model.wait, respondent: Respondent::Model };
            budget.resume(journal.spent());
            let server =
                ServerEmbedder::connect(*client, model.as_deref(), journal, settings, budget.clone(), observer)?;
            let cache = cache(plan, server.identity(), observer);
            server.with_cache(cache)
        }
        Vectors::Recording(journal, recording) => {
            directory.copy_vectors(&recording)?;
            ServerEmbedder::replay(*journal, observer)?
        }
        Vectors::Here => return Err(Error::Bug("an embedder that is neither here nor elsewhere".into())),
    };
    Ok(RunEmbedder::Server(Box::new(embedder)))
}

fn cache(plan: &Plan, identity: &Identity, observer: &dyn Observer) -> Option<VectorCache> {
    let cache = plan.embedding.cache.as_deref().map(|root| VectorCache::open(root, identity, observer));
    cache.filter(VectorCache::is_usable)
}

/// What the manifest says of an embedder.
pub fn record(identity: &Identity) -> EmbedderRecord {
    EmbedderRecord {
        id: identity.name.clone(),
        dimensions: identity.dimensions,
        sha256: identity.sha256.clone(),
        window: identity.window,
        ..EmbedderRecord::default()
    }
}

/// Vectors of two embedders cannot be compared: a run is resumed by its own.
pub fn same_embedder(former: Option<&Manifest>, now: &EmbedderRecord) -> Result<(), Error> {
    let other = former.map(|former| &former.embedder).filter(|former| former.dimensions > 0 && !former.is_like(now));
    match other {
        Some(former) => Err(Error::Usage(message!(
            "{@resume}: the run's embedder is {former}, not {now} (or not the same weights or engine); start a new run with \
             another {+out}",
            former = former.id,
            now = now.id
        ))),
        None => Ok(()),
    }
}

/// Who embeds.
#[derive(Clone, Copy)]
pub struct EmbedBy<'a> {
    /// An embedder that is loaded already: it must be the run's.
    pub loaded: Option<&'a dyn Embedder>,
    /// The embedder that the user names; without it, the run's.
    pub embedder: Option<&'a str>,
    /// The folder in which the vector cache has one of its own, if vectors are kept.
    pub cache: Option<&'a Path>,
}

impl<'a> EmbedBy<'a> {
    /// The embedder of the run in a directory, or the one that the caller says is the same.
    ///
    /// # Errors
    /// When there is none, or it is not the run's.
    pub fn embedder_of(
        self,
        run: &Path,
        manifest: &Manifest,
        observer: &dyn Observer,
    ) -> Result<Box<dyn Embedder + 'a>, Error> {
        let planned = manifest.plan.get("embedder").and_then(|planned| planned.value.as_str());
        let name = self.embedder.or(planned).unwrap_or(embed::DEFAULT);
        if self.embedder.is_none() && self.loaded.is_none() && name == RECORDED_SERVER {
            return Err(Error::usage(format!(
                "{}: its vectors come from a server, and documents are embedded on this machine only",
                run.display()
            )));
        }
        let embedder: Box<dyn Embedder + 'a> = match self.loaded {
            Some(loaded) => Box::new(loaded),
            None => embed::open(name, observer)?,
        };
        let (own, other) = (&manifest.embedder, record(embedder.identity()));
        if !own.is_like(&other) {
            return Err(Error::Usage(message!(
                "{path}: its embedder is {own}, not {other} (or not the same weights or engine): name the same one with {+embedder}",
                path = run.display(),
                own = own.id,
                other = other.id
            )));
        }
        let cache = self.cache.map(|root| VectorCache::open(root, embedder.identity(), observer));
        Ok(match cache.filter(VectorCache::is_usable) {
            Some(cache) => Box::new(CachedEmbedder::new(embedder, cache)),
            None => embedder,
        })
    }
}
