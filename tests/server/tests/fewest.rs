//! The fewest requests that the API allows, counted where they arrive, for the same rows.

use server_tests::Session;
use server_tests::ways::Rows;
use simulator::{Config, Simulator};

/// The account that the numbers of requests are for.
fn account() -> (Simulator, Session) {
    let config = Config { projects: 20, todolists: 40, todos: 2_000, ..Config::default() };
    started(config)
}

fn started(config: Config) -> (Simulator, Session) {
    let simulator = Simulator::start(config).expect("a port");
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    (simulator, session)
}

/// The rows of a query, and the requests that they took.
fn asked(simulator: &Simulator, session: &mut Session, sql: &str) -> (Rows, usize) {
    simulator.clear_requests();
    let rows = session.rows(sql);
    (rows, simulator.requests().len())
}

/// A query that takes so many requests at most in a session that knows nothing yet, and has the rows of
/// another that reads all.
fn same(simulator: &Simulator, session: &mut Session, (sql, most): (&str, usize), dear: &str) {
    same_under("", simulator, session, (sql, most), dear);
}

/// The same with settings.
fn same_under(
    settings: &str,
    simulator: &Simulator,
    session: &mut Session,
    (sql, most): (&str, usize),
    dear: &str,
) {
    session.run(settings);
    let expected = session.sorted(dear);
    session.run("RESET ALL");
    let mut fresh = session.second();
    fresh.run(settings);
    let plan = fresh.explain(sql);
    let (mut rows, requests) = asked(simulator, &mut fresh, sql);
    rows.sort();
    assert_eq!(rows, expected, "{sql}\n{plan}");
    assert!(requests <= most, "{requests} requests: {sql}\n{plan}");
}

#[test]
fn a_number_of_rows_is_one_request_for_each_listing() {
    let (simulator, mut session) = account();
    let all = "(SELECT * FROM bc.todos OFFSET 0) t";
    let list = session.value("SELECT id FROM bc.todolists ORDER BY id LIMIT 1");
    for (cheap, most, dear) in [
        ("SELECT count(*) FROM bc.todos".to_owned(), 1, format!("SELECT count(*) FROM {all}")),
        (
            format!("SELECT count(*) + 1, count(*) FROM bc.todos WHERE todolist_id = {list}"),
            2,
            format!("SELECT count(*) + 1, count(*) FROM {all} WHERE todolist_id = {list}"),
        ),
        (
            format!("SELECT count(*) FROM bc.todos WHERE todolist_id = {list} AND completed"),
            1,
            format!("SELECT count(*) FROM {all} WHERE todolist_id = {list} AND completed"),
        ),
        (
            "SELECT count(*) FROM bc.todos WHERE project_id IN (5000, 5001)".to_owned(),
            1,
            format!("SELECT count(*) FROM {all} WHERE project_id IN (5000, 5001)"),
        ),
        (
            "SELECT (SELECT count(*) FROM bc.todos), (SELECT count(*) FROM bc.messages), \
                    (SELECT count(*) FROM bc.comments), (SELECT count(*) FROM bc.documents), \
                    (SELECT count(*) FROM bc.uploads), (SELECT count(*) FROM bc.cards), \
                    (SELECT count(*) FROM bc.todolists)"
                .to_owned(),
            7,
            "SELECT (SELECT count(id) FROM bc.todos), (SELECT count(id) FROM bc.messages), \
                    (SELECT count(id) FROM bc.comments), (SELECT count(id) FROM bc.documents), \
                    (SELECT count(id) FROM bc.uploads), (SELECT count(id) FROM bc.cards), \
                    (SELECT count(id) FROM bc.todolists)"
                .to_owned(),
        ),
    ] {
        same(&simulator, &mut session, (&cheap, most), &dear);
    }
    let several = "SELECT sum(n) FROM (SELECT count(*) AS n FROM bc.todos \
                     UNION ALL SELECT count(*) FROM bc.messages) s";
    let read = several.replace("count(*)", "count(id)");
    same(&simulator, &mut session, (several, 2), &read);
    let plan = session.rows("EXPLAIN (VERBOSE, ANALYZE) SELECT count(*) + 1 FROM bc.todos");
    let plan: Vec<String> = plan.into_iter().flatten().flatten().collect();
    for line in ["Output: ((count(*)) + 1)", "for its X-Total-Count", "Requests: 1"] {
        assert!(plan.iter().any(|each| each.contains(line)), "{line}: {plan:?}");
    }
    let owned = "CREATE VIEW counted AS SELECT count(*) FROM bc.todos; \
                 CREATE FUNCTION number() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM bc.todos'";
    session.run(owned);
    let counted = session.value("SELECT count(*) FROM bc.todos");
    assert_eq!(session.value("SELECT * FROM counted"), counted);
    assert_eq!(session.value("SELECT number()"), counted);
}

