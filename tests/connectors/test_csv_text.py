"""People files: what is read, what is refused with which words, and what proves that a file is whole."""

from __future__ import annotations

import codecs
from hashlib import sha256

import pytest

from joiner.connectors.csv_text import MISTAKES_SHOWN, CsvLayout, CsvTable, parse_csv, prove
from joiner.errors import Problem, SourceMistake
from joiner.sync.record import Proof, ProofKind, SourceRecord

PLAIN = "employee_no,first,mail\n1001,Åse,aase@northlight.example\n1002,佐藤,sato@northlight.example\n"
LAYOUT = CsvLayout("people.csv", "employee_no")


def read(text: str | bytes, **layout: object) -> CsvTable:
    content = text.encode() if isinstance(text, str) else text
    return parse_csv(content, CsvLayout(**{"origin": "people.csv", "key": "employee_no", **layout}))  # type: ignore[arg-type]


def mistakes(text: str | bytes, **layout: object) -> tuple[Problem, ...]:
    with pytest.raises(SourceMistake) as caught:
        read(text, **layout)
    return caught.value.problems


def facts(problem: Problem) -> dict[str, str]:
    return dict(problem.rows)


# ---------------------------------------------------------------- reading


def test_records_carry_key_fields_and_the_line_they_start_on() -> None:
    table = read(PLAIN)
    assert table.columns == ("employee_no", "first", "mail")
    assert table.records == (
        SourceRecord("1001", {"employee_no": "1001", "first": "Åse", "mail": "aase@northlight.example"}, 2),
        SourceRecord("1002", {"employee_no": "1002", "first": "佐藤", "mail": "sato@northlight.example"}, 3),
    )


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.removesuffix("\n").encode(),
    ],
    ids=[
        "utf-8",
        "bom",
        "utf-16",
        "utf-16-be",
        "utf-16-le, no bom",
        "utf-16-be, no bom",
        "crlf",
        "cr",
        "semicolon",
        "tab",
        "no last newline",
    ],
)
def test_every_usual_way_to_save_a_file_reads_the_same(content: bytes) -> None:
    found, plain = read(content), read(PLAIN)
    assert (found.columns, found.records, found.trailer) == (plain.columns, plain.records, plain.trailer)


def test_a_named_encoding_is_used_as_named() -> None:
    assert read("employee_no;name\n7;Jürgen\n".encode("cp1252"), encoding="cp1252").records[0].fields["name"] == "Jürgen"


def test_a_byte_order_mark_is_no_part_of_the_first_column_also_when_the_encoding_is_named() -> None:
    assert read(codecs.BOM_UTF8 + PLAIN.encode(), encoding="UTF-8").columns[0] == "employee_no"


def test_quoted_newlines_quotes_and_delimiters_stay_in_their_value() -> None:
    table = read('employee_no,note\n1,"first line\nsecond, ""quoted"""\n2,plain\n')
    assert [(record.row, record.fields["note"]) for record in table.records] == [(2, 'first line\nsecond, "quoted"'), (4, "plain")]


def test_blank_lines_and_lines_of_empty_fields_are_no_people() -> None:
    table = read("\nemployee_no,mail\n\n1,a@northlight.example\n,\n\n2,b@northlight.example\n")
    assert [(record.key, record.row) for record in table.records] == [("1", 4), ("2", 7)]


def test_keys_and_column_names_lose_surrounding_blanks_and_values_keep_theirs() -> None:
    table = read(" employee_no , first\n 7 , Ola \n")
    assert table.columns == ("employee_no", "first")
    assert table.records[0] == SourceRecord("7", {"employee_no": " 7 ", "first": " Ola "}, 2)


def test_columns_without_a_name_are_not_offered_to_rules() -> None:
    assert read("employee_no,mail,,\n1,a@northlight.example,,\n").columns == ("employee_no", "mail")


def test_a_duplicate_key_is_left_to_the_plan() -> None:
    assert [record.key for record in read("employee_no\n1\n1\n").records] == ["1", "1"]


def test_the_delimiter_is_the_one_that_yields_the_key_column() -> None:
    assert read("employee_no;name, as written, in full\n1;x\n").columns == ("employee_no", "name, as written, in full")


def test_a_given_delimiter_is_not_guessed_over() -> None:
    assert read("employee_no\tmail\n1\ta;b,c\n", delimiter="\t").records[0].fields["mail"] == "a;b,c"


# ---------------------------------------------------------------- shape


