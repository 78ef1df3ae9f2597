//! How the wavelet of a model adapts to its data, step by step.

use super::descent::{self, Visited};
use super::{Distilled, Objective, catalogue, start};
use crate::data::{Attributions, Dataset};
use crate::readout::Transform;
use crate::wavelet::{Wavelet, Wavelets};
use crate::{Error, Result};

impl Distilled {
    /// The descent path to the wavelet on these data, from `start` if given. Otherwise from the catalogue wavelet of
    /// the same length that has the largest objective among those that descend to the deepest minimum.
    ///
    /// # Errors
    /// `start` is unknown, or no catalogue wavelet has this length.
    pub fn adapting(
        &self,
        data: &Dataset,
        attributions: Option<&Attributions>,
        start: Option<&str>,
        seed: u64,
    ) -> Result<Vec<Visited>> {
        let Transform { wavelets, boundary, levels, .. } = &self.transform;
        let finest = wavelets.finest();
        let starts = match start {
            Some(name) => vec![start::start(name, seed).map_err(|bound| Error::input("options", "start", bound))?],
            None => catalogue(finest.family(), finest.taps().len()),
        };
        let objective = Objective::new(&data.train.x, attributions, *boundary, *levels)
            .images(data.rows)
            .weighted(self.lambda, self.gamma);
        let expanded = |start: &Wavelet| {
            let single = Wavelets::from(start.clone());
            if wavelets.all().len() > 1 { single.each(*levels).ok() } else { Some(single) }
        };
        let paths: Vec<Vec<Visited>> =
            starts.iter().filter_map(expanded).map(|start| descent::adapting(&objective, &start)).collect();
        let end = |path: &[Visited]| path.last().map_or(f64::INFINITY, |last| last.objective);
        let least = paths.iter().map(|path| end(path)).fold(f64::INFINITY, f64::min);
        // Among the paths to the deepest minimum, the one with the largest objective at its start shows the most
        // adaptation.
        let best = paths.into_iter().filter(|path| end(path) <= 1.001 * least);
        let best = best.max_by(|a, b| a[0].objective.total_cmp(&b[0].objective));
        best.ok_or_else(|| Error::failed("adapting", "no wavelet of this length to start from"))
    }
}
