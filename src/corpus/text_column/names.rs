//! Names of columns: those of texts, of what stands beside texts, and of neither.

use super::seen::{Seen, leaf};
use crate::corpus::field::words;

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
pub(super) const SHORT: [&str; 9] = ["short", "brief", "kurz", "kurze", "breve", "courte", "corta", "korte", "kort"];
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

/// Words behind which a name says what its text is about: `Reason for score`.
const ABOUT: [&str; 14] =
    ["for", "about", "on", "behind", "regarding", "of", "to", "with", "für", "zur", "zum", "zu", "pour", "sur"];

/// Words that say that a column is a person or a link.
pub(super) const PERSONS_AND_LINKS: [&str; 7] = ["name", "author", "user", "by", "url", "link", "id"];

/// Whether a name is that of a text column.
pub(in crate::corpus) fn is_named_so(name: &str) -> bool {
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
pub(in crate::corpus) fn is_plainly_a_name(line: &str) -> bool {
    let words = words(line);
    let is_one_word = !line.trim().contains(char::is_whitespace);
    let is_known = |word: &String| is_name(word) || BESIDE_NAMES.contains(&word.as_str());
    is_named_so(line) && (is_one_word || words.iter().all(is_known))
}

/// Whether a name is a question rather than the name of something.
pub(super) fn is_question(name: &str) -> bool {
    name.trim_end().ends_with('?') || words(name).len() > 4
}

/// Whether a field says why, by its name, be it in few words: `Short reason`, `What happened?`.
pub(super) fn is_reason(seen: &Seen) -> bool {
    let is_why = |word: &String| REASONS.contains(&word.as_str());
    let holds_words = seen.filled > 0 && seen.letters >= 3 * seen.filled;
    holds_words && !seen.repeats() && !is_about_a_text(seen) && words(leaf(seen)).iter().any(is_why)
}

/// Whether a field holds words and is called like a text. The box beside "Other, please specify" is not: survey tools call it
/// `Q3_6_TEXT`.
pub(super) fn is_named(seen: &Seen) -> bool {
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

/// Whether a name consists of words for a text alone: `comment`, `review_body`.
pub(super) fn is_plainly_named(name: &str) -> bool {
    words(name).iter().all(|word| is_name(word))
}

/// Whether a name says that a field is something about a text: its title, its language.
pub(super) fn is_about_a_text(seen: &Seen) -> bool {
    says_it_is_about(&words(leaf(seen)))
}
