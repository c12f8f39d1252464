"""The hosted orgs behind HTTP (signature published first; body follows)."""

from __future__ import annotations

from joiner.ports import Clock, Ids
from joiner.store.org_port import OrgStore
from joiner.web.request import Answer, Request


class OrgServer:
    def __init__(self, store: OrgStore, clock: Clock, ids: Ids, *, base_url: str = "") -> None: ...

    async def handle(self, request: Request) -> Answer:
        """Answer a request. Never raises."""
        raise AssertionError
