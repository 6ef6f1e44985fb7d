"""What lies in projects: messages, lists, files, entries, check-ins, cards, chats and needles."""

from judge import attempt, check, dump_now, gone, refused, written


def judge(sdk):
    home = next(each for each in dump_now("projects") if each["status"] == "active" and "last_needle_position" in each)
    tools = {}
    for tool in home["dock"]:
        tools.setdefault(tool["name"], tool["id"])
    project = home["id"]
    board(sdk, project, tools["message_board"])
    lists(sdk, tools["todoset"])
    files(sdk, project, tools["vault"])
    schedule(sdk, tools["schedule"], tools["message_board"])
    checkins(sdk, tools["questionnaire"])
    cards(sdk, project, tools["kanban_board"])
    chats(sdk, project, tools["chat"])
    gauges(sdk, project)


def board(sdk, project, board_id):
    read = lambda made: sdk.messages.get(message_id=made["id"])
    category = sdk.message_types.list(bucket_id=project)[0]
    made = written(
        "messages.create",
        lambda: sdk.messages.create(
            board_id=board_id, subject="News", content="<div>ü</div>", status="active", category_id=category["id"]
        ),
        read,
        subject="News",
        title="News",
        content="<div>ü</div>",
        status="active",
        category={name: category[name] for name in ("id", "name", "icon")},
        comments_count=0,
    )
    listed = [each["id"] for each in sdk.messages.list(board_id=board_id)]
    check("messages.create: newest first", listed[0], made["id"])
    call = lambda: sdk.messages.update(message_id=made["id"], subject="Old")
    written("messages.update", call, read, subject="Old", content="<div>ü</div>")
    draft = written("a draft", lambda: sdk.messages.create(board_id=board_id, subject="D"), read, status="drafted")
    drafts = [each["id"] for each in sdk.drafts.list_my_drafts()]
    check("a draft is among the drafts", draft["id"] in drafts, True)
    call = lambda: sdk.messages.update(message_id=draft["id"], status="active")
    written("messages.update publishes", call, read, status="active", subject="D")
    for name in ("pin", "unpin"):
        check(f"messages.{name}", attempt(lambda: getattr(sdk.messages, name)(message_id=made["id"])), None)
    follow(sdk, made)
    read = lambda made: sdk.comments.get(comment_id=made["id"])
    call = lambda: sdk.comments.create(recording_id=made["id"], content="<b>Yes</b>")
    comment = written("comments.create", call, read, content="<b>Yes</b>")
    check("comments_count", sdk.messages.get(message_id=made["id"])["comments_count"], 1)
    written("comments.update", lambda: sdk.comments.update(comment_id=comment["id"], content="No"), read, content="No")
    refused("comments.create without text", lambda: sdk.comments.create(recording_id=made["id"], content=""), 422)
    boosts(sdk, made)


def follow(sdk, made):
    """What the caller can make of a record."""
    one = {"recording_id": made["id"]}
    read = lambda: sdk.subscriptions.get(**one)
    written("subscriptions.subscribe", lambda: sdk.subscriptions.subscribe(**one), read, subscribed=True)
    written("subscriptions.unsubscribe", lambda: sdk.subscriptions.unsubscribe(**one), read, subscribed=False)
    call = lambda: sdk.subscriptions.update(**one, subscriptions=[2000, 2005], unsubscriptions=[2001])
    written("subscriptions.update", call, read, subscribed=True)
    people = [each["id"] for each in read()["subscribers"]]
    check("subscriptions.update: who", (2005 in people, 2001 in people), (True, False))
    read = lambda: sdk.bookmarks.get_bookmark(**one)
    for _ in range(2):
        written("bookmarks.create_bookmark", lambda: sdk.bookmarks.create_bookmark(**one), read, bookmarked=True)
    check("my_bookmarks", made["id"] in [each["recording"]["id"] for each in dump_now("my_bookmarks")], True)
    written("bookmarks.delete_bookmark", lambda: sdk.bookmarks.delete_bookmark(**one), read, bookmarked=False)
    up = lambda: [each["readable_identifier"] for each in dump_now("bubble_ups")]
    check("create_bubble_up", attempt(lambda: sdk.bubble_ups.create_bubble_up(**one, at="2026-09-10")), None)
    check("create_bubble_up: up", f"Message/{made['id']}" in up(), True)
    check("delete_bubble_up", attempt(lambda: sdk.bubble_ups.delete_bubble_up(**one)), None)
    check("delete_bubble_up: up", f"Message/{made['id']}" in up(), False)
    check("spotlight", attempt(lambda: sdk.recordings.spotlight(**one))["id"], made["id"])
    check("unspotlight", attempt(lambda: sdk.recordings.unspotlight(**one)), None)
    read = lambda: sdk.messages.get(message_id=made["id"])
    for visible in (True, False):
        call = lambda: sdk.client_visibility.set_visibility(**one, visible_to_clients=visible)
        written("set_visibility", call, read, visible_to_clients=visible)
    for call, status in [(sdk.recordings.archive, "archived"), (sdk.recordings.unarchive, "active")]:
        written(f"a message that is {status}", lambda: call(**one), read, status=status)


