//! Texts in several fields: rows of several shapes, and columns of which each row fills one.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::names::{is_named, is_named_so};
use super::seen::{LABEL, SENTENCE, Seen, leaf, word_count};
use super::titles::is_title_by_name;
use super::{PLAINLY, is_of_others};
use crate::corpus::field::Field;
use crate::corpus::row::RawRow;
use crate::corpus::{company, rich, turns};

/// Records of a shape are one of so many at least, and one of so many may be of two shapes.
const FEW_SHAPES: usize = 20;
/// Beside a field that plainly is the text, records of another shape are one of so many at least.
const SHAPE_BESIDE: usize = 5;
/// That no row has both of two columns shows that one stands for the other where chance would fill both in so many rows; and in a
/// table of so many rows, where nearly each has one of them.
const BY_CHANCE: usize = 3;
const FEWEST_APART: usize = 6;

/// The same beside a field that plainly is the text: each shape has a fifth of the rows at least.
pub(in crate::corpus) fn shapes_beside(text: &Field, seen: &[Seen], head: &[RawRow]) -> Vec<(String, usize)> {
    let shapes = shapes(seen, head);
    let is_plain = |(_, filled): &(String, usize)| filled * SHAPE_BESIDE >= head.len();
    let is_one = shapes.iter().any(|(name, _)| *name == text.spelled);
    if is_one && shapes.iter().all(is_plain) { shapes } else { Vec::new() }
}

/// The fields of which each holds the texts of other rows, with the rows in which they stand: records of several shapes. None where
/// one field has most of them, or two stand in the same rows.
pub(in crate::corpus) fn shapes(seen: &[Seen], head: &[RawRow]) -> Vec<(String, usize)> {
    let is_text = |seen: &&Seen| (seen.chats > 0 || seen.is_free_text() || is_named(seen)) && !is_of_others(seen);
    let texts: Vec<&Seen> = seen.iter().filter(is_text).filter(|seen| seen.filled * FEW_SHAPES >= head.len()).collect();
    let fields: Vec<Field> = texts.iter().map(|seen| Field::new(&seen.name)).collect();
    let is_filled = |value: &Value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty());
    let count = |row: &RawRow| fields.iter().filter(|field| field.find(&row.fields).is_some_and(is_filled)).count();
    let crowded = head.iter().filter(|row| count(row) > 1).count();
    let is_covered = texts.iter().any(|seen| seen.filled * 10 >= head.len() * 9);
    if texts.len() < 2 || crowded * FEW_SHAPES > head.len() || is_covered {
        return Vec::new();
    }
    texts.into_iter().map(|seen| (seen.name.clone(), seen.filled)).collect()
}

/// Columns of texts of which each row has one, or hardly any has two: questions that depend on another answer, one column for each
/// language. `taken` is the one that plainly is a text, if any is.
pub(in crate::corpus) fn complements(seen: &[Seen], head: &[RawRow], taken: Option<&str>) -> Vec<Field> {
    let rows: Vec<&RawRow> = head.iter().filter(|row| row.problem.is_none()).collect();
    let is_text = |seen: &&Seen| {
        let is_said = seen.is_varied_text() || seen.is_of_sentences();
        // Answers that are called so may be said by several, in the same sentences.
        let is_long = seen.words >= SENTENCE * seen.filled && seen.different > 2;
        let is_said = is_said || (is_named(seen) && !seen.is_of_labels() && (is_long || !seen.repeats()));
        !seen.is_nested && seen.chats == 0 && is_said && !is_of_others(seen) && !is_title_by_name(seen)
    };
    let texts: Vec<&Seen> = seen.iter().filter(is_text).collect();
    let first = match taken {
        Some(taken) => texts.iter().find(|seen| seen.name == taken),
        None => texts.iter().max_by_key(|seen| seen.letters),
    };
    let Some(first) = first else { return Vec::new() };
    let mut others: Vec<&Seen> = texts.iter().copied().filter(|seen| seen.name != first.name).collect();
    others.sort_by_key(|seen| std::cmp::Reverse(seen.filled));
    let (mut together, filled) = apart_from(first, &others, &rows, |_, _| true);
    let covered = filled.iter().filter(|is_filled| **is_filled).count();
    if rows.len() < FEWEST_APART || covered * 10 < rows.len() * 9 {
        let by_chance = |first: usize, second: usize| first * second >= BY_CHANCE * rows.len();
        (together, _) = apart_from(first, &others, &rows, by_chance);
    }
    // Where nothing plainly is the text, another column may ask something else.
    let letters: usize =
        texts.iter().filter(|seen| together.contains(&seen.name.as_str())).map(|seen| seen.letters).sum();
    let is_rival = |seen: &&&Seen| !together.contains(&seen.name.as_str()) && seen.letters * PLAINLY >= letters;
    let has_rival = taken.is_none() && texts.iter().any(|seen| is_rival(&seen));
    if together.len() < 2 || has_rival {
        return Vec::new();
    }
    let in_order = seen.iter().filter(|seen| together.contains(&seen.name.as_str()));
    in_order.map(|seen| Field::of_column(&seen.name)).collect()
}

/// In which rows a column holds words.
fn filled_rows(seen: &Seen, rows: &[&RawRow]) -> Vec<bool> {
    let is_filled =
        |row: &&RawRow| row.fields.get(&seen.name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    rows.iter().map(is_filled).collect()
}

/// The names of those columns of which hardly any row has two, the first column with them, and the rows that have any; `shows_it` is
/// asked with the rows of two columns whether that cannot be chance.
fn apart_from<'a>(
    first: &'a Seen,
    others: &[&'a Seen],
    rows: &[&RawRow],
    shows_it: impl Fn(usize, usize) -> bool,
) -> (Vec<&'a str>, Vec<bool>) {
    let count = |rows: &[bool]| rows.iter().filter(|is_filled| **is_filled).count();
    let mut filled = filled_rows(first, rows);
    let mut together = vec![first.name.as_str()];
    for other in others {
        let own = filled_rows(other, rows);
        let both = filled.iter().zip(&own).filter(|(one, other)| **one && **other).count();
        let (before, more) = (count(&filled), count(&own));
        let is_used = more > 1 && more * FEW_SHAPES >= rows.len();
        if is_used && both * FEW_SHAPES <= more && shows_it(before, more) {
            filled.iter_mut().zip(own).for_each(|(filled, own)| *filled |= own);
            together.push(&other.name);
        }
    }
    (together, filled)
}

/// The columns of texts beside the one that the user named, whose texts are not read.
pub(in crate::corpus) fn other_texts(seen: &[Seen], named: &str) -> Vec<Field> {
    let is_text = |seen: &&Seen| {
        seen.name != named
            && !seen.is_nested
            && seen.is_varied_text()
            && !seen.is_of_choices()
            && !is_of_others(seen)
            && !is_title_by_name(seen)
            && !company::may_be_theirs(leaf(seen))
    };
    seen.iter().filter(is_text).map(|seen| Field::of_column(&seen.name)).collect()
}

/// Whether a row without the field of the text says something in another one, or in an object, which no row with that field has.
pub(in crate::corpus) fn says_something_else(fields: &Map<String, Value>, known: &HashSet<String>) -> bool {
    fields.iter().filter(|(name, _)| !known.contains(*name)).any(|(name, value)| says_something(name, value))
}

fn says_something(name: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim().is_empty() && (is_named_so(name) || word_count(text) > LABEL),
        other if turns::is_chat(other) || rich::flattened(other).is_some() => true,
        Value::Object(fields) => fields.iter().any(|(name, value)| says_something(name, value)),
        _ => false,
    }
}
