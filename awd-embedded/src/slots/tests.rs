extern crate std;

#[path = "../../tests/common/flash.rs"]
pub(crate) mod flash;

use super::*;
use flash::Mock;
use proptest::prelude::*;
use std::vec::Vec as Bytes;

type Small = Mock<4, 256>;

/// A file of `len` bytes, at least four, that depends on `seed` and ends with its CRC-32.
fn file(seed: u8, len: usize) -> Bytes<u8> {
    let mut file: Bytes<u8> = (0..len - 4).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect();
    file.extend(CRC.checksum(&file).to_le_bytes());
    file
}

/// The file of an entry, if its CRC-32 is right and equals the one in the entry.
fn verified(slots: &Slots<Small>, entry: Entry) -> Option<Bytes<u8>> {
    let file = slots.file(entry);
    let (covered, trailer) = file.split_last_chunk()?;
    ([CRC.checksum(covered), u32::from_le_bytes(*trailer)] == [entry.crc; 2]).then(|| file.to_vec())
}

/// Writes a file in parts of `part` bytes. Returns the entry that it will have.
fn upload(slots: &mut Slots<Small>, file: &[u8], part: usize) -> Result<Entry, MemoryFault> {
    let in_service = entry_in_service(slots).map(|(entry, _)| entry);
    let crc = u32::from_le_bytes(*file.last_chunk().unwrap());
    let mut upload = Upload::new(u16::try_from(file.len()).unwrap(), crc);
    for part in file.chunks(part) {
        slots.write(&mut upload, part, in_service, |start| {
            assert_eq!(start, &file[..file.len().min(UNIT)]);
            Ok::<_, MemoryFault>(())
        })?;
    }
    assert_eq!(upload.missing(), 0);
    let entry = upload.entry(slots.highest() + 1).unwrap();
    verified(slots, entry).ok_or(MemoryFault)?;
    Ok(entry)
}

/// Writes a file and puts it into service.
fn push(slots: &mut Slots<Small>, file: &[u8], part: usize) -> Result<Entry, MemoryFault> {
    let entry = upload(slots, file, part)?;
    slots.seal(entry)?;
    Ok(entry)
}

/// The file in service and its entry, found as a starting board does.
fn entry_in_service(slots: &mut Slots<Small>) -> Option<(Entry, Bytes<u8>)> {
    let mut before = u32::MAX;
    while let Some(entry) = slots.latest(before) {
        if let Some(file) = verified(slots, entry) {
            return Some((entry, file));
        }
        before = entry.number;
    }
    None
}

/// The file in service after a restart.
fn file_in_service(flash: &Small) -> Option<Bytes<u8>> {
    entry_in_service(&mut Slots::new(flash.powered())).map(|(_, file)| file)
}

#[test]
fn a_power_failure_at_any_byte_of_an_upload_leaves_a_good_file() {
    let mut cuts = 0;
    // The number of files pushed before, so that all slots are written, and lengths around multiples of a unit.
    for (before, len) in [(0, 100), (1, 4), (1, 31), (1, 96), (1, 300), (2, 97), (3, 128), (5, 60)] {
        let mut flash = Small::new(1536);
        let mut old = None;
        for i in 0..before {
            let mut slots = Slots::new(flash.powered());
            push(&mut slots, &file(i, 150), 64).unwrap();
            flash = slots.flash;
            old = Some(file(i, 150));
        }
        let new = file(99, len);
        let mut uncut = Slots::new(flash.powered());
        let start = uncut.flash.changed;
        push(&mut uncut, &new, 50).unwrap();
        let bytes = uncut.flash.changed - start;
        for cut in 0..=bytes {
            for torn in [0, 0x0f, 0xa5, 0xff] {
                let mut slots = Slots::new(flash.powered().failing_after(cut, torn));
                let done = push(&mut slots, &new, 50);
                assert_eq!(done.is_ok(), cut == bytes);
                // A board that starts again finds either the old or the new file, complete.
                let file_found = file_in_service(&slots.flash);
                // The model before the old one is intact as well.
                let mut left = Slots::new(slots.flash.powered());
                let second = entry_in_service(&mut left).and_then(|(entry, _)| left.latest(entry.number));
                let kept = second.and_then(|entry| verified(&left, entry));
                assert!(before < 2 || kept.is_some(), "cut {cut} of {bytes}");
                assert!(file_found == old || file_found.as_ref() == Some(&new), "cut {cut} of {bytes}");
                assert!(done.is_err() || file_found.as_ref() == Some(&new));
                // The next upload succeeds.
                let mut again = Slots::new(slots.flash.powered());
                push(&mut again, &file(7, 200), 33).unwrap();
                assert_eq!(file_in_service(&again.flash), Some(file(7, 200)));
                cuts += 1;
            }
        }
    }
    std::println!("{cuts} cuts");
    assert!(cuts > 10_000);
}

