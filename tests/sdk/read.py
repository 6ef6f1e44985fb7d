"""The simulator, judged by the official Python SDK.

Every operation of the SDK that reads must succeed, and return what the simulator's own dump holds: single
records member by member, listings record by record. Arguments: the simulator's address, account and token.
"""

import reports
from judge import account, by_asked, by_parent, check, dump, finish, many, one, records, refused, watch, without

watch()
sdk = account()
active = {project["id"] for project in dump("projects") if project["status"] == "active"}
seen = lambda record: record["status"] == "active" and record["bucket"]["id"] in active
# Records of a kind that are compared one by one.
ENOUGH = 25

# One record by its id: service, method, argument, table, members that only other reads have.
for service, method, argument, table, absent in [
    ("calendars", "get_calendar", "calendar_id", "calendars", ()),
    ("campfires", "get", "campfire_id", "campfires", ()),
    ("card_columns", "get", "column_id", "card_columns", ()),
    ("card_steps", "get", "step_id", "card_steps", ()),
    ("card_tables", "get", "card_table_id", "card_tables", ()),
    ("cards", "get", "card_id", "cards", ()),
    ("checkins", "get_answer", "answer_id", "question_answers", ()),
    ("checkins", "get_question", "question_id", "questions", ()),
    ("checkins", "get_questionnaire", "questionnaire_id", "questionnaires", ()),
    ("client_approvals", "get", "approval_id", "client_approvals", ()),
    ("client_correspondences", "get", "correspondence_id", "client_correspondences", ()),
    ("cloud_files", "get_cloud_file", "cloud_file_id", "cloud_files", ()),
    ("comments", "get", "comment_id", "comments", ()),
    ("documents", "get", "document_id", "documents", ()),
    ("folders", "get_folder", "folder_id", "folders", ()),
    ("forwards", "get", "forward_id", "forwards", ()),
    ("forwards", "get_inbox", "inbox_id", "inboxes", ()),
    ("gauges", "get_gauge_needle", "needle_id", "gauge_needles", ()),
    ("google_documents", "get_google_document", "google_document_id", "google_documents", ()),
    ("message_boards", "get", "board_id", "message_boards", ()),
    ("messages", "get", "message_id", "messages", ()),
    ("people", "get", "person_id", "people", ()),
    ("pings", "get", "ping_id", "pings", ()),
    ("projects", "get", "project_id", "projects", ("bookmarked",)),
    ("schedules", "get", "schedule_id", "schedules", ()),
    ("subtasks", "get", "subtask_id", "subtasks", ()),
    ("templates", "get", "template_id", "templates", ()),
    ("templates", "get_library_copy", "copy_id", "template_library_copies", ()),
    ("timesheets", "get", "entry_id", "timesheet_entries", ()),
    ("todolists", "get", "id", "todolists", ()),
    ("todos", "get", "todo_id", "todos", ()),
    ("todosets", "get", "todoset_id", "todosets", ()),
    ("tools", "get", "tool_id", "tools", ()),
    ("uploads", "get", "upload_id", "uploads", ()),
    ("vaults", "get", "vault_id", "vaults", ()),
]:
    rows = dump(table)
    check(f"{table} has records", bool(rows), True)
    for record in rows[:ENOUGH]:
        get = getattr(getattr(sdk, service), method)
        one(f"{service}.{method}", lambda: get(**{argument: record["id"]}), record, absent)
    refused(f"{service}.{method} of nothing", lambda: get(**{argument: 42}), 404)

# Records whose address has more than one id.
for line in dump("campfire_lines")[:ENOUGH]:
    one("campfires.get_line", lambda: sdk.campfires.get_line(campfire_id=line["parent"]["id"], line_id=line["id"]), line)
for reply in dump("forward_replies")[:ENOUGH]:
    one("forwards.get_reply", lambda: sdk.forwards.get_reply(forward_id=reply["parent"]["id"], reply_id=reply["id"]), reply)
for reply in dump("client_replies")[:ENOUGH]:
    call = lambda: sdk.client_replies.get(
        bucket_id=reply["bucket"]["id"], recording_id=reply["parent"]["id"], reply_id=reply["id"]
    )
    one("client_replies.get", call, reply)
