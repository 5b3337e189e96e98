//! The report as one static HTML file: nothing loaded, no server, readable without its script, on a phone, on paper and aloud.
//!
//! `maud` escapes every string, the summary has sanitized it, and the policy in the head lets nothing run but our own script.

mod chart;
mod cluster;
mod columns;
mod data;
mod documents;
mod explore;
mod making;
mod masthead;
mod missing;
mod policy;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::listing::Listing;
use super::summary::{Excerpt, Summary};
use crate::run::{DocumentMap, FinishedRun};
use crate::text::numbers::Precision;
use documents::TextLimit;
use policy::SCRIPT;
pub use policy::{page_style, policy, sha256_source, style};

/// Documents on the page at most; of larger corpora it shows an even sample.
const DOCUMENTS: usize = 5_000;

/// What the sections of the page speak of.
struct Page<'a> {
    run: &'a FinishedRun,
    map: &'a DocumentMap,
    summary: &'a Summary,
    listing: &'a Listing<'a>,
    /// How much of a text is shown.
    limit: TextLimit,
}

impl Page<'_> {
    /// How all its percentages are written.
    fn precision(&self) -> Precision {
        Precision::of(self.summary.totals.documents)
    }
}

/// The sections of the page in their order. A new one is a function in this list.
const SECTIONS: [fn(&Page) -> Markup; 8] = [
    masthead::section,
    chart::section,
    explore::section,
    cluster::sections,
    explore::overlaps,
    columns::section,
    missing::section,
    making::section,
];

/// The report as a file that stands alone.
pub fn html(run: &FinishedRun, map: &DocumentMap) -> String {
    html_of(run, map, DOCUMENTS)
}

/// The report with so many documents at most.
fn html_of(run: &FinishedRun, map: &DocumentMap, most: usize) -> String {
    let (summary, listing) = (Summary::of(run), Listing::of(run, most));
    let page = Page { run, map, summary: &summary, limit: TextLimit::of(&listing), listing: &listing };
    whole(&page).into_string()
}

