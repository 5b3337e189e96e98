//! From bytes to a [`Corpus`]: the options, and the steps in their order.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::advice::{self, Shown};
use super::ahead::{Ahead, first_rows};
use super::collect::Collector;
pub use super::collect::parts::Ended;
use super::field::{Field, shown, written};
use super::header::Likeness;
use super::input::{self, Input, hexadecimal};
use super::only::Wanted;
use super::open::{Opened, Recognized, open};
use super::options::{ReadOptions, Source};
use super::remarks::Remarks;
use super::row::{NOT_WANTED, Problem, RawRow, RowReader};
use super::rows_of_one::RowsOfOne;
use super::table::complete_text;
use super::text_column::{Found, Seen};
use super::{Corpus, FileRead, differing, found_id, hint, objects, segments, speakers, text_column, turns, whole};
use crate::error::Error;
use crate::message;
use crate::message::Message;

/// So many columns are named in one sentence.
const MOST_NAMED: usize = 6;
/// JSON within JSON is looked into so deep.
const DEEPEST: usize = 4;

/// Reads a whole corpus.
///
/// Where no field is called `id` and the user says none, one that plainly is the id and differs in every document is taken. Else a
/// document without an id is called by its line number; so is a skipped row whose own id cannot be read or is taken,
/// with a suffix (`7-2`) where the number is another row's id. Rows beyond the limit are counted, not looked into. A row
/// without text is skipped, whatever `on_error` says.
///
/// # Errors
/// A file that cannot be read or is in no format that is known, a text field that does not exist or is not plain (the message
/// shows the fields and the ready option), a file without documents, and, unless `on_error` is [`OnError::Skip`](super::OnError::Skip), the first
/// row that is not a document.
pub fn read(source: &Source, options: &ReadOptions) -> Result<Corpus, Error> {
    options.check()?;
    let (options, remark) = &whole::resolved(&source.paths(), options);
    let mut reading = Reading::new(options, None);
    source.notes().iter().cloned().chain(remark.clone()).for_each(|note| reading.remarks.add(note));
    let hash = reading.add_all(&source.paths())?;
    reading.finish(input::name(source), hash)
}

/// How many rows the parts of a corpus have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InParts {
    /// The first part: a corpus that has no more is not divided.
    pub first: usize,
    /// The others.
    pub next: usize,
}

/// What is handed over of a corpus that may be read in parts.
#[derive(Debug)]
pub enum Part {
    /// All of it.
    Whole(Corpus),
    /// The next rows as a corpus of their own, without the hash of the bytes, and of each document whether an earlier one has its text;
    /// none of the first part, whose texts are seen together.
    Piece(Corpus, Option<Vec<bool>>),
}

/// Receives the parts of a corpus in their order.
type Receive<'a> = &'a mut dyn FnMut(Part) -> Result<(), Error>;

/// Reads a corpus in parts, so that memory does not grow with it; returns what is known at its end, if it was divided.
///
/// What can only be seen of many rows is decided by the first part for all: which field is the id, what repeats across texts,
/// whether they had been read in a wrong encoding. Of every text and every id a hash is kept, up to some millions. A row that has no
/// id where others have one, or one that is taken, is called by its line where nobody named the field.
///
/// # Errors
/// Those of [`read`], and those of the receiver. Parts before the error have been handed over.
pub fn read_in_parts(
    source: &Source,
    options: &ReadOptions,
    parts: InParts,
    receive: Receive<'_>,
) -> Result<Option<Ended>, Error> {
    options.check()?;
    let (options, remark) = &whole::resolved(&source.paths(), options);
    let name = input::name(source);
    let mut reading = Reading::new(options, Some(Dividing { parts, name: &name, receive }));
    source.notes().iter().cloned().chain(remark.clone()).for_each(|note| reading.remarks.add(note));
    let hash = reading.add_all(&source.paths())?;
    if !reading.collector.is_settled() {
        let Some(dividing) = reading.dividing.take() else { return Ok(None) };
        let corpus = reading.finish(name.clone(), hash)?;
        (dividing.receive)(Part::Whole(corpus))?;
        return Ok(None);
    }
    reading.hand_over()?;
    let mut ended = reading.collector.end(hexadecimal(hash))?;
    let mut notes = reading.remarks.take();
    notes.append(&mut ended.notes);
    Ok(Some(Ended { notes, ..ended }))
}

/// A corpus in the making.
struct Reading<'a> {
    options: &'a ReadOptions,
    collector: Collector<'a>,
    /// What is said of the files.
    remarks: Remarks,
    dividing: Option<Dividing<'a>>,
}

/// How a corpus is divided, and who receives the parts.
struct Dividing<'a> {
    parts: InParts,
    /// The corpus's name.
    name: &'a str,
    receive: Receive<'a>,
}

