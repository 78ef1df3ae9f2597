//! The schemes of a transform: one for all levels, or one a level.

use crate::wavelet::lifting::{Frame, Scheme, Source};
use crate::{Invalid, Lifting, Step, Tap};
use heapless::Vec;

/// Schemes of a transform at most: one for each of the most levels.
pub const MAX_SCHEMES: usize = 12;

/// Steps of all schemes of a transform together: two of the longest.
pub const MAX_ALL_STEPS: usize = 2 * crate::wavelet::lifting::MAX_STEPS;

/// One scheme at least. The last serves all levels that are deeper.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schemes<C> {
    /// Those of all schemes, one after the other.
    steps: Vec<Step<C>, MAX_ALL_STEPS>,
    schemes: Vec<Place, MAX_SCHEMES>,
}

/// Where the steps of a scheme end, and what they do not say.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    frame: Frame,
    end: u8,
}

impl<C: Tap> Schemes<C> {
    /// None yet.
    #[inline(always)]
    pub const fn none() -> Self {
        Self { steps: Vec::new(), schemes: Vec::new() }
    }

    /// The same scheme at every level.
    pub fn one(lifting: &Lifting<C>) -> Self {
        let mut schemes = Self::none();
        // There is room for one.
        let _ = schemes.push(lifting);
        schemes
    }

    /// One more scheme, for the next level and those below.
    ///
    /// # Errors
    /// There are [`MAX_SCHEMES`] already, or more than [`MAX_ALL_STEPS`] would be in all; then nothing is changed.
    pub fn push(&mut self, lifting: &Lifting<C>) -> Result<(), Invalid> {
        let scheme = lifting.scheme();
        Invalid::Steps.unless(self.steps.len() + scheme.len() <= MAX_ALL_STEPS)?;
        Invalid::Schemes.unless(!self.schemes.is_full())?;
        self.extend(scheme);
        Ok(())
    }

    /// One more scheme, as far as there is room.
    #[inline(always)]
    pub fn extend(&mut self, scheme: Scheme<'_, C>) {
        for step in scheme.steps() {
            let _ = self.steps.push(step);
        }
        let _ = self.schemes.push(Place { frame: scheme.frame, end: self.steps.len() as u8 });
    }

    /// Distinct schemes.
    pub fn len(&self) -> usize {
        self.schemes.len()
    }

    /// Which scheme serves a level, and its place.
    fn place(&self, level: usize) -> Option<(usize, Place)> {
        let which = level.min(self.schemes.len().checked_sub(1)?);
        Some((which, *self.schemes.get(which)?))
    }

    /// The scheme of a level, the finest 0.
    pub fn of(&self, level: usize) -> Scheme<'_, C> {
        let nothing = Scheme { frame: Frame { filter_len: 2, origin: [0, 1] }, source: Source::Decoded(&[]) };
        let Some((which, Place { frame, end })) = self.place(level) else { return nothing };
        let start = which.checked_sub(1).and_then(|before| self.schemes.get(before)).map_or(0, |before| before.end);
        let steps = self.steps.get(usize::from(start)..usize::from(end)).unwrap_or_default();
        Scheme { frame, source: Source::Decoded(steps) }
    }

    /// The same schemes with taps of another scalar.
    pub fn rounded<D: Tap>(&self) -> Schemes<D>
    where
        C: Into<f64>,
    {
        let mut steps = Vec::new();
        for step in &self.steps {
            // There is room. `collect` would leave a panic that nothing can reach.
            let _ = steps.push(step.rounded());
        }
        Schemes { steps, schemes: self.schemes.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named;
    use crate::wavelet::lifting::MAX_STEPS;

    #[test]
    fn the_last_scheme_serves_what_is_deeper() {
        let [haar, db5] = [named::HAAR, named::DB5].map(|wavelet| wavelet.lifting::<f64>().unwrap());
        let mut schemes = Schemes::one(&haar);
        assert!((0..99).all(|level| schemes.of(level) == haar.scheme()));
        schemes.push(&db5).unwrap();
        assert_eq!((schemes.of(0), schemes.of(1), schemes.of(9)), (haar.scheme(), db5.scheme(), db5.scheme()));
        assert_eq!(schemes.len(), 2);
    }

    #[test]
    fn what_has_no_room_is_refused_and_changes_nothing() {
        let long = Lifting::new(40, [0, 1], &[Step::new(0, [0.5_f32; 2]); MAX_STEPS]).unwrap();
        let mut schemes = Schemes::one(&long);
        schemes.push(&long).unwrap();
        let before = schemes.clone();
        assert_eq!(schemes.push(&long).unwrap_err(), Invalid::Steps);
        assert_eq!(schemes, before);

        let haar = named::HAAR.lifting::<f32>().unwrap();
        let mut schemes = Schemes::one(&haar);
        (1..MAX_SCHEMES).for_each(|_| schemes.push(&haar).unwrap());
        assert_eq!(schemes.push(&haar).unwrap_err(), Invalid::Schemes);
    }
}
