"""How to point an identity provider at a hosted org, step by step, from what the org and its connection really are.

The same text is printed by ``joiner client guide`` and stands in the documentation. Menus are named as the vendors' own pages name
them (developer.okta.com, learn.microsoft.com, onelogin.service-now.com, docs.pingidentity.com; autumn 2026); where a vendor renames
one, the meaning beside it still leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from joiner.dialects.connection import KINDS, Connection


@dataclass(frozen=True, slots=True)
class Facts:
    """What a guide is filled with. ``base_url`` is ``…/ORG``, without a SCIM path."""

    org: str
    base_url: str
    profile: str
    client: str
    client_id: str
    connection: Connection
    user_name_is_email: bool
    groups_may_be_created: bool

    @property
    def scim_url(self) -> str:
        return f"{self.base_url}/scim/v2"

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/oauth/token"


class Step(NamedTuple):
    title: str
    lines: tuple[str, ...]


class Guide(NamedTuple):
    title: str
    steps: tuple[Step, ...]


Writer: TypeAlias = Callable[[Facts], tuple[Step, ...]]


def write_guide(kind: str, facts: Facts) -> Guide:
    """The guide of a kind of identity provider (``okta``, ``entra``, ``onelogin``, ``ping``, ``generic``), KeyError for another."""
    title, writer = GUIDES[kind]
    steps = (_credential(facts), *writer(facts), _check(facts))
    return Guide(f"{title} → {facts.org}", steps)


def format_guide(guide: Guide) -> str:
    """The guide as text that is read in a terminal and, being Markdown, in the documentation."""
    lines = [f"# {guide.title}", ""]
    for number, step in enumerate(guide.steps, 1):
        lines += [f"{number}. **{step.title}**", "", *(f"   - {line}" for line in step.lines), ""]
    return "\n".join(lines)


def guide_page(kind: str) -> str:
    """The guide as a page of the documentation: for an org named as in the tutorial, with the kind's own defaults."""
    connection = KINDS[kind]
    facts = Facts("northlight", "https://joiner.example/northlight", "extended", kind, "CLIENT_ID", connection, False, True)
    text = format_guide(write_guide(kind, facts)).rstrip()
    note = f"Your own addresses, names and switches: `joiner client guide {kind} --org ORG`. Made from code; do not edit.\n"
    title, _, rest = text.partition("\n")
    return f"{title}\n\n{note}{rest}\n"


# ---------------------------------------------------------------- what all guides share


def _credential(facts: Facts) -> Step:
    return Step(
        "Make the credential",
        (
            f"One client per identity provider: this is {facts.client} (id {facts.client_id}), kind {facts.connection.kind}.",
            f"It is made with `joiner client create {facts.client} --org {facts.org} --kind {facts.connection.kind}`.",
            f"A static bearer token (365 days): `joiner client token {facts.client} --org {facts.org}`. It is shown once.",
            f"Or OAuth 2 client credentials, which renew themselves: token URL {facts.token_url}, the client's id and secret.",
        ),
    )


def _check(facts: Facts) -> Step:
    return Step(
        "See that it works",
        (
            f"`joiner scim log --org {facts.org} --client {facts.client}` shows what arrives, what was refused and why.",
            f"`joiner scim test {facts.scim_url} --token TOKEN` plays a whole cycle with throw-away users, without the identity provider.",
            f"`joiner scim oddities --org {facts.org}` shows where it departs from the standard, and the fix.",
            f"`joiner client show {facts.client} --org {facts.org}` lists every setting of this connection.",
            "`joiner client guide` with `--as curl` or `--as postman` prints requests to try by hand.",
        ),
    )


def _user_name(facts: Facts, email: str, any_name: str) -> str:
    if facts.user_name_is_email:
        return f"User name format: {email}. This org takes e-mail addresses only, and it is the key by which people are found."
    return f"User name format: {email}, or {any_name}. It is the key by which people are found, in any case of letters."


def _switches(facts: Facts, create: str, update: str, deactivate: str, password: str) -> tuple[str, ...]:
    """Toggles of the identity provider, as this connection's switches allow them."""
    told = []
    for name, allowed in (
        (create, facts.connection.may_create),
        (update, facts.connection.may_update),
        (deactivate, facts.connection.may_deactivate),
        (password, facts.connection.may_sync_password),
    ):
        told.append(f"{name}: {'on' if allowed else 'off (this connection refuses it)'}.")
    if not facts.connection.may_sync_password:
        told.append(f"To sync passwords first run `joiner client set {facts.client} may_sync_password=on --org {facts.org}`.")
    return tuple(told)


def _groups(facts: Facts) -> tuple[str, ...]:
    if not facts.connection.may_change_groups:
        return (f"This connection may not change groups. `joiner client set {facts.client} may_change_groups=on --org {facts.org}`",)
    if facts.groups_may_be_created:
        return ("Groups are created by the push and found again by their exact name.",)
    return ("Create the groups in the org first, with exactly the same names: this org does not let SCIM create groups, only link them.",)


# ---------------------------------------------------------------- one writer per identity provider


