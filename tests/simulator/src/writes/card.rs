//! Card tables, their columns, cards, steps and wormholes.

use serde_json::{Value, json};

use super::form::member;
use super::{Form, Need, Outcome, Resource, Target, Verb, Writer};
use crate::payload::type_of;
use crate::world::{Draft, Fact, Kind, Status};

/// The colours of columns and groups.
pub const COLORS: [&str; 11] = [
    "white", "red", "orange", "yellow", "green", "blue", "aqua", "purple", "gray", "pink", "brown",
];
/// The wormholes of a card table, at most.
const WORMHOLES: usize = 4;

const COLUMN: Resource = Resource::merging(&[
    member("title", Form::Text, Need::Required, &["title"]),
    member("description", Form::Text, Need::Optional, &["description"]),
]);

const COLOR: Resource =
    Resource::replacing(&[member("color", Form::Choice(&COLORS), Need::Required, &["color"])]);

const CARD: Resource = Resource::merging(&[
    member("title", Form::Text, Need::Required, &["title"]),
    member("content", Form::Html, Need::Optional, &["content", "description"]),
    member("due_on", Form::Blank, Need::Optional, &["due_on"]),
    member("assignee_ids", Form::People, Need::Optional, &["assignees"]),
    member("notify", Form::Flag, Need::Directive, &[]),
]);

const STEP: Resource = Resource::merging(&[
    member("title", Form::Text, Need::Required, &["title"]),
    member("due_on", Form::Blank, Need::Optional, &["due_on"]),
    member("assignee_ids", Form::People, Need::Optional, &["assignees"]),
]);

/// Answers what this family has.
pub fn write(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    columns(writer, target)
        .or_else(|| tables(writer, target))
        .or_else(|| cards(writer, target))
        .or_else(|| steps(writer, target))
        .or_else(|| progress(writer, target))
}

fn columns(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["card_tables", id, "columns"]) => {
            let table = writer.find(Kind::Table, id)?;
            writer.create(&COLUMN, Kind::Column, table, Status::Active)
        }
        (Verb::Put, ["card_tables", "columns", id]) => {
            let column = writer.find(Kind::Column, id)?;
            writer.update(&COLUMN, column)
        }
        (Verb::Put, ["card_tables", "columns", id, "color"]) => {
            let column = writer.find(Kind::Column, id)?;
            writer.update(&COLOR, column)
        }
        (verb @ (Verb::Post | Verb::Delete), ["card_tables", "columns", id, "on_hold"]) => {
            let column = writer.find(Kind::Column, id)?;
            hold(writer, column, verb == Verb::Post)
        }
        (verb @ (Verb::Post | Verb::Delete), ["card_tables", "lists", id, "subscription"]) => {
            let column = writer.find(Kind::Column, id)?;
            writer.subscribe(column, verb == Verb::Post);
            Outcome::done()
        }
        _ => return None,
    })
}

fn tables(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["card_tables", id, "moves"]) => {
            let table = writer.find(Kind::Table, id)?;
            on_board(writer, table).unwrap_or_else(|refusal| refusal)
        }
        (Verb::Post, ["card_tables", id, "wormholes"]) => {
            target.bucket?;
            let table = writer.find(Kind::Table, id)?;
            wormhole(writer, table).unwrap_or_else(|refusal| refusal)
        }
        (Verb::Put, ["card_tables", "wormholes", id]) => {
            target.bucket?;
            let hole = writer.find(Kind::Wormhole, id)?;
            let led = destination(writer).map(|column| {
                lead(writer, hole.serial, column);
                hole.serial
            });
            writer.answered(200, led)
        }
        (Verb::Delete, ["card_tables", "wormholes", id]) => {
            target.bucket?;
            let hole = writer.find(Kind::Wormhole, id)?;
            writer.world.remove(hole.serial);
            Outcome::done()
        }
        _ => return None,
    })
}

fn cards(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["card_tables", "lists", id, "cards"]) => {
            let holds = |fact: &Fact| matches!(fact.kind, Kind::Column | Kind::OnHold);
            let column = writer.any(id).filter(holds)?;
            let made = writer.created(&CARD, Kind::Card, column, Status::Active);
            let made = made.inspect(|place| settle(writer, *place));
            writer.answered(201, made)
        }
        (Verb::Put, ["card_tables", "cards", id]) => {
            let card = writer.find(Kind::Card, id)?;
            writer.update(&CARD, card)
        }
        (Verb::Post, ["card_tables", "cards", id, "moves"]) => {
            let card = writer.find(Kind::Card, id)?;
            shift(writer, card).unwrap_or_else(|refusal| refusal)
        }
        _ => return None,
    })
}

