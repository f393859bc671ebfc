"""A page becomes a contract that a target can be tested against: tables and samples, requirements, run, kill table."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from conformance import load_contract
from conformance.derive import read_page, write_contract
from conformance.derive.fields import Field, read_fields
from conformance.derive.folder import draft_contract
from conformance.derive.samples import kinds_of, read_samples
from conformance.files import DataError

PAGES = Path(__file__).parent / "pages"
LABEL = PAGES / "parcel-label.md"
ID = "parcel-label-v1.0"


def fields(text: str) -> dict[str, Field]:
    samples, _ = read_samples(text)
    return {one.at: one for one in read_fields(read_page(text), samples)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract of the page of parcel labels, as `derive --write` leaves it."""
    written = tmp_path_factory.mktemp("contracts")
    lines, status = write_contract(LABEL, written)
    assert (lines[2].en, status) == (f"{written / ID}: 4 files, 4 schemas", 0)
    return written


def entries(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / ID / "requirements" / "rows.toml").read_text(encoding="utf-8"))


def kit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from conformance.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_fields_stand_where_the_samples_show_them() -> None:
    assert list(fields(LABEL.read_text(encoding="utf-8"))) == [
        "/result",
        "/result/direction",
        "/result/barcode",
        "/result/block_list",
        "/result/block_list/*/words",
        "/result/block_list/*/count",
        "/result/block_list/*/place",
        "/result/block_list/*/kind",
        "/result/block_list/*",
        "/result/block_list/*/place/*",
        "/result/block_list/*/place/*/*",
    ]


@pytest.mark.parametrize(
    ("at", "types", "differs"),
    [
        ("/result/block_list/*/count", ("integer",), {"type": "integer"}),
        ("/result/block_list/*/place/*", ("array",), {"type": "array"}),
        ("/result/block_list/*/place/*/*", ("integer",), {}),
        ("/result/direction", ("integer",), {"range": "-1"}),
        ("/result/barcode", ("string",), {}),
    ],
    ids=["text for a number", "nested deeper", "entries", "below the least", "agreed"],
)
def test_where_a_sample_contradicts_a_table_it_is_followed(at: str, types: tuple[str, ...], differs: Any) -> None:
    found = fields(LABEL.read_text(encoding="utf-8"))[at]
    assert (found.types, found.differs) == (types, differs)


def test_what_is_contradicted_is_open_and_says_so(folder: Path) -> None:
    count = entries(folder)["result.block-list.count.type"]
    assert (count["level"], count["keywords"]) == ("open", ["/result/block_list/*/count type"])
    assert count["en"] == (
        "result/block_list/*/count is of type integer; the samples show integer where the table says otherwise."
    )
    assert entries(folder)["result.direction.range"]["level"] == "open"


def test_what_no_sample_contradicts_is_asked_for(folder: Path) -> None:
    levels = {name: entry["level"] for name, entry in entries(folder).items()}
    assert levels["result.barcode.type"] == "must"
    assert levels["result.barcode.present"] == "should"
    assert levels["result.block-list.kind.values"] == "should"
    assert levels["accepts.paper"] == "must"
    assert "result.block-list.place.present" not in levels


def test_the_page_does_not_refuse_its_own_samples(folder: Path) -> None:
    samples, unread = read_samples(LABEL.read_text(encoding="utf-8"))
    schema = json.loads((folder / ID / "success.schema.json").read_text(encoding="utf-8"))
    (success,) = [sample for sample in samples if sample.kind == "success"]
    assert unread == []
    assert success.repaired
    assert [error.message for error in Draft202012Validator(schema).iter_errors(success.value)] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{\n  "a": "b"，\n  "c": 1\n}', {"a": "b", "c": 1}),
        ('{\n  "a": [\n    1\n  ]\n  "c": 0. 50\n}', {"a": [1], "c": 0.5}),
        ('{\n  "a": "，not a comma",\n}', {"a": "，not a comma"}),
    ],
    ids=["full-width comma", "missing comma and a blank in a number", "trailing comma"],
)
def test_a_sample_that_is_not_quite_json_is_put_right(text: str, value: dict[str, object]) -> None:
    (sample,), unread = read_samples(text)
    assert (sample.value, sample.repaired, unread) == (value, True, [])


