//! JSON as people and scripts write it (JSONC, JSON5, a call around it), made strict as it passes: comments, commas behind the last
//! value, names without quotes, strings in single quotes. Lines stay where they are.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::values::Values;

/// Bytes that are read at once.
const BLOCK: usize = 16 * 1024;
/// Values of a sample that are looked at.
const LOOKED_AT: usize = 50;

/// Whether a sample is JSON of this kind: it is none as it stands, and is when made strict.
pub(super) fn is_relaxed(sample: &[u8], are_lines: bool) -> bool {
    let strict = made_strict(sample);
    if strict == sample {
        return false;
    }
    if are_lines {
        let lines = || sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let comments =
            lines().take(LOOKED_AT).filter(|line| line.starts_with(b"//") || line.starts_with(b"/*")).count();
        let is_mended = |line: &&[u8]| !is_json(line) && is_json(&made_strict(line));
        let (all, mended) = (lines().take(LOOKED_AT).count(), lines().take(LOOKED_AT).filter(is_mended).count());
        return (comments + mended) * 2 > all || comments > 0 && comments * 4 > all;
    }
    is_broken(sample) && !is_broken(&strict)
}

fn is_json(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line.strip_suffix(b",").unwrap_or(line)).is_ok()
}

/// Whether one of the first values of a sample is no JSON; the last one may be cut, and an object that holds all is looked into.
fn is_broken(sample: &[u8]) -> bool {
    let whole = serde_json::Deserializer::from_slice(sample.trim_ascii_start()).into_iter::<serde::de::IgnoredAny>();
    let first = whole.take(LOOKED_AT).find_map(Result::err);
    let is_of_numbers = || {
        let values = Values::new(sample);
        values.value_whole().ok().flatten().is_some_and(|cut| {
            let text = String::from_utf8_lossy(&cut.bytes).into_owned();
            super::lenient::value(&text).is_ok()
        })
    };
    first.is_some_and(|problem| !problem.is_eof()) && !is_of_numbers()
}

/// A sample made strict.
fn made_strict(sample: &[u8]) -> Vec<u8> {
    let mut strict = Vec::new();
    // Bytes in memory can be read.
    let _ = Relaxed::new(sample).read_to_end(&mut strict);
    strict
}

/// Where in the text one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    /// Behind a stroke that may begin a comment.
    Stroke,
    LineComment,
    /// Whether the last byte was a star.
    BlockComment(bool),
    /// Within a string of this quote.
    Within(u8),
    /// The same behind a backslash.
    Escaped(u8),
    /// Within a string behind `\x`, with the digits that are missing.
    Hexadecimal(u8, u8),
    /// In a name or a number.
    Word,
}

/// Passes JSON on, made strict.
pub(super) struct Relaxed<R> {
    input: R,
    state: State,
    /// What is open: braces and brackets.
    open: Vec<u8>,
    /// Whether a name is expected, behind `{` or a comma in an object.
    wants_name: bool,
    /// A comma, and the white space behind it, that is passed on if another value follows.
    held: Vec<u8>,
    word: Vec<u8>,
    ready: VecDeque<u8>,
    is_at_end: bool,
}

