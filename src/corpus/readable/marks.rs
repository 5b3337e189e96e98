//! Marks of Markdown, Slack, Discord, WhatsApp and Jira in a text: `**bold**`, `[label](address)`, `<@U2>`, `<address|label>`,
//! `:thumbsup:`, `{code}`, `h3.`. They go, and what they mark stays.

use std::borrow::Cow;

/// Bytes of a mark in brackets at most.
const LONGEST: usize = 2000;
/// Bytes of what two stars or the like mark at most.
const MARKED: usize = 500;
/// Signs that may close a mark, of which the first that can is taken.
const CLOSING: usize = 8;
/// Marks within marks are looked for so deep.
const DEEPEST: usize = 4;
/// Bytes of the name of an emoji at most.
const EMOJI: usize = 40;
/// Macros of Jira that are written in braces.
const MACROS: [&str; 10] = ["code", "noformat", "quote", "panel", "color", "info", "warning", "note", "tip", "expand"];
/// What stands before a mark that opens, and behind one that closes, beside white space.
const BEFORE: &str = "([{\"'“„«-–—:;,.>/|";
const BEHIND: &str = ")]}\"'”“»-–—:;,.?!…</|";

/// The text without such marks.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    without_within(text, is_jira(text), 0)
}

/// The same of a text that may be marked as a whole, within so many others.
fn without_within(text: &str, is_jira: bool, depth: usize) -> Cow<'_, str> {
    if !text.contains(['*', '_', '~', '[', '<', ':', '{', '!']) && !has_jira_heading(text) {
        return Cow::Borrowed(text);
    }
    let mut read = Reading { text, read: String::with_capacity(text.len()), place: 0, has_changed: false };
    while read.place < text.len() {
        if !read.pass_mark(is_jira, depth) {
            let rest = &text[read.place..];
            let next = rest.char_indices().skip(1).find(|(_, c)| is_of_interest(*c)).map_or(rest.len(), |(at, _)| at);
            read.push(&rest[..next]);
            read.place += next;
        }
    }
    if !read.has_changed {
        return Cow::Borrowed(text);
    }
    Cow::Owned(tidy(&read.read))
}

fn is_of_interest(c: char) -> bool {
    matches!(c, '*' | '_' | '~' | '[' | '<' | ':' | '{' | '!' | 'h')
}

fn has_jira_heading(text: &str) -> bool {
    text.lines().any(|line| heading_of_jira(line).is_some())
}

/// `h3. ` at the beginning of a line: its bytes.
fn heading_of_jira(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let is_one = bytes.len() > 4 && bytes[0] == b'h' && (b'1'..=b'6').contains(&bytes[1]) && &bytes[2..4] == b". ";
    is_one.then_some(4)
}

/// Whether a text has marks that only Jira and Confluence know.
fn is_jira(text: &str) -> bool {
    let is_macro = |(at, _): (usize, &str)| of_macro(&text[at..]).is_some();
    has_jira_heading(text) || text.match_indices('{').take(50).any(is_macro)
}

/// Where brackets close in which no others open.
fn end_of(text: &str, open: u8, close: u8) -> Option<usize> {
    let end = text.bytes().take(LONGEST).position(|byte| byte == open || byte == close)?;
    (text.as_bytes().get(end) == Some(&close)).then_some(end)
}

/// `{code}`, `{code:java}`, `{color:red}`: its bytes.
fn of_macro(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('{')?;
    let end = end_of(inner, b'{', b'}')?;
    let (name, said) = inner[..end].split_once(':').unwrap_or((&inner[..end], ""));
    (MACROS.contains(&name) && !said.contains('\n')).then_some(end + 2)
}

/// What is read so far.
struct Reading<'t> {
    text: &'t str,
    read: String,
    place: usize,
    has_changed: bool,
}

impl<'t> Reading<'t> {
    fn push(&mut self, said: &str) {
        self.read.push_str(said);
    }

