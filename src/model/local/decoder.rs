//! The network: the decoder that qwen2, qwen3, llama and gemma3 have in common, with quantized weights.
//!
//! Letters: s is the number of tokens that are read now, n of those read so far with them, h of heads, v of heads of keys and
//! values, d the length of a head, e of a token's vector. All is read for one conversation at a time.
//!
//! It is written here, over candle's tensors, because the keys and values that were computed for a prompt must be kept and cut: what a
//! [`Cache`] holds are tensors that never change, so a copy costs nothing, and its beginning is a view of it.

use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::quantized::{QMatMul, QTensor};
use candle_core::{Device, Module, Result, Tensor};
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};
use candle_nn::rotary_emb::{rope, rope_i};

use super::weights::Weights;
use crate::error::Error;

/// Tokens that a prompt and its answer may have together, where the model could read more: each costs memory.
pub const LONGEST: usize = 8_192;

/// The network.
pub struct Decoder {
    embedding: QTensor,
    /// By what the vectors of tokens are multiplied.
    scale: f64,
    layers: Vec<Layer>,
    norm: Norm,
    output: QMatMul,
    shape: Shape,
    /// Of layers that see all, and of those that see a window.
    angles: [Angles; 2],
    context: usize,
}

/// What the layers have in common.
#[derive(Clone, Copy)]
struct Shape {
    heads: usize,
    key_heads: usize,
    length: usize,
    /// Whether the two halves of a head turn, or its neighbors.
    halves: bool,
    /// Whether gates are by GELU, not SiLU.
    gelu: bool,
}

/// Cosines and sines (LONGEST×d/2).
struct Angles {
    cosines: Tensor,
    sines: Tensor,
}

struct Norm {
    weight: Tensor,
    epsilon: f32,
}

impl Norm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        rms_norm(&x.contiguous()?, &self.weight, self.epsilon)
    }
}

/// A matrix with its bias, where it has one.
struct Linear {
    weight: QMatMul,
    bias: Option<Tensor>,
}

impl Linear {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.weight.forward(x)?;
        self.bias.as_ref().map_or(Ok(y.clone()), |bias| y.broadcast_add(bias))
    }
}

struct Layer {
    before_attention: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    query_norm: Option<Norm>,
    key_norm: Option<Norm>,
    out: Linear,
    after_attention: Option<Norm>,
    before_gates: Norm,
    gate: Linear,
    up: Linear,
    down: Linear,
    after_gates: Option<Norm>,
    /// Tokens that it sees, where it does not see all.
    window: Option<usize>,
}

/// Keys and values of the tokens read so far, for each layer (v×n×d).
#[derive(Clone)]
pub struct Cache {
    layers: Vec<Option<(Tensor, Tensor)>>,
    length: usize,
}

impl Cache {
    /// Tokens read.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Its first `length` tokens.
    ///
    /// # Errors
    /// Never, where it is as long.
    pub fn beginning(&self, length: usize) -> Result<Cache> {
        let cut = |tensor: &Tensor| tensor.narrow(1, 0, length);
        let layers = self.layers.iter().map(|kept| match kept {
            Some((keys, values)) if length > 0 => Ok(Some((cut(keys)?, cut(values)?))),
            _ => Ok(None),
        });
        Ok(Cache { layers: layers.collect::<Result<_>>()?, length })
    }
}

impl Decoder {
    /// Reads the weights of a file.
    ///
    /// # Errors
    /// When weights or figures are missing, or are of a kind that is not known.
    pub fn of(weights: &mut Weights) -> std::result::Result<Decoder, Error> {
        let heads = weights.size("attention.head_count")?;
        let width = weights.size("embedding_length")?;
        let length = weights.size("attention.key_length").unwrap_or(width / heads);
        let is_gemma = weights.architecture == "gemma3";
        let key_heads = weights.size("attention.head_count_kv").unwrap_or(heads);
        if length == 0 || length % 2 == 1 || heads % key_heads > 0 {
            return Err(
                weights.wrong(format!("{heads} heads with {key_heads} of keys, {length} long, do not fit together"))
            );
        }
        let shape = Shape { heads, key_heads, length, halves: weights.architecture != "llama", gelu: is_gemma };
        let context = weights.size("context_length")?.min(LONGEST);
        let base = weights.number("rope.freq_base").unwrap_or(10_000.0);
        let factor = factor(weights)?;
        let factors = if weights.has("rope_freqs.weight") { Some(whole(weights, "rope_freqs.weight")?) } else { None };
        let all = angles(base, factor, factors.as_ref(), length, context).map_err(|problem| weights.wrong(problem))?;
        let near = angles(10_000.0, 1.0, None, length, context).map_err(|problem| weights.wrong(problem))?;
        let window = weights.size("attention.sliding_window").ok().filter(|_| is_gemma);
        // Of gemma's layers each sixth sees all.
        let sees = |layer: usize| window.filter(|_| !(layer + 1).is_multiple_of(6));
        let count = weights.size("block_count")?;
        let layers = (0..count).map(|layer| layer_of(weights, layer, sees(layer)));
        let layers = layers.collect::<std::result::Result<Vec<_>, _>>()?;
        let embedding = weights.tensor("token_embd.weight")?;
        let output = if weights.has("output.weight") { "output.weight" } else { "token_embd.weight" };
        Ok(Decoder {
            embedding,
            scale: if is_gemma { (width as f64).sqrt() } else { 1.0 },
            layers,
            norm: norm(weights, "output_norm.weight")?,
            output: linear(weights, output)?.weight,
            shape,
            angles: [all, near],
            context,
        })
    }