impl<R: Read> Relaxed<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Relaxed<R> {
        let (open, held, word, ready) = (Vec::new(), Vec::new(), Vec::new(), VecDeque::new());
        Relaxed { input, state: State::Outside, open, wants_name: false, held, word, ready, is_at_end: false }
    }

    /// Passes a byte of white space on, behind a comma that is held.
    fn put_blank(&mut self, byte: u8) {
        let blank = if byte == b'\n' { b'\n' } else { b' ' };
        if self.held.is_empty() {
            self.ready.push_back(blank);
        } else {
            self.held.push(blank);
        }
    }

    /// Passes on what was held.
    fn release(&mut self) {
        self.ready.extend(self.held.drain(..));
    }

    fn step(&mut self, byte: u8) {
        match self.state {
            State::Outside => self.outside(byte),
            State::Stroke => {
                self.state = match byte {
                    b'/' => State::LineComment,
                    b'*' => State::BlockComment(false),
                    _ => {
                        self.release();
                        self.ready.push_back(b'/');
                        State::Outside
                    }
                };
                if self.state == State::Outside {
                    self.outside(byte);
                }
            }
            State::LineComment if byte == b'\n' => {
                self.put_blank(byte);
                self.state = State::Outside;
            }
            State::LineComment => {}
            State::BlockComment(true) if byte == b'/' => {
                self.put_blank(b' ');
                self.state = State::Outside;
            }
            State::BlockComment(_) => {
                if byte == b'\n' {
                    self.put_blank(byte);
                }
                self.state = State::BlockComment(byte == b'*');
            }
            State::Within(quote) => self.within(byte, quote),
            State::Escaped(quote) => self.escaped(byte, quote),
            State::Hexadecimal(quote, missing) => {
                self.ready.push_back(byte);
                self.state = if missing > 1 { State::Hexadecimal(quote, missing - 1) } else { State::Within(quote) };
            }
            State::Word if is_of_a_word(byte) => self.word.push(byte),
            State::Word => {
                self.end_word();
                self.outside(byte);
            }
        }
    }

    fn outside(&mut self, byte: u8) {
        match byte {
            b'/' => self.state = State::Stroke,
            b',' => {
                self.release();
                self.held.push(byte);
                self.wants_name = self.open.last() == Some(&b'{');
            }
            b'}' | b']' => {
                // The comma before it is one too many; what was held behind it is white space.
                self.ready.extend(self.held.drain(..).map(|held| if held == b',' { b' ' } else { held }));
                self.open.pop();
                self.wants_name = false;
                self.ready.push_back(byte);
            }
            b')' | b';' if self.open.is_empty() => self.put_blank(b' '),
            b'"' | b'\'' | b'`' => {
                self.release();
                self.wants_name = false;
                self.ready.push_back(b'"');
                self.state = State::Within(byte);
            }
            b'{' | b'[' => {
                self.release();
                self.open.push(byte);
                self.wants_name = byte == b'{';
                self.ready.push_back(byte);
            }
            _ if byte.is_ascii_whitespace() => match self.held.is_empty() {
                true => self.ready.push_back(byte),
                false => self.held.push(byte),
            },
            _ if is_of_a_word(byte) => {
                self.release();
                self.word.push(byte);
                self.state = State::Word;
            }
            _ => {
                self.release();
                self.ready.push_back(byte);
            }
        }
    }

    fn within(&mut self, byte: u8, quote: u8) {
        match byte {
            b'\\' => self.state = State::Escaped(quote),
            _ if byte == quote => {
                self.ready.push_back(b'"');
                self.state = State::Outside;
            }
            b'"' => self.ready.extend(*b"\\\""),
            b'\n' if quote == b'`' => self.ready.extend(*b"\\n"),
            _ => self.ready.push_back(byte),
        }
    }

    fn escaped(&mut self, byte: u8, quote: u8) {
        self.state = State::Within(quote);
        match byte {
            b'\'' | b'`' => self.ready.push_back(byte),
            // A line that goes on on the next one.
            b'\n' => {}
            b'0' => self.ready.extend(*b"\\u0000"),
            b'v' => self.ready.extend(*b"\\u000b"),
            b'x' => {
                self.ready.extend(*b"\\u00");
                self.state = State::Hexadecimal(quote, 2);
            }
            _ => self.ready.extend([b'\\', byte]),
        }
    }

    /// Passes a word on: a name with quotes, a number or a value as JSON writes it.
    fn end_word(&mut self) {
        self.state = State::Outside;
        let word = std::mem::take(&mut self.word);
        if std::mem::take(&mut self.wants_name) {
            self.ready.push_back(b'"');
            self.ready.extend(word);
            self.ready.push_back(b'"');
            return;
        }
        self.ready.extend(value(&word));
    }
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_$+-.".contains(&byte) || byte >= 0x80
}

