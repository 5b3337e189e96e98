//! What is missing: every row accounted for, and the documents in no cluster.

use maud::{Markup, html};

use super::documents::documents;
use super::{Page, quote};
use crate::report::summary::PROPOSALS;

/// The section.
pub fn section(page: &Page) -> Markup {
    let summary = page.summary;
    html! {
        section.closing aria-labelledby="missing" {
            h2 #missing { "What is missing" }
            div.findings {
                p.totals { (summary.totals.line()) }
                @if page.listing.outside.all > 0 {
                    h3 { "In no cluster" }
                    @if !summary.uncovered.is_empty() {
                        div.quotes { @for excerpt in &summary.uncovered { (quote(excerpt)) } }
                    }
                    (documents(&page.listing.outside, "document", page.limit))
                }
                @if page.listing.no_content.all > 0 {
                    h3 { "No content" }
                    @if !summary.empty_answers.is_empty() {
                        p dir="auto" { (summary.empty_answers.join(", ")) }
                    }
                    (documents(&page.listing.no_content, "document", page.limit))
                }
                @if !summary.proposals.is_empty() {
                    p { (PROPOSALS) }
                    ul { @for proposal in &summary.proposals { li dir="auto" { (proposal) } } }
                }
                @if page.listing.skipped.all > 0 {
                    (documents(&page.listing.skipped, "skipped row", page.limit))
                }
                @if !summary.flags.is_empty() {
                    h3 { "Remarks" }
                    ul { @for flag in &summary.flags { li { (flag) } } }
                }
            }
        }
    }
}
