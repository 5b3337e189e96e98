//! BBCode in a text, as forums export it: `[quote=bob]…[/quote]`, `[b]…[/b]`, `[url=…]…[/url]`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Bytes of a tag at most.
const LONGEST: usize = 300;
/// Tags that forums know.
const TAGS: [&str; 44] = [
    "quote",
    "b",
    "i",
    "u",
    "s",
    "url",
    "img",
    "email",
    "color",
    "colour",
    "size",
    "font",
    "center",
    "left",
    "right",
    "justify",
    "list",
    "ul",
    "ol",
    "li",
    "code",
    "spoiler",
    "indent",
    "sub",
    "sup",
    "table",
    "tr",
    "td",
    "th",
    "user",
    "mention",
    "hr",
    "attachment",
    "attach",
    "youtube",
    "video",
    "*",
    "h1",
    "h2",
    "h3",
    "h4",
    "strike",
    "olist",
    "noparse",
];
/// Tags whose content is an address of something to see.
const UNREAD: [&str; 5] = ["img", "attachment", "attach", "youtube", "video"];
/// Tags that begin a line.
const BLOCKS: [&str; 20] = [
    "*", "h1", "h2", "h3", "h4", "olist", "quote", "center", "left", "right", "justify", "list", "ul", "ol", "li",
    "code", "spoiler", "indent", "tr", "hr",
];

/// The text without tags, if one is opened and closed again.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    match marked(text) {
        Some((read, _)) => Cow::Owned(read.replace(QUOTED, "")),
        None => Cow::Borrowed(text),
    }
}

/// The same with `> ` before each line of a quotation; nothing where nothing is quoted.
pub(super) fn without_but_quotes(text: &str) -> Option<String> {
    marked(text).filter(|(_, has_quotes)| *has_quotes).map(|(read, _)| read.replace(QUOTED, "> "))
}

/// Stands before each line that is quoted while the text is read.
const QUOTED: &str = "\u{0}";

/// One tag: where it begins and ends, its name, and whether it closes.
struct Tag<'t> {
    begin: usize,
    end: usize,
    name: &'t str,
    closes: bool,
}

/// What is read of a text with such tags, and whether something of it is quoted.
fn marked(text: &str) -> Option<(String, bool)> {
    if !text.contains("[/") || text.contains(QUOTED) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let tags = tags(&lower);
    let closed: HashSet<&str> = tags.iter().filter(|tag| tag.closes).map(|tag| tag.name).collect();
    // Where the first of each name ends.
    let mut opened: HashMap<&str, usize> = HashMap::new();
    for tag in tags.iter().filter(|tag| !tag.closes) {
        opened.entry(tag.name).or_insert(tag.end);
    }
    let is_closed = |tag: &Tag| closed.contains(tag.name);
    let is_opened = |tag: &Tag| opened.get(tag.name).is_some_and(|end| *end <= tag.begin);
    if !tags.iter().any(|tag| tag.closes && is_opened(tag)) {
        return None;
    }
    let (mut read, mut place, mut depth, mut unread, mut has_quotes) = (String::new(), 0, 0_usize, None, false);
    let mut push = |said: &str, depth: usize| {
        for (number, line) in said.split('\n').enumerate() {
            read.push_str(if number > 0 { "\n" } else { "" });
            let begins = read.is_empty() || read.ends_with('\n');
            read.push_str(if begins && depth > 0 && !line.trim().is_empty() { QUOTED } else { "" });
            read.push_str(line);
        }
    };
    for tag in &tags {
        let is_one = if tag.closes { is_opened(tag) } else { is_closed(tag) || matches!(tag.name, "hr" | "li" | "*") };
        if !is_one || tag.begin < place {
            continue;
        }
        if unread.is_none() {
            push(&text[place..tag.begin], depth);
        }
        place = tag.end;
        match (tag.name, tag.closes) {
            ("quote", false) => {
                push("\n", 0);
                depth += 1;
                has_quotes = true;
            }
            ("quote", true) => {
                depth = depth.saturating_sub(1);
                push("\n", 0);
            }
            (name, false) if UNREAD.contains(&name) => unread = Some(name),
            (name, true) if unread == Some(name) => unread = None,
            (name, _) if BLOCKS.contains(&name) => push("\n", 0),
            _ => {}
        }
    }
    push(&text[place..], depth);
    Some((tidy(&read), has_quotes))
}

/// The tags of a text in small letters.
fn tags(text: &str) -> Vec<Tag<'_>> {
    let one = |(begin, _): (usize, &str)| {
        let rest = &text[begin + 1..];
        let closes = rest.starts_with('/');
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        // `[h1]` and `[*]`, as Steam has them.
        let is_short =
            rest[letters..].starts_with(|c: char| c.is_ascii_digit()) && letters == 1 && rest.starts_with('h');
        let name = if rest.starts_with('*') { "*" } else { &rest[..letters + usize::from(is_short)] };
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b']')?;
        if rest[..end].contains(['[', '\n']) {
            return None;
        }
        let said = &rest[name.len()..end];
        // `[quote=bob]`, `[quote author=bob link=…]`; `[i think so]` is none.
        let is_said =
            said.is_empty() || !closes && (said.starts_with('=') || said.starts_with(' ') && said.contains('='));
        let end = text.len() - rest.len() + end + 1;
        (TAGS.contains(&name) && is_said).then_some(Tag { begin, end, name, closes })
    };
    text.match_indices('[').filter_map(one).collect()
}

/// Lines trimmed, empty ones gone at both ends and not twice in a row.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.trim_matches(|c: char| c.is_whitespace()).lines().map(str::trim_end) {
        if !(line.is_empty() && (tidied.ends_with("\n\n") || tidied.is_empty())) {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_what_they_hold_stays() {
        for (text, read) in [
            ("It is [b]really[/b] [url=http://a.example]slow[/url].", "It is really slow."),
            ("[size=14][COLOR=red]Slow[/COLOR][/size]", "Slow"),
            ("See [img]http://a.example/a.png[/img]this", "See this"),
            ("[quote=bob]Old[/quote]\nNew", "Old\n\nNew"),
            ("[h1]Pros[/h1]\n[list][*]Slow [*]Dear[/list]", "Pros\n\nSlow\nDear"),
            ("[list][li]Slow[/li][li]Dear[/li][/list]", "Slow\n\nDear"),
        ] {
            assert_eq!(without(text), read, "{text}");
        }
    }

    #[test]
    fn quotations_are_marked_within_each_other_too() {
        let text = "[quote author=bob date=1][quote]Older[/quote]Old\nlines[/quote]New [b]words[/b]";
        let read = without_but_quotes(text).unwrap();
        let (quoted, own): (Vec<&str>, Vec<&str>) =
            read.lines().filter(|line| !line.is_empty()).partition(|line| line.starts_with("> "));
        assert_eq!((quoted, own), (vec!["> Older", "> Old", "> lines"], vec!["New words"]));
        assert_eq!(without_but_quotes("[b]a[/b]"), None);
    }

    #[test]
    fn many_tags_take_no_longer_than_as_many_words() {
        let begun = std::time::Instant::now();
        without(&format!("[b]a[/b]{}", "[i]".repeat(200_000)));
        assert!(begun.elapsed().as_secs() < 10);
    }

    #[test]
    fn brackets_of_sentences_and_code_stay() {
        for text in
            ["a[i] = b[i]; // [/etc]", "see [1] and [/b]", "[b] is not closed", "[i think so] [/home]", "[x][/x]"]
        {
            assert_eq!(without(text), text);
        }
    }
}
