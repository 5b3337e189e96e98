//! A finished run with the documents that came since: each goes into the clusters that are there, and clusters are added for what is
//! new. No cluster that is there changes its id, its name or its predicate, and none is taken away.
//!
//! In reading order: `earlier` (the run as it is), `incoming` (which rows are new to it), `growth` (what is new among them), `lines`
//! (the lines of both together).

mod earlier;
mod growth;
mod incoming;
mod lines;

use std::path::Path;

use super::assign::Assigner;
use super::begun::Begun;
use super::compose::Seen;
use super::date::today;
use super::embedder::{EmbedBy, record};
use super::ending::Finished;
use super::leaving::Leaving;
use super::prepare::{Answers, Prepared};
use super::readers::write_for_readers;
use super::running::{Completed, model_record, whole_run};
use super::server::Clients;
use super::vectors::check;
use super::{Done, Lent};
use crate::corpus::{Corpus, Source};
use crate::decision::{Learned, OwnVectors, Placement};
use crate::edits::{Edits, edited};
use crate::embed::Embedder;
use crate::error::Error;
use crate::message;
use crate::methods::{Asked, Cluster, Nobody, Setting, Watch, added};
use crate::model::{Budget, Prompts, Stop, Usage};
use crate::observer::Observer;
use crate::plan::{Plan, Reading};
use crate::run::{
    BaseRecord, ClusterLine, ClusterStatus, CorpusRecord, DocumentCounts, DocumentMap, EmbedderRecord, FinishedRun,
    Manifest, RunDirectory, RunStatus, UpdateRecord,
};
use crate::seed::sha256_hex;
use crate::vectors::Embeddings;
use earlier::Earlier;
use growth::{Growth, Placing};
pub use incoming::Changed;
use incoming::{Incoming, incoming};
use lines::Composing;

/// How a run is updated.
#[derive(Clone, Copy)]
pub struct Updating<'a> {
    /// How the documents are read.
    pub reading: &'a Reading,
    /// The run's goal and seed, whom to ask for names, and where the updated run is written.
    pub plan: &'a Plan,
    /// Who embeds.
    pub by: EmbedBy<'a>,
    /// What becomes of a document that has another text in the run.
    pub changed: Changed,
    /// What a person has corrected of the run.
    pub edits: Option<&'a Edits>,
}

/// Updates a run: `base` stays as it is, and a new run directory holds its documents and those that came.
///
/// # Errors
/// When the run cannot be updated, the corpus cannot be read, the embedder is not the run's, or a file cannot be written.
pub fn update(base: &Path, source: &Source, how: Updating<'_>, lent: Lent<'_>) -> Result<Done, Error> {
    let (plan, observer) = (how.plan, lent.observer);
    let assigner = Assigner::open(base)?;
    let earlier = Earlier::read(base)?;
    let corrected = how.edits.map(|edits| edited(earlier.run.clone(), edits)).transpose()?;
    let clients = Clients::of(plan, lent.network)?;
    plan.output.directory.iter().try_for_each(|out| RunDirectory::check(out, plan.output.resume))?;
    let mut watch = Watch::default();
    let read = assigner.read(source, how.reading)?;
    clients.without_key_in(&read)?;
    read.notes.iter().for_each(|note| observer.say(note));
    let (name, own, rows) = (read.name.clone(), read.sha256.clone(), read.rows.len());
    let Incoming { corpus, known, changed } = incoming(read, &earlier.run, how.changed)?;
    let first = earlier.run.assignments.len();
    let update = UpdateRecord { corpus: name, sha256: own, rows, known, changed, first, ..UpdateRecord::default() };
    let sha256 = sha256_hex(format!("{}\n{}", earlier.run.manifest.corpus.sha256, update.sha256));
    let corpus = Corpus { sha256, ..corpus.after(earlier.documents()) };
    watch.lap("read");
    let embedder = how.by.embedder_of(base, &assigner.manifest, observer)?;
    let prepared = Prepared::new(plan, &corpus, clients, observer)?;
    let name = &earlier.run.manifest.corpus.name;
    let directory = RunDirectory::open(plan.output.directory.as_deref(), name, plan.output.resume, &source.paths())?;
    same_update(directory.former(), &earlier.run.manifest, &update)?;
    how.edits.map_or(Ok(()), |edits| directory.check_edits(&edits.text))?;
    let leaving = Leaving::new(directory, source, observer);
    let this = Update {
        assigner: &assigner,
        earlier: &earlier,
        corpus: &corpus,
        embedder: embedder.as_ref(),
        plan,
        edits: how.edits,
        corrected: corrected.map_or_else(Vec::new, |(run, _)| run.clusters),
    };
    let outcome = this.run(Begun { plan, corpus: &corpus, leaving: &leaving, observer }, prepared, update, watch);
    observer.lend_ending(None);
    match outcome {
        Ok(Completed { run, edited, ending }) => {
            Ok(Done { run, edited, path: leaving.directory().path().to_owned(), ending })
        }
        Err(problem) => {
            leaving.after(&problem)?.iter().for_each(|message| observer.say(message));
            Err(problem)
        }
    }
}

