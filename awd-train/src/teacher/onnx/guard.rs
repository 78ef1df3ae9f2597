//! Turns panics of `rten` into errors, without a message on stderr.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs `rten` under [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a function of `rten`. If it panics, returns the panic's message.
pub fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            if !is_guarded(panicked) {
                usual(panicked);
            }
        }));
    });
    let before = GUARDED.replace(true);
    // A network is not used again after a panic.
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(before);
    result.map_err(|payload| message(&*payload))
}

/// Whether the panic is caught: on this thread, or in the code of `rten` on one of its own threads, whose panics are
/// passed to the thread that waits for them.
fn is_guarded(panicked: &PanicHookInfo<'_>) -> bool {
    let of_rten = |place: &Location<'_>| place.file().contains("rten-");
    GUARDED.get() || panicked.location().is_some_and(of_rten)
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(guarded(|| -> u8 { panic!("plain") }), Err("plain".into()));
        assert_eq!(guarded(|| -> u8 { panic!("number {}", 3) }), Err("number 3".into()));
        let nested = guarded(|| guarded(|| -> u8 { std::panic::panic_any(1) }));
        assert_eq!(nested, Ok(Err(String::new())));
    }
}
