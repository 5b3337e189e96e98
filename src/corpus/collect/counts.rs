//! What is counted of all rows together, and said of them.

use std::collections::BTreeMap;
use std::path::Path;

use crate::corpus::deeper::Deeper;
use crate::corpus::field::shown;
use crate::corpus::row::Mend;
use crate::message::Message;

/// What is said of all rows together.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) empty: usize,
    /// Those of them that do not have the field of the text.
    pub(super) lacking: usize,
    /// Those of them that have a text in a column that is not read.
    pub(super) unread: usize,
    /// Rows whose text was empty and stood in a field beside it, and the names of both.
    pub(super) beside: Option<(usize, String, String)>,
    /// Texts within lists of the documents.
    pub(super) deeper: Deeper,
    /// Lines of a chat that are not messages with words.
    pub(super) notices: usize,
    /// Totals below tables, and where the first of them stands.
    pub(super) totals: Option<(usize, String)>,
    /// Lines of tables that are no rows, and where the first of each kind stands.
    pub(super) no_rows: BTreeMap<&'static str, (usize, String)>,
    /// Rows that were put right, each kind with the first of them.
    pub(super) mends: BTreeMap<Mend, (usize, String)>,
    /// Fields that were renamed.
    pub(super) renamed: BTreeMap<String, String>,
    /// Ids that an earlier file has too.
    pub(super) qualified: usize,
    /// Rows that are called by their lines as their ids cannot be theirs, where all others have one, and where the first stands.
    pub(super) by_line: Option<(usize, String)>,
}

impl Counts {
    /// What became of the rows and their fields, in sentences.
    pub(super) fn of_rows(&self, path: &Path) -> Vec<Message> {
        let mut notes: Vec<Message> = Vec::new();
        if self.empty > 0 {
            let lacking = match self.lacking {
                0 => String::new(),
                lacking => format!(" ({lacking} without the field)"),
            };
            let unread = match self.unread {
                0 => String::new(),
                unread => format!("; {unread} of them have a text in another column, which is not read"),
            };
            notes.push(format!("{} skipped: the text is empty{lacking}{unread}", rows(self.empty)).into());
        }
        notes.extend(self.deeper.said(path).map(Message::of));
        if self.notices > 0 {
            let count = rows(self.notices);
            notes.push(format!("{count} of the chat skipped: notices that nobody wrote, or files").into());
        }
        if let Some((count, first)) = &self.totals {
            let end = if *count == 1 { "a total at the end of the table" } else { "totals at the end of the table" };
            notes.push(format!("{} skipped: {end} (first: {first})", rows(*count)).into());
        }
        for (why, (count, first)) in &self.no_rows {
            notes.push(format!("{} skipped: {why} (first: {first})", rows(*count)).into());
        }
        if let Some((count, text, beside)) = &self.beside {
            let (count, text, beside) = (rows(*count), shown(text), shown(beside));
            notes.push(format!("in {count}, the field \"{text}\" is empty: the text is that of \"{beside}\"").into());
        }
        let mends = self.mends.iter();
        notes.extend(
            mends.map(|(mend, (count, first))| format!("in {}, {} (first: {first})", rows(*count), mend.what()).into()),
        );
        let renamed = self.renamed.iter();
        notes.extend(
            renamed.map(|(name, new)| {
                format!("the field \"{name}\" is called \"{new}\" beside the document's own").into()
            }),
        );
        notes
    }

    /// What the documents are called, where it is not what their rows say.
    pub(super) fn of_ids(&self) -> Vec<Message> {
        let mut notes: Vec<Message> = Vec::new();
        if let Some((count, first)) = &self.by_line {
            notes.push(
                format!(
                    "in {}, the id is that of an earlier row, or is none: the line stands for it (first: {first})",
                    rows(*count)
                )
                .into(),
            );
        }
        if self.qualified > 0 {
            notes.push(format!("{} named by file and id: another file has the id too", rows(self.qualified)).into());
        }
        notes
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".into() } else { format!("{count} rows") }
}
