//! No token is lost and none goes astray, on a server that lets nobody use a refresh token twice.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use authority::{Act, Authority, Config, Issue, Rule};
use server_tests::{Cluster, Refusal, Session, cluster, give_away};

/// Options of a mapping that renews.
const RENEWS: &str = ", initiateoauth 'REFRESH'";
/// A query that needs a token, and what it gives.
const ASK: &str = "SELECT count(*) FROM bc.people";
const PEOPLE: &str = "3";
const WORKERS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'basecamp_fdw tokens'";
const BY_HAND: &str = "SELECT * FROM basecamp.refresh_oauth_access_token('bc')";

fn authority() -> Authority {
    Authority::start(Config::default()).expect("a port")
}

/// A file that the server can write, of a name of its own.
fn settings(cluster: &Cluster, name: &str) -> PathBuf {
    cluster.folder().join(format!("keeping-{name}"))
}

fn in_file(path: &Path) -> String {
    format!("{RENEWS}, oauthsettingslocation '{}'", path.display())
}

/// Stores the tokens of a new grant.
fn store(session: &mut Session, authority: &Authority) -> Issue {
    let issue = authority.grant();
    session.rows(&set(&issue));
    issue
}

fn set(issue: &Issue) -> String {
    format!("SELECT basecamp.set_oauth_tokens('bc', '{}', '{}')", issue.access, issue.refresh)
}

/// A database with server `bc`, and the tokens of a new grant.
fn connected(cluster: &Cluster, authority: &Authority, mapping: &str) -> (Session, Issue) {
    let mut session = cluster.database();
    session.audited(authority, "", mapping);
    let issue = store(&mut session, authority);
    (session, issue)
}

fn late(authority: &Authority, milliseconds: u64) {
    authority.set_rules([Rule::token(Act::Late(milliseconds)).times(1)]);
}

/// Runs a statement in a session of its own; gives its process and, in the end, its SQLSTATE.
fn run(session: &Session, sql: &str) -> (u32, JoinHandle<Result<(), String>>) {
    let (mut own, sql) = (session.second(), sql.to_owned());
    let process = own.backend();
    let outcome = std::thread::spawn(move || match own.client.simple_query(&sql) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.code().map_or("lost".to_owned(), |code| code.code().to_owned())),
    });
    (process, outcome)
}

fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn asked(authority: &Authority, times: usize) {
    wait_until("a request", || authority.requests_to("/authorization/token").len() >= times);
}

/// Nothing of a grant was presented twice, and what rests is good.
fn assert_kept(session: &mut Session, authority: &Authority, grant: usize) {
    assert_eq!(session.value(ASK), PEOPLE);
    session.rows(BY_HAND);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(authority.grant_of(grant).end, None, "presented twice");
}

fn refused(mut session: Session, sql: &str) -> Refusal {
    session.refusal(sql)
}

// 1. Whoever presents a refresh token outlives what asked for it

#[test]
fn an_answer_that_is_late_is_kept_in_table_and_file_however_the_statement_ends() {
    let cluster = cluster();
    let file = settings(cluster, "late");
    for mapping in [RENEWS.to_owned(), in_file(&file)] {
        for end in ["timeout", "pg_cancel_backend", "pg_terminate_backend"] {
            let authority = authority();
            let (mut session, issue) = connected(cluster, &authority, &mapping);
            authority.expire();
            late(&authority, 1500);
            let sql = if end == "timeout" {
                format!("SET statement_timeout = '400ms'; {ASK}")
            } else {
                ASK.to_owned()
            };
            let (process, outcome) = run(&session, &sql);
            asked(&authority, 1);
            if end != "timeout" {
                session.rows(&format!("SELECT {end}({process})"));
            }
            assert!(outcome.join().expect("no panic").is_err(), "{end}");
            assert_eq!(authority.asked_for(issue.grant), 1, "{end}");
            // The next one waits for what is under way.
            assert_eq!(session.value(ASK), PEOPLE, "{end} {mapping}");
            assert_eq!(authority.asked_for(issue.grant), 1, "{end} {mapping}");
            assert_kept(&mut session, &authority, issue.grant);
            let _ = std::fs::remove_file(&file);
        }
    }
}

