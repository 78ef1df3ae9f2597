//! awd's scorer for C. include/awd.h says what each function does; here is what keeps it sound.
#![no_std]
#![expect(unsafe_code, reason = "pointers from C, each behind a check")]

use awd_core::{Arithmetic, FormatError, Kind, Model, Scores};
use core::ffi::c_int;
use core::panic::PanicInfo;
use core::ptr::NonNull;
use core::slice;

/// Bytes of the header's `awd_model`.
const BYTES: usize = 64;

/// What is in an `awd_model`: a view of the file that was read, which is the caller's.
type Place = Option<Model<'static>>;

const _: () = assert!(size_of::<Place>() <= BYTES && align_of::<Place>() <= align_of::<u64>(), "awd.h has too few");

/// The header's `awd_status`, but for what reading a file comes to.
const OK: c_int = 0;
const NULL: c_int = 1;
const NO_MODEL: c_int = 8;
const IMAGES: c_int = 9;
const WINDOW: c_int = 10;
const WORK: c_int = 11;
const OUTPUTS: c_int = 12;
const LENGTH: c_int = 13;
const OVERLAP: c_int = 14;
const VALUES: c_int = 15;
const NOT_FINITE: c_int = 16;
const FLOAT: c_int = 17;

/// The header's `AWD_CLASS_…`: why there is no class.
const OF_VALUES: i32 = -1;
const OF_NO_NUMBER: i32 = -2;
const OF_NOTHING: i32 = -3;

/// A pointer that may be read as one or more of `T`, as far as that can be seen.
fn checked<T>(pointer: *const T) -> Option<NonNull<T>> {
    NonNull::new(pointer.cast_mut()).filter(|pointer| pointer.is_aligned())
}

/// As many elements at a pointer from C as a buffer can have: it has at most `isize::MAX` bytes and ends within the addresses that
/// there are. A slice of more is undefined behaviour before anything is read of it.
struct Buffer<T> {
    start: NonNull<T>,
    len: usize,
    /// The address behind it.
    end: usize,
}

impl<T> Buffer<T> {
    fn new(pointer: *const T, len: usize) -> Result<Self, c_int> {
        let start = checked(pointer).ok_or(NULL)?;
        let bytes = len.checked_mul(size_of::<T>()).filter(|bytes| isize::try_from(*bytes).is_ok());
        let end = bytes.and_then(|bytes| start.addr().get().checked_add(bytes)).ok_or(LENGTH)?;
        Ok(Self { start, len, end })
    }

    /// Whether a byte of it is one of the other's.
    fn overlaps<U>(&self, other: &Buffer<U>) -> bool {
        self.start.addr().get() < other.end && other.start.addr().get() < self.end
    }

    /// The elements.
    ///
    /// # Safety
    /// There are as many, which nobody writes to for `'a`.
    unsafe fn elements<'a>(&self) -> &'a [T] {
        // SAFETY: aligned, not null and no longer than a buffer can be; all else is the caller's promise.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// The elements, to write to.
    ///
    /// # Safety
    /// There are as many, which nobody else reads or writes for `'a`.
    unsafe fn elements_mut<'a>(&self) -> &'a mut [T] {
        // SAFETY: as above.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

/// The status of what succeeded or not.
fn status(done: Result<(), c_int>) -> c_int {
    done.err().unwrap_or(OK)
}

/// The model that was read to this place.
///
/// # Safety
/// `awd_model_read` was called with it, its file is still there, and nobody writes to either for `'a`.
unsafe fn model<'a>(place: *const Place) -> Option<&'a Model<'a>> {
    // SAFETY: aligned and not null; all else is the caller's promise.
    checked(place).and_then(|place| unsafe { place.as_ref() }.as_ref())
}

/// Reads a model file.
///
/// # Safety
/// `place` has room for an `awd_model`, and `file` has `bytes` bytes, which stay as they are while the model is used, as in C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_read(place: *mut Place, file: *const u8, bytes: usize) -> c_int {
    status((|| {
        let mut into = checked(place).ok_or(NULL)?;
        // SAFETY: it has room, and whatever was in it needs no drop; from here on it is initialised.
        unsafe { into.write(None) };
        let file = Buffer::new(file, bytes)?;
        // Of the header's model, which is longer than what is in it.
        if Buffer::new(place.cast::<u8>(), BYTES)?.overlaps(&file) {
            return Err(OVERLAP);
        }
        // SAFETY: the caller's promise, and the file is elsewhere.
        let (into, file) = unsafe { (into.as_mut(), file.elements()) };
        *into = Some(Model::from_bytes(file).map_err(|error| match error {
            FormatError::Length { .. } => 2,
            FormatError::NotAModel => 3,
            FormatError::Version { .. } => 4,
            FormatError::Checksum => 5,
            FormatError::Invalid(_) => 7,
            _ => 6,
        })?);
        Ok(())
    })())
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
    unsafe { model(place) }.map_or(0, Model::outputs)
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
    status((|| {
        // SAFETY: the caller's promise.
        let model = unsafe { model(place) }.ok_or(NO_MODEL)?;
        let (window, work) = (Buffer::new(window, samples)?, Buffer::new(work, work_samples)?);
        let (outputs, of) = (Buffer::new(outputs, room)?, Buffer::new(place, 1)?);
        // What is written to while something else is read.
        if work.overlaps(&window) || work.overlaps(&of) || outputs.overlaps(&of) {
            return Err(OVERLAP);
        }
        if model.is_image() {
            return Err(IMAGES);
        }
        if window.len != model.window() {
            return Err(WINDOW);
        }
        if outputs.len < model.outputs() {
            return Err(OUTPUTS);
        }
        // SAFETY: the caller's promise, and neither is where the other is.
        let scores = unsafe { model.score(window.elements(), work.elements_mut()) }.map_err(|_| WORK)?;
        // SAFETY: the caller's promise; window and work space are done with, so outputs may be where they are.
        let outputs = unsafe { outputs.elements_mut() };
        outputs.iter_mut().zip(scores.outputs()).for_each(|(into, output)| *into = *output);
        Ok(())
    })())
}

/// What one in the last place of a 16-bit sample is worth.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_unit(place: *const Place) -> f32 {
    // SAFETY: the caller's promise.
    match unsafe { model(place) }.map(Model::arithmetic) {
        Some(Arithmetic::Fixed { unit, .. }) => unit,
        _ => 0.0,
    }
}

