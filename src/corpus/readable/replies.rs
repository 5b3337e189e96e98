//! Mails: what an answer quotes of the mail before it, and the signature below.

use std::borrow::Cow;

/// How the line begins and ends that stands above a quoted mail.
const INTRODUCTIONS: [(&str, &[&str]); 13] = [
    ("on ", &["wrote:"]),
    ("am ", &["schrieb:"]),
    ("le ", &["a écrit :", "a écrit:", "a écrit\u{a0}:"]),
    ("el ", &["escribió:"]),
    ("il ", &["ha scritto:"]),
    ("em ", &["escreveu:"]),
    ("op ", &["schreef:"]),
    ("w dniu ", &["pisze:", "napisał:", "napisał(a):", "napisała:"]),
    ("den ", &["skrev:"]),
    ("dne ", &["napsal:", "napsal(a):"]),
    ("", &["пишет:", "написал:", "написал(а):", "написала:", "пише:"]),
    ("", &["> wrote:", "> schrieb:", "> a écrit :"]),
    ("", &[" kirjoitti:"]),
];
/// Words of such lines, in small letters, in the languages that mail programs are used in.
const WROTE: [&str; 38] = [
    "wrote",
    "schrieb",
    "a écrit",
    "escribió",
    "ha scritto",
    "escreveu",
    "schreef",
    "pisze",
    "napisał",
    "skrev",
    "napsal",
    "napísal",
    "kirjoitti",
    "yazdı",
    "şunu yazdı",
    "пишет",
    "написал",
    "пише",
    "писал",
    "написав",
    "írta",
    "a scris",
    "έγραψε",
    "napisao",
    "napisala",
    "je pisal",
    "написа",
    "kirjutas",
    "rakstīja",
    "rašė",
    "viết",
    "写道",
    "寫道",
    "のメール",
    "書きました",
    "作成",
    "작성",
    "쓴 글",
];
/// What the line says that a mail program puts between a mail and the one before it.
const DIVIDERS: &[&str] = &[
    "original message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "forwarded message",
    "weitergeleitete nachricht",
    "begin forwarded message",
    "message transféré",
    "mensaje reenviado",
    "messaggio inoltrato",
    "mensagem encaminhada",
    "doorgestuurd bericht",
    "oryginalna wiadomość",
    "wiadomość oryginalna",
    "ursprungligt meddelande",
    "vidarebefordrat meddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "videresendt meddelelse",
    "alkuperäinen viesti",
    "původní zpráva",
    "pôvodná správa",
    "eredeti üzenet",
    "mesajul original",
    "orijinal ileti",
    "özgün ileti",
    "исходное сообщение",
    "оригинальное сообщение",
    "пересылаемое сообщение",
    "αρχικό μήνυμα",
    "原始邮件",
    "邮件原件",
    "原始郵件",
    "元のメッセージ",
    "転送メッセージ",
    "원본 메시지",
    "원본메시지",
];
/// Names of the lines at the head of a mail.
const HEAD: &[&str] = &[
    "from",
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "von",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "de",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "enviado el",
    "fecha",
    "para",
    "asunto",
    "da",
    "inviato",
    "data",
    "a",
    "oggetto",
    "assunto",
    "van",
    "verzonden",
    "aan",
    "onderwerp",
    "od",
    "wysłano",
    "do",
    "temat",
    "från",
    "skickat",
    "till",
    "ämne",
    "kopia",
    // Danish and Norwegian, Finnish
    "fra",
    "sendt",
    "dato",
    "til",
    "emne",
    "kopi",
    "lähettäjä",
    "lähetetty",
    "päivämäärä",
    "vastaanottaja",
    "aihe",
    "kopio",
    // Czech and Slovak, Hungarian, Romanian
    "odesláno",
    "odoslané",
    "odesílatel",
    "datum",
    "komu",
    "předmět",
    "predmet",
    "kopie",
    "feladó",
    "elküldve",
    "dátum",
    "címzett",
    "tárgy",
    "de la",
    "trimis",
    "către",
    "subiect",
    // Portuguese, Spanish, Italian, Dutch once more
    "enviada em",
    "enviado em",
    "enviada",
    "data",
    "cópia",
    "pour",
    "date",
    "copie",
    "kopie aan",
    // Russian and Ukrainian, Greek, Turkish
    "от",
    "от кого",
    "отправлено",
    "дата",
    "кому",
    "тема",
    "копия",
    "від",
    "надіслано",
    "από",
    "στάλθηκε",
    "ημερομηνία",
    "προς",
    "θέμα",
    "kimden",
    "gönderen",
    "gönderildi",
    "gönderilme tarihi",
    "tarih",
    "kime",
    "alıcı",
    "konu",
    "bilgi",
    // Japanese, Chinese, Korean
    "差出人",
    "送信者",
    "送信元",
    "送信日時",
    "日時",
    "日付",
    "宛先",
    "件名",
    "发件人",
    "发送时间",
    "发送日期",
    "日期",
    "时间",
    "收件人",
    "抄送",
    "主题",
    "寄件者",
    "寄件人",
    "發件人",
    "傳送時間",
    "寄件日期",
    "時間",
    "收件者",
    "副本",
    "主旨",
    "보낸 사람",
    "보낸사람",
    "보낸 날짜",
    "보낸날짜",
    "날짜",
    "받는 사람",
    "받는사람",
    "참조",
    "제목",
    // Arabic, Hebrew
    "من",
    "تم الإرسال",
    "التاريخ",
    "إلى",
    "الموضوع",
    "מאת",
    "נשלח",
    "תאריך",
    "אל",
    "נושא",
];
/// Those of them that say who a mail is from.
const SENDERS: &[&str] = &[
    "from",
    "von",
    "de",
    "da",
    "van",
    "od",
    "från",
    "fra",
    "lähettäjä",
    "odesílatel",
    "feladó",
    "de la",
    "от",
    "от кого",
    "від",
    "από",
    "kimden",
    "gönderen",
    "差出人",
    "送信者",
    "送信元",
    "发件人",
    "寄件者",
    "寄件人",
    "發件人",
    "보낸 사람",
    "보낸사람",
    "من",
    "מאת",
];
/// How the line begins that a telephone adds.
const ADDED: [&str; 16] = [
    "sent from my ",
    "sent from mail for ",
    "sent from yahoo mail",
    "sent via ",
    "get outlook for ",
    "sent from outlook",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "envoyé de mon ",
    "envoyé depuis ",
    "enviado desde ",
    "enviado do meu ",
    "inviato da ",
    "verstuurd vanaf ",
    "wysłane z ",
];
/// Lines of the longest signature.
const LONGEST_SIGNATURE: usize = 20;
/// Bytes of the longest head of a mail on one line, up to its last key.
const LONGEST_HEAD: usize = 400;
/// Characters of the longest line that introduces or is added.
const LONGEST_LINE: usize = 200;

