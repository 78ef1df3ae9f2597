//! A host, a line and a flash that do anything that they can do to a board, and what must hold all the time.

use super::choices::Choices;
use super::flash::{Cut, Mock, Power};
use super::models::{bytes, model_file, sample, trailer, with_crc};
use super::service::{Entry, Service};
use awd_core::Model;
use awd_embedded::frame::{Decoder, encoded_len};
use awd_embedded::protocol::{
    MAX_ANSWER_DECODED, MAX_GOLDEN, Refusal, Request, Response, SWEEP_RECORD, UNREAD, decode, encode,
};
use awd_embedded::trigger::Trigger;
use awd_embedded::{Arrays, Server};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The memory of the board: work space, samples, signals, bytes of a request.
const WORK: usize = 128;
const REQUEST: usize = 300;
type Memory = Arrays<WORK, 256, 6, REQUEST>;

type Flash = Mock<4, 256>;

/// A board that runs.
type Board<'b> = Server<'b, Flash>;

/// Files that every board with this memory takes.
static GOOD: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| (0..6).map(|i| model_file(20 + 3 * i, 0.1 + f32::from(i) / 32.0)).collect());

/// A host and what it knows of its board.
pub struct Soak<C> {
    choices: C,
    /// Files that are models, by their CRC-32.
    files: HashMap<u32, Vec<u8>>,
    service: Service,
    /// The CRC-32 of the latest push.
    announced: Option<u32>,
    /// Hop and samples of the sliding signals that are open, since the model in service.
    signals: HashMap<u16, (u16, Vec<f32>)>,
    sequence: u8,
    pub requests: usize,
    pub restarts: usize,
    pub commits: usize,
    pub returns: usize,
    pub scores: usize,
}

impl<C: Choices> Soak<C> {
    pub fn new(choices: C) -> Self {
        let files = GOOD.iter().map(|file| (trailer(file), file.clone())).collect();
        let (service, signals) = (Service::default(), HashMap::new());
        let [requests, restarts, commits, returns, scores] = [0; 5];
        Self {
            choices,
            files,
            service,
            announced: None,
            signals,
            sequence: 0,
            requests,
            restarts,
            commits,
            returns,
            scores,
        }
    }

    /// Until there are no more choices. Restarts the board every few steps.
    pub fn run(&mut self) {
        let mut flash = Flash::new(3072);
        flash.corrects = self.choices.once_in(2);
        while !self.choices.ended() {
            let mut arrays = Memory::new();
            flash = flash.powered();
            let power = flash.power.clone();
            let mut board = Server::new(flash, None, arrays.memory());
            board.start();
            self.service.restarted(held(&board));
            (self.announced, self.restarts) = (None, self.restarts + 1);
            self.signals.clear();
            while self.step(&mut board, &power) && !self.choices.ended() {}
            flash = board.into_flash();
        }
    }

    /// A step, in which the flash may fail at any byte that changes, for this step or until a restart. Returns whether the
    /// board runs on.
    fn step(&mut self, board: &mut Board<'_>, power: &Power) -> bool {
        match self.choices.below(8) {
            6 => power.set(Cut::default()),
            7 => {
                let [left, torn] = [600, 256].map(|bound| self.choices.below(bound));
                power.set(Cut { left: Some(left), torn: torn as u8 });
            }
            _ => (),
        }
        match self.choices.below(8) {
            0..=2 => self.push(board, power),
            3 => {
                let number = self.service.held.map_or(7, |(number, _)| number) + u32::from(self.choices.once_in(8));
                self.ask(board, power, &Request::RollBack { number });
            }
            4 => self.open(board, power),
            5 => self.samples(board, power),
            6 => self.anything(board, power),
            _ => self.window(board, power),
        }
        !board.must_reset() && !self.choices.once_in(6)
    }

    /// A file: a good one, or one with some bytes changed and a right checksum.
    fn file(&mut self) -> Vec<u8> {
        let good = &GOOD[self.choices.below(GOOD.len())];
        if self.choices.below(3) > 0 {
            return good.clone();
        }
        let mut file = good[..good.len() - 4].to_vec();
        for _ in 0..=self.choices.below(3) {
            let at = self.choices.below(file.len());
            file[at] ^= 1 << self.choices.below(8);
        }
        let file = with_crc(&file);
        // What validation accepts is a model like any other.
        if Model::from_bytes(&file).is_ok() {
            self.files.insert(trailer(&file), file.clone());
        }
        file
    }

