//! Tables whose separator is of several signs: `~|~`, `||`, `::`.

use std::io::{self, Read};

/// What such a separator is read as: no text has it.
pub(super) const UNIT: u8 = 0x1f;
/// Signs that stand around a separator, and the separators that they stand around.
const AROUND: (&[u8], &[u8]) = (b"~^#$@*!%&", b"|,;");
/// Signs that are doubled.
const DOUBLED: &[u8] = b"|:;~^";
/// Lines that show it, and those that are looked at; a doubled sign stands twice in each at least, as `std::io` is one word.
const LEAST: usize = 3;
const SHOWING: usize = 50;
const TWICE: usize = 2;
/// Bytes that are read at once.
const BLOCK: usize = 16 * 1024;

/// The separator, where each line has the same number of it.
pub(super) fn separator(sample: &[u8]) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(SHOWING).collect();
    let around = AROUND.0.iter().flat_map(|sign| AROUND.1.iter().map(|inner| (vec![*sign, *inner, *sign], 1)));
    // Of a table with the single sign some lines end in many of it.
    let is_doubled = |sign: &&u8| lines.first().is_some_and(|line| runs(line, **sign).all(|length| length == 2));
    let doubled = DOUBLED.iter().filter(is_doubled).map(|sign| (vec![*sign; 2], TWICE));
    let is_in_all = |(signs, least): &(Vec<u8>, usize)| {
        let first = lines.first().map_or(0, |line| count(line, signs));
        first >= *least && lines.len() >= LEAST && lines.iter().all(|line| count(line, signs) == first)
    };
    around.chain(doubled).find(is_in_all).map(|(signs, _)| signs)
}

/// How many of a sign stand together, for each place where it stands.
fn runs(line: &[u8], sign: u8) -> impl Iterator<Item = usize> {
    line.split(move |byte| *byte != sign).map(<[u8]>::len).filter(|length| *length > 0)
}

fn count(line: &[u8], signs: &[u8]) -> usize {
    let (mut count, mut rest) = (0, line);
    while let Some(place) = rest.windows(signs.len()).position(|part| part == signs) {
        (count, rest) = (count + 1, &rest[place + signs.len()..]);
    }
    count
}

/// Passes a table on with one byte for each separator.
pub(super) struct Replaced<R> {
    input: R,
    signs: Vec<u8>,
    /// What was read and not yet passed on: at its end may stand a part of a separator.
    waiting: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Replaced<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, signs: Vec<u8>) -> Replaced<R> {
        Replaced { input, signs, waiting: Vec::new(), ready: Vec::new(), given: 0 }
    }

    /// Passes on what is waiting, but for bytes that the next ones may make a separator of.
    fn pass_on(&mut self, is_end: bool) {
        let mut place = 0;
        while place < self.waiting.len() {
            let rest = &self.waiting[place..];
            if rest.starts_with(&self.signs) {
                self.ready.push(UNIT);
                place += self.signs.len();
            } else if !is_end && rest.len() < self.signs.len() {
                break;
            } else {
                self.ready.push(rest[0]);
                place += 1;
            }
        }
        self.waiting.drain(..place);
    }
}

impl<R: Read> Read for Replaced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut block = [0; BLOCK];
        while self.given == self.ready.len() {
            (self.given, self.ready) = (0, Vec::new());
            let count = self.input.read(&mut block)?;
            self.waiting.extend(&block[..count]);
            self.pass_on(count == 0);
            if count == 0 {
                break;
            }
        }
        let mut rest = &self.ready[self.given..];
        let count = rest.read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

/// The sample as it is read then.
pub(super) fn replaced(sample: &[u8], signs: &[u8]) -> Vec<u8> {
    let mut replaced = Replaced::new(io::empty(), signs.to_vec());
    replaced.waiting.extend(sample);
    replaced.pass_on(true);
    replaced.ready
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{ids, options, read_as, texts};

    #[test]
    fn separators_of_several_signs_are_read() {
        for signs in ["~|~", "||", "::", "^,^"] {
            let rows: String =
                (0..9).map(|n| format!("x{n}{signs}the soup was cold, in week {n}{signs}{}\n", n % 2)).collect();
            let table = format!("id{signs}comment{signs}n\n{rows}");
            for name in ["a.csv", "a.txt"] {
                let corpus = read_as(name, table.as_bytes(), &options()).unwrap();
                assert_eq!((texts(&corpus)[2], ids(&corpus)[2]), ("the soup was cold, in week 2", "x2"), "{signs}");
                assert_eq!(corpus.files[0].format, format!("values separated by \"{signs}\""));
            }
        }
        for text in [
            "a;b;;;;\n1;2;;;;\n3;4;;;;\n",
            "a||b\nc||d\n",
            "std::io is slow\nstd::fs too\nand std::net\n",
            "a~|~b\nc\nd~|~e\n",
        ] {
            assert_eq!(separator(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_separator_may_stand_across_two_blocks() {
        struct Bytes<'a>(&'a [u8]);
        impl Read for Bytes<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
                (buffer[0], self.0) = (*first, rest);
                Ok(1)
            }
        }
        let mut read = Vec::new();
        Replaced::new(Bytes(b"a~|~~|~b~|c~"), b"~|~".to_vec()).read_to_end(&mut read).unwrap();
        assert_eq!(read, b"a\x1f\x1fb~|c~");
    }
}
