"""``joiner init``: a first joiner.toml from the header of a people file. Asks nothing and overwrites nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from joiner.cli.builders import Starting
from joiner.cli.door import FLAGS, Flags, Here
from joiner.errors import Problem, Usage

Kind = Literal["hosted", "genesys-cloud", "scim"]


def init(
    people: Path = Path("people.csv"),
    /,
    *,
    kind: Annotated[Kind, Parameter(show_default=True)] = "hosted",
    name: Annotated[str, Parameter(show_default=True)] = "eu",
    url: str = "",
    region: str = "",
    client_id: str = "",
    key: str = "",
    email: str = "",
    flags: Flags = FLAGS,
    door: Here,
) -> None:
    """Write joiner.toml from the header of a people file. It starts plan-only.

    Args:
        people: The CSV file.
        kind: What the org is.
        name: How this pipe is called.
        url: Where the org is (hosted, scim).
        region: Its region, for instance eu-central-1 or mypurecloud.de (genesys-cloud).
        client_id: The OAuth client; its secret goes into the file secrets/NAME.
        key: The column that identifies a person for ever, if its name is unusual.
        email: The column with the address, if its name is unusual.
    """
    place = door.builders.config_path(door.where)
    if place.exists():
        raise Usage(Problem("JN6407", f"{place} is there already", (), "remove it first, or name another file with --config"))
    if place.resolve().parent != Path.cwd():
        people = people.resolve()  # a path in joiner.toml is read from where joiner.toml is
    text = door.builders.starter(Starting(people, name, kind, url, region, client_id, {"key": key, "email": email}))
    with place.open("x", encoding="utf-8") as file:
        file.write(text)
    door.terminal.say(f"{place} is written.")
    door.terminal.remark(
        f"\n  secret   (umask 077; mkdir -p secrets; cat > secrets/{name})     paste the client's secret, then Ctrl-D"
        "\n  check    joiner check"
        f"\n  plan     joiner plan {name}"
    )
