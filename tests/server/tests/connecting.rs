//! The ways in which people connect, each through SQL: tests/server/properties.txt names these tests.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use server_tests::browser::{agree, visit};
use server_tests::{Refusal, Session, cluster};
use simulator::{Config, OAuth, Simulator};

/// The application that Launchpad knows, as options of a mapping.
const APP: &str = "oauthclientid 'simulated-client', oauthclientsecret 'simulated-client-secret'";
/// A query that needs a token, and what it gives.
const ASK: &str = "SELECT count(*) FROM bc.people";
const PEOPLE: &str = "25";

fn simulator(oauth: OAuth) -> Simulator {
    let config = Config { oauth, ..Config::default() };
    Simulator::start(config).expect("a port")
}

/// A database with server `bc`, and a mapping with the application and these options.
fn connected(simulator: &Simulator, server: &str, mapping: &str) -> Session {
    let mut session = Session::empty();
    session.connected(simulator, server, &format!("{APP} {mapping}"));
    session
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

/// The address in a notice, as soon as there is one.
fn address(notices: &Arc<Mutex<Vec<String>>>) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let heard = notices.lock().expect("no panic").join("\n");
        if let Some(start) = heard.find("http://") {
            let rest = &heard[start..];
            return rest.split_whitespace().next().unwrap_or_default().to_owned();
        }
        assert!(Instant::now() < deadline, "no address in: {heard}");
        std::thread::yield_now();
    }
}

fn query(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').expect("a query");
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    pair.unwrap_or_else(|| panic!("no {name} in {url}")).to_owned()
}

// 1. Basic

#[test]
fn basic_is_refused_with_basecamp_3_and_says_why() {
    let mut session = Session::empty();
    let refused = session.refusal(
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', authscheme 'Basic')",
    );
    assert_eq!(refused.code, "HV024");
    assert!(refused.detail.contains("OAuth tokens only"), "{refused:?}");
    session.run("CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1')");
    session
        .run("CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'ada', password 'p4ss')");
    session.run("CREATE FOREIGN TABLE todos (id bigint) SERVER s");
    let refused = session.refusal("SELECT * FROM todos");
    assert!(refused.message.contains("need schema V2"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("p4ss"));
    session.run(
        "CREATE SERVER two FOREIGN DATA WRAPPER basecamp_fdw \
           OPTIONS (accountid '1', schema 'V2', authscheme 'Basic')",
    );
}

/// Basecamp 2 has people too: those of the simulator's dump who were not removed.
fn people_of_v2(simulator: &Simulator) -> String {
    let people = simulator.dump_v2("people").into_iter();
    let present = people.filter(|person| person["asked"]["trashed"] == false).count();
    assert!(present > 0, "somebody is there");
    present.to_string()
}

/// A database with server `two` of Basecamp 2, and a mapping with these options.
fn connected_to_v2(simulator: &Simulator, server: &str, mapping: &str) -> Session {
    let mut session = Session::empty();
    let (url, account) = (simulator.url(), simulator.account());
    session.run(&format!(
        "CREATE SERVER two FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '{account}', \
           schema 'V2', url '{url}', oauthurl '{url}', ratelimit '0' {server}); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER two OPTIONS ({mapping}); CREATE SCHEMA bc; \
         IMPORT FOREIGN SCHEMA v2 LIMIT TO (people) FROM SERVER two INTO bc"
    ));
    session
}

#[test]
fn a_user_and_password_connect_to_basecamp_2() {
    let config = Config::default();
    let (user, password) = (config.v2_user.clone(), config.v2_password.clone());
    let simulator = Simulator::start(config).expect("a port");
    let pair = format!("user '{user}', password '{password}'");
    let people = people_of_v2(&simulator);
    for scheme in ["", ", authscheme 'Basic'"] {
        let mut session = connected_to_v2(&simulator, scheme, &pair);
        assert_eq!(session.value(ASK), people, "{scheme}");
        assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_tokens"), "0");
    }
    let mut session = connected_to_v2(&simulator, "", &format!("user '{user}', password 'wr0ng'"));
    let refused = session.refusal(ASK);
    assert_eq!(refused.code, "28000");
    assert!(!format!("{refused:?}").contains("wr0ng"), "{refused:?}");
    session.run("ALTER USER MAPPING FOR CURRENT_USER SERVER two OPTIONS (DROP password)");
    let refused = session.refusal(ASK);
    assert!(refused.message.contains("\"password\" is required"), "{refused:?}");
    let mut session = connected_to_v2(&simulator, ", authscheme 'Basic'", "scope 'read'");
    assert!(session.refusal(ASK).message.contains("\"user\" is required"));
}

#[test]
fn basecamp_2_takes_tokens_too_and_they_are_renewed() {
    let simulator = simulator(OAuth::default());
    let people = people_of_v2(&simulator);
    let mut session = connected_to_v2(&simulator, ", initiateoauth 'REFRESH'", APP);
    let back = agree(&session.value("SELECT basecamp.get_oauth_authorization_url('two')"));
    session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('two', '{back}')"));
    assert_eq!(session.value(ASK), people);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), people);
    assert_eq!(simulator.launchpad().refreshes(), 1);
}

