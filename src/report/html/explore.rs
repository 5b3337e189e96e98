//! What the script makes of the documents that are on the page: a contents tree, a map, one list, tables that follow it.
//!
//! Without the script the section is not shown: its documents stand in the lists below. What overlaps is a table of its own,
//! which needs no script.

use maud::{Markup, PreEscaped, html};

use super::Page;
use super::data::{Data, Overlaps};
use crate::run::DocumentMap;
use crate::text::numbers::{count, thousands};

/// The section, which the script shows.
pub fn section(page: &Page) -> Markup {
    let data = Data::of(page);
    html! {
        @if data.len() > 0 {
            section.explore #explore aria-labelledby="exploring" hidden {
                h2 #exploring { "Explore" }
                p.scale { (introduction(page, data.len())) }
                (search(page, data.len()))
                div.bench[matches!(page.map, DocumentMap::Points(_))] {
                    nav #contents aria-label="Contents" {}
                    @if matches!(page.map, DocumentMap::Points(_)) { (map()) }
                }
                div #values {}
                div.results {
                    div {
                        h3 #chosen {}
                        ol.found #list role="list" aria-labelledby="chosen" {}
                        p { button #more type="button" hidden { "Show more" } }
                    }
                    div #tables {}
                }
            }
            script #data type="application/json" { (PreEscaped(data.json())) }
        }
    }
}

fn introduction(page: &Page, shown: usize) -> Markup {
    let all = page.summary.totals.documents;
    html! {
        @if page.listing.is_sample() {
            "A sample of " (thousands(shown as u64)) " of " (count(all, "document")) ": small clusters are whole, of larger ones \
            the documents are drawn evenly, so that there are no shares of all clusters together here. Counts here are of the \
            sample; all documents are counted in the overview and by column. "
        }
        @match page.map.lacking() {
            Some(why) => { (why) }
            None => {
                "Each point is a document; near points are worded alike. How far apart two distant groups are, and how dense one \
                is, says nothing. Drag around points to choose them."
            }
        }
    }
}

/// The words that are searched for, how many documents are chosen, and what can be done with them.
fn search(page: &Page, shown: usize) -> Markup {
    html! {
        form #search role="search" {
            label for="words" { "Search " (count(shown, "document")) @if page.listing.is_sample() { " (a sample)" } }
            input #words type="search" autocomplete="off" spellcheck="false";
            output #found for="words" aria-live="polite" {}
            button #clear type="button" hidden { "Show all" }
            button #download type="button" { "Download as CSV" }
        }
    }
}

fn map() -> Markup {
    html! {
        figure.map {
            div.tools {
                label for="colored" { "Color by" } " "
                select #colored {}
                button #draw type="button" aria-pressed="false" { "Draw around points" }
                button #closer type="button" aria-label="Zoom in" { "+" }
                button #farther type="button" aria-label="Zoom out" { "−" }
            }
            div.sheet {
                canvas #map tabindex="0" role="application" aria-roledescription="map" aria-describedby="as-table" {}
                p.near #near hidden {}
            }
            p #legend {}
            output.unseen #here aria-live="polite" {}
            details.as-table { summary #as-table { "The map as a table" } div #neighbors {} }
        }
    }
}

/// How many documents two clusters have in common; nothing where no document is in several.
pub fn overlaps(page: &Page) -> Markup {
    let Overlaps { clusters, common } = Overlaps::of(page.run, &page.summary.clusters);
    html! {
        @if !clusters.is_empty() {
            section.columns aria-labelledby="overlaps" {
                h2 #overlaps { "In several clusters" }
                p.scale {
                    "Documents that two clusters have in common, and their share of the documents of the cluster at the left."
                }
                div.wide role="region" aria-labelledby="overlaps" tabindex="0" {
                    table.counts.many[clusters.len() > 8] {
                        thead { tr {
                            td {}
                            @for cluster in &clusters { th scope="col" { span.number { (cluster.number) } span.unseen { " " (cluster.label) } } }
                        } }
                        tbody {
                            @for (one, row) in clusters.iter().zip(&common) {
                                tr {
                                    th scope="row" { span.number { (one.number) } " " bdi { (one.label) } }
                                    @for (other, count) in clusters.iter().zip(row) { (cell(page, one.id == other.id, *count, one.size)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(page: &Page, is_itself: bool, count: usize, size: usize) -> Markup {
    html! {
        td {
            @if is_itself { span.nothing { "–" } }
            @else if count == 0 { span.nothing { "0" } }
            @else { (thousands(count as u64)) span.of { (page.precision().percent(count as f64 / size.max(1) as f64)) } }
        }
    }
}
