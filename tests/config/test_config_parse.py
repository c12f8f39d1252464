"""joiner.toml as people write it: what it becomes, and every mistake at once with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from joiner.config.model import AttributeTable, Config, SecretPlace
from joiner.config.parse import parse_config
from joiner.errors import ConfigMistake, Problem
from joiner.sync.mapping import OnNull
from joiner.sync.ownership import FirstContact, Owner
from joiner.sync.pipe import Mode, Policy

GENESYS = ("userName", "displayName", "division", "roles", "routingSkills", "title")
CORE = ("userName", "displayName", "title")
TABLES = {
    "genesys-cloud": AttributeTable(GENESYS, GENESYS.__contains__),
    "hosted": AttributeTable(GENESYS, GENESYS.__contains__),
    "scim": AttributeTable(CORE, CORE.__contains__),
}
DIVISIONS = "department;division\nSupport;Support\n"

HEAD = """\
version = 1

[[source]]
name = "hr"
kind = "csv"
path = "people.csv"
key  = "employee_no"

[[org]]
name      = "eu"
kind      = "hosted"
url       = "http://127.0.0.1:8470/northlight"
client_id = "id"
secret    = "file:secrets/eu"
source    = ["hr"]

[[map]]
to   = "userName"
from = "lower(src.email)"
"""


def parse(text: str, files: Mapping[str, str | Exception] | None = None) -> Config:
    def read_text(name: str) -> str:
        found = (files or {"divisions.csv": DIVISIONS}).get(name, FileNotFoundError(2, "No such file or directory"))
        if isinstance(found, Exception):
            raise found
        return found

    return parse_config(text, "joiner.toml", attributes=TABLES, read_text=read_text)


def mistakes(text: str, files: Mapping[str, str | Exception] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigMistake) as caught:
        parse(text, files)
    return caught.value.problems


def only(text: str, files: Mapping[str, str | Exception] | None = None) -> Problem:
    (problem,) = mistakes(text, files)
    return problem


def test_smallest_complete_file_of_the_design_is_read() -> None:
    config = parse(Path(__file__).with_name("smallest.toml").read_text("utf-8"))
    org = config.orgs[0]
    assert (org.name, org.label, org.mode, org.first_contact) == ("eu", "eu", Mode.APPLY, FirstContact.REPORT)
    assert (org.secret.place, org.secret.name, str(org.secret)) == (SecretPlace.FILE, "secrets/eu", "file:secrets/eu")
    assert config.source("hr").leaver is not None
    assert {entry.to: entry.owner for entry in config.maps}["routingSkills"] is Owner.CREATE_ONLY
    assert config.limits.vanished.max_count == 25
    assert any("stringContains" in note for note in config.notes)
    assert config.org("eu") is org
    assert config.org("uk") is None


def test_an_org_without_mode_only_plans() -> None:
    org = parse(HEAD).orgs[0]
    assert (org.mode, org.policy, org.match, org.requests_per_minute) == (Mode.PLAN_ONLY, Policy.SYNC, ("externalId", "email"), None)


def test_every_setting_reaches_the_value_that_it_names() -> None:
    text = HEAD.replace(
        'key  = "employee_no"', 'key  = "employee_no"\ndelimiter = ";"\nencoding = "cp1252"\ngrace = "2h"\nscope = "src.a == 1"'
    )
    text = text.replace(
        'source    = ["hr"]',
        'source = ["hr"]\nlabel = "Northlight EU"\nmode = "observe"\npolicy = "create_only"\n'
        'first_contact = "source"\nbudget = { requests_per_minute = 60 }\nmatch = { order = ["email"] }',
    )
    text += '[guard]\nleavers = { max_count = 7 }\ngroup_removals = { max_percent = 50 }\nprotected = ["svc@northlight.example"]\n'
    config = parse(text)
    source, org = config.sources[0], config.orgs[0]
    assert (source.delimiter, source.encoding, source.grace_seconds, source.line) == (";", "cp1252", 7200.0, 3)
    assert (org.label, org.mode, org.policy, org.first_contact) == ("Northlight EU", Mode.OBSERVE, Policy.CREATE_ONLY, FirstContact.SOURCE)
    assert (org.requests_per_minute, org.match) == (60, ("email",))
    assert (config.limits.stated_leavers.max_percent, config.limits.stated_leavers.max_count) == (5, 7)
    assert (config.limits.group_removals.max_percent, config.limits.group_removals.min_count) == (50, 10)
    assert config.limits.protected == ("svc@northlight.example",)


def test_all_mistakes_come_at_once_in_the_order_of_their_lines() -> None:
    text = HEAD.replace("path =", "pth =").replace('kind      = "hosted"', 'kind = "hosetd"') + 'onwer = "org"\n'
    assert [(problem.code, problem.rows[0][0]) for problem in mistakes(text)] == [
        ("JN1004", "joiner.toml:3"),
        ("JN1002", "joiner.toml:6"),
        ("JN1005", "joiner.toml:11"),
        ("JN1002", "joiner.toml:20"),
    ]


def test_unknown_key_names_its_line_its_table_and_the_nearest_key() -> None:
    problem = only(HEAD + 'onwer = "org"\n')
    assert problem == Problem(
        "JN1002",
        'unknown key "onwer" in [[map]]',
        (("joiner.toml:20", ""), ("near", '"owner"')),
        "write  owner  or take the line out",
    )


def test_unknown_key_without_a_neighbour_lists_what_is_known() -> None:
    problem = only("zzz = 1\n" + HEAD)
    assert problem.title == 'unknown key "zzz" in the top of the file'
    assert problem.rows[1] == ("known", "version, database, source, org, map, lookup, guard, ownership, match")
    assert problem.fix == "take the line out"


def test_text_that_is_not_toml_names_its_line() -> None:
    problem = only("version = 1\nname = eu\n")
    assert (problem.code, problem.rows) == ("JN1001", (("joiner.toml:2", ""), ("found", "name = eu")))


def test_a_broken_line_that_holds_a_secret_is_not_shown() -> None:
    assert only('secret = "abc\n').rows == (("joiner.toml:1", ""),)


def test_a_file_that_ends_in_the_middle_names_its_last_line() -> None:
    assert only("version = 1\nsource = [\n").rows[0] == ("joiner.toml:2", "")


def test_an_empty_file_asks_for_a_version() -> None:
    assert only("").code == "JN1004"
    assert only("=").code == "JN1001"


def test_an_unknown_version_is_refused() -> None:
    assert only(HEAD.replace("version = 1", "version = 2")).code == "JN1011"


@pytest.mark.parametrize(
    ("was", "becomes", "code", "title"),
    [
        ('client_id = "id"', "client_id = 7", "JN1003", '"client_id" must be a text'),
        ('source    = ["hr"]', 'source = "hr"', "JN1003", '"source" must be a list of texts'),
        ('source    = ["hr"]', "source = []", "JN1003", 'org "eu" has no source'),
        ('source    = ["hr"]', 'source = ["hr"]\nbudget = 60', "JN1003", '"budget" must be a table'),
        (
            'source    = ["hr"]',
            'source = ["hr"]\nbudget = { requests_per_minute = 0 }',
            "JN1003",
            '"requests_per_minute" must be at least 1',
        ),
        (
            'source    = ["hr"]',
            'source = ["hr"]\nbudget = { requests_per_minute = true }',
            "JN1003",
            '"requests_per_minute" must be a whole number',
        ),
        ('key  = "employee_no"', 'key = "n"\ngrace = "soon"', "JN1003", '"grace" must be a duration such as 30s, 15m, 1h or 2d'),
        ('key  = "employee_no"', 'key = "n"\ndelimiter = ";;"', "JN1003", '"delimiter" must be one character'),
        ('key  = "employee_no"', 'key = "n"\nleaver = 1', "JN1003", '"leaver" must be a expression (a text)'),
        ('name      = "eu"', 'name = "e u"', "JN1003", '"e u" cannot be the name of an org'),
        ('url       = "http://127.0.0.1:8470/northlight"', 'url = " "', "JN1003", "the URL is empty"),
        ('url       = "http://127.0.0.1:8470/northlight"', "", "JN1004", 'an org of kind "hosted" needs "url"'),
        (
            'url       = "http://127.0.0.1:8470/northlight"',
            'url = "http://[::"\nregion = "x"',
            "JN1003",
            'an org of kind "hosted" takes "url", not "region"',
        ),
        ('client_id = "id"', "", "JN1004", 'an org of kind "hosted" needs "client_id"'),
        ('client_id = "id"', 'client_id = ""', "JN1004", 'an org of kind "hosted" needs "client_id"'),
        ('client_id = "id"', 'client_id = "id"\ntoken_url = "https://h/t"', "JN1003", 'an org of kind "hosted" takes no "token_url"'),
        (
            'kind      = "hosted"',
            'kind = "scim"\ntoken_url = "https://u:p@h/t"',
            "JN1003",
            '"token_url" is no usable address',
        ),
        ('kind      = "hosted"', 'kind = "scim"\ntoken_url = "http://[::"', "JN1003", '"token_url" is no usable address'),
        ('url       = "http://127.0.0.1:8470/northlight"', 'url = "u:p@h/x"', "JN1010", "the URL contains a password"),
        ('kind      = "hosted"', 'kind = "genesys-cloud"\nregion = "eu-central-1"', "JN1003", '"region" and "url" contradict each other'),
        ('source    = ["hr"]', 'source = ["hr", "ad"]', "JN1007", 'there is no source called "ad"'),
        ("lower(src.email)", "lookup('divisions', src.x)", "JN1007", 'there is no look-up table called "divisions"'),
        ('to   = "userName"', 'to = "usrName"', "JN1008", 'no org has an attribute called "usrName"'),
        ('to   = "userName"', 'to = "userName"\non_null = "default"', "JN1004", 'on_null = "default" needs the value "default"'),
        (
            'to   = "userName"',
            'to = "userName"\non_null = "clear"\ndefault = "x"',
            "JN1003",
            'on_null = "clear" leaves "default" without use',
        ),
    ],
)
def test_a_wrong_value_is_told(was: str, becomes: str, code: str, title: str) -> None:
    assert was in HEAD
    problem = only(HEAD.replace(was, becomes))
    assert (problem.code, problem.title) == (code, title)


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("source = 1", "write a table header  [[source]]"),
        ("lookup = 1", "write a table header  [lookup.NAME]"),
        ("lookup = { x = 1 }", "write a table header  [lookup.NAME]"),
        ("guard = [1]", "write  guard = { … }"),
    ],
)
def test_a_value_where_a_table_is_meant_shows_how_to_write_it(line: str, fix: str) -> None:
    assert only("version = 1\n" + line + "\n").fix == fix


def test_a_long_wrong_value_is_cut() -> None:
    problem = only(HEAD.replace('client_id = "id"', f"client_id = [{', '.join(['12345678'] * 20)}]"))
    assert len(problem.rows[1][1]) == 58


def test_genesys_cloud_needs_a_region_that_exists() -> None:
    text = HEAD.replace('kind      = "hosted"', 'kind = "genesys-cloud"').replace('url       = "http://127.0.0.1:8470/northlight"', "{}")
    assert parse(text.replace("{}", 'region = "eu-central-1"')).orgs[0].region == "eu-central-1"
    assert parse(text.replace("{}", 'url = "http://127.0.0.1:9/"')).orgs[0].url == "http://127.0.0.1:9/"
    assert only(text.replace("{}", 'region = "eu-centrl-1"')).rows[1] == ("near", '"eu-central-1"')
    assert only(text.replace("{}", 'region = ""')).code == "JN1005"
    assert only(text.replace("{}", "")).title == 'an org of kind "genesys-cloud" needs "region"'


def test_a_secret_in_the_file_is_refused_and_never_shown() -> None:
    for wrong in ('"hunter2"', "5", "{ secret = 1 }", '{ name = "hunter2" }', '["hunter2"]'):
        problem = only(HEAD.replace('"file:secrets/eu"', wrong))
        assert "hunter2" not in str((problem.title, problem.rows, problem.fix))


def test_secrets_are_references_of_four_kinds() -> None:
    places = {'"env:EU"': "env:EU", '"cred:eu"': "cred:eu", '{ secret = "genesys-eu" }': "name:genesys-eu"}
    for text, reference in places.items():
        assert str(parse(HEAD.replace('"file:secrets/eu"', text)).orgs[0].secret) == reference


def test_a_source_needs_a_name_that_can_be_typed() -> None:
    assert only(HEAD.replace('"hr"', '"h/r"')).title == '"h/r" cannot be the name of a source'


def test_two_of_one_name_are_told_with_both_lines() -> None:
    problem = only(HEAD + '[[source]]\nname = "hr"\nkind = "csv"\npath = "b.csv"\nkey = "n"\n')
    assert (problem.code, problem.rows) == ("JN1006", (("joiner.toml:21", ""), ("first", "joiner.toml:3")))


def test_an_attribute_mapped_twice_for_one_org_is_a_mistake() -> None:
    problem = only(HEAD + '[[map]]\nto = "userName"\nfrom = "src.mail"\n')
    assert (problem.code, problem.rows) == ("JN1012", (("joiner.toml:20", ""), ("first", "joiner.toml:17")))
    assert (
        only(HEAD + '[[map]]\nto = "title"\nfrom = "src.a"\norg = ["eu"]\n[[map]]\nto = "title"\nfrom = "src.b"\norg = ["eu"]\n').code
        == "JN1012"
    )


def test_an_expression_mistake_points_at_its_place() -> None:
    problem = only(HEAD.replace("lower(src.email)", "lowr(src.email)"))
    assert problem.rows[0] == ("joiner.toml:19", 'map "userName"')
    assert problem.rows[1] == ("text", "lowr(src.email)")
    assert problem.rows[2] == ("", "^ here")
    assert ("near", '"lower"') in problem.rows


def test_an_expression_mistake_in_a_long_text_shows_the_part_around_it() -> None:
    text = '"' + "a" * 300 + '" + (src.x'
    problem = only(HEAD.replace('"lower(src.email)"', f"'{text}'"))
    shown, pointer = problem.rows[1][1], problem.rows[2][1]
    assert len(shown) <= 100
    assert pointer.index("^") <= 100


def test_an_expression_that_ends_too_early_points_at_its_end() -> None:
    problem = only(HEAD.replace('"lower(src.email)"', '"""lower(\nsrc.email"""'))
    assert problem.rows[1] == ("text", "src.email")


def test_a_mapping_for_one_kind_of_org_only_says_how_to_restrict_it() -> None:
    two = HEAD.replace('to   = "userName"', 'to = "roles"') + HEAD[HEAD.index("[[org]]") : HEAD.index("[[map]]")].replace(
        '"eu"', '"crm"'
    ).replace("hosted", "scim")
    problem = only(two)
    assert (problem.title, problem.fix) == ('org "crm" has no attribute called "roles"', 'add  org = ["eu"]')
    assert parse(two.replace('to = "roles"', 'to = "roles"\norg = ["eu"]')).maps[0].orgs == ("eu",)


def test_a_name_far_from_all_attributes_lists_them() -> None:
    problem = only(HEAD.replace('to   = "userName"', 'to = "xyzzy"'))
    assert problem.rows[1][0] == "known"
    assert problem.fix == "use one of the known names"


def test_ownership_comes_from_the_mapping_then_the_rule_then_the_default() -> None:
    text = HEAD + (
        '[[map]]\nto = "title"\nfrom = "src.title"\n[[map]]\nto = "roles"\nfrom = "src.r"\nowner = "fill_if_empty"\n'
        '[ownership]\ndefault = "shared"\n[[ownership.rule]]\nattributes = ["title", "roles"]\nowner = "org"\nnote = "leads"\n'
    )
    assert [entry.owner for entry in parse(text).maps] == [Owner.SHARED, Owner.ORG, Owner.FILL_IF_EMPTY]


def test_ownership_rules_are_checked() -> None:
    text = HEAD + '[[ownership.rule]]\nattributes = ["titel"]\nowner = "org"\n[[ownership.rule]]\nattributes = ["title"]\n'
    text += '[[ownership.rule]]\nattributes = ["title"]\nowner = "org"\n[[ownership.rule]]\nowner = "org"\nattributes = ["title"]\n'
    assert [problem.code for problem in mistakes(text)] == ["JN1008", "JN1004", "JN1006"]


def test_an_attribute_that_only_one_kind_of_org_has_may_be_named_in_ownership() -> None:
    two = HEAD + HEAD[HEAD.index("[[org]]") : HEAD.index("[[map]]")].replace('"eu"', '"crm"').replace("hosted", "scim")
    assert parse(two + '[[ownership.rule]]\nattributes = ["roles"]\nowner = "org"\n').orgs[1].name == "crm"


def test_a_default_implies_what_null_means() -> None:
    entry = parse(HEAD + 'default = "x@northlight.example"\n').maps[0]
    assert (entry.on_null, entry.default) == (OnNull.DEFAULT, "x@northlight.example")
    assert parse(HEAD).maps[0].on_null is OnNull.SKIP


LOOKUP = '[lookup.divisions]\nfile = "divisions.csv"\nresolve = "division"\n'


def test_look_up_tables_are_read_and_remembered_with_their_text() -> None:
    lookup = parse(HEAD + LOOKUP).lookups["divisions"]
    assert (lookup.file, lookup.text, lookup.resolve) == ("divisions.csv", DIVISIONS, "division")
    assert lookup.table.find("support") is not None


def test_a_look_up_file_that_cannot_be_read_is_a_mistake_at_its_line() -> None:
    problem = only(HEAD + LOOKUP, {"x": ""})
    assert (problem.code, problem.rows) == ("JN1009", (("joiner.toml:21", ""), ("found", "No such file or directory")))
    assert only(HEAD + LOOKUP, {"divisions.csv": OSError()}).rows[1] == ("found", "OSError")
    assert only(HEAD + LOOKUP, {"divisions.csv": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")}).code == "JN1009"


def test_every_wrong_line_of_a_look_up_file_is_told() -> None:
    problems = mistakes(HEAD + LOOKUP, {"divisions.csv": "a;b\n;x\nc;d\nc;e\n"})
    assert [problem.rows[0] for problem in problems] == [("where", "divisions.csv:2"), ("where", "divisions.csv:4")]


def test_a_look_up_without_a_file_is_one_mistake() -> None:
    assert only(HEAD + '[lookup.divisions]\nresolve = "division"\n').code == "JN1004"


def test_a_lookup_table_of_the_wrong_shape_is_told_once_beside_its_use() -> None:
    codes = [problem.code for problem in mistakes("lookup = 1\n" + HEAD.replace("lower(src.email)", "lookup('d', src.x)"))]
    assert codes == ["JN1003", "JN1007"]


def test_orgs_and_sources_of_the_wrong_shape_do_not_hide_other_mistakes() -> None:
    codes = [problem.code for problem in mistakes('version = 1\nsource = 1\norg = [1]\n[[map]]\nto = "title"\nfrom = "("\norg = ["eu"]\n')]
    assert codes == ["JN1003", "JN1003", "JN1101", "JN1007"]


def test_an_org_without_kind_is_one_mistake() -> None:
    assert only(HEAD.replace('kind      = "hosted"\n', "")).code == "JN1004"


def test_a_nameless_org_is_one_mistake() -> None:
    assert only(HEAD.replace('name      = "eu"\n', "")).code == "JN1004"


def test_maps_without_to_or_from_are_told() -> None:
    assert [problem.code for problem in mistakes(HEAD + "[[map]]\n")] == ["JN1004", "JN1004"]


def test_a_plain_service_provider_may_take_a_bearer_token_or_have_its_tokens_elsewhere() -> None:
    plain = HEAD.replace('kind      = "hosted"', 'kind = "scim"')
    tokens = plain.replace('client_id = "id"', 'client_id = "id"\ntoken_url = "https://login.northlight.example/token"')
    assert (parse(plain.replace('client_id = "id"', "")).orgs[0].client_id, parse(plain).orgs[0].token_url) == ("", "")
    assert parse(tokens).orgs[0].token_url == "https://login.northlight.example/token"
    alone = only(tokens.replace('client_id = "id"', ""))
    assert (alone.code, alone.title) == ("JN1003", '"token_url" has no use without "client_id"')
