"""Whatever a command refuses is told in Chinese where that is the language: no English stands in its place."""

from __future__ import annotations

import ast
import os
import re
from contextlib import chdir
from pathlib import Path
from unittest import mock

import pytest
from chinese import english_in
from click.testing import CliRunner

from conformance.cli import main

ROOT = Path(__file__).resolve().parents[2]
CASSETTE = f"{ROOT}/cases/cassettes/reference-smoke"
ERRORS = frozenset(
    (
        "BadInput", "DataError", "CassetteError", "TrafficError", "TargetError", "LoginError", "BlobError",
        "DamagedCassetteError", "MissingInteractionError", "NotRecordedError",
    )
)  # fmt: skip


def test_no_error_that_a_person_sees_takes_a_sentence_in_one_language() -> None:
    alone = []
    for path in sorted((ROOT / "conformance").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
                told = [arg for arg in node.args if isinstance(arg, ast.Constant | ast.JoinedStr)]
                if told and len(told) != 2:
                    alone.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert alone == []


FILES: dict[str, str | bytes] = {
    "broken.toml": "a = [",
    "deep.json": "[" * 200_000,
    "list.json": "[]",
    "latin.toml": b"a = '\xe9'",
    "page.md": "no page",
    "other.key": "no key",
    "bundle.zip": "no bundle",
    "traffic.har": "no traffic",
    "secrets.toml": "token = 1",
    "cases/auto-classification-v1.0/own.toml": '[[purpose]]\nid = "x"\ndepth = "deep"\nen = "a"\nzh = "b"\n',
    "draw/auto-classification-v1.0/own.toml": '[[purpose]]\nid = "x"\nen = "a"\nzh = "b"\ncontrol = { mode = "x" }\n',
    "fault/auto-classification-v1.0/own.toml": '[[purpose]]\nid = "x"\nen = "a"\nzh = "b"\nfaults = ["body.nojson"]\n',
    "aim/auto-classification-v1.0/own.toml": '[[purpose]]\nid = "x"\nen = "a"\nzh = "b"\naims = ["ticket.locaton"]\n',
    "tables/mine/tables.toml": 'id = "mine"\nresult = "ticket"\n',
    "row/mine/tables.toml": 'id = "mine"\nextends = "auto-classification-v9"\n',
    "images/manifest.toml": "[[image]]\nfile = 'nothing.png'\ntypes = ['train_ticket']\n",
    "empty/none.txt": "",
    "options/ocr-conformance.toml": "dept = 'smoke'",
}

REFUSED = {
    "a target": "run ftp://x",
    "a path in an origin": "run http://127.0.0.1:1?x=1 --token t",
    "a password in an origin": "run http://u:p@127.0.0.1 --token t",
    "a port": "run http://127.0.0.1:99999 --token t",
    "no credentials": "run http://127.0.0.1:9",
    "no limit": "run https://192.0.2.1 --token t",
    "a secrets file": "run http://127.0.0.1:9 --secrets secrets.toml",
    "no contract": "run reference --contract auto-clasification",
    "no purpose": "run reference --only several-ticket",
    "a rate": "run reference --rate fast",
    "workers": "run reference --workers some",
    "a resend": "run reference --resend",
    "no cassette": "run cassette:empty",
    "no folder of one": "run cassette:nowhere",
    "a module": "run asgi:nothing.here:app --token t",
    "no attribute": "run asgi:json:app --token t",
    "no place of one": "run asgi:json --token t",
    "own cases": "run reference --cases cases --contract auto-classification-v1.0",
    "a draw": "run reference --cases draw --contract auto-classification-v1.0",
    "a fault": "run reference --cases fault --contract auto-classification-v1.0",
    "an aim": "run reference --cases aim --contract auto-classification-v1.0",
    "contracts": "run reference --contracts empty",
    "tables": "run reference --contracts tables",
    "an edition": "run reference --contracts row",
    "pictures": "run reference --images images",
    "no pictures": "run reference --images empty",
    "a statement": "run reference --statement broken.toml",
    "a byte of one": "run reference --statement latin.toml",
    "a baseline": f"run cassette:{CASSETTE} --baseline list.json",
    "a deep one": f"run cassette:{CASSETTE} --baseline deep.json",
    "a report to go on from": f"run cassette:{CASSETTE} --only-failed list.json",
    "a report folder": f"run cassette:{CASSETTE} --report broken.toml",
    "a plan of a recording": f"plan cassette:{CASSETTE}",
    "an id": "explain ticket.locaton",
    "an id of several": "explain input.required",
    "an implementation": "faults --only three-corner",
    "a page": "derive page.md",
    "a page and a contract": "derive page.md --against auto-clasification",
    "a bundle": "bundle verify bundle.zip",
    "a report to pack": "bundle make empty out.zip",
    "a key": "bundle verify bundle.zip --key other.key",
    "reports": "compare list.json list.json",
    "traffic": "audit traffic.har",
    "an import": "cassette import traffic.har into",
    "a recording to redact": "cassette redact empty copy",
    "a recording to export": "cassette export empty out.har",
    "a contract to describe": "openapi --contract auto-clasification",
    "a statement of one": "statement init s.toml --contract auto-clasification",
    "a type": "specimens out --per-type 1 --type train_tickt",
    "an option": "run reference --dept smoke",
    "a command": "rum reference",
    "no argument": "run",
    "a file of options": "run reference",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mistakes")
    for name, content in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (made / "secrets.toml").chmod(0o600)
    return made


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_is_told_in_chinese(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.files._added", {})  # contracts that one command adds are none of the next one's
    dropped = ("OCR_CONFORMANCE_", "CLOUD_SDK_", "LANG", "LC_", "GITHUB_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    here = folder / "options" if kind == "a file of options" else folder
    with mock.patch.dict(os.environ, {**plain, "LANG": "zh_CN.UTF-8"}, clear=True), chdir(here):
        done = CliRunner().invoke(main, REFUSED[kind].split())
    assert done.exit_code == 2, done.output
    # What is not the kit's own wording: paths, addresses, options, names with dots or capitals in them.
    said = re.sub(r"^(?:用法：|用 `).*$", "", done.stderr.replace("ocr-conformance:", ""), flags=re.MULTILINE)
    said = said.replace(str(folder), "")
    assert re.search("[\u4e00-\u9fff]", said), done.stderr
    assert english_in(said) is None, done.stderr