#[test]
fn a_code_whose_exchange_is_cancelled_is_not_lost() {
    let cluster = cluster();
    let file = settings(cluster, "code");
    for mapping in [RENEWS.to_owned(), in_file(&file)] {
        let authority = authority();
        let mut session = cluster.database();
        session.audited(&authority, "", &mapping);
        let code = authority.code("http://127.0.0.1:33333/");
        late(&authority, 800);
        let (process, outcome) = run(
            &session,
            &format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{code}')"),
        );
        asked(&authority, 1);
        session.rows(&format!("SELECT pg_cancel_backend({process})"));
        assert_eq!(outcome.join().expect("no panic"), Err("57014".to_owned()));
        wait_until("the worker's end", || session.value(WORKERS) == "0");
        assert_kept(&mut session, &authority, 0);
    }
}

#[test]
fn nothing_is_presented_where_the_answer_could_not_be_kept() {
    let cluster = cluster();
    let folder = settings(cluster, "full");
    std::fs::create_dir(&folder).expect("made");
    give_away(&folder);
    let file = folder.join("settings");
    let authority = authority();
    let (mut session, issue) = connected(cluster, &authority, &in_file(&file));
    authority.expire();
    let mode = |mode: &str| {
        let changed = std::process::Command::new("chmod").arg(mode).arg(&folder).status();
        assert!(changed.is_ok_and(|status| status.success()));
    };
    mode("500");
    let refused = session.refusal(ASK);
    mode("700");
    assert_eq!(refused.code, "55000", "{refused:?}");
    assert_eq!(authority.asked_for(issue.grant), 0, "{refused:?}");
    assert_kept(&mut session, &authority, issue.grant);
}

// 2. Keys

#[test]
fn a_key_that_was_rotated_twice_with_a_savepoint_opens_everything() {
    let (authority, cluster) = (authority(), Cluster::start(&["max_prepared_transactions=2"]));
    let (mut session, issue) = connected(&cluster, &authority, RENEWS);
    let rotate = "SELECT basecamp.rotate_encryption_key()";
    for statements in [
        format!("{rotate}; SAVEPOINT a; {rotate}; ROLLBACK TO a"),
        format!("SAVEPOINT a; {rotate}; ROLLBACK TO a; {rotate}"),
        format!("SAVEPOINT a; {rotate}; ROLLBACK TO a"),
        format!("{rotate}; {rotate}; SAVEPOINT a; {rotate}; RELEASE a"),
    ] {
        session.run(&format!("BEGIN; {statements}; COMMIT"));
        assert_eq!(session.value(ASK), PEOPLE, "{statements}");
        assert_eq!(session.second().value(ASK), PEOPLE, "{statements}");
    }
    // A prepared transaction would change rows without this process, which changes the file.
    session.run(&format!("BEGIN; {rotate}"));
    let refused = session.refusal("PREPARE TRANSACTION 'rotation'");
    assert_eq!(refused.code, "0A000", "{refused:?}");
    session.run("ROLLBACK");
    assert_kept(&mut session, &authority, issue.grant);
}

#[test]
fn a_rotation_that_was_rolled_back_hides_no_missing_key_file() {
    let (authority, cluster) = (authority(), Cluster::start(&[]));
    let (mut session, issue) = connected(&cluster, &authority, RENEWS);
    let key = cluster.data().join("basecamp_fdw.key");
    session.run("BEGIN; SELECT basecamp.rotate_encryption_key(); ROLLBACK");
    let kept = std::fs::read(&key).expect("a key");
    std::fs::remove_file(&key).expect("removed");
    let missing = session.refusal(ASK);
    assert!(missing.message.contains("does not exist"), "{missing:?}");
    // A database in which nothing is stored makes no other key.
    let mut empty = cluster.database();
    empty.audited(&authority, "", RENEWS);
    let other = refused(empty.second(), &set(&authority.grant()));
    assert!(other.message.contains("does not exist"), "{other:?}");
    assert!(!key.exists());
    std::fs::write(&key, kept).expect("written");
    std::process::Command::new("chmod").arg("600").arg(&key).status().expect("chmod");
    give_away(&key);
    assert_kept(&mut session, &authority, issue.grant);
    store(&mut empty, &authority);
    assert_eq!(empty.value(ASK), PEOPLE);
}

// 3. A hanging server

