//! The audit of what happens to tokens when something is interrupted, renamed, killed or asked too
//! often, looked at from outside: the authorization server knows what was read of its answers, and one
//! token presented twice ends a grant for ever. Beside `keeping.rs`, which tests the same lines from
//! what is known inside; a test is named after the line of the audit that it is about.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use authority::{Act, Authority, Config, Issue, Receipt, Rule};
use server_tests::audit::{
    ASK, PEOPLE, RENEW, RENEWS, assert_kept, authority, connected, store, until,
};
use server_tests::browser::agree;
use server_tests::{Cluster, Session, cluster, give_away};

const TOKEN: &str = "/authorization/token";
const BACK: &str = "http://127.0.0.1:33333/";

/// Options of a mapping whose tokens rest in a file, or in the table.
fn stores(cluster: &Cluster, name: &str) -> [(String, PathBuf); 2] {
    let file = cluster.folder().join(format!("audit-{name}"));
    let filed = format!("{RENEWS}, oauthsettingslocation '{}'", file.display());
    [(RENEWS.to_owned(), file.clone()), (filed, file)]
}

/// Runs a statement in a session of its own; gives its process and, in the end, its SQLSTATE.
fn run(session: &Session, sql: &str) -> (u32, JoinHandle<String>) {
    let (mut own, sql) = (session.second(), sql.to_owned());
    let process = own.backend();
    let outcome = std::thread::spawn(move || match own.client.simple_query(&sql) {
        Ok(_) => String::new(),
        Err(error) => error.code().map_or("lost".to_owned(), |code| code.code().to_owned()),
    });
    (process, outcome)
}

fn asked(authority: &Authority, times: usize) {
    until("requests", || (authority.requests_to(TOKEN).len() >= times).then_some(()));
}

/// Waits until no process is at tokens any more.
fn quiet(session: &Session) {
    let mut other = session.second();
    let workers =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'basecamp_fdw tokens'";
    until("the end of the workers", || (other.value(workers) == "0").then_some(()));
}

fn late(milliseconds: u64) -> Rule {
    Rule::token(Act::Late(milliseconds)).times(1)
}

/// A role with a mapping of its own, and its session.
fn tenant(session: &mut Session, authority: &Authority, name: &str, mapping: &str) -> Session {
    session.run(&format!("CREATE ROLE {name} LOGIN"));
    grant(session, authority, name, mapping);
    session.of_role(name)
}

fn grant(session: &mut Session, authority: &Authority, name: &str, mapping: &str) {
    let (id, secret) = authority.client();
    session.run(&format!(
        "GRANT USAGE ON FOREIGN SERVER bc TO {name}; GRANT USAGE ON SCHEMA bc TO {name};
         GRANT SELECT ON bc.people TO {name}; CREATE USER MAPPING FOR {name} SERVER bc
           OPTIONS (oauthclientid '{id}', oauthclientsecret '{secret}'{mapping})"
    ));
}

// 1

#[test]
fn line_01_a_code_outlives_whoever_wanted_it_exchanged() {
    let cluster = cluster();
    for (mapping, file) in stores(cluster, "code") {
        for end in ["statement_timeout", "pg_cancel_backend", "pg_terminate_backend"] {
            for verifier in [false, true] {
                let when = format!("{end}, oauthverifier: {verifier}, {mapping}");
                let authority = authority();
                let mut session = cluster.database();
                session.audited(&authority, "", &mapping);
                let code = authority.code(BACK);
                let mut statement =
                    format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{code}')");
                if verifier {
                    session.run(&format!(
                        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD oauthverifier '{code}')"
                    ));
                    statement = ASK.to_owned();
                }
                if end == "statement_timeout" {
                    statement = format!("SET statement_timeout = '300ms'; {statement}");
                }
                authority.set_rules([late(1500)]);
                let (process, outcome) = run(&session, &statement);
                asked(&authority, 1);
                if end != "statement_timeout" {
                    session.rows(&format!("SELECT {end}({process})"));
                }
                assert!(!outcome.join().expect("no panic").is_empty(), "{when}");
                quiet(&session);
                assert_eq!(authority.issued(0)[0].receipt, Receipt::Read, "{when}");
                assert_kept(&mut session, &authority, 0, &when);
                let _ = std::fs::remove_file(&file);
            }
        }
    }
}

