"""`requirements`, `explain`, `derive`, `openapi` and `statement`: what they print, and how they end."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from command import checkout
from rich.cells import cell_len

from conformance.cli import main
from conformance.contract.contract import load_contract
from conformance.contract.openapi import openapi
from conformance.engine.lookup import FaultyImplementation, faulty_implementations, purposes_by_requirement
from conformance.files import PRIMARY, contract_ids
from conformance.report.requirements import explanation

PAGES = checkout() / "tests" / "contract" / "pages"
COUNT = len(load_contract(PRIMARY[0]).requirements)
CORNERS = "auto-classification-v1.0/ticket.location.four-corners"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def implementations() -> list[FaultyImplementation]:
    return faulty_implementations()


def test_an_explanation_in_english() -> None:
    done = run("explain", CORNERS, "--lang", "en")
    assert (done.exit_code, done.stdout) == (
        0,
        f"""{CORNERS}
  statement    A location has exactly four corners.
  level        must (a breach fails the run)
  basis        stated (the document says it)
  source       OCR API reference, page Smart Classification: table 3, location
  open points  99: how many corners
  check        schema
               /result/*/location minItems
               /result/*/location maxItems
  purposes     auto-classification-v1.0/several-tickets
  proven by    `serve --fault three-corners`: gives three corners
               `serve --fault closed-ring`: repeats the first corner at the end
""",
    )


def test_an_explanation_in_chinese() -> None:
    done = run("explain", CORNERS, "--lang", "zh")
    assert (done.exit_code, done.stdout) == (
        0,
        f"""{CORNERS}
  内容         location 有且仅有四个顶点。
  级别         必须（违反即判不符合）
  依据         文档明示（文档写明）
  出处         文字识别 API 参考：智能分类识别：表 3，location
  文档未明确项 99：顶点个数
  检查         schema
               /result/*/location minItems
               /result/*/location maxItems
  测试目的     auto-classification-v1.0/several-tickets
  有效性佐证   `serve --fault three-corners`：location 只有三个顶点
               `serve --fault closed-ring`：末尾重复第一个顶点
