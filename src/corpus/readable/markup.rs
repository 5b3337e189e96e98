//! HTML in a text: tags and entities go, what a reader sees stays.

use std::borrow::Cow;

/// Elements that a text as people export it has; each begins a line if the flag says so.
const ELEMENTS: [(&str, bool); 66] = [
    ("a", false),
    ("abbr", false),
    ("article", true),
    ("b", false),
    ("big", false),
    ("blockquote", true),
    ("body", true),
    ("br", true),
    ("button", false),
    ("caption", true),
    ("center", true),
    ("cite", false),
    ("code", false),
    ("col", false),
    ("colgroup", false),
    ("dd", true),
    ("del", false),
    ("div", true),
    ("dl", true),
    ("dt", true),
    ("em", false),
    ("figcaption", true),
    ("figure", true),
    ("font", false),
    ("footer", true),
    ("form", true),
    ("h1", true),
    ("h2", true),
    ("h3", true),
    ("h4", true),
    ("h5", true),
    ("h6", true),
    ("head", true),
    ("header", true),
    ("hr", true),
    ("html", true),
    ("i", false),
    ("iframe", false),
    ("img", false),
    ("ins", false),
    ("label", false),
    ("li", true),
    ("link", false),
    ("meta", false),
    ("o:p", false),
    ("ol", true),
    ("p", true),
    ("pre", true),
    ("s", false),
    ("script", true),
    ("section", true),
    ("small", false),
    ("span", false),
    ("strike", false),
    ("strong", false),
    ("style", true),
    ("sub", false),
    ("sup", false),
    ("table", true),
    ("tbody", true),
    ("td", true),
    ("th", true),
    ("title", true),
    ("tr", true),
    ("u", false),
    ("ul", true),
];
/// Elements without an end.
const LONE: [&str; 4] = ["br", "hr", "img", "meta"];
/// Elements whose content nobody reads.
const UNREAD: [&str; 2] = ["script", "style"];
/// Entities by name.
const ENTITIES: [(&str, &str); 30] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("copy", "©"),
    ("reg", "®"),
    ("euro", "€"),
    ("pound", "£"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("hellip", "…"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("bull", "•"),
    ("middot", "·"),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("szlig", "ß"),
    ("eacute", "é"),
    ("egrave", "è"),
];

/// The text without markup, if it plainly is marked up.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    if !text.contains('<') || !is_markup(text) {
        return Cow::Borrowed(text);
    }
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('<') {
        read.push_str(&unescaped(&rest[..place]));
        rest = &rest[place..];
        match piece(rest) {
            Some(Piece::Comment(length)) => rest = &rest[length..],
            Some(Piece::Tag(tag)) => {
                read.push_str(if tag.is_block { "\n" } else { "" });
                rest = &rest[tag.length..];
                if UNREAD.contains(&tag.name.as_str()) && !tag.is_end {
                    rest = after_end(rest, &tag.name);
                }
            }
            None => {
                read.push('<');
                rest = &rest[1..];
            }
        }
    }
    read.push_str(&unescaped(rest));
    Cow::Owned(tidy(&read))
}

/// Something between angle brackets.
enum Piece {
    /// A comment or a document type: so many bytes.
    Comment(usize),
    Tag(Tag),
}

struct Tag {
    name: String,
    is_end: bool,
    is_block: bool,
    has_attributes: bool,
    length: usize,
}

/// Whether tags do what tags do: an element is opened and closed around something, or stands alone as a line break does. A tag
/// that is only spoken of, in quotes or backticks, is none.
fn is_markup(text: &str) -> bool {
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut place = 0;
    while let Some(next) = text[place..].find('<') {
        place += next;
        let spoken_of = text[..place].ends_with(['`', '"', '\'', '“', '‘', '«']);
        match piece(&text[place..]) {
            Some(Piece::Comment(length)) => place += length,
            Some(Piece::Tag(tag)) if spoken_of => place += tag.length,
            Some(Piece::Tag(tag)) => {
                let is_lone =
                    LONE.contains(&tag.name.as_str()) && (tag.has_attributes || !is_named(text, place, tag.length));
                let opened = open.iter().rposition(|(name, _)| tag.is_end && *name == tag.name);
                let closes = opened.is_some_and(|at| text[open[at].1..place].chars().any(|c| !c.is_whitespace()));
                // A script alone in a sentence was typed by somebody: it is what the text says.
                if is_lone || (closes && !UNREAD.contains(&tag.name.as_str())) {
                    return true;
                }
                place += tag.length;
                if !tag.is_end && open.len() < 64 {
                    open.push((tag.name, place));
                }
            }
            None => place += 1,
        }
    }
    false
}

