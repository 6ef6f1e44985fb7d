"""The simulator, written to by the official Python SDK.

Every call must succeed, and what is read afterwards, by the SDK and in the simulator's own dump, must be what was
written. Arguments: the simulator's address, account and token.
"""

import content
import places
import todos
from judge import account, finish_writes, watch_writes

watch_writes()
sdk = account()
todos.judge(sdk)
content.judge(sdk)
places.judge(sdk)
finish_writes()
