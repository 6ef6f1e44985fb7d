//! What can be done to a record of any kind.

use super::{Outcome, Target, Verb, Writer};
use crate::world::Status;

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["recordings", id, "status", status]) => {
            let status = Status::named(status)?;
            let fact = writer.any(id)?;
            // The tools of a project come and go by other addresses.
            if writer.world.tool(&fact).is_some() {
                return None;
            }
            writer.world.set_status(fact.serial, status);
            Outcome::done()
        }
        _ => return None,
    })
}
