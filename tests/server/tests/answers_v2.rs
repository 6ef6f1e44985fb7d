//! The answer depends on the conditions alone, with Basecamp 2 too.

use server_tests::Session;
use server_tests::ways::Rows;
use simulator::{Config, Oddities, Simulator};

/// A server for Basecamp 2 that reads every active project.
fn with(config: Config) -> (Simulator, Session) {
    let simulator = Simulator::start(config.clone()).expect("a port");
    let mut session = Session::empty();
    let (url, account) = (simulator.url(), simulator.account());
    session.run(&format!(
        "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw OPTIONS \
           (accountid '{account}', url '{url}', schema 'V2', ratelimit '0', projectid 'all'); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (\"user\" '{}', password '{}'); \
         CREATE SCHEMA bc; IMPORT FOREIGN SCHEMA v2 FROM SERVER bc INTO bc",
        config.v2_user, config.v2_password
    ));
    (simulator, session)
}

fn all() -> (Simulator, Session) {
    with(Config::default())
}

fn value(rows: &Rows, row: usize, column: usize) -> String {
    rows[row][column].clone().unwrap_or_default()
}

#[test]
fn a_record_that_no_listing_has_is_a_row_by_its_address_whatever_is_selected() {
    let oddities = Oddities { v2_unlisted: true, ..Oddities::default() };
    let (simulator, mut session) = with(Config { oddities, ..Config::default() });
    for table in ["documents", "messages", "uploads", "todolists"] {
        let dump = simulator.dump_v2(table);
        let first = dump.iter().find(|row| row["asked"]["project_id"] == 605_001).expect("one");
        let id = first["record"]["id"].to_string();
        let place = format!("FROM bc.{table} t WHERE project_id = 605001 AND id = {id}");
        for columns in ["id", "id, url", "id, app_url", "id, record", "*"] {
            let rows = session.rows(&format!("SELECT {columns} {place}"));
            assert_eq!(rows.len(), 1, "{table} {columns}");
        }
        let whole = "SELECT t.id, t FROM bc.# t WHERE project_id = 605001 AND id = $1";
        session.spelled("bigint", &whole.replace('#', table), &id);
        let listed =
            format!("SELECT id FROM bc.{table} WHERE project_id = 605001 AND id + 0 = {id}");
        assert!(session.joined(&listed).is_empty(), "{table}: it is not listed");
    }
    let unlisted = simulator.dump_v2("projects")[1]["record"]["id"].to_string();
    for columns in ["id, name", "id, url", "id, last_event_at", "*"] {
        let sql = format!("SELECT {columns} FROM bc.projects WHERE id = {unlisted}");
        assert_eq!(session.rows(&sql).len(), 1, "{columns}");
    }
}

#[test]
fn what_only_a_listing_tells_of_a_record_is_shown_whatever_else_is_selected() {
    let (_simulator, mut session) = all();
    for (table, column) in
        [("documents", "url"), ("messages", "topic_id"), ("todolists", "app_url")]
    {
        let id = format!("(SELECT min(id) FROM bc.{table} WHERE project_id = 605002)");
        let row = format!("FROM bc.{table} t WHERE project_id = 605002 AND id = {id}");
        let alone = session.value(&format!("SELECT {column} {row}"));
        assert!(!alone.is_empty(), "{table}.{column}");
        for wanted in ["record", "t.*", "t"] {
            let beside = session.value(&format!("SELECT {column}, {wanted} {row}"));
            assert_eq!(beside, alone, "{table}.{column} beside {wanted}");
        }
    }
}

#[test]
fn things_of_a_calendar_come_by_constant_join_and_subquery_alike() {
    let (_simulator, mut session) = all();
    for table in ["accesses", "calendar_events"] {
        let key = if table == "accesses" { "person_id" } else { "id" };
        let columns = format!("SELECT t.calendar_id, t.{key} FROM bc.{table} t");
        let rows = session.agreed(&[
            &format!("{columns} WHERE calendar_id = 336001"),
            &format!("{columns} JOIN (VALUES (336001::bigint)) v(c) ON t.calendar_id = v.c"),
            &format!("{columns} JOIN bc.calendars c ON t.calendar_id = c.id AND c.name = 'Calendar 0'"),
            &format!("{columns} WHERE calendar_id = (SELECT min(id) FROM bc.calendars)"),
            &format!("{columns} WHERE calendar_id IN (SELECT id FROM bc.calendars WHERE name = 'Calendar 0')"),
            &format!("{columns} WHERE calendar_id + 0 = 336001"),
        ]);
        assert!(!rows.is_empty(), "{table}");
        let spelled = format!("{columns} WHERE calendar_id = $1");
        assert_eq!(session.spelled("bigint", &spelled, "336001"), rows, "{table}");
    }
}

#[test]
fn rows_without_a_project_are_not_lost_by_joins() {
    let (_simulator, mut session) = all();
    let outside = session.value("SELECT count(*) FROM bc.calendar_events WHERE project_id IS NULL");
    assert_ne!(outside, "0");
    let rows = session.agreed(&[
        "SELECT e.id, c.id FROM bc.calendar_events e JOIN bc.calendars c ON c.id = e.calendar_id",
        "SELECT e.id, c.id FROM (SELECT * FROM bc.calendar_events OFFSET 0) e \
           JOIN bc.calendars c ON c.id = e.calendar_id",
        "SELECT e.id, e.calendar_id FROM bc.calendar_events e WHERE e.project_id IS NULL",
    ]);
    assert_eq!(rows.len().to_string(), outside);
    let comments = session.agreed(&[
        "SELECT e.id, x.id FROM bc.calendar_events e JOIN bc.comments x \
           ON x.parent_id = e.id AND x.parent_type = 'CalendarEvent'",
        "SELECT e.id, x.id FROM bc.calendar_events e JOIN (SELECT * FROM bc.comments OFFSET 0) x \
           ON x.parent_id = e.id AND x.parent_type = 'CalendarEvent'",
    ]);
    assert!(!comments.is_empty());
}

