//! Which field is the text, where the user does not say: by its name, as a list of turns, or as the only long free text.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::company;
use super::field::{Field, pointer, words};
use super::row::{Problem, RawRow};
use super::{no_language, rich, turns};

/// Words in the names of text columns, in small letters.
const NAMES: [&str; 78] = [
    "selftext",
    "text",
    "texts",
    "comment",
    "comments",
    "body",
    "message",
    "messages",
    "msg",
    "review",
    "reviews",
    "content",
    "feedback",
    "answer",
    "answers",
    "response",
    "responses",
    "description",
    "note",
    "notes",
    "remark",
    "remarks",
    "post",
    "tweet",
    "utterance",
    "transcript",
    "narrative",
    "verbatim",
    "verbatims",
    "complaint",
    "statement",
    "kommentar",
    "nachricht",
    "antwort",
    "freitext",
    "beschreibung",
    "texte",
    "commentaire",
    "avis",
    "réponse",
    "texto",
    "comentario",
    "mensaje",
    "respuesta",
    "sentence",
    "desc",
    "descr",
    "descripción",
    "descrição",
    "descrizione",
    "omschrijving",
    "beskrivelse",
    "beskrivning",
    "opis",
    "popis",
    "bemerkung",
    "bemerkungen",
    "anmerkung",
    "anmerkungen",
    "kommentare",
    "commentaires",
    "comentarios",
    "comentário",
    "comentários",
    "commento",
    "commenti",
    "opmerking",
    "opmerkingen",
    "reseña",
    "recensione",
    "komentarz",
    "komentář",
    "yorum",
    "отзыв",
    "комментарий",
    "сообщение",
    "текст",
    "описание",
];
/// What such names end with in scripts without blanks between words.
const ENDS_OF_NAMES: [&str; 20] = [
    "内容",
    "评论",
    "評論",
    "评语",
    "留言",
    "反馈",
    "意见",
    "意見",
    "正文",
    "建议",
    "コメント",
    "レビュー",
    "感想",
    "本文",
    "自由記述",
    "내용",
    "후기",
    "의견",
    "댓글",
    "리뷰",
];
/// Words by which a name says that the text is short, beside one that is not.
const SHORT: [&str; 9] = ["short", "brief", "kurz", "kurze", "breve", "courte", "corta", "korte", "kort"];
/// Words in the names of columns that say why, where no column is free text.
const REASONS: [&str; 14] = [
    "why", "reason", "reasons", "happened", "grund", "gründe", "warum", "wieso", "raison", "raisons", "pourquoi",
    "motivo", "motivos", "razón",
];
/// Words that say that a column is something about a text.
const NOT_NAMES: [&str; 25] = [
    "id", "ids", "date", "time", "type", "count", "number", "url", "link", "author", "user", "name", "length", "lang",
    "language", "score", "rating", "status", "title", "subject", "by", "at", "code", "key", "label",
];
/// By what the text is found where no other field holds words.
pub(super) const ONLY_WORDS: &str = "the only field of words";
/// A longer text has so many times the letters of the next one.
const PLAINLY: usize = 3;
/// So many fields with lists of objects are looked at.
const MOST_LISTS: usize = 100;
/// Lists within lists are looked for in places of so many steps, and so many records of each are looked at.
const DEEPEST: usize = 7;
const MOST_ROWS: usize = 1000;
/// A field that is filled in less than one of so many rows is mostly empty.
const SPARSE: usize = 4;
/// Each value of a field that repeats stands in so many rows on average.
const REPEATED: usize = 4;
/// Records of a shape are one of so many at least, and one of so many may be of two shapes.
const FEW_SHAPES: usize = 20;
/// Beside a field that plainly is the text, records of another shape are one of so many at least.
const SHAPE_BESIDE: usize = 5;
/// That no row has both of two columns shows that one stands for the other where chance would fill both in so many rows; and in a
/// table of so many rows, where nearly each has one of them.
const BY_CHANCE: usize = 3;
const FEWEST_APART: usize = 6;
/// Columns of a table that stands on its side, at least.
const PEOPLE: usize = 8;
/// A choice in a list is ticked so often on average.
const CHOSEN: usize = 4;
/// Words of a label on average, such as "4 stars" or "Phone call".
const LABEL: usize = 3;
/// Words of a sentence on average.
const SENTENCE: usize = 5;
/// Of fewer values it cannot be said that they are labels.
const LEAST_LABELS: usize = 4;
/// Words behind which a name says what its text is about: `Reason for score`.
const ABOUT: [&str; 14] =
    ["for", "about", "on", "behind", "regarding", "of", "to", "with", "für", "zur", "zum", "zu", "pour", "sur"];
/// Words that say that a column is a person or a link.
const PERSONS_AND_LINKS: [&str; 7] = ["name", "author", "user", "by", "url", "link", "id"];

/// Whether a name is that of a text column.
pub(super) fn is_named_so(name: &str) -> bool {
    let words = words(name);
    words.len() <= 4 && words.iter().any(|word| is_name(word)) && !says_it_is_about(&words)
}

/// Whether a word, in small letters, is that of a text.
fn is_name(word: &str) -> bool {
    NAMES.contains(&word) || ENDS_OF_NAMES.iter().any(|end| word.ends_with(end))
}

/// Whether words of a name say that a column is something about a text: `comment date`. What stands
/// behind a preposition is what the text is about: `Comment on rating`.
fn says_it_is_about(words: &[String]) -> bool {
    let is_about = |word: &String| NOT_NAMES.contains(&word.as_str());
    let behind = words.iter().skip(1).position(|word| ABOUT.contains(&word.as_str()));
    let head = behind.map_or(words, |place| &words[..=place]);
    head.iter().any(is_about)
}

/// What stands beside the word for a text in the name of a column.
const BESIDE_NAMES: [&str; 30] = [
    "customer",
    "user",
    "client",
    "guest",
    "patient",
    "employee",
    "student",
    "visitor",
    "your",
    "free",
    "open",
    "open-ended",
    "additional",
    "other",
    "further",
    "general",
    "overall",
    "any",
    "full",
    "raw",
    "original",
    "clean",
    "review",
    "survey",
    "question",
    "q",
    "ended",
    "kunden",
    "offene",
    "weitere",
];

/// Whether a line that stands alone is the name of a text column rather than a text: `Comment`,
/// `review_text`, `Customer feedback`.
pub(super) fn is_plainly_a_name(line: &str) -> bool {
    let words = words(line);
    let is_one_word = !line.trim().contains(char::is_whitespace);
    let is_known = |word: &String| is_name(word) || BESIDE_NAMES.contains(&word.as_str());
    is_named_so(line) && (is_one_word || words.iter().all(is_known))
}

/// What the first rows show of a field.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// A column's name, or a JSON pointer.
    pub(super) name: String,
    /// A value of it, the first that is filled.
    pub(super) example: String,
    /// Rows in which it is filled.
    pub(super) filled: usize,
    words: usize,
    letters: usize,
    different: usize,
    /// Values of one word.
    single: usize,
    /// Values that are no language: codes, names of files, addresses, browsers.
    of_no_language: usize,
    /// Values that are codes, links or names of files.
    codes: usize,
    /// Parts between commas, and different ones.
    parts: usize,
    different_parts: usize,
    chats: usize,
    /// Lists of objects that are no chat, though those of other rows may look like one.
    no_chats: usize,
    /// Lists that are rich text.
    trees: usize,
    /// Whether it stands in an object within the row.
    is_nested: bool,
}

impl Seen {
    /// Prose: words rather than codes, dates, addresses or a few fixed answers.
    pub(super) fn is_free_text(&self) -> bool {
        let varied = self.different * 2 >= self.filled || self.different > 20;
        let is_prose = self.words >= 3 * self.filled && self.letters >= 10 * self.filled;
        self.filled > 0 && is_prose && varied && !self.is_of_no_language()
    }

    /// Whether it holds codes, links or names of files.
    fn is_of_codes(&self) -> bool {
        self.filled > 0 && self.codes * 10 >= self.filled * 9
    }

