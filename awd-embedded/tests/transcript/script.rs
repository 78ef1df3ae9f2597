//! The conversation that is recorded.

use crate::common::models::{bytes, file, model, sample, trailer, with_crc};
use crate::recorder::Recorder;
use awd_embedded::frame;
use awd_embedded::protocol::{Request, encode};
use awd_embedded::trigger::Trigger;

/// Bytes of a frame that the board takes.
const FRAME: usize = 320;

/// The host's side: requests with numbers in sequence.
struct Host<'r> {
    board: &'r mut Recorder,
    sequence: u8,
}

impl Host<'_> {
    fn frame(&mut self, request: &Request<'_>) -> Vec<u8> {
        self.sequence += 1;
        encode(self.sequence, request, &mut [0; FRAME], &mut [0; FRAME]).unwrap().to_vec()
    }

    /// A request, after a comment.
    fn ask(&mut self, note: &str, request: &Request<'_>) {
        self.board.note(note);
        let frame = self.frame(request);
        self.board.send(&frame);
    }

    /// A file in two parts, and the commit.
    fn push(&mut self, note: &str, file: &[u8]) {
        let (total, half) = (file.len() as u16, file.len() / 2);
        self.ask(note, &Request::Push { total, crc: trailer(file) });
        for (offset, bytes) in [(0, &file[..half]), (half, &file[half..])] {
            self.ask("A part of the file.", &Request::Part { offset: offset as u16, bytes });
        }
        self.ask("The file is complete.", &Request::Commit { signature: None });
    }

    /// A payload, encoded by `change`, which may damage the frame.
    fn damaged(&mut self, note: &str, payload: &[u8], change: impl FnOnce(&mut Vec<u8>)) {
        self.board.note(note);
        let mut bytes = frame::encode(99, payload, &mut [0; FRAME]).unwrap().to_vec();
        change(&mut bytes);
        self.board.send(&bytes);
    }
}

/// Samples of a signal from this one on.
fn samples(from: u32, to: u32) -> Vec<u8> {
    bytes(&(from..to).map(sample).collect::<Vec<_>>())
}

/// Plays all of it.
pub fn play(board: &mut Recorder) {
    let mut host = Host { board, sequence: 0 };
    let models = [0.3, 0.4].map(|tap| file(&model(30, tap)));
    frames(&mut host);
    upload(&mut host, &models[0]);
    windows(&mut host);
    signals(&mut host);
    update(&mut host, &models);
    refused_models(&mut host, &models[1]);
    flash(&mut host, &models);
}

/// Information, retries, and frames that are no requests.
fn frames(host: &mut Host<'_>) {
    host.ask("What the board is, without a model.", &Request::Info);
    host.board.note("The same request again: the answer was lost, and is sent again. A zero before it is ignored.");
    let again = encode(host.sequence, &Request::Info, &mut [0; FRAME], &mut [0; FRAME]).unwrap().to_vec();
    host.board.send(&[&[0], &again[..]].concat());
    host.damaged("Another checksum.", &[0], |bytes| bytes[4] ^= 1);
    host.damaged("A frame that is too short.", &[0], |bytes| *bytes = vec![3, 1, 2, 0]);
    host.damaged("Not COBS.", &[0], |bytes| *bytes = vec![9, 1, 2, 0]);
    host.damaged("Too long.", &[0], |bytes| *bytes = [&[1; 400][..], &[0]].concat());
    // Version 7, in the first byte after that of COBS; the checksum is not looked at.
    host.damaged("Another version.", &[0], |bytes| bytes[1] = 7);
    host.damaged("A payload that is no request.", &[77, 1, 2], |_| ());
    host.damaged("A request with a byte after it.", &[0, 0], |_| ());
    host.ask("Statistics: the bad frames are counted.", &Request::Health);
    host.ask("A window without a model.", &Request::Window { offset: 0, samples: &samples(0, 30) });
}

/// The first model, with the mistakes that a host can make.
fn upload(host: &mut Host<'_>, file: &[u8]) {
    host.ask("A part without a push.", &Request::Part { offset: 0, bytes: &file[..10] });
    let push = Request::Push { total: file.len() as u16, crc: trailer(file) };
    host.ask("A push of a file that is too long.", &Request::Push { total: 5000, crc: 1 });
    host.ask("The first model.", &push);
    host.ask("A part of the file.", &Request::Part { offset: 0, bytes: &file[..100] });
    host.ask("A part that does not follow.", &Request::Part { offset: 90, bytes: &file[90..] });
    host.ask("A commit that is too early.", &Request::Commit { signature: None });
    host.ask("The push again: the board states where to continue.", &push);
    host.ask("The rest of the file.", &Request::Part { offset: 100, bytes: &file[100..] });
    host.ask("The file is complete.", &Request::Commit { signature: None });
    host.ask("A push of the file in service: nothing is left to send.", &push);
    host.ask("Its commit.", &Request::Commit { signature: None });
    host.ask("What the board is, with a model.", &Request::Info);
}

