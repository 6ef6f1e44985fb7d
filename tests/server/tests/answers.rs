//! The answer depends on the conditions alone: the same question asked in two ways has the same rows.

use std::collections::BTreeMap;

use server_tests::Session;
use server_tests::ways::Rows;
use simulator::{Bounds, Config, Oddities, Simulator};

fn with(config: Config) -> (Simulator, Session) {
    let simulator = Simulator::start(config).expect("a port");
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    (simulator, session)
}

fn odd(oddities: Oddities) -> (Simulator, Session) {
    with(Config { oddities, ..Config::default() })
}

fn all() -> (Simulator, Session) {
    with(Config::default())
}

/// How many active records of a table each project has, going by a dump.
fn counted(simulator: &Simulator, table: &str) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for record in simulator.dump(table).iter().filter(|record| record["status"] == "active") {
        *counts.entry(record["bucket"]["id"].as_i64().expect("a project")).or_default() += 1;
    }
    counts
}

fn row(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

/// The first value of each row.
fn firsts(rows: &Rows) -> Vec<Option<String>> {
    rows.iter().map(|row| row[0].clone()).collect()
}

#[test]
fn a_project_that_no_listing_has_is_a_row_by_its_id_whatever_is_selected() {
    let (simulator, mut session) = odd(Oddities { unlisted_project: true, ..Oddities::default() });
    let id = simulator.dump("projects")[2]["id"].to_string();
    for columns in ["id, name", "id, name, bookmarked", "id, name, record", "*"] {
        simulator.clear_requests();
        let rows = session.rows(&format!("SELECT {columns} FROM bc.projects WHERE id = {id}"));
        assert_eq!(firsts(&rows), [Some(id.clone())], "{columns}");
    }
    let listed = session.rows("SELECT id FROM bc.projects");
    assert!(!firsts(&listed).contains(&Some(id.clone())), "it is not listed");
    session.spelled("bigint", "SELECT id, name FROM bc.projects WHERE id = $1", &id);
    session.spelled("bigint", "SELECT p FROM bc.projects p WHERE id = $1", &id);
}

#[test]
fn a_project_by_its_id_is_one_request_and_the_pages_until_it_is_found_for_what_these_alone_have() {
    let config = Config { projects: 80, ..Config::default() };
    let (simulator, mut session) = with(config);
    let newest = session.value("SELECT id FROM bc.projects LIMIT 1");
    simulator.clear_requests();
    assert_eq!(session.rows(&format!("SELECT name FROM bc.projects WHERE id = {newest}")).len(), 1);
    assert_eq!(simulator.requests().len(), 1);
    simulator.clear_requests();
    let rows = session.rows(&format!("SELECT * FROM bc.projects WHERE id = {newest}"));
    assert_eq!(rows.len(), 1);
    let paths: Vec<String> = simulator.requests().into_iter().map(|each| each.path).collect();
    assert_eq!(paths, [format!("/projects/{newest}.json"), "/projects.json".to_owned()]);
    let marked = format!("SELECT bookmarked IS NOT NULL FROM bc.projects WHERE id = {newest}");
    assert_eq!(session.value(&marked), "t");
}

#[test]
fn a_person_whose_address_answers_404_stays_a_row_without_what_only_that_has() {
    let (simulator, mut session) = odd(Oddities { lost_person: true, ..Oddities::default() });
    let listed = firsts(&session.sorted("SELECT id FROM bc.people"));
    assert_eq!(listed.len(), simulator.dump("people").len());
    for columns in ["id, out_of_office_start_date", "id, record", "*"] {
        let rows = session.sorted(&format!("SELECT {columns} FROM bc.people"));
        assert_eq!(firsts(&rows), listed, "{columns}");
    }
    let lost = simulator.dump("people")[2]["id"].to_string();
    let told = format!(
        "SELECT name IS NOT NULL, out_of_office_start_date IS NULL FROM bc.people WHERE id + 0 = {lost}"
    );
    assert_eq!(session.sorted(&told), [row(&["t", "t"])]);
    // By its id alone the address decides.
    let by_id = "SELECT id FROM bc.people WHERE id = $1";
    assert!(session.spelled("bigint", by_id, &lost).is_empty());
}

#[test]
fn needles_are_found_for_each_outer_row_in_whichever_order_these_come() {
    let (simulator, mut session) = all();
    let counts = counted(&simulator, "gauge_needles");
    for order in
        ["(5002::bigint), (5001), (5007), (5010)", "(5010::bigint), (5007), (5001), (5002)"]
    {
        let rows = session.agreed(&[
            &format!(
                "SELECT k, count(x.id) FROM (VALUES {order}) v(k) \
                   LEFT JOIN bc.gauge_needles x ON x.project_id = v.k GROUP BY k"
            ),
            &format!(
                "SELECT k, (SELECT count(*) FROM bc.gauge_needles x WHERE x.project_id = v.k) \
                   FROM (VALUES {order}) v(k)"
            ),
            &format!(
                "SELECT k, count(x.id) FROM (VALUES {order}) v(k) \
                   LEFT JOIN (SELECT * FROM bc.gauge_needles OFFSET 0) x ON x.project_id = v.k \
                  GROUP BY k"
            ),
        ]);
        let expected: Rows = [5001, 5002, 5007, 5010]
            .iter()
            .map(|id| row(&[&id.to_string(), &counts.get(id).unwrap_or(&0).to_string()]))
            .collect();
        assert_eq!(rows, expected);
    }
    let others = "SELECT k FROM (VALUES (5001::bigint), (5002), (5007), (5013)) v(k) \
                   WHERE k NOT IN (SELECT project_id FROM bc.gauge_needles)";
    // The needles of 5013 are in an archived project, which the scope has not got.
    assert_eq!(firsts(&session.joined(others)), [Some("5002".into()), Some("5013".into())]);
}

#[test]
fn parents_that_a_walk_found_for_one_value_are_not_those_of_another() {
    let (simulator, mut session) = all();
    let counts = counted(&simulator, "gauge_needles");
    let active: Vec<i64> = simulator
        .dump("gauges")
        .iter()
        .filter_map(|gauge| gauge["bucket"]["id"].as_i64())
        .filter(|id| *id < 5012)
        .collect();
    let expected: Rows =
        active.iter().map(|id| row(&[&id.to_string(), &counts[id].to_string()])).collect();
    let rows = session.agreed(&[
        "SELECT g.project_id, count(n.id) FROM bc.gauges g \
           LEFT JOIN bc.gauge_needles n USING (project_id) GROUP BY 1",
        "SELECT g.project_id, (SELECT count(*) FROM bc.gauge_needles n \
           WHERE n.project_id = g.project_id) FROM bc.gauges g",
        "SELECT project_id, count(*) FROM bc.gauge_needles GROUP BY 1",
    ]);
    assert_eq!(rows, expected);
}

#[test]
fn responses_are_found_by_their_approval_and_its_project_alike() {
    let (_simulator, mut session) = all();
    let rows = session.agreed(&[
        "SELECT r.id, r.approval_id, r.project_id FROM bc.client_approval_responses r",
        "SELECT r.id, r.approval_id, r.project_id FROM bc.client_approvals a \
           JOIN bc.client_approval_responses r ON r.approval_id = a.id",
        "SELECT r.id, r.approval_id, r.project_id FROM bc.client_approvals a \
           JOIN bc.client_approval_responses r \
             ON r.approval_id = a.id AND r.project_id = a.project_id",
        "SELECT r.id, r.approval_id, r.project_id FROM bc.client_approval_responses r \
          WHERE r.project_id IN (SELECT project_id FROM bc.client_approvals)",
    ]);
    assert_eq!(rows.len(), 6);
}

#[test]
fn two_counts_in_one_select_list_do_not_change_when_they_are_swapped() {
    let (_simulator, mut session) = all();
    let by_room = "(SELECT count(*) FROM bc.campfire_lines l WHERE l.campfire_id = c.id)";
    let by_project = "(SELECT count(*) FROM bc.campfire_lines l WHERE l.project_id = c.project_id)";
    let one = format!("SELECT id, {by_room} AS a, {by_project} AS b FROM bc.campfires c");
    let other = format!(
        "SELECT id, a, b FROM (SELECT id, {by_project} AS b, {by_room} AS a FROM bc.campfires c) s"
    );
    let rows = session.agreed(&[&one, &other]);
    assert!(rows.iter().all(|row| row[1].as_deref() != Some("0")), "{rows:?}");
}

#[test]
fn tables_with_different_projects_share_nothing_that_was_found() {
    let (simulator, mut session) = all();
    let counts = counted(&simulator, "gauge_needles");
    session.run(
        "CREATE FOREIGN TABLE one (id bigint, project_id bigint) SERVER bc \
           OPTIONS (resource 'gauge_needles', projectid '5001'); \
         CREATE FOREIGN TABLE other (id bigint, project_id bigint) SERVER bc \
           OPTIONS (resource 'gauge_needles', projectid '5007,5010')",
    );
    let (a, b) = (counts[&5001].to_string(), (counts[&5007] + counts[&5010]).to_string());
    let counts = "SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM other)";
    assert_eq!(session.rows(counts), [row(&[&a, &b])]);
    let swapped = "SELECT (SELECT count(*) FROM other), (SELECT count(*) FROM one)";
    assert_eq!(session.rows(swapped), [row(&[&b, &a])]);
}

#[test]
fn a_narrower_condition_never_gives_more_hours_where_projects_do_not_say_their_tools() {
    for bounds in [Bounds::Dates, Bounds::Range] {
        let silent_projects = true;
        let (simulator, mut session) =
            odd(Oddities { silent_projects, bounds, ..Oddities::default() });
        let expected = counted(&simulator, "timesheet_entries");
        let expected: usize =
            expected.iter().filter(|(id, _)| **id < 5012).map(|(_, count)| count).sum();
        let every = session.agreed(&[
            "SELECT id, date FROM bc.timesheet_entries",
            "SELECT id, date FROM bc.timesheet_entries WHERE date BETWEEN '1990-01-01' AND '2200-01-01'",
            "SELECT id, date FROM bc.timesheet_entries WHERE date + 0 < '2200-01-01'",
        ]);
        assert_eq!(every.len(), expected, "{bounds:?}");
        let day = session.value("SELECT min(date) FROM bc.timesheet_entries");
        let on = session.agreed(&[
            &format!("SELECT id FROM bc.timesheet_entries WHERE date BETWEEN '{day}' AND '{day}'"),
            &format!("SELECT id FROM bc.timesheet_entries WHERE date + 0 = '{day}'"),
        ]);
        assert!(!on.is_empty() && on.len() < expected, "{on:?}");
        let approvals = session.rows("SELECT id FROM bc.client_approvals").len();
        assert_eq!(approvals, 6, "two active ones in each of three active projects");
    }
}

#[test]
fn chatbots_are_the_same_by_id_by_campfire_and_by_join() {
    for chatbot_arrays in [false, true] {
        let (simulator, mut session) = odd(Oddities { chatbot_arrays, ..Oddities::default() });
        let first = &simulator.dump("chatbots")[0];
        let (project, room) = (&first["asked"]["project_id"], &first["asked"]["campfire_id"]);
        let id = &first["record"]["id"];
        let place = format!("campfire_id = {room} AND project_id = {project}");
        let of_room = session.agreed(&[
            &format!("SELECT id, project_id, service_name FROM bc.chatbots WHERE {place}"),
            &format!(
                "SELECT id, project_id, service_name FROM bc.chatbots WHERE campfire_id = {room}"
            ),
        ]);
        assert_eq!(of_room.len(), 3);
        let one = session.agreed(&[
            &format!("SELECT id, service_name FROM bc.chatbots WHERE {place} AND id = {id}"),
            &format!("SELECT id, service_name FROM bc.chatbots WHERE {place} AND id + 0 = {id}"),
        ]);
        assert_eq!(one.len(), 1);
        // Without a condition they are those at the first room of the scope.
        let unasked = session.joined("SELECT id, campfire_id FROM bc.chatbots");
        assert_eq!(unasked.len(), 3);
    }
}

#[test]
fn campfires_joined_with_chatbots_have_the_same_rows_by_every_join() {
    let (_simulator, mut session) = all();
    let rows = session.agreed(&[
        "SELECT b.id, b.campfire_id FROM bc.campfires c \
           JOIN bc.chatbots b ON b.campfire_id = c.id AND b.project_id = c.project_id",
        "SELECT b.id, b.campfire_id FROM bc.campfires c \
           JOIN (SELECT * FROM bc.chatbots OFFSET 0) b \
             ON b.campfire_id = c.id AND b.project_id = c.project_id",
        "SELECT b.id, b.campfire_id FROM bc.chatbots b",
    ]);
    assert_eq!(rows.len(), 3);
}

#[test]
fn events_of_a_project_and_a_person_are_those_of_the_project_that_the_person_made() {
    let (_simulator, mut session) = all();
    let found = session.rows(
        "SELECT project_id, creator_id, count(*) FROM bc.timeline_events \
          WHERE creator_id IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 1",
    );
    let value = |place: usize| found[0][place].clone().unwrap_or_default();
    let (project, person) = (value(0), value(1));
    let condition = format!("FROM bc.timeline_events WHERE project_id = {project}");
    let rows = session.agreed(&[
        &format!("SELECT id {condition} AND creator_id = {person}"),
        &format!("SELECT id {condition} AND creator_id + 0 = {person}"),
        &format!(
            "SELECT id FROM bc.timeline_events JOIN (VALUES ({person}::bigint)) v(creator_id) \
               USING (creator_id) WHERE project_id = {project}"
        ),
    ]);
    assert!(!rows.is_empty());
}
