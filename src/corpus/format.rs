//! Which format a source is in: as told, else by its first bytes and its name.

use std::path::Path;

use super::dialect::rare_separator;
use super::discord::is_export;
use super::heads::is_chat;
use super::layout::is_list_of_objects;
use super::lookalike::{OF_PAGE, OF_TABLE, OF_TOML, OF_XML, Refused, is_log, is_toml};
use super::options::Format;
use super::subtitles::are_subtitles;
use super::unpack::ENDINGS;
use crate::error::Error;
use crate::message;
use crate::message::{Argument, Message};
use crate::shell::quoted_file;

/// What the first bytes say: formats that are not text, those that are not read among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    /// A workbook.
    Workbook,
    /// Apache Parquet.
    Parquet,
}

/// First bytes, the name of the format, and what to do: for formats that are not read.
const NOT_READ: [(&[u8], &str, &str); 28] = [
    (b"%PDF", "a PDF", "extract its text first (pdftotext) and read it with {+format lines}"),
    (b"BZh", "compressed with bzip2", "unpack it first: bunzip2"),
    (b"\xFD7zXZ\0", "compressed with xz", "unpack it first: unxz"),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", "unpack it first and name a file in it"),
    (b"Rar!", "a RAR archive", "unpack it first and name a file in it"),
    (
        b"SQLite format 3\0",
        "an SQLite database",
        "export a table as CSV: sqlite3 -csv -header {FILE} 'select * from …'",
    ),
    (b"ARROW1", "an Arrow file", "save it as Parquet or CSV"),
    (b"Obj\x01", "an Avro file", "save it as JSON lines: avro-tools tojson"),
    (b"ORC", "an ORC file", "save it as Parquet or CSV"),
    (b"{\\rtf", "a rich text document", "save it as plain text"),
    (b"\x89PNG", "an image", "name a file of texts"),
    (b"\xFF\xD8\xFF", "an image", "name a file of texts"),
    (b"GIF8", "an image", "name a file of texts"),
    (b"ID3", "a sound recording", SPOKEN),
    (b"\xFF\xFB", "a sound recording", SPOKEN),
    (b"OggS", "a sound recording", SPOKEN),
    (b"fLaC", "a sound recording", SPOKEN),
    (b"\x1A\x45\xDF\xA3", "a film", SPOKEN),
    (b"\x7FELF", "a program", "name a file of texts"),
    (b"$FL2@(#)", "a file of SPSS (.sav)", SPSS),
    (b"$FL3@(#)", "a file of SPSS (.zsav)", SPSS),
    (b"<stata_dta>", "a file of Stata (.dta)", STATA),
    (b"\0\0\0\0\0\0\0\0\0\0\0\0\xC2\xEA\x81\x60\xB3\x14\x11\xCF", "a file of SAS (.sas7bdat)", SAS),
    (b"HEADER RECORD*******", "a transport file of SAS (.xpt)", SAS),
    (b"X\n\0\0\0", "an object of R (.rds)", R),
    (b"RDX", "a workspace of R (.RData)", R),
    (b"\x89HDF\r\n\x1A\n", "an HDF5 file", "save its table as CSV or Parquet"),
    (b"FEA1", "a Feather file", "save it as Parquet or CSV"),
];
const SPOKEN: &str = "write down what is said in it first, and read that (.vtt, .srt, or plain text)";
const SPSS: &str = "save it as CSV in SPSS, or with pandas and pyreadstat: python3 -c \
    \"import pandas,sys; pandas.read_spss(sys.argv[1]).to_csv(sys.argv[1]+'.csv', index=False)\" {FILE}";
const STATA: &str = "save it as CSV in Stata, or with pandas: python3 -c \
    \"import pandas,sys; pandas.read_stata(sys.argv[1]).to_csv(sys.argv[1]+'.csv', index=False)\" {FILE}";
const SAS: &str = "save it as CSV in SAS, or with pandas: python3 -c \
    \"import pandas,sys; pandas.read_sas(sys.argv[1], encoding='utf-8').to_csv(sys.argv[1]+'.csv', index=False)\" {FILE}";
const R: &str =
    "save its table as CSV: Rscript -e 'write.csv(readRDS(commandArgs(TRUE)), \"texts.csv\", row.names=FALSE)' {FILE}";
