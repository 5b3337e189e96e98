//! The report as a workbook: a summary, the tables by column, one sheet a cluster with all its documents.
//!
//! Every cell is written as a text or a number: a text that begins with `=` stays a text, and no cell is a link.

mod own;

use std::collections::{BTreeSet, HashMap};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use self::own::{Kind, kinds, own_cell};
use super::csv::{cell, own_columns, text_column};
use super::listing::{Entry, Listing, Members};
use super::summary::{STANDS_OUT, Summary};
use super::words::{by, flag, shorten};
use crate::error::Error;
use crate::run::FinishedRun;
use crate::spread::Share;
use crate::text::numbers::count;
use crate::text::sanitize::{block, line};

/// Rows of documents in the whole workbook at most; of larger runs it holds an even sample.
const ROWS: usize = 200_000;
/// Clusters that have a sheet of their own at most.
const SHEETS: usize = 250;
/// Characters of a cell at most: more a spreadsheet does not open.
const CELL: usize = 32_000;
/// Characters of a sheet's name at most.
const NAME: usize = 31;
/// Our columns in a sheet of documents, after the row's own.
const OURS: [&str; 8] = ["id", "cluster", "by", "confidence", "flags", "other clusters", "line", "reason"];

/// The workbook's bytes.
///
/// # Errors
/// Never for a run that fits into a workbook; what the library refuses is reported as a bug.
pub fn xlsx(run: &FinishedRun) -> Result<Vec<u8>, Error> {
    workbook(run, ROWS).map_err(|problem| Error::Bug(format!("the workbook: {problem}")))
}

fn workbook(run: &FinishedRun, most: usize) -> Result<Vec<u8>, XlsxError> {
    let (summary, listing) = (Summary::of(run), Listing::of(run, most));
    let own = own_columns(run);
    let columns = Columns { text: text_column(run, &own), kinds: kinds(run, &own), own, labels: labels(run) };
    let mut sheets = Sheets::new(&summary)?;
    sheets.add("Summary", |sheet| overview(sheet, &summary, &listing))?;
    if !summary.columns.is_empty() {
        sheets.add("By column", |sheet| by_column(sheet, &summary))?;
    }
    for cluster in summary.clusters.iter().take(SHEETS) {
        let Some(members) = listing.cluster(&cluster.id) else { continue };
        sheets.add(&format!("{} {}", cluster.number, cluster.label), |sheet| columns.write(sheet, members))?;
    }
    for (name, members) in
        [("In no cluster", &listing.outside), ("No content", &listing.no_content), ("Skipped rows", &listing.skipped)]
    {
        if members.all > 0 {
            sheets.add(name, |sheet| columns.write(sheet, members))?;
        }
    }
    sheets.book.save_to_buffer()
}

fn labels(run: &FinishedRun) -> HashMap<&str, String> {
    run.clusters.iter().map(|cluster| (cluster.id.as_str(), line(&cluster.label))).collect()
}

/// A workbook whose sheets have names of their own.
struct Sheets {
    book: Workbook,
    formats: Formats,
    names: BTreeSet<String>,
}

/// How cells look, made once: there may be millions of cells.
struct Formats {
    bold: Format,
    wrapped: Format,
    percent: Format,
    date: Format,
}

impl Default for Formats {
    fn default() -> Formats {
        Formats {
            bold: Format::new().set_bold(),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            percent: Format::new().set_num_format("0%"),
            date: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        }
    }
}

impl Sheets {
    /// An empty workbook. Its date is the run's, so that the same run gives the same bytes.
    fn new(summary: &Summary) -> Result<Sheets, XlsxError> {
        let mut book = Workbook::new();
        let date = summary.date.as_deref().and_then(|date| ExcelDateTime::parse_from_str(date).ok());
        let date = date.map_or_else(|| ExcelDateTime::from_ymd(2000, 1, 1), Ok)?;
        let properties = DocProperties::new().set_title(shorten(&summary.title, 200)).set_creation_datetime(&date);
        book.set_properties(&properties);
        Ok(Sheets { book, formats: Formats::default(), names: BTreeSet::new() })
    }

    fn add(&mut self, name: &str, write: impl FnOnce(&mut Sheet) -> Result<(), XlsxError>) -> Result<(), XlsxError> {
        let name = free_name(name, &self.names);
        self.names.insert(name.to_lowercase());
        let mut sheet = Sheet { sheet: self.book.add_worksheet(), formats: &self.formats, row: 0 };
        sheet.sheet.set_name(name)?;
        write(&mut sheet)
    }
}

