//! The header of a table: titles above it, names for its columns, further rows of headings below it.

use std::collections::{HashMap, HashSet, VecDeque};

use super::field::{self, shown};
use super::records::Record;
use super::{text_column, two_rows};

/// A title is searched for in so many records.
const HIGHEST: usize = 20;
/// So many rows show what a column holds.
pub(super) const SHOWING: usize = 20;
/// Columns of the widest table that is read: as many as a sheet of a workbook has.
pub(super) const WIDEST: usize = 16_384;
/// Filled cells of a line that says something of the whole table, at most: a key and its value.
const FEW: usize = 2;
/// Columns of a narrow table, in which one cell says much of the first record.
const NARROW: usize = 5;
/// One of so many records may be shorter than the table is wide.
const OUTLIERS: usize = 20;
/// What the second header row of SurveyMonkey is called.
const KINDS: &str = "second header row: the kinds of answers";
/// Words of a sentence that is no name of a column, at least.
const SENTENCE: usize = 5;
/// Digits of a telephone number, at least.
const TELEPHONE: usize = 6;
/// A number up to this one may be the name of a question or an answer's place on a scale.
const QUESTIONS: u64 = 100;
/// So many rows show that they are counted.
const COUNTED: usize = 3;
/// How a header asks, or tells people to answer, in small letters.
const OPENINGS: [&str; 67] = [
    // English
    "what",
    "why",
    "how",
    "which",
    "who",
    "where",
    "when",
    "please",
    "describe",
    "tell",
    "explain",
    "list",
    "name",
    "rate",
    "share",
    "give",
    "write",
    "enter",
    "select",
    "choose",
    "if",
    "do",
    "does",
    "did",
    "is",
    "are",
    "would",
    "could",
    "can",
    "anything",
    "any",
    "in",
    "use",
    // German
    "was",
    "warum",
    "wie",
    "welche",
    "welcher",
    "welches",
    "wer",
    "wo",
    "bitte",
    "wenn",
    "falls",
    "beschreiben",
    "nennen",
    "erzählen",
    // French, Spanish, Italian, Portuguese, Dutch
    "que",
    "quel",
    "quelle",
    "comment",
    "pourquoi",
    "veuillez",
    "merci",
    "qué",
    "cómo",
    "por",
    "indique",
    "describa",
    "cosa",
    "perché",
    "come",
    "como",
    "descreva",
    "wat",
    "waarom",
    "hoe",
];
/// Words in the names of columns beside the text, in small letters.
const USUAL: [&str; 88] = [
    // English
    "id",
    "ids",
    "no",
    "nr",
    "number",
    "name",
    "user",
    "username",
    "author",
    "person",
    "who",
    "respondent",
    "customer",
    "client",
    "participant",
    "email",
    "mail",
    "phone",
    "date",
    "day",
    "time",
    "timestamp",
    "created",
    "at",
    "month",
    "year",
    "score",
    "rating",
    "stars",
    "points",
    "nps",
    "status",
    "state",
    "type",
    "kind",
    "category",
    "topic",
    "tag",
    "tags",
    "label",
    "channel",
    "source",
    "shop",
    "store",
    "branch",
    "site",
    "location",
    "region",
    "city",
    "country",
    "place",
    "department",
    "dept",
    "team",
    "group",
    "role",
    "product",
    "service",
    "order",
    "language",
    "lang",
    "title",
    "subject",
    "age",
    "gender",
    "sex",
    "class",
    "version",
    "url",
    // German, French, Spanish, Italian, Dutch
    "nummer",
    "datum",
    "kunde",
    "abteilung",
    "bewertung",
    "ort",
    "filiale",
    "nom",
    "nombre",
    "fecha",
    "data",
    "employee",
    "member",
    "guest",
    "question",
    "mitarbeiter",
    "produkt",
    "firma",
    "frage",
];

/// The cells of a record, without the blanks around them.
pub(super) fn names(record: &Record) -> Vec<String> {
    record.fields.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect()
}

/// How many records stand above the header: titles of the table, and titles of its sections.
pub(super) fn titles(records: &[Record], is_sheet: bool) -> usize {
    let comments = comments(records);
    comments + titles_below(records.get(comments..).unwrap_or_default(), is_sheet)
}

/// How many records are lines of comments (`# exported on 1 March`) above a header. A single line of as many cells as the rows below
/// may be the header itself (`#id,comment`).
fn comments(records: &[Record]) -> usize {
    let is_comment =
        |record: &&Record| record.fields.first().is_some_and(|cell| cell.trim_ascii_start().starts_with(b"#"));
    let count = records.iter().take(HIGHEST).take_while(is_comment).count();
    let (Some(header), Some(last)) = (records.get(count), count.checked_sub(1).and_then(|last| records.get(last)))
    else {
        return 0;
    };
    let is_one_column = records.iter().skip(count).all(|record| record.fields.len() <= 1);
    let is_header = last.fields.len() == header.fields.len() && last.fields.len() > 1;
    let named = names(header);
    let are_names = looks_like_names(&named) && (!is_header || names_text(&named) && !names_text(&names(last)));
    if are_names && !is_one_column { count } else { 0 }
}

/// The same below comments.
fn titles_below(records: &[Record], is_sheet: bool) -> usize {
    let lines = preamble(records, is_sheet);
    let count = if lines > 0 { lines } else { titles_of_all(records, is_sheet) };
    let below_titles = || {
        let titles = records.iter().take(HIGHEST).take_while(|row| says_of_all(row)).count();
        let below = records.get(titles..).filter(|_| titles > 0)?;
        Some(titles + table_above(below, is_sheet)?)
    };
    let above = || table_above(records, is_sheet).or_else(below_titles).unwrap_or(0);
    let count = if count > 0 { count } else { above() };
    count + usize::from(records.get(count..).is_some_and(|rows| are_sections(rows) || are_groups(rows)))
}

