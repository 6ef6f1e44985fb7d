"""Projects, their people and tools, templates, and what is the account's or the caller's own."""

from judge import attempt, check, dump, dump_now, gone, records, refused, written


def judge(sdk):
    project = projects(sdk)
    access(sdk, project)
    tools(sdk, project)
    kept(sdk, project)
    folders(sdk, project)
    templates(sdk)
    library(sdk, project)
    caller(sdk)
    assignments(sdk)
    elsewhere(sdk)
    end(sdk, project)


def projects(sdk):
    read = lambda made: sdk.projects.get(project_id=made["id"])
    call = lambda: sdk.projects.create(name="Näw", description="What for")
    made = written("projects.create", call, read, name="Näw", description="What for", status="active")
    check("projects.create: first", sdk.projects.list()[0]["id"], made["id"])
    one = {"project_id": made["id"]}
    days = {"start_date": "2026-01-01", "end_date": "2026-02-01"}
    call = lambda: sdk.projects.update(**one, name="New", schedule_attributes=days)
    written("projects.update", call, read, name="New", description="What for", **days)
    call = lambda: sdk.projects.update(**one, name="New", schedule_attributes={"start_date": "2026-01-01"})
    refused("projects.update with half of the days", call, 422)
    check("record_project_visit", attempt(lambda: sdk.projects.record_project_visit(**one)), None)
    check("record_project_visit: first", sdk.projects.list_recent_projects()[0]["id"], made["id"])
    call = lambda: sdk.projects.update_project_wallpaper(**one, content=b"1", filename="w.png", content_type="image/png")
    check("update_project_wallpaper", attempt(call), None)
    check("update_project_wallpaper: there", "wallpaper" in read(made), True)
    check("remove_project_wallpaper", attempt(lambda: sdk.projects.remove_project_wallpaper(**one)), None)
    check("remove_project_wallpaper: gone", "wallpaper" in read(made), False)
    todo_set = next(tool["id"] for tool in made["dock"] if tool["name"] == "todoset")
    some = sdk.todolists.create(todoset_id=todo_set, name="In a new project")
    listed = lambda: some["id"] in [each["id"] for each in sdk.recordings.list(type="Todolist")]
    for call, status in [(sdk.projects.archive, "archived"), (sdk.projects.unarchive, "active")]:
        written(f"a project that is {status}", lambda: call(**one), lambda: read(made), status=status)
        check(f"what is in a project that is {status}", listed(), status == "active")
    return made


def access(sdk, project):
    one = {"project_id": project["id"]}
    people = lambda: [each["id"] for each in sdk.people.list_for_project(**one)]
    invited = {"name": "Nïna", "email_address": "nina@example.com", "title": "Guest", "company_name": "Else"}
    answer = attempt(lambda: sdk.people.update_project_access(**one, grant=[2001, 2002], create=[invited]))
    check("update_project_access: granted", [each["name"] for each in answer["granted"]][-1], "Nïna")
    nina = answer["granted"][-1]
    check("update_project_access: invited", sdk.people.get(person_id=nina["id"])["email_address"], "nina@example.com")
    check("update_project_access: people", people(), [2000, 2001, 2002, nina["id"]])
    attempt(lambda: sdk.people.update_project_access(**one, revoke=[2002]))
    check("update_project_access: revoked", people(), [2000, 2001, nina["id"]])
    check("everybody", nina["id"] in [each["id"] for each in sdk.people.list()], True)
    call = lambda: sdk.people.update_project_client_access(**one, grant=[2008])
    refused("clients of a project without clients", call, 403)
    check("enable_project_clients", attempt(lambda: sdk.people.enable_project_clients(**one)), {"clients_enabled": True})
    granted = attempt(lambda: sdk.people.update_project_client_access(**one, grant=[2001, 2008]))["granted"]
    check("update_project_client_access", [each["id"] for each in granted], [2008])
    refused("disable_project_clients", lambda: sdk.people.disable_project_clients(**one), 403)
    attempt(lambda: sdk.people.update_project_client_access(**one, revoke=[2008]))
    check("disable_project_clients", attempt(lambda: sdk.people.disable_project_clients(**one)), {"clients_enabled": False})


