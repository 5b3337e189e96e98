//! JSON as servers really send it: behind a byte-order mark, with `NaN` for a number, with half a character, as an event
//! stream that nobody asked for. What can be read is read: an answer is paid for.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

/// Stands for a number beyond those that a double holds, and for an infinite one.
const HUGE: &str = "1e308";

/// The JSON object or array that a reply's body holds; none where it holds none, or breaks off within.
pub fn read(body: &str) -> Option<Value> {
    let body = body.trim_start_matches('\u{feff}').trim_start();
    if body.starts_with(['{', '[']) { object(body) } else { stream(body) }
}

/// The object or array that a text is; none where something else follows it, or a field stands twice in an object: of two answers
/// nobody knows which one is meant.
fn object(text: &str) -> Option<Value> {
    let whole = |text: &str| serde_json::from_str::<Unequivocal>(text).ok().map(|read| read.0);
    whole(text).or_else(|| whole(&mended(text))).filter(|value| value.is_object() || value.is_array())
}

/// A value in whose objects no field stands twice.
struct Unequivocal(Value);

impl<'de> Deserialize<'de> for Unequivocal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Unequivocal, D::Error> {
        from.deserialize_any(Once).map(Unequivocal)
    }
}

/// Builds such a value.
struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with each field once")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unequivocal(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unequivocal(value))) = fields.next_entry::<String, Unequivocal>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom("a field stands twice"));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// The text with everything that is not JSON, but stands where a value may, replaced: numbers that are none by null, infinite
/// ones by very large ones, halves of characters and bare control characters in strings by a mark.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => mend_string(rest, &mut out),
            '+' | '-' | '.' | '0'..='9' | 'a'..='z' | 'A'..='Z' => mend_word(rest, &mut out),
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

/// Copies a word outside of strings: a number, `true`, `NaN`; returns its length.
fn mend_word(text: &str, out: &mut String) -> usize {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(text.len());
    let word = &text[..end];
    let is_json = serde_json::from_str::<Value>(word).is_ok();
    let sign = if word.starts_with('-') { "-" } else { "" };
    match word.parse::<f64>() {
        _ if is_json => out.push_str(word),
        Ok(number) if number.is_infinite() => out.extend([sign, HUGE]),
        Ok(number) if number.is_finite() => out.push_str(&json!(number).to_string()),
        _ => out.push_str("null"),
    }
    end
}

/// Copies a string with its quotes; returns its length in the text.
fn mend_string(text: &str, out: &mut String) -> usize {
    out.push('"');
    let mut place = 1;
    while let Some(c) = text[place..].chars().next() {
        place += match c {
            '"' => {
                out.push('"');
                return place + 1;
            }
            '\\' => mend_escape(&text[place..], out),
            c if c < ' ' => {
                out.push(' ');
                c.len_utf8()
            }
            c => {
                out.push(c);
                c.len_utf8()
            }
        };
    }
    place
}

/// Copies an escape; half of a character that is written in two becomes U+FFFD, and what is not an escape its own text.
fn mend_escape(text: &str, out: &mut String) -> usize {
    let unit = |text: &str| text.strip_prefix("\\u").and_then(|rest| u16::from_str_radix(rest.get(..4)?, 16).ok());
    match (unit(text), text.get(6..).and_then(unit)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => {
            out.push_str(&text[..12]);
            12
        }
        (Some(0xd800..=0xdfff), _) => {
            out.push('\u{fffd}');
            6
        }
        (Some(_), _) => {
            out.push_str(&text[..6]);
            6
        }
        (None, _) => match text[1..].chars().next() {
            Some(c) if "\"\\/bfnrt".contains(c) => {
                out.extend(['\\', c]);
                2
            }
            _ => {
                out.push_str("\\\\");
                1
            }
        },
    }
}

/// An event stream put together to the reply that it would have been; none where it breaks off.
fn stream(body: &str) -> Option<Value> {
    let (mut whole, mut is_error) = (Stream::default(), false);
    for line in body.lines() {
        if line.trim().is_empty() {
            is_error = false;
        } else if let Some(event) = line.strip_prefix("event:") {
            is_error = event.trim() == "error";
        } else if let Some(chunk) = line.strip_prefix("data:").map(str::trim) {
            match chunk {
                chunk if is_error => whole.fail(chunk),
                "[DONE]" => whole.is_done = true,
                chunk => whole.add(object(chunk)?),
            }
        }
    }
    whole.is_done.then(|| whole.reply())
}

/// What has come of a stream.
#[derive(Default)]
struct Stream {
    is_done: bool,
    message: Map<String, Value>,
    choice: Map<String, Value>,
    /// Log-probabilities of the tokens so far.
    tokens: Vec<Value>,
    /// Parts of other choices than the first, which nobody asked for.
    others: Vec<Value>,
    top: Map<String, Value>,
}