#[test]
fn a_project_is_no_template_however_it_is_joined() {
    let (_simulator, mut session) = all();
    let rows = session.agreed(&[
        "SELECT p.id, t.id FROM bc.projects p JOIN bc.project_templates t ON t.id = p.id",
        "SELECT p.id, t.id FROM bc.projects p JOIN (SELECT * FROM bc.project_templates OFFSET 0) t \
           ON t.id = p.id",
    ]);
    assert!(rows.is_empty(), "{rows:?}");
    let project = session.value("SELECT min(id) FROM bc.projects");
    let by_id = "SELECT id FROM bc.project_templates WHERE id = $1";
    assert!(session.spelled("bigint", by_id, &project).is_empty());
    let template = session.value("SELECT min(id) FROM bc.project_templates");
    assert_eq!(session.spelled("bigint", by_id, &template).len(), 1);
}

#[test]
fn projects_of_every_kind_are_those_of_each_kind_together() {
    let (_simulator, mut session) = all();
    let count = |session: &mut Session, condition: &str| {
        session.sorted(&format!("SELECT id FROM bc.projects WHERE {condition}"))
    };
    let whole = count(&mut session, "trashed IS NOT NULL AND template IS NOT NULL");
    let mut parts = Rows::new();
    for trashed in ["trashed", "NOT trashed"] {
        for template in ["template", "NOT template"] {
            parts.extend(count(&mut session, &format!("{trashed} AND {template}")));
        }
    }
    parts.sort();
    assert_eq!(whole, parts);
    let gone = count(&mut session, "trashed");
    assert!(!gone.is_empty() && gone.iter().all(|row| whole.contains(row)), "{gone:?}");
}

#[test]
fn what_is_in_the_trash_is_found_by_its_id_with_and_without_its_project() {
    let (_simulator, mut session) = all();
    for table in ["todos", "todolists"] {
        let found = session
            .rows(&format!("SELECT id, project_id FROM bc.{table} WHERE trashed ORDER BY 1"));
        let (id, project) = (value(&found, 0, 0), value(&found, 0, 1));
        let rows = session.agreed(&[
            &format!("SELECT id FROM bc.{table} WHERE trashed AND id = {id}"),
            &format!("SELECT id FROM bc.{table} WHERE trashed AND id = {id} AND project_id = {project}"),
            &format!("SELECT id FROM bc.{table} WHERE trashed AND id + 0 = {id} AND project_id = {project}"),
            &format!("SELECT id FROM bc.{table} WHERE trashed AND id + 0 = {id}"),
        ]);
        assert_eq!(rows.len(), 1, "{table}");
    }
}

#[test]
fn a_column_of_a_forward_does_not_depend_on_the_others() {
    let (_simulator, mut session) = all();
    let alone = session.sorted("SELECT id, project_url FROM bc.forwards");
    assert!(!alone.is_empty());
    for other in ["content", "url", "record", "creator_name"] {
        let sql = format!(
            "SELECT id, project_url FROM (SELECT id, project_url, {other} AS o FROM bc.forwards OFFSET 0) s \
              WHERE o IS NOT NULL OR true"
        );
        assert_eq!(session.sorted(&sql), alone, "{other}");
    }
}

#[test]
fn the_record_is_the_same_whatever_else_is_selected() {
    let (_simulator, mut session) = all();
    for (table, others) in [
        ("documents", ["id", "content", "url"]),
        ("messages", ["id", "content", "subject"]),
        ("projects", ["id", "creator_name", "last_event_at"]),
        ("people", ["id", "email_address", "name"]),
        ("forwards", ["id", "content", "project_url"]),
    ] {
        let alone = session.sorted(&format!("SELECT record FROM bc.{table}"));
        assert!(!alone.is_empty(), "{table}");
        for other in others {
            let sql = format!(
                "SELECT record FROM (SELECT record, {other} AS o FROM bc.{table} OFFSET 0) s \
                  WHERE o IS NOT NULL OR true"
            );
            assert_eq!(session.sorted(&sql), alone, "{table} with {other}");
        }
    }
}

#[test]
fn infinite_bounds_of_moments_hold_for_all_rows() {
    let (_simulator, mut session) = all();
    let every = session.sorted("SELECT id FROM bc.events");
    assert!(!every.is_empty());
    let sql = "SELECT id FROM bc.events WHERE created_at > $1";
    for bound in ["-infinity", "4000-01-01 BC", "0001-01-01"] {
        let value = format!("'{bound}'");
        assert_eq!(session.spelled("timestamptz", sql, &value), every, "{bound}");
        let joined = format!(
            "SELECT id FROM bc.events JOIN (VALUES ('{bound}'::timestamptz)) v(a) ON created_at > a"
        );
        assert_eq!(session.joined(&joined), every, "{bound}");
    }
    for bound in ["infinity", "12000-01-01"] {
        assert!(session.spelled("timestamptz", sql, &format!("'{bound}'")).is_empty(), "{bound}");
    }
}
