//! The clusters by the rows' own columns.

use maud::{Markup, html};

use super::Page;
use crate::report::summary::{Cell, ColumnTable, STANDS_OUT};
use crate::text::numbers::{count, thousands};

/// One table a column; nothing where no column is fit for one.
pub fn section(page: &Page) -> Markup {
    let columns = &page.summary.columns;
    html! {
        @if !columns.is_empty() {
            section.columns aria-labelledby="columns" {
                h2 #columns { "By column" }
                p.scale {
                    "Documents of each cluster that have the value and, where most values have thirty documents or more, "
                    "their share of all documents of that value."
                    @if columns.iter().any(|table| table.stands_out) { " " (STANDS_OUT) }
                }
                @for (number, table) in columns.iter().enumerate() { (one(number + 1, table)) }
            }
        }
    }
}

fn one(number: usize, table: &ColumnTable) -> Markup {
    let id = format!("column-{number}");
    html! {
        h3 id=(id) { bdi { (table.name) } @if let Some(period) = table.period { ", by " (period) } }
        div.wide role="region" aria-labelledby=(id) tabindex="0" {
            table.counts.many[table.values.len() > 8] {
                thead { tr {
                    td {}
                    @for (value, documents) in &table.values {
                        th scope="col" { bdi { (value) } span.of { (thousands(*documents as u64)) } }
                    }
                } }
                tbody {
                    @for row in &table.rows {
                        tr.outside[row.number.is_empty()] {
                            th scope="row" { span.number { (row.number) } " " bdi { (row.label) } }
                            @for one in &row.cells { (cell(one)) }
                        }
                    }
                }
            }
        }
        @if table.more > 0 { p.scale { "And " (count(table.more, "smaller cluster")) "." } }
    }
}

fn cell(cell: &Cell) -> Markup {
    html! {
        td.stands-out[!cell.mark().is_empty()] {
            @if !cell.mark().is_empty() { span.mark { (cell.mark()) } " " }
            @if cell.documents == 0 { span.nothing { "0" } } @else { (thousands(cell.documents as u64)) }
            @if let Some(percent) = &cell.percent { span.of { (percent) } }
        }
    }
}
