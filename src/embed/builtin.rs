//! The model compiled into the program, all-MiniLM-L6-v2: its weights once, and two graphs that compute with them.

use rten::Model;
use tokenizers::Tokenizer;

use super::directory::{options, windowed};
use super::reading::Batching;
use super::{Identity, OnnxEmbedder, Reading, broken};
use crate::error::Error;
use crate::seed::sha256_hex;

/// Weights in int8, and the graph that computes with them in f32.
const MODEL: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2-w8/model.onnx");
/// The graph that computes with activations in int8. Its weights are places within `model.onnx`.
const INT8_GRAPH: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2-w8/activations-int8.onnx");
/// What that graph calls `model.onnx`, as the engine takes data from names that end like this only.
const INT8_WEIGHTS: &str = "model.onnx_data";
const TOKENIZER: &[u8] = include_bytes!("../../models/all-MiniLM-L6-v2-w8/tokenizer.json");
/// As in `models/all-MiniLM-L6-v2-w8/SHA256SUMS`; a test compares. Hashing 23 MB at every start would cost more than loading.
const MODEL_SHA256: &str = "80fb8197e89a1c510f8e3f24f280a6d82671cea05eca4734b5c4498692c0124c";
/// Tokens that all-MiniLM-L6-v2 was trained to read.
const WINDOW: usize = 256;

/// The built-in model computed in f32 (d = 384).
///
/// # Errors
/// Only if the compiled-in files are broken.
pub fn builtin() -> Result<OnnxEmbedder, Error> {
    let identity = identity("builtin:all-MiniLM-L6-v2-w8", MODEL_SHA256.into());
    let model = options().load_static_slice(MODEL).map_err(broken)?;
    embedder(identity, model, Batching::Padded)
}

/// The built-in model with activations in int8 (d = 384): faster, near the vectors of [`builtin`], but not the same.
///
/// Each token is scaled by its own greatest value, and sums of integers are exact: so here too a vector depends on its text alone.
///
/// # Errors
/// Only if the compiled-in files are broken.
pub fn builtin_int8() -> Result<OnnxEmbedder, Error> {
    let sha256 = sha256_hex(format!("{MODEL_SHA256}\n{}", sha256_hex(INT8_GRAPH)));
    let identity = identity("builtin-int8:all-MiniLM-L6-v2-w8", sha256);
    let mut options = options();
    options.external_data_static(INT8_WEIGHTS, MODEL);
    let model = options.load_static_slice(INT8_GRAPH).map_err(broken)?;
    embedder(identity, model, Batching::SameLength)
}

fn identity(name: &str, sha256: String) -> Identity {
    Identity { name: name.into(), dimensions: 384, sha256, window: WINDOW, english_only: true }
}

fn embedder(identity: Identity, model: Model, batching: Batching) -> Result<OnnxEmbedder, Error> {
    let reading = Reading { batching, ..Reading::default() };
    OnnxEmbedder::new(identity, model, windowed(raw_tokenizer()?, WINDOW)?, reading)
}

/// The built-in model's tokenizer, which neither cuts nor pads.
///
/// # Errors
/// Only if the compiled-in file is broken.
pub fn builtin_tokenizer() -> Result<Tokenizer, Error> {
    let mut tokenizer = raw_tokenizer()?;
    tokenizer.with_padding(None).with_truncation(None).map_err(broken)?;
    Ok(tokenizer)
}

fn raw_tokenizer() -> Result<Tokenizer, Error> {
    Tokenizer::from_bytes(TOKENIZER).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::Embedder;
    use crate::observer::Silent;
    use crate::vectors::{Embeddings, dot};

    const TEXTS: [&str; 10] = [
        "my parcel never arrived",
        "where is my order?",
        "the brakes squeal",
        "thanks a lot!",
        "x",
        "so many words so many words so many words so many words",
        "q",
        "",
        "the frame has a crack \u{1F6B2}",
        "Wo bleibt mein Paket?",
    ];

    fn both() -> [OnnxEmbedder; 2] {
        [builtin().unwrap(), builtin_int8().unwrap()]
    }

    fn embedded(embedder: &OnnxEmbedder, texts: &[&str]) -> Embeddings {
        embedder.embed(texts, &Silent).unwrap().embeddings
    }

    #[test]
    fn the_compiled_in_files_are_those_of_the_checksum_file() {
        let sums = include_str!("../../models/all-MiniLM-L6-v2-w8/SHA256SUMS");
        assert_eq!(sha256_hex(MODEL), MODEL_SHA256);
        for (bytes, file) in [(MODEL, "model.onnx"), (INT8_GRAPH, "activations-int8.onnx")] {
            assert!(sums.contains(&format!("{}  {file}\n", sha256_hex(bytes))), "{file}");
        }
    }

    #[test]
    fn vectors_do_not_depend_on_batch_or_neighbors_and_mean_something() {
        for embedder in both() {
            let together = embedded(&embedder, &TEXTS);
            for (index, text) in TEXTS.iter().enumerate() {
                assert_eq!(embedded(&embedder, &[text]).row(0), together.row(index), "{text}");
            }
            assert!(dot(together.row(0), together.row(1)) > dot(together.row(0), together.row(2)) + 0.2);
        }
    }

    #[test]
    fn vectors_do_not_depend_on_the_number_of_threads() {
        // Many of one length, so that batches are full.
        let texts: Vec<String> = (100..160).map(|number| format!("order {number} is late")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).chain(TEXTS).collect();
        for embedder in both() {
            let by = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| embedded(&embedder, &texts))
            };
            assert_eq!(by(1), by(3));
        }
    }

    #[test]
    fn activations_in_int8_give_nearly_the_same_vectors_under_another_identity() {
        let [plain, int8] = both();
        let long = "The parcel with the new wheel has not come, and nobody answers the telephone. ".repeat(12);
        let texts: Vec<&str> = TEXTS.into_iter().chain([long.as_str()]).collect();
        let (exact, near) = (embedded(&plain, &texts), embedded(&int8, &texts));
        let cosines: Vec<f32> = (0..texts.len()).map(|index| dot(exact.row(index), near.row(index))).collect();
        // The lowest are texts without a word that says what they are about.
        let lowest = cosines.iter().copied().fold(1.0, f32::min);
        assert!(lowest > 0.96, "{cosines:?}");
        assert!(cosines.iter().sum::<f32>() / texts.len() as f32 > 0.98, "{cosines:?}");
        let (plain, int8) = (plain.identity(), int8.identity());
        assert!(plain.name != int8.name && plain.sha256 != int8.sha256);
        assert_eq!((plain.dimensions, plain.window), (int8.dimensions, int8.window));
    }

    #[test]
    fn a_long_text_is_flagged_truncated() {
        let long = "word ".repeat(300);
        for embedder in both() {
            assert_eq!(embedder.embed(&["short", &long], &Silent).unwrap().truncated, [false, true]);
        }
    }
}