def boosts(sdk, made):
    read = lambda made: sdk.boosts.get_boost(boost_id=made["id"])
    call = lambda: sdk.boosts.create_recording_boost(recording_id=made["id"], content="👏")
    boost = written("create_recording_boost", call, read, content="👏")
    check("boosts_count", sdk.messages.get(message_id=made["id"])["boosts_count"], 1)
    call = lambda: sdk.boosts.update_boost(boost_id=boost["id"], content="🎂")
    written("update_boost", call, read, content="🎂")
    gone("delete_boost", lambda: sdk.boosts.delete_boost(boost_id=boost["id"]), lambda: read(boost))
    check("boosts_count after", sdk.messages.get(message_id=made["id"])["boosts_count"], 0)
    for event in dump_now("recording_events"):
        boostable = event["action"] in ("completed", "adopted")
        call = lambda: sdk.boosts.create_event_boost(
            recording_id=event["recording_id"], event_id=event["id"], content="👏"
        )
        if boostable:
            written("create_event_boost", call, read, content="👏")
            return
        refused("create_event_boost of what cannot be boosted", call, 403)


def lists(sdk, todoset):
    read = lambda made: sdk.todolists.get(id=made["id"])
    call = lambda: sdk.todolists.create(todoset_id=todoset, name="List", description="<i>x</i>", visible_to_clients=True)
    made = written("todolists.create", call, read, name="List", description="<i>x</i>", visible_to_clients=True)
    written("todolists.replace", lambda: sdk.todolists.replace(id=made["id"], name="B"), read, name="B", description="")
    check("todolists.reposition", attempt(lambda: sdk.todolists.reposition(todolist_id=made["id"], position=1)), None)
    check("todolists.reposition: first", sdk.todolists.list(todoset_id=todoset)[0]["id"], made["id"])
    groups = [sdk.todolist_groups.create(todolist_id=made["id"], name=name) for name in ("one", "two")]
    check("todolist_groups.create", "group_position_url" in read(groups[1]), True)
    call = lambda: sdk.todolist_groups.reposition(group_id=groups[1]["id"], position=1)
    check("todolist_groups.reposition", attempt(call), None)
    found = [each["id"] for each in sdk.todolist_groups.list(todolist_id=made["id"])]
    check("todolist_groups.reposition: order", found, [groups[1]["id"], groups[0]["id"]])
    dots = lambda: [dot["id"] for dot in sdk.hill_charts.get(todoset_id=todoset)["dots"]]
    for name in ("tracked", "untracked"):
        attempt(lambda: sdk.hill_charts.update_settings(todoset_id=todoset, **{name: [made["id"]]}))
        check(f"hill_charts.update_settings {name}", made["id"] in dots(), name == "tracked")


