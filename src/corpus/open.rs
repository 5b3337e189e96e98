//! Which reader a file needs: unpacked, its format recognised, its beginning looked at.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::archive::{self, Zipped};
use super::format::{self, Binary};
use super::header::Likeness;
use super::input::{Input, front};
use super::options::ReadOptions;
use super::row::RowReader;
use super::unpack::unpacked;
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};

mod separated;
mod text;
mod workbook;

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
    /// How much what was taken for the header is like a row.
    pub(super) likeness: Likeness,
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
        Some(Binary::Workbook) => workbook::open(path, bytes, options),
        Some(Binary::Parquet) => parquet(path, bytes),
        None => text::open(path, bytes, options),
    }
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
