//! A report about a model: what it is, how it decides, how good it is, what it costs, and its limits.
//!
//! Each section is a function from the [`Subject`] to markup. Charts are data that the library plotters draws. The page
//! is one file that loads nothing. It needs a script only to score windows of the reader's. It supports dark mode, printing, keyboards and screen
//! readers.

mod chart;
mod chosen;
mod circle;
mod costs;
mod draw;
mod drift;
mod events;
mod film;
mod limits;
mod maps;
mod number;
mod outputs;
mod page;
mod path;
mod scorer;
mod scores;
mod shapes;
mod subject;
mod what;

use crate::Result;
use crate::evaluate::{Predictor, Table, evaluate};
use crate::progress::{Context, Progress};
use crate::score::predict;
pub use circle::{Around, circle};
pub use film::film;
use maud::{Markup, html};
use number::thousands;
use page::{Section, page, stats};
pub use subject::Subject;
use subject::file_name;

/// Renders the report as HTML.
///
/// # Errors
/// The model does not fit these windows, or the teacher cannot be computed.
pub fn report(subject: &Subject<'_>, progress: Progress<'_>) -> Result<String> {
    let Subject { name, model, data, teacher, trials, seed } = *subject;
    let of_teacher = teacher.map(|teacher| Predictor::teacher(teacher, &data.test.x)).transpose()?;
    let found = evaluate(data, model, of_teacher.clone().into_iter().collect(), seed, Context::of(progress))?;
    let of_model = Predictor::model("awd", model, predict(model, &data.test.x));
    let section = |id, title: &str, body| Section { id, title: title.into(), body };
    let mut sections = vec![
        section("scores", "Scores", scores::scores(subject, &found)?),
        section("wavelet", "The wavelet", shapes::shapes(model)?),
        section(
            "events",
            "Explanations",
            match &model.spec().image {
                Some(image) => maps::maps(subject, image, &of_model.outputs)?,
                None => events::events(subject, &of_model.outputs)?,
            },
        ),
        section(
            "outputs",
            "Calibration and errors",
            outputs::outputs(&data.test.y, &data.class_names, &of_model, of_teacher.as_ref())?,
        ),
        section("limits", "Limits", limits::limits(subject, &found, &of_model.outputs)),
        section("drift", "Drift", drift::drift(subject)?),
        section("costs", "Costs", costs::costs(subject)),
    ];
    if let Some(trials) = trials {
        sections.push(section("path", "Choice of the wavelet", path::path(trials)?));
    }
    if let Some(scorer) = scorer::scorer(subject) {
        sections.push(section("yours", "Score your own windows", scorer));
    }
    sections.push(section("what", "All parameters", what::what(subject)));
    let foot = format!(
        "Written by awd {}. This page is a single file and loads nothing from elsewhere.",
        env!("CARGO_PKG_VERSION")
    );
    Ok(page(name, &lead(subject, &found), &sections, &foot))
}

/// The main facts, at the top of the page.
fn lead(subject: &Subject<'_>, found: &Table) -> Markup {
    let row = &found.rows[0];
    let of_teacher = subject.teacher.and_then(|_| found.rows.iter().find(|row| row.model == "teacher"));
    let interval = row.low.zip(row.high).map_or(String::new(), |(low, high)| format!("{low:.4} to {high:.4}, "));
    let interval = format!("{interval}{} test windows", thousands(found.n_test));
    let against = of_teacher
        .map_or("no teacher was given".into(), |teacher| format!("its teacher has {}", thousands(teacher.parameters)));
    let bytes = thousands(subject.model.file().len());
    html! {
        p { "A small model: a wavelet transform, features of its subbands, and a linear readout. Data: " (file_name(&subject.data.file)) "." }
        (stats(&[
            [scores::metric_name(found.metric).into(), format!("{:.4}", row.score), interval],
            ["Parameters".into(), thousands(row.parameters), against],
            ["Bytes".into(), bytes, "size of the model file".into()],
        ]))
    }
}
