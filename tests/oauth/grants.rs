//! Codes and refresh tokens for tokens: what is sent, and what is made of the answer.

use std::collections::BTreeMap;

use basecamp_fdw::api::{Client, OAuth as Credentials};
use basecamp_fdw::error::Kind;
use basecamp_fdw::oauth::{
    App, Code, Dialect, Endpoints, Stored, Tokens, exchange, identity, refresh,
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use simulator::{OAuth, Shape};

use super::server::{self, Server, reply};
use super::support::{
    CALLBACK, Holder, app, assert_discreet, code, endpoints, exposed, http, obtain, simulator,
};

type Form = BTreeMap<String, String>;

fn form(pairs: &[(String, String)]) -> Form {
    let form: Form = pairs.iter().cloned().collect();
    assert_eq!(form.len(), pairs.len(), "a parameter is there twice");
    form
}

fn expected(pairs: &[(&str, &str)]) -> Form {
    let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

#[tokio::test]
async fn the_web_flow_gives_tokens_that_the_api_accepts() {
    let simulator = simulator(OAuth::default());
    let tokens = obtain(&simulator, Dialect::V3).await;
    let granted = &simulator.launchpad().granted()[0];
    assert_eq!((&*granted.redirect_uri, granted.pkce), (CALLBACK, true));
    let now = jiff::Timestamp::now().as_second();
    let life = tokens.expires_at.expect("an end") - now;
    assert!((1_209_500..=1_209_600).contains(&life), "{life}");
    let stored = Stored::new(tokens, now, String::new());
    let held = Holder::new(endpoints(&simulator), stored);
    let mut config = server::config_at(&simulator.url());
    config.account = simulator.account().to_string();
    let credentials = std::sync::Arc::new(Credentials(std::sync::Arc::new(held)));
    let client = Client::new(config, credentials).expect("a client");
    assert_eq!(client.get("/projects.json").await.expect("200").status, 200);
}

#[tokio::test]
async fn rule_95_an_exchange_is_a_form_with_all_that_is_needed_and_no_more() {
    let simulator = simulator(OAuth::default());
    for (dialect, kind) in [(Dialect::V3, None), (Dialect::V2, Some("web_server"))] {
        let (code, pending) = code(&simulator, &app(), dialect).await;
        let endpoints = endpoints(&simulator);
        let done = exchange(&http(), &endpoints, &app(), dialect, &code, Some(&pending)).await;
        done.expect("tokens");
        let forms = simulator.launchpad().forms();
        let mut wanted = expected(&[
            ("grant_type", "authorization_code"),
            ("client_id", "simulated-client"),
            ("client_secret", "simulated-client-secret"),
            ("redirect_uri", CALLBACK),
            ("code", code.code.expose_secret()),
            ("code_verifier", pending.verifier.expose_secret()),
        ]);
        wanted.extend(kind.map(|kind| ("type".to_owned(), kind.to_owned())));
        assert_eq!(form(forms.last().expect("a form")), wanted);
    }
}

#[tokio::test]
async fn rule_95_a_refresh_is_a_form_and_basecamp_2_gets_the_callback_url_too() {
    let simulator = simulator(OAuth::default());
    for dialect in [Dialect::V3, Dialect::V2] {
        let old = obtain(&simulator, dialect).await;
        let (_, old_refresh) = exposed(&old);
        let new = refresh(&http(), &endpoints(&simulator), &app(), dialect, &old).await;
        assert_ne!(exposed(&new.expect("tokens")), exposed(&old));
        let old_refresh = old_refresh.expect("a refresh token");
        let mut wanted = expected(&[
            ("grant_type", "refresh_token"),
            ("client_id", "simulated-client"),
            ("client_secret", "simulated-client-secret"),
            ("refresh_token", &old_refresh),
        ]);
        if dialect == Dialect::V2 {
            wanted.extend(expected(&[("type", "refresh"), ("redirect_uri", CALLBACK)]));
        }
        let forms = simulator.launchpad().forms();
        assert_eq!(form(forms.last().expect("a form")), wanted);
    }
    assert_eq!(simulator.launchpad().refreshes(), 2);
}

#[tokio::test]
async fn rule_95_an_app_without_a_secret_sends_none() {
    let server = Server::start(|_, _| reply(200).body(r#"{"access_token":"a"}"#)).await;
    let public = App { client_secret: None, ..app() };
    let endpoints = Endpoints::launchpad(Some(&server.url)).expect("an address");
    let code = Code { code: "c".to_owned().into(), state: None };
    let tokens = exchange(&http(), &endpoints, &public, Dialect::V3, &code, None).await;
    assert_eq!(tokens.expect("tokens").expires_at, None);
    let asked = &server.asked()[0];
    let body = String::from_utf8_lossy(&asked.body).into_owned();
    assert!(!body.contains("client_secret"), "{body}");
    assert_eq!((&*asked.method, &*asked.target), ("POST", "/authorization/token"));
    let kind = asked.header("content-type");
    assert_eq!(kind, Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.header("user-agent"), Some("basecamp_fdw (test@example.com)"));
}

/// What a refresh sends and gives, when the server answers with these members beside the token.
async fn renewed(tokens: &Tokens, members: serde_json::Value) -> (Form, Tokens) {
    let mut body = json!({"access_token": "new"});
    for (name, value) in members.as_object().expect("members") {
        body[name] = value.clone();
    }
    let server = Server::start(move |_, _| reply(200).body(body.to_string())).await;
    let endpoints = Endpoints::launchpad(Some(&server.url)).expect("an address");
    let new = refresh(&http(), &endpoints, &app(), Dialect::V3, tokens).await;
    let sent: Vec<(String, String)> =
        url::form_urlencoded::parse(&server.asked()[0].body).into_owned().collect();
    (form(&sent), new.expect("tokens"))
}

#[tokio::test]
async fn rule_99_a_resource_is_sent_when_stored_and_kept_when_not_answered() {
    let mut tokens = Tokens {
        refresh: Some("old-refresh".to_owned().into()),
        scope: Some("read".to_owned()),
        ..Tokens::of_access("old".to_owned().into())
    };
    let (sent, new) = renewed(&tokens, json!({})).await;
    assert!(!sent.contains_key("resource"), "absent and not blank");
    assert_eq!(new.resource, None);
    tokens.resource = Some("urn:bc:account:7".to_owned());
    let (sent, new) = renewed(&tokens, json!({"resource": null})).await;
    assert_eq!(sent["resource"], "urn:bc:account:7");
    assert_eq!(new.resource.as_deref(), Some("urn:bc:account:7"));
    let (_, new) = renewed(&tokens, json!({"resource": "urn:bc:account:8"})).await;
    assert_eq!(new.resource.as_deref(), Some("urn:bc:account:8"));
    assert_eq!(new.scope.as_deref(), Some("read"));
}

#[tokio::test]
async fn rule_99_a_refresh_token_is_kept_when_no_new_one_comes() {
    let tokens = Tokens {
        refresh: Some("old-refresh".to_owned().into()),
        ..Tokens::of_access("old".to_owned().into())
    };
    let (_, new) = renewed(&tokens, json!({})).await;
    assert_eq!(exposed(&new), ("new".to_owned(), Some("old-refresh".to_owned())));
    let (_, new) = renewed(&tokens, json!({"refresh_token": "newer"})).await;
    assert_eq!(exposed(&new).1.as_deref(), Some("newer"));
}

#[tokio::test]
async fn a_rotated_refresh_token_is_refused_with_what_to_do() {
    let simulator = simulator(OAuth::default());
    let old = obtain(&simulator, Dialect::V3).await;
    let (http, endpoints) = (http(), endpoints(&simulator));
    let again = |tokens: Tokens| {
        let (http, endpoints) = (&http, &endpoints);
        async move { refresh(http, endpoints, &app(), Dialect::V3, &tokens).await }
    };
    let new = again(old.clone()).await.expect("renewed");
    let error = again(old.clone()).await.expect_err("used up");
    assert_eq!((error.kind(), error.http_status()), (Kind::Authentication, Some(400)));
    let detail = error.detail_text().expect("a detail");
    assert!(detail.contains("invalid_grant") && detail.contains("was replaced"), "{detail}");
    let hint = error.hint_text().expect("a hint");
    assert!(hint.contains("get_oauth_authorization_url") && hint.contains("basecamp.authorize"));
    let (access, refresh) = exposed(&old);
    assert_discreet(&error, &[&access, &refresh.expect("a token"), "simulated-client-secret"]);
    again(new).await.expect("the new one works");
}

#[tokio::test]
async fn tokens_of_another_server_are_renewed_there_and_without_our_secret() {
    let elsewhere = Server::start(|_, _| reply(200).body(r#"{"access_token":"new"}"#)).await;
    let home = Server::start(|_, _| reply(200).body(r#"{"access_token":"wrong"}"#)).await;
    let at = |server: &Server| Endpoints::launchpad(Some(&server.url)).expect("an address");
    let tokens = Tokens {
        refresh: Some("r".to_owned().into()),
        endpoints: Some(at(&elsewhere)),
        ..Tokens::of_access("old".to_owned().into())
    };
    let new = refresh(&http(), &at(&home), &app(), Dialect::V3, &tokens).await.expect("tokens");
    assert_eq!((exposed(&new).0.as_str(), home.count()), ("new", 0));
    assert_eq!(new.endpoints, Some(at(&elsewhere)));
    let body = String::from_utf8_lossy(&elsewhere.asked()[0].body).into_owned();
    assert!(!body.contains("client_secret"), "{body}");
}

#[tokio::test]
async fn the_accounts_of_a_token_are_listed_in_both_shapes() {
    for (shape, products) in
        [(Shape::Launchpad, vec![Some("bc3"), Some("bcx")]), (Shape::Basecamp, vec![None])]
    {
        let simulator = simulator(OAuth { shape, ..OAuth::default() });
        let tokens = obtain(&simulator, Dialect::V3).await;
        let found = identity(&http(), &endpoints(&simulator), &tokens.access).await;
        let found = found.expect("an identity");
        let named: Vec<_> = found.accounts.iter().map(|one| one.product.as_deref()).collect();
        assert_eq!(named, products);
        assert_eq!(u64::try_from(found.accounts[0].id), Ok(simulator.account()));
        assert_eq!(found.accounts[0].resource.is_some(), shape == Shape::Basecamp);
        assert_eq!(found.first_name.is_some(), shape == Shape::Launchpad);
        let apart = found.expires_at.expect("an end") - tokens.expires_at.expect("an end");
        assert!(apart.abs() < 60, "{apart}");
    }
}

#[tokio::test]
async fn an_access_token_that_is_not_accepted_has_no_identity() {
    let simulator = simulator(OAuth::default());
    let tokens = obtain(&simulator, Dialect::V3).await;
    simulator.launchpad().expire_access_tokens();
    let error = identity(&http(), &endpoints(&simulator), &tokens.access).await;
    let error = error.expect_err("expired");
    assert_eq!((error.kind(), error.http_status()), (Kind::Authentication, Some(401)));
    assert_discreet(&error, &[&exposed(&tokens).0]);
}
