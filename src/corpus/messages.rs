//! A chat as messengers export it as text, or as it is copied out of them: each message begins with its time and who wrote it, and
//! may go on on further lines, or begin on them (Teams, Slack, Discord).

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::line_reader::{Line, LineReader};
use super::notices::{is_notice, without_marks};
use super::row::{FILE, NOTICE, Problem, RawRow, RowReader};

/// Characters of the longest time, and of the longest name of a writer.
const LONGEST: (usize, usize) = (32, 80);
/// Words of the longest name of a writer above a message.
const WORDS: usize = 6;
/// Messages from which lines are taken for those of a chat whose messages begin below their time and writer.
const LEAST: usize = 3;
/// A message of a chat has so many lines at most, on average.
const LINES: usize = 8;
/// Days that messengers call by a word.
const DAYS: [&str; 16] = [
    "today",
    "yesterday",
    "heute",
    "gestern",
    "aujourd'hui",
    "hier",
    "hoy",
    "ayer",
    "oggi",
    "ieri",
    "hoje",
    "ontem",
    "vandaag",
    "gisteren",
    "idag",
    "igår",
];

/// What stands between a day and its hour.
const AT: [&str; 8] = ["at ", "um ", "à ", "a las ", "alle ", "às ", "om ", "kl. "];
/// How the names of months begin.
const MONTHS: [&str; 27] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mai", "okt", "dez",
    "fév", "avr", "juin", "juil", "aoû", "déc", "ene", "abr", "ago", "dic", "gen",
];
/// Days of the week, as messengers write them above a message.
const WEEKDAYS: [&str; 38] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
    "lunedì",
    "venerdì",
];

/// Reads one message a row, into the fields `time`, `author` and `text`.
pub(super) struct Messages<R> {
    lines: LineReader<R>,
    header: [String; 3],
    /// How its messages begin.
    order: Order,
}

/// What stands first where a message begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Time,
    Writer,
    /// The writer on one line, the time on the next.
    Above,
}

impl Order {
    /// That of a chat that begins so: that of the first line, if it begins a message, else that in
    /// which most lines do; nothing where no line does.
    pub(super) fn of(sample: &str) -> Option<Order> {
        let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).collect();
        let all = [Order::Time, Order::Writer, Order::Above];
        let begins =
            |order: &Order| lines.first().is_some_and(|first| head(first, lines.get(1).copied(), *order).is_some());
        let count = |order: &Order| heads(&lines, *order).iter().flatten().count();
        let most = all.into_iter().rev().max_by_key(count).filter(|order| count(order) > 0);
        all.into_iter().find(begins).or(most)
    }
}

/// How each of some lines, none of them blank, begins a message, if it does.
fn heads<'a>(lines: &[&'a str], order: Order) -> Vec<Option<Head<'a>>> {
    let next = |place: usize| lines.get(place + 1).copied();
    lines.iter().enumerate().map(|(place, line)| head(line, next(place), order)).collect()
}

impl<R: BufRead> Messages<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, order: Order) -> Messages<R> {
        Messages { lines: LineReader::new(input), header: ["time", "author", "text"].map(str::to_owned), order }
    }

    /// The next line, which is still to be read, where it says whether a line begins a message.
    fn next_line(&mut self, line: &str) -> io::Result<Option<String>> {
        if self.order != Order::Above || !is_writer(line) {
            return Ok(None);
        }
        let Some(next) = self.lines.next()? else { return Ok(None) };
        let content = utf8(&next).ok().map(str::to_owned);
        self.lines.give_back(std::iter::once(next));
        Ok(content)
    }

    /// The further lines of a message, up to the next one; empty lines at its end are no part of it.
    fn rest(&mut self, text: &mut String) -> io::Result<Option<Problem>> {
        let mut empty = self.lines.skip_empty()?;
        while let Some(line) = self.lines.next()? {
            let Ok(content) = utf8(&line) else { return Ok(Some(Problem::Utf8(0))) };
            let below = self.next_line(content)?;
            if head(content, below.as_deref(), self.order).is_some() {
                self.lines.give_back(std::iter::once(line));
                break;
            }
            let length = usize::try_from(empty).unwrap_or(usize::MAX).saturating_add(text.len() + content.len());
            if line.is_cut || length > self.lines.longest() {
                return Ok(Some(Problem::TooLong));
            }
            (0..=empty).for_each(|_| text.push('\n'));
            text.push_str(content);
            empty = self.lines.skip_empty()?;
        }
        Ok(None)
    }
}

