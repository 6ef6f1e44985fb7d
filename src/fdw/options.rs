//! Options out of the catalogs: of a server, a user's mapping, a table and its columns.

use std::ffi::CStr;

use pgrx::{PgList, Spi, pg_sys};

use super::encoding::{self, Text};
use crate::error::{Error, Kind, Result};
use crate::option::{Pairs, Place, Settings, is_guarded, validate as validate_pairs};

/// Checks an option list as the validator gets it.
///
/// # Errors
/// What [`crate::option::validate`] refuses.
pub fn validate(options: &[Option<Text>], catalog: pg_sys::Oid) -> Result<()> {
    let pairs = split(options);
    let Some(place) = place(catalog) else {
        return Ok(());
    };
    // SAFETY: reads the current role's cached flag; callable in any transaction.
    let superuser = unsafe { pg_sys::superuser() };
    let guarded: Pairs = pairs.iter().filter(|pair| is_guarded(pair)).cloned().collect();
    let trusted = superuser || guarded.is_empty() || is_known(place, guarded);
    validate_pairs(place, &pairs, trusted)
}

/// Whether a superuser gave exactly these options to something that is the current user's: whoever
/// alters an object hands in all of its options, and the validator is not told which object it is.
/// Somebody may so give them to another object of their own, which leads nowhere that they were not
/// trusted with before.
fn is_known(place: Place, mut guarded: Pairs) -> bool {
    let query = match place {
        Place::Server => {
            "SELECT srvoptions FROM pg_catalog.pg_foreign_server \
              WHERE srvoptions IS NOT NULL AND pg_catalog.pg_has_role(srvowner, 'USAGE')"
        }
        // Shows the options of the user's own mapping, and of PUBLIC's to the owner of the server.
        Place::Mapping => {
            "SELECT umoptions FROM pg_catalog.pg_user_mappings WHERE umoptions IS NOT NULL"
        }
        _ => return false,
    };
    guarded.sort();
    let known = Spi::connect(|client| {
        let rows = client.select(query, None, &[])?;
        let mut all = Vec::new();
        for row in rows {
            all.push(row.get::<Vec<Option<Text>>>(1)?.unwrap_or_default());
        }
        Ok::<_, pgrx::spi::Error>(all)
    });
    known.unwrap_or_default().into_iter().any(|options| {
        let mut known: Pairs = split(&options).into_iter().filter(is_guarded).collect();
        known.sort();
        known == guarded
    })
}

