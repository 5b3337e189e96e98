//! Rich text: a text as a tree of its pieces, as Telegram, Slack, Jira, Notion and editors of web pages export it.

use serde_json::{Map, Value};

use super::python;

/// Names of the field in which a piece keeps its words, the plainest first.
const WORDS: [&str; 4] = ["plain_text", "text", "insert", "value"];
/// Names of the field in which a piece keeps others.
const PIECES: [&str; 12] = [
    "content",
    "children",
    "elements",
    "blocks",
    "ops",
    "root",
    "rich_text",
    "nodes",
    "document",
    "fields",
    "items",
    "data",
];
/// Names of the field that says what a piece is.
const KINDS: [&str; 4] = ["type", "_type", "nodeType", "insert"];
/// Names of fields that a record has, and a piece of a text has not.
const OF_RECORDS: [&str; 20] = [
    "author",
    "author_id",
    "authorId",
    "sender_id",
    "created_on",
    "from",
    "sender",
    "user",
    "user_name",
    "username",
    "created",
    "created_at",
    "updated_at",
    "date",
    "time",
    "timestamp",
    "ts",
    "email",
    "subject",
    "role",
];
/// Names of fields that a text's tree has not either, though a piece of it may.
const OF_ROWS: [&str; 4] = ["id", "title", "name", "key"];
/// Kinds of pieces that stand within a line though they hold others.
const WITHIN_LINES: [&str; 10] =
    ["link", "hyperlink", "autolink", "a", "text", "span", "text_link", "mention", "mark", "inline"];
/// Kinds of pieces that are a line's end.
const LINE_ENDS: [&str; 6] = ["hardbreak", "hard_break", "linebreak", "line_break", "br", "break"];

/// Names of the field that says which question a piece answers, as Typeform's answers have it: each is a text of its own.
const OF_ANSWERS: [&str; 5] = ["field", "question", "question_id", "questionId", "question_ref"];

/// Whether a value is a text as a tree: a list of strings and pieces, or an object that holds such a list.
fn is_tree(value: &Value) -> bool {
    match value {
        Value::Array(pieces) => is_list_of_pieces(pieces),
        Value::Object(object) => {
            // Notion calls the field by the kind: {"type": "rich_text", "rich_text": […]}.
            let by_kind = kind(object).and_then(|kind| object.get(kind)).and_then(Value::as_array);
            if let Some(pieces) = by_kind {
                return pieces.is_empty() || is_list_of_pieces(pieces);
            }
            let is_row = OF_ROWS.iter().any(|name| object.contains_key(*name));
            !is_row && !is_of_a_record(object) && held_by(object).any(|held| is_held(object, held))
        }
        _ => false,
    }
}

/// Whether what an object holds makes it a tree; a document without any piece is an empty one.
fn is_held(object: &Map<String, Value>, held: &Value) -> bool {
    match held {
        Value::Array(pieces) if pieces.is_empty() => {
            kind(object).is_some_and(|kind| matches!(kind, "doc" | "document"))
        }
        Value::Array(pieces) => is_list_of_pieces(pieces),
        // Contentful's and Lexical's outermost object holds only the tree.
        other => object.len() <= 2 && is_tree(other),
    }
}

fn is_list_of_pieces(pieces: &[Value]) -> bool {
    let is_one = |piece: &Value| match piece {
        Value::String(_) => true,
        Value::Object(piece) => is_piece(piece),
        _ => false,
    };
    let has_words = |piece: &Value| piece.as_object().is_some_and(has_words);
    !pieces.is_empty() && pieces.iter().all(is_one) && pieces.iter().any(has_words)
}

/// Whether an object is a piece: it says what it is, or has nothing but words and switches ("bold": true).
fn is_piece(piece: &Map<String, Value>) -> bool {
    let says_kind = KINDS.iter().any(|name| piece.contains_key(*name));
    let is_switch = |(name, value): (&String, &Value)| name == "text" || matches!(value, Value::Bool(_) | Value::Null);
    let has_pieces = PIECES.iter().any(|name| piece.get(*name).is_some_and(Value::is_array));
    let is_bare = piece.get("text").is_some_and(Value::is_string) && piece.iter().all(is_switch);
    !is_of_a_record(piece) && (says_kind || is_bare || has_pieces && !piece.contains_key("id"))
        || piece.contains_key("text") && piece.contains_key("inlineStyleRanges")
}

