//! A folder that is named as the corpus: which of the files in it and in the folders within are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::archive::is_file;
use super::field::shown;
use super::format::extension;
use super::whole::is_prose_by_name;
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::shell::quoted_file;

/// Folders within folders at most.
const DEEPEST: usize = 16;
/// Files at most.
const MOST: usize = 100_000;
/// Endings of files that hold texts, beside those of running text.
const TABLES: [&str; 12] =
    ["csv", "tsv", "tab", "json", "jsonl", "ndjson", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet"];
/// Endings of subtitles.
const SUBTITLES: [&str; 3] = ["srt", "vtt", "sbv"];
/// Files that every export of Slack has beside the folders of its channels.
const OF_SLACK: [&str; 2] = ["channels.json", "users.json"];
/// Kinds of files that are named at most, and names of each.
const NAMED: (usize, usize) = (5, 3);

/// What a folder stands for.
#[derive(Debug)]
pub(super) struct Folder {
    /// The files that are read, in the order of their names.
    pub(super) files: Vec<PathBuf>,
    /// What is said of those that are passed over.
    pub(super) notes: Vec<Message>,
}

/// The files of a folder; a folder of mails stands for itself, since it is refused with a command for all.
///
/// # Errors
/// When it holds no file of texts, files of several kinds, more than is looked at, a folder that cannot be read, or is the folder
/// of a run.
pub(super) fn files(folder: &Path) -> Result<Folder, Error> {
    let mut found = Vec::new();
    walk(folder, DEEPEST, MOST, &mut found)?;
    found.sort();
    if found.iter().any(|path| extension(path) == "eml") {
        return Ok(Folder { files: vec![folder.to_owned()], notes: Vec::new() });
    }
    let own = |name: &str| folder.join(name);
    if own("manifest.json").is_file() && own("documents.jsonl").is_file() {
        let documents = quoted_file(&own("documents.jsonl"));
        let folder = folder.display();
        return Err(Error::Usage(message!(
            "{folder}: is the folder of a run; its texts are {documents}",
            folder,
            documents
        )));
    }
    let is_slack = OF_SLACK.iter().all(|name| own(name).is_file());
    let (of_export, found): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|path| is_slack && path.parent() == Some(folder));
    let mut kinds: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    let mut others = Vec::new();
    for path in found {
        match kind(&path) {
            Some(kind) => kinds.entry(kind).or_default().push(path),
            None => others.push(path),
        }
    }
    let path = folder.display();
    let of_export = (!of_export.is_empty())
        .then(|| Message::of(format!("{path}: not read, as they hold no messages: {}", names(&of_export))));
    let passed_over = (!others.is_empty()).then(|| Message::of(format!("{path}: passed over: {}", by_ending(&others))));
    match kinds.len() {
        0 => Err(Error::Usage(message!(
            "{folder}: is a directory without files of texts (.txt, .md, .csv, .json, .xlsx, …){others}; name the files",
            folder = path,
            others = if others.is_empty() { String::new() } else { format!(": it holds {}", by_ending(&others)) }
        ))),
        1 => Ok(Folder {
            files: kinds.into_values().next().unwrap_or_default(),
            notes: of_export.into_iter().chain(passed_over).collect(),
        }),
        _ => Err(of_several_kinds(folder, &kinds)),
    }
}

/// What a file holds by its name, where it is read.
fn kind(path: &Path) -> Option<&'static str> {
    let ending = extension(path);
    match () {
        () if TABLES.contains(&ending.as_str()) => Some("tables"),
        () if SUBTITLES.contains(&ending.as_str()) => Some("subtitles"),
        () if is_prose_by_name(path) => Some("texts"),
        () => None,
    }
}

