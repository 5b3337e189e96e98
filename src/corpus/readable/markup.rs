//! HTML in a text: tags and entities go, what a reader sees stays.

use std::borrow::Cow;

/// Elements that a text as people export it has, those of Teams among them (`at`, `attachment`, `emoji`); each begins a line if
/// the flag says so.
const ELEMENTS: [(&str, bool); 91] = [
    ("a", false),
    ("abbr", false),
    ("address", true),
    ("article", true),
    ("aside", true),
    ("at", false),
    ("attachment", true),
    ("audio", false),
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
    ("codeblock", true),
    ("col", false),
    ("colgroup", false),
    ("customemoji", false),
    ("dd", true),
    ("del", false),
    ("details", true),
    ("div", true),
    ("dl", true),
    ("dt", true),
    ("em", false),
    ("emoji", false),
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
    ("kbd", false),
    ("label", false),
    ("li", true),
    ("link", false),
    ("main", true),
    ("mark", false),
    ("meta", false),
    ("nav", true),
    ("noscript", true),
    ("o:p", false),
    ("ol", true),
    ("p", true),
    ("picture", false),
    ("pre", true),
    ("q", false),
    ("s", false),
    ("samp", false),
    ("script", true),
    ("section", true),
    ("small", false),
    ("span", false),
    ("strike", false),
    ("strong", false),
    ("style", true),
    ("sub", false),
    ("summary", true),
    ("sup", false),
    ("svg", false),
    ("table", true),
    ("tbody", true),
    ("td", true),
    ("tfoot", true),
    ("th", true),
    ("thead", true),
    ("time", false),
    ("title", true),
    ("tr", true),
    ("tt", false),
    ("u", false),
    ("ul", true),
    ("video", false),
    ("wbr", false),
];
/// How the elements of articles begin in the abstracts of Crossref, and which of them stand within a line.
const JATS: &str = "jats:";
const WITHIN_LINES: [&str; 10] =
    ["italic", "bold", "sub", "sup", "underline", "monospace", "sc", "xref", "ext-link", "inline-formula"];
/// Elements without an end.
const LONE: [&str; 4] = ["br", "hr", "img", "meta"];
/// Elements that may be left open.
const OPEN_ENDED: [&str; 2] = ["p", "li"];
/// Elements whose content nobody reads.
const UNREAD: [&str; 2] = ["script", "style"];
/// Entities by name.
const ENTITIES: [(&str, &str); 56] = [
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
    ("acirc", "â"),
    ("agrave", "à"),
    ("aacute", "á"),
    ("atilde", "ã"),
    ("aring", "å"),
    ("aelig", "æ"),
    ("ccedil", "ç"),
    ("ecirc", "ê"),
    ("euml", "ë"),
    ("iacute", "í"),
    ("icirc", "î"),
    ("iuml", "ï"),
    ("ntilde", "ñ"),
    ("oacute", "ó"),
    ("ocirc", "ô"),
    ("otilde", "õ"),
    ("oslash", "ø"),
    ("uacute", "ú"),
    ("ugrave", "ù"),
    ("ucirc", "û"),
    ("Eacute", "É"),
    ("Agrave", "À"),
    ("deg", "°"),
    ("bdquo", "„"),
    ("iquest", "¿"),
    ("iexcl", "¡"),
];

/// The text without markup, if it plainly is marked up.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    if !text.contains('<') || !is_markup(text) {
        return Cow::Borrowed(text);
    }
    let parts = parts(text);
    Cow::Owned(parts.iter().map(|part| tidy(&part.text)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"))
}

/// The text without markup that was escaped once or twice on its way, where it begins with a tag: `&lt;p&gt;…`.
pub(super) fn without_escaped(text: &str) -> Cow<'_, str> {
    let mut read = Cow::Borrowed(text);
    for _ in 0..2 {
        let begins = read.trim_start();
        if !begins.starts_with("&lt;") && !begins.starts_with("&amp;lt;") {
            break;
        }
        read = Cow::Owned(unescaped(&read).into_owned());
        if let Cow::Owned(plain) = without(&read) {
            return Cow::Owned(plain);
        }
    }
    Cow::Borrowed(text)
}

/// The text with its entities resolved, where it has any and is not marked up.
pub(super) fn without_entities(text: &str) -> Cow<'_, str> {
    match unescaped(text) {
        Cow::Owned(read) if read != text => Cow::Owned(read),
        _ => Cow::Borrowed(text),
    }
}

/// Whether a name is that of an entity: `nbsp`, `auml`, `#228`.
pub(in crate::corpus) fn is_entity(name: &str) -> bool {
    !name.contains(';') && entity(&format!("&{name};")).is_some()
}

