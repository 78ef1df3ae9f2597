//! Images in, scores out.

use super::Pass;
use crate::image::Images;
use crate::{Invalid, Model, Scores};
use core::convert::identity;

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

    /// Scores one image, row by row, in the units of the training data. The canvas is work space.
    ///
    /// # Errors
    /// Those of [`Images::analyze`].
    pub fn score(&self, x: &[f32], canvas: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        let mut pass = ImagePass::new(&self.model);
        self.images.analyze(x, canvas, work, |band, coefficients| pass.take(band, coefficients))?;
        Ok(Scores::new(&self.model, pass.0.outputs))
    }

    /// [`ImageScorer::score`], to the bit, of an image that is its own canvas and is used up.
    ///
    /// # Errors
    /// Those of [`Images::analyze_in_place`].
    pub fn score_in_place(&self, image: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        let mut pass = ImagePass::new(&self.model);
        self.images.analyze_in_place(image, work, |band, coefficients| pass.take(band, coefficients))?;
        Ok(Scores::new(&self.model, pass.0.outputs))
    }
}

/// A pass in which the image and its histograms, whose features are the last, come first; then those of its bands.
struct ImagePass<'m>(Pass<'m>, Option<Pass<'m>>);

impl<'m> ImagePass<'m> {
    fn new(model: &Model<'m>) -> Self {
        let bands = u8::try_from(model.bands()).unwrap_or(u8::MAX);
        let mut of_image = Pass::new(model);
        let count = of_image.features.iter().take_while(|[band, ..]| *band < bands).count();
        let mut of_bands = Pass::new(model);
        of_image.band = bands;
        (of_bands.features, of_image.features) = of_image.features.split_at_checked(count).unwrap_or_default();
        let weights = of_image.weights.split_at_checked(count * model.outputs());
        (of_bands.weights, of_image.weights) = weights.unwrap_or_default();
        Self(of_image, Some(of_bands))
    }

    fn take(&mut self, band: usize, coefficients: &[f32]) {
        if band == 0
            && let Some(of_bands) = self.1.take()
        {
            let outputs = self.0.outputs.clone();
            self.0 = Pass { outputs, ..of_bands };
        }
        self.0.take(coefficients, identity);
    }
}