#[test]
fn a_power_failure_at_any_byte_of_a_rollback_leaves_a_good_file() {
    let mut slots = Slots::new(Small::new(1536));
    push(&mut slots, &file(1, 150), 64).unwrap();
    let entry = push(&mut slots, &file(2, 200), 64).unwrap();
    let flash = slots.flash;
    for cut in 0..=UNIT {
        for torn in [0, 0x10, 0xff] {
            let mut slots = Slots::new(flash.powered().failing_after(cut, torn));
            let done = slots.revoke(entry).is_ok();
            let file_found = file_in_service(&slots.flash).unwrap();
            assert!(file_found == file(1, 150) || !done && cut == 0 && file_found == file(2, 200), "cut {cut}");
            // The next upload replaces the revoked file.
            let mut again = Slots::new(slots.flash.powered());
            let next = push(&mut again, &file(3, 10), 64).unwrap();
            assert_eq!((next.number, file_in_service(&again.flash)), (entry.number + 1, Some(file(3, 10))));
        }
    }
}

proptest! {
    #[test]
    fn a_file_uploaded_in_parts_of_any_size_is_found(
        pushes in prop::collection::vec((4..=448_usize, 1..500_usize, any::<u8>()), 1..8),
    ) {
        let mut flash = Small::new(1536);
        for (i, (len, part, seed)) in pushes.into_iter().enumerate() {
            let mut slots = Slots::new(flash.powered());
            let entry = push(&mut slots, &file(seed, len), part).unwrap();
            prop_assert_eq!(entry.number, u32::try_from(i).unwrap() + 1);
            flash = slots.flash;
            prop_assert_eq!(file_in_service(&flash), Some(file(seed, len)));
        }
    }

    #[test]
    fn flash_of_random_bytes_holds_no_file(bytes in prop::collection::vec(any::<u8>(), 1536)) {
        let flash = Small::of(bytes);
        prop_assert_eq!(file_in_service(&flash), None);
    }
}

#[test]
fn a_damaged_file_is_replaced_by_the_previous_one() {
    let mut slots = Slots::new(Small::new(1536));
    push(&mut slots, &file(1, 150), 64).unwrap();
    push(&mut slots, &file(2, 200), 64).unwrap();
    let good = slots.flash;
    for at in 512..512 + UNIT + UNIT + 200 {
        let mut bytes = good.bytes.clone();
        bytes[at] ^= 4;
        assert_eq!(file_in_service(&Mock { bytes, ..good.powered() }), Some(file(1, 150)), "byte {at}");
    }
}

#[test]
fn the_capacity_is_a_third_of_the_flash_without_headers() {
    assert_eq!(Slots::new(Mock::<4, 32>::new(0)).capacity(), 0);
    assert_eq!(Slots::new(Mock::<4, 32>::new(192)).capacity(), 0);
    assert_eq!(Slots::new(Mock::<4, 32>::new(384)).capacity(), 64);
    assert_eq!(Slots::new(Mock::<8, 4096>::new(24576)).capacity(), MAX_BYTES);
    let mut slots = Slots::new(Small::new(1536));
    assert_eq!(slots.capacity(), 448);
    push(&mut slots, &file(1, 448), 64).unwrap();
    assert_eq!(file_in_service(&slots.flash), Some(file(1, 448)));
}

