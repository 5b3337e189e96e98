//! What is recognised in a file, without a run: for `colligate columns`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::advice::{self, Shown};
use super::ahead::first_rows;
use super::collect::Collector;
use super::field::{Field, pointer};
use super::input::Input;
use super::language::shares;
use super::open::{Opened, Recognized};
use super::options::{Format, ReadOptions, Source};
use super::read::{find_text, named, open_rows};
use super::row::{Problem, RawRow, RowReader};
use super::several_files::Files;
use super::text_column::{self, Seen};
use super::whole;
use super::{Content, LanguageShare, OnError, Piece, found_id, hint, rich, speakers};
use crate::error::Error;
use crate::message::{Mention, Message};
use crate::text::is_blank;

/// Fields that are counted at most.
const MOST_FIELDS: usize = 20_000;
/// Characters of an example at most.
const EXAMPLE: usize = 2000;

/// What is recognised in a file.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Survey {
    /// The format in words.
    pub format: String,
    /// The encoding, of text.
    pub encoding: Option<String>,
    /// How the file is compressed.
    pub packed: Option<String>,
    /// Its fields, in their order in the file.
    pub columns: Vec<Column>,
    /// The field that is read as the text.
    pub text: Option<String>,
    /// How the text was found, where nobody said and it is not called `text`.
    pub how: Option<String>,
    /// Another field that could be the text.
    pub another: Option<String>,
    /// What a run with the same options says instead of reading the file.
    pub stops: Option<Message>,
    /// Flags that would most likely let it go on, as words of a command line.
    pub cure: Vec<Mention>,
    /// Rows, without those that stand above the header.
    pub rows: usize,
    /// Rows that become documents.
    pub documents: usize,
    /// Rows that do not, by reason, the most frequent first.
    pub skipped: Vec<(Message, usize)>,
    /// What is stripped, joined or set apart before grouping, each with the number of its documents.
    pub set_apart: Vec<(String, usize)>,
    /// Of what repeats across documents the pieces, the most frequent first, a handful.
    pub repeats: Vec<Piece>,
    /// Documents whose text another one has too.
    pub duplicates: usize,
    /// Languages of the texts, as far as they can be told.
    pub languages: Vec<LanguageShare>,
    /// What the user should know of how the file is read.
    pub notes: Vec<Message>,
}

/// A field of a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// Its name, or a JSON pointer.
    pub name: String,
    /// A value of it: of the text a long one, else the first.
    pub example: String,
    /// Rows in which it is filled, with whatever it is.
    pub filled: usize,
}

/// Looks at a whole file. What stops a run, such as a text that is not plain or an id that two rows
/// have, is said in the survey.
///
/// # Errors
/// When the file cannot be read, is in no format that is known, or holds no rows.
pub fn survey(path: &Path, options: &ReadOptions) -> Result<Survey, Error> {
    options.check()?;
    survey_file(path, options, true)
}

/// Looks at a file, which may hold no documents where it is one of several.
fn survey_file(path: &Path, options: &ReadOptions, is_alone: bool) -> Result<Survey, Error> {
    let mut input = Input::open(path, Sha256::new())?;
    let opened = open_rows(&mut input, options)?;
    survey_of(path, opened, options, is_alone)
}

/// Looks at each of several files, or at all of them as one where each is a document: then a single survey is returned.
///
/// # Errors
/// Those of [`survey`].
pub fn survey_all(source: &Source, options: &ReadOptions) -> Result<Vec<Survey>, Error> {
    options.check()?;
    let paths = source.paths();
    let (options, remark) = whole::resolved(&paths, options);
    let mut surveys = match paths.as_slice() {
        [first, _, ..] if options.format == Some(Format::Files) => {
            vec![survey_together(first, &paths, &options, whole::SAID)?]
        }
        [only] => vec![survey_file(only, &options, true)?],
        _ => {
            let surveys = paths.iter().map(|path| survey_file(path, &options, false));
            surveys.collect::<Result<Vec<Survey>, Error>>()?
        }
    };
    let alike = one_record_each(&surveys).filter(|_| options.only.is_none());
    if let (Some(first), Some(format)) = (paths.first(), alike) {
        surveys = vec![survey_together(first, &paths, &options, &format)?];
    }
    let holds_none = surveys.iter().all(|survey| survey.documents == 0 && survey.stops.is_none());
    if let Some((path, last)) = paths.last().zip(surveys.last_mut()).filter(|_| holds_none) {
        last.stops = Some(Error::file(path, "holds no documents, and neither does any file before it").message());
    }
    if let Some(first) = surveys.first_mut() {
        first.notes.splice(0..0, source.notes().iter().cloned().chain(remark));
    }
    Ok(surveys)
}

