//! A chat as messengers export it as text, or as it is copied out of them: each message begins with its time and who wrote it, and
//! may go on on further lines, or begin on them (Teams, Slack, Discord).

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::discord;
use super::heads::{Manner, Order};
use super::line_reader::{Line, LineReader};
use super::moments::{is_clock, is_date, is_plain_date};
use super::notices::{is_notice, is_poll, marks_of_edits, without_marks};
use super::row::{FILE, NOTICE, POLL, Problem, RawRow, RowReader};

/// Reads one message a row, into the fields `time`, `author` and `text`.
pub(super) struct Messages<R> {
    lines: LineReader<R>,
    header: [String; 3],
    /// How its messages begin.
    manner: Manner,
    /// What stands below messages that were edited, as far as the chat shows it itself.
    edited: Vec<String>,
    /// Whether it is a channel of Discord's, whose exporter adds to messages.
    is_of_discord: bool,
    /// The day, or the time, of the last line that has one alone.
    moment: String,
}

impl<R: BufRead> Messages<R> {
    /// Nothing is read yet; `sample` is the beginning of the chat.
    pub(super) fn new(input: R, manner: Manner, sample: &str) -> Messages<R> {
        Messages {
            lines: LineReader::new(input),
            header: ["time", "author", "text"].map(str::to_owned),
            manner,
            edited: marks_of_edits(sample),
            is_of_discord: discord::is_export(sample),
            moment: String::new(),
        }
    }

    /// The next line, which is still to be read, where it says whether a line begins a message.
    fn next_line(&mut self, line: &str) -> io::Result<Option<String>> {
        if !self.manner.looks_below(line) {
            return Ok(None);
        }
        let Some(next) = self.lines.next()? else { return Ok(None) };
        let content = utf8(&next).ok().map(str::to_owned);
        self.lines.give_back(std::iter::once(next));
        Ok(content)
    }

    /// What stands like the head of a letter above a message: when it was sent, and whether a person did so.
    fn envelope(&mut self) -> io::Result<(String, bool)> {
        let (mut time, mut is_said) = (String::new(), true);
        while let Some(line) = self.lines.next()?.filter(|line| !line.is_blank()) {
            let (name, value) = utf8(&line).unwrap_or_default().split_once(": ").unwrap_or_default();
            match name {
                "Sent" => time = value.to_owned(),
                "Type" => is_said = matches!(value, "incoming" | "outgoing"),
                _ => {}
            }
        }
        Ok((time, is_said))
    }

    /// The time of a message, with the day of the line that has it for all messages below.
    fn whole_time(&self, time: String) -> String {
        match () {
            () if time.is_empty() => self.moment.clone(),
            () if is_date(&self.moment) && is_clock(&time) => format!("{} {time}", self.moment),
            () => time,
        }
    }

    /// The further lines of a message, up to the next one; empty lines at its end are no part of it.
    fn rest(&mut self, text: &mut String) -> io::Result<Option<Problem>> {
        let mut empty = self.lines.skip_empty()?;
        while let Some(line) = self.lines.next()? {
            let Ok(content) = utf8(&line) else { return Ok(Some(Problem::Utf8(0))) };
            let below = self.next_line(content)?;
            if self.manner.head(content, below.as_deref()).is_some() {
                self.lines.give_back(std::iter::once(line));
                break;
            }
            let length = usize::try_from(empty).unwrap_or(usize::MAX).saturating_add(text.len() + content.len());
            if line.is_cut || length > self.lines.longest() {
                return Ok(Some(Problem::TooLong));
            }
            (0..=empty).for_each(|_| text.push('\n'));
            text.push_str(content);
            empty = self.lines.skip_empty()?;
        }
        Ok(None)
    }
}

