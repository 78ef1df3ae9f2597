//! Two slots for models in flash. One holds the model in service; the next one goes into the other, so that a cut of the
//! power at any byte leaves a good model.
//!
//! A slot is a record, a mark and a file, the first two of [`UNIT`] bytes. The file is written first, read back and
//! verified; then the record, with its own checksum, says that the slot counts. Of two records the one with the higher
//! number is in service. A mark that is not blank takes its record's word back. docs/protocol.md gives every byte.

use awd_core::model::MAX_BYTES;
use awd_core::model::format::CRC;
use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

/// Bytes of a record and of a mark: what flash of any kind writes is a part of it.
pub const UNIT: usize = 32;

/// Bytes of a slot before its file.
const HEADER: u32 = 2 * UNIT as u32;

/// The first bytes of a record.
const MAGIC: [u8; 4] = *b"AWDS";

/// What flash holds where nothing was written since it was erased.
const BLANK: u8 = 0xff;

/// The flash failed, or did not hold what was written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryFault;

/// Flash that is memory: what was written to it is read where it is, without a copy.
pub trait Mapped: NorFlash {
    /// All of it, from its beginning; [`ReadNorFlash::capacity`](embedded_storage::nor_flash::ReadNorFlash::capacity) bytes.
    fn bytes(&self) -> &[u8];
}

/// A file that a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which of the two slots.
    slot: u8,
    /// Its number, higher than those before it.
    pub number: u32,
    /// Bytes of the file.
    pub len: u16,
    /// The CRC-32 of all before it that the file ends with.
    pub crc: u32,
}

/// A file that is being written.
#[derive(Debug, Clone)]
pub struct Upload {
    entry: Entry,
    written: u16,
    /// What does not fill a unit yet.
    pending: Vec<u8, UNIT>,
}

impl Upload {
    /// What its record will say.
    #[must_use]
    pub const fn entry(&self) -> Entry {
        self.entry
    }

    /// Bytes of the file that have come.
    #[must_use]
    pub fn next(&self) -> u16 {
        // At most a unit.
        self.written.saturating_add(u16::try_from(self.pending.len()).unwrap_or(0))
    }

    /// Bytes of the file that have not.
    #[must_use]
    pub fn missing(&self) -> u16 {
        self.entry.len.saturating_sub(self.next())
    }

    /// Is it a file of this length and CRC-32?
    #[must_use]
    pub const fn is_of(&self, len: u16, crc: u32) -> bool {
        self.entry.len == len && self.entry.crc == crc
    }
}

/// The two slots.
#[derive(Debug)]
pub struct Slots<F> {
    flash: F,
}

impl<F: Mapped> Slots<F> {
    /// The slots in this flash, half of it each. Flash that writes or reads in units that are no part of [`UNIT`] does not
    /// compile; where it is too small, [`Slots::capacity`] is 0.
    pub const fn new(flash: F) -> Self {
        const {
            assert!(F::WRITE_SIZE > 0 && UNIT.is_multiple_of(F::WRITE_SIZE), "written in parts of 32 bytes");
            assert!(F::READ_SIZE > 0 && UNIT.is_multiple_of(F::READ_SIZE), "read in parts of 32 bytes");
            assert!(F::ERASE_SIZE > 0);
        }
        Self { flash }
    }

    /// The flash.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// Bytes of the largest file.
    #[must_use]
    pub fn capacity(&self) -> usize {
        // In whole units, and no model has more bytes than its format allows.
        let size = self.size().saturating_sub(HEADER);
        usize::try_from(size).map_or(MAX_BYTES, |size| (size / UNIT * UNIT).min(MAX_BYTES))
    }

    /// The latest file whose record counts, of those before number `before`. The file itself is yet to be verified.
    pub fn latest(&mut self, before: u32) -> Option<Entry> {
        let mut latest: Option<Entry> = None;
        for slot in 0..2 {
            if let Some(entry) = self.record(slot)
                && entry.number < before
                && self.is_blank(slot)
                && latest.is_none_or(|latest| latest.number <= entry.number)
            {
                latest = Some(entry);
            }
        }
        latest
    }

    /// A file where it is. It is yet to be verified: its CRC-32 is to be right, and the one that the entry states.
    #[must_use]
    pub fn file(&self, entry: Entry) -> &[u8] {
        let start = (self.place(entry.slot) + HEADER) as usize;
        self.flash.bytes().get(start..start + usize::from(entry.len)).unwrap_or_default()
    }

