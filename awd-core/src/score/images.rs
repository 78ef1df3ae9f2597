//! Images in, scores out.

use super::float::FloatReadout;
use super::pass::{Pass, with_room};
use crate::features::image::Images;
use crate::model::records::{Number, Selected};
use crate::{Invalid, Model, Scores};

impl<'a> Model<'a> {
    /// A scorer of this model of images, which transforms N lines at a time: 1 on a board, 8 on a host; the bits are the same. The
    /// kernels of its histograms are computed here, once.
    ///
    /// # Errors
    /// The model is one of signals.
    pub fn images<const N: usize>(&self) -> Result<ImageScorer<'a, N>, Invalid> {
        let image = self.image().ok_or(Invalid::Image)?;
        Ok(ImageScorer { model: *self, images: Images::new(self.dwt(), &image, self.window())? })
    }
}

/// A model of images.
#[derive(Debug, Clone)]
pub struct ImageScorer<'m, const N: usize> {
    model: Model<'m>,
    images: Images<N>,
}

impl<const N: usize> ImageScorer<'_, N> {
    /// What is made of the images, and how much work space that takes.
    #[must_use]
    pub const fn images(&self) -> &Images<N> {
        &self.images
    }

    /// Scores one image, row by row, in the units of the training data. The buffer is work space.
    ///
    /// # Errors
    /// Those of [`Images::analyze`].
    pub fn score(&self, x: &[f32], buffer: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        with_room(&self.model, |values| {
            let mut pass = ImagePass::new(&self.model, values);
            self.images.analyze(x, buffer, work, |band, coefficients| pass.take(band, coefficients))?;
            Ok(pass.pass.scores(&self.model))
        })
    }

    /// [`ImageScorer::score`], to the bit, of an image that is its own buffer and is used up.
    ///
    /// # Errors
    /// Those of [`Images::analyze_in_place`].
    pub fn score_in_place(&self, image: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        with_room(&self.model, |values| {
            let mut pass = ImagePass::new(&self.model, values);
            self.images.analyze_in_place(image, work, |band, coefficients| pass.take(band, coefficients))?;
            Ok(pass.pass.scores(&self.model))
        })
    }
}

/// A pass in which the image and its histograms, whose features are the last, come first; then those of its bands.
struct ImagePass<'m, 'v> {
    pass: Pass<'m, FloatReadout<'m, 'v>>,
    /// Features and weights of the bands, until they come.
    of_bands: Option<(&'m [Selected], &'m [Number])>,
}

impl<'m, 'v> ImagePass<'m, 'v> {
    fn new(model: &Model<'m>, values: &'v mut [f32]) -> Self {
        let bands = model.bands();
        let mut pass = Pass::new(model, values);
        let count = pass.features.iter().take_while(|[band, ..]| usize::from(*band) < bands).count();
        let features = pass.features.split_at_checked(count).unwrap_or_default();
        let weights = pass.readout.weights.split_at_checked(count * model.outputs()).unwrap_or_default();
        (pass.features, pass.readout.weights, pass.readout.next) = (features.1, weights.1, count);
        Self { pass, of_bands: Some((features.0, weights.0)) }
    }

    fn take(&mut self, band: usize, coefficients: &[f32]) {
        if band == 0
            && let Some((features, weights)) = self.of_bands.take()
        {
            self.pass.readout.next = 0;
            (self.pass.features, self.pass.readout.weights) = (features, weights);
        }
        self.pass.offer(band, coefficients);
    }
}
