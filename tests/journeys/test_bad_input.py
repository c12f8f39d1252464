"""Bad input through the real command: one clear error in the form of UX §2.3, the exit code of DESIGN §8, and no write."""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from command_house import PEOPLE, CommandHouse, Ended, good_row, served_org, serving

from joiner.error_codes import ERROR_CODES

Served = tuple[str, Path, str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One org for all tests of this file, already in step with the good people file."""
    folder = tmp_path_factory.mktemp("served")
    with served_org(folder) as found:
        house = CommandHouse(folder, *found)
        house.prepare()
        assert house.run("apply", house.plan_id()).code == 0
        yield found


@pytest.fixture
def house(served: Served, tmp_path: Path) -> CommandHouse:
    made = CommandHouse(tmp_path, *served)
    made.prepare()
    return made


def _assert_one_error(ended: Ended, code: str, exit_code: int) -> None:
    """error[CODE]: title, rows of label and text, one fix, where to read more; nothing else and no traceback."""
    text = ended.err if "error[" in ended.err else ended.out
    assert ended.errors == [code], (ended.code, ended.out, ended.err)
    assert ended.code == exit_code
    assert "Traceback" not in ended.out + ended.err
    block = text[text.index("error[") :].split("\n\n")[0].splitlines()
    assert all(re.match(r"   \S", line) for line in block[1:]), block
    assert any(line.startswith("   fix") for line in block), block
    assert re.fullmatch(rf"   more +joiner explain {code}", block[-1]), block
    assert code in ERROR_CODES


def _assert_refused(house: CommandHouse, code: str, exit_code: int) -> str:
    """Plan, apply unattended: both tell the same one error, and the org saw no write. Answers what was told."""
    before = house.audit_rows()
    for words in (("plan",), ("apply",)):
        ended = house.run(*words)
        _assert_one_error(ended, code, exit_code)
    assert house.audit_rows() == before
    return ended.err


def _shift(text: str) -> str:
    """Every value one column to the right of where it belongs, the last one in front: the count of fields stays."""
    lines = text.splitlines()
    moved = [",".join([line.split(",")[0], line.split(",")[-1], *line.split(",")[1:-1]]) for line in lines[1:-1]]
    return "\n".join([lines[0], *moved, lines[-1]]) + "\n"


# ---------------------------------------------------------------- the people file


def test_good_file_plans_and_applies(house: CommandHouse) -> None:
    assert house.run("plan").code == 0
    assert house.run("apply").errors == []


def test_missing_column(house: CommandHouse) -> None:
    house.write(house.text.replace(",department,", ",dept,"))
    told = _assert_refused(house, "JN1202", 78)
    assert "department" in told


def test_missing_key_column(house: CommandHouse) -> None:
    house.write(house.text.replace("no,", "number,", 1))
    _assert_refused(house, "JN1202", 78)


def test_columns_shifted_by_a_delimiter_that_is_not_quoted(house: CommandHouse) -> None:
    house.people(good_row(1, name="Person, One"))
    told = _assert_refused(house, "JN1205", 78)
    assert "2" in told, "the line is named"


def test_values_moved_by_one_column_look_shifted_and_not_like_many_movers(house: CommandHouse) -> None:
    house.write(_shift(house.text))
    told = _assert_refused(house, "JN1210", 78)
    assert 'email = "' in told


def test_same_column_twice(house: CommandHouse) -> None:
    lines = house.text.splitlines()
    house.write("\n".join([f"{lines[0]},name", *(f"{line},x" for line in lines[1:-1]), lines[-1], ""]))
    _assert_refused(house, "JN1204", 78)


def test_file_cut_in_the_middle_of_a_row(house: CommandHouse) -> None:
    house.write(house.text[: house.text.index("p12@north") + 4])
    _assert_refused(house, "JN1208", 78)


def test_file_cut_inside_quotes(house: CommandHouse) -> None:
    house.people(good_row(1, name='"Person'))
    _assert_refused(house, "JN1208", 78)


def test_trailer_that_counts_more_rows_than_the_file_has(house: CommandHouse) -> None:
    house.people(trailer=PEOPLE + 3)
    _assert_refused(house, "JN1206", 78)


def test_count_beside_the_file_that_does_not_fit(house: CommandHouse) -> None:
    house.people(trailer=None, count=PEOPLE - 2)
    (house.folder / "people.csv.count").write_text(f"{PEOPLE}\n")
    _assert_refused(house, "JN1206", 78)


def test_digest_beside_the_file_that_does_not_fit(house: CommandHouse) -> None:
    (house.folder / "people.csv.sha256").write_text(sha256(b"another file").hexdigest() + "  people.csv\n")
    _assert_refused(house, "JN1206", 78)


def test_file_without_proof_cut_at_a_row_removes_nobody(house: CommandHouse) -> None:
    house.run("apply", house.plan_id())
    house.people(trailer=None, count=PEOPLE - 5)
    before = house.audit_rows()
    for words in (("plan",), ("apply",)):
        assert house.run(*words).code == 3
    assert house.audit_rows() == before


def test_file_that_is_no_text_and_file_that_is_not_there(house: CommandHouse) -> None:
    (house.folder / "people.csv").write_bytes(house.text.encode().replace(b"Person 3", b"Pers\xf8n 3"))
    _assert_refused(house, "JN1207", 78)
    (house.folder / "people.csv").unlink()
    _assert_refused(house, "JN1201", 78)
    (house.folder / "people.csv").mkdir()
    _assert_refused(house, "JN1201", 78)


def test_empty_file(house: CommandHouse) -> None:
    house.write("")
    ended = house.run("plan")
    assert (ended.code, len(ended.errors)) == (78, 1)


# ---------------------------------------------------------------- one value of one person


def _assert_waits(house: CommandHouse, code: str, *said: str) -> None:
    """Typed or unattended: that person waits (exit code 3), is told once and in full, and nothing is written."""
    before = house.audit_rows()
    plan = house.run("plan")
    _assert_one_error(Ended(plan.code, plan.out, ""), code, 3)
    assert all(word in plan.out for word in said), plan.out
    assert house.run("apply").code == 3
    assert house.run("apply", house.plan_id()).code == 3
    assert house.audit_rows() == before


def test_unknown_division_names_the_person_the_value_and_the_nearest_division(house: CommandHouse) -> None:
    (house.folder / "divisions.csv").write_text("department;division\nCare;Support\nDesk;Sales\nHelp;Suport\n")
    house.people(good_row(1, department="Help"))
    _assert_waits(house, "JN2104", "Person 1", '"Suport"', '"Support"')


def test_department_that_the_table_does_not_know_names_the_table(house: CommandHouse) -> None:
    house.people(good_row(1, department="Cara"))
    _assert_waits(house, "JN1105", "Person 1", "divisions.csv", '"Care"')


def test_impossible_address(house: CommandHouse) -> None:
    house.people(good_row(1, email="p1 at northlight.example"))
    _assert_waits(house, "JN2108", "Person 1", "p1 at northlight.example", "hr row 2")


# ---------------------------------------------------------------- the org


def test_unreachable_org(house: CommandHouse) -> None:
    with serving(house.folder / "nobody.db") as gone:
        pass
    house.prepare(url=f"{gone}/north")
    ended = _assert_refused(house, "JN2003", 1)
    assert gone.removeprefix("http://") in ended


def test_wrong_secret_is_refused_and_shown_nowhere(house: CommandHouse) -> None:
    (house.folder / "secret").write_text("not-the-secret")
    told = _assert_refused(house, "JN2001", 4)
    assert "not-the-secret" not in told


def test_client_that_nobody_knows(house: CommandHouse) -> None:
    house.prepare(client_id="00000000-0000-4000-8000-000000000000")
    _assert_refused(house, "JN2001", 4)


def test_missing_secret(house: CommandHouse) -> None:
    (house.folder / "secret").unlink()
    _assert_refused(house, "JN1014", 78)


# ---------------------------------------------------------------- our own disk


def test_database_path_that_is_a_directory(house: CommandHouse) -> None:
    (house.folder / "joiner.engine.db").mkdir()
    _assert_refused(house, "JN4003", 1)


def test_database_path_below_a_file(house: CommandHouse) -> None:
    (house.folder / "plain").write_text("no folder")
    house.prepare(database="sqlite:///plain/joiner.db")
    _assert_refused(house, "JN4003", 1)


def test_database_that_is_no_database(house: CommandHouse) -> None:
    (house.folder / "joiner.engine.db").write_text("something else entirely, and long enough to be taken for a header " * 20)
    _assert_refused(house, "JN4006", 1)


def test_disk_that_takes_no_more_stops_before_anything_is_sent(house: CommandHouse) -> None:
    """A limit on the size of files stands for the full disk: root does not get around it, and it needs no mount."""
    before = house.audit_rows()
    for size in (0, 100_000):
        ended = house.start("apply", preexec_fn=_files_at_most(size))
        assert ended.code == 1, (size, ended.out, ended.err)
        assert len(ended.errors) == 1
        assert ended.errors[0] in ("JN4001", "JN4003", "JN4004"), ended.err
        assert "Traceback" not in ended.err
    assert house.audit_rows() == before


def _files_at_most(size: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
