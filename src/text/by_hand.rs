//! Files that a person writes by hand: keys, configurations, codebooks, prompts.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;

/// Bytes of such a file at most: what is longer is another file, or a device without an end.
const MOST: u64 = 32 << 20;

/// Opens a file of a run directory: a pipe or a device in its place might never end.
///
/// # Errors
/// When it cannot be read, or is not a regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    if path.metadata()?.is_file() { File::open(path) } else { Err(io::Error::other("is not a regular file")) }
}

/// The bytes of a file that a person has written.
///
/// # Errors
/// When it cannot be read, or is longer than anybody writes.
pub fn bytes_by_hand(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|problem| Error::file(path, problem))?;
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|problem| Error::file(path, problem))?;
    if bytes.len() as u64 > MOST {
        return Err(Error::file(path, format!("is longer than {} MiB: is it the right file?", MOST >> 20)));
    }
    Ok(bytes)
}

/// The text of a file that a person has written.
///
/// # Errors
/// Those of [`bytes_by_hand`], and when it is not UTF-8.
pub fn text_by_hand(path: &Path) -> Result<String, Error> {
    String::from_utf8(bytes_by_hand(path)?).map_err(|_| Error::file(path, "is not UTF-8: save it as UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_without_an_end_is_refused() {
        let problem = text_by_hand(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(problem.exit_code(), 2);
        assert!(problem.to_string().contains("longer than 32 MiB"), "{problem}");
        assert!(open_regular(Path::new("/dev/zero")).is_err());
    }
}
