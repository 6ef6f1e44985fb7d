//! Tokens are renewed once for all, never lost, and used by nobody else.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use server_tests::{Cluster, Session, cluster, give_away};
use simulator::{Config, OAuth, Simulator};

/// The application that Launchpad knows, as options of a mapping that renews.
const APP: &str = "oauthclientid 'simulated-client', \
    oauthclientsecret 'simulated-client-secret', initiateoauth 'REFRESH'";
/// A query that needs a token, and what it gives.
const ASK: &str = "SELECT count(*) FROM bc.people";
const PEOPLE: &str = "25";

fn simulator() -> Simulator {
    Simulator::start(Config::default()).expect("a port")
}

/// Stores new tokens of Launchpad's for the session's user.
fn store(session: &mut Session, simulator: &Simulator) -> (String, String) {
    let (access, refresh) = simulator.launchpad().issue_tokens();
    session.rows(&format!("SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}')"));
    (access, refresh)
}

/// A database with server `bc`, connected with stored tokens.
fn connected(cluster: &Cluster, simulator: &Simulator) -> Session {
    let mut session = cluster.database();
    session.connected(simulator, "", APP);
    store(&mut session, simulator);
    session
}

fn refreshes(simulator: &Simulator) -> u64 {
    simulator.launchpad().refreshes()
}

/// Whether the refresh token that is stored is the one that works.
fn assert_nothing_is_lost(session: &mut Session, simulator: &Simulator) {
    let before = refreshes(simulator);
    assert_eq!(session.value(ASK), PEOPLE);
    session.rows("SELECT * FROM basecamp.refresh_oauth_access_token('bc')");
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(refreshes(simulator), before + 1);
}

// When