impl<'a> Reading<'a> {
    fn new(options: &'a ReadOptions, dividing: Option<Dividing<'a>>) -> Reading<'a> {
        Reading { options, collector: Collector::new(options), remarks: Remarks::default(), dividing }
    }

    /// Reads all files, and returns the hash of their bytes.
    fn add_all(&mut self, paths: &[PathBuf]) -> Result<Sha256, Error> {
        let mut hash = Sha256::new();
        for path in paths {
            let added = self.add(Input::open(path, hash)?, paths.len() > 1);
            hash = added.map_err(|problem| differing::among(problem, paths, self.options))?;
        }
        Ok(hash)
    }

    /// Hands over the rows that are held if they are as many as a part has.
    fn make_room(&mut self) -> Result<(), Error> {
        let Some(Dividing { parts, .. }) = &self.dividing else { return Ok(()) };
        let most = if self.collector.is_settled() { parts.next } else { parts.first };
        if self.collector.held() < most.max(1) { Ok(()) } else { self.hand_over() }
    }

    /// Hands over the rows that are held.
    fn hand_over(&mut self) -> Result<(), Error> {
        let Some(dividing) = self.dividing.as_mut().filter(|_| self.collector.held() > 0) else { return Ok(()) };
        let (corpus, repeats) = self.collector.part(dividing.name);
        let notes = self.remarks.take();
        (dividing.receive)(Part::Piece(Corpus { notes, ..corpus }, repeats))
    }

    /// Reads one file, and returns the hash with its bytes.
    fn add(&mut self, mut input: Input, is_one_of_several: bool) -> Result<Sha256, Error> {
        let path = input.path.clone();
        let Opened { mut rows, mut recognized } = open_rows(&mut input, self.options)?;
        let mut head = first_rows(rows.as_mut()).map_err(|error| Error::file(&path, error))?;
        recognized.of_parents = rows.of_parents();
        let found = find_text(&path, rows.header(), &mut head, &recognized, self.options)?;
        let id = self.options.id_field.as_deref().map(|said| named(said, rows.header()));
        check_id(&path, id.as_ref(), rows.header(), &head)?;
        let remarks = rows.remarks().iter().cloned().chain(recognized.unused(&path, self.options));
        remarks.chain(found.said(&path)).for_each(|remark| self.remarks.add_of(&path, remark));
        let wanted = &self.options.turns;
        let taken = speakers::Taken::by(&path, rows.header(), &head, &found.field, wanted);
        let shown = Shown { path: &path, head: &head, text: &found.field, within: found.within.as_ref() };
        let advice = advice::of(shown, self.options, taken.knows_who_speaks());
        taken.remark.clone().into_iter().chain(advice).for_each(|remark| self.remarks.add_of(&path, remark));
        let header = rows.header().to_vec();
        let ready = |row: RawRow| taken.ready(found.ready(row, &header), wanted);
        let id = id.unwrap_or_else(|| Field::new("id"));
        let unit = recognized.unit();
        self.collector.note(FileRead {
            name: path.file_name().map_or_else(|| "-".into(), |name| name.to_string_lossy().into_owned()),
            format: recognized.format,
            text: found.called(),
            unread: found.unread.iter().map(|field| field.spelled.clone()).collect(),
            id: head.iter().any(|row| id.find(&row.fields).is_some()).then(|| id.spelled.clone()),
        });
        self.collector.begin(&path, found.field.clone(), id, is_one_of_several);
        self.collector.call_rows(unit);
        self.collector.fall_back_on(found.title.clone());
        self.collector.speak_of(taken.in_vain.clone());
        self.collector.read_together(found.together.clone(), found.unread.clone());
        self.collector.look_ahead(&head);
        if self.options.id_field.is_none() {
            self.collector.look_for_ids(found_id::candidate(&header, &head, self.options.join.as_deref()));
        }
        for row in head {
            self.make_room()?;
            self.collector.add(ready(row))?;
        }
        self.collect(rows.as_mut(), &path, ready)?;
        drop(rows);
        input.finish().map_err(|error| Error::file(&path, error))
    }

    fn collect(
        &mut self,
        rows: &mut dyn RowReader,
        path: &Path,
        ready: impl Fn(RawRow) -> RawRow,
    ) -> Result<(), Error> {
        let failed = |error| Error::file(path, error);
        while !self.collector.is_full() {
            let Some(row) = rows.next_row().map_err(failed)? else { return Ok(()) };
            self.make_room()?;
            self.collector.add(ready(row))?;
        }
        while let Some(line) = rows.skip_row().map_err(failed)? {
            self.make_room()?;
            self.collector.add_beyond_limit(line);
        }
        Ok(())
    }

    fn finish(mut self, name: String, hash: Sha256) -> Result<Corpus, Error> {
        let mut corpus = self.collector.finish(name, hexadecimal(hash))?;
        let mut notes = self.remarks.take();
        notes.append(&mut corpus.notes);
        Ok(Corpus { notes, ..corpus })
    }
}