    /// Tokens that a prompt and its answer may have together.
    pub fn context(&self) -> usize {
        self.context
    }

    /// Bytes of the keys and values of one token.
    pub fn bytes(&self) -> usize {
        2 * size_of::<f32>() * self.layers.len() * self.shape.key_heads * self.shape.length
    }

    /// Tokens that it knows.
    ///
    /// # Errors
    /// When the matrix of their vectors is not one.
    pub fn tokens(&self) -> Result<usize> {
        self.embedding.shape().dims2().map(|(tokens, _)| tokens)
    }

    /// Nothing read yet.
    pub fn empty(&self) -> Cache {
        Cache { layers: vec![None; self.layers.len()], length: 0 }
    }

    /// Reads tokens behind those of the cache, and gives the last one's vector (1×e); none where it was `cancelled` on the way.
    ///
    /// # Errors
    /// When the tensors do not fit together.
    pub fn read(&self, tokens: &[u32], cache: &mut Cache, cancelled: &AtomicBool) -> Result<Option<Tensor>> {
        let ids = Tensor::new(tokens, &Device::Cpu)?;
        let mut x = (self.embedding.embedding(&ids)? * self.scale)?;
        let offset = cache.length;
        for (layer, kept) in self.layers.iter().zip(&mut cache.layers) {
            if cancelled.load(Ordering::Relaxed) {
                return Ok(None);
            }
            x = self.layer(layer, &x, kept, offset)?;
        }
        cache.length = offset + tokens.len();
        self.norm.forward(&x.narrow(0, tokens.len() - 1, 1)?).map(Some)
    }

    /// How much each token is to follow a vector (1×e).
    ///
    /// # Errors
    /// When the tensors do not fit together.
    pub fn logits(&self, vector: &Tensor) -> Result<Vec<f32>> {
        self.output.forward(vector)?.flatten_all()?.to_vec1()
    }

    fn layer(&self, layer: &Layer, x: &Tensor, kept: &mut Option<(Tensor, Tensor)>, offset: usize) -> Result<Tensor> {
        let seen = self.attention(layer, &layer.before_attention.forward(x)?, kept, offset)?;
        let x = (x + after(layer.after_attention.as_ref(), seen)?)?;
        let inner = layer.before_gates.forward(&x)?;
        let gate = layer.gate.forward(&inner)?;
        let gate = if self.shape.gelu { gate.gelu()? } else { silu(&gate)? };
        let gated = layer.down.forward(&(gate * layer.up.forward(&inner)?)?)?;
        x + after(layer.after_gates.as_ref(), gated)?
    }

    fn attention(
        &self,
        layer: &Layer,
        x: &Tensor,
        kept: &mut Option<(Tensor, Tensor)>,
        offset: usize,
    ) -> Result<Tensor> {
        let Shape { heads, key_heads, length, .. } = self.shape;
        let s = x.dim(0)?;
        let split = |y: Tensor, heads: usize| y.reshape((s, heads, length))?.transpose(0, 1)?.contiguous();
        let turned = |y: Tensor, norm: Option<&Norm>| self.turn(layer, after(norm, y)?, offset);
        let query = turned(split(layer.query.forward(x)?, heads)?, layer.query_norm.as_ref())?;
        let key = turned(split(layer.key.forward(x)?, key_heads)?, layer.key_norm.as_ref())?;
        let value = split(layer.value.forward(x)?, key_heads)?;
        let (keys, values) = match kept.take() {
            Some((keys, values)) => (Tensor::cat(&[keys, key], 1)?, Tensor::cat(&[values, value], 1)?),
            None => (key, value),
        };
        *kept = Some((keys.clone(), values.clone()));
        let n = offset + s;
        let each = heads / key_heads;
        // Heads that share keys are rows of one product: keys are not repeated.
        let query = (query.reshape((key_heads, each * s, length))? * (1.0 / (length as f64).sqrt()))?;
        let scores = query.matmul(&keys.transpose(1, 2)?)?;
        let scores = match mask(s, offset, layer.window)? {
            Some(mask) => {
                scores.reshape((key_heads * each, s, n))?.broadcast_add(&mask)?.reshape((key_heads, each * s, n))?
            }
            None => scores,
        };
        let seen = softmax_last_dim(&scores)?.matmul(&values)?;
        let seen = seen.reshape((heads, s, length))?.transpose(0, 1)?.reshape((s, heads * length))?;
        layer.out.forward(&seen)
    }

