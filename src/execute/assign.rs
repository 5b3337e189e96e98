//! Documents into the clusters of a finished run, by what that run learned. No model is asked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::compose::{Placed, Seen, documents};
use super::embedder::EmbedBy;
use super::vectors::{check, of_run};
use crate::compare::{Drift, Later};
use crate::corpus::{Corpus, ReadOptions, Source, read};
use crate::decision::{Learned, OwnVectors, Placement};
use crate::embed::Embedder;
use crate::error::Error;
use crate::message;
use crate::message::Speech;
use crate::methods::{ProposalRecord, Themeless, themes};
use crate::observer::Observer;
use crate::plan::Reading;
use crate::run::{
    AssignmentLine, CorpusRecord, DocumentCounts, FinishedRun, Flag, Manifest, RunStatus, read_clusters, read_decision,
    read_manifest, read_run, recorded_embeddings,
};
use crate::seed::{drawn, generator};
use crate::vectors::Embeddings;

/// Texts that are embedded and placed at once: memory for vectors does not grow with the corpus.
const AT_ONCE: usize = 4_096;
/// Documents that are compared with those of the run.
const SAMPLE: usize = 500;
/// Texts in no cluster that are looked at for themes, at most.
const THEMELESS: usize = 2_000;
/// Themes of them, at most.
const THEMES: usize = 5;

/// A finished run to whose clusters documents are assigned.
#[derive(Debug)]
pub struct Assigner {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) learned: Learned,
    at_once: usize,
}

impl Assigner {
    /// Reads a run directory, without trust.
    ///
    /// # Errors
    /// When it is no run directory, its run is not complete, or it holds no decision, a broken one, or one of another run.
    pub fn open(path: &Path) -> Result<Assigner, Error> {
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

    /// Assigns the documents of a corpus.
    ///
    /// # Errors
    /// When the corpus cannot be read, or the embedder is not the run's.
    pub fn assign<'a>(
        &'a self,
        source: &Source,
        reading: &Reading,
        by: EmbedBy<'a>,
        observer: &dyn Observer,
    ) -> Result<Assigned<'a>, Error> {
        let embedder = by.embedder_of(&self.path, &self.manifest, observer)?;
        let corpus = self.read(source, reading)?;
        corpus.notes.iter().for_each(|note| observer.say(note));
        let own = self.learned.decision.seen(self.own_vectors()?);
        let placed = self.placed(&corpus, embedder.as_ref(), &own, observer)?;
        let is_own = corpus.sha256 == self.manifest.corpus.sha256;
        Ok(Assigned { assigner: self, embedder, corpus, is_own, placed, speech: observer.speech() })
    }

    /// A limit that is only the run's is not for another corpus.
    pub(super) fn read(&self, source: &Source, reading: &Reading) -> Result<Corpus, Error> {
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

    /// The vectors of the run's own texts, where others are judged by them.
    pub(super) fn own_vectors(&self) -> Result<Embeddings, Error> {
        let Some(own) = self.learned.decision.own() else {
            return Ok(Embeddings::new(Vec::new(), self.learned.dimensions));
        };
        let (manifest, file) = (&self.manifest, self.path.join("embeddings.npy"));
        let Some(rows) = recorded_embeddings(&self.path, manifest)? else {
            return Err(Error::file(&file, "is missing: by it the run's decision places new documents"));
        };
        let places: Vec<usize> = own.rows.iter().map(|&row| row as usize).collect();
        if rows.dimensions() != self.learned.dimensions || places.iter().any(|&place| place >= rows.len()) {
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
    ) -> Result<Placements, Error> {
        // The run's own corpus has its vectors already: they do not depend on this machine's rounding.
        let known = match corpus.sha256 == self.manifest.corpus.sha256 {
            true => of_run(&self.path, corpus, None, embedder)?,
            false => None,
        };
        let (texts, own) = (corpus.distinct_texts(), OwnVectors::in_spaces(own));
        let mut placed = Placements::of(corpus, self.learned.dimensions, self.manifest.seed);
        for part in texts.chunks(self.at_once) {
            let first = placed.places.len();
            let (rows, truncated) = match &known {
                Some(known) => {
                    let places: Vec<usize> = (first..first + part.len()).collect();
                    (known.select(&places), embedder.truncated(part)?)
                }
                None => {
                    let embedded = embedder.embed(part, observer)?;
                    check(&embedded, part.len(), self.learned.dimensions, |row| {
                        corpus.representative(first + row).id.clone()
                    })?;
                    (embedded.embeddings, embedded.truncated)
                }
            };
            let places = self.learned.decision.place(part, &rows, &own);
            placed.add(places, &rows);
            placed.seen.truncated.extend(truncated);
            placed.seen.unreadable.extend(embedder.unknown(part));
        }
        Ok(placed)
    }
}

/// Where n distinct texts go, and some of their vectors.
struct Placements {
    /// n.
    places: Vec<Placement>,
    /// What the embedder says of them.
    seen: Seen,
    /// Which texts are compared with those of the run: drawn from the documents, in ascending order, a text as often as it was drawn.
    drawn: Vec<usize>,
    /// Their vectors.
    sample: Vec<f32>,
    /// The first texts in no cluster. Texts stand in the order of their hashes, so these are any.
    uncovered: Vec<usize>,
    /// Their vectors.
    themeless: Vec<f32>,
    dimensions: usize,
}

impl Placements {
    fn of(corpus: &Corpus, dimensions: usize, seed: u64) -> Placements {
        let mut documents: Vec<usize> = corpus.embedded().map(|document| document.distinct).collect();
        // In an order that does not depend on that of the rows.
        documents.sort_unstable();
        let chosen = drawn((0..documents.len()).collect(), SAMPLE, &mut generator(seed, "drift, later", &[]));
        Placements {
            places: Vec::new(),
            seen: Seen::default(),
            drawn: chosen.into_iter().map(|document| documents[document]).collect(),
            sample: Vec::new(),
            uncovered: Vec::new(),
            themeless: Vec::new(),
            dimensions,
        }
    }

    /// Adds the places of the next texts, whose vectors are given.
    fn add(&mut self, places: Vec<Placement>, rows: &Embeddings) {
        let first = self.places.len();
        let from = self.drawn.partition_point(|&text| text < first);
        let drawn = self.drawn[from..].iter().take_while(|&&text| text < first + rows.len());
        drawn.for_each(|&text| self.sample.extend(rows.row(text - first)));
        for (row, place) in places.iter().enumerate() {
            if matches!(place, Placement::Uncovered(_)) && self.uncovered.len() < THEMELESS {
                self.uncovered.push(first + row);
                self.themeless.extend(rows.row(row));
            }
        }
        self.places.extend(places);
    }
}

/// Documents that were assigned to the clusters of a run.
pub struct Assigned<'a> {
    assigner: &'a Assigner,
    embedder: Box<dyn Embedder + 'a>,
    corpus: Corpus,
    /// Whether it is the run's own corpus.
    is_own: bool,
    placed: Placements,
    /// How the caller calls parameters.
    speech: Speech,
}

