//! Samples of several signals in one request.

use super::*;

fn record((signal, offset, sample): (u16, u32, f32)) -> [u8; 8] {
    let ([a, b], [c, d, ..], [e, f, g, h]) = (signal.to_le_bytes(), offset.to_le_bytes(), sample.to_le_bytes());
    [a, b, c, d, e, f, g, h]
}

fn sweep(server: &mut Small, records: &[(u16, u32, f32)]) -> Response<'static> {
    server.handle(Request::Sweep { samples: &records.iter().copied().flat_map(record).collect::<Vec<_>>() })
}

/// A server with a model of 20 samples, open signals that are scored at these hops, and a trigger.
fn opened(hops: &[u16]) -> Small {
    let mut server = server();
    send(&mut server, &file(&model(20, 0.3)), 100);
    for (signal, hop) in (0..).zip(hops) {
        server.handle(Request::Open { signal, hop: *hop, growing: signal % 2 == 1 });
    }
    server.handle(Request::Watch { trigger: Some(Trigger { class: 1, on: 0.2, off: 0.1, refractory: 2 }) });
    server
}

proptest! {
    #[test]
    fn a_sweep_scores_as_the_samples_of_each_signal(
        hops in vec(1..9_u16, 1..=6),
        order in vec(any::<Index>(), 1..300),
        size in 1..40_usize,
    ) {
        let [mut one, mut other] = [opened(&hops), opened(&hops)];
        let mut taken = std::vec![0; hops.len()];
        let records: Vec<_> = order.iter().map(|index| {
            let signal = index.index(hops.len());
            let offset = taken[signal];
            taken[signal] += 1;
            (signal as u16, offset, sample(offset + 1000 * signal as u32))
        }).collect();
        // The signal of each score, its outputs and whether it is an event.
        let mut expected = Vec::new();
        for &(signal, offset, x) in &records {
            let samples = bytes(&[x]);
            let answer = one.handle(Request::Samples { signal, offset, samples: &samples });
            let Response::Scored { outputs, events, .. } = answer else { panic!("{answer:?}") };
            if !outputs.is_empty() {
                expected.push((signal, outputs.to_vec(), events == 1));
            }
        }
        let mut found = Vec::new();
        let mut rest = &records[..];
        while !rest.is_empty() {
            let sent = &rest[..size.min(rest.len())];
            let answer = sweep(&mut other, sent);
            let Response::Swept { taken, scored, outputs, events } = answer else { panic!("{answer:?}") };
            let taken = usize::from(taken);
            prop_assert!(0 < taken && taken <= sent.len());
            // All of them, unless the answer is full.
            let has_room = taken < MAX_SWEPT && outputs.len() + 2 <= MAX_SCORED;
            prop_assert!(taken == sent.len() || !has_room, "{taken} of {}", sent.len());
            let bits = (0..taken).filter(|bit| scored >> bit & 1 == 1);
            prop_assert_eq!(bits.clone().count(), outputs.len() / 2);
            prop_assert!(taken == 32 || scored >> taken == 0);
            for (bit, outputs) in bits.zip(outputs.chunks(2)) {
                found.push((sent[bit].0, outputs.to_vec(), events >> bit & 1 == 1));
            }
            rest = &rest[taken..];
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(health(&mut one), health(&mut other));
    }
}

#[test]
fn a_sweep_stops_before_a_record_that_cannot_be_taken() {
    let mut server = opened(&[1, 1, 1]);
    let refused = Response::Refused;
    assert_eq!(server.handle(Request::Sweep { samples: &[0; 12] }), refused(Refusal::PartialSample));
    let swept = |taken, scored: u32, outputs: &[f32]| Response::Swept {
        taken,
        scored,
        outputs: heapless::Vec::from_slice(outputs).unwrap(),
        events: 0,
    };
    assert_eq!(sweep(&mut server, &[]), swept(0, 0, &[]));
    assert_eq!(sweep(&mut server, &[(0, 0, 1.0), (2, 0, 1.0), (5, 0, 1.0)]), swept(2, 0, &[]));
    assert_eq!(sweep(&mut server, &[(5, 0, 1.0)]), refused(Refusal::NoSignal));
    assert_eq!(sweep(&mut server, &[(0, 1, 1.0), (0, 1, 1.0)]), swept(1, 0, &[]));
    assert_eq!(sweep(&mut server, &[(0, 1, 1.0)]), refused(Refusal::Offset { expected: 2 }));
}
