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
            let problem = message!("none of its {count} rows is a document (line {line}: {reason})", count, line, reason);
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
