//! How much a compressed file holds: a few bytes can unpack to more than there is memory for.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use super::unpack::unpacked;
use crate::error::Error;

/// Bytes that a file holds when it is unpacked, counted up to one more than `most`; its own where it is not compressed. Members of an
/// archive and of a workbook count together.
///
/// # Errors
/// When it cannot be read.
pub fn unpacked_bytes(path: &Path, most: u64) -> Result<u64, Error> {
    let problem = |problem: io::Error| Error::file(path, problem);
    let mut file = File::open(path).map_err(problem)?;
    let mut front = [0; 4];
    let read = file.read(&mut front).map_err(problem)?;
    file.rewind().map_err(problem)?;
    if front.starts_with(b"PK") {
        return members(file, most).map_err(problem);
    }
    let (unpacked, _) = unpacked(&front[..read], Box::new(BufReader::new(file)));
    io::copy(&mut unpacked.take(most.saturating_add(1)), &mut io::sink()).map_err(problem)
}

/// What all members hold together. What is broken is for whoever reads it.
fn members(file: File, most: u64) -> io::Result<u64> {
    let own = file.metadata()?.len();
    let Ok(mut archive) = ZipArchive::new(BufReader::new(file)) else { return Ok(own) };
    let mut total = 0_u64;
    for place in 0..archive.len() {
        let Ok(member) = archive.by_index(place) else { continue };
        let left = most.saturating_sub(total).saturating_add(1);
        // What stands before a broken place counts, and is cut there by a reader too.
        let mut counting = Counting { count: 0 };
        let _ = io::copy(&mut member.take(left), &mut counting);
        total = total.saturating_add(counting.count);
        if total > most {
            break;
        }
    }
    Ok(total)
}

/// Counts bytes and keeps none.
struct Counting {
    count: u64,
}

impl io::Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.count += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_a_file_unpacks_to_is_counted_no_further_than_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = vec![0; 1_000_000];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&zeros).unwrap();
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for name in ["a.txt", "b.txt"] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(&zeros).unwrap();
        }
        let cases = [
            (gzip.finish().unwrap(), 1_000_000),
            (zip.finish().unwrap().into_inner(), 2_000_000),
            (b"plain".to_vec(), 5),
        ];
        for (bytes, holds) in cases {
            let path = folder.path().join("file");
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(unpacked_bytes(&path, 10_000_000).unwrap(), holds);
            assert_eq!(unpacked_bytes(&path, 4).unwrap(), 5, "{holds}");
        }
    }
}