/// Opens a file whose rows are those that the user wants, and joined where several are one text.
pub(super) fn open_rows<'a>(input: &'a mut Input, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let path = input.path.clone();
    let Opened { rows, recognized } = open(input, options)?;
    let ahead = |rows| Ahead::read(rows).map_err(|error| Error::file(&path, error));
    let mut rows = ahead(rows)?;
    if let Some(only) = &options.only {
        let field = field_of("only", only.field(), &path, &mut rows)?;
        rows = ahead(Box::new(Wanted::new(Box::new(rows), field.clone(), only)))?;
        check_any_is_wanted(&path, &field, rows.first())?;
    }
    let rows: Box<dyn RowReader + 'a> = match &options.join {
        Some(key) => {
            let key = field_of("join", key, &path, &mut rows)?;
            let (header, mut head) = (rows.header().to_vec(), rows.first().to_vec());
            let text = find_text(&path, &header, &mut head, &recognized, options)?;
            Box::new(RowsOfOne::new(rows, key, text.field))
        }
        // Whoever names the text of segments wants each alone.
        None if options.text_field.is_none() => segments::joined(&path, rows),
        None => Box::new(rows),
    };
    Ok(Opened { rows, recognized })
}

/// An error where no row has the value that the user wants, with those that they have.
fn check_any_is_wanted(path: &Path, field: &Field, head: &[RawRow]) -> Result<(), Error> {
    let is_wanted = |row: &RawRow| row.problem != Some(Problem::NoRow(NOT_WANTED));
    if head.is_empty() || head.iter().any(is_wanted) {
        return Ok(());
    }
    let mut values: Vec<String> = Vec::new();
    for value in head.iter().filter_map(|row| field.find(&row.fields)) {
        let value = format!("\"{}\"", shown(&written(value)));
        if values.len() < MOST_NAMED && !values.contains(&value) {
            values.push(value);
        }
    }
    let (path, field, values) = (path.display(), shown(&field.spelled), values.join(", "));
    Err(Error::Usage(message!(
        "{path}: {@only} leaves no row: \"{field}\" holds such as {values}",
        path,
        field,
        values
    )))
}

/// The field that a parameter names; an error where no row has it.
fn field_of(parameter: &'static str, said: &str, path: &Path, rows: &mut Ahead) -> Result<Field, Error> {
    let header = rows.header().to_vec();
    let (field, head) = (named(said, &header), rows.first());
    let is_there = field.column().is_some_and(|column| header.iter().any(|name| name == column))
        || head.iter().any(|row| field.find(&row.fields).is_some());
    if is_there { Ok(field) } else { Err(hint::no_field(path, parameter, &field, &text_column::look(&header, head))) }
}

/// A row whose surplus cells are part of the text.
pub(super) fn join(mut row: RawRow, header: &[String], text: Option<&str>) -> RawRow {
    complete_text(&mut row, header, text);
    row
}

/// The field of the text.
pub(super) struct FoundText {
    pub(super) field: Field,
    /// How it was found, where the user did not say and it is not called `text`.
    pub(super) how: Option<String>,
    /// Another field that could be the text.
    pub(super) another: Option<String>,
    /// The fields whose strings hold a JSON object that the text is in, the outermost first.
    unpacked: Vec<Field>,
    /// The field of the titles, which are the texts of rows that have no other.
    pub(super) title: Option<Field>,
    /// The columns that have the texts of other rows each, all that are read as one; else none.
    pub(super) together: Vec<Field>,
    /// Columns with texts that are not read, as the user named another.
    pub(super) unread: Vec<Field>,
    /// The text in the JSON that many texts of the field are, which is read as it stands.
    pub(super) within: Option<Field>,
}

impl FoundText {
    /// Whether what is in a column's strings is read instead of them.
    pub(super) fn is_unpacked(&self, name: &str) -> bool {
        self.unpacked.iter().any(|field| field.spelled == name)
    }

    /// A row whose surplus cells are part of the text, and whose text is no JSON.
    pub(super) fn ready(&self, row: RawRow, header: &[String]) -> RawRow {
        let mut row = join(row, header, self.field.column());
        self.unpacked.iter().for_each(|field| objects::unpack(field, &mut row));
        row
    }

    /// The field that the user knows to be the text.
    fn known(field: Field) -> FoundText {
        let (how, another, title) = (None, None, None);
        let (unpacked, together, unread, within) = (Vec::new(), Vec::new(), Vec::new(), None);
        FoundText { field, how, another, unpacked, title, together, unread, within }
    }

    /// That of columns of which each has the texts of other rows.
    fn in_columns(together: Vec<Field>, field: Field, title: Option<Field>) -> FoundText {
        let others: Vec<String> = together.iter().filter(|one| **one != field).map(quoted_name).collect();
        let how = format!("together with {}: hardly any row has two of them", others.join(", "));
        FoundText { together, title, how: Some(how), ..FoundText::known(field) }
    }