#[test]
fn a_number_for_each_key_is_one_request_for_each_of_its_listings() {
    let (simulator, mut session) = account();
    let all = "(SELECT * FROM bc.todos OFFSET 0) t";
    let of_any_status = "(SELECT * FROM bc.todos WHERE status IS NOT NULL OFFSET 0) t";
    let lists = session.rows("SELECT id FROM bc.todolists ORDER BY id LIMIT 3");
    let lists: Vec<String> = lists.into_iter().flatten().flatten().collect();
    let (first, three) = (lists[0].clone(), lists.join(", "));
    for (query, most) in [
        // Each list has its pending to-dos and its finished ones in a listing of their own.
        (format!("SELECT todolist_id, count(*) FROM bc.todos WHERE todolist_id IN ({three}) GROUP BY todolist_id"), 6),
        (format!("SELECT todolist_id, count(*) FROM bc.todos WHERE todolist_id IN ({three}) AND completed GROUP BY 1"), 3),
        (format!("SELECT count(*) * 2, todolist_id + 1 FROM bc.todos WHERE todolist_id IN ({three}) AND NOT completed GROUP BY todolist_id"), 3),
        (format!("SELECT todolist_id, completed, count(*) FROM bc.todos WHERE todolist_id IN ({three}) GROUP BY 2, 1"), 6),
        (format!("SELECT completed, count(*) FROM bc.todos WHERE todolist_id = {first} GROUP BY completed"), 2),
        (format!("SELECT todolist_id, count(*) FROM bc.todos WHERE todolist_id = {first} AND status = 'trashed' GROUP BY 1"), 1),
        (format!("SELECT count(*) FROM bc.todos WHERE todolist_id IN ({three}) GROUP BY todolist_id HAVING count(*) > 50"), 6),
        (format!("SELECT todolist_id FROM bc.todos WHERE todolist_id IN ({three}) GROUP BY todolist_id HAVING count(*) % 2 = 0 OR todolist_id > 0"), 6),
        (format!("SELECT todolist_id, sum(count(*)) OVER (ORDER BY todolist_id) FROM bc.todos WHERE todolist_id IN ({three}) GROUP BY 1"), 6),
        ("SELECT project_id, count(*) FROM bc.todos WHERE project_id IN (5000, 5001) GROUP BY project_id".to_owned(), 2),
        ("SELECT project_id, status, count(*) FROM bc.todos WHERE project_id IN (5000, 5001) AND status <> 'active' GROUP BY 1, 2".to_owned(), 4),
        ("SELECT status, count(*) FROM bc.todos WHERE status IN ('active', 'archived', 'trashed') GROUP BY status".to_owned(), 3),
        ("SELECT count(*) FROM bc.todos HAVING count(*) > 1000000".to_owned(), 1),
        ("SELECT count(*) FROM bc.todos HAVING count(*) > 10".to_owned(), 1),
    ] {
        let read = if query.contains("status") { of_any_status } else { all };
        same(&simulator, &mut session, (&query, most), &query.replace("bc.todos", read));
    }
    let people = "SELECT project_id, count(*) FROM bc.project_people GROUP BY project_id";
    let read = people.replace("bc.project_people", "(SELECT * FROM bc.project_people OFFSET 0) t");
    same(&simulator, &mut session, (people, 22), &read);
    let kinds = "SELECT type, count(*) FROM bc.recordings GROUP BY type";
    let read = kinds.replace("bc.recordings", "(SELECT * FROM bc.recordings OFFSET 0) t");
    same(&simulator, &mut session, (kinds, 20), &read);
    // What is known of sizes says whether projects are counted one by one or read together.
    let projects = "SELECT project_id, count(*) FROM bc.todos GROUP BY project_id";
    same(&simulator, &mut session, (projects, 23), &projects.replace("bc.todos", all));
}

