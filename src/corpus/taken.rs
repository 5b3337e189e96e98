//! Which ids are in use, and by which row: with their rows for a corpus that is held whole, as hashes for one that is read in parts.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::message::Message;

/// Ids and texts of which a hash is kept at most, of a corpus that is read in parts: some 38 MB.
const MOST: usize = 3_670_016;

/// Ids in use.
pub(super) enum Taken {
    /// Each with the file and the line that use it.
    Rows(HashMap<String, (usize, u64)>),
    /// Whether they are in use, and no more.
    Hashes(Hashes),
}

impl Default for Taken {
    fn default() -> Taken {
        Taken::Rows(HashMap::new())
    }
}

impl Taken {
    /// Whether a row has the id.
    pub(super) fn contains(&self, id: &str) -> bool {
        match self {
            Taken::Rows(rows) => rows.contains_key(id),
            Taken::Hashes(hashes) => hashes.contains("id", id),
        }
    }

    /// The line that has an id, if one has it; none within where that is not known any more.
    pub(super) fn line(&self, id: &str) -> Option<Option<u64>> {
        match self {
            Taken::Rows(rows) => rows.get(id).map(|&(_, line)| Some(line)),
            Taken::Hashes(hashes) => hashes.contains("id", id).then_some(None),
        }
    }

    /// Whether a row of another file than this one has an id.
    pub(super) fn is_of_another(&self, id: &str, file: usize) -> bool {
        match self {
            Taken::Rows(rows) => rows.get(id).is_some_and(|&(other, _)| other != file),
            Taken::Hashes(hashes) => hashes.contains("id", id) && !hashes.contains(&file.to_string(), id),
        }
    }

    /// Keeps that a row has an id; returns whether none had it.
    pub(super) fn insert(&mut self, id: String, file: usize, line: u64) -> bool {
        match self {
            Taken::Rows(rows) => rows.insert(id, (file, line)).is_none(),
            Taken::Hashes(hashes) => {
                // Only where there are several files it matters which one has the id.
                if file > 1 {
                    hashes.insert(&file.to_string(), &id);
                }
                hashes.insert("id", &id)
            }
        }
    }

    /// No id, and only hashes to come.
    pub(super) fn hashes() -> Taken {
        Taken::Hashes(Hashes::new())
    }

    /// Keeps a text, of a corpus that is read in parts; returns whether no document had it.
    pub(super) fn is_new_text(&mut self, text: &str) -> bool {
        match self {
            Taken::Rows(_) => true,
            Taken::Hashes(hashes) => hashes.insert("text", text),
        }
    }

    /// Says that ids and texts of the last rows were compared with those of the first only.
    pub(super) fn said_of_bound(&self) -> Option<Message> {
        let is_full = matches!(self, Taken::Hashes(hashes) if hashes.is_full());
        is_full.then(|| {
            format!("ids and texts are compared with the first {MOST} of them only: duplicates beyond are not seen")
                .into()
        })
    }

    /// Forgets the lines: from now on hashes stand for the ids.
    pub(super) fn forget_lines(&mut self) {
        let Taken::Rows(rows) = self else { return };
        let mut hashes = Hashes::new();
        for (id, (file, _)) in rows.iter() {
            hashes.insert(&file.to_string(), id);
            hashes.insert("id", id);
        }
        *self = Taken::Hashes(hashes);
    }
}

/// A set of words of several kinds, each kept as 64 bits of its sha256, up to a bound: beyond it, no more are kept.
pub(super) struct Hashes {
    kept: HashSet<u64>,
}

impl Hashes {
    /// An empty set. Its memory is taken at once, so that it does not grow with the corpus.
    fn new() -> Hashes {
        Hashes { kept: HashSet::with_capacity(MOST) }
    }

    /// Whether a word of a kind is kept.
    fn contains(&self, kind: &str, word: &str) -> bool {
        self.kept.contains(&hash(kind, word))
    }

    /// Keeps one; returns whether it was not there.
    fn insert(&mut self, kind: &str, word: &str) -> bool {
        let hash = hash(kind, word);
        match self.is_full() {
            true => !self.kept.contains(&hash),
            false => self.kept.insert(hash),
        }
    }

    /// Whether no more are kept.
    fn is_full(&self) -> bool {
        self.kept.len() >= MOST
    }
}

fn hash(kind: &str, word: &str) -> u64 {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(word).finalize();
    digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}
