"""The part of the SDK's judgement that is about reports, feeds and what is the caller's alone."""

from judge import TOKEN, account, by_asked, check, dump, many, one, records, refused, without

# The day on which the simulated account is looked at.
TODAY = dump("today")[0]


def judge(sdk, active):
    personal(sdk)
    everything(sdk, active)
    reports(sdk, active)
    feeds(sdk)


def personal(sdk):
    rows = dump("my_assignments")
    listed = lambda name: [row["record"] for row in rows if row["asked"]["list"] == name]
    expected = {name: listed(name) for name in ("priorities", "non_priorities")}
    one("my_assignments.get_my_assignments", sdk.my_assignments.get_my_assignments, expected)
    many("my_assignments.get_my_completed_assignments", sdk.my_assignments.get_my_completed_assignments, listed("completed"))
    pending = listed("priorities") + listed("non_priorities")
    late = [each for each in pending if each["due_on"] and each["due_on"] < TODAY]
    many("my_assignments.get_my_due_assignments", sdk.my_assignments.get_my_due_assignments, late)
    scopes = ("overdue", "due_today", "due_tomorrow", "due_later_this_week", "due_next_week", "due_later")
    due = [each["id"] for scope in scopes for each in sdk.my_assignments.get_my_due_assignments(scope=scope)]
    check("scopes cover all that is due, once", sorted(due), sorted(each["id"] for each in pending if each["due_on"]))
    refused("a scope that there is not", lambda: sdk.my_assignments.get_my_due_assignments(scope="someday"), 400)

    groups = by_asked("my_notifications", "grouping")
    first = sdk.my_notifications.get_my_notifications()
    second = sdk.my_notifications.get_my_notifications(page=2)
    for grouping in ("unreads", "bubble_ups", "scheduled_bubble_ups"):
        for page in (first, second):
            many(f"my_notifications.get_my_notifications {grouping}", lambda: page[grouping], groups[grouping])
    many("reads over two pages", lambda: first["reads"] + second["reads"], groups["reads"])
    check("reads of a page", len(first["reads"]), 50)
    limited = sdk.my_notifications.get_my_notifications(limit_bubble_ups=True)
    check("limited bubble-ups", (len(limited["bubble_ups"]), "scheduled_bubble_ups" in limited), (2, False))
    many("my_notifications.get_bubble_ups", sdk.my_notifications.get_bubble_ups, dump("bubble_ups"))

    many("bookmarks.list_my_bookmarks", sdk.bookmarks.list_my_bookmarks, dump("my_bookmarks"))
    many("drafts.list_my_drafts", sdk.drafts.list_my_drafts, dump("my_drafts"))
    many("checkins.reminders", sdk.checkins.reminders, dump("question_reminders"), key="reminder_id")


def everything(sdk, active):
    feed = sdk.everything
    for kind, lists in (
        ("todos", ("open", "completed", "unassigned", "no_due_date")),
        ("cards", ("open", "completed", "unassigned", "no_due_date", "not_now")),
    ):
        groups = by_asked(f"everything_{kind}", "list")
        for name in lists:
            listing = getattr(feed, f"get_everything_{name}_{kind}")
            check(f"everything_{kind} {name} has records", bool(groups[name]), True)
            found = listing()
            check(f"{listing.__name__} counts projects", found.meta.total_count, len(found))
            many(listing.__name__, lambda: [each for group in found for each in group[kind]], groups[name])
    nobody = feed.get_everything_open_cards(assignee_ids=[1])
    check("groups can be empty", [group["cards"] for group in nobody], [[] for _ in active])
    someone = dump("people")[3]["id"]
    mine = [each for group in feed.get_everything_open_todos(assignee_ids=[someone, 1]) for each in group["todos"]]
    expected = [todo for todo in by_asked("everything_todos", "list")["open"] if someone in [each["id"] for each in todo["assignees"]]]
    many("open to-dos of a person", lambda: mine, expected)
    late = records(dump("overdue_todos"))
    check("overdue to-dos, oldest first", [todo["id"] for todo in feed.get_everything_overdue_todos()], sorted_by_due(late))
    late = by_asked("everything_cards", "list")["overdue"]
    check("overdue cards, oldest first", [card["id"] for card in feed.get_everything_overdue_cards()], sorted_by_due(late))
    for name, table in (("checkins", "question_answers"), ("comments", "comments"), ("forwards", "forwards"), ("messages", "messages")):
        expected = [each for each in dump(table) if each["status"] == "active" and each["bucket"]["id"] in active]
        many(f"everything.get_everything_{name}", getattr(feed, f"get_everything_{name}"), expected)
    many("everything.get_everything_files", feed.get_everything_files, records(dump("files")))
    images = [file for file in records(dump("files")) if str(file.get("content_type", "")).startswith("image/")]
    many("files that are images", lambda: feed.get_everything_files(kind="images"), images)


