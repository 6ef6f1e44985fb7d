//! What surprises about the API, each thing as the simulator must do it.

use serde_json::{Value, json};
use simulator::{Config, Simulator};

use super::common::{all, get, get_with, ids, records, usual};

fn active(record: &&Value) -> bool {
    record["status"] == "active"
}

/// The first record of a table that passes.
fn first(simulator: &Simulator, table: &str, passes: impl Fn(&Value) -> bool) -> Value {
    let dump = simulator.dump(table);
    dump.into_iter().find(|record| passes(record)).unwrap()
}

#[test]
fn bounds_of_an_entry_are_days_when_it_lasts_all_day_and_times_otherwise() {
    let entries = usual().dump("schedule_entries");
    for entry in &entries {
        let all_day = entry["all_day"] == true;
        for bound in ["starts_at", "ends_at"] {
            assert_eq!(entry[bound].as_str().unwrap().len() == 10, all_day, "{entry}");
        }
    }
    assert!(entries.iter().any(|entry| entry["all_day"] == true));
}

#[test]
fn a_recurring_entry_leads_to_its_first_occurrence_and_has_none_on_other_days() {
    let simulator = usual();
    let entry =
        first(&simulator, "schedule_entries", |entry| entry.get("recurrence_schedule").is_some());
    assert_eq!(entry["recurrence_schedule"].as_object().unwrap().len(), 10);
    let answer = get(&simulator, &format!("/schedule_entries/{}.json", entry["id"]));
    assert_eq!(answer.status, 302);
    let to = answer.header("location").unwrap();
    let start = entry["starts_at"].as_str().unwrap()[..10].replace('-', "");
    assert!(to.ends_with(&format!("/occurrences/{start}.json")), "{to}");
    let path = to.split_once(&format!("/{}", simulator.account())).unwrap().1;
    assert_eq!(get(&simulator, path).json(), entry);
    let other = format!("/schedule_entries/{}/occurrences/19990101.json", entry["id"]);
    assert_eq!(get(&simulator, &other).status, 404);
    let occurrences = simulator.dump("schedule_entry_occurrences");
    let mine: Vec<&Value> =
        occurrences.iter().filter(|row| row["record"]["id"] == entry["id"]).collect();
    assert!(mine.len() > 1);
    for row in mine {
        let day = row["asked"]["occurrence_on"].as_str().unwrap().replace('-', "");
        let path = format!("/schedule_entries/{}/occurrences/{day}.json", entry["id"]);
        assert_eq!(get(&simulator, &path).json(), row["record"]);
    }
}

#[test]
fn lists_and_groups_are_of_one_type_and_told_apart_by_their_members() {
    let simulator = usual();
    let lists = all(&simulator, "/projects/recordings.json?type=Todolist");
    let groups: Vec<&Value> =
        lists.iter().filter(|list| list["parent"]["type"] == "Todolist").collect();
    assert!(!groups.is_empty() && groups.len() < lists.len());
    for list in &lists {
        let group = list["parent"]["type"] == "Todolist";
        assert_eq!(list["type"], "Todolist");
        assert_eq!(list.get("group_position_url").is_some(), group);
        assert_eq!(list.get("groups_url").is_some(), !group);
        assert_eq!(list["color"].is_string(), group);
    }
    let set =
        &lists.iter().find(|list| list["parent"]["type"] == "Todoset").unwrap()["parent"]["id"];
    let top = all(&simulator, &format!("/todosets/{set}/todolists.json"));
    assert!(top.iter().all(|list| list["parent"]["id"] == *set));
    let group = groups[0];
    let path = format!("/todolists/{}/groups.json", group["parent"]["id"]);
    assert!(get(&simulator, &path).ids().contains(&group["id"].as_i64().unwrap()));
}

