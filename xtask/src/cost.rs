//! The sections of docs/performance.md about single calls on boards: instructions, stack, flash.

use crate::board;
use crate::performance::memory;
use crate::run::{Outcome, output, said, step};
use crate::toolchain::{self, FIRMWARE};
use std::fmt::Write;

/// What takes memory, and the features with which the program `size` does it, after those without it.
const PARTS: [(&str, [&str; 2]); 6] = [
    ("Reading a model: `Model::from_bytes`", ["", "reading"]),
    ("Scoring with a known layout: `Model::unrolled`, `Scorer::score`", ["reading", "unrolled"]),
    ("Scoring with any layout instead: `Model::score`", ["reading", "general"]),
    ("Scoring in fixed point: `Model::fixed`, `FixedScorer::score`", ["reading", "fixed"]),
    ("Scoring images: `Model::images`, `ImageScorer::score_in_place`", ["reading", "images"]),
    ("`Scores::class` and `Scores::probabilities`", ["reading", "answers"]),
];

/// Programs that measure one call each, and what that is; the last on the usual board alone.
const ALONE: [(&str, &str); 3] = [
    ("fixed", "`FixedScorer::score`, 40 samples, zeros, the 6 largest of 5 bands, in 16 bits"),
    (
        "served",
        "`Server::serve`, such a window: its frame read, scored and watched in `f32`, the answer's frame written",
    ),
    ("maps", "`ImageScorer::score_in_place`, 64×64 samples, 2 levels, 7 energies and 2 histograms"),
];

/// The section of one board.
pub fn section(target: &str, what: &str) -> Outcome<String> {
    let rustc = match toolchain::of(target)? {
        Some(toolchain) => said("rustup", &["run", &toolchain, "rustc", "--version"]),
        None => said("rustc", &["--version"]),
    };
    let mut section = format!(
        "\n## {what}\nTarget `{target}`, opt-level 3, fat LTO, {rustc}. The program is `awd-embedded/boards/cost`.\n\n\
         The emulator counts executed instructions, not cycles: on a board, divisions, branches and flash wait states \
         take\nseveral. Stack is what the call itself takes, as far down as it writes. One window; how often a ranked \
         feature is\nreplaced depends on the samples.\n\n| case | instructions | peak stack, bytes |\n|---|--:|--:|\n"
    );
    for [case, instructions, stack] in rows(target)? {
        let _ = writeln!(section, "| {case} | {instructions} | {stack} |");
    }
    section += &parts(target)?;
    section += "\n";
    for line in run(target, "cost")?.lines() {
        if let [name, value] = line.split('\t').collect::<Vec<_>>()[..] {
            let _ = writeln!(section, "- {name}: {value}");
        }
    }
    Ok(section)
}

/// Cases, with instructions and bytes of stack.
pub fn rows(target: &str) -> Outcome<Vec<[String; 3]>> {
    step(&format!("cost on {target}"), board::command("cost", "build", target)?.args(["--bin", "cost"]))?;
    // A measurement has three fields, a fact two.
    let measured = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().ok();
    let mut rows: Vec<[String; 3]> = run(target, "cost")?.lines().filter_map(measured).collect();
    let alone = if target == FIRMWARE { &ALONE[..] } else { &ALONE[..2] };
    for (program, what) in alone {
        // Some print more, for the tests.
        let printed = run(target, program)?;
        match printed.lines().next().and_then(|line| line.split_once('\t')) {
            Some((instructions, stack)) => rows.push([*what, instructions, stack].map(str::to_owned)),
            None => return Err(format!("the program {program} printed: {printed}")),
        }
    }
    Ok(rows)
}

/// What one of the programs prints.
fn run(target: &str, program: &str) -> Outcome<String> {
    let printed = output(board::command("cost", "run", target)?.args(["--quiet", "--bin", program]));
    printed.ok_or_else(|| format!("the program {program} did not run to its end on {target}"))
}

/// The table of what each part takes of a board's memory.
fn parts(target: &str) -> Outcome<String> {
    let mut table = String::from(
        "\nWhat each takes of memory, with all that it calls (the difference of two programs):\n\n\
         | part | bytes of flash | bytes of static RAM |\n|---|--:|--:|\n",
    );
    for (part, features) in PARTS {
        let [without, with] = features.map(|features| memory(target, features, None));
        let ([flash, ram], [flash_with, ram_with]) = (without?, with?);
        let (flash, ram) = (flash_with.saturating_sub(flash), ram_with.saturating_sub(ram));
        let _ = writeln!(table, "| {part} | {flash} | {ram} |");
    }
    Ok(table)
}
