//! The steps of a run that can start: vectors, the method, results, files.

use std::sync::Arc;

use super::compose::{Lines, Seen, Telling};
use super::embedder::RunEmbedder;
use super::ending::{Ending, Finished, with_cause};
use super::inherit::{base as base_of, inherit};
use super::leaving::Leaving;
use super::readers::write_for_readers;
use super::vectors::{Vectors, vectors};
use crate::codebook::Entry;
use crate::corpus::{Corpus, foreign_share, main_language};
use crate::decision::{Decision, Learned, Saved};
use crate::edits::Edits;
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::methods::{self, Asked, KChoice, Nobody, Outcome, Setting, Trust, Watch, prompts_used};
use crate::model::{
    Budget, Cap, LONGEST_SHOWN, Orchestrator, Prompts, Respondents, RunUsage, Spent, Stop, Usage, is_cut,
};
use crate::observer::Observer;
use crate::plan::{Asking, Method, Plan};
use crate::run::{DocumentMap, FinishedRun, Manifest, ModelRecord};
use crate::vectors::Embeddings;

/// Share of texts in a language that the built-in model does not know, above which the user is warned.
const FOREIGN: f64 = 0.2;

/// What to do where the embedder does not know the language.
fn multilingual() -> Message {
    if cfg!(feature = "fastembed") {
        message!("a multilingual one helps: {+embedder intfloat/multilingual-e5-small} (downloaded once)")
    } else {
        message!("a multilingual one in ONNX format helps: {+embedder DIR}")
    }
}

/// What the steps of one run share.
pub struct Run<'a, 'o> {
    pub plan: &'a Plan,
    pub corpus: &'a Corpus,
    pub embedder: &'a RunEmbedder<'o>,
    /// Who answers, by which prompts; none where no model is asked.
    pub asked: Option<(Respondents<'o>, Prompts)>,
    pub budget: &'a Arc<Budget>,
    pub leaving: &'a Leaving<'o>,
    pub observer: &'a dyn Observer,
    /// What a person wants of it.
    pub edits: Option<&'a Edits>,
}

/// What a run came to.
pub struct Completed {
    /// What stands in the run directory.
    pub run: FinishedRun,
    /// The same as its edits want it, where it has some.
    pub edited: Option<FinishedRun>,
    /// What the exit code says.
    pub ending: Ending,
}

/// What a run keeps beside its lines.
struct Kept {
    adapter: Option<Embeddings>,
    /// What the method learned, for other documents.
    decision: Option<Decision>,
    map: DocumentMap,
}

impl Run<'_, '_> {
    /// Goes through them; notes in the manifest what was done, also when one fails.
    pub fn finish(&self, manifest: &mut Manifest, watch: Watch) -> Result<Completed, Error> {
        let (vectors, unreadable) = self.embed(manifest, watch)?;
        let (mut outcome, stopped) = self.outcome(&vectors.embeddings, manifest)?;
        spent(&manifest.usage).iter().for_each(|words| self.observer.say(&Message::of(words)));
        let kept = Kept {
            adapter: outcome.adapter.take(),
            decision: outcome.decision.take(),
            map: map(&vectors.embeddings, self.corpus, self.plan),
        };
        // The vectors are the largest part of the memory, and the lines come close to them.
        let seen = Seen { truncated: vectors.truncated, unreadable };
        drop(vectors.embeddings);
        let (run, ending) = self.settle(manifest, outcome, stopped, &seen);
        let run = self.inherited(manifest, run)?;
        self.write(manifest, run, ending, kept)
    }

    /// The vectors, which are kept with the run, and which texts the embedder does not know.
    fn embed(&self, manifest: &mut Manifest, mut watch: Watch) -> Result<(Vectors, Vec<bool>), Error> {
        let directory = self.leaving.directory();
        let vectors = vectors(self.corpus, self.embedder, self.plan, directory, self.observer);
        manifest.embedder.usage = self.embedder.usage();
        let mut vectors = vectors?;
        watch.lap("embed");
        manifest.embedder.vectors = vectors.write(self.corpus, directory, &manifest.embedder)?;
        manifest.embedder.truncated = vectors.truncated_documents(self.corpus);
        manifest.stages = watch.into_stages();
        let unreadable = self.embedder.get().unknown(&self.corpus.distinct_texts());
        manifest.warnings = self.told(self.warnings(manifest.embedder.truncated, &unreadable));
        self.leaving.embedded(manifest)?;
        vectors.discard_kept();
        Ok((vectors, unreadable))
    }

    /// What the method finds; notes in the manifest what that used, also when it fails midway.
    fn outcome(&self, embeddings: &Embeddings, manifest: &mut Manifest) -> Result<(Outcome, Option<Stop>), Error> {
        let outcome = self.method(embeddings, manifest);
        manifest.embedder.usage = self.embedder.usage();
        if manifest.embedder.usage.is_some() {
            manifest.usage.cost = self.budget.cost_of(self.budget.settled());
        }
        manifest.usage.run = whole_run(self.budget);
        outcome
    }

