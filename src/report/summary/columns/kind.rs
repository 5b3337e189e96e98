//! Which of the rows' own columns are fit for a table, and what stands at its head.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::dates::{Calendar, DayOrder};
use crate::run::DocumentLine;

/// Different values at most.
const VALUES: usize = 12;
/// Documents a value at least, on average: a column of numbers of their own is not a grouping.
const DOCUMENTS_A_VALUE: usize = 2;
/// Characters of the values on average, each counted once: longer ones are texts, such as replies
/// that were pasted in.
const LONGEST: usize = 60;
/// At least one document in this many has a value.
const FILLED: usize = 5;
/// What stands at the head of documents without a value.
const EMPTY: &str = "(empty)";

/// What stands at the head of a table.
pub enum Headings {
    /// The values, and where each stands; the last place may be that of documents without one.
    Values { names: Vec<String>, places: HashMap<String, usize>, empty: Option<usize> },
    /// Periods of a date.
    Periods(Calendar),
}

impl Headings {
    /// `month`, `quarter` or `year`.
    pub fn period(&self) -> Option<&'static str> {
        match self {
            Headings::Values { .. } => None,
            Headings::Periods(calendar) => Some(calendar.period()),
        }
    }

    /// The headings themselves.
    pub fn names(&self) -> &[String] {
        match self {
            Headings::Values { names, .. } => names,
            Headings::Periods(calendar) => calendar.names(),
        }
    }

    /// Where a document with this value is counted.
    pub fn place(&self, value: Option<&Value>) -> Option<usize> {
        let value = value.and_then(plain);
        match self {
            Headings::Values { places, empty, .. } => value.map_or(*empty, |value| places.get(&value).copied()),
            Headings::Periods(calendar) => calendar.place(&value?),
        }
    }
}

/// The columns that are fit for a table, in order of first appearance.
pub fn kinds(documents: &[DocumentLine]) -> Vec<(&str, Headings)> {
    let mut columns: Vec<(&str, Column)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, value) in documents.iter().flat_map(|document| &document.fields) {
        let place = *places.entry(name).or_insert_with(|| {
            columns.push((name, Column::default()));
            columns.len() - 1
        });
        columns[place].1.see(value);
    }
    let fit = columns.into_iter().filter_map(|(name, column)| Some((name, column.headings(documents.len())?)));
    fit.collect()
}

/// What is known of one column.
#[derive(Default)]
struct Column {
    filled: usize,
    /// Lists and objects.
    nested: bool,
    /// Counts by value, as long as these are few.
    values: BTreeMap<String, usize>,
    many: bool,
    /// Values that are a date by some order of day and month; the periods it would show.
    dates: HashMap<DayOrder, usize>,
    span: HashMap<DayOrder, HashSet<i32>>,
}

impl Column {
    fn see(&mut self, value: &Value) {
        self.nested |= value.is_array() || value.is_object();
        let Some(value) = plain(value) else { return };
        self.filled += 1;
        for order in DayOrder::ALL {
            if let Some(month) = order.month(&value) {
                *self.dates.entry(order).or_default() += 1;
                self.span.entry(order).or_default().insert(month);
            }
        }
        if !self.many {
            *self.values.entry(value).or_default() += 1;
            self.many = self.values.len() > VALUES;
        }
    }

    fn headings(self, documents: usize) -> Option<Headings> {
        let filled = self.filled * FILLED >= documents;
        if self.nested || !filled {
            return None;
        }
        self.calendar().map(Headings::Periods).or_else(|| self.few(documents))
    }

    /// The periods, if all values are dates and only one order of day and month reads them.
    fn calendar(&self) -> Option<Calendar> {
        let reads = |order: &DayOrder| self.dates.get(order) == Some(&self.filled);
        let orders: Vec<DayOrder> = DayOrder::ALL.into_iter().filter(reads).collect();
        let spans: Vec<&HashSet<i32>> = orders.iter().filter_map(|order| self.span.get(order)).collect();
        let alike = spans.windows(2).all(|pair| pair[0] == pair[1]);
        let (order, span) = (*orders.first()?, *spans.first()?);
        if alike { Calendar::over(span, order) } else { None }
    }

    fn few(self, documents: usize) -> Option<Headings> {
        let enough = self.filled >= DOCUMENTS_A_VALUE * self.values.len();
        let letters: usize = self.values.keys().map(|value| value.chars().count()).sum();
        let are_long = letters > LONGEST * self.values.len();
        if self.many || self.values.len() < 2 || !enough || are_long {
            return None;
        }
        let mut names = ordered(self.values);
        let places = names.iter().cloned().enumerate().map(|(place, name)| (name, place)).collect();
        let empty = (self.filled < documents).then_some(names.len());
        names.extend(empty.map(|_| EMPTY.to_owned()));
        Some(Headings::Values { names, places, empty })
    }
}

/// A value as a cell shows it; nothing where there is none.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Numbers ascending, with or without a word behind them (`5 stars`); anything else by how often it occurs.
fn ordered(values: BTreeMap<String, usize>) -> Vec<String> {
    let first = |value: &str| value.split_whitespace().next().unwrap_or_default().replace(',', ".");
    let number = |value: &str| first(value).parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers = values.keys().all(|value| number(value).is_some());
    let mut ordered: Vec<(String, usize)> = values.into_iter().collect();
    if numbers {
        ordered.sort_by(|a, b| number(&a.0).unwrap_or(0.0).total_cmp(&number(&b.0).unwrap_or(0.0)));
    } else {
        ordered.sort_by_key(|(_, documents)| std::cmp::Reverse(*documents));
    }
    ordered.into_iter().map(|(value, _)| value).collect()
}
