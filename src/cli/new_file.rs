//! New files that the user names.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
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
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let missing = std::io::Error::new(std::io::ErrorKind::NotFound, "its folder does not exist");
            Err(Error::write(file, missing))
        }
        _ => Ok(()),
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
