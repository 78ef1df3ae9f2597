//! Runs the examples and checks their results.

#[path = "../examples/score.rs"]
#[expect(dead_code, reason = "only cargo runs main")]
mod score;
#[path = "../examples/stream.rs"]
#[expect(dead_code, reason = "only cargo runs main")]
mod stream;

use std::f32::consts::TAU;

const MODEL: &[u8] = include_bytes!("../examples/hum.awd");

#[test]
fn a_window_is_scored_with_its_pitch() {
    for period in [5.0, 7.0, 12.0] {
        let window: Vec<f32> = (0..32_u8).map(|t| (TAU / period * f32::from(t)).sin()).collect();
        let pitch = score::pitch(MODEL, &window).unwrap();
        assert!((pitch - 1.0 / period).abs() < 0.015, "1 / {period}: {pitch}");
    }
    assert_eq!(score::pitch(MODEL, &[0.0; 31]), None);
    assert_eq!(score::pitch(&MODEL[1..], &[0.0; 32]), None);
}

#[test]
fn a_stream_follows_a_change_of_pitch() {
    // One tone, then another.
    let tone = |period: f32| (0..160_u8).map(move |t| (TAU / period * f32::from(t)).sin());
    let mut found = Vec::new();
    stream::listen(MODEL, tone(11.0).chain(tone(6.0)), |t, pitch| found.push((t, pitch))).unwrap();
    let ends: Vec<usize> = found.iter().map(|(t, _)| *t).collect();
    assert_eq!(ends, (32..=320).step_by(16).collect::<Vec<_>>());
    // Windows with both tones are left out. The mean is compared, because the error depends on the phase at which a
    // window ends.
    for (from, to, period) in [(64, 160, 11.0), (224, 320, 6.0)] {
        let within: Vec<f32> = found.iter().filter(|(t, _)| (from..=to).contains(t)).map(|(_, pitch)| *pitch).collect();
        let mean = within.iter().sum::<f32>() / within.len() as f32;
        assert!((mean - 1.0 / period).abs() < 0.02, "{mean}, expected 1 / {period}: {within:?}");
    }
    assert_eq!(stream::listen(&MODEL[1..], tone(6.0), |_, _| ()), None);
}