/// The same, with `> ` before each line that the markup says is quoted; nothing where it says so of none.
pub(super) fn without_but_quotes(text: &str) -> Option<String> {
    if !text.contains('<') || !is_markup(text) {
        return None;
    }
    let parts = parts(text);
    if !parts.iter().any(|part| part.is_quoted) {
        return None;
    }
    let lines = |part: &Part| {
        let mark = if part.is_quoted { "> " } else { "" };
        tidy(&part.text).lines().map(|line| format!("{mark}{line}")).collect::<Vec<_>>()
    };
    Some(parts.iter().flat_map(lines).collect::<Vec<_>>().join("\n"))
}

/// A stretch of what is read.
#[derive(Default)]
struct Part {
    text: String,
    is_quoted: bool,
}

/// What is read of a marked-up text, divided where a quotation begins or ends.
fn parts(text: &str) -> Vec<Part> {
    let mut reading = Reading { last_blockquote: last_blockquote(text), ..Reading::default() };
    let mut rest = text;
    while let Some(place) = rest.find('<') {
        reading.part.text.push_str(&unescaped(&rest[..place]));
        rest = &rest[place..];
        match piece(rest) {
            Some(Piece::Comment(length)) => rest = &rest[length..],
            Some(Piece::Tag(tag)) => {
                reading.pass(&tag, &rest[..tag.length], text.len() - rest.len());
                rest = &rest[tag.length..];
                if UNREAD.contains(&tag.name.as_str()) && !tag.is_end {
                    rest = after_end(rest, &tag.name);
                }
            }
            None => {
                reading.part.text.push('<');
                rest = &rest[1..];
            }
        }
    }
    reading.part.text.push_str(&unescaped(rest));
    reading.begin(false);
    reading.parts
}

/// Where the last block of quoted text begins, if there is one.
fn last_blockquote(text: &str) -> Option<usize> {
    let is_one = |place: &usize| {
        let name = text.as_bytes().get(place + 1..place + 11);
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"blockquote"))
    };
    text.rmatch_indices('<').map(|(place, _)| place).find(is_one)
}

/// A marked-up text while it is read.
#[derive(Default)]
struct Reading {
    parts: Vec<Part>,
    part: Part,
    /// The element that is quoted, and how many of its name are open from it on.
    quoted: Option<(String, usize)>,
    last_blockquote: Option<usize>,
}

impl Reading {
    /// Goes past a tag that stands at a place of the text.
    fn pass(&mut self, tag: &Tag, written: &str, place: usize) {
        self.part.text.push_str(if tag.is_block { "\n" } else { "" });
        match &mut self.quoted {
            Some((name, open)) if *name == tag.name && tag.is_end => {
                *open -= 1;
                if *open == 0 {
                    self.quoted = None;
                    self.begin(false);
                }
            }
            Some((name, open)) => *open += usize::from(*name == tag.name && !tag.is_end),
            None if tag.is_end => {}
            None => {
                let has_blockquote = self.last_blockquote.is_some_and(|last| last > place);
                match quoted_by(tag, written, has_blockquote) {
                    Quoted::No => return,
                    Quoted::Element => self.quoted = Some((tag.name.clone(), 1)),
                    // No element has this name: it ends with the text.
                    Quoted::Rest => self.quoted = Some((String::new(), 1)),
                }
                self.begin(true);
            }
        }
    }

    /// Ends the part, and begins the next.
    fn begin(&mut self, is_quoted: bool) {
        let next = Part { text: String::new(), is_quoted };
        self.parts.push(std::mem::replace(&mut self.part, next));
    }
}

/// What of a mail the beginning of an element says to be quoted.
enum Quoted {
    No,
    Element,
    /// It stands between the mail and the one before it.
    Rest,
}

/// Parts of the classes and names by which mail programs mark what they quote: Gmail, Yahoo, Thunderbird, Outlook, Proton,
/// Zoho, GMX, Tutanota, Freshdesk, Zendesk and others.
const QUOTED: [&str; 17] = [
    "yahoo_quoted",
    "moz-cite-prefix",
    "moz-email-headers-table",
    "moz-forward-container",
    "protonmail_quote",
    "zmail_extra",
    "tutanota_quote",
    "freshdesk_quote",
    "front-blockquote",
    "olk_src_body_section",
    "outlookmessageheader",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
    "zd-quoted",
    "quotedreply",
    "quoted-reply",
    "email_quoted",
];
/// The same of what stands above all that is quoted, up to the end.
const ABOVE_QUOTED: [&str; 4] = ["divrplyfwdmsg", "appendonsend", "zwchr", "stopspelling"];

