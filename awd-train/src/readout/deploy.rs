//! From wavelets and a training split to a model for the device.

use super::aim::Aim;
use super::all::All;
use super::assemble::Selected;
use super::costs::{Costs, Estimate};
use super::select::{Chosen, Curve, Losses, Method};
use super::standardised::Standardised;
use super::{Budget, Candidates, Transform};
use crate::Result;
use crate::cluster::{Ranks, each};
use crate::data::{Folded, Samples, Target};
use crate::model::Model;
use ndarray::Array2;

/// Penalties to try, as multiples of the loss of standardised columns.
pub const PENALTIES: [f64; 4] = [1e-4, 1e-3, 1e-2, 1e-1];

/// The method for values while wavelets are compared. It sees a quarter of the candidates, as many are compared.
const COMPARISON_METHOD: Method = Method { share: 0.25, penalty: PENALTIES[2], products: false, teacher: 0.0 };

/// Up to this many windows of classes, nothing is chosen by cross-validation: the result would be mostly chance.
const FEW_WINDOWS: usize = 150;

/// The method for few windows of classes.
const METHOD_OF_FEW: Method = Method { share: 0.25, penalty: 2e-2, products: false, teacher: 0.0 };

/// The methods to try for more windows of classes.
const METHODS_OF_MANY: [Method; 5] = [
    Method { share: 0.25, penalty: 1e-2, products: false, teacher: 0.0 },
    Method { share: 1.0, penalty: 1e-2, products: false, teacher: 0.0 },
    Method { share: 1.0, penalty: 1e-2, products: true, teacher: 0.0 },
    Method { share: 1.0, penalty: 1e-2, products: false, teacher: 0.5 },
    Method { share: 1.0, penalty: 1e-2, products: false, teacher: 1.0 },
];

/// Penalties to try for values of signals.
const VALUE_PENALTIES: [f64; 2] = [1e-3, 1e-1];

/// Up to this many windows of classes, readouts may learn from a teacher's predictions. For more windows, labels are
/// enough, and teachers take minutes.
const MAX_TAUGHT_WINDOWS: usize = 1024;

/// Whether readouts of these targets may learn from out-of-fold predictions of a teacher.
pub(crate) fn learns_from_teachers(y: &Target) -> bool {
    matches!(y, Target::Classes { labels, .. } if (FEW_WINDOWS + 1..=MAX_TAUGHT_WINDOWS).contains(&labels.len()))
}

/// Whether there are too few windows to choose anything by cross-validation.
pub(crate) fn are_few(folded: &Folded) -> bool {
    matches!(&folded.samples.y, Target::Classes { labels, .. } if labels.len() <= FEW_WINDOWS)
}

impl Transform {
    /// The candidate features (n, p) of these windows, and their costs.
    fn features(&self, folded: &Folded, budget: Budget) -> (Array2<f64>, Costs) {
        let Samples { x, y } = &folded.samples;
        let candidates = Candidates::of(self, x);
        (candidates.features(x), Costs::of(&candidates, x.ncols(), y.outputs(), budget))
    }

    /// The least instructions and flash for which there is any readout of windows like these, if the budget has fewer.
    #[must_use]
    pub fn least_cost(&self, samples: &Samples, budget: Budget) -> Option<Estimate> {
        let candidates = Candidates::of(self, &samples.x);
        Costs::of(&candidates, samples.x.ncols(), samples.y.outputs(), budget).least()
    }

    /// The best readout within a budget, with its cross-validated losses. Wavelets are compared by this. Products and
    /// teachers are not tried.
    #[must_use]
    pub fn compared(&self, folded: &Folded, budget: Budget) -> (Chosen, Losses) {
        let methods: Vec<Method> = match &folded.samples.y {
            Target::Values(_) => vec![COMPARISON_METHOD],
            Target::Classes { .. } => {
                self.methods(folded).into_iter().filter(|method| !method.products && method.teacher == 0.0).collect()
            }
        };
        let (columns, costs) = self.features(folded, budget);
        let all = methods.into_iter().map(|method| self.validated(method, (&columns, &costs), folded, budget, 0.0));
        let best = all.min_by(|(a, ..), (b, ..)| a.total_cmp(b)).expect("there are methods");
        (best.1, best.2)
    }

