//! Plain lines: each that is not blank is a text.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::encoding::western;
use super::line_reader::LineReader;
use super::row::{Mend, Problem, RawRow, RowReader, TITLE};
use super::sections::{HEADING, ends_a_sentence};

/// Words of a heading, and lines below it, on average.
const WORDS: usize = 6;
const LINES: usize = 2;
/// Lines of texts by which headings are told from them, at least.
const LEAST: usize = 6;

/// Reads one text a line, into the field `text`.
pub(super) struct Plain<R> {
    lines: LineReader<R>,
    header: Vec<String>,
    headings: Headings,
    /// The heading below which the next line stands.
    heading: Option<String>,
    bullets: Bullets,
    /// The number of the last line that was read.
    last: u64,
}

/// What stands before the texts of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bullets {
    /// Nothing.
    None,
    /// A sign and a blank: `- `.
    Sign(char),
    /// Numbers that count up: `1. `.
    Numbers,
}

impl Bullets {
    /// Those of nearly all lines of a text with such a beginning.
    pub(super) fn of(sample: &str) -> Bullets {
        let lines: Vec<&str> = sample.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let are_most = |count: usize| count > 2 && count * 10 >= lines.len() * 9;
        let with = |sign: char| lines.iter().filter(|line| Bullets::Sign(sign).without(line).is_some()).count();
        if let Some(sign) = ['-', '*', '•', '–', '+', '·', '‣', '▪'].into_iter().find(|sign| are_most(with(*sign)))
        {
            return Bullets::Sign(sign);
        }
        let numbers: Vec<usize> = lines.iter().filter_map(|line| number(line).map(|(number, _)| number)).collect();
        let counts_up = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
        if are_most(numbers.len()) && counts_up { Bullets::Numbers } else { Bullets::None }
    }

    /// What stands behind the bullet of a line, if it has one and says more.
    fn without(self, line: &str) -> Option<&str> {
        let line = line.trim_start();
        let rest = match self {
            Bullets::None => None,
            Bullets::Sign(sign) => line.strip_prefix(sign).filter(|rest| rest.starts_with([' ', '\t'])),
            Bullets::Numbers => number(line).map(|(_, rest)| rest),
        };
        rest.map(str::trim_start).filter(|rest| !rest.is_empty())
    }
}

/// `12. ` or `12) ` at the beginning of a line, and what stands behind it.
fn number(line: &str) -> Option<(usize, &str)> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line[digits..].strip_prefix(['.', ')']).filter(|rest| rest.starts_with([' ', '\t']))?;
    Some((line[..digits].parse().ok()?, rest))
}

/// Which lines are headings of those below them, rather than texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Headings {
    /// None.
    None,
    /// The first line alone.
    Title,
    /// Each line below an empty one, such as `January`, and the first.
    BelowEmptyLines,
}

impl Headings {
    /// Those of a text with such a beginning: they are short and end no sentence, and nearly all other lines end one.
    pub(super) fn of(sample: &str) -> Headings {
        let lines: Vec<&str> = sample.trim().lines().map(str::trim).collect();
        let blocks: Vec<&[&str]> = lines.split(|line| line.is_empty()).filter(|block| !block.is_empty()).collect();
        let is_heading = |line: &str| {
            line.split_whitespace().count() <= WORDS && !ends_a_sentence(line) && line.chars().any(char::is_alphabetic)
        };
        let are_texts = |texts: &mut dyn Iterator<Item = &&str>| {
            let (mut all, mut ends) = (0, 0);
            for text in texts.filter(|text| !text.is_empty()) {
                (all, ends) = (all + 1, ends + usize::from(ends_a_sentence(text)));
            }
            all >= LEAST && ends * 10 >= all * 9
        };
        let are_headed = blocks.len() > 1
            && blocks.iter().all(|block| is_heading(block[0]) && block.len() > 1)
            && lines.len() >= (LINES + 1) * blocks.len();
        if are_headed && are_texts(&mut blocks.iter().flat_map(|block| &block[1..])) {
            return Headings::BelowEmptyLines;
        }
        match lines.split_first() {
            Some((first, rest)) if is_heading(first) && are_texts(&mut rest.iter()) => Headings::Title,
            _ => Headings::None,
        }
    }
}