fn is_of_a_record(object: &Map<String, Value>) -> bool {
    // Editor.js says beside its blocks when they were saved.
    let is_of_blocks = object.contains_key("blocks");
    OF_RECORDS.iter().any(|name| object.contains_key(*name) && !(*name == "time" && is_of_blocks))
}

fn has_words(piece: &Map<String, Value>) -> bool {
    let is_held = |value: &Value| match value {
        Value::Array(pieces) => is_list_of_pieces(pieces) || pieces.is_empty(),
        Value::Object(held) => has_words(held),
        _ => false,
    };
    words(piece).is_some() || held_by(piece).any(is_held)
}

/// The words of a piece, or the object that has them. A custom field has a "value" too, and is no text.
fn words(piece: &Map<String, Value>) -> Option<&Value> {
    let is_text = kind(piece) == Some("text") || piece.contains_key("nodeType");
    let named = WORDS.iter().filter(|name| is_text || **name != "value").filter_map(|name| piece.get(*name));
    named.into_iter().find(|words| words.is_string() || words.is_object())
}

/// The lists and objects in which a piece keeps others.
fn held_by(piece: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let kind = kind(piece);
    let by_kind = kind.and_then(|kind| piece.get(kind));
    // What is held twice is looked at twice, and so is all that is within, over and over.
    let others = PIECES.iter().filter(move |name| Some(**name) != kind).filter_map(|name| piece.get(*name));
    let held = by_kind.into_iter().chain(others);
    held.filter(|held| held.is_array() || held.is_object())
}

fn kind(piece: &Map<String, Value>) -> Option<&str> {
    KINDS.iter().filter(|name| **name != "insert").find_map(|name| piece.get(*name)?.as_str())
}

/// The words of a value that is a tree, or a string that holds one as JSON; nothing for any other.
pub(super) fn flattened(value: &Value) -> Option<String> {
    match value {
        Value::String(json) if json.trim_start().starts_with(['{', '[']) => {
            // YouTube's comments are pieces one after the other: {"text": "…"},{"text": "…"}.
            let pieces = || serde_json::from_str(&format!("[{json}]"));
            let tree: Value = serde_json::from_str(json).or_else(|_| pieces()).ok().or_else(|| python::value(json))?;
            let is_bare = tree.as_object().is_some_and(|piece| piece.len() == 1 && piece.contains_key("text"));
            let tree = if is_bare { Value::Array(vec![tree]) } else { tree };
            is_tree(&tree).then(|| text(&tree))
        }
        Value::Object(index) if index.len() >= LEAST_WORDS => {
            uninverted(index).or_else(|| is_tree(value).then(|| text(value)))
        }
        tree => is_tree(tree).then(|| text(tree)),
    }
}

/// Words of a text that is kept as an index, at least.
const LEAST_WORDS: usize = 3;

/// The text of which an object has each word with its places, as OpenAlex keeps abstracts: `{"The": [0, 3], "soup": [1], …}`.
fn uninverted(index: &Map<String, Value>) -> Option<String> {
    let mut words = Vec::new();
    for (word, places) in index {
        let places = places.as_array().filter(|places| !places.is_empty())?;
        for place in places {
            words.push((place.as_u64()?, word.as_str()));
        }
    }
    words.sort_unstable();
    let is_whole = words.iter().enumerate().all(|(place, (at, _))| place as u64 == *at);
    is_whole.then(|| words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" "))
}

/// The words of a tree in their order; blocks are lines.
fn text(tree: &Value) -> String {
    let mut text = String::new();
    write(tree, &mut text);
    text.trim().to_owned()
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::String(words) => text.push_str(words),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            for item in items {
                end_line(text);
                write(item, text);
            }
        }
        Value::Array(pieces) => pieces.iter().for_each(|piece| write(piece, text)),
        Value::Object(piece) => write_piece(piece, text),
        _ => {}
    }
}

