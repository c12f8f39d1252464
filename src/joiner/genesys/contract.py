"""The Genesys contract's rules on a user, on top of what RFC 7643 asks (genesys-cloud.md §2, §5).

``settle_user`` stands between what a client sent and what is stored; ``render_user`` between what is stored and what a caller
sees. Both are the same code for both profiles and read the profile's settings only.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from joiner.genesys.limits import ELEMENTS_MAX, EXTERNAL_IDS_MAX, LANGUAGES_MAX, PROFICIENCY_MAX, PROFICIENCY_MIN, SKILLS_MAX
from joiner.genesys.organisation import EMPLOYEE, Kind, OrgNames, resolve_name
from joiner.genesys.profile import Profile
from joiner.genesys.schemas import EMAIL_TYPES, INTEGRATION_TYPES, PHONE_TYPES
from joiner.genesys.urns import GENESYS_URN, RESERVED_AUTHORITY
from joiner.scim.core_schemas import ENTERPRISE_URN
from joiner.scim.refusals import InvalidValue, MutabilityRefused
from joiner.scim.schema import Document, ResourceType
from joiner.scim.values import canonical_phone, is_email, match_key, parse_date_time

EXTERNAL_ID_AUTHORITY = f"{RESERVED_AUTHORITY}:"
"""Reserved authority of the entry in externalIds that mirrors externalId; the OAuth client's id follows."""


def settle_user(
    document: Document,
    current: Document | None,
    names: OrgNames,
    profile: Profile,
    resource_type: ResourceType,
    *,
    phone_region: str | None = None,
    patched: bool = False,
    mirror: tuple[str, str] | None = None,
) -> Document:
    """The document under the contract's rules: what is stored. ``current`` is None for a new user.

    ``patched`` says that the document comes from PATCH, where touching a read-only value is refused and not ignored, and
    where an absent division was taken away. ``mirror`` is the authority and value under which the caller sees his own
    externalId, so that he may send it back. Raises InvalidValue and MutabilityRefused; messages name path and value.
    """
    settled = dict(document)
    check_user_name(settled["userName"], profile)
    settled.setdefault("active", True if current is None else current.get("active", True))
    _settle_emails(settled, current, profile, patched)
    _settle_phones(settled, profile, phone_region)
    _settle_roles(settled, current, names, profile)
    _settle_enterprise(settled, current, names, profile, patched)
    _settle_genesys(settled, current, names, profile, patched, mirror)
    _check_lists(settled)
    settled["schemas"] = resource_type.schemas_of(settled)
    return settled


def _check_lists(settled: Document) -> None:
    for name, value in settled.items():
        if isinstance(value, list) and len(value) > ELEMENTS_MAX:
            raise InvalidValue(f"{name}: {len(value)} given; a user can have {ELEMENTS_MAX}.")


def check_user_name(user_name: str, profile: Profile) -> None:
    """Raises InvalidValue for blanks around the name, and when the profile asks for an e-mail address and this is none."""
    if user_name != user_name.strip():
        raise InvalidValue(f'userName "{user_name[:80]}": blanks before or behind it would make a second account that looks the same.')
    if profile.user_name_must_be_email and not is_email(user_name):
        raise InvalidValue(f'userName "{user_name[:80]}": expected the e-mail address that the person signs in with.')


def _settle_emails(settled: Document, current: Document | None, profile: Profile, patched: bool) -> None:
    """One work address, and ``other`` which is userName (the mirror is read-only)."""
    if not profile.user_name_mirrored:
        return
    user_name = settled["userName"]
    emails: dict[str, Document] = {}
    for email in settled.get("emails", ()):
        kind = email.get("type", "work").lower()
        if kind == "other" and patched:
            _check_mirror(email.get("value", ""), user_name, current)
        if kind in EMAIL_TYPES and kind != "other":
            emails[kind] = {**email, "type": kind}
    settled["emails"] = [*emails.values(), {"value": user_name, "type": "other"}]


def _check_mirror(value: str, user_name: str, current: Document | None) -> None:
    known = {match_key(user_name), match_key((current or {}).get("userName", ""))}
    if match_key(value) not in known:
        raise MutabilityRefused('emails[type eq "other"] mirrors userName and is read-only; change userName instead.')