def files(sdk, project, vault):
    read = lambda made: sdk.vaults.get(vault_id=made["id"])
    folder = written("vaults.create", lambda: sdk.vaults.create(vault_id=vault, title="F"), read, title="F")
    written("vaults.update", lambda: sdk.vaults.update(vault_id=folder["id"], title="G"), read, title="G")
    read = lambda made: sdk.documents.get(document_id=made["id"])
    call = lambda: sdk.documents.create(vault_id=vault, title="D", content="<p>c</p>", status="active")
    made = written("documents.create", call, read, title="D", content="<p>c</p>", status="active")
    call = lambda: sdk.documents.replace(document_id=made["id"], content="<p>d</p>")
    written("documents.replace", call, read, title="Untitled", content="<p>d</p>")
    refused("documents.replace with nothing", lambda: sdk.documents.replace(document_id=made["id"]), 400)
    call = lambda: sdk.recordings.move_to_vault(recording_id=made["id"], parent_id=folder["id"])
    written("move_to_vault", call, lambda: read(made))
    check("move_to_vault: parent", read(made)["parent"]["id"], folder["id"])
    attach = lambda name: sdk.attachments.create(content=b"\x00bytes", content_type="image/png", name=name)
    read = lambda made: sdk.uploads.get(upload_id=made["id"])
    sgid = attach("a b.png")["attachable_sgid"]
    call = lambda: sdk.uploads.create(vault_id=vault, attachable_sgid=sgid, description="<p>u</p>", base_name="c")
    upload = written("uploads.create", call, read, filename="c.png", byte_size=6, content_type="image/png", status="active")
    refused("a file is used once", call, 422)
    call = lambda: sdk.uploads.update(upload_id=upload["id"], base_name="d")
    written("uploads.update", call, read, filename="d.png", description="<p>u</p>")
    sgid = attach("new.pdf")["attachable_sgid"]
    call = lambda: sdk.uploads.create_version(upload_id=upload["id"], attachable_sgid=sgid)
    written("uploads.create_version", call, read, filename="new.pdf")
    place = {"bucket_id": project, "vault_id": vault}
    read = lambda made: sdk.cloud_files.get_cloud_file(cloud_file_id=made["id"])
    link = "https://www.figma.com/file/1"
    call = lambda: sdk.cloud_files.create_cloud_file(**place, url=link, service="figma", title="C")
    made = written("create_cloud_file", call, read, url=link, title="C")
    call = lambda: sdk.cloud_files.update_cloud_file(cloud_file_id=made["id"], url=link + "2", service="figma")
    written("update_cloud_file", call, read, url=link + "2", title="Untitled")
    check("update_cloud_file: service", read(made)["service"]["code"], "figma")
    read = lambda made: sdk.google_documents.get_google_document(google_document_id=made["id"])
    link = "https://docs.google.com/document/1"
    call = lambda: sdk.google_documents.create_google_document(**place, url=link, document_type="doc", title="G")
    made = written("create_google_document", call, read, url=link, document_type="doc", status="drafted")
    call = lambda: sdk.google_documents.update_google_document(
        google_document_id=made["id"], url=link, document_type="sheet", title="H"
    )
    written("update_google_document", call, read, document_type="sheet", title="H")
    call = lambda: sdk.google_documents.create_google_document(**place, url=link, document_type="x")
    refused("create_google_document of no type", call, 422)


def schedule(sdk, schedule_id, board_id):
    read = lambda made: sdk.schedules.get_entry(entry_id=made["id"])
    call = lambda: sdk.schedules.create_entry(
        schedule_id=schedule_id,
        summary="Meet",
        starts_at="2026-07-10",
        ends_at="2026-07-11",
        all_day=True,
        participant_ids=[2001],
        url="https://meet.example/1",
    )
    made = written("create_entry", call, read, summary="Meet", all_day=True, starts_at="2026-07-10", highlighted=False)
    check("create_entry: people", [each["id"] for each in made["participants"]], [2001])
    times = {"starts_at": "2026-07-10T10:00:00Z", "ends_at": "2026-07-10T11:00:00Z"}
    call = lambda: sdk.schedules.replace_entry(entry_id=made["id"], summary="Talk", **times)
    written(
        "replace_entry", call, read, summary="Talk", all_day=False, join_url="https://meet.example/1", description="", **times
    )
    check("replace_entry keeps people", len(read(made)["participants"]), 1)
    call = lambda: sdk.schedules.replace_entry(entry_id=made["id"], starts_at="2026-07-10", ends_at="2026-07-10")
    refused("a day where a time belongs", call, 422)
    read = lambda: sdk.schedules.get(schedule_id=schedule_id)
    for setting in (True, False):
        call = lambda: sdk.schedules.update_settings(schedule_id=schedule_id, include_due_assignments=setting)
        written("update_settings", call, read, include_due_assignments=setting)
    message = sdk.messages.list(board_id=board_id)[0]
    read = lambda made: sdk.timesheets.get(entry_id=made["id"])
    call = lambda: sdk.timesheets.create(recording_id=message["id"], date="2026-06-30", hours="1:30", person_id=2003)
    made = written("timesheets.create", call, read, date="2026-06-30", hours="1.5")
    check("timesheets.create: person", made["person"]["id"], 2003)
    written("timesheets.update", lambda: sdk.timesheets.update(entry_id=made["id"], hours="2"), read, hours="2")
    listed = [each["id"] for each in sdk.timesheets.report(person_id=2003)]
    check("timesheets.create: in the report", made["id"] in listed, True)
    refused("a timesheet entry is not trashed", lambda: sdk.recordings.trash(recording_id=made["id"]), 403)
    gone("timesheets.destroy", lambda: sdk.timesheets.destroy(entry_id=made["id"]), lambda: read(made))