/// A name that a workbook takes and that no sheet has: short, without the characters that it reserves.
fn free_name(wanted: &str, taken: &BTreeSet<String>) -> String {
    let plain: String = line(wanted).chars().map(|c| if "*?:[]\\/'".contains(c) { ' ' } else { c }).collect();
    let plain = if plain.trim().is_empty() { "cluster" } else { plain.trim() };
    let named = |ending: &str| {
        let mut name = String::new();
        for character in plain.chars() {
            let length = name.encode_utf16().count() + character.len_utf16() + ending.len();
            if length > NAME {
                break;
            }
            name.push(character);
        }
        format!("{}{ending}", name.trim_end())
    };
    let is_free =
        |name: &String| !name.is_empty() && !taken.contains(&name.to_lowercase()) && name.to_lowercase() != "history";
    let numbered = (2..).map(|number| named(&format!(" ({number})")));
    std::iter::once(named("")).chain(numbered).find(is_free).expect("there is always a next number; this is a bug")
}

/// A sheet that is written from the top, row by row.
struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    row: u32,
}

impl Sheet<'_> {
    /// Writes one row and goes to the next.
    fn line(&mut self, cells: &[Value]) -> Result<(), XlsxError> {
        let Formats { bold, wrapped, percent, date } = self.formats;
        for (column, value) in (0..).zip(cells) {
            match value {
                Value::Nothing => continue,
                Value::Number(number) => self.sheet.write_number(self.row, column, *number)?,
                Value::Percent(share) => self.sheet.write_number_with_format(self.row, column, *share, percent)?,
                Value::Date(time) => self.sheet.write_datetime_with_format(self.row, column, time, date)?,
                Value::Text(text) => self.sheet.write_string(self.row, column, cut(text))?,
                Value::Heading(text) => self.sheet.write_string_with_format(self.row, column, cut(text), bold)?,
                Value::Long(text) => self.sheet.write_string_with_format(self.row, column, cut(text), wrapped)?,
            };
        }
        self.row += 1;
        Ok(())
    }

    fn widths(&mut self, widths: &[f64]) -> Result<(), XlsxError> {
        for (column, width) in (0..).zip(widths) {
            self.sheet.set_column_width(column, *width)?;
        }
        Ok(())
    }
}

