//! A folder that is named as the corpus: which of the files in it and in the folders within are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::archive::is_file;
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
/// Files that every export of Slack has beside the folders of its channels.
const OF_SLACK: [&str; 2] = ["channels.json", "users.json"];

/// The files of a folder in the order of their names; a folder of mails stands for itself, since it is refused with a command for all.
///
/// # Errors
/// When it holds no file of texts, files of several kinds, more than is looked at, a folder that cannot be read, or is the folder
/// of a run.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    walk(folder, DEEPEST, MOST, &mut found)?;
    found.sort();
    if found.iter().any(|path| extension(path) == "eml") {
        return Ok(vec![folder.to_owned()]);
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
    if OF_SLACK.iter().all(|name| own(name).is_file()) {
        found.retain(|path| path.parent() != Some(folder));
    }
    let mut kinds: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for path in found {
        let ending = extension(&path);
        match TABLES.iter().find(|table| **table == ending) {
            Some(_) => kinds.entry("tables").or_default().push(path),
            None if is_prose_by_name(&path) => kinds.entry("texts").or_default().push(path),
            None => {}
        }
    }
    match kinds.len() {
        0 => Err(Error::Usage(message!(
            "{folder}: is a directory without files of texts (.txt, .md, .csv, .json, .xlsx, …); name the files",
            folder = folder.display()
        ))),
        1 => Ok(kinds.into_values().next().unwrap_or_default()),
        _ => Err(of_several_kinds(folder, &kinds)),
    }
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
        "{folder}: is a directory of texts and of tables, which are not read together; name those of one kind: {patterns}",
        folder = folder.display(),
        patterns
    ))
}

#[cfg(test)]
mod tests {
    use super::{files, walk};

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
            Ok::<Vec<String>, String>(found.into_iter().map(own).collect())
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
        assert_eq!(files(folder.path()).unwrap(), [folder.path().join("general/2025-01-01.json")]);
    }
}
