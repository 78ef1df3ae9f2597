//! Commands that resolve errors.

use awd_train::Next;

/// The command that resolves an error, in words.
pub const fn words(next: Next) -> &'static str {
    match next {
        Next::Distil => "awd distil writes one",
        Next::Attribute => "awd attribute writes them",
        Next::Teach => "awd teach makes one of these data",
        Next::TeachOrOnnx => "awd teach writes it; a network from elsewhere is taken by --onnx",
        Next::WithoutTeacher => "--gamma 0 does without a teacher",
        Next::IsData => "it is an .npz: data come after the model, as in `awd score MODEL DATA`",
        Next::IsTeacher => "it is a teacher: `awd distil DATA --teacher FILE` makes a model of it",
        Next::IsModel => "it is a model: data come after it, as in `awd score MODEL DATA`",
        Next::ResetBoard => "reset it by `awd device reset`, or flash the firmware of this version",
    }
}
