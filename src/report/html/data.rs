//! What the script of the page reads: where each document that is on the page lies and stands, as one object of JSON.
//!
//! Texts are not in it: the script takes them from the lists below, which are there without it. All strings are those of the
//! summary, sanitized; `<` is written as its number, so that nothing closes the element that it stands in.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::Page;
use crate::corpus::languages_told;
use crate::report::summary::{ClusterView, UNANSWERED, UNCOVERED};
use crate::run::{AssignmentLine, DocumentMap, FinishedRun, NO_CONTENT, Status};

/// Steps of the map in each direction: finer than a screen.
const STEPS: f32 = 4095.0;
/// A language is one of the corpus's from so many documents on the page, and from one in so many.
const LANGUAGE: (usize, usize) = (5, 50);
/// Languages told apart at most.
const LANGUAGES: usize = 8;

/// What the script reads.
#[derive(Debug, Serialize)]
pub struct Data<'a> {
    corpus: &'a str,
    /// Documents of the run.
    all: usize,
    /// Whether the page holds fewer.
    sample: bool,
    /// Of percentages.
    decimals: usize,
    groups: Vec<Group<'a>>,
    columns: Vec<Column<'a>>,
    /// Of each document on the page: its line in the input, by which the lists know it.
    rows: Vec<u64>,
    /// Its place on the map, `x` and `y` one after the other; empty where there is no map, -1 where it has no place.
    points: Vec<i32>,
    /// The groups that it is in, the one that it fits best first.
    held: Vec<Vec<usize>>,
}

/// A cluster, or the documents that are in none for one reason.
#[derive(Debug, Serialize)]
struct Group<'a> {
    /// The cluster's id in the run directory, by which edits of the run will name it; never shown.
    id: &'a str,
    number: &'a str,
    label: &'a str,
    depth: usize,
    parent: Option<usize>,
    /// Documents of the run in it.
    size: usize,
    outside: bool,
}

/// A column of few values, the months of a date, or the language.
#[derive(Debug, Serialize)]
struct Column<'a> {
    name: &'a str,
    period: Option<&'static str>,
    values: Vec<&'a str>,
    /// Of each document on the page the value that it has, or -1.
    places: Vec<i32>,
}

impl<'a> Data<'a> {
    /// Of the documents that are on the page.
    pub fn of(page: &Page<'a>) -> Data<'a> {
        let shown = shown(page);
        let groups = groups(page);
        let place: HashMap<&str, usize> = groups.iter().enumerate().map(|(place, group)| (group.id, place)).collect();
        let outside: HashMap<&str, usize> =
            groups.iter().enumerate().filter(|(_, group)| group.outside).map(|(at, group)| (group.label, at)).collect();
        let held = |one: &Shown| {
            let primary = one.row.primary.as_deref();
            let mut held: Vec<usize> =
                one.row.clusters.iter().filter_map(|held| place.get(held.id.as_str()).copied()).collect();
            held.sort_by_key(|at| Some(groups[*at].id) != primary);
            held.extend(outside.get(reason(one.row)).filter(|_| one.row.clusters.is_empty()));
            held
        };
        Data {
            corpus: &page.summary.corpus,
            all: page.summary.totals.documents,
            sample: page.listing.is_sample(),
            decimals: page.precision().decimals(),
            columns: columns(page, &shown),
            rows: shown.iter().map(|one| one.row.line).collect(),
            points: points(page, &shown),
            held: shown.iter().map(held).collect(),
            groups,
        }
    }

    /// As it stands within an element of the page.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }

    /// Documents on the page.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

/// A document that is on the page.
struct Shown<'a> {
    row: &'a AssignmentLine,
    /// Its place among the documents of the run.
    document: usize,
    text: &'a str,
}

/// Each document that is on the page once, in input order.
fn shown<'a>(page: &Page<'a>) -> Vec<Shown<'a>> {
    let entries = page.listing.shown().filter_map(|entry| Some((entry.row.line, entry.document?)));
    let shown: BTreeMap<u64, _> = entries.collect();
    let documents = page.run.assignments.iter().filter(|row| row.status != Status::Skipped).enumerate();
    let of_page = documents.filter_map(|(document, row)| {
        let text = shown.get(&row.line)?.text.as_deref().unwrap_or_default();
        Some(Shown { row, document, text })
    });
    of_page.collect()
}