impl<R: BufRead> Plain<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, headings: Headings, bullets: Bullets) -> Plain<R> {
        let names: &[&str] = if headings == Headings::BelowEmptyLines { &["heading", "text"] } else { &["text"] };
        let header = names.iter().map(|name| (*name).to_owned()).collect();
        Plain { lines: LineReader::new(input), header, headings, heading: None, bullets, last: 0 }
    }

    /// Why a line is no text, if it is a heading.
    fn why_no_row(&mut self, number: u64, text: &str) -> Option<&'static str> {
        let (is_first, is_parted) = (self.last == 0, number > self.last + 1);
        self.last = number;
        match self.headings {
            Headings::Title if is_first => Some(TITLE),
            Headings::BelowEmptyLines if is_first || is_parted => {
                self.heading = Some(text.trim().to_owned());
                Some(HEADING)
            }
            _ => None,
        }
    }

    fn row(&mut self, number: u64, text: &str, mend: Option<Mend>) -> RawRow {
        let why = self.why_no_row(number, text);
        let heading = self.heading.as_ref().filter(|_| why.is_none());
        let mut fields: Map<String, Value> =
            heading.map(|heading| ("heading".to_owned(), Value::from(heading.as_str()))).into_iter().collect();
        let own = self.bullets.without(text).filter(|_| why.is_none());
        fields.insert("text".to_owned(), Value::from(own.unwrap_or(text)));
        let row = RawRow { mends: mend.into_iter().collect(), ..RawRow::sound(number, fields) };
        match why {
            Some(why) => row.with_problem(Problem::NoRow(why)),
            None => row,
        }
    }
}

impl<R: BufRead> RowReader for Plain<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(line) = self.lines.next_filled()? else { return Ok(None) };
        if line.is_cut {
            return Ok(Some(RawRow::broken(line.number, Problem::TooLong)));
        }
        Ok(Some(match std::str::from_utf8(line.parts().0) {
            Ok(text) => self.row(line.number, text, None),
            Err(error) => match western(line.parts().0) {
                Some(text) => self.row(line.number, &text, Some(Mend::Encoding)),
                None => RawRow::broken(line.number, Problem::Utf8(error.valid_up_to())),
            },
        }))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.lines.next_filled()?.map(|line| line.number))
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{options, read_as, reason, texts};
    use crate::corpus::{Format, ReadOptions};

    #[test]
    fn the_bullets_of_a_list_are_none_of_its_texts() {
        let lines = ReadOptions { format: Some(Format::Lines), ..options() };
        for bullet in [["- ", "- ", "- "], ["• ", "• ", "• "], ["1. ", "2. ", "3. "], ["9) ", "10) ", "11) "]] {
            let said = ["it was cold", "nobody came", "- 5 degrees"];
            let list: String = bullet.iter().zip(said).map(|(bullet, said)| format!("{bullet}{said}\n")).collect();
            assert_eq!(texts(&read_as("a.txt", list.as_bytes(), &lines).unwrap()), said, "{list}");
        }
        let mixed = "- it was cold\nnobody came\n- late\n3. one\n3. two\n";
        assert_eq!(texts(&read_as("a.txt", mixed.as_bytes(), &lines).unwrap()).len(), 5);
        assert_eq!(texts(&read_as("a.txt", mixed.as_bytes(), &lines).unwrap())[0], "- it was cold");
    }

    #[test]
    fn headings_above_lines_that_are_texts_are_none_of_them() {
        let lines = ReadOptions { format: Some(Format::Lines), ..options() };
        let said = "The soup was cold again.\nNobody came to us!\nIt was late.\n";
        let months = format!("\nJanuary\n{said}\nFebruary\n{said}");
        let corpus = read_as("a.txt", months.as_bytes(), &lines).unwrap();
        assert_eq!((corpus.documents.len(), reason(&corpus, 0)), (6, "a heading between the texts"));
        assert_eq!(
            (&corpus.documents[0].fields["heading"], &corpus.documents[5].fields["heading"]),
            (&"January".into(), &"February".into())
        );
        let titled = format!("Customer comments March 2025\n{said}{said}");
        let corpus = read_as("a.txt", titled.as_bytes(), &lines).unwrap();
        assert_eq!((corpus.documents.len(), reason(&corpus, 0)), (6, "a title above the texts"));
        for all in [
            "too slow\ncold soup\nno bread\nnobody came\nlate\ntoo dear\nwet floor\n",
            "cold soup\n\nno bread\n\nlate\n\ntoo dear\n",
        ] {
            let corpus = read_as("a.txt", all.as_bytes(), &lines).unwrap();
            assert_eq!(texts(&corpus).len(), all.lines().filter(|line| !line.is_empty()).count(), "{all}");
        }
    }
}
