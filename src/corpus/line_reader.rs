//! A stream as lines of bounded length, some of which may be handed back to be read again.

use std::io::{self, BufRead, Read};

/// Bytes of the longest line, and of the longest record of several lines, that is read. What is longer is not a document.
pub(super) const LONGEST: usize = 128 * 1024 * 1024;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// 1-based.
    pub(super) number: u64,
    /// Its bytes with the line end; only the first of them where it is too long.
    pub(super) bytes: Vec<u8>,
    /// Whether it was longer than is read.
    pub(super) is_cut: bool,
}

impl Line {
    /// Its bytes without the line end, and the line end.
    pub(super) fn parts(&self) -> (&[u8], &[u8]) {
        let line = self.bytes.as_slice();
        let content = line.strip_suffix(b"\n").map_or(line, |rest| rest.strip_suffix(b"\r").unwrap_or(rest));
        line.split_at(content.len())
    }

    /// Whether it holds nothing but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }
}

/// Reads line by line.
pub(super) struct LineReader<R> {
    input: R,
    number: u64,
    longest: usize,
    /// Lines to be read again, the next one last.
    back: Vec<Line>,
}

impl<R: BufRead> LineReader<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> LineReader<R> {
        LineReader { input, number: 0, longest: LONGEST, back: Vec::new() }
    }

    /// The same with another bound on a line's length.
    #[cfg(test)]
    pub(super) fn with_longest(input: R, longest: usize) -> LineReader<R> {
        LineReader { longest, ..LineReader::new(input) }
    }

    /// Bytes of the longest line that is read.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// The next line.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.back.pop() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        self.input.by_ref().take(self.longest as u64).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let is_cut = bytes.len() == self.longest && !bytes.ends_with(b"\n");
        if is_cut {
            self.input.skip_until(b'\n')?;
        }
        Ok(Some(Line { number: self.number, bytes, is_cut }))
    }

    /// Passes over empty lines, however many there are: their number. Some may be left.
    pub(super) fn skip_empty(&mut self) -> io::Result<u64> {
        let mut count = 0;
        while self.back.is_empty() {
            let buffer = self.input.fill_buf()?;
            let mut rest = buffer;
            while let [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..] = rest {
                rest = behind;
                count += 1;
            }
            let (used, is_all) = (buffer.len() - rest.len(), rest.is_empty());
            self.input.consume(used);
            if used == 0 || !is_all {
                break;
            }
        }
        self.number += count;
        Ok(count)
    }

    /// The next line that is not blank.
    pub(super) fn next_filled(&mut self) -> io::Result<Option<Line>> {
        self.skip_empty()?;
        while let Some(line) = self.next()? {
            if !line.is_blank() {
                return Ok(Some(line));
            }
            self.skip_empty()?;
        }
        Ok(None)
    }

    /// Parts a line at each CR that stands alone in it: the first part, and how many more there are,
    /// which are the next to be read. All lines after it are numbered on.
    pub(super) fn part(&mut self, line: Line) -> (Line, u64) {
        let (content, end) = line.parts();
        let mut parts: Vec<Line> = (line.number..)
            .zip(content.split(|byte| *byte == b'\r'))
            .map(|(number, part)| Line { number, bytes: [part, b"\n"].concat(), is_cut: false })
            .collect();
        if end.is_empty() {
            parts.last_mut().into_iter().for_each(|last| last.bytes.truncate(last.bytes.len() - 1));
        }
        let more = parts.len() as u64 - 1;
        self.number += more;
        self.back.iter_mut().for_each(|line| line.number += more);
        let first = parts.remove(0);
        self.give_back(parts.into_iter());
        (first, more)
    }

    /// Hands lines back, in file order: they are the next to be read.
    pub(super) fn give_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        self.back.extend(lines.rev());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_can_be_read_again() {
        let mut lines = LineReader::new(&b"a\r\n\nb"[..]);
        let first = lines.next().unwrap().unwrap();
        assert_eq!(first.parts(), (&b"a"[..], &b"\r\n"[..]));
        let third = lines.next_filled().unwrap().unwrap();
        assert_eq!((third.number, third.bytes.as_slice()), (3, &b"b"[..]));
        lines.give_back([first, third].into_iter());
        let numbers: Vec<u64> = std::iter::from_fn(|| lines.next().unwrap()).map(|line| line.number).collect();
        assert_eq!(numbers, [1, 3]);
    }

    #[test]
    fn empty_lines_are_passed_over_and_counted() {
        let mut lines = LineReader::new(io::BufReader::with_capacity(3, &b"\n\r\n\n\r\n\na\n\n \n\r\nb"[..]));
        let numbers = std::iter::from_fn(|| lines.next_filled().unwrap()).map(|line| (line.number, line.bytes));
        assert_eq!(numbers.collect::<Vec<_>>(), [(6, b"a\n".to_vec()), (10, b"b".to_vec())]);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() {
        let mut lines = LineReader::with_longest(&b"abcdefg\nabc\nx"[..], 4);
        let read: Vec<(Vec<u8>, bool)> =
            std::iter::from_fn(|| lines.next().unwrap()).map(|line| (line.bytes, line.is_cut)).collect();
        assert_eq!(read, [(b"abcd".to_vec(), true), (b"abc\n".to_vec(), false), (b"x".to_vec(), false)]);
    }
}
