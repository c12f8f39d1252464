"""What can go wrong, as one tree.

::

    JoinerError                    exit code
    ├── ScimRefusal                    -      a SCIM request is refused; one subclass per scimType in scim/refusals.py
    ├── ConfigMistake                 78      joiner.toml or a look-up file is wrong; carries every mistake at once
    ├── SourceMistake                 78      a source's shape is wrong: missing or shifted columns, cut file
    ├── UnsafePlan                     3      a guard refuses; carries the numbers and the limit
    ├── StalePlan                      1      the inputs of a stored plan moved
    ├── Usage                         64      the command was called wrongly
    ├── ConnectorError                 1      another system
    │   ├── Throttled                  1      429; ``wait_seconds`` is what the other side asked for
    │   ├── Unreachable                1      no answer; whether a write landed is unknown
    │   ├── Refused                    1      the other side said no; nothing was changed
    │   │   └── CredentialsRefused     4      401 or 403
    │   └── Unreadable                 1      the answer is not what the protocol promises
    └── StoreError                     1      our own database
        ├── VersionMismatch            1
        ├── AlreadyTaken               1
        ├── Missing                    1
        ├── LeaseLost                  1      another run holds a newer fencing number
        ├── Locked                     7      another run holds the pipe
        └── Unwritable                 1      disk full, read-only, no permission

A refusal that belongs in a report (conflict, ambiguous match, unmapped value) is a value in the result, not an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong, told so that it teaches: what, where, whose data, effect on the rest, one fix.

    ``code`` is stable (``JN2104``) and has a row in :mod:`joiner.error_codes`. ``rows`` are label and text,
    in the order in which a person should read them (``person``, ``value``, ``effect``, ``near`` …).
    """

    code: str
    title: str
    rows: tuple[tuple[str, str], ...] = ()
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.title}"


class JoinerError(Exception):
    """The root. ``problems`` is never empty; ``exit_code`` is what the command ends with (DESIGN: exit codes)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class ConfigMistake(JoinerError):
    exit_code = 78


class SourceMistake(JoinerError):
    exit_code = 78


class UnsafePlan(JoinerError):
    exit_code = 3


class StalePlan(JoinerError):
    exit_code = 1


class Usage(JoinerError):
    exit_code = 64


class ScimRefusal(Exception):
    """A SCIM request is refused (RFC 7644 §3.12). ``detail`` is for the caller: it names path, value and remedy."""

    status: ClassVar[int] = 400
    scim_type: ClassVar[str | None] = None

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ConnectorError(JoinerError):
    """Another system failed us. ``request_id`` is that system's correlation id where it gave one."""

    request_id: str = ""


class Throttled(ConnectorError):
    def __init__(self, problem: Problem, wait_seconds: float) -> None:
        super().__init__(problem)
        self.wait_seconds = wait_seconds


class Unreachable(ConnectorError):
    """No usable answer. For a write the outcome is unknown: look before you judge."""


class Refused(ConnectorError):
    """The other side answered no (``status`` is its HTTP status, ``detail`` its own words) and changed nothing."""

    def __init__(self, problem: Problem, status: int, detail: str = "", scim_type: str = "") -> None:
        super().__init__(problem)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


class CredentialsRefused(Refused):
    exit_code = 4


class Unreadable(ConnectorError):
    pass


class StoreError(JoinerError):
    pass


class VersionMismatch(StoreError):
    pass


class AlreadyTaken(StoreError):
    pass


class Missing(StoreError):
    pass


class LeaseLost(StoreError):
    pass


class Locked(StoreError):
    exit_code = 7


class Unwritable(StoreError):
    pass
