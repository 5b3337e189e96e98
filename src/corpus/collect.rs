//! Rows into a corpus: ids, what is skipped, and the distinct texts in canonical order.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::field::{Field, shown};
use super::flat::flat;
use super::mojibake::{self, Mended};
use super::options::{OnError, ReadOptions};
use super::row::{
    AUTOMATIC, FILE, NOT_WANTED, NOTE, NOTICE, OF_A_PAGE, OTHER_SPEAKER, OTHER_TYPE, POLL, Problem, REORDERED_HEADER,
    REPEATED_HEADER, RawRow, SUBTOTAL, TITLE_BELOW, kind,
};
use super::taken::Taken;
use super::{Content, Corpus, Document, FileRead, MOST_COLUMNS, Reason, Row, Skipped, Text};
use super::{found_id, notices, readable, rich, text_column, turns, typed};
use crate::error::Error;
use crate::message;
use crate::message::Message;
use crate::text::is_blank;
use counts::Counts;
use parts::Settled;

mod counts;
pub(super) mod parts;

/// Names that a document has itself: its fields of these names are renamed.
const OURS: [&str; 2] = [ID, "text"];
/// The field of the ids where nobody names one.
const ID: &str = "id";

/// The field that says from which of several columns a text is.
const COLUMN: &str = "column of the text";

/// Reasons of lines that are no rows, whose number is said.
const SAID: [&str; 10] = [
    AUTOMATIC,
    NOTE,
    NOT_WANTED,
    OF_A_PAGE,
    OTHER_SPEAKER,
    OTHER_TYPE,
    REORDERED_HEADER,
    REPEATED_HEADER,
    SUBTOTAL,
    TITLE_BELOW,
];
/// To skip rows is advised where one of so many is left.
const FEW: usize = 10;

/// Takes the rows one by one, in file order.
pub(super) struct Collector<'a> {
    options: &'a ReadOptions,
    file: File,
    /// How each file is read.
    read: Vec<FileRead>,
    rows: Vec<Row>,
    documents: Vec<Document>,
    /// Ids in use.
    taken: Taken,
    found: FoundIds,
    /// Why the field `id`, which nobody named, is not the id after all, with the row that shows it.
    unfit: Option<String>,
    /// What the first row says that is skipped only because such rows are to be skipped.
    stops: Option<Message>,
    /// The files so far, each with the place of its first row.
    files: Vec<(usize, String)>,
    counts: Counts,
    /// What the first rows of a corpus that is read in parts have decided for all.
    settled: Option<Settled>,
    /// Whether any row has an id of its own.
    has_own: bool,
}

/// A field that plainly is the id, though nobody said so, as long as every document has its own.
#[derive(Default)]
struct FoundIds {
    field: Option<Field>,
    /// Ids of rows that were skipped, each with the row's place.
    of_skipped: Vec<(usize, String)>,
    /// The name of one that two documents share or one lacks.
    unfit: Option<String>,
}

/// The file whose rows are taken now.
struct File {
    /// The how many-th it is.
    number: usize,
    path: String,
    /// What its rows are called where they are not lines.
    unit: Option<&'static str>,
    text: Field,
    /// Where the text is looked for if it is empty.
    beside: Vec<Field>,
    /// Columns that have the texts of other rows each, all that are read as one; and columns with texts that are not read.
    together: Vec<Field>,
    unread: Vec<Field>,
    /// Whether any of the first rows has the field of the text, and the fields of those that do.
    has_text: bool,
    known: HashSet<String>,
    /// Whether a field of those rows names the object in which the text stands.
    is_typed: bool,
    id: Field,
    /// Whether there are several, so that a document says which one it is from.
    is_one_of_several: bool,
    /// Who speaks in it, where nobody is called as the user says.
    in_vain: Option<Message>,
    /// Whether its first rows leave some if those that are no documents are skipped.
    may_be_skipped: bool,
}

impl File {
    /// A file of which nothing was read.
    fn of(text: Field, id: Field) -> File {
        let (path, beside, known) = (String::new(), Vec::new(), HashSet::new());
        let (is_one_of_several, may_be_skipped, has_text, is_typed) = (false, true, false, false);
        let (number, unit, together, unread, in_vain) = (0, None, Vec::new(), Vec::new(), None);
        File {
            number,
            path,
            unit,
            text,
            beside,
            together,
            unread,
            id,
            is_one_of_several,
            in_vain,
            may_be_skipped,
            has_text,
            known,
            is_typed,
        }
    }

    /// Where a row stands: `tickets.csv:3`, or in a file whose rows are values `tickets.json, value 3`.
    fn at(&self, line: u64) -> String {
        match self.unit {
            None => format!("{}:{line}", self.path),
            Some(unit) => format!("{}, {unit} {line}", self.path),
        }
    }
}

/// What a row is called.
enum Id {
    Own(String),
    Line,
}

