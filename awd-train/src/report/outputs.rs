//! How reliable the outputs are: predicted against true values, the calibration of probabilities, and the effect of a
//! threshold.

use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark, WIDE};
use super::chosen::probability;
use super::page::{figure, thinned};
use crate::Result;
use crate::data::Target;
use crate::evaluate::Predictor;
use crate::metric::{self, Outputs};
use crate::model::name_of;
use maud::{Markup, html};

/// Maximum number of windows that are drawn.
const DRAWN: usize = 800;

/// Number of groups of windows with similar probabilities.
const GROUPS: usize = 10;

/// The section, for the model and, behind it, for its teacher.
///
/// # Errors
/// A chart cannot be drawn.
pub fn outputs(y: &Target, names: &[String], model: &Predictor, teacher: Option<&Predictor>) -> Result<Markup> {
    match y {
        Target::Values(values) => Ok(html! {
            p { "Predicted against true values. The distance of the dots from the line is the error." }
            (against_true(values, &model.outputs)?)
        }),
        Target::Classes { labels, classes } => Ok(html! {
            p { "Events with a predicted probability of 0.8 should occur in four of five cases. If they do not, use the order of the scores or a threshold, and do not compute expected costs from the probabilities." }
            (calibration(labels, model, teacher)?)
            @if *classes == 2 { (roc_curve(labels, names, model, teacher)?) } @else { (confusion(labels, names, *classes, &model.outputs)) }
        }),
    }
}

fn against_true(values: &[f64], outputs: &Outputs) -> Result<Markup> {
    let point = |i: usize| [outputs[[i, 0]], values[i]];
    let points: Vec<[f64; 2]> = thinned(values.len(), DRAWN).map(point).filter(|point| point[0].is_finite()).collect();
    let [x, y] = [0, 1].map(|axis| Axis::around(["predicted", "true"][axis], points.iter().map(|p| p[axis])));
    let ends = [x.range[0].max(y.range[0]), x.range[1].min(y.range[1])];
    let errors: Vec<f64> = values.iter().zip(outputs.column(0)).map(|(value, output)| (value - output).abs()).collect();
    let mut sorted = errors.clone();
    sorted.sort_by(f64::total_cmp);
    let shown = format!(
        "One dot for each of {} test windows; on the line the prediction is exact. 50% of the errors are below {:.3}, 90% below {:.3}.",
        points.len(),
        sorted[sorted.len() / 2],
        sorted[sorted.len() * 9 / 10]
    );
    let layers = vec![
        Layer::new("exact prediction", Ink::Other, Mark::Dashed, vec![[ends[0]; 2], [ends[1]; 2]]),
        Layer::new("test windows", Ink::Model, Mark::Dots, points),
    ];
    figure(
        "Predicted and true",
        &shown,
        &[Chart { size: [WIDE, 420], x, y, picture: None, layers, legend: Legend::Lower }],
    )
}

/// Windows in equal groups, ordered by the probability of the predicted class: the mean probability of each group, and
/// how often the prediction is right, with its 95% interval (Wilson 1927). Windows without a predicted class are left
/// out.
pub fn reliability(labels: &[usize], outputs: &Outputs) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
    let prediction = |(row, &label): (usize, &usize)| {
        let class = metric::class(outputs.row(row))?;
        Some((probability(outputs, row, class), class == label))
    };
    let mut predicted: Vec<(f64, bool)> = labels.iter().enumerate().filter_map(prediction).collect();
    predicted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let groups = predicted.chunks(predicted.len().div_ceil(GROUPS).max(1));
    groups
        .map(|group| {
            let n = group.len() as f64;
            let mean = group.iter().map(|(p, _)| p).sum::<f64>() / n;
            let observed = group.iter().filter(|(_, right)| *right).count() as f64 / n;
            ([mean, observed], wilson(observed, n))
        })
        .unzip()
}

/// The 95% interval of a share of `n` windows.
fn wilson(share: f64, n: f64) -> [f64; 2] {
    let z2 = 1.96_f64.powi(2);
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let reach = 1.96 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    [middle - reach, middle + reach]
}

