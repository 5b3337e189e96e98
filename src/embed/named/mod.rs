//! Models that have a name: those of fastembed's catalogue, their files from the hub's cache or the hub. ONNX Runtime runs them
//! where `ORT_DYLIB_PATH` names its library, else `rten` does, as it does the built-in one.

mod catalogue;
mod files;
mod hub;
mod runtime;

use ort::environment::Environment;
use tokenizers::Tokenizer;

use super::directory::{options, windowed};
use super::{Embedder, Identity, OnnxEmbedder};
use crate::error::Error;
use crate::observer::Observer;
use catalogue::Entry;
use files::Files;
use runtime::{RuntimeEmbedder, runtime};

/// The model of fastembed's catalogue that a name means: its code, the part of it after the slash, or fastembed's variant.
///
/// Its vectors depend on the engine too, in their last digits for most models and more for quantised ones. So the engine is part of
/// the identity's name and checksum: no run, and no cache, mixes the two.
///
/// # Errors
/// When no model has the name, its files are not to be had, `ORT_DYLIB_PATH` is wrong, or the engine cannot run the model.
pub fn named(name: &str, observer: &dyn Observer) -> Result<Box<dyn Embedder>, Error> {
    let entry = catalogue::find(name)?;
    let environment = runtime()?;
    let files = Files::of(&entry, observer)?;
    let tokenizer = Tokenizer::from_bytes(&files.tokenizer);
    let tokenizer =
        tokenizer.map_err(|problem| Error::embedder(format!("tokenizer.json of {}: {problem}", entry.name)))?;
    let tokenizer = windowed(tokenizer, files.window)?;
    match environment {
        Some(environment) => Ok(Box::new(on_runtime(&entry, files, tokenizer, environment)?)),
        None => Ok(Box::new(on_rten(&entry, files, tokenizer)?)),
    }
}

fn on_runtime(
    entry: &Entry,
    files: Files,
    tokenizer: Tokenizer,
    environment: Environment,
) -> Result<RuntimeEmbedder, Error> {
    // Another build may round otherwise.
    let identity = identity(entry, &files, format!("hub:{}, ONNX Runtime", entry.name), ort::info());
    RuntimeEmbedder::new(identity, entry, files, tokenizer, environment)
}

fn on_rten(entry: &Entry, files: Files, tokenizer: Tokenizer) -> Result<OnnxEmbedder, Error> {
    let identity = identity(entry, &files, format!("hub:{}", entry.name), "rten");
    let mut options = options();
    for (name, bytes) in files.more {
        options.external_data(&name, bytes);
    }
    let model = options.load(files.weights).map_err(|problem| {
        Error::embedder(format!(
            "{} is beyond the engine in this program ({problem}): set ORT_DYLIB_PATH to an ONNX Runtime library",
            entry.name
        ))
    })?;
    OnnxEmbedder::new(identity, model, tokenizer, entry.reading.clone())
}

fn identity(entry: &Entry, files: &Files, name: String, engine: &str) -> Identity {
    Identity {
        name,
        dimensions: entry.model.dim,
        sha256: files.sha256(entry, engine),
        window: files.window,
        english_only: entry.english_only,
    }
}