    /// Sends a file, of which a part may be missing.
    fn push(&mut self, board: &mut Board<'_>, power: &Power) {
        let file = self.file();
        let (total, crc) = (file.len() as u16, trailer(&file));
        let answer = self.ask(board, power, &Request::Push { total, crc });
        let Ok(Response::Received { mut next }) = decode(&answer) else { return };
        while next < total {
            if self.choices.once_in(40) {
                return;
            }
            let rest = &file[usize::from(next)..];
            let part = &rest[..rest.len().min(1 + self.choices.below(90))];
            match decode(&self.ask(board, power, &Request::Part { offset: next, bytes: part })) {
                Ok(Response::Received { next: after }) => next = after,
                _ => break,
            }
        }
        let answer = self.ask(board, power, &Request::Commit { signature: None });
        let loaded = matches!(decode(&answer), Ok(Response::Loaded { .. }));
        assert!(loaded || self.service.disturbed || !GOOD.contains(&file), "a good model is refused");
    }

    fn open(&mut self, board: &mut Board<'_>, power: &Power) {
        let (signal, hop) = (self.choices.below(7) as u16, self.choices.below(6) as u16);
        let growing = self.choices.once_in(2);
        let answer = self.ask(board, power, &Request::Open { signal, hop, growing });
        if decode(&answer) == Ok(Response::Received { next: 0 }) {
            self.signals.remove(&signal);
            if !growing {
                self.signals.insert(signal, (hop, Vec::new()));
            }
        }
    }

