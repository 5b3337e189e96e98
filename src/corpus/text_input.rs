//! A stream as text in UTF-8 with line ends that readers know, and its beginning, by which it is recognised.

use std::io::{self, BufReader, Chain, Cursor, Read};

use super::encoding::ToUtf8;
use super::input::front;

/// So many decoded bytes decide on format, separator and quote.
pub(super) const SAMPLE: usize = 64 * 1024;

/// A stream that can be read line by line.
pub(super) type Decoded<R> = BufReader<Chain<Cursor<Vec<u8>>, LineEnds<ToUtf8<R>>>>;

/// Decoded text.
pub(super) struct TextInput<R> {
    /// The beginning of the text.
    pub(super) sample: Vec<u8>,
    /// The encoding's name.
    pub(super) encoding: &'static str,
    /// Whether its lines ended in CR alone.
    pub(super) is_old_mac: bool,
    /// All of the text, the sample included.
    pub(super) text: Decoded<R>,
}

impl<R: Read> TextInput<R> {
    /// Decodes the beginning.
    pub(super) fn open(input: R) -> io::Result<TextInput<R>> {
        let mut decoded = ToUtf8::new(input);
        let mut sample = front(&mut decoded, SAMPLE)?;
        let encoding = decoded.name();
        let is_old_mac = sample.contains(&b'\r') && !sample.contains(&b'\n');
        if is_old_mac {
            to_line_feeds(&mut sample);
        }
        let rest = LineEnds { input: decoded, are_cr: is_old_mac };
        let text = BufReader::new(Cursor::new(sample.clone()).chain(rest));
        Ok(TextInput { sample, encoding, is_old_mac, text })
    }

    /// Whether the sample is all there is.
    pub(super) fn is_short(&self) -> bool {
        self.sample.len() < SAMPLE
    }
}

/// Passes bytes on, CR alone as LF.
pub(super) struct LineEnds<R> {
    input: R,
    are_cr: bool,
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if self.are_cr {
            to_line_feeds(&mut buffer[..count]);
        }
        Ok(count)
    }
}

fn to_line_feeds(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}
