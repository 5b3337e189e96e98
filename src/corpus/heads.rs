//! How the messages of a chat begin, and whether a text is one.

use std::collections::{HashMap, HashSet};

use super::moments::{is_clock, is_date, is_day, is_hour, is_moment, is_time};

/// Characters of the longest line with a time and a writer alone, and of the longest name of a writer.
const LONGEST: (usize, usize) = (200, 80);
/// Words of the longest name of a writer above a message, and of one who speaks in a transcript.
const WORDS: (usize, usize) = (6, 4);
/// Messages from which lines are taken for those of a chat whose messages begin below their time and writer, and for those of a
/// transcript, in which each speaker has so many on average, of so many words.
const LEAST: (usize, usize, usize) = (3, 6, 3);
/// A message of a chat has so many lines at most, on average.
const LINES: usize = 8;
/// Marks of direction, which messengers put in front of lines.
const MARKS: [char; 4] = ['\u{200e}', '\u{200f}', '\u{61c}', '\u{feff}'];
/// What notices end with that stand on a line without a time (KakaoTalk on a computer).
const WITHOUT_TIME: [&str; 6] = [
    "님이 들어왔습니다.",
    "님이 나갔습니다.",
    "님을 초대하였습니다.",
    "님을 초대했습니다.",
    " joined this chatroom.",
    " left this chatroom.",
];

/// What stands first where a message begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Time,
    Writer,
    /// The writer on one line, the time on the next.
    Above,
    /// The time on one line, the writer on the next (iMessage).
    Below,
    /// The hour, the writer and the words between tabs, below the day (LINE).
    Tabs,
    /// The writer and the hour in brackets, below the day (KakaoTalk).
    Names,
    /// Like a letter: `From: Ann`, `Sent: …`, and the words below an empty line (Signal).
    Letters,
    /// The hour alone and the writer: `08:12 Ann: hi`.
    Hours,
    /// The name of who speaks alone, as in a transcript.
    Speakers,
}

use Order::{Above, Below, Hours, Letters, Names, Speakers, Tabs, Time, Writer};

/// How the messages of a chat begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) order: Order,
    /// Who speaks more than once at the beginning of a transcript: what another name begins is no message.
    speakers: HashSet<String>,
}

impl Manner {
    /// That of a chat that begins so; nothing where no line begins a message.
    pub(super) fn of(sample: &str) -> Option<Manner> {
        let lines = filled(sample);
        let all = [Time, Below, Writer, Above, Tabs, Names, Letters].map(Manner::plain);
        let counts = all.each_ref().map(|manner| manner.count(&lines));
        let most = counts.iter().copied().max().unwrap_or(0);
        // One line alone may look like a message of another kind, such as a title with a date below it.
        let is_first = |place: &usize| all[*place].begins(&lines) && 2 * counts[*place] >= most;
        let by_count = || (0..all.len()).find(|&place| counts[place] == most && most > 0);
        let strong = (0..all.len()).find(is_first).or_else(by_count).map(|place| all[place].clone());
        let weak = || Manner::weak(&lines);
        match strong {
            Some(strong) if are_messages(&lines, &strong) => Some(strong),
            strong => {
                // A line with a date alone, such as a title, makes no chat of a transcript.
                let said = strong.clone().filter(|strong| strong.heads(&lines).iter().flatten().any(Head::is_said));
                let few = || Manner::speaking(&lines).filter(|few| few.fills(&lines, 2));
                weak().or(said).or_else(few).or(strong)
            }
        }
    }

    /// That of a transcript, which has no dates: nothing but many messages shows it.
    fn weak(lines: &[&str]) -> Option<Manner> {
        let all = [Some(Manner::plain(Hours)), Manner::speaking(lines)];
        all.into_iter().flatten().find(|manner| manner.is_plainly_said(lines))
    }

    /// That of all chats of an order.
    pub(super) fn plain(order: Order) -> Manner {
        Manner { order, speakers: HashSet::new() }
    }