    /// Whether it holds what nobody says: codes, postal addresses, browsers, titles of jobs.
    fn is_of_no_language(&self) -> bool {
        self.of_no_language * 10 >= self.filled * 9 || no_language::is_named_so(leaf(self))
    }

    /// Whether it holds a few values again and again: the question that was asked, the name of a
    /// survey.
    fn repeats(&self) -> bool {
        self.different * REPEATED <= self.filled || (self.different == 1 && self.filled > 2)
    }

    /// Whether it holds labels rather than texts: a flag, a status, a rating in words. Its values are
    /// single words, or short and each there more than once.
    fn is_of_labels(&self) -> bool {
        let is_of_words = self.single * 10 >= self.filled * 9;
        let is_short = self.words <= LABEL * self.filled && self.different * 2 <= self.filled;
        self.filled >= LEAST_LABELS && (is_of_words || is_short)
    }

    /// Whether it holds the choices that were ticked in a list, one or several: "Reports, Calendar".
    fn is_of_choices(&self) -> bool {
        self.different_parts * CHOSEN <= self.parts && self.words <= LABEL * self.parts
    }

    /// Whether it is free text and hardly any value stands twice.
    fn is_varied_text(&self) -> bool {
        self.is_free_text() && self.different * 2 >= self.filled
    }

    /// Whether it holds sentences, be it that several people say the same.
    fn is_of_sentences(&self) -> bool {
        let is_long = self.words >= SENTENCE * self.filled && self.letters >= 10 * self.filled;
        self.filled > 0 && is_long && !self.repeats() && !self.is_of_no_language() && !self.is_of_choices()
    }

    /// Letters in all rows that were looked at.
    pub(super) fn letters(&self) -> usize {
        self.letters
    }

    /// Letters of a row on average.
    fn mean_letters(&self, rows: usize) -> usize {
        self.letters / rows.max(1)
    }
}

/// The field of the text, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) field: Field,
    /// By what it was found.
    pub(super) how: &'static str,
    /// The field that would be the text if this one were not there, if any could be.
    pub(super) another: Option<String>,
}

impl Found {
    /// The same in a table, whose columns may be called like pointers.
    pub(super) fn in_table(self, header: &[String]) -> Found {
        let is_column = header.contains(&self.field.spelled);
        let field = if is_column { Field::of_column(&self.field.spelled) } else { self.field };
        Found { field, ..self }
    }
}

/// Why a field is not the text, whatever it is called: beside another one that holds free text it
/// repeats a few values, or holds codes.
pub(super) fn why_no_text(name: &str, seen: &[Seen]) -> Option<&'static str> {
    let named = seen.iter().find(|seen| seen.name == name)?;
    let any = |is_text: fn(&Seen, &Seen) -> bool| seen.iter().any(|other| is_text(other, named));
    match () {
        () if any(is_free_beside_repeats) => Some("holds a few values again and again"),
        () if any(is_free_beside_labels) => Some("holds labels, not texts"),
        () if any(is_free_beside_codes) => Some("holds codes or names of files"),
        () => None,
    }
}

fn is_free_beside_codes(other: &Seen, named: &Seen) -> bool {
    named.is_of_codes()
        && other.is_varied_text()
        && !is_of_others(other)
        && other.name != named.name
        && other.filled * SPARSE >= named.filled
}

/// Whether a field is something about a text, or was written in answer to it.
fn is_of_others(seen: &Seen) -> bool {
    is_about_a_text(seen) || company::is_theirs(&place(seen))
}

fn is_free_beside_repeats(other: &Seen, named: &Seen) -> bool {
    let is_of_others = is_of_others(other);
    let is_own = other.different * 2 >= other.filled && other.different >= REPEATED * named.different;
    let is_text = other.is_varied_text() || (is_named(other) && is_own);
    // Few may have something to say, but what they say is called so.
    let is_said = is_named(other) && is_plainly_named(leaf(other)) && other.different > named.different;
    named.repeats() && is_text && !is_of_others && (is_said || other.filled * SPARSE >= named.filled)
}

/// Whether a field is free text of people's own, beside one of labels: then these are no text,
/// whatever their field is called.
fn is_free_beside_labels(other: &Seen, named: &Seen) -> bool {
    let is_person = words(leaf(other)).iter().any(|word| PERSONS_AND_LINKS.contains(&word.as_str()));
    named.is_of_labels()
        && other.is_varied_text()
        && !company::is_theirs(&place(other))
        && (!is_person || is_question(leaf(other)))
        && other.name != named.name
        && other.filled * SPARSE >= named.filled
}

/// Whether a name is a question rather than the name of something.
fn is_question(name: &str) -> bool {
    name.trim_end().ends_with('?') || words(name).len() > 4
}

/// The field of the text, or nothing where none plainly is. What the company wrote is looked at
/// only where nothing else can be it.
pub(super) fn find(seen: &[Seen], rows: usize) -> Option<Found> {
    let later = written_later(seen, rows);
    let first: Vec<&Seen> = seen.iter().filter(|seen| !later.contains(&seen.name.as_str())).collect();
    let all: Vec<&Seen> = seen.iter().collect();
    let found = |taken: &Seen, how| {
        let another = runner_up(&first, taken).map(|seen| seen.name.clone());
        Some(Found { field: Field::new(&taken.name), how, another })
    };
    match prose(&first, rows) {
        Prose::One(taken, how) => return found(taken, how),
        Prose::Several => return None,
        Prose::None => {}
    }
    if let [only] = first.iter().filter(|seen| is_reason(seen)).collect::<Vec<_>>().as_slice() {
        return found(only, "by its name");
    }
    match prose(&all, rows) {
        Prose::One(taken, how) => return found(taken, how),
        Prose::Several => return None,
        Prose::None => {}
    }
    let is_of_words = |seen: &&&Seen| seen.letters >= 3 * seen.filled && !seen.is_of_no_language();
    let mut of_words = all.iter().filter(|seen| seen.filled > 0).filter(is_of_words);
    match (of_words.next(), of_words.next()) {
        (Some(only), None) => found(only, ONLY_WORDS),
        _ => None,
    }
}

/// The fields that someone wrote about the text or in answer to it: replies of the company and,
/// where a ticket has a description, the comments below it.
fn written_later(seen: &[Seen], rows: usize) -> Vec<&str> {
    let is_full = |seen: &&Seen| seen.is_free_text() && seen.filled * 2 >= rows;
    let described = seen.iter().filter(is_full).any(|seen| company::is_description(leaf(seen)));
    let is_ticket = described && seen.iter().any(|seen| company::is_of_a_ticket(leaf(seen)));
    let is_of_a_product = seen.iter().any(|seen| company::is_product(leaf(seen)))
        && seen.iter().any(|seen| is_named(seen) && seen.is_free_text() && company::is_of_customers(leaf(seen)));
    let mut filled: HashMap<(&str, Vec<String>), usize> = HashMap::new();
    for field in seen {
        let most = filled.entry((parent(field), words(leaf(field)))).or_default();
        *most = field.filled.max(*most);
    }
    let is_twin = |one: &Seen| {
        let plain = words_without_markup(one).and_then(|words| filled.get(&(parent(one), words)));
        plain.is_some_and(|filled| *filled >= one.filled)
    };
    let is_later = |seen: &&Seen| {
        company::is_theirs(&place(seen))
            || is_twin(seen)
            || (is_ticket && company::is_comment(leaf(seen)))
            || (is_of_a_product && company::is_description(leaf(seen)) && !company::is_of_customers(leaf(seen)))
    };
    seen.iter().filter(is_later).map(|seen| seen.name.as_str()).collect()
}

/// Where a field stands.
fn parent(seen: &Seen) -> &str {
    seen.name.strip_suffix(leaf(seen)).unwrap_or_default()
}

/// The words of the name of the field that holds without markup what a field holds as HTML: `body` beside `body_html`.
fn words_without_markup(html: &Seen) -> Option<Vec<String>> {
    let mut words = words(leaf(html));
    let count = words.len();
    // YouTube has a comment as it is shown, with markup, and as it was written.
    if words == ["text", "display"] {
        return Some(vec!["text".to_owned(), "original".to_owned()]);
    }
    words.retain(|word| word != "html");
    (words.len() + 1 == count).then_some(words)
}

