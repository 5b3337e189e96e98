//! The names of weekdays and months, in the languages of most corpora.

use std::collections::HashSet;
use std::sync::LazyLock;

/// In small letters, with their usual short forms.
const NAMES: &str = "
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri
    january february march april june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    januar jänner februar märz mai juni juli oktober dezember okt dez
    lundi mardi mercredi jeudi vendredi samedi dimanche
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    lunes martes miércoles jueves viernes sábado domingo
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    segunda-feira terça-feira quarta-feira quinta-feira sexta-feira
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    januari februari maart mei augustus
    poniedziałek wtorek środa czwartek piątek sobota niedziela
    måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag";

/// Whether a word in small letters is the name of a weekday or a month, whatever else it means.
pub fn is_weekday_or_month(word: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| NAMES.split_whitespace().collect());
    KNOWN.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_and_months_are_known_in_several_languages() {
        assert!(["friday", "märz", "miércoles", "juillet", "söndag"].into_iter().all(is_weekday_or_month));
        assert!(!is_weekday_or_month("parcel") && !is_weekday_or_month(""));
    }
}
