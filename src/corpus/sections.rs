//! How a text of paragraphs is divided into documents: by headings (`Response 1`, `Anna:`), or by the empty lines between them; and what
//! stands between them that nobody said: numbers of pages, titles that each page repeats.

use std::collections::{HashMap, HashSet};

use super::text_column;

/// Why a line is no text: several stand below it.
pub(super) const HEADING: &str = "a heading between the texts";
/// Lines of the beginning that show how a text is divided.
const SHOWING: usize = 2000;
/// Headings of which a text has so many at least, and paragraphs, and lines that others go on from.
const LEAST_HEADINGS: usize = 3;
const LEAST: usize = 6;
/// Characters of the longest heading, and words before its number, and of a label.
const LONGEST: usize = 60;
const WORDS: (usize, usize) = (3, 5);
/// Characters of a line that may have been broken at its end, and of the longest one in a text whose lines are.
const WIDE: usize = 45;
const WIDEST: usize = 200;
/// Words of a line of prose on average.
const WORDS_OF_PROSE: usize = 4;
/// What a page is called, in small letters.
const PAGES: [&str; 12] =
    ["page", "seite", "página", "pagina", "pág", "pag", "side", "sida", "sivu", "strona", "strana", "p"];
/// What stands between the number of a page and that of all pages.
const OF_ALL: [&str; 9] = ["of", "von", "de", "di", "van", "sur", "af", "av", "/"];
/// Words before a number that head what several people say.
const TOPICS: [&str; 14] = [
    "question",
    "q",
    "frage",
    "pregunta",
    "vraag",
    "domanda",
    "questão",
    "topic",
    "theme",
    "thema",
    "section",
    "abschnitt",
    "chapter",
    "kapitel",
];
/// What ends a sentence, and what may stand behind that.
const ENDS: [char; 9] = ['.', '?', '!', '…', ':', ';', '。', '？', '！'];
const QUOTES: [char; 6] = ['"', '”', '“', '’', '»', ')'];

/// What begins a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Heads {
    /// An empty line.
    #[default]
    None,
    /// A word or a few and a number that counts up: `Response 1`.
    Numbered(String),
    /// A few words and a colon on a line of their own: `Anna Lee:`.
    Labels,
    /// A line of strokes or stars between two texts: `---`.
    Rules,
}

/// How a text is divided.
#[derive(Debug, Clone, Default)]
pub(super) struct Division {
    heads: Heads,
    /// A heading, as an example.
    example: Option<String>,
    /// Titles that pages repeat.
    titles: HashSet<String>,
    /// The first line, where it says what all of the text is.
    title: Option<String>,
}

impl Division {
    /// That of a text with such a beginning.
    pub(super) fn of(sample: &str) -> Division {
        let lines: Vec<&str> = sample.lines().take(SHOWING).map(trimmed).collect();
        let titles = titles_of_pages(&lines);
        let division = Division { titles, ..Division::default() };
        let blocks = division.blocks(&lines);
        let (heads, example) = numbered_heads(&lines).or_else(|| labels(&blocks)).unzip();
        let heads = heads.or_else(|| are_parted_by_rules(&lines).then_some(Heads::Rules));
        let title = blocks.first().filter(|block| is_title(block)).map(|block| block[0].to_owned());
        Division { heads: heads.unwrap_or_default(), example, title, ..division }
    }

    /// The paragraphs, without what pages repeat.
    fn blocks<'a>(&self, lines: &[&'a str]) -> Vec<Vec<&'a str>> {
        let parts = lines.split(|line| line.is_empty());
        let own = |part: &[&'a str]| part.iter().copied().filter(|line| !self.is_of_the_page(line)).collect();
        parts.map(own).filter(|block: &Vec<&str>| !block.is_empty()).collect()
    }

    /// A heading, as an example, where the text has headings.
    pub(super) fn heading(&self) -> Option<&str> {
        self.example.as_deref()
    }

    /// Whether each paragraph is a text of its own: without headings, and below those of questions.
    pub(super) fn is_by_paragraph(&self) -> bool {
        match &self.heads {
            Heads::None => true,
            Heads::Numbered(name) => TOPICS.contains(&name.as_str()),
            Heads::Labels | Heads::Rules => false,
        }
    }

    /// Whether lines of strokes stand between the texts.
    pub(super) fn is_by_rules(&self) -> bool {
        self.heads == Heads::Rules
    }

    /// Whether a line heads what stands below it.
    pub(super) fn is_heading(&self, line: &str) -> bool {
        match &self.heads {
            Heads::None => false,
            Heads::Numbered(wanted) => numbered(line).is_some_and(|(name, _)| name == *wanted),
            Heads::Labels => is_label(trimmed(line)),
            Heads::Rules => is_rule(trimmed(line)),
        }
    }

    /// Whether a line is the number or the title of a page.
    pub(super) fn is_of_the_page(&self, line: &str) -> bool {
        let line = trimmed(line);
        self.titles.contains(&one_line(line))
            || names_a_file(line)
            || number_of_a_page(line).is_some_and(|title| title.is_empty() || self.titles.contains(&title))
    }

    /// Whether a line says what all of the text is.
    pub(super) fn is_title(&self, line: &str) -> bool {
        self.title.as_deref() == Some(trimmed(line))
    }
}