def tools(sdk, project):
    dock = lambda: {each["id"]: each for each in sdk.projects.get(project_id=project["id"])["dock"]}
    call = lambda: sdk.tools.create(bucket_id=project["id"], tool_type="Chat::Transcript", title="Talk")
    made = written("tools.create", call, lambda made: sdk.tools.get(tool_id=made["id"]), title="Talk")
    one = {"tool_id": made["id"]}
    check("tools.create: docked", (dock()[made["id"]]["name"], dock()[made["id"]]["title"]), ("chat", "Talk"))
    attempt(lambda: sdk.tools.update(**one, title="Chat"))
    check("tools.update", dock()[made["id"]]["title"], "Chat")
    check("tools.disable", attempt(lambda: sdk.tools.disable(**one)), None)
    check("tools.disable: hidden", dock()[made["id"]]["enabled"], False)
    check("tools.enable", attempt(lambda: sdk.tools.enable(**one)), None)
    check("tools.enable: shown", dock()[made["id"]]["enabled"], True)
    check("tools.reposition", attempt(lambda: sdk.tools.reposition(**one, position=1)), None)
    check("tools.reposition: first", list(dock())[0], made["id"])
    check("tools.delete", attempt(lambda: sdk.tools.delete(**one)), None)
    check("tools.delete: gone", made["id"] in dock(), False)
    only = next(each for each in dock().values() if each["name"] == "todoset")
    check("tools.delete of the only one", attempt(lambda: sdk.tools.delete(tool_id=only["id"])), None)
    check("tools.delete of the only one: hidden", dock()[only["id"]]["enabled"], False)
    sdk.tools.enable(tool_id=only["id"])
    door = next(each for each in dump_now("external_links") if each["status"] == "active")
    check("tools.delete of a link", attempt(lambda: sdk.tools.delete(tool_id=door["id"])), None)
    status = next(each["status"] for each in dump_now("external_links") if each["id"] == door["id"])
    check("tools.delete of a link: status", status, "deleted")


def kept(sdk, project):
    place = {"bucket_id": project["id"]}
    read = lambda made: sdk.webhooks.get(webhook_id=made["id"])
    hook = {"payload_url": "https://hooks.example/x", "types": ["Todo"]}
    made = written("webhooks.create", lambda: sdk.webhooks.create(**place, **hook), read, active=True, recent_deliveries=[], **hook)
    check("webhooks.create: listed", [each["id"] for each in sdk.webhooks.list(**place)], [made["id"]])
    call = lambda: sdk.webhooks.update(webhook_id=made["id"], active=False)
    written("webhooks.update", call, read, active=False, **hook)
    refused("webhooks.create of no address", lambda: sdk.webhooks.create(**place, payload_url="x", types=[]), 400)
    gone("webhooks.delete", lambda: sdk.webhooks.delete(webhook_id=made["id"]), lambda: read(made))
    read = lambda made: sdk.message_types.get(**place, type_id=made["id"])
    made = written("message_types.create", lambda: sdk.message_types.create(**place, name="N", icon="📌"), read, name="N", icon="📌")
    one = {**place, "type_id": made["id"]}
    written("message_types.update", lambda: sdk.message_types.update(**one, name="M"), read, name="M", icon="📌")
    gone("message_types.delete", lambda: sdk.message_types.delete(**one), lambda: read(made))
    markers = lambda: {each["name"]: each for each in sdk.lineup.list_lineup_markers()}
    attempt(lambda: sdk.lineup.create(name="Launch", date="2026-10-01"))
    check("lineup.create", markers()["Launch"]["date"], "2026-10-01")
    one = {"marker_id": markers()["Launch"]["id"]}
    attempt(lambda: sdk.lineup.update(**one, date="2026-10-02"))
    check("lineup.update", markers()["Launch"]["date"], "2026-10-02")
    check("lineup.delete", attempt(lambda: sdk.lineup.delete(**one)), None)
    check("lineup.delete: gone", "Launch" in markers(), False)
    calendar = dump("calendars")[0]["id"]
    read = lambda: sdk.calendars.get_calendar(calendar_id=calendar)
    written("update_calendar", lambda: sdk.calendars.update_calendar(calendar_id=calendar, calendar={"color": "aqua"}), read, color="aqua")
    refused("update_calendar to none", lambda: sdk.calendars.update_calendar(calendar_id=calendar, calendar={"color": "x"}), 422)


