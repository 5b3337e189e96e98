//! Documents into the clusters of a finished run, by what that run learned. No model is asked.

mod questions;
mod sketch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::ahead::ahead;
use super::compose::{Placed, Seen, documents};
use super::embedder::EmbedBy;
use super::vectors::{check, of_run};
use crate::compare::{Drift, Later};
use crate::corpus::{Content, Corpus, Ended, InParts, Part, ReadOptions, Row, Source, read};
use crate::decision::{Learned, OwnVectors, Placement};
use crate::edits::{Edits, Rules, edited};
use crate::embed::Embedder;
use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::plan::Reading;
use crate::run::{
    AssignmentLine, ClusterLine, CorpusRecord, DocumentCounts, FinishedRun, Flag, Manifest, RunStatus, read_clusters,
    read_decision, read_manifest, read_run, recorded_embeddings,
};
use crate::vectors::Embeddings;
use questions::Asking;
pub use questions::{UnsureAsked, UnsureQuestions, journal_lock};
use sketch::Sketch;

/// Rows that are read, embedded and placed at once, of a corpus that is read in parts.
const AT_ONCE: usize = 4_096;
/// Rows up to which a corpus is not divided: what can only be seen of many texts is seen of all of them.
const FIRST: usize = 16_384;

/// Which documents are assigned, and how.
#[derive(Clone, Copy)]
pub struct Assigning<'a> {
    /// Where they come from.
    pub source: &'a Source,
    /// How they are read.
    pub reading: &'a Reading,
    /// Who embeds.
    pub by: EmbedBy<'a>,
    /// Questions about those whose place is not sure, if any are asked: then the corpus is read whole.
    pub questions: Option<UnsureQuestions<'a>>,
}

/// A finished run to whose clusters documents are assigned.
#[derive(Debug)]
pub struct Assigner {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) learned: Learned,
    parts: InParts,
    edits: Option<Corrected>,
}

