//! Notes as Google Keep exports them, a file each: words, or a list of things to do, whose lines are the words then.

use serde_json::{Map, Value};

/// The fields of the words and of the list, and one that every note has and nothing else.
const WORDS: &str = "textContent";
const LIST: &str = "listContent";
const MARK: &str = "isTrashed";

/// Whether an object is a note.
pub(super) fn is_note(fields: &Map<String, Value>) -> bool {
    fields.get(MARK).is_some_and(Value::is_boolean) && (fields.contains_key(WORDS) || fields.contains_key(LIST))
}

/// The fields, with the lines of a list as the words of a note that has none.
pub(super) fn with_words(mut fields: Map<String, Value>) -> Map<String, Value> {
    if !is_note(&fields) || fields.contains_key(WORDS) {
        return fields;
    }
    let Some(Value::Array(list)) = fields.shift_remove(LIST) else { return fields };
    let lines: Vec<&str> = list.iter().filter_map(|item| item.get("text")?.as_str()).collect();
    fields.insert(WORDS.to_owned(), lines.join("\n").into());
    fields
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::options;
    use crate::corpus::{Source, read, survey_all};

    const NOTE: &str = r#"{"isTrashed": false, "textContent": "The kettle leaks at its base.", "title": "", "labels": [{"name": "home"}]}"#;
    const LIST: &str = r#"{"isTrashed": false, "title": "shop", "labels": [{"name": "home"}],
        "listContent": [{"text": "milk and bread", "isChecked": false}, {"text": "a new kettle", "isChecked": true}]}"#;

    #[test]
    fn notes_are_documents_and_what_is_said_of_all_alike_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = [NOTE, LIST, &NOTE.replace("kettle", "pot")]
            .iter()
            .enumerate()
            .map(|(n, note)| {
                let path = folder.path().join(format!("2026-03-0{n}.json"));
                std::fs::write(&path, note).unwrap();
                path
            })
            .collect();
        let source = Source::Files(paths);
        let corpus = read(&source, &options()).unwrap();
        let texts: Vec<&str> = corpus.documents.iter().map(|document| document.text.as_str()).collect();
        assert_eq!(
            texts,
            ["The kettle leaks at its base.", "milk and bread\na new kettle", "The pot leaks at its base."]
        );
        let said: Vec<String> = corpus.notes.iter().map(ToString::to_string).collect();
        let of_text: Vec<&String> = said.iter().filter(|said| said.contains("textContent")).collect();
        assert_eq!(of_text.len(), 1, "{said:?}");
        assert!(of_text[0].contains("2026-03-00.json and 2 more files: the text is the field"), "{said:?}");
        let surveys = survey_all(&source, &options()).unwrap();
        assert_eq!((surveys.len(), surveys[0].documents, surveys[0].format.as_str()), (1, 3, "JSON (3 files)"));
    }
}
