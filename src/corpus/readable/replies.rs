//! Mails: what an answer quotes of the mail before it, and the signature below.

use std::borrow::Cow;

/// How the line begins and ends that stands above a quoted mail.
const INTRODUCTIONS: [(&str, &[&str]); 13] = [
    ("on ", &["wrote:"]),
    ("am ", &["schrieb:"]),
    ("le ", &["a écrit :", "a écrit:", "a écrit\u{a0}:"]),
    ("el ", &["escribió:"]),
    ("il ", &["ha scritto:"]),
    ("em ", &["escreveu:"]),
    ("op ", &["schreef:"]),
    ("w dniu ", &["pisze:", "napisał:", "napisał(a):", "napisała:"]),
    ("den ", &["skrev:"]),
    ("dne ", &["napsal:", "napsal(a):"]),
    ("", &["пишет:", "написал:", "написал(а):", "написала:", "пише:"]),
    ("", &["> wrote:", "> schrieb:", "> a écrit :"]),
    ("", &[" kirjoitti:"]),
];
/// What the line says that a mail program puts between a mail and the one before it.
const DIVIDERS: [&str; 13] = [
    "original message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "forwarded message",
    "weitergeleitete nachricht",
    "begin forwarded message",
];
/// Names of the lines at the head of a mail.
const HEAD: [&str; 38] = [
    "from",
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "von",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "de",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "enviado el",
    "fecha",
    "para",
    "asunto",
    "da",
    "inviato",
    "data",
    "a",
    "oggetto",
    "assunto",
    "van",
    "verzonden",
    "aan",
    "onderwerp",
    "od",
    "wysłano",
    "do",
    "temat",
    "från",
    "skickat",
    "till",
    "ämne",
];
/// How the line begins that a telephone adds.
const ADDED: [&str; 16] = [
    "sent from my ",
    "sent from mail for ",
    "sent from yahoo mail",
    "sent via ",
    "get outlook for ",
    "sent from outlook",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "envoyé de mon ",
    "envoyé depuis ",
    "enviado desde ",
    "enviado do meu ",
    "inviato da ",
    "verstuurd vanaf ",
    "wysłane z ",
];
/// Lines of the longest signature.
const LONGEST_SIGNATURE: usize = 20;
/// Characters of the longest line that introduces or is added.
const LONGEST_LINE: usize = 200;

/// The text without what it quotes of a mail before it.
pub(super) fn without_quoted(text: &str) -> Cow<'_, str> {
    without(text, quoted_lines)
}

/// The same, where every line that begins with ">" is known to be quoted.
pub(super) fn without_marked(text: &str) -> Cow<'_, str> {
    without(text, |lines| vec![true; lines.len()])
}

fn without(text: &str, quoted_lines: impl Fn(&[&str]) -> Vec<bool>) -> Cow<'_, str> {
    if !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.lines().collect();
    let is_prompt = |line: &&&str| line.starts_with(">>> ");
    let is_code = lines.iter().any(|line| is_prompt(&line)) && !lines.iter().any(|line| line.starts_with("> "));
    let quoted = quoted_lines(&lines);
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let (mut place, mut has_introduction) = (0, false);
    while let Some(&line) = lines.get(place) {
        let introduced = introduction(&lines[place..]).map(|(length, is_sure)| {
            let next = lines[place + length..].iter().find(|line| !line.trim().is_empty());
            (length, is_sure, next.is_some_and(|line| is_quoted(line)))
        });
        if let Some((length, _, true)) = introduced {
            place += length;
            has_introduction = true;
        } else if introduced.is_some_and(|(_, is_sure, _)| is_sure)
            || is_divider(line)
            || is_head(&lines[place..]) && place > 0
        {
            break;
        } else {
            let is_of_a_mail = has_introduction || quoted.get(place) == Some(&true);
            if is_code || !is_quoted(line) || !is_of_a_mail {
                kept.push(line);
            }
            place += 1;
        }
    }
    shorter(text, &lines, &kept)
}

