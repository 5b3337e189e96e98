//! A file of weights as it is opened: its metadata, and every way in which it cannot be used, told before anything is loaded.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use candle_core::Device;
use candle_core::quantized::QTensor;
use candle_core::quantized::gguf_file::{Content, Value};

use crate::error::Error;

/// Architectures whose networks [`super::decoder`] is.
pub const ARCHITECTURES: [&str; 4] = ["qwen2", "qwen3", "llama", "gemma3"];
/// Memory that a file needs for each byte of it: its weights, and the copy of them in the order in which processors multiply.
const COPIES: u64 = 2;
/// Bytes that the caches of read prompts and one request need beside the weights.
const BESIDE: u64 = 768 << 20;

/// An open file of weights.
pub struct Weights {
    /// As the user named it.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// The family of its network.
    pub architecture: String,
    content: Content,
    reader: BufReader<File>,
}

impl Weights {
    /// Opens a file and reads its metadata, not its weights; `available` is the memory in bytes, where it is known.
    ///
    /// # Errors
    /// When the file is not there, is not a GGUF file, breaks off, holds a network that is not known, or does not fit into memory.
    pub fn open(path: &Path, available: Option<u64>) -> Result<Weights, Error> {
        let wrong = |problem: String| Error::file(path, problem);
        let file = File::open(path).map_err(|problem| wrong(format!("the model's file cannot be read: {problem}")))?;
        let length = file.metadata().map_err(|problem| wrong(problem.to_string()))?;
        if length.is_dir() {
            return Err(wrong("a directory, not a file of weights".into()));
        }
        let bytes = length.len();
        let mut reader = BufReader::new(file);
        let content = Content::read(&mut reader).map_err(|problem| wrong(unreadable(&problem.to_string(), bytes)))?;
        let architecture = match content.metadata.get("general.architecture") {
            Some(Value::String(name)) => name.clone(),
            _ => return Err(wrong("the file does not say which architecture its network has".into())),
        };
        if !ARCHITECTURES.contains(&architecture.as_str()) {
            let known = ARCHITECTURES.join(", ");
            return Err(wrong(format!(
                "the architecture \"{architecture}\" is not known here, only {known}; serve the file (llama-server -m FILE) and \
                 give the server's address"
            )));
        }
        let weights = Weights { path: path.to_owned(), bytes, architecture, content, reader };
        weights.is_whole()?;
        weights.fits(available)?;
        Ok(weights)
    }

    /// The error of this file.
    pub fn wrong(&self, problem: impl std::fmt::Display) -> Error {
        Error::file(&self.path, problem.to_string())
    }

    /// A value of the metadata.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.content.metadata.get(key)
    }

    /// A value below the architecture's own name.
    pub fn own(&self, key: &str) -> Option<&Value> {
        self.value(&format!("{}.{key}", self.architecture))
    }

    /// A whole number below the architecture's own name.
    ///
    /// # Errors
    /// When there is none.
    pub fn size(&self, key: &str) -> Result<usize, Error> {
        let number = self.own(key).and_then(whole).filter(|number| *number > 0);
        number.ok_or_else(|| self.wrong(format!("{}.{key} is missing or not a number", self.architecture)))
    }

    /// A number below the architecture's own name.
    pub fn number(&self, key: &str) -> Option<f64> {
        match self.own(key)? {
            Value::F32(number) => Some(f64::from(*number)),
            Value::F64(number) => Some(*number),
            other => whole(other).map(|number| number as f64),
        }
    }

    /// A text of the metadata.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A list of the metadata.
    pub fn list(&self, key: &str) -> Option<&[Value]> {
        match self.value(key)? {
            Value::Array(values) => Some(values),
            _ => None,
        }
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    /// Reads a tensor.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn tensor(&mut self, name: &str) -> Result<QTensor, Error> {
        let read = self.content.tensor(&mut self.reader, name, &Device::Cpu);
        read.map_err(|problem| Error::file(&self.path, format!("the weights \"{name}\" cannot be read: {problem}")))
    }

    /// Checks that all weights are within the file.
    fn is_whole(&self) -> Result<(), Error> {
        let ends = self.content.tensor_infos.values().map(|info| {
            let blocks = info.shape.elem_count().div_ceil(info.ggml_dtype.block_size());
            let length = blocks.saturating_mul(info.ggml_dtype.type_size()) as u64;
            self.content.tensor_data_offset.saturating_add(info.offset).saturating_add(length)
        });
        match ends.max() {
            Some(end) if end > self.bytes => Err(self.wrong(truncated(self.bytes, &format!("of {end}")))),
            Some(_) => Ok(()),
            None => Err(self.wrong("the file holds no weights")),
        }
    }

    /// Checks that the weights fit into memory.
    fn fits(&self, available: Option<u64>) -> Result<(), Error> {
        let needed = COPIES * self.bytes + BESIDE;
        match available {
            Some(available) if available < needed => Err(self.wrong(format!(
                "too little memory: the model needs about {}, {} are free; take a smaller file, or one of fewer bits",
                gigabytes(needed),
                gigabytes(available)
            ))),
            _ => Ok(()),
        }
    }
}

/// A whole number of the metadata, of any width.
pub fn whole(value: &Value) -> Option<usize> {
    let number = match value {
        Value::I8(number) => i64::from(*number),
        Value::I16(number) => i64::from(*number),
        Value::I32(number) => i64::from(*number),
        Value::I64(number) => *number,
        other => return other.to_u64().ok().and_then(|number| usize::try_from(number).ok()),
    };
    usize::try_from(number).ok()
}

/// Memory that is free for this process, in bytes, where the system says so.
pub fn available() -> Option<u64> {
    let number = |file: &str| std::fs::read_to_string(file).ok();
    let memory = number("/proc/meminfo")?;
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let free = line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.saturating_mul(1024);
    let limit = number("/sys/fs/cgroup/memory.max").and_then(|most| most.trim().parse::<u64>().ok());
    Some(limit.map_or(free, |limit| free.min(limit)))
}

fn unreadable(problem: &str, bytes: u64) -> String {
    if problem.contains("unknown magic") {
        return "not a GGUF file".into();
    }
    if problem.contains("failed to fill whole buffer") || problem.contains("remaining") {
        return truncated(bytes, "and its description is not complete");
    }
    format!("not a GGUF file that can be read: {}", problem.lines().next().unwrap_or_default())
}

fn truncated(bytes: u64, of: &str) -> String {
    format!("the file is cut off: it has {bytes} bytes {of}; download it again")
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}
