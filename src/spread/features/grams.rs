//! Words and pieces of words as weighted counts, hashed into a fixed number of columns.

use rayon::prelude::*;

use crate::text::{LONGEST_READ, beginning};

/// Columns that words and pieces are hashed into.
const BUCKETS: usize = 1 << 16;
/// Characters of a text that its pieces are taken from.
const CHARACTERS: usize = 1000;
/// Characters of a piece at most.
const LONGEST: usize = 3;
/// Texts whose counts are held at once while the weights are learned.
const AT_A_TIME: usize = 1024;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grams {
    /// Words in small letters.
    Words,
    /// One to three characters in a row, capitals and line breaks as they are.
    Pieces,
}

impl Grams {
    /// The bucket of each one of a text.
    fn of(self, text: &str) -> Vec<u32> {
        match self {
            Grams::Words => words(text),
            Grams::Pieces => pieces(text),
        }
    }
}

fn words(text: &str) -> Vec<u32> {
    let text = beginning(text, LONGEST_READ).to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| bucket(mixed(START, word.as_bytes()))).collect()
}

fn pieces(text: &str) -> Vec<u32> {
    let characters: Vec<char> = text.chars().take(CHARACTERS).collect();
    let mut bytes = [0; 4];
    let mut hashed =
        |piece: &[char]| bucket(piece.iter().fold(START, |hash, c| mixed(hash, c.encode_utf8(&mut bytes).as_bytes())));
    (1..=LONGEST).flat_map(|length| characters.windows(length).map(&mut hashed).collect::<Vec<_>>()).collect()
}

/// n rows of (column, weight), columns ascending, each row of unit length or empty.
pub type Counts = Vec<Vec<(u32, f32)>>;

/// How much each bucket weighs, by the texts that it was learned from.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    grams: Grams,
    /// Buckets that more than one text has, and not all.
    pub columns: usize,
    /// For each bucket its column, and the inverse share of the texts that have it.
    of: Vec<Option<(u32, f32)>>,
}

impl Weights {
    /// From n texts.
    pub fn learn(grams: Grams, texts: &[&str]) -> Weights {
        let mut having = vec![0_usize; BUCKETS];
        for texts in texts.chunks(AT_A_TIME) {
            let counts: Vec<Vec<(u32, u32)>> = texts.par_iter().map(|text| counted(grams.of(text))).collect();
            counts.iter().flatten().for_each(|&(bucket, _)| having[bucket as usize] += 1);
        }
        let n = texts.len() as f32;
        let rarity = |having: usize| ((1.0 + n) / (1.0 + having as f32)).ln() + 1.0;
        let shared = (0..BUCKETS).filter(|&bucket| (2..texts.len()).contains(&having[bucket]));
        let mut of = vec![None; BUCKETS];
        let columns =
            shared.zip(0..).map(|(bucket, column)| of[bucket] = Some((column, rarity(having[bucket])))).count();
        Weights { grams, columns, of }
    }

    /// From the bucket of each column, ascending, and its rarity; none where that is no such list.
    pub fn from_parts(grams: Grams, buckets: &[u32], rarities: &[f32]) -> Option<Weights> {
        let mut of = vec![None; BUCKETS];
        let is_list = buckets.len() == rarities.len() && buckets.is_sorted_by(|a, b| a < b);
        for ((&bucket, &rarity), column) in buckets.iter().zip(rarities).zip(0..) {
            *of.get_mut(bucket as usize)? = Some((column, rarity));
        }
        is_list.then_some(Weights { grams, columns: buckets.len(), of })
    }

    /// The bucket of each column, ascending, and its rarity.
    pub fn parts(&self) -> (Vec<u32>, Vec<f32>) {
        (0..).zip(&self.of).filter_map(|(bucket, known)| known.map(|(_, rarity)| (bucket, rarity))).unzip()
    }

    /// The counts of some texts by their logarithm, weighted.
    pub fn counts(&self, texts: &[&str]) -> Counts {
        texts.par_iter().map(|text| self.row(&counted(self.grams.of(text)))).collect()
    }

    fn row(&self, counts: &[(u32, u32)]) -> Vec<(u32, f32)> {
        let weight = |&(bucket, count): &(u32, u32)| {
            self.of[bucket as usize].map(|(column, rarity)| (column, (1.0 + (count as f32).ln()) * rarity))
        };
        let mut row: Vec<(u32, f32)> = counts.iter().filter_map(weight).collect();
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, weight)| *weight /= length);
        row.shrink_to_fit();
        row
    }
}

/// Each bucket found and how often, ascending.
fn counted(mut found: Vec<u32>) -> Vec<(u32, u32)> {
    found.sort_unstable();
    found.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u32)).collect()
}

/// Where the hash begins (FNV-1a).
const START: u64 = 0xcbf2_9ce4_8422_2325;

fn mixed(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn bucket(hash: u64) -> u32 {
    (hash % BUCKETS as u64) as u32
}