#[test]
fn line_01_a_rollback_of_what_renewed_them_loses_nothing() {
    let cluster = cluster();
    for (mapping, file) in stores(cluster, "rollback") {
        let authority = authority();
        let (mut session, first) = connected(cluster, &authority, "", &mapping);
        for statement in [ASK, RENEW] {
            authority.expire();
            session.run("BEGIN; SAVEPOINT a");
            session.rows(statement);
            session.run("ROLLBACK TO a");
            session.rows(statement);
            session.run("ROLLBACK");
            assert_kept(&mut session, &authority, first.grant, statement);
        }
        let _ = std::fs::remove_file(&file);
    }
}

// 2

fn put(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("written");
    assert!(Command::new("chmod").arg("600").arg(path).status().is_ok());
    give_away(path);
}

#[test]
fn line_02_no_second_copy_hides_a_key_file_that_is_damaged_or_anothers() {
    let (authority, cluster) = (authority(), Cluster::start(&[]));
    let (mut session, first) = connected(&cluster, &authority, "", RENEWS);
    let key = cluster.data().join("basecamp_fdw.key");
    session.run("BEGIN; SELECT basecamp.rotate_encryption_key(); ROLLBACK");
    session
        .run("BEGIN; SAVEPOINT a; SELECT basecamp.rotate_encryption_key(); ROLLBACK TO a; COMMIT");
    let good = std::fs::read(&key).expect("a key");
    let mut other = good.clone();
    other[0] = if other[0] == b'1' { b'2' } else { b'1' };
    for bad in [&b"short"[..], &[], &other] {
        put(&key, bad);
        let refused = session.second().refusal(ASK);
        assert_eq!(refused.code, "55000", "{refused:?}");
        let refused = session.refusal("SELECT basecamp.set_oauth_tokens('bc', 'one', 'two')");
        // Another key that is whole may be meant to be used from now on.
        assert!(refused.code == "55000", "{refused:?}");
        put(&key, &good);
        assert_eq!(session.value(ASK), PEOPLE);
    }
    assert_kept(&mut session, &authority, first.grant, "with the right key");
}

#[test]
fn line_02_rotations_of_two_databases_keep_both() {
    let (authority, cluster) = (authority(), Cluster::start(&[]));
    let (mut one, first) = connected(&cluster, &authority, "", RENEWS);
    let (mut other, second) = connected(&cluster, &authority, "", RENEWS);
    let rotate = "SELECT basecamp.rotate_encryption_key()";
    one.run(&format!("BEGIN; {rotate}"));
    // Whether it waits, is refused or goes on: nothing is lost.
    other.run("SET statement_timeout = '2s'");
    let _ = other.client.simple_query(rotate);
    one.run("COMMIT");
    let _ = other.client.simple_query(rotate);
    for (session, grant) in [(&mut one, first.grant), (&mut other, second.grant)] {
        assert_kept(&mut session.second(), &authority, grant, "after both");
    }
}

// 3

#[test]
fn line_03_a_shutdown_with_many_requests_in_flight_is_quick_and_keeps_what_came() {
    const USERS: usize = 7;
    let authority = authority();
    let mut cluster = Cluster::start(&["max_worker_processes=16"]);
    let mut session = cluster.database();
    session.audited(&authority, "", RENEWS);
    let users: Vec<String> = (0..USERS).map(|number| format!("tenant_{number}")).collect();
    for user in &users {
        store(&mut tenant(&mut session, &authority, user, RENEWS), &authority);
    }
    authority.expire();
    authority.set_rules([Rule::token(Act::Late(400))]);
    let waiting: Vec<_> = users.iter().map(|user| run(&session.of_role(user), ASK).1).collect();
    asked(&authority, 1);
    let database = session.database.clone();
    drop(session);
    let begun = Instant::now();
    cluster.stop();
    let took = begun.elapsed();
    for each in waiting {
        let _ = each.join();
    }
    assert!(took < Duration::from_secs(2), "a shutdown took {took:?}");
    cluster.launch();
    let session = cluster.connect(&database, "postgres");
    for (grant, user) in users.iter().enumerate() {
        let last = authority.issued(grant).pop().expect("one");
        if last.receipt == Receipt::Read {
            assert_kept(&mut session.of_role(user), &authority, grant, user);
        }
    }
}

