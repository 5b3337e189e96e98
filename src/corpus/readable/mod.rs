//! The readable text of a document: what a person would read of it, and what is embedded, shown and quoted.
//!
//! Markup is stripped, lines of a printed page are joined, quoted replies, signatures, what repeats across documents and the
//! greetings and closings of mails are set apart, and answers without content are told. No step leaves a document without a
//! text, and none looks at the order of rows.

mod banners;
mod bbcode;
mod closings;
mod fences;
mod fillers;
mod frame;
mod greetings;
mod headings;
mod hyphens;
mod keys;
mod marks;
pub(super) mod markup;
mod piece;
mod repeated;
mod replies;
mod runs;
mod standing;
mod traces;
mod translated;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::field::shown;
use super::{Document, ReadOptions};
use crate::message;
use crate::message::Message;
use crate::text::cut;
use fillers::Kind;
use keys::Keys;
use repeated::{Pieces, Repeated};
use runs::Runs;

/// Replies such as "ok" are set apart where there are so many: a lone one forms no group.
const LEAST_REPLIES: usize = 3;
/// So many documents have a code that stands for a missing answer, at least.
const LEAST_CODES: usize = 2;

/// Of what repeats, so many pieces are named, and so many in a sentence.
const NAMED: (usize, usize) = (5, 3);
/// Characters of a piece that are shown.
const SHOWN: usize = 60;

/// One way in which texts were changed before grouping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetApart {
    /// What was stripped, joined or set apart.
    pub what: String,
    /// In how many documents.
    pub documents: usize,
    /// Of what repeats across documents the pieces, the most frequent first, a handful.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Piece>,
}

/// One sentence or line that repeats across documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// How it begins.
    pub begins: String,
    /// In how many documents it was set apart.
    pub documents: usize,
}

/// How many texts each step changed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Counts {
    translated: usize,
    markup: usize,
    headings: usize,
    hyphens: usize,
    quoted: usize,
    signed: usize,
    banners: usize,
    traces: usize,
    repeated: usize,
    greetings: usize,
    closings: usize,
    fillers: usize,
    pieces: Pieces,
}

/// What the first texts of a corpus show of all: empty for a corpus that is read whole, and then as its texts show it.
#[derive(Default)]
pub(super) struct Habits {
    apart: Option<Apart>,
    fillers: Option<Fillers>,
}

/// What is set apart of texts, as can only be seen of many of them together.
struct Apart {
    keys: Keys,
    above_names: Repeated,
    repeated: Repeated,
    runs: Runs,
    /// Whether texts usually open with a greeting, and close like a mail.
    greet: bool,
    close: bool,
}

/// Which answers are without content.
struct Fillers {
    /// Whether any is: where there are no others, they are what there is to group.
    are_marked: bool,
    /// Whether replies such as "ok" are.
    are_replies: bool,
    /// Codes that stand for missing answers.
    codes: HashSet<String>,
}

/// Makes the texts of all documents readable, marks those without content, and says how many were changed. What the habits do not
/// hold yet is learned from these documents.
pub(super) fn make(documents: &mut [Document], options: &ReadOptions, habits: &mut Habits) -> Counts {
    let mut counts = documents.par_iter_mut().map(|one| alone(one, options)).reduce(Counts::default, Counts::and);
    if !options.keep_boilerplate {
        match &habits.apart {
            Some(apart) => set_apart_as(apart, documents, &mut counts),
            None => habits.apart = Some(set_apart(documents, &mut counts)),
        }
    }
    // The keys of a form may be headings: these are told by their signs.
    let step = |document: &mut Document| {
        let mut changed = 0;
        take(&mut document.text, headings::without, &mut changed);
        changed
    };
    counts.headings += documents.par_iter_mut().map(step).sum::<usize>();
    if !options.keep_fillers {
        counts.fillers = mark_fillers(documents, &mut habits.fillers);
    }
    counts
}