def test_an_empty_file_has_no_header() -> None:
    for content in ("", "\n\n", "\ufeff"):
        assert mistakes(content)[0].code == "JN1209"


def test_a_missing_key_column_names_the_nearest_one() -> None:
    (problem,) = mistakes("Employee-No,mail\n1,x\n")
    assert problem.code == "JN1202"
    assert facts(problem)["near"] == '"Employee-No"'
    assert facts(problem)["file"] == "people.csv:1"
    assert facts(problem)["effect"] == "nothing of this file is used and nothing is sent"


def test_all_missing_columns_are_told_at_once() -> None:
    problems = mistakes("employee_no,mail\n1,x\n", required_columns=frozenset({"mail", "title", "department"}))
    assert [problem.title for problem in problems] == ['people.csv has no column "department"', 'people.csv has no column "title"']


def test_a_single_column_raises_doubt_about_the_delimiter() -> None:
    (problem,) = mistakes("employee_no|mail\n1|x\n")
    assert "is the delimiter right?" in facts(problem)["note"]


def test_a_column_name_that_appears_twice_is_refused() -> None:
    (problem,) = mistakes("employee_no,mail,mail\n1,x,y\n", required_columns=frozenset({"mail", "title"}))
    assert (problem.code, problem.title) == ("JN1204", 'people.csv has two columns called "mail"')


@pytest.mark.parametrize(("row", "count"), [("2,x,y", 3), ("2", 1)])
def test_a_row_with_another_number_of_fields_shifts_columns(row: str, count: int) -> None:
    (problem,) = mistakes(f"employee_no,mail\n1,x\n{row}\n3,z\n")
    assert problem.code == "JN1205"
    assert facts(problem)["file"] == "people.csv:3"
    assert problem.title == f"line 3 of people.csv has {count} fields instead of 2: its columns are shifted"


def test_a_shifted_file_tells_a_few_lines_and_how_many_more() -> None:
    problems = mistakes("employee_no,mail\n" + "1,x,y\n" * 40)
    assert len(problems) == MISTAKES_SHOWN + 1
    assert problems[-1].title == f"{40 - MISTAKES_SHOWN} more lines of people.csv have the wrong number of fields"


def test_a_last_line_without_its_end_is_a_cut_file() -> None:
    (problem,) = mistakes("employee_no,first,mail\n1,a,x\n2,b")
    assert (problem.code, problem.title) == ("JN1208", "the last line of people.csv is cut")


def test_a_quote_that_is_never_closed_is_told_with_the_line_where_its_record_starts() -> None:
    (problem,) = mistakes('employee_no,mail\n1,x\n2,"open\n3,y\n4,z\n')
    assert (problem.code, facts(problem)["file"]) == ("JN1208", "people.csv:3")


def test_a_quote_that_swallows_the_file_up_to_the_field_limit_is_told_as_unclosed() -> None:
    (problem,) = mistakes('employee_no,mail\n1,"' + "x" * 140_000 + "\n")
    assert problem.code == "JN1208"


def test_text_after_a_closing_quote_is_no_csv() -> None:
    (problem,) = mistakes('employee_no,mail\n1,"5" pipe"\n')
    assert (problem.code, facts(problem)["file"]) == ("JN1209", "people.csv:2")


@pytest.mark.parametrize(
    ("content", "line", "byte"),
    [(b"employee_no\n1\nJ\xfcrgen\n", 3, "0xFC"), (b"employee_no\n1\n2\x00\n", 3, "0x00")],
)
def test_bytes_that_are_no_text_are_told_with_line_and_byte(content: bytes, line: int, byte: str) -> None:
    (problem,) = mistakes(content)
    assert problem.code == "JN1207"
    assert facts(problem)["file"] == f"people.csv:{line}"
    assert byte in facts(problem)["found"]


@pytest.mark.parametrize("encoding", ["utf8000", "base64"])
def test_an_encoding_that_is_none_is_told(encoding: str) -> None:
    (problem,) = mistakes("employee_no\n", encoding=encoding)
    assert (problem.code, problem.title) == ("JN1207", f'there is no text encoding called "{encoding}"')


# ---------------------------------------------------------------- proof


def proof_of(text: str, **beside: str) -> Proof:
    return prove(read(text), sha256(text.encode()).hexdigest(), LAYOUT, **beside)


def refused_proof(text: str, **beside: str) -> Problem:
    with pytest.raises(SourceMistake) as caught:
        proof_of(text, **beside)
    return caught.value.problems[0]


