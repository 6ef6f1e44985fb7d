//! Which server an account uses: rules 101 to 107 against servers that tell the truth, lies and less.

use basecamp_fdw::error::{Error, Kind};
use basecamp_fdw::oauth::Http;
use basecamp_fdw::oauth::discovery::{Found, Options, find};
use serde_json::{Value, json};

use super::server::{Reply, Server, reply};
use super::support::http;

const LAUNCHPAD: &str = "https://launchpad.37signals.com";

/// A resource and an issuer in one; both documents are made from the server's own address.
async fn serving(
    resource: impl Fn(&str) -> Value + Send + Sync + 'static,
    issuer: impl Fn(&str) -> Value + Send + Sync + 'static,
) -> Server {
    Server::start(move |asked, _| {
        let base = format!("http://{}", asked.header("host").expect("a host"));
        let document = match &*asked.target {
            "/.well-known/oauth-protected-resource" => resource(&base),
            "/.well-known/oauth-authorization-server" => issuer(&base),
            other => panic!("{other} was asked"),
        };
        answer(&document)
    })
    .await
}

/// A document; a number stands for a status, text for a body.
fn answer(document: &Value) -> Reply {
    match document {
        Value::Number(status) => {
            let status = status.as_u64().and_then(|status| u16::try_from(status).ok());
            reply(status.expect("a status")).header("Location", "/elsewhere")
        }
        Value::String(body) => reply(200).body(body.clone()),
        _ => reply(200).body(document.to_string()),
    }
}

fn names_itself(base: &str) -> Value {
    json!({"resource": base, "authorization_servers": [LAUNCHPAD, base, base]})
}

fn describes_itself(base: &str) -> Value {
    json!({"issuer": base, "token_endpoint": format!("{base}/token")})
}

async fn discover(http: &Http, resource: &str, options: &Options) -> Result<Found, Error> {
    find(http, resource, options).await.map(|(found, _)| found)
}

async fn found(server: &Server) -> Result<Found, Error> {
    discover(&http(), &server.url, &Options::default()).await
}

#[tokio::test]
async fn rules_102_to_104_the_one_server_beside_launchpad_is_found() {
    let server = serving(names_itself, describes_itself).await;
    let Found::Issuer(issuer) = found(&server).await.expect("found") else {
        panic!("Launchpad");
    };
    assert_eq!(issuer.issuer, server.url);
    assert_eq!(issuer.endpoints.token.as_str(), format!("{}/token", server.url));
    assert_eq!((issuer.endpoints.authorization, issuer.serves_devices), (None, false));
    let identity = format!("{}/authorization.json", server.url);
    assert_eq!(issuer.endpoints.identity.as_str(), identity);
}

