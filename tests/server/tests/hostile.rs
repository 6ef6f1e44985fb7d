//! What a server sends harms neither a statement's neighbours nor the cluster: each fault through SQL.
//!
//! The outcomes are those of the table that the pure half is held to, which asks without TLS.

use std::os::unix::fs::MetadataExt as _;
use std::process::Command;
use std::time::Duration;

use hostile::{FAULTS, Matrix, OPEN, OTHER, SAME, Server};
use server_tests::audit::until;
use server_tests::{Cluster, Session, cluster, give_away, peak_memory};
use simulator::{Config, Simulator};

/// A simulator, what spoils its answers, and a session that reads through it.
fn account() -> (Simulator, Server, Session) {
    let config = Config { projects: 3, todolists: 4, todos: 400, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let server = Server::start_tls(&simulator).expect("a port");
    let mut session = Session::empty();
    let (url, account, token) = (server.url(), simulator.account(), simulator.token());
    let trusted = trusted(&server);
    session.run(&format!(
        "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '{account}', \
           url '{url}', oauthurl '{url}', {trusted}, ratelimit '0', maxattempts '1', projectid 'all'); \
         CREATE USER MAPPING FOR PUBLIC SERVER bc OPTIONS (oauthaccesstoken '{token}'); \
         CREATE SCHEMA bc; IMPORT FOREIGN SCHEMA v3 FROM SERVER bc INTO bc"
    ));
    (simulator, server, session)
}

/// The option that trusts a server's certificate, in a file that PostgreSQL can read.
fn trusted(server: &Server) -> String {
    let port = server.url().rsplit(':').next().map(str::to_owned).expect("a port");
    let path = cluster().folder().join(format!("hostile-{port}.pem"));
    std::fs::write(&path, server.certificate().expect("a certificate")).expect("a file");
    give_away(&path);
    format!("cacert '{}'", path.display())
}

/// The cluster is as it was: nothing panicked, and no process died.
fn assert_unharmed() {
    let log = cluster().log();
    for sign in ["terminated by signal", "panicked", "terminating any other active"] {
        let line = log.lines().find(|line| line.contains(sign));
        assert!(line.is_none(), "{line:?}");
    }
}

/// The questions of the table, in SQL: a digest of all columns but `record`, or of that, and a number.
fn questions(session: &mut Session, simulator: &Simulator) -> Vec<(&'static str, String)> {
    let todo = &simulator.dump("todos")[0];
    let (id, list) = (&todo["id"], &todo["parent"]["id"]);
    let person = &simulator.dump("people")[0]["id"];
    let mut columns = |table: &str| {
        session.value(&format!(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute \
             WHERE attrelid = 'bc.{table}'::regclass AND attnum > 0 AND attname <> 'record'"
        ))
    };
    let digest = |columns: &str, table: &str, condition: &str| {
        format!(
            "SELECT md5(string_agg(row::text, '' ORDER BY row::text)), count(*) \
             FROM (SELECT ROW({columns}) AS row FROM bc.{table} {condition}) s"
        )
    };
    let of_list = format!("WHERE todolist_id = {list}");
    let (todos, events) = (columns("todos"), columns("timeline_events"));
    vec![
        ("list", digest(&todos, "todos", &of_list)),
        ("record", digest("id, todolist_id, record", "todos", &of_list)),
        ("one", digest(&todos, "todos", &format!("WHERE id = {id}"))),
        ("all", digest(&todos, "todos", "")),
        ("around", digest(&events, "timeline_events", &format!("WHERE creator_id = {person}"))),
    ]
}

/// The rows as a digest and a number, or an SQLSTATE.
fn asked(session: &mut Session, sql: &str) -> Result<Vec<Option<String>>, String> {
    match session.client.simple_query(sql) {
        Ok(messages) => Ok(messages
            .iter()
            .find_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
                }
                _ => None,
            })
            .unwrap_or_default()),
        Err(error) => Err(error.code().map_or("no SQLSTATE", |code| code.code()).to_owned()),
    }
}

