//! Options out of the catalogs: of a server, a user's mapping, a table and its columns.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use crate::error::{Error, Kind, Result};
use crate::option::{Options, Pairs, Place, validate as validate_pairs};

/// Checks an option list as the validator gets it.
///
/// # Errors
/// What [`crate::option::validate`] refuses.
pub fn validate(options: &[Option<String>], catalog: pg_sys::Oid) -> Result<()> {
    let pairs: Pairs = options
        .iter()
        .flatten()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    // SAFETY: reads the current role's cached flag; callable in any transaction.
    let superuser = unsafe { pg_sys::superuser() };
    match place(catalog) {
        Some(place) => validate_pairs(place, &pairs, superuser),
        None => Ok(()),
    }
}

fn place(catalog: pg_sys::Oid) -> Option<Place> {
    match catalog {
        pg_sys::AttributeRelationId => Some(Place::Column),
        pg_sys::ForeignDataWrapperRelationId => Some(Place::Wrapper),
        pg_sys::ForeignServerRelationId => Some(Place::Server),
        pg_sys::ForeignTableRelationId => Some(Place::Table),
        pg_sys::UserMappingRelationId => Some(Place::Mapping),
        _ => None,
    }
}

/// The server of a foreign table, and the options of both; the table's win.
pub fn of_table(table: pg_sys::Oid) -> (pg_sys::Oid, Options) {
    // SAFETY: the caller has the relation open, so its catalog rows exist; results are palloc'ed.
    unsafe {
        let table = pg_sys::GetForeignTable(table);
        let server = pg_sys::GetForeignServer((*table).serverid);
        let both = pairs((*server).options)
            .into_iter()
            .chain(pairs((*table).options));
        ((*table).serverid, Options::new(both))
    }
}

/// The options of a server.
pub fn of_server(server: pg_sys::Oid) -> Pairs {
    // SAFETY: raises an error itself where the server does not exist.
    unsafe { pairs((*pg_sys::GetForeignServer(server)).options) }
}

/// The options of the mapping of a user, or of PUBLIC.
///
/// # Errors
/// When there is neither.
pub fn of_mapping(user: pg_sys::Oid, server: pg_sys::Oid) -> Result<Pairs> {
    // SAFETY: both lookups take plain keys; the tuple is released before it is judged.
    let exists = [user, pg_sys::InvalidOid].into_iter().any(|user| unsafe {
        let (user, server) = (pg_sys::Datum::from(user), pg_sys::Datum::from(server));
        let none = pg_sys::Datum::null();
        let cache = pg_sys::SysCacheIdentifier::USERMAPPINGUSERSERVER as i32;
        let tuple = pg_sys::SearchSysCache(cache, user, server, none, none);
        if !tuple.is_null() {
            pg_sys::ReleaseSysCache(tuple);
        }
        !tuple.is_null()
    });
    if !exists {
        return Err(no_mapping(user, server));
    }
    // SAFETY: the mapping was just seen under this snapshot of the catalogs.
    Ok(unsafe { pairs((*pg_sys::GetUserMapping(user, server)).options) })
}

fn no_mapping(user: pg_sys::Oid, server: pg_sys::Oid) -> Error {
    // SAFETY: both return palloc'ed names, the first null only when told that it may be missing.
    let (user, server) = unsafe {
        (
            text(pg_sys::GetUserNameFromId(user, true)),
            text((*pg_sys::GetForeignServer(server)).servername),
        )
    };
    let message = format!("user mapping not found for user \"{user}\", server \"{server}\"");
    Error::new(Kind::Authentication, message).hint(format!(
        "CREATE USER MAPPING FOR \"{user}\" SERVER \"{server}\" OPTIONS (oauthaccesstoken '…')."
    ))
}

/// The options of a column.
pub fn of_column(table: pg_sys::Oid, number: i16) -> Pairs {
    // SAFETY: a catalog lookup by key; a column without options gives an empty list.
    unsafe { pairs(pg_sys::GetForeignColumnOptions(table, number)) }
}

/// A list of `DefElem` as pairs of our own.
unsafe fn pairs(list: *mut pg_sys::List) -> Pairs {
    // SAFETY: the caller passes a list of DefElem; defGetString takes any of them.
    unsafe {
        let list = PgList::<pg_sys::DefElem>::from_pg(list);
        list.iter_ptr()
            .map(|def| (text((*def).defname), text(pg_sys::defGetString(def))))
            .collect()
    }
}

/// A C string as one of our own; null is empty.
pub unsafe fn text(pointer: *const std::ffi::c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: not null, and the caller passes a terminated string.
    unsafe { CStr::from_ptr(pointer) }
        .to_string_lossy()
        .into_owned()
}