/// How many records say something of the whole table (`Period;January`) above a header that has
/// more filled cells than any of them, or stands below an empty row and names the text.
fn preamble(records: &[Record], is_sheet: bool) -> usize {
    let Some(first) = records.first() else { return 0 };
    let is_title = is_key(first) || (first.filled() == 1 && first.fields.len() > 1);
    if !says_of_all(first) || (names_text(&names(first)) && !is_title) {
        return 0;
    }
    let is_header = |place: &usize| is_below_a_preamble(records, *place, is_sheet);
    // What stands above the header says something of the table, line by line.
    let end = records.iter().take(HIGHEST).take_while(|row| says_of_all(row)).count();
    (1..=end).find(is_header).unwrap_or(0)
}

/// How many records are another table above the one with the texts, such as a summary: the names of their columns name no text, and
/// those of the table below do, which is wider than all above it or stands below an empty row.
pub(super) fn table_above(records: &[Record], is_sheet: bool) -> Option<usize> {
    let first = records.first().filter(|first| first.filled() > 1 && looks_like_names(&names(first)))?;
    let named: Vec<usize> = names(first)
        .iter()
        .enumerate()
        .filter(|(_, name)| text_column::is_named_so(name))
        .map(|(place, _)| place)
        .collect();
    // "Answers" may as well be how many there were.
    let holds_text = |row: &Record| named.iter().any(|&place| kind_at(row, place) == Some(Kind::Words));
    let is_header = |place: &usize| {
        let (above, below) = (&records[..*place], &records[*place + 1..]);
        let header = &records[*place];
        let names = names(header);
        let rows = &below[..SHOWING.min(below.len())];
        let alike = rows.iter().filter(|row| is_alike(row, header, is_sheet)).count();
        let widest = above.iter().map(Record::filled).max().unwrap_or(0);
        let is_parted = above.last().is_some_and(|last| last.filled() == 0 || last.last_line() + 1 < header.line);
        header.filled() > 1
            && !above.iter().skip(1).any(holds_text)
            && names_text(&names)
            && looks_like_names(&names)
            && (header.filled() > widest || (is_parted && !is_alike_in_all(first, header)))
            && rows.len() > 2
            && alike * 5 >= rows.len() * 4
    };
    // The table above has a row at least.
    (2..records.len().min(SHOWING)).find(is_header)
}

/// Whether two records have the same cells.
fn is_alike_in_all(one: &Record, other: &Record) -> bool {
    names(one) == names(other)
}

/// Whether a record has few filled cells, or its first one ends as what is said of a table begins.
fn says_of_all(record: &Record) -> bool {
    record.filled() <= FEW || is_key(record)
}

/// `Period:` in its first cell.
fn is_key(record: &Record) -> bool {
    record.fields.first().is_some_and(|cell| cell.trim_ascii().ends_with(b":"))
}

fn is_below_a_preamble(records: &[Record], place: usize, is_sheet: bool) -> bool {
    let Some([above @ .., header]) = records.get(..=place) else { return false };
    let below = records.get(place + 1..).unwrap_or_default();
    let rows = below.get(..SHOWING.min(below.len())).unwrap_or_default();
    let alike = rows.iter().filter(|row| is_alike(row, header, is_sheet)).count();
    let names = names(header);
    let is_table = !rows.is_empty()
        && alike * 5 >= rows.len() * 4
        && looks_like_names(&names)
        && !is_key(header)
        && (is_sheet || std::iter::once(header).chain(rows).all(is_tight));
    let is_parted = above.last().is_some_and(|last| last.filled() == 0 || last.last_line() + 1 < header.line);
    let widest = above.iter().filter(|row| !is_key(row)).map(Record::filled).max().unwrap_or(0);
    let typed = typed_columns(header.fields.len(), rows);
    let are_names = !typed.is_empty() && typed.iter().all(|&(at, _)| kind_at(header, at) == Some(Kind::Words));
    let is_wide = header.filled() > FEW.max(widest) && (names_text(&names) || is_parted || are_names);
    is_table && (is_wide || (header.filled() == FEW && names_text(&names) && is_parted))
}

/// Whether the first record names groups of columns, each of its names over several columns beside
/// one another, and the second all these columns: what a pivot table or two levels of names become.
fn are_groups(records: &[Record]) -> bool {
    let [first, second, rows @ ..] = records else { return false };
    let (groups, columns) = (names(first), names(second));
    let is_again = groups.windows(2).any(|pair| !pair[0].is_empty() && pair[0] == pair[1]);
    let is_filled = |place: usize| columns.get(place).is_some_and(|name| !name.is_empty());
    let is_within = groups.iter().enumerate().all(|(place, group)| group.is_empty() || is_filled(place));
    let typed = typed_columns(second.fields.len(), rows);
    let is_name = |place: usize| kind_at(second, place) == Some(Kind::Words);
    let named = typed.iter().filter(|(place, _)| is_name(*place)).count();
    let is_no_row = typed.iter().all(|&(place, wanted)| kind_at(second, place) != Some(wanted));
    is_again
        && is_within
        && is_no_row
        && (named > 1 || (named > 0 && names_text(&columns)))
        && looks_like_names(&columns)
}