/// `3 .docx (a.docx, b.docx, c.docx), 1 .pdf (d.pdf)`: the most frequent kinds first.
fn by_ending(files: &[PathBuf]) -> String {
    let mut endings: BTreeMap<String, Vec<&Path>> = BTreeMap::new();
    for path in files {
        endings.entry(extension(path)).or_default().push(path);
    }
    let mut endings: Vec<(String, Vec<&Path>)> = endings.into_iter().collect();
    endings.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
    let left: usize = endings.iter().skip(NAMED.0).map(|(_, files)| files.len()).sum();
    let said = |(ending, files): &(String, Vec<&Path>)| {
        let ending = if ending.is_empty() { "without an ending".into() } else { format!(".{}", shown(ending)) };
        format!("{} {ending} ({})", files.len(), names(files))
    };
    let more = (left > 0).then(|| format!("{left} of other kinds"));
    endings.iter().take(NAMED.0).map(said).chain(more).collect::<Vec<_>>().join(", ")
}

/// The names of the first few files.
fn names(files: &[impl AsRef<Path>]) -> String {
    let name = |path: &Path| shown(&path.file_name().unwrap_or_default().to_string_lossy());
    let more = (files.len() > NAMED.1).then(|| "…".to_owned());
    files.iter().take(NAMED.1).map(|path| name(path.as_ref())).chain(more).collect::<Vec<_>>().join(", ")
}

/// Adds the files of a folder and of those within it, `levels` at most; hidden ones, and what programs leave there, are passed over.
/// Nothing is left out for being too much: that is refused.
fn walk(folder: &Path, levels: usize, most: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let problem = |problem: std::io::Error| Error::file(folder, problem);
    for entry in std::fs::read_dir(folder).map_err(problem)? {
        let entry = entry.map_err(problem)?;
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        if !is_file(&name) {
            continue;
        }
        // A link may lead back to the folder that it is in.
        if entry.file_type().map_err(problem)?.is_dir() {
            let below = levels.checked_sub(1);
            let below =
                below.ok_or_else(|| Error::file(&path, "lies too deep: name the files, or a folder further down"))?;
            walk(&path, below, most, found)?;
        } else if path.is_file() {
            if found.len() >= most {
                return Err(Error::file(
                    folder,
                    format!("holds more than {most} files with those before it: name a part of them"),
                ));
            }
            found.push(path);
        }
    }
    Ok(())
}

fn of_several_kinds(folder: &Path, kinds: &BTreeMap<&str, Vec<PathBuf>>) -> Error {
    let mut endings: BTreeMap<String, usize> = BTreeMap::new();
    for path in kinds.values().flatten() {
        *endings.entry(extension(path)).or_default() += 1;
    }
    let pattern = |(ending, count): (&String, &usize)| {
        Message::of(format!("{} ({count})", quoted_file(&folder.join("**").join(format!("*.{ending}")))))
    };
    let patterns = Message::joined(endings.iter().map(pattern), ", ");
    Error::Usage(message!(
        "{folder}: is a directory of {what}, which are not read together; name those of one kind: {patterns}",
        folder = folder.display(),
        what = kinds.keys().copied().collect::<Vec<_>>().join(" and of "),
        patterns
    ))
}

#[cfg(test)]
mod tests {
    use super::{files, walk};
    use crate::corpus::{Format, ReadOptions, read, sources, survey_all};

