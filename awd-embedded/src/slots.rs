//! Three model slots in flash: one holds the model in service, one the model before it, and the next model is written to
//! the third. So an upload leaves both good models in place, whatever it contains and wherever the power fails.
//!
//! A slot consists of a record, a mark and a file; record and mark have [`UNIT`] bytes each. The file is written first,
//! read back and verified. Then the record, which has a checksum of its own, makes the slot valid. Of the valid slots,
//! the one with the highest number is in service. A mark that is not blank revokes its record. docs/protocol.md
//! specifies every byte.

use awd_core::model::MAX_BYTES;
use awd_core::model::format::CRC;
use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

/// Bytes of a record and of a mark, a multiple of the write size of the flash.
pub const UNIT: usize = 32;

/// Bytes of a slot before its file.
const HEADER: u32 = 2 * UNIT as u32;

/// The number of slots.
const SLOTS: u8 = 3;

/// The first bytes of a record.
const MAGIC: [u8; 4] = *b"AWDS";

/// The value of an erased byte.
const BLANK: u8 = 0xff;

/// The flash failed, or did not hold what was written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryFault;

/// Memory-mapped flash, which is read in place, without a copy.
pub trait Mapped: NorFlash {
    /// The whole flash: [`ReadNorFlash::capacity`](embedded_storage::nor_flash::ReadNorFlash::capacity) bytes.
    fn bytes(&self) -> &[u8];
}

/// A model file in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The slot, from 0.
    slot: u8,
    /// Its number. A newer file has a higher one.
    pub number: u32,
    /// Length of the file in bytes.
    pub len: u16,
    /// The CRC-32 that the file ends with. It covers all bytes before it.
    pub crc: u32,
}

/// A file that is being received.
#[derive(Debug, Clone)]
pub struct Upload {
    len: u16,
    crc: u32,
    /// The slot, once it is erased.
    slot: Option<u8>,
    written: u16,
    /// Bytes received that do not fill a unit yet.
    pending: Vec<u8, UNIT>,
}

impl Upload {
    /// A file of `len` bytes that ends with this CRC-32. Nothing is erased before its first unit has arrived.
    #[must_use]
    pub const fn new(len: u16, crc: u32) -> Self {
        Self { len, crc, slot: None, written: 0, pending: Vec::new() }
    }

    /// The complete file of an entry.
    #[must_use]
    pub const fn of(entry: Entry) -> Self {
        let Entry { slot, len, crc, .. } = entry;
        Self { len, crc, slot: Some(slot), written: len, pending: Vec::new() }
    }

    /// The entry for the file's record, with this number. `None` if none of the file is written.
    #[must_use]
    pub fn entry(&self, number: u32) -> Option<Entry> {
        self.slot.map(|slot| Entry { slot, number, len: self.len, crc: self.crc })
    }

    /// Bytes received so far, which is the offset of the next part.
    #[must_use]
    pub fn next(&self) -> u16 {
        // `pending` holds at most one unit.
        self.written.saturating_add(u16::try_from(self.pending.len()).unwrap_or(0))
    }

    /// Bytes still to be received.
    #[must_use]
    pub fn missing(&self) -> u16 {
        self.len.saturating_sub(self.next())
    }

    /// Whether a slot is erased for the file.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.slot.is_some()
    }

    /// Whether the file is in the slot of this entry.
    #[must_use]
    pub fn is_in(&self, entry: Entry) -> bool {
        self.slot == Some(entry.slot)
    }

    /// Whether the file has this length and CRC-32.
    #[must_use]
    pub const fn is_of(&self, len: u16, crc: u32) -> bool {
        self.len == len && self.crc == crc
    }
}

/// The slots.
#[derive(Debug)]
pub struct Slots<F> {
    flash: F,
}

impl<F: Mapped> Slots<F> {
    /// Three slots, each a third of `flash`. Does not compile if the write or read size of the flash does not divide
    /// [`UNIT`]. If the flash is too small, [`Slots::capacity`] is 0.
    pub const fn new(flash: F) -> Self {
        const {
            assert!(F::WRITE_SIZE > 0 && UNIT.is_multiple_of(F::WRITE_SIZE), "written in parts of 32 bytes");
            assert!(F::READ_SIZE > 0 && UNIT.is_multiple_of(F::READ_SIZE), "read in parts of 32 bytes");
            assert!(F::ERASE_SIZE > 0);
        }
        Self { flash }
    }

    /// Returns the flash.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// The flash.
    #[cfg(test)]
    pub(crate) const fn flash(&self) -> &F {
        &self.flash
    }

    /// Bytes of the largest file.
    #[must_use]
    pub fn capacity(&self) -> usize {
        // Whole units, and at most what the model format allows.
        let size = self.size().saturating_sub(HEADER);
        usize::try_from(size).map_or(MAX_BYTES, |size| (size / UNIT * UNIT).min(MAX_BYTES))
    }

