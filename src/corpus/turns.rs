//! Chats: a list of turns, each with a role and what was said, as one text.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names of the field that says whose turn it is.
const ROLES: [&str; 8] = ["role", "from", "speaker", "sender", "author", "user", "author_id", "authorId"];
/// Names of the field that says as what somebody speaks, which heads the turn even where a name stands beside it.
const OFFICES: [&str; 12] = [
    "role",
    "sender",
    "sender_type",
    "senderType",
    "author_type",
    "authorType",
    "from",
    "from_type",
    "speaker",
    "author",
    "user",
    "type",
];
/// The same within the object of a person; tawk.to shortens it to a letter.
const OFFICES_WITHIN: [&str; 4] = ["role", "type", "user_type", "t"];
/// Those that reviews and comments have as well, which no chat is made of.
const AUTHORS: [&str; 4] = ["author", "user", "author_id", "authorId"];
/// Who takes part in a chat.
const SPEAKERS: [&str; 26] = [
    "contact",
    "end-user",
    "requester",
    "admin",
    "teammate",
    "staff",
    "user",
    "human",
    "customer",
    "client",
    "visitor",
    "assistant",
    "gpt",
    "bot",
    "ai",
    "model",
    "agent",
    "chatbot",
    "system",
    "tool",
    "operator",
    "support",
    "guest",
    "caller",
    "interviewer",
    "me",
];
/// Those who ask.
const ASKING: [&str; 10] =
    ["user", "human", "customer", "client", "visitor", "caller", "contact", "requester", "end-user", "end user"];
/// Those who answer.
const ANSWERING: [&str; 12] =
    ["assistant", "gpt", "bot", "ai", "model", "agent", "chatbot", "admin", "operator", "support", "teammate", "staff"];
/// Kinds of authors that help desks know.
const COMPANY: [&str; 5] = ["admin", "agent", "bot", "teammate", "operator"];
/// Names of fields that a review has, and a turn of a chat has not.
const OF_REVIEWS: [&str; 9] = ["stars", "rating", "ratings", "score", "title", "likes", "votes", "upvotes", "helpful"];
/// Names of the field that holds what was said.
const SAID: [&str; 7] = ["content", "value", "text", "message", "body", "utterance", "msg"];

/// Whose turns of a chat are its text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Turns {
    /// The turns of the person who asks
    User,
    /// The turns of the one who answers
    Assistant,
    /// All turns, each line headed by its role
    #[default]
    All,
    /// The turns of these speakers
    Of(Vec<String>),
    /// The turns of all speakers but these
    Without(Vec<String>),
}

/// What stands before the names of speakers who are left out.
const NOT: &str = "not ";

impl Turns {
    pub(super) fn takes(&self, role: &str) -> bool {
        let role = role.trim().to_lowercase();
        match self {
            Turns::All => true,
            Turns::User => ASKING.contains(&role.as_str()),
            Turns::Assistant => ANSWERING.contains(&role.as_str()),
            Turns::Of(names) => names.iter().any(|name| name.to_lowercase() == role),
            Turns::Without(names) => !names.iter().any(|name| name.to_lowercase() == role),
        }
    }

    /// Whether a row that is one turn of a transcript or message of a chat is left out, where speakers are named.
    pub(super) fn leaves_out(&self, speaker: &str) -> bool {
        matches!(self, Turns::Of(_) | Turns::Without(_)) && !self.takes(speaker)
    }

    /// Whether the turns of a chat may be those of several speakers: then each line is headed by its role.
    pub(super) fn are_headed(&self) -> bool {
        match self {
            Turns::All | Turns::Without(_) => true,
            Turns::Of(names) => names.len() > 1,
            Turns::User | Turns::Assistant => false,
        }
    }
}

impl std::str::FromStr for Turns {
    type Err = String;

    fn from_str(said: &str) -> Result<Turns, String> {
        let names = |said: &str| -> Vec<String> {
            said.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
        };
        let (all_but, of) = (said.strip_prefix(NOT).map(names), names(said));
        match (said, all_but) {
            ("user", _) => Ok(Turns::User),
            ("assistant", _) => Ok(Turns::Assistant),
            ("all", _) => Ok(Turns::All),
            (_, Some(names)) if !names.is_empty() => Ok(Turns::Without(names)),
            (_, None) if !of.is_empty() => Ok(Turns::Of(of)),
            _ => Err("expected user, assistant, all, the name of a speaker, or 'not NAME'".into()),
        }
    }
}