/// What can be seen of one text without the others.
fn alone(document: &mut Document, options: &ReadOptions) -> Counts {
    let mut counts = Counts::default();
    if !options.keep_boilerplate {
        take(&mut document.text, translated::without, &mut counts.translated);
    }
    if !options.keep_boilerplate && take_unquoted(&mut document.text) {
        counts = Counts { markup: 1, quoted: 1, ..counts };
    } else {
        take(&mut document.text, markup::without_escaped, &mut counts.markup);
        take(&mut document.text, markup::without, &mut counts.markup);
        take(&mut document.text, bbcode::without, &mut counts.markup);
        counts.markup = counts.markup.min(1);
    }
    if counts.markup == 0 {
        take(&mut document.text, markup::without_entities, &mut counts.markup);
    }
    take(&mut document.text, marks::without, &mut counts.markup);
    counts.markup = counts.markup.min(1);
    take(&mut document.text, hyphens::joined, &mut counts.hyphens);
    if !options.keep_boilerplate {
        take_around(&mut document.text, replies::without_quoted, &mut counts.quoted);
        take_around(&mut document.text, replies::without_signature, &mut counts.signed);
        take_around(&mut document.text, banners::without, &mut counts.banners);
        take_around(&mut document.text, traces::without, &mut counts.traces);
    }
    if counts.traces > 0 {
        document.text = fences::tidied(&document.text);
    }
    counts.quoted = counts.quoted.min(1);
    counts
}

/// Takes the markup off a mail with all that it says is quoted, if anything else is left to read.
fn take_unquoted(text: &mut String) -> bool {
    let marked = markup::without_but_quotes(text).or_else(|| bbcode::without_but_quotes(text));
    let Some(marked) = marked else { return false };
    let unquoted = replies::without_marked(&marked).into_owned();
    let is_taken = frame::says_something(&unquoted) && unquoted != marked;
    if is_taken {
        *text = unquoted;
    }
    is_taken
}

/// Applies one step, unless it leaves nothing to read.
fn take(text: &mut String, step: impl Fn(&str) -> Cow<'_, str>, count: &mut usize) {
    if let Cow::Owned(new) = step(text)
        && says_something(&new)
    {
        *text = new;
        *count += 1;
    }
}

/// The same of what stands around what somebody says: a salutation or a name is nothing to read.
fn take_around(text: &mut String, step: impl Fn(&str) -> Cow<'_, str>, count: &mut usize) {
    let step = |text: &str| match step(text) {
        Cow::Owned(new) if frame::says_something(&new) => Cow::Owned::<str>(new),
        _ => Cow::Borrowed(""),
    };
    if let Cow::Owned(new) = step(text) {
        *text = new;
        *count += 1;
    }
}

/// What can only be seen of all texts together: the keys of a form go first, for they show where its message begins. A closing is
/// the end of a mail, and a greeting its beginning, only when the headers and disclaimers around them are gone. The line above a name ("Kind regards") shows where the name stands: where it
/// repeats, it goes after the closings.
fn set_apart(documents: &mut [Document], counts: &mut Counts) -> Apart {
    let mut is_shorter = vec![false; documents.len()];
    let keys = Keys::of(&all(documents));
    without_keys(documents, &keys, &mut is_shorter, counts);
    let (above_names, repeated) = Repeated::of(&all(documents)).split(closings::is_above_a_name);
    let runs = Runs::of(&all(documents));
    without_repeats(documents, &repeated, &mut is_shorter, &mut counts.pieces);
    without_runs(documents, &runs, &mut is_shorter, counts);
    let texts = || documents.iter().map(|document| document.text.as_str());
    let (greet, close) = (greetings::are_usual(texts()), closings::are_usual(texts()));
    let apart = Apart { keys, above_names, repeated, runs, greet, close };
    finish(&apart, documents, is_shorter, counts);
    apart
}

/// The same as the first texts of the corpus show it.
fn set_apart_as(apart: &Apart, documents: &mut [Document], counts: &mut Counts) {
    let mut is_shorter = vec![false; documents.len()];
    without_keys(documents, &apart.keys, &mut is_shorter, counts);
    without_repeats(documents, &apart.repeated, &mut is_shorter, &mut counts.pieces);
    without_runs(documents, &apart.runs, &mut is_shorter, counts);
    finish(apart, documents, is_shorter, counts);
}

fn without_keys(documents: &mut [Document], keys: &Keys, is_shorter: &mut [bool], counts: &mut Counts) {
    if !keys.is_empty() {
        without_pieces(documents, |text| keys.without(text), is_shorter, &mut counts.pieces);
    }
}

