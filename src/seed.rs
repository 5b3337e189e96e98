//! All randomness of a run: one generator a purpose, each derived from the run's seed.

use std::io::{self, Read, Write};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// A generator for one purpose, independent of every other purpose's: `generator(7, "kmeans", &[k, start])`.
pub fn generator(seed: u64, purpose: &str, parts: &[u64]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(purpose.as_bytes());
    for part in parts {
        hash.update(part.to_le_bytes());
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// Puts items in a random order (Fisher and Yates).
pub fn shuffle(items: &mut [usize], random: &mut impl RngExt) {
    for last in (1..items.len()).rev() {
        items.swap(last, random.random_range(0..=last));
    }
}

/// `count` of the items, drawn at random and put in ascending order; all of them where there are no more.
pub fn drawn(mut items: Vec<usize>, count: usize, random: &mut impl RngExt) -> Vec<usize> {
    shuffle(&mut items, random);
    items.truncate(count);
    items.sort_unstable();
    items
}

/// One of `parts` equal folds for each of `count` items, drawn at random for one purpose.
pub fn folds(count: usize, parts: usize, seed: u64, purpose: &str) -> Vec<usize> {
    let mut folds: Vec<usize> = (0..count).map(|item| item % parts).collect();
    shuffle(&mut folds, &mut generator(seed, purpose, &[count as u64]));
    folds
}

/// The sha256 of some bytes in hexadecimal.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes))
}

/// Passes bytes on, written or read, and takes their hash.
pub struct Hashing<'h, T> {
    /// Where they go, or come from.
    pub inner: T,
    /// The hash so far.
    pub hash: &'h mut Sha256,
}

impl<T: Write> Write for Hashing<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashing<'_, T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }
}

/// The first sixteen hexadecimal digits of the sha256: enough to see that something was changed.
pub fn checksum(bytes: impl AsRef<[u8]>) -> String {
    sha256_hex(bytes).chars().take(16).collect()
}

/// The bytes of a sha256 in hexadecimal digits; none where it is not one.
pub fn sha256_bytes(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The first sixteen bytes of the sha256 of a text: enough to know it again among all others.
pub fn short_digest(text: &str) -> [u8; 16] {
    Sha256::digest(text).first_chunk().copied().unwrap_or_default()
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
