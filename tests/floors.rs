//! The house of the sources: every room stands on its own floor and uses rooms of lower floors only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room of `src`, the ground floor first. A room may use only rooms that stand before it.
const FLOORS: [&str; 30] = [
    "message", "error", "writing", "observer", "seed", "shell", "metrics", "text", "vectors", "corpus", "codebook",
    "model", "embed", "plan", "cluster", "wording", "spread", "select", "decision", "stages", "methods", "run",
    "edits", "compare", "search", "report", "mock", "execute", "serve", "cli",
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|known| *known == room)
}

/// Every source file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The room that a source file belongs to: the folder or the file directly below `src`.
fn room(source: &Path, src: &Path) -> String {
    let first = source.strip_prefix(src).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The rooms that a line of code names.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").map(|(place, crate_)| {
        let rest = &line[place + crate_.len()..];
        &rest[..rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())]
    })
}

#[test]
fn a_room_uses_only_rooms_of_lower_floors() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut wrong, mut rooms) = (Vec::new(), BTreeSet::new());
    for source in sources(&src) {
        let room = room(&source, &src);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(own) = floor(&room) else { panic!("{room} has no floor: put it into FLOORS") };
        rooms.insert(room.clone());
        let text = fs::read_to_string(&source).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let is_higher = |used: &&str| *used != room && floor(used).is_none_or(|floor| floor > own);
            wrong.extend(named(line).filter(is_higher).map(|used| format!("{}: {used}", source.display())));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "rooms that use a room of a higher floor");
    assert_eq!(rooms.len(), FLOORS.len(), "a room of FLOORS is gone: {rooms:?}");
}

/// The module that a source file is, of those that lie in one folder: its name, or that of its folder.
fn module(source: &Path) -> String {
    source.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// For each module of a folder the modules beside it that it names, its own folder's files included.
fn beside(folder: &Path) -> Vec<(String, BTreeSet<String>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let modules: Vec<PathBuf> = entries.filter(|path| module(path) != "mod" && module(path) != "tests").collect();
    let names: BTreeSet<String> = modules.iter().map(|path| module(path)).collect();
    let used = |path: &PathBuf| {
        let files = if path.is_dir() { sources(path) } else { vec![path.clone()] };
        let own = module(path);
        let mut used = BTreeSet::new();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            // From a file of the folder, one level up; from one below, as many more.
            let up = file.strip_prefix(folder).unwrap().components().count() - usize::from(module(&file) == "mod");
            let (way, deeper) = (format!("use {}", "super::".repeat(up)), "super::".repeat(up + 1));
            let lines = code.lines().filter(|line| line.starts_with(&way) && !line.contains(&deeper));
            let first = |line: &str| {
                line[way.len()..].split(|c: char| !(c.is_alphanumeric() || c == '_')).next().map(str::to_owned)
            };
            used.extend(lines.filter_map(first).filter(|name| *name != own && names.contains(name)));
        }
        (own, used)
    };
    modules.iter().map(used).collect()
}

#[test]
fn no_two_files_of_a_room_use_each_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders: BTreeSet<PathBuf> = sources(&src)
        .iter()
        .filter_map(|source| source.parent().map(Path::to_owned))
        .filter(|folder| *folder != src)
        .collect();
    for folder in folders {
        let mut left = beside(&folder);
        // Whoever uses nobody that is left can be taken away; what stays goes in a circle.
        loop {
            let names: BTreeSet<String> = left.iter().map(|(name, _)| name.clone()).collect();
            let before = left.len();
            left.retain(|(_, used)| used.iter().any(|used| names.contains(used)));
            if left.len() == before {
                break;
            }
        }
        assert!(left.is_empty(), "{}: a circle among {left:?}", folder.display());
    }
}
