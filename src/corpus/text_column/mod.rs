//! Which field is the text, where the user does not say: by its name, as a list of turns, or as the only long free text.

mod apart;
mod lists;
mod names;
mod seen;
#[cfg(test)]
mod tests;
mod titles;

use std::collections::HashMap;

use serde_json::Value;

use crate::corpus::company;
use crate::corpus::field::{Field, words};
use crate::corpus::row::RawRow;
pub(super) use apart::{complements, other_texts, says_something_else, shapes, shapes_beside};
pub(super) use lists::list_of_texts;
use names::{PERSONS_AND_LINKS, SHORT, is_about_a_text, is_named, is_plainly_named, is_question, is_reason};
pub(super) use names::{is_named_so, is_plainly_a_name};
use seen::{LABEL, PEOPLE, REPEATED, leaf, parent, place, word_count};
pub(super) use seen::{Seen, letters_of_a_text, look};
pub(super) use titles::title_of;

/// By what the text is found where no other field holds words.
pub(super) const ONLY_WORDS: &str = "the only field of words";

/// A longer text has so many times the letters of the next one.
const PLAINLY: usize = 3;

/// Beside so many rows with a text, a field that one row has says nothing of the others.
const MANY: usize = 20;

/// A field that is filled in less than one of so many rows is mostly empty.
const SPARSE: usize = 4;

/// The field of the text, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) field: Field,
    /// By what it was found.
    pub(super) how: &'static str,
    /// The field that would be the text if this one were not there, if any could be.
    pub(super) another: Option<String>,
}

impl Found {
    /// The same in a table, whose columns may be called like pointers.
    pub(super) fn in_table(self, header: &[String]) -> Found {
        let is_column = header.contains(&self.field.spelled);
        let field = if is_column { Field::of_column(&self.field.spelled) } else { self.field };
        Found { field, ..self }
    }
}

/// Why a field is not the text, whatever it is called: beside another one that holds free text it
/// repeats a few values, or holds codes.
pub(super) fn why_no_text(name: &str, seen: &[Seen]) -> Option<&'static str> {
    let named = seen.iter().find(|seen| seen.name == name)?;
    let any = |is_text: fn(&Seen, &Seen) -> bool| seen.iter().any(|other| is_text(other, named));
    match () {
        () if any(is_free_beside_repeats) => Some("holds a few values again and again"),
        () if any(is_free_beside_labels) => Some("holds labels, not texts"),
        () if any(is_free_beside_codes) => Some("holds codes or names of files"),
        () => None,
    }
}

fn is_free_beside_codes(other: &Seen, named: &Seen) -> bool {
    named.is_of_codes()
        && other.is_varied_text()
        && !is_of_others(other)
        && other.name != named.name
        && other.filled * SPARSE >= named.filled
}

/// Whether a field is something about a text, or was written in answer to it.
fn is_of_others(seen: &Seen) -> bool {
    is_about_a_text(seen) || company::is_theirs(&place(seen))
}

fn is_free_beside_repeats(other: &Seen, named: &Seen) -> bool {
    let is_of_others = is_of_others(other);
    let is_own = other.different * 2 >= other.filled && other.different >= REPEATED * named.different;
    let is_text = other.is_varied_text() || (is_named(other) && is_own);
    // Few may have something to say, but what they say is called so.
    let is_said = is_named(other) && is_plainly_named(leaf(other)) && other.different > named.different;
    named.repeats() && is_text && !is_of_others && (is_said || other.filled * SPARSE >= named.filled)
}

/// Whether a field is free text of people's own, beside one of labels: then these are no text,
/// whatever their field is called.
fn is_free_beside_labels(other: &Seen, named: &Seen) -> bool {
    let is_person = words(leaf(other)).iter().any(|word| PERSONS_AND_LINKS.contains(&word.as_str()));
    named.is_of_labels()
        && other.is_varied_text()
        && !company::is_theirs(&place(other))
        && (!is_person || is_question(leaf(other)))
        && other.name != named.name
        && other.filled * SPARSE >= named.filled
}

