//! Answers without content: "don't know", "n/a", "-", in the languages of most surveys.

/// Characters of the longest such answer.
const LONGEST: usize = 60;

/// The answers in small letters, without punctuation; a `'` is none.
const FILLERS: &[&str] = &[
    // English
    "i have nothing to add",
    "i have nothing to say",
    "i have nothing to report",
    "have nothing to add",
    "nothing more to add",
    "nothing else to add",
    "nothing to comment on",
    "nothing comes to mind",
    "no opinion",
    "void",
    "see attachment",
    "see attached",
    "see attached file",
    "please see attached",
    "please see attachment",
    // German
    "w n",
    "wn",
    "weiss nichts",
    "siehe anhang",
    "siehe anlage",
    "mir fällt nichts ein",
    "ich habe nichts hinzuzufügen",
    "nichts hinzuzufügen",
    // French, Spanish, Italian, Portuguese, Dutch
    "rien à ajouter",
    "je nai rien à ajouter",
    "voir pièce jointe",
    "nada que añadir",
    "no tengo nada que añadir",
    "ver adjunto",
    "ver archivo adjunto",
    "niente da aggiungere",
    "vedi allegato",
    "nada a acrescentar",
    "ver anexo",
    "niets toe te voegen",
    "zie bijlage",
    "missing value",
    "system missing",
    "sysmis",
    "dont know",
    "do not know",
    "i dont know",
    "i do not know",
    "dunno",
    "idk",
    "dk",
    "not sure",
    "im not sure",
    "no idea",
    "na",
    "n a",
    "not applicable",
    "not available",
    "none",
    "nothing",
    "nothing really",
    "nothing to add",
    "nothing to say",
    "nothing else",
    "no comment",
    "no comments",
    "no answer",
    "no response",
    "no reply",
    "nil",
    "null",
    "nan",
    "undefined",
    "no negative",
    "no negatives",
    "no positive",
    "no positives",
    "no further comment",
    "no further comments",
    "none that i can think of",
    "cant think of anything",
    "i cant think of anything",
    "prefer not to say",
    "prefer not to answer",
    "refused",
    "blank",
    "no suggestions",
    "no suggestion",
    "no feedback",
    "see above",
    "see below",
    "as above",
    "same as above",
    "same as before",
    "same as last time",
    "same as last year",
    "same again",
    "as before",
    "as stated above",
    "as mentioned above",
    "as previously stated",
    "see previous",
    "see previous answer",
    "see previous comment",
    "see my previous answer",
    "see earlier answer",
    "see other answer",
    "see last answer",
    "already answered",
    "already mentioned",
    "already said",
    "ditto",
    "tbd",
    "unknown",
    "idontknow",
    "test",
    "asdf",
    "xxx",
    "xx",
    "no",
    "nope",
    "media omitted",
    "image omitted",
    "video omitted",
    "audio omitted",
    "sticker omitted",
    "gif omitted",
    "document omitted",
    "this message was deleted",
    "you deleted this message",
    // German
    "medien ausgeschlossen",
    "bild weggelassen",
    "diese nachricht wurde gelöscht",
    "weiß nicht",
    "weiss nicht",
    "weiß ich nicht",
    "weiss ich nicht",
    "ich weiß nicht",
    "ich weiss nicht",
    "keine ahnung",
    "keine angabe",
    "keine angaben",
    "k a",
    "ka",
    "keine",
    "nichts",
    "kein kommentar",
    "keine antwort",
    "keine meinung",
    "keine anmerkungen",
    "keine anmerkung",
    "keine kommentare",
    "nix",
    "entfällt",
    "nicht zutreffend",
    "siehe oben",
    "siehe unten",
    "s o",
    "s u",
    "wie oben",
    "wie oben erwähnt",
    "wie vorher",
    "wie zuvor",
    "wie bereits erwähnt",
    "siehe vorherige antwort",
    "siehe vorige antwort",
    "siehe andere antwort",
    "bereits erwähnt",
    "schon gesagt",
    "dito",
    "detto",
    "dasselbe wie oben",
    "das gleiche wie oben",
    "nein",
    // French
    "ne sais pas",
    "je ne sais pas",
    "je sais pas",
    "sais pas",
    "nsp",
    "rien",
    "rien à signaler",
    "ras",
    "r a s",
    "rien à dire",
    "voir ci dessus",
    "cf ci dessus",
    "voir plus haut",
    "idem",
    "pareil",
    "aucun",
    "aucune",
    "aucune idée",
    "aucun commentaire",
    "pas de commentaire",
    "sans opinion",
    "sans avis",
    "sans réponse",
    "pas de réponse",
    "néant",
    "sans objet",
    "non",
    // Spanish
    "no sé",
    "no se",
    "no lo sé",
    "no lo se",
    "nada",
    "ninguno",
    "ninguna",
    "ningún comentario",
    "ningun comentario",
    "sin comentarios",
    "sin comentario",
    "no aplica",
    "no contesta",
    "no sabe",
    "ns nc",
    "nsnc",
    "sin respuesta",
    "no tengo",
    "nada que decir",
    // Italian
    "non so",
    "non lo so",
    "boh",
    "niente",
    "nulla",
    "nessuno",
    "nessuna",
    "nessun commento",
    "nessuna risposta",
    "non saprei",
    "niente da dire",
    "non applicabile",
    // Portuguese
    "não sei",
    "nao sei",
    "nenhum",
    "nenhuma",
    "sem comentários",
    "sem comentarios",
    "sem comentário",
    "não se aplica",
    "nao se aplica",
    "sem resposta",
    "nada a declarar",
    "nada a dizer",
    "não",
    "nao",
    // Dutch
    "weet niet",
    "weet ik niet",
    "ik weet het niet",
    "weet het niet",
    "geen idee",
    "geen",
    "niets",
    "geen commentaar",
    "geen antwoord",
    "geen mening",
    "niet van toepassing",
    "nvt",
    "n v t",
    "geen opmerkingen",
    "nee",
    // Polish
    "nie wiem",
    "brak",
    "nic",
    "bez komentarza",
    "nie dotyczy",
    "nie mam zdania",
    "trudno powiedzieć",
    "brak uwag",
    "brak odpowiedzi",
    "nie",
    // Swedish, Danish, Norwegian, Finnish
    "vet ej",
    "vet inte",
    "vet ikke",
    "ved ikke",
    "ingen aning",
    "inget",
    "ingenting",
    "ingen",
    "ingen kommentar",
    "inga kommentarer",
    "intet",
    "ingen kommentarer",
    "ej svar",
    "ingen anelse",
    "nej",
    "nei",
    "en tiedä",
    "en osaa sanoa",
    "ei mitään",
    "ei kommentoitavaa",
    "eos",
    "ei",
    // Czech, Slovak, Hungarian, Romanian, Turkish
    "nevím",
    "nevim",
    "neviem",
    "nic mě nenapadá",
    "bez komentáře",
    "nem tudom",
    "semmi",
    "nincs",
    "nincs válasz",
    "nu știu",
    "nu stiu",
    "nimic",
    "fără comentarii",
    "bilmiyorum",
    "yok",
    "hiçbir şey",
    "fikrim yok",
    "yorum yok",
    "cevap yok",
    // Russian, Ukrainian, Greek
    "не знаю",
    "нет",
    "ничего",
    "нет ответа",
    "без комментариев",
    "затрудняюсь ответить",
    "нет мнения",
    "нечего добавить",
    "немає",
    "нічого",
    "без коментарів",
    "важко відповісти",
    "δεν ξέρω",
    "δεν γνωρίζω",
    "τίποτα",
    "κανένα",
    "δεν απαντώ",
    "κανένα σχόλιο",
    // Japanese, Chinese, Korean
    "特になし",
    "とくになし",
    "なし",
    "無し",
    "特にありません",
    "ありません",
    "わからない",
    "分からない",
    "わかりません",
    "分かりません",
    "特に無し",
    "不知道",
    "没有",
    "沒有",
    "无",
    "無",
    "不清楚",
    "没意见",
    "没有意见",
    "无意见",
    "暂无",
    "없음",
    "모름",
    "모르겠음",
    "모르겠습니다",
    "없습니다",
    "특별히 없음",
    "해당 없음",
    // Arabic, Hebrew, Hindi, Vietnamese, Indonesian
    "لا أعرف",
    "لا اعرف",
    "لا شيء",
    "لا يوجد",
    "لا تعليق",
    "לא יודע",
    "לא יודעת",
    "אין",
    "כלום",
    "पता नहीं",
    "कुछ नहीं",
    "नहीं पता",
    "không biết",
    "không có",
    "không",
    "tidak tahu",
    "tidak ada",
    // Without a comment, in so many words
    "none thanks",
    "no thanks",
    "nein danke",
    "aucune remarque",
    "pas de remarque",
    "não tenho",
    "nao tenho",
    "ebenso",
    "ei kommentteja",
];

