//! New files that the user names.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::run::is_read_with_run;
use crate::writing::WholeFile;

/// Looks whether a file could be written that is not there yet: what takes long to compute is not lost in the end. Nothing is made.
///
/// # Errors
/// When the file is there already, or its folder is not.
pub fn check_new(flag: &str, file: &Path) -> Result<(), Error> {
    if file.symlink_metadata().is_ok() {
        let problem = format!("{flag} {}: this file exists already; name another one", file.display());
        return Err(Error::usage(problem));
    }
    if is_read_with_run(file) {
        let problem =
            format!("{flag} {}: the run in this folder would be read with it; name another file", file.display());
        return Err(Error::usage(problem));
    }
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let missing = std::io::Error::new(std::io::ErrorKind::NotFound, "its folder does not exist");
            Err(Error::write(file, missing))
        }
        _ => Ok(()),
    }
}

/// Looks whether files that one command writes are different ones, however their paths are spelled: what takes long to compute is not
/// found out to be for nothing in the end.
///
/// # Errors
/// When two flags name one file.
pub fn check_distinct(files: &[(&str, Option<&Path>)]) -> Result<(), Error> {
    let named: Vec<(&str, PathBuf)> =
        files.iter().filter_map(|(flag, file)| Some((*flag, resolved((*file)?)))).collect();
    for (number, (flag, file)) in named.iter().enumerate() {
        if let Some((other, _)) = named[..number].iter().find(|(_, other)| other == file) {
            return Err(Error::usage(format!("{flag} and {other} name one file ({}): give them two", file.display())));
        }
    }
    Ok(())
}

/// A path without links and detours, as far as what it leads through is there.
fn resolved(file: &Path) -> PathBuf {
    if let Ok(resolved) = file.canonicalize() {
        return resolved;
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), file.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => file.to_owned(),
    }
}

/// Writes a file that is not there yet, named by a flag: nothing of the user's is overwritten, and there is a whole file or none.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn write_new(flag: &str, file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut new = NewFile::create(flag, file)?;
    new.write(bytes)?;
    new.finish(flag)
}

/// Such a file while it is written. One that is not finished is removed.
pub struct NewFile {
    path: PathBuf,
    file: WholeFile,
}

impl NewFile {
    /// An empty one.
    ///
    /// # Errors
    /// When the file is there already, or cannot be made.
    pub fn create(flag: &str, path: &Path) -> Result<NewFile, Error> {
        check_new(flag, path)?;
        let file = WholeFile::begin_shared(path).map_err(|problem| Error::write(path, problem))?;
        Ok(NewFile { path: path.to_owned(), file })
    }

    /// Appends.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|problem| Error::write(&self.path, problem))
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// When it cannot be written, or a file of that name has come in the meantime.
    pub fn finish(self, flag: &str) -> Result<(), Error> {
        check_new(flag, &self.path)?;
        self.file.finish().map_err(|problem| Error::write(&self.path, problem))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn one_file_in_two_spellings_is_found_out_before_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (file, inner) = (folder.path().join("x"), folder.path().join("inner"));
        fs::create_dir(&inner).unwrap();
        let same =
            |other: &Path| check_distinct(&[("--summary", Some(other)), ("--journal", None), ("--out", Some(&file))]);
        for other in [file.clone(), inner.join("../x"), folder.path().join("./x")] {
            let refused = same(&other).unwrap_err();
            assert!(refused.exit_code() == 2 && refused.to_string().contains("--out and --summary name one file"));
        }
        same(&inner.join("x")).unwrap();
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&inner, &link).unwrap();
            assert!(
                check_distinct(&[("--out", Some(&link.join("y"))), ("--summary", Some(&inner.join("y")))]).is_err()
            );
        }
    }

    #[test]
    fn no_file_comes_among_those_that_a_run_is_read_by() {
        let folder = tempfile::tempdir().unwrap();
        check_new("--out", &folder.path().join("edits.toml")).unwrap();
        fs::write(folder.path().join("manifest.json"), "{}").unwrap();
        assert_eq!(check_new("--out", &folder.path().join("edits.toml")).unwrap_err().exit_code(), 2);
        check_new("--out", &folder.path().join("report.html")).unwrap();
        check_new("--out", &folder.path().join("mine.toml")).unwrap();
    }

    #[test]
    fn a_report_is_written_whole_or_not_at_all_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let (there, missing) = (folder.path().join("a.html"), folder.path().join("none/a.html"));
        write_new("--out", &there, b"first").unwrap();
        assert_eq!(write_new("--out", &there, b"second").unwrap_err().exit_code(), 2);
        assert_eq!(write_new("--out", &missing, b"third").unwrap_err().exit_code(), 1);
        assert_eq!(fs::read(&there).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