def _settle_phones(settled: Document, profile: Profile, region: str | None) -> None:
    """One number per type, in E.164, the last one winning. Types that Genesys does not have are not kept."""
    if profile.phones_returned != "e164" or "phoneNumbers" not in settled:
        return
    phones: dict[str, Document] = {}
    for phone in settled["phoneNumbers"]:
        kind = phone.get("type", "work").lower()
        if kind not in PHONE_TYPES:
            continue
        value = phone.get("value", "")
        canonical = canonical_phone(value, region)
        if canonical is None and kind not in INTEGRATION_TYPES:
            raise InvalidValue(
                f'phoneNumbers[type eq "{kind}"].value "{value[:60]}": this is no phone number that can be dialled from '
                "everywhere; send it as +13175550100 or tel:+13175550100;ext=1234."
            )
        phones[kind] = {**phone, "type": kind, "value": canonical or value}
    _put(settled, "phoneNumbers", list(phones.values()))


def _settle_roles(settled: Document, current: Document | None, names: OrgNames, profile: Profile) -> None:
    """Roles that stand as before were settled before, and are left alone."""
    if current is not None and settled.get("roles") == current.get("roles"):
        return
    if current is None and "roles" not in settled:
        employee = names.tables["role"].get(match_key(EMPLOYEE))
        if employee is not None and not _free("role", names, profile):
            settled["roles"] = [{"value": employee.name}]
        return
    roles: dict[str, Document] = {}
    for role in settled.get("roles", ()):
        name = _resolve("role", role.get("value", ""), "roles", names, profile)
        roles[match_key(name)] = {**role, "value": name}
    _put(settled, "roles", list(roles.values()))


def _free(kind: Kind, names: OrgNames, profile: Profile) -> bool:
    """Whether this org, having no such names of its own, takes any text for one and gives nobody the built-in one."""
    return profile.free_names_while_none_defined and not names.defines(kind)


def _resolve(kind: Kind, text: str, path: str, names: OrgNames, profile: Profile) -> str:
    if _free(kind, names, profile):
        return text
    try:
        return resolve_name(kind, text, names).name
    except InvalidValue as refusal:
        raise InvalidValue(f"{path}: {refusal.detail}") from None


def _settle_enterprise(settled: Document, current: Document | None, names: OrgNames, profile: Profile, patched: bool) -> None:
    """Every user is in a division, if the org has any: Home at first, as before when a PUT is silent, Home when a PATCH takes it away."""
    given = settled.get(ENTERPRISE_URN)
    if given is not None and current is not None and "division" in given and given == current.get(ENTERPRISE_URN):
        return
    enterprise = dict(given or {})
    if "division" in enterprise:
        division = enterprise["division"]
        enterprise["division"] = _resolve("division", division, f"{ENTERPRISE_URN}:division", names, profile)
    elif names.divisions and not _free("division", names, profile):
        kept = None if current is None or patched else current.get(ENTERPRISE_URN, {}).get("division")
        enterprise["division"] = kept or names.home
    if "dateHire" in enterprise:
        enterprise["dateHire"] = _day(enterprise["dateHire"], profile)
    if "$ref" in enterprise.get("manager", ()):
        enterprise["manager"] = _manager(enterprise["manager"])
    _put(settled, ENTERPRISE_URN, enterprise)


def _manager(given: Document) -> Document:
    """Without ``$ref``, which is made anew from the id whenever it is shown; who sends nothing else means its last segment."""
    manager = {name: value for name, value in given.items() if name != "$ref"}
    manager.setdefault("value", given["$ref"].rstrip("/").rpartition("/")[2])
    return manager


def _day(text: str, profile: Profile) -> str:
    """ISO 8601 in, ``YYYY-MM-DD`` out. The day is the one that was written, not the one in UTC."""
    moment = parse_date_time(text)
    if moment is not None:
        return moment.date().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        if profile.text_as_hire_date:
            return text
        raise InvalidValue(f'{ENTERPRISE_URN}:dateHire "{text[:40]}": expected a date such as 2026-11-22.') from None


