//! Measures the server loop: reads the frame of a window of 40 samples, scores it and writes the frame of the answer.
//! Prints instructions and bytes of stack, separated by a tab. For the score alone, see `Model::score` in the output of
//! `cost`.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
#[path = "../stack.rs"]
mod stack;

use awd_embedded::protocol::{Request, Response, encode};
use awd_embedded::slots::Mapped;
use awd_embedded::{Board, Server};
use core::convert::Infallible;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use embedded_io::{Read, Write};
use embedded_storage::nor_flash::{self, NorFlash, ReadNorFlash};
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// The model file that the build script wrote from models.rs.
const ZERO: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zero.awd"));

/// Bytes of the longest request, which holds the window.
const FRAME: usize = 192;

/// Simulated flash with two slots.
struct Ram([u8; 1024]);

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
    const ERASE_SIZE: usize = 512;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Infallible> {
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Infallible> {
        self.0[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

/// A line that delivers one frame and then ends, and accepts all writes.
struct Line<'a> {
    frame: &'a [u8],
    read: usize,
    written: usize,
}

impl embedded_io::ErrorType for Line<'_> {
    type Error = Infallible;
}

impl Read for Line<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let rest = self.frame.get(self.read..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.read += len;
        Ok(len)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, Infallible> {
        self.written += black_box(buffer).len();
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Board for Line<'_> {}

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(Peripherals { SYST: timer, .. }) = Peripherals::take() else { unreachable!("they are taken once") };
    let mut counter = Counter::new(timer);
    let mut server = Server::<_, 128, 64, FRAME>::new(Ram([0; 1024]), None);
    let (file, crc) = (ZERO, u32::from_le_bytes(*ZERO.last_chunk().expect("four bytes")));
    server.handle(Request::Push { total: file.len() as u16, crc });
    server.handle(Request::Part { offset: 0, bytes: file });
    assert!(matches!(server.handle(Request::Commit), Response::Loaded { .. }));

    // Neither sorted nor smooth, as in the other cases.
    let mut samples = [0; 160];
    for (i, bytes) in samples.chunks_mut(4).enumerate() {
        bytes.copy_from_slice(&(((i * i * 7) % 31) as f32 - 15.0).to_le_bytes());
    }
    let mut buffer = [0; FRAME];
    let frame = encode(1, &Request::Window { offset: 0, samples: &samples }, &mut [0; FRAME], &mut buffer);
    let frame = frame.unwrap_or_else(|_| unreachable!("the frame fits"));
    let mut data = (server, Line { frame, read: 0, written: 0 });
    let call = |(server, line): &mut (Server<Ram, 128, 64, FRAME>, Line<'_>)| {
        (line.read, line.written) = (0, 0);
        let _ = black_box(server.serve(line));
    };
    let peak = stack::peak(call, &mut data);
    println!("{:.0}\t{peak}", counter.instructions(call, &mut data));
    // The zero at the start, and a frame with one output.
    assert_eq!(data.1.written, 1 + 14);
    exit(0)
}

/// Prints the message and fails, so that a case that panics is not reported.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
