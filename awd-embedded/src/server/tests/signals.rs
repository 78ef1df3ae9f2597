//! Windows that arrive in parts, signals, health statistics and golden checks.

use super::*;

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

#[test]
fn samples_need_an_open_signal_and_windows_a_closed_one() {
    let mut server = server();
    let refused = Response::Refused;
    assert_eq!(server.handle(Request::Open { hop: 4 }), refused(Refusal::NoModel));
    send(&mut server, &file(&model(30, 0.3)), 100);
    assert_eq!(server.handle(Request::Samples { offset: 0, samples: &[] }), refused(Refusal::NoSignal));
    assert_eq!(server.handle(Request::Close), refused(Refusal::NoSignal));
    assert_eq!(server.handle(Request::Open { hop: 0 }), refused(Refusal::Request(Fault::Hop)));
    assert_eq!(server.handle(Request::Open { hop: 1 }), Response::Received { next: 0 });
    assert_eq!(score(&mut server, &[0.0; 30], 30), refused(Refusal::Signal));
    assert_eq!(server.handle(Request::Golden { seed: 1, windows: 1 }), refused(Refusal::Signal));
    let samples = |server: &mut Small, offset, count: usize| {
        server.handle(Request::Samples { offset, samples: &[0; 4 * 60][..4 * count] })
    };
    assert_eq!(samples(&mut server, 1, 2), refused(Refusal::Offset { expected: 0 }));
    assert!(matches!(samples(&mut server, 0, 29), Response::Scored { next: 29, .. }));
    // An answer holds sixteen scores of two outputs. The rest of the samples is not taken.
    let Response::Scored { next: 45, first: 30, outputs } = samples(&mut server, 29, 60) else { panic!() };
    assert_eq!(outputs.len(), MAX_SCORED);
    assert_eq!(server.handle(Request::Close), Response::Done);
    assert!(matches!(score(&mut server, &[0.0; 30], 30), Response::Scores(_)));
}

#[test]
fn health_counts_windows_and_signals() {
    let mut server = server();
    send(&mut server, &file(&model(30, 0.3)), 100);
    let health = |server: &mut Small| match server.handle(Request::Health) {
        Response::Health(health) => health,
        other => panic!("{other:?}"),
    };
    assert_eq!((health(&mut server).windows, health(&mut server).latest.len()), (0, 0));
    let mut x = [1.0; 30];
    x[3] = f32::NAN;
    score(&mut server, &x, 30);
    score(&mut server, &[2.0; 30], 30);
    let now = health(&mut server);
    assert_eq!((now.windows, now.not_finite, now.drift), (2, 1, None));
    assert_eq!(now.latest, scores(&model(30, 0.3), &[2.0; 30]));
    server.handle(Request::Open { hop: 10 });
    server.handle(Request::Samples { offset: 0, samples: &[0; 200] });
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
    assert_eq!(server.health().windows, 0);
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
    assert_eq!(send(&mut server, &file(&model), 100), loaded(&model, 1, None));
    for _ in 0..2 {
        let Response::Scores(outputs) = score(&mut server, &x, 8) else { panic!("no scores") };
        assert_eq!(outputs, expected.outputs());
    }
    assert_eq!((server.health().windows, server.health().drift), (2, None));
    let refused = Response::Refused(Refusal::Request(Fault::Images));
    assert_eq!(server.handle(Request::Open { hop: 1 }), refused);
}