    /// The entry with the highest number below `before` whose record is valid and not revoked. The file itself is not
    /// verified yet.
    pub fn latest(&mut self, before: u32) -> Option<Entry> {
        let mut latest: Option<Entry> = None;
        for slot in 0..SLOTS {
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

    /// The highest number of all records, including those that are revoked or whose file is damaged; 0 without records.
    pub fn highest(&mut self) -> u32 {
        (0..SLOTS).filter_map(|slot| self.record(slot)).map(|entry| entry.number).max().unwrap_or(0)
    }

    /// A file, read in place. The caller must verify that its CRC-32 is right and equals the one in the entry.
    #[must_use]
    pub fn file(&self, entry: Entry) -> &[u8] {
        let start = (self.offset(entry.slot) + HEADER) as usize;
        self.flash.bytes().get(start..start + usize::from(entry.len)).unwrap_or_default()
    }

    /// Appends bytes to a file, at most as many as are missing. The flash is written in whole units. The first unit is
    /// passed to `check`; if that accepts it, a slot is erased: neither that of the entry in service nor that of the
    /// model before it, unless the latest model was revoked.
    ///
    /// # Errors
    /// The check fails, and nothing is erased; or the flash fails. The upload must then start again.
    pub fn write<E: From<MemoryFault>>(
        &mut self,
        upload: &mut Upload,
        bytes: &[u8],
        in_service: Option<Entry>,
        check: impl Fn(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for &byte in bytes.iter().take(usize::from(upload.missing())) {
            // It fits: a full unit is written and cleared at once.
            let _ = upload.pending.push(byte);
            if upload.pending.is_full() || upload.missing() == 0 {
                let slot = match upload.slot {
                    Some(slot) => slot,
                    None => {
                        check(&upload.pending)?;
                        self.erase(in_service)?
                    }
                };
                upload.slot = Some(slot);
                self.write_unit(slot, upload)?;
            }
        }
        Ok(())
    }

    /// Makes a file valid by writing its record. The whole file must have been written and verified.
    ///
    /// # Errors
    /// The flash fails, or does not hold the record afterwards. The file is then made invalid, as far as the flash
    /// allows it, so that the next start does not find it.
    pub fn seal(&mut self, entry: Entry) -> Result<(), MemoryFault> {
        let written = self.flash.write(self.offset(entry.slot), &encode_record(entry));
        if written.is_ok() && self.record(entry.slot) == Some(entry) {
            return Ok(());
        }
        let _ = self.revoke(entry);
        Err(MemoryFault)
    }

    /// Makes a file invalid by writing its mark.
    ///
    /// # Errors
    /// The flash fails, and the file is still valid. It is invalid as soon as any of its mark is changed, or cannot be
    /// read; the caller must not keep it in service then.
    pub fn revoke(&mut self, entry: Entry) -> Result<(), MemoryFault> {
        let written = self.flash.write(self.offset(entry.slot) + UNIT as u32, &[0; UNIT]);
        if written.is_err() && self.is_blank(entry.slot) { Err(MemoryFault) } else { Ok(()) }
    }

    /// Erases the slot that is the least loss and returns it.
    fn erase(&mut self, in_service: Option<Entry>) -> Result<u8, MemoryFault> {
        // The record with the highest number is kept even if it is revoked: numbers only grow.
        let highest = self.highest();
        let mut least = (u8::MAX, (true, true, u32::MAX));
        for slot in (0..SLOTS).filter(|slot| in_service.is_none_or(|entry| entry.slot != *slot)) {
            let number = self.record(slot).map_or(0, |entry| entry.number);
            let loss = (number > 0 && number == highest, number > 0 && self.is_blank(slot), number);
            if least.0 == u8::MAX || loss < least.1 {
                least = (slot, loss);
            }
        }
        let (slot, _) = least;
        let offset = self.offset(slot);
        self.flash.erase(offset, offset + self.size()).map_err(|_| MemoryFault)?;
        Ok(slot)
    }

    fn write_unit(&mut self, slot: u8, upload: &mut Upload) -> Result<(), MemoryFault> {
        let mut unit = [BLANK; UNIT];
        unit.iter_mut().zip(&upload.pending).for_each(|(into, byte)| *into = *byte);
        let offset = self.offset(slot) + HEADER + u32::from(upload.written);
        upload.written = upload.next();
        upload.pending.clear();
        self.flash.write(offset, &unit).map_err(|_| MemoryFault)
    }

    /// Bytes of a slot.
    fn size(&self) -> u32 {
        u32::try_from(self.flash.capacity() / usize::from(SLOTS) / F::ERASE_SIZE * F::ERASE_SIZE).unwrap_or(0)
    }

    /// The offset of a slot in the flash.
    fn offset(&self, slot: u8) -> u32 {
        u32::from(slot) * self.size()
    }

    /// Reads the record of a slot. Returns `None` if it is not valid.
    // Not inlined: one copy keeps the code small.
    #[inline(never)]
    fn record(&mut self, slot: u8) -> Option<Entry> {
        let mut unit = [0; UNIT];
        self.flash.read(self.offset(slot), &mut unit).ok()?;
        let [_, _, _, _, a, b, c, d, e, f, _, _, g, h, i, j, ..] = unit;
        let [number, crc] = [[a, b, c, d], [g, h, i, j]].map(u32::from_le_bytes);
        let entry = Entry { slot, number, len: u16::from_le_bytes([e, f]), crc };
        (unit == encode_record(entry) && usize::from(entry.len) <= self.capacity()).then_some(entry)
    }

    /// Whether the mark of a slot is blank. A mark that cannot be read counts as not blank.
    #[inline(never)]
    fn is_blank(&mut self, slot: u8) -> bool {
        let mut mark = [0; UNIT];
        self.flash.read(self.offset(slot) + UNIT as u32, &mut mark).is_ok() && mark == [BLANK; UNIT]
    }
}

/// The bytes of a record, little-endian: magic, number, length, two zeros, CRC-32 of the file, CRC-32 of all before it.
fn encode_record(entry: Entry) -> [u8; UNIT] {
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
