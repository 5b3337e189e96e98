//! A sentence encoder in ONNX format on `rten`: tokenise, run batches sorted by length, mean-pool, scale to unit length.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rten::{Model, NodeId, RunOptions, ThreadPool, Value};
use tokenizers::{Encoding, Tokenizer};

use super::{Embedded, Embedder, Embeddings, Identity, normalise};
use crate::error::Error;
use crate::observer::Observer;

/// Texts in one run of the model. Measured: 8 is fastest for texts of a dozen tokens and near the best for long ones.
const BATCH: usize = 8;
/// Texts in one run when they are phrases of a few tokens, where the cost of a run itself counts.
const PHRASES: usize = 32;
/// Tokens of a phrase at most, the special ones included.
const PHRASE: usize = 8;

/// A model with its tokenizer.
pub struct OnnxEmbedder {
    identity: Identity,
    model: Model,
    tokenizer: Tokenizer,
    /// The tensors that this model takes, in its order.
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
}

/// The tensors that sentence encoders take.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    Mask,
    Types,
}

impl OnnxEmbedder {
    /// From a loaded model and a tokenizer whose truncation is set to `identity.window` and whose padding is off.
    ///
    /// # Errors
    /// When the model has an input or output that sentence encoders do not have.
    pub fn new(identity: Identity, model: Model, tokenizer: Tokenizer) -> Result<OnnxEmbedder, Error> {
        let inputs =
            model.input_ids().iter().map(|&id| Ok((id, input_kind(&model, id)?))).collect::<Result<_, Error>>()?;
        let output = *model.output_ids().first().ok_or_else(|| Error::Embedder("the model has no output".into()))?;
        Ok(OnnxEmbedder { identity, model, tokenizer, inputs, output })
    }

    fn tokenise(&self, texts: &[&str]) -> Result<Vec<Encoding>, Error> {
        texts.par_iter().map(|text| self.tokenizer.encode(*text, true).map_err(engine)).collect()
    }

    /// The vectors of all batches, each with its batch. One plain thread a core, each with an engine pool of one: a rayon
    /// worker that waits for another pool would steal a second batch meanwhile.
    fn run_all<'b>(
        &self,
        batches: &[&'b [usize]],
        encodings: &[Encoding],
        observer: &dyn Observer,
    ) -> Result<Vec<Vectors<'b>>, Error> {
        let next = AtomicUsize::new(0);
        let worker = || {
            let options = RunOptions::default().with_thread_pool(Some(Arc::new(ThreadPool::with_num_threads(1))));
            let mut done = Vec::new();
            while let Some(&batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                if observer.is_interrupted() {
                    return Err(Error::Interrupted);
                }
                let members: Vec<&Encoding> = batch.iter().map(|&index| &encodings[index]).collect();
                done.push((batch, self.run(&members, &options)?));
                observer.advance(batch.len() as u64);
            }
            Ok(done)
        };
        let threads = rayon::current_num_threads().min(batches.len());
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            let joined = workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            joined.collect::<Result<Vec<_>, Error>>().map(|lists| lists.into_iter().flatten().collect())
        })
    }

    /// The vectors of one batch, in the batch's order.
    fn run(&self, batch: &[&Encoding], options: &RunOptions) -> Result<Vec<Vec<f32>>, Error> {
        let length = batch.iter().map(|encoding| encoding.len()).max().unwrap_or(0);
        let inputs = self.inputs.iter().map(|&(id, input)| Ok((id, tensor(input, batch, length)?.into())));
        let inputs = inputs.collect::<Result<Vec<_>, Error>>()?;
        let outputs = self.model.run(inputs, &[self.output], Some(options.clone())).map_err(engine)?;
        let output = outputs.into_iter().next().ok_or_else(|| Error::Embedder("the model gave nothing".into()))?;
        let ([_, _, dimensions], states) = output.into_shape_vec::<f32, 3>().map_err(engine)?;
        if dimensions != self.identity.dimensions {
            return Err(Error::Embedder(format!(
                "vectors have {dimensions} dimensions, expected {}",
                self.identity.dimensions
            )));
        }
        Ok(batch
            .iter()
            .enumerate()
            .map(|(place, encoding)| pool(&states[place * length * dimensions..], encoding, dimensions))
            .collect())
    }
}

