//! What is said of several files: what holds of many alike is said once.

use std::path::Path;

use crate::message::Message;

/// What stands for the name of a file in a sentence.
const FILE: &str = "\u{0}";

/// Sentences on files, in the order in which they were said first.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    said: Vec<Said>,
}

/// A sentence.
#[derive(Debug)]
struct Said {
    /// With the sign for the name of the file.
    message: Message,
    /// The first file that it was said of, and how many more.
    file: String,
    more: usize,
}

impl Remarks {
    /// Says something that is about no file, or about one of several.
    pub(super) fn add(&mut self, message: Message) {
        self.said.push(Said { message, file: String::new(), more: 0 });
    }

    /// Says something of a file.
    pub(super) fn add_of(&mut self, path: &Path, message: Message) {
        let file = path.display().to_string();
        let message = message.with_texts(|text| match text.strip_prefix(&file) {
            Some(rest) if rest.starts_with(": ") => format!("{FILE}{rest}"),
            _ => text.to_owned(),
        });
        match self.said.iter_mut().find(|said| said.message == message && message.holds(FILE)) {
            Some(said) => said.more += 1,
            None => self.said.push(Said { message, file, more: 0 }),
        }
    }

    /// All sentences so far, which are not said again.
    pub(super) fn take(&mut self) -> Vec<Message> {
        let told = |said: Said| {
            let file = match said.more {
                0 => said.file,
                1 => format!("{} and 1 more file", said.file),
                more => format!("{} and {more} more files", said.file),
            };
            said.message.with_texts(|text| text.replace(FILE, &file))
        };
        std::mem::take(&mut self.said).into_iter().map(told).collect()
    }
}