/// What turns a table that a spreadsheet opens into one that is read.
const BY_SPREADSHEET: &str =
    "open it in a spreadsheet and save it as .xlsx, or: soffice --headless --convert-to xlsx {FILE}";
/// Kinds of XML: what stands near the beginning, what it is, and what to do.
const XML: [(&[u8], &str, &str); 6] = [
    (
        b"<en-export",
        "an export of Evernote (.enex)",
        "export the notes as HTML or text, or put their texts into a CSV file",
    ),
    (b"urn:schemas-microsoft-com:office:spreadsheet", "a workbook of Excel 2003 (XML)", BY_SPREADSHEET),
    (b"office:spreadsheet", "a workbook of OpenDocument in one XML file (.fods)", BY_SPREADSHEET),
    (b"<smses", "a backup of text messages (XML)", OF_XML),
    (b"<rss", "a feed of news (RSS)", OF_XML),
    (b"<feed", "a feed of news (Atom)", OF_XML),
];
/// Whether bytes are those of a workbook, or of another ZIP file or document of old Office, rather than of text.
pub fn is_workbook(front: &[u8]) -> bool {
    front.starts_with(b"PK\x03\x04") || front.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
}

/// Recognises what is not text, and refuses by its name what is not read.
pub(super) fn binary(path: &Path, told: Option<Format>, front: &[u8]) -> Result<Option<Binary>, Error> {
    if front.starts_with(b"PAR1") {
        return Ok(Some(Binary::Parquet));
    }
    let refuse = |what, cure| Err(refused(path, (what, cure)));
    if let Some((what, cure)) = of_old_office(path, front) {
        return refuse(what, cure);
    }
    if is_workbook(front) {
        return Ok(Some(Binary::Workbook));
    }
    if let Some((_, what, cure)) = NOT_READ.iter().find(|(magic, ..)| front.starts_with(magic)) {
        return refuse(what, cure);
    }
    let bare = front.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(front).trim_ascii_start();
    if [b"<?xml".as_slice(), b"<rss", b"<feed", b"<!DOCTYPE rss"].iter().any(|begin| bare.starts_with(begin)) {
        let holds = |part: &[u8]| front.windows(part.len()).any(|bytes| bytes == part);
        let kind = XML.iter().find(|(part, ..)| holds(part)).map(|(_, what, cure)| (*what, *cure));
        let (what, cure) = kind.unwrap_or(("an XML file", OF_XML));
        return refuse(what, cure);
    }
    if front.starts_with(b"RIFF") && front.get(8..12) == Some(b"WAVE") {
        return refuse("a sound recording", SPOKEN);
    }
    if front.get(4..8) == Some(b"ftyp") {
        return refuse("a film or a sound recording", SPOKEN);
    }
    if is_old_stata(front) {
        return refuse("a file of Stata (.dta)", STATA);
    }
    if is_utf_32(front) {
        return refuse("in UTF-32", "save it as UTF-8: iconv -f UTF-32 -t UTF-8");
    }
    if front.get(257..262) == Some(b"ustar") {
        return refuse("a tar archive", "unpack it first and name a file in it");
    }
    if is_html(front) && ["xls", "xlsx"].contains(&extension(path).as_str()) {
        return refuse("a web page that is called a workbook", BY_SPREADSHEET);
    }
    if is_html(front) && String::from_utf8_lossy(front).to_ascii_lowercase().contains("<table") {
        return refuse("a web page", OF_TABLE);
    }
    if is_html(front) {
        return refuse("a web page", OF_PAGE);
    }
    let wanted = match told {
        Some(Format::Xlsx) => "workbook",
        Some(Format::Parquet) => "Parquet file",
        _ => return Ok(None),
    };
    Err(Error::Usage(message!(
        "{path}: its first bytes are not those of a {wanted}: leave {-format} out, and it is read as what it is",
        path = path.display(),
        wanted
    )))
}

