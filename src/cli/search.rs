//! `colligate search`: what of a finished run is nearest to a text, a document or a cluster.

use std::path::PathBuf;

use clap::Args;

use super::embedding::Embedding;
use super::print;
use super::progress::Progress;
use crate::corpus::main_language;
use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::report;
use crate::search::{Query, Searcher, Wanted};

/// Find the clusters and documents of a finished run that are nearest in meaning to a text, a document or a cluster
#[derive(Debug, Args)]
pub struct Search {
    /// Run directory
    run: PathBuf,
    /// What to look for, in any words
    #[arg(required_unless_present_any = ["like", "cluster"])]
    text: Option<String>,
    /// Look for what is like this document of the run, by its id
    #[arg(long, value_name = "ID", conflicts_with = "text")]
    like: Option<String>,
    /// Look within this cluster, by its id or label; alone, for its most central documents
    #[arg(long, value_name = "ID")]
    cluster: Option<String>,
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

/// Clusters that are shown at most.
const CLUSTERS: usize = 3;

impl Search {
    /// Searches and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        let cache = self.embedding.begin()?;
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