    /// That of a transcript whose speakers are the names that begin more than one line.
    fn speaking(lines: &[&str]) -> Option<Manner> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        lines.iter().filter_map(|line| spoken(line)).for_each(|(name, _)| *counts.entry(name).or_default() += 1);
        let speakers: HashSet<String> =
            counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name.to_owned()).collect();
        (!speakers.is_empty()).then_some(Manner { order: Speakers, speakers })
    }

    /// Whether the first line begins a message.
    fn begins(&self, lines: &[&str]) -> bool {
        lines.first().is_some_and(|first| self.head(first, lines.get(1).copied()).is_some())
    }

    fn count(&self, lines: &[&str]) -> usize {
        self.heads(lines).iter().flatten().count()
    }

    /// Whether there are so many messages, and half of all lines begin one.
    fn fills(&self, lines: &[&str], least: usize) -> bool {
        let count = self.count(lines);
        count >= least && 2 * count >= lines.len()
    }

    /// Whether lines are plainly what a few people say in turns, rather than fields and their values.
    fn is_plainly_said(&self, lines: &[&str]) -> bool {
        let mut said: HashMap<&str, (usize, usize)> = HashMap::new();
        let heads = self.heads(lines);
        for head in heads.iter().flatten() {
            if let Some(author) = head.author {
                let (count, words) = said.entry(author).or_default();
                (*count, *words) = (*count + 1, *words + head.text.split_whitespace().count());
            }
        }
        let count: usize = said.values().map(|(count, _)| count).sum();
        count >= LEAST.1
            && said.len() * LEAST.0 <= count
            && self.fills(lines, LEAST.1)
            && said.values().all(|(count, words)| *count == 1 || *words >= LEAST.2 * count)
    }

    /// How each of some lines, none of them blank, begins a message, if it does.
    fn heads<'a>(&self, lines: &[&'a str]) -> Vec<Option<Head<'a>>> {
        let next = |place: usize| lines.get(place + 1).copied();
        lines.iter().enumerate().map(|(place, line)| self.head(line, next(place))).collect()
    }

    /// Whether the next line says whether this one begins a message.
    pub(super) fn looks_below(&self, line: &str) -> bool {
        match self.order {
            Above => is_writer(line),
            Below => is_time(line),
            Letters => line.starts_with("From: "),
            _ => false,
        }
    }

    /// The beginning of a message, if the line is one: `01/03/2024, 08:00 - Anna: …`, `[01.03.24, 08:00:11] Anna: …`, or above it
    /// `[1/3/2024 8:00 AM] Lee, Anna`, `Anna Lee  1/3/2024 8:00 AM`, `Anna Lee  [8:00 AM]`. `below` is
    /// the next line, on which the time may stand.
    pub(super) fn head<'a>(&self, line: &'a str, below: Option<&'a str>) -> Option<Head<'a>> {
        let line = line.trim_start_matches(MARKS);
        match self.order {
            Time => after_time(line),
            Writer => above(line),
            Above => {
                let time = below
                    .map(str::trim)
                    .filter(|time| is_writer(line) && is_moment(time) && !is_moment(line.trim()))?;
                Some(Head { time, author: Some(line.trim()), text: "", is_above: true })
            }
            Below => {
                let is_author = |author: &&str| is_writer(author) && !is_time(author) || is_number(author);
                let author = below.map(str::trim).filter(|author| is_time(line) && is_author(author))?;
                Some(Head { time: line.trim(), author: Some(author), text: "", is_above: true })
            }
            Tabs => between_tabs(line),
            Names => between_brackets(line),
            Letters => {
                let author = line.strip_prefix("From: ").filter(|author| is_writer(author))?;
                let is_envelope = |line: &str| line.starts_with("Type: ") || line.starts_with("Sent: ");
                below.is_some_and(is_envelope).then_some(Head {
                    time: "",
                    author: Some(author),
                    text: "",
                    is_above: true,
                })
            }
            Hours => after_hour(line),
            Speakers if is_clock(line) => Some(Head::notice(line, "")),
            Speakers => {
                let (author, text) = spoken(line).filter(|(name, _)| self.speakers.contains(*name))?;
                let (text, time) = without_mark_of_time(text);
                Some(Head { time, author: Some(author), text, is_above: false })
            }
        }
    }
}

fn filled(sample: &str) -> Vec<&str> {
    sample.lines().filter(|line| !line.trim().is_empty()).collect()
}

/// How a message begins.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) time: &'a str,
    /// Nobody writes that a group was made.
    pub(super) author: Option<&'a str>,
    pub(super) text: &'a str,
    /// Whether the message stands on the lines below.
    pub(super) is_above: bool,
}

impl<'a> Head<'a> {
    /// Whether somebody says something.
    fn is_said(&self) -> bool {
        self.author.is_some()
    }

    /// What the messenger writes.
    fn notice(time: &'a str, text: &'a str) -> Head<'a> {
        Head { time, author: None, text, is_above: false }
    }
}

