//! Any text as a document: it cannot close its fence, nor make a prompt that is not rendered.
#![no_main]

use colligate::corpus::suspicious;
use colligate::model::{Prompt, fence};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (String, String)| {
    let (text, file) = data;
    let fenced = fence(&text);
    let low = fenced.to_lowercase();
    assert!(!low.contains("<document") && !low.contains("</document"), "{fenced:?}");
    assert!(!low.contains("<|") && !low.contains("[inst]"), "{fenced:?}");
    let _ = suspicious(&text);
    let _ = Prompt::read("any", &file);
    let _ = Prompt::read("any", &format!("+++\nname = \"a\"\nversion = 1\n{text}\n+++\n## system\n{file}\n## user\n"));
});