#[test]
fn an_authorization_server_that_hangs_leaves_few_workers_and_none_to_others() {
    const USERS: usize = 7;
    let (hanging, cluster) = (authority(), Cluster::start(&["max_worker_processes=8"]));
    let (mut session, _) = connected(&cluster, &hanging, RENEWS);
    let users: Vec<String> = (0..USERS).map(|number| format!("hanging_{number}")).collect();
    let (id, secret) = hanging.client();
    for user in &users {
        session.run(&format!(
            "CREATE ROLE {user} LOGIN; GRANT USAGE ON FOREIGN SERVER bc TO {user};
             GRANT USAGE ON SCHEMA bc TO {user}; GRANT SELECT ON bc.people TO {user};
             CREATE USER MAPPING FOR {user} SERVER bc
               OPTIONS (oauthclientid '{id}', oauthclientsecret '{secret}'{RENEWS})"
        ));
        store(&mut session.of_role(user), &hanging);
    }
    hanging.expire();
    hanging.set_rules([Rule::token(Act::Hang)]);
    // Each again and again, and each gives up.
    for _ in 0..2 {
        std::thread::scope(|scope| {
            for user in &users {
                let mut own = session.of_role(user);
                scope.spawn(move || {
                    own.run("SET statement_timeout = '700ms'");
                    assert_eq!(own.refusal(ASK).code, "57014");
                });
            }
        });
    }
    let workers: usize = session.value(WORKERS).parse().expect("a number");
    assert!((1..=4).contains(&workers), "{workers} workers");
    // One for each connection.
    let asked = hanging.requests_to("/authorization/token");
    for user in 0..USERS {
        assert!(hanging.asked_for(user + 1) <= 1, "{asked:?}");
    }
}

#[test]
fn a_fast_shutdown_waits_for_no_answer_and_keeps_one_that_comes_in_time() {
    let authority = authority();
    let mut cluster = Cluster::start(&[]);
    let file = settings(&cluster, "shutdown");
    let (session, _) = connected(&cluster, &authority, RENEWS);
    let (filed, _) = connected(&cluster, &authority, &in_file(&file));
    let databases = [session.database.clone(), filed.database.clone()];
    drop((session, filed));
    for (milliseconds, kept) in [(600, true), (60_000, false)] {
        authority.expire();
        authority.clear_requests();
        authority.set_rules([Rule::token(Act::Late(milliseconds))]);
        if !kept {
            authority.set_rules([Rule::token(Act::Hang)]);
        }
        let sessions = databases.each_ref().map(|name| cluster.connect(name, "postgres"));
        let waiting = sessions.each_ref().map(|session| run(session, ASK).1);
        asked(&authority, 2);
        drop(sessions);
        let begun = Instant::now();
        cluster.stop();
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(2), "a shutdown took {took:?}");
        for each in waiting {
            assert!(each.join().expect("no panic").is_err());
        }
        authority.set_rules([]);
        authority.clear_requests();
        cluster.launch();
        for name in &databases {
            let mut session = cluster.connect(name, "postgres");
            assert_eq!(session.value(ASK), PEOPLE);
        }
        let again = if kept { 0 } else { 2 };
        assert_eq!(authority.requests_to("/authorization/token").len(), again);
    }
    assert!(authority.grants().iter().all(|grant| grant.end.is_none()));
}

