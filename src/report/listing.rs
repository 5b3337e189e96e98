//! Which documents stand under which cluster: all of them, or an even sample where they are too many for the page.

use std::collections::HashMap;

use crate::methods::By;
use crate::run::{AssignmentLine, DocumentLine, FinishedRun, Membership, Status};

/// One document as a list shows it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its row.
    pub row: &'a AssignmentLine,
    /// Its place in the cluster; nothing for one in no cluster.
    pub membership: Option<&'a Membership>,
    /// Its text and fields; nothing for a skipped row.
    pub document: Option<&'a DocumentLine>,
}

/// The rows under one heading.
#[derive(Debug, Clone, Default)]
pub struct Members<'a> {
    /// How many there are.
    pub all: usize,
    /// Those that are shown, the surest first.
    pub shown: Vec<Entry<'a>>,
}

/// All rows by where they stand.
#[derive(Debug, Default)]
pub struct Listing<'a> {
    clusters: HashMap<&'a str, Members<'a>>,
    /// Documents in no cluster, and those without a usable answer.
    pub outside: Members<'a>,
    /// Documents that say nothing.
    pub no_content: Members<'a>,
    /// Rows that are not documents.
    pub skipped: Members<'a>,
}

impl<'a> Listing<'a> {
    /// The rows of `run`, not more than `most` of them: where there are more, the small clusters are whole and the large
    /// ones show as many as are left to each.
    pub fn of(run: &'a FinishedRun, most: usize) -> Listing<'a> {
        let mut listing = Listing::all(run);
        let level = level(listing.headings().map(|members| members.all), most);
        listing.headings().for_each(|members| members.sample(level));
        listing
    }

    /// The documents of a cluster.
    pub fn cluster(&self, id: &str) -> Option<&Members<'a>> {
        self.clusters.get(id)
    }

    /// Whether any heading shows fewer rows than it has.
    pub fn is_sample(&self) -> bool {
        let kept = [&self.outside, &self.no_content, &self.skipped].into_iter().chain(self.clusters.values());
        kept.into_iter().any(|members| members.shown.len() < members.all)
    }

    /// Every row that is shown.
    pub fn shown(&self) -> impl Iterator<Item = &Entry<'a>> {
        let kept = self.clusters.values().chain([&self.outside, &self.no_content, &self.skipped]);
        kept.flat_map(|members| &members.shown)
    }

    fn all(run: &'a FinishedRun) -> Listing<'a> {
        let documents: HashMap<&str, &DocumentLine> = run.documents.iter().map(|d| (d.id.as_str(), d)).collect();
        let mut listing = Listing::default();
        for row in &run.assignments {
            // A skipped row may bear the id of a document: that is one reason to skip it.
            let document = documents.get(row.id.as_str()).copied().filter(|_| row.status != Status::Skipped);
            for membership in &row.clusters {
                let members = listing.clusters.entry(&membership.id).or_default();
                members.shown.push(Entry { row, membership: Some(membership), document });
            }
            let outside = Entry { row, membership: None, document };
            match row.status {
                Status::Assigned => {}
                Status::Uncovered if row.says_nothing() => listing.no_content.shown.push(outside),
                Status::Uncovered | Status::Failed => listing.outside.shown.push(outside),
                Status::Skipped => listing.skipped.shown.push(outside),
            }
        }
        listing.headings().for_each(Members::rank);
        listing
    }

    fn headings(&mut self) -> impl Iterator<Item = &mut Members<'a>> {
        self.clusters.values_mut().chain([&mut self.outside, &mut self.no_content, &mut self.skipped])
    }
}

impl Members<'_> {
    /// What a person or the model said before what was inferred, then by confidence; rows that are alike stay in input order.
    fn rank(&mut self) {
        let rank = |entry: &Entry| match entry.membership.map(|membership| membership.by) {
            Some(By::Model | By::Person) => 0,
            Some(By::Spread) => 1,
            Some(By::Similarity) => 2,
            None => 3,
        };
        let confidence = |entry: &Entry| entry.membership.map_or(0.0, |membership| membership.confidence);
        self.shown.sort_by(|a, b| rank(a).cmp(&rank(b)).then(confidence(b).total_cmp(&confidence(a))));
        self.all = self.shown.len();
    }

    /// Keeps `most` of them, evenly from the surest to the least sure.
    fn sample(&mut self, most: usize) {
        let all = self.all;
        if all > most {
            self.shown = (0..most).map(|place| self.shown[place * all / most]).collect();
        }
    }
}

/// How many rows each heading may show so that all together show `most` at most.
fn level(sizes: impl Iterator<Item = usize>, most: usize) -> usize {
    let sizes: Vec<usize> = sizes.collect();
    let shown = |level: usize| sizes.iter().map(|size| *size.min(&level)).sum::<usize>();
    let largest = sizes.iter().copied().max().unwrap_or(0);
    if shown(largest) <= most {
        return largest;
    }
    // Of the levels from `fits`, which shows few enough, to `fails`, which shows too many.
    let (mut fits, mut fails) = (0, largest);
    while fails - fits > 1 {
        let middle = fits.midpoint(fails);
        if shown(middle) <= most { fits = middle } else { fails = middle }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::{RunBuilder, small};

    fn ids<'a>(members: &Members<'a>) -> Vec<&'a str> {
        members.shown.iter().map(|entry| entry.row.id.as_str()).collect()
    }

    #[test]
    fn every_row_stands_somewhere() {
        let run = small().build();
        let listing = Listing::of(&run, 100);
        assert_eq!(ids(listing.cluster("c1").unwrap()), ["d1", "d2", "d3", "d4"]);
        assert_eq!(ids(listing.cluster("c2").unwrap()), ["d5", "d6"]);
        assert_eq!((ids(&listing.outside), ids(&listing.skipped)), (vec!["d7", "d9"], vec!["d8"]));
        assert_eq!((listing.is_sample(), listing.shown().count()), (false, 9));
    }

    #[test]
    fn the_surest_come_first() {
        let mut run = small().build();
        run.assignments[0].clusters[0].confidence = 0.4;
        run.assignments[1].clusters[0].by = By::Spread;
        assert_eq!(ids(Listing::of(&run, 100).cluster("c1").unwrap()), ["d3", "d4", "d1", "d2"]);
    }

    #[test]
    fn where_there_are_too_many_small_clusters_stay_whole() {
        let texts: Vec<String> = (0..60).map(|number| format!("text {number}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let run = RunBuilder::by_goal("x").cluster("large", "p", &texts).cluster("small", "p", &texts[..5]).build();
        let listing = Listing::of(&run, 20);
        let (large, small) = (listing.cluster("c1").unwrap(), listing.cluster("c2").unwrap());
        assert_eq!(((large.all, large.shown.len()), (small.all, small.shown.len())), ((60, 15), (5, 5)));
        assert_eq!((ids(large)[..3].to_vec(), listing.is_sample()), (vec!["d1", "d5", "d9"], true));
    }

    #[test]
    fn a_document_in_several_clusters_stands_in_each() {
        let mut run = small().build();
        run.assignments[0].clusters.push(Membership { id: "c2".into(), by: By::Spread, confidence: 0.6 });
        assert_eq!(ids(Listing::of(&run, 100).cluster("c2").unwrap()), ["d5", "d6", "d1"]);
    }
}