fn without_runs(documents: &mut [Document], runs: &Runs, is_shorter: &mut [bool], counts: &mut Counts) {
    if !runs.is_empty() {
        without_pieces(documents, |text| runs.without(text), is_shorter, &mut counts.pieces);
    }
}

/// What follows when the headers and disclaimers are gone.
fn finish(apart: &Apart, documents: &mut [Document], mut is_shorter: Vec<bool>, counts: &mut Counts) {
    counts.greetings = if apart.greet { count_of(&all_without(documents, greetings::without)) } else { 0 };
    counts.closings = if apart.close { count_of(&all_without(documents, closings::without)) } else { 0 };
    without_repeats(documents, &apart.above_names, &mut is_shorter, &mut counts.pieces);
    counts.repeated = count_of(&is_shorter);
    let shorter = documents.par_iter_mut().zip(is_shorter).filter(|(_, is_shorter)| *is_shorter);
    shorter.for_each(|(document, _)| document.text = fences::tidied(&document.text));
}

fn all(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.text.as_str()).collect()
}

/// Takes what repeats out of all texts.
fn without_repeats(documents: &mut [Document], repeated: &Repeated, is_shorter: &mut [bool], pieces: &mut Pieces) {
    if !repeated.is_empty() {
        without_pieces(documents, |text| repeated.without(text), is_shorter, pieces);
    }
}

