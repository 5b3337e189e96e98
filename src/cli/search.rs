//! `colligate search`: what of a finished run is nearest to a text, a document or a cluster.

use std::path::PathBuf;

use clap::Args;

use super::embedding::Embedding;
use super::new_file::{check_new, write_new};
use super::print::{self, Printed, json_lines};
use super::progress::Progress;
use crate::corpus::main_language;
use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::report;
use crate::search::{Duplicates, Query, Searcher, Wanted, duplicates};
use crate::text::numbers::count;

/// Find the clusters and documents of a finished run that are nearest in meaning to a text, a document or a cluster
#[derive(Debug, Args)]
pub struct Search {
    /// Run directory
    run: PathBuf,
    /// What to look for, in any words
    #[arg(required_unless_present_any = ["like", "cluster", "duplicates"], value_parser = some_words)]
    text: Option<String>,
    /// Look for what is like this document of the run, by its id
    #[arg(long, value_name = "ID", conflicts_with = "text")]
    like: Option<String>,
    /// Look within this cluster, by its id or label; alone, for its most central documents
    #[arg(long, value_name = "ID")]
    cluster: Option<String>,
    /// Print groups of documents that say nearly the same, instead: each with a first document, to keep, and those near it
    #[arg(long, conflicts_with_all = NOT_OF_DUPLICATES)]
    duplicates: bool,
    /// Cosine from which a document is a near-duplicate of another one
    #[arg(long, value_name = "X", default_value_t = 0.95, value_parser = threshold)]
    #[arg(requires = "duplicates", conflicts_with_all = NOT_OF_DUPLICATES)]
    threshold: f32,
    /// How to print groups: a line of JSON each, or a table
    #[arg(long, value_enum, default_value = "jsonl", requires = "duplicates", conflicts_with_all = NOT_OF_DUPLICATES)]
    format: Printed,
    /// Write the groups to this new file
    #[arg(long, value_name = "FILE", requires = "duplicates", conflicts_with_all = NOT_OF_DUPLICATES)]
    out: Option<PathBuf>,
    /// Documents at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// Compare all vectors, where a run of more than 20,000 documents is searched by its index
    #[arg(long)]
    exact: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    embedding: Embedding,
}

/// Arguments that do not go with a search for near-duplicates, nor with the arguments that only it has: clap does not miss a
/// required argument that is in conflict with one that is there.
const NOT_OF_DUPLICATES: [&str; 6] = ["text", "like", "cluster", "exact", "json", "top"];

/// What to look for.
fn some_words(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("expected some words".into()) } else { Ok(text.to_owned()) }
}

/// A cosine that near-duplicates may have.
fn threshold(text: &str) -> Result<f32, String> {
    let cosine = text.parse().ok().filter(|cosine: &f32| *cosine > 0.0 && *cosine <= 1.0);
    cosine.ok_or_else(|| "expected a number above 0, and 1 at most".into())
}

/// Clusters that are shown at most.
const CLUSTERS: usize = 3;

impl Search {
    /// Searches and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        let cache = self.embedding.begin()?;
        if self.duplicates {
            return self.print_duplicates();
        }
        let progress = Progress::new(false);
        let mut searcher = Searcher::open(&self.run, self.exact, &progress)?;
        let vector = self.text.as_ref().map(|text| self.vector(text, &searcher, &cache)).transpose()?;
        let query = match (&vector, &self.like, self.cluster.as_deref()) {
            (Some(vector), ..) => Query::Vector(vector),
            (None, Some(id), _) => Query::Like(id),
            (None, None, cluster) => Query::Cluster(cluster.unwrap_or_default()),
        };
        let wanted = Wanted { clusters: CLUSTERS, documents: self.top, within: self.cluster.as_deref() };
        let found = searcher.search(query, wanted)?;
        match self.json {
            true => print::data(&format!("{}\n", serde_json::to_string(&found)?))?,
            false => print::data(&report::found(&found, print::style().width))?,
        }
        if let Err(problem) = searcher.keep_index() {
            progress.say(&message!("no index was kept: {problem}", problem = problem.to_string()));
        }
        Ok(0)
    }

    fn print_duplicates(&self) -> anyhow::Result<u8> {
        self.out.iter().try_for_each(|file| check_new("--out", file))?;
        let groups = duplicates(&self.run, self.threshold)?;
        let text = match self.format {
            Printed::Csv => report::duplicates_csv(&groups),
            Printed::Jsonl => json_lines(&groups)?,
        };
        match &self.out {
            Some(file) => write_new("--out", file, text.as_bytes())?,
            None => print::data(&text)?,
        }
        print::message(&self.told(&groups));
        Ok(0)
    }

    /// How many near-duplicates there are.
    fn told(&self, groups: &[Duplicates]) -> String {
        let (near, documents) = (self.threshold, groups.iter().map(|group| group.documents.len()).sum::<usize>());
        if groups.is_empty() {
            return format!("no near-duplicates at a cosine of {near} or more");
        }
        let others = count(documents - groups.len(), "document");
        let groups = count(groups.len(), "group");
        format!("{groups} of near-duplicates: {others} beside the first of each, at a cosine of {near} or more with it")
    }

    /// The text as the run's embedder sees it.
    fn vector(&self, text: &str, searcher: &Searcher<'_>, cache: &Option<PathBuf>) -> Result<Vec<f32>, Error> {
        let progress = Progress::new(true);
        let embedder = self.embedding.by(cache).embedder_of(&self.run, searcher.manifest(), &progress)?;
        let language = main_language(&[text]).filter(|language| language != "English");
        if let Some(language) = language.filter(|_| embedder.identity().english_only) {
            Progress::new(false).say(&message!(
                "warning: the text is in {language}, and the run's embedder knows English only: what is found says little",
                language
            ));
        }
        Ok(embedder.embed(&[text], &progress)?.embeddings.row(0).to_vec())
    }
}
