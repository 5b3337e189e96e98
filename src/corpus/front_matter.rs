//! What stands above a Markdown text between two lines of `---` (YAML) or `+++` (TOML): its title, date, tags, as fields.

use serde_json::{Map, Value};

/// Parts front matter from the text below it; nothing where a text has none, or none that is plainly keys and values.
pub(super) fn parted(text: &str) -> Option<(Map<String, Value>, &str)> {
    let (fence, sign) = [("---", ':'), ("+++", '=')].into_iter().find(|(fence, _)| text.starts_with(fence))?;
    let (first, mut rest) = text.split_once('\n')?;
    if first.trim_end() != fence {
        return None;
    }
    let mut fields = Map::new();
    loop {
        let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
        let is_end = line.trim_end() == fence || (fence == "---" && line.trim_end() == "...");
        if is_end {
            return (!fields.is_empty()).then_some((fields, below));
        }
        if rest.is_empty() || !add_line(&mut fields, line, sign) {
            return None;
        }
        rest = below;
    }
}

/// Takes a line: `key: value`, one more of a list, or one that goes on; returns whether it is one of these.
fn add_line(fields: &mut Map<String, Value>, line: &str, sign: char) -> bool {
    let inner = line.trim();
    if inner.is_empty() || inner.starts_with('#') {
        return true;
    }
    let goes_on = line.starts_with([' ', '\t']) || inner.starts_with("- ") || inner == "-" || inner == "]";
    if goes_on {
        let Some((_, Value::String(last))) = fields.iter_mut().next_back() else { return false };
        let item = unquoted(inner.strip_prefix('-').unwrap_or(inner).trim().trim_end_matches(','));
        let is_list_end = inner == "]";
        if !is_list_end {
            let between = if last.is_empty() || last.ends_with(' ') { "" } else { ", " };
            last.push_str(between);
            last.push_str(item);
        }
        return true;
    }
    let Some((key, value)) = inner.split_once(sign) else { return false };
    let key = unquoted(key.trim());
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c));
    let is_parted = sign == '=' || value.is_empty() || value.starts_with([' ', '\t']);
    if is_key && is_parted {
        fields.insert(key.to_owned(), Value::from(plain(value.trim())));
    }
    is_key && is_parted
}

/// A value without its quotes, a list as its values with commas between them; a sign of a block (`|`, `>`) is none.
fn plain(value: &str) -> String {
    if ["|", ">", "|-", ">-", "["].contains(&value) {
        return String::new();
    }
    match value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => inner.split(',').map(|item| unquoted(item.trim())).collect::<Vec<_>>().join(", "),
        None => unquoted(value).to_owned(),
    }
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::parted;

    fn fields(text: &str) -> Option<(String, String)> {
        parted(text).map(|(fields, rest)| (serde_json::to_string(&fields).unwrap(), rest.to_owned()))
    }

    #[test]
    fn keys_and_values_above_a_text_are_fields() {
        let text = "---\ntitle: \"A: note\"\ndate: 2025-01-01\ntags: [a, 'b c']\nalso:\n  - x\n  - y\n# no key\n---\nIt was cold.\n";
        let wanted = r#"{"title":"A: note","date":"2025-01-01","tags":"a, b c","also":"x, y"}"#;
        assert_eq!(fields(text), Some((wanted.to_owned(), "It was cold.\n".to_owned())));
        let toml = "+++\ntitle = \"A\"\n+++\nb\n";
        assert_eq!(fields(toml), Some((r#"{"title":"A"}"#.to_owned(), "b\n".to_owned())));
        assert_eq!(fields("---\na: 1\n---"), Some((r#"{"a":"1"}"#.to_owned(), String::new())));
    }

    #[test]
    fn a_rule_between_paragraphs_is_none() {
        for text in [
            "---\nIt was cold.\n---\nb\n",
            "----\na: b\n----\n",
            "---\na: b\nc\n",
            "--- \n---\nb\n",
            "a\n---\nb: c\n---\n",
        ] {
            assert_eq!(fields(text), None, "{text}");
        }
    }
}
