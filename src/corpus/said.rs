//! What was said and written down in pieces, as subtitles and the segments of a transcript are: pieces of one speaker one after the
//! other as one text, and where nobody says who speaks, those of a sentence.

use std::io;

use serde_json::{Map, Value};

use super::row::{Problem, RawRow, RowReader};

/// Bytes from which on words without a speaker are a text, though no sentence ends there.
const PASSAGE: usize = 400;
/// What ends a sentence, with and without a blank behind, and what may stand behind that.
const ENDS: [char; 7] = ['.', '?', '!', '…', '。', '？', '！'];
const WIDE_ENDS: [char; 3] = ['。', '？', '！'];
const QUOTES: [char; 6] = ['"', '”', '“', '’', '»', ')'];
/// Bytes of the shortest line that a caption shows again.
const LEAST_SHOWN: usize = 12;

/// What is said at one time.
#[derive(Debug, Clone, Default)]
pub(super) struct Cue {
    /// The line on which it begins.
    pub(super) line: u64,
    /// What is known of it beside who says what.
    pub(super) fields: Map<String, Value>,
    pub(super) author: Option<String>,
    pub(super) text: String,
    pub(super) problem: Option<Problem>,
    /// Whether it does not go on with what was said before.
    pub(super) is_first: bool,
}

/// Pieces of what was said, in their order.
pub(super) trait Cues {
    /// The names of the fields of all rows.
    fn header(&self) -> &[String];

    /// Bytes of the longest text.
    fn longest(&self) -> usize;

    /// The next piece.
    fn cue(&mut self) -> io::Result<Option<Cue>>;

    /// Takes over into a piece what is known of the next, whose words go with it.
    fn join(&self, cue: &mut Cue, next: &Cue);

    /// The fields of a row that says this.
    fn fields(&self, cue: Cue) -> Map<String, Value>;
}

/// Reads what one speaker says, or a sentence, a row.
pub(super) struct Said<C> {
    cues: C,
    /// A piece that was read and not yet handed out.
    next: Option<Cue>,
}

impl<C: Cues> Said<C> {
    /// Nothing is read yet.
    pub(super) fn new(cues: C) -> Said<C> {
        Said { cues, next: None }
    }

    fn cue(&mut self) -> io::Result<Option<Cue>> {
        if let Some(cue) = self.next.take() { Ok(Some(cue)) } else { self.cues.cue() }
    }
}

impl<C: Cues> RowReader for Said<C> {
    fn header(&self) -> &[String] {
        self.cues.header()
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(mut cue) = self.cue()? else { return Ok(None) };
        while cue.problem.is_none() && !(cue.author.is_none() && is_whole(&cue.text)) {
            let Some(next) = self.cue()? else { break };
            let is_same = next.author == cue.author && next.problem.is_none() && !next.is_first;
            if !is_same || cue.text.len() + next.text.len() > self.cues.longest() {
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
            self.cues.join(&mut cue, &next);
            if end.is_some() {
                let rest = rest.trim();
                self.next = (!rest.is_empty()).then(|| Cue { text: rest.to_owned(), ..next.clone() });
                break;
            }
        }
        let (line, problem) = (cue.line, cue.problem.take());
        Ok(Some(RawRow { problem, ..RawRow::sound(line, self.cues.fields(cue)) }))
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
