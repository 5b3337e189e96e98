//! Any encoding into UTF-8, while the bytes pass.

use std::io::{self, Cursor, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::input::front;

/// So many bytes are decoded at once.
const CHUNK: usize = 64 * 1024;
/// So many bytes, from the first that is not ASCII on, decide on the encoding.
const EVIDENCE: usize = 1024 * 1024;
/// Letters of the encoding of old Macs that show it.
const LEAST_MAC: usize = 4;
/// Bytes for which Windows-1252 has no character, and those from C0 on for which it has no letter that words have.
const UNUSED: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];
const NO_LETTERS: [u8; 3] = [0xD7, 0xF7, UNDECODABLE];
/// Stands for what cannot be decoded: no UTF-8 text holds this byte, so that the row's reader will find it.
const UNDECODABLE: u8 = 0xFF;

/// Shares of zero bytes in UTF-16 text without a byte order mark: at least so many on one side, at most so many on the other.
const ZEROS: (f64, f64) = (0.02, 0.001);

/// The bytes of a stream as UTF-8, without a byte order mark.
///
/// The byte order mark decides on the encoding, else zero bytes at every other place: only UTF-16 has them. Without either, ASCII passes as it is, and the first stretch that is not ASCII
/// decides: so a file need not be read twice, and the first `é` may stand as far down as it likes. UTF-8 itself passes
/// unchecked: a broken byte is the row's affair.
pub(super) struct ToUtf8<R> {
    input: R,
    state: State,
    ready: Cursor<Vec<u8>>,
    /// The encoding's name, as far as it is known.
    name: &'static str,
}

enum State {
    Start,
    Ascii,
    Utf8,
    Decoding(Decoder),
    End,
}

impl<R: Read> ToUtf8<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> ToUtf8<R> {
        ToUtf8 { input, state: State::Start, ready: Cursor::default(), name: UTF_8.name() }
    }

    /// The encoding's name, as far as it is known by what was read.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut bytes = front(&mut self.input, CHUNK)?;
        if matches!(self.state, State::Start) {
            self.state = after_bom(&mut bytes);
        }
        if matches!(self.state, State::Ascii) && !bytes.is_ascii() {
            bytes.extend(front(&mut self.input, EVIDENCE)?);
            self.state = guess(&bytes);
        }
        if let State::Decoding(decoder) = &self.state {
            self.name = decoder.encoding().name();
        }
        let ended = bytes.is_empty();
        self.ready = Cursor::new(match &mut self.state {
            State::Decoding(decoder) => decode(decoder, &bytes, ended),
            _ => bytes,
        });
        if ended {
            self.state = State::End;
        }
        Ok(())
    }
}

impl<R: Read> Read for ToUtf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 || buffer.is_empty() || matches!(self.state, State::End) {
                return Ok(count);
            }
            self.refill()?;
        }
    }
}

fn after_bom(bytes: &mut Vec<u8>) -> State {
    match Encoding::for_bom(bytes) {
        None => utf_16_by_zeros(bytes).map_or(State::Ascii, decoding),
        Some((encoding, length)) => {
            bytes.drain(..length);
            if encoding == UTF_8 { State::Utf8 } else { decoding(encoding) }
        }
    }
}

/// UTF-16 without a byte order mark: what is ASCII in it has its zeros all on one side.
fn utf_16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let share = |odd: usize| {
        let zeros = bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
        2.0 * zeros as f64 / bytes.len().max(1) as f64
    };
    match (share(0), share(1)) {
        (first, second) if second >= ZEROS.0 && first <= ZEROS.1 => Some(UTF_16LE),
        (first, second) if first >= ZEROS.0 && second <= ZEROS.1 => Some(UTF_16BE),
        _ => None,
    }
}

fn decoding(encoding: &'static Encoding) -> State {
    State::Decoding(encoding.new_decoder_without_bom_handling())
}

/// UTF-8 with a few broken bytes stays UTF-8: to guess then would garble every sound character.
fn guess(bytes: &[u8]) -> State {
    let (mut sound, mut broken) = (0, 0);
    for piece in bytes.utf8_chunks() {
        sound += piece.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!piece.invalid().is_empty());
    }
    if sound >= broken {
        return State::Utf8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, bytes.len() < EVIDENCE);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    decoding(if guessed.is_single_byte() && is_mac_roman(bytes, guessed) { MACINTOSH } else { guessed })
}