/// The text without the signature below it.
pub(super) fn without_signature(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.lines().collect();
    let is_mark = |line: &str| matches!(line.trim_end(), "--" | "—" | "––");
    let mark = lines.iter().rposition(|line| is_mark(line));
    // Several such lines, or one at the beginning, divide a list, unless mail programs wrote them.
    let is_divided = |mark: usize| {
        let others = || lines.iter().take(mark).copied();
        others().all(|line| is_mark(line) || line.trim().is_empty())
            || others().any(|line| is_mark(line) && line != "-- ")
    };
    let mark = mark.filter(|mark| !is_divided(*mark));
    let end = mark.filter(|mark| *mark > 0 && lines.len() - mark <= LONGEST_SIGNATURE).unwrap_or(lines.len());
    let is_added = |line: &str| {
        let line = line.trim().to_lowercase();
        line.chars().count() <= 80 && ADDED.iter().any(|added| line.starts_with(added)) && is_of_a_program(&line)
    };
    let kept: Vec<&str> = lines[..end].iter().copied().filter(|line| !is_added(line)).collect();
    shorter(text, &lines, &kept)
}

/// Whether a line names what mails are sent with.
fn is_of_a_program(line: &str) -> bool {
    let named = [
        "iphone",
        "ipad",
        "android",
        "samsung",
        "galaxy",
        "mail",
        "outlook",
        "blackberry",
        "huawei",
        "xiaomi",
        "mobil",
        "phone",
        "handy",
        "smartphone",
        "téléphone",
        "móvil",
        "telefon",
        "ios",
    ];
    named.iter().any(|name| line.contains(name))
}

/// The kept lines; the text itself where all are.
fn shorter<'t>(text: &'t str, lines: &[&str], kept: &[&str]) -> Cow<'t, str> {
    if kept.len() == lines.len() { Cow::Borrowed(text) } else { Cow::Owned(kept.join("\n").trim().to_owned()) }
}

fn is_quoted(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('>') && !line.starts_with(">=") && !line.starts_with(">.<")
}

/// Which lines are quoted of a mail, though none introduces them: two in a row at least, or one with
/// empty lines between it and the text. ">" may mean "more than": lines that all go on with a number
/// are none, nor is one alone among others ("They said:", "> no").
fn quoted_lines(lines: &[&str]) -> Vec<bool> {
    let mut quoted = vec![false; lines.len()];
    let is_empty = |place: usize| lines.get(place).is_none_or(|line| line.trim().is_empty());
    let mut start = 0;
    while start < lines.len() {
        let length = lines.iter().skip(start).take_while(|line| is_quoted(line)).count();
        let block = lines.get(start..start + length).unwrap_or_default();
        let stands_apart = (start == 0 || is_empty(start - 1)) && is_empty(start + length);
        let is_mail = (length > 1 || stands_apart) && !block.iter().all(|line| is_more_than(line));
        quoted.iter_mut().skip(start).take(length).for_each(|line| *line = is_mail);
        start += length.max(1);
    }
    quoted
}

/// `> 50 EUR is too much`
fn is_more_than(line: &str) -> bool {
    let rest = line.trim_start().trim_start_matches('>').trim_start();
    rest.trim_start_matches(['$', '€', '£', ' ']).starts_with(|c: char| c.is_ascii_digit())
}

/// How many lines introduce a quoted mail, for mail programs break a long line once, and whether they plainly do: a name behind the
/// verb ("Am 3. März schrieb Kim:") may introduce anything.
fn introduction(lines: &[&str]) -> Option<(usize, bool)> {
    let is_one = |line: &str| {
        let line = line.trim().to_lowercase();
        let has_digit = line.chars().any(|c| c.is_ascii_digit()) || line.contains('@');
        if !has_digit || line.chars().count() > LONGEST_LINE {
            return None;
        }
        let begun = INTRODUCTIONS.iter().filter(|(begin, _)| line.starts_with(begin));
        let is_named = |(begin, end): (&str, &str)| {
            let verb = end.trim_end_matches([':', ' ', '\u{a0}']);
            !begin.is_empty() && line.ends_with(':') && line.contains(&format!(" {verb} "))
        };
        let mut ends = begun.flat_map(|(begin, ends)| ends.iter().map(|end| (*begin, *end)));
        match ends.clone().any(|(_, end)| line.ends_with(end)) {
            true => Some(true),
            false => ends.any(is_named).then_some(false),
        }
    };
    match lines {
        [one, rest @ ..] => is_one(one).map(|is_sure| (1, is_sure)).or_else(|| {
            let two = rest.first().filter(|_| !one.trim().is_empty() && is_two_of(one))?;
            is_one(&format!("{one} {two}")).map(|is_sure| (2, is_sure))
        }),
        [] => None,
    }
}

