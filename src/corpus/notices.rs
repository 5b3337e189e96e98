//! What a messenger writes into a chat itself: who came and went, calls, what a file was, that a message was edited.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::by_programs::{is_automatic_reply, is_file_of_matrix, is_of_a_system};
use super::row::{AUTOMATIC, FILE, NOTICE};

/// What notices say, in small letters; a message of a person may say it too, unless the messenger marks it as its own.
const SAID: &[&str] = &[
    // English
    "end-to-end encrypted",
    " created group",
    " created this group",
    " added ",
    " removed ",
    " left",
    " joined ",
    " changed the subject",
    " changed the group",
    " changed this group",
    " changed their phone number",
    "security code",
    "disappearing messages",
    " pinned a message",
    " an admin",
    "voice call",
    "video call",
    "was added",
    "were added",
    "blocked this contact",
    // German
    "ende-zu-ende-verschlüsselt",
    " hat die gruppe",
    " hat den betreff",
    " hat das gruppenbild",
    " hinzugefügt",
    " entfernt",
    " verlassen",
    " beigetreten",
    "sicherheitsnummer",
    "selbstlöschende nachrichten",
    "sprachanruf",
    "videoanruf",
    // French
    "chiffrés de bout en bout",
    " a créé le groupe",
    " a ajouté",
    " a retiré",
    " a quitté",
    " a changé",
    " a rejoint",
    "messages éphémères",
    "appel vocal",
    "appel vidéo",
    // Spanish
    "cifrados de extremo a extremo",
    " creó el grupo",
    " añadió",
    " eliminó",
    " salió",
    " cambió",
    " se unió",
    "mensajes temporales",
    "llamada",
    // Italian
    "crittografati end-to-end",
    " ha creato il gruppo",
    " ha aggiunto",
    " ha rimosso",
    " ha abbandonato",
    " ha cambiato",
    "messaggi effimeri",
    "chiamata",
    // Portuguese
    "criptografia de ponta a ponta",
    " criou o grupo",
    " adicionou",
    " removeu",
    " saiu",
    " mudou",
    "mensagens temporárias",
    "chamada",
    // Dutch
    "end-to-end versleuteld",
    " heeft de groep",
    " heeft het onderwerp",
    " toegevoegd",
    " verwijderd",
    " verlaten",
    "oproep",
    // That a chat is encrypted, and that something was left out, in other languages
    "şifreli",
    "шифр",
    "暗号化",
    "szyfrowan",
    "salattu",
    "terenkripsi",
    "加密",
    "암호화",
    "مشفر",
    "šifrov",
    "krypter",
    "titkos",
    "κρυπτογραφ",
    "criptat",
    "מוצפנ",
    "एन्क्रिप्ट",
    "mã hóa",
];
/// What a messenger says of the one in whose name it speaks, in small letters, behind the name: as
/// a whole, and with what follows up to the end. A person may say of himself that he left the
/// company, but hardly that he left and nothing more.
const DID: (&[&str], &[&str]) = (
    &[
        "left",
        "left the group",
        "joined the group",
        "created this group",
        "changed this group's icon",
        "changed the group description",
        "changed their phone number",
        "pinned a message",
        "was added",
        "hat die gruppe verlassen",
        "hat diese gruppe erstellt",
        "hat die gruppe erstellt",
        "hat das gruppenbild geändert",
        "ist der gruppe beigetreten",
        "a quitté le groupe",
        "a créé le groupe",
        "a rejoint le groupe",
        "salió del grupo",
        "creó el grupo",
        "se unió al grupo",
        "ha abbandonato il gruppo",
        "ha creato il gruppo",
        "saiu do grupo",
        "criou o grupo",
        "heeft de groep verlaten",
        "heeft de groep gemaakt",
    ],
    &[
        "created group ",
        "joined using ",
        "changed the subject ",
        "changed the group name ",
        "changed this group's ",
        "changed their phone number to ",
        "turned on disappearing messages",
        "turned off disappearing messages",
        "hat die gruppe „",
        "hat die gruppe \"",
        "hat den betreff ",
        "hat den gruppennamen ",
        "a créé le groupe «",
        "a créé le groupe \"",
        "creó el grupo \"",
        "creó el grupo “",
        "ha creato il gruppo \"",
        "ha creato il gruppo “",
        "criou o grupo \"",
        "criou o grupo “",
        "heeft de groep \"",
        "heeft de groep ‘",
        "heeft het onderwerp ",
    ],
);
/// Beginnings of notices that no person writes.
const BEGINNINGS: &[&str] = &[
    "messages and calls are end-to-end encrypted",
    "messages to this chat and calls are now secured with end-to-end",
    "nachrichten und anrufe sind ende-zu-ende-verschlüsselt",
    "les messages et les appels sont chiffrés de bout en bout",
    "los mensajes y las llamadas están cifrados de extremo a extremo",
    "i messaggi e le chiamate sono crittografati end-to-end",
    "as mensagens e as ligações são protegidas com a criptografia de ponta a ponta",
    "berichten en gesprekken worden end-to-end versleuteld",
    "mesajlar ve aramalar uçtan uca şifrelidir",
    "сообщения и звонки защищены сквозным шифрованием",
    "メッセージと通話はエンドツーエンドで暗号化",
    "wiadomości i połączenia są w pełni szyfrowane",
    "viestit ja puhelut ovat täysin salattuja",
    "pesan dan panggilan terenkripsi",
    "消息和通话都进行端到端加密",
    "訊息和通話皆經端對端加密",
    "메시지와 통화는 종단간 암호화",
    "الرسائل والمكالمات مشفرة",
    "zprávy a hovory jsou koncově šifrované",
    "повідомлення та дзвінки захищено наскрізним шифруванням",
    "meddelanden och samtal är totalsträckskrypterade",
    "beskeder og opkald er end-to-end-krypteret",
    "meldinger og samtaler er ende-til-ende-kryptert",
    "az üzenetek és a hívások végpontok közötti titkosítással",
    "τα μηνύματα και οι κλήσεις είναι κρυπτογραφημένα",
    "mesajele și apelurile sunt criptate integral",
];
/// What a notice says of a group whose name holds a colon: it stands before the colon, where else the writer's name does.
const OF_A_GROUP: &[&str] = &[
    " created group ",
    " changed the subject ",
    " changed the group ",
    " hat die gruppe ",
    " hat den betreff ",
    " a créé le groupe ",
    " creó el grupo ",
    " ha creato il gruppo ",
    " criou o grupo ",
    " heeft de groep ",
    " heeft het onderwerp ",
];
/// What is put below a message that was edited, between angle brackets.
const EDITED: &[&str] = &[
    "message was edited",
    "nachricht wurde bearbeitet",
    "message a été modifié",
    "se editó este mensaje",
    "messaggio è stato modificato",
    "mensagem editada",
    "bericht is bewerkt",
    "mesaj düzenlendi",
    "сообщение изменено",
    "メッセージは編集",
    "wiadomość edytowan",
    "wiadomość została edytowana",
    "viestiä muokattiin",
    "viestiä on muokattu",
    "pesan ini diedit",
    "pesan ini telah diedit",
    "消息已编辑",
    "訊息已編輯",
    "메시지를 편집",
    "메시지가 편집",
    "메시지가 수정",
    "تم تعديل هذه الرسالة",
    "zpráva byla upravena",
    "повідомлення відредаговано",
    "повідомлення змінено",
    "meddelandet redigerades",
    "meddelandet har redigerats",
    "besked blev redigeret",
    "besked er redigeret",
    "meldingen ble redigert",
    "üzenet szerkesztve",
    "üzenetet szerkesztették",
    "μήνυμα τροποποιήθηκε",
    "μήνυμα επεξεργάστηκε",
    "mesaj a fost editat",
];
/// What says of a file that it was left out, behind the messenger's mark: "image omitted", in other languages.
const LEFT_OUT: &[&str] = &[
    "omitted",
    "weggelassen",
    "absente",
    "omis",
    "omitid",
    "omess",
    "ocultad",
    "weggelaten",
    "dahil edilmedi",
    "отсутствует",
    "пропущено",
    "не включен",
    "відсутн",
    "pominięt",
    "含まれていません",
    "생략",
    "제외됨",
    "省略",
    "忽略",
    "jätetty pois",
    "jätettiin pois",
    "tidak disertakan",
    "dihilangkan",
    "vynechán",
    "utelämna",
    "udelad",
    "utelatt",
    "kihagyva",
    "παραλείφθηκε",
    "استبعاد",
];
/// Words of the longest such notice.
const WORDS_LEFT_OUT: usize = 5;
/// Messages of a chat that must end with the same words in angle brackets for these to be the messenger's.
const LEAST_EDITED: usize = 3;
/// Lines that stand for a file.
const FILES: &[&str] = &[
    "<media omitted>",
    "<medien ausgeschlossen>",
    "<médias omis>",
    "<multimedia omitido>",
    "<archivo omitido>",
    "<media omessi>",
    "<mídia oculta>",
    "<media weggelaten>",
    "image omitted",
    "video omitted",
    "audio omitted",
    "sticker omitted",
    "gif omitted",
    "document omitted",
    "contact card omitted",
    "bild weggelassen",
    "video weggelassen",
    "audio weggelassen",
    "sticker weggelassen",
    "gif weggelassen",
    "dokument weggelassen",
    "image absente",
    "vidéo absente",
    "audio omis",
    "imagen omitida",
    "video omitido",
    "audio omitido",
    "immagine omessa",
    "video omesso",
    "audio omesso",
    "imagem ocultada",
    "vídeo omitido",
    "áudio ocultado",
    "afbeelding weggelaten",
    "video weggelaten",
    "audio weggelaten",
    // LINE
    "[スタンプ]",
    "[写真]",
    "[動画]",
    "[ファイル]",
    "[ボイスメッセージ]",
    "[アルバム]",
    "[連絡先]",
    "[位置情報]",
    "[sticker]",
    "[photo]",
    "[video]",
    "[file]",
    "[voice message]",
    "[album]",
    "[貼圖]",
    "[照片]",
    "[影片]",
    "[스티커]",
    "[사진]",
    // KakaoTalk
    "사진",
    "동영상",
    "이모티콘",
    "음성메시지",
];
/// What stands in the place of a message that was taken back, in small letters.
const DELETED: &[&str] = &[
    "this message was deleted",
    "you deleted this message",
    "message deleted",
    "diese nachricht wurde gelöscht",
    "du hast diese nachricht gelöscht",
    "ce message a été supprimé",
    "ce message a été effacé",
    "vous avez supprimé ce message",
    "vous avez effacé ce message",
    "se eliminó este mensaje",
    "este mensaje fue eliminado",
    "eliminaste este mensaje",
    "questo messaggio è stato eliminato",
    "hai eliminato questo messaggio",
    "mensagem apagada",
    "esta mensagem foi apagada",
    "você apagou esta mensagem",
    "dit bericht is verwijderd",
    "je hebt dit bericht verwijderd",
    "bu mesaj silindi",
    "bu mesajı sildiniz",
    "данное сообщение удалено",
    "это сообщение удалено",
    "вы удалили данное сообщение",
    "このメッセージは削除されました",
    "このメッセージを削除しました",
    "メッセージの送信を取り消しました",
    "ta wiadomość została usunięta",
    "usunięto tę wiadomość",
    "ta wiadomość została przez ciebie usunięta",
    "tämä viesti poistettiin",
    "tämä viesti on poistettu",
    "poistit tämän viestin",
    "pesan ini dihapus",
    "pesan ini telah dihapus",
    "anda menghapus pesan ini",
    "anda telah menghapus pesan ini",
    "mesej ini telah dipadam",
    "此消息已删除",
    "该消息已被删除",
    "你已删除此消息",
    "您已删除此消息",
    "此訊息已刪除",
    "這則訊息已刪除",
    "你已刪除這則訊息",
    "您已刪除此訊息",
    "삭제된 메시지입니다",
    "이 메시지는 삭제되었습니다",
    "이 메시지를 삭제했습니다",
    "이 메시지를 삭제하셨습니다",
    "تم حذف هذه الرسالة",
    "لقد حذفت هذه الرسالة",
    "tato zpráva byla odstraněna",
    "tato zpráva byla smazána",
    "tuto zprávu jste odstranili",
    "це повідомлення видалено",
    "ви видалили це повідомлення",
    "det här meddelandet raderades",
    "du raderade det här meddelandet",
    "denne besked blev slettet",
    "du slettede denne besked",
    "denne meldingen ble slettet",
    "du slettet denne meldingen",
    "ez az üzenet törölve lett",
    "ezt az üzenetet törölték",
    "törölted ezt az üzenetet",
    "αυτό το μήνυμα διαγράφηκε",
    "διαγράψατε αυτό το μήνυμα",
    "acest mesaj a fost șters",
    "ai șters acest mesaj",
    "ați șters acest mesaj",
    "הודעה זו נמחקה",
    "מחקת הודעה זו",
    "यह मैसेज डिलीट कर दिया गया है",
    "यह मैसेज मिटा दिया गया है",
    "tin nhắn này đã bị xóa",
];
/// How a line begins or ends that names a file.
const NAMED_FILE: ([&str; 6], [&str; 5]) = (
    ["<attached: ", "<anhang: ", "<pièce jointe : ", "<adjunto: ", "<allegato: ", "<anexado: "],
    ["(file attached)", "(datei angehängt)", "(fichier joint)", "(archivo adjunto)", "(file allegato)"],
);
/// What Slack's `subtype`, Discord's `type` and the `messageType` of Teams call messages that nobody wrote.
const KINDS: &[&str] = &[
    "channel_join",
    "channel_leave",
    "channel_topic",
    "channel_purpose",
    "channel_name",
    "channel_archive",
    "channel_unarchive",
    "channel_convert_to_private",
    "channel_convert_to_public",
    "channel_posting_permissions",
    "group_join",
    "group_leave",
    "group_topic",
    "group_purpose",
    "group_name",
    "group_archive",
    "group_unarchive",
    "bot_add",
    "bot_remove",
    "bot_enable",
    "bot_disable",
    "pinned_item",
    "unpinned_item",
    "reminder_add",
    "huddle_thread",
    "tombstone",
    "GuildMemberJoin",
    "RecipientAdd",
    "RecipientRemove",
    "ChannelNameChange",
    "ChannelIconChange",
    "ChannelPinnedMessage",
    "ChannelFollowAdd",
    "ThreadCreated",
    "UserPremiumGuildSubscription",
    "UserPremiumGuildSubscriptionTier1",
    "UserPremiumGuildSubscriptionTier2",
    "UserPremiumGuildSubscriptionTier3",
    "AutoModerationAction",
    "systemEventMessage",
];

