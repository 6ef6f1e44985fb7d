//! The audit of tokens and credentials, on an authorization server that forgives nothing: what it says
//! and echoes, where credentials go, who may do what, and what the errors advise. A test is named after
//! the line of the audit that it is about; `make audit` prints them as a table. What happens when
//! something is interrupted is in `audit_keeper.rs`.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use authority::{Act, Authority, Rule};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use server_tests::audit::{
    ASK, PEOPLE, RENEW, RENEWS, address, assert_kept, authority, connected, free_port, store, until,
};
use server_tests::browser::{agree, visit};
use server_tests::{Refusal, Session, cluster};

fn everything(refusal: &Refusal) -> String {
    format!("{} {} {}", refusal.message, refusal.detail, refusal.hint)
}

/// A server whose API, and whose Launchpad, are two.
fn apart(api: &Authority, launchpad: &Authority, server: &str, mapping: &str) -> Session {
    let mut session = Session::empty();
    let (url, oauthurl, account) = (api.url(), launchpad.url(), api.account());
    session.run(&format!(
        "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw OPTIONS \
           (accountid '{account}', url '{url}', oauthurl '{oauthurl}', ratelimit '0' {server}); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS ({mapping}); CREATE SCHEMA bc"
    ));
    session
}

// 4

#[test]
fn line_04_odd_token_answers_are_stored_before_they_are_judged() {
    let authority = authority();
    let (mut session, first) = connected(cluster(), &authority, "", RENEWS);
    let odd = [
        ("expires_in", json!("3600")),
        ("expires_in", json!(0)),
        ("expires_in", json!(-1)),
        ("expires_in", json!(2_147_483_648_i64)),
        ("expires_in", json!(1e12)),
        ("expires_in", json!(1.5)),
        ("expires_in", json!(true)),
        ("scope", json!(["read", "write"])),
        ("token_type", json!("mac")),
        ("token_type", json!("")),
        ("token_type", json!(7)),
        ("resource", json!({})),
    ];
    for (name, value) in odd {
        let when = format!("{name}: {value}");
        authority.expire();
        authority.set_rules([Rule::token(Act::bend(&json!({name: value})))]);
        let before = session.notices().len();
        assert_eq!(session.value(ASK), PEOPLE, "{when}");
        let notices = session.notices()[before..].join("\n");
        assert!(notices.contains(&format!("\"{name}\"")), "{when}: no WARNING in {notices:?}");
        assert_kept(&mut session, &authority, first.grant, &when);
    }
    // What the specification lets out is no oddity.
    for name in ["expires_in", "token_type", "scope"] {
        authority.expire();
        authority.set_rules([Rule::token(Act::bend(&json!({name: null})))]);
        let before = session.notices().len();
        assert_eq!(session.value(ASK), PEOPLE, "{name} missing");
        assert_eq!(session.notices()[before..], [] as [&str; 0], "{name} missing");
        assert_kept(&mut session, &authority, first.grant, name);
    }
    assert_eq!(authority.grant_of(first.grant).end, None);
}

#[test]
fn line_04_a_refresh_token_beside_no_access_token_is_kept() {
    let authority = authority();
    let (mut session, first) = connected(cluster(), &authority, "", RENEWS);
    authority.set_rules([Rule::token(Act::bend(&json!({"access_token": 5})))]);
    let refused = session.refusal(RENEW);
    assert_eq!(refused.code, "HV000", "{refused:?}");
    assert_kept(&mut session, &authority, first.grant, "after half an answer");
}

#[test]
fn line_04_odd_answers_to_a_code_are_stored_before_they_are_judged() {
    let authority = authority();
    let mut session = Session::empty();
    session.audited(&authority, "", RENEWS);
    let url = session.value("SELECT basecamp.get_oauth_authorization_url('bc')");
    authority.set_rules([Rule::token(Act::bend(&json!({"expires_in": "soon", "scope": []})))]);
    let back = agree(&url);
    session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}')"));
    let notices = session.notices().join("\n");
    assert!(notices.contains("\"expires_in\"") && notices.contains("\"scope\""), "{notices}");
    assert_kept(&mut session, &authority, 0, "after the code");
}

// 5

