//! One edit, as a person has written it.

/// What a person wants, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The line on which it begins.
    pub line: usize,
    /// What is wanted.
    pub what: What,
}

/// What a person wants. Clusters are named by id or label, documents by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The cluster has another label and, where one is given, another predicate.
    Rename { cluster: String, to: String, predicate: Option<String> },
    /// The clusters are one, with id and name of the first.
    Merge { clusters: Vec<String> },
    /// The documents leave the cluster for one of their own.
    Split { cluster: String, to: String, predicate: Option<String>, documents: Vec<String> },
    /// The documents are in these clusters only; in none where the list is empty.
    Move { documents: Vec<String>, to: Vec<String> },
    /// The cluster has to be there.
    Pin { cluster: String },
    /// The cluster goes away.
    Drop { cluster: String },
    /// Of these clusters a run may have one at most.
    Exclusive { clusters: Vec<String> },
    /// The documents are in the same clusters.
    MustLink { documents: Vec<String> },
    /// No two of the documents are in the same cluster.
    CannotLink { documents: Vec<String> },
    /// A cluster has so many documents or more.
    AtLeast(usize),
    /// A cluster has so many documents or fewer.
    AtMost(usize),
}

impl What {
    /// The names of clusters of the run that was edited.
    pub fn names(&self) -> &[String] {
        match self {
            What::Rename { cluster, .. }
            | What::Split { cluster, .. }
            | What::Pin { cluster }
            | What::Drop { cluster } => std::slice::from_ref(cluster),
            What::Merge { clusters } | What::Exclusive { clusters } => clusters,
            What::Move { to, .. } => to,
            What::MustLink { .. } | What::CannotLink { .. } | What::AtLeast(_) | What::AtMost(_) => &[],
        }
    }

    /// The word for it in a file.
    pub fn word(&self) -> &'static str {
        match self {
            What::Rename { .. } => "rename",
            What::Merge { .. } => "merge",
            What::Split { .. } => "split",
            What::Move { .. } => "move",
            What::Pin { .. } => "pin",
            What::Drop { .. } => "drop",
            What::Exclusive { .. } => "exclusive",
            What::MustLink { .. } => "must-link",
            What::CannotLink { .. } => "cannot-link",
            What::AtLeast(_) => "at-least",
            What::AtMost(_) => "at-most",
        }
    }
}