impl<'a> Collector<'a> {
    /// An empty corpus.
    pub(super) fn new(options: &'a ReadOptions) -> Collector<'a> {
        let (path, text, id) = (String::new(), Field::new("text"), Field::new("id"));
        let file = File { number: 0, path, ..File::of(text, id) };
        let (rows, documents) = (Vec::new(), Vec::new());
        let (taken, found, counts) = (Taken::default(), FoundIds::default(), Counts::default());
        let (unfit, stops, files, read, settled, has_own) = (None, None, Vec::new(), Vec::new(), None, false);
        Collector { options, file, read, rows, documents, taken, found, unfit, stops, files, counts, settled, has_own }
    }

    /// Keeps how the next file is read.
    pub(super) fn note(&mut self, file: FileRead) {
        self.read.push(file);
    }

    /// The next rows are those of this file.
    pub(super) fn begin(&mut self, path: &Path, text: Field, id: Field, is_one_of_several: bool) {
        self.turn_to_next_file();
        let (number, path) = (self.file.number + 1, path.display().to_string());
        self.files.push((self.rows.len(), path.clone()));
        let beside = text.beside();
        self.file = File { number, path, beside, is_one_of_several, ..File::of(text, id) };
    }

    /// What the rows of the file are called where they are not lines.
    pub(super) fn call_rows(&mut self, unit: Option<&'static str>) {
        self.file.unit = unit;
    }

    /// Takes the title of a row for its text where it has no other.
    pub(super) fn fall_back_on(&mut self, title: Option<Field>) {
        self.file.beside.extend(title);
    }

    /// Says who speaks where no row is left, as nobody is called as the user says.
    pub(super) fn speak_of(&mut self, in_vain: Option<Message>) {
        self.file.in_vain = in_vain;
    }

    /// The text of a row is what any of some columns says; others say something too that is not read.
    pub(super) fn read_together(&mut self, together: Vec<Field>, unread: Vec<Field>) {
        (self.file.together, self.file.unread) = (together, unread);
    }

    /// Sees by the first rows whether any are left if those that are no documents are skipped.
    pub(super) fn look_ahead(&mut self, head: &[RawRow]) {
        let is_text = |value: &Value| {
            value.is_string() || value.is_null() || turns::is_chat(value) || rich::flattened(value).is_some()
        };
        let is_document =
            |row: &&RawRow| row.problem.is_none() && self.file.text.find(&row.fields).is_some_and(is_text);
        let is_row = |row: &&RawRow| !row.problem.as_ref().is_some_and(Problem::is_no_row);
        let (rows, documents) = (head.iter().filter(is_row).count(), head.iter().filter(is_document).count());
        self.file.may_be_skipped = documents * FEW >= rows;
        let text = &self.file.text;
        let with_text = head.iter().filter(|row| text.find(&row.fields).is_some());
        let is_typed = with_text.clone().all(|row| typed::is_typed(&row.fields, text));
        self.file.known = with_text.flat_map(|row| row.fields.keys().cloned()).collect();
        self.file.has_text = !self.file.known.is_empty();
        self.file.is_typed = self.file.has_text && is_typed;
    }

    /// The rows are called by this field of the first file if it turns out to be different in all documents of all files.
    pub(super) fn look_for_ids(&mut self, candidate: Option<Field>) {
        if self.file.number == 1 {
            self.found.field = candidate;
        }
    }

    /// Whether there are as many documents as `--limit` allows.
    pub(super) fn is_full(&self) -> bool {
        self.options.limit.is_some_and(|limit| self.documents_before() + self.documents.len() >= limit)
    }

    /// Takes the next row.
    pub(super) fn add(&mut self, mut row: RawRow) -> Result<(), Error> {
        if self.is_full() {
            self.add_beyond_limit(row.line);
            return Ok(());
        }
        let why_none = notices::why_no_message(&row.fields).filter(|_| row.problem.is_none());
        let is_of_a_kind = why_none.is_some();
        row.problem = row.problem.or(why_none.map(Problem::NoRow));
        // A notice of Slack's is a row with an id; what stands around a table has none.
        let has_no_id = !is_of_a_kind && row.problem.as_ref().is_some_and(Problem::is_no_row);
        let id = if has_no_id { Ok(Id::Line) } else { self.id_of(&row) };
        let field = self.found.field.as_ref().filter(|_| !has_no_id);
        let found = field.and_then(|field| found_id::value(field, &row.fields));
        let place = self.rows.len();
        self.count(&row);
        let is_chat = self.file.text.find(&row.fields).is_some_and(turns::is_chat);
        let has_roles = is_chat && self.options.turns.are_headed();
        let text = row.problem.take().map_or_else(|| self.take_text(&mut row.fields), Err);
        let id = if text.is_ok() { self.fit(id, row.line) } else { id };
        match (id, text) {
            (Ok(id), Ok(text)) => self.add_document(row, id, text, has_roles),
            (Ok(Id::Own(id)), Err(problem)) => self.refuse(row, Some(id), problem)?,
            (Ok(Id::Line) | Err(_), Err(problem)) | (Err(problem), Ok(_)) => {
                self.found.of_skipped.extend(found.map(|id| (place, id)));
                self.refuse(row, None, problem)?;
            }
        }
        Ok(())
    }

    /// Counts a row that nobody looked into.
    pub(super) fn add_beyond_limit(&mut self, line: u64) {
        self.skip(line, None, Reason::BeyondLimit, Map::new());
    }

    fn count(&mut self, row: &RawRow) {
        for mend in &row.mends {
            let first = || (0, self.file.at(row.line));
            self.counts.mends.entry(*mend).or_insert_with(first).0 += 1;
        }
    }

    /// The id of a row.
    fn id_of(&mut self, row: &RawRow) -> Result<Id, Problem> {
        if self.unfit.is_some() || self.settled.as_ref().is_some_and(|settled| settled.is_by_lines) {
            return Ok(Id::Line);
        }
        let own = match (&self.settled, &self.found.field) {
            (Some(_), Some(field)) => Ok(found_id::value(field, &row.fields)),
            _ => self.own_id(row),
        };
        own.and_then(|own| self.free(own, row.line))
    }

    /// Where nobody named the field of the ids, one that cannot be that of a document leaves all
    /// rows their line numbers.
    fn fit(&mut self, id: Result<Id, Problem>, line: u64) -> Result<Id, Problem> {
        match id {
            Err(_) if !self.is_id_named() && self.settled.is_some() => {
                let first = || (0, self.file.at(line));
                self.counts.by_line.get_or_insert_with(first).0 += 1;
                Ok(Id::Line)
            }
            Err(problem) if !self.is_id_named() => {
                let line_of = self.file.unit.map_or_else(|| "line".to_owned(), str::to_owned);
                let problem = problem.to_string().replace("taken by line", &format!("taken by {line_of}"));
                self.unfit = Some(format!("{}: {problem}", self.file.at(line)));
                Ok(Id::Line)
            }
            id => id,
        }
    }

    fn is_id_named(&self) -> bool {
        self.options.id_field.is_some()
    }

    fn own_id(&mut self, row: &RawRow) -> Result<Option<String>, Problem> {
        let field = || self.file.id.spelled.clone();
        let own = match self.file.id.find(&row.fields) {
            None if self.is_id_named() => return Err(Problem::Missing(field())),
            None => None,
            Some(Value::String(id)) if id.trim().is_empty() => return Err(Problem::EmptyId(field())),
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) if !id.is_f64() => Some(id.to_string()),
            Some(other) => {
                let (found, wanted) = (kind(other), "a string or an integer");
                return Err(Problem::Kind { field: field(), found, wanted });
            }
        };
        if own.is_some() && self.settled.is_none() {
            (self.found.field, self.has_own) = (None, true);
        }
        Ok(own)
    }

