//! What the words of a cluster say of it, without a model: keyphrases, labels, exemplars, quotes.

mod exemplars;
mod function_words;
mod keyphrases;
mod labels;
mod phrases;
mod quotes;

pub use exemplars::exemplars;
pub use function_words::FunctionWords;
pub use keyphrases::{Keyphrases, Phrase};
pub use labels::{Wording, labels};
pub use phrases::Reader;
pub use quotes::{Sentence, Span, Standing, best_sentences, sentences, telling};