impl<R: BufRead> RowReader for Messages<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(line) = self.lines.next_filled()? else { return Ok(None) };
        let content = match utf8(&line) {
            Ok(_) if line.is_cut => return Ok(Some(RawRow::broken(line.number, Problem::TooLong))),
            Ok(content) => content,
            Err(at) => return Ok(Some(RawRow::broken(line.number, Problem::Utf8(at)))),
        };
        let below = self.next_line(content)?;
        let head = head(content, below.as_deref(), self.order);
        if head.is_some() && self.order == Order::Above {
            self.lines.next()?;
        }
        let mut text = head.as_ref().map_or(content, |head| head.text).to_owned();
        let problem = self.rest(&mut text)?;
        let (time, author) = head.as_ref().map_or(("", None), |head| (head.time, head.author));
        let is_above = head.as_ref().is_some_and(|head| head.is_above);
        if is_above {
            text = text.trim().to_owned();
        }
        let said = without_marks(&text);
        let is_nobody = |author| is_notice(author, &text) || is_above && text.is_empty();
        let (said, why) = match author {
            None => (&text, Some(NOTICE)),
            Some(author) if is_nobody(author) => (&text, Some(NOTICE)),
            Some(_) if said.is_empty() && !text.trim().is_empty() => (&text, Some(FILE)),
            Some(_) => (&said, None),
        };
        let row = RawRow::sound(line.number, fields(time, author, said));
        Ok(Some(RawRow { problem: problem.or(why.map(Problem::NoRow)), ..row }))
    }
}

/// The fields of a message, or those of a notice, which has no writer.
fn fields(time: &str, author: Option<&str>, text: &str) -> Map<String, Value> {
    let all = [("time", Some(time)), ("author", author), ("text", Some(text))];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect()
}

fn utf8(line: &Line) -> Result<&str, usize> {
    std::str::from_utf8(line.parts().0).map_err(|problem| problem.valid_up_to())
}

/// How a message begins.
#[derive(Debug)]
struct Head<'a> {
    time: &'a str,
    /// Nobody writes that a group was made.
    author: Option<&'a str>,
    text: &'a str,
    /// Whether the message stands on the lines below.
    is_above: bool,
}

/// The beginning of a message, if the line is one: `01/03/2024, 08:00 - Anna: …`, `[01.03.24, 08:00:11] Anna: …`, or above it
/// `[1/3/2024 8:00 AM] Lee, Anna`, `Anna Lee  1/3/2024 8:00 AM`, `Anna Lee  [8:00 AM]`. `below` is
/// the next line, on which the time may stand.
fn head<'a>(line: &'a str, below: Option<&'a str>, order: Order) -> Option<Head<'a>> {
    // Messengers put marks of direction in front.
    let line = line.trim_start_matches(['\u{200e}', '\u{200f}', '\u{feff}']);
    match order {
        Order::Time => {}
        Order::Writer => return above(line),
        Order::Above => {
            let time =
                below.map(str::trim).filter(|time| is_writer(line) && is_moment(time) && !is_moment(line.trim()))?;
            return Some(Head { time, author: Some(line.trim()), text: "", is_above: true });
        }
    }
    if let Some(said) = meeting(line) {
        return Some(said);
    }
    let bracket = line.strip_prefix('[').and_then(|inner| inner.split_once(']'));
    let (time, rest) = match bracket {
        Some((time, rest)) if is_time(time) || is_clock(time) => (time, rest),
        _ => match line.split_once(" - ").filter(|(time, _)| is_time(time)) {
            Some(parts) => parts,
            None => before_irc(line)?,
        },
    };
    let rest = rest.trim_start();
    if let Some(said) = irc(rest) {
        return Some(Head { time, ..said });
    }
    let author = rest.split_once(':').filter(|(author, text)| {
        (text.is_empty() || text.starts_with(' ')) && author.chars().count() <= LONGEST.1 && !author.is_empty()
    });
    if author.is_none() && line.starts_with('[') && is_writer(rest) {
        return Some(Head { time, author: Some(rest.trim_end()), text: "", is_above: true });
    }
    let text = author.map_or(rest, |(_, text)| text.trim_start());
    Some(Head { time, author: author.map(|(author, _)| author), text, is_above: false })
}