impl std::fmt::Display for Turns {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Turns::User => formatter.write_str("user"),
            Turns::Assistant => formatter.write_str("assistant"),
            Turns::All => formatter.write_str("all"),
            Turns::Of(names) => formatter.write_str(&names.join(", ")),
            Turns::Without(names) => write!(formatter, "{NOT}{}", names.join(", ")),
        }
    }
}

impl TryFrom<String> for Turns {
    type Error = String;

    fn try_from(said: String) -> Result<Turns, String> {
        said.parse()
    }
}

impl From<Turns> for String {
    fn from(turns: Turns) -> String {
        turns.to_string()
    }
}

/// Whether a value is a list of turns: objects with a role and what was said.
pub(super) fn is_chat(value: &Value) -> bool {
    let is_turn = |turn: &Value| turn.as_object().is_some_and(|turn| role(turn).is_some() && said(turn).is_some());
    value.as_array().is_some_and(|turns| !turns.is_empty() && turns.iter().all(is_turn))
}

/// Whether a list of turns is plainly what people said to each other: not the reviews of one product
/// or the comments below one post, which have authors as well.
pub(super) fn is_conversation(value: &Value) -> bool {
    let turns: Vec<&Map<String, Value>> = value.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
    let has_authors = |turn: &&Map<String, Value>| {
        let key = ROLES.iter().find(|name| turn.contains_key(**name));
        key.is_some_and(|key| AUTHORS.contains(key))
            && turn.get("author").and_then(|author| author.get("role")).is_none()
    };
    if !turns.iter().any(has_authors) {
        return true;
    }
    let speakers: Vec<&str> = turns.iter().filter_map(|turn| name_of(turn)).collect();
    let different: HashSet<&str> = speakers.iter().copied().collect();
    let is_of_the_company =
        |turn: &&Map<String, Value>| office(turn).is_some_and(|kind| COMPANY.contains(&kind.to_lowercase().as_str()));
    let is_known = speakers.iter().any(|speaker| SPEAKERS.contains(&speaker.to_lowercase().as_str()))
        || turns.iter().any(is_of_the_company);
    let answers = different.len() > 1 && different.len() < speakers.len();
    let is_review = turns.iter().any(|turn| OF_REVIEWS.iter().any(|name| turn.contains_key(*name)));
    !is_review && (is_known || answers)
}

/// Fields that only the messages of messengers have, in their exports.
const OF_MESSENGERS: [&str; 8] = [
    "from_id",
    "date_unixtime",
    "originalarrivaltime",
    "messagetype",
    "timestamp_ms",
    "sender_name",
    "conversationid",
    "chat_id",
];
/// Turns of a chat that go on for so long are the messages of a group rather than one talk.
const MANY: usize = 20;

/// Whether turns are the messages of a messenger, each a text of its own: they have what only an export of one has, or are many
/// and have the time at which they were sent, and nobody speaks as the customer, the assistant or the like.
pub(super) fn are_messages(value: &Value) -> bool {
    let turns: Vec<&Map<String, Value>> = value.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
    let is_sent = |turn: &&Map<String, Value>| {
        turn.keys().any(|name| {
            let name = name.to_lowercase();
            ["date", "time", "created", "sent"].iter().any(|word| name.contains(word))
        })
    };
    let is_of_a_messenger = |turn: &&Map<String, Value>| OF_MESSENGERS.iter().any(|name| turn.contains_key(*name));
    let speaks_for =
        |turn: &&Map<String, Value>| role(turn).is_some_and(|role| SPEAKERS.contains(&role.to_lowercase().as_str()));
    !turns.is_empty()
        && !turns.iter().any(speaks_for)
        && (turns.iter().all(is_of_a_messenger) || (turns.len() >= MANY && turns.iter().all(is_sent)))
}

/// The text of a chat, one line or more for each turn.
pub(super) fn text(value: &Value, turns: &Turns) -> String {
    let all = value.as_array().into_iter().flatten().filter_map(Value::as_object);
    let taken = all.filter(|turn| is_taken(turn, turns));
    let taken = taken.filter_map(|turn| Some((role(turn)?, spoken(said(turn)?))));
    let taken = taken.filter(|(_, text)| !text.trim().is_empty());
    let line = |(role, text): (&str, String)| if turns.are_headed() { format!("{role}: {text}") } else { text };
    taken.map(line).collect::<Vec<_>>().join("\n")
}