""",
    )


@pytest.mark.parametrize("contract_id", contract_ids())
def test_every_requirement_is_explained_in_full(contract_id: str, implementations: list[FaultyImplementation]) -> None:
    contract = load_contract(contract_id)
    purposes = purposes_by_requirement(contract)
    parts = ("statement", "level", "basis", "source", "check", "purposes", "proven by")
    lacking = {
        (requirement.name, part)
        for requirement in contract.requirements.values()
        for text in [explanation(contract, requirement, purposes[requirement.name], implementations, "en")]
        for part in parts
        if not any(line.startswith(f"  {part:<13}") and line[15:].strip() for line in text.splitlines())
    }
    assert lacking == set()


@pytest.mark.parametrize("contract_id", PRIMARY)
def test_a_faulty_implementation_proves_each_requirement(
    contract_id: str, implementations: list[FaultyImplementation]
) -> None:
    contract = load_contract(contract_id)
    broken = {name.rpartition("/")[2] for one in implementations if one.kind == "fault" for name in one.breaks}
    assert set(contract.requirements) - broken <= {"content.unlisted.strict"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            "ticket.location.four",
            (
                "nothing has the id 'ticket.location.four'; near it are ticket.location.four-corners, "
                "ticket.location, ticket.location.true"
            ),
        ),
        (
            "auto-classification-v1.0/ticket.loction",
            (
                "nothing has the id 'auto-classification-v1.0/ticket.loction'; near it are "
                "auto-classification-v1.0/ticket.location, auto-classification-v1.0/ticket.location.true, "
                "auto-classification-v1.0/ticket.location.area"
            ),
        ),
        (
            "input.required",
            (
                "'input.required' is in several contracts; write auto-classification-v1.0/input.required or "
                "auto-id-doc-classification-v2/input.required"
            ),
        ),
        ("AIS.011", "nothing has the id 'AIS.011'; near it are AIS.0118, AIS.0101, AIS.0106"),
        (
            "tree-corners",
            "nothing has the id 'tree-corners'; near it are three-corners, crossed-corners, picture-corner-first",
        ),
        ("???", "nothing has the id '???'; `ocr-conformance requirements` lists those of requirements"),
    ],
)
def test_an_id_that_nothing_has_gets_near_ones(wanted: str, message: str) -> None:
    done = run("explain", wanted, "--lang", "en")
    assert (done.exit_code, done.stderr) == (2, f"ocr-conformance: {message}\n")


EXPLAINED = {
    "first-contact": "auto-classification-v1.0/first-contact (test purpose)",
    "body.not-json": "body.not-json (fault of a request)",
    "body.not-json/nan": "body.not-json/nan (fault of a request)",
    "AIS.0118": """AIS.0118 (error code)
  statement    upstream tax service failed
  message      Service request error.
  module       OCR
  editions     none lists it; samples show it""",
    "picture.data-uri=reject": "picture.data-uri (position of a target)",
    "three-corners": """three-corners (faulty implementation)
  does         gives three corners
  breaks       auto-classification-v1.0/ticket.location.four-corners
               auto-id-doc-classification-v2/document.location.four-corners
  start        `serve --fault three-corners`
  proof        `faults --only three-corners`""",
    "14": """14 (open point)
  open is      body parameters that are not documented
  left out     ignoring and refusing them are both fine""",
}


@pytest.mark.parametrize("wanted", EXPLAINED)
def test_whatever_has_an_id_is_explained(wanted: str) -> None:
    done = run("explain", wanted, "--lang", "en")
    assert done.exit_code == 0
    assert done.stdout[: len(EXPLAINED[wanted])] == EXPLAINED[wanted]


def test_what_has_the_same_id_is_explained_beside_it() -> None:
    done = run("explain", "type-list.empty", "--lang", "zh")
    heads = [line for line in done.stdout.splitlines() if line and not line.startswith(" ")]
    assert heads == [
        "auto-classification-v1.0/type-list.empty",
        "type-list.empty（请求中的错误）",
        "type-list.empty（被测系统的取定做法）",
    ]


COMPLETED = {
    "explain AIS.010": ["AIS.0101", "AIS.0102", "AIS.0103", "AIS.0104", "AIS.0105", "AIS.0106"],
    "run reference --contract auto-id": ["auto-id-doc-classification-v2"],
    "run reference --contract auto-id-doc-classification-v2 --only alarm.flag.blu": ["alarm.flag.blur"],
    "faults --only three": ["three-corners"],
    "serve --fault three": ["three-corners"],
    "derive page.html --against auto-classification-v1": ["auto-classification-v1.0"],
}


@pytest.mark.parametrize("typed", COMPLETED)
def test_a_shell_completes_ids(typed: str) -> None:
    words = f"ocr-conformance {typed}"
    asked = {
        "_OCR_CONFORMANCE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = CliRunner().invoke(main, [], prog_name="ocr-conformance", env=asked)
    assert done.stdout.splitlines() == [f"plain,{name}" for name in COMPLETED[typed]]


def test_requirements_as_json_are_those_of_the_contract() -> None:
    done = run("requirements", "--contract", PRIMARY[1], "--format", "json")
    contract = load_contract(PRIMARY[1])
    entries = json.loads(done.stdout)
    assert [entry["id"] for entry in entries] == [r.id for r in contract.requirements.values()]
    assert entries[0] == {
        "id": "auto-id-doc-classification-v2/accepts.picture",
        "contract": "auto-id-doc-classification-v2",
        "level": "must",
        "basis": "stated",
        "source": "table 3, data",
        "statement": {
            "en": "A valid request with a base64 picture of a supported document is answered with a result.",
            "zh": "有效请求（Base64 图片中有受支持的票证）返回识别结果。",
        },
        "check": "accepted",
        "points": [],
        "depth": "smoke",
    }


@pytest.mark.parametrize(
    ("form", "language", "lines"),
    [
        (
            "text",
            "en",
            [
                f"Ticket classification, v1.0: {COUNT}",
                "",
                "must   auto-classification-v1.0/accepts.picture",
                (
                    "       A valid request with a base64 picture of a supported document is answered with a result. "
                    "[stated: table 1, image]"
                ),
            ],
        ),
        (
            "text",
            "zh",
            [
                f"智能分类识别 v1.0: {COUNT}",
                "",
                "必须       auto-classification-v1.0/accepts.picture",
                "           有效请求（Base64 图片中有受支持的票证）返回识别结果。（文档明示：表 1，image）",
            ],
        ),
        (
            "markdown",
            "zh",
            [
                "## 智能分类识别 v1.0 (`auto-classification-v1.0`)",
                "",
                "| 编号 | 级别 | 依据 | 出处 | 内容 |",
                "|---|---|---|---|---|",
                (
                    "| `accepts.picture` | 必须 | 文档明示 | 表 1，image | "
                    "有效请求（Base64 图片中有受支持的票证）返回识别结果。 |"
                ),
            ],
        ),
    ],
)
def test_requirements_for_people(form: str, language: str, lines: list[str]) -> None:
    done = run("requirements", "--format", form, "--lang", language)
    assert done.stdout.splitlines()[: len(lines)] == lines


@pytest.mark.parametrize("language", ["en", "zh"])
def test_requirements_stand_in_a_column_of_a_terminal(language: str) -> None:
    lines = run("requirements", "--lang", language, "--contract", PRIMARY[0]).stdout.splitlines()[2:]
    ends = {cell_len(line[: re.match(r"\S* +", line).end()]) for line in lines}  # type: ignore[union-attr]
    assert len({line.partition(" ")[0] for line in lines}) == 4, "three levels, and what is said below them"
    assert len(ends) == 1


def test_a_page_that_agrees_ends_with_0_one_that_differs_with_1_none_with_2(tmp_path: Path) -> None:
    page = str(PAGES / "meal-voucher.txt")
    other = run("derive", page, "--against", PRIMARY[0])
    assert other.exit_code == 1
    assert other.stdout.splitlines()[-1].endswith("differences from auto-classification-v1.0")
    assert run("derive", page).exit_code == 0
    no_page = tmp_path / "notes.txt"
    no_page.write_text("Nothing of the kind.\n", encoding="utf-8")
    done = run("derive", str(no_page))
    assert (done.exit_code, done.stderr) == (
        2,
        (
            f"ocr-conformance: {no_page}: expected a line with the operation, "
            "such as 'POST /v2/{project_id}/ocr/name', found none\n"
        ),
    )


def test_openapi_prints_the_description_of_one_contract() -> None:
    done = run("openapi", "--contract", PRIMARY[1])
    assert json.loads(done.stdout) == openapi(load_contract(PRIMARY[1]))
    done = run("openapi", "--contract", PRIMARY[0], "--contract", PRIMARY[1])
    assert (done.exit_code, done.stderr) == (
        2,
        "ocr-conformance: expected one --contract: an OpenAPI document describes one edition of one operation\n",
    )


def test_a_statement_is_written_once_and_has_no_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    assert run("statement", "init", str(path)).stdout == (
        f"{path} written; edit it, then try `ocr-conformance statement check {path}`\n"
    )
    assert run("statement", "check", str(path)).stdout == f"{path}: no mistakes\n"
    again = run("statement", "init", str(path))
    assert (again.exit_code, again.stderr) == (
        2,
        f"ocr-conformance: {path} exists; expected a new file. Choose another name, or remove it\n",
    )


def test_each_mistake_in_a_statement_is_a_line_and_the_status_is_2(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text('contracts = ["auto"]\n\n[positions]\n"side.max" = 8193\n', encoding="utf-8")
    done = run("statement", "check", str(path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [f"{path}, line 1", f"{path}, line 4"]
