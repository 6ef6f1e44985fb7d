"""How long it takes others to list the same to-dos: a bare asynchronous client, and the official SDK.

The bare client reads the first page and then the others, eight at a time, and parses them: no more than it takes.
Arguments: the simulator's address, account and token.
"""

import asyncio
import time

import httpx
from judge import ACCOUNT, ADDRESS, TOKEN, account

LISTING = f"{ADDRESS}/{ACCOUNT}/projects/recordings.json"
SIDE_BY_SIDE = 8


async def bare():
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "clock (test@example.com)"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        turns = asyncio.Semaphore(SIDE_BY_SIDE)

        async def page(number):
            async with turns:
                answer = await client.get(LISTING, params={"type": "Todo", "page": number})
                return answer.headers, answer.json()

        headers, records = await page(1)
        total = int(headers["X-Total-Count"])
        # Pages have 15, 30, 50 and then 100 records.
        pages = 3 + -(-(total - 95) // 100)
        for _, more in await asyncio.gather(*map(page, range(2, pages + 1))):
            records += more
        return records


def timed(name, read):
    start = time.monotonic()
    count = len(read())
    print(f"{name}\t{count}\t{time.monotonic() - start:.3f}")


sdk = account()
timed("a bare asynchronous client in Python", lambda: asyncio.run(bare()))
timed("the official Python SDK", lambda: list(sdk.recordings.list(type="Todo")))
