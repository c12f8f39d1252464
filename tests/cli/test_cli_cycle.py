"""The daily loop through the real door: a real server, real files, every command as a person types it."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from served_house import PEOPLE, joiner, make_workspace, orgs_url, served


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with joiner.toml for a served org that knows two divisions."""
    database = ("--database", orgs_url(tmp_path))
    assert joiner(tmp_path, "org", "add", "northlight", *database).code == 0
    assert joiner(tmp_path, "org", "define", "northlight", "--division", "Support", "--division", "Sales", *database).code == 0
    client = joiner(tmp_path, "client", "create", "hr", "--org", "northlight", "-o", "json", *database).json
    with served(tmp_path) as address:
        make_workspace(tmp_path, address, client)
        yield tmp_path


def apply_first(place: Path) -> str:
    plan = joiner(place, "plan", "-o", "json", "-q").json
    assert joiner(place, "apply", plan["id"]).code == 0
    return str(plan["id"])


def test_plan_apply_and_plan_again_end_in_an_empty_plan(place: Path) -> None:
    first = joiner(place, "plan", "--detailed-exitcode")
    assert first.code == 2
    assert "+ Maja Lindqvist   maja@northlight.example" in first.out
    unattended = joiner(place, "apply")
    assert unattended.code == 3
    assert "Nothing was sent: first run of this pipe." in unattended.out
    plan = joiner(place, "plan", "-o", "json").json
    applied = joiner(place, "apply", plan["id"])
    assert (applied.code, "3 of 3 sent changes done" in applied.out) == (0, True)
    again = joiner(place, "plan", "--detailed-exitcode")
    assert again.code == 0
    assert "Nothing to send." in again.out
    assert joiner(place, "apply").code == 0


def test_a_plan_saved_to_a_file_is_applied_exactly_or_refused_as_stale(place: Path) -> None:
    ticket = place / "plan.json"
    assert joiner(place, "plan", "eu", "--out", str(ticket)).code == 0
    assert ticket.stat().st_mode & 0o777 == 0o600
    (place / "people.csv").write_text(PEOPLE.replace("Tomasz,", "Tomek,"), "utf-8")
    stale = joiner(place, "apply", str(ticket))
    assert (stale.code, "the plan is stale" in stale.err) == (1, True)
    (place / "people.csv").write_text(PEOPLE, "utf-8")
    assert joiner(place, "apply", str(ticket), "-o", "json").json["done"] == 3


def test_a_dry_run_shows_and_sends_nothing(place: Path) -> None:
    plan = joiner(place, "plan", "-o", "json").json
    assert joiner(place, "apply", "-n").code == 0
    assert joiner(place, "apply", plan["id"], "--dry-run", "-o", "json").json["id"] == plan["id"]
    assert joiner(place, "plan", "-o", "json").json["counts"]["join"] == 3


def test_a_misspelt_department_holds_one_person_and_explains_itself(place: Path) -> None:
    (place / "people.csv").write_text(
        PEOPLE.replace("Priya,Raman,priya@northlight.example,Support", "Priya,Raman,priya@northlight.example,Suport"), "utf-8"
    )
    said = joiner(place, "plan")
    assert said.code == 3
    assert '"Support" (line 2)' in said.out
    plan = joiner(place, "plan", "-o", "json").json
    report = joiner(place, "apply", plan["id"], "-o", "json")
    assert (report.code, report.json["done"], report.json["held"]) == (3, 2, 1)
    listed = joiner(place, "held", "list")
    assert (listed.code, "JN1105" in listed.out) == (3, True)
    shown = joiner(place, "held", "show", "eu")
    assert (shown.code, "Priya Raman" in shown.out) == (3, True)
    refused = joiner(place, "held", "approve", "eu")
    assert (refused.code, "nothing that can be approved" in refused.err) == (64, True)
    assert joiner(place, "held", "approve", "eu", "--cause", "JN1105").code == 64
    assert joiner(place, "held", "approve", "eu", "--cause", "x").code == 64
    assert "Priya" in joiner(place, "held", "show", "eu", "-o", "csv").out
    assert joiner(place, "held", "show", "eu", "-o", "json").json["counts"]["held"] == 1


def test_held_leavers_are_sent_after_approval_only(place: Path) -> None:
    apply_first(place)
    left = PEOPLE.replace(",active", ",left")
    (place / "people.csv").write_text(left, "utf-8")
    plan = joiner(place, "plan", "-o", "json")
    assert (plan.code, plan.json["counts"]["held"]) == (3, 3)
    ident = plan.json["id"]
    assert joiner(place, "apply", ident, "-o", "json").json["done"] == 0
    wrong = joiner(place, "held", "approve", ident, "--except", "nobody@northlight.example")
    assert (wrong.code, "is not held" in wrong.err) == (64, True)
    approved = joiner(place, "held", "approve", ident, "--except", "priya@northlight.example", "--reason", "HR-4410")
    assert (approved.code, "leavers (2)" in approved.out, "HR-4410" in approved.out) == (0, True, True)
    report = joiner(place, "apply", ident, "-o", "json").json
    assert (report["done"], report["held"]) == (2, 1)
    assert joiner(place, "held", "reject", "eu", "--reason", "she stays").code == 0
    assert "rejected" in joiner(place, "held", "list").out


