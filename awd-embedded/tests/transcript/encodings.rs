//! The encoding of every refusal, whether or not a board can be made to give it.

use awd_embedded::frame::FrameError;
use awd_embedded::protocol::{Capacity, Fault, MAX_ANSWER, MAX_ANSWER_FRAME, ModelError, Refusal, Response, encode};

/// All refusals, each with its name.
pub fn refusals() -> impl Iterator<Item = (String, Refusal)> {
    let frames = [
        FrameError::Overlong,
        FrameError::Cobs,
        FrameError::Truncated,
        FrameError::Version { found: 7, speaks: 3 },
        FrameError::Checksum,
        FrameError::Malformed,
    ];
    let models = [
        ModelError::Length,
        ModelError::NotAModel,
        ModelError::Version { found: [2, 7] },
        ModelError::Checksum,
        ModelError::Malformed,
        ModelError::Invalid { code: 9 },
    ];
    let capacities = [Capacity::Window, Capacity::Work, Capacity::Images, Capacity::InPlace];
    let faults = [Fault::Hop, Fault::Images, Fault::Windows, Fault::Trigger];
    let others = [
        Refusal::NoModel,
        Refusal::Offset { expected: 70_000 },
        Refusal::TooLong { capacity: 4096 },
        Refusal::PartialSample,
        Refusal::NoPush,
        Refusal::Incomplete { next: 300 },
        Refusal::NoSignal,
        Refusal::Signal,
        Refusal::NoOther,
        Refusal::Memory,
        Refusal::Signals { capacity: 64 },
        Refusal::Fixed,
        Refusal::Unsigned,
        Refusal::Outdated { highest: 1_700_000_000 },
        Refusal::NotInService { number: 5 },
        Refusal::Wait { seconds: 600 },
    ];
    let models = models.into_iter().chain(capacities.map(ModelError::Capacity)).map(Refusal::Model);
    let all = frames.map(Refusal::Frame).into_iter().chain(models).chain(faults.map(Refusal::Request)).chain(others);
    // Does not compile if a refusal is added; then it has to be added above too.
    all.inspect(|refusal| match refusal {
        Refusal::Frame(_)
        | Refusal::NoModel
        | Refusal::Model(_)
        | Refusal::Offset { .. }
        | Refusal::TooLong { .. }
        | Refusal::PartialSample
        | Refusal::NoPush
        | Refusal::Incomplete { .. }
        | Refusal::NoSignal
        | Refusal::Signal
        | Refusal::NoOther
        | Refusal::Memory
        | Refusal::Request(_)
        | Refusal::Signals { .. }
        | Refusal::Fixed
        | Refusal::Unsigned
        | Refusal::Outdated { .. }
        | Refusal::NotInService { .. }
        | Refusal::Wait { .. } => (),
    })
    .map(|refusal| (format!("{refusal:?}").replace(' ', ""), refusal))
}

/// The name of each refusal, and its answer to request 1.
pub fn all() -> impl Iterator<Item = (String, Vec<u8>)> {
    refusals().map(|(name, refusal)| {
        let answer = Response::Refused(refusal);
        (name, encode(1, &answer, &mut [0; MAX_ANSWER], &mut [0; MAX_ANSWER_FRAME]).unwrap().to_vec())
    })
}
