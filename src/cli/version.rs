//! What `--version` says: enough for a report of a fault.

/// Version, commit and features. The commit is empty where it is not known.
pub fn version(commit: &str) -> String {
    let commit = if commit.is_empty() { "unknown" } else { commit };
    let features = [
        ("fastembed", cfg!(feature = "fastembed")),
        ("workbooks", cfg!(feature = "workbooks")),
        ("parquet", cfg!(feature = "parquet")),
        ("hnsw", cfg!(feature = "hnsw")),
    ];
    let built: Vec<&str> = features.iter().filter(|(_, is_built)| *is_built).map(|(name, _)| *name).collect();
    let features = if built.is_empty() { "none".to_owned() } else { built.join(", ") };
    format!("{} (commit {commit}; features: {features})", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_names_the_commit_where_it_is_known() {
        let number = env!("CARGO_PKG_VERSION");
        assert!(version("abc123def").starts_with(&format!("{number} (commit abc123def; features: ")));
        assert!(version("").contains("(commit unknown; "));
    }
}