#[test]
fn every_fault_has_its_outcome_in_sql_and_the_cluster_never_restarts() {
    let (simulator, server, mut session) = account();
    let questions = questions(&mut session, &simulator);
    let whole: Vec<_> = questions.iter().map(|(_, sql)| asked(&mut session, sql)).collect();
    let backend = session.backend();
    let expected = Matrix::expected();
    let mut wrong = Vec::new();
    for fault in FAULTS {
        if fault.slow {
            session.run("ALTER SERVER bc OPTIONS (ADD timeout '1')");
        }
        for ((name, sql), whole) in questions.iter().zip(&whole) {
            let wanted = expected.outcome(fault.name, name).expect("a cell");
            server.spoil(Some(fault));
            let found = asked(&mut session, sql);
            server.spoil(None);
            let outcome = match &found {
                Ok(rows) if Ok(rows) == whole.as_ref() => SAME.to_owned(),
                Ok(rows) if whole.as_ref().is_ok_and(|whole| rows[1] == whole[1]) => {
                    OTHER.to_owned()
                }
                Ok(rows) => format!("{}rows", rows[1].as_deref().unwrap_or_default()),
                Err(code) => code.clone(),
            };
            // PostgreSQL checks the condition again, which a record without anything does not satisfy.
            let checked = fault.name == "element-empty" && *name == "around";
            // A session that has kept the answer asks whether it changed, and believes the 304.
            let kept = fault.name == "status-304" && outcome == SAME;
            if !wanted.ends_with(OPEN) && outcome != wanted && !checked && !kept {
                wrong.push(format!("{} {name}: {outcome}, not {wanted}", fault.name));
            }
        }
        if fault.slow {
            session.run("ALTER SERVER bc OPTIONS (DROP timeout)");
        }
        let (good, rows) = (&questions[2].1, &whole[2]);
        assert!(&asked(&mut session, good) == rows, "the next question after {}", fault.name);
    }
    assert_eq!(session.backend(), backend, "the session lives");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_unharmed();
}

#[test]
fn answers_that_are_changed_at_random_harm_no_session() {
    let (simulator, server, mut session) = account();
    let questions = questions(&mut session, &simulator);
    let backend = session.backend();
    for seed in 0..300 {
        server.mutate(seed);
        let (_, sql) = &questions[seed as usize % questions.len()];
        if let Err(code) = asked(&mut session, sql) {
            assert_ne!(code, "XX000", "seed {seed}");
        }
    }
    server.spoil(None);
    assert!(asked(&mut session, &questions[0].1).is_ok());
    assert_eq!(session.backend(), backend, "the session lives");
    assert_unharmed();
}

#[test]
fn an_answer_of_many_records_and_a_bound_that_is_met_cost_little_memory() {
    let (_simulator, server, mut session) = account();
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
    let backend = session.backend();
    let before = peak_memory(backend);
    server.spoil(FAULTS.iter().find(|fault| fault.name == "many-records"));
    assert_eq!(session.refusal("SELECT * FROM bc.people").code, "54000");
    let mebibytes = peak_memory(backend).saturating_sub(before) / (1024 * 1024);
    println!("1,500,001 records in 4.5 MB: {mebibytes} MiB more");
    assert!(mebibytes < 64, "{mebibytes} MiB");
    server.spoil(FAULTS.iter().find(|fault| fault.name == "oversized"));
    session.run("SET basecamp_fdw.memory_limit = '8MB'");
    let refused = session.refusal("SELECT * FROM bc.people");
    assert_eq!(refused.code, "53200", "{refused:?}");
    server.spoil(None);
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
    assert_unharmed();
}

#[test]
fn clients_of_a_session_are_bounded() {
    let (_simulator, server, mut session) = account();
    let (url, trusted, backend) = (server.url(), trusted(&server), session.backend());
    let sockets = || {
        let files = std::fs::read_dir(format!("/proc/{backend}/fd")).expect("the backend's files");
        files.count()
    };
    let mut read = |number: usize| {
        session.run(&format!(
            "CREATE SERVER s{number} FOREIGN DATA WRAPPER basecamp_fdw \
               OPTIONS (accountid '1234567', url '{url}', oauthurl '{url}', {trusted}, ratelimit '0'); \
             CREATE USER MAPPING FOR PUBLIC SERVER s{number} \
               OPTIONS (oauthaccesstoken 'simulated-token'); \
             CREATE SCHEMA s{number}; \
             IMPORT FOREIGN SCHEMA v3 LIMIT TO (people) FROM SERVER s{number} INTO s{number}"
        ));
        assert_eq!(session.value(&format!("SELECT count(*) FROM s{number}.people")), "25");
    };
    (0..20).for_each(&mut read);
    let before = sockets();
    (20..60).for_each(&mut read);
    let grown = sockets().saturating_sub(before);
    println!("40 servers more: {grown} descriptors more");
    assert!(grown <= 8, "{before} descriptors grew by {grown}");
}