    /// An id that an earlier file has is qualified by the file's name.
    fn free(&mut self, own: Option<String>, line: u64) -> Result<Id, Problem> {
        let id = own.clone().unwrap_or_else(|| line.to_string());
        if self.file.is_one_of_several && self.taken.is_of_another(&id, self.file.number) {
            let is_its_name = Path::new(&self.file.path).file_name().is_some_and(|name| name == id.as_str());
            let path = &self.file.path;
            let qualified = if is_its_name { path.clone() } else { format!("{path}:{id}") };
            self.counts.qualified += usize::from(own.is_some());
            return match self.taken.line(&qualified) {
                Some(first) => Err(Problem::Duplicate { id: qualified, first }),
                None => Ok(Id::Own(qualified)),
            };
        }
        match (self.taken.line(&id), own) {
            (None, Some(id)) => Ok(Id::Own(id)),
            (None, None) => Ok(Id::Line),
            (Some(first), Some(id)) => Err(Problem::Duplicate { id, first }),
            (Some(first), None) => Err(Problem::LineTaken { first }),
        }
    }

    /// The words of all columns that are read as one; the row then says which of them it had.
    fn take_together(&self, fields: &mut Map<String, Value>) -> Option<String> {
        let words = |field: &Field| {
            let text = field.find(fields)?.as_str().filter(|text| !is_blank(text))?;
            Some((field.spelled.clone(), text.trim().to_owned()))
        };
        let (names, texts): (Vec<String>, Vec<String>) = self.file.together.iter().filter_map(words).unzip();
        if texts.is_empty() {
            return None;
        }
        self.file.together.iter().for_each(|field| _ = field.take(fields));
        fields.insert(free_name(COLUMN, fields), Value::from(names.join(", ")));
        Some(texts.join("\n\n"))
    }

    fn take_text(&mut self, fields: &mut Map<String, Value>) -> Result<String, Problem> {
        if let Some(text) = self.take_together(fields) {
            return Ok(text);
        }
        let field = || self.file.text.spelled.clone();
        let written = self.file.text.find(fields).and_then(|value| match turns::is_chat(value) {
            true => Some(turns::text(value, &self.options.turns)),
            false => rich::flattened(value),
        });
        let text = match written {
            Some(text) => self.file.text.take(fields).map(|_| Value::String(text)),
            None => self.file.text.take(fields),
        };
        let (mut other, mut is_lacking) = (None, false);
        let problem = match text {
            None if self.file.is_typed && typed::is_of_another_type(fields, &self.file.text) => {
                Problem::NoRow(OTHER_TYPE)
            }
            None if self.is_without_text(fields) => {
                is_lacking = true;
                Problem::EmptyText(field())
            }
            None => Problem::Missing(field()),
            Some(Value::Null) => Problem::EmptyText(field()),
            Some(Value::String(text)) if is_blank(&text) => Problem::EmptyText(field()),
            Some(Value::String(text)) => return Ok(text),
            Some(Value::Array(pieces)) if pieces.is_empty() => Problem::EmptyText(field()),
            Some(value) => {
                let problem = Problem::Kind { field: field(), found: kind(&value), wanted: "a string" };
                other = Some(value);
                problem
            }
        };
        if let Some(text) = self.take_beside(fields) {
            return Ok(text);
        }
        self.counts.lacking += usize::from(is_lacking);
        // What is no text is kept with the row, which is skipped.
        if let Some(other) = other {
            fields.insert(self.file.text.spelled.clone(), other);
        }
        Err(problem)
    }

    /// Whether a row says nothing: other rows have the field of the text, and it has no other text in its place, unless the user
    /// named that field and so knows of them.
    fn is_without_text(&self, fields: &Map<String, Value>) -> bool {
        let is_named = self.options.text_field.is_some();
        self.file.has_text && (is_named || !text_column::says_something_else(fields, &self.file.known))
    }

    /// The text from a field beside it that has it as HTML or as blocks.
    fn take_beside(&mut self, fields: &mut Map<String, Value>) -> Option<String> {
        let words = |field: &Field| {
            let value = field.find(fields)?;
            let tree = rich::flattened(value);
            tree.or_else(|| value.as_str().map(str::to_owned)).filter(|text| !is_blank(text))
        };
        let (beside, text) = self.file.beside.iter().find_map(|field| Some((field, words(field)?)))?;
        let names = || (0, self.file.text.spelled.clone(), beside.spelled.clone());
        self.counts.beside.get_or_insert_with(names).0 += 1;
        beside.take(fields).map(|_| text)
    }

    fn add_document(&mut self, mut row: RawRow, id: Id, text: String, has_roles: bool) {
        // A field that nobody named stays until it is known to be the id of all rows.
        if self.is_id_named() {
            self.file.id.take(&mut row.fields);
        }
        let mended = !row.mends.is_empty();
        self.counts.deeper.add(&self.file.text, &row.fields);
        let mut fields = self.named_apart(flat(row.fields));
        self.without_id(&mut fields);
        let id = match id {
            Id::Own(id) => id,
            Id::Line => self.name_of_line(row.line),
        };
        self.take(&id, row.line);
        let content = Content::Document(self.documents.len());
        self.rows.push(Row { line: row.line, content });
        // Which distinct text it carries is known only when all are read.
        self.documents.push(Document { id, text, fields, mended, has_roles, has_content: true, distinct: 0 });
    }

