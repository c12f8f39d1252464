"""Feeds of changes over HTTP: what a client follows, and polls for it (RFC 8936). Its answers are plain JSON."""

from __future__ import annotations

from joiner.journeys.event_poll import describe_streams, parse_poll, poll_events
from joiner.web.answers import json_answer
from joiner.web.request import Answer
from joiner.web.scim_call import Call, read_json


async def read_streams(call: Call) -> Answer:
    return json_answer(await describe_streams(call.store, call.caller))


async def poll(call: Call) -> Answer:
    asked = parse_poll(read_json(call.request, call.caller.profile.body_bytes_max))
    return json_answer(await poll_events(call.store, call.clock, call.caller, call.id, asked))
