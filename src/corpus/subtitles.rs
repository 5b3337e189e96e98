//! Subtitles (`.srt`, `.vtt`): the spoken words, cues of one speaker one after the other as one text.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::line_reader::LineReader;
use super::row::{Problem, RawRow, RowReader};

/// Characters of the longest name of a speaker, and its words.
const LONGEST: (usize, usize) = (40, 4);

/// Reads what one speaker says a row, into the fields `time`, `author` and `text`.
pub(super) struct Subtitles<R> {
    lines: LineReader<R>,
    header: [String; 3],
    /// A cue that was read and not yet handed out.
    next: Option<Cue>,
}

/// What is shown at one time.
#[derive(Debug, Clone, Default)]
struct Cue {
    line: u64,
    time: String,
    author: Option<String>,
    text: String,
    problem: Option<Problem>,
}

/// Whether a text is that of subtitles: the first cue stands at its beginning.
pub(super) fn are_subtitles(sample: &str) -> bool {
    let mut lines = sample.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else { return false };
    let is_number = first.trim().bytes().all(|byte| byte.is_ascii_digit());
    match first {
        _ if first.starts_with("WEBVTT") => lines.any(|line| begins(line).is_some()),
        _ if begins(first).is_some() => true,
        _ => is_number && lines.next().is_some_and(|second| begins(second).is_some()),
    }
}

/// `00:00:01.000 --> 00:00:04.000`: when a cue begins.
fn begins(line: &str) -> Option<&str> {
    let (begin, end) = line.split_once("-->")?;
    let is_time = |text: &str| {
        text.len() >= 7
            && text.contains(':')
            && text.bytes().all(|byte| byte.is_ascii_digit() || b":.,".contains(&byte))
    };
    let (begin, end) = (begin.trim(), end.split_whitespace().next()?);
    (is_time(begin) && is_time(end)).then_some(begin)
}

impl<R: BufRead> Subtitles<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Subtitles<R> {
        Subtitles { lines: LineReader::new(input), header: ["time", "author", "text"].map(str::to_owned), next: None }
    }

    /// The next cue with words.
    fn cue(&mut self) -> io::Result<Option<Cue>> {
        if let Some(cue) = self.next.take() {
            return Ok(Some(cue));
        }
        while let Some(line) = self.lines.next_filled()? {
            let Ok(content) = std::str::from_utf8(line.parts().0) else { continue };
            let Some(time) = begins(content) else { continue };
            let mut cue = Cue { line: line.number, time: time.to_owned(), ..Cue::default() };
            let mut said = Vec::new();
            while let Some(line) = self.lines.next()?.filter(|line| !line.is_blank()) {
                match std::str::from_utf8(line.parts().0) {
                    Ok(_) if line.is_cut => cue.problem = Some(Problem::TooLong),
                    Ok(words) => said.push(words.trim().to_owned()),
                    Err(error) => cue.problem = Some(Problem::Utf8(error.valid_up_to())),
                }
            }
            (cue.author, cue.text) = spoken(&said.join(" "));
            if !cue.text.is_empty() || cue.problem.is_some() {
                return Ok(Some(cue));
            }
        }
        Ok(None)
    }
}

/// Who speaks, and the words without marks: `<v Ann>hi</v>`, `Ann: hi`.
fn spoken(said: &str) -> (Option<String>, String) {
    let voice = said.strip_prefix("<v").and_then(|rest| rest.split_once('>'));
    let (author, words) = match voice {
        Some((name, words)) => (name.split_once(' ').map(|(_, name)| name.trim().to_owned()), words),
        None => (None, said),
    };
    let mut text = String::new();
    let mut is_mark = false;
    for c in words.chars() {
        match c {
            '<' => is_mark = true,
            '>' if is_mark => is_mark = false,
            _ if !is_mark => text.push(c),
            _ => {}
        }
    }
    let text = text.trim().trim_start_matches(">> ").to_owned();
    let is_name = |name: &str| {
        name.chars().count() <= LONGEST.0
            && name.split_whitespace().count() <= LONGEST.1
            && name.chars().next().is_some_and(char::is_uppercase)
    };
    match text.split_once(": ").filter(|(name, _)| author.is_none() && is_name(name)) {
        Some((name, words)) => (Some(name.to_owned()), words.trim().to_owned()),
        None => (author, text),
    }
}

impl<R: BufRead> RowReader for Subtitles<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(mut cue) = self.cue()? else { return Ok(None) };
        while cue.author.is_some() && cue.problem.is_none() {
            let Some(next) = self.cue()? else { break };
            let is_same = next.author == cue.author && next.problem.is_none();
            if !is_same || cue.text.len() + next.text.len() > self.lines.longest() {
                self.next = Some(next);
                break;
            }
            cue.text.push(' ');
            cue.text.push_str(&next.text);
        }
        let fields = [("time", Some(cue.time)), ("author", cue.author), ("text", Some(cue.text))];
        let fields: Map<String, Value> =
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect();
        Ok(Some(RawRow { problem: cue.problem, ..RawRow::sound(cue.line, fields) }))
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{options, read_as, texts};

    #[test]
    fn subtitles_are_read_as_what_each_speaker_says() {
        let cues = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.000\nAnn Lee: The soup\nwas cold.\n\n\
            2\n00:00:02.000 --> 00:00:03.000 align:start\n<v Ann Lee>And <i>late</i>.</v>\n\n\
            00:01.000 --> 00:02.000\nBob: Fine by me.\n";
        let corpus = read_as("a.vtt", cues.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["The soup was cold. And late.", "Fine by me."]);
        assert_eq!(corpus.documents[0].fields["author"], "Ann Lee");
        let plain =
            "1\n00:00:00,000 --> 00:00:02,000\nThe soup was cold.\n\n2\n00:00:03,000 --> 00:00:04,000\nNobody came.\n";
        assert_eq!(
            texts(&read_as("a.srt", plain.as_bytes(), &options()).unwrap()),
            ["The soup was cold.", "Nobody came."]
        );
    }
}