    #[test]
    fn a_folder_stands_for_the_files_in_it_that_hold_texts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        let named = || {
            let found = files(folder.path()).map_err(|problem| problem.to_string())?;
            let own = |path: std::path::PathBuf| path.strip_prefix(folder.path()).unwrap().display().to_string();
            Ok::<Vec<String>, String>(found.files.into_iter().map(own).collect())
        };
        assert!(named().unwrap_err().contains("without files of texts"));
        ["b.md", "a/c.txt", ".obsidian/x.md", ".DS_Store", "a/p.png"].iter().for_each(|name| write(name));
        assert_eq!(named().unwrap(), ["a/c.txt", "b.md"]);
        write("t.csv");
        let problem = named().unwrap_err();
        assert!(
            problem.contains("'") && problem.contains("/**/*.csv' (1)") && problem.contains("*.md' (1)"),
            "{problem}"
        );
        write("m.eml");
        assert_eq!(named().unwrap(), [""], "mails are refused together");
    }

    #[test]
    fn files_that_are_passed_over_are_counted_by_their_kinds_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let others = ["a.docx", "b.docx", "c.docx", "d.DOCX", "e.pdf", "LIESMICH"];
        others.iter().for_each(|name| std::fs::write(folder.path().join(name), "x").unwrap());
        let problem = files(folder.path()).unwrap_err().to_string();
        let said = "4 .docx (a.docx, b.docx, c.docx, …), 1 without an ending (LIESMICH), 1 .pdf (e.pdf)";
        assert!(problem.contains(said), "{problem}");
        std::fs::write(folder.path().join("n.md"), "x").unwrap();
        let found = files(folder.path()).unwrap();
        assert_eq!((found.files.len(), found.notes.len()), (1, 1));
        assert!(found.notes[0].to_string().ends_with(&format!("passed over: {said}")), "{:?}", found.notes);
        let source = sources(&[folder.path().to_owned()]).unwrap();
        let lines = ReadOptions { format: Some(Format::Lines), ..ReadOptions::default() };
        let corpus = read(&source, &lines).unwrap();
        assert!(corpus.notes[0].to_string().ends_with(said), "{:?}", corpus.notes);
        let surveys = survey_all(&source, &lines).unwrap();
        assert!(surveys[0].notes[0].to_string().ends_with(said), "{:?}", surveys[0].notes);
    }

    #[test]
    fn a_file_without_texts_stops_columns_only_where_all_are_so() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let day = format!(r#"[{{"type": "message", "user": "U1", "text": "{text}", "ts": "1.0"}}]"#);
            std::fs::write(folder.path().join(name), day).unwrap();
        };
        let stops = || {
            let source = sources(&[folder.path().to_owned()]).unwrap();
            let surveys = survey_all(&source, &ReadOptions::default()).unwrap();
            let is_read = read(&source, &ReadOptions::default()).is_ok();
            (surveys.iter().any(|survey| survey.stops.is_some()), is_read)
        };
        write("2026-01-01.json", "the lift stood still again");
        write("2026-01-02.json", "");
        assert_eq!(stops(), (false, true));
        write("2026-01-01.json", "");
        assert_eq!(stops(), (true, false));
    }

    #[test]
    fn a_folder_of_subtitles_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.vtt", "b.srt"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(files(folder.path()).unwrap().files.len(), 2);
    }

    #[test]
    fn files_that_are_too_many_or_too_deep_are_refused_rather_than_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        ["x.txt", "a/y.txt", "a/b/z.txt"]
            .iter()
            .for_each(|name| std::fs::write(folder.path().join(name), "x").unwrap());
        let walked = |levels: usize, most: usize| {
            let mut found = Vec::new();
            walk(folder.path(), levels, most, &mut found).map(|()| found.len()).map_err(|problem| problem.to_string())
        };
        assert_eq!(walked(2, 3), Ok(3));
        assert!(walked(2, 2).unwrap_err().contains("holds more than 2 files"));
        assert!(walked(1, 3).unwrap_err().contains("lies too deep"));
    }

    #[test]
    fn the_messages_of_an_export_of_slack_are_those_of_its_channels() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("general")).unwrap();
        for name in ["channels.json", "users.json", "general/2025-01-01.json"] {
            std::fs::write(folder.path().join(name), "[]").unwrap();
        }
        let found = files(folder.path()).unwrap();
        assert_eq!(found.files, [folder.path().join("general/2025-01-01.json")]);
        assert!(
            found.notes[0].to_string().ends_with("hold no messages: channels.json, users.json"),
            "{:?}",
            found.notes
        );
    }
}
