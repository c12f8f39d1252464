"""``joiner client guide``: how to point an identity provider at a hosted org, and requests to try it by hand."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Literal

from cyclopts import Parameter

from joiner.cli.door import FLAGS, Flags, Here
from joiner.cli.hosted import hosted_orgs
from joiner.errors import Problem, Usage

Kind = Literal["okta", "entra", "onelogin", "ping", "generic"]
Form = Literal["text", "postman", "curl"]


def guide(
    kind: Kind,
    /,
    *,
    org: str,
    client: str = "",
    form: Annotated[Form, Parameter(name="--as", show_default=True)] = "text",
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Print, step by step, how to connect an identity provider: from this org and this connection as they are.

    Args:
        kind: Which identity provider.
        org: The hosted org.
        client: The client that was made for it. Left out: the one named like the kind, else the first of this kind.
        form: text for the steps; postman for a collection (format 2.1) to import, curl for the same requests as a script.
    """
    from joiner.dialects.examples import curl_lines, examples_for, postman_collection
    from joiner.dialects.guide import Facts, format_guide, write_guide
    from joiner.journeys.administer import find_client, find_org
    from joiner.journeys.authorise import profile_for
    from joiner.journeys.sign_in import SIGN_IN_CLIENT
    from joiner.store.org_port import Client, Org, OrgReads

    def find(rows: OrgReads) -> tuple[Org, Client]:
        found = find_org(rows, org)
        if client:
            return found, find_client(rows, found, client)
        fitting = [each for each in rows.clients(found.key) if each.connection.kind == kind and each.name != SIGN_IN_CLIENT]
        if fitting:
            return found, min(fitting, key=lambda each: (each.name != kind, each.name))
        fix = f"joiner client create {kind} --org {org} --kind {kind}{door.same_database}"
        raise Usage(Problem("JN6423", f"the org {org} has no client of kind {kind}", (), f"create it:  {fix}"))

    async def work() -> Facts:
        async with hosted_orgs(door) as store:
            found, holder = await store.read(0, find)
            base_url = await door.builders.base_url(store, org)
        profile = profile_for(found.profile, holder.connection)
        email, creates = profile.user_name_must_be_email, profile.groups_may_be_created
        return Facts(found.name, base_url, found.profile, holder.name, holder.id, holder.connection, email, creates)

    facts = asyncio.run(work())
    examples = examples_for(facts.profile == "extended", facts.groups_may_be_created)
    match form:
        case "postman":
            door.terminal.say(json.dumps(postman_collection(facts.org, facts.scim_url, examples), indent=2, ensure_ascii=False))
        case "curl":
            door.terminal.say(curl_lines(facts.scim_url, examples))
        case _:
            door.terminal.say(format_guide(write_guide(kind, facts)).rstrip())
