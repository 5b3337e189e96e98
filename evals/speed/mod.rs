//! `speed`: whole runs on generated documents, each in a process of its own.

mod documents;
pub mod served;
mod words;

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use colligate::corpus::{ReadOptions, Source, read};
use colligate::embed::{self, Embedder};
use colligate::execute::{Lent, execute_with};
use colligate::model::Network;
use colligate::observer::Silent;
use colligate::plan::{Layers, Plan, Settings};
use colligate::vectors::write_npy;
use serde::{Deserialize, Serialize};

use crate::usage::{Meter, peak_bytes};
use documents::Packages;
use served::Served;
use words::Words;

/// What the runs are asked for.
const GOAL: &str = "what is the package for?";
const MEBIBYTE: f64 = 1_048_576.0;

/// Measure whole runs on generated documents: seconds by stage, CPU seconds, peak memory
///
/// Documents are like package summaries, from a seeded grammar. Each run is a process of its own; with --asking its questions
/// are answered at once by a mock, which runs in this process and is not measured. Above --embedded documents, texts are
/// embedded as sums of random words, at next to no cost, as embedding takes minutes that depend on tokens alone.
#[derive(Debug, Args)]
pub struct Speed {
    /// Numbers of documents
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    documents: Vec<usize>,
    /// Documents up to which the built-in model embeds
    #[arg(long, value_name = "N", default_value_t = 1000)]
    embedded: usize,
    /// Also measure method auto with its 1,024 questions
    #[arg(long)]
    asking: bool,
    /// Number of clusters; left to the program where it is not given
    #[arg(short)]
    k: Option<usize>,
    /// Of documents and runs
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Measure nothing; write documents of the first number as a labelled set, for `quality`, and their word sums
    #[arg(long, value_name = "DIR")]
    set: Option<PathBuf>,
    /// Measure a single run of these documents, and print it as JSON
    #[arg(long, value_name = "FILE", hide = true)]
    one: Option<PathBuf>,
    /// The model server of the single run
    #[arg(long, value_name = "URL", hide = true)]
    llm: Option<String>,
}

/// One run.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    /// Stages and their seconds.
    stages: Vec<(String, f64)>,
    clusters: usize,
    seconds: f64,
    cpu_seconds: Option<f64>,
    peak_bytes: Option<u64>,
}

/// The documents of one size.
struct Corpus {
    file: PathBuf,
    rows: usize,
    /// Bytes of the texts.
    bytes: usize,
}

impl Speed {
    /// Measures and prints a Markdown table; or a single run.
    pub fn run(&self) -> Result<()> {
        if let Some(file) = &self.one {
            println!("{}", serde_json::to_string(&self.measure(file)?)?);
            return Ok(());
        }
        if let Some(folder) = &self.set {
            return write_set(folder, self.documents[0], self.seed);
        }
        let folder = tempfile::tempdir()?;
        let served = if self.asking { Some(Served::start(folder.path(), &documents::script())?) } else { None };
        let mut table = String::from(HEAD);
        for &rows in &self.documents {
            let corpus = write_corpus(folder.path(), rows, self.seed)?;
            let addresses = served.iter().map(|served| Some(served.address.as_str()));
            for address in std::iter::once(None).chain(addresses) {
                eprintln!("{rows} documents, {}", if address.is_some() { "asking" } else { "without a model" });
                table += &self.line(&corpus, address, &self.in_a_process(&corpus, address)?);
            }
            std::fs::remove_file(&corpus.file)?;
        }
        println!("{table}");
        Ok(())
    }

