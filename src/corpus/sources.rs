//! What the command line names as the corpus: a file, standard input, several files, patterns of files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Source, folder};
use crate::error::Error;
use crate::text::{is_address, without_credentials};

/// At most so many files are read as one corpus.
const MOST: usize = 10_000;

/// The files that paths and patterns such as `mail/*.csv` name, each once: a pattern's in the order of their names.
///
/// # Errors
/// When a pattern is none or matches nothing, when standard input is named beside files, or when there are too many files.
pub fn sources(named: &[PathBuf]) -> Result<Source, Error> {
    let (mut files, mut seen) = (Vec::new(), HashSet::new());
    for path in named {
        for file in matching(path)? {
            // `mail.jsonl` and `./mail.jsonl` are one file.
            if seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())) {
                files.push(file);
            }
            if files.len() > MOST {
                return Err(Error::usage(format!("more than {MOST} files are named: put them into fewer")));
            }
        }
    }
    let stdin = Path::new("-");
    match files.as_slice() {
        [only] if only.as_path() == stdin => Ok(Source::Stdin),
        [only] => Ok(Source::File(only.clone())),
        _ if files.iter().any(|file| file.as_path() == stdin) => {
            Err(Error::usage("- (standard input) cannot be read together with files"))
        }
        _ => Ok(Source::Files(files)),
    }
}

/// The path itself if it exists or is not a pattern.
fn matching(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if is_address(path) {
        let shown = without_credentials(&path.to_string_lossy());
        return Err(Error::usage(format!("{shown}: is an address, and only files are read: download it first")));
    }
    if path.is_dir() {
        return folder::files(path);
    }
    let Some(pattern) = path.to_str().filter(|name| name.contains(['*', '?', '[']) && !path.exists()) else {
        return Ok(vec![path.to_owned()]);
    };
    // As in a shell, `*` stands for no hidden file: a folder may hold `.DS_Store`.
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let paths = glob::glob_with(pattern, options)
        .map_err(|problem| Error::usage(format!("{pattern}: is not a pattern: {problem}")))?;
    let files: Vec<PathBuf> = paths.filter_map(Result::ok).filter(|path| !path.is_dir()).collect();
    if files.is_empty() { Err(Error::usage(format!("{pattern}: no file matches"))) } else { Ok(files) }
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
}
