use std::fs::{self, File};
use std::sync::Mutex;

use super::*;
use crate::embed::{Computed, Embedder, Keep};
use crate::message::Message;
use crate::vectors::{Embeddings, to_bytes};

/// Remembers what it was told.
#[derive(Default)]
struct Ear(Mutex<Vec<String>>);

impl Observer for Ear {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn say(&self, message: &Message) {
        self.0.lock().unwrap().push(message.to_string());
    }
}

impl Ear {
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Embeds a text by its length and first byte, and counts the texts; fails after some, if it is to.
struct Counting {
    identity: Identity,
    embedded: Mutex<usize>,
    fails_after: usize,
}

impl Embedder for Counting {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], _: &dyn Observer) -> Result<Embedded, Error> {
        *self.embedded.lock().unwrap() += texts.len();
        let values = texts.iter().flat_map(|text| direction(text)).collect();
        Ok(Embedded { embeddings: Embeddings::new(values, 2), truncated: self.truncated(texts)? })
    }

    fn embed_keeping(&self, texts: &[&str], keep: Keep<'_>, observer: &dyn Observer) -> Result<Embedded, Error> {
        for (text, content) in texts.iter().enumerate().take(self.fails_after) {
            keep(Computed { text, vector: &direction(content), is_cut: content.len() > 5 });
        }
        if self.fails_after < texts.len() {
            return Err(Error::Interrupted);
        }
        self.embed(texts, observer)
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        Ok(texts.iter().map(|text| text.len() > 5).collect())
    }
}

fn direction(text: &str) -> [f32; 2] {
    let mut vector = [text.len() as f32, f32::from(text.as_bytes()[0])];
    crate::vectors::normalise(&mut vector);
    vector
}

fn counting(sha256: &str) -> Counting {
    let identity =
        Identity { name: "test".into(), dimensions: 2, sha256: sha256.into(), window: 5, english_only: false };
    Counting { identity, embedded: Mutex::default(), fails_after: usize::MAX }
}

/// What a new process would embed, and how many texts it would really embed for it.
fn embedded(root: &Path, inner: &Counting, texts: &[&str], ear: &Ear) -> (Embedded, usize) {
    let cache = VectorCache::open(root, &inner.identity, ear);
    let embedded = CachedEmbedder::new(Box::new(inner), cache).embed(texts, ear).unwrap();
    (embedded, std::mem::take(&mut inner.embedded.lock().unwrap()))
}

fn all_files(root: &Path) -> Vec<PathBuf> {
    let listed = |folder: &Path| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let own = root.join("colligate-vectors");
    listed(&own).filter(|path| path.is_dir()).flat_map(|folder| listed(&folder).collect::<Vec<_>>()).collect()
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
    let first = whole.embeddings.row(0)[0].to_le_bytes();
    let values = bytes.windows(4).position(|four| four == first).unwrap();
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

#[test]
fn what_was_computed_before_an_interruption_is_kept() {
    let (root, ear) = (tempfile::tempdir().unwrap(), Ear::default());
    let broken = Counting { fails_after: 2, ..counting("a") };
    let cache = VectorCache::open(root.path(), &broken.identity, &ear);
    let texts = ["one", "two", "three"];
    let outcome = CachedEmbedder::new(Box::new(&broken), cache).embed(&texts, &ear);
    assert!(matches!(outcome, Err(Error::Interrupted)));
    assert_eq!(embedded(root.path(), &counting("a"), &texts, &ear).1, 1);
}

#[test]
fn vectors_of_another_embedder_or_text_and_what_is_no_direction_are_not_taken() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    embedded(root.path(), &inner, &["one", "another"], &ear);
    let path = all_files(root.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let other = counting("b");
    embedded(root.path(), &other, &["x"], &ear);
    let folders: Vec<PathBuf> = all_files(root.path()).iter().map(|path| path.parent().unwrap().to_owned()).collect();
    let others = folders.iter().find(|folder| **folder != *path.parent().unwrap()).unwrap();
    fs::copy(&path, others.join(path.file_name().unwrap())).unwrap();
    assert_eq!(embedded(root.path(), &other, &["one"], &ear).1, 1, "another embedder's");
    // The two vectors changed places.
    let [one, another] = ["one", "another"].map(|text| to_bytes(&direction(text)));
    let at = |bytes: &[u8]| whole.windows(8).position(|window| window == bytes).unwrap();
    let mut swapped = whole.clone();
    swapped[at(&one)..at(&one) + 8].copy_from_slice(&another);
    swapped[at(&another)..at(&another) + 8].copy_from_slice(&one);
    fs::write(&path, &swapped).unwrap();
    let (again, count) = embedded(root.path(), &inner, &["one"], &ear);
    assert_eq!((again.embeddings.row(0), count), (&direction("one")[..], 1), "another text's");
}

#[test]
fn a_vector_with_a_right_checksum_that_is_no_direction_is_not_taken() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    for vector in [[f32::NAN, 0.0], [f32::INFINITY, 1.0], [0.0, 0.0], [3.0, 4.0]] {
        let cache = VectorCache::open(root.path(), &inner.identity, &ear);
        let vectors = Embedded { embeddings: Embeddings::new(vector.to_vec(), 2), truncated: vec![false] };
        cache.add(&["one"], &vectors, &ear);
        let (again, count) = embedded(root.path(), &inner, &["one"], &ear);
        assert_eq!((again.embeddings.row(0), count), (&direction("one")[..], 1), "{vector:?}");
        cache.discard();
    }
}

#[test]
fn nothing_of_the_users_is_ever_removed() {
    let (root, ear, inner) = (tempfile::tempdir().unwrap(), Ear::default(), counting("a"));
    let [key, film] = [".ssh/id", "films/film.mkv"].map(|name| root.path().join(name));
    for path in [&key, &film] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "mine").unwrap();
        let past = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        File::options().write(true).open(path).unwrap().set_modified(past).unwrap();
    }
    let cache = VectorCache { largest: 0, ..VectorCache::open(root.path(), &inner.identity, &ear) };
    CachedEmbedder::new(Box::new(&inner), cache).embed(&["one"], &ear).unwrap();
    assert!(key.exists() && film.exists() && all_files(root.path()).is_empty());
}
