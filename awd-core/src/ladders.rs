//! The ladders of a transform: one for all levels, or one a level.

use crate::lifting::{Frame, Ladder, Source};
use crate::{Invalid, Lifting, Step, Tap};
use heapless::Vec;

/// Ladders of a transform at most: one for each of the most levels.
pub const MAX_LADDERS: usize = crate::dwt::MAX_LEVELS as usize;

/// Steps of all ladders of a transform together: two of the longest.
pub const MAX_ALL_STEPS: usize = 2 * crate::lifting::MAX_STEPS;

/// One ladder at least. The last serves all levels that are deeper.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ladders<C> {
    /// Those of all ladders, one after the other.
    steps: Vec<Step<C>, MAX_ALL_STEPS>,
    ladders: Vec<Place, MAX_LADDERS>,
}

/// Where the steps of a ladder end, and what they do not say.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    frame: Frame,
    end: u8,
}

impl<C: Tap> Ladders<C> {
    /// None yet.
    #[inline(always)]
    pub const fn none() -> Self {
        Self { steps: Vec::new(), ladders: Vec::new() }
    }

    /// The same ladder at every level.
    pub fn one(lifting: &Lifting<C>) -> Self {
        let mut ladders = Self::none();
        // There is room for one.
        let _ = ladders.push(lifting);
        ladders
    }

    /// One more ladder, for the next level and those below.
    ///
    /// # Errors
    /// There are [`MAX_LADDERS`] already, or more than [`MAX_ALL_STEPS`] would be in all; then nothing is changed.
    pub fn push(&mut self, lifting: &Lifting<C>) -> Result<(), Invalid> {
        let ladder = lifting.ladder();
        Invalid::Steps.unless(self.steps.len() + ladder.len() <= MAX_ALL_STEPS)?;
        Invalid::Schemes.unless(!self.ladders.is_full())?;
        self.extend(ladder);
        Ok(())
    }

    /// One more ladder, as far as there is room.
    #[inline(always)]
    pub fn extend(&mut self, ladder: Ladder<'_, C>) {
        for step in ladder.steps() {
            let _ = self.steps.push(step);
        }
        let _ = self.ladders.push(Place { frame: ladder.frame, end: self.steps.len() as u8 });
    }

    /// Distinct ladders.
    pub fn len(&self) -> usize {
        self.ladders.len()
    }

    /// Which ladder serves a level, and its place.
    fn place(&self, level: usize) -> Option<(usize, Place)> {
        let which = level.min(self.ladders.len().checked_sub(1)?);
        Some((which, *self.ladders.get(which)?))
    }

    /// The ladder of a level, the finest 0.
    pub fn of(&self, level: usize) -> Ladder<'_, C> {
        let nothing = Ladder { frame: Frame { filter_len: 2, origin: [0, 1] }, source: Source::Decoded(&[]) };
        let Some((which, Place { frame, end })) = self.place(level) else { return nothing };
        let start = which.checked_sub(1).and_then(|before| self.ladders.get(before)).map_or(0, |before| before.end);
        let steps = self.steps.get(usize::from(start)..usize::from(end)).unwrap_or_default();
        Ladder { frame, source: Source::Decoded(steps) }
    }

    /// The same ladders with taps of another scalar.
    pub fn rounded<D: Tap>(&self) -> Ladders<D>
    where
        C: Into<f64>,
    {
        let mut steps = Vec::new();
        for step in &self.steps {
            // There is room. `collect` would leave a panic that nothing can reach.
            let _ = steps.push(step.rounded());
        }
        Ladders { steps, ladders: self.ladders.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifting::MAX_STEPS;
    use crate::named;

    #[test]
    fn the_last_ladder_serves_what_is_deeper() {
        let [haar, db5] = [named::HAAR, named::DB5].map(|wavelet| wavelet.lifting::<f64>().unwrap());
        let mut ladders = Ladders::one(&haar);
        assert!((0..99).all(|level| ladders.of(level) == haar.ladder()));
        ladders.push(&db5).unwrap();
        assert_eq!((ladders.of(0), ladders.of(1), ladders.of(9)), (haar.ladder(), db5.ladder(), db5.ladder()));
        assert_eq!(ladders.len(), 2);
    }

    #[test]
    fn what_has_no_room_is_refused_and_changes_nothing() {
        let long = Lifting::new(40, [0, 1], &[Step::new(0, [0.5_f32; 2]); MAX_STEPS]).unwrap();
        let mut ladders = Ladders::one(&long);
        ladders.push(&long).unwrap();
        let before = ladders.clone();
        assert_eq!(ladders.push(&long).unwrap_err(), Invalid::Steps);
        assert_eq!(ladders, before);

        let haar = named::HAAR.lifting::<f32>().unwrap();
        let mut ladders = Ladders::one(&haar);
        (1..MAX_LADDERS).for_each(|_| ladders.push(&haar).unwrap());
        assert_eq!(ladders.push(&haar).unwrap_err(), Invalid::Schemes);
    }
}
