"""A mistake in the data of a contract is one message: where, what was expected, and what was found."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from later_edition import head

from conformance.contract import contract as contract_module
from conformance.contract import derive_schemas as command
from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import read_requirements
from conformance.contract.schemas import derive_schemas
from conformance.engine.purposes import load_purposes
from conformance.files import DataError, data_folder

BASE = "auto-id-doc-classification-v2"
LATER = "later"
HEAD = head(BASE)
OWN = 'level = "must"\nbasis = "stated"\nsource = "table 5, x"\ncheck = "answer.json"\nen = "e"\nzh = "z"\n'
BOTH = 'en = "e"\nzh = "z"\n'
RESULT = f'\n[[table]]\nnumber = 5\nfrom = 5\nkind = "object"\nobject = "R"\n{BOTH}[[table.row]]\n{BOTH}'


@pytest.fixture
def schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data with the identity documents, into which an edition after them is written."""
    folder = tmp_path / "schemas"
    folder.mkdir()
    for part in (BASE, "family"):
        shutil.copytree(data_folder("schemas") / part, folder / part)
    shutil.copy(data_folder("schemas") / "errors.toml", folder)
    monkeypatch.setattr(contract_module, "data_folder", lambda _: folder)
    return folder


def later(schemas: Path, tables: str = "", requirements: str = "", first: str = HEAD) -> Contract:
    """The contract of an edition that states this much more."""
    (schemas / LATER / "requirements").mkdir(parents=True)
    (schemas / LATER / "tables.toml").write_text(first + tables, encoding="utf-8")
    (schemas / LATER / "requirements" / "own.toml").write_text(requirements, encoding="utf-8")
    return load_contract(LATER)


def mistake(schemas: Path, tables: str = "", requirements: str = "", first: str = HEAD) -> str:
    """What is said of it, with the folder of the data left out."""
    with pytest.raises(DataError) as found:
        later(schemas, tables, requirements, first).derived_schemas()
    return str(found.value).replace(f"{schemas}/", "")


REQUIREMENTS = {
    '["x.y"]\n' + OWN + 'points = "97"\n': (
        "later/requirements/own.toml: x.y: points: expected a list of numbers of points.toml, found '97'"
    ),
    '["x.y"]\n' + OWN + "points = [999]\n": "later/x.y: points: there is no open point 999; they run from 1 to 150",
    '["x.y"]\n' + OWN + 'needs = "urls"\n': (
        "later/x.y: needs: expected url, or <position>=<value> of positions.toml, found 'urls'; near it are url"
    ),
    '["x.y"]\n' + OWN.replace('"table 5, x"', '""'): (
        "later/requirements/own.toml: x.y: source: expected the place in the document, such as 'table 3, location', "
        "found ''"
    ),
    '["x.y"]\n' + OWN + 'faults = ["picture.form"]\n': (
        "later/x.y: errors.toml has no fault 'picture.form'; near it are picture.format, picture.frames, picture.colour"
    ),
    "[x.y]\n" + OWN: 'later/requirements/own.toml: expected ["x.y"], found [x.y]; quote names that have dots',
    'x = "y"\n': "later/requirements/own.toml: x: expected a table ([\"x\"]), found 'y'",
    '["document.typ"]\nlevel = "should"\n': (
        "later/requirements/own.toml: document.typ: the edition before has no such requirement; near it are "
        "document.type, document.type.true, document.type.documented; a new one has to state basis, source, en, zh"
    ),
    '["x.y"]\n' + OWN.replace('check = "answer.json"', 'keywords = ["/result/x type"]'): (
        "later: requirements name keywords that the tables do not give: /result/x type (x.y); "
        "restate or drop them in requirements/*.toml"
    ),
}


@pytest.mark.parametrize("entry", REQUIREMENTS)
def test_a_mistake_in_a_requirement_is_named(entry: str, schemas: Path) -> None:
    assert mistake(schemas, requirements=entry) == REQUIREMENTS[entry]


def test_a_requirement_without_source_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('["x.y"]\nlevel = "must"\nbasis = "stated"\ncheck = "c"\nen = "e"\nzh = "z"\n')
    with pytest.raises(DataError) as found:
        read_requirements(tmp_path, replace(load_contract(BASE).page, family=()))
    assert str(found.value) == (
        f"{tmp_path / 'a.toml'}: x.y: source: expected the place in the document, such as 'table 3, location', "
        "found None"
    )


def test_an_unknown_check_is_named_where_purposes_are_read(schemas: Path) -> None:
    contract = later(schemas, requirements='["x.y"]\n' + OWN.replace("answer.json", "answer.jsn"))
    with pytest.raises(DataError) as found:
        load_purposes(contract)
    assert str(found.value) == (
        "later/x.y: no check is named 'answer.jsn'; near it are answer.json, answer.http, answer.no-secret; "
        "checks are listed in CHECKS of conformance/judging/"
    )


