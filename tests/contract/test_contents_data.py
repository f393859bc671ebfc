"""The contents of tickets are data: rows by edition, schemas derived from them, and a mistake is one message."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.contents import derive_content_schemas, read_ticket_contents
from conformance.contract.contract import load_contract
from conformance.contract.owned import read_content_fields
from conformance.contract.subschema import annotate, schema_files, written
from conformance.files import DataError, data_folder

FOLDER = data_folder("schemas") / "tickets"
CONTENTS = read_ticket_contents()
EACH = [(edition, kind) for edition, contents in CONTENTS.items() for kind in contents]

EDITIONS = """
["a"]
where = "page {page}, {source}"
operation = "operation"
confidence = "general"

["b"]
where = "page {page}, {source}"
operation = "operation"
confidence = "general"

["c"]
where = "SDK, {source}"
operation = "operation"
confidence = "general"
"""

RECEIPT = """
type = "receipt"
en = "receipt"
zh = "收据"
page = { en = "Receipt", zh = "收据" }

[conditions]
long = { en = "a long receipt", zh = "长收据" }

["a"]
source = "table 1"

["a".fields]
total = { en = "total", zh = "合计" }
lines = { type = "array of object", en = "lines", zh = "明细" }
"lines/*/name" = { en = "name", zh = "名称" }
day = { en = "day", zh = "日期", format = "date" }

["a".aliases]
sum = "total"

["c"]
source = "receipt.py"
sources = { lines = "line.py" }
remove = ["day"]

