//! What the planner makes of questions to Basecamp 2 (v2.md, section 4).

#[path = "v2/ask.rs"]
mod ask;

use ask::{Ask, ask};
use basecamp_fdw::catalog::Source;
use basecamp_fdw::plan::{Each, Parents, Plan, Projects, Step};

/// The source that a step reads first.
fn source(plan: &Plan, step: &Step) -> Option<&'static Source> {
    step.asks().first()?.endpoint.of(plan.table()?)
}

/// The path of the source that is read.
fn path(plan: &Plan) -> &'static str {
    source(plan, &plan.step).map_or("", |source| source.path)
}

fn name(plan: &Plan) -> &'static str {
    source(plan, &plan.step).map_or("", |source| source.name)
}

/// What is asked first.
fn ask_of(plan: &Plan) -> &basecamp_fdw::plan::Ask {
    plan.step.asks().into_iter().next().expect("a source")
}

/// The step that goes on with the rest, where there is one.
fn rest_of(plan: &Plan) -> Option<&Step> {
    let mut rest = None;
    plan.step.visit(&mut |step| {
        if let Step::Then(_, then) = step {
            rest = rest.or(Some(&**then));
        }
    });
    rest
}

fn name_of_rest(plan: &Plan) -> &'static str {
    rest_of(plan).and_then(|rest| source(plan, rest)).map_or("", |source| source.name)
}

/// The walk that a plan makes.
fn walk_of(step: &Step) -> Option<&Each> {
    let mut walk = None;
    step.visit(&mut |step| {
        if let Step::Each(each) = step {
            walk = walk.or(Some(each));
        }
    });
    walk
}

/// The plan that finds the parents of a walk.
fn parents_of(plan: &Plan) -> Option<&Plan> {
    match &walk_of(&plan.step)?.parents {
        Parents::Rows(parents) => Some(parents),
        Parents::Projects => None,
    }
}

/// Tables whose records are addressed by project and id.
const IN_PROJECTS: [&str; 8] = [
    "attachments",
    "calendar_events",
    "documents",
    "forwards",
    "messages",
    "todolists",
    "todos",
    "uploads",
];

fn named(table: &str) -> Ask {
    ask(table).columns(&["id", "trashed"])
}

#[test]
fn project_and_id_together_are_one_request() {
    for table in IN_PROJECTS {
        let scan = named(table).fixed("project_id", &[7]).fixed("id", &[5]).plan();
        assert_eq!(name(&scan), "single record", "{table}");
        assert_eq!(scan.estimate.requests, 1.0, "{table}");
        assert_eq!(ask_of(&scan).projects, None, "{table}");
    }
}

#[test]
fn an_id_alone_is_sought_in_the_cheapest_listing() {
    for table in IN_PROJECTS {
        for projects in [Projects::All, Projects::First] {
            let scan = named(table).fixed("id", &[5]).of(projects).plan();
            assert_ne!(name(&scan), "single record", "{table}");
            assert!(ask_of(&scan).seek.is_some(), "{table}: reading ends with the id");
            assert_eq!(ask_of(&scan).projects, Some(Projects::All), "{table}: in every project");
        }
        let joined = named(table).joined("id", &[5]).of(Projects::First).plan();
        assert_eq!(ask_of(&joined).projects, Some(Projects::First), "{table}: a join only narrows");
    }
    for (table, listing) in [
        ("documents", "/documents.json"),
        ("forwards", "/forwards.json"),
        ("attachments", "/attachments.json"),
        ("messages", "/topics{way}.json"),
        ("uploads", "/attachments.json"),
        ("todolists", "/todolists{way}.json"),
        ("todos", "/projects/{project_id}/todos.json"),
    ] {
        assert_eq!(path(&named(table).fixed("id", &[5]).plan()), listing, "{table}");
    }
}

#[test]
fn what_the_single_record_lacks_is_sought_in_the_listing_of_its_project() {
    let whole = ask("documents").fixed("project_id", &[7]).fixed("id", &[5]);
    let scan = whole.plan();
    let Step::Fill { listing, .. } = &scan.step else {
        panic!("the listing fills in what the record lacks: {:?}", scan.step);
    };
    let listing = source(&scan, listing).expect("a listing");
    assert_eq!(listing.path, "/projects/{project_id}/documents.json");
    assert!(scan.step.asks().iter().any(|ask| ask.seek.is_some()));
    assert_eq!(scan.estimate.requests, 2.0, "the listing and the record");
    let without = whole.columns(&["id", "content", "project_name"]).plan();
    assert_eq!(name(&without), "single record", "no address is wanted");
}

#[test]
fn what_a_single_record_lacks_is_sought_where_records_like_it_are() {
    let both = ask("projects").fixed("id", &[605_005, 605_007]).columns(&["app_url"]);
    let scan = both.plan();
    let mut listings = Vec::new();
    scan.step.visit(&mut |step| {
        if let Step::Fill { listing, .. } = step {
            let asks = listing.asks();
            let sources = asks.iter().filter_map(|ask| ask.endpoint.of(scan.table()?));
            listings.extend(sources.map(|listing| listing.path));
        }
    });
    let own = "/people/{person_id}/projects.json";
    assert_eq!(listings, ["/projects{way}.json", own], "and only then in the trash or templates");
    assert_eq!(name(&scan), "single record", "{:?}", scan.step);
}

