//! Rows that are parts of one text: the lines of a complaint, the turns of a call, each in a row that names what it belongs to.

use std::io;

use serde_json::Value;

use super::ahead::Ahead;
use super::field::{Field, written};
use super::line_reader::LONGEST;
use super::row::{RawRow, RowReader};
use crate::text::is_blank;

/// What ends a sentence, behind which a text goes on in a line of its own.
const ENDS: [char; 7] = ['.', '?', '!', '…', '。', '？', '！'];

/// The rows of a file, of which those that follow each other and belong together are one.
pub(super) struct RowsOfOne<'a> {
    rows: Ahead<'a>,
    key: Field,
    text: Field,
    next: Option<RawRow>,
}

impl<'a> RowsOfOne<'a> {
    /// Joins the texts of rows that have the same `key`, or none below one that has.
    pub(super) fn new(rows: Ahead<'a>, key: Field, text: Field) -> RowsOfOne<'a> {
        RowsOfOne { rows, key, text, next: None }
    }

    fn key(&self, row: &RawRow) -> Option<String> {
        let value = self.key.find(&row.fields).filter(|value| !value.is_null())?;
        Some(written(value)).filter(|key| !key.is_empty())
    }

    /// Adds the text of a row to that of the one it belongs to.
    fn join(&self, row: &mut RawRow, next: &RawRow) {
        let more = self.text.find(&next.fields).and_then(Value::as_str).filter(|text| !is_blank(text));
        let Some(more) = more.map(str::to_owned) else { return };
        match self.text.find_mut(&mut row.fields) {
            // In place: a text of many rows is not copied for each of them.
            Some(Value::String(text)) if !is_blank(text) => {
                text.truncate(text.trim_end().len());
                text.push(if text.ends_with(ENDS) { '\n' } else { ' ' });
                text.push_str(more.trim_start());
            }
            Some(value) => *value = more.into(),
            None => _ = row.fields.insert(self.text.spelled.clone(), more.into()),
        }
    }

    fn length(&self, row: &RawRow) -> usize {
        self.text.find(&row.fields).and_then(Value::as_str).map_or(0, str::len)
    }
}

impl RowReader for RowsOfOne<'_> {
    fn inner(&self) -> Option<&dyn RowReader> {
        Some(&self.rows)
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(mut row) = self.next.take().map_or_else(|| self.rows.next_row(), |row| Ok(Some(row)))? else {
            return Ok(None);
        };
        let key = self.key(&row).filter(|_| row.problem.is_none());
        while key.is_some()
            && let Some(next) = self.rows.next_row()?
        {
            let own = self.key(&next);
            let is_of_it = next.problem.is_none() && (own.is_none() || own == key);
            if !is_of_it || self.length(&row) + self.length(&next) > LONGEST {
                self.next = Some(next);
                break;
            }
            self.join(&mut row, &next);
        }
        Ok(Some(row))
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{error_of, ids, notes, options, read_as, texts};

    const LINES: &str = "Notification,Line,Plant,Long text\n200,1,Bern,The kettle leaks at\n,2,,its base when it\n,3,,is full.\n\
                         ,4,,Please call.\n201,1,Chur,My parcel is\n201,2,Chur,two weeks late.\n202,1,Chur,Nobody called me back.\n";

    fn joined(key: &str) -> ReadOptions {
        ReadOptions { join: Some(key.into()), ..options() }
    }

    #[test]
    fn lines_of_one_text_are_one_document_where_the_user_says_by_what() {
        let corpus = read_as("sap.csv", LINES.as_bytes(), &joined("Notification")).unwrap();
        let wanted = [
            "The kettle leaks at its base when it is full.\nPlease call.",
            "My parcel is two weeks late.",
            "Nobody called me back.",
        ];
        assert_eq!(texts(&corpus), wanted);
        assert_eq!(corpus.documents[0].fields["Plant"], "Bern");
        assert_eq!(ids(&corpus), ["200", "201", "202"]);
        assert!(error_of("sap.csv", LINES.as_bytes(), &joined("Ticket")).contains("no field \"Ticket\""));
    }

    #[test]
    fn a_column_that_counts_the_lines_of_one_text_is_told_with_what_joins_them() {
        let said = notes(&read_as("sap.csv", LINES.as_bytes(), &options()).unwrap()).join("\n");
        assert!(
            said.contains("\"Line\" counts the rows of each \"Notification\"") && said.contains("join=Notification"),
            "{said}"
        );
        let said = notes(&read_as("sap.csv", LINES.as_bytes(), &joined("Notification")).unwrap()).join("\n");
        assert!(!said.contains("counts the rows"), "{said}");
        // A number that goes on counts all rows, not those of one text.
        let all: String = (1..9).map(|n| format!("{n},{},The kettle leaks in week {n}\n", n / 2)).collect();
        let said = notes(&read_as("a.csv", format!("No,Shop,Text\n{all}").as_bytes(), &options()).unwrap()).join("\n");
        assert!(!said.contains("counts the rows"), "{said}");
    }

    #[test]
    fn a_text_of_very_many_rows_is_joined_in_linear_time() {
        let rows: String = (0..50_000).map(|_| "7,The kettle leaks at\n").collect();
        let corpus = read_as("a.csv", format!("Key,Text\n{rows}").as_bytes(), &joined("Key")).unwrap();
        assert_eq!(texts(&corpus)[0].len(), 50_000 * 20 - 1);
    }
}
