//! Tables whose options fix what they have, and tables with columns of the user's own.

use crate::world::{Failure, Sense, World};

/// Adds tables with the options `projectid` and `statuses`, where the extension has them.
///
/// # Errors
/// When it has not.
pub fn add(world: &mut World) -> Result<(), Failure> {
    world.ask("CREATE FOREIGN TABLE probe (id bigint) SERVER v3 OPTIONS (resource 'todos', projectid 'every', statuses 'all')")?;
    Ok(())
}

/// Adds tables with renamed columns and members of the record.
pub fn add_fields(world: &mut World) {
    if world.relations.iter().all(|relation| relation.foreign != "v3.todos") {
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
    let relation = world.relation("whole.own_todos", "own_todos", &columns, &["nr", "place"], sense);
    world.relations.push(relation);
}