/// What a cell may be; never a formula.
enum Value {
    Nothing,
    Number(f64),
    Percent(f64),
    Date(ExcelDateTime),
    Text(String),
    Heading(String),
    Long(String),
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn heading(text: &str) -> Value {
    Value::Heading(text.into())
}

fn cut(text: &str) -> String {
    let end = text.char_indices().nth(CELL).map_or(text.len(), |(end, _)| end);
    if end < text.len() { format!("{}… (cut)", &text[..end]) } else { text.to_owned() }
}

fn overview(sheet: &mut Sheet, summary: &Summary, listing: &Listing) -> Result<(), XlsxError> {
    sheet.widths(&[16.0, 48.0, 12.0, 10.0, 10.0, 10.0, 48.0, 48.0])?;
    sheet.line(&[heading(&summary.title)])?;
    if let Some(how) = summary.without_model {
        sheet.line(&[text(how)])?;
    }
    for notice in &summary.notices {
        sheet.line(&[heading(notice.title), text(&notice.text)])?;
    }
    for sentence in summary.sentences.iter().chain(&summary.remark).chain(&summary.overlap) {
        sheet.line(&[text(sentence)])?;
    }
    sheet.line(&[text(summary.totals.line())])?;
    if listing.is_sample() {
        sheet.line(&[text(
            "The sheets of the large clusters hold an even sample: all documents stand in assignments.csv.",
        )])?;
    }
    sheet.line(&[])?;
    // Clusters by wording have no predicates: a column without any is left out.
    let has_predicates = summary.clusters.iter().any(|cluster| cluster.predicate.is_some());
    let predicate = has_predicates.then_some("predicate");
    let names = ["", "cluster", "documents", "share", "low", "high"].into_iter().chain(predicate).chain(["keywords"]);
    sheet.line(&names.map(heading).collect::<Vec<_>>())?;
    for cluster in &summary.clusters {
        let Share { estimate, low, high } = cluster.share;
        let [share, low, high] = [estimate, low, high].map(Value::Percent);
        let size = Value::Number(cluster.size as f64);
        let mut cells = vec![text(&cluster.number), text(&cluster.label), size, share, low, high];
        cells.extend(predicate.map(|_| text(cluster.predicate.clone().unwrap_or_default())));
        cells.push(text(cluster.keywords.join(", ")));
        sheet.line(&cells)?;
    }
    for part in &summary.outside {
        sheet.line(&[Value::Nothing, text(part.label), Value::Number(part.size as f64), Value::Percent(part.share)])?;
    }
    sheet.line(&[])?;
    for fact in &summary.facts {
        sheet.line(&[text(fact.name), text(&fact.value)])?;
    }
    Ok(())
}

fn by_column(sheet: &mut Sheet, summary: &Summary) -> Result<(), XlsxError> {
    sheet.widths(&[8.0, 48.0])?;
    for table in &summary.columns {
        let period = table.period.map_or(String::new(), |period| format!(", by {period}"));
        sheet.line(&[Value::Nothing, heading(&format!("{}{period}", table.name))])?;
        let values = table.values.iter().map(|(value, _)| heading(value));
        sheet.line(&[Value::Nothing, Value::Nothing].into_iter().chain(values).collect::<Vec<_>>())?;
        for row in &table.rows {
            let cells = row.cells.iter().map(|cell| Value::Number(cell.documents as f64));
            sheet.line(&[text(&row.number), text(&row.label)].into_iter().chain(cells).collect::<Vec<_>>())?;
        }
        let all = table.values.iter().map(|(_, documents)| Value::Number(*documents as f64));
        sheet.line(&[Value::Nothing, text("all documents")].into_iter().chain(all).collect::<Vec<_>>())?;
        if table.more > 0 {
            sheet.line(&[Value::Nothing, text(format!("and {}", count(table.more, "smaller cluster")))])?;
        }
        sheet.line(&[])?;
    }
    let marked: Vec<String> =
        summary.columns.iter().filter(|table| table.stands_out).map(|table| table.name.clone()).collect();
    if !marked.is_empty() {
        sheet.line(&[
            Value::Nothing,
            text(format!("Cells that stand out are marked in report.html ({}). {STANDS_OUT}", marked.join(", "))),
        ])?;
    }
    Ok(())
}

/// The columns of a sheet of documents.
struct Columns<'a> {
    text: Option<String>,
    own: Vec<&'a str>,
    kinds: Vec<Kind>,
    labels: HashMap<&'a str, String>,
}

