//! Scores windows that the reader chooses, in the browser, by awd-core compiled to WebAssembly. Nothing is sent or loaded.

use super::subject::Subject;
use maud::{Markup, PreEscaped, html};
use serde_json::json;

/// The script of the page.
const SCRIPT: &str = include_str!("scorer/scorer.js");

/// awd-core and the functions of awd.h for WebAssembly, as base64 of gzip. `cargo xtask wasm` makes it.
const CODE: &str = include_str!("scorer/awd.wasm.gz.b64");

/// What browsers may run on a page with this section: its script, and the code in it.
pub const POLICY: &str = "script-src 'unsafe-inline' 'wasm-unsafe-eval'";

/// The section, for models of signals.
pub fn scorer(subject: &Subject<'_>) -> Option<Markup> {
    let model = subject.model;
    if model.spec().image.is_some() {
        return None;
    }
    let window = model.window();
    let page = json!({ "model": model.file(), "window": window, "classes": model.class_names(), "code": CODE });
    // Otherwise a name with a tag in it would end the script.
    let page = page.to_string().replace('<', "\\u003c");
    Some(html! {
        p {
            "Choose a table (.csv) with one window in each row, " (window) " samples each; a row of names may come first. The scores are computed here, "
            "in your browser, with the same bits as on a board. The table stays on your computer."
        }
        p { label { "Table of windows " input type="file" id="windows" accept=".csv,.tsv,.txt,text/csv"; } }
        p id="scoring" role="status" { noscript { "This section needs JavaScript." } }
        div class="wide" id="scored" tabindex="0" role="region" aria-label="Scores of your windows" {}
        script { (PreEscaped("const AWD = ")) (PreEscaped(page)) (PreEscaped(";\n")) (PreEscaped(SCRIPT)) }
    })
}
