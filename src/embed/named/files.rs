//! What a model consists of, read into memory.

use std::path::Path;

use serde_json::Value;

use super::catalogue::Entry;
use super::hub;
use crate::error::Error;
use crate::observer::Observer;
use crate::seed::sha256_hex;

/// Tokens of a text that are read at most, whatever the model can: as fastembed has it.
const WINDOW: usize = 512;

/// The files of one model.
pub struct Files {
    /// The ONNX file.
    pub weights: Vec<u8>,
    /// Weights that it holds apart, by the name that it calls them.
    pub more: Vec<(String, Vec<u8>)>,
    /// tokenizer.json.
    pub tokenizer: Vec<u8>,
    /// Tokens of a text that the model reads.
    pub window: usize,
}

impl Files {
    /// Those of a model of the catalogue.
    ///
    /// # Errors
    /// When one is neither in the hub's cache nor to be had, or cannot be read.
    pub fn of(entry: &Entry, observer: &dyn Observer) -> Result<Files, Error> {
        let more = &entry.model.additional_files;
        let mut names = vec!["tokenizer.json", "config.json", "tokenizer_config.json", entry.model.model_file.as_str()];
        names.extend(more.iter().map(String::as_str));
        let paths = hub::files(&entry.model.model_code, &names, observer)?;
        Ok(Files {
            window: window(&paths[1], &paths[2])?,
            tokenizer: read(&paths[0])?,
            weights: read(&paths[3])?,
            more: more
                .iter()
                .zip(&paths[4..])
                .map(|(name, path)| Ok((base(name), read(path)?)))
                .collect::<Result<_, Error>>()?,
        })
    }

    /// sha256 of everything that a vector depends on: weights, tokenizer, how they are read, and the engine, as no two round alike.
    pub fn sha256(&self, entry: &Entry, engine: &str) -> String {
        let files =
            [&self.weights].into_iter().chain(self.more.iter().map(|(_, bytes)| bytes)).chain([&self.tokenizer]);
        let mut lines: Vec<String> = files.map(sha256_hex).collect();
        let reading = &entry.reading;
        lines.push(format!("{:?} {:?} {:?} {}", reading.prompt, reading.pooling, reading.outputs, self.window));
        lines.push(engine.to_owned());
        sha256_hex(lines.join("\n"))
    }
}

/// The last part of a file's name, by which the ONNX file beside it calls it.
fn base(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

/// The least of the model's position table, its tokenizer's limit and [`WINDOW`].
fn window(config: &Path, tokenizer: &Path) -> Result<usize, Error> {
    let positions = number(config, "max_position_embeddings")?;
    let limit = number(tokenizer, "model_max_length")?;
    Ok([positions, limit].into_iter().flatten().fold(WINDOW, usize::min).max(1))
}

/// A number in a JSON file. Some say that there is no limit by a number of thirty digits.
fn number(path: &Path, key: &str) -> Result<Option<usize>, Error> {
    let value: Value = serde_json::from_slice(&read(path)?).map_err(|problem| Error::file(path, problem))?;
    Ok(value.get(key).and_then(Value::as_f64).map(|number| number as usize))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|problem| Error::file(path, problem))
}
