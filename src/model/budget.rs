//! What a run may ask. Reserved before a request is sent, in the order of the questions, so that it is never overshot.

use std::sync::Mutex;

/// A cap on the requests of a run, shared by all that send them.
#[derive(Debug)]
pub struct Budget {
    max_calls: Option<u64>,
    reserved: Mutex<u64>,
}

impl Budget {
    /// At most `max_calls` requests, retries included; no limit when absent.
    pub fn new(max_calls: Option<u64>) -> Budget {
        Budget { max_calls, reserved: Mutex::new(0) }
    }

    /// Reserves up to `wanted` requests and says how many were granted.
    pub fn reserve(&self, wanted: u64) -> u64 {
        let mut reserved = self.reserved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let granted = self.max_calls.map_or(wanted, |most| wanted.min(most.saturating_sub(*reserved)));
        *reserved += granted;
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_cap_is_ever_granted() {
        let budget = Budget::new(Some(5));
        assert_eq!([budget.reserve(3), budget.reserve(3), budget.reserve(1)], [3, 2, 0]);
        assert_eq!(Budget::new(None).reserve(9), 9);
    }
}
