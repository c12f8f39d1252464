"""Strict and extended: the table of DESIGN §7 as data. One code path reads these settings; nothing else asks for the profile's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from joiner.genesys.urns import GENESYS_URN


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """How an org behaves towards a client. Every setting is named after what it decides, not after who asks for it.

    Compared by identity: there is one per profile and one per connection that settles something differently.
    """

    name: Literal["strict", "extended"]
    contract_attributes_only: bool  # else all of RFC 7643 besides
    unknown_attributes: Literal["ignore", "refuse"]
    unknown_patch_path: Literal["ignore", "refuse"]
    list_shows_inactive: bool  # a list without a filter also shows inactive users
    attested_filters_only: bool
    unquoted_filter_values: bool
    standard_queries: bool  # sorting, cursors, .search, /Me and queries of the base URL, none of which the contract has
    pathless_patch: Literal["accept", "refuse"]
    replace_complex: Literal["merge", "whole"]  # what becomes of sub-attributes that a replace does not name
    missing_element: Literal["create", "refuse"]  # a patch path whose filter matches nothing
    put_retains: frozenset[str]  # attribute paths that a PUT leaves alone when its body does not name them
    patch_answer_users: Literal["body", "empty"]
    patch_answer_groups: Literal["body", "empty"]  # "empty" still answers with the body when ``attributes=`` is asked
    groups_may_be_created: bool
    group_rename: Literal["refuse", "ignore", "rename"]
    nested_groups: bool  # groups may be members of groups
    unknown_members: Literal["refuse", "ignore"]  # ids in members that are no user of the org
    group_delete: Literal["refuse", "own", "any", "detach"]  # own: what SCIM created; detach: only this client's tie to it
    role_values: Literal["name", "id"]  # as shown; both are taken
    phones_returned: Literal["e164", "as-sent"]
    text_as_hire_date: bool  # a dateHire that is no date is kept as sent, since the schema announces any text
    stale_if_match: Literal[400, 412]
    gateway_error_bodies: bool  # 401, 413, 429 as Genesys ErrorBody instead of SCIM errors
    undelete_on_create: Literal["same-user-name", "same-external-id"]
    requests_per_minute: int | None
    user_name_must_be_email: bool
    body_bytes_max: int
    page_default: int
    page_max: int
    removals_max: int
    pushes_guarded: bool  # large removals are held and ownership marks obeyed; else a client overwrites, as in Genesys
    group_members_max: int | None
    group_operations_max: int | None
    group_updates_max: int | None
    roles_on_deactivate: Literal["remove", "keep"]
    user_name_mirrored: bool  # emails[type eq "other"] is userName
    external_id_mirrored: bool  # externalIds shows the caller's externalId under the reserved authority
    free_names_while_none_defined: (
        bool  # an org that has defined no roles (divisions, …) of its own takes any text for one, and gives nobody the built-in one
    )


RETAINED_BY_GENESYS: frozenset[str] = frozenset(
    {
        "password",
        "roles",
        "active",
        "externalId",
        f"{GENESYS_URN}:externalIds",
        f"{GENESYS_URN}:routingSkills",
        f"{GENESYS_URN}:routingLanguages",
    }
)
"""What a PUT leaves alone when its body does not name it (genesys-cloud.md §6). Everything else is cleared."""

STRICT = Profile(
    name="strict",
    contract_attributes_only=True,
    unknown_attributes="ignore",
    unknown_patch_path="ignore",
    list_shows_inactive=False,
    attested_filters_only=True,
    unquoted_filter_values=True,
    standard_queries=False,
    pathless_patch="accept",
    replace_complex="merge",
    missing_element="create",
    put_retains=RETAINED_BY_GENESYS,
    patch_answer_users="body",
    patch_answer_groups="body",
    groups_may_be_created=False,
    group_rename="refuse",
    nested_groups=False,
    unknown_members="refuse",
    group_delete="refuse",
    role_values="name",
    phones_returned="e164",
    text_as_hire_date=False,
    stale_if_match=400,
    gateway_error_bodies=True,
    undelete_on_create="same-user-name",
    requests_per_minute=300,
    user_name_must_be_email=True,
    body_bytes_max=512_000,
    page_default=25,
    page_max=100,
    removals_max=1_000,
    pushes_guarded=False,
    group_members_max=None,
    group_operations_max=None,
    group_updates_max=None,
    roles_on_deactivate="remove",
    user_name_mirrored=True,
    external_id_mirrored=True,
    free_names_while_none_defined=False,
)

EXTENDED = Profile(
    name="extended",
    contract_attributes_only=False,
    unknown_attributes="ignore",
    unknown_patch_path="refuse",
    list_shows_inactive=True,
    attested_filters_only=False,
    unquoted_filter_values=False,
    standard_queries=True,
    pathless_patch="accept",
    replace_complex="merge",
    missing_element="create",
    put_retains=frozenset(),
    patch_answer_users="body",
    patch_answer_groups="empty",
    groups_may_be_created=True,
    group_rename="rename",
    nested_groups=True,
    unknown_members="refuse",
    group_delete="own",
    role_values="name",
    phones_returned="as-sent",
    text_as_hire_date=True,
    stale_if_match=412,
    gateway_error_bodies=False,
    undelete_on_create="same-external-id",
    requests_per_minute=None,
    user_name_must_be_email=False,
    body_bytes_max=1_048_576,
    page_default=25,
    page_max=1_000,
    removals_max=1_000,
    pushes_guarded=True,
    group_members_max=None,
    group_operations_max=None,
    group_updates_max=None,
    roles_on_deactivate="remove",
    user_name_mirrored=False,
    external_id_mirrored=False,
    free_names_while_none_defined=True,
)

PROFILES: Mapping[str, Profile] = MappingProxyType({"strict": STRICT, "extended": EXTENDED})