/// A message whose time stands first on its line.
fn after_time(line: &str) -> Option<Head<'_>> {
    if let Some(said) = meeting(line) {
        return Some(said);
    }
    let bracket = line.strip_prefix('[').and_then(|inner| inner.split_once(']'));
    let (time, rest) = match bracket {
        Some((time, rest)) if is_time(time) || is_clock(time) => (time, rest),
        _ => match line.split_once(" - ").filter(|(time, _)| is_time(time)) {
            Some(parts) => parts,
            None if is_of_hangul(line) => return before_comma(line),
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
    Some(Head { time, author: author.map(|(author, _)| author.trim_end()), text, is_above: false })
}

/// Whether a line begins with a time in Korean.
fn is_of_hangul(line: &str) -> bool {
    let is_hangul = |c: char| ('가'..='힣').contains(&c);
    line.starts_with(|c: char| c.is_ascii_digit()) && line.chars().take(24).any(is_hangul)
}

/// `2025년 3월 1일 오후 1:00, 김철수 : …`; a time alone is a line between the days.
fn before_comma(line: &str) -> Option<Head<'_>> {
    if is_time(line) {
        return Some(Head::notice(line, ""));
    }
    let places = line.match_indices(", ").take(3);
    let (time, rest) =
        places.map(|(place, comma)| (&line[..place], &line[place + comma.len()..])).find(|(time, _)| is_time(time))?;
    match rest.split_once(" : ").or_else(|| Some((rest.strip_suffix(" :")?, ""))) {
        Some((author, text)) if is_writer(author) => {
            Some(Head { time, author: Some(author), text: text.trim_start(), is_above: false })
        }
        _ => Some(Head::notice(time, rest)),
    }
}

/// `09:00<tab>Ann<tab>hi`: LINE's; what has no writer is a notice, and so is a day on a line of its own.
fn between_tabs(line: &str) -> Option<Head<'_>> {
    if is_date(line) {
        return Some(Head::notice("", line));
    }
    let (time, rest) = line.split_once('\t').filter(|(time, _)| is_clock(time))?;
    Some(match rest.split_once('\t') {
        Some((author, text)) if is_writer(author) => Head { time, author: Some(author), text, is_above: false },
        _ => Head::notice(time, rest),
    })
}

/// `[Ann] [1:00 PM] hi`: KakaoTalk's on a computer, with days between strokes.
fn between_brackets(line: &str) -> Option<Head<'_>> {
    if line.starts_with("---") && is_date(line) || WITHOUT_TIME.iter().any(|end| line.trim_end().ends_with(end)) {
        return Some(Head::notice("", line));
    }
    let (author, rest) = line.strip_prefix('[')?.split_once("] [")?;
    let (time, text) = rest.split_once(']').filter(|(time, _)| is_clock(time))?;
    is_writer(author).then_some(Head { time, author: Some(author), text: text.trim_start(), is_above: false })
}

/// `08:12 Ann: hi`, `08:12 - Ann: hi`, `Ann (08:12): hi`.
fn after_hour(line: &str) -> Option<Head<'_>> {
    let (named, text) = line.split_once(": ").or_else(|| Some((line.trim_end().strip_suffix(':')?, "")))?;
    let bare = |time: &str| is_clock(time.trim_matches(|c| "()[]".contains(c)));
    let in_front = || {
        let blanks = named.match_indices(' ').take(2).map(|(place, _)| named.split_at(place));
        let (time, author) = blanks.filter(|(time, _)| bare(time)).last()?;
        Some((time, author.trim_start().trim_start_matches(['-', '–']).trim_start()))
    };
    let behind = || named.rsplit_once(' ').filter(|(_, time)| bare(time)).map(|(author, time)| (time, author));
    let (time, author) = in_front().or_else(behind)?;
    let time = time.trim_matches(|c| "()[]".contains(c));
    is_speaker(author).then_some(Head { time, author: Some(author), text, is_above: text.is_empty() })
}

/// `Ann: hi`: who speaks, and what is said.
fn spoken(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.split_once(':')?;
    ((text.is_empty() || text.starts_with(char::is_whitespace)) && is_speaker(name)).then(|| (name, text.trim()))
}

/// What stands before the subject of a mail that answers one or passes it on, in small letters.
const MARKS_OF_SUBJECTS: [&str; 16] =
    ["re", "aw", "fw", "fwd", "wg", "antw", "antwort", "sv", "vs", "vl", "tr", "rv", "odp", "pd", "回复", "转发"];

