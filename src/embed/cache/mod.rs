//! The vector cache: what was embedded once on this machine is not embedded again. It holds hashes of texts and their vectors,
//! never a text.
//!
//! One folder an embedder, in it files in the safetensors format that are written aside, renamed and never changed: two
//! processes write different files and read whole ones. What is in them is not trusted: each row carries a checksum over
//! embedder, text and vector, and a vector that is not finite or not of length one is none. A damaged file is removed with a
//! message, and its texts are embedded again.

mod embedder;
mod folder;
mod segment;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

pub use embedder::{CachedEmbedder, told};
use folder::Folder;
pub use folder::OWN as CACHE_FOLDER;
use segment::{Key, Row, Segment, encode};

use super::{Embedded, Identity};
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::observer::Observer;
use crate::seed::hex;

/// Bytes of all files together, above which the oldest are removed.
const LARGEST: u64 = 4 << 30;
/// So many files of one embedder, and the small ones among them are put together.
const FILES: usize = 64;
/// Bytes of a small file.
const SMALL: u64 = 4 << 20;
/// Texts in one file.
const TEXTS: usize = 16_384;

/// The cached vectors of one embedder.
#[derive(Debug)]
pub struct VectorCache {
    /// None where another's folder stands in its place: then nothing is kept.
    folder: Option<Folder>,
    /// What the embedder's vectors are told from others by.
    embedder: Key,
    dimensions: usize,
    largest: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    segments: Vec<Segment>,
    /// Segment and row of a text's vector.
    places: HashMap<Key, (usize, usize)>,
}

/// Where a user's caches are, by the custom of the platform: the vector cache has a folder of its own there.
pub fn user_cache() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    };
    folder.filter(|folder| folder.is_absolute())
}

impl VectorCache {
    /// What the cache in `root` holds of an embedder's vectors. A cache that cannot be read is an empty one, and one in whose
    /// place something else stands is none; the observer is told of it.
    pub fn open(root: &Path, identity: &Identity, observer: &dyn Observer) -> VectorCache {
        // Another version may round otherwise.
        let name = format!("{}\n{}\n{}", env!("CARGO_PKG_VERSION"), identity.sha256, identity.dimensions);
        let embedder: Key = Sha256::digest(name).into();
        let folder = Folder::new(root, &hex(&embedder)[..16]);
        let folder =
            folder.inspect_err(|problem| observer.say(&message!("no vectors are cached: {problem}", problem))).ok();
        let dimensions = identity.dimensions;
        let cache = VectorCache { folder, embedder, dimensions, largest: LARGEST, state: Mutex::default() };
        cache.read(observer);
        cache.put_together(observer);
        cache
    }

    fn read(&self, observer: &dyn Observer) {
        let Some(folder) = &self.folder else { return };
        for path in folder.files() {
            match Segment::open(&path, self.embedder, self.dimensions) {
                Ok(Some(segment)) => self.state().take_in(segment),
                Ok(None) => damaged(folder, &path, observer),
                // Another process may have removed it.
                Err(_) => {}
            }
        }
    }

    /// The vector of a text (d) and whether the text was longer than the embedder's window, if they are there.
    pub fn find(&self, text: &str, observer: &dyn Observer) -> Option<(Vec<f32>, bool)> {
        let (found, broken) = self.state().read(&Sha256::digest(text).into());
        if let (Some(path), Some(folder)) = (broken, &self.folder) {
            damaged(folder, &path, observer);
        }
        found
    }

    /// Keeps the vectors of n texts. A cache that cannot be written is told of, and does no harm.
    pub fn add(&self, texts: &[&str], embedded: &Embedded, observer: &dyn Observer) {
        let row = |index: usize| Row::new(texts[index], embedded.embeddings.row(index), embedded.truncated[index]);
        let rows: Vec<Row> = (0..texts.len()).map(row).collect();
        self.keep(&rows, observer);
    }

    /// Whether vectors can be kept: not where something else stands in its place.
    pub fn is_usable(&self) -> bool {
        self.folder.is_some()
    }

    /// Removes the cache with all that it has written.
    pub fn discard(self) {
        self.folder.iter().for_each(Folder::remove_all);
    }

