//! The sections of docs/performance.md about the host: transforms compared with other libraries, and distilling.

use crate::run::{Outcome, cargo, output, output_or_unknown, root};
use std::ffi::OsStr;
use std::fmt::Write;
use std::process::Stdio;

/// The benchmarks: package and name.
const TRANSFORM: [&str; 2] = ["awd-core", "transform"];
const DISTIL: [&str; 2] = ["awd-train", "distil"];

/// The section of the host: the output of the benchmark, with the vector instructions that are found at run time and, if the
/// processor has AVX2, built for x86-64-v3.
pub fn on_host() -> Outcome<String> {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field =
        |name| about.lines().find_map(|line| line.strip_prefix(name)?.split_once(':').map(|(_, value)| value.trim()));
    let processor = field("model name").unwrap_or("unknown processor");
    let mut section = format!(
        "\n## Host, {processor}\n{}, opt-level 3. The program is `awd-core/benches/transform` with the feature `vectors`: \
         `Dwt::analyze_batch` uses the vector instructions of the processor, which are found at run time. The libraries are measured \
         in one run: compare the\nratios, not the times of different runs. PyWavelets is the published wheel; osclet uses AVX if \
         the processor has it.\n\n{}\n",
        output_or_unknown("rustc", &["--version"]),
        bench("benchmark", TRANSFORM, &["vectors"], &[])?
    );
    if field("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "avx2")) {
        // A separate folder, so that the flags do not invalidate the other builds.
        let target = root().join("target/x86-64-v3");
        let printed = bench(
            "benchmark with AVX2",
            TRANSFORM,
            &[],
            &[("RUSTFLAGS", "-C target-cpu=x86-64-v3".as_ref()), ("CARGO_TARGET_DIR", target.as_ref())],
        )?;
        let _ = write!(section, "\nWith `RUSTFLAGS=\"-C target-cpu=x86-64-v3\"`:\n\n{printed}\n");
    }
    Ok(section)
}

/// The section about distilling.
pub fn distilling() -> Outcome<String> {
    let printed = bench("benchmark of distillation", DISTIL, &[], &[])?;
    Ok(format!(
        "\n## Distilling\nOn the same processor. The program is `awd-train/benches/distil`: windows of 40 samples with a \
         gradient each, 10 taps, 4\nlevels, zero padding, all windows in every evaluation; seconds are the minimum of a few runs. The published \
         grid is a complete `distil`,\nincluding readouts. The published implementation took 185 CPU-seconds per grid point and about 27 \
         CPU-hours per grid, with its network.\n\n{printed}\n"
    ))
}

/// Runs a benchmark of a package with these features, and returns its output.
fn bench(
    name: &str,
    [package, bench]: [&str; 2],
    features: &[&str],
    environment: &[(&str, &OsStr)],
) -> Outcome<String> {
    eprintln!("xtask: {name}");
    let mut cargo = cargo(&root());
    cargo.args(["bench", "--quiet", "--locked", "--package", package, "--bench", bench]);
    cargo.args(features.iter().flat_map(|feature| ["--features", feature]));
    cargo.envs(environment.iter().copied()).stderr(Stdio::inherit());
    output(&mut cargo).ok_or_else(|| format!("{name} failed"))
}