/// What a document of old Office is that is no workbook, by its name.
fn of_old_office(path: &Path, front: &[u8]) -> Option<Refused> {
    if !front.starts_with(b"\xD0\xCF\x11\xE0") {
        return None;
    }
    match extension(path).as_str() {
        "msg" => {
            Some(("a mail of Outlook (.msg)", "export the folder of mails as CSV in Outlook, or save them as .eml"))
        }
        "doc" => Some(("a Word document (.doc)", "save it as plain text, or copy its table into a CSV file")),
        "ppt" => Some(("a presentation (.ppt)", "save it as plain text")),
        _ => None,
    }
}

/// Whether bytes begin a file of Stata before version 13: its version, the order of bytes, and one.
fn is_old_stata(front: &[u8]) -> bool {
    matches!(front, [0x69..=0x73, 1 | 2, 1, 0, ..])
}

/// Whether each four bytes are a character: its number has one byte of zeros at least, and no other text has as many.
fn is_utf_32(front: &[u8]) -> bool {
    let (units, _) = front.as_chunks::<4>();
    let all = |number: fn([u8; 4]) -> u32| units.iter().all(|unit| (1..=0x0010_ffff).contains(&number(*unit)));
    units.len() > 1 && (all(u32::from_le_bytes) || all(u32::from_be_bytes))
}

