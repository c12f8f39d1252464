"""docs/reference/configuration.md, made from the key table that validation uses. ``tests/config/configuration_page.py`` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from joiner.config.keys import ROOT, Key, Shape

_HEAD = """\
# joiner.toml

<!-- Made by `python tests/config/configuration_page.py`; change src/joiner/config instead. -->

One TOML file says where people come from, which orgs are kept in step, and what becomes what. Every mistake is told at once,
with its line; unknown keys are mistakes, because a setting that is silently ignored would be believed.

Paths are relative to the file. It is found as `--config FILE`, else `JOINER_CONFIG`, else `./joiner.toml`. For an editor that
completes keys: `joiner config schema > joiner.schema.json`, and `#:schema ./joiner.schema.json` as the first line.
"""

_SECRETS = """\
## Secrets

Secrets never stand in the file and never on a command line; `secret` says where one is:

| written | read from |
|---|---|
| `"file:secrets/eu"` | the file, beside joiner.toml. It should be readable by its owner only; `joiner check` tells when it is not. |
| `"env:NAME"` | the environment variable NAME. Works, but leaks into child processes; `joiner check` says so. |
| `"cred:NAME"` | the systemd credential NAME (`LoadCredential=`). |
| `{ secret = "NAME" }` | the first of these that is there: systemd credential, `JOINER_SECRET_NAME_FILE`, `JOINER_SECRET_NAME`. |

## Database

`sqlite:///PATH` has three slashes for a path beside joiner.toml and four for an absolute one. `--database` beats
`JOINER_DATABASE_URL`, which beats the file (both are relative to the working directory). Hosted orgs live in PATH, what the
sync engine remembers (bonds, plans, journal, audit) in a second file beside it: `joiner.db` and `joiner.engine.db`.

## Which mapping holds

A mapping with `org` holds for those orgs only and beats one for all. Two for the same attribute and org are a mistake. An
attribute that nothing maps is never touched. The owner of an attribute is what its mapping says, else the first
`[[ownership.rule]]` that names it, else `[ownership] default`, else `source`:

| owner | who decides |
|---|---|
| `source` | the source; a local change is taken back |
| `org` | the org; the source's value is only offered while the org has none |
| `shared` | either side; a change on both sides is held for a person |
| `create_only` | the source when the account is created, the org afterwards |
| `fill_if_empty` | the source while the org has no value |

`on_null` says what an expression without a value means: `skip` leaves the attribute alone, `clear` removes the value in the
org, `default` writes `default`, `error` holds the person.

When mappings, look-up tables, `leaver`, `scope`, `match`, `first_contact` or `policy` change, unattended runs only plan until a
person has applied a plan by its id. Guards and modes can change at any time.
"""

_ENVIRONMENT = """\
## Environment

| variable | meaning |
|---|---|
| `JOINER_CONFIG` | joiner.toml |
| `JOINER_DATABASE_URL` | the database, for `serve`, `org`, `client` and all others |
| `JOINER_BASE_URL` | for `serve`: the public address of hosted orgs, behind a reverse proxy; other commands learn it from there |
| `JOINER_TOKEN` | the bearer token for `joiner scim test` |
| `JOINER_OUTPUT` | `table`, `json` or `csv` |
| `JOINER_AUTHOR` | who the audit log names; else the user of the operating system |
| `JOINER_DEBUG` | `1` adds places in the code to an unforeseen error; never values |
| `NO_COLOR`, `FORCE_COLOR` | colour |
| `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` | how orgs are reached; this machine itself never through a proxy |
"""


def format_configuration_page(attributes: Mapping[str, Sequence[str]]) -> str:
    """The page. ``attributes`` are the attribute names of each kind of org."""
    parts = [_HEAD, *_tables(ROOT, "the top of the file"), _SECRETS, "\n".join(_attribute_lines(attributes)) + "\n", _ENVIRONMENT]
    return "\n".join(parts)


def _tables(key: Key, title: str) -> Iterator[str]:
    """One section per table, inner ones after the outer."""
    shown = title if key is ROOT else f"`{title}`"
    lines = [f"## {shown[0].upper()}{shown[1:]}", "", *([f"{key.about}", ""] if key is not ROOT else [])]
    lines += ["| key | value | meaning |", "|---|---|---|"]
    lines += [_row(child) for child in key.keys]
    yield "\n".join(lines) + "\n"
    for child in key.keys:
        if child.shape in (Shape.TABLES, Shape.NAMED) or (child.shape is Shape.TABLE and key is ROOT):
            yield from _tables(child, _title(child, title if key is not ROOT else ""))


def _title(key: Key, outer: str) -> str:
    name = f"{outer.strip('[]')}.{key.name}" if outer else key.name
    match key.shape:
        case Shape.TABLES:
            return f"[[{name}]]"
        case Shape.NAMED:
            return f"[{name}.NAME]"
        case _:
            return f"[{name}]"


def _row(key: Key) -> str:
    shape = key.shape.value
    if key.shape is Shape.TABLE and key.keys:
        shape = "{ " + ", ".join(child.name for child in key.keys) + " }"
    if key.choices:
        joined = " · ".join(f"`{choice}`" for choice in key.choices)
        shape = f"list of {joined}" if key.shape is Shape.TEXTS else joined
    notes = [key.about]
    notes += ["Required."] if key.required else []
    notes += [f"Default: {key.default}."] if key.default else []
    return f"| `{key.name}` | {shape} | {' '.join(notes)} |"


def _attribute_lines(attributes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from ("## Attributes", "", "What `to` can name, by the kind of org:", "")
    for kind, names in attributes.items():
        yield from (f"**{kind}**: {' · '.join(f'`{name}`' for name in names)}", "")
    yield "Genesys kinds also take `externalIds[AUTHORITY]`. Skills and languages may end in a proficiency: `Spanish:4`."