#[test]
fn somebody_who_waits_for_the_turn_does_not_wait_for_ever() {
    let authority = authority();
    let cluster = cluster();
    let mut session = cluster.database();
    session.audited(&authority, ", timeout '2'", RENEWS);
    store(&mut session, &authority);
    authority.expire();
    authority.set_rules([Rule::token(Act::Hang)]);
    let (_, first) = run(&session, ASK);
    asked(&authority, 1);
    let begun = Instant::now();
    let second = session.refusal(ASK);
    assert!(["55P03", "08006"].contains(&&*second.code), "{second:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(first.join().expect("no panic"), Err("08006".to_owned()));
}

// 6. and 7. What is everybody's

#[test]
fn a_settings_file_of_the_server_is_its_owners_and_nobody_elses() {
    let authority = authority();
    let cluster = cluster();
    let file = settings(cluster, "owners");
    let mut session = cluster.database();
    let server = format!(", oauthsettingslocation '{}'", file.display());
    session.audited(&authority, &server, RENEWS);
    store(&mut session, &authority);
    let (id, secret) = authority.client();
    session.run(&format!(
        "CREATE ROLE tenant LOGIN; GRANT USAGE ON FOREIGN SERVER bc TO tenant;
         GRANT USAGE ON SCHEMA bc TO tenant; GRANT SELECT ON bc.people TO tenant;
         CREATE USER MAPPING FOR tenant SERVER bc
           OPTIONS (oauthclientid '{id}', oauthclientsecret '{secret}'{RENEWS})"
    ));
    let before = std::fs::read(&file).expect("a file");
    let mut tenant = session.of_role("tenant");
    assert_eq!(tenant.value("SELECT basecamp.forget_oauth_tokens('bc')"), "f");
    store(&mut tenant, &authority);
    assert_eq!(tenant.value(ASK), PEOPLE);
    authority.expire();
    assert_eq!(tenant.value(ASK), PEOPLE);
    assert_eq!(tenant.value("SELECT basecamp.forget_oauth_tokens('bc')"), "t");
    assert_eq!(std::fs::read(&file).expect("still there"), before);
    assert_kept(&mut session, &authority, 0);
    session.run("DROP OWNED BY tenant; DROP ROLE tenant");
}

#[test]
fn an_ordinary_users_select_starts_no_login_for_everybody() {
    let authority = authority();
    let mut session = cluster().database();
    session.audited(&authority, "", "");
    let (id, secret) = authority.client();
    session.run(&format!(
        "CREATE USER MAPPING FOR PUBLIC SERVER bc OPTIONS
           (oauthclientid '{id}', oauthclientsecret '{secret}', initiateoauth 'GETANDREFRESH');
         CREATE ROLE visitor LOGIN; GRANT USAGE ON FOREIGN SERVER bc TO visitor;
         GRANT USAGE ON SCHEMA bc TO visitor; GRANT SELECT ON bc.people TO visitor"
    ));
    let mut visitor = session.of_role("visitor");
    let refused = visitor.refusal(ASK);
    assert_eq!(refused.code, "28000", "{refused:?}");
    assert!(visitor.notices().is_empty(), "{:?}", visitor.notices());
    session.run("DROP OWNED BY visitor; DROP ROLE visitor");
}

// 8. What happens meanwhile

#[test]
fn what_is_renamed_while_tokens_are_renewed_keeps_the_new_ones() {
    let cluster = cluster();
    let file = settings(cluster, "renamed");
    for mapping in [RENEWS.to_owned(), in_file(&file)] {
        let authority = authority();
        let (mut session, issue) = connected(cluster, &authority, &mapping);
        // Committed before the answer comes, and still open when it does.
        for (name, open) in [("one", false), ("two", true)] {
            authority.expire();
            authority.clear_requests();
            late(&authority, 700);
            let (_, outcome) = run(&session, ASK);
            asked(&authority, 1);
            let old = session.value("SELECT srvname FROM pg_foreign_server");
            session.run(&format!("BEGIN; ALTER SERVER {old} RENAME TO {name}"));
            if !open {
                session.run("COMMIT");
            }
            let _ = outcome.join();
            session.run("COMMIT");
            wait_until("the worker's end", || session.value(WORKERS) == "0");
            assert_eq!(session.value(ASK), PEOPLE, "{name} {mapping}");
            assert_eq!(authority.asked_for(issue.grant), 1, "{name} {mapping}");
        }
        session.run("ALTER SERVER two RENAME TO bc");
        assert_kept(&mut session, &authority, issue.grant);
        let _ = std::fs::remove_file(&file);
    }
}

#[test]
fn what_is_dropped_or_forgotten_while_tokens_are_renewed_stays_so() {
    let cluster = cluster();
    let file = settings(cluster, "dropped");
    for mapping in [RENEWS.to_owned(), in_file(&file)] {
        for end in [
            "SELECT basecamp.forget_oauth_tokens('bc')",
            "DROP USER MAPPING FOR CURRENT_USER SERVER bc",
            "DROP SERVER bc CASCADE",
        ] {
            let authority = authority();
            let (mut session, _) = connected(cluster, &authority, &mapping);
            authority.expire();
            late(&authority, 700);
            let (_, outcome) = run(&session, ASK);
            asked(&authority, 1);
            session.run(end);
            let _ = outcome.join();
            wait_until("the worker's end", || session.value(WORKERS) == "0");
            assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_tokens"), "0", "{end}");
            if end.contains("forget") {
                assert_eq!(session.refusal(ASK).code, "28000", "{end} {mapping}");
                assert!(!file.exists());
            }
            let _ = std::fs::remove_file(&file);
        }
        // Taken back, it never happened.
        let authority = authority();
        let (mut session, issue) = connected(cluster, &authority, &mapping);
        authority.expire();
        late(&authority, 700);
        let (_, outcome) = run(&session, ASK);
        asked(&authority, 1);
        session.run("BEGIN");
        assert_eq!(session.value("SELECT basecamp.forget_oauth_tokens('bc')"), "t");
        assert_eq!(session.value("SELECT basecamp.forget_oauth_tokens('bc')"), "f");
        let _ = outcome.join();
        wait_until("the worker's end", || session.second().value(WORKERS) == "0");
        session.run("ROLLBACK");
        assert_kept(&mut session, &authority, issue.grant);
        let _ = std::fs::remove_file(&file);
    }
}

#[test]
fn a_pending_authorization_follows_a_renamed_server() {
    let authority = authority();
    let mut session = cluster().database();
    session.audited(&authority, "", RENEWS);
    let url = session.value("SELECT basecamp.get_oauth_authorization_url('bc')");
    session.run("ALTER SERVER bc RENAME TO other");
    let back = server_tests::browser::agree(&url);
    session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('other', '{back}')"));
    assert_eq!(session.value(ASK), PEOPLE);
}

// 9. What was rescued

/// Has an answer rescued that cannot be stored: an open transaction has the row.
fn rescued(session: &mut Session, authority: &Authority) {
    authority.expire();
    let mut holder = session.second();
    holder.run("BEGIN; SELECT FROM basecamp.oauth_tokens FOR UPDATE");
    assert_eq!(session.value(ASK), PEOPLE, "a rescued answer is used");
    holder.run("ROLLBACK");
}

fn rescue_files(cluster: &Cluster) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(cluster.data()).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.display().to_string().contains("basecamp_fdw.rescue.")).collect()
}

