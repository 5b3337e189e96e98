//! The literal of a message: where its arguments and its parameters stand.

use super::{Argument, Mention, Message};

impl Message {
    /// A template with arguments in the place of their names; only the template speaks of parameters.
    #[doc(hidden)]
    pub fn filled(template: &'static str, arguments: &[(&str, &dyn Argument)]) -> Message {
        let mut message = Message::new();
        let mut rest = template;
        while let Some(place) = rest.find(['{', '}']) {
            let (text, at) = rest.split_at(place);
            message.push_text(text);
            if at.starts_with("{{") || at.starts_with("}}") {
                message.push_text(&at[..1]);
                rest = &at[2..];
                continue;
            }
            let (inside, after) = at[1..].split_once('}').unwrap_or((&at[1..], ""));
            match mention(inside) {
                Some(mention) => message.push_mention(mention),
                None => {
                    arguments.iter().filter(|(name, _)| *name == inside).for_each(|(_, value)| value.put(&mut message))
                }
            }
            rest = after;
        }
        message.push_text(rest);
        message
    }
}

/// A parameter as a template has it: `@ask decide`.
fn mention(inside: &'static str) -> Option<Mention> {
    let spoken = inside.get(1..)?;
    let (name, value) = spoken.split_once(' ').map_or((spoken, None), |(name, value)| (name, Some(value)));
    let named = Mention::of(name);
    let named = match value {
        Some(value) => named.shown(value),
        None => named,
    };
    match inside.as_bytes().first()? {
        b'@' => Some(named),
        b'+' => Some(named.say()),
        b'-' => Some(named.leave_out()),
        _ => None,
    }
}

/// Whether each name of a template has its argument, and each argument its name: asked while the program is compiled.
#[doc(hidden)]
pub const fn is_filled(template: &str, names: &[&str]) -> bool {
    let text = template.as_bytes();
    let mut is_used = [false; 32];
    let mut place = 0;
    while place < text.len() {
        let is_brace = text[place] == b'{' || text[place] == b'}';
        if is_brace && place + 1 < text.len() && text[place + 1] == text[place] {
            place += 2;
        } else if text[place] == b'{' {
            let start = place + 1;
            while place < text.len() && text[place] != b'}' {
                place += 1;
            }
            if place == text.len() || place == start {
                return false;
            }
            if !matches!(text[start], b'@' | b'+' | b'-') {
                let mut name = 0;
                while name < names.len() && !is_at(text, start, place, names[name].as_bytes()) {
                    name += 1;
                }
                if name == names.len() {
                    return false;
                }
                is_used[name] = true;
            }
            place += 1;
        } else if text[place] == b'}' {
            return false;
        } else {
            place += 1;
        }
    }
    let mut name = 0;
    while name < names.len() {
        if !is_used[name] {
            return false;
        }
        name += 1;
    }
    true
}

/// Whether a name is the text from `start` to `end`.
const fn is_at(text: &[u8], start: usize, end: usize, name: &[u8]) -> bool {
    if end - start != name.len() {
        return false;
    }
    let mut place = 0;
    while place < name.len() {
        if text[start + place] != name[place] {
            return false;
        }
        place += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_and_its_arguments_fit_or_do_not_compile() {
        assert!(is_filled("{a} of {{b}} {@ask decide} {-k} {a}", &["a"]));
        for (template, names) in
            [("{a}", &[][..]), ("a", &["a"]), ("{a", &["a"]), ("{}", &[]), ("a}", &[]), ("{ab}", &["a"])]
        {
            assert!(!is_filled(template, names), "{template}");
        }
    }
}
