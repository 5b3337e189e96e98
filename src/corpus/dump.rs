//! A table as databases dump it: `\\N` for nothing, line breaks and tabs written with a backslash.

/// A cell that holds nothing, as MySQL and PostgreSQL write it.
pub(super) const NOTHING: &[u8] = b"\\N";

/// Whether any cell of a sample is `\N`: then its backslashes are those of a dump.
pub(super) fn is_dump(sample: &[u8], separator: u8) -> bool {
    let lines = sample.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.flat_map(|line| line.split(move |byte| *byte == separator)).any(|cell| cell == NOTHING)
}

/// A cell without the dump's backslashes.
pub(super) fn decoded(cell: Vec<u8>) -> Vec<u8> {
    if cell == NOTHING {
        return Vec::new();
    }
    if !cell.contains(&b'\\') {
        return cell;
    }
    let mut kept = Vec::with_capacity(cell.len());
    let mut bytes = cell.into_iter();
    while let Some(byte) = bytes.next() {
        let meant = if byte == b'\\' { bytes.next().map_or(byte, meant) } else { byte };
        kept.push(meant);
    }
    kept
}

/// A quoted cell without the backslashes before its quotes and backslashes.
pub(super) fn unquoted(cell: Vec<u8>) -> Vec<u8> {
    let mut kept = Vec::with_capacity(cell.len());
    let mut bytes = cell.into_iter().peekable();
    while let Some(byte) = bytes.next() {
        let meant = bytes.next_if(|next| byte == b'\\' && (*next == b'"' || *next == b'\\'));
        kept.push(meant.unwrap_or(byte));
    }
    kept
}

/// What the byte after a backslash stands for.
fn meant(byte: u8) -> u8 {
    match byte {
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{notes, options, read_as, reason, texts};

    #[test]
    fn backslashes_are_decoded_and_nothing_is_empty() {
        let shown = |cell: &str| String::from_utf8(decoded(cell.as_bytes().to_vec())).unwrap();
        assert_eq!(shown("one\\ntwo\\tthree \\\\n \\\""), "one\ntwo\tthree \\n \"");
        assert_eq!((shown("\\N"), shown("a \\"), shown("plain")), (String::new(), "a \\".into(), "plain".into()));
        assert!(is_dump(b"id\ttext\n1\t\\N\r\n", b'\t') && !is_dump(b"id\ttext\n1\tC:\\New\n", b'\t'));
    }

    #[test]
    fn quotes_behind_backslashes_are_read_where_all_are_written_so() {
        let rows = b"id,text\n1,\"he said \\\"cold, again\\\", and left\"\n2,\"it is in C:\\\\new\"\n3,fine\n";
        let corpus = read_as("a.csv", rows, &options()).unwrap();
        assert_eq!(texts(&corpus), ["he said \"cold, again\", and left", "it is in C:\\new", "fine"]);
        assert!(notes(&corpus)[0].contains("backslash"), "{:?}", notes(&corpus));
        let doubled = b"id,text\n1,\"saved in C:\\\"\n2,\"so \"\"cold\"\", and \\x\"\n";
        assert_eq!(texts(&read_as("a.csv", doubled, &options()).unwrap()), ["saved in C:\\", "so \"cold\", and \\x"]);
    }

    #[test]
    fn a_dump_of_a_database_is_read_as_the_rows_it_was_written_from() {
        let dump =
            b"id\tshop\ttext\n1\t\\N\tcold soup.\\nSlow\n2\tnorth\t\\N\n3\tsouth\t\"never\" again\\\tat\\\nall\n";
        let corpus = read_as("a.tsv", dump, &options()).unwrap();
        assert_eq!(texts(&corpus), ["cold soup.\nSlow", "\"never\" again\tat\nall"]);
        assert_eq!((corpus.documents[0].fields["shop"].as_str(), reason(&corpus, 1)), (Some(""), "empty text"));
        assert!(notes(&corpus)[0].contains("a dump of a database"), "{:?}", notes(&corpus));
    }

    #[test]
    fn nothing_is_empty_wherever_it_stands_and_backslashes_of_other_files_stay() {
        let rows: String = (0..9000).map(|n| format!("{n},saved in C:\\new {n}\n")).collect();
        let corpus = read_as("a.csv", format!("id,text\n{rows}x,\\N\n").as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus)[0], reason(&corpus, 9000)), ("saved in C:\\new 0", "empty text"));
    }
}
