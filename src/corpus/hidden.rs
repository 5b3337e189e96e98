//! Rows of a sheet that are hidden, by a filter or by hand: `.xlsx` says so of each row, and the reader of workbooks does not.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Cursor, Read};

use zip::ZipArchive;

/// Bytes of a part of a workbook that are read at most.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// Where the sheets are listed, and where their files are.
const SHEETS: &str = "xl/workbook.xml";
const FILES: &str = "xl/_rels/workbook.xml.rels";

/// The numbers of the hidden rows of a sheet; none where the workbook is no `.xlsx` or says nothing of them.
pub(super) fn rows(workbook: &[u8], sheet: &str) -> HashSet<u64> {
    hidden(workbook, sheet).unwrap_or_default()
}

fn hidden(workbook: &[u8], sheet: &str) -> Option<HashSet<u64>> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).ok()?;
    let id = tags(&mut archive, SHEETS, "sheet")?
        .find(|tag| attribute(tag, "name").is_some_and(|name| unescaped(&name) == sheet))
        .and_then(|tag| attribute(&tag, "r:id"))?;
    let file = tags(&mut archive, FILES, "Relationship")?
        .find(|tag| attribute(tag, "Id").as_ref() == Some(&id))
        .and_then(|tag| attribute(&tag, "Target"))?;
    let file = file.strip_prefix('/').map_or_else(|| format!("xl/{file}"), str::to_owned);
    let is_hidden = |tag: &String| matches!(attribute(tag, "hidden").as_deref(), Some("1" | "true"));
    let rows = tags(&mut archive, &file, "row")?.filter(is_hidden);
    Some(rows.filter_map(|tag| attribute(&tag, "r")?.parse().ok()).collect())
}

/// The tags of a part of a workbook, one after the other, each without its brackets.
pub(super) fn pieces<'a>(
    archive: &'a mut ZipArchive<Cursor<&[u8]>>,
    part: &str,
) -> Option<impl Iterator<Item = String> + 'a> {
    let mut input = BufReader::new(archive.by_name(part).ok()?.take(LARGEST));
    let next = move || {
        let mut piece = Vec::new();
        input.read_until(b'>', &mut piece).ok().filter(|count| *count > 0).map(|_| piece)
    };
    let tag = |piece: Vec<u8>| {
        let start = piece.iter().rposition(|byte| *byte == b'<')?;
        let tag = piece.get(start + 1..)?;
        Some(String::from_utf8_lossy(tag.strip_suffix(b">").unwrap_or(tag)).into_owned())
    };
    Some(std::iter::from_fn(next).filter_map(tag))
}

/// The tags of a name in a part of a workbook, one after the other.
fn tags<'a>(
    archive: &'a mut ZipArchive<Cursor<&[u8]>>,
    part: &str,
    name: &'static str,
) -> Option<impl Iterator<Item = String> + 'a> {
    let is_named = move |tag: &String| {
        let own = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
        own.rsplit(':').next() == Some(name)
    };
    Some(pieces(archive, part)?.filter(is_named))
}

/// The value of an attribute of a tag.
pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let (before, behind) = (&rest[..at], &rest[at + name.len()..]);
        rest = behind;
        let Some(value) = behind.strip_prefix('=').filter(|_| before.ends_with(char::is_whitespace)) else { continue };
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        return value[1..].split(quote).next().map(str::to_owned);
    }
}

/// A name without the entities that XML writes in it.
pub(super) fn unescaped(name: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(name.to_owned(), |name, (entity, character)| name.replace(entity, character))
}
