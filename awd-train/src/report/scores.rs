//! The scores of the model, its teacher and baselines, and of the model with fewer parameters.

use super::Subject;
use super::chart::{Axis, Chart, Ink, Layer, Legend, Mark, Scale, WIDE};
use super::number::{short, thousands};
use super::page::{figure, table};
use crate::Result;
use crate::cluster::Serial;
use crate::data::{Folded, folds};
use crate::distil::FOLDS;
use crate::evaluate::{Difference, Predictor, Row, Table, measured};
use crate::readout::{Aim, Candidates, Costs, Curve, Fitted, Method, PENALTIES, Standardised};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The section.
///
/// # Errors
/// A chart cannot be drawn.
pub fn scores(subject: &Subject<'_>, found: &Table) -> Result<Markup> {
    Ok(html! {
        (in_words(found))
        (rows(found))
        (intervals(found)?)
        (by_parameters(subject, found)?)
    })
}

/// A metric in words.
pub fn metric_name(metric: &str) -> &str {
    match metric {
        "r2" => "R²",
        "rmse" => "error (RMSE)",
        "balanced_accuracy" => "balanced accuracy",
        "log_loss" => "log loss",
        "auroc" => "area under the ROC curve",
        "average_precision" => "average precision",
        other => other,
    }
}

fn in_words(found: &Table) -> Markup {
    let less = if found.metric == "rmse" { " Lower is better." } else { "" };
    html! {
        p {
            "Scores are those of the " (thousands(found.n_test)) " test windows, which were not used for anything else."
            @if found.rows.iter().all(|row| row.low.is_some()) {
                " Intervals are 95% bootstrap intervals"
                @if let Some(groups) = found.groups_test { ", from resamples of the " (groups) " groups of windows" }
                "."
            }
            (less)
        }
        @for note in &found.notes { p { strong { (note) } } }
        @if let Some(Difference { difference, low, high, p }) = &found.against_teacher {
            p {
                "Score of the model minus score of its teacher: " (format!("{difference:+.4}"))
                @if let (Some(low), Some(high), Some(p)) = (low, high, p) {
                    " (" (format!("{low:+.4}")) " to " (format!("{high:+.4}")) "), p = " (format!("{p:.4}"))
                }
                "."
            }
        }
    }
}

fn rows(found: &Table) -> Markup {
    let measured: Vec<&str> = found.rows.first().map(|row| row.measured.keys().copied().collect()).unwrap_or_default();
    let heads: Vec<&str> = ["", metric_name(found.metric), "95% interval", "parameters", "bytes"]
        .into_iter()
        .chain(measured.iter().map(|metric| metric_name(metric)))
        .collect();
    let row = |row: &Row| -> Vec<String> {
        let first = [
            row.model.into(),
            format!("{:.4}", row.score),
            row.low.zip(row.high).map_or("–".into(), |(low, high)| format!("{low:.4}–{high:.4}")),
            thousands(row.parameters),
            thousands(row.bytes),
        ];
        first.into_iter().chain(measured.iter().map(|metric| short(row.measured[metric]))).collect()
    };
    table(
        "The model, its teacher if one was given, and baselines",
        &heads,
        &found.rows.iter().map(row).collect::<Vec<_>>(),
        Some(0),
    )
}

/// The interval of a row or, if there is none, the score itself.
fn span(row: &Row) -> [f64; 2] {
    [row.low.unwrap_or(row.score), row.high.unwrap_or(row.score)]
}

/// The ink of a row's points.
fn ink(row: &Row) -> Ink {
    if row.model.starts_with("awd") { Ink::Model } else { Ink::Other }
}

fn intervals(found: &Table) -> Result<Markup> {
    // The first row is at the top.
    let rows: Vec<&Row> = found.rows.iter().rev().collect();
    let layer = |(place, row): (usize, &&Row)| Layer {
        name: String::new(),
        ink: ink(row),
        mark: Mark::AlongX(vec![span(row)]),
        points: vec![[row.score, place as f64]],
    };
    let ends = rows.iter().flat_map(|row| span(row));
    let chart = Chart {
        size: [WIDE, 60 + 32 * u32::try_from(rows.len()).unwrap_or(1)],
        x: Axis::around(metric_name(found.metric), ends),
        y: Axis::new("", [-0.6, rows.len() as f64 - 0.4])
            .scaled(Scale::Names(rows.iter().map(|row| row.model.into()).collect())),
        picture: None,
        layers: rows.iter().enumerate().map(layer).collect(),
        legend: Legend::None,
    };
    let entries: Vec<String> = found.rows.iter().map(|row| format!("{} {:.4}", row.model, row.score)).collect();
    figure("Scores and their 95% intervals", &format!("From the top: {}.", entries.join(", ")), &[chart])
}

