//! A tiny model, made anew for a test: random weights from a seed and a vocabulary of bytes, letters and a few words, written as a
//! GGUF file of some hundred kilobytes.

use std::fs::File;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{Value, write};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Length of a token's vector: quantized weights come in blocks of so many.
const WIDTH: usize = 256;
const GATES: usize = 256;
const HEADS: usize = 4;
const KEY_HEADS: usize = 2;
const LENGTH: usize = WIDTH / HEADS;
const LAYERS: usize = 2;
/// Tokens that it reads.
pub const CONTEXT: usize = 512;

/// What is to be made.
pub struct Tiny {
    pub architecture: &'static str,
    pub tokenizer: &'static str,
    pub cutting: &'static str,
    pub template: Option<&'static str>,
}

impl Default for Tiny {
    fn default() -> Tiny {
        Tiny { architecture: "qwen2", tokenizer: "gpt2", cutting: "qwen2", template: None }
    }
}

impl Tiny {
    /// Writes the model into a folder.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("tiny.gguf");
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let (tokens, merges, kinds) = vocabulary();
        let mut tensors = Vec::new();
        let mut tensor = |name: &str, shape: &[usize], spread: f32, middle: f32| {
            let count: usize = shape.iter().product();
            let values: Vec<f32> = (0..count).map(|_| middle + spread * (2.0 * random.random::<f32>() - 1.0)).collect();
            let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
            let kind = if shape.len() == 2 { GgmlDType::Q4K } else { GgmlDType::F32 };
            tensors.push((name.to_owned(), QTensor::quantize(&tensor, kind).unwrap()));
        };
        tensor("token_embd.weight", &[tokens.len(), WIDTH], 0.5, 0.0);
        tensor("output_norm.weight", &[WIDTH], 0.1, 1.0);
        for layer in 0..LAYERS {
            let name = |part: &str| format!("blk.{layer}.{part}");
            tensor(&name("attn_norm.weight"), &[WIDTH], 0.1, 1.0);
            tensor(&name("ffn_norm.weight"), &[WIDTH], 0.1, 1.0);
            for (part, rows) in [("q", HEADS * LENGTH), ("k", KEY_HEADS * LENGTH), ("v", KEY_HEADS * LENGTH)] {
                tensor(&name(&format!("attn_{part}.weight")), &[rows, WIDTH], 0.15, 0.0);
                if self.architecture == "qwen2" {
                    tensor(&name(&format!("attn_{part}.bias")), &[rows], 0.1, 0.0);
                }
            }
            if matches!(self.architecture, "qwen3" | "gemma3") {
                tensor(&name("attn_q_norm.weight"), &[LENGTH], 0.1, 1.0);
                tensor(&name("attn_k_norm.weight"), &[LENGTH], 0.1, 1.0);
            }
            if self.architecture == "gemma3" {
                tensor(&name("post_attention_norm.weight"), &[WIDTH], 0.1, 1.0);
                tensor(&name("post_ffw_norm.weight"), &[WIDTH], 0.1, 1.0);
            }
            tensor(&name("attn_output.weight"), &[WIDTH, HEADS * LENGTH], 0.15, 0.0);
            tensor(&name("ffn_gate.weight"), &[GATES, WIDTH], 0.15, 0.0);
            tensor(&name("ffn_up.weight"), &[GATES, WIDTH], 0.15, 0.0);
            tensor(&name("ffn_down.weight"), &[WIDTH, GATES], 0.15, 0.0);
        }
        let figures = [
            ("block_count", LAYERS),
            ("context_length", CONTEXT),
            ("embedding_length", WIDTH),
            ("feed_forward_length", GATES),
            ("attention.head_count", HEADS),
            ("attention.head_count_kv", KEY_HEADS),
            ("attention.sliding_window", 24),
        ];
        let own = |name: &str| format!("{}.{name}", self.architecture);
        let mut metadata: Vec<(String, Value)> =
            figures.iter().map(|(name, number)| (own(name), Value::U32(*number as u32))).collect();
        let text = |text: &str| Value::String(text.to_owned());
        let texts = |texts: &[String]| Value::Array(texts.iter().map(|one| text(one)).collect());
        let end = tokens.iter().position(|token| token == "<|im_end|>").unwrap() as u32;
        metadata.extend([
            (own("attention.layer_norm_rms_epsilon"), Value::F32(1e-6)),
            (own("rope.freq_base"), Value::F32(10_000.0)),
            ("general.architecture".to_owned(), text(self.architecture)),
            ("tokenizer.ggml.model".to_owned(), text(self.tokenizer)),
            ("tokenizer.ggml.pre".to_owned(), text(self.cutting)),
            ("tokenizer.ggml.tokens".to_owned(), texts(&tokens)),
            ("tokenizer.ggml.merges".to_owned(), texts(&merges)),
            ("tokenizer.ggml.token_type".to_owned(), Value::Array(kinds.into_iter().map(Value::I32).collect())),
            ("tokenizer.ggml.eos_token_id".to_owned(), Value::U32(end)),
        ]);
        metadata.extend(self.template.map(|template| ("tokenizer.chat_template".to_owned(), text(template))));
        let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
        write(&mut File::create(&path).unwrap(), &metadata, &tensors).unwrap();
        path
    }
}

/// Tokens, merges and kinds: all bytes, a few words, and the tokens of a conversation.
fn vocabulary() -> (Vec<String>, Vec<String>, Vec<i32>) {
    let printable = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut next = 255;
    let mut spelled = |byte: u32| {
        let shifted = if printable(byte) {
            byte
        } else {
            next += 1;
            next
        };
        char::from_u32(shifted).unwrap().to_string()
    };
    let mut tokens: Vec<String> = (0..256).map(&mut spelled).collect();
    let mut merges = Vec::new();
    for (left, right) in
        [("Y", "e"), ("Ye", "s"), ("N", "o"), ("t", "h"), ("th", "e"), ("Ġ", "the"), ("Ġ", "A"), ("Ġ", "B")]
    {
        merges.push(format!("{left} {right}"));
        tokens.push(format!("{left}{right}"));
    }
    let mut kinds = vec![1; tokens.len()];
    tokens.extend(["<|im_start|>", "<|im_end|>"].map(str::to_owned));
    kinds.extend([3, 3]);
    (tokens, merges, kinds)
}
