//! A sentence encoder on the ONNX Runtime library that `ORT_DYLIB_PATH` names, in fastembed's session.

use std::env;
use std::sync::{Mutex, PoisonError};

use fastembed::{InitOptionsUserDefined, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};
use ort::environment::Environment;
use tokenizers::{Encoding, PaddingParams, Tokenizer};

use super::catalogue::Entry;
use super::files::Files;
use crate::embed::batches::{self, Vectors, checked, is_cut, tokenised};
use crate::embed::unknown::unknown;
use crate::embed::{Computed, Embedded, Embedder, Identity, Keep, Reading};
use crate::error::Error;
use crate::observer::Observer;

/// The variable that names the library, as everywhere with ONNX Runtime.
const LIBRARY: &str = "ORT_DYLIB_PATH";
/// What fastembed asks of a tokenizer's settings before ours takes its place.
const SETTINGS: &[u8] = br#"{"model_max_length": 512, "pad_token": "[PAD]"}"#;

/// A model in one session, which runs its own threads.
pub struct RuntimeEmbedder {
    identity: Identity,
    tokenizer: Tokenizer,
    reading: Reading,
    session: Mutex<TextEmbedding>,
}

/// ONNX Runtime, if `ORT_DYLIB_PATH` names its library. To be called before anything else of it: whatever loads the library
/// unasked would end the program where it is missing.
///
/// # Errors
/// When the variable names no such library, or one that is too old.
pub fn runtime() -> Result<Option<Environment>, Error> {
    /// A process may have one only.
    static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);
    let Some(path) = env::var_os(LIBRARY).filter(|path| !path.is_empty()) else { return Ok(None) };
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if environment.is_none() {
        let builder = ort::init_from(&path).map_err(wrong)?;
        *environment = Some(builder.with_name("colligate").with_telemetry(false).build().map_err(wrong)?);
    }
    Ok(environment.clone())
}

fn wrong(problem: impl std::fmt::Display) -> Error {
    Error::usage(format!(
        "{LIBRARY} names no ONNX Runtime library of version 1.{} or later: {problem}; without the variable the program runs the \
         model itself",
        ort::MINOR_VERSION
    ))
}

impl RuntimeEmbedder {
    /// From a model's files and a tokenizer whose truncation is set to `identity.window` and whose padding is off.
    ///
    /// # Errors
    /// When ONNX Runtime cannot load the model.
    pub fn new(
        identity: Identity,
        entry: &Entry,
        files: Files,
        tokenizer: Tokenizer,
        environment: Environment,
    ) -> Result<RuntimeEmbedder, Error> {
        let threads = rayon::current_num_threads();
        let options = InitOptionsUserDefined::new().with_environment(environment).with_intra_threads(threads);
        let model = definition(entry, files);
        let mut session = TextEmbedding::try_new_from_user_defined(model, options).map_err(engine)?;
        // One tokenizer for both engines. What pads is masked, so any token does.
        session.tokenizer = tokenizer.clone();
        session.tokenizer.with_padding(Some(PaddingParams::default()));
        Ok(RuntimeEmbedder { identity, tokenizer, reading: entry.reading.clone(), session: Mutex::new(session) })
    }

    /// The vectors of one batch, in the batch's order.
    fn run(&self, batch: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        let texts: Vec<_> = batch.iter().map(|text| self.reading.text(text)).collect();
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        checked(session.embed(texts, None).map_err(engine)?, self.identity.dimensions)
    }

    fn run_all<'b>(
        &self,
        batches: &[&'b [usize]],
        (texts, encodings): (&[&str], &[Encoding]),
        keep: Keep<'_>,
        observer: &dyn Observer,
    ) -> Result<Vec<Vectors<'b>>, Error> {
        let mut done = Vec::with_capacity(batches.len());
        for &batch in batches {
            if observer.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let part = |&index: &usize| tokenised(texts[index], &encodings[index], &self.reading);
            let members: Vec<&str> = batch.iter().map(part).collect();
            let vectors = self.run(&members)?;
            for (&text, vector) in batch.iter().zip(&vectors) {
                keep(Computed { text, vector, is_cut: is_cut(&encodings[text]) });
            }
            done.push((batch, vectors));
            observer.advance(batch.len() as u64);
        }
        Ok(done)
    }
}

/// A model as fastembed takes it from its user.
fn definition(entry: &Entry, files: Files) -> UserDefinedEmbeddingModel {
    let tokenizer = TokenizerFiles {
        tokenizer_file: files.tokenizer,
        config_file: b"{}".to_vec(),
        special_tokens_map_file: b"{}".to_vec(),
        tokenizer_config_file: SETTINGS.to_vec(),
    };
    let mut model = UserDefinedEmbeddingModel::new(files.weights, tokenizer)
        .with_quantization(TextEmbedding::get_quantization_mode(&entry.model.model));
    model.pooling = TextEmbedding::get_default_pooling_method(&entry.model.model);
    model.output_key = entry.model.output_key.clone();
    files.more.into_iter().fold(model, |model, (name, bytes)| model.with_external_initializer(name, bytes))
}

impl Embedder for RuntimeEmbedder {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        self.embed_keeping(texts, &|_| {}, observer)
    }

    fn embed_keeping(&self, texts: &[&str], keep: Keep<'_>, observer: &dyn Observer) -> Result<Embedded, Error> {
        let d = self.identity.dimensions;
        batches::embed(&self.tokenizer, &self.reading, d, texts, observer, |batches, encodings| {
            self.run_all(batches, (texts, encodings), keep, observer)
        })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        batches::truncated(&self.tokenizer, &self.reading, texts)
    }

    fn unknown(&self, texts: &[&str]) -> Vec<bool> {
        unknown(&self.tokenizer, self.identity.english_only, texts)
    }
}

fn engine(problem: impl std::fmt::Display) -> Error {
    Error::embedder(format!("ONNX Runtime: {problem}"))
}
