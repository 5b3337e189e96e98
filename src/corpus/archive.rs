//! ZIP archives: read where they hold exactly one file of texts, as the exports of messengers do.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::field::shown;
use crate::error::Error;
use crate::shell::quoted_file;

/// Bytes of the largest archive, and of the largest file in one, that is read: both must be held in memory.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// Files of an archive that are looked at, and those that are named in a message.
const MOST: (usize, usize) = (100_000, 10);
/// Endings of files that hold texts.
const READ: [&str; 18] = [
    "csv", "tsv", "tab", "txt", "json", "jsonl", "ndjson", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "log",
    "gz", "zst", "md", "text",
];
/// Endings of archives, which may hold such files.
const ARCHIVES: [&str; 7] = ["zip", "7z", "rar", "tar", "tgz", "bz2", "xz"];
/// First bytes of an entry in the list of an archive's files, and where in it the lengths of its
/// name and of two further fields stand; the name follows after so many bytes.
const ENTRY: (&[u8], [usize; 3], usize) = (b"PK\x01\x02", [28, 30, 32], 46);

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
    if let Some(name) = twice(&bytes, archive.central_directory_start()) {
        return Err(several_of(path, &name));
    }
    let [only] = texts.as_slice() else { return Err(refused(path, &files, &texts)) };
    if is_archive(only) {
        return Err(within(path));
    }
    let index = archive.index_for_name(only).unwrap_or_default();
    if archive.by_index_raw(index).is_ok_and(|file| file.encrypted()) {
        return Err(encrypted(path, only));
    }
    let member = member(&mut archive, only).map_err(|problem| {
        let (archive, member, cure) = (path.display(), shown(only), "unpack it and name the file");
        Error::usage(format!(
            "{archive}: is a ZIP archive, and \"{member}\" in it cannot be unpacked ({problem}); {cure}"
        ))
    })?;
    Ok(Zipped::Only(path.join(own(only)), member))
}

/// A name without the folders that the file is in; some programs part them by backslashes.
fn own(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// The name of two files of texts, if there are two of one, however it is spelled: unpacking keeps
/// one of them. The list of files begins at `start`.
fn twice(bytes: &[u8], start: u64) -> Option<String> {
    let (mark, lengths, length) = ENTRY;
    let mut rest = bytes.get(usize::try_from(start).ok()?..)?;
    let mut seen = HashSet::new();
    while rest.starts_with(mark) && seen.len() < MOST.0 {
        let number = |at: usize| Some(usize::from(u16::from_le_bytes(*rest.get(at..)?.first_chunk()?)));
        let [name, extra, comment] = lengths.map(number);
        let end = length + name?;
        let name = String::from_utf8_lossy(rest.get(length..end)?).into_owned();
        let steps = name.split(['/', '\\']).filter(|step| !matches!(*step, "" | "."));
        let plain = steps.collect::<Vec<_>>().join("/");
        if is_file(&name) && holds_texts(&name) && !seen.insert(plain.clone()) {
            return Some(plain);
        }
        rest = rest.get(end + extra? + comment?..)?;
    }
    None
}

fn encrypted(path: &Path, name: &str) -> Error {
    let what = format!("is a ZIP archive, and \"{}\" in it is encrypted", shown(name));
    Error::usage(format!("{}: {what}; unpack it with its password and name the file", path.display()))
}

fn several_of(path: &Path, name: &str) -> Error {
    let cure = "unpack it by a program that asks what to do with each, and name the file that is meant";
    Error::usage(format!(
        "{}: is a ZIP archive with two files of the name \"{}\", of which only one can be meant; {cure}",
        path.display(),
        shown(name)
    ))
}

/// Whether the name is that of a part of a workbook, a text document, a presentation or a book.
fn is_part_of_a_document(name: &str) -> bool {
    name == "[Content_Types].xml"
        || name == "mimetype"
        || name.ends_with(".iwa") // Numbers, Pages
        || ["xl/workbook.", "word/document.xml", "ppt/presentation.xml"].iter().any(|part| name.starts_with(part))
}

/// Whether it is a file that a person put there.
pub(super) fn is_file(name: &str) -> bool {
    let own = own(name);
    let is_left = own.starts_with(['.', '~']) || ["thumbs.db", "desktop.ini"].contains(&own.to_lowercase().as_str());
    !own.is_empty() && !name.starts_with("__MACOSX") && !is_left
}

fn holds_texts(name: &str) -> bool {
    is_archive(name)
        || own(name).rsplit_once('.').is_none_or(|(_, ending)| READ.contains(&ending.to_lowercase().as_str()))
}

fn is_archive(name: &str) -> bool {
    let ending = own(name).rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| ARCHIVES.contains(&ending.as_str()))
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
    Error::usage(format!("{}: {what}", path.display()))
}