/// The mark that WhatsApp puts in front of what it writes itself.
const MARK: char = '\u{200e}';
/// Marks of direction, which are in front of lines.
const MARKS: [char; 3] = [MARK, '\u{200f}', '\u{feff}'];

/// Whether a row of a chat's export is a notice: Slack's, Discord's and those of Teams are told by their kind, Telegram's by what was done.
fn is_of_such_a_kind(fields: &Map<String, Value>) -> bool {
    let is = |name: &str| fields.get(name).and_then(Value::as_str).is_some_and(|kind| KINDS.contains(&kind));
    let is_service = fields.get("type").and_then(Value::as_str) == Some("service") && fields.contains_key("action");
    // Skype calls its own by a path, such as "Event/Call".
    let is_of_skype = fields
        .get("messagetype")
        .and_then(Value::as_str)
        .is_some_and(|kind| ["Event/", "ThreadActivity/", "Signal/"].iter().any(|begin| kind.starts_with(begin)));
    is("subtype") || is("type") || is("messageType") || is_service || is_of_skype || is_of_a_system(fields)
}

/// Why a row of a chat's export is no message: the messenger wrote it, or it is a file.
pub(super) fn why_no_message(fields: &Map<String, Value>) -> Option<&'static str> {
    if is_of_such_a_kind(fields) {
        return Some(NOTICE);
    }
    if is_automatic_reply(fields) {
        return Some(AUTOMATIC);
    }
    if is_file_of_matrix(fields) {
        return Some(FILE);
    }
    // Messenger and Instagram.
    let is_of_messenger = fields.contains_key("sender_name") && fields.contains_key("timestamp_ms");
    match fields.get("content").and_then(Value::as_str) {
        Some(content) if is_of_messenger && is_reaction(content) => Some(NOTICE),
        None if is_of_messenger => Some(FILE),
        _ => None,
    }
}

