//! String literals in Rust source.

use std::path::Path;

/// A literal shorter than this is hardly an input.
const SHORTEST: usize = 12;

/// The literals in all source files below a folder, none twice.
pub fn below(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|name| name == "rs") {
                found.extend(of(&std::fs::read(&path).unwrap_or_default()));
            }
        }
    }
    found.retain(|literal| literal.len() >= SHORTEST);
    found.sort();
    found.dedup();
    found
}

/// The literals of one file, without their escapes.
pub fn of(source: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < source.len() {
        let rest = &source[place..];
        let hashes = rest.iter().skip(1).take_while(|byte| **byte == b'#').count();
        if rest.starts_with(b"//") {
            place += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        } else if rest[0] == b'\'' {
            // A character, or a lifetime.
            let end = if rest.get(1) == Some(&b'\\') { 3 } else { 2 };
            place += if rest.get(end) == Some(&b'\'') { end + 1 } else { 1 };
        } else if rest[0] == b'r' && rest.get(1 + hashes) == Some(&b'"') {
            let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
            let inner = &rest[hashes + 2..];
            let end = inner.windows(close.len()).position(|bytes| bytes == close).unwrap_or(inner.len());
            found.push(inner[..end].to_vec());
            place += hashes + 2 + end + close.len();
        } else if rest[0] == b'"' {
            let (literal, length) = escaped(&rest[1..]);
            found.push(literal);
            place += length + 1;
        } else {
            place += 1;
        }
    }
    found
}

/// What a literal with escapes means, and its length with the quote behind it.
fn escaped(source: &[u8]) -> (Vec<u8>, usize) {
    let mut literal = Vec::new();
    let mut place = 0;
    let number = |digits: &[u8]| u32::from_str_radix(&String::from_utf8_lossy(digits), 16).ok();
    while let Some(&byte) = source.get(place) {
        place += 1;
        match (byte, source.get(place)) {
            (b'"', _) => break,
            (b'\\', Some(b'\n')) => {
                place += source[place..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
            }
            (b'\\', Some(b'x')) => {
                let code = source.get(place + 1..place + 3).and_then(number).unwrap_or(0);
                literal.push(code as u8);
                place += 3;
            }
            (b'\\', Some(b'u')) => {
                let length = source[place..].iter().position(|byte| *byte == b'}').unwrap_or(0);
                let code = source.get(place + 2..place + length).and_then(number).and_then(char::from_u32);
                literal.extend(code.into_iter().flat_map(|c| c.to_string().into_bytes()));
                place += length + 1;
            }
            (b'\\', Some(escape)) => {
                literal.push(match escape {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'0' => 0,
                    other => *other,
                });
                place += 1;
            }
            _ => literal.push(byte),
        }
    }
    (literal, place)
}
