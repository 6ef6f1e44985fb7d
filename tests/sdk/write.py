"""The simulator, written to by the official Python SDK.

Every call must succeed, and what is read afterwards, by the SDK and in the simulator's own dump, must be what was
written. Arguments: the simulator's address, account and token.
"""

import todos
from judge import account, check, passed_and_failed

sdk = account()
todos.judge(sdk)
passed_and_failed()