/// The format of several files that hold one record each and are read alike: one table says more of them than many.
fn one_record_each(surveys: &[Survey]) -> Option<String> {
    let [first, _, ..] = surveys else { return None };
    let is_alike = |survey: &Survey| {
        let (own, of_first) = ((&survey.format, &survey.text), (&first.format, &first.text));
        survey.rows == 1 && survey.stops.is_none() && survey.packed.is_none() && own == of_first
    };
    surveys.iter().all(is_alike).then(|| first.format.clone())
}

/// Looks at files that are a document each.
fn survey_together(first: &Path, paths: &[PathBuf], options: &ReadOptions, format: &str) -> Result<Survey, Error> {
    let rows = Box::new(Files::new(paths, options));
    let format = format!("{format} ({} files)", paths.len());
    let recognized = Recognized { format, ..Recognized::default() };
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(first);
    survey_of(folder, Opened { rows, recognized }, options, true)
}

/// Looks at rows.
fn survey_of(path: &Path, opened: Opened<'_>, options: &ReadOptions, is_alone: bool) -> Result<Survey, Error> {
    let skips = options.on_error == OnError::Skip;
    let options = ReadOptions { on_error: OnError::Skip, ..options.clone() };
    let Opened { mut rows, mut recognized } = opened;
    let failed = |error| Error::file(path, error);
    let mut head = first_rows(rows.as_mut()).map_err(failed)?;
    recognized.of_parents = rows.of_parents();
    let header = rows.header().to_vec();
    let found = find_text(path, &header, &mut head, &recognized, &options);
    let mut survey = opening(&recognized, &text_column::look(&header, &head), rows.remarks());
    survey.notes.extend(recognized.unused(path, &options));
    let found = match found {
        Ok(found) => {
            survey.text = Some(found.field.spelled.clone());
            survey.how = found.how.clone();
            survey.another = found.another.clone();
            survey.notes.extend(found.said(path).filter(|_| !found.unread.is_empty()));
            found
        }
        Err(problem) => return survey.without_text(problem, head, rows.as_mut()).map_err(failed),
    };
    let taken = speakers::Taken::by(path, &header, &head, &found.field, &options.turns);
    survey.notes.extend(taken.remark.clone());
    let shown = Shown { path, head: &head, text: &found.field, within: found.within.as_ref() };
    survey.notes.extend(advice::of(shown, &options, taken.knows_who_speaks()));
    survey.columns.retain(|column| !found.is_unpacked(&column.name));
    survey.show_long_example(&found.field, &head);
    let mut tally = Tally::of(std::mem::take(&mut survey.columns));
    let mut collector = Collector::new(&options);
    let id = options.id_field.as_deref().map_or_else(|| Field::new("id"), |said| named(said, &header));
    collector.begin(path, found.field.clone(), id, false);
    collector.call_rows(recognized.unit());
    collector.fall_back_on(found.title.clone());
    collector.speak_of(taken.in_vain.clone());
    collector.read_together(found.together.clone(), found.unread.clone());
    collector.look_ahead(&head);
    if options.id_field.is_none() {
        collector.look_for_ids(found_id::candidate(&header, &head, options.join.as_deref()));
    }
    let mut add = |row: RawRow| {
        let row = taken.ready(found.ready(row, &header), &options.turns);
        tally.add_row(&row);
        collector.add(row)
    };
    head.into_iter().try_for_each(&mut add)?;
    while let Some(row) = rows.next_row().map_err(failed)? {
        add(row)?;
    }
    if is_alone && collector.taken().0.is_empty() {
        return Err(Error::file(path, collector.why_empty()));
    }
    survey.columns = tally.columns;
    survey.stops = if skips { None } else { collector.why_it_stops() };
    if is_alone && survey.stops.is_none() && collector.taken().1.is_empty() {
        survey.stops = Some(Error::file(path, collector.why_empty()).message());
    }
    survey.close(collector);
    Ok(survey)
}

fn opening(recognized: &Recognized, seen: &[Seen], remarks: &[Message]) -> Survey {
    let column = |seen: &Seen| Column { name: seen.name.clone(), example: seen.example.clone(), filled: 0 };
    Survey {
        format: recognized.format.clone(),
        encoding: recognized.encoding.map(str::to_owned),
        packed: recognized.packed.map(str::to_owned),
        columns: seen.iter().map(column).collect(),
        text: None,
        how: None,
        another: None,
        stops: None,
        cure: Vec::new(),
        rows: 0,
        documents: 0,
        skipped: Vec::new(),
        set_apart: Vec::new(),
        repeats: Vec::new(),
        duplicates: 0,
        languages: Vec::new(),
        notes: remarks.to_vec(),
    }
}

