//! Tables with a blank behind each separator, `1, "cold, and late", 3`: without it, a quote begins a cell.

use std::io::{self, Read};

/// Bytes that are read at once.
const BLOCK: usize = 16 * 1024;

/// Passes a table on without the blanks between a separator and a quote.
pub(super) struct Tight<R> {
    input: R,
    separator: u8,
    state: State,
    /// Blanks behind the separator, which are passed on if no quote follows.
    blanks: usize,
    ready: Vec<u8>,
    given: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
}

impl<R: Read> Tight<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, separator: u8) -> Tight<R> {
        Tight { input, separator, state: State::FieldStart, blanks: 0, ready: Vec::new(), given: 0 }
    }

    fn step(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::FieldStart, b' ') => {
                self.blanks += 1;
                return;
            }
            (State::FieldStart, b'"') => {
                self.blanks = 0;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Plain,
            // Another quote behind one goes on in the cell.
            (State::Plain, b'"') if self.ready.last() == Some(&b'"') => State::Quoted,
            (State::Quoted, _) => State::Quoted,
            (_, byte) if byte == self.separator || byte == b'\n' => {
                self.release();
                State::FieldStart
            }
            _ => State::Plain,
        };
        self.release();
        self.ready.push(byte);
    }

    fn release(&mut self) {
        self.ready.extend(std::iter::repeat_n(b' ', std::mem::take(&mut self.blanks)));
    }
}

impl<R: Read> Read for Tight<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut block = [0; BLOCK];
        while self.given == self.ready.len() {
            // The last byte says whether a quote stands before the next one.
            self.ready.drain(..self.ready.len().saturating_sub(1));
            self.given = self.ready.len();
            let count = self.input.read(&mut block)?;
            block[..count].iter().for_each(|byte| self.step(*byte));
            if count == 0 {
                self.release();
                break;
            }
        }
        let mut rest = &self.ready[self.given..];
        let count = rest.read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{options, read_as, texts};

    #[test]
    fn blanks_before_quotes_go_and_others_stay() {
        for (written, wanted) in [
            ("1, \"a, \"\"b\"\" \", c\n2, d \"e, f\"", "1,\"a, \"\"b\"\" \", c\n2, d \"e, f\""),
            ("  \"a\"\n b, ", "\"a\"\n b, "),
        ] {
            let mut read = String::new();
            Tight::new(written.as_bytes(), b',').read_to_string(&mut read).unwrap();
            assert_eq!(read, wanted);
        }
    }

    #[test]
    fn a_table_with_blanks_before_its_quotes_is_read() {
        let rows: String = (0..6).map(|n| format!("{n}, \"the soup was cold, in week {n}\", 3\n")).collect();
        let corpus = read_as("a.csv", format!("id, comment, n\n{rows}").as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), texts(&corpus)[2]), (6, "the soup was cold, in week 2"));
    }
}
