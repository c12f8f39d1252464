"""``joiner serve``: hosted orgs over HTTP until interrupted."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from joiner.cli.builders import Listening
from joiner.cli.door import FLAGS, Flags, Here
from joiner.errors import Problem, Usage

LISTEN_DEFAULT = "127.0.0.1:8470"


def serve(
    *,
    listen: Annotated[str, Parameter(show_default=True)] = LISTEN_DEFAULT,
    default: str = "",
    http: Annotated[Literal["direct", "asgi"], Parameter(show_default=True)] = "direct",
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Serve hosted orgs. ``joiner org`` and ``joiner client`` work beside it.

    Args:
        listen: HOST:PORT; port 0 takes a free one. Put a reverse proxy with TLS in front before leaving this machine.
        default: The org that answers at the bare host.
        http: What speaks HTTP on a connection: direct costs half, asgi goes through uvicorn's own protocol. The answers are the same.
    """
    host, port = parse_listen(listen)
    door.builders.serve(door.where, Listening(host, port, default, http), door.terminal.out)


def parse_listen(text: str) -> tuple[str, int]:
    """``HOST:PORT``, ``[::1]:PORT`` or ``:PORT`` (this machine only)."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise Usage(Problem("JN6401", f'"{text}" is not HOST:PORT', (), f"joiner serve --listen {LISTEN_DEFAULT}"))
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)
