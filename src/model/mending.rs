//! Damaged lines of a journal: a power cut or a bad disk leaves lines that are none. They are set aside, and the rest goes on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::text::open_regular;
use crate::writing::WholeFile;

/// Damaged lines that a message names one by one.
const NAMED: usize = 5;

/// What a journal was found to hold besides whole lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Damage {
    /// Numbers of lines, from 1, that are not journal lines.
    pub lines: Vec<usize>,
    /// Whether the last line was torn: a process was killed while it wrote.
    pub is_torn: bool,
    /// Where they were set aside; none in a recording, which is only read.
    pub aside: Option<PathBuf>,
}

impl Damage {
    /// What a user should know of it, a sentence each.
    pub fn told(&self, journal: &Path) -> Vec<String> {
        let journal = journal.display();
        let kept = self.aside.as_ref().map_or_else(
            || "left out".to_owned(),
            |aside| format!("set aside in {}, and what it answered is asked again", aside.display()),
        );
        let mut told = Vec::new();
        if let Some((first, rest)) = self.lines.split_first() {
            let named: Vec<String> = rest.iter().take(NAMED - 1).map(|line| format!(", {line}")).collect();
            let more = rest.len().saturating_sub(NAMED - 1);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let lines = if rest.is_empty() { "line" } else { "lines" };
            let is = if rest.is_empty() { "is damaged: it is" } else { "are damaged: each is" };
            told.push(format!("{journal}: {lines} {first}{}{more} {is} {kept}", named.concat()));
        }
        if self.is_torn {
            told.push(format!("{journal}: the last line was torn by a process that was killed: it is {kept}"));
        }
        told
    }
}

/// The file beside a journal that takes its damaged lines.
pub fn aside_of(journal: &Path) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(".damaged");
    journal.with_file_name(name)
}

/// Makes a file that other names stand for too, as in a backup made of links, one of its own: what is appended to it is to change
/// nothing else. A link to a file becomes a copy of it.
///
/// # Errors
/// When it cannot be copied.
pub fn unlinked(file: &Path) -> io::Result<()> {
    let is_shared = match fs::symlink_metadata(file) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(problem) => return Err(problem),
        Ok(found) => found.is_symlink() || (found.is_file() && has_other_names(&found)),
    };
    if !is_shared {
        return Ok(());
    }
    let mut source = open_regular(file)?;
    let mut copy = WholeFile::begin(file)?;
    io::copy(&mut source, &mut copy)?;
    copy.finish()
}

#[cfg(unix)]
fn has_other_names(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &fs::Metadata) -> bool {
    false
}

/// Appends the damaged spans to the file aside, then rewrites the journal without them, whole.
///
/// # Errors
/// Those of the file system.
pub fn set_aside(journal: &Path, damaged: &[Range<u64>]) -> io::Result<PathBuf> {
    let aside = aside_of(journal);
    unlinked(&aside)?;
    let mut source = BufReader::new(File::open(journal)?);
    let mut kept = OpenOptions::new().create(true).append(true).open(&aside).map(BufWriter::new)?;
    for span in damaged {
        copy(&mut source, span.clone(), &mut kept)?;
        kept.write_all(b"\n")?;
    }
    kept.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    let mut whole = WholeFile::begin(journal)?;
    let end = source.get_ref().metadata()?.len();
    let starts = std::iter::once(0).chain(damaged.iter().map(|span| span.end));
    let ends = damaged.iter().map(|span| span.start).chain([end]);
    for (start, end) in starts.zip(ends) {
        copy(&mut source, start..end, &mut whole)?;
    }
    whole.finish()?;
    Ok(aside)
}

/// How many lines of a journal are set aside, and their bytes.
///
/// # Errors
/// When the file aside cannot be read.
pub fn lines_aside(journal: &Path) -> io::Result<(u64, u64)> {
    let mut reader = match File::open(aside_of(journal)) {
        Ok(file) => BufReader::new(file),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok((0, 0)),
        Err(problem) => return Err(problem),
    };
    let (mut lines, mut bytes, mut line) = (0, 0, Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            lines += 1;
            bytes += line.len() as u64;
        }
        line.clear();
    }
    Ok((lines, bytes))
}

fn copy(source: &mut (impl Read + Seek), span: Range<u64>, to: &mut impl Write) -> io::Result<()> {
    source.seek(SeekFrom::Start(span.start))?;
    io::copy(&mut source.take(span.end - span.start), to).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_spans_go_aside_and_the_rest_stays_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("calls.jsonl");
        fs::write(&journal, "bad\none\nworse\ntwo\ntorn").unwrap();
        let aside = set_aside(&journal, &[0..4, 8..14, 18..22]).unwrap();
        assert_eq!(aside, folder.path().join("calls.jsonl.damaged"));
        assert_eq!(fs::read_to_string(&journal).unwrap(), "one\ntwo\n");
        assert_eq!(fs::read_to_string(&aside).unwrap(), "bad\n\nworse\n\ntorn\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_message_names_the_file_and_the_first_lines() {
        let damage = Damage { lines: vec![3], is_torn: true, aside: Some("x.damaged".into()) };
        let told = damage.told(Path::new("calls.jsonl"));
        assert!(told[0].starts_with("calls.jsonl: line 3 is damaged: it is set aside in x.damaged"), "{told:?}");
        assert!(told[1].contains("the last line was torn"), "{told:?}");
        let many = Damage { lines: (1..=7).collect(), ..Damage::default() };
        assert_eq!(many.told(Path::new("c")), ["c: lines 1, 2, 3, 4, 5 and 2 more are damaged: each is left out"]);
    }
}