    /// The run with the ids of the base, where the plan names one.
    fn inherited(&self, manifest: &mut Manifest, run: FinishedRun) -> Result<FinishedRun, Error> {
        let Some(base) = &self.plan.output.base else { return Ok(run) };
        let (mut run, record) = inherit(&base_of(base)?, run, self.leaving.directory().path())?;
        manifest.base = Some(record.clone());
        run.manifest.base = Some(record);
        Ok(run)
    }

    /// Writes the results, and last the manifest, which vouches for them.
    fn write(
        &self,
        manifest: &mut Manifest,
        mut run: FinishedRun,
        ending: Ending,
        kept: Kept,
    ) -> Result<Completed, Error> {
        let directory = self.leaving.directory();
        let decision = saved(kept.decision, &run)?;
        self.leaving.settle(manifest)?;
        kept.adapter.iter().try_for_each(|adapter| directory.write_adapter(adapter))?;
        decision.iter().try_for_each(|decision| directory.write_decision(decision))?;
        manifest.files = directory.write_results(&run, &kept.map)?;
        let followed = write_for_readers(directory, &run, &kept.map, self.edits, self.observer)?;
        if let Some(problem) = followed.problem {
            let warning = problem.told(self.observer.speech());
            manifest.warnings.push(warning.clone());
            run.manifest.warnings.push(warning);
        }
        directory.write_manifest(manifest)?;
        Ok(Completed { run, edited: followed.run, ending })
    }

    fn warnings(&self, truncated: usize, unreadable: &[bool]) -> Vec<Message> {
        let mut warnings: Vec<Message> = Vec::new();
        let identity = self.embedder.get().identity();
        if truncated > 0 {
            let window =
                if identity.window == 0 { String::new() } else { format!("the {} tokens that ", identity.window) };
            let are = documents_are(truncated);
            warnings.push(message!(
                "{are} longer than {window}the embedder reads: only the beginning counts where it groups",
                are,
                window
            ));
        }
        let texts = self.corpus.distinct_texts();
        let cut = self.corpus.embedded().filter(|document| is_cut(texts[document.distinct])).count();
        if cut > 0 && self.plan.model.is_asked() {
            warnings.push(message!(
                "{are} longer than {longest} characters: the model is shown the beginning and the end",
                are = documents_are(cut),
                longest = LONGEST_SHOWN
            ));
        }
        let unknown = self.corpus.embedded().filter(|document| unreadable[document.distinct]).count();
        if unknown > 0 {
            warnings.push(message!(
                "{are} written in signs that the embedder does not know, such as emoji or another script: they are flagged unreadable, and \
                 where no model judged them their place says nothing; {help}",
                are = documents_are(unknown),
                help = multilingual()
            ));
        }
        let foreign = foreign_share(&texts);
        let share: f64 = foreign.iter().map(|language| language.share).sum();
        if identity.english_only && share > FOREIGN {
            let names: Vec<&str> = foreign.iter().take(3).map(|language| language.language.as_str()).collect();
            warnings.push(message!(
                "about {share} % of the texts are not in English ({names}), the only language that the embedder knows; {help}",
                share = format_args!("{:.0}", 100.0 * share),
                names = names.join(", "),
                help = multilingual()
            ));
        }
        let of_entries =
            |entry: &Entry| [vec![entry.label.clone(), entry.predicate.clone()], entry.examples.clone()].concat();
        let entries = self.plan.clustering.codebook.iter().flat_map(|codebook| &codebook.entries);
        let said: Vec<String> = entries.map(|entry| of_entries(entry).join(". ")).collect();
        let of_codebook = main_language(&said.iter().map(String::as_str).collect::<Vec<_>>());
        let languages = of_codebook.zip(main_language(&texts)).filter(|(one, other)| one != other);
        if let Some((of_codebook, of_texts)) = languages.filter(|_| identity.english_only) {
            warnings.push(message!(
                "the codebook is in {of_codebook}, the texts are mostly in {of_texts}, and the embedder knows English only: it finds no \
                 likeness between them; {help}",
                of_codebook,
                of_texts,
                help = multilingual()
            ));
        }
        // Before questions are paid for; without any the summary, which has them too, is seconds away.
        if self.asked.is_some() {
            warnings.iter().for_each(|warning| self.observer.say(&message!("warning: {warning}", warning)));
        }
        warnings
    }

    /// Messages as the run's user reads them in its files.
    fn told(&self, messages: Vec<Message>) -> Vec<String> {
        messages.iter().map(|message| message.told(self.observer.speech())).collect()
    }

    /// The method itself; notes in the manifest what was asked, also when it fails midway.
    fn method(&self, embeddings: &Embeddings, manifest: &mut Manifest) -> Result<(Outcome, Option<Stop>), Error> {
        let setting = Setting {
            corpus: self.corpus,
            embeddings,
            embedder: self.embedder.get(),
            plan: self.plan,
            observer: self.observer,
        };
        let Some((respondents, prompts)) = &self.asked else {
            let asked = Asked { prompts: &Prompts::load(None)?, answerer: &Nobody };
            return Ok((methods::run(setting, asked)?, None));
        };
        manifest.prompts = prompts_used(prompts, self.plan);
        let outcome = methods::run(setting, Asked { prompts, answerer: respondents });
        manifest.usage = respondents.usage();
        manifest.model = respondents.model().map(|asked| model_record(asked, self.plan));
        manifest.judge = respondents.judge().map(|asked| model_record(asked, self.plan));
        let mut outcome = outcome?;
        outcome.warnings.extend(shortened(&manifest.usage).map(Message::from));
        manifest.usage.not_asked += outcome.beyond as u64;
        let capped = (outcome.beyond > 0).then_some(Stop::Reached(Cap::Questions));
        Ok((outcome, respondents.stopped().or(capped)))
    }

