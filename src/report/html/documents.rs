//! The documents under a heading: folded until they are opened, by hand or by the search.

use maud::{Markup, html};

use crate::methods::By;
use crate::report::listing::{Entry, Listing, Members};
use crate::report::words::{flag, shorten};
use crate::run::Flag;
use crate::text::numbers::{count, thousands};
use crate::text::sanitize::{block, line};

/// Bytes of all texts on the page at most.
const PAGE_BYTES: usize = 8_000_000;
/// Bytes of one text at most: the first of these with which all texts fit on the page.
const TEXT_BYTES: [usize; 4] = [65_536, 4_096, 1_024, 256];
/// Columns of a text that is not folded at most, and columns shown of one that is.
const FOLDED_COLUMNS: usize = 320;
/// Lines of a text that is not folded at most.
const FOLDED_LINES: usize = 6;
/// Columns of an id or a reason at most.
const ID_COLUMNS: usize = 80;

/// How many bytes of a text are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimit(usize);

impl TextLimit {
    /// The limit at which all texts of the listing fit on a page.
    pub fn of(listing: &Listing) -> TextLimit {
        let lengths: Vec<usize> = listing.shown().filter_map(text).map(str::len).collect();
        let fits = |limit: &usize| lengths.iter().map(|length| length.min(limit)).sum::<usize>() <= PAGE_BYTES;
        TextLimit(TEXT_BYTES.into_iter().find(fits).unwrap_or(TEXT_BYTES[TEXT_BYTES.len() - 1]))
    }

    /// The beginning of a text, sanitized, and whether it was cut.
    fn apply(self, text: &str) -> (String, bool) {
        let end = text.floor_char_boundary(self.0);
        (block(&text[..end]).trim().to_owned(), end < text.len())
    }
}

fn text<'a>(entry: &Entry<'a>) -> Option<&'a str> {
    entry.document?.text.as_deref()
}

/// The rows under one heading; `noun` is what they are.
pub fn documents(members: &Members, noun: &str, limit: TextLimit) -> Markup {
    let (all, shown) = (members.all, members.shown.len());
    html! {
        details.documents {
            summary {
                span.count {
                    @if all == shown { (if all == 1 { "The" } else { "All" }) " " (count(all, noun)) }
                    @else { (thousands(shown as u64)) " of " (count(all, noun)) }
                }
            }
            @if shown < all {
                p.scale { "An even sample, from the surest to the least sure. All of them stand in assignments.csv." }
            }
            ol role="list" { @for entry in &members.shown { (one(entry, limit)) } }
        }
    }
}

fn one(entry: &Entry, limit: TextLimit) -> Markup {
    html! {
        li data-row=(entry.row.line) {
            @match text(entry) {
                Some(text) => { (content(text, limit)) }
                None if entry.document.is_some() => { p.lacking { "text not kept" } }
                None => {}
            }
            (about(entry))
        }
    }
}

/// The text, folded where it is long.
fn content(text: &str, limit: TextLimit) -> Markup {
    let (text, cut) = limit.apply(text);
    let beginning = shorten(&line(&text), FOLDED_COLUMNS);
    let is_long = cut || beginning.ends_with('…') && !text.ends_with('…') || text.lines().count() > FOLDED_LINES;
    html! {
        @if is_long {
            details.long {
                summary dir="auto" lang="" { span.beginning { (beginning) } }
                p.text dir="auto" lang="" { (text) }
                @if cut { p.scale { "Cut here. The whole text stands in assignments.csv." } }
            }
        } @else {
            p.text dir="auto" lang="" { (text) }
        }
    }
}

/// The id, who put it there and how surely, flags, and why it is in no cluster.
fn about(entry: &Entry) -> Markup {
    let row = entry.row;
    html! {
        p.about {
            bdi.id { (shorten(&line(&row.id), ID_COLUMNS)) }
            @if entry.document.is_none() { " line " (row.line) }
            @if let Some(place) = entry.membership {
                " " span { (by(place.by)) } " " span.confidence { (format!("{:.2}", place.confidence)) }
                @if row.clusters.len() > 1 { " " span { "also in " (count(row.clusters.len() - 1, "other cluster")) } }
            }
            @for one in &row.flags { " " span.flag.suspicious[*one == Flag::Suspicious] { (flag(*one)) } }
            @if let Some(reason) = &row.reason { " " span dir="auto" { (shorten(&line(reason), 2 * ID_COLUMNS)) } }
        }
    }
}

fn by(by: By) -> &'static str {
    match by {
        By::Model => "judged by the model",
        By::Spread => "inferred by spread",
        By::Similarity => "by similarity",
        By::Person => "placed by a person",
    }
}
