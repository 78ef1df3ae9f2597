//! Boards that answer anything: every operation ends.

use super::*;

/// Any reaction, with a valid frame or without.
fn act() -> impl Strategy<Value = Act> {
    let answer = || prop_oneof![any_answer(), vec(any::<u8>(), 0..60)];
    prop_oneof![
        12 => Just(Act::Honest),
        8 => answer().prop_map(Act::Answer),
        2 => answer().prop_map(Act::Stale),
        1 => vec(any::<u8>(), 0..300).prop_map(Act::Raw),
        1 => vec(any::<u8>(), 1..300).prop_map(Act::Flood),
        1 => Just(Act::Silent),
        1 => Just(Act::Stuck),
    ]
}

/// A valid message whose numbers are arbitrary or close to those expected.
fn any_answer() -> impl Strategy<Value = Vec<u8>> {
    let small = || prop_oneof![0..200_u32, any::<u32>()];
    let held = || {
        (small(), any::<u32>(), 0..300_u16, 0..12_u8, any::<u8>())
            .prop_map(|(number, crc, window, outputs, terms)| Held { number, crc, window, outputs, terms })
    };
    let outputs = || vec(any::<f32>(), 0..8);
    prop_oneof![
        small().prop_map(|next| payload(&Response::Received { next: next as u16 })),
        (held(), any::<u16>()).prop_map(|(model, signals)| payload(&Response::Loaded { model, signals })),
        outputs().prop_map(|outputs| payload(&Response::Scores(outputs.into_iter().collect()))),
        (small(), small(), outputs(), 0..9_u32).prop_map(|(next, first, outputs, events)| {
            payload(&Response::Scored { next, first, outputs: outputs.into_iter().collect(), events })
        }),
        any::<u32>().prop_map(|crc| payload(&Response::Golden { crc })),
        (any::<u8>(), any::<u32>(), outputs()).prop_map(|(taken, scored, outputs)| {
            payload(&Response::Swept { taken, scored, outputs: outputs.into_iter().collect(), events: scored & 5 })
        }),
        Just(payload(&Response::Done)),
        (any::<u16>(), proptest::option::of(held())).prop_map(|(max, model)| {
            let version = "\x1b[1m";
            let [max_model, max_window, max_work, max_payload] = [max, max / 2, max / 3, max / 5];
            let (format, integers, images) = (2, max % 2 == 1, false);
            payload(&Response::Info(protocol::Info {
                version,
                format,
                integers,
                images,
                schema: SCHEMA,
                max_model,
                max_window,
                max_work,
                max_payload,
                max_signals: max,
                max_samples: max.into(),
                updates: Policy::Any,
                model,
            }))
        }),
        small().prop_map(|expected| payload(&Response::Refused(Refusal::Offset { expected }))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn whatever_a_board_answers_every_operation_ends(script in vec(act(), 1..12), order in vec(0..10_usize, 1..8)) {
        let (mut device, asked) = scripted(script);
        let model = model(140);
        let bytes = file(&model);
        // Each exchange carries at least one sample or four bytes, and is attempted this often. A reset asks for the
        // board's info six times.
        let bound = |n: usize| link::ATTEMPTS * (n + 8);
        for operation in order {
            let (error, exchanges) = match operation {
                0 => run(&mut device, &asked, |device| device.push(&bytes, None, &silent)),
                1 => run(&mut device, &asked, |device| device.load(&model)),
                2 => run(&mut device, &asked, Device::roll_back),
                3 => {
                    let window = device.held.map_or(140, |held| held.window.into());
                    run(&mut device, &asked, |device| {
                        let outputs = device.score(&vec![0.5; window])?;
                        // As the command line evaluates them.
                        let _ = Scores::of(&model.view(), &outputs).probabilities();
                        Ok(())
                    })
                }
                4 => run(&mut device, &asked, |device| stream(device, &[0.5; 500], 10)),
                5 => run(&mut device, &asked, |device| device.golden(1, 4)),
                6 => run(&mut device, &asked, Device::health),
                7 => run(&mut device, &asked, Device::reset),
                8 => run(&mut device, &asked, |device| device.push_sweep(&[(0, 1, 0.5), (1, 1, 0.5)])),
                _ => run(&mut device, &asked, Device::info),
            };
            let limit = bound(bytes.len() / 4 + 500);
            prop_assert!(exchanges <= limit, "operation {operation}: {exchanges} exchanges");
            if let Some(error) = error {
                let message = error.to_string();
                prop_assert!(!message.contains(char::is_control), "{message}");
            }
        }
    }
}