    /// The names of the columns of the text.
    fn called(&self) -> String {
        let names: Vec<&str> = self.together.iter().map(|field| field.spelled.as_str()).collect();
        if names.is_empty() { self.field.spelled.clone() } else { names.join(", ") }
    }

    /// Which field was taken, by what, and which one could have been.
    pub(super) fn said(&self, path: &Path) -> Option<Message> {
        if !self.unread.is_empty() {
            let names: Vec<String> = self.unread.iter().take(MOST_NAMED).map(quoted_name).collect();
            let more = self.unread.len() - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let (path, names, field) = (path.display(), names.join(", "), shown(&self.field.spelled));
            return Some(message!(
                "{path}: only the texts of \"{field}\" are read; other columns hold texts too: {names}{more}",
                path,
                field,
                names,
                more
            ));
        }
        let how = self.how.as_ref()?;
        let another = self.another.as_ref().map(|name| shown(name));
        let another = another.map(|name| message!("; another: \"{name}\" ({+text-field})", name));
        let alone = message!("; {+text-field} reads one of them alone");
        let another = another.or_else(|| (!self.together.is_empty()).then_some(alone));
        let (path, field) = (path.display(), shown(&self.field.spelled));
        Some(message!("{path}: the text is the field \"{field}\" ({how}){another}", path, field, how, another))
    }
}

/// The name of a field as messages show it.
fn quoted_name(field: &Field) -> String {
    format!("\"{}\"", shown(&field.spelled))
}

/// The field that the user said, `text`, or what is plainly the text. Where its strings hold JSON objects, the text is in these:
/// they are put in their places in the `head`.
pub(super) fn find_text(
    path: &Path,
    header: &[String],
    head: &mut [RawRow],
    recognized: &Recognized,
    options: &ReadOptions,
) -> Result<FoundText, Error> {
    let said = options.text_field.as_deref().map(|said| named(said, header));
    let mut unpacked = Vec::new();
    let mut unpack = |field: &Field, head: &mut [RawRow]| {
        head.iter_mut().for_each(|row| objects::unpack(field, row));
        unpacked.push(field.clone());
    };
    let pointers = said.iter().flat_map(|said| [said.clone()].into_iter().chain(by_path(said)));
    for field in pointers.flat_map(|pointer| pointer.around()) {
        if objects::are_in_many(&field, head) {
            unpack(&field, head);
        }
    }
    let mut found = find_plain_text(path, header, head, recognized, (said, options.no_header))?;
    for _ in 0..DEEPEST {
        if !objects::are_in(&found.field, head) {
            break;
        }
        let kind = objects::kind(&found.field, head);
        unpack(&found.field, head);
        found = text_within(path, header, head, (&found.field, kind))?;
    }
    let within = within_some(path, header, head, &found.field);
    Ok(FoundText { unpacked, within, ..found })
}

/// The text in the objects of a field that holds other texts as well, where one plainly is.
fn within_some(path: &Path, header: &[String], head: &[RawRow], field: &Field) -> Option<Field> {
    if !objects::are_in_many(field, head) {
        return None;
    }
    let mut unpacked = head.to_vec();
    unpacked.iter_mut().for_each(|row| objects::unpack(field, row));
    unpacked.retain(|row| field.find(&row.fields).is_some_and(Value::is_object));
    text_within(path, header, &unpacked, (field, "")).ok().map(|found| found.field)
}

/// The text in the objects of a field.
fn text_within(
    path: &Path,
    header: &[String],
    head: &[RawRow],
    (field, kind): (&Field, &str),
) -> Result<FoundText, Error> {
    let within = format!("{}/", field.pointer());
    let seen: Vec<Seen> =
        text_column::look(header, head).into_iter().filter(|seen| seen.name.starts_with(&within)).collect();
    let found =
        text_column::find(&seen, head.len()).ok_or_else(|| hint::which_text(path, Some(field), &seen, head.len()))?;
    let how = format!("in {kind} \"{}\", {}", shown(&field.spelled), found.how);
    Ok(FoundText { how: Some(how), another: found.another, ..FoundText::known(found.field) })
}

/// What a name with points or strokes in it points to: `payload/comment`, `payload.comment`.
fn by_path(said: &Field) -> Vec<Field> {
    let Some(name) = said.column() else { return Vec::new() };
    let paths = [name.to_owned(), name.replace('.', "/")];
    paths.iter().filter(|path| path.contains('/')).map(|path| Field::new(&format!("/{path}"))).collect()
}

