//! awd's scorer for C. include/awd.h documents the functions. This file has the checks that keep them sound.
#![no_std]
#![expect(unsafe_code, reason = "pointers from C, each behind a check")]

use awd_core::{Arithmetic, FormatError, Kind, Model, Scores};
use core::ffi::c_int;
use core::panic::PanicInfo;
use core::ptr::NonNull;
use core::slice;

/// The header's `AWD_MODEL_BYTES`.
const MODEL_BYTES: usize = 64;

/// The contents of an `awd_model`: a view of the caller's file, if one was read.
type Storage = Option<Model<'static>>;

const _: () = assert!(
    size_of::<Storage>() <= MODEL_BYTES && align_of::<Storage>() <= align_of::<u64>(),
    "awd_model in awd.h is too small"
);

/// Values of the header's `awd_status`. [`awd_model_read`] has those of file errors.
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

/// The header's `AWD_CLASS_…`: the reason why there is no class.
const CLASS_VALUES: i32 = -1;
const CLASS_NOT_FINITE: i32 = -2;
const CLASS_ERROR: i32 = -3;

/// Returns the pointer unless it is null or misaligned.
fn checked<T>(pointer: *const T) -> Option<NonNull<T>> {
    NonNull::new(pointer.cast_mut()).filter(|pointer| pointer.is_aligned())
}

/// A pointer and a length from C, checked: a buffer has at most `isize::MAX` bytes and ends within the address space. A
/// slice beyond these limits is undefined behaviour even if nothing is read from it.
struct Buffer<T> {
    start: NonNull<T>,
    len: usize,
    /// The address after the last byte.
    end: usize,
}

impl<T> Buffer<T> {
    fn new(pointer: *const T, len: usize) -> Result<Self, c_int> {
        let start = checked(pointer).ok_or(NULL)?;
        let bytes = len.checked_mul(size_of::<T>()).filter(|bytes| isize::try_from(*bytes).is_ok());
        let end = bytes.and_then(|bytes| start.addr().get().checked_add(bytes)).ok_or(LENGTH)?;
        Ok(Self { start, len, end })
    }

    /// Whether the buffers share a byte.
    fn overlaps<U>(&self, other: &Buffer<U>) -> bool {
        self.start.addr().get() < other.end && other.start.addr().get() < self.end
    }

    /// The elements.
    ///
    /// # Safety
    /// `len` elements exist, and nothing writes to them during `'a`.
    unsafe fn elements<'a>(&self) -> &'a [T] {
        // SAFETY: the pointer is aligned and not null, the length is possible; the caller promises the rest.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// The elements, mutable.
    ///
    /// # Safety
    /// `len` elements exist, and nothing else reads or writes them during `'a`.
    unsafe fn elements_mut<'a>(&self) -> &'a mut [T] {
        // SAFETY: as above.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

/// The status for a result.
fn status(result: Result<(), c_int>) -> c_int {
    result.err().unwrap_or(OK)
}

/// The model in `storage`, if there is one.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`; the file still exists; nothing writes to either during `'a`.
unsafe fn model<'a>(storage: *const Storage) -> Option<&'a Model<'a>> {
    // SAFETY: the pointer is aligned and not null; the caller promises the rest.
    checked(storage).and_then(|storage| unsafe { storage.as_ref() }.as_ref())
}

/// Reads a model file.
///
/// # Safety
/// `storage` points to an `awd_model`, and `file` has `bytes` bytes, which do not change while the model is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_read(storage: *mut Storage, file: *const u8, bytes: usize) -> c_int {
    status((|| {
        let mut into = checked(storage).ok_or(NULL)?;
        // SAFETY: the storage is large enough, and its old contents need no drop. From here on it is initialised.
        unsafe { into.write(None) };
        let file = Buffer::new(file, bytes)?;
        // All bytes of the header's `awd_model`, which is longer than `Storage`.
        if Buffer::new(storage.cast::<u8>(), MODEL_BYTES)?.overlaps(&file) {
            return Err(OVERLAP);
        }
        // SAFETY: the caller's promise, and the file does not overlap the storage.
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

/// Returns the number of samples of a window.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_window(storage: *const Storage) -> usize {
    // SAFETY: the caller's promise.
    unsafe { model(storage) }.map_or(0, Model::window)
}

/// Returns the number of samples of work space.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_work(storage: *const Storage) -> usize {
    // SAFETY: the caller's promise.
    unsafe { model(storage) }.map_or(0, Model::work_len)
}

/// Returns the number of outputs of a score.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_outputs(storage: *const Storage) -> usize {
    // SAFETY: the caller's promise.
    unsafe { model(storage) }.map_or(0, Model::outputs)
}

/// Scores a window.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`. Each buffer is null or has the given number of elements. The
/// call has exclusive access to `work` and `outputs`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_score(
    storage: *const Storage,
    window: *const f32,
    samples: usize,
    work: *mut f32,
    work_samples: usize,
    outputs: *mut f32,
    room: usize,
) -> c_int {
    status((|| {
        // SAFETY: the caller's promise.
        let model = unsafe { model(storage) }.ok_or(NO_MODEL)?;
        let (window, work) = (Buffer::new(window, samples)?, Buffer::new(work, work_samples)?);
        let (outputs, stored) = (Buffer::new(outputs, room)?, Buffer::new(storage, 1)?);
        // Buffers that are written while others are read.
        if work.overlaps(&window) || work.overlaps(&stored) || outputs.overlaps(&stored) {
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
        // SAFETY: the caller's promise, and the two do not overlap.
        let scores = unsafe { model.score(window.elements(), work.elements_mut()) }.map_err(|_| WORK)?;
        // SAFETY: the caller's promise; window and work space are no longer used, so the outputs may overlap them.
        let outputs = unsafe { outputs.elements_mut() };
        outputs.iter_mut().zip(scores.outputs()).for_each(|(into, output)| *into = *output);
        Ok(())
    })())
}

/// Returns the value of the least significant bit of a 16-bit sample.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_unit(storage: *const Storage) -> f32 {
    // SAFETY: the caller's promise.
    match unsafe { model(storage) }.map(Model::arithmetic) {
        Some(Arithmetic::Fixed { unit, .. }) => unit,
        _ => 0.0,
    }
}

/// Returns the number of fractional bits of integer outputs.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_point(storage: *const Storage) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { model(storage) }.map_or(0, |model| model.point().into())
}

