//! JSON that is not in lines: a list of objects, an object that holds one, or objects over several lines.
//!
//! A list is streamed, value by value. An object is read whole, since the list may stand anywhere in it. A row's line is
//! its number in the list: all of a list may stand on one line.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::io::{self, BufRead, Cursor};
use std::path::Path;

use serde_json::{Map, Value};

use super::field::{pointer, shown};
use super::jsonl::row;
use super::layout::{self, Layout, Members, is_list_of_objects, members_of};
use super::line_reader::LONGEST;
use super::parents::Parent;
use super::row::{Problem, RawRow, RowReader};
use super::text_column::{self, is_named_so};
use super::values::{Cut, Values, members};
use super::{keep, lenient, within_lists};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};
use crate::shell::{quoted, quoted_file};

/// Bytes of the largest object that is searched for a list.
const LARGEST: usize = 2 * 1024 * 1024 * 1024;
/// Bytes of the largest note.
const LARGEST_NOTE: usize = 1024 * 1024;
/// Lists are searched for in objects within objects down to this depth.
const DEEPEST: usize = 4;
/// At most so many lists are named in a message.
const LISTED: usize = 20;
/// So many records show whether a list holds texts.
const LOOKED_AT: usize = 50;
/// An object holds records by their keys if there are so many at least.
const LEAST: usize = 2;
/// The same of an object within an object, where nobody says so.
const LEAST_WITHIN: usize = 3;
/// Words of the texts in a list of strings, on average, at least.
const WORDS: usize = 4;

/// Reads one value after the other.
pub(super) struct Json<'a> {
    values: Values<Box<dyn BufRead + 'a>>,
    layout: Layout,
    /// The objects whose lists are read one after the other, and where in them these stand.
    pages: Option<(Values<Box<dyn BufRead + 'a>>, String)>,
    /// The first values, where they were read to see what they are, and are rows.
    ahead: VecDeque<Cut>,
    /// Rows that were put together from columns.
    ready: VecDeque<Map<String, Value>>,
    /// What the page says of its records, where there are several pages, and the fields that these have themselves.
    page: Parent,
    /// Pages without a list that stand before the first one with it, and whether the row is such a page.
    without: u64,
    is_page: bool,
    own: HashSet<String>,
    /// The fields that records have from the objects that they stand in.
    of_parents: BTreeSet<String>,
    /// Rows read.
    count: u64,
    remarks: Vec<Message>,
    /// Where in the file's values the list stands; nothing where they are the rows.
    place: String,
    /// Whether the values are lists of the records: pages that were put into one list as they came.
    has_lists: bool,
}

impl<'a> Json<'a> {
    /// Where in the file's values the rows stand, as `--records` says it; nothing where the values are the rows.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Says something of how the file is read.
    pub(super) fn say(&mut self, remark: Option<String>) {
        self.remarks.extend(remark.map(Message::from));
    }

