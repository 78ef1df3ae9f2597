//! Running processes.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Waits until a condition holds; after `limit`, fails with the message.
pub fn until(limit: Duration, message: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < limit, "{message}");
        // Short, because the write that a test interrupts takes only some milliseconds.
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// The exit code of a process that has to end within this time. One that does not end is killed, and the test fails.
pub fn ended(child: &mut Child, limit: Duration) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if started.elapsed() > limit {
            let _ = child.kill();
            panic!("the program does not end; if these tests run under nohup, it ignores SIGHUP as it should");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Sends a signal, such as `INT`, to a process.
pub fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap().success());
}

/// The child processes of a process in ascending order, whichever of its threads started them. Only Linux lists them.
pub fn children(process: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let listed = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let words = listed.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let mut children: Vec<u32> = words.map(|word| word.parse().unwrap()).collect();
    children.sort_unstable();
    children
}
