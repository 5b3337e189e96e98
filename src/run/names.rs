//! Names of files that several of the others need.

/// What a run was and how it ended.
pub(super) const MANIFEST: &str = "manifest.json";
/// What keeps a second process out.
pub(super) const LOCK: &str = "lock";
