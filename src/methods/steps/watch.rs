//! Wall time by stage.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Wall time of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Its name.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
}

/// Notes how long each stage took.
#[derive(Debug)]
pub struct Watch {
    since: Instant,
    stages: Vec<StageRecord>,
}

impl Default for Watch {
    fn default() -> Watch {
        Watch { since: Instant::now(), stages: Vec::new() }
    }
}

impl Watch {
    /// The stage that began at the last call, or at the start, is over. Times of one name are added up.
    pub fn lap(&mut self, name: &str) {
        let seconds = self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
        match self.stages.iter_mut().find(|stage| stage.name == name) {
            Some(stage) => stage.seconds += seconds,
            None => self.stages.push(StageRecord { name: name.to_owned(), seconds }),
        }
    }

    /// All stages, in order of their first lap.
    pub fn into_stages(self) -> Vec<StageRecord> {
        self.stages
    }
}
