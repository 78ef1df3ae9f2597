//! What ranks take of time and memory: four million simulated windows in sixteen shards, by one rank and by two.

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

/// Windows of a shard.
const WINDOWS: u32 = 250_000;

/// The verbs: of the shards `d` to learn from, and of as many windows `s` to score.
const VERBS: [(&str, &str); 5] = [
    ("attribute", "attribute d --teacher t --out g"),
    ("distil", "distil d --gradients g --family orthogonal --levels 4 --out m.awd"),
    ("score", "score m.awd s"),
    ("evaluate, baselines fitted to so many", "evaluate m.awd d --json"),
    ("evaluate, intervals of so many", "evaluate m.awd s --json"),
];

/// What a rank took.
#[derive(Clone, Copy, Default)]
struct Taken {
    /// Kilobytes of memory at most, as Linux counts them.
    memory: u64,
    /// Seconds of a processor.
    cpu: f64,
}

/// The section, and its files in `target/results/ranks`, which are left there.
pub fn section() -> Outcome<String> {
    let program = mpi::program()?;
    let folder = root().join("target/results/ranks");
    simulated(&folder)?;
    let mut text = format!(
        "{TITLE}\n{} windows of 64 samples in {SHARDS} shards (`awd simulate recovery`), a perceptron as teacher; each rank with one \
         thread, on one machine that has others to serve. Memory is the greatest of any rank.\n\n\
         | verb | ranks | seconds | CPU seconds a rank | MB a rank |\n|---|--:|--:|--:|--:|\n",
        SHARDS * WINDOWS
    );
    let mut results = Vec::new();
    for ranks in [1, 2] {
        let mut said = Vec::new();
        for (verb, words) in VERBS {
            let (seconds, of_ranks) = measured(&program, &folder, ranks, words)?;
            let memory = of_ranks.iter().map(|taken| taken.memory).max().unwrap_or(0) / 1024;
            let cpu = of_ranks.iter().map(|taken| taken.cpu).fold(0.0, f64::max);
            let _ = writeln!(text, "| {verb} | {ranks} | {seconds:.0} | {cpu:.0} | {memory} |");
            // What `distil` says has its seconds in it.
            said.push(read(&folder.join(if verb == "distil" { "m.awd" } else { "said.txt" }))?);
        }
        results.push(said);
    }
    if results[0] != results[1] {
        return Err("two ranks come to another model, to other scores or to another table than one".into());
    }
    text += "\nModel, scores and tables of both are the same, byte for byte.\n";
    Ok(text)
}

fn simulated(folder: &Path) -> Outcome<()> {
    for name in ["d", "s"] {
        fs::create_dir_all(folder.join(name)).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    let (many, few) = (WINDOWS.to_string(), "100");
    for (name, train, test) in [("d", &many[..], few), ("s", few, &many[..])] {
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

/// Seconds, and what each rank took; what is printed goes to `said.txt`.
fn measured(program: &Path, folder: &Path, ranks: usize, words: &str) -> Outcome<(f64, Vec<Taken>)> {
    let failed = |why: &dyn std::fmt::Display| format!("{ranks} ranks, awd {words}: {why}");
    let said = fs::File::create(folder.join("said.txt")).map_err(|why| failed(&why))?;
    let mut command = Command::new("mpirun");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1").current_dir(folder);
    command.args("--oversubscribe --bind-to none --mca btl self,vader,tcp --mca btl_tcp_if_include lo".split(' '));
    command.args(["-n", &ranks.to_string()]).arg(program).args(words.split(' ')).args(["--quiet", "--threads", "1"]);
    let started = Instant::now();
    let mut launcher = command.stdout(said).stderr(Stdio::inherit()).spawn().map_err(|why| failed(&why))?;
    let mut taken = vec![Taken::default(); ranks];
    loop {
        for (known, now) in taken.iter_mut().zip(of_children(&launcher)) {
            *known = Taken { memory: known.memory.max(now.memory), cpu: known.cpu.max(now.cpu) };
        }
        if let Some(status) = launcher.try_wait().map_err(|why| failed(&why))? {
            let seconds = started.elapsed().as_secs_f64();
            return if status.success() { Ok((seconds, taken)) } else { Err(failed(&status)) };
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What the launcher's processes have taken until now.
fn of_children(launcher: &Child) -> Vec<Taken> {
    let children: PathBuf = format!("/proc/{0}/task/{0}/children", launcher.id()).into();
    let children = fs::read_to_string(children).unwrap_or_default();
    let of_child = |child: &str| {
        let status = fs::read_to_string(format!("/proc/{child}/status")).ok()?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?;
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).ok()?;
        // The fields behind the name, which may have any sign in it; hundredths of a second.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = [11, 12].map(|field| fields.get(field).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0));
        Some(Taken { memory: memory.parse().ok()?, cpu: (ticks[0] + ticks[1]) / 100.0 })
    };
    children.split_whitespace().filter_map(of_child).collect()
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|why| format!("{}: {why}", path.display()))
}