impl<R: BufRead> RowReader for Messages<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(line) = self.lines.next_filled()? else { return Ok(None) };
        let content = match utf8(&line) {
            Ok(_) if line.is_cut => return Ok(Some(RawRow::broken(line.number, Problem::TooLong))),
            Ok(content) => content,
            Err(at) => return Ok(Some(RawRow::broken(line.number, Problem::Utf8(at)))),
        };
        let below = self.next_line(content)?;
        let head = self.manner.head(content, below.as_deref());
        let (mut time, author) =
            head.as_ref().map_or((String::new(), None), |head| (head.time.to_owned(), head.author));
        let mut text = head.as_ref().map_or(content, |head| head.text).to_owned();
        let is_above = head.as_ref().is_some_and(|head| head.is_above);
        let mut is_said = true;
        match self.manner.order {
            Order::Above | Order::Below if head.is_some() => drop(self.lines.next()?),
            Order::Letters if head.is_some() => (time, is_said) = self.envelope()?,
            Order::Speakers if head.is_some() && author.is_none() => self.moment = time.trim().to_owned(),
            // The first line of a transcript may be a title with a date in it.
            Order::Speakers if author.is_none() && !is_plain_date(&text) => {}
            _ if author.is_none() && is_date(&text) => {
                self.moment = text.trim_matches(|c: char| c == '-' || c.is_whitespace()).to_owned();
            }
            _ => {}
        }
        let problem = self.rest(&mut text)?;
        if is_above {
            text = text.trim().to_owned();
        }
        if self.manner.order == Order::Tabs {
            text = without_quotes(text);
        }
        let author = author.map(|author| if self.is_of_discord { discord::writer(author) } else { author });
        let words = if self.is_of_discord { discord::words(&text) } else { &text };
        is_said &= !(self.is_of_discord && discord::is_event(words));
        let said = without_marks(words, &self.edited);
        let is_nobody = |author| !is_said || is_notice(author, &text) || is_above && text.is_empty();
        let (said, why) = match author {
            None => (&text, Some(NOTICE)),
            Some(author) if is_nobody(author) => (&text, Some(NOTICE)),
            Some(_) if is_poll(&text) => (&text, Some(POLL)),
            Some(_) if said.is_empty() && !text.trim().is_empty() => (&text, Some(FILE)),
            Some(_) => (&said, None),
        };
        let time = if author.is_some() { self.whole_time(time) } else { time };
        let row = RawRow::sound(line.number, fields(&time, author, said));
        Ok(Some(RawRow { problem: problem.or(why.map(Problem::NoRow)), ..row }))
    }
}

/// LINE puts quotes around a message of several lines.
fn without_quotes(text: String) -> String {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(|inner| inner.contains('\n'));
    inner.map_or(text.clone(), |inner| inner.replace("\"\"", "\""))
}

/// The fields of a message, or those of a notice, which has no writer.
fn fields(time: &str, author: Option<&str>, text: &str) -> Map<String, Value> {
    let all = [("time", Some(time)), ("author", author), ("text", Some(text))];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect()
}

fn utf8(line: &Line) -> Result<&str, usize> {
    std::str::from_utf8(line.parts().0).map_err(|problem| problem.valid_up_to())
}

#[cfg(test)]
mod tests {
    use crate::corpus::heads::is_chat;
    use crate::corpus::testing::{cure_of, error_of, ids, notes, options, read_as, reason, texts};

    const ANDROID: &str = "01/03/2024, 08:00 - Messages are end-to-end encrypted. Nobody can read them.\n\
        01/03/2024, 08:01 - Anna: Whose car is this?\n01/03/2024, 08:05 - Ben K.: Bins again\nand rats\n\n\
        01/03/2024, 08:07 - +49 151 2: Lift is stuck: third floor\n";