fn whole(page: &Page) -> Markup {
    let summary = page.summary;
    let style = style(&summary.corpus, summary.date.as_deref().unwrap_or_default());
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(page.summary, &style))
            body {
                @for section in SECTIONS { (section(page)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn head(summary: &Summary, style: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy(style));
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (summary.title) @if let Some(how) = summary.without_model { ", " (how) } }
            style { (PreEscaped(style)) }
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
    use crate::run::RunStatus;
    use crate::run::fixture::{RunBuilder, small};

    fn page_of(run: &FinishedRun) -> String {
        html(run, &DocumentMap::NoVectors)
    }

    const HOSTILE: &str = "</style></script><script>alert(1)</script><img src=x onerror=\"y\">'\"&\u{202e}\x1b[0m\0";

    fn hostile() -> FinishedRun {
        let mut run = RunBuilder::by_goal(HOSTILE)
            .cluster(HOSTILE, HOSTILE, &[HOSTILE])
            .uncovered(HOSTILE, HOSTILE)
            .ended(RunStatus::Partial, HOSTILE)
            .build();
        let manifest = &mut run.manifest;
        manifest.warnings.push(HOSTILE.into());
        for name in
            [&mut manifest.method.name, &mut manifest.corpus.name, &mut manifest.embedder.id, &mut manifest.version]
        {
            *name = HOSTILE.into();
        }
        manifest.rounds[0].dropped.insert(HOSTILE.into(), 1);
        manifest.date = Some(HOSTILE.into());
        run.clusters[0].keywords.push(HOSTILE.into());
        run.clusters[0].near_misses.push(HOSTILE.into());
        run.clusters[0].evidence[0].document = HOSTILE.into();
        run.assignments[0].id = HOSTILE.into();
        run.documents[0].id = HOSTILE.into();
        for document in &mut run.documents {
            document.fields.insert(HOSTILE.into(), format!("{}{HOSTILE}", document.id).into());
        }
        run
    }

    #[test]
    fn hostile_text_is_escaped_wherever_it_comes_from() {
        let page = page_of(&hostile());
        for forbidden in ["<img", "\"y\"", "\u{202e}", "\x1b", "\0", "<script>alert"] {
            assert!(!page.contains(forbidden), "{forbidden:?}");
        }
        for (ours, count) in [("<style", 1), ("</style>", 1), ("<script", 2), ("</script>", 2)] {
            assert_eq!(page.matches(ours).count(), count, "{ours}: the data are an element of their own");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    /// What stands between two marks of a page.
    fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
        page.split_once(from).unwrap().1.split_once(to).unwrap().0
    }

    #[test]
    fn the_policy_allows_nothing_but_the_style_and_the_script_of_the_page() {
        let page = page_of(&small().build());
        let style = between(&page, "<style>", "</style>");
        assert!(
            page.contains(&format!("content=\"{}\"", policy(style).replace('\'', "&#39;")))
                || page.contains(&format!("content=\"{}\"", policy(style)))
        );
        assert_eq!(between(&page, "<script>", "</script>"), SCRIPT);
        assert!(policy(style).starts_with("default-src 'none'; ") && !policy(style).contains("unsafe"));
    }

    #[test]
    fn the_page_loads_nothing_and_the_script_makes_no_markup() {
        let page = page_of(&small().build());
        for forbidden in
            ["http:", "https:", "url(", "@import", "src=", "<link", " style=", " onclick=", "innerHTML", "eval("]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    /// What the script reads.
    fn data(page: &str) -> serde_json::Value {
        serde_json::from_str(between(page, "<script id=\"data\" type=\"application/json\">", "</script>")).unwrap()
    }

    #[test]
    fn the_script_reads_where_each_document_lies_and_stands() {
        let mut run = small().build();
        for (place, document) in run.documents.iter_mut().enumerate() {
            document.fields.insert("team".into(), ["north", "south"][place % 2].into());
        }
        let points = DocumentMap::Points((0..8).map(|place| [place as f32 / 4.0 - 1.0, 1.0]).collect());
        let data = data(&html(&run, &points));
        assert_eq!(data["rows"], serde_json::json!([1, 2, 3, 4, 5, 6, 7, 9]), "a skipped row is no document");
        assert_eq!(data["held"], serde_json::json!([[0], [0], [0], [0], [1], [1], [2], [3]]));
        let labels: Vec<&str> =
            data["groups"].as_array().unwrap().iter().filter_map(|group| group["label"].as_str()).collect();
        assert_eq!(labels[2..], ["in no cluster", "without a usable answer"]);
        assert_eq!(data["columns"][0]["places"], serde_json::json!([0, 1, 0, 1, 0, 1, 0, 1]));
        let points = data["points"].as_array().unwrap();
        assert_eq!((points.len(), &points[0], &points[1]), (16, &0.into(), &4095.into()));
        assert_eq!(self::data(&page_of(&run))["points"], serde_json::json!([]));
    }

    #[test]
    fn what_the_script_reads_is_text_though_it_is_hostile() {
        let page = page_of(&hostile());
        let data = data(&page);
        let label = data["groups"][0]["label"].as_str().unwrap();
        assert!(label.contains("</script><script>alert(1)</script>"), "{label}");
        assert!(!data.to_string().contains('\u{202e}'));
    }

    #[test]
    fn what_clusters_have_in_common_is_a_matrix() {
        let mut run = small().build();
        assert!(!page_of(&run).contains("In several clusters"));
        let place = crate::run::Membership { id: "c2".into(), ..run.assignments[0].clusters[0].clone() };
        run.assignments[0].clusters.push(place);
        let page = page_of(&run);
        let matrix = between(&page, "id=\"overlaps\"", "</section>");
        assert!(matrix.contains("1<span class=\"of\">25%</span>"), "of four documents: {matrix}");
        assert!(matrix.contains("1<span class=\"of\">50%</span>"), "of two: {matrix}");
    }

    #[test]
    fn a_run_without_a_map_says_why() {
        let page = html(&small().build(), &DocumentMap::NoTexts);
        assert!(page.contains("There is no map, because the run kept no texts.") && !page.contains("<canvas"));
    }

    #[test]
    fn every_document_stands_under_its_cluster_or_under_what_is_missing() {
        let page = page_of(&small().flag(crate::run::Flag::Duplicate).build());
        let first = between(&page, "id=\"cluster-1\"", "</section>");
        for (id, text) in [("d1", "something green"), ("d2", "soup"), ("d3", "more fruit"), ("d4", "less salt")] {
            assert!(first.contains(&format!("<bdi class=\"id\">{id}</bdi>")) && first.contains(text), "{id}");
        }
        assert!(first.contains("<span class=\"count\">All 4 documents</span>"), "{first}");
        assert!(first.contains("<span>judged by the model</span> <span class=\"confidence\">0.88</span>"), "{first}");
        let missing = between(&page, "id=\"missing\"", "</section>");
        for part in ["Une augmentation", "<span class=\"flag\">duplicate</span>", "no answer", "d8</bdi> line 8"] {
            assert!(missing.contains(part), "{part} in {missing}");
        }
    }

    #[test]
    fn a_long_text_is_folded_and_a_very_long_one_is_cut() {
        let long = "word ".repeat(100);
        let very_long = "<é>".repeat(40_000);
        let page = page_of(&RunBuilder::by_goal("x").cluster("a", "p", &["short", &long, &very_long]).build());
        assert_eq!(page.matches("<details class=\"long\">").count(), 2);
        assert_eq!(page.matches("Cut here.").count(), 1);
        assert!(page.contains(long.trim()) && page.len() < 400_000);
    }

    #[test]
    fn of_too_many_documents_a_sample_is_shown_and_said() {
        let texts: Vec<String> = (0..200).map(|number| format!("text {number}")).collect();
        let run = RunBuilder::by_goal("x").cluster("a", "p", &texts.iter().map(String::as_str).collect::<Vec<_>>());
        let page = html_of(&run.build(), &DocumentMap::NoVectors, 50);
        assert_eq!(page.matches("<bdi class=\"id\">").count(), 50);
        assert!(page.contains("50 of 200 documents") && page.contains("stand in assignments.csv"));
        assert!(page.contains("Search 50 documents (a sample)"));
        assert!(page_of(&small().build()).contains("Search 8 documents<"), "a skipped row is not a document");
    }

    #[test]
    fn every_link_has_its_target() {
        let page = page_of(&small().build());
        let links: Vec<&str> = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(links, ["cluster-1", "cluster-2", "missing", "missing", "missing", "making"]);
        for link in links {
            assert_eq!(page.matches(&format!("id=\"{link}\"")).count(), 1, "{link}");
        }
    }

    #[test]
    fn the_page_says_what_the_run_found() {
        let page = page_of(&small().build());
        for part in [
            "<h1 dir=\"auto\">what would make the working day better?</h1>",
            "2 clusters hold 6 of 8 documents (75%).",
            "aria-label=\"50% of all documents, 95% interval 22–78%\"",
            "<li class=\"outside\"><a href=\"#missing\">in no cluster</a>",
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
        let page = page_of(&RunBuilder::by_wording("by emotion").cluster("a", "", &["a"]).build());
        let heading =
            "<h1 dir=\"auto\">survey-answers, <span class=\"wording\">by wording: no model was asked about the goal";
        assert!(page.contains(heading));
        assert!(page.contains("<title>survey-answers, by wording: no model was asked about the goal</title>"));
        assert!(page.contains("Not asked: “by emotion”. The clusters"));
    }

    #[test]
    fn a_partial_run_has_a_banner() {
        let page = page_of(&small().ended(RunStatus::Partial, "--max-calls 100 was reached").build());
        let banner =
            "<li class=\"alarm\"><strong>Partial run</strong> <span dir=\"auto\">--max-calls 100 was reached</span>";
        assert!(page.contains(banner));
    }

    #[test]
    fn the_rows_own_columns_of_few_values_have_a_table() {
        let mut run = small().build();
        for (place, document) in run.documents.iter_mut().enumerate() {
            document.fields.insert("team".into(), ["<b>north", "south"][place % 2].into());
        }
        let page = page_of(&run);
        assert!(
            page.contains("<h3 id=\"column-1\"><bdi>team</bdi></h3>") && page.contains("<bdi>&lt;b&gt;north</bdi>")
        );
    }
}
