//! An operation: one request that changes something, beside the sources that read it.
//!
//! What can be written is derived from the operations of a table and said nowhere else.

use super::permission::Permission;
use super::template::holes;

/// One request that changes something.
#[derive(Debug)]
pub struct Operation {
    /// What EXPLAIN and errors call it.
    pub name: &'static str,
    /// What makes it be sent.
    pub effect: Effect,
    /// Its method.
    pub method: Method,
    /// Its path below the account, with holes named by columns: `/todolists/{todolist_id}/todos.json`.
    /// An insert takes their values from the new row, any other operation from the old one.
    pub path: &'static str,
    /// Columns and the values, as SQL text, that they must have in the row for this to be the
    /// address: in the new row of an insert, in the row as it was read of anything else. Of several
    /// inserts, and of several that set the same value, the first whose holes have values is sent.
    pub when: &'static [(&'static str, &'static str)],
    /// What its body may say.
    pub members: &'static [Member],
    /// What becomes of members that the body leaves out.
    pub omission: Omission,
    /// What its answer is.
    pub answer: Answer,
    /// How often it may be sent in all, where the connection allows as many attempts. 1: once
    /// whatever happens, because doing it twice is not doing it once.
    pub attempts: u32,
    /// Whom Basecamp lets send it.
    pub permission: Permission,
}

/// An operation with no body that answers nothing and can be repeated.
pub const OPERATION: Operation = Operation {
    name: "",
    effect: Effect::Update,
    method: Method::Put,
    path: "",
    when: &[],
    members: &[],
    omission: Omission::Kept,
    answer: Answer::Nothing,
    attempts: ATTEMPTS,
    permission: Permission::Everybody,
};

/// How often what can be repeated is sent at most.
pub const ATTEMPTS: u32 = 3;

/// What an operation does, in terms of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It makes a row.
    Insert,
    /// It changes the columns of its members, where a statement names one of them.
    Update,
    /// It removes the row, normally to the trash.
    Delete,
    /// It gives this column this value, as SQL text. Its body says nothing that a statement names.
    Set(&'static str, &'static str),
}

/// An HTTP method that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// DELETE.
    Delete,
    /// POST.
    Post,
    /// PUT.
    Put,
}

/// What becomes of members that a body leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omission {
    /// They stay as they are: the body says what the statement changed.
    Kept,
    /// They are cleared: the single record is read first and every [`Supply::Resent`] member is sent
    /// again.
    Cleared,
}

/// What an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing to read.
    Nothing,
    /// The record, as the single source of the table has it.
    Record,
    /// A record of another kind.
    Other,
}

/// A member of a body.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its path in the body: names with dots between, `grant[]` for the only element of an array,
    /// `create[].name` for a member of the only object in one.
    pub path: &'static str,
    /// The columns that say its value: the first that the statement names. None: a directive that no
    /// column has, which a setting or an argument of a function may give.
    pub columns: &'static [&'static str],
    /// When it is sent.
    pub supply: Supply,
    /// How NULL is said.
    pub clear: Clear,
    /// How any other value is said.
    pub form: Form,
}

/// When a member is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// Where the statement names a column of it.
    Named,
    /// Always: from the statement or, where that does not name it, from the row as it was read.
    Required,
    /// Always, as a required one, but naming its columns does not have this operation sent: what the
    /// operation is about, or must be said again beside what it changes.
    Known,
    /// As soon as the row has a value, because leaving it out clears it.
    Resent,
    /// Always: from the statement or, where that does not name it, this value.
    Otherwise(&'static str),
    /// This value, wherever a member of the same object is sent.
    Fixed(&'static str),
}

/// How a member says NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clear {
    /// By an empty value of its kind: an empty text or list, false.
    Empty,
    /// Not at all: NULL is an error before any request.
    Never,
    /// By JSON's null, in place of the object where the path goes into one.
    Null,
    /// By its absence from a body that replaces the record.
    Omitted,
}

/// How a member says a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As its column has it.
    Plain,
    /// As its day, where this column of the row is true.
    DayWhere(&'static str),
    /// As numbers of people, whom JSON may name by e-mail addresses too.
    People,
    /// As text, whatever the type of its column is.
    Text,
    /// As the first word of the pair whose second one the column has.
    Words(&'static [(&'static str, &'static str)]),
}

/// A member that is sent where its column is named, and cleared by an empty value.
pub(crate) const fn member(path: &'static str, columns: &'static [&'static str]) -> Member {
    Member { path, columns, supply: Supply::Named, clear: Clear::Empty, form: Form::Plain }
}

/// People who are named by a column of numbers, or by one of records and e-mail addresses.
pub(crate) const fn people(path: &'static str, columns: &'static [&'static str]) -> Member {
    Member { form: Form::People, ..member(path, columns) }
}

impl Member {
    /// The same, without which the request is refused.
    pub(crate) const fn required(self) -> Self {
        Self { supply: Supply::Required, clear: Clear::Never, ..self }
    }

    /// The same, which must be said again or is cleared.
    pub(crate) const fn resent(self) -> Self {
        Self { supply: Supply::Resent, ..self }
    }

    /// The same, which is always sent and never asked for.
    pub(crate) const fn known(self) -> Self {
        Self { supply: Supply::Known, clear: Clear::Never, ..self }
    }

    /// The same, which is this where the statement does not say it.
    pub(crate) const fn otherwise(self, value: &'static str) -> Self {
        Self { supply: Supply::Otherwise(value), clear: Clear::Never, ..self }
    }

    /// The same, with other values said in another way.
    pub(crate) const fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The same, with NULL said in another way.
    pub(crate) const fn cleared(self, clear: Clear) -> Self {
        Self { clear, ..self }
    }
}

/// A new record. It is sent once: a second one would be another record.
pub(crate) const fn insert(
    name: &'static str,
    path: &'static str,
    members: &'static [Member],
) -> Operation {
    Operation {
        name,
        effect: Effect::Insert,
        method: Method::Post,
        path,
        members,
        answer: Answer::Record,
        attempts: 1,
        ..OPERATION
    }
}

/// A record of which what is sent is changed.
pub(crate) const fn change(
    name: &'static str,
    path: &'static str,
    members: &'static [Member],
) -> Operation {
    Operation { name, path, members, answer: Answer::Record, ..OPERATION }
}

/// A state that an address stands for.
pub(crate) const fn set(
    name: &'static str,
    (column, value): (&'static str, &'static str),
    method: Method,
    path: &'static str,
) -> Operation {
    Operation { name, effect: Effect::Set(column, value), method, path, ..OPERATION }
}

/// A record that is removed by its own address, into the trash where there is one.
pub(crate) const fn delete(name: &'static str, path: &'static str) -> Operation {
    Operation { name, effect: Effect::Delete, method: Method::Delete, path, ..OPERATION }
}

impl Operation {
    /// The names in braces in its path, in order.
    pub fn holes(&self) -> impl Iterator<Item = &'static str> + use<> {
        holes(self.path)
    }

    /// The columns that a statement may name to have this operation sent. An insert is sent whatever
    /// is named, and takes every column of its members.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        let set = match self.effect {
            Effect::Set(column, _) => Some(column),
            _ => None,
        };
        let insert = self.effect == Effect::Insert;
        let named = move |member: &&Member| insert || member.supply != Supply::Known;
        let members = self.members.iter().filter(named);
        members.flat_map(|member| member.columns.iter().copied()).chain(set)
    }
}
