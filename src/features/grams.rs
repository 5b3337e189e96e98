//! Words and pieces of words as weighted counts, hashed into a fixed number of columns.

use rayon::prelude::*;

/// Columns that words and pieces are hashed into.
const BUCKETS: usize = 1 << 16;
/// Characters of a text that its pieces are taken from.
const CHARACTERS: usize = 1000;
/// Characters of a piece at most.
const LONGEST: usize = 3;

/// Weighted counts: n rows of (column, weight), columns ascending, each row of unit length or empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// n rows.
    pub rows: Vec<Vec<(u32, f32)>>,
    /// Number of columns: those that more than one text has, and not all.
    pub columns: usize,
}

/// Words in small letters.
pub fn words(texts: &[&str]) -> Counts {
    weighted(texts, |text| {
        let text = text.to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| bucket(mixed(START, word.as_bytes()))).collect()
    })
}

/// One to three characters in a row, capitals and line breaks as they are.
pub fn pieces(texts: &[&str]) -> Counts {
    weighted(texts, |text| {
        let characters: Vec<char> = text.chars().take(CHARACTERS).collect();
        let mut bytes = [0; 4];
        let mut hashed = |piece: &[char]| {
            bucket(piece.iter().fold(START, |hash, c| mixed(hash, c.encode_utf8(&mut bytes).as_bytes())))
        };
        (1..=LONGEST).flat_map(|length| characters.windows(length).map(&mut hashed).collect::<Vec<_>>()).collect()
    })
}

/// Counts by their logarithm, times the inverse share of the texts that have them.
fn weighted(texts: &[&str], found: impl Fn(&str) -> Vec<u32> + Sync) -> Counts {
    let counts: Vec<Vec<(u32, u32)>> = texts.par_iter().map(|text| counted(found(text))).collect();
    let mut having = vec![0_usize; BUCKETS];
    counts.iter().flatten().for_each(|&(bucket, _)| having[bucket as usize] += 1);
    let shared = (0..BUCKETS).filter(|&bucket| (2..texts.len()).contains(&having[bucket]));
    let mut column = vec![None; BUCKETS];
    let columns = shared.zip(0..).map(|(bucket, place)| column[bucket] = Some(place)).count();
    let n = texts.len() as f32;
    let weight = |&(bucket, count): &(u32, u32)| {
        let rarity = ((1.0 + n) / (1.0 + having[bucket as usize] as f32)).ln() + 1.0;
        column[bucket as usize].map(|column| (column, (1.0 + (count as f32).ln()) * rarity))
    };
    let row = |counts: &Vec<(u32, u32)>| {
        let mut row: Vec<(u32, f32)> = counts.iter().filter_map(weight).collect();
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, weight)| *weight /= length);
        row
    };
    Counts { rows: counts.par_iter().map(row).collect(), columns }
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
