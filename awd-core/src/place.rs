//! A place for one model, which is read where it stays: a board needs no stack for a second one.

use crate::{FormatError, Model, Spec, format};

/// Room for a model, with or without one.
///
/// ```
/// use awd_core::{FormatError, Place};
///
/// let mut place = Place::new();
/// assert_eq!(place.read(b"no model").err(), Some(FormatError::Truncated { found: 8, least: 10 }));
/// assert!(place.get().is_none());
/// ```
#[derive(Debug)]
pub struct Place {
    /// Valid if `holds`.
    model: Model,
    holds: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// Room without a model.
    #[must_use]
    #[inline(always)]
    pub const fn new() -> Self {
        Self { model: Model { spec: Spec::blank() }, holds: false }
    }

    /// The model that is there.
    #[must_use]
    pub const fn get(&self) -> Option<&Model> {
        if self.holds { Some(&self.model) } else { None }
    }

    /// Reads a model file and validates it, in the place of the model that was there. If it is refused there is none.
    ///
    /// # Errors
    /// Those of [`Model::from_bytes`].
    pub fn read(&mut self, bytes: &[u8]) -> Result<&Model, FormatError> {
        self.clear();
        format::read_into(&mut self.model, bytes)?;
        self.holds = true;
        Ok(&self.model)
    }

    /// Lets go of the model that is there.
    pub fn clear(&mut self) {
        self.holds = false;
        // List by list: assigned as a whole it would stand on the stack first.
        self.model.spec.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{full_spec, spec};

    #[test]
    fn a_place_holds_the_model_of_the_latest_file_or_nothing() {
        let mut buffers = [[0; 256]; 2];
        let [small, full] = &mut buffers;
        let small = Model::new(spec()).unwrap().to_bytes(small).unwrap().len();
        Model::new(full_spec()).unwrap().to_bytes(full).unwrap();
        let full = Model::new(full_spec()).unwrap().to_bytes(full).unwrap().len();
        let [of_small, of_full] = &mut buffers;
        let mut place = Place::new();
        for (bytes, spec) in
            [(&of_full[..full], full_spec()), (&of_small[..small], spec()), (&of_full[..full], full_spec())]
        {
            assert_eq!(place.read(bytes).unwrap().spec(), &spec);
            assert_eq!(place.get().map(Model::spec), Some(&spec));
        }
        of_small[20] ^= 1;
        assert_eq!(place.read(&of_small[..small]), Err(FormatError::Checksum));
        assert_eq!(place.get(), None);
        place.read(&of_full[..full]).unwrap();
        // A right checksum and a window of no samples: all filled, and yet none.
        of_small[6] = 0;
        let (covered, trailer) = of_small[..small].split_last_chunk_mut::<4>().unwrap();
        *trailer = format::CRC.checksum(covered).to_le_bytes();
        assert!(place.read(&of_small[..small]).is_err() && place.get().is_none());
        assert_eq!(place.read(&of_full[..full]).unwrap().spec(), &full_spec());
        place.clear();
        assert_eq!(place.get(), None);
    }
}