/// Whether a turn is one of those that are wanted, by as what somebody speaks or by the name.
fn is_taken(turn: &Map<String, Value>, turns: &Turns) -> bool {
    let Some(role) = role(turn) else { return false };
    let name = name_of(turn).unwrap_or(role);
    // "Ann <ann@mail.example>" is called Ann as well.
    let bare = name.split_once(" <").map_or(name, |(bare, _)| bare);
    let names = [role, name, bare];
    match turns {
        Turns::Of(_) => names.iter().any(|name| turns.takes(name)),
        Turns::Without(_) => names.iter().all(|name| turns.takes(name)),
        _ => turns.takes(role),
    }
}

/// Whether any turn of a chat is taken, and any is left out.
pub(super) fn taken_and_left(value: &Value, turns: &Turns) -> (bool, bool) {
    let all = value.as_array().into_iter().flatten().filter_map(Value::as_object);
    let taken = all.map(|turn| is_taken(turn, turns));
    taken.fold((false, false), |(taken, left), is_taken| (taken || is_taken, left || !is_taken))
}

/// Who speaks in a chat, once for each turn.
pub(super) fn speakers(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_object).filter_map(role)
}

/// The text of a chat without the roles at the heads of its lines, which look like a model's own format.
pub(super) fn without_roles(text: &str) -> String {
    let head = |line: &str| line.split_once(": ").map_or(line.to_owned(), |(_, said)| said.to_owned());
    text.lines().map(head).collect::<Vec<_>>().join("\n")
}

/// As what somebody speaks where a field says so, else the name.
fn role(turn: &Map<String, Value>) -> Option<&str> {
    office(turn).or_else(|| name_of(turn))
}

/// As what somebody speaks, where a field says so in a word for it.
fn office(turn: &Map<String, Value>) -> Option<&str> {
    // Chatwoot numbers its kinds of messages, and calls an agent "user" beside them.
    if turn.contains_key("private")
        && let Some(kind) = turn.get("message_type").and_then(Value::as_u64)
    {
        return ["customer", "agent", "system", "bot"].get(usize::try_from(kind).ok()?).copied();
    }
    let known = |said: &&str| SPEAKERS.contains(&said.to_lowercase().as_str());
    OFFICES.iter().find_map(|name| match turn.get(*name)? {
        Value::String(said) => Some(said.as_str()).filter(known),
        Value::Object(person) => OFFICES_WITHIN.iter().find_map(|name| match (*name, person.get(*name)?.as_str()?) {
            ("t", "v") => Some("visitor"),
            ("t", "a") => Some("agent"),
            ("t", "s") => Some("system"),
            ("t", _) => None,
            (_, said) => Some(said).filter(known),
        }),
        _ => None,
    })
}

/// Whose turn it is, by the first field that says so.
fn name_of(turn: &Map<String, Value>) -> Option<&str> {
    ROLES.iter().find_map(|name| match turn.get(*name)? {
        Value::String(role) => Some(role.as_str()),
        Value::Object(author) => author.get("role").or_else(|| author.get("name"))?.as_str(),
        _ => None,
    })
}

fn said(turn: &Map<String, Value>) -> Option<&Value> {
    let is_said = |value: &&Value| value.is_string() || value.is_array() || value.is_null() || value.is_object();
    SAID.iter().find_map(|name| turn.get(*name).filter(is_said))
}

