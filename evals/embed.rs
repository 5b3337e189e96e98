//! `embed`: the time that an embedder takes for the texts of a file.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use colligate::corpus::{ReadOptions, Source, read};
use colligate::embed;
use colligate::observer::Silent;
use serde::Serialize;

use crate::usage::{Meter, peak_bytes};

/// Embed the distinct texts of a file, and print one JSON object
///
/// `texts`: how many there are. `seconds` and `cpu_seconds`: of tokenising and embedding, without loading the model.
/// `peak_bytes`: the most memory that the process held. `RAYON_NUM_THREADS` sets the threads.
#[derive(Args)]
pub struct Arguments {
    /// Documents as JSON lines with a field `text`
    #[arg(long, value_name = "FILE.jsonl")]
    documents: PathBuf,
    /// builtin, builtin-int8, static, or a directory with model.onnx and tokenizer.json
    #[arg(long, default_value = embed::DEFAULT)]
    embedder: String,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Measured {
    texts: usize,
    seconds: f64,
    cpu_seconds: Option<f64>,
    peak_bytes: Option<u64>,
}

/// Embeds and returns the line to print.
pub fn run(arguments: &Arguments) -> Result<String> {
    let corpus = read(&Source::File(arguments.documents.clone()), &ReadOptions::default())?;
    let embedder = embed::open(&arguments.embedder, &Silent)?;
    let texts = corpus.distinct_texts();
    let meter = Meter::start();
    embedder.embed(&texts, &Silent)?;
    let (seconds, cpu_seconds) = (meter.seconds(), meter.cpu_seconds());
    let measured = Measured { texts: texts.len(), seconds, cpu_seconds, peak_bytes: peak_bytes() };
    Ok(serde_json::to_string(&measured)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_counted_once_each() {
        let folder = tempfile::tempdir().unwrap();
        let documents = folder.path().join("texts.jsonl");
        std::fs::write(&documents, "{\"text\":\"late\"}\n{\"text\":\"bent\"}\n{\"text\":\"late\"}\n").unwrap();
        let line = run(&Arguments { documents, embedder: "static".into() }).unwrap();
        let measured: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(measured["texts"], 2);
        assert!(measured["seconds"].as_f64().unwrap() >= 0.0);
    }
}