/// An update is resumed with the run and the documents that it began with.
fn same_update(former: Option<&Manifest>, base: &Manifest, now: &UpdateRecord) -> Result<(), Error> {
    let Some(former) = former else { return Ok(()) };
    let is_of = former.base.as_ref().is_some_and(|record| record.sha256 == clusters_of(base))
        && former.updates.len() == base.updates.len() + 1;
    let has = former.updates.last().is_some_and(|update| update.sha256 == now.sha256);
    let what = match (is_of, has) {
        (true, true) => return Ok(()),
        (false, _) => "the directory does not hold an update of this run",
        (true, false) => "the corpus is not that of the update",
    };
    Err(Error::Usage(message!("{@resume}: {what}; start a new one with another {+out}", what)))
}

fn clusters_of(manifest: &Manifest) -> String {
    manifest.files.get("clusters.jsonl").cloned().unwrap_or_default()
}

/// What the steps of an update share.
struct Update<'a> {
    assigner: &'a Assigner,
    earlier: &'a Earlier,
    /// The documents of the run, then those that came; the rows are those that came.
    corpus: &'a Corpus,
    embedder: &'a dyn Embedder,
    plan: &'a Plan,
    edits: Option<&'a Edits>,
    /// The clusters of the run as the edits want them.
    corrected: Vec<ClusterLine>,
}

/// Clusters that were found, and who was asked about them.
#[derive(Default)]
struct Found {
    clusters: Vec<Cluster>,
    usage: Usage,
    stopped: Option<Stop>,
}

