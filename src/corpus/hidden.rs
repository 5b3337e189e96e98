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

/// The addresses of the cells of a sheet that have a formula which nobody computed, as programs write them that compute nothing: the
/// file has no value for it, not even an empty text.
pub(super) fn uncomputed(workbook: &[u8], sheet: &str) -> Vec<String> {
    uncomputed_cells(workbook, sheet).unwrap_or_default()
}

fn uncomputed_cells(workbook: &[u8], sheet: &str) -> Option<Vec<String>> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).ok()?;
    let file = file_of(&mut archive, sheet)?;
    let mut found = Vec::new();
    // The address of the cell, and whether it has a formula and a value.
    let (mut address, mut has_formula, mut has_value) = (None, false, false);
    for (has_text, tag) in pieces_with_text(&mut archive, &file)? {
        match name_of(&tag) {
            "c" => {
                address = attribute(&tag, "r")
                    .filter(|_| !tag.ends_with('/') && attribute(&tag, "t").as_deref() != Some("str"));
                (has_formula, has_value) = (false, false);
            }
            "f" => has_formula = true,
            "" if ["v", "t"].contains(&name_of(tag.trim_start_matches('/'))) => has_value |= has_text,
            "" if name_of(tag.trim_start_matches('/')) == "c" && has_formula && !has_value => {
                found.extend(address.take())
            }
            _ => {}
        }
    }
    Some(found)
}

/// The file of a sheet within a workbook.
fn file_of(archive: &mut ZipArchive<Cursor<&[u8]>>, sheet: &str) -> Option<String> {
    let id = tags(archive, SHEETS, "sheet")?
        .find(|tag| attribute(tag, "name").is_some_and(|name| unescaped(&name) == sheet))
        .and_then(|tag| attribute(&tag, "r:id"))?;
    let file = tags(archive, FILES, "Relationship")?
        .find(|tag| attribute(tag, "Id").as_ref() == Some(&id))
        .and_then(|tag| attribute(&tag, "Target"))?;
    Some(file.strip_prefix('/').map_or_else(|| format!("xl/{file}"), str::to_owned))
}

fn hidden(workbook: &[u8], sheet: &str) -> Option<HashSet<u64>> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).ok()?;
    let file = file_of(&mut archive, sheet)?;
    let is_hidden = |tag: &String| matches!(attribute(tag, "hidden").as_deref(), Some("1" | "true"));
    let rows = tags(&mut archive, &file, "row")?.filter(is_hidden);
    Some(rows.filter_map(|tag| attribute(&tag, "r")?.parse().ok()).collect())
}

/// The tags of a part of a workbook, one after the other, each without its brackets.
pub(super) fn pieces<'a>(
    archive: &'a mut ZipArchive<Cursor<&[u8]>>,
    part: &str,
) -> Option<impl Iterator<Item = String> + 'a> {
    Some(pieces_with_text(archive, part)?.map(|(_, tag)| tag))
}

/// The same, each with whether text stands before it.
fn pieces_with_text<'a>(
    archive: &'a mut ZipArchive<Cursor<&[u8]>>,
    part: &str,
) -> Option<impl Iterator<Item = (bool, String)> + 'a> {
    let mut input = BufReader::new(archive.by_name(part).ok()?.take(LARGEST));
    let next = move || {
        let mut piece = Vec::new();
        input.read_until(b'>', &mut piece).ok().filter(|count| *count > 0).map(|_| piece)
    };
    let tag = |piece: Vec<u8>| {
        let start = piece.iter().rposition(|byte| *byte == b'<')?;
        let tag = piece.get(start + 1..)?;
        Some((start > 0, String::from_utf8_lossy(tag.strip_suffix(b">").unwrap_or(tag)).into_owned()))
    };
    Some(std::iter::from_fn(next).filter_map(tag))
}

/// The tags of a name in a part of a workbook, one after the other.
fn tags<'a>(
    archive: &'a mut ZipArchive<Cursor<&[u8]>>,
    part: &str,
    name: &'static str,
) -> Option<impl Iterator<Item = String> + 'a> {
    Some(pieces(archive, part)?.filter(move |tag| name_of(tag) == name))
}

/// The name of a tag without its namespace; nothing for one that closes.
fn name_of(tag: &str) -> &str {
    let own = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
    own.rsplit(':').next().unwrap_or_default()
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