/// A connection by a device whose tokens come from another server than Launchpad.
fn of_a_device(api: &Authority, issuer: &Authority, launchpad: &Authority) -> Session {
    api.set(|config| config.issuers = Some(vec![issuer.url()]));
    issuer.set(|config| config.issuers = Some(vec![issuer.url()]));
    let mut session =
        apart(api, launchpad, "", "oauthclientid 'audited-client', initiateoauth 'REFRESH'");
    let heard = session.hearing();
    let waiting = std::thread::spawn(move || {
        session.rows("SELECT basecamp.authorize_device('bc')");
        session
    });
    address(&heard);
    issuer.approve_devices();
    waiting.join().expect("no panic")
}

#[test]
fn line_05_endpoints_in_an_imported_text_are_not_believed() {
    let (evil, api, launchpad) = (authority(), authority(), authority());
    let export = "SELECT basecamp.export_oauth_settings('bc', passphrase => 'correct horse')";
    let text = of_a_device(&evil, &evil, &launchpad).value(export);
    let import = format!(
        "SELECT basecamp.import_oauth_settings('bc', '{text}', passphrase => 'correct horse')"
    );
    evil.clear_requests();
    let mut user = apart(&api, &launchpad, "", "initiateoauth 'REFRESH'");
    user.run("IMPORT FOREIGN SCHEMA v3 LIMIT TO (people) FROM SERVER bc INTO bc");
    let refused = user.refusal(&import);
    assert_eq!(refused.code, "22023", "{refused:?}");
    assert_eq!(user.refusal(ASK).code, "28000");
    let _ = user.client.simple_query(RENEW);
    assert_eq!(evil.requests().len(), 0, "{:?}", evil.requests());
    // Where the account's own server is that issuer, it is taken.
    api.set(|config| config.issuers = Some(vec![evil.url()]));
    user.run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD oauthclientid 'audited-client')");
    user.rows(&import);
    user.rows(RENEW);
    assert_eq!(evil.requests_to("/authorization/token").len(), 1);
    assert_eq!(launchpad.requests().len(), 0);
}

#[test]
fn line_05_costly_parameters_of_an_imported_text_are_refused_unused() {
    let authority = authority();
    let (mut session, _) = connected(cluster(), &authority, "", "");
    let text =
        session.value("SELECT basecamp.export_oauth_settings('bc', passphrase => 'correct horse')");
    let lines: String = text.lines().filter(|line| !line.starts_with('-')).map(str::trim).collect();
    let mut bytes = STANDARD.decode(lines).expect("base64");
    // Four times the memory, and three times the passes, of an export.
    bytes[1..5].copy_from_slice(&262_144_u32.to_be_bytes());
    bytes[5..9].copy_from_slice(&10_u32.to_be_bytes());
    let costly = format!(
        "-----BEGIN BASECAMP OAUTH SETTINGS-----\n{}\n-----END BASECAMP OAUTH SETTINGS-----",
        STANDARD.encode(bytes)
    );
    let import = |text: &str| {
        format!("SELECT basecamp.import_oauth_settings('bc', '{text}', 'correct horse')")
    };
    let refused = session.refusal(&import(&costly));
    assert!(everything(&refused).contains("too much memory or time"), "{refused:?}");
    let refused = session.refusal(&import(&"x".repeat(2_000_000)));
    assert!(refused.message.contains("too long"), "{refused:?}");
    session.rows(&import(&text));
}

// 16

/// Whether a text has a secret, or the better part of it.
fn betrays(text: &str, secret: &str) -> bool {
    secret
        .as_bytes()
        .windows(12)
        .any(|part| std::str::from_utf8(part).is_ok_and(|part| text.contains(part)))
}

#[test]
fn line_16_what_the_api_echoes_is_redacted_everywhere() {
    let authority = authority();
    let (mut session, first) = connected(cluster(), &authority, "", "");
    for status in [400, 401, 403, 404, 422, 429, 500, 507, 302, 418] {
        let server = "ALTER SERVER bc OPTIONS (ADD maxattempts '1')";
        let _ = session.client.batch_execute(server);
        authority.set_rules([Rule::at("/4711", Act::Echo(status))]);
        let refused = session.refusal(ASK);
        let said = everything(&refused);
        assert!(!betrays(&said, &first.access), "{status}: {said}");
        // A part of it gives away as much.
        let half = &first.access[..first.access.len() - 4];
        let body = json!({"error": format!("the token {half}… is bad")}).to_string();
        authority.set_rules([Rule::at("/4711", Act::Answer { status, body, headers: Vec::new() })]);
        let said = everything(&session.refusal(ASK));
        assert!(!betrays(&said, &first.access), "{status}: {said}");
    }
    assert!(!betrays(&cluster().log(), &first.access));
}

