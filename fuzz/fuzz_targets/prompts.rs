//! Any text as a prompt file, and as a document in it: no panic, and no document that closes its fence.
#![cfg_attr(not(test), no_main)]

use colligate::model::{Prompt, StageName, fence, shown};
use colligate_fuzz::{literals, project};
use minijinja::context;

/// The program's own prompts, and what the tests of prompts and fences say.
pub fn seeds() -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(project().join("prompts")).into_iter().flatten().flatten();
    let mut seeds: Vec<Vec<u8>> = files.filter_map(|file| std::fs::read(file.path()).ok()).collect();
    seeds.sort();
    seeds.extend(literals::below(&project().join("src/model/prompt")));
    seeds
}

pub fn target(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    let fenced = fence(text);
    assert_eq!(fence(&fenced), fenced, "fenced twice is fenced once");
    let lower = fenced.to_lowercase();
    assert!(!lower.contains("<document") && !lower.contains("</document") && !lower.contains("<|im_"), "{fenced}");
    let shown = shown(text);
    if let Ok(prompt) = Prompt::read("fuzz", text) {
        let variables = context! {
            goal => text, document => &shown, documents => vec![shown.clone(); 2], options => vec![shown.clone(); 2],
            predicate => &shown, query => &shown, candidates => ["one"], known => ["one"], count => 3,
        };
        let _ = prompt.question(StageName::Core, variables);
    }
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
