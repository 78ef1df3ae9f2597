//! All ways to score a signal, and the bits of what comes out. The host runs this very file.

use awd_core::score::{Stream, Timing, Track, Tracks};
use awd_core::{Arithmetic, Invalid, Model, Scores};

/// Samples of the longest window and of the longest work space.
const WINDOW: usize = 64;
const WORK: usize = 160;

/// Samples of the signal.
const SIGNAL: u32 = 200;

/// Signals of the tracks.
const TRACKS: usize = 3;

/// A sample of signal `id`: neither sorted nor smooth, of many magnitudes, and a number that every processor makes alike.
fn sample(id: u32, i: u32) -> f32 {
    let bits = (i + 1000 * id).wrapping_mul(2_654_435_769);
    let magnitude = (bits >> 28) as f32;
    ((bits >> 8 & 0xffff) as f32 - 32768.0) * (1.0 + magnitude) / 65536.0
}

/// Calls `each` with what is scored and the bits of each output, of a model in its file.
pub fn scores(file: &[u8], mut each: impl FnMut(&str, u32)) -> Result<(), Invalid> {
    let Ok(model) = Model::from_bytes(file) else { return Err(Invalid::Window) };
    let mut tell = |what: &str, scores: &Scores| {
        for output in scores.outputs() {
            // Processors differ in the bits of a NaN.
            each(what, if output.is_nan() { 0x7fc0_0000 } else { output.to_bits() });
        }
    };
    let n = model.window();
    let (mut window, mut work) = ([0.0; WINDOW], [0.0; WORK]);
    for start in 0..20 {
        window.iter_mut().zip(7 * start..).for_each(|(x, i)| *x = sample(0, i));
        tell("window", &model.score(&window[..n], &mut work)?);
    }

    let mut state = [0.0; WINDOW];
    let mut stream = Stream::new(model, Timing::every(3), &mut state, &mut work)?;
    for i in 0..SIGNAL {
        stream.push(sample(0, i)).iter().for_each(|scores| tell("stream", scores));
    }

    let (mut room, mut samples) = ([Track::default(); TRACKS], [0.0; TRACKS * WINDOW]);
    let mut tracks = Tracks::new(model, Timing { hop: 5, growing: true }, &mut room, &mut samples, &mut work)?;
    for i in 0..SIGNAL / 2 {
        for id in 0..TRACKS as u32 {
            tracks.push(id, sample(id, i))?.iter().for_each(|scores| tell("tracks", scores));
        }
    }

    if let Arithmetic::Fixed { .. } = model.arithmetic() {
        let (mut window, mut work) = ([0; WINDOW], [0; WORK]);
        for start in 0..20 {
            window.iter_mut().zip(7 * start..).for_each(|(x, i)| *x = (400.0 * sample(0, i)) as i16);
            let scores = model.score_fixed(&mut window[..n], &mut work)?;
            scores.outputs().iter().for_each(|output| each("fixed", output.cast_unsigned()));
        }
    }
    Ok(())
}
