//! Messages into postcard's bytes.
//!
//! Postcard's own writer has indices that compilers for size do not see to be in bounds, so that a program which must not panic does not
//! link with it. This one writes what the protocol's messages have; a test holds it to postcard's bytes.

use core::fmt::Display;
use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, Serializer,
};

/// There is no room for the message, or it has a type that no message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unwritten;

impl core::fmt::Display for Unwritten {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("message: there is no room for it")
    }
}

impl core::error::Error for Unwritten {}

impl Error for Unwritten {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Writes a message to the start of a buffer, and gives back its bytes.
pub(crate) fn to_slice<'b>(message: &impl Serialize, buffer: &'b mut [u8]) -> Result<&'b [u8], Unwritten> {
    let mut writer = Writer { buffer, len: 0 };
    message.serialize(&mut writer)?;
    let Writer { buffer, len } = writer;
    buffer.get(..len).ok_or(Unwritten)
}

/// What is written, and how much of it.
struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn byte(&mut self, byte: u8) -> Result<(), Unwritten> {
        *self.buffer.get_mut(self.len).ok_or(Unwritten)? = byte;
        self.len += 1;
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Unwritten> {
        bytes.iter().try_for_each(|byte| self.byte(*byte))
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn varint(&mut self, mut value: u64) -> Result<(), Unwritten> {
        while value > 0x7f {
            self.byte(value as u8 | 0x80)?;
            value >>= 7;
        }
        self.byte(value as u8)
    }

    /// The same of what has 32 bits, as most have: less work for a processor of 32.
    fn varint32(&mut self, mut value: u32) -> Result<(), Unwritten> {
        while value > 0x7f {
            self.byte(value as u8 | 0x80)?;
            value >>= 7;
        }
        self.byte(value as u8)
    }

    /// A length, of which none is beyond 32 bits.
    fn count(&mut self, len: usize) -> Result<(), Unwritten> {
        self.varint32(u32::try_from(len).map_err(|_| Unwritten)?)
    }
}

impl Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = Unwritten;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<(), Unwritten>;
    type SerializeTupleVariant = Impossible<(), Unwritten>;
    type SerializeMap = Impossible<(), Unwritten>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn serialize_bool(self, value: bool) -> Result<(), Unwritten> {
        self.byte(value.into())
    }

    fn serialize_i8(self, _: i8) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_i16(self, _: i16) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_i32(self, _: i32) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_i64(self, _: i64) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unwritten> {
        self.byte(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), Unwritten> {
        self.varint32(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unwritten> {
        self.varint32(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unwritten> {
        self.varint(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unwritten> {
        self.bytes(&value.to_le_bytes())
    }

    fn serialize_f64(self, _: f64) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_char(self, _: char) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_str(self, text: &str) -> Result<(), Unwritten> {
        self.serialize_bytes(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Unwritten> {
        self.count(bytes.len())?;
        self.bytes(bytes)
    }

    fn serialize_none(self) -> Result<(), Unwritten> {
        self.byte(0)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Unwritten> {
        self.byte(1)?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritten> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritten> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result<(), Unwritten> {
        self.varint32(index)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Unwritten> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unwritten> {
        self.varint32(index)?;
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Unwritten> {
        self.count(len.ok_or(Unwritten)?)?;
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unwritten> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), Unwritten>, Unwritten> {
        Err(Unwritten)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unwritten>, Unwritten> {
        Err(Unwritten)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Unwritten>, Unwritten> {
        Err(Unwritten)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unwritten> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Unwritten> {
        self.varint32(index)?;
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn collect_str<T: ?Sized + Display>(self, _: &T) -> Result<(), Unwritten> {
        Err(Unwritten)
    }
}

impl SerializeSeq for &mut Writer<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unwritten> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unwritten> {
        Ok(())
    }
}

impl SerializeTuple for &mut Writer<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unwritten> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unwritten> {
        Ok(())
    }
}

impl SerializeStruct for &mut Writer<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, _: &'static str, value: &T) -> Result<(), Unwritten> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unwritten> {
        Ok(())
    }
}

impl SerializeStructVariant for &mut Writer<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, _: &'static str, value: &T) -> Result<(), Unwritten> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unwritten> {
        Ok(())
    }
}
