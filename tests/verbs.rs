//! Every writing operation of the two APIs is reached from SQL, and verbs say what their functions are
//! told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use basecamp_fdw::catalog::{Argument, Body, Effect, Method, Place, Supply, Verb, Version};
use basecamp_fdw::plan::verb::{Call, Content, File};
use serde_json::{Map, Value, json};

const VERSIONS: [Version; 2] = [Version::V2, Version::V3];

/// The way in which SQL reaches a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// INSERT, UPDATE of what a body says, or DELETE.
    Statement,
    /// UPDATE of a column that stands for a state or a place.
    Column,
    /// A function.
    Function,
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Delete => "DELETE",
        Method::Post => "POST",
        Method::Put => "PUT",
    }
}

/// A request without the names of its holes, and without the project that older addresses begin with.
fn shape(method: &str, path: &str) -> String {
    let mut parts = path.strip_suffix(".json").unwrap_or(path).split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    let path = parts.fold(first, |shape, part| {
        let rest = part.split_once('}').map_or("", |(_, rest)| rest);
        format!("{shape}{{}}{rest}")
    });
    let path = path.strip_prefix("/buckets/{}").filter(|rest| rest.len() > 1).unwrap_or(&path);
    format!("{method} {path}")
}

/// What SQL reaches, and how.
fn reached(version: Version) -> BTreeSet<(String, Way)> {
    let operations = version.tables().iter().flat_map(|table| table.operations);
    let statements = operations.map(|operation| {
        let place = |name: &str| matches!(name, "position" | "completion") || name.ends_with("_id");
        let moves = operation.effect == Effect::Update
            && !operation.members.is_empty()
            && operation.members.iter().all(|member| place(member.path));
        let single = operation.effect == Effect::Update && operation.members.len() == 1;
        let state = matches!(operation.effect, Effect::Set(..)) || moves || single;
        let way = if state { Way::Column } else { Way::Statement };
        (shape(method(operation.method), operation.path), way)
    });
    let verbs = version.verbs().iter();
    let functions = verbs.map(|verb| (shape(method(verb.method), verb.path), Way::Function));
    statements.chain(functions).collect()
}

/// The writes of a list: `METHOD PATH`, and a name that is of no account here.
fn writes(list: &str) -> BTreeSet<String> {
    list.lines()
        .map(|line| {
            let mut words = line.split(' ');
            let method = words.next().expect("a method");
            shape(method, words.next().expect("a path"))
        })
        .collect()
}

fn covered(version: Version, list: &str) {
    let writes = writes(list);
    let reached = reached(version);
    let known: BTreeSet<&String> = reached.iter().map(|(request, _)| request).collect();
    let left: Vec<&String> = writes.iter().filter(|write| !known.contains(write)).collect();
    assert!(left.is_empty(), "no SQL reaches {left:#?}");
    // The first way of those that there are.
    let way = |write: &String| {
        reached.iter().filter(|(request, _)| request == write).map(|(_, way)| *way).min()
    };
    for wanted in [Way::Statement, Way::Column, Way::Function] {
        let count = writes.iter().filter(|write| way(write) == Some(wanted)).count();
        println!("{}: {count} of {} by {wanted:?}", version.name(), writes.len());
    }
}

#[test]
fn every_write_of_basecamp_3_is_reached() {
    covered(Version::V3, include_str!("catalog/v3-writes.txt"));
}

#[test]
fn every_write_of_basecamp_2_is_reached() {
    covered(Version::V2, include_str!("catalog/v2-writes.txt"));
}

