//! A model's tokens, made out of the file's own metadata: text to tokens and back.

use std::collections::HashMap;

use candle_core::quantized::gguf_file::Value;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer};

use super::weights::{Weights, whole};
use crate::error::Error;

/// How qwen2 cuts a text before its tokens are merged.
const QWEN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// How llama 3 does: digits by threes.
const LLAMA: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Kinds of tokens, as the file numbers them.
const CONTROL: usize = 3;
const USER_DEFINED: usize = 4;
/// Names of tokens with which a turn ends, beside the one that the file names.
const ENDS: [&str; 6] = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>", "<end_of_turn>"];

/// A model's tokens.
pub struct Vocabulary {
    tokenizer: Tokenizer,
    /// Bytes of each token; of a control token none.
    bytes: Vec<Vec<u8>>,
    /// Names of the control tokens: a text that holds one is not to be read as one.
    controls: Vec<(u32, String)>,
    /// Tokens that end an answer; the file's own first.
    ends: Vec<u32>,
    /// The token that begins every text, where the model wants one.
    begin: Option<u32>,
}

impl Vocabulary {
    /// Out of a file's metadata.
    ///
    /// # Errors
    /// When the file has no tokenizer of a kind that is known here.
    pub fn of(weights: &Weights) -> Result<Vocabulary, Error> {
        let kind = weights.text("tokenizer.ggml.model").unwrap_or("none");
        if kind != "gpt2" {
            return Err(
                weights.wrong(format!("the tokenizer \"{kind}\" is not known here, only \"gpt2\" (byte-level BPE)"))
            );
        }
        let tokens = texts(weights, "tokenizer.ggml.tokens")?;
        let merges = texts(weights, "tokenizer.ggml.merges")?;
        let kinds: Vec<usize> = weights
            .list("tokenizer.ggml.token_type")
            .unwrap_or_default()
            .iter()
            .map(|kind| whole(kind).unwrap_or(1))
            .collect();
        let of_kind = |wanted: usize| {
            let is_kind = move |place: &usize| kinds.get(*place) == Some(&wanted);
            (0..tokens.len()).filter(is_kind).map(|place| (place as u32, tokens[place].clone())).collect::<Vec<_>>()
        };
        let (controls, own) = (of_kind.clone()(CONTROL), of_kind(USER_DEFINED));
        let tokenizer = tokenizer(weights, &tokens, &merges, &controls, &own)?;
        let named = |key: &str| {
            weights.value(key).and_then(whole).map(|id| id as u32).filter(|id| (*id as usize) < tokens.len())
        };
        let also = controls.iter().filter(|(_, name)| ENDS.contains(&name.as_str())).map(|(id, _)| *id);
        let mut ends: Vec<u32> =
            ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"].into_iter().filter_map(named).collect();
        also.for_each(|id| {
            if !ends.contains(&id) {
                ends.push(id)
            }
        });
        if ends.is_empty() {
            return Err(weights.wrong("the file does not say which token ends an answer"));
        }
        let begins = matches!(weights.value("tokenizer.ggml.add_bos_token"), Some(Value::Bool(true)));
        let begin = named("tokenizer.ggml.bos_token_id").filter(|_| begins);
        let letters = letters();
        let mut bytes: Vec<Vec<u8>> = tokens.iter().map(|token| written(token, &letters)).collect();
        controls.iter().for_each(|(id, _)| bytes[*id as usize].clear());
        own.iter().for_each(|(id, text)| bytes[*id as usize] = text.clone().into_bytes());
        Ok(Vocabulary { tokenizer, bytes, controls, ends, begin })
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The tokens of a conversation as its template wrote it.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, tokenizers::Error> {
        let encoded = self.tokenizer.encode_fast(text, false)?;
        let tokens = encoded.get_ids();
        let begin = self.begin.filter(|begin| tokens.first() != Some(begin));
        Ok(begin.into_iter().chain(tokens.iter().copied()).collect())
    }

    /// A text of somebody else's, in which no control token of the model's own is left: it would be read as the end of the text,
    /// or as the beginning of another turn.
    pub fn harmless(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (_, name) in &self.controls {
            let Some(first) = name.chars().next().filter(|_| text.contains(name.as_str())) else { continue };
            text = text.replace(name.as_str(), &format!("{first} {}", &name[first.len_utf8()..]));
        }
        text
    }

    /// Bytes of a token; none of a control token.
    pub fn bytes(&self, token: u32) -> &[u8] {
        self.bytes.get(token as usize).map_or(&[], Vec::as_slice)
    }

    /// A token as it is shown: a control token by its name.
    pub fn shown(&self, token: u32) -> String {
        let control = self.controls.iter().find(|(id, _)| *id == token);
        control.map_or_else(|| String::from_utf8_lossy(self.bytes(token)).into_owned(), |(_, name)| name.clone())
    }

    /// Tokens that end an answer.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The control tokens with their names.
    pub fn controls(&self) -> &[(u32, String)] {
        &self.controls
    }

    /// The name of a token that the metadata names, for the template.
    pub fn name(&self, weights: &Weights, key: &str) -> String {
        let id = weights.value(key).and_then(whole).and_then(|id| u32::try_from(id).ok());
        id.map(|id| self.shown(id)).unwrap_or_default()
    }
}

fn texts(weights: &Weights, key: &str) -> Result<Vec<String>, Error> {
    let missing = || weights.wrong(format!("{key} is missing or not a list of texts"));
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    weights.list(key).ok_or_else(missing)?.iter().map(text).collect::<Option<Vec<_>>>().ok_or_else(missing)
}

fn tokenizer(
    weights: &Weights,
    tokens: &[String],
    merges: &[String],
    controls: &[(u32, String)],
    own: &[(u32, String)],
) -> Result<Tokenizer, Error> {
    let wrong = |problem: tokenizers::Error| weights.wrong(format!("its tokenizer cannot be made: {problem}"));
    let kind = weights.text("tokenizer.ggml.pre").unwrap_or("none");
    let Some(cutting) = cutting(kind) else {
        return Err(weights.wrong(format!(
            "the tokenizer cuts texts in the way \"{kind}\", which is not known here, only {}",
            CUTTINGS.join(", ")
        )));
    };
    let vocabulary: Vocab = tokens.iter().enumerate().map(|(id, token)| (token.clone(), id as u32)).collect();
    let pair = |merge: &String| merge.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned()));
    let merges: Option<Vec<_>> = merges.iter().map(pair).collect();
    let merges = merges.ok_or_else(|| weights.wrong("tokenizer.ggml.merges holds something that is not a pair"))?;
    // Llama 3 takes a word that is a token as that token, whatever its merges say.
    let model = BPE::builder().vocab_and_merges(vocabulary, merges).ignore_merges(kind.starts_with("llama"));
    let mut tokenizer = Tokenizer::new(model.build().map_err(wrong)?);
    if kind.contains("qwen") {
        tokenizer.with_normalizer(Some(NFC)).map_err(wrong)?;
    }
    tokenizer.with_pre_tokenizer(Some(cutting.map_err(wrong)?));
    let added = |(_, name): &(u32, String)| AddedToken::from(name.clone(), true).normalized(false);
    let plain = own.iter().map(|(_, name)| AddedToken::from(name.clone(), false).normalized(false));
    tokenizer.add_special_tokens(controls.iter().map(added)).map_err(wrong)?;
    tokenizer.add_tokens(plain).map_err(wrong)?;
    Ok(tokenizer)
}

