//! Windows whose score is NaN, here because their sums overflow f32: they are marked, and have no class.

use crate::npz::{faint_bumps, noise_and_bumps};
use crate::{awd_with_input, json, row, stdout};

/// The number of test windows whose sums overflow f32.
const BEYOND: usize = 30;

#[test]
fn a_window_whose_score_is_not_a_number_has_no_class_and_counts_as_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    faint_bumps(&folder.join("d.npz"));
    noise_and_bumps(&folder.join("beyond.npz"), BEYOND as u64);
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json -q");

    let scored = |words: &str| stdout(folder, words);
    let lines = scored("score m.awd beyond.npz");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[..BEYOND], ["NaN\tNaN\tNaN"; BEYOND]);
    assert!(lines.len() == 300 && lines[BEYOND..].iter().all(|line| ["0\t", "1\t"].contains(&&line[..2])), "{lines:?}");
    let outputs = json(folder, "score m.awd beyond.npz --json");
    let null = |row: usize| outputs["outputs"][row][0].is_null();
    assert!((0..BEYOND).all(null) && !(BEYOND..300).any(null), "{outputs}");

    // In a stream, the scores before the overflow are finite.
    let samples = format!("{}\n3.4e38\n-3.4e38\n", ["0.5"; 12].join(" "));
    let streamed = String::from_utf8(awd_with_input(folder, "score m.awd - --stream", &samples).stdout).unwrap();
    let classes: Vec<&str> = streamed.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert!(classes.len() == 14 && classes[..12].iter().all(|class| ["0", "1"].contains(class)), "{streamed}");
    assert_eq!(classes[13], "NaN", "{streamed}");

    // Each of these windows counts as wrong, whether its class is 1 (a third of them) or 0.
    let right = (BEYOND..300).filter(|&i| lines[i][..1] == u8::from(i % 3 == 0).to_string()).count();
    let table = json(folder, "evaluate m.awd beyond.npz --json -q");
    assert_eq!(row(&table, "awd")["score"].as_f64(), Some(right as f64 / 300.0), "{table}");
    #[cfg(feature = "pictures")]
    {
        json(folder, "report m.awd beyond.npz --out r.html --json -q");
        let page = std::fs::read_to_string(folder.join("r.html")).unwrap();
        assert!(page.contains("For 30 test windows the score is not a number"), "{}", page.len());
    }
}

/// The bits of a NaN differ between processors; this does not count as a difference.
#[cfg(unix)]
#[test]
fn a_board_gives_the_same_answers() {
    let Some(board) = crate::device::Emulated::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    faint_bumps(&folder.join("d.npz"));
    noise_and_bumps(&folder.join("beyond.npz"), BEYOND as u64);
    json(folder, "distil d.npz --taps 4 --levels 2 --gamma 0 --out m.awd --json -q");
    json(folder, &format!("device push m.awd --port {} --json -q", board.port()));
    let verified = json(folder, &format!("device verify m.awd beyond.npz --port {} --json -q", board.port()));
    assert_eq!(verified["windows"], 64);
    let scored = |words: &str| stdout(folder, words);
    let on_board = scored(&format!("score m.awd beyond.npz --limit 40 --device {}", board.port()));
    assert!(
        on_board.starts_with("NaN\tNaN\tNaN\n") && on_board == scored("score m.awd beyond.npz --limit 40"),
        "{on_board}"
    );
    let monitor = format!("device monitor beyond.npz --model m.awd --count 2 --port {}", board.port());
    assert_eq!(scored(&monitor), "24\tNaN\tNaN\tNaN\n48\tNaN\tNaN\tNaN\n");
}
