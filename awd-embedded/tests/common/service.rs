//! What must hold of the models on a board: the one in service, the one before it, and those of commits that the flash
//! interrupted.

use awd_embedded::protocol::Held;

/// Number and CRC-32 of a model.
pub type Entry = (u32, u32);

/// Which models a board has.
#[derive(Debug, Default)]
pub struct Service {
    /// The model in service.
    pub held: Option<Entry>,
    /// The CRC-32 of the model that a roll back returns to: one of these. Nothing is known if there are none.
    fallback: Vec<u32>,
    /// Files of which the record may be complete although the commit was refused, because the flash failed.
    interrupted: Vec<u32>,
    /// Whether the flash has failed since the latest restart.
    pub disturbed: bool,
    /// The highest number that a model has had.
    highest: u32,
}

impl Service {
    /// A commit was answered with this model. Returns whether it is a new one.
    pub fn committed(&mut self, model: Held, announced: Option<u32>) -> bool {
        let new = (model.number, model.crc);
        if self.held == Some(new) {
            return false;
        }
        assert_eq!(Some(model.crc), announced, "another file is in service than the one that was pushed");
        assert!(model.number > self.highest, "{model:?} after {}", self.highest);
        self.highest = model.number;
        self.fallback = self.held.map(|(_, crc)| crc).into_iter().collect();
        if !self.fallback.is_empty() {
            self.fallback.append(&mut self.interrupted);
        }
        self.interrupted.clear();
        self.held = Some(new);
        true
    }

    /// A commit of this file was refused, and the flash had failed.
    pub fn interrupted(&mut self, announced: Option<u32>) {
        self.interrupted.extend(announced);
        self.fallback.clear();
    }

    /// A roll back was answered with this model.
    pub fn rolled_back(&mut self, model: Held) {
        let before = self.held.map_or(0, |(number, _)| number);
        assert!(model.number < before, "{model:?} instead of one before {before}");
        assert!(
            self.fallback.is_empty() || self.fallback.contains(&model.crc),
            "{model:?}, not {:08x?}",
            self.fallback
        );
        self.held = Some((model.number, model.crc));
        self.fallback.clear();
    }

    /// A roll back was refused: the model stays, over a restart too.
    pub fn not_rolled_back(&self) {
        assert!(self.disturbed || self.fallback.is_empty(), "the model before is lost: {:08x?}", self.fallback);
    }

    /// The board has restarted, with a flash that works, and this model is in service.
    pub fn restarted(&mut self, after: Option<Entry>) {
        assert!(self.held.is_none() || after.is_some(), "the model is lost");
        if self.held != after {
            assert!(self.disturbed, "{after:08x?} after {:08x?}", self.held);
            let (number, crc) = after.expect("one is in service");
            let completed = number > self.highest && self.interrupted.contains(&crc);
            assert!(completed, "{after:08x?} after {self:08x?}");
            self.fallback.clear();
            self.highest = self.highest.max(number);
        }
        if self.disturbed {
            // Which of them has a complete record is not known.
            self.fallback.clear();
        }
        self.held = after;
        self.interrupted.clear();
        self.disturbed = false;
    }
}
