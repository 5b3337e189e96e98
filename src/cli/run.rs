//! `colligate run`: cluster and explain.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{ArgMatches, Args};
use serde_json::Value;

use super::flags::{flag, spoken};
use super::help::PRINTED;
use super::progress::{Form, Progress};
use super::{columns, estimate, interrupt, layers, print};
use crate::corpus::sources;
use crate::error::Error;
use crate::execute::{Done, Ending, Lent, execute, foresee};
use crate::message::Mention;
use crate::model::{Cap, Network, Stop};
use crate::plan::{Plan, Settings};
use crate::report;
use crate::shell::{self, quoted, quoted_file};
use crate::text::without_credentials;

/// Cluster documents by a goal and explain the clusters
#[derive(Debug, Args)]
pub struct Run {
    /// Documents: files, patterns of files or a folder, or - for standard input; JSON lines, JSON, CSV, TSV, plain lines, paragraphs,
    /// chats, workbooks, Parquet, each also compressed (.gz, .zst)
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    // First, so that `--help` begins with what to cluster by.
    #[command(flatten)]
    settings: Settings,
    /// TOML file with flags as keys, such as a corpus's goal.toml
    #[arg(long, value_name = "FILE", help_heading = "The run")]
    config: Option<PathBuf>,
    /// Print errors only
    #[arg(long, help_heading = PRINTED)]
    quiet: bool,
    /// How progress, messages and errors are told on standard error
    #[arg(long, value_enum, default_value = "bar", help_heading = PRINTED)]
    progress: Form,
    /// Print the manifest and the clusters, or the estimate of --dry-run, as one JSON object
    #[arg(long, help_heading = PRINTED)]
    json: bool,
    /// Print what would be asked of the model and what it would cost, and without a model what is recognised in the corpus; ask,
    /// embed and write nothing
    #[arg(long, help_heading = "Caps and prices")]
    dry_run: bool,
}

impl Run {
    /// Runs, prints, and returns the exit code.
    pub fn run(&self, matches: &ArgMatches) -> anyhow::Result<u8> {
        let started = Instant::now();
        let plan = layers::plan(&self.settings, matches, self.config.as_deref())?;
        if self.dry_run && !plan.model.is_asked() {
            let code = columns::show(&sources(&self.corpus)?, &plan.reading, self.json)?;
            print::message("no model is asked: nothing to count; a model is named by --llm URL");
            return Ok(code);
        }
        if self.dry_run {
            let estimate = foresee(&sources(&self.corpus)?, &plan)?;
            print::data(&if self.json { estimate::json(&estimate, &plan) } else { estimate::table(&estimate, &plan) })?;
            return Ok(0);
        }
        set_threads(plan.threads)?;
        interrupt::watch()?;
        let (network, observer) = (Network::own(), Progress::shown(self.quiet, self.progress));
        let lent = Lent { network: &network, embedder: None, observer: &observer };
        let done = execute(&sources(&self.corpus)?, &plan, lent)?;
        self.print(&plan, &done, started.elapsed().as_secs_f64())?;
        Ok(done.ending.exit_code())
    }

