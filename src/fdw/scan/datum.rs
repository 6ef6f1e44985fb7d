//! Values to datums, and a few datums back.

use pgrx::datum::{FromDatum, IntoDatum};
use pgrx::pg_sys;

use crate::error::Result;
use crate::fdw::encoding::{Text, terminated, to_server};
use crate::value::{Scalar, Type, Value};

/// Days from 1970-01-01, our epoch, to 2000-01-01, PostgreSQL's.
const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
const EPOCH_MICROS: i64 = 10_957 * 86_400_000_000;

/// How a column of a foreign table takes values.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The declared type.
    pub oid: pg_sys::Oid,
    /// Its modifier.
    pub typmod: i32,
    /// Whether values of our type are this type's own; otherwise they go in as text.
    pub direct: bool,
}

impl Target {
    /// Decides how values of a type go into a column.
    pub fn new(ty: Type, oid: pg_sys::Oid, typmod: i32) -> Self {
        Self { oid, typmod, direct: oid == native(ty) && typmod < 0 }
    }

    /// A datum in the current memory context.
    ///
    /// # Errors
    /// When the encoding of the database has not got a character of it.
    pub fn datum(self, value: Value) -> Result<Option<pg_sys::Datum>> {
        if !self.direct {
            return input(&spelled(value)?, self.oid, self.typmod).map(Some);
        }
        Ok(match value {
            Value::Bigint(number) => number.into_datum(),
            Value::BigintArray(numbers) => numbers.into_datum(),
            Value::Boolean(flag) => flag.into_datum(),
            Value::Date(days) => Some(pg_sys::Datum::from(days - EPOCH_DAYS)),
            Value::Integer(number) => number.into_datum(),
            Value::IntegerArray(numbers) => numbers.into_datum(),
            Value::Jsonb(text) | Value::Numeric(text) => Some(input(&text, self.oid, -1)?),
            Value::Text(text) => varlena(&text)?,
            Value::TextArray(texts) => {
                for text in texts.iter().flatten() {
                    to_server(text)?;
                }
                texts.into_iter().map(|text| text.map(Text)).collect::<Vec<_>>().into_datum()
            }
            Value::Timestamptz(micros) => Some(pg_sys::Datum::from(micros - EPOCH_MICROS)),
        })
    }
}

/// The PostgreSQL type whose datums our values of a type are.
pub fn native(ty: Type) -> pg_sys::Oid {
    match ty {
        Type::Bigint => pg_sys::INT8OID,
        Type::BigintArray => pg_sys::INT8ARRAYOID,
        Type::Boolean => pg_sys::BOOLOID,
        Type::Date => pg_sys::DATEOID,
        Type::Integer => pg_sys::INT4OID,
        Type::IntegerArray => pg_sys::INT4ARRAYOID,
        Type::Jsonb => pg_sys::JSONBOID,
        Type::Numeric => pg_sys::NUMERICOID,
        Type::Text => pg_sys::TEXTOID,
        Type::TextArray => pg_sys::TEXTARRAYOID,
        Type::Timestamptz => pg_sys::TIMESTAMPTZOID,
    }
}