def test_a_sample_that_cannot_be_read_is_named() -> None:
    found, (unread,) = read_samples('text\n{\n  "a": maybe\n}\n')
    assert (found, unread.line, unread.why) == ([], 2, "a sample that is no JSON, nor could be made one")


def test_a_line_for_each_doubt_is_left_to_a_person(folder: Path) -> None:
    review = (folder / ID / "review.md").read_text(encoding="utf-8")
    assert "- line 57: a sample that is no JSON as printed; it was put right" in review
    assert "/result/direction: range: the samples show -1; the table says otherwise. The sample is foll" in review
    assert "the kit has no specimen of this operation's document" in review


def test_kinds_of_one_result_are_read_as_one() -> None:
    heads = "<thead><tr><th><p>参数</p></th><th><p>参数类型</p></th><th><p>描述</p></th></tr></thead>"
    row = "<tr><td><p>{}</p></td><td><p>{}</p></td><td><p>{}</p></td></tr>"

    def table(number: int, title: str, *rows: tuple[str, str, str]) -> str:
        cells = "".join(row.format(*cells) for cells in rows)
        return f"**表 {number}**  {title}\n\n<table>{heads}<tbody>{cells}</tbody></table>\n\n"

    outer = ("result", "Object", "调用成功时返回的调用结果。")
    text = "# 凭单核验\n\nPOST /v2/{project_id}/ocr/slip-check\n\n**状态码： 200**\n\n" + table(
        1, "响应Body参数", outer
    )
    text += table(2, "SlipResult 红单", outer, ("kind", "String", "种类。"), ("red", "String", "甲。"))
    text += table(3, "SlipResult 蓝单", outer, ("kind", "String", "种类。"), ("blue", "Integer", "乙。"))
    for members in ('"kind": "r", "red": "x"', '"kind": "b", "blue": 1'):
        text += f'```\n{{ "result": {{ {members} }} }}\n```\n\n'
    found = fields(text)
    assert {at: (one.types, one.present) for at, one in found.items()} == {
        "/result": (("object",), True),
        "/result/kind": (("string",), True),
        "/result/red": (("string",), False),
        "/result/blue": (("integer",), False),
    }


def test_a_page_of_no_operation_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    page = LABEL.read_text(encoding="utf-8").partition("## 响应消息")[0]
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    lines, status = write_contract(tmp_path / "page.md", tmp_path / "out")
    assert status == 1
    assert lines[-1].en == "expected the page of an operation, with a table of its body and a result; found none"
    assert not (tmp_path / "out").exists()


def test_a_page_without_an_operation_is_named_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# 获取项目ID\n\n在控制台查看项目ID。\n", encoding="utf-8")
    (line,), status = write_contract(tmp_path / "page.md", tmp_path / "out")
    assert (status, (tmp_path / "out").exists()) == (1, False)
    assert line.en.startswith(f"{tmp_path / 'page.md'}: expected a line with the operation, such as ")


def test_a_table_that_is_not_read_ends_with_1_and_its_name(tmp_path: Path) -> None:
    strange = "\n\n<table><tr><th><p>甲</p></th></tr><tr><td><p>乙</p></td></tr></table>\n\n## 示例\n"
    page = LABEL.read_text(encoding="utf-8").replace("\n## 示例\n", strange, 1)
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    lines, status = write_contract(tmp_path / "page.md", tmp_path / "out")
    assert status == 1
    assert any("a table none of whose columns is known" in line.en for line in lines)


def test_a_contract_is_not_written_over_another(folder: Path) -> None:
    with pytest.raises(DataError, match="exists; expected a new folder"):
        write_contract(LABEL, folder)


def test_the_same_page_gives_the_same_contract(folder: Path) -> None:
    text = LABEL.read_text(encoding="utf-8")
    files = draft_contract(read_page(text), text).files
    assert {name: (folder / ID / name).read_text(encoding="utf-8") for name in files} == files


def test_a_run_against_the_served_contract_is_conformant(folder: Path) -> None:
    ended = kit("run", "reference", "--contracts", folder, "--depth", "smoke", "--quiet")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "CONFORMANT" in ended.stdout