#[test]
fn a_refused_token_is_renewed_and_the_statement_goes_on() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 0);
    session.run("BEGIN; DECLARE c CURSOR FOR SELECT id FROM bc.todos ORDER BY id");
    assert_eq!(session.rows("FETCH 5 FROM c").len(), 5);
    session.run("COMMIT");
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
    assert_eq!(session.second().value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
    // In the middle of a listing, between two pages.
    session.run("ALTER SERVER bc OPTIONS (ADD projectid 'all')");
    session.run("BEGIN; DECLARE c CURSOR FOR SELECT id FROM bc.todos");
    let first = session.rows("FETCH 1 FROM c").len();
    simulator.launchpad().expire_access_tokens();
    let rest = session.rows("FETCH ALL FROM c").len();
    session.run("COMMIT");
    assert_eq!(session.value("SELECT count(*) FROM bc.todos"), (first + rest).to_string());
    assert_eq!(refreshes(&simulator), 2);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    let (access, refresh) = simulator.launchpad().issue_tokens();
    // 4 seconds to live: due when half of them are over.
    session.rows(&format!(
        "SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}', expires_in => 4)"
    ));
    assert_eq!((session.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 0));
    let due = "SELECT expires_at < now() + interval '1 second' FROM basecamp.connections";
    while session.value(due) != "t" {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!((session.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
    let refused = simulator.requests().iter().filter(|each| each.status == 401).count();
    assert_eq!(refused, 0, "ahead of its end, nothing was refused");
}

#[test]
fn an_authorization_server_that_is_away_does_not_stop_a_token_that_still_works() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    let (access, refresh) = simulator.launchpad().issue_tokens();
    session.rows(&format!(
        "SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}', expires_in => 60)"
    ));
    let due = "SELECT expires_at < now() + interval '29 seconds' FROM basecamp.connections";
    simulator.set_faults(&["oauth-500"]);
    while session.value(due) != "t" {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(session.value(ASK), PEOPLE);
    simulator.set_faults(&[]);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
}

#[test]
fn fifty_sessions_that_notice_together_refresh_once() {
    const SESSIONS: usize = 50;
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    session.run("SELECT 1");
    for round in 1..=2 {
        let sessions: Vec<Session> = (0..SESSIONS).map(|_| session.second()).collect();
        simulator.launchpad().expire_access_tokens();
        Session::together(sessions, |each| assert_eq!(each.value(ASK), PEOPLE));
        assert_eq!(refreshes(&simulator), round, "one request for {SESSIONS} sessions");
        assert_eq!(simulator.launchpad().refused(), 0);
    }
}

#[test]
fn a_refresh_token_that_is_refused_says_what_to_do() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    let (_, refresh) = store(&mut session, &simulator);
    assert_eq!(session.value(ASK), PEOPLE);
    simulator.launchpad().revoke_everything();
    let refused = session.refusal(ASK);
    assert_eq!(refused.code, "28000", "{refused:?}");
    assert!(refused.hint.contains("basecamp.authorize('bc')"), "{refused:?}");
    assert!(!format!("{refused:?}").contains(&refresh));
    // It is not tried again at every statement.
    let asked = simulator.launchpad().refused();
    assert_eq!(session.refusal(ASK).code, "28000");
    assert_eq!(simulator.launchpad().refused(), asked);
    // Authorized again, the same session goes on.
    store(&mut session, &simulator);
    assert_eq!(session.value(ASK), PEOPLE);
}

// Nothing is lost

#[test]
fn a_rollback_an_error_and_a_read_only_transaction_lose_nothing() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    let failing = "SELECT 1 / (id - id) FROM bc.people";
    for (begin, statement, fails) in [
        ("BEGIN", ASK, false),
        ("BEGIN READ ONLY", ASK, false),
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", ASK, false),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY", ASK, false),
        ("BEGIN; SAVEPOINT a", failing, true),
        ("BEGIN; SET TRANSACTION READ ONLY; SELECT 1", ASK, false),
    ] {
        let before = refreshes(&simulator);
        simulator.launchpad().expire_access_tokens();
        session.run(begin);
        if fails {
            assert_eq!(session.refusal(statement).code, "22012");
        } else {
            assert_eq!(session.value(statement), PEOPLE, "{begin}");
        }
        session.run("ROLLBACK");
        assert_eq!(refreshes(&simulator), before + 1, "{begin}");
        assert_nothing_is_lost(&mut session.second(), &simulator);
    }
}

#[test]
fn an_old_snapshot_sees_the_newest_tokens() {
    let simulator = simulator();
    let mut old = connected(cluster(), &simulator);
    let mut other = old.second();
    old.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM basecamp.connections");
    simulator.launchpad().expire_access_tokens();
    assert_eq!(other.value(ASK), PEOPLE);
    assert_eq!(old.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(old.value(ASK), PEOPLE, "a refresh of its own");
    old.run("ROLLBACK");
    assert_eq!(refreshes(&simulator), 2);
    assert_eq!(other.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 2);
}

#[test]
fn a_cancel_while_tokens_are_renewed_ends_the_wait_and_not_the_work() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    simulator.launchpad().expire_access_tokens();
    simulator.set_latency(Duration::from_millis(500));
    let mut waiting = session.second();
    let backend = waiting.backend();
    let outcome = std::thread::spawn(move || waiting.refusal(ASK).code);
    let worker = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'basecamp_fdw tokens'";
    while session.value(worker) == "0" {
        std::thread::yield_now();
    }
    let start = Instant::now();
    session.rows(&format!("SELECT pg_cancel_backend({backend})"));
    assert_eq!(outcome.join().expect("no panic"), "57014");
    assert!(start.elapsed() < Duration::from_secs(5));
    // The next one waits for the worker that is still at it, and needs no request.
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
    simulator.set_latency(Duration::ZERO);
    assert_nothing_is_lost(&mut session, &simulator);
}

