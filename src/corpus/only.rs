//! Rows of one kind: those of which a field has a value that the user wants.

use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::field::{Field, written};
use super::row::{NOT_WANTED, Problem, RawRow, RowReader};

/// Which rows are read: `Type=customer`, `Type=customer,guest`, `Type!=note`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Only {
    /// A column or a JSON pointer.
    field: String,
    /// What its value is to be: as a whole, or one of several with commas.
    value: String,
    /// Whether rows with such a value are those left out.
    is_without: bool,
}

impl Only {
    /// The field that is looked at.
    pub(super) fn field(&self) -> &str {
        &self.field
    }

    /// Whether a row with this value is read.
    fn takes(&self, value: &str) -> bool {
        let plain = |value: &str| value.trim().to_lowercase();
        let value = plain(value);
        let is_one = plain(&self.value) == value || self.value.split(',').any(|one| plain(one) == value);
        is_one != self.is_without
    }
}

impl FromStr for Only {
    type Err = String;

    fn from_str(said: &str) -> Result<Only, String> {
        let parts = said.split_once('=').map(|(field, value)| (field.strip_suffix('!'), field, value));
        match parts {
            Some((without, field, value)) if !without.unwrap_or(field).trim().is_empty() => Ok(Only {
                field: without.unwrap_or(field).trim().to_owned(),
                value: value.trim().to_owned(),
                is_without: without.is_some(),
            }),
            _ => Err("expected FIELD=VALUE, FIELD=VALUE,VALUE or FIELD!=VALUE".into()),
        }
    }
}

impl std::fmt::Display for Only {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}{}={}", self.field, if self.is_without { "!" } else { "" }, self.value)
    }
}

impl TryFrom<String> for Only {
    type Error = String;

    fn try_from(said: String) -> Result<Only, String> {
        said.parse()
    }
}

impl From<Only> for String {
    fn from(only: Only) -> String {
        only.to_string()
    }
}

/// The rows of a file, of which those that the user does not want are no documents.
pub(super) struct Wanted<'a> {
    rows: Box<dyn RowReader + 'a>,
    field: Field,
    only: Only,
}

impl<'a> Wanted<'a> {
    /// Nothing is read yet.
    pub(super) fn new(rows: Box<dyn RowReader + 'a>, field: Field, only: &Only) -> Wanted<'a> {
        Wanted { rows, field, only: only.clone() }
    }
}

impl RowReader for Wanted<'_> {
    fn inner(&self) -> Option<&dyn RowReader> {
        Some(self.rows.as_ref())
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(row) = self.rows.next_row()? else { return Ok(None) };
        let value = self.field.find(&row.fields).filter(|value| !value.is_null()).map_or_else(String::new, written);
        let left_out = (!self.only.takes(&value)).then_some(Problem::NoRow(NOT_WANTED));
        Ok(Some(RawRow { problem: row.problem.or(left_out), ..row }))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        self.rows.skip_row()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{error_of, notes, options, read_as, reason, texts};

    const THREADS: &str = "Type,Public,Body\ncustomer,true,\"The kettle, it leaks.\"\nnote,false,Ask Ann about it.\n\
                           guest,true,My parcel is late.\n,,Nobody said.\n";

    fn only(said: &str) -> ReadOptions {
        ReadOptions { only: Some(said.parse().unwrap()), ..options() }
    }

    #[test]
    fn rows_of_other_kinds_are_no_documents_and_counted() {
        for (said, wanted) in [
            ("Type=customer, guest", vec!["The kettle, it leaks.", "My parcel is late."]),
            ("Type!=note", vec!["The kettle, it leaks.", "My parcel is late.", "Nobody said."]),
            ("Type=", vec!["Nobody said."]),
            ("Body=The kettle, it leaks.", vec!["The kettle, it leaks."]),
        ] {
            let corpus = read_as("a.csv", THREADS.as_bytes(), &only(said)).unwrap();
            assert_eq!(texts(&corpus), wanted, "{said}");
            assert_eq!((corpus.rows.len(), reason(&corpus, 1)), (4, NOT_WANTED), "{said}");
            assert!(notes(&corpus).join("\n").contains(&format!("rows skipped: {NOT_WANTED}")) || wanted.len() == 3);
        }
        let lines = b"{\"a\": {\"public\": true}, \"text\": \"The kettle leaks.\"}\n{\"text\": \"Ask Ann.\"}\n";
        assert_eq!(texts(&read_as("a.jsonl", lines, &only("/a/public=true")).unwrap()), ["The kettle leaks."]);
    }

    #[test]
    fn a_field_that_is_not_there_lists_the_columns() {
        let problem = error_of("a.csv", THREADS.as_bytes(), &only("Kind=note"));
        assert!(problem.contains("no field \"Kind\"") && problem.contains("Public"), "{problem}");
        let problem = error_of("a.csv", THREADS.as_bytes(), &only("Type=bill"));
        assert!(problem.contains("leaves no row: \"Type\" holds such as \"customer\", \"note\""), "{problem}");
    }

    #[test]
    fn words_that_name_no_field_are_refused() {
        assert!("customer".parse::<Only>().is_err() && "=x".parse::<Only>().is_err() && "!=x".parse::<Only>().is_err());
        for said in ["a=b", "a!=b", "a=", "a=b=c"] {
            assert_eq!(said.parse::<Only>().unwrap().to_string(), said);
        }
    }
}
