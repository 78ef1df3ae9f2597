//! The report, in a real browser.
#![cfg(feature = "pictures")]

use crate::browser::Browser;
use crate::common::npz::array;
use crate::common::paths::root;
use crate::common::refusal::refused;
use crate::maps::spots;
use crate::{awd, heartbeats, json};
use serde_json::Value;
use std::path::Path;

/// Shows a page and asserts what holds for every report: it logs nothing to the console and loads nothing; each chart
/// is drawn, described in words and reachable by keyboard; no part is empty, in light or dark mode. Returns what is on
/// the page.
fn check_page(browser: &Browser, page: &Path) -> Value {
    let seen = browser.measured(page, 1000);
    assert_eq!(seen["loaded"], Value::Array(Vec::new()));
    assert_eq!(seen["broken"], Value::Array(Vec::new()));
    assert!(!seen["wide"].as_bool().unwrap());
    let charts = seen["charts"].as_array().unwrap();
    for chart in charts {
        let [width, height] = [0, 1].map(|side| chart["box"][side].as_f64().unwrap());
        assert!(width > 200.0 && height > 60.0 && chart["marks"].as_u64().unwrap() > 8, "{chart}");
    }
    let figures = seen["figures"].as_array().unwrap();
    for figure in figures {
        let len = |field: &str| figure[field].as_str().unwrap().len();
        assert!(figure["focus"] == 0 && len("words") > 40 && len("caption") > 40, "{figure}");
    }
    let of_figures: u64 = figures.iter().map(|figure| figure["charts"].as_u64().unwrap()).sum();
    assert_eq!(of_figures, charts.len() as u64);
    // On the screen of a phone, figures and tables scroll, but the page does not.
    assert!(!browser.measured(page, 500)["wide"].as_bool().unwrap());

    let height = seen["height"].as_u64().unwrap();
    for dark in [false, true] {
        let (width, pixels) = browser.screenshot(page, height, dark);
        let mean = pixels.iter().map(|&grey| f64::from(grey)).sum::<f64>() / pixels.len() as f64;
        assert!(if dark { mean < 90.0 } else { mean > 180.0 }, "{mean}");
        let background = pixels[0];
        for (part, pixels) in pixels.chunks_exact(width * 450).enumerate() {
            let ink = pixels.iter().filter(|&&grey| grey.abs_diff(background) > 40).count();
            assert!(ink * 200 > pixels.len(), "empty from row {}, dark {dark}", part * 450);
        }
    }
    seen
}

fn headings(seen: &Value) -> Vec<&str> {
    seen["headings"].as_array().unwrap().iter().map(|heading| heading.as_str().unwrap()).collect()
}

const USUAL: [&str; 8] =
    ["Scores", "The wavelet", "Explanations", "Calibration and errors", "Limits", "Drift", "Costs", "All parameters"];

