"""One write on its way: what every step of it needs, so that steps take few arguments."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from joiner.genesys.catalogue import Kind
from joiner.genesys.profile import Profile
from joiner.journeys.authorise import Caller
from joiner.journeys.keeping import now_text
from joiner.store.org_port import OrgWrites


class Writing(NamedTuple):
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
