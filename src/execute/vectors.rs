//! The vectors of a run: embedded, or taken from a run that has them already: the one that is replayed, or resumed.

use std::path::Path;

use super::embedder::RunEmbedder;
use crate::corpus::Corpus;
use crate::embed::{CACHE_FOLDER, CachedEmbedder, Embedded, Embedder, VectorCache};
use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::plan::{Asking, Plan, reads_otherwise};
use crate::run::{EmbedderRecord, Manifest, RunDirectory, read_manifest, recorded_embeddings};
use crate::text::numbers::thousands;
use crate::vectors::{Embeddings, is_unit};

/// Texts from which a server must tell them apart.
const FEW: usize = 8;

/// Of so many texts, one may have no given vector.
const FEWEST_GIVEN: usize = 100;

/// Vectors of n distinct texts.
pub struct Vectors {
    /// n×d.
    pub embeddings: Embeddings,
    /// Length n: whether the text was longer than the embedder's window.
    pub truncated: Vec<bool>,
    /// What the run directory kept of them while they were computed; done with when `embeddings.npy` is there.
    kept: Option<VectorCache>,
}

impl Vectors {
    /// Documents whose text was longer than the window.
    pub fn truncated_documents(&self, corpus: &Corpus) -> usize {
        corpus.embedded().filter(|document| self.truncated[document.distinct]).count()
    }

    /// Writes `embeddings.npy`; returns its checksum.
    pub fn write(&self, corpus: &Corpus, directory: &RunDirectory, record: &EmbedderRecord) -> Result<String, Error> {
        let rows: Vec<usize> = corpus.embedded().map(|document| document.distinct).collect();
        directory.write_embeddings(&self.embeddings, &rows, &record.sha256, &corpus.sha256)
    }

    /// Removes what was kept on the way, when the manifest vouches for `embeddings.npy`.
    pub fn discard_kept(&mut self) {
        self.kept.take().into_iter().for_each(VectorCache::discard);
    }
}

/// Embeds the distinct texts. A replay of a run directory over the same corpus uses its vectors, so that it does not depend on a
/// processor's rounding; a run that is resumed uses its own.
pub fn vectors(
    corpus: &Corpus,
    embedder: &RunEmbedder<'_>,
    plan: &Plan,
    directory: &RunDirectory,
    observer: &dyn Observer,
) -> Result<Vectors, Error> {
    if let Some(embeddings) = recorded(corpus, embedder, plan, directory, observer) {
        let truncated = embedder.get().truncated(&corpus.distinct_texts())?;
        // A process that was killed may have left some.
        let is_left = directory.path().join(CACHE_FOLDER).exists();
        let kept = is_left.then(|| VectorCache::open(directory.path(), embedder.get().identity(), observer));
        return Ok(Vectors { embeddings, truncated, kept });
    }
    let texts = corpus.distinct_texts();
    let (embedded, kept) = match embedder {
        RunEmbedder::Local { embedder, given: Some(given), .. } => {
            let missing = given.missing(&texts).map_or(0, |(_, count)| count);
            let (found, all) = (thousands((texts.len() - missing) as u64), thousands(texts.len() as u64));
            observer.say(&message!("{found} of {all} vectors are taken from {@vectors}", found, all));
            (given.embed(&texts, embedder.as_ref(), observer)?, None)
        }
        RunEmbedder::Local { embedder, is_cached: false, .. } => {
            let cache = VectorCache::open(directory.path(), embedder.identity(), observer);
            let keeping = CachedEmbedder::new(Box::new(embedder.as_ref()), cache);
            (keeping.embed(&texts, observer)?, Some(keeping.into_cache()))
        }
        _ => (embedder.get().embed(&texts, observer)?, None),
    };
    let id = |row: usize| corpus.representative(row).id.clone();
    check(&embedded, corpus.texts.len(), embedder.get().identity().dimensions, id)?;
    if matches!(embedder, RunEmbedder::Server(_)) {
        differ(&embedded.embeddings)?;
    }
    Ok(Vectors { embeddings: embedded.embeddings, truncated: embedded.truncated, kept })
}

