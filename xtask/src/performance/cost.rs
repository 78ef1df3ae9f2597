//! The sections of docs/performance.md about single calls on boards: instructions, stack, flash.

use super::firmware;
use super::memory::{BOARDS, Profile, memory};
use crate::board;
use crate::run::{Outcome, output, output_or_unknown, step};
use crate::toolchain::{self, FIRMWARE};
use serde_json::{Value, json};
use std::fmt::Write;

/// The parts whose memory is measured, each with the features of the program `size` without and with it.
const PARTS: [(&str, [&str; 2]); 7] = [
    ("Reading a model: `Model::from_bytes`", ["", "reading"]),
    ("Scoring with a known layout: `Model::unrolled`, `Scorer::score`", ["reading", "unrolled"]),
    ("Scoring with any layout instead: `Model::score`", ["reading", "general"]),
    ("Scoring in integers: `Model::score_fixed`, `FixedScores::class`", ["reading", "fixed"]),
    ("Scoring images: `Model::images`, `ImageScorer::score_in_place`", ["reading", "images"]),
    ("`Scores::class` and `Scores::probabilities`", ["reading", "answers"]),
    ("Checking a signature: `PublicKey::verifies`", ["reading", SIGNATURE]),
];

/// The program that checks a signature, and the feature that it needs.
const SIGNATURE: &str = "signature";

/// Programs that measure one call each, with the name of their row. The last one runs on the default board only.
const SINGLE: [(&str, &str); 4] = [
    (
        "fixed",
        "`Model::score_fixed` and class, 40 samples, zeros, the 6 largest coefficients of each of 5 bands, in integers",
    ),
    (
        "served",
        "`Server::serve`, the same window in `f32`: request decoded, window scored and monitored, answer encoded",
    ),
    (SIGNATURE, "`PublicKey::verifies`, the signature of that model's file"),
    ("maps", "`ImageScorer::score_in_place`, 64×64 samples, 2 levels, 7 energies and 2 histograms"),
];

/// The section of one board.
pub fn section(target: &str, what: &str) -> Outcome<String> {
    let rustc = match toolchain::for_target(target)? {
        Some(toolchain) => output_or_unknown("rustup", &["run", &toolchain, "rustc", "--version"]),
        None => output_or_unknown("rustc", &["--version"]),
    };
    let mut section = format!(
        "\n## {what}\nTarget `{target}`, opt-level 3, fat LTO, {rustc}. The program is `awd-embedded/boards/cost`.\n\n\
         The emulator counts executed instructions, not cycles: on a board, divisions, branches and flash wait states \
         take\nseveral cycles each. Stack is what the call itself uses, down to the lowest byte that it writes. Figures are for \
         one window; the\ninstructions depend on its samples, which determine how often a ranked feature is replaced.\n\n| case | instructions | peak stack, bytes |\n|---|--:|--:|\n"
    );
    for [case, instructions, stack] in rows(target)? {
        let _ = writeln!(section, "| {case} | {instructions} | {stack} |");
    }
    section += &table(target)?;
    section += "\n";
    for line in run(target, "cost")?.lines() {
        if let [name, value] = line.split('\t').collect::<Vec<_>>()[..] {
            let _ = writeln!(section, "- {name}: {value}");
        }
    }
    let [alone, push, event, swept] = signal(target)?;
    let _ = writeln!(
        section,
        "- One sample of a signal: {alone} instructions in `Stream::push` if no score is due. Through the server, from the last byte of its frame:\n  \
         {push} instructions to the answer if no score is due, {event} to the event pin if one is (40 samples, the 6 largest coefficients of each of 5 bands).\n  \
         {swept} per sample, from the first byte of the frame, if the host sends those of 32 signals in one request (`Sweep`) and no score is due"
    );
    Ok(section)
}

