//! Flash in memory that fails when a test tells it to.
#![allow(dead_code, reason = "each test uses a part of it")]

extern crate std;

use awd_embedded::slots::Mapped;
use core::ops::Range;
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use std::rc::Rc;
use std::vec::Vec;

/// What a byte of the flash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Erased,
    Written,
    /// The power failed while its unit was written or erased. As in flash with error correction, it cannot be read.
    Torn,
}

/// When the power fails, or the flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cut {
    /// Bytes that can still be changed; `None` if it does not fail.
    pub left: Option<usize>,
    /// Mask of the bits that still change in the byte that is being changed when it fails.
    pub torn: u8,
}

/// The power of a flash. Its clones are the same power, so that a test can cut it while a server has the flash.
#[derive(Debug, Clone, Default)]
pub struct Power(Rc<std::cell::Cell<Cut>>);

impl Power {
    /// Sets when it fails.
    pub fn set(&self, cut: Cut) {
        self.0.set(cut);
    }

    /// Whether it has failed.
    pub fn is_off(&self) -> bool {
        self.0.get().left == Some(0)
    }
}

/// Simulated flash. It refuses what some flash cannot do: a second write without an erase, and a read of a torn unit.
/// The power may fail.
#[derive(Debug, Clone)]
pub struct Mock<const WRITE: usize, const ERASE: usize> {
    pub bytes: Vec<u8>,
    pub cells: Vec<Cell>,
    pub power: Power,
    /// Whether it has error correction, so that a torn unit cannot be read.
    pub corrects: bool,
    /// Number of bytes changed so far.
    pub changed: usize,
    /// Number of erases so far.
    pub erases: usize,
}

#[derive(Debug)]
pub struct Fault(NorFlashErrorKind);

impl NorFlashError for Fault {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl<const WRITE: usize, const ERASE: usize> Mock<WRITE, ERASE> {
    pub fn new(len: usize) -> Self {
        Self::of(std::vec![0x5a; len])
    }

    /// Flash with these contents.
    pub fn of(bytes: Vec<u8>) -> Self {
        let cells = std::vec![Cell::Written; bytes.len()];
        Self { bytes, cells, power: Power::default(), corrects: true, changed: 0, erases: 0 }
    }

    /// The same contents, with the power restored.
    pub fn powered(&self) -> Self {
        Self { power: Power::default(), ..self.clone() }
    }

    /// Fails when as many bytes have been changed.
    pub fn failing_after(self, bytes: usize, torn: u8) -> Self {
        self.power.set(Cut { left: Some(bytes), torn });
        self
    }

    /// Changes the bytes of a unit.
    fn change(&mut self, unit: Range<usize>, cell: Cell, to: impl Fn(usize) -> u8) -> Result<(), Fault> {
        for at in unit.clone() {
            let old = self.bytes[at];
            let cut = self.power.0.get();
            match cut.left {
                Some(0) => {
                    self.bytes[at] ^= (old ^ to(at)) & cut.torn;
                    self.power.set(Cut { torn: 0, ..cut });
                    self.cells[unit].fill(if self.corrects { Cell::Torn } else { Cell::Written });
                    return Err(Fault(NorFlashErrorKind::Other));
                }
                Some(left) => self.power.set(Cut { left: Some(left - 1), ..cut }),
                None => (),
            }
            self.bytes[at] = to(at);
            self.changed += 1;
        }
        self.cells[unit].fill(cell);
        Ok(())
    }

    fn check(&self, from: u32, to: u32, size: usize) -> Result<(usize, usize), Fault> {
        let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
        let kind = match (from.is_multiple_of(size) && to.is_multiple_of(size), from <= to && to <= self.bytes.len()) {
            (false, _) => NorFlashErrorKind::NotAligned,
            (_, false) => NorFlashErrorKind::OutOfBounds,
            _ => return Ok((from, to)),
        };
        Err(Fault(kind))
    }
}

impl<const WRITE: usize, const ERASE: usize> ErrorType for Mock<WRITE, ERASE> {
    type Error = Fault;
}

impl<const WRITE: usize, const ERASE: usize> ReadNorFlash for Mock<WRITE, ERASE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        let (from, to) = self.check(offset, offset + u32::try_from(bytes.len()).unwrap(), 1)?;
        bytes.copy_from_slice(&self.bytes[from..to]);
        if self.cells[from..to].contains(&Cell::Torn) { Err(Fault(NorFlashErrorKind::Other)) } else { Ok(()) }
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WRITE: usize, const ERASE: usize> Mapped for Mock<WRITE, ERASE> {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<const WRITE: usize, const ERASE: usize> NorFlash for Mock<WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        let (from, to) = self.check(from, to, ERASE)?;
        self.erases += 1;
        (from..to).step_by(ERASE).try_for_each(|at| self.change(at..at + ERASE, Cell::Erased, |_| 0xff))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        let (from, to) = self.check(offset, offset + u32::try_from(bytes.len()).unwrap(), WRITE)?;
        if self.cells[from..to].iter().any(|cell| *cell != Cell::Erased) {
            return Err(Fault(NorFlashErrorKind::Other));
        }
        (from..to).step_by(WRITE).try_for_each(|at| self.change(at..at + WRITE, Cell::Written, |at| bytes[at - from]))
    }
}
