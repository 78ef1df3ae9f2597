//! A real browser in headless mode, which shows pages.

use crate::common::skip::skipped;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An installed browser: its program.
pub struct Browser(PathBuf);

/// A script to append to a page. It measures what the browser shows, and writes the answer as text into the page.
const PROBE: &str = r#"<pre id="probe"></pre><script>
const box = e => { const r = e.getBoundingClientRect(); return [r.width, r.height]; };
addEventListener("load", () => document.getElementById("probe").textContent = JSON.stringify({
  charts: [...document.querySelectorAll("svg")].map(e => ({box: box(e), marks: e.querySelectorAll("line, rect, polyline, circle, image, text").length})),
  figures: [...document.querySelectorAll("figure")].map(e => ({
    focus: e.tabIndex, charts: e.querySelectorAll("svg").length,
    words: e.querySelector("[role=img]")?.getAttribute("aria-label") ?? "", caption: e.querySelector("figcaption")?.innerText ?? "",
  })),
  headings: [...document.querySelectorAll("h2")].map(e => e.innerText),
  broken: [...document.querySelectorAll("a")].map(a => a.getAttribute("href")).filter(h => !document.getElementById(h.slice(1))),
  wide: document.documentElement.scrollWidth > innerWidth,
  height: document.documentElement.scrollHeight,
  loaded: performance.getEntriesByType("resource").map(e => e.name),
}));
</script>"#;

impl Browser {
    /// The browser that `AWD_BROWSER` names, or else an installed one.
    pub fn find() -> Option<Self> {
        let named = std::env::var_os("AWD_BROWSER").map(PathBuf::from);
        let known = ["chromium", "chromium-browser", "google-chrome"].map(PathBuf::from);
        let runs =
            |path: &PathBuf| Command::new(path).arg("--version").output().is_ok_and(|output| output.status.success());
        let found = named.into_iter().chain(known).find(runs);
        if found.is_none() {
            skipped("no browser; cargo xtask setup installs chromium, AWD_BROWSER names another");
        }
        found.map(Self)
    }

    fn run(&self, page: &Path, options: &[&str]) -> Output {
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Command::new(&self.0);
        browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]);
        browser.arg(format!("--user-data-dir={}", profile.path().display())).args(options);
        let output = browser.arg(format!("file://{}", page.canonicalize().unwrap().display())).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// What is on a page, as the browser lays it out in a window that is `width` pixels wide.
    pub fn measured(&self, page: &Path, width: u32) -> Value {
        let text = std::fs::read_to_string(page).unwrap();
        // The page's own policy forbids scripts, so the script runs in a copy without that policy.
        let policy = "default-src 'none'";
        assert!(text.contains(policy));
        let copy = page.with_extension("asked.html");
        let html =
            text.replace(policy, "default-src * 'unsafe-inline' data:").replace("</body>", &format!("{PROBE}</body>"));
        std::fs::write(&copy, html).unwrap();
        let output = self.run(&copy, &["--dump-dom", &format!("--window-size={width},900")]);
        answer(&output, "probe")
    }

    /// The value of an expression of the page's script, under the page's own policy.
    pub fn asked(&self, page: &Path, expression: &str) -> Value {
        let text = std::fs::read_to_string(page).unwrap();
        let script = format!(
            "<pre id=\"answer\"></pre><script>(async () => {{ const answer = {expression}; \
             document.getElementById(\"answer\").textContent = JSON.stringify(answer); }})();</script></body>"
        );
        let copy = page.with_extension("asked.html");
        std::fs::write(&copy, text.replace("</body>", &script)).unwrap();
        // In virtual time the page is printed once nothing is left to do.
        let output = self.run(&copy, &["--dump-dom", "--virtual-time-budget=100000"]);
        assert_eq!(console_messages(&output), Vec::<String>::new());
        answer(&output, "answer")
    }

    /// The scores of the windows of a table, by the page.
    pub fn scored(&self, page: &Path, table: &str) -> Value {
        self.asked(page, &format!("await scoreTable({})", Value::from(table)))
    }

    /// A screenshot of the page: its width, and grey values row by row.
    pub fn screenshot(&self, page: &Path, height: u64, dark: bool) -> (usize, Vec<u8>) {
        let file = page.with_extension(if dark { "dark.png" } else { "png" });
        let mut options = vec![format!("--screenshot={}", file.display()), format!("--window-size=1000,{height}")];
        options.extend(dark.then(|| "--blink-settings=preferredColorScheme=0".into()));
        let output = self.run(page, &options.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(console_messages(&output), Vec::<String>::new());
        let mut decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&file).unwrap()));
        decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let samples = frame.color_type.samples();
        let grey =
            pixels.chunks(samples).map(|pixel| (pixel[..3].iter().map(|&c| u32::from(c)).sum::<u32>() / 3) as u8);
        (frame.width as usize, grey.collect())
    }

    /// The messages of the console about a page.
    pub fn console_messages(&self, page: &Path) -> Vec<String> {
        console_messages(&self.run(page, &["--dump-dom"]))
    }
}

/// The JSON in the element with this id.
fn answer(output: &Output, id: &str) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = text.split_once(&format!("<pre id=\"{id}\">")).and_then(|(_, rest)| rest.split_once("</pre>"));
    let (answer, _) = answer.unwrap_or_else(|| panic!("no answer in {} bytes", text.len()));
    let plain = answer.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&");
    serde_json::from_str(&plain).unwrap_or_else(|why| panic!("{why}: {plain:.300}"))
}

fn console_messages(output: &Output) -> Vec<String> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    stderr.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect()
}
