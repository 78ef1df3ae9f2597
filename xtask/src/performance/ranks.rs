//! The section of docs/performance.md about MPI ranks: time and memory for four million simulated windows in sixteen shards, with one
//! rank and with two.

use crate::awd::Awd;
use crate::mpi;
use crate::run::{Outcome, root};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The section's title.
pub const TITLE: &str = "Ranks";

const SHARDS: u32 = 16;

/// The number of windows in a shard.
const WINDOWS: u32 = 250_000;

/// The measured commands. The shards `d` are mostly training windows, the shards `s` mostly test windows.
const VERBS: [(&str, &str); 5] = [
    ("attribute", "attribute d --teacher t --out g"),
    ("distil", "distil d --gradients g --family orthogonal --levels 4 --out m.awd"),
    ("score", "score m.awd s"),
    ("evaluate, baselines fitted to all windows", "evaluate m.awd d --json"),
    ("evaluate, intervals over all windows", "evaluate m.awd s --json"),
];

/// The resources that a rank used.
#[derive(Clone, Copy, Default)]
struct Usage {
    /// Peak memory in kilobytes, as Linux counts them.
    memory: u64,
    /// Processor seconds.
    cpu: f64,
}

/// The section. Its files stay in `target/results/ranks`.
pub fn section() -> Outcome<String> {
    let program = mpi::program()?;
    let folder = root().join("target/results/ranks");
    simulate(&folder)?;
    let mut text = format!(
        "{TITLE}\n{} windows of 64 samples in {SHARDS} shards (`awd simulate recovery`), with a multilayer perceptron as teacher. Each \
         rank has\none thread; all ran on one machine with other load. CPU seconds and memory are the maximum over the ranks.\n\n\
         | verb | ranks | seconds | CPU seconds per rank | MB per rank |\n|---|--:|--:|--:|--:|\n",
        SHARDS * WINDOWS
    );
    let mut results = Vec::new();
    for ranks in [1, 2] {
        let mut outputs = Vec::new();
        for (verb, args) in VERBS {
            let (seconds, usages) = measure(&program, &folder, ranks, args)?;
            let memory = usages.iter().map(|usage| usage.memory).max().unwrap_or(0) / 1024;
            let cpu = usages.iter().map(|usage| usage.cpu).fold(0.0, f64::max);
            let _ = writeln!(text, "| {verb} | {ranks} | {seconds:.0} | {cpu:.0} | {memory} |");
            // The output of `distil` contains its running time; compare its model instead.
            outputs.push(read(&folder.join(if verb == "distil" { "m.awd" } else { "stdout.txt" }))?);
        }
        results.push(outputs);
    }
    if results[0] != results[1] {
        return Err("the model, scores or tables of two ranks differ from those of one rank".into());
    }
    text += "\nModels, scores and tables of one rank and of two are identical, byte for byte.\n";
    Ok(text)
}

/// Simulates the shards `d` and `s`, and trains the teacher `t`.
fn simulate(folder: &Path) -> Outcome<()> {
    for name in ["d", "s"] {
        fs::create_dir_all(folder.join(name)).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    let (windows, minimum) = (WINDOWS.to_string(), "100");
    for (name, train, test) in [("d", &windows[..], minimum), ("s", minimum, &windows[..])] {
        for shard in 0..SHARDS {
            let out = folder.join(name).join(format!("{shard:02}.npz")).display().to_string();
            let awd = Awd::new(u64::from(shard) + 1)?;
            awd.run(&["simulate", "recovery", "--n-train", train, "--n-test", test, "--out", &out])?;
        }
    }
    let [small, teacher] = ["small.npz", "t"].map(|name| folder.join(name).display().to_string());
    let awd = Awd::new(99)?;
    awd.run(&["simulate", "recovery", "--n-train", "20000", "--n-test", "2000", "--out", &small])?;
    awd.run(&["teach", &small, "--arch", "mlp", "--out", &teacher]).map(drop)
}

/// The elapsed seconds and the usage of each rank. The output goes to `stdout.txt`.
fn measure(program: &Path, folder: &Path, ranks: usize, args: &str) -> Outcome<(f64, Vec<Usage>)> {
    let failed = |why: &dyn std::fmt::Display| format!("{ranks} ranks, awd {args}: {why}");
    let stdout = fs::File::create(folder.join("stdout.txt")).map_err(|why| failed(&why))?;
    let mut command = Command::new("mpirun");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1").current_dir(folder);
    command.args("--oversubscribe --bind-to none --mca btl self,vader,tcp --mca btl_tcp_if_include lo".split(' '));
    command.args(["-n", &ranks.to_string()]).arg(program).args(args.split(' ')).args(["--quiet", "--threads", "1"]);
    let started = Instant::now();
    let mut launcher = command.stdout(stdout).stderr(Stdio::inherit()).spawn().map_err(|why| failed(&why))?;
    let mut usages = vec![Usage::default(); ranks];
    loop {
        for (usage, now) in usages.iter_mut().zip(children_usage(&launcher)) {
            *usage = Usage { memory: usage.memory.max(now.memory), cpu: usage.cpu.max(now.cpu) };
        }
        if let Some(status) = launcher.try_wait().map_err(|why| failed(&why))? {
            let seconds = started.elapsed().as_secs_f64();
            return if status.success() { Ok((seconds, usages)) } else { Err(failed(&status)) };
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The usage so far of the launcher's child processes.
fn children_usage(launcher: &Child) -> Vec<Usage> {
    let children: PathBuf = format!("/proc/{0}/task/{0}/children", launcher.id()).into();
    let children = fs::read_to_string(children).unwrap_or_default();
    let usage = |child: &str| {
        let status = fs::read_to_string(format!("/proc/{child}/status")).ok()?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?;
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).ok()?;
        // Fields after the process name, which may contain any character. Ticks are hundredths of a second.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = [11, 12].map(|field| fields.get(field).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0));
        Some(Usage { memory: memory.parse().ok()?, cpu: (ticks[0] + ticks[1]) / 100.0 })
    };
    children.split_whitespace().filter_map(usage).collect()
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|why| format!("{}: {why}", path.display()))
}