fn steps(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Post, ["card_tables", "cards", id, "steps" | "subtasks"]) => {
            let card = writer.find(Kind::Card, id)?;
            writer.create(&STEP, Kind::Step, card, Status::Active)
        }
        (Verb::Post, ["recordings", id, "subtasks"]) => {
            let fact = writer.any(id)?;
            if !matches!(fact.kind, Kind::Todo | Kind::Card) {
                return Some(Outcome::forbidden());
            }
            writer.create(&STEP, Kind::Step, fact, Status::Active)
        }
        (Verb::Put, ["card_tables", "steps" | "subtasks", id] | ["subtasks", id]) => {
            let step = writer.find(Kind::Step, id)?;
            if writer.body.is_empty() && target.path[0] == "subtasks" {
                return Some(Outcome::new(400, json!({"error": "Nothing to change was sent"})));
            }
            writer.update(&STEP, step)
        }
        (Verb::Delete, ["subtasks", id]) => {
            let step = writer.find(Kind::Step, id)?;
            writer.world.set_status(step.serial, Status::Trashed);
            Outcome::done()
        }
        _ => return None,
    })
}

fn progress(writer: &mut Writer<'_>, target: Target<'_>) -> Option<Outcome> {
    Some(match (target.verb, target.path) {
        (Verb::Put, ["card_tables", "steps" | "subtasks", id, "completions"]) => {
            let step = writer.find(Kind::Step, id)?;
            let on = writer.body.get("completion").and_then(Value::as_str);
            let Some(on) = on else {
                return Some(Outcome::new(400, json!({"error": "completion is missing"})));
            };
            writer.world.complete(step.serial, on == "on");
            Outcome::new(200, writer.shown(step.serial))
        }
        (Verb::Post | Verb::Delete, ["subtasks", id, "completion"]) => {
            let step = writer.find(Kind::Step, id)?;
            writer.world.complete(step.serial, target.verb == Verb::Post);
            Outcome::done()
        }
        (Verb::Put, ["subtasks", id, "position"]) => {
            let step = writer.find(Kind::Step, id)?;
            writer.moved(step)
        }
        (Verb::Post, ["card_tables", "cards", id, "positions"]) => {
            let card = writer.find(Kind::Card, id)?;
            let step = writer.source().filter(|step| step.parent == card.serial)?;
            match writer.number("position", 0) {
                // Counted from 0, unlike most.
                Ok(position) => {
                    writer.world.reposition(step.serial, card.serial, position + 1);
                    Outcome::done()
                }
                Err(refusal) => refusal,
            }
        }
        _ => return None,
    })
}

/// A card is done exactly when it is in the column for that.
fn settle(writer: &mut Writer<'_>, place: u32) {
    let card = writer.world.facts[place as usize];
    let column = writer.world.parent(&card);
    let done = column.is_some_and(|column| type_of(column) == "Kanban::DoneColumn");
    writer.world.complete(place, done);
}

/// Gives a column a section for cards on hold, or takes it away: its cards go to the column.
fn hold(writer: &mut Writer<'_>, column: Fact, on: bool) -> Outcome {
    let held = writer.world.children(&column, Kind::OnHold).next().copied();
    match (held, on) {
        (None, true) => {
            writer.world.create(Draft {
                kind: Kind::OnHold,
                project: column.project,
                parent: Some(column.serial),
                status: Status::Active,
                members: serde_json::Map::new(),
                people: std::collections::BTreeMap::new(),
            });
        }
        (Some(held), false) => {
            let cards: Vec<u32> =
                writer.world.children(&held, Kind::Card).map(|card| card.serial).collect();
            for card in cards {
                writer.world.reposition(card, column.serial, usize::MAX);
            }
            writer.world.remove(held.serial);
        }
        _ => {}
    }
    Outcome::new(200, writer.shown(column.serial))
}

/// Moves a card to a column, or through a wormhole to another project, where it gets a new id.
fn shift(writer: &mut Writer<'_>, card: Fact) -> Result<Outcome, Outcome> {
    let position = match writer.body.get("position") {
        None | Some(Value::Null) => 1,
        Some(_) => writer.position()?,
    };
    let id = writer.body.get("column_id").and_then(Value::as_i64);
    let id = id.ok_or_else(|| Outcome::invalid("column_id", "can't be blank"))?;
    let to = *writer.world.any(id).ok_or_else(Outcome::missing)?;
    match to.kind {
        Kind::Column | Kind::OnHold if to.project == card.project => {
            writer.world.reposition(card.serial, to.serial, position);
            settle(writer, card.serial);
        }
        Kind::Wormhole if to.nth != 2 => travel(writer, card, &to)?,
        _ => return Err(Outcome::missing()),
    }
    Ok(Outcome::done())
}

