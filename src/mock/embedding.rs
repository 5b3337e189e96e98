//! Vectors for tests: they say which words two texts share, and nothing of what the words mean.
//!
//! A text's vector is the sum of a pseudo-random vector of each of its words and, at a tenth of the weight, one of the whole
//! text, brought to length one. The same text has the same vector on every machine.

use rand::RngExt;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::short;
use crate::seed::generator;

/// Dimensions where the request names none.
const DIMENSIONS: usize = 64;
/// Weight of the whole text beside that of one word.
const WHOLE: f64 = 0.1;

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    model: String,
    input: Input,
    dimensions: Option<usize>,
    encoding_format: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

/// The reply to an embeddings request.
///
/// # Errors
/// With what is wrong, in words.
pub fn reply(body: &[u8]) -> Result<Value, String> {
    let request: Request =
        serde_json::from_slice(body).map_err(|problem| format!("no embeddings request: {problem}"))?;
    if let Some(other) = request.encoding_format.filter(|format| format != "float") {
        return Err(format!("encoding_format \"{other}\": the mock gives float only"));
    }
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS);
    if !(1..=4096).contains(&dimensions) {
        return Err(format!("dimensions {dimensions} must be between 1 and 4096"));
    }
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    let tokens: usize = texts.iter().map(|text| text.len().div_ceil(4)).sum();
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": vector(text, dimensions)}))
        .collect();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    Ok(json!({"object": "list", "model": request.model, "data": data, "usage": usage}))
}

/// The unit vector of a text, of d `dimensions`.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let small = text.to_lowercase();
    let words = small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut sum = vec![0.0; dimensions];
    for (part, weight) in words.map(|word| (word, 1.0)).chain([(text, WHOLE)]) {
        let mut random = generator(0, "mock embedding", &[short(Sha256::digest(part).into())]);
        sum.iter_mut().for_each(|place| *place += weight * (random.random::<f64>() - 0.5));
    }
    let length = sum.iter().map(|place| place * place).sum::<f64>().sqrt();
    sum.iter().map(|place| (place / length.max(f64::MIN_POSITIVE)) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &str, b: &str) -> f32 {
        vector(a, 64).iter().zip(vector(b, 64)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn vectors_are_of_length_one_and_alike_where_words_are() {
        assert!((cosine("late parcel", "late parcel") - 1.0).abs() < 1e-5);
        assert!(cosine("my late parcel", "a late parcel") > cosine("my late parcel", "noisy brakes") + 0.3);
        assert!(cosine("late parcel", "parcel late") < 1.0 - 1e-5, "the whole text counts too");
    }

    #[test]
    fn a_list_is_answered_in_its_order() {
        let reply = reply(br#"{"input":["a","b"],"dimensions":3}"#).unwrap();
        assert_eq!(reply["data"][1]["embedding"], json!(vector("b", 3)));
        assert!(super::reply(br#"{"input":"a","encoding_format":"base64"}"#).unwrap_err().contains("float"));
    }
}