/// The field of the text, or nothing where none plainly is. What the company wrote is looked at
/// only where nothing else can be it.
pub(super) fn find(seen: &[Seen], rows: usize) -> Option<Found> {
    let later = written_later(seen, rows);
    let first: Vec<&Seen> = seen.iter().filter(|seen| !later.contains(&seen.name.as_str())).collect();
    let all: Vec<&Seen> = seen.iter().collect();
    let found = |taken: &Seen, how| {
        let another = runner_up(&first, taken).or_else(|| far_longer_reply(&all, taken)).map(|seen| seen.name.clone());
        Some(Found { field: Field::new(&taken.name), how, another })
    };
    match prose(&first, rows) {
        // What repeats is no text, nor plainly is what others wrote in answer to it.
        Prose::One(taken, _) if taken.repeats() && all.iter().any(|other| is_full_reply(other, taken)) => return None,
        Prose::One(taken, how) => return found(taken, how),
        Prose::Several => return None,
        Prose::None => {}
    }
    if let [only] = first.iter().filter(|seen| is_reason(seen)).collect::<Vec<_>>().as_slice() {
        return found(only, "by its name");
    }
    match prose(&all, rows) {
        Prose::One(taken, how) => return found(taken, how),
        Prose::Several => return None,
        Prose::None => {}
    }
    let is_of_words = |seen: &&&Seen| seen.letters >= 3 * seen.filled && !seen.is_of_no_language();
    let mut of_words = all.iter().filter(|seen| seen.filled > 0).filter(is_of_words);
    match (of_words.next(), of_words.next()) {
        (Some(only), None) => found(only, ONLY_WORDS),
        _ => None,
    }
}

/// The fields that someone wrote about the text or in answer to it: replies of the company and,
/// where a ticket has a description, the comments below it.
fn written_later(seen: &[Seen], rows: usize) -> Vec<&str> {
    let is_full = |seen: &&Seen| seen.is_free_text() && seen.filled * 2 >= rows;
    let described = seen.iter().filter(is_full).any(|seen| company::is_description(leaf(seen)));
    let is_ticket = described && seen.iter().any(|seen| company::is_of_a_ticket(leaf(seen)));
    let is_of_a_product = seen.iter().any(|seen| company::is_product(leaf(seen)))
        && seen.iter().any(|seen| is_named(seen) && seen.is_free_text() && company::is_of_customers(leaf(seen)));
    let mut filled: HashMap<(&str, Vec<String>), usize> = HashMap::new();
    for field in seen {
        let most = filled.entry((parent(field), words(leaf(field)))).or_default();
        *most = field.filled.max(*most);
    }
    let is_twin = |one: &Seen| {
        let plain = words_without_markup(one).and_then(|words| filled.get(&(parent(one), words)));
        plain.is_some_and(|filled| *filled >= one.filled)
    };
    let is_later = |seen: &&Seen| {
        company::is_theirs(&place(seen))
            || is_twin(seen)
            || (is_ticket && company::is_comment(leaf(seen)))
            || (is_of_a_product && company::is_description(leaf(seen)) && !company::is_of_customers(leaf(seen)))
    };
    seen.iter().filter(is_later).map(|seen| seen.name.as_str()).collect()
}

/// The words of the name of the field that holds without markup what a field holds as HTML: `body` beside `body_html`.
fn words_without_markup(html: &Seen) -> Option<Vec<String>> {
    let mut words = words(leaf(html));
    let count = words.len();
    // YouTube has a comment as it is shown, with markup, and as it was written.
    if words == ["text", "display"] {
        return Some(vec!["text".to_owned(), "original".to_owned()]);
    }
    words.retain(|word| word != "html");
    (words.len() + 1 == count).then_some(words)
}

/// What the fields of prose say.
enum Prose<'a> {
    /// One of them plainly is the text, by what.
    One(&'a Seen, &'static str),
    /// There are several, and none is plainly the text.
    Several,
    /// There is none.
    None,
}