/// `Reacted 😆 to your message`, whose emoji may be in a wrong encoding.
fn is_reaction(content: &str) -> bool {
    let content = content.trim();
    let ends = |begin: &str, end: &str| content.starts_with(begin) && content.ends_with(end);
    let holds = |parts: [&str; 2]| parts.iter().all(|part| content.contains(part));
    !content.contains('\n')
        && content.split_whitespace().count() <= 12
        && (ends("Reacted ", " to your message")
            || content.ends_with("iked a message")
            || holds([" auf deine Nachricht", "reagiert"])
            || holds([" auf eine Nachricht", "reagiert"])
            || holds(["agi", " à votre message"])
            || holds(["Reaccion", " a tu mensaje"])
            || holds(["reagito", " al tuo messaggio"])
            || holds(["Reagiu", " à sua mensagem"])
            || content == "Gefällt eine Nachricht")
}

/// Whether a message is a notice, though it has a writer: the group itself, or the one of whom it speaks.
pub(super) fn is_notice(author: &str, text: &str) -> bool {
    let said = text.trim_start_matches(MARKS).to_lowercase();
    let author = author.to_lowercase();
    let says = |said: &str| SAID.iter().any(|notice| said.contains(notice));
    // What stands beside the name of a file is a person's word on it.
    let is_marked = text.starts_with(MARK) && !said.contains('\n') && without_file(text) == text;
    let bare = |c: char| c.is_whitespace() || MARKS.contains(&c) || ".。".contains(c);
    // LINE's calls.
    (said.starts_with('☎') && !said.contains('\n'))
        || (is_marked && says(&said))
        || DELETED.contains(&said.trim_matches(bare))
        || BEGINNINGS.iter().any(|beginning| said.starts_with(beginning))
        || OF_A_GROUP.iter().any(|notice| author.contains(notice))
        || said.strip_prefix(&author).and_then(|did| did.strip_prefix(' ')).is_some_and(is_a_notice_of)
}

