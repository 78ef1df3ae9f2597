//! The table: the model, its baselines and its teacher on the test split, which nothing else reads.

use crate::data::{Dataset, Target};
use crate::distil::fixed;
use crate::metric::{self, Outputs};
use crate::network::Network;
use crate::progress::{Event, Progress};
use crate::readout::{predict, predict_fixed};
use crate::wavelet::Wavelet;
use crate::{Error, Result, baseline, file};
use awd_core::{Kind, Model};
use serde::Serialize;

/// Numbers for each output that the fixed wavelet may use: the default budget of a distilled one.
const NUMBERS: usize = 41;

/// A predictor's outputs on the test split, and what it would take to carry it.
#[derive(Debug, Clone)]
pub struct Predictor {
    /// Its name in the table.
    pub model: &'static str,
    /// What it says of each test window.
    pub outputs: Outputs,
    /// Of two classes, the logit above which it decides for class 1; 0 for all others.
    pub threshold: f64,
    /// Every number that it needs: wavelet, readout, normalisation.
    pub parameters: usize,
    /// Bytes that hold them.
    pub bytes: usize,
}

impl Predictor {
    /// The network that was distilled.
    ///
    /// # Errors
    /// Its outputs cannot be computed.
    pub fn teacher(network: &dyn Network, data: &Dataset) -> Result<Self> {
        let parameters = network.parameters();
        Ok(Self {
            model: "teacher",
            outputs: network.outputs(data.test.x.view())?.mapv(f64::from),
            threshold: 0.0,
            parameters,
            bytes: size_of::<f32>() * parameters,
        })
    }
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Name of the predictor.
    pub model: &'static str,
    /// R² or accuracy on the test split.
    pub score: f64,
    /// Lower end of the 95% bootstrap interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Mean recall over the classes; classes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<f64>,
    /// Area under the ROC curve; two classes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auroc: Option<f64>,
    /// Mean of −ln p, p the probability that it gave to the window's class; classes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// Numbers that the predictor needs.
    pub parameters: usize,
    /// Bytes that hold them.
    pub bytes: usize,
}

/// The table and what it is about.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// `regression` or `classification`.
    pub task: &'static str,
    /// `r2` or `accuracy`.
    pub metric: &'static str,
    /// Windows of the test split.
    pub n_test: usize,
    /// One line a predictor.
    pub rows: Vec<Row>,
}

/// Evaluates the model, `others` (the teacher), and the baselines that are fitted here to the training split.
///
/// # Errors
/// The model's window or outputs are not those of the data.
pub fn evaluate(
    data: &Dataset,
    model: &Model,
    others: Vec<Predictor>,
    seed: u64,
    progress: Progress<'_>,
) -> Result<Table> {
    check(data, model)?;
    let tell = |done, note: &str| progress(Event { stage: "evaluate", done, total: 4, note: note.into() });
    let deployed = |name, model: &Model, outputs| Predictor {
        model: name,
        outputs,
        threshold: model.spec().readout.threshold.unwrap_or(0.0).into(),
        parameters: model.parameters(),
        bytes: file::model_bytes(model).len(),
    };
    let x = &data.test.x;
    tell(0, "awd");
    let mut predictors = vec![deployed("awd", model, predict(model, x))];
    if let Ok(outputs) = predict_fixed(model, x) {
        predictors.push(deployed("awd-fixed", model, outputs));
    }
    predictors.extend(others);
    tell(1, "db5");
    let db5 = Wavelet::named("db5").ok_or_else(|| Error::failed("db5", "is not in the catalogue"))?;
    let dwt = &model.spec().dwt;
    let numbers = NUMBERS.max(model.parameters().div_ceil(data.train.y.outputs()));
    let db5 = fixed(data, db5, dwt.boundary(), dwt.levels(), numbers, seed)?;
    predictors.push(deployed("db5", &db5, predict(&db5, x)));
    tell(2, "raw");
    let (outputs, parameters) = baseline::raw(data, seed);
    predictors.push(Predictor {
        model: "raw",
        outputs,
        threshold: 0.0,
        parameters,
        bytes: size_of::<f32>() * parameters,
    });
    tell(3, "intervals");
    let rows = predictors.iter().map(|predictor| row(&data.test.y, predictor, seed)).collect();
    tell(4, "");
    let task = match data.test.y {
        Target::Values(_) => "regression",
        Target::Classes { .. } => "classification",
    };
    Ok(Table { task, metric: metric::name(&data.test.y), n_test: data.test.y.len(), rows })
}

/// The model must be one for windows and targets of this kind.
///
/// # Errors
/// It is not.
pub fn check(data: &Dataset, model: &Model) -> Result<()> {
    if model.window() != data.window() {
        let bound = format_args!("windows of {} samples as the model's; these have {}", model.window(), data.window());
        return Err(Error::input(&data.file, "x_test", bound));
    }
    let readout = &model.spec().readout;
    let (kind, outputs) = match &data.train.y {
        Target::Values(_) => (Kind::Linear, 1),
        Target::Classes { classes, .. } => (Kind::Softmax, classes - 1),
    };
    if readout.kind != kind || readout.bias.len() != outputs {
        let bound = format_args!("what the model predicts, {:?} of {} outputs", readout.kind, readout.bias.len());
        return Err(Error::input(&data.file, "y_train", bound));
    }
    if let Target::Values(values) = &data.test.y
        && values.iter().all(|value| value == &values[0])
    {
        return Err(Error::input(&data.file, "y_test", "values that differ; equal ones have no R²"));
    }
    Ok(())
}

fn row(y: &Target, predictor: &Predictor, seed: u64) -> Row {
    let rows: Vec<usize> = (0..y.len()).collect();
    let outputs = &predictor.outputs;
    // The class of the highest logit is the one that is decided for.
    let mut decisions = outputs.clone();
    decisions.column_mut(0).mapv_inplace(|output| output + predictor.threshold);
    let [low, high] = metric::interval(y, &decisions, seed);
    let classes = matches!(y, Target::Classes { .. });
    Row {
        model: predictor.model,
        score: metric::score(y, &decisions, &rows),
        low,
        high,
        balanced_accuracy: metric::balanced_accuracy(y, &decisions),
        auroc: metric::auroc(y, outputs),
        log_loss: classes.then(|| metric::loss(y, outputs)),
        parameters: predictor.parameters,
        bytes: predictor.bytes,
    }
}