#[test]
fn line_16_what_the_token_endpoint_echoes_is_redacted_everywhere() {
    let authority = authority();
    let (mut session, first) = connected(cluster(), &authority, "", RENEWS);
    let (_, secret) = authority.client();
    for status in [200, 400, 401, 403, 429, 500] {
        authority.set_rules([Rule::token(Act::Echo(status))]);
        let said = everything(&session.refusal(RENEW));
        for secret in [&first.access, &first.refresh, &secret] {
            assert!(!betrays(&said, secret), "{status}: {said}");
        }
    }
    authority.set_rules([Rule::at("/authorization.json", Act::Echo(401))]);
    let mut plain = Session::empty();
    plain.audited(&authority, "", "");
    let second = store(&mut plain, &authority);
    let said = everything(&plain.refusal("SELECT * FROM basecamp.accounts('bc')"));
    assert!(!betrays(&said, &second.access), "{said}");
    let log = cluster().log();
    assert!(!betrays(&log, &first.access) && !betrays(&log, &second.access));
}

#[test]
fn line_16_an_echoed_password_is_redacted_too() {
    let authority = authority();
    let mapping = "user 'ann@example.com', password 'a-long-password-of-hers'";
    let mut session = apart(&authority, &authority, ", schema 'V2'", mapping);
    session.run("IMPORT FOREIGN SCHEMA v2 LIMIT TO (people) FROM SERVER bc INTO bc");
    authority.set_rules([Rule::at("/4711", Act::Echo(401))]);
    let said = everything(&session.refusal(ASK));
    let pair = STANDARD.encode("ann@example.com:a-long-password-of-hers");
    assert!(!betrays(&said, &pair) && !betrays(&said, "a-long-password-of-hers"), "{said}");
}

// 17

#[test]
fn line_17_a_devices_token_goes_to_its_own_issuer_only() {
    let (api, issuer, launchpad) = (authority(), authority(), authority());
    let mut session = of_a_device(&api, &issuer, &launchpad);
    session.run("IMPORT FOREIGN SCHEMA v3 LIMIT TO (authorized_accounts) FROM SERVER bc INTO bc");
    assert_eq!(session.value("SELECT count(*) FROM bc.authorized_accounts"), "1");
    assert_eq!(session.rows("SELECT * FROM basecamp.accounts('bc')").len(), 1);
    session.rows(RENEW);
    assert_eq!(session.value("SELECT count(*) FROM bc.authorized_accounts"), "1");
    assert_eq!(launchpad.requests().len(), 0, "{:?}", launchpad.requests());
    let forms = issuer.requests_to("/authorization/token");
    assert!(forms.iter().all(|form| form.form("client_secret").is_none()));
}

#[test]
fn line_17_a_password_of_basecamp_2_goes_to_basecamp_2_only() {
    let (api, launchpad) = (authority(), authority());
    let mapping = "user 'ann@example.com', password 'hush'";
    let mut session = apart(&api, &launchpad, ", schema 'V2'", mapping);
    session.run(
        "IMPORT FOREIGN SCHEMA v2 LIMIT TO (people, authorized_accounts) FROM SERVER bc INTO bc",
    );
    let refused = session.refusal("SELECT * FROM bc.authorized_accounts");
    assert_eq!(refused.code, "0A000", "{refused:?}");
    assert!(refused.hint.contains("OAuth"), "{refused:?}");
    assert_eq!(session.refusal(ASK).code, "28000");
    let shown = |seen: &authority::Seen| seen.authorization.clone().unwrap_or_default();
    assert!(api.requests().iter().all(|seen| shown(seen).starts_with("Basic ")));
    assert_eq!(launchpad.requests().len(), 0, "{:?}", launchpad.requests());
}

// 19

/// A database in which the extension is not, and neither is its schema.
fn bare() -> Session {
    let mut session = Session::empty();
    session.run("DROP EXTENSION basecamp_fdw; DROP SCHEMA IF EXISTS basecamp");
    session
}