/// Whether what follows a name is what a messenger says of the one named.
fn is_a_notice_of(did: &str) -> bool {
    let whole = did.trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    DID.0.contains(&whole) || (!did.contains('\n') && DID.1.iter().any(|begin| did.starts_with(begin)))
}

/// A message without the lines that stand for files, and without the word that it was edited; `edited` are the chat's own.
pub(super) fn without_marks(text: &str, edited: &[String]) -> String {
    let lines = without_edited(text, edited).lines().filter(|line| !is_file(line) && !is_of_a_service(line));
    let kept: Vec<String> = lines.map(|line| without_file(line).into_owned()).collect();
    kept.join("\n").trim_end().to_owned()
}

/// The words in angle brackets that so many messages of a chat end with that they are the messenger's.
pub(super) fn marks_of_edits(sample: &str) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let marks = sample.lines().filter_map(|line| mark_at_the_end(line).filter(|(before, _)| !before.trim().is_empty()));
    marks.filter(|(_, mark)| is_of_words(mark)).for_each(|(_, mark)| *counts.entry(mark).or_default() += 1);
    let often = counts.into_iter().filter(|(mark, count)| *count >= LEAST_EDITED && !mark.contains(':'));
    often.map(|(mark, _)| mark.to_lowercase()).collect()
}

