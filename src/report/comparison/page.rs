//! What changed, as a page that stands alone.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Flow, Named, Row, View};
use crate::compare::Comparison;
use crate::report::html::{policy, style};
use crate::run::FinishedRun;
use crate::text::numbers::thousands;
use crate::text::sanitize::line;

/// What changed between two runs, as one HTML file that loads nothing and runs nothing.
pub fn comparison_page(comparison: &Comparison, runs: [&FinishedRun; 2]) -> String {
    let view = View::of(comparison, runs);
    let [before, after] = runs.map(|run| line(&run.manifest.corpus.name));
    let corpora = if before == after { before } else { format!("{before} → {after}") };
    let style = style(&corpora, "");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&style));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "What changed: " (corpora) }
                style { (PreEscaped(&style)) }
            }
            body {
                header {
                    p.kicker { bdi { (corpora) } }
                    h1 { "What changed" }
                    p.lead dir="auto" { @for sentence in &view.sentences { (sentence) " " } }
                }
                (clusters(&view.rows))
                (moved(&view))
            }
        }
    };
    page.into_string()
}

fn clusters(rows: &[Row]) -> Markup {
    let has_change = rows.iter().any(|row| row.change.is_some());
    html! {
        section.columns aria-labelledby="clusters" {
            h2 #clusters { "Clusters" }
            p.scale {
                "Shares of all documents of each run. ▲ and ▼ mark a share that changed by more than chance, with the 95% interval of the difference."
            }
            div.wide role="region" aria-labelledby="clusters" tabindex="0" {
                table.changes {
                    thead { tr {
                        th scope="col" { "What" } th scope="col" { "Before" } th scope="col" { "After" }
                        @if has_change { th scope="col" { "Change of the share" } }
                    } }
                    tbody { @for row in rows { (cluster(row, has_change)) } }
                }
            }
        }
    }
}

fn cluster(row: &Row, has_change: bool) -> Markup {
    html! {
        tr.part[row.is_part] {
            th scope="row" { (row.what) }
            td { (named(&row.before)) }
            td { (named(&row.after)) }
            @if has_change { td { (row.change.as_deref().unwrap_or_default()) } }
        }
    }
}

fn named(clusters: &[Named]) -> Markup {
    html! {
        @for cluster in clusters { div { bdi { (cluster.label) } " " span.of { (cluster.percent) } } }
    }
}

fn moved(view: &View) -> Markup {
    html! {
        @if !view.flows.is_empty() {
            section.columns aria-labelledby="moved" {
                h2 #moved { "Documents that moved" }
                div.wide role="region" aria-labelledby="moved" tabindex="0" {
                    table.changes {
                        thead { tr {
                            th scope="col" { "Documents" } th scope="col" { "From" } th scope="col" { "To" }
                            th scope="col" { "For example" }
                        } }
                        tbody { @for flow in &view.flows { (one(flow)) } }
                    }
                }
                @if let Some(more) = &view.more { p.scale { (more) } }
            }
        }
    }
}

fn one(flow: &Flow) -> Markup {
    html! {
        tr {
            th scope="row" { (thousands(flow.documents as u64)) }
            td { bdi { (flow.from) } }
            td { bdi { (flow.to) } }
            td { bdi { (flow.examples) } }
        }
    }
}