#[test]
fn line_19_a_schema_in_which_others_lie_in_wait_is_refused_with_the_reason() {
    let create = "CREATE EXTENSION basecamp_fdw";
    let mut session = bare();
    session.run("CREATE ROLE squatter; CREATE SCHEMA basecamp AUTHORIZATION squatter");
    let refused = session.refusal(create);
    assert_eq!(refused.code, "42501", "{refused:?}");
    assert!(refused.message.contains("squatter"), "{refused:?}");
    session.run("ALTER SCHEMA basecamp OWNER TO CURRENT_USER");
    for (object, gone) in [
        (
            "FUNCTION basecamp.set_oauth_tokens(text, text, text) RETURNS void LANGUAGE sql AS ''",
            "FUNCTION basecamp.set_oauth_tokens(text, text, text)",
        ),
        ("TABLE basecamp.mine ()", "TABLE basecamp.mine"),
        ("TYPE basecamp.mine AS ENUM ()", "TYPE basecamp.mine"),
        (
            "OPERATOR basecamp.= (LEFTARG = text, RIGHTARG = int, FUNCTION = pg_catalog.repeat)",
            "OPERATOR basecamp.= (text, int)",
        ),
    ] {
        session.run(&format!("CREATE {object}"));
        let refused = session.refusal(create);
        assert_eq!(refused.code, "55000", "{object}: {refused:?}");
        assert!(refused.message.contains("not empty"), "{object}: {refused:?}");
        session.run(&format!("DROP {gone}"));
    }
    session.run("GRANT CREATE ON SCHEMA basecamp TO squatter");
    let refused = session.refusal(create);
    assert!(refused.detail.contains("squatter"), "{refused:?}");
    // An empty schema of one's own is fine, and one that is not there.
    session.run("REVOKE CREATE ON SCHEMA basecamp FROM squatter");
    session.run(create);
    session.run("DROP EXTENSION basecamp_fdw; DROP SCHEMA IF EXISTS basecamp; CREATE EXTENSION basecamp_fdw");
    session.run("DROP ROLE squatter");
}

#[test]
fn line_19_functions_run_with_pg_catalog_first_whatever_the_search_path() {
    let authority = authority();
    let mut session = Session::empty();
    session.audited(&authority, "", RENEWS);
    session.run(
        "CREATE SCHEMA trap; CREATE DOMAIN trap.text AS pg_catalog.int4;
         CREATE DOMAIN trap.timestamptz AS pg_catalog.date; CREATE SCHEMA made;
         SET search_path = trap, pg_catalog, basecamp",
    );
    session.rows("SELECT * FROM import('bc', 'made', ARRAY['people'])");
    let trapped = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a, pg_catalog.pg_type t \
         WHERE a.attrelid = 'made.people'::pg_catalog.regclass AND a.attnum > 0 \
           AND t.oid = a.atttypid AND t.typnamespace = 'trap'::pg_catalog.regnamespace";
    assert_eq!(session.value(trapped), "0");
    let open = "SELECT pg_catalog.string_agg(p.proname, ' ') FROM pg_catalog.pg_proc p \
         WHERE p.pronamespace = 'basecamp'::pg_catalog.regnamespace AND p.provolatile <> 'i' \
           AND NOT coalesce(p.proconfig[1] LIKE 'search_path=pg_catalog,%', false) \
           AND p.proname <> 'basecamp_fdw_handler'";
    assert_eq!(session.value(open), "");
}

// 20

#[test]
fn line_20_forty_silent_connections_do_not_delay_the_browser() {
    let authority = authority();
    let port = free_port();
    let mut session = Session::empty();
    session.audited(&authority, "", &format!(", callbackurl 'http://127.0.0.1:{port}/'"));
    let heard = session.hearing();
    let waiting = std::thread::spawn(move || {
        session.rows("SELECT basecamp.authorize('bc', timeout => 60)");
        session
    });
    let url = address(&heard);
    let silent: Vec<TcpStream> = (0..40)
        .map(|_| until("the listener", || TcpStream::connect(("127.0.0.1", port)).ok()))
        .collect();
    let begun = Instant::now();
    assert_eq!(visit(&agree(&url)).status, 200);
    let mut session = waiting.join().expect("no panic");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(session.value(ASK), PEOPLE);
    drop(silent);
}

// 21

