"""To-dos: made, replaced, merged, completed, moved, thrown away and brought back."""

from judge import attempt, check, dump_now, normal, refused


def judge(sdk):
    active = {project["id"] for project in dump_now("projects") if project["status"] == "active"}
    lists = [each for each in dump_now("todolists") if each["status"] == "active" and each["bucket"]["id"] in active]
    first, second = [each for each in lists if each["bucket"]["id"] == lists[0]["bucket"]["id"]][:2]
    made = create(sdk, first)
    update(sdk, made)
    complete(sdk, made, first)
    move(sdk, made, first, second)
    status(sdk, made, second)
    loose(sdk, first)
    refusals(sdk, made, first)


def same(name, sdk, todo):
    """The SDK and the dump agree; the record."""
    found = attempt(lambda: sdk.todos.get(todo_id=todo["id"]))
    check(name, normal(found), normal(next(each for each in dump_now("todos") if each["id"] == todo["id"])))
    return found


def create(sdk, where):
    call = lambda: sdk.todos.create(
        todolist_id=where["id"],
        content="Bring ünïcode",
        description="<div>All of it</div>",
        assignee_ids=[2001, 2002],
        completion_subscriber_ids=[2003],
        notify=True,
        due_on="2026-07-10",
        starts_on="2026-07-08",
    )
    made = attempt(call)
    check("create", made["content"], "Bring ünïcode")
    check("create: people", [each["id"] for each in made["assignees"]], [2001, 2002])
    check("create: days", (made["starts_on"], made["due_on"]), ("2026-07-08", "2026-07-10"))
    same("create: read back", sdk, made)
    listed = sdk.todos.list(todolist_id=where["id"])
    check("create: listed", made["id"] in [each["id"] for each in listed], True)
    return made


def update(sdk, made):
    """The SDK's own merge: it reads, puts what is named over it, and replaces."""
    before = same("update: before", sdk, made)
    attempt(lambda: sdk.todos.update(todo_id=made["id"], content="Changed"))
    after = same("update", sdk, made)
    changed = {name for name in before if before[name] != after.get(name)}
    check("update: members that changed", changed, {"content", "title", "updated_at"})
    attempt(lambda: sdk.todos.update(todo_id=made["id"], assignee_ids=[]))
    after = same("update: cleared", sdk, made)
    check("update: cleared people", after["assignees"], [])
    with sdk.todos.edit(todo_id=made["id"]) as todo:
        todo.due_on = ""
    edited = same("edit", sdk, made)
    check("edit: cleared day", (edited["starts_on"], edited["due_on"]), ("2026-07-08", None))
    check("update: kept", (after["content"], after["description"]), ("Changed", before["description"]))


def complete(sdk, made, where):
    attempt(lambda: sdk.todos.complete(todo_id=made["id"]))
    check("complete", same("complete: read back", sdk, made)["completed"], True)
    done = sdk.todos.list(todolist_id=where["id"], completed=True)
    check("complete: listed", made["id"] in [each["id"] for each in done], True)
    attempt(lambda: sdk.todos.uncomplete(todo_id=made["id"]))
    check("uncomplete", same("uncomplete: read back", sdk, made)["completed"], False)


def move(sdk, made, first, second):
    attempt(lambda: sdk.todos.reposition(todo_id=made["id"], position=1))
    check("reposition", sdk.todos.list(todolist_id=first["id"])[0]["id"], made["id"])
    attempt(lambda: sdk.todos.reposition(todo_id=made["id"], position=1, parent_id=second["id"]))
    check("reposition: another list", sdk.todos.list(todolist_id=second["id"])[0]["id"], made["id"])
    check("reposition: parent", same("reposition: read back", sdk, made)["parent"]["id"], second["id"])


def status(sdk, made, where):
    for call, found in [
        (sdk.recordings.trash, "trashed"),
        (sdk.recordings.unarchive, "active"),
        (sdk.recordings.archive, "archived"),
        (sdk.recordings.unarchive, "active"),
        (sdk.recordings.trash, "trashed"),
    ]:
        attempt(lambda: call(recording_id=made["id"]))
        check(found, same(f"{found}: read back", sdk, made)["status"], found)
        listed = sdk.todos.list(todolist_id=where["id"], **({} if found == "active" else {"status": found}))
        check(f"{found}: listed", made["id"] in [each["id"] for each in listed], True)


def loose(sdk, where):
    todoset = next(each for each in dump_now("todosets") if each["bucket"]["id"] == where["bucket"]["id"])
    call = lambda: sdk.todos.create_todoset_todo(
        bucket_id=todoset["bucket"]["id"], todoset_id=todoset["id"], content="In no list"
    )
    made = attempt(call)
    check("create on a set", made["parent"]["id"], todoset["id"])
    same("create on a set: read back", sdk, made)


def refusals(sdk, made, where):
    refused("create without text", lambda: sdk.todos.create(todolist_id=where["id"], content=""), 422)
    refused("create nowhere", lambda: sdk.todos.create(todolist_id=42, content="A"), 404)
    refused("complete nothing", lambda: sdk.todos.complete(todo_id=42), 404)
    refused("position of nothing", lambda: sdk.todos.reposition(todo_id=made["id"], position=0), 422)