/// What the fields of prose say.
enum Prose<'a> {
    /// One of them plainly is the text, by what.
    One(&'a Seen, &'static str),
    /// There are several, and none is plainly the text.
    Several,
    /// There is none.
    None,
}

fn prose<'a>(seen: &[&'a Seen], rows: usize) -> Prose<'a> {
    for nested in [false, true] {
        let here: Vec<&Seen> = seen.iter().copied().filter(|seen| seen.is_nested == nested).collect();
        let is_outdone = |named: &&Seen| {
            seen.iter().any(|other| outdoes(other, named, rows) || is_longer_of_two(other, named, rows))
        };
        let named: Vec<&Seen> = here.iter().copied().filter(|seen| is_named(seen) && !is_outdone(seen)).collect();
        if let Some(plainest) = plainest(&named, rows) {
            return match is_of_someone_else(plainest, seen) {
                true => Prose::Several,
                false => Prose::One(plainest, "by its name"),
            };
        }
        if !named.is_empty() {
            return Prose::Several;
        }
        let chats: Vec<&Seen> = here.into_iter().filter(|seen| seen.chats > 0).collect();
        if let [only] = chats.as_slice() {
            return Prose::One(only, "a list of turns");
        }
    }
    let free: Vec<&Seen> = seen.iter().copied().filter(|seen| seen.is_free_text()).collect();
    match plainest(&free, rows) {
        Some(only) if free.len() == 1 => Prose::One(only, "the only long free text"),
        Some(plainest) => Prose::One(plainest, "by far the longest free text"),
        None if free.is_empty() => Prose::None,
        None => Prose::Several,
    }
}

/// Whether a field that is called like a text may have been written by someone else than those who
/// are heard (`Manager comments`), and another one holds as much free text.
fn is_of_someone_else(named: &Seen, seen: &[&Seen]) -> bool {
    let is_another = |other: &&&Seen| {
        other.name != named.name
            && other.is_varied_text()
            && !is_about_a_text(other)
            && other.letters * PLAINLY >= named.letters
    };
    company::may_be_theirs(leaf(named)) && seen.iter().any(|other| is_another(&other))
}

/// The field to propose where none is plainly the text: the longest, what the company wrote last.
pub(super) fn likeliest(seen: &[Seen], rows: usize) -> Option<usize> {
    let later = written_later(seen, rows);
    let place = |seen: &&Seen| later.contains(&seen.name.as_str()) || company::may_be_theirs(leaf(seen));
    let of_words = seen.iter().enumerate().filter(|(_, seen)| seen.letters > 0);
    let is_no_words =
        |seen: &Seen| seen.is_of_no_language() || seen.repeats() || seen.is_of_labels() || seen.is_of_choices();
    let rank = |seen: &Seen| (!place(&seen), !is_no_words(seen), is_reason(seen), seen.letters);
    let longest = of_words.max_by_key(|(_, seen)| rank(seen)).map(|(place, _)| place);
    // Where none holds letters, people may have answered by emoji.
    longest
        .filter(|place| seen.get(*place).is_some_and(|seen| !is_no_words(seen)))
        .or_else(|| of_signs(seen))
        .or(longest)
}

/// The field of signs that are neither letters nor numbers, such as emoji: that which is called like a text, or the only one.
fn of_signs(seen: &[Seen]) -> Option<usize> {
    let is_sign = |seen: &&Seen| !seen.example.is_ascii() && seen.letters == 0 && seen.filled > 0;
    let fields: Vec<(usize, &Seen)> = seen.iter().enumerate().filter(|(_, seen)| is_sign(seen)).collect();
    let named = fields.iter().find(|(_, seen)| is_named_so(leaf(seen)));
    let only = if let [only] = fields.as_slice() { Some(only) } else { None };
    named.or(only).map(|(place, _)| *place)
}

/// Whether a field says why, by its name, be it in few words: `Short reason`, `What happened?`.
fn is_reason(seen: &Seen) -> bool {
    let is_why = |word: &String| REASONS.contains(&word.as_str());
    let holds_words = seen.filled > 0 && seen.letters >= 3 * seen.filled;
    holds_words && !seen.repeats() && !is_about_a_text(seen) && words(leaf(seen)).iter().any(is_why)
}

/// Whether a field holds words and is called like a text. The box beside "Other, please specify" is not: survey tools call it
/// `Q3_6_TEXT`.
fn is_named(seen: &Seen) -> bool {
    let holds_words = seen.filled > 0 && seen.chats == 0 && seen.words > 0 && seen.letters >= 2 * seen.filled;
    holds_words && is_named_so(leaf(seen)) && !is_box_of_a_choice(leaf(seen))
}

/// `Q3_6_TEXT`: what was written beside the sixth choice of question 3.
fn is_box_of_a_choice(name: &str) -> bool {
    let Some(choice) = name.to_uppercase().strip_suffix("_TEXT").map(str::to_owned) else { return false };
    let numbers: Vec<&str> = choice.trim_start_matches(|c: char| c.is_ascii_alphabetic()).split('_').collect();
    let is_number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    numbers.len() > 1 && numbers.iter().all(is_number)
}

/// Whether a field is plainly the free text, and a field that is called like a text is not: it is mostly empty or, where its
/// name only contains such a word, far shorter and less often filled.
fn outdoes(other: &Seen, named: &Seen, rows: usize) -> bool {
    if !other.is_free_text() || other.name == named.name {
        return false;
    }
    if is_free_beside_repeats(other, named) || is_free_beside_labels(other, named) || is_free_beside_codes(other, named)
    {
        return true;
    }
    let is_longer = other.letters >= PLAINLY * named.letters;
    let is_mostly_empty = named.filled * SPARSE < rows && other.filled >= PLAINLY * named.filled;
    let is_fuller = other.filled * 2 >= named.filled * 3;
    is_longer && (is_mostly_empty || (is_fuller && !is_plainly_named(leaf(named))))
}

/// Whether a field is what another one says in short: `description` beside `short_description`.
fn is_longer_of_two(other: &Seen, named: &Seen, rows: usize) -> bool {
    let mut short = words(leaf(named));
    let count = short.len();
    short.retain(|word| !SHORT.contains(&word.as_str()));
    short.len() < count && short == words(leaf(other)) && other.is_free_text() && other.filled * 2 >= rows
}

/// Whether a name consists of words for a text alone: `comment`, `review_body`.
fn is_plainly_named(name: &str) -> bool {
    words(name).iter().all(|word| is_name(word))
}

/// Names of the title that people give what they write, in words in small letters.
const TITLES: [&str; 18] = [
    "title",
    "summary",
    "zusammenfassung",
    "short description",
    "kurze beschreibung",
    "review title",
    "comment title",
    "feedback title",
    "headline",
    "review headline",
    "titel",
    "überschrift",
    "titre",
    "título",
    "titulo",
    "titolo",
    "review titel",
    "titre avis",
];

/// Titles that may as well be the name of a thing, in words in small letters.
const OF_THINGS_TOO: [&str; 8] =
    ["title", "titel", "titre", "título", "titulo", "titolo", "summary", "zusammenfassung"];
/// Words in the names of texts that stand below a title of their own: of mails, posts, tickets and articles.
const BODIES: [&str; 12] = [
    "body",
    "text",
    "content",
    "selftext",
    "description",
    "desc",
    "post",
    "message",
    "details",
    "beschreibung",
    "texte",
    "texto",
];
/// Words in the names of fields that say what a book, a film, an article for sale or a job is.
const OF_THINGS: [&str; 30] = [
    "isbn",
    "isbn13",
    "publisher",
    "publication",
    "pages",
    "binding",
    "bookshelves",
    "bookshelf",
    "genre",
    "genres",
    "director",
    "artist",
    "album",
    "runtime",
    "duration",
    "channel",
    "video",
    "movie",
    "film",
    "book",
    "song",
    "sku",
    "price",
    "stock",
    "quantity",
    "item",
    "salary",
    "verlag",
    "preis",
    "job",
];

