//! The pictures of the pages: a part of the heartbeats' report as a browser shows it, the animation of a wavelet during the search, and
//! the held-out losses of readouts of all four-tap wavelets with both terms of the objective.

use crate::awd::Awd;
use crate::needs::BROWSER;
use crate::run::{Outcome, cargo, root, step};
use std::process::Command;

/// A style that hides most of the report. What remains is its header, the wavelet, and the signal and the features of the third event,
/// a premature beat.
const PART: &str = "<style>nav, footer, details, section:not(:has(#wavelet), :has(#events)), section > p,
    #events ~ h3, #events ~ figure:not(:nth-of-type(3)), #events ~ figure svg:not(:first-child, :last-child) { display: none }
    h2 { margin-top: 1rem }</style></head>";

/// Regenerates docs/report.png, docs/adapting.gif and docs/circle.svg.
pub fn make() -> Outcome<()> {
    Awd::build()?;
    let awd = Awd::new(1)?;
    let docs = root().join("docs");
    let data = root().join("data/ecg5000.npz");
    let (data, film) = (data.display().to_string(), docs.join("adapting.gif").display().to_string());
    awd.run(&["demo", "--out", "demo"])?;
    let teacher = ["--teacher", "demo/teacher.safetensors"];
    let report = ["report", "demo/heartbeats.awd", &data, "--trials", "demo/path.csv", "--out", "report.html"];
    awd.run(&[&report[..], &teacher].concat())?;
    let distil = ["distil", &data, "--start", "sym6", "--levels", "5", "--out", "film.awd", "--animate", &film];
    awd.run(&[&distil[..], &teacher].concat())?;
    awd.run(&[&["attribute", &data, "--out", "gradients.npz"][..], &teacher].concat())?;
    let mut circle = cargo(&root());
    circle.args(["run", "--release", "--locked", "--package", "awd-train", "--example", "circle", "--", &data]);
    step("circle", circle.arg(awd.file("gradients.npz")).arg(docs.join("circle.svg")))?;

    let (report, part) = (awd.file("report.html"), awd.file("part.html"));
    let failed = |why: std::io::Error| format!("{}: {why}", report.display());
    let page = std::fs::read_to_string(&report).map_err(failed)?;
    std::fs::write(&part, page.replacen("</head>", PART, 1)).map_err(failed)?;
    let mut browser = Command::new(BROWSER);
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=980,1330"]);
    browser.arg(format!("--screenshot={}", docs.join("report.png").display()));
    step("picture", browser.arg(format!("file://{}", part.display())))
}