    /// Samples of a signal that is open; each score is the host's.
    fn samples(&mut self, board: &mut Board<'_>, power: &Power) {
        let Some(signal) = self.signals.keys().copied().min() else { return self.window(board, power) };
        let (hop, mut samples) = self.signals[&signal].clone();
        let offset = samples.len();
        let new = 1 + self.choices.below(60);
        samples.extend((offset..offset + new).map(|i| sample(i as u32)));
        let request = Request::Samples { signal, offset: offset as u32, samples: &bytes(&samples[offset..]) };
        let answer = self.ask(board, power, &request);
        let Ok(Response::Scored { next, first, outputs, .. }) = decode(&answer) else {
            panic!("{:?}", decode::<Response<'_>>(&answer))
        };
        assert!((offset as u32) < next && next as usize <= samples.len());
        samples.truncate(next as usize);
        let model = &self.files[&self.service.held.expect("a signal has a model").1];
        let model = Model::from_bytes(model).unwrap();
        let window = model.window();
        let ends = (window..=samples.len()).step_by(hop.into()).filter(|end| *end > offset);
        let expected: Vec<f32> = ends.clone().flat_map(|end| outputs_of(&model, &samples[end - window..end])).collect();
        assert!(same(&outputs, &expected), "{outputs:?} instead of {expected:?}");
        assert!(ends.clone().next().is_none_or(|end| end == first as usize));
        self.scores += ends.count();
        self.signals.insert(signal, (hop, samples));
    }

    /// A window, in two parts; its score is the host's.
    fn window(&mut self, board: &mut Board<'_>, power: &Power) {
        self.ask(board, power, &Request::Close { signal: None });
        let Some((_, crc)) = self.service.held else { return };
        let file = self.files[&crc].clone();
        let model = Model::from_bytes(&file).unwrap();
        let from = self.choices.below(1000) as u32;
        let x: Vec<f32> = (from..from + model.window() as u32).map(sample).collect();
        let samples = bytes(&x);
        // A request takes so many samples.
        let (mut offset, mut answer) = (0, Vec::new());
        for samples in samples.chunks(4 * 60) {
            answer = self.ask(board, power, &Request::Window { offset, samples });
            offset += (samples.len() / 4) as u16;
        }
        if model.is_image() {
            return;
        }
        let Ok(Response::Scores(outputs)) = decode(&answer) else { panic!("{:?}", decode::<Response<'_>>(&answer)) };
        let expected = outputs_of(&model, &x);
        assert!(same(&outputs, &expected), "{outputs:?} instead of {expected:?}");
        self.scores += 1;
    }

    /// A request of any kind with any values.
    fn anything(&mut self, board: &mut Board<'_>, power: &Power) {
        let data: Vec<u8> = (0..self.choices.below(80)).map(|_| self.choices.below(256) as u8).collect();
        let [a, b] = [self.choices.below(65_536) as u16, self.choices.below(300) as u16];
        let trigger = Trigger { class: b as u8, on: f32::from(a), off: f32::from(b), refractory: b.into() };
        let whole = data.len() / SWEEP_RECORD * SWEEP_RECORD;
        let request = match self.choices.below(12) {
            0 => Request::Info,
            1 => Request::Health,
            2 => Request::Golden { seed: a.into(), windows: b as u8 % (MAX_GOLDEN + 2) },
            3 => Request::Watch { trigger: Some(trigger).filter(|_| b % 2 == 0) },
            4 => Request::Window { offset: b, samples: &data },
            5 => Request::Samples { signal: b % 8, offset: a.into(), samples: &data },
            6 => Request::Sweep { samples: &data[..whole] },
            7 => Request::Close { signal: Some(b % 8) },
            8 => Request::Push { total: b, crc: a.into() },
            9 => Request::Part { offset: b, bytes: &data },
            10 => Request::Commit { signature: None },
            _ => Request::Reset,
        };
        self.ask(board, power, &request);
        // Which samples they have is not known any more.
        self.signals.clear();
    }

    /// Sends a request over a line that adds, damages, repeats and cuts frames. Returns the payload of its answer, after
    /// checks of what the board has in service then.
    fn ask(&mut self, board: &mut Board<'_>, power: &Power, request: &Request<'_>) -> Vec<u8> {
        self.requests += 1;
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        let frame = encode(self.sequence, request, &mut [0; REQUEST], &mut [0; encoded_len(REQUEST)]).unwrap().to_vec();
        let at = self.choices.below(frame.len() - 1);
        let mut line = match self.choices.below(8) {
            5 => (0..self.choices.below(40)).map(|_| self.choices.below(256) as u8).collect(),
            6 => frame[..at].to_vec(),
            7 => {
                let flip = 1 + self.choices.below(255) as u8;
                [&frame[..at], &[frame[at] ^ flip], &frame[at + 1..]].concat()
            }
            _ => Vec::new(),
        };
        line.push(0);
        line.extend(&frame);
        if self.choices.once_in(8) {
            line.extend(&frame);
        }
        let mut answers: Vec<Vec<u8>> = Vec::new();
        let size = if self.choices.once_in(4) { 1 + self.choices.below(30) } else { line.len() };
        for mut part in line.chunks(size) {
            while let Some(answer) = board.feed(&mut part) {
                self.answer(answer, &mut answers);
            }
        }
        let [answer, again @ ..] = &answers[..] else { panic!("{request:?} is not answered") };
        assert!(again.iter().all(|again| again == answer), "a repeated request has another answer");
        self.service.disturbed |= power.is_off();
        self.judge(request, &decode(answer).unwrap());
        assert_eq!(held(board), self.service.held, "after {request:?}");
        assert!(self.service.held.is_none_or(|(_, crc)| self.files.contains_key(&crc)), "not a model");
        answers.swap_remove(0)
    }

    /// Notes the payload of an answer, if it is one to the latest request.
    fn answer(&self, answer: &[u8], answers: &mut Vec<Vec<u8>>) {
        let mut decoder = Decoder::new([0; MAX_ANSWER_DECODED]);
        for &byte in answer {
            let Some(frame) = decoder.push(byte) else { continue };
            let frame = frame.expect("answers are good frames");
            if frame.sequence == self.sequence {
                answers.push(frame.payload.to_vec());
                continue;
            }
            // Noise is hardly ever a frame with a right checksum.
            assert_eq!(frame.sequence, UNREAD);
            assert!(matches!(decode(frame.payload), Ok(Response::Refused(Refusal::Frame(_)))));
        }
    }

    /// Compares an answer with what must hold.
    fn judge(&mut self, request: &Request<'_>, response: &Response<'_>) {
        match (request, response) {
            (Request::Push { crc, .. }, Response::Received { .. }) => self.announced = Some(*crc),
            (Request::Commit { .. }, Response::Loaded { model, .. }) => {
                let new = self.service.committed(*model, self.announced);
                self.commits += usize::from(new);
                self.signals.clear();
            }
            (Request::Commit { .. }, _) if self.service.disturbed => self.service.interrupted(self.announced),
            (Request::RollBack { .. }, Response::Loaded { model, .. }) => {
                self.service.rolled_back(*model);
                self.returns += 1;
                self.signals.clear();
            }
            (Request::RollBack { number }, _) if self.service.held.is_some_and(|(held, _)| held == *number) => {
                self.service.not_rolled_back();
            }
            (Request::Close { .. }, Response::Done) => self.signals.clear(),
            (_, Response::Loaded { .. }) => panic!("{request:?} puts a model into service"),
            _ => (),
        }
    }
}

/// The number and the CRC-32 of the model in service.
fn held(board: &Board<'_>) -> Option<Entry> {
    board.info().model.map(|model| (model.number, model.crc))
}

/// The outputs that the host computes for a window.
fn outputs_of(model: &Model<'_>, window: &[f32]) -> Vec<f32> {
    model.score(window, &mut [0.0; WORK]).unwrap().outputs().to_vec()
}

/// Whether outputs are equal, bit for bit; any NaN is a NaN.
fn same(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
}