/// Bits of integer outputs after their binary point.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_point(place: *const Place) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { model(place) }.map_or(0, |model| model.point().into())
}

/// Scores a window in integers.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`; the others are null or have as many elements as is said of each, and
/// `window`, `work` and `outputs` are nobody else's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_score_fixed(
    place: *const Place,
    window: *mut i16,
    samples: usize,
    work: *mut i16,
    work_samples: usize,
    outputs: *mut i32,
    room: usize,
    class: *mut i32,
) -> c_int {
    status((|| {
        // SAFETY: the caller's promise.
        let model = unsafe { model(place) }.ok_or(NO_MODEL)?;
        let (window, work) = (Buffer::new(window, samples)?, Buffer::new(work, work_samples)?);
        let (outputs, of) = (Buffer::new(outputs, room)?, Buffer::new(place, 1)?);
        let decided = Buffer::new(class, 1)?;
        // What is written to while something else is read or written.
        let written = work.overlaps(&window) || outputs.overlaps(&decided);
        if written || work.overlaps(&of) || window.overlaps(&of) || outputs.overlaps(&of) || decided.overlaps(&of) {
            return Err(OVERLAP);
        }
        if model.arithmetic() == Arithmetic::Float {
            return Err(FLOAT);
        }
        if window.len != model.window() {
            return Err(WINDOW);
        }
        if outputs.len < model.outputs() {
            return Err(OUTPUTS);
        }
        // SAFETY: the caller's promise, and neither is where the other is.
        let scores = unsafe { model.score_fixed(window.elements_mut(), work.elements_mut()) }.map_err(|_| WORK)?;
        // SAFETY: the caller's promise; window and work space are done with, so outputs and class may be where they are, and these two
        // are apart.
        let (outputs, decided) = unsafe { (outputs.elements_mut(), decided.elements_mut()) };
        outputs.iter_mut().zip(scores.outputs()).for_each(|(into, output)| *into = *output);
        let found = scores.class().and_then(|class| i32::try_from(class).ok()).unwrap_or(OF_VALUES);
        decided.iter_mut().for_each(|class| *class = found);
        Ok(())
    })())
}

/// The scores that these outputs are.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`, and `outputs` is null or has `count` elements.
unsafe fn scores(place: *const Place, outputs: *const f32, count: usize) -> Result<(Kind, Scores), c_int> {
    // SAFETY: the caller's promise.
    let model = unsafe { model(place) }.ok_or(NO_MODEL)?;
    let outputs = Buffer::new(outputs, count)?;
    if outputs.len != model.outputs() {
        return Err(OUTPUTS);
    }
    // SAFETY: the caller's promise.
    Ok((model.kind(), Scores::of(model, unsafe { outputs.elements() })))
}

/// The class of these outputs.
///
/// # Safety
/// `place` is null or was given to `awd_model_read`, and `outputs` is null or has `count` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_class(place: *const Place, outputs: *const f32, count: usize) -> i32 {
    // SAFETY: the caller's promise.
    match unsafe { scores(place, outputs, count) } {
        Err(_) => OF_NOTHING,
        Ok((Kind::Linear, _)) => OF_VALUES,
        Ok((Kind::Softmax, scores)) => {
            scores.class().and_then(|class| i32::try_from(class).ok()).unwrap_or(OF_NO_NUMBER)
        }
    }
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
    status((|| {
        // SAFETY: the caller's promise.
        let (kind, scores) = unsafe { scores(place, outputs, count) }?;
        let into = Buffer::new(probabilities, room)?;
        if kind == Kind::Linear {
            return Err(VALUES);
        }
        if !scores.is_finite() {
            return Err(NOT_FINITE);
        }
        let probabilities = scores.probabilities();
        if into.len < probabilities.len() {
            return Err(OUTPUTS);
        }
        if into.overlaps(&Buffer::new(place, 1)?) {
            return Err(OVERLAP);
        }
        // SAFETY: the caller's promise; model and outputs are done with, so probabilities may be where the outputs are.
        let into = unsafe { into.elements_mut() };
        into.iter_mut().zip(&probabilities).for_each(|(into, p)| *into = *p);
        Ok(())
    })())
}

/// Never called: nothing in the library panics, as the program `no-panic` shows by linking without one of these. The compiler
/// wants one all the same.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
