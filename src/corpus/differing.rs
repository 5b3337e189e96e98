//! Several files whose columns differ, so that no flag reads all of them.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ahead::first_rows;
use super::input::Input;
use super::options::ReadOptions;
use super::read::{find_text, open_rows};
use super::{text_column, whole};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};
use crate::shell::quoted_file;

/// At most so many commands are shown.
const SHOWN: usize = 5;
/// The parameter that no other file follows.
const TEXT_FIELD: &str = "text-field";

/// What one file shows.
struct Shown {
    names: Vec<String>,
    /// The parameters that read it.
    parameters: Vec<Mention>,
}

/// The error that stopped the reading of one of several files: where the field that it proposes is not
/// in all of them, with a command for each, since the command for all would only stop at another one.
pub(super) fn among(problem: Error, paths: &[PathBuf], options: &ReadOptions) -> Error {
    let problem = of_all(among_texts(problem, paths), paths);
    let Error::Reading { problem: said, cure } = &problem else { return problem };
    // Where there is a command for each column, none of them is the cure.
    let mut mentions: Vec<&Mention> = cure.iter().collect();
    mentions.extend(said.mentions().filter(|_| cure.is_empty()));
    let named = mentions.into_iter().find(|mention| mention.parameter() == TEXT_FIELD);
    let Some(field) = named.and_then(Mention::value) else { return problem };
    if paths.len() < 2 || field.starts_with('/') || paths.iter().any(|path| path == Path::new("-")) {
        return problem;
    }
    let Ok(shown) = paths.iter().map(|path| look(path, options)).collect::<Result<Vec<Shown>, Error>>() else {
        return problem;
    };
    if shown.iter().all(|shown| shown.names.iter().any(|name| name == field)) {
        return problem;
    }
    let commands: Vec<Message> =
        paths.iter().zip(&shown).take(SHOWN).map(|(path, shown)| command(path, shown)).collect();
    let more = if paths.len() > SHOWN { format!("\n  and {} more", paths.len() - SHOWN) } else { String::new() };
    Error::Usage(message!(
        "{said}\nthe files have different columns, and no {@text-field} fits all of them: run each of them on its own, with your \
         other options:{commands}{more}",
        said,
        commands = Message::joined(commands, ""),
        more
    ))
}

/// The same error whose commands are for all files rather than for the one that was read.
fn of_all(problem: Error, paths: &[PathBuf]) -> Error {
    let (Error::Reading { problem: said, cure }, true) = (&problem, paths.len() > 1) else { return problem };
    let named: Vec<String> = paths.iter().take(SHOWN + 1).map(|path| quoted_file(path)).collect();
    let all = if named.len() > SHOWN { "FILE…".to_owned() } else { named.join(" ") };
    let command = named.iter().map(|path| format!("colligate run {path} ")).find(|one| said.to_string().contains(one));
    let Some(command) = command else { return problem };
    let said = said.clone().with_texts(|text| text.replace(&command, &format!("colligate run {all} ")));
    Error::Reading { problem: said, cure: cure.clone() }
}

/// The same error of one of several texts, with the flag that reads each file as one.
fn among_texts(problem: Error, paths: &[PathBuf]) -> Error {
    let Error::Reading { problem: said, cure } = problem else { return problem };
    let is_of_lines = cure.iter().any(|mention| mention.parameter() == "format");
    if !is_of_lines || paths.len() < 2 || !paths.iter().all(|path| whole::is_prose_by_name(path)) {
        return Error::Reading { problem: said, cure };
    }
    Error::Reading { problem: message!("{said}; {+format files} reads each file as one text", said), cure }
}

fn look(path: &Path, options: &ReadOptions) -> Result<Shown, Error> {
    let options = ReadOptions { text_field: None, ..options.clone() };
    let mut input = Input::open(path, Sha256::new())?;
    let opened = open_rows(&mut input, &options)?;
    let (mut rows, mut recognized) = (opened.rows, opened.recognized);
    let mut head = first_rows(rows.as_mut()).map_err(|error| Error::file(path, error))?;
    recognized.of_parents = rows.of_parents();
    let header = rows.header().to_vec();
    let seen = text_column::look(&header, &head);
    let likeliest = text_column::likeliest(&seen, head.len()).and_then(|place| seen.get(place));
    let likeliest = likeliest.map(|seen| Mention::of(TEXT_FIELD).exact(&seen.name).say());
    let names = seen.iter().map(|seen| seen.name.clone()).collect();
    let parameters = match find_text(path, &header, &mut head, &recognized, &options) {
        Ok(found) => vec![Mention::of(TEXT_FIELD).exact(found.field.spelled).say()],
        Err(Error::Reading { cure, .. }) if cure.is_empty() => likeliest.into_iter().collect(),
        Err(Error::Reading { cure, .. }) => cure,
        Err(_) => Vec::new(),
    };
    Ok(Shown { names, parameters })
}

fn command(path: &Path, shown: &Shown) -> Message {
    let mut command = message!("\n  colligate run {path}", path = quoted_file(path));
    for parameter in &shown.parameters {
        command.push(" ");
        command.push(parameter);
    }
    command
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::options;
    use crate::corpus::{Source, read};

    #[test]
    fn files_of_different_columns_are_told_apart_and_each_has_its_command() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let one = file("a.csv", "id,Comment\n1,the lift stood still again\n2,no light on the stairs\n");
        let two = file(
            "b.csv",
            "id,q1,q2\n1,the lift stood still,no light on the stairs\n2,the yard floods,doors slam all night\n",
        );
        let problem = read(&Source::Files(vec![one.clone(), two.clone()]), &options()).unwrap_err().to_string();
        let commands = ["a.csv text-field=Comment", "b.csv text-field=q2"];
        assert!(problem.contains("different columns") && commands.iter().all(|one| problem.contains(one)), "{problem}");
        let alike = read(&Source::Files(vec![two.clone(), two]), &options()).unwrap_err().to_string();
        assert!(!alike.contains("different columns"), "{alike}");
        let two = folder.path().join("b.csv").display().to_string();
        assert!(alike.contains(&format!("colligate run {two} {two} text-field=q1 out=")), "{alike}");
    }
}