#[test]
fn line_03_a_hanging_server_of_one_user_costs_another_nothing() {
    let (hanging, fine) = (authority(), authority());
    let cluster = Cluster::start(&["max_worker_processes=8"]);
    let (mut stuck, _) = connected(&cluster, &hanging, "", RENEWS);
    let (mut other, first) = connected(&cluster, &fine, "", RENEWS);
    hanging.expire();
    hanging.set_rules([Rule::token(Act::Hang)]);
    stuck.run("SET statement_timeout = '300ms'");
    for _ in 0..10 {
        let (mut own, ask) = (stuck.second(), ASK);
        own.run("SET statement_timeout = '300ms'");
        assert_eq!(own.refusal(ask).code, "57014");
    }
    assert_eq!(hanging.requests_to(TOKEN).len(), 1, "one request for one connection");
    fine.expire();
    let begun = Instant::now();
    assert_kept(&mut other, &fine, first.grant, "beside a hanging one");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

// 6

#[test]
fn line_06_a_settings_file_of_the_server_is_not_replaced_by_users_with_their_own_mapping() {
    let (authority, cluster) = (authority(), cluster());
    let file = cluster.folder().join("audit-servers-file");
    let mut session = cluster.database();
    session.audited(&authority, &format!(", oauthsettingslocation '{}'", file.display()), RENEWS);
    let owners = store(&mut session, &authority);
    let mut ann = tenant(&mut session, &authority, "audit_ann", RENEWS);
    let before = std::fs::read(&file).expect("a file");
    for statement in [
        "SELECT basecamp.forget_oauth_tokens('bc')".to_owned(),
        "SELECT basecamp.set_oauth_tokens('bc', 'mine', 'mine')".to_owned(),
        format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{}')", authority.code(BACK)),
        RENEW.to_owned(),
        ASK.to_owned(),
        "DROP USER MAPPING FOR CURRENT_USER SERVER bc".to_owned(),
    ] {
        let _ = ann.client.simple_query(&statement);
        assert_eq!(std::fs::read(&file).expect("still there"), before, "{statement}");
    }
    drop(ann);
    assert_kept(&mut session, &authority, owners.grant, "after all that");
    session.run("DROP OWNED BY audit_ann; DROP ROLE audit_ann");
}

// 8

#[test]
fn line_08_a_role_that_is_renamed_while_a_refresh_is_under_way_keeps_the_new_tokens() {
    let cluster = cluster();
    for (place, (mapping, file)) in stores(cluster, "role").into_iter().enumerate() {
        let authority = authority();
        let mut session = cluster.database();
        session.audited(&authority, "", RENEWS);
        let (old, new) = (format!("audit_old_{place}"), format!("audit_new_{place}"));
        let mut role = tenant(&mut session, &authority, &old, &mapping);
        let issue = store(&mut role, &authority);
        authority.expire();
        authority.set_rules([late(700)]);
        let (_, outcome) = run(&role, ASK);
        asked(&authority, 1);
        session.run(&format!("ALTER ROLE {old} RENAME TO {new}"));
        let _ = outcome.join();
        quiet(&session);
        drop(role);
        let mut role = session.of_role(&new);
        assert_eq!(role.value(ASK), PEOPLE, "{mapping}");
        assert_eq!(authority.asked_for(issue.grant), 1, "{mapping}");
        assert_kept(&mut role, &authority, issue.grant, &mapping);
        drop(role);
        session.run(&format!("DROP OWNED BY {new}; DROP ROLE {new}"));
        let _ = std::fs::remove_file(file);
    }
}

#[test]
fn line_08_a_settings_file_follows_its_server_and_its_role() {
    let (authority, cluster) = (authority(), cluster());
    let [_, (mapping, file)] = stores(cluster, "follows");
    let (mut session, issue) = connected(cluster, &authority, "", &mapping);
    session.run("ALTER SERVER bc RENAME TO other; ALTER SERVER other RENAME TO third");
    assert_eq!(session.second().value(ASK), PEOPLE);
    session.run("ALTER SERVER third RENAME TO bc");
    assert_kept(&mut session.second(), &authority, issue.grant, "renamed there and back");
    session.run("DROP SERVER bc CASCADE");
    let _ = std::fs::remove_file(file);
}

// 9

/// Copies the data directory as a base backup has it: a crash that is recovered from.
fn backup(cluster: &Cluster, to: &Path) {
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(cluster.data()).arg(to);
    assert!(copy.status().expect("cp").success());
}

/// Lets tokens be renewed while another session, which is returned, keeps their table from being written.
fn renewed_under_lock(session: &mut Session, authority: &Authority) -> Session {
    let mut holder = session.second();
    holder.run("BEGIN; LOCK TABLE basecamp.oauth_tokens IN SHARE ROW EXCLUSIVE MODE");
    authority.expire();
    session.run("SET statement_timeout = '3s'");
    let _ = session.client.simple_query(ASK);
    holder
}

#[test]
fn line_09_a_rescue_in_a_restored_backup_does_not_bring_older_tokens_back() {
    let authority = authority();
    let mut cluster = Cluster::start(&[]);
    let (mut session, issue) = connected(&cluster, &authority, "", RENEWS);
    // An answer that cannot be stored yet is rescued, and there at the time of the backup.
    let mut holder = renewed_under_lock(&mut session, &authority);
    session.run("RESET statement_timeout");
    let aside = cluster.folder().join("aside");
    std::fs::create_dir(&aside).expect("made");
    for entry in std::fs::read_dir(cluster.data()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_owned();
        if name.to_string_lossy().starts_with("basecamp_fdw.rescue") {
            assert!(std::fs::copy(&path, aside.join(name)).is_ok());
        }
    }
    holder.run("COMMIT");
    drop(holder);
    quiet(&session);
    // Life goes on.
    assert_eq!(session.second().value(ASK), PEOPLE);
    assert_kept(&mut session, &authority, issue.grant, "after the lock");
    assert_kept(&mut session, &authority, issue.grant, "and again");
    // The files of the backup beside the newer rows that the log brings.
    let database = session.database.clone();
    drop(session);
    cluster.stop();
    for entry in std::fs::read_dir(&aside).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = cluster.data().join(path.file_name().unwrap_or_default());
        std::fs::copy(&path, &to).expect("copied");
        give_away(&to);
    }
    cluster.launch();
    let mut session = cluster.connect(&database, "postgres");
    assert_kept(&mut session, &authority, issue.grant, "restored");
}