// 2. A custom application, by the web flow

#[test]
fn a_custom_application_connects_by_the_web_flow() {
    let simulator = simulator(OAuth::default());
    let mut session = connected(&simulator, "", "");
    let url = session.value(
        "SELECT basecamp.get_oauth_authorization_url('bc', callback_url => 'https://app.example/cb', \
           scope => 'write')",
    );
    assert_eq!(query(&url, "scope"), "write");
    let back = agree(&url);
    assert!(back.starts_with("https://app.example/cb?"), "{back}");
    let code = query(&back, "code");
    let granted = session.rows(&format!(
        "SELECT access_token, refresh_token, expires_in FROM basecamp.get_oauth_access_token('bc', \
           verifier => '{code}', callback_url => 'https://app.example/cb')"
    ));
    let granted: Vec<String> = granted[0].iter().flatten().cloned().collect();
    assert!(granted[0].starts_with("access-") && granted[1].starts_with("refresh-"));
    let seconds: i64 = granted[2].parse().expect("seconds");
    assert!((1_209_500..=1_209_600).contains(&seconds), "{seconds}");
    assert!(simulator.launchpad().granted()[0].pkce);
    assert_eq!(session.value(ASK), PEOPLE);
    let seen = session
        .rows("SELECT server_name, user_name, expires_at IS NOT NULL FROM basecamp.connections");
    assert_eq!(seen[0].iter().flatten().collect::<Vec<_>>(), ["bc", "postgres", "t"]);

    let renewed =
        session.value("SELECT access_token FROM basecamp.refresh_oauth_access_token('bc')");
    assert_ne!(renewed, granted[0]);
    assert_eq!((session.value(ASK).as_str(), simulator.launchpad().refreshes()), (PEOPLE, 1));
    // By hand with a refresh token from elsewhere.
    let (_, other) = simulator.launchpad().issue_tokens();
    session.rows(&format!("SELECT * FROM basecamp.refresh_oauth_access_token('bc', '{other}')"));
    assert_eq!((session.value(ASK).as_str(), simulator.launchpad().refreshes()), (PEOPLE, 2));
}

#[test]
fn a_verifier_may_be_the_whole_callback_address_and_its_state_is_checked() {
    let simulator = simulator(OAuth::default());
    let mut session = connected(&simulator, "", "");
    let url = session.value("SELECT basecamp.get_oauth_authorization_url('bc', state => 'mine')");
    assert_eq!(query(&url, "state"), "mine");
    let back = agree(&url);
    let forged = back.replace("state=mine", "state=theirs");
    let exchange =
        |back: &str| format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}')");
    let refused = session.refusal(&exchange(&forged));
    assert_eq!(refused.code, "28000");
    assert!(refused.message.contains("another authorization request"), "{refused:?}");
    assert_eq!(simulator.launchpad().exchanges(), 0);
    // Another URL was made meanwhile: the state says which of them this is.
    session.value("SELECT basecamp.get_oauth_authorization_url('bc')");
    session.rows(&exchange(&back));
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_pending"), "0");
    // Nobody else's pending authorization is used.
    session.run("CREATE ROLE stranger LOGIN; GRANT USAGE ON FOREIGN SERVER bc TO stranger");
    session.run(&format!("CREATE USER MAPPING FOR stranger SERVER bc OPTIONS ({APP})"));
    let back = agree(&session.value("SELECT basecamp.get_oauth_authorization_url('bc')"));
    let refused = session.of_role("stranger").refusal(&exchange(&back));
    assert!(refused.message.contains("another authorization request"), "{refused:?}");
    session.run("DROP OWNED BY stranger; DROP ROLE stranger");
}

