//! Measures the server loop: reads the frame of a window of 40 samples, scores it and writes the frame of the answer.
//! Prints instructions and bytes of stack, separated by a tab. For the score alone, see `Model::score` in the output of
//! `cost`.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[path = "../ram.rs"]
mod ram;
#[expect(unsafe_code, reason = "memory that no variable owns is painted and read")]
#[path = "../stack.rs"]
mod stack;

use awd_embedded::protocol::{Request, Response, encode};
use awd_embedded::{Arrays, Board, Server};
use core::convert::Infallible;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::Peripherals;
use count::Counter;
use embedded_io::{Read, Write};
use ram::Ram;
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// The model file that the build script wrote from models.rs.
const ZERO: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zero.awd"));

/// Bytes of the longest request, which holds the window.
const FRAME: usize = 192;

/// A line that delivers one frame and then ends, and accepts all writes.
struct Line<'a> {
    frame: &'a [u8],
    /// The frame of the next call. The server executes a request once, so that two in a row must differ.
    next: &'a [u8],
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
    let mut arrays = Arrays::<128, 64, 1, FRAME>::new();
    let mut server = Server::new(Ram([0; 1536]), None, arrays.memory());
    let (file, crc) = (ZERO, u32::from_le_bytes(*ZERO.last_chunk().expect("four bytes")));
    server.handle(Request::Push { total: file.len() as u16, crc });
    server.handle(Request::Part { offset: 0, bytes: file });
    assert!(matches!(server.handle(Request::Commit { signature: None }), Response::Loaded { .. }));

    // Neither sorted nor smooth, as in the other cases.
    let mut samples = [0; 160];
    for (i, bytes) in samples.chunks_mut(4).enumerate() {
        bytes.copy_from_slice(&(((i * i * 7) % 31) as f32 - 15.0).to_le_bytes());
    }
    let mut buffers = [[0; FRAME]; 2];
    let [one, other] = &mut buffers;
    let frame = |sequence, buffer| {
        let frame = encode(sequence, &Request::Window { offset: 0, samples: &samples }, &mut [0; FRAME], buffer);
        frame.unwrap_or_else(|_| unreachable!("the frame fits"))
    };
    let line = Line { frame: frame(1, one), next: frame(2, other), read: 0, written: 0 };
    let mut data = (server, line);
    let call = |(server, line): &mut (Server<'_, Ram>, Line<'_>)| {
        core::mem::swap(&mut line.frame, &mut line.next);
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