/// Whether the first record names sections of columns (`Person,,Rating,`) and the second the
/// columns: it has a name wherever the first has one and in further places, in every column of
/// numbers or dates too.
fn are_sections(records: &[Record]) -> bool {
    let [first, second, rows @ ..] = records else { return false };
    let is_filled = |record: &Record, place: usize| kind_at(record, place).is_some();
    let width = first.fields.len().max(second.fields.len());
    let is_within = (0..width).all(|place| is_filled(second, place) || !is_filled(first, place));
    let mut typed = typed_columns(second.fields.len(), rows);
    // The numbers of the rows stand below no name.
    typed.retain(|(column, _)| is_filled(first, *column) || is_filled(second, *column));
    let are_names = typed.iter().all(|&(column, _)| kind_at(second, column) == Some(Kind::Words));
    // A lone column of numbers may begin with a word: then more must speak for a title over several columns.
    let is_wide = is_filled(first, 0) && second.filled() > first.filled() + 1;
    first.filled() > 1
        && second.filled() > first.filled()
        && is_within
        && (typed.len() > 1 || (typed.len() == 1 && is_wide))
        && are_names
        && !is_import_ids(second)
        && looks_like_names(&names(second))
}

/// How many titles have one filled cell where the table has several columns. Those of a sheet end
/// with their last filled cell: there an empty cell at the end makes no other kind of row.
fn titles_of_all(records: &[Record], is_sheet: bool) -> usize {
    let filled = Record::filled;
    let Some(first) = records.first().filter(|first| filled(first) <= 1) else { return 0 };
    let Some(place) = records.iter().take(HIGHEST).position(|record| filled(record) > 1) else { return 0 };
    // Titles of sections may stand between the titles and the names.
    let at = place + usize::from(are_sections(records.get(place..).unwrap_or_default()));
    let Some([header, below @ ..]) = records.get(at..) else { return 0 };
    let alike = below.iter().take(SHOWING).filter(|row| is_alike(row, header, is_sheet)).count();
    let most = below.len().min(SHOWING);
    let names = names(header);
    let is_lone_header = first.fields.len() == 1 && names_text(&self::names(first));
    // Prose with commas looks like columns, too: then more must speak for a header.
    let is_plain = names_text(&names) || header.line > records[place - 1].line + 1;
    let rows = &records[place..];
    let are_tight = rows.iter().take(SHOWING).all(is_tight);
    let speaks = is_plain || ((names.len() > 2 || are_tight) && !is_lone_header);
    let is_table = most > 0 && alike * 5 >= most * 4 && speaks && looks_like_names(&names);
    if is_table { place } else { 0 }
}

/// Whether a record is as wide as the header; a row of a sheet ends with its last filled cell.
fn is_alike(row: &Record, header: &Record, is_sheet: bool) -> bool {
    match is_sheet {
        true => row.filled() > 1 && row.fields.len() <= header.fields.len(),
        false => row.fields.len() == header.fields.len(),
    }
}

/// Whether no cell but the first begins with a blank: the commas of prose are followed by one.
fn is_tight(row: &Record) -> bool {
    row.fields.iter().skip(1).all(|cell| !cell.starts_with(b" "))
}

/// How many columns a table without names has: as many as its first record, or fewer where sentences with commas make most rows
/// longer, whose cells then begin with a blank.
pub(super) fn width_without_names(records: &[Record], is_sheet: bool) -> usize {
    let first = records.first().map_or(0, |first| first.fields.len());
    let mut widths: Vec<usize> = records.iter().map(|record| record.fields.len()).collect();
    widths.sort_unstable();
    let least = widths.get(widths.len() / OUTLIERS).copied().unwrap_or(0);
    let longer: Vec<&Record> = records.iter().filter(|record| record.fields.len() > least).collect();
    let is_spaced = |record: &&&Record| record.fields.iter().skip(least).any(|cell| cell.starts_with(b" "));
    let are_sentences = longer.iter().filter(is_spaced).count() * 2 > longer.len();
    if !is_sheet && least > 1 && are_sentences { least } else { first }
}

/// The names of the columns, those of choices included that stand below a question in the second header row of SurveyMonkey.
pub(super) fn with_choices(mut names: Vec<String>, others: &VecDeque<(Record, &'static str)>) -> Vec<String> {
    let Some((choices, _)) = others.iter().find(|(_, why)| *why == KINDS) else { return names };
    let mut question = String::new();
    for (place, name) in names.iter_mut().enumerate() {
        if !name.is_empty() {
            question.clone_from(name);
        } else if let Some(choice) = cell_at(choices, place).filter(|_| !question.is_empty()) {
            *name = format!("{question}: {choice}");
        }
    }
    names
}

pub(super) fn names_text(names: &[String]) -> bool {
    names.iter().any(|name| text_column::is_named_so(name))
}

/// Different short names that are not numbers.
fn looks_like_names(names: &[String]) -> bool {
    let filled: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    let unique: HashSet<&String> = filled.iter().copied().collect();
    unique.len() == filled.len() && filled.iter().all(|name| kind(name) == Kind::Words && name.chars().count() < 200)
}

/// Puts an empty name before those of the header where all rows below it begin with one cell more,
/// their numbers from 1 on: R writes the names of its rows so.
pub(super) fn name_row_names(records: &mut [Record]) {
    let Some((header, rows)) = records.split_first_mut() else { return };
    let is_number = |(row, number): (&Record, usize)| {
        row.fields.len() == header.fields.len() + 1 && cell_at(row, 0).is_some_and(|cell| cell == number.to_string())
    };
    if rows.len() > 2 && header.fields.len() > 1 && rows.iter().zip(1..).all(is_number) {
        header.fields.insert(0, Vec::new());
    }
}

/// Whether the first record is more likely a row than names: it holds a number or date where the
/// rows below do too, a value that stands in its column again, or a sentence like the texts below.
fn looks_like_a_row(record: &Record, below: &[Record]) -> bool {
    let typed = typed_columns(record.fields.len(), below);
    typed.iter().any(|&(column, wanted)| kind_at(record, column) == Some(wanted))
        || has_values(record, below)
        || has_a_sentence(record, below)
}

/// How much the first record of a table is like the rows below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// It has the names of the columns.
    #[default]
    Names,
    /// It looks like a row, unless one of its cells is the name of a text.
    Row,
    /// It is a row, though one of its cells may say "message": a date, a time or a telephone number stands above others.
    PlainlyRow,
}