fn calibration(labels: &[usize], model: &Predictor, teacher: Option<&Predictor>) -> Result<Markup> {
    let (points, ends) = reliability(labels, &model.outputs);
    if points.is_empty() {
        return Ok(html! { p { "The calibration is unknown: no test window has a predicted class." } });
    }
    let of_teacher = teacher.map(|teacher| reliability(labels, &teacher.outputs).0);
    let all = points.iter().chain(of_teacher.iter().flatten());
    let least = all.flat_map(|p| *p).chain(ends.iter().map(|ends| ends[0])).fold(1.0, f64::min);
    let deviation = points.iter().map(|[p, observed]| (p - observed).abs()).sum::<f64>() / points.len() as f64;
    let mut layers = vec![Layer::new("perfect calibration", Ink::Other, Mark::Dashed, vec![[least; 2], [1.0; 2]])];
    layers.extend(of_teacher.map(|points| Layer::new("teacher", Ink::Other, Mark::Crosses, points)));
    layers.push(Layer::new("model", Ink::Model, Mark::AlongY(ends), points));
    let chart = Chart {
        size: [WIDE, 380],
        x: Axis::new("probability of the predicted class", [least - 0.02, 1.02]),
        y: Axis::new("share of correct predictions", [least - 0.02, 1.02]),
        picture: None,
        layers,
        legend: Legend::Lower,
    };
    let shown = format!(
        "Test windows in {GROUPS} equal groups, ordered by the predicted probability. Below the line the model is overconfident. The mean deviation is {deviation:.3}."
    );
    figure("Calibration", &shown, &[chart])
}

/// The ROC curve: false positive rate and true positive rate as the threshold falls, from none to all (Fawcett 2006).
/// Windows of equal score share a point.
pub fn roc(labels: &[usize], scores: &[f64]) -> Vec<[f64; 2]> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let positives = labels.iter().filter(|label| **label == 1).count().max(1) as f64;
    let negatives = (labels.len() as f64 - positives).max(1.0);
    let (mut points, mut alarms, mut hits) = (vec![[0.0, 0.0]], 0.0, 0.0);
    for (i, &row) in order.iter().enumerate() {
        let count = if labels[row] == 1 { &mut hits } else { &mut alarms };
        *count += 1.0;
        if order.get(i + 1).is_none_or(|&next| scores[next] < scores[row]) {
            points.push([alarms / negatives, hits / positives]);
        }
    }
    points
}

fn roc_curve(labels: &[usize], names: &[String], model: &Predictor, teacher: Option<&Predictor>) -> Result<Markup> {
    let curve = |predictor: &Predictor| {
        let scores: Vec<f64> = { predictor.outputs.rows().into_iter().zip(labels) }
            .map(|(row, &label)| metric::rank(row, label))
            .collect();
        let all = roc(labels, &scores);
        let last = all.len() - 1;
        thinned(all.len(), DRAWN).chain([last]).map(|i| all[i]).collect::<Vec<_>>()
    };
    let points = curve(model);
    let decided: Vec<Option<usize>> = model.decisions().rows().into_iter().map(metric::class).collect();
    let share = |class: usize| {
        let of_class = || labels.iter().zip(&decided).filter(|(label, _)| **label == class);
        of_class().filter(|(_, decision)| **decision == Some(1)).count() as f64 / of_class().count().max(1) as f64
    };
    let (alarms, hits) = (share(0), share(1));
    let mut layers = vec![Layer::new("chance", Ink::Faint, Mark::Line, vec![[0.0; 2], [1.0; 2]])];
    layers.extend(teacher.map(|teacher| Layer::new("teacher", Ink::Other, Mark::Dashed, curve(teacher))));
    layers.push(Layer::new("model", Ink::Model, Mark::Line, points));
    layers.push(Layer::new("threshold of the model", Ink::Warning, Mark::Rings, vec![[alarms, hits]]));
    let chart = Chart {
        size: [WIDE, 380],
        x: Axis::new("false positive rate", [-0.02, 1.02]),
        y: Axis::new("true positive rate", [-0.02, 1.02]),
        picture: None,
        layers,
        legend: Legend::Lower,
    };
    let shown = format!(
        "Each point of the line is a threshold. The threshold of the model, the ring, detects {:.1}% of class {}, with {:.1}% of class {} as false positives. awd distil --threshold sets another one.",
        100.0 * hits,
        name_of(names, 1),
        100.0 * alarms,
        name_of(names, 0)
    );
    figure("ROC curve", &shown, &[chart])
}