    /// Goes past so many bytes, in whose place stands something else.
    fn replace(&mut self, length: usize, said: &str) -> bool {
        self.push(said);
        self.place += length;
        self.has_changed = true;
        true
    }

    /// Goes past a mark that begins here; returns whether there is one.
    fn pass_mark(&mut self, is_jira: bool, depth: usize) -> bool {
        let text: &'t str = self.text;
        let rest = &text[self.place..];
        match rest.as_bytes().first() {
            Some(b'<') => in_angles(rest).is_some_and(|(length, said)| self.replace(length, said)),
            Some(b'[') => in_brackets(rest, is_jira).is_some_and(|(length, said)| self.replace(length, said)),
            Some(b'!') if rest.starts_with("![") => {
                in_brackets(&rest[1..], false).is_some_and(|(length, said)| self.replace(length + 1, said))
            }
            Some(b'!') if is_jira => picture_of_jira(rest).is_some_and(|length| self.replace(length, "")),
            Some(b':') => {
                let is_free = self.is_free_before();
                emoji(rest).filter(|_| is_free).is_some_and(|length| self.replace(length, ""))
            }
            Some(b'{') if is_jira => of_macro(rest).is_some_and(|length| self.replace(length, "")),
            Some(b'h') if is_jira && self.is_at_line_start() => {
                heading_of_jira(rest).is_some_and(|length| self.replace(length, ""))
            }
            Some(sign @ (b'*' | b'_' | b'~')) if depth < DEEPEST && self.opens(char::from(*sign)) => {
                let Some((sign, length)) = marked(rest) else { return false };
                // What is marked may hold further marks.
                let inner = without_within(&rest[sign..sign + length], is_jira, depth + 1).into_owned();
                self.replace(length + 2 * sign, &inner)
            }
            _ => false,
        }
    }

    fn before(&self) -> Option<char> {
        self.text[..self.place].chars().next_back()
    }

    fn is_at_line_start(&self) -> bool {
        self.before().is_none_or(|c| c == '\n')
    }

    fn is_free_before(&self) -> bool {
        self.before().is_none_or(|c| !c.is_alphanumeric() && !":_*".contains(c) || is_unspaced(c))
    }

    fn opens(&self, sign: char) -> bool {
        self.before()
            .is_none_or(|c| c.is_whitespace() || BEFORE.contains(c) || "*_~".contains(c) && c != sign || is_unspaced(c))
    }
}

/// Whether a character is of a script that writes no spaces.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// `**so**`, `*so*`, `__so so__`, `_so_`, `~~so~~`, `~so~`: the bytes of the sign, and of what it marks.
fn marked(text: &str) -> Option<(usize, usize)> {
    let sign = text.chars().next()?;
    let count = text.bytes().take_while(|byte| char::from(*byte) == sign).count();
    if count > 3 {
        return None;
    }
    let inner = &text[count..];
    let inner = &inner[..inner.floor_char_boundary(MARKED)];
    let limit = inner.find("\n\n").unwrap_or(inner.len()).min(MARKED);
    let limit = if count == 1 { inner.find('\n').unwrap_or(inner.len()).min(limit) } else { limit };
    if !inner.starts_with(|c: char| {
        c.is_alphanumeric() || "\"'“„«([<:#@$€£¡¿!`".contains(c) || !c.is_ascii() && !c.is_whitespace()
    }) {
        return None;
    }
    let closes = |at: &usize| {
        let (before, behind) = (inner[..*at].chars().next_back(), inner[at + count..].chars().next());
        before.is_some_and(|c| !c.is_whitespace() && c != sign)
            && behind.is_none_or(|c| {
                c.is_whitespace() || BEHIND.contains(c) || "*_~".contains(c) && c != sign || is_unspaced(c)
            })
    };
    let wanted: String = std::iter::repeat_n(sign, count).collect();
    let mut at = inner.match_indices(&wanted).map(|(at, _)| at).take_while(|at| *at <= limit).take(CLOSING);
    let end = at.find(closes)?;
    let said = &inner[..end];
    // `__init__` and `_a_b_` are names.
    let is_name = sign == '_' && (count > 1 && !said.contains(' ') || said.contains('_') && !said.contains(' '));
    (!is_name && said.chars().any(char::is_alphanumeric)).then_some((count, end))
}