    /// The best readout of all methods within a budget, with the fewest inputs whose held-out loss is at most `within`
    /// above the least. All ranks hold the windows; the methods are distributed over the ranks.
    #[must_use]
    pub fn cross_validate(&self, ranks: &dyn Ranks, folded: &Folded, budget: Budget, within: f64) -> Chosen {
        let (methods, (columns, costs)) = (self.methods(folded), self.features(folded, budget));
        let validated = |i: usize| {
            let (least, chosen, _) = self.validated(methods[i], (&columns, &costs), folded, budget, within);
            (least, chosen)
        };
        let all = each(ranks, methods.len(), validated);
        all.into_iter().min_by(|(a, _), (b, _)| a.total_cmp(b)).expect("there are methods").1
    }

    /// Cross-validates a method. Returns its least loss, the readout with the fewest inputs whose loss is at most
    /// `within` above that, and the losses of this readout.
    fn validated(
        &self,
        method: Method,
        features: (&Array2<f64>, &Costs),
        folded: &Folded,
        budget: Budget,
        within: f64,
    ) -> (f64, Chosen, Losses) {
        let curve = Curve::of(method, features, folded, self.budget(budget.parameters, folded.samples.y.outputs()));
        let mut losses = curve.losses();
        let best = curve.best(&losses);
        let least = losses[best].mean();
        let inputs = if within > 0.0 { Curve::fewest(&losses, best, within) } else { best };
        (least, curve.chosen(inputs), losses.swap_remove(inputs))
    }

    /// The methods to try.
    fn methods(&self, folded: &Folded) -> Vec<Method> {
        let of_signals = self.height < 2;
        match &folded.samples.y {
            // The rule for few windows was found on signals.
            Target::Classes { .. } if of_signals && are_few(folded) => vec![METHOD_OF_FEW],
            Target::Classes { .. } if of_signals => {
                let available = |method: &Method| method.teacher == 0.0 || folded.out_of_fold.is_some();
                METHODS_OF_MANY.into_iter().filter(available).collect()
            }
            Target::Values(_) if of_signals => {
                let of = |penalty| [false, true].map(|products| Method { share: 1.0, penalty, products, teacher: 0.0 });
                VALUE_PENALTIES.into_iter().flat_map(of).collect()
            }
            // Images have few candidates and no products.
            _ => PENALTIES.map(|penalty| Method { share: 1.0, penalty, products: false, teacher: 0.0 }).to_vec(),
        }
    }