/// Whether a title is what the writer of a text called it: one that says so (`Review title`), one above the body of a mail, a post
/// or a ticket, or one beside a review in most rows where no field says that a thing is described.
fn is_of_the_writer(title: &Seen, text: &Seen, seen: &[Seen]) -> bool {
    let any = |name: &str, known: &[&str]| words(name).iter().any(|word| known.contains(&word.as_str()));
    let is_plain = OF_THINGS_TOO.contains(&words(leaf(title)).join(" ").as_str());
    let is_review = any(leaf(text), &["review", "reviews", "avis", "reseña", "recensione", "bewertung"]);
    let describes = seen.iter().any(|field| field.name != text.name && any(leaf(field), &OF_THINGS));
    let is_full = text.filled * 2 >= title.filled;
    !is_plain || any(leaf(text), &BODIES) || (is_review && is_full && !describes)
}

/// The field of the titles that people gave their texts: beside the text, and mostly another one in each row, not the name of
/// what they write about.
pub(super) fn title_of(seen: &[Seen], text: &str) -> Option<Field> {
    let parent = |name: &str, leaf: &str| name.strip_suffix(leaf).unwrap_or_default().to_owned();
    let text = seen.iter().find(|seen| seen.name == text)?;
    // The name of a ticket is its title where it is a sentence, and not that of a person or a product.
    let is_of_a_ticket =
        |seen: &Seen| leaf(seen) == "name" && company::is_description(leaf(text)) && seen.is_varied_text();
    // What says that it is the title of a review may stand there twice, and be one word.
    let is_own = |seen: &Seen| {
        let name = words(leaf(seen)).join(" ");
        let differs = seen.different * 2 >= seen.filled && seen.words * 2 >= seen.filled * 3;
        let is_plainly_a_title = TITLES.contains(&name.as_str()) && !OF_THINGS_TOO.contains(&name.as_str());
        differs || (is_plainly_a_title && seen.different > 2)
    };
    let is_title = |seen: &&Seen| {
        (is_title_by_name(seen) || is_of_a_ticket(seen))
            && parent(&seen.name, leaf(seen)) == parent(&text.name, leaf(text))
            && is_own(seen)
    };
    let title = seen.iter().filter(|seen| seen.name != text.name).find(is_title)?;
    if !is_of_the_writer(title, text, seen) {
        return None;
    }
    Some(if title.is_nested { Field::new(&title.name) } else { Field::of_column(&title.name) })
}

/// The same beside a field that plainly is the text: each shape has a fifth of the rows at least.
pub(super) fn shapes_beside(text: &Field, seen: &[Seen], head: &[RawRow]) -> Vec<(String, usize)> {
    let shapes = shapes(seen, head);
    let is_plain = |(_, filled): &(String, usize)| filled * SHAPE_BESIDE >= head.len();
    let is_one = shapes.iter().any(|(name, _)| *name == text.spelled);
    if is_one && shapes.iter().all(is_plain) { shapes } else { Vec::new() }
}

/// The fields of which each holds the texts of other rows, with the rows in which they stand: records of several shapes. None where
/// one field has most of them, or two stand in the same rows.
pub(super) fn shapes(seen: &[Seen], head: &[RawRow]) -> Vec<(String, usize)> {
    let is_text = |seen: &&Seen| (seen.chats > 0 || seen.is_free_text() || is_named(seen)) && !is_of_others(seen);
    let texts: Vec<&Seen> = seen.iter().filter(is_text).filter(|seen| seen.filled * FEW_SHAPES >= head.len()).collect();
    let fields: Vec<Field> = texts.iter().map(|seen| Field::new(&seen.name)).collect();
    let is_filled = |value: &Value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty());
    let count = |row: &RawRow| fields.iter().filter(|field| field.find(&row.fields).is_some_and(is_filled)).count();
    let crowded = head.iter().filter(|row| count(row) > 1).count();
    let is_covered = texts.iter().any(|seen| seen.filled * 10 >= head.len() * 9);
    if texts.len() < 2 || crowded * FEW_SHAPES > head.len() || is_covered {
        return Vec::new();
    }
    texts.into_iter().map(|seen| (seen.name.clone(), seen.filled)).collect()
}

/// Columns of texts of which each row has one, or hardly any has two: questions that depend on another answer, one column for each
/// language. `taken` is the one that plainly is a text, if any is.
pub(super) fn complements(seen: &[Seen], head: &[RawRow], taken: Option<&str>) -> Vec<Field> {
    let rows: Vec<&RawRow> = head.iter().filter(|row| row.problem.is_none()).collect();
    let is_text = |seen: &&Seen| {
        let is_said = seen.is_varied_text() || seen.is_of_sentences();
        // Answers that are called so may be said by several, in the same sentences.
        let is_long = seen.words >= SENTENCE * seen.filled && seen.different > 2;
        let is_said = is_said || (is_named(seen) && !seen.is_of_labels() && (is_long || !seen.repeats()));
        !seen.is_nested && seen.chats == 0 && is_said && !is_of_others(seen) && !is_title_by_name(seen)
    };
    let texts: Vec<&Seen> = seen.iter().filter(is_text).collect();
    let first = match taken {
        Some(taken) => texts.iter().find(|seen| seen.name == taken),
        None => texts.iter().max_by_key(|seen| seen.letters),
    };
    let Some(first) = first else { return Vec::new() };
    let mut others: Vec<&Seen> = texts.iter().copied().filter(|seen| seen.name != first.name).collect();
    others.sort_by_key(|seen| std::cmp::Reverse(seen.filled));
    let (mut together, filled) = apart_from(first, &others, &rows, |_, _| true);
    let covered = filled.iter().filter(|is_filled| **is_filled).count();
    if rows.len() < FEWEST_APART || covered * 10 < rows.len() * 9 {
        let by_chance = |first: usize, second: usize| first * second >= BY_CHANCE * rows.len();
        (together, _) = apart_from(first, &others, &rows, by_chance);
    }
    // Where nothing plainly is the text, another column may ask something else.
    let letters: usize =
        texts.iter().filter(|seen| together.contains(&seen.name.as_str())).map(|seen| seen.letters).sum();
    let is_rival = |seen: &&&Seen| !together.contains(&seen.name.as_str()) && seen.letters * PLAINLY >= letters;
    let has_rival = taken.is_none() && texts.iter().any(|seen| is_rival(&seen));
    if together.len() < 2 || has_rival {
        return Vec::new();
    }
    let in_order = seen.iter().filter(|seen| together.contains(&seen.name.as_str()));
    in_order.map(|seen| Field::of_column(&seen.name)).collect()
}

/// In which rows a column holds words.
fn filled_rows(seen: &Seen, rows: &[&RawRow]) -> Vec<bool> {
    let is_filled =
        |row: &&RawRow| row.fields.get(&seen.name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    rows.iter().map(is_filled).collect()
}

/// The names of those columns of which hardly any row has two, the first column with them, and the rows that have any; `shows_it` is
/// asked with the rows of two columns whether that cannot be chance.
fn apart_from<'a>(
    first: &'a Seen,
    others: &[&'a Seen],
    rows: &[&RawRow],
    shows_it: impl Fn(usize, usize) -> bool,
) -> (Vec<&'a str>, Vec<bool>) {
    let count = |rows: &[bool]| rows.iter().filter(|is_filled| **is_filled).count();
    let mut filled = filled_rows(first, rows);
    let mut together = vec![first.name.as_str()];
    for other in others {
        let own = filled_rows(other, rows);
        let both = filled.iter().zip(&own).filter(|(one, other)| **one && **other).count();
        let (before, more) = (count(&filled), count(&own));
        let is_used = more > 1 && more * FEW_SHAPES >= rows.len();
        if is_used && both * FEW_SHAPES <= more && shows_it(before, more) {
            filled.iter_mut().zip(own).for_each(|(filled, own)| *filled |= own);
            together.push(&other.name);
        }
    }
    (together, filled)
}

/// Whether a column is a title by its name.
fn is_title_by_name(seen: &Seen) -> bool {
    TITLES.contains(&words(leaf(seen)).join(" ").as_str())
}

/// The columns of texts beside the one that the user named, whose texts are not read.
pub(super) fn other_texts(seen: &[Seen], named: &str) -> Vec<Field> {
    let is_text = |seen: &&Seen| {
        seen.name != named
            && !seen.is_nested
            && seen.is_varied_text()
            && !seen.is_of_choices()
            && !is_of_others(seen)
            && !is_title_by_name(seen)
            && !company::may_be_theirs(leaf(seen))
    };
    seen.iter().filter(is_text).map(|seen| Field::of_column(&seen.name)).collect()
}

/// Whether a row without the field of the text says something in another one, or in an object, which no row with that field has.
pub(super) fn says_something_else(fields: &Map<String, Value>, known: &HashSet<String>) -> bool {
    fields.iter().filter(|(name, _)| !known.contains(*name)).any(|(name, value)| says_something(name, value))
}

fn says_something(name: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim().is_empty() && (is_named_so(name) || word_count(text) > LABEL),
        other if turns::is_chat(other) || rich::flattened(other).is_some() => true,
        Value::Object(fields) => fields.iter().any(|(name, value)| says_something(name, value)),
        _ => false,
    }
}

