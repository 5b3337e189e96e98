//! Embedders that are compiled in, each loaded once for all jobs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::embed::{Embedder, compiled_in};
use crate::error::Error;

/// One that several jobs use at once.
pub type Shared = Arc<dyn Embedder + Send>;

/// Those that are loaded, by their names.
#[derive(Default)]
pub struct Embedders(Mutex<HashMap<String, Shared>>);

impl Embedders {
    /// The embedder of a name; none where the name is that of a directory or an address, which a run opens itself.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn get(&self, name: &str) -> Result<Option<Shared>, Error> {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(embedder) = loaded.get(name) {
            return Ok(Some(embedder.clone()));
        }
        let Some(embedder) = compiled_in(name)? else { return Ok(None) };
        let embedder = Shared::from(embedder);
        loaded.insert(name.to_owned(), embedder.clone());
        Ok(Some(embedder))
    }
}