proptest! {
    /// Any sequence of pushes, unfinished pushes and roll backs, each with a power failure at some byte.
    #[test]
    fn numbers_only_grow_and_the_model_before_survives(
        steps in prop::collection::vec((0..4_u8, 10..300_usize, prop::option::of(0..900_usize)), 1..30),
    ) {
        let mut flash = Small::new(1536);
        let (mut highest, mut seed) = (0, 0);
        for (kind, len, power) in steps {
            let mut slots = Slots::new(match power {
                Some(cut) => flash.powered().failing_after(cut, 0x33),
                None => flash.powered(),
            });
            let before = entry_in_service(&mut slots);
            let second = before.as_ref().and_then(|(entry, _)| slots.latest(entry.number));
            seed += 1;
            let new = file(seed, len);
            let was_revoked = before.as_ref().is_some_and(|(entry, _)| entry.number < slots.highest());
            let done = match (kind, &before, second) {
                (0, Some((entry, _)), Some(_)) => slots.revoke(*entry).map(|()| None),
                (1, ..) => upload(&mut slots, &new, 50).map(|_| None),
                _ => push(&mut slots, &new, 50).map(Some),
            };
            flash = slots.flash.powered();
            let mut slots = Slots::new(flash.powered());
            let after = entry_in_service(&mut slots);
            match (kind, done) {
                (0, Ok(_)) if second.is_some() => prop_assert_eq!(after.map(|(entry, _)| entry), second),
                (_, Ok(Some(entry))) => {
                    prop_assert!(entry.number > highest, "{} after {highest}", entry.number);
                    prop_assert_eq!(after, Some((entry, new)));
                }
                (_, Ok(None)) => prop_assert_eq!(after, before.clone()),
                // Cut: the old or the new model.
                _ => {
                    let file = after.clone().map(|(_, file)| file);
                    let rolled_back = kind == 0 && after.as_ref().map(|(entry, _)| *entry) == second;
                    prop_assert!(after == before || file == Some(new) || rolled_back, "{after:?}");
                }
            }
            // An upload does not touch the model before, unless the latest one was revoked.
            if kind != 0 && !was_revoked && let Some(second) = second {
                prop_assert!(verified(&slots, second).is_some());
            }
            highest = highest.max(slots.highest());
            prop_assert_eq!(slots.highest(), highest, "the highest number was erased");
        }
    }
}

#[test]
fn a_refused_start_erases_nothing() {
    let mut slots = Slots::new(Small::new(1536));
    let old = push(&mut slots, &file(1, 150), 64).unwrap();
    let erases = slots.flash.erases;
    let mut upload = Upload::new(100, 7);
    let refused = slots.write(&mut upload, &[0; 100], Some(old), |_| Err(MemoryFault));
    assert_eq!((refused, slots.flash.erases, upload.is_erased()), (Err(MemoryFault), erases, false));
    assert_eq!(file_in_service(&slots.flash), Some(file(1, 150)));
}

#[test]
fn a_record_that_cannot_be_written_is_not_found_at_the_next_start() {
    let mut slots = Slots::new(Small::new(1536));
    push(&mut slots, &file(1, 150), 64).unwrap();
    let entry = upload(&mut slots, &file(2, 200), 64).unwrap();
    // The record is already written, so that the flash refuses it.
    let record = encode_record(entry);
    slots.flash.write(slots.offset(entry.slot), &record).unwrap();
    assert_eq!(slots.seal(entry), Err(MemoryFault));
    assert_eq!(file_in_service(&slots.flash), Some(file(1, 150)));
}
