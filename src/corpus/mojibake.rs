//! Texts whose UTF-8 was once read as Latin-1 or Windows-1252 (`fÃ¼r`), as exports of Facebook and
//! tables that were saved twice hold them.

use encoding_rs::WINDOWS_1252;
use serde_json::Value;

use super::Document;
use crate::text::is_blank;

/// Stretches of letters that are not ASCII which show that all texts are so, at least.
const LEAST: usize = 3;
/// Texts among sound ones in which they stand, at least.
const LEAST_TEXTS: usize = 2;
/// What stands for a byte that no encoding knows.
const LOST: char = '\u{fffd}';

/// Puts the texts and fields of documents right where that is certain, and says of how many: of all, where every stretch that is
/// not ASCII, in all texts, is UTF-8 that was read wrongly; else of those of which it is so in their own text, if there are some.
pub(super) fn mend(documents: &mut [Document]) -> Mended {
    let mut count = 0;
    let mut wrong: Vec<usize> = Vec::new();
    let mut are_all = true;
    for (place, document) in documents.iter().enumerate() {
        let whole = || runs(&document.text).filter(|run| !run.contains(LOST));
        let is_wrong = whole().all(|run| meant(run).is_some());
        are_all &= is_wrong;
        if is_wrong {
            count += whole().count();
            wrong.extend(whole().next().is_some().then_some(place));
        }
    }
    match are_all {
        true if count < LEAST => Mended::None,
        true => {
            documents.iter_mut().for_each(mend_document);
            Mended::All
        }
        false if wrong.len() < LEAST_TEXTS || count < LEAST => Mended::None,
        false => {
            wrong.iter().for_each(|&place| mend_document(&mut documents[place]));
            Mended::Some(wrong.len())
        }
    }
}

/// Puts later documents right as the first ones of their corpus were, and says of how many of some that was so.
pub(super) fn mend_like(first: Mended, documents: &mut [Document]) -> usize {
    let is_wrong = |document: &&mut Document| {
        let mut whole = runs(&document.text).filter(|run| !run.contains(LOST)).peekable();
        whole.peek().is_some() && whole.all(|run| meant(run).is_some())
    };
    match first {
        Mended::None => 0,
        Mended::All => {
            documents.iter_mut().for_each(mend_document);
            0
        }
        Mended::Some(_) => documents.iter_mut().filter(is_wrong).map(mend_document).count(),
    }
}

/// Which documents were put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mended {
    None,
    /// So many, among others that were sound.
    Some(usize),
    All,
}

fn mend_document(document: &mut Document) {
    let read = document.text.clone();
    mend_text(&mut document.text);
    // What nobody sees is no text.
    if is_blank(&document.text) {
        document.text = read;
    }
    document.fields.values_mut().for_each(mend_value);
}

/// Puts all strings within a value right that are plainly so.
fn mend_value(value: &mut Value) {
    match value {
        Value::String(text) => mend_text(text),
        Value::Array(values) => values.iter_mut().for_each(mend_value),
        Value::Object(fields) => fields.values_mut().for_each(mend_value),
        _ => {}
    }
}

/// Puts a text right, unless any of its stretches is what it seems.
fn mend_text(text: &mut String) {
    if text.is_ascii() {
        return;
    }
    let mut mended = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(begin) = rest.find(|c: char| !c.is_ascii()) {
        let (before, behind) = rest.split_at(begin);
        let (run, after) = behind.split_at(behind.find(|c: char| c.is_ascii()).unwrap_or(behind.len()));
        // Of a character of which a byte was lost, nothing else is left.
        let lost = run.contains(LOST).then(|| LOST.to_string());
        let Some(meant) = meant(run).or(lost) else { return };
        mended.push_str(before);
        mended.push_str(&meant);
        rest = after;
    }
    mended.push_str(rest);
    *text = mended;
}

/// The stretches of a text that are not ASCII.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_ascii()).filter(|run| !run.is_empty())
}

/// What a stretch says, if its characters are the bytes of UTF-8.
fn meant(run: &str) -> Option<String> {
    let byte = |c: char| -> Option<u8> {
        if let Ok(byte) = u8::try_from(u32::from(c)) {
            return Some(byte);
        }
        let mut buffer = [0; 4];
        let (bytes, _, has_failed) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        bytes.first().copied().filter(|_| !has_failed && bytes.len() == 1)
    };
    String::from_utf8(run.chars().map(byte).collect::<Option<Vec<u8>>>()?).ok()
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{notes, options, read_as, texts};

    #[test]
    fn a_text_that_means_nothing_visible_stays_as_it_is() {
        let rows = "id,text\n1,\"FÃ¼r die Ã–ffnung\"\n2,\"schÃ¶n, sehr schÃ¶n\"\n3,â€‹\n";
        let corpus = read_as("a.csv", rows.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Für die Öffnung", "schön, sehr schön", "â€‹"]);
    }

    #[test]
    fn texts_that_were_read_in_a_wrong_encoding_are_put_right() {
        let rows = "id,text,name\n1,\"FÃ¼r die Ã–ffnung\",ZoÃ«\n2,\"schÃ¶n, sehr schÃ¶n\",Kim\n\
            3,\"fine ðŸ˜Š ðŸ™\u{fffd}\",Kim\n";
        let corpus = read_as("a.csv", rows.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Für die Öffnung", "schön, sehr schön", "fine 😊 \u{fffd}"]);
        assert_eq!(corpus.documents[0].fields["name"], "Zoë");
        assert!(notes(&corpus).iter().any(|note| note.contains("wrong encoding")), "{:?}", notes(&corpus));
        let list = "[{\"text\": \"f\\u00c3\\u00bcr uns\"}, {\"text\": \"\\u00c3\\u0096fter sch\\u00c3\\u00b6n\"}]";
        assert_eq!(texts(&read_as("a.json", list.as_bytes(), &options()).unwrap()), ["für uns", "Öfter schön"]);
    }

    #[test]
    fn what_is_sound_anywhere_leaves_all_as_it_is() {
        let rows = "id,text\n1,FÃ¼r alle schÃ¶n und grÃ¼n\n2,für mich\n";
        assert_eq!(texts(&read_as("a.csv", rows.as_bytes(), &options()).unwrap())[0], "FÃ¼r alle schÃ¶n und grÃ¼n");
    }

    #[test]
    fn rows_that_are_plainly_so_are_put_right_among_sound_ones() {
        let rows = "id,text,name\n1,FÃ¼r alle â‚¬ 5,ZoÃ«\n2,für mich,Zoë\n3,schÃ¶n,Kim\n4,grÃ¼n statt grün,Kim\n5,spÃ¤t,Kim\n\
            6,fine,Kim\n";
        let corpus = read_as("a.csv", rows.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Für alle € 5", "für mich", "schön", "grÃ¼n statt grün", "spät", "fine"]);
        assert_eq!(
            (&corpus.documents[0].fields["name"], &corpus.documents[1].fields["name"]),
            (&"Zoë".into(), &"Zoë".into())
        );
        assert!(notes(&corpus).iter().any(|note| note.starts_with("3 texts had been read")), "{:?}", notes(&corpus));
    }

    #[test]
    fn control_characters_of_a_wrong_encoding_are_said() {
        let corpus = read_as("a.csv", "id,text\n1,tr\u{8f}s tard\n2,fine\n".as_bytes(), &options()).unwrap();
        assert!(notes(&corpus).iter().any(|note| note.contains("control characters")), "{:?}", notes(&corpus));
    }
}
