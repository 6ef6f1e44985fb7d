//! DROP EXTENSION leaves nothing in the database, and says what it leaves outside.

use pgrx::prelude::*;
use pgrx::{PgList, pg_sys};

use super::report::tell;
use super::{options, setting};

const EXTENSION: &std::ffi::CStr = c"basecamp_fdw";

/// Called by the event trigger for DROP EXTENSION, before it happens.
#[pg_extern]
fn before_drop_extension(call: pg_sys::FunctionCallInfo) {
    // SAFETY: PostgreSQL passes the call of a trigger with what is dropped, or of another kind.
    if unsafe { drops_this(call) } {
        // SAFETY: catalog changes of the statement's own transaction.
        unsafe { take_schema() };
        let key = setting::key_file();
        if key.exists() {
            tell(
                PgLogLevel::NOTICE,
                format!("the key file \"{}\" stays", spoken(&key)),
                "Tokens in other databases of the cluster and in backups need it. Remove it, and \
                 basecamp_fdw.key_made in the data directory, when nothing does.",
            );
        }
    }
}

/// The path, but to superusers alone where on the disk it is.
fn spoken(key: &std::path::Path) -> String {
    // SAFETY: reads the current role.
    let superuser = unsafe { pg_sys::superuser() };
    let name = key.file_name().unwrap_or_default();
    if superuser { key.display().to_string() } else { name.to_string_lossy().into_owned() }
}

/// Whether the statement drops this extension.
unsafe fn drops_this(call: pg_sys::FunctionCallInfo) -> bool {
    // SAFETY: tags are checked before each cast; names of extensions are strings of the parser's.
    unsafe {
        let context = (*call).context;
        if !pgrx::is_a(context, pg_sys::NodeTag::T_EventTriggerData) {
            return false;
        }
        let statement = (*context.cast::<pg_sys::EventTriggerData>()).parsetree;
        if !pgrx::is_a(statement, pg_sys::NodeTag::T_DropStmt) {
            return false;
        }
        let names =
            PgList::<pg_sys::String>::from_pg((*statement.cast::<pg_sys::DropStmt>()).objects);
        names.iter_ptr().any(|name| options::text((*name).sval).as_bytes() == EXTENSION.to_bytes())
    }
}

/// Makes the schema of the extension one of its members, so that it is dropped with it. It cannot be
/// one before: dumps make the schema first and the extension in it.
unsafe fn take_schema() {
    // SAFETY: objects that are there; what is recorded is seen by the statement that follows.
    unsafe {
        let extension = pg_sys::get_extension_oid(EXTENSION.as_ptr(), true);
        let schema = pg_sys::get_namespace_oid(c"basecamp".as_ptr(), true);
        if extension == pg_sys::InvalidOid || schema == pg_sys::InvalidOid {
            return;
        }
        let address = |class, object| pg_sys::ObjectAddress {
            classId: class,
            objectId: object,
            objectSubId: 0,
        };
        let schema = address(pg_sys::NamespaceRelationId, schema);
        let extension = address(pg_sys::ExtensionRelationId, extension);
        let member = pg_sys::DependencyType::DEPENDENCY_EXTENSION;
        pg_sys::recordDependencyOn(&raw const schema, &raw const extension, member);
        pg_sys::CommandCounterIncrement();
    }
}