#[test]
fn line_21_the_end_of_a_token_is_read_as_a_number_and_as_a_text() {
    let authority = authority();
    let (mut session, _) = connected(cluster(), &authority, "", "");
    session.run("IMPORT FOREIGN SCHEMA v3 LIMIT TO (authorized_accounts) FROM SERVER bc INTO bc");
    for numeric in [false, true] {
        authority.set(|config| config.numeric_expiry = numeric);
        let ends = "SELECT expires_at > now() + interval '1 day' FROM bc.authorized_accounts";
        assert_eq!(session.value(ends), "t", "as a number: {numeric}");
        assert_eq!(session.rows("SELECT * FROM basecamp.accounts('bc')").len(), 1);
    }
    let bent = Act::bend(&json!({"expires_at": 4_102_444_800.5}));
    authority.set_rules([Rule::at("/authorization.json", bent)]);
    let end = "SELECT expires_at = '2100-01-01 00:00:00+00' FROM bc.authorized_accounts";
    assert_eq!(session.value(end), "t");
    assert_eq!(session.rows("SELECT * FROM basecamp.accounts('bc')").len(), 1);
}

#[test]
fn line_21_a_discovery_that_fails_is_told_as_failed() {
    let authority = authority();
    let mut session = Session::empty();
    session.audited(&authority, "", "");
    let device = "SELECT basecamp.authorize_device('bc')";
    let answer =
        |status, body: &str| Act::Answer { status, body: body.to_owned(), headers: Vec::new() };
    for (act, code) in [
        (answer(500, ""), "58000"),
        (answer(200, "<html>"), "HV000"),
        (answer(200, "{\"resource\": \"https://elsewhere.example\"}"), "HV000"),
        (answer(302, ""), "HV000"),
    ] {
        authority.set_rules([Rule::at("/.well-known/oauth-protected-resource", act.clone())]);
        let refused = session.refusal(device);
        assert_eq!(refused.code, code, "{act:?}: {refused:?}");
        assert!(refused.message.contains("could not find"), "{act:?}: {refused:?}");
        assert!(!everything(&refused).contains("Launchpad"), "{act:?}: {refused:?}");
        assert!(refused.hint.contains("option url"), "{act:?}: {refused:?}");
    }
    // An API that does not describe itself is Launchpad's.
    authority.set_rules([]);
    let refused = session.refusal(device);
    assert!(refused.code == "0A000" && refused.detail.contains("Launchpad"), "{refused:?}");
}

// 22

#[test]
fn line_22_the_password_of_a_proxy_belongs_on_the_mapping() {
    let (authority, proxy) = (authority(), authority());
    let (mut session, _) = connected(cluster(), &authority, "", "");
    let with = "ALTER SERVER bc OPTIONS (ADD proxy 'http://ann:s3cret-word@127.0.0.1:1')";
    let refused = session.refusal(with);
    assert_eq!(refused.code, "HV024", "{refused:?}");
    assert!(refused.hint.contains("proxypassword"), "{refused:?}");
    assert!(!everything(&refused).contains("s3cret-word"), "{refused:?}");
    let on_server = session.refusal("ALTER SERVER bc OPTIONS (ADD proxypassword 's3cret-word')");
    assert_eq!(on_server.code, "HV00D", "{on_server:?}");
    session.run(&format!(
        "ALTER SERVER bc OPTIONS (ADD proxy '{}');
         ALTER USER MAPPING FOR CURRENT_USER SERVER bc
           OPTIONS (ADD proxyuser 'ann', ADD proxypassword 's3cret-word')",
        proxy.url()
    ));
    let listed = "SELECT srvoptions::text FROM pg_foreign_server WHERE srvname = 'bc'";
    assert!(!session.value(listed).contains("s3cret-word"));
    let _ = session.refusal(ASK);
    assert_eq!(authority.requests().len(), 0, "what asks goes through the proxy");
    assert_eq!(proxy.requests().len(), 1, "{:?}", proxy.requests());
}