/// The text without what it quotes of a mail before it.
pub(super) fn without_quoted(text: &str) -> Cow<'_, str> {
    without(text, quoted_lines)
}

/// The same, where every line that begins with ">" is known to be quoted.
pub(super) fn without_marked(text: &str) -> Cow<'_, str> {
    without(text, |lines| vec![true; lines.len()])
}

fn without(text: &str, quoted_lines: impl Fn(&[&str]) -> Vec<bool>) -> Cow<'_, str> {
    if !text.contains('\n') {
        let head = head_within(text).map(|place| text[..place].trim_end().to_owned());
        return head.map_or(Cow::Borrowed(text), Cow::Owned);
    }
    let lines: Vec<&str> = text.lines().collect();
    let is_prompt = |line: &&&str| line.starts_with(">>> ");
    let is_code = lines.iter().any(|line| is_prompt(&line)) && !lines.iter().any(|line| line.starts_with("> "));
    let quoted = quoted_lines(&lines);
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let (mut place, mut has_introduction) = (0, false);
    while let Some(&line) = lines.get(place) {
        let introduced = introduction(&lines[place..]).map(|(length, sure)| {
            let next = lines[place + length..].iter().find(|line| !line.trim().is_empty());
            let is_apart = place > 0 && lines[place - 1].trim().is_empty() && next.is_some();
            let is_one = sure == Sure::Plainly || sure == Sure::IfApart && is_apart;
            (length, is_one, next.is_some_and(|line| is_quoted(line)))
        });
        if let Some((length, _, true)) = introduced {
            place += length;
            has_introduction = true;
        } else if introduced.is_some_and(|(_, is_one, _)| is_one)
            || is_divider(line)
            || is_head(&lines[place..]) && place > 0
        {
            break;
        } else {
            let is_of_a_mail = has_introduction || quoted.get(place) == Some(&true);
            if is_code || !is_quoted(line) || !is_of_a_mail {
                kept.push(line);
            }
            place += 1;
        }
    }
    shorter(text, &lines, &kept)
}

