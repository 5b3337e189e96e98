//! Any bytes as a journal: opened for resuming and as a recording, never a panic; what it says it has can be read.
#![no_main]

use colligate::model::{Call, Journal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let path = std::env::temp_dir().join(format!("colligate-fuzz-journal-{}", std::process::id()));
    std::fs::write(&path, data).expect("the temporary folder can be written");
    let keys: Vec<String> = data
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Call>(line).ok().map(|call| call.key))
        .collect();
    for journal in [Journal::<Call>::open_recording(&path), Journal::<Call>::open(&path, true)] {
        let Ok(mut journal) = journal else { continue };
        for key in keys.iter().filter(|key| journal.has(key)).cloned().collect::<Vec<_>>() {
            journal.outcome(&key).expect("what it has can be read");
        }
    }
});
