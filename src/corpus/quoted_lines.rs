//! Tables whose every line was quoted as a whole, as if it were one cell: `"1,""a, b"",c"`.

use std::io::{self, BufRead, BufReader, Read};

use super::dialect::{SEPARATORS, recognise};
use super::records::{RecordSource, Records};

/// The sample without the quotes around its lines, where these hide a table of several columns.
pub(super) fn unwrapped(sample: &[u8]) -> Option<Vec<u8>> {
    let mut lines = sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let is_wrapped = |line: &[u8]| line.len() > 2 && line.starts_with(b"\"") && line.ends_with(b"\"");
    if !lines.clone().take(2).all(is_wrapped) || lines.nth(1).is_none() {
        return None;
    }
    // As it stands, each record is one cell in quotes.
    let found = recognise(sample, SEPARATORS, None);
    let mut records = Records::new(sample, found.dialect);
    while let Some(record) = records.next_record().ok()? {
        if record.fields.len() != 1 || record.quoted != 1 || record.problem.is_some() {
            return None;
        }
    }
    let mut bare = Vec::new();
    Unwrapped::new(sample).read_to_end(&mut bare).ok()?;
    let found = recognise(&bare, SEPARATORS, None);
    let mut records = Records::new(bare.as_slice(), found.dialect);
    while let Some(record) = records.next_record().ok()? {
        if found.width < 2 || record.fields.len() != found.width {
            return None;
        }
    }
    Some(bare)
}

/// Text without the quotes around its lines.
pub(super) struct Unwrapped<R> {
    input: R,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    LineStart,
    Within,
    /// Behind a quote: another one belongs to the text.
    Quote,
    /// Behind the quotes, or in a line that has none around it.
    Outside,
}

impl<R: BufRead> Unwrapped<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Unwrapped<R> {
        Unwrapped { input, state: State::LineStart }
    }

    /// The byte, unless it is a quote around a line or before another one.
    fn step(&mut self, byte: u8) -> Option<u8> {
        let (state, kept) = match (self.state, byte) {
            (State::LineStart, b'"') => (State::Within, None),
            (State::LineStart | State::Outside | State::Quote, b'\n') => (State::LineStart, Some(byte)),
            (State::LineStart, b'\r') => (State::LineStart, Some(byte)),
            (State::Within, b'"') => (State::Quote, None),
            (State::Within, _) => (State::Within, Some(byte)),
            (State::Quote, b'"') => (State::Within, Some(byte)),
            (State::LineStart | State::Outside | State::Quote, _) => (State::Outside, Some(byte)),
        };
        self.state = state;
        kept
    }
}

impl<R: BufRead> Read for Unwrapped<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count == 0 && !room.is_empty() {
            let length = self.input.fill_buf()?.len().min(room.len());
            if length == 0 {
                break;
            }
            let bytes = self.input.fill_buf()?.get(..length).unwrap_or_default().to_vec();
            self.input.consume(length);
            for byte in bytes {
                if let (Some(kept), Some(place)) = (self.step(byte), room.get_mut(count)) {
                    *place = kept;
                    count += 1;
                }
            }
        }
        Ok(count)
    }
}

/// The text without the quotes around its lines, to be read line by line.
pub(super) fn reader<R: BufRead>(input: R) -> BufReader<Unwrapped<R>> {
    BufReader::new(Unwrapped::new(input))
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{notes, options, read_as, texts};

    #[test]
    fn a_table_whose_lines_are_quoted_as_a_whole_is_read_as_the_table() {
        let rows = "\"1,2025-03-01,the lift stood still\"\r\n\"2,2025-03-02,\"\"no light, no heat\"\"\"\r\n";
        let file =
            format!("\"id,date,comment\"\r\n{rows}\"3,2025-03-03,\"\"he said \"\"\"\"no\"\"\"\" twice\"\"\"\r\n");
        let corpus = read_as("a.csv", file.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["the lift stood still", "no light, no heat", "he said \"no\" twice"]);
        assert_eq!(corpus.documents[1].fields["date"], "2025-03-02");
        assert!(notes(&corpus).iter().any(|note| note.contains("quoted as a whole")), "{:?}", notes(&corpus));
        let one = "\"What, if anything, is wrong?\"\n\"the lift, the light\"\n\"nothing\"\n";
        assert_eq!(texts(&read_as("a.csv", one.as_bytes(), &options()).unwrap()), ["the lift, the light", "nothing"]);
    }
}