for row in dump("message_types")[:ENOUGH]:
    call = lambda: sdk.message_types.get(bucket_id=row["asked"]["project_id"], type_id=row["record"]["id"])
    one("message_types.get", call, row["record"])
for row in dump("webhooks")[:ENOUGH]:
    one("webhooks.get", lambda: sdk.webhooks.get(webhook_id=row["record"]["id"]), row["record"])
for row in dump("chatbots")[:ENOUGH]:
    place = {"bucket_id": row["asked"]["project_id"], "campfire_id": row["asked"]["campfire_id"]}
    one("campfires.get_chatbot", lambda: sdk.campfires.get_chatbot(**place, chatbot_id=row["record"]["id"]), row["record"])
for row in dump("project_constructions"):
    call = lambda: sdk.templates.get_construction(
        template_id=row["asked"]["template_id"], construction_id=row["record"]["id"]
    )
    one("templates.get_construction", call, row["record"])
for row in dump("templatifications"):
    place = {"bucket_id": row["asked"]["project_id"], "recording_id": row["asked"]["recording_id"]}
    call = lambda: sdk.templates.get_templatification(**place, templatification_id=row["record"]["id"])
    one("templates.get_templatification", call, row["record"])
for embed in dump("embeds"):
    one("embeds.get", lambda: sdk.embeds.get(sgid=embed["sgid"]), embed)
for row in dump("boosts")[:ENOUGH]:
    one("boosts.get_boost", lambda: sdk.boosts.get_boost(boost_id=row["record"]["id"]), row["record"])

# The only one of its kind.
for name, call, table in [
    ("account.get_account", lambda: sdk.account.get_account(), "accounts"),
    ("people.my_profile", lambda: sdk.people.my_profile(), "my_profile"),
    ("people.get_my_preferences", lambda: sdk.people.get_my_preferences(), "my_preferences"),
    ("my_notes.get_my_note", lambda: sdk.my_notes.get_my_note(), "my_notes"),
    ("search.metadata", lambda: sdk.search.metadata(), "search_metadata"),
    ("templates.get_library_todolists", lambda: sdk.templates.get_library_todolists(), "template_library_todolists"),
    ("templates.get_library_card_tables", lambda: sdk.templates.get_library_card_tables(), "template_library_card_tables"),
]:
    one(name, call, dump(table)[0])

# Whole listings.
for status in ("active", "archived", "trashed"):
    asked = {} if status == "active" else {"status": status}
    for name, listing, table in [("projects.list", sdk.projects.list, "projects"), ("templates.list", sdk.templates.list, "templates")]:
        expected = [record for record in dump(table) if record["status"] == status]
        many(f"{name} {status}", lambda: listing(**asked), expected)
many("people.list", lambda: sdk.people.list(), without(dump("people"), "out_of_office"))
many("people.list_pingable", lambda: sdk.people.list_pingable(), dump("pingable_people"))
many("people.list_assignable", lambda: sdk.people.list_assignable(), dump("assignable_people"))
many("pings.list", lambda: sdk.pings.list(), dump("pings")[:2])
many("projects.list_recent_projects", lambda: sdk.projects.list_recent_projects(), dump("recent_projects"))
many("folders.list_folders", lambda: sdk.folders.list_folders(), without(dump("folders"), "projects"))
many("lineup.list_lineup_markers", lambda: sdk.lineup.list_lineup_markers(), dump("lineup_markers"))
many("campfires.list", lambda: sdk.campfires.list(), list(filter(seen, dump("campfires"))))
for kind, table in [
    ("Todo", "todos"),
    ("Todolist", "todolists"),
    ("Message", "messages"),
    ("Comment", "comments"),
    ("Document", "documents"),
    ("Upload", "uploads"),
    ("Vault", "vaults"),
    ("Schedule::Entry", "schedule_entries"),
    ("Kanban::Card", "cards"),
    ("Kanban::Step", "card_steps"),
    ("Question::Answer", "question_answers"),
    ("Door", "external_links"),
]:
    many(f"recordings.list {kind}", lambda: sdk.recordings.list(type=kind), list(filter(seen, dump(table))))

