//! Random requests, files, failures of the flash and restarts, against a model of what must hold. Some seconds; ten
//! minutes if `AWD_FULL` is set.

use super::*;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Random numbers: splitmix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % bound as u64) as usize
    }
}

/// A board that runs.
type Running<'b> = Server<'b, Flash>;

/// What must hold of a board.
struct Soak {
    random: Random,
    /// Models by the CRC-32 of their files.
    models: HashMap<u32, Model<'static>>,
    /// The highest number that a model has had.
    highest: u32,
    requests: usize,
    restarts: usize,
    commits: usize,
}

impl Soak {
    fn new(seed: u64) -> Self {
        let models = (0..6).map(|i| model(20 + 3 * i, 0.1 + f32::from(i) / 32.0));
        let models = models.map(|model| (trailer(model.file()), model)).collect();
        Self { random: Random(seed), models, highest: 0, requests: 0, restarts: 0, commits: 0 }
    }

    /// A file: a good one, or one with some bytes changed and a right checksum.
    fn file(&mut self) -> Vec<u8> {
        let mut crcs: Vec<u32> = self.models.keys().copied().collect();
        crcs.sort_unstable();
        let mut file = self.models[&crcs[self.random.below(crcs.len())]].file().to_vec();
        if self.random.below(3) > 0 {
            return file;
        }
        file.truncate(file.len() - 4);
        for _ in 0..=self.random.below(3) {
            let at = self.random.below(file.len());
            file[at] ^= 1 << self.random.below(8);
        }
        let file = with_crc(&file);
        // What validation accepts is a model like any other.
        if let Ok(model) = Model::from_bytes(file.clone().leak()) {
            self.models.insert(trailer(&file), model);
        }
        file
    }

    /// Restarts the board every few steps.
    fn run(&mut self, steps: usize) {
        let (mut flash, mut before) = (Flash::new(3072), None);
        while self.requests < steps {
            let mut arrays = Arrays::<WORK, SAMPLES, SIGNALS, FRAME>::new();
            let mut server = Server::new(flash.powered(), None, arrays.memory());
            server.start();
            self.check_restart(before, held(&server));
            while self.step(&mut server) {}
            before = held(&server);
            flash = server.into_flash();
        }
    }

    /// A step, which may fail at any byte that it changes in the flash. Returns whether the board runs on.
    fn step(&mut self, server: &mut Running<'_>) -> bool {
        if self.random.below(3) == 0 {
            let bytes = self.random.below(600);
            server.service.slots.flash_mut().power = Some(bytes);
            server.service.slots.flash_mut().torn = self.random.below(256) as u8;
        }
        let before = held(server);
        let mut may_be = Vec::from([before]);
        match self.random.below(8) {
            0..=2 => {
                let file = self.file();
                let changed = self.push(server, &file);
                if changed {
                    may_be = Vec::from([Some((self.highest, trailer(&file)))]);
                }
            }
            3 => {
                let second = before.and_then(|(number, _)| server.service.slots.latest(number));
                if matches!(roll_back(server), Response::Loaded { .. }) {
                    may_be = Vec::from([second.map(|entry| (entry.number, entry.crc))]);
                }
            }
            4 => self.noise(server),
            5 => {
                let signal = self.random.below(7) as u16;
                server.handle(Request::Open { signal, hop: 3, growing: true });
            }
            6 => {
                let records: Vec<u8> =
                    (0..8 * (1 + self.random.below(40))).map(|_| self.random.below(3) as u8).collect();
                server.handle(Request::Sweep { samples: &records });
            }
            _ => {
                server.handle(Request::Close { signal: None });
            }
        }
        self.requests += 1;
        assert!(may_be.contains(&held(server)), "{:?} after {before:?}", held(server));
        self.score(server);
        server.service.slots.flash().power != Some(0) && self.random.below(4) > 0
    }

