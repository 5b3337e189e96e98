//! An ONNX embedder from a directory, and how a model and a tokenizer are loaded wherever they come from.

use std::path::Path;

use rten::{Model, ModelOptions};
use tokenizers::{Tokenizer, TruncationParams};

use super::{Identity, OnnxEmbedder, Reading, broken};
use crate::error::Error;
use crate::seed::sha256_hex;

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
    let model = options().load(bytes).map_err(|problem| Error::file(&weights, problem.to_string()))?;
    let tokenizer = Tokenizer::from_bytes(words).map_err(|problem| Error::file(&file, problem.to_string()))?;
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
    tokenizer.with_padding(None).with_truncation(Some(truncation)).map_err(broken)?;
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
    use crate::embed::{Embedder, builtin};
    use crate::observer::Silent;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/all-MiniLM-L6-v2-w8");

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
