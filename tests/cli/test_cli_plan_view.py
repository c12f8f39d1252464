"""The plan as a person reads it, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from plan_pictures import LARS, MAJA, PLAN, TOMASZ, key

from joiner.cli.plan_export import CSV_COLUMNS, plan_csv, plan_document, safe_cell
from joiner.cli.plan_view import PlanStyle, format_plan, format_seconds
from joiner.cli.plan_words import format_value
from joiner.sync.plan import Kind, PersonLine

PICTURE = """\
Read hr               980 rows
Read hr-contractors   189 rows                    ! 38 fewer than at the last read   ! not proven complete
Read Northlight EU    1,204 people   58 groups

Northlight EU   plan 8f31c2aa
  ! warning  The rules changed since the last apply.

  − Maja Lindqvist   maja.lindqvist@northlight.example                      leaver
      state      Active → Inactive               contract ended 21 Nov · hr row 118
      groups     − Billing-L2, − Evening
  ~ Tomasz Zięba   tomasz.zieba@northlight.example                          mover
      division   Sales → Support                 department (hr row 12) · divisions.csv:9
      roles      + Quality Evaluator             joiner.toml:100
      title      Boss → Agent                    changed in the org, taken back · hr row 12
      # 10 unchanged
  + 王小明   wen@northlight.example                                         returner
      state      Inactive → Active               listed again · hr row 9
      # 2 unchanged
  = Priya Raman   priya.raman@northlight.example                            kept
      skills     Spanish 4 stays                 changed in the org
      title      Lead stays (source: Agent)
  + =Ifeoma Okafor   ifeoma.okafor@northlight.example                       joiner
      2 attributes                               new in hr · row 5
  ~ group Billing                                                           group
      + 1        join                            hr:4
      − 1        leave                           hr:1
      why        rule groups
  ‖ group Evening                                                           held
      − 12       leave (waits)                   hr:0, hr:1, hr:2, hr:3, hr:4 and 7 more
  ‖ 41 people vanished from their source. Held: nothing of this is sent.
      38 hr-contractors   3 ad

error[JN2104]: no division called "Suport"
   person   Lars Nygård · lars@northlight.example
   title    org A · source B   changed on both sides · both changed
   value    department = "Suport"
   near     "Support"
   effect   this person waits; the others go ahead
   more     joiner explain JN2104