#[test]
fn a_rescued_answer_never_hides_a_newer_row_and_goes_the_way_of_the_row() {
    let (authority, cluster) = (authority(), Cluster::start(&[]));
    let (mut session, issue) = connected(&cluster, &authority, RENEWS);
    rescued(&mut session, &authority);
    // The next session stores it.
    assert_eq!(session.second().value(ASK), PEOPLE);
    assert!(rescue_files(&cluster).is_empty());
    assert_eq!(authority.asked_for(issue.grant), 1);

    // One that an old backup brings back is older than what was stored since.
    rescued(&mut session, &authority);
    let file = rescue_files(&cluster).pop().expect("rescued");
    let old = std::fs::read(&file).expect("a file");
    assert_eq!(session.second().value(ASK), PEOPLE);
    authority.expire();
    assert_eq!(session.value(ASK), PEOPLE);
    std::fs::write(&file, &old).expect("written");
    std::process::Command::new("chmod").arg("600").arg(&file).status().expect("chmod");
    give_away(&file);
    authority.clear_requests();
    assert_kept(&mut session.second(), &authority, issue.grant);
    assert_eq!(authority.asked_for(issue.grant), 1);

    // A renamed server takes it along; a rollback of its end keeps it.
    rescued(&mut session, &authority);
    session.run("ALTER SERVER bc RENAME TO other");
    session.run("BEGIN; SELECT basecamp.forget_oauth_tokens('other'); ROLLBACK");
    session.run("BEGIN; DROP SERVER other CASCADE; ROLLBACK");
    authority.clear_requests();
    assert_eq!(session.second().value(ASK), PEOPLE);
    assert_eq!(authority.asked_for(issue.grant), 0);
    session.run("ALTER SERVER other RENAME TO bc");
    assert_kept(&mut session, &authority, issue.grant);

    rescued(&mut session, &authority);
    assert_eq!(session.value("SELECT basecamp.forget_oauth_tokens('bc')"), "t");
    assert!(rescue_files(&cluster).is_empty());
    assert_eq!(session.refusal(ASK).code, "28000");
    store(&mut session, &authority);
    rescued(&mut session, &authority);
    session.run("DROP USER MAPPING FOR CURRENT_USER SERVER bc");
    assert!(rescue_files(&cluster).is_empty());
}

// 10. Whose they are