/// The text without the signature below it.
pub(super) fn without_signature(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.lines().collect();
    let is_mark = |line: &str| matches!(line.trim_end(), "--" | "—" | "––");
    let mark = lines.iter().rposition(|line| is_mark(line));
    // Several such lines, or one at the beginning, divide a list, unless mail programs wrote them.
    let is_divided = |mark: usize| {
        let others = || lines.iter().take(mark).copied();
        others().all(|line| is_mark(line) || line.trim().is_empty())
            || others().any(|line| is_mark(line) && line != "-- ")
    };
    let mark = mark.filter(|mark| !is_divided(*mark));
    let end = mark.filter(|mark| *mark > 0 && lines.len() - mark <= LONGEST_SIGNATURE).unwrap_or(lines.len());
    let is_added = |line: &str| {
        let line = line.trim().to_lowercase();
        line.chars().count() <= 80 && ADDED.iter().any(|added| line.starts_with(added)) && is_of_a_program(&line)
    };
    let kept: Vec<&str> = lines[..end].iter().copied().filter(|line| !is_added(line)).collect();
    shorter(text, &lines, &kept)
}

/// Whether a line names what mails are sent with.
fn is_of_a_program(line: &str) -> bool {
    let named = [
        "iphone",
        "ipad",
        "android",
        "samsung",
        "galaxy",
        "mail",
        "outlook",
        "blackberry",
        "huawei",
        "xiaomi",
        "mobil",
        "phone",
        "handy",
        "smartphone",
        "téléphone",
        "móvil",
        "telefon",
        "ios",
    ];
    named.iter().any(|name| line.contains(name))
}

/// The kept lines; the text itself where all are.
fn shorter<'t>(text: &'t str, lines: &[&str], kept: &[&str]) -> Cow<'t, str> {
    if kept.len() == lines.len() { Cow::Borrowed(text) } else { Cow::Owned(kept.join("\n").trim().to_owned()) }
}

fn is_quoted(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('>') && !line.starts_with(">=") && !line.starts_with(">.<")
}

/// Which lines are quoted of a mail, though none introduces them: two in a row at least, or one with
/// empty lines between it and the text. ">" may mean "more than": lines that all go on with a number
/// are none, nor is one alone among others ("They said:", "> no").
fn quoted_lines(lines: &[&str]) -> Vec<bool> {
    let mut quoted = vec![false; lines.len()];
    let is_empty = |place: usize| lines.get(place).is_none_or(|line| line.trim().is_empty());
    let mut start = 0;
    while start < lines.len() {
        let length = lines.iter().skip(start).take_while(|line| is_quoted(line)).count();
        let block = lines.get(start..start + length).unwrap_or_default();
        let stands_apart = (start == 0 || is_empty(start - 1)) && is_empty(start + length);
        let is_mail = (length > 1 || stands_apart) && !block.iter().all(|line| is_more_than(line));
        quoted.iter_mut().skip(start).take(length).for_each(|line| *line = is_mail);
        start += length.max(1);
    }
    quoted
}

/// `> 50 EUR is too much`
fn is_more_than(line: &str) -> bool {
    let rest = line.trim_start().trim_start_matches('>').trim_start();
    rest.trim_start_matches(['$', '€', '£', ' ']).starts_with(|c: char| c.is_ascii_digit())
}

/// How sure it is that a line introduces a quoted mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// It is one, whatever follows.
    Plainly,
    /// It is one if it stands apart, with something below it.
    IfApart,
    /// A name behind the verb ("Am 3. März schrieb Kim:") may introduce anything: it is one above lines that begin with ">".
    IfMarked,
}

/// How many lines introduce a quoted mail, for mail programs break a long line once, and how sure that is.
fn introduction(lines: &[&str]) -> Option<(usize, Sure)> {
    match lines {
        [one, rest @ ..] => how_sure(one).map(|sure| (1, sure)).or_else(|| {
            let two = rest.first().filter(|_| !one.trim().is_empty() && is_two_of(one))?;
            how_sure(&format!("{} {}", one.trim_end(), two.trim_start())).map(|sure| (2, sure))
        }),
        [] => None,
    }
}

