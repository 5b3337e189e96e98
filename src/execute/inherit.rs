//! Clusters that come back keep the ids that they had in an earlier run.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::compare::{Side, counterparts};
use crate::error::Error;
use crate::run::{BaseRecord, FinishedRun, recorded_embeddings};

/// Reads the run whose ids are inherited.
///
/// # Errors
/// When it is no finished run, or one without clusters.
pub fn base(path: &Path) -> Result<Side, Error> {
    let side = Side::read(path)?;
    if side.run.clusters.is_empty() {
        return Err(Error::file(path, "holds no clusters whose ids could be inherited"));
    }
    Ok(side)
}

/// Gives the clusters of a run the ids of those that they were in the base, and notes how many there are. The vectors of the run
/// stand in its directory already.
///
/// # Errors
/// When these are not what the run has written.
pub fn inherit(base: &Side, run: FinishedRun, directory: &Path) -> Result<(FinishedRun, BaseRecord), Error> {
    let vectors = recorded_embeddings(directory, &run.manifest)?;
    let mut own = Side { run, vectors };
    let former: HashMap<String, String> = counterparts(base, &own).into_iter().collect();
    let renamed = ids(&own.run, &former);
    let id = |id: &mut String| id.clone_from(&renamed[id.as_str()]);
    for cluster in &mut own.run.clusters {
        id(&mut cluster.id);
        cluster.parent.iter_mut().for_each(id);
    }
    for line in &mut own.run.assignments {
        line.clusters.iter_mut().for_each(|held| id(&mut held.id));
        line.primary.iter_mut().for_each(id);
    }
    let files = &base.run.manifest.files;
    let record = BaseRecord {
        clusters: base.run.clusters.len(),
        inherited: former.len(),
        sha256: files.get("clusters.jsonl").cloned().unwrap_or_default(),
    };
    Ok((own.run, record))
}

/// The id that each cluster has now, by the one that it had: a former one, else its own, with a suffix where another inherits that.
fn ids(run: &FinishedRun, former: &HashMap<String, String>) -> HashMap<String, String> {
    let mut taken: HashSet<String> = former.values().cloned().collect();
    let mut renamed = HashMap::new();
    for cluster in &run.clusters {
        let id = match former.get(&cluster.id) {
            Some(id) => id.clone(),
            None => {
                let others = (2..).map(|number| format!("{}-{number}", cluster.id));
                let free = std::iter::once(cluster.id.clone()).chain(others).find(|id| !taken.contains(id));
                free.unwrap_or_else(|| cluster.id.clone())
            }
        };
        taken.insert(id.clone());
        renamed.insert(cluster.id.clone(), id);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::RunBuilder;

    #[test]
    fn an_id_that_another_cluster_inherits_is_given_to_none_twice() {
        let run = RunBuilder::by_goal("x").cluster("a", "p", &["1"]).cluster("b", "q", &["2"]).build();
        let former = HashMap::from([("c2".to_owned(), "c1".to_owned())]);
        let expected = HashMap::from([("c1".to_owned(), "c1-2".to_owned()), ("c2".to_owned(), "c1".to_owned())]);
        assert_eq!(ids(&run, &former), expected);
    }
}
