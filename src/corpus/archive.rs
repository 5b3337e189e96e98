//! ZIP archives: read where they hold exactly one file of texts, as the exports of messengers do.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::field::shown;
use crate::error::Error;

/// Bytes of the largest archive, and of the largest file in one, that is read: both must be held in memory.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// Files of an archive that are looked at, and those that are named in a message.
const MOST: (usize, usize) = (100_000, 10);
/// Endings of files that hold texts.
const READ: [&str; 18] = [
    "csv", "tsv", "tab", "txt", "json", "jsonl", "ndjson", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "log",
    "gz", "zst", "md", "text",
];

/// What a ZIP file is.
pub(super) enum Zipped {
    /// A workbook, or another document that is a ZIP file by its format, or what no archive can be read of.
    Document(Vec<u8>),
    /// The only file of texts in an archive, under the archive's path and its own name, and its bytes.
    Only(PathBuf, Vec<u8>),
}

/// Looks into a ZIP file.
///
/// # Errors
/// When it is an archive that holds no file of texts or several (the message names them), or one that cannot be unpacked.
pub(super) fn look(path: &Path, input: impl Read) -> Result<Zipped, Error> {
    let mut bytes = Vec::new();
    input.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|problem| Error::file(path, problem))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::file(path, "is a ZIP file of more than 1 GiB: unpack it and name a file in it"));
    }
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes.as_slice())) else { return Ok(Zipped::Document(bytes)) };
    let names: Vec<String> = archive.file_names().take(MOST.0).filter_map(Result::ok).map(Cow::into_owned).collect();
    if names.iter().any(|name| is_part_of_a_document(name)) {
        return Ok(Zipped::Document(bytes));
    }
    let files: Vec<&String> = names.iter().filter(|name| is_file(name)).collect();
    let texts: Vec<&String> = files.iter().copied().filter(|name| holds_texts(name)).collect();
    let [only] = texts.as_slice() else { return Err(refused(path, &files, &texts)) };
    let member = member(&mut archive, only).map_err(|problem| {
        let (archive, member, cure) = (path.display(), shown(only), "unpack it and name the file");
        Error::Usage(format!(
            "{archive}: is a ZIP archive, and \"{member}\" in it cannot be unpacked ({problem}); {cure}"
        ))
    })?;
    Ok(Zipped::Only(path.join(only.rsplit('/').next().unwrap_or(only)), member))
}

/// Whether the name is that of a part of a workbook, a text document, a presentation or a book.
fn is_part_of_a_document(name: &str) -> bool {
    name == "[Content_Types].xml"
        || name == "mimetype"
        || name.ends_with(".iwa") // Numbers, Pages
        || ["xl/workbook.", "word/document.xml", "ppt/presentation.xml"].iter().any(|part| name.starts_with(part))
}

/// Whether it is a file that a person put there.
fn is_file(name: &str) -> bool {
    let own = name.rsplit('/').next().unwrap_or_default();
    let is_left = own.starts_with(['.', '~']) || ["thumbs.db", "desktop.ini"].contains(&own.to_lowercase().as_str());
    !name.ends_with('/') && !name.starts_with("__MACOSX/") && !is_left
}

fn holds_texts(name: &str) -> bool {
    let own = name.rsplit('/').next().unwrap_or_default();
    own.rsplit_once('.').is_none_or(|(_, ending)| READ.contains(&ending.to_lowercase().as_str()))
}

fn member(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Vec<u8>, String> {
    let said = |problem: ZipError| problem.to_string();
    let file = archive.by_name(name).map_err(said)?;
    let mut bytes = Vec::new();
    // What the archive says of the size is not believed: a small one may unpack to anything.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|problem| problem.to_string())?;
    if bytes.len() as u64 > LARGEST { Err("it is larger than 1 GiB".into()) } else { Ok(bytes) }
}

/// Refuses an archive whose only file is one itself.
pub(super) fn within(path: &Path) -> Error {
    let what = "is a ZIP archive that holds an archive within; unpack it and name a file in it";
    Error::Usage(format!("{}: {what}", path.display()))
}

fn refused(path: &Path, files: &[&String], texts: &[&String]) -> Error {
    let listed = |names: &[&String]| {
        let first = names.iter().take(MOST.1).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(MOST.1);
        if more > 0 { format!("{first} and {more} more") } else { first }
    };
    let (what, cure) = match (texts, files) {
        ([], []) => ("no file".into(), "name a file of texts"),
        ([], files) => (format!("no file of texts ({})", listed(files)), "name a file of texts"),
        (texts, _) => {
            let count = texts.len();
            (
                format!("{count} files of texts ({})", listed(texts)),
                "unpack it and name one of them, or all that belong together",
            )
        }
    };
    Error::Usage(format!("{}: is a ZIP archive with {what}; {cure}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crate::corpus::testing::{error_of, options, read_as, texts};

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    const CHAT: &[u8] = b"[01.04.25, 10:00:00] Bob: slugs ate my beans\n[01.04.25, 10:01:00] Amy: oh no\n";

    #[test]
    fn the_only_file_of_texts_in_an_archive_is_read() {
        let export = zip(&[
            ("__MACOSX/._chat.txt", b"x"),
            (".DS_Store", b"x"),
            ("Chat with Bob/IMG-1.jpg", b"x"),
            ("Chat with Bob/_chat.txt", CHAT),
        ]);
        let corpus = read_as("chat.zip", &export, &options()).unwrap();
        assert_eq!((texts(&corpus), corpus.name.as_str()), (vec!["slugs ate my beans", "oh no"], "chat"));
        assert_eq!(corpus.documents[0].fields["author"], "Bob");
        let table = zip(&[("a.tsv", b"id\ttext\nx\tcold, \"soup\n")]);
        assert_eq!(texts(&read_as("a.zip", &table, &options()).unwrap()), ["cold, \"soup"]);
        let empty = error_of("a.zip", &zip(&[("a.csv", b"id,text\n")]), &options());
        assert_eq!(empty, "a.zip: holds no rows");
    }

    #[test]
    fn other_archives_are_refused_with_what_is_in_them() {
        let two = error_of("a.zip", &zip(&[("a.csv", b"x"), ("in/b.csv", b"x"), ("c.png", b"x")]), &options());
        assert!(two.contains("a.zip: is a ZIP archive with 2 files of texts (a.csv, in/b.csv); unpack it"), "{two}");
        let none = error_of("a.zip", &zip(&[("c.png", b"x")]), &options());
        assert!(none.contains("no file of texts (c.png)"), "{none}");
        let numbers = error_of("a.numbers", &zip(&[("Index/Document.iwa", b"x"), ("preview.jpg", b"x")]), &options());
        assert!(numbers.contains("save its sheet as CSV"), "{numbers}");
        assert!(error_of("a.zip", &zip(&[]), &options()).contains("with no file"), "an empty archive");
        let nested = zip(&[("b.txt", zip(&[("a.csv", b"text\na\n")]).as_slice())]);
        assert!(error_of("a.zip", &nested, &options()).contains("an archive within"), "an archive in an archive");
    }
}
