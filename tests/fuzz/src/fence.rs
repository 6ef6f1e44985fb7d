//! Tables whose options fix what they have, tables in parts, and tables with columns of the user's own.

use crate::world::{Failure, Relation, Sense, Widening, World};

/// Tables that have projects and states enough to be fenced in every way.
const FENCED: [&str; 6] = ["todos", "todolists", "messages", "documents", "cards", "comments"];

/// Adds tables with the options `projectid` and `statuses`, where the extension has them.
///
/// # Errors
/// When it has not.
pub fn add(world: &mut World) -> Result<(), Failure> {
    for version in ["v3", "v2"] {
        world.ask(&format!("CREATE SCHEMA fenced_{version}"))?;
        world.ask(&format!(
            "IMPORT FOREIGN SCHEMA {version} FROM SERVER {version} INTO fenced_{version} \
               OPTIONS (projectid 'every', statuses 'all')"
        ))?;
    }
    for relation in
        world.relations.clone().iter().filter(|relation| relation.evaluated && relation.wide)
    {
        let mut local = relation.copy(Widening { status: true, projects: true });
        // Neither being a template nor a kind of file is a state, and the default of that column stays.
        for (table, usual) in [("v2.projects", "NOT template"), ("v3.files", "kind = 'all'")] {
            if relation.foreign == table {
                let plain = format!("plain_{}", table.replace('.', "_"));
                world
                    .ask(&format!("CREATE TABLE {plain} AS SELECT * FROM {local} WHERE {usual}"))?;
                local = plain;
            }
        }
        let foreign = format!("fenced_{}", relation.foreign);
        fixed(world, relation, &foreign, &local);
    }
    for table in FENCED {
        if let Some(relation) = found(world, &format!("v3.{table}")) {
            narrow(world, &relation, table)?;
            parts(world, &relation, table)?;
        }
    }
    Ok(())
}

fn found(world: &World, foreign: &str) -> Option<Relation> {
    world
        .relations
        .iter()
        .find(|relation| relation.foreign == foreign && relation.evaluated)
        .cloned()
}

/// Adds a relation that no condition widens, but one on a column with a default that is no state.
fn fixed(world: &mut World, like: &Relation, foreign: &str, local: &str) {
    let columns: Vec<(String, String)> =
        like.columns.iter().map(|column| (column.name.clone(), column.ty.clone())).collect();
    let filtered = like.columns.iter().filter(|column| column.filtered);
    let filters: Vec<&str> = filtered.map(|column| column.name.as_str()).collect();
    let is_domain = |name: &str| {
        let sense = like.column(name).map(|column| column.sense);
        ["template", "kind"].contains(&name) && sense == Some(Sense::Domain)
    };
    let relation = world.relation(foreign, local, &columns, &filters, |column| {
        if is_domain(column) { Sense::Domain } else { Sense::Plain }
    });
    world.relations.push(relation);
}

/// The definition of the columns of a table.
fn definition(relation: &Relation) -> String {
    let columns = relation.columns.iter();
    columns.map(|column| format!("{} {}", column.name, column.ty)).collect::<Vec<_>>().join(", ")
}

/// Tables of some projects and some states.
fn narrow(world: &mut World, relation: &Relation, table: &str) -> Result<(), Failure> {
    let all = relation.copy(Widening { status: true, projects: true });
    let columns = definition(relation);
    let fences = [
        ("projectid '5001,5004', statuses 'all'", "project_id IN (5001, 5004)"),
        (
            "projectid 'all', statuses 'archived,trashed'",
            "project_id IN (SELECT id FROM active WHERE version = 'v3') AND status IN ('archived', 'trashed')",
        ),
        ("projectid '5000', statuses 'active'", "project_id = 5000 AND status = 'active'"),
        ("projectid 'every', statuses 'trashed'", "status = 'trashed'"),
    ];
    for (place, (options, condition)) in fences.iter().enumerate() {
        let (foreign, local) =
            (format!("fenced_v3.{table}_{place}"), format!("\"v3_{table}~f{place}\""));
        world.ask(&format!(
            "CREATE FOREIGN TABLE {foreign} ({columns}) SERVER v3 OPTIONS (resource '{table}', {options})"
        ))?;
        world.ask(&format!("CREATE TABLE {local} AS SELECT * FROM {all} WHERE {condition}"))?;
        fixed(world, relation, &foreign, &local);
    }
    Ok(())
}

/// A table in parts, one for each project.
fn parts(world: &mut World, relation: &Relation, table: &str) -> Result<(), Failure> {
    let (parent, columns) = (format!("whole.parts_{table}"), definition(relation));
    world.ask(&format!("CREATE TABLE {parent} ({columns}) PARTITION BY LIST (project_id)"))?;
    for project in world.ask("SELECT id FROM project WHERE version = 'v3' ORDER BY id")? {
        let project = project[0].clone().unwrap_or_default();
        world.ask(&format!(
            "CREATE FOREIGN TABLE {parent}_{project} PARTITION OF {parent} FOR VALUES IN ({project}) \
               SERVER v3 OPTIONS (resource '{table}', projectid '{project}', statuses 'all')"
        ))?;
    }
    let local = relation.copy(Widening { status: true, projects: true });
    fixed(world, relation, &parent, &local);
    Ok(())
}

