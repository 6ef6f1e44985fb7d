//! Options are refused with advice, and read once into what they mean.

use std::collections::BTreeSet;

use super::{Fence, Initiate, OPTIONS, Pairs, Place, ProjectSet, Scheme, Settings, validate};
use crate::api::Rate;
use crate::catalog::Version;
use crate::error::Kind;

fn refused(place: Place, name: &str, value: &str) -> crate::error::Error {
    let pairs = vec![("accountid".to_owned(), "1".to_owned()), (name.to_owned(), value.to_owned())];
    let pairs = if place == Place::Server { pairs } else { pairs[1..].to_vec() };
    validate(place, &pairs, true).expect_err(name)
}

fn pairs(given: &[(&str, &str)]) -> Pairs {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn settings(given: &[(&str, &str)]) -> Settings {
    Settings::new(pairs(given)).expect("valid options")
}

#[test]
fn every_option_is_there_once_with_a_place_and_a_sentence() {
    let mut names = BTreeSet::new();
    for option in OPTIONS {
        let facts = option.facts();
        assert!(names.insert(facts.name), "{} twice", facts.name);
        assert!(!facts.places.is_empty(), "{}", facts.name);
        assert!(!facts.secret || facts.places == [Place::Mapping], "{}", facts.name);
        assert!(facts.about.ends_with('.') && !option.values().is_empty(), "{}", facts.name);
    }
}

#[test]
fn unset_options_are_what_the_table_says() {
    let unset = settings(&[]);
    assert_eq!(unset.timeout().as_secs(), 30);
    assert_eq!((unset.version(), unset.initiate()), (Version::V3, Initiate::Off));
    assert_eq!((unset.max_rows(), unset.is_async_capable()), (None, true));
    assert_eq!((unset.default_projects(), unset.default_statuses()), (None, None));
    let client = unset.client(None).expect("a client");
    assert_eq!((client.max_attempts, client.max_concurrency, client.max_pages), (3, 8, 10_000));
    assert_eq!(client.rate, Rate::parse("50/10s").expect("a rate"));
    let second = settings(&[("schema", "v2")]).client(None).expect("a client");
    assert_eq!((second.prefix, second.rate.requests), ("/api/v1", 500));
}

#[test]
fn a_projectid_is_a_default_on_a_server_and_a_fence_on_a_table() {
    let server = || pairs(&[("projectid", "all"), ("maxrows", "9")]);
    let open = Settings::of_table(server(), Pairs::new()).expect("valid");
    assert_eq!(open.default_projects(), Some(&ProjectSet::All));
    assert_eq!(open.fence(), Fence { projects: None, statuses: None });
    let table = pairs(&[("projectid", "5, 6"), ("statuses", "trashed,Active"), ("maxrows", "3")]);
    let fenced = Settings::of_table(server(), table).expect("valid");
    assert_eq!(fenced.default_projects(), Some(&ProjectSet::All));
    let ids = ProjectSet::Ids(vec![5, 6]);
    let fence = Fence { projects: Some(&ids), statuses: Some(&["active", "trashed"]) };
    assert_eq!(fenced.fence(), fence);
    assert_eq!(fenced.max_rows(), Some(3), "elsewhere the table's option wins");
}

#[test]
fn statuses_and_every_project_are_read() {
    let all = settings(&[("statuses", "ALL"), ("projectid", "Every")]);
    assert_eq!(all.default_statuses(), Some(&["active", "archived", "trashed"][..]));
    assert_eq!(all.default_projects(), Some(&ProjectSet::Every));
    for wrong in ["", "deleted", "active,", "all,active"] {
        assert_eq!(refused(Place::Server, "statuses", wrong).kind(), Kind::OptionValue, "{wrong}");
    }
}

#[test]
fn a_stored_text_that_is_no_value_is_an_error_and_not_the_default() {
    let error = Settings::new(pairs(&[("timeout", "soon")])).expect_err("no number");
    assert_eq!(error.kind(), Kind::OptionValue);
}

#[test]
fn settings_travel_as_the_texts_that_they_came_from() {
    let sent = settings(&[("accountid", "7"), ("oauthaccesstoken", "s3cret"), ("timeout", "9")]);
    let text = serde_json::to_string(&sent).expect("a text");
    let received: Settings = serde_json::from_str(&text).expect("settings");
    assert_eq!(received, sent);
    assert_eq!(received.timeout().as_secs(), 9);
    assert!(!format!("{received:?}").contains("s3cret"));
    assert!(serde_json::from_str::<Settings>(&text.replace("\"9\"", "\"soon\"")).is_err());
}

#[test]
fn the_password_of_a_proxy_belongs_on_the_mapping() {
    let error = refused(Place::Server, "proxy", "http://ann:s3cret@proxy.example:3128");
    assert_eq!(error.kind(), Kind::OptionValue);
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("proxypassword")));
    assert_eq!(refused(Place::Server, "proxypassword", "x").kind(), Kind::OptionName);
    let all = settings(&[
        ("proxy", "http://proxy.example:3128"),
        ("proxyuser", "ann"),
        ("proxypassword", "p@ss:word"),
    ]);
    assert_eq!(all.proxy().as_deref(), Some("http://ann:p%40ss%3Aword@proxy.example:3128/"));
    let open = settings(&[("proxy", "http://proxy.example:3128")]);
    assert_eq!(open.proxy().as_deref(), Some("http://proxy.example:3128"));
}

