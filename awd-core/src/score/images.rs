//! Scores images.

use super::float::FloatReadout;
use super::pass::{Pass, with_value_buffer};
use crate::features::image::Images;
use crate::model::records::{Number, Selected};
use crate::{Invalid, Model, Scores};

impl<'a> Model<'a> {
    /// A scorer of this model of images. It transforms N lines at a time: use 1 on a board and 8 on a host; the bits
    /// are the same. The kernels of the histograms are computed here, once.
    ///
    /// # Errors
    /// The model is for signals.
    pub fn images<const N: usize>(&self) -> Result<ImageScorer<'a, N>, Invalid> {
        let image = self.image().ok_or(Invalid::Image)?;
        Ok(ImageScorer { model: *self, images: Images::new(self.dwt(), &image, self.window())? })
    }
}

/// Scores images with a model.
#[derive(Debug, Clone)]
pub struct ImageScorer<'m, const N: usize> {
    model: Model<'m>,
    images: Images<N>,
}

impl<const N: usize> ImageScorer<'_, N> {
    /// The analysis of the images, which has the lengths of the buffers.
    #[must_use]
    pub const fn images(&self) -> &Images<N> {
        &self.images
    }

    /// Scores one image, stored row by row, in the units of the training data. The buffer is overwritten.
    ///
    /// # Errors
    /// Those of [`Images::analyze`].
    pub fn score(&self, x: &[f32], buffer: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        with_value_buffer(&self.model, |values| {
            let mut pass = ImagePass::new(&self.model, values);
            self.images.analyze(x, buffer, work, |band, coefficients| pass.take(band, coefficients))?;
            Ok(pass.pass.scores(&self.model))
        })
    }

    /// The same as [`ImageScorer::score`], bit for bit, for an image that is its own buffer and is overwritten.
    ///
    /// # Errors
    /// Those of [`Images::analyze_in_place`].
    pub fn score_in_place(&self, image: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        with_value_buffer(&self.model, |values| {
            let mut pass = ImagePass::new(&self.model, values);
            self.images.analyze_in_place(image, work, |band, coefficients| pass.take(band, coefficients))?;
            Ok(pass.pass.scores(&self.model))
        })
    }
}

/// A pass that takes the image and its histograms first, although their features are the last, and then the bands.
struct ImagePass<'m, 'v> {
    pass: Pass<'m, FloatReadout<'m, 'v>>,
    /// Features and weights of the bands, until the first band is taken.
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
