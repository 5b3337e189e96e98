//! The section of one cluster.

use maud::{Markup, html};

use super::documents::documents;
use super::{Page, quote};
use crate::report::summary::ClusterView;
use crate::text::numbers::count;

/// The name by which the overview links to a cluster's section.
pub fn anchor(cluster: &ClusterView) -> String {
    format!("cluster-{}", cluster.number.replace('.', "-"))
}

/// One section a cluster, the largest first.
pub fn sections(page: &Page) -> Markup {
    html! {
        main { @for cluster in &page.summary.clusters { (section(page, cluster)) } }
    }
}

/// The figures in the margin, what is to be said beside them, the documents below.
fn section(page: &Page, cluster: &ClusterView) -> Markup {
    let anchor = anchor(cluster);
    html! {
        section.cluster.part[cluster.depth() > 0] aria-labelledby=(anchor) {
            div.figures {
                p.percent { (cluster.percent) }
                p.interval { (cluster.interval) }
                p.size { (count(cluster.size, "document")) }
            }
            div.findings {
                h2 id=(anchor) dir="auto" { span.number { (cluster.number) } " " (cluster.label) }
                @if let Some(predicate) = &cluster.predicate { p.predicate dir="auto" { (predicate) } }
                @if !cluster.quotes.is_empty() {
                    div.quotes { @for excerpt in &cluster.quotes { (quote(excerpt)) } }
                }
                (details(cluster))
                @if let Some(members) = page.listing.cluster(&cluster.id) {
                    (documents(members, "document", page.limit))
                }
            }
        }
    }
}

fn details(cluster: &ClusterView) -> Markup {
    html! {
        dl {
            @if !cluster.keywords.is_empty() {
                dt { "Keywords" }
                dd dir="auto" { (cluster.keywords.join(", ")) }
            }
            @if !cluster.near_misses.is_empty() {
                dt { "Near misses" }
                @for excerpt in &cluster.near_misses {
                    dd {
                        bdi.document { (excerpt.document) } " "
                        bdi lang="" { (excerpt.text.as_deref().unwrap_or("text not kept")) }
                        @if let Some(instead) = &excerpt.instead { " (" bdi { (instead) } ")" }
                    }
                }
            }
            @if !cluster.notes.is_empty() {
                dt { "Notes" }
                @for note in &cluster.notes { dd { (note) } }
            }
        }
    }
}