/// Windows by themselves.
fn windows(host: &mut Host<'_>) {
    host.ask("A window in two parts.", &Request::Window { offset: 0, samples: &samples(0, 20) });
    host.ask("The rest of the window.", &Request::Window { offset: 20, samples: &samples(20, 30) });
    host.ask("Bytes that are not whole samples.", &Request::Window { offset: 0, samples: &[1, 2, 3] });
    host.ask("More samples than a window has.", &Request::Window { offset: 0, samples: &samples(0, 31) });
    host.ask("Windows that both sides generate.", &Request::Golden { seed: 7, windows: 3 });
    host.ask("Too many of them.", &Request::Golden { seed: 7, windows: 17 });
    host.ask("Statistics after windows.", &Request::Health);
}

/// Signals, a sweep, and events.
fn signals(host: &mut Host<'_>) {
    host.ask("A signal.", &Request::Open { signal: 2, hop: 5, growing: false });
    host.ask("A growing signal.", &Request::Open { signal: 0, hop: 1, growing: true });
    host.ask("A hop of 0.", &Request::Open { signal: 1, hop: 0, growing: false });
    host.ask("A signal for which there is no memory.", &Request::Open { signal: 8, hop: 5, growing: false });
    let trigger = Trigger { class: 0, on: -1e6, off: -2e6, refractory: 4 };
    host.ask("Events.", &Request::Watch { trigger: Some(trigger) });
    host.ask(
        "A trigger for a class that there is not.",
        &Request::Watch { trigger: Some(Trigger { class: 9, ..trigger }) },
    );
    host.ask("Samples, with two scores.", &Request::Samples { signal: 2, offset: 0, samples: &samples(0, 37) });
    host.ask("Samples out of order.", &Request::Samples { signal: 2, offset: 5, samples: &samples(0, 1) });
    host.ask(
        "Samples of a signal that is not open.",
        &Request::Samples { signal: 4, offset: 0, samples: &samples(0, 1) },
    );
    let record = |signal: u16, count: u16| {
        [&signal.to_le_bytes()[..], &count.to_le_bytes(), &sample(count.into()).to_le_bytes()].concat()
    };
    let records = [record(0, 0), record(2, 37), record(0, 1), record(3, 0)].concat();
    host.ask("A sample of each of several signals; the last one is not open.", &Request::Sweep { samples: &records });
    host.ask("A window while signals are open.", &Request::Window { offset: 0, samples: &samples(0, 30) });
    host.ask("No more events.", &Request::Watch { trigger: None });
    host.ask("One signal ends.", &Request::Close { signal: Some(2) });
    host.ask("It has ended already.", &Request::Close { signal: Some(2) });
    host.ask("All signals end.", &Request::Close { signal: None });
}

/// A second model, the way back, and a restart.
fn update(host: &mut Host<'_>, models: &[Vec<u8>; 2]) {
    host.push("The second model.", &models[1]);
    host.ask("Back, with the number of another model.", &Request::RollBack { number: 7 });
    host.ask("Back to the first model.", &Request::RollBack { number: 2 });
    host.ask("Back again: there is no other model.", &Request::RollBack { number: 1 });
    host.ask("A restart.", &Request::Reset);
    host.board.happen("restart");
    host.ask("The same model after it.", &Request::Info);
}

/// Files that are not put into service.
fn refused_models(host: &mut Host<'_>, good: &[u8]) {
    let begin = |host: &mut Host<'_>, note: &str, file: &[u8]| {
        host.ask(note, &Request::Push { total: file.len() as u16, crc: trailer(file) });
        host.ask("Its first part.", &Request::Part { offset: 0, bytes: file });
    };
    begin(host, "A file that is no model.", &with_crc(&[7; 60]));
    begin(host, "A model whose window is too long.", &file(&model(257, 0.3)));
    let mut flipped = good.to_vec();
    flipped[40] ^= 4;
    host.push("A model with another checksum.", &flipped);
    let mut empty = good[..good.len() - 4].to_vec();
    empty[9..11].copy_from_slice(&[0, 0]);
    host.push("A model without samples.", &with_crc(&empty));
}

/// What the firmware and the flash refuse.
fn flash(host: &mut Host<'_>, models: &[Vec<u8>; 2]) {
    host.board.happen("flash-fails");
    host.ask(
        "A model when the flash fails.",
        &Request::Push { total: models[1].len() as u16, crc: trailer(&models[1]) },
    );
    host.ask("Its first part.", &Request::Part { offset: 0, bytes: &models[1] });
    host.board.happen("flash-works");
    host.board.happen("clock 100");
    host.board.happen("erases-every 60");
    host.push("The second model again.", &models[1]);
    host.board.happen("clock 101");
    let third = file(&model(30, 0.5));
    host.ask("A third one, too early.", &Request::Push { total: third.len() as u16, crc: trailer(&third) });
    host.board.happen("accepts-none");
    host.ask("A board that takes no models.", &Request::Info);
    host.ask("It takes none.", &Request::Push { total: third.len() as u16, crc: trailer(&third) });
    host.board.happen("accepts-all");
    host.ask("The statistics at the end.", &Request::Health);
}
