//! Turns of a transcript, messages of a chat, or rows of a table that says who speaks, without those of speakers whom the user
//! leaves out.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::Path;

use serde_json::Value;

use super::field::{Field, shown};
use super::row::{OTHER_SPEAKER, Problem, RawRow, RowReader};
use super::turns::{self, Turns};
use crate::message;
use crate::message::Message;

/// Names of the column that says who speaks.
const COLUMNS: [&str; 11] = [
    "speaker",
    "role",
    "author",
    "sender",
    "from",
    "speaker_role",
    "author_role",
    "sender_type",
    "author_type",
    "participant",
    "participant_role",
];
/// Different speakers that such a column has, at most.
const MOST: usize = 12;

/// The columns of messages and of turns of transcripts, as they are read.
const OF_CHATS: [&str; 3] = ["time", "author", "text"];
/// So many speakers are named.
const NAMED: usize = 8;

/// Whose turns the rows of a file are, as its first rows show it.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The column by which rows are left out, if any are.
    column: Option<String>,
    /// What is to be said of it.
    pub(super) remark: Option<Message>,
    /// Who speaks, where nobody is called as the user says.
    pub(super) in_vain: Option<Message>,
}

impl Taken {
    /// Looks at the first rows, whose text is in this field.
    pub(super) fn by(path: &Path, header: &[String], head: &[RawRow], text: &Field, wanted: &Turns) -> Taken {
        let chats: BTreeSet<&str> =
            head.iter().filter_map(|row| text.find(&row.fields)).flat_map(turns::speakers).collect();
        let path = path.display();
        if let Some(why) = without_effect(head, text, wanted, &chats) {
            return Taken::in_vain(&path.to_string(), why);
        }
        if !chats.is_empty() {
            let remark = proposed(wanted, &chats).map(|who| {
                message!(
                    "{path}: in these chats {who} speaks as well: {+turns user} takes what the others say alone",
                    path,
                    who
                )
            });
            return Taken { remark, ..Taken::default() };
        }
        // The turns of transcripts and messages are chosen by names while they are read.
        let is_named = matches!(wanted, Turns::Of(_) | Turns::Without(_));
        if is_named && header == OF_CHATS {
            let author = |row: &'_ RawRow| row.fields.get("author").and_then(Value::as_str).map(str::to_owned);
            let authors: Vec<String> = head.iter().filter_map(author).collect();
            let takes = |author: &String| matches!(wanted, Turns::Of(_)) == wanted.takes(author);
            let speaking = || authors.iter().map(String::as_str).collect();
            let is_in_vain = !authors.is_empty() && !authors.iter().any(takes);
            return if is_in_vain {
                Taken::in_vain(&path.to_string(), no_effect(&speaking()))
            } else {
                Taken::default()
            };
        }
        let most = if is_named { usize::MAX } else { MOST };
        let names = spelled(head);
        let column = |name: &&str| names.get(*name).and_then(|name| Some((*name, speakers(head, name, most)?)));
        let columns = COLUMNS.iter().filter_map(column);
        let found = columns.into_iter().find(|(_, said)| match wanted {
            Turns::All => proposed(wanted, said).is_some(),
            Turns::Without(_) => said.iter().any(|speaker| !wanted.takes(speaker)),
            _ => said.iter().any(|speaker| wanted.takes(speaker)),
        });
        match (found, wanted) {
            (None, Turns::All) => Taken::default(),
            (Some((name, said)), Turns::All) => {
                let who = proposed(wanted, &said).unwrap_or_default();
                let remark = message!(
                    "{path}: the column \"{name}\" says who speaks, and {who} does so as well: {+turns user} takes what the others \
                     say alone",
                    path,
                    name,
                    who
                );
                Taken { remark: Some(remark), ..Taken::default() }
            }
            (Some((name, _)), _) => Taken { column: Some(name.to_owned()), ..Taken::default() },
            (None, _) => {
                let remark = message!(
                    "{path}: {@turns} had no effect: these are no chats, and no column says that a row is by somebody whom it names",
                    path
                );
                Taken { remark: Some(remark), ..Taken::default() }
            }
        }
    }