/// The cases, each with instructions and bytes of stack.
pub fn rows(target: &str) -> Outcome<Vec<[String; 3]>> {
    step(&format!("cost on {target}"), board::command("cost", "build", target)?.args(["--bin", "cost"]))?;
    // A line with three fields is a measurement; a line with two is a constant.
    let measured = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().ok();
    let mut rows: Vec<[String; 3]> = run(target, "cost")?.lines().filter_map(measured).collect();
    let programs = if target == FIRMWARE { &SINGLE[..] } else { &SINGLE[..3] };
    for (program, what) in programs {
        // Some programs print further lines for the tests.
        let printed = run(target, program)?;
        match printed.lines().next().and_then(|line| line.split_once('\t')) {
            Some((instructions, stack)) => rows.push([*what, instructions, stack].map(str::to_owned)),
            None => return Err(format!("the program {program} did not print instructions and stack, but: {printed}")),
        }
    }
    Ok(rows)
}

/// Instructions for a sample of a signal: without a score, the same through the server, to the event of one with a score,
/// and one of a sweep.
fn signal(target: &str) -> Outcome<[String; 4]> {
    let printed = run(target, "signal")?;
    let figures: Vec<String> = printed.trim().split('\t').map(str::to_owned).collect();
    figures.try_into().map_err(|_| format!("the program signal did not print four numbers, but: {printed}"))
}

/// Runs one of the programs and returns its output.
fn run(target: &str, program: &str) -> Outcome<String> {
    let mut command = board::command("cost", "run", target)?;
    command.args(["--quiet", "--bin", program]);
    if program == SIGNATURE {
        command.args(["--features", SIGNATURE]);
    }
    let printed = output(&mut command);
    printed.ok_or_else(|| format!("the program {program} did not finish on {target}"))
}

/// The table of the flash that each part takes.
fn table(target: &str) -> Outcome<String> {
    let mut table = String::from(
        "\nFlash of each part with everything that it calls (the difference of two programs): at opt-level 3, and as firmware is built, \
         at opt-level s\nwith the feature `small`. No part has static RAM.\n\n| part | bytes of flash, opt-level 3 | bytes of flash, opt-level s |\n|---|--:|--:|\n",
    );
    for (part, [fast, small]) in parts(target)? {
        let _ = writeln!(table, "| {part} | {fast} | {small} |");
    }
    Ok(table)
}

/// The bytes of flash that each part takes, in both profiles.
fn parts(target: &str) -> Outcome<Vec<(&'static str, [u32; 2])>> {
    let flash_of = |features: [&str; 2], profile| -> Outcome<u32> {
        let [without, with] = features.map(|features| memory(target, features, None, profile));
        let ([flash, ram], [flash_with, ram_with]) = (without?, with?);
        if ram != ram_with {
            return Err(format!("{features:?}: no static RAM; it grew from {ram} to {ram_with} bytes"));
        }
        Ok(flash_with.saturating_sub(flash))
    };
    let row = |(part, features)| Ok((part, [flash_of(features, Profile::Fast)?, flash_of(features, Profile::Small)?]));
    PARTS.into_iter().map(row).collect()
}

/// The figures of all boards as JSON: instructions and stack of each case, flash of each part, flash and RAM of complete firmware.
pub fn json() -> Outcome<Value> {
    let mut boards = serde_json::Map::new();
    for (target, _) in BOARDS {
        let case = |[case, instructions, stack]: [String; 3]| {
            let number = |text: String| text.parse::<u32>().ok();
            json!({"case": case, "instructions": number(instructions), "stack": number(stack)})
        };
        let cases: Vec<Value> = rows(target)?.into_iter().map(case).collect();
        let part = |(part, [fast, small]): (&str, [u32; 2])| json!({"part": part, "flash_opt_3": fast, "flash_opt_s_small": small});
        let parts: Vec<Value> = parts(target)?.into_iter().map(part).collect();
        boards.insert(target.into(), json!({"cases": cases, "parts": parts}));
    }
    let firmware = firmware::measure()?.into_iter().map(|usage| {
        let [flash, ram, windows, beside] = usage.columns();
        json!({"board": usage.board, "flash": flash, "ram": ram, "windows": windows, "ram_beside_windows": beside})
    });
    let firmware: Vec<Value> = firmware.collect();
    Ok(json!({"rustc": output_or_unknown("rustc", &["--version"]), "boards": boards, "firmware": firmware}))
}
