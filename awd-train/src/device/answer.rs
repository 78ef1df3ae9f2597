//! Validated answers of a board. An impossible answer is rejected, so that loops over answers always make progress.

use awd_core::model::MAX_OUTPUTS;
use awd_embedded::protocol::{Held, Request, Response, SWEEP_RECORD};
use awd_embedded::update::Policy;

/// What a board is and holds: the owned form of `awd_embedded::protocol::Info`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Info {
    /// Version of awd-embedded and awd-core.
    pub version: String,
    /// The newest major version of the model files that it reads.
    pub format: u8,
    /// Whether it scores models in fixed point in integers.
    pub integers: bool,
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
    /// Signals that can be open at once, if their windows fit `max_samples`.
    pub max_signals: usize,
    /// Samples of all their windows together.
    pub max_samples: usize,
    /// Which models it accepts. In JSON `{"accepts": "any"}`, `{"accepts": "none"}` or `{"accepts": "signed", "key": "…"}` with
    /// the CRC-32 of the public key in hexadecimal.
    #[serde(serialize_with = "serialize_policy")]
    pub updates: Policy,
    /// The model in service.
    pub model: Option<Held>,
}

/// A model that has been put into service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// The model.
    pub model: Held,
    /// The number of open signals that continue with this model.
    pub signals: u16,
}

/// The board's answer to samples of a signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Samples taken since the signal began, modulo 2³².
    pub next: u32,
    /// The number of samples up to the end of the first scored window.
    pub first: u32,
    /// The outputs of the scored windows, one window after the other.
    pub outputs: Vec<f32>,
    /// Bit i is set if the score of the i-th of these windows is an event.
    pub events: u32,
}

/// The board's answer to samples of several signals.
#[derive(Debug, Clone, PartialEq)]
pub struct Swept {
    /// The number of samples taken, from the first on.
    pub taken: usize,
    /// The scores of the windows that end with one of them.
    pub scores: Vec<SweptScore>,
}

/// The score of a window that ends with a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct SweptScore {
    /// The index of the sample among those that were sent.
    pub record: usize,
    /// The outputs of the window.
    pub outputs: Vec<f32>,
    /// Whether it is an event.
    pub event: bool,
}

impl Scored {
    /// Whether the score of the window with this index is an event.
    #[must_use]
    pub fn is_event(&self, window: usize) -> bool {
        u32::try_from(window).ok().and_then(|bit| self.events.checked_shr(bit)).is_some_and(|bits| bits & 1 == 1)
    }
}

impl Info {
    pub(super) fn of(answer: &Response<'_>) -> Option<Self> {
        let Response::Info(info) = answer else { return None };
        if !info.model.is_none_or(is_valid) {
            return None;
        }
        Some(Self {
            version: printable(info.version),
            format: info.format,
            integers: info.integers,
            images: info.images,
            max_model: info.max_model.into(),
            max_window: info.max_window.into(),
            max_work: info.max_work.into(),
            max_payload: info.max_payload.into(),
            max_signals: info.max_signals.into(),
            max_samples: info.max_samples.try_into().ok()?,
            updates: info.updates,
            model: info.model,
        })
    }

    /// The number of signals that the board has memory for with the model in service; 0 without one.
    #[must_use]
    pub fn signals(&self) -> usize {
        self.model.map_or(0, |held| self.max_signals.min(self.max_samples / usize::from(held.window)))
    }
}

impl Loaded {
    pub(super) fn of(answer: &Response<'_>) -> Option<Self> {
        match answer {
            Response::Loaded { model, signals } if is_valid(*model) => Some(Self { model: *model, signals: *signals }),
            _ => None,
        }
    }
}

impl Scored {
    /// Validates the answer to `sent` samples that follow the first `offset`: at least one sample is taken, and the
    /// outputs are those of whole windows, `hop` apart, that end within the samples taken.
    pub(super) fn of(answer: &Response<'_>, offset: u32, sent: usize, held: Option<Held>, hop: u16) -> Option<Self> {
        let Response::Scored { next, first, outputs, events } = answer else { return None };
        let taken = next.wrapping_sub(offset);
        if taken == 0 || usize::try_from(taken).ok()? > sent {
            return None;
        }
        let mut windows = 0;
        if !outputs.is_empty() {
            let n_outputs = usize::from(held?.outputs);
            windows = outputs.len() / n_outputs;
            let further = u32::try_from((outputs.len() / n_outputs).checked_sub(1)?).ok()?;
            let last = u64::from(first.wrapping_sub(offset)) + u64::from(further) * u64::from(hop);
            if outputs.len() % n_outputs != 0 || *first == offset || last > taken.into() {
                return None;
            }
        }
        // No event is that of another window.
        if events.checked_shr(u32::try_from(windows).ok()?).is_some_and(|others| others != 0) {
            return None;
        }
        Some(Self { next: *next, first: *first, outputs: outputs.to_vec(), events: *events })
    }
}

impl Swept {
    /// Validates the answer to `sent` records: at least one is taken, and each scored record is one of those taken and
    /// has outputs.
    pub(super) fn of(answer: &Response<'_>, sent: usize, held: Option<Held>) -> Option<Self> {
        let Response::Swept { taken, scored, outputs, events } = answer else { return None };
        let taken = usize::from(*taken);
        if taken == 0 || taken > sent || events & !scored != 0 {
            return None;
        }
        let records: Vec<usize> = (0..32).filter(|record| scored >> record & 1 == 1).collect();
        let n_outputs = held.map_or(0, |held| usize::from(held.outputs));
        if records.last().is_some_and(|last| *last >= taken) || records.len() * n_outputs != outputs.len() {
            return None;
        }
        let rows = outputs.chunks(n_outputs.max(1));
        let scores = records.into_iter().zip(rows).map(|(record, outputs)| {
            let event = events >> record & 1 == 1;
            SweptScore { record, outputs: outputs.to_vec(), event }
        });
        Some(Self { taken, scores: scores.collect() })
    }
}

fn serialize_policy<S: serde::Serializer>(policy: &Policy, serializer: S) -> Result<S::Ok, S::Error> {
    let (accepts, key) = match policy {
        Policy::Any => ("any", None),
        Policy::Never => ("none", None),
        Policy::Signed { key } => ("signed", Some(format!("{key:08x}"))),
    };
    serializer.collect_map(
        [("accepts", Some(accepts)), ("key", key.as_deref())].into_iter().filter(|(_, value)| value.is_some()),
    )
}

/// Whether a model can have this shape.
fn is_valid(model: Held) -> bool {
    model.window > 0 && (1..=MAX_OUTPUTS).contains(&model.outputs.into())
}

/// Text from a board, which may contain anything. Control characters are escaped, as a terminal would obey them.
pub(super) fn printable(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// A request as text.
pub(super) fn request_text(request: &Request<'_>) -> String {
    match request {
        Request::Part { offset, bytes } => format!("Part, {} bytes at {offset}", bytes.len()),
        Request::Window { offset, samples } => format!("Window, {} samples at {offset}", samples.len() / 4),
        Request::Samples { signal, offset, samples } => {
            format!("Samples, {} at {offset} of signal {signal}", samples.len() / 4)
        }
        Request::Sweep { samples } => format!("Sweep of {} samples", samples.len() / SWEEP_RECORD),
        short => format!("{short:?}"),
    }
}

/// An answer as text of bounded length.
pub(super) fn answer_text(answer: &Response<'_>) -> String {
    let mut words = format!("{answer:?}");
    if let Some((end, _)) = words.char_indices().nth(120) {
        words.truncate(end);
        words.push('…');
    }
    words
}