#[tokio::test]
async fn rule_101_a_bad_origin_of_the_user_is_an_error_before_any_connection() {
    let server = serving(names_itself, describes_itself).await;
    let port = server.url.rsplit(':').next().expect("a port");
    for wrong in [
        format!("{}/path", server.url),
        format!("{}//", server.url),
        format!("{}?", server.url),
        format!("{}#", server.url),
        format!("{}/.", server.url),
        format!("http://@127.0.0.1:{port}"),
        format!("http:/127.0.0.1:{port}"),
        format!(" {}", server.url),
        "http://127.0.0.1:".to_owned(),
        "http://127.0.0.1:0".to_owned(),
        "http://127.0.0.1:+80".to_owned(),
        "http://example.com".to_owned(),
        "http://".to_owned(),
    ] {
        let error = discover(&http(), &wrong, &Options::default()).await;
        assert_eq!(error.expect_err(&wrong).kind(), Kind::OptionValue, "{wrong}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn rule_102_the_resource_is_compared_to_the_letter() {
    let server = serving(names_itself, describes_itself).await;
    // The document says it without the slash: it is about something else, so it does not count.
    let with_slash = format!("{}/", server.url);
    let found = discover(&http(), &with_slash, &Options::default()).await;
    assert!(matches!(found.expect("falls back"), Found::Launchpad));
    let slashed = serving(
        |base| json!({"resource": format!("{base}/"), "authorization_servers": [base]}),
        describes_itself,
    )
    .await;
    let with_slash = format!("{}/", slashed.url);
    let found = discover(&http(), &with_slash, &Options::default()).await;
    assert!(matches!(found.expect("found"), Found::Issuer(_)));
}

#[tokio::test]
async fn rule_105_whatever_goes_wrong_in_the_first_step_means_launchpad() {
    let documents: [fn(&str) -> Value; 10] = [
        |_| json!(404),
        |_| json!(500),
        |_| json!(302),
        |_| json!("<html>"),
        |_| json!([]),
        |base| json!({"resource": format!("{base}x"), "authorization_servers": [base]}),
        |base| json!({"resource": base, "authorization_servers": null}),
        |base| json!({"resource": base, "authorization_servers": [5]}),
        |base| json!({"resource": base}),
        |base| json!({"resource": base, "authorization_servers": [LAUNCHPAD, LAUNCHPAD]}),
    ];
    for document in documents {
        let server = serving(document, |_| panic!("step 2")).await;
        let found = found(&server).await.expect("falls back");
        assert!(matches!(found, Found::Launchpad), "{}", document("x"));
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn rule_105_once_a_server_is_chosen_every_failure_is_final() {
    let documents: [fn(&str) -> Value; 12] = [
        |_| json!(404),
        |_| json!(503),
        |_| json!(302),
        |_| json!("<html>"),
        |base| json!({"issuer": format!("{base}/"), "token_endpoint": format!("{base}/t")}),
        |base| json!({"issuer": base}),
        |base| json!({"issuer": base, "token_endpoint": ""}),
        |base| json!({"issuer": base, "token_endpoint": "http://elsewhere.example/t"}),
        |base| json!({"issuer": base, "token_endpoint": format!("{base}/t"), "odd_endpoint": ""}),
        |base| json!({"issuer": base, "token_endpoint": format!("{base}/t"), "odd_endpoint": null}),
        |base| json!({"issuer": base, "token_endpoint": format!("{base}/t"), "grant_types_supported": null}),
        |base| json!({"issuer": base, "token_endpoint": format!("{base}/t"), "grant_types_supported": "x"}),
    ];
    for document in documents {
        let server = serving(names_itself, document).await;
        let error = found(&server).await.expect_err("final");
        let kind = if document("x") == json!(503) { Kind::Server } else { Kind::Malformed };
        assert_eq!(error.kind(), kind, "{}", document("x"));
        assert!(error.message().contains("authorization server of the account"), "{error}");
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn rule_105_a_bad_issuer_origin_is_final_too() {
    for issuer in ["https://app.basecamp.com/x", "http://app.example", "nonsense"] {
        let lists = move |base: &str| json!({"resource": base, "authorization_servers": [issuer]});
        let server = serving(lists, |_| panic!("step 2")).await;
        let error = found(&server).await.expect_err(issuer);
        assert_eq!(error.kind(), Kind::Malformed, "{issuer}");
    }
}

#[tokio::test]
async fn rule_103_several_servers_are_an_error_unless_one_is_expected() {
    let lists = |base: &str| json!({"resource": base, "authorization_servers": ["https://b.example", base]});
    let server = serving(lists, describes_itself).await;
    assert_eq!(found(&server).await.expect_err("two").kind(), Kind::Configuration);
    let expecting =
        |issuer: &str| Options { expected_issuer: Some(issuer.to_owned()), ..Options::default() };
    let chosen = discover(&http(), &server.url, &expecting(&server.url)).await;
    assert!(matches!(chosen.expect("found"), Found::Issuer(_)));
    let missing = discover(&http(), &server.url, &expecting("https://c.example")).await;
    assert_eq!(missing.expect_err("not listed").kind(), Kind::Configuration);
    // With an expectation, there is nothing to fall back to.
    let broken = serving(|_| json!(404), describes_itself).await;
    let error = discover(&http(), &broken.url, &expecting(&server.url)).await;
    assert!(error.is_err());
}

#[tokio::test]
async fn rule_106_documents_are_read_under_a_cap() {
    let server = serving(names_itself, |base| {
        let mut document = describes_itself(base);
        document["padding"] = json!("x".repeat(1_100_000));
        document
    })
    .await;
    let error = found(&server).await.expect_err("too large");
    assert!(error.message().contains("too large"), "{error}");
}
