//! Ctrl-C: the first one ends the run with what it has, the second at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the user has interrupted the program.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Begins to listen. The first interruption is noted, the second ends the process with 130.
///
/// # Errors
/// When signals cannot be listened to.
pub fn watch() -> Result<(), Error> {
    let problem = |problem: std::io::Error| Error::Bug(format!("cannot listen to signals: {problem}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(problem)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(listen())).map_err(problem)?;
    Ok(())
}

async fn listen() {
    while tokio::signal::ctrl_c().await.is_ok() {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    }
}
