//! The limits of the model, as far as the data show them.

use super::Subject;
use crate::data::Target;
use crate::evaluate::{Row, Table};
use crate::metric::{self, Outputs};
use maud::{Markup, html};

/// A class with fewer test windows than this has uncertain scores.
const FEW: usize = 30;

/// The section.
pub fn limits(subject: &Subject<'_>, found: &Table, outputs: &Outputs) -> Markup {
    html! { ul { @for limit in sentences(subject, found, outputs) { li { (limit) } } } }
}

fn sentences(subject: &Subject<'_>, found: &Table, outputs: &Outputs) -> Vec<String> {
    let Subject { model, data, teacher, .. } = *subject;
    let spec = model.spec();
    let mut limits = vec![format!(
        "The model was tested on {} windows from the same source as the training windows. Other instruments, cells or patients were not tested.",
        found.n_test
    )];
    if data.groups.is_none() {
        limits.push("The data have no groups (movies, patients). If windows of one group are in both splits, the scores are too high.".into());
    }
    limits.extend(better(found));
    let seed = spec.provenance.as_ref().map_or(String::new(), |provenance| format!(", {}", provenance.seed));
    limits.push(format!(
        "These are the scores of one model with one seed{seed}. Other seeds give other models and scores: compare medians of at least three seeds."
    ));
    if let Target::Classes { labels, classes } = &data.test.y {
        let counted = |class: usize| labels.iter().filter(|label| **label == class).count();
        let rare: Vec<String> = (0..*classes)
            .filter(|&class| counted(class) < FEW)
            .map(|class| format!("{} ({})", spec.class_name(class), counted(class)))
            .collect();
        if !rare.is_empty() {
            limits.push(format!(
                "There are few test windows of the classes {}: the scores of these classes are uncertain.",
                rare.join(", ")
            ));
        }
        let occurs = |class: usize| outputs.rows().into_iter().any(|row| metric::class(row) == Some(class));
        let none = outputs.rows().into_iter().filter(|row| metric::class(*row).is_none()).count();
        if none > 0 {
            limits.push(format!(
                "For {none} test windows the score is not a number. They have no class and count as wrong."
            ));
        }
        let never: Vec<String> =
            (0..*classes).filter(|&class| !occurs(class)).map(|class| spec.class_name(class)).collect();
        if !never.is_empty() {
            limits.push(format!("The model never predicts class {} for a test window.", never.join(", ")));
        }
    }
    match &spec.provenance {
        Some(provenance) if provenance.data != data.train.hash() => limits.push(
            "The model was distilled from other windows than the training split of these data. The test windows may have been among them.".into(),
        ),
        None => limits.push("The file does not state from which windows the model was distilled. The test windows may have been among them.".into()),
        _ => {}
    }
    if spec.provenance.as_ref().is_some_and(|provenance| provenance.attributions.is_none()) {
        limits.push("The model was distilled without a teacher: its wavelet makes the signals sparse, not the attributions of a network.".into());
    }
    if teacher.is_none() {
        limits.push("No teacher was given for this report, so the fidelity to a teacher is not measured.".into());
    }
    limits.push("Attributions show what the model or its teacher used. They do not show the cause of an event.".into());
    limits
}

/// A sentence for each predictor that scores better than the model.
fn better(found: &Table) -> Vec<String> {
    let model = &found.rows[0];
    let lower_is_better = found.metric == "rmse";
    let ahead = |row: &&Row| if lower_is_better { row.score < model.score } else { row.score > model.score };
    let sentence = |row: &Row| {
        let ends = if lower_is_better { model.low.zip(row.high) } else { row.low.zip(model.high) };
        let apart = match ends {
            Some((above, below)) if above > below => "their intervals do not overlap",
            Some(_) => "their intervals overlap",
            None => "there are no intervals",
        };
        let parameters =
            if row.parameters <= model.parameters { "without more parameters" } else { "with more parameters" };
        format!("{} scores better ({:.4} against {:.4}) {parameters}; {apart}.", row.model, row.score, model.score)
    };
    found.rows.iter().skip(1).filter(|row| !row.model.starts_with("awd")).filter(ahead).map(sentence).collect()
}
