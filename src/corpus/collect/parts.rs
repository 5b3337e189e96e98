//! A corpus that is read in parts: its first rows decide for all what can only be seen of many, and later ones follow.

use super::{Collector, ID, distinct_texts, rename_id, said_of_encoding};
use crate::corpus::mojibake::{self, Mended};
use crate::corpus::readable::{self, Habits};
use crate::corpus::taken::Taken;
use crate::corpus::{Content, Corpus, Document, Row, SetApart};
use crate::error::Error;
use crate::message;
use crate::message::Message;

use std::path::Path;

use serde_json::{Map, Value};

/// What the first rows have decided, and what there was before the rows that are held.
pub(in crate::corpus) struct Settled {
    /// Whether all rows are called by their lines.
    pub(super) is_by_lines: bool,
    /// The longest of the files before, and of this one, in lines.
    longest: (u64, u64),
    habits: Habits,
    mended: Mended,
    changed: readable::Counts,
    with_controls: usize,
    rows: usize,
    documents: usize,
    /// Why the first row is no document.
    first: Option<(u64, Message)>,
}

/// What is known of a corpus that was read in parts when all of it is read.
#[derive(Debug)]
pub struct Ended {
    /// sha256 of the raw bytes, in hexadecimal.
    pub sha256: String,
    /// Rows.
    pub rows: usize,
    /// What the user should know of how the files were read, in sentences.
    pub notes: Vec<Message>,
    /// What was stripped, joined or set apart.
    pub set_apart: Vec<SetApart>,
}