    /// The model with the chosen readout within this budget, fitted to these windows; if they are a subsample, to `all`
    /// windows. A balanced model decides as if all classes were equally frequent.
    ///
    /// # Errors
    /// A weight exceeds the range of f32, because samples or targets have extreme units.
    pub fn model(
        &self,
        folded: &Folded,
        chosen: &Chosen,
        budget: Budget,
        balanced: bool,
        all: Option<&All<'_>>,
    ) -> Result<Model> {
        let samples = &folded.samples;
        let candidates = Candidates::of(self, &samples.x);
        let columns = candidates.features(&samples.x);
        let by = Standardised::of(&columns);
        let costs = Costs::of(&candidates, samples.x.ncols(), samples.y.outputs(), budget);
        let aim = Aim::of(folded, chosen.method.teacher);
        let fits = chosen.method.fits(&by.apply(&columns), &aim, &costs, chosen.inputs);
        let fitted = fits.into_iter().last().expect("a selection begins with no input");
        let selected = Selected::new(&candidates, &by, &fitted);
        let (selected, reference) = match all {
            Some(all) => all.refitted(&selected, chosen.method.penalty),
            None => {
                let reference = selected.reference(&samples.x);
                (selected, reference)
            }
        };
        let selected = selected.times(chosen.slope);
        let selected = if balanced { selected.balanced(&samples.y) } else { selected };
        selected.model(samples, reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Target;
    use crate::fixtures;
    use crate::wavelet::Wavelet;
    use awd_core::{Boundary, Feature, Health, Term};

    const INPUTS: usize = 2;

    /// 300 windows of 32 samples of uniform noise, the first sample always 0.5, and a value for each.
    fn windows(seed: u64) -> Folded {
        let mut x: Array2<f32> = fixtures::noise(seed, (300, 32));
        x.column_mut(0).fill(0.5);
        let y = x.rows().into_iter().map(|x| f64::from(x[3]).abs()).collect();
        Folded { samples: Samples { x, y: Target::Values(y) }, folds: vec![], out_of_fold: None }
    }

    fn transform() -> Transform {
        let wavelets = Wavelet::named("db2").unwrap().into();
        Transform {
            wavelets,
            beside: vec![],
            boundary: Boundary::Zero,
            levels: 3,
            height: 1,
            histograms: 0,
            deviation: 1.0,
        }
    }

    fn chosen(inputs: usize) -> Chosen {
        let method = Method { share: 1.0, penalty: 1e-3, products: false, teacher: 0.0 };
        Chosen { method, inputs, score: 0.0, loss: 0.0, slope: 1.0 }
    }

    /// The drift after these windows, and the number of samples out of range.
    fn monitored(model: &Model, x: &Array2<f32>) -> (f32, u64) {
        let mut health = Health::new(None);
        for x in x.rows() {
            model.view().score_observed(&x.to_vec(), &mut vec![0.0; model.work_len()], &mut health).unwrap();
        }
        (health.drift().unwrap(), health.counts().out_of_range)
    }

    #[test]
    fn the_reference_describes_the_training_windows() {
        let Folded { samples, .. } = &windows(1);
        let model = transform().model(&windows(1), &chosen(INPUTS), Budget::of(41), false, None).unwrap();
        let reference = model.spec().health.as_ref().unwrap();
        let least = samples.x.iter().copied().fold(f32::INFINITY, f32::min);
        let greatest = samples.x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(reference.range, [least, greatest]);

        let terms: Vec<Term> = (0..4).map(|band| Term { band, feature: Feature::LogEnergy }).collect();
        let energies = Candidates { terms, ..Candidates::of(&transform(), &samples.x) }.features(&samples.x);
        assert_eq!(reference.bands.len(), 4);
        for (band, column) in reference.bands.iter().zip(energies.columns()) {
            let mean = column.mean().unwrap();
            assert!((f64::from(band.mean) - mean).abs() < 1e-6, "{band:?} {mean}");
            assert!((f64::from(band.deviation) - column.std(0.0)).abs() < 1e-6, "{band:?}");
        }
    }

    #[test]
    fn windows_as_in_training_do_not_drift_and_others_do() {
        let model = transform().model(&windows(1), &chosen(INPUTS), Budget::of(41), false, None).unwrap();
        assert_eq!(monitored(&model, &windows(1).samples.x).1, 0);
        let (same, _) = monitored(&model, &windows(2).samples.x);
        let (louder, out_of_range) = monitored(&model, &(windows(2).samples.x * 2.0));
        assert!(same < 0.3 && louder > 1.0 && out_of_range > 1000, "{same} {louder} {out_of_range}");
    }

    #[test]
    fn windows_that_do_not_vary_have_a_reference() {
        let x = Array2::zeros((20, 32));
        let y = Target::Values((0..20).map(f64::from).collect());
        let model = transform()
            .model(
                &Folded { samples: Samples { x, y }, folds: vec![], out_of_fold: None },
                &chosen(0),
                Budget::of(41),
                false,
                None,
            )
            .unwrap();
        let reference = model.spec().health.as_ref().unwrap();
        assert_eq!(reference.range, [0.0, 0.0]);
        assert!(reference.bands.iter().all(|band| band.deviation == 0.01), "{reference:?}");
    }
}