/// Gmail puts its introduction and what it quotes in one element, in which an answer may stand too: there only the blocks are quoted.
fn quoted_by(tag: &Tag, written: &str, has_blockquote: bool) -> Quoted {
    if tag.name == "blockquote" {
        return Quoted::Element;
    }
    if !tag.has_attributes {
        return Quoted::No;
    }
    let named: Vec<String> = ["class", "id", "name"].iter().filter_map(|name| attribute(written, name)).collect();
    let is_named = |marks: &[&str]| named.iter().any(|named| marks.iter().any(|mark| named.contains(mark)));
    let is_gmail = is_named(&["gmail_quote"]) && !has_blockquote;
    let is_gmx = tag.name == "div" && attribute(written, "name").is_some_and(|name| name == "quote");
    if is_named(&ABOVE_QUOTED) {
        Quoted::Rest
    } else if is_gmail || is_gmx || is_named(&QUOTED) || has_blockquote && is_named(&["gmail_attr"]) {
        Quoted::Element
    } else {
        Quoted::No
    }
}

/// The value of an attribute in a tag, in small letters.
fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let tag = tag.to_ascii_lowercase();
    let values = tag.match_indices(wanted).filter(|(place, _)| tag[..*place].ends_with(char::is_whitespace));
    let mut values = values.filter_map(|(place, _)| tag[place + wanted.len()..].trim_start().strip_prefix('='));
    let value = values.next()?.trim_start();
    let end = match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => return value[1..].split(quote).next().map(str::to_owned),
        None => value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len()),
    };
    Some(value[..end].to_owned())
}

/// Bytes of the longest tag.
const LONGEST_TAG: usize = 4000;

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
    // Where what is no white space ends, of all that was passed.
    let (mut place, mut said) = (0, 0);
    while let Some(next) = text[place..].find('<') {
        let words = text[place..place + next].trim_end().len();
        said = if words > 0 { place + words } else { said };
        place += next;
        let spoken_of = text[..place].ends_with(['`', '"', '\'', '“', '‘', '«']);
        match piece(&text[place..]) {
            Some(Piece::Comment(length)) => place += length,
            Some(Piece::Tag(tag)) if spoken_of => place += tag.length,
            Some(Piece::Tag(tag)) => {
                let is_lone =
                    LONE.contains(&tag.name.as_str()) && (tag.has_attributes || !is_named(text, place, tag.length));
                let opened = open.iter().rposition(|(name, _)| tag.is_end && *name == tag.name);
                let closes = opened.is_some_and(|at| said > open[at].1);
                let is_paragraph = OPEN_ENDED.contains(&tag.name.as_str()) && begins_paragraph(text, place, tag.length);
                // A script alone in a sentence was typed by somebody: it is what the text says.
                if is_lone || is_paragraph || (closes && !UNREAD.contains(&tag.name.as_str())) {
                    return true;
                }
                place += tag.length;
                if !tag.is_end && open.len() < 64 {
                    open.push((tag.name, place));
                }
            }
            None => place += 1,
        }
        said = place;
    }
    false
}