/// Whether a message is a poll: a word alone with a colon, and lines below that begin with the same word, such as `OPTION: Monday`.
pub(super) fn is_poll(text: &str) -> bool {
    let bare = |line: &str| line.trim_matches(|c: char| c.is_whitespace() || MARKS.contains(&c)).to_owned();
    let lines: Vec<String> = text.lines().map(bare).collect();
    let is_head = lines.first().and_then(|first| first.strip_suffix(':')).is_some_and(|word| {
        !word.is_empty() && !word.contains(char::is_whitespace) && !word.contains(char::is_lowercase)
    });
    let option = |line: &String| Some(line.split_once(": ").filter(|_| line.ends_with(')'))?.0.to_owned());
    let options: Vec<String> = lines.iter().filter_map(option).collect();
    is_head && options.len() > 1 && options.iter().all(|name| *name == options[0])
}

/// What is written below a transcript by what wrote it down, or when that began and ended.
fn is_of_a_service(line: &str) -> bool {
    let line = line.trim();
    let ends = [" started transcription", " stopped transcription", " hat die Transkription gestartet"];
    ["Transcribed by http", "Meeting ended after "].iter().any(|begin| line.starts_with(begin))
        || ends.iter().any(|end| line.ends_with(end))
}

/// Whether what stands in angle brackets are words rather than a tag.
fn is_of_words(mark: &str) -> bool {
    mark.contains(char::is_alphabetic) && (mark.trim().contains(char::is_whitespace) || !mark.is_ascii())
}

