"""What the tests with the official SDK share: the simulator's dump, comparisons, and what was exercised."""

import inspect
import json
import pkgutil
import re
import sys
import urllib.request
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import basecamp.generated.services as services
from basecamp import Client
from basecamp._http import HttpClient
from basecamp.config import Config

ADDRESS, ACCOUNT, TOKEN = sys.argv[1:4]
passed = failed = 0
exercised = set()
_dumps = {}


def account(token=TOKEN):
    client = Client(config=Config(base_url=ADDRESS), access_token=token, user_agent="sdk test (test@example.com)")
    return client.for_account(ACCOUNT)


def dump(table):
    """Every record of a table, by the simulator itself."""
    if table not in _dumps:
        with urllib.request.urlopen(f"{ADDRESS}/_simulator/dump/{table}") as answer:
            _dumps[table] = json.load(answer)
    return _dumps[table]


def dump_now(table):
    """The same, as it is after what was written."""
    _dumps.pop(table, None)
    return dump(table)


def check(name, found, expected):
    """Counts one comparison, and prints it when it fails."""
    global passed, failed
    if found == expected:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {difference(found, expected)}")


def difference(found, expected):
    if isinstance(found, dict) and isinstance(expected, dict):
        names = {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)}
        found, expected = ({name: side.get(name) for name in sorted(names)} for side in (found, expected))
    return f"found {str(found)[:300]}, expected {str(expected)[:300]}"


def normal(value):
    """A record with ids of people as the SDK reads them: numbers out of text, and none of actors."""
    if isinstance(value, list):
        return [normal(each) for each in value]
    if not isinstance(value, dict):
        return value
    value = {name: normal(each) for name, each in value.items()}
    if "personable_type" in value:
        known = str(value.get("id", "")).isdigit() and int(value["id"]) > 0
        value["id"] = int(value["id"]) if known else None
        value.pop("system_label", None)
    return value


def attempt(call):
    """An answer, or what the SDK says of it: an exception is a failure of the simulator."""
    global failed
    try:
        return call()
    except Exception as error:  # whatever it is, it is the finding
        failed += 1
        print(f"FAILED with {error!r}")
        return repr(error)


def one(name, call, expected, without=()):
    """Compares one object, member by member."""
    found = attempt(call)
    expected = {member: value for member, value in expected.items() if member not in without}
    check(name, normal(found), normal(expected))


def many(name, call, expected, key="id", whole=True):
    """Compares the records of a listing, in whatever order."""
    found = attempt(call)
    if isinstance(found, str):
        return check(name, found, f"{len(expected)} records")
    kept = (lambda record: json.dumps(normal(record), sort_keys=True)) if whole else (lambda record: record[key])
    check(name, sorted(map(kept, found)), sorted(map(kept, expected)))


def refused(name, call, status):
    """Compares the status of a refusal."""
    try:
        call()
        found = "an answer"
    except Exception as error:
        found = getattr(error, "http_status", None) or repr(error)
    check(name, found, status)


def records(rows):
    return [row["record"] for row in rows]


def by_asked(table, *names):
    """Records of a wrapped table by what was asked for them."""
    groups = defaultdict(list)
    for row in dump(table):
        key = tuple(row["asked"][name] for name in names)
        groups[key if len(names) > 1 else key[0]].append(row["record"])
    return groups


def by_parent(table, status="active"):
    """Records of a table by the id of their parent."""
    groups = defaultdict(list)
    for record in dump(table):
        if record["status"] == status and "parent" in record:
            groups[record["parent"]["id"]].append(record)
    return groups


def without(rows, *names):
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def operations(mutation):
    """The names of all operations of the SDK that change something, or that only read."""
    found = set()
    for module in pkgutil.iter_modules(services.__path__):
        source = inspect.getsource(import_module(f"{services.__name__}.{module.name}"))
        for method in re.split(r"\n    (?:async )?def ", source):
            if f"is_mutation={mutation}" in method:
                found.update(re.findall(r'operation="([A-Z]\w+)"', method))
    return found


def watch():
    """Notes every operation that was answered."""
    answered = HttpClient.get

    def noted(self, url, *, params=None, operation=None):
        answer = answered(self, url, params=params, operation=operation)
        exercised.add(operation)
        return answer

    HttpClient.get = noted


def watch_writes():
    """Notes every operation that changed something."""
    for name in ("_mutation", "post_raw", "request_multipart"):
        answered = getattr(HttpClient, name)

        def noted(self, *arguments, answered=answered, operation=None, **named):
            answer = answered(self, *arguments, operation=operation, **named)
            exercised.add(operation)
            return answer

        setattr(HttpClient, name, noted)


def written(name, call, read, /, **expected):
    """Compares members of what a call has made or changed, as it is read afterwards; what the call returned."""
    answer = attempt(call)
    if isinstance(answer, str):
        check(name, answer, expected)
        return {}
    found = attempt(read if answer is None else lambda: read(answer) if read.__code__.co_argcount else read())
    if isinstance(found, str):
        check(name, found, expected)
    for member, value in expected.items():
        check(f"{name}: {member}", normal(found).get(member) if isinstance(found, dict) else found, value)
    return answer


def gone(name, call, read):
    """What a call has removed is not found afterwards."""
    check(name, attempt(call), None)
    refused(f"{name}: read", read, 404)


def finish():
    """Holds what was exercised against the list that the project keeps, and ends the program."""
    judge_operations("operations.txt", False)


def finish_writes():
    """The same of what was changed."""
    judge_operations("write-operations.txt", True)


def judge_operations(file, mutation):
    listed = set((Path(__file__).parent / file).read_text().split())
    known = operations(mutation)
    check("the list of operations is the SDK's", sorted(known ^ listed), [])
    check("operations that were not exercised", sorted(listed - exercised), [])
    print(f"{len(exercised & known)} of {len(known)} {'writing' if mutation else 'read'} operations of the SDK exercised")
    print(f"sdk: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
