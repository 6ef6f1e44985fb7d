//! Text on its way between us and PostgreSQL: UTF-8 here, the encoding of the database there.
//!
//! A database of UTF-8, or of `SQL_ASCII` that has no encoding at all, takes our bytes as they are. For
//! every other PostgreSQL's own routines convert, both ways.

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::ops::Deref;

use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::datum::{Datum, FromDatum, IntoDatum, UnboxDatum};
use pgrx::nullable::Nullable;
use pgrx::pg_sys;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};

use super::escape::{UTF8, converts, database};
use super::report::OrReport as _;
use crate::error::{Error, Kind, Result};

/// How many bytes are converted at a time: the result has room for four times as many.
const PIECE: usize = 65_536;

/// A text in the encoding of the database.
///
/// # Errors
/// When it has a character that the encoding has not got.
pub fn to_server(text: &str) -> Result<Cow<'_, [u8]>> {
    if text.is_ascii() || !converts() {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let (mut converted, mut rest) = (Vec::with_capacity(text.len()), text);
    while !rest.is_empty() {
        let (piece, further) = rest.split_at(rest.floor_char_boundary(PIECE));
        let count = convert(piece.as_bytes(), UTF8, database(), &mut converted);
        if count < piece.len() {
            return Err(untranslatable(piece.get(count..).unwrap_or_default()));
        }
        rest = further;
    }
    Ok(Cow::Owned(converted))
}

/// A terminated text in the encoding of the database.
///
/// # Errors
/// As [`to_server`], and when there is a NUL in it.
pub fn terminated(text: &str) -> Result<CString> {
    let bytes = to_server(text)?.into_owned();
    CString::new(bytes).map_err(|_| Error::new(Kind::Invalid, "a text has a NUL character"))
}

/// A text out of the encoding of the database. What cannot be converted is replaced.
pub fn of_server(bytes: &[u8]) -> String {
    // SAFETY: reads whether a transaction is under way: conversions are looked up in catalogs.
    if !bytes.is_ascii() && converts() && unsafe { pg_sys::IsTransactionState() } {
        let mut converted = Vec::new();
        if convert(bytes, database(), UTF8, &mut converted) == bytes.len() {
            return String::from_utf8_lossy(&converted).into_owned();
        }
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// Appends what bytes are in another encoding; how many of them could be converted.
fn convert(bytes: &[u8], from: i32, to: i32, converted: &mut Vec<u8>) -> usize {
    let room = bytes.len().saturating_mul(4).saturating_add(1);
    let (Ok(length), Ok(size)) = (i32::try_from(bytes.len()), i32::try_from(room)) else {
        return 0;
    };
    let mut buffer = vec![0_u8; room];
    // SAFETY: looks a conversion up, and runs it within the lengths that are given; it does not raise
    // an error of its own, and terminates what it writes.
    let count = unsafe {
        let procedure = pg_sys::FindDefaultConversionProc(from, to);
        if procedure == pg_sys::InvalidOid {
            return 0;
        }
        let (source, target) = (bytes.as_ptr().cast_mut(), buffer.as_mut_ptr());
        pg_sys::pg_do_encoding_conversion_buf(
            procedure, from, to, source, length, target, size, true,
        )
    };
    if let Ok(text) = CStr::from_bytes_until_nul(&buffer) {
        converted.extend_from_slice(text.to_bytes());
    }
    usize::try_from(count).unwrap_or_default()
}

/// The error that the first character of a text has no place in the database.
fn untranslatable(text: &str) -> Error {
    let character = text.chars().next().map_or(0, u32::from);
    // SAFETY: the name of an encoding that exists, which is ASCII.
    let encoding = unsafe { CStr::from_ptr(pg_sys::GetDatabaseEncodingName()) }.to_string_lossy();
    let message =
        format!("character U+{character:04X} has no equivalent in encoding \"{encoding}\"");
    Error::new(Kind::Untranslatable, message).hint("A database with encoding UTF8 can hold it.")
}

/// A `text` of SQL: pgrx's own strings are UTF-8 whatever the database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl FromDatum for Text {
    unsafe fn from_polymorphic_datum(
        datum: pg_sys::Datum,
        is_null: bool,
        _: pg_sys::Oid,
    ) -> Option<Self> {
        if is_null || datum.is_null() {
            return None;
        }
        // SAFETY: the datum is a varlena of text, which is unpacked, read and freed if it is a copy.
        unsafe {
            let given = datum.cast_mut_ptr::<pg_sys::varlena>();
            let plain = pg_sys::pg_detoast_datum_packed(given);
            let text = of_server(pgrx::varlena::varlena_to_byte_slice(plain));
            if plain != given {
                pg_sys::pfree(plain.cast());
            }
            Some(Self(text))
        }
    }
}

// SAFETY: reads the datum as what its type says it is.
unsafe impl UnboxDatum for Text {
    type As<'src> = Self;

    unsafe fn unbox<'src>(datum: Datum<'src>) -> Self
    where
        Self: 'src,
    {
        // SAFETY: as the caller says; the datum outlives the call.
        let text =
            unsafe { Self::from_polymorphic_datum(datum.sans_lifetime(), false, pg_sys::TEXTOID) };
        text.unwrap_or_else(|| Self(String::new()))
    }
}

impl IntoDatum for Text {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        let bytes = to_server(&self.0).or_report();
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        // SAFETY: copies as many bytes as there are; PostgreSQL refuses more than it can hold.
        Some(unsafe { pg_sys::cstring_to_text_with_len(bytes.as_ptr().cast(), length) }.into())
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::TEXTOID
    }
}

// SAFETY: the argument is read as a text, which is what functions are declared with.
unsafe impl<'fcx> ArgAbi<'fcx> for Text {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: as above.
        unsafe { arg.unbox_arg_using_from_datum() }.unwrap_or_else(|| Self(String::new()))
    }

    unsafe fn unbox_nullable_arg(arg: Arg<'_, 'fcx>) -> Nullable<Self> {
        // SAFETY: as above.
        unsafe { arg.unbox_arg_using_from_datum().into() }
    }
}

// SAFETY: what is returned is a text in the current memory context.
unsafe impl BoxRet for Text {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        match self.into_datum() {
            // SAFETY: a datum of the type that the function is declared with.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

// SAFETY: names the type that the argument is read as.
unsafe impl SqlTranslatable for Text {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Text);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: std::result::Result<SqlMappingRef, ArgumentError> =
        Ok(SqlMappingRef::literal("text"));
    const RETURN_SQL: std::result::Result<ReturnsRef, ReturnsError> =
        Ok(ReturnsRef::One(SqlMappingRef::literal("text")));
}