    fn in_a_process(&self, corpus: &Corpus, llm: Option<&str>) -> Result<Measured> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("speed").arg("--one").arg(&corpus.file).args(["--seed", &self.seed.to_string()]);
        command.args(["--documents", &corpus.rows.to_string(), "--embedded", &self.embedded.to_string()]);
        command.args(self.k.map(|k| format!("-k{k}"))).args(llm.map(|llm| format!("--llm={llm}")));
        let done = command.stderr(Stdio::inherit()).output()?;
        if !done.status.success() {
            bail!("the run of {} documents failed", corpus.rows);
        }
        serde_json::from_slice(&done.stdout).context("the run printed no JSON")
    }

    /// Runs, into a directory that is thrown away.
    fn measure(&self, file: &Path) -> Result<Measured> {
        let folder = tempfile::tempdir()?;
        let plan = self.plan(&folder.path().join("run"))?;
        let open = || -> Result<Box<dyn Embedder>, colligate::error::Error> {
            if self.is_embedded(self.documents[0]) {
                embed::open("builtin", &Silent)
            } else {
                Ok(Box::new(Words::new()))
            }
        };
        let network = Network::own();
        let lent = Lent { network: &network, embedder: None, observer: &Silent };
        let meter = Meter::start();
        let done = execute_with(&Source::File(file.to_owned()), &plan, open, lent)?;
        let seconds = meter.seconds();
        let mut stages: Vec<(String, f64)> =
            done.run.manifest.stages.iter().map(|stage| (stage.name.clone(), stage.seconds)).collect();
        let known: f64 = stages.iter().map(|(_, seconds)| seconds).sum();
        stages.push(("write".into(), seconds - known));
        let clusters = done.run.clusters.len();
        Ok(Measured { stages, clusters, seconds, cpu_seconds: meter.cpu_seconds(), peak_bytes: peak_bytes() })
    }

    fn plan(&self, out: &Path) -> Result<Plan> {
        let settings = Settings {
            goal: Some(GOAL.into()),
            out: Some(out.to_owned()),
            k: self.k,
            seed: Some(self.seed),
            llm: self.llm.clone(),
            ..Settings::default()
        };
        let mut layers = Layers::default();
        layers.add("flag", &settings)?;
        Ok(layers.check()?)
    }

    fn is_embedded(&self, rows: usize) -> bool {
        rows <= self.embedded
    }

    fn line(&self, corpus: &Corpus, llm: Option<&str>, run: &Measured) -> String {
        let vectors = if self.is_embedded(corpus.rows) { "built-in" } else { "word sums" };
        let asked = if llm.is_some() { "auto, mock" } else { "no model" };
        let stages: Vec<String> = run.stages.iter().map(|(name, seconds)| format!("{name} {seconds:.2}")).collect();
        let [texts, floats] = [corpus.bytes, corpus.rows * 384 * 4].map(|bytes| bytes as f64 / MEBIBYTE);
        let (mut cpu, mut peak) = ("–".to_owned(), "–".to_owned());
        if let (Some(seconds), Some(bytes)) = (run.cpu_seconds, run.peak_bytes) {
            cpu = format!("{seconds:.1}");
            peak = format!("{:.0} ({:.2})", bytes as f64 / MEBIBYTE, bytes as f64 / MEBIBYTE / (1.3 * floats + texts));
        }
        let (rows, clusters, wall) = (corpus.rows, run.clusters, run.seconds);
        format!("| {rows} | {asked} | {vectors} | {clusters} | {wall:.1} | {cpu} | {} | {peak} |\n", stages.join(", "))
    }
}

const HEAD: &str = "| documents | asked | vectors | clusters | wall s | CPU s | wall s by stage | peak MiB (of 1.3 × vectors + texts) |\n\
                    |---|---|---|---|---|---|---|---|\n";

fn write_corpus(folder: &Path, rows: usize, seed: u64) -> Result<Corpus> {
    let file = folder.join(format!("packages-{rows}.jsonl"));
    let bytes = write_documents(&file, rows, seed, false)?;
    Ok(Corpus { file, rows, bytes })
}

/// A set as `quality` reads it.
fn write_set(folder: &Path, rows: usize, seed: u64) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let documents = folder.join("documents.jsonl");
    write_documents(&documents, rows, seed, true)?;
    let corpus = read(&Source::File(documents), &ReadOptions::default())?;
    let texts: Vec<&str> = corpus.documents.iter().map(|document| document.text.as_str()).collect();
    let sums = Words::new().embed(&texts, &Silent)?.embeddings;
    write_npy(&sums, std::fs::File::create(folder.join("vectors.npy"))?)?;
    let goal = "Cluster these package summaries by what the package is for.";
    let card = serde_json::json!({ "goal": goal, "descriptions": documents::descriptions() });
    Ok(std::fs::write(folder.join("card.json"), format!("{card:#}\n"))?)
}

/// Writes documents, with their subjects as labels where they are wanted; returns the bytes of the texts.
fn write_documents(file: &Path, rows: usize, seed: u64, labelled: bool) -> Result<usize> {
    let mut writer = BufWriter::new(std::fs::File::create(file)?);
    let mut packages = Packages::new(seed);
    let (mut bytes, mut line) = (0, String::new());
    for row in 0..rows {
        let (subject, text) = packages.next();
        bytes += text.len();
        line.clear();
        let mut document = serde_json::json!({ "id": format!("p{row}"), "text": text });
        if labelled {
            document["label"] = subject.into();
        }
        writeln!(line, "{document}")?;
        writer.write_all(line.as_bytes())?;
    }
    writer.flush()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_word_sums_is_measured_by_stage() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = write_corpus(folder.path(), 300, 0).unwrap();
        let speed = Speed {
            documents: vec![300],
            embedded: 0,
            asking: false,
            k: Some(5),
            seed: 0,
            set: None,
            one: None,
            llm: None,
        };
        let measured = speed.measure(&corpus.file).unwrap();
        let names: Vec<&str> = measured.stages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["read", "embed", "cluster", "explain", "write"]);
        let line = speed.line(&corpus, None, &measured);
        assert!(line.starts_with("| 300 | no model | word sums | 5 | "), "{line}");
    }
}
