//! Titles: which column heads the text, and is read with it.

use super::seen::{Seen, leaf};
use crate::corpus::company;
use crate::corpus::field::{Field, words};

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
pub(in crate::corpus) fn title_of(seen: &[Seen], text: &str) -> Option<Field> {
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

/// Whether a column is a title by its name.
pub(super) fn is_title_by_name(seen: &Seen) -> bool {
    TITLES.contains(&words(leaf(seen)).join(" ").as_str())
}
