//! What stands on top: the question, what must be known before anything else, the result in a few sentences.

use maud::{Markup, html};

use super::Page;
use crate::methods::{Notice, Weight};
use crate::report::summary::{Summary, UNTRUSTED};

/// The head of the page.
pub fn section(page: &Page) -> Markup {
    let summary = page.summary;
    html! {
        header {
            p.kicker { bdi { (summary.corpus) } " · " (summary.counts) @if let Some(date) = &summary.date { " · " (date) } }
            h1 dir="auto" { (summary.title) @if let Some(how) = summary.without_model { ", " span.wording { (how) } } @if summary.untrusted { ", " span.wording { (UNTRUSTED) } } }
            (banner(&summary.notices))
            (lead(summary))
        }
    }
}

fn banner(notices: &[Notice]) -> Markup {
    html! {
        @if !notices.is_empty() {
            ul.banner role="list" aria-label="To be known first" {
                @for notice in notices {
                    li.alarm[notice.weight == Weight::Alarm] {
                        strong { (notice.title) } " " span dir="auto" { (notice.text) }
                    }
                }
            }
        }
    }
}

fn lead(summary: &Summary) -> Markup {
    html! {
        p.lead dir="auto" { @for sentence in &summary.sentences { (sentence) " " } }
        @if let Some(remark) = &summary.remark { p.remark dir="auto" { (remark) } }
    }
}
