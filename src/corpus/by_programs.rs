//! Rows that nobody wrote: what a program says of them itself, by their type, their sender or their subject.

use serde_json::{Map, Value};

/// Whether a row says of itself that a program made it: Mattermost's `system_join_channel`, in a record's own object too; events of
/// Matrix that are no messages; what Chatwoot and tawk.to call events; Reddit's moderator that is a program.
pub(super) fn is_of_a_system(fields: &Map<String, Value>) -> bool {
    let string = |name: &str| fields.get(name).and_then(Value::as_str);
    let kind = string("type").unwrap_or_default();
    let inner = fields.get(kind).and_then(Value::as_object).filter(|_| !kind.is_empty());
    let is_of_mattermost = |row: &Map<String, Value>| {
        row.contains_key("message")
            && row.get("type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("system_"))
    };
    let is_of_matrix = kind.starts_with("m.") && fields.contains_key("content") && fields.contains_key("sender");
    let is_event = is_of_matrix && !OF_MATRIX.contains(&kind);
    let is_of_tawk = fields.contains_key("msg")
        && fields.get("sender").and_then(|sender| sender.get("t")).and_then(Value::as_str) == Some("s");
    // Two are what happened, three what was sent by a rule.
    let is_of_chatwoot = fields.contains_key("private")
        && fields.contains_key("content")
        && fields.get("message_type").and_then(Value::as_u64).is_some_and(|kind| [2, 3].contains(&kind));
    let is_of_reddit = string("author") == Some("AutoModerator")
        && ["subreddit", "link_id", "permalink"].iter().any(|name| fields.contains_key(*name));
    is_of_mattermost(fields)
        || inner.is_some_and(is_of_mattermost)
        || is_event
        || message_of_matrix(fields) == Some("m.notice")
        || is_of_tawk
        || is_of_chatwoot
        || is_of_reddit
}

/// Matrix's events that people write, though some cannot be read.
const OF_MATRIX: [&str; 3] = ["m.room.message", "m.room.encrypted", "m.sticker"];
/// Its messages that are files.
const FILES_OF_MATRIX: [&str; 5] = ["m.image", "m.file", "m.video", "m.audio", "m.location"];

/// The kind of a message of Matrix.
fn message_of_matrix(fields: &Map<String, Value>) -> Option<&str> {
    let is_message = fields.get("type").and_then(Value::as_str) == Some("m.room.message");
    fields.get("content").filter(|_| is_message)?.get("msgtype")?.as_str()
}

/// Whether a message of Matrix is a file: where it has words of its own, the name of the file stands beside them.
pub(super) fn is_file_of_matrix(fields: &Map<String, Value>) -> bool {
    let is_file = message_of_matrix(fields).is_some_and(|kind| FILES_OF_MATRIX.contains(&kind));
    let said = |name: &str| fields.get("content").and_then(|content| content.get(name)).and_then(Value::as_str);
    is_file && said("filename").is_none_or(|name| said("body").is_none_or(|body| body == name))
}

/// Names of the subject of a mail, and what it begins with where a program answered in somebody's place, in small letters.
const SUBJECTS: [&str; 9] =
    ["subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "assunto", "temat", "ämne"];
const AUTOMATIC_REPLIES: [&str; 15] = [
    "automatic reply:",
    "auto-reply:",
    "autoreply:",
    "auto reply:",
    "out of office",
    "out-of-office",
    "automatische antwort:",
    "abwesenheitsnotiz",
    "abwesend:",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "resposta automática",
    "automatisch antwoord",
    "automatyczna odpowiedź",
];

/// Whether a mail is a reply that a program sent in somebody's place, by its subject.
pub(super) fn is_automatic_reply(fields: &Map<String, Value>) -> bool {
    let is_subject = |name: &str| SUBJECTS.contains(&name.trim().to_lowercase().as_str());
    let subjects = fields.iter().filter(|(name, _)| is_subject(name)).filter_map(|(_, value)| value.as_str());
    let begins = |subject: &str| {
        let subject = subject.trim().to_lowercase();
        // "Out of office hours nobody answers" goes on.
        AUTOMATIC_REPLIES.iter().filter_map(|begin| subject.strip_prefix(begin)).any(|rest| {
            let rest = rest.trim_start();
            subject[..subject.len() - rest.len()].trim_end().ends_with(':') || rest.is_empty() || rest.starts_with(':')
        })
    };
    subjects.into_iter().any(begins)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn automatic_replies_are_no_documents_by_their_subject() {
        let is = |subject: &str| is_automatic_reply(json!({"Betreff": subject, "Text": "a"}).as_object().unwrap());
        for subject in
            ["Automatische Antwort: Lift", "Automatic reply: Lift", "Out of Office: Lift", "Abwesenheitsnotiz"]
        {
            assert!(is(subject), "{subject}");
        }
        for subject in ["Lift", "AW: Lift", "Out of office hours nobody answers", "Automatic replies annoy me"] {
            assert!(!is(subject), "{subject}");
        }
    }
}
