//! The pictures of the pages: a part of the heartbeats' report as a browser shows it, the film of a wavelet adapting, and what the method asks
//! of wavelets beside how well they are read.

use crate::awd::Awd;
use crate::needs::BROWSER;
use crate::run::{Outcome, cargo, root, step};
use std::process::Command;

/// What the picture leaves out of the report: all but its head, the wavelet, and the third event, a beat that came early, of
/// which it has the signal and the features.
const PART: &str = "<style>nav, footer, details, section:not(:has(#wavelet), :has(#events)), section > p,
    #events ~ h3, #events ~ figure:not(:nth-of-type(3)), #events ~ figure svg:not(:first-child, :last-child) { display: none }
    h2 { margin-top: 1rem }</style></head>";

/// Makes docs/report.png, docs/adapting.gif and docs/circle.svg anew.
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

    let (whole, part) = (awd.file("report.html"), awd.file("part.html"));
    let failed = |why: std::io::Error| format!("{}: {why}", whole.display());
    let page = std::fs::read_to_string(&whole).map_err(failed)?;
    std::fs::write(&part, page.replacen("</head>", PART, 1)).map_err(failed)?;
    let mut browser = Command::new(BROWSER);
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=980,1330"]);
    browser.arg(format!("--screenshot={}", docs.join("report.png").display()));
    step("picture", browser.arg(format!("file://{}", part.display())))
}