/// The usual headings with others before the last one.
fn usual_and(others: &[&'static str]) -> Vec<&'static str> {
    [&USUAL[..7], others, &USUAL[7..]].concat()
}

/// The section of signals, which has a script.
const YOURS: &str = "Score your own windows";

#[test]
fn the_browser_reports_what_is_loaded_from_elsewhere() {
    let Some(browser) = Browser::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">";
    let body = "<body><img src=\"http://127.0.0.1:9/x.png\"></body>";
    std::fs::write(&page, format!("<!DOCTYPE html>{policy}{body}")).unwrap();
    assert_eq!(browser.console_messages(&page).len(), 1);
    let loaded = &browser.measured(&page, 1000)["loaded"];
    assert_eq!(loaded[0], "http://127.0.0.1:9/x.png");
}

#[test]
fn the_report_of_heartbeats_with_a_teacher() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = heartbeats();
    json(folder, &format!("binarize {} --positive 0 --out d.npz --json", data.display()));
    json(folder, "teach d.npz --arch mlp --out t.safetensors --json --quiet");
    let distil =
        "distil d.npz --teacher t.safetensors --taps 6 --max-parameters 15 --trials p.csv --animate w.gif --out m.awd";
    json(folder, &format!("{distil} --json --quiet"));
    let film = std::fs::read(folder.join("w.gif")).unwrap();
    assert!(film.starts_with(b"GIF89a") && film.len() > 20_000, "{}", film.len());

    let printed = json(folder, "report m.awd d.npz --teacher t.safetensors --trials p.csv --out r.html --json --quiet");
    let page = std::fs::read_to_string(folder.join("r.html")).unwrap();
    assert_eq!((&printed["out"], printed["bytes"].as_u64()), (&"r.html".into(), Some(page.len() as u64)));
    // The page states the RAM of a model on boards, where it was measured.
    let performance = std::fs::read_to_string(root().join("docs/performance.md")).unwrap();
    let measured = performance.lines().find_map(|line| line.strip_prefix("- bytes of a `Model`: ")).unwrap();
    assert!(page.contains(&format!("Bytes of the parsed model</th><td>{measured}</td>")), "{measured}");
    let foreign = "from other windows than the training split";
    assert!(!page.contains(foreign));
    json(folder, &format!("binarize {} --positive 1 --out other.npz --json", data.display()));
    json(folder, "report m.awd other.npz --out other.html --json --quiet");
    assert!(std::fs::read_to_string(folder.join("other.html")).unwrap().contains(foreign));
    // A second run writes the same page.
    json(folder, "report m.awd d.npz --teacher t.safetensors --trials p.csv --out again.html --json --quiet");
    assert!(page == std::fs::read_to_string(folder.join("again.html")).unwrap());
    let table = json(folder, "evaluate m.awd d.npz --teacher t.safetensors --json --quiet");
    for row in table["rows"].as_array().unwrap() {
        assert!(page.contains(&format!("{:.4}", row["score"].as_f64().unwrap())), "{row}");
    }
    let Some(browser) = Browser::find() else { return };
    let seen = check_page(&browser, &folder.join("r.html"));
    assert_eq!(headings(&seen), usual_and(&["Choice of the wavelet", YOURS]));
    // Scores and parameters, the wavelet, three events of four charts (two right, one wrong), calibration, ROC, drift,
    // trials.
    assert_eq!(seen["charts"].as_array().unwrap().len(), 2 + 3 + 3 * 4 + 2 + 1 + 1);
}

#[test]
fn the_report_of_values_and_of_several_wavelets() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    json(folder, "simulate recovery --n-train 400 --n-test 200 --out d.npz --json");
    json(folder, "distil d.npz --gamma 0 --taps 6 --levels 3 --each-level --bare --out m.awd --json --quiet");
    let output = awd(folder, "report m.awd d.npz --out r.html");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("r.html: "));
    let Some(browser) = Browser::find() else { return };
    let seen = check_page(&browser, &folder.join("r.html"));
    assert_eq!(headings(&seen), usual_and(&[YOURS]));
    // Three wavelets, three events, predicted against true values; a bare model has no drift.
    assert_eq!(seen["charts"].as_array().unwrap().len(), 2 + 3 * 3 + 3 * 4 + 1, "{}", seen["figures"]);
}

#[test]
fn the_report_of_maps() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    spots(&folder.join("d.npz"), [16, 24]);
    json(folder, "distil d.npz --gamma 0 --taps 4 --levels 2 --out m.awd --json --quiet");
    json(folder, "report m.awd d.npz --out r.html --json --quiet");
    let Some(browser) = Browser::find() else { return };
    let seen = check_page(&browser, &folder.join("r.html"));
    assert_eq!(headings(&seen), USUAL);
    // Three maps of nine charts: the map, its seven bands and the contributions of the features.
    let is_map = |figure: &&Value| figure["charts"] == 9;
    assert_eq!(seen["figures"].as_array().unwrap().iter().filter(is_map).count(), 3);
}

