"""Calling commands rightly and wrongly: exit codes, streams, and no traceback whatever happens."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import pytest
from served_house import CONFIG, PEOPLE, joiner, orgs_url

from joiner.assembly import Assembly, parse_database
from joiner.cli.builders import Where
from joiner.cli.commands import COMMANDS
from joiner.cli.run import build_app, run_command
from joiner.cli.serve import parse_listen
from joiner.errors import ConfigMistake, JoinerError, Problem, Usage
from joiner.system import read_secret


def test_help_comes_from_the_table_alone(tmp_path: Path) -> None:
    for words in ((), ("--help",), ("-h",), ("help",)):
        said = joiner(tmp_path, *words)
        assert said.code == 0
        assert all(command.help in said.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.path))
def test_every_command_is_there_and_has_a_help_page(command: Any) -> None:
    found, _, ignored = build_app().parse_args([*command.path, "--help"], exit_on_error=False, print_error=False)
    assert "door" not in ignored
    assert callable(found)


def test_an_unknown_command_names_the_nearest(tmp_path: Path) -> None:
    said = joiner(tmp_path, "plann")
    assert (said.code, said.out) == (64, "")
    assert 'error[JN6401]: there is no command "plann"' in said.err
    assert "joiner plan" in said.err
    assert joiner(tmp_path, "held", "lst").code == 64
    assert joiner(tmp_path, "zzzz").code == 64


def test_wrong_flags_are_usage_errors(tmp_path: Path) -> None:
    for words in (
        ("plan", "--foo"),
        ("plan", "a", "b"),
        ("plan", "-o", "xml"),
        ("held", "show"),
        ("held", "reject", "x"),
        ("client", "create", "x"),
    ):
        said = joiner(tmp_path, *words)
        assert (said.code, "error[JN6401]" in said.err, said.out) == (64, True, "")


def test_version_is_one_line(tmp_path: Path) -> None:
    assert len(joiner(tmp_path, "version").out.splitlines()) == 1
    assert joiner(tmp_path, "--version").out == joiner(tmp_path, "version").out
    assert set(joiner(tmp_path, "version", "-o", "json").json) == {"format_version", "version"}


def test_an_error_code_explains_itself(tmp_path: Path) -> None:
    said = joiner(tmp_path, "explain", "jn2104")
    assert (said.code, "means" in said.out) == (0, True)
    assert joiner(tmp_path, "explain", "JN2104", "-o", "json").json["code"] == "JN2104"
    unknown = joiner(tmp_path, "explain", "JN2199")
    assert (unknown.code, "near" in unknown.err) == (64, True)


def test_without_joiner_toml_commands_say_what_to_do(tmp_path: Path) -> None:
    for words in (("plan",), ("apply",), ("status",), ("check",), ("explain", "x")):
        said = joiner(tmp_path, *words)
        assert (said.code, "error[JN1015]" in said.err, said.out) == (78, True, "")


def write_config(folder: Path, **changes: str) -> None:
    text = CONFIG.format(url="http://127.0.0.1:9/northlight", client_id="id")
    for was, becomes in changes.items():
        text = text.replace(was, becomes)
    (folder / "joiner.toml").write_text(text, "utf-8")
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    (folder / "divisions.csv").write_text("department;division\nSupport;Support\nSales;Sales\n", "utf-8")


def test_all_mistakes_of_the_file_are_told_at_once(tmp_path: Path) -> None:
    write_config(tmp_path, mode="mod", leaver="leavr")
    said = joiner(tmp_path, "plan")
    assert (said.code, said.err.count("error[JN1002]")) == (78, 2)


def test_a_pipe_that_does_not_exist_names_the_nearest(tmp_path: Path) -> None:
    write_config(tmp_path)
    said = joiner(tmp_path, "plan", "euu")
    assert (said.code, '"eu"' in said.err) == (64, True)
    assert "known" in joiner(tmp_path, "plan", "zzz").err
    (tmp_path / "joiner.toml").write_text("version = 1\n", "utf-8")
    assert "no [[org]]" in joiner(tmp_path, "plan").err


def test_a_missing_secret_is_told_without_a_request(tmp_path: Path) -> None:
    write_config(tmp_path)
    said = joiner(tmp_path, "plan")
    assert (said.code, "error[JN1014]" in said.err) == (78, True)


def test_a_plan_that_is_not_stored_is_told(tmp_path: Path) -> None:
    write_config(tmp_path)
    (tmp_path / "no.json").write_text("{}", "utf-8")
    (tmp_path / "bad.json").write_bytes(b"\xff")
    for word, code in (
        ("0123abcd", 1),
        (str(tmp_path / "no.json"), 64),
        (str(tmp_path / "bad.json"), 64),
        (str(tmp_path / "none.json"), 64),
    ):
        assert joiner(tmp_path, "apply", word).code == code
    assert joiner(tmp_path, "held", "show", "eu").code == 1


def test_an_unwritable_database_is_one_clear_error(tmp_path: Path) -> None:
    write_config(tmp_path)
    (tmp_path / "secret").write_text("x", "utf-8")
    for words in (("status",), ("plan",), ("apply",)):
        said = joiner(tmp_path, *words, "--database", "sqlite:////proc/none/j.db")
        assert (said.code, "error[JN4003]" in said.err) == (1, True)


def test_hosted_orgs_and_clients_are_set_up_beside_each_other(tmp_path: Path) -> None:
    base = {"JOINER_DATABASE_URL": orgs_url(tmp_path), "JOINER_BASE_URL": "https://joiner.northlight.example/"}

    def at(*words: str) -> Any:
        return joiner(tmp_path, *words, "-o", "json", environment=base)

    assert (
        at("org", "add", "northlight", "--profile", "strict", "--label", "Northlight EU").json["base_url"]
        == "https://joiner.northlight.example/northlight"
    )
    made = at("client", "create", "okta", "--org", "northlight").json
    assert made["base_url"].endswith("/northlight")
    assert set(at("client", "token", "okta", "--org", "northlight").json) == {"format_version", "access_token", "expires_at"}
    assert at("client", "token", made["client_id"], "--org", "northlight", "--days", "1").code == 0
    assert at("client", "list", "--org", "northlight").json["clients"][0]["name"] == "okta"
    assert made["client_secret"] not in at("client", "list", "--org", "northlight").out
    assert [org["profile"] for org in at("org", "list").json["orgs"]] == ["strict"]
    assert "northlight,Northlight EU,strict" in joiner(tmp_path, "org", "list", "-o", "csv", environment=base).out
    assert at("org", "define", "northlight", "--skill", "Spanish", "--language", "Norsk").json["skills"] == 1
    assert at("org", "define", "northlight").code == 64
    assert at("client", "list", "--org", "nrthlight").code == 1
    assert at("org", "add", "api").code == 64
    assert at("audit", "verify").json["chains"][0]["verdict"] == "whole"


def test_a_secret_can_go_into_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    base, secret = {"JOINER_DATABASE_URL": orgs_url(tmp_path)}, tmp_path / "secret"
    joiner(tmp_path, "org", "add", "northlight", environment=base)
    words = ("client", "create", "hr", "--org", "northlight", "--secret-file", str(secret), "-o", "json")
    assert set(joiner(tmp_path, *words, environment=base).json) == {"format_version", "client_id", "base_url"}
    assert (secret.stat().st_mode & 0o777, secret.read_text("utf-8")[:4]) == (0o600, "jns_")
    again = joiner(tmp_path, *words, environment=base)
    assert (again.code, "error[JN6405]" in again.err) == (64, True)
    unused = tmp_path / "unused"
    assert joiner(tmp_path, "client", "create", "x", "--org", "none", "--secret-file", str(unused), environment=base).code == 1
    assert not unused.exists()


def test_looking_at_the_audit_log_creates_no_database(tmp_path: Path) -> None:
    said = joiner(tmp_path, "audit", "verify", environment={"JOINER_DATABASE_URL": orgs_url(tmp_path)})
    assert (said.code, list(tmp_path.iterdir())) == (0, [])


def test_the_schema_is_printed_as_json(tmp_path: Path) -> None:
    assert joiner(tmp_path, "config", "schema").json["title"] == "joiner.toml"


@pytest.mark.parametrize(("text", "place"), [("127.0.0.1:8470", ("127.0.0.1", 8470)), (":0", ("127.0.0.1", 0)), ("[::1]:80", ("::1", 80))])
def test_listen_addresses_are_read(text: str, place: tuple[str, int]) -> None:
    assert parse_listen(text) == place


@pytest.mark.parametrize("text", ["8470", "host:", "host:x", "host:70000", "host:²"])
def test_wrong_listen_addresses_are_usage_errors(text: str) -> None:
    with pytest.raises(Usage):
        parse_listen(text)


def test_an_address_in_use_is_one_clear_error(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = joiner(tmp_path, "serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--database", orgs_url(tmp_path))
    assert (said.code, "error[JN6406]" in said.err) == (1, True)


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h/db", "joiner.db", "sqlite:///", "sqlite:///:memory:"])
def test_wrong_database_addresses_are_told_without_their_password(url: str) -> None:
    with pytest.raises(ConfigMistake) as caught:
        parse_database(url, Path())
    assert "hunter2" not in str(caught.value.problems)


def test_the_engine_keeps_its_own_file_beside_the_orgs() -> None:
    databases = parse_database("sqlite:////var/lib/joiner.db", Path("x"))
    assert (str(databases.orgs), str(databases.engine)) == ("/var/lib/joiner.db", "/var/lib/joiner.engine.db")
    assert str(parse_database("sqlite:///data/j", Path("x")).engine) == "x/data/j.engine.db"
    hosted = parse_database("postgresql://joiner@db.northlight.example/orgs", Path("x"))
    assert (hosted.orgs_url, str(hosted.engine)) == ("postgresql://joiner@db.northlight.example/orgs", "x/joiner.engine.db")


def test_secrets_are_found_where_their_reference_says(tmp_path: Path) -> None:
    from joiner.config.model import SecretPlace, SecretReference

    def read(place: SecretPlace, environment: dict[str, str]) -> str:
        return read_secret(SecretReference(place, "eu-1"), tmp_path, environment).text

    (tmp_path / "eu-1").write_text("in a file\n", "utf-8")
    (tmp_path / "eu-1").chmod(0o600)
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read(SecretPlace.FILE, {}) == "in a file"
    assert read(SecretPlace.ENVIRONMENT, {"eu-1": "set"}) == "set"
    assert read(SecretPlace.CREDENTIAL, credentials) == "in a file"
    assert read(SecretPlace.NAME, credentials) == "in a file"
    assert read(SecretPlace.NAME, {"JOINER_SECRET_EU_1_FILE": str(tmp_path / "eu-1")}) == "in a file"
    assert read(SecretPlace.NAME, {"JOINER_SECRET_EU_1": "set"}) == "set"
    (tmp_path / "eu-1").write_bytes(b"\xff\xfe")
    for place in SecretPlace:
        with pytest.raises(ConfigMistake):
            read(place, {})
    (tmp_path / "eu-1").write_text(" \n", "utf-8")
    with pytest.raises(ConfigMistake):
        read(SecretPlace.FILE, {})
    assert "hunter2" not in repr(read_secret(SecretReference(SecretPlace.ENVIRONMENT, "x"), tmp_path, {"x": "hunter2"}))


class Failing(Assembly):
    """An assembly whose first part fails in a way that nobody foresaw."""

    error: BaseException = ValueError("secret hunter2")

    def pipe_names(self, where: object) -> Any:
        raise self.error


def failing(error: BaseException, **environment: str) -> tuple[int, str]:
    builders, err = Failing({}), io.StringIO()
    object.__setattr__(builders, "error", error)
    code = run_command(["plan"], builders, environment, io.StringIO(), err)
    return code, err.getvalue()


def test_an_unforeseen_fault_is_one_line_and_shows_no_secret() -> None:
    code, text = failing(ValueError("hunter2"))
    assert (code, "error[JN9001]: a fault of ours: ValueError" in text, "Traceback" in text, "hunter2" in text) == (1, True, False, False)
    code, text = failing(ValueError("hunter2"), JOINER_DEBUG="1")
    assert (code, "in pipe_names" in text, "hunter2" in text) == (1, True, False)


def test_an_interrupt_is_130_and_a_closed_pipe_is_no_error() -> None:
    assert failing(KeyboardInterrupt())[0] == 130
    assert failing(BrokenPipeError())[0] == 0


def test_several_failures_at_once_are_all_told_and_the_worst_decides() -> None:
    held, refused = JoinerError(Problem("JN2003", "one")), ConfigMistake(Problem("JN1002", "two"))
    code, text = failing(ExceptionGroup("x", [refused, held, ValueError("y")]))
    assert (code, text.count("error[")) == (1, 3)
    assert failing(BaseExceptionGroup("x", [KeyboardInterrupt(), refused]))[0] == 130


def test_a_word_too_many_is_named(tmp_path: Path) -> None:
    said = joiner(tmp_path, "plan", "eu", "uk")
    assert "error[JN6401]: word too many: uk\n   fix      joiner plan eu --help" in said.err


def test_a_word_or_option_that_is_missing_is_named_with_the_help_of_its_command(tmp_path: Path) -> None:
    assert "error[JN6401]: --org is missing\n   fix      joiner events list --help" in joiner(tmp_path, "events", "list", "north").err
    assert "error[JN6401]: ID is missing\n   fix      joiner scim held show --help" in joiner(tmp_path, "scim", "held", "show").err


def test_looking_for_orgs_where_there_are_none_makes_no_database_and_says_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none.db"
    said = joiner(tmp_path, "org", "list", "--database", url)
    assert (said.code, said.out) == (0, "")
    assert f"joiner org add NAME --database {url}" in said.err
    assert joiner(tmp_path, "org", "list", "--database", url, "-o", "json").json["orgs"] == []
    assert not (tmp_path / "none.db").exists()


def test_an_org_that_is_missing_is_told_with_the_database_that_was_looked_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/orgs.db"
    added = joiner(tmp_path, "org", "add", "practice", "--database", url)
    assert f"joiner client create NAME --org practice --database {url}" in added.err
    said = joiner(tmp_path, "client", "create", "x", "--org", "practise", "--database", url)
    assert (said.code, f"looked in   {url}" in said.err) == (1, True)
    assert "practice has no client yet" in joiner(tmp_path, "client", "list", "--org", "practice", "--database", url).err


def test_habits_from_other_tools_are_understood_or_corrected(tmp_path: Path) -> None:
    assert joiner(tmp_path, "help", "plan").out == joiner(tmp_path, "plan", "--help").out
    assert set(joiner(tmp_path, "version", "--json").json) == {"format_version", "version"}
    said = joiner(tmp_path, "-o", "json", "plan")
    assert (said.code, "the command comes first, -o behind it" in said.err) == (64, True)
    assert joiner(tmp_path, "simulate", "--seeds", "0").code == 64


def test_suggested_commands_name_the_database_without_user_and_password() -> None:
    said = {
        "": "",
        "sqlite:///a b@c.db": " --database 'sqlite:///a b@c.db'",
        "postgresql://joiner:hun@ter2@db.northlight.example/orgs": " --database postgresql://db.northlight.example/orgs",
        "postgresql:///orgs?password=hunter2&host=db": " --database 'postgresql:///orgs?host=db'",
    }
    assert {url: Where(database=url).said_again for url in said} == said


def test_an_address_of_another_database_is_told_by_its_scheme_alone() -> None:
    with pytest.raises(ConfigMistake) as refused:
        parse_database("postgres://user:hunter2@db.northlight.example/x", Path())
    assert refused.value.problems[0].rows == (("found", "postgres://…"),)


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_below_the_result_is_an_error_and_no_fault_of_ours(tmp_path: Path) -> None:
    err = io.StringIO()
    assert run_command(["--help"], Assembly({}), {}, FullDisk(), err) == 1
    assert "error[JN6405]: the result cannot be written: No space left on device" in err.getvalue()
