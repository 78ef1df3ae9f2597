//! Explanations of events: the signal, its subbands, and the contributions to the decision.

use super::Subject;
use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark, Scale, WIDE};
use super::chosen::chosen;
use super::page::figure;
use crate::attribution::{Baseline, Method, attribute};
use crate::data::Attributions;
use crate::describe::input;
use crate::explain::{ByTerms, Explanation};
use crate::metric::Outputs;
use crate::model::Spec;
use crate::progress::silent;
use crate::readout::Slopes;
use crate::{Error, Result};
use awd_core::Dwt;
use maud::{Markup, html};
use ndarray::{Array2, Axis as Dim};

/// Points on the path from the mean window.
const STEPS: usize = 32;

/// Maximum number of features that are shown for an event.
const FEATURES: usize = 8;

/// The section, for signals.
///
/// # Errors
/// A chart cannot be drawn.
pub fn events(subject: &Subject<'_>, outputs: &Outputs) -> Result<Markup> {
    let Subject { model, data, teacher, .. } = *subject;
    let chosen = chosen(&data.test.y, &data.class_names, outputs);
    let rows: Vec<usize> = chosen.iter().map(|event| event.row).collect();
    let x = data.test.x.select(Dim(0), &rows);
    let mean = data.train.x.mean_axis(Dim(0)).unwrap_or_default();
    let method = Method::IntegratedGradients { steps: STEPS, baseline: Baseline::Window(mean.clone()) };
    let of_model = attribute(&method, &x, &Slopes::new(model)?, &silent)?;
    // A forest has no gradients. The rest of the page does not depend on them.
    let of_teacher = teacher.map(|teacher| teacher.attribute(&method, &x, &silent));
    let refused = of_teacher.as_ref().and_then(|found| found.as_ref().err());
    let of_teacher = of_teacher.as_ref().and_then(|found| found.as_ref().ok()).map(|(found, _)| found);
    let source = if of_teacher.is_some() { "teacher" } else { "model" };
    // Contributions of coefficients need a transform that has an inverse.
    let dwt = model.spec().dwt().rounded().critically_sampled();
    let places = places(&dwt, model.window())?;
    let by_terms = ByTerms::new(model, &data.train.x);
    let mut figures = Vec::new();
    for (i, event) in chosen.iter().enumerate() {
        let window: Vec<f64> = x.row(i).iter().map(|&x| f64::from(x)).collect();
        let explained = |found: &Attributions| {
            Explanation::of(found, i, event.output, &dwt).map_err(|why| Error::failed("bands", why))
        };
        let by_model = explained(&of_model)?;
        let by_teacher = of_teacher.map(explained).transpose()?;
        let mut charts = vec![signal(&window, &mean.to_vec(), &by_model.samples)];
        let title = "Subbands: coefficients, each band with its own scale";
        charts.push(bands(title, &coefficients(&dwt, &window)?, &places, window.len(), Ink::Text));
        let contributions = &by_teacher.as_ref().unwrap_or(&by_model).bands;
        charts.push(bands(
            &format!("Contribution of each coefficient, for the {source}"),
            contributions,
            &places,
            window.len(),
            Ink::Model,
        ));
        let added = by_terms.added(event.output, &x);
        charts.push(terms(subject, &added, i));
        let heading = format!("Test window {}", event.row);
        figures.push((heading, figure(&event.why, &description(&by_model, subject, &added, i), &charts)?));
    }
    Ok(html! {
        p {
            "Contributions explain the decision of the model, in units of its output, relative to the mean training window. Contributions of features are exact. "
            "Contributions of samples and coefficients are integrated gradients. They sum to the difference from the output of the mean window, except that positions of extremes have no gradient. Bars that point up support the decision, bars that point down oppose it."
        }
        @if let Some(why) = &refused { p { "The teacher's attributions are not available: " (why) "." } }
        @for (title, figure) in &figures { h3 { (title) } (figure) }
    })
}

/// The coefficients of a window.
fn coefficients(dwt: &Dwt<f64>, window: &[f64]) -> Result<Vec<Vec<f64>>> {
    let (mut work, mut bands) = (vec![0.0; dwt.work_len(window.len())], Vec::new());
    let analysed = dwt.analyze(window, &mut work, |_, band| bands.push(band.to_vec()));
    analysed.map(|()| bands).map_err(|why| Error::failed("bands", why))
}