impl Assigned<'_> {
    /// The lines in input order, those of the run's own corpus just as the run wrote them. A place in any other that is not sure is
    /// flagged.
    pub fn lines(&self) -> impl Iterator<Item = AssignmentLine> {
        let placed = Placed {
            corpus: &self.corpus,
            placements: &self.placed.places,
            seen: &self.placed.seen,
            clusters: &self.assigner.learned.clusters,
            with_texts: !self.assigner.manifest.is_without_texts(),
            speech: self.speech,
        };
        self.corpus.rows.iter().map(move |row| {
            let mut line = placed.line(row);
            if !self.is_own && line.is_unsure() {
                line.flags.push(Flag::Unsure);
            }
            line
        })
    }

    /// The documents as if a run had written them, for reports.
    ///
    /// # Errors
    /// When the clusters of the run cannot be read.
    pub fn as_run(&self) -> Result<FinishedRun, Error> {
        let with_texts = !self.assigner.manifest.is_without_texts();
        let assignments: Vec<AssignmentLine> = self.lines().collect();
        let mut manifest = self.assigner.manifest.clone();
        manifest.corpus = CorpusRecord::of(&self.corpus, with_texts);
        manifest.documents = DocumentCounts::of(&assignments);
        Ok(FinishedRun {
            manifest,
            clusters: read_clusters(&self.assigner.path)?,
            assignments,
            documents: documents(&self.corpus, with_texts),
        })
    }

    /// What these documents look like beside those of the run.
    ///
    /// # Errors
    /// When the run's files are not what it wrote, or the embedder cannot be run.
    pub fn drift(&self) -> Result<Drift, Error> {
        let path = &self.assigner.path;
        let run = read_run(path)?;
        let vectors = recorded_embeddings(path, &run.manifest)?;
        let lines: Vec<AssignmentLine> = self.lines().collect();
        let sample = Embeddings::new(self.placed.sample.clone(), self.placed.dimensions);
        let later = Later { lines: &lines, vectors: &sample, themes: self.themes()? };
        Ok(Drift::between(&run, vectors.as_ref(), later))
    }

    /// What the documents in no cluster are about.
    fn themes(&self) -> Result<Vec<ProposalRecord>, Error> {
        let (placed, corpus) = (&self.placed, &self.corpus);
        let (weights, texts) = (corpus.weights(), corpus.distinct_texts());
        let of = Themeless {
            texts: &placed.uncovered.iter().map(|&text| texts[text]).collect::<Vec<_>>(),
            weights: &placed.uncovered.iter().map(|&text| weights[text]).collect::<Vec<_>>(),
            vectors: &Embeddings::new(placed.themeless.clone(), placed.dimensions),
            goal: &self.assigner.manifest.goal,
            embedder: self.embedder.as_ref(),
        };
        let id = |text: usize| corpus.representative(placed.uncovered[text]).id.clone();
        let themes = themes(&of, THEMES, self.assigner.manifest.seed)?;
        Ok(themes.into_iter().map(|theme| ProposalRecord::of(theme, id)).collect())
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
            let by = EmbedBy { loaded: None, embedder: None, cache: None };
            let mut assigned = assigner.assign(&source, &reading, by, &Silent).unwrap();
            assigned.is_own = true;
            assigned.lines().map(|line| format!("{}\n", serde_json::to_string(&line).unwrap())).collect::<String>()
        };
        let written = std::fs::read_to_string(out.join("assignments.jsonl")).unwrap();
        for at_once in [1, 7, 64, 4_096] {
            assert_eq!(assigned(at_once), written, "{at_once} at once");
        }
    }
}