    /// Sends a file, of which a part may be missing. Returns whether it is in service as a new model.
    fn push(&mut self, server: &mut Running<'_>, file: &[u8]) -> bool {
        let (total, crc) = (narrow(file.len()), trailer(file));
        let Response::Received { mut next } = server.handle(Request::Push { total, crc }) else { return false };
        let before = held(server);
        while next < total {
            if self.random.below(40) == 0 {
                return false;
            }
            let rest = &file[usize::from(next)..];
            let part = &rest[..rest.len().min(1 + self.random.below(90))];
            match server.handle(Request::Part { offset: next, bytes: part }) {
                Response::Received { next: after } => next = after,
                Response::Refused(_) => return false,
                other => panic!("{other:?}"),
            }
        }
        let Response::Loaded { model, .. } = server.handle(Request::Commit { signature: None }) else {
            return false;
        };
        if before == Some((model.number, crc)) {
            return false;
        }
        assert!(model.number > self.highest && model.crc == crc, "{model:?} after {}", self.highest);
        assert!(self.models.contains_key(&crc), "a model that validation refuses");
        self.highest = model.number;
        self.commits += 1;
        true
    }

    /// Bytes that are no frame, and frames with arbitrary payloads.
    fn noise(&mut self, server: &mut Running<'_>) {
        let mut bytes: Vec<u8> = (0..self.random.below(60)).map(|_| self.random.below(256) as u8).collect();
        let payload: Vec<u8> = (0..self.random.below(20)).map(|_| self.random.below(256) as u8).collect();
        // A payload may happen to be a request that changes the model.
        use Request::{Commit, Part, Push, RollBack};
        let request = decode::<Request<'_>>(&payload);
        if !matches!(request, Ok(Push { .. } | Part { .. } | Commit { .. } | RollBack { .. })) {
            bytes.push(0);
            bytes.extend(crate::frame::encode(self.random.below(256) as u8, &payload, &mut [0; 64]).unwrap());
        }
        let mut bytes = &bytes[..];
        while server.feed(&mut bytes).is_some() {}
    }

    /// After a restart with the power on, the model in service is the same, or that of an upload whose record was complete
    /// when the power failed, or the one before if the power failed while the latest was revoked.
    fn check_restart(&mut self, before: Option<(u32, u32)>, after: Option<(u32, u32)>) {
        self.restarts += 1;
        assert!(before.is_none() || after.is_some(), "the model is lost");
        if let Some((number, crc)) = after {
            assert!(before == after || number > self.highest || before.is_some_and(|(before, _)| number < before));
            assert!(self.models.contains_key(&crc));
            self.highest = self.highest.max(number);
        }
    }

    /// The board scores with the model that it reports, as the host does.
    fn score(&self, server: &mut Running<'_>) {
        server.handle(Request::Close { signal: None });
        let Some((_, crc)) = held(server) else { return };
        let model = self.models[&crc];
        let x: Vec<f32> = (0..model.window() as u32).map(sample).collect();
        if model.is_image() || model.outputs() != 2 {
            return;
        }
        let Response::Scores(outputs) = score(server, &x, 30) else { panic!("no scores") };
        let here = scores(&model, &x);
        assert!(outputs.iter().map(|x| x.to_bits()).eq(here.iter().map(|x| x.to_bits())));
    }
}

/// The number and the CRC-32 of the model in service.
fn held(server: &Running<'_>) -> Option<(u32, u32)> {
    server.info().model.map(|model| (model.number, model.crc))
}

#[test]
fn a_board_keeps_a_good_model_whatever_happens() {
    let full = std::env::var_os("AWD_FULL").is_some();
    let time = Duration::from_secs(if full { 600 } else { 5 });
    let started = Instant::now();
    let (mut requests, mut restarts, mut commits, mut seed) = (0, 0, 0, 0);
    while started.elapsed() < time {
        let mut soak = Soak::new(seed);
        soak.run(400);
        requests += soak.requests;
        restarts += soak.restarts;
        commits += soak.commits;
        seed += 1;
    }
    std::println!("{requests} steps, {restarts} restarts, {commits} models, {seed} seeds");
    assert!(commits > 100 && restarts > 1000);
}