/// The clusters of the summary, then what is in none.
fn groups<'a>(page: &Page<'a>) -> Vec<Group<'a>> {
    let clusters = &page.summary.clusters;
    let parent = |cluster: &ClusterView| {
        let above = cluster.number.rsplit_once('.')?.0;
        clusters.iter().position(|other| other.number == above)
    };
    let of_cluster = |cluster: &'a ClusterView| Group {
        id: &cluster.id,
        number: &cluster.number,
        label: &cluster.label,
        depth: cluster.depth(),
        parent: parent(cluster),
        size: cluster.size,
        outside: false,
    };
    let outside = page.summary.outside.iter().map(|part| Group {
        id: "",
        number: "",
        label: part.label,
        depth: 0,
        parent: None,
        size: part.size,
        outside: true,
    });
    clusters.iter().map(of_cluster).chain(outside).collect()
}

/// What the summary calls the documents in no cluster that are so for the reason of this one.
fn reason(row: &AssignmentLine) -> &'static str {
    match row.status {
        _ if row.says_nothing() => NO_CONTENT,
        Status::Failed => UNANSWERED,
        _ => UNCOVERED,
    }
}

fn points(page: &Page, shown: &[Shown]) -> Vec<i32> {
    let DocumentMap::Points(points) = page.map else { return Vec::new() };
    let rows = page.run.vector_rows();
    let place = |one: &Shown| {
        let point = rows.get(one.document).copied().flatten().and_then(|row| points.get(row));
        point.map_or([-1; 2], |point| point.map(|value| ((value + 1.0) / 2.0 * STEPS).round() as i32))
    };
    shown.iter().flat_map(place).collect()
}

fn columns<'a>(page: &Page<'a>, shown: &[Shown]) -> Vec<Column<'a>> {
    let place = |place: Option<usize>| place.map_or(-1, |place| place as i32);
    let own = page.summary.columns.iter().map(|table| Column {
        name: &table.name,
        period: table.period,
        values: table.values.iter().map(|(name, _)| name.as_str()).collect(),
        places: shown.iter().map(|one| place(table.places.get(one.document).copied().flatten())).collect(),
    });
    let (values, places) = languages(&shown.iter().map(|one| one.text).collect::<Vec<_>>());
    let language = Column { name: "Language (told by the words)", period: None, places, values };
    own.chain(Some(language).filter(|language| language.values.len() > 1)).collect()
}

/// The languages of some texts, the most frequent first, and which of them each text is in.
fn languages(texts: &[&str]) -> (Vec<&'static str>, Vec<i32>) {
    let told = languages_told(texts);
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    told.iter().flatten().for_each(|language| *counts.entry(language).or_default() += 1);
    let is_one = |count: usize| count >= LANGUAGE.0 && count * LANGUAGE.1 >= texts.len();
    let mut ranked: Vec<(&'static str, usize)> = counts.into_iter().filter(|(_, count)| is_one(*count)).collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let values: Vec<&'static str> = ranked.into_iter().take(LANGUAGES).map(|(language, _)| language).collect();
    let place = |language: Option<&'static str>| values.iter().position(|value| Some(*value) == language);
    let places = told.into_iter().map(|language| place(language).map_or(-1, |place| place as i32)).collect();
    (values, places)
}

/// How many documents of a run are in two clusters of one depth, for clusters that have any such.
pub struct Overlaps<'a> {
    /// The clusters, largest first.
    pub clusters: Vec<&'a ClusterView>,
    /// Of each the documents that it has in common with each.
    pub common: Vec<Vec<usize>>,
}

/// Clusters in the matrix of overlaps at most.
const MATRIX: usize = 15;

impl<'a> Overlaps<'a> {
    /// Of the clusters that are no parts of others, those with the largest overlaps.
    pub fn of(run: &FinishedRun, clusters: &'a [ClusterView]) -> Overlaps<'a> {
        let tops: Vec<&ClusterView> = clusters.iter().filter(|cluster| cluster.depth() == 0).collect();
        let place: HashMap<&str, usize> = tops.iter().enumerate().map(|(at, top)| (top.id.as_str(), at)).collect();
        let mut common: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for row in &run.assignments {
            let held: Vec<usize> = row.clusters.iter().filter_map(|one| place.get(one.id.as_str()).copied()).collect();
            for (one, other) in held.iter().flat_map(|one| held.iter().map(move |other| (*one, *other))) {
                *common.entry((one, other)).or_default() += usize::from(one != other);
            }
        }
        let shared = |at: usize| common.range((at, 0)..(at + 1, 0)).map(|(_, count)| count).sum::<usize>();
        let mut kept: Vec<usize> = (0..tops.len()).filter(|at| shared(*at) > 0).collect();
        kept.sort_by_key(|at| std::cmp::Reverse(shared(*at)));
        kept.truncate(MATRIX);
        kept.sort_unstable();
        let count = |one: usize, other: usize| common.get(&(one, other)).copied().unwrap_or_default();
        Overlaps {
            common: kept.iter().map(|one| kept.iter().map(|other| count(*one, *other)).collect()).collect(),
            clusters: kept.iter().map(|at| tops[*at]).collect(),
        }
    }
}