# The listings of a container: service, method, argument, containers, children.
for service, method, argument, containers, table in [
    ("campfires", "list_lines", "campfire_id", "campfires", "campfire_lines"),
    ("campfires", "list_uploads", "campfire_id", "campfires", "campfire_uploads"),
    ("cards", "list", "column_id", "card_columns", "cards"),
    ("checkins", "list_questions", "questionnaire_id", "questionnaires", "questions"),
    ("checkins", "list_answers", "question_id", "questions", "question_answers"),
    ("comments", "list", "recording_id", "messages", "comments"),
    ("documents", "list", "vault_id", "vaults", "documents"),
    ("forwards", "list", "inbox_id", "inboxes", "forwards"),
    ("forwards", "list_replies", "forward_id", "forwards", "forward_replies"),
    ("messages", "list", "board_id", "message_boards", "messages"),
    ("schedules", "list_entries", "schedule_id", "schedules", "schedule_entries"),
    ("subtasks", "list", "recording_id", "cards", "subtasks"),
    ("subtasks", "list", "recording_id", "todos", "subtasks"),
    ("timesheets", "for_recording", "recording_id", "messages", "timesheet_entries"),
    ("todolist_groups", "list", "todolist_id", "todolists", "todolists"),
    ("todolists", "list", "todoset_id", "todosets", "todolists"),
    ("uploads", "list", "vault_id", "vaults", "uploads"),
    ("vaults", "list", "vault_id", "vaults", "vaults"),
]:
    groups = by_parent(table)
    for container in dump(containers)[:ENOUGH]:
        listing = getattr(getattr(sdk, service), method)
        many(f"{service}.{method}", lambda: listing(**{argument: container["id"]}), groups[container["id"]])

# To-dos of a list: pending unless finished ones are asked for, both kinds of another status.
groups = by_parent("todos")
archived = by_parent("todos", "archived")
for todolist in dump("todolists")[:ENOUGH]:
    listing = lambda **extra: lambda: sdk.todos.list(todolist_id=todolist["id"], **extra)
    for completed, extra in ((False, {}), (True, {"completed": True})):
        expected = [todo for todo in groups[todolist["id"]] if todo["completed"] == completed]
        many(f"todos.list completed={completed}", listing(**extra), expected)
    many("todos.list archived", listing(status="archived"), archived[todolist["id"]])

# Entries and their occurrences: a recurring one has no answer of its own.
for entry in dump("schedule_entries")[:ENOUGH]:
    if "recurrence_schedule" not in entry:
        one("schedules.get_entry", lambda: sdk.schedules.get_entry(entry_id=entry["id"]), entry)
for row in dump("schedule_entry_occurrences")[:ENOUGH]:
    day = row["asked"]["occurrence_on"].replace("-", "")
    call = lambda: sdk.schedules.get_entry_occurrence(entry_id=row["record"]["id"], date=day)
    one("schedules.get_entry_occurrence", call, row["record"])

# Listings of a project.
clients = {board["bucket"]["id"] for board in dump("client_approvals")}
gauged = {gauge["bucket"]["id"] for gauge in dump("gauges")}
of_project = lambda table, project: [row for row in dump(table) if row["status"] == "active" and row["bucket"]["id"] == project]
groups = {table: by_asked(table, "project_id") for table in ("project_people", "message_types", "webhooks")}
for project in (project["id"] for project in dump("projects")):
    many("people.list_for_project", lambda: sdk.people.list_for_project(project_id=project), groups["project_people"][project])
    many("message_types.list", lambda: sdk.message_types.list(bucket_id=project), groups["message_types"][project])
    hooks = without(groups["webhooks"][project], "recent_deliveries")
    many("webhooks.list", lambda: sdk.webhooks.list(bucket_id=project), hooks)
    many("timesheets.for_project", lambda: sdk.timesheets.for_project(project_id=project), of_project("timesheet_entries", project))
    approvals = lambda: sdk.client_approvals.list(bucket_id=project)
    letters = lambda: sdk.client_correspondences.list(bucket_id=project)
    if project in clients:
        many("client_approvals.list", approvals, without(of_project("client_approvals", project), "responses"))
        many("client_correspondences.list", letters, of_project("client_correspondences", project))
    else:
        refused("client_approvals.list without a board", approvals, 404)
        refused("client_correspondences.list without a board", letters, 404)
    needles = lambda: sdk.gauges.list_gauge_needles(project_id=project)
    if project in gauged:
        many("gauges.list_gauge_needles", needles, of_project("gauge_needles", project))
    else:
        refused("gauges.list_gauge_needles without a gauge", needles, 404)