    /// Finds the list: the value itself, what `records` points to in each of the values, or the only list in the object.
    pub(super) fn open(path: &Path, input: Box<dyn BufRead + 'a>, records: Option<&str>) -> Result<Json<'a>, Error> {
        let failed = |error| Error::file(path, error);
        let mut values = Values::new(input);
        if let Some(records) = records.filter(|records| !records.is_empty()) {
            return Json::of_pages(path, values, records);
        }
        if values.peek_filled().map_err(failed)? == Some(b'[') {
            return Json::of_list(values).map_err(failed);
        }
        values.longest = LARGEST;
        let first = values.next().map_err(failed)?;
        values.longest = LONGEST;
        let is_alone = values.peek_filled().map_err(failed)?.is_none();
        match first {
            Some(first) if is_alone && !first.is_too_long => Json::within(path, values, first),
            first => Ok(Json { ahead: first.into_iter().collect(), ..Json::of(values, Layout::Records) }),
        }
    }

    fn of(values: Values<Box<dyn BufRead + 'a>>, layout: Layout) -> Json<'a> {
        let (ahead, ready) = (VecDeque::new(), VecDeque::new());
        let (remarks, place) = (Vec::new(), String::new());
        let (page, own, of_parents) = (Parent::default(), HashSet::new(), BTreeSet::new());
        Json {
            values,
            layout,
            pages: None,
            ahead,
            ready,
            page,
            without: 0,
            is_page: false,
            own,
            of_parents,
            count: 0,
            remarks,
            place,
            has_lists: false,
        }
    }

    /// A list: of objects, strings, or lists of cells.
    fn of_list(mut values: Values<Box<dyn BufRead + 'a>>) -> io::Result<Json<'a>> {
        let mut ahead: VecDeque<Cut> = values.next()?.into_iter().collect();
        if ahead.front().is_some_and(|first| layout::lone_key(&first.bytes).is_some()) {
            ahead.extend(values.next()?);
            let second = ahead.get(1).map(|cut| cut.bytes.as_slice());
            let layout = if layout::are_lone(&ahead[0].bytes, second) { Layout::Lone } else { Layout::Records };
            return Ok(Json { ahead, ..Json::of(values, layout) });
        }
        let is_list = |cut: &Cut| cut.is_whole && !cut.is_too_long && cut.bytes.starts_with(b"[");
        if !ahead.front().is_some_and(is_list) {
            return Ok(Json { ahead, ..Json::of(values, Layout::Records) });
        }
        ahead.extend(values.next()?);
        let has_lists = ahead.iter().any(|cut| is_list_of_objects(&cut.bytes));
        let second = ahead.get(1).map(|cut| cut.bytes.as_slice());
        let layout = match ahead.front().and_then(|first| layout::cells(&first.bytes, second)) {
            Some((names, is_header)) => {
                if is_header {
                    ahead.pop_front();
                }
                Layout::Cells(names)
            }
            None => Layout::Records,
        };
        Ok(Json { ahead, has_lists, ..Json::of(values, layout) })
    }

    /// The lists at a place in one object after the other: a list of pages, or each on its own.
    fn of_pages(path: &Path, mut pages: Values<Box<dyn BufRead + 'a>>, records: &str) -> Result<Json<'a>, Error> {
        pages.longest = LARGEST;
        let first = pages.next().map_err(|error| Error::file(path, error))?;
        let lists = first.as_ref().map(lists).unwrap_or_default();
        let (mut page, mut without) = (first, Vec::new());
        let mut start = None;
        while let Some(this) = page {
            start = list_of(&this, records);
            if let Some(json) = &mut start {
                // What stands beside the only list says nothing that could tell its records apart.
                let is_alone =
                    without.is_empty() && pages.peek_filled().map_err(|error| Error::file(path, error))?.is_none();
                if !is_alone {
                    json.take_page(&this, records);
                }
                break;
            }
            if without.len() == LISTED {
                break;
            }
            without.push(this);
            page = pages.next().map_err(|error| Error::file(path, error))?;
        }
        // What stands before the first page with the list is a row that is no document.
        let has_room = |json: &Json| without.is_empty() || json.layout == Layout::Records && json.ready.is_empty();
        let mut json = start.filter(has_room).ok_or_else(|| no_list(path, records, &lists))?;
        json.without = without.len() as u64;
        without.into_iter().rev().for_each(|page| json.ahead.push_front(page));
        json.pages = Some((pages, records.to_owned()));
        json.place = records.to_owned();
        Ok(json)
    }

    /// The list in an object.
    fn within(path: &Path, values: Values<Box<dyn BufRead + 'a>>, object: Cut) -> Result<Json<'a>, Error> {
        let alone = |object| Ok(Json { ahead: VecDeque::from([object]), ..Json::of(values, Layout::Records) });
        if let Some(mut json) = of_members(&object, 0) {
            json.remarks.push(json.said_of_members(path, "the object").into());
            return Ok(json);
        }
        if is_note(&object) {
            return alone(object);
        }
        let lists = lists(&object);
        let pointer = match lists.as_slice() {
            [] if let Some(rows) = layout::texts_by_key(&object.bytes) => {
                let nothing = Values::new(Box::new(io::empty()) as Box<dyn BufRead>);
                let mut json = Json { ready: rows.into(), ..Json::of(nothing, Layout::Records) };
                json.say(Some(format!(
                    "{}: the documents are the members of the object, each with its key",
                    path.display()
                )));
                return Ok(json);
            }
            [] => return alone(object),
            [only] => &only.pointer,
            _ => return Err(several(path, &object, &lists)),
        };
        let Some(mut json) = list_of(&object, pointer) else { return alone(object) };
        json.place.clone_from(pointer);
        let has_members = json.layout == Layout::Keyed || !json.ready.is_empty();
        json.remarks.push(
            match has_members {
                true => json.said_of_members(path, &shown(pointer)),
                false => format!("{}: the documents are those of the list {}", path.display(), shown(pointer)),
            }
            .into(),
        );
        Ok(json)
    }

    fn said_of_members(&self, path: &Path, whose: &str) -> String {
        let path = path.display();
        match self.ready.is_empty() {
            true => format!("{path}: the documents are the members of {whose}, each with its key"),
            false => format!("{path}: the members of {whose} are read as columns"),
        }
    }

    /// The next value; of a list of lists, the next of what these hold.
    fn next_value(&mut self) -> io::Result<Option<Cut>> {
        while let Some(value) = self.next_cut()? {
            // Behind the list of a script.
            if value.bytes.trim_ascii() == b";" {
                continue;
            }
            let is_list = self.has_lists && value.is_whole && value.bytes.starts_with(b"[");
            if !is_list || !(is_list_of_objects(&value.bytes) || is_empty_list(&value.bytes)) {
                return Ok(Some(value));
            }
            let mut inside = Values::inside(&value.bytes);
            let inner: Vec<Cut> = std::iter::from_fn(|| inside.next().ok().flatten()).collect();
            inner.into_iter().rev().for_each(|cut| self.ahead.push_front(cut));
        }
        Ok(None)
    }

    /// The next value as it stands in the file, of the next page where one ends.
    fn next_cut(&mut self) -> io::Result<Option<Cut>> {
        loop {
            if let Some(value) = self.ahead.pop_front() {
                return Ok(Some(value));
            }
            if let Some(value) = self.values.next()? {
                return Ok(Some(value));
            }
            if !self.ready.is_empty() {
                return Ok(None);
            }
            let Some((pages, records)) = &mut self.pages else { return Ok(None) };
            let Some(page) = pages.next()? else { return Ok(None) };
            match list_of(&page, records) {
                Some(mut json) => {
                    json.take_page(&page, records);
                    let Json { values, layout, ahead, ready, has_lists, page, own, of_parents, .. } = json;
                    (self.values, self.layout, self.ahead, self.ready) = (values, layout, ahead, ready);
                    (self.has_lists, self.page, self.own) = (has_lists, page, own);
                    self.of_parents.extend(of_parents);
                }
                // A page may say that there is nothing on it; another one without such a list is a
                // row that is no document.
                None if is_empty_at(&page, records) => {}
                None => {
                    self.page = Parent::default();
                    self.is_page = true;
                    return Ok(Some(page));
                }
            }
        }
    }

    /// Keeps what a page says of its records, which are those of its list at a place.
    fn take_page(&mut self, page: &Cut, records: &str) {
        let object: Option<Map<String, Value>> = serde_json::from_slice(&page.bytes).ok();
        let Some(object) = object else { return };
        self.page = Parent::of("", &object, None);
        if self.page.is_empty() {
            return;
        }
        self.own = self.ready.iter().flat_map(|record| record.keys().cloned()).collect();
        if let Some((_, start)) = locate(&page.bytes, records) {
            let list: Value = page.bytes.get(start..).map_or(Value::Null, |list| {
                let whole = Values::new(list).value_whole().ok().flatten();
                whole.and_then(|whole| serde_json::from_slice(&whole.bytes).ok()).unwrap_or_default()
            });
            let objects = list.as_array().into_iter().flatten().filter_map(Value::as_object);
            self.own.extend(objects.flat_map(|object| object.keys().cloned()));
        }
    }

    /// A row with what its page says.
    fn with_page(&mut self, mut row: RawRow) -> RawRow {
        if row.problem.is_none() && self.count > self.without {
            self.page.add_to(&mut row.fields, &self.own, &mut self.of_parents);
        }
        row
    }

    /// The key of the record that comes next.
    fn next_key(&mut self) -> io::Result<Option<String>> {
        let key = self.next_value()?;
        Ok(key.map(|key| serde_json::from_slice(&key.bytes).unwrap_or_default()))
    }

    fn row_of(&self, cut: &Cut) -> RawRow {
        if cut.is_too_long {
            return RawRow::broken(self.count, Problem::TooLong);
        }
        if !cut.is_whole {
            return RawRow::broken(self.count, Problem::EndsEarly(self.values.line));
        }
        let row = row(self.count, &cut.bytes, self.values.in_list, &self.layout);
        let page = self.pages.as_ref().filter(|_| self.is_page || self.count <= self.without);
        let mut row = match page {
            Some((_, records)) if row.problem.is_none() => row.with_problem(Problem::NoList(records.clone())),
            _ => row,
        };
        if matches!(row.problem, Some(Problem::NotAnObject("a list"))) {
            row.problem = Some(Problem::ListInList);
        }
        row
    }
}

impl RowReader for Json<'_> {
    fn remarks(&self) -> &[Message] {
        &self.remarks
    }

    fn of_parents(&self) -> BTreeSet<String> {
        self.of_parents.clone()
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        if self.ready.is_empty() {
            let key = if self.layout == Layout::Keyed { self.next_key()? } else { None };
            self.is_page = false;
            if let Some(cut) = self.next_value()? {
                self.count += 1;
                let mut row = self.row_of(&cut);
                if let Some(key) = key.filter(|_| row.problem.is_none()) {
                    row.fields = layout::with_key(key, row.fields);
                }
                return Ok(Some(self.with_page(row)));
            }
        }
        let fields = self.ready.pop_front();
        self.count += u64::from(fields.is_some());
        Ok(fields.map(|fields| self.with_page(RawRow::sound(self.count, fields))))
    }
}

/// The place of a pointer's value, and that of the object which holds it.
fn locate(bytes: &[u8], pointer: &str) -> Option<(usize, usize)> {
    let mut steps = pointer.strip_prefix('/')?.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
    let first = |byte: &u8| byte.is_ascii_whitespace();
    let start = bytes.iter().take_while(|byte| first(byte)).count();
    steps.try_fold((start, start), |(_, at), step| {
        let is_object = bytes.get(at) == Some(&b'{');
        let found = is_object.then(|| members(bytes, at))?.into_iter().find(|(name, _)| *name == step);
        found.map(|(_, place)| (at, place))
    })
}

fn is_empty_list(json: &[u8]) -> bool {
    json.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii() == b"]")
}

/// The records at a place in an object, or within lists in it.
fn list_of<'a>(object: &Cut, pointer: &str) -> Option<Json<'a>> {
    match locate(&object.bytes, pointer) {
        Some((parent, start)) => list_at(object, parent, start),
        None => {
            let nothing = Values::new(Box::new(io::empty()) as Box<dyn BufRead>);
            let within_lists::Within { records, of_parents } = within_lists::records(&object.bytes, pointer)?;
            Some(Json { ready: records.into(), of_parents, ..Json::of(nothing, Layout::Records) })
        }
    }
}

/// The records that begin at `start`, in the object that begins at `parent`.
fn list_at<'a>(object: &Cut, parent: usize, start: usize) -> Option<Json<'a>> {
    let list = object.bytes.get(start..)?;
    match list.first() {
        Some(b'{') => return of_members(object, start),
        Some(b'[') => {}
        _ => return None,
    }
    let values = values_from(object, start);
    let beside = layout::names_beside(&object.bytes, parent, layout::width(list));
    let is_of_lists = matches!(Values::inside(list).peek_filled(), Ok(Some(b'[')));
    let in_schema = layout::names_in_schema(&object.bytes, parent, list);
    match beside.filter(|_| is_of_lists).or(in_schema) {
        Some((names, _)) => Some(Json::of(values, Layout::Cells(names))),
        // The bytes are in memory: reading them cannot fail.
        None => Json::of_list(values).ok(),
    }
}

/// The records that are the members of the object which begins at `start`.
fn of_members<'a>(object: &Cut, start: usize) -> Option<Json<'a>> {
    let json = match members_at(object, start, LEAST, false)? {
        Members::Keyed => {
            let values = Values { in_list: true, ..values_from(object, start + 1) };
            Json::of(values, Layout::Keyed)
        }
        Members::Rows(rows) => {
            let nothing = Values::new(Box::new(io::empty()) as Box<dyn BufRead>);
            Json { ready: rows.into(), ..Json::of(nothing, Layout::Records) }
        }
    };
    Some(json)
}

/// What the members of the object are which begins at `start`, if they are records.
fn members_at(object: &Cut, start: usize, least: usize, wants_text: bool) -> Option<Members> {
    let bytes = object.bytes.get(start..)?;
    let inner = members(&object.bytes, start);
    let first = |(_, at): &(String, usize)| object.bytes.get(*at).copied();
    let kind = inner.first().and_then(first);
    // Lists of lists or objects are no columns: they need not be read to see it.
    let holds_cells = |(_, at): &(String, usize)| {
        let list = object.bytes.get(*at..).unwrap_or_default();
        !matches!(Values::inside(list).peek_filled(), Ok(Some(b'{' | b'[')))
    };
    let is_one = |member: &(String, usize)| first(member) == kind && (kind == Some(b'{') || holds_cells(member));
    if !matches!(kind, Some(b'{' | b'[')) || !inner.iter().all(is_one) {
        return None;
    }
    let whole = Values::new(Cursor::new(bytes)).value_whole().ok()??;
    members_of(&whole.bytes, least, wants_text)
}

fn values_from<'a>(object: &Cut, start: usize) -> Values<Box<dyn BufRead + 'a>> {
    let before = object.bytes.iter().take(start).filter(|byte| **byte == b'\n').count() as u64;
    let rest = Cursor::new(object.bytes.get(start..).unwrap_or_default().to_vec());
    let line = object.line + before;
    Values { is_only: true, line, ..Values::new(Box::new(rest) as Box<dyn BufRead>) }
}

/// Whether an object says that there is nothing at a place: null, or nothing in brackets.
fn is_empty_at(page: &Cut, pointer: &str) -> bool {
    let object: Option<Value> = serde_json::from_slice(&page.bytes).ok();
    object.is_some_and(|object| match object.pointer(pointer) {
        None => false,
        Some(Value::Null) => true,
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(_) => false,
    })
}

/// What the values of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Objects,
    /// Objects by their keys, or columns of values by key.
    Keyed,
    Strings,
    Lists,
    Other,
}

/// A list in an object.
struct List {
    pointer: String,
    /// Where its bracket stands.
    start: usize,
    /// Where the object begins that holds it.
    parent: usize,
    /// How many values it holds.
    count: usize,
    kind: Kind,
}

/// Whether an object is a note of Google Keep's, whose lists are parts of it.
fn is_note(object: &Cut) -> bool {
    let note = (object.bytes.len() <= LARGEST_NOTE).then(|| std::str::from_utf8(&object.bytes).ok()).flatten();
    let note = note.and_then(|json| lenient::value(json).ok());
    note.is_some_and(|(note, _)| note.as_object().is_some_and(keep::is_note))
}

/// The lists that may be the documents: those of objects; where there are none, lists of cells, then
/// records by their keys, then strings. Names of columns, and strings beside a longer list, are none.
fn lists(object: &Cut) -> Vec<List> {
    let mut all = Vec::new();
    if object.bytes.starts_with(b"{") {
        find_lists(object, 0, "", &mut all);
    }
    let mut of_cells: Vec<&List> = all.iter().filter(|list| list.kind == Kind::Lists).collect();
    of_cells.sort_by_key(|list| std::cmp::Reverse(list.count));
    let named = of_cells.into_iter().take(LISTED).filter_map(|list| {
        let width = layout::width(object.bytes.get(list.start..)?);
        layout::names_beside(&object.bytes, list.parent, width).map(|(_, names)| (list.start, names))
    });
    let (tables, mut names): (Vec<usize>, Vec<usize>) = named.unzip();
    names.extend(all.iter().take(LISTED).filter_map(|list| {
        let rows = object.bytes.get(list.start..).filter(|_| list.kind == Kind::Objects)?;
        layout::names_in_schema(&object.bytes, list.parent, rows).map(|(_, names)| names)
    }));
    names.extend(of_columns(object, &all));
    let longest = all.iter().map(|list| list.count).max().unwrap_or(0);
    let are_texts = all.iter().all(|list| list.kind == Kind::Strings && holds_free_text(object, list));
    let is_candidate = |list: &List, kind: Kind| match kind {
        Kind::Objects => (list.kind == kind && !names.contains(&list.start)) || tables.contains(&list.start),
        Kind::Strings => list.kind == kind && (are_texts || list.count == longest),
        _ => list.kind == kind,
    };
    let kinds = [Kind::Objects, Kind::Lists, Kind::Keyed, Kind::Strings];
    let found = kinds.into_iter().find(|kind| all.iter().any(|list| is_candidate(list, *kind)));
    all.retain(|list| found.is_some_and(|kind| is_candidate(list, kind)));
    let has_texts = || found == Some(Kind::Objects) && all.iter().any(|list| letters_of_a_text(object, list) > 0);
    if matches!(found, Some(Kind::Strings | Kind::Objects)) && is_a_text(&object.bytes) && !has_texts() {
        all.clear();
    }
    all
}

/// Lists of objects that say what the columns of another list are: each has a name, and these are the names of its fields.
fn of_columns(object: &Cut, all: &[List]) -> Vec<usize> {
    const NAMES: [&str; 4] = ["name", "id", "key", "field"];
    let lists: Vec<&List> = all.iter().filter(|list| list.kind == Kind::Objects).take(LISTED).collect();
    let rows: Vec<Vec<RawRow>> = lists.iter().map(|list| first_rows(object, list)).collect();
    let is_named_by = |fields: &RawRow, names: &[RawRow]| {
        NAMES.iter().any(|key| {
            let named: BTreeSet<&str> = names.iter().filter_map(|row| row.fields.get(*key)?.as_str()).collect();
            let are_named = |fields: &Map<String, Value>| fields.keys().all(|name| named.contains(name.as_str()));
            let within = || {
                fields.fields.values().filter_map(Value::as_object).any(|inner| !inner.is_empty() && are_named(inner))
            };
            named.len() > 1 && (are_named(&fields.fields) || within())
        })
    };
    let is_of_columns = |place: usize| {
        let others = rows.iter().enumerate().filter(|(other, _)| *other != place);
        others.filter_map(|(_, rows)| rows.first()).any(|first| is_named_by(first, &rows[place]))
    };
    (0..lists.len()).filter(|place| is_of_columns(*place)).map(|place| lists[place].start).collect()
}

/// Whether one of several lists alone holds texts, and all others are shorter and hold names and codes: who takes part in a chat,
/// beside its messages. Then nobody means all of them.
fn is_one_of_texts(object: &Cut, all: &[List]) -> bool {
    fn is_short(value: &Value) -> bool {
        match value {
            Value::String(text) => text.split_whitespace().count() < WORDS,
            Value::Array(list) => list.iter().all(is_short),
            Value::Object(fields) => fields.values().all(is_short),
            _ => true,
        }
    }
    let holds_names = |list: &List| {
        first_rows(object, list).iter().all(|row| row.problem.is_none() && row.fields.values().all(is_short))
    };
    let (of_names, of_texts): (Vec<&List>, Vec<&List>) = all.iter().partition(|list| holds_names(list));
    matches!(of_texts.as_slice(), [only] if of_names.iter().all(|list| list.count < only.count))
}

/// Letters of a text in the records of a list, on average; none where no field of them is free text.
/// A list of one record is hardly the documents.
fn letters_of_a_text(object: &Cut, list: &List) -> usize {
    if list.kind != Kind::Objects || list.count < LEAST {
        return 0;
    }
    text_column::letters_of_a_text(&first_rows(object, list))
}

/// Whether a list of strings holds texts of several words.
fn holds_free_text(object: &Cut, list: &List) -> bool {
    let rows = first_rows(object, list);
    let words =
        |row: &RawRow| row.fields.get("text").and_then(Value::as_str).map_or(0, |text| text.split_whitespace().count());
    rows.iter().map(words).sum::<usize>() >= WORDS * rows.len()
}

/// The first records of a list.
fn first_rows(object: &Cut, list: &List) -> Vec<RawRow> {
    let mut inside = Values::inside(object.bytes.get(list.start..).unwrap_or_default());
    let cuts = std::iter::from_fn(|| inside.next().ok().flatten()).take(LOOKED_AT);
    cuts.map(|cut| row(1, &cut.bytes, list.kind == Kind::Strings, &Layout::Records)).collect()
}

/// Where in the records of a list another one stands that has the texts.
fn inner_list(object: &Cut, list: &List) -> Option<String> {
    if list.kind != Kind::Objects {
        return None;
    }
    let rows = first_rows(object, list);
    let seen = text_column::look(&[], &rows);
    text_column::list_of_texts(&seen, text_column::find(&seen, rows.len()).as_ref(), &rows)
}

/// Where one place with `*` in it reads all lists that were found and nothing else, and their records are alike: by product, by month.
fn all_members(lists: &[List], object: &Cut) -> Option<String> {
    let (first, rest) = lists.split_first()?;
    let mut steps: Vec<&str> = first.pointer.split('/').collect();
    for list in rest {
        let other: Vec<&str> = list.pointer.split('/').collect();
        if other.len() != steps.len() {
            return None;
        }
        steps.iter_mut().zip(other).filter(|(step, other)| *step != other).for_each(|(step, _)| *step = "*");
    }
    let pattern = steps.join("/");
    let is_one_key = pattern.matches("/*").count() == 1;
    let shapes: Vec<Shape> = lists.iter().map(|list| Shape::of(object, list)).collect();
    let are_alike = shapes.iter().all(|shape| shape.is_like(&shapes[0]) && shapes[0].is_like(shape));
    let all = || within_lists::records(&object.bytes, &pattern).map(|within| within.records.len());
    let wanted = lists.iter().map(|list| list.count).sum();
    (is_one_key && are_alike && all() == Some(wanted)).then_some(pattern)
}

/// The fields of the records of a list.
struct Shape {
    kind: Kind,
    /// Fields that all records have, and fields that any has.
    common: BTreeSet<String>,
    any: BTreeSet<String>,
}

impl Shape {
    fn of(object: &Cut, list: &List) -> Shape {
        let mut records = first_rows(object, list).into_iter().map(|row| row.fields.keys().cloned().collect());
        let first: BTreeSet<String> = records.next().unwrap_or_default();
        let (mut common, mut any) = (first.clone(), first);
        for names in records {
            common.retain(|name| names.contains(name));
            any.extend(names);
        }
        Shape { kind: list.kind, common, any }
    }

    /// Whether the records of the other list may lack what only some of these have, and nothing else.
    fn is_like(&self, other: &Shape) -> bool {
        let is_of_records = self.kind == Kind::Strings || !self.common.is_empty();
        self.kind == other.kind && is_of_records && self.common.is_subset(&other.any)
    }
}

/// Whether an object is a document itself, by a string called like a text: its lists of strings are its tags.
fn is_a_text(object: &[u8]) -> bool {
    let is_text = |name: &str| name == "text" || is_named_so(name);
    members(object, 0).iter().any(|(name, at)| is_text(name) && object.get(*at) == Some(&b'"'))
}

/// Adds every list in the object that begins at `start`.
fn find_lists(object: &Cut, start: usize, parent: &str, found: &mut Vec<List>) {
    for (name, at) in members(&object.bytes, start) {
        let Some(list) = object.bytes.get(at..) else { continue };
        let pointer = pointer(parent, &name);
        let add = |kind, count| List { pointer: pointer.clone(), start: at, parent: start, count, kind };
        match list.first() {
            Some(b'{') if members_at(object, at, LEAST_WITHIN, true).is_some() => {
                found.push(add(Kind::Keyed, members(&object.bytes, at).len()));
            }
            Some(b'{') if pointer.matches('/').count() <= DEEPEST => find_lists(object, at, &pointer, found),
            Some(b'[') => {
                let (kind, count) = kind_and_count(list);
                if count > 0 {
                    found.push(add(kind, count));
                }
            }
            _ => {}
        }
    }
}

fn kind_and_count(list: &[u8]) -> (Kind, usize) {
    let mut inside = Values::inside(list);
    let first = inside.next().ok().flatten();
    let rest = std::iter::from_fn(|| inside.next().ok().flatten()).count();
    let kind = match first.as_ref().and_then(|value| value.bytes.first()) {
        Some(b'{') => Kind::Objects,
        Some(b'"') => Kind::Strings,
        Some(b'[') => Kind::Lists,
        _ => Kind::Other,
    };
    (kind, usize::from(first.is_some()) + rest)
}

fn several(path: &Path, object: &Cut, lists: &[List]) -> Error {
    let listed = |list: &List| format!("{} ({} values)", shown(&list.pointer), list.count);
    let listed: Vec<String> = lists.iter().take(LISTED).map(listed).collect();
    let rank = |list: &&List| (letters_of_a_text(object, list), inner_list(object, list).is_some(), list.count);
    let likeliest = lists.iter().max_by_key(rank).map_or_else(String::new, |list| {
        // Where the records of a list are pages, such as chats, those of their own list are the documents.
        let inner = if letters_of_a_text(object, list) == 0 { inner_list(object, list) } else { None };
        format!("{}{}", list.pointer, inner.unwrap_or_default())
    });
    let has_one_meant = is_one_of_texts(object, lists);
    let all = all_members(lists, object).filter(|_| !has_one_meant);
    let records = || Mention::of("records").say();
    // Of several lists with the same records, one alone would lose those of the others.
    let alike = alike_with(&likeliest, object, lists);
    let merged = (all.is_none() && alike.len() > 1 && !has_one_meant).then(|| merging(path, &alike));
    let how: Message = match (&all, &merged) {
        (Some(all), _) => message!("; {all} reads all of them as one, else", all = records().exact(all)),
        (None, Some(command)) => message!("; {command} makes one of those with the same fields, else", command),
        (None, None) => ";".into(),
    };
    Error::Reading {
        problem: message!(
            "{path}: holds several lists: {listed}{how} say with {+records} which of them has the documents",
            path = path.display(),
            listed = listed.join(", "),
            how
        ),
        cure: if merged.is_some() { Vec::new() } else { vec![records().exact(all.unwrap_or(likeliest))] },
    }
}

/// The places of the lists whose records have the same fields as those of the list at a place.
fn alike_with<'a>(pointer: &str, object: &Cut, lists: &'a [List]) -> Vec<&'a str> {
    let Some(list) = lists.iter().find(|list| list.pointer == pointer) else { return Vec::new() };
    let own = Shape::of(object, list);
    let is_alike = |other: &&List| {
        let shape = Shape::of(object, other);
        shape.is_like(&own) && own.is_like(&shape)
    };
    lists.iter().filter(is_alike).map(|list| list.pointer.as_str()).collect()
}