fn is_html(front: &[u8]) -> bool {
    let front = front.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(front);
    let start: Vec<u8> = front.trim_ascii_start().iter().take(14).map(u8::to_ascii_lowercase).collect();
    start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

/// Whether a file is YAML by its name.
pub(super) fn is_yaml_by_name(path: &Path) -> bool {
    matches!(extension(path).as_str(), "yaml" | "yml")
}

/// Decides on the format of decoded text by its beginning; `is_whole` says whether that is all of it.
pub(super) fn text(path: &Path, sample: &[u8], is_whole: bool) -> Result<Format, Error> {
    let mut lines = sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let (first, second) = (lines.next().unwrap_or_default(), lines.next());
    // The last line of a sample may be cut.
    let first_is_whole = second.is_some() || is_whole;
    let named = by_extension(path).filter(|named| !belies(*named, first, first_is_whole));
    let zeros = sample.iter().filter(|byte| **byte == 0).count();
    if zeros > sample.len() / 50 && named.is_none() {
        return Err(Error::usage(format!(
            "{}: is not text: it is full of zero bytes, and its first bytes are those of no format that is read",
            path.display()
        )));
    }
    let separator = rare_separator(sample);
    let is_control = |byte: &&u8| matches!(byte, 1..=7 | 14..=26 | 28..=31) && Some(**byte) != separator;
    if sample.iter().filter(is_control).count() > sample.len() / CONTROLS {
        return Err(Error::usage(format!(
            "{}: is not text: it is full of control characters, and its first bytes are those of no format that is read",
            path.display()
        )));
    }
    if let Some((what, cure)) = mails(sample) {
        return Err(refused(path, (what, cure)));
    }
    let shown = String::from_utf8_lossy(sample);
    if named.is_none() && is_toml(&shown.lines().filter(|line| !line.trim().is_empty()).take(8).collect::<Vec<_>>()) {
        return Err(refused(path, ("TOML, which is not read", OF_TOML)));
    }
    let is_said = |test: fn(&str) -> bool| named.is_none() && test(&String::from_utf8_lossy(sample));
    Ok(match first.first() {
        _ if is_said(|sample| is_chat(sample) && !is_log(sample)) || is_said(is_export) || is_said(are_subtitles) => {
            Format::Chat
        }
        _ if named.is_none() && assignment(sample).is_some() => Format::Json,
        Some(b'[' | b'{') if named.is_none() && is_no_json(first) => Format::Csv,
        // JSON is read in either way as long as each object has a line; an object alone may hold a list.
        Some(b'"') if named.is_none() && are_strings(sample) => Format::Jsonl,
        Some(b'{') if matches!(named, None | Some(Format::Json)) && second.is_none() => Format::Json,
        Some(b'{') if matches!(named, None | Some(Format::Json | Format::Jsonl)) => {
            if first_is_whole && is_cut_object(first) { Format::Json } else { Format::Jsonl }
        }
        Some(b'[') if matches!(named, None | Some(Format::Json | Format::Jsonl)) => {
            let is_list_a_line = first.ends_with(b"]") && second.is_some_and(|second| second.starts_with(b"["));
            // Lists of records, such as the pages of an API, are read one after the other.
            let has_roles = first.windows(6).any(|part| part == b"\"role\"");
            if is_list_a_line && (has_roles || !is_list_of_objects(first)) { Format::Jsonl } else { Format::Json }
        }
        _ => named.unwrap_or(Format::Csv),
    })
}

/// Whether a text is plainly not what its name says: no JSON, or JSON in a file that is called a table.
fn belies(named: Format, first: &[u8], is_whole: bool) -> bool {
    match named {
        Format::Json | Format::Jsonl => {
            let word = first.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
            let is_word = first.first().is_some_and(u8::is_ascii_alphabetic);
            let is_value = [b"true".as_slice(), b"false", b"null", b"NaN", b"Infinity"].contains(&word);
            let has_separators = first.iter().any(|byte| b",;\t".contains(byte));
            is_word && !is_value && has_separators && assignment(first).is_none()
        }
        Format::Csv | Format::Tsv => {
            let is_json = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(first).is_ok();
            let opens_list =
                first.starts_with(b"[{\"") && (is_list_of_objects(first) || first.len() > 1 && is_cut_object(first));
            is_whole && first.starts_with(b"{\"") && is_json || opens_list
        }
        _ => false,
    }
}

/// The error of a file that is not read.
pub(super) fn refused(path: &Path, (what, cure): Refused) -> Error {
    Error::Usage(message!("{path}: is {what}; {cure}", path = path.display(), what, cure = with_names(cure, path)))
}

/// What to do with a file, with its name and that of its folder.
pub(super) fn with_names(cure: &'static str, path: &Path) -> Message {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = if path == Path::new("-") { "FOLDER".to_owned() } else { quoted_file(folder) };
    let results = ["jsonl", "json", "csv", "tsv"].map(|ending| (ending, result_name(path, ending)));
    let mut names: Vec<(&str, &dyn Argument)> = results.iter().map(|(name, file)| (*name, file as _)).collect();
    let file = file_name(path);
    names.extend([("FILE", &file as &dyn Argument), ("FOLDER", &folder)]);
    Message::filled(cure, &names)
}

/// The file that a command writes which reads this one: called after it, and another one.
pub(super) fn result_name(path: &Path, ending: &str) -> String {
    let is_same = path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
    match is_same {
        true => quoted_file(&path.with_extension(format!("new.{ending}"))),
        false => format!("{}.{ending}", file_name(path)),
    }
}

/// A file as a command line takes it; a word for it where it has no name.
pub(super) fn file_name(path: &Path) -> String {
    if path == Path::new("-") { "FILE".to_owned() } else { quoted_file(path) }
}

/// The bytes of `window.YTD.tweets.part0 =` or `callback(` before a list or an object, with which an archive of
/// Twitter's and other scripts begin.
pub(super) fn assignment(sample: &[u8]) -> Option<usize> {
    const DEFAULT: &[u8] = b"export default";
    let begins_list = |value: &[u8]| value.starts_with(b"[") || value.starts_with(b"{");
    if let Some(value) = sample.strip_prefix(DEFAULT).filter(|value| begins_list(value.trim_ascii_start())) {
        return Some(sample.len() - value.len());
    }
    let end = sample.iter().take(NAME).position(|byte| b"=(".contains(byte))?;
    let (name, value) = (sample[..end].trim_ascii(), sample[end + 1..].trim_ascii_start());
    let name = name.strip_prefix(b"export ").unwrap_or(name);
    let word = [b"var ".as_slice(), b"const ", b"let "].iter().find_map(|word| name.strip_prefix(*word));
    // Behind the name may stand its type: `const reviews: Review[] = [`.
    let name = word.and_then(|name| name.split(|byte| *byte == b':').next()).unwrap_or(name).trim_ascii();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._$".contains(byte);
    let is_named = name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_name);
    (begins_list(value) && is_named).then_some(end + 1)
}