    /// The fields, those that are called like a document's own under another name, and the file's name where there are several.
    fn named_apart(&mut self, fields: Map<String, Value>) -> Map<String, Value> {
        let fields = self.with_file(fields);
        let is_id_named = self.is_id_named();
        let is_ours = |name: &str| OURS.contains(&name) && (name != ID || is_id_named);
        if !fields.keys().any(|name| is_ours(name)) {
            return without_room(fields);
        }
        let mut apart = Map::new();
        for (name, value) in &fields {
            let new = if is_ours(name) { free_name(name, &fields) } else { name.clone() };
            if new != *name {
                self.counts.renamed.insert(name.clone(), new.clone());
            }
            apart.insert(new, value.clone());
        }
        apart
    }

    /// The fields, and the file's name where there are several.
    fn with_file(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        if self.file.is_one_of_several {
            let name = free_name("file", &fields);
            fields.insert(name, Value::from(self.file.path.clone()));
        }
        fields
    }

    fn refuse(&mut self, mut row: RawRow, own_id: Option<String>, problem: Problem) -> Result<(), Error> {
        let line = row.line;
        if matches!(problem, Problem::EmptyText(_)) {
            self.counts.empty += 1;
            let says =
                |field: &&Field| field.find(&row.fields).and_then(Value::as_str).is_some_and(|text| !is_blank(text));
            self.counts.unread += usize::from(self.file.unread.iter().any(|field| says(&field)));
        }
        self.counts.notices +=
            usize::from(matches!(problem, Problem::NoRow(why) if [NOTICE, FILE, POLL].contains(&why)));
        if problem == Problem::Total {
            self.counts.totals.get_or_insert_with(|| (0, self.file.at(line))).0 += 1;
        }
        if let Problem::NoRow(why) = problem
            && SAID.contains(&why)
        {
            let first = || (0, self.file.at(line));
            self.counts.no_rows.entry(why).or_insert_with(first).0 += 1;
        }
        match self.options.on_error {
            OnError::Fail if !problem.is_ordinary() => {
                Err(problem.into_error(&self.file.path, line, self.file.may_be_skipped))
            }
            OnError::Fail | OnError::Skip => {
                let fields = self.fields_of_skipped(&mut row, &problem);
                self.skip(line, own_id, Reason::Row(problem.reason()), fields);
                if !problem.is_ordinary() && self.stops.is_none() {
                    self.stops = Some(problem.into_error(&self.file.path, line, self.file.may_be_skipped).message());
                }
                Ok(())
            }
        }
    }

    /// What is kept of a row that is skipped: all of one that was never meant to be a document, else
    /// all but its text, which is kept where it is none (a number, say).
    fn fields_of_skipped(&mut self, row: &mut RawRow, problem: &Problem) -> Map<String, Value> {
        if row.fields.is_empty() || problem.is_no_row() {
            let fields = flat(std::mem::take(&mut row.fields));
            return if fields.is_empty() { fields } else { self.with_file(fields) };
        }
        let is_no_text = matches!(problem, Problem::Kind { .. });
        let spelled = &self.file.text.spelled;
        let kept = if is_no_text { row.fields.shift_remove(spelled) } else { None };
        let text = self.file.text.take(&mut row.fields).filter(|_| is_no_text).or(kept);
        if self.is_id_named() {
            self.file.id.take(&mut row.fields);
        }
        if row.fields.is_empty() && text.is_none() {
            return Map::new();
        }
        let mut fields = self.named_apart(flat(std::mem::take(&mut row.fields)));
        fields.extend(text.map(|text| (self.file.text.spelled.clone(), text)));
        fields
    }

    /// Without an id of its own, a skipped row is named at the end, lest it take the id of a document yet to come.
    fn skip(&mut self, line: u64, own_id: Option<String>, reason: Reason, mut fields: Map<String, Value>) {
        if own_id.is_some() || self.settled.as_ref().is_some_and(|settled| settled.is_by_lines) {
            self.without_id(&mut fields);
        }
        let own_id = own_id.or_else(|| self.settled.is_some().then(|| self.name_of_skipped(line)));
        if let Some(id) = &own_id {
            self.take(id, line);
        }
        let skipped = Skipped { id: own_id.unwrap_or_default(), reason, fields };
        self.rows.push(Row { line, content: Content::Skipped(Box::new(skipped)) });
    }

    /// Calls the documents by the field that was found, or leaves their line numbers where two have the same or one has none.
    pub(super) fn settle_ids(&mut self) {
        match self.unfit {
            Some(_) => self.call_by_lines(),
            None if !self.is_id_named() => self.take_ids(),
            None => {}
        }
        let Some(field) = &self.found.field else { return };
        let mut distinct = HashSet::new();
        let ids: Vec<String> = self.documents.iter().map_while(|one| found_id::value(field, &one.fields)).collect();
        if ids.len() < self.documents.len() || !ids.iter().all(|id| distinct.insert(id)) {
            self.found = FoundIds { unfit: Some(field.spelled.clone()), ..FoundIds::default() };
            return;
        }
        self.counts.qualified = 0;
        self.taken = Taken::default();
        for id in &ids {
            self.taken.insert(id.clone(), 0, 0);
        }
        self.documents.iter_mut().zip(ids).for_each(|(document, id)| document.id = id);
        for (place, id) in std::mem::take(&mut self.found.of_skipped) {
            let Some(Content::Skipped(skipped)) = self.rows.get_mut(place).map(|row| &mut row.content) else {
                continue;
            };
            if self.taken.insert(id.clone(), 0, 0) {
                skipped.id = id;
            }
        }
    }

    /// Takes the field `id`, which is the id of the rows, out of their own fields.
    fn take_ids(&mut self) {
        // "Total" in the column of the ids is no id.
        let skipped = self.rows.iter_mut().filter_map(|row| match &mut row.content {
            Content::Skipped(skipped) if skipped.id.is_empty() => None,
            Content::Skipped(skipped) => Some(&mut skipped.fields),
            Content::Document(_) => None,
        });
        let all = self.documents.iter_mut().map(|document| &mut document.fields).chain(skipped);
        all.for_each(|fields| {
            fields.shift_remove(ID);
        });
    }

