//! Any text as a prompt file, and as a document in it: no panic, and no document that closes its fence.
#![no_main]

use colligate::model::{Prompt, StageName, fence, shown};
use libfuzzer_sys::fuzz_target;
use minijinja::context;

fuzz_target!(|text: &str| {
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
});
