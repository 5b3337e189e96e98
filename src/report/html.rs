//! The report as one static HTML file: no script, nothing loaded, readable on a phone, on paper and aloud.
//!
//! `maud` escapes every string, the summary has sanitized it, and the policy in the head forbids what might still get in.

mod bar;
mod cluster;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::summary::{BY_WORDING, ClusterView, Excerpt, RoundView, Summary, UNTRUSTED};
use super::words::thousands;
use crate::run::FinishedRun;

/// Styles are written into the file; scripts, images, fonts, frames, forms and connections are forbidden.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The report as a file that stands alone.
pub fn html(run: &FinishedRun) -> String {
    page(&Summary::of(run)).into_string()
}

fn page(summary: &Summary) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(summary))
            body {
                (masthead(summary))
                main {
                    (overview(summary))
                    @for cluster in &summary.clusters { (cluster::section(cluster, summary.scale)) }
                    (missing(summary))
                    (making(summary))
                }
            }
        }
    }
}

fn head(summary: &Summary) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (summary.title) @if summary.by_wording { ", " (BY_WORDING) } }
            style { (PreEscaped(include_str!("html/report.css"))) }
        }
    }
}

fn masthead(summary: &Summary) -> Markup {
    html! {
        header {
            @if let Some(banner) = &summary.banner {
                p.banner role="alert" { strong { (banner.status) } " " span dir="auto" { (banner.reason) } }
            }
            p.kicker { bdi { (summary.corpus) } " · " (summary.counts) }
            h1 dir="auto" { (summary.title) @if summary.by_wording { ", " span.wording { (BY_WORDING) } } @if summary.untrusted { ", " span.wording { (UNTRUSTED) } } }
            @if let Some(remark) = &summary.remark { p.remark dir="auto" { (remark) } }
            @if !summary.warnings.is_empty() {
                ul.warnings aria-label="Warnings" {
                    @for warning in &summary.warnings { li dir="auto" { (warning) } }
                }
            }
        }
    }
}

/// The table of contents is a bar chart.
fn overview(summary: &Summary) -> Markup {
    html! {
        nav.overview aria-labelledby="overview" {
            h2 #overview { "Overview" }
            @if summary.clusters.is_empty() { p { "There is no cluster." } }
            ol role="list" { @for cluster in &summary.clusters { (overview_line(cluster, summary.scale)) } }
            p.scale { "Share of all " (thousands(summary.totals.documents as u64)) " documents; the bracket is its 95% interval. "
                @if summary.overlap { "Documents may be in several clusters: the shares sum to more than 100%. " } }
            p.more { a href="#missing" { "What is missing" } " " a href="#making" { "How it was made" } }
        }
    }
}

fn overview_line(cluster: &ClusterView, scale: f64) -> Markup {
    html! {
        li.part[cluster.depth() > 0] {
            a href={ "#" (cluster::anchor(cluster)) } dir="auto" { (cluster.label) }
            (bar::bar(cluster, scale))
            span.percent { (cluster.percent) }
        }
    }
}

fn missing(summary: &Summary) -> Markup {
    html! {
        section.closing aria-labelledby="missing" {
            h2 #missing { "What is missing" }
            div.findings {
                p.totals { (summary.totals.line()) }
                @if !summary.uncovered.is_empty() {
                    h3 { "Some documents in no cluster" }
                    div.quotes { @for excerpt in &summary.uncovered { (quote(excerpt)) } }
                }
                @if !summary.flags.is_empty() {
                    h3 { "Remarks" }
                    ul { @for flag in &summary.flags { li { (flag) } } }
                }
            }
        }
    }
}

fn making(summary: &Summary) -> Markup {
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

/// Some text of a document, in whatever language and direction it is, with the document's id.
fn quote(excerpt: &Excerpt) -> Markup {
    html! {
        figure {
            @match &excerpt.text {
                Some(text) => { blockquote dir="auto" lang="" { (text) } }
                None => { p.lacking { "text not kept" } }
            }
            figcaption { bdi { (excerpt.document) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{RunBuilder, small};
    use crate::run::RunStatus;

    const HOSTILE: &str = "</style></script><script>alert(1)</script><img src=x onerror=\"y\">'\"&\u{202e}\x1b[0m\0";

    fn hostile() -> FinishedRun {
        let mut run = RunBuilder::by_goal(HOSTILE)
            .cluster(HOSTILE, HOSTILE, &[HOSTILE])
            .uncovered(HOSTILE, HOSTILE)
            .ended(RunStatus::Partial, HOSTILE)
            .build();
        let manifest = &mut run.manifest;
        manifest.warnings.push(HOSTILE.into());
        for name in [&mut manifest.method, &mut manifest.corpus.name, &mut manifest.embedder.id, &mut manifest.version]
        {
            *name = HOSTILE.into();
        }
        manifest.rounds[0].dropped.insert(HOSTILE.into(), 1);
        run.clusters[0].keywords.push(HOSTILE.into());
        run.clusters[0].near_misses.push(HOSTILE.into());
        run.clusters[0].evidence[0].document = HOSTILE.into();
        run
    }

    #[test]
    fn hostile_text_is_escaped_wherever_it_comes_from() {
        let page = html(&hostile());
        for forbidden in ["<script", "<img", "</script", "\"y\"", "\u{202e}", "\x1b", "\0"] {
            assert!(!page.contains(forbidden), "{forbidden:?}");
        }
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn the_page_loads_nothing_and_runs_nothing() {
        let page = html(&small().build());
        assert!(page.contains("default-src 'none'"));
        for forbidden in ["http:", "https:", "url(", "@import", "src=", "<link", " style=", "<script"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn every_link_has_its_target() {
        let page = html(&small().build());
        let links: Vec<&str> = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(links, ["cluster-1", "cluster-2", "missing", "making"]);
        for link in links {
            assert_eq!(page.matches(&format!("id=\"{link}\"")).count(), 1, "{link}");
        }
    }

    #[test]
    fn the_page_says_what_the_run_found() {
        let page = html(&small().build());
        for part in [
            "<h1 dir=\"auto\">what would make the working day better?</h1>",
            "aria-label=\"50% of all documents, 95% interval 22–78%\"",
            "asks for better food in the canteen",
            "9 rows = 6 assigned + 1 uncovered (no predicate holds) + 1 skipped (empty) + 1 failed (no answer)",
            "My club winning again",
            "optimal: objective 4.25",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("class=\"banner\""));
    }

    #[test]
    fn by_wording_the_goal_is_no_heading() {
        let page = html(&RunBuilder::by_wording("by emotion").cluster("a", "", &["a"]).build());
        let heading =
            "<h1 dir=\"auto\">survey-answers, <span class=\"wording\">by wording: no model was asked about the goal";
        assert!(page.contains(heading));
        assert!(page.contains("<title>survey-answers, by wording: no model was asked about the goal</title>"));
    }

    #[test]
    fn a_partial_run_has_a_banner() {
        let page = html(&small().ended(RunStatus::Partial, "--max-calls 100 was reached").build());
        assert!(page.contains("<strong>Partial run</strong> <span dir=\"auto\">--max-calls 100 was reached</span>"));
    }
}
