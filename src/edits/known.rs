//! Which cluster a name means.

use std::collections::HashMap;

use super::problem::shown;
use crate::run::ClusterLine;
use crate::text::{folded, nearest, one_line};

/// Labels that are listed where none is like the one that was given.
const LISTED: usize = 6;

/// The clusters of a run by their names, and those that edits name or make.
pub struct Known {
    ids: HashMap<String, usize>,
    labels: HashMap<String, Vec<usize>>,
    /// Labels that edits give, folded.
    new: HashMap<String, Vec<usize>>,
    /// Labels, to advise with.
    all: Vec<String>,
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// This cluster.
    One(usize),
    /// None, and what might have been meant, in words.
    Nothing(String),
    /// One of several clusters.
    Several(Vec<usize>),
}

impl Known {
    /// The clusters of a run.
    pub fn of(clusters: &[ClusterLine]) -> Known {
        let mut known = Known {
            ids: clusters.iter().enumerate().map(|(place, cluster)| (cluster.id.clone(), place)).collect(),
            labels: HashMap::new(),
            new: HashMap::new(),
            all: clusters.iter().map(|cluster| cluster.label.clone()).collect(),
        };
        for (place, cluster) in clusters.iter().enumerate() {
            known.labels.entry(plain(&cluster.label)).or_default().push(place);
        }
        known
    }

    /// Another name of a cluster, by an edit.
    pub fn add(&mut self, label: &str, cluster: usize) {
        self.all.push(label.to_owned());
        let named = self.new.entry(plain(label)).or_default();
        if !named.contains(&cluster) {
            named.push(cluster);
        }
    }

    /// Another id.
    pub fn add_id(&mut self, id: &str, cluster: usize) {
        self.ids.insert(id.to_owned(), cluster);
    }

    /// An id, else a label of the run, else one that an edit gives.
    pub fn meant(&self, name: &str) -> Meant {
        if let Some(cluster) = self.ids.get(name) {
            return Meant::One(*cluster);
        }
        let plain = plain(name);
        match self.labels.get(&plain).or_else(|| self.new.get(&plain)).map(Vec::as_slice) {
            Some([cluster]) => Meant::One(*cluster),
            Some(several) => Meant::Several(several.to_vec()),
            None => Meant::Nothing(self.advice(name)),
        }
    }

    fn advice(&self, name: &str) -> String {
        let ids = self.ids.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>();
        let wanted = plain(name);
        let holds =
            || self.all.iter().map(String::as_str).find(|label| !wanted.is_empty() && plain(label).contains(&wanted));
        let near = nearest(name, self.all.iter().map(String::as_str).chain(ids)).or_else(holds);
        near.map_or_else(|| self.listed(), |near| format!("; did you mean {}?", shown(near)))
    }

    /// The clusters that there are.
    fn listed(&self) -> String {
        let labels: Vec<String> = self.all.iter().take(LISTED).map(|label| shown(label)).collect();
        let more = self.all.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        if labels.is_empty() { String::new() } else { format!("; there are {}{more}", labels.join(", ")) }
    }
}

/// A label as it is compared: whatever case it is in, and without what does not show.
fn plain(label: &str) -> String {
    folded(&one_line(label))
}