#[test]
fn codes_that_are_expired_used_or_of_another_application_are_refused() {
    let simulator = simulator(OAuth { code_lifetime: Duration::ZERO, ..OAuth::default() });
    let mut session = connected(&simulator, "", "");
    let exchange =
        |code: &str| format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{code}')");
    let code = simulator.launchpad().issue_code("http://127.0.0.1:33333/");
    let refused = session.refusal(&exchange(&code));
    assert_eq!(refused.code, "28000", "expired: {refused:?}");
    assert!(!format!("{refused:?}").contains(&code));

    let simulator = self::simulator(OAuth::default());
    let mut session = connected(&simulator, "", "");
    let code = simulator.launchpad().issue_code("http://127.0.0.1:33333/");
    session.rows(&exchange(&code));
    let refused = session.refusal(&exchange(&code));
    assert_eq!(refused.code, "28000", "used: {refused:?}");
    assert_eq!(session.value(ASK), PEOPLE, "the tokens stay");
    session.run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET oauthclientsecret 'wr0ng-s3cret')");
    let code = simulator.launchpad().issue_code("http://127.0.0.1:33333/");
    let refused = session.refusal(&exchange(&code));
    assert_eq!(refused.code, "28000", "wrong secret: {refused:?}");
    assert!(!format!("{refused:?}").contains("wr0ng-s3cret"), "{refused:?}");
}

#[test]
fn an_authorization_server_that_misbehaves_is_a_clear_error_and_loses_nothing() {
    let simulator = simulator(OAuth::default());
    let mut session = connected(&simulator, ", timeout '2'", "");
    let (access, refresh) = simulator.launchpad().issue_tokens();
    session.rows(&format!("SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}')"));
    let stored = "SELECT nonce FROM basecamp.oauth_tokens";
    let before = session.value(stored);
    for (fault, code) in [
        ("oauth-html", "HV000"),
        ("oauth-bad-json", "HV000"),
        ("oauth-bad-token", "HV000"),
        ("oauth-huge", "HV000"),
        ("oauth-redirect", "HV000"),
        ("oauth-500", "58000"),
        ("oauth-503", "58000"),
        ("oauth-429", "53400"),
        ("oauth-authorization-expired", "28000"),
        ("oauth-echo", "28000"),
        ("oauth-hang", "08006"),
        ("oauth-slow", "08006"),
    ] {
        simulator.set_faults(&[fault]);
        let refused = session.refusal("SELECT * FROM basecamp.refresh_oauth_access_token('bc')");
        assert_eq!(refused.code, code, "{fault}: {refused:?}");
        let said = format!("{refused:?}");
        for secret in [&*access, &*refresh, "simulated-client-secret"] {
            assert!(!said.contains(secret), "{fault}: {said}");
        }
        assert_eq!(session.value(stored), before, "{fault}");
    }
    simulator.set_faults(&[]);
    session.rows("SELECT * FROM basecamp.refresh_oauth_access_token('bc')");
    assert_ne!(session.value(stored), before);
}

// 3. Desktop

#[test]
fn the_desktop_flow_shows_the_address_waits_for_the_browser_and_goes_on() {
    let simulator = simulator(OAuth::default());
    let callback = format!("http://127.0.0.1:{}/", free_port());
    let mut session = connected(&simulator, "", &format!(", callbackurl '{callback}'"));
    let (heard, mut other) = (session.hearing(), session.second());
    let waiting = std::thread::spawn(move || {
        session.rows("SELECT basecamp.authorize('bc', timeout => 60)");
        session
    });
    let back = agree(&address(&heard));
    assert!(back.starts_with(&callback), "{back}");
    let page = visit(&back);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("close this tab"), "{}", page.body);
    let mut session = waiting.join().expect("no panic");
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(other.value(ASK), PEOPLE);
    assert_eq!(simulator.launchpad().exchanges(), 1);
}