def test_a_file_without_any_proof_is_not_known_to_be_whole() -> None:
    assert proof_of(PLAIN) == Proof(False, ProofKind.NONE, "no trailer line, no .count and no .sha256 beside the file")


@pytest.mark.parametrize("trailer", ["#rows=2", "# rows: 2", "#ROWS = 2", "# rows: 2,,", "#rows=2\n\n"])
def test_a_trailer_that_fits_proves_the_file(trailer: str) -> None:
    assert proof_of(PLAIN + trailer) == Proof(True, ProofKind.TRAILER, "last line says 2 rows")


def test_a_count_or_digest_beside_the_file_proves_it() -> None:
    assert proof_of(PLAIN, count_text=" 2\n").kind is ProofKind.COUNT
    digest = sha256(PLAIN.encode()).hexdigest()
    assert proof_of(PLAIN, digest_text=f"{digest.upper()}  people.csv\n") == Proof(True, ProofKind.DIGEST, "people.csv.sha256 fits")


@pytest.mark.parametrize(("trailer", "word"), [("#rows=3", "shorter"), ("#rows=1", "longer")])
def test_a_file_that_differs_from_its_trailer_is_refused(trailer: str, word: str) -> None:
    problem = refused_proof(PLAIN + trailer)
    assert (problem.code, problem.title) == ("JN1206", f"people.csv is {word} than its count says")


def test_every_proof_that_is_there_must_fit() -> None:
    assert refused_proof(PLAIN + "#rows=2\n", count_text="3").code == "JN1206"
    assert refused_proof(PLAIN + "#rows=2\n", digest_text="00" * 32).title == "people.csv is not the file its digest was made of"
    assert refused_proof(PLAIN, digest_text=" ").code == "JN1206"


@pytest.mark.parametrize("count", ["", "many", "-2", "٢", "9999999999"])
def test_a_count_that_is_no_number_proves_nothing_and_is_refused(count: str) -> None:
    assert refused_proof(PLAIN, count_text=count).title == "people.csv.count is not a number"


def test_people_after_the_trailer_are_a_glued_file() -> None:
    (problem,) = mistakes(PLAIN + "#rows=2\n" + "1003,Ida,ida@northlight.example\n")
    assert (problem.code, problem.title) == ("JN1206", "people.csv goes on after its trailer")


def test_a_line_that_only_looks_like_a_trailer_is_a_row() -> None:
    assert mistakes(PLAIN + "# rows: many\n")[0].code == "JN1205"
    assert read("employee_no,mail\n#rows=7,x@northlight.example\n").trailer is None


@pytest.mark.parametrize("last", ["acti", "", "l"])
def test_a_file_that_ends_in_the_middle_of_a_known_word_is_cut(last: str) -> None:
    rows = "employee_no,status\n1,active\n2,active\n3,left\n4,active\n"
    problem = refused_proof(f"{rows}5,{last}")
    assert (problem.code, problem.title) == ("JN1208", "the last line of people.csv is cut")
    assert facts(problem)["file"] == "people.csv:6"
    assert proof_of(f"{rows}5,{last}\n").kind is ProofKind.NONE
    assert proof_of(f"{rows}5,{last}", count_text="5").complete


@pytest.mark.parametrize(
    "text",
    [
        "employee_no,status\n1,active\n2,active\n3,active\n4,active",
        "employee_no,status\n1,active\n2,active\n3,active\n4,leave",
        "employee_no,name\n1,Anna\n2,Berit\n3,Cato\n4,Dag\n5,Ann",
        "employee_no,status\n1,active\n2,acti",
    ],
    ids=["a whole word", "another word", "a column of many values", "too few rows to tell"],
)
def test_a_last_line_without_line_end_is_allowed_where_nothing_looks_cut(text: str) -> None:
    assert proof_of(text).kind is ProofKind.NONE


def test_people_without_a_key_are_told_with_their_rows() -> None:
    (problem,) = mistakes("employee_no,mail\n1,a@northlight.example\n  ,b@northlight.example\n")
    assert (problem.code, problem.title) == ("JN1203", 'rows without "employee_no" in people.csv: 1')
    assert facts(problem)["rows"] == "3"
    (problem,) = mistakes("employee_no,mail\n" + ",x@northlight.example\n" * 8)
    assert facts(problem)["rows"] == "2, 3, 4, 5, 6 and 3 more"