/// Whether a line that begins with a bracket is plainly none of JSON: `[note] …`, `[21:05] …`, `{name} …`.
fn is_no_json(line: &[u8]) -> bool {
    let (open, inner) = (line.first(), line.get(1..).unwrap_or_default().trim_ascii_start());
    match (open, inner.first()) {
        (_, None | Some(b'{' | b'[' | b'"' | b'\'')) => false,
        (Some(b'['), _) => {
            serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err_and(|problem| !problem.is_eof())
        }
        // Names that are not quoted are JSON that is broken.
        _ => !inner.contains(&b':') && inner.first() != Some(&b'}'),
    }
}

/// One of so many bytes of a text may be a control character.
const CONTROLS: usize = 25;
/// Bytes in which the name stands that a script gives to a list.
const NAME: usize = 200;
/// How the mails of a mailbox become JSON lines: headers and texts are decoded by what each says.
const MAILBOX: &str = "export it as CSV or JSON, or turn it into JSON lines: python3 -c \
    \"import mailbox,json,sys,email,email.policy; [print(json.dumps({{\
    **{{n: m[h] for n, h in [('message_id', 'message-id'), ('date', 'date'), ('from', 'from'), ('subject', 'subject')]}}, \
    **{{n: ''.join(p.get_content() for p in m.walk() if p.get_content_type() == t and \
    p.get_content_disposition() != 'attachment') for n, t in [('text', 'text/plain'), ('html', 'text/html')]}}}})) \
    for m in mailbox.mbox(sys.argv[1], lambda f: email.message_from_binary_file(f, policy=email.policy.default))]\" \
    {FILE} > mails.jsonl";
/// How single mails become JSON lines.
pub(super) const MAILS: &str = "turn such mails into JSON lines: python3 -c \
    \"import json,sys,email,email.policy; [print(json.dumps({{\
    **{{n: m[h] for n, h in [('message_id', 'message-id'), ('date', 'date'), ('from', 'from'), ('subject', 'subject')]}}, \
    **{{n: ''.join(p.get_content() for p in m.walk() if p.get_content_type() == t and \
    p.get_content_disposition() != 'attachment') for n, t in [('text', 'text/plain'), ('html', 'text/html')]}}}})) \
    for f in sys.argv[1:] for m in [email.message_from_binary_file(open(f, 'rb'), policy=email.policy.default)]]\" \
    {FOLDER}/*.eml > mails.jsonl";
/// How mails that were copied or printed one below the other become JSON lines.
const COPIED_MAILS: &str = "turn them into JSON lines: python3 -c \
    \"import json,re,sys; [print(json.dumps({{'head': h, 'text': t.strip()}})) for h, _, t in \
    (m.partition('\\n\\n') for m in re.split(r'(?m)^(?=From:.*\\n(?:Sent|Date|To|Cc|Subject):)', open(sys.argv[1], encoding='utf-8').read()) if m.strip())]\" \
    {FILE} > mails.jsonl";
/// Names of the first lines of a mail, in small letters.
const MAIL_HEAD: [&str; 16] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "received",
    "return-path",
    "delivered-to",
    "message-id",
    "mime-version",
    "content-type",
    "reply-to",
    "sender",
    "dkim-signature",
    "authentication-results",
    "content-transfer-encoding",
];

/// What a text is that begins like a mailbox or a mail, and what to do: neither is read.
fn mails(sample: &[u8]) -> Option<Refused> {
    let text = String::from_utf8_lossy(sample);
    let text = text.trim_start_matches('\u{feff}');
    let begins_mailbox = text.starts_with("From ") && text.lines().next().is_some_and(|line| line.contains(':'));
    let head = if begins_mailbox { text.split_once('\n')?.1 } else { text };
    let is_head = |line: &&str| line.starts_with([' ', '\t']) || name_of_a_head(line).is_some();
    let head: Vec<&str> = head.lines().take_while(is_head).collect();
    let names: Vec<String> = head.iter().filter_map(|line| name_of_a_head(line)).collect();
    let known = names.iter().filter(|name| MAIL_HEAD.contains(&name.as_str())).count();
    let is_copied = names.iter().any(|name| name == "sent") && !names.iter().any(|name| name == "date");
    match known {
        3.. if is_copied => Some(("a text of several mails, one below the other, which is not read", COPIED_MAILS)),
        1.. if begins_mailbox => Some(("a mailbox (mbox), which is not read", MAILBOX)),
        3.. => Some(("a mail (.eml), which is not read", MAILS)),
        _ => None,
    }
}

