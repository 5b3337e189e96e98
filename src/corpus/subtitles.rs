//! Subtitles (`.srt`, `.vtt`): the spoken words, cues of one speaker one after the other as one text, and where nobody says who
//! speaks, those of a sentence.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::line_reader::LineReader;
use super::row::{Problem, RawRow, RowReader};

/// Characters of the longest name of a speaker, and its words.
const LONGEST: (usize, usize) = (40, 4);

/// Bytes from which on words without a speaker are a text, though no sentence ends there.
const PASSAGE: usize = 400;
/// What ends a sentence, with and without a blank behind, and what may stand behind that.
const ENDS: [char; 7] = ['.', '?', '!', '…', '。', '？', '！'];
const WIDE_ENDS: [char; 3] = ['。', '？', '！'];
const QUOTES: [char; 6] = ['"', '”', '“', '’', '»', ')'];
/// Bytes of the shortest line that a caption shows again.
const LEAST_SHOWN: usize = 12;

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
    // YouTube's .sbv: `0:00:01.000,0:00:04.000`.
    let is_bare = line.matches(':').count() == 4 && line.matches('.').count() == 2;
    let (begin, end) = line.split_once("-->").or_else(|| line.split_once(',').filter(|_| is_bare))?;
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
        while cue.problem.is_none() && !(cue.author.is_none() && is_whole(&cue.text)) {
            let Some(next) = self.cue()? else { break };
            let is_same = next.author == cue.author && next.problem.is_none();
            if !is_same || cue.text.len() + next.text.len() > self.lines.longest() {
                self.next = Some(next);
                break;
            }
            let words = if cue.author.is_none() { behind(&cue.text, &next.text) } else { &next.text };
            // What follows the end of a sentence begins the next text.
            let end = if cue.author.is_none() { end_of_sentence(words) } else { None };
            let (said, rest) = words.split_at(end.unwrap_or(words.len()));
            if !said.is_empty() {
                cue.text.push(' ');
                cue.text.push_str(said.trim());
            }
            if end.is_some() {
                let rest = rest.trim();
                self.next = (!rest.is_empty()).then(|| Cue { text: rest.to_owned(), ..next.clone() });
                break;
            }
        }
        let fields = [("time", Some(cue.time)), ("author", cue.author), ("text", Some(cue.text))];
        let fields: Map<String, Value> =
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect();
        Ok(Some(RawRow { problem: cue.problem, ..RawRow::sound(cue.line, fields) }))
    }
}

/// Whether words end a sentence, or are so many that they are read alone though they do not.
fn is_whole(text: &str) -> bool {
    text.len() >= PASSAGE || text.trim_end().trim_end_matches(QUOTES).ends_with(ENDS)
}

/// Where the last sentence ends that ends within a cue.
fn end_of_sentence(text: &str) -> Option<usize> {
    let ends = text.match_indices(ENDS).map(|(place, end)| place + end.len());
    let mut ends = ends.map(|place| place + text[place..].len() - text[place..].trim_start_matches(QUOTES).len());
    let is_end = |place: &usize| {
        let rest = &text[*place..];
        // The point of a number or of an abbreviation ends none.
        rest.is_empty() || text[..*place].ends_with(WIDE_ENDS) || goes_on(rest)
    };
    ends.rfind(is_end)
}

/// Whether a sentence begins behind the end of another.
fn goes_on(rest: &str) -> bool {
    rest.starts_with(char::is_whitespace) && !rest.trim_start().starts_with(char::is_lowercase)
}

/// The words of a cue that the one before did not show: captions that roll show a line twice.
fn behind<'t>(shown: &str, text: &'t str) -> &'t str {
    let places = text.char_indices().map(|(place, c)| place + c.len_utf8()).filter(|place| *place >= LEAST_SHOWN);
    let is_end = |place: &usize| text[*place..].is_empty() || text[*place..].starts_with(char::is_whitespace);
    let shown_again = places.filter(is_end).rfind(|place| shown.ends_with(&text[..*place]));
    &text[shown_again.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    #[test]
    fn captions_of_youtube_are_subtitles() {
        use crate::corpus::testing::{options, read_as, texts};
        let cues: String =
            (1..5).map(|n| format!("0:00:0{n}.000,0:00:0{n}.900\nThe soup was cold in week {n}.\n\n")).collect();
        assert_eq!(texts(&read_as("a.sbv", cues.as_bytes(), &options()).unwrap())[3], "The soup was cold in week 4.");
    }

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

    #[test]
    fn cues_without_speakers_are_joined_up_to_the_end_of_a_sentence() {
        let shown = |cues: &[&str]| {
            let cue = |(n, said): (usize, &&str)| format!("{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{said}\n\n");
            cues.iter().enumerate().map(cue).collect::<String>()
        };
        let read = |cues: &[&str]| {
            let corpus = read_as("a.srt", shown(cues).as_bytes(), &options()).unwrap();
            texts(&corpus).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let cues =
            ["The soup was cold when", "it came, at 3.50 euros.", "Nobody came", "for an hour. Then the", "bread."];
        assert_eq!(
            read(&cues),
            ["The soup was cold when it came, at 3.50 euros.", "Nobody came for an hour.", "Then the bread."]
        );
        let rolling = ["so the soup was cold", "so the soup was cold and nobody came", "and nobody came for an hour"];
        assert_eq!(read(&rolling), ["so the soup was cold and nobody came for an hour"]);
        let endless: Vec<String> = (0..40).map(|n| format!("we were never asked what we thought of {n}")).collect();
        let endless: Vec<&str> = endless.iter().map(String::as_str).collect();
        assert!((2..=5).contains(&read(&endless).len()));
    }
}
