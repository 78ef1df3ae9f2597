//! Which models a server accepts, and how often.

use super::*;
use core::sync::atomic::{AtomicU32, Ordering};

#[test]
fn a_server_that_keeps_its_model_takes_no_other() {
    let mut server = server();
    let first = model(30, 0.3);
    send(&mut server, &file(&first), 100);
    send(&mut server, &file(&model(30, 0.4)), 100);
    server.accept(Updates::Never);
    assert_eq!(server.info().updates, Policy::Never);
    let refused = Response::Refused(Refusal::Fixed);
    assert_eq!(send(&mut server, &file(&first), 100), refused);
    assert_eq!(server.handle(Request::Part { offset: 0, bytes: &[0] }), Response::Refused(Refusal::NoPush));
    assert_eq!(roll_back(&mut server), refused);
    assert_eq!(server.info().model.map(|model| model.number), Some(2));
}

#[test]
fn the_flash_is_erased_once_in_an_interval() {
    static NOW: AtomicU32 = AtomicU32::new(0);
    let set_time = |seconds| NOW.store(seconds, Ordering::Relaxed);
    let mut server = server();
    server.limit_erases(10, || NOW.load(Ordering::Relaxed));
    let files = [0.3, 0.4, 0.5].map(|tap| file(&model(30, tap)));
    let wait = |seconds| Response::Refused(Refusal::Wait { seconds });
    let erases = |server: &Small| server.service.slots.flash().erases;
    // Also after a start.
    assert_eq!(send(&mut server, &files[0], 100), wait(10));
    set_time(9);
    assert_eq!(send(&mut server, &files[0], 100), wait(1));
    set_time(10);
    assert!(matches!(send(&mut server, &files[0], 100), Response::Loaded { .. }));
    // The same file needs no erase.
    assert!(matches!(send(&mut server, &files[0], 100), Response::Loaded { .. }));
    assert_eq!(erases(&server), 1);
    set_time(14);
    server.handle(Request::Push { total: narrow(files[0].len()), crc: trailer(&files[0]) });
    assert_eq!(send(&mut server, &files[1], 100), wait(6));
    // A push that is refused leaves the upload before it.
    assert!(matches!(server.handle(Request::Commit { signature: None }), Response::Loaded { .. }));
    set_time(20);
    // A push that erases nothing does not count, and an upload that has begun is continued.
    for file in [&files[1], &files[2]] {
        server.handle(Request::Push { total: narrow(file.len()), crc: trailer(file) });
    }
    assert_eq!(erases(&server), 1);
    server.handle(Request::Part { offset: 0, bytes: &files[2][..50] });
    assert_eq!(erases(&server), 2);
    assert!(matches!(send(&mut server, &files[2], 100), Response::Loaded { .. }));
    assert_eq!(send(&mut server, &files[1], 100), wait(10));
    assert_eq!(erases(&server), 2);
    // The clock has counted as far as it can, and starts again.
    set_time(3);
    assert!(matches!(send(&mut server, &files[1], 100), Response::Loaded { .. }));
    assert_eq!(send(&mut server, &files[0], 100), wait(10));
    set_time(12);
    assert_eq!(send(&mut server, &files[0], 100), wait(1));
}

#[test]
fn a_push_of_a_model_that_is_then_rolled_back_ends() {
    let mut server = server();
    let models = [0.3, 0.4].map(|tap| model(30, tap));
    for model in &models {
        send(&mut server, &file(model), 100);
    }
    let newer = file(&models[1]);
    let push = Request::Push { total: narrow(newer.len()), crc: trailer(&newer) };
    assert_eq!(server.handle(push), Response::Received { next: narrow(newer.len()) });
    assert_eq!(roll_back(&mut server), loaded(&models[0], 1, 0));
    assert_eq!(server.handle(Request::Commit { signature: None }), Response::Refused(Refusal::NoPush));
    // Its record is intact, so that its number is not used again.
    assert_eq!(send(&mut server, &newer, 100), loaded(&models[1], 3, 0));
}

