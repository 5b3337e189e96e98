//! Where an ONNX embedder comes from: compiled into the program, or a directory.

use std::path::Path;

use rten::{Model, ModelOptions};
use tokenizers::{Tokenizer, TruncationParams};

use super::{Identity, OnnxEmbedder, Reading};
use crate::error::Error;
use crate::seed::sha256_hex;

const BUILTIN_MODEL: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2-w8/model.onnx");
const BUILTIN_TOKENIZER: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2-w8/tokenizer.json");
/// As in `models/all-MiniLM-L6-v2-w8/SHA256SUMS`; a test compares. Hashing 23 MB at every start would cost more than loading.
const BUILTIN_SHA256: &str = "80fb8197e89a1c510f8e3f24f280a6d82671cea05eca4734b5c4498692c0124c";
/// Tokens that all-MiniLM-L6-v2 was trained to read.
const BUILTIN_WINDOW: usize = 256;

/// The model compiled into the program: all-MiniLM-L6-v2, weights in int8, computed in f32 (d = 384).
///
/// # Errors
/// Only if the compiled-in files are broken.
pub fn builtin() -> Result<OnnxEmbedder, Error> {
    let identity = Identity {
        name: "builtin:all-MiniLM-L6-v2-w8".into(),
        dimensions: 384,
        sha256: BUILTIN_SHA256.into(),
        window: BUILTIN_WINDOW,
        english_only: true,
    };
    let model = options().load_static_slice(BUILTIN_MODEL).map_err(|problem| Error::Embedder(problem.to_string()))?;
    OnnxEmbedder::new(identity, model, windowed(raw_tokenizer()?, BUILTIN_WINDOW)?, Reading::default())
}

/// The built-in model's tokenizer, which neither cuts nor pads.
///
/// # Errors
/// Only if the compiled-in file is broken.
pub fn builtin_tokenizer() -> Result<Tokenizer, Error> {
    let mut tokenizer = raw_tokenizer()?;
    tokenizer.with_padding(None).with_truncation(None).map_err(|problem| Error::Embedder(problem.to_string()))?;
    Ok(tokenizer)
}

fn raw_tokenizer() -> Result<Tokenizer, Error> {
    Tokenizer::from_bytes(BUILTIN_TOKENIZER).map_err(|problem| Error::Embedder(problem.to_string()))
}

/// A directory that holds `model.onnx` (or `onnx/model.onnx`), `tokenizer.json` and, if it has one, `config.json`.
///
/// # Errors
/// When a file is missing or is not what its name says.
pub fn from_directory(path: &Path) -> Result<OnnxEmbedder, Error> {
    let weights = [path.join("model.onnx"), path.join("onnx/model.onnx")].into_iter().find(|file| file.is_file());
    let weights = weights.ok_or_else(|| Error::file(path, "holds no model.onnx"))?;
    let bytes = std::fs::read(&weights).map_err(|problem| Error::file(&weights, problem))?;
    let file = path.join("tokenizer.json");
    let words = std::fs::read(&file).map_err(|problem| Error::file(&file, problem))?;
    let sha256 = sha256_hex(format!("{}\n{}", sha256_hex(&bytes), sha256_hex(&words)));
    let model = options().load(bytes).map_err(|problem| Error::file(&weights, problem))?;
    let tokenizer = Tokenizer::from_bytes(words).map_err(|problem| Error::file(&file, problem))?;
    let window = window(path);
    let identity = Identity {
        name: format!("directory:{}", path.file_name().unwrap_or_default().to_string_lossy()),
        dimensions: output_dimensions(&model)
            .ok_or_else(|| Error::file(&weights, "its output is not batch × tokens × dimensions"))?,
        sha256,
        window,
        english_only: false,
    };
    OnnxEmbedder::new(identity, model, windowed(tokenizer, window)?, Reading::default())
}

/// How `rten` loads a model.
pub(super) fn options() -> ModelOptions {
    let mut options = ModelOptions::with_all_ops();
    options.enable_optimization(true).prepack_weights(true);
    options
}

/// A tokenizer that cuts at `window` tokens and never pads: what it carries of its own would pad every text to one length.
pub(super) fn windowed(mut tokenizer: Tokenizer, window: usize) -> Result<Tokenizer, Error> {
    let truncation = TruncationParams { max_length: window, ..TruncationParams::default() };
    tokenizer
        .with_padding(None)
        .with_truncation(Some(truncation))
        .map_err(|problem| Error::Embedder(problem.to_string()))?;
    Ok(tokenizer)
}

/// Tokens the model reads: `sentence_bert_config.json`'s `max_seq_length`, else the position table of `config.json`, else 512.
fn window(path: &Path) -> usize {
    let number = |file: &str, key: &str| -> Option<usize> {
        let bytes = std::fs::read(path.join(file)).ok()?;
        let value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        value.get(key)?.as_u64().map(|number| number as usize)
    };
    number("sentence_bert_config.json", "max_seq_length")
        .or_else(|| number("config.json", "max_position_embeddings"))
        .unwrap_or(512)
}

fn output_dimensions(model: &Model) -> Option<usize> {
    let shape = model.node_info(*model.output_ids().first()?)?.shape()?;
    match shape.as_slice() {
        [_, _, rten::Dimension::Fixed(dimensions)] => Some(*dimensions),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::{Embedder, dot};
    use crate::observer::Silent;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/all-MiniLM-L6-v2-w8");

    #[test]
    fn the_compiled_in_weights_are_those_of_the_checksum_file() {
        assert_eq!(sha256_hex(BUILTIN_MODEL), BUILTIN_SHA256);
        let sums = std::fs::read_to_string(format!("{FOLDER}/SHA256SUMS")).unwrap();
        assert!(sums.contains(BUILTIN_SHA256));
    }

    #[test]
    fn vectors_do_not_depend_on_batch_or_neighbors_and_mean_something() {
        let embedder = builtin().unwrap();
        let texts = [
            "my parcel never arrived",
            "where is my order?",
            "the brakes squeal",
            "thanks a lot!",
            "x",
            "so many words ".repeat(4).leak(),
            "q",
            "r",
            "s",
        ];
        let together = embedder.embed(&texts, &Silent).unwrap().embeddings;
        for (index, text) in texts.iter().enumerate() {
            let alone = embedder.embed(&[text], &Silent).unwrap().embeddings;
            assert_eq!(alone.row(0), together.row(index), "{text}");
        }
        assert!(dot(together.row(0), together.row(1)) > dot(together.row(0), together.row(2)) + 0.2);
    }

    #[test]
    fn a_long_text_is_flagged_truncated() {
        let long = "word ".repeat(300);
        let embedded = builtin().unwrap().embed(&["short", &long], &Silent).unwrap();
        assert_eq!(embedded.truncated, [false, true]);
    }

    #[test]
    fn a_directory_with_the_same_weights_gives_the_same_vectors() {
        let from_folder = from_directory(Path::new(FOLDER)).unwrap();
        let text = ["the wheel is bent"];
        assert_eq!(
            from_folder.embed(&text, &Silent).unwrap().embeddings,
            builtin().unwrap().embed(&text, &Silent).unwrap().embeddings
        );
    }

    #[test]
    fn a_directory_without_a_model_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let problem = from_directory(folder.path()).err().unwrap().to_string();
        assert!(problem.ends_with("holds no model.onnx"), "{problem}");
    }
}