/// A value as text, for the input function of another type.
fn spelled(value: Value) -> Result<String> {
    Ok(match value {
        Value::Text(text) | Value::Jsonb(text) | Value::Numeric(text) => text,
        Value::Bigint(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        other => {
            let ty = match &other {
                Value::BigintArray(_) => Type::BigintArray,
                Value::IntegerArray(_) => Type::IntegerArray,
                Value::TextArray(_) => Type::TextArray,
                Value::Date(_) => Type::Date,
                _ => Type::Timestamptz,
            };
            let target = Target { oid: native(ty), typmod: -1, direct: true };
            target.datum(other)?.map(|datum| output(datum, target.oid)).unwrap_or_default()
        }
    })
}

fn varlena(text: &str) -> Result<Option<pg_sys::Datum>> {
    to_server(text).map(|bytes| bytes.as_ref().into_datum())
}

/// Runs a type's input function, which raises the errors that users know.
///
/// # Errors
/// When the encoding of the database has not got a character of the text.
pub fn input(text: &str, oid: pg_sys::Oid, typmod: i32) -> Result<pg_sys::Datum> {
    let text = terminated(&text.replace('\0', ""))?;
    let (mut function, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
    // SAFETY: a type from the catalogs has an input function, and it copies what it keeps.
    Ok(unsafe {
        pg_sys::getTypeInputInfo(oid, &raw mut function, &raw mut parameter);
        pg_sys::OidInputFunctionCall(function, text.as_ptr().cast_mut(), parameter, typmod)
    })
}

fn output(datum: pg_sys::Datum, oid: pg_sys::Oid) -> String {
    let (mut function, mut varlena) = (pg_sys::InvalidOid, false);
    // SAFETY: the datum is of the type whose output function is called.
    unsafe {
        pg_sys::getTypeOutputInfo(oid, &raw mut function, &raw mut varlena);
        crate::fdw::options::text(pg_sys::OidOutputFunctionCall(function, datum))
    }
}

/// The value that a datum of a declared type is, in a type of ours; through its text where the declared
/// type is another.
///
/// # Errors
/// When the encoding of the database has not got a character of it.
///
/// # Safety
/// The datum is of the declared type.
pub unsafe fn value(datum: pg_sys::Datum, oid: pg_sys::Oid, ty: Type) -> Result<Option<Value>> {
    let own = native(ty);
    let datum = if oid == own { datum } else { input(&output(datum, oid), own, -1)? };
    // SAFETY: the datum is of the type that ours is native to.
    Ok(unsafe {
        match ty {
            Type::Bigint => i64::from_datum(datum, false).map(Value::Bigint),
            Type::BigintArray => FromDatum::from_datum(datum, false).map(Value::BigintArray),
            Type::Boolean => bool::from_datum(datum, false).map(Value::Boolean),
            Type::Date => pgrx::datum::Date::from_datum(datum, false)
                .map(|date| Value::Date(date.to_pg_epoch_days().saturating_add(EPOCH_DAYS))),
            Type::Integer => i32::from_datum(datum, false).map(Value::Integer),
            Type::IntegerArray => FromDatum::from_datum(datum, false).map(Value::IntegerArray),
            Type::Jsonb => Some(Value::Jsonb(output(datum, own))),
            Type::Numeric => Some(Value::Numeric(output(datum, own))),
            Type::Text => Text::from_datum(datum, false).map(|text| Value::Text(text.0)),
            Type::TextArray => Vec::<Option<Text>>::from_datum(datum, false).map(|texts| {
                Value::TextArray(texts.into_iter().map(|text| text.map(|text| text.0)).collect())
            }),
            Type::Timestamptz => {
                pgrx::datum::TimestampWithTimeZone::from_datum(datum, false).map(|moment| {
                    let micros = pg_sys::TimestampTz::from(moment);
                    Value::Timestamptz(micros.saturating_add(EPOCH_MICROS))
                })
            }
        }
    })
}

/// The values in a datum of a type that requests are asked by, or of an array of one; NULLs are left
/// out. `None`: the type is none of them.
pub fn scalars(oid: pg_sys::Oid, datum: pg_sys::Datum, null: bool) -> Option<Vec<Scalar>> {
    let ty = Askable::of(oid).or_else(|| Askable::of_array(oid))?;
    let array = Askable::of(oid).is_none();
    // SAFETY: each arm reads the datum as the type that its oid says it is.
    let all = unsafe {
        match ty {
            Askable::Int8 => each::<i64>(datum, null, array, Scalar::Id),
            Askable::Int4 => each::<i32>(datum, null, array, |id| Scalar::Id(id.into())),
            Askable::Int2 => each::<i16>(datum, null, array, |id| Scalar::Id(id.into())),
            Askable::Text => each::<Text>(datum, null, array, |text| Scalar::Text(text.0)),
            Askable::Date => each::<pgrx::datum::Date>(datum, null, array, |date| {
                Scalar::Date(date.to_pg_epoch_days().saturating_add(EPOCH_DAYS))
            }),
            Askable::Moment => {
                each::<pgrx::datum::TimestampWithTimeZone>(datum, null, array, |moment| {
                    let micros = pg_sys::TimestampTz::from(moment);
                    Scalar::Moment(micros.saturating_add(EPOCH_MICROS))
                })
            }
        }
    };
    Some(all)
}

/// The values of a datum that is one of them, or an array.
unsafe fn each<T: FromDatum>(
    datum: pg_sys::Datum,
    null: bool,
    array: bool,
    scalar: impl Fn(T) -> Scalar,
) -> Vec<Scalar>
where
    Vec<Option<T>>: FromDatum,
{
    // SAFETY: the caller says what the datum is.
    unsafe {
        if array {
            let all = Vec::<Option<T>>::from_datum(datum, null).into_iter().flatten();
            all.flatten().map(scalar).collect()
        } else {
            T::from_datum(datum, null).into_iter().map(scalar).collect()
        }
    }
}

/// The types whose values requests are asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Askable {
    /// `date`.
    Date,
    /// `smallint`.
    Int2,
    /// `integer`.
    Int4,
    /// `bigint`.
    Int8,
    /// `timestamptz`.
    Moment,
    /// `text` and `varchar`.
    Text,
}

impl Askable {
    /// The kind of a type; none where requests cannot be asked by it.
    pub fn of(oid: pg_sys::Oid) -> Option<Self> {
        Some(match oid {
            pg_sys::INT8OID => Self::Int8,
            pg_sys::INT4OID => Self::Int4,
            pg_sys::INT2OID => Self::Int2,
            pg_sys::TEXTOID | pg_sys::VARCHAROID => Self::Text,
            pg_sys::DATEOID => Self::Date,
            pg_sys::TIMESTAMPTZOID => Self::Moment,
            _ => return None,
        })
    }

    /// The kind of an array's elements.
    pub fn of_array(oid: pg_sys::Oid) -> Option<Self> {
        Some(match oid {
            pg_sys::INT8ARRAYOID => Self::Int8,
            pg_sys::INT4ARRAYOID => Self::Int4,
            pg_sys::INT2ARRAYOID => Self::Int2,
            pg_sys::TEXTARRAYOID | pg_sys::VARCHARARRAYOID => Self::Text,
            pg_sys::DATEARRAYOID => Self::Date,
            _ => return None,
        })
    }

    /// Whether values of ours of a type are values of this one: a column may be declared otherwise.
    pub const fn holds(self, ty: Type) -> bool {
        match self {
            Self::Date => matches!(ty, Type::Date),
            Self::Moment => matches!(ty, Type::Timestamptz),
            Self::Int2 | Self::Int4 | Self::Int8 => matches!(ty, Type::Bigint | Type::Integer),
            Self::Text => matches!(ty, Type::Text),
        }
    }

    /// Whether it is one of the integer types, which compare with each other.
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8)
    }

    /// Whether values of two types compare as the same thing.
    pub fn compares_with(self, other: Self) -> bool {
        self == other || (self.is_integer() && other.is_integer())
    }

    /// The operator family of its order.
    pub const fn family(self) -> pg_sys::Oid {
        match self {
            Self::Int2 | Self::Int4 | Self::Int8 => pg_sys::INTEGER_BTREE_FAM_OID,
            Self::Text => pg_sys::TEXT_BTREE_FAM_OID,
            Self::Date | Self::Moment => DATETIME_BTREE_FAM_OID,
        }
    }
}

/// `datetime_ops` of btree; `pg_opfamily.dat` gives it no symbol.
const DATETIME_BTREE_FAM_OID: pg_sys::Oid = pg_sys::Oid::from_u32(434);