/// What a meeting's chat writes: `09:00:12 From Ann to Everyone: hi`, the words perhaps below.
fn meeting(line: &str) -> Option<Head<'_>> {
    let end = line.find(|c: char| !c.is_ascii_digit() && c != ':')?;
    let (time, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let names = ["From ", "Von ", "De ", "Da ", "Van "].iter().find_map(|from| rest.strip_prefix(from))?;
    let (names, text) = names.split_once(':').filter(|_| is_hour(time))?;
    let receivers = [" to ", " To ", " an ", " An ", " à ", " a ", " para ", " aan "];
    let author = receivers.iter().find_map(|to| names.split_once(to)).map_or(names, |(author, _)| author).trim();
    let text = text.trim_start();
    is_writer(author).then_some(Head { time, author: Some(author), text, is_above: text.is_empty() })
}

/// The time in front of what a program for IRC writes: `21:05 <Ann> hi`.
fn before_irc(line: &str) -> Option<(&str, &str)> {
    let ends = line.char_indices().filter(|(_, c)| *c == ' ').map(|(place, _)| line.split_at(place));
    let mut parts =
        ends.take(3).filter(|(time, rest)| (is_time(time) || is_hour(time)) && irc(rest.trim_start()).is_some());
    parts.next()
}

/// What a program for IRC writes behind the time: `<Ann> hi`, `* Ann waves`, `-!- Ann has joined`.
fn irc(rest: &str) -> Option<Head<'_>> {
    let head = |author, text| Head { time: "", author, text, is_above: false };
    if let Some((name, text)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        let name = name.trim_start_matches([' ', '@', '+', '%', '&', '~']);
        let is_name = !name.is_empty() && name.chars().count() <= LONGEST.1 && !name.contains(char::is_whitespace);
        return is_name.then(|| head(Some(name), text.trim_start()));
    }
    let is_notice = ["***", "-!-", "-->", "<--"].iter().any(|mark| rest.starts_with(mark));
    let did = rest.strip_prefix("* ").and_then(|rest| rest.split_once(' '));
    did.map(|(name, text)| head(Some(name), text)).or_else(|| is_notice.then(|| head(None, rest)))
}

/// A line with nothing but a writer and the time behind: the message stands below.
fn above(line: &str) -> Option<Head<'_>> {
    let line = line.trim_end();
    if line.len() > 4 * (LONGEST.0 + LONGEST.1) || !line.ends_with(|c: char| "0123456789Mm])r".contains(c)) {
        return None;
    }
    let ends = line.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(place, _)| place);
    let divided = ends.map(|place| (&line[..place], line[place..].trim_start()));
    let mut found = divided.filter_map(|(author, time)| {
        let bare = time.strip_prefix('[').and_then(|time| time.strip_suffix(']'));
        // A blank alone before the hour may be one of a sentence.
        let is_far = line[author.len()..].starts_with("  ") || line[author.len()..].starts_with('\t');
        let is_one = is_time(bare.unwrap_or(time))
            || (bare.is_some() || is_far) && is_clock(bare.unwrap_or(time))
            || is_day(bare.unwrap_or(time));
        is_one.then(|| {
            (author.trim_end_matches(|c: char| c.is_whitespace() || "—–-,|".contains(c)), bare.unwrap_or(time))
        })
    });
    let (author, time) = found.find(|(author, _)| is_writer(author))?;
    Some(Head { time, author: Some(author), text: "", is_above: true })
}

/// Whether it can be the name of who writes.
fn is_writer(name: &str) -> bool {
    let length = name.chars().count();
    (1..=LONGEST.1).contains(&length)
        && name.split_whitespace().count() <= WORDS
        && name.chars().any(char::is_alphabetic)
        && !name.trim_end().ends_with(['.', '?', '!', ':'])
}

/// Whether it is a date with a time of the day.
fn is_time(text: &str) -> bool {
    if text.chars().count() > LONGEST.0 {
        return false;
    }
    let said = AT.iter().find_map(|at| text.split_once(&format!(" {at}")));
    let text = said.map_or_else(|| text.to_owned(), |(day, hour)| format!("{day} {hour}"));
    let (text, months) = without_months(&text);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let parts = text.chars().filter(|c| "/.-".contains(*c)).count() + 2 * months;
    let is_of_time = |c: char| c.is_ascii_digit() || c.is_whitespace() || "/.-:,".contains(c) || "aApPmMT".contains(c);
    digits >= 6 && parts >= 2 && text.contains(':') && text.chars().all(is_of_time)
}

