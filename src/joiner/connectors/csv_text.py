"""CSV as bytes into records, without touching a disk: decoding, delimiter, shape, trailer, proof.

What can be wrong with the *shape* of a file raises SourceMistake and nothing of the file is used: a shifted column would
write the wrong value to everybody. What can be wrong with *one person* (two rows with one key) is left to the plan.

=======  ====================================================================
JN1202   the key column or a column that a rule reads is missing
JN1203   a row has nothing in its key column
JN1204   a column name appears twice
JN1205   a row has more or fewer fields than the header: columns are shifted
JN1206   the count or digest that came with the file says something else
JN1207   bytes that are not text in the file's encoding
JN1208   a quote that is never closed, or a last line that is cut
JN1209   no header, or text after a closing quote: not a CSV file as RFC 4180 has it
=======  ====================================================================
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from joiner.connectors.nearest import nearest
from joiner.errors import Problem, SourceMistake
from joiner.sync.record import Proof, ProofKind, SourceRecord

DELIMITERS = (",", ";", "\t")
MISTAKES_SHOWN = 5
"""How many wrong rows are told one by one; a shifted file has thousands of them, all with the same cause."""
CUT_ROWS_MIN = 4
"""In a smaller file a new value is as likely as a cut one."""
FIELD_CHARS_MAX = 131_072
"""The limit of Python's csv module; a longer field is nearly always a quote that was never closed."""

EFFECT = "nothing of this file is used and nothing is sent"
TRAILER = re.compile(r"#\s*rows\s*[=:]\s*([0-9]{1,9})\s*", re.IGNORECASE)
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """What is known about a file beforehand. ``origin`` is what a person calls it; None means "find out"."""

    origin: str
    key: str
    delimiter: str | None = None
    encoding: str | None = None
    required_columns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CsvTable:
    """``trailer`` is the number that the last line gives (``#rows=189``), None without such a line.

    ``ends_whole`` is False when the last line has no line end, which is allowed (RFC 4180 §2) and also what a cut leaves.
    """

    columns: tuple[str, ...]
    records: tuple[SourceRecord, ...]
    trailer: int | None = None
    ends_whole: bool = True


def parse_csv(content: bytes, layout: CsvLayout) -> CsvTable:
    """All records of a file. Keys are stripped of blanks, values are left as written. Raises SourceMistake."""
    text = decode(content, layout)
    delimiter = layout.delimiter or sniff_delimiter(text, layout.key)
    rows = _read_rows(text, delimiter, layout)
    header = next(rows, None)
    if header is None:
        raise SourceMistake(_problem("JN1209", f"{layout.origin} has no header line", layout, 1, (), "export the file again"))
    columns = tuple(name.strip() for name in header[1])
    _check_columns(columns, layout, delimiter)
    return _read_records(rows, columns, layout, ends_whole=text.endswith(("\n", "\r")))


def read_header(content: bytes, layout: CsvLayout) -> tuple[str, ...]:
    """The column names alone. Raises SourceMistake when there are none or one stands twice."""
    text = decode(content, layout)
    header = next(_read_rows(text, layout.delimiter or sniff_delimiter(text, layout.key), layout), None)
    columns = tuple(name.strip() for name in header[1]) if header is not None else ()
    if not any(columns):
        raise SourceMistake(_problem("JN1209", f"{layout.origin} has no header line", layout, 1, (), "export the file again"))
    return columns


def decode(content: bytes, layout: CsvLayout) -> str:
    """The bytes as text: as the layout says, else by byte order mark, else UTF-16 when every other byte is NUL, else UTF-8."""
    encoding = layout.encoding or _detect_encoding(content)
    if encoding.lower() in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as mistake:
        raise SourceMistake(_undecodable(content, mistake.start, encoding, layout)) from None
    except LookupError:
        fix = "write utf-8, utf-16, cp1252 or another name that Python knows, or leave it out"
        title = f'there is no text encoding called "{encoding}"'
        raise SourceMistake(_problem("JN1207", title, layout, 0, (), fix)) from None
    if "\x00" in text:
        raise SourceMistake(_undecodable(content, max(content.find(b"\x00"), 0), encoding, layout))
    return text


def sniff_delimiter(text: str, key: str) -> str:
    """The delimiter under which the first line holds the key column; else the one that makes more columns; else a comma."""
    first_line = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    headers = {delimiter: next(csv.reader([first_line], delimiter=delimiter), []) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: (key in [name.strip() for name in headers[delimiter]], len(headers[delimiter])))