fn write_piece(piece: &Map<String, Value>, text: &mut String) {
    let kind = kind(piece).unwrap_or_default().to_lowercase();
    if LINE_ENDS.contains(&kind.as_str()) {
        return text.push('\n');
    }
    let held = held_by(piece).next();
    let words = words(piece);
    let is_draft = piece.contains_key("inlineStyleRanges");
    let is_section = words.is_some_and(Value::is_object) && kind != "text" && !piece.contains_key("insert");
    let is_answer = words.is_some() && OF_ANSWERS.iter().any(|name| piece.contains_key(*name));
    let is_block = is_draft || held.is_some() || is_section || is_answer;
    if is_block && (is_answer || !WITHIN_LINES.contains(&kind.as_str())) {
        end_line(text);
        words.into_iter().chain(held).for_each(|part| write(part, text));
        end_line(text);
        return;
    }
    match (words, held) {
        (Some(words), _) => write(words, text),
        (None, Some(held)) => write(held, text),
        // Jira's mentions keep their words among their attributes, Notion's words stand in "content".
        (None, None) => {
            let attributes = piece.get("attrs").and_then(|attributes| attributes.get("text"));
            attributes.or_else(|| piece.get("content")).into_iter().for_each(|words| write(words, text));
        }
    }
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_text_that_is_kept_as_an_index_of_its_words_is_put_together() {
        let index =
            serde_json::json!({"The": [0, 4], "soup": [1], "was": [2], "cold.": [3], "bread": [5], "too.": [6]});
        assert_eq!(super::flattened(&index).as_deref(), Some("The soup was cold. The bread too."));
        for none in [serde_json::json!({"a": [0], "b": [2], "c": [3]}), serde_json::json!({"a": [0], "b": [1], "c": 2})]
        {
            assert_eq!(super::flattened(&none), None);
        }
    }

    use super::*;
    use serde_json::json;

    #[test]
    fn a_kind_that_is_called_like_its_pieces_is_looked_at_once() {
        let mut tree = json!({"type": "content"});
        for _ in 0..100 {
            tree = json!({"type": "content", "content": [tree]});
        }
        let begun = std::time::Instant::now();
        assert_eq!(flattened(&json!([tree])), None);
        assert!(begun.elapsed().as_secs() < 5);
    }

    #[test]
    fn the_words_of_many_trees_are_read_in_their_order() {
        for tree in [
            // Telegram
            json!(["Leak in ", {"type": "bold", "text": "flat 3"}, ",\ncall ", {"type": "phone", "text": "112"}]),
            // Jira (Atlassian document format)
            json!({"type": "doc", "version": 1, "content": [
                {"type": "paragraph", "content": [
                    {"type": "text", "text": "Leak in "}, {"type": "text", "text": "flat 3", "marks": [{"type": "strong"}]},
                    {"type": "text", "text": ","}]},
                {"type": "bulletList", "content": [{"type": "listItem", "content": [
                    {"type": "paragraph", "content": [
                        {"type": "text", "text": "call "}, {"type": "mention", "attrs": {"id": "1", "text": "112"}}]}]}]}]}),
            json!({"type": "doc", "content": [{"type": "paragraph", "content": [
                {"type": "text", "text": "Leak in flat 3,"}, {"type": "hardBreak"}, {"type": "text", "text": "call 112"}]}]}),
            // Slack
            json!([{"type": "rich_text", "block_id": "x", "elements": [{"type": "rich_text_section", "elements": [
                {"type": "text", "text": "Leak in flat 3,\ncall "}, {"type": "link", "url": "tel:1", "text": "112"}]}]}]),
            json!([{"type": "section", "text": {"type": "mrkdwn", "text": "Leak in flat 3,"}}, {"type": "divider"},
                {"type": "section", "text": {"type": "mrkdwn", "text": "call 112"}}]),
            // Notion
            json!([{"type": "text", "text": {"content": "Leak in flat 3,\n", "link": null}, "annotations": {"bold": false},
                "plain_text": "Leak in flat 3,\n", "href": null}, {"type": "text", "text": {"content": "call 112"}}]),
            json!({"id": "x", "type": "rich_text", "rich_text": [{"type": "text", "plain_text": "Leak in flat 3,\ncall 112"}]}),
            json!([{"object": "block", "id": "a", "type": "paragraph", "created_time": "2025",
                "paragraph": {"rich_text": [{"type": "text", "plain_text": "Leak in flat 3,"}], "color": "default"}},
                {"object": "block", "id": "b", "type": "to_do", "to_do": {"rich_text": [{"plain_text": "call 112"}]}}]),
            // Lexical, Slate
            json!({"root": {"type": "root", "version": 1, "children": [
                {"type": "paragraph", "children": [{"type": "text", "text": "Leak in flat 3,", "format": 1}]},
                {"type": "paragraph", "children": [{"type": "text", "text": "call 112"}]}]}}),
            json!([{"type": "paragraph", "children": [{"text": "Leak in "}, {"text": "flat 3,", "bold": true}]},
                {"type": "paragraph", "children": [{"text": "call 112"}]}]),
            json!([{"children": [{"text": "Leak in flat 3,"}]}, {"children": [{"text": "call 112"}]}]),
            // Quill
            json!({"ops": [{"insert": "Leak in "}, {"insert": "flat 3", "attributes": {"bold": true}},
                {"insert": {"image": "x"}}, {"insert": ",\ncall 112\n"}]}),
            // Draft, Editor.js, Sanity, Contentful
            json!({"blocks": [{"key": "a", "text": "Leak in flat 3,", "type": "unstyled", "inlineStyleRanges": []},
                {"key": "b", "text": "call 112", "type": "unstyled", "inlineStyleRanges": []}], "entityMap": {}}),
            json!({"time": 1, "blocks": [{"id": "a", "type": "paragraph", "data": {"text": "Leak in flat 3,"}},
                {"id": "b", "type": "paragraph", "data": {"text": "call 112"}}], "version": "2"}),
            json!([{"_type": "block", "_key": "a", "children": [{"_type": "span", "text": "Leak in flat 3,"}]},
                {"_type": "block", "_key": "b", "children": [{"_type": "span", "text": "call 112"}]}]),
            json!({"nodeType": "document", "data": {}, "content": [
                {"nodeType": "paragraph", "data": {}, "content": [{"nodeType": "text", "value": "Leak in flat 3,", "data": {}}]},
                {"nodeType": "paragraph", "data": {}, "content": [{"nodeType": "text", "value": "call 112", "data": {}}]}]}),
        ] {
            assert!(is_tree(&tree), "{tree}");
            assert_eq!(text(&tree), "Leak in flat 3,\ncall 112", "{tree}");
        }
        let json = json!("{\"ops\": [{\"insert\": \"call 112\"}]}");
        assert_eq!((flattened(&json).as_deref(), flattened(&json!("[1] call 112"))), (Some("call 112"), None));
        let empty = json!({"type": "doc", "version": 1, "content": []});
        assert!(is_tree(&empty) && text(&empty).is_empty());
    }

    #[test]
    fn answers_to_several_questions_are_lines_of_their_own() {
        let answers = json!([
            {"field": {"id": "a", "type": "long_text"}, "type": "text", "text": "The canteen closes too early."},
            {"field": {"id": "b", "type": "opinion_scale"}, "type": "number", "number": 3},
            {"field": {"id": "c", "type": "short_text"}, "type": "text", "text": "night shift"}
        ]);
        assert_eq!(flattened(&answers).as_deref(), Some("The canteen closes too early.\nnight shift"));
    }

    #[test]
    fn lists_of_records_and_of_tags_are_no_text() {
        for other in [
            json!([]),
            json!(["a", "b"]),
            json!([{"name": "bug"}]),
            json!([{"type": "bug"}]),
            json!([{"type": "dropdown", "name": "plan", "value": "gold"}]),
            json!([{"id": 1, "body": "same here"}]),
            json!([{"id": 1, "type": "message", "from": "Ann", "text": "same here"}]),
            json!([{"id": 1, "text": "same here", "created_at": "2025"}]),
            json!({"comments": [{"id": 1, "text": "same here"}]}),
            json!({"title": "a", "content": [{"type": "text", "text": "b"}]}),
            json!({"type": "review", "text": "b"}),
            json!("a"),
            json!([1, 2]),
        ] {
            assert!(!is_tree(&other), "{other}");
        }
    }

    #[test]
    fn pieces_as_a_string_are_read_alone_and_one_after_the_other() {
        let of = |json: &str| flattened(&Value::from(json));
        assert_eq!(of("{\"text\": \"the soup was cold\"}").as_deref(), Some("the soup was cold"));
        assert_eq!(of("{\"text\":\"cold \"},{\"text\":\"soup\"}").as_deref(), Some("cold soup"));
        assert_eq!(of("{\"text\": 3}"), None);
        assert_eq!(of("{note} cold"), None);
    }
}