/// The text without the names of months, and how many of these there are: `Jan 03, 2025 08:12`.
fn without_months(text: &str) -> (String, usize) {
    let (mut kept, mut months) = (String::new(), 0);
    for piece in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphabetic());
        let small = word.to_lowercase();
        let is_month = small.chars().count() > 2 && MONTHS.iter().any(|month| small.starts_with(month));
        months += usize::from(is_month);
        kept.push_str(if is_month { &piece[word.len()..] } else { piece });
    }
    (kept, months)
}

/// Whether a line is nothing but the time of a message: `8:12 AM`, `03.01.2025 08:12`, `Friday 08:12`.
fn is_moment(line: &str) -> bool {
    let small = line.to_lowercase();
    let hour = WEEKDAYS.iter().find_map(|day| small.strip_prefix(day));
    is_time(line) || is_clock(line) || hour.is_some_and(|hour| is_hour(hour.trim_start_matches([',', ' '])))
}

/// Whether it is a time of the day, perhaps with a word for the day in front.
fn is_clock(text: &str) -> bool {
    let text = text.to_lowercase();
    is_day(&text) || is_hour(&text)
}

/// `Yesterday at 8:00 AM`.
fn is_day(text: &str) -> bool {
    let text = text.to_lowercase();
    let hour = DAYS.iter().find_map(|day| text.strip_prefix(day));
    hour.is_some_and(|hour| {
        let hour = hour.trim_start_matches([',', ' ']);
        is_hour(AT.iter().find_map(|at| hour.strip_prefix(at)).unwrap_or(hour))
    })
}

/// `8:00`, `08:00:11`, `8:00 am`, `20:00 Uhr`.
fn is_hour(text: &str) -> bool {
    let clock = text.trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace() || c == '.');
    let half = text[clock.len()..].trim();
    let parts: Vec<&str> = clock.split(':').collect();
    let is_number = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&parts.len())
        && parts.iter().all(is_number)
        && ["", "am", "pm", "a.m.", "p.m.", "uhr"].contains(&half)
}

/// Whether text is that of such a chat: the first line begins a message, and so do enough of all lines. Where time, writer and words
/// stand on one line, one message is enough.
pub(super) fn is_chat(sample: &str) -> bool {
    let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else { return false };
    let lines: Vec<&str> = std::iter::once(first).chain(lines).collect();
    let Some(order) = Order::of(sample).filter(|order| head(first, lines.get(1).copied(), *order).is_some()) else {
        return false;
    };
    are_messages(&lines, order)
}

/// Whether the text is that of such a chat below lines of another kind, which say what it is.
pub(super) fn holds_a_chat(sample: &str) -> bool {
    let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).collect();
    let Some(order) = Order::of(sample) else { return false };
    heads(&lines, order).iter().flatten().count() >= LEAST && are_messages(&lines, order)
}

fn are_messages(lines: &[&str], order: Order) -> bool {
    let heads: Vec<Head> = heads(lines, order).into_iter().flatten().collect();
    // The time on a line of its own is one of the head's.
    let all = if order == Order::Above { lines.len().saturating_sub(heads.len()) } else { lines.len() };
    let above = heads.iter().filter(|head| head.is_above).count();
    let on_one_line =
        heads.iter().filter(|head| head.author.is_some() && !head.is_above && !head.text.is_empty()).count();
    // A line below a head holds what is said: heads alone are no chat.
    let are_enough = if above > on_one_line { above >= LEAST && all > heads.len() } else { on_one_line > 0 };
    are_enough && LINES * heads.len() >= all
}

#[cfg(test)]
mod tests {
    use super::is_chat;
    use crate::corpus::testing::{error_of, ids, options, read_as, reason, texts};

    const ANDROID: &str = "01/03/2024, 08:00 - Messages are end-to-end encrypted. Nobody can read them.\n\
        01/03/2024, 08:01 - Anna: Whose car is this?\n01/03/2024, 08:05 - Ben K.: Bins again\nand rats\n\n\
        01/03/2024, 08:07 - +49 151 2: Lift is stuck: third floor\n";