/// `Message-ID: …`: the name in small letters.
fn name_of_a_head(line: &str) -> Option<String> {
    let (name, _) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_name.then(|| name.to_ascii_lowercase())
}

/// What a ZIP archive is that is no workbook, and what to do; nothing for one that is unknown.
#[cfg(feature = "workbooks")]
pub(super) fn archive(bytes: &[u8]) -> Option<Refused> {
    const TEXT: &str = "save it as plain text and read that with {+format lines}, or copy its table into a CSV file";
    // The names of the files in an archive stand at its end.
    let end = &bytes[bytes.len().saturating_sub(1 << 20)..];
    let holds = |name: &[u8]| end.windows(name.len()).any(|part| part == name);
    if holds(b"xl/workbook.") {
        return None;
    }
    // An OpenDocument file and a book begin with their kind, which is not compressed.
    let kind = bytes.get(30..110).unwrap_or_default();
    let is_kind = |name: &[u8]| kind.windows(name.len()).any(|part| part == name);
    if is_kind(b"mimetypeapplication/epub+zip") {
        return Some(("an electronic book (.epub)", "save it as plain text and read that with {+format lines}"));
    }
    if is_kind(b"mimetypeapplication/vnd.oasis.opendocument.text") {
        return Some(("a text document (.odt)", TEXT));
    }
    if is_kind(b"mimetypeapplication/vnd.oasis.opendocument.presentation") {
        return Some(("a presentation (.odp)", TEXT));
    }
    if holds(b"word/document.xml") {
        return Some(("a Word document (.docx)", TEXT));
    }
    holds(b"ppt/presentation.xml").then_some(("a presentation (.pptx)", TEXT))
}

/// Whether each line is a string of JSON, with a quote or a line end in it that no table writes so.
fn are_strings(sample: &[u8]) -> bool {
    let lines = sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    // The last line of a sample may be cut.
    let is_string = |line: &&[u8]| serde_json::from_slice::<String>(line).is_ok();
    let lines: Vec<&[u8]> = lines.take(STRINGS).collect();
    let escaped = lines.iter().any(|line| line.windows(2).any(|pair| matches!(pair, b"\\\"" | b"\\n" | b"\\u")));
    let whole = &lines[..lines.len() - usize::from(lines.len() > 1)];
    escaped && whole.iter().all(is_string)
}

/// Lines that show whether all are strings of JSON.
const STRINGS: usize = 50;

/// Whether an object goes on on the next line.
fn is_cut_object(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err_and(|problem| problem.is_eof())
}

/// The format that a name without the ending of a compressed file says.
fn by_extension(path: &Path) -> Option<Format> {
    match extension(path).as_str() {
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "json" | "json5" | "jsonc" | "jsonp" => Some(Format::Json),
        "csv" => Some(Format::Csv),
        "tsv" | "tab" => Some(Format::Tsv),
        _ => None,
    }
}

/// Whether a name says that a file is a table.
pub(super) fn is_table_by_name(path: &Path) -> bool {
    matches!(by_extension(path), Some(Format::Csv | Format::Tsv))
}

