//! Words that hold a sentence together and name nothing: articles, prepositions, auxiliaries, possessives, conjunctions.

use std::collections::HashSet;

use crate::corpus::language_codes;
use crate::text::is_weekday_or_month;

/// What the lists of stop words leave out: modal verbs, prepositions and adverbs of degree and time.
const MORE: [(&str, &str); 7] = [
    (
        "en",
        "would could may might must shall ought cannot cant wont dont didnt doesnt isnt wasnt im ive id upon within without toward \
         towards since among amongst per via across along around behind beside besides beyond despite except inside like near onto \
         outside though although unless whether whose us every another much many however ever never always still even also yet quite \
         rather really already anyway maybe perhaps let got get gets getting go goes going want wants said says say make makes made \
         take takes took need needs one two three first last next back away later soon often whatever whoever something anything \
         nothing everything someone anyone everyone nobody instead else thus hence therefore",
    ),
    (
        "de",
        "beim ins vom zum zur ans aufs dass daß ja mal schon eben halt etwa sowie sowohl weder noch je trotz wegen statt anstatt \
         während mehr sehr immer nie wieder ganz gar kaum fast bereits doch denn darf dürfen mag möchte sollte müsste könnte worden \
         geworden bin gibt geht macht wäre würde viel viele wenig bitte eigentlich leider seit nichts niemand jemand etwas \
         sogar selbst dann dort hier jetzt daher deshalb trotzdem zwar aber ab bis pro laut innerhalb außerhalb",
    ),
    (
        "fr",
        "à dès vers chez sans sous entre contre depuis pendant avant après afin ainsi alors aussi car cela ceci ça comme donc dont \
         encore jamais toujours très trop peu plus moins quand où quel quelle quels quelles si tout toute tous toutes être avoir \
         faire fait peut doit faut pouvoir devoir rien personne quelque quelques quelqu chacun selon malgré lorsque parce \
         plusieurs chaque autre autres cette ces celui celle ceux beaucoup bien",
    ),
    (
        "es",
        "ser estar hacer hace haber hay puede pueden debe deben cada según mediante durante aunque pues así aún más menos muy tan \
         nunca siempre todavía ya alguien nadie algo nada desde hasta hacia tras sino porque cuando mientras cual cuales cualquier alguno alguna ningún ninguna otro otra si va van ir bien mucho muchos mucha",
    ),
    (
        "it",
        "essere avere fare fatto può possono deve devono ogni secondo mediante durante benché così ancora già mai sempre molto molti \
         poco meno troppo qualcuno nessuno niente nulla qualcosa perché mentre qualche alcuni alcune nessuno altro altri verso presso senza sotto sopra dopo prima quando dove",
    ),
    (
        "pt",
        "ser estar fazer pode podem deve devem cada segundo durante embora assim ainda já nunca sempre muito muitos pouco menos \
         alguns algumas alguém ninguém algo nada desde até enquanto porque nenhum outro outros sem sob sobre após antes quando onde",
    ),
    (
        "nl",
        "zijn worden hebben kunnen moeten mogen zullen elk elke volgens tijdens hoewel zo nog al nooit altijd zeer veel weinig meer \
         minder iemand niemand iets niets sinds omdat terwijl sommige geen ander andere zonder onder boven na voor wanneer waar",
    ),
];

/// Greetings, interjections and words of politeness, in any corpus.
const SPOKEN: &str = "
    hi hello hey hiya dear please pls thanks thank thx ok okay yes no yeah yep nope oh ah ooh wow ugh meh hmm lol haha btw imo omg sorry
    hallo moin servus bitte danke liebe lieber naja tja ach
    bonjour salut bonsoir merci svp oui hola gracias sí vale ciao salve grazie prego sì olá oi obrigado obrigada
    hoi dank bedankt alstublieft hej tack tak takk hei cześć dziękuję proszę привет здравствуйте спасибо пожалуйста
    http https www";
/// Units of time: like weekdays and months they name nothing by themselves, but may be part of a name.
const TIMES: &str = "
    second seconds minute minutes hour hours day days week weeks month months year years today yesterday tomorrow tonight ago
    sekunde sekunden minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jahren heute gestern morgen
    seconde secondes heure heures jour jours semaine semaines mois an ans année années hier demain aujourd'hui
    segundo segundos minuto minutos hora horas día días semana semanas mes meses año años hoy ayer mañana
    secondo secondi minuti ora ore giorno giorni settimana settimane mese mesi anno anni oggi ieri domani
    dia dias mês ano anos hoje ontem amanhã seconden minuut uur uren dag dagen weken maand maanden jaar jaren vandaag gisteren
    dagar vecka veckor månad månader dager uker minut minuter timme timmar idag igår";

/// The function words of a corpus's languages.
#[derive(Debug, Clone)]
pub struct FunctionWords {
    words: HashSet<&'static str>,
    times: HashSet<&'static str>,
}

impl FunctionWords {
    /// Those of English and of every language that the texts are written in.
    pub fn of(texts: &[&str]) -> FunctionWords {
        let codes = language_codes(texts);
        let listed = codes.iter().filter_map(stop_words::lookup).flatten().copied();
        let more = MORE.iter().filter(|(code, _)| codes.contains(code)).flat_map(|(_, words)| words.split_whitespace());
        let words = listed.chain(more).chain(SPOKEN.split_whitespace()).collect();
        FunctionWords { words, times: TIMES.split_whitespace().collect() }
    }

    /// Whether a phrase of such words names nothing: they are function words, units of time, weekdays and months.
    pub fn name_nothing(&self, phrase: &[&str]) -> bool {
        phrase.iter().all(|word| self.contains(word) || self.times.contains(word) || is_weekday_or_month(word))
    }

    /// Whether a lower-case word is one; one with an apostrophe, where its parts are.
    pub fn contains(&self, word: &str) -> bool {
        let word = word.replace('\u{2019}', "'");
        let mut parts = word.split('\'');
        self.words.contains(word.as_str())
            || (word.contains('\'') && parts.all(|part| part.is_empty() || self.words.contains(part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_and_times_name_nothing() {
        let english = FunctionWords::of(&["The parcel has not arrived and nobody answers the telephone."]);
        for phrase in [&["hi"][..], &["ok"], &["friday"], &["minutes"], &["two", "weeks"], &["please"], &["märz"]] {
            assert!(english.name_nothing(phrase), "{phrase:?}");
        }
        for phrase in [&["parcel"][..], &["black", "friday"], &["delivery", "day"], &["late"]] {
            assert!(!english.name_nothing(phrase), "{phrase:?}");
        }
    }

    #[test]
    fn the_words_of_the_texts_own_languages_are_known() {
        let english = FunctionWords::of(&["The parcel has not arrived and nobody answers the telephone."]);
        assert!(["the", "would", "don\u{2019}t", "around", "it's"].iter().all(|word| english.contains(word)));
        assert!(["parcel", "home", "die", "order", "new"].iter().all(|word| !english.contains(word)));
        let german = FunctionWords::of(&["Das Paket ist nicht angekommen und niemand geht ans Telefon."; 3]);
        assert!(["die", "nicht", "zum", "the", "seit", "niemand"].iter().all(|word| german.contains(word)));
        let french =
            FunctionWords::of(&["Le colis n'est pas arrivé et personne ne répond au téléphone du magasin."; 3]);
        assert!(
            french.contains("d'une")
                && french.contains("qu'il")
                && french.contains("rien")
                && !french.contains("l'école")
        );
    }
}
