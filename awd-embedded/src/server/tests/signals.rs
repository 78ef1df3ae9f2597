//! Windows that arrive in parts, signals, health statistics and golden checks.

use super::*;
use crate::trigger::Trigger;
use awd_core::Scores;
use std::sync::Mutex;

#[test]
fn window_parts_at_wrong_offsets_are_refused_and_zero_starts_again() {
    let mut server = server();
    send(&mut server, &file(&model(30, 0.3)), 100);
    let mut window = |offset, len| server.handle(Request::Window { offset, samples: &[0; 200][..len] });
    assert_eq!(window(0, 40), Response::Received { next: 10 });
    assert_eq!(window(4, 8), Response::Refused(Refusal::Offset { expected: 10 }));
    assert_eq!(window(10, 7), Response::Refused(Refusal::PartialSample));
    assert_eq!(window(10, 84), Response::Refused(Refusal::TooLong { capacity: 30 }));
    assert_eq!(window(0, 40), Response::Received { next: 10 });
    assert!(matches!(window(10, 80), Response::Scores(_)));
}

/// The response to the next samples of a signal.
fn push(server: &mut Small, signal: u16, offset: u32, x: &[f32]) -> Response<'static> {
    server.handle(Request::Samples { signal, offset, samples: &bytes(x) })
}

#[test]
fn samples_need_an_open_signal_and_windows_none() {
    let mut server = server();
    let refused = Response::Refused;
    let open = |signal, hop| Request::Open { signal, hop, growing: false };
    let close = |signal| Request::Close { signal };
    assert_eq!(server.handle(open(0, 4)), refused(Refusal::NoModel));
    send(&mut server, &file(&model(30, 0.3)), 100);
    assert_eq!(push(&mut server, 0, 0, &[]), refused(Refusal::NoSignal));
    assert_eq!(server.handle(close(Some(0))), refused(Refusal::NoSignal));
    assert_eq!(server.handle(close(None)), Response::Done);
    assert_eq!(server.handle(open(0, 0)), refused(Refusal::Request(Fault::Hop)));
    assert_eq!(server.handle(open(3, 1)), Response::Received { next: 0 });
    assert_eq!(push(&mut server, 2, 0, &[1.0]), refused(Refusal::NoSignal));
    assert_eq!(score(&mut server, &[0.0; 30], 30), refused(Refusal::Signal));
    assert_eq!(server.handle(Request::Golden { seed: 1, windows: 1 }), refused(Refusal::Signal));
    assert_eq!(push(&mut server, 3, 1, &[0.0; 2]), refused(Refusal::Offset { expected: 0 }));
    let partial = server.handle(Request::Samples { signal: 3, offset: 0, samples: &[0; 7] });
    assert_eq!(partial, refused(Refusal::PartialSample));
    assert!(matches!(push(&mut server, 3, 0, &[0.0; 29]), Response::Scored { next: 29, .. }));
    // An answer holds sixteen scores of two outputs. The rest of the samples is not taken.
    let Response::Scored { next: 45, first: 30, outputs, .. } = push(&mut server, 3, 29, &[0.0; 60]) else { panic!() };
    assert_eq!(outputs.len(), MAX_SCORED);
    assert_eq!(server.handle(close(Some(3))), Response::Done);
    assert!(matches!(score(&mut server, &[0.0; 30], 30), Response::Scores(_)));
    // Six signals of 30 samples, eight parts of 30 samples: the number of signals is less.
    assert_eq!(server.handle(open(6, 1)), refused(Refusal::Signals { capacity: 6 }));
    send(&mut server, &file(&model(60, 0.3)), 100);
    assert_eq!(server.handle(open(4, 1)), refused(Refusal::Signals { capacity: 4 }));
    assert_eq!(server.handle(open(u16::MAX, 1)), refused(Refusal::Signals { capacity: 4 }));
}

