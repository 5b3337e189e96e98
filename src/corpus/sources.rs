//! What the command line names as the corpus: a file, standard input, several files, patterns of files.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use super::input::name_of_all;
use super::{Matched, Source, folder};
use crate::error::Error;
use crate::message::Message;
use crate::text::{is_address, without_credentials};

/// At most so many files are read as one corpus.
const MOST: usize = 10_000;
/// What makes a pattern of a name.
const WILD: [char; 3] = ['*', '?', '['];

/// The files that paths, folders and patterns such as `mail/*.csv` name, each once: a pattern's in the order of their names.
///
/// # Errors
/// When a pattern is none or matches nothing, when standard input is named beside files, or when there are too many files.
pub fn sources(named: &[PathBuf]) -> Result<Source, Error> {
    let (mut files, mut seen, mut notes, mut name) = (Vec::new(), HashSet::new(), Vec::new(), None);
    for (place, path) in named.iter().enumerate() {
        let found = matching(path)?;
        notes.extend(found.notes);
        name = name.or(found.name.filter(|_| place == 0));
        for file in found.files {
            // `mail.jsonl` and `./mail.jsonl` are one file.
            if seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())) {
                files.push(file);
            }
            if files.len() > MOST {
                return Err(Error::usage(format!("more than {MOST} files are named: put them into fewer")));
            }
        }
    }
    let more = named.len().saturating_sub(1);
    let name = name.map(|name| if more > 0 { format!("{name}-and-{more}-more") } else { name });
    let stdin = Path::new("-");
    match files.as_slice() {
        [only] if only.as_path() == stdin => Ok(Source::Stdin),
        _ if files.iter().any(|file| file.as_path() == stdin) => {
            Err(Error::usage("- (standard input) cannot be read together with files"))
        }
        _ if name.is_some() || !notes.is_empty() => {
            let name = name.unwrap_or_else(|| name_of_all(&files));
            Ok(Source::Matched(Matched { paths: files, name, notes }))
        }
        [only] => Ok(Source::File(only.clone())),
        _ => Ok(Source::Files(files)),
    }
}

/// What one word of the command line stands for.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// What its files are called together, where they have a name of their own.
    name: Option<String>,
    notes: Vec<Message>,
}

/// The path itself if it exists or is not a pattern.
fn matching(path: &Path) -> Result<Found, Error> {
    if is_address(path) {
        let shown = without_credentials(&path.to_string_lossy());
        return Err(Error::usage(format!("{shown}: is an address, and only files are read: download it first")));
    }
    if path.is_dir() {
        let folder = folder::files(path)?;
        let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = absolute.file_name().map(|name| name.to_string_lossy().into_owned());
        return Ok(Found { files: folder.files, name, notes: folder.notes });
    }
    let Some(pattern) = path.to_str().filter(|name| name.contains(WILD) && !path.exists()) else {
        return Ok(Found { files: vec![path.to_owned()], ..Found::default() });
    };
    // As in a shell, `*` stands for no hidden file: a folder may hold `.DS_Store`.
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let paths = glob::glob_with(pattern, options)
        .map_err(|problem| Error::usage(format!("{pattern}: is not a pattern: {problem}")))?;
    let files: Vec<PathBuf> = paths.filter_map(Result::ok).filter(|path| !path.is_dir()).collect();
    match files.len() {
        0 => Err(Error::usage(format!("{pattern}: no file matches"))),
        1 => Ok(Found { files, ..Found::default() }),
        _ => Ok(Found { files, name: name_of_pattern(path), notes: Vec::new() }),
    }
}

/// What the files of a pattern are called: `survey` for `in/survey-*.csv`, `mail` for `mail/*.csv`; nothing for `*.csv`.
fn name_of_pattern(pattern: &Path) -> Option<String> {
    let stem = pattern.file_stem()?.to_str()?;
    let own = stem.split(WILD).next().map(|own| own.trim_matches(|c: char| !c.is_alphanumeric()));
    let above = || {
        let parts = pattern.parent()?.components().rev();
        let mut names = parts.filter_map(|part| match part {
            Component::Normal(name) => name.to_str().filter(|name| !name.contains(WILD)),
            _ => None,
        });
        names.next()
    };
    own.filter(|own| !own.is_empty()).or_else(above).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_files_in_the_order_of_their_names_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        for name in ["b.csv", "a.csv", "c.txt"] {
            std::fs::write(file(name), "x").unwrap();
        }
        let named = [file("c.txt"), file("*.csv"), file("a.csv")];
        assert_eq!(sources(&named).unwrap(), Source::Files(vec![file("c.txt"), file("a.csv"), file("b.csv")]));
        let again = folder.path().join(".").join("a.csv");
        assert_eq!(sources(&[file("a.csv"), again]).unwrap(), Source::File(file("a.csv")), "one file, named twice");
        let problem = sources(&["http://user:CANARY@host/x".into()]).unwrap_err().to_string();
        assert!(problem.contains("is an address") && !problem.contains("CANARY"), "{problem}");
        assert_eq!(sources(&[file("?.txt")]).unwrap(), Source::File(file("c.txt")));
        std::fs::write(file(".hidden.txt"), "x").unwrap();
        assert_eq!(sources(&[file("*.txt")]).unwrap(), Source::File(file("c.txt")), "no hidden file, as in a shell");
        assert_eq!(sources(&["-".into()]).unwrap(), Source::Stdin);
        for wrong in [vec![file("*.xlsx")], vec!["-".into(), file("a.csv")], vec![file("[")]] {
            assert_eq!(sources(&wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
        }
    }
    #[test]
    fn the_files_of_a_folder_or_a_pattern_are_called_after_it() {
        let home = tempfile::tempdir().unwrap();
        let file = |name: &str| home.path().join(name);
        std::fs::create_dir(file("notes")).unwrap();
        for name in ["notes/a-1.md", "notes/a-2.md", "notes/b.md", "c.md"] {
            std::fs::write(file(name), "x").unwrap();
        }
        let name = |named: &[&str]| {
            let named: Vec<PathBuf> = named.iter().map(|name| file(name)).collect();
            crate::corpus::input::name(&sources(&named).unwrap())
        };
        assert_eq!(name(&["notes"]), "notes");
        assert_eq!(name(&["notes/"]), "notes");
        assert_eq!(name(&["notes/*.md"]), "notes");
        assert_eq!(name(&["notes/a-*.md"]), "a");
        assert_eq!(name(&["notes", "c.md"]), "notes-and-1-more");
        assert_eq!(name(&["c.md", "notes"]), "c-and-3-more");
        assert_eq!(name_of_pattern(Path::new("*.md")), None);
        assert_eq!(name_of_pattern(Path::new("in/**/*.md")), Some("in".into()));
    }
}
