//! Tells the program which commit it was built from, where that is known.

use std::process::Command;

fn main() {
    // Without these lines cargo would run this script whenever any file of the package changes.
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=.git/HEAD");
    println!("cargo::rerun-if-changed=.git/refs/heads");
    println!("cargo::rustc-env=COLLIGATE_COMMIT={}", commit().unwrap_or_default());
}

/// The commit's short name; none outside a checkout, or without git.
fn commit() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short=9", "HEAD"]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !name.is_empty()).then_some(name)
}