    /// Calls every document by its line, and that of a further file by file and line where an
    /// earlier one has the line too; the field `id` becomes one of the row's own.
    fn call_by_lines(&mut self) {
        self.taken = Taken::default();
        self.counts.qualified = 0;
        let mut files = self.files.iter().map(|(first, path)| (*first, path)).peekable();
        let mut path: &str = "";
        for (place, row) in self.rows.iter_mut().enumerate() {
            while let Some((_, next)) = files.next_if(|(first, _)| *first <= place) {
                path = next;
            }
            match &mut row.content {
                Content::Skipped(skipped) => {
                    skipped.id.clear();
                    rename_id(&mut skipped.fields, &mut self.counts.renamed);
                }
                Content::Document(index) => {
                    let Some(document) = self.documents.get_mut(*index) else { continue };
                    let line = row.line.to_string();
                    let others = (2_u64..).map(|count| format!("{path}:{line}-{count}"));
                    let mut names = [line.clone(), format!("{path}:{line}")].into_iter().chain(others);
                    document.id = names.find(|name| !self.taken.contains(name)).unwrap_or(line.clone());
                    self.counts.qualified += usize::from(document.id != line);
                    self.taken.insert(document.id.clone(), 0, row.line);
                    rename_id(&mut document.fields, &mut self.counts.renamed);
                }
            }
        }
    }

    /// The corpus, once all rows are in.
    pub(super) fn finish(mut self, name: String, sha256: String) -> Result<Corpus, Error> {
        if self.documents.is_empty() {
            return Err(Error::file(Path::new(&self.file.path), self.why_empty()));
        }
        self.settle_ids();
        let mut notes = self.notes();
        notes.extend(self.mend_encoding());
        let changed = self.make_readable();
        notes.extend(changed.notes());
        self.name_skipped_rows();
        self.taken = Taken::default();
        self.rows.shrink_to_fit();
        self.documents.shrink_to_fit();
        let (texts, apart, carriers) = distinct_texts(&mut self.documents);
        let files = self.files_read();
        let (rows, documents) = (self.rows, self.documents);
        Ok(Corpus { name, sha256, rows, documents, texts, apart, notes, set_apart: changed.steps(), files, carriers })
    }

    /// How each file was read, with the field of the ids as it turned out.
    fn files_read(&self) -> Vec<FileRead> {
        let mut files = self.read.clone();
        let found = self.found.field.as_ref().map(|field| field.spelled.clone());
        if found.is_some() || self.unfit.is_some() {
            files.iter_mut().for_each(|file| file.id = found.clone());
        }
        files
    }

    /// What the user should know of all rows together, in sentences.
    pub(super) fn notes(&self) -> Vec<Message> {
        let mut notes: Vec<Message> = Vec::new();
        if let Some(field) = &self.found.field {
            let field = shown(&field.spelled);
            notes.push(message!("ids are the field \"{field}\" ({+id-field} takes another)", field));
        } else if let Some(why) = &self.unfit {
            notes.push(message!("{why}: so every row is called by its line ({+id-field} takes another field)", why));
        } else if let Some(field) = &self.found.unfit {
            let field = shown(field);
            notes.push(format!("rows are called by their lines: not every one has a \"{field}\" of its own").into());
        }
        notes.extend(self.counts.of_rows(Path::new(&self.file.path)));
        notes.extend(self.too_many_fields());
        notes.extend(self.counts.of_ids());
        notes
    }

    /// Says that the documents have more fields than a table has columns.
    fn too_many_fields(&self) -> Option<Message> {
        let fields: HashSet<&String> = self.documents.iter().flat_map(|document| document.fields.keys()).collect();
        let count = fields.len();
        (count > MOST_COLUMNS).then(|| {
            format!(
                "the documents have {count} different fields: assignments.csv has the {MOST_COLUMNS} that most of them have, \
                 documents.jsonl has all"
            )
            .into()
        })
    }

    /// Puts texts right that were once read in a wrong encoding, and says so.
    pub(super) fn mend_encoding(&mut self) -> Vec<Message> {
        let mended = mojibake::mend(&mut self.documents);
        said_of_encoding(mended, self.with_controls())
    }

    /// Texts that hold control characters, which no encoding has that people write in.
    fn with_controls(&self) -> usize {
        let is_control = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
        self.documents.iter().filter(|document| document.text.contains(is_control)).count()
    }

    /// Makes the texts those that are grouped, and says how many were changed.
    pub(super) fn make_readable(&mut self) -> readable::Counts {
        readable::make(&mut self.documents, self.options, &mut readable::Habits::default())
    }

    /// All rows and documents so far.
    pub(super) fn taken(&self) -> (&[Row], &[Document]) {
        (&self.rows, &self.documents)
    }

    /// What a run that skips no broken rows says of the first of them.
    pub(super) fn why_it_stops(&self) -> Option<Message> {
        self.stops.clone()
    }

    /// Why there is no document.
    pub(super) fn why_empty(&self) -> Message {
        match self.rows.as_slice() {
            [] => "holds no rows".into(),
            [Row { line, content: Content::Skipped(skipped) }, ..] => {
                let (count, reason) = (self.rows.len(), skipped.reason.message());
                let why = self.file.in_vain.as_ref().map(|why| message!("; {why}", why));
                message!(
                    "none of its {count} rows is a document (line {line}: {reason}){why}",
                    count,
                    line,
                    reason,
                    why
                )
            }
            [_, ..] => "holds no documents".into(),
        }
    }

    /// The line number, or the first of `7-2`, `7-3`, … that is free.
    fn name_skipped_rows(&mut self) {
        for row in &mut self.rows {
            let Content::Skipped(skipped) = &mut row.content else { continue };
            if skipped.id.is_empty() {
                let line = row.line.to_string();
                let others = (2_u64..).map(|count| format!("{line}-{count}"));
                let free = std::iter::once(line.clone()).chain(others).find(|id| !self.taken.contains(id));
                skipped.id = free.expect("some number is free, else this is a bug");
                self.taken.insert(skipped.id.clone(), 0, row.line);
            }
        }
    }
}