fn prose<'a>(seen: &[&'a Seen], rows: usize) -> Prose<'a> {
    for nested in [false, true] {
        let here: Vec<&Seen> = seen.iter().copied().filter(|seen| seen.is_nested == nested).collect();
        let is_outdone = |named: &&Seen| {
            seen.iter().any(|other| outdoes(other, named, rows) || is_longer_of_two(other, named, rows))
        };
        let named: Vec<&Seen> = here.iter().copied().filter(|seen| is_named(seen) && !is_outdone(seen)).collect();
        if let Some(plainest) = plainest(&named, rows) {
            return match is_of_someone_else(plainest, seen) {
                true => Prose::Several,
                false => Prose::One(plainest, "by its name"),
            };
        }
        if !named.is_empty() {
            return Prose::Several;
        }
        let chats: Vec<&Seen> = here.into_iter().filter(|seen| seen.chats > 0).collect();
        if let [only] = chats.as_slice() {
            return Prose::One(only, "a list of turns");
        }
    }
    let free: Vec<&Seen> = seen.iter().copied().filter(|seen| seen.is_free_text()).collect();
    match plainest(&free, rows) {
        Some(only) if free.len() == 1 => Prose::One(only, "the only long free text"),
        Some(plainest) => Prose::One(plainest, "by far the longest free text"),
        None if free.is_empty() => Prose::None,
        None => Prose::Several,
    }
}

/// Whether a field that is called like a text may have been written by someone else than those who
/// are heard (`Manager comments`), and another one holds as much free text.
fn is_of_someone_else(named: &Seen, seen: &[&Seen]) -> bool {
    let is_another = |other: &&&Seen| {
        other.name != named.name
            && other.is_varied_text()
            && !is_about_a_text(other)
            && other.letters * PLAINLY >= named.letters
    };
    company::may_be_theirs(leaf(named)) && seen.iter().any(|other| is_another(&other))
}

/// The field to propose where none is plainly the text: the longest, what the company wrote last.
pub(super) fn likeliest(seen: &[Seen], rows: usize) -> Option<usize> {
    let later = written_later(seen, rows);
    let place = |seen: &&Seen| later.contains(&seen.name.as_str()) || company::may_be_theirs(leaf(seen));
    let of_words = seen.iter().enumerate().filter(|(_, seen)| seen.letters > 0);
    let is_no_words =
        |seen: &Seen| seen.is_of_no_language() || seen.repeats() || seen.is_of_labels() || seen.is_of_choices();
    let rank = |seen: &Seen| (!is_no_words(seen), !place(&seen), is_reason(seen), seen.letters);
    let longest = of_words.max_by_key(|(_, seen)| rank(seen)).map(|(place, _)| place);
    // Where none holds letters, people may have answered by emoji.
    longest
        .filter(|place| seen.get(*place).is_some_and(|seen| !is_no_words(seen)))
        .or_else(|| of_signs(seen))
        .or(longest)
}

/// The field of signs that are neither letters nor numbers, such as emoji: that which is called like a text, or the only one.
fn of_signs(seen: &[Seen]) -> Option<usize> {
    let is_sign = |seen: &&Seen| !seen.example.is_ascii() && seen.letters == 0 && seen.filled > 0;
    let fields: Vec<(usize, &Seen)> = seen.iter().enumerate().filter(|(_, seen)| is_sign(seen)).collect();
    let named = fields.iter().find(|(_, seen)| is_named_so(leaf(seen)));
    let only = if let [only] = fields.as_slice() { Some(only) } else { None };
    named.or(only).map(|(place, _)| *place)
}

/// Whether a field is plainly the free text, and a field that is called like a text is not: it is mostly empty or, where its
/// name only contains such a word, far shorter and less often filled.
fn outdoes(other: &Seen, named: &Seen, rows: usize) -> bool {
    if !other.is_free_text() || other.name == named.name {
        return false;
    }
    if is_free_beside_repeats(other, named) || is_free_beside_labels(other, named) || is_free_beside_codes(other, named)
    {
        return true;
    }
    let is_longer = other.letters >= PLAINLY * named.letters;
    let is_mostly_empty = named.filled * SPARSE < rows && other.filled >= PLAINLY * named.filled;
    let is_fuller = other.filled * 2 >= named.filled * 3;
    is_longer && (is_mostly_empty || (is_fuller && !is_plainly_named(leaf(named))))
}

