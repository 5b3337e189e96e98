//! A JSON text cut into its values without understanding them.

use std::io::{self, BufRead, Cursor};

use super::line_reader::LONGEST;

/// One value of a JSON text.
pub(super) struct Cut {
    pub(super) bytes: Vec<u8>,
    pub(super) is_too_long: bool,
    /// Whether it ended as it should, not with the file.
    pub(super) is_whole: bool,
    /// Line of the file on which it begins.
    pub(super) line: u64,
}

/// Cuts a JSON text into its values without understanding them: what stands between braces, quotes or commas.
pub(super) struct Values<I> {
    pub(super) input: I,
    /// Whether the values are those of a list (or the names and values of an object).
    pub(super) in_list: bool,
    /// Whether all ends with the list.
    pub(super) is_only: bool,
    /// Whether the last value ended as it should.
    pub(super) is_whole: bool,
    /// Bytes of the longest value that is kept.
    pub(super) longest: usize,
    /// Line of the file, from 1.
    pub(super) line: u64,
}

impl<I: BufRead> Values<I> {
    /// Nothing is read yet.
    pub(super) fn new(input: I) -> Values<I> {
        Values { input, in_list: false, is_only: false, is_whole: true, longest: LONGEST, line: 1 }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    /// The first byte of the next value, or of what ends the list.
    pub(super) fn peek_filled(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() && !matches!(byte, b',' | b':') {
                return Ok(Some(byte));
            }
            self.pass(byte);
        }
        Ok(None)
    }

    /// Goes past a byte.
    fn pass(&mut self, byte: u8) {
        self.input.consume(1);
        self.line += u64::from(byte == b'\n');
    }

    /// The next value; within an object, its names and values by turns.
    pub(super) fn next(&mut self) -> io::Result<Option<Cut>> {
        loop {
            match self.peek_filled()? {
                // A list that is never closed is a row that is broken: the file was cut short.
                None if std::mem::take(&mut self.in_list) && self.is_whole => {
                    return Ok(Some(Cut { bytes: Vec::new(), is_too_long: false, is_whole: false, line: self.line }));
                }
                None => return Ok(None),
                Some(b'[') if !self.in_list => {
                    self.input.consume(1);
                    self.in_list = true;
                }
                Some(b']' | b'}') if self.in_list && self.is_only => return Ok(None),
                Some(b']' | b'}') if self.in_list => {
                    self.input.consume(1);
                    self.in_list = false;
                }
                Some(_) => return self.value().map(Some),
            }
        }
    }

    /// The value that begins here: at least one byte.
    fn value(&mut self) -> io::Result<Cut> {
        let mut cut = Cut { bytes: Vec::new(), is_too_long: false, is_whole: true, line: self.line };
        let mut scan = Scan::default();
        while let Some(byte) = self.peek()?.filter(|&byte| !scan.ends_before(byte)) {
            self.pass(byte);
            cut.is_too_long |= cut.bytes.len() >= self.longest;
            if !cut.is_too_long {
                cut.bytes.push(byte);
            }
            scan.step(byte);
            if scan.is_over {
                break;
            }
        }
        self.is_whole = scan.is_over || scan.depth == 0 && !scan.in_string;
        cut.is_whole = self.is_whole;
        Ok(cut)
    }
}

impl<I: BufRead> Values<I> {
    /// The next value as a whole, a list not taken apart.
    pub(super) fn value_whole(mut self) -> io::Result<Option<Cut>> {
        self.longest = usize::MAX;
        let is_there = self.peek_filled()?.is_some();
        is_there.then(|| self.value()).transpose()
    }
}

impl<'b> Values<Cursor<&'b [u8]>> {
    /// The values of the list, or the names and values of the object, that the bytes begin with.
    pub(super) fn inside(bytes: &'b [u8]) -> Values<Cursor<&'b [u8]>> {
        let mut input = Cursor::new(bytes);
        input.consume(1);
        Values { in_list: true, is_only: true, longest: usize::MAX, ..Values::new(input) }
    }

    /// How many of the bytes are read.
    pub(super) fn position(&self) -> usize {
        usize::try_from(self.input.position()).unwrap_or(usize::MAX)
    }
}

/// Where in a value one is.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    has_begun: bool,
    is_over: bool,
}

impl Scan {
    /// Whether the byte is not part of a value that has no end of its own: a number or a word.
    fn ends_before(&self, byte: u8) -> bool {
        let is_end = byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b']' | b'}');
        self.has_begun && self.depth == 0 && !self.in_string && is_end
    }

    fn step(&mut self, byte: u8) {
        self.has_begun = true;
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => {
                self.in_string = !self.in_string;
                self.is_over = !self.in_string && self.depth == 0;
            }
            _ if self.in_string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.is_over = self.depth == 0;
            }
            _ => {}
        }
    }
}

/// The names of an object's members, each with the place of its value in the bytes, which begin
/// with the object at `start`.
pub(super) fn members(bytes: &[u8], start: usize) -> Vec<(String, usize)> {
    let mut values = Values::inside(bytes.get(start..).unwrap_or_default());
    let mut members = Vec::new();
    // The bytes are in memory: reading them cannot fail.
    while let Ok(Some(name)) = values.next() {
        let Ok(Some(_)) = values.peek_filled() else { break };
        let name: String = serde_json::from_slice(&name.bytes).unwrap_or_default();
        members.push((name, start + values.position()));
        if !matches!(values.next(), Ok(Some(_))) {
            break;
        }
    }
    members
}