/// Whether a text is plainly divided by headings.
pub(super) fn has_headings(sample: &str) -> bool {
    Division::of(sample).heads != Heads::None
}

/// Whether a text is plainly one of paragraphs, whose sentences go on over the ends of lines and not over empty ones.
pub(super) fn are_paragraphs(sample: &str) -> bool {
    let lines: Vec<&str> = sample.lines().take(SHOWING).map(trimmed).collect();
    let division = Division { titles: titles_of_pages(&lines), ..Division::default() };
    let blocks = division.blocks(&lines);
    let pages = lines.iter().filter(|line| division.is_of_the_page(line)).count();
    // What stands on a page each was divided by a printer.
    is_prose(sample) && blocks.len() >= LEAST && pages * 2 <= blocks.len() && go_on(&blocks, LEAST)
}

/// Whether lines are those of texts rather than of a program or of records with a field on each line.
fn is_prose(sample: &str) -> bool {
    let lines: Vec<&str> = sample.lines().take(SHOWING).filter(|line| !line.trim().is_empty()).collect();
    let count = |is_so: fn(&str) -> bool| lines.iter().filter(|line| is_so(line)).count();
    let words: usize = lines.iter().map(|line| line.split_whitespace().count()).sum();
    words >= WORDS_OF_PROSE * lines.len()
        && count(|line| line.starts_with([' ', '\t'])) * 5 <= lines.len()
        && count(has_a_key) * 2 <= lines.len()
}

/// Whether sentences go on over the ends of lines within paragraphs, however few there are.
pub(super) fn goes_on(sample: &str) -> bool {
    let lines: Vec<&str> = sample.lines().take(SHOWING).map(trimmed).collect();
    is_prose(sample) && go_on(&Division::default().blocks(&lines), 1)
}

/// Whether there are paragraphs of several lines, between empty lines.
pub(super) fn may_be_paragraphs(sample: &str) -> bool {
    let lines: Vec<&str> = sample.lines().take(SHOWING).map(trimmed).collect();
    let blocks = Division::default().blocks(&lines);
    blocks.len() > 1 && blocks.iter().filter(|block| block.len() > 1).count() * 2 >= blocks.len()
}

/// Whether half of the lines within paragraphs, so many at least, go on on the next one.
fn go_on(blocks: &[Vec<&str>], least: usize) -> bool {
    let longest = blocks.iter().flatten().map(|line| line.chars().count()).max().unwrap_or(0);
    let pairs: Vec<&[&str]> = blocks.iter().flat_map(|block| block.windows(2)).collect();
    let is_full = |line: &str| (WIDE..=WIDEST).contains(&longest) && line.chars().count() * 4 >= longest * 3;
    let goes_on = |pair: &&&[&str]| {
        let (line, next) = (pair[0], pair[1]);
        let begins_words = next.starts_with(|c: char| c.is_alphabetic() || QUOTES.contains(&c));
        !ends_a_sentence(line) && (next.starts_with(char::is_lowercase) || begins_words && is_full(line))
    };
    pairs.len() >= least && pairs.iter().filter(goes_on).count() * 2 >= pairs.len()
}

/// Whether words end a sentence.
pub(super) fn ends_a_sentence(text: &str) -> bool {
    text.trim_end().trim_end_matches(QUOTES).ends_with(ENDS)
}

