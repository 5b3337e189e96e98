//! Where a piece that repeats stands in its texts: what tells a footer from a frequent complaint.

use std::collections::HashMap;

use rayon::prelude::*;

use super::closings::is_above_a_name;
use super::frame::{Sentence, sentences};
use super::greetings::is_a_line;
use super::piece::{LEAST, LONG, is_shape, line_key, sentence_key, shape_key, shown_shape};

/// Share of the different texts from which on a piece is boilerplate wherever it stands.
pub(super) const NEARLY_ALL: f64 = 0.8;
/// The same of a piece in which somebody speaks of himself: one that stands in all of them but some tells none from another, be it
/// an agent's greeting ("How can I help you?") or a letter that all have signed.
const ALL: f64 = 0.95;
/// The same of the labels of a form ("What happened:"), of salutations and of closings.
const HALF: f64 = 0.5;
/// Share of its texts in which boilerplate is all that is said, at most; a complaint often is.
pub(super) const ALONE: f64 = 0.25;
/// Share of its other texts in which a footer or header stands where such a one does, at least.
const IN_PLACE: f64 = 0.9;
/// A piece with this share of another's texts or more may be part of the same boilerplate.
pub(super) const AS_FREQUENT: f64 = 0.8;
/// What disclaimers and footers say, and hardly any complaint.
const OF_FOOTERS: &[&str] = &[
    // English
    "is confidential",
    "are confidential",
    "confidential and",
    "confidential information",
    "intended recipient",
    "intended solely",
    "intended only for",
    "solely for the use",
    "all rights reserved",
    "before printing",
    "originated from outside",
    "external email",
    "external e-mail",
    // German
    "enthält vertraulich",
    "enthalten vertraulich",
    "vertrauliche und",
    "vertrauliche information",
    "rechtlich geschützt",
    "alle rechte vorbehalten",
    "registergericht",
    "amtsgericht",
    // Romance languages
    "est confidentiel",
    "sont confidentiel",
    "confidentielles",
    "tous droits réservés",
    "es confidencial",
    "son confidencial",
    "información confidencial",
    "informação confidencial",
    "informações confidenciais",
    "é confidencial",
    "todos los derechos reservados",
    "todos os direitos reservados",
    "informazioni riservate",
    "tutti i diritti riservati",
    // Others
    "vertrouwelijke informatie",
    "is vertrouwelijk",
    "jest poufn",
    "informacje poufne",
    "är konfidentiell",
    "konfidentiell information",
    "er fortrolig",
    "fortrolig information",
    "luottamuksellis",
    "является конфиденциальн",
    "конфиденциальную информацию",
    "机密信息",
    "機密情報",
    "기밀 정보",
];
/// Words of somebody who speaks for himself: a footer has none.
const I: &[&str] = &[
    "i", "i'm", "i've", "i’m", "i’ve", "me", "my", "mine", "we've", "ich", "mich", "mir", "mein", "meine", "meinen",
    "meiner", "meinem", "je", "j'ai", "moi", "mon", "mes", "yo", "mí", "mis", "io", "mio", "mia", "miei", "eu", "meu",
    "minha", "ik", "mij", "mijn", "mnie", "mój", "moja", "jag", "mig", "min", "mitt", "jeg", "meg", "minä", "я",
    "меня", "мне", "мой", "моя", "私", "我",
];

/// In how many texts a piece stands how.
#[derive(Debug, Default, Clone)]
struct Standing {
    texts: usize,
    /// Nothing else of its own is in the text.
    alone: usize,
    /// Something of the text's own is below it, nothing above.
    above: usize,
    /// The other way round.
    below: usize,
    /// Below all, and below a closing or a line of signs.
    closed: usize,
    /// The piece as the first of its texts by the alphabet has it.
    spelled: String,
    /// Whether another of them spells it in another way.
    differs: bool,
}

/// Of pieces that are frequent, with the numbers of their texts, those that are boilerplate, as they are spelled. `texts` are
/// different ones, in their order.
pub(super) fn boilerplate<'k>(counts: &'k HashMap<String, usize>, texts: &[&str]) -> HashMap<String, String> {
    let add = |mut standings: HashMap<&'k str, Standing>, text: &&str| {
        let places = Places::of(text, counts);
        for (key, place) in places.pieces() {
            let Some((key, count)) = counts.get_key_value(&key) else { continue };
            let standing = standings.entry(key).or_default();
            standing.add(&places, place, (AS_FREQUENT * *count as f64) as usize);
        }
        standings
    };
    let merge = |mut standings: HashMap<&'k str, Standing>, later: HashMap<&'k str, Standing>| {
        for (key, later) in later {
            standings.entry(key).or_default().merge(later);
        }
        standings
    };
    let standings = texts.par_iter().fold(HashMap::new, add).reduce(HashMap::new, merge);
    let found = standings.into_iter().filter(|(key, standing)| standing.is_boilerplate(key, texts.len()));
    found.map(|(key, standing)| (key.to_owned(), standing.shown())).collect()
}

impl Standing {
    fn add(&mut self, places: &Places, (begin, end): (usize, usize), least: usize) {
        let spelled: String = places.sentences[begin..end].iter().map(|sentence| sentence.text).collect();
        if self.texts == 0 {
            self.spelled = spelled.trim().to_owned();
        } else {
            self.differs |= !is_spelled_alike(&self.spelled, &spelled);
        }
        self.texts += 1;
        match (places.says_before(begin, least), places.says_after(end, least)) {
            (false, false) => self.alone += 1,
            (false, true) => self.above += 1,
            (true, false) => {
                self.below += 1;
                self.closed += usize::from(places.sentences[begin].is_below);
            }
            (true, true) => {}
        }
    }