/// Whether a table stands on its side: each row holds the answers to one question, which its first cell asks, and each column is
/// one person. Then a column holds a number and a sentence, and a row one of both.
pub(super) fn is_on_its_side(header: &[String], head: &[RawRow]) -> bool {
    let rows: Vec<Vec<&str>> = head.iter().map(|row| row.fields.values().filter_map(Value::as_str).collect()).collect();
    let answers = |row: &Vec<&str>| -> Vec<String> {
        row.iter().skip(1).map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
    };
    let is_of_numbers = |row: &Vec<&str>| {
        let answers = answers(row);
        !answers.is_empty() && answers.iter().all(|cell| !cell.contains(char::is_alphabetic))
    };
    let is_prose = |row: &Vec<&str>| {
        let answers = answers(row);
        let words: usize = answers.iter().map(|cell| word_count(cell)).sum();
        answers.len() * 2 > row.len() && words > LABEL * answers.len()
    };
    let is_numbered = |name: &String| name.ends_with(|c: char| c.is_ascii_digit()) && name.chars().count() <= 12;
    let asks = rows.iter().all(|row| row.first().is_some_and(|cell| cell.contains(char::is_alphabetic)));
    let is_wide = header.len() > PEOPLE && header.len() > LABEL * rows.len();
    is_wide
        && rows.len() > 1
        && asks
        && rows.iter().any(is_prose)
        && (rows.iter().any(is_of_numbers) || header.iter().skip(1).all(is_numbered))
}

/// The longest of the other fields that could be the text. A title beside its text is none.
fn runner_up<'a>(seen: &[&'a Seen], taken: &Seen) -> Option<&'a Seen> {
    let others = seen.iter().copied().filter(|seen| seen.name != taken.name && !is_about_a_text(seen));
    let texts = others.filter(|seen| seen.chats > 0 || (seen.is_free_text() && !seen.is_of_choices()));
    texts.max_by_key(|seen| seen.letters)
}

/// Whether a name says that a field is something about a text: its title, its language.
fn is_about_a_text(seen: &Seen) -> bool {
    says_it_is_about(&words(leaf(seen)))
}

/// The only one, or one that has far more letters than all others.
fn plainest<'a>(all: &[&'a Seen], rows: usize) -> Option<&'a Seen> {
    let longest = all.iter().max_by_key(|seen| seen.letters)?;
    let mut others = all.iter().filter(|seen| seen.name != longest.name);
    let is_plain = |other: &&Seen| other.mean_letters(rows) * PLAINLY <= longest.mean_letters(rows);
    others.all(is_plain).then_some(*longest)
}

fn leaf(seen: &Seen) -> &str {
    if seen.is_nested { seen.name.rsplit('/').next().unwrap_or_default() } else { &seen.name }
}

/// The name with that of the object it stands in: `reviewReply comment`.
fn place(seen: &Seen) -> String {
    if !seen.is_nested {
        return seen.name.clone();
    }
    let steps: Vec<&str> = seen.name.split('/').collect();
    steps[steps.len().saturating_sub(2)..].join(" ")
}

/// What the first rows show of every field, in the order of the header and of first appearance.
pub(super) fn look(header: &[String], head: &[RawRow]) -> Vec<Seen> {
    let mut look = Look { is_table: !header.is_empty(), ..Look::default() };
    for name in header {
        look.place(name, false);
    }
    let is_row = |row: &&RawRow| !row.problem.as_ref().is_some_and(Problem::is_no_row);
    for row in head.iter().filter(is_row) {
        look.add(&row.fields, "");
    }
    // What several people wrote is no one's text, nor is a list that is a text in some rows only.
    let is_none = |seen: &&mut Seen| seen.chats + seen.trees > 0 && seen.no_chats * 10 >= seen.chats + seen.trees;
    for seen in look.seen.iter_mut().filter(|seen| seen.no_chats > 0).filter(is_none) {
        let (name, example, is_nested) = (seen.name.clone(), seen.example.clone(), seen.is_nested);
        *seen = Seen { name, example, is_nested, ..Seen::default() };
    }
    look.seen
}

#[derive(Default)]
struct Look {
    /// Whether the fields are columns, whose names are no pointers.
    is_table: bool,
    seen: Vec<Seen>,
    places: HashMap<String, usize>,
    different: HashMap<usize, HashSet<String>>,
    parts: HashMap<usize, HashSet<String>>,
}

impl Look {
    fn place(&mut self, name: &str, is_nested: bool) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        self.places.insert(name.to_owned(), self.seen.len());
        self.seen.push(Seen { name: name.to_owned(), is_nested, ..Seen::default() });
        self.seen.len() - 1
    }

    fn add(&mut self, fields: &Map<String, Value>, parent: &str) {
        for (name, value) in fields {
            let is_column = parent.is_empty() && (self.is_table || !name.starts_with('/'));
            let field = if is_column { name.clone() } else { pointer(parent, name) };
            if let Some(text) = rich::flattened(value) {
                let place = self.place(&field, !parent.is_empty());
                self.seen[place].trees += usize::from(value.is_array());
                self.add_text(place, &text);
                continue;
            }
            if let Value::Object(inner) = value {
                self.add(inner, &pointer(parent, name));
                continue;
            }
            let place = self.place(&field, !parent.is_empty());
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                _ if turns::is_chat(value) => {
                    self.seen[place].chats += 1;
                    self.seen[place].no_chats += usize::from(!turns::is_conversation(value));
                    turns::text(value, &turns::Turns::All)
                }
                other => {
                    let seen = &mut self.seen[place];
                    seen.no_chats += usize::from(is_list_of_objects(other));
                    if seen.example.is_empty() {
                        seen.example = other.to_string();
                    }
                    continue;
                }
            };
            self.add_text(place, &text);
        }
    }

    fn add_text(&mut self, place: usize, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let beginning: String = text.chars().take(2000).collect();
        let seen = &mut self.seen[place];
        seen.filled += 1;
        seen.codes += usize::from(no_language::is_code(&beginning));
        seen.of_no_language += usize::from(no_language::is_none(&beginning));
        let words = word_count(&beginning);
        seen.words += words;
        seen.single += usize::from(words <= 1);
        seen.letters += beginning.chars().filter(|c| c.is_alphabetic()).count();
        if seen.example.is_empty() {
            seen.example.clone_from(&beginning);
        }
        for part in beginning.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
            seen.parts += 1;
            seen.different_parts += usize::from(self.parts.entry(place).or_default().insert(part.to_owned()));
        }
        seen.different += usize::from(self.different.entry(place).or_default().insert(beginning));
    }
}

