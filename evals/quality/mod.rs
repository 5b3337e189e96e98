//! `evals quality`: methods on labelled sets, answered by an oracle that knows the gold labels and can be made to err.
//!
//! The oracle is an [`Answerer`](colligate::model::Answerer) like any other: it sees rendered questions and gives raw replies,
//! which go through the program's parser. No gold label reaches the program in another way.

mod concepts;
mod guide;
mod oracle;
mod set;
mod table;
mod vectors;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use colligate::methods::{Outcome, Placement, Setting, auto, classify, clusterllm, goalex, topics};
use colligate::metrics::evaluate;
use colligate::model::Prompts;
use colligate::observer::Silent;
use colligate::plan::{Ask, Layers, Method, Plan, Questions, Settings};

use concepts::Fault;
use oracle::Oracle;
use set::Set;
use table::Row;
use vectors::Cached;

/// Flags of `evals quality`
#[derive(Debug, Args)]
pub struct Quality {
    /// Folder of sets: each a folder with documents.jsonl and card.json
    #[arg(long, value_name = "DIR")]
    datasets: PathBuf,
    /// Folder of vectors, one SET.npy each, made where they are missing; without it, in the system's temporary folder
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Names of sets; without it, all there are
    #[arg(long, value_delimiter = ',')]
    sets: Vec<String>,
    /// Methods
    #[arg(long, value_delimiter = ',', value_enum, default_value = "auto")]
    methods: Vec<Method>,
    /// Questions of auto
    #[arg(long, value_delimiter = ',', default_value = "256,1024")]
    questions: Vec<Questions>,
    /// What is wrong with the oracle
    #[arg(long, value_delimiter = ',', value_enum, default_value = "none")]
    faults: Vec<Fault>,
    /// Share of wrong answers, for random, near and repeated
    #[arg(long, default_value_t = 0.2)]
    wrong: f64,
    /// How auto asks about a document
    #[arg(long, value_enum, default_value = "auto")]
    ask: Ask,
    /// Let auto ask triplets for one more feature space
    #[arg(long)]
    perspective: bool,
    /// Seeds, from 0
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Leave the number of clusters to the program
    #[arg(long)]
    free_k: bool,
    /// Write every row as a JSON line
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Quality {
    /// Measures, prints a Markdown table, writes the rows.
    pub fn run(&self) -> anyhow::Result<()> {
        let cache = self.cache.clone().unwrap_or_else(|| std::env::temp_dir().join("colligate-evals"));
        let mut rows = Vec::new();
        for name in self.names()? {
            let set = Set::read(&self.datasets.join(&name))?;
            let vectors = Cached::open(&set, &cache)?;
            for job in self.jobs() {
                eprintln!("{name} {} {} {} seed {}", job.method.name(), job.questions, job.fault.name(), job.seed);
                rows.push(self.measure(&set, &vectors, job)?);
            }
        }
        if let Some(file) = &self.json {
            let mut file = std::fs::File::create(file).with_context(|| file.display().to_string())?;
            rows.iter().try_for_each(|row| writeln!(file, "{}", serde_json::json!(row)))?;
        }
        println!("{}", table::markdown(&rows));
        Ok(())
    }

    fn names(&self) -> anyhow::Result<Vec<String>> {
        if !self.sets.is_empty() {
            return Ok(self.sets.clone());
        }
        let folder = std::fs::read_dir(&self.datasets).with_context(|| self.datasets.display().to_string())?;
        let folders = folder.filter_map(Result::ok).filter(|entry| entry.path().join("card.json").is_file());
        let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// Every combination that makes a difference: some methods know no number of questions, and `topics` asks nobody.
    fn jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for &method in &self.methods {
            let questions = if is_capped(method) { self.questions.as_slice() } else { &[Questions::All] };
            let faults = if method == Method::Topics { &[Fault::None] } else { self.faults.as_slice() };
            for (&questions, &fault) in questions.iter().flat_map(|q| faults.iter().map(move |fault| (q, fault))) {
                jobs.extend((0..self.seeds).map(|seed| Job { method, questions, fault, seed }));
            }
        }
        jobs
    }

    fn measure(&self, set: &Set, vectors: &Cached, job: Job) -> anyhow::Result<Row> {
        let plan = self.plan(set, job)?;
        let wrong = if job.fault.errs() { self.wrong } else { 0.0 };
        let oracle = Oracle::new(set, vectors.texts(), job.fault, wrong, job.seed);
        let prompts = Prompts::load(None)?;
        let setting = Setting {
            corpus: &set.corpus,
            embeddings: vectors.texts(),
            embedder: vectors,
            plan: &plan,
            observer: &Silent,
        };
        let started = Instant::now();
        let outcome = match plan.method {
            Method::Topics => topics(setting),
            Method::Goalex => goalex(setting, &prompts, &oracle),
            Method::Auto => auto(setting, &prompts, &oracle),
            Method::Clusterllm => clusterllm(setting, &prompts, &oracle),
            Method::Classify => classify(setting, &prompts, &oracle),
        }?;
        let seconds = started.elapsed().as_secs_f64();
        if let Some(core) = &outcome.core {
            eprintln!("  {}", serde_json::json!(core));
        }
        if let Some(guide) = &outcome.guide {
            eprintln!("  {}", serde_json::json!(guide));
        }
        Ok(row(set, &oracle, job, self.ask, wrong, &outcome, seconds))
    }

    fn plan(&self, set: &Set, job: Job) -> anyhow::Result<Plan> {
        let asking = job.method != Method::Topics;
        let settings = Settings {
            goal: Some(set.goal.clone()),
            k: (!self.free_k).then_some(set.classes.len()),
            method: Some(job.method),
            llm: asking.then(|| "http://oracle.invalid/v1".to_owned()),
            questions: is_capped(job.method).then_some(job.questions),
            ask: (job.method == Method::Auto).then_some(self.ask),
            perspective: (job.method == Method::Auto).then_some(self.perspective),
            rounds: Some(4),
            candidates: Some(set.classes.len() * 3 / 2 + 4),
            seed: Some(job.seed),
            ..Settings::default()
        };
        let mut layers = Layers::default();
        layers.add("flag", &settings)?;
        Ok(layers.check()?)
    }
}

/// Whether a method is measured at numbers of questions; the others ask about every document.
fn is_capped(method: Method) -> bool {
    matches!(method, Method::Auto | Method::Clusterllm)
}

/// One run to be measured.
#[derive(Debug, Clone, Copy)]
struct Job {
    method: Method,
    questions: Questions,
    fault: Fault,
    seed: u64,
}

fn row(set: &Set, oracle: &Oracle<'_>, job: Job, ask: Ask, wrong: f64, outcome: &Outcome, seconds: f64) -> Row {
    let place = |text: usize| match &outcome.placements[text] {
        Placement::In(places) => places.first().map(|place| place.0),
        _ => None,
    };
    let score = |wanted: &dyn Fn(usize) -> bool| {
        let kept = set.corpus.documents.iter().zip(&set.gold).filter(|(document, _)| wanted(document.distinct));
        let (predicted, gold): (Vec<_>, Vec<_>) =
            kept.map(|(document, &gold)| (place(document.distinct), gold)).unzip();
        evaluate(&predicted, &gold)
    };
    let spent = oracle.spent();
    let (all, unjudged) = (score(&|_| true), score(&|text| !spent.judged.contains(&text)));
    Row {
        method: job.method.name(),
        ask: if job.method == Method::Auto { ask.name() } else { "" },
        set: set.name.clone(),
        questions: if job.method == Method::Topics { "0".into() } else { job.questions.to_string() },
        wrong,
        fault: job.fault.name(),
        seed: job.seed,
        proposed: true,
        acc: all.acc,
        acc_unjudged: unjudged.acc,
        nmi: all.nmi,
        ari: all.ari,
        macro_f1: all.macro_f1,
        asked: spent.asked,
        judged: spent.judged.len(),
        tokens: spent.tokens,
        seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A set of forty short texts in four classes.
    fn small(folder: &std::path::Path) {
        let words = [("late", "parcel"), ("noisy", "brake"), ("refund", "money"), ("praise", "thanks")];
        let line = |number: usize| {
            let (class, word) = words[number % 4];
            serde_json::json!({"id": format!("d{number}"), "text": format!("The {word} of ride {number}: {word}!"), "label": class})
        };
        let text: String = (0..40).map(|number| format!("{}\n", line(number))).collect();
        std::fs::create_dir_all(folder.join("small")).unwrap();
        std::fs::write(folder.join("small/documents.jsonl"), text).unwrap();
        let descriptions: serde_json::Map<_, _> =
            words.iter().map(|(class, word)| ((*class).to_owned(), format!("tells of the {word}").into())).collect();
        let card = serde_json::json!({"goal": "Cluster by what it is about.", "descriptions": descriptions});
        std::fs::write(folder.join("small/card.json"), card.to_string()).unwrap();
    }

    fn quality(folder: &std::path::Path, fault: Fault) -> Quality {
        Quality {
            datasets: folder.to_owned(),
            cache: Some(folder.join("cache")),
            sets: vec![],
            methods: vec![Method::Auto, Method::Goalex],
            questions: vec![Questions::AtMost(24)],
            faults: vec![fault],
            wrong: 1.0,
            seeds: 1,
            free_k: false,
            ask: Ask::Auto,
            perspective: false,
            json: Some(folder.join("rows.jsonl")),
        }
    }

    #[test]
    fn an_oracle_that_is_right_is_followed_and_its_questions_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        quality(folder.path(), Fault::None).run().unwrap();
        let text = std::fs::read_to_string(folder.path().join("rows.jsonl")).unwrap();
        let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[0]["acc"].as_f64().unwrap() > 0.9, "{}", rows[0]);
        assert!(rows[0]["asked"].as_u64().unwrap() <= 24 && rows[0]["judged"].as_u64().unwrap() > 8, "{}", rows[0]);
        assert_eq!((&rows[1]["judged"], &rows[1]["acc"]), (&40.into(), &1.0.into()));
    }

    #[test]
    fn an_oracle_that_is_always_wrong_ruins_the_result() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        quality(folder.path(), Fault::Random).run().unwrap();
        let text = std::fs::read_to_string(folder.path().join("rows.jsonl")).unwrap();
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert!(first["acc"].as_f64().unwrap() < 0.9, "{first}");
    }
}