    #[test]
    fn a_message_is_a_row_with_all_its_lines() {
        let corpus = read_as("chat.txt", ANDROID.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Whose car is this?", "Bins again\nand rats", "Lift is stuck: third floor"]);
        assert_eq!(ids(&corpus), ["1", "2", "3", "6"]);
        assert_eq!(reason(&corpus, 0), "a notice of the chat: nobody wrote it");
        let fields = serde_json::to_string(&corpus.documents[1].fields).unwrap();
        assert_eq!(fields, r#"{"time":"01/03/2024, 08:05","author":"Ben K."}"#);
    }

    #[test]
    fn the_times_of_several_messengers_are_known() {
        for time in [
            "[01.03.24, 08:00:11] ",
            "\u{200e}[3/1/24, 8:00:11\u{202f}PM] ",
            "2024-03-01 08:00 - ",
            "3/1/24, 8:00 AM - ",
        ] {
            assert!(is_chat(&format!("{time}Anna: yes\n").repeat(3)), "{time}");
        }
        for time in ["[01.03.24, 08:00:11] Anna: yes\n", "01/03/2024, 08:00 - Anna: yes\n", "[8:00 AM] Anna: yes\n"] {
            assert!(is_chat(time), "{time}");
        }
        for other in [
            "2024-03-01,yes\n",
            "[{\"text\": \"a\"}]\n",
            "[\"2024-03-01 08:00\", \"b: c\"]\n",
            "Meeting of 2024-03-01 08:00\n",
            "It broke at 12/03/2024 10:00\n",
            "Anna: yes\n",
            "12 - 14: closed\n",
            "[1] Anna: yes\n",
            "id,text\n01/03/2024, 08:00 - a: b\n",
        ] {
            assert!(!is_chat(&other.repeat(3)), "{other}");
        }
    }

    #[test]
    fn messages_below_their_time_and_writer_are_read() {
        for head in [
            "[10/1/2025 1:32 AM] Doe, Jane (EXT)",
            "[Yesterday 1:32 PM] Doe, Jane (EXT)",
            "[13:32] Doe, Jane (EXT)",
            "Doe, Jane (EXT)   10/1/2025 1:32 AM",
            "Doe, Jane (EXT) — 01.03.2025 13:32",
            "Doe, Jane (EXT) — Today at 1:32 PM",
            "Doe, Jane (EXT)\t[1:32 PM]",
        ] {
            let said = ["Rats in plot 4", "reminder: the gate\nsee 2: agenda", "Who brings cake?"];
            let chat = said.map(|said| format!("{head}\n{said}\n")).join("\n");
            let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), said, "{head}");
            assert_eq!(corpus.documents[0].fields["author"], "Doe, Jane (EXT)", "{head}");
        }
    }

    #[test]
    fn messages_below_two_lines_of_writer_and_time_are_read() {
        for time in ["  8:12 AM", "08:12 Uhr", "1/3/2025 8:12 AM", "03.01.2025 08:12", "Friday 08:12", "Gestern 08:12"]
        {
            let said = ["Rats in plot 4", "reminder: the gate\nsee 2: agenda", "Who brings cake?"];
            for gap in ["", "\n"] {
                let chat: String = said.iter().map(|said| format!("Doe, Jane (EXT)\n{time}\n{said}\n{gap}")).collect();
                let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
                assert_eq!(texts(&corpus), said, "{time}");
                assert_eq!(corpus.documents[1].fields["time"], time.trim(), "{time}");
                assert_eq!(corpus.documents[1].fields["author"], "Doe, Jane (EXT)", "{time}");
            }
        }
    }