/// What a person has corrected of the run.
#[derive(Debug)]
struct Corrected {
    edits: Edits,
    rules: Rules,
    /// The clusters as the edits want them.
    clusters: Vec<ClusterLine>,
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
        // The run's own corpus is known again by the hash of all its bytes.
        let parts = InParts { first: FIRST.max(manifest.corpus.rows), next: AT_ONCE };
        Ok(Assigner { path: path.to_owned(), manifest, learned, parts, edits: None })
    }

    /// The same through the edits of a person: documents are put where these want them.
    ///
    /// # Errors
    /// When the files of the run are not what it wrote, or two edits contradict each other.
    pub fn with_edits(self, edits: Edits) -> Result<Assigner, Error> {
        let (run, rules) = edited(read_run(&self.path)?, &edits)?;
        Ok(Assigner { edits: Some(Corrected { edits, rules, clusters: run.clusters }), ..self })
    }

    /// The edits of a person, as rules, if there are any.
    pub fn rules(&self) -> Option<(&Edits, &Rules)> {
        self.edits.as_ref().map(|corrected| (&corrected.edits, &corrected.rules))
    }

    /// The clusters of the run, as the edits want them.
    fn clusters(&self) -> Result<Vec<ClusterLine>, Error> {
        match &self.edits {
            Some(corrected) => Ok(corrected.clusters.clone()),
            None => read_clusters(&self.path),
        }
    }

    /// What the run was.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Assigns the documents of a corpus, and hands over their lines in input order, as they come: a corpus that has more rows than
    /// the run's, and more than some thousands, is read in parts, so that memory does not grow with it.
    ///
    /// # Errors
    /// When the corpus cannot be read, or the embedder is not the run's; and those of the receiver. Lines before the error have been
    /// handed over.
    pub fn assign<'a>(
        &'a self,
        how: &Assigning<'a>,
        observer: &dyn Observer,
        receive: &mut dyn FnMut(&AssignedPart<'_>) -> Result<(), Error>,
    ) -> Result<Assigned<'a>, Error> {
        let asked = |questions| Asking::new(questions, self, &read_clusters(&self.path)?);
        let asking = how.questions.map(asked).transpose()?;
        let clusters = self.clusters()?;
        let embedder = how.by.embedder_of(&self.path, &self.manifest, observer)?;
        let own = self.learned.decision.seen(self.own_vectors()?);
        let (sketch, asked) = {
            let mut placing = Placing {
                assigner: self,
                embedder: embedder.as_ref(),
                own: OwnVectors::in_spaces(&own),
                clusters,
                sketch: Sketch::new(self.learned.dimensions, self.manifest.seed),
                asking,
                observer,
                receive,
            };
            let ended = self.read_parts(how, &mut |part| placing.take(part))?;
            ended.iter().flat_map(|ended| &ended.notes).for_each(|note| observer.say(note));
            (placing.sketch, placing.asking.and_then(|asking| asking.asked))
        };
        Ok(Assigned { assigner: self, embedder, sketch, asked })
    }

    /// Reads a corpus as a whole or in parts. A limit that is only the run's is not for another corpus.
    fn read_parts(
        &self,
        how: &Assigning<'_>,
        take: &mut dyn FnMut(Part) -> Result<(), Error>,
    ) -> Result<Option<Ended>, Error> {
        let Assigning { source, reading, .. } = *how;
        // Which documents are the least sure is known when all are placed.
        let first = if how.questions.is_some() { usize::MAX } else { self.parts.first };
        let parts = InParts { first, ..self.parts };
        if reading.limit_is_former && *source == Source::Stdin {
            take(Part::Whole(self.read(source, reading)?))?;
            return Ok(None);
        }
        let limit = reading.options.limit.filter(|_| !reading.limit_is_former);
        let options = ReadOptions { limit, ..reading.options.clone() };
        ahead(source, &options, parts, &mut |part| match part {
            Part::Whole(corpus) if reading.limit_is_former && self.is_own(&corpus) => {
                drop(corpus);
                take(Part::Whole(read(source, &reading.options)?))
            }
            part => take(part),
        })
    }

    fn is_own(&self, corpus: &Corpus) -> bool {
        corpus.sha256 == self.manifest.corpus.sha256
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
}

/// Documents on their way to their places.
struct Placing<'a> {
    assigner: &'a Assigner,
    embedder: &'a dyn Embedder,
    own: OwnVectors<'a>,
    clusters: Vec<ClusterLine>,
    sketch: Sketch,
    asking: Option<Asking<'a>>,
    observer: &'a dyn Observer,
    receive: &'a mut dyn FnMut(&AssignedPart<'_>) -> Result<(), Error>,
}