["c".fields]
total = { values = ["1", "2"] }
"lines/*/code" = { en = "code", zh = "代码", when = "long" }
extra = { type = "boolean", en = "extra", zh = "附加", switch = ["more"] }
"""


def tickets(folder: Path, receipt: str = RECEIPT) -> Path:
    (folder / "editions.toml").write_text(EDITIONS, encoding="utf-8")
    (folder / "receipt.toml").write_text(receipt, encoding="utf-8")
    return folder


def test_committed_schemas_are_what_the_rows_give() -> None:
    derived = {
        f"{edition}/{name}": text
        for edition, schemas in derive_content_schemas().items()
        for name, text in schema_files(schemas).items()
    }
    committed = {str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8") for path in FOLDER.glob("*/*.json")}
    differing = sorted(name for name in derived.keys() | committed.keys() if derived.get(name) != committed.get(name))
    assert differing == [], "run `python -m conformance.contract.derive_schemas`, and remove what it no longer writes"


def test_every_ticket_type_has_a_content_in_every_edition() -> None:
    types = set(load_contract("auto-classification-v1.0").types)
    assert {edition: set(contents) for edition, contents in CONTENTS.items()} == dict.fromkeys(
        ("v1.0", "v2-2021", "v2-2025"), types
    )


@pytest.mark.parametrize(("edition", "rows"), [("v1.0", 230), ("v2-2021", 259), ("v2-2025", 433)])
def test_no_documented_row_is_lost(edition: str, rows: int) -> None:
    assert sum(len(content.rows) for content in CONTENTS[edition].values()) == rows


@pytest.mark.parametrize(("edition", "kind"), EACH)
def test_the_two_sides_of_a_document_name_each_other(edition: str, kind: str) -> None:
    other = CONTENTS[edition][kind].other_side
    assert other is None or CONTENTS[edition][other].other_side == kind


@pytest.mark.parametrize(("edition", "kind"), EACH)
def test_an_alias_stands_for_a_field(edition: str, kind: str) -> None:
    content = CONTENTS[edition][kind]
    assert set(content.aliases.values()) <= {row.at for row in content.rows}


@pytest.mark.parametrize(("edition", "kind"), EACH)
def test_a_row_stands_below_a_list_or_an_object(edition: str, kind: str) -> None:
    types = {row.at: row.type for row in CONTENTS[edition][kind].rows}
    for at in types:
        above = at.rpartition("/")[0]
        if above:
            assert types[above.removesuffix("/*")] == ("array of object" if above.endswith("/*") else "object"), at


def test_an_edition_states_only_what_differs(tmp_path: Path) -> None:
    contents = read_ticket_contents(tickets(tmp_path))
    assert contents["b"]["receipt"].rows == contents["a"]["receipt"].rows
    assert contents["b"]["receipt"].aliases == {"sum": "total"}
    assert [row.at for row in contents["c"]["receipt"].rows] == [
        "total", "lines", "lines/*/name", "lines/*/code", "extra",
    ]  # fmt: skip
    total = contents["c"]["receipt"].rows[0]
    assert (total.label.en, total.values) == ("total", ("1", "2"))


def test_a_row_names_the_place_that_documents_it(tmp_path: Path) -> None:
    contents = read_ticket_contents(tickets(tmp_path))
    assert {row.at: row.source for row in contents["a"]["receipt"].rows} == {
        "total": "page Receipt, table 1",
        "lines": "page Receipt, table 1",
        "lines/*/name": "page Receipt, table 1",
        "day": "page Receipt, table 1",
    }
    assert {row.at: row.source for row in contents["c"]["receipt"].rows} == {
        "total": "SDK, receipt.py",
        "lines": "SDK, receipt.py",
        "lines/*/name": "SDK, line.py",
        "lines/*/code": "SDK, line.py",
        "extra": "SDK, receipt.py",
    }


def test_a_schema_says_what_its_rows_say(tmp_path: Path) -> None:
    tree = derive_content_schemas(tickets(tmp_path))["c"]["receipt"]
    schema = annotate(tree.published(), tree.annotated_places())
    assert schema["x-listed"] == ["total", "lines"]
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert properties["total"] == {
        "description": "total / 合计",
        "type": "string",
        "enum": ["1", "2", ""],
        "x-source": {"type": "SDK, receipt.py, total", "enum": "SDK, receipt.py, total"},
        "x-requirement": {"type": "content.strings", "enum": "content.values"},
    }
    assert properties["extra"]["x-switch"] == ["more"]
    assert properties["lines"]["items"]["properties"]["code"]["$comment"] == "Only for a long receipt."
    assert properties["confidence"]["x-aliases"] == {"sum": "total"}


ROW_KEYS = "breaks, en, examples, format, or, presence, range, switch, type, values, when, zh"
MISTAKES: dict[str, tuple[str, str, str]] = {
    "an unknown key of a row": (
        "total = { en",
        'total = { typ = "string", en',
        f"a: total: unknown typ; known are {ROW_KEYS}",
    ),
    "an unknown key of a block": (
        '["a"]\nsource',
        '["a"]\ntables = [1]\nsource',
        "a: unknown tables; known are aliases, fields, remove, source, sources",
    ),
    "an unknown edition": (
        "[conditions]",
        '["d"]\nsource = "table 1"\n\n[conditions]',
        "the file: unknown d; known are a, b, c, conditions, en, other-side, page, type, zh",
    ),
    "a row without a Chinese label": (
        ', zh = "合计" }',
        " }",
        "total: expected the strings en and zh, found ['en']",
    ),
    "an unknown presence": (
        "day = {",
        'day = { presence = "often",',
        "a: day: presence: expected one of listed, unsampled, sample, found 'often'",
    ),
    "an unknown condition": (
        'when = "long"',
        'when = "short"',
        "lines/*/code: when 'short' is no condition of the file; those are long",
    ),
    "a row removed that is not there": (
        'remove = ["day"]',
        'remove = ["night"]',
        "c: remove: there is no row 'night' before it; there are total, lines, lines/*/name, day",
    ),
    "no source": (
        'source = "table 1"',
        "",
        "a: source: expected a string, found None",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_the_file_and_the_row(name: str, tmp_path: Path) -> None:
    old, new, message = MISTAKES[name]
    assert RECEIPT.count(old) == 1
    with pytest.raises(DataError) as error:
        read_ticket_contents(tickets(tmp_path, RECEIPT.replace(old, new)))
    assert str(error.value) == f"{tmp_path / 'receipt.toml'}: {message.replace('{folder}', tmp_path.name)}"


@pytest.mark.parametrize(
    ("documented", "message"),
    [
        ("text", "total: in the type 'text', 'text' is none of string, array, object, boolean, integer"),
        (
            "array of text",
            "total: in the type 'array of text', 'text' is none of string, array, object, boolean, integer",
        ),
    ],
)
def test_an_unknown_type_is_named(documented: str, message: str, tmp_path: Path) -> None:
    receipt = RECEIPT.replace("total = { en", f'total = {{ type = "{documented}", en')
    with pytest.raises(DataError) as error:
        derive_content_schemas(tickets(tmp_path, receipt))
    assert str(error.value) == message


def test_an_edition_without_contents_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_content_fields(tmp_path / "v9")
    assert str(error.value) == (
        f"{tmp_path / 'v9'}: expected content schemas and owners.json, found none; "
        "run `python -m conformance.contract.derive_schemas`"
    )


def test_a_contract_reads_its_contents_once() -> None:
    contract = replace(load_contract("auto-classification-v1.0"))  # one that no other test has used
    assert "ticket_fields" not in vars(contract)
    assert set(contract.ticket_fields) == set(contract.types)
    assert contract.ticket_fields is contract.ticket_fields


def test_a_place_knows_what_can_break_below_it() -> None:
    fields = load_contract("auto-classification-v1.0").ticket_fields["vat_invoice"]
    assert "content.dates" in fields.root.judged
    assert "content.sides" in load_contract("auto-classification-v1.0").ticket_fields["driver_license_back"].root.judged


def test_a_row_is_written_on_a_line() -> None:
    text = written({"type": "object", "properties": {"a": {"type": "string"}, "b": {"x": "样" * 500}}})
    assert text.splitlines() == [
        "{",
        '  "type": "object",',
        '  "properties": {',
        '    "a": {"type": "string"},',
        '    "b": {',
        f'      "x": "{"样" * 500}"',
        "    }",
        "  }",
        "}",
    ]
    assert json.loads(text)["properties"]["a"] == {"type": "string"}
