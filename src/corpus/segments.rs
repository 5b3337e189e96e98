//! The segments of a transcript: rows that say when somebody spoke and what, often cut within a sentence. They are joined as
//! subtitles are.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::ahead::Ahead;
use super::line_reader::LONGEST;
use super::row::{RawRow, RowReader};
use super::said::{Cue, Cues, Said};
use crate::message;
use crate::message::{Mention, Message};

/// Names in small letters of what was said, of when that began, and of when it ended or how long it took.
const TEXTS: [&str; 4] = ["text", "transcript", "utterance", "caption"];
const BEGINS: [&str; 8] =
    ["start", "start_time", "starttime", "start_ms", "begin", "begin_time", "begintime", "beginoffsetmillis"];
const ENDS: [&str; 6] = ["end", "end_time", "endtime", "end_ms", "endoffsetmillis", "finish"];
const LENGTHS: [&str; 2] = ["duration", "dur"];
/// Names of the one who speaks.
const SPEAKERS: [&str; 4] = ["speaker", "speaker_label", "speakerlabel", "speaker_id"];
/// So many segments at least show that they are some.
const FEWEST: usize = 3;
/// A time beyond this is a date.
const LATEST: f64 = 1e9;

/// The fields of segments, by their names.
#[derive(Debug, Clone, PartialEq)]
struct Names {
    text: String,
    begin: String,
    /// When it ended, or how long it took.
    end: String,
    is_length: bool,
    speaker: Option<String>,
}

/// The segments of a transcript, one after the other.
pub(super) struct Segments<'a> {
    rows: Ahead<'a>,
    names: Names,
    header: Vec<String>,
    /// When the last one began.
    begun: f64,
}

/// The segments of a file joined, where its rows are some; else its rows as they are, and no remark.
pub(super) struct Joined<'a> {
    rows: Said<Segments<'a>>,
    remarks: Vec<Message>,
    of_parents: BTreeSet<String>,
}

/// Rows, joined where the first of them are the segments of a transcript.
pub(super) fn joined<'a>(path: &Path, mut rows: Ahead<'a>) -> Box<dyn RowReader + 'a> {
    let Some(names) = Names::of(rows.first()) else { return Box::new(rows) };
    let (remarks, of_parents, header) = (rows.remarks().to_vec(), rows.of_parents(), rows.header().to_vec());
    let (path, alone) = (path.display(), Mention::of("text-field").exact(&names.text).say());
    let said = message!(
        "{path}: the segments of a transcript are joined, up to the ends of sentences or while one person speaks; {alone} reads \
         each alone",
        path,
        alone
    );
    let remarks = remarks.into_iter().chain([said]).collect();
    Box::new(Joined { rows: Said::new(Segments { rows, names, header, begun: 0.0 }), remarks, of_parents })
}

impl RowReader for Joined<'_> {
    fn header(&self) -> &[String] {
        self.rows.header()
    }

    fn remarks(&self) -> &[Message] {
        &self.remarks
    }

    fn of_parents(&self) -> BTreeSet<String> {
        self.of_parents.clone()
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        self.rows.next_row()
    }
}

impl Names {
    /// Those of rows that are segments: all say something at a time, in their order, most where the one before ended.
    fn of(rows: &[RawRow]) -> Option<Names> {
        let first = &rows.first().filter(|_| rows.len() >= FEWEST)?.fields;
        let named = |names: &[&str]| {
            names.iter().find_map(|name| first.keys().find(|key| key.trim().to_lowercase() == *name)).cloned()
        };
        let (end, length) = (named(&ENDS), named(&LENGTHS));
        let (is_length, end) = (end.is_none(), end.or(length)?);
        let names = Names { text: named(&TEXTS)?, begin: named(&BEGINS)?, end, is_length, speaker: named(&SPEAKERS) };
        let times: Vec<(f64, f64)> = rows.iter().map(|row| names.times(row)).collect::<Option<_>>()?;
        let mut lengths: Vec<f64> = times.iter().map(|(begin, end)| end - begin).collect();
        lengths.sort_by(f64::total_cmp);
        let usual = lengths.get(lengths.len() / 2).copied().unwrap_or(0.0);
        let pairs = || times.iter().zip(times.iter().skip(1));
        let follow = pairs().filter(|((begin, end), (next, _))| next >= begin && (next - end).abs() <= usual);
        let is_said =
            rows.iter().all(|row| row.problem.is_none() && row.fields.get(&names.text).is_some_and(Value::is_string));
        (is_said && follow.count() * 5 >= pairs().count() * 4).then_some(names)
    }

    /// When a segment begins and ends.
    fn times(&self, row: &RawRow) -> Option<(f64, f64)> {
        let begin = row.fields.get(&self.begin).and_then(seconds)?;
        let end = row.fields.get(&self.end).and_then(seconds)?;
        let end = if self.is_length { begin + end } else { end };
        (begin <= end).then_some((begin, end))
    }
}