#[test]
fn groups_that_requests_do_not_tell_are_made_of_rows() {
    let (_simulator, mut session) = started(Config::default());
    for (grouped, condition) in [
        ("completed, count(*)", "true"),
        ("completed, count(*)", "status <> 'active'"),
        ("todolist_id, count(*)", "true"),
        ("todolist_id, count(*)", "todolist_id IS NULL"),
        ("parent_id, count(*)", "project_id = 5000"),
        ("project_id % 2, count(*)", "project_id IN (5000, 5001)"),
        ("project_id, count(*) FILTER (WHERE completed)", "project_id IN (5000, 5001)"),
        ("project_id, count(DISTINCT todolist_id)", "project_id IN (5000, 5001)"),
        ("project_id, max(id)", "project_id IN (5000, 5001)"),
        ("project_id, (SELECT 1)", "project_id IN (5000, 5001)"),
        ("due_on, count(*)", "project_id = 5000"),
    ] {
        let query =
            |from: &str| format!("SELECT {grouped} FROM {from} WHERE {condition} GROUP BY 1");
        let read = query("(SELECT * FROM bc.todos WHERE status IS NOT NULL OFFSET 0) t");
        let read = if condition.contains("status") {
            read
        } else {
            query("(SELECT * FROM bc.todos OFFSET 0) t")
        };
        assert_eq!(
            session.sorted(&query("bc.todos")),
            session.sorted(&read),
            "{grouped}: {condition}"
        );
    }
    let sets = "SELECT project_id, status, count(*) FROM bc.todos WHERE project_id = 5000 \
                GROUP BY GROUPING SETS ((project_id), (status), ())";
    let read = sets.replace("bc.todos", "(SELECT * FROM bc.todos OFFSET 0) t");
    assert_eq!(session.sorted(sets), session.sorted(&read));
    session.run(
        "PREPARE counted (bigint[], text) AS SELECT project_id, count(*) FROM bc.todos \
                 WHERE project_id = ANY ($1) AND status = $2 GROUP BY project_id ORDER BY 2, 1",
    );
    for mode in ["force_custom_plan", "force_generic_plan"] {
        session.run(&format!("SET plan_cache_mode = {mode}"));
        for (projects, status) in
            [("5000, 5001", "active"), ("5001", "trashed"), ("", "active"), ("5000", "none")]
        {
            let execute = format!("EXECUTE counted ('{{{projects}}}', '{status}')");
            let read = format!(
                "SELECT project_id, count(id) FROM bc.todos WHERE project_id = ANY ('{{{projects}}}') \
                   AND status = '{status}' GROUP BY project_id ORDER BY 2, 1"
            );
            assert_eq!(session.rows(&execute), session.rows(&read), "{mode}: {execute}");
        }
    }
    session.run("ALTER FOREIGN TABLE bc.todos OPTIONS (ADD maxrows '5')");
    let most = "SELECT sum(n) FROM (SELECT count(*) n FROM bc.todos WHERE project_id IN (5000, 5001) GROUP BY project_id) s";
    assert_eq!(session.value(most), "5");
}