/// Refuses vectors that were computed for another corpus. Which lines repeat across documents, and are set apart, may be seen
/// otherwise where a corpus was read in parts: so a few texts may be missing, and are embedded.
pub fn are_given(corpus: &Corpus, embedder: &RunEmbedder<'_>) -> Result<(), Error> {
    let RunEmbedder::Local { given: Some(given), .. } = embedder else { return Ok(()) };
    let texts = corpus.distinct_texts();
    match given.missing(&texts) {
        Some((first, missing)) if missing * FEWEST_GIVEN > texts.len() => Err(Error::Usage(message!(
            "{@vectors}: {missing} of {all} texts have no vector there (the first is that of the document {id}): the vectors are \
             of another corpus, or of one that was read otherwise, or parts are missing",
            missing = thousands(missing as u64),
            all = thousands(texts.len() as u64),
            id = format!("{:?}", corpus.representative(first).id)
        ))),
        _ => Ok(()),
    }
}

/// No result is computed from a vector that is not a direction. `id` names the document of a row.
pub(super) fn check(
    embedded: &Embedded,
    texts: usize,
    dimensions: usize,
    id: impl Fn(usize) -> String,
) -> Result<(), Error> {
    let rows = &embedded.embeddings;
    if rows.dimensions() != dimensions || rows.len() != texts {
        return Err(Error::embedder(format!(
            "{} vectors of {} dimensions for {texts} texts and {dimensions} dimensions",
            rows.len(),
            rows.dimensions(),
        )));
    }
    match (0..rows.len()).find(|&row| !is_unit(rows.row(row))) {
        None => Ok(()),
        Some(row) => Err(Error::embedder(format!(
            "the vector of document {} is not finite or not of length one: the model cannot be used for this text",
            id(row)
        ))),
    }
}

/// No cluster is made of one vector that a server gave to every text.
fn differ(rows: &Embeddings) -> Result<(), Error> {
    let is_one = rows.len() >= FEW && (1..rows.len()).all(|row| rows.row(row) == rows.row(0));
    if is_one {
        return Err(Error::server(format!(
            "the server that embeds gave all {} texts the same vector: it does not read them, or its model does not know \
             their language",
            rows.len()
        )));
    }
    Ok(())
}

/// The vectors that a run over the same corpus with the same embedder has written.
fn recorded(
    corpus: &Corpus,
    embedder: &RunEmbedder<'_>,
    plan: &Plan,
    directory: &RunDirectory,
    observer: &dyn Observer,
) -> Option<Embeddings> {
    let replayed = match &plan.model.asking {
        Asking::Recording(recording) if recording.is_dir() => Some(recording.as_path()),
        _ => None,
    };
    let is_local = matches!(embedder, RunEmbedder::Local { .. });
    let own = directory.former().filter(|former| is_local && !former.embedder.vectors.is_empty());
    let candidates = replayed.into_iter().chain(own.map(|_| directory.path()));
    candidates.into_iter().find_map(|run| match of_run(run, corpus, Some(plan), embedder.get()) {
        Ok(found) => found,
        Err(problem) => {
            observer.say(&message!("{problem}: its vectors are not used, the texts are embedded again", problem));
            None
        }
    })
}

/// The vectors of one run; none where it has none, or they are of other texts or another embedder.
pub(super) fn of_run(
    run: &Path,
    corpus: &Corpus,
    plan: Option<&Plan>,
    embedder: &dyn Embedder,
) -> Result<Option<Embeddings>, Error> {
    let (manifest, identity) = (read_manifest(run)?, embedder.identity());
    let is_of_corpus = manifest.corpus.sha256 == corpus.sha256 && is_of_texts(&manifest, corpus, plan);
    if !is_of_corpus || manifest.embedder.sha256 != identity.sha256 {
        return Ok(None);
    }
    let Some(rows) = recorded_embeddings(run, &manifest)? else { return Ok(None) };
    // A limit makes fewer documents of the same file.
    Ok((rows.len() == corpus.embedded().count()).then(|| rows.select(&corpus.representatives())))
}

/// Whether a run read the same texts out of its file: another text field makes others of the same rows.
fn is_of_texts(manifest: &Manifest, corpus: &Corpus, plan: Option<&Plan>) -> bool {
    match manifest.embedder.texts.as_str() {
        // An older run, which says only how it read.
        "" => plan.is_some_and(|plan| reads_otherwise(manifest.recorded(Path::new("")), plan).is_none()),
        texts => texts == corpus.texts_digest(),
    }
}