fn how_sure(line: &str) -> Option<Sure> {
    let line = line.trim().to_lowercase();
    let has_number = line.chars().any(char::is_numeric) || line.contains('@');
    let ends = line.ends_with([':', '：']);
    if !has_number || !ends || line.chars().count() > LONGEST_LINE {
        return None;
    }
    let mut pairs = INTRODUCTIONS.iter().flat_map(|(begin, ends)| ends.iter().map(|end| (*begin, *end)));
    if pairs.clone().any(|(begin, end)| line.starts_with(begin) && line.ends_with(end)) {
        return Some(Sure::Plainly);
    }
    if has_moment(&line) {
        let wrote = WROTE.iter().any(|wrote| line.contains(wrote));
        match (has_address(&line), wrote) {
            (true, _) => return Some(Sure::Plainly),
            (false, true) => return Some(Sure::IfApart),
            (false, false) => {}
        }
    }
    let is_named = |(begin, end): (&str, &str)| {
        let verb = end.trim_end_matches([':', ' ', '\u{a0}']);
        !begin.is_empty() && line.starts_with(begin) && line.contains(&format!(" {verb} "))
    };
    pairs.any(is_named).then_some(Sure::IfMarked)
}

/// Whether a line names the address of a mail in brackets, as mail programs do.
fn has_address(line: &str) -> bool {
    let opened = line.match_indices(['<', '(', '[', '＜']).map(|(place, open)| &line[place + open.len()..]);
    let mut within = opened.filter_map(|rest| rest.split(['>', ')', ']', '＞']).next());
    within.any(|address| address.contains('@') && !address.trim().contains(char::is_whitespace))
}

/// Whether a line names a day with its year and a time of the day.
fn has_moment(line: &str) -> bool {
    if line.len() > 4 * LONGEST_LINE || !line.chars().any(char::is_numeric) {
        return false;
    }
    let characters: Vec<char> = line.chars().collect();
    let is_digit = |place: usize| characters.get(place).is_some_and(|c| c.is_numeric());
    let is_clock = |place: usize| place > 0 && is_digit(place - 1) && is_digit(place + 1) && is_digit(place + 2);
    let has_clock = (0..characters.len()).any(|place| matches!(characters[place], ':' | '：') && is_clock(place))
        || ["kl. ", "kl ", "klo "].iter().any(|word| {
            line.match_indices(word).any(|(place, _)| line[place + word.len()..].starts_with(char::is_numeric))
        });
    let numbers: Vec<&str> = line.split(|c: char| !c.is_numeric()).filter(|number| !number.is_empty()).collect();
    let is_year = |number: &&str| {
        number.chars().count() == 4 && ["19", "20", "١٩", "٢٠"].iter().any(|two| number.starts_with(two))
    };
    let is_date = |word: &str| {
        let parts: Vec<&str> =
            word.trim_matches([',', '，']).split(['.', '/', '-']).filter(|part| !part.is_empty()).collect();
        parts.len() == 3 && parts.iter().all(|part| part.len() <= 4 && part.chars().all(char::is_numeric))
    };
    has_clock && (numbers.iter().any(is_year) || line.split_whitespace().any(is_date))
}

/// Whether a line can be the first half of an introduction.
fn is_two_of(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    let begins = INTRODUCTIONS.iter().any(|(begin, _)| !begin.is_empty() && line.starts_with(begin));
    begins && line.chars().any(|c| c.is_ascii_digit()) || has_moment(&line)
}

fn is_divider(line: &str) -> bool {
    let said = line.trim().to_lowercase();
    let bare = said.trim_matches(|c: char| c == '-' || c == '_' || c == ':' || c == '=' || c.is_whitespace());
    said.len() > bare.len() && DIVIDERS.contains(&bare)
}

/// Whether three lines from here on are those at the head of a mail.
fn is_head(lines: &[&str]) -> bool {
    let name = |line: &&str| {
        let (name, _) = line.trim().trim_start_matches('*').split_once([':', '：'])?;
        Some(name.trim_end_matches([' ', '\u{a0}', '\u{3000}', '*']).to_lowercase())
    };
    let is_one_of = |line: &&str, names: &[&str]| name(line).is_some_and(|name| names.contains(&name.as_str()));
    lines.len() > 2
        && lines.first().is_some_and(|line| is_one_of(line, SENDERS))
        && lines[..3].iter().all(|line| is_one_of(line, HEAD))
}