#[test]
fn what_a_condition_or_an_aggregate_needs_rows_for_is_not_counted_without_them() {
    let (_simulator, mut session) = started(Config::default());
    let all = "(SELECT * FROM bc.todos OFFSET 0) t";
    for condition in [
        "NOT completed",
        "content LIKE '%Ship%'",
        "updated_at > created_at + interval '10000 s'",
        "id % 2 = 0",
        "todolist_id IS NULL",
        "status = 'archived'",
        "status <> 'active' AND completed",
        "project_id = 5000 AND status IN ('active', 'trashed')",
        "false",
        "NULL::boolean",
        "project_id = ANY ('{}')",
        "project_id = NULL",
    ] {
        let cheap = format!("SELECT count(*), count(*) > 3 FROM bc.todos WHERE {condition}");
        let dear = format!(
            "SELECT count(*), count(*) > 3 FROM (SELECT * FROM bc.todos WHERE {condition} OFFSET 0) t"
        );
        assert_eq!(session.rows(&cheap), session.rows(&dear), "{condition}");
    }
    for aggregates in [
        "count(*) FILTER (WHERE completed)",
        "count(*), count(todolist_id)",
        "count(*), max(content)",
        "count(DISTINCT project_id)",
        "completed, count(*)",
    ] {
        let grouped =
            if aggregates.starts_with("completed") { "GROUP BY 1 ORDER BY 1" } else { "" };
        let counted = |from: &str| format!("SELECT {aggregates} FROM {from} {grouped}");
        assert_eq!(session.rows(&counted("bc.todos")), session.rows(&counted(all)), "{aggregates}");
    }
    let having = "SELECT count(*) FROM bc.todos HAVING count(*) > 1000000";
    assert!(session.rows(having).is_empty());
    // A listing of the account is not asked for the project that a subquery is about.
    for table in ["timeline_events", "messages", "comments", "forwards", "question_answers"] {
        let counted = |what: &str| {
            format!(
                "SELECT p.id, (SELECT {what} FROM bc.{table} m WHERE m.project_id = p.id) \
                   FROM bc.projects p ORDER BY 1"
            )
        };
        assert_eq!(session.rows(&counted("count(*)")), session.rows(&counted("count(m.id)")));
    }
    session.run("PREPARE counted (bigint, text) AS SELECT count(*) FROM bc.todos WHERE project_id = $1 AND status = $2");
    for mode in ["force_custom_plan", "force_generic_plan"] {
        session.run(&format!("SET plan_cache_mode = {mode}"));
        for (project, status) in [(5000, "active"), (5001, "trashed"), (5001, "none")] {
            let execute = format!("EXECUTE counted ({project}, '{status}')");
            let read = format!(
                "SELECT count(id) FROM bc.todos WHERE project_id = {project} AND status = '{status}'"
            );
            assert_eq!(session.rows(&execute), session.rows(&read), "{mode}: {execute}");
        }
    }
    session.run("ALTER FOREIGN TABLE bc.todos OPTIONS (ADD maxrows '5')");
    assert_eq!(session.value("SELECT count(*) FROM bc.todos"), "5");
}

#[test]
fn every_table_is_counted_as_it_is_read() {
    let (_simulator, mut session) =
        started(Config { archived: true, disabled_tools: true, ..Config::default() });
    let tables = session.rows(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'bc'::regnamespace AND relkind = 'f'",
    );
    let mut counted = 0;
    for table in tables.iter().filter_map(|row| row[0].clone()) {
        let count = format!("SELECT count(*) FROM bc.{table}");
        let plan = session.explain(&count);
        if !plan.contains("X-Total-Count") {
            continue;
        }
        counted += 1;
        let read = format!("SELECT count(*) FROM (SELECT * FROM bc.{table} OFFSET 0) t");
        assert_eq!(session.rows(&count), session.rows(&read), "{table}\n{plan}");
    }
    assert!(counted > 15, "{counted}");
}