/// The position of each coefficient: the centre of the energy of its responses to impulses at each of `n` samples.
fn places(dwt: &Dwt<f64>, n: usize) -> Result<Vec<Vec<f64>>> {
    let mut sums: Vec<Vec<[f64; 2]>> =
        dwt.band_ranges(n).map(|range| vec![[0.0, f64::MIN_POSITIVE]; range.len()]).collect();
    let mut impulse = vec![0.0; n];
    for t in 0..n {
        impulse[t] = 1.0;
        for (sums, band) in sums.iter_mut().zip(coefficients(dwt, &impulse)?) {
            for ([moment, energy], c) in sums.iter_mut().zip(band) {
                *moment += t as f64 * c * c;
                *energy += c * c;
            }
        }
        impulse[t] = 0.0;
    }
    Ok(sums.into_iter().map(|band| band.into_iter().map(|[moment, energy]| moment / energy).collect()).collect())
}

/// The signal, the mean window and, below them, the contributions of the samples.
fn signal(window: &[f64], mean: &[f32], added: &[f64]) -> Chart {
    let points =
        |values: &mut dyn Iterator<Item = f64>| values.enumerate().map(|(t, v)| [t as f64, v]).collect::<Vec<_>>();
    let (here, mean_points) = (points(&mut window.iter().copied()), points(&mut mean.iter().map(|&v| f64::from(v))));
    let all = here.iter().chain(&mean_points).map(|p| p[1]);
    let y = Axis::around("signal", all);
    let [low, high] = y.range;
    // Space for the legend above.
    let top = high + 0.5 * (high - low);
    // Below is a strip of a third of the height, with its own zero.
    let strip = 0.34 * (high - low);
    let largest = added.iter().fold(f64::MIN_POSITIVE, |a, b| a.max(b.abs()));
    let bars = Mark::BarsFrom { width: 0.8, base: low - 0.5 * strip, unit: 0.48 * strip / largest };
    let layers = vec![
        Layer::new("", Ink::Faint, Mark::Line, vec![[0.0, low], [window.len() as f64 - 1.0, low]]),
        Layer::new("the mean training window", Ink::Other, Mark::Dashed, mean_points),
        Layer::new("this window", Ink::Text, Mark::Line, here),
        Layer::new("contribution of each sample", Ink::Model, bars, points(&mut added.iter().copied())),
    ];
    Chart {
        size: [WIDE, 260],
        x: Axis::new("sample", [-0.5, window.len() as f64 - 0.5]),
        y: Axis { range: [low - strip, top], ..y },
        picture: None,
        layers,
        legend: Legend::Upper,
    }
}

/// Bands above one another, the finest at the top, each with its own zero line. Time is as in the signal.
fn bands(title: &str, bands: &[Vec<f64>], places: &[Vec<f64>], window: usize, ink: Ink) -> Chart {
    let last = bands.len() - 1;
    let names = (0..bands.len())
        .rev()
        .map(|band| if band == last { "approximation".into() } else { format!("detail {}", band + 1) });
    let largest_of_all = bands.iter().flatten().fold(f64::MIN_POSITIVE, |a, b| a.max(b.abs()));
    let layer = |(band, (values, places)): (usize, (&Vec<f64>, &Vec<f64>))| {
        let width = f64::from(2 << band.min(last - 1));
        let largest_of_band = values.iter().fold(f64::MIN_POSITIVE, |a, b| a.max(b.abs()));
        // Coefficients of different bands have different units; contributions share one.
        let largest = if ink == Ink::Model { largest_of_all } else { largest_of_band };
        let mark = Mark::BarsFrom { width: 0.8 * width, base: (last - band) as f64, unit: 0.46 / largest };
        Layer {
            name: String::new(),
            ink,
            mark,
            points: places.iter().zip(values).map(|(&place, &value)| [place, value]).collect(),
        }
    };
    Chart {
        size: [WIDE, 60 + 34 * u32::try_from(bands.len()).unwrap_or(1)],
        x: Axis::new(title, [-0.5, window as f64 - 0.5]),
        y: Axis::new("", [-0.6, last as f64 + 0.6]).scaled(Scale::Names(names.collect())),
        picture: None,
        layers: bands.iter().zip(places).enumerate().map(layer).collect(),
        legend: Legend::None,
    }
}

/// The terms with the largest contributions, the largest first.
fn largest(added: &Array2<f64>, row: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..added.ncols()).collect();
    order.sort_by(|&a, &b| added[[row, b]].abs().total_cmp(&added[[row, a]].abs()));
    order.truncate(FEATURES);
    order
}

