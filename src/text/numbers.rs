//! Numbers and percentages as people read them.

/// `1 document`, `12,345 documents`: every noun of the reports takes an s.
pub fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number as u64))
}

/// `12345` as `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with at most three decimals and no trailing zeros.
pub fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How one report writes its percentages: all with the same number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision {
    decimals: usize,
}

impl Precision {
    /// Whole percentages below a thousand documents, one decimal from there on: more would look exact.
    pub fn of(documents: usize) -> Precision {
        Precision { decimals: usize::from(documents >= 1_000) }
    }

    /// Decimals of a percentage.
    pub fn decimals(self) -> usize {
        self.decimals
    }

    /// `22%`. What is not quite nothing is `<1%`, and what is not quite everything `>99%`.
    pub fn percent(self, fraction: f64) -> String {
        let written = self.bare(fraction);
        let least = 0.1_f64.powi(self.decimals as i32);
        match fraction {
            _ if fraction > 0.0 && written == self.bare(0.0) => format!("<{}%", self.bare(least / 100.0)),
            _ if fraction < 1.0 && written == self.bare(1.0) => format!(">{}%", self.bare(1.0 - least / 100.0)),
            _ => format!("{written}%"),
        }
    }

    /// The interval of a share: `17–28%`.
    pub fn interval(self, low: f64, high: f64) -> String {
        format!("{}–{}%", self.bare(low), self.bare(high))
    }

    fn bare(self, fraction: f64) -> String {
        format!("{:.*}", self.decimals, fraction * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(thousands(100), "100");
        assert_eq!([decimal(0.5), decimal(12.0), decimal(0.12345)], ["0.5", "12", "0.123"]);
    }

    #[test]
    fn all_percentages_of_a_report_have_the_same_number_of_decimals() {
        let (few, many) = (Precision::of(236), Precision::of(1_000));
        assert_eq!([0.22, 0.047, 1.0, 0.0].map(|share| few.percent(share)), ["22%", "5%", "100%", "0%"]);
        assert_eq!([0.22, 0.0474, 1.0].map(|share| many.percent(share)), ["22.0%", "4.7%", "100.0%"]);
        assert_eq!(few.interval(0.0263, 0.0817), "3–8%");
        assert_eq!(many.interval(0.0263, 0.0817), "2.6–8.2%");
    }

    #[test]
    fn what_is_not_quite_nothing_or_everything_is_not_rounded_to_it() {
        let (few, many) = (Precision::of(236), Precision::of(1_000));
        assert_eq!([few.percent(0.004), few.percent(0.996)], ["<1%", ">99%"]);
        assert_eq!([many.percent(0.0004), many.percent(0.9996)], ["<0.1%", ">99.9%"]);
    }
}
