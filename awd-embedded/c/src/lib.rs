//! awd's scorer for C. include/awd.h says what each function does; here is what keeps it sound.
#![no_std]
#![expect(unsafe_code, reason = "pointers from C, each behind a check")]

use awd_core::{FormatError, Model, Place, Scores};
use core::ffi::c_int;
use core::panic::PanicInfo;
use core::ptr::NonNull;
use core::slice;

/// Bytes of the header's `awd_model`.
const BYTES: usize = 3584;

const _: () = assert!(size_of::<Place>() <= BYTES && align_of::<Place>() <= align_of::<u64>(), "awd.h has too few");

/// The header's `awd_status`, but for what reading a file comes to.
const OK: c_int = 0;
const NULL: c_int = 1;
const NO_MODEL: c_int = 8;
const IMAGES: c_int = 9;
const WINDOW: c_int = 10;
const WORK: c_int = 11;
const OUTPUTS: c_int = 12;

/// A pointer that may be read as one or more of `T`, as far as that can be seen.
fn checked<T>(pointer: *const T) -> Option<NonNull<T>> {
    NonNull::new(pointer.cast_mut()).filter(|pointer| pointer.is_aligned())
}

/// The elements at a pointer from C.
///
/// # Safety
/// There are `len` of them, which nobody writes to for `'a`.
unsafe fn elements<'a, T>(pointer: *const T, len: usize) -> Option<&'a [T]> {
    // SAFETY: aligned and not null; all else is the caller's promise.
    checked(pointer).map(|pointer| unsafe { slice::from_raw_parts(pointer.as_ptr(), len) })
}

/// The same to write to.
///
/// # Safety
/// There are `len` of them, which nobody else reads or writes for `'a`.
unsafe fn elements_mut<'a, T>(pointer: *mut T, len: usize) -> Option<&'a mut [T]> {
    // SAFETY: as above.
    checked(pointer).map(|pointer| unsafe { slice::from_raw_parts_mut(pointer.as_ptr(), len) })
}

/// The model that was read to this place.
///
/// # Safety
/// `awd_model_read` was called with it, and nobody writes to it for `'a`.
unsafe fn model<'a>(place: *const Place) -> Option<&'a Model> {
    // SAFETY: aligned and not null; all else is the caller's promise.
    checked(place).and_then(|place| unsafe { place.as_ref() }.get())
}

/// Reads a model file.
///
/// # Safety
/// `place` has room for an `awd_model`, and `file` has `bytes` bytes, as in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_read(place: *mut Place, file: *const u8, bytes: usize) -> c_int {
    // SAFETY: the caller's promise.
    let file = unsafe { elements(file, bytes) };
    let (Some(mut place), Some(file)) = (checked(place), file) else { return NULL };
    // SAFETY: it has room, and whatever was in it needs no drop; from here on it is initialised.
    let place = unsafe {
        place.write(Place::new());
        place.as_mut()
    };
    match place.read(file).map(drop) {
        Ok(()) => OK,
        Err(FormatError::Truncated { .. }) => 2,
        Err(FormatError::NotAModel) => 3,
        Err(FormatError::Version { .. }) => 4,
        Err(FormatError::Checksum) => 5,
        Err(FormatError::Invalid(_)) => 7,
        Err(_) => 6,
    }
}

/// Samples of a window.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_window(place: *const Place) -> usize {
    // SAFETY: the caller's promise.
    unsafe { model(place) }.map_or(0, Model::window)
}

/// Samples of work space.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_work(place: *const Place) -> usize {
    // SAFETY: the caller's promise.
    unsafe { model(place) }.map_or(0, Model::work_len)
}

/// Outputs of a score.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_outputs(place: *const Place) -> usize {
    // SAFETY: the caller's promise.
    unsafe { model(place) }.map_or(0, |model| model.spec().readout.bias.len())
}

/// Scores a window.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`; the others are null or have as many elements as is said of each, and
/// `work` and `outputs` are nobody else's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_score(
    place: *const Place,
    window: *const f32,
    samples: usize,
    work: *mut f32,
    work_samples: usize,
    outputs: *mut f32,
    room: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let (model, x, work, outputs) = unsafe {
        (model(place), elements(window, samples), elements_mut(work, work_samples), elements_mut(outputs, room))
    };
    let Some(model) = model else { return NO_MODEL };
    let (Some(x), Some(work), Some(outputs)) = (x, work, outputs) else { return NULL };
    if model.spec().image.is_some() {
        return IMAGES;
    }
    if x.len() != model.window() {
        return WINDOW;
    }
    let Ok(scores) = model.score(x, work) else { return WORK };
    if outputs.len() < scores.outputs().len() {
        return OUTPUTS;
    }
    outputs.iter_mut().zip(scores.outputs()).for_each(|(into, output)| *into = *output);
    OK
}

/// The scores that these outputs are.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`, and `outputs` is null or has `count` elements.
unsafe fn scores(place: *const Place, outputs: *const f32, count: usize) -> Result<Scores, c_int> {
    // SAFETY: the caller's promise.
    let (model, outputs) = unsafe { (model(place), elements(outputs, count)) };
    let model = model.ok_or(NO_MODEL)?;
    let outputs = outputs.ok_or(NULL)?;
    if outputs.len() == model.spec().readout.bias.len() { Ok(Scores::of(model, outputs)) } else { Err(OUTPUTS) }
}

/// The class of these outputs.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`, and `outputs` is null or has `count` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_class(place: *const Place, outputs: *const f32, count: usize) -> i32 {
    // SAFETY: the caller's promise.
    let class = unsafe { scores(place, outputs, count) }.ok().and_then(|scores| scores.class());
    class.and_then(|class| i32::try_from(class).ok()).unwrap_or(-1)
}

/// The probabilities of these outputs.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`; the others are null or have as many elements as is said of each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_probabilities(
    place: *const Place,
    outputs: *const f32,
    count: usize,
    probabilities: *mut f32,
    room: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let (scores, room) = unsafe { (scores(place, outputs, count), elements_mut(probabilities, room)) };
    let scores = match scores {
        Ok(scores) => scores,
        Err(status) => return status,
    };
    let Some(room) = room else { return NULL };
    let probabilities = scores.probabilities();
    if room.len() < probabilities.len() {
        return OUTPUTS;
    }
    room.iter_mut().zip(&probabilities).for_each(|(into, p)| *into = *p);
    OK
}

/// Never called: nothing in the library panics, as the program `no-panic` shows by linking without one of these. The compiler
/// wants one all the same.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