    /// Erases the slot that is not in service for a file of this length, at most [`Slots::capacity`], that ends with this CRC-32.
    ///
    /// # Errors
    /// The flash fails.
    pub fn begin(&mut self, in_service: Option<Entry>, len: u16, crc: u32) -> Result<Upload, MemoryFault> {
        let slot = in_service.map_or(0, |entry| 1 - entry.slot);
        // Also of a record that was revoked, or whose file is damaged.
        let latest = [self.record(0), self.record(1)].into_iter().flatten().map(|entry| entry.number).max();
        let place = self.place(slot);
        self.flash.erase(place, place + self.size()).map_err(|_| MemoryFault)?;
        let entry = Entry { slot, number: latest.unwrap_or(0).saturating_add(1), len, crc };
        Ok(Upload { entry, written: 0, pending: Vec::new() })
    }

    /// Writes what comes next of a file, at most as much as is missing; whole units at once.
    ///
    /// # Errors
    /// The flash fails; then the upload has to begin anew.
    pub fn write(&mut self, upload: &mut Upload, bytes: &[u8]) -> Result<(), MemoryFault> {
        for &byte in bytes.iter().take(usize::from(upload.missing())) {
            // A unit that is full was written.
            let _ = upload.pending.push(byte);
            if upload.pending.is_full() {
                self.write_unit(upload)?;
            }
        }
        if upload.missing() == 0 && !upload.pending.is_empty() {
            self.write_unit(upload)?;
        }
        Ok(())
    }

    /// Says that a file counts, once all of it was written and verified.
    ///
    /// # Errors
    /// The flash fails, or holds something else.
    pub fn seal(&mut self, entry: Entry) -> Result<(), MemoryFault> {
        self.flash.write(self.place(entry.slot), &encoded(entry)).map_err(|_| MemoryFault)?;
        if self.record(entry.slot) == Some(entry) { Ok(()) } else { Err(MemoryFault) }
    }

    /// Takes back that a file counts.
    ///
    /// # Errors
    /// The flash fails.
    pub fn revoke(&mut self, entry: Entry) -> Result<(), MemoryFault> {
        self.flash.write(self.place(entry.slot) + UNIT as u32, &[0; UNIT]).map_err(|_| MemoryFault)
    }

    fn write_unit(&mut self, upload: &mut Upload) -> Result<(), MemoryFault> {
        let mut unit = [BLANK; UNIT];
        unit.iter_mut().zip(&upload.pending).for_each(|(into, byte)| *into = *byte);
        let place = self.place(upload.entry.slot) + HEADER + u32::from(upload.written);
        upload.written = upload.next();
        upload.pending.clear();
        self.flash.write(place, &unit).map_err(|_| MemoryFault)
    }

    /// Bytes of a slot.
    fn size(&self) -> u32 {
        u32::try_from(self.flash.capacity() / 2 / F::ERASE_SIZE * F::ERASE_SIZE).unwrap_or(0)
    }

    /// Where a slot begins.
    fn place(&self, slot: u8) -> u32 {
        u32::from(slot) * self.size()
    }

    /// What a slot's record says, if it is one.
    fn record(&mut self, slot: u8) -> Option<Entry> {
        let mut unit = [0; UNIT];
        self.flash.read(self.place(slot), &mut unit).ok()?;
        let [_, _, _, _, a, b, c, d, e, f, _, _, g, h, i, j, ..] = unit;
        let [number, crc] = [[a, b, c, d], [g, h, i, j]].map(u32::from_le_bytes);
        let entry = Entry { slot, number, len: u16::from_le_bytes([e, f]), crc };
        (unit == encoded(entry) && usize::from(entry.len) <= self.capacity()).then_some(entry)
    }

    /// Is a slot's mark as it was erased? Where it cannot be read it is not.
    fn is_blank(&mut self, slot: u8) -> bool {
        let mut mark = [0; UNIT];
        self.flash.read(self.place(slot) + UNIT as u32, &mut mark).is_ok() && mark == [BLANK; UNIT]
    }
}

/// The bytes of a record: magic, number, length, two zeros, CRC-32 of the file, that of all before it; all little-endian.
fn encoded(entry: Entry) -> [u8; UNIT] {
    let [[a, b, c, d], [g, h, i, j]] = [entry.number, entry.crc].map(u32::to_le_bytes);
    let [e, f] = entry.len.to_le_bytes();
    let [w, x, y, z] = MAGIC;
    let covered = [w, x, y, z, a, b, c, d, e, f, 0, 0, g, h, i, j];
    let mut unit = [BLANK; UNIT];
    let bytes = covered.into_iter().chain(CRC.checksum(&covered).to_le_bytes());
    unit.iter_mut().zip(bytes).for_each(|(into, byte)| *into = byte);
    unit
}

#[cfg(test)]
pub(crate) mod tests;