#[test]
fn a_role_made_anew_under_an_old_name_gets_nothing_and_a_renamed_one_keeps_its_own() {
    let cluster = cluster();
    let file = settings(cluster, "anna");
    for (place, mapping) in [RENEWS.to_owned(), in_file(&file)].into_iter().enumerate() {
        let authority = authority();
        let mut session = cluster.database();
        session.audited(&authority, "", RENEWS);
        let (id, secret) = authority.client();
        let (anna, renamed) = (format!("anna_{place}"), format!("renamed_{place}"));
        let role = |name: &str| {
            format!(
                "GRANT USAGE ON FOREIGN SERVER bc TO {name};
                 GRANT USAGE ON SCHEMA bc TO {name}; GRANT SELECT ON bc.people TO {name};
                 CREATE USER MAPPING FOR {name} SERVER bc
                   OPTIONS (oauthclientid '{id}', oauthclientsecret '{secret}'{mapping})"
            )
        };
        session.run(&format!("CREATE ROLE {anna} LOGIN; {}", role(&anna)));
        let issue = store(&mut session.of_role(&anna), &authority);
        assert_eq!(session.of_role(&anna).value(ASK), PEOPLE);
        session.run(&format!("ALTER ROLE {anna} RENAME TO {renamed}; CREATE ROLE {anna} LOGIN"));
        session.run(&role(&anna));
        let refused = session.of_role(&anna).refusal(ASK);
        assert!(["28000", "55000"].contains(&&*refused.code), "{refused:?}");
        let mut renamed_session = session.of_role(&renamed);
        assert_kept(&mut renamed_session, &authority, issue.grant);
        authority.expire();
        assert_kept(&mut renamed_session, &authority, issue.grant);
        let stored = "SELECT string_agg(user_name, ',') FROM basecamp.connections";
        let expected = if place == 0 { &*renamed } else { "" };
        assert_eq!(renamed_session.value(stored), expected);
        // A superuser who sets their own gets their own.
        let own = store(&mut session, &authority);
        assert_kept(&mut session, &authority, own.grant);
        session.run(&format!("DROP OWNED BY {anna}, {renamed}; DROP ROLE {anna}, {renamed}"));
    }
}

// 11. kill -9

#[derive(Debug, Default)]
struct Counts {
    kept: usize,
    unread: usize,
    lost: usize,
}

#[test]
fn what_was_received_survives_kill_9_of_postmaster_worker_and_backend_at_50_moments() {
    const MOMENTS: u64 = 50;
    let mut cluster = Cluster::start(&["restart_after_crash=on"]);
    let mut counts = std::collections::BTreeMap::<&str, Counts>::new();
    for moment in 0..MOMENTS {
        let victim = ["postmaster", "worker", "backend"][(moment % 3) as usize];
        let authority = authority();
        let file = settings(&cluster, &format!("kill-{moment}"));
        let mapping = if moment % 2 == 0 { RENEWS.to_owned() } else { in_file(&file) };
        let (mut session, issue) = connected(&cluster, &authority, &mapping);
        assert_eq!(session.value(ASK), PEOPLE);
        authority.expire();
        let answer = 120;
        late(&authority, answer);
        let (backend, outcome) = run(&session, ASK);
        asked(&authority, 1);
        let worker = session
            .value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'basecamp_fdw tokens'");
        // Around the answer: from 20 ms before it to 30 ms after it.
        let at =
            Duration::from_millis(answer - 20) + Duration::from_micros(fastrand::u64(..50_000));
        let seen = authority.requests_to("/authorization/token")[0].at;
        while seen.elapsed() < at {
            std::hint::spin_loop();
        }
        let process = match victim {
            "postmaster" => cluster.process().to_string(),
            "worker" => worker,
            _ => backend.to_string(),
        };
        let killed = std::process::Command::new("kill").arg("-9").arg(&process).status();
        assert!(killed.is_ok());
        let _ = outcome.join();
        let database = session.database.clone();
        if victim == "postmaster" {
            cluster.relaunch();
        }
        // What has ended is not in the way; what was killed restarts.
        wait_until("the answer's end", || {
            authority
                .issued(issue.grant)
                .iter()
                .all(|issue| issue.receipt != authority::Receipt::Sent)
        });
        let mut session = settled(&cluster, &database);
        let issued = authority.issued(issue.grant);
        let count = counts.entry(victim).or_default();
        let last = issued.last().expect("an issue");
        if last.receipt != authority::Receipt::Read {
            count.unread += 1;
        } else if session.client.simple_query(ASK).is_ok() {
            assert_kept(&mut session, &authority, issue.grant);
            count.kept += 1;
        } else {
            count.lost += 1;
        }
    }
    eprintln!("{MOMENTS} moments: {counts:?}");
    let kept: usize = counts.values().map(|count| count.kept).sum();
    assert!(kept >= 10, "{counts:?}");
    for (victim, count) in &counts {
        // Between its reading of the answer and its writing of the file nothing can save a process
        // from its own kill -9: less than a millisecond, but more on a machine that is busy.
        let most = if *victim == "worker" { 2 } else { 0 };
        assert!(count.lost <= most, "{victim}: {counts:?}");
    }
}