    fn keep(&self, rows: &[Row], observer: &dyn Observer) {
        let Some(folder) = &self.folder else { return };
        let written = rows.chunks(TEXTS).try_for_each(|part| {
            self.write(folder, part)?;
            self.prune(folder);
            Ok(())
        });
        if let Err::<(), Error>(problem) = written {
            observer.say(&unwritten(&problem));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a new file and takes it in; returns its path.
    fn write(&self, folder: &Folder, rows: &[Row]) -> Result<PathBuf, Error> {
        let bytes = encode(rows, self.embedder, self.dimensions);
        let path = folder.write(&hex(&Sha256::digest(&bytes)[..12]), &bytes)?;
        let segment = Segment::open(&path, self.embedder, self.dimensions);
        if let Some(segment) = segment.map_err(|problem| Error::write(&path, problem))? {
            self.state().take_in(segment);
        }
        Ok(path)
    }

    /// Makes one file of many small ones.
    fn put_together(&self, observer: &dyn Observer) {
        let Some(folder) = &self.folder else { return };
        if self.state().segments.len() < FILES {
            return;
        }
        let small = self.state().take_small();
        let rows = small.1.into_iter().filter_map(|mut segment| segment.rows()).flatten();
        let mut rows: Vec<Row> = rows.collect();
        rows.sort_by_key(|row| row.key);
        rows.dedup_by(|a, b| a.key == b.key);
        if rows.is_empty() {
            return;
        }
        match self.write(folder, &rows) {
            // Whoever has a removed file open still reads it; who does not embeds again.
            Ok(new) => small.0.iter().filter(|path| **path != new).for_each(|path| folder.remove(path)),
            Err(problem) => observer.say(&unwritten(&problem)),
        }
    }

    /// Removes the oldest files of all embedders while there is too much.
    fn prune(&self, folder: &Folder) {
        let dated = |path: PathBuf| {
            let metadata = path.metadata().ok()?;
            Some((metadata.modified().ok()?, path, metadata.len()))
        };
        let mut found: Vec<(SystemTime, PathBuf, u64)> = folder.files_of_all().into_iter().filter_map(dated).collect();
        found.sort();
        let mut total: u64 = found.iter().map(|(_, _, size)| size).sum();
        for (_, path, size) in found {
            if total <= self.largest {
                break;
            }
            folder.remove(&path);
            total -= size;
        }
    }
}

impl State {
    fn take_in(&mut self, segment: Segment) {
        let index = self.segments.len();
        self.places.extend(segment.keys.iter().enumerate().map(|(row, key)| (*key, (index, row))));
        self.segments.push(segment);
    }

    /// Takes out the small files: their paths, and the files themselves.
    fn take_small(&mut self) -> (Vec<PathBuf>, Vec<Segment>) {
        let segments = std::mem::take(self).segments;
        let (small, large): (Vec<Segment>, Vec<Segment>) = segments.into_iter().partition(|file| file.size <= SMALL);
        large.into_iter().for_each(|segment| self.take_in(segment));
        (small.iter().map(|segment| segment.path.clone()).collect(), small)
    }

    /// A row that is not what was written is as good as none; its file is not asked again, and its path is returned.
    fn read(&mut self, key: &Key) -> (Option<(Vec<f32>, bool)>, Option<PathBuf>) {
        let Some(&(index, row)) = self.places.get(key) else { return (None, None) };
        let segment = &mut self.segments[index];
        let found = segment.read(row);
        let broken = found.is_none().then(|| segment.path.clone());
        if broken.is_some() {
            self.places.retain(|_, (place, _)| *place != index);
        }
        (found, broken)
    }
}

fn unwritten(problem: &Error) -> Message {
    message!("the vector cache cannot be written: {problem}", problem)
}

/// Should the file stay, it is told of again.
fn damaged(folder: &Folder, path: &Path, observer: &dyn Observer) {
    let path_shown = path.display();
    observer.say(&format!("{path_shown}: a damaged file of the vector cache: its texts are embedded again").into());
    folder.remove(path);
}

#[cfg(test)]
mod tests;
