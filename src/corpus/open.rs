//! Which reader a file needs: unpacked, its format recognised, its beginning looked at.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use super::archive::{self, Zipped};
use super::dialect::{self, SEPARATORS, is_no_table, is_plain_lines, recognise};
use super::dump::is_dump;
use super::field::shown;
use super::format::{self, Binary};
use super::heads::{Manner, Order, holds_a_chat};
use super::hint;
use super::input::{Input, front};
use super::json::Json;
use super::jsonl::Jsonl;
use super::lookalike;
use super::messages::Messages;
use super::options::{Format, ReadOptions};
use super::passages::Passages;
use super::plain::{Bullets, Headings, Plain};
use super::quoted_lines;
use super::records::{Dialect, Escapes, RecordSource, Records};
use super::relaxed::{self, Relaxed};
use super::row::RowReader;
use super::sections::{self, Division};
use super::speakers::Speakers;
use super::subtitles::{Subtitles, are_subtitles};
use super::table::{Table, check_unique};
use super::text_column::is_plainly_a_name;
use super::text_input::{SAMPLE, TextInput};
use super::tight::Tight;
use super::unpack::unpacked;
use super::whole::{self, Whole};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};

/// So many bytes show whether a file is packed, or no text.
const FRONT: usize = 4096;
/// Formats whose rows are called by their numbers.
const JSON: &str = "JSON";
const PARQUET: &str = "Apache Parquet";
/// First bytes of a ZIP file, with files in it and without.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// A file that is ready to be read row by row.
pub(super) struct Opened<'a> {
    pub(super) rows: Box<dyn RowReader + 'a>,
    pub(super) recognized: Recognized,
}

/// What was recognised of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Recognized {
    /// The format in words, with separator, sheet and the like.
    pub(super) format: String,
    /// The encoding, of text.
    pub(super) encoding: Option<&'static str>,
    /// How the file is compressed.
    pub(super) packed: Option<&'static str>,
    /// Whether what was taken for the header looks like a row.
    pub(super) header_is_a_row: bool,
    /// Where in the values of JSON the rows stand, as the parameter `records` says it.
    pub(super) place: String,
    /// Fields that the records have from the objects that they stand in.
    pub(super) of_parents: BTreeSet<String>,
    /// Which of the parameters that are for some formats only this one follows.
    pub(super) follows: &'static [&'static str],
}

impl Recognized {
    /// What its rows are called where they are numbered, and not by their lines.
    pub(super) fn unit(&self) -> Option<&'static str> {
        match self.format.as_str() {
            JSON => Some("value"),
            PARQUET => Some("row"),
            _ => None,
        }
    }

    /// Whether the file is a sheet of a workbook.
    pub(super) fn is_sheet(&self) -> bool {
        self.follows.contains(&"sheet")
    }

    /// What was asked for that a file of this format does not have, in a sentence.
    pub(super) fn unused(&self, path: &Path, options: &ReadOptions) -> Option<Message> {
        let given = [
            ("records", options.records.is_some()),
            ("sheet", options.sheet.is_some()),
            ("no-header", options.no_header),
        ];
        let is_unused = |(name, given): &&(&str, bool)| *given && !self.follows.contains(name);
        let unused: Vec<Mention> =
            given.iter().filter(is_unused).map(|(name, _)| Mention::of(*name).leave_out()).collect();
        let (path, format) = (path.display(), &self.format);
        (!unused.is_empty()).then(|| {
            let unused = Message::joined(unused, ", ");
            message!("{path}: without effect on {format}: {unused}", path, format, unused)
        })
    }
}

/// Opens a file by the reader that it needs.
pub(super) fn open<'a>(input: &'a mut Input, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let path = input.path.clone();
    let failed = |error| Error::file(&path, error);
    let start = front(input, FRONT).map_err(failed)?;
    let (mut bytes, packed) = unpacked(&start.clone(), Box::new(Cursor::new(start).chain(input)));
    let start = front(&mut bytes, FRONT).map_err(failed)?;
    if packed.is_some() && unpacked(&start, Box::new(io::empty())).1.is_some() {
        return Err(Error::file(
            &path,
            "is compressed twice: unpack it once (gunzip, unzstd) and read what comes of it",
        ));
    }
    let is_zip = is_zip(&start);
    let bytes: Box<dyn Read + 'a> = Box::new(Cursor::new(start).chain(bytes));
    let mut opened = if is_zip { zipped(&path, bytes, options)? } else { by_format(&path, bytes, options)? };
    opened.recognized.packed = opened.recognized.packed.or(packed);
    Ok(opened)
}