/// Adds tables with renamed columns and members of the record.
pub fn add_fields(world: &mut World) {
    if found(world, "v3.todos").is_none() {
        return;
    }
    world.session.run(
        "CREATE FOREIGN TABLE whole.own_todos (nr bigint OPTIONS (field 'id'), what text OPTIONS (field 'content'), \
           boss text OPTIONS (field 'creator.name'), people bigint[] OPTIONS (field 'assignees[*].id'), \
           status text, place bigint OPTIONS (field 'project_id'), list bigint OPTIONS (field 'parent.id')) \
           SERVER v3 OPTIONS (resource 'todos'); \
         CREATE TABLE own_todos AS SELECT id AS nr, content AS what, creator_name AS boss, assignee_ids AS people, \
           status, project_id AS place, parent_id AS list FROM v3_todos",
    );
    let columns = world.columns("whole", "own_todos");
    let sense = |name: &str| match name {
        "status" => Sense::Domain,
        "nr" | "place" | "list" => Sense::Key,
        _ => Sense::Plain,
    };
    let relation =
        world.relation("whole.own_todos", "own_todos", &columns, &["nr", "place"], sense);
    world.relations.push(relation);
}

/// Types that a user may declare in place of a column's own.
fn other(ty: &str, name: &str, place: usize) -> String {
    let choices: &[&str] = match (ty, name) {
        ("text", "status") => &["state", "bpchar", "word"],
        ("bigint", _) => &["text", "character varying", "numeric", "number"],
        ("integer", _) => &["bigint", "text", "smallint"],
        ("text", _) => &["character varying", "word", "text"],
        ("date", _) => &["text", "date"],
        ("boolean", _) => &["text", "boolean"],
        _ => return ty.to_owned(),
    };
    choices[place % choices.len()].to_owned()
}

/// Adds tables whose columns have other types than the catalogue's.
pub fn add_types(world: &mut World) {
    world.session.run(
        "CREATE TYPE state AS ENUM ('active', 'archived', 'trashed', 'draft'); CREATE DOMAIN word AS text; \
         CREATE DOMAIN number AS bigint CHECK (VALUE > 0)",
    );
    for (name, shift) in [
        ("v3.todos", 0),
        ("v3.todos", 1),
        ("v3.todos", 2),
        ("v3.projects", 0),
        ("v3.projects", 1),
        ("v3.documents", 1),
        ("v3.cards", 0),
        ("v3.comments", 2),
        ("v3.people", 0),
        ("v2.todos", 0),
        ("v2.todos", 1),
        ("v2.documents", 2),
        ("v2.projects", 0),
    ] {
        if let Some(relation) = found(world, name) {
            retyped(world, &relation, shift);
        }
    }
}

fn retyped(world: &mut World, relation: &Relation, shift: usize) {
    let server = &relation.foreign[..2];
    let (_, table) = relation.foreign.split_once('.').unwrap_or_default();
    let made = format!("typed_{server}_{table}_{shift}");
    let named: Vec<(String, String, Sense)> = relation
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let flag = column.sense == Sense::Domain && column.ty == "boolean";
            let ty = if flag {
                column.ty.clone()
            } else {
                other(&column.ty, &column.name, place + shift)
            };
            (column.name.clone(), ty, column.sense)
        })
        .collect();
    let list = |text: &dyn Fn(&str, &str) -> String| {
        named.iter().map(|(name, ty, _)| text(name, ty)).collect::<Vec<_>>().join(", ")
    };
    let columns = list(&|name, ty| format!("{name} {ty}"));
    let casts = list(&|name, ty| format!("{name}::{ty} AS {name}"));
    world.session.run(&format!(
        "CREATE FOREIGN TABLE whole.{made} ({columns}) SERVER {server} OPTIONS (resource '{table}'); \
         CREATE TABLE {made} AS SELECT {casts} FROM {}",
        relation.local
    ));
    let columns: Vec<(String, String)> =
        named.iter().map(|(name, ty, _)| (name.clone(), ty.clone())).collect();
    let filtered = relation.columns.iter().filter(|column| column.filtered);
    let filters: Vec<&str> = filtered.map(|column| column.name.as_str()).collect();
    let sense = |name: &str| relation.column(name).map_or(Sense::Plain, |column| column.sense);
    let typed = world.relation(&format!("whole.{made}"), &made, &columns, &filters, sense);
    world.relations.push(typed);
}

/// Adds tables that stop after some rows. They have no fixed meaning, so that they are counted only.
pub fn add_capped(world: &mut World) {
    for (name, rows) in [("v3.todos", 5), ("v3.projects", 2), ("v3.people", 100), ("v2.todos", 7)] {
        let Some(relation) = found(world, name) else {
            continue;
        };
        let (server, table) = name.split_once('.').unwrap_or_default();
        let (columns, foreign) = (definition(&relation), format!("whole.capped_{server}_{table}"));
        world.session.run(&format!(
            "CREATE FOREIGN TABLE {foreign} ({columns}) SERVER {server} OPTIONS (resource '{table}', maxrows '{rows}')"
        ));
        world.capped.push((foreign, format!("(SELECT * FROM {} LIMIT {rows})", relation.local)));
    }
}