/// What makes JSON lines of the records of several lists.
fn merging(path: &Path, pointers: &[&str]) -> String {
    let filter = |pointer: &&str| {
        let steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
        steps.map(|step| format!("[{}]", Value::from(step))).collect::<String>()
    };
    let filters: Vec<String> = pointers.iter().map(|pointer| format!(".{}[]", filter(pointer))).collect();
    let file = quoted_file(path);
    format!("jq -c {} {file} > {file}.jsonl", quoted(&filters.join(", ")))
}

fn no_list(path: &Path, wanted: &str, lists: &[List]) -> Error {
    let there: Vec<String> = lists.iter().take(LISTED).map(|list| shown(&list.pointer)).collect();
    let there = if there.is_empty() { "it holds none".into() } else { format!("its lists are {}", there.join(", ")) };
    let (records, path) = (Mention::of("records").shown(shown(wanted)), path.display());
    Error::Usage(message!("{records}: no such list in {path}; {there}", records, path, there))
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{cure_of, error_of, exit_code_of, ids, notes, options, read_as, skipping, texts};

    fn read_json(bytes: &[u8]) -> Vec<String> {
        let corpus = read_as("a.json", bytes, &options()).unwrap();
        texts(&corpus).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_list_of_objects_is_read_and_rows_are_called_by_their_number() {
        let bytes = b"[\n {\"text\": \"a, [b]\",\n  \"n\": {\"x\": [1]}},\n\n {\"text\": \"c \\\"}\"}\n]\n";
        let corpus = read_as("a.json", bytes, &options()).unwrap();
        assert_eq!(texts(&corpus), ["a, [b]", "c \"}"]);
        assert_eq!(ids(&corpus), ["1", "2"]);
    }

    #[test]
    fn what_is_said_of_a_value_calls_it_by_its_number() {
        let bytes = b"[{\"id\": 7, \"text\": \"a\"},\n{\"id\": 7, \"text\": \"b\"}]";
        let said = notes(&read_as("a.json", bytes, &options()).unwrap()).join(" ");
        assert!(said.contains("a.json, value 2: id \"7\" is taken by value 1"), "{said}");
    }

    #[test]
    fn a_list_of_strings_is_a_list_of_texts() {
        assert_eq!(read_json(b"[\n\"one\",\n\"two\"\n]"), ["one", "two"]);
    }

    #[test]
    fn objects_over_several_lines_one_after_the_other_are_rows() {
        assert_eq!(read_json(b"{\n\"text\": \"a\"\n}\n{\n\"text\": \"b\"\n}\n"), ["a", "b"]);
        assert_eq!(read_json(b"{\n\"text\": \"a\", \"tags\": [1]\n}"), ["a"]);
        assert_eq!(read_json(b"{\n\"text\": \"a\", \"tags\": [\"x\", \"y\"]\n}"), ["a"]);
    }

    #[test]
    fn lists_of_columns_and_of_names_beside_the_texts_are_not_the_documents() {
        let row = |n: usize| format!("{{\"index\": {n}, \"review\": \"the soup was cold in week {n} again\"}}");
        let rows = (0..4).map(row).collect::<Vec<_>>().join(", ");
        let pandas = format!(
            "{{\"schema\": {{\"fields\": [{{\"name\": \"index\", \"type\": \"integer\"}}, {{\"name\": \"review\", \"type\": \"string\"}}], \
             \"primaryKey\": [\"index\"]}}, \"data\": [{rows}]}}"
        );
        let chat =
            format!("{{\"participants\": [{{\"name\": \"Ann\"}}, {{\"name\": \"Bob Lee\"}}], \"messages\": [{rows}]}}");
        assert_eq!(read_json(pandas.as_bytes())[3], "the soup was cold in week 3 again");
        assert_eq!(cure_of("a.json", chat.as_bytes(), &options()), ["records", "/messages"]);
        let row = |n: usize, text: &str| {
            format!("{{\"id\": \"{n}\", \"type\": \"c\", \"attributes\": {{\"body\": \"{text}\"}}}}")
        };
        let said: Vec<String> = (0..4).map(|n| row(n, "the soup was cold again")).collect();
        let api = format!("{{\"data\": [{}], \"included\": [{}]}}", said.join(", "), row(1, "Ann"));
        assert_eq!(cure_of("a.json", api.as_bytes(), &options()), ["records", "/data"]);
    }

    #[test]
    fn json_written_twice_and_lists_of_pages_in_lines_are_read() {
        let page = |n: usize| {
            format!(
                "[{{\"body\": \"the soup was cold in week {n}\"}}, {{\"body\": \"nobody came to us in week {n}\"}}]"
            )
        };
        let twice = serde_json::to_string(&page(1)).unwrap();
        assert_eq!(read_json(twice.as_bytes()), ["the soup was cold in week 1", "nobody came to us in week 1"]);
        let pages = format!("{}\n{}\n", page(1), page(2));
        let corpus = read_as("pages.ndjson", pages.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus)[3], "nobody came to us in week 2");
    }

    #[test]
    fn texts_by_their_keys_are_read_and_lists_of_them_proposed() {
        let text = |n: usize| format!("\"the soup was cold in week {n}\"");
        let by_key: Vec<String> = (0..6).map(|n| format!("\"k{n}\": {}", text(n))).collect();
        let corpus = read_as("a.json", format!("{{{}}}", by_key.join(", ")).as_bytes(), &options()).unwrap();
        assert_eq!((ids(&corpus)[5], texts(&corpus)[5]), ("k5", "the soup was cold in week 5"));
        let month = |n: usize| format!("\"2025-0{n}\": [{}, {}]", text(n), text(n + 1));
        let months = format!("{{{}, {}, {}}}", month(1), month(3), month(5));
        assert_eq!(cure_of("a.json", months.as_bytes(), &options()), ["records", "/*"]);
        assert_eq!(
            read_json(b"{\"title\": \"a lamp of wood\", \"text\": \"the lamp came without a plug\"}"),
            ["the lamp came without a plug"]
        );
    }

    #[test]
    fn a_list_of_texts_in_each_record_is_proposed() {
        let row = |n: usize| {
            format!(
                "{{\"id\": {n}, \"comments\": [\"the soup was cold in week {n}\", \"nobody came to us in week {n}\"], \"tags\": [\"a\"]}}\n"
            )
        };
        let lines: String = (0..5).map(row).collect();
        assert_eq!(cure_of("a.jsonl", lines.as_bytes(), &options()), ["records", "/comments"]);
    }

    #[test]
    fn the_only_list_in_an_object_is_taken_and_said() {
        let bytes = b"{\n\"guild\": {\"id\": 1, \"tags\": [\"x\"]},\n\"data\": {\"items\": [\n{\"text\": \"a\"},\n{\"text\": \"b\"}]},\n\"n\": 2}";
        let corpus = read_as("a.json", bytes, &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["a", "b"], vec!["1", "2"]));
        assert!(notes(&corpus)[0].contains("the list /data/items"), "{:?}", notes(&corpus));
    }

    #[test]
    fn of_several_lists_that_within_the_pages_of_one_is_proposed_at_once() {
        let said =
            |n: usize| format!("{{\"id\": {n}, \"by\": \"Ann\", \"text\": \"the lift in house {n} stands still\"}}");
        let said = [said(1), said(2), said(3)].join(", ");
        let chat = |name: &str| format!("{{\"name\": \"{name}\", \"messages\": [{said}]}}");
        let account = format!(
            "{{\"about\": \"an account\", \"contacts\": {{\"list\": [{{\"phone\": \"1\"}}, {{\"phone\": \"2\"}}, {{\"phone\": \"3\"}}]}}, \
             \"chats\": {{\"list\": [{}, {}]}}}}",
            chat("a"),
            chat("b")
        );
        assert_eq!(cure_of("a.json", account.as_bytes(), &options()), ["records", "/chats/list/messages"]);
    }

    #[test]
    fn several_lists_of_one_kind_are_proposed_as_one_and_none_of_them_alone() {
        let said = |n: usize| format!("{{\"by\": \"Ann\", \"comment\": \"the lift in house {n} stands still again\"}}");
        let month = |n: usize| format!("[{}, {}]", said(n), said(n + 1));
        let two = format!("{{\"2025-01\": {}, \"2025-02\": {}}}", month(1), month(3));
        assert_eq!(cure_of("a.json", two.as_bytes(), &options()), ["records", "/*"]);
        let all = ReadOptions { records: Some("/*".into()), ..options() };
        assert_eq!(read_as("a.json", two.as_bytes(), &all).unwrap().documents.len(), 4);
        let optional = two.replacen("{\"by\"", "{\"stars\": 3, \"by\"", 1).replacen("{", "{\"shop\": \"a\", ", 1);
        assert_eq!(cure_of("a.json", optional.as_bytes(), &options()), ["records", "/*"]);
        let deeper = format!("{{\"a\": {{\"items\": {}}}, \"b\": {{\"items\": {}, \"n\": 2}}}}", month(1), month(3));
        assert_eq!(cure_of("a.json", deeper.as_bytes(), &options()), ["records", "/*/items"]);
        let strings = "{\"bugs\": [\"the lift in house 1 stands still\", \"nobody came to us at all\"], \
            \"praise\": [\"the staff was very kind to us\"]}";
        assert_eq!(cure_of("a.json", strings.as_bytes(), &options()), ["records", "/*"]);
        let beside = format!("{{\"users\": [{{\"name\": \"x\"}}], \"a b\": {}, \"c\": {}}}", month(1), month(3));
        let problem = error_of("a.json", beside.as_bytes(), &options());
        assert!(problem.contains("jq -c '.[\"a b\"][], .[\"c\"][]'"), "{problem}");
        assert!(cure_of("a.json", beside.as_bytes(), &options()).is_empty());
    }

    #[test]
    fn objects_with_a_single_member_are_records_by_their_keys() {
        let said =
            |n: usize| format!("{{\"{n}\": {{\"n\": {n}, \"comment\": \"the lift in house {n} stands still\"}}}}");
        let answers = format!("{{\"responses\": [{}, {}, {}]}}", said(7), said(8), said(9));
        let lines = [said(7), said(8), said(9)].join("\n");
        for (name, bytes) in [("a.json", &answers), ("a.jsonl", &lines)] {
            let corpus = read_as(name, bytes.as_bytes(), &options()).unwrap();
            assert_eq!((corpus.documents.len(), ids(&corpus)[0]), (3, "7"), "{name}");
        }
    }

    #[test]
    fn of_several_lists_one_must_be_named() {
        let bytes = b"{\"users\": [{\"name\": \"x\"}], \"messages\": [{\"text\": \"a\"}, {\"text\": \"b\"}]}\n";
        let problem = error_of("a.json", bytes, &options());
        assert!(
            problem.contains("/users (1 values), /messages (2 values)") && problem.contains("records"),
            "{problem}"
        );
        assert_eq!(exit_code_of("a.json", bytes, &options()), 2);
        let named = ReadOptions { records: Some("/messages".into()), ..options() };
        assert_eq!(texts(&read_as("a.json", bytes, &named).unwrap()), ["a", "b"]);
        let wrong = ReadOptions { records: Some("/mesages".into()), ..options() };
        assert!(error_of("a.json", bytes, &wrong).contains("its lists are /users, /messages"));
    }

    fn records(pointer: &str) -> ReadOptions {
        ReadOptions { records: Some(pointer.into()), ..options() }
    }

    const PAGES: [&str; 3] = [
        r#"{"page": 1, "data": {"results": [{"id": 1, "body": "cold, [soup]"}, {"id": 2, "body": "came late"}]}}"#,
        r#"{"page": 2, "data": {"results": [{"id": 3, "body": "so so"}]}}"#,
        r#"{"page": 3, "data": {"results": []}}"#,
    ];

    #[test]
    fn records_are_read_of_all_pages() {
        let list = format!("[{}]", PAGES.join(",\n"));
        for (name, bytes) in [("a.json", list), ("b.json", PAGES.join("\n")), ("c.jsonl", PAGES.join("\n"))] {
            let corpus = read_as(name, bytes.as_bytes(), &records("/data/results")).unwrap();
            assert_eq!(
                (texts(&corpus), ids(&corpus)),
                (vec!["cold, [soup]", "came late", "so so"], vec!["1", "2", "3"]),
                "{name}"
            );
            assert!(!notes(&corpus).iter().any(|note| note.contains("without effect")), "{:?}", notes(&corpus));
            let problem = error_of(name, bytes.as_bytes(), &options());
            assert!(problem.contains("a list of records or texts: records=/data/results"), "{problem}");
            assert_eq!(cure_of(name, bytes.as_bytes(), &options()), ["records", "/data/results"], "{name}");
        }
    }

    #[test]
    fn a_page_without_the_list_is_a_row_that_is_none() {
        let bytes = format!("[{},\n{{\"error\": \"busy\"}},\n{}]", PAGES[0], PAGES[1]);
        let problem = error_of("a.json", bytes.as_bytes(), &records("/data/results"));
        assert!(problem.contains("a.json:3: no list \"/data/results\""), "{problem}");
        let options = ReadOptions { records: Some("/data/results".into()), ..skipping() };
        assert_eq!(
            texts(&read_as("a.json", bytes.as_bytes(), &options).unwrap()),
            ["cold, [soup]", "came late", "so so"]
        );
    }

    #[test]
    fn rows_below_the_names_of_their_columns_are_read() {
        for (names, rows) in [("columns", "data"), ("headers", "rows")] {
            let bytes = format!(
                r#"{{"{names}": ["review", "stars"], "index": [7, 8, 9], "{rows}": [["cold", 1], ["late", 2], ["so", 3]]}}"#
            );
            let corpus = read_as("a.json", bytes.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), ["cold", "late", "so"]);
            assert_eq!(corpus.documents[2].fields["stars"], 3);
            let named = read_as("a.json", bytes.as_bytes(), &records(&format!("/{rows}"))).unwrap();
            assert_eq!(texts(&named), ["cold", "late", "so"]);
        }
        let typed = r#"{"columns": [{"name": "id"}, {"name": "text"}], "data": [["a", "cold"], ["b", "late"]]}"#;
        let corpus = read_as("a.json", typed.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["cold", "late"], vec!["a", "b"]));
    }

    #[test]
    fn rows_of_cells_below_a_schema_are_read() {
        let bytes = r#"{"schema": {"fields": [{"name": "id"}, {"name": "remark"}]}, "rows": [
            {"f": [{"v": "a"}, {"v": "the lift stood still"}]}, {"f": [{"v": "b"}, {"v": null}]}]}"#;
        let corpus = read_as("a.json", bytes.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["the lift stood still"], vec!["a", "b"]));
        let named = read_as("a.json", bytes.as_bytes(), &records("/rows")).unwrap();
        assert_eq!(texts(&named), ["the lift stood still"]);
    }

    #[test]
    fn a_list_of_lists_with_a_header_is_a_table() {
        let list = r#"[["review", "city"], ["cold", "Oslo"], ["late", "Rome"]]"#;
        let corpus = read_as("a.json", list.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus), corpus.documents[0].fields["city"].as_str()), (vec!["cold", "late"], Some("Oslo")));
        let within = format!(r#"{{"range": "A1:B3", "tags": ["a"], "values": {list}}}"#);
        assert_eq!(texts(&read_as("a.json", within.as_bytes(), &options()).unwrap()), ["cold", "late"]);
    }

    #[test]
    fn short_strings_beside_a_longer_list_are_no_documents() {
        let bytes = r#"{"columns": ["a", "b"], "numbers": [1, 2, 3], "title": "no text"}"#;
        let corpus = read_as("a.json", bytes.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["no text"]);
        assert_eq!(read_json(br#"{"classes": ["a", "b"], "texts": ["x", "y", "z"]}"#), ["x", "y", "z"]);
    }

    #[test]
    fn objects_by_their_keys_are_read_with_the_keys_as_ids() {
        let objects =
            r#"{"k1": {"msg": "it was cold", "at": 1}, "k2": {"msg": "came late", "at": 2}, "k3": {"msg": "so so"}}"#;
        for bytes in [objects.to_owned(), format!(r#"{{"feedback": {objects}}}"#)] {
            let corpus = read_as("a.json", bytes.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), ["it was cold", "came late", "so so"]);
            assert_eq!(ids(&corpus), ["k1", "k2", "k3"]);
            assert_eq!(corpus.documents[1].fields["at"], 2);
        }
        let bytes = format!(r#"{{"feedback": {objects}, "users": [{{"name": "x"}}]}}"#);
        let corpus = read_as("a.json", bytes.as_bytes(), &records("/feedback")).unwrap();
        assert_eq!(ids(&corpus), ["k1", "k2", "k3"]);
    }

    #[test]
    fn columns_of_values_by_key_are_read_as_rows() {
        let bytes = r#"{"review": {"0": "cold", "1": "late"}, "stars": {"0": 3, "1": null}}"#;
        let corpus = read_as("a.json", bytes.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["cold", "late"], vec!["0", "1"]));
        assert_eq!(corpus.documents[0].fields["stars"], 3);
    }

    #[test]
    fn columns_of_lists_are_read_as_rows() {
        let columns = r#"{"review": ["cold", "late"], "city": ["Oslo", "Rome"], "stars": [3, null]}"#;
        for bytes in [columns.to_owned(), format!(r#"{{"data": {columns}}}"#)] {
            let corpus = read_as("a.json", bytes.as_bytes(), &options()).unwrap();
            assert_eq!((texts(&corpus), ids(&corpus)), (vec!["cold", "late"], vec!["1", "2"]));
            assert_eq!(corpus.documents[1].fields["city"], "Rome");
        }
    }

    #[test]
    fn an_object_with_objects_of_several_kinds_is_a_row() {
        let bytes = r#"{"text": "a", "scores": {"x": {"n": 1}, "y": {"n": 2}, "z": {"n": 3}}, "by": {"name": "Ann"}}"#;
        assert_eq!(read_json(bytes.as_bytes()), ["a"]);
    }

    #[test]
    fn a_broken_value_is_one_row_and_the_next_is_read() {
        let bytes = b"[{\"text\": oops}, {\"text\": \"b\"}, 7, {\"text\": \"c\"}]";
        let corpus = read_as("a.json", bytes, &skipping()).unwrap();
        assert_eq!((texts(&corpus), corpus.rows.len()), (vec!["b", "c"], 4));
    }

    #[test]
    fn a_list_that_is_cut_short_is_noticed() {
        for (bytes, line) in [
            (&b"[{\"text\": \"a\"},\n"[..], 2),
            (b"[{\"text\": \"a\"},\n{\"text\":\n \"b", 3),
            (b"{\n\"data\": [\n{\"text\": \"a\"},\n{\"text\":\n\"b", 5),
            (b"{\n\"data\": [\n{\"text\": \"a\"}\n", 4),
        ] {
            let problem = error_of("a.json", bytes, &options());
            let said = format!("a.json:2: the file ends early, on line {line}");
            assert!(problem.contains(&said) && problem.contains("export the whole file"), "{problem}");
            assert_eq!(read_as("a.json", bytes, &skipping()).unwrap().rows.len(), 2);
        }
    }

    #[test]
    fn lists_of_objects_within_a_list_are_read_as_one() {
        assert_eq!(read_json(b"[[{\"text\": \"a\"}, {\"text\": \"b\"}], [], [{\"text\": \"c\"}]]"), ["a", "b", "c"]);
        assert_eq!(read_json(b"[[], [{\"text\": \"a\"}]]"), ["a"]);
        let chats = b"[[{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\", \"content\": \"yes?\"}]]";
        assert_eq!(read_json(chats), ["user: hi\nassistant: yes?"]);
    }

    #[test]
    fn lists_within_lists_are_read_by_their_place_and_proposed_where_the_texts_are_in_them() {
        let row = |n: usize| {
            format!(
                r#"{{"state": "done", "parts": [{{"k": "q", "answers": [{{"choice": "{n}"}}]}},
                    {{"k": "t", "answers": [{{"text": "the lift stood still for {n} days this month"}}]}}]}}"#
            )
        };
        let rows: Vec<String> = (2..6).map(row).collect();
        for (bytes, place) in [
            (format!(r#"{{"data": [{}]}}"#, rows.join(",")), "/data/parts/answers"),
            (format!("[{}]", rows.join(",")), "/parts/answers"),
        ] {
            assert_eq!(cure_of("a.json", bytes.as_bytes(), &options()), ["records", place]);
            let corpus = read_as("a.json", bytes.as_bytes(), &records(place)).unwrap();
            assert_eq!((corpus.documents.len(), corpus.rows.len()), (4, 8), "{place}");
            assert_eq!(texts(&corpus)[3], "the lift stood still for 5 days this month");
        }
    }

    #[test]
    fn of_several_lists_that_with_the_longest_texts_is_proposed() {
        let word = |n: usize| format!(r#"{{"start": {n}, "content": "word{n}"}}"#);
        let said = |n: usize| format!(r#"{{"start": {n}, "transcript": "the lift stood still for {n} days"}}"#);
        let list = |of: &dyn Fn(usize) -> String, count: usize| (0..count).map(of).collect::<Vec<_>>().join(",");
        let whole = r#"{"transcript": "all that was said, and much of it, from the beginning to the very end"}"#;
        let bytes = format!(
            r#"{{"results": {{"all": [{whole}], "items": [{}], "segments": [{}]}}}}"#,
            list(&word, 40),
            list(&said, 5)
        );
        assert_eq!(cure_of("a.json", bytes.as_bytes(), &options()), ["records", "/results/segments"]);
        let by_key = format!(r#"{{"A": [{0}], "B": [{0}], "C": [{0}]}}"#, list(&said, 2));
        assert_eq!(cure_of("a.json", by_key.as_bytes(), &options()), ["records", "/*"]);
        let corpus = read_as("a.json", by_key.as_bytes(), &records("/*")).unwrap();
        assert_eq!((corpus.documents.len(), corpus.documents[5].fields["key"].as_str()), (6, Some("C")));
    }

    #[test]
    fn an_object_with_a_text_is_not_the_list_of_its_labels() {
        let bytes = br#"{"textContent": "the lift stood still again", "title": "Lift", "labels": [{"name": "house"}]}"#;
        assert_eq!(read_json(bytes), ["the lift stood still again"]);
    }

    #[test]
    fn objects_before_the_one_that_holds_the_list_do_not_hide_it() {
        let said = |n: usize| format!(r#"{{"id": "{n}", "body": "the lift stood still for {n} days"}}"#);
        let list: Vec<String> = (0..9).map(said).collect();
        let bytes = format!(
            r#"[{{"type": "header", "comment": "Export to JSON"}}, {{"type": "database", "name": "house"}},
                {{"type": "table", "name": "lifts", "data": [{}]}}]"#,
            list.join(",")
        );
        assert_eq!(cure_of("a.json", bytes.as_bytes(), &options()), ["records", "/data"]);
        let options = ReadOptions { records: Some("/data".into()), ..skipping() };
        assert_eq!(read_as("a.json", bytes.as_bytes(), &options).unwrap().documents.len(), 9);
    }

    #[test]
    fn reviews_of_several_people_are_no_turns_of_a_chat() {
        let review = |n: usize| format!(r#"{{"user": "u{n}", "stars": 3, "text": "the hinge broke after {n} days"}}"#);
        let product = |n: usize| {
            format!(r#"{{"sku": "A{n}", "name": "Hinge {n}", "reviews": [{}, {}]}}"#, review(n), review(n + 9))
        };
        let bytes = format!("[{}]", (0..4).map(product).collect::<Vec<_>>().join(","));
        assert_eq!(cure_of("a.json", bytes.as_bytes(), &options()), ["records", "/reviews"]);
        let corpus = read_as("a.json", bytes.as_bytes(), &records("/reviews")).unwrap();
        assert_eq!(corpus.documents.len(), 8);
        let event = |n: usize, who: &str| {
            format!(
                r#"{{"id": "e{n}", "type": "message", "text": "The lift stood still for {n} days.", "author_id": "{who}"}}"#
            )
        };
        let chat = |n: usize, other: &str| {
            format!(r#"{{"id": "c{n}", "thread": {{"events": [{}, {}]}}}}"#, event(n, "customer"), event(n + 1, other))
        };
        let bytes = format!(r#"{{"chats": [{}, {}]}}"#, chat(1, "agent@x"), chat(5, "agent@x"));
        let turns = read_json(bytes.as_bytes());
        assert_eq!(turns[0], "customer: The lift stood still for 1 days.\nagent@x: The lift stood still for 2 days.");
        let bytes = bytes.replace("agent@x", "c").replace("customer", "c");
        assert_eq!(cure_of("a.json", bytes.as_bytes(), &options()), ["records", "/chats/thread/events"]);
    }
}
