//! A codebook as TOML: one `[[entry]]` table an entry.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::Raw;

/// The entries; a problem begins with its line.
pub fn entries(text: &str) -> Result<Vec<Raw>, String> {
    let file = File { text };
    let table = DeTable::parse(text).map_err(|problem| {
        let start = problem.span().map_or(0, |span| span.start);
        format!("{}: {}", file.line(start), problem.message())
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        if key.get_ref() != "entry" {
            return Err(file.told(key, "unknown: a codebook holds [[entry]] tables with label, predicate and examples"));
        }
        let DeValue::Array(tables) = value.get_ref() else {
            return Err(file.told(key, "expected tables that each begin with [[entry]]"));
        };
        for entry in tables.iter() {
            let DeValue::Table(fields) = entry.get_ref() else {
                return Err(file.told(key, "expected tables that each begin with [[entry]]"));
            };
            entries.push(file.entry(entry.span().start, fields)?);
        }
    }
    Ok(entries)
}

/// The text, to find lines in.
struct File<'t> {
    text: &'t str,
}

impl File<'_> {
    fn line(&self, byte: usize) -> usize {
        self.text.as_bytes().iter().take(byte).filter(|byte| **byte == b'\n').count() + 1
    }

    fn told(&self, key: &Spanned<DeString<'_>>, problem: &str) -> String {
        format!("{}: {}: {problem}", self.line(key.span().start), key.get_ref())
    }

    fn entry(&self, start: usize, fields: &DeTable<'_>) -> Result<Raw, String> {
        let mut raw = Raw { line: self.line(start), label: None, predicate: None, examples: Vec::new() };
        for (key, value) in fields {
            let text = |value: &DeValue<'_>| match value {
                DeValue::String(said) => Ok(said.to_string()),
                _ => Err(self.told(key, "expected a string")),
            };
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("label", value) => raw.label = Some(text(value)?),
                ("predicate", value) => raw.predicate = Some(text(value)?),
                ("examples", DeValue::Array(examples)) => {
                    raw.examples = examples.iter().map(|example| text(example.get_ref())).collect::<Result<_, _>>()?;
                }
                ("examples", _) => return Err(self.told(key, "expected a list of strings")),
                _ => return Err(self.told(key, "unknown: an entry has label, predicate and examples")),
            }
        }
        Ok(raw)
    }
}