def test_explain_says_where_a_value_comes_from(place: Path) -> None:
    apply_first(place)
    said = joiner(place, "explain", "maja@northlight.example")
    assert said.code == 0
    for words in ('lookup("divisions", src.department)', "department = Support", "line 2", "people.csv row 2", "person.created"):
        assert words in said.out
    one = joiner(place, "explain", "hr:1", "division", "-o", "json").json
    assert [value["attribute"] for value in one["values"]] == ["division"]
    assert one["values"][0]["lookups"][0]["line"] == 2
    rows = list(csv.DictReader(io.StringIO(joiner(place, "explain", "1", "-o", "csv").out)))
    assert {row["attribute"] for row in rows} == {"userName", "displayName", "division"}
    assert joiner(place, "explain", "nobody@northlight.example").code == 1


def test_explain_tells_what_a_value_was_before_and_when_it_changed(place: Path) -> None:
    apply_first(place)
    (place / "people.csv").write_text(PEOPLE.replace("Tomasz,", "Tomek,"), "utf-8")
    plan = joiner(place, "plan", "-o", "json").json["id"]
    assert joiner(place, "apply", plan).code == 0
    said = joiner(place, "explain", "hr:2", "displayName").out
    assert "changed   Tomasz Zięba → Tomek Zięba   20" in said
    assert "person.changed (name)   20" in said


def test_explain_state_tells_why_somebody_is_active_without_any_attribute(place: Path) -> None:
    apply_first(place)
    said = joiner(place, "explain", "maja@northlight.example", "state")
    assert (said.code, "active, linked in eu" in said.out, "rule" in said.out) == (0, True, False)


def test_what_an_apply_held_is_approved_in_the_plan_that_follows_it(place: Path) -> None:
    """A plan that has sent something is overtaken by its own work: the hint must not lead to a stale plan."""
    apply_first(place)
    (place / "people.csv").write_text(PEOPLE.replace("Tomasz,", "Tomek,").replace("3,Priya", "4,Priya"), "utf-8")
    plan = joiner(place, "plan", "-o", "json").json["id"]
    applied = joiner(place, "apply", plan)
    assert applied.code == 3
    assert "joiner plan eu   then   joiner held show eu" in applied.out
    assert "first    joiner plan eu" in joiner(place, "held", "show", "eu").err


def test_status_tells_each_pipe_from_memory(place: Path) -> None:
    assert "joiner plan eu" in joiner(place, "status").err
    apply_first(place)
    row = joiner(place, "status", "-o", "json").json["pipes"][0]
    assert (row["org"], row["people"], row["held"], row["open"]) == ("eu", 3, 0, 0)


def test_check_tries_every_call_and_changes_nothing(place: Path) -> None:
    said = joiner(place, "check")
    assert said.code == 0
    assert "3 rows, proven complete by trailer" in said.out
    assert "FAILED" not in said.out
    checks = joiner(place, "check", "-o", "json").json["checks"]
    assert checks[0]["passed"] is True
    assert checks[0]["notes"] == []
    (place / "secret").chmod(0o644)
    assert "can be read by others (mode 0644)" in joiner(place, "check").out
    assert joiner(place, "plan", "-o", "json").json["counts"]["join"] == 3


def test_a_wrong_secret_is_exit_code_4_everywhere(place: Path) -> None:
    (place / "secret").write_text("wrong", "utf-8")
    for words in (("plan",), ("apply",), ("check",), ("explain", "1")):
        said = joiner(place, *words)
        assert (said.code, "wrong\n" in said.err) == (4, False)


def test_a_missing_column_is_exit_code_78_and_nothing_is_sent(place: Path) -> None:
    (place / "people.csv").write_text(PEOPLE.replace("department", "dept"), "utf-8")
    for words in (("plan",), ("apply",), ("check",)):
        said = joiner(place, *words)
        assert (said.code, "JN1202" in said.err + said.out) == (78, True)


def test_a_pipe_that_another_run_holds_is_exit_code_7(place: Path) -> None:
    from joiner.store.engine_store import open_engine_store
    from joiner.system import SystemClock

    assert joiner(place, "plan").code == 0
    store = open_engine_store(str(place / "joiner.engine.db"))
    asyncio.run(store.take_lease("eu", "another machine", SystemClock().now(), 60.0))
    store.close()
    said = joiner(place, "apply")
    assert (said.code, "another run holds this pipe" in said.err) == (7, True)
    assert joiner(place, "plan").code == 0


def test_two_pipes_answer_in_one_document(place: Path) -> None:
    text = (place / "joiner.toml").read_text("utf-8")
    second = text[text.index("[[org]]") : text.index("[[map]]")].replace('"eu"', '"uk"')
    (place / "joiner.toml").write_text(text + second, "utf-8")
    assert [plan["pipe"] for plan in joiner(place, "plan", "-o", "json").json["plans"]] == ["eu", "uk"]
    assert joiner(place, "plan", "-o", "csv").out.count("user_name,attribute") == 1
    assert [report["plan"]["pipe"] for report in joiner(place, "apply", "-o", "json").json["reports"]] == ["eu", "uk"]
    assert len(joiner(place, "explain", "1", "-o", "json").json["explanations"]) == 2
    assert joiner(place, "apply", "uk", "-o", "csv").out.startswith("plan,org,who")
    joiner(place, "plan", "--out", str(place / "p.json"))
    assert (place / "p-eu.json").exists()
    assert (place / "p-uk.json").exists()


def test_the_audit_chains_of_engine_and_orgs_are_verified(place: Path) -> None:
    apply_first(place)
    assert joiner(place, "audit", "verify", "-o", "json").json["chains"][0]["verdict"] == "whole"
    orgs = joiner(place, "audit", "verify", "--database", orgs_url(place), "-o", "json").json["chains"]
    assert [chain["chain"] for chain in orgs] == ["northlight"]
    assert int(orgs[0]["rows"]) > 3
