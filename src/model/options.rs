//! What a decision model chooses from, as it is called.

use std::collections::BTreeSet;

use super::question::Entry;

/// The option of a choice that stands for none of the others.
const NONE: &str = "none of these";
/// The longest name of an option, in characters: names are keys of the reply.
const LONGEST_NAME: usize = 80;

/// Entries as they are asked about, so that a question's key depends on nothing else: in a choice each has a name of its own,
/// and where each is judged by itself none has.
pub fn as_asked(entries: Vec<Entry>, several: bool) -> Vec<Entry> {
    let names = if several { vec![String::new(); entries.len()] } else { names(&entries) };
    entries.into_iter().zip(names).map(|(entry, label)| Entry { label, ..entry }).collect()
}

/// The labels as names of options: short, none empty, none twice.
pub fn names(entries: &[Entry]) -> Vec<String> {
    let mut taken = BTreeSet::from([NONE.to_owned()]);
    let mut name = |entry: &Entry| {
        let label: String = entry.label.trim().chars().take(LONGEST_NAME).collect();
        let mut name = label.clone();
        let mut number = 2;
        while name.is_empty() || !taken.insert(name.to_lowercase()) {
            name = format!("{label} {number}").trim().to_owned();
            number += 1;
        }
        name
    };
    let mut names: Vec<String> = entries.iter().map(&mut name).collect();
    names.push(NONE.to_owned());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_names_of_their_own_and_one_stands_for_none_of_them() {
        let entries =
            ["parcels", "brakes", "parcels"].map(|label| Entry { label: label.into(), predicate: "x".into() });
        assert_eq!(names(&entries), ["parcels", "brakes", "parcels 2", NONE]);
        let odd = ["", "None of these", "  "].map(|label| Entry { label: label.into(), predicate: "x".into() });
        assert_eq!(names(&odd), ["2", "None of these 2", "3", NONE]);
    }

    #[test]
    fn what_is_not_asked_is_not_part_of_a_question() {
        let entries = |label: &str| vec![Entry { label: label.into(), predicate: "It is late.".into() }];
        assert_eq!(as_asked(entries("late"), true), as_asked(entries("delayed"), true));
        let long = "x".repeat(2 * LONGEST_NAME);
        let named = as_asked([entries(&long), entries(&long), entries("")].concat(), false);
        assert_eq!(names(&named)[..3], [0, 1, 2].map(|place: usize| named[place].label.clone()));
    }
}