/// Whether a line can be the first half of an introduction.
fn is_two_of(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    INTRODUCTIONS.iter().any(|(begin, _)| !begin.is_empty() && line.starts_with(begin))
        && line.chars().any(|c| c.is_ascii_digit())
}

fn is_divider(line: &str) -> bool {
    let said = line.trim().to_lowercase();
    let bare = said.trim_matches(|c: char| c == '-' || c == '_' || c == ':' || c == '=' || c.is_whitespace());
    said.len() > bare.len() && DIVIDERS.contains(&bare)
}

/// Whether three lines from here on are those at the head of a mail.
fn is_head(lines: &[&str]) -> bool {
    let names = |line: &&str| {
        let name = line.trim().trim_start_matches('*').split(':').next().unwrap_or("").to_lowercase();
        line.contains(':') && HEAD.contains(&name.trim_end_matches([' ', '\u{a0}', '*']))
    };
    let sender = |line: &&str| {
        let line = line.trim().trim_start_matches('*').to_lowercase();
        ["from:", "von:", "de :", "de:", "da:", "van:", "od:", "från:"].iter().any(|name| line.starts_with(name))
    };
    lines.first().is_some_and(sender) && lines.len() > 2 && lines[..3].iter().all(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_quotes_is_set_apart() {
        for quoted in [
            "On Mon, 3 Mar 2025 at 10:00, Kim <kim@example.invalid> wrote:\n> Where is it?\n> Kim",
            "On Mon, 3 Mar 2025 at 10:00, Kim Example With A Long Name\n<kim@example.invalid> wrote:\n\nWhere is it?",
            "Am 03.03.2025 um 10:00 schrieb Kim:\n",
            "-----Original Message-----\nFrom: Kim\nWhere is it?",
            "-----Ursprüngliche Nachricht-----\nWo ist es?",
            "Von: Kim\nGesendet: Montag\nAn: Laden\nBetreff: Paket\n\nWo ist es?",
            "De : Kim\nEnvoyé : lundi\nÀ : magasin\nOù est-il ?",
            "Le 3 mars 2025 à 10:00, Kim a écrit :\n> Où ?",
            "> Where is it?\n> Kim",
            "> one line\n\n",
            "> one line",
        ] {
            let text = format!("It came today.\n\n{quoted}");
            let expected = if quoted.starts_with("Am ") { text.as_str() } else { "It came today." };
            assert_eq!(without_quoted(&text).trim_end(), expected.trim_end(), "{quoted}");
        }
        for introduced in [
            "Am Mo., 3. März 2025 um 09:12 Uhr schrieb Studio <info@fit.example>:",
            "Op ma 3 mrt 2025 om 10:00 schreef Kim\n<kim@shop.example>:",
            "Den mån 3 mars 2025 kl 10:00 skrev Kim:",
        ] {
            let text = format!("It came today.\n\n{introduced}\n> Where is it?\n> Kim");
            assert_eq!(without_quoted(&text).trim_end(), "It came today.", "{introduced}");
        }
        assert_eq!(without_quoted("On 3 March Kim wrote:\n> Where?\nIt came today."), "It came today.");
    }

    #[test]
    fn what_only_looks_like_a_quotation_stays() {
        for text in [
            "On Monday I wrote:\nnobody answers my mails",
            "the value is\n>= 5 of them",
            ">>> print(1)\n1\n>>> print(2)",
            "From: one town\nto another it is far\nand I was late",
            "> 50 EUR is too much\nand nobody answers",
            "> 50 EUR is too much\n> 30 min waiting",
            "I said:\n> please refund\nThey said:\n> no\nThis is a joke",
            "Too dear:\n\n> 50 EUR",
            "the original message\nwas lost",
        ] {
            assert_eq!(without_quoted(text), text);
        }
    }

    #[test]
    fn signatures_are_set_apart() {
        for below in [
            "-- \nKim\nExample Ltd",
            "--\nKim",
            "Sent from my iPhone",
            "Von meinem iPhone gesendet",
            "Get Outlook for iOS",
        ] {
            assert_eq!(without_signature(&format!("It came today.\n\n{below}\n")), "It came today.");
        }
        for text in ["--\nToo slow\n--\nToo dear", "Too slow\n--\nToo dear\n--\nToo far"] {
            assert_eq!(without_signature(text), text);
        }
        for text in ["--\nonly this", "Sent from my last address it came\nquickly", "a -- b\nc"] {
            assert!(without_signature(text).contains(text.lines().last().unwrap()), "{text}");
        }
    }
}
