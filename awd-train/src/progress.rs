//! What the library says while it works. It never draws: the CLI does, on a terminal.

/// How far a stage has come.
#[derive(Debug, Clone)]
pub struct Event {
    /// The stage: one bar.
    pub stage: &'static str,
    /// Units done.
    pub done: usize,
    /// Units in all.
    pub total: usize,
    /// The best so far, in words.
    pub note: String,
}

/// Who listens; called from any thread.
pub type Progress<'a> = &'a (dyn Fn(Event) + Sync);

/// Nobody listens.
pub fn silent(_: Event) {}