fn split(options: &[Option<Text>]) -> Pairs {
    let pairs = options.iter().flatten().filter_map(|option| option.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
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

/// The server of a foreign table, and the settings of both.
///
/// # Errors
/// When a stored option is no value, which the validator refuses already.
pub fn of_table(table: pg_sys::Oid) -> Result<(pg_sys::Oid, Settings)> {
    // SAFETY: the caller has the relation open, so its catalog rows exist; results are palloc'ed.
    unsafe {
        let table = pg_sys::GetForeignTable(table);
        let server = pg_sys::GetForeignServer((*table).serverid);
        let settings = Settings::of_table(pairs((*server).options), pairs((*table).options));
        Ok(((*table).serverid, settings?))
    }
}

/// The options of a server.
pub fn of_server(server: pg_sys::Oid) -> Pairs {
    // SAFETY: raises an error itself where the server does not exist.
    unsafe { pairs((*pg_sys::GetForeignServer(server)).options) }
}

/// The name of a server; none where it was dropped.
pub fn server_name_if_any(server: pg_sys::Oid) -> Option<String> {
    // SAFETY: null where the server does not exist; the result is palloc'ed.
    unsafe {
        let flags = pg_sys::FSV_MISSING_OK as pg_sys::bits16;
        let server = pg_sys::GetForeignServerExtended(server, flags).as_ref()?;
        Some(text(server.servername))
    }
}

/// A user mapping.
#[derive(Debug)]
pub struct Mapping {
    /// Its own oid.
    pub oid: pg_sys::Oid,
    /// Whose it is; invalid: PUBLIC's.
    pub user: pg_sys::Oid,
    /// Its options.
    pub options: Pairs,
}

/// The mapping of a user, or of PUBLIC.
///
/// # Errors
/// When there is neither.
pub fn mapping(user: pg_sys::Oid, server: pg_sys::Oid) -> Result<Mapping> {
    let Some((oid, owner)) = mapping_for(user, server) else {
        return Err(no_mapping(user, server));
    };
    // SAFETY: the mapping was just seen under this snapshot of the catalogs.
    let options = unsafe { pairs((*pg_sys::GetUserMapping(user, server)).options) };
    Ok(Mapping { oid, user: owner, options })
}

/// The oid of the mapping of a user, or of PUBLIC, and whose it is.
pub fn mapping_for(user: pg_sys::Oid, server: pg_sys::Oid) -> Option<(pg_sys::Oid, pg_sys::Oid)> {
    let mut users = [user, pg_sys::InvalidOid].into_iter();
    users.find_map(|user| Some((mapping_of(user, server)?, user)))
}

fn mapping_of(user: pg_sys::Oid, server: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: a lookup by plain keys in a cache whose first column is the oid.
    let oid = unsafe {
        let (user, server) = (pg_sys::Datum::from(user), pg_sys::Datum::from(server));
        let none = pg_sys::Datum::null();
        let cache = pg_sys::SysCacheIdentifier::USERMAPPINGUSERSERVER as i32;
        let column = pg_sys::Anum_pg_user_mapping_oid as i16;
        pg_sys::GetSysCacheOid(cache, column, user, server, none, none)
    };
    (oid != pg_sys::InvalidOid).then_some(oid)
}

/// Whose mapping an oid is, and of which server; none if it was dropped.
pub fn whose(mapping: pg_sys::Oid) -> Option<(pg_sys::Oid, pg_sys::Oid)> {
    let cache = pg_sys::SysCacheIdentifier::USERMAPPINGOID as i32;
    // SAFETY: a lookup by key; the entry is copied from before it is released.
    unsafe {
        pg_sys::AcceptInvalidationMessages();
        let found = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(mapping));
        if found.is_null() {
            return None;
        }
        let form: pg_sys::Form_pg_user_mapping = pg_sys::GETSTRUCT(found).cast();
        let whose = ((*form).umuser, (*form).umserver);
        pg_sys::ReleaseSysCache(found);
        Some(whose)
    }
}

fn no_mapping(user: pg_sys::Oid, server: pg_sys::Oid) -> Error {
    let (user, server) = (user_name(user), server_name(server));
    let message = format!("user mapping not found for user \"{user}\", server \"{server}\"");
    Error::new(Kind::Authentication, message)
        .hint(format!("CREATE USER MAPPING FOR \"{user}\" SERVER \"{server}\"."))
}

/// The name of a role.
pub fn user_name(user: pg_sys::Oid) -> String {
    // SAFETY: returns a palloc'ed name, null only because it was told that it may be missing.
    unsafe { text(pg_sys::GetUserNameFromId(user, true)) }
}

/// The name of a server.
pub fn server_name(server: pg_sys::Oid) -> String {
    // SAFETY: raises an error itself where the server does not exist.
    unsafe { text((*pg_sys::GetForeignServer(server)).servername) }
}

/// The path that the option `field` of a column says.
pub fn field_of_column(table: pg_sys::Oid, number: i16) -> Option<String> {
    let options = of_column(table, number);
    options.into_iter().find(|(name, _)| name == "field").map(|(_, path)| path)
}

/// The options of a column.
fn of_column(table: pg_sys::Oid, number: i16) -> Pairs {
    // SAFETY: a catalog lookup by key; a column without options gives an empty list.
    unsafe { pairs(pg_sys::GetForeignColumnOptions(table, number)) }
}

/// A list of `DefElem` as pairs of our own.
///
/// # Safety
/// It is one.
pub unsafe fn pairs(list: *mut pg_sys::List) -> Pairs {
    // SAFETY: the caller passes a list of DefElem; defGetString takes any of them.
    unsafe {
        let list = PgList::<pg_sys::DefElem>::from_pg(list);
        list.iter_ptr().map(|def| (text((*def).defname), text(pg_sys::defGetString(def)))).collect()
    }
}

/// The name of a relation.
///
/// # Safety
/// It is open.
pub unsafe fn name_of(relation: pg_sys::Relation) -> String {
    // SAFETY: as the caller says; a name ends within its bytes.
    unsafe { text((*(*relation).rd_rel).relname.data.as_ptr()) }
}

/// A C string in the encoding of the database as one of our own; null is empty.
pub unsafe fn text(pointer: *const std::ffi::c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: not null, and the caller passes a terminated string.
    encoding::of_server(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}