/// What a spreadsheet shows in place of a value that it cannot compute, in small letters.
const ERRORS: [&str; 16] = [
    "#name?",
    "#ref!",
    "#value!",
    "#div/0!",
    "#n/a",
    "#null!",
    "#num!",
    "#wert!",
    "#bezug!",
    "#zahl!",
    "#nv",
    "#nom?",
    "#valeur!",
    "#valor!",
    "#¡valor!",
    "#¿nombre?",
];

/// Replies of several words that say nothing.
const PHRASES: &[&str] = &[
    "missed voice call",
    "missed video call",
    "all good",
    "all ok",
    "verpasster sprachanruf",
    "verpasster videoanruf",
    "alles gut",
    "alles ok",
    "alles okay",
    "passt schon",
    "passt alles",
];
/// Words of replies that say nothing but that somebody read or typed something. A text of these alone is no content. Thanks and
/// praise ("great", "perfect", "super") are not among them: how many say so is what a shop wants to know.
const REPLIES: &[&str] = &[
    // Agreed
    "ok",
    "okay",
    "okey",
    "oki",
    "okidoki",
    "k",
    "kk",
    "ок",
    "passt",
    "daccord",
    "vale",
    "yes",
    "yep",
    "yeah",
    "yup",
    "ja",
    "jo",
    "jep",
    "jup",
    "oui",
    "ouais",
    "sí",
    "si",
    "sì",
    "sim",
    "tak",
    "да",
    "так",
    "ναι",
    "はい",
    "네",
    "好",
    "好的",
    // Laughter and other sounds
    "lol",
    "lool",
    "lmao",
    "rofl",
    "xd",
    "mdr",
    "ptdr",
    "hm",
    "hmm",
    "hmmm",
    "mhm",
    "aha",
    "ah",
    "oh",
    "äh",
    // Keys that were pressed
    "asdf",
    "asdfg",
    "asdfgh",
    "asdfghjkl",
    "asd",
    "qwerty",
    "qwertz",
    "azerty",
    "test",
];