/// The ending in small letters, of the name without that of a compressed file.
pub(super) fn extension(path: &Path) -> String {
    let ending = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let last = ending(path);
    if ENDINGS.contains(&last.as_str()) { ending(Path::new(path.file_stem().unwrap_or_default())) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(path: &str, sample: &[u8]) -> Format {
        text(Path::new(path), sample, true).unwrap()
    }

    #[test]
    fn the_result_of_a_command_is_another_file_and_repeats_no_ending() {
        for (file, result) in [("a.jsonl", "a.new.jsonl"), ("a.txt", "a.txt.jsonl"), ("-", "FILE.jsonl")] {
            assert_eq!(result_name(Path::new(file), "jsonl"), result);
        }
    }

    #[test]
    fn the_extension_decides_on_what_is_no_json() {
        for path in ["a.jsonl", "a.ndjson", "a.JSONL", "a.jsonl.gz"] {
            assert_eq!(decided(path, b"x"), Format::Jsonl, "{path}");
        }
        assert_eq!(decided("a.csv", b"{"), Format::Csv);
        assert_eq!(decided("a.tsv", b"{"), Format::Tsv);
        assert_eq!(decided("a.tab.zst", b"["), Format::Tsv);
    }

    #[test]
    fn the_content_decides_where_the_extension_does_not() {
        assert_eq!(decided("-", b"\r\n {\"text\": 1}\n{\"text\": 2}\n"), Format::Jsonl);
        assert_eq!(decided("-", b"\r\n {\"texts\": [1]}\n"), Format::Json);
        assert_eq!(decided("a.txt", b"id,text"), Format::Csv);
        assert_eq!(decided("-", b""), Format::Csv);
        for path in ["a.json", "a.jsonl", "-"] {
            assert_eq!(decided(path, b"{\"text\": \"a\"}\n{\"text\": oops}\n"), Format::Jsonl, "{path}");
            assert_eq!(decided(path, b"{\n \"text\": \"a\"\n}\n"), Format::Json, "{path}");
            assert_eq!(decided(path, b"\n [{\"text\": \"a\"},\n{\"text\": \"b\"}]"), Format::Json, "{path}");
            assert_eq!(decided(path, b"[{\"role\": \"user\"}]\n[{\"role\": \"user\"}]\n"), Format::Jsonl, "{path}");
        }
    }

    #[test]
    fn a_name_that_the_content_belies_is_passed_over() {
        use crate::corpus::testing::{options, read_as};
        let rows = "id,comment\n1,the soup was cold\n2,nobody came\n";
        assert_eq!(read_as("a.json", rows.as_bytes(), &options()).unwrap().documents.len(), 2);
        for json in [
            "[{\"id\": 1, \"comment\": \"the soup was cold\"}, {\"id\": 2, \"comment\": \"nobody came to us\"}]",
            "{\"id\": 1, \"comment\": \"the soup was cold\"}\n{\"id\": 2, \"comment\": \"nobody came to us\"}\n",
        ] {
            assert_eq!(read_as("a.csv", json.as_bytes(), &options()).unwrap().documents.len(), 2, "{json}");
        }
    }

    #[test]
    fn lines_that_begin_with_a_bracket_are_not_json_for_that() {
        for line in ["[note] the soup", "[21:05] the soup", "[1] the soup", "[ ] buy milk", "{name} the soup"] {
            assert_eq!(decided("a.txt", format!("{line}\n{line}\n").as_bytes()), Format::Csv, "{line}");
        }
        for line in ["[1, 2,", "[", "[]", "[[\"a\"]]", "[\"a\" b", "[null,", "[{text: 1}]"] {
            assert_eq!(decided("a.txt", format!("{line}\nx\n").as_bytes()), Format::Json, "{line}");
        }
        assert_eq!(decided("a.txt", b"{text: \"a\"}\n{text: \"b\"}\n"), Format::Jsonl);
        let lines = "[note] the soup was cold, again\n[note] nobody came\n".repeat(20);
        let problem = crate::corpus::testing::error_of("a.txt", lines.as_bytes(), &crate::corpus::testing::options());
        assert!(problem.contains("looks like plain lines") && problem.contains("format=lines"), "{problem}");
    }

    #[test]
    fn what_is_not_read_is_called_by_its_name() {
        for (front, what) in [
            (&b"%PDF-1.7"[..], "is a PDF"),
            (b"BZh91AY", "is compressed with bzip2"),
            (b"SQLite format 3\0", "is an SQLite database"),
            (b"\n<!DOCTYPE HTML><html>", "is a web page"),
            (b"\xFF\xFE\0\0t\0\0\0", "is in UTF-32"),
            (b"\0\0\xFE\xFF\0\0\0t", "is in UTF-32"),
            (b"$FL2@(#) SPSS DATA FILE", "is a file of SPSS"),
            (b"<stata_dta><header>", "is a file of Stata"),
            (b"\x73\x02\x01\0\x05\0", "is a file of Stata"),
            (b"<?xml version=\"1.0\"?>\n<en-export>", "is an export of Evernote"),
            (b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">", "Excel 2003"),
            (b"<?xml version=\"1.0\"?><a/>", "is an XML file"),
            (b"ID3\x04\0\0", "is a sound recording"),
            (b"RIFF\x24\x08\0\0WAVEfmt ", "is a sound recording"),
            (b"\0\0\0\x20ftypisom", "is a film"),
            (b"t\0\0\0e\0\0\0x\0\0\0t\0\0\0\n\0\0\0", "is in UTF-32"),
            (b"\0\0\0t\0\0\x4E\x2D\0\x01\xF6\x00", "is in UTF-32"),
        ] {
            let problem = binary(Path::new("a"), None, front).unwrap_err();
            assert!(problem.to_string().contains(what), "{problem}");
            assert_eq!(problem.exit_code(), 2);
        }
        for other in ["t\0e\0x\0t\0\n\0", "text\nlate parcel", "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}"] {
            assert_eq!(binary(Path::new("a"), None, other.as_bytes()).unwrap(), None, "{other:?}");
        }
        let named = |name: &str, front: &[u8]| binary(Path::new(name), None, front).unwrap_err().to_string();
        assert!(named("a.msg", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1").contains("a mail of Outlook"));
        assert!(named("a.xls", b"<html><table>").contains("called a workbook"));
        assert!(named("my file.sav", b"$FL2@(#)").ends_with("'my file.sav'"));
        for told in [Format::Xlsx, Format::Parquet] {
            let problem = binary(Path::new("a.csv"), Some(told), b"id,text\n1,fine\n").unwrap_err().to_string();
            assert!(problem.contains("leave format out"), "{problem}");
        }
        let noise: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let noise = text(Path::new("a.bin"), &noise, true).unwrap_err().to_string();
        assert!(noise.contains("control characters") || noise.contains("zero bytes"), "{noise}");
        let zeros = text(Path::new("a.bin"), &[0; 100], true).unwrap_err();
        assert!(zeros.to_string().contains("is not text"), "{zeros}");
    }

    #[test]
    fn lines_of_strings_with_escapes_are_json() {
        let lines = "\"{\\\"text\\\": \\\"cold\\\"}\"\n\"it is \\u00fc\"\n";
        assert_eq!(decided("a.dump", lines.as_bytes()), Format::Jsonl);
        for other in ["\"it was \"\"cold\"\"\"\n\"so, so\"\n", "\"cold\",\"a\\n\"\n", "\"cold\"\n\"late\"\n"] {
            assert_eq!(decided("a.txt", other.as_bytes()), Format::Csv, "{other}");
        }
    }

    #[test]
    fn mailboxes_and_mails_are_called_by_their_name() {
        let mail = "From: Jane <j@x.example>\nTo: s@y.example\nSubject: Leak\nDate: Sat, 23 May 2026\n\nHi there\n";
        let refused =
            |path: &str, text: &str| super::text(Path::new(path), text.as_bytes(), true).unwrap_err().to_string();
        let mailbox = refused("a.mbox", &format!("From x@y.example Sat May 23 13:53:00 2026\n{mail}"));
        assert!(mailbox.contains("is a mailbox (mbox)") && mailbox.contains("import mailbox"), "{mailbox}");
        assert!(mailbox.contains("email.policy.default") && mailbox.ends_with("a.mbox > mails.jsonl"), "{mailbox}");
        let alone = refused("mail/a.eml", mail);
        assert!(alone.contains("is a mail (.eml)") && alone.ends_with("mail/*.eml > mails.jsonl"), "{alone}");
        let copied = "From: Ann <a@x.example>\nSent: Monday, 3 March 2025\nTo: s@y.example\nSubject: Leak\n\nHi\n\n";
        let copied = refused("a.txt", &copied.repeat(3));
        assert!(copied.contains("several mails") && copied.contains("From:.*\\n(?:Sent|"), "{copied}");
        let received = "Received: from a\n\tby b; Sat\nMessage-ID: <1@x>\nFrom: Jane\n\nHi";
        assert!(refused("-", received).contains("is a mail (.eml)"));
        for other in
            ["From the start: it was cold\nTo be fair, warm soup\n", "from,to,subject\na,b,c\n", "Date: now\nx\n"]
        {
            assert_eq!(decided("a.txt", other.as_bytes()), Format::Csv, "{other}");
        }
    }
}