/// Whether a field is what another one says in short: `description` beside `short_description`.
fn is_longer_of_two(other: &Seen, named: &Seen, rows: usize) -> bool {
    let mut short = words(leaf(named));
    let count = short.len();
    short.retain(|word| !SHORT.contains(&word.as_str()));
    short.len() < count && short == words(leaf(other)) && other.is_free_text() && other.filled * 2 >= rows
}

/// Whether a table stands on its side: each row holds the answers to one question, which its first cell asks, and each column is
/// one person. Then a column holds a number and a sentence, and a row one of both.
pub(super) fn is_on_its_side(header: &[String], head: &[RawRow]) -> bool {
    let rows: Vec<Vec<&str>> = head.iter().map(|row| row.fields.values().filter_map(Value::as_str).collect()).collect();
    let answers = |row: &Vec<&str>| -> Vec<String> {
        row.iter().skip(1).map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
    };
    let is_of_numbers = |row: &Vec<&str>| {
        let answers = answers(row);
        !answers.is_empty() && answers.iter().all(|cell| !cell.contains(char::is_alphabetic))
    };
    let is_prose = |row: &Vec<&str>| {
        let answers = answers(row);
        let words: usize = answers.iter().map(|cell| word_count(cell)).sum();
        answers.len() * 2 > row.len() && words > LABEL * answers.len()
    };
    let is_numbered = |name: &String| name.ends_with(|c: char| c.is_ascii_digit()) && name.chars().count() <= 12;
    let asks = rows.iter().all(|row| row.first().is_some_and(|cell| cell.contains(char::is_alphabetic)));
    let is_wide = header.len() > PEOPLE && header.len() > LABEL * rows.len();
    is_wide
        && rows.len() > 1
        && asks
        && rows.iter().any(is_prose)
        && (rows.iter().any(is_of_numbers) || header.iter().skip(1).all(is_numbered))
}

/// The longest of the other fields that could be the text. A title beside its text is none.
fn runner_up<'a>(seen: &[&'a Seen], taken: &Seen) -> Option<&'a Seen> {
    let others = seen.iter().copied().filter(|seen| seen.name != taken.name && !is_about_a_text(seen));
    // What one row alone says is no other text for all of them.
    let others = others.filter(|seen| seen.filled > 1 || taken.filled <= MANY);
    let texts = others.filter(|seen| seen.chats > 0 || (seen.is_free_text() && !seen.is_of_choices()));
    texts.max_by_key(|seen| seen.letters)
}

/// Whether what the company wrote by its name is free text in as many rows as a field that repeats a few values.
fn is_full_reply(other: &Seen, taken: &Seen) -> bool {
    company::is_theirs(&place(other)) && other.is_varied_text() && other.filled * 2 >= taken.filled
}

/// What the company wrote by its name, where it has far more letters than the text.
fn far_longer_reply<'a>(seen: &[&'a Seen], taken: &Seen) -> Option<&'a Seen> {
    let is_longer = |other: &&Seen| is_full_reply(other, taken) && other.letters >= PLAINLY * taken.letters;
    seen.iter().copied().filter(|other| other.name != taken.name).filter(is_longer).max_by_key(|other| other.letters)
}

/// The only one, or one that has far more letters than all others.
fn plainest<'a>(all: &[&'a Seen], rows: usize) -> Option<&'a Seen> {
    let longest = all.iter().max_by_key(|seen| seen.letters)?;
    let mut others = all.iter().filter(|seen| seen.name != longest.name);
    let is_plain = |other: &&Seen| other.mean_letters(rows) * PLAINLY <= longest.mean_letters(rows);
    others.all(is_plain).then_some(*longest)
}