#[test]
fn a_pause_without_end_does_not_freeze_a_session() {
    let (simulator, server, mut session) = account();
    let good = &questions(&mut session, &simulator)[2].1;
    let pause = FAULTS.iter().find(|fault| fault.name == "pause-503-date");
    server.spoil(pause);
    let refused = session.refusal(good);
    assert_eq!(refused.code, "53400", "{refused:?}");
    assert!(refused.detail.contains("31 Dec 9999"), "{refused:?}");
    server.spoil(None);
    let started = std::time::Instant::now();
    assert!(asked(&mut session, good).is_ok());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_name_that_does_not_resolve_and_values_that_cannot_be_kept_are_errors_of_one_statement() {
    let (_simulator, server, mut session) = account();
    session.run("ALTER SERVER bc OPTIONS (SET url 'https://nobody.invalid')");
    assert_eq!(session.refusal("SELECT * FROM bc.people").code, "08001");
    let url = server.url();
    session.run(&format!("ALTER SERVER bc OPTIONS (SET url '{url}')"));
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
    let deep = "SELECT basecamp.person_ids((repeat('[', 5000) || repeat(']', 5000))::jsonb)";
    assert_eq!(session.value(deep), "{}");
    assert_unharmed();
}

/// The threads of a process.
fn threads(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/task")).expect("a process").count()
}

/// A server whose name is this, with the tables of the account in a schema of that name.
fn named(session: &mut Session, simulator: &Simulator, server: &str, host: &str) {
    let url = simulator.url().replace("127.0.0.1", host);
    let (account, token) = (simulator.account(), simulator.token());
    session.run(&format!(
        "CREATE SERVER {server} FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '{account}', \
           url '{url}', oauthurl '{url}', timeout '1', maxattempts '1', projectid 'all'); \
         CREATE USER MAPPING FOR PUBLIC SERVER {server} OPTIONS (oauthaccesstoken '{token}'); \
         CREATE SCHEMA {server}; IMPORT FOREIGN SCHEMA v3 FROM SERVER {server} INTO {server}"
    ));
}

#[test]
fn a_name_that_is_looked_up_for_ever_takes_one_statement_its_time_and_nothing_from_the_next() {
    let simulator = Simulator::start(Config { projects: 2, ..Config::default() }).expect("a port");
    let mut cluster = Cluster::with_hanging_names();
    let mut session = cluster.database();
    named(&mut session, &simulator, "good", "localhost");
    for number in 0..8 {
        named(&mut session, &simulator, &format!("bad{number}"), "hanging.localhost");
    }
    for number in 0..8 {
        let refused = session.refusal(&format!("SELECT count(*) FROM bad{number}.people"));
        assert_eq!(refused.code, "08001", "{refused:?}");
        assert!(refused.detail.contains("hanging.localhost"), "{refused:?}");
    }
    session.run("SET statement_timeout = '200ms'");
    assert_eq!(session.refusal("SELECT count(*) FROM bad0.people").code, "57014");
    session.run("RESET statement_timeout");
    session.run(
        "CREATE SERVER login FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1234567', \
           url 'http://hanging.localhost:1', oauthurl 'http://hanging.localhost:1', timeout '1'); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER login OPTIONS (oauthclientid 'simulated', \
           oauthclientsecret 'simulated', oauthrefreshtoken 'simulated')",
    );
    let refused = session.refusal("SELECT * FROM basecamp.refresh_oauth_access_token('login')");
    assert_eq!(refused.code, "08001", "{refused:?}");
    // The name of the good one has to be looked up too, beside those that hang.
    let people = session.value("SELECT count(*) FROM good.projects");
    session.run("DISCARD ALL");
    assert_eq!(session.value("SELECT count(*) FROM good.projects"), people);
    let threads = threads(session.backend());
    println!("a backend after 9 lookups that hang: {threads} threads");
    assert!(threads <= 6, "each lookup that hangs has a thread of its own: {threads}");
    let backend = session.backend();
    drop(session);
    until("the backend ends", || {
        (!std::path::Path::new(&format!("/proc/{backend}")).exists()).then_some(())
    });
    cluster.stop();
}

/// The sockets of a process.
fn sockets(process: u32) -> usize {
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).expect("the backend's files");
    let targets = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

#[test]
fn what_a_session_holds_goes_with_its_server_its_mapping_and_discard_all() {
    let (_simulator, _server, mut session) = account();
    let backend = session.backend();
    let mut other = session.second();
    for gone in ["DISCARD ALL", "ALTER SERVER bc OPTIONS (ADD timeout '20')"] {
        assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
        let held = sockets(backend);
        session.run("SELECT 1; DISCARD PLANS");
        assert_eq!(sockets(backend), held, "nothing that concerns it happened");
        session.run(gone);
        until(gone, || (sockets(backend) < held).then_some(()));
    }
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
    let held = sockets(backend);
    other.run("DROP SERVER bc CASCADE");
    session.run("SELECT 1");
    until("another session dropped it", || (sockets(backend) < held).then_some(()));
}

#[test]
fn descriptors_are_announced_to_postgresql_and_given_back() {
    let simulator = Simulator::start(Config { projects: 2, ..Config::default() }).expect("a port");
    let cluster = Cluster::start(&["max_files_per_process=64"]);
    let mut session = cluster.database();
    let mapping = format!("oauthaccesstoken '{}'", simulator.token());
    session.connected(&simulator, ", projectid 'all'", &mapping);
    let people = session.value("SELECT count(*) FROM bc.people");
    for _ in 0..50 {
        assert_eq!(session.value("SELECT count(*) FROM bc.people"), people, "none is forgotten");
    }
    let all = vec!["SELECT id FROM bc.people"; 30].join(" UNION ALL ");
    let refused = session.refusal(&all);
    assert_eq!(refused.code, "53000", "{refused:?}");
    assert!(refused.hint.contains("max_files_per_process"), "{refused:?}");
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), people, "all were given back");
}