    #[test]
    fn the_heads_of_more_messengers_are_known() {
        for head in [
            "Jane Doe — heute um 08:12 Uhr\n",
            "Jane Doe  8:12 AM\n",
            "03/01/2025 à 12:30 - Jane Doe: ",
            "09:00:12\t From Jane Doe to Everyone:\n\t",
            "09:00:12From  Jane Doe : ",
            "[Jan 03, 2025 08:12:00] Jane Doe: ",
        ] {
            let said = ["the soup was cold", "nobody came", "it was late"];
            let chat: String = said.iter().map(|said| format!("{head}{said}\n")).collect();
            let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), said, "{head}");
            assert_eq!(corpus.documents[0].fields["author"], "Jane Doe", "{head}");
        }
        for other in ["The soup was cold\nand late\n", "We open\nat 8:00\n", "Sold at 8:00 AM\nand gone\n"] {
            assert!(!is_chat(&other.repeat(3)), "{other}");
        }
    }

    #[test]
    fn the_title_of_a_transcript_is_no_time_and_a_day_above_it_is() {
        let said =
            "Anna: How was the way here?\nMaria: The bus was late again.\n\nAnna: And back?\nMaria: I took a bike.\n";
        let chat = crate::corpus::ReadOptions { format: Some(crate::corpus::Format::Chat), ..options() };
        for (title, time) in [
            ("Interview 1, Maria, 12 March 2026", ""),
            ("Interview, 12 March 2026", ""),
            ("Thursday, 12 March 2026", "Thursday, 12 March 2026"),
        ] {
            let corpus = read_as("a.txt", format!("{title}\n\n{said}").as_bytes(), &chat).unwrap();
            assert_eq!(corpus.documents.len(), 4);
            assert_eq!(corpus.documents[0].fields["time"], time, "{title}");
        }
    }

    #[test]
    fn the_turns_of_a_transcript_are_chosen_by_who_speaks() {
        let said =
            "Anna: How was the way here?\nMaria: The bus was late again.\n\nAnna: And back?\nMaria: I took a bike.\n";
        let chosen = |turns: &str| crate::corpus::ReadOptions {
            format: Some(crate::corpus::Format::Chat),
            turns: turns.parse().unwrap(),
            ..options()
        };
        for turns in ["not anna", "maria", "Maria, Ben"] {
            let corpus = read_as("a.txt", said.as_bytes(), &chosen(turns)).unwrap();
            assert_eq!(texts(&corpus), ["The bus was late again.", "I took a bike."], "{turns}");
            assert_eq!(reason(&corpus, 0), "a turn of somebody else");
        }
        let cues = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nAnna: How was it?\n\n00:00:03.000 --> 00:00:04.000\nMaria: Late.\n";
        assert_eq!(texts(&read_as("a.vtt", cues.as_bytes(), &chosen("not Anna")).unwrap()), ["Late."]);
        let problem = error_of("a.txt", said.as_bytes(), &chosen("Nobody"));
        assert!(problem.contains("a turn of somebody else"), "{problem}");
    }

    #[test]
    fn a_file_that_is_no_chat_is_not_read_as_one() {
        let options = crate::corpus::ReadOptions { format: Some(crate::corpus::Format::Chat), ..options() };
        let problem = error_of("a.txt", b"the soup was cold\nnobody came\n", &options);
        assert!(problem.contains("no line begins like a message"), "{problem}");
    }

    #[test]
    fn a_line_that_ends_with_a_time_begins_no_message_where_times_stand_first() {
        let chat =
            "[01.04.25, 10:00:00] Bob: we meet\non the 02/05/2025 10:00\n[01.04.25, 10:01:00] Amy: fine with me\n";
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["we meet\non the 02/05/2025 10:00", "fine with me"]);
    }

    #[test]
    fn logs_of_irc_are_chats() {
        for (time, join) in [("[21:05]", "***"), ("21:05", "-!-"), ("2024-03-01 21:05:10", "-!-"), ("[21:05:10]", "*")]
        {
            let chat = format!(
                "{time} {join} Ann has joined #shop\n{time} <Ann> where is my parcel?\n{time} <@Bob> it left: monday\n"
            );
            let corpus = read_as("shop.log", chat.as_bytes(), &options()).unwrap();
            let said = texts(&corpus);
            assert_eq!(said[said.len() - 2..], ["where is my parcel?", "it left: monday"], "{time}");
            let last = corpus.documents.last().unwrap();
            assert_eq!(
                (&last.fields["author"], &last.fields["time"]),
                (&"Bob".into(), &time.trim_matches(['[', ']']).into())
            );
        }
    }

    #[test]
    fn empty_lines_end_no_message_and_are_kept_within_it_alone() {
        let chat = format!(
            "[01.04.25, 10:00:00] Bob: one{}two\n[01.04.25, 10:01:00] Amy: three{}",
            "\n".repeat(3),
            "\n".repeat(crate::corpus::line_reader::LONGEST)
        );
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["one\n\n\ntwo", "three"], vec!["1", "5"]));
    }

    #[test]
    fn a_notice_keeps_its_words() {
        let chat = "[01.04.25, 10:00:00] Bob: Bob left the company last week\n[01.04.25, 10:01:00] Amy: Amy left\n\
            [01.04.25, 10:02:00] Amy: \u{200e}<attached: 1.jpg>\n";
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["Bob left the company last week"]);
        let fields = |row: usize| match &corpus.rows[row].content {
            crate::corpus::Content::Skipped(skipped) => skipped.fields.clone(),
            crate::corpus::Content::Document(_) => serde_json::Map::new(),
        };
        assert_eq!((&fields(1)["text"], &fields(1)["author"]), (&"Amy left".into(), &"Amy".into()));
        assert_eq!(fields(2)["text"], "\u{200e}<attached: 1.jpg>");
    }

    #[test]
    fn a_chat_of_one_message_is_a_chat() {
        let corpus = read_as("chat.txt", b"[01.04.25, 10:00:00] Bob: slugs ate my beans\n", &options()).unwrap();
        assert_eq!(texts(&corpus), ["slugs ate my beans"]);
    }

    #[test]
    fn what_the_messenger_writes_in_the_name_of_others_is_skipped() {
        let chat = "[01/02/2026, 07:30:00] Tigers: \u{200e}Messages and calls are end-to-end encrypted. Only people here.\n\
            [01/02/2026, 07:30:00] Coach: \u{200e}Coach created group “Tigers”\n\
            [01/02/2026, 08:00:00] Ana: who has the bibs? \u{200e}<This message was edited>\n\
            \u{200e}[01/02/2026, 08:10:00] Ben: \u{200e}image omitted\n\
            [01/02/2026, 08:20:00] Jo: \u{200e}Jo added Mark Hill\n\
            [01/02/2026, 08:30:00] Jo: I added him to the list\n";
        let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["who has the bibs?", "I added him to the list"]);
        assert_eq!(reason(&corpus, 3), "a picture or another file without words");
        assert!([0, 1, 4].iter().all(|&row| reason(&corpus, row) == "a notice of the chat: nobody wrote it"));
        assert!(notes(&corpus).contains(&"4 rows of the chat skipped: notices that nobody wrote, or files".to_owned()));
    }

    /// What is said in a chat, and with which reasons the rest is skipped.
    fn said_and_skipped(chat: &str) -> (Vec<String>, Vec<String>) {
        let options = crate::corpus::ReadOptions { format: Some(crate::corpus::Format::Chat), ..options() };
        let corpus = read_as("chat.txt", chat.as_bytes(), &options).unwrap();
        let skipped = corpus.rows.iter().filter_map(|row| match &row.content {
            crate::corpus::Content::Skipped(skipped) => Some(skipped.reason.message().to_string()),
            crate::corpus::Content::Document(_) => None,
        });
        (texts(&corpus).into_iter().map(str::to_owned).collect(), skipped.collect())
    }

    #[test]
    fn the_heads_of_many_languages_are_known() {
        for (head, author) in [
            ("1.3.2025 klo 08.03 - Aino: ", "Aino"),
            ("01/03/25 08.03 - Budi: ", "Budi"),
            ("2025/3/1 上午8:03 - 小明: ", "小明"),
            ("2025. 3. 1. 오전 8:03, 민수 : ", "민수"),
            ("‏٠١/٠٣/٢٠٢٥، ٠٨:٠٣ ص - سارة: ", "سارة"),
        ] {
            let said = ["the soup was cold", "nobody came", "it was late"];
            let chat: String = said.iter().map(|said| format!("{head}{said}\n")).collect();
            let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), said, "{head}");
            assert_eq!(corpus.documents[0].fields["author"], author, "{head}");
        }
    }

    #[test]
    fn the_words_of_a_messenger_are_told_by_their_shape_in_any_language() {
        let line = |said: &str| format!("01.03.2025, 08:03 - Ann: {said}\n");
        let said = ["soup <qqq vvv>", "bread <qqq vvv>", "cake <qqq vvv>", "I like <the red one>", "<b>", "<3 cake"];
        let chat: String = said.iter().map(|said| line(said)).collect();
        let read = said_and_skipped(&format!("{chat}{}{}", line("<wwww xxx>"), line("<メディア>")));
        assert_eq!(read.0, ["soup", "bread", "cake", "I like <the red one>", "<b>", "<3 cake"]);
        assert_eq!(read.1, ["a picture or another file without words"; 2]);
        let poll = "[01.03.25, 08:03:11] Ann: \u{200e}UMFRAGE:\nWhen?\n\u{200e}OPTION: Mon (2 votes)\n\
            \u{200e}OPTION: Tue (0 votes)\n[01.03.25, 08:04:11] Bob: fine\n";
        assert_eq!(said_and_skipped(poll), (vec!["fine".to_owned()], vec!["a poll, with its options".to_owned()]));
    }

    #[test]
    fn chats_of_line_are_read() {
        let chat = "[LINE] 小林とのトーク履歴\n保存日時：2025/03/05 10:11\n\n2025/03/01(土)\n09:00\t小林\tスープが冷たい\n\
            09:01\t小林\t[スタンプ]\n09:02\t森\t\"二行\nの話\"\n09:03\t森がメッセージの送信を取り消しました\n\
            09:04\t森\t☎ 通話時間 1:23\n\n2025/03/02(日)\n10:00\t森\t遅かった\n";
        let (said, skipped) = said_and_skipped(chat);
        assert_eq!(
            (said, skipped.len()),
            (["スープが冷たい", "二行\nの話", "遅かった"].map(str::to_owned).to_vec(), 6)
        );
        let corpus = read_as("chat.txt", &chat.as_bytes()[chat.find("2025/03/01").unwrap()..], &options()).unwrap();
        assert_eq!(corpus.documents[2].fields["time"], "2025/03/02(日) 10:00");
    }

    #[test]
    fn chats_of_kakaotalk_are_read() {
        let phone = "동네 님과 카카오톡 대화\n저장한 날짜 : 2025년 3월 5일 오후 3:10\n\n\n2025년 3월 1일 오전 9:00\n\
            2025년 3월 1일 오후 1:00, 민수 : 국이 식었어요\n2025년 3월 1일 오후 1:01, 민수 : 사진\n\
            2025년 3월 1일 오후 1:02, 수진님이 들어왔습니다.\n2025년 3월 1일 오후 1:03, 수진 : 늦었어요\n";
        let desk = "동네 님과 카카오톡 대화\n저장한 날짜 : 2025-03-05 15:10:11\n\n\
            --------------- 2025년 3월 1일 토요일 ---------------\n[민수] [오후 1:00] 국이 식었어요\n\
            [민수] [오후 1:01] 사진 3장\n수진님이 들어왔습니다.\n[수진] [오후 1:03] 늦었어요\n";
        for chat in [phone, desk] {
            let (said, skipped) = said_and_skipped(chat);
            assert_eq!((said, skipped.len()), (["국이 식었어요", "늦었어요"].map(str::to_owned).to_vec(), 4));
        }
    }

    #[test]
    fn chats_of_signal_are_read() {
        let message = |said: &str, kind: &str| {
            format!("From: Ann (+49123)\nType: {kind}\nSent: Sat, 01 Mar 2025 08:03:11 +0100\n\n{said}\n\n")
        };
        let rows = [("cold soup", "incoming"), ("late:\n\nagain", "outgoing"), ("", "keychange"), ("no", "incoming")];
        let messages: String = rows.map(|(said, kind)| message(said, kind)).concat();
        let chat = format!("Conversation: Ann (+49123)\n\n{messages}");
        let (said, skipped) = said_and_skipped(&chat);
        assert_eq!((said, skipped.len()), (["cold soup", "late:\n\nagain", "no"].map(str::to_owned).to_vec(), 2));
        let corpus = read_as("chat.txt", messages.as_bytes(), &options()).unwrap();
        assert_eq!(corpus.documents[0].fields["time"], "Sat, 01 Mar 2025 08:03:11 +0100");
    }

    #[test]
    fn transcripts_are_read_when_said_and_proposed_when_not() {
        let said = ["the soup was cold when it came", "did you say so to them", "nobody came for an hour: not one"];
        let turns: Vec<(&str, &str)> = (0..9).map(|n| (["Ann Lee", "P03"][n % 2], said[n % 3])).collect();
        let all =
            |form: fn(&str, &str) -> String| turns.iter().map(|(name, said)| form(name, said)).collect::<String>();
        for transcript in [
            format!("Interview 3\nPlace: Lyon\n\n{}", all(|name, said| format!("{name}: {said}\n\n"))),
            all(|name, said| format!("{name}: {said} #00:01:10-3#\n\n")),
            all(|name, said| format!("08:12 {name}: {said}\n")),
            all(|name, said| format!("{name} (00:05):\n{said}\n\n")),
            format!("Call\nMarch 1, 2025, 8:00AM\n\n{}", all(|name, said| format!("{name}   0:05\n{said}\n\n"))),
            format!("Call\n\n00:00:00\n \n{}\n00:05:00\n", all(|name, said| format!("{name}: {said}\n"))),
        ] {
            let (read, _) = said_and_skipped(&transcript);
            assert_eq!(read, turns.iter().map(|(_, said)| *said).collect::<Vec<_>>(), "{transcript}");
            if read_as("a.txt", transcript.as_bytes(), &options()).is_err() {
                assert_eq!(cure_of("a.txt", transcript.as_bytes(), &options()), ["format", "chat"], "{transcript}");
            }
        }
        let fields = "Name: Ann Lee\nComment: the soup was cold\n".repeat(6);
        assert_ne!(cure_of("a.txt", fields.as_bytes(), &options()), ["format", "chat"]);
    }

    #[test]
    fn what_a_service_adds_to_a_transcript_is_no_part_of_it() {
        let chat =
            "Ann  0:00\nthe soup was cold\n\nBob  0:05\nlate\n\nAnn  0:09\nagain\n\nTranscribed by https://otter.ai\n";
        assert_eq!(said_and_skipped(chat).0, ["the soup was cold", "late", "again"]);
    }

    #[test]
    fn chats_with_the_time_above_the_writer_are_read() {
        let said = ["Rats in plot 4", "see 2: agenda\nor so", "Who brings cake?"];
        for author in ["+491701234", "Ann Lee"] {
            let chat: String =
                said.iter().map(|said| format!("Mar 01, 2025  8:03:11 AM\n{author}\n{said}\n\n")).collect();
            let corpus = read_as("chat.txt", chat.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), said);
            assert_eq!(corpus.documents[0].fields["author"], author);
        }
    }

    #[test]
    fn messages_of_messenger_without_words_are_skipped_and_counted() {
        let rows = r#"[{"sender_name": "Ann", "timestamp_ms": 1, "content": "the soup was cold"},
            {"sender_name": "Bob", "timestamp_ms": 2, "photos": [{"uri": "p.jpg"}]},
            {"sender_name": "Bob", "timestamp_ms": 3, "content": "Reacted \u00f0\u009f to your message "},
            {"sender_name": "Bob", "timestamp_ms": 4, "content": "nobody came"}]"#;
        let corpus = read_as("message_1.json", rows.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["the soup was cold", "nobody came"]);
        assert!(
            notes(&corpus).iter().any(|note| note.starts_with("2 rows of the chat skipped")),
            "{:?}",
            notes(&corpus)
        );
    }
}