/// Takes pieces out of all texts, notes which of them are shorter now, and counts the pieces.
fn without_pieces<P: Eq + Hash + Into<String> + Send>(
    documents: &mut [Document],
    without: impl Fn(&str) -> (Cow<'_, str>, HashSet<P>) + Sync,
    is_shorter: &mut [bool],
    pieces: &mut Pieces,
) {
    let one = |document: &mut Document| {
        let (text, gone) = without(&document.text);
        if let Cow::Owned(text) = text {
            document.text = text;
        }
        gone
    };
    let gone: Vec<HashSet<P>> = documents.par_iter_mut().map(one).collect();
    is_shorter.iter_mut().zip(&gone).for_each(|(is_shorter, gone)| *is_shorter |= !gone.is_empty());
    for piece in gone.into_iter().flatten() {
        *pieces.entry(piece.into()).or_default() += 1;
    }
}

/// Applies a step to all texts, and says which of them it changed.
fn all_without(documents: &mut [Document], step: impl Fn(&str) -> Cow<'_, str> + Sync) -> Vec<bool> {
    let one = |document: &mut Document| {
        let mut count = 0;
        take_around(&mut document.text, &step, &mut count);
        count > 0
    };
    documents.par_iter_mut().map(one).collect()
}

fn count_of(changed: &[bool]) -> usize {
    changed.iter().filter(|changed| **changed).count()
}

/// Marks the answers without content; where there are no others, they are what there is to group.
fn mark_fillers(documents: &mut [Document], known: &mut Option<Fillers>) -> usize {
    let kinds: Vec<Option<Kind>> = documents.par_iter().map(|document| fillers::kind(&document.text)).collect();
    let is_first = known.is_none();
    let fillers = known.get_or_insert_with(|| Fillers {
        are_marked: true,
        are_replies: kinds.iter().filter(|kind| **kind == Some(Kind::Reply)).count() >= LEAST_REPLIES,
        codes: missing_codes(documents, &kinds),
    });
    let is_filler = |(kind, document): (Option<Kind>, &Document)| match kind {
        Some(Kind::Filler) => true,
        Some(Kind::Reply) => fillers.are_replies,
        Some(Kind::Code) => fillers.codes.contains(document.text.trim()),
        None => false,
    };
    let are: Vec<bool> = kinds.iter().copied().zip(documents.iter()).map(is_filler).collect();
    let count = count_of(&are);
    if is_first {
        fillers.are_marked = count < documents.len();
    }
    if !fillers.are_marked {
        return 0;
    }
    documents.iter_mut().zip(are).for_each(|(document, is_filler)| document.has_content = !is_filler);
    count
}

/// The codes of missing answers: numbers that several documents have, where most hold words.
fn missing_codes(documents: &[Document], kinds: &[Option<Kind>]) -> HashSet<String> {
    let has_letters = |document: &&Document| document.text.chars().any(char::is_alphabetic);
    if documents.par_iter().filter(has_letters).count() * 2 < documents.len() {
        return HashSet::new();
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (document, _) in documents.iter().zip(kinds).filter(|(_, kind)| **kind == Some(Kind::Code)) {
        *counts.entry(document.text.trim()).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count >= LEAST_CODES).map(|(code, _)| code.to_owned()).collect()
}

fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// What is set apart, as it is called.
const QUOTED: &str = "quoted replies";
const SIGNATURES: &str = "signatures";
const BANNERS: &str = "what mail systems add";
/// A site's translation or the original, whichever comes second.
const TRANSLATED: &str = "texts in a second language beside a translation";
const TRACES: &str = "stack traces";
const REPEATED: &str = "what repeats across documents";
const GREETINGS: &str = "greetings of mails";
const CLOSINGS: &str = "closings of mails";

impl Counts {
    /// Adds what was changed in a later part of the corpus. Of what repeats, those pieces are counted that its first part has shown.
    pub(super) fn add(&mut self, mut later: Counts) {
        let pieces = std::mem::take(&mut later.pieces);
        let own = std::mem::take(&mut self.pieces);
        *self = Counts { pieces: own, ..std::mem::take(self).and(later) };
        for (piece, count) in pieces {
            if let Some(known) = self.pieces.get_mut(&piece) {
                *known += count;
            }
        }
    }

    /// Of texts alone: nothing repeats yet.
    fn and(self, other: Counts) -> Counts {
        Counts {
            pieces: Pieces::new(),
            translated: self.translated + other.translated,
            markup: self.markup + other.markup,
            headings: self.headings + other.headings,
            hyphens: self.hyphens + other.hyphens,
            quoted: self.quoted + other.quoted,
            signed: self.signed + other.signed,
            banners: self.banners + other.banners,
            traces: self.traces + other.traces,
            repeated: self.repeated + other.repeated,
            greetings: self.greetings + other.greetings,
            closings: self.closings + other.closings,
            fillers: self.fillers + other.fillers,
        }
    }

    /// What was changed or set apart, in the order of the steps.
    pub(super) fn steps(&self) -> Vec<SetApart> {
        let all = [
            ("markup", self.markup),
            ("signs of headings", self.headings),
            ("words cut at line ends", self.hyphens),
            (TRANSLATED, self.translated),
            (QUOTED, self.quoted),
            (SIGNATURES, self.signed),
            (BANNERS, self.banners),
            (TRACES, self.traces),
            (REPEATED, self.repeated),
            (GREETINGS, self.greetings),
            (CLOSINGS, self.closings),
            ("no content", self.fillers),
        ];
        let pieces = |what: &str| if what == REPEATED { self.named(NAMED.0) } else { Vec::new() };
        let step =
            |(what, documents): (&str, usize)| SetApart { what: what.to_owned(), documents, pieces: pieces(what) };
        all.into_iter().filter(|(_, count)| *count > 0).map(step).collect()
    }

    /// The most frequent pieces that repeat.
    fn named(&self, most: usize) -> Vec<Piece> {
        let mut pieces: Vec<(&String, usize)> = self.pieces.iter().map(|(piece, count)| (piece, *count)).collect();
        pieces.sort_by_key(|(piece, count)| (Reverse(*count), *piece));
        let begins = |piece: &str| cut(&piece.split_whitespace().collect::<Vec<_>>().join(" "), SHOWN);
        let named = pieces.into_iter().take(most);
        named.map(|(piece, documents)| Piece { begins: begins(piece), documents }).collect()
    }

    /// The same in words.
    fn examples(&self) -> String {
        let named = self.named(NAMED.1);
        let more = self.pieces.len() - named.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let named = named.iter().map(|piece| format!("\"{}\" in {}", shown(&piece.begins), piece.documents));
        format!(" ({}{more})", named.collect::<Vec<_>>().join(", "))
    }

    /// The same in sentences.
    pub(super) fn notes(&self) -> Vec<Message> {
        let mut notes: Vec<Message> = Vec::new();
        if self.markup > 0 {
            notes.push(format!("markup was stripped from {}", texts(self.markup)).into());
        }
        if self.hyphens > 0 {
            notes.push(format!("words cut at line ends were joined in {}", texts(self.hyphens)).into());
        }
        if self.headings > 0 {
            notes.push(format!("the signs in front of headings (#) were taken off in {}", texts(self.headings)).into());
        }
        let apart = [
            (TRANSLATED, self.translated),
            (QUOTED, self.quoted),
            (SIGNATURES, self.signed),
            (BANNERS, self.banners),
            (TRACES, self.traces),
            (REPEATED, self.repeated),
            (GREETINGS, self.greetings),
            (CLOSINGS, self.closings),
        ];
        let apart: Vec<String> = apart
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| {
                let examples = if *what == REPEATED { self.examples() } else { String::new() };
                format!("{what} in {}{examples}", texts(*count))
            })
            .collect();
        if !apart.is_empty() {
            let apart = apart.join(", ");
            notes.push(message!("set apart before grouping: {apart} ({+keep-boilerplate} keeps it)", apart));
        }
        if self.fillers > 0 {
            let (count, verb) = (texts(self.fillers), if self.fillers == 1 { "says" } else { "say" });
            notes.push(message!(
                "{count} {verb} nothing (\"don't know\", \"n/a\"): no content ({+keep-fillers} groups them)",
                count,
                verb
            ));
        }
        notes
    }
}

fn texts(count: usize) -> String {
    if count == 1 { "1 text".into() } else { format!("{count} texts") }
}

/// Whether a sentence is nothing but a greeting or the closing of a mail.
pub fn is_courtesy(sentence: &str) -> bool {
    greetings::is_a_line(sentence) || closings::is_closing(sentence)
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{notes, options, read_as, texts};

    fn corpus(rows: &[String], options: &ReadOptions) -> crate::corpus::Corpus {
        let lines: Vec<String> = rows.iter().map(|text| serde_json::json!({ "text": text }).to_string()).collect();
        read_as("a.jsonl", lines.join("\n").as_bytes(), options).unwrap()
    }

    #[test]
    fn fillers_are_no_texts_to_group_and_come_back_with_the_flag() {
        let rows = ["The soup was cold", "n/a", "Don't know.", "-"].map(str::to_owned);
        let apart = corpus(&rows, &options());
        assert_eq!((apart.texts.len(), apart.documents.len()), (1, 4));
        assert!(notes(&apart).iter().any(|note| note.starts_with("3 texts say nothing")), "{:?}", notes(&apart));
        let kept = corpus(&rows, &ReadOptions { keep_fillers: true, ..options() });
        assert_eq!(kept.texts.len(), 4);
        assert_eq!(corpus(&["-", "n/a"].map(str::to_owned), &options()).texts.len(), 2, "else nothing is left");
    }

    #[test]
    fn codes_and_marks_of_missing_answers_say_nothing() {
        let said =
            ["the lift stood still", "no light on the stairs", "the yard floods when it rains", "doors slam all night"];
        let rows = |more: &[&str]| -> Vec<String> { said.iter().chain(more).map(|text| (*text).to_owned()).collect() };
        let left =
            |more: &[&str]| corpus(&rows(more), &options()).documents.iter().filter(|one| one.has_content).count();
        assert_eq!(left(&["-99", "-99", "-77", "-77"]), 4);
        assert_eq!(left(&["(Missing)", "[deleted]", "[removed]"]), 4);
        assert_eq!(left(&["999", "999", "-98", "-98"]), 4);
        assert_eq!(left(&["missing", "missing", "undefined", "No Negative", "No positive", "null", "nan", "[]"]), 4);
        assert_eq!(
            left(&["-99", "42", "42", "missing"]),
            8,
            "a code that stands alone, a number and a word are answers"
        );
        let numbers: Vec<String> = ["999", "999", "12", "7 rooms"].map(str::to_owned).to_vec();
        assert_eq!(corpus(&numbers, &options()).documents.iter().filter(|one| one.has_content).count(), 4);
    }

    #[test]
    fn replies_without_content_are_set_apart_where_there_are_three() {
        let rows = ["The soup was cold", "ok", "lol", "thank you", "+1"].map(str::to_owned);
        assert_eq!(corpus(&rows, &options()).texts.len(), 2);
        assert_eq!(corpus(&rows[..4], &options()).texts.len(), 4);
    }

    #[test]
    fn boilerplate_is_set_apart_and_kept_with_the_flag() {
        let foot = "--\nKim Example\nThis mail is confidential.";
        let rows: Vec<String> =
            ["The parcel is late", "The brake squeals"].map(|text| format!("{text}\n{foot}")).into();
        assert_eq!(texts(&corpus(&rows, &options())), ["The parcel is late", "The brake squeals"]);
        let kept = corpus(&rows, &ReadOptions { keep_boilerplate: true, ..options() });
        assert_eq!(texts(&kept), rows);
    }

    #[test]
    fn what_a_mail_in_html_quotes_goes_as_in_plain_text_unless_it_is_all() {
        let apple =
            "<html><body><p>The soup was cold</p><blockquote type=\"cite\">Thank you</blockquote></body></html>";
        let gmail = "<div>Bread was old</div><div class=\"gmail_quote\"><div>On Mon, 3 Mar 2025, Kim wrote:<br></div>\
            <blockquote class=\"gmail_quote\">Thank you</blockquote></div>";
        let below = "<p>On 3 Mar 2025, Kim wrote:</p><blockquote>Thank you</blockquote><p>Nobody came</p>";
        let alone = "<blockquote type=\"cite\">Only this</blockquote>";
        let rows = [apple, gmail, below, alone].map(str::to_owned);
        let read = corpus(&rows, &options());
        assert_eq!(texts(&read), ["The soup was cold", "Bread was old", "Nobody came", "Only this"]);
        assert!(notes(&read).iter().any(|note| note.contains("quoted replies in 3 texts")), "{:?}", notes(&read));
        let kept = corpus(&rows, &ReadOptions { keep_boilerplate: true, ..options() });
        assert_eq!(texts(&kept)[0], "The soup was cold\nThank you");
    }

    #[test]
    fn of_a_form_with_a_stack_trace_the_message_stays_and_all_comes_back_with_the_flag() {
        let said = [
            "It crashes when I open a photo from the gallery",
            "The login with my number does nothing at all",
            "Since the last update it freezes on the start screen",
            "Notes that I wrote on the train are gone",
            "Too many ads, one after every tap on the list",
            "I cannot cancel what I never wanted to have",
        ];
        let row = |(n, said): (usize, &&str)| {
            format!(
                "{said}\n\nVersion: 5.{n}.1\n\n```java\n\tat com.acme.Main.run(Main.java:37{n})\n```\n\nSent from https://a.example/c?Sid={n}a on {n}.3.2025"
            )
        };
        let rows: Vec<String> = said.iter().enumerate().map(row).collect();
        let read = corpus(&rows, &options());
        assert_eq!(texts(&read), said);
        let note = &notes(&read)[0];
        for part in ["stack traces in 6 texts", "\"Version: …\" in 6", "\"Sent from … on #.#.#\" in 6"] {
            assert!(note.contains(part), "{note}");
        }
        let kept = corpus(&rows, &ReadOptions { keep_boilerplate: true, ..options() });
        assert_eq!(texts(&kept), rows);
    }

    #[test]
    fn a_review_with_its_translation_is_read_in_one_language() {
        let rows = ["(Translated by Google) Good food.\n\n(Original)\nGutes Essen.".to_owned(), "Nice".to_owned()];
        let read = corpus(&rows, &options());
        assert_eq!(texts(&read), ["Good food.", "Nice"]);
        let kept = corpus(&rows, &ReadOptions { keep_boilerplate: true, ..options() });
        assert_eq!(texts(&kept), rows);
    }

    #[test]
    fn what_a_post_of_a_forum_quotes_goes_and_mentions_of_teams_are_no_markup() {
        let post = |said: &str| format!("[quote=bob]Thank you all[/quote]\n{said} [b]really[/b]");
        let mention = "<div><at id=\"0\">Ann</at>&nbsp;The soup was cold</div>";
        let rows = [post("Bread was old"), "[quote]Only this[/quote]".to_owned(), mention.to_owned()];
        let read = corpus(&rows, &options());
        assert_eq!(texts(&read), ["Bread was old really", "Only this", "Ann The soup was cold"]);
        assert!(
            read.notes.iter().any(|note| note.to_string().contains("quoted replies in 1 text")),
            "{:?}",
            read.notes
        );
        let kept = corpus(&rows, &ReadOptions { keep_boilerplate: true, ..options() });
        assert_eq!(texts(&kept)[0], "Thank you all\n\nBread was old really");
    }

    #[test]
    fn a_mail_is_never_only_a_salutation_a_closing_or_a_name() {
        let quoted = "Am 3. März 2025 um 09:12 schrieb Laden <s@shop.example>:\n\nIhr Paket ist unterwegs.";
        let foot = "This e-mail is confidential and intended solely for the person it is addressed to.";
        let rows: Vec<String> = ["Anna", "Ben", "Clara", "David", "Emil", "Fatima", "Georg", "Hanna"]
            .iter()
            .enumerate()
            .map(|(n, name)| match n % 2 {
                0 => format!("Hallo,\n\nViele Grüße\n{name} Beispiel\n\n{quoted}"),
                _ => format!("Dear support team,\n\nKind regards,\n{name} Example\n\n{foot}"),
            })
            .collect();
        for text in texts(&corpus(&rows, &options())) {
            assert!(text.contains("unterwegs") || text.contains("confidential"), "{text}");
        }
    }

    #[test]
    fn closings_above_a_disclaimer_are_set_apart_where_mails_have_them() {
        let foot = "This e-mail is confidential and intended solely for the person it is addressed to.";
        let said = ["parcel", "brake", "saddle", "invoice", "refund", "wheel", "light", "lock"]
            .map(|what| format!("The {what} came broken"));
        // Lines that most of the mails have repeat: of these there are two kinds.
        let closing = |n: usize| ["Kind regards,\nTom Becker", "Viele Grüße\nAnna Lenz"][n % 2];
        let row = |(n, said): (usize, &String)| format!("{said}\n\n{}\n\n{foot}", closing(n));
        let rows: Vec<String> = said.iter().enumerate().map(row).collect();
        let read = corpus(&rows, &options());
        assert_eq!(texts(&read), said);
        assert!(notes(&read).iter().any(|note| note.contains("closings of mails in 8 texts")), "{:?}", notes(&read));
        let kept = corpus(&rows, &ReadOptions { keep_boilerplate: true, ..options() });
        assert_eq!(texts(&kept), rows);
    }

    #[test]
    fn names_go_with_the_line_above_them_though_it_repeats() {
        let said = ["parcel", "brake", "saddle", "invoice", "refund", "wheel", "light", "lock"]
            .map(|what| format!("The {what} came broken"));
        let foot = "This e-mail is confidential and intended solely for the person it is addressed to.";
        for closing in ["Kind regards", "Kind regards,", "Viele Grüße", "Cordialement,"] {
            let signed = |n: usize| format!("{closing}\n{}", ["Tom", "Anna", "Luc", "Jean-Pierre Dupont"][n % 4]);
            for below in ["", foot] {
                let row = |(n, said): (usize, &String)| format!("{said}\n\n{}\n\n{below}", signed(n));
                let rows: Vec<String> = said.iter().enumerate().map(row).collect();
                let read = corpus(&rows, &options());
                assert_eq!(texts(&read), said, "{closing}");
                assert!(notes(&read).iter().any(|note| note.contains("closings of mails in 8 texts")), "{closing}");
            }
        }
        // Where no name stands below, the line goes all the same.
        let asks = ["is it late?", "who pays?", "where is it?", "what now?", "who came?", "is it open?"];
        let rows = asks.map(|ask| format!("The parcel came broken, {ask}\nKind regards\nP.S. and {ask}"));
        assert!(texts(&corpus(&rows, &options())).iter().all(|text| !text.contains("regards")));
    }

    #[test]
    fn greetings_are_set_apart_where_mails_have_them() {
        let said = ["parcel", "brake", "saddle", "invoice", "refund", "wheel", "light", "lock"]
            .map(|what| format!("The {what} came broken"));
        let greeting = |n: usize| ["Hallo Team,\n\n", "Dear support team,\n", "Hi there,\n"][n % 3];
        let rows: Vec<String> = said.iter().enumerate().map(|(n, said)| format!("{}{said}", greeting(n))).collect();
        let read = corpus(&rows, &options());
        assert_eq!(texts(&read), said);
        assert!(notes(&read).iter().any(|note| note.contains("greetings of mails in 8 texts")), "{:?}", notes(&read));
        let kept = corpus(&rows, &ReadOptions { keep_boilerplate: true, ..options() });
        assert_eq!(texts(&kept), rows);
    }
}