#[test]
fn loose_to_dos_are_listed_with_the_project_in_front_and_in_no_list() {
    let simulator = usual();
    let loose = first(&simulator, "todos", |todo| {
        todo["parent"]["type"] == "Todoset" && todo["completed"] == false
    });
    let (project, set) = (&loose["bucket"]["id"], &loose["parent"]["id"]);
    let listed = get(&simulator, &format!("/buckets/{project}/todosets/{set}/todos.json"));
    assert!(listed.ids().contains(&loose["id"].as_i64().unwrap()));
    for path in [
        format!("/todosets/{set}/todos.json"),
        format!("/todolists/{set}/todos.json"),
        format!("/buckets/1/todosets/{set}/todos.json"),
    ] {
        assert_eq!(get(&simulator, &path).status, 404, "{path}");
    }
}

#[test]
fn finished_records_have_a_completion_and_no_position() {
    let simulator = usual();
    for table in ["todos", "cards", "card_steps"] {
        let dump = simulator.dump(table);
        assert!(dump.iter().any(|record| record["completed"] == true), "{table}");
        for record in dump {
            let done = record["completed"] == true;
            assert_eq!(record.get("completion").is_some(), done, "{table}");
            if table != "card_steps" {
                assert_eq!(record.get("position").is_none(), done, "{table}");
            }
        }
    }
}

#[test]
fn cards_on_hold_are_in_their_section_and_not_in_the_columns_own_listing() {
    let simulator = usual();
    let column = first(&simulator, "card_columns", |column| column.get("on_hold").is_some());
    let hold = &column["on_hold"];
    let cards =
        |list: &Value| get(&simulator, &format!("/card_tables/lists/{list}/cards.json")).ids();
    let (own, held) = (cards(&column["id"]), cards(&hold["id"]));
    assert_eq!(json!(own.len()), column["cards_count"]);
    assert_eq!(json!(held.len()), hold["cards_count"]);
    assert!(!held.is_empty() && held.iter().all(|card| !own.contains(card)));
    let bucket = &column["bucket"]["id"];
    let listed =
        all(&simulator, &format!("/projects/recordings.json?type=Kanban::Card&bucket={bucket}"));
    assert!(held.iter().all(|card| ids(&listed).contains(card)));
}

#[test]
fn a_dock_has_several_tools_of_a_kind_and_hidden_ones_keep_their_content() {
    let simulator = usual();
    let projects = simulator.dump("projects");
    let named = |project: &Value, name: &str| {
        let dock = project["dock"].as_array().unwrap();
        dock.iter().filter(|tool| tool["name"] == name).count()
    };
    assert!(
        projects
            .iter()
            .any(|project| named(project, "kanban_board") == 2 && named(project, "chat") == 2)
    );
    let hidden = first(&simulator, "dock_tools", |row| row["record"]["enabled"] == false);
    assert_eq!(hidden["record"]["position"], Value::Null);
    let id = &hidden["record"]["id"];
    let tool = get(&simulator, &format!("/dock/tools/{id}.json")).json();
    assert_eq!((tool.get("position"), tool.get("name"), tool.get("enabled")), (None, None, None));
    assert_eq!(hidden["record"]["name"], "schedule");
    assert!(!get(&simulator, &format!("/schedules/{id}/entries.json")).ids().is_empty());
}

#[test]
fn folders_are_nested_and_the_root_has_no_parent() {
    let simulator = usual();
    let vaults = simulator.dump("vaults");
    let parent_of = |vault: &Value| vaults.iter().find(|each| each["id"] == vault["parent"]["id"]);
    assert!(
        vaults
            .iter()
            .any(|vault| parent_of(vault).is_some_and(|parent| parent.get("parent").is_some()))
    );
    assert!(vaults.iter().any(|vault| vault.get("parent").is_none()));
}