/// The same of rows as they are.
fn find_plain_text(
    path: &Path,
    header: &[String],
    head: &[RawRow],
    recognized: &Recognized,
    (said, no_header): (Option<Field>, bool),
) -> Result<FoundText, Error> {
    let there = |field: &Field| {
        let in_header = field.column().is_some_and(|column| header.iter().any(|name| name == column));
        in_header || head.iter().any(|row| field.find(&row.fields).is_some())
    };
    let pointed = said.as_ref().filter(|said| !there(said)).and_then(|said| by_path(said).into_iter().find(there));
    let said = pointed.or(said);
    if said.is_none() && !no_header && recognized.likeness == Likeness::PlainlyRow {
        return Err(hint::no_header(path, header));
    }
    let wanted = said.clone().unwrap_or_else(|| Field::new("text"));
    let mut seen = text_column::look(header, head);
    let why_not = text_column::why_no_text(&wanted.spelled, &seen).filter(|_| said.is_none());
    let is_there = there(&wanted);
    let rows = Rows { path, place: &recognized.place, header, head };
    // A file without any field, or with nothing below its header, can only be said to hold no documents.
    if seen.is_empty() || head.is_empty() || (is_there && why_not.is_none()) {
        return rows.text_by_name(&seen, wanted, said.is_some());
    }
    if said.is_some() {
        return Err(hint::which_text(path, said.as_ref(), &seen, head.len()));
    }
    if !no_header && !header.is_empty() {
        check_header(path, header, head, recognized, &seen)?;
    }
    // What the records' parents say is said of all of them, and is no text of theirs.
    seen.retain(|seen| !recognized.of_parents.contains(&seen.name));
    rows.text_by_look(&seen, wanted, why_not.filter(|_| is_there))
}

/// The first rows of a file, of records where there is no header.
#[derive(Clone, Copy)]
struct Rows<'a> {
    path: &'a Path,
    /// The list that the records stand in.
    place: &'a str,
    header: &'a [String],
    head: &'a [RawRow],
}

impl Rows<'_> {
    /// The text of rows that have the field `wanted`, which the user has named, or which is called as texts are.
    fn text_by_name(self, seen: &[Seen], wanted: Field, is_named: bool) -> Result<FoundText, Error> {
        if is_named {
            let unread =
                if self.header.is_empty() { Vec::new() } else { text_column::other_texts(seen, &wanted.spelled) };
            return Ok(FoundText { unread, ..FoundText::known(wanted) });
        }
        let shapes = self.shapes(seen);
        if !shapes.is_empty() {
            return Err(self.no_plain_text(seen, &shapes));
        }
        let title = text_column::title_of(seen, &wanted.spelled);
        let together = self.complements(seen, Some(&wanted.spelled));
        if !together.is_empty() {
            return Ok(FoundText::in_columns(together, wanted, title));
        }
        Ok(FoundText { title, ..FoundText::known(wanted) })
    }

    /// The text of rows that nobody has said it of; `why_not` is why the field `wanted` is none, where the rows have it.
    fn text_by_look(self, seen: &[Seen], wanted: Field, why_not: Option<&str>) -> Result<FoundText, Error> {
        let Rows { path, place, header, head } = self;
        let found = text_column::find(seen, head.len()).map(|found| found.in_table(header));
        if header.is_empty() {
            check_pages(path, place, (seen, head), found.as_ref())?;
        }
        let shapes = found.as_ref().filter(|_| header.is_empty());
        let shapes = shapes.map_or_else(Vec::new, |found| text_column::shapes_beside(&found.field, seen, head));
        let together = self.complements(seen, found.as_ref().map(|found| found.field.spelled.as_str()));
        if !together.is_empty() {
            let field = found.map(|found| found.field).or_else(|| together.first().cloned()).unwrap_or(wanted);
            let title = text_column::title_of(seen, &field.spelled);
            return Ok(FoundText::in_columns(together, field, title));
        }
        match (found, why_not) {
            (Some(_), _) if !shapes.is_empty() => Err(self.no_plain_text(seen, &shapes)),
            (Some(found), Some(why_not)) => {
                let how = format!("{}; \"text\" {why_not}", found.how);
                Ok(FoundText { how: Some(how), another: Some(wanted.spelled), ..FoundText::known(found.field) })
            }
            (Some(found), None) => {
                let title = text_column::title_of(seen, &found.field.spelled);
                Ok(FoundText {
                    how: Some(found.how.into()),
                    another: found.another,
                    title,
                    ..FoundText::known(found.field)
                })
            }
            (None, _) if text_column::is_on_its_side(header, head) => Err(hint::on_its_side(path)),
            (None, _) => Err(self.no_plain_text(seen, &self.shapes(seen))),
        }
    }

    /// Columns of a table that are read as one.
    fn complements(self, seen: &[Seen], taken: Option<&str>) -> Vec<Field> {
        if self.header.is_empty() { Vec::new() } else { text_column::complements(seen, self.head, taken) }
    }

    /// Records of several shapes. A table has no records that jq could turn.
    fn shapes(self, seen: &[Seen]) -> Vec<(String, usize)> {
        if self.header.is_empty() { text_column::shapes(seen, self.head) } else { Vec::new() }
    }

    fn no_plain_text(self, seen: &[Seen], shapes: &[(String, usize)]) -> Error {
        hint::no_plain_text(self.path, self.place, seen, shapes, self.head.len())
    }
}