    /// Turns heads (h×s×d) by their places.
    fn turn(&self, layer: &Layer, heads: Tensor, offset: usize) -> Result<Tensor> {
        let angles = &self.angles[usize::from(layer.window.is_some())];
        let s = heads.dim(1)?;
        let (cosines, sines) = (angles.cosines.narrow(0, offset, s)?, angles.sines.narrow(0, offset, s)?);
        let heads = heads.unsqueeze(0)?;
        let turned = if self.shape.halves { rope(&heads, &cosines, &sines) } else { rope_i(&heads, &cosines, &sines) };
        turned?.squeeze(0)
    }
}

fn after(norm: Option<&Norm>, x: Tensor) -> Result<Tensor> {
    norm.map_or(Ok(x.clone()), |norm| norm.forward(&x))
}

/// What a token does not see (s×n): later ones, and those before its window. None where it sees all.
fn mask(s: usize, offset: usize, window: Option<usize>) -> Result<Option<Tensor>> {
    let n = offset + s;
    if s == 1 && window.is_none_or(|window| n <= window) {
        return Ok(None);
    }
    let sees = |row: usize, column: usize| {
        column <= offset + row && window.is_none_or(|window| offset + row < column + window)
    };
    let value = |place: usize| if sees(place / n, place % n) { 0.0 } else { f32::NEG_INFINITY };
    let values: Vec<f32> = (0..s * n).map(value).collect();
    Tensor::from_vec(values, (s, n), &Device::Cpu).map(Some)
}

/// By how much places are stretched.
fn factor(weights: &Weights) -> std::result::Result<f64, Error> {
    match weights.own("rope.scaling.type").map(|kind| kind.to_string().map(String::as_str).unwrap_or("?")) {
        None | Some("none") => Ok(1.0),
        Some("linear") => Ok(weights.number("rope.scaling.factor").filter(|factor| *factor > 0.0).unwrap_or(1.0)),
        Some(other) => Err(weights.wrong(format!("places scaled by \"{other}\" are not known here"))),
    }
}

fn angles(base: f64, factor: f64, factors: Option<&Tensor>, length: usize, context: usize) -> Result<Angles> {
    let divisors = factors.map_or(Ok(vec![1.0; length / 2]), Tensor::to_vec1::<f32>)?;
    let speeds = divisors
        .iter()
        .enumerate()
        .map(|(pair, divisor)| 1.0 / (base.powf(2.0 * pair as f64 / length as f64) * f64::from(*divisor) * factor));
    let speeds: Vec<f64> = speeds.collect();
    let angles = |of: fn(f64) -> f64| -> Vec<f32> {
        (0..context).flat_map(|place| speeds.iter().map(move |speed| of(place as f64 * speed) as f32)).collect()
    };
    let table = |of| Tensor::from_vec(angles(of), (context, speeds.len()), &Device::Cpu);
    Ok(Angles { cosines: table(f64::cos)?, sines: table(f64::sin)? })
}

fn layer_of(weights: &mut Weights, layer: usize, window: Option<usize>) -> std::result::Result<Layer, Error> {
    let name = |part: &str| format!("blk.{layer}.{part}.weight");
    Ok(Layer {
        before_attention: norm(weights, &name("attn_norm"))?,
        query: linear(weights, &name("attn_q"))?,
        key: linear(weights, &name("attn_k"))?,
        value: linear(weights, &name("attn_v"))?,
        query_norm: norm_if_any(weights, &name("attn_q_norm"))?,
        key_norm: norm_if_any(weights, &name("attn_k_norm"))?,
        out: linear(weights, &name("attn_output"))?,
        after_attention: norm_if_any(weights, &name("post_attention_norm"))?,
        before_gates: norm(weights, &name("ffn_norm"))?,
        gate: linear(weights, &name("ffn_gate"))?,
        up: linear(weights, &name("ffn_up"))?,
        down: linear(weights, &name("ffn_down"))?,
        after_gates: norm_if_any(weights, &name("post_ffw_norm"))?,
        window,
    })
}

/// A tensor in full precision.
fn whole(weights: &mut Weights, name: &str) -> std::result::Result<Tensor, Error> {
    let tensor = weights.tensor(name)?;
    tensor.dequantize(&Device::Cpu).map_err(|problem| weights.wrong(format!("the weights \"{name}\": {problem}")))
}

fn norm(weights: &mut Weights, name: &str) -> std::result::Result<Norm, Error> {
    let weight = whole(weights, name)?;
    let epsilon = weights.number("attention.layer_norm_rms_epsilon").unwrap_or(1e-6) as f32;
    Ok(Norm { weight, epsilon })
}

fn norm_if_any(weights: &mut Weights, name: &str) -> std::result::Result<Option<Norm>, Error> {
    if weights.has(name) { norm(weights, name).map(Some) } else { Ok(None) }
}

fn linear(weights: &mut Weights, name: &str) -> std::result::Result<Linear, Error> {
    let tensor = weights.tensor(name)?;
    let weight =
        QMatMul::from_qtensor(tensor).map_err(|problem| weights.wrong(format!("the weights \"{name}\": {problem}")))?;
    let bias = name.replace(".weight", ".bias");
    let bias = if weights.has(&bias) { Some(whole(weights, &bias)?) } else { None };
    Ok(Linear { weight, bias })
}
