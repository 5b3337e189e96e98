//! The folder that the vector cache may touch, and the names in it that are its own.
//!
//! A user may name any directory for the cache, a home directory among them. The cache makes a folder of its own in it and marks
//! that folder with a tag file. A folder of that name without the tag is somebody else's. Within its own folder it reads, writes
//! and removes only plain files whose names follow its pattern.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::writing::WholeFile;

/// Name of the cache's own folder.
pub const OWN: &str = "colligate-vectors";
/// The tag file's name, as backup programs know it (<https://bford.info/cachedir/>).
const TAG: &str = "CACHEDIR.TAG";
/// What the tag file holds: the signature of the convention, and whose folder it is.
const TAGGED: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This folder is the vector cache of colligate (https://bford.info/cachedir/).
# It holds vectors that can be computed again: it may be removed at any time.
";
/// Ending of a file of vectors.
const ENDING: &str = "safetensors";
/// Hexadecimal digits of an embedder's folder, and of a file's name.
const DIGITS: (usize, usize) = (16, 24);

/// The folder of one embedder in the cache's own folder. Nothing is made before the first file is written.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    own: PathBuf,
    of_embedder: PathBuf,
}

impl Folder {
    /// The folder of an embedder, by 16 hexadecimal digits, in the directory that the user names.
    ///
    /// # Errors
    /// When what stands in its place is not the cache's.
    pub fn new(root: &Path, embedder: &str) -> Result<Folder, Error> {
        let own = root.join(OWN);
        let folder = Folder { root: root.to_owned(), of_embedder: own.join(embedder), own };
        match fs::symlink_metadata(&folder.own) {
            Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(folder),
            _ if folder.is_own() => Ok(folder),
            _ => Err(Error::Write {
                path: folder.own,
                problem: "this folder lacks the tag file of the vector cache, so it is left alone".into(),
            }),
        }
    }

    /// Whether the folder is tagged, or has nothing in it but what a process leaves that is just tagging it.
    fn is_own(&self) -> bool {
        let is_folder = fs::symlink_metadata(&self.own).is_ok_and(|found| found.is_dir());
        let is_tagged = fs::read_to_string(self.own.join(TAG)).is_ok_and(|text| text == TAGGED);
        let is_blank =
            || entries(&self.own).iter().all(|path| name(path).is_some_and(|name| name.starts_with(".CACHEDIR.TAG.")));
        is_folder && (is_tagged || is_blank())
    }

    /// Makes the folders and the tag file where they are missing.
    fn make(&self) -> io::Result<()> {
        fs::create_dir_all(&self.root)?;
        for folder in [&self.own, &self.of_embedder] {
            match fs::create_dir(folder) {
                Err(problem) if problem.kind() != ErrorKind::AlreadyExists => return Err(problem),
                _ => {}
            }
        }
        let tag = self.own.join(TAG);
        if tag.exists() {
            return Ok(());
        }
        write(WholeFile::begin_shared(&tag)?, TAGGED.as_bytes())
    }

    /// Writes a file of vectors whole; returns its path. `digits` are 24 hexadecimal digits.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, digits: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        let path = self.of_embedder.join(format!("{digits}.{ENDING}"));
        let aside = self.of_embedder.join(format!(".{digits}.{}", std::process::id()));
        // By this name what a killed process left is known as the cache's own.
        let written = self.make().and_then(|()| write(WholeFile::begin_as(&path, aside)?, bytes));
        written.map_err(|problem| Error::write(&path, problem))?;
        Ok(path)
    }

    /// The embedder's files of vectors, in the order of their names.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = entries(&self.of_embedder);
        files.retain(|path| is_own_file(path) && path.extension().is_some());
        files.sort();
        files
    }

    /// The files of all embedders, what a killed process left half-written among them.
    pub fn files_of_all(&self) -> Vec<PathBuf> {
        let folders = entries(&self.own).into_iter().filter(|path| is_embedders(path));
        folders.flat_map(|folder| entries(&folder)).filter(|path| is_own_file(path)).collect()
    }

    /// Removes a file, if it is one of the cache's. That another process was faster, or that it stays, does no harm.
    pub fn remove(&self, path: &Path) {
        if path.starts_with(&self.own) && is_own_file(path) {
            let _ = fs::remove_file(path);
        }
    }

    /// Removes all that the cache has written, and its folders where nothing else is in them.
    pub fn remove_all(&self) {
        self.files_of_all().iter().for_each(|path| self.remove(path));
        for folder in entries(&self.own).into_iter().filter(|path| is_embedders(path)) {
            let _ = fs::remove_dir(folder);
        }
        let is_left = entries(&self.own).iter().all(|path| name(path) == Some(TAG));
        if is_left && self.own.join(TAG).exists() && self.is_own() {
            let _ = fs::remove_file(self.own.join(TAG));
            let _ = fs::remove_dir(&self.own);
        }
    }
}