def prove(table: CsvTable, digest: str, layout: CsvLayout, *, count_text: str | None = None, digest_text: str | None = None) -> Proof:
    """Whether the file is known to be whole. Every proof that is there must agree, else SourceMistake JN1206.

    ``digest`` is the SHA-256 of the bytes in hex; ``count_text`` and ``digest_text`` are the contents of the files beside it.
    """
    proof = Proof(False, ProofKind.NONE, "no trailer line, no .count and no .sha256 beside the file")
    rows = len(table.records)
    if table.trailer is not None:
        _check_count(rows, table.trailer, "its last line", layout)
        proof = Proof(True, ProofKind.TRAILER, f"last line says {table.trailer} rows")
    if count_text is not None:
        _check_count(rows, _parse_count(count_text, layout), f"{layout.origin}.count", layout)
        proof = Proof(True, ProofKind.COUNT, f"{layout.origin}.count says {rows} rows")
    if digest_text is not None:
        _check_digest(digest, digest_text, layout)
        proof = Proof(True, ProofKind.DIGEST, f"{layout.origin}.sha256 fits")
    if not proof.complete:
        _check_last_value(table, layout)
    return proof


def _check_last_value(table: CsvTable, layout: CsvLayout) -> None:
    """Refuse a file that ends in the middle of a known word: ``…,acti`` where everybody else is ``active`` or ``left``.

    Only where the last line is not ended, nothing proves the file, and the last column holds few different values, each
    several times: there the beginning of one of them (or nothing at all) is a cut, and would be written as somebody's value.
    """
    if table.ends_whole or len(table.records) < CUT_ROWS_MIN:
        return
    last = table.records[-1]
    column = list(last.fields)[-1]
    value, counts = last.fields[column], Counter(record.fields[column] for record in table.records[:-1])
    if value in counts or len(counts) * 2 > len(table.records):
        return
    whole = next((known for known in counts if known.startswith(value)), None)
    if whole is not None:
        found = (("found", f'{column} "{value}", and no line end after it'), ("near", f'"{whole}"'))
        fix = "copy or export the file again; if it is whole, end its last line"
        raise SourceMistake(_problem("JN1208", f"the last line of {layout.origin} is cut", layout, last.row, found, fix))


