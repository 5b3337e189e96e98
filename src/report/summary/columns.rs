//! How the clusters differ by the rows' own columns: those of few values, and dates by month.

mod dates;
mod kind;

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::ClusterView;
use crate::report::words::shorten;
use crate::run::{AssignmentLine, DocumentLine, FinishedRun, NO_CONTENT, Status};
use crate::text::numbers::Precision;
use crate::text::sanitize::line;
use kind::{Headings, kinds};

/// Tables shown at most, in the order of the columns.
const TABLES: usize = 8;
/// Clusters that have a row in a table at most.
const ROWS: usize = 30;
/// Documents of a value from which percentages are shown, if most values of the column have them: below it they would be
/// over-read.
const ENOUGH: usize = 30;
/// Documents that chance would put into a cell, from which a cell can stand out.
const EXPECTED: f64 = 5.0;
/// Standard errors from what chance would give, from which a cell stands out.
const STANDS_OUT: f64 = 3.0;
/// Columns of a heading or a name at most.
const HEADING_COLUMNS: usize = 28;

/// The clusters by the values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnTable {
    /// The column's name.
    pub name: String,
    /// What the headings are: `month`, `quarter` or `year` of a date; else nothing.
    pub period: Option<&'static str>,
    /// The values, each with the number of documents that have it.
    pub values: Vec<(String, usize)>,
    /// One row a cluster, the largest first.
    pub rows: Vec<ColumnRow>,
    /// How many more clusters there are than rows.
    pub more: usize,
    /// Whether any cell stands out.
    pub stands_out: bool,
    /// For each document of the run which of the values it has.
    pub places: Vec<Option<usize>>,
}

/// One row of such a table.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnRow {
    /// The cluster's number; nothing for documents in none.
    pub number: String,
    /// The cluster's label.
    pub label: String,
    /// One cell a value.
    pub cells: Vec<Cell>,
}

/// The documents of one cluster that have one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// How many.
    pub documents: usize,
    /// As a share of all documents of the value, where these are enough.
    pub percent: Option<String>,
    /// Whether they are more or fewer than chance would give.
    pub stands_out: Ordering,
}

impl Cell {
    /// The mark of a cell that stands out.
    pub fn mark(&self) -> &'static str {
        match self.stands_out {
            Ordering::Greater => "▲",
            Ordering::Less => "▼",
            Ordering::Equal => "",
        }
    }
}

/// The tables of a run whose rows have columns that are fit for one.
pub fn tables(
    run: &FinishedRun,
    views: &[ClusterView],
    documents: &HashMap<&str, &DocumentLine>,
    precision: Precision,
) -> Vec<ColumnTable> {
    if views.is_empty() {
        return vec![];
    }
    let fit = kinds(&run.documents).into_iter();
    let tables = fit.map(|(column, headings)| table(column, &headings, run, views, documents, precision));
    tables.filter(has_distinct_headings).take(TABLES).collect()
}

/// Whether its headings, cut to the width of a page, can be told apart.
fn has_distinct_headings(table: &ColumnTable) -> bool {
    let mut seen = HashSet::new();
    table.values.iter().all(|(name, _)| seen.insert(name))
}

/// The documents with their rows; a skipped row may bear the id of one.
fn rows<'r, 'd>(
    run: &'r FinishedRun,
    documents: &'d HashMap<&str, &'d DocumentLine>,
) -> impl Iterator<Item = (&'r AssignmentLine, &'d DocumentLine)> {
    let kept = run.assignments.iter().filter(|row| row.status != Status::Skipped);
    kept.filter_map(|row| documents.get(row.id.as_str()).map(|document| (row, *document)))
}

