"""Lists every record of a type as others do, and prints how many there are: the benchmark holds the watch.

The bare client reads the first page and then the others, eight at a time, and parses them: no more than it takes.
Arguments: the simulator's address, account and token, which of them, and the type; list by list are to-dos alone.
"""

import asyncio
import sys

import httpx
from judge import ACCOUNT, ADDRESS, TOKEN, account

LISTING = f"{ADDRESS}/{ACCOUNT}/projects/recordings.json"
SIDE_BY_SIDE = 8
WAY, TYPE = sys.argv[4:]


async def bare():
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "clock (test@example.com)"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        turns = asyncio.Semaphore(SIDE_BY_SIDE)

        async def page(number):
            async with turns:
                answer = await client.get(LISTING, params={"type": TYPE, "page": number})
                return answer.headers, answer.json()

        headers, records = await page(1)
        total = int(headers["X-Total-Count"])
        # Pages have 15, 30, 50 and then 100 records.
        pages = 3 + -(-(total - 95) // 100)
        for _, more in await asyncio.gather(*map(page, range(2, pages + 1))):
            records += more
        return records


def lists():
    """List by list, as one writes it with the SDK: what is open, and what is done."""
    for project in sdk.projects.list():
        for tool in project["dock"]:
            if tool["name"] == "todoset":
                for todolist in sdk.todolists.list(todoset_id=tool["id"]):
                    yield from sdk.todos.list(todolist_id=todolist["id"])
                    yield from sdk.todos.list(todolist_id=todolist["id"], completed=True)


sdk = account()
ways = {
    "bare": lambda: asyncio.run(bare()),
    "listing": lambda: sdk.recordings.list(type=TYPE),
    "lists": lists,
}
print(len(list(ways[WAY]())))
