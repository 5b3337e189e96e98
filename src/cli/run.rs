//! `colligate run`: cluster and explain.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{ArgMatches, Args};

use super::{estimate, interrupt, layers, print, progress::Progress};
use crate::corpus::sources;
use crate::error::Error;
use crate::execute::{Done, Ending, execute, foresee};
use crate::model::{Stop, without_credentials};
use crate::plan::{Asking, Plan, Settings};
use crate::report;

/// Cluster documents by a goal and explain the clusters
#[derive(Debug, Args)]
pub struct Run {
    /// Documents: files or patterns of files, or - for standard input; JSON lines, JSON, CSV, TSV, plain lines, workbooks, Parquet, each
    /// also compressed (.gz, .zst)
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    // First, so that `--help` begins with what to cluster by.
    #[command(flatten)]
    settings: Settings,
    /// TOML file with flags as keys, such as a corpus's goal.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print errors only
    #[arg(long)]
    quiet: bool,
    /// Print the manifest and the clusters, or the estimate of --dry-run, as one JSON object
    #[arg(long)]
    json: bool,
    /// Print what would be asked of the model and what it would cost; ask, embed and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Run {
    /// Runs, prints, and returns the exit code.
    pub fn run(&self, matches: &ArgMatches) -> anyhow::Result<u8> {
        let started = Instant::now();
        let plan = layers::plan(&self.settings, matches, self.config.as_deref())?;
        if self.dry_run {
            let estimate = foresee(&sources(&self.corpus)?, &plan)?;
            print::data(&if self.json { estimate::json(&estimate, &plan) } else { estimate::table(&estimate, &plan) })?;
            return Ok(0);
        }
        set_threads(plan.threads)?;
        interrupt::watch()?;
        let done = execute(&sources(&self.corpus)?, &plan, &Progress::new(self.quiet))?;
        self.print(&plan, &done, started.elapsed().as_secs_f64())?;
        Ok(done.ending.exit_code())
    }

    fn print(&self, plan: &Plan, done: &Done, seconds: f64) -> anyhow::Result<()> {
        if self.json {
            let object =
                serde_json::json!({ "run": done.path, "manifest": done.run.manifest, "clusters": done.run.clusters });
            return print::data(&format!("{object}\n"));
        }
        if self.quiet {
            return Ok(());
        }
        print::colored(&report::terminal(&done.run, print::style()))?;
        print::message(&format!(
            "\nrun directory {}, report {}; {seconds:.1} s",
            done.path.display(),
            done.path.join("report.html").display()
        ));
        self.next(plan, done).iter().for_each(|line| print::message(line));
        Ok(())
    }

    /// The commands to try next.
    fn next(&self, plan: &Plan, done: &Done) -> Vec<String> {
        let corpus: Vec<String> = self.corpus.iter().map(|path| quoted(&path.display().to_string())).collect();
        let corpus = corpus.join(" ");
        let goal = if plan.goal.is_empty() { "'what the groups should tell you'".into() } else { quoted(&plan.goal) };
        let codebook = self
            .settings
            .codebook
            .as_ref()
            .map_or(String::new(), |codebook| format!(" --codebook {}", quoted(&codebook.display().to_string())));
        match (done.ending, &plan.asking) {
            (Ending::Stopped(_) | Ending::AnswersMissing, _) => {
                let reason = done.run.manifest.reason.clone().unwrap_or_default();
                let reached = match done.ending {
                    Ending::Stopped(Stop::Reached(cap)) => Some(cap.to_string()),
                    _ => None,
                };
                let going_on = going_on(&done.path, reached.as_deref());
                vec![format!("this run is partial: {reason}; to go on with it:"), format!("  {going_on}")]
            }
            (Ending::Complete, Asking::Nobody) => {
                let how = if codebook.is_empty() { "grouped by your goal" } else { "each entry judged by your goal" };
                let mut lines = vec![
                    format!("next, {how} with a model (1,024 questions; --questions N for more or fewer):"),
                    format!("  colligate run {corpus} --goal {goal}{codebook} --llm http://127.0.0.1:8080/v1"),
                ];
                // The recording beside the corpus was made without a codebook.
                let recording = self.recording().filter(|_| codebook.is_empty());
                lines.extend(recording.map(|recording| format!("or see a recorded run, no model needed:\n  colligate run {corpus} --goal {goal} --replay {recording}")));
                lines
            }
            // More answers of this kind would not help.
            (Ending::Complete | Ending::NoInformation, _) => Vec::new(),
        }
    }

    /// A recording that lies beside the corpus.
    fn recording(&self) -> Option<String> {
        let [corpus] = self.corpus.as_slice() else { return None };
        let beside = corpus.parent()?.join("recording");
        beside.join("manifest.json").is_file().then(|| quoted(&beside.display().to_string()))
    }
}

/// As a shell wants it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The command that goes on with the run in `out`: this one, without the cap that was `reached`; all others stay.
fn going_on(out: &Path, reached: Option<&str>) -> String {
    let mut words = vec!["colligate".to_owned()];
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let (flag, value) = word.split_once('=').map_or((word.as_str(), None), |(flag, value)| (flag, Some(value)));
        let is_dropped = flag == "--out" || Some(flag) == reached;
        if is_dropped && value.is_none() {
            arguments.next();
        } else if !is_dropped && flag != "--resume" {
            words.push(quoted(&shown(&word)));
        }
    }
    words.push(format!("--out {} --resume", quoted(&out.display().to_string())));
    words.join(" ")
}

/// A word of the command as it may be shown: an address without its password.
fn shown(word: &str) -> String {
    let (flag, value) = word.split_once('=').filter(|(flag, _)| flag.starts_with("--")).unwrap_or(("", word));
    let is_address = value.contains("://") && !value.contains(char::is_whitespace);
    match (is_address, flag) {
        (false, _) => word.to_owned(),
        (true, "") => without_credentials(value),
        (true, flag) => format!("{flag}={}", without_credentials(value)),
    }
}

/// The command that was given, with other values for some of its flags.
pub fn corrected(cure: &[(String, Option<String>)]) -> String {
    let mut words = vec!["colligate".to_owned()];
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let flag = word.split_once('=').map_or(word.as_str(), |(flag, _)| flag);
        if !cure.iter().any(|(cured, _)| cured == flag) {
            words.push(quoted(&shown(&word)));
        } else if !word.contains('=') {
            arguments.next();
        }
    }
    words.extend(cure.iter().flat_map(|(flag, value)| [Some(flag.clone()), value.as_deref().map(quoted)]).flatten());
    words.join(" ")
}

fn set_threads(threads: Option<usize>) -> Result<(), Error> {
    let Some(threads) = threads else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|problem| Error::Bug(problem.to_string()))
}
