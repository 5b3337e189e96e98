//! Words and pieces of words as weighted counts, hashed into a fixed number of columns.

use std::collections::BTreeMap;

/// Columns that words and pieces are hashed into.
const BUCKETS: u64 = 1 << 16;
/// Characters of a text that its pieces are taken from.
const CHARACTERS: usize = 1000;
/// Characters of a piece at most.
const LONGEST: usize = 3;

/// Weighted counts: n rows of (column, weight), columns ascending, each row of unit length or empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// n rows.
    pub rows: Vec<Vec<(usize, f32)>>,
    /// Number of columns: those that more than one text has, and not all.
    pub columns: usize,
}

/// Words in small letters.
pub fn words(texts: &[&str]) -> Counts {
    weighted(texts, |text| {
        let text = text.to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| bucket([word])).collect()
    })
}

/// One to three characters in a row, capitals and line breaks as they are.
pub fn pieces(texts: &[&str]) -> Counts {
    weighted(texts, |text| {
        let characters: Vec<char> = text.chars().take(CHARACTERS).collect();
        let mut found = Vec::with_capacity(LONGEST * characters.len());
        for length in 1..=LONGEST {
            found.extend(characters.windows(length).map(|piece| {
                let mut bytes = [0; 4];
                piece.iter().fold(START, |hash, c| mixed(hash, c.encode_utf8(&mut bytes).as_bytes())) % BUCKETS
            }));
        }
        found
    })
}

/// Counts by their logarithm, times the inverse share of the texts that have them.
fn weighted(texts: &[&str], found: impl Fn(&str) -> Vec<u64>) -> Counts {
    let count = |text: &&str| {
        let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
        found(text).into_iter().for_each(|bucket| *counts.entry(bucket).or_insert(0) += 1);
        counts
    };
    let counts: Vec<BTreeMap<u64, u32>> = texts.iter().map(count).collect();
    let mut having: BTreeMap<u64, usize> = BTreeMap::new();
    counts.iter().flat_map(BTreeMap::keys).for_each(|&bucket| *having.entry(bucket).or_insert(0) += 1);
    having.retain(|_, texts_with| (2..texts.len()).contains(texts_with));
    let n = texts.len() as f32;
    let kept: BTreeMap<u64, (usize, f32)> = having
        .iter()
        .enumerate()
        .map(|(column, (&bucket, &texts_with))| (bucket, (column, ((1.0 + n) / (1.0 + texts_with as f32)).ln() + 1.0)))
        .collect();
    let row = |counts: &BTreeMap<u64, u32>| {
        let weight = |(bucket, &count): (&u64, &u32)| {
            kept.get(bucket).map(|&(column, rarity)| (column, (1.0 + (count as f32).ln()) * rarity))
        };
        let mut row: Vec<(usize, f32)> = counts.iter().filter_map(weight).collect();
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, weight)| *weight /= length);
        row
    };
    Counts { rows: counts.iter().map(row).collect(), columns: kept.len() }
}

/// Where the hash begins (FNV-1a).
const START: u64 = 0xcbf2_9ce4_8422_2325;

fn mixed(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn bucket<'t>(parts: impl IntoIterator<Item = &'t str>) -> u64 {
    parts.into_iter().fold(START, |hash, part| mixed(hash, part.as_bytes())) % BUCKETS
}