/// What a text without content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An answer that gives none: "don't know".
    Filler,
    /// A reply that says nothing: "ok".
    Reply,
    /// A number that may be the code of a missing answer: "-99".
    Code,
}

/// How a reference to another answer begins.
const SEE: [&str; 9] = ["see", "siehe", "refer", "cf", "vgl", "voir", "as", "same", "wie"];
/// What a tool writes where there is none: `No description provided`, `There are no comments available for this review`.
const LACKING: [&str; 13] = [
    "comment",
    "comments",
    "abstract",
    "description",
    "review",
    "text",
    "feedback",
    "content",
    "answer",
    "summary",
    "message",
    "note",
    "notes",
];
const AVAILABLE: [&str; 9] =
    ["available", "provided", "given", "entered", "supplied", "submitted", "recorded", "found", "specified"];
/// What it refers to.
const PLACES: [&str; 54] = [
    "attached",
    "attachment",
    "attachments",
    "enclosed",
    "file",
    "files",
    "s",
    "document",
    "documents",
    "letter",
    "letters",
    "pdf",
    "short",
    "long",
    "description",
    "summary",
    "title",
    "subject",
    "line",
    "for",
    "above",
    "before",
    "below",
    "earlier",
    "previous",
    "previously",
    "last",
    "other",
    "to",
    "in",
    "as",
    "my",
    "the",
    "question",
    "q",
    "answer",
    "answers",
    "comment",
    "comments",
    "response",
    "oben",
    "unten",
    "vorher",
    "zuvor",
    "frage",
    "antwort",
    "nr",
    "no",
    "stated",
    "mentioned",
    "said",
    "meine",
    "vorherige",
    "ci",
];

