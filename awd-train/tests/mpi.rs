//! MPI ranks on this machine: they give the results of one process, and all end in order if one dies.
//! `cargo xtask test` builds the program that `AWD_MPI` names.
#![cfg(all(unix, feature = "teacher", feature = "cli"))]

mod common;

use common::process::{children, signal, until};
use common::program::{stdout, succeeded};
use common::skip::skipped;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The program with MPI in `n` ranks, which communicate only through shared memory and the loopback interface.
fn ranks(program: &Path, folder: &Path, n: usize, words: &str) -> Command {
    let mut command = Command::new("mpirun");
    command.current_dir(folder).env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.args("--oversubscribe --bind-to none --mca btl self,vader,tcp --mca btl_tcp_if_include lo".split(' '));
    command.args(["-n", &n.to_string()]).arg(program).args(words.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program, and a folder with a teacher `t` and five shards of different sizes in `d`; `None` without the program.
fn setup() -> Option<(PathBuf, tempfile::TempDir)> {
    let Some(program) = std::env::var_os("AWD_MPI") else {
        skipped("MPI ranks: `cargo xtask test` builds the program");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    for (i, n) in [2100, 30, 700, 900, 1200].into_iter().enumerate() {
        let words = format!("simulate cme --n-train {n} --n-test {} --seed {i} --out d/{i}.npz", n / 2);
        stdout(folder.path(), &words);
    }
    stdout(folder.path(), "teach d/2.npz --arch mlp --out t --quiet");
    Some((program.into(), folder))
}

const DISTIL: &str = "--levels 3 --taps 6 --max-parameters 12 --quiet";

#[test]
fn ranks_give_the_results_of_one_process() {
    let Some((program, folder)) = setup() else { return };
    let folder = folder.path();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let attribute = "attribute d --teacher t --method integrated-gradients --baseline mean --steps 4 --quiet";
    stdout(folder, &format!("{attribute} --out g"));
    stdout(folder, &format!("distil d --gradients g --out m.awd {DISTIL} --trials m.csv"));
    stdout(folder, &format!("distil d --teacher t --out own.awd {DISTIL}"));
    let score = |json: &str| format!("score m.awd d {json}");
    let evaluate = |json: &str| format!("evaluate m.awd d --teacher t --early --quiet {json}");
    let expected = ["", "--json"].map(|json| [score(json), evaluate(json)].map(|words| stdout(folder, &words)));
    for n in [1, 2, 4] {
        let run = |words: &str| succeeded(ranks(&program, folder, n, words).output().unwrap(), words);
        run(&format!("{attribute} --out g{n}"));
        for shard in 0..5 {
            assert!(read(&format!("g/{shard}.npz")) == read(&format!("g{n}/{shard}.npz")), "{n} ranks, shard {shard}");
        }
        // The ranks take the gradients that one process cached.
        run(&format!("distil d/*.npz --gradients g --teacher t --out {n}.awd {DISTIL} --trials {n}.csv"));
        assert!(read("m.awd") == read(&format!("{n}.awd")), "{n} ranks");
        assert!(read("m.csv") == read(&format!("{n}.csv")), "{n} ranks");
        // Without cached gradients, each rank computes those of its own windows.
        run(&format!("distil d --teacher t --out own{n}.awd {DISTIL}"));
        assert!(read("own.awd") == read(&format!("own{n}.awd")), "{n} ranks");
        for (expected, json) in expected.iter().zip(["", "--json"]) {
            assert!(run(&score(json)) == expected[0], "{n} ranks {json}");
            assert!(run(&evaluate(json)) == expected[1], "{n} ranks {json}");
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
    assert!(String::from_utf8_lossy(&output.stderr).contains("ranks: 1 for this verb; there are 2"));
}

#[test]
fn if_a_rank_dies_all_end_and_the_search_resumes_from_its_checkpoint() {
    let Some((program, folder)) = setup() else { return };
    let folder = folder.path();
    let distil = "distil d --gamma 0 --levels 3 --family orthogonal --quiet";
    stdout(folder, &format!("{distil} --out whole.awd"));
    let checkpoint = folder.join("search.part");
    let words = format!("{distil} --checkpoint search.part --out m.awd");
    let launcher = ranks(&program, folder, 2, &words).spawn().unwrap();
    until(Duration::from_secs(300), "no checkpoint", || checkpoint.exists());
    let processes = children(launcher.id());
    assert_eq!(processes.len(), 2);
    signal(processes[1], "KILL");
    let killed = Instant::now();
    let output = launcher.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(killed.elapsed() < Duration::from_secs(10) && !output.status.success(), "{stderr}");
    // The launcher reports which rank died.
    assert!(stderr.contains("awd: ranks: all 2 must run to the end") && stderr.contains("process rank 1"), "{stderr}");
    assert!(checkpoint.exists() && !folder.join("m.awd").exists());
    succeeded(ranks(&program, folder, 2, &words).output().unwrap(), &words);
    assert!(
        fs::read(folder.join("whole.awd")).unwrap() == fs::read(folder.join("m.awd")).unwrap() && !checkpoint.exists()
    );
}
