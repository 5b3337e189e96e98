//! The times of messages, as messengers write them in the languages of their users.

/// Characters of the longest time.
const LONGEST: usize = 40;
/// Days that messengers call by a word.
const DAYS: [&str; 16] = [
    "today",
    "yesterday",
    "heute",
    "gestern",
    "aujourd'hui",
    "hier",
    "hoy",
    "ayer",
    "oggi",
    "ieri",
    "hoje",
    "ontem",
    "vandaag",
    "gisteren",
    "idag",
    "igår",
];

/// What stands between a day and its hour.
const AT: [&str; 19] = [
    "at ",
    "um ",
    "à ",
    "a las ",
    "alle ",
    "às ",
    "om ",
    "kl. ",
    "klo ",
    "kl ",
    "u ",
    "o ",
    "в ",
    "о ",
    "у ",
    "στις ",
    "la ",
    "pukul ",
    "lúc ",
];
/// Words in front of an hour, or alone behind it, that say which half of the day it is in.
const HALVES: [&str; 20] = [
    "上午",
    "下午",
    "午前",
    "午後",
    "凌晨",
    "清晨",
    "早上",
    "中午",
    "晚上",
    "오전",
    "오후",
    "ص",
    "م",
    "π.μ.",
    "μ.μ.",
    "πμ",
    "μμ",
    "ÖÖ",
    "ÖS",
    "पूर्वाह्न",
];
/// How the names of months begin.
const MONTHS: [&str; 27] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mai", "okt", "dez",
    "fév", "avr", "juin", "juil", "aoû", "déc", "ene", "abr", "ago", "dic", "gen",
];
/// Days of the week, as messengers write them above a message.
/// Letters of the short form of a day of the week at most.
const SHORT: usize = 4;
const WEEKDAYS: [&str; 38] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
    "lunedì",
    "venerdì",
];

/// Whether it is a date with a time of the day.
pub(super) fn is_time(text: &str) -> bool {
    if text.chars().count() > LONGEST {
        return false;
    }
    let text = in_ascii(text);
    let said = AT.iter().find_map(|at| text.split_once(&format!(" {at}")));
    let text = said.map_or_else(|| text.to_owned(), |(day, hour)| format!("{day} {hour}"));
    let (text, months) = without_months(&text);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let parts = text.chars().filter(|c| "/.-".contains(*c)).count() + 2 * months;
    let is_of_time = |c: char| c.is_ascii_digit() || c.is_whitespace() || "/.-:,".contains(c) || "aApPmMT".contains(c);
    let has_hour = if text.contains(':') { parts >= 2 } else { has_dotted_hour(&text, months) };
    digits >= 6 && has_hour && text.chars().all(is_of_time)
}

/// Whether the last word is an hour with a dot, as in `1.3.2025 08.03`, behind a date.
fn has_dotted_hour(text: &str, months: usize) -> bool {
    let half = |c: char| c.is_whitespace() || c.is_alphabetic() || c == '.';
    let Some((day, hour)) = text.trim_end_matches(half).rsplit_once(char::is_whitespace) else { return false };
    let parts: Vec<&str> = hour.split('.').collect();
    let is_number = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let begins = parts[0].len() <= 2 && parts[0].bytes().all(|byte| byte.is_ascii_digit()) && !parts[0].is_empty();
    (2..=3).contains(&parts.len())
        && begins
        && parts[1..].iter().all(is_number)
        && day.chars().filter(|c| "/.-".contains(*c)).count() + 2 * months >= 2
}

/// Whether it is a date alone, perhaps with the day of the week: `2025/03/01(土)`, `Sat, 3/1/2025`, `--- 2025년 3월 1일 ---`.
pub(super) fn is_date(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || "-=—".contains(c));
    if text.chars().count() > LONGEST {
        return false;
    }
    let text = in_ascii(text);
    let text = text.split_once('(').map_or(text.as_str(), |(day, _)| day);
    let (text, months) = without_months(text);
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let parts = text.chars().filter(|c| "/.-".contains(*c)).count() + 2 * months;
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).count();
    let is_of_date = |c: char| c.is_ascii_digit() || c.is_whitespace() || c.is_alphabetic() || "/.-,".contains(c);
    // "Interview 1, Maria, 12 March 2026" is a title, though "Maria" begins like a month.
    (5..=8).contains(&digits)
        && months <= 1
        && numbers + months <= 3
        && words <= 1
        && (2..=4).contains(&parts)
        && text.chars().all(is_of_date)
}

/// Whether it is a date without any word that is not a month, a day of the week or the short form of one.
pub(super) fn is_plain_date(text: &str) -> bool {
    let (rest, _) = without_months(text);
    let words = rest.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
    let is_day = |word: &String| word.chars().count() <= SHORT || WEEKDAYS.contains(&word.as_str());
    is_date(text) && words.filter(|word| !word.is_empty()).all(|word| is_day(&word))
}

