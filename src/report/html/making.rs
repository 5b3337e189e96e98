//! How the run was made.

use maud::{Markup, html};

use super::Page;
use crate::report::summary::RoundView;

/// The section.
pub fn section(page: &Page) -> Markup {
    let summary = page.summary;
    html! {
        section.closing aria-labelledby="making" {
            h2 #making { "How it was made" }
            div.findings {
                table.facts {
                    caption.unseen { "Method, models and parameters" }
                    tbody { @for fact in &summary.facts { tr { th scope="row" { (fact.name) } td dir="auto" { (fact.value) } } } }
                }
                @if !summary.rounds.is_empty() {
                    h3 #rounds { "Rounds" }
                    div.wide role="region" aria-labelledby="rounds" tabindex="0" { (rounds(&summary.rounds)) }
                }
            }
        }
    }
}

fn rounds(rounds: &[RoundView]) -> Markup {
    html! {
        table.rounds {
            thead { tr { @for name in RoundView::HEADER { th scope="col" { (name) } } } }
            tbody {
                @for round in rounds {
                    tr { @for cell in &round.cells { td { (cell) } } }
                }
            }
        }
    }
}
