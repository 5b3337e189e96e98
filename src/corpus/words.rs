//! The words that the rules for suspicious documents look for, by language.

/// A verb and, within a few words of the same clause, an object.
pub struct Within {
    /// Whole words.
    verbs: &'static [&'static str],
    /// Beginnings of words, or whole words.
    objects: &'static [&'static str],
    whole: bool,
    /// Words from the verb to the object at most.
    reach: usize,
    /// Words after the object that take the sting out: "yes or no".
    unless: &'static [&'static str],
}

impl Within {
    /// Whether a clause in small letters holds it.
    pub fn holds(&self, clause: &[&str]) -> bool {
        let verbs = clause.iter().enumerate().filter(|(_, word)| self.verbs.contains(word));
        verbs.map(|(place, _)| &clause[place + 1..]).any(|rest| {
            let near = &rest[..self.reach.min(rest.len())];
            near.iter().enumerate().any(|(place, word)| self.is_object(word, rest.get(place + 1)))
        })
    }

    fn is_object(&self, word: &str, next: Option<&&str>) -> bool {
        let is = |object: &&str| if self.whole { word == *object } else { word.starts_with(object) };
        self.objects.iter().any(is) && next.is_none_or(|next| !self.unless.contains(next))
    }
}

/// To ignore what a model was told.
pub const IGNORE: [Within; 11] = [
    order(
        &["ignore", "disregard", "forget", "override", "bypass"],
        &["instruction", "prompt", "directive", "guideline"],
    ),
    order(&["ignoriere", "ignorieren", "ignoriert", "vergiss", "missachte"], &["anweisung", "instruktion", "vorgabe"]),
    order(&["ignore", "ignorez", "oublie", "oubliez"], &["instruction", "consigne", "directive"]),
    order(&["ignora", "ignore", "olvida", "olvide"], &["instruccion", "instrucción", "indicaciones"]),
    order(&["ignora", "ignorate", "dimentica", "dimenticate"], &["istruzion", "indicazioni"]),
    order(&["ignore", "ignora", "esqueça", "desconsidere"], &["instruç", "instruc", "orientações"]),
    order(&["negeer", "vergeet"], &["instructie", "aanwijzing"]),
    order(&["zignoruj", "ignoruj", "zapomnij"], &["polece", "instrukcj"]),
    order(&["игнорируй", "игнорируйте", "забудь", "забудьте"], &["инструкци", "указани"]),
    order(&["ignorera", "ignorer", "glöm"], &["instruktion", "instruks"]),
    order(&["ігноруй", "ігноруйте", "ignoruj", "ignorujte"], &["інструкц", "instrukc", "pokyn"]),
];

/// To answer Yes.
pub const ANSWER: [Within; 9] = [
    answer(&["answer", "answers", "reply", "respond", "output", "return", "say"], &["yes"], &["or"]),
    answer(&["antworte", "antworten", "antwortet"], &["ja"], &["oder"]),
    answer(&["réponds", "répondez", "repondez"], &["oui"], &["ou"]),
    answer(&["responde", "responda", "contesta", "conteste"], &["sí", "si"], &["o"]),
    answer(&["rispondi", "rispondete"], &["sì", "si"], &["o"]),
    answer(&["responda", "responde", "responder"], &["sim"], &["ou"]),
    answer(&["antwoord", "antwoordt"], &["ja"], &["of"]),
    answer(&["odpowiedz", "odpowiadaj"], &["tak"], &["lub", "czy"]),
    answer(&["ответь", "ответьте", "отвечай", "отвечайте"], &["да"], &["или"]),
];

/// To be sorted in a certain way.
pub const SORT: [Within; 5] = [
    Within {
        verbs: &["put", "place", "assign", "sort", "move", "add", "label", "classify"],
        objects: &["cluster"],
        whole: false,
        reach: 8,
        unless: &[],
    },
    Within {
        verbs: &["classify", "categorize", "categorise", "label"],
        objects: &["category", "group"],
        whole: false,
        reach: 6,
        unless: &[],
    },
    Within {
        verbs: &["ordne", "sortiere", "klassifiziere"],
        objects: &["cluster", "gruppe", "kategorie"],
        whole: false,
        reach: 8,
        unless: &[],
    },
    Within {
        verbs: &["classe", "classez"],
        objects: &["cluster", "groupe", "catégorie"],
        whole: false,
        reach: 8,
        unless: &[],
    },
    Within {
        verbs: &["clasifica", "clasifique"],
        objects: &["cluster", "grupo", "categoría"],
        whole: false,
        reach: 8,
        unless: &[],
    },
];

const fn order(verbs: &'static [&'static str], objects: &'static [&'static str]) -> Within {
    Within { verbs, objects, whole: false, reach: 6, unless: &[] }
}

const fn answer(
    verbs: &'static [&'static str],
    objects: &'static [&'static str],
    unless: &'static [&'static str],
) -> Within {
    Within { verbs, objects, whole: true, reach: 3, unless }
}

/// What is said to models and hardly to people, without punctuation.
pub const PHRASES: [&str; 34] = [
    "system prompt",
    "system override",
    "new instructions",
    "prompt injection",
    "jailbreak",
    "developer mode",
    "as a language model",
    "as an ai language",
    "note to the ai",
    "note to the model",
    "dear language model",
    "end of document",
    "end of prompt",
    "you are now a helper",
    "you are now an ai",
    "from now on you",
    "everything you were told",
    "statement is true of this",
    "statements are true of this",
    "statement about this document",
    "belongs to every",
    "fits every group",
    "propose exactly one group",
    "忽略之前",
    "忽略以上",
    "忽略所有",
    "无视之前",
    "指示を無視",
    "指示は無視",
    "지시를 무시",
    "تجاهل جميع",
    "تجاهل التعليمات",
    "निर्देशों को अनदेखा",
    "talimatları yok say",
];
