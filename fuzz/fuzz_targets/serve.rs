//! A server with arbitrary flash contents and requests answers without a panic, and activates only models that it can hold.
#![no_main]

use awd_embedded::frame::encode;
use awd_embedded::protocol::Response;
use awd_embedded::slots::Mapped;
use awd_embedded::{Arrays, Board, Server, Stop};
use core::convert::Infallible;
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::{self, NorFlash, ReadNorFlash};
use libfuzzer_sys::fuzz_target;

/// Flash of three slots with arbitrary contents.
struct Ram([u8; 1536]);

impl nor_flash::ErrorType for Ram {
    type Error = Infallible;
}

impl ReadNorFlash for Ram {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl Mapped for Ram {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl NorFlash for Ram {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 256;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Infallible> {
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Infallible> {
        self.0[offset as usize..].iter_mut().zip(bytes).for_each(|(cell, byte)| *cell &= byte);
        Ok(())
    }
}

/// A serial line that delivers these bytes; the second field is the number of bytes read.
struct Line(Vec<u8>, usize);

impl embedded_io::ErrorType for Line {
    type Error = Infallible;
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let len = buffer.len().min(self.0.len() - self.1);
        buffer[..len].copy_from_slice(&self.0[self.1..][..len]);
        self.1 += len;
        Ok(len)
    }
}

impl Write for Line {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Board for Line {}

fuzz_target!(|input: (Vec<u8>, Vec<Vec<u8>>)| {
    let (flash, requests) = input;
    let mut ram = [0xff; 1536];
    ram.iter_mut().zip(flash).for_each(|(cell, byte)| *cell = byte);
    // Frames have valid checksums, so that the fuzzer reaches the code behind them.
    let mut bytes = Vec::new();
    for (sequence, payload) in (1..=u8::MAX).zip(&requests) {
        let mut buffer = [0; 512];
        match encode(sequence, &payload[..payload.len().min(400)], &mut buffer) {
            Ok(frame) => bytes.extend(frame),
            Err(_) => return,
        }
    }
    let mut arrays = Arrays::<128, 256, 5, 300>::new();
    let mut server = Server::new(Ram(ram), None, arrays.memory());
    let mut line = Line(bytes, 0);
    while server.serve(&mut line) == Ok(Stop::Reset) {}
    if let Response::Info(info) = server.handle(awd_embedded::protocol::Request::Info) {
        assert!(info.model.is_none_or(|model| model.window <= 256));
    }
});
