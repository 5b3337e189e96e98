//! An embedder behind an OpenAI-compatible `/v1/embeddings`: batches side by side, each vector journalled before it is used, so
//! that a run that is resumed, or replayed, sends no text twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cache::{VectorCache, told};
use super::{Embedded, Embedder, Identity};
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::model::{
    Batch, Budget, Cap, Caps, Client, Journal, Outcome, Pending, Probe, Respondent, Sender, Settings, Stop, VectorLine,
    VectorsProbe, contact, lock, only,
};
use crate::observer::Observer;
use crate::seed::sha256_hex;
use crate::text::beginning;
use crate::vectors::Embeddings;

/// Texts in one request: servers for embeddings take at least as many.
const BATCH: usize = 32;
/// Bytes of a text that are sent at most: no model reads as many, and a server that refuses a text is sent its half.
const LONGEST_SENT: usize = 256 * 1024;
/// Texts between two visits to the cache: a killed process loses no more for other runs. The run itself has each in its journal.
const PART: usize = 64 * BATCH;
/// Texts by which one model is told from another of the same name.
const SAMPLES: [&str; 3] =
    ["The parcel has not arrived.", "A song about the sea in winter", "def area(r): return 3.14 * r * r"];

/// What was sent to a server that embeds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingUsage {
    /// Requests sent, retries included.
    pub calls: u64,
    /// As the server counts them; an upper bound for replies that it did not count.
    pub tokens: u64,
    /// Requests that were repeated after a failure that may pass.
    pub retries: u64,
    /// Failed requests by kind, those that a repetition mended included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, u64>,
}

/// A server that embeds, or the recording of one.
pub struct ServerEmbedder<'a> {
    identity: Identity,
    sender: Sender<'a, VectorLine>,
    cache: Option<VectorCache>,
}

impl<'a> ServerEmbedder<'a> {
    /// Asks a server what its vectors are, unless the journal says so already. Without a `model`, the only one that it lists.
    ///
    /// # Errors
    /// When the server cannot be reached in time, refuses, sends no proper vectors, or lists several models and none is
    /// named; when the journal holds vectors of another model.
    pub fn connect(
        client: Client,
        model: Option<&str>,
        journal: Journal<VectorLine>,
        settings: Settings,
        budget: Arc<Budget>,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let host = client.host();
        let sender = Sender::new(Some(client), journal.shared(), settings, budget, observer);
        let former = sender.shared.probe();
        sender.shared.budget.learn(former.excess.unwrap_or_default());
        if former.vectors.is_none() {
            let listed = sender.wait_for(contact(sender.shared.client()?, settings.wait, observer))?;
            let model = model
                .map_or_else(|| only(&host, listed, Mention::of("embedder-model")), |model| Ok(model.to_owned()))?;
            sender.shared.probed(Probe { model, ..former })?;
        } else if model.is_some_and(|model| model != former.model) {
            return Err(Error::Usage(message!(
                "{@resume}: the run's texts were embedded by {former}; name that model, or start a new run with another {+out}",
                former = former.model
            )));
        }
        let probe = sender.shared.probe();
        observer.say(&format!("embedding with {} at {host}: the documents are sent there", probe.model).into());
        if probe.vectors.is_none() {
            let vectors = Some(examine(&sender, &probe.model)?);
            sender.shared.probed(Probe { vectors, ..probe })?;
        }
        ServerEmbedder::new(sender)
    }

    /// Answers from a recording only.
    ///
    /// # Errors
    /// When the recording does not say whose vectors it holds.
    pub fn replay(recording: Journal<VectorLine>, observer: &'a dyn Observer) -> Result<Self, Error> {
        let settings = Settings { concurrency: 1, wait: Duration::ZERO, respondent: Respondent::Model };
        let budget = Arc::new(Budget::new(Caps::default(), None));
        ServerEmbedder::new(Sender::new(None, recording.shared(), settings, budget, observer))
    }

    fn new(sender: Sender<'a, VectorLine>) -> Result<Self, Error> {
        let probe = sender.shared.probe();
        let vectors = probe
            .vectors
            .ok_or_else(|| Error::usage("the recording of embeddings has no probe line that names its model"))?;
        let identity = Identity {
            name: format!("server:{}", probe.model),
            dimensions: vectors.dimensions,
            sha256: vectors.sha256,
            window: 0,
            english_only: false,
        };
        Ok(ServerEmbedder { identity, sender, cache: None })
    }

    /// The same, which looks for vectors in a cache before it asks.
    pub fn with_cache(self, cache: Option<VectorCache>) -> Self {
        ServerEmbedder { cache, ..self }
    }

    /// What was sent so far.
    pub fn usage(&self) -> EmbeddingUsage {
        let shared = &self.sender.shared;
        EmbeddingUsage {
            calls: shared.calls.load(Ordering::Relaxed),
            tokens: shared.budget.settled().embedded_tokens,
            retries: shared.retries.load(Ordering::Relaxed),
            faults: shared.faults(),
        }
    }

    /// Indices of distinct texts whose vectors the journal lacks, in order.
    fn missing(&self, keys: &[String]) -> Vec<usize> {
        lock(&self.sender.shared.journal).missing(keys.iter().map(String::as_str))
    }

    /// Journals what the cache holds; returns the indices of what it lacks.
    fn recall(
        &self,
        missing: Vec<usize>,
        texts: &[&str],
        keys: &[String],
        observer: &dyn Observer,
    ) -> Result<Vec<usize>, Error> {
        let Some(cache) = &self.cache else { return Ok(missing) };
        let (all, mut left) = (missing.len(), Vec::new());
        for index in missing {
            match cache.find(texts[index], observer) {
                None => left.push(index),
                Some((vector, truncated)) => {
                    let line = VectorLine::new(keys[index].clone(), &vector, truncated);
                    lock(&self.sender.shared.journal).record(line)?;
                }
            }
        }
        if left.len() < all {
            observer.say(&told(all - left.len(), all).into());
        }
        Ok(left)
    }

