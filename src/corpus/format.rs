//! Which format a source is in: as told, else by its extension, else by its first bytes.

use std::path::Path;

use encoding_rs::{Encoding, UTF_8};

use super::read::Format;
use crate::error::Error;

/// Bytes of byte order marks, and the zeros between ASCII characters in UTF-16: they tell nothing about the format.
const NO_CONTENT: &[u8] = b"\xEF\xBB\xBF\xFE\xFF\0";

/// Decides the format from the front of the file, and refuses what only looks like JSON lines.
pub(super) fn decide(path: &Path, told: Option<Format>, front: &[u8]) -> Result<Format, Error> {
    let format = match told.or_else(|| by_extension(path)) {
        Some(format) => format,
        None => by_content(path, front)?,
    };
    match Encoding::for_bom(front) {
        Some((encoding, _)) if format == Format::Jsonl && encoding != UTF_8 => Err(Error::file(
            path,
            format!("is {} where JSON lines are UTF-8; convert it with iconv -f UTF-16 -t UTF-8", encoding.name()),
        )),
        _ => Ok(format),
    }
}

/// `.json` is left to the content: it may hold lines or a list.
fn by_extension(path: &Path) -> Option<Format> {
    match extension(path).as_str() {
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "csv" => Some(Format::Csv),
        "tsv" | "tab" => Some(Format::Tsv),
        _ => None,
    }
}

fn by_content(path: &Path, front: &[u8]) -> Result<Format, Error> {
    let first = front.iter().find(|byte| !byte.is_ascii_whitespace() && !NO_CONTENT.contains(byte));
    match first {
        Some(b'[') => {
            Err(Error::file(path, "holds a JSON list where one object a line is wanted; convert it with jq -c '.[]'"))
        }
        Some(b'{') => Ok(Format::Jsonl),
        _ if extension(path) == "json" => Ok(Format::Jsonl),
        _ => Ok(Format::Csv),
    }
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(path: &str, front: &[u8]) -> Format {
        decide(Path::new(path), None, front).unwrap()
    }

    #[test]
    fn the_extension_decides_before_the_content() {
        for path in ["a.jsonl", "a.ndjson", "a.JSONL", "a.json"] {
            assert_eq!(decided(path, b"x"), Format::Jsonl, "{path}");
        }
        assert_eq!(decided("a.csv", b"{"), Format::Csv);
        assert_eq!(decided("a.tsv", b"{"), Format::Tsv);
        assert_eq!(decided("a.tab", b"{"), Format::Tsv);
    }

    #[test]
    fn the_first_byte_decides_where_the_extension_does_not() {
        assert_eq!(decided("-", b"\xEF\xBB\xBF\r\n {\"text\""), Format::Jsonl);
        assert_eq!(decided("a.txt", b"id,text"), Format::Csv);
        assert_eq!(decided("-", b""), Format::Csv);
        assert_eq!(decide(Path::new("a.jsonl"), Some(Format::Tsv), b"{").unwrap(), Format::Tsv);
    }

    #[test]
    fn a_json_list_is_refused_with_the_way_out() {
        for path in ["a.json", "-"] {
            assert_eq!(
                decide(Path::new(path), None, b"\n [{\"text\": \"a\"}]").unwrap_err().to_string(),
                format!("{path}: holds a JSON list where one object a line is wanted; convert it with jq -c '.[]'")
            );
        }
    }

    #[test]
    fn json_lines_in_utf_16_are_refused_with_the_way_out() {
        for path in ["a.jsonl", "-"] {
            assert_eq!(
                decide(Path::new(path), None, b"\xFF\xFE{\0\"\0").unwrap_err().to_string(),
                format!("{path}: is UTF-16LE where JSON lines are UTF-8; convert it with iconv -f UTF-16 -t UTF-8")
            );
        }
    }
}
