//! Serializes messages to postcard's bytes.
//!
//! Postcard's own serializer indexes slices in ways that the compiler cannot prove in bounds when it optimizes for
//! size. A program that must not panic then does not link. This serializer supports only the types in the protocol's
//! messages. A test compares its bytes with postcard's.

use core::fmt::Display;
use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, Serializer,
};

/// The buffer is too short for the message, or the message contains an unsupported type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WriteError;

impl core::fmt::Display for WriteError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("message: longer than the buffer")
    }
}

impl core::error::Error for WriteError {}

impl Error for WriteError {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Writes a message to the start of a buffer and returns the bytes written.
pub(crate) fn to_slice<'b>(message: &impl Serialize, buffer: &'b mut [u8]) -> Result<&'b [u8], WriteError> {
    let mut writer = Writer { buffer, len: 0 };
    message.serialize(&mut writer)?;
    let Writer { buffer, len } = writer;
    buffer.get(..len).ok_or(WriteError)
}

/// An output buffer and the number of bytes written to it.
struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn byte(&mut self, byte: u8) -> Result<(), WriteError> {
        *self.buffer.get_mut(self.len).ok_or(WriteError)? = byte;
        self.len += 1;
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        bytes.iter().try_for_each(|byte| self.byte(*byte))
    }

    /// Writes seven bits per byte, lowest first. The highest bit of a byte is set if more bytes follow.
    fn varint(&mut self, mut value: u64) -> Result<(), WriteError> {
        while value > 0x7f {
            self.byte(value as u8 | 0x80)?;
            value >>= 7;
        }
        self.byte(value as u8)
    }

    /// Writes a varint of at most 32 bits, as most are. This is less work for a 32-bit processor.
    fn varint32(&mut self, mut value: u32) -> Result<(), WriteError> {
        while value > 0x7f {
            self.byte(value as u8 | 0x80)?;
            value >>= 7;
        }
        self.byte(value as u8)
    }

    /// Writes a length. Every length fits in 32 bits.
    fn count(&mut self, len: usize) -> Result<(), WriteError> {
        self.varint32(u32::try_from(len).map_err(|_| WriteError)?)
    }
}

impl Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<(), WriteError>;
    type SerializeTupleVariant = Impossible<(), WriteError>;
    type SerializeMap = Impossible<(), WriteError>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn serialize_bool(self, value: bool) -> Result<(), WriteError> {
        self.byte(value.into())
    }

    fn serialize_i8(self, _: i8) -> Result<(), WriteError> {
        Err(WriteError)
    }

    fn serialize_i16(self, _: i16) -> Result<(), WriteError> {
        Err(WriteError)
    }

    fn serialize_i32(self, _: i32) -> Result<(), WriteError> {
        Err(WriteError)
    }

    fn serialize_i64(self, _: i64) -> Result<(), WriteError> {
        Err(WriteError)
    }

    fn serialize_u8(self, value: u8) -> Result<(), WriteError> {
        self.byte(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), WriteError> {
        self.varint32(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), WriteError> {
        self.varint32(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), WriteError> {
        self.varint(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), WriteError> {
        self.bytes(&value.to_le_bytes())
    }

    fn serialize_f64(self, _: f64) -> Result<(), WriteError> {
        Err(WriteError)
    }

    fn serialize_char(self, _: char) -> Result<(), WriteError> {
        Err(WriteError)
    }

    fn serialize_str(self, text: &str) -> Result<(), WriteError> {
        self.serialize_bytes(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), WriteError> {
        self.count(bytes.len())?;
        self.bytes(bytes)
    }

    fn serialize_none(self) -> Result<(), WriteError> {
        self.byte(0)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), WriteError> {
        self.byte(1)?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), WriteError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), WriteError> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result<(), WriteError> {
        self.varint32(index)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        self.varint32(index)?;
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self, WriteError> {
        self.count(len.ok_or(WriteError)?)?;
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, WriteError> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), WriteError>, WriteError> {
        Err(WriteError)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), WriteError>, WriteError> {
        Err(WriteError)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), WriteError>, WriteError> {
        Err(WriteError)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, WriteError> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, WriteError> {
        self.varint32(index)?;
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn collect_str<T: ?Sized + Display>(self, _: &T) -> Result<(), WriteError> {
        Err(WriteError)
    }
}

impl SerializeSeq for &mut Writer<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), WriteError> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), WriteError> {
        Ok(())
    }
}

impl SerializeTuple for &mut Writer<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), WriteError> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), WriteError> {
        Ok(())
    }
}

impl SerializeStruct for &mut Writer<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, _: &'static str, value: &T) -> Result<(), WriteError> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), WriteError> {
        Ok(())
    }
}

impl SerializeStructVariant for &mut Writer<'_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, _: &'static str, value: &T) -> Result<(), WriteError> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), WriteError> {
        Ok(())
    }
}