def folders(sdk, project):
    read = lambda made: sdk.folders.get_folder(folder_id=made["id"])
    call = lambda: sdk.folders.create_folder(name="Pile", project_ids=[project["id"]])
    made = written("create_folder", call, read, name="Pile", bucket_ids=[project["id"]])
    check("create_folder: first", sdk.folders.list_folders()[0]["id"], made["id"])
    one = {"folder_id": made["id"]}
    written("update_folder", lambda: sdk.folders.update_folder(**one, name="Heap"), read, name="Heap")
    refused("create_folder of nothing", lambda: sdk.folders.create_folder(name="x", project_ids=[42]), 404)
    gone("delete_folder", lambda: sdk.folders.delete_folder(**one), lambda: read(made))


def templates(sdk):
    read = lambda made: sdk.templates.get(template_id=made["id"])
    made = written("templates.create", lambda: sdk.templates.create(name="T", description="d"), read, name="T", description="d")
    one = {"template_id": made["id"]}
    written("templates.update", lambda: sdk.templates.update(**one, name="U"), read, name="U", description="d")
    started = attempt(lambda: sdk.templates.create_project(**one, project={"name": "From one"}))
    check("templates.create_project", started["status"], "pending")
    done = attempt(lambda: sdk.templates.get_construction(**one, construction_id=started["id"]))
    check("templates.create_project: done", (done["status"], done["project"]["name"]), ("completed", "From one"))
    check("templates.create_project: there", sdk.projects.get(project_id=done["project"]["id"])["name"], "From one")
    written("templates.delete", lambda: sdk.templates.delete(**one), lambda: read(made), status="trashed")


def library(sdk, project):
    made = attempt(lambda: sdk.templates.create_library_todolist(name="Onboarding"))
    names = lambda: [each["name"] for each in sdk.templates.get_library_todolists()["todolists"]]
    check("create_library_todolist", "Onboarding" in names(), True)
    table = attempt(lambda: sdk.templates.create_library_card_table(name="Board"))
    check("create_library_card_table", table["title"], "Board")
    call = lambda: sdk.templates.create_library_copy(
        template_recording_id=made["id"], destination_project_id=project["id"]
    )
    copy = attempt(call)
    check("create_library_copy", copy["status"], "pending")
    copy = attempt(lambda: sdk.templates.get_library_copy(copy_id=copy["id"]))
    check("create_library_copy: done", (copy["status"], copy["destination_todolist"]["name"]), ("completed", "Onboarding"))
    source = next(each for each in dump_now("todolists") if each["status"] == "active")
    place = {"bucket_id": source["bucket"]["id"], "recording_id": source["id"]}
    made = attempt(lambda: sdk.templates.create_templatification(**place, template_name="Model"))
    check("create_templatification", made["status"], "pending")
    made = attempt(lambda: sdk.templates.get_templatification(**place, templatification_id=made["id"]))
    check("create_templatification: done", made["destination_todolist"]["name"], "Model")


