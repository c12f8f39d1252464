"""``joiner init``: from a people file to a plan, without writing a line by hand."""

from __future__ import annotations

from pathlib import Path

from served_house import joiner, make_workspace, orgs_url, served


def test_written_file_leads_to_a_plan(tmp_path: Path) -> None:
    database = ("--database", orgs_url(tmp_path))
    assert joiner(tmp_path, "org", "add", "northlight", *database).code == 0
    client = joiner(tmp_path, "client", "create", "hr", "--org", "northlight", "-o", "json", *database).json
    with served(tmp_path) as address:
        make_workspace(tmp_path, address, client)
        made = (tmp_path / "joiner.toml").read_text()
        client_id = made.split('client_id = "')[1].split('"')[0]
        url = made.split('url = "')[1].split('"')[0]
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "eu").write_text((tmp_path / "secret").read_text())
        (tmp_path / "joiner.toml").unlink()
        said = joiner(tmp_path, "init", str(tmp_path / "people.csv"), "--url", url, "--client-id", client_id)
        assert (said.code, said.out.strip()) == (0, f"{tmp_path / 'joiner.toml'} is written.")
        assert "joiner check" in said.err
        mapped = (tmp_path / "joiner.toml").read_text()
        assert "# Columns that no rule reads yet" not in mapped
        assert joiner(tmp_path, "check").code == 0
        planned = joiner(tmp_path, "plan")
        assert planned.code == 0
        assert "Maja Lindqvist" in planned.out
        assert joiner(tmp_path, "apply").code == 3, "plan-only until somebody says otherwise"


def test_existing_file_is_kept_and_unusual_columns_are_asked_for(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("badge,address\n1,a@northlight.example\n")
    said = joiner(tmp_path, "init", str(people))
    assert (said.code, "error[JN6408]" in said.err, "badge, address" in said.err) == (64, True, True)
    assert joiner(tmp_path, "init", str(people), "--key", "badge", "--email", "address", "--kind", "genesys-cloud").code == 0
    text = (tmp_path / "joiner.toml").read_text()
    assert 'region    = "eu-central-1"' in text
    assert joiner(tmp_path, "init", str(people)).code == 64
    assert (tmp_path / "joiner.toml").read_text() == text


def test_file_that_is_missing_or_empty_is_told(tmp_path: Path) -> None:
    assert joiner(tmp_path, "init", str(tmp_path / "none.csv")).code == 78
    (tmp_path / "empty.csv").write_text("")
    assert joiner(tmp_path, "init", str(tmp_path / "empty.csv")).code == 78