#[test]
fn getandrefresh_asks_for_the_browser_where_there_are_no_tokens() {
    let simulator = simulator(OAuth::default());
    let callback = format!("http://127.0.0.1:{}/", free_port());
    let mapping = format!(", callbackurl '{callback}', initiateoauth 'GETANDREFRESH'");
    let mut session = connected(&simulator, "", &mapping);
    let heard = session.hearing();
    let waiting = std::thread::spawn(move || (session.value(ASK), session));
    visit(&agree(&address(&heard)));
    let (people, mut session) = waiting.join().expect("no panic");
    assert_eq!(people, PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    let launchpad = simulator.launchpad();
    assert_eq!((launchpad.exchanges(), launchpad.refreshes()), (1, 1));
}

#[test]
fn auth_mode_app_is_the_desktop_flow() {
    let simulator = simulator(OAuth::default());
    let callback = format!("http://127.0.0.1:{}/", free_port());
    let mut session = connected(&simulator, "", "");
    let heard = session.hearing();
    let waiting = std::thread::spawn(move || {
        session.value(&format!(
            "SELECT access_token FROM basecamp.get_oauth_access_token('bc', auth_mode => 'app', \
               callback_url => '{callback}')"
        ))
    });
    visit(&agree(&address(&heard)));
    assert!(waiting.join().expect("no panic").starts_with("access-"));
    let mut session = connected(&simulator, "", "");
    let wrong = "SELECT * FROM basecamp.get_oauth_access_token('bc', auth_mode => 'desk')";
    assert_eq!(session.refusal(wrong).code, "22023");
    let missing = session.refusal("SELECT * FROM basecamp.get_oauth_access_token('bc')");
    assert!(missing.message.contains("verifier"), "{missing:?}");
}

fn refused(mut session: Session, sql: &'static str) -> std::thread::JoinHandle<Refusal> {
    std::thread::spawn(move || session.refusal(sql))
}

#[test]
fn the_wait_for_the_browser_ends_with_a_cancel_a_refusal_a_forged_state_or_the_timeout() {
    let simulator = simulator(OAuth::default());
    let callback = format!("http://127.0.0.1:{}/", free_port());
    let mut session = connected(&simulator, "", &format!(", callbackurl '{callback}'"));
    let begin = |session: &Session| {
        let mut waiting = session.second();
        let (backend, heard) = (waiting.backend(), waiting.hearing());
        let outcome = refused(waiting, "SELECT basecamp.authorize('bc', 60)");
        (backend, address(&heard), outcome)
    };
    let (backend, _, outcome) = begin(&session);
    let start = Instant::now();
    session.rows(&format!("SELECT pg_cancel_backend({backend})"));
    assert_eq!(outcome.join().expect("no panic").code, "57014");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());

    simulator.set_faults(&["oauth-denied"]);
    let (_, url, outcome) = begin(&session);
    let page = visit(&agree(&url));
    assert!(!page.body.contains("You can close this tab and go back"), "{}", page.body);
    let refusal = outcome.join().expect("no panic");
    assert_eq!(refusal.code, "28000");
    assert!(refusal.detail.contains("access_denied"), "{refusal:?}");

    simulator.set_faults(&["oauth-wrong-state"]);
    let (_, url, outcome) = begin(&session);
    visit(&agree(&url));
    simulator.set_faults(&[]);
    // A stranger's callback does not end the wait: the right one still may come.
    visit(&agree(&url));
    outcome.join().expect_err("tokens were stored");
    assert_eq!(session.value(ASK), PEOPLE);

    let late = session.refusal("SELECT basecamp.authorize('bc', 1)");
    assert_eq!(late.code, "28000");
    assert!(late.message.contains("within 1 s"), "{late:?}");
    assert_eq!(session.refusal("SELECT basecamp.authorize('bc', 0)").code, "22023");
}

#[test]
fn a_callback_port_in_use_is_a_clear_error() {
    let simulator = simulator(OAuth::default());
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let mut session =
        connected(&simulator, "", &format!(", callbackurl 'http://127.0.0.1:{port}/'"));
    let refused = session.refusal("SELECT basecamp.authorize('bc')");
    assert!(refused.message.contains(&port.to_string()), "{refused:?}");
    assert!(!refused.hint.is_empty(), "{refused:?}");
}