fn travel(writer: &mut Writer<'_>, card: Fact, hole: &Fact) -> Result<(), Outcome> {
    let at = writer.world.written(hole, "destination_url").and_then(Value::as_str);
    let led = at.and_then(|at| at.rsplit('/').next()?.parse().ok());
    // The seed does not say where one leads.
    let elsewhere = |fact: &&Fact| fact.kind == Kind::Column && fact.project != card.project;
    let column = match led {
        Some(id) => writer.world.any(id),
        None => writer.world.records().find(elsewhere),
    };
    let column = *column.ok_or_else(Outcome::missing)?;
    let shown = writer.shown(card.serial);
    let kept = ["title", "content", "description", "due_on"];
    let place = writer.world.create(Draft {
        kind: Kind::Card,
        project: column.project,
        parent: Some(column.serial),
        status: Status::Active,
        members: kept.iter().map(|name| ((*name).to_owned(), shown[*name].clone())).collect(),
        people: [("assignees", super::people::ids(&shown["assignees"]))].into(),
    });
    settle(writer, place);
    writer.world.remove(card.serial);
    Ok(())
}

/// Moves a column on its table, counted from 1 among ordinary ones, or a card to a column of it,
/// counted from 0.
fn on_board(writer: &mut Writer<'_>, table: Fact) -> Result<Outcome, Outcome> {
    let source = writer.source().ok_or_else(Outcome::missing)?;
    let id = writer.body.get("target_id").and_then(Value::as_i64).unwrap_or_default();
    let to = *writer.world.any(id).ok_or_else(Outcome::missing)?;
    match (source.kind, to.kind) {
        (Kind::Column, Kind::Table)
            if to.serial == table.serial && source.parent == table.serial =>
        {
            let slot = match writer.body.get("position") {
                None | Some(Value::Null) => 1,
                Some(_) => writer.position()?,
            };
            let before = ordinary(writer, &table, &source, slot);
            writer.world.reposition(source.serial, table.serial, before);
        }
        (Kind::Card, Kind::Column) if to.project == source.project => {
            let position = writer.number("position", 0)?;
            writer.world.reposition(source.serial, to.serial, position + 1);
            settle(writer, source.serial);
        }
        _ => return Err(Outcome::missing()),
    }
    Ok(Outcome::done())
}

/// The position among all columns but the moved one of a slot among ordinary ones.
fn ordinary(writer: &Writer<'_>, table: &Fact, moved: &Fact, slot: usize) -> usize {
    let others = writer.world.children(table, Kind::Column);
    let others: Vec<&Fact> = others
        .filter(|column| column.serial != moved.serial && column.status == Status::Active)
        .collect();
    let places: Vec<usize> = (1..)
        .zip(&others)
        .filter(|(_, column)| type_of(column) == "Kanban::Column")
        .map(|(place, _)| place)
        .collect();
    let behind = places.last().map_or(others.len() + 1, |last| last + 1);
    places.get(slot - 1).copied().unwrap_or(behind)
}

fn wormhole(writer: &mut Writer<'_>, table: Fact) -> Result<Outcome, Outcome> {
    let column = destination(writer)?;
    if writer.world.children(&table, Kind::Wormhole).count() >= WORMHOLES {
        return Err(Outcome::invalid("base", "has as many wormholes as it can have"));
    }
    let place = writer.world.create(Draft {
        kind: Kind::Wormhole,
        project: table.project,
        parent: Some(table.serial),
        status: Status::Active,
        members: serde_json::Map::new(),
        people: std::collections::BTreeMap::new(),
    });
    lead(writer, place, column);
    Ok(Outcome::new(201, writer.shown(place)))
}

/// The column that a wormhole is to lead to.
fn destination(writer: &Writer<'_>) -> Result<Fact, Outcome> {
    let id = writer.body.get("destination_recording_id").and_then(Value::as_i64);
    let id = id.ok_or_else(|| Outcome::invalid("destination_recording_id", "can't be blank"))?;
    writer.world.find(Kind::Column, id).copied().ok_or_else(Outcome::missing)
}

fn lead(writer: &mut Writer<'_>, hole: u32, column: Fact) {
    writer.world.rewrite(hole, |change| {
        let at = format!("https://3.example/columns/{}", column.id);
        change.members.insert("destination_url".to_owned(), json!(at));
        change.members.insert("linked".to_owned(), json!(true));
    });
}
