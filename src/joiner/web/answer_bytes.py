"""An :class:`Answer` as bytes of HTTP/1.1."""

from __future__ import annotations

import re
from http import HTTPStatus

from joiner.web.request import Answer

JOINED_BYTES_MAX = 16_384
"""Up to so much is copied rather than handed over in two pieces."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_WITHOUT_BODY = (204, 304)
_BREAKS = re.compile(r"[\r\n\x00]")


def format_answer(answer: Answer, date: str, *, head_only: bool, last: bool) -> tuple[bytes, ...]:
    """The pieces of it: one, or of a large answer two, because putting them together would be one more copy.

    ``date`` is an HTTP date; ``head_only`` answers HEAD; ``last`` tells the client that the connection ends here.
    """
    status, headers, body = answer
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    told = "".join(lines)
    if told.count("\n") + told.count("\r") != 2 * len(lines) or "\0" in told:
        # No value of ours has a line break or NUL; one that came from elsewhere must not begin a header of its own (RFC 9110 §5.5).
        lines = [f"{name}: {_BREAKS.sub(' ', value)}\r\n" for name, value in headers.items()]
    if status in _WITHOUT_BODY:
        body = b""
    else:
        lines.append(f"Content-Length: {len(body)}\r\n")
    if last:
        lines.append("Connection: close\r\n")
    head = f"{_STATUS_LINES[status]}Date: {date}\r\n{''.join(lines)}\r\n".encode("latin-1", "replace")
    if head_only:
        return (head,)
    return (head + body,) if len(body) <= JOINED_BYTES_MAX else (head, body)