/// A time from the beginning on: `3.1`, `00:00:03,100`.
fn seconds(value: &Value) -> Option<f64> {
    let time = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let parts = text.trim().splitn(3, ':').map(|part| part.replace(',', ".").parse::<f64>().ok());
            parts.collect::<Option<Vec<f64>>>()?.into_iter().fold(0.0, |time, part| time * 60.0 + part)
        }
        _ => return None,
    };
    (0.0..LATEST).contains(&time).then_some(time)
}

impl Cues for Segments<'_> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn longest(&self) -> usize {
        LONGEST
    }

    fn cue(&mut self) -> io::Result<Option<Cue>> {
        let Some(row) = self.rows.next_row()? else { return Ok(None) };
        let begun = row.fields.get(&self.names.begin).and_then(seconds).unwrap_or(0.0);
        let is_first = begun < std::mem::replace(&mut self.begun, begun);
        let RawRow { line, fields, problem, .. } = row;
        let word = |name: &String| fields.get(name).and_then(Value::as_str).map(str::trim);
        let text = word(&self.names.text).unwrap_or_default().to_owned();
        let author = self.names.speaker.as_ref().and_then(|name| fields.get(name)).filter(|name| !name.is_null());
        let author = author.map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned));
        Ok(Some(Cue { line, fields, author, text, problem, is_first }))
    }

    /// The first segment says when it began and what it is called, the last one when it ended; of the rest, that on which they
    /// differ is left out.
    fn join(&self, cue: &mut Cue, next: &Cue) {
        let Names { text, begin, end, .. } = &self.names;
        let stays = |name: &String| [text, begin, end].contains(&name) || name == "id";
        cue.fields.retain(|name, value| stays(name) || next.fields.get(name) == Some(value));
        if let Some(last) = next.fields.get(end).filter(|_| !self.names.is_length) {
            cue.fields.insert(end.clone(), last.clone());
        }
    }

    fn fields(&self, mut cue: Cue) -> Map<String, Value> {
        if let Some(said) = cue.fields.get_mut(&self.names.text) {
            *said = cue.text.into();
        }
        cue.fields
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{ids, notes, options, read_as, text_field, texts};

    /// A transcript of these segments, each of two seconds.
    fn transcript(said: &[(&str, &str)]) -> String {
        let segment = |(n, (speaker, text)): (usize, &(&str, &str))| {
            let speaker = if speaker.is_empty() { String::new() } else { format!("\"speaker\": \"{speaker}\", ") };
            let (begin, end) = (2 * n, 2 * n + 2);
            format!(
                "{{\"id\": {n}, {speaker}\"start\": {begin}.0, \"end\": {end}.0, \"text\": \" {text}\", \"logprob\": -0.{n}1}}"
            )
        };
        let segments: Vec<String> = said.iter().enumerate().map(segment).collect();
        format!("{{\"text\": \"all\", \"segments\": [{}], \"language\": \"en\"}}", segments.join(", "))
    }

    const SAID: [(&str, &str); 4] =
        [("", "The kettle leaks at"), ("", "its base. Nobody"), ("", "called me back."), ("", "My parcel is late.")];

    #[test]
    fn segments_of_a_transcript_are_joined_up_to_the_ends_of_sentences() {
        let corpus = read_as("call.json", transcript(&SAID).as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["The kettle leaks at its base.", "Nobody called me back.", "My parcel is late."]);
        assert_eq!(ids(&corpus), ["0", "1", "3"]);
        let fields = &corpus.documents[0].fields;
        assert_eq!((fields["start"].as_f64(), fields["end"].as_f64()), (Some(0.0), Some(4.0)));
        assert!(!fields.contains_key("logprob"));
        let said = notes(&corpus).join("\n");
        assert!(said.contains("segments of a transcript") && said.contains("text-field=text"), "{said}");
    }

    #[test]
    fn segments_are_read_alone_where_the_user_names_their_text() {
        let corpus = read_as("call.json", transcript(&SAID).as_bytes(), &text_field("text")).unwrap();
        assert_eq!(texts(&corpus)[1].trim(), "its base. Nobody");
    }

    #[test]
    fn what_one_speaker_says_is_one_text_in_tables_too() {
        let table =
            "start,end,speaker,text\n0,1.5,A,I called\n1.5,3,A,twice.\n3,4,B,Which number is it?\n4,9,A,It is 48.\n";
        let corpus = read_as("call.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["I called twice.", "Which number is it?", "It is 48."]);
        let again = "start,end,text\n0,1.5,I called\n1.5,3,twice\n3,4,this\n4,5,week\n0,9,It is 48\n9,12,and late\n";
        let corpus = read_as("calls.csv", again.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["I called twice this week", "It is 48 and late"]);
    }

    #[test]
    fn rows_with_times_that_are_no_transcript_stay_rows() {
        let table = "start,end,text\n9,17,The heating broke\n3,5,No water in flat 4\n20,30,The door does not close\n";
        let corpus = read_as("shifts.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!(corpus.documents.len(), 3);
        let words = transcript(&SAID).replace("\"start\": 2.0", "\"start\": \"Monday\"");
        let corpus = read_as("call.json", words.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(corpus.documents.len(), 4);
    }
}
