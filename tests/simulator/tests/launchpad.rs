//! The rules that the simulator's Launchpad enforces, asked over a plain socket.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use simulator::{Config, OAuth, Simulator};

const CALLBACK: &str = "https://app.example/cb";
const CLIENT: &str = "client_id=simulated-client&client_secret=simulated-client-secret";

fn start(oauth: OAuth) -> Simulator {
    Simulator::start(Config { oauth, ..Config::default() }).unwrap()
}

/// Status, head and body of an answer.
fn ask(simulator: &Simulator, request: &str, headers: &str, body: &str) -> (u16, String, String) {
    let mut socket = TcpStream::connect(simulator.url().trim_start_matches("http://")).unwrap();
    write!(
        socket,
        "{request} HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\nConnection: close\r\n{headers}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}

/// Status and members of what the token endpoint answers.
fn token(simulator: &Simulator, form: &str) -> (u16, Value) {
    let (status, _, body) = ask(simulator, "POST /authorization/token", "", form);
    (status, serde_json::from_str(&body).unwrap())
}

fn api(simulator: &Simulator, bearer: &str) -> u16 {
    let request = format!("GET /{}/projects.json", simulator.account());
    let header = format!("Authorization: Bearer {bearer}\r\n");
    ask(simulator, &request, &header, "").0
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap().to_owned()
}

#[test]
fn a_code_from_the_page_works_once_with_its_verifier() {
    let simulator = start(OAuth::default());
    // The pair of RFC 7636, appendix B.
    let (verifier, challenge) = (
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
    let page = format!(
        "GET /authorization/new?response_type=code&client_id=simulated-client&state=s%26t\
         &redirect_uri={CALLBACK}&code_challenge={challenge}&code_challenge_method=S256"
    );
    let code = || {
        let (status, head, _) = ask(&simulator, &page, "", "");
        assert_eq!(status, 302);
        let mut lines = head.lines();
        let to = lines.find_map(|line| line.strip_prefix("location: ")).unwrap();
        assert!(to.starts_with(CALLBACK) && to.ends_with("&state=s%26t"), "{to}");
        to.split(['=', '&']).nth(1).unwrap().to_owned()
    };
    let form = |code: &str, verifier: &str| {
        format!(
            "grant_type=authorization_code&{CLIENT}&redirect_uri={CALLBACK}&code={code}\
             &code_verifier={verifier}"
        )
    };
    let first = code();
    let (status, body) = token(&simulator, &form(&first, verifier));
    assert_eq!((status, body["expires_in"].as_u64()), (200, Some(1_209_600)));
    assert_eq!(api(&simulator, &text(&body, "access_token")), 200);
    assert_eq!(token(&simulator, &form(&first, verifier)).0, 400);
    assert_eq!(token(&simulator, &form(&code(), "guessed")).0, 400);
    assert_eq!(simulator.launchpad().exchanges(), 1);
}

#[test]
fn the_old_spelling_works_in_the_query() {
    let simulator = start(OAuth::default());
    let code = simulator.launchpad().issue_code(CALLBACK);
    let request = format!(
        "POST /authorization/token?type=web_server&{CLIENT}&redirect_uri={CALLBACK}&code={code}"
    );
    let (status, _, body) = ask(&simulator, &request, "", "");
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).unwrap();
    let refresh = text(&body, "refresh_token");
    let request = format!(
        "POST /authorization/token?type=refresh&{CLIENT}&redirect_uri={CALLBACK}&refresh_token={refresh}"
    );
    assert_eq!(ask(&simulator, &request, "", "").0, 200);
    assert_eq!(ask(&simulator, &request, "", "").0, 400, "it was replaced");
    assert_eq!(simulator.launchpad().refreshes(), 1);
}

#[test]
fn another_redirect_uri_client_or_secret_is_refused() {
    let simulator = start(OAuth { redirect_uris: vec![CALLBACK.to_owned()], ..OAuth::default() });
    let page = |uri: &str, client: &str| {
        let request = format!(
            "GET /authorization/new?response_type=code&client_id={client}&redirect_uri={uri}"
        );
        ask(&simulator, &request, "", "").0
    };
    assert_eq!(page(CALLBACK, "simulated-client"), 302);
    assert_eq!(page("https://evil.example/", "simulated-client"), 400);
    assert_eq!(page(CALLBACK, "another"), 400);
    let code = simulator.launchpad().issue_code(CALLBACK);
    let wrong = format!(
        "grant_type=authorization_code&client_id=simulated-client&client_secret=x\
         &redirect_uri={CALLBACK}&code={code}"
    );
    let (status, body) = token(&simulator, &wrong);
    assert_eq!((status, &*text(&body, "error")), (401, "invalid_client"));
    let other =
        format!("grant_type=authorization_code&{CLIENT}&redirect_uri=https://x/&code={code}");
    assert_eq!(text(&token(&simulator, &other).1, "error"), "invalid_grant");
}

#[test]
fn access_tokens_end_by_time_and_by_hand() {
    let simulator = start(OAuth { lifetime: Duration::from_millis(300), ..OAuth::default() });
    let (access, _) = simulator.launchpad().issue_tokens();
    assert_eq!(api(&simulator, &access), 200);
    std::thread::sleep(Duration::from_millis(350));
    assert_eq!(api(&simulator, &access), 401);
    let (access, refresh) = simulator.launchpad().issue_tokens();
    assert_eq!(api(&simulator, &access), 200);
    simulator.launchpad().expire_access_tokens();
    assert_eq!(api(&simulator, &access), 401);
    assert_eq!(api(&simulator, simulator.token()), 200, "the configured one stays");
    simulator.launchpad().revoke_refresh_token(&refresh);
    let form = format!("grant_type=refresh_token&{CLIENT}&refresh_token={refresh}");
    assert_eq!(token(&simulator, &form).0, 400);
}

#[test]
fn whose_a_token_is_takes_a_token() {
    let simulator = start(OAuth::default());
    let request = "GET /authorization.json";
    assert_eq!(ask(&simulator, request, "", "").0, 401);
    let header = format!("Authorization: Bearer {}\r\n", simulator.token());
    let (status, _, body) = ask(&simulator, request, &header, "");
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).unwrap();
    let product = body.pointer("/accounts/0/product").and_then(Value::as_str);
    assert_eq!(product, Some("bc3"));
}

#[test]
fn discovery_and_devices_are_off_until_switched_on() {
    let path = "GET /.well-known/oauth-protected-resource";
    let device = "client_id=simulated-client";
    let off = start(OAuth::default());
    assert_eq!(ask(&off, path, "", "").0, 404);
    assert_eq!(ask(&off, "POST /device/code", "", device).0, 503);
    let on = start(OAuth { discovery: true, ..OAuth::default() });
    let (status, _, body) = ask(&on, path, "", "");
    assert_eq!((status, body.contains(&on.url())), (200, true));
    let (status, _, body) = ask(&on, "POST /device/code", "", device);
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).unwrap();
    let poll = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=simulated-client\
         &device_code={}",
        text(&body, "device_code")
    );
    assert_eq!(text(&token(&on, &poll).1, "error"), "authorization_pending");
    assert_eq!(text(&token(&on, &poll).1, "error"), "slow_down");
    on.launchpad().approve_devices();
    assert_eq!(on.launchpad().devices(), 1);
}

#[test]
fn faults_of_launchpad_leave_the_api_alone_and_the_other_way_round() {
    let simulator = start(OAuth::default());
    simulator.set_faults(&["oauth-500:1", "500:1"]);
    assert_eq!(api(&simulator, simulator.token()), 500);
    assert_eq!(api(&simulator, simulator.token()), 200);
    assert_eq!(ask(&simulator, "GET /authorization.json", "", "").0, 500);
    assert_eq!(ask(&simulator, "GET /authorization.json", "", "").0, 401);
}
