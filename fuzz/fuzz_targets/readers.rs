//! Any bytes as a corpus in any format, read with any options: no panic, every row is accounted for, and a second reading finds the
//! same.
#![cfg_attr(not(test), no_main)]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use colligate::corpus::{
    Content, Corpus, Format, OnError, ReadOptions, RunIds, Source, Turns, foreign_share, labels, language_codes, read,
    survey,
};
use colligate::text::is_blank;
use colligate_fuzz::{literals, project};

/// What is told of the format; none where it is recognised.
const FORMATS: [Option<Format>; 8] = [
    None,
    Some(Format::Jsonl),
    Some(Format::Json),
    Some(Format::Csv),
    Some(Format::Tsv),
    Some(Format::Lines),
    Some(Format::Chat),
    Some(Format::Xlsx),
];
const NAMES: [&str; 16] = [
    "corpus", "a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt", "a.srt", "a.vtt", "a.log", "a.xls", "a.html", "a.tab",
    "a.ndjson", "a.js", "a.xlsx", "a.md",
];
const TEXT_FIELDS: [Option<&str>; 8] = [
    None,
    Some("text"),
    Some("body"),
    Some("column 2"),
    Some("/message/text"),
    Some("Comment"),
    Some("message"),
    Some(""),
];
const RECORDS: [Option<&str>; 8] =
    [None, Some("/messages"), Some("/items"), Some("/a/b"), Some("/0"), Some(""), Some("/data/list"), Some("/~1")];
const ID_FIELDS: [Option<&str>; 4] = [None, Some("id"), Some("/a"), Some("column 1")];
const SHEETS: [Option<&str>; 4] = [None, Some("Sheet1"), Some("*"), Some("two")];

/// Bytes before the content that say how it is read.
const HEAD: usize = 4;

struct Manner {
    options: ReadOptions,
    name: &'static str,
    /// Whether the lines and tabs of the content are the rows and cells of a workbook.
    is_workbook: bool,
    /// Whether it is read once more, and by the others that read corpora.
    is_thorough: bool,
    /// Whether it is two files.
    is_two: bool,
}

impl Manner {
    fn of([format, flags, turns, fields]: [u8; HEAD]) -> Manner {
        let one = |list: &[Option<&str>], number: u8| list[usize::from(number) % list.len()].map(str::to_owned);
        let is = |bit: u8| flags & bit != 0;
        let options = ReadOptions {
            format: FORMATS[usize::from(format) % FORMATS.len()],
            text_field: one(&TEXT_FIELDS, turns >> 2),
            id_field: one(&ID_FIELDS, fields),
            records: one(&RECORDS, turns >> 5),
            sheet: one(&SHEETS, fields >> 2),
            no_header: is(1),
            only: (fields & 0x80 != 0).then(|| "id!=1,a".parse().ok()).flatten(),
            join: (fields & 0x40 != 0).then(|| "id".to_owned()),
            turns: match (turns & 3, fields & 1) {
                (0, _) => Turns::All,
                (1, _) => Turns::User,
                (2, _) => Turns::Assistant,
                (_, 0) => Turns::Of(vec!["Ann".into()]),
                _ => Turns::Without(vec!["Ann".into()]),
            },
            on_error: if is(2) { OnError::Fail } else { OnError::Skip },
            keep_boilerplate: is(4),
            keep_fillers: is(8),
            limit: is(16).then_some(usize::from(fields >> 4)),
        };
        let name = NAMES[usize::from(format >> 4)];
        Manner { options, name, is_workbook: is(32), is_thorough: is(64), is_two: is(128) }
    }
}

/// A workbook with a sheet for each part between form feeds; a row that begins with a bell is hidden.
fn workbook(content: &[u8]) -> Option<Vec<u8>> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for part in content.split(|byte| *byte == 0x0c).take(4) {
        let sheet = book.add_worksheet();
        for (row, line) in String::from_utf8_lossy(part).split('\n').take(400).enumerate() {
            let row = row as u32;
            if line.starts_with('\x07') {
                sheet.set_row_hidden(row).ok()?;
            }
            for (column, cell) in line.split('\t').take(40).enumerate() {
                match cell.parse::<f64>() {
                    Ok(number) if number.is_finite() => sheet.write_number(row, column as u16, number).ok()?,
                    _ if cell.is_empty() => continue,
                    _ => sheet.write_string(row, column as u16, cell).ok()?,
                };
            }
        }
    }
    book.save_to_buffer().ok()
}

