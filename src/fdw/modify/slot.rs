//! Values in the slots of an executor.

use pgrx::pg_sys;

/// A column of a slot; none for NULL, and for number 0.
///
/// # Safety
/// The number is that of a column of the slot.
pub unsafe fn attribute(slot: *mut pg_sys::TupleTableSlot, number: i16) -> Option<pg_sys::Datum> {
    if number <= 0 {
        return None;
    }
    let mut null = false;
    // SAFETY: as the caller says.
    let datum = unsafe { pg_sys::slot_getattr(slot, i32::from(number), &raw mut null) };
    (!null).then_some(datum)
}

/// The row that is the value of a column of a slot; none for NULL, and for number 0.
///
/// # Safety
/// The column is of a composite type.
pub unsafe fn composite(
    slot: *mut pg_sys::TupleTableSlot,
    number: i16,
) -> Option<pg_sys::HeapTupleHeader> {
    // SAFETY: as the caller says.
    unsafe {
        let datum = attribute(slot, number)?;
        Some(pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast())
    }
}

/// A tuple around a header, as long as that lives.
///
/// # Safety
/// The header is that of a composite datum.
pub unsafe fn tuple_of(header: pg_sys::HeapTupleHeader) -> pg_sys::HeapTupleData {
    // SAFETY: the header of a composite datum says its length; zeroed memory is a valid tuple.
    unsafe {
        let mut tuple: pg_sys::HeapTupleData = std::mem::zeroed();
        tuple.t_len = pgrx::varsize_any(header.cast()) as u32;
        tuple.t_tableOid = pg_sys::InvalidOid;
        tuple.t_data = header;
        tuple
    }
}
