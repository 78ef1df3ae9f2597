//! Forward selection: adds the input with the largest gain, and fits all weights again.

mod classes;
mod gain;
mod pool;
mod screen;
mod values;

use super::aim::Aim;
use super::costs::Costs;
use super::fitted::Fitted;
use ndarray::Array2;

pub(super) use gain::Options;
pub(super) use screen::screened;

/// The fits with 0, 1, 2, … up to `inputs` inputs, selected from standardised features `z` (n, p). A candidate that
/// costs more than is left of the bound is not added.
pub(super) fn forward(z: &Array2<f64>, aim: &Aim, options: Options, costs: Costs, inputs: usize) -> Vec<Fitted> {
    match aim {
        Aim::Values(values) => values::of_values(z, values, options, costs, inputs),
        Aim::Shares(shares) => classes::of_classes(z, shares, options, costs, inputs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Target;
    use crate::fixtures;
    use crate::metric;
    use crate::readout::{Input, dense};
    use ndarray::Array1;

    const PENALTY: f64 = 1e-2;

    /// Forward selection from features that cost nothing.
    fn free(z: &Array2<f64>, y: &Target, penalty: f64, products: bool, inputs: usize) -> Vec<Fitted> {
        forward(z, &y.into(), Options { penalty, products }, Costs::none(z.ncols()), inputs)
    }

    fn noise(n: usize, p: usize) -> Array2<f64> {
        let mut z = fixtures::noise::<f64>(5, (n, p));
        for mut column in z.columns_mut() {
            column -= column.mean().unwrap();
            column /= column.std(0.0);
        }
        z
    }

    /// The columns of inputs, centred.
    fn columns(z: &Array2<f64>, inputs: &[Input]) -> Array2<f64> {
        let mut columns = Array2::zeros((z.nrows(), inputs.len()));
        for (input, mut into) in inputs.iter().zip(columns.columns_mut()) {
            let column = input.column(z);
            into.assign(&(&column - column.mean().unwrap()));
        }
        columns
    }

    /// Half the mean squared error plus the penalty, for the best fit of these inputs.
    fn least(z: &Array2<f64>, values: &[f64], inputs: &[Input]) -> f64 {
        let (columns, y) = (columns(z, inputs), Target::Values(values.to_vec()));
        let fitted = dense(&columns, &y, PENALTY);
        let errors = fitted.outputs(&columns, &y).column(0).to_owned() - Array1::from(values.to_vec());
        let squares: f64 = fitted.weights.iter().map(|w| w * w).sum();
        errors.mapv(|e| e * e).mean().unwrap() / 2.0 + PENALTY * squares / 2.0
    }

    /// All inputs that may be added next.
    fn candidates(features: usize, support: &[Input]) -> Vec<Input> {
        let selected = |j: &usize| support.contains(&Input::Feature(*j));
        let factors: Vec<usize> = (0..features).filter(selected).collect();
        let products = factors.iter().flat_map(|&i| factors.iter().map(move |&j| Input::Product(i.min(j), i.max(j))));
        let all = (0..features).map(Input::Feature).chain(products);
        all.filter(|input| !support.contains(input)).collect()
    }

    #[test]
    fn for_values_the_next_input_is_the_best_of_all() {
        let z = noise(60, 9);
        let values: Vec<f64> = z.rows().into_iter().map(|z| z[2] + 0.8 * z[5] + z[2] * z[5] - 0.4 * z[7]).collect();
        let fits = free(&z, &Target::Values(values.clone()), PENALTY, true, 6);
        assert!(fits.iter().any(|fit| fit.support.contains(&Input::Product(2, 5))));
        for pair in fits.windows(2) {
            let with = |input: Input| least(&z, &values, &[&pair[0].support[..], &[input]].concat());
            let best = candidates(9, &pair[0].support).into_iter().map(with).fold(f64::INFINITY, f64::min);
            assert!((least(&z, &values, &pair[1].support) - best).abs() < 1e-12, "{:?}", pair[1].support);
        }
    }

    #[test]
    fn weights_are_those_of_the_best_fit() {
        let z = noise(80, 6);
        let values: Vec<f64> = z.rows().into_iter().map(|z| 3.0 + z[0] * z[0] - z[4]).collect();
        let labels = values.iter().map(|value| usize::from(*value > 3.5) + usize::from(*value > 4.5)).collect();
        for y in [Target::Values(values), Target::Classes { labels, classes: 3 }] {
            for fit in free(&z, &y, PENALTY, true, 5).iter().skip(1) {
                let columns = columns(&z, &fit.support);
                let expected = dense(&columns, &y, PENALTY).outputs(&columns, &y);
                let errors = fit.outputs(&z, &y) - expected;
                let bound = if matches!(y, Target::Values(_)) { 1e-9 } else { 1e-2 };
                assert!(errors.iter().all(|error| error.abs() < bound), "{errors}");
            }
        }
    }

    #[test]
    fn features_that_determine_the_classes_are_selected_first() {
        let z = noise(400, 30);
        let label = |z: ndarray::ArrayView1<'_, f64>| usize::from(z[3] + z[8] > 0.5) + usize::from(z[3] - z[8] > 1.0);
        let labels: Vec<usize> = z.rows().into_iter().map(label).collect();
        let y = Target::Classes { labels, classes: 3 };
        let fits = free(&z, &y, PENALTY, false, 2);
        assert!([3, 8].iter().all(|&j| fits[2].support.contains(&Input::Feature(j))), "{:?}", fits[2].support);
        let score = metric::score(&y, &fits[2].outputs(&z, &y));
        assert!(score > 0.75, "{score}");
    }

    #[test]
    fn a_constant_feature_is_never_selected_and_a_duplicate_is_selected_last() {
        let mut z = noise(50, 4);
        z.column_mut(0).fill(0.0);
        let duplicate = z.column(1).to_owned();
        z.column_mut(2).assign(&duplicate);
        let values = z.rows().into_iter().map(|z| z[1] + 0.1 * z[3]).collect();
        let fits = free(&z, &Target::Values(values), 1e-6, false, 4);
        assert_eq!(fits.last().unwrap().support, [1, 3, 2].map(Input::Feature));
    }
}