impl Stream {
    fn add(&mut self, mut chunk: Value) {
        // Not by `chunk["choices"]`, which panics where the chunk is a list.
        let choices = chunk.get_mut("choices").and_then(Value::as_array_mut);
        let mut choices = choices.map(std::mem::take).unwrap_or_default().into_iter();
        let mut choice = choices.next().unwrap_or_default();
        let is_another = choice.get("index").is_some_and(|index| !index.is_null() && *index != 0);
        self.others.extend(choices.chain(is_another.then(|| choice.clone())));
        let said = ["delta", "message"].iter().find_map(|name| choice.get_mut(name).map(Value::take));
        for (name, value) in said.as_ref().and_then(Value::as_object).into_iter().flatten() {
            match (self.message.get_mut(name), value) {
                (Some(Value::String(before)), Value::String(more)) => before.push_str(more),
                (_, Value::Null) => {}
                _ => {
                    self.message.insert(name.clone(), value.clone());
                }
            }
        }
        self.tokens.extend(choice["logprobs"]["content"].as_array().into_iter().flatten().cloned());
        // An ending that another one follows is not the only one: both are told.
        if let (Some(before), Some(now)) = (self.choice.get("finish_reason"), choice.get("finish_reason"))
            && !now.is_null()
            && now != before
        {
            choice["finish_reason"] = format!("{before}, then {now}").into();
        }
        for (into, from) in [(&mut self.choice, &choice), (&mut self.top, &chunk)] {
            let told = from.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
            into.extend(told.map(|(name, value)| (name.clone(), value.clone())));
        }
        self.is_done |= self.choice.contains_key("finish_reason") || self.top.contains_key("error");
    }

    /// What an event said that tells of an error: what came before it is not an answer.
    fn fail(&mut self, said: &str) {
        let said = object(said).unwrap_or_else(|| said.into());
        let error = said.get("error").cloned().unwrap_or(said);
        self.top.insert("error".into(), error);
        self.is_done = true;
    }

    fn reply(self) -> Value {
        let mut choice = self.choice;
        choice.insert("message".into(), Value::Object(self.message));
        choice.insert("logprobs".into(), json!({ "content": self.tokens }));
        let mut top = self.top;
        let choices = [Value::Object(choice)].into_iter().chain(self.others).collect();
        top.insert("choices".into(), Value::Array(choices));
        Value::Object(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_that_are_none_and_half_characters_do_no_harm() {
        let text = "\u{feff}{\"a\": NaN, \"b\": [-Infinity, Infinity, 1e999, -1e999, +1.5, .5], \"c\": \"NaN \\ud83d \\u00e4\\/\t\\x\", \"d\": true}";
        let expected =
            json!({"a": null, "b": [-1e308, 1e308, 1e308, -1e308, 1.5, 0.5], "c": "NaN \u{fffd} ä/ \\x", "d": true});
        assert_eq!(read(text), Some(expected));
        assert_eq!(read("{\"a\": \"\\ud83d\\ude00\", \"b\": nan}"), Some(json!({"a": "😀", "b": null})));
        for equivocal in
            ["{\"a\": 1}{\"a\": 2}", "{\"a\": 1} x", "{\"a\": 1, \"a\": 2}", "{\"a\": [{\"b\": 1, \"b\": 1}]}"]
        {
            assert_eq!(read(equivocal), None, "{equivocal}");
        }
        for none in ["", "<html>", "null", "{\"a\": ", "{\"a\": \"b", "data: {\"a\"", "7"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn an_event_stream_is_put_together() {
        let chunk = |delta: &str, end: &str| {
            format!("data: {{\"choices\":[{{\"delta\":{{{delta}}},\"finish_reason\":{end}}}]}}\r\n\r\n")
        };
        let text = [
            chunk("\"role\":\"assistant\",\"content\":\"Y\"", "null"),
            ": keep alive\n\n".into(),
            chunk("\"content\":\"es\"", "\"stop\""),
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\ndata: [DONE]\n\n".into(),
        ]
        .concat();
        let reply = read(&text).unwrap();
        assert_eq!(reply["choices"][0]["message"]["content"], "Yes");
        assert_eq!(
            (&reply["choices"][0]["finish_reason"], &reply["usage"]["prompt_tokens"]),
            (&json!("stop"), &json!(3))
        );
        let whole = chunk("\"content\":\"Y\"", "\"stop\"");
        for said in ["{\"message\":\"engine failed\"}", "{\"error\":{\"message\":\"engine failed\"}}"] {
            let failed = read(&format!("{whole}event: error\ndata: {said}\n\ndata: [DONE]\n\n")).unwrap();
            assert_eq!(failed["error"]["message"], "engine failed", "what came before an error is not an answer");
        }
        assert_eq!(read(&format!("{whole}event: error\ndata: broken\n\n")).unwrap()["error"], "broken");
        assert_eq!(read(&chunk("\"content\":\"Y\"", "null")), None, "a stream that breaks off is not an answer");
        for odd in ["[1]", "[]", "{\"choices\":{}}", "{\"choices\":[1]}", "{\"choices\":7}", "{\"choices\":[[]]}"] {
            let body = format!("data: {odd}\n\ndata: [DONE]\n\n");
            assert!(read(&body).is_some_and(|reply| reply["choices"][0]["message"]["content"].is_null()), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not_and_what_is_json_is_read_as_it_is(text in ".{0,200}", number in any::<f64>()) {
            let _ = (read(&text), mended(&text), read(&format!("data: {text}\n\ndata: [DONE]")));
            let whole = json!({ "text": text, "number": number });
            prop_assert_eq!(read(&whole.to_string()), serde_json::from_str(&whole.to_string()).ok());
            let mended: Option<Value> = serde_json::from_str(&mended(&whole.to_string())).ok();
            prop_assert_eq!(mended.map(|value| value["text"].clone()), Some(json!(text)));
        }
    }
}
