//! A sentence encoder in ONNX format on `rten`: tokenise, run batches sorted by length, pool, scale to unit length.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rten::{Model, NodeId, RunOptions, ThreadPool, Value};
use tokenizers::{Encoding, Tokenizer};

use super::batches::{self, Vectors, checked, is_cut};
use super::unknown::unknown;
use super::{Computed, Embedded, Embedder, Identity, Keep, Pooling, Reading, broken};
use crate::error::Error;
use crate::observer::Observer;

/// A model with its tokenizer.
pub struct OnnxEmbedder {
    identity: Identity,
    model: Model,
    tokenizer: Tokenizer,
    reading: Reading,
    /// The tensors that this model takes, in its order.
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    /// Whether the output has one vector a text, not one a token.
    is_finished: bool,
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
    pub fn new(
        identity: Identity,
        model: Model,
        tokenizer: Tokenizer,
        reading: Reading,
    ) -> Result<OnnxEmbedder, Error> {
        let inputs =
            model.input_ids().iter().map(|&id| Ok((id, input_kind(&model, id)?))).collect::<Result<_, Error>>()?;
        let output = output(&model, &reading).ok_or_else(|| Error::embedder("the model has no output"))?;
        let shape = model.node_info(output).and_then(|info| info.shape());
        let is_finished = shape.is_some_and(|shape| shape.len() == 2);
        Ok(OnnxEmbedder { identity, model, tokenizer, reading, inputs, output, is_finished })
    }

    /// The vectors of all batches, each with its batch. One plain thread a core, each with an engine pool of one: a rayon
    /// worker that waits for another pool would steal a second batch meanwhile.
    fn run_all<'b>(
        &self,
        batches: &[&'b [usize]],
        encodings: &[Encoding],
        keep: Keep<'_>,
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
                let vectors = self.run(&members, &options)?;
                for (&text, vector) in batch.iter().zip(&vectors) {
                    keep(Computed { text, vector, is_cut: is_cut(&encodings[text]) });
                }
                done.push((batch, vectors));
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
        let outputs = self.model.run(inputs, &[self.output], Some(options.clone())).map_err(broken)?;
        let output = outputs.into_iter().next().ok_or_else(|| Error::embedder("the model gave nothing"))?;
        let vectors = match self.is_finished {
            true => finished(output)?,
            false => pooled(output, batch, self.reading.pooling)?,
        };
        checked(vectors, self.identity.dimensions)
    }
}

impl Embedder for OnnxEmbedder {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        self.embed_keeping(texts, &|_| {}, observer)
    }

    fn embed_keeping(&self, texts: &[&str], keep: Keep<'_>, observer: &dyn Observer) -> Result<Embedded, Error> {
        batches::embed(
            &self.tokenizer,
            &self.reading,
            self.identity.dimensions,
            texts,
            observer,
            |batches, encodings| self.run_all(batches, encodings, keep, observer),
        )
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        batches::truncated(&self.tokenizer, &self.reading, texts)
    }

    fn unknown(&self, texts: &[&str]) -> Vec<bool> {
        unknown(&self.tokenizer, self.identity.english_only, texts)
    }
}

/// The output that is read.
fn output(model: &Model, reading: &Reading) -> Option<NodeId> {
    let named = |name: &&str| model.find_node(name).filter(|id| model.output_ids().contains(id));
    reading.outputs.iter().find_map(named).or_else(|| model.output_ids().first().copied())
}

fn input_kind(model: &Model, id: NodeId) -> Result<Input, Error> {
    let name = model.node_info(id).and_then(|info| info.name().map(str::to_owned)).unwrap_or_default();
    match name.as_str() {
        "input_ids" => Ok(Input::Ids),
        "attention_mask" => Ok(Input::Mask),
        "token_type_ids" => Ok(Input::Types),
        _ => Err(Error::embedder(format!("the model has an input \"{name}\", which a sentence encoder has not"))),
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
    Value::from_shape([batch.len(), length], values).map_err(broken)
}

/// The vectors of an output that has one a text (batch × d).
fn finished(output: Value) -> Result<Vec<Vec<f32>>, Error> {
    let ([_, dimensions], values) = output.into_shape_vec::<f32, 2>().map_err(broken)?;
    Ok(values.chunks_exact(dimensions.max(1)).map(<[f32]>::to_vec).collect())
}

/// The vectors of an output that has one a token (batch × length × d), not yet of length one.
fn pooled(output: Value, batch: &[&Encoding], pooling: Pooling) -> Result<Vec<Vec<f32>>, Error> {
    let ([_, length, dimensions], states) = output.into_shape_vec::<f32, 3>().map_err(broken)?;
    let texts = batch.iter().enumerate();
    Ok(texts.map(|(place, text)| pool(&states[place * length * dimensions..], text, dimensions, pooling)).collect())
}

/// The sum of a text's token states, or the first one (d).
fn pool(states: &[f32], encoding: &Encoding, dimensions: usize, pooling: Pooling) -> Vec<f32> {
    let tokens = match pooling {
        Pooling::Mean => encoding.len(),
        Pooling::First => 1,
    };
    let mut vector = vec![0.0_f32; dimensions];
    for token in states.chunks_exact(dimensions.max(1)).take(tokens) {
        vector.iter_mut().zip(token).for_each(|(sum, value)| *sum += value);
    }
    vector
}