def _okta(facts: Facts) -> tuple[Step, ...]:
    return (
        Step(
            "Provisioning > Integration: connect",
            (
                f"SCIM connector base URL: `{facts.scim_url}`",
                "Unique identifier field for users: `userName`.",
                "Supported actions: Push New Users, Push Profile Updates, Push Groups; Import New Users if Okta shall learn who is there.",
                "Authentication mode: HTTP Header, and the bearer token; or OAuth 2 with the token URL above.",
                "Press Test Connector Configuration: it asks for one page of users.",
            ),
        ),
        Step(
            "Provisioning > To App: switch on",
            _switches(facts, "Create Users", "Update User Attributes", "Deactivate Users", "Sync Password"),
        ),
        Step("Sign On > Credentials Details", (_user_name(facts, "Email", "Okta username"),)),
        Step(
            "Push Groups: link",
            (
                *_groups(facts),
                "A group that exists: Push Groups > Find groups by name > Link Group. Do not assign and push with the same group.",
            ),
        ),
        Step(
            "Assign people",
            (
                "Start with a handful under Assignments, look at the log, then the rest.",
                "Who is unassigned is deactivated, never deleted, and found again when assigned anew.",
            ),
        ),
    )


def _entra(facts: Facts) -> tuple[Step, ...]:
    return (
        Step(
            "Enterprise applications > your app > Provisioning: connect",
            (
                "Provisioning mode: Automatic.",
                f"Tenant URL: `{facts.scim_url}?aadOptscim062020` (the flag makes Entra write operations as the RFC does).",
                "Secret token: the bearer token; or choose OAuth 2 client credentials with the token URL above.",
                "Press Test Connection: it looks for a user that cannot exist and must find none.",
            ),
        ),
        Step(
            "Mappings > Provision Users",
            (
                _user_name(facts, "map userPrincipalName (or mail) to userName", "any unique attribute to userName"),
                'externalId: objectId. active: `Switch([IsSoftDeleted], , "False", "True", "True", "False")`, as it comes.',
                "Phones: leave them as they are. They come back as they were sent, so that Entra does not write them again each cycle.",
                *_switches(facts, "Target object action Create", "Update", "Delete (sends active = False first)", "password mapping"),
            ),
        ),
        Step("Mappings > Provision Groups", (*_groups(facts), "Match on displayName; map objectId to externalId, members to members.")),
        Step(
            "Start",
            (
                "Settings > Scope: sync only assigned users and groups. Nested groups are not expanded by Entra: assign each group itself.",
                "Provision on demand for one person first, then Provisioning Status: On. A cycle takes 20 to 40 minutes.",
            ),
        ),
    )


def _onelogin(facts: Facts) -> tuple[Step, ...]:
    return (
        Step(
            "Applications > SCIM Provisioner with SAML (SCIM v2 Enterprise) > Configuration",
            (
                f"SCIM Base URL: `{facts.scim_url}`",
                "SCIM Bearer Token: the token. Custom headers: none.",
                _user_name(facts, "userName = {$user.email}", "{$parameters.scimusername}"),
                "API Status: Enable.",
            ),
        ),
        Step(
            "Provisioning: switch on",
            (
                "Enable provisioning; keep Create, Delete and Update under admin approval until the first people look right.",
                "When users are deleted in OneLogin: Suspend (sends active = false).",
                *_switches(facts, "Create user", "Update user", "Delete user", "Password parameter"),
            ),
        ),
        Step(
            "Parameters and Rules: groups",
            (*_groups(facts), "Parameters > Groups > Include in User Provisioning; then a rule Set Groups in App."),
        ),
    )


def _ping(facts: Facts) -> tuple[Step, ...]:
    return (
        Step(
            "PingOne: Integrations > Provisioning > New connection > SCIM Outbound",
            (
                f"SCIM base URL: `{facts.scim_url}`; SCIM version 2.0; users resource `/Users`, groups resource `/Groups`.",
                "Authentication: OAuth 2 bearer token, or client credentials with the token URL above. Prefix `Bearer`.",
                'User filter expression: `userName eq "%s"`. Unique user identifier: userName.',
            ),
        ),
        Step(
            "Preferences",
            _switches(facts, "Allow users to be created", "Allow users to be updated", "Allow users to be disabled", "Password attribute"),
        ),
        Step(
            "Rule: who and what",
            (
                _user_name(facts, "map Email Address to userName", "Username to userName"),
                "Remove action: Disable. Deprovision on rule deletion: off.",
                *_groups(facts),
            ),
        ),
    )


def _generic(facts: Facts) -> tuple[Step, ...]:
    return (
        Step(
            "Connect",
            (
                f"SCIM 2.0 base URL: `{facts.scim_url}`",
                f"The Genesys addresses serve the same: `{facts.base_url}/api/v2/scim/v2` and `{facts.base_url}/api/v2/scim`.",
                "Authorization: Bearer TOKEN. Content-Type: application/scim+json (application/json is taken too).",
            ),
        ),
        Step(
            "Users",
            (
                _user_name(facts, "the e-mail address", "any unique name"),
                "externalId: the identity provider's own unchanging id. It is kept per client.",
                *_switches(facts, "Create", "Update", "Deactivate (active = false) and delete", "Password"),
            ),
        ),
        Step("Groups", _groups(facts)),
        Step(
            "If something is different there",
            (
                f"Answers of PATCH: `joiner client set {facts.client} patch_answer=body --org {facts.org}` (or empty).",
                "Everything that departs from the RFC is borne, counted and shown; `tolerate=none` refuses it instead.",
            ),
        ),
    )


GUIDES: Mapping[str, tuple[str, Writer]] = MappingProxyType(
    {
        "okta": ("Okta", _okta),
        "entra": ("Microsoft Entra ID", _entra),
        "onelogin": ("OneLogin", _onelogin),
        "ping": ("PingOne", _ping),
        "generic": ("Any SCIM 2.0 client", _generic),
    }
)
"""Title and writer by kind."""
