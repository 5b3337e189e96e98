//! How much room is left on the disk.

use std::path::Path;

/// Bytes that are free where a folder is; none where the system does not say.
#[cfg(unix)]
pub fn free(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Bytes that are free where a folder is; none where the system does not say.
#[cfg(not(unix))]
pub fn free(_: &Path) -> Option<u64> {
    None
}