fn is_zip(start: &[u8]) -> bool {
    ZIP.iter().any(|magic| start.starts_with(magic))
}

/// A workbook, or the only file of texts in an archive.
fn zipped<'a>(path: &Path, bytes: Box<dyn Read + 'a>, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let (inner, bytes) = match archive::look(path, bytes)? {
        Zipped::Document(bytes) => return by_format(path, Box::new(Cursor::new(bytes)), options),
        Zipped::Only(inner, bytes) => (inner, bytes),
    };
    let start: Vec<u8> = bytes.iter().take(FRONT).copied().collect();
    let (mut bytes, _) = unpacked(&start, Box::new(Cursor::new(bytes)));
    let start = front(&mut bytes, FRONT).map_err(|error| Error::file(path, error))?;
    let is_zip = is_zip(&start);
    let mut bytes: Box<dyn Read + 'a> = Box::new(Cursor::new(start).chain(bytes));
    if is_zip {
        bytes = match archive::look(&inner, bytes)? {
            Zipped::Document(bytes) => Box::new(Cursor::new(bytes)),
            Zipped::Only(..) => return Err(archive::within(path)),
        };
    }
    let mut opened = by_format(&inner, bytes, options)?;
    opened.recognized.packed = Some("ZIP");
    Ok(opened)
}

/// A file that is packed no more.
fn by_format<'a>(path: &Path, mut bytes: Box<dyn Read + 'a>, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let start = front(&mut bytes, FRONT).map_err(|error| Error::file(path, error))?;
    let binary = format::binary(path, options.format, &start)?;
    let bytes: Box<dyn Read + 'a> = Box::new(Cursor::new(start).chain(bytes));
    match binary {
        Some(Binary::Workbook) => workbook(path, bytes, options),
        Some(Binary::Parquet) => parquet(path, bytes),
        None => text(path, bytes, options),
    }
}

fn text<'a>(path: &Path, bytes: Box<dyn Read + 'a>, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let mut input = TextInput::open(bytes).map_err(|error| Error::file(path, error))?;
    let mut format = match options.format {
        Some(format) => format,
        None => format::text(path, &input.sample, input.is_short())?,
    };
    let is_rare = dialect::rare_separator(complete(&input)).is_some();
    let is_guessed = options.format.is_none() && !format::is_table_by_name(path) && format == Format::Csv && !is_rare;
    if is_guessed && says_no_columns(options) {
        format = of_lines(path, complete(&input))?;
    }
    let mut recognized = Recognized { encoding: Some(input.encoding), ..Recognized::default() };
    let said = match format {
        Format::Jsonl => "JSON lines",
        Format::Json => JSON,
        Format::Lines => "plain lines",
        Format::Chat => "messages of a chat",
        Format::Files => whole::SAID,
        _ => "",
    };
    recognized.format = said.into();
    let has_pages = format == Format::Jsonl && options.records.is_some();
    recognized.follows = if has_pages || format == Format::Json { &["records"] } else { &[] };
    if matches!(format, Format::Json | Format::Jsonl) {
        if let Some(inner) = within_a_string(path, &mut input)? {
            return text(path, Box::new(Cursor::new(inner)), options);
        }
        check_is_json(path, &input.sample)?;
    }
    let is_relaxed = match format {
        Format::Json => {
            let value = format::assignment(&input.sample).unwrap_or(0);
            relaxed::is_relaxed(input.sample.get(value..).unwrap_or_default(), false)
        }
        Format::Jsonl => relaxed::is_relaxed(complete(&input), true),
        _ => false,
    };
    let rows: Box<dyn RowReader + 'a> = match format {
        Format::Jsonl if !has_pages && is_relaxed => Box::new(Jsonl::new(BufReader::new(Relaxed::new(input.text)))),
        Format::Jsonl if !has_pages => Box::new(Jsonl::new(input.text)),
        Format::Json | Format::Jsonl => {
            let name = format::assignment(&input.sample).unwrap_or(0) as u64;
            io::copy(&mut (&mut input.text).take(name), &mut io::sink()).map_err(|error| Error::file(path, error))?;
            let bytes: Box<dyn BufRead + 'a> = match is_relaxed || name > 0 {
                true => Box::new(BufReader::new(Relaxed::new(input.text))),
                false => Box::new(input.text),
            };
            let mut json = Json::open(path, bytes, options.records.as_deref())?;
            json.say(is_relaxed.then(|| format!("{}: {RELAXED}", path.display())));
            json.place().clone_into(&mut recognized.place);
            Box::new(json)
        }
        Format::Lines => {
            let sample = String::from_utf8_lossy(complete(&input)).into_owned();
            Box::new(Plain::new(input.text, Headings::of(&sample), Bullets::of(&sample)))
        }
        Format::Chat if are_subtitles(&String::from_utf8_lossy(&input.sample)) => {
            recognized.format = "subtitles".into();
            Box::new(Speakers::new(Subtitles::new(input.text), &options.turns))
        }
        Format::Chat => {
            let sample = String::from_utf8_lossy(&input.sample).into_owned();
            let manner = manner_of(path, &sample)?;
            Box::new(Speakers::new(Messages::new(input.text, manner, &sample), &options.turns))
        }
        Format::Paragraphs => {
            let division = Division::of(&String::from_utf8_lossy(&input.sample));
            recognized.format = said_of_paragraphs(&division);
            Box::new(Passages::new(input.text, division))
        }
        Format::Files => Box::new(Whole::new(input.text, path)),
        Format::Tsv => return table(path, input, b"\t", options, recognized),
        Format::Csv | Format::Xlsx | Format::Parquet => return table(path, input, SEPARATORS, options, recognized),
    };
    Ok(Opened { rows, recognized })
}

