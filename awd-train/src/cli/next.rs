//! Commands that resolve errors.

use awd_train::Next;

/// The command that resolves an error, in words.
pub const fn words(next: Next) -> &'static str {
    match next {
        Next::Distil => "awd distil writes one",
        Next::Attribute => "awd attribute writes them",
        Next::Teach => "awd teach trains one on these data",
        Next::TeachOrOnnx => "awd teach writes it; an ONNX network is loaded with --onnx",
        Next::WithoutTeacher => "--gamma 0 distils without a teacher",
        Next::IsData => "it is an .npz: name the data after the model, as in `awd score MODEL DATA`",
        Next::IsTeacher => "it is a teacher: `awd distil DATA --teacher FILE` distils it into a model",
        Next::IsModel => "it is a model: name the data after it, as in `awd score MODEL DATA`",
        Next::IsNetwork => "it is an ONNX network: `awd distil DATA --onnx FILE` distils it into a model",
        Next::ResetBoard => "reset the board with `awd device reset`, or flash the firmware of this version",
        Next::MakeKey => "awd key new makes one",
        Next::SignModel => "`awd sign MODEL --key FILE` signs it; awd device push --key FILE does both",
        Next::LabelTracks => "write them as a table with a label of each track, for `awd import table --label COLUMN`",
        Next::LabelTable => "--label-channel COLUMN names a second channel, --label COLUMN labels of tracks",
        Next::OtherCategories => "--category all uses every category",
    }
}