/// People, with the option `statuses` on their table.
fn people_in(states: &[&str]) -> Ask {
    let mut people = ask("people").columns(&["id", "name"]);
    people.0.fence.statuses = Some(states.iter().map(|state| (*state).to_owned()).collect());
    people
}

#[test]
fn what_may_be_in_the_trash_is_not_sought_by_an_address() {
    for states in [&["active", "archived", "trashed"][..], &["trashed"]] {
        let fenced = || people_in(states);
        for scan in [fenced().joined("id", &[5]).plan(), fenced().fixed("id", &[5]).plan()] {
            let trash = source(&scan, &scan.step).is_some_and(|it| it.name != "single record");
            assert!(trash || rest_of(&scan).is_some(), "{states:?}: {:?}", scan.step);
        }
    }
    let active = people_in(&["active", "archived"]);
    assert_eq!(name(&active.joined("id", &[5]).plan()), "single record");
}

#[test]
fn a_named_project_is_read_by_its_own_listing() {
    for (table, listing) in [
        ("accesses", "/projects/{project_id}/accesses.json"),
        ("attachments", "/projects/{project_id}/attachments.json"),
        ("attachment_tags", "/projects/{project_id}/attachments.json"),
        ("calendar_events", "/projects/{project_id}/calendar_events{way}.json"),
        ("documents", "/projects/{project_id}/documents.json"),
        ("events", "/projects/{project_id}/events.json"),
        ("forwards", "/projects/{project_id}/forwards.json"),
        ("messages", "/projects/{project_id}/topics{way}.json"),
        ("tags", "/projects/{project_id}/attachments.json"),
        ("todolists", "/projects/{project_id}/todolists{way}.json"),
        ("todos", "/projects/{project_id}/todos.json"),
        ("topics", "/projects/{project_id}/topics{way}.json"),
        ("uploads", "/projects/{project_id}/attachments.json"),
    ] {
        let scan = ask(table).fixed("project_id", &[7]).plan();
        assert_eq!(path(&scan), listing, "{table}");
        assert!(rest_of(&scan).is_none(), "{table}: nothing of it is in calendars");
        let optional = ask(table).of(Projects::Named(basecamp_fdw::plan::Operand::Values(vec![
            basecamp_fdw::value::Scalar::Id(7),
        ])));
        assert_eq!(path(&optional.plan()), listing, "{table}: by the option");
    }
}

#[test]
fn the_account_is_read_at_once_where_it_has_a_listing() {
    for (table, listing) in [
        ("attachments", "/attachments.json"),
        ("attachment_tags", "/attachments.json"),
        ("documents", "/documents.json"),
        ("events", "/events.json"),
        ("forwards", "/forwards.json"),
        ("messages", "/topics{way}.json"),
        ("todolists", "/todolists{way}.json"),
        ("topics", "/topics{way}.json"),
        ("uploads", "/attachments.json"),
    ] {
        let scan = ask(table).plan();
        assert_eq!(path(&scan), listing, "{table}");
        let first = ask(table).of(Projects::First).plan();
        assert_ne!(path(&first), listing, "{table}: the first project only");
    }
}

#[test]
fn finished_todos_of_a_project_are_one_half_and_of_a_list_too() {
    let done = ask("todos").fixed("project_id", &[7]).is("completed", &["true"]);
    let scan = done.clone().columns(&["id"]).plan();
    assert_eq!(path(&scan), "/projects/{project_id}/todos/{way}.json");
    assert_eq!(scan.estimate.requests, 1.0);
    let list = done.columns(&["id"]).fixed("todolist_id", &[9]).plan();
    assert_eq!(path(&list), "/projects/{project_id}/todolists/{todolist_id}/todos/{way}.json");
    let both = ask("todos").columns(&["id"]).fixed("project_id", &[7]).plan();
    assert_eq!(path(&both), "/projects/{project_id}/todos.json", "both halves in one listing");
}

#[test]
fn the_trash_is_read_only_when_it_is_asked_for() {
    let lists = |ask: Ask| ask.columns(&["id"]).plan();
    let trashed = lists(ask("todolists").fixed("project_id", &[7]).is("trashed", &["true"]));
    assert_eq!(trashed.estimate.requests, 1.0, "one of the three listings");
    let todos = lists(ask("todos").fixed("project_id", &[7]).is("trashed", &["true"]));
    assert_eq!(name(&todos), "trash of every list");
    assert!(parents_of(&todos).is_some());
    let one = ask("todos").fixed("project_id", &[7]).fixed("todolist_id", &[9]);
    let one = lists(one.is("trashed", &["true"]));
    assert_eq!(path(&one), "/projects/{project_id}/todolists/{todolist_id}/todos/trashed.json");
    let all = lists(ask("todos").is("trashed", &["false", "true"]));
    assert_eq!(name_of_rest(&all), "trash of every list", "one after the other");
    let projects = lists(ask("projects").is("trashed", &["true"]));
    assert_eq!(path(&projects), "/people/{person_id}/projects.json");
}

