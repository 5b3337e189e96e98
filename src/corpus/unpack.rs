//! Compressed files: unpacked as they are read.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Endings of names that say that a file is compressed.
pub(super) const ENDINGS: [&str; 4] = ["gz", "gzip", "zst", "zstd"];

/// A stream and how it is compressed, if it is.
pub(super) fn unpacked<'a>(front: &[u8], input: Box<dyn Read + 'a>) -> (Box<dyn Read + 'a>, Option<&'static str>) {
    if front.starts_with(b"\x1F\x8B") {
        return (Box::new(Gzip::new(input)), Some("gzip"));
    }
    if front.starts_with(b"\x28\xB5\x2F\xFD") {
        return (Box::new(Zstd::new(input)), Some("Zstandard"));
    }
    (input, None)
}

/// All members of a gzip file, one after the other. Zeros after them fill up a block of a tape or a disk; anything else there is an
/// error, since it may be what is left of more rows.
struct Gzip<R: Read> {
    /// None at the end of the file.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Gzip<R> {
    fn new(input: R) -> Gzip<R> {
        Gzip { member: Some(GzDecoder::new(BufReader::new(input))) }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer).map_err(cut_short)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.member = self.member.take().map(GzDecoder::into_inner).map(next_member).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// The error of a file that ends before its gzip data do, in words.
fn cut_short(problem: io::Error) -> io::Error {
    let is_cut = problem.kind() == io::ErrorKind::UnexpectedEof || problem.to_string().contains("incomplete");
    if is_cut {
        return io::Error::other("its gzip data end early: fetch or export the whole file again");
    }
    match problem.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            io::Error::other(format!("its gzip data are broken ({problem}): fetch or export the file again"))
        }
        _ => problem,
    }
}

/// The next member of a gzip file, if there is one.
fn next_member<R: Read>(mut input: BufReader<R>) -> io::Result<Option<GzDecoder<BufReader<R>>>> {
    loop {
        match input.fill_buf()? {
            [] => return Ok(None),
            [0, ..] => {
                let zeros = input.buffer().iter().take_while(|byte| **byte == 0).count();
                input.consume(zeros);
            }
            [0x1F, ..] => return Ok(Some(GzDecoder::new(input))),
            _ => {
                return Err(io::Error::other(
                    "other bytes follow its gzip data: if they are not wanted, unpack it first (gunzip -c FILE) and read what \
                     comes of it",
                ));
            }
        }
    }
}

/// All frames of a Zstandard file, one after the other.
struct Zstd<R> {
    input: BufReader<R>,
    decoder: FrameDecoder,
    /// Whether the decoder is within a frame.
    is_open: bool,
}

impl<R: Read> Zstd<R> {
    fn new(input: R) -> Zstd<R> {
        Zstd { input: BufReader::new(input), decoder: FrameDecoder::new(), is_open: false }
    }

    /// Opens the next frame, past those that hold no data; false at the end of the file.
    fn open_frame(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.input.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(problem) => return Err(broken(problem)),
            }
        }
        Ok(false)
    }

    fn read_frame(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let one = BlockDecodingStrategy::UptoBlocks(1);
            self.decoder.decode_blocks(&mut self.input, one).map_err(broken)?;
        }
        self.decoder.read(buffer)
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_open && !self.open_frame()? {
                return Ok(0);
            }
            let count = self.read_frame(buffer)?;
            self.is_open = count > 0 || buffer.is_empty();
            if self.is_open {
                return Ok(count);
            }
        }
    }
}

fn broken(problem: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("its Zstandard data is broken: {problem}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crate::corpus::testing::{error_of, options, read_as, texts};

    const ROWS: &[u8] = b"{\"text\": \"a\"}\n{\"text\": \"b\"}\n";

    fn zstd() -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(ROWS, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn gzip() -> Vec<u8> {
        gzipped(ROWS)
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_file_that_is_compressed_twice_is_told_of() {
        for inner in [gzip(), zstd()] {
            let problem = error_of("a.jsonl.gz.gz", &gzipped(&inner), &options());
            assert!(problem.contains("compressed twice"), "{problem}");
        }
    }

    #[test]
    fn compressed_files_of_one_part_or_two_are_read_whatever_their_name() {
        let skippable = [&b"\x50\x2A\x4D\x18\x03\0\0\0abc"[..], &zstd()].concat();
        for packed in [[gzip(), gzip()], [zstd(), zstd()], [zstd(), skippable]] {
            for name in ["a.jsonl.gz", "a.jsonl", "a"] {
                let corpus = read_as(name, &packed.concat(), &options()).unwrap();
                assert_eq!(texts(&corpus), ["a", "b", "a", "b"], "{name}");
            }
        }
        assert_eq!(read_as("mail.jsonl.gz", &gzip(), &options()).unwrap().name, "mail");
    }

    #[test]
    fn zeros_after_the_data_are_no_rows_and_other_bytes_are_told_of() {
        let zeros = [gzip(), vec![0; 10_000]].concat();
        assert_eq!(texts(&read_as("a.jsonl.gz", &zeros, &options()).unwrap()), ["a", "b"]);
        let padded = [gzip(), vec![0; 100], gzip()].concat();
        assert_eq!(texts(&read_as("a.jsonl.gz", &padded, &options()).unwrap()), ["a", "b", "a", "b"]);
        for rest in [&b"more"[..], b"\0\0\0more", b"{\"text\": \"c\"}\n"] {
            let problem = error_of("a.jsonl.gz", &[&gzip(), rest].concat(), &options());
            assert!(problem.contains("other bytes follow its gzip data"), "{problem}");
        }
        assert!(error_of("a.jsonl.gz", &[&gzip(), &b"\x1F\x8Bx"[..]].concat(), &options()).starts_with("a.jsonl.gz: "));
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        for packed in [gzip(), zstd()] {
            assert!(error_of("a.jsonl", &packed[..packed.len() - 5], &options()).starts_with("a.jsonl: "));
        }
    }
}
