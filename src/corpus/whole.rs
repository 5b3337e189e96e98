//! Files that are a document each, such as notes in a folder: recognised where several are named, and read as one row each.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::encoding::western;
use super::front_matter;
use super::input::front;
use super::line_reader::LONGEST;
use super::lookalike;
use super::options::{Format, ReadOptions};
use super::row::{Mend, Problem, RawRow, RowReader};
use super::text_input::{SAMPLE, TextInput};
use super::{dialect, format, heads, sections};
use crate::message;
use crate::message::Message;

/// Files that are documents each are recognised where so many are named at least.
const LEAST: usize = 3;
/// So many of them are looked at.
const LOOKED_AT: usize = 50;
/// Lines of a file, on average, that has no empty ones between its paragraphs, at most.
const FEW_LINES: usize = 4;
/// The same of files with paragraphs; more where there are many files.
const LINES: usize = 12;
const MANY: usize = 10;
/// Endings of the names of files that hold running text.
const ENDINGS: [&str; 9] = ["txt", "text", "md", "markdown", "mdown", "rst", "org", "adoc", "asciidoc"];
const MARKDOWN: [&str; 3] = ["md", "markdown", "mdown"];

/// Whether a file holds running text by its name.
pub(super) fn is_prose_by_name(path: &Path) -> bool {
    ENDINGS.contains(&format::extension(path).as_str())
}

/// The options, with the format where nobody said it and each of the files plainly is a document, which is said.
pub(super) fn resolved(paths: &[PathBuf], options: &ReadOptions) -> (ReadOptions, Option<Message>) {
    if options.format.is_some() || !says_nothing(options) || !are_documents(paths) {
        return (options.clone(), None);
    }
    (ReadOptions { format: Some(Format::Files), ..options.clone() }, Some(remark(paths.len())))
}

fn says_nothing(options: &ReadOptions) -> bool {
    !options.no_header && options.records.is_none() && options.sheet.is_none()
}

/// Whether each of several files plainly is one document.
fn are_documents(paths: &[PathBuf]) -> bool {
    if paths.len() < LEAST || !paths.iter().all(|path| is_prose_by_name(path)) {
        return false;
    }
    let looked_at = &paths[..paths.len().min(LOOKED_AT)];
    let Some(shapes) = looked_at.iter().map(|path| Shape::of(path)).collect::<Option<Vec<Shape>>>() else {
        return false;
    };
    let with_text: Vec<&Shape> = shapes.iter().filter(|shape| shape.lines > 0).collect();
    let lines = with_text.iter().map(|shape| shape.lines).sum::<usize>() / with_text.len().max(1);
    let are_headed = with_text.iter().filter(|shape| shape.is_headed).count() * 2 > with_text.len();
    let have_paragraphs = with_text.iter().filter(|shape| shape.has_paragraphs).count() * 2 > with_text.len();
    let most = match (have_paragraphs, paths.len() >= MANY) {
        (true, true) => usize::MAX,
        (true, false) => LINES,
        (false, _) => FEW_LINES,
    };
    !with_text.is_empty() && (are_headed || lines <= most)
}

/// What the beginning of a file shows.
struct Shape {
    /// Lines that are not blank.
    lines: usize,
    /// Whether it has front matter, or begins with a heading of Markdown.
    is_headed: bool,
    has_paragraphs: bool,
}

impl Shape {
    /// Nothing for a file that is no running text, or that another reader divides.
    fn of(path: &Path) -> Option<Shape> {
        let mut file = File::open(path).ok()?;
        let start = front(&mut file, SAMPLE).ok()?;
        if format::binary(path, None, &start).ok()?.is_some() {
            return None;
        }
        let sample = TextInput::open(io::Cursor::new(start)).ok()?.sample;
        let text = String::from_utf8_lossy(&sample).into_owned();
        let text = text.trim_start_matches('\u{feff}');
        let is_markdown = MARKDOWN.contains(&format::extension(path).as_str());
        if let Some((_, below)) = front_matter::parted(text) {
            return Some(Shape { lines: count_lines(below), is_headed: true, has_paragraphs: true });
        }
        let is_text = text.trim().is_empty() || matches!(format::text(path, &sample, true), Ok(Format::Csv));
        let lines = count_lines(text);
        let is_table = !is_markdown && lines > 1 && !dialect::is_plain_lines(&sample) && !dialect::is_no_table(&sample);
        let is_other = lookalike::named(text).is_some() || heads::holds_a_chat(text) || sections::has_headings(text);
        if !is_text || is_table || is_other && !is_markdown {
            return None;
        }
        let is_headed = is_markdown && text.trim_start().starts_with("# ");
        Some(Shape { lines, is_headed, has_paragraphs: has_paragraphs(text) })
    }
}

fn count_lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

/// Whether an empty line stands between two others that are not.
fn has_paragraphs(text: &str) -> bool {
    text.trim().lines().any(|line| line.trim().is_empty())
}

/// Reads all of a file as one row: its front matter as fields, the rest as `text`, and its name as `id`.
pub(super) struct Whole<R> {
    input: Option<R>,
    id: String,
}

impl<R: BufRead> Whole<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, path: &Path) -> Whole<R> {
        let name = path.file_name().map_or_else(|| "stdin".to_owned(), |name| name.to_string_lossy().into_owned());
        Whole { input: Some(input), id: name }
    }
}