/// Refuses rows that are pages, each with a list of texts or of messages.
fn check_pages(
    path: &Path,
    place: &str,
    (seen, head): (&[Seen], &[RawRow]),
    found: Option<&Found>,
) -> Result<(), Error> {
    if let Some(list) = text_column::list_of_texts(seen, found, head) {
        return Err(hint::pages(path, &format!("{place}{list}")));
    }
    match found {
        Some(found) if head.len() > 1 && are_messages(&found.field, head) => {
            Err(hint::messages(path, &format!("{place}{}", found.field.pointer())))
        }
        _ => Ok(()),
    }
}

/// Whether a field holds the messages of a messenger's chats, in most rows that have any.
fn are_messages(field: &Field, head: &[RawRow]) -> bool {
    let lists: Vec<&Value> =
        head.iter().filter_map(|row| field.find(&row.fields)).filter(|list| turns::is_chat(list)).collect();
    lists.iter().filter(|list| turns::are_messages(list)).count() * 2 > lists.len()
}

/// Refuses what is taken for a header and is none.
fn check_header(
    path: &Path,
    header: &[String],
    head: &[RawRow],
    recognized: &Recognized,
    seen: &[Seen],
) -> Result<(), Error> {
    // "# Feedback" is a heading of Markdown, not the name of a column.
    if let [only] = header
        && is_heading(only)
        && path.extension().is_some_and(|end| ["md", "markdown"].iter().any(|known| end.eq_ignore_ascii_case(known)))
    {
        return Err(hint::plain_lines(path, header));
    }
    if header.iter().any(|name| text_column::is_named_so(name)) {
        return Ok(());
    }
    let words = |name: &String| name.split_whitespace().count();
    let is_prose = header.first().is_some_and(|first| words(first) > 3 && !first.ends_with(['?', ':', ')']));
    let lone = header.len() == 1 && !head.is_empty() && seen.iter().all(|seen| seen.letters() > 0);
    let ragged = head.iter().filter(|row| row.problem.is_some()).count();
    if is_prose && (lone || ragged * 3 > head.len()) {
        // A sheet has no lines that could be read without its columns.
        let is_sheet = recognized.is_sheet();
        return Err(if is_sheet { hint::no_header(path, header) } else { hint::plain_lines(path, header) });
    }
    if recognized.likeness == Likeness::Row { Err(hint::no_header(path, header)) } else { Ok(()) }
}

/// Whether a line is a heading of Markdown.
fn is_heading(line: &str) -> bool {
    line.starts_with('#') && line.trim_start_matches('#').starts_with(' ')
}

fn check_id(path: &Path, id: Option<&Field>, header: &[String], head: &[RawRow]) -> Result<(), Error> {
    let Some(id) = id else { return Ok(()) };
    let in_header = id.column().is_some_and(|column| header.iter().any(|name| name == column));
    if header.is_empty() || in_header {
        return Ok(());
    }
    Err(hint::which_id(path, id, &text_column::look(header, head)))
}