/// What is said of texts that had been read in a wrong encoding, and of some that hold control characters.
fn said_of_encoding(mended: Mended, with_controls: usize) -> Vec<Message> {
    let put_right = "had been read in a wrong encoding before (\"fÃ¼r\"): they are put right (\"für\")";
    let mended = match mended {
        Mended::None => None,
        Mended::Some(count) => Some(format!("{count} texts {put_right}; the others were sound")),
        Mended::All => Some(format!("the texts {put_right}")),
    };
    let controls = (with_controls > 0).then(|| {
        let texts = if with_controls == 1 { "1 text holds".to_owned() } else { format!("{with_controls} texts hold") };
        message!(
            "{texts} control characters (U+0080 to U+009F) in place of letters: the file may be in another encoding \
             than the one that was recognised; save it as UTF-8",
            texts
        )
    });
    mended.map(Message::from).into_iter().chain(controls).collect()
}

/// The field `id` under another name, in its place.
fn rename_id(fields: &mut Map<String, Value>, renamed: &mut BTreeMap<String, String>) {
    if !fields.contains_key(ID) {
        return;
    }
    let new = free_name(ID, fields);
    let named = |(name, value): (String, Value)| (if name == ID { new.clone() } else { name }, value);
    *fields = std::mem::take(fields).into_iter().map(named).collect();
    renamed.insert(ID.to_owned(), new);
}

/// The first of `name (2)`, `name (3)`, … that no field has; `name` itself if none has that.
fn free_name(name: &str, fields: &Map<String, Value>) -> String {
    if !fields.contains_key(name) && !OURS.contains(&name) {
        return name.to_owned();
    }
    let others = (2_u64..).map(|count| format!("{name} ({count})"));
    others.into_iter().find(|new| !fields.contains_key(new)).expect("some number is free, else this is a bug")
}

/// The same fields in no more memory than they need: a map keeps the room of all that was taken out of it.
fn without_room(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().collect()
}