#[test]
fn a_caller_that_is_killed_right_after_the_answer_loses_nothing() {
    let simulator = simulator();
    let cluster = Cluster::start(&[]);
    let mut session = connected(&cluster, &simulator);
    for round in 1..=8 {
        simulator.launchpad().expire_access_tokens();
        let mut caller = session.second();
        let process = caller.backend().to_string();
        let before = refreshes(&simulator);
        // The connection stays open, so that there is a process to kill however quick it was.
        let outcome = std::thread::spawn(move || (caller.client.simple_query(ASK).is_ok(), caller));
        while refreshes(&simulator) == before {
            std::hint::spin_loop();
        }
        // The first rounds at once, the others a little later.
        std::thread::sleep(Duration::from_millis(round - 1));
        let kill = std::process::Command::new("kill").arg("-9").arg(&process).status();
        assert!(kill.is_ok());
        let _ = outcome.join();
        let restarts = |log: &str| log.matches("all server processes terminated").count() as u64;
        let deadline = Instant::now() + Duration::from_secs(30);
        while restarts(&cluster.log()) < round {
            assert!(Instant::now() < deadline, "{}", cluster.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        cluster.await_connections();
        let database = session.database.clone();
        session = cluster.connect(&database, "postgres");
        assert_eq!(session.value(ASK), PEOPLE, "round {round}");
        assert_nothing_is_lost(&mut session, &simulator);
        assert_eq!(simulator.launchpad().refused(), 0, "round {round}");
    }
}

#[test]
fn a_standby_renews_in_memory() {
    let simulator = simulator();
    let mut primary = Cluster::start(&["basecamp_fdw.renew_on_standby=on"]);
    let session = connected(&primary, &simulator);
    let database = session.database.clone();
    let (access, refresh) = simulator.launchpad().issue_tokens();
    let mut with_options = primary.database();
    let options = format!("{APP}, oauthaccesstoken '{access}', oauthrefreshtoken '{refresh}'");
    with_options.connected(&simulator, "", &options);
    let database_with_options = with_options.database.clone();
    drop((session, with_options));
    let standby = primary.standby();
    let mut session = standby.connect(&database, "postgres");
    assert_eq!(session.value("SELECT pg_is_in_recovery()"), "t");
    assert_eq!(session.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
    // Tokens of the options, on a standby that has not got the key: it makes none of its own.
    let mut other = standby.connect(&database_with_options, "postgres");
    std::fs::rename(key_file(&standby), standby.folder().join("key")).expect("moved");
    assert_eq!(other.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 2);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(other.value(ASK), PEOPLE);
    assert_eq!(other.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 3);
    assert!(!key_file(&standby).exists());
    std::fs::rename(standby.folder().join("key"), key_file(&standby)).expect("moved");
    let rotate = session.refusal("SELECT basecamp.rotate_encryption_key()");
    assert_eq!(rotate.code, "25006", "{rotate:?}");
    // The web flow too, for this session.
    let url = session.value("SELECT basecamp.get_oauth_authorization_url('bc')");
    let back = server_tests::browser::agree(&url);
    session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}')"));
    assert_eq!(session.value(ASK), PEOPLE);
}

#[test]
fn without_a_worker_to_be_had_the_error_says_which_setting_to_raise() {
    let simulator = simulator();
    let cluster = Cluster::start(&["max_worker_processes=0"]);
    let mut session = cluster.database();
    session.connected(&simulator, "", APP);
    let refused = session.refusal("SELECT basecamp.set_oauth_tokens('bc', 'access', 'refresh')");
    assert_eq!(refused.code, "53400");
    assert!(refused.hint.contains("max_worker_processes"), "{refused:?}");
}

// Which tokens

#[test]
fn options_that_are_replaced_win_over_the_store_until_they_are_renewed() {
    let simulator = simulator();
    let launchpad = simulator.launchpad();
    let mut session = Session::empty();
    let (access, refresh) = launchpad.issue_tokens();
    let options = format!("{APP}, oauthaccesstoken '{access}', oauthrefreshtoken '{refresh}'");
    session.connected(&simulator, "", &options);
    let mut other = session.second();
    assert_eq!(other.value(ASK), PEOPLE);
    launchpad.expire_access_tokens();
    assert_eq!((session.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
    // The options are out of date now, and the store is used.
    assert_eq!((other.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
    let set = |access: &str| {
        format!(
            "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET oauthaccesstoken '{access}', SET oauthrefreshtoken 'none')"
        )
    };
    session.run(&set("wr0ng"));
    let refused = other.refusal(ASK);
    assert_eq!(refused.code, "28000", "the next statement of every session sees it: {refused:?}");
    let (access, _) = launchpad.issue_tokens();
    session.run(&set(&access));
    assert_eq!((other.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
    // Without tokens in the options, what is stored is used.
    session.run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (DROP oauthaccesstoken, DROP oauthrefreshtoken)");
    assert_eq!((other.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
    // Another option changes nothing of that.
    session.run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD scope 'read')");
    assert_eq!((other.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
}

#[test]
fn dropping_the_mapping_the_server_or_what_a_role_owns_removes_the_row() {
    let simulator = simulator();
    let stored = "SELECT count(*) FROM basecamp.oauth_tokens";
    let mut session = connected(cluster(), &simulator);
    session.run("SELECT basecamp.get_oauth_authorization_url('bc')");
    assert_eq!(session.value(stored), "1");
    session.run("BEGIN; DROP USER MAPPING FOR CURRENT_USER SERVER bc; ROLLBACK");
    assert_eq!(session.value(stored), "1");
    assert_eq!(session.value(ASK), PEOPLE);
    session.run("DROP USER MAPPING FOR CURRENT_USER SERVER bc");
    assert_eq!(session.value(stored), "0");
    assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_pending"), "0");
    session.run(&format!("CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS ({APP})"));
    assert_eq!(session.refusal(ASK).code, "28000", "a new mapping begins anew");
    store(&mut session, &simulator);
    session.run("DROP SERVER bc CASCADE");
    assert_eq!(session.value(stored), "0");

    let mut session = connected(cluster(), &simulator);
    session.run("CREATE ROLE leaver LOGIN; GRANT USAGE ON FOREIGN SERVER bc TO leaver");
    session.run(&format!("CREATE USER MAPPING FOR leaver SERVER bc OPTIONS ({APP})"));
    store(&mut session.of_role("leaver"), &simulator);
    assert_eq!(session.value(stored), "2");
    session.run("DROP OWNED BY leaver; DROP ROLE leaver");
    assert_eq!(session.value(stored), "1");
    assert_eq!(session.value("SELECT basecamp.forget_oauth_tokens('bc')"), "t");
    assert_eq!(session.value(stored), "0");
    assert_eq!(session.value("SELECT basecamp.forget_oauth_tokens('bc')"), "f");
    assert_eq!(session.refusal(ASK).code, "28000");
    session.run("DROP EXTENSION basecamp_fdw CASCADE");
}

#[test]
fn a_renamed_server_keeps_its_tokens() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    session.run("ALTER SERVER bc RENAME TO basecamp");
    assert_eq!(session.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
    let stored = session.value("SELECT string_agg(server_name, ',') FROM basecamp.oauth_tokens");
    assert_eq!(stored, "basecamp");
    session.run("BEGIN; ALTER SERVER basecamp RENAME TO bc; ROLLBACK");
    assert_eq!(session.value(ASK), PEOPLE);
}

// Whose tokens

#[test]
fn everybody_uses_their_own_mapping_and_a_view_that_of_its_owner() {
    let simulator = simulator();
    let launchpad = simulator.launchpad();
    let mut session = connected(cluster(), &simulator);
    session.run(
        "CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE carl LOGIN;
         GRANT USAGE ON FOREIGN SERVER bc TO ann, bob, carl;
         GRANT USAGE, CREATE ON SCHEMA bc TO ann, bob, carl;
         GRANT SELECT ON ALL TABLES IN SCHEMA bc TO ann, bob, carl; GRANT ann TO bob",
    );
    for role in ["ann", "bob"] {
        session.run(&format!("CREATE USER MAPPING FOR {role} SERVER bc OPTIONS ({APP})"));
    }
    let (mut ann, mut bob, mut carl) =
        (session.of_role("ann"), session.of_role("bob"), session.of_role("carl"));
    store(&mut ann, &simulator);
    bob.rows("SELECT basecamp.set_oauth_tokens('bc', 'nobodys')");
    assert_eq!(ann.value(ASK), PEOPLE);
    assert_eq!(bob.refusal(ASK).code, "28000");
    let refused = carl.refusal(ASK);
    assert!(refused.message.contains("user mapping not found"), "{refused:?}");
    // A view is read as its owner, whoever reads it.
    ann.run("CREATE VIEW bc.anns AS SELECT * FROM bc.people; GRANT SELECT ON bc.anns TO bob, carl");
    for reader in [&mut bob, &mut carl] {
        assert_eq!(reader.value("SELECT count(*) FROM bc.anns"), PEOPLE);
    }
    bob.run("CREATE VIEW bc.bobs AS SELECT * FROM bc.people; GRANT SELECT ON bc.bobs TO ann");
    assert_eq!(ann.refusal("SELECT count(*) FROM bc.bobs").code, "28000");
    // A refresh on the way belongs to the owner too.
    launchpad.expire_access_tokens();
    assert_eq!(carl.value("SELECT count(*) FROM bc.anns"), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
    bob.run("SET ROLE ann");
    assert_eq!(bob.value(ASK), PEOPLE);
    assert_eq!(bob.value("SELECT user_name FROM basecamp.connections"), "ann");
    bob.run("RESET ROLE");
    assert_eq!(bob.refusal(ASK).code, "28000");
    assert_eq!(refreshes(&simulator), 1);
    // The table is nobody's to read or write.
    for forbidden in [
        "SELECT * FROM basecamp.oauth_tokens",
        "DELETE FROM basecamp.oauth_tokens",
        "SELECT * FROM basecamp.oauth_pending",
        "SELECT basecamp.rotate_encryption_key()",
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD oauthsettingslocation '/tmp/mine')",
    ] {
        assert_eq!(ann.refusal(forbidden).code, "42501", "{forbidden}");
    }
    // A row that is moved by hand opens for nobody.
    session.run(
        "DELETE FROM basecamp.oauth_tokens WHERE user_role = 'bob'::regrole;
                 UPDATE basecamp.oauth_tokens SET user_role = 'bob' WHERE user_role = 'ann'::regrole",
    );
    let refused = bob.refusal(ASK);
    assert_eq!(refused.code, "55000");
    assert!(refused.message.contains("could not decrypt"), "{refused:?}");
    session
        .run("UPDATE basecamp.oauth_tokens SET user_role = 'ann' WHERE user_role = 'bob'::regrole");
    assert_eq!(ann.value(ASK), PEOPLE);
    // Who drops their own mapping drops their own row.
    ann.run("DROP USER MAPPING FOR ann SERVER bc");
    assert_eq!(
        session.value("SELECT string_agg(user_role::text, ',') FROM basecamp.oauth_tokens"),
        "postgres"
    );
    session.run("DROP OWNED BY ann, bob, carl CASCADE; DROP ROLE ann, bob, carl");
}

#[test]
fn functions_need_usage_on_the_server_and_publics_tokens_are_the_owners_business() {
    let simulator = simulator();
    let mut session = Session::empty();
    session.connected(&simulator, "", APP);
    session.run(&format!(
        "CREATE USER MAPPING FOR PUBLIC SERVER bc OPTIONS ({APP});
         CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA bc TO guest; GRANT SELECT ON bc.people TO guest"
    ));
    let mut guest = session.of_role("guest");
    let set = "SELECT basecamp.set_oauth_tokens('bc', 'access')";
    assert_eq!(guest.refusal(set).code, "42501");
    session.run("GRANT USAGE ON FOREIGN SERVER bc TO guest");
    let refused = guest.refusal(set);
    assert_eq!(refused.code, "42501");
    assert!(refused.message.contains("must be owner"), "{refused:?}");
    assert_eq!(
        guest.refusal("SELECT basecamp.export_oauth_settings('bc', 'correct horse')").code,
        "42501"
    );
    // Its owner sets them as somebody without a mapping of their own.
    session.run("DROP USER MAPPING FOR CURRENT_USER SERVER bc");
    store(&mut session, &simulator);
    assert_eq!(guest.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(guest.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 1);
    assert_eq!(session.value("SELECT user_role FROM basecamp.oauth_tokens"), "-", "PUBLIC");
    session.run("DROP USER MAPPING FOR PUBLIC SERVER bc");
    assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_tokens"), "0");
    for (call, code) in [
        ("SELECT basecamp.set_oauth_tokens('nowhere', 'x')", "42704"),
        ("SELECT basecamp.set_oauth_tokens(NULL, 'x')", "22023"),
    ] {
        assert_eq!(session.refusal(call).code, code, "{call}");
    }
    session.run(
        "CREATE FOREIGN DATA WRAPPER other; CREATE SERVER elsewhere FOREIGN DATA WRAPPER other",
    );
    assert_eq!(session.refusal("SELECT basecamp.set_oauth_tokens('elsewhere', 'x')").code, "42704");
    session.run("DROP OWNED BY guest; DROP ROLE guest");
}

#[test]
fn a_search_path_with_look_alikes_changes_nothing() {
    let simulator = simulator();
    let mut session = connected(cluster(), &simulator);
    session.run(
        "CREATE SCHEMA trap; CREATE TABLE trap.oauth_tokens (LIKE basecamp.oauth_tokens);
         CREATE FUNCTION trap.texteq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
         CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.texteq);
         CREATE FUNCTION trap.to_timestamp(double precision) RETURNS timestamptz
           LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$trapped$$; END';
         SET search_path = trap, pg_catalog, basecamp",
    );
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(session.value("SELECT pg_catalog.count(*) FROM trap.oauth_tokens"), "0");
    session.rows("SELECT rotate_encryption_key(new_key => false)");
    assert_eq!(session.value("SELECT forget_oauth_tokens('bc')"), "t");
}

// Where they rest

#[test]
fn a_restored_dump_connects_with_the_key_file() {
    let simulator = simulator();
    let cluster = Cluster::start(&[]);
    let mut session = connected(&cluster, &simulator);
    assert_eq!(session.value(ASK), PEOPLE);
    let Some(dump) = cluster.client_program("pg_dump", &["-d", &session.database]) else {
        eprintln!("not tested: this installation has no pg_dump");
        return;
    };
    let dump = String::from_utf8_lossy(&dump.stdout).into_owned();
    assert!(dump.contains("COPY basecamp.oauth_tokens"), "{dump}");
    let other = Cluster::start(&[]);
    let file = other.folder().join("dump.sql");
    std::fs::write(&file, &dump).expect("written");
    give_away(&file);
    other.connect("postgres", "postgres").run("CREATE DATABASE restored");
    let path = file.display().to_string();
    let restore = ["-d", "restored", "-q", "-v", "ON_ERROR_STOP=1", "-f", &*path];
    let restored = other.client_program("psql", &restore).expect("psql beside pg_dump");
    assert!(restored.status.success(), "{restored:?}");
    let mut session = other.connect("restored", "postgres");
    let refused = session.refusal(ASK);
    assert!(refused.message.contains("key file"), "{refused:?}");
    copy(&key_file(&cluster), &key_file(&other));
    assert_eq!(session.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
}

fn key_file(cluster: &Cluster) -> PathBuf {
    cluster.data().join("basecamp_fdw.key")
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("copied");
    give_away(to);
}

#[test]
fn a_key_file_that_is_missing_truncated_replaced_or_open_to_others_loses_no_row() {
    let simulator = simulator();
    let cluster = Cluster::start(&[]);
    let mut session = connected(&cluster, &simulator);
    let key = key_file(&cluster);
    let mode = std::fs::metadata(&key).expect("made on first use").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = key.with_extension("kept");
    copy(&key, &kept);
    let rows = "SELECT md5(string_agg(t::text, '')) FROM basecamp.oauth_tokens t";
    let before = session.value(rows);
    let mut refuses = |what: &str, says: &str| {
        let set = "SELECT basecamp.set_oauth_tokens('bc', 'other', 'other')";
        for statement in [ASK, set] {
            let refused = session.refusal(statement);
            assert_eq!(refused.code, "55000", "{what}: {refused:?}");
            assert!(refused.message.contains(says), "{what}: {refused:?}");
            assert!(!refused.hint.is_empty(), "{what}: {refused:?}");
        }
        assert_eq!(session.value(rows), before, "{what}");
        copy(&kept, &key);
        assert_eq!(session.value(ASK), PEOPLE, "after {what}");
    };
    std::fs::remove_file(&key).expect("there");
    refuses("missing", "does not exist");
    std::fs::write(&key, b"short").expect("written");
    refuses("truncated", "does not hold a key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("changed");
    refuses("open to others", "read or written by others");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("changed");
    std::fs::write(&key, [7; 32]).expect("written");
    let refused = session.refusal(ASK);
    assert_eq!(refused.code, "55000", "{refused:?}");
    assert!(refused.message.contains("encrypted with another key"), "{refused:?}");
    assert_eq!(session.value(rows), before);
    copy(&kept, &key);
    assert_eq!(session.value(ASK), PEOPLE);
    // A row that is edited by hand.
    session.run("UPDATE basecamp.oauth_tokens SET ciphertext = set_byte(ciphertext, 3, get_byte(ciphertext, 3) # 1)");
    let refused = session.refusal(ASK);
    assert!(refused.message.contains("could not decrypt"), "{refused:?}");
    assert!(
        session
            .refusal("SELECT basecamp.rotate_encryption_key()")
            .message
            .contains("could not decrypt")
    );
    store(&mut session, &simulator);
    assert_eq!(session.value(ASK), PEOPLE);
}

#[test]
fn a_rotated_key_opens_everything_and_a_rollback_changes_nothing() {
    let simulator = simulator();
    let cluster = Cluster::start(&[]);
    let mut session = connected(&cluster, &simulator);
    let mut elsewhere = connected(&cluster, &simulator);
    let file = cluster.folder().join("settings");
    let mut filed = cluster.database();
    filed.connected(&simulator, "", &format!("{APP}, oauthsettingslocation '{}'", file.display()));
    store(&mut filed, &simulator);
    let (access, refresh) = simulator.launchpad().issue_tokens();
    session.run(&format!(
        "CREATE ROLE rotating LOGIN; GRANT USAGE ON FOREIGN SERVER bc TO rotating;
         GRANT USAGE ON SCHEMA bc TO rotating; GRANT SELECT ON bc.people TO rotating;
         CREATE USER MAPPING FOR rotating SERVER bc
           OPTIONS ({APP}, oauthaccesstoken '{access}', oauthrefreshtoken '{refresh}')"
    ));
    let mut role = session.of_role("rotating");
    role.rows("SELECT * FROM basecamp.refresh_oauth_access_token('bc')");
    let before = refreshes(&simulator);
    let ids = "SELECT string_agg(DISTINCT key_id, ',') FROM basecamp.oauth_tokens";
    let key = key_file(&cluster);
    let (old_key, old_id) = (std::fs::read(&key).expect("there"), session.value(ids));

    session.run("BEGIN");
    assert_eq!(session.value("SELECT basecamp.rotate_encryption_key()"), "2");
    session.run("ROLLBACK");
    assert_eq!(
        (std::fs::read(&key).expect("there"), session.value(ids)),
        (old_key.clone(), old_id.clone())
    );
    assert_eq!(session.value(ASK), PEOPLE);

    assert_eq!(session.value("SELECT basecamp.rotate_encryption_key()"), "2");
    assert_ne!(std::fs::read(&key).expect("there"), old_key);
    assert_ne!(session.value(ids), old_id);
    // The rows here, and those of other databases and files, which still have the old key.
    for each in [&mut session, &mut elsewhere, &mut filed, &mut role] {
        assert_eq!(each.value(ASK), PEOPLE);
        assert_eq!(each.second().value(ASK), PEOPLE);
    }
    assert_eq!(refreshes(&simulator), before, "the store still wins over the options it replaced");
    assert_eq!(elsewhere.value("SELECT basecamp.rotate_encryption_key(new_key => false)"), "1");
    assert_eq!(elsewhere.value(ids), session.value(ids));
    simulator.launchpad().expire_access_tokens();
    for each in [&mut session, &mut elsewhere, &mut filed, &mut role] {
        assert_eq!(each.value(ASK), PEOPLE);
    }
    // Now nothing needs the old key.
    std::fs::remove_file(format!("{}.{old_id}", key.display())).expect("kept until now");
    for each in [&mut session, &mut elsewhere, &mut filed, &mut role] {
        assert_eq!(each.value(ASK), PEOPLE);
    }
    // A crash between the commit and the change of the key file: rows are of a key beside it.
    let new_id = session.value(ids);
    let beside = PathBuf::from(format!("{}.{new_id}", key.display()));
    copy(&key, &beside);
    std::fs::write(&key, &old_key).expect("written");
    assert_eq!(session.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
}

#[test]
fn a_settings_file_is_renewed_once_for_all_sessions() {
    const SESSIONS: usize = 10;
    let simulator = simulator();
    let file = cluster().folder().join("tokens-settings");
    let mut session = Session::empty();
    session.connected(
        &simulator,
        "",
        &format!("{APP}, oauthsettingslocation '{}'", file.display()),
    );
    store(&mut session, &simulator);
    // Two databases with the same file: the lock of the file is all they share.
    let mut other = Session::empty();
    other.connected(&simulator, "", &format!("{APP}, oauthsettingslocation '{}'", file.display()));
    simulator.launchpad().expire_access_tokens();
    let sessions: Vec<Session> = (0..SESSIONS)
        .map(|number| if number % 2 == 0 { session.second() } else { other.second() })
        .collect();
    Session::together(sessions, |each| assert_eq!(each.value(ASK), PEOPLE));
    assert_eq!(refreshes(&simulator), 1);
    session.run("BEGIN READ ONLY");
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    session.run("ROLLBACK");
    assert_eq!(other.value(ASK), PEOPLE);
    assert_eq!(refreshes(&simulator), 2);
}

#[test]
fn a_clock_that_was_set_back_neither_stops_a_token_nor_renews_it_again_and_again() {
    // What a clock that goes back leaves behind is a row from the future: that is made here.
    let simulator = Simulator::start(Config {
        oauth: OAuth { lifetime: Duration::from_secs(3600), ..OAuth::default() },
        ..Config::default()
    })
    .expect("a port");
    let mut session = connected(cluster(), &simulator);
    let (access, refresh) = simulator.launchpad().issue_tokens();
    session.rows(&format!(
        "SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}', expires_in => 2000000000)"
    ));
    assert_eq!((session.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 0));
    // It ends long before the clock says so: the service's refusal counts.
    simulator.launchpad().expire_access_tokens();
    assert_eq!((session.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
    assert_eq!((session.value(ASK).as_str(), refreshes(&simulator)), (PEOPLE, 1));
}