    fn print(&self, plan: &Plan, done: &Done, seconds: f64) -> anyhow::Result<()> {
        let shown = done.shown();
        if self.json {
            let object =
                serde_json::json!({ "run": done.path, "manifest": shown.manifest, "clusters": shown.clusters });
            return print::data(&format!("{object}\n"));
        }
        if self.quiet {
            return Ok(());
        }
        print::colored(&report::terminal(shown, print::style()))?;
        if self.progress == Form::Json {
            return Ok(());
        }
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
        let words = arguments(words_given());
        let with = self.what_else(&words);
        match (done.ending, plan.model.is_asked()) {
            (Ending::Stopped(_) | Ending::AnswersMissing, _) => {
                let reason = done.run.manifest.reason.clone().unwrap_or_default();
                let reached = match done.ending {
                    Ending::Stopped(Stop::Reached(cap)) => Some(flag(cap.parameter().parameter())),
                    _ => None,
                };
                let raised = reached.as_deref().and_then(|cap| raised(plan, cap));
                let going_on = going_on(words, &done.path, reached.as_deref(), raised.as_ref());
                vec![format!("this run is partial: {reason}; to go on with it{with}:"), format!("  {going_on}")]
            }
            (Ending::Complete, false) => {
                let how = if plan.clustering.codebook.is_none() {
                    "grouped by your goal"
                } else {
                    "each entry judged by your goal"
                };
                let mut lines = vec![
                    format!("next, {how} with a model (1,024 questions; --questions N for more or fewer){with}:"),
                    format!("  {}", asking(words, plan)),
                ];
                // The recording beside the corpus was made without a codebook; its plan says the rest.
                let recording = self.recording().filter(|_| plan.clustering.codebook.is_none());
                lines.extend(recording.map(|(corpus, recording)| {
                    format!("or see a recorded run, no model needed:\n  colligate run {corpus} --replay {recording}")
                }));
                lines
            }
            // More answers of this kind would not help.
            (Ending::Complete | Ending::NoInformation, _) => Vec::new(),
        }
    }

    /// What a command takes beside the words that are printed of it.
    fn what_else(&self, words: &[String]) -> String {
        let on_stdin = if self.corpus == [Path::new("-")] { ON_STDIN } else { "" };
        let has_hidden = words.iter().any(|word| shown(word) != *word);
        format!("{on_stdin}{}", if has_hidden { WITH_CREDENTIALS } else { "" })
    }

    /// The corpus and the recording that lies beside it.
    fn recording(&self) -> Option<(String, String)> {
        let [corpus] = self.corpus.as_slice() else { return None };
        let beside = corpus.parent()?.join("recording");
        beside.join("manifest.json").is_file().then(|| (quoted_file(corpus), quoted_file(&beside)))
    }
}

/// The words after the program's name as far as they are text: the name of a file may be any bytes.
fn words_given() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned())
}

/// The words after the program's name, so that others may be added at the end: what follows `--` are files.
fn arguments(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut are_files = false;
    let mut arguments = Vec::new();
    for word in words {
        match (are_files, word.as_str()) {
            (false, "--") => are_files = true,
            (false, _) => arguments.push(word),
            (true, _) => arguments.push(shell::file(&word)),
        }
    }
    arguments
}

/// The words that are left without some flags and their values, as a shell wants them.
fn without(words: Vec<String>, is_dropped: impl Fn(&str) -> bool) -> Vec<String> {
    let mut left = vec!["colligate".to_owned()];
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let (flag, value) = word.split_once('=').map_or((word.as_str(), None), |(flag, value)| (flag, Some(value)));
        if !is_dropped(flag) {
            left.push(quoted(&shown(&word)));
        } else if value.is_none() {
            let may_stand_alone = flag == RESUME || flag == NO_HEADER;
            words.next_if(|word| !may_stand_alone || word == "true" || word == "false");
        }
    }
    left
}

/// Flags that may stand without a value.
const RESUME: &str = "--resume";
const NO_HEADER: &str = "--no-header";

/// The command that goes on with the run in `out`: this one, without the cap that was `reached`, or with a higher one where it is said
/// elsewhere than in the command; all others stay.
fn going_on(words: Vec<String>, out: &Path, reached: Option<&str>, raised: Option<&Value>) -> String {
    let mut words = without(words, |flag| flag == "--out" || flag == RESUME || Some(flag) == reached);
    if let (Some(flag), Some(value)) = (reached, raised) {
        words.push(format!("{flag} {value}"));
    }
    words.push(format!("--out {} {RESUME}", quoted_file(out)));
    words.join(" ")
}

/// The same run with a model: what only a run without one takes is left out, every other flag stays.
fn asking(words: Vec<String>, plan: &Plan) -> String {
    const LEFT_OUT: [&str; 6] = ["--out", RESUME, "--method", "--levels", "--llm", "--goal"];
    let has_goal = !plan.goal.is_empty();
    let mut words = without(words, |flag| LEFT_OUT.contains(&flag) && !(flag == "--goal" && has_goal));
    if !has_goal {
        words.push("--goal 'what the groups should tell you'".into());
    }
    // Said in the environment or in a file, a method without a model would be refused beside one.
    if plan.origins.get("method").is_some_and(|planned| matches!(planned.origin.as_str(), "environment" | "config")) {
        words.push("--method auto".into());
    }
    words.push("--llm http://127.0.0.1:8080/v1".into());
    words.join(" ")
}