impl Collector<'_> {
    /// Rows that are held.
    pub(in crate::corpus) fn held(&self) -> usize {
        self.rows.len()
    }

    /// Whether a part was taken already.
    pub(in crate::corpus) fn is_settled(&self) -> bool {
        self.settled.is_some()
    }

    /// Documents of parts that were taken.
    pub(super) fn documents_before(&self) -> usize {
        self.settled.as_ref().map_or(0, |settled| settled.documents)
    }

    /// Takes the rows that are held as a corpus of their own, and says of each document whether an earlier one has its text: nothing
    /// of the first part, whose texts are seen together.
    pub(in crate::corpus) fn part(&mut self, name: &str) -> (Corpus, Option<Vec<bool>>) {
        let repeats = match self.settled.take() {
            None => {
                self.settle();
                None
            }
            Some(settled) => Some(self.follow(settled)),
        };
        if let Some(settled) = &mut self.settled {
            settled.rows += self.rows.len();
            settled.documents += self.documents.len();
        }
        let (rows, mut documents) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.documents));
        let (texts, apart, carriers) = distinct_texts(&mut documents);
        let (files, notes, set_apart) = (self.files_read(), Vec::new(), Vec::new());
        let (name, sha256) = (name.to_owned(), String::new());
        (Corpus { name, sha256, rows, documents, texts, apart, notes, set_apart, files, carriers }, repeats)
    }

    /// The first rows decide.
    fn settle(&mut self) {
        self.settle_ids();
        let has_ids = self.is_id_named() || self.found.field.is_some() || self.has_own;
        let is_by_lines = self.unfit.is_some() || !has_ids;
        self.name_skipped_rows();
        match is_by_lines {
            true => self.taken = Taken::hashes(),
            false => self.taken.forget_lines(),
        }
        let mended = mojibake::mend(&mut self.documents);
        let (with_controls, mut habits) = (self.with_controls(), Habits::default());
        let changed = readable::make(&mut self.documents, self.options, &mut habits);
        for document in &self.documents {
            self.taken.is_new_text(&document.text);
        }
        let of_this_file = self.files.last().map_or(0, |(first, _)| *first).min(self.rows.len());
        let longest = |rows: &[Row]| rows.iter().map(|row| row.line).max().unwrap_or(0);
        let (before, now) = self.rows.split_at(of_this_file);
        let longest = (longest(before), longest(now));
        let first = self.rows.first().and_then(|row| match &row.content {
            Content::Skipped(skipped) => Some((row.line, skipped.reason.message())),
            Content::Document(_) => None,
        });
        let (rows, documents) = (0, 0);
        self.settled =
            Some(Settled { is_by_lines, longest, habits, mended, changed, with_controls, rows, documents, first });
    }

    /// Later rows follow.
    fn follow(&mut self, mut settled: Settled) -> Vec<bool> {
        let mended = mojibake::mend_like(settled.mended, &mut self.documents);
        if let Mended::Some(count) = &mut settled.mended {
            *count += mended;
        }
        settled.with_controls += self.with_controls();
        settled.changed.add(readable::make(&mut self.documents, self.options, &mut settled.habits));
        self.settled = Some(settled);
        let taken = &mut self.taken;
        self.documents.iter().map(|document: &Document| !taken.is_new_text(&document.text)).collect()
    }

    /// What is known when all rows are read and taken.
    pub(in crate::corpus) fn end(mut self, sha256: String) -> Result<Ended, Error> {
        let mut notes = self.notes();
        let Some(settled) = self.settled.take() else { return Err(Error::Bug("no part of a corpus was taken".into())) };
        if settled.documents == 0 {
            let (count, (line, reason)) = (settled.rows, settled.first.unwrap_or_default());
            let problem =
                message!("none of its {count} rows is a document (line {line}: {reason})", count, line, reason);
            return Err(Error::file(Path::new(&self.file.path), problem));
        }
        notes.extend(said_of_encoding(settled.mended, settled.with_controls));
        notes.extend(settled.changed.notes());
        notes.extend(self.taken.said_of_bound());
        Ok(Ended { sha256, rows: settled.rows, notes, set_apart: settled.changed.steps() })
    }

    /// The rows of the next file are not those of this one.
    pub(super) fn turn_to_next_file(&mut self) {
        if let Some(Settled { longest: (before, now), .. }) = &mut self.settled {
            *before = (*before).max(std::mem::take(now));
        }
    }

    /// Keeps that a row has an id.
    pub(super) fn take(&mut self, id: &str, line: u64) {
        match &mut self.settled {
            Some(settled) if settled.is_by_lines => settled.longest.1 = settled.longest.1.max(line),
            _ => _ = self.taken.insert(id.to_owned(), self.file.number, line),
        }
    }

    /// What a document without an id is called. Where all are called by their lines, a line that an earlier file has too is called
    /// by file and line.
    pub(super) fn name_of_line(&mut self, line: u64) -> String {
        let Some(settled) = &self.settled else { return line.to_string() };
        let path = &self.file.path;
        if settled.is_by_lines {
            let is_taken = line <= settled.longest.0;
            self.counts.qualified += usize::from(is_taken);
            return if is_taken { format!("{path}:{line}") } else { line.to_string() };
        }
        let others = (2_u64..).map(|count| format!("{path}:{line}-{count}"));
        let mut names = [line.to_string(), format!("{path}:{line}")].into_iter().chain(others);
        names.find(|name| !self.taken.contains(name)).unwrap_or_else(|| line.to_string())
    }

    /// What a row is called that is skipped and has no id.
    pub(super) fn name_of_skipped(&mut self, line: u64) -> String {
        if self.settled.as_ref().is_some_and(|settled| settled.is_by_lines) {
            return self.name_of_line(line);
        }
        let others = (2_u64..).map(|count| format!("{line}-{count}"));
        let mut names = std::iter::once(line.to_string()).chain(others);
        names.find(|name| !self.taken.contains(name)).unwrap_or_else(|| line.to_string())
    }

    /// Takes the field `id` out of a later row's own fields, or calls it otherwise where it is not the id.
    pub(super) fn without_id(&mut self, fields: &mut Map<String, Value>) {
        let Some(settled) = &self.settled else { return };
        if settled.is_by_lines {
            rename_id(fields, &mut self.counts.renamed);
        } else if !self.is_id_named() {
            fields.shift_remove(ID);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{ids, options, skipping, texts};
    use crate::corpus::{Content, Corpus, Ended, InParts, Part, ReadOptions, Source, read_in_parts};

    /// What of a corpus does not depend on how it is divided.
    #[derive(Debug, Default, PartialEq)]
    struct Found {
        rows: Vec<(u64, String, Option<String>)>,
        texts: Vec<String>,
        fields: Vec<String>,
        repeats: Vec<bool>,
    }

    impl Found {
        fn add(&mut self, corpus: &Corpus, repeats: Option<Vec<bool>>) {
            let repeated = |index: usize| corpus.carriers(corpus.documents[index].distinct).len() > 1;
            for (row, id) in corpus.rows.iter().zip(ids(corpus)) {
                let reason = match &row.content {
                    Content::Skipped(skipped) => Some(skipped.reason.message().to_string()),
                    Content::Document(_) => None,
                };
                self.rows.push((row.line, id.to_owned(), reason));
            }
            self.texts.extend(texts(corpus).into_iter().map(str::to_owned));
            self.fields.extend(corpus.documents.iter().map(|one| serde_json::to_string(&one.fields).unwrap()));
            let all = 0..corpus.documents.len();
            self.repeats.extend(repeats.unwrap_or_else(|| all.map(repeated).collect()));
        }

        fn ids(&self) -> Vec<&str> {
            self.rows.iter().map(|(_, id, _)| id.as_str()).collect()
        }
    }

    fn read(
        files: &[(&str, &str)],
        first: usize,
        next: usize,
        options: &ReadOptions,
    ) -> (Found, Result<Option<Ended>, String>) {
        let folder = tempfile::tempdir().unwrap();
        let paths = files.iter().map(|(name, text)| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        });
        let (source, mut found) = (Source::Files(paths.collect()), Found::default());
        let ended = read_in_parts(&source, options, InParts { first, next }, &mut |part| {
            match part {
                Part::Whole(corpus) => found.add(&corpus, None),
                Part::Piece(corpus, repeats) => found.add(&corpus, repeats),
            }
            Ok(())
        });
        let bare = format!("{}/", folder.path().display());
        for (_, id, _) in &mut found.rows {
            *id = id.replace(&bare, "");
        }
        found.fields.iter_mut().for_each(|fields| *fields = fields.replace(&bare, ""));
        let without_folder = |mut ended: Ended| {
            ended.notes.iter_mut().for_each(|note| *note = note.to_string().replace(&bare, "").into());
            ended
        };
        let ended = ended.map(|ended| ended.map(without_folder));
        (found, ended.map_err(|problem| problem.to_string().replace(&bare, "")))
    }

    /// The same for parts of any size.
    fn divided(files: &[(&str, &str)], first: usize, options: &ReadOptions) -> (Found, Ended) {
        let (found, ended) = read(files, first, 1, options);
        let ended = ended.unwrap().unwrap();
        for next in [2, 3, 7, 1000] {
            let (other, of_other) = read(files, first, next, options);
            let of_other = of_other.unwrap().unwrap();
            assert_eq!(other, found, "{next}");
            assert_eq!((&of_other.sha256, of_other.rows), (&ended.sha256, ended.rows));
            assert_eq!(said(&of_other), said(&ended));
        }
        (found, ended)
    }

    fn said(ended: &Ended) -> String {
        ended.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_corpus_in_parts_is_the_whole_one() {
        let rows: String = (0..40).map(|n| format!("r{n},\"the lamp, number {}\",{n}\n", n % 30)).collect();
        let table = format!("id,text,n\n{rows}");
        let lines: String = (0..40).map(|n| format!("the lamp number {n}\n")).collect();
        for (name, text) in [("a.csv", table.as_str()), ("a.txt", lines.as_str())] {
            let format = (name == "a.txt").then_some(crate::corpus::Format::Lines);
            let options = ReadOptions { format, ..options() };
            let (whole, ended) = read(&[(name, text)], 40, 3, &options);
            assert!(ended.unwrap().is_none(), "it has no more rows than the first part");
            let (found, ended) = divided(&[(name, text)], 10, &options);
            assert_eq!((&found.rows, &found.texts, &found.fields), (&whole.rows, &whole.texts, &whole.fields));
            assert_eq!(
                (ended.rows, found.repeats.iter().filter(|repeats| **repeats).count()),
                (40, if name == "a.csv" { 10 } else { 0 })
            );
        }
    }

    #[test]
    fn a_later_row_without_an_id_of_its_own_is_called_by_its_line() {
        let text = "id,text\nx,a b c\ny,b c d\n,c d e\nx,d e f\n2,e f g\n7,f g h\n9,g h i\nz,h i j\n";
        let (found, ended) = divided(&[("a.csv", text)], 2, &options());
        assert_eq!(found.ids(), ["x", "y", "4", "5", "2", "7", "9", "z"]);
        assert!(
            said(&ended).contains(
                "in 2 rows, the id is that of an earlier row, or is none: the line stands for it (first: a.csv:4)"
            ),
            "{}",
            said(&ended)
        );
        assert_eq!(found.fields.iter().filter(|fields| fields.contains("id")).count(), 0);
        // Beyond the first part, a line may be an id already.
        let text = "id,text\nx,a b c\ny,b c d\n5,c d e\nx,d e f\n";
        assert_eq!(divided(&[("a.csv", text)], 2, &options()).0.ids(), ["x", "y", "5", "a.csv:5"]);
    }

    #[test]
    fn an_id_of_a_field_that_was_named_and_is_taken_is_an_error_with_its_line() {
        let text = "key,text\nx,a b c\ny,b c d\nz,c d e\nx,d e f\n";
        let by_key = ReadOptions { id_field: Some("key".into()), ..options() };
        let (found, ended) = read(&[("a.csv", text)], 2, 1, &by_key);
        let problem = ended.unwrap_err();
        assert!(problem.starts_with("a.csv:5: id \"x\" is taken by an earlier row; "), "{problem}");
        assert_eq!(found.ids(), ["x", "y", "z"], "what was there before was handed over");
        let (found, _) = divided(&[("a.csv", text)], 2, &ReadOptions { on_error: skipping().on_error, ..by_key });
        assert_eq!(found.rows[3], (5, "5".into(), Some("id \"x\" is taken by an earlier row".into())));
    }

    #[test]
    fn where_the_first_rows_are_called_by_their_lines_all_are() {
        let lines =
            "{\"text\": \"a b\"}\n\n{\"text\": \"b c\"}\n{\"text\": \"\"}\n{\"text\": \"c d\", \"id\": \"3\"}\n";
        let (found, _) = divided(&[("a.jsonl", lines)], 2, &options());
        assert_eq!(found.ids(), ["1", "3", "4", "5"]);
        assert_eq!(found.fields[2], r#"{"id (2)":"3"}"#);
        let twice = "id,text\nx,a b\nx,b c\ny,c d\n";
        let (found, ended) = divided(&[("a.csv", twice)], 2, &options());
        assert_eq!(found.ids(), ["2", "3", "4"]);
        assert!(said(&ended).contains("id \"x\" is taken by line 2"), "{}", said(&ended));
    }

    #[test]
    fn a_field_that_the_first_rows_show_to_be_the_id_is_that_of_all() {
        // More than are looked at to see which field it is.
        let rows: String = (1..=220).map(|n| format!("A-{n},number {n} is late\n")).collect();
        let text = format!("ticket_id,text\n{rows}A-1,d e f\n,e f g\nA-221,f g h\n");
        let (found, _) = divided(&[("a.csv", &text)], 210, &options());
        assert_eq!(found.ids()[..2], ["A-1", "A-2"]);
        assert_eq!(found.ids()[219..], ["A-220", "222", "223", "A-221"]);
    }

    #[test]
    fn several_files_have_ids_of_their_own() {
        let files = [("a.csv", "id,text\nx,a b\ny,b c\nz,c d\n"), ("b.csv", "id,text\nx,d e\nw,e f\nw,f g\n,g h\n")];
        let (found, ended) = divided(&files, 2, &options());
        assert_eq!(found.ids(), ["x", "y", "z", "b.csv:x", "w", "4", "5"]);
        assert!(said(&ended).contains("1 row named by file and id"), "{}", said(&ended));
        let lines = [
            ("a.jsonl", "{\"text\": \"a b\"}\n{\"text\": \"b c\"}\n"),
            ("b.jsonl", "{\"text\": \"c d\"}\n\n\n{\"text\": \"d e\"}\n"),
        ];
        let (found, _) = divided(&lines, 1, &options());
        assert_eq!(found.ids(), ["1", "2", "b.jsonl:1", "4"]);
    }

    #[test]
    fn what_the_first_texts_show_is_done_to_all() {
        let mail = |n: usize| {
            let own = ["the parcel is late", "the brake squeals", "my refund is missing", "the lamp flickers"][n % 4];
            let foot = "This message is confidential and intended for the addressee only, please delete it otherwise.";
            format!(
                "{{\"text\": \"In week {n}, {own} again.\\n{foot}\"}}\n{{\"text\": \"ok\"}}\n{{\"text\": \"n/a\"}}\n"
            )
        };
        let text: String = (0..40).map(mail).collect();
        let (whole, _) = read(&[("a.jsonl", &text)], 1000, 1, &options());
        let (found, ended) = divided(&[("a.jsonl", &text)], 60, &options());
        assert_eq!(found.texts, whole.texts);
        assert!(found.texts.iter().all(|text| !text.contains("confidential")));
        assert!(ended.set_apart.iter().any(|step| step.documents == 40), "{:?}", ended.set_apart);
        assert!(said(&ended).contains("80 texts say nothing"), "{}", said(&ended));
    }

    #[test]
    fn a_limit_holds_for_all_parts_and_no_documents_at_all_are_an_error() {
        let text: String = (0..9).map(|n| format!("{{\"text\": \"number {n}\"}}\n")).collect();
        let (found, ended) = divided(&[("a.jsonl", &text)], 3, &ReadOptions { limit: Some(5), ..options() });
        let beyond = found.rows.iter().filter(|(_, _, reason)| reason.as_deref() == Some("beyond limit")).count();
        assert_eq!((found.texts.len(), beyond, ended.rows), (5, 4, 9));
        let empty = "{\"text\": \"\"}\n".repeat(5);
        let (_, ended) = read(&[("a.jsonl", &empty)], 2, 1, &options());
        assert_eq!(ended.unwrap_err(), "a.jsonl: none of its 5 rows is a document (line 1: empty text)");
    }
}