/// The field that the user means: a name as it is, with other white space in it, or `column 3`.
pub(super) fn named(said: &str, header: &[String]) -> Field {
    let one_line = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |name: &str| header.iter().any(|column| column == name);
    if header.is_empty() {
        return Field::new(said);
    }
    // A column may be called like a pointer, as those of assignments.csv are.
    if has(said) {
        return Field::of_column(said);
    }
    let alike: Vec<&String> = header.iter().filter(|name| one_line(name) == one_line(said)).collect();
    let place = said.strip_prefix("column ").and_then(|place| place.parse::<usize>().ok());
    let by_place = place.and_then(|place| header.get(place.checked_sub(1)?));
    match (alike.as_slice(), by_place) {
        ([only], _) => Field::of_column(only),
        (_, Some(name)) => Field::of_column(name),
        _ => Field::new(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Format;
    use crate::corpus::testing::{ids, notes, options, read_as, skipping, texts};
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn a_heading_of_markdown_is_no_name_of_a_column() {
        let text = "# Feedback\n## Likes\n* the soup was warm when it came\n* nobody had to wait for long\n".repeat(2);
        let problem = crate::corpus::testing::error_of("a.md", text.as_bytes(), &options());
        assert!(problem.contains("plain lines"), "{problem}");
    }

    #[test]
    fn chats_of_a_messenger_are_not_one_document_each() {
        let message = |n: usize| {
            format!(r#"{{"id": {n}, "from": "Ann", "from_id": "user1", "text": "it was cold, number {n}"}}"#)
        };
        let chat = |n: usize| {
            let messages: Vec<String> = (0..3).map(|m| message(n * 3 + m)).collect();
            format!(r#"{{"name": "Chat {n}", "messages": [{}]}}"#, messages.join(","))
        };
        let export = format!(r#"{{"about": "a", "chats": {{"list": [{}, {}]}}}}"#, chat(0), chat(1));
        let cure = crate::corpus::testing::cure_of("result.json", export.as_bytes(), &options());
        assert_eq!(cure, ["records", "/chats/list/messages"]);
        let chosen = ReadOptions { records: Some(cure[1].clone()), ..options() };
        let corpus = read_as("result.json", export.as_bytes(), &chosen).unwrap();
        assert_eq!(corpus.documents.len(), 6);
        assert_eq!(corpus.documents[5].text, "it was cold, number 5");
    }

    #[test]
    fn records_of_two_shapes_are_refused_where_the_text_of_one_is_nested() {
        let mail = |n: usize| {
            format!(r#"{{"kind": "mail", "subject": "Re: {n}", "body": "the bill came twice in week {n}"}}"#)
        };
        let call = |n: usize| {
            format!(r#"{{"kind": "call", "call": {{"seconds": {n}, "transcript": "nobody came on day {n}"}}}}"#)
        };
        let lines =
            |every: usize| (0..30).map(|n| if n % every == 1 { call(n) } else { mail(n) } + "\n").collect::<String>();
        let problem = crate::corpus::testing::error_of("a.jsonl", lines(3).as_bytes(), &options());
        let filter = r#"[.["call"]?["transcript"]?, .["body"]?] | map(select(. != null and . != ""))"#;
        let turned = r#"[.["body"]?, .["call"]?["transcript"]?] | map(select(. != null and . != ""))"#;
        assert!(
            problem.contains("no single field") && (problem.contains(filter) || problem.contains(turned)),
            "{problem}"
        );
        let problem = crate::corpus::testing::error_of("a.jsonl", lines(15).as_bytes(), &options());
        assert!(problem.contains("a.jsonl:2: no field \"body\""), "a lone call is not skipped as empty: {problem}");
        let said = crate::corpus::testing::text_field("body");
        assert_eq!(read_as("a.jsonl", lines(3).as_bytes(), &said).unwrap().documents.len(), 20);
    }

    #[test]
    fn a_limit_of_none_is_refused() {
        let none = ReadOptions { limit: Some(0), ..options() };
        let problem = crate::corpus::testing::error_of("a.csv", b"text\nfine\n", &none);
        assert_eq!(problem, "limit=0 leaves no document: give 1 at least, or leave limit out");
    }

    #[test]
    fn standard_input_is_read_by_its_content() {
        let read_stdin = |bytes: &'static [u8]| read_bytes(bytes.to_vec(), &options());
        assert_eq!(texts(&read_stdin(b"\n {\"text\": \"a\"}\n").unwrap()), ["a"]);
        let corpus = read_stdin(b"id|text\nx|a, b\n").unwrap();
        assert_eq!((texts(&corpus), ids(&corpus), corpus.name.as_str()), (vec!["a, b"], vec!["x"], "stdin"));
        assert_eq!(
            read_stdin(b"{\"text\": 1}").unwrap_err().to_string(),
            "-:1: field \"text\" is a number; a string is wanted; most rows are like this: say with text-field where the \
             text is"
        );
    }

    #[test]
    fn a_header_alone_holds_no_rows() {
        let problem = crate::corpus::testing::error_of("a.csv", b"Summary,Key,Status,Comment,Comment\n", &options());
        assert_eq!(problem, "a.csv: holds no rows");
    }

    #[test]
    fn the_shipped_survey_is_read_under_its_folders_name() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/survey-answers/documents.jsonl");
        let corpus = read(&Source::File(path), &options()).unwrap();
        assert_eq!(corpus.name, "survey-answers");
        assert_eq!(corpus.documents.len(), corpus.rows.len());
    }

    #[test]
    fn the_hash_is_of_the_raw_bytes_whatever_the_format() {
        let cases: [(&str, &[u8], &str); 2] = [
            (
                "a.csv",
                b"\xFF\xFEt\0e\0x\0t\0\n\0a\0\n\0",
                "58a45098dfdeb28e1295ca2cd045a1debdcfc48c2bd420e531b5a66797fc4116",
            ),
            (
                "a.jsonl",
                b"\xEF\xBB\xBF{\"text\": \"a\"}\r\n\r\n",
                "baaf57aeba01c7fda018a49f6f07321c7cad12167dfe9a6975c1820dd1fada4d",
            ),
        ];
        for (name, bytes, sha256) in cases {
            let limited = ReadOptions { limit: Some(1), ..options() };
            assert_eq!(read_as(name, bytes, &limited).unwrap().sha256, sha256);
        }
    }

    #[test]
    fn a_first_row_of_words_is_not_lost_as_the_header() {
        let others: String =
            (1..9).map(|n| format!("{},\"no lamp came, again {n}\"\n", ["Ann", "Bob"][n % 2])).collect();
        let rows = format!("Ann,the parcel has not arrived since monday\n{others}");
        for name in ["a.csv", "a.tsv"] {
            let rows =
                if name == "a.tsv" { rows.replace("Ann,", "Ann\t").replace("Bob,", "Bob\t") } else { rows.clone() };
            let problem = crate::corpus::testing::error_of(name, rows.as_bytes(), &options());
            assert!(problem.contains("its first line looks like a row") && problem.contains("no-header"), "{problem}");
            let read = read_as(name, rows.as_bytes(), &ReadOptions { no_header: true, ..options() }).unwrap();
            assert_eq!(texts(&read).len(), 9);
            let said = crate::corpus::testing::text_field("the parcel has not arrived since monday");
            assert_eq!(texts(&read_as(name, rows.as_bytes(), &said).unwrap()).len(), 8, "who says so knows");
        }
    }

    #[test]
    fn to_skip_rows_is_advised_only_where_some_are_left() {
        let lines = |bad: usize| {
            let row =
                |n: usize| if n < bad { "{\"body\": 7}\n".to_owned() } else { format!("{{\"body\": \"lift {n}\"}}\n") };
            (0..30).map(row).collect::<String>()
        };
        let said = ReadOptions { text_field: Some("body".into()), ..options() };
        let advises =
            |bad| crate::corpus::testing::error_of("a.jsonl", lines(bad).as_bytes(), &said).contains("on-error=skip");
        assert!(advises(1) && advises(20) && !advises(29) && !advises(30));
    }

    #[test]
    fn a_format_that_is_told_overrides_the_extension() {
        let options = ReadOptions { format: Some(Format::Jsonl), ..options() };
        assert_eq!(texts(&read_as("a.csv", b"{\"text\": \"a\"}", &options).unwrap()), ["a"]);
    }

    #[test]
    fn an_option_for_another_format_is_said_to_be_without_effect() {
        let lines: &[u8] = b"{\"text\": \"a\"}\n{\"text\": \"b\"}\n";
        let options = ReadOptions { no_header: true, sheet: Some("March".into()), ..options() };
        let said = notes(&read_as("a.jsonl", lines, &options).unwrap()).join("\n");
        assert!(said.contains("without effect on JSON lines: sheet, no-header"), "{said}");
        let table = ReadOptions { records: Some("/messages".into()), ..ReadOptions::default() };
        let said = notes(&read_as("a.csv", b"id,text\n1,a\n", &table).unwrap()).join("\n");
        assert!(said.contains("without effect on values separated by \",\": records"), "{said}");
        let list = ReadOptions { records: Some("/m".into()), ..ReadOptions::default() };
        let followed = read_as("a.json", b"{\"m\": [{\"text\": \"a\"}], \"n\": [1]}", &list).unwrap();
        assert!(!notes(&followed).iter().any(|note| note.contains("without effect")), "{:?}", notes(&followed));
    }

    /// Bytes that mean something to a reader, and any others.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            proptest::sample::select(&PIECES[..]).prop_map(<[u8]>::to_vec),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    /// Reads bytes as those of standard input.
    fn read_bytes(bytes: Vec<u8>, options: &ReadOptions) -> Result<Corpus, Error> {
        let mut reading = Reading::new(options, None);
        let hash =
            reading.add(Input::new(Path::new("-"), Box::new(std::io::Cursor::new(bytes)), Sha256::new()), false)?;
        reading.finish("stdin".into(), hash)
    }

    const PIECES: [&[u8]; 21] = [
        b"[",
        b"]",
        b"sep=;\n",
        b"\\ud83d",
        b"NaN",
        b"text",
        b"id",
        b"\n",
        b"\r\n",
        b",",
        b";",
        b"\t",
        b"|",
        b"\"",
        b"'",
        b"{\"text\":",
        b"\"a\"}\n",
        b"\xFF\xFE",
        b"\xEF\xBB\xBF",
        b"\xC3\xA9",
        b"text,id\n",
    ];

    proptest! {
        #[test]
        fn whatever_the_bytes_every_row_is_accounted_for(bytes in hostile(), limit in proptest::option::of(0_usize..4)) {
            for format in [Format::Jsonl, Format::Json, Format::Csv, Format::Tsv, Format::Lines] {
                let options = ReadOptions { format: Some(format), limit, ..skipping() };
                let Ok(corpus) = read_bytes(bytes.clone(), &options) else { continue };
                let unique: HashSet<&str> = ids(&corpus).into_iter().collect();
                prop_assert_eq!(unique.len(), corpus.rows.len());
                prop_assert!(corpus.rows.windows(2).all(|pair| pair[0].line < pair[1].line));
                prop_assert_eq!(corpus.weights().iter().sum::<f64>(), corpus.embedded().count() as f64);
                for (index, document) in corpus.documents.iter().enumerate() {
                    prop_assert!(corpus.carriers(document.distinct).contains(&index));
                    prop_assert_eq!(corpus.text(document.distinct), &document.text);
                    prop_assert_eq!(document.distinct < corpus.texts.len(), document.has_content);
                }
            }
        }
    }
}