impl Likeness {
    /// That of a record to the rows below it.
    pub(super) fn of(record: &Record, below: &[Record]) -> Likeness {
        match () {
            () if is_plainly_a_row(record, below) => Likeness::PlainlyRow,
            () if looks_like_a_row(record, below) => Likeness::Row,
            () => Likeness::Names,
        }
    }
}

/// Whether a cell of the first record holds what no column is called, and the rows below it hold the same: a date, a time, a
/// telephone number, or a number from which the rows below count on.
fn is_plainly_a_row(record: &Record, below: &[Record]) -> bool {
    let is_one = |(column, wanted): &(usize, Kind)| {
        let Some(cell) = cell_at(record, *column).filter(|cell| kind(cell) == *wanted) else { return false };
        let digits = cell.chars().filter(char::is_ascii_digit).count();
        let is_telephone = cell.starts_with('+') && digits >= TELEPHONE;
        *wanted == Kind::Date || cell.contains(':') || is_telephone || counts_on(&cell, *column, below)
    };
    typed_columns(record.fields.len(), below).iter().any(is_one)
}

/// Whether the rows below count on from a number, one by one. Small numbers may be the names of questions.
fn counts_on(cell: &str, column: usize, below: &[Record]) -> bool {
    let Some(first) = cell.parse::<u64>().ok().filter(|first| *first > QUESTIONS || *first <= 1) else { return false };
    let rows = below.iter().take(COUNTED);
    below.len() >= COUNTED
        && rows.zip(1..).all(|(row, step)| cell_at(row, column).is_some_and(|cell| cell == (first + step).to_string()))
}

/// Whether cells of the record stand again among the values of their own columns, of which each
/// has another too: the column of a choice that was ticked or not holds its own name alone. A
/// header `Member,Why` above "member" and "guest" is told by the cell above the texts, which is far
/// shorter than they are.
fn has_values(record: &Record, below: &[Record]) -> bool {
    let is_value = |place: usize| {
        let others: HashSet<String> = below.iter().filter_map(|row| cell_at(row, place)).collect();
        others.len() > 1 && cell_at(record, place).is_some_and(|cell| others.contains(&cell))
    };
    let count = (0..record.fields.len()).filter(|&place| is_value(place)).count();
    let is_narrow = (2..=NARROW).contains(&record.fields.len());
    let is_above_texts = longest(record, below).is_some_and(|(place, usual)| {
        is_value(place) || cell_at(record, place).is_none_or(|cell| cell.chars().count() * 4 >= usual)
    });
    count > usize::from(!is_narrow) && is_above_texts
}

/// Whether the cell above the longest column of a narrow table is a sentence as long as those
/// below it, which asks for nothing, and no other cell is a name that columns have. Columns without
/// any cell do not count.
fn has_a_sentence(record: &Record, below: &[Record]) -> bool {
    let is_filled = |place: &usize| std::iter::once(record).chain(below).any(|row| cell_at(row, *place).is_some());
    let columns = (0..record.fields.len()).filter(is_filled).count();
    if record.fields.len() < 2 || columns > NARROW {
        return false;
    }
    let Some((longest, usual)) = longest(record, below) else { return false };
    let is_like_them = |cell: String| cell.chars().count() * 2 >= usual && is_said(&cell);
    let is_name = |place: usize| {
        cell_at(record, place).is_some_and(|cell| is_usual_name(&cell) && !is_one_of_those_below(&cell, place, below))
    };
    let others = (0..record.fields.len()).filter(|place| *place != longest);
    let has_others = others.clone().any(|place| cell_at(record, place).is_some());
    cell_at(record, longest).is_some_and(is_like_them)
        && (has_others || columns == 1)
        && !others.into_iter().any(is_name)
}

/// Whether most cells below one are made as it is: `User 0` above `User 1`, `Guest Anna` above
/// `Guest Ben`, an address above addresses.
fn is_one_of_those_below(cell: &str, place: usize, below: &[Record]) -> bool {
    let shape = shape(cell);
    let opening = |cell: &str| cell.split_once(char::is_whitespace).map(|(first, _)| first.to_lowercase());
    let is_telling = shape.chars().any(|c| !c.is_alphabetic() && !c.is_whitespace());
    let is_alike = |other: &String| {
        (is_telling && self::shape(other) == shape) || (opening(cell).is_some() && opening(other) == opening(cell))
    };
    let cells: Vec<String> = below.iter().filter_map(|row| cell_at(row, place)).collect();
    cells.len() > 2 && cells.iter().filter(|other| is_alike(other)).count() * 2 > cells.len()
}