/// A number or a word as JSON writes it.
fn value(word: &[u8]) -> Vec<u8> {
    if word == b"undefined" {
        return b"null".to_vec();
    }
    let (sign, number) = match word {
        [b'+', number @ ..] => (&b""[..], number),
        [b'-', number @ ..] => (&b"-"[..], number),
        _ => (&b""[..], word),
    };
    let is_number = number.first().is_some_and(u8::is_ascii_digit) || number.first() == Some(&b'.') && number.len() > 1;
    if !is_number {
        return word.to_vec();
    }
    let digits = number.strip_prefix(b"0x").or_else(|| number.strip_prefix(b"0X"));
    let whole = digits.and_then(|digits| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
    let zero = |is_there: bool| if is_there { &b"0"[..] } else { b"" };
    match whole {
        Some(whole) => [sign, whole.to_string().as_bytes()].concat(),
        None => [sign, zero(number.starts_with(b".")), number, zero(number.ends_with(b"."))].concat(),
    }
}

impl<R: Read> Read for Relaxed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut block = [0; BLOCK];
        while self.ready.is_empty() && !self.is_at_end {
            let count = self.input.read(&mut block)?;
            block[..count].iter().for_each(|byte| self.step(*byte));
            if count == 0 {
                self.is_at_end = true;
                if self.state == State::Word {
                    self.end_word();
                }
                self.release();
            }
        }
        self.ready.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{notes, options, read_as, texts};

    fn strict(text: &str) -> String {
        String::from_utf8(made_strict(text.as_bytes())).unwrap()
    }

    #[test]
    fn what_people_write_becomes_json_on_the_same_lines() {
        for (written, wanted) in [
            ("[1, 2, ]", "[1, 2  ]"),
            ("{a: 'it', }", r#"{"a": "it"  }"#),
            (r#"{$a_1: 'say "x"', "b": 'don\'t'}"#, r#"{"$a_1": "say \"x\"", "b": "don't"}"#),
            ("[ // a\n1, /* b\n */ 2, // c\n]", "[ \n1, \n  2  \n]"),
            ("[+1, .5, 5., -.5, 0x1F, undefined, NaN]", "[1, 0.5, 5.0, -0.5, 31, null, NaN]"),
            (r#"["http://a.example/*x*/", "a, ]"]"#, r#"["http://a.example/*x*/", "a, ]"]"#),
            (
                r#"["\x41\
b", `c
d`]"#,
                r#"["\u0041b", "c\nd"]"#,
            ),
            ("[1]);\n", "[1]  \n"),
        ] {
            assert_eq!(strict(written), wanted, "{written}");
        }
    }

    #[test]
    fn json_with_comments_bare_names_and_single_quotes_is_read() {
        let row = |n: usize| format!("    {{uid: {n}, 'comment': 'the soup wasn\\'t hot in week {n}',}}, // {n}\n");
        let rows: String = (0..5).map(row).collect();
        for text in [
            format!("// exported\n{{\n  /* the reviews */\n  \"reviews\": [\n{rows}  ],\n}}\n"),
            format!("[\n{rows}]\n"),
            format!("callback({{reviews: [{rows}\n]}});\n"),
            format!("/**/ typeof callback === 'function' && callback([\n{rows}]);\n")
                .replace("/**/ typeof callback === 'function' && ", ""),
        ] {
            let corpus = read_as("a.json", text.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus)[3], "the soup wasn't hot in week 3", "{text}");
            assert!(notes(&corpus).join("\n").contains("not strict JSON"), "{:?}", notes(&corpus));
        }
        let lines =
            format!("// exported\n{}", "{\"text\": \"the soup was cold\",}\n{\"text\": \"nobody came\"}\n".repeat(3));
        assert_eq!(read_as("a.jsonl", lines.as_bytes(), &options()).unwrap().documents.len(), 6);
    }

    #[test]
    fn strict_json_is_left_as_it_is() {
        for text in
            [r#"[{"text": "a // b, ] 'c'"}, {"n": NaN}]"#, "{\"text\": \"a\"}\n{\"text\": \"b\"", "[{\"text\": "]
        {
            assert!(!is_relaxed(text.as_bytes(), false), "{text}");
        }
    }
}
