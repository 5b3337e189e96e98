//! The vectors of a corpus, part after part, to files: for a run somewhere else, on one machine or on several.

use std::path::Path;

use super::ahead::ahead;
use super::vectors::check;
use crate::corpus::{Corpus, InParts, Part, ReadOptions, Source};
use crate::embed::{Embedder, PartLine, PartsWriter, texts_digest};
use crate::error::Error;
use crate::observer::Observer;
use crate::seed::sha256_hex;

/// Rows of a part.
pub const PART: usize = 16_384;

/// Which parts are embedded here: those whose number leaves the rest `part` when divided by `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// From 0.
    pub part: usize,
    /// At least 1.
    pub of: usize,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartsDone {
    /// Parts that were written.
    pub written: usize,
    /// Parts of this share that were there already.
    pub known: usize,
    /// Documents in both.
    pub documents: usize,
    /// Parts of the whole corpus.
    pub all: usize,
}

/// Embeds the documents with content of a corpus and writes their vectors into a directory: a part for every 16,384 rows. A part
/// that is there already is not embedded again.
///
/// # Errors
/// When the corpus cannot be read, the directory holds something else, or the embedder cannot be run. Parts that were written stay.
pub fn embed_parts(
    source: &Source,
    options: &ReadOptions,
    (folder, share): (&Path, Share),
    embedder: &dyn Embedder,
    observer: &dyn Observer,
) -> Result<PartsDone, Error> {
    let (mut writer, mut done) = (None, PartsDone::default());
    let mut take = |part: Part| {
        let (Part::Whole(corpus) | Part::Piece(corpus, _)) = part;
        let number = done.all;
        done.all += 1;
        if number % share.of != share.part {
            return Ok(());
        }
        if observer.is_interrupted() {
            return Err(Error::Interrupted);
        }
        // A corpus that cannot be read leaves no directory.
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(PartsWriter::open(folder, embedder.identity())?),
        };
        corpus.notes.iter().for_each(|note| observer.say(note));
        done.documents += corpus.embedded().count();
        match write(writer, number, &corpus, embedder, observer)? {
            true => done.written += 1,
            false => done.known += 1,
        }
        Ok(())
    };
    let ended = ahead(source, options, InParts { first: PART, next: PART }, &mut take)?;
    ended.iter().flat_map(|ended| &ended.notes).for_each(|note| observer.say(note));
    Ok(done)
}

/// Embeds and writes a part, unless it is there.
fn write(
    writer: &PartsWriter,
    number: usize,
    corpus: &Corpus,
    embedder: &dyn Embedder,
    observer: &dyn Observer,
) -> Result<bool, Error> {
    let texts = corpus.distinct_texts();
    let hashes: Vec<String> = texts.iter().map(sha256_hex).collect();
    let mut lines: Vec<PartLine> = corpus
        .embedded()
        .map(|document| PartLine {
            id: document.id.clone(),
            sha256: hashes[document.distinct].clone(),
            truncated: false,
        })
        .collect();
    if writer.holds(number, &texts_digest(&lines))? {
        return Ok(false);
    }
    let embedded = embedder.embed_unkept(&texts, observer)?;
    check(&embedded, texts.len(), embedder.identity().dimensions, |row| corpus.representative(row).id.clone())?;
    let rows: Vec<usize> = corpus.embedded().map(|document| document.distinct).collect();
    lines.iter_mut().zip(&rows).for_each(|(line, &row)| line.truncated = embedded.truncated[row]);
    writer.write(number, &lines, &embedded.embeddings.select(&rows))?;
    Ok(true)
}