Joiners 1   Returners 1   Movers 1   Leavers 1 (+1 held)   Groups 1 (+1 held)   Kept 1   Linked 1   In step 1   Only in the org 1   Held 1
5 changes to send, at most 140 requests, about 60 s. Saved as 8f31c2aa.

  apply   joiner apply 8f31c2aa
  held    joiner held show 8f31c2aa
  one     joiner explain maja.lindqvist@northlight.example"""


def test_the_plan_reads_as_it_is_drawn_here() -> None:
    assert format_plan(PLAN, PlanStyle()) == PICTURE


def test_colour_adds_marks_and_changes_no_word() -> None:
    import re

    coloured = format_plan(PLAN, PlanStyle(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == PICTURE.split()


def test_a_summary_shows_no_person_but_everything_that_waits() -> None:
    text = format_plan(PLAN, PlanStyle(summary=True))
    assert "Tomasz" not in text
    assert "41 people vanished" in text
    assert "Joiners 1" in text


def test_full_shows_people_in_step_and_attributes_that_agree() -> None:
    text = format_plan(PLAN, PlanStyle(full=True))
    for word in ("Cy", "Svc", "found by e-mail", "Support (agreed)", "phoneNumbers[work]", "hr:11"):
        assert word in text


def test_a_name_cannot_move_the_cursor() -> None:
    text = format_plan(PLAN, PlanStyle(full=True))
    assert "\x1b" not in text
    assert "Ada\\u001b[2J" in text


def test_only_leavers_shows_nobody_else() -> None:
    text = format_plan(PLAN, PlanStyle(only="leavers"))
    assert "Maja" in text
    assert "Tomasz" not in text
    assert "group Billing" not in text


def test_only_held_shows_each_held_person() -> None:
    text = format_plan(PLAN, PlanStyle(only="held"))
    assert "Lars" in text
    assert "Ada\\u001b" in text
    assert "Maja Lindqvist   " not in text


def test_many_people_of_one_kind_are_counted_not_listed() -> None:
    many = tuple(replace(MAJA, person=key(str(n))) for n in range(100))
    text = format_plan(replace(PLAN, lines=many), PlanStyle())
    assert text.count("Maja Lindqvist   ") == 60
    assert "… 40 more: leaver (--full shows them)" in text


def test_many_people_held_for_one_cause_are_one_block() -> None:
    many = tuple(replace(LARS, person=key(str(n)), name=f"Person {n}") for n in range(7))
    text = format_plan(replace(PLAN, lines=many), PlanStyle())
    assert text.count('error[JN2104]: no division called "Suport"\n   count    7, same cause\n') == 1
    assert "Person 0 · Person 1 · Person 2 · Person 3 · Person 4 · and 2 more" in text
    assert text.count('near     "Support"') == 1
    apart = format_plan(replace(PLAN, lines=many), PlanStyle(full=True))
    assert apart.count('error[JN2104]: no division called "Suport"\n   person   Person') == 7


def test_an_empty_plan_says_so_and_proposes_nothing() -> None:
    empty = replace(PLAN, lines=(), groups=(), tripped=(), warnings=(), inputs=())
    assert format_plan(empty, PlanStyle()).splitlines()[-1] == "Nothing to send. Saved as 8f31c2aa."


def test_durations_are_told_in_one_or_two_units() -> None:
    assert [format_seconds(seconds) for seconds in (0, 40, 180, 7800)] == ["about 1 s", "about 40 s", "about 3 min", "about 2 h 10 min"]


def test_values_are_written_for_people() -> None:
    values = [None, (), "", True, 3, ("a", "b")]
    assert [format_value(value) for value in values] == ["(none)", "(none)", "(none)", "yes", "3", "a, b"]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_one_row_per_edit_and_no_formula() -> None:
    rows = rows_of(plan_csv(PLAN))
    assert tuple(rows[0]) == CSV_COLUMNS
    ifeoma = [row for row in rows if row["person"] == "hr:4"]
    assert [row["attribute"] for row in ifeoma] == ["userName", "phoneNumbers[work]"]
    assert ifeoma[1]["name"] == "'=Ifeoma Okafor"
    assert ifeoma[1]["after"] == "'+4733378901"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_csv_keeps_people_in_step_out_and_held_people_in() -> None:
    rows = rows_of(plan_csv(PLAN))
    assert {row["person"] for row in rows if row["held"]} == {"hr:5", "hr:6", ""}
    assert "hr:9" not in {row["person"] for row in rows}
    assert [row["who"] for row in rows_of(plan_csv(PLAN, "groups"))] == ["group", "group"]


def test_cells_are_guarded_only_where_a_spreadsheet_would_calculate() -> None:
    assert [safe_cell(text) for text in ("=1", "@x", "\t=1", "＝1", "a=1", "")] == ["'=1", "'@x", "'\t=1", "'＝1", "a=1", ""]


def test_json_names_everybody_once_and_counts_what_would_be_sent() -> None:
    document = json.loads(json.dumps(plan_document(PLAN)))
    assert (document["format_version"], document["id"], document["hash"]) == ("1.0", "8f31c2aa", PLAN.hash)
    assert len(document["people"]) == len(PLAN.lines)
    assert document["counts"]["changes"] == 5
    assert document["counts"]["held"] == 3
    tomasz = next(person for person in document["people"] if person["person"] == "hr:2")
    assert tomasz["edits"][0]["after"] == {"kind": "division", "name": "Support", "id": ""}
    assert tomasz["sends"] is True
    priya = next(person for person in document["people"] if person["person"] == "hr:3")
    assert priya["edits"][0]["before"] == [{"kind": "skill", "name": "Spanish", "id": "", "proficiency": 4.0}]
    assert document["tripped"][0]["causes"][0] == {"name": "hr-contractors", "count": 38}


def test_json_of_one_kind_has_only_that_kind() -> None:
    document = plan_document(PLAN, "movers")
    assert [person["user_name"] for person in document["people"]] == [TOMASZ.user_name]
    assert document["groups"] == []


def test_a_held_line_of_any_kind_counts_as_held_and_not_as_sent() -> None:
    held = replace(TOMASZ, hold=LARS.hold)
    document = plan_document(replace(PLAN, lines=(held, PersonLine(Kind.IN_STEP, key("9"), "u", "n", "u")), groups=()))
    assert document["counts"]["changes"] == 0
    assert document["people"][0]["sends"] is False


def test_on_a_narrow_terminal_reasons_move_below_what_they_explain() -> None:
    text = format_plan(PLAN, PlanStyle(columns=60))
    assert "  ~ Tomasz Zięba   tomasz.zieba@northlight.example  mover\n" in text
    assert "      division   Sales → Support\n                 department (hr row 12) · divisions.csv:9\n" in text


def test_long_labels_push_the_values_of_their_person_only() -> None:
    phone = replace(TOMASZ.edits[2], attribute="phoneNumbers[work]", why="row")
    text = format_plan(replace(PLAN, lines=(replace(TOMASZ, edits=(TOMASZ.edits[0], phone)), MAJA)), PlanStyle())
    assert "      division            Sales → Support        department" in text
    assert "      phoneNumbers[work]  Boss → Agent           changed in the org" in text
    assert "      state      Active" in text


def test_a_summary_tells_in_one_line_who_waits_for_a_correction() -> None:
    text = format_plan(PLAN, PlanStyle(summary=True))
    assert '  ‖ 1 person waits: no division called "Suport" [JN2104]\n' in text
    assert "error[" not in text


def test_only_what_is_not_there_says_so_and_nothing_leaves_a_gap() -> None:
    text = format_plan(replace(PLAN, lines=(TOMASZ,)), PlanStyle(only="leavers"))
    assert "\n  no leavers\n" in text
    assert "\n\n\n" not in text


def test_held_people_stand_below_the_guard_that_holds_them_and_before_the_errors() -> None:
    text = format_plan(PLAN, PlanStyle(only="held"))
    assert text.index("41 people vanished") < text.index("ada@northlight.example") < text.index("error[JN2104]")
