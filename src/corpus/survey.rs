//! What is recognised in a file, without a run: for `colligate columns`.

use std::collections::HashSet;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::collect::Collector;
use super::field::Field;
use super::input::Input;
use super::language::shares;
use super::open::{Opened, Recognized, open};
use super::options::ReadOptions;
use super::read::{find_text, head, join};
use super::row::RawRow;
use super::text_column::{self, Seen};
use super::{Content, LanguageShare, OnError};
use crate::error::Error;

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
    /// How the text was found, where nobody said and it is not called `text`; or why it was not.
    pub how: Option<String>,
    /// Another field that could be the text.
    pub another: Option<String>,
    /// Rows, without those that stand above the header.
    pub rows: usize,
    /// Rows that become documents.
    pub documents: usize,
    /// Rows that do not, by reason, the most frequent first.
    pub skipped: Vec<(String, usize)>,
    /// What is stripped, joined or set apart before grouping, each with the number of its documents.
    pub set_apart: Vec<(String, usize)>,
    /// Documents whose text another one has too.
    pub duplicates: usize,
    /// Languages of the texts, as far as they can be told.
    pub languages: Vec<LanguageShare>,
    /// What the user should know of how the file is read.
    pub notes: Vec<String>,
}

/// A field of a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// Its name, or a JSON pointer.
    pub name: String,
    /// A value of it.
    pub example: String,
    /// Rows in which it is filled, of those that were looked at.
    pub filled: usize,
}

/// Looks at a whole file. What cannot be read as it is, such as a text that is not plain, is said in the survey.
///
/// # Errors
/// When the file cannot be read, is in no format that is known, or holds no rows.
pub fn survey(path: &Path, options: &ReadOptions) -> Result<Survey, Error> {
    let options = ReadOptions { on_error: OnError::Skip, ..options.clone() };
    let mut input = Input::open(path, Sha256::new())?;
    let Opened { mut rows, recognized } = open(&mut input, &options)?;
    let failed = |error| Error::file(path, error);
    let head = head(rows.as_mut()).map_err(failed)?;
    let header = rows.header().to_vec();
    let mut survey = opening(&recognized, &text_column::look(&header, &head), rows.remarks());
    survey.notes.extend(recognized.unused(path, &options));
    let text = match find_text(path, &header, &head, recognized.header_is_a_row, &options) {
        Ok(found) => {
            survey.text = Some(found.field.spelled.clone());
            survey.how = found.how.map(str::to_owned);
            survey.another = found.another;
            found.field
        }
        Err(problem) => {
            let problem = problem.to_string();
            survey.how = problem.lines().next().map(|line| line.trim_end_matches(':').to_owned());
            Field::new("text")
        }
    };
    let text_name = text.column().map(str::to_owned);
    let mut collector = Collector::new(&options);
    collector.begin(path, text, options.id_field.as_deref().map_or_else(|| Field::new("id"), Field::new), false);
    let mut add = |row: RawRow| collector.add(join(row, &header, text_name.as_deref()));
    head.into_iter().try_for_each(&mut add)?;
    while let Some(row) = rows.next_row().map_err(failed)? {
        add(row)?;
    }
    if collector.taken().0.is_empty() {
        return Err(Error::file(path, collector.why_empty()));
    }
    survey.close(collector);
    Ok(survey)
}

fn opening(recognized: &Recognized, seen: &[Seen], remarks: &[String]) -> Survey {
    let column = |seen: &Seen| Column { name: seen.name.clone(), example: seen.example.clone(), filled: seen.filled };
    Survey {
        format: recognized.format.clone(),
        encoding: recognized.encoding.map(str::to_owned),
        packed: recognized.packed.map(str::to_owned),
        columns: seen.iter().map(column).collect(),
        text: None,
        how: None,
        another: None,
        rows: 0,
        documents: 0,
        skipped: Vec::new(),
        set_apart: Vec::new(),
        duplicates: 0,
        languages: Vec::new(),
        notes: remarks.to_vec(),
    }
}

impl Survey {
    fn close(&mut self, mut collector: Collector) {
        self.notes.extend(collector.notes());
        let steps = collector.make_readable().steps();
        self.set_apart = steps.into_iter().map(|(what, count)| (what.to_owned(), count)).collect();
        let (rows, documents) = collector.taken();
        self.rows = rows.len();
        self.documents = documents.len();
        let texts: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
        self.duplicates = texts.len() - texts.iter().collect::<HashSet<_>>().len();
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
