//! Where a run may be written: where nothing is yet, or where a run is already. Everything else is the user's and stays untouched.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::manifest::{Manifest, read_manifest};
use super::names::{LOCK, MANIFEST};
use crate::error::Error;
use crate::message;
use crate::message::{Argument, Mention};
use crate::writing::aside;

/// What the lock file of a run holds: by it a directory in which a run had only just begun is told from a user's.
const LOCKED: &str = "lock of a colligate run\n";

/// What stands where a run is to be written.
#[derive(Debug)]
pub(super) enum Place {
    /// Nothing, or an empty directory, or what a run leaves that was killed before it wrote its manifest.
    Free,
    /// A run.
    Run(Box<Manifest>),
}

impl Place {
    /// Looks at a path without changing anything there.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is something else.
    pub(super) fn of(path: &Path) -> Result<Place, Error> {
        if path.as_os_str().is_empty() {
            return Err(Error::Usage(message!("{@out} is empty: name a directory, or leave it out for runs/NAME")));
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => within(path),
            Ok(_) => Err(refused(path, "is a file, not a directory")),
            Err(problem) if problem.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
                Ok(Place::Free)
            }
            Err(problem) => Err(refused(path, message!("cannot be used ({problem})", problem))),
        }
    }
}

fn within(path: &Path) -> Result<Place, Error> {
    if fs::symlink_metadata(path.join(MANIFEST)).is_ok() {
        let read = read_manifest(path).map(|manifest| Place::Run(Box::new(manifest)));
        return read.map_err(|problem| {
            refused(path, message!("holds a manifest.json that is not a run's ({problem})", problem))
        });
    }
    let entries =
        fs::read_dir(path).map_err(|problem| refused(path, message!("cannot be read ({problem})", problem)))?;
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    let is_begun = || {
        let is_ours = names.iter().all(|name| *name == LOCK || Path::new(name) == aside(Path::new(MANIFEST)));
        is_ours && fs::read_to_string(path.join(LOCK)).is_ok_and(|text| text == LOCKED)
    };
    if names.is_empty() || is_begun() {
        return Ok(Place::Free);
    }
    Err(refused(path, "is not empty and holds no run"))
}

fn refused(path: &Path, what: impl Argument) -> Error {
    let out = Mention::of("out").shown(path.display());
    Error::Usage(message!("{out} {what}: it is left as it is; give another {+out}", out, what))
}

/// Makes a directory and those above it; returns those that were missing, the outermost first.
pub(super) fn make(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    let mut made = Vec::new();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => made.push(folder.to_owned()),
            // Another process was faster.
            Err(problem) if problem.kind() == ErrorKind::AlreadyExists => {}
            Err(problem) => {
                unmake(&made);
                let folder = folder.display();
                return Err(Error::Usage(message!(
                    "{folder} cannot be made: {problem}; give another {+out}",
                    folder,
                    problem
                )));
            }
        }
    }
    Ok(made)
}

/// Removes directories that were made, the innermost first, as far as they are empty.
pub(super) fn unmake(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}

/// Makes `runs/NAME`, or the first of `runs/NAME-2`, … that is not there: no other process makes the same.
pub(super) fn make_named(runs: &Path, corpus: &str) -> Result<(PathBuf, Vec<PathBuf>), Error> {
    let mut made = make(runs)?;
    let names = std::iter::once(corpus.to_owned()).chain((2..).map(|number| format!("{corpus}-{number}")));
    for path in names.map(|name| runs.join(name)) {
        match fs::create_dir(&path) {
            Ok(()) => {
                made.push(path.clone());
                return Ok((path, made));
            }
            Err(problem) if problem.kind() == ErrorKind::AlreadyExists => {}
            Err(problem) => {
                unmake(&made);
                let path = path.display();
                return Err(Error::Usage(message!("{path} cannot be made: {problem}; give an {+out}", path, problem)));
            }
        }
    }
    Err(Error::Bug("there is always a next number".into()))
}

/// What keeps other processes out of a run directory, for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
    /// The directory itself, where the system locks directories: somebody may remove the file.
    _directory: Option<File>,
}

/// Takes the lock of a run directory. A lock file that is there already is not changed.
pub(super) fn lock(path: &Path) -> Result<Lock, Error> {
    let lock = path.join(LOCK);
    let problem = |problem: std::io::Error| {
        Error::Usage(message!("{lock}: {problem}; give another {+out}", lock = lock.display(), problem))
    };
    let file = match OpenOptions::new().write(true).create_new(true).open(&lock) {
        Ok(mut file) => file.write_all(LOCKED.as_bytes()).map(|()| file).map_err(problem)?,
        Err(_) => OpenOptions::new().read(true).write(true).open(&lock).map_err(problem)?,
    };
    let in_use = || Error::usage(format!("{}: another run is writing here", path.display()));
    file.try_lock().map_err(|_| in_use())?;
    if !is_still(&file, &lock) {
        return Err(in_use());
    }
    let directory = File::open(path).ok().filter(|_| cfg!(unix));
    if directory.as_ref().is_some_and(|directory| matches!(directory.try_lock(), Err(TryLockError::WouldBlock))) {
        return Err(in_use());
    }
    Ok(Lock { _file: file, _directory: directory })
}

/// Whether an open file is still the one of its name: a run that kept nothing removes its lock file.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |found: fs::Metadata| (found.dev(), found.ino());
    file.metadata().ok().map(number) == fs::metadata(path).ok().map(number)
}

#[cfg(not(unix))]
fn is_still(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &Path) -> Result<Place, String> {
        Place::of(path).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_run_killed_before_its_manifest_was_written_leaves_a_free_place() {
        let folder = tempfile::tempdir().unwrap();
        drop(lock(folder.path()).unwrap());
        fs::write(aside(&folder.path().join(MANIFEST)), "{").unwrap();
        assert!(matches!(of(folder.path()), Ok(Place::Free)));
        fs::write(folder.path().join("letter"), "mine").unwrap();
        assert!(of(folder.path()).unwrap_err().contains("is not empty and holds no run"));
    }

    #[test]
    fn a_lock_file_is_never_changed_and_its_mere_existence_means_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LOCK), "mine").unwrap();
        let held = lock(folder.path()).unwrap();
        assert!(lock(folder.path()).unwrap_err().to_string().contains("another run is writing here"));
        if cfg!(unix) {
            fs::remove_file(folder.path().join(LOCK)).unwrap();
            assert!(lock(folder.path()).is_err(), "the directory is locked too");
            fs::write(folder.path().join(LOCK), "mine").unwrap();
        }
        drop(held);
        lock(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(LOCK)).unwrap(), "mine");
    }

    #[test]
    fn no_two_runs_get_the_same_name_and_what_was_made_is_unmade() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let (first, made) = make_named(&runs, "mail").unwrap();
        let (second, made_too) = make_named(&runs, "mail").unwrap();
        assert_eq!([&first, &second], [&runs.join("mail"), &runs.join("mail-2")]);
        unmake(&made);
        assert!(!first.exists() && second.exists() && made_too == [second]);
    }
}
