//! The schemes of a transform: one for all levels, or one per level.

use crate::wavelet::lifting::{Frame, Scheme, Source};
use crate::{Invalid, Lifting, Step, Tap};
use heapless::Vec;

/// The maximum number of schemes of a transform: one for each level.
pub const MAX_SCHEMES: usize = 12;

/// The maximum number of steps of all schemes of a transform together: twice that of the longest scheme.
pub const MAX_ALL_STEPS: usize = 2 * crate::wavelet::lifting::MAX_STEPS;

/// At least one scheme. The last one also serves all deeper levels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schemes<C> {
    /// The steps of all schemes, one scheme after the other.
    steps: Vec<Step<C>, MAX_ALL_STEPS>,
    schemes: Vec<Entry, MAX_SCHEMES>,
}

/// The end of a scheme in the list of steps, and its other properties.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    frame: Frame,
    end: u8,
}

impl<C: Tap> Schemes<C> {
    /// An empty list.
    #[inline(always)]
    pub const fn none() -> Self {
        Self { steps: Vec::new(), schemes: Vec::new() }
    }

    /// One scheme for all levels.
    pub fn one(lifting: &Lifting<C>) -> Self {
        let mut schemes = Self::none();
        // The list is empty, so this cannot fail.
        let _ = schemes.push(lifting);
        schemes
    }

    /// Appends a scheme for the next level and all deeper ones.
    ///
    /// # Errors
    /// There are [`MAX_SCHEMES`] already, or there would be more than [`MAX_ALL_STEPS`] steps; then nothing is changed.
    pub fn push(&mut self, lifting: &Lifting<C>) -> Result<(), Invalid> {
        let scheme = lifting.scheme();
        Invalid::Steps.unless(self.steps.len() + scheme.len() <= MAX_ALL_STEPS)?;
        Invalid::Schemes.unless(!self.schemes.is_full())?;
        self.extend(scheme);
        Ok(())
    }

    /// Appends a scheme, truncated if the capacity does not suffice.
    #[inline(always)]
    pub fn extend(&mut self, scheme: Scheme<'_, C>) {
        for step in scheme.steps() {
            let _ = self.steps.push(step);
        }
        let _ = self.schemes.push(Entry { frame: scheme.frame, end: self.steps.len() as u8 });
    }

    /// The number of schemes.
    pub fn len(&self) -> usize {
        self.schemes.len()
    }

    /// The index and the entry of the scheme of a level.
    fn entry(&self, level: usize) -> Option<(usize, Entry)> {
        let index = level.min(self.schemes.len().checked_sub(1)?);
        Some((index, *self.schemes.get(index)?))
    }

    /// The scheme of a level; level 0 is the finest.
    pub fn scheme(&self, level: usize) -> Scheme<'_, C> {
        let nothing = Scheme { frame: Frame { filter_len: 2, origin: [0, 1] }, source: Source::Decoded(&[]) };
        let Some((index, Entry { frame, end })) = self.entry(level) else { return nothing };
        let start = index.checked_sub(1).and_then(|before| self.schemes.get(before)).map_or(0, |before| before.end);
        let steps = self.steps.get(usize::from(start)..usize::from(end)).unwrap_or_default();
        Scheme { frame, source: Source::Decoded(steps) }
    }

    /// The same schemes with their taps converted to another type.
    pub fn rounded<D: Tap>(&self) -> Schemes<D>
    where
        C: Into<f64>,
    {
        let mut steps = Vec::new();
        for step in &self.steps {
            // The capacity suffices. `collect` would compile in an unreachable panic.
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
    fn the_last_scheme_serves_all_deeper_levels() {
        let [haar, db5] = [named::HAAR, named::DB5].map(|wavelet| wavelet.lifting::<f64>().unwrap());
        let mut schemes = Schemes::one(&haar);
        assert!((0..99).all(|level| schemes.scheme(level) == haar.scheme()));
        schemes.push(&db5).unwrap();
        assert_eq!(
            (schemes.scheme(0), schemes.scheme(1), schemes.scheme(9)),
            (haar.scheme(), db5.scheme(), db5.scheme())
        );
        assert_eq!(schemes.len(), 2);
    }

    #[test]
    fn a_refused_scheme_changes_nothing() {
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