#[test]
fn an_unknown_option_gets_the_nearest_name_as_a_hint() {
    let error = refused(Place::Server, "account_id", "5");
    assert_eq!(error.kind(), Kind::OptionName);
    assert_eq!(error.hint_text(), Some("Perhaps you meant the option \"accountid\"."));
    let error = refused(Place::Table, "zzzzzzzzzzzzzzz", "5");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("resource")), "{error:?}");
}

#[test]
fn a_secret_on_a_server_is_refused_and_not_repeated() {
    let error = refused(Place::Server, "oauthaccesstoken", "s3cret");
    assert_eq!(error.kind(), Kind::OptionName);
    assert!(!format!("{error:?}").contains("s3cret"));
}

#[test]
fn values_out_of_range_are_refused() {
    for (name, value) in [
        ("accountid", "12a"),
        ("timeout", "0"),
        ("maxattempts", "-1"),
        ("maxconcurrency", "0"),
        ("maxpages", "0"),
        ("ratelimit", "fast"),
        ("projectid", "all,5"),
        ("projectid", ""),
        ("schema", "V4"),
        ("async_capable", "maybe"),
        ("url", "http://basecamp.example"),
    ] {
        assert_eq!(refused(Place::Server, name, value).kind(), Kind::OptionValue, "{name}={value}");
    }
}

#[test]
fn dangerous_options_are_for_superusers() {
    let pairs =
        vec![("accountid".to_owned(), "1".to_owned()), ("url".to_owned(), "https://x".to_owned())];
    assert!(validate(Place::Server, &pairs, true).is_ok());
    assert_eq!(
        validate(Place::Server, &pairs, false).expect_err("guarded").kind(),
        Kind::Permission
    );
}

#[test]
fn a_settings_file_is_for_superusers_and_the_catalog_for_everybody() {
    let location = |value: &str| vec![("oauthsettingslocation".to_owned(), value.to_owned())];
    assert!(validate(Place::Mapping, &location("/srv/tokens"), true).is_ok());
    assert!(validate(Place::Mapping, &location("Catalog"), false).is_ok());
    let refused = validate(Place::Mapping, &location("/srv/tokens"), false);
    assert_eq!(refused.expect_err("a file").kind(), Kind::Permission);
    let relative = validate(Place::Mapping, &location("tokens"), true);
    assert_eq!(relative.expect_err("relative").kind(), Kind::OptionValue);
}

#[test]
fn basic_is_for_basecamp_2_and_refused_with_the_reason_for_3() {
    let options = pairs;
    let v2 = options(&[("accountid", "1"), ("schema", "v2"), ("authscheme", "basic")]);
    assert!(validate(Place::Server, &v2, false).is_ok());
    let v3 = options(&[("accountid", "1"), ("authscheme", "Basic")]);
    let refused = validate(Place::Server, &v3, true).expect_err("V3");
    let reason = refused.detail_text().unwrap_or_default();
    assert!(reason.contains("OAuth tokens only"), "{refused:?}");

    let mapping = options(&[("user", "ada"), ("password", "s3cret")]);
    assert!(validate(Place::Mapping, &mapping, false).is_ok());
    let both = |server: Pairs| {
        Settings::new(server.into_iter().chain(mapping.clone())).expect("valid options")
    };
    let basic = Scheme::Basic { user: "ada".to_owned() };
    assert_eq!(both(v2).scheme().expect("V2"), basic);
    let implied = options(&[("accountid", "1"), ("schema", "V2")]);
    assert_eq!(both(implied).scheme().expect("implied"), basic);
    let said = options(&[("schema", "V2"), ("authscheme", "OAuth")]);
    assert_eq!(both(said).scheme().expect("said"), Scheme::OAuth);
    assert!(both(options(&[("accountid", "1")])).scheme().is_err());
    let nobody = settings(&[("schema", "V2"), ("authscheme", "Basic")]);
    let missing = nobody.scheme().expect_err("no user");
    assert_eq!(missing.kind(), Kind::OptionMissing);
}

#[test]
fn a_server_needs_an_account() {
    assert_eq!(
        validate(Place::Server, &Vec::new(), true).expect_err("missing").kind(),
        Kind::OptionMissing
    );
}
