//! What was seen of each field in the first rows.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::corpus::field::pointer;
use crate::corpus::row::{Problem, RawRow};
use crate::corpus::{no_language, notices, rich, turns};

/// Each value of a field that repeats stands in so many rows on average.
pub(super) const REPEATED: usize = 4;
/// Columns of a table that stands on its side, at least.
pub(super) const PEOPLE: usize = 8;
/// A choice in a list is ticked so often on average.
const CHOSEN: usize = 4;
/// Words of a label on average, such as "4 stars" or "Phone call".
pub(super) const LABEL: usize = 3;
/// Words of a sentence on average.
pub(super) const SENTENCE: usize = 5;
/// Of fewer values it cannot be said that they are labels.
const LEAST_LABELS: usize = 4;

/// What the first rows show of a field.
#[derive(Debug, Clone, Default)]
pub(in crate::corpus) struct Seen {
    /// A column's name, or a JSON pointer.
    pub(in crate::corpus) name: String,
    /// A value of it, the first that is filled.
    pub(in crate::corpus) example: String,
    /// Rows in which it is filled.
    pub(in crate::corpus) filled: usize,
    pub(super) words: usize,
    pub(super) letters: usize,
    pub(super) different: usize,
    /// Values of one word.
    single: usize,
    /// Values that are no language: codes, names of files, addresses, browsers.
    of_no_language: usize,
    /// Values that are codes, links or names of files.
    codes: usize,
    /// Parts between commas, and different ones.
    parts: usize,
    different_parts: usize,
    pub(super) chats: usize,
    /// Lists of objects that are no chat, though those of other rows may look like one.
    no_chats: usize,
    /// Lists that are rich text.
    trees: usize,
    /// Whether it stands in an object within the row.
    pub(super) is_nested: bool,
}

impl Seen {
    /// Prose: words rather than codes, dates, addresses or a few fixed answers.
    pub(in crate::corpus) fn is_free_text(&self) -> bool {
        let varied = self.different * 2 >= self.filled || self.different > 20;
        let is_prose = self.words >= 3 * self.filled && self.letters >= 10 * self.filled;
        self.filled > 0 && is_prose && varied && !self.is_of_no_language()
    }

    /// Whether it holds codes, links or names of files.
    pub(super) fn is_of_codes(&self) -> bool {
        self.filled > 0 && self.codes * 10 >= self.filled * 9
    }

    /// Whether it holds what nobody says: codes, postal addresses, browsers, titles of jobs.
    pub(super) fn is_of_no_language(&self) -> bool {
        self.of_no_language * 10 >= self.filled * 9 || no_language::is_named_so(leaf(self))
    }

    /// Whether it holds a few values again and again: the question that was asked, the name of a
    /// survey.
    pub(super) fn repeats(&self) -> bool {
        self.different * REPEATED <= self.filled || (self.different == 1 && self.filled > 2)
    }

    /// Whether it holds labels rather than texts: a flag, a status, a rating in words. Its values are
    /// single words, or short and each there more than once.
    pub(super) fn is_of_labels(&self) -> bool {
        let is_of_words = self.single * 10 >= self.filled * 9;
        let is_short = self.words <= LABEL * self.filled && self.different * 2 <= self.filled;
        self.filled >= LEAST_LABELS && (is_of_words || is_short)
    }

    /// Whether it holds the choices that were ticked in a list, one or several: "Reports, Calendar".
    pub(super) fn is_of_choices(&self) -> bool {
        self.different_parts * CHOSEN <= self.parts && self.words <= LABEL * self.parts
    }

    /// Whether it is free text and hardly any value stands twice.
    pub(super) fn is_varied_text(&self) -> bool {
        self.is_free_text() && self.different * 2 >= self.filled
    }

    /// Whether it holds sentences, be it that several people say the same.
    pub(super) fn is_of_sentences(&self) -> bool {
        let is_long = self.words >= SENTENCE * self.filled && self.letters >= 10 * self.filled;
        self.filled > 0 && is_long && !self.repeats() && !self.is_of_no_language() && !self.is_of_choices()
    }

    /// Letters in all rows that were looked at.
    pub(in crate::corpus) fn letters(&self) -> usize {
        self.letters
    }

    /// Letters of a row on average.
    pub(super) fn mean_letters(&self, rows: usize) -> usize {
        self.letters / rows.max(1)
    }
}

/// Where a field stands.
pub(super) fn parent(seen: &Seen) -> &str {
    seen.name.strip_suffix(leaf(seen)).unwrap_or_default()
}

pub(super) fn leaf(seen: &Seen) -> &str {
    if seen.is_nested { seen.name.rsplit('/').next().unwrap_or_default() } else { &seen.name }
}

/// The name with that of the object it stands in: `reviewReply comment`.
pub(super) fn place(seen: &Seen) -> String {
    if !seen.is_nested {
        return seen.name.clone();
    }
    let steps: Vec<&str> = seen.name.split('/').collect();
    steps[steps.len().saturating_sub(2)..].join(" ")
}