/// Whether it can be the name of who speaks: short, and no word of a sentence or mark of a mail's subject.
fn is_speaker(name: &str) -> bool {
    is_writer(name)
        && !MARKS_OF_SUBJECTS.contains(&name.trim().to_lowercase().as_str())
        && name.split_whitespace().count() <= WORDS.1
        && !name.starts_with(|c: char| c.is_lowercase() || c.is_whitespace() || "-*#\"{[".contains(c))
}

/// A line of a transcript without the time at its end, as f4 writes it (`… #00:01:10-3#`), and that time.
fn without_mark_of_time(text: &str) -> (&str, &str) {
    let Some((said, time)) = text.strip_suffix('#').and_then(|text| text.rsplit_once('#')) else { return (text, "") };
    let is_of_time = |c: char| c.is_ascii_digit() || ":-.,".contains(c);
    if time.contains(':') && time.chars().all(is_of_time) { (said.trim_end(), time) } else { (text, "") }
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
    let line = line.strip_suffix("):").map_or(line, |_| &line[..line.len() - 1]);
    if line.len() > 4 * LONGEST.0 || !line.ends_with(|c: char| "0123456789Mm])r".contains(c)) {
        return None;
    }
    let ends = line.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(place, _)| place);
    let divided = ends.map(|place| (&line[..place], line[place..].trim_start()));
    let mut found = divided.filter_map(|(author, time)| {
        let between = |open, close| time.strip_prefix(open).and_then(|time: &str| time.strip_suffix(close));
        let bare = between('[', ']').or_else(|| between('(', ')'));
        // A blank alone before the hour may be one of a sentence.
        let is_far = line[author.len()..].starts_with("  ") || line[author.len()..].starts_with('\t');
        let is_one = is_time(bare.unwrap_or(time))
            || (bare.is_some() || is_far) && is_clock(bare.unwrap_or(time))
            || is_day(bare.unwrap_or(time));
        is_one.then(|| {
            (author.trim_end_matches(|c: char| c.is_whitespace() || "—–-,|".contains(c)), bare.unwrap_or(time))
        })
    });
    let (author, time) = found.find(|(author, _)| is_writer(author) && !is_date(author))?;
    Some(Head { time, author: Some(author), text: "", is_above: true })
}

/// Whether it can be the name of who writes.
fn is_writer(name: &str) -> bool {
    let length = name.chars().count();
    (1..=LONGEST.1).contains(&length)
        && name.split_whitespace().count() <= WORDS.0
        && name.chars().any(char::is_alphabetic)
        && !name.trim_end().ends_with(['.', '?', '!', ':'])
}

/// Whether it is a number of a telephone, in the place of a name.
fn is_number(text: &str) -> bool {
    text.starts_with('+') && text.len() >= 6 && text.chars().all(|c| c.is_ascii_digit() || "+ -()".contains(c))
}

/// Whether text is that of such a chat: the first line begins a message, and so do enough of all lines. Where time, writer and words
/// stand on one line, one message is enough.
pub(super) fn is_chat(sample: &str) -> bool {
    let lines = filled(sample);
    Manner::of(sample).is_some_and(|manner| manner.begins(&lines) && are_messages(&lines, &manner))
}

/// Whether the text is that of such a chat below lines of another kind, which say what it is, or a transcript.
pub(super) fn holds_a_chat(sample: &str) -> bool {
    let lines = filled(sample);
    let Some(manner) = Manner::of(sample) else { return false };
    match manner.order {
        Hours | Speakers => manner.is_plainly_said(&lines),
        _ => manner.count(&lines) >= LEAST.0 && are_messages(&lines, &manner),
    }
}

fn are_messages(lines: &[&str], manner: &Manner) -> bool {
    // What has no date shows by more than a few lines that it is a chat.
    if matches!(manner.order, Hours | Speakers) {
        return false;
    }
    let heads: Vec<Head> = manner.heads(lines).into_iter().flatten().collect();
    // The time on a line of its own is one of the head's, and so are those of a letter's.
    let of_heads = match manner.order {
        Above | Below => heads.len(),
        Letters => 3 * heads.len(),
        _ => 0,
    };
    let all = lines.len().saturating_sub(of_heads);
    let above = heads.iter().filter(|head| head.is_above).count();
    let on_one_line =
        heads.iter().filter(|head| head.author.is_some() && !head.is_above && !head.text.is_empty()).count();
    // A line below a head holds what is said: heads alone are no chat.
    let are_enough = if above > on_one_line {
        above >= LEAST.0 && (all > heads.len() || manner.order == Letters)
    } else {
        on_one_line > 0
    };
    are_enough && LINES * heads.len() >= all
}