/// Scores a window in integers.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`. Each buffer is null or has the given number of elements; `class`
/// has one. The call has exclusive access to `window`, `work`, `outputs` and `class`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_score_fixed(
    storage: *const Storage,
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
        let model = unsafe { model(storage) }.ok_or(NO_MODEL)?;
        let (window, work) = (Buffer::new(window, samples)?, Buffer::new(work, work_samples)?);
        let (outputs, stored) = (Buffer::new(outputs, room)?, Buffer::new(storage, 1)?);
        let class_out = Buffer::new(class, 1)?;
        // Buffers that are written while others are read or written.
        let written = work.overlaps(&window) || outputs.overlaps(&class_out);
        if written
            || work.overlaps(&stored)
            || window.overlaps(&stored)
            || outputs.overlaps(&stored)
            || class_out.overlaps(&stored)
        {
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
        // SAFETY: the caller's promise, and the two do not overlap.
        let scores = unsafe { model.score_fixed(window.elements_mut(), work.elements_mut()) }.map_err(|_| WORK)?;
        // SAFETY: the caller's promise; window and work space are no longer used, so outputs and class may overlap
        // them. Outputs and class do not overlap each other.
        let (outputs, class_out) = unsafe { (outputs.elements_mut(), class_out.elements_mut()) };
        outputs.iter_mut().zip(scores.outputs()).for_each(|(into, output)| *into = *output);
        let found = scores.class().and_then(|class| i32::try_from(class).ok()).unwrap_or(CLASS_VALUES);
        class_out.iter_mut().for_each(|class| *class = found);
        Ok(())
    })())
}

/// The kind of the model's readout, and the scores with these outputs.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`, and `outputs` is null or has `count` elements.
unsafe fn scores(storage: *const Storage, outputs: *const f32, count: usize) -> Result<(Kind, Scores), c_int> {
    // SAFETY: the caller's promise.
    let model = unsafe { model(storage) }.ok_or(NO_MODEL)?;
    let outputs = Buffer::new(outputs, count)?;
    if outputs.len != model.outputs() {
        return Err(OUTPUTS);
    }
    // SAFETY: the caller's promise.
    Ok((model.kind(), Scores::of(model, unsafe { outputs.elements() })))
}

/// Returns the class of these outputs.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`, and `outputs` is null or has `count` elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_class(storage: *const Storage, outputs: *const f32, count: usize) -> i32 {
    // SAFETY: the caller's promise.
    match unsafe { scores(storage, outputs, count) } {
        Err(_) => CLASS_ERROR,
        Ok((Kind::Linear, _)) => CLASS_VALUES,
        Ok((Kind::Softmax, scores)) => {
            scores.class().and_then(|class| i32::try_from(class).ok()).unwrap_or(CLASS_NOT_FINITE)
        }
    }
}

/// Computes the probabilities of these outputs.
///
/// # Safety
/// `storage` is null or was given to `awd_model_read`. Each buffer is null or has the given number of elements. The
/// call has exclusive access to `probabilities`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn awd_model_probabilities(
    storage: *const Storage,
    outputs: *const f32,
    count: usize,
    probabilities: *mut f32,
    room: usize,
) -> c_int {
    status((|| {
        // SAFETY: the caller's promise.
        let (kind, scores) = unsafe { scores(storage, outputs, count) }?;
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
        if into.overlaps(&Buffer::new(storage, 1)?) {
            return Err(OVERLAP);
        }
        // SAFETY: the caller's promise; model and outputs are no longer used, so probabilities may overlap outputs.
        let into = unsafe { into.elements_mut() };
        into.iter_mut().zip(&probabilities).for_each(|(into, p)| *into = *p);
        Ok(())
    })())
}

/// Never called, but the compiler requires it. Nothing in the library panics: the program `no-panic` links without a
/// panic handler that can be reached.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