/// How a cell is made: its letters as "a", its digits as "0", one for several beside one another.
fn shape(cell: &str) -> String {
    let mut shape: Vec<char> = cell.chars().map(|c| if c.is_alphabetic() { 'a' } else { c }).collect();
    shape.iter_mut().filter(|c| c.is_numeric()).for_each(|c| *c = '0');
    shape.dedup_by(|next, last| next == last && matches!(next, 'a' | '0'));
    shape.into_iter().collect()
}

/// Which column has the most characters below the record, and how many a cell of it usually has;
/// nothing where three cells do not show it.
fn longest(record: &Record, below: &[Record]) -> Option<(usize, usize)> {
    let lengths = |place: usize| -> Vec<usize> {
        below.iter().filter_map(|row| cell_at(row, place)).map(|cell| cell.chars().count()).collect()
    };
    let longest = (0..record.fields.len()).max_by_key(|&place| lengths(place).iter().sum::<usize>())?;
    let mut lengths = lengths(longest);
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).filter(|_| lengths.len() > 2).map(|usual| (longest, *usual))
}

/// Whether a cell is a sentence of many words that neither asks nor tells anybody to answer.
fn is_said(cell: &str) -> bool {
    let words = field::words(cell);
    let is_whole = cell.ends_with(['.', '!', '…']) || cell.starts_with(char::is_lowercase);
    let asks = cell.contains(['?', '_', ':']) || cell.ends_with([')', ']', '*']);
    let opens = words.first().is_some_and(|first| OPENINGS.contains(&first.as_str()));
    words.len() >= SENTENCE && is_whole && !asks && !opens
}

/// Whether one of the words of a cell is that of many a column's name.
fn is_usual_name(cell: &str) -> bool {
    let words = field::words(cell);
    // "Q1" is the name of a question.
    let is_numbered = |word: &String| word.strip_prefix('q').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
    let is_usual = |word: &String| USUAL.contains(&word.as_str()) || is_numbered(word);
    words.len() <= 3 && words.iter().any(is_usual) || text_column::is_named_so(cell)
}

/// The cell in a column, without the blanks around it; nothing for an empty one.
pub(super) fn cell_at(record: &Record, column: usize) -> Option<String> {
    let cell = String::from_utf8_lossy(record.fields.get(column)?).trim().to_owned();
    (!cell.is_empty()).then_some(cell)
}

/// Why the records right below the header are headings too; one reason for each such record.
pub(super) fn further_headings(header: &Record, below: &[Record]) -> Vec<&'static str> {
    if let Some(place) = below.iter().take(2).position(is_import_ids) {
        let wordings = std::iter::repeat_n("second header row: the wording of the questions", place);
        return wordings.chain(["header row: the survey tool's import ids"]).collect();
    }
    let Some((second, rows)) = below.split_first() else { return Vec::new() };
    if are_strokes(second) {
        return vec!["a line of strokes below the header"];
    }
    if two_rows::are_units(header, second, rows) {
        return vec!["second header row"];
    }
    if is_kinds_of_answers(second) {
        return vec![KINDS];
    }
    // Names in every column that holds numbers or dates from then on.
    let typed = typed_columns(second.fields.len(), rows);
    let is_heading = typed.len() > 1 && typed.iter().all(|&(column, _)| kind_at(second, column) == Some(Kind::Words));
    let is_wording = is_coded(header) && are_wordings(header, second, &typed);
    match (is_heading, is_wording) {
        (true, _) => vec!["second header row"],
        (_, true) => vec!["second header row: the wording of the questions"],
        _ => Vec::new(),
    }
}

/// Whether half of the names are the codes of questions: `Q2_5_TEXT`, `v17`.
fn is_coded(header: &Record) -> bool {
    let names = names(header);
    let is_code = |name: &&String| {
        let number = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let letters = name.len() - number.len();
        (1..=3).contains(&letters) && number.starts_with(|c: char| c.is_ascii_digit()) && !name.contains(' ')
    };
    let filled = names.iter().filter(|name| !name.is_empty()).count();
    names.iter().filter(is_code).count() * 2 >= filled.max(1)
}

