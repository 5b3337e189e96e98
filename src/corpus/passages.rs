//! Text of paragraphs: what stands below a heading (`Response 1`), or between two empty lines, is one document.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::encoding::western;
use super::line_reader::{Line, LineReader};
use super::row::{Mend, OF_A_PAGE, Problem, RawRow, RowReader, TITLE};
use super::sections::{Division, HEADING, add_line, ends_a_sentence};

/// What the file begins with, before its first heading.
const ABOVE: &str = "text above the first heading";
/// Reads one paragraph, or all below one heading, a row, into the fields `heading` and `text`.
pub(super) struct Passages<R> {
    lines: LineReader<R>,
    division: Division,
    header: Vec<String>,
    /// The heading below which the next lines stand.
    heading: Option<String>,
    /// Whether a line was read that is not of the page.
    has_begun: bool,
    /// Lines of pages within the text that was handed out last.
    of_pages: VecDeque<RawRow>,
}

/// A text in the making.
struct Passage {
    row: RawRow,
    text: String,
    /// Characters of the line that was added last.
    width: usize,
    /// Whether an empty line stands above the next one.
    is_parted: bool,
}

impl<R: BufRead> Passages<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, division: Division) -> Passages<R> {
        let names: &[&str] = if division.heading().is_some() { &["heading", "text"] } else { &["text"] };
        let header = names.iter().map(|name| (*name).to_owned()).collect();
        let (heading, of_pages) = (None, VecDeque::new());
        Passages { lines: LineReader::new(input), division, header, heading, has_begun: false, of_pages }
    }

    /// Why a line is no document: it is of the page, a title, or a heading above several texts.
    fn why_no_row(&mut self, line: &str) -> Option<&'static str> {
        if self.division.is_of_the_page(line) {
            return Some(OF_A_PAGE);
        }
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first && self.division.is_title(line) && !self.division.is_heading(line) {
            return Some(TITLE);
        }
        if self.division.is_heading(line) && !self.division.is_by_rules() {
            self.heading = Some(line.trim().to_owned());
            return self.division.is_by_paragraph().then_some(HEADING);
        }
        None
    }

    /// Adds the lines that belong to a text, up to the next one.
    fn complete(&mut self, passage: &mut Passage) -> io::Result<()> {
        while let Some(line) = self.lines.next()? {
            if line.is_blank() {
                passage.is_parted = true;
                continue;
            }
            let (content, mend) = match decoded(&line) {
                Ok(decoded) => decoded,
                Err(problem) => {
                    passage.row.problem.get_or_insert(problem);
                    continue;
                }
            };
            if self.division.is_of_the_page(&content) {
                self.of_pages.push_back(no_row(line.number, &content, OF_A_PAGE));
                continue;
            }
            let is_too_long = passage.text.len() + content.len() > self.lines.longest();
            if self.begins(&content, passage) || is_too_long {
                passage.row.problem = passage.row.problem.take().or(is_too_long.then_some(Problem::TooLong));
                self.lines.give_back(std::iter::once(line));
                return Ok(());
            }
            passage.row.mends.extend(mend.filter(|mend| !passage.row.mends.contains(mend)));
            passage.add(&content, self.of_pages.is_empty());
        }
        Ok(())
    }

    /// Whether a line begins another text.
    fn begins(&self, line: &str, passage: &Passage) -> bool {
        if !self.division.is_by_paragraph() && (self.heading.is_some() || self.division.is_by_rules()) {
            return self.division.is_heading(line);
        }
        // A sentence may go on on the next page.
        let goes_on = !self.of_pages.is_empty()
            && line.trim_start().starts_with(char::is_lowercase)
            && !ends_a_sentence(&passage.text);
        passage.is_parted && !goes_on || self.division.is_heading(line)
    }
}

impl Passage {
    fn add(&mut self, line: &str, is_on_one_page: bool) {
        let is_paragraph = self.is_parted && !self.text.is_empty() && (is_on_one_page || ends_a_sentence(&self.text));
        if is_paragraph {
            self.text.push('\n');
            self.text.push('\n');
            self.text.push_str(line.trim());
        } else {
            add_line(&mut self.text, self.width, line.trim());
        }
        self.width = line.trim().chars().count();
        self.is_parted = false;
    }
}

impl<R: BufRead> RowReader for Passages<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        if let Some(row) = self.of_pages.pop_front() {
            return Ok(Some(row));
        }
        let Some(line) = self.lines.next_filled()? else { return Ok(None) };
        let (content, mend) = match decoded(&line) {
            Ok(decoded) => decoded,
            Err(problem) => return Ok(Some(RawRow::broken(line.number, problem))),
        };
        if let Some(why) = self.why_no_row(&content) {
            return Ok(Some(no_row(line.number, &content, why)));
        }
        let row = RawRow { mends: mend.into_iter().collect(), ..RawRow::sound(line.number, Map::new()) };
        let mut passage = Passage { row, text: String::new(), width: 0, is_parted: false };
        let is_below_headings = self.division.heading().is_some();
        if is_below_headings && self.heading.is_none() {
            passage.row.problem = Some(Problem::NoRow(ABOVE));
        }
        if !self.division.is_heading(&content) {
            passage.add(&content, true);
        }
        self.complete(&mut passage)?;
        let heading = self.heading.clone().map(|heading| ("heading", heading));
        let fields = heading.into_iter().chain([("text", passage.text)]);
        passage.row.fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        Ok(Some(passage.row))
    }
}