    fn settle(
        &self,
        manifest: &mut Manifest,
        outcome: Outcome,
        stopped: Option<Stop>,
        seen: &Seen,
    ) -> (FinishedRun, Ending) {
        let speech = self.observer.speech();
        let telling = Telling { with_texts: !self.plan.output.no_texts, speech };
        let mut lines = Lines::compose(self.corpus, &outcome, seen, &manifest.method.name, telling);
        for line in &mut lines.assignments {
            line.reason = line.reason.take().map(|reason| with_cause(reason, stopped, speech));
        }
        let finished = Finished {
            usage: &manifest.usage,
            stopped,
            max_unparsed: self.plan.model.max_unparsed,
            rows: &lines.assignments,
            trust: outcome.trust.as_ref(),
            speech,
        };
        let (ending, reason) = (finished.ending(), finished.reason());
        manifest.status = ending.status();
        manifest.reason = reason;
        manifest.documents = lines.counts();
        manifest.clusters = lines.clusters.len();
        manifest.selection = outcome.selection;
        manifest.k_choice = outcome.k_choice.map(|choice| KChoice { how: choice.how.told(speech).into(), ..choice });
        if self.plan.clustering.method == Method::Auto {
            manifest.core = outcome.record.clone();
        }
        manifest.method.record = outcome.record;
        manifest.warnings.extend(outcome.trust.as_ref().and_then(Trust::unknown));
        manifest.trust = outcome.trust.map(|trust| trust.told(speech));
        manifest.rounds = outcome.rounds;
        manifest.stages.extend(outcome.stages);
        manifest.warnings.extend(self.told(outcome.warnings));
        let run = FinishedRun {
            manifest: manifest.clone(),
            clusters: lines.clusters,
            assignments: lines.assignments,
            documents: lines.documents,
        };
        (run, ending)
    }
}

/// Where the documents lie on a map, unless nothing of their texts is to be kept.
fn map(embeddings: &Embeddings, corpus: &Corpus, plan: &Plan) -> DocumentMap {
    if plan.output.no_texts {
        return DocumentMap::NoTexts;
    }
    let rows: Vec<usize> = corpus.embedded().map(|document| document.distinct).collect();
    DocumentMap::of(embeddings, &rows)
}

/// What the method learned, for other documents, in the clusters of the run.
fn saved(decision: Option<Decision>, run: &FinishedRun) -> Result<Option<Saved>, Error> {
    let learned = decision.map(|decision| Learned {
        embedder: run.manifest.embedder.sha256.clone(),
        dimensions: run.manifest.embedder.dimensions,
        clusters: run.clusters.iter().map(|cluster| cluster.id.clone()).collect(),
        decision,
    });
    let saved = learned.map(|learned| learned.saved()).transpose();
    saved.map_err(|problem| Error::Bug(problem.to_string()))
}

/// What the manifest says of who answered.
pub fn model_record(asked: &Orchestrator<'_>, plan: &Plan) -> ModelRecord {
    ModelRecord {
        name: asked.model(),
        protocol: asked.protocol(),
        file: asked.file(),
        replayed: matches!(plan.model.asking, Asking::Recording(_)),
        logprobs: asked.saw_logprobs(),
    }
}

/// What the whole run used, if it sent anything.
pub fn whole_run(budget: &Budget) -> Option<RunUsage> {
    let spent = budget.spent();
    (spent != Spent::default()).then(|| RunUsage { spent, cost: budget.cost_of(spent.tokens) })
}

/// What was used, in words: in this session, and in the whole run.
fn spent(usage: &Usage) -> Option<String> {
    let cost = |cost: Option<f64>| cost.map_or(String::new(), |cost| format!(", cost {cost:.4}"));
    let run = usage.run.filter(|_| usage.calls + usage.cached > 0)?;
    Some(format!(
        "used in this session: {} calls, {} tokens{}; in the whole run: {} calls, {} tokens{}",
        usage.calls,
        usage.prompt_tokens.saturating_add(usage.completion_tokens),
        cost(usage.cost),
        run.spent.calls,
        run.spent.tokens.total(),
        cost(run.cost),
    ))
}

/// The beginning of a sentence on so many documents.
fn documents_are(count: usize) -> String {
    if count == 1 { "1 document is".into() } else { format!("{count} documents are") }
}

fn shortened(usage: &Usage) -> Option<String> {
    (usage.shortened > 0).then(|| {
        format!(
            "{} questions were asked with shortened documents: the model's context is too small for them",
            usage.shortened
        )
    })
}
