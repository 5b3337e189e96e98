//! Dates as spreadsheets and programs write them, and the periods that they fall into.

use std::collections::HashSet;

/// Periods shown at most: beyond that many months quarters are counted, then years.
const PERIODS: i32 = 18;
/// Bytes of a date at most.
const LONGEST: usize = 10;
/// Months of each kind of period, with its name.
const KINDS: [(i32, &str); 3] = [(1, "month"), (3, "quarter"), (12, "year")];

/// Which comes first where a date is written with slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayOrder {
    /// 31/12/2026.
    DayFirst,
    /// 12/31/2026.
    MonthFirst,
}

impl DayOrder {
    /// Both.
    pub const ALL: [DayOrder; 2] = [DayOrder::DayFirst, DayOrder::MonthFirst];

    /// The month of a date, counted from the year 0: of `2026-03-01`, with or without a time, `2026/03/01`, `1.3.2026`,
    /// `01/03/2026` by this order, or `2026-03`.
    pub fn month(self, text: &str) -> Option<i32> {
        let date = text.split([' ', 'T', ',']).next().filter(|date| date.len() <= LONGEST)?;
        let separator = date.chars().find(|c| !c.is_ascii_digit())?;
        let parts: Vec<&str> = date.split(separator).collect();
        let number = |part: &str| part.parse::<i32>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
        let numbers = parts.iter().map(|part| number(part)).collect::<Option<Vec<i32>>>()?;
        let is_year = |place: usize| parts.get(place).is_some_and(|part| part.len() == 4);
        let (year, month, day) = match (&numbers[..], separator) {
            ([year, month, day], '-' | '/' | '.') if is_year(0) => (*year, *month, *day),
            ([year, month], '-') if is_year(0) => (*year, *month, 1),
            ([day, month, year], '.' | '-') if is_year(2) => (*year, *month, *day),
            ([first, second, year], '/') if is_year(2) => match self {
                DayOrder::DayFirst => (*year, *second, *first),
                DayOrder::MonthFirst => (*year, *first, *second),
            },
            _ => return None,
        };
        let legal = (1900..=2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        legal.then_some(12 * year + month - 1)
    }
}

/// Periods that follow each other without a gap.
pub struct Calendar {
    order: DayOrder,
    kind: (i32, &'static str),
    first: i32,
    names: Vec<String>,
}

impl Calendar {
    /// The finest periods that are few enough for these months; nothing where they would be one, or too many.
    pub fn over(months: &HashSet<i32>, order: DayOrder) -> Option<Calendar> {
        let (first, last) = (*months.iter().min()?, *months.iter().max()?);
        let periods = |(length, _): (i32, &str)| last / length - first / length + 1;
        let kind = KINDS.into_iter().find(|kind| periods(*kind) <= PERIODS).filter(|kind| periods(*kind) > 1)?;
        let names = (first / kind.0..=last / kind.0).map(|period| name(period, kind.0)).collect();
        Some(Calendar { order, kind, first: first / kind.0, names })
    }

    /// `month`, `quarter` or `year`.
    pub fn period(&self) -> &'static str {
        self.kind.1
    }

    /// The periods in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Which period a date falls into.
    pub fn place(&self, date: &str) -> Option<usize> {
        let place = self.order.month(date)? / self.kind.0 - self.first;
        usize::try_from(place).ok().filter(|place| *place < self.names.len())
    }
}

/// `2026-03`, `2026 Q1` or `2026`.
fn name(period: i32, length: i32) -> String {
    let in_a_year = 12 / length;
    let (year, part) = (period / in_a_year, period % in_a_year + 1);
    match length {
        1 => format!("{year}-{part:02}"),
        3 => format!("{year} Q{part}"),
        _ => year.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARCH: Option<i32> = Some(12 * 2026 + 2);

    #[test]
    fn dates_are_read_as_they_are_written() {
        for text in [
            "2026-03-01",
            "2026-03-01T23:59:59+02:00",
            "2026-03-01 08:00",
            "2026/3/1",
            "1.3.2026",
            "01-03-2026",
            "2026-03",
        ] {
            assert_eq!(DayOrder::DayFirst.month(text), MARCH, "{text}");
        }
        assert_eq!(
            [DayOrder::DayFirst, DayOrder::MonthFirst].map(|order| order.month("01/03/2026")),
            [MARCH, Some(12 * 2026)]
        );
        for text in [
            "",
            "2026",
            "2026-13-01",
            "31/31/2026",
            "1.2",
            "1-2-3",
            "tomorrow",
            "2026-03-0x",
            "192.168.0.1",
            "２０２６-03-01",
        ] {
            assert_eq!(DayOrder::DayFirst.month(text), None, "{text}");
        }
    }

    #[test]
    fn periods_are_as_fine_as_there_is_room_for() {
        let calendar = |months: &[i32]| Calendar::over(&months.iter().copied().collect(), DayOrder::DayFirst);
        let from = 12 * 2024;
        assert_eq!(calendar(&[from, from + 2]).unwrap().names(), ["2024-01", "2024-02", "2024-03"]);
        let quarters = calendar(&[from, from + 20]).unwrap();
        assert_eq!((quarters.period(), quarters.names()[6].as_str()), ("quarter", "2025 Q3"));
        assert_eq!(quarters.place("2025-08-01"), Some(6));
        assert_eq!(calendar(&[from, from + 100]).unwrap().period(), "year");
        assert!(calendar(&[from, from]).is_none() && calendar(&[from, from + 1_000]).is_none());
    }
}
