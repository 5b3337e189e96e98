//! Days as dates.

/// The date so many days after 1970-01-01, as `2026-11-28`. Reckoned in years that begin in March: the leap day is then the last one
/// (H. Hinnant, "chrono-compatible low-level date algorithms").
pub fn date(days: i64) -> String {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        let dates = [0, 11_016, 20_512, 20_785].map(date);
        assert_eq!(dates, ["1970-01-01", "2000-02-29", "2026-02-28", "2026-11-28"]);
    }
}
