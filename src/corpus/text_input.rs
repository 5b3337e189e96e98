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
        let mut rest =
            LineEnds { input: decoded, are_cr: is_old_mac, are_double: are_double(&sample), after_cr: false };
        let count = rest.mend(&mut sample);
        sample.truncate(count);
        if rest.are_double {
            let missing = SAMPLE - sample.len();
            sample.extend(front(&mut rest, missing)?);
        }
        let text = BufReader::new(Cursor::new(sample.clone()).chain(rest));
        Ok(TextInput { sample, encoding, is_old_mac, text })
    }

    /// Whether the sample is all there is.
    pub(super) fn is_short(&self) -> bool {
        self.sample.len() < SAMPLE
    }
}

/// Passes bytes on, CR alone as LF, and CR CR LF as CR LF.
pub(super) struct LineEnds<R> {
    input: R,
    are_cr: bool,
    /// Whether lines end in CR CR LF, as a program writes them that ends lines twice.
    are_double: bool,
    /// Whether the last byte before those to come was CR.
    after_cr: bool,
}

impl<R> LineEnds<R> {
    /// Mends line ends in place: how many bytes are left.
    fn mend(&mut self, bytes: &mut [u8]) -> usize {
        if self.are_cr {
            to_line_feeds(bytes);
        }
        if !self.are_double {
            return bytes.len();
        }
        let mut count = 0;
        for place in 0..bytes.len() {
            let byte = bytes[place];
            let is_second = byte == b'\r' && self.after_cr;
            self.after_cr = byte == b'\r';
            if !is_second {
                bytes[count] = byte;
                count += 1;
            }
        }
        count
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.input.read(buffer)?;
            let count = self.mend(&mut buffer[..read]);
            if read == 0 || count > 0 {
                return Ok(count);
            }
        }
    }
}

/// Whether nine of ten lines end in CR CR LF.
fn are_double(sample: &[u8]) -> bool {
    let lines = sample.iter().filter(|byte| **byte == b'\n').count();
    let double = sample.windows(3).filter(|bytes| bytes == b"\r\r\n").count();
    lines > 0 && double * 10 >= lines * 9
}

fn to_line_feeds(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}
