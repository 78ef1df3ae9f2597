//! How the wavelet of a model adapts to its data, step by step.

use super::descent::{self, Visited};
use super::{Distilled, Objective, catalogue, start};
use crate::data::{Attributions, Dataset};
use crate::readout::Transform;
use crate::wavelet::{Wavelet, Wavelets};
use crate::{Error, Result};

impl Distilled {
    /// How the wavelet adapts to these data: the way down to it from where it is farthest from, among the catalogue's wavelets of
    /// its length whose valley it is, or from the one that was started from.
    ///
    /// # Errors
    /// There is no such start.
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
        let each = |start: &Wavelet| {
            let one = Wavelets::from(start.clone());
            if wavelets.all().len() > 1 { one.each(*levels).ok() } else { Some(one) }
        };
        let ways: Vec<Vec<Visited>> =
            starts.iter().filter_map(each).map(|start| descent::adapting(&objective, &start)).collect();
        let end = |way: &[Visited]| way.last().map_or(f64::INFINITY, |last| last.objective);
        let least = ways.iter().map(|way| end(way)).fold(f64::INFINITY, f64::min);
        // Of those that end there, the one that begins highest shows most.
        let best = ways.into_iter().filter(|way| end(way) <= 1.001 * least);
        let best = best.max_by(|a, b| a[0].objective.total_cmp(&b[0].objective));
        best.ok_or_else(|| Error::failed("adapting", "no wavelet of this length to start from"))
    }
}
