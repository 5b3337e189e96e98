//! How many requests are under way at once: down when the server is overloaded, up again slowly; and the pause that all keep.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The pace of all requests of a run.
#[derive(Debug)]
pub struct Pace {
    most: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Requests at once; at least 1.
    limit: f64,
    paused_until: Option<Instant>,
}

impl Pace {
    /// At most `most` requests at once, and as many to begin with.
    pub fn new(most: usize) -> Pace {
        let most = most.max(1) as f64;
        Pace { most, state: Mutex::new(State { limit: most, paused_until: None }) }
    }

    /// Requests that may be under way now.
    pub fn limit(&self) -> usize {
        self.state().limit as usize
    }

    /// The server answered: one more at once after as many answers as are allowed now.
    pub fn answered(&self) {
        let mut state = self.state();
        state.limit = (state.limit + 1.0 / state.limit).min(self.most);
    }

    /// The server is overloaded: half as many, and nobody asks before `pause` is over. Refusals of requests that were sent
    /// before the pause began do not halve again.
    pub fn overloaded(&self, pause: Duration) {
        let mut state = self.state();
        let now = Instant::now();
        if state.paused_until.is_none_or(|until| until <= now) {
            state.limit = (state.limit / 2.0).max(1.0);
        }
        state.paused_until = state.paused_until.max(Some(now + pause));
    }

    /// Waits until no pause is left.
    pub async fn wait(&self) {
        loop {
            let until = self.state().paused_until;
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => tokio::time::sleep_until(until.into()).await,
                None => return,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overload_halves_once_a_pause_and_answers_raise_slowly() {
        let pace = Pace::new(8);
        pace.overloaded(Duration::from_secs(9));
        pace.overloaded(Duration::from_secs(9));
        assert_eq!(pace.limit(), 4);
        (0..4).for_each(|_| pace.answered());
        assert_eq!(pace.limit(), 4);
        (0..40).for_each(|_| pace.answered());
        assert_eq!(pace.limit(), 8);
        let slow = Pace::new(1);
        slow.overloaded(Duration::ZERO);
        assert_eq!(slow.limit(), 1);
    }
}