/// Whether bytes are plainly the encoding of old Macs, which the detector does not know: the letters of western languages stand
/// there where Windows has signs and nothing at all, and signs where Windows has letters. Only bytes between two letters of
/// ASCII are looked at.
fn is_mac_roman(bytes: &[u8], guessed: &'static Encoding) -> bool {
    // In Windows an apostrophe, dashes and an ellipsis; of the Mac's signs only the apostrophe stands between letters.
    const SIGNS: [u8; 4] = [0x92, 0x96, 0x97, 0x85];
    const APOSTROPHE: u8 = 0xD5;
    // Dashes in Windows, which few put between letters, and letters of Spanish.
    const DASHES: [u8; 2] = [0x96, 0x97];
    let (mut mac, mut dashes, mut windows, mut unused) = (0_usize, 0_usize, 0_usize, 0_usize);
    for window in bytes.windows(3) {
        let &[before, byte, behind] = window else { continue };
        if before.is_ascii_alphabetic() && behind.is_ascii_alphabetic() {
            mac += usize::from((0x80..=0x9F).contains(&byte) && !SIGNS.contains(&byte));
            dashes += usize::from(DASHES.contains(&byte));
            windows += usize::from(byte >= 0xC0 && byte != APOSTROPHE);
            unused += usize::from(UNUSED.contains(&byte));
        }
    }
    // Central European letters of Windows stand at these places as well, but never alone.
    let has_dashes = mac >= 2 && windows == 0 && mac + dashes >= LEAST_MAC;
    let is_western = guessed == WINDOWS_1252 && (unused > 0 || mac >= LEAST_MAC || has_dashes);
    (is_western && mac > windows) || (mac >= LEAST_MAC && mac > 4 * windows && guessed != WINDOWS_1252)
}

