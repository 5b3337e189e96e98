//! The raw bytes: where they come from, what they are called, and their sha256 taken as they pass.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Source;
use super::format;
use super::unpack::ENDINGS;
use crate::error::Error;
use crate::message;
use crate::message::Message;

/// An open file, or standard input.
pub(super) struct Input {
    /// As the user named it, `-` for standard input.
    pub(super) path: PathBuf,
    raw: Box<dyn Read>,
    /// Hash of the bytes of this file and of those before it.
    hash: Sha256,
}

/// sha256 as hexadecimal digits.
pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Input {
    /// Opens a file, or standard input for `-`; nothing is read yet. The hash goes on from the files before.
    pub(super) fn open(path: &Path, hash: Sha256) -> Result<Input, Error> {
        if path == Path::new("-") {
            return Ok(Input::new(path, Box::new(io::stdin()), hash));
        }
        if path.is_dir() {
            return Err(Error::file(path, of_directory(path)));
        }
        match File::open(path) {
            Ok(file) => Ok(Input::new(path, Box::new(file), hash)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::file(path, "no such file")),
            Err(error) => Err(Error::file(path, error)),
        }
    }

    /// Bytes from anywhere.
    pub(super) fn new(path: &Path, raw: Box<dyn Read>, hash: Sha256) -> Input {
        Input { path: path.to_owned(), raw, hash }
    }

    /// The hash of all bytes, those that no reader wanted included.
    pub(super) fn finish(mut self) -> io::Result<Sha256> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.hash)
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
    match source {
        Source::Stdin => "stdin".into(),
        Source::File(path) => name_of(path),
        Source::Matched(matched) => matched.name.clone(),
        Source::Files(paths) => name_of_all(paths),
    }
}

/// Several files are called after the first one.
pub(super) fn name_of_all(paths: &[PathBuf]) -> String {
    match paths {
        [] => String::new(),
        [only] => name_of(only),
        [first, rest @ ..] => format!("{}-and-{}-more", name_of(first), rest.len()),
    }
}

fn name_of(path: &Path) -> String {
    let mut stem = Path::new(path.file_stem().unwrap_or_default());
    let is_packed =
        path.extension().is_some_and(|ending| ENDINGS.iter().any(|packed| ending.eq_ignore_ascii_case(packed)));
    if is_packed {
        stem = Path::new(stem.file_stem().unwrap_or_default());
    }
    let folder = std::path::absolute(path).ok().and_then(|path| Some(path.parent()?.file_name()?.to_owned()));
    match folder {
        Some(folder) if stem == Path::new("documents") => folder.to_string_lossy().into_owned(),
        _ => stem.to_string_lossy().into_owned(),
    }
}

/// Up to `most` bytes from the front of a stream, fewer only at its end.
pub(super) fn front(input: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is said of a directory, with what to do if it holds mails.
fn of_directory(path: &Path) -> Message {
    let mut files = std::fs::read_dir(path).into_iter().flatten().flatten();
    let first_mail = files.find(|file| format::extension(&file.path()) == "eml");
    match first_mail {
        Some(mail) => message!(
            "is a directory of mails (.eml), which are not read; {cure}",
            cure = format::with_names(format::MAILS, &mail.path())
        ),
        None => "is a directory; name the files in it, such as 'DIRECTORY/*.csv'".into(),
    }
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
        assert_eq!(named("mail/tickets.csv.gz"), "tickets");
        assert_eq!(name(&Source::Stdin), "stdin");
        assert_eq!(name(&Source::Files(vec!["a.csv".into(), "b.csv".into()])), "a-and-1-more");
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let error = |path: &str| Input::open(Path::new(path), Sha256::new()).err().unwrap().to_string();
        assert_eq!(error("/nowhere/a.csv"), "/nowhere/a.csv: no such file");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.eml"), "From: a\n").unwrap();
        let mails = error(folder.path().to_str().unwrap());
        assert!(mails.contains("a directory of mails") && mails.ends_with("/*.eml > mails.jsonl"), "{mails}");
        assert_eq!(error("/"), "/: is a directory; name the files in it, such as 'DIRECTORY/*.csv'");
    }

    #[test]
    fn the_hash_covers_the_raw_bytes() {
        let mut input = Input::new(Path::new("-"), Box::new(&b"abc"[..]), Sha256::new());
        assert_eq!(front(&mut input, 2).unwrap(), b"ab");
        assert_eq!(
            hexadecimal(input.finish().unwrap()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