impl Columns<'_> {
    fn write(&self, sheet: &mut Sheet, members: &Members) -> Result<(), XlsxError> {
        sheet.sheet.set_freeze_panes(1, 0)?;
        let own = self.own.iter().map(|name| line(name));
        let names: Vec<String> =
            self.text.iter().map(|name| line(name)).chain(own).chain(OURS.map(str::to_owned)).collect();
        if self.text.is_some() {
            sheet.sheet.set_column_width(0, 90)?;
        }
        sheet.line(&names.iter().map(|name| heading(name)).collect::<Vec<_>>())?;
        for entry in &members.shown {
            sheet.line(&self.cells(entry))?;
        }
        Ok(())
    }

    fn cells(&self, entry: &Entry) -> Vec<Value> {
        let document = entry.document;
        let whole = |name: &String| match document {
            Some(document) => Value::Long(document.text.as_deref().map(block).unwrap_or_default()),
            None => Value::Long(block(&cell(entry.row.fields.get(name)))),
        };
        let field = |name: &str| document.map_or(&entry.row.fields, |document| &document.fields).get(name);
        let own = self.own.iter().zip(&self.kinds).map(|(name, kind)| own_cell(field(name), *kind));
        self.text.iter().map(whole).chain(own).chain(self.ours(entry)).collect()
    }

    fn ours(&self, entry: &Entry) -> [Value; 8] {
        let row = entry.row;
        let flags: Vec<&str> = row.flags.iter().map(|one| flag(*one)).collect();
        let is_other = |id: &str| entry.membership.is_some_and(|membership| membership.id != id);
        let others = row.clusters.iter().filter(|place| is_other(&place.id));
        let others: Vec<&str> =
            others.filter_map(|place| self.labels.get(place.id.as_str())).map(String::as_str).collect();
        [
            text(line(&row.id)),
            entry.membership.and_then(|place| self.labels.get(place.id.as_str())).map_or(Value::Nothing, text),
            entry.membership.map_or(Value::Nothing, |place| text(by(place.by))),
            entry.membership.map_or(Value::Nothing, |place| Value::Number(place.confidence)),
            text(flags.join("; ")),
            text(others.join("; ")),
            Value::Number(row.line as f64),
            row.reason.as_deref().map_or(Value::Nothing, |reason| text(line(reason))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use serde_json::json;

    use super::*;
    use crate::run::fixture::{RunBuilder, small};

    /// The parts of a workbook, each as its text.
    fn parts(bytes: &[u8]) -> HashMap<String, String> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        let mut read = |name: &String| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        names.iter().map(|name| (name.clone(), read(name))).collect()
    }

    #[test]
    fn it_has_a_summary_and_one_sheet_a_cluster() {
        let parts = parts(&xlsx(&small().build()).unwrap());
        let book = &parts["xl/workbook.xml"];
        for name in ["Summary", "1 Better food", "2 Time to breathe", "In no cluster", "Skipped rows"] {
            assert!(book.contains(&format!("name=\"{name}\"")), "{name} in {book}");
        }
        let strings = &parts["xl/sharedStrings.xml"];
        for text in ["2 clusters hold 6 of 8 documents (75%).", "more fruit", "Une augmentation", "what would make"] {
            assert!(strings.contains(text), "{text}");
        }
    }

    #[test]
    fn no_cell_is_a_formula_or_a_link() {
        let hostile = "=HYPERLINK(\"http://evil.example\")";
        let run = RunBuilder::by_goal(hostile)
            .cluster(hostile, hostile, &[hostile, "https://evil.example"])
            .field(hostile, json!(hostile))
            .uncovered("+1+1\x1b[0m\u{202e}", hostile)
            .build();
        for (name, text) in parts(&xlsx(&run).unwrap()) {
            assert!(!text.contains("<f>") && !text.contains("<hyperlink"), "{name}");
            assert!(!text.contains(['\x1b', '\u{202e}']), "{name}");
        }
    }

    #[test]
    fn a_column_of_numbers_or_dates_is_one_that_a_spreadsheet_computes_with() {
        let mut run = small().build();
        for (place, document) in run.documents.iter_mut().enumerate() {
            document.fields.insert("score".into(), json!(format!("{}", 40 + place)));
            document.fields.insert("day".into(), json!("2026-11-29 08:05"));
            document.fields.insert("zip".into(), json!("01067"));
        }
        let parts = parts(&xlsx(&run).unwrap());
        let sheet = &parts["xl/worksheets/sheet2.xml"];
        assert!(sheet.contains("<v>40</v>") && sheet.contains("<v>46355.33"), "{sheet}");
        let strings = &parts["xl/sharedStrings.xml"];
        assert!(strings.contains("01067") && !strings.contains(">40<") && !strings.contains("08:05"), "{strings}");
    }

    #[test]
    fn the_same_run_gives_the_same_bytes() {
        assert!(xlsx(&small().build()).unwrap() == xlsx(&small().build()).unwrap());
    }

    #[test]
    fn names_of_sheets_are_short_legal_and_different() {
        let taken = BTreeSet::from(["a b".to_owned(), "x".repeat(31)]);
        assert_eq!(free_name("A/B", &taken), "A B (2)");
        assert_eq!(free_name(&"x".repeat(80), &taken), format!("{} (2)", "x".repeat(27)));
        assert_eq!(free_name("'quoted'", &taken), "quoted");
        assert_eq!(free_name("History", &taken), "History (2)");
        assert_eq!(free_name("///", &taken), "cluster");
        assert!(free_name(&"🚲".repeat(40), &taken).encode_utf16().count() <= 31);
    }

    #[test]
    fn a_text_that_no_spreadsheet_opens_is_cut() {
        let run = RunBuilder::by_goal("x").cluster("a", "p", &[&"long ".repeat(10_000)]).build();
        let strings = parts(&xlsx(&run).unwrap()).remove("xl/sharedStrings.xml").unwrap();
        assert!(strings.contains("… (cut)") && strings.len() < 40_000);
    }

    #[test]
    fn of_too_many_documents_a_sample_is_written_and_said() {
        let texts: Vec<String> = (0..60).map(|number| format!("text {number}")).collect();
        let run =
            RunBuilder::by_goal("x").cluster("a", "p", &texts.iter().map(String::as_str).collect::<Vec<_>>()).build();
        let parts = parts(&workbook(&run, 20).unwrap());
        assert_eq!(parts["xl/worksheets/sheet2.xml"].matches("<row ").count(), 21);
        assert!(parts["xl/sharedStrings.xml"].contains("hold an even sample"));
    }
}