#[test]
fn line_09_a_crash_right_after_the_answer_needs_no_second_refresh() {
    let authority = authority();
    let mut cluster = Cluster::start(&[]);
    let (mut session, issue) = connected(&cluster, &authority, "", RENEWS);
    let holder = renewed_under_lock(&mut session, &authority);
    until("the answer", || {
        let last = authority.issued(issue.grant).pop()?;
        (last.receipt == Receipt::Read && authority.issued(issue.grant).len() == 2).then_some(())
    });
    let database = session.database.clone();
    drop((session, holder));
    let copy = cluster.folder().join("copied");
    std::fs::create_dir(&copy).expect("made");
    cluster.crash();
    backup(&cluster, &copy);
    cluster.launch();
    let mut session = cluster.connect(&database, "postgres");
    assert_kept(&mut session, &authority, issue.grant, "after the crash");
}

// 10

#[test]
fn line_10_nobody_gets_tokens_with_a_name_not_even_a_superuser() {
    let (authority, cluster) = (authority(), cluster());
    let mut session = cluster.database();
    session.audited(&authority, "", RENEWS);
    let mut anna = tenant(&mut session, &authority, "audit_anna", RENEWS);
    let issue = store(&mut anna, &authority);
    assert_eq!(anna.value(ASK), PEOPLE);
    drop(anna);
    session.run("ALTER ROLE audit_anna RENAME TO audit_x; CREATE ROLE audit_anna LOGIN SUPERUSER");
    grant(&mut session, &authority, "audit_anna", RENEWS);
    let mut anew = session.of_role("audit_anna");
    assert_eq!(anew.refusal(ASK).code, "28000");
    assert_eq!(
        anew.refusal("SELECT basecamp.export_oauth_settings('bc', 'correct horse')").code,
        "28000"
    );
    drop(anew);
    // A row that is given to them by hand opens for nobody.
    session.run(
        "UPDATE basecamp.oauth_tokens SET user_role = 'audit_anna' WHERE user_role = 'audit_x'::regrole",
    );
    let refused = session.of_role("audit_anna").refusal(ASK);
    assert_eq!(refused.code, "55000", "{refused:?}");
    session.run(
        "UPDATE basecamp.oauth_tokens SET user_role = 'audit_x' WHERE user_role = 'audit_anna'::regrole",
    );
    assert_kept(&mut session.of_role("audit_x"), &authority, issue.grant, "given back");
    // Dropped, and made anew.
    session.run(
        "DROP OWNED BY audit_anna; DROP ROLE audit_anna; DROP OWNED BY audit_x; DROP ROLE audit_x;
         CREATE ROLE audit_x LOGIN",
    );
    grant(&mut session, &authority, "audit_x", RENEWS);
    assert_eq!(session.of_role("audit_x").refusal(ASK).code, "28000");
    session.run("DROP OWNED BY audit_x; DROP ROLE audit_x");
}

