//! What characters stand for that are no escapes: the digits of a base, bit by bit, and numbers of characters one after the other.

use super::reading::{Letter, Reading, decoded};

/// Characters of which each stands for so many bits.
struct Alphabet {
    bits: usize,
    /// The value of each character of ASCII; [`NONE`] of those that are none of it.
    values: [u8; 128],
}

const NONE: u8 = u8::MAX;

/// Binary, hexadecimal, both alphabets of base32, and base64 with the signs of either of its alphabets.
static ALPHABETS: [Alphabet; 5] = [
    Alphabet::new(1, &[b"01"]),
    Alphabet::new(4, &[b"0123456789abcdef", b"0123456789ABCDEF"]),
    Alphabet::new(5, &[b"abcdefghijklmnopqrstuvwxyz234567", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"]),
    Alphabet::new(5, &[b"0123456789abcdefghijklmnopqrstuv", b"0123456789ABCDEFGHIJKLMNOPQRSTUV"]),
    Alphabet::new(
        6,
        &[
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        ],
    ),
];

/// Bases in which numbers of characters are written.
const BASES: [u32; 3] = [8, 10, 16];

impl Alphabet {
    const fn new(bits: usize, spellings: &[&[u8]]) -> Alphabet {
        let mut values = [NONE; 128];
        let mut spelling = 0;
        while spelling < spellings.len() {
            let mut value = 0;
            while value < spellings[spelling].len() {
                values[spellings[spelling][value] as usize] = value as u8;
                value += 1;
            }
            spelling += 1;
        }
        Alphabet { bits, values }
    }

    fn value(&self, letter: &Letter) -> Option<u8> {
        let value = *self.values.get(letter.said as usize)?;
        (value != NONE).then_some(value)
    }

    /// What a run of digits says where its first byte begins with the bit `phase`: runs of text, at least so long.
    fn read(&self, digits: &[(u8, &Letter)], phase: usize, least: usize, found: &mut impl FnMut(&[Letter])) {
        let mut stretch = Vec::new();
        let (mut held, mut end) = (0_u32, 0);
        let mut begin = phase;
        for &(value, letter) in digits {
            held = held << self.bits | u32::from(value);
            end += self.bits;
            if end < begin + 8 {
                continue;
            }
            let byte = (held >> (end - begin - 8)) as u8;
            let start = digits[begin / self.bits].1.start;
            begin += 8;
            put(&mut stretch, Letter { said: char::from(byte), start, end: letter.end }, least, found);
        }
        give(&mut stretch, least, found);
    }
}

/// Puts a letter behind those of a stretch, which ends with what is no text.
fn put(stretch: &mut Vec<Letter>, letter: Letter, least: usize, found: &mut impl FnMut(&[Letter])) {
    // Of two bytes a character, one is zero.
    if letter.said.is_ascii_graphic() || letter.said.is_ascii_whitespace() || letter.said == '\0' {
        stretch.push(letter);
    } else {
        give(stretch, least, found);
    }
}

fn give(stretch: &mut Vec<Letter>, least: usize, found: &mut impl FnMut(&[Letter])) {
    if stretch.len() >= least {
        found(stretch);
    }
    stretch.clear();
}

/// Gives every stretch of ASCII, at least so long, that letters say as the digits of a base, wherever in a run of them it begins. What
/// digits say by chance is seldom text for long: most of a text is passed by in one pass for each base and beginning.
pub(super) fn digits(letters: &[Letter], least: usize, mut found: impl FnMut(&[Letter])) {
    for alphabet in &ALPHABETS {
        for run in letters.chunk_by(|a, b| alphabet.value(a).is_some() == alphabet.value(b).is_some()) {
            let digits: Vec<(u8, &Letter)> =
                run.iter().map_while(|letter| Some((alphabet.value(letter)?, letter))).collect();
            if digits.len() * alphabet.bits < 8 * least {
                continue;
            }
            // Characters begin at the multiples of their bits, and so do bytes among them.
            for phase in (0..8).step_by(1 << alphabet.bits.trailing_zeros()) {
                alphabet.read(&digits, phase, least, &mut found);
            }
        }
    }
}

/// Gives every stretch of ASCII, at least so long, that the numbers of a text say: all of them, or every second one, where the others
/// count them.
pub(super) fn numbers(text: &str, least: usize, mut found: impl FnMut(&[Letter])) {
    let letters = decoded(text, Reading::Spaced);
    let is_digit = |letter: &Letter| letter.said.is_ascii_alphanumeric();
    let words: Vec<&[Letter]> =
        letters.chunk_by(|a, b| is_digit(a) == is_digit(b)).filter(|word| is_digit(&word[0])).collect();
    for base in BASES {
        let numbers: Vec<(u32, &[Letter])> =
            words.iter().filter_map(|word| number(word, base).map(|number| (number, *word))).collect();
        if numbers.len() < least {
            continue;
        }
        for (first, step) in [(0, 1), (0, 2), (1, 2)] {
            let mut stretch = Vec::new();
            for (number, word) in numbers.iter().skip(first).step_by(step) {
                let said = char::from_u32(*number).unwrap_or(char::MAX);
                let letter = Letter { said, start: word[0].start, end: word[word.len() - 1].end };
                put(&mut stretch, letter, least, &mut found);
            }
            give(&mut stretch, least, &mut found);
        }
    }
}

/// The number that a word is in a base, with or without what names the base before it; one that is too large is none of a character.
fn number(word: &[Letter], base: u32) -> Option<u32> {
    let named = match (word, base) {
        ([zero, x, _, ..], 16) if (zero.said, x.said.to_ascii_lowercase()) == ('0', 'x') => &word[2..],
        ([zero, o, _, ..], 8) if (zero.said, o.said.to_ascii_lowercase()) == ('0', 'o') => &word[2..],
        _ => word,
    };
    named.iter().try_fold(0_u32, |number, letter| {
        let digit = letter.said.to_digit(base)?;
        Some(number.saturating_mul(base).saturating_add(digit))
    })
}