impl Placing<'_> {
    /// Places the documents of a part, and hands over their lines.
    fn take(&mut self, part: Part) -> Result<(), Error> {
        let (corpus, repeats, is_whole) = match part {
            Part::Whole(corpus) => (corpus, None, true),
            Part::Piece(corpus, repeats) => (corpus, repeats, false),
        };
        corpus.notes.iter().for_each(|note| self.observer.say(note));
        let (mut placements, seen) = self.placed(&corpus, is_whole)?;
        if let Some(asking) = &mut self.asking {
            asking.ask(&corpus, &mut placements, &seen, self.observer)?;
        }
        let manifest = &self.assigner.manifest;
        let placed = Placed {
            corpus: &corpus,
            placements: &placements,
            seen: &seen,
            repeats: repeats.as_deref(),
            clusters: &self.assigner.learned.clusters,
            with_texts: !manifest.is_without_texts(),
            speech: self.observer.speech(),
        };
        // Those of the run's own corpus are just as the run wrote them.
        let is_own = is_whole && self.assigner.is_own(&corpus);
        let line = |row: &Row| {
            let mut line = placed.line(row);
            if let (Some((_, rules)), Content::Document(document)) = (self.assigner.rules(), &row.content) {
                rules.line(&mut line, &corpus.documents[*document].text, is_own);
            }
            if !is_own && line.is_unsure() {
                line.flags.push(Flag::Unsure);
            }
            line
        };
        let lines: Vec<AssignmentLine> = corpus.rows.par_iter().map(line).collect();
        lines.iter().for_each(|line| self.sketch.tally.add(line));
        let part = AssignedPart { lines: &lines, corpus: &corpus, manifest, clusters: &self.clusters };
        (self.receive)(&part)
    }

    /// A place for each of n distinct texts, some at a time in canonical order, and what the embedder says of them.
    fn placed(&mut self, corpus: &Corpus, is_whole: bool) -> Result<(Vec<Placement>, Seen), Error> {
        let (assigner, embedder) = (self.assigner, self.embedder);
        // The run's own corpus has its vectors already: they do not depend on this machine's rounding.
        let known = match is_whole && assigner.is_own(corpus) {
            true => of_run(&assigner.path, corpus, None, embedder)?,
            false => None,
        };
        let (texts, mut placements, mut seen) = (corpus.distinct_texts(), Vec::new(), Seen::default());
        for part in texts.chunks(assigner.parts.next) {
            let first = placements.len();
            let (rows, truncated) = match &known {
                Some(known) => {
                    let places: Vec<usize> = (first..first + part.len()).collect();
                    (known.select(&places), embedder.truncated(part)?)
                }
                None => self.embedded(corpus, first, part, is_whole)?,
            };
            let places = assigner.learned.decision.place(part, &rows, &self.own);
            self.sketch.add(corpus, first, &places, &rows);
            placements.extend(places);
            seen.truncated.extend(truncated);
            seen.unreadable.extend(embedder.unknown(part));
        }
        Ok((placements, seen))
    }

    /// Vectors of some texts, and which are longer than the window.
    fn embedded(
        &self,
        corpus: &Corpus,
        first: usize,
        part: &[&str],
        is_whole: bool,
    ) -> Result<(Embeddings, Vec<bool>), Error> {
        let embedded = match is_whole {
            true => self.embedder.embed(part, self.observer)?,
            false => self.embedder.embed_unkept(part, self.observer)?,
        };
        check(&embedded, part.len(), self.assigner.learned.dimensions, |row| {
            corpus.representative(first + row).id.clone()
        })?;
        Ok((embedded.embeddings, embedded.truncated))
    }
}

/// Some documents that were assigned to the clusters of a run, next to each other in the input.
pub struct AssignedPart<'a> {
    /// Their lines, and those of skipped rows, in input order. Those of the run's own corpus are just as the run wrote them. A place
    /// in any other that is not sure is flagged.
    pub lines: &'a [AssignmentLine],
    corpus: &'a Corpus,
    manifest: &'a Manifest,
    clusters: &'a [ClusterLine],
}

impl AssignedPart<'_> {
    /// The documents as if a run had written them, for reports.
    pub fn as_run(&self) -> FinishedRun {
        let with_texts = !self.manifest.is_without_texts();
        let mut manifest = self.manifest.clone();
        manifest.corpus = CorpusRecord::of(self.corpus, with_texts);
        manifest.documents = DocumentCounts::of(self.lines);
        FinishedRun {
            manifest,
            clusters: self.clusters.to_vec(),
            assignments: self.lines.to_vec(),
            documents: documents(self.corpus, with_texts),
        }
    }
}

/// What is known of documents that were assigned to the clusters of a run.
pub struct Assigned<'a> {
    assigner: &'a Assigner,
    embedder: Box<dyn Embedder + 'a>,
    sketch: Sketch,
    asked: Option<UnsureAsked>,
}