def _detect_encoding(content: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    if len(content) >= 4 and content[1] == 0 and content[3] == 0:
        return "utf-16-le"
    if len(content) >= 4 and content[0] == 0 and content[2] == 0:
        return "utf-16-be"
    return "utf-8-sig"


def _read_rows(text: str, delimiter: str, layout: CsvLayout) -> Iterator[tuple[int, list[str]]]:
    """(line where the record starts, fields) of every line that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as mistake:
        raise SourceMistake(_broken_quote(str(mistake), line, reader.line_num, layout)) from None


def _read_records(rows: Iterable[tuple[int, list[str]]], columns: tuple[str, ...], layout: CsvLayout, *, ends_whole: bool) -> CsvTable:
    width, key_at = len(columns), columns.index(layout.key)
    records: list[SourceRecord] = []
    odd: list[tuple[int, list[str]]] = []
    keyless: list[int] = []
    trailer: int | None = None
    trailer_line = last_line = 0
    for line, row in rows:
        last_line = line
        if row[0].startswith("#") and (count := _parse_trailer(row)) is not None:
            trailer, trailer_line = count, line
        elif len(row) == width:
            if not row[key_at].strip():
                keyless.append(line)
            records.append(SourceRecord(row[key_at].strip(), dict(zip(columns, row, strict=False)), line))
        else:
            odd.append((line, row))
    if odd:
        raise SourceMistake(*_odd_rows(odd, columns, layout, cut_line=0 if ends_whole else last_line))
    if keyless:
        raise SourceMistake(_keyless_rows(keyless, layout))
    if trailer is not None and trailer_line != last_line:
        found = (("found", f"records after the trailer in line {trailer_line}"),)
        raise SourceMistake(
            _problem(
                "JN1206",
                f"{layout.origin} goes on after its trailer",
                layout,
                trailer_line,
                found,
                "two files glued together? export again",
            )
        )
    return CsvTable(tuple(name for name in columns if name), tuple(records), trailer, ends_whole)


def _parse_trailer(row: list[str]) -> int | None:
    """``#rows=189`` or ``# rows: 189``, also when a spreadsheet padded the line with empty fields."""
    match = TRAILER.fullmatch(row[0])
    return int(match[1]) if match and not any(row[1:]) else None


def _check_columns(columns: tuple[str, ...], layout: CsvLayout, delimiter: str) -> None:
    problems = [
        _problem(
            "JN1204",
            f'{layout.origin} has two columns called "{name}"',
            layout,
            1,
            (("found", f"{count} times"),),
            "rename or remove one of them",
        )
        for name, count in Counter(name for name in columns if name).items()
        if count > 1
    ]
    wanted = (layout.key, *sorted(layout.required_columns - {layout.key}))
    # A column renamed into another one is missing as well: the duplicate is the cause, and told alone.
    problems = problems or [_missing_column(name, columns, layout, delimiter) for name in wanted if name not in columns]
    if problems:
        raise SourceMistake(*problems)


def _missing_column(name: str, columns: tuple[str, ...], layout: CsvLayout, delimiter: str) -> Problem:
    found = [("found", ", ".join(columns)), *nearest(name, columns)]
    if len(columns) == 1:
        found.append(("note", f'the header has a single column when split at "{delimiter}": is the delimiter right?'))
    role = "key column" if name == layout.key else "column"
    fix = "correct the export, or the name in joiner.toml"
    return _problem("JN1202", f'{layout.origin} has no {role} "{name}"', layout, 1, tuple(found), fix)


def _odd_rows(odd: list[tuple[int, list[str]]], columns: tuple[str, ...], layout: CsvLayout, *, cut_line: int) -> list[Problem]:
    problems = []
    for line, row in odd[:MISTAKES_SHOWN]:
        counts = (("found", f"{len(row)} fields, beginning with {row[0]!r}"), ("expected", f"{len(columns)} fields, as in the header"))
        if line == cut_line and len(row) < len(columns):
            problems.append(
                _problem("JN1208", f"the last line of {layout.origin} is cut", layout, line, counts, "copy or export the file again")
            )
        else:
            fix = "put quotes around values that hold the delimiter or a line break"
            title = f"line {line} of {layout.origin} has {len(row)} fields instead of {len(columns)}: its columns are shifted"
            problems.append(_problem("JN1205", title, layout, line, counts, fix))
    if len(odd) > MISTAKES_SHOWN:
        title = f"{len(odd) - MISTAKES_SHOWN} more lines of {layout.origin} have the wrong number of fields"
        problems.append(_problem("JN1205", title, layout, odd[MISTAKES_SHOWN][0], (), ""))
    return problems


def _keyless_rows(lines: list[int], layout: CsvLayout) -> Problem:
    """Without a key nobody can tell one person from the next who has none: an account would pass from one to the other."""
    shown = ", ".join(map(str, lines[:MISTAKES_SHOWN]))
    rest = f" and {len(lines) - MISTAKES_SHOWN} more" if len(lines) > MISTAKES_SHOWN else ""
    title = f'rows without "{layout.key}" in {layout.origin}: {len(lines)}'
    fix = "give everybody a key, or leave them out until they have one"
    return _problem("JN1203", title, layout, lines[0], (("rows", shown + rest),), fix)


def _broken_quote(words: str, line: int, last_line: int, layout: CsvLayout) -> Problem:
    if "unexpected end" in words or "field larger" in words:
        found = (("found", f"a field that begins in the record of line {line} goes on to line {last_line}"),)
        fix = f"look for a quote in line {line} that is not closed; if it is the last line, the file is cut: copy it again"
        return _problem("JN1208", f"a quote in {layout.origin} is never closed", layout, line, found, fix)
    fix = 'double the quotes inside a quoted value: "5"" pipe"'
    return _problem("JN1209", f"text after a closing quote in {layout.origin}", layout, line, (("found", words),), fix)


def _undecodable(content: bytes, at: int, encoding: str, layout: CsvLayout) -> Problem:
    line = content.count(b"\n", 0, at) + 1
    found = (("found", f"byte 0x{content[at]:02X} at offset {at}"), ("expected", encoding.removesuffix("-sig").upper()))
    fix = 'save the file as UTF-8, or name its encoding: encoding = "cp1252" is what older Windows programs write'
    return _problem("JN1207", f"{layout.origin} is not readable as {encoding.removesuffix('-sig').upper()}", layout, line, found, fix)


def _parse_count(text: str, layout: CsvLayout) -> int:
    words = text.strip()
    if not (words.isascii() and words.isdigit() and len(words) <= 9):
        found = (("found", repr(words[:40])), ("expected", "one number, for instance 189"))
        raise SourceMistake(
            _problem(
                "JN1206", f"{layout.origin}.count is not a number", layout, 0, found, "write the number of people into it, or remove it"
            )
        )
    return int(words)


def _check_count(rows: int, expected: int, where: str, layout: CsvLayout) -> None:
    if rows == expected:
        return
    word = "shorter" if rows < expected else "longer"
    found = (("found", f"{rows} people"), ("expected", f"{expected}, as {where} says"))
    raise SourceMistake(
        _problem("JN1206", f"{layout.origin} is {word} than its count says", layout, 0, found, "copy or export the file again")
    )


def _check_digest(digest: str, text: str, layout: CsvLayout) -> None:
    expected = text.split(maxsplit=1)[0].lower() if text.strip() else ""
    if expected == digest:
        return
    found = (("found", f"SHA-256 {digest[:16]}…"), ("expected", f"{expected[:16] or 'nothing'}…, as {layout.origin}.sha256 says"))
    raise SourceMistake(
        _problem("JN1206", f"{layout.origin} is not the file its digest was made of", layout, 0, found, "copy or export the file again")
    )


def _problem(code: str, title: str, layout: CsvLayout, line: int, rows: tuple[tuple[str, str], ...], fix: str) -> Problem:
    place = f"{layout.origin}:{line}" if line else layout.origin
    return Problem(code, title, (("file", place), *rows, ("effect", EFFECT)), fix)