// 4. Headless

#[test]
fn a_verifier_in_the_mapping_is_exchanged_once() {
    let simulator = simulator(OAuth::default());
    let code = simulator.launchpad().issue_code("http://127.0.0.1:33333/");
    let mapping = format!(", initiateoauth 'REFRESH', oauthverifier '{code}'");
    let mut session = connected(&simulator, "", &mapping);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(session.second().value(ASK), PEOPLE);
    assert_eq!(simulator.launchpad().exchanges(), 1);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    // A new verifier is a new beginning.
    let code = simulator.launchpad().issue_code("http://127.0.0.1:33333/");
    session.run(&format!(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET oauthverifier '{code}')"
    ));
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(simulator.launchpad().exchanges(), 2);

    let code = simulator.launchpad().issue_code("http://127.0.0.1:33333/");
    let mut off = connected(&simulator, "", &format!(", oauthverifier '{code}'"));
    let refused = off.refusal(ASK);
    assert_eq!(refused.code, "28000");
    assert!(refused.hint.contains("initiateoauth"), "{refused:?}");
}

#[test]
fn tokens_move_between_machines_as_text_that_a_passphrase_opens() {
    let simulator = simulator(OAuth::default());
    let mut first = connected(&simulator, "", ", initiateoauth 'REFRESH'");
    let (access, refresh) = simulator.launchpad().issue_tokens();
    first.rows(&format!("SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}')"));
    let text =
        first.value("SELECT basecamp.export_oauth_settings('bc', passphrase => 'correct horse')");
    assert!(!text.contains(&access) && !text.contains(&refresh));
    let mut second = connected(&simulator, "", ", initiateoauth 'REFRESH'");
    let import = |phrase: &str| {
        format!("SELECT basecamp.import_oauth_settings('bc', '{text}', passphrase => '{phrase}')")
    };
    assert!(!second.refusal(&import("battery staple")).message.is_empty());
    assert_eq!(second.refusal(ASK).code, "28000");
    second.rows(&import("correct horse"));
    assert_eq!(second.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(second.value(ASK), PEOPLE);
    assert_eq!(simulator.launchpad().refreshes(), 1);
}

#[test]
fn a_settings_file_is_sealed_private_and_can_be_copied_with_the_key() {
    let simulator = simulator(OAuth::default());
    let path = cluster().folder().join("connecting-settings");
    let mapping = format!(", initiateoauth 'REFRESH', oauthsettingslocation '{}'", path.display());
    let mut session = connected(&simulator, "", &mapping);
    let (access, refresh) = simulator.launchpad().issue_tokens();
    session.rows(&format!("SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}')"));
    let text = std::fs::read_to_string(&path).expect("written");
    assert!(!text.contains(&access) && !text.contains(&refresh), "{text}");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_tokens"), "0");
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);

    // Another database, with the same names and the same key.
    let copy = cluster().folder().join("connecting-settings-copy");
    std::fs::copy(&path, &copy).expect("copied");
    server_tests::give_away(&copy);
    let mapping = mapping.replace("connecting-settings", "connecting-settings-copy");
    let mut other = connected(&simulator, "", &mapping);
    assert_eq!(other.value(ASK), PEOPLE);
    // Not for everybody's eyes, and not for another user.
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).expect("changed");
    let refused = other.refusal(ASK);
    assert!(refused.message.contains("read or written by others"), "{refused:?}");
    assert_eq!(session.value("SELECT basecamp.forget_oauth_tokens('bc')"), "t");
    assert_eq!(session.value("SELECT basecamp.forget_oauth_tokens('bc')"), "f");
    assert_eq!(session.refusal(ASK).code, "28000");
}

#[test]
fn a_device_connects_by_discovery() {
    let simulator = simulator(OAuth { discovery: true, ..OAuth::default() });
    let mut session = connected(&simulator, "", "");
    let heard = session.hearing();
    let waiting = std::thread::spawn(move || {
        session.rows("SELECT basecamp.authorize_device('bc')");
        session
    });
    address(&heard);
    simulator.launchpad().approve_devices();
    let mut session = waiting.join().expect("no panic");
    assert_eq!(session.value(ASK), PEOPLE);

    let without = self::simulator(OAuth::default());
    let refused = connected(&without, "", "").refusal("SELECT basecamp.authorize_device('bc')");
    assert!(refused.message.contains("device"), "{refused:?}");
}