#[test]
fn some_things_are_not_found_where_others_are_empty() {
    let simulator = usual();
    let dump = simulator.dump("projects");
    let project = |passes: &dyn Fn(&Value) -> bool| {
        dump.iter().find(|each| passes(each)).unwrap()["id"].clone()
    };
    let without = project(&|each| each.get("clientside").is_none());
    let with = project(&|each| each.get("clientside").is_some());
    for what in ["approvals", "correspondences"] {
        assert_eq!(get(&simulator, &format!("/buckets/{without}/client/{what}.json")).status, 404);
        assert!(!get(&simulator, &format!("/buckets/{with}/client/{what}.json")).rows().is_empty());
        assert_eq!(get(&simulator, &format!("/client/{what}.json")).status, 404, "no flat form");
    }
    let without = project(&|each| each.get("last_needle_position").is_none());
    let with = project(&|each| each.get("last_needle_position").is_some());
    assert_eq!(get(&simulator, &format!("/projects/{without}/gauge/needles.json")).status, 404);
    assert!(!get(&simulator, &format!("/projects/{with}/gauge/needles.json")).rows().is_empty());
    let idle = first(&simulator, "questionnaires", |each| each["questions_count"] == 0);
    assert!(
        get(&simulator, &format!("/questionnaires/{}/questions.json", idle["id"]))
            .rows()
            .is_empty()
    );
    let unhooked = dump.iter().find(|each| {
        let hooks = simulator.dump("webhooks");
        hooks.iter().all(|row| row["asked"]["project_id"] != each["id"])
    });
    let path = format!("/buckets/{}/webhooks.json", unhooked.unwrap()["id"]);
    assert!(get(&simulator, &path).rows().is_empty());
}

#[test]
fn grouped_lists_have_five_projects_a_page_and_count_projects() {
    let simulator = usual();
    let projects = simulator.dump("projects");
    let active = projects.iter().filter(active).count();
    let page = get(&simulator, "/todos/open.json");
    assert_eq!(page.header("x-total-count"), Some(active.to_string().as_str()));
    assert_eq!(page.rows().len(), 5);
    let groups = all(&simulator, "/todos/open.json");
    assert_eq!(groups.len(), active);
    let found: usize = groups.iter().map(|group| group["todos"].as_array().unwrap().len()).sum();
    let expected = simulator.dump("everything_todos");
    assert_eq!(found, expected.iter().filter(|row| row["asked"]["list"] == "open").count());
    let nobody = all(&simulator, "/cards/open.json?assignee_ids[]=1");
    assert!(nobody.len() == active && nobody.iter().all(|group| group["cards"] == json!([])));
}

#[test]
fn reports_refuse_what_lacks_a_bound_and_take_one_month_without_a_window() {
    let simulator = usual();
    for path in [
        "/reports/schedules/upcoming.json",
        "/reports/schedules/upcoming.json?window_starts_on=2026-01-01",
        "/reports/schedules/upcoming.json?window_ends_on=2026-01-01",
        "/reports/schedules/upcoming.json?window_starts_on=soon&window_ends_on=2026-01-01",
        "/reports/timesheet.json?start_date=2026-01-01",
        "/search.json",
        "/search.json?q=",
        "/my/assignments/due.json?scope=someday",
        "/projects/recordings.json",
        "/projects/recordings.json?type=Question",
        "/projects/recordings.json?type=Todo&status=drafted",
    ] {
        assert_eq!(get(&simulator, path).status, 400, "{path}");
    }
    let month = get(&simulator, "/reports/timesheet.json");
    let always =
        get(&simulator, "/reports/timesheet.json?start_date=2000-01-01&end_date=2100-01-01");
    assert!(!month.ids().is_empty() && month.ids().len() < always.ids().len());
    let misspelt = get(&simulator, "/reports/timesheet.json?from=2000-01-01&to=2100-01-01");
    assert_eq!(misspelt.ids(), month.ids());
    let person = &always.rows()[0]["person"]["id"];
    let theirs = get(
        &simulator,
        &format!(
            "/reports/timesheet.json?start_date=2000-01-01&end_date=2100-01-01&person_id={person}"
        ),
    );
    assert!(theirs.rows().iter().all(|entry| entry["person"]["id"] == *person));
}