fn refused(path: &Path, files: &[&String], texts: &[&String]) -> Error {
    let listed = |names: &[&String]| {
        let first = names.iter().take(MOST.1).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(MOST.1);
        if more > 0 { format!("{first} and {more} more") } else { first }
    };
    let (what, cure) = match (texts, files) {
        ([], []) => ("no file".into(), "name a file of texts".into()),
        ([], files) => (format!("no file of texts ({})", listed(files)), "name a file of texts".into()),
        (texts, _) => {
            let count = texts.len();
            (format!("{count} files of texts ({})", listed(texts)), unpacking(path))
        }
    };
    Error::usage(format!("{}: is a ZIP archive with {what}; {cure}", path.display()))
}

/// What reads several files of an archive: those in a folder are read together.
fn unpacking(path: &Path) -> String {
    let folder = path.with_extension("");
    if path == Path::new("-") || folder == path {
        return "unpack it and name one of them, or all that belong together".into();
    }
    let (file, folder) = (quoted_file(path), quoted_file(&folder));
    format!(
        "unpack it and name one of them, or the folder for all: unzip -q {file} -d {folder} && colligate run {folder}"
    )
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
        assert!(two.contains("unzip -q a.zip -d a && colligate run a"), "{two}");
        let none = error_of("a.zip", &zip(&[("c.png", b"x")]), &options());
        assert!(none.contains("no file of texts (c.png)"), "{none}");
        let numbers = error_of("a.numbers", &zip(&[("Index/Document.iwa", b"x"), ("preview.jpg", b"x")]), &options());
        assert!(numbers.contains("save its sheet as CSV"), "{numbers}");
        assert!(error_of("a.zip", &zip(&[]), &options()).contains("with no file"), "an empty archive");
        let nested = zip(&[("b.txt", zip(&[("a.csv", b"text\na\n")]).as_slice())]);
        assert!(error_of("a.zip", &nested, &options()).contains("an archive within"), "an archive in an archive");
        let named = zip(&[("b.zip", b"PK")]);
        assert!(error_of("a.zip", &named, &options()).contains("an archive within"), "by its name");
        let beside = error_of("a.zip", &zip(&[("a.csv", b"text\na\n"), ("b.7z", b"x")]), &options());
        assert!(beside.contains("2 files of texts (a.csv, b.7z)"), "{beside}");
    }

    #[test]
    fn two_files_of_one_name_are_refused_however_it_is_spelled() {
        let text = b"id,text\n1,a\n";
        for spelled in ["in/a.csv", "./in/a.csv", "in\\a.csv", ".\\in//a.csv"] {
            // The writer refuses a name that is taken.
            let other = "b".repeat(spelled.len());
            let mut archive = zip(&[("in/a.csv", text), (&other, text)]);
            replace(&mut archive, other.as_bytes(), spelled.as_bytes());
            let problem = error_of("a.zip", &archive, &options());
            assert!(problem.contains("two files of the name \"in/a.csv\""), "{spelled}: {problem}");
        }
        let pictures = zip(&[("a.csv", text), ("b.png", text), ("c.png", text)]);
        assert_eq!(texts(&read_as("a.zip", &pictures, &options()).unwrap()), ["a"]);
    }

    #[test]
    fn folders_may_be_parted_by_backslashes_and_what_is_encrypted_is_told_of() {
        let mut windows = zip(&[("in_", b""), ("in_a.csv", b"text\na\n"), ("in_.a.csv", b"x")]);
        replace(&mut windows, b"in_", b"in\\");
        assert_eq!(texts(&read_as("a.zip", &windows, &options()).unwrap()), ["a"]);
        let mut secret = zip(&[("a.csv", b"text\na\n")]);
        let list = secret.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        secret[6] |= 1;
        secret[list + 8] |= 1;
        let problem = error_of("a.zip", &secret, &options());
        assert!(problem.contains("\"a.csv\" in it is encrypted; unpack it with its password"), "{problem}");
    }

    fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
        for place in 0..bytes.len() - old.len() {
            if bytes[place..].starts_with(old) {
                bytes[place..place + old.len()].copy_from_slice(new);
            }
        }
    }
}