def caller(sdk):
    read = lambda: sdk.account.get_account()
    written("update_account_name", lambda: sdk.account.update_account_name(name="Ünion"), read, name="Ünion")
    check("remove_account_logo", attempt(lambda: sdk.account.remove_account_logo()), None)
    check("remove_account_logo: gone", read().get("logo"), None)
    call = lambda: sdk.account.update_account_logo(content=b"1", filename="l.png", content_type="image/png")
    check("update_account_logo", attempt(call), None)
    check("update_account_logo: there", "url" in read()["logo"], True)
    read = lambda: sdk.people.my_profile()
    call = lambda: sdk.people.update_my_profile(title="Boss", bio="Me", location="There")
    written("update_my_profile", call, read, title="Boss", bio="Me", location="There")
    read = lambda: sdk.people.get_my_preferences()
    call = lambda: sdk.people.update_my_preferences(person={"first_week_day": "Sunday"})
    written("update_my_preferences", call, read, first_week_day="Sunday", time_format="twenty_four_hour")
    call = lambda: sdk.people.update_my_preferences(person={"first_week_day": "Noday"})
    refused("update_my_preferences to none", call, 422)
    call = lambda: sdk.my_notes.update_my_note(note={"content": "<div>Note</div>"})
    written("update_my_note", call, lambda: sdk.my_notes.get_my_note(), content="<div>Note</div>")
    refused("update_my_note to nothing", lambda: sdk.my_notes.update_my_note(note={"content": ""}), 422)
    one = {"person_id": 2001}
    read = lambda: sdk.people.get_out_of_office(**one)
    days = {"start_date": "2026-08-01", "end_date": "2026-08-08"}
    call = lambda: sdk.people.enable_out_of_office(**one, out_of_office=days)
    written("enable_out_of_office", call, read, enabled=True, **days)
    check("a person who is away", sdk.people.get(**one)["out_of_office"], days)
    written("disable_out_of_office", lambda: sdk.people.disable_out_of_office(**one), read, enabled=False, start_date=None)
    check("a person who is back", "out_of_office" in sdk.people.get(**one), False)


def assignments(sdk):
    names = ("priorities", "non_priorities")
    mine = lambda name: [each["id"] for each in sdk.my_assignments.get_my_assignments()[name]]
    later = mine("non_priorities")[0]
    check("prioritize_assignment", attempt(lambda: sdk.my_assignments.prioritize_assignment(id=later)), None)
    check("prioritize_assignment: where", [later in mine(name) for name in names], [True, False])
    call = lambda: sdk.my_assignments.reorder_up_next(source_id=later, position=1)
    check("reorder_up_next", attempt(call), None)
    check("reorder_up_next: first", mine("priorities")[0], later)
    refused("reorder_up_next too far", lambda: sdk.my_assignments.reorder_up_next(source_id=later, position=999), 422)
    call = lambda: sdk.my_assignments.deprioritize_assignment(recording_id=later)
    check("deprioritize_assignment", attempt(call), None)
    check("deprioritize_assignment: where", [later in mine(name) for name in names], [False, True])
    unread = lambda: [each["readable_sgid"] for each in sdk.my_notifications.get_my_notifications()["unreads"]]
    first = unread()[0]
    check("mark_as_read", attempt(lambda: sdk.my_notifications.mark_as_read(readables=[first])), None)
    check("mark_as_read: read", first in unread(), False)


def elsewhere(sdk):
    made = attempt(lambda: sdk.embeds.create(url="https://pages.example/new"))
    check("embeds.create", made["status"], "pending")
    check("embeds.create: done", attempt(lambda: sdk.embeds.get(sgid=made["sgid"]))["status"], "active")
    check("embeds.create again", attempt(lambda: sdk.embeds.create(url="https://pages.example/new"))["sgid"], made["sgid"])
    refused("embeds.create of anything", lambda: sdk.embeds.create(url="https://other.example/"), 422)
    ticket = attempt(lambda: sdk.event_feed.create_stream_ticket())
    check("create_stream_ticket", ticket["ticket"] in ticket["url"], True)
    ping = attempt(lambda: sdk.pings.create(user_ids=[2003, 2004]))
    check("pings.create", [each["id"] for each in ping["people"]], [2000, 2003, 2004])
    check("pings.create again", attempt(lambda: sdk.pings.create(user_ids=[2003, 2004]))["id"], ping["id"])
    check("pings.create: there", attempt(lambda: sdk.pings.get(ping_id=ping["id"]))["id"], ping["id"])


def end(sdk, project):
    read = lambda: sdk.projects.get(project_id=project["id"])
    written("projects.trash", lambda: sdk.projects.trash(project_id=project["id"]), read, status="trashed")
    check("projects.trash: listed", project["id"] in [each["id"] for each in sdk.projects.list()], False)