def checkins(sdk, questionnaire):
    read = lambda made: sdk.checkins.get_question(question_id=made["id"])
    plan = {"frequency": "every_week", "days": ["1", "3"], "time_of_day": "5:00pm"}
    call = lambda: sdk.checkins.create_question(questionnaire_id=questionnaire, title="Well?", schedule=plan)
    made = written("create_question", call, read, title="Well?", paused=False, answers_count=0)
    found = read(made)["schedule"]
    check("create_question: schedule", (found["days"], found["hour"], found["minute"]), ([1, 3], 17, 0))
    written("update_question", lambda: sdk.checkins.update_question(question_id=made["id"], title="So?"), read, title="So?")
    check("update_question keeps", read(made)["schedule"], found)
    one = {"question_id": made["id"]}
    written("pause", lambda: sdk.checkins.pause(**one), lambda: read(made), paused=True)
    written("resume", lambda: sdk.checkins.resume(**one), lambda: read(made), paused=False)
    call = lambda: sdk.checkins.update_notification_settings(**one, responding=True, subscribed=False)
    check("update_notification_settings", attempt(call), {"responding": True, "subscribed": False})
    answer = lambda made: sdk.checkins.get_answer(answer_id=made["id"])
    call = lambda: sdk.checkins.create_answer(**one, content="<p>Fine</p>", group_on="2026-06-29")
    made = written("create_answer", call, answer, content="<p>Fine</p>", group_on="2026-06-29")
    call = lambda: sdk.checkins.update_answer(answer_id=made["id"], content="Bad", group_on="2026-06-29")
    written("update_answer", call, lambda: answer(made), content="Bad", group_on="2026-06-29")