/// Whether a record below codes says what they stand for: words above all numbers, and a question
/// among them, or a name in which only blanks and capitals are others (`Response ID` below
/// `ResponseId`).
fn are_wordings(header: &Record, second: &Record, typed: &[(usize, Kind)]) -> bool {
    let bare = |name: &str| -> String { name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
    let is_same = |(name, cell): (String, String)| name != cell && !cell.is_empty() && bare(&name) == bare(&cell);
    let is_spelled_out = names(header).into_iter().zip(names(second)).any(is_same);
    let are_words = typed.iter().all(|&(column, _)| kind_at(second, column) == Some(Kind::Words));
    let asks = |name: &String| name.ends_with(['?', ':', '…']) || name.ends_with("...");
    are_words
        && (is_spelled_out || (!typed.is_empty() && names(second).iter().any(asks)))
        && looks_like_wordings(second)
}

/// Different cells that are words.
fn looks_like_wordings(record: &Record) -> bool {
    let filled: Vec<String> = names(record).into_iter().filter(|name| !name.is_empty()).collect();
    let unique: HashSet<&String> = filled.iter().collect();
    unique.len() == filled.len() && filled.iter().all(|name| kind(name) == Kind::Words)
}

/// `{"ImportId":"QID1"}` in its cells: Qualtrics.
fn is_import_ids(record: &Record) -> bool {
    let is_import = |field: &&Vec<u8>| field.starts_with(b"{\"ImportId\"") || field.starts_with(b"{'ImportId'");
    let count = record.fields.iter().filter(is_import).count();
    count > 0 && count * 2 >= record.fields.len()
}

/// `---` in every cell: what a database's console draws below the names.
fn are_strokes(record: &Record) -> bool {
    let is_stroke = |cell: &Vec<u8>| !cell.is_empty() && cell.iter().all(|byte| matches!(byte, b'-' | b'='));
    let cells: Vec<Vec<u8>> = record.fields.iter().map(|cell| cell.trim_ascii().to_vec()).collect();
    cells.iter().all(is_stroke) && cells.iter().map(Vec::len).sum::<usize>() > 2
}

/// What survey tools call the kinds of answers, in small letters.
const KINDS_OF_ANSWERS: [&str; 14] = [
    "response",
    "open-ended response",
    "antwort",
    "offene antwort",
    "réponse",
    "réponse ouverte",
    "respuesta",
    "respuesta abierta",
    "risposta",
    "risposta aperta",
    "resposta",
    "resposta aberta",
    "antwoord",
    "open antwoord",
];

/// `Response` and `Open-Ended Response` below the questions, and little else: SurveyMonkey.
fn is_kinds_of_answers(record: &Record) -> bool {
    let cells: Vec<String> = names(record).into_iter().filter(|cell| !cell.is_empty()).collect();
    let is_kind = |cell: &&String| KINDS_OF_ANSWERS.contains(&cell.to_lowercase().as_str());
    let blank_first = record.fields.first().is_some_and(|first| first.trim_ascii().is_empty());
    blank_first && cells.iter().any(|cell| is_kind(&cell))
}

/// Columns whose filled cells are all numbers or all dates, in at least three of the first rows.
pub(super) fn typed_columns(width: usize, rows: &[Record]) -> Vec<(usize, Kind)> {
    let column = |column: usize| {
        let mut kinds = rows.iter().take(SHOWING).filter_map(|row| kind_at(row, column));
        let first = kinds.next().filter(|kind| *kind != Kind::Words)?;
        let rest: Vec<Kind> = kinds.collect();
        (rest.len() > 1 && rest.iter().all(|kind| *kind == first)).then_some((column, first))
    };
    (0..width).filter_map(column).collect()
}

/// What a cell holds; nothing for an empty one.
pub(super) fn kind_at(record: &Record, column: usize) -> Option<Kind> {
    cell_at(record, column).map(|cell| kind(&cell))
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Date,
    Words,
}

pub(super) fn kind(cell: &str) -> Kind {
    let is_part = |c: char| c.is_ascii_digit() || "-/.:T Z+,%".contains(c);
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    if digits == 0 || !cell.chars().all(is_part) {
        Kind::Words
    } else if cell.matches(['-', '/', ':', '.']).count() > 1 {
        Kind::Date
    } else {
        Kind::Number
    }
}

/// The names of a header's columns, each one of its own: `column 3` for one without a name, `Comment (2)` for the second of
/// a name; and in words what was renamed.
pub(super) fn distinct(mut names: Vec<String>) -> (Vec<String>, Option<String>) {
    let given: HashSet<String> = names.iter().cloned().collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut renamed = Vec::new();
    for (place, name) in names.iter_mut().enumerate() {
        let base = if name.is_empty() { format!("column {}", place + 1) } else { name.clone() };
        if name.is_empty() || taken.contains(&base) {
            let count = counts.entry(base.clone()).or_insert(1);
            let is_free = |free: &String| !taken.contains(free) && !given.contains(free);
            let mut new = base.clone();
            while !is_free(&new) {
                *count += 1;
                new = format!("{base} ({count})");
            }
            renamed.push(format!("\"{}\"", shown(&new)));
            *name = new;
        }
        taken.insert(name.clone());
    }
    let more = renamed.len().saturating_sub(3);
    renamed.truncate(3);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let said = format!("columns without a name or with one that is taken are called {}{rest}", renamed.join(", "));
    (names, (!renamed.is_empty()).then_some(said))
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_of_comments_above_a_header_are_titles() {
        use crate::corpus::testing::{options, read_as, reason, texts};
        let rows = "0,the soup was cold\n1,\"nobody came, again\"\n2,it was late\n";
        let text = format!("# Exported by Tool 3.2\n# 2025-03-01, user jdoe\n#\nid,comment\n{rows}");
        let corpus = read_as("a.csv", text.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus)[1], corpus.documents.len()), ("nobody came, again", 3));
        assert_eq!(reason(&corpus, 2), "a title above the header");
        let lone = format!("# Exported on 1 March\nid,comment\n{rows}");
        assert_eq!(read_as("a.csv", lone.as_bytes(), &options()).unwrap().documents.len(), 3);
        let header = format!("#id,comment\n{rows}");
        assert_eq!(read_as("a.csv", header.as_bytes(), &options()).unwrap().documents.len(), 3);
    }

    #[test]
    fn dates_times_and_numbers_that_count_say_that_a_first_row_with_a_message_is_data() {
        use crate::corpus::ReadOptions;
        use crate::corpus::testing::{error_of, options, read_as};
        for (first, others) in [
            ("2026-05-0D,Ann,No comment", "2026-05-0D,Bob"),
            ("0D:15,Ann,Voice message", "0D:15,Bob"),
            ("2026-05-0D 10:00,Ann,text", "2026-05-0D 10:00,Bob"),
            ("+4479000D,Ann,Deleted message", "+4479000D,Bob"),
            ("700D,Ann,Good review", "700D,Bob"),
        ] {
            let at = |row: &str, n: usize| row.replace('D', &n.to_string());
            let rows: String = (2..9).map(|n| format!("{},the boat {n} was late once more\n", at(others, n))).collect();
            let table = format!("{}\n{rows}", at(first, 1));
            let problem = error_of("a.csv", table.as_bytes(), &options());
            assert!(problem.contains("looks like a row") && problem.contains("no-header"), "{first}: {problem}");
            let read = read_as("a.csv", table.as_bytes(), &ReadOptions { no_header: true, ..options() }).unwrap();
            assert_eq!(read.documents.len(), 8, "{first}");
        }
        for header in ["1,Who,Customer comment", "2019,Who,Comment", "Date,Who,message"] {
            let rows: String = (2..9).map(|n| format!("{},Bob,the boat {n} was late once more\n", n * 3)).collect();
            let read = read_as("a.csv", format!("{header}\n{rows}").as_bytes(), &options()).unwrap();
            assert_eq!(read.documents.len(), 7, "{header}");
        }
    }

    use super::*;

    fn records(text: &str) -> Vec<Record> {
        let record = |(place, line): (usize, &str)| Record {
            line: place as u64 + 1,
            fields: line.split(',').map(|cell| cell.as_bytes().to_vec()).collect(),
            ..Record::default()
        };
        text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(record).collect()
    }

    #[test]
    fn titles_are_what_stands_above_the_names() {
        for (text, count) in [
            ("Feedback of May\nid,text,date\n1,a,2024-01-02\n2,b,2024-01-03", 1),
            ("Feedback\nfrom all shops\n\nshop,answer\nN,a\nS,b", 2),
            ("Feedback,,\nshop,answer,x\nN,a,1\nS,b,2", 1),
            ("Our shops\nshop,said\nN,a\nS,b", 1),
            ("Our shops\nPerson,,Rating\nNo,Shop,Why,Stars\n1,N,a,3\n2,S,b,4\n3,S,c,4", 2),
            (
                "Q&A Report,\nReport Generated:,\"Mar 3\"\nTopic,Webinar,Start,Minutes,Count,\n\"Town hall\",84,\"Mar 3\",61,4,\n\
                 Question Details,\nNo,Question,Name,Mail,Answer(s),Time\n1,why is it so cold,Ann,,soon,09:00\n\
                 2,who pays for it,Bob,,soon,09:01\n3,when is it done,Cat,,live,09:02",
                5,
            ),
            ("text\nhello,world\none,two", 0),
            ("text\nhello, world\none, two\nthree, four", 0),
            ("plain words\nhello, world\none, two\nthree, four", 0),
            ("id,text\n1,a\n2,b", 0),
            ("text\na\nb", 0),
            ("", 0),
        ] {
            assert_eq!(titles(&records(text), false), count, "{text}");
        }
    }

    #[test]
    fn a_summary_above_the_answers_is_another_table() {
        let rows = "0,N,it was cold\n1,S,it was late\n2,N,all was well\n3,S,nobody came";
        for is_sheet in [true, false] {
            for gap in ["", ",,\n", "\n"] {
                let count = 3 + usize::from(gap == ",,\n");
                let wide = format!("Branch,Answers\nN,20\nS,20\n{gap}ID,Branch,Comment\n{rows}");
                assert_eq!(titles(&records(&wide), is_sheet), count, "{wide}");
            }
            let narrow = "Branch,Answers\nN,20\nS,20\n\nID,Comment\n0,it was cold\n1,it was late\n2,nobody came";
            assert_eq!(titles(&records(narrow), is_sheet), 3);
            let one = "ID,Comment\n0,cold\n1,late\n\nID,Comment,Shop\n2,it was late,N\n3,so it was,S\n4,well,N";
            assert_eq!(titles(&records(one), is_sheet), 0);
        }
    }

    #[test]
    fn keys_and_values_above_the_header_are_titles() {
        let rows = "2024-01-02,N,a b c,3\n2024-01-03,S,d e f,4\n2024-01-04,S,g h i,2";
        for (above, count) in [
            ("Report:,Reviews\nCreated:,2025-03-01", 2),
            ("Report:,Reviews,,\nCreated:,2025-03-01,,", 2),
            ("Period:,2025-03-01,to,2025-03-31\nReport,,,", 2),
            ("Account,123-456\nOwner,Kim\n\n", 2),
        ] {
            assert_eq!(titles(&records(&format!("{above}\nDate,Shop,Review,Stars\n{rows}")), false), count, "{above}");
            assert_eq!(titles(&records(&format!("{above}\nDate,Shop,Why,Stars\n{rows}")), true), count, "{above}");
        }
        let narrow = "Report,\nPeriod,May\n,\nComment,Shop\na b c,N\nd e f,S";
        assert_eq!(titles(&records(narrow), false), 3);
        for table in ["Shop,Review\nN,a,b,c\nS,d,e,f\nS,d,e,f", "Review,Shop\na,N\n,\nComment,S\nb,N", "a,b\nc,d\ne,f"]
        {
            assert_eq!(titles(&records(table), false), 0, "{table}");
        }
    }

    #[test]
    fn groups_of_columns_and_wordings_are_no_rows() {
        let rows = "0,T-0,2025-01-01,a,0.5\n1,T-1,2025-01-02,b,1.5\n2,T-2,2025-01-03,c,2.5\n3,T-3,2025-01-04,d,3.5";
        let grouped = format!(",meta,meta,answers,answers\n,Ticket,Created,Comment,Score\n{rows}");
        assert_eq!(titles(&records(&grouped), false), 1);
        let merged = format!(",meta,,answers,\n,Ticket,Created,Comment,Score\n{rows}");
        assert_eq!(titles(&records(&merged), true), 1);
        let twice = format!("No,Key,Created,Comment,Comment\n{rows}");
        assert_eq!(titles(&records(&twice), false), 0);
        let coded = records("Id,Q1,Q2,Q3\nID No,Which of these?,How likely?,Why?\nR_1,a,4,x\nR_2,b,5,y\nR_3,a,3,z");
        assert_eq!(further_headings(&coded[0], &coded[1..]).len(), 1);
        let rows = records("Id,Q1,Q2,Q3\nR_1,a,n/a,x y\nR_2,b,5,y\nR_3,a,3,z\nR_4,a,3,z");
        assert_eq!(further_headings(&rows[0], &rows[1..]).len(), 0);
    }

    #[test]
    fn headings_below_the_header_are_recognised_and_rows_are_not() {
        for (text, count) in [
            ("Start Date,How?\n{\"ImportId\":\"startDate\"},{\"ImportId\":\"QID1\"}\n2025-01-01,x", 2),
            (",,Open-Ended Response\n1,2,fine\n2,3,bad", 1),
            (",,Offene Antwort\n1,2,gut\n2,3,schlecht", 1),
            ("--,---,--------\n1,2,fine\n2,3,bad", 1),
            ("-,-,\n1,2,fine\n2,3,bad", 0),
            ("Begin,Score,Why\n2025-01-01,1,a\n2025-01-02,2,b\n2025-01-03,3,c\n2025-01-04,3,c", 1),
            ("2025-01-01,n/a,a\n2025-01-02,2,b\n2025-01-03,3,c\n2025-01-04,3,c", 0),
            ("n/a,a\n2,b\n3,c\n4,d\n5,e", 0),
            ("Response\nResponse\nfine", 0),
        ] {
            let header = records("a,b,c").remove(0);
            assert_eq!(further_headings(&header, &records(text)).len(), count, "{text}");
        }
    }

    #[test]
    fn a_first_row_of_data_is_no_header() {
        let is_row = |text: &str| looks_like_a_row(&records(text)[0], &records(text)[1..]);
        assert!(is_row("0,soup\n1,bread\n2,cake\n3,tea"));
        assert!(!is_row("n,soup\n1,bread\n2,cake\n3,tea"));
        assert!(!is_row("0,soup\nx,bread\ny,cake\nz,tea"));
    }

    #[test]
    fn a_first_row_of_words_is_no_header_either() {
        let is_row = |text: &str| looks_like_a_row(&records(text)[0], &records(text)[1..]);
        let below = "Bob,it came late and the box was open\nEve,the lamp does not work at all\nKim,I want it back";
        for first in ["Kim,cold soup", "Ann,the parcel has not arrived since monday", "Ann,The lamp was broken again."]
        {
            assert!(is_row(&format!("{first}\n{below}")), "{first}");
        }
        for header in [
            "Who,What did you like",
            "Name,the words that were written below",
            "Ann,Please tell us what you liked about us.",
            "Ann,what would you like to see changed",
            "Q1,I would recommend this shop to a friend.",
            "Ann,Why did you give this score? Please explain.",
            "Ann,words",
        ] {
            assert!(!is_row(&format!("{header}\n{below}")), "{header}");
        }
        let sentence = "Ann,The lamp was broken again.";
        for (first, rest) in
            [("User 0", "User 1"), ("Guest Ann", "Guest Bob"), ("ann@mail.example", "bob@mail.example")]
        {
            let below = below.replace("Bob", rest).replace("Eve", rest).replace("Kim", rest);
            assert!(is_row(&format!("{}\n{below}", sentence.replace("Ann", first))), "{first}");
        }
        for empty in ["", ",,,,,"] {
            let below =
                below.replace('\n', &format!("{empty},\n")).replace("Bob,", "").replace("Eve,", "").replace("Kim,", "");
            assert!(is_row(&format!("The lamp was broken again.{empty},\n{below}{empty},")), "beside empty columns");
            assert!(!is_row(&format!("What do you think of us?{empty},\n{below}{empty},")), "a question");
        }
        assert!(!is_row(&format!("User name,The lamp was broken again.\n{below}")), "a name beside a sentence");
        assert!(!is_row("Tea,Cake\nTea,\n,Cake\nTea,Cake"), "choices that were ticked");
        let members = "Guest,it came late and the box was open\n".repeat(3) + "Member,the lamp does not work at all";
        assert!(!is_row(&format!("Member,Why\n{members}")), "a name that is a value too");
        let wide = "Ann,b,c,d,e,f\nAnn,k,l,m,n,o\nBob,k,l,m,n,o\nBob,k,l,m,n,o";
        assert!(!is_row(wide) && is_row(&wide.replace(",k", ",b").replacen(",b,l", ",x,l", 1)), "of many, two");
    }

    #[test]
    fn every_column_gets_a_name_of_its_own() {
        let own = |names: &[&str]| distinct(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(own(&["a", "", "a", "a (2)", "a", ""]).0, ["a", "column 2", "a (3)", "a (2)", "a (4)", "column 6"]);
        assert_eq!(own(&["column 2", ""]).0, ["column 2", "column 2 (2)"]);
        assert_eq!(own(&["a", "b"]), (vec!["a".to_owned(), "b".to_owned()], None));
        let many = vec![String::new(); 5];
        assert!(distinct(many).1.unwrap().ends_with("\"column 3\" and 2 more"));
    }
}
