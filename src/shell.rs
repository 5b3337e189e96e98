//! Words of a command that is printed, such that it can be pasted.

use std::path::Path;

/// A word as a shell wants it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The name of a file as an argument: one that begins with a hyphen would be taken for a flag.
pub fn file(path: &str) -> String {
    let is_flag = path.starts_with('-') && path != "-";
    if is_flag { format!("./{path}") } else { path.to_owned() }
}

/// The name of a file as an argument, as a shell wants it.
pub fn quoted_file(path: &Path) -> String {
    quoted(&file(&path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_file_is_taken_for_a_flag_or_for_several_words() {
        let names = ["a.csv", "-a.csv", "-", "my mail.csv", "it's", "", "-my mail"];
        let words = names.map(|name| quoted_file(Path::new(name)));
        assert_eq!(words, ["a.csv", "./-a.csv", "-", "'my mail.csv'", r"'it'\''s'", "''", "'./-my mail'"]);
    }
}