def cards(sdk, project, table_id):
    table = lambda: sdk.card_tables.get(card_table_id=table_id)
    read = lambda made: sdk.card_columns.get(column_id=made["id"])
    call = lambda: sdk.card_columns.create(card_table_id=table_id, title="New", description="plain")
    column = written("card_columns.create", call, read, title="New", description="plain", type="Kanban::Column", cards_count=0)
    one = {"column_id": column["id"]}
    written("card_columns.update", lambda: sdk.card_columns.update(**one, title="N"), read, title="N", description="plain")
    call = lambda: sdk.card_columns.set_color(bucket_id=project, **one, color="pink")
    written("card_columns.set_color", call, read, color="pink")
    call = lambda: sdk.card_columns.set_color(bucket_id=project, **one, color="mauve")
    refused("card_columns.set_color to none", call, 422)
    call = lambda: sdk.card_columns.move(card_table_id=table_id, source_id=column["id"], target_id=table_id, position=1)
    check("card_columns.move", attempt(call), None)
    check("card_columns.move: order", [each["id"] for each in table()["lists"]].index(column["id"]), 1)
    for name, watched in (("subscribe_to_column", True), ("unsubscribe_from_column", False)):
        check(name, attempt(lambda: getattr(sdk.card_columns, name)(**one)), None)
        check(f"{name}: who", 2000 in [each["id"] for each in read(column)["subscribers"]], watched)
    steps(sdk, card(sdk, project, column, table()))
    for name, held in (("enable_on_hold", True), ("disable_on_hold", False)):
        attempt(lambda: getattr(sdk.card_columns, name)(bucket_id=project, **one))
        check(name, "on_hold" in read(column), held)
    other = next(each for each in dump_now("card_columns") if each["bucket"]["id"] != project)
    place = {"bucket_id": project, "card_table_id": table_id}
    holes = lambda: {each["id"]: each for each in table()["wormholes"]}
    hole = attempt(lambda: sdk.wormholes.create(**place, destination_recording_id=other["id"]))
    check("wormholes.create", holes().get(hole["id"]), hole)
    one = {"bucket_id": project, "wormhole_id": hole["id"]}
    attempt(lambda: sdk.wormholes.update(**one, destination_recording_id=column["id"]))
    check("wormholes.update", str(column["id"]) in holes()[hole["id"]]["destination_url"], True)
    attempt(lambda: sdk.wormholes.update(**one, destination_recording_id=other["id"]))
    traveller = sdk.cards.create(column_id=column["id"], title="Far")
    gone(
        "cards.move through a wormhole",
        lambda: sdk.cards.move(card_id=traveller["id"], column_id=hole["id"]),
        lambda: sdk.cards.get(card_id=traveller["id"]),
    )
    check("a new id", "Far" in [each["title"] for each in sdk.cards.list(column_id=other["id"])], True)
    check("wormholes.delete", attempt(lambda: sdk.wormholes.delete(**one)), None)
    check("wormholes.delete: gone", hole["id"] in holes(), False)


def card(sdk, project, column, table):
    read = lambda made: sdk.cards.get(card_id=made["id"])
    call = lambda: sdk.cards.create(column_id=column["id"], title="Card", content="<p>x</p>", due_on="2026-08-01")
    made = written("cards.create", call, read, title="Card", content="<p>x</p>", description="<p>x</p>", due_on="2026-08-01")
    call = lambda: sdk.cards.update(card_id=made["id"], assignee_ids=[2001])
    written("cards.update", call, read, title="Card", due_on="2026-08-01")
    check("cards.update: people", [each["id"] for each in read(made)["assignees"]], [2001])
    written("cards.update clears", lambda: sdk.cards.update(card_id=made["id"], due_on=""), read, due_on=None)
    check("cards.update keeps people", len(read(made)["assignees"]), 1)
    done = next(each for each in table["lists"] if each["type"] == "Kanban::DoneColumn")
    call = lambda: sdk.cards.move(card_id=made["id"], column_id=done["id"])
    written("cards.move", call, lambda: read(made), completed=True)
    call = lambda: sdk.cards.move(card_id=made["id"], column_id=column["id"], position=1)
    written("cards.move back", call, lambda: read(made), completed=False, position=1)
    return made


def steps(sdk, made):
    read = lambda made: sdk.card_steps.get(step_id=made["id"])
    all_ = [sdk.card_steps.create(card_id=made["id"], title=f"Step {nth}", assignee_ids=[2002]) for nth in range(3)]
    order = lambda: [each["id"] for each in sdk.cards.get(card_id=made["id"])["steps"]]
    call = lambda: sdk.card_steps.reposition(card_id=made["id"], source_id=all_[2]["id"], position=0)
    check("card_steps.reposition", attempt(call), None)
    check("card_steps.reposition: order", order(), [all_[2]["id"], all_[0]["id"], all_[1]["id"]])
    step = all_[0]
    call = lambda: sdk.card_steps.update(step_id=step["id"], title="T", due_on="2026-08-02")
    written("card_steps.update", call, read, title="T", due_on="2026-08-02")
    for word, done in (("on", True), ("", False)):
        call = lambda: sdk.card_steps.set_completion(step_id=step["id"], completion=word)
        written("card_steps.set_completion", call, read, completed=done)
    todo = dump_now("todos")[0]
    read = lambda made: sdk.subtasks.get(subtask_id=made["id"])
    call = lambda: sdk.subtasks.create(recording_id=todo["id"], title="Sub", due_on="2026-08-03")
    sub = written("subtasks.create", call, read, title="Sub", due_on="2026-08-03", completed=False)
    one = {"subtask_id": sub["id"]}
    written("subtasks.update", lambda: sdk.subtasks.update(**one, due_on=""), read, due_on=None, title="Sub")
    written("subtasks.complete", lambda: sdk.subtasks.complete(**one), lambda: read(sub), completed=True)
    written("subtasks.uncomplete", lambda: sdk.subtasks.uncomplete(**one), lambda: read(sub), completed=False)
    check("subtasks.reposition", attempt(lambda: sdk.subtasks.reposition(**one, position=1)), None)
    check("subtasks.reposition: first", sdk.subtasks.list(recording_id=todo["id"])[0]["id"], sub["id"])
    check("subtasks.delete", attempt(lambda: sdk.subtasks.delete(**one)), None)
    check("subtasks.delete: gone", sub["id"] in [each["id"] for each in sdk.subtasks.list(recording_id=todo["id"])], False)
    message = dump_now("messages")[0]
    refused("a subtask of a message", lambda: sdk.subtasks.create(recording_id=message["id"], title="S"), 403)


