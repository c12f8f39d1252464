"""Guides say what the org and the connection really are; examples are equal in every form and hold no secret."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from joiner.dialects.connection import KINDS, parse_settings
from joiner.dialects.examples import curl_lines, examples_for, postman_collection
from joiner.dialects.guide import GUIDES, Facts, format_guide, guide_page, write_guide

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
FACTS = Facts("porto", "https://joiner.example/porto", "strict", "okta-porto", "c-1", KINDS["okta"], True, False)


@pytest.mark.parametrize("kind", sorted(GUIDES))
def test_a_guide_names_url_credential_user_name_switches_and_groups(kind: str) -> None:
    text = format_guide(write_guide(kind, replace(FACTS, connection=KINDS[kind])))
    for told in (
        "https://joiner.example/porto/scim/v2",
        "/oauth/token",
        "e-mail",
        "joiner client token okta-porto",
        "Create the groups in the org first",
    ):
        assert told in text
    assert "may_sync_password=on" in text


@pytest.mark.parametrize("kind", sorted(GUIDES))
def test_the_page_in_the_documentation_is_the_one_that_the_code_writes(kind: str) -> None:
    assert (DOCS / f"connect-{kind}.md").read_text("utf-8") == guide_page(kind), "run  make docs-reference"


def test_a_switch_that_is_off_is_told_where_the_toggle_is() -> None:
    connection = parse_settings("okta", {"may_create": "off", "may_sync_password": "on", "may_change_groups": "off"})
    text = format_guide(write_guide("okta", replace(FACTS, connection=connection, user_name_is_email=False)))
    assert "Create Users: off (this connection refuses it)." in text
    assert "Sync Password: on." in text
    assert "may_sync_password=on" not in text
    assert "may_change_groups=on" in text
    assert "or Okta username" in text


@pytest.mark.parametrize(("standard", "creates_groups"), [(True, True), (True, False), (False, False)])
def test_postman_and_curl_hold_the_same_requests(standard: bool, creates_groups: bool) -> None:
    examples = examples_for(standard, creates_groups)
    collection = postman_collection("porto", FACTS.scim_url, examples)
    items = [item for folder in collection["item"] for item in folder["item"]]
    assert collection["info"]["schema"].endswith("v2.1.0/collection.json")
    assert [item["name"] for item in items] == [example.name for example in examples], "run from top to bottom in both"
    script = curl_lines(FACTS.scim_url, examples)
    for item in items:
        assert f"-X {item['request']['method']} " in script
        assert item["request"]["url"]["raw"].startswith("{{base_url}}/")
        if "body" in item["request"]:
            json.loads(item["request"]["body"]["raw"])
    assert script.count("curl -sS") == len(examples)
    assert not re.search("jn[st]_", script + json.dumps(collection))


def test_ids_that_answers_give_are_kept_for_the_requests_behind_them() -> None:
    script = curl_lines(FACTS.scim_url, examples_for(standard=True, creates_groups=True))
    assert "USER_ID=$(curl" in script
    assert '"value": "\'"$USER_ID"\'"' in script
    assert "{{" not in script


def test_a_strict_org_is_asked_nothing_that_it_does_not_have() -> None:
    script = curl_lines(FACTS.scim_url, examples_for(standard=False, creates_groups=False))
    assert "/Bulk" not in script
    assert ".search" not in script
    assert "-X POST" in script
    assert '-X DELETE -H "Authorization: Bearer $TOKEN" "$SCIM/Groups' not in script
    assert '["Resources"][0]["id"]' in script