#[test]
fn line_22_an_owner_changes_other_options_of_a_server_whose_url_a_superuser_set() {
    let authority = authority();
    let mut session = Session::empty();
    session.audited(&authority, "", "");
    session.run(
        "CREATE ROLE keeper_of_bc LOGIN; GRANT USAGE ON FOREIGN DATA WRAPPER basecamp_fdw TO keeper_of_bc;
         ALTER SERVER bc OWNER TO keeper_of_bc",
    );
    let mut owner = session.of_role("keeper_of_bc");
    owner.run("ALTER SERVER bc OPTIONS (ADD timeout '7')");
    owner.run("ALTER SERVER bc OPTIONS (SET ratelimit '10/1s', DROP timeout)");
    let evil = "https://evil.example";
    for refused in [
        format!("ALTER SERVER bc OPTIONS (SET url '{evil}')"),
        format!("ALTER SERVER bc OPTIONS (SET oauthurl '{evil}')"),
        // A part of what a superuser set is not what a superuser set.
        "ALTER SERVER bc OPTIONS (DROP oauthurl)".to_owned(),
        "ALTER SERVER bc OPTIONS (ADD cacert '/etc/passwd')".to_owned(),
        format!(
            "CREATE SERVER other FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', url '{evil}')"
        ),
    ] {
        assert_eq!(owner.refusal(&refused).code, "42501", "{refused}");
    }
    // The same of a mapping whose settings file a superuser named.
    let file = cluster().folder().join("audit-settings").display().to_string();
    session.run(&format!(
        "CREATE USER MAPPING FOR keeper_of_bc SERVER bc OPTIONS (oauthsettingslocation '{file}')"
    ));
    owner.run("ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (ADD scope 'read')");
    let moved = "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET oauthsettingslocation '/tmp/x')";
    assert_eq!(owner.refusal(moved).code, "42501");
    drop(owner);
    session.run("DROP OWNED BY keeper_of_bc CASCADE; DROP ROLE keeper_of_bc");
}

#[test]
fn line_22_paths_of_the_data_directory_are_shown_to_superusers_only() {
    let authority = authority();
    let cluster = server_tests::Cluster::start(&[]);
    let (mut session, _) = connected(&cluster, &authority, "", RENEWS);
    session.run(
        "CREATE ROLE ann LOGIN; GRANT USAGE ON FOREIGN SERVER bc TO ann; GRANT USAGE ON SCHEMA bc TO ann;
         GRANT SELECT ON bc.people TO ann; CREATE USER MAPPING FOR ann SERVER bc",
    );
    let mut ann = session.of_role("ann");
    let set = "SELECT basecamp.set_oauth_tokens('bc', 'one', 'two')";
    ann.rows(set);
    std::fs::remove_file(cluster.data().join("basecamp_fdw.key")).expect("made before");
    let place = cluster.data().display().to_string();
    let told = everything(&session.second().refusal(ASK));
    assert!(told.contains(&place), "a superuser is told: {told}");
    for statement in [ASK, set, RENEW] {
        let told = everything(&ann.second().refusal(statement));
        assert!(told.contains("basecamp_fdw.key") && !told.contains(&place), "{statement}: {told}");
    }
}

#[test]
fn line_22_a_scope_that_comes_too_late_is_refused() {
    let authority = authority();
    let mut session = Session::empty();
    session.audited(&authority, "", "");
    let url = session.value("SELECT basecamp.get_oauth_authorization_url('bc', scope => 'read')");
    let back = agree(&url);
    let late =
        format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}', scope => 'all')");
    let refused = session.refusal(&late);
    assert!(refused.code == "22023" && refused.message.contains("scope"), "{refused:?}");
    assert_eq!(authority.requests_to("/authorization/token").len(), 0, "the code is not used up");
    session.rows(&format!("SELECT * FROM basecamp.get_oauth_access_token('bc', '{back}')"));
    assert_eq!(session.value("SELECT scope FROM basecamp.connections"), "read");
}

// 23

#[test]
fn line_23_a_wrong_client_id_or_secret_says_so() {
    let authority = authority();
    let (mut session, first) = connected(cluster(), &authority, "", RENEWS);
    for option in ["oauthclientsecret", "oauthclientid"] {
        session.run(&format!(
            "ALTER USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (SET {option} 'wrong')"
        ));
        authority.expire();
        for statement in [ASK, RENEW] {
            let refused = session.refusal(statement);
            assert_eq!(refused.code, "28000", "{refused:?}");
            assert!(refused.hint.contains("oauthclientsecret"), "{statement}: {refused:?}");
            assert!(!refused.hint.contains("uthorize again"), "{statement}: {refused:?}");
        }
    }
    let (id, secret) = authority.client();
    session.run(&format!(
        "ALTER USER MAPPING FOR CURRENT_USER SERVER bc
           OPTIONS (SET oauthclientid '{id}', SET oauthclientsecret '{secret}')"
    ));
    assert_eq!(session.value(ASK), PEOPLE);
    assert_kept(&mut session, &authority, first.grant, "with the right secret");
}