@pytest.mark.parametrize(
    "fault", ["result.barcode.present", "result.block-list.kind.values", "paper.type", "relation.spelling"]
)
def test_a_fault_by_rule_is_killed_by_its_own_requirement(fault: str, folder: Path) -> None:
    names = {"result.block-list.kind.values": f"{ID}:{fault}:enum"}
    ended = kit("faults", "--contracts", folder, "--only", names.get(fault, f"{ID}:{fault}"), "--jobs", "1", "--json")
    (row,) = json.loads(ended.stdout)["faults"]
    assert (row["result"], row["killed"]) == ("killed", [f"{ID}/{fault}"])


def test_commands_know_the_contracts_of_a_folder(folder: Path) -> None:
    listed = kit("requirements", "--contracts", folder, "--format", "json")
    names = {entry["id"] for entry in json.loads(listed.stdout)}
    assert {f"{ID}/result.barcode.type", f"{ID}/token.required", f"{ID}/side.max"} <= names
    document = json.loads(kit("openapi", "--contracts", folder).stdout)
    assert list(document["paths"]) == ["/v1.0/ocr/parcel-label"]


def test_a_folder_without_contracts_is_named(tmp_path: Path) -> None:
    ended = kit("run", "reference", "--contracts", tmp_path)
    assert ended.returncode == 2
    assert "expected a folder of contracts (<contract id>/tables.toml), found none" in ended.stderr


# Kinds of one result: tests/contract/pages/stub-check.md


