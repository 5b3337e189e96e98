//! The vectors of a run: embedded, or taken from the recording that is replayed.

use crate::corpus::Corpus;
use crate::embed::{Embedder, Embeddings};
use crate::error::Error;
use crate::observer::Observer;
use crate::plan::{Asking, Plan};
use crate::run::{read_manifest, recorded_embeddings};

/// Vectors of n distinct texts.
pub struct Vectors {
    /// n×d.
    pub embeddings: Embeddings,
    /// Length n: whether the text was longer than the embedder's window.
    pub truncated: Vec<bool>,
}

impl Vectors {
    /// Documents whose text was longer than the window.
    pub fn truncated_documents(&self, corpus: &Corpus) -> usize {
        corpus.documents.iter().filter(|document| self.truncated[document.distinct]).count()
    }
}

/// Embeds the distinct texts. A replay of a run directory over the same corpus uses its vectors, so that it does not hang
/// on a processor's rounding.
pub fn vectors(
    corpus: &Corpus,
    embedder: &dyn Embedder,
    plan: &Plan,
    observer: &dyn Observer,
) -> Result<Vectors, Error> {
    if let Some(embeddings) = recorded(corpus, embedder, plan)? {
        let truncated = embedder.truncated(&corpus.distinct_texts())?;
        return Ok(Vectors { embeddings, truncated });
    }
    let embedded = embedder.embed(&corpus.distinct_texts(), observer)?;
    Ok(Vectors { embeddings: embedded.embeddings, truncated: embedded.truncated })
}

fn recorded(corpus: &Corpus, embedder: &dyn Embedder, plan: &Plan) -> Result<Option<Embeddings>, Error> {
    let Asking::Recording(recording) = &plan.asking else { return Ok(None) };
    if !recording.is_dir() {
        return Ok(None);
    }
    let manifest = read_manifest(recording)?;
    let same = manifest.corpus.sha256 == corpus.sha256 && manifest.embedder.sha256 == embedder.identity().sha256;
    let Some(embeddings) = recorded_embeddings(recording)?.filter(|rows| same && rows.len() == corpus.documents.len())
    else {
        return Ok(None);
    };
    Ok(Some(embeddings.select(&corpus.representatives())))
}