/// Compares the list of writes with the operations of the SDK, which are not part of the package.
#[test]
fn the_list_of_writes_is_that_of_the_sdk() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/api/v3-operations.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return;
    };
    let operations: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let text = |each: &Value, member: &str| each[member].as_str().expect("a text").to_owned();
    let known: BTreeSet<(String, String)> = operations
        .iter()
        .filter(|each| each["method"] != "GET")
        .map(|each| (shape(&text(each, "method"), &text(each, "path")), text(each, "operation")))
        .collect();
    let kept = include_str!("catalog/v3-writes.txt").lines().map(|line| {
        let (request, name) = line.rsplit_once(' ').expect("METHOD PATH name");
        let (method, path) = request.split_once(' ').expect("METHOD PATH");
        (shape(method, path), name.to_owned())
    });
    assert_eq!(kept.collect::<BTreeSet<_>>(), known);
    assert_eq!(known.len(), 150);
}

#[test]
fn verbs_are_sorted_and_fill_their_addresses() {
    for version in VERSIONS {
        let names: Vec<&str> = version.verbs().iter().map(|verb| verb.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for verb in version.verbs() {
            let is_hole = |argument: &&Argument| argument.place == Place::Hole;
            let filled: Vec<&str> =
                verb.arguments.iter().filter(is_hole).map(|argument| argument.name).collect();
            let holes = verb.path.split('{').skip(1);
            let holes: Vec<&str> = holes.filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
            assert_eq!(holes, filled, "{}", verb.name);
            assert!(verb.path.starts_with('/') && verb.path.ends_with(".json"), "{}", verb.name);
            assert!(verb.about.ends_with('.') && !verb.about.contains("$$"), "{}", verb.name);
            let last = verb.arguments.iter().rposition(|argument| argument.required);
            let first = verb.arguments.iter().position(|argument| !argument.required);
            assert!(
                first.is_none_or(|first| last.is_none_or(|last| last < first)),
                "{}",
                verb.name
            );
            // A file is no member of a body.
            let member = |argument: &Argument| matches!(argument.place, Place::Member(_));
            let members = verb.arguments.iter().any(member);
            assert!(verb.body == Body::Members || !members, "{}", verb.name);
        }
    }
}

#[test]
fn a_verb_that_both_versions_have_is_told_the_same() {
    let told = |verb: &Verb| -> Vec<String> {
        let argument =
            |each: &Argument| format!("{} {} {}", each.name, each.ty.sql(), each.required);
        verb.arguments.iter().map(argument).collect()
    };
    let mut count = 0;
    for verb in Version::V2.verbs() {
        if let Some(other) = Version::V3.verb(verb.name) {
            assert_eq!(told(verb), told(other), "{}", verb.name);
            assert_eq!(verb.takes_file(), other.takes_file(), "{}", verb.name);
            assert_eq!(verb.answers, other.answers, "{}", verb.name);
            assert_eq!(verb.about, other.about, "{}", verb.name);
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn what_makes_something_is_sent_once() {
    for verb in VERSIONS.into_iter().flat_map(Version::verbs) {
        let makes = verb.name.starts_with("create_") || verb.name.starts_with("upload_");
        // A ticket is not used up by another.
        let makes = makes && verb.name != "create_stream_ticket";
        assert!(!makes || verb.attempts == 1, "{}", verb.name);
    }
}

fn arguments(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(arguments) => arguments,
        other => panic!("{other} is no object"),
    }
}

fn verb(version: Version, name: &str) -> &'static Verb {
    version.verb(name).expect("a verb")
}

fn json_of(call: &Call) -> Option<&Value> {
    match &call.content {
        Some(Content::Json(json)) => Some(json),
        _ => None,
    }
}

#[test]
fn arguments_go_where_the_verb_says() {
    let told = arguments(json!({"template_id": 7, "name": "Launch"}));
    let call = |version| {
        Call::new(verb(version, "create_project_from_template"), &told, None).expect("a call")
    };
    let call3 = call(Version::V3);
    assert_eq!(call3.address, "/templates/7/project_constructions.json");
    assert_eq!(json_of(&call3), Some(&json!({"project": {"name": "Launch"}})));
    let call2 = call(Version::V2);
    assert_eq!(call2.address, "/project_templates/7/projects.json");
    assert_eq!(json_of(&call2), Some(&json!({"name": "Launch"})));
    let pinned =
        Call::new(verb(Version::V3, "pin_message"), &arguments(json!({"message_id": 1})), None);
    let pinned = pinned.expect("a call");
    assert_eq!(pinned.address, "/recordings/1/pin.json");
    assert!(pinned.content.is_none());
}

#[test]
fn what_must_be_given_and_is_not_is_an_error_before_any_request() {
    let no_name = arguments(json!({"template_id": 7}));
    let call = Call::new(verb(Version::V3, "create_project_from_template"), &no_name, None);
    assert_eq!(call.expect_err("an error").message(), "argument \"name\" must not be null");
    let text = arguments(json!({"message_id": "1/../2"}));
    let call = Call::new(verb(Version::V3, "pin_message"), &text, None);
    assert_eq!(call.expect_err("an error").message(), "argument \"message_id\" is not of its type");
    let named = arguments(json!({"filename": "a.png"}));
    let call = Call::new(verb(Version::V3, "upload_attachment"), &named, None);
    assert_eq!(call.expect_err("an error").message(), "argument \"content\" must not be null");
}

fn file(bytes: &[u8], media: &str) -> Option<File> {
    Some(File { bytes: bytes.to_vec(), media: media.to_owned() })
}

#[test]
fn a_file_is_sent_as_it_is_and_its_name_in_the_query() {
    let named = arguments(json!({"filename": "a b&c=d.png"}));
    let upload = verb(Version::V3, "upload_attachment");
    let call = Call::new(upload, &named, file(b"\0\xffx", "image/png")).expect("a call");
    assert_eq!(call.address, "/attachments.json?name=a+b%26c%3Dd.png");
    let Some(Content::Bytes(bytes, media)) = call.content else { panic!("no bytes") };
    assert_eq!((bytes.as_slice(), media.as_str()), (b"\0\xffx".as_slice(), "image/png"));
    let wrong = Call::new(upload, &named, file(b"x", "image/png\r\nX-Evil: 1"));
    assert!(wrong.expect_err("an error").message().contains("control characters"));
}

#[test]
fn a_form_has_one_file_whatever_is_in_it() {
    let logo = verb(Version::V3, "set_account_logo");
    let named = arguments(json!({"filename": "my \"logo\".png"}));
    // What is in the file looks like the end of the form that would be taken first.
    let bytes = b"--basecamp-fdw-00000000000000000000--\r\n";
    let call = Call::new(logo, &named, file(bytes, "image/png")).expect("a call");
    let Some(Content::Bytes(form, media)) = call.content else { panic!("no form") };
    let boundary = media.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    let form = String::from_utf8(form).expect("text");
    let parts: Vec<&str> = form.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 3, "{form}");
    assert_eq!(
        parts[1],
        "\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"my %22logo%22.png\"\r\n\
         Content-Type: image/png\r\n\r\n--basecamp-fdw-00000000000000000000--\r\n\r\n"
    );
    assert_eq!(parts[2], "--\r\n");
    let wrong = arguments(json!({"filename": "a\r\nb"}));
    assert!(Call::new(logo, &wrong, file(b"x", "image/png")).is_err());
}

/// Members that nothing but a setting could say are told to nobody yet; each is a directive of one
/// write, which the record does not keep.
#[test]
fn members_without_a_column_are_directives() {
    let known = [
        "admissions",
        "content_type",
        "new_group",
        "new_subscriber_emails",
        "notify",
        "subscribers",
        "subscriptions",
        "visible_to_clients",
    ];
    for table in VERSIONS.into_iter().flat_map(Version::tables) {
        for member in table.operations.iter().flat_map(|operation| operation.members) {
            let silent = member.columns.is_empty() && !matches!(member.supply, Supply::Fixed(_));
            assert!(!silent || known.contains(&member.path), "{}: {}", table.name, member.path);
        }
    }
}
