//! A field's name or JSON pointer: found in a row, taken out of it, and shown in messages.

use serde_json::{Map, Value};

/// At most this many characters of a name or an id appear in a message.
const SHOWN: usize = 80;

/// Names of a mail's text in small letters, and names that the same text has as HTML or, in Slack's
/// messages, as blocks.
const PLAIN: [&str; 8] =
    ["plain", "text", "plain_text", "text_plain", "text_body", "textbody", "body_text", "body_plain"];
const RICH: [&str; 9] =
    ["html", "text_html", "html_text", "html_body", "htmlBody", "HtmlBody", "body_html", "bodyHtml", "blocks"];

/// Where in a row the text or the id stands: a column's name, or a JSON pointer when it begins with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// As the user wrote it.
    pub(super) spelled: String,
    /// At least one step.
    path: Vec<String>,
}

impl Field {
    /// Every string is a field: nothing to check before a row is seen.
    pub(super) fn new(spelled: &str) -> Field {
        let path = match spelled.strip_prefix('/') {
            Some(steps) => steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
            None => vec![spelled.to_owned()],
        };
        Field { spelled: spelled.to_owned(), path }
    }

    /// A column of a table, whatever its name begins with.
    pub(super) fn of_column(name: &str) -> Field {
        Field { spelled: name.to_owned(), path: vec![name.to_owned()] }
    }

    /// The column it names, unless it points deeper.
    pub(super) fn column(&self) -> Option<&str> {
        match self.path.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    /// The fields that hold the same as it does, as HTML or blocks: some mails and messages have a
    /// text in one of the two only.
    pub(super) fn beside(&self) -> Vec<Field> {
        let is_plain = self.path.last().is_some_and(|last| PLAIN.contains(&last.to_lowercase().as_str()));
        let with = |name: &&str| {
            let mut path = self.path.clone();
            path.pop();
            path.push((*name).to_owned());
            Field::of_path(&path)
        };
        if is_plain { RICH.iter().map(with).collect() } else { Vec::new() }
    }

    /// Its value in a row.
    pub(super) fn find<'a>(&self, row: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.path.split_first()?;
        rest.iter().try_fold(row.get(first)?, |value, step| match value {
            Value::Object(fields) => fields.get(step),
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The same, to be changed.
    pub(super) fn find_mut<'a>(&self, row: &'a mut Map<String, Value>) -> Option<&'a mut Value> {
        let (first, rest) = self.path.split_first()?;
        rest.iter().try_fold(row.get_mut(first)?, |value, step| match value {
            Value::Object(fields) => fields.get_mut(step),
            Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The fields that it is within, the outermost first.
    pub(super) fn around(&self) -> Vec<Field> {
        (1..self.path.len()).map(|steps| Field::of_path(&self.path[..steps])).collect()
    }

    /// The pointer to it, whatever it is called by.
    pub(super) fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |parent, step| pointer(&parent, step))
    }

    fn of_path(path: &[String]) -> Field {
        let spelled = match path {
            [name] => name.clone(),
            path => path.iter().fold(String::new(), |parent, step| pointer(&parent, step)),
        };
        Field { spelled, path: path.to_vec() }
    }

    /// The object in which its value stands, and the pointer to that; nothing where the way there leads through a list.
    pub(super) fn parent<'a>(&self, row: &'a Map<String, Value>) -> Option<(&'a Map<String, Value>, String)> {
        let (_, above) = self.path.split_last()?;
        above.iter().try_fold((row, String::new()), |(object, place), step| {
            Some((object.get(step)?.as_object()?, pointer(&place, step)))
        })
    }

    /// The name of its value in the object in which that stands.
    pub(super) fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Removes its value from a row, whose other fields keep their order.
    pub(super) fn take(&self, row: &mut Map<String, Value>) -> Option<Value> {
        take_from_object(row, &self.path)
    }
}

fn take_from_object(fields: &mut Map<String, Value>, path: &[String]) -> Option<Value> {
    match path {
        [] => None,
        [last] => fields.shift_remove(last),
        [first, rest @ ..] => take_from_value(fields.get_mut(first)?, rest),
    }
}

/// In a list the leaf becomes null: the positions of the others must hold.
fn take_from_value(value: &mut Value, path: &[String]) -> Option<Value> {
    match (value, path) {
        (Value::Object(fields), path) => take_from_object(fields, path),
        (Value::Array(list), [index, rest @ ..]) => {
            let element = list.get_mut(index.parse::<usize>().ok()?)?;
            if rest.is_empty() { Some(element.take()) } else { take_from_value(element, rest) }
        }
        _ => None,
    }
}

/// The JSON pointer below `parent` to the field called `name`.
pub(super) fn pointer(parent: &str, name: &str) -> String {
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The words of a name in small letters: `reviewText` and `Review_text` are two words.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_small) {
            words.push(String::new());
        }
        was_small = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty() && !word.chars().all(|c| c.is_ascii_digit()));
    words
}

/// A value as it is written: a string without the blanks around it, anything else as JSON.
pub(super) fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

/// Foreign text fit for a message: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    // A name in single quotes needs no backslash to be read.
    short.escape_debug().to_string().replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is not a row"),
        }
    }

    #[test]
    fn a_pointer_finds_and_takes_a_leaf_and_leaves_the_rest_in_order() {
        let mut fields = row(json!({"z": 1, "review": {"b": 2, "body": "fine", "a": 3}, "y": 4}));
        let field = Field::new("/review/body");
        assert_eq!(field.find(&fields), Some(&json!("fine")));
        assert_eq!(field.take(&mut fields), Some(json!("fine")));
        assert_eq!(Value::Object(fields).to_string(), r#"{"z":1,"review":{"b":2,"a":3},"y":4}"#);
    }

    #[test]
    fn a_leaf_taken_from_a_list_leaves_null() {
        let mut fields = row(json!({"notes": ["first", "second", {"x": "third"}]}));
        assert_eq!(Field::new("/notes/0").take(&mut fields), Some(json!("first")));
        assert_eq!(Field::new("/notes/2/x").take(&mut fields), Some(json!("third")));
        assert_eq!(Value::Object(fields), json!({"notes": [null, "second", {}]}));
    }

    #[test]
    fn a_pointer_that_leads_nowhere_finds_nothing() {
        let mut fields = row(json!({"notes": ["first"], "text": "fine"}));
        for spelled in ["/notes/1", "/notes/x", "/text/deeper", "/no", "no"] {
            assert_eq!(Field::new(spelled).find(&fields), None, "{spelled}");
            assert_eq!(Field::new(spelled).take(&mut fields), None, "{spelled}");
        }
    }

    #[test]
    fn pointers_escape_slash_and_tilde() {
        let fields = row(json!({"a/b~c": {"d": 1}}));
        assert_eq!(pointer("", "a/b~c"), "/a~1b~0c");
        assert_eq!(Field::new(&pointer(&pointer("", "a/b~c"), "d")).find(&fields), Some(&json!(1)));
    }

    #[test]
    fn a_name_names_a_column_and_so_does_a_pointer_of_one_step() {
        assert_eq!(Field::new("text").column(), Some("text"));
        assert_eq!(Field::new("/text").column(), Some("text"));
        assert_eq!(Field::new("/review/body").column(), None);
    }

    #[test]
    fn foreign_text_is_cut_and_escaped() {
        assert_eq!(shown("it's \"so\"\u{1b}[31m\n"), "it's \\\"so\\\"\\u{1b}[31m\\n");
        assert_eq!(shown(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
    }
}
