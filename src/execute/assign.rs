//! Documents into the clusters of a finished run, by what that run learned. No model is asked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::compose::{Placed, Seen};
use super::embedder::record;
use super::vectors::{check, of_run, whose};
use crate::corpus::{Corpus, ReadOptions, Source, read};
use crate::decision::{Learned, OwnVectors, Placement};
use crate::embed::{self, CachedEmbedder, Embedder, VectorCache};
use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::plan::{RECORDED_SERVER, Reading};
use crate::run::{
    AssignmentLine, Manifest, RunStatus, read_clusters, read_decision, read_manifest, recorded_embeddings,
};
use crate::vectors::Embeddings;

/// Texts that are embedded and placed at once: memory for vectors does not grow with the corpus.
const AT_ONCE: usize = 4_096;

/// A finished run to whose clusters documents are assigned.
#[derive(Debug)]
pub struct Assigner {
    path: PathBuf,
    manifest: Manifest,
    learned: Learned,
    at_once: usize,
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

impl Assigner {
    /// Reads a run directory, without trust.
    ///
    /// # Errors
    /// When it is no run directory, its run is not complete, or it holds no decision, a broken one, or one of another run.
    pub fn open(path: &Path) -> Result<Assigner, Error> {
        if !path.join("manifest.json").is_file() {
            return Err(Error::usage(format!("{}: no run directory: it holds no manifest.json", path.display())));
        }
        let manifest = read_manifest(path)?;
        is_complete(path, &manifest)?;
        let Some(learned) = read_decision(path)? else {
            return Err(Error::Usage(message!(
                "{path}: holds no decision.json by which documents could be placed: it is a recording only, or a run by an earlier version: \
                 make it again (a run with {+replay} asks nobody)",
                path = path.display()
            )));
        };
        let there: BTreeSet<String> = read_clusters(path)?.into_iter().map(|cluster| cluster.id).collect();
        let named: BTreeSet<String> = learned.clusters.iter().cloned().collect();
        let embedder = &manifest.embedder;
        let is_own = (learned.embedder.as_str(), learned.dimensions) == (embedder.sha256.as_str(), embedder.dimensions);
        if !is_own || named != there {
            return Err(Error::file(
                &path.join("decision.json"),
                "is of another run: embedder or clusters are not the same",
            ));
        }
        Ok(Assigner { path: path.to_owned(), manifest, learned, at_once: AT_ONCE })
    }

    /// What the run was.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Assigns the documents of a corpus and hands over its lines in input order, those of the run's own corpus just as the run wrote
    /// them.
    ///
    /// # Errors
    /// When the corpus cannot be read, the embedder is not the run's, or `take` fails.
    pub fn assign(
        &self,
        source: &Source,
        reading: &Reading,
        by: EmbedBy<'_>,
        observer: &dyn Observer,
        mut take: impl FnMut(&AssignmentLine) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let embedder = self.embedder(by, observer)?;
        let corpus = self.read(source, reading)?;
        corpus.notes.iter().for_each(|note| observer.say(note));
        let own = self.learned.decision.seen(self.own_vectors()?);
        let (placements, seen) = self.placed(&corpus, embedder.as_ref(), &own, observer)?;
        let placed = Placed {
            corpus: &corpus,
            placements: &placements,
            seen: &seen,
            clusters: &self.learned.clusters,
            with_texts: !self.manifest.is_without_texts(),
            speech: observer.speech(),
        };
        corpus.rows.iter().try_for_each(|row| take(&placed.line(row)))
    }

    /// A limit that is only the run's is not for another corpus.
    fn read(&self, source: &Source, reading: &Reading) -> Result<Corpus, Error> {
        let corpus = read(source, &reading.options)?;
        if !reading.limit_is_former || corpus.sha256 == self.manifest.corpus.sha256 {
            return Ok(corpus);
        }
        if *source == Source::Stdin {
            return Err(Error::Usage(message!(
                "the run was made with {@limit}, which is not for another corpus: say {+limit N}, or name a file"
            )));
        }
        read(source, &ReadOptions { limit: None, ..reading.options.clone() })
    }