/// The list of objects with the longest texts that every row but a few has, if the rows are plainly
/// pages: nothing else of them is a text, or what was found is in few rows and far shorter.
pub(super) fn list_of_texts(seen: &[Seen], found: Option<&Found>, head: &[RawRow]) -> Option<String> {
    let taken = found.and_then(|found| seen.iter().find(|seen| seen.name == found.field.spelled));
    let is_plain = found.is_some_and(|found| found.how != ONLY_WORDS) && !taken.is_some_and(Seen::is_of_labels);
    let rows = head.iter().filter(|row| row.problem.is_none()).count();
    let mut lists = Vec::new();
    for (place, row) in head.iter().enumerate() {
        add_lists(&row.fields, "", place, &mut lists);
    }
    if !is_plain && !seen.iter().any(Seen::is_free_text) {
        lists.retain(|list| list.pages * 2 > rows);
        return longest(&lists, 0);
    }
    let taken = taken.filter(|taken| taken.filled * 2 < rows && taken.chats == 0)?;
    longest(&lists, PLAINLY * taken.letters)
}

/// Where the list stands whose records hold the longest texts, and more letters than so many.
fn longest(lists: &[Inner], letters: usize) -> Option<String> {
    let rank = |list: &&Inner| {
        let seen = look(&[], &list.rows);
        let is_text = |row: &RawRow| row.fields.get("text").is_some_and(Value::is_string);
        let free = seen.iter().filter(|seen| seen.is_free_text());
        let mean = free.clone().map(|seen| seen.letters / seen.filled.max(1)).max().unwrap_or(0);
        let all = free.map(|seen| seen.letters).max().unwrap_or(0);
        let has_text = mean > 0 || list.rows.iter().any(is_text) || find(&seen, list.rows.len()).is_some();
        (has_text && all >= letters).then_some((list.rows.len() > 1, mean, list.rows.len()))
    };
    // The first of those that are alike.
    let ranked = lists.iter().rev().filter_map(|list| Some((rank(&list)?, list)));
    ranked.max_by_key(|(rank, _)| *rank).map(|(_, list)| list.place.clone())
}

/// Letters of the longest free text of records, on average; none where no field of them is one.
pub(super) fn letters_of_a_text(rows: &[RawRow]) -> usize {
    let seen = look(&[], rows);
    let free = seen.iter().filter(|seen| seen.is_free_text());
    free.map(|seen| seen.letters / seen.filled.max(1)).max().unwrap_or(0)
}

/// The records in the lists of one name within rows.
struct Inner {
    /// As `--records` says it.
    place: String,
    /// Rows that have such a list, and the last of them.
    pages: usize,
    last: usize,
    rows: Vec<RawRow>,
}

fn is_list_of_objects(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.first().is_some_and(Value::is_object))
}

/// Whether a list holds nothing but strings of several words.
fn are_texts(list: &[Value]) -> bool {
    let words = list.iter().filter_map(Value::as_str).map(word_count).sum::<usize>();
    !list.is_empty() && list.iter().all(Value::is_string) && words > LABEL * list.len()
}

/// Whether a list is no rich text, or one of objects that have a text and nothing else.
fn may_be_records(list: &Value) -> bool {
    let is_text_alone = |one: &Value| one.as_object().is_some_and(|one| one.len() == 1 && one.contains_key("text"));
    rich::flattened(list).is_none() || list.as_array().is_some_and(|list| list.iter().all(is_text_alone))
}

fn add_lists(fields: &Map<String, Value>, parent: &str, page: usize, lists: &mut Vec<Inner>) {
    for (name, value) in fields {
        let place = pointer(parent, name);
        if place.matches('/').count() > DEEPEST {
            return;
        }
        match value {
            Value::Object(inner) => add_lists(inner, &place, page, lists),
            Value::Array(list) if is_list_of_objects(value) && may_be_records(value) || are_texts(list) => {
                let objects = || list.iter().filter_map(Value::as_object);
                let text = |one: &Value| one.as_str().map(|text| Map::from_iter([("text".to_owned(), text.into())]));
                let records = list.iter().filter_map(|one| one.as_object().cloned().or_else(|| text(one)));
                let rows = records.map(|one| RawRow::sound(1, one));
                let is_room = lists.len() < MOST_LISTS;
                match lists.iter_mut().find(|list| list.place == place) {
                    Some(list) => {
                        list.pages += usize::from(list.last != page);
                        list.last = page;
                        list.rows.extend(rows.take(MOST_ROWS.saturating_sub(list.rows.len())));
                    }
                    None if is_room => {
                        lists.push(Inner { place: place.clone(), pages: 1, last: page, rows: rows.collect() });
                    }
                    None => {}
                }
                objects().for_each(|one| add_lists(one, &place, page, lists));
            }
            _ => {}
        }
    }
}

