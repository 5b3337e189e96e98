//! `colligate assign`: documents into the clusters of a finished run.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, value_parser};

use super::asking::Asking;
use super::embedding::Embedding;
use super::new_file::{NewFile, check_distinct, check_new, write_new};
use super::print::{Printed, json_lines};
use super::progress::Progress;
use super::reading::Documents;
use super::{edits, interrupt, print};
use crate::edits::edits_of;
use crate::error::Error;
use crate::execute::{Assigned, AssignedPart, Assigner, Assigning, UnsureAsked, UnsureQuestions, journal_lock};
use crate::methods::LaterQuestions;
use crate::model::Network;
use crate::plan::{Layers, Plan, Settings, reading_like};
use crate::report::{self, CsvColumns};
use crate::run::Manifest;

/// The flag of the file for the lines.
const OUT: &str = "--out";

/// Assign documents to the clusters of a finished run, by what that run learned; a model is asked only with --questions
///
/// Prints one line of JSON for each row of the input, as in assignments.jsonl. A text that the
/// run's model judged stays where the run put it; any other goes where what the run learned puts
/// it, and is flagged as unsure where its confidence is below 0.8. The corpus is read as the run
/// read its own, but for what is said here; a large one is read in parts, so that memory does not
/// grow with it. At the end standard error says what changed since the
/// run: shares, whether these documents look like the run's, what those in no cluster are about.
#[derive(Debug, Args)]
pub struct Assign {
    /// Run directory
    run: PathBuf,
    #[command(flatten)]
    documents: Documents,
    /// Edits of a person, as TOML; without it, edits.toml in the run directory, if it is there
    #[arg(long, value_name = "FILE")]
    edits: Option<PathBuf>,
    /// How to print the lines: as in assignments.jsonl, or as in assignments.csv
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Printed,
    /// Write the lines to this new file: all of them or, after an error, none
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write what changed since the run to this new file, as JSON
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Ask a model about unsure documents, the least sure first: so many questions at most (of a run by goalex, a document takes
    /// one for each cluster). The corpus is then read whole
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    questions: Option<u32>,
    /// Address of a judge that is asked instead of the model: a server of a decision model, or a chat model
    #[arg(long, value_name = "URL", env = "COLLIGATE_JUDGE")]
    judge: Option<String>,
    /// Model of the judge; may be left out where its server lists one only
    #[arg(long, value_name = "NAME", env = "COLLIGATE_JUDGE_MODEL")]
    judge_model: Option<String>,
    /// File of the questions and answers, which are not asked again; without it, assign-HASH/calls.jsonl in the run's directory
    #[arg(long, value_name = "FILE", requires = "questions")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    embedding: Embedding,
    /// Print errors only
    #[arg(long)]
    quiet: bool,
}

impl Assign {
    /// Assigns, prints, and returns the exit code.
    pub fn run(&self, matches: &ArgMatches) -> anyhow::Result<u8> {
        self.summary.iter().try_for_each(|file| check_new("--summary", file))?;
        self.out.iter().try_for_each(|file| check_new(OUT, file))?;
        let lock = self.journal.as_deref().map(journal_lock);
        check_distinct(&[
            (OUT, self.out.as_deref()),
            ("--summary", self.summary.as_deref()),
            ("--journal", self.journal.as_deref()),
            ("the lock of --journal", lock.as_deref()),
        ])?;
        let cache = self.embedding.begin()?;
        let mut assigner = Assigner::open(&self.run)?;
        if let Some(edits) = edits_of(&self.run, self.edits.as_deref())? {
            assigner = assigner.with_edits(edits)?;
        }
        if let Some((edits, rules)) = assigner.rules().filter(|_| !self.quiet) {
            edits::say(edits, rules);
        }
        let reading = reading_like(&assigner.manifest().plan, &self.documents.said())?;
        let plan = self.plan(assigner.manifest(), matches)?;
        if plan.is_some() {
            interrupt::watch()?;
        }
        let (network, journal) = (Network::own(), self.journal.as_deref());
        let most = self.questions.unwrap_or_default() as usize;
        let questions = plan.as_ref().map(|plan| UnsureQuestions { most, plan, network: &network, journal });
        let (source, by) = (&self.documents.source()?, self.embedding.by(&cache));
        let how = Assigning { source, reading: &reading, by, questions };
        let mut printing = Printing::new(self.format, self.out.as_deref())?;
        let assigned = assigner.assign(&how, &Progress::new(self.quiet), &mut |part| printing.add(part))?;
        printing.finish()?;
        self.say_what_changed(&assigned)?;
        let Some(asked) = assigned.asked() else { return Ok(0) };
        if !self.quiet || asked.reason.is_some() {
            print::message(&said_of_questions(asked));
        }
        Ok(asked.ending.exit_code())
    }