    /// Nobody is called as the user says.
    fn in_vain(path: &str, why: Message) -> Taken {
        Taken { column: None, remark: Some(message!("{path}: {why}", path, why = why.clone())), in_vain: Some(why) }
    }

    /// Whether it is known who speaks in which row.
    pub(super) fn knows_who_speaks(&self) -> bool {
        self.column.is_some() || self.remark.is_some()
    }

    /// A row, which is none where somebody else speaks.
    pub(super) fn ready(&self, row: RawRow, wanted: &Turns) -> RawRow {
        let speaker = self.column.as_ref().and_then(|name| row.fields.get(name)).and_then(Value::as_str);
        let left_out = speaker.filter(|speaker| !wanted.takes(speaker)).map(|_| Problem::NoRow(OTHER_SPEAKER));
        RawRow { problem: row.problem.or(left_out), ..row }
    }
}

/// What is said where no turn of a chat is taken, or none is left out though the user names who is.
fn without_effect(head: &[RawRow], text: &Field, wanted: &Turns, speakers: &BTreeSet<&str>) -> Option<Message> {
    let chats = head.iter().filter_map(|row| text.find(&row.fields)).filter(|value| turns::is_chat(value));
    let (taken, left) = chats.fold((false, false), |(taken, left), chat| {
        let of_this = turns::taken_and_left(chat, wanted);
        (taken || of_this.0, left || of_this.1)
    });
    let is_in_vain = match wanted {
        Turns::All => false,
        Turns::Without(_) => !left,
        _ => !taken,
    };
    (is_in_vain && !speakers.is_empty()).then(|| no_effect(speakers))
}

/// Says who speaks, where nobody is named so.
fn no_effect(speakers: &BTreeSet<&str>) -> Message {
    let mut named: Vec<String> = speakers.iter().take(NAMED).map(|name| format!("\"{}\"", shown(name))).collect();
    if speakers.len() > NAMED {
        named.push("…".into());
    }
    let speakers = named.join(", ");
    message!("{@turns} names nobody who speaks here: those who do are {speakers}", speakers)
}

/// The columns by their names in small letters, as the names of [`COLUMNS`] are written; of equal ones the first.
fn spelled(head: &[RawRow]) -> HashMap<String, &str> {
    let mut seen = HashSet::new();
    let names = head.iter().flat_map(|row| row.fields.keys()).filter(|name| seen.insert(name.as_str()));
    let mut spelled = HashMap::new();
    for name in names {
        spelled.entry(name.trim().to_lowercase().replace([' ', '-'], "_")).or_insert(name.as_str());
    }
    spelled
}

/// Who speaks in a column: `most` at most, of whom one does so more than once.
fn speakers<'h>(head: &'h [RawRow], name: &str, most: usize) -> Option<BTreeSet<&'h str>> {
    let said: Vec<&str> = head.iter().filter_map(|row| row.fields.get(name)?.as_str()).collect();
    let different: BTreeSet<&str> = said.iter().copied().filter(|speaker| !speaker.trim().is_empty()).collect();
    (!different.is_empty() && different.len() <= most && different.len() < said.len()).then_some(different)
}

/// Who answers, where all turns are taken and both those who ask and those who answer speak.
fn proposed(wanted: &Turns, speakers: &BTreeSet<&str>) -> Option<String> {
    let answering = speakers.iter().find(|speaker| Turns::Assistant.takes(speaker))?;
    let is_mixed = *wanted == Turns::All && speakers.iter().any(|speaker| Turns::User.takes(speaker));
    is_mixed.then(|| format!("\"{answering}\""))
}

/// The rows of a chat, of which those by others are no documents.
pub(super) struct Speakers<R> {
    rows: R,
    turns: Turns,
}

impl<R: RowReader> Speakers<R> {
    /// Nothing is read yet.
    pub(super) fn new(rows: R, turns: &Turns) -> Speakers<R> {
        Speakers { rows, turns: turns.clone() }
    }
}

