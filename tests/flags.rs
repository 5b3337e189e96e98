//! Below the command line nothing is called by its flag: rooms speak of parameters, which a service or a Python call spells otherwise.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms whose user sits at a command line: the command line itself, and the stand-in for a model server, which is started there.
const OF_THE_COMMAND_LINE: [&str; 3] = ["cli", "mock", "main.rs"];

/// Every source file below a folder that a user's program is made of: no files of tests, no rooms of the command line.
fn sources(folder: &Path, are_left_out: &[&str]) -> Vec<PathBuf> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let of_tests: BTreeSet<String> = entries
        .iter()
        .filter(|path| path.is_file())
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let after = text.split("#[cfg(test)]\n").skip(1);
            let modules = after
                .filter_map(|rest| rest.lines().next()?.split_once("mod ")?.1.strip_suffix(';').map(str::to_owned));
            modules.collect::<Vec<_>>()
        })
        .collect();
    let is_left_out = |path: &PathBuf| {
        are_left_out.contains(&name(path).as_str()) || of_tests.contains(name(path).trim_end_matches(".rs"))
    };
    let below = |path: PathBuf| if path.is_dir() { sources(&path, &[]) } else { vec![path] };
    entries.into_iter().filter(|path| !is_left_out(path)).flat_map(below).collect()
}

/// The string literals of a program's text, with the line that each begins in; none of its comments, and none of its tests.
fn literals(text: &str) -> Vec<(usize, String)> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let bytes = code.as_bytes();
    let (mut literals, mut place) = (Vec::new(), 0);
    while place < bytes.len() {
        let rest = &code[place..];
        let is_word = place > 0 && (bytes[place - 1].is_ascii_alphanumeric() || bytes[place - 1] == b'_');
        let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
        if rest.starts_with("//") {
            place += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            place += rest.find("*/").unwrap_or(rest.len());
        } else if !is_word && rest.starts_with('r') && rest[1 + hashes..].starts_with('"') {
            let inside = &rest[hashes + 2..];
            let end = inside.find(&format!("\"{}", "#".repeat(hashes))).unwrap();
            literals.push((place, inside[..end].to_owned()));
            place += hashes + 2 + end + 1 + hashes;
        } else if rest.starts_with('"') {
            let mut end = 1;
            while !rest[end..].starts_with('"') {
                end += if rest[end..].starts_with('\\') { 2 } else { 1 };
                end = (end..).find(|end| rest.is_char_boundary(*end)).unwrap();
            }
            literals.push((place, rest[1..end].to_owned()));
            place += end + 1;
        } else if rest.starts_with("'\\") {
            place += 3 + rest[3..].find('\'').unwrap() + 1;
        } else if rest.starts_with('\'') && rest.chars().nth(2) == Some('\'') {
            place += rest.char_indices().nth(3).map_or(rest.len(), |(end, _)| end);
        } else {
            place += rest.chars().next().unwrap().len_utf8();
        }
    }
    let line = |place: usize| code[..place].matches('\n').count() + 1;
    literals.into_iter().map(|(place, literal)| (line(place), literal)).collect()
}

/// The flags of every command, as a user types them.
fn flags() -> BTreeSet<String> {
    let command = colligate::cli::command();
    let arguments = command.get_subcommands().flat_map(|command| command.get_arguments());
    let flags = arguments.flat_map(|argument| {
        let long = argument.get_long().map(|long| format!("--{long}"));
        long.into_iter().chain(argument.get_short().map(|short| format!("-{short}")))
    });
    flags.collect()
}

/// Whether a text has a flag in it as a word of its own.
fn names(text: &str, flag: &str) -> bool {
    text.match_indices(flag).any(|(place, _)| {
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let before = text[..place].chars().next_back();
        let after = text[place + flag.len()..].chars().next();
        // `{-k}` is a parameter of a message.
        !before.is_some_and(|c| is_of_word(c) || c == '{') && !after.is_some_and(is_of_word)
    })
}

/// Every literal of the rooms below the command line.
fn below_the_command_line() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let of_file = |source: PathBuf| {
        let text = fs::read_to_string(&source).unwrap();
        let shown = source.strip_prefix(&src).unwrap().display().to_string();
        literals(&text).into_iter().map(move |(line, literal)| (format!("{shown}:{line}"), literal)).collect::<Vec<_>>()
    };
    // A page's script speaks to a browser.
    let is_program = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    sources(&src, &OF_THE_COMMAND_LINE).into_iter().filter(is_program).flat_map(of_file).collect()
}

#[test]
fn no_text_below_the_command_line_names_a_flag() {
    let flags = flags();
    assert!(flags.contains("--max-calls") && flags.contains("-k"), "{flags:?}");
    let found: Vec<String> = below_the_command_line()
        .into_iter()
        .flat_map(|(place, literal)| {
            let named: Vec<String> = flags.iter().filter(|flag| names(&literal, flag)).cloned().collect();
            named.into_iter().map(move |flag| format!("{place}: {flag}"))
        })
        .collect();
    assert_eq!(found, Vec::<String>::new(), "say which parameter, by message!(\"{{@parameter}}\")");
}

#[test]
fn every_parameter_that_a_message_speaks_of_is_one() {
    let known: BTreeSet<String> = flags().iter().map(|flag| flag.trim_start_matches('-').to_owned()).collect();
    let mut spoken = 0;
    for (place, literal) in below_the_command_line() {
        let parts = literal.split('{').skip(1).filter_map(|part| part.strip_prefix(['@', '+', '-']));
        for name in parts.filter_map(|part| part.split([' ', '}']).next()).filter(|name| !name.is_empty()) {
            assert!(known.contains(name), "{place}: {name}");
            spoken += 1;
        }
    }
    assert!(spoken > 100, "messages speak of {spoken} parameters");
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for source in sources(&src, &OF_THE_COMMAND_LINE) {
        let text = fs::read_to_string(&source).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for name in code.split("Mention::of(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(known.contains(name), "{}: {name}", source.display());
        }
    }
}

#[test]
fn a_flag_is_found_in_a_literal_and_nowhere_else() {
    let text = "// \"--goal\"\nlet a = 'x'; let b = '\\''; f::<'a>(r#\"say \"--goal\"#, \"a \\\" --limit 3\");\n#[cfg(test)]\nmod tests \"--k\"";
    let found = literals(text);
    assert_eq!(found, [(2, "say \"--goal".to_owned()), (2, "a \\\" --limit 3".to_owned())]);
    assert!(names("say --goal", "--goal") && names("(--limit)", "--limit") && names("a larger -k keeps", "-k"));
    assert!(
        !names("--goals", "--goal") && !names("psql --csv", "--format") && !names("{-k}", "-k") && !names("x-k", "-k")
    );
}
