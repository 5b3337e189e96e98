//! `evals quality`: methods on labelled sets, answered by an oracle that knows the gold labels and can be made to err.
//!
//! The oracle is an [`Answerer`](colligate::model::Answerer) like any other: it sees rendered questions and gives raw replies,
//! which go through the program's parser. No gold label reaches the program in another way. With `--recordings` a real model
//! answers instead, from recordings or from its server.

mod concepts;
mod guide;
mod model;
mod oracle;
pub mod set;
mod shown;
mod table;
pub mod vectors;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;
use colligate::embed;
use colligate::methods::{Asked, Outcome, Placement, Setting, run};
use colligate::metrics::evaluate;
use colligate::model::{Answerer, Prompts, Respondent};
use colligate::observer::Silent;
use colligate::plan::{Ask, Layers, Method, Plan, Questions, Settings};

use crate::usage::peak_bytes;
use concepts::Fault;
use model::Model;
use oracle::Oracle;
pub use set::Set;
use shown::{Shown, Spent};
use table::Row;
pub use vectors::Cached;

/// Flags of `evals quality`
#[derive(Debug, Args)]
pub struct Quality {
    /// Folder of sets: each a folder with documents.jsonl and card.json
    #[arg(long, value_name = "DIR")]
    datasets: PathBuf,
    /// builtin, builtin-int8, static, or a directory with model.onnx and tokenizer.json
    #[arg(long, default_value = embed::DEFAULT)]
    embedder: String,
    /// Folder of vectors, one file a set, made where they are missing; without it, in the system's temporary folder
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Names of sets; without it, all there are
    #[arg(long, value_delimiter = ',')]
    sets: Vec<String>,
    /// Only so many documents of each set: the first ones, or all, filled up with halves of two that have the same label
    #[arg(long, value_name = "N")]
    documents: Option<usize>,
    /// Folder of a real model's recorded answers, which are taken instead of the oracle's
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Server that is asked for what the recordings lack, and recorded
    #[arg(long, value_name = "URL", requires = "recordings")]
    llm: Option<String>,
    /// Decision model that is asked for what the recordings lack, and recorded: with --ask decide and --given
    #[arg(long, value_name = "URL", requires = "recordings", conflicts_with = "llm")]
    judge: Option<String>,
    /// Give the candidates, one a class by its description, instead of having them proposed
    #[arg(long)]
    given: bool,
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
            let set = Set::read(&self.datasets.join(&name), self.documents)?;
            let vectors = Cached::open(&set, &self.embedder, &cache)?;
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
        let shown = Shown::new(set);
        let wrong = if job.fault.errs() { self.wrong } else { 0.0 };
        let oracle = Oracle::new(set, &shown, vectors.texts(), (job.fault, wrong), job.seed);
        let mut plan = self.plan(set, job)?;
        if self.given {
            (plan.clustering.codebook, plan.clustering.k) = (Some(oracle.codebook()), None);
        }
        let Some(folder) = self.recordings.as_ref().filter(|_| job.method != Method::Topics) else {
            let (outcome, seconds) = self.outcome(set, vectors, &plan, &oracle)?;
            return Ok(self.row(set, job, wrong, ("oracle".into(), &oracle.spent()), &outcome, seconds));
        };
        ensure!(job.fault == Fault::None, "--recordings: a real model has faults of its own: leave --faults out");
        let file = folder.join(self.recording(set, job));
        let (respondent, server) = match self.ask {
            Ask::Decide => (Respondent::Judge, &self.judge),
            _ => (Respondent::Model, &self.llm),
        };
        let model = Model::open(&file, respondent, server.as_deref(), &shown)?;
        let (outcome, seconds) = self.outcome(set, vectors, &plan, &model)?;
        let spent = Spent { tokens: model.tokens(&file)?, ..model.spent().clone() };
        Ok(self.row(set, job, wrong, (model.name(), &spent), &outcome, seconds))
    }

    /// What a method found, and the seconds that it took.
    fn outcome(
        &self,
        set: &Set,
        vectors: &Cached,
        plan: &Plan,
        answerer: &dyn Answerer,
    ) -> anyhow::Result<(Outcome, f64)> {
        let prompts = Prompts::load(None)?;
        let setting =
            Setting { corpus: &set.corpus, embeddings: vectors.texts(), embedder: vectors, plan, observer: &Silent };
        let started = Instant::now();
        let outcome = run(setting, Asked { prompts: &prompts, answerer })?;
        let seconds = started.elapsed().as_secs_f64();
        eprintln!("  {}", serde_json::json!(outcome.record));
        for cluster in &outcome.clusters {
            eprintln!("  {}: {}", cluster.label, cluster.predicate);
        }
        Ok((outcome, seconds))
    }

    /// The file of the recorded answers on a set.
    fn recording(&self, set: &Set, job: Job) -> String {
        let candidates = if self.given { "given" } else { "proposed" };
        let form = if self.ask == Ask::Decide { "-decide" } else { "" };
        format!("{}-{}-{candidates}{form}.jsonl", set.name, job.method.name())
    }

    fn plan(&self, set: &Set, job: Job) -> anyhow::Result<Plan> {
        let asking = job.method != Method::Topics;
        let settings = Settings {
            goal: Some(set.goal.clone()),
            k: (!self.free_k).then_some(set.classes.len()),
            method: Some(job.method),
            llm: asking.then(|| "http://oracle.invalid/v1".to_owned()),
            questions: is_capped(job.method).then_some(job.questions),
            ask: (job.method == Method::Auto && self.ask != Ask::Decide).then_some(self.ask),
            perspective: (job.method == Method::Auto).then_some(self.perspective),
            // All questions go into the clusters that are measured.
            test_size: matches!(job.method, Method::Auto | Method::Goalex | Method::Classify).then_some(0),
            rounds: (job.method == Method::Goalex).then_some(4),
            candidates: (job.method == Method::Goalex).then_some(set.classes.len() * 3 / 2 + 4),
            seed: Some(job.seed),
            ..Settings::default()
        };
        let mut layers = Layers::default();
        layers.add("flag", &settings)?;
        let plan = layers.check()?;
        Ok(if self.ask == Ask::Decide { plan.decided("the judge")? } else { plan })
    }

    fn row(
        &self,
        set: &Set,
        job: Job,
        wrong: f64,
        (answers, spent): (String, &Spent),
        outcome: &Outcome,
        seconds: f64,
    ) -> Row {
        let place = |text: usize| match &outcome.placements[text] {
            Placement::In(places) => places.first().map(|place| place.cluster),
            _ => None,
        };
        let score = |wanted: &dyn Fn(usize) -> bool| {
            let kept = set.corpus.documents.iter().zip(&set.gold).filter(|(document, _)| wanted(document.distinct));
            let (predicted, gold): (Vec<_>, Vec<_>) =
                kept.map(|(document, &gold)| (place(document.distinct), gold)).unzip();
            evaluate(&predicted, &gold)
        };
        let (all, unjudged) = (score(&|_| true), score(&|text| !spent.judged.contains(&text)));
        Row {
            method: job.method.name(),
            ask: if job.method == Method::Auto || self.ask == Ask::Decide { self.ask.name() } else { "" },
            set: set.name.clone(),
            documents: set.corpus.documents.len(),
            questions: if job.method == Method::Topics { "0".into() } else { job.questions.to_string() },
            answers,
            wrong,
            fault: job.fault.name(),
            seed: job.seed,
            proposed: !self.given,
            acc: all.acc,
            acc_unjudged: unjudged.acc,
            nmi: all.nmi,
            ari: all.ari,
            macro_f1: all.macro_f1,
            asked: spent.asked,
            judged: spent.judged.len(),
            tokens: spent.tokens,
            seconds,
            peak_bytes: peak_bytes(),
            clusters: set.corpus.documents.iter().map(|document| place(document.distinct)).collect(),
        }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use colligate::embed::Embedder;
    use colligate::seed::checksum;

    use super::*;
    use crate::speed::served::Served;

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

    fn quality(folder: &Path, fault: Fault) -> Quality {
        Quality {
            embedder: embed::DEFAULT.into(),
            datasets: folder.to_owned(),
            cache: Some(folder.join("cache")),
            sets: vec![],
            documents: None,
            recordings: None,
            llm: None,
            judge: None,
            given: false,
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
    fn a_set_with_too_few_documents_is_filled_up_with_halves_of_one_label() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        let read = |limit| Set::read(&folder.path().join("small"), Some(limit)).unwrap();
        let (some, more) = (read(12), read(70));
        assert_eq!((some.corpus.documents.len(), more.corpus.documents.len()), (12, 70));
        for (document, class) in more.corpus.documents.iter().zip(&more.gold) {
            let word = more.classes[*class].1.trim_start_matches("tells of the ");
            let halves: Vec<&str> = document.text.split("of ride").collect();
            assert!(halves.iter().all(|half| half.contains(word)), "{}", document.text);
        }
        assert_eq!(more.corpus.sha256, read(70).corpus.sha256);
    }

    #[test]
    fn an_oracle_that_is_right_is_followed_and_its_questions_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        quality(folder.path(), Fault::None).run().unwrap();
        let rows = rows(folder.path());
        assert_eq!(rows.len(), 2);
        assert!(rows[0]["acc"].as_f64().unwrap() > 0.9, "{}", rows[0]);
        assert!(rows[0]["asked"].as_u64().unwrap() <= 24 && rows[0]["judged"].as_u64().unwrap() > 8, "{}", rows[0]);
        assert_eq!((&rows[1]["judged"], &rows[1]["acc"]), (&40.into(), &1.0.into()));
    }

    /// The rows that were written, without what differs from run to run.
    fn rows(folder: &Path) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(folder.join("rows.jsonl")).unwrap();
        let row = |line: &str| -> serde_json::Value {
            let mut row: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            ["seconds", "peak_bytes"].iter().for_each(|field| drop(row.remove(*field)));
            row.into()
        };
        text.lines().map(row).collect()
    }

    #[test]
    fn what_a_server_answered_is_replayed_without_it() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        let group = |word: &str| {
            format!(
                "[[group]]\nlabel = \"about the {word}\"\npredicate = \"It tells of the {word}\"\nwords = [\"{word}\"]\n\n"
            )
        };
        let script: String = ["parcel", "brake", "money", "thanks"].map(group).concat();
        let served = Served::start(folder.path(), &script).unwrap();
        let asking = Quality {
            methods: vec![Method::Auto],
            recordings: Some(folder.path().join("recordings")),
            llm: Some(served.address.clone()),
            ..quality(folder.path(), Fault::None)
        };
        asking.run().unwrap();
        let recorded = rows(folder.path());
        assert_eq!(recorded[0]["answers"], "scripted", "{recorded:?}");
        assert!(
            recorded[0]["acc"].as_f64().unwrap() > 0.9 && recorded[0]["tokens"].as_u64() > Some(100),
            "{recorded:?}"
        );
        drop(served);
        Quality { llm: None, ..asking }.run().unwrap();
        assert_eq!(rows(folder.path()), recorded);
    }

    #[test]
    fn given_candidates_are_judged_and_none_is_proposed() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        Quality { given: true, ..quality(folder.path(), Fault::None) }.run().unwrap();
        let rows = rows(folder.path());
        assert!(rows[0]["acc"].as_f64().unwrap() > 0.9 && rows[0]["proposed"] == false, "{}", rows[0]);
        // GoalEx asks about each of 40 documents and four candidates, and nothing else.
        assert_eq!((&rows[1]["asked"], &rows[1]["acc"]), (&160.into(), &1.0.into()));
    }

    /// The texts of these sets may not be shipped: without them there is nothing to replay. Processors with other vector instructions
    /// (AVX2, AVX-512) round the embedder's sums otherwise, and where two documents are equally doubtful, another one is asked about.
    /// The recordings hold the answers for processors that round as these do, known by the checksum of [`probe`]'s vector; on
    /// others they may lack some, so nothing is replayed there. The accuracy is that of the table within a point.
    const ROUNDED_AS: [&str; 1] = ["4c5d0bb3bcba6a36"];

    /// The checksum of one text's vector: how this processor rounds.
    fn probe() -> String {
        let text =
            "The parcel came nine days late, the box was torn, and nobody answered my three letters about the refund.";
        let embedded = embed::builtin().unwrap().embed(&[text], &Silent).unwrap();
        let bytes: Vec<u8> = embedded.embeddings.row(0).iter().flat_map(|value| value.to_le_bytes()).collect();
        checksum(bytes)
    }

    #[test]
    fn a_real_models_recorded_answers_give_the_accuracy_that_the_table_has() {
        replayed(false, 250, 0.567);
    }

    #[test]
    fn a_real_models_recorded_answers_about_given_candidates_do_so_too() {
        replayed(true, 256, 0.855);
    }

    /// Replays agnews, with the candidates given or proposed by the model.
    fn replayed(given: bool, judged: usize, acc: f64) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let datasets =
            std::env::var_os("COLLIGATE_DATASETS").map_or_else(|| root.join("../shared/datasets"), PathBuf::from);
        if !datasets.join("agnews/card.json").is_file() {
            eprintln!("not replayed: no agnews in {} (COLLIGATE_DATASETS names another folder)", datasets.display());
            return;
        }
        let probe = probe();
        if !ROUNDED_AS.contains(&probe.as_str()) {
            eprintln!("not replayed: this processor rounds in a way ({probe}) for which there are no recordings");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let replaying = Quality {
            datasets,
            sets: vec!["agnews".into()],
            methods: vec![Method::Auto],
            questions: vec![Questions::AtMost(256)],
            ask: Ask::Letter,
            given,
            recordings: Some(root.join("evals/quality/recordings")),
            ..quality(folder.path(), Fault::None)
        };
        replaying.run().unwrap();
        let row = &rows(folder.path())[0];
        assert_eq!(
            (&row["asked"], &row["judged"], &row["proposed"]),
            (&256.into(), &judged.into(), &(!given).into()),
            "{row}"
        );
        assert!((row["acc"].as_f64().unwrap() - acc).abs() < 0.01, "{row}");
    }

    #[test]
    fn an_oracle_that_is_always_wrong_ruins_the_result() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        quality(folder.path(), Fault::Random).run().unwrap();
        let first = &rows(folder.path())[0];
        assert!(first["acc"].as_f64().unwrap() < 0.9, "{first}");
    }
}
