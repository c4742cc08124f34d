"""Waiting for a condition, with a deadline. There is no other sleep in the tests."""

import time


class NotInTime(AssertionError):
    """The condition did not become true before the deadline."""


def wait_for(condition, seconds=10.0, what="the condition", interval=0.02):
    """Calls `condition` until it returns something true, and returns that. Raises NotInTime after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise NotInTime(f"{what}: not within {seconds} s; the last look gave {value!r}")
        time.sleep(interval)
