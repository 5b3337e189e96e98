//! `colligate embed`: the vectors of a corpus as files, part after part.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::progress::Progress;
use super::reading::Documents;
use super::run::set_threads;
use super::{interrupt, print};
use crate::embed;
use crate::error::Error;
use crate::execute::{PartsDone, Share, embed_parts};
use crate::plan::{Layers, Settings};
use crate::text::numbers::count;

/// Write the vectors of a corpus into a directory, part after part, for `run --vectors`: so many machines embed one corpus
///
/// A part is made of 16,384 rows: vectors-N.npy (f32, a row for each document with content), ids-N.jsonl (id and sha256 of its text)
/// and part-N.json, which vouches for both. Parts that are there are not embedded again. Memory does not grow with the corpus.
#[derive(Debug, Args)]
pub struct Embed {
    #[command(flatten)]
    documents: Documents,
    /// Leave quoted replies, signatures and what repeats across documents in the texts, as the run will
    #[arg(long)]
    keep_boilerplate: bool,
    /// Embed answers without content ("don't know", "n/a", "-") like the others, as the run will
    #[arg(long)]
    keep_fillers: bool,
    /// Directory of the parts: new, empty, or one that this command has begun
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Embed every N-th part only, from the I-th on: 1/4, 2/4, 3/4 and 4/4 are all of them
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    part: ShareOfParts,
    /// Who embeds, on this machine: `builtin`, `builtin-int8`, `static`, a directory with an ONNX model, or a model by its name
    #[arg(long, value_name = "NAME|DIR", env = "COLLIGATE_EMBEDDER", default_value = embed::DEFAULT)]
    embedder: String,
    /// Threads for computing
    #[arg(long, value_name = "N", env = "COLLIGATE_THREADS")]
    threads: Option<usize>,
    /// Print errors only
    #[arg(long)]
    quiet: bool,
}

/// One of several equal shares.
#[derive(Debug, Clone, Copy)]
struct ShareOfParts(Share);

impl FromStr for ShareOfParts {
    type Err = String;

    fn from_str(text: &str) -> Result<ShareOfParts, String> {
        let numbers = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((part, of)) if (1..=of).contains(&part) => Ok(ShareOfParts(Share { part: part - 1, of })),
            _ => Err("expected I/N with I from 1 to N, such as 2/4".into()),
        }
    }
}

impl Embed {
    /// Embeds and writes.
    pub fn run(&self) -> anyhow::Result<u8> {
        set_threads(self.threads)?;
        interrupt::watch()?;
        let mut layers = Layers::default();
        let reading = Settings {
            keep_boilerplate: self.keep_boilerplate.then_some(true),
            keep_fillers: self.keep_fillers.then_some(true),
            ..self.documents.said()
        };
        layers.add("flag", &reading)?;
        let options = layers.check()?.reading;
        let progress = Progress::new(self.quiet);
        let embedder = embed::open(&self.embedder, &progress)?;
        let place = (self.out.as_path(), self.part.0);
        let done = embed_parts(&self.documents.source()?, &options, place, embedder.as_ref(), &progress);
        if let (Err(Error::Interrupted), false) = (&done, self.quiet) {
            print::message("parts that are finished stay: the same command goes on from there");
        }
        let done = done?;
        if !self.quiet {
            print::message(&self.told(done));
        }
        Ok(0)
    }

    fn told(&self, done: PartsDone) -> String {
        let PartsDone { written, known, documents, all } = done;
        let known = if known > 0 { format!(", {known} already there") } else { String::new() };
        let (parts, documents) = (count(written, "part"), count(documents, "document"));
        format!("{parts} of {all} written to {}{known}: {documents} with content in these parts", self.out.display())
    }
}
