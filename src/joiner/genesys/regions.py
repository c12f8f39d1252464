"""The regions of Genesys Cloud and the hosts of each (genesys-cloud.md §10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from joiner.genesys.organisation import nearest


@dataclass(frozen=True, slots=True)
class Region:
    """One region: its AWS name, its domain and where it is."""

    name: str
    domain: str
    place: str

    @property
    def api_host(self) -> str:
        return f"api.{self.domain}"

    @property
    def login_host(self) -> str:
        return f"login.{self.domain}"

    @property
    def apps_host(self) -> str:
        return f"apps.{self.domain}"


_LISTED = (
    Region("us-east-1", "mypurecloud.com", "US East"),
    Region("us-east-2", "use2.us-gov-pure.cloud", "US FedRAMP"),
    Region("us-west-2", "usw2.pure.cloud", "US West"),
    Region("ca-central-1", "cac1.pure.cloud", "Canada"),
    Region("mx-central-1", "mxc1.pure.cloud", "Mexico"),
    Region("sa-east-1", "sae1.pure.cloud", "São Paulo"),
    Region("eu-west-1", "mypurecloud.ie", "Dublin"),
    Region("eu-west-2", "euw2.pure.cloud", "London"),
    Region("eu-central-1", "mypurecloud.de", "Frankfurt"),
    Region("eu-central-2", "euc2.pure.cloud", "Zurich"),
    Region("eusc-de-east-1", "edee1.eusc-pure.cloud", "EU sovereign, Germany"),
    Region("me-central-1", "mec1.pure.cloud", "UAE"),
    Region("ap-south-1", "aps1.pure.cloud", "Mumbai"),
    Region("ap-southeast-1", "apse1.pure.cloud", "Singapore"),
    Region("ap-southeast-2", "mypurecloud.com.au", "Sydney"),
    Region("ap-northeast-1", "mypurecloud.jp", "Tokyo"),
    Region("ap-northeast-2", "apne2.pure.cloud", "Seoul"),
    Region("ap-northeast-3", "apne3.pure.cloud", "Osaka"),
)

REGIONS: Mapping[str, Region] = MappingProxyType({key: region for region in _LISTED for key in (region.name, region.domain)})
"""By AWS name and by domain."""

_HOST = re.compile(r"(?:https?://)?(?:(?:api|login|apps|scim)\.)?([^/:]+)(?:[:/].*)?", re.IGNORECASE)
_SCIM_HOST = re.compile(r"(?:https?://)?scim\.", re.IGNORECASE)


def find_region(text: str) -> Region | None:
    """The region of an AWS name, a domain, or any URL of the region (``https://api.mypurecloud.de/api/v2/scim/v2``), or None."""
    host = _HOST.fullmatch(text.strip())
    if host is None:
        return None
    return REGIONS.get(host[1].lower()) or _inside(host[1].lower())


def _inside(host: str) -> Region | None:
    """A longer host of a region, such as ``scim.euc2.mypurecloud.de`` from an old guide."""
    return next((region for region in _LISTED if host.endswith("." + region.domain)), None)


def is_scim_host(text: str) -> bool:
    """Whether somebody followed a guide that names a ``scim.`` host; Genesys has none, SCIM is served by ``api.``."""
    return _SCIM_HOST.match(text.strip()) is not None


def nearest_region(text: str) -> str | None:
    """The region's name or domain that was probably meant, for a message."""
    return nearest(text, tuple(REGIONS))
