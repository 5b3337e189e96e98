//! Where requests are sent: a tokio runtime that the caller lends, or one for all servers of a run.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::Error;

/// Threads that send and receive: they wait most of the time.
const THREADS: usize = 2;

/// The runtime on which requests are sent. Whoever asks waits for it, and so does not run on it: a service calls the library from
/// `spawn_blocking`.
#[derive(Debug, Default)]
pub struct Network {
    lent: Option<Handle>,
    own: OnceLock<Runtime>,
}

impl Network {
    /// A runtime of several threads that is the caller's.
    pub fn lent(runtime: Handle) -> Network {
        Network { lent: Some(runtime), own: OnceLock::new() }
    }

    /// A runtime of its own, which is not started before the first server is named.
    pub fn own() -> Network {
        Network::default()
    }

    /// For a client.
    ///
    /// # Errors
    /// When a runtime of its own cannot be started.
    pub(super) fn handle(&self) -> Result<Handle, Error> {
        if let Some(lent) = &self.lent {
            return Ok(lent.clone());
        }
        if self.own.get().is_none() {
            let built = Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
            let built =
                built.map_err(|problem| Error::machine(format!("cannot start the network runtime: {problem}")))?;
            // Should another thread have been faster, its runtime is the one.
            let _ = self.own.set(built);
        }
        let own = self.own.get().ok_or_else(|| Error::Bug("a runtime that was started is gone".into()))?;
        Ok(own.handle().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_started_once_and_none_where_one_is_lent() {
        let own = Network::own();
        assert_eq!(own.handle().unwrap().id(), own.handle().unwrap().id());
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let lent = Network::lent(runtime.handle().clone());
        assert_eq!(lent.handle().unwrap().id(), runtime.handle().id());
        assert!(lent.own.get().is_none());
    }
}
