//! The rows' own fields as cells: a column of numbers or dates stays one, so that a spreadsheet can compute and filter.

use rust_xlsxwriter::ExcelDateTime;
use serde_json::Value as Json;

use super::Value;
use crate::report::csv::cell;
use crate::run::FinishedRun;
use crate::text::sanitize::block;

/// Digits of a number that a spreadsheet keeps; one with more may be a name, such as that of an account.
const DIGITS: usize = 15;

/// What all filled cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    /// `2026-11-29`, with or without a time.
    Date,
}

/// The kinds of the rows' own columns, in their order.
pub(super) fn kinds(run: &FinishedRun, own: &[&str]) -> Vec<Kind> {
    let of = |name: &&str| {
        let values = run.documents.iter().filter_map(|document| document.fields.get(*name));
        let filled: Vec<String> = values.map(written).filter(|value| !value.is_empty()).collect();
        match filled.as_slice() {
            [] => Kind::Text,
            all if all.iter().all(|value| number(value).is_some()) => Kind::Number,
            all if all.iter().all(|value| date(value).is_some()) => Kind::Date,
            _ => Kind::Text,
        }
    };
    own.iter().map(of).collect()
}

/// A field as a cell of its column.
pub(super) fn own_cell(value: Option<&Json>, kind: Kind) -> Value {
    if let Some(number) = value.and_then(Json::as_f64).filter(|number| number.is_finite()) {
        return Value::Number(number);
    }
    let written = value.map(written).unwrap_or_default();
    let found = match kind {
        Kind::Number => number(&written).map(Value::Number),
        Kind::Date => date(&written).map(Value::Date),
        Kind::Text => None,
    };
    found.unwrap_or_else(|| match block(&cell(value)) {
        empty if empty.is_empty() => Value::Nothing,
        filled => Value::Text(filled),
    })
}

fn written(value: &Json) -> String {
    cell(Some(value)).trim().to_owned()
}

/// A decimal number as a computer writes it: `007`, `+1` and `1e5` are names.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = are_digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(are_digits);
    let is_short = whole.len() + fraction.map_or(0, str::len) <= DIGITS;
    text.parse().ok().filter(|_| is_plain && is_short)
}

fn date(text: &str) -> Option<ExcelDateTime> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let shapes = ["0000-00-00", "0000-00-00 00:00", "0000-00-00 00:00:00", "0000-00-00T00:00", "0000-00-00T00:00:00"];
    let is_date = shapes.contains(&shape.strip_suffix('Z').unwrap_or(&shape));
    is_date.then(|| ExcelDateTime::parse_from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_numbers_stay_names() {
        for name in ["007", "+49", "1e5", "12345678901234567", "1.", ".5", "1,5", "", "-"] {
            assert_eq!(number(name), None, "{name}");
        }
        assert_eq!(["0", "-3", "2.50", "0.5"].map(number), [Some(0.0), Some(-3.0), Some(2.5), Some(0.5)]);
    }

    #[test]
    fn dates_are_those_that_can_be_read_in_one_way_only() {
        for text in ["2026-11-29", "2026-11-29 08:05", "2026-11-29T08:05:59Z"] {
            assert!(date(text).is_some(), "{text}");
        }
        for text in ["29.11.2026", "2026-13-01", "11/29/2026", "2026-11", "08:05"] {
            assert!(date(text).is_none(), "{text}");
        }
    }
}