#[test]
fn line_23_a_wrong_password_speaks_of_user_and_password() {
    let authority = authority();
    let mapping = "user 'ann@example.com', password 'hush'";
    let mut session = apart(&authority, &authority, ", schema 'V2'", mapping);
    session.run("IMPORT FOREIGN SCHEMA v2 LIMIT TO (people) FROM SERVER bc INTO bc");
    let refused = session.refusal(ASK);
    assert_eq!(refused.code, "28000", "{refused:?}");
    assert!(refused.hint.contains("user and password"), "{refused:?}");
    assert!(!refused.hint.contains("oauthaccesstoken"), "{refused:?}");
}

#[test]
fn line_23_an_expired_token_beside_a_refresh_token_speaks_of_initiateoauth() {
    let authority = authority();
    let (mut session, _) = connected(cluster(), &authority, "", "");
    authority.expire();
    let refused = session.refusal(ASK);
    assert_eq!(refused.code, "28000", "{refused:?}");
    assert!(refused.hint.contains("initiateoauth to REFRESH"), "{refused:?}");
    // Without one there is nothing to renew with.
    session.rows("SELECT basecamp.set_oauth_tokens('bc', 'access')");
    let refused = session.refusal(ASK);
    assert!(refused.hint.contains("oauthaccesstoken"), "{refused:?}");
}

#[test]
fn line_23_the_documentation_names_the_shortest_passphrase_and_pg_stat_statements() {
    let keys = include_str!("../../../docs/keys.md");
    let connecting = include_str!("../../../docs/connecting.md");
    let row =
        keys.lines().find(|line| line.starts_with('|') && line.contains("pg_stat_statements"));
    assert!(row.is_some(), "the table of places that show a secret has no pg_stat_statements");
    let mut session = Session::empty();
    let authority = authority();
    session.audited(&authority, "", "");
    store(&mut session, &authority);
    let refused =
        session.refusal("SELECT basecamp.export_oauth_settings('bc', passphrase => '1234567')");
    let length = refused.message.split(' ').find(|word| word.parse::<u8>().is_ok());
    let length = length.expect("a number");
    assert!(connecting.contains(&format!("passphrase of {length} characters")), "{refused:?}");
}

// 24

#[test]
fn line_24_a_download_takes_the_hosts_of_the_documentation_and_no_way_up() {
    let authority = authority();
    let (mut session, first) = connected(cluster(), &authority, "", "");
    let download = |url: &str| format!("SELECT basecamp.download('bc', '{url}')");
    for host in [
        "3.basecamp-static.com",
        "3.basecampapi.com",
        "storage.3.basecamp.com",
        "asset1.basecamp.com",
        "basecamp.com",
    ] {
        authority.clear_requests();
        let url = format!("https://{host}/4711/blobs/1/download/a%20b.png");
        // The audit's API has no files: that it is asked is enough.
        assert_eq!(session.refusal(&download(&url)).code, "02000", "{host}");
        let seen = authority.requests();
        assert_eq!(seen[0].path, "/4711/blobs/1/download/a%20b.png", "{host}");
        assert_eq!(seen[0].authorization, Some(format!("Bearer {}", first.access)), "{host}");
    }
    authority.clear_requests();
    for bad in [
        "https://basecamp-static.com.example/4711/a",
        "https://evil-basecamp-static.com/4711/a",
        "https://3.basecamp.com/4711/%2e%2e%2f5/a",
        "https://3.basecamp.com/4711/..%2f5/a",
        "https://3.basecamp.com/4711/%2E%2E%5c5/a",
        "https://3.basecamp.com/4711/%252e%252e%252f5/a",
    ] {
        assert_eq!(session.refusal(&download(bad)).code, "22023", "{bad}");
    }
    let refused = session.refusal("SELECT basecamp.download('bc', NULL)");
    assert!(refused.message.contains("has no download"), "{refused:?}");
    assert_eq!(authority.requests().len(), 0, "{:?}", authority.requests());
}
