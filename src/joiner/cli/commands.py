"""The table of commands: name, where it lives, one line of help. The help page, the dispatcher and the reference read it.

A command's module is imported only when the command runs, so that ``joiner --help`` costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """``path`` is what a person types; ``place`` is ``module:function``."""

    path: tuple[str, ...]
    place: str
    help: str
    group: str


CORE = "Core loop"
HOSTED = "Hosted orgs"
KEEP = "Upkeep"

COMMANDS: tuple[Command, ...] = (
    Command(("demo",), "joiner.cli.demo:demo", "Show the whole story on made-up people: no tenant, no account.", CORE),
    Command(("init",), "joiner.cli.init:init", "Write a first joiner.toml from the header of a people file.", CORE),
    Command(("check",), "joiner.cli.check:check", "Try everything that a pipe needs, without changing anything.", CORE),
    Command(("plan",), "joiner.cli.plan:plan", "Show what would change, and why.", CORE),
    Command(("apply",), "joiner.cli.apply:apply", "Apply a plan, or make one and apply what needs no person.", CORE),
    Command(("status",), "joiner.cli.status:status", "Show each pipe: last plan, what is held, what is open.", CORE),
    Command(("held", "list"), "joiner.cli.held:list_held", "List what waits for a person.", CORE),
    Command(("held", "show"), "joiner.cli.held:show_held", "Show one plan's held part with its causes.", CORE),
    Command(("held", "approve"), "joiner.cli.held:approve", "Approve a held part; the next apply of this plan sends it.", CORE),
    Command(("held", "reject"), "joiner.cli.held:reject", "Reject a held part, with a reason.", CORE),
    Command(("explain",), "joiner.cli.explain:explain", "Say where a person's values come from, or what an error code means.", CORE),
    Command(("serve",), "joiner.cli.serve:serve", "Serve hosted orgs over HTTP.", HOSTED),
    Command(("org", "add"), "joiner.cli.org:add", "Add a hosted org.", HOSTED),
    Command(("org", "list"), "joiner.cli.org:list_all", "List hosted orgs.", HOSTED),
    Command(("org", "define"), "joiner.cli.org:define", "Define divisions, roles, skills and languages of a hosted org.", HOSTED),
    Command(("types", "add"), "joiner.cli.types:add", "Give an org schemas and resource types of its own.", HOSTED),
    Command(("types", "list"), "joiner.cli.types:list_all", "List the schemas and resource types of an org's own.", HOSTED),
    Command(("types", "remove"), "joiner.cli.types:remove", "Remove a schema or resource type of an org's own.", HOSTED),
    Command(("client", "create"), "joiner.cli.client:create", "Create an OAuth client of a hosted org; prints its secret once.", HOSTED),
    Command(("client", "show"), "joiner.cli.client:show", "Show every setting of a client's connection.", HOSTED),
    Command(("client", "set"), "joiner.cli.client:change", "Change settings of a client's connection, or switch it off.", HOSTED),
    Command(("client", "guide"), "joiner.cli.client_guide:guide", "Say step by step how to connect Okta, Entra and others.", HOSTED),
    Command(("client", "revoke"), "joiner.cli.client:revoke", "End every token of a client at once.", HOSTED),
    Command(("client", "token"), "joiner.cli.client:token", "Mint a long-lived token for an identity provider.", HOSTED),
    Command(("client", "list"), "joiner.cli.client:list_all", "List the OAuth clients of a hosted org.", HOSTED),
    Command(("scim", "test"), "joiner.cli.scim:try_out", "Try any SCIM server as Okta and Entra would use it.", HOSTED),
    Command(("scim", "log"), "joiner.cli.scim:log", "Show what clients sent and what became of it.", HOSTED),
    Command(("scim", "oddities"), "joiner.cli.scim:oddities", "Show where clients depart from the standard, with the fix.", HOSTED),
    Command(("scim", "held", "list"), "joiner.cli.scim_held:list_held", "List pushed removals that are held, and conflicts.", HOSTED),
    Command(("scim", "held", "show"), "joiner.cli.scim_held:show", "Show who is held, and why.", HOSTED),
    Command(("scim", "held", "approve"), "joiner.cli.scim_held:approve", "Carry out held removals.", HOSTED),
    Command(("scim", "held", "reject"), "joiner.cli.scim_held:reject", "Drop held removals: nobody is removed.", HOSTED),
    Command(("events", "add"), "joiner.cli.events:add", "Let a client follow the changes of a hosted org.", HOSTED),
    Command(("events", "list"), "joiner.cli.events:list_all", "List who follows a hosted org.", HOSTED),
    Command(("events", "remove"), "joiner.cli.events:remove", "End a feed of changes.", HOSTED),
    Command(("audit", "verify"), "joiner.cli.audit:verify", "Walk the hash chains of the audit logs.", KEEP),
    Command(("config", "schema"), "joiner.cli.config:schema", "Print the JSON Schema of joiner.toml.", KEEP),
    Command(("simulate",), "joiner.cli.simulate:simulate", "Run the engine through random histories with faults.", KEEP),
    Command(("version",), "joiner.cli.version:version", "Print the version.", KEEP),
)

FAMILIES: dict[str, str] = {
    "held": "Work through what waits for a person.",
    "org": "Hosted orgs: those that live in our own database.",
    "types": "Schemas and resource types of an org's own.",
    "client": "OAuth clients of hosted orgs.",
    "scim": "What clients send, and SCIM servers tried.",
    "scim held": "Work through pushed removals that wait for a person.",
    "events": "Feeds of changes for those who follow a hosted org.",
    "audit": "The audit log.",
    "config": "joiner.toml.",
}


def format_help() -> str:
    """``joiner --help``: from the table alone, nothing imported."""
    lines = ["Usage: joiner COMMAND …", "", "Keeps Genesys Cloud orgs in step with a people file, through a plan that explains itself."]
    for group in (CORE, HOSTED, KEEP):
        lines += ["", group]
        lines += [f"  {' '.join(command.path):<19}{command.help}" for command in COMMANDS if command.group == group]
    lines += [
        "",
        "Every command: --config FILE  --database URL  -o table|json|csv  -q  --no-color  --help",
        "Start with   joiner demo   or   joiner init people.csv ,   joiner check   and   joiner plan",
    ]
    return "\n".join(lines)
