//! A corpus whose documents come after those of an earlier one.

use std::collections::HashMap;

use super::collect::distinct_texts;
use super::{Content, Corpus, Document, Row, Skipped};

impl Corpus {
    /// This corpus with the documents of an earlier one before its own; the rows stay its own. A text that is in both is with or
    /// without content as it was in the earlier one.
    pub fn after(self, earlier: Vec<Document>) -> Corpus {
        let first = earlier.len();
        let known: HashMap<&str, bool> =
            earlier.iter().map(|document| (document.text.as_str(), document.has_content)).collect();
        let as_before = |document: Document| Document {
            has_content: known.get(document.text.as_str()).copied().unwrap_or(document.has_content),
            ..document
        };
        let own: Vec<Document> = self.documents.into_iter().map(as_before).collect();
        let mut documents: Vec<Document> = earlier.into_iter().chain(own).collect();
        let (texts, apart, carriers) = distinct_texts(&mut documents);
        let moved = |row: Row| match row.content {
            Content::Document(index) => Row { content: Content::Document(first + index), ..row },
            Content::Skipped(_) => row,
        };
        let rows = self.rows.into_iter().map(moved).collect();
        Corpus { rows, documents, texts, apart, carriers, ..self }
    }

    /// The rows that have a name, under it, and their documents; `names` has one for each row.
    pub fn named(self, names: Vec<Option<String>>) -> Corpus {
        let mut documents: Vec<Document> = Vec::new();
        let mut rows = Vec::new();
        for (row, name) in self.rows.into_iter().zip(names) {
            let Some(id) = name else { continue };
            let content = match row.content {
                Content::Skipped(skipped) => Content::Skipped(Box::new(Skipped { id, ..*skipped })),
                Content::Document(index) => {
                    documents.push(Document { id, ..self.documents[index].clone() });
                    Content::Document(documents.len() - 1)
                }
            };
            rows.push(Row { content, ..row });
        }
        let (texts, apart, carriers) = distinct_texts(&mut documents);
        Corpus { rows, documents, texts, apart, carriers, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{options, read_as};
    use super::*;

    fn corpus(bytes: &[u8]) -> Corpus {
        read_as("a.jsonl", bytes, &options()).unwrap()
    }

    #[test]
    fn documents_come_after_earlier_ones() {
        let earlier = corpus(b"{\"id\": \"x\", \"text\": \"late parcel\"}\n{\"id\": \"y\", \"text\": \"torn box\"}\n");
        let later = b"{\"id\": \"z\", \"text\": \"torn box\"}\n{\"id\": \"e\", \"text\": \"\"}\n{\"id\": \"n\", \"text\": \"new\"}\n";
        let joined = corpus(later).after(earlier.documents);
        let ids: Vec<&str> = joined.documents.iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, ["x", "y", "z", "n"]);
        assert_eq!(joined.rows.iter().map(|row| joined.id(row)).collect::<Vec<_>>(), ["z", "e", "n"]);
        assert_eq!((joined.texts.len(), joined.documents[1].distinct), (3, joined.documents[2].distinct));
    }
    #[test]
    fn rows_without_a_name_are_left_out() {
        let bytes = b"{\"id\": \"z\", \"text\": \"torn\"}\n{\"id\": \"e\", \"text\": \"\"}\n{\"id\": \"n\", \"text\": \"new\"}\n";
        let left = corpus(bytes).named(vec![None, Some("e-2".into()), Some("n-2".into())]);
        assert_eq!(left.rows.iter().map(|row| left.id(row)).collect::<Vec<_>>(), ["e-2", "n-2"]);
        assert_eq!((left.documents.len(), left.texts.len()), (1, 1));
    }
}