// 5. Tokens in hand

#[test]
fn an_access_token_alone_is_used_as_it_is() {
    let simulator = simulator(OAuth::default());
    let (access, _) = simulator.launchpad().issue_tokens();
    let mut session = Session::empty();
    session.connected(&simulator, "", &format!("oauthaccesstoken '{access}'"));
    assert_eq!(session.value(ASK), PEOPLE);
    simulator.launchpad().expire_access_tokens();
    let refused = session.refusal(ASK);
    assert_eq!(refused.code, "28000");
    assert!(!format!("{refused:?}").contains(&access));
    assert_eq!(simulator.launchpad().refreshes(), 0);
    // It needs no key: nothing is stored.
    assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_tokens"), "0");
}

#[test]
fn tokens_in_the_mapping_are_renewed_with_initiateoauth_refresh() {
    let simulator = simulator(OAuth::default());
    let (access, refresh) = simulator.launchpad().issue_tokens();
    let mapping = format!(
        ", oauthaccesstoken '{access}', oauthrefreshtoken '{refresh}', initiateoauth 'REFRESH'"
    );
    let mut session = connected(&simulator, "", &mapping);
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(simulator.launchpad().refreshes(), 0);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.value(ASK), PEOPLE);
    assert_eq!(session.second().value(ASK), PEOPLE, "the store is newer than the options");
    assert_eq!(simulator.launchpad().refreshes(), 1);
    // A refresh token alone is enough.
    let (_, refresh) = simulator.launchpad().issue_tokens();
    let mut alone = connected(
        &simulator,
        "",
        &format!(", oauthrefreshtoken '{refresh}', initiateoauth 'REFRESH'"),
    );
    assert_eq!(alone.value(ASK), PEOPLE);
    assert_eq!(simulator.launchpad().refreshes(), 2);
}

// Which account

#[test]
fn accounts_says_who_the_token_is_and_what_it_can_see() {
    let simulator = simulator(OAuth::default());
    let (access, refresh) = simulator.launchpad().issue_tokens();
    let mapping = format!(
        ", oauthaccesstoken '{access}', oauthrefreshtoken '{refresh}', initiateoauth 'REFRESH'"
    );
    let mut session = connected(&simulator, "", &mapping);
    let account = simulator.account().to_string();
    let found =
        session.rows("SELECT id, name, product, href, email_address FROM basecamp.accounts('bc')");
    let ids: Vec<_> = found.iter().filter_map(|row| row[0].clone()).collect();
    assert!(ids.contains(&account), "{found:?}");
    simulator.launchpad().expire_access_tokens();
    assert_eq!(session.rows("SELECT id FROM basecamp.accounts('bc')").len(), found.len());
    assert_eq!(simulator.launchpad().refreshes(), 1);
}

#[test]
fn the_application_of_the_installation_is_used_where_the_mapping_has_none() {
    let secret = "basecamp_fdw.oauth_client_secret=simulated-client-secret";
    let id = "basecamp_fdw.oauth_client_id=simulated-client";
    let simulator = simulator(OAuth::default());
    let unprotected = server_tests::Cluster::start(&[id, secret]);
    let mut session = unprotected.database();
    session.connected(&simulator, "", "");
    let refused = session.refusal("SELECT basecamp.get_oauth_authorization_url('bc')");
    assert_eq!(refused.code, "55000");
    assert!(refused.hint.contains("session_preload_libraries"), "{refused:?}");
    drop((session, unprotected));

    let preload = "session_preload_libraries=basecamp_fdw";
    let cluster = server_tests::Cluster::start(&[id, secret, preload]);
    let mut session = cluster.database();
    session.connected(&simulator, "", "");
    let url = session.value("SELECT basecamp.get_oauth_authorization_url('bc')");
    let back = agree(&url);
    session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}')"));
    assert_eq!(session.value(ASK), PEOPLE);
    session.run("CREATE ROLE anybody LOGIN");
    let refused = session.of_role("anybody").refusal("SHOW basecamp_fdw.oauth_client_secret");
    assert_eq!(refused.code, "42501");
}