ROWS = {
    'name = "x"\nside-max = "4096"\n': "later/tables.toml: row 'x': side-max: expected a whole number, found '4096'",
    'name = "x"\nat = "result"\n': (
        "later/tables.toml: row 'x': at: expected a JSON Pointer such as /result, found 'result'"
    ),
    'name = "x"\nreading = { minLength = 3 }\n': (
        "later/tables.toml: table 5: row 'x': reading: expected keywords of derived schemas, found minLength"
    ),
    'name = "x"\nreading = { type = "text" }\n': (
        "later/tables.toml: table 5: row 'x': reading: type: expected one of object, array, string, boolean, null, "
        "number, integer, found 'text'"
    ),
    'name = "x"\nreading = { minItems = "4" }\n': (
        "later/tables.toml: table 5: row 'x': reading: minItems: expected a number, found '4'"
    ),
    'name = "x"\nreading = { pattern = "(" }\n': (
        "later/tables.toml: table 5: row 'x': reading: pattern: missing ), unterminated subpattern at position 0"
    ),
    'name = "x"\nreading = "a"\n': (
        "later/tables.toml: row 'x': reading: expected a table of JSON Schema keywords, found 'a'"
    ),
    'name = "x"\nformats = [1]\n': "later/tables.toml: row 'x': formats: expected a list of strings, found [1]",
    'name = "x"\nfields = "a"\n': "later/tables.toml: row 'x': fields: expected a list of strings, found 'a'",
    'name = "x"\nbase64-max = "5MB"\n': (
        "later/tables.toml: table 5: row 'x': base64-max: expected one of 10MB, found '5MB'"
    ),
    'name = "x"\npresence = "sometimes"\n': (
        "later/tables.toml: row 'x': presence: expected one of always, success, failure, alarm, unclear, optional, "
        "found 'sometimes'"
    ),
    'name = "x"\ntype = "Intger"\n': (
        "later/tables.toml: table 5: row 'x': type: no JSON type is known for 'Intger'; known are string, integer, "
        "int, long, short, byte, number, float, double, decimal, boolean, bool, object, json, map, array, list, "
        "lists of these, and '<name> object'"
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_mistake_in_a_row_is_named(row: str, schemas: Path) -> None:
    assert mistake(schemas, RESULT + row) == ROWS[row]


def test_an_id_unlike_its_folder_is_named(schemas: Path) -> None:
    assert mistake(schemas, first=HEAD.replace('id = "later"', 'id = "latest"', 1)) == (
        "later/tables.toml: id: expected 'later', as its folder, found 'latest'"
    )


def test_a_path_that_is_none_is_named(schemas: Path) -> None:
    assert mistake(schemas, first=HEAD.replace('path = "/v3"', 'path = "v3"')) == (
        "later/tables.toml: path: expected that of the operation, such as /v1.0/ocr/name, found 'v3'"
    )


def test_an_edition_of_an_unknown_contract_names_the_known_ones(schemas: Path) -> None:
    assert mistake(schemas, first=HEAD.replace(f'"{BASE}"', '"auto-id-doc"')) == (
        f"later/tables.toml: extends: expected one of {BASE}, found 'auto-id-doc'"
    )


def test_editions_that_extend_each_other_are_named(schemas: Path) -> None:
    (schemas / "other").mkdir()
    (schemas / "other" / "tables.toml").write_text(head("later").replace('id = "later"', 'id = "other"', 1))
    assert mistake(schemas, first=HEAD.replace(f'"{BASE}"', '"other"')) == (
        "other/tables.toml: extends: expected an edition before, found 'later', which extends this one"
    )


def test_bounds_of_a_row_of_numbers_are_keywords_of_it(schemas: Path) -> None:
    page = later(schemas, RESULT + 'name = "x"\ntype = "Integer"\nat = "/result/x"\nminimum = 0\nmaximum = 3\n').page
    result = derive_schemas(page, [])["success"].at("/result/x").published()
    assert {key: result[key] for key in ("type", "minimum", "maximum")} == {
        "type": "integer",
        "minimum": 0,
        "maximum": 3,
    }


def test_writing_lists_what_changed_only(
    schemas: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "contract_ids", lambda: [BASE])
    command.main()
    assert capsys.readouterr().out == ""
    path = schemas / BASE / "failure.schema.json"
    before = path.read_text(encoding="utf-8")
    path.write_text("{}", encoding="utf-8")
    command.main()
    assert (capsys.readouterr().out, path.read_text(encoding="utf-8")) == (f"{path}\n", before)
