//! What a board answers, checked: an answer that cannot be meant is no answer, so that no loop over answers is led astray.

use awd_core::model::MAX_OUTPUTS;
use awd_embedded::protocol::{Held, Request, Response};

/// What a board is and holds; `awd_embedded::protocol::Info`, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Version of awd-embedded and awd-core.
    pub version: String,
    /// The newest major version of the model files that it reads.
    pub format: u8,
    /// Whether it scores images.
    pub images: bool,
    /// Bytes of the largest model file.
    pub max_model: usize,
    /// Samples of the longest window.
    pub max_window: usize,
    /// Samples of work space, see [`awd_core::Model::work_len`].
    pub max_work: usize,
    /// Bytes of the longest request.
    pub max_payload: usize,
    /// The model in service.
    pub model: Option<Held>,
}

/// A model that has come into service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// The model.
    pub model: Held,
    /// Of an open signal, the number of samples at the end of the first window that it scores.
    pub from: Option<u32>,
}

/// What a board took of a signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Samples that were taken since it began, less a multiple of 2³².
    pub next: u32,
    /// The number of samples at the end of the first of the windows.
    pub first: u32,
    /// The outputs of one window after the other.
    pub outputs: Vec<f32>,
}

impl Info {
    pub(super) fn of(answer: &Response<'_>) -> Option<Self> {
        let Response::Info(info) = answer else { return None };
        if !info.model.is_none_or(possible) {
            return None;
        }
        Some(Self {
            version: printable(info.version),
            format: info.format,
            images: info.images,
            max_model: info.max_model.into(),
            max_window: info.max_window.into(),
            max_work: info.max_work.into(),
            max_payload: info.max_payload.into(),
            model: info.model,
        })
    }
}

impl Loaded {
    pub(super) fn of(answer: &Response<'_>) -> Option<Self> {
        match answer {
            Response::Loaded { model, from } if possible(*model) => Some(Self { model: *model, from: *from }),
            _ => None,
        }
    }
}

impl Scored {
    /// What was taken of `sent` samples behind `offset` others: at least one, and whole windows that end in what was taken, a `hop`
    /// apart.
    pub(super) fn of(answer: &Response<'_>, offset: u32, sent: usize, held: Option<Held>, hop: u16) -> Option<Self> {
        let Response::Scored { next, first, outputs } = answer else { return None };
        let taken = next.wrapping_sub(offset);
        if taken == 0 || usize::try_from(taken).ok()? > sent {
            return None;
        }
        if !outputs.is_empty() {
            let each = usize::from(held?.outputs);
            let more = u32::try_from((outputs.len() / each).checked_sub(1)?).ok()?;
            let last = u64::from(first.wrapping_sub(offset)) + u64::from(more) * u64::from(hop);
            if outputs.len() % each != 0 || *first == offset || last > taken.into() {
                return None;
            }
        }
        Some(Self { next: *next, first: *first, outputs: outputs.to_vec() })
    }
}

/// Whether there can be such a model.
fn possible(model: Held) -> bool {
    model.window > 0 && (1..=MAX_OUTPUTS).contains(&model.outputs.into())
}

/// Text of a board, which may be anything: what a terminal would obey is escaped.
pub(super) fn printable(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// A request, in words.
pub(super) fn asked(request: &Request<'_>) -> String {
    match request {
        Request::Part { offset, bytes } => format!("Part, {} bytes at {offset}", bytes.len()),
        Request::Window { offset, samples } => format!("Window, {} samples at {offset}", samples.len() / 4),
        Request::Samples { offset, samples } => format!("Samples, {} at {offset}", samples.len() / 4),
        short => format!("{short:?}"),
    }
}

/// An answer, in words of bounded length.
pub(super) fn answered(answer: &Response<'_>) -> String {
    let mut words = format!("{answer:?}");
    if let Some((end, _)) = words.char_indices().nth(120) {
        words.truncate(end);
        words.push('…');
    }
    words
}