# What hangs on records.
groups = by_parent("client_replies")
for table in ("client_approvals", "client_correspondences"):
    for record in dump(table)[:ENOUGH]:
        call = lambda: sdk.client_replies.list(bucket_id=record["bucket"]["id"], recording_id=record["id"])
        many("client_replies.list", call, groups[record["id"]])
boosts = by_asked("boosts", "recording_id", "event_id")
subscribed = {row["asked"]["recording_id"]: row["outer"] for row in dump("subscriptions")}
bookmarked = {bookmark["recording"]["id"] for bookmark in dump("my_bookmarks")}
for record in dump("messages")[:ENOUGH] + dump("todos")[:ENOUGH] + dump("cards")[-ENOUGH:]:
    call = lambda: sdk.boosts.list_recording_boosts(recording_id=record["id"])
    many("boosts.list_recording_boosts", call, without(boosts[record["id"], None], "recording"))
    check("boosts_count", record["boosts_count"], len(boosts[record["id"], None]))
    events = [event for event in dump("recording_events") if event["recording_id"] == record["id"]]
    many("events.list", lambda: sdk.events.list(recording_id=record["id"]), events)
    for event in events:
        call = lambda: sdk.boosts.list_event_boosts(recording_id=record["id"], event_id=event["id"])
        many("boosts.list_event_boosts", call, without(boosts[record["id"], event["id"]], "recording"))
        check("boosts_count of an event", event["boosts_count"], len(boosts[record["id"], event["id"]]))
    if record["id"] in subscribed:
        one("subscriptions.get", lambda: sdk.subscriptions.get(recording_id=record["id"]), subscribed[record["id"]])
    bookmark = {"bookmarked": record["id"] in bookmarked}
    one("bookmarks.get_bookmark", lambda: sdk.bookmarks.get_bookmark(recording_id=record["id"]), bookmark)
check("some events have boosts", any(event for _, event in boosts), True)
groups = by_asked("upload_versions", "upload_id")
for upload in dump("uploads")[:ENOUGH]:
    many("uploads.list_versions", lambda: sdk.uploads.list_versions(upload_id=upload["id"]), groups[upload["id"]])
groups = by_asked("hill_charts", "todoset_id")
for todoset in dump("todosets")[:ENOUGH]:
    one("hill_charts.get", lambda: sdk.hill_charts.get(todoset_id=todoset["id"]), groups[todoset["id"]][0])
groups = by_asked("question_answerers", "question_id")
answers = by_parent("question_answers")
for question in dump("questions")[:ENOUGH]:
    many("checkins.answerers", lambda: sdk.checkins.answerers(question_id=question["id"]), groups[question["id"]])
    for person in groups[question["id"]]:
        call = lambda: sdk.checkins.by_person(question_id=question["id"], person_id=person["id"])
        expected = [answer for answer in answers[question["id"]] if str(answer["creator"]["id"]) == str(person["id"])]
        found = [answer for answer in call() if answer["creator"]["id"]]
        many("checkins.by_person", lambda: found, expected)
groups = by_asked("chatbots", "project_id", "campfire_id")
for (project, room), bots in list(groups.items())[:ENOUGH]:
    many("campfires.list_chatbots", lambda: sdk.campfires.list_chatbots(bucket_id=project, campfire_id=room), bots)
for person, away in zip(dump("people"), dump("out_of_office")):
    one("people.get_out_of_office", lambda: sdk.people.get_out_of_office(person_id=person["id"]), away)

reports.judge(sdk, active)
finish()
