//! Today, for the manifest. No result depends on it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::text::date;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The day in UTC: `2026-11-28`.
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date((seconds / DAY).cast_signed())
}
