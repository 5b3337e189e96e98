//! The raw bytes: where they come from, what they are called, and their sha256 taken as they pass.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Source;
use crate::error::Error;

/// An open source.
pub(super) struct Input {
    /// As the user named it, `-` for standard input.
    pub(super) path: PathBuf,
    raw: Box<dyn Read>,
    hash: Sha256,
}

impl Input {
    /// Opens a source; nothing is read yet.
    pub(super) fn open(source: &Source) -> Result<Input, Error> {
        match source {
            Source::Stdin => Ok(Input::new(Path::new("-"), Box::new(io::stdin()))),
            Source::File(path) if path.is_dir() => {
                Err(Error::file(path, "is a directory; name a JSONL, CSV or TSV file in it"))
            }
            Source::File(path) => match File::open(path) {
                Ok(file) => Ok(Input::new(path, Box::new(file))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::file(path, "no such file")),
                Err(error) => Err(Error::file(path, error)),
            },
        }
    }

    /// Bytes from anywhere.
    pub(super) fn new(path: &Path, raw: Box<dyn Read>) -> Input {
        Input { path: path.to_owned(), raw, hash: Sha256::new() }
    }

    /// sha256 of all that was read, in hexadecimal.
    pub(super) fn sha256(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.raw.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// The corpus's name: see [`super::Corpus::name`].
pub(super) fn name(source: &Source) -> String {
    let Source::File(path) = source else {
        return "stdin".into();
    };
    let stem = path.file_stem().unwrap_or_default();
    let folder = std::path::absolute(path).ok().and_then(|path| Some(path.parent()?.file_name()?.to_owned()));
    match folder {
        Some(folder) if stem == "documents" => folder.to_string_lossy().into_owned(),
        _ => stem.to_string_lossy().into_owned(),
    }
}

/// Up to `most` bytes from the front of a stream, fewer only at its end.
pub(super) fn front(input: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> String {
        name(&Source::File(path.into()))
    }

    #[test]
    fn a_corpus_is_called_after_its_file_or_its_folder() {
        assert_eq!(named("mail/tickets.2024.csv"), "tickets.2024");
        assert_eq!(named("corpora/survey-answers/documents.jsonl"), "survey-answers");
        let here = std::env::current_dir().unwrap();
        assert_eq!(named("documents.csv"), here.file_name().unwrap().to_string_lossy());
        assert_eq!(named("/documents.csv"), "documents");
        assert_eq!(name(&Source::Stdin), "stdin");
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let error = |path: &str| Input::open(&Source::File(path.into())).err().unwrap().to_string();
        assert_eq!(error("/nowhere/a.csv"), "/nowhere/a.csv: no such file");
        assert_eq!(error("/"), "/: is a directory; name a JSONL, CSV or TSV file in it");
    }

    #[test]
    fn the_hash_covers_the_raw_bytes() {
        let mut input = Input::new(Path::new("-"), Box::new(&b"abc"[..]));
        assert_eq!(front(&mut input, 2).unwrap(), b"ab");
        assert_eq!(front(&mut input, 2).unwrap(), b"c");
        assert_eq!(input.sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
