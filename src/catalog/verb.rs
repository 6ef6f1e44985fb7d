//! A verb: one request that no statement can say, as a function in schema `basecamp`.
//!
//! The functions are declared from these literals, so that what they take is said once.

use super::operation::Method;
use super::permission::Permission;
use crate::value::Type;

/// One request that no statement can say.
#[derive(Debug)]
pub struct Verb {
    /// The name of the function.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path below the account, with holes named by arguments.
    pub path: &'static str,
    /// What it is told beside the server, in order; those that may be left out come last.
    pub arguments: &'static [Argument],
    /// What its body is.
    pub body: Body,
    /// Whether its answer is worth reading.
    pub answers: bool,
    /// How often it may be sent in all, where the connection allows as many attempts.
    pub attempts: u32,
    /// Whom Basecamp lets send it.
    pub permission: Permission,
}

/// A verb that is sent once and answers nothing.
pub const VERB: Verb = Verb {
    name: "",
    about: "",
    method: Method::Post,
    path: "",
    arguments: &[],
    body: Body::Members,
    answers: false,
    attempts: 1,
    permission: Permission::Everybody,
};

/// What the body of a verb is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// The members that its arguments are, as JSON; none where none is given.
    Members,
    /// The bytes of a file.
    Bytes,
    /// A form of one field, of this name, with a file in it.
    Form(&'static str),
}

/// An argument of a verb.
#[derive(Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Where in the request it goes.
    pub place: Place,
    /// Whether it must be given.
    pub required: bool,
}

/// Where in a request an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the hole of its name.
    Hole,
    /// Into the body, at a path of names with dots between.
    Member(&'static str),
    /// Into the query, under a name.
    Query(&'static str),
    /// Nowhere: it is what the other version of the API wants to know, or what a form says of its file.
    Aside,
}

/// What a thing is named by in the address.
pub(crate) const fn hole(name: &'static str) -> Argument {
    Argument { name, ty: Type::Bigint, place: Place::Hole, required: true }
}

/// A member that must be given.
pub(crate) const fn given(name: &'static str, ty: Type, path: &'static str) -> Argument {
    Argument { name, ty, place: Place::Member(path), required: true }
}

/// A member that may be left out.
pub(crate) const fn may(name: &'static str, ty: Type, path: &'static str) -> Argument {
    Argument { name, ty, place: Place::Member(path), required: false }
}

/// Something of a file that must be given.
pub(crate) const fn told(name: &'static str, place: Place) -> Argument {
    Argument { name, ty: Type::Text, place, required: true }
}

impl Verb {
    /// Whether it is told the bytes of a file, and their media type.
    pub fn takes_file(&self) -> bool {
        self.body != Body::Members
    }
}