/// A time with the digits and signs of ASCII, and without the words for the halves of a day.
fn in_ascii(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let digit = |c: char, zero: char| char::from_digit(u32::from(c) - u32::from(zero), 10);
    let sign = |c: char| match c {
        '\u{200e}' | '\u{200f}' | '\u{61c}' => None,
        '٠'..='٩' => digit(c, '٠'),
        '۰'..='۹' => digit(c, '۰'),
        '०'..='९' => digit(c, '०'),
        '年' | '月' | '년' | '월' => Some('/'),
        '日' | '일' => Some(' '),
        '،' => Some(','),
        '：' => Some(':'),
        _ => Some(c),
    };
    // The sign for a day begins the names of days of the week.
    let is_name = |word: &&str| ["曜日", "요일"].iter().any(|end| word.ends_with(end));
    let words: Vec<String> = text
        .split_whitespace()
        .filter(|word| !is_name(word))
        .map(|word| {
            let word: String = word.chars().filter_map(sign).collect();
            HALVES.iter().find_map(|half| word.strip_prefix(half)).map_or(word.clone(), str::to_owned)
        })
        .collect();
    words.join(" ").trim().to_owned()
}

/// The text without the names of months, and how many of these there are: `Jan 03, 2025 08:12`.
fn without_months(text: &str) -> (String, usize) {
    let (mut kept, mut months) = (String::new(), 0);
    for piece in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphabetic());
        let small = word.to_lowercase();
        let is_month = small.chars().count() > 2 && MONTHS.iter().any(|month| small.starts_with(month));
        months += usize::from(is_month);
        kept.push_str(if is_month { &piece[word.len()..] } else { piece });
    }
    (kept, months)
}

/// Whether a line is nothing but the time of a message: `8:12 AM`, `03.01.2025 08:12`, `Friday 08:12`.
pub(super) fn is_moment(line: &str) -> bool {
    let small = line.to_lowercase();
    let hour = WEEKDAYS.iter().find_map(|day| small.strip_prefix(day));
    is_time(line) || is_clock(line) || hour.is_some_and(|hour| is_hour(hour.trim_start_matches([',', ' '])))
}

/// Whether it is a time of the day, perhaps with a word for the day in front.
pub(super) fn is_clock(text: &str) -> bool {
    let text = text.to_lowercase();
    is_day(&text) || is_hour(&text)
}

/// `Yesterday at 8:00 AM`.
pub(super) fn is_day(text: &str) -> bool {
    let text = text.to_lowercase();
    let hour = DAYS.iter().find_map(|day| text.strip_prefix(day));
    hour.is_some_and(|hour| {
        let hour = hour.trim_start_matches([',', ' ']);
        is_hour(AT.iter().find_map(|at| hour.strip_prefix(at)).unwrap_or(hour))
    })
}

/// `8:00`, `08:00:11`, `8:00 am`, `20:00 Uhr`.
pub(super) fn is_hour(text: &str) -> bool {
    let text = &in_ascii(text);
    let clock = text.trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace() || c == '.');
    let half = text[clock.len()..].trim();
    let parts: Vec<&str> = clock.split(':').collect();
    let is_number = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&parts.len())
        && parts.iter().all(is_number)
        && ["", "am", "pm", "a.m.", "p.m.", "uhr"].contains(&half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_many_languages_are_known() {
        for time in [
            "1.3.2025 klo 08.03",
            "01/03/25 08.03",
            "2025/3/1 上午8:03",
            "2025/3/1 下午 2:54",
            "2025. 3. 1. 오전 8:03",
            "2025년 3월 1일 오후 1:00",
            "‏٠١/٠٣/٢٠٢٥، ٠٨:٠٣ ص",
            "۱۴۰۳/۱۲/۱۱، ۰۸:۰۳",
            "2025. 03. 01. 8:03",
            "1/3/25, 8:03 π.μ.",
            "01.03.2025 08:03",
            "3/1/25, 8:03 p. m.",
        ] {
            assert!(is_time(time), "{time}");
        }
        for other in ["12.03.2025", "2025/3/1", "1.2 3.4", "at 08.03", "3.14 and 2.71", "上午8:03"] {
            assert!(!is_time(other), "{other}");
        }
        for hour in ["오후 1:00", "午後3:05", "08:03", "8:03 pm"] {
            assert!(is_hour(hour), "{hour}");
        }
    }

    #[test]
    fn days_on_lines_of_their_own_are_known() {
        for day in [
            "2025/03/01(月)",
            "2025.03.01 土曜日",
            "Sat, 3/1/2025",
            "--------------- 2025년 3월 1일 토요일 ---------------",
            "--------------- March 1, 2025 ---------------",
        ] {
            assert!(is_date(day), "{day}");
        }
        assert!(
            is_plain_date("Friday, 12 March 2026")
                && is_plain_date("2025/03/01")
                && !is_plain_date("Interview 1/3/2026")
        );
        for other in [
            "Interview 1, Maria, 12 March 2026",
            "Part 2, 12 March 2026",
            "see 3/1/2025 or later",
            "1.2.3",
            "2025",
            "call 030 1234567",
            "2025/03/01 08:00",
        ] {
            assert!(!is_date(other), "{other}");
        }
    }
}