    /// Adds what was counted over later texts.
    fn merge(&mut self, later: Standing) {
        self.differs |= later.differs;
        if self.texts == 0 {
            self.spelled = later.spelled;
        } else {
            self.differs |= !is_spelled_alike(&self.spelled, &later.spelled);
        }
        self.texts += later.texts;
        self.alone += later.alone;
        self.above += later.above;
        self.below += later.below;
        self.closed += later.closed;
    }

    /// The piece as it is named: in the words of its texts, without the numbers and addresses in which these differ.
    fn shown(self) -> String {
        if self.differs { shown_shape(&self.spelled) } else { self.spelled }
    }

    fn is_boilerplate(&self, key: &str, texts: usize) -> bool {
        let (share, others) = (self.texts as f64 / texts as f64, (self.texts - self.alone) as f64);
        if self.texts < LEAST || self.alone as f64 > ALONE * self.texts as f64 {
            return false;
        }
        if is_shape(key) {
            return share >= NEARLY_ALL && !says_i(key);
        }
        let is_in_place = |count: usize| count as f64 >= IN_PLACE * others;
        let is_footer =
            is_in_place(self.closed) || (is_in_place(self.above) || is_in_place(self.below)) && is_of_a_footer(key);
        let is_label = key.ends_with([':', '：']) || is_above_a_name(key) || is_a_line(key);
        // A letter that many sign word for word is what each of them says.
        let is_a_letter = share < ALL && key.chars().count() >= LONG && says_i(key) && !is_of_a_footer(key);
        share >= NEARLY_ALL && !is_a_letter
            || share >= HALF && is_label
            || key.chars().count() >= LONG && is_footer && !is_postscript(key) && !says_i(key)
    }
}

/// Whether two pieces are the same but for white space and capitals.
fn is_spelled_alike(one: &str, other: &str) -> bool {
    let letters =
        |piece: &'_ str| piece.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase).collect::<String>();
    one == other.trim() || letters(one) == letters(other)
}

/// "P.S. the lift is broken too" is what somebody says.
fn is_postscript(key: &str) -> bool {
    ["p.s", "ps:", "ps ", "ps.", "p. s.", "n.b", "nb:"].iter().any(|begin| key.starts_with(begin))
}

/// Whether something in small letters speaks as disclaimers and footers do.
pub(super) fn is_of_a_footer(said: &str) -> bool {
    OF_FOOTERS.iter().any(|part| said.contains(part))
}

/// Whether somebody speaks of himself in something in small letters.
pub(super) fn says_i(key: &str) -> bool {
    key.split_whitespace().any(|word| I.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())))
}

/// A text by its sentences, with how frequent the rarest above and below each place is.
struct Places<'t> {
    sentences: Vec<Sentence<'t>>,
    /// Of the sentences before a place, and of those from it on, the texts of the rarest that says something.
    before: Vec<usize>,
    after: Vec<usize>,
    is_one_line: bool,
}

impl<'t> Places<'t> {
    fn of(text: &'t str, counts: &HashMap<String, usize>) -> Places<'t> {
        let sentences = sentences(text);
        let is_one_line = !text.trim().contains('\n');
        let frequent = |key: String| counts.get(&key).copied().unwrap_or(0);
        let has_shapes = counts.keys().any(|key| is_shape(key));
        let of_shape = |sentence: &str| shape_key(sentence).filter(|_| has_shapes).map_or(0, frequent);
        let of_sentence = |sentence: &str| sentence_key(sentence).map_or(0, frequent).max(of_shape(sentence));
        let mut frequencies = Vec::with_capacity(sentences.len());
        for line in sentences.chunk_by(|one, next| one.line == next.line) {
            let whole: String = line.iter().map(|sentence| sentence.text).collect();
            let of_line = if is_one_line { 0 } else { frequent(line_key(&whole)) };
            frequencies.extend(line.iter().map(|sentence| match sentence.is_frame {
                true => usize::MAX,
                false => of_sentence(sentence.text).max(of_line),
            }));
        }
        let running = |rarest: &mut usize, frequency: &usize| {
            *rarest = (*rarest).min(*frequency);
            Some(*rarest)
        };
        let begin = std::iter::once(usize::MAX);
        let before = begin.clone().chain(frequencies.iter().scan(usize::MAX, running)).collect();
        let mut after: Vec<usize> = begin.chain(frequencies.iter().rev().scan(usize::MAX, running)).collect();
        after.reverse();
        Places { sentences, before, after, is_one_line }
    }

    /// The pieces, each once, with the sentences that they are.
    fn pieces(&self) -> HashMap<String, (usize, usize)> {
        let mut pieces = HashMap::new();
        let mut begin = 0;
        for line in self.sentences.chunk_by(|one, next| one.line == next.line) {
            let end = begin + line.len();
            for (place, sentence) in (begin..end).zip(line) {
                let keys = sentence_key(sentence.text).into_iter().chain(shape_key(sentence.text));
                pieces.extend(keys.map(|key| (key, (place, place + 1))));
            }
            if !self.is_one_line {
                let whole: String = line.iter().map(|sentence| sentence.text).collect();
                pieces.insert(line_key(&whole), (begin, end));
            }
            begin = end;
        }
        pieces
    }

    /// Whether something rarer than a number of texts stands before a place.
    fn says_before(&self, place: usize, least: usize) -> bool {
        self.before[place] < least.max(1)
    }

    fn says_after(&self, place: usize, least: usize) -> bool {
        self.after[place] < least.max(1)
    }
}