#[test]
fn a_roll_back_that_the_flash_interrupts_loses_no_model() {
    let models = [0.3, 0.4, 0.5].map(|tap| model(30, tap));
    for cut in 0..=32 {
        let mut server = server();
        send(&mut server, &file(&models[0]), 100);
        send(&mut server, &file(&models[1]), 100);
        let flash = server.into_flash().powered();
        let power = flash.power.clone();
        let mut server = started(flash);
        power.set(Cut { left: Some(cut), torn: 0 });
        // As soon as any of the mark is written, the model is revoked.
        let answer = roll_back(&mut server);
        assert_eq!(answer, loaded(&models[0], 1, 0), "{cut}");
        // The flash works again. A push that is not finished does not erase the only model that is left.
        power.set(Cut::default());
        let third = file(&models[2]);
        server.handle(Request::Push { total: narrow(third.len()), crc: trailer(&third) });
        server.handle(Request::Part { offset: 0, bytes: &third[..100] });
        let server = started(server.into_flash().powered());
        assert_eq!(server.info().model.map(|model| model.number), Some(1), "{cut}");
    }
}

#[test]
fn no_number_is_used_twice() {
    let mut server = server();
    let unfinished = file(&model(30, 0.3));
    let mut highest = 0;
    for round in 0..12_u8 {
        let next = file(&model(30, 0.4 + f32::from(round) / 64.0));
        let Response::Loaded { model, .. } = send(&mut server, &next, 100) else { panic!("refused") };
        assert!(model.number > highest, "{} after {highest}", model.number);
        highest = model.number;
        // Also if the latest model is revoked, and a later upload is not committed.
        if round % 3 == 2 {
            assert!(matches!(roll_back(&mut server), Response::Loaded { .. }));
        }
        server.handle(Request::Push { total: narrow(unfinished.len()), crc: trailer(&unfinished) });
        send_parts(&mut server, &unfinished, 0, 100);
        server = started(server.into_flash());
    }
    assert!(highest >= 12);
}

#[cfg(feature = "signed")]
mod signed {
    use super::*;
    use crate::protocol::Signature;
    use crate::update::{PublicKey, SIGNATURE_LEN, prefix};
    use ed25519_dalek::{Signer, SigningKey};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn sign(key: &SigningKey, number: u32, file: &[u8]) -> [u8; SIGNATURE_LEN] {
        key.sign(&[&prefix(number)[..], file].concat()).to_bytes()
    }

    /// A server that takes models signed with `key(1)`.
    fn locked(flash: Flash) -> Small {
        let mut server = started(flash);
        server.accept(Updates::Signed(PublicKey(key(1).verifying_key().to_bytes())));
        server
    }