/// Whether a tag stands at the beginning of a line or right behind a sentence, and right before words: paragraphs need no end.
fn begins_paragraph(text: &str, place: usize, length: usize) -> bool {
    let before = text[..place].trim_end_matches(' ').chars().next_back();
    let begins = before.is_none_or(|c| "\n.?!:;)>…\"”".contains(c));
    begins && text[place + length..].starts_with(|c: char| c.is_alphanumeric() || "<&\"“(¿¡".contains(c))
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
        let near = &text[..text.floor_char_boundary(LONGEST_TAG)];
        return near.find('>').map(|end| Piece::Comment(end + 1));
    }
    let is_end = text[1..].starts_with('/');
    let inner = &text[1 + usize::from(is_end)..];
    let is_jats = inner.starts_with(JATS);
    let is_of_a_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b':' || (is_jats && *byte == b'-');
    let longest = if is_jats { 32 } else { 12 };
    let length = inner.bytes().take(longest).take_while(is_of_a_name).count();
    let name = inner[..length].to_ascii_lowercase();
    let known = ELEMENTS.iter().find(|(element, _)| *element == name);
    // Of those of articles, the few that stand within a line are known by the same names.
    let of_article = || is_jats.then(|| !WITHIN_LINES.contains(&&name[JATS.len()..]));
    let is_block = known.map(|(_, is_block)| *is_block).or_else(of_article)?;
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
    for (place, byte) in attributes.bytes().enumerate().take(LONGEST_TAG) {
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
    use super::{without, without_but_quotes, without_entities};

    #[test]
    fn markup_of_articles_and_escaped_markup_go() {
        let article =
            "<jats:title>Abstract</jats:title><jats:p>The soup was <jats:italic>very</jats:italic> cold.</jats:p>";
        assert_eq!(without(article), "Abstract\nThe soup was very cold.");
        for text in ["&lt;p&gt;The soup was cold.&lt;/p&gt;", "&amp;lt;p&amp;gt;The soup was cold.&amp;lt;/p&amp;gt;"] {
            assert_eq!(super::without_escaped(text), "The soup was cold.", "{text}");
        }
        for text in ["use &lt;b&gt;bold&lt;/b&gt; here", "&lt; 5 minutes", "plain"] {
            assert_eq!(super::without_escaped(text), text);
        }
    }

    #[test]
    fn tags_behind_a_wide_gap_take_no_longer_than_others() {
        let begun = std::time::Instant::now();
        let text = format!("<script>{}{}", " ".repeat(200_000), "</script>".repeat(40_000));
        assert_eq!(without(&text), text);
        assert!(begun.elapsed().as_secs() < 10);
    }

    #[test]
    fn document_types_that_never_end_are_passed_in_linear_time() {
        let begun = std::time::Instant::now();
        let text = format!("<p>It is late.</p>{}", "<!doctype".repeat(200_000));
        assert!(without(&text).starts_with("It is late."));
        assert!(begun.elapsed().as_secs() < 10);
    }

    #[test]
    fn entities_are_resolved_without_tags_too() {
        assert_eq!(without_entities("es w&auml;re gut &amp; g&#252;nstig, R&D"), "es wäre gut & günstig, R&D");
        assert!(matches!(without_entities("a & b; c"), std::borrow::Cow::Borrowed(_)));
    }

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
    fn what_mail_programs_quote_is_marked_as_in_plain_text() {
        let old = "<div>Your order was confirmed.</div>";
        let attr = "<div class=\"gmail_attr\">On Mon, 3 Mar 2025, Kim wrote:<br></div>";
        for quoted in [
            &format!("<blockquote type=\"cite\">{old}</blockquote>"),
            &format!("<BLOCKQUOTE TYPE=CITE><blockquote>{old}</blockquote>{old}</BLOCKQUOTE>"),
            &format!(
                "<div class='gmail_quote gmail_quote_container'>{attr}<blockquote class=\"gmail_quote\">{old}</blockquote></div>"
            ),
            &format!("<div class=\"gmail_quote\"><div>On Mon, Kim wrote:</div>{old}</div>"),
            &format!(
                "<div id=\"ydp1yahoo_quoted_77\" class=\"ydp1yahoo_quoted\"><div><div>On Mon, Kim wrote:</div>{old}</div></div>"
            ),
            &format!(
                "<div class=\"moz-cite-prefix\">Am 3.3. schrieb Kim:<br></div><blockquote type=\"cite\">{old}</blockquote>"
            ),
            &format!("<div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Kim</div>{old}{old}"),
            &format!("<hr id=stopSpelling>From: Kim<br>{old}"),
            &format!("<div name=\"quote\">{old}</div>"),
            &format!("<div class=\"protonmail_quote\">{old}<div>x</div></div>"),
        ] {
            let read = without_but_quotes(&format!("<p>It came &amp; broke.</p>{quoted}")).unwrap();
            let unmarked: Vec<&str> = read.lines().filter(|line| !line.starts_with("> ")).collect();
            assert_eq!(unmarked, ["It came & broke."], "{quoted}\n{read}");
            assert!(read.lines().count() > 1, "{quoted}\n{read}");
            assert!(!without(&format!("<p>It came.</p>{quoted}")).contains('>'), "{quoted}");
        }
        let between = format!("<p>A</p><blockquote>{old}</blockquote><p>B</p><blockquote>{old}</blockquote>C");
        let said = "A\n> Your order was confirmed.\nB\n> Your order was confirmed.\nC";
        assert_eq!(without_but_quotes(&between).unwrap(), said);
        for other in ["<p>a</p>", "a", "<p class=\"quote\">a</p>", "see <blockquote> in the manual"] {
            assert_eq!(without_but_quotes(other), None, "{other}");
        }
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
            "<p> is not closed here",
            "a Stack<p>opens",
            "I wrote <p>and nothing else",
            "write to <kim@example.invalid>",
            "Tom &amp; Jerry",
            "<document>",
        ] {
            assert_eq!(without(text), text);
        }
    }

    #[test]
    fn paragraphs_without_an_end_are_markup() {
        assert_eq!(without("Cold soup.<p>It&#x27;s late."), "Cold soup.\nIt's late.");
        assert_eq!(without("<p>Cold soup, again"), "Cold soup, again");
    }

    #[test]
    fn broken_markup_hides_nothing() {
        assert_eq!(without("<p>one<p>two <b"), "one\ntwo <b");
        assert_eq!(without("<p>one</p><a href=\"x>two"), "one\n<a href=\"x>two");
        assert_eq!(without("<div>ä</div><ö>&#99999999;"), "ä\n<ö>&#99999999;");
    }
}
