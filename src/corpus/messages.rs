//! A chat as messengers export it as text: each message begins with its time and who wrote it, and may go on on further lines.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::line_reader::{Line, LineReader};
use super::notices::{is_notice, without_marks};
use super::row::{FILE, NOTICE, Problem, RawRow, RowReader};

/// Characters of the longest time, and of the longest name of a writer.
const LONGEST: (usize, usize) = (32, 80);
/// Messages from which lines are taken for those of a chat.
const LEAST: usize = 3;

/// Reads one message a row, into the fields `time`, `author` and `text`.
pub(super) struct Messages<R> {
    lines: LineReader<R>,
    header: [String; 3],
}

impl<R: BufRead> Messages<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Messages<R> {
        Messages { lines: LineReader::new(input), header: ["time", "author", "text"].map(str::to_owned) }
    }

    /// The further lines of a message, up to the next one.
    fn rest(&mut self, text: &mut String) -> io::Result<Option<Problem>> {
        while let Some(line) = self.lines.next()? {
            let Ok(content) = utf8(&line) else { return Ok(Some(Problem::Utf8(0))) };
            if head(content).is_some() {
                self.lines.give_back(std::iter::once(line));
                break;
            }
            if line.is_cut || text.len() + content.len() > self.lines.longest() {
                return Ok(Some(Problem::TooLong));
            }
            text.push('\n');
            text.push_str(content);
        }
        Ok(None)
    }
}

impl<R: BufRead> RowReader for Messages<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(line) = self.lines.next_filled()? else { return Ok(None) };
        let content = match utf8(&line) {
            Ok(_) if line.is_cut => return Ok(Some(RawRow::broken(line.number, Problem::TooLong))),
            Ok(content) => content,
            Err(at) => return Ok(Some(RawRow::broken(line.number, Problem::Utf8(at)))),
        };
        let head = head(content);
        let mut text = head.as_ref().map_or(content, |head| head.text).to_owned();
        let problem = self.rest(&mut text)?;
        let refused = |why| Ok(Some(RawRow::broken(line.number, problem.clone().unwrap_or(Problem::NoRow(why)))));
        let Some(Head { time, author: Some(author), .. }) = head else { return refused(NOTICE) };
        if is_notice(author, &text) {
            return refused(NOTICE);
        }
        let said = without_marks(&text);
        if said.is_empty() && !text.trim().is_empty() {
            return refused(FILE);
        }
        let fields = [("time", time), ("author", author), ("text", said.as_str())];
        let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
        Ok(Some(RawRow { problem, ..RawRow::sound(line.number, Map::from_iter(fields)) }))
    }
}

fn utf8(line: &Line) -> Result<&str, usize> {
    std::str::from_utf8(line.parts().0).map_err(|problem| problem.valid_up_to())
}

/// How a message begins.
struct Head<'a> {
    time: &'a str,
    /// Nobody writes that a group was made.
    author: Option<&'a str>,
    text: &'a str,
}

/// The beginning of a message, if the line is one: `01/03/2024, 08:00 - Anna: …`, `[01.03.24, 08:00:11] Anna: …`.
fn head(line: &str) -> Option<Head<'_>> {
    // Messengers put marks of direction in front.
    let line = line.trim_start_matches(['\u{200e}', '\u{200f}', '\u{feff}']);
    let (time, rest) = match line.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => line.split_once(" - ")?,
    };
    if !is_time(time) {
        return None;
    }
    let rest = rest.trim_start();
    let author = rest.split_once(':').filter(|(author, text)| {
        (text.is_empty() || text.starts_with(' ')) && author.chars().count() <= LONGEST.1 && !author.is_empty()
    });
    let text = author.map_or(rest, |(_, text)| text.trim_start());
    Some(Head { time, author: author.map(|(author, _)| author), text })
}

/// Whether it is a date with a time of the day.
fn is_time(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let parts = text.chars().filter(|c| "/.-".contains(*c)).count();
    let is_of_time = |c: char| c.is_ascii_digit() || c.is_whitespace() || "/.-:,".contains(c) || "aApPmMT".contains(c);
    let is_short = text.chars().count() <= LONGEST.0;
    is_short && digits >= 6 && parts >= 2 && text.contains(':') && text.chars().all(is_of_time)
}

/// Whether text is that of such a chat: the first line begins a message, and so do a third of all and three at least.
pub(super) fn is_chat(sample: &str) -> bool {
    let lines: Vec<bool> =
        sample.lines().filter(|line| !line.trim().is_empty()).map(|line| head(line).is_some()).collect();
    let heads = lines.iter().filter(|is_head| **is_head).count();
    lines.first() == Some(&true) && heads >= LEAST && 3 * heads >= lines.len()
}

#[cfg(test)]
mod tests {
    use super::is_chat;
    use crate::corpus::testing::{ids, options, read_as, reason, texts};

    const ANDROID: &str = "01/03/2024, 08:00 - Messages are end-to-end encrypted. Nobody can read them.\n\
        01/03/2024, 08:01 - Anna: Whose car is this?\n01/03/2024, 08:05 - Ben K.: Bins again\nand rats\n\n\
        01/03/2024, 08:07 - +49 151 2: Lift is stuck: third floor\n";

    #[test]
    fn a_message_is_a_row_with_all_its_lines() {
        let corpus = read_as("chat.txt", ANDROID.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Whose car is this?", "Bins again\nand rats", "Lift is stuck: third floor"]);
        assert_eq!(ids(&corpus), ["1", "2", "3", "6"]);
        assert_eq!(reason(&corpus, 0), "a notice of the chat: nobody wrote it");
        let fields = serde_json::to_string(&corpus.documents[1].fields).unwrap();
        assert_eq!(fields, r#"{"time":"01/03/2024, 08:05","author":"Ben K."}"#);
    }

    #[test]
    fn the_times_of_several_messengers_are_known() {
        for time in [
            "[01.03.24, 08:00:11] ",
            "\u{200e}[3/1/24, 8:00:11\u{202f}PM] ",
            "2024-03-01 08:00 - ",
            "3/1/24, 8:00 AM - ",
        ] {
            assert!(is_chat(&format!("{time}Anna: yes\n").repeat(3)), "{time}");
        }
        for other in [
            "2024-03-01,yes\n",
            "Anna: yes\n",
            "12 - 14: closed\n",
            "[1] Anna: yes\n",
            "id,text\n01/03/2024, 08:00 - a: b\n",
        ] {
            assert!(!is_chat(&other.repeat(3)), "{other}");
        }
    }

    #[test]
    fn what_the_messenger_writes_in_the_name_of_others_is_skipped() {
        let chat = "[01/02/2026, 07:30:00] Tigers: \u{200e}Messages and calls are end-to-end encrypted. Only people here.\n\
            [01/02/2026, 07:30:00] Coach: \u{200e}Coach created group “Tigers”\n\
            [01/02/2026, 08:00:00] Ana: who has the bibs? \u{200e}<This message was edited>\n\
            \u{200e}[01/02/2026, 08:10:00] Ben: \u{200e}image omitted\n\
            [01/02/2026, 08:20:00] Jo: \u{200e}Jo added Mark Hill\n\
            [01/02/2026, 08:30:00] Jo: I added him to the list\n";
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["who has the bibs?", "I added him to the list"]);
        assert_eq!(reason(&corpus, 3), "a picture or another file without words");
        assert!([0, 1, 4].iter().all(|&row| reason(&corpus, row) == "a notice of the chat: nobody wrote it"));
        assert!(corpus.notes.contains(&"4 rows of the chat skipped: notices that nobody wrote, or files".to_owned()));
    }
}