fn check(corpus: &Corpus) {
    let ids: HashSet<&str> = corpus.rows.iter().map(|row| corpus.id(row)).collect();
    assert_eq!(ids.len(), corpus.rows.len(), "each row has an id of its own");
    let documents: Vec<usize> = corpus
        .rows
        .iter()
        .filter_map(|row| match row.content {
            Content::Document(index) => Some(index),
            Content::Skipped(_) => None,
        })
        .collect();
    assert!(documents.into_iter().eq(0..corpus.documents.len()), "each document is a row, in their order");
    assert_eq!(corpus.weights().iter().sum::<f64>(), corpus.embedded().count() as f64);
    assert_eq!(corpus.representatives().len(), corpus.texts.len());
    let distinct: HashSet<usize> = corpus.documents.iter().map(|document| document.distinct).collect();
    let mut carried = 0;
    for &text in &distinct {
        let carriers = corpus.carriers(text);
        assert!(carriers.iter().all(|&index| corpus.documents[index].distinct == text), "{text}");
        carried += carriers.len();
    }
    assert_eq!(carried, corpus.documents.len(), "each document carries one text");
    for document in &corpus.documents {
        assert!(!is_blank(&document.text), "{:?}", document.id);
        assert_eq!(corpus.text(document.distinct), document.text);
        assert_eq!(document.distinct < corpus.texts.len(), document.has_content);
        assert!(!document.fields.contains_key("text") && !document.fields.contains_key("id"), "{:?}", document.fields);
        document.is_suspicious();
    }
    let texts = corpus.distinct_texts();
    assert!(foreign_share(&texts).iter().all(|share| (0.0..=1.0).contains(&share.share)));
    language_codes(&texts);
}

/// What else reads the same file.
fn check_others(path: &Path, options: &ReadOptions) {
    if let Ok(survey) = survey(path, options) {
        let skipped: usize = survey.skipped.iter().map(|(_, count)| count).sum();
        assert!(survey.stops.is_some() || survey.documents + skipped == survey.rows, "{survey:?}");
        assert!(survey.columns.iter().all(|column| column.filled <= survey.rows), "{survey:?}");
    }
    let ids = RunIds { field: Some("id"), is_row: &|_, _| true };
    if let Ok(labels) = labels(path, &ids, "Comment") {
        assert!(labels.iter().all(|label| !label.label.trim().is_empty() && label.line > 0), "{labels:?}");
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let mut contents = literals::below(&project().join("src/corpus"));
    contents.extend(literals::below(&project().join("tests")));
    for folder in std::env::var("MORE").unwrap_or_default().split(':').filter(|folder| !folder.is_empty()) {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        contents.extend(files.filter_map(|file| std::fs::read(file.path()).ok()));
    }
    contents.retain(|content| content.len() < 1 << 14);
    let heads = [[0, 64, 0, 0], [5, 0, 0, 0], [6, 64, 0, 0], [0, 32, 0, 8]];
    let is_of = |head: &[u8; HEAD], content: &[u8]| head[1] != 32 || content.contains(&b'\t');
    heads
        .iter()
        .flat_map(|head| {
            contents
                .iter()
                .filter(|content| is_of(head, content))
                .map(move |content| [head, content.as_slice()].concat())
        })
        .collect()
}

pub fn target(bytes: &[u8]) {
    let Some((head, content)) = bytes.split_first_chunk::<HEAD>() else { return };
    let manner = Manner::of(*head);
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join(manner.name);
    let sheets = if manner.is_workbook { workbook(content) } else { None };
    let content = sheets.as_deref().unwrap_or(content);
    let half = if manner.is_two { content.len() / 2 } else { content.len() };
    let write = |path: &PathBuf, bytes: &[u8]| std::fs::write(path, bytes).expect("the file is written");
    write(&path, &content[..half]);
    let second = folder.path().join("second");
    let source = match manner.is_two {
        true => {
            write(&second, &content[half..]);
            Source::Files(vec![path.clone(), second])
        }
        false => Source::File(path.clone()),
    };
    let corpus = read(&source, &manner.options);
    if let Ok(corpus) = &corpus {
        check(corpus);
        let is_ordered = corpus.rows.windows(2).all(|pair| pair[0].line < pair[1].line);
        assert!(is_ordered || manner.is_two, "rows stand in the order of their lines");
    }
    if manner.is_thorough {
        let again = read(&source, &manner.options);
        assert_eq!(again.map_err(|error| error.to_string()), corpus.map_err(|error| error.to_string()));
        check_others(&path, &manner.options);
    }
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