/// How often each field is filled, over all rows.
struct Tally {
    columns: Vec<Column>,
    /// Where each name stands among the columns.
    places: HashMap<String, usize>,
}

impl Tally {
    /// Nothing is counted yet.
    fn of(columns: Vec<Column>) -> Tally {
        let places = columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
        Tally { columns, places }
    }

    /// Counts what a row has, unless it was never meant to be a document.
    fn add_row(&mut self, row: &RawRow) {
        if !row.problem.as_ref().is_some_and(Problem::is_no_row) {
            self.add(&row.fields, "");
        }
    }

    /// Counts what a row has, the fields of the objects in it by their pointers.
    fn add(&mut self, fields: &Map<String, Value>, parent: &str) {
        for (name, value) in fields {
            // A column of a table may be called like a pointer.
            let is_known = name.starts_with('/') && self.places.contains_key(name);
            let is_column = parent.is_empty() && (!name.starts_with('/') || is_known);
            let tree = rich::flattened(value).map(Value::String);
            let value = tree.as_ref().unwrap_or(value);
            let is_filled = match value {
                Value::Object(inner) => {
                    self.add(inner, &pointer(parent, name));
                    continue;
                }
                Value::Null => false,
                Value::String(text) => !is_blank(text),
                Value::Array(list) => !list.is_empty(),
                Value::Bool(_) | Value::Number(_) => true,
            };
            let name = if is_column { name.clone() } else { pointer(parent, name) };
            self.count(name, value, is_filled);
        }
    }

    fn count(&mut self, name: String, value: &Value, is_filled: bool) {
        let place = match self.places.get(&name) {
            Some(place) => *place,
            None if self.columns.len() >= MOST_FIELDS => return,
            None => {
                let example = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                self.columns.push(Column { name: name.clone(), example, filled: 0 });
                self.places.insert(name, self.columns.len() - 1);
                self.columns.len() - 1
            }
        };
        if let Some(column) = self.columns.get_mut(place) {
            column.filled += usize::from(is_filled);
        }
    }
}

impl Survey {
    /// The survey of a file in which no field is plainly the text: its columns, and what a run
    /// says.
    fn without_text(mut self, problem: Error, head: Vec<RawRow>, rows: &mut dyn RowReader) -> io::Result<Survey> {
        let mut tally = Tally::of(std::mem::take(&mut self.columns));
        let mut add = |row: &RawRow| {
            tally.add_row(row);
            self.rows += 1;
        };
        head.iter().for_each(&mut add);
        while let Some(row) = rows.next_row()? {
            add(&row);
        }
        self.columns = tally.columns;
        // The columns are shown anyway.
        self.stops = Some(problem.message().before(hint::LIST).before(hint::LIST_BELOW));
        if let Error::Reading { cure, .. } = problem {
            self.cure = cure;
        }
        Ok(self)
    }

    /// The text is shown by a text of the longer ones among the first rows: the first may be "ok".
    fn show_long_example(&mut self, text: &Field, head: &[RawRow]) {
        let mut texts: Vec<&str> = head.iter().filter_map(|row| text.find(&row.fields)?.as_str()).collect();
        texts.retain(|text| !is_blank(text));
        texts.sort_by_key(|text| text.chars().count());
        let column = self.columns.iter_mut().find(|column| column.name == text.spelled);
        if let (Some(column), Some(example)) = (column, texts.get(texts.len() * 3 / 4)) {
            column.example = example.chars().take(EXAMPLE).collect();
        }
    }

    fn close(&mut self, mut collector: Collector) {
        collector.settle_ids();
        self.notes.extend(collector.notes());
        self.notes.extend(collector.mend_encoding());
        let steps = collector.make_readable().steps();
        self.repeats = steps.iter().flat_map(|step| step.pieces.iter().cloned()).collect();
        self.set_apart = steps.into_iter().map(|step| (step.what, step.documents)).collect();
        let (rows, documents) = collector.taken();
        self.rows = rows.len();
        self.documents = documents.len();
        let texts: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
        let mut carriers: HashMap<&str, usize> = HashMap::new();
        texts.iter().for_each(|text| *carriers.entry(text).or_default() += 1);
        self.duplicates = carriers.into_values().filter(|count| *count > 1).sum();
        self.languages = shares(&texts);
        for row in rows {
            let Content::Skipped(skipped) = &row.content else { continue };
            let reason = skipped.kind();
            match self.skipped.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => self.skipped.push((reason, 1)),
            }
        }
        self.skipped.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    }
}
