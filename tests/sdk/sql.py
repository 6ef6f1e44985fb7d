"""What was written in SQL, read by the official Python SDK.

Arguments: the simulator's address, account and token. The standard input is a list of {"call", "arguments",
"expected"}: a method of the SDK, what it is asked by, and the values of members, whose names are paths with `[]` for
each element of a list.
"""

import json
import sys
from functools import reduce

import judge


def member(record, path):
    """The value at a path."""
    head, _, rest = path.partition("[].")
    found = reduce(lambda value, name: value and value.get(name), head.split("."), record)
    return [member(each, rest) for each in found] if rest else found


def judge_call(sdk, call, arguments, expected):
    service, method = call.split(".")
    record = judge.normal(judge.attempt(lambda: getattr(getattr(sdk, service), method)(**arguments)))
    for path, value in expected.items():
        found = member(record, path) if isinstance(record, dict) else record
        judge.check(f"{call} {arguments}: {path}", found, value)


sdk = judge.account(judge.TOKEN)
for each in json.load(sys.stdin):
    judge_call(sdk, **each)
print(f"sdk: {judge.passed} passed, {judge.failed} failed")
sys.exit(1 if judge.failed else 0)