/// Where the head of a mail begins in one that was flattened to one line: "From: … Sent: … To: … Subject: …", with a sender's
/// address or four of its keys. What is below it is quoted.
fn head_within(text: &str) -> Option<usize> {
    let names: Vec<(usize, String)> =
        text.match_indices(": ").filter_map(|(colon, _)| name_before(text, colon)).collect();
    let begin = names.iter().position(|(place, name)| *place > 0 && SENDERS.contains(&name.as_str()))?;
    let (start, _) = names[begin];
    let near = names[begin..]
        .iter()
        .take_while(|(place, name)| place - start <= LONGEST_HEAD && HEAD.contains(&name.as_str()));
    let keys: Vec<usize> = near.map(|(place, _)| *place).collect();
    let value = &text[start..*keys.get(1)?];
    let is_head = keys.len() > 3 || keys.len() == 3 && value.contains('@');
    is_head.then_some(start)
}

/// The word before a colon in small letters, with its place, where it begins with a capital letter.
fn name_before(text: &str, colon: usize) -> Option<(usize, String)> {
    let name = text[..colon].rsplit(char::is_whitespace).next().unwrap_or_default();
    let start = colon - name.len();
    name.starts_with(|c: char| !c.is_lowercase()).then(|| (start, name.trim_matches('*').to_lowercase()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_head_of_a_mail_in_a_flattened_one_ends_what_its_writer_says() {
        let own = "I was charged twice. Kind regards Yuki";
        let head = "From: support@a.example <s@a.example> Sent: Monday, March 3, 2025 10:01 AM To: Marek Nowak Subject: RE: Order Dear";
        assert_eq!(without_quoted(&format!("{own} {head} customer, we answer soon.")), own);
        for said in [head, "A ticket From: Berlin To: Paris Date: 3 May", "Note: it broke. To: all"] {
            assert_eq!(without_quoted(said), said);
        }
    }

    use super::*;

    #[test]
    fn what_an_answer_quotes_is_set_apart() {
        for quoted in [
            "On Mon, 3 Mar 2025 at 10:00, Kim <kim@example.invalid> wrote:\n> Where is it?\n> Kim",
            "On Mon, 3 Mar 2025 at 10:00, Kim Example With A Long Name\n<kim@example.invalid> wrote:\n\nWhere is it?",
            "Am 03.03.2025 um 10:00 schrieb Kim:\n",
            "-----Original Message-----\nFrom: Kim\nWhere is it?",
            "-----Ursprüngliche Nachricht-----\nWo ist es?",
            "Von: Kim\nGesendet: Montag\nAn: Laden\nBetreff: Paket\n\nWo ist es?",
            "De : Kim\nEnvoyé : lundi\nÀ : magasin\nOù est-il ?",
            "Le 3 mars 2025 à 10:00, Kim a écrit :\n> Où ?",
            "Am 3. März 2025 um 09:12 schrieb Kundenservice <s@shop.example>:\n\nWo ist es?",
            "Am Mo., 3. März 2025 um 09:12 Uhr schrieb Kundenservice\n<s@shop.example>:\n\nWo ist es?",
            "Am 03.03.25 um 09:12 schrieb Kundenservice:\nWo ist es?",
            "Op ma 3 mrt 2025 om 09:12 schreef Klantenservice <s@shop.example>:\n\nWaar?",
            "Den mån 3 mars 2025 kl 09:12 skrev Kundtjänst <s@shop.example>:\n\nVar?",
            "man. 3. mars 2025 kl. 09:12 skrev Kim <s@shop.example>:\n\nHvor?",
            "Den 03.03.2025 kl. 09.12 skrev Kim:\nHvor?",
            "ma 3. maalisk. 2025 klo 9.12 Kim (s@shop.example) kirjoitti:\nMissä?",
            "Kim kirjoitti 3.3.2025 klo 9.12:\nMissä?",
            "po 3. 3. 2025 v 9:12 odesílatel Kim <s@shop.example> napsal:\nKde?",
            "Kim <s@shop.example>, 3 Mar 2025 Pzt, 09:12 tarihinde şunu yazdı:\nNerede?",
            "пн, 3 мар. 2025 г. в 09:12, Kim <s@shop.example>:\nГде?",
            "03.03.2025 09:12, Ким пишет:\nГде?",
            "2025年3月3日(月) 9:12 サポート <s@shop.example>:\n\nどこ？",
            "2025/03/03 9:12、サポート <s@shop.example>のメール:\nどこ？",
            "Kim <s@shop.example> 于2025年3月3日周一 09:12写道：\n\n在哪？",
            "2025년 3월 3일 (월) 오전 9:12, Kim <s@shop.example>님이 작성:\n어디?",
            "Kim <s@shop.example> ezt írta (időpont: 2025. márc. 3., H, 9:12):\nHol?",
            "差出人: サポート <s@shop.example>\n送信日時: 2025年3月3日 9:10\n宛先: A\n件名: 問い合わせ\n\nどこ？",
            "发件人：Kim\n发送时间：2025年3月3日\n收件人：A\n主题：X\n\n在哪？",
            "보낸 사람: Kim\n보낸 날짜: 2025년\n받는 사람: A\n제목: X\n\n어디?",
            "Fra: Kim\nSendt: mandag\nTil: butik\nEmne: pakke\n\nHvor?",
            "Kimden: Kim\nGönderildi: Pazartesi\nKime: A\nKonu: X\n\nNerede?",
            "От: Ким\nОтправлено: 3 марта\nКому: А\nТема: Х\n\nГде?",
            "Od: Kim\nOdesláno: pondělí\nKomu: A\nPředmět: X\n\nKde?",
            "Lähettäjä: Kim\nLähetetty: maanantai\nVastaanottaja: A\nAihe: X\n\nMissä?",
            "------------------ 原始邮件 ------------------\n在哪？",
            "> Where is it?\n> Kim",
            "> one line\n\n",
            "> one line",
        ] {
            let text = format!("It came today.\n\n{quoted}");
            let expected = if quoted.ends_with("Kim:\n") { text.as_str() } else { "It came today." };
            assert_eq!(without_quoted(&text).trim_end(), expected.trim_end(), "{quoted}");
        }
        for introduced in [
            "Am Mo., 3. März 2025 um 09:12 Uhr schrieb Studio <info@fit.example>:",
            "Op ma 3 mrt 2025 om 10:00 schreef Kim\n<kim@shop.example>:",
            "Den mån 3 mars 2025 kl 10:00 skrev Kim:",
        ] {
            let text = format!("It came today.\n\n{introduced}\n> Where is it?\n> Kim");
            assert_eq!(without_quoted(&text).trim_end(), "It came today.", "{introduced}");
        }
        assert_eq!(without_quoted("On 3 March Kim wrote:\n> Where?\nIt came today."), "It came today.");
    }

    #[test]
    fn what_only_looks_like_a_quotation_stays() {
        for text in [
            "On Monday I wrote:\nnobody answers my mails",
            "the value is\n>= 5 of them",
            ">>> print(1)\n1\n>>> print(2)",
            "From: one town\nto another it is far\nand I was late",
            "> 50 EUR is too much\nand nobody answers",
            "> 50 EUR is too much\n> 30 min waiting",
            "I said:\n> please refund\nThey said:\n> no\nThis is a joke",
            "Too dear:\n\n> 50 EUR",
            "the original message\nwas lost",
            "On 3 March 2025 I wrote to s@shop.example:\nwhere is it?",
            "My calls, 3.3.2025 at 9:12 and later:\nnobody answered",
            "Am 3.3.2025 um 9:12 schrieb mir Ihr Haus:\ndas stimmt nicht",
            "De: one\nde trop",
            "Von: Bonn\nnach Köln\ndrei Stunden",
        ] {
            assert_eq!(without_quoted(text), text);
        }
    }

    #[test]
    fn signatures_are_set_apart() {
        for below in [
            "-- \nKim\nExample Ltd",
            "--\nKim",
            "Sent from my iPhone",
            "Von meinem iPhone gesendet",
            "Get Outlook for iOS",
        ] {
            assert_eq!(without_signature(&format!("It came today.\n\n{below}\n")), "It came today.");
        }
        for text in ["--\nToo slow\n--\nToo dear", "Too slow\n--\nToo dear\n--\nToo far"] {
            assert_eq!(without_signature(text), text);
        }
        for text in ["--\nonly this", "Sent from my last address it came\nquickly", "a -- b\nc"] {
            assert!(without_signature(text).contains(text.lines().last().unwrap()), "{text}");
        }
    }
}
