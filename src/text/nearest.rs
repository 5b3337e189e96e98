//! The known name that a misspelled one was meant to be.

/// Letters up to which a name is looked at: a longer one is no misspelled name.
const LONGEST: usize = 100;

/// The known name that a name is misspelled from, if it is one.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let letters = name.chars().take(LONGEST + 1).count();
    if letters > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let short = known.filter(|known| known.chars().nth(LONGEST).is_none());
    let scored = short.map(|known| (strangeness(&name, &known.to_lowercase()), known));
    let nearest = scored.min_by_key(|(strangeness, _)| *strangeness);
    nearest.filter(|(strangeness, _)| *strangeness <= letters / 4 + 1).map(|(_, known)| known)
}

/// How many letters are to be changed, added or left out to make one name of the other (Levenshtein).
fn strangeness(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], place + 1);
        for (column, d) in other.iter().enumerate() {
            let changed = diagonal + usize::from(c != *d);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_is_told_the_one_that_is_like_it() {
        let known = ["rename", "merge", "split"];
        assert_eq!(nearest("Renam", known.into_iter()), Some("rename"));
        assert_eq!(nearest("codebook", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), known.into_iter()), None);
    }
}