#[test]
fn projects_of_one_status_are_one_listing() {
    for (status, requests) in [
        (&["active"] as &[&str], 1.0),
        (&["archived"], 1.0),
        (&["active", "draft", "archived"], 3.0),
    ] {
        let scan = ask("projects").columns(&["id"]).is("status", status).plan();
        assert_eq!(path(&scan), "/projects{way}.json", "{status:?}");
        assert!(scan.estimate.requests >= requests, "{status:?}");
    }
    let one = ask("projects").columns(&["id", "creator_name"]).fixed("id", &[7]).plan();
    assert_eq!(one.estimate.requests, 1.0);
}

#[test]
fn what_projects_and_calendars_have_is_read_from_both() {
    for table in ["accesses", "calendar_events"] {
        let scan = ask(table).columns(&["bucket_type"]).plan();
        assert!(name(&scan).ends_with("of every project"), "{table}: {}", name(&scan));
        let rest = name_of_rest(&scan);
        assert!(rest.ends_with("of every calendar"), "{table}: {rest}");
        let one = ask(table).columns(&["bucket_type"]).is("bucket_type", &["Calendar"]).plan();
        assert!(rest_of(&one).is_none() && name(&one).ends_with("of every calendar"), "{table}");
        let calendar = ask(table).columns(&["bucket_type"]).fixed("calendar_id", &[3]).plan();
        assert!(path(&calendar).starts_with("/calendars/{calendar_id}/"), "{table}");
        assert!(rest_of(&calendar).is_none(), "{table}");
    }
}

#[test]
fn occurrences_need_a_first_day() {
    let unbound = ask("calendar_event_occurrences").plan();
    assert_eq!(
        unbound.needs(),
        Some("calendar_id and starts_on, or project_id and starts_on, or starts_on")
    );
    let bound = ask("calendar_event_occurrences").between("starts_on", 20_000, None);
    assert_eq!(path(&bound.plan()), "/calendar_events.json");
    let inside = bound.fixed("project_id", &[7]).plan();
    assert_eq!(path(&inside), "/projects/{project_id}/calendar_events.json");
}

#[test]
fn comments_of_one_thing_are_one_request_and_subscribers_need_it() {
    let thing = |table: &str| {
        let thing = ask(table).fixed("project_id", &[7]).fixed("parent_id", &[5]);
        thing.is("parent_type", &["Document"]).plan()
    };
    for table in ["comments", "subscribers"] {
        let scan = thing(table);
        assert_eq!(path(&scan), "/projects/{project_id}/{way}/{parent_id}.json", "{table}");
        assert_eq!(scan.estimate.requests, 1.0, "{table}");
    }
    assert_eq!(name(&ask("comments").plan()), "comments of every topic");
    let project = ask("comments").fixed("project_id", &[7]).plan();
    let topics = parents_of(&project).expect("topics");
    assert_eq!(path(topics), "/projects/{project_id}/topics{way}.json");
    for unbound in [ask("subscribers"), ask("subscribers").fixed("project_id", &[7])] {
        assert_eq!(
            unbound.plan().needs(),
            Some("calendar_id and parent_id, or project_id and parent_id")
        );
    }
}

#[test]
fn labels_are_asked_for_by_name() {
    let label = ask("attachment_tags").text("tag", "Logos");
    assert_eq!(path(&label.plan()), "/tags/{tag}/attachments.json");
    let inside = label.clone().fixed("project_id", &[7]).plan();
    assert_eq!(path(&inside), "/projects/{project_id}/tags/{tag}/attachments.json");
    let first = label.of(Projects::First).plan();
    assert_eq!(name(&first), "files of every project", "the label does not widen the scope");
}

#[test]
fn events_of_a_person_are_a_listing_unless_their_maker_is_wanted() {
    let person = ask("events").fixed("person_id", &[9]);
    let brief = person.clone().columns(&["id", "summary", "person_id"]).plan();
    assert_eq!(path(&brief), "/people/{person_id}/events.json");
    assert_eq!(path(&person.plan()), "/events.json", "that listing has the names");
}

#[test]
fn members_of_a_company_are_those_of_its_departments_too() {
    let scan = ask("group_memberships").fixed("group_id", &[4]).plan();
    assert_eq!(path(&scan), "/groups/{group_id}.json");
    assert_eq!(name_of_rest(&scan), "members of every subgroup");
    let walk = rest_of(&scan).and_then(walk_of).expect("departments");
    assert_eq!(walk.passing.len(), 1, "those of other companies are passed over");
}

#[test]
fn a_list_is_addressed_without_its_todos() {
    let scan = ask("todolists").columns(&["id"]).fixed("project_id", &[7]).fixed("id", &[5]).plan();
    assert_eq!(scan.request(), "GET /projects/{project_id}/todolists/{id}.json?exclude_todos=true");
}