/// What is said of JSON that is not strict.
const RELAXED: &str = "is not strict JSON: comments and commas behind the last value are passed over, names without quotes and \
    strings in single quotes are read as JSON writes them";

/// The JSON in a file that is one string of JSON: a text that was written as JSON twice.
fn within_a_string(path: &Path, input: &mut TextInput<Box<dyn Read + '_>>) -> Result<Option<Vec<u8>>, Error> {
    let begins = |part: &[u8]| input.sample.trim_ascii_start().starts_with(part);
    let is_json = [b"\"[".as_slice(), b"\"{", b"\"\\n", b"\"\\r"].into_iter().any(begins);
    let is_one_line = input.sample.trim_ascii_end().iter().all(|byte| *byte != b'\n');
    if !is_json || !is_one_line {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    (&mut input.text).take(LARGEST_STRING).read_to_end(&mut bytes).map_err(|error| Error::file(path, error))?;
    let inner = serde_json::from_slice::<String>(bytes.trim_ascii()).map_err(|problem| {
        Error::usage(format!(
            "{}: is JSON within one string of JSON, and this string cannot be read ({problem}); write it as JSON only once",
            path.display()
        ))
    })?;
    Ok(Some(inner.into_bytes()))
}

/// Bytes of the longest string that is read as JSON.
const LARGEST_STRING: u64 = 2 * 1024 * 1024 * 1024;

/// Refuses lists and objects as Python prints them, with what makes JSON of them.
fn check_is_json(path: &Path, sample: &[u8]) -> Result<(), Error> {
    let mut begin = sample.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    let rows = match [begin.next(), begin.next(), begin.next()] {
        [Some(b'['), Some(b'{'), Some(b'\'')] | [Some(b'['), Some(b'\''), _] => {
            "ast.literal_eval(open(sys.argv[1]).read())"
        }
        [Some(b'{'), Some(b'\''), _] => "(ast.literal_eval(line) for line in open(sys.argv[1]) if line.strip())",
        _ => return Ok(()),
    };
    let file = format::file_name(path);
    Err(Error::usage(format!(
        "{}: is printed by Python (names in single quotes), not JSON: make it JSON lines with python3 -c \"import \
         ast,json,sys; [print(json.dumps(row)) for row in {rows}]\" {file} > {result}",
        path.display(),
        result = format::result_name(path, "jsonl")
    )))
}

/// What a text is whose format nobody said: a table, or paragraphs; an error where it may be lines of texts, or is neither.
fn of_lines(path: &Path, sample: &[u8]) -> Result<Format, Error> {
    let text = String::from_utf8_lossy(sample);
    if let Some(what) = lookalike::named(&text) {
        return Err(format::refused(path, what));
    }
    if sections::has_headings(&text) {
        return Ok(Format::Paragraphs);
    }
    let is_plain = is_plain_lines(sample);
    if is_plain && holds_a_chat(&text) {
        return Err(hint::unsaid_chat(path));
    }
    if is_no_table(sample) && sections::are_paragraphs(&text) {
        return Ok(Format::Paragraphs);
    }
    let may_be_paragraphs = sections::may_be_paragraphs(&text);
    let is_running = is_plain && may_be_paragraphs && sections::goes_on(&text);
    match lookalike::running(&text, is_plain).or(is_running.then_some(lookalike::RUNNING)) {
        Some(what) if may_be_paragraphs => Err(hint::unsaid_paragraphs(path, what)),
        Some(what) => Err(format::refused(path, what)),
        None if is_plain => Err(hint::unsaid_lines(path, may_be_paragraphs)),
        None => Ok(Format::Csv),
    }
}

/// How a text of paragraphs is divided, in words.
fn said_of_paragraphs(division: &Division) -> String {
    match division.heading() {
        Some(heading) if !division.is_by_paragraph() => {
            format!("text, one document below each heading such as \"{}\"", shown(heading))
        }
        Some(heading) => format!("text, one document a paragraph, below headings such as \"{}\"", shown(heading)),
        None if division.is_by_rules() => "text, one document between two lines of strokes".into(),
        None => "text, one document a paragraph, between empty lines".into(),
    }
}

/// How the messages of a chat begin; an error where no line begins one.
fn manner_of(path: &Path, sample: &str) -> Result<Manner, Error> {
    if sample.trim().is_empty() {
        return Ok(Manner::plain(Order::Time));
    }
    Manner::of(sample).ok_or_else(|| {
        Error::Usage(message!(
            "{path}: no line begins like a message of a chat, with a time and who wrote it; read it without {@format chat}, or \
             with {+format lines} if each line is a text",
            path = path.display()
        ))
    })
}

/// Whether nothing was asked for that only a table has.
fn says_no_columns(options: &ReadOptions) -> bool {
    let is_text = |name: &String| name == "text";
    !options.no_header && options.id_field.is_none() && options.text_field.as_ref().is_none_or(is_text)
}

/// Says that the first line of a table of one column was taken for its name, where it could be a text.
fn lone_header_remark(path: &Path, names: &[String]) -> Option<Message> {
    let [only] = names else { return None };
    (!is_plainly_a_name(only)).then(|| {
        message!(
            "{path}: the first line, \"{line}\", is read as the name of its only column; {+no-header} reads it as a text",
            path = path.display(),
            line = shown(only)
        )
    })
}

/// Separated values: the dialect is recognised by the sample.
fn table<'a>(
    path: &Path,
    input: TextInput<Box<dyn Read + 'a>>,
    separators: &[u8],
    options: &ReadOptions,
    mut recognized: Recognized,
) -> Result<Opened<'a>, Error> {
    let told = dialect::told_separator(&input.sample);
    let rare = if separators.len() > 1 { dialect::rare_separator(complete_lines(&input.sample)) } else { None };
    let (first, separators) = match (&told, &rare) {
        (Some(separator), _) => (line_end(&input.sample), std::slice::from_ref(separator)),
        (None, Some(separator)) => (0, std::slice::from_ref(separator)),
        (None, None) => (0, separators),
    };
    let named = options.text_field.as_deref().filter(|name| !name.starts_with("column "));
    let sample = complete_lines(&input.sample[first..]);
    let bare = if told.is_none() && separators.len() > 1 { quoted_lines::unwrapped(sample) } else { None };
    let sample = bare.as_deref().unwrap_or(sample);
    let mut found = recognise(sample, separators, named.map(|name| name.trim_start_matches('/')));
    let is_dump = is_dump(sample, found.dialect.separator);
    if is_dump && found.dialect.separator == b'\t' {
        found.dialect.quote = None;
    }
    let has_backslashes =
        !is_dump && (found.dialect.separator == b' ' || dialect::escapes_quotes(sample, found.dialect));
    let escapes = match (is_dump, has_backslashes) {
        (true, _) => Some(Escapes::Dump),
        (_, true) => Some(Escapes::Quotes),
        _ => None,
    };
    let is_tight = bare.is_none() && dialect::without_blanks(sample, found.dialect.separator).is_some();
    let bytes: Box<dyn BufRead + 'a> = match bare {
        Some(_) => Box::new(quoted_lines::reader(input.text)),
        None if is_tight => Box::new(BufReader::new(Tight::new(input.text, found.dialect.separator))),
        None => Box::new(input.text),
    };
    let mut records = Records::new(bytes, found.dialect).with_escapes(escapes);
    if told.is_some() {
        records.skip_line().map_err(|error| Error::file(path, error))?;
    }
    records.set_width(found.width);
    let mut table = Table::open(path, records, !options.no_header)?;
    table.say(is_dump.then(|| format!("{}: {DUMP}", path.display())));
    let is_bare = bare.is_some();
    table.say(
        is_bare.then(|| format!("{}: each line is quoted as a whole: it is read without these quotes", path.display())),
    );
    let is_said = has_backslashes && found.dialect.separator != b' ';
    table.say(is_said.then(|| format!("{}: a quote behind a backslash is read as one of the text", path.display())));
    if !options.no_header && options.text_field.is_none() {
        table.say(lone_header_remark(path, table.given_names()));
    }
    check_unique(
        path,
        table.given_names(),
        Some(options.text_field.as_deref().unwrap_or("text")),
        &Mention::of("text-field"),
    )?;
    check_unique(
        path,
        table.given_names(),
        Some(options.id_field.as_deref().unwrap_or("id")),
        &Mention::of("id-field"),
    )?;
    recognized.header_is_a_row = table.header_is_a_row();
    recognized.format = said(found.dialect, found.width, input.is_old_mac);
    recognized.follows = &["no-header"];
    Ok(Opened { rows: Box::new(table), recognized })
}

