//! Files that are there whole or not at all: written beside their place, put on the disk, and given their name last. A process that
//! is killed, a full disk or a power cut leaves the former file, and at most one beside it that the next writing removes.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A file while it is written. One that is not finished is removed again.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    aside: PathBuf,
    file: BufWriter<File>,
    is_finished: bool,
}

impl WholeFile {
    /// One that this process alone writes. What a process that was killed has left of it is removed.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin(path: &Path) -> io::Result<WholeFile> {
        WholeFile::begin_as(path, aside(path))
    }

    /// One that several processes may write at once: each has a name of its own for what is not finished, and the last one stays.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin_shared(path: &Path) -> io::Result<WholeFile> {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.writing", std::process::id()));
        WholeFile::begin_as(path, path.with_file_name(name))
    }

    /// One that is written under a name of the caller's choice until it is finished.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin_as(path: &Path, aside: PathBuf) -> io::Result<WholeFile> {
        if fs::symlink_metadata(&aside).is_ok() {
            fs::remove_file(&aside)?;
        }
        let opened = OpenOptions::new().write(true).create_new(true).open(&aside)?;
        Ok(WholeFile::opened(path, aside, opened))
    }

    /// One that several processes may want to write, of which one is enough: none where another one is at it.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin_locked(path: &Path) -> io::Result<Option<WholeFile>> {
        let aside = aside(path);
        let opened = OpenOptions::new().create(true).write(true).truncate(false).open(&aside)?;
        match opened.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(problem)) => return Err(problem),
            // The other one finished meanwhile: what is open here has its name already.
            Ok(()) if fs::symlink_metadata(&aside).is_err() => return Ok(None),
            Ok(()) => opened.set_len(0)?,
        }
        Ok(Some(WholeFile::opened(path, aside, opened)))
    }

    fn opened(path: &Path, aside: PathBuf, opened: File) -> WholeFile {
        WholeFile { path: path.to_owned(), aside, file: BufWriter::new(opened), is_finished: false }
    }

    /// Puts what is written so far on the disk, still without its name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }

    /// Puts it on the disk and gives it its name, in place of a file that has it.
    ///
    /// # Errors
    /// When it cannot be written whole: then the former file is as it was.
    pub fn finish(mut self) -> io::Result<()> {
        self.keep()?;
        fs::rename(&self.aside, &self.path)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // What could not be written whole is of no use, and it may not be there at all.
            let _ = fs::remove_file(&self.aside);
        }
    }
}

/// Where a file that one process writes is until it is finished.
pub fn aside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".writing");
    path.with_file_name(name)
}

/// Writes a file that this process alone writes, as it is made.
///
/// # Errors
/// When it cannot be written whole, with its name.
pub fn write(path: &Path, make: impl FnOnce(&mut WholeFile) -> io::Result<()>) -> Result<(), Error> {
    let written = WholeFile::begin(path).and_then(|mut file| {
        make(&mut file)?;
        file.finish()
    });
    written.map_err(|problem| Error::write(path, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_whole_or_as_it_was_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        write(&file, |out| out.write_all(b"first")).unwrap();
        let failed = write(&file, |out| {
            out.write_all(b"sec")?;
            Err(io::Error::other("the disk is full"))
        });
        let said = failed.unwrap_err().to_string();
        assert!(said.contains("a.json") && said.contains("the disk is full"), "{said}");
        assert_eq!(fs::read(&file).unwrap(), b"first");
        drop(WholeFile::begin_shared(&file).unwrap());
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_a_link_there_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, mine) = (folder.path().join("a.json"), folder.path().join("mine"));
        fs::write(aside(&file), "half of a much longer fi").unwrap();
        write(&file, |out| out.write_all(b"whole")).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"whole");
        #[cfg(unix)]
        {
            fs::write(&mine, "mine").unwrap();
            std::os::unix::fs::symlink(&mine, aside(&file)).unwrap();
            write(&file, |out| out.write_all(b"again")).unwrap();
            assert_eq!(fs::read(&mine).unwrap(), b"mine");
            assert_eq!(names(folder.path()), ["a.json", "mine"]);
        }
    }

    #[test]
    fn one_writer_of_a_locked_file_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.bin");
        fs::write(aside(&file), "half of a much longer fi").unwrap();
        let mut one = WholeFile::begin_locked(&file).unwrap().unwrap();
        assert!(WholeFile::begin_locked(&file).unwrap().is_none());
        one.write_all(b"one").unwrap();
        one.finish().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["a.bin"]);
    }

    #[test]
    fn two_writers_of_a_shared_file_leave_one_of_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.bin");
        let mut one = WholeFile::begin_shared(&file).unwrap();
        let mut other = WholeFile::begin_as(&file, folder.path().join(".a.bin.other")).unwrap();
        one.write_all(b"one").unwrap();
        other.write_all(b"other").unwrap();
        one.finish().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"one");
        other.finish().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"other");
        assert_eq!(names(folder.path()), ["a.bin"]);
    }
}
