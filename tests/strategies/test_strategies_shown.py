"""A failing test of somebody else shows what would make the request again, and never a body."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import load_contract, strategies
from conformance.exchange import Exchange, Request, Response
from conformance.judging import examine
from conformance.strategies import Draw

TICKETS = load_contract("auto-classification-v1.0")
CARD = Draw(page=("bankcard",), format="JPEG")

FAILING = """
from hypothesis import Phase, given, settings
from conformance import load_contract, strategies
C = load_contract("auto-classification-v1.0")
once = settings(max_examples=1, phases=[Phase.generate], deadline=None, database=None, derandomize=True)

@once
@given(strategies.invalid_requests(C, fault="picture.format"))
def test_invalid(request): assert request is None

@once
@given(strategies.valid_requests(C))
def test_valid(request): assert request is None

@once
@given(strategies.images(C))
def test_images(data): assert data is None
"""


def test_a_request_shows_the_call_that_makes_it() -> None:
    request = strategies.build(TICKETS, CARD)
    assert repr(request) == (
        f"<Request POST /v1.0/ocr/auto-classification, {len(request.body):,} bytes: "
        "build(load_contract('auto-classification-v1.0'), Draw(page=('bankcard',), format='JPEG'))>"
    )


def test_a_faulty_request_shows_its_fault_and_its_form() -> None:
    request = strategies.break_request(TICKETS, "body.not-json/words", CARD, 2)
    assert repr(request) == (
        "<Request POST /v1.0/ocr/auto-classification, 13 bytes: break_request("
        "load_contract('auto-classification-v1.0'), 'body.not-json/words', "
        "Draw(page=('bankcard',), format='JPEG'), form=2)>"
    )
    again = eval(str(request.recipe), {"load_contract": load_contract, **vars(strategies)})
    assert (again, again.label.control) == (request, request.label.control if request.label else None)


def test_other_values_show_their_size() -> None:
    picture = strategies.draw_picture(CARD)
    assert repr(picture) == f"<Picture 1042 x 672, {len(picture.data):,} bytes: bankcard>"
    assert repr(Request("POST", "/", body=b"12", auth="absent")) == "<Request POST /, 2 bytes, auth absent>"
    served = strategies.build(TICKETS, Draw(page=("bankcard",), url=True)).pictures
    assert repr(served).startswith("(<ServedPicture 'specimen-")
    assert len(repr(served)) < 100


@pytest.mark.parametrize("value", [strategies.build(TICKETS, CARD), strategies.draw_picture(CARD), TICKETS], ids=repr)
def test_observers_are_given_the_same_line(value: Any) -> None:
    assert json.loads(json.dumps(value.to_json())) == repr(value)


def test_failures_are_short_and_no_warning_takes_their_place(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_failing.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "3 failed" in run.stdout
    assert run.stdout.count("Draw(page=") >= 3
    assert "draw_picture(Draw(page=" in run.stdout
    assert len(run.stdout) < 8_000


def test_a_contract_is_the_same_after_pickling_and_judging() -> None:
    contract = load_contract("auto-id-doc-classification-v2")
    before = pickle.dumps(contract)
    request = strategies.build(contract, Draw(page=("passport",)))
    examine(Exchange(request, Response(200, (("Content-Type", "application/json"),), b'{"result":{}}')), contract)
    after = pickle.loads(pickle.dumps(contract))
    assert (after, hash(after)) == (contract, hash(contract))
    assert pickle.loads(before) == contract
    assert {contract: 1}[after] == 1
    assert examine(Exchange(request, Response(500, (), b"")), after)
