"""From a Config to the pipe of one org, and the hash that notices changed rules."""

from __future__ import annotations

from joiner.config.model import AttributeTable, Config
from joiner.config.parse import parse_config
from joiner.config.pipes import lookup_remarks, make_pipe, mapped_attributes, required_columns, rules_hash
from joiner.config.schema import config_schema
from joiner.sync.pipe import Mode

NAMES = ("userName", "title", "division")
TABLE = AttributeTable(NAMES, NAMES.__contains__)

TEXT = """\
version = 1
[[source]]
name = "hr"
kind = "csv"
path = "people.csv"
key = "n"
grace = "30m"
scope = 'src.site == "Leeds"'
leaver = 'src.status == "left"'
[[source]]
name = "contractors"
kind = "csv"
path = "contractors.csv"
key = "n"
optional_columns = ["title"]
[[org]]
name = "eu"
kind = "genesys-cloud"
region = "eu-central-1"
client_id = "id"
secret = "env:EU"
source = ["hr", "contractors"]
mode = "apply"
[[org]]
name = "uk"
kind = "hosted"
url = "http://127.0.0.1/uk"
client_id = "id"
secret = "env:UK"
source = ["contractors"]
[[map]]
to = "userName"
from = "src.mail"
[[map]]
to = "title"
from = "src.title"
[[map]]
to = "title"
from = "upper(src.title)"
org = ["uk"]
[[map]]
to = "division"
from = 'lookup("divisions", src.department)'
org = ["eu"]
[lookup.divisions]
file = "divisions.csv"
resolve = "division"
[lookup.unused]
file = "unused.csv"
"""


def config(text: str = TEXT, divisions: str = "department;division\nSupport;Support\n", unused: str = "a;b\n") -> Config:
    files = {"divisions.csv": divisions, "unused.csv": unused}
    return parse_config(text, "joiner.toml", attributes={"genesys-cloud": TABLE, "hosted": TABLE}, read_text=files.__getitem__)


def test_a_pipe_has_the_rules_tables_and_facts_of_its_org() -> None:
    settings = config()
    pipe = make_pipe(settings, settings.orgs[0])
    assert [(rule.to, rule.place) for rule in pipe.rules] == [
        ("userName", "joiner.toml:31"),
        ("title", "joiner.toml:34"),
        ("division", "joiner.toml:41"),
    ]
    assert [source.name for source in pipe.sources] == ["hr", "contractors"]
    assert (pipe.mode, pipe.grace_seconds) == (Mode.APPLY, 3600.0)
    assert pipe.facts == {"name": "eu", "label": "eu", "region": "eu-central-1"}
    assert set(pipe.tables) == {"divisions", "unused"}


def test_a_mapping_that_names_the_org_beats_one_for_all() -> None:
    settings = config()
    pipe = make_pipe(settings, settings.orgs[1])
    assert [rule.expression.text for rule in pipe.rules] == ["src.mail", "upper(src.title)"]
    assert mapped_attributes(settings, settings.orgs[1]) == {"userName", "title"}


def test_a_source_must_have_every_column_that_is_read_but_for_those_it_declares_optional() -> None:
    settings = config()
    hr, contractors = settings.sources
    assert required_columns(settings, settings.orgs[0], hr) == {"mail", "title", "department", "site", "status"}
    assert required_columns(settings, settings.orgs[0], contractors) == {"mail", "department"}


def hash_of(settings: Config) -> str:
    return rules_hash(settings, settings.orgs[0])


def test_whatever_decides_what_is_written_changes_the_hash() -> None:
    changed = [
        config(TEXT.replace("src.mail", "lower(src.mail)")),
        config(TEXT.replace('from = "src.mail"', 'from = "src.mail"\nowner = "org"')),
        config(TEXT.replace('"left"', '"gone"')),
        config(TEXT.replace('mode = "apply"', 'mode = "apply"\npolicy = "create_only"')),
        config(TEXT.replace('mode = "apply"', 'mode = "apply"\nmatch = { order = ["email"] }')),
        config(divisions="department;division\nSupport;Sales\n"),
    ]
    assert len({hash_of(settings) for settings in (config(), *changed)}) == 1 + len(changed)


def test_guards_mode_labels_places_and_unused_tables_leave_the_hash_alone() -> None:
    same = [
        config("# a line more\n" + TEXT),
        config(TEXT + "[guard]\nvanished = { max_count = 1 }\n"),
        config(TEXT.replace('mode = "apply"', 'mode = "plan-only"\nlabel = "Northlight"')),
        config(unused="a;b\nc;d\n"),
    ]
    assert {hash_of(settings) for settings in same} == {hash_of(config())}


def test_an_id_in_a_look_up_is_remarked() -> None:
    divisions = "department;division\nSupport;6f9619ff-8b86-d011-b42d-00c04fc964ff\nSales;Sales\n"
    places = "a;b;c\nx;6f9619ff-8b86-d011-b42d-00c04fc964ff;z\n"
    (remark,) = lookup_remarks(config(divisions=divisions, unused=places))
    assert remark.startswith('divisions.csv:2: "Support" gives an id; write the division as people call it')
    assert "write the name" in lookup_remarks(config(unused="a;b\nx;6f9619ff-8b86-d011-b42d-00c04fc964ff\n"))[0]


def test_the_schema_has_every_table_and_refuses_unknown_keys() -> None:
    schema = config_schema()
    assert schema["$schema"].endswith("draft-04/schema#")
    assert schema["required"] == ["version"]
    org = schema["properties"]["org"]["items"]
    assert org["additionalProperties"] is False
    assert org["properties"]["mode"] == {
        "description": "observe: read and report · plan-only: never write · apply. Default: plan-only.",
        "type": "string",
        "enum": ["observe", "plan-only", "apply"],
    }
    assert schema["properties"]["lookup"]["additionalProperties"]["required"] == ["file"]
    assert org["properties"]["budget"]["properties"]["requests_per_minute"]["minimum"] == 1
    assert schema["properties"]["match"]["properties"]["order"]["items"]["enum"] == ["externalId", "email"]