/// What stands for an answer or post that is missing, in small letters. The brackets show that nobody
/// wrote it.
const MARKS: [&str; 23] = [
    "[no text]",
    "(no text)",
    "[no comment]",
    "[no answer]",
    "[kein text]",
    "(missing)",
    "[missing]",
    "<missing>",
    "<na>",
    "(null)",
    "<null>",
    "(none)",
    "(empty)",
    "(blank)",
    "[blank]",
    "(leer)",
    "(vide)",
    "[deleted]",
    "[removed]",
    "[deleted by user]",
    "[removed by reddit]",
    "[ removed by reddit ]",
    "[gelöscht]",
];
/// Digits of the longest code for a missing answer.
const CODE: usize = 4;

/// Whether a text is a code for a missing answer, such as -99, -77 or 999, where it comes again.
fn is_missing_code(text: &str) -> bool {
    let text = text.trim();
    let (digits, is_negative) = text.strip_prefix(['-', '\u{2212}']).map_or((text, false), |digits| (digits, true));
    let alike = |digit: char| digits.chars().all(|c| c == digit);
    let (last, first) = digits.char_indices().next_back().map_or((' ', ""), |(place, last)| (last, &digits[..place]));
    let is_near =
        is_negative && (2..=CODE).contains(&digits.len()) && first.chars().all(|c| c == '9') && last.is_ascii_digit();
    let least = if is_negative { 1 } else { 3 };
    is_near || (least..=CODE).contains(&digits.len()) && ['6', '7', '8', '9'].into_iter().any(alike)
}

/// What the whole text is, if it says nothing.
pub(super) fn kind(text: &str) -> Option<Kind> {
    let is_short = text.chars().take(LONGEST + 1).count() <= LONGEST;
    if !is_short {
        return None;
    }
    let said = folded(text);
    // Without a letter or digit there are signs of other meaning: an emoji says something.
    if said.is_empty() {
        return text.chars().all(is_mark).then_some(Kind::Filler);
    }
    let written = text.trim().to_lowercase();
    if ERRORS.contains(&written.as_str()) || MARKS.contains(&written.as_str()) {
        return Some(Kind::Filler);
    }
    if is_missing_code(text) || said == "missing" {
        return Some(Kind::Code);
    }
    if FILLERS.contains(&said.as_str()) || is_reference(&said) || is_lacking(&said) {
        return Some(Kind::Filler);
    }
    let is_reply = PHRASES.contains(&said.as_str()) || said.split(' ').all(is_word_of_a_reply) || is_plus_one(text);
    is_reply.then_some(Kind::Reply)
}

/// "no description provided", "there are no comments available for this review": a tool says that nobody wrote anything.
fn is_lacking(said: &str) -> bool {
    let said = said.strip_prefix("there are ").or_else(|| said.strip_prefix("there is ")).unwrap_or(said);
    let Some(said) = said.strip_prefix("no ") else { return false };
    let words: Vec<&str> = said.split(' ').collect();
    match words.as_slice() {
        [only] => ["abstract", "text"].contains(only),
        [noun, end] => LACKING.contains(noun) && AVAILABLE.contains(end),
        [noun, end, "for" | "in" | "with" | "by", "this" | "the" | "that", what] => {
            LACKING.contains(noun) && AVAILABLE.contains(end) && what.chars().count() <= 12
        }
        _ => false,
    }
}