#[test]
fn the_newest_rows_are_the_first_page_of_a_listing_that_sorts() {
    let (simulator, mut session) = account();
    let all = "(SELECT * FROM bc.todos OFFSET 0) t";
    for (query, most) in [
        ("SELECT id, updated_at FROM bc.todos ORDER BY updated_at DESC, id LIMIT 5", 1),
        ("SELECT updated_at FROM bc.todos ORDER BY updated_at DESC LIMIT 5", 1),
        ("SELECT updated_at FROM bc.todos ORDER BY updated_at DESC NULLS LAST LIMIT 5 OFFSET 3", 1),
        ("SELECT updated_at FROM bc.todos ORDER BY updated_at LIMIT 5", 1),
        ("SELECT updated_at FROM bc.todos ORDER BY updated_at DESC LIMIT 40", 3),
        ("SELECT updated_at FROM bc.todos WHERE NOT completed ORDER BY updated_at DESC LIMIT 2", 3),
        ("SELECT created_at FROM bc.todos ORDER BY created_at LIMIT 20", 2),
        ("SELECT max(updated_at) FROM bc.todos", 1),
        ("SELECT min(created_at), max(created_at) FROM bc.todos", 2),
        ("SELECT max(updated_at) FROM bc.todos WHERE project_id = 5000", 1),
        ("SELECT max(updated_at) FROM bc.todos WHERE updated_at > now()", 1),
        ("SELECT max(updated_at) FROM bc.todos WHERE updated_at > '2020-01-01'::date", 1),
        (
            "SELECT updated_at FROM bc.todos ORDER BY updated_at DESC FETCH FIRST 3 ROWS WITH TIES",
            1,
        ),
    ] {
        same(&simulator, &mut session, (query, most), &query.replace("bc.todos", all));
    }
    for query in [
        "SELECT id FROM bc.todos WHERE id % 7 = 0 ORDER BY updated_at DESC LIMIT 3",
        "SELECT id FROM bc.todos WHERE updated_at < '2020-01-02' ORDER BY updated_at DESC LIMIT 3",
        "SELECT DISTINCT todolist_id FROM bc.todos ORDER BY todolist_id LIMIT 3",
        "SELECT max(updated_at), count(*) FROM bc.todos",
        "SELECT updated_at FROM bc.vaults ORDER BY updated_at DESC LIMIT 3",
        "SELECT updated_at FROM bc.recordings ORDER BY updated_at DESC LIMIT 20",
        "SELECT updated_at FROM bc.forwards ORDER BY updated_at DESC LIMIT 3",
    ] {
        let table =
            query.split("FROM ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("");
        let dear = query.replace(table, &format!("(SELECT * FROM {table} OFFSET 0) t"));
        assert_eq!(session.sorted(query), session.sorted(&dear), "{query}");
    }
}

#[test]
fn what_changed_since_is_read_newest_first_until_it_is_older() {
    let (simulator, mut session) = account();
    let all = "(SELECT * FROM bc.todos OFFSET 0) t";
    let newest = session.value("SELECT max(updated_at) FROM bc.todos");
    let (rows, requests) = asked(
        &simulator,
        &mut session,
        "SELECT * FROM bc.todos WHERE updated_at > now() - interval '1 day'",
    );
    assert_eq!((rows.len(), requests), (0, 1));
    for (condition, most) in [
        (format!("updated_at >= '{newest}'"), 1),
        (format!("updated_at > '{newest}'"), 1),
        (format!("updated_at > '{newest}'::timestamptz - interval '300 s'"), 4),
        (format!("'{newest}'::timestamptz - interval '300 s' < updated_at"), 4),
        (format!("updated_at BETWEEN '{newest}' AND 'infinity'"), 1),
        ("updated_at > 'infinity'".to_owned(), 1),
        ("updated_at > NULL::timestamptz".to_owned(), 0),
        (format!("created_at > (SELECT max(created_at) - interval '9 s' FROM {all})"), 154),
        ("updated_at > '2021-01-01'::date".to_owned(), 1),
        ("created_at < '2019-01-01'".to_owned(), 1),
        ("status = 'archived' AND updated_at > '2021-01-01'".to_owned(), 1),
    ] {
        let query = format!("SELECT id, updated_at FROM bc.todos WHERE {condition}");
        same(&simulator, &mut session, (&query, most), &query.replace("bc.todos", all));
    }
    for day in ["2020-01-01", "2020-01-02", "2020-01-03"] {
        let query = format!("SELECT id FROM bc.todos WHERE updated_at >= '{day}'::date");
        let dear = query.replace("bc.todos", all);
        let zone = "SET timezone = 'Pacific/Auckland'";
        same_under(zone, &simulator, &mut session, (&query, 200), &dear);
    }
}

#[test]
fn a_join_asks_for_what_it_is_joined_with() {
    let (simulator, mut session) = account();
    let ids = "SELECT id::bigint FROM bc.todos LIMIT 20";
    session.run(&format!("CREATE TABLE few AS {ids}; ANALYZE few"));
    session.run("CREATE TABLE many AS SELECT id FROM few, generate_series(1, 30); ANALYZE many");
    session.run(
        "CREATE TABLE lists AS SELECT id::bigint FROM bc.todolists ORDER BY id LIMIT 10; \
         ANALYZE lists",
    );
    let all = "(SELECT * FROM bc.todos OFFSET 0) t";
    // A join only narrows, so that the projects in scope are listed beside: 20 of them on 2 pages.
    let query = "SELECT t.id, t.content FROM few JOIN bc.todos t USING (id)";
    same(&simulator, &mut session, (query, 22), &query.replace("bc.todos t", all));
    // No further than to the project that they are in, which is on the first page.
    session.run(
        "CREATE TABLE near AS SELECT id::bigint FROM bc.todos WHERE project_id = 5019 LIMIT 20; \
         ANALYZE near",
    );
    let query = "SELECT t.id, t.content FROM near JOIN bc.todos t USING (id)";
    same(&simulator, &mut session, (query, 21), &query.replace("bc.todos t", all));
    let query = "SELECT t.id, t.content FROM many JOIN bc.todos t USING (id)";
    same(&simulator, &mut session, (query, 22), &query.replace("bc.todos t", all));
    let lists = session.rows("SELECT id FROM lists");
    let alone = lists.iter().filter_map(|row| row[0].clone()).map(|id| {
        let query = format!("SELECT content FROM bc.todos WHERE todolist_id = {id}");
        asked(&simulator, &mut session.second(), &query).1
    });
    let least = alone.sum::<usize>() + 2;
    assert!(least < 70, "{least}");
    let query = "SELECT t.id, t.content FROM lists l JOIN bc.todos t ON t.todolist_id = l.id";
    same(&simulator, &mut session, (query, least), &query.replace("bc.todos t", all));
}

#[test]
fn a_parameter_that_comes_again_is_not_asked_for_again() {
    let (simulator, mut session) = started(Config::default());
    session.run(
        "CREATE TABLE keys AS SELECT n, l.id::bigint AS list, l.name \
           FROM generate_series(1, 6) n, (SELECT * FROM bc.todolists ORDER BY id LIMIT 3) l; \
         ANALYZE keys",
    );
    let least = asked(
        &simulator,
        &mut session.second(),
        "SELECT content FROM bc.todos WHERE \
        todolist_id IN (SELECT list FROM keys)",
    )
    .1
    .min(14);
    let outer = "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; \
                 SET enable_memoize = off";
    let all = "(SELECT * FROM bc.todos OFFSET 0)";
    for (query, most) in [
        (
            "SELECT n, (SELECT count(content) FROM bc.todos t WHERE t.todolist_id = list) FROM keys",
            least,
        ),
        ("SELECT n, t.content FROM keys JOIN bc.todos t ON t.todolist_id = list", least),
        (
            "SELECT n, s.content FROM keys LEFT JOIN LATERAL (SELECT * FROM bc.todos t \
            WHERE t.todolist_id = list OFFSET 0) s ON true",
            least,
        ),
        // What is asked does not depend on the row that it is compared with.
        ("SELECT n, (SELECT max(t.id) FROM bc.todos t WHERE t.content > keys.name) FROM keys", 7),
    ] {
        for settings in ["", outer] {
            let read = query.replace("bc.todos", all);
            same_under(settings, &simulator, &mut session, (query, most), &read);
        }
    }
    // What was written is seen by the next statement.
    let counted = "SELECT sum(c) FROM (SELECT (SELECT count(content) FROM bc.todos t WHERE t.todolist_id = list) c FROM keys) s";
    let before: i64 = session.value(counted).parse().expect("a number");
    session
        .run("INSERT INTO bc.todos (todolist_id, content) SELECT min(list), 'One more' FROM keys");
    let after: i64 = session.value(counted).parse().expect("a number");
    assert_eq!(after, before + 6);
    session.run("ALTER FOREIGN TABLE bc.todos OPTIONS (ADD maxrows '2')");
    let (rows, requests) = asked(&simulator, &mut session, counted);
    assert_eq!(rows, [[Some("36".to_owned())]]);
    assert!(requests <= least, "{requests}");
}

#[test]
fn only_rows_that_are_delivered_are_completed() {
    let (simulator, mut session) = started(Config::default());
    let (rows, requests) = asked(&simulator, &mut session, "SELECT * FROM bc.people LIMIT 10");
    assert_eq!((rows.len(), requests), (10, 11));
    for query in [
        "SELECT EXISTS (SELECT 1 FROM bc.todos)",
        "SELECT EXISTS (SELECT 1 FROM bc.todos WHERE content <> '')",
        "SELECT 1 FROM bc.todos WHERE content <> '' LIMIT 1",
        "SELECT 1 FROM bc.todos WHERE project_id = 5000 LIMIT 1",
    ] {
        assert_eq!(asked(&simulator, &mut session, query).1, 1, "{query}");
    }
    for condition in [
        "false",
        "project_id = NULL",
        "id = ANY ('{}')",
        "status = 'none'",
        "status = 'active' AND status = 'archived'",
        "updated_at > NULL",
    ] {
        let query = format!("SELECT * FROM bc.todos WHERE {condition}");
        assert_eq!(asked(&simulator, &mut session, &query), (Vec::new(), 0), "{condition}");
    }
}

#[test]
fn a_search_is_narrowed_by_words_that_it_understands_and_by_no_others() {
    let (simulator, session) = account();
    let all = "(SELECT * FROM bc.search_results WHERE q = 'a' OFFSET 0) s";
    for (condition, series) in [
        ("type = 'Message'", Some(vec!["type_names%5B%5D=Message"])),
        (
            "type IN ('Todo', 'Kanban::Card')",
            Some(vec!["type_names%5B%5D=Kanban%3A%3ACard", "type_names%5B%5D=Todo"]),
        ),
        // No key of a search, and one of which it is not known to be.
        ("type IN ('Todo', 'Todolist')", None),
        ("type = 'Chat::Lines::Text'", None),
        ("type IS NULL", None),
    ] {
        let mut session = session.second();
        let expected = session.sorted(&format!("SELECT id, type FROM {all} WHERE {condition}"));
        session.run("SELECT basecamp.clear_cache()");
        let sql = format!("SELECT id, type FROM bc.search_results WHERE q = 'a' AND {condition}");
        let (mut rows, _) = asked(&simulator, &mut session, &sql);
        rows.sort();
        assert_eq!(rows, expected, "{condition}");
        assert!(!rows.is_empty() || condition.contains("NULL"), "{condition}");
        let mut said: Vec<String> = simulator
            .requests()
            .iter()
            .flat_map(|request| request.query.split('&').map(str::to_owned).collect::<Vec<_>>())
            .filter(|pair| pair.starts_with("type_names"))
            .collect();
        said.sort();
        said.dedup();
        assert_eq!(said, series.unwrap_or_default(), "{condition}");
        // What a word brings beside its own type must not end the listing early.
        let first = format!("{sql} ORDER BY id LIMIT 3");
        assert_eq!(session.rows(&first).len(), expected.len().min(3), "{condition}");
        assert_eq!(session.rows(&format!("{sql} LIMIT 3")).len(), expected.len().min(3));
    }
}

/// What the requests of a query said under one name, sorted.
fn said(simulator: &Simulator, name: &str) -> Vec<String> {
    let requests = simulator.requests();
    let pairs = requests.iter().flat_map(|request| request.query.split('&'));
    let of_name = pairs.filter_map(|pair| pair.strip_prefix(&format!("{name}=")));
    let mut words: Vec<String> = of_name.map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

#[test]
fn what_no_record_shows_is_asked_by_and_shown() {
    let (simulator, mut session) = account();
    let (files, found) = ("bc.files WHERE true", "bc.search_results WHERE q = 'body'");
    for (table, condition, name, words) in [
        (files, "kind = 'images'", "kind", vec!["images"]),
        (files, "kind IN ('pdfs', 'documents')", "kind", vec!["documents", "pdfs"]),
        (found, "file_type = 'Image'", "file_type", vec!["Image"]),
        (found, "file_type IN ('Image', 'PDF')", "file_type", vec!["Image", "PDF"]),
        (found, "exclude_chat", "exclude_chat", vec!["1"]),
    ] {
        simulator.clear_requests();
        let number = |session: &mut Session, counted: &str, rest: &str| {
            let count = session.value(&format!("SELECT count({counted}) FROM {table}{rest}"));
            count.parse::<usize>().expect("a number")
        };
        let all = number(&mut session, "record", "");
        assert_eq!(said(&simulator, name), Vec::<String>::new(), "{condition}");
        let narrowed = number(&mut session, "record", &format!(" AND {condition}"));
        assert_eq!(said(&simulator, name), words, "{condition}");
        assert!(0 < narrowed && narrowed < all, "{condition}: {narrowed} of {all}");
        // Without reading them, and of some alone.
        assert_eq!(
            number(&mut session, "*", &format!(" AND {condition}")),
            narrowed,
            "{condition}"
        );
        let few = session.rows(&format!("SELECT 1 FROM {table} AND {condition} LIMIT 2"));
        assert_eq!(few.len(), narrowed.min(2), "{condition}");
    }
}

#[test]
fn a_search_goes_as_far_back_and_in_the_order_that_it_is_told() {
    let (simulator, mut session) = account();
    let found = "bc.search_results WHERE q = 'a' AND project_id = 5000";
    // The simulated account has nothing that is new.
    assert_eq!(session.rows(&format!("SELECT 1 FROM {found} AND since = 'last_7_days'")).len(), 0);
    assert_eq!(said(&simulator, "since"), ["last_7_days"]);
    let ids = |session: &mut Session, sort: &str| {
        session.rows(&format!("SELECT id FROM {found} AND {sort}"))
    };
    let best = ids(&mut session, "since = 'forever'");
    let newest = ids(&mut session, "sort = 'recency'");
    let by_age = session.rows(&format!("SELECT id FROM {found} ORDER BY created_at DESC, id DESC"));
    assert_eq!(newest, by_age);
    assert_ne!(best, newest);
    let both = ids(&mut session, "sort IN ('best_match', 'recency')");
    assert_eq!(both.len(), 2 * best.len());
    assert_eq!(ids(&mut session, "sort IS NULL").len(), 0);
}

#[test]
fn what_a_row_was_asked_by_is_the_same_in_every_join() {
    let (_simulator, mut session) = account();
    session.run("CREATE TABLE asked AS VALUES ('Image', 'images'), ('best_match', 'all')");
    let mut counts = Vec::new();
    for method in ["nestloop", "hashjoin", "mergejoin"] {
        let others = ["nestloop", "hashjoin", "mergejoin"].into_iter().filter(|it| *it != method);
        for other in others {
            session.run(&format!("SET enable_{other} = off"));
        }
        counts.push(session.rows(
            "SELECT (SELECT count(*) FROM asked JOIN bc.search_results s ON s.file_type = column1 WHERE q = 'a'), \
             (SELECT count(*) FROM asked JOIN bc.search_results s ON s.sort = column1 WHERE q = 'a'), \
             (SELECT count(*) FROM asked JOIN bc.files f ON f.kind = column2)",
        ));
        session.run("RESET ALL");
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[0], counts[2]);
    let all = session.rows(
        "SELECT 0, (SELECT count(*) FROM bc.search_results WHERE q = 'a'), count(*) FROM bc.files",
    );
    assert_eq!(counts[0], all);
}
