//! Text: which format it has, and the reader of its rows.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use super::separated::{complete_lines, table};
use super::{JSON, Opened, Recognized};
use crate::corpus::dialect::{self, SEPARATORS, is_no_table, is_plain_lines};
use crate::corpus::field::shown;
use crate::corpus::heads::{Manner, Order, holds_a_chat};
use crate::corpus::json::Json;
use crate::corpus::jsonl::Jsonl;
use crate::corpus::messages::Messages;
use crate::corpus::options::{Format, ReadOptions};
use crate::corpus::passages::Passages;
use crate::corpus::plain::{Bullets, Headings, Plain, numbered_list};
use crate::corpus::relaxed::{self, Relaxed};
use crate::corpus::row::RowReader;
use crate::corpus::said::Said;
use crate::corpus::sections::{self, Division};
use crate::corpus::speakers::Speakers;
use crate::corpus::subtitles::{Subtitles, are_subtitles};
use crate::corpus::text_input::TextInput;
use crate::corpus::whole::{self, Whole};
use crate::corpus::{format, hint, lookalike, signs};
use crate::error::Error;
use crate::message;

/// A file of text.
pub(super) fn open<'a>(path: &Path, bytes: Box<dyn Read + 'a>, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let mut input = TextInput::open(bytes).map_err(|error| Error::file(path, error))?;
    let format = format_of(path, &input, options)?;
    let mut recognized =
        Recognized { encoding: Some(input.encoding), format: named(format).into(), ..Recognized::default() };
    let has_pages = format == Format::Jsonl && options.records.is_some();
    recognized.follows = if has_pages || format == Format::Json { &["records"] } else { &[] };
    if matches!(format, Format::Json | Format::Jsonl) {
        if let Some(inner) = within_a_string(path, &mut input)? {
            return open(path, Box::new(Cursor::new(inner)), options);
        }
        check_is_json(path, &input.sample)?;
    }
    let rows: Box<dyn RowReader + 'a> = match format {
        Format::Jsonl if !has_pages && relaxed::is_relaxed(complete(&input), true) => {
            Box::new(Jsonl::new(BufReader::new(Relaxed::new(input.text))))
        }
        Format::Jsonl if !has_pages => Box::new(Jsonl::new(input.text)),
        Format::Json | Format::Jsonl => {
            let json = json(path, input, format, options)?;
            json.place().clone_into(&mut recognized.place);
            Box::new(json)
        }
        Format::Lines => {
            let sample = String::from_utf8_lossy(complete(&input)).into_owned();
            match numbered_list(&sample) {
                Some(pages) => Box::new(Plain::numbered(input.text, pages)),
                None => Box::new(Plain::new(input.text, Headings::of(&sample), Bullets::of(&sample))),
            }
        }
        Format::Chat if are_subtitles(&String::from_utf8_lossy(&input.sample)) => {
            recognized.format = "subtitles".into();
            Box::new(Speakers::new(Said::new(Subtitles::new(input.text)), &options.turns))
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

/// The format that the user said, or that a text plainly has.
fn format_of<R: Read>(path: &Path, input: &TextInput<R>, options: &ReadOptions) -> Result<Format, Error> {
    let format = match options.format {
        Some(format) => return Ok(format),
        None => format::text(path, &input.sample, input.is_short())?,
    };
    let sample = complete(input);
    let is_rare = dialect::rare_separator(sample).is_some() || signs::separator(sample).is_some();
    let is_guessed = !format::is_table_by_name(path) && format == Format::Csv && !is_rare;
    if is_guessed && says_no_columns(options) { of_lines(path, complete(input)) } else { Ok(format) }
}

/// What a format is called, where nothing else of the file says it.
fn named(format: Format) -> &'static str {
    match format {
        Format::Jsonl => "JSON lines",
        Format::Json => JSON,
        Format::Lines => "plain lines",
        Format::Chat => "messages of a chat",
        Format::Files => whole::SAID,
        Format::Csv | Format::Tsv | Format::Paragraphs | Format::Xlsx | Format::Parquet => "",
    }
}

/// JSON that is read as a whole, be it strict or not, or named by a script.
fn json<'a>(
    path: &Path,
    mut input: TextInput<Box<dyn Read + 'a>>,
    format: Format,
    options: &ReadOptions,
) -> Result<Json<'a>, Error> {
    let name = format::assignment(&input.sample).unwrap_or(0);
    let is_relaxed = match format {
        Format::Json => relaxed::is_relaxed(input.sample.get(name..).unwrap_or_default(), false),
        _ => relaxed::is_relaxed(complete(&input), true),
    };
    io::copy(&mut (&mut input.text).take(name as u64), &mut io::sink()).map_err(|error| Error::file(path, error))?;
    let bytes: Box<dyn BufRead + 'a> = match is_relaxed || name > 0 {
        true => Box::new(BufReader::new(Relaxed::new(input.text))),
        false => Box::new(input.text),
    };
    let mut json = Json::open(path, bytes, options.records.as_deref())?;
    json.say(is_relaxed.then(|| format!("{}: {RELAXED}", path.display())));
    Ok(json)
}

fn complete<R>(input: &TextInput<R>) -> &[u8] {
    complete_lines(&input.sample)
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
    let of_yaml = format::is_yaml_by_name(path).then_some(lookalike::YAML);
    if let Some(what) = lookalike::named(&text).or(of_yaml) {
        return Err(format::refused(path, what));
    }
    if sections::has_headings(&text) {
        return Ok(Format::Paragraphs);
    }
    let is_plain = is_plain_lines(sample);
    if is_plain && holds_a_chat(&text) {
        return Err(hint::unsaid_chat(path));
    }
    if is_plain && numbered_list(&text).is_some() {
        return Err(hint::unsaid_lines(path, false));
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