/// Words that are words, not numbers or addresses; in scripts without spaces, two characters count as one.
fn word_count(text: &str) -> usize {
    let is_word = |word: &&str| word.chars().any(char::is_alphabetic) && !word.contains("://") && !word.contains('@');
    let spaced = text.split_whitespace().filter(is_word).count();
    let unspaced = text
        .chars()
        .filter(|c| matches!(c, '\u{3040}'..='\u{9fff}' | '\u{0e00}'..='\u{0eff}' | '\u{ac00}'..='\u{d7a3}'));
    spaced + unspaced.count() / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn find_in(rows: &[Value]) -> Option<Found> {
        let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
        find(&look(&[], &head), head.len())
    }

    fn found(rows: &[Value]) -> Option<(String, &'static str)> {
        find_in(rows).map(|found| (found.field.spelled, found.how))
    }

    #[test]
    fn names_of_texts_are_known_in_more_languages_and_the_longer_of_two_is_taken() {
        let said = |n: usize| format!("the lift in house {n} stands still again");
        for (name, other) in [
            ("评价内容", "商家回复"),
            ("desc", "name"),
            ("description", "short_description"),
            ("Описание", "Ответ компании"),
            ("レビュー本文", "店舗からの返信"),
        ] {
            let rows: Vec<Value> = (0..12)
                .map(|n| json!({other: said(n + 20), name: if n % 3 == 0 { String::new() } else { said(n) }}))
                .collect();
            assert_eq!(found(&rows), Some((name.into(), "by its name")), "{name}");
        }
        let cards = b"[{\"name\": \"no light in the yard\", \"desc\": \"\"}, \
            {\"name\": \"the lift stands still\", \"desc\": \"again, since Monday\"}]";
        let cards = crate::corpus::testing::read_as("a.json", cards, &crate::corpus::testing::options()).unwrap();
        assert_eq!(cards.documents[0].text, "no light in the yard");
        let rows =
            b"number,short_description,description\n1,the lift stands still,the lift stands still since Monday\n\
            2,no light in the yard,\n3,the door is locked,the door of the yard is locked at night\n";
        let corpus = crate::corpus::testing::read_as("a.csv", rows, &crate::corpus::testing::options()).unwrap();
        assert_eq!(corpus.documents[1].text, "no light in the yard");
    }

    /// Forty rows: one in `every` has the short field filled, all but a few have the long one.
    fn short_and_long(short: &str, every: usize, long: &str) -> Vec<Value> {
        let row = |n: usize| {
            let specified = if n.is_multiple_of(every) { format!("my old neighbor {n}") } else { String::new() };
            let said = format!("Longer hours during exam season would be a great help to me, number {n}");
            json!({"Q2": "Central", short: specified, long: if n % 9 == 1 { "" } else { &said }})
        };
        (0..40).map(row).collect()
    }

    #[test]
    fn an_object_of_very_many_fields_takes_no_longer_than_many_objects() {
        let begun = std::time::Instant::now();
        let fields = (0..20_000).map(|n| (format!("answer number {n}"), "the soup was cold".into())).collect();
        written_later(&look(&[], &[RawRow::sound(1, fields)]), 1);
        assert!(begun.elapsed().as_secs() < 10);
    }

    #[test]
    fn names_of_text_columns_are_known_in_any_case_and_part() {
        for name in ["Text", "comment", "reviewText", "Customer_Comment", "BODY", "Q3: Feedback", "Kommentar"] {
            assert!(is_named_so(name), "{name}");
        }
        for name in ["review_id", "text_length", "comment date", "subject", "Message-Type", "context", "q1"] {
            assert!(!is_named_so(name), "{name}");
        }
    }

    #[test]
    fn a_column_is_found_by_its_name_before_a_longer_one() {
        let rows = [json!({"plot": "a long story about this and that", "Comment": "too short"})];
        assert_eq!(found(&rows), Some(("Comment".into(), "by its name")));
        let rows = [json!({"id": 1, "review": {"title": "so", "body": "it is fine"}})];
        assert_eq!(found(&rows), Some(("/review/body".into(), "by its name")));
    }

    #[test]
    fn codes_and_names_of_files_are_no_text_beside_free_text() {
        for code in ["audio_0012.wav", "TXT12", "Q35_35", "https://maps.example/?cid=7"] {
            for (name, text) in [("text", "transcript"), ("text", "verbatim"), ("comment", "said")] {
                let row = |n: usize| {
                    let said = format!("the parcel number {n} came much too late and the box was open");
                    json!({name: format!("{code}{n}"), text: said, "duration": n})
                };
                let rows: Vec<Value> = (0..9).map(row).collect();
                assert_eq!(found(&rows).map(|found| found.0), Some(text.to_owned()), "{code} {name}");
            }
        }
    }

    #[test]
    fn what_is_no_language_is_no_text_beside_what_says_why() {
        let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0";
        for (name, value, reason) in [
            ("User agent", agent, "What happened?"),
            ("address", "Long Meadow Lane North #, 75002 Paris, third floor, ring twice please", "reason"),
            ("Wohin", "Am Alten Markt #, 10115 Berlin", "Grund der Rückgabe"),
            ("Job title", "Senior Vice President of Global Customer Operations #", "Short reason"),
            ("Source URL", "https://shop.example.com/products/category-#/very-long-product-name", "Why?"),
        ] {
            let value = |n: usize| value.replace('#', &n.to_string());
            let row = |n: usize| json!({"who": "Ann Lee", name: value(n), reason: format!("too small {n}")});
            let rows: Vec<Value> = (0..9).map(row).collect();
            assert_eq!(found(&rows), Some((reason.into(), "by its name")), "{name}");
            let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
            let seen = look(&[], &head);
            assert_eq!(likeliest(&seen, 9).map(|place| seen[place].name.clone()), Some(reason.into()));
        }
    }

    #[test]
    fn what_customers_say_comes_before_the_description_of_the_product() {
        let row = |n: usize| {
            let described =
                format!("A compact charger for two devices with foldable plug, tested for all of Europe {n}");
            json!({"Product": "B", "Description": described, "Customer feedback": format!("it broke in {n} weeks only")})
        };
        let rows: Vec<Value> = (0..9).map(row).collect();
        assert_eq!(found(&rows).map(|found| found.0), Some("Customer feedback".into()));
    }

    #[test]
    fn the_only_long_free_text_is_found() {
        let row = |n: usize| {
            json!({
                "when": format!("2024-01-0{n}"), "who": "Ann Lee", "page": format!("https://example.org/a/b/{n}"),
                "Q1": "Very satisfied", "What should we improve?": format!("the soup was cold, table {n}")
            })
        };
        let found = found(&[row(1), row(2), row(3)]);
        assert_eq!(found, Some(("What should we improve?".into(), "the only long free text")));
        let japanese = [
            json!({"番号": "0", "意見": "保育園の数が足りません"}),
            json!({"番号": "1", "意見": "待機児童を減らしてほしい"}),
        ];
        assert_eq!(super::tests::found(&japanese).unwrap().0, "意見");
    }

    #[test]
    fn where_two_columns_could_be_it_none_is_taken() {
        let rows = [json!({"good": "the cake was very nice", "bad": "the soup was rather cold"})];
        assert_eq!(found(&rows), None);
        assert_eq!(found(&[json!({"comment": "the cake was nice", "review": "the soup was cold"})]), None);
        assert_eq!(found(&[json!({"a": "1", "b": "x"})]), None);
    }

    #[test]
    fn the_only_field_of_words_is_found_however_short_they_are() {
        let rows =
            [json!({"n": "1", "when": "2024-01-02", "Q7": "parking"}), json!({"n": "2", "when": "", "Q7": "food"})];
        assert_eq!(found(&rows), Some(("Q7".into(), "the only field of words")));
    }

    #[test]
    fn chats_are_found() {
        let rows = [json!({"chat_id": "c0", "messages": [{"role": "user", "content": "hi"}]})];
        assert_eq!(found(&rows), Some(("messages".into(), "a list of turns")));
    }

    #[test]
    fn a_box_for_another_choice_is_not_the_text_beside_a_question_that_most_answer() {
        let taken = |short: &str, every, long: &str| {
            let found = find_in(&short_and_long(short, every, long)).unwrap();
            (found.field.spelled, found.how, found.another)
        };
        for (short, every) in [("Q3_6_TEXT", 5), ("Q3_6_TEXT", 2), ("Q3_TEXT", 2), ("other text", 5), ("comment", 20)] {
            assert_eq!(taken(short, every, "Q4").0, "Q4", "{short}");
        }
        assert_eq!(taken("Q3_6_TEXT", 1, "Q4").1, "by far the longest free text");
        let both = Some("Q4".to_owned());
        assert_eq!(taken("comment", 2, "Q4"), ("comment".into(), "by its name", both.clone()));
        assert_eq!(taken("customer comment", 1, "Q4"), ("customer comment".into(), "by its name", both));
    }

    #[test]
    fn a_column_of_a_few_repeated_values_is_not_the_text_beside_free_text() {
        let row = |n: usize| {
            let asked = ["What do you like most about us?", "What should we change here?"][n % 2];
            json!({"text": asked, "comment": "Survey of May", "answer": format!("the soup on table {n} was cold")})
        };
        let rows: Vec<Value> = (0..40).map(row).collect();
        let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
        let seen = look(&[], &head);
        let repeats = |name: &str, seen: &[Seen]| why_no_text(name, seen).is_some();
        assert!(repeats("text", &seen) && repeats("comment", &seen) && !repeats("answer", &seen));
        assert_eq!(found(&rows), Some(("answer".into(), "by its name")));
        let short = |n: usize| json!({"text": (["good", "bad", "fine"][n % 3]), "shop": (["north", "south"][n % 2])});
        let rows: Vec<Value> = (0..40).map(short).collect();
        let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
        assert!(!repeats("text", &look(&[], &head)), "nothing else is free text");
    }

    #[test]
    fn a_column_of_labels_is_not_the_text_beside_free_text_whatever_it_is_called() {
        let labels = [
            ("Verbatim coded?", ["No", "No", "No", "No", "No", "No"]),
            ("Text reviewed", ["yes", "no", "yes", "yes", "no", "yes"]),
            ("Comment mood", ["glad", "sad", "angry", "neutral", "curious", "bored"]),
            ("Feedback", ["via mail", "by phone", "via mail", "in person", "by phone", "via mail"]),
            ("Review", ["4 stars", "5 stars", "1 star", "5 stars", "4 stars", "1 star"]),
            ("text", ["Sunny", "Rainy", "Sunny", "Foggy", "Sunny", "Rainy"]),
        ];
        for (name, labels) in labels {
            for own in ["Reason for score", "Explanation of rating", "Explain your status", "Q2", "What else?"] {
                let row =
                    |n: usize| json!({"nr": n, name: labels[n], own: format!("the ferry left {n} minutes early")});
                let rows: Vec<Value> = (0..6).map(row).collect();
                assert_eq!(found(&rows).map(|found| found.0).as_deref(), Some(own), "{name} beside {own}");
                let head: Vec<RawRow> =
                    rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
                assert!(why_no_text(name, &look(&[], &head)).is_some(), "{name} beside {own}");
            }
        }
        let alone = |n: usize| json!({"comment": (["great", "slow", "fine"][n % 3]), "author name": format!("Ann Mary Lee the {n}th")});
        assert_eq!(found(&(0..9).map(alone).collect::<Vec<_>>()).unwrap().0, "comment", "a name is no text");
    }

    #[test]
    fn of_two_free_texts_that_of_a_superior_is_not_taken_for_the_name_comments() {
        let row = |n: usize| {
            json!({"Reason for leaving": format!("the shifts were planned {n} days ahead only"),
                "Manager comments": format!("always on time, would be welcome back in {n} months")})
        };
        let rows: Vec<Value> = (0..9).map(row).collect();
        assert_eq!(found(&rows), None);
        let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
        let seen = look(&[], &head);
        assert_eq!(likeliest(&seen, 9).map(|place| seen[place].name.as_str()), Some("Reason for leaving"));
        let alone = |n: usize| json!({"n": n, "Manager comments": format!("always on time, number {n} of the team")});
        assert_eq!(found(&(0..9).map(alone).collect::<Vec<_>>()).unwrap().0, "Manager comments");
    }

    #[test]
    fn what_the_company_wrote_is_the_text_only_where_nothing_else_is() {
        let both = |theirs: &str, own: &str| {
            let row =
                |n: usize| json!({own: format!("it lost my route {n}"), theirs: "Thank you for writing. ".repeat(n)});
            found(&(1..9).map(row).collect::<Vec<_>>()).map(|(name, _)| name)
        };
        for theirs in ["Developer Reply Text", "Company Reply Content", "Agent Response", "Owner answer", "staff_note"]
        {
            for own in ["Review Text", "Review", "Customer Message", "What happened?", "Response"] {
                assert_eq!(both(theirs, own).as_deref(), Some(own), "{theirs}");
            }
        }
        let alone = [json!({"n": "1", "Agent Response": "Thank you for writing to us"})];
        assert_eq!(found(&alone).unwrap().0, "Agent Response");
        let nested =
            [json!({"comment": "it lost my route", "reviewReply": {"comment": "Thank you very much for writing"}})];
        assert_eq!(find_in(&nested).unwrap().another, None);
        let answers = [json!({"Question": "What else?", "Response": "the soup was cold when it came"})];
        assert_eq!(found(&answers).unwrap().0, "Response");
    }

    #[test]
    fn the_comments_below_a_ticket_are_not_its_text() {
        let row = |n: usize| {
            json!({"Summary": "Query is slow", "Issue key": format!("N-{n}"),
                "Description": format!("the query plan shows a full scan of table {n}"),
                "Comment": format!("12/Mar/25;jdoe;could you attach the log of server {n}? {}", "And of the others. ".repeat(n))})
        };
        let rows: Vec<Value> = (0..9).map(row).collect();
        assert_eq!(found(&rows).unwrap().0, "Description");
    }

    #[test]
    fn a_box_for_another_choice_is_the_text_where_there_is_no_other() {
        let rows: Vec<Value> =
            (0..20).map(|n| json!({"n": n, "Q3_6_TEXT": format!("the leaflet at the market stall, {n}")})).collect();
        assert_eq!(found(&rows), Some(("Q3_6_TEXT".into(), "the only long free text")));
    }

    #[test]
    fn the_same_text_as_html_does_not_stand_against_it() {
        let row = |n: usize| {
            let said = format!("the lift stood still for {n} days");
            json!({"kind": "c", "data": {"body_html": format!("<div class=\"md\"><p>{said}</p></div>"), "body": said}})
        };
        let rows: Vec<Value> = (0..9).map(row).collect();
        assert_eq!(found(&rows), Some(("/data/body".into(), "by its name")));
    }

    /// A table in which each row has a text in one of the columns, the `n`th of which has so many in a row.
    fn apart(columns: &[&str], counts: &[usize]) -> String {
        let mut rows = format!("No;{};Stars\n", columns.join(";"));
        let places = counts.iter().enumerate().flat_map(|(place, count)| vec![place; *count]);
        for (n, place) in places.enumerate() {
            let said = format!("the ferry number {n} left before its time again");
            let cell = |column: usize| if column == place { said.clone() } else { String::new() };
            let cells: Vec<String> = (0..columns.len()).map(cell).collect();
            rows += &format!("{n};{};{}\n", cells.join(";"), n % 5);
        }
        rows
    }

    #[test]
    fn columns_of_texts_of_which_each_row_has_one_are_read_as_one() {
        use crate::corpus::testing::{notes, options, read_as, text_field, texts};
        for (columns, counts) in [
            (["Why so good?", "Why so-so?", "Why so bad?"], [4, 5, 20]),
            (["Bemerkungen DE", "Remarques FR", "Osservazioni IT"], [10, 10, 10]),
            (["Comment (German)", "Comment (French)", "Comment (Dutch)"], [3, 3, 3]),
            (["Q7_de", "Q7_fr", "Q7_it"], [9, 8, 12]),
            (["Comment", "Text", "text"], [9, 8, 12]),
        ] {
            let table = apart(&columns, &counts);
            let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
            assert_eq!(corpus.documents.len(), counts.iter().sum::<usize>(), "{columns:?}");
            assert_eq!(texts(&corpus)[0], "the ferry number 0 left before its time again");
            let last = &corpus.documents.last().unwrap().fields;
            assert_eq!((&last["column of the text"], last.contains_key(columns[0])), (&columns[2].into(), false));
            assert_eq!(corpus.files[0].text, columns.join(", "));
            assert!(notes(&corpus).join("\n").contains("hardly any row has two of them"), "{:?}", notes(&corpus));
            let alone = read_as("a.csv", table.as_bytes(), &text_field(columns[1])).unwrap();
            assert_eq!(alone.documents.len(), counts[1], "who names one reads that one");
            let said = notes(&alone).join("\n");
            assert!(said.contains("are read; other columns hold texts too: \""), "{said}");
            assert!(
                said.contains(&format!("{} of them have a text in another column", counts[0] + counts[2])),
                "{said}"
            );
        }
    }

    #[test]
    fn columns_that_are_not_apart_are_not_read_as_one() {
        use crate::corpus::testing::{options, read_as};
        let both: String =
            (0..30).map(|n| format!("{n};what I liked was ferry {n};what I missed was boat {n}\n")).collect();
        assert!(read_as("a.csv", format!("No;Likes;Dislikes\n{both}").as_bytes(), &options()).is_err());
        let theirs: String = (0..30)
            .map(|n| match n % 2 {
                0 => format!("{n};the ferry {n} left early again;\n"),
                _ => format!("{n};;we have called the customer {n} about it\n"),
            })
            .collect();
        let corpus = read_as("a.csv", format!("No;Comment;Agent reply\n{theirs}").as_bytes(), &options()).unwrap();
        assert_eq!(corpus.documents.len(), 15, "what the company wrote is no text of the others");
    }

    #[test]
    fn a_title_is_the_text_of_a_row_without_one_be_it_in_some_rows_only() {
        use crate::corpus::testing::{options, read_as, texts};
        let row = |n: usize| match n % 4 {
            0 => format!("{n},{},\n", ["Useless", "No boat came", "Late again"][n / 4 % 3]),
            _ => format!("{n},,the ferry {n} left before its time\n"),
        };
        let rows: String = (0..40).map(row).collect();
        for header in ["No,Review Title,Review Text", "No,Headline,Comment"] {
            let corpus = read_as("a.csv", format!("{header}\n{rows}").as_bytes(), &options()).unwrap();
            assert_eq!((corpus.documents.len(), texts(&corpus)[4]), (40, "No boat came"), "{header}");
        }
        let ticket = |n: usize| match n % 4 {
            0 => format!("no ticket printed at pier {n},K-{n},\n"),
            _ => format!("printer of pier {n},K-{n},the printer at pier {n} prints half of each ticket\n"),
        };
        let tickets: String = (0..40).map(ticket).collect();
        let tickets = format!("Summary,Issue key,Description\n{tickets}");
        let corpus = read_as("a.csv", tickets.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), texts(&corpus)[0]), (40, "no ticket printed at pier 0"));
    }

    #[test]
    fn a_title_is_not_named_beside_its_text() {
        let row =
            |n: usize| json!({"title": format!("cold soup again, number {n}"), "body": "it was cold when it came"});
        assert_eq!(find_in(&[row(1), row(2)]).unwrap().another, None);
    }
}
