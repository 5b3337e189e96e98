//! Plain lines: each that is not blank is a text, or each with the next number and what goes on below it.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::encoding::western;
use super::line_reader::LineReader;
use super::row::{Mend, OF_A_PAGE, Problem, RawRow, RowReader, TITLE};
use super::sections::{Division, HEADING, add_line, ends_a_sentence};

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
    /// What stands on each page, where the texts are the items of a list whose numbers count up.
    pages: Option<Division>,
    /// The number of the last line that was read.
    last: u64,
}

/// Lines above the first item of a list, at most.
const ABOVE: usize = 5;

/// What stands on each page of a list whose numbers count up, if a text with such a beginning is one: nearly nothing stands above
/// it, and a third of the other lines begin an item.
pub(super) fn numbered_list(sample: &str) -> Option<Division> {
    let pages = Division::of(sample);
    let lines: Vec<&str> =
        sample.lines().map(str::trim).filter(|line| !line.is_empty() && !pages.is_of_the_page(line)).collect();
    let items: Vec<(usize, usize)> =
        lines.iter().enumerate().filter_map(|(place, line)| Some((place, number(line)?.0))).collect();
    let counts_up = items.windows(2).all(|pair| pair[1].1 == pair[0].1 + 1);
    let above = items.first().map_or(0, |(place, _)| *place);
    (items.len() >= LEAST && counts_up && above <= ABOVE && items.len() * 3 >= lines.len() - above).then_some(pages)
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
        Plain { lines: LineReader::new(input), header, headings, heading: None, bullets, pages: None, last: 0 }
    }

    /// The same of a list whose numbers count up, with what stands on each of its pages.
    pub(super) fn numbered(input: R, pages: Division) -> Plain<R> {
        Plain { pages: Some(pages), ..Plain::new(input, Headings::None, Bullets::Numbers) }
    }

    /// Why a line of a list of numbered texts is none: it is of the page, or above the first item.
    fn why_no_item(&self, pages: &Division, text: &str) -> Option<&'static str> {
        match () {
            () if pages.is_of_the_page(text) => Some(OF_A_PAGE),
            () if self.last == 0 && number(text.trim_start()).is_none() => Some(TITLE),
            () => None,
        }
    }

    /// Adds the lines on which an item goes on.
    fn complete(&mut self, row: &mut RawRow) -> io::Result<()> {
        let Some(pages) = &self.pages else { return Ok(()) };
        let Some(Value::String(text)) = row.fields.get_mut("text") else { return Ok(()) };
        let mut width = text.chars().count();
        while let Some(line) = self.lines.next()? {
            let said = std::str::from_utf8(line.parts().0).unwrap_or_default().trim().to_owned();
            let is_other = said.is_empty() || line.is_cut || pages.is_of_the_page(&said) || number(&said).is_some();
            if is_other || text.len() + said.len() > self.lines.longest() {
                self.lines.give_back(std::iter::once(line));
                break;
            }
            add_line(text, width, &said);
            width = said.chars().count();
        }
        Ok(())
    }

    /// Why a line is no text, if it is a heading.
    fn why_no_row(&mut self, number: u64, text: &str) -> Option<&'static str> {
        if let Some(pages) = &self.pages {
            let why = self.why_no_item(pages, text);
            self.last = if why.is_none() { number } else { self.last };
            return why;
        }
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
        let mut row = match std::str::from_utf8(line.parts().0) {
            Ok(text) => self.row(line.number, text, None),
            Err(error) => match western(line.parts().0) {
                Some(text) => self.row(line.number, &text, Some(Mend::Encoding)),
                None => RawRow::broken(line.number, Problem::Utf8(error.valid_up_to())),
            },
        };
        if row.problem.is_none() {
            self.complete(&mut row)?;
        }
        Ok(Some(row))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        if self.pages.is_some() {
            return Ok(self.next_row()?.map(|row| row.line));
        }
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
    fn numbered_texts_go_on_below_and_pages_are_none_of_them() {
        let said = |n: usize| format!("{n}) The bus of line {n} was late again and\nnobody told stop {n} why.\n");
        let page = |n: usize| {
            let items: String = (3 * n + 1..3 * n + 4).map(said).collect();
            format!("{items}\nPage {} of 3\nRIDERS ASKED 2031\n\n", n + 1)
        };
        let all = format!("What bothers you on your way?\n\n{}", (0..3).map(page).collect::<String>());
        let refused = read_as("riders.txt", all.as_bytes(), &options()).unwrap_err();
        assert!(refused.contains("format=lines") && !refused.contains("running text"), "{refused}");
        let lines = ReadOptions { format: Some(Format::Lines), ..options() };
        let corpus = read_as("riders.txt", all.as_bytes(), &lines).unwrap();
        assert_eq!(texts(&corpus).len(), 9);
        assert_eq!(texts(&corpus)[8], "The bus of line 9 was late again and nobody told stop 9 why.");
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