/// The page scores as this computer does, bit for bit: classes with names, values, and a model for boards without a
/// floating-point unit.
#[test]
fn the_page_scores_windows_of_the_reader() {
    let Some(browser) = Browser::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let beats = heartbeats().display().to_string();
    json(folder, "simulate recovery --n-train 400 --n-test 4000 --out values.npz --json");
    json(folder, "simulate cme --n-train 400 --n-test 4000 --out pits.npz --json");
    for (data, window, options, column) in [
        (&*beats, 140, "--max-parameters 30", "class"),
        ("values.npz", 64, "--each-level", "value"),
        ("pits.npz", 128, "--arithmetic fixed", "class"),
    ] {
        json(folder, &format!("distil {data} --gamma 0 --taps 4 --levels 3 {options} --out m.awd --json --quiet"));
        json(folder, &format!("report m.awd {data} --out r.html --json --quiet"));
        let x: Vec<f32> = array(&folder.join(data), "x_test");
        let row = |row: &[f32]| row.iter().map(f32::to_string).collect::<Vec<_>>().join(",");
        let table = x.chunks(window).take(4000).map(row).collect::<Vec<_>>().join("\n");
        std::fs::write(folder.join("w.csv"), &table).unwrap();
        let native = json(folder, "score m.awd w.csv --json");
        let scored = browser.scored(&folder.join("r.html"), &table);
        let bits = |outputs: &Value| -> Vec<u32> {
            outputs.as_array().unwrap().iter().map(|output| (output.as_f64().unwrap() as f32).to_bits()).collect()
        };
        let (scored, native) = (scored.as_array().unwrap(), native["outputs"].as_array().unwrap());
        assert_eq!((scored.len(), native.len()), (4000, 4000), "{data}");
        for (window, (here, there)) in scored.iter().zip(native).enumerate() {
            assert_eq!(bits(&here["outputs"]), bits(there), "{data} {window}");
        }
        // The table that the page offers has a head, and a line for each window.
        let few = table.lines().take(50).collect::<Vec<_>>().join("\n");
        let saved = browser.asked(&folder.join("r.html"), &format!("asTable(await scoreTable({}))", Value::from(few)));
        let saved = saved.as_array().unwrap();
        assert_eq!((saved.len(), &saved[0][1]), (51, &Value::from(column)));
    }
    // Tables in other forms are read or refused as `awd score` does.
    let cases = [
        ("", Err("the file is empty")),
        ("1,2,3", Err("128 samples; the table has 3 columns")),
        ("ROW", Ok(1)),
        ("y;NAMES\n7;ROW", Ok(1)),
        ("NAMES", Err("there are none")),
        ("ROW\nROW;1", Err("line 2: 128 cells, like the first row; it has 129")),
        ("2,5;REST", Ok(1)),
        ("2,500;REST", Err("decimal point")),
        ("1e39;REST", Err("line 1: a number in every column; column 1 has 1e39")),
        ("ROW\n;REST", Err("line 2: a number in every column; column 1 has an empty cell")),
    ];
    let names = (0..128).map(|k| format!("x{k}")).collect::<Vec<_>>().join(";");
    let (row, rest) = (vec!["1"; 128].join(";"), vec!["1"; 127].join(";"));
    let tables = cases.map(|(table, _)| table.replace("NAMES", &names).replace("ROW", &row).replace("REST", &rest));
    let each = "table => scoreTable(table).then(scores => scores.length, why => why.message)";
    let told = browser
        .asked(&folder.join("r.html"), &format!("await Promise.all({}.map({each}))", Value::from(tables.to_vec())));
    for ((table, expected), told) in cases.iter().zip(told.as_array().unwrap()) {
        match expected {
            Ok(count) => assert_eq!(told, count, "{table}"),
            Err(part) => assert!(told.as_str().is_some_and(|why| why.contains(part)), "{table}: {told}"),
        }
    }
}

#[test]
fn invalid_reports_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    json(folder, "simulate cme --n-train 150 --n-test 50 --out d.npz --json");
    json(folder, "distil d.npz --gamma 0 --taps 2 --levels 1 --out m.awd --json --quiet");
    let refused = |words: &str, parts: &[&str]| refused(folder, words, parts);
    refused(&format!("report m.awd {} --out r.html", heartbeats().display()), &["x_test", "128 samples", "140"]);
    refused("report m.awd d.npz --out no/such/r.html", &["no/such/r.html", "folder"]);
    std::fs::write(folder.join("p.csv"), "a,b\n1,2\n").unwrap();
    refused("report m.awd d.npz --trials p.csv --out r.html", &["p.csv", "a table of trials"]);
}