    #[test]
    fn a_message_is_a_row_with_all_its_lines() {
        let corpus = read_as("chat.txt", ANDROID.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Whose car is this?", "Bins again\nand rats", "Lift is stuck: third floor"]);
        assert_eq!(ids(&corpus), ["1", "2", "3", "6"]);
        assert_eq!(reason(&corpus, 0), "a notice of the chat: nobody wrote it");
        let fields = serde_json::to_string(&corpus.documents[1].fields).unwrap();
        assert_eq!(fields, r#"{"time":"01/03/2024, 08:05","author":"Ben K."}"#);
    }

    #[test]
    fn the_times_of_several_messengers_are_known() {
        for time in [
            "[01.03.24, 08:00:11] ",
            "\u{200e}[3/1/24, 8:00:11\u{202f}PM] ",
            "2024-03-01 08:00 - ",
            "3/1/24, 8:00 AM - ",
        ] {
            assert!(is_chat(&format!("{time}Anna: yes\n").repeat(3)), "{time}");
        }
        for time in ["[01.03.24, 08:00:11] Anna: yes\n", "01/03/2024, 08:00 - Anna: yes\n", "[8:00 AM] Anna: yes\n"] {
            assert!(is_chat(time), "{time}");
        }
        for other in [
            "2024-03-01,yes\n",
            "[{\"text\": \"a\"}]\n",
            "[\"2024-03-01 08:00\", \"b: c\"]\n",
            "Meeting of 2024-03-01 08:00\n",
            "It broke at 12/03/2024 10:00\n",
            "Anna: yes\n",
            "12 - 14: closed\n",
            "[1] Anna: yes\n",
            "id,text\n01/03/2024, 08:00 - a: b\n",
        ] {
            assert!(!is_chat(&other.repeat(3)), "{other}");
        }
    }

    #[test]
    fn messages_below_their_time_and_writer_are_read() {
        for head in [
            "[10/1/2025 1:32 AM] Doe, Jane (EXT)",
            "[Yesterday 1:32 PM] Doe, Jane (EXT)",
            "[13:32] Doe, Jane (EXT)",
            "Doe, Jane (EXT)   10/1/2025 1:32 AM",
            "Doe, Jane (EXT) — 01.03.2025 13:32",
            "Doe, Jane (EXT) — Today at 1:32 PM",
            "Doe, Jane (EXT)\t[1:32 PM]",
        ] {
            let said = ["Rats in plot 4", "reminder: the gate\nsee 2: agenda", "Who brings cake?"];
            let chat = said.map(|said| format!("{head}\n{said}\n")).join("\n");
            let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), said, "{head}");
            assert_eq!(corpus.documents[0].fields["author"], "Doe, Jane (EXT)", "{head}");
        }
    }

    #[test]
    fn messages_below_two_lines_of_writer_and_time_are_read() {
        for time in ["  8:12 AM", "08:12 Uhr", "1/3/2025 8:12 AM", "03.01.2025 08:12", "Friday 08:12", "Gestern 08:12"]
        {
            let said = ["Rats in plot 4", "reminder: the gate\nsee 2: agenda", "Who brings cake?"];
            for gap in ["", "\n"] {
                let chat: String = said.iter().map(|said| format!("Doe, Jane (EXT)\n{time}\n{said}\n{gap}")).collect();
                let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
                assert_eq!(texts(&corpus), said, "{time}");
                assert_eq!(corpus.documents[1].fields["time"], time.trim(), "{time}");
                assert_eq!(corpus.documents[1].fields["author"], "Doe, Jane (EXT)", "{time}");
            }
        }
    }