impl Update<'_> {
    fn run(
        &self,
        begun: Begun<'_, '_>,
        prepared: Prepared,
        update: UpdateRecord,
        mut watch: Watch,
    ) -> Result<Completed, Error> {
        let (leaving, observer) = (begun.leaving, begun.observer);
        let mut manifest = self.opening(update);
        leaving.begin(&manifest)?;
        leaving.embed(&manifest)?;
        let (vectors, seen) = self.vectors(&begun)?;
        watch.lap("embed");
        let placements = self.placements(&vectors)?;
        watch.lap("place");
        let growth = self.growth(&vectors, &placements);
        let found = self.found(&begun, prepared, &vectors, growth.as_ref(), &mut manifest)?;
        watch.lap("explain");
        manifest.stages = watch.into_stages();
        let placements = growth.as_ref().map_or(&placements, |growth| &growth.placements);
        let clusters = &self.earlier.run.clusters;
        // No added cluster has an id or a label that an edit gives to another one.
        let taken: Vec<ClusterLine> = clusters.iter().chain(&self.corrected).cloned().collect();
        let added = lines::added(self.corpus, &found.clusters, &manifest.method.name, &taken);
        let learned = self.learned(growth.as_ref(), added.iter().map(|cluster| cluster.id.clone()).collect());
        let composing = Composing {
            earlier: self.earlier,
            corpus: self.corpus,
            seen: &seen,
            placements,
            ids: &learned.clusters,
            speech: observer.speech(),
        };
        let (then, now) = (composing.earlier(growth.as_ref()), composing.later());
        let ids: Vec<String> = added.iter().map(|cluster| cluster.id.clone()).collect();
        let clusters: Vec<_> = clusters.iter().cloned().chain(added).collect();
        let clusters = lines::counted(clusters, ids.len(), &then, &now);
        if let Some(update) = manifest.updates.last_mut() {
            let absent = clusters.iter().filter(|cluster| cluster.status == ClusterStatus::Absent);
            update.absent = absent.map(|cluster| cluster.id.clone()).collect();
            update.clusters = ids;
        }
        let assignments: Vec<_> = then.into_iter().chain(now).collect();
        let finished = Finished {
            usage: &found.usage,
            stopped: found.stopped,
            max_unparsed: self.plan.model.max_unparsed,
            rows: &assignments,
            trust: None,
            speech: observer.speech(),
        };
        let ending = finished.ending();
        (manifest.status, manifest.reason) = (ending.status(), finished.reason());
        manifest.documents = DocumentCounts::of(&assignments);
        manifest.clusters = clusters.len();
        manifest.embedder.truncated = self.truncated(&seen);
        let documents = lines::documents(self.corpus);
        let run = FinishedRun { manifest: manifest.clone(), clusters, assignments, documents };
        let edited = self.write(leaving, &mut manifest, &vectors, &learned, &run, observer)?;
        leaving.note(&manifest);
        Ok(Completed { run: FinishedRun { manifest, ..run }, edited, ending })
    }

    /// The manifest of an update that has just begun.
    fn opening(&self, update: UpdateRecord) -> Manifest {
        let base = &self.earlier.run.manifest;
        let came = CorpusRecord::of(self.corpus, true);
        Manifest {
            version: env!("CARGO_PKG_VERSION").into(),
            files: Default::default(),
            status: RunStatus::Running,
            reason: None,
            date: Some(today()),
            corpus: CorpusRecord {
                name: base.corpus.name.clone(),
                sha256: self.corpus.sha256.clone(),
                rows: self.earlier.run.assignments.len() + self.corpus.rows.len(),
                files: base.corpus.files.iter().cloned().chain(came.files).collect(),
                set_apart: base.corpus.set_apart.iter().cloned().chain(came.set_apart).collect(),
            },
            embedder: EmbedderRecord { texts: self.corpus.texts_digest(), ..record(self.embedder.identity()) },
            base: Some(BaseRecord {
                clusters: self.earlier.run.clusters.len(),
                inherited: self.earlier.run.clusters.len(),
                sha256: clusters_of(base),
            }),
            updates: base.updates.iter().cloned().chain([update]).collect(),
            edits: self.edits.map(Edits::record),
            usage: Usage::default(),
            stages: Vec::new(),
            warnings: Vec::new(),
            ..base.clone()
        }
    }

    /// The vectors of all n distinct texts, those of the run as it kept them, and what the embedder says of the others.
    fn vectors(&self, begun: &Begun<'_, '_>) -> Result<(Embeddings, Seen), Error> {
        let (corpus, d) = (self.corpus, self.assigner.learned.dimensions);
        let carriers = self.earlier.carriers(corpus);
        let is_new = |text: &usize| carriers[*text].is_none();
        let new: Vec<usize> = (0..corpus.texts.len()).filter(is_new).collect();
        let texts: Vec<&str> = new.iter().map(|&text| corpus.text(text)).collect();
        let embedded = self.embedder.embed(&texts, begun.observer)?;
        check(&embedded, texts.len(), d, |row| corpus.representative(new[row]).id.clone())?;
        let mut values = Vec::with_capacity(corpus.texts.len() * d);
        let mut next = 0;
        for carrier in &carriers {
            match carrier.and_then(|document| self.earlier.vector(document)) {
                Some(row) => values.extend_from_slice(row),
                None => {
                    values.extend_from_slice(embedded.embeddings.row(next));
                    next += 1;
                }
            }
        }
        let all = corpus.distinct_texts();
        let unreadable = self.embedder.unknown(&all);
        Ok((Embeddings::new(values, d), Seen { truncated: self.embedder.truncated(&all)?, unreadable }))
    }

    /// Documents that the embedder read the beginning of.
    fn truncated(&self, seen: &Seen) -> usize {
        self.corpus.embedded().filter(|document| seen.truncated[document.distinct]).count()
    }

    /// Where the run puts each of n distinct texts: those of its own documents where they are.
    fn placements(&self, vectors: &Embeddings) -> Result<Vec<Placement>, Error> {
        let learned = &self.assigner.learned;
        let own = learned.decision.seen(self.assigner.own_vectors()?);
        let (own, former) = (OwnVectors::in_spaces(&own), self.earlier.placements(&learned.clusters));
        let carriers = self.earlier.carriers(self.corpus);
        let new: Vec<usize> = (0..carriers.len()).filter(|&text| carriers[text].is_none()).collect();
        let texts: Vec<&str> = new.iter().map(|&text| self.corpus.text(text)).collect();
        let mut placed = learned.decision.place(&texts, &vectors.select(&new), &own).into_iter();
        let nowhere = || Placement::Failed("it has no place".into());
        let place = |carrier: &Option<usize>| match carrier {
            Some(document) => former[*document].clone(),
            None => placed.next().unwrap_or_else(nowhere),
        };
        Ok(carriers.iter().map(place).collect())
    }

    /// Clusters for what is new, if anything is.
    fn growth(&self, vectors: &Embeddings, placements: &[Placement]) -> Option<Growth> {
        let ids = &self.assigner.learned.clusters;
        let (made_from, added) = (self.earlier.made_from(), self.earlier.added(ids));
        let carriers = self.earlier.carriers(self.corpus);
        let is_added = |placement: &Placement| match placement {
            Placement::In(held) => held.iter().any(|place| added.contains(&place.cluster)),
            _ => false,
        };
        let is_later =
            |text: usize| carriers[text].is_none_or(|document| document >= made_from) && !is_added(&placements[text]);
        let placing = Placing {
            texts: &self.corpus.distinct_texts(),
            vectors,
            placements,
            clusters: ids.len(),
            is_former: &carriers.iter().map(Option::is_some).collect::<Vec<_>>(),
            is_later: &(0..carriers.len()).map(is_later).collect::<Vec<_>>(),
        };
        placing.growth(self.plan.seed)
    }

    /// The new clusters, explained; notes in the manifest who was asked.
    fn found(
        &self,
        begun: &Begun<'_, '_>,
        prepared: Prepared,
        vectors: &Embeddings,
        growth: Option<&Growth>,
        manifest: &mut Manifest,
    ) -> Result<Found, Error> {
        let Some(growth) = growth else { return Ok(Found::default()) };
        let first = self.assigner.learned.clusters.len();
        let groups = growth.members(first, growth.added.clusters.len());
        let mut earlier = vec![Vec::new(); first];
        for (text, placement) in growth.placements.iter().enumerate() {
            let Placement::In(held) = placement else { continue };
            held.iter().filter(|place| place.cluster < first).for_each(|place| earlier[place.cluster].push(text));
        }
        let setting = Setting {
            corpus: self.corpus,
            embeddings: vectors,
            embedder: self.embedder,
            plan: self.plan,
            observer: begun.observer,
        };
        let Some(prompts) = prepared.prompts.filter(|_| !matches!(prepared.answers, Answers::Nobody)) else {
            let asked = Asked { prompts: &Prompts::load(None)?, answerer: &Nobody };
            return Ok(Found { clusters: added(setting, asked, &earlier, &groups)?, ..Found::default() });
        };
        let budget = std::sync::Arc::new(Budget::new(self.plan.model.caps, self.plan.model.prices));
        let Some((respondents, whom)) = begun.respondents(self.plan, prepared.answers, &budget)? else {
            return Err(Error::Bug("prompts without anybody who answers".into()));
        };
        begun.observer.say(&message!("{whom}: {questions} questions for names", whom, questions = groups.len()));
        let clusters = added(setting, Asked { prompts: &prompts, answerer: &respondents }, &earlier, &groups);
        manifest.usage = respondents.usage();
        manifest.usage.run = whole_run(&budget);
        manifest.model = respondents.model().map(|asked| model_record(asked, self.plan));
        manifest.prompts = vec![prompts.describe.record()];
        begun.leaving.note(manifest);
        Ok(Found { clusters: clusters?, usage: manifest.usage.clone(), stopped: respondents.stopped() })
    }

    /// What the run learned, with the clusters that were added.
    fn learned(&self, growth: Option<&Growth>, ids: Vec<String>) -> Learned {
        let learned = self.assigner.learned.clone();
        let Some(growth) = growth else { return learned };
        Learned {
            clusters: learned.clusters.into_iter().chain(ids).collect(),
            decision: learned.decision.with(growth.added.clone()),
            ..learned
        }
    }

    fn write(
        &self,
        leaving: &Leaving<'_>,
        manifest: &mut Manifest,
        vectors: &Embeddings,
        learned: &Learned,
        run: &FinishedRun,
        observer: &dyn Observer,
    ) -> Result<Option<FinishedRun>, Error> {
        let directory = leaving.directory();
        leaving.settle(manifest)?;
        let rows: Vec<usize> = self.corpus.embedded().map(|document| document.distinct).collect();
        manifest.embedder.vectors =
            directory.write_embeddings(vectors, &rows, &manifest.embedder.sha256, &self.corpus.sha256)?;
        directory.copy_learned(&self.assigner.path, manifest)?;
        let saved = learned.saved().map_err(|problem| Error::Bug(problem.to_string()))?;
        directory.write_decision(&saved)?;
        let map = DocumentMap::of(vectors, &rows);
        manifest.files = directory.write_results(run, &map)?;
        let followed = write_for_readers(directory, run, &map, self.edits, observer)?;
        manifest.warnings.extend(followed.problem.map(|problem| problem.told(observer.speech())));
        directory.write_manifest(manifest)?;
        Ok(followed.run)
    }
}