def _settle_genesys(
    settled: Document,
    current: Document | None,
    names: OrgNames,
    profile: Profile,
    patched: bool,
    mirror: tuple[str, str] | None,
) -> None:
    extension = settled.get(GENESYS_URN)
    if extension is None or (current is not None and extension == current.get(GENESYS_URN)):
        return
    before = (current or {}).get(GENESYS_URN, {})
    extension = dict(extension)
    _settle_routing(extension, before, "routingSkills", "skill", SKILLS_MAX, names, profile)
    _settle_routing(extension, before, "routingLanguages", "language", LANGUAGES_MAX, names, profile)
    _settle_external_ids(extension, patched, mirror)
    _put(settled, GENESYS_URN, extension)


def _settle_routing(
    extension: Document, before: Document, attribute: str, kind: Kind, most: int, names: OrgNames, profile: Profile
) -> None:
    """Names must exist. A proficiency that is not said stays as it was, or is 0."""
    listed = extension.get(attribute)
    if listed is None:
        return
    path = f"{GENESYS_URN}:{attribute}"
    known = {each["name"]: each.get("proficiency", PROFICIENCY_MIN) for each in before.get(attribute, ())}
    routing: dict[str, Document] = {}
    for each in listed:
        name = _resolve(kind, each["name"], path, names, profile)
        proficiency = each.get("proficiency", known.get(name, PROFICIENCY_MIN))
        if not PROFICIENCY_MIN <= proficiency <= PROFICIENCY_MAX:
            raise InvalidValue(f'{path} "{name}": proficiency {proficiency} is outside {PROFICIENCY_MIN} to {PROFICIENCY_MAX}.')
        routing[name] = {"name": name, "proficiency": float(proficiency)}
    if len(routing) > most:
        raise InvalidValue(f"{path}: {len(routing)} given; a user can have {most}.")
    _put(extension, attribute, list(routing.values()))


def _settle_external_ids(extension: Document, patched: bool, mirror: tuple[str, str] | None) -> None:
    listed = extension.get("externalIds")
    if listed is None:
        return
    path = f"{GENESYS_URN}:externalIds"
    kept = []
    for each in listed:
        if not each["authority"].startswith(RESERVED_AUTHORITY):
            kept.append(each)
        elif patched and (each["authority"], each["value"]) != mirror:
            raise MutabilityRefused(f'{path}: authorities that begin with "{RESERVED_AUTHORITY}" are reserved; set externalId instead.')
    if len(kept) > EXTERNAL_IDS_MAX:
        raise InvalidValue(f"{path}: {len(kept)} given; a user can have {EXTERNAL_IDS_MAX}.")
    _put(extension, "externalIds", kept)


def _put(document: Document, name: str, value: Any) -> None:
    """Sets a value; an empty one is absent."""
    if value:
        document[name] = value
    else:
        document.pop(name, None)


def render_user(document: Document, profile: Profile, resource_type: ResourceType, *, client_id: str, external_id: str | None) -> Document:
    """A stored user as one caller sees him, besides groups and meta: with the caller's externalId and its mirror."""
    if external_id is None:
        return document
    shown = {**document, "externalId": external_id}
    if profile.external_id_mirrored:
        extension = shown.get(GENESYS_URN, {})
        entry = {"authority": EXTERNAL_ID_AUTHORITY + client_id, "value": external_id}
        shown[GENESYS_URN] = {**extension, "externalIds": [entry, *extension.get("externalIds", ())]}
        shown["schemas"] = resource_type.schemas_of(shown)
    return shown


def deactivated(document: Document, profile: Profile) -> Document:
    """The user after ``active`` became false: direct roles go (genesys-cloud.md §5, INA), data stays."""
    settled = {**document, "active": False}
    if profile.roles_on_deactivate == "remove":
        settled.pop("roles", None)
    return settled


def reactivated(document: Document) -> Document:
    """The user after ``active`` became true again: roles that went stay gone."""
    return {**document, "active": True}


def deleted(document: Document, names: OrgNames) -> Document:
    """The user after DELETE: inactive, no roles, division Home (DEL). E-mail and other data are kept."""
    settled = {name: value for name, value in document.items() if name != "roles"}
    settled["active"] = False
    if names.divisions:
        settled[ENTERPRISE_URN] = {**settled.get(ENTERPRISE_URN, {}), "division": names.home}
    return settled


def undeleted(document: Document) -> Document:
    """The user after restore: active, without any role, not even employee; division stays Home (FAQ-del, RES)."""
    settled = {name: value for name, value in document.items() if name != "roles"}
    settled["active"] = True
    return settled