impl<R: BufRead> RowReader for Whole<R> {
    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(input) = self.input.take() else { return Ok(None) };
        let mut bytes = Vec::new();
        input.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > LONGEST {
            return Ok(Some(RawRow::broken(1, Problem::TooLong)));
        }
        let (text, mends) = match String::from_utf8(bytes) {
            Ok(text) => (text, Vec::new()),
            Err(error) => match western(error.as_bytes()) {
                Some(text) => (text, vec![Mend::Encoding]),
                None => return Ok(Some(RawRow::broken(1, Problem::Utf8(error.utf8_error().valid_up_to())))),
            },
        };
        let text = text.trim_start_matches('\u{feff}');
        let (front, text) = front_matter::parted(text).unwrap_or((Map::new(), text));
        let mut fields = Map::from_iter([("id".to_owned(), Value::from(self.id.as_str()))]);
        for (name, value) in front {
            let name = if ["id", "text", "file"].contains(&name.as_str()) { format!("{name} (2)") } else { name };
            fields.insert(name, value);
        }
        fields.insert("text".to_owned(), Value::from(text.trim()));
        Ok(Some(RawRow { mends, ..RawRow::sound(1, fields) }))
    }
}

/// What a file is called whose whole text is one document.
pub(super) const SAID: &str = "text, one document a file";

/// Says that each file is a document, where nobody said so, and how to read them otherwise.
fn remark(count: usize) -> Message {
    message!(
        "each of the {count} files is one document, called by its name ({+format lines} reads each line as one, \
         {+format paragraphs} each paragraph)",
        count
    )
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{ids, notes, options, texts};
    use crate::corpus::{Corpus, Format, ReadOptions, Source, read};
    use crate::error::Error;

    fn all(files: &[(&str, String)], options: &ReadOptions) -> Result<Corpus, Error> {
        let folder = tempfile::tempdir().unwrap();
        let paths = files.iter().map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        });
        read(&Source::Files(paths.collect()), options)
    }

    fn notes_of(count: usize, name: &str, text: impl Fn(usize) -> String) -> Vec<(String, String)> {
        (0..count).map(|n| (name.replace('N', &n.to_string()), text(n))).collect()
    }

    fn named(files: &[(String, String)]) -> Vec<(&str, String)> {
        files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect()
    }

    #[test]
    fn notes_in_files_of_their_own_are_documents_with_their_front_matter() {
        let files = notes_of(4, "nN.md", |n| {
            format!(
                "---\ntitle: Note {n}\ntags: [a, b]\n---\n\n# Note {n}\n\nThe soup was cold, {n} times.\n\nNobody came.\n"
            )
        });
        let corpus = all(&named(&files), &options()).unwrap();
        assert_eq!(ids(&corpus), ["n0.md", "n1.md", "n2.md", "n3.md"]);
        assert!(texts(&corpus)[1].contains("The soup was cold, 1 times.\n\nNobody came."), "{:?}", texts(&corpus));
        let fields = &corpus.documents[1].fields;
        assert_eq!((&fields["title"], &fields["tags"]), (&"Note 1".into(), &"a, b".into()));
        assert!(fields["file"].as_str().unwrap().ends_with("n1.md"));
        let said = notes(&corpus).join("\n");
        assert!(said.contains("each of the 4 files is one document") && said.contains("format=lines"), "{said}");
    }

    #[test]
    fn interviews_of_some_paragraphs_are_documents_and_lists_of_lines_are_not() {
        let files = notes_of(12, "sub/interview_N.txt", |n| {
            "We waited long at the desk again.\n\n".repeat(n % 3 + 1) + &format!("The soup was cold, {n} times.\n")
        });
        assert_eq!(all(&named(&files), &options()).unwrap().documents.len(), 12);
        let lists = notes_of(4, "month_N.txt", |n| {
            format!("The soup was cold again in week {n}.\nNobody came to us.\n").repeat(20)
        });
        let problem = all(&named(&lists), &options()).unwrap_err().to_string();
        assert!(problem.contains("format=lines") && problem.contains("format=files"), "{problem}");
        let whole = ReadOptions { format: Some(Format::Files), ..options() };
        assert_eq!(all(&named(&lists), &whole).unwrap().documents.len(), 4);
        let tables = notes_of(4, "part_N.txt", |n| format!("id\tcomment\n{n}\tthe soup was cold\n"));
        assert_eq!(all(&named(&tables), &options()).unwrap().documents.len(), 4);
        assert_eq!(texts(&all(&named(&tables), &options()).unwrap())[0], "the soup was cold");
    }

    #[test]
    fn files_of_one_name_in_two_folders_are_called_by_their_paths_and_an_empty_one_is_skipped() {
        let files =
            [("a/note.md", "# A\n\nthe soup was cold\n"), ("b/note.md", "# B\n\nnobody came\n"), ("c.md", "\n")];
        let files: Vec<(&str, String)> = files.map(|(name, text)| (name, text.to_owned())).into();
        let corpus = all(&files, &options()).unwrap();
        assert_eq!((corpus.documents.len(), corpus.rows.len()), (2, 3));
        assert_eq!(corpus.documents[0].id, "note.md");
        assert!(corpus.documents[1].id.ends_with("/b/note.md"), "{}", corpus.documents[1].id);
    }
}
