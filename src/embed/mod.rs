//! Texts to vectors: the trait [`Embedder`], the built-in model, static token vectors, any ONNX model in a directory, models that have
//! a name, a server, the cache of what was embedded before, and vectors in files for a run somewhere else.

mod batches;
mod builtin;
mod cache;
mod directory;
#[cfg(feature = "fastembed")]
mod named;
mod onnx;
mod parts;
mod reading;
mod server;
mod static_vectors;
mod unknown;

use std::path::Path;

pub use builtin::{builtin, builtin_int8};
pub use cache::{CACHE_FOLDER, CachedEmbedder, VectorCache, user_cache};
pub use directory::from_directory;
#[cfg(feature = "fastembed")]
pub use named::named;
pub use onnx::OnnxEmbedder;
pub use parts::{GivenVectors, PartLine, PartsWriter, texts_digest};
pub use reading::{Batching, Pooling, Reading};
pub use server::{EmbeddingUsage, ServerEmbedder};
pub use static_vectors::StaticEmbedder;

use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::text::nearest;
use crate::vectors::Embeddings;

/// The `--embedder` of a run that names none.
pub const DEFAULT: &str = "builtin";

/// Turns texts into unit vectors. A text's vector depends on that text alone: not on its neighbors, the batch or the threads.
pub trait Embedder: Sync {
    /// What makes vectors comparable: two embedders with the same identity give the same vectors.
    fn identity(&self) -> &Identity;

    /// Embeds n texts.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error>;

    /// The same, where `keep` is given each vector as soon as it is computed: in any order, from several threads.
    ///
    /// # Errors
    /// Those of [`Embedder::embed`]; what was computed before has been kept.
    fn embed_keeping(&self, texts: &[&str], keep: Keep<'_>, observer: &dyn Observer) -> Result<Embedded, Error> {
        let embedded = self.embed(texts, observer)?;
        for (text, &is_cut) in embedded.truncated.iter().enumerate() {
            keep(Computed { text, vector: embedded.embeddings.row(text), is_cut });
        }
        Ok(embedded)
    }

    /// The same for texts of which nothing is to be kept: where the corpus does not end, a cache would not either.
    ///
    /// # Errors
    /// Those of [`Embedder::embed`].
    fn embed_unkept(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        self.embed(texts, observer)
    }

    /// For each of n texts whether it is longer than the model's window, without embedding it.
    ///
    /// # Errors
    /// When a text cannot be tokenised.
    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error>;

    /// For each of n texts whether nearly nothing of it is known to the model, as far as that can be told: an emoji, a script
    /// that it was not trained on.
    fn unknown(&self, texts: &[&str]) -> Vec<bool> {
        vec![false; texts.len()]
    }
}

impl<E: Embedder + ?Sized> Embedder for &E {
    fn identity(&self) -> &Identity {
        (**self).identity()
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        (**self).embed(texts, observer)
    }

    fn embed_keeping(&self, texts: &[&str], keep: Keep<'_>, observer: &dyn Observer) -> Result<Embedded, Error> {
        (**self).embed_keeping(texts, keep, observer)
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        (**self).truncated(texts)
    }

    fn unknown(&self, texts: &[&str]) -> Vec<bool> {
        (**self).unknown(texts)
    }
}

/// Takes a vector that was computed.
pub type Keep<'k> = &'k (dyn Fn(Computed<'_>) + Sync);

/// One vector among those of n texts.
#[derive(Debug, Clone, Copy)]
pub struct Computed<'v> {
    /// Index of the text.
    pub text: usize,
    /// d values.
    pub vector: &'v [f32],
    /// Whether the text was longer than the model's window.
    pub is_cut: bool,
}

/// Which embedder this is.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its name, such as `builtin:all-MiniLM-L6-v2-w8`.
    pub name: String,
    /// d.
    pub dimensions: usize,
    /// sha256 of its weights in hexadecimal, of weights and tokenizer for a directory; for a server, of what could be learnt
    /// of it.
    pub sha256: String,
    /// Tokens it reads of one text at most, the special ones included; 0 where it reads all, or a server does not say.
    pub window: usize,
    /// Whether it was trained on English only, as far as known.
    pub english_only: bool,
}

/// The vectors of n texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// n×d.
    pub embeddings: Embeddings,
    /// Length n: whether the text was longer than the model's window.
    pub truncated: Vec<bool>,
}

/// What an engine or a tokenizer complains of.
fn broken(problem: impl std::fmt::Display) -> Error {
    Error::embedder(problem.to_string())
}

/// Names of the embedders that are compiled in.
pub const COMPILED_IN: [&str; 3] = ["builtin", "builtin-int8", "static"];

/// The compiled-in embedder of a name; none where the name is not one of [`COMPILED_IN`].
///
/// # Errors
/// When it cannot be loaded.
pub fn compiled_in(name: &str) -> Result<Option<Box<dyn Embedder + Send>>, Error> {
    Ok(Some(match name {
        "builtin" => Box::new(builtin()?),
        "builtin-int8" => Box::new(builtin_int8()?),
        "static" => Box::new(StaticEmbedder::new()?),
        _ => return Ok(None),
    }))
}

/// The embedder on this machine that a user's `--embedder` names: `builtin`, `builtin-int8`, `static`, a directory with an ONNX
/// model and its tokenizer, or a model of fastembed's catalogue, whose files are downloaded if they are not there yet.
///
/// # Errors
/// When it is none of them, or cannot be loaded.
pub fn open(name: &str, observer: &dyn Observer) -> Result<Box<dyn Embedder>, Error> {
    if let Some(embedder) = compiled_in(name)? {
        return Ok(embedder);
    }
    let path = Path::new(name);
    if path.is_dir() {
        return Ok(Box::new(from_directory(path)?));
    }
    if name.contains("://") {
        return Err(Error::Usage(message!("{@embedder}: a server embeds for `run` only")));
    }
    named(name, observer)
}

/// A question for the known name that a name is misspelled from, if it is one.
fn advice<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let near = nearest(name, COMPILED_IN.into_iter().chain(known));
    near.map_or(String::new(), |known| format!("; did you mean {known}?"))
}

/// In the lean build no model has a name.
#[cfg(not(feature = "fastembed"))]
fn named(name: &str, _: &dyn Observer) -> Result<Box<dyn Embedder>, Error> {
    let advice = advice(name, std::iter::empty());
    Err(Error::usage(format!(
        "no embedder \"{name}\": give `builtin`, `builtin-int8`, `static`, or a directory that holds model.onnx and tokenizer.json; \
         models by name need a program built with the feature `fastembed`{advice}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_embedder_is_told_the_name_that_is_like_it() {
        assert_eq!(advice("bultin", std::iter::empty()), "; did you mean builtin?");
        assert_eq!(
            advice("multilingual-e5-smal", ["multilingual-e5-small"].into_iter()),
            "; did you mean multilingual-e5-small?"
        );
        assert_eq!(advice("gpt-4", std::iter::empty()), "");
    }
}
