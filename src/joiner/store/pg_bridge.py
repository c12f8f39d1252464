"""Lets a plain function wait for asyncpg: it runs in a greenlet, and whoever awaits for it stands outside.

::

    run_plain(work)   await ──> greenlet: work() … wait(awaitable) ──┐
                        ^                                            │ switch out with the awaitable
                        └──────── await it, switch back in ──────────┘ (its result, or its error thrown)

The function does not know that it was put aside, so the same one serves SQLite, which never waits. Nothing may call :func:`wait`
outside of :func:`run_plain`, and the function must not be entered from another thread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

Result = TypeVar("Result")


async def run_plain(work: Callable[[], Result]) -> Result:
    """Run ``work`` to its end and answer or raise what it does; awaits on its behalf whatever it hands to :func:`wait`."""
    inside = greenlet(work)  # its parent is the greenlet of the event loop, which runs us now
    passed: Any = inside.switch()
    while not inside.dead:
        try:
            value = await passed
        except BaseException as error:  # noqa: BLE001 - cancellation too: the function must get the chance to unwind
            passed = inside.throw(error)
        else:
            passed = inside.switch(value)
    result: Result = passed
    return result


def wait(awaitable: Awaitable[Result]) -> Result:
    """The result of ``awaitable``, for a function that runs inside :func:`run_plain`."""
    outside = getcurrent().parent
    assert outside is not None, "wait() was called outside of run_plain()"
    result: Result = outside.switch(awaitable)
    return result