fn table(
    column: &str,
    headings: &Headings,
    run: &FinishedRun,
    views: &[ClusterView],
    documents: &HashMap<&str, &DocumentLine>,
    precision: Precision,
) -> ColumnTable {
    let counted = Counted::of(column, headings, run, documents);
    let places =
        views.iter().take(ROWS).map(|view| (view.number.clone(), view.label.clone(), counted.of_cluster(&view.id)));
    let outside = [("in no cluster", &counted.none), (NO_CONTENT, &counted.no_content)];
    let outside = outside.into_iter().filter(|(_, counts)| counts.iter().any(|count| *count > 0));
    let outside = outside.map(|(label, counts)| (String::new(), label.to_owned(), counts.clone()));
    let rows: Vec<ColumnRow> = places
        .chain(outside)
        .map(|(number, label, counts)| ColumnRow { number, label, cells: cells(&counts, &counted.all, precision) })
        .collect();
    let heading = |name: &String| shorten(&line(name), HEADING_COLUMNS);
    ColumnTable {
        name: heading(&column.to_owned()),
        period: headings.period(),
        values: headings.names().iter().map(heading).zip(counted.all.iter().copied()).collect(),
        stands_out: rows.iter().flat_map(|row| &row.cells).any(|cell| cell.stands_out != Ordering::Equal),
        places: run.documents.iter().map(|document| headings.place(document.fields.get(column))).collect(),
        rows,
        more: views.len().saturating_sub(ROWS),
    }
}

/// Documents by value: all of them, those of each cluster, those in none, those that say nothing.
struct Counted<'a> {
    all: Vec<usize>,
    clusters: HashMap<&'a str, Vec<usize>>,
    none: Vec<usize>,
    no_content: Vec<usize>,
}

impl<'a> Counted<'a> {
    fn of(column: &str, headings: &Headings, run: &'a FinishedRun, documents: &HashMap<&str, &DocumentLine>) -> Self {
        let nothing = vec![0; headings.names().len()];
        let [all, none, no_content] = [nothing.clone(), nothing.clone(), nothing.clone()];
        let mut counted = Counted { all, clusters: HashMap::new(), none, no_content };
        for (row, document) in rows(run, documents) {
            let Some(place) = headings.place(document.fields.get(column)) else { continue };
            counted.all[place] += 1;
            for membership in &row.clusters {
                counted.clusters.entry(&membership.id).or_insert_with(|| nothing.clone())[place] += 1;
            }
            let outside = if row.says_nothing() { &mut counted.no_content } else { &mut counted.none };
            outside[place] += usize::from(row.clusters.is_empty());
        }
        counted
    }

    fn of_cluster(&self, id: &str) -> Vec<usize> {
        self.clusters.get(id).cloned().unwrap_or_else(|| vec![0; self.all.len()])
    }
}

/// `counts` of one row, where `all` documents have each value.
fn cells(counts: &[usize], all: &[usize], precision: Precision) -> Vec<Cell> {
    let (row, table): (usize, usize) = (counts.iter().sum(), all.iter().sum());
    let most_are_enough = 2 * all.iter().filter(|of| **of >= ENOUGH).count() > all.len();
    let cell = |(&documents, &of): (&usize, &usize)| Cell {
        documents,
        percent: (most_are_enough && of >= ENOUGH).then(|| precision.percent(documents as f64 / of as f64)),
        stands_out: stands_out(documents, row, of, table),
    };
    counts.iter().zip(all).map(cell).collect()
}