/// "see question 3", "siehe Frage 2", "see my answer above": what is said stands in another answer.
fn is_reference(said: &str) -> bool {
    let is_place = |word: &str| {
        let number = word.strip_prefix('q').unwrap_or(word);
        PLACES.contains(&word) || (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
    };
    let mut words = said.split(' ').filter(|word| !["please", "pls", "bitte"].contains(word));
    let begins = words.next().is_some_and(|first| SEE.contains(&first));
    let rest: Vec<&str> = words.collect();
    begins && !rest.is_empty() && rest.len() <= 5 && rest.into_iter().all(is_place)
}

fn is_word_of_a_reply(word: &str) -> bool {
    REPLIES.contains(&word) || is_laughter(word)
}

/// "haha", "hehehe", "jajaja", "хаха", "kkkk", "ㅋㅋ".
fn is_laughter(word: &str) -> bool {
    let is_of = |letters: [char; 2]| {
        letters.iter().all(|letter| word.contains(*letter)) && word.chars().all(|c| letters.contains(&c))
    };
    let count = word.chars().count();
    let of_two = [['h', 'a'], ['h', 'e'], ['h', 'i'], ['j', 'a'], ['j', 'e'], ['х', 'а']];
    let of_one = count >= 2 && word.chars().all(|c| c == 'ㅋ') || count >= 3 && word.chars().all(|c| c == 'k');
    of_one || count >= 4 && of_two.into_iter().any(is_of)
}

/// "+1": a number alone is an answer.
fn is_plus_one(text: &str) -> bool {
    matches!(text.trim().trim_end_matches(['!', '.', ' ']), "+1" | "+ 1" | ":+1:")
}

/// Small letters and digits, words with one space between them.
fn folded(text: &str) -> String {
    let kept = text.to_lowercase();
    let kept = kept.chars().filter(|c| !matches!(c, '\'' | '’' | '`' | '´'));
    let spaced: String = kept.map(|c| if c.is_alphanumeric() || is_joined(c) { c } else { ' ' }).collect();
    spaced.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).collect::<Vec<_>>().join(" ")
}

/// Whether it belongs to the letter before it, as vowel signs of Indic scripts and Hangul's points do.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{97f}')
}

/// White space and punctuation.
fn is_mark(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || c.is_ascii_punctuation()
        || matches!(c, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{205e}' | '\u{3000}'..='\u{303f}' | '，' | '！' | '？' | '．' | '－' | '\u{fffd}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind};

    fn is_filler(text: &str) -> bool {
        kind(text).is_some()
    }

    #[test]
    fn answers_that_say_nothing_are_told_in_many_languages() {
        let above = "as above|As above.|s.o.|S. o.|dito|Ditto|same as before|Same as above!|see above|siehe oben|wie oben|idem|\
            see Q3|Please see my answer above|siehe Frage 2|same as question 1|as mentioned before";
        for said in above.split('|') {
            assert_eq!(kind(said), Some(Kind::Filler), "{said}");
        }
        let said = "I have nothing to add.|[no text]|void|see attachment|w.n.|siehe Anlage|rien à ajouter|Don't know|don’t know|n/a|N.A.|-|--|.|…|None.|no comment|keine Angabe|k.A.|Weiß nicht!|ne sais pas|nada|\
            Ninguno|não sei|aucune remarque|Não tenho|None, thanks|ebenso|\
            Ei kommentteja|#NAME?|#REF!|#WERT!|geen idee|nie wiem|vet ej|не знаю|特になし。|没有|없음|???|पता नहीं|( none )";
        for said in said.split('|') {
            assert!(is_filler(said), "{said}");
        }
    }

    #[test]
    fn what_a_tool_writes_in_place_of_a_text_is_told() {
        let said = "There are no comments available for this review|[No abstract available]|No description provided.|\
            See attached file(s)|Please see attached letter.|See short description|no abstract|See attached documents";
        for said in said.split('|') {
            assert_eq!(kind(said), Some(Kind::Filler), "{said}");
        }
        for said in
            ["No comments section on the page", "No feedback given to us by the tutor ever", "See the short film"]
        {
            assert_eq!(kind(said), None, "{said}");
        }
    }

    #[test]
    fn replies_without_content_are_told() {
        for said in [
            "ok",
            "Ok.",
            "OK ok",
            "lol",
            "+1",
            "+1!",
            "haha",
            "Hahahaha 😂",
            "jajaja",
            "passt",
            "Alles gut!",
            "asdfgh",
            "yes",
            "ja ja",
            "hmm ok",
            "ㅋㅋㅋ",
            "Missed voice call",
        ] {
            assert_eq!(kind(said), Some(Kind::Reply), "{said}");
        }
    }

    #[test]
    fn what_says_something_is_none() {
        for said in [
            "No parking",
            "Nothing works since the update",
            "I don't know why the brake squeals",
            "👍",
            "5",
            "€",
            "c",
            "None of the printers work",
            "great!",
            "thank you",
            "ok thanks",
            "perfect",
            "super",
            "see you there",
            "1",
            "ok, but the soup was cold",
            "Si no funciona, no compro",
        ] {
            assert!(!is_filler(said), "{said}");
        }
    }
}