impl Assigned<'_> {
    /// What became of questions about unsure documents, where any were to be asked.
    pub fn asked(&self) -> Option<&UnsureAsked> {
        self.asked.as_ref()
    }

    /// What these documents look like beside those of the run.
    ///
    /// # Errors
    /// When the run's files are not what it wrote, or the embedder cannot be run.
    pub fn drift(&self) -> Result<Drift, Error> {
        let path = &self.assigner.path;
        let mut run = read_run(path)?;
        if let Some((edits, _)) = self.assigner.rules() {
            (run, _) = edited(run, edits)?;
        }
        let vectors = recorded_embeddings(path, &run.manifest)?;
        let themes = self.sketch.themes(&self.assigner.manifest.goal, self.embedder.as_ref())?;
        let later = Later { tally: &self.sketch.tally, vectors: &self.sketch.vectors(), themes };
        Ok(Drift::between(&run, vectors.as_ref(), later))
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

    /// A line of JSON, one of so many different texts.
    fn row(number: usize, different: usize) -> String {
        let words = ["parcel late again", "brake lever broken", "lovely friendly shop", "refund not paid"];
        let text = format!("{} number {} on day {}", words[number % 4], number % different, number % 5);
        serde_json::json!({ "id": number.to_string(), "text": text }).to_string()
    }

    #[test]
    fn what_is_kept_of_documents_does_not_depend_on_how_they_are_divided() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = |name: &str, rows: std::ops::Range<usize>| {
            let file = folder.path().join(name);
            std::fs::write(&file, rows.map(|number| row(number, 170)).collect::<Vec<_>>().join("\n")).unwrap();
            Source::File(file)
        };
        let out = folder.path().join("run");
        let plan = plan(&out);
        run(&plan, &corpus("run.jsonl", 0..60), &Silent).unwrap();
        let (mut assigner, later) = (Assigner::open(&out).unwrap(), corpus("later.jsonl", 60..900));
        let reading = Reading { options: plan.reading.clone(), limit_is_former: false };
        let mut assigned = |first, next| {
            assigner.parts = InParts { first, next };
            let (by, mut lines) = (EmbedBy { loaded: None, embedder: None, cache: None }, Vec::new());
            let mut take = |part: &AssignedPart<'_>| {
                lines.extend(part.lines.iter().map(|line| (line.clusters.clone(), line.id.clone(), line.line)));
                Ok(())
            };
            let how = Assigning { source: &later, reading: &reading, by, questions: None };
            let assigned = assigner.assign(&how, &Silent, &mut take).unwrap();
            (lines, serde_json::to_string(&assigned.drift().unwrap()).unwrap())
        };
        let whole = assigned(4_096, 4_096);
        for (first, next) in [(4_096, 5), (70, 1), (70, 64), (1, 300), (839, 1)] {
            assert_eq!(assigned(first, next), whole, "{first} {next}");
        }
    }

    #[test]
    fn parts_of_any_size_give_the_same_places() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = folder.path().join("texts.jsonl");
        std::fs::write(&corpus, (0..90).map(|number| row(number, 17)).collect::<Vec<_>>().join("\n")).unwrap();
        let (source, out) = (Source::File(corpus), folder.path().join("run"));
        let plan = plan(&out);
        run(&plan, &source, &Silent).unwrap();
        let mut assigner = Assigner::open(&out).unwrap();
        // Another corpus to the program, so that its texts are embedded.
        assigner.manifest.corpus.sha256 = "of another corpus".into();
        let reading = Reading { options: plan.reading.clone(), limit_is_former: false };
        let mut assigned = |at_once| {
            assigner.parts.next = at_once;
            let (by, mut lines) = (EmbedBy { loaded: None, embedder: None, cache: None }, String::new());
            let mut take = |part: &AssignedPart<'_>| {
                lines.extend(part.lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n"));
                Ok(())
            };
            let how = Assigning { source: &source, reading: &reading, by, questions: None };
            assigner.assign(&how, &Silent, &mut take).unwrap();
            lines
        };
        let written = std::fs::read_to_string(out.join("assignments.jsonl")).unwrap();
        for at_once in [1, 7, 64, 4_096] {
            assert_eq!(assigned(at_once), written, "{at_once} at once");
        }
    }
}