/// A session of a server that may be restarting.
fn settled(cluster: &Cluster, database: &str) -> Session {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(mut session) = cluster.try_connect(database, "postgres")
            && session.client.simple_query("SELECT 1").is_ok()
            // A crash that is noticed late ends this session too.
            && { std::thread::sleep(Duration::from_millis(200)); true }
            && session.client.simple_query("SELECT 1").is_ok()
        {
            return session;
        }
        assert!(Instant::now() < deadline, "{}", cluster.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

// 13. Basecamp 2

#[test]
fn a_refresh_of_basecamp_2_sends_the_redirect_uri_of_its_own_authorization() {
    let authority =
        Authority::start(Config { refresh_repeats_redirect: true, ..Config::default() });
    let authority = authority.expect("a port");
    let mut session = cluster().database();
    session.audited(&authority, "", RENEWS);
    session.run("ALTER SERVER bc OPTIONS (ADD schema 'V2')");
    let url = session.value(
        "SELECT basecamp.get_oauth_authorization_url('bc', callback_url => 'https://one.example/')",
    );
    let back = server_tests::browser::agree(&url);
    session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}')"));
    session.rows(BY_HAND);
    session.rows(BY_HAND);
    let asked = authority.requests_to("/authorization/token");
    let sent: Vec<_> = asked.iter().map(|seen| seen.form("redirect_uri")).collect();
    assert_eq!(sent, [Some("https://one.example/"); 3]);
}

// 12. What the caller said

#[test]
fn an_abandoned_authorization_does_not_spoil_a_code_from_elsewhere() {
    let authority = authority();
    let mut session = cluster().database();
    session.audited(&authority, "", RENEWS);
    session.value("SELECT basecamp.get_oauth_authorization_url('bc')");
    let code = authority.code("https://elsewhere.example/");
    session.rows(&format!(
        "SELECT * FROM basecamp.get_oauth_access_token('bc', '{code}', \
           callback_url => 'https://elsewhere.example/')"
    ));
    assert_eq!(session.value(ASK), PEOPLE);
    session.value(
        "SELECT basecamp.get_oauth_authorization_url('bc', callback_url => 'https://one.example/')",
    );
    let code = authority.code("http://127.0.0.1:33333/");
    session.run(&format!(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD oauthverifier '{code}')"
    ));
    assert_eq!(session.value(ASK), PEOPLE);
}

// 14. By hand

#[test]
fn a_refresh_by_hand_that_was_cancelled_is_not_sent_again_with_the_used_token() {
    let authority = authority();
    let (mut session, issue) = connected(cluster(), &authority, RENEWS);
    for statement in [
        BY_HAND.to_owned(),
        format!("SELECT * FROM basecamp.refresh_oauth_access_token('bc', '{}')", {
            let last = authority.issued(issue.grant);
            last.last().expect("one").refresh.clone()
        }),
    ] {
        let statement = match statement.contains("', '") {
            true => {
                let last = authority.issued(issue.grant);
                let last = &last.last().expect("one").refresh;
                format!("SELECT * FROM basecamp.refresh_oauth_access_token('bc', '{last}')")
            }
            false => statement,
        };
        authority.clear_requests();
        late(&authority, 600);
        let (process, outcome) = run(&session, &statement);
        asked(&authority, 1);
        session.rows(&format!("SELECT pg_cancel_backend({process})"));
        assert_eq!(outcome.join().expect("no panic"), Err("57014".to_owned()));
        session.rows(&statement);
        assert_eq!(authority.grant_of(issue.grant).end, None, "{statement}");
        assert_eq!(session.value(ASK), PEOPLE);
    }
}

// 15. A standby