#[test]
fn hits_have_no_rich_text_and_files_among_them_no_id() {
    let simulator = usual();
    let hits = get(&simulator, "/search.json?q=body");
    assert_eq!(hits.rows().len(), 50);
    assert!(hits.rows().iter().all(|hit| hit["content"].is_null() && hit["description"].is_null()));
    let files = get(&simulator, "/search.json?q=.png").rows();
    for name in ["id", "type", "title", "url", "app_url"] {
        assert!(files.iter().all(|file| file.get(name).is_none()), "{name}");
    }
    let narrowed =
        get(&simulator, "/search.json?q=body&type_names[]=Message&type_names[]=Comment&per_page=7");
    assert_eq!(narrowed.rows().len(), 7);
    let types = all(&simulator, "/search.json?q=body&type_names[]=Message&type_names[]=Comment");
    assert!(
        types.iter().any(|hit| hit["type"] == "Message")
            && types.iter().any(|hit| hit["type"] == "Comment")
    );
    assert!(types.iter().all(|hit| hit["type"] == "Message" || hit["type"] == "Comment"));
}

#[test]
fn a_search_has_the_best_match_first_or_the_newest() {
    let simulator = usual();
    let moments = |path: &str| -> Vec<String> {
        let hits = all(&simulator, path).into_iter();
        hits.map(|hit| hit["created_at"].as_str().unwrap().to_owned()).collect()
    };
    let newest = moments("/search.json?q=a&sort=recency");
    assert!(newest.is_sorted_by(|one, next| one >= next));
    let best = moments("/search.json?q=a&sort=best_match");
    assert!(!best.is_sorted_by(|one, next| one >= next));
    assert_eq!(moments("/search.json?q=a"), best);
    assert_eq!(newest.len(), best.len());
    assert_eq!(moments("/search.json?q=a&since=last_7_days").len(), 0);
}

#[test]
fn there_are_as_many_messages_and_comments_more_as_are_told() {
    let count = |config: Config, ty: &str| {
        let simulator = Simulator::start(config).unwrap();
        let listing = format!("/projects/recordings.json?type={ty}");
        get(&simulator, &listing).header("x-total-count").unwrap().parse::<usize>().unwrap()
    };
    for ty in ["Message", "Comment"] {
        let more = Config { messages: 30, comments: 70, ..Config::default() };
        let told = if ty == "Message" { 30 } else { 70 };
        assert_eq!(count(more, ty), count(Config::default(), ty) + told, "{ty}");
    }
}