/// A string, or the strings of its parts.
fn spoken(said: &Value) -> String {
    match said {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(spoken).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"),
        Value::Object(part) => part.get("text").or_else(|| part.get("parts")).map_or(String::new(), spoken),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn messages_of_a_messenger_are_told_from_talks() {
        let are = |turn: Value, count: usize| are_messages(&vec![turn; count].into());
        assert!(are(json!({"from": "Ann", "from_id": "user1", "date": "2025-01-01", "text": "so"}), 3));
        assert!(are(json!({"sender": "Ann", "sent_at": 1, "text": "so"}), 30));
        assert!(!are(json!({"sender": "Ann", "sent_at": 1, "text": "so"}), 3));
        assert!(!are(json!({"role": "user", "time": 1, "text": "so"}), 30));
        assert!(!are(json!({"sender": "Ann", "text": "so"}), 30));
    }

    #[test]
    fn a_chat_is_one_text_with_the_roles_at_the_heads_of_lines() {
        let chat = json!([
            {"role": "user", "content": "Where is it?"},
            {"role": "assistant", "content": [{"type": "text", "text": "On its way."}, {"type": "image"}]},
            {"role": "assistant", "content": null}
        ]);
        assert!(is_chat(&chat));
        assert_eq!(text(&chat, &Turns::All), "user: Where is it?\nassistant: On its way.");
        assert_eq!(text(&chat, &Turns::User), "Where is it?");
        assert_eq!(text(&chat, &Turns::Assistant), "On its way.");
        assert_eq!(text(&chat, &"not User".parse().unwrap()), "assistant: On its way.");
        assert_eq!(text(&chat, &"user".parse().unwrap()), "Where is it?");
        assert!("".parse::<Turns>().is_err() && "not ".parse::<Turns>().is_err());
        for said in ["user", "assistant", "all", "Ann", "Ann, Bob", "not Ann, Bob"] {
            assert_eq!(serde_json::to_value(said.parse::<Turns>().unwrap()).unwrap(), said);
        }
        assert_eq!(without_roles("user: a: b\nplain"), "a: b\nplain");
    }

    #[test]
    fn as_what_somebody_speaks_heads_the_turn_beside_a_name() {
        let of = |turns: Value, said: &str| text(&turns, &said.parse().unwrap());
        let article = |sender: &str, from: &str, body: &str| json!({"sender": sender, "from": from, "body": body});
        let articles = json!([
            article("Customer", "Ben <ben@mail.example>", "It leaks."),
            article("Agent", "Support <help@a.example>", "Since when?")
        ]);
        assert_eq!(of(articles.clone(), "all"), "Customer: It leaks.\nAgent: Since when?");
        for said in ["user", "Customer", "ben", "not Support", "not agent"] {
            assert_eq!(of(articles.clone(), said).trim_start_matches("Customer: "), "It leaks.", "{said}");
        }
        let parts = json!([
            {"author": {"type": "user", "name": "Ann"}, "body": "It leaks."},
            {"author": {"type": "admin", "name": "Kim"}, "body": "Since when?"}
        ]);
        assert_eq!(of(parts, "all"), "user: It leaks.\nadmin: Since when?");
        let tawk = json!([
            {"sender": {"t": "s"}, "type": "msg", "msg": "Started"},
            {"sender": {"t": "v", "n": "Visitor"}, "type": "msg", "msg": "It leaks."},
            {"sender": {"t": "a", "n": "Kim"}, "type": "msg", "msg": "Since when?"}
        ]);
        assert!(is_chat(&tawk));
        assert_eq!(of(tawk, "all"), "system: Started\nvisitor: It leaks.\nagent: Since when?");
        let message = |kind: u64, sender: Value, said: &str| json!({"content": said, "message_type": kind, "private": false, "sender": sender});
        let chatwoot = json!([
            message(0, json!({"name": "Pia", "type": "contact"}), "It leaks."),
            message(1, json!({"name": "Kim", "type": "user"}), "Since when?"),
            message(2, Value::Null, "Assigned to Kim")
        ]);
        assert!(is_chat(&chatwoot));
        assert_eq!(of(chatwoot.clone(), "user"), "It leaks.");
        assert_eq!(of(chatwoot, "not system"), "customer: It leaks.\nagent: Since when?");
        let comments =
            json!([{"author": "Ann", "type": "user", "text": "a"}, {"author": "Bob", "type": "user", "text": "b"}]);
        assert!(!is_conversation(&comments));
    }

    #[test]
    fn other_spellings_of_turns_are_chats_and_other_lists_are_none() {
        assert!(is_chat(&json!([{"from": "human", "value": "hi"}])));
        assert!(is_chat(&json!([{"author": {"role": "user"}, "content": {"parts": ["hi"]}}])));
        for (list, is_one) in [
            (
                json!([{"author": "Ann", "text": "a"}, {"author": "Bob", "text": "b"}, {"author": "Ann", "text": "c"}]),
                true,
            ),
            (json!([{"user": "customer", "text": "a"}]), true),
            (
                json!([{"author": {"type": "user", "name": "Ann"}, "body": "a"}, {"author": {"type": "admin", "name": "Bo"}, "body": "b"}]),
                true,
            ),
            (json!([{"from": "Ann", "text": "a"}]), true),
            (json!([{"author": "Ann", "text": "a"}, {"author": "Bob", "text": "b"}]), false),
            (json!([{"user": "u", "stars": 3, "text": "a"}, {"user": "u", "stars": 1, "text": "b"}]), false),
        ] {
            assert_eq!((is_chat(&list), is_conversation(&list)), (true, is_one), "{list}");
        }
        for other in [json!([]), json!(["a"]), json!([{"id": 1, "html_body": "x"}]), json!("a")] {
            assert!(!is_chat(&other), "{other}");
        }
    }
}