    #[test]
    fn the_heads_of_more_messengers_are_known() {
        for head in [
            "Jane Doe — heute um 08:12 Uhr\n",
            "Jane Doe  8:12 AM\n",
            "03/01/2025 à 12:30 - Jane Doe: ",
            "09:00:12\t From Jane Doe to Everyone:\n\t",
            "09:00:12From  Jane Doe : ",
            "[Jan 03, 2025 08:12:00] Jane Doe: ",
        ] {
            let said = ["the soup was cold", "nobody came", "it was late"];
            let chat: String = said.iter().map(|said| format!("{head}{said}\n")).collect();
            let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), said, "{head}");
            assert_eq!(corpus.documents[0].fields["author"], "Jane Doe", "{head}");
        }
        for other in ["The soup was cold\nand late\n", "We open\nat 8:00\n", "Sold at 8:00 AM\nand gone\n"] {
            assert!(!is_chat(&other.repeat(3)), "{other}");
        }
    }

    #[test]
    fn a_file_that_is_no_chat_is_not_read_as_one() {
        let options = crate::corpus::ReadOptions { format: Some(crate::corpus::Format::Chat), ..options() };
        let problem = error_of("a.txt", b"the soup was cold\nnobody came\n", &options);
        assert!(problem.contains("no line begins like a message"), "{problem}");
    }

    #[test]
    fn a_line_that_ends_with_a_time_begins_no_message_where_times_stand_first() {
        let chat =
            "[01.04.25, 10:00:00] Bob: we meet\non the 02/05/2025 10:00\n[01.04.25, 10:01:00] Amy: fine with me\n";
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["we meet\non the 02/05/2025 10:00", "fine with me"]);
    }

    #[test]
    fn logs_of_irc_are_chats() {
        for (time, join) in [("[21:05]", "***"), ("21:05", "-!-"), ("2024-03-01 21:05:10", "-!-"), ("[21:05:10]", "*")]
        {
            let chat = format!(
                "{time} {join} Ann has joined #shop\n{time} <Ann> where is my parcel?\n{time} <@Bob> it left: monday\n"
            );
            let corpus = read_as("shop.log", chat.as_bytes(), &options()).unwrap();
            let said = texts(&corpus);
            assert_eq!(said[said.len() - 2..], ["where is my parcel?", "it left: monday"], "{time}");
            let last = corpus.documents.last().unwrap();
            assert_eq!(
                (&last.fields["author"], &last.fields["time"]),
                (&"Bob".into(), &time.trim_matches(['[', ']']).into())
            );
        }
    }

    #[test]
    fn empty_lines_end_no_message_and_are_kept_within_it_alone() {
        let chat = format!(
            "[01.04.25, 10:00:00] Bob: one{}two\n[01.04.25, 10:01:00] Amy: three{}",
            "\n".repeat(3),
            "\n".repeat(crate::corpus::line_reader::LONGEST)
        );
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["one\n\n\ntwo", "three"], vec!["1", "5"]));
    }

    #[test]
    fn a_notice_keeps_its_words() {
        let chat = "[01.04.25, 10:00:00] Bob: Bob left the company last week\n[01.04.25, 10:01:00] Amy: Amy left\n\
            [01.04.25, 10:02:00] Amy: \u{200e}<attached: 1.jpg>\n";
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Bob left the company last week"]);
        let fields = |row: usize| match &corpus.rows[row].content {
            crate::corpus::Content::Skipped(skipped) => skipped.fields.clone(),
            crate::corpus::Content::Document(_) => serde_json::Map::new(),
        };
        assert_eq!((&fields(1)["text"], &fields(1)["author"]), (&"Amy left".into(), &"Amy".into()));
        assert_eq!(fields(2)["text"], "\u{200e}<attached: 1.jpg>");
    }

    #[test]
    fn a_chat_of_one_message_is_a_chat() {
        let corpus = read_as("chat.txt", b"[01.04.25, 10:00:00] Bob: slugs ate my beans\n", &options()).unwrap();
        assert_eq!(texts(&corpus), ["slugs ate my beans"]);
    }

    #[test]
    fn what_the_messenger_writes_in_the_name_of_others_is_skipped() {
        let chat = "[01/02/2026, 07:30:00] Tigers: \u{200e}Messages and calls are end-to-end encrypted. Only people here.\n\
            [01/02/2026, 07:30:00] Coach: \u{200e}Coach created group “Tigers”\n\
            [01/02/2026, 08:00:00] Ana: who has the bibs? \u{200e}<This message was edited>\n\
            \u{200e}[01/02/2026, 08:10:00] Ben: \u{200e}image omitted\n\
            [01/02/2026, 08:20:00] Jo: \u{200e}Jo added Mark Hill\n\
            [01/02/2026, 08:30:00] Jo: I added him to the list\n";
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["who has the bibs?", "I added him to the list"]);
        assert_eq!(reason(&corpus, 3), "a picture or another file without words");
        assert!([0, 1, 4].iter().all(|&row| reason(&corpus, row) == "a notice of the chat: nobody wrote it"));
        assert!(corpus.notes.contains(&"4 rows of the chat skipped: notices that nobody wrote, or files".to_owned()));
    }
}
