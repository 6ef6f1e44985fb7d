"""The simulator, judged by the official Python SDK.

Every get and every list that the SDK has for the resources that the simulator serves must succeed, and
return what the simulator's own dump holds. Arguments: the simulator's address, account and token.
"""

import json
import sys
import urllib.request
from collections import defaultdict

from basecamp import Client
from basecamp.config import Config

ADDRESS, ACCOUNT, TOKEN = sys.argv[1:4]
passed = failed = 0


def dump(table):
    with urllib.request.urlopen(f"{ADDRESS}/_simulator/dump/{table}") as answer:
        return json.load(answer)


def check(name, found, expected):
    """Counts one comparison, and prints it when it fails."""
    global passed, failed
    if found == expected:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: found {str(found)[:200]}, expected {str(expected)[:200]}")


def ids(records):
    return sorted(record["id"] for record in records)


def attempt(name, call, expected):
    """Compares the ids of an answer; an exception of the SDK is a failure of the simulator."""
    try:
        answer = call()
        found = ids(answer) if isinstance(answer, list) else answer["id"]
    except Exception as error:  # whatever it is, it is the finding
        found = repr(error)
    check(name, found, expected)


def under(records, active=True):
    """Records by the id of their parent."""
    groups = defaultdict(list)
    for record in records:
        if not active or record["status"] == "active":
            groups[record["parent"]["id"]].append(record)
    return groups


client = Client(config=Config(base_url=ADDRESS), access_token=TOKEN, user_agent="sdk test (test@example.com)")
account = client.for_account(ACCOUNT)

# One record by its id: service, its argument, the table.
for service, argument, table in [
    ("projects", "project_id", "projects"),
    ("people", "person_id", "people"),
    ("todosets", "todoset_id", "todosets"),
    ("todolists", "id", "todolists"),
    ("todos", "todo_id", "todos"),
    ("message_boards", "board_id", "message_boards"),
    ("messages", "message_id", "messages"),
    ("comments", "comment_id", "comments"),
    ("vaults", "vault_id", "vaults"),
    ("documents", "document_id", "documents"),
    ("uploads", "upload_id", "uploads"),
    ("schedules", "schedule_id", "schedules"),
    ("card_tables", "card_table_id", "card_tables"),
    ("card_columns", "column_id", "card_columns"),
    ("cards", "card_id", "cards"),
    ("card_steps", "step_id", "card_steps"),
    ("campfires", "campfire_id", "campfires"),
]:
    for record in dump(table)[:30]:
        get = getattr(account, service).get
        attempt(f"{service}.get", lambda: get(**{argument: record["id"]}), record["id"])

# The listings of the account.
for status in ("active", "archived", "trashed"):
    expected = [project for project in dump("projects") if project["status"] == status]
    asked = None if status == "active" else status
    attempt(f"projects.list {status}", lambda: account.projects.list(status=asked), ids(expected))
attempt("people.list", lambda: account.people.list(), ids(dump("people")))
active = {project["id"] for project in dump("projects") if project["status"] == "active"}
seen = lambda record: record["bucket"]["id"] in active and record["status"] == "active"
attempt("campfires.list", lambda: account.campfires.list(), ids(filter(seen, dump("campfires"))))
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
]:
    attempt(f"recordings.list {kind}", lambda: account.recordings.list(type=kind), ids(filter(seen, dump(table))))

# The listings of a container: service, method, argument, containers, children.
for service, method, argument, containers, table in [
    ("todolists", "list", "todoset_id", "todosets", "todolists"),
    ("todolist_groups", "list", "todolist_id", "todolists", "todolists"),
    ("messages", "list", "board_id", "message_boards", "messages"),
    ("comments", "list", "recording_id", "messages", "comments"),
    ("vaults", "list", "vault_id", "vaults", None),
    ("documents", "list", "vault_id", "vaults", "documents"),
    ("uploads", "list", "vault_id", "vaults", "uploads"),
    ("schedules", "list_entries", "schedule_id", "schedules", "schedule_entries"),
    ("cards", "list", "column_id", "card_columns", "cards"),
    ("campfires", "list_lines", "campfire_id", "campfires", "campfire_lines"),
]:
    children = [record for record in dump(table or containers) if "parent" in record]
    groups = under(children)
    for container in dump(containers)[:12]:
        listing = getattr(getattr(account, service), method)
        call = lambda: listing(**{argument: container["id"]})
        attempt(f"{service}.{method}", call, ids(groups[container["id"]]))

# To-dos of a list: pending unless finished ones are asked for.
groups = under(dump("todos"))
for todolist in dump("todolists")[:12]:
    for completed in (False, True):
        expected = [todo for todo in groups[todolist["id"]] if todo["completed"] == completed]
        extra = {"completed": True} if completed else {}
        call = lambda: account.todos.list(todolist_id=todolist["id"], **extra)
        attempt(f"todos.list completed={completed}", call, ids(expected))

# Addresses with two ids, occurrences and events.
for line in dump("campfire_lines")[:10]:
    call = lambda: account.campfires.get_line(campfire_id=line["parent"]["id"], line_id=line["id"])
    attempt("campfires.get_line", call, line["id"])
for entry in dump("schedule_entries"):
    if "recurrence_schedule" in entry:
        day = entry["starts_at"][:10].replace("-", "")
        call = lambda: account.schedules.get_entry_occurrence(entry_id=entry["id"], date=day)
        attempt("schedules.get_entry_occurrence", call, entry["id"])
    else:
        attempt("schedules.get_entry", lambda: account.schedules.get_entry(entry_id=entry["id"]), entry["id"])
todo = dump("todos")[0]
check("events.list", len(account.events.list(recording_id=todo["id"])), 2)

print(f"sdk: {passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
