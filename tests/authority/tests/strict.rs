//! The authorization server is as strict as it says, and knows what its clients have read.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use authority::{Act, Authority, Config, End, Receipt, Rule};
use serde_json::Value as Json;

const BACK: &str = "http://127.0.0.1:33333/";

fn authority() -> Authority {
    let redirect_uris = vec![BACK.to_owned()];
    Authority::start(Config { redirect_uris, ..Config::default() }).expect("a port")
}

fn send(authority: &Authority, form: &[(&str, &str)]) -> TcpStream {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .append_pair("client_id", "audited-client")
        .append_pair("client_secret", "audited-client-secret")
        .finish();
    let host = authority.url().trim_start_matches("http://").to_owned();
    let mut socket = TcpStream::connect(&host).expect("it listens");
    let head = format!(
        "POST /authorization/token HTTP/1.1\r\nhost: {host}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all((head + &body).as_bytes()).unwrap();
    socket
}

fn ask(authority: &Authority, form: &[(&str, &str)]) -> Json {
    let mut answer = String::new();
    send(authority, form).read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

fn refresh(authority: &Authority, token: &str) -> Json {
    ask(authority, &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

fn exchange(authority: &Authority, code: &str, redirect_uri: &str) -> Json {
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    ask(authority, &form)
}

/// Waits until it is known what became of the last issue of a grant.
fn receipt(authority: &Authority, grant: usize) -> Receipt {
    loop {
        let last = authority.issued(grant).pop().expect("an issue");
        if last.receipt != Receipt::Sent {
            return last.receipt;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_refresh_token_works_once_and_its_reuse_revokes_the_grant() {
    let authority = authority();
    let (first, other) = (authority.grant(), authority.grant());
    let second = refresh(&authority, &first.refresh);
    let token = second["refresh_token"].as_str().expect("a token");
    assert_eq!(receipt(&authority, first.grant), Receipt::Read);
    assert_eq!(refresh(&authority, &first.refresh)["error"], "invalid_grant");
    assert_eq!(authority.grant_of(first.grant).end, Some(End::Reuse));
    assert_eq!(refresh(&authority, token)["error"], "invalid_grant");
    assert!(refresh(&authority, &other.refresh)["access_token"].is_string());
    assert_eq!((authority.asked_for(first.grant), authority.asked_for(other.grant)), (3, 1));
}

#[test]
fn a_code_works_once_and_with_its_own_redirect_uri() {
    let authority = authority();
    let code = authority.code(BACK);
    assert!(exchange(&authority, &code, BACK)["refresh_token"].is_string());
    assert_eq!(exchange(&authority, &code, BACK)["error"], "invalid_grant");
    assert_eq!(authority.grants().pop().expect("a grant").end, Some(End::CodeReuse));
    let code = authority.code(BACK);
    assert_eq!(exchange(&authority, &code, "http://127.0.0.1:33333")["error"], "invalid_grant");
}

#[test]
fn an_answer_that_nobody_reads_to_its_end_is_known_as_lost() {
    let authority = authority();
    let first = authority.grant();
    let form = [("grant_type", "refresh_token"), ("refresh_token", &first.refresh)];
    let socket = send(&authority, &form);
    // Something has come; it is not read.
    assert!(socket.peek(&mut [0]).unwrap() > 0);
    drop(socket);
    assert_eq!(receipt(&authority, first.grant), Receipt::Lost);
    // Nor does one come that was not waited for.
    let first = authority.grant();
    authority.set_rules([Rule::token(Act::Late(3_600_000))]);
    let form = [("grant_type", "refresh_token"), ("refresh_token", &first.refresh)];
    let socket = send(&authority, &form);
    while authority.issued(first.grant).len() < 2 {
        std::thread::yield_now();
    }
    drop(socket);
    assert_eq!(receipt(&authority, first.grant), Receipt::Lost);
}

#[test]
fn rules_bend_the_answers_that_they_name_and_no_others() {
    let authority = authority();
    let grant = authority.grant();
    authority.set_rules([
        Rule::token(Act::Echo(400)).times(1),
        Rule::token(Act::bend(&serde_json::json!({"expires_in": "soon", "token_type": null}))),
    ]);
    assert!(refresh(&authority, &grant.refresh)["error"].to_string().contains(&grant.refresh));
    let bent = refresh(&authority, &grant.refresh);
    assert_eq!((&bent["expires_in"], bent.get("token_type")), (&Json::from("soon"), None));
    assert!(bent["access_token"].is_string());
}