// 11

/// What became of the answers around which processes were killed.
#[derive(Debug, Default)]
struct Counts {
    /// The newest tokens are there.
    kept: usize,
    /// They are not, although they had been written.
    lost: usize,
    /// The process had read them and not yet written them: no time is so short that no kill fits in.
    unwritten: usize,
    /// The client never read them.
    unread: usize,
}

fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").arg(name).arg(process.to_string()).status().is_ok());
}

/// Whether an answer rests where it is rescued: in the data directory, by database and mapping, or
/// beside a settings file. What is still being written has a name with one part more.
fn is_rescued(cluster: &Cluster, database: &str, settings: &Path) -> bool {
    let files = std::fs::read_dir(cluster.data()).expect("a folder").flatten();
    let mut names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let start = format!("basecamp_fdw.rescue.{database}.");
    let in_table = names.any(|name| name.strip_prefix(&start).is_some_and(|it| !it.contains('.')));
    in_table || settings.with_added_extension("rescue").exists()
}

#[test]
fn line_11_what_was_read_is_kept_whoever_is_killed_the_moment_after() {
    const ROUNDS: u32 = 24;
    let cluster = Cluster::start(&[]);
    let mut counts = Counts::default();
    for round in 0..ROUNDS {
        let authority = authority();
        let [table, file] = stores(&cluster, &format!("kill-{round}"));
        let (mapping, settings) = if round % 4 < 2 { table } else { file };
        let (mut session, issue) = connected(&cluster, &authority, "", &mapping);
        let database = session.database.clone();
        authority.expire();
        authority.set_rules([late(150)]);
        let (backend, outcome) = run(&session, ASK);
        asked(&authority, 1);
        let worker = session.value(
            "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE backend_type = 'basecamp_fdw tokens'",
        );
        let worker: u32 = worker.parse().expect("a process");
        let number =
            session.value("SELECT oid FROM pg_database WHERE datname = current_database()");
        let presents = round % 2 == 0 && worker > 0;
        let victim = if presents { worker } else { backend };
        drop(session);
        // From the very moment on at which the client has read it, in growing steps.
        let read = until("the answer", || {
            let last = authority.issued(issue.grant).pop()?;
            (last.receipt != Receipt::Sent && authority.issued(issue.grant).len() == 2)
                .then_some(last.at)
        });
        while read.elapsed() < Duration::from_micros(u64::from(round / 4) * 400) {
            std::hint::spin_loop();
        }
        signal(victim, "-STOP");
        let rescued = is_rescued(&cluster, &number, &settings);
        signal(victim, "-KILL");
        let _ = outcome.join();
        let mut session = back(&cluster, &database);
        let last = authority.issued(issue.grant).pop().expect("one");
        authority.set_rules([]);
        let renewed = session.client.simple_query(RENEW).is_ok();
        let alive = authority.grant_of(issue.grant).end.is_none();
        match (last.receipt, renewed && alive) {
            (Receipt::Read, true) => counts.kept += 1,
            (Receipt::Read, false) if presents && !rescued => counts.unwritten += 1,
            (Receipt::Read, false) => {
                counts.lost += 1;
                println!(
                    "round {round}: {victim} killed, presents: {presents}, rescued: {rescued}"
                );
            }
            _ => counts.unread += 1,
        }
    }
    println!("{ROUNDS} kills after the answer was read: {counts:?}");
    assert_eq!(counts.lost, 0, "{counts:?}");
    assert!(counts.kept >= ROUNDS as usize / 2, "{counts:?}");
}

