//! What may be set where: refusals with the nearest valid name, the valid values or the reason.

use super::entry::{Declared, Facts, Pairs, Place};
use super::settings::{OPTIONS, Settings, no_basic};
use crate::catalog::nearest;
use crate::error::{Error, Kind, Result};

/// Whether an option is for superusers to set. Such options of one object belong together: an address
/// is trusted beside the certificates that were set with it.
pub fn is_guarded((name, value): &(String, String)) -> bool {
    let known = OPTIONS.iter().find(|option| option.facts().name == name);
    known.is_some_and(|option| option.facts().guard.holds(value))
}

/// Checks the options of one object. `trusted`: whether its options for superusers are as a superuser
/// set them, so that whoever changes others changes none of them.
///
/// # Errors
/// An unknown name (with the nearest valid one as a hint), a value out of its range, a missing
/// required option, one that is for superusers, or one that is not acted on yet.
pub fn validate(place: Place, pairs: &Pairs, trusted: bool) -> Result<()> {
    for (name, value) in pairs {
        one(place, name, value, trusted)?;
    }
    if place != Place::Server {
        return Ok(());
    }
    let missing = |facts: &&Facts| facts.required && !pairs.iter().any(|(n, _)| n == facts.name);
    if let Some(facts) = OPTIONS.iter().map(|option| option.facts()).find(missing) {
        let message = format!("option \"{}\" is required", facts.name);
        return Err(Error::new(Kind::OptionMissing, message).hint(
            "It is the number in the web address of the account: https://3.basecamp.com/NUMBER.",
        ));
    }
    if Settings::new(pairs.iter().cloned())?.is_basic_on_v3() {
        return Err(no_basic("option \"authscheme\" with value \"Basic\" needs schema V2"));
    }
    Ok(())
}

fn one(place: Place, name: &str, value: &str, trusted: bool) -> Result<()> {
    let option = find(place, name)?;
    let facts = option.facts();
    if facts.guard.holds(value) && !trusted {
        let message = format!("only a superuser may set option \"{name}\"");
        return Err(Error::new(Kind::Permission, message).detail(
            "It could send an access token elsewhere, or read or write a file of the server.",
        ));
    }
    option.check(value)
}

/// The options that an object of a kind can have.
fn valid(place: Place) -> impl Iterator<Item = &'static Facts> {
    OPTIONS.iter().map(|option| option.facts()).filter(move |f| f.places.contains(&place))
}

fn find(place: Place, name: &str) -> Result<&'static dyn Declared> {
    let Some(option) = OPTIONS.iter().find(|option| option.facts().name == name) else {
        return Err(unknown(place, name));
    };
    let facts = option.facts();
    if facts.places.contains(&place) {
        return Ok(*option);
    }
    let places: Vec<&str> = facts.places.iter().map(|place| place.noun()).collect();
    let message = format!("option \"{name}\" is not valid for a {}", place.noun());
    let why = if facts.secret { " A server's options can be read by everybody." } else { "" };
    let hint = format!("It belongs on a {}.{why}", places.join(" or a "));
    Err(Error::new(Kind::OptionName, message).hint(hint))
}

fn unknown(place: Place, name: &str) -> Error {
    let error = Error::new(Kind::OptionName, format!("invalid option \"{name}\""));
    if let Some(nearest) = nearest(name, valid(place).map(|facts| facts.name)) {
        return error.hint(format!("Perhaps you meant the option \"{nearest}\"."));
    }
    let mut names: Vec<&str> = valid(place).map(|facts| facts.name).collect();
    names.sort_unstable();
    if names.is_empty() {
        return error.hint("There are no valid options in this context.");
    }
    error.hint(format!("Valid options in this context are: {}.", names.join(", ")))
}
