"""Robot listener: no case can hang the run. Sets a timeout on each case, and one on each request that has none."""

import os

import requests.adapters

ROBOT_LISTENER_API_VERSION = 3
SECONDS = int(os.environ.get("MICHI_CONFORMANCE_TIMEOUT", "120"))


def start_suite(data, result):
    for case in data.tests:
        case.timeout = f"{SECONDS} seconds"


# A case's timeout does not cover its teardown; this does.
_send = requests.adapters.HTTPAdapter.send


def _send_bounded(self, request, stream=False, timeout=None, **more):
    return _send(self, request, stream=stream, timeout=timeout if timeout is not None else min(30, SECONDS), **more)


requests.adapters.HTTPAdapter.send = _send_bounded