/// What stands before the last angle brackets of a text, and in them.
fn mark_at_the_end(text: &str) -> Option<(&str, &str)> {
    text.trim_end().strip_suffix('>').and_then(|text| text.rsplit_once('<'))
}

/// A line without the name of a file in it: what stands beside it are the words to a picture.
fn without_file(line: &str) -> Cow<'_, str> {
    let small = line.to_lowercase();
    let (begins, ends) = NAMED_FILE;
    // In most letters small ones are as long; where not, nothing is cut.
    let is_alike = small.len() == line.len();
    let marked = begins.iter().find_map(|begin| {
        let start = small.find(begin)?;
        Some((start, start + small[start..].find('>')? + 1))
    });
    let named = || {
        let (start, end) = ends.iter().find_map(|end| Some((small.find(end)?, end.len())))?;
        is_name_of_a_file(&small[..start]).then_some((0, start + end))
    };
    let Some((start, end)) = marked.or_else(named).filter(|_| is_alike) else { return line.into() };
    let bare = |c: char| c.is_whitespace() || MARKS.contains(&c);
    let parts = line.get(..start).zip(line.get(end..));
    let Some((before, behind)) = parts else { return line.into() };
    let parts = [before.trim_matches(bare), behind.trim_matches(bare)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// `IMG-2024.jpg`, `list of may.pdf`.
fn is_name_of_a_file(name: &str) -> bool {
    let ending = name.trim_matches(|c: char| c.is_whitespace() || MARKS.contains(&c)).rsplit_once('.');
    ending.is_some_and(|(_, ending)| (2..=5).contains(&ending.len()) && ending.chars().all(char::is_alphanumeric))
}

fn without_edited<'t>(text: &'t str, edited: &[String]) -> &'t str {
    let Some((before, mark)) = mark_at_the_end(text) else {
        return text;
    };
    let mark = mark.to_lowercase();
    // What names a file has a colon.
    let is_the_messengers = before.ends_with(MARK) && is_of_words(&mark) && !mark.contains(':');
    let is_edited = is_the_messengers || edited.contains(&mark) || EDITED.iter().any(|edited| mark.contains(edited));
    if is_edited { before.trim_end_matches(|c: char| c.is_whitespace() || MARKS.contains(&c)) } else { text }
}

/// What a messenger calls a file, in small letters.
const KINDS_OF_FILES: [&str; 30] = [
    "sticker",
    "gif",
    "image",
    "photo",
    "picture",
    "video",
    "audio",
    "file",
    "document",
    "voice message",
    "audio message",
    "location",
    "bild",
    "foto",
    "datei",
    "dokument",
    "sprachnachricht",
    "standort",
    "vidéo",
    "fichier",
    "message vocal",
    "imagen",
    "archivo",
    "mensaje de voz",
    "nota de voz",
    "immagine",
    "messaggio vocale",
    "afbeelding",
    "bestand",
    "spraakbericht",
];

/// `Bild: 1f3.jpg`, `Sprachnachricht (0:12)`.
fn is_file_of_threema(line: &str) -> bool {
    let is_kind = |word: &str| KINDS_OF_FILES.contains(&word.trim());
    let is_time = |time: &str| {
        time.contains(|c: char| c.is_ascii_digit()) && time.chars().all(|c| c.is_ascii_digit() || c == ':')
    };
    let named = line.split_once(": ").is_some_and(|(kind, name)| {
        is_kind(kind) && !name.trim().contains(char::is_whitespace) && is_name_of_a_file(name)
    });
    let lasting = line.strip_suffix(')').and_then(|line| line.rsplit_once(" ("));
    named || lasting.is_some_and(|(kind, time)| is_kind(kind) && is_time(time))
}