/// Whether a tag is a word of its sentence: "a <br> is missing".
fn is_named(text: &str, place: usize, length: usize) -> bool {
    let before = text[..place].strip_suffix(' ').and_then(|text| text.chars().next_back());
    let after = text[place + length..].strip_prefix(' ').and_then(|text| text.chars().next());
    before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_lowercase)
}

/// The comment or tag at the beginning of a text.
fn piece(text: &str) -> Option<Piece> {
    if text.starts_with("<!--") {
        return Some(Piece::Comment(text.find("-->").map_or(text.len(), |end| end + 3)));
    }
    if text.len() > 8 && text.is_char_boundary(9) && text[..9].eq_ignore_ascii_case("<!doctype") {
        return text.find('>').map(|end| Piece::Comment(end + 1));
    }
    let is_end = text[1..].starts_with('/');
    let inner = &text[1 + usize::from(is_end)..];
    let length = inner.bytes().take(12).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b':').count();
    let name = inner[..length].to_ascii_lowercase();
    let &(_, is_block) = ELEMENTS.iter().find(|(element, _)| *element == name)?;
    let attributes = &inner[length..];
    let end = end_of_tag(attributes)?;
    let said = attributes[..end].trim().trim_end_matches('/');
    // Attributes have a name and a value: `a < b` and `<b and c>` are none.
    if !(said.is_empty() || !is_end && attributes.starts_with(char::is_whitespace) && said.contains('=')) {
        return None;
    }
    let length = text.len() - attributes.len() + end + 1;
    Some(Piece::Tag(Tag { name, is_end, is_block, has_attributes: !said.is_empty(), length }))
}

/// Where the `>` is that is in no quoted value.
fn end_of_tag(attributes: &str) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in attributes.bytes().enumerate().take(4000) {
        match (quote, byte) {
            (None, b'>') => return Some(place),
            (None, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// What follows the end of an element that nobody reads.
fn after_end<'t>(text: &'t str, name: &str) -> &'t str {
    let ends = text.match_indices("</").map(|(place, _)| &text[place..]);
    let closing = |rest: &&str| matches!(piece(rest), Some(Piece::Tag(tag)) if tag.is_end && tag.name == name);
    ends.into_iter().find(closing).unwrap_or("")
}

/// The text with entities resolved.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        read.push_str(&rest[..place]);
        rest = &rest[place..];
        match entity(rest) {
            Some((character, length)) => {
                read.push_str(&character);
                rest = &rest[length..];
            }
            None => {
                read.push('&');
                rest = &rest[1..];
            }
        }
    }
    read.push_str(rest);
    Cow::Owned(read)
}

/// The entity at the beginning of a text, and how long it is.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let number = name.strip_prefix('#').map(|number| match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => number.parse().ok(),
    });
    let character = match number {
        Some(number) => char::from_u32(number?).filter(|c| !c.is_control() || *c == '\n')?.to_string(),
        None => ENTITIES.iter().find(|(known, _)| *known == name)?.1.to_owned(),
    };
    Some((character.replace('\u{a0}', " "), end + 1))
}

/// Lines trimmed, spaces single, no line empty.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn what_a_reader_sees_of_markup_stays() {
        let mail = "<!DOCTYPE html><html><head><style>p { color: red }</style><script>if (a < b) {}</script></head><body>\
            <!-- hidden --><div class=\"x>y\" dir='auto'><p>Hello,</p><p>the <b>parcel</b> is late<br>&nbsp;<br/>\
            Kind&nbsp;regards</p><a href=\"https://example.invalid\">Shop &amp; Co&#39;s</a></div></body></html>";
        assert_eq!(without(mail), "Hello,\nthe parcel is late\nKind regards\nShop & Co's");
        assert_eq!(
            without("Great film.<br /><br />I'd see it again, 3 < 5 stars"),
            "Great film.\nI'd see it again, 3 < 5 stars"
        );
        assert_eq!(without("<P>Ça va &eacute;t&#xe9;</P>"), "Ça va été");
    }

    #[test]
    fn brackets_of_sentences_and_code_stay() {
        for text in [
            "It took < 5 minutes and > 3 calls",
            "I <3 this shop",
            "a Vec<String> or List<b> in code",
            "if (a<b && c>d) return;",
            "How do I use a `<div>` with a `</div>`?",
            "The tag \"<b>\" does nothing, \"</b>\" neither",
            "a <br> is missing here",
            "write to <kim@example.invalid>",
            "Tom &amp; Jerry",
            "<document>",
        ] {
            assert_eq!(without(text), text);
        }
    }

    #[test]
    fn broken_markup_hides_nothing() {
        assert_eq!(without("<p>one<p>two <b"), "<p>one<p>two <b");
        assert_eq!(without("<p>one</p><a href=\"x>two"), "one\n<a href=\"x>two");
        assert_eq!(without("<div>ä</div><ö>&#99999999;"), "ä\n<ö>&#99999999;");
    }
}
