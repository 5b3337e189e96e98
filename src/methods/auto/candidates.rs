//! The candidates of a run, with what is known of each before any answer.

use super::prior::Prior;
use super::session::Session;
use crate::error::Error;
use crate::observer::Silent;
use crate::spread::Start;
use crate::stages::propose::Candidate;

/// m candidates.
pub(super) struct Candidates {
    pub list: Vec<Candidate>,
    /// What their predicates say.
    pub start: Start,
    /// What the groups that they were named after say of a document, or how alike it is to the entries of a codebook; none where
    /// there is neither.
    pub prior: Option<Prior>,
}

impl Candidates {
    /// Embeds the predicates.
    pub fn new(session: &Session<'_>, list: Vec<Candidate>, prior: Option<Prior>) -> Result<Candidates, Error> {
        Ok(Candidates { start: start(session, &list)?, list, prior })
    }

    /// m.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The numbers of all candidates.
    pub fn all(&self) -> Vec<usize> {
        (0..self.list.len()).collect()
    }

    /// Puts further candidates after those that there are.
    pub fn add(&mut self, session: &Session<'_>, further: Vec<Candidate>) -> Result<(), Error> {
        self.list.extend(further);
        self.start = start(session, &self.list)?;
        Ok(())
    }

    /// Puts a shorter list in the place of the candidates: c is candidate `to[c]` of it, or none.
    pub fn renumber(&mut self, session: &Session<'_>, list: Vec<Candidate>, to: &[Option<usize>]) -> Result<(), Error> {
        self.start = start(session, &list)?;
        self.list = list;
        if let Some(prior) = &mut self.prior {
            prior.renumber(to);
        }
        Ok(())
    }
}

/// Clusters grown from the predicates' vectors.
fn start(session: &Session<'_>, list: &[Candidate]) -> Result<Start, Error> {
    let predicates: Vec<&str> = list.iter().map(|candidate| candidate.predicate.as_str()).collect();
    let vectors = session.setting.embedder.embed(&predicates, &Silent)?.embeddings;
    Ok(Start::new(&session.sample.feature_spaces[0], &vectors, 1))
}
