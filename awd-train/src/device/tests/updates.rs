//! Boards that take only some models.

use super::*;
use crate::device::signing::{Key, number_now};
use awd_embedded::Updates;
use awd_embedded::update::PublicKey;
use std::sync::OnceLock;

#[test]
fn a_board_takes_models_that_are_signed_with_its_key() {
    let [key, other] = [Key::generate().unwrap(), Key::generate().unwrap()];
    let public = PublicKey(key.public());
    let mut device = served(|_, _| (), move |server| server.accept(Updates::Signed(public))).unwrap();
    let name = signing::key_name(&key.public());
    assert_eq!(device.info().unwrap().updates, Policy::Signed { key: name });
    let models = [model(140), model(100)];
    let files = models.each_ref().map(file);
    let now = number_now();
    // Checked before anything is sent.
    let why = device.push(&files[0], None, &silent).unwrap_err().to_string();
    assert!(why.contains(&format!("signature: one with the key {name:08x}; the model is not signed")), "{why}");
    let why = device.push(&files[0], Some(&other.sign(&files[0], now)), &silent).unwrap_err().to_string();
    assert!(why.contains(&format!("with the key {:08x}; sign the model", signing::key_name(&other.public()))), "{why}");
    // Checked by the board.
    let refused = |result: Result<Loaded>| {
        let error = result.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    let mut forged = key.sign(&files[0], now);
    forged.bytes[9] ^= 1;
    assert!(
        refused(device.push(&files[0], Some(&forged), &silent)).contains("signature: this board takes only models")
    );
    assert!(
        refused(device.push(&files[0], Some(&key.sign(&files[1], now)), &silent)).contains("signature: this board")
    );
    assert_eq!(device.info().unwrap().model, None);
    let signature = key.sign(&files[0], now);
    assert_eq!(device.push(&files[0], Some(&signature), &silent).unwrap().model.number, now);
    assert_eq!(device.push(&files[1], Some(&key.sign(&files[1], now + 5)), &silent).unwrap().model.number, now + 5);
    scores_agree(&mut device, &models[1], 3);
    let why = refused(device.push(&files[0], Some(&signature), &silent));
    assert!(why.contains(&format!("its number must be above {}", now + 5)), "{why}");
    assert_eq!(device.roll_back().unwrap().model.number, now);
}

#[test]
fn a_board_that_keeps_its_model_is_not_sent_another() {
    let mut device = served(|_, _| (), |server| server.accept(Updates::Never)).unwrap();
    let why = device.push(&file(&model(140)), None, &silent).unwrap_err().to_string();
    assert!(why.contains("model: firmware that takes models; this one keeps its model"), "{why}");
    let why = device.roll_back().unwrap_err().to_string();
    assert!(why.contains("this board keeps its model"), "{why}");
}

#[test]
fn a_push_waits_until_the_board_may_erase_its_flash() {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now);
    let clock = || START.get().map_or(0, |start| start.elapsed().as_secs() as u32);
    let mut device = served(|_, _| (), move |server| server.limit_erases(2, clock)).unwrap();
    let started = Instant::now();
    let notes = std::sync::Mutex::new(Vec::new());
    let listen = |event: crate::progress::Event| {
        notes.lock().unwrap().push(event.note);
        std::ops::ControlFlow::Continue(())
    };
    device.push(&file(&model(140)), None, &listen).unwrap();
    device.push(&file(&model(100)), None, &listen).unwrap();
    assert!(started.elapsed() > Duration::from_secs(2), "{:?}", started.elapsed());
    let notes = notes.into_inner().unwrap();
    assert!(notes.iter().any(|note| note == "the board is ready in 2 s"), "{notes:?}");
    // A listener can end the wait.
    let cancelled = device.push(&file(&model(32)), None, &|_| std::ops::ControlFlow::Break(()));
    assert_eq!(cancelled, Err(Error::Cancelled));
}

#[test]
fn a_sweep_scores_as_the_samples_of_each_signal() {
    let damage = |count: usize, bytes: &mut Vec<u8>| match (count % 7, bytes.get_mut(2)) {
        (1, _) => bytes.clear(),
        (4, Some(byte)) => *byte ^= 0x10,
        _ => (),
    };
    let mut device = served(damage, |_| ()).unwrap();
    let model = model(140);
    device.load(&model).unwrap();
    let (signals, samples) = (8_u16, 24_u32);
    for signal in 0..signals {
        device.open_signal(signal, Timing::growing()).unwrap();
    }
    let sample = |signal: u16, at: u32| (at as f32 * 0.37 + f32::from(signal)).sin();
    let mut work = vec![0.0; model.work_len()];
    for at in 0..samples {
        let sent: Vec<_> = (0..signals).map(|signal| (signal, at, sample(signal, at))).collect();
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let swept = device.push_sweep(rest).unwrap();
            assert_eq!(swept.scores.len(), swept.taken, "each sample ends a window");
            for score in swept.scores {
                let signal = rest[score.record].0;
                let mut window: Vec<f32> = (0..=at).map(|at| sample(signal, at)).collect();
                window.resize(140, 0.0);
                let here = model.view().score(&window, &mut work).unwrap();
                assert_eq!(bits(&score.outputs), bits(here.outputs()));
            }
            rest = &rest[swept.taken..];
        }
    }
}