    /// Sends a file and commits it with this signature.
    fn send_signed(server: &mut Small, file: &[u8], number: u32, signature: &[u8]) -> Response<'static> {
        let begun = server.handle(Request::Push { total: narrow(file.len()), crc: trailer(file) });
        let Response::Received { next } = begun else { return begun };
        send_parts(server, file, next, 100);
        server.handle(Request::Commit { signature: Some(Signature { number, bytes: signature }) })
    }

    #[test]
    fn only_signed_models_are_taken() {
        let mut server = locked(Flash::new(3072));
        let (first, second) = (model(30, 0.3), model(30, 0.4));
        let files = [file(&first), file(&second)];
        let refused = Response::Refused(Refusal::Unsigned);
        assert_eq!(send(&mut server, &files[0], 100), refused);
        assert_eq!(server.info().model, None);
        let good = sign(&key(1), 70, &files[0]);
        assert_eq!(send_signed(&mut server, &files[0], 70, &good), loaded(&first, 70, 0));
        // Each bit of the number and of the signature, another key, and too few or too many bytes.
        let good = sign(&key(1), 80, &files[1]);
        for bit in 0..32 {
            let number = 80 ^ 1 << bit;
            let expected =
                if number > 70 { refused.clone() } else { Response::Refused(Refusal::Outdated { highest: 70 }) };
            assert_eq!(send_signed(&mut server, &files[1], number, &good), expected, "{number}");
        }
        for bit in 0..8 * SIGNATURE_LEN {
            let mut bytes = good;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(send_signed(&mut server, &files[1], 80, &bytes), refused, "bit {bit}");
        }
        for signature in [&sign(&key(2), 80, &files[1])[..], &good[..63], &[&good[..], &[0]].concat(), &[]] {
            assert_eq!(send_signed(&mut server, &files[1], 80, signature), refused);
        }
        assert_eq!(send(&mut server, &files[1], 100), refused);
        assert_eq!(server.info().model.map(|model| model.number), Some(70));
        assert_eq!(send_signed(&mut server, &files[1], 80, &good), loaded(&second, 80, 0));
    }

    #[test]
    fn a_file_with_any_byte_changed_is_not_taken() {
        let mut server = locked(Flash::new(3072));
        let good = file(&model(30, 0.3));
        let signature = sign(&key(1), 5, &good);
        for at in 0..good.len() - 4 {
            // With a right checksum, so that only the signature can tell.
            let mut changed = good[..good.len() - 4].to_vec();
            changed[at] ^= 1;
            let answer = send_signed_or_refused(&mut server, &with_crc(&changed), &signature);
            assert!(
                matches!(answer, Response::Refused(Refusal::Unsigned | Refusal::Model(_))),
                "byte {at}: {answer:?}"
            );
        }
        assert_eq!(server.info().model, None);
        assert_eq!(send_signed(&mut server, &good, 5, &signature), loaded(&model(30, 0.3), 5, 0));
    }

    /// Sends a file of which a part may be refused.
    fn send_signed_or_refused(server: &mut Small, file: &[u8], signature: &[u8]) -> Response<'static> {
        server.handle(Request::Push { total: narrow(file.len()), crc: trailer(file) });
        let taken = server.handle(Request::Part { offset: 0, bytes: file });
        if matches!(taken, Response::Refused(_)) {
            return taken;
        }
        server.handle(Request::Commit { signature: Some(Signature { number: 5, bytes: signature }) })
    }

    #[test]
    fn an_old_signature_is_not_taken_again() {
        let mut server = locked(Flash::new(3072));
        let models = [0.3, 0.4, 0.5].map(|tap| model(30, tap));
        let files = models.each_ref().map(file);
        let signatures = [7, 8, 9].map(|number| sign(&key(1), number, &files[number as usize - 7]));
        assert_eq!(send_signed(&mut server, &files[0], 7, &signatures[0]), loaded(&models[0], 7, 0));
        assert_eq!(send_signed(&mut server, &files[1], 8, &signatures[1]), loaded(&models[1], 8, 0));
        let outdated = |highest| Response::Refused(Refusal::Outdated { highest });
        assert_eq!(send_signed(&mut server, &files[0], 7, &signatures[0]), outdated(8));
        // Also after the newer one is revoked, and after a restart, and with more uploads in between.
        assert_eq!(roll_back(&mut server), loaded(&models[0], 7, 0));
        let mut server = locked(server.into_flash());
        for _ in 0..4 {
            assert_eq!(send_signed(&mut server, &files[1], 8, &signatures[1]), outdated(8));
            assert_eq!(send(&mut server, &files[2], 100), Response::Refused(Refusal::Unsigned));
        }
        assert_eq!(server.info().model.map(|model| model.number), Some(7));
        assert_eq!(send_signed(&mut server, &files[2], 9, &signatures[2]), loaded(&models[2], 9, 0));
    }

    #[test]
    fn signatures_of_another_implementation_are_right() {
        // RFC 8032, section 7.1, test 1: the key and the signature of an empty message.
        let secret = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let key = SigningKey::from_bytes(&secret.try_into().unwrap());
        let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(key.verifying_key().to_bytes().to_vec(), public);
        let signature = hex(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        );
        assert_eq!(key.sign(&[]).to_bytes().to_vec(), signature);
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }
}
