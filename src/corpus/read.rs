//! From bytes to a [`Corpus`]: the options, and the steps in their order.

use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use super::Corpus;
use super::collect::Collector;
use super::delimited::Delimited;
use super::field::Field;
use super::input::{self, Input};
use super::jsonl::Jsonl;
use super::row::{RawRow, RowReader};
use super::{format, hint};
use crate::error::Error;

/// So many bytes show the format.
const FRONT: usize = 4096;
/// So many rows show whether a field's name is wrong.
const HEAD: usize = 20;

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input, written `-`.
    Stdin,
}

/// The layout of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// Separated values with a header line; the separator is recognised.
    Csv,
    /// Tab-separated values with a header line.
    Tsv,
}

/// What to do with a row that is not a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// Stop with an error that names file, line and field.
    #[default]
    Fail,
    /// Keep the row with the status `skipped` and its reason.
    Skip,
}

/// How to read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// By the file's extension, else by its first bytes, when absent.
    pub format: Option<Format>,
    /// Column, or JSON pointer when it begins with `/`; `text` when absent.
    pub text_field: Option<String>,
    /// Column, or JSON pointer when it begins with `/`; `id` when absent (and then allowed to be missing).
    pub id_field: Option<String>,
    /// Fail at the first bad row, or skip it.
    pub on_error: OnError,
    /// Keep only so many rows that are documents, the first; the rest are skipped with the reason `beyond --limit`.
    pub limit: Option<usize>,
}

/// Reads a whole corpus.
///
/// A document without an id is called by its line number; so is a skipped row whose own id cannot be read or is taken,
/// with a suffix (`7-2`) where the number is another row's id. Rows beyond the limit are counted, not looked into.
///
/// # Errors
/// A file that cannot be read, a text field that does not exist (the message lists the fields there are and the ready
/// option), a file without documents, and, unless `on_error` is [`OnError::Skip`], the first row that is not a document.
pub fn read(source: &Source, options: &ReadOptions) -> Result<Corpus, Error> {
    read_input(Input::open(source)?, input::name(source), options)
}

fn read_input(mut input: Input, name: String, options: &ReadOptions) -> Result<Corpus, Error> {
    let path = input.path.clone();
    let text = Field::new(options.text_field.as_deref().unwrap_or("text"));
    let id = Field::new(options.id_field.as_deref().unwrap_or("id"));
    let mut collector = Collector::new(&path, &text, &id, options);
    let mut rows = rows(&mut input, &text, options)?;
    let head = head(rows.as_mut()).map_err(|error| Error::file(&path, error))?;
    hint::check_text(&path, &text, rows.header(), &head)?;
    if options.id_field.is_some() {
        hint::check_id(&path, &id, rows.header())?;
    }
    head.into_iter().try_for_each(|row| collector.add(row))?;
    collect(rows.as_mut(), &mut collector, &path)?;
    drop(rows);
    collector.finish(name, input.sha256())
}

/// The reader for the source's format.
fn rows<'a>(input: &'a mut Input, text: &Field, options: &ReadOptions) -> Result<Box<dyn RowReader + 'a>, Error> {
    let path = input.path.clone();
    let front = input::front(input, FRONT).map_err(|error| Error::file(&path, error))?;
    let format = format::decide(&path, options.format, &front)?;
    let bytes = Cursor::new(front).chain(input);
    Ok(match format {
        Format::Jsonl => Box::new(Jsonl::new(bytes)),
        Format::Csv => Box::new(Delimited::open_csv(&path, bytes, text)?),
        Format::Tsv => Box::new(Delimited::open_tsv(&path, bytes, text)?),
    })
}

/// The first rows, by which a wrong field name is recognised.
fn head(rows: &mut dyn RowReader) -> io::Result<Vec<RawRow>> {
    let mut head = Vec::new();
    while head.len() < HEAD
        && let Some(row) = rows.next_row()?
    {
        head.push(row);
    }
    Ok(head)
}

fn collect(rows: &mut dyn RowReader, collector: &mut Collector, path: &Path) -> Result<(), Error> {
    let failed = |error| Error::file(path, error);
    while !collector.is_full() {
        match rows.next_row().map_err(failed)? {
            Some(row) => collector.add(row)?,
            None => return Ok(()),
        }
    }
    while let Some(line) = rows.skip_row().map_err(failed)? {
        collector.add_beyond_limit(line);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{error_of, ids, options, read_as, skipping, texts};
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn standard_input_is_read_by_its_content() {
        let read_stdin =
            |bytes: &'static [u8]| read_input(Input::new(Path::new("-"), Box::new(bytes)), "stdin".into(), &options());
        assert_eq!(texts(&read_stdin(b"\n {\"text\": \"a\"}\n").unwrap()), ["a"]);
        let corpus = read_stdin(b"id|text\nx|a, b\n").unwrap();
        assert_eq!((texts(&corpus), ids(&corpus), corpus.name.as_str()), (vec!["a, b"], vec!["x"], "stdin"));
        assert_eq!(
            read_stdin(b"{\"text\": 1}").unwrap_err().to_string(),
            "-:1: field \"text\" is a number; a string is wanted; skip such rows with --on-error skip"
        );
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
    fn a_format_that_is_told_overrides_the_extension() {
        let options = ReadOptions { format: Some(Format::Jsonl), ..options() };
        assert_eq!(texts(&read_as("a.csv", b"{\"text\": \"a\"}", &options).unwrap()), ["a"]);
    }

    #[test]
    fn a_json_list_is_refused_with_the_way_out() {
        assert_eq!(
            error_of("a.json", b"[\n{\"text\": \"a\"}]", &options()),
            "a.json: holds a JSON list where one object a line is wanted; convert it with jq -c '.[]'"
        );
    }

    /// Bytes that mean something to a reader, and any others.
    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            proptest::sample::select(&PIECES[..]).prop_map(<[u8]>::to_vec),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    const PIECES: [&[u8]; 16] = [
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
            for format in [Format::Jsonl, Format::Csv, Format::Tsv] {
                let options = ReadOptions { format: Some(format), limit, ..skipping() };
                let input = Input::new(Path::new("-"), Box::new(Cursor::new(bytes.clone())));
                let Ok(corpus) = read_input(input, "stdin".into(), &options) else { continue };
                let unique: HashSet<&str> = ids(&corpus).into_iter().collect();
                prop_assert_eq!(unique.len(), corpus.rows.len());
                prop_assert!(corpus.rows.windows(2).all(|pair| pair[0].line < pair[1].line));
                prop_assert_eq!(corpus.weights().iter().sum::<f64>(), corpus.documents.len() as f64);
                for (index, document) in corpus.documents.iter().enumerate() {
                    prop_assert!(corpus.carriers(document.distinct).contains(&index));
                    prop_assert_eq!(corpus.text(document.distinct), &document.text);
                }
            }
        }
    }
}
