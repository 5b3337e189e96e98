//! Channels as DiscordChatExporter writes them as plain text: what stands around the words of a message, and messages that Discord
//! writes in somebody's name.

/// What stands in the first lines of such a file, below a line of strokes.
const FIRST: [&str; 2] = ["Guild: ", "Channel: "];
/// What the parts of a message are headed by that are no words of its writer.
const BLOCKS: [&str; 7] =
    ["{Attachments}", "{Embed}", "{Embeds}", "{Stickers}", "{Reactions}", "{Invite}", "{Forwarded Message}"];
/// What stands behind the name of the writer of a message that was pinned.
const PINNED: &str = " (pinned)";
/// What Discord writes in somebody's name: as a whole, and its beginnings.
const EVENTS: [&str; 5] =
    ["Joined the server.", "Left the group.", "Pinned a message.", "Boosted the server!", "Recipient added."];
const BEGINNINGS: [&str; 9] = [
    "Started a call that lasted ",
    "Changed the channel name",
    "Changed the channel icon",
    "Changed the icon",
    "Created a thread",
    "Started a thread",
    "Added ",
    "Removed ",
    "Boosted the server",
];
/// Words of the longest event that begins so.
const WORDS: usize = 10;
/// Strokes of the lines above and below the last words of such a file, and what these begin with.
const STROKES: usize = 20;
const LAST: &str = "Exported ";

/// Whether a text is such a file.
pub(super) fn is_export(sample: &str) -> bool {
    let mut lines = sample.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
    let (first, second, third) = (lines.next(), lines.next(), lines.next());
    let begins = |line: Option<&str>, with: &str| line.is_some_and(|line| line.starts_with(with));
    first.is_some_and(is_strokes) && begins(second, FIRST[0]) && begins(third, FIRST[1])
}

fn is_strokes(line: &str) -> bool {
    let line = line.trim();
    line.len() >= STROKES && line.bytes().all(|byte| byte == b'=')
}

/// The words of a message without what Discord adds below them, and without the end of the file.
pub(super) fn words(text: &str) -> &str {
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        let rest = &text[place + line.len()..];
        let is_end = is_strokes(line) && rest.trim_start().starts_with(LAST);
        if is_end || BLOCKS.contains(&line.trim()) {
            return text[..place].trim_end();
        }
        place += line.len();
    }
    text
}

/// The name of a writer without what Discord adds to it.
pub(super) fn writer(author: &str) -> &str {
    author.strip_suffix(PINNED).unwrap_or(author)
}

/// Whether nobody wrote a message: Discord says that somebody came, or did something.
pub(super) fn is_event(text: &str) -> bool {
    let is_short = text.split_whitespace().count() <= WORDS && text.ends_with(['.', '!']);
    EVENTS.contains(&text) || (is_short && BEGINNINGS.iter().any(|begin| text.starts_with(begin)) && names_it(text))
}

/// Whether words that may be a person's own as well name what Discord does.
fn names_it(text: &str) -> bool {
    !(text.starts_with("Added ") || text.starts_with("Removed ")) || text.ends_with(" the group.")
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{options, read_as, reason, texts};

    const CHANNEL: &str = "==============================================================\nGuild: Kettles\nChannel: Text / help\n\
        ==============================================================\n\n\
        [1/1/2026 1:00 PM] Ann\nThe kettle leaks.\n\nIt did so twice.\n\n{Attachments}\nhttps://example.org/a.png\n\n{Reactions}\n👍 (3)\n\n\
        [2/1/2026 1:00 PM] Ben\nJoined the server.\n\n\
        [3/1/2026 1:00 PM] Cem (pinned)\nAdded water and it broke.\n\n{Embed}\nhttps://example.org\nBest kettles\n\n\
        [4/1/2026 1:00 PM] Ben\n\n{Attachments}\nhttps://example.org/b.png\n\n\
        [5/1/2026 1:00 PM] Ben\nThe lid is loose.\n\n\
        ==============================================================\nExported 5 message(s)\n\
        ==============================================================\n";

    #[test]
    fn what_discord_adds_to_messages_is_no_part_of_them() {
        let corpus = read_as("Kettles - help [1].txt", CHANNEL.as_bytes(), &options()).unwrap();
        assert_eq!(
            texts(&corpus),
            ["The kettle leaks.\n\nIt did so twice.", "Added water and it broke.", "The lid is loose."]
        );
        assert_eq!(corpus.documents[1].fields["author"], "Cem");
        assert_eq!(reason(&corpus, 2), "a notice of the chat: nobody wrote it");
        assert_eq!(reason(&corpus, 4), "a picture or another file without words");
    }
}