    /// Has texts embedded, and keeps their vectors in journal and cache.
    fn fetch(&self, missing: &[usize], texts: &[&str], keys: &[String], observer: &dyn Observer) -> Result<(), Error> {
        let Some(&first) = missing.first() else { return Ok(()) };
        if self.sender.shared.client.is_none() {
            return Err(Error::NotRecorded {
                stage: "embed".into(),
                prompt: "vector of a text".into(),
                key: keys[first].clone(),
                other: "another corpus, plan or version".into(),
            });
        }
        let pending = |&index: &usize| {
            let text = beginning(texts[index], LONGEST_SENT);
            Pending { key: keys[index].clone(), text: text.to_owned(), truncated: text.len() < texts[index].len() }
        };
        observer.begin("embedding", missing.len().div_ceil(BATCH) as u64);
        for part in missing.chunks(PART) {
            let batches = part.chunks(BATCH).map(|batch| Batch {
                texts: batch.iter().map(pending).collect(),
                dimensions: Some(self.identity.dimensions),
            });
            let outcome = self.sender.send(batches, observer);
            self.remember(part, texts, keys)?;
            outcome?;
            if self.sender.stopped().is_some() {
                break;
            }
        }
        observer.end();
        match self.sender.stopped() {
            None => Ok(()),
            Some(Stop::Interrupted) => Err(Error::Interrupted),
            Some(Stop::Reached(cap)) => {
                Err(Error::Capped(message!("{cap} was reached before all texts were embedded", cap = cap.parameter())))
            }
        }
    }

    /// Puts what has come of the missing texts into the cache.
    fn remember(&self, missing: &[usize], texts: &[&str], keys: &[String]) -> Result<(), Error> {
        let Some(cache) = &self.cache else { return Ok(()) };
        let come: Vec<usize> =
            missing.iter().copied().filter(|&index| lock(&self.sender.shared.journal).has(&keys[index])).collect();
        let come_keys: Vec<&String> = come.iter().map(|&index| &keys[index]).collect();
        let embedded = self.collect(&come_keys)?;
        let texts: Vec<&str> = come.iter().map(|&index| texts[index]).collect();
        cache.add(&texts, &embedded, self.sender.observer());
        Ok(())
    }

    /// The journalled vectors of the keys.
    fn collect(&self, keys: &[&String]) -> Result<Embedded, Error> {
        let d = self.identity.dimensions;
        let mut values = Vec::with_capacity(keys.len() * d);
        let mut truncated = Vec::with_capacity(keys.len());
        for key in keys {
            let line = lock(&self.sender.shared.journal).outcome(key)?;
            let line = line.ok_or_else(|| Error::Bug("a text was not embedded".into()))?;
            let vector = line.vector().filter(|vector| vector.len() == d);
            values.extend(vector.ok_or_else(|| Error::embedder(format!("vectors.jsonl: {key} has no vector of {d}")))?);
            truncated.push(line.truncated);
        }
        Ok(Embedded { embeddings: Embeddings::new(values, d), truncated })
    }
}

impl Embedder for ServerEmbedder<'_> {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        let keys: Vec<String> = texts.iter().map(|text| VectorLine::key_of(&self.identity.sha256, text)).collect();
        let missing = self.recall(self.missing(&keys), texts, &keys, observer)?;
        self.fetch(&missing, texts, &keys, observer)?;
        self.collect(&keys.iter().collect::<Vec<_>>())
    }

    /// As journalled: a text that was never embedded counts as whole.
    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        let mut journal = lock(&self.sender.shared.journal);
        let key = |text: &&str| VectorLine::key_of(&self.identity.sha256, text);
        texts.iter().map(|text| Ok(journal.outcome(&key(text))?.is_some_and(|line| line.truncated))).collect()
    }
}

/// What the server's vectors are: their length, and by which coordinate each sample's is led. Weights cannot be hashed from
/// afar; two models of one name hardly lead alike.
fn examine(sender: &Sender<'_, VectorLine>, model: &str) -> Result<VectorsProbe, Error> {
    let sample = |text: &&str| Pending { key: String::new(), text: (*text).to_owned(), truncated: false };
    let batch = Batch { texts: SAMPLES.iter().map(sample).collect(), dimensions: None };
    let capped =
        |cap: Cap| Error::Capped(message!("{cap} was reached before any text was embedded", cap = cap.parameter()));
    let reservation = sender.wait_for(sender.shared.reserve(&batch))?.map_err(capped)?;
    match sender.wait_for(sender.shared.attempts(&batch, reservation))? {
        Outcome::Completed(vectors, _) => {
            let dimensions = vectors.rows.first().map_or(0, Vec::len);
            let leads: Vec<String> = vectors.rows.iter().map(|row| leading(row).to_string()).collect();
            let sha256 = sha256_hex(format!("server\n{model}\n{dimensions}\n{}", leads.join(" ")));
            Ok(VectorsProbe { dimensions, sha256 })
        }
        Outcome::Capped(cap) => Err(capped(cap)),
        Outcome::Failed(failure, _) | Outcome::Fatal(failure) => Err(sender.shared.fatal(&failure)),
    }
}

/// The coordinate of the largest magnitude.
fn leading(row: &[f32]) -> usize {
    let larger = |best: usize, index: usize| if row[index].abs() > row[best].abs() { index } else { best };
    (0..row.len()).fold(0, larger)
}
