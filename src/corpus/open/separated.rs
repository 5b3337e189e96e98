//! Separated values: how a table is written, and its rows.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::{FRONT, Opened, Recognized};
use crate::corpus::dialect::{self, recognise};
use crate::corpus::dump::is_dump;
use crate::corpus::field::shown;
use crate::corpus::options::ReadOptions;
use crate::corpus::records::{Dialect, Escapes, RecordSource, Records};
use crate::corpus::signs::Replaced;
use crate::corpus::table::{Table, check_unique};
use crate::corpus::text_column::is_plainly_a_name;
use crate::corpus::text_input::{SAMPLE, TextInput};
use crate::corpus::tight::Tight;
use crate::corpus::{quoted_lines, signs};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};

/// How a table is written.
struct Writing {
    dialect: Dialect,
    /// Columns of its rows.
    width: usize,
    /// Whether its first line says the separator.
    is_told: bool,
    /// Whether it is the dump of a database.
    is_dump: bool,
    /// Whether a quote within quotes stands behind a backslash.
    has_backslashes: bool,
    /// Whether each line is quoted as a whole.
    is_bare: bool,
    /// The separator, where it is of several signs.
    signs: Option<Vec<u8>>,
    /// Whether no blanks belong to the separators.
    is_tight: bool,
}

impl Writing {
    /// Recognises it by the beginning of the file.
    fn of(sample: &[u8], separators: &[u8], options: &ReadOptions) -> Writing {
        let told = dialect::told_separator(sample);
        let signs =
            if told.is_none() && separators.len() > 1 { signs::separator(complete_lines(sample)) } else { None };
        let replaced = signs.as_ref().map(|signs| signs::replaced(sample, signs));
        let sample = replaced.as_deref().unwrap_or(sample);
        let rare = if separators.len() > 1 { dialect::rare_separator(complete_lines(sample)) } else { None };
        let (first, separators) = match (&told, &rare) {
            (Some(separator), _) => (line_end(sample), std::slice::from_ref(separator)),
            (None, Some(separator)) => (0, std::slice::from_ref(separator)),
            (None, None) => (0, separators),
        };
        let named = options.text_field.as_deref().filter(|name| !name.starts_with("column "));
        let sample = complete_lines(&sample[first..]);
        let bare = if told.is_none() && separators.len() > 1 { quoted_lines::unwrapped(sample) } else { None };
        let sample = bare.as_deref().unwrap_or(sample);
        let mut found = recognise(sample, separators, named.map(|name| name.trim_start_matches('/')));
        let is_dump = is_dump(sample, found.dialect.separator);
        if is_dump && found.dialect.separator == b'\t' {
            found.dialect.quote = None;
        }
        let has_backslashes =
            !is_dump && (found.dialect.separator == b' ' || dialect::escapes_quotes(sample, found.dialect));
        Writing {
            dialect: found.dialect,
            width: found.width,
            is_told: told.is_some(),
            is_dump,
            has_backslashes,
            is_bare: bare.is_some(),
            signs,
            is_tight: bare.is_none() && dialect::without_blanks(sample, found.dialect.separator).is_some(),
        }
    }

    fn escapes(&self) -> Option<Escapes> {
        match (self.is_dump, self.has_backslashes) {
            (true, _) => Some(Escapes::Dump),
            (_, true) => Some(Escapes::Quotes),
            _ => None,
        }
    }

    /// What is said of it.
    fn remarks(&self, path: &Path) -> impl Iterator<Item = String> {
        let path = path.display();
        let is_said = self.has_backslashes && self.dialect.separator != b' ';
        let all = [
            self.is_dump.then(|| format!("{path}: {DUMP}")),
            self.is_bare.then(|| format!("{path}: each line is quoted as a whole: it is read without these quotes")),
            is_said.then(|| format!("{path}: a quote behind a backslash is read as one of the text")),
        ];
        all.into_iter().flatten()
    }
}

/// Separated values: the dialect is recognised by the sample.
pub(super) fn table<'a>(
    path: &Path,
    input: TextInput<Box<dyn Read + 'a>>,
    separators: &[u8],
    options: &ReadOptions,
    mut recognized: Recognized,
) -> Result<Opened<'a>, Error> {
    let writing = Writing::of(&input.sample, separators, options);
    let bytes: Box<dyn BufRead + 'a> = match (writing.is_bare, &writing.signs) {
        (_, Some(signs)) => Box::new(BufReader::new(Replaced::new(input.text, signs.clone()))),
        (true, _) => Box::new(quoted_lines::reader(input.text)),
        _ if writing.is_tight => Box::new(BufReader::new(Tight::new(input.text, writing.dialect.separator))),
        _ => Box::new(input.text),
    };
    let mut records = Records::new(bytes, writing.dialect).with_escapes(writing.escapes());
    if writing.is_told {
        records.skip_line().map_err(|error| Error::file(path, error))?;
    }
    records.set_width(writing.width);
    let mut table = Table::open(path, records, !options.no_header)?;
    writing.remarks(path).for_each(|remark| table.say(Some(remark)));
    if !options.no_header && options.text_field.is_none() {
        table.say(lone_header_remark(path, table.given_names()));
    }
    for (said, field) in [(&options.text_field, "text"), (&options.id_field, "id")] {
        let parameter = Mention::of(format!("{field}-field"));
        check_unique(path, table.given_names(), Some(said.as_deref().unwrap_or(field)), &parameter)?;
    }
    recognized.likeness = table.likeness();
    let signs = writing.signs.as_ref().map(|signs| format!("\"{}\"", String::from_utf8_lossy(signs)));
    recognized.format = said(writing.dialect, signs, writing.width, input.is_old_mac);
    recognized.follows = &["no-header"];
    Ok(Opened { rows: Box::new(table), recognized })
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

/// What is said of a dump of a database.
const DUMP: &str =
    "read as a dump of a database: \\N is an empty cell, \\n, \\t and \\\\ are a line break, a tab and a backslash";

fn said(dialect: Dialect, signs: Option<String>, width: usize, is_old_mac: bool) -> String {
    let separator = match dialect.separator {
        b'\t' => "tabs".to_owned(),
        b' ' => "blanks".to_owned(),
        control @ ..32 => format!("the character {control}"),
        other => format!("\"{}\"", char::from(other)),
    };
    let separator = signs.unwrap_or(separator);
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

/// A sample ends anywhere; half a record would look ragged.
pub(super) fn complete_lines(sample: &[u8]) -> &[u8] {
    let end = sample.iter().rposition(|&byte| byte == b'\n').filter(|_| sample.len() + FRONT >= SAMPLE);
    &sample[..end.map_or(sample.len(), |end| end + 1)]
}