fn is_file(line: &str) -> bool {
    // "Plan.pdf • 2 pages <attached: …>", with marks: a person's own words have none.
    let has_pages = line.split_once('•').is_some_and(|(name, rest)| is_name_of_a_file(name) && rest.contains(MARK));
    if has_pages {
        return true;
    }
    let is_marked = line.starts_with(MARK);
    let line = line.trim_matches(|c: char| c.is_whitespace() || MARKS.contains(&c)).to_lowercase();
    let inner = [('<', '>'), ('‹', '›'), ('〈', '〉')].iter().find_map(|(open, close)| {
        line.strip_prefix(*open)?.strip_suffix(*close).filter(|inner| !inner.contains([*open, *close]))
    });
    let is_left_out = is_marked
        && line.split_whitespace().count() <= WORDS_LEFT_OUT
        && LEFT_OUT.iter().any(|left_out| line.contains(left_out));
    let is_of_pictures = line
        .strip_prefix("사진 ")
        .and_then(|rest| rest.strip_suffix('장'))
        .is_some_and(|count| count.parse::<u32>().is_ok());
    FILES.contains(&line.as_str())
        || inner.is_some_and(|inner| KINDS_OF_FILES.contains(&inner.trim()))
        || is_file_of_threema(&line)
        || inner.is_some_and(is_of_words)
        || is_left_out
        || is_of_pictures
        || (!line.is_empty() && without_file(&line).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_messenger_writes_is_a_notice_whoever_it_says_wrote_it() {
        for (author, text) in [
            ("U10 Tigers", "\u{200e}Messages and calls are end-to-end encrypted. Nobody outside can read them."),
            ("U10 Tigers", "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Nur Personen in diesem Chat"),
            ("Coach", "\u{200e}Coach created group “U10 Tigers”"),
            ("Coach", "Coach created group “U10 Tigers”"),
            ("U10 Tigers", "\u{200e}Jo added Mark Hill"),
            ("Jo", "\u{200e}Jo changed the subject to “Tigers”"),
            ("Jo", "\u{200e}Missed voice call"),
            ("Jo", "\u{200e}Jo hat Mark hinzugefügt"),
            ("Jo", "\u{200e}Diese Nachricht wurde gelöscht."),
            ("Jo", "This message was deleted"),
            ("Jo", "Ta wiadomość została usunięta"),
            ("Jo", "이 메시지는 삭제되었습니다."),
            ("Jo", "このメッセージは削除されました。"),
            ("Jo", "\u{200e}Mesajlar ve aramalar uçtan uca şifrelidir."),
            ("Jo", "Jo left"),
            ("Jo", "Jo hat die Gruppe verlassen."),
            ("Jo", "Jo joined using this group's invite link"),
            ("Jo changed the subject from \"A", "B\" to \"C\""),
        ] {
            assert!(is_notice(author, text), "{author}: {text}");
        }
        for (author, text) in [
            ("Jo", "I added Mark to the list, he left early"),
            ("Jo", "Jo here, who has the bibs?"),
            ("Jo", "\u{200e}the kit is empty"),
            ("Anna Left", "she created group work for us"),
            ("Bob", "Bob left the company last week"),
            ("Bob", "this message was deleted by whom?"),
            ("Bob", "Bob added sugar to the tea again"),
            ("Bob", "Bob changed the lock\nand left"),
            ("Bob", "\u{200e}<attached: 0001-PHOTO.jpg> who left this here?"),
        ] {
            assert!(!is_notice(author, text), "{author}: {text}");
        }
    }

    #[test]
    fn files_and_the_word_that_it_was_edited_are_taken_out() {
        for (text, read) in [
            ("Bins again \u{200e}<This message was edited>", "Bins again"),
            ("Bins again <Diese Nachricht wurde bearbeitet.>", "Bins again"),
            ("<Media omitted>\nthe new jerseys", "the new jerseys"),
            ("\u{200e}image omitted", ""),
            ("IMG-2024.jpg (file attached)\nlook at this", "look at this"),
            ("\u{200e}<attached: 0001-PHOTO.jpg>", ""),
            ("use a <div> or <b>", "use a <div> or <b>"),
            ("we like <the red one>", "we like <the red one>"),
            ("Lamba \u{200e}<Bu mesaj düzenlendi>", "Lamba"),
            ("soup \u{200e}<qqq vvv>", "soup"),
            ("Ковёр <Сообщение изменено>", "Ковёр"),
            ("<Без медиафайлов>", ""),
            ("\u{200e}изображение отсутствует", ""),
            ("изображение отсутствует", "изображение отсутствует"),
            ("the lift is broken \u{200e}<attached: 0001-PHOTO.jpg>", "the lift is broken"),
            ("\u{200e}0052-Plan.pdf • \u{200e}2 Seiten \u{200e}<Anhang: 0052-Plan.pdf>\nthe plan", "the plan"),
            ("\u{200e}0052-Plan.pdf • \u{200e}2 pages \u{200e}document omitted", ""),
            ("plan.pdf • see page 2", "plan.pdf • see page 2"),
            ("\u{200e}<attached: 0001-PHOTO.jpg> the <b>lift</b>", "the <b>lift</b>"),
            ("\u{200e}<Anhang: 0001-PHOTO.jpg>\nder Lift steht", "der Lift steht"),
            ("IMG-2024.jpg (file attached) look at this", "look at this"),
            ("Bild: 1f3.jpg", ""),
            ("Sprachnachricht (0:12)", ""),
            ("<Sticker>\nthe lift is broken", "the lift is broken"),
            ("Bild: der Lift im 3. Stock", "Bild: der Lift im 3. Stock"),
            ("Photo (see below)", "Photo (see below)"),
            ("I filled in the form (file attached)", "I filled in the form (file attached)"),
        ] {
            assert_eq!(without_marks(text, &[]), read, "{text}");
        }
    }

    #[test]
    fn notices_of_other_messengers_are_told_by_their_kind() {
        let is = |row: Value| is_of_such_a_kind(row.as_object().unwrap());
        assert!(is(json!({"type": "message", "subtype": "channel_join", "text": "<@U1> has joined the channel"})));
        assert!(is(json!({"type": "GuildMemberJoin", "content": "Joined the server."})));
        assert!(is(json!({"type": "service", "action": "invite_members", "text": ""})));
        assert!(!is(json!({"type": "message", "subtype": "thread_broadcast", "text": "see above"})));
        assert!(!is(json!({"type": "service", "text": "the waiter was rude"})));
        assert!(is(json!({"messagetype": "Event/Call", "content": "<partlist/>"})));
        assert!(!is(json!({"messagetype": "RichText", "content": "the waiter was rude"})));
    }

    #[test]
    fn what_a_program_wrote_by_its_own_type_is_no_message() {
        let why = |row: Value| why_no_message(row.as_object().unwrap());
        let event = |kind: &str, content: Value| json!({"type": kind, "sender": "@ann:a.example", "content": content});
        let message = |kind: &str| event("m.room.message", json!({"msgtype": kind, "body": "lift.jpg"}));
        for row in [
            json!({"type": "system_join_channel", "user": "ann", "message": "ann joined the channel."}),
            json!({"type": "post", "post": {"type": "system_header_change", "message": "ann changed the header"}}),
            event("m.room.member", json!({"membership": "join"})),
            event("m.reaction", json!({})),
            message("m.notice"),
            json!({"sender": {"t": "s"}, "type": "msg", "msg": "Visitor left the chat"}),
            json!({"content": "Assigned to Kim by a rule", "message_type": 2, "private": false, "sender": null}),
            json!({"author": "AutoModerator", "subreddit": "a", "body": "I am a bot"}),
        ] {
            assert_eq!(why(row.clone()), Some(NOTICE), "{row}");
        }
        assert_eq!(why(message("m.image")), Some(FILE));
        let captioned = json!({"msgtype": "m.image", "body": "the lift is broken", "filename": "lift.jpg"});
        for row in [
            message("m.text"),
            event("m.room.message", captioned),
            event("m.room.encrypted", json!({"ciphertext": "a"})),
            json!({"type": "system_crash", "text": "it fell over"}),
            json!({"type": "post", "post": {"type": "", "message": "the lift is broken"}}),
            json!({"sender": {"t": "v"}, "type": "msg", "msg": "the lift is broken"}),
            json!({"content": "the lift is broken", "message_type": 0, "private": false}),
            json!({"author": "AutoModerator", "text": "a name like others"}),
        ] {
            assert_eq!(why(row.clone()), None, "{row}");
        }
    }

    #[test]
    fn files_and_reactions_of_messenger_are_no_messages() {
        let why = |row: Value| why_no_message(row.as_object().unwrap());
        let message = |content: &str| json!({"sender_name": "Ann", "timestamp_ms": 1, "content": content});
        assert_eq!(why(json!({"sender_name": "Ann", "timestamp_ms": 1, "photos": [{"uri": "p.jpg"}]})), Some(FILE));
        assert_eq!(why(message("Reacted \u{f0}\u{9f} to your message ")), Some(NOTICE));
        assert_eq!(why(message("Bob hat auf deine Nachricht mit 👍 reagiert ")), Some(NOTICE));
        assert_eq!(why(message("They reacted late to my message")), None);
        assert_eq!(why(json!({"sender_name": "Ann", "photos": 3})), None);
    }
}
