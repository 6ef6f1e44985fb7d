//! The listing by type over all projects.

use super::{Asked, Reply};
use crate::world::{Kind, Status};

/// Every record of a type: of all active projects, or of the ones named, which may be archived.
pub fn recordings(asked: Asked<'_>) -> Reply {
    let kind = match asked.query.get("type") {
        Some("Comment") => Kind::Comment,
        Some("Document") => Kind::Document,
        Some("Door") => Kind::Door,
        Some("Kanban::Card") => Kind::Card,
        Some("Kanban::Step") => Kind::Step,
        Some("Message") => Kind::Message,
        Some("Question::Answer") => Kind::Answer,
        Some("Schedule::Entry") => Kind::Entry,
        Some("Todo") => Kind::Todo,
        Some("Todolist") => Kind::Todolist,
        Some("Upload") => Kind::Upload,
        Some("Vault") => Kind::Vault,
        _ => return Reply::Bad("type"),
    };
    let Some(status) = asked.status() else {
        return Reply::Bad("status");
    };
    match places(asked, kind, status) {
        Some(places) => asked.in_order(places),
        None => Reply::Missing,
    }
}

/// Places of the records, oldest first; `None` if one of the projects is out of sight, which makes
/// the whole request fail.
fn places(asked: Asked<'_>, kind: Kind, status: Status) -> Option<Vec<u32>> {
    let world = asked.painter.world;
    let Some(buckets) = asked.query.get("bucket").filter(|bucket| !bucket.is_empty()) else {
        return Some(world.listed(kind, status).to_vec());
    };
    let mut all = Vec::new();
    for bucket in buckets.split(',') {
        let place = u32::try_from(world.project_of(bucket)?).ok()?;
        all.extend(world.in_project(place, kind, status));
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}