/// Adds a line of a paragraph to the text above, of whose last line `width` characters are known: a sentence that goes on does so on
/// the same line.
pub(super) fn add_line(text: &mut String, width: usize, line: &str) {
    // Words that are cut at the ends of lines are joined later.
    let is_cut = text.ends_with(['-', '\u{ad}']);
    let is_full = width >= WIDE && !ends_a_sentence(text);
    let goes_on = line.starts_with(char::is_lowercase) || is_full && line.starts_with(char::is_alphabetic);
    if !text.is_empty() {
        text.push(if goes_on && !is_cut { ' ' } else { '\n' });
    }
    text.push_str(line);
}

fn trimmed(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

fn one_line(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `Name: Ann`, `name = "Ann"`, `[[entry]]`: a line of a record with a field on each of its lines.
fn has_a_key(line: &str) -> bool {
    let key = line.split_once(" = ").or_else(|| line.split_once(": ")).map_or("", |(key, _)| key);
    let is_section = line.starts_with('[') && line.trim_end().ends_with(']');
    is_section || !key.is_empty() && key.split_whitespace().count() <= WORDS.0
}

/// `<Files\\Interviews\\P01> - § 4 references coded  [8.58% Coverage]`: from which file the passages below are, as NVivo writes it.
fn names_a_file(line: &str) -> bool {
    let named = trimmed(line).strip_prefix('<').and_then(|line| line.split_once("> - § "));
    named.is_some_and(|(file, rest)| file.contains('\\') && rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Headings with numbers that count up, and the first of them.
fn numbered_heads(lines: &[&str]) -> Option<(Heads, String)> {
    let are_of_files = lines.iter().any(|line| names_a_file(line));
    let mut numbers: HashMap<String, Vec<(usize, u64)>> = HashMap::new();
    let found = lines.iter().enumerate().filter_map(|(place, line)| Some((place, numbered(line)?)));
    found.for_each(|(place, (name, number))| numbers.entry(name).or_default().push((place, number)));
    let (name, places) = numbers.into_iter().max_by_key(|(name, places)| (places.len(), name.clone()))?;
    // Those of each file may count from one on.
    let rises = places.windows(2).all(|pair| pair[0].1 < pair[1].1 || (pair[1].1 == 1 && are_of_files));
    let steps = places.windows(2).filter(|pair| pair[0].1 + 1 == pair[1].1).count();
    let is_apart = |place: usize| place == 0 || lines[place - 1].is_empty();
    let apart = places.iter().filter(|(place, _)| is_apart(*place)).count();
    // A list that goes on at once is one of lines.
    let above_text = places.windows(2).filter(|pair| pair[0].0 + 1 < pair[1].0).count();
    let are_enough = places.len() >= LEAST_HEADINGS && above_text * 2 >= places.len();
    let are_heads = rises && (apart * 10 >= places.len() * 9 || steps * 5 >= places.len() * 4);
    let example = lines[places.first()?.0].to_owned();
    (are_enough && are_heads).then_some((Heads::Numbered(name), example))
}

/// `Response 1`, `## Answer 2:`, `Respondent #12 (nurse)`, `Comment 3 of 40`: the words in small letters, and the number.
fn numbered(line: &str) -> Option<(String, u64)> {
    let line = trimmed(line).trim_matches(|c: char| "#*=_-[]<>~ ".contains(c));
    let start = line.find(|c: char| c.is_ascii_digit()).filter(|_| line.chars().count() <= LONGEST)?;
    let (name, rest) = line.split_at(start);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..end].parse().ok()?;
    let rest = rest[end..].trim_start_matches(['.', ':', ')']).trim();
    let is_behind = rest.is_empty()
        || rest.starts_with(['(', '[', '–', '—', '|', '-', '/'])
        || rest.split_once(' ').is_some_and(|(of, all)| OF_ALL.contains(&of) && all.parse::<u64>().is_ok());
    let name = name.trim_end_matches(|c: char| "#.°º".contains(c) || c.is_whitespace()).to_lowercase();
    let is_name = (1..=WORDS.0).contains(&name.split_whitespace().count())
        && name.chars().all(|c| c.is_alphabetic() || " .#°º".contains(c));
    (is_name && is_behind && !PAGES.contains(&name.as_str())).then_some((name, number))
}

/// Labels that stand above a third of the paragraphs, and the first of them.
fn labels(blocks: &[Vec<&str>]) -> Option<(Heads, String)> {
    let is_head = |place: &usize| blocks[*place].len() == 1 && is_label(blocks[*place][0]);
    let places: Vec<usize> = (0..blocks.len()).filter(is_head).collect();
    let above_text = places.iter().filter(|place| blocks.get(*place + 1).is_some_and(|next| next.len() > 1)).count();
    let are_heads =
        places.len() >= LEAST_HEADINGS && places.len() * 3 >= blocks.len() && above_text * 2 >= places.len();
    are_heads.then(|| (Heads::Labels, blocks[places[0]][0].to_owned()))
}

/// Whether lines of strokes part texts: nearly all that stands before one ends a sentence, where a heading that is underlined ends none.
fn are_parted_by_rules(lines: &[&str]) -> bool {
    let filled: Vec<&str> = lines.iter().copied().filter(|line| !line.is_empty()).collect();
    let before: Vec<&str> = filled.windows(2).filter(|pair| is_rule(pair[1])).map(|pair| pair[0]).collect();
    let ends = before.iter().filter(|line| ends_a_sentence(line)).count();
    let texts: Vec<&&str> = filled.iter().filter(|line| !is_rule(line)).collect();
    let words: usize = texts.iter().map(|line| line.split_whitespace().count()).sum();
    before.len() >= LEAST_HEADINGS
        && ends * 10 >= before.len() * 9
        && words >= WORDS_OF_PROSE * texts.len()
        && texts.iter().filter(|line| line.starts_with('|') || line.starts_with('#')).count() * 4 <= texts.len()
}

/// `---`, `* * *`, `=====`.
fn is_rule(line: &str) -> bool {
    let mut signs = line.chars().filter(|c| *c != ' ');
    let first = signs.next();
    first.is_some_and(|first| "-*=_~+#–—".contains(first))
        && line.len() > 2
        && signs.clone().count() > 1
        && signs.all(|c| Some(c) == first)
}

fn is_label(line: &str) -> bool {
    line.strip_suffix(':').is_some_and(|name| (1..=WORDS.1).contains(&name.split_whitespace().count()))
        && line.chars().count() <= LONGEST
        && line.starts_with(|c: char| c.is_alphabetic() && !c.is_lowercase())
}

/// Whether a paragraph, the first of a text, says what all of it is.
fn is_title(block: &[&str]) -> bool {
    let [only] = block else { return false };
    let is_markdown = only.starts_with("# ");
    only.chars().count() <= 3 * LONGEST
        && (only.ends_with(['?', ':']) || is_markdown || text_column::is_plainly_a_name(only))
}

/// What stands beside the number of a page, if a line has one at its beginning or end: `Consultation  Page 1 of 14`, `- 3 -`.
fn number_of_a_page(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |word: &&str| word.trim_matches(['.', ',', '|', '-', '–', ')']).parse::<u64>().ok();
    if let [first, middle, last] = words.as_slice()
        && first == last
        && ["-", "–", "—"].contains(first)
        && number(middle).is_some()
    {
        return Some(String::new());
    }
    let is_page = |word: &str| PAGES.contains(&word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase().as_str());
    let place = words.iter().position(|word| is_page(word))?;
    number(words.get(place + 1)?)?;
    let has_all = words.get(place + 2).is_some_and(|of| OF_ALL.contains(of)) && words.get(place + 3).is_some();
    let end = place + if has_all { 4 } else { 2 };
    let (before, behind) = (&words[..place], &words[end..]);
    (before.is_empty() || behind.is_empty()).then(|| [before, behind].concat().join(" "))
}

/// The words that stand beside or next to the numbers of pages again and again.
fn titles_of_pages(lines: &[&str]) -> HashSet<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let filled: Vec<&str> = lines.iter().copied().filter(|line| !line.is_empty()).collect();
    for (place, line) in filled.iter().enumerate() {
        match number_of_a_page(line) {
            Some(title) if title.is_empty() => {
                let beside = [place.checked_sub(1), Some(place + 1)];
                let beside = beside.into_iter().flatten().filter_map(|place| filled.get(place));
                beside.for_each(|line| *counts.entry(one_line(line)).or_default() += 1);
            }
            Some(title) => *counts.entry(title).or_default() += LEAST_HEADINGS - 1,
            None => {}
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= LEAST_HEADINGS).map(|(title, _)| title).collect()
}