/// What is said of a dump of a database.
const DUMP: &str =
    "read as a dump of a database: \\N is an empty cell, \\n, \\t and \\\\ are a line break, a tab and a backslash";

fn said(dialect: Dialect, width: usize, is_old_mac: bool) -> String {
    let separator = match dialect.separator {
        b'\t' => "tabs".to_owned(),
        b' ' => "blanks".to_owned(),
        control @ ..32 => format!("the character {control}"),
        other => format!("\"{}\"", char::from(other)),
    };
    let quote = match dialect.quote {
        Some(b'\'') => ", quoted with '",
        Some(_) => "",
        None => ", nothing quoted",
    };
    let ends = if is_old_mac { ", lines end in CR" } else { "" };
    match width {
        0 | 1 => format!("a table of one column{quote}{ends}"),
        _ => format!("values separated by {separator}{quote}{ends}"),
    }
}

/// Where the second line begins.
fn line_end(sample: &[u8]) -> usize {
    sample.iter().position(|byte| *byte == b'\n').map_or(sample.len(), |end| end + 1)
}

fn complete<R>(input: &TextInput<R>) -> &[u8] {
    complete_lines(&input.sample)
}

/// A sample ends anywhere; half a record would look ragged.
fn complete_lines(sample: &[u8]) -> &[u8] {
    let end = sample.iter().rposition(|&byte| byte == b'\n').filter(|_| sample.len() + FRONT >= SAMPLE);
    &sample[..end.map_or(sample.len(), |end| end + 1)]
}