/// A session of a server that may have restarted.
fn back(cluster: &Cluster, database: &str) -> Session {
    until("the server", || {
        let mut session = cluster.try_connect(database, "postgres")?;
        session.client.simple_query("SELECT pg_sleep(0.2)").ok()?;
        Some(session)
    })
}

// 13

#[test]
fn line_13_the_redirect_uri_goes_with_the_tokens_wherever_they_go() {
    let authority =
        Authority::start(Config { refresh_repeats_redirect: true, ..Config::default() })
            .expect("a port");
    let cluster = cluster();
    for (mapping, file) in stores(cluster, "redirect") {
        let mut session = cluster.database();
        session.audited(&authority, ", schema 'V2'", &mapping);
        let own = "https://own.example/back?x=1";
        let url = session.value(&format!(
            "SELECT basecamp.get_oauth_authorization_url('bc', callback_url => '{own}')"
        ));
        let back = agree(&url);
        session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}')"));
        session.run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD callbackurl 'https://later.example/')");
        authority.expire();
        assert_eq!(session.value(ASK), PEOPLE);
        let text = session.value("SELECT basecamp.export_oauth_settings('bc', 'correct horse')");
        let mut other = cluster.database();
        other.audited(&authority, ", schema 'V2'", RENEWS);
        other.rows(&format!(
            "SELECT basecamp.import_oauth_settings('bc', '{text}', 'correct horse')"
        ));
        other.rows(RENEW);
        let _ = std::fs::remove_file(file);
    }
    assert!(authority.grants().iter().all(|grant| grant.end.is_none()));
}

// 18

fn due(session: &mut Session, authority: &Authority) -> Issue {
    let issue = authority.grant();
    session.rows(&format!(
        "SELECT basecamp.set_oauth_tokens('bc', '{}', '{}', expires_in => 60)",
        issue.access, issue.refresh
    ));
    let half = "SELECT expires_at < now() + interval '29 seconds' FROM basecamp.connections";
    until_slowly(|| session.value(half) == "t");
    issue
}

fn until_slowly(mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < deadline, "not in time");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn line_18_a_failing_server_is_asked_when_it_said_and_not_once_a_statement() {
    let authority = authority();
    let mut session = cluster().database();
    session.audited(&authority, "", RENEWS);
    let headers = vec![("retry-after".to_owned(), "3600".to_owned())];
    let body = "{\"error\": \"slow down\"}".to_owned();
    authority.set_rules([Rule::token(Act::Answer { status: 429, body, headers })]);
    due(&mut session, &authority);
    for _ in 0..6 {
        assert_eq!(session.value(ASK), PEOPLE);
        assert_eq!(session.second().value(ASK), PEOPLE);
    }
    assert_eq!(authority.requests_to(TOKEN).len(), 1);
}

#[test]
fn line_18_a_bad_verifier_and_a_wrong_secret_are_asked_once_until_they_change() {
    let authority = authority();
    let mut session = cluster().database();
    session.audited(&authority, "", &format!("{RENEWS}, oauthverifier 'nonsense'"));
    for _ in 0..3 {
        assert_eq!(session.refusal(ASK).code, "28000");
        assert_eq!(session.second().refusal(ASK).code, "28000");
    }
    assert_eq!(authority.requests_to(TOKEN).len(), 1);
    let code = authority.code(BACK);
    session.run(&format!(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET oauthverifier '{code}')"
    ));
    assert_eq!(session.value(ASK), PEOPLE, "a good one is asked at once");
    let (_, secret) = authority.client();
    session.run(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET oauthclientsecret 'wrong')",
    );
    authority.clear_requests();
    authority.expire();
    for _ in 0..3 {
        assert_eq!(session.second().refusal(ASK).code, "28000");
    }
    assert_eq!(authority.requests_to(TOKEN).len(), 1);
    session.run(&format!(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET oauthclientsecret '{secret}')"
    ));
    assert_eq!(session.value(ASK), PEOPLE, "the right one is asked at once");
}

// 23

#[test]
fn line_23_no_message_says_that_a_renamed_server_loses_its_tokens() {
    let authority = authority();
    let mut session = Session::empty();
    session.audited(&authority, "", RENEWS);
    let refused = session.refusal(ASK);
    assert!(!refused.detail.contains("RENAME"), "{refused:?}");
    assert!(refused.hint.contains("basecamp.authorize"), "{refused:?}");
}