/// The distinct texts by their sha256, then those without content, and their documents, those of one text by id; the documents are told which text they carry.
pub(super) fn distinct_texts(documents: &mut [Document]) -> (Vec<Text>, Vec<Text>, Vec<usize>) {
    let digest = |(index, document): (usize, &Document)| (<[u8; 32]>::from(Sha256::digest(&document.text)), index);
    let mut digests: Vec<([u8; 32], usize)> = documents.iter().enumerate().map(digest).collect();
    digests.sort_unstable_by(|one, other| {
        let [first, second] = [one, other].map(|(_, index)| &documents[*index]);
        let order = second.has_content.cmp(&first.has_content).then_with(|| one.0.cmp(&other.0));
        order.then_with(|| first.id.cmp(&second.id))
    });
    let mut texts: Vec<Text> = Vec::new();
    for (place, &(digest, index)) in digests.iter().enumerate() {
        match texts.last_mut().filter(|_| digests[place - 1].0 == digest) {
            Some(text) => text.0.end += 1,
            None => texts.push(Text(place..place + 1)),
        }
        documents[index].distinct = texts.len() - 1;
    }
    let mut carriers: Vec<usize> = digests.into_iter().map(|(_, index)| index).collect();
    carriers.shrink_to_fit();
    let with_content = texts.iter().take_while(|text| documents[carriers[text.0.start]].has_content).count();
    let apart = texts.split_off(with_content);
    texts.shrink_to_fit();
    (texts, apart, carriers)
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{error_of, ids, notes, options, read_as, reason, skipping, texts};
    use crate::corpus::{Content, ReadOptions, Source, read};

    fn error(bytes: &[u8]) -> String {
        error_of("a.jsonl", bytes, &options())
    }

    #[test]
    fn ids_are_strings_integers_or_line_numbers() {
        let bytes = b"{\"text\": \"a\", \"id\": \"x-1\"}\n\n{\"text\": \"b\", \"id\": -7}\n{\"text\": \"c\"}\n\
            {\"text\": \"d\", \"id\": 18446744073709551615}\n";
        assert_eq!(ids(&read_as("a.jsonl", bytes, &options()).unwrap()), ["x-1", "-7", "4", "18446744073709551615"]);
    }

    #[test]
    fn an_id_of_the_wrong_type_names_type_and_field() {
        for (value, found) in [
            ("1.5", "a number that is no 64-bit integer"),
            ("true", "a boolean"),
            ("[]", "a list"),
            ("{}", "an object"),
        ] {
            assert_eq!(
                error_of("a.jsonl", format!("{{\"text\": \"a\", \"id\": {value}}}").as_bytes(), &by_id()),
                format!(
                    "a.jsonl:1: field \"id\" is {found}; a string or an integer is wanted; skip such rows with \
                     on-error=skip"
                )
            );
        }
    }

    #[test]
    fn skipped_rows_keep_what_stands_in_objects_and_what_is_no_text() {
        let bytes = b"{\"text\": \"fine\"}\n{\"text\": 5, \"user\": {\"login\": \"ann\"}}\n{\"text\": null, \"user\": {\"login\": \"bo\"}}\n";
        let corpus = read_as("a.jsonl", bytes, &skipping()).unwrap();
        let fields = |row: usize| match &corpus.rows[row].content {
            Content::Skipped(skipped) => serde_json::Value::Object(skipped.fields.clone()).to_string(),
            Content::Document(_) => panic!("row {row} is a document"),
        };
        assert_eq!(fields(1), r#"{"/user/login":"ann","text":5}"#);
        assert_eq!(fields(2), r#"{"/user/login":"bo"}"#);
    }

    #[test]
    fn skipped_rows_keep_their_own_fields() {
        let corpus = read_as("a.csv", b"id,text,stars\nx,fine,5\ny,,1\n,,\n", &options()).unwrap();
        let fields = |row: usize| match &corpus.rows[row].content {
            Content::Skipped(skipped) => serde_json::Value::Object(skipped.fields.clone()).to_string(),
            Content::Document(_) => panic!("row {row} is a document"),
        };
        assert_eq!((fields(1), ids(&corpus)), (r#"{"stars":"1"}"#.to_owned(), vec!["x", "y", "4"]));
    }

    fn by_id() -> ReadOptions {
        ReadOptions { id_field: Some("id".into()), ..options() }
    }

    #[test]
    fn ids_that_nobody_named_and_that_cannot_be_them_leave_the_lines() {
        let cases: [(&[u8], &str); 4] = [
            (b"id,text,n\n7,a,1\n7,b,2\n8,,3\n", "a.csv:3: id \"7\" is taken by line 2"),
            (b"id,text,n\n,a,1\n,b,2\n,,3\n", "a.csv:2: field \"id\" is empty"),
            (b"id,text,n\n9,a,1\n,b,2\n7,,3\n", "a.csv:3: field \"id\" is empty"),
            (b"id,text,n\n9,,1\n9,b,2\n4,c,3\n", "a.csv:3: id \"9\" is taken by line 2"),
        ];
        for (bytes, why) in cases {
            let corpus = read_as("a.csv", bytes, &options()).unwrap();
            assert_eq!(ids(&corpus), ["2", "3", "4"], "{why}");
            let said = format!("{why}: so every row is called by its line (id-field takes another field)");
            assert!(notes(&corpus)[0].ends_with(&said), "{said}: {:?}", notes(&corpus));
            let fields: Vec<&String> = corpus.documents[0].fields.keys().collect();
            assert_eq!(fields, ["id (2)", "n"]);
        }
        let rows = b"{\"text\": \"a\", \"id\": 2}\n{\"text\": \"b\"}\n{\"text\": \"c\", \"id\": null}\n";
        let corpus = read_as("a.jsonl", rows, &options()).unwrap();
        assert_eq!(ids(&corpus), ["1", "2", "3"], "a line that is an id");
        assert_eq!(corpus.documents[0].fields["id (2)"], 2);
        let sound = read_as("a.csv", b"n,id,text\n1,x,a\n2,y,b\n", &options()).unwrap();
        assert_eq!((ids(&sound), sound.documents[0].fields.len()), (vec!["x", "y"], 1));
    }

    #[test]
    fn lines_stand_for_ids_that_cannot_be_them_in_all_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let files = vec![file("a.csv", "id,text\nx,a\ny,b\n"), file("b.csv", "id,text\nx,c\nx,d\nz,e\n")];
        let corpus = read(&Source::Files(files), &options()).unwrap();
        let short: Vec<&str> = ids(&corpus).into_iter().map(|id| id.rsplit('/').next().unwrap()).collect();
        assert_eq!(short, ["2", "3", "b.csv:2", "b.csv:3", "4"]);
    }

    #[test]
    fn an_empty_id_of_a_field_that_was_named_is_an_error() {
        assert_eq!(
            error_of("a.jsonl", b"{\"text\": \"a\", \"id\": \" \"}", &by_id()),
            "a.jsonl:1: field \"id\" is empty; give every row an id of its own, or leave id-field out (then rows \
             are called by their lines), or skip such rows with on-error=skip"
        );
    }

    #[test]
    fn an_id_field_that_was_asked_for_must_be_there() {
        let options = ReadOptions { id_field: Some("key".into()), ..options() };
        assert_eq!(
            error_of("a.jsonl", b"{\"text\": \"a\", \"key\": 1}\n{\"text\": \"b\", \"id\": 2}\n", &options),
            "a.jsonl:2: no field \"key\"; skip such rows with on-error=skip"
        );
    }

    #[test]
    fn a_duplicate_id_of_a_field_that_was_named_names_the_line_of_the_first() {
        let rows = b"{\"text\": \"a\", \"id\": 7}\n{\"text\": \"b\", \"id\": 8}\n{\"text\": \"c\", \"id\": \"7\"}\n";
        assert_eq!(
            error_of("a.jsonl", rows, &by_id()),
            "a.jsonl:3: id \"7\" is taken by line 1; give every row an id of its own, or leave id-field out (then \
             rows are called by their lines), or skip such rows with on-error=skip"
        );
    }

    #[test]
    fn a_long_id_full_of_control_characters_is_cut_and_escaped() {
        let row = format!("{{\"text\": \"a\", \"id\": \"\\u001b{}\"}}\n", "x".repeat(200));
        let problem = error_of("a.jsonl", row.repeat(2).as_bytes(), &by_id());
        let start = format!("a.jsonl:2: id \"\\u{{1b}}{}…\" is taken by line 1; ", "x".repeat(79));
        assert!(problem.starts_with(&start), "{problem}");
    }

    #[test]
    fn skipped_rows_never_take_the_id_of_a_document() {
        let bytes =
            b"oops\n{\"text\": \"a\", \"id\": 1}\n{\"text\": \"b\", \"id\": 1}\n{\"text\": \"\", \"id\": \"1-2\"}\n";
        let options = ReadOptions { id_field: Some("id".into()), ..skipping() };
        let corpus = read_as("a.jsonl", bytes, &options).unwrap();
        assert_eq!(ids(&corpus), ["1-3", "1", "3", "1-2"]);
        assert_eq!(reason(&corpus, 2), "id \"1\" is taken by line 2");
    }

    #[test]
    fn rows_beyond_the_limit_are_counted_but_not_looked_into() {
        let bytes = b"{\"text\": \"\"}\n{\"text\": \"a\"}\n{\"text\": \"b\"}\noops\n{\"text\": \"c\", \"id\": \"x\"}\n";
        let corpus = read_as("a.jsonl", bytes, &ReadOptions { limit: Some(2), ..skipping() }).unwrap();
        assert_eq!(texts(&corpus), ["a", "b"]);
        assert_eq!(ids(&corpus), ["1", "2", "3", "4", "5"]);
        assert_eq!(reason(&corpus, 3), "beyond limit");
        assert_eq!(reason(&corpus, 4), "beyond limit");
        let many = format!("{}oops\n\n", "{\"text\": \"a\"}\n".repeat(50));
        let corpus = read_as("a.jsonl", many.as_bytes(), &ReadOptions { limit: Some(30), ..options() }).unwrap();
        assert_eq!((corpus.rows.len(), corpus.documents.len()), (51, 30));
    }

    #[test]
    fn a_corpus_without_documents_is_an_error() {
        assert_eq!(error(b""), "a.jsonl: holds no rows");
        assert_eq!(error_of("a.csv", b"\n \n", &options()), "a.csv: holds no rows");
        assert_eq!(error_of("a.csv", b"id,text\n", &options()), "a.csv: holds no rows");
        assert_eq!(
            error_of("a.jsonl", b"\n{\"text\": \"\"}\noops\n", &skipping()),
            "a.jsonl: none of its 2 rows is a document (line 2: empty text)"
        );
    }

    #[test]
    fn equal_texts_are_one_text_with_its_documents_by_id() {
        let bytes = b"id,text\nb,same\nc,other\na,same\n10,same\n";
        let corpus = read_as("a.csv", bytes, &options()).unwrap();
        let same = corpus.documents[0].distinct;
        assert_eq!(corpus.texts.len(), 2);
        assert_eq!(corpus.carriers(same), [3, 2, 0]);
        assert_eq!(corpus.representative(same).id, "10");
        assert_eq!(
            corpus.documents.iter().map(|document| document.distinct == same).collect::<Vec<_>>(),
            [true, false, true, true]
        );
    }

    #[test]
    fn a_shuffled_file_gives_the_same_texts() {
        let mut lines: Vec<String> =
            (0..50).map(|index| format!("{{\"id\": \"{index}\", \"text\": \"text {}\"}}", index % 37)).collect();
        let carriers = |lines: &[String]| -> Vec<(String, Vec<String>)> {
            let corpus = read_as("a.jsonl", lines.join("\n").as_bytes(), &options()).unwrap();
            let id = |index: &usize| corpus.documents[*index].id.clone();
            (0..corpus.texts.len())
                .map(|index| (corpus.text(index).into(), corpus.carriers(index).iter().map(id).collect()))
                .collect()
        };
        let before = carriers(&lines);
        lines.reverse();
        lines.rotate_left(13);
        assert_eq!(carriers(&lines), before);
        assert_eq!(before.len(), 37);
    }

    #[test]
    fn a_text_that_is_a_tree_of_pieces_is_read_as_its_words() {
        let bytes = br#"{"messages": [
            {"id": 1, "type": "message", "from": "Ann", "text": "Who has the key?", "text_entities": []},
            {"id": 2, "type": "message", "from": "Ben", "text": ["see ", {"type": "link", "text": "a.example"}, " now"]},
            {"id": 3, "type": "message", "from": "Ben", "photo": "x.jpg", "text": ""}]}"#;
        let corpus = read_as("a.json", bytes, &options()).unwrap();
        assert_eq!((texts(&corpus), reason(&corpus, 2)), (vec!["Who has the key?", "see a.example now"], "empty text"));
        let page =
            |words: &str| format!(r#"{{"type": "doc", "content": [{{"type": "paragraph", "content": [{words}]}}]}}"#);
        let words = r#"{"type": "text", "text": "the import of large files stops halfway"}"#;
        let bytes = format!(
            "{{\"key\": \"A-1\", \"fields\": {{\"summary\": \"Import\", \"description\": {}}}}}\n\
             {{\"key\": \"A-2\", \"fields\": {{\"summary\": \"Export\", \"description\": {}}}}}\n",
            page(words),
            page("")
        );
        let corpus = read_as("a.jsonl", bytes.as_bytes(), &options()).unwrap();
        assert_eq!(
            (texts(&corpus), reason(&corpus, 1)),
            (vec!["the import of large files stops halfway"], "empty text")
        );
        assert!(notes(&corpus)[0].contains("\"/fields/description\" (by its name)"), "{:?}", notes(&corpus));
    }

    #[test]
    fn a_message_whose_words_stand_in_its_blocks_is_read() {
        let rich = r#"[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"cold"},{"type":"text","text":" soup"}]}]}]"#;
        let section = r#"[{"type":"divider"},{"type":"section","text":{"type":"mrkdwn","text":"old bread"}}]"#;
        let message = |text: &str, blocks: &str| format!(r#"{{"type":"message","text":"{text}","blocks":{blocks}}}"#);
        let messages = [message("no tea", section), message("", rich), message("", section)].join(",");
        let corpus = read_as("a.json", format!("[{messages}]").as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["no tea", "cold soup", "old bread"]);
        assert!(
            notes(&corpus).iter().any(|note| note.contains("the text is that of \"blocks\"")),
            "{:?}",
            notes(&corpus)
        );
    }

    #[test]
    fn a_text_that_is_empty_is_looked_for_in_the_html_beside_it() {
        let bytes = b"{\"body\": {\"plain\": \"the soup was cold\", \"html\": null}}\n\
            {\"body\": {\"plain\": \"\", \"html\": \"<p>the bread <b>was</b> old</p>\"}}\n\
            {\"body\": {\"html\": \"<p>nobody <b>came</b></p>\"}}\n{\"body\": {\"plain\": \"\", \"html\": \"\"}}\n";
        let corpus = read_as("a.jsonl", bytes, &crate::corpus::testing::text_field("/body/plain")).unwrap();
        assert_eq!(texts(&corpus), ["the soup was cold", "the bread was old", "nobody came"]);
        let said = "in 2 rows, the field \"/body/plain\" is empty: the text is that of \"/body/html\"";
        assert!(notes(&corpus).iter().any(|note| note == said), "{:?}", notes(&corpus));
        assert_eq!(reason(&corpus, 3), "empty text");
    }

    #[test]
    fn fields_of_objects_are_fields_of_the_document_by_their_pointers() {
        let bytes = b"{\"key\": \"A-1\", \"fields\": {\"description\": \"a\", \"status\": {\"name\": \"Done\"}}, \"tags\": [1]}\n";
        let named = crate::corpus::testing::text_field("/fields/description");
        let corpus = read_as("a.jsonl", bytes, &named).unwrap();
        let fields = serde_json::to_string(&corpus.documents[0].fields).unwrap();
        assert_eq!(fields, r#"{"key":"A-1","/fields/status/name":"Done","tags":[1]}"#);
    }
}
