use std::sync::Mutex;

use super::*;
use crate::embed::{Embedder, Embeddings};

/// Remembers what it was told.
#[derive(Default)]
struct Ear(Mutex<Vec<String>>);

impl Observer for Ear {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn say(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

impl Ear {
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Embeds a text by its length and first byte, and counts the texts.
struct Counting {
    identity: Identity,
    embedded: Mutex<usize>,
}

impl Embedder for &Counting {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], _: &dyn Observer) -> Result<Embedded, Error> {
        *self.embedded.lock().unwrap() += texts.len();
        let values = texts.iter().flat_map(|text| [text.len() as f32, f32::from(text.as_bytes()[0])]).collect();
        Ok(Embedded { embeddings: Embeddings::new(values, 2), truncated: self.truncated(texts)? })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        Ok(texts.iter().map(|text| text.len() > 5).collect())
    }
}

fn counting(sha256: &str) -> Counting {
    let identity =
        Identity { name: "test".into(), dimensions: 2, sha256: sha256.into(), window: 5, english_only: false };
    Counting { identity, embedded: Mutex::default() }
}

/// What a new process would embed, and how many texts it would really embed for it.
fn embedded(root: &Path, inner: &Counting, texts: &[&str], ear: &Ear) -> (Embedded, usize) {
    let cache = VectorCache::open(root, &inner.identity, ear);
    let embedded = CachedEmbedder::new(Box::new(inner), cache).embed(texts, ear).unwrap();
    (embedded, std::mem::take(&mut inner.embedded.lock().unwrap()))
}

fn all_files(root: &Path) -> Vec<PathBuf> {
    listed(root).iter().flat_map(|folder| listed(folder)).collect()
}

#[test]
fn what_was_embedded_once_is_found_again_by_the_same_embedder_only() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    let (first, count) = embedded(root.path(), &inner, &["one", "a longer text"], &ear);
    assert_eq!((count, ear.heard().len()), (2, 0));
    let (second, count) = embedded(root.path(), &inner, &["a longer text", "new", "one"], &ear);
    assert_eq!((count, ear.heard()), (1, vec!["2 of 3 vectors come from the cache".to_owned()]));
    assert_eq!(second.embeddings.row(2), first.embeddings.row(0));
    assert_eq!(second.truncated, [true, false, false]);
    assert_eq!(embedded(root.path(), &counting("b"), &["one"], &ear).1, 1);
}

#[test]
fn a_damaged_file_is_told_of_and_written_again() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    let whole = embedded(root.path(), &inner, &["one"], &ear).0;
    let path = all_files(root.path()).remove(0);
    let bytes = fs::read(&path).unwrap();
    let values = bytes.windows(4).position(|four| four == 3.0_f32.to_le_bytes()).unwrap();
    let mut changed = bytes.clone();
    changed[values] ^= 1;
    for damaged in [&changed[..], &bytes[..bytes.len() - 1], &bytes[..5], b"", &[255; 64]] {
        fs::write(&path, damaged).unwrap();
        let (again, count) = embedded(root.path(), &inner, &["one"], &ear);
        assert_eq!((&again, count), (&whole, 1));
        assert!(ear.heard().iter().any(|said| said.contains("damaged")));
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    assert_eq!(embedded(root.path(), &inner, &["one"], &ear).1, 0);
}

#[test]
fn many_small_files_are_put_together() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    let texts: Vec<String> = (0..FILES).map(|number| format!("{number}")).collect();
    texts.iter().for_each(|text| drop(embedded(root.path(), &inner, &[text], &ear)));
    assert_eq!(all_files(root.path()).len(), FILES);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(embedded(root.path(), &inner, &texts, &ear).1, 0);
    assert_eq!(all_files(root.path()).len(), 1);
    assert_eq!(embedded(root.path(), &inner, &texts, &ear).1, 0);
}

#[test]
fn the_oldest_files_go_when_there_is_too_much() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    embedded(root.path(), &inner, &["one"], &ear);
    let old = all_files(root.path()).remove(0);
    let past = SystemTime::now() - std::time::Duration::from_secs(60);
    File::options().write(true).open(&old).unwrap().set_modified(past).unwrap();
    let largest = fs::metadata(&old).unwrap().len() * 3 / 2;
    let cache = VectorCache { largest, ..VectorCache::open(root.path(), &inner.identity, &ear) };
    CachedEmbedder::new(Box::new(&inner), cache).embed(&["two"], &ear).unwrap();
    assert!(!old.exists() && all_files(root.path()).len() == 1);
}

#[test]
fn two_processes_write_side_by_side() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    let [left, right] = [0, 1].map(|_| VectorCache::open(root.path(), &inner.identity, &ear));
    for (cache, text) in [(&left, "left"), (&right, "right"), (&right, "left")] {
        let vectors = Embedded { embeddings: Embeddings::new(vec![1.0, 0.0], 2), truncated: vec![false] };
        cache.add(&[text], &vectors, &ear);
    }
    assert_eq!(embedded(root.path(), &inner, &["left", "right"], &ear).1, 0);
    assert!(ear.heard().iter().all(|said| !said.contains("damaged")));
}