def chats(sdk, project, room):
    read = lambda made: sdk.campfires.get_line(campfire_id=room, line_id=made["id"])
    call = lambda: sdk.campfires.create_line(campfire_id=room, content="Hi")
    line = written("create_line", call, read, content="Hi", type="Chat::Lines::Text")
    one = {"campfire_id": room, "line_id": line["id"]}
    call = lambda: sdk.campfires.update_line(**one, content="<b>Ho</b>")
    written("update_line", call, lambda: read(line), content="<b>Ho</b>", type="Chat::Lines::RichText")
    others = next(each for each in dump_now("campfire_lines") if each["parent"]["id"] == room and each["creator"]["id"] != 2000)
    call = lambda: sdk.campfires.update_line(campfire_id=room, line_id=others["id"], content="x")
    refused("update_line of another", call, 403)
    call = lambda: sdk.campfires.create_upload(campfire_id=room, content=b"1234", content_type="image/png", name="a.png")
    upload = written("create_upload", call, read, type="Chat::Lines::Upload")
    check("create_upload: file", read(upload)["attachments"][0]["byte_size"], 4)
    gone("delete_line", lambda: sdk.campfires.delete_line(**one), lambda: read(line))
    place = {"bucket_id": project, "campfire_id": room}
    read = lambda made: sdk.campfires.get_chatbot(**place, chatbot_id=made["id"])
    call = lambda: sdk.campfires.create_chatbot(**place, service_name="bot", command_url="https://bots.example/x")
    bot = written("create_chatbot", call, read, service_name="bot", command_url="https://bots.example/x")
    one = {**place, "chatbot_id": bot["id"]}
    call = lambda: sdk.campfires.update_chatbot(**one, service_name="robot")
    written("update_chatbot", call, read, service_name="robot", command_url="https://bots.example/x")
    refused("create_chatbot of no address", lambda: sdk.campfires.create_chatbot(**place, service_name="b", command_url="x"), 400)
    gone("delete_chatbot", lambda: sdk.campfires.delete_chatbot(**one), lambda: read(bot))


def gauges(sdk, project):
    read = lambda made: sdk.gauges.get_gauge_needle(needle_id=made["id"])
    call = lambda: sdk.gauges.create_gauge_needle(
        project_id=project, gauge_needle={"position": 77, "color": "red", "description": "<p>n</p>"}
    )
    made = written("create_gauge_needle", call, read, position=77, color="red", description="<p>n</p>")
    check("the project's gauge", sdk.projects.get(project_id=project)["last_needle_position"], 77)
    call = lambda: sdk.gauges.update_gauge_needle(needle_id=made["id"], gauge_needle={"description": "m"})
    written("update_gauge_needle", call, read, description="m", position=77)
    gone("destroy_gauge_needle", lambda: sdk.gauges.destroy_gauge_needle(needle_id=made["id"]), lambda: read(made))
    call = lambda: sdk.gauges.toggle_gauge(project_id=project, gauge={"enabled": False})
    check("toggle_gauge", attempt(call), None)
    gauge = next(each for each in dump_now("gauges") if each["bucket"]["id"] == project)
    check("toggle_gauge: off", gauge["enabled"], False)