/// The text of a row in a file of UTF-8 whose letters are plainly those of Windows-1252, as where rows of an older program were added;
/// nothing where it is UTF-8 in which a byte is broken or missing.
pub(super) fn western(bytes: &[u8]) -> Option<String> {
    let is_utf8 = bytes.utf8_chunks().any(|piece| !piece.valid().is_ascii());
    let at = |place: Option<usize>| place.and_then(|place| bytes.get(place)).copied().unwrap_or(b' ');
    let is_letter = |byte: u8| byte >= 0xC0 && !NO_LETTERS.contains(&byte);
    let is_plain = |(place, byte): (usize, &u8)| {
        let before = at(place.checked_sub(1));
        let is_sign = (0x80..0xC0).contains(byte) && !UNUSED.contains(byte);
        // No word has a capital after a small letter, and hardly any begins with these two: it is the first half of a character.
        let is_capital = matches!(byte, 0xC2 | 0xC3) && !before.is_ascii_uppercase();
        let is_half = is_capital || ((0xC0..0xDF).contains(byte) && before.is_ascii_lowercase());
        let is_third = is_letter(*byte) && is_letter(before) && is_letter(at(place.checked_sub(2)));
        byte.is_ascii() || ((is_sign || is_letter(*byte)) && !is_half && !is_third)
    };
    // A character that is cut off at the end of the cell.
    let tail = bytes.len() - bytes.iter().rev().take_while(|byte| (0x80..0xC0).contains(*byte)).count();
    let is_cut = tail < bytes.len() && at(tail.checked_sub(1)) >= 0xC0
        || matches!(bytes.last(), Some(0xC2 | 0xC3 | 0xE2 | 0xF0));
    let is_western = !is_utf8 && !is_cut && bytes.iter().enumerate().all(is_plain);
    let decoded = || WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    is_western.then(decoded)
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool) -> Vec<u8> {
    let mut decoded = Vec::new();
    loop {
        // No encoding needs more than three bytes of UTF-8 for one byte; what does not fit goes another round.
        let mut piece = String::with_capacity(3 * bytes.len() + 16);
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut piece, last);
        decoded.extend_from_slice(piece.as_bytes());
        bytes = &bytes[read..];
        match result {
            DecoderResult::InputEmpty => return decoded,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => decoded.push(UNDECODABLE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf8(bytes: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::new();
        ToUtf8::new(bytes).read_to_end(&mut decoded).unwrap();
        decoded
    }

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes_of).collect()
    }

    #[test]
    fn utf_8_passes_with_and_without_byte_order_mark() {
        assert_eq!(utf8("é😀,x".as_bytes()), "é😀,x".as_bytes());
        assert_eq!(utf8("\u{FEFF}é".as_bytes()), "é".as_bytes());
        assert_eq!(utf8(b""), b"");
    }

    #[test]
    fn utf_16_of_either_byte_order_is_decoded_across_chunks() {
        let text = "naïve €20 😀\n".repeat(20_000);
        assert_eq!(utf8(&utf16(&text, u16::to_le_bytes)), text.as_bytes());
        assert_eq!(utf8(&utf16(&text, u16::to_be_bytes)), text.as_bytes());
    }

    #[test]
    fn utf_16_without_a_byte_order_mark_is_decoded() {
        for text in ["id,text\n1,naïve\n", "番号,意見\r\n0,保育園の数が足りません\r\n1,駅前の道路が狭い\r\n"]
        {
            for bytes_of in [u16::to_le_bytes, u16::to_be_bytes] {
                let bytes = &utf16(text, bytes_of)[2..];
                assert_eq!(utf8(bytes), text.as_bytes());
            }
        }
        assert_eq!(utf8(b"a,b\n\0\0,c"), b"a,b\n\0\0,c", "stray zeros are not UTF-16");
    }

    #[test]
    fn half_a_utf_16_character_is_marked_as_undecodable() {
        assert_eq!(utf8(b"\xFF\xFEa\0b"), b"a\xFF");
        assert_eq!(utf8(b"\xFF\xFE\x00\xD8a\0"), b"\xFFa");
    }

    #[test]
    fn windows_1252_is_recognised_wherever_its_first_accent_stands() {
        for lead in [0, CHUNK - 1, 2 * EVIDENCE] {
            let text = format!("{}café für 20 €, it’s naïve\n", "a".repeat(lead));
            assert_eq!(utf8(&WINDOWS_1252.encode(&text).0), text.as_bytes(), "{lead}");
        }
    }

    #[test]
    fn the_encoding_of_old_macs_is_recognised() {
        for text in [
            "Nr;Text\nLe café était fermé, très déçu après\n",
            "Für die Straße müssen wir später büßen, schön größer\n",
            "El envío tardó, la atención pésima, ningún niño\n",
        ] {
            let mac = MACINTOSH.encode(text).0;
            assert_eq!(String::from_utf8_lossy(&utf8(&mac)), text);
            assert_eq!(String::from_utf8_lossy(&utf8(&WINDOWS_1252.encode(text).0)), text);
        }
        let (czech, _, _) =
            encoding_rs::WINDOWS_1250.encode("Košík přišel rozbitý, žádné šití, dřevo je křivé, příště lépe\n");
        assert_eq!(utf8(&czech), "Košík přišel rozbitý, žádné šití, dřevo je křivé, příště lépe\n".as_bytes());
    }

    #[test]
    fn a_row_of_an_older_encoding_is_told_from_broken_utf_8() {
        for text in [
            "Die App stürzt ab, wenn ich sie öffne.",
            "Größe für Öl",
            "c’est très bien à Paris",
            "20 € zu teuer, naïve",
        ] {
            assert_eq!(western(&WINDOWS_1252.encode(text).0).as_deref(), Some(text));
        }
        for broken in [
            &b"caf\xC3"[..],
            b"caf\xC3\xA9 na\xEFve",
            b"so \xE2\x80",
            b"so \xFF",
            b"f\xC3 r",
            b"\xC3 la carte",
            b"\xCF\xF0\xE8\xE2\xE5\xF2",
        ] {
            assert_eq!(western(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn utf_8_with_a_broken_byte_stays_utf_8() {
        assert_eq!(utf8(b"caf\xC3\xA9 na\xC3\xAFve \xFF"), b"caf\xC3\xA9 na\xC3\xAFve \xFF");
    }
}