#[test]
fn only_what_was_read_is_paged_among_notifications() {
    let simulator = usual();
    let pages: Vec<Value> = (1..4)
        .map(|page| get(&simulator, &format!("/my/readings.json?page={page}")).json())
        .collect();
    let sizes: Vec<usize> =
        pages.iter().map(|page| page["reads"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [50, 10, 0]);
    for name in ["unreads", "bubble_ups", "scheduled_bubble_ups", "memories"] {
        assert_eq!(pages[0][name], pages[2][name]);
    }
    assert!(get(&simulator, "/my/readings.json").header("link").is_some());
    let limited = get(&simulator, "/my/readings.json?limit_bubble_ups=true").json();
    assert_eq!(limited["bubble_ups"].as_array().unwrap().len(), 2);
    assert_eq!(limited.get("scheduled_bubble_ups"), None);
}

#[test]
fn what_is_not_paged_has_no_link_and_no_total() {
    let simulator = usual();
    let id = |table: &str| simulator.dump(table)[0]["id"].clone();
    let project = &simulator.dump("webhooks")[0]["asked"]["project_id"];
    for path in [
        format!("/buckets/{project}/webhooks.json"),
        format!("/buckets/{project}/categories.json"),
        "/circles/people.json".to_owned(),
        "/reports/todos/assigned.json".to_owned(),
        "/reports/timesheet.json".to_owned(),
        "/lineup/markers.json".to_owned(),
        "/stacks.json".to_owned(),
        "/todos/overdue.json".to_owned(),
        "/cards/overdue.json".to_owned(),
        "/my/assignments/completed.json".to_owned(),
        format!("/uploads/{}/versions.json", id("uploads")),
        format!("/questions/{}/answers/by.json", id("questions")),
    ] {
        let answer = get(&simulator, &path);
        assert!(!answer.rows().is_empty(), "{path}");
        assert_eq!((answer.header("link"), answer.header("x-total-count")), (None, None), "{path}");
    }
}

#[test]
fn some_members_are_only_in_single_records_and_some_only_in_listings() {
    let simulator = usual();
    let approval = first(&simulator, "client_approvals", |each| each["responses"] != json!([]));
    let path = format!("/buckets/{}/client/approvals.json", approval["bucket"]["id"]);
    assert!(get(&simulator, &path).rows().iter().all(|each| each.get("responses").is_none()));
    assert_eq!(
        get(&simulator, &format!("/client/approvals/{}.json", approval["id"])).json(),
        approval
    );
    let hook = first(&simulator, "webhooks", |row| row["record"]["recent_deliveries"] != json!([]));
    let path = format!("/buckets/{}/webhooks.json", hook["asked"]["project_id"]);
    assert!(
        get(&simulator, &path).rows().iter().all(|each| each.get("recent_deliveries").is_none())
    );
    let boost = first(&simulator, "boosts", |row| row["asked"]["event_id"].is_null());
    let path = format!("/recordings/{}/boosts.json", boost["asked"]["recording_id"]);
    assert!(get(&simulator, &path).rows().iter().all(|each| each.get("recording").is_none()));
    let folders = get(&simulator, "/stacks.json").rows();
    assert!(folders.iter().all(|each| each.get("projects").is_none()));
    assert!(
        get(&simulator, &format!("/stacks/{}.json", folders[0]["id"])).json()["projects"]
            .is_array()
    );
    let projects = get(&simulator, "/projects.json").rows();
    assert!(projects.iter().all(|each| each["bookmarked"].is_boolean()));
    assert_eq!(
        get(&simulator, &format!("/projects/{}.json", projects[0]["id"])).json().get("bookmarked"),
        None
    );
    let link = get(&simulator, "/projects/recordings.json?type=Door").rows().remove(0);
    assert!(
        link["service"].is_object() && link["url"].as_str().unwrap().starts_with("https://files")
    );
    let single = get(&simulator, &format!("/dock/tools/{}.json", link["id"])).json();
    assert_eq!((single.get("service"), single.get("description")), (None, None));
    assert_ne!(single["url"], link["url"]);
    assert_eq!(link.get("parent"), None);
}

#[test]
fn any_room_lists_all_bots_and_none_is_found_without_its_project() {
    let simulator = usual();
    let rooms: Vec<Value> = simulator.dump("campfires");
    let bots: Vec<Vec<i64>> = rooms[..3]
        .iter()
        .map(|room| {
            get(
                &simulator,
                &format!(
                    "/buckets/{}/chats/{}/integrations.json",
                    room["bucket"]["id"], room["id"]
                ),
            )
            .ids()
        })
        .collect();
    assert!(bots[0].len() == 3 && bots.iter().all(|each| *each == bots[0]));
    assert_eq!(
        get(&simulator, &format!("/chats/{}/integrations.json", rooms[0]["id"])).status,
        404
    );
    assert_eq!(
        get(
            &simulator,
            &format!(
                "/buckets/{}/chats/{}/integrations.json",
                rooms[1]["bucket"]["id"], rooms[0]["id"]
            )
        )
        .status,
        404
    );
}

#[test]
fn templates_have_docks_whose_content_no_listing_of_the_account_shows() {
    let simulator = usual();
    let template = first(&simulator, "templates", |each| each["status"] == "active");
    let dock = template["dock"].as_array().unwrap();
    let set = dock.iter().find(|tool| tool["name"] == "todoset").unwrap();
    let lists = get(&simulator, &format!("/todosets/{}/todolists.json", set["id"])).ids();
    assert!(!lists.is_empty());
    let all_lists = ids(&all(&simulator, "/projects/recordings.json?type=Todolist"));
    assert!(lists.iter().all(|list| !all_lists.contains(list)));
    let path = format!("/projects/recordings.json?type=Todolist&bucket={}", template["id"]);
    assert_eq!(get(&simulator, &path).status, 404);
    assert_eq!(get(&simulator, &format!("/projects/{}.json", template["id"])).status, 404);
    assert_eq!(get(&simulator, "/templates.json?status=archived").rows().len(), 1);
}

#[test]
fn drafts_are_in_no_listing_but_the_callers_own() {
    let simulator = usual();
    let drafts = ids(&all(&simulator, "/my/drafts.json"));
    let kinds: Vec<Value> =
        all(&simulator, "/my/drafts.json").iter().map(|draft| draft["type"].clone()).collect();
    for kind in ["message", "document", "upload", "client_approval", "client_correspondence"] {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
    for status in ["active", "archived", "trashed"] {
        for kind in ["Message", "Document", "Upload", "Schedule::Entry"] {
            let listed = ids(&all(
                &simulator,
                &format!("/projects/recordings.json?type={kind}&status={status}"),
            ));
            assert!(listed.iter().all(|id| !drafts.contains(id)));
        }
    }
    let message = first(&simulator, "messages", |each| each["status"] == "drafted");
    assert!(drafts.contains(&message["id"].as_i64().unwrap()));
    let board =
        get(&simulator, &format!("/message_boards/{}/messages.json", message["parent"]["id"]));
    assert!(!board.ids().contains(&message["id"].as_i64().unwrap()));
    assert_eq!(get(&simulator, &format!("/messages/{}.json", message["id"])).json(), message);
}

#[test]
fn content_of_archived_projects_is_listed_only_when_the_project_is_named() {
    let simulator = usual();
    let archived = first(&simulator, "projects", |each| each["status"] == "archived")["id"].clone();
    let everywhere = all(&simulator, "/projects/recordings.json?type=Message");
    assert!(everywhere.iter().all(|each| each["bucket"]["id"] != archived));
    let named = format!("/projects/recordings.json?type=Message&bucket={archived}");
    assert!(!get(&simulator, &named).rows().is_empty());
    assert_eq!(get(&simulator, &format!("{named},1")).status, 404);
}

#[test]
fn a_record_of_another_project_is_not_found() {
    let simulator = usual();
    for (table, path) in [
        ("todos", "todos"),
        ("messages", "messages"),
        ("cards", "card_tables/cards"),
        ("uploads", "uploads"),
    ] {
        let record = &simulator.dump(table)[0];
        let mine = format!("/buckets/{}/{path}/{}.json", record["bucket"]["id"], record["id"]);
        assert_eq!(get(&simulator, &mine).json(), *record);
        assert_eq!(
            get(&simulator, &format!("/buckets/5007/{path}/{}.json", record["id"])).status,
            404
        );
    }
    let list = &simulator.dump("todolists")[0];
    assert_eq!(
        get(&simulator, &format!("/buckets/5007/todolists/{}/todos.json", list["id"])).status,
        404
    );
    let line = &simulator.dump("campfire_lines")[0];
    assert_eq!(
        get(&simulator, &format!("/chats/{}/lines/{}.json", list["id"], line["id"])).status,
        404
    );
    assert_eq!(get(&simulator, &format!("/recordings/{}.json", list["id"])).status, 404);
}

#[test]
fn answers_are_narrowed_by_day_and_person() {
    let simulator = usual();
    let question = first(&simulator, "questions", |each| each["answers_count"].as_u64() > Some(15));
    let path = format!("/questions/{}/answers", question["id"]);
    let everything = all(&simulator, &format!("{path}.json"));
    assert_eq!(json!(everything.len()), question["answers_count"]);
    let day = &everything[0]["group_on"];
    let of_day = get(&simulator, &format!("{path}.json?date={}", day.as_str().unwrap())).rows();
    assert!(!of_day.is_empty() && of_day.iter().all(|each| each["group_on"] == *day));
    let people = get(&simulator, &format!("{path}/by.json")).ids();
    let gone = get(&simulator, &format!("{path}/by.json?deceased=true")).ids();
    assert!(people.iter().all(|person| gone.contains(person)));
    let theirs: usize = gone
        .iter()
        .map(|person| {
            let one = get(&simulator, &format!("{path}/by/{person}.json")).ids();
            assert_eq!(one, get(&simulator, &format!("{path}.json?creator_id={person}")).ids());
            one.len()
        })
        .sum();
    assert_eq!(theirs, everything.len());
}

#[test]
fn people_have_ids_that_are_words_or_text_addresses_that_are_hidden_and_no_company() {
    let simulator = usual();
    let todos = simulator.dump("todos");
    let creator =
        |passes: &dyn Fn(&Value) -> bool| todos.iter().any(|todo| passes(&todo["creator"]));
    assert!(creator(&|each| each["id"] == "basecamp" && each["personable_type"] == "LocalPerson"));
    assert!(creator(&|each| each["id"].as_str().is_some_and(|id| id.parse::<i64>().is_ok())));
    assert!(creator(&|each| each["email_address"].as_str().is_some_and(|mail| mail.contains('•'))));
    assert!(creator(&|each| each["id"].is_i64() && each.get("company").is_none()));
    assert!(todos.iter().any(|todo| todo["id"].as_i64() > Some(1 << 53)));
    let notices = records(&simulator.dump("my_notifications"));
    assert!(notices.iter().any(|each| each["creator"]["id"] == "basecamp"));
    let participants = |each: &Value| {
        each["participants"].as_array().unwrap().iter().any(|person| person["id"].is_string())
    };
    assert!(notices.iter().any(participants));
    let widths: Vec<Value> =
        simulator.dump("uploads").iter().map(|each| each["width"].clone()).collect();
    assert!(
        widths.iter().any(Value::is_f64)
            && widths.iter().any(Value::is_i64)
            && widths.iter().any(Value::is_null)
    );
    for (table, either) in [
        ("todosets", ["app_todoslists_url", "app_todolists_url"]),
        ("card_columns", ["comment_count", "comments_count"]),
    ] {
        for spelling in either {
            assert!(
                simulator.dump(table).iter().any(|each| each.get(spelling).is_some()),
                "{spelling}"
            );
        }
    }
}

#[test]
fn the_feed_is_walked_by_positions_that_are_bound_to_their_filters() {
    let simulator = usual();
    let mut seen = Vec::new();
    let mut path = "/events.json?since=0".to_owned();
    let position = loop {
        let page = get(&simulator, &path).json();
        let events = page["events"].as_array().unwrap();
        assert!(events.len() <= 100);
        seen.extend(ids(events));
        let Some(next) = page["next"].as_str() else {
            break page["position"].as_str().unwrap().to_owned();
        };
        path = next.split_once(&format!("/{}", simulator.account())).unwrap().1.to_owned();
    };
    assert_eq!(seen, ids(&simulator.dump("feed_events")));
    assert!(seen.is_sorted());
    let status = |path: &str| get(&simulator, path).status;
    assert_eq!(get(&simulator, "/events.json").json()["events"], json!([]));
    assert_eq!(
        get(&simulator, &format!("/events.json?position={position}")).json()["events"],
        json!([])
    );
    assert_eq!(status(&format!("/events.json?position={position}&types=todo.created")), 409);
    assert_eq!(status("/events.json?position=nonsense"), 400);
    assert_eq!(status("/events.json?since=yesterday"), 400);
    assert_eq!(status("/events.json?since=0&buckets=all"), 400);
    assert_eq!(status("/inbox.json?since=0"), 403);
    let agent = format!("{}-agent", simulator.token());
    let inbox = format!("/{}/inbox.json?since=0", simulator.account());
    assert!(!get_with(&simulator, &inbox, &agent).json()["items"].as_array().unwrap().is_empty());
}