/// Ways of cutting a text, as files call them.
const CUTTINGS: [&str; 7] = ["qwen2", "deepseek-r1-qwen", "llama-bpe", "llama3", "llama-v3", "gpt-2", "smollm"];

/// How a text is cut before its tokens are merged; none where the way is not known.
fn cutting(kind: &str) -> Option<Result<PreTokenizerWrapper, tokenizers::Error>> {
    let pattern = |pattern: &str| {
        let split = Split::new(SplitPattern::Regex(pattern.to_owned()), SplitDelimiterBehavior::Isolated, false)?;
        Ok(Sequence::new(vec![split.into(), ByteLevel::new(false, false, false).into()]).into())
    };
    let gpt = ByteLevel::new(false, true, true);
    match kind {
        "qwen2" | "deepseek-r1-qwen" => Some(pattern(QWEN)),
        "llama-bpe" | "llama3" | "llama-v3" => Some(pattern(LLAMA)),
        "gpt-2" => Some(Ok(gpt.into())),
        "smollm" => Some(Ok(Sequence::new(vec![Digits::new(true).into(), gpt.into()]).into())),
        _ => None,
    }
}

/// The bytes that byte-level tokens are spelled with: each byte is one printable character.
fn letters() -> HashMap<char, u8> {
    let is_printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let (printable, rest): (Vec<u8>, Vec<u8>) = (0..=u8::MAX).partition(is_printable);
    let shifted =
        rest.into_iter().enumerate().filter_map(|(place, byte)| Some((char::from_u32(256 + place as u32)?, byte)));
    printable.into_iter().map(|byte| (char::from(byte), byte)).chain(shifted).collect()
}

/// The bytes of a token; of one that is not spelled in bytes those of its name.
fn written(token: &str, letters: &HashMap<char, u8>) -> Vec<u8> {
    let bytes: Option<Vec<u8>> = token.chars().map(|letter| letters.get(&letter).copied()).collect();
    bytes.unwrap_or_else(|| token.as_bytes().to_owned())
}