proptest! {
    #[test]
    fn signals_score_their_windows_and_a_swap_in_the_middle_loses_no_sample(
        timings in vec((1..40_u16, any::<bool>()), 1..=4),
        windows in prop::array::uniform2(20..64_u16),
        pushes in vec((any::<Index>(), 1..60_usize), 1..80),
        swap in 0..80_usize,
    ) {
        // A growing signal that continues with a longer window has lost its first samples.
        prop_assume!(windows[1] <= windows[0] || timings.iter().all(|(_, growing)| !growing));
        let models = [model(windows[0], 0.3), model(windows[1], -0.2)];
        let mut server = server();
        send(&mut server, &file(&models[0]), 64);
        for (signal, (hop, growing)) in (0..).zip(&timings) {
            let open = Request::Open { signal, hop: *hop, growing: *growing };
            prop_assert_eq!(server.handle(open), Response::Received { next: 0 });
        }
        // Of each signal: its samples so far, the number of them at the swap, and the windows that were scored.
        let mut signals = std::vec![(Vec::new(), usize::MAX, Vec::new()); timings.len()];
        for (i, (index, count)) in pushes.iter().enumerate() {
            if i == swap {
                let open = u16::try_from(timings.len()).unwrap();
                prop_assert_eq!(send(&mut server, &file(&models[1]), 64), loaded(&models[1], 2, open));
                signals.iter_mut().for_each(|(samples, swapped, _)| *swapped = samples.len());
            }
            let number = index.index(timings.len());
            let (samples, _, scored) = &mut signals[number];
            let offset = u32::try_from(samples.len()).unwrap();
            let x: Vec<f32> = (0..*count as u32).map(|k| sample(offset + k + 1000 * number as u32)).collect();
            let answer = push(&mut server, number as u16, offset, &x);
            let Response::Scored { next, first, outputs, .. } = answer else { panic!("{answer:?}") };
            prop_assert!(next > offset);
            samples.extend(&x[..(next - offset) as usize]);
            for (k, outputs) in (0..).zip(outputs.chunks(2)) {
                scored.push((first as usize + k * usize::from(timings[number].0), outputs.to_vec()));
            }
        }
        for ((hop, growing), (samples, swapped, scored)) in timings.iter().zip(&signals) {
            let mut scored = scored.iter();
            let first = if *growing { usize::from(*hop) } else { windows[0].into() };
            for end in (first..=samples.len()).step_by((*hop).into()) {
                let model = &models[usize::from(end > *swapped)];
                let missing = !growing && end < windows[1].into();
                // Samples that a longer window needs may have been dropped.
                let dropped = windows[1] > windows[0] && end < swapped.saturating_add(windows[1].into());
                if end > *swapped && (missing || dropped) && scored.clone().next().is_none_or(|(next, _)| *next > end) {
                    continue;
                }
                let mut window = samples[end.saturating_sub(model.window())..end].to_vec();
                window.resize(model.window(), 0.0);
                prop_assert_eq!(scored.next(), Some(&(end, scores(model, &window).to_vec())));
            }
            prop_assert_eq!(scored.next(), None);
        }
    }
}

#[test]
fn a_signal_takes_24_bytes_and_its_window() {
    // README, docs/boards.md and docs/performance.md state it.
    assert_eq!(size_of::<Signal>(), 24);
}

#[test]
fn a_model_with_a_longer_window_closes_the_signals_that_have_no_memory() {
    let mut server = server();
    send(&mut server, &file(&model(30, 0.3)), 100);
    for signal in [0, 2, 3, 5] {
        server.handle(Request::Open { signal, hop: 1, growing: true });
        assert!(matches!(push(&mut server, signal, 0, &[f32::from(signal); 9]), Response::Scored { next: 9, .. }));
    }
    // Four windows of 60 samples; signal 5 has none. The others keep their samples.
    let longer = model(60, 0.3);
    assert_eq!(send(&mut server, &file(&longer), 100), loaded(&longer, 2, 3));
    assert_eq!(push(&mut server, 5, 9, &[1.0]), Response::Refused(Refusal::NoSignal));
    for signal in [0, 2, 3] {
        let mut x = std::vec![f32::from(signal); 10];
        x.resize(60, 0.0);
        let Response::Scored { next: 10, first: 10, outputs, .. } = push(&mut server, signal, 9, &x[..1]) else {
            panic!()
        };
        assert_eq!(outputs, scores(&longer, &x));
    }
    // A shorter one, too: its windows begin with the newest samples.
    let shorter = model(8, 0.3);
    assert_eq!(send(&mut server, &file(&shorter), 100), loaded(&shorter, 3, 3));
    for signal in [3, 0, 2] {
        let Response::Scored { first: 11, outputs, .. } = push(&mut server, signal, 10, &[7.0]) else { panic!() };
        let mut x = [f32::from(signal); 8];
        x[7] = 7.0;
        assert_eq!(outputs, scores(&shorter, &x));
    }
}

