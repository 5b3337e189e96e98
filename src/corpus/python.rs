//! Values as Python prints them: `{'text': 'it\'s cold', 'stars': 3, 'new': True}`, which is nearly JSON.

use serde_json::{Map, Number, Value};

/// Values stand within others so deep at most.
const DEEPEST: usize = 64;

/// The value that a text is the print of; nothing for any other text.
pub(super) fn value(text: &str) -> Option<Value> {
    let mut printed = Printed { rest: text.trim(), depth: 0 };
    let value = printed.value()?;
    printed.rest.trim().is_empty().then_some(value)
}

/// What is still to be read.
struct Printed<'t> {
    rest: &'t str,
    depth: usize,
}

impl Printed<'_> {
    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '{' => self.within(Printed::dictionary),
            '[' => self.within(|printed| printed.list(']')),
            '(' => self.within(|printed| printed.list(')')),
            '\'' | '"' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    /// Passes over a sign, if it is the next.
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start();
        let behind = rest.strip_prefix(sign);
        self.rest = behind.unwrap_or(rest);
        behind.is_some()
    }

    fn within(&mut self, read: impl FnOnce(&mut Self) -> Option<Value>) -> Option<Value> {
        self.depth += 1;
        self.rest = &self.rest[1..];
        let value = if self.depth > DEEPEST { None } else { read(self) };
        self.depth -= 1;
        value
    }

    fn dictionary(&mut self) -> Option<Value> {
        let mut fields = Map::new();
        while !self.takes('}') {
            let key = match self.value()? {
                Value::String(key) => key,
                Value::Array(_) | Value::Object(_) => return None,
                other => other.to_string(),
            };
            let value = if self.takes(':') { self.value()? } else { return None };
            fields.insert(key, value);
            if !self.takes(',') {
                return self.takes('}').then_some(Value::Object(fields));
            }
        }
        Some(Value::Object(fields))
    }

    fn list(&mut self, end: char) -> Option<Value> {
        let mut values = Vec::new();
        while !self.takes(end) {
            values.push(self.value()?);
            if !self.takes(',') {
                return self.takes(end).then_some(Value::Array(values));
            }
        }
        Some(Value::Array(values))
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((place, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.rest = &self.rest[1 + place + 1..];
                    return Some(text);
                }
                '\\' => {
                    let (_, escape) = chars.next()?;
                    let digits = match escape {
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        _ => 0,
                    };
                    if digits == 0 {
                        text.push_str(&escaped(escape));
                        continue;
                    }
                    let code: String = chars.by_ref().take(digits).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&code, 16).ok().filter(|_| code.len() == digits)?;
                    text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                other => text.push(other),
            }
        }
        None
    }

    fn word(&mut self) -> Option<Value> {
        let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            "None" | "nan" | "inf" | "-inf" => Some(Value::Null),
            number => serde_json::from_str::<Number>(number).ok().map(Value::Number),
        }
    }
}

/// What stands for an escape of one sign.
fn escaped(escape: char) -> String {
    match escape {
        'n' => "\n".into(),
        't' => "\t".into(),
        'r' => "\r".into(),
        '\n' => String::new(),
        '\'' | '"' | '\\' => escape.into(),
        // Python leaves a backslash before any other sign.
        other => format!("\\{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{notes, options, read_as, texts};
    use serde_json::json;

    #[test]
    fn what_python_prints_is_read() {
        let printed = r#"{'text': 'it\'s "so" cold\n', "b": "it's", 'n': [1, -2.5, None, True,], 3: (False,), 'u': '\u00fc\x41'}"#;
        let wanted = json!({
            "text": "it's \"so\" cold\n", "b": "it's", "n": [1, -2.5, null, true], "3": [false], "u": "üA"
        });
        assert_eq!(value(printed), Some(wanted));
        for other in
            ["{'a': datetime.date(2025, 1, 2)}", "{'a' 'b'}", "{'a': 'b'", "{'a': 'b'} x", "it's", "{", "'\\u00"]
        {
            assert_eq!(value(other), None, "{other}");
        }
        assert_eq!(value(&"[".repeat(1000)), None);
    }

    #[test]
    fn what_python_printed_into_cells_is_unpacked_and_said() {
        let row = |n: usize| format!("{n},\"{{'text': 'the lift in house {n} isn\\'t running', 'lang': None}}\"\n");
        let table = format!("n,raw\n{}", (0..8).map(row).collect::<String>());
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus)[3], "the lift in house 3 isn't running");
        assert!(notes(&corpus)[0].contains("printed by Python in \"raw\""), "{:?}", notes(&corpus));
    }
}
