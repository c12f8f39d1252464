"""The address of an org as people write it, into the base URL of its API and the URL of its tokens. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from joiner.connectors.flavour import TargetKind
from joiner.connectors.nearest import nearest
from joiner.errors import ConfigMistake, Problem
from joiner.genesys.regions import REGIONS, find_region

TOKEN_PATH = "/oauth/token"
URL_CHARS_MAX = 2048
SCIM_SUFFIX = re.compile(r"(?i)(/api/v2/scim(/v2)?|/scim(/v2)?|/api/v2)/*$")
RESOURCE_SUFFIX = re.compile(r"(?i)/(users|groups|serviceproviderconfig|resourcetypes|schemas)/*$")


@dataclass(frozen=True, slots=True)
class Address:
    """``base`` has no slash at the end: ``https://api.mypurecloud.de``, ``http://127.0.0.1:8470/northlight``."""

    base: str
    token_url: str
    notes: tuple[str, ...] = ()


def region_address(text: str, name: str) -> Address:
    """The addresses of a Genesys region, given by AWS name (``eu-central-1``) or domain (``mypurecloud.de``)."""
    region = find_region(text)
    if region is None:
        rows = (("org", name), ("found", repr(text)), *nearest(text, list(REGIONS)))
        fix = "name the AWS region (eu-central-1) or its domain (mypurecloud.de)"
        raise ConfigMistake(Problem("JN2009", f'org "{name}": Genesys Cloud has no region "{text}"', rows, fix))
    return Address(f"https://{region.api_host}", f"https://{region.login_host}{TOKEN_PATH}")


def parse_base_url(text: str, kind: TargetKind, name: str) -> Address:
    """Raises ConfigMistake JN2009 where the address cannot be used; what was corrected stands in ``notes``."""
    notes: list[str] = []
    parts = _split(text.strip(), name, notes)
    host = _correct_host(parts, kind, notes)
    path = _correct_path(parts.path, kind, notes)
    if parts.query or parts.fragment:
        notes.append(f'"{text.strip()}": what follows the path (? or #) is not used')
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        notes.append(f"{host} is addressed without TLS: client secret and personal data travel readable")
    base = f"{parts.scheme}://{host}{path}"
    return Address(base, _token_url(parts.scheme, host, path, kind), tuple(notes))


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(text: str, name: str, notes: list[str]) -> SplitResult:
    if text and "://" not in text:
        scheme = "http" if is_loopback(text.split("/", 1)[0].rsplit(":", 1)[0].strip("[]")) else "https"
        notes.append(f'"{text}" has no scheme: {scheme}:// is used')
        text = f"{scheme}://{text}"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and len(text) <= URL_CHARS_MAX
    except ValueError:
        usable = False
    if not usable or any(letter.isspace() for letter in text):
        rows = (("org", name), ("found", repr(text[:80])), ("expected", "an address like https://api.mypurecloud.de"))
        raise ConfigMistake(Problem("JN2009", f'org "{name}" has no usable address', rows, "correct `url`, or give `region`"))
    if parts.username is not None or parts.password is not None:
        rows = (("org", name), ("found", "a user name or password in the address"), ("effect", "addresses end up in logs"))
        raise ConfigMistake(Problem("JN2009", f'org "{name}" has a secret in its address', rows, "use client_id and secret"))
    return parts


def _correct_host(parts: SplitResult, kind: TargetKind, notes: list[str]) -> str:
    """``scim.``, ``apps.`` and ``login.`` of a Genesys region are web pages or nothing at all: its API is at ``api.``."""
    region = find_region(parts.hostname or "") if kind is TargetKind.GENESYS_CLOUD else None
    if region is None or parts.netloc.lower() == region.api_host:
        return parts.netloc.lower()
    notes.append(f"{parts.netloc} is not where the API is: {region.api_host} is used")
    return region.api_host


def _correct_path(path: str, kind: TargetKind, notes: list[str]) -> str:
    """The path without what joiner adds by itself. A plain SCIM server's base path is its own affair and stays."""
    kept = RESOURCE_SUFFIX.sub("", path.rstrip("/"))
    if kind is not TargetKind.SCIM:
        kept = SCIM_SUFFIX.sub("", kept)
    if kept != path.rstrip("/"):
        notes.append(f'"{path[len(kept) :]}" at the end of the address is left out: joiner adds it by itself')
    return kept


def _token_url(scheme: str, host: str, path: str, kind: TargetKind) -> str:
    """The region's login host for Genesys' own hosts; else beside the API, as hosted orgs and stand-ins on loopback have it."""
    region = find_region(host) if kind is TargetKind.GENESYS_CLOUD else None
    if region is not None:
        return f"https://{region.login_host}{TOKEN_PATH}"
    if kind is TargetKind.GENESYS_CLOUD and host.startswith("api."):
        return f"{scheme}://login.{host.removeprefix('api.')}{TOKEN_PATH}"
    return f"{scheme}://{host}{SCIM_SUFFIX.sub('', path)}{TOKEN_PATH}"