/// A batch (indices of texts) and its vectors.
type Vectors<'b> = (&'b [usize], Vec<Vec<f32>>);

impl Embedder for OnnxEmbedder {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        let encodings = self.tokenise(texts)?;
        let order = by_length(&encodings);
        observer.begin("embedding", texts.len() as u64);
        let vectors = self.run_all(&batches(&order, &encodings), &encodings, observer)?;
        observer.end();
        let embeddings = gather(vectors, texts.len(), self.identity.dimensions);
        Ok(Embedded { embeddings, truncated: encodings.iter().map(is_cut).collect() })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        Ok(self.tokenise(texts)?.iter().map(is_cut).collect())
    }
}

/// The texts, the shortest first: so that those of one batch need little padding.
fn by_length(encodings: &[Encoding]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..encodings.len()).collect();
    order.sort_by_key(|&index| (encodings[index].len(), index));
    order
}

/// The batches of texts that are in order of length, the longest first.
fn batches<'o>(order: &'o [usize], encodings: &[Encoding]) -> Vec<&'o [usize]> {
    let phrases = order.partition_point(|&index| encodings[index].len() <= PHRASE);
    let (short, long) = order.split_at(phrases);
    long.chunks(BATCH).rev().chain(short.chunks(PHRASES)).collect()
}

fn is_cut(encoding: &Encoding) -> bool {
    !encoding.get_overflowing().is_empty()
}

/// Puts the batches' vectors back into the order of the texts.
fn gather(batches: Vec<Vectors<'_>>, texts: usize, dimensions: usize) -> Embeddings {
    let mut values = vec![0.0; texts * dimensions];
    for (batch, vectors) in batches {
        for (&index, vector) in batch.iter().zip(vectors) {
            values[index * dimensions..(index + 1) * dimensions].copy_from_slice(&vector);
        }
    }
    Embeddings::new(values, dimensions)
}

fn input_kind(model: &Model, id: NodeId) -> Result<Input, Error> {
    let name = model.node_info(id).and_then(|info| info.name().map(str::to_owned)).unwrap_or_default();
    match name.as_str() {
        "input_ids" => Ok(Input::Ids),
        "attention_mask" => Ok(Input::Mask),
        "token_type_ids" => Ok(Input::Types),
        _ => Err(Error::Embedder(format!("the model has an input \"{name}\", which a sentence encoder has not"))),
    }
}

/// One input of a batch, padded with zeros to `length` (batch × length).
fn tensor(input: Input, batch: &[&Encoding], length: usize) -> Result<Value, Error> {
    let mut values = Vec::with_capacity(batch.len() * length);
    for encoding in batch {
        let row = match input {
            Input::Ids => encoding.get_ids(),
            Input::Mask => encoding.get_attention_mask(),
            Input::Types => encoding.get_type_ids(),
        };
        values.extend(row.iter().map(|&value| value as i32));
        values.extend(std::iter::repeat_n(0, length - row.len()));
    }
    Value::from_shape([batch.len(), length], values).map_err(engine)
}

/// The mean of a text's token states, scaled to unit length (d).
fn pool(states: &[f32], encoding: &Encoding, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    for token in states.chunks_exact(dimensions).take(encoding.len()) {
        vector.iter_mut().zip(token).for_each(|(sum, value)| *sum += value);
    }
    normalise(&mut vector);
    vector
}

fn engine(problem: impl std::fmt::Display) -> Error {
    Error::Embedder(problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::builtin;

    #[test]
    fn padding_is_a_twentieth_of_the_tokens_at_most() {
        let lines = include_str!("../../corpora/support-tickets/documents.jsonl").lines();
        let rows: Vec<serde_json::Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
        let encodings = builtin().unwrap().tokenise(&texts).unwrap();
        let needed: usize = encodings.iter().map(|encoding| encoding.len()).sum();
        let order = by_length(&encodings);
        let longest = |batch: &[usize]| batch.iter().map(|&index| encodings[index].len()).max().unwrap();
        let computed: usize = batches(&order, &encodings).iter().map(|batch| batch.len() * longest(batch)).sum();
        assert!(computed as f64 <= 1.05 * needed as f64, "{computed} computed, {needed} needed");
    }
}
