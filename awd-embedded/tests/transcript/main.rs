//! A recorded conversation of host and board, byte for byte. It changes only with the version of the protocol.
//!
//! `AWD_BLESS=1 cargo test --release --locked -p awd-embedded --test transcript` records it again.

#[path = "../common/mod.rs"]
mod common;
mod encodings;
mod kinds;
mod recorder;
mod script;

use recorder::Recorder;
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "\
# A conversation of host and board, for docs/protocol.md. It must not change: a board in the field speaks it.
# > bytes that the host sends   < bytes that the board answers   ! what happens to the board   = a message alone
# The version text in answers to Info is 0.0.0 here.
";

/// The conversation, and then the encodings of all refusals.
fn record() -> String {
    let mut recorder = Recorder::new(HEAD);
    script::play(&mut recorder);
    let mut text = recorder.into_text();
    text.push_str("\n# Every refusal.\n");
    for (name, bytes) in encodings::all() {
        writeln!(text, "= {name} {}", recorder::hex(&bytes)).unwrap();
    }
    text
}

#[test]
fn the_recorded_conversation_has_not_changed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcript/transcript.txt");
    let recorded = record();
    if std::env::var_os("AWD_BLESS").is_some() {
        std::fs::write(&path, &recorded).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    // From the file alone, without the script: what is recorded there is what the board does.
    recorder::replay(&text);
    for (i, (recorded, line)) in recorded.lines().zip(text.lines()).enumerate() {
        assert_eq!(recorded, line, "line {}; AWD_BLESS=1 records the conversation again", i + 1);
    }
    assert_eq!(recorded.len(), text.len());
    assert_eq!(kinds::missing(&text), Vec::<String>::new(), "kinds of messages that are not in the conversation");
    // The answers to sweeps alone are left out.
    let swept = text.lines().skip_while(|line| !line.contains("several signals")).find(|line| line.starts_with("< "));
    assert_eq!(kinds::missing(&text.replace(swept.unwrap(), "")), ["Swept"]);
}
