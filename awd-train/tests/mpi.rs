//! MPI ranks on this machine: they give the results of one process, and all end in order if one dies.
//! `cargo xtask test` builds the program that `AWD_MPI` names.
#![cfg(all(unix, feature = "teacher", feature = "cli"))]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Runs the program without MPI.
fn alone(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_awd")).current_dir(folder).args(words.split_whitespace()).output().unwrap()
}

/// The program with MPI in `n` ranks, which communicate only through shared memory and the loopback interface.
fn ranks(program: &Path, folder: &Path, n: usize, words: &str) -> Command {
    let mut command = Command::new("mpirun");
    command.current_dir(folder).env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.args("--oversubscribe --bind-to none --mca btl self,vader,tcp --mca btl_tcp_if_include lo".split(' '));
    command.args(["-n", &n.to_string()]).arg(program).args(words.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn succeeded(output: &Output) -> &[u8] {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    &output.stdout
}

/// The program, and a folder with a teacher `t` and five shards of different sizes in `d`; `None` without the program.
fn setup() -> Option<(PathBuf, tempfile::TempDir)> {
    let Some(program) = std::env::var_os("AWD_MPI") else {
        let why = b"SKIPPED, NOT PASSED: ranks of MPI: `cargo xtask test` builds the program\n";
        std::io::stderr().write_all(why).unwrap();
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    for (i, n) in [2100, 30, 700, 900, 1200].into_iter().enumerate() {
        let words = format!("simulate cme --n-train {n} --n-test {} --seed {i} --out d/{i}.npz", n / 2);
        succeeded(&alone(folder.path(), &words));
    }
    succeeded(&alone(folder.path(), "teach d/2.npz --arch mlp --out t --quiet"));
    Some((program.into(), folder))
}

const DISTIL: &str = "--levels 3 --taps 6 --max-parameters 12 --quiet";

#[test]
fn ranks_give_the_results_of_one_process() {
    let Some((program, folder)) = setup() else { return };
    let folder = folder.path();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let attribute = "attribute d --teacher t --method integrated-gradients --baseline mean --steps 4 --quiet";
    succeeded(&alone(folder, &format!("{attribute} --out g")));
    succeeded(&alone(folder, &format!("distil d --gradients g --out m.awd {DISTIL} --trials m.csv")));
    succeeded(&alone(folder, &format!("distil d --teacher t --out own.awd {DISTIL}")));
    let score = |json: &str| format!("score m.awd d {json}");
    let evaluate = |json: &str| format!("evaluate m.awd d --teacher t --early --quiet {json}");
    let expected = ["", "--json"]
        .map(|json| [score(json), evaluate(json)].map(|words| succeeded(&alone(folder, &words)).to_vec()));
    for n in [1, 2, 4] {
        let run = |words: &str| ranks(&program, folder, n, words).output().unwrap();
        succeeded(&run(&format!("{attribute} --out g{n}")));
        for shard in 0..5 {
            assert!(read(&format!("g/{shard}.npz")) == read(&format!("g{n}/{shard}.npz")), "{n} ranks, shard {shard}");
        }
        // The ranks take the gradients that one process cached.
        succeeded(&run(&format!("distil d/*.npz --gradients g --teacher t --out {n}.awd {DISTIL} --trials {n}.csv")));
        assert!(read("m.awd") == read(&format!("{n}.awd")), "{n} ranks");
        assert!(read("m.csv") == read(&format!("{n}.csv")), "{n} ranks");
        // Without cached gradients, each rank computes those of its own windows.
        succeeded(&run(&format!("distil d --teacher t --out own{n}.awd {DISTIL}")));
        assert!(read("own.awd") == read(&format!("own{n}.awd")), "{n} ranks");
        for (expected, json) in expected.iter().zip(["", "--json"]) {
            assert!(succeeded(&run(&score(json))) == expected[0], "{n} ranks {json}");
            assert!(succeeded(&run(&evaluate(json))) == expected[1], "{n} ranks {json}");
        }
    }
}

#[test]
fn a_damaged_shard_ends_all_ranks() {
    let Some((program, folder)) = setup() else { return };
    let folder = folder.path();
    let files = || fs::read_dir(folder).unwrap().count();
    let distil = format!("distil d --gamma 0 --out m.awd {DISTIL}");
    let last = folder.join("d/4.npz");
    let bytes = fs::read(&last).unwrap();
    let mut flipped = bytes.clone();
    flipped[1000] ^= 1;
    for (bad, field) in [(&bytes[..bytes.len() / 2], "npz archive"), (&flipped[..], "x_train"), (b"", "npz archive")] {
        fs::write(&last, bad).unwrap();
        let (before, started) = (files(), Instant::now());
        let output = ranks(&program, folder, 3, &distil).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && started.elapsed() < Duration::from_secs(20), "{stderr}");
        let lines: Vec<&str> = stderr.lines().filter(|line| line.starts_with("awd: rank ")).collect();
        assert!(lines.len() == 1 && [": d/4.npz: ", field].iter().all(|part| lines[0].contains(part)), "{stderr}");
        assert_eq!(files(), before, "{stderr}");
    }
    // A verb that needs all windows at once runs on one rank only.
    let output = ranks(&program, folder, 2, "report m.awd d --out page.html").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("ranks: 1 of this verb, not 2"));
}

/// The process ids of a launcher's ranks.
fn children(launcher: &Child) -> Vec<String> {
    let found = Command::new("ps").args(["--ppid", &launcher.id().to_string(), "-o", "pid="]).output().unwrap();
    String::from_utf8_lossy(&found.stdout).split_whitespace().map(str::to_owned).collect()
}

#[test]
fn if_a_rank_dies_all_end_and_the_search_resumes_from_its_checkpoint() {
    let Some((program, folder)) = setup() else { return };
    let folder = folder.path();
    let distil = "distil d --gamma 0 --levels 3 --family orthogonal --quiet";
    succeeded(&alone(folder, &format!("{distil} --out whole.awd")));
    let checkpoint = folder.join("search.part");
    let words = format!("{distil} --checkpoint search.part --out m.awd");
    let launcher = ranks(&program, folder, 2, &words).spawn().unwrap();
    let started = Instant::now();
    while !checkpoint.exists() {
        assert!(started.elapsed() < Duration::from_secs(300), "no checkpoint");
        std::thread::sleep(Duration::from_millis(20));
    }
    let processes = children(&launcher);
    assert_eq!(processes.len(), 2);
    assert!(Command::new("kill").args(["-KILL", &processes[1]]).status().unwrap().success());
    let killed = Instant::now();
    let output = launcher.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(killed.elapsed() < Duration::from_secs(10) && !output.status.success(), "{stderr}");
    // The launcher reports which rank died.
    assert!(stderr.contains("awd: ranks: all 2 have to be there") && stderr.contains("process rank 1"), "{stderr}");
    assert!(checkpoint.exists() && !folder.join("m.awd").exists());
    succeeded(&ranks(&program, folder, 2, &words).output().unwrap());
    assert!(
        fs::read(folder.join("whole.awd")).unwrap() == fs::read(folder.join("m.awd")).unwrap() && !checkpoint.exists()
    );
}