/// The contributions of the terms to an output.
pub fn terms(subject: &Subject<'_>, added: &Array2<f64>, row: usize) -> Chart {
    let spec = subject.model.spec();
    let order: Vec<usize> = largest(added, row).into_iter().rev().collect();
    let rest = added.row(row).sum() - order.iter().map(|&j| added[[row, j]]).sum::<f64>();
    let others = added.ncols() - order.len();
    let mut bars: Vec<(String, f64)> = order.iter().map(|&j| (input(spec, j), added[[row, j]])).collect();
    if others > 0 {
        bars.insert(0, (format!("the other {others}"), rest));
    }
    let layer = |(place, (name, value)): (usize, &(String, f64))| Layer {
        name: name.clone(),
        ink: Ink::Model,
        mark: Mark::AlongX(vec![[0.0, *value]]),
        points: vec![[*value, place as f64]],
    };
    Chart {
        size: [WIDE, 56 + 24 * u32::try_from(bars.len()).unwrap_or(1)],
        x: Axis::around("Contribution of each feature", bars.iter().map(|bar| bar.1).chain([0.0])),
        y: Axis::new("", [-0.6, bars.len() as f64 - 0.4])
            .scaled(Scale::Names(bars.iter().map(|bar| bar.0.clone()).collect())),
        picture: None,
        layers: bars.iter().enumerate().map(layer).collect(),
        legend: Legend::None,
    }
}

/// Describes the figure in a sentence.
fn description(explanation: &Explanation, subject: &Subject<'_>, added: &Array2<f64>, row: usize) -> String {
    let [from, to] = greatest_run(&explanation.samples);
    format!(
        "From the top: the signal, its subbands, the contributions of their coefficients, and the contributions of features. {} Samples {from} to {to} contribute most to the decision.",
        top_features(subject.model.spec(), added, row)
    )
}

/// A sentence about the terms with the largest contributions.
pub fn top_features(spec: &Spec, added: &Array2<f64>, row: usize) -> String {
    let feature = |j: &usize| format!("the {} ({:+.3})", input(spec, *j), added[[row, *j]]);
    let features: Vec<String> = largest(added, row).iter().take(3).map(feature).collect();
    if features.is_empty() {
        "The model has no features.".into()
    } else {
        format!("The largest contributions are those of {}.", features.join(", "))
    }
}

/// The run of samples, a tenth of the window long, whose sum is greatest.
fn greatest_run(samples: &[f64]) -> [usize; 2] {
    let len = (samples.len() / 10).max(1);
    let sum = |from: &usize| samples[*from..from + len].iter().sum::<f64>();
    let from = (0..=samples.len() - len).max_by(|a, b| sum(a).total_cmp(&sum(b))).unwrap_or(0);
    [from, from + len - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::Function;
    use crate::attribution::Network;
    use crate::attribution::StepError;
    use crate::data::{Samples, Target};
    use crate::distil::{Options, distil};
    use crate::fixtures;
    use crate::progress::{Context, Progress};
    use ndarray::{Array2, ArrayView2};

    /// A network without gradients.
    struct Forest;

    impl Function for Forest {
        fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
            Ok(Array2::zeros((x.nrows(), 1)))
        }
    }

    impl Network for Forest {
        fn parameters(&self) -> usize {
            1
        }

        fn attribute(&self, _: &Method, _: &Array2<f32>, _: Progress<'_>) -> Result<(Attributions, Option<StepError>)> {
            Err(Error::failed("forest", "it jumps"))
        }
    }

    fn samples(n: usize) -> Samples {
        let x = fixtures::windows(n, 16).abs();
        let y = Target::Values(x.rows().into_iter().map(|x| f64::from(x[3] + x[4])).collect());
        Samples { x, y }
    }

    #[test]
    fn if_the_teacher_has_no_gradients_the_model_is_explained() {
        let data = fixtures::dataset(samples(90), samples(20));
        let options = Options { gammas: vec![0.0], taps: Some(4), levels: Some(2), ..Options::default() };
        let model = distil(&data, None, &options, Context::default()).unwrap().model;
        let subject = |teacher| Subject { name: "m", model: &model, data: &data, teacher, trials: None, seed: 1 };
        let outputs = crate::score::predict(&model, &data.test.x);
        let alone = events(&subject(None), &outputs).unwrap().into_string();
        let refused = events(&subject(Some(&Forest)), &outputs).unwrap().into_string();
        assert!(refused.contains("The teacher's attributions are not available: forest: it jumps."));
        assert!(
            !alone.contains("not available") && alone.contains("for the model") && refused.contains("for the model")
        );
    }
}