#[test]
fn a_product_of_conditions_is_refused_before_it_costs_memory() {
    let (_simulator, _server, mut session) = account();
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), "25");
    let backend = session.backend();
    let before = peak_memory(backend);
    let ids: Vec<String> = (1..=2500).map(|id| id.to_string()).collect();
    let ids = format!("'{{{}}}'::bigint[]", ids.join(","));
    let product = format!(
        "SELECT * FROM bc.client_replies \
         WHERE project_id = ANY({ids}) AND recording_id = ANY({ids})"
    );
    let refused = session.refusal(&product);
    assert_eq!(refused.code, "54000", "{refused:?}");
    assert!(refused.detail.contains("2500 of ") && !refused.hint.is_empty(), "{refused:?}");
    let mebibytes = peak_memory(backend).saturating_sub(before) / (1024 * 1024);
    println!("2,500 by 2,500 addresses: {mebibytes} MiB more");
    assert!(mebibytes < 32, "{mebibytes} MiB");
    assert_unharmed();
}

/// Bounds the address space of a process to what it has and so much more.
fn confine(process: u32, more: u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).expect("its size");
    let kibibytes: u64 = size.trim().trim_end_matches(" kB").parse().expect("a number");
    let limit = format!("--as={}", kibibytes * 1024 + more);
    // As whoever the process belongs to: root of a container may not do it for others.
    let owner = std::fs::metadata(format!("/proc/{process}")).expect("a process").uid();
    let (user, group) = (format!("--reuid={owner}"), format!("--regid={owner}"));
    let mut command = Command::new("setpriv");
    if owner != std::fs::metadata("/proc/self").expect("a process").uid() {
        command.args([&user, &group, "--clear-groups"]);
    }
    let done = command.args(["prlimit", "--pid", &process.to_string(), &limit]).status();
    assert!(done.is_ok_and(|done| done.success()), "prlimit");
}

#[test]
fn a_backend_whose_memory_is_bounded_ends_statements_and_not_itself() {
    let (simulator, server, mut session) = account();
    let questions = questions(&mut session, &simulator);
    session.run("SET basecamp_fdw.memory_limit = '64MB'");
    let whole: Vec<_> = questions.iter().map(|(_, sql)| asked(&mut session, sql)).collect();
    let backend = session.backend();
    confine(backend, 256 * 1024 * 1024);
    let giants = ["many-records", "oversized", "gzip-bomb", "nested", "error-giant"];
    for fault in FAULTS.iter().filter(|fault| giants.contains(&fault.name)) {
        for (name, sql) in &questions {
            server.spoil(Some(fault));
            let refused = asked(&mut session, sql);
            let code = refused.as_ref().err().map_or("", String::as_str);
            // Memory of PostgreSQL's own is 53200 too.
            let expected = ["53200", "54000", "HV000", "22023"];
            let fine = refused.is_ok() || expected.contains(&code);
            assert!(fine, "{} {name}: {refused:?}", fault.name);
        }
        server.spoil(None);
        for ((name, sql), whole) in questions.iter().zip(&whole) {
            assert_eq!(&asked(&mut session, sql), whole, "{name} after {}", fault.name);
        }
    }
    assert_eq!(session.backend(), backend, "the session lives");
    assert_unharmed();
}