    /// How the documents compare with those of the run: to standard error, and to a file.
    fn say_what_changed(&self, assigned: &Assigned<'_>) -> anyhow::Result<()> {
        if self.quiet && self.summary.is_none() {
            return Ok(());
        }
        let drift = assigned.drift()?;
        if let Some(file) = &self.summary {
            let bytes = serde_json::to_vec_pretty(&drift).map_err(|problem| Error::Bug(problem.to_string()))?;
            write_new("--summary", file, &[&bytes, &b"\n"[..]].concat())?;
        }
        if !self.quiet {
            print::message(&report::drift(&drift));
        }
        Ok(())
    }

    /// Whom to ask, if questions are asked; the goal and the seed are the run's.
    fn plan(&self, manifest: &Manifest, matches: &ArgMatches) -> Result<Option<Plan>, Error> {
        if self.questions.is_none() {
            return match Asking::flag(matches) {
                None => Ok(None),
                Some(flag) => Err(Error::usage(format!("{flag} is for --questions N: without it, no model is asked"))),
            };
        }
        LaterQuestions::check(&manifest.method.name)?;
        let mut layers = Layers::default();
        let (goal, seed) = (Some(manifest.goal.clone()), Some(manifest.seed));
        layers.add("recording", &Settings { goal, seed, ..Settings::default() })?;
        self.asking.add_to(&mut layers, matches)?;
        let judge = Settings {
            judge: self.judge.clone(),
            judge_model: self.judge_model.clone(),
            threads: self.embedding.threads(),
            ..Settings::default()
        };
        layers.add("flag", &judge)?;
        Ok(Some(layers.with_named_clusters().check()?))
    }
}

/// Lines on their way to standard output, or to a new file.
struct Printing {
    format: Printed,
    file: Option<NewFile>,
    /// Those of a table, once its first rows are there.
    columns: Option<CsvColumns>,
}

impl Printing {
    fn new(format: Printed, out: Option<&Path>) -> Result<Printing, Error> {
        let file = out.map(|out| NewFile::create(OUT, out)).transpose()?;
        Ok(Printing { format, file, columns: None })
    }

    /// Prints the lines of a part.
    fn add(&mut self, part: &AssignedPart<'_>) -> Result<(), Error> {
        match self.format {
            Printed::Jsonl => self.print(&json_lines(part.lines)?),
            Printed::Csv => {
                let run = part.as_run();
                let header = if self.columns.is_none() { CsvColumns::of(&run).header() } else { String::new() };
                let columns = self.columns.get_or_insert_with(|| CsvColumns::of(&run));
                let rows = columns.rows(&run);
                self.print(&(header + &rows))
            }
        }
    }

    fn print(&mut self, text: &str) -> Result<(), Error> {
        match &mut self.file {
            Some(file) => file.write(text.as_bytes()),
            None => print::data(text).map_err(|problem| Error::write(Path::new("-"), problem.to_string())),
        }
    }

    /// Gives the file its name.
    fn finish(self) -> Result<(), Error> {
        self.file.map_or(Ok(()), |file| file.finish(OUT))
    }
}

/// What became of the questions, in a line.
fn said_of_questions(asked: &UnsureAsked) -> String {
    let UnsureAsked { unsure, asked: documents, answered, usage, reason, journal, .. } = asked;
    let why = reason.as_ref().map(|reason| format!(" ({reason}): the others stay where they were inferred to be"));
    format!(
        "asked about {documents} of {unsure} unsure documents: {answered} are placed by the model{}; {} calls, {} answers from {}",
        why.unwrap_or_default(),
        usage.calls,
        usage.cached,
        journal.display()
    )
}
