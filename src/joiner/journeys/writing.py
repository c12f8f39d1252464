"""One write on its way: what every step of it needs, so that steps take few arguments, and the answer that it leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from joiner.genesys.catalogue import Kind
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import Caller
from joiner.journeys.keeping import Written, now_text
from joiner.journeys.secrets_ready import PasswordNeeded
from joiner.journeys.showing import View, show
from joiner.store.org_port import OrgStore, OrgWrites


class Writing(Struct, frozen=True, gc=False):
    """The rows of a transaction, who asks, the kind of resource, and the moment (``at`` as it is written down)."""

    rows: OrgWrites
    caller: Caller
    kind: Kind
    now: datetime
    at: str

    @property
    def org(self) -> int:
        return self.caller.org.key

    @property
    def profile(self) -> Profile:
        return self.caller.profile


def begin(rows: OrgWrites, caller: Caller, kind: Kind, now: datetime) -> Writing:
    return Writing(rows, caller, kind, now, now_text(now))


async def write_shown(store: OrgStore, caller: Caller, type_name: str, work: Callable[[OrgWrites], Written], view: View | None) -> Written:
    """Run ``work`` in a transaction and render there what it wrote; ``view`` None: nobody wants to see it.

    A work that meets a password runs again once the hash is made: that takes too long for a transaction.
    """

    def whole(rows: OrgWrites) -> Written:
        written = work(rows)
        return written if view is None else replace(written, body=show(rows, caller, type_name, (written.kept,), view)[0])

    try:
        return await store.write(caller.org.key, whole)
    except PasswordNeeded as needed:
        await caller.secrets.prepare(needed.password)
    return await store.write(caller.org.key, whole)
