//! Subtitles (`.srt`, `.vtt`): the spoken words, which are joined as what was [said](super::said) is.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::line_reader::LineReader;
use super::row::Problem;
use super::said::{Cue, Cues};

/// Characters of the longest name of a speaker, and its words.
const LONGEST: (usize, usize) = (40, 4);

/// The cues of subtitles, with the fields `time`, `author` and `text`.
pub(super) struct Subtitles<R> {
    lines: LineReader<R>,
    header: [String; 3],
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
        Subtitles { lines: LineReader::new(input), header: ["time", "author", "text"].map(str::to_owned) }
    }
}

impl<R: BufRead> Cues for Subtitles<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn longest(&self) -> usize {
        self.lines.longest()
    }

    /// The next cue with words.
    fn cue(&mut self) -> io::Result<Option<Cue>> {
        while let Some(line) = self.lines.next_filled()? {
            let Ok(content) = std::str::from_utf8(line.parts().0) else { continue };
            let Some(time) = begins(content) else { continue };
            let mut cue = Cue { line: line.number, ..Cue::default() };
            cue.fields.insert("time".to_owned(), time.into());
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

    fn join(&self, _: &mut Cue, _: &Cue) {}

    fn fields(&self, cue: Cue) -> Map<String, Value> {
        let said = [("author", cue.author), ("text", Some(cue.text))];
        let said = said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        cue.fields.into_iter().chain(said).collect()
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