/// Writes a file whole.
fn write(mut file: WholeFile, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.finish()
}

fn is_embedders(path: &Path) -> bool {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    is_folder && name(path).is_some_and(|name| is_hex(name, DIGITS.0))
}

/// Whether a path is a plain file named `DIGITS.safetensors` or `.DIGITS.PROCESS`, in an embedder's folder.
fn is_own_file(path: &Path) -> bool {
    let is_own = |name: &str| match name.strip_prefix('.') {
        None => name.split_once('.').is_some_and(|(digits, rest)| is_hex(digits, DIGITS.1) && rest == ENDING),
        Some(name) => name.split_once('.').is_some_and(|(digits, process)| {
            is_hex(digits, DIGITS.1) && !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit())
        }),
    };
    is_plain(path) && name(path).is_some_and(is_own) && path.parent().is_some_and(is_embedders)
}

fn is_plain(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMBEDDER: &str = "0123456789abcdef";
    const DIGITS: &str = "0123456789abcdef01234567";

    fn folder(root: &Path) -> Result<Folder, Error> {
        Folder::new(root, EMBEDDER)
    }

    #[test]
    fn only_plain_files_of_the_own_pattern_are_listed_and_removed() {
        let root = tempfile::tempdir().unwrap();
        let cache = folder(root.path()).unwrap();
        let written = cache.write(DIGITS, b"vectors").unwrap();
        let beside = written.parent().unwrap();
        let foreign =
            ["film.safetensors", "notes.txt", ".0123456789abcdef01234567.old", "0123456789ABCDEF01234567.safetensors"];
        foreign.iter().for_each(|name| fs::write(beside.join(name), "mine").unwrap());
        fs::create_dir(beside.join("ffffffffffffffffffffffff.safetensors")).unwrap();
        fs::create_dir(root.path().join(OWN).join("films")).unwrap();
        fs::write(root.path().join(OWN).join("films").join(format!("{DIGITS}.{ENDING}")), "mine").unwrap();
        assert_eq!((cache.files(), cache.files_of_all()), (vec![written.clone()], vec![written.clone()]));
        for path in foreign.map(|name| beside.join(name)) {
            cache.remove(&path);
            assert!(path.exists(), "{}", path.display());
        }
        cache.remove_all();
        assert!(!written.exists() && beside.join("notes.txt").exists() && root.path().join(OWN).join(TAG).exists());
    }

    #[test]
    fn all_of_it_goes_where_nothing_else_is_in_it() {
        let root = tempfile::tempdir().unwrap();
        let cache = folder(root.path()).unwrap();
        cache.write(DIGITS, b"vectors").unwrap();
        assert!(
            fs::read_to_string(root.path().join(OWN).join(TAG)).unwrap().starts_with("Signature: 8a477f597d28d172")
        );
        cache.remove_all();
        assert_eq!(entries(root.path()), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_folder_without_the_tag_is_somebody_elses() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join(OWN);
        fs::create_dir(&own).unwrap();
        assert!(folder(root.path()).is_ok(), "an empty one can be taken");
        fs::write(own.join("letter.txt"), "mine").unwrap();
        assert!(folder(root.path()).unwrap_err().to_string().contains("left alone"));
        fs::write(own.join(TAG), "Signature: 8a477f597d28d172789f06886806bc55\n# of another program\n").unwrap();
        assert!(folder(root.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_file_of_the_caches() {
        let (root, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = folder(root.path()).unwrap();
        let written = cache.write(DIGITS, b"vectors").unwrap();
        fs::remove_file(&written).unwrap();
        fs::write(home.path().join("film"), "mine").unwrap();
        std::os::unix::fs::symlink(home.path().join("film"), &written).unwrap();
        cache.remove(&written);
        assert!(cache.files().is_empty() && written.exists());
        let other = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(home.path(), other.path().join(OWN)).unwrap();
        assert!(folder(other.path()).is_err());
    }
}