#[cfg(feature = "workbooks")]
fn workbook<'a>(path: &Path, bytes: Box<dyn Read + 'a>, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let mut sheets = super::workbook::Sheet::open_all(path, bytes, options.sheet.as_deref())?;
    let follows = &["sheet", "no-header"];
    if sheets.len() > 1 {
        return several_sheets(path, sheets, Recognized { follows, ..Recognized::default() }, options);
    }
    let Some(sheet) = sheets.pop() else { return Err(Error::file(path, "holds no sheet")) };
    let recognized = Recognized { format: sheet.said(), follows, ..Recognized::default() };
    let remark = options.sheet.is_none().then(|| sheet.remark(path)).flatten();
    let remarks = [sheet.unstored(path), sheet.said_of_hidden(path), sheet.said_of_parts(path)];
    let mut table = Table::open(path, sheet, !options.no_header)?;
    table.say(remark);
    remarks.into_iter().for_each(|remark| table.say(remark));
    let recognized = Recognized { header_is_a_row: table.header_is_a_row(), ..recognized };
    Ok(Opened { rows: Box::new(table), recognized })
}

/// Sheets that have the same columns as the first one of them that names a text, as one table; the others are named.
#[cfg(feature = "workbooks")]
fn several_sheets<'a>(
    path: &Path,
    sheets: Vec<super::workbook::Sheet>,
    mut recognized: Recognized,
    options: &ReadOptions,
) -> Result<Opened<'a>, Error> {
    let mut tables = Vec::new();
    for sheet in sheets {
        let remarks = [sheet.unstored(path), sheet.said_of_hidden(path), sheet.said_of_parts(path)];
        let (name, last) = (sheet.name().to_owned(), sheet.last_row());
        let mut table = Table::open(path, sheet, !options.no_header)?;
        remarks.into_iter().for_each(|remark| table.say(remark));
        tables.push((name, last, table));
    }
    // A cover or a pivot table has columns of its own: the columns that most sheets have are those of the table.
    let names_of = |table: &Table<super::workbook::Sheet>| -> Vec<String> {
        table.given_names().iter().map(|name| super::workbook::same_name(name.as_bytes())).collect()
    };
    let count = |names: &[String]| tables.iter().filter(|(_, _, table)| names_of(table) == names).count();
    let most = tables.iter().rev().max_by_key(|(_, _, table)| count(&names_of(table)));
    let names = most.map(|(_, _, table)| names_of(table)).unwrap_or_default();
    let (mut alike, others): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, _, table)| names_of(table) == names);
    if let Some(((_, _, first), rest)) = alike.split_first_mut() {
        rest.iter_mut().for_each(|(_, _, table)| table.call_columns_as(first));
    }
    let listed = |tables: &[(String, u64, Table<super::workbook::Sheet>)]| {
        let shown: Vec<String> = tables.iter().take(5).map(|(name, _, _)| format!("\"{}\"", shown(name))).collect();
        let more = if tables.len() > 5 { format!(" and {} more", tables.len() - 5) } else { String::new() };
        format!("{}{more}", shown.join(", "))
    };
    let path = path.display();
    recognized.format = format!("workbook, sheets {}", listed(&alike));
    recognized.header_is_a_row = alike.first().is_some_and(|(_, _, table)| table.header_is_a_row());
    let left =
        (!others.is_empty()).then(|| format!("{path}: sheets with other columns are not read: {}", listed(&others)));
    let numbered = format!(
        "{path}: rows are numbered on from sheet to sheet, and the field \"sheet\" says which one they are from"
    );
    let mut rows = super::sheets::SheetsRows::new(alike);
    rows.say(left);
    rows.say(Some(numbered));
    Ok(Opened { rows: Box::new(rows), recognized })
}

#[cfg(not(feature = "workbooks"))]
fn workbook<'a>(path: &Path, _: Box<dyn Read + 'a>, _: &ReadOptions) -> Result<Opened<'a>, Error> {
    let cure = "save its sheet as CSV, or build colligate with --features workbooks";
    Err(Error::usage(format!(
        "{}: is a workbook or another ZIP file, which this build does not read; {cure}",
        path.display()
    )))
}

#[cfg(feature = "parquet")]
fn parquet<'a>(path: &Path, bytes: Box<dyn Read + 'a>) -> Result<Opened<'a>, Error> {
    let rows = super::parquet::Parquet::open(path, bytes)?;
    Ok(Opened { rows: Box::new(rows), recognized: Recognized { format: PARQUET.into(), ..Recognized::default() } })
}

#[cfg(not(feature = "parquet"))]
fn parquet<'a>(path: &Path, _: Box<dyn Read + 'a>) -> Result<Opened<'a>, Error> {
    let cure = "save it as CSV or JSON lines, or build colligate with --features parquet";
    Err(Error::usage(format!("{}: is a Parquet file, which this build does not read; {cure}", path.display())))
}