/// The confusion matrix: the number of windows of each class that are predicted as each class and, if there are any, as
/// none.
fn confusion(labels: &[usize], names: &[String], classes: usize, outputs: &Outputs) -> Markup {
    let mut counts = vec![vec![0_usize; classes + 1]; classes];
    for (row, &label) in labels.iter().enumerate() {
        counts[label][metric::class(outputs.row(row)).unwrap_or(classes)] += 1;
    }
    let mut heads: Vec<String> = (0..classes).map(|class| format!("predicted {}", name_of(names, class))).collect();
    if counts.iter().all(|counts| counts[classes] == 0) {
        counts.iter_mut().for_each(|counts| counts.truncate(classes));
    } else {
        heads.push("not a number".into());
    }
    let heads: Vec<&str> = [""].into_iter().chain(heads.iter().map(String::as_str)).chain(["found"]).collect();
    let row = |(class, counts): (usize, &Vec<usize>)| {
        let all: usize = counts.iter().sum();
        let found = format!("{:.0}%", 100.0 * counts[class] as f64 / all.max(1) as f64);
        [format!("true {}", name_of(names, class))]
            .into_iter()
            .chain(counts.iter().map(usize::to_string))
            .chain([found])
            .collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = counts.iter().enumerate().map(row).collect();
    super::page::table("Confusion matrix of the test windows", &heads, &rows, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Sums;
    use ndarray::Array2;

    #[test]
    fn the_area_under_the_curve_is_the_share_of_pairs_in_order() {
        let labels = [1, 0, 1, 1, 0, 0, 1, 0];
        let scores = [0.9, 0.8, 0.8, 0.7, 0.3, 0.3, 0.2, 0.1];
        let curve = roc(&labels, &scores);
        assert_eq!((curve[0], curve[curve.len() - 1]), ([0.0, 0.0], [1.0, 1.0]));
        let area: f64 = curve.windows(2).map(|p| (p[1][0] - p[0][0]) * (p[1][1] + p[0][1]) / 2.0).sum();
        let ranked = &[[1, 0], [0, 1], [2, 0], [0, 1], [1, 1], [0, 1]];
        let y = Target::Classes { labels: labels.to_vec(), classes: 2 };
        let auroc = metric::measures(&y, false).into_iter().find(|measure| measure.name == "auroc").unwrap();
        let expected = (auroc.of)(&Sums { n: 8.0, loss: 0.0, off: [0.0; 2], classes: &[], ranked });
        assert!((area - expected).abs() < 1e-12, "{area} {expected}");
    }

    #[test]
    fn without_predicted_classes_the_calibration_is_unknown() {
        let outputs = Array2::from_elem((3, 2), f64::NAN);
        let predictor = Predictor { model: "awd", outputs, threshold: 0.0, parameters: 1, bytes: 4 };
        let section = calibration(&[0, 1, 1], &predictor, None).unwrap().into_string();
        assert!(section.contains("no test window has a predicted class") && !section.contains("NaN"), "{section}");
    }

    #[test]
    fn calibrated_probabilities_are_on_the_line() {
        // 1000 windows: the odds of class 1 are 3 to 1, and it is right in three of four.
        let labels: Vec<usize> = (0..1000).map(|i| usize::from(i % 4 != 0)).collect();
        let outputs = Array2::from_shape_fn((1000, 2), |(_, class)| if class == 1 { 3.0_f64.ln() } else { 0.0 });
        let (points, ends) = reliability(&labels, &outputs);
        assert_eq!(points.len(), 10);
        for ([p, observed], [low, high]) in points.iter().zip(ends) {
            assert!((p - 0.75).abs() < 1e-12 && (observed - 0.75).abs() < 1e-12 && low < 0.75 && 0.75 < high);
        }
        // Wilson's interval of 75 of 100, by hand.
        let [low, high] = wilson(0.75, 100.0);
        assert!((low - 0.6570).abs() < 1e-3 && (high - 0.8245).abs() < 1e-3, "{low} {high}");
    }
}