/// Whether a cell holds more or fewer than it would if row and column were independent, by its adjusted residual
/// (Haberman, 1973).
fn stands_out(documents: usize, row: usize, column: usize, table: usize) -> Ordering {
    let [documents, row, column, table] = [documents, row, column, table].map(|number| number as f64);
    let expected = row * column / table.max(1.0);
    let spread = (expected * (1.0 - row / table.max(1.0)) * (1.0 - column / table.max(1.0))).sqrt();
    match (documents - expected) / spread {
        _ if expected < EXPECTED => Ordering::Equal,
        residual if residual >= STANDS_OUT => Ordering::Greater,
        residual if residual <= -STANDS_OUT => Ordering::Less,
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::report::summary::Summary;
    use crate::run::fixture::RunBuilder;

    /// Two clusters; each pair of values is one document of the first and one of the second.
    fn tabled(name: &str, pairs: &[[Value; 2]]) -> Vec<ColumnTable> {
        let mut run = RunBuilder::by_goal("x");
        for cluster in 0..2 {
            let texts: Vec<String> = (0..pairs.len()).map(|number| format!("{cluster} {number}")).collect();
            run =
                run.cluster(["parcels", "brakes"][cluster], "p", &texts.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let mut run = run.uncovered("neither", "no").build();
        let values = pairs.iter().map(|pair| &pair[0]).chain(pairs.iter().map(|pair| &pair[1]));
        for (document, value) in run.documents.iter_mut().zip(values) {
            document.fields.insert(name.into(), value.clone());
        }
        run.documents.last_mut().unwrap().fields.insert(name.into(), pairs[0][0].clone());
        Summary::of(&run).columns
    }

    fn counts(row: &ColumnRow) -> Vec<usize> {
        row.cells.iter().map(|cell| cell.documents).collect()
    }

    #[test]
    fn a_column_of_few_values_is_counted_by_cluster() {
        let pairs: Vec<[Value; 2]> =
            vec![[json!("north"), json!("south")], [json!("north "), json!("north")], [json!("north"), json!(null)]];
        let table = tabled("shop", &pairs).remove(0);
        assert_eq!((table.name.as_str(), table.period), ("shop", None));
        assert_eq!(table.values, [("north".to_owned(), 5), ("south".to_owned(), 1), ("(empty)".to_owned(), 1)]);
        let rows: Vec<_> = table.rows.iter().map(|row| (row.label.as_str(), counts(row))).collect();
        assert_eq!(rows, [("parcels", vec![3, 0, 0]), ("brakes", vec![1, 1, 1]), ("in no cluster", vec![1, 0, 0])]);
        assert!(table.rows[0].cells.iter().all(|cell| cell.percent.is_none()), "five rows are too few for percentages");
    }

    #[test]
    fn dates_are_counted_by_month_and_months_between_are_shown() {
        let pairs = vec![[json!("2026-01-31"), json!("2026-03-01T10:00:00Z")]; 4];
        let table = tabled("when", &pairs).remove(0);
        assert_eq!((table.period, table.values.len()), (Some("month"), 3));
        assert_eq!(table.values[1], ("2026-02".to_owned(), 0));
        assert_eq!(counts(&table.rows[1]), [0, 0, 4]);
    }

    #[test]
    fn texts_numbers_of_their_own_and_lists_have_no_table() {
        let own: Vec<[Value; 2]> = (0..20).map(|number| [json!(number), json!(number + 100)]).collect();
        assert_eq!(tabled("order", &own), []);
        assert_eq!(tabled("tags", &vec![[json!(["a"]), json!(["b"])]; 9]), []);
        assert_eq!(tabled("same", &vec![[json!("a"), json!("a")]; 9]), [], "one value tells nothing");
    }

    #[test]
    fn a_column_of_a_few_long_texts_has_no_table() {
        let reply = |who: &str| {
            json!(format!("Hi there, thank you for taking the time to write to us. {who} will look at it."))
        };
        assert_eq!(tabled("reply", &vec![[reply("Kim"), reply("Lee")]; 9]), []);
        let alike = ["North", "South"].map(|end| json!(format!("Department of Works and Roads, {end}")));
        assert_eq!(tabled("office", &vec![alike; 9]), [], "headings that are cut to the same");
        let scale = [json!("Neither satisfied nor dissatisfied"), json!("Very dissatisfied with all of it")];
        assert_eq!(tabled("scale", &vec![scale; 9]).len(), 1);
    }

    #[test]
    fn numbers_stand_in_their_order_and_percentages_where_rows_are_enough() {
        let pairs = vec![[json!(10), json!(9)]; 40];
        let table = tabled("score", &pairs).remove(0);
        assert_eq!(table.values, [("9".to_owned(), 40), ("10".to_owned(), 41)]);
        let cell = &table.rows[0].cells[1];
        assert_eq!((cell.documents, cell.percent.as_deref(), cell.mark()), (40, Some("98%"), "▲"));
        assert_eq!((table.rows[0].cells[0].mark(), table.stands_out), ("▼", true));
    }

    #[test]
    fn a_hostile_value_is_one_short_line() {
        let hostile = format!("\u{202e}\x1b[31m\n{}", "x".repeat(90));
        let table = tabled(&hostile, &vec![[json!(hostile), json!("b")]; 9]).remove(0);
        for text in [&table.name, &table.values[0].0] {
            assert!(!text.contains(['\u{202e}', '\x1b', '\n']) && text.chars().count() <= 30, "{text:?}");
        }
    }
}