    /// The run's embedder, or the one that the user says is the same.
    fn embedder<'a>(&self, by: EmbedBy<'a>, observer: &dyn Observer) -> Result<Box<dyn Embedder + 'a>, Error> {
        let planned = self.manifest.plan.get("embedder").and_then(|planned| planned.value.as_str());
        let name = by.embedder.or(planned).unwrap_or(embed::DEFAULT);
        if by.embedder.is_none() && by.loaded.is_none() && name == RECORDED_SERVER {
            return Err(Error::usage(format!(
                "{}: its vectors come from a server, and documents are embedded on this machine only",
                self.path.display()
            )));
        }
        let embedder: Box<dyn Embedder + 'a> = match by.loaded {
            Some(loaded) => Box::new(loaded),
            None => embed::open(name, observer)?,
        };
        let (own, other) = (&self.manifest.embedder, record(embedder.identity()));
        if !own.is_like(&other) {
            return Err(Error::Usage(message!(
                "{path}: its embedder is {own}, not {other} (or not the same weights or engine): name the same one with {+embedder}",
                path = self.path.display(),
                own = own.id,
                other = other.id
            )));
        }
        let cache = by.cache.map(|root| VectorCache::open(root, embedder.identity(), observer));
        Ok(match cache.filter(VectorCache::is_usable) {
            Some(cache) => Box::new(CachedEmbedder::new(embedder, cache)),
            None => embedder,
        })
    }

    /// The vectors of the run's own texts, where others are judged by them.
    fn own_vectors(&self) -> Result<Embeddings, Error> {
        let Some(own) = self.learned.decision.own() else {
            return Ok(Embeddings::new(Vec::new(), self.learned.dimensions));
        };
        let (manifest, file) = (&self.manifest, self.path.join("embeddings.npy"));
        let whose = whose(&manifest.embedder.sha256, &manifest.corpus.sha256);
        let Some((rows, checksum)) = recorded_embeddings(&self.path, &whose)? else {
            return Err(Error::file(&file, "is missing: by it the run's decision places new documents"));
        };
        let places: Vec<usize> = own.rows.iter().map(|&row| row as usize).collect();
        let fits = rows.dimensions() == self.learned.dimensions && places.iter().all(|&place| place < rows.len());
        if !fits || checksum != manifest.embedder.vectors {
            return Err(Error::file(&file, "is not what its run has written"));
        }
        Ok(rows.select(&places))
    }

    /// A place for each of n distinct texts, part by part in canonical order, and what the embedder says of them.
    fn placed(
        &self,
        corpus: &Corpus,
        embedder: &dyn Embedder,
        own: &[Embeddings],
        observer: &dyn Observer,
    ) -> Result<(Vec<Placement>, Seen), Error> {
        // The run's own corpus has its vectors already: they do not depend on this machine's rounding.
        let known = match corpus.sha256 == self.manifest.corpus.sha256 {
            true => of_run(&self.path, corpus, None, embedder)?,
            false => None,
        };
        let (texts, own) = (corpus.distinct_texts(), OwnVectors::in_spaces(own));
        let (mut placements, mut seen) = (Vec::with_capacity(texts.len()), Seen::default());
        for part in texts.chunks(self.at_once) {
            let (rows, truncated) = match &known {
                Some(known) => {
                    let places: Vec<usize> = (placements.len()..placements.len() + part.len()).collect();
                    (known.select(&places), embedder.truncated(part)?)
                }
                None => {
                    let embedded = embedder.embed(part, observer)?;
                    check(&embedded, part.len(), self.learned.dimensions, |row| {
                        corpus.representative(placements.len() + row).id.clone()
                    })?;
                    (embedded.embeddings, embedded.truncated)
                }
            };
            placements.extend(self.learned.decision.place(part, &rows, &own));
            seen.truncated.extend(truncated);
            seen.unreadable.extend(embedder.unknown(part));
        }
        Ok((placements, seen))
    }
}

fn is_complete(path: &Path, manifest: &Manifest) -> Result<(), Error> {
    let what = match manifest.status {
        RunStatus::Complete => return Ok(()),
        RunStatus::Partial => "partial",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "cancelled",
        RunStatus::Running => "not finished",
    };
    let why = manifest.reason.as_ref().map(|reason| format!(" ({reason})"));
    Err(Error::Usage(message!(
        "{path}: the run is {what}{why}: finish it with `run {+resume}` before documents are assigned to its clusters",
        path = path.display(),
        what,
        why
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::run;
    use crate::observer::Silent;
    use crate::plan::{Layers, Plan, Settings};

    fn plan(out: &Path) -> Plan {
        let mut layers = Layers::default();
        let settings = Settings {
            out: Some(out.to_owned()),
            embedder: Some("static".into()),
            cache: Some("none".into()),
            ..Settings::default()
        };
        layers.add("flag", &settings).unwrap();
        layers.check().unwrap()
    }

    #[test]
    fn parts_of_any_size_give_the_same_places() {
        let folder = tempfile::tempdir().unwrap();
        let words = ["parcel late again", "brake lever broken", "lovely friendly shop", "refund not paid"];
        let row = |number: usize| {
            let text = format!("{} number {} on day {}", words[number % 4], number % 17, number % 5);
            serde_json::json!({ "id": number.to_string(), "text": text }).to_string()
        };
        let corpus = folder.path().join("texts.jsonl");
        std::fs::write(&corpus, (0..90).map(row).collect::<Vec<_>>().join("\n")).unwrap();
        let (source, out) = (Source::File(corpus), folder.path().join("run"));
        let plan = plan(&out);
        run(&plan, &source, &Silent).unwrap();
        let mut assigner = Assigner::open(&out).unwrap();
        // Another corpus to the program, so that its texts are embedded.
        assigner.manifest.corpus.sha256 = "of another corpus".into();
        let reading = Reading { options: plan.reading.clone(), limit_is_former: false };
        let mut assigned = |at_once| {
            assigner.at_once = at_once;
            let mut lines = String::new();
            let by = EmbedBy { loaded: None, embedder: None, cache: None };
            let take = |line: &AssignmentLine| {
                lines.push_str(&format!("{}\n", serde_json::to_string(line).unwrap()));
                Ok(())
            };
            assigner.assign(&source, &reading, by, &Silent, take).unwrap();
            lines
        };
        let written = std::fs::read_to_string(out.join("assignments.jsonl")).unwrap();
        for at_once in [1, 7, 64, 4_096] {
            assert_eq!(assigned(at_once), written, "{at_once} at once");
        }
    }
}