/// The scores of readouts with fewer of the model's terms, selected and fitted on the training windows.
fn by_parameters(subject: &Subject<'_>, found: &Table) -> Result<Markup> {
    let Subject { data, model, seed, .. } = subject;
    let spec = model.spec();
    let candidates = Candidates::of_model(model);
    let (train, test) = (candidates.features(&data.train.x), candidates.features(&data.test.x));
    let costs = Costs::none(candidates.terms.len() + candidates.products.len());
    let folds = folds(&data.train, data.groups.as_deref(), FOLDS, *seed);
    let folded = Folded { folds, samples: data.train.clone(), out_of_fold: None };
    let methods = PENALTIES.map(|penalty| Method { share: 1.0, penalty, products: false, teacher: 0.0 });
    let least = |method: &Method| {
        let curve = Curve::of(*method, (&train, &costs), &folded, train.ncols());
        curve.losses().last().map_or(f64::INFINITY, crate::readout::Losses::mean)
    };
    let method = methods.into_iter().min_by(|a, b| least(a).total_cmp(&least(b))).unwrap_or(methods[0]);
    let standardised = Standardised::of(&train);
    let fits = method.fits(&standardised.apply(&train), &Aim::from(&data.train.y), &costs, train.ncols());
    let z = standardised.apply(&test);
    let rest = model.parameters() - spec.readout.weights.len();
    let predictor = |fit: &Fitted| Predictor {
        parameters: rest + fit.weights.len(),
        ..Predictor::model("awd", model, fit.outputs(&z, &data.test.y))
    };
    let predictors: Vec<Predictor> = fits.iter().map(predictor).collect();
    let scores = measured(&Serial, data, &predictors, *seed)?;
    let point = |(predictor, scores): (&Predictor, &BTreeMap<&str, f64>)| {
        [(predictor.parameters as f64).log10(), scores[found.metric]]
    };
    let points: Vec<[f64; 2]> = predictors.iter().zip(&scores).map(point).collect();
    let others: Vec<&Row> = found.rows.iter().filter(|row| !row.model.starts_with("awd")).collect();
    let at = |row: &&Row| [(row.parameters.max(1) as f64).log10(), row.score];
    let places: Vec<[f64; 2]> = others.iter().map(at).collect();
    let mut names: Vec<String> = others.iter().map(|row| row.model.into()).collect();
    names.push("awd".into());
    let named = places.iter().chain(points.last()).copied().collect();
    let spans = others.iter().map(|row| span(row)).collect();
    let near = points.iter().skip(1).chain(&places).map(|p| p[1]);
    let [left, right] = Axis::around("", points.iter().chain(&places).map(|p| p[0])).range;
    let chart = Chart {
        size: [WIDE, 300],
        // Space for names at the right.
        x: Axis::new("deployed parameters", [left, right + 0.12 * (right - left)]).scaled(Scale::Decades),
        y: Axis::around(metric_name(found.metric), near.chain(others.iter().flat_map(|row| span(row)))),
        picture: None,
        layers: vec![
            Layer::new("teacher and baselines", Ink::Other, Mark::AlongY(spans), places),
            Layer::new("", Ink::Model, Mark::Line, points.clone()),
            Layer::new("this wavelet with fewer features", Ink::Model, Mark::Dots, points.clone()),
            Layer::new("", Ink::Text, Mark::Words(names), named),
        ],
        legend: Legend::None,
    };
    let text =
        |place: usize| points.get(place).map(|p| format!("{:.4} with {:.0} parameters", p[1], 10_f64.powf(p[0])));
    let texts: Vec<String> = [1, points.len() / 2, points.len() - 1].into_iter().filter_map(text).collect();
    let shown = format!(
        "Each dot is a readout with one more feature, selected and fitted on the training windows: {}. Dots with lines are the teacher and the baselines.",
        texts.join(", ")
    );
    figure("Score against deployed parameters", &shown, &[chart])
}