/// What stands in angles in Slack and Discord, and addresses: its bytes, and what is read of it.
fn in_angles(text: &str) -> Option<(usize, &str)> {
    let inner = &text[1..];
    let end = end_of(inner, b'<', b'>')?;
    let inner = &inner[..end];
    let (target, label) = inner.split_once('|').unwrap_or((inner, ""));
    let is_id = |id: &str| {
        let bare = id.trim_start_matches(['@', '#', '!', '&']);
        !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let is_address =
        ["http://", "https://", "mailto:", "tel:", "slack://"].iter().any(|begin| target.starts_with(begin));
    let is_blank = |said: &str| said.contains([' ', '\n', '<', '"']);
    if is_address && !is_blank(target) {
        let bare = target.strip_prefix("mailto:").or_else(|| target.strip_prefix("tel:")).unwrap_or(target);
        return Some((end + 2, if label.is_empty() { bare } else { label }));
    }
    let is_call = ["!here", "!channel", "!everyone"].contains(&target)
        || target.starts_with("!subteam^")
        || target.starts_with("!date^");
    let is_mention = target.starts_with(['@', '#']) && is_id(target) && target.len() > 2;
    let is_emoji = |name: &str| {
        let name = name.strip_prefix('a').unwrap_or(name);
        let mut parts = name.split(':');
        let (first, name, id) = (parts.next(), parts.next(), parts.next());
        first == Some("")
            && name.is_some_and(|name| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
            && id.is_some_and(|id| id.len() > 10 && id.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_time = target.strip_prefix("t:").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    (is_call || is_mention || is_emoji(inner) || is_time).then_some((end + 2, label))
}

/// `[label](address)`, or in Jira `[label|address]` and `[~user]`: its bytes, and the label.
fn in_brackets(text: &str, is_jira: bool) -> Option<(usize, &str)> {
    let end = end_of(&text[1..], b'[', b']')? + 1;
    let label = &text[1..end];
    if label.contains('\n') && !label.trim().is_empty() && label.matches('\n').count() > 2 || label.contains('[') {
        return None;
    }
    if is_jira && label.starts_with('~') && !label.contains(' ') {
        return Some((end + 1, ""));
    }
    let is_target = |target: &str| {
        ["http://", "https://", "mailto:", "/", "#", "./", "../", "www."].iter().any(|begin| target.starts_with(begin))
    };
    if let Some((said, target)) = label.split_once('|') {
        return (is_jira || is_target(target)).then_some((end + 1, said)).filter(|_| is_target(target));
    }
    let target = text[end + 1..].strip_prefix('(')?;
    let close = target.bytes().take(LONGEST).position(|byte| byte == b')')?;
    let address = target[..close].split_whitespace().next().unwrap_or_default();
    let has_ending = address.contains('.') && !address.ends_with('.');
    (is_target(address) || has_ending && !target[..close].contains(' ')).then_some((end + 1 + close + 2, label))
}

/// `!shot.png|thumbnail!`: its bytes.
fn picture_of_jira(text: &str) -> Option<usize> {
    let end = text[1..].bytes().take(LONGEST).position(|byte| byte == b'!')?;
    let name = text[1..=end].split('|').next().unwrap_or_default();
    let is_file =
        name.rsplit_once('.').is_some_and(|(_, ending)| (2..5).contains(&ending.len()) && !ending.contains(' '));
    (is_file && !name.contains('\n')).then_some(end + 2)
}

/// `:thumbsup:`: its bytes.
fn emoji(text: &str) -> Option<usize> {
    let inner = &text[1..];
    let end = inner.bytes().take(EMOJI).position(|byte| byte == b':')?;
    let name = &inner[..end];
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+-".contains(&byte);
    let is_name = name.len() > 1
        && name.bytes().all(is_of_name)
        && (name.bytes().any(|byte| byte.is_ascii_lowercase()) || ["+1", "-1", "100", "1234"].contains(&name));
    let behind = inner[end + 1..].chars().next();
    let is_free = behind.is_none_or(|c| !c.is_alphanumeric() && c != '_' || is_unspaced(c));
    (is_name && is_free).then_some(end + 2)
}

/// Blanks that a mark left behind go; lines that are empty now go where one stood beside them.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_end();
        if line.trim().is_empty() && (tidied.is_empty() || tidied.ends_with("\n\n")) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        tidied.push_str(if tidied.is_empty() { "" } else { &line[..indent] });
        let mut was_blank = false;
        for c in line[indent..].chars() {
            let is_blank = c == ' ';
            if !(is_blank && was_blank) {
                tidied.push(c);
            }
            was_blank = is_blank;
        }
        tidied.push('\n');
    }
    tidied.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn marks_go_and_what_they_mark_stays() {
        for (text, read) in [
            // Slack and Discord.
            ("<@U02AB> nobody came :thumbsup: <!here>", "nobody came"),
            (
                "see <https://a.example/x|the menu> or <https://a.example> in <#C01AB|general>",
                "see the menu or https://a.example in general",
            ),
            ("<!subteam^S01|@crew> and <mailto:a@b.example|a@b.example>", "@crew and a@b.example"),
            ("<@!123456789012345678> hm <:sad:123456789012345678> <t:1700000000:R>", "hm"),
            (":+1: it is *very* cold", "it is very cold"),
            // Markdown and WhatsApp.
            (
                "It is **really** _so_ ~~warm~~ cold, ***never*** *warm again*.",
                "It is really so warm cold, never warm again.",
            ),
            (
                "**The *soup* was cold** and [the menu](https://a.example/m \"x\") too ![](a.png)",
                "The soup was cold and the menu too",
            ),
            ("- **Price:** too high\n- **Soup**: cold", "- Price: too high\n- Soup: cold"),
            ("彼は**とても**遅い", "彼はとても遅い"),
            // Jira.
            ("h3. Steps\n{code:java}\nGET /x\n{code}\n*It was cold, [~ann]*", "Steps\nGET /x\n\nIt was cold,"),
            ("h2. A\n[the menu|https://a.example] !shot.png|thumbnail! {color:red}late{color}", "A\nthe menu late"),
        ] {
            let found = without(text);
            assert_eq!(found.replace("\n\n", "\n"), read.replace("\n\n", "\n"), "{text}");
        }
    }

    #[test]
    fn what_is_no_mark_stays() {
        for text in [
            "5 * 3 * 2 = 30, f*** you, s**t*",
            "int *a, *b; f(*args, **kwargs); **",
            "snake_case_name, __init__ and _a_b_",
            "from 10:30:45 to 11:00:00 at std::vec::Vec",
            "*terms apply to *.csv and *.txt",
            "a < b and c > d, <b>x</b>, <x@y.example>",
            "see [1] and [note] (again), array[i](x)",
            "{name} is {code",
            "~10 people or ~20 people",
            "h3.Steps and h7. Steps",
            "good: bad: worse",
            "wow! so late! really!",
        ] {
            assert_eq!(without(text), text);
        }
    }

    #[test]
    fn many_marks_take_no_longer_than_as_many_words() {
        let begun = std::time::Instant::now();
        for text in ["*a", "_a b", "[a", "<@U", ":a", "**a ", "*a _b ", "{code"] {
            without(&text.repeat(50_000));
        }
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    }
}