#[test]
fn a_trigger_raises_events_with_hysteresis_and_a_refractory_time() {
    static EVENTS: Mutex<Vec<Event>> = Mutex::new(Vec::new());
    let model = model(30, 0.3);
    let signal: Vec<f32> = (0..400).map(|i| sample(i) * if i / 50 % 2 == 0 { 8.0 } else { 0.5 }).collect();
    let margins: Vec<f32> = (30..=400)
        .step_by(5)
        .map(|end| Scores::of(&model, &scores(&model, &signal[end - 30..end])).margin(1))
        .collect();
    let mut sorted = margins.clone();
    sorted.sort_by(f32::total_cmp);
    let trigger = Trigger { class: 1, on: sorted[50], off: sorted[45], refractory: 40 };
    // By hand: at least 40 samples apart, and a margin below `off` in between.
    let (mut expected, mut ready, mut latest, mut early) = (Vec::new(), true, -1000, 0);
    for (end, margin) in (30..).step_by(5).zip(&margins) {
        ready |= *margin < trigger.off;
        early += usize::from(ready && end - latest < 40 && *margin >= trigger.on);
        if ready && end - latest >= 40 && *margin >= trigger.on {
            (ready, latest) = (false, end);
            expected.push(Event { signal: 4, sample: u32::try_from(end).unwrap(), margin: *margin });
        }
    }
    assert!((3..20).contains(&expected.len()) && early > 0, "{expected:?} {early}");

    let mut server = server();
    let watch = |trigger| Request::Watch { trigger };
    assert_eq!(server.handle(watch(Some(trigger))), Response::Refused(Refusal::NoModel));
    send(&mut server, &file(&model), 100);
    let bad = [
        Trigger { class: 3, ..trigger },
        Trigger { on: f32::NAN, ..trigger },
        Trigger { off: f32::NEG_INFINITY, ..trigger },
        Trigger { off: trigger.on + 1.0, ..trigger },
    ];
    for bad in bad {
        assert_eq!(server.handle(watch(Some(bad))), Response::Refused(Refusal::Request(Fault::Trigger)), "{bad:?}");
    }
    server.on_event(|event| EVENTS.lock().unwrap().push(event));
    assert_eq!(server.handle(watch(Some(trigger))), Response::Done);
    server.handle(Request::Open { signal: 4, hop: 5, growing: false });
    let (mut taken, mut answered) = (0, Vec::new());
    while taken < 400 {
        let rest = &signal[taken as usize..];
        let answer = push(&mut server, 4, taken, &rest[..rest.len().min(70)]);
        let Response::Scored { next, first, outputs, events } = answer else { panic!("{answer:?}") };
        assert_eq!(events >> (outputs.len() / 2), 0);
        answered.extend((0..32).filter(|bit| events >> bit & 1 == 1).map(|bit| first + 5 * bit));
        taken = next;
    }
    assert_eq!(*EVENTS.lock().unwrap(), expected);
    assert_eq!(answered, expected.iter().map(|event| event.sample).collect::<Vec<_>>());
    // None without a trigger.
    assert_eq!(server.handle(watch(None)), Response::Done);
    push(&mut server, 4, 400, &signal[..60]);
    assert_eq!(EVENTS.lock().unwrap().len(), expected.len());
}

#[test]
fn health_counts_windows_and_signals() {
    let mut server = server();
    send(&mut server, &file(&model(30, 0.3)), 100);
    assert_eq!((health(&mut server).windows, health(&mut server).latest.len()), (0, 0));
    let mut x = [1.0; 30];
    x[3] = f32::NAN;
    score(&mut server, &x, 30);
    score(&mut server, &[2.0; 30], 30);
    let now = health(&mut server);
    assert_eq!((now.windows, now.not_finite, now.drift), (2, 1, None));
    assert_eq!(now.latest, scores(&model(30, 0.3), &[2.0; 30]));
    server.handle(Request::Open { signal: 1, hop: 10, growing: false });
    push(&mut server, 1, 0, &[0.0; 50]);
    assert_eq!(health(&mut server).windows, 5);
    send(&mut server, &file(&model(30, 0.4)), 100);
    assert_eq!(health(&mut server).windows, 0);
}

#[test]
fn a_golden_check_returns_the_checksum_of_the_host() {
    let (mut server, model) = (server(), model(30, 0.3));
    assert_eq!(server.handle(Request::Golden { seed: 9, windows: 1 }), Response::Refused(Refusal::NoModel));
    send(&mut server, &file(&model), 100);
    let (mut windows, mut digest, mut x) = (Windows::new(9), Digest::default(), [0.0; 30]);
    for _ in 0..MAX_GOLDEN {
        windows.fill(&mut x);
        digest.take(&scores(&model, &x));
    }
    let crc = digest.finish();
    assert_eq!(server.handle(Request::Golden { seed: 9, windows: MAX_GOLDEN }), Response::Golden { crc });
    let over = Response::Refused(Refusal::Request(Fault::Windows));
    assert_eq!(server.handle(Request::Golden { seed: 9, windows: MAX_GOLDEN + 1 }), over);
    assert_eq!(health(&mut server).windows, 0);
}

#[cfg(feature = "images")]
#[test]
fn an_image_comes_in_rows_and_is_scored() {
    let wavelets = [Dwt::new(awd_core::named::DB2.lifting().unwrap(), Boundary::Periodization, 2)];
    let terms = [0, 1, 2, 3, 4].map(|band| Term { band, feature: Feature::LogEnergy });
    let model = build(Draft { rows: 8, columns: 8, wavelets: &wavelets, terms: &terms, ..Draft::default() });
    let scorer = model.images::<1>().unwrap();
    let x: Vec<f32> = (0..64).map(sample).collect();
    let expected = scorer.score_in_place(&mut x.clone(), &mut [0.0; WORK]).unwrap();
    let mut server = server();
    assert_eq!(send(&mut server, &file(&model), 100), loaded(&model, 1, 0));
    for _ in 0..2 {
        let Response::Scores(outputs) = score(&mut server, &x, 8) else { panic!("no scores") };
        assert_eq!(outputs, expected.outputs());
    }
    assert_eq!((health(&mut server).windows, health(&mut server).drift), (2, None));
    let refused = Response::Refused(Refusal::Request(Fault::Images));
    assert_eq!(server.handle(Request::Open { signal: 0, hop: 1, growing: false }), refused);
}
