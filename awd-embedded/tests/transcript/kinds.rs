//! Which kinds of messages a conversation has.

use crate::recorder::unhex;
use awd_embedded::frame::{Decoder, FrameError};
use awd_embedded::protocol::{MAX_ANSWER_DECODED, Refusal, Request, Response, decode};
use std::collections::BTreeSet;

/// All kinds of requests and responses. The functions below do not compile if one is added and not stated there.
const KINDS: [&str; 24] = [
    "Info?",
    "Push?",
    "Part?",
    "Commit?",
    "RollBack?",
    "Window?",
    "Open?",
    "Samples?",
    "Close?",
    "Health?",
    "Golden?",
    "Reset?",
    "Watch?",
    "Sweep?",
    "Info",
    "Received",
    "Loaded",
    "Scores",
    "Scored",
    "Health",
    "Golden",
    "Done",
    "Refused",
    "Swept",
];

fn request(request: &Request<'_>) -> &'static str {
    match request {
        Request::Info => "Info?",
        Request::Push { .. } => "Push?",
        Request::Part { .. } => "Part?",
        Request::Commit { .. } => "Commit?",
        Request::RollBack { .. } => "RollBack?",
        Request::Window { .. } => "Window?",
        Request::Open { .. } => "Open?",
        Request::Samples { .. } => "Samples?",
        Request::Close { .. } => "Close?",
        Request::Health => "Health?",
        Request::Golden { .. } => "Golden?",
        Request::Reset => "Reset?",
        Request::Watch { .. } => "Watch?",
        Request::Sweep { .. } => "Sweep?",
    }
}

fn response(response: &Response<'_>) -> &'static str {
    match response {
        Response::Info(_) => "Info",
        Response::Received { .. } => "Received",
        Response::Loaded { .. } => "Loaded",
        Response::Scores(_) => "Scores",
        Response::Scored { .. } => "Scored",
        Response::Health(_) => "Health",
        Response::Golden { .. } => "Golden",
        Response::Done => "Done",
        Response::Refused(_) => "Refused",
        Response::Swept { .. } => "Swept",
    }
}

/// The bytes of all lines with this mark.
fn bytes(text: &str, mark: &str) -> Vec<u8> {
    text.lines().filter_map(|line| line.strip_prefix(mark)).flat_map(unhex).collect()
}

/// The kinds of messages that are not in a conversation, among them refusals that a board gives without a key.
pub fn missing(text: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut decoder = Decoder::new([0; 300]);
    for byte in bytes(text, "> ") {
        if let Some(Ok(frame)) = decoder.push(byte)
            && let Ok(message) = decode::<Request<'_>>(frame.payload)
        {
            found.insert(request(&message).to_owned());
        }
    }
    let mut decoder = Decoder::new([0; MAX_ANSWER_DECODED]);
    for byte in bytes(text, "< ") {
        if let Some(Ok(frame)) = decoder.push(byte) {
            let message: Response<'_> = decode(frame.payload).unwrap();
            found.insert(response(&message).to_owned());
            if let Response::Refused(refusal) = message {
                found.insert(refused(&refusal));
            }
        }
    }
    let refusals = crate::encodings::refusals().filter(|(_, refusal)| !needs_key(refusal));
    let all = KINDS.map(str::to_owned).into_iter().chain(refusals.map(|(_, refusal)| refused(&refusal)));
    all.filter(|kind| !found.contains(kind)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The name of a refusal, and of a damage to a frame.
fn refused(refusal: &Refusal) -> String {
    let name = match refusal {
        Refusal::Frame(FrameError::Version { .. }) => "Frame(Version)".into(),
        Refusal::Frame(error) => format!("Frame({error:?})"),
        other => format!("{other:?}"),
    };
    // Without the values of its fields.
    let end = name.find(" {").unwrap_or(name.len());
    let name = name[..end].to_owned();
    if name.starts_with("Frame") { name } else { name.split('(').next().unwrap_or_default().into() }
}

/// Whether only a board that takes signed models gives this refusal, or one that has used all numbers.
fn needs_key(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Unsigned | Refusal::Outdated { .. })
}
