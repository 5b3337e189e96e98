//! Ctrl-C, the terminate signal and a terminal that is closed: the first one ends the run with what it has, the second at once.
//!
//! Most steps look for an interruption and end by themselves. One that computes for long and does not look is ended from here, by
//! what the run has lent for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{flags, print};
use crate::error::{Error, Exit};
use crate::observer::Ending;

/// How long the run is given to notice an interruption by itself.
const PATIENCE: Duration = Duration::from_millis(500);
/// Pause between two looks at what the run does.
const TICK: Duration = Duration::from_millis(50);
/// Exit code of an interrupted program.
const INTERRUPTED_CODE: i32 = Exit::Interrupted as i32;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// Whether the run has looked since, and so ends by itself.
static NOTICED: AtomicBool = AtomicBool::new(false);
static STATE: Mutex<State> = Mutex::new(State::Free);

/// How the run may be ended from outside.
enum State {
    /// Nothing is written yet: it just ends.
    Free,
    /// By what it has lent.
    Lent(Ending),
    /// It writes: it ends by itself.
    Writing,
}

/// Whether the user has interrupted the program. Who asks is believed to end then.
pub fn is_interrupted() -> bool {
    let is_interrupted = INTERRUPTED.load(Ordering::Relaxed);
    if is_interrupted {
        NOTICED.store(true, Ordering::Relaxed);
    }
    is_interrupted
}

/// Takes, or gives back, a way to end the run from outside.
pub fn lend(ending: Option<Ending>) {
    *state() = ending.map_or(State::Writing, State::Lent);
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to listen. The first signal is noted, the second ends the process with 130.
///
/// # Errors
/// When signals cannot be listened to.
pub fn watch() -> Result<(), Error> {
    let problem = |problem: std::io::Error| Error::machine(format!("cannot listen to signals: {problem}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(problem)?;
    let mut signals = runtime.block_on(async { Signals::new() }).map_err(problem)?;
    let listen = move || {
        runtime.block_on(signals.next());
        INTERRUPTED.store(true, Ordering::Relaxed);
        runtime.block_on(async {
            tokio::select! {
                () = signals.next() => {}
                () = until_it_must_end() => {}
            }
        });
        end();
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen).map_err(problem)?;
    Ok(())
}

/// Done when the run has not noticed in time and can be ended; never when it ends by itself.
async fn until_it_must_end() {
    let since = Instant::now();
    loop {
        match *state() {
            _ if NOTICED.load(Ordering::Relaxed) => break,
            State::Free => return,
            State::Lent(_) if since.elapsed() >= PATIENCE => return,
            _ => {}
        }
        tokio::time::sleep(TICK).await;
    }
    std::future::pending().await
}

/// Ends the process, with the files as an interrupted run leaves them. Whoever wants to write now waits for the end.
fn end() -> ! {
    let mut state = state();
    if let State::Lent(ending) = std::mem::replace(&mut *state, State::Writing) {
        ending().iter().for_each(|message| print::message(&flags::told(message)));
    }
    print::message(&format!("error: {}", Error::Interrupted));
    std::process::exit(INTERRUPTED_CODE)
}

/// Done when the user or the system asks the program to end: for a server, which ends by itself.
///
/// # Errors
/// When signals cannot be listened to.
#[cfg(unix)]
pub fn stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done when the user asks the program to end: for a server, which ends by itself.
///
/// # Errors
/// When signals cannot be listened to.
#[cfg(not(unix))]
pub fn stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// The signals that end a program.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    /// Listened to so that it does not end the process: a file that may not grow any more is an error of its writer.
    _file_size: tokio::signal::unix::Signal,
}

/// The number of the signal for a file that is larger than allowed (SIGXFSZ), on all systems that are common.
#[cfg(unix)]
const FILE_SIZE: i32 = 25;

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            _file_size: signal(SignalKind::from_raw(FILE_SIZE))?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// The signals that end a program.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