/// A line that is no document, with its words.
fn no_row(number: u64, content: &str, why: &'static str) -> RawRow {
    let fields = Map::from_iter([("text".to_owned(), Value::from(content.trim()))]);
    RawRow::sound(number, fields).with_problem(Problem::NoRow(why))
}

/// The words of a line, and what was put right to read them.
fn decoded(line: &Line) -> Result<(String, Option<Mend>), Problem> {
    let (bytes, _) = line.parts();
    match std::str::from_utf8(bytes) {
        _ if line.is_cut => Err(Problem::TooLong),
        Ok(text) => Ok((text.to_owned(), None)),
        Err(error) => match western(bytes) {
            Some(text) => Ok((text, Some(Mend::Encoding))),
            None => Err(Problem::Utf8(error.valid_up_to())),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{cure_of, error_of, ids, options, read_as, reason, texts};
    use crate::corpus::{Format, ReadOptions};

    #[test]
    fn passages_that_were_coded_in_several_files_are_documents_below_their_references() {
        let file = |name: &str| {
            let passage = |n: usize| {
                format!(
                    "Reference {n} - 0.{n}1% Coverage\n\nThe soup of {name} was cold, {n} times.\n\nAnd it was late.\n\n"
                )
            };
            let passages: String = (1..4).map(passage).collect();
            format!("<Files\\\\Talks\\\\{name}> - § 3 references coded  [ 1.58% Coverage]\n\n{passages}")
        };
        let text = format!("Name: Barriers\n\n{}{}{}", file("Ann"), file("Bob"), file("Cat"));
        let corpus = read_as("a.txt", text.as_bytes(), &options()).unwrap();
        assert_eq!(corpus.documents.len(), 9);
        assert!(texts(&corpus)[0].starts_with("The soup of Ann was cold, 1 times."), "{:?}", texts(&corpus));
        assert!(texts(&corpus).iter().all(|text| !text.contains("coded")), "{:?}", texts(&corpus));
        let verses = (1..4).chain(1..4).map(|n| format!("Verse {n}\n\nThe soup was cold.\n\n")).collect::<String>();
        assert!(!read_as("a.txt", verses.as_bytes(), &options()).is_ok_and(|corpus| corpus.documents.len() == 6));
    }

    #[test]
    fn lines_of_strokes_part_texts_and_underlined_headings_do_not() {
        for rule in ["---", "* * *", "=========="] {
            let said = [
                "The soup was cold.\nAnd it was late.\n\nIt was really late.",
                "Nobody came to us!",
                "The bread was old, too.",
                "It was far too loud.",
            ];
            let text = said.join(&format!("\n{rule}\n")) + "\n";
            let corpus = read_as("a.txt", text.as_bytes(), &options()).unwrap();
            assert_eq!((corpus.documents.len(), texts(&corpus)[3]), (4, "It was far too loud."), "{rule}");
            assert!(
                texts(&corpus)[0].contains("It was really late.")
                    && corpus.files[0].format.contains("lines of strokes")
            );
            assert!(corpus.documents[1].fields.is_empty(), "{:?}", corpus.documents[1].fields);
        }
        let headed =
            ["Soup\n-----\nIt was cold.", "Bread\n-----\nIt was old.", "Music\n-----\nIt was loud."].join("\n\n");
        assert!(
            !read_as("a.txt", headed.as_bytes(), &options())
                .is_ok_and(|corpus| corpus.files[0].format.contains("strokes"))
        );
    }

    const SAID: [&str; 6] = [
        "The soup was cold when it came to our table and we had to",
        "We waited for an hour at the door of the kitchen and then",
        "The bread was old and the waiter told us that there was",
        "Nobody came to us although we asked for the bill and for",
        "The music was far too loud for a place that says it is",
        "We had to look for a table of our own and found that a",
    ];

    /// Paragraphs of two lines, with something above each.
    fn paragraphs(above: impl Fn(usize) -> String) -> String {
        let of = |(n, said): (usize, &&str)| format!("{}{said}\nwait again, all {n} of us.\n\n", above(n + 1));
        SAID.iter().enumerate().map(of).collect()
    }

    fn wanted() -> Vec<String> {
        SAID.iter().enumerate().map(|(n, said)| format!("{said} wait again, all {n} of us.")).collect()
    }

    #[test]
    fn what_stands_below_a_heading_is_one_document() {
        for head in ["Response N", "Comment N", "Answer N:", "## Antwort N", "Submission #N", "Comment N of 6"] {
            let text = paragraphs(|n| format!("{}\n\n", head.replace('N', &n.to_string())));
            let corpus = read_as("a.txt", text.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), wanted(), "{head}");
            assert_eq!(corpus.documents[1].fields["heading"], head.replace('N', "2"));
            assert_eq!(ids(&corpus), ["1", "6", "11", "16", "21", "26"]);
            assert!(corpus.files[0].format.contains(&head.replace('N', "1")), "{}", corpus.files[0].format);
        }
        let names = ["Ann Lee", "Bo", "Cem", "Dan", "Eva", "Flo"];
        let text = paragraphs(|n| format!("{}:\n\n", names[n - 1]));
        assert_eq!(texts(&read_as("a.txt", text.as_bytes(), &options()).unwrap()), wanted());
        let several = paragraphs(|n| format!("Reply {n}\nShort.\n\n")).replace("\n\n", "\n\n\n");
        let corpus = read_as("a.txt", several.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus)[1], format!("Short.\n\n\n{}", wanted()[1]).replace("\n\n\n", "\n\n"));
    }

    #[test]
    fn paragraphs_between_empty_lines_are_documents() {
        for (name, title) in [("a.txt", ""), ("a.md", "Feedback\n\n"), ("a.txt", "Question 4: What is bad?\n\n")] {
            let corpus = read_as(name, format!("{title}{}", paragraphs(|_| String::new())).as_bytes(), &options());
            let corpus = corpus.unwrap();
            assert_eq!(texts(&corpus), wanted(), "{title}");
            assert!(title.is_empty() || reason(&corpus, 0).starts_with("a title above"));
        }
        let below = paragraphs(|n| if n % 2 == 1 { format!("Question {n}\n\n") } else { String::new() });
        let corpus = read_as("a.txt", below.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus).len(), reason(&corpus, 0)), (6, "a heading between the texts"));
        assert_eq!(corpus.documents[1].fields["heading"], "Question 1");
    }

    #[test]
    fn numbers_and_titles_of_pages_are_no_documents() {
        let page = |n: usize| {
            if n.is_multiple_of(2) { format!("Talk on work\t\tPage {} of 3\n\n", n / 2) } else { String::new() }
        };
        let corpus = read_as("a.txt", paragraphs(page).as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus), corpus.rows.len()), (wanted().iter().map(String::as_str).collect(), 9));
        assert_eq!(reason(&corpus, 1), "the number or the title of a page");
        let within = paragraphs(|n| format!("Response {n}\n\n")).replace("\nwait", "\n\nTalk on work\n- 3 -\n\nwait");
        let corpus = read_as("a.txt", within.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), wanted());
    }

    #[test]
    fn lines_of_a_long_paragraph_are_joined_in_one_pass() {
        let line = "the soup was cold when it came to our table and we had to";
        let said = ReadOptions { format: Some(Format::Paragraphs), ..options() };
        let corpus = read_as("a.txt", format!("{line}\n").repeat(20_000).as_bytes(), &said).unwrap();
        assert_eq!(texts(&corpus), [vec![line; 20_000].join(" ")]);
    }

    #[test]
    fn what_may_be_lines_is_refused_with_both_ways_on() {
        let text = "the soup was cold\nnobody came\n\nthe bread was old\nNobody came again\n\n".repeat(4);
        let problem = error_of("a.txt", text.as_bytes(), &options());
        assert!(problem.contains("format=lines") && problem.contains("format=paragraphs"), "{problem}");
        let said = ReadOptions { format: Some(Format::Paragraphs), ..options() };
        assert_eq!(read_as("a.txt", text.as_bytes(), &said).unwrap().documents.len(), 8);
        let few = paragraphs(|_| String::new()).split_inclusive("\n\n").take(2).collect::<String>();
        assert_eq!(cure_of("a.txt", few.as_bytes(), &options()), ["format", "paragraphs"]);
        let lines = ReadOptions { format: Some(Format::Lines), ..options() };
        assert_eq!(read_as("a.txt", few.as_bytes(), &lines).unwrap().documents.len(), 4);
    }

    #[test]
    fn records_code_and_lists_are_not_paragraphs() {
        let records = "name: Ann Lee\ncomment: the soup was cold and late again\n\n".repeat(8);
        let settings =
            "[[entry]]\nlabel = \"late parcels\"\npredicate = \"the text says that a parcel is late\"\n\n".repeat(8);
        let code = "fn read(text: &str) -> bool {\n    let of = text.len();\n    of > 4\n}\n\n".repeat(8);
        let list = "The soup was cold\nNobody came to us\nThe bread was old\n\n".repeat(8);
        for text in [records, settings, code, list] {
            let read = read_as("a.txt", text.as_bytes(), &options());
            assert!(!read.is_ok_and(|corpus| corpus.files[0].format.contains("paragraphs")), "{text}");
        }
    }
}