STUBS = PAGES / "stub-check.md"
STUB_ID = "stub-check-v2"


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract of the page of stubs, whose result has a table for each of two kinds."""
    written = tmp_path_factory.mktemp("stubs")
    lines, status = write_contract(STUBS, written)
    assert (lines[3].en, status) == (
        "the page's own samples of a success: 2; the draft accepts 2 (line 228, 248)",
        0,
    )
    return written


def stub_schema(stubs: Path) -> dict[str, Any]:
    text = (stubs / STUB_ID / "success.schema.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text)["properties"]["result"])


def test_kinds_of_one_result_are_told_apart_by_the_member_whose_values_differ() -> None:
    text = STUBS.read_text(encoding="utf-8")
    samples, _ = read_samples(text)
    kinds = [(kind.name, kind.table, kind.by, kind.values) for kind in kinds_of(read_page(text), samples)]
    assert kinds == [("table-5", 5, "colour", ("red_light", "red_dark")), ("blue", 6, "colour", ("blue",))]


def test_a_kind_of_result_is_a_branch_of_the_schema(stubs: Path) -> None:
    schema = stub_schema(stubs)
    assert schema["required"] == ["colour", "serial", "price", "state_code", "state_text"]
    assert schema["properties"]["colour"]["enum"] == ["red_light", "red_dark", "blue"]
    assert schema["allOf"] == [
        {
            "if": {"properties": {"colour": {"enum": ["red_light", "red_dark"]}}, "required": ["colour"]},
            "then": {"required": ["parts"], "properties": {"price": {"type": "string"}}},
        },
        {
            "if": {"properties": {"colour": {"enum": ["blue"]}}, "required": ["colour"]},
            "then": {"required": ["label", "keeper"], "properties": {"price": {"type": "integer"}}},
        },
    ]


def test_codes_and_their_texts_are_the_values_of_the_fields_that_the_headings_name(stubs: Path) -> None:
    members = stub_schema(stubs)["properties"]
    assert members["state_code"]["enum"] == ["10", "11"]
    assert members["state_text"]["enum"] == ["The stub is known.", "The stub is unknown."]


def test_rows_of_a_kind_stand_where_the_samples_of_that_kind_show_them() -> None:
    found = fields(STUBS.read_text(encoding="utf-8"))
    assert found["/result/label"].present_in == ("blue",)
    assert found["/result/parts/*/label"].present


def test_each_kind_of_result_is_asked_for_and_answered(stubs: Path) -> None:
    ended = kit("run", "reference", "--contracts", stubs, "--depth", "smoke", "--quiet")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("fault", "requirement"),
    [
        ("result.blue.keeper.present", "result.blue.keeper.present"),
        ("result.table-5.parts.present", "result.table-5.parts.present"),
        ("result.blue.price.type:type", "result.blue.price.type"),
        ("result.state-code.values:enum", "result.state-code.values"),
    ],
)
def test_a_fault_in_one_kind_is_killed_by_the_requirement_of_that_kind(
    fault: str, requirement: str, stubs: Path
) -> None:
    ended = kit("faults", "--contracts", stubs, "--only", f"{STUB_ID}:{fault}", "--jobs", "1", "--json")
    (row,) = json.loads(ended.stdout)["faults"]
    assert (row["result"], row["killed"]) == ("killed", [f"{STUB_ID}/{requirement}"])


def test_kinds_that_no_value_tells_apart_are_read_as_one_and_named(tmp_path: Path) -> None:
    page = STUBS.read_text(encoding="utf-8").replace("<p>蓝色：blue。</p>", "<p>蓝色。</p>")
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    lines, status = write_contract(tmp_path / "page.md", tmp_path / "out")
    assert "tables 5, 6: kinds of one result that no listed value tells apart: they are read as one" in [
        line.en for line in lines
    ]
    assert status == 0


@pytest.mark.parametrize(
    ("printed", "instead"),
    [
        (r"<tr><td><p>price</p>.*?</tr>\n", r"\g<0>\g<0>"),  # a row stands twice
        (r"<tr><td><p>state_code</p>.*?</tr>\n", r"\g<0>\g<0>"),
        (r"<tr><td><p>\d+</p>.*?</tr>\n", r"\g<0>\g<0>"),  # a value stands twice
        (r"(<p>price</p></td>\n<td><p>)String", r"\1Integer"),  # one kind says another type than its sample
        (r"(<p>state_code</p></td>\n<td><p>)String", r"\1"),  # or none
    ],
)
def test_a_slip_of_the_page_in_one_kind_leaves_a_contract(printed: str, instead: str, tmp_path: Path) -> None:
    page, slips = re.subn(printed, instead, STUBS.read_text(encoding="utf-8"), count=1, flags=re.DOTALL)
    assert slips == 1
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    lines, _ = write_contract(tmp_path / "page.md", tmp_path / "out")
    assert any(line.en.startswith("the page's own samples of a success: 2; the draft accepts 2") for line in lines)
    load_contract(str(tmp_path / "out" / STUB_ID))


# Samples and limits as pages of the family print them


def test_a_draft_that_refuses_a_sample_of_its_page_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("conformance.derive.schemas_of", lambda _folder: {"success.schema.json": '{"not": {}}'})
    lines, status = write_contract(STUBS, tmp_path)
    assert status == 1
    assert lines[3].en == "the page's own samples of a success: 2; the draft accepts 0"
    assert lines[4].en.startswith("line 228: refused: $: ")


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ('{\n"result": {\n"a": "b"\n}\n```\n\ntext\n', {"result": {"a": "b"}}),
        ('{\n"result": [\n{"a": 1}\n...\n]\n}\n', {"result": [{"a": 1}]}),
        ('{\n"result": {"a"："b"}\n}\n', {"result": {"a": "b"}}),
        ('<pre class="screen">{\n&quot;result&quot;: {}\n}</pre>\n', {"result": {}}),
    ],
    ids=["a brace that is never closed", "dots", "a full-width colon", "HTML"],
)
def test_a_sample_printed_by_hand_is_read(printed: str, value: Any) -> None:
    (sample,), unread = read_samples(printed)
    assert (sample.kind, sample.value, unread) == ("success", value, [])


@pytest.mark.parametrize(
    ("new", "lost"),
    [
        ("清晰的图片", ["side.min", "side.max", "side.code", "url.side"]),
        ("图片最小边不小于20像素", ["side.max", "url.side"]),
        ("尺寸不小于1000*1200像素", ["side.max", "url.side"]),
    ],
    ids=["no side", "no longest side", "a size"],
)
def test_what_a_page_limits_nowhere_is_not_asked_for(new: str, lost: list[str], tmp_path: Path) -> None:
    page, old = LABEL.read_text(encoding="utf-8"), "图片最小边不小于20像素，最长边不超过4000像素"
    assert old in page
    (tmp_path / "page.md").write_text(page.replace(old, new), encoding="utf-8")
    lines, status = write_contract(tmp_path / "page.md", tmp_path / "out")
    assert (status, [line for line in lines if "not read" in line.en]) == (0, [lines[1]])
    listed = kit("requirements", "--contracts", tmp_path / "out", "--format", "json")
    names = {entry["id"].removeprefix(f"{ID}/") for entry in json.loads(listed.stdout)}
    every = {"side.min", "side.max", "side.code", "url.side"}
    assert every - names == set(lost)
    assert kit("plan", "reference", "--contracts", tmp_path / "out").returncode == 0
