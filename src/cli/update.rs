//! `colligate update`: a finished run with the documents that came since.

use std::path::PathBuf;

use clap::{ArgMatches, Args};

use super::asking::Asking;
use super::embedding::Embedding;
use super::progress::Progress;
use super::reading::Documents;
use super::{interrupt, print};
use crate::edits::edits_of;
use crate::error::Error;
use crate::execute::{Changed, Lent, Updating, update};
use crate::model::Network;
use crate::plan::{Layers, Plan, Settings, reading_like};
use crate::report;
use crate::run::read_manifest;

/// Add documents to a finished run, and clusters for what is new among them; every cluster keeps its id and its name
///
/// Writes a new run directory with the documents of the run and those that came, so that it can be
/// updated again; the run itself stays as it is. Documents go where assign would put them. Those
/// that are of a kind which was not there before become clusters of their own, named by their words
/// or, with --llm, by the model. No cluster changes or goes away: one that none of the new documents
/// is in says so. Documents that the run holds already, by id and text, are not there twice.
#[derive(Debug, Args)]
pub struct Update {
    /// Run directory
    run: PathBuf,
    #[command(flatten)]
    documents: Documents,
    /// Directory of the updated run; without it, runs/NAME
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the update in --out that was stopped
    #[arg(long, requires = "out")]
    resume: bool,
    /// What to do with a document that has the id of one of the run, and another text
    #[arg(long, value_enum, default_value = "fail")]
    changed: Changed,
    /// Edits of a person, as TOML, which are kept with the updated run; without it, edits.toml in the run directory, if it is there
    #[arg(long, value_name = "FILE")]
    edits: Option<PathBuf>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    embedding: Embedding,
    /// Print errors only
    #[arg(long)]
    quiet: bool,
}

impl Update {
    /// Updates, says what was added, and returns the exit code.
    pub fn run(&self, matches: &ArgMatches) -> anyhow::Result<u8> {
        let cache = self.embedding.begin()?;
        let manifest = read_manifest(&self.run)?;
        let reading = reading_like(&manifest.plan, &self.documents.said())?;
        let plan = self.plan(&manifest.goal, manifest.seed, matches)?;
        interrupt::watch()?;
        let (network, observer) = (Network::own(), Progress::new(self.quiet));
        let lent = Lent { network: &network, embedder: None, observer: &observer };
        let edits = edits_of(&self.run, self.edits.as_deref())?;
        let how = Updating {
            reading: &reading,
            plan: &plan,
            by: self.embedding.by(&cache),
            changed: self.changed,
            edits: edits.as_ref(),
        };
        let updated = update(&self.run, &self.documents.source()?, how, lent)?;
        if !self.quiet {
            print::message(&report::update(updated.shown()));
            print::message(&format!(
                "run directory {}, report {}",
                updated.path.display(),
                updated.path.join("report.html").display()
            ));
        }
        Ok(updated.ending.exit_code())
    }

    /// The run's goal and seed, with what is said of the model and of the new directory.
    fn plan(&self, goal: &str, seed: u64, matches: &ArgMatches) -> Result<Plan, Error> {
        if goal.is_empty() && self.asking.asks() {
            return Err(Error::usage(format!(
                "{}: the run has no goal that a model could name clusters by: leave --llm out, or say --llm none",
                self.run.display()
            )));
        }
        let mut layers = Layers::default();
        let own = Settings {
            goal: Some(goal.to_owned()),
            seed: Some(seed),
            out: self.out.clone(),
            resume: Some(self.resume),
            ..Settings::default()
        };
        layers.add("recording", &own)?;
        self.asking.add_to(&mut layers, matches)?;
        layers.check()
    }
}