impl<R: RowReader> RowReader for Speakers<R> {
    fn inner(&self) -> Option<&dyn RowReader> {
        Some(&self.rows)
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(row) = self.rows.next_row()? else { return Ok(None) };
        let author = row.fields.get("author").and_then(Value::as_str).unwrap_or_default();
        let left_out = self.turns.leaves_out(author).then_some(Problem::NoRow(OTHER_SPEAKER));
        Ok(Some(RawRow { problem: row.problem.or(left_out), ..row }))
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::Format;
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{error_of, options, read_as, texts};

    const CALLS: &str = "call,speaker,utterance\n1,agent,How can I be of help to you today?\n1,customer,The kettle leaks at its base.\n\
                         2,agent,How can I be of help to you today?\n2,customer,My parcel has not come for two weeks.\n";

    fn with(turns: &str) -> ReadOptions {
        ReadOptions { turns: turns.parse().unwrap(), text_field: Some("utterance".into()), ..options() }
    }

    fn notes(name: &str, bytes: &str, options: &ReadOptions) -> String {
        let notes = read_as(name, bytes.as_bytes(), options).unwrap().notes;
        notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_column_that_says_who_speaks_is_named_and_obeyed() {
        assert!(notes("calls.csv", CALLS, &with("all")).contains("\"speaker\" says who speaks"));
        for turns in ["user", "customer", "not agent"] {
            let corpus = read_as("calls.csv", CALLS.as_bytes(), &with(turns)).unwrap();
            assert_eq!(texts(&corpus), ["The kettle leaks at its base.", "My parcel has not come for two weeks."]);
        }
    }

    #[test]
    fn turns_of_a_table_without_speakers_are_said_to_have_no_effect() {
        let table = CALLS.replace("speaker", "team");
        for turns in ["user", "Paula", "not Paula"] {
            assert!(notes("calls.csv", &table, &with(turns)).contains("turns had no effect"));
        }
        assert!(!notes("calls.csv", &table, &with("all")).contains("turns"));
    }

    #[test]
    fn speakers_whom_nobody_is_called_by_are_said_with_those_who_speak() {
        let chats = "{\"turns\": [{\"sender\": \"Customer\", \"from\": \"Ben\", \"body\": \"The kettle leaks.\"}, \
                     {\"sender\": \"Agent\", \"from\": \"Kim\", \"body\": \"Since when?\"}]}\n";
        let named = |turns: &str| ReadOptions { text_field: None, ..with(turns) };
        let said = notes("chats.jsonl", &chats.repeat(2), &named("not Support"));
        assert!(
            said.contains("turns names nobody who speaks here: those who do are \"Agent\", \"Customer\""),
            "{said}"
        );
        let problem = error_of("chats.jsonl", chats.repeat(2).as_bytes(), &named("Paula"));
        assert!(problem.contains("none of its 2 rows") && problem.contains("those who do are \"Agent\""), "{problem}");
        let talk =
            "Anna: The kettle leaks.\nBen: Since when, and where?\nAnna: Since Monday, at its base.\nBen: I see.\n";
        let chat = |turns: &str| ReadOptions { format: Some(Format::Chat), ..named(turns) };
        let said = notes("talk.txt", talk, &chat("not Interviewer"));
        assert!(said.contains("those who do are \"Anna\", \"Ben\""), "{said}");
        let problem = error_of("talk.txt", talk.as_bytes(), &chat("Paula"));
        assert!(problem.contains("those who do are \"Anna\", \"Ben\""), "{problem}");
        assert!(!notes("talk.txt", talk, &chat("not Anna")).contains("names nobody"));
    }

    #[test]
    fn for_chats_with_an_assistant_the_turns_of_the_user_are_proposed() {
        let chat = |said: &str| {
            format!(
                "{{\"messages\": [{{\"role\": \"user\", \"content\": \"{said}\"}}, {{\"role\": \"assistant\", \"content\": \"Sure.\"}}]}}\n"
            )
        };
        let chats = chat("The kettle leaks.") + &chat("My parcel is late.");
        let read = |turns: &str| notes("chats.jsonl", &chats, &ReadOptions { text_field: None, ..with(turns) });
        let said = read("all");
        assert!(said.contains("\"assistant\" speaks as well") && said.contains("turns=user"), "{said}");
        assert!(!read("user").contains("speaks as well"));
    }
}