/// Twice a cap that is said in the environment or in a file, which leaving out a flag does not lift.
fn raised(plan: &Plan, cap: &str) -> Option<Value> {
    let planned = plan.origins.get(cap.trim_start_matches('-'))?;
    // A flag may stand before a variable or a file, which would hold where the flag is left out.
    let variable = format!("COLLIGATE_{}", cap.trim_start_matches('-').replace('-', "_").to_uppercase());
    let has_file = words_given().any(|word| word == "--config" || word.starts_with("--config="));
    let is_elsewhere = matches!(planned.origin.as_str(), "environment" | "config" | "recording")
        || std::env::var_os(variable).is_some()
        || has_file;
    let twice = |value: &Value| match value.as_u64() {
        Some(count) => Some(Value::from(count.saturating_mul(2).max(1))),
        None => value.as_f64().map(|amount| Value::from(2.0 * amount)),
    };
    // Minutes are those of one session: the next one has as many.
    twice(&planned.value).filter(|_| is_elsewhere && cap != flag(Cap::Time.parameter().parameter()))
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

/// The command that was given, with other values for some of its flags; and what else it takes, in words.
pub fn corrected(cure: &[Mention]) -> String {
    let given = arguments(words_given());
    let with = if given.iter().any(|word| word == "-") { ON_STDIN } else { "" };
    format!("try{with}:\n  {}", cured(given, cure))
}

fn cured(words: Vec<String>, cure: &[Mention]) -> String {
    let mut words = without(words, |given| cure.iter().any(|cured| flag(cured.parameter()) == given));
    words.extend(cure.iter().map(spoken));
    words.join(" ")
}

/// What a command takes whose address held a key or a password, which are not shown.
const WITH_CREDENTIALS: &str = ", with the key or password in its address again, which is not shown here";
/// What a command takes that reads standard input.
const ON_STDIN: &str = ", with the same documents on standard input again";

pub(super) fn set_threads(threads: Option<usize>) -> Result<(), Error> {
    let Some(threads) = threads else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|problem| Error::Bug(problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        arguments(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn a_command_that_is_printed_can_be_pasted_whatever_its_files_are_called() {
        let line = "run --max-calls 5 --goal=why --resume true --out=x -- -a.csv - b.csv";
        assert_eq!(
            going_on(words(line), Path::new("-x"), Some("--max-calls"), None),
            "colligate run '--goal=why' ./-a.csv - b.csv --out ./-x --resume"
        );
        let cure = [Mention::of("text-field").exact("-body"), Mention::of("no-header")];
        assert_eq!(
            cured(words("run --no-header --text-field x -- -a.csv"), &cure),
            "colligate run ./-a.csv --text-field=-body --no-header"
        );
    }

    #[test]
    fn the_next_command_keeps_every_flag_that_reading_needs() {
        let mut layers = crate::plan::Layers::default();
        layers.add("flag", &Settings { goal: Some("why".into()), ..Settings::default() }).unwrap();
        let plan = layers.check().unwrap();
        let line = "run --out x a.csv --goal why --text-field Q3 --method=topics --keep-fillers --on-error skip --levels 1 --llm none";
        assert_eq!(
            asking(words(line), &plan),
            "colligate run a.csv --goal why --text-field Q3 --keep-fillers --on-error skip --llm http://127.0.0.1:8080/v1"
        );
    }

    #[test]
    fn a_cap_that_is_said_elsewhere_comes_back_higher() {
        let raised = Value::from(20);
        assert_eq!(
            going_on(words("run a.csv"), Path::new("x"), Some("--max-calls"), Some(&raised)),
            "colligate run a.csv --max-calls 20 --out x --resume"
        );
    }
}