/// What the first rows show of every field, in the order of the header and of first appearance.
pub(in crate::corpus) fn look(header: &[String], head: &[RawRow]) -> Vec<Seen> {
    let mut look = Look { is_table: !header.is_empty(), ..Look::default() };
    for name in header {
        look.place(name, false);
    }
    let is_row = |row: &&RawRow| {
        !row.problem.as_ref().is_some_and(Problem::is_no_row) && notices::why_no_message(&row.fields).is_none()
    };
    for row in head.iter().filter(is_row) {
        look.add(&row.fields, "");
    }
    // What several people wrote is no one's text, nor is a list that is a text in some rows only.
    let is_none = |seen: &&mut Seen| seen.chats + seen.trees > 0 && seen.no_chats * 10 >= seen.chats + seen.trees;
    for seen in look.seen.iter_mut().filter(|seen| seen.no_chats > 0).filter(is_none) {
        let (name, example, is_nested) = (seen.name.clone(), seen.example.clone(), seen.is_nested);
        *seen = Seen { name, example, is_nested, ..Seen::default() };
    }
    look.seen
}

#[derive(Default)]
struct Look {
    /// Whether the fields are columns, whose names are no pointers.
    is_table: bool,
    seen: Vec<Seen>,
    places: HashMap<String, usize>,
    pub(super) different: HashMap<usize, HashSet<String>>,
    parts: HashMap<usize, HashSet<String>>,
}

impl Look {
    fn place(&mut self, name: &str, is_nested: bool) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        self.places.insert(name.to_owned(), self.seen.len());
        self.seen.push(Seen { name: name.to_owned(), is_nested, ..Seen::default() });
        self.seen.len() - 1
    }

    fn add(&mut self, fields: &Map<String, Value>, parent: &str) {
        for (name, value) in fields {
            let is_column = parent.is_empty() && (self.is_table || !name.starts_with('/'));
            let field = if is_column { name.clone() } else { pointer(parent, name) };
            if let Some(text) = rich::flattened(value) {
                let place = self.place(&field, !parent.is_empty());
                self.seen[place].trees += usize::from(value.is_array());
                self.add_text(place, &text);
                continue;
            }
            if let Value::Object(inner) = value {
                self.add(inner, &pointer(parent, name));
                continue;
            }
            let place = self.place(&field, !parent.is_empty());
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                _ if turns::is_chat(value) => {
                    self.seen[place].chats += 1;
                    self.seen[place].no_chats += usize::from(!turns::is_conversation(value));
                    turns::text(value, &turns::Turns::All)
                }
                other => {
                    let seen = &mut self.seen[place];
                    seen.no_chats += usize::from(is_list_of_objects(other));
                    if seen.example.is_empty() {
                        seen.example = other.to_string();
                    }
                    continue;
                }
            };
            self.add_text(place, &text);
        }
    }

    fn add_text(&mut self, place: usize, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let beginning: String = text.chars().take(2000).collect();
        let seen = &mut self.seen[place];
        seen.filled += 1;
        seen.codes += usize::from(no_language::is_code(&beginning));
        seen.of_no_language += usize::from(no_language::is_none(&beginning));
        let words = word_count(&beginning);
        seen.words += words;
        seen.single += usize::from(words <= 1);
        seen.letters += beginning.chars().filter(|c| c.is_alphabetic()).count();
        if seen.example.is_empty() {
            seen.example.clone_from(&beginning);
        }
        for part in beginning.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
            seen.parts += 1;
            seen.different_parts += usize::from(self.parts.entry(place).or_default().insert(part.to_owned()));
        }
        seen.different += usize::from(self.different.entry(place).or_default().insert(beginning));
    }
}

/// Letters of the longest free text of records, on average; none where no field of them is one.
pub(in crate::corpus) fn letters_of_a_text(rows: &[RawRow]) -> usize {
    let seen = look(&[], rows);
    let free = seen.iter().filter(|seen| seen.is_free_text());
    free.map(|seen| seen.letters / seen.filled.max(1)).max().unwrap_or(0)
}

/// Words that are words, not numbers or addresses; in scripts without spaces, two characters count as one.
pub(super) fn word_count(text: &str) -> usize {
    let is_word = |word: &&str| word.chars().any(char::is_alphabetic) && !word.contains("://") && !word.contains('@');
    let spaced = text.split_whitespace().filter(is_word).count();
    let unspaced = text
        .chars()
        .filter(|c| matches!(c, '\u{3040}'..='\u{9fff}' | '\u{0e00}'..='\u{0eff}' | '\u{ac00}'..='\u{d7a3}'));
    spaced + unspaced.count() / 2
}

pub(super) fn is_list_of_objects(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.first().is_some_and(Value::is_object))
}