#[test]
fn a_standby_renews_nothing_unless_it_is_told_to_and_then_only_what_was_refused() {
    let authority = authority();
    let mut primary = Cluster::start(&[]);
    let mut session = primary.database();
    session.audited(&authority, "", RENEWS);
    let issue = authority.grant();
    // Due at once by the clock, and still good.
    session.rows(&format!(
        "SELECT basecamp.set_oauth_tokens('bc', '{}', '{}', expires_in => 1)",
        issue.access, issue.refresh
    ));
    let database = session.database.clone();
    drop(session);
    let standby = primary.standby();
    let mut session = standby.connect(&database, "postgres");
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(session.value(ASK), PEOPLE, "nothing is renewed ahead");
    assert_eq!(authority.asked_for(issue.grant), 0);
    authority.expire();
    for statement in [ASK, BY_HAND] {
        let refused = session.refusal(statement);
        assert_eq!(refused.code, "25006", "{refused:?}");
        assert!(refused.hint.contains("primary"), "{refused:?}");
    }
    assert_eq!(session.refusal("SELECT basecamp.forget_oauth_tokens('bc')").code, "25006");
    assert_eq!(authority.asked_for(issue.grant), 0);
    session.run("SET basecamp_fdw.renew_on_standby = on");
    assert_eq!(session.value(ASK), PEOPLE);
    let warned = session.notices().join("\n");
    assert!(warned.contains("cannot be stored on a standby"), "{warned}");
    // Every session of the standby uses it, and what is promoted does not go back.
    assert_eq!(standby.connect(&database, "postgres").value(ASK), PEOPLE);
    assert_eq!(authority.asked_for(issue.grant), 1);
    session.rows("SELECT pg_promote()");
    wait_until("the promotion", || session.value("SELECT pg_is_in_recovery()") == "f");
    assert_kept(&mut standby.connect(&database, "postgres"), &authority, issue.grant);
}

// 18. How often

#[test]
fn while_a_token_works_a_failing_server_is_asked_at_intervals() {
    let authority = authority();
    let mut session = cluster().database();
    session.audited(&authority, "", RENEWS);
    let issue = authority.grant();
    let due = |session: &mut Session| {
        session.rows(&format!(
            "SELECT basecamp.set_oauth_tokens('bc', '{}', '{}', expires_in => 40)",
            issue.access, issue.refresh
        ));
        wait_until("half of its life", || {
            session.value(
                "SELECT expires_at < now() + interval '19 seconds' FROM basecamp.connections",
            ) == "t"
        });
    };
    authority.set_rules([Rule::token(Act::refusal(500, "server_error"))]);
    due(&mut session);
    for _ in 0..5 {
        assert_eq!(session.value(ASK), PEOPLE);
        assert_eq!(session.second().value(ASK), PEOPLE);
    }
    assert_eq!(authority.requests_to("/authorization/token").len(), 2, "once more, and then not");
    // What it asks for is honoured from the first time.
    authority.clear_requests();
    let headers = vec![("retry-after".to_owned(), "60".to_owned())];
    let busy = Act::Answer { status: 429, body: "{}".to_owned(), headers };
    authority.set_rules([Rule::token(busy)]);
    let issue = authority.grant();
    session.rows(&set(&issue));
    authority.expire();
    for _ in 0..3 {
        assert_eq!(session.refusal(ASK).code, "53400");
    }
    assert_eq!(authority.requests_to("/authorization/token").len(), 1);
}

#[test]
fn fifty_sessions_ask_once_about_a_refused_refresh_token_and_a_bad_verifier() {
    const SESSIONS: usize = 50;
    let authority = authority();
    for bad_verifier in [false, true] {
        let mut session = cluster().database();
        if bad_verifier {
            session.audited(&authority, "", &format!("{RENEWS}, oauthverifier 'no-such-code'"));
        } else {
            session.audited(&authority, "", RENEWS);
            let issue = store(&mut session, &authority);
            authority.withdraw(issue.grant);
        }
        authority.clear_requests();
        let sessions: Vec<Session> = (0..SESSIONS).map(|_| session.second()).collect();
        Session::together(sessions, |each| assert_eq!(each.refusal(ASK).code, "28000"));
        assert_eq!(authority.requests_to("/authorization/token").len(), 1, "{bad_verifier}");
    }
}

// 20. Who waits for a browser

#[test]
fn a_session_that_waits_for_the_browser_delays_no_renewal() {
    let authority = authority();
    let (mut session, issue) = connected(cluster(), &authority, RENEWS);
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
    let port = free.expect("a port").port();
    session.run(&format!(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc \
           OPTIONS (ADD callbackurl 'http://127.0.0.1:{port}/')"
    ));
    let mut waiting = session.second();
    let process = waiting.backend();
    let heard = waiting.hearing();
    let outcome =
        std::thread::spawn(move || refused(waiting, "SELECT basecamp.authorize('bc', 60)").code);
    wait_until("the address", || !heard.lock().expect("no panic").is_empty());
    authority.expire();
    let begun = Instant::now();
    assert_eq!(session.value(ASK), PEOPLE);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    session.rows(&format!("SELECT pg_cancel_backend({process})"));
    assert_eq!(outcome.join().expect("no panic"), "57014");
    assert_kept(&mut session, &authority, issue.grant);
}
