//! Measures one sample of a signal. Prints instructions, separated by tabs: of `Stream::push` without a score; through the
//! server, from the last byte of its frame to the answer if no score is due, and to the event if one is; and of one sample
//! among those of a sweep without a score, from the first byte of the frame to the answer.
#![no_std]
#![no_main]

#[path = "../count.rs"]
mod count;
#[path = "../ram.rs"]
mod ram;

use awd_core::Model;
use awd_core::score::{Stream, Timing};
use awd_embedded::protocol::{MAX_SWEPT, Request, Response, SWEEP_RECORD, encode};
use awd_embedded::trigger::Trigger;
use awd_embedded::{Arrays, Server};
use core::hint::black_box;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use count::{CALLS, Counter, MASK};
use ram::Ram;
use semihosting::process::exit;
use semihosting::{eprintln, println};

/// The model file that the build script wrote from models.rs: windows of 40 samples.
const ZERO: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zero.awd"));

/// Signals of a sweep.
const SIGNALS: usize = MAX_SWEPT;

/// Bytes of its frame.
const REQUEST: usize = SIGNALS * SWEEP_RECORD + 32;

/// Sweeps that are measured.
const SWEEPS: u8 = 16;

/// The timer at the latest event.
static EVENT: AtomicU32 = AtomicU32::new(0);

/// Sends a sample of signal 1. Returns the timer's ticks from the last byte of the frame to the answer, and to the latest
/// event.
fn push(server: &mut Server<'_, Ram>, offset: u32) -> [u32; 2] {
    // Neither constant nor smooth, as in the other cases.
    let sample = ((offset * offset * 7) % 31) as f32 - 15.0;
    let request = Request::Samples { signal: 1, offset, samples: &sample.to_le_bytes() };
    let mut frame = [0; 64];
    let sequence = 1 + (offset % 255) as u8;
    let frame = encode(sequence, &request, &mut [0; 64], &mut frame).unwrap_or_else(|_| unreachable!("it fits"));
    let (mut first, mut last) = frame.split_at(frame.len() - 1);
    assert!(server.feed(&mut first).is_none());
    let started = SYST::get_current();
    let answered = server.feed(&mut last).is_some();
    let ended = SYST::get_current();
    assert!(answered);
    [ended, EVENT.load(Ordering::Relaxed)].map(|time| started.wrapping_sub(time) & MASK)
}

/// Sends the next sample of every signal in one request. Returns the timer's ticks from the first byte of the frame to the
/// answer.
fn sweep(server: &mut Server<'_, Ram>, offset: u16) -> u32 {
    let mut records = [0; SIGNALS * SWEEP_RECORD];
    for (signal, record) in records.chunks_exact_mut(SWEEP_RECORD).enumerate() {
        record[..2].copy_from_slice(&(signal as u16).to_le_bytes());
        record[2..4].copy_from_slice(&offset.to_le_bytes());
        record[4..].copy_from_slice(&f32::from(offset).to_le_bytes());
    }
    let (mut payload, mut frame) = ([0; REQUEST], [0; REQUEST]);
    let frame = encode(1 + (offset % 255) as u8, &Request::Sweep { samples: &records }, &mut payload, &mut frame);
    let mut frame = frame.unwrap_or_else(|_| unreachable!("it fits"));
    let started = SYST::get_current();
    let answered = server.feed(&mut frame).is_some();
    let ended = SYST::get_current();
    assert!(answered);
    started.wrapping_sub(ended) & MASK
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(Peripherals { SYST: timer, .. }) = Peripherals::take() else { unreachable!("they are taken once") };
    let mut counter = Counter::new(timer);
    let mut arrays = Arrays::<128, { SIGNALS * 40 }, SIGNALS, REQUEST>::new();
    let mut server = Server::new(Ram([0; 1536]), None, arrays.memory());
    server.on_event(|_| EVENT.store(SYST::get_current(), Ordering::Relaxed));
    let (file, crc) = (ZERO, u32::from_le_bytes(*ZERO.last_chunk().expect("four bytes")));
    server.handle(Request::Push { total: file.len() as u16, crc });
    server.handle(Request::Part { offset: 0, bytes: file });
    assert!(matches!(server.handle(Request::Commit { signature: None }), Response::Loaded { .. }));
    // Every score is an event: none is below the lower threshold, and the state is ready again with each trigger.
    let trigger = Trigger { class: 0, on: f32::MIN, off: f32::MIN, refractory: 0 };
    let mut ticks = [0, 0];
    // Every other sample completes a window.
    server.handle(Request::Open { signal: 1, hop: 2, growing: false });
    let mut offset = 0;
    while offset < 40 {
        push(&mut server, offset);
        offset += 1;
    }
    for _ in 0..CALLS {
        server.handle(Request::Watch { trigger: Some(trigger) });
        ticks[0] += push(&mut server, offset)[0];
        ticks[1] += push(&mut server, offset + 1)[1];
        offset += 2;
    }
    for signal in 0..SIGNALS as u16 {
        server.handle(Request::Open { signal, hop: u16::MAX, growing: false });
    }
    // Fewer than complete a window.
    let swept: u32 = (0..u16::from(SWEEPS)).map(|offset| sweep(&mut server, offset)).sum();
    let swept = f64::from(swept) * counter.instructions_per_tick / (f64::from(SWEEPS) * SIGNALS as f64);
    let model = Model::from_bytes(ZERO).unwrap_or_else(|_| unreachable!("the model is valid"));
    let (mut window, mut work) = ([0.0; 40], [0.0; 128]);
    let Ok(mut stream) = Stream::new(model, Timing::every(u16::MAX), &mut window, &mut work) else {
        unreachable!("the slices suffice")
    };
    (0..41).for_each(|_| drop(stream.push(0.5)));
    let alone = counter.instructions(|stream| drop(black_box(stream.push(0.5))), &mut stream);
    let [push, event] = ticks.map(|ticks| f64::from(ticks) * counter.instructions_per_tick / f64::from(CALLS));
    println!("{alone:.0}\t{push:.0}\t{event:.0}\t{swept:.0}");
    exit(0)
}

/// Prints the message and fails, so that a case that panics is not reported.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    eprintln!("{info}");
    exit(1)
}