def sorted_by_due(rows):
    order = {todo["id"]: number for number, todo in enumerate(rows)}
    return [row["id"] for row in sorted(rows, key=lambda row: (row["due_on"], row["created_at"], order[row["id"]]))]


def reports(sdk, active):
    groups = by_asked("overdue_todos", "lateness")
    one("reports.overdue", sdk.reports.overdue, {name: groups[name] for name in groups})
    check("every lateness occurs", len(groups), 4)
    assigned = by_asked("assigned_todos", "person_id")
    for person in without(dump("people"), "out_of_office"):
        expected = {"person": person, "grouped_by": "bucket", "todos": assigned[person["id"]]}
        one("reports.assigned", lambda: sdk.reports.assigned(person_id=person["id"]), expected)

    window = dump("upcoming_assignables")[0]["asked"]
    found = sdk.reports.upcoming(**window)
    many("reports.upcoming assignables", lambda: found["assignables"], records(dump("upcoming_assignables")))
    entries = found["schedule_entries"] + found["recurring_schedule_entry_occurrences"]
    many("reports.upcoming entries", lambda: entries, records(dump("upcoming_schedule_entries")))
    narrow = sdk.reports.upcoming(window_starts_on=TODAY, window_ends_on=TODAY)
    due = [row["record"] for row in dump("upcoming_assignables") if row["record"]["due_on"] == TODAY]
    many("reports.upcoming of a day", lambda: narrow["assignables"], due)

    told = dump("timeline_events")
    many("reports.progress", sdk.reports.progress, [event for event in told if event["bucket"]["id"] in active])
    project = dump("projects")[0]["id"]
    call = lambda: sdk.timeline.get_project_timeline(project_id=project)
    many("timeline.get_project_timeline", call, [event for event in told if event["bucket"]["id"] == project])
    person = dump("people")[2]
    found = sdk.reports.person_progress(person_id=person["id"])
    expected = [event for event in told if str(event["creator"]["id"]) == str(person["id"]) and event["bucket"]["id"] in active]
    events = [event for event in found["events"] if event["creator"]["id"]]
    many("reports.person_progress", lambda: events, expected)
    check("reports.person_progress is of the person", found["person"]["id"], person["id"])

    # Without a window, and with bounds by names that the server does not know, the last month.
    entries = [entry for entry in dump("timesheet_entries") if entry["bucket"]["id"] in active and entry["status"] == "active"]
    recent = sdk.timesheets.report()
    check("the last month is not everything", 0 < len(recent) < len(entries), True)
    ids = {entry["id"] for entry in entries}
    check("timesheets.report", {entry["id"] for entry in recent} <= ids, True)
    many("timesheets.report from and to", lambda: sdk.timesheets.report(from_="2000-01-01", to=TODAY), recent)

    gauges = [gauge for gauge in dump("gauges") if gauge["bucket"]["id"] in active]
    many("gauges.list_gauges", sdk.gauges.list_gauges, gauges)
    colours = [gauge["last_needle_color"] for gauge in sdk.gauges.list_gauges()]
    check("red gauges first", colours, sorted(colours, key=["red", "yellow", "green"].index))

    rows = dump("search_results")
    many("search.search", lambda: sdk.search.search(q=rows[0]["asked"]["q"]), records(rows))
    files = sdk.search.search(q=".png")
    check("hits that are files have no id", (bool(files), any("id" in hit for hit in files)), (True, False))
    refused("search without q", lambda: sdk.search.search(q=""), 400)


def feeds(sdk):
    """Walks of the event feed and of an agent's inbox, by their positions."""
    events, position = [], None
    while True:
        entry = {"position": position} if position else {"since": "0"}
        page = sdk.event_feed.poll_events(**entry)
        events += page["events"]
        position = page["position"]
        if "next" not in page:
            break
    check("event_feed.poll_events", events, dump("feed_events"))
    check("event_feed at the present", sdk.event_feed.poll_events()["events"], [])
    refused("a position of other filters", lambda: sdk.event_feed.poll_events(position=position, types="todo.created"), 409)
    refused("a position that is none", lambda: sdk.event_feed.poll_events(position="nonsense"), 400)
    kinds = {event["event_type"] for event in sdk.event_feed.poll_events(since="0", types="todo.created")["events"]}
    check("event_feed by type", kinds, {"todo.created"})

    refused("the inbox of a person", lambda: sdk.event_feed.poll_inbox(since="0"), 403)
    agent = account(f"{TOKEN}-agent")
    items, position = [], None
    while True:
        entry = {"position": position} if position else {"since": "0"}
        page = agent.event_feed.poll_inbox(**entry)
        items += page["items"]
        position = page["position"]
        if "next" not in page:
            break
    check("event_feed.poll_inbox", items, dump("inbox_items"))
