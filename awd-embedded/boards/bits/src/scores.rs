//! Scores a signal in every way there is, and reports the bits of the outputs. The host compiles this same file.

use awd_core::score::{Stream, Timing, Track, Tracks};
use awd_core::{Arithmetic, Invalid, Model, Scores};

/// Samples of the longest window, and of work space.
const WINDOW: usize = 64;
const WORK: usize = 160;

/// Samples of the signal.
const SIGNAL: u32 = 200;

/// Number of signals scored by `Tracks`.
const TRACKS: usize = 3;

/// Sample `i` of signal `id`. The signal is neither sorted nor smooth and has many magnitudes. Every processor computes
/// the same value.
fn sample(id: u32, i: u32) -> f32 {
    let bits = (i + 1000 * id).wrapping_mul(2_654_435_769);
    let magnitude = (bits >> 28) as f32;
    ((bits >> 8 & 0xffff) as f32 - 32768.0) * (1.0 + magnitude) / 65536.0
}

/// Scores with the model in `file`. Calls `visit` with the scorer's name and the bits of each output.
pub fn scores(file: &[u8], mut visit: impl FnMut(&str, u32)) -> Result<(), Invalid> {
    let Ok(model) = Model::from_bytes(file) else { return Err(Invalid::Window) };
    let mut report = |name: &str, scores: &Scores| {
        for output in scores.outputs() {
            // Processors differ in the bits of a NaN, so all NaNs get the same ones.
            visit(name, if output.is_nan() { 0x7fc0_0000 } else { output.to_bits() });
        }
    };
    let n = model.window();
    let (mut window, mut work) = ([0.0; WINDOW], [0.0; WORK]);
    for start in 0..20 {
        window.iter_mut().zip(7 * start..).for_each(|(x, i)| *x = sample(0, i));
        report("window", &model.score(&window[..n], &mut work)?);
    }

    let mut state = [0.0; WINDOW];
    let mut stream = Stream::new(model, Timing::every(3), &mut state, &mut work)?;
    for i in 0..SIGNAL {
        stream.push(sample(0, i)).iter().for_each(|scores| report("stream", scores));
    }

    let (mut tracks_state, mut samples) = ([Track::default(); TRACKS], [0.0; TRACKS * WINDOW]);
    let mut tracks = Tracks::new(model, Timing { hop: 5, growing: true }, &mut tracks_state, &mut samples, &mut work)?;
    for i in 0..SIGNAL / 2 {
        for id in 0..TRACKS as u32 {
            tracks.push(id, sample(id, i))?.iter().for_each(|scores| report("tracks", scores));
        }
    }

    if let Arithmetic::Fixed { .. } = model.arithmetic() {
        let (mut window, mut work) = ([0; WINDOW], [0; WORK]);
        for start in 0..20 {
            window.iter_mut().zip(7 * start..).for_each(|(x, i)| *x = (400.0 * sample(0, i)) as i16);
            let scores = model.score_fixed(&mut window[..n], &mut work)?;
            scores.outputs().iter().for_each(|output| visit("fixed", output.cast_unsigned()));
        }
    }
    Ok(())
}
