//! Images in, scores out.

use super::{Pass, Plan};
use crate::image::Images;
use crate::{Invalid, Model, Scores, Spec};
use core::convert::identity;

impl Model {
    /// A scorer of this model of images, which transforms N lines at a time: 1 on a board, 8 on a host; the bits are the same. The
    /// kernels of its histograms are computed here, once.
    ///
    /// # Errors
    /// The model is one of signals.
    pub fn images<const N: usize>(&self) -> Result<ImageScorer<'_, N>, Invalid> {
        let Spec { dwt, image, .. } = self.spec();
        let image = image.as_ref().ok_or(Invalid { field: "image", bound: "that of a model of images" })?;
        Ok(ImageScorer { model: self, images: Images::new(dwt, image, self.window())?, plan: Plan::of(self.spec()) })
    }
}

/// A model of images.
#[derive(Debug, Clone)]
pub struct ImageScorer<'m, const N: usize> {
    model: &'m Model,
    images: Images<'m, N>,
    plan: Plan,
}

impl<'m, const N: usize> ImageScorer<'m, N> {
    /// What is made of the images, and how much work space that takes.
    #[must_use]
    pub const fn images(&self) -> &Images<'m, N> {
        &self.images
    }

    /// Scores one image, row by row, in the units of the training data. The canvas is work space.
    ///
    /// # Errors
    /// Those of [`Images::analyze`].
    pub fn score(&self, x: &[f32], canvas: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        let mut pass = ImagePass::new(self);
        self.images.analyze(x, canvas, work, |band, coefficients| pass.take_band(band, coefficients))?;
        Ok(self.model.spec().readout.scores(pass.0.sums.outputs))
    }

    /// [`ImageScorer::score`], to the bit, of an image that is its own canvas and is used up.
    ///
    /// # Errors
    /// Those of [`Images::analyze_in_place`].
    pub fn score_in_place(&self, image: &mut [f32], work: &mut [f32]) -> Result<Scores, Invalid> {
        let mut pass = ImagePass::new(self);
        self.images.analyze_in_place(image, work, |band, coefficients| pass.take_band(band, coefficients))?;
        Ok(self.model.spec().readout.scores(pass.0.sums.outputs))
    }
}

/// A pass in which the image and its histograms, whose terms are the last, come first.
struct ImagePass<'m>(Pass<'m, &'m Plan>, &'m [f32]);

impl<'m> ImagePass<'m> {
    fn new<const N: usize>(scorer: &'m ImageScorer<'_, N>) -> Self {
        let Spec { terms, readout, .. } = scorer.model.spec();
        let bands = terms.iter().take_while(|term| usize::from(term.band) < scorer.model.spec().bands()).count();
        let weights = readout.weights.split_at_checked(bands * readout.bias.len());
        let (of_bands, of_image) = weights.unwrap_or_default();
        let mut pass = Pass::new(&scorer.plan, readout);
        pass.sums.weights = of_image;
        Self(pass, of_bands)
    }

    fn take_band(&mut self, band: usize, coefficients: &[f32]) {
        if band == 0 {
            self.0.sums.weights = self.1;
        }
        self.0.take_band(band, coefficients, identity);
    }
}
