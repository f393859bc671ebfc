"""Recordings by the real tools, and in the form of those that do not run here: judged as the direct exchanges are.

`make.py` made the files of this folder; what the other recorders write is put together here, as it was measured.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

import pytest
from dialects import DIALECTS, firefox
from service import PROJECT, TEN, TOKEN, Asked

from conformance.contract.contract import load_contract
from conformance.engine.audit import Audit, audit
from conformance.files import PRIMARY
from conformance.recordings.import_export import import_traffic
from conformance.recordings.reader import CassetteReader

HERE = Path(__file__).resolve().parent
HOST = "http://ocr.invalid"
CLOSED, REFUSED = 8, 9
NO_ANSWER = (CLOSED, REFUSED)
NOT_JSON = (3, 5)

MADE = {
    "vcrpy-requests.yaml": NO_ANSWER, "vcrpy-requests.json": NO_ANSWER, "vcrpy-httpx.yaml": NO_ANSWER,
    "vcrpy-aiohttp.yaml": NO_ANSWER, "pytest-recording.yaml": NO_ANSWER, "betamax.json": NO_ANSWER,
    "requests-har.har": NO_ANSWER, "mitmproxy.har": (), "polly.har": (*NOT_JSON, *NO_ANSWER),
    "axios-har-tracker.har": NO_ANSWER, "newman.json": (),
}  # fmt: skip
"""Files that the tools wrote, and which of the ten are not in them."""

LEFT_OUT = {"axios-har-tracker.har": ["no answer was recorded (the recording does not say why)"] * 2}
"""What is left out by name; what else is missing is not in the file at all."""


def judged(path: Path) -> Audit:
    return audit([path], [load_contract(name) for name in PRIMARY])


def verdicts(found: Audit) -> dict[str, tuple[str, int]]:
    """The verdict of each requirement, and how often it was broken."""
    accounts = found.ledger.accounts.values()
    return {a.requirement.id: (a.verdict, len(a.findings)) for a in accounts if a.verdict in ("pass", "fail")}


def line(one: Asked) -> str:
    """One of the ten as a line of NDJSON, as the one who sent it noted it."""
    token = {} if one.token is None else {"X-Auth-Token": one.token}
    headers = {"Content-Type": "application/json", **token}
    body = one.body.decode()
    made: dict[str, object] = {"request": {"method": "POST", "url": HOST + one.path, "headers": headers, "body": body}}
    if one.failure:
        return json.dumps({**made, "failure": {"kind": one.failure, "detail": "no answer"}})
    received = {"Content-Type": "application/json", "X-Request-Id": "0123456789abcdef0123456789abcdef"}
    return json.dumps({**made, "response": {"status": one.status, "headers": received, "body": one.answer.decode()}})


@cache
def direct(without: Collection[int], folder: Path) -> dict[str, tuple[str, int]]:
    """What is said of the ten, but for some."""
    if len(without) == len(TEN):
        return {}
    path = folder / "direct.ndjson"
    path.write_text("".join(f"{line(one)}\n" for number, one in enumerate(TEN) if number not in without))
    return verdicts(judged(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("direct")


@pytest.mark.parametrize("name", MADE)
def test_what_a_tool_recorded_is_judged_as_the_direct_exchanges_are(name: str, folder: Path) -> None:
    found = judged(HERE / name)
    assert found.ledger.sent == len(TEN) - len(MADE[name])
    assert [one.reason.en for one in found.left_out] == LEFT_OUT.get(name, [])
    assert verdicts(found) == direct(MADE[name], folder)


@pytest.mark.parametrize("written", DIALECTS, ids=[written.__name__ for written in DIALECTS])
def test_what_other_recorders_write_is_judged_as_the_direct_exchanges_are(
    written: Callable[[Path], tuple[Path, tuple[int, ...]]], tmp_path: Path, folder: Path
) -> None:
    path, lost = written(tmp_path)
    found = judged(path)
    assert found.ledger.sent == len(TEN) - len(lost)
    assert verdicts(found) == direct(lost, folder)


@pytest.mark.parametrize("name", ["vcrpy-requests.yaml", "betamax.json", "mitmproxy.har", "newman.json"])
def test_a_compressed_file_is_read_like_the_plain_one(name: str, tmp_path: Path, folder: Path) -> None:
    packed = tmp_path / "whatever"  # neither name nor extension say anything
    packed.write_bytes(gzip.compress((HERE / name).read_bytes()))
    assert verdicts(judged(packed)) == direct(MADE[name], folder)


@pytest.mark.parametrize("name", MADE)
def test_no_credential_of_a_tools_recording_is_in_what_is_imported(name: str, tmp_path: Path) -> None:
    done = import_traffic(HERE / name, tmp_path / "c", "0.1.0", "2026-12-01T00:00:00Z")
    assert done.taken == len(list(CassetteReader(tmp_path / "c")))
    written = b"".join(file.read_bytes() for file in (tmp_path / "c").rglob("*") if file.is_file())
    assert TOKEN.encode() not in written
    assert PROJECT.encode() not in written


@pytest.mark.parametrize(("length", "left_out"), [(1 << 20, 1), ((1 << 20) - 1, 0)])
def test_a_body_that_firefox_cut_is_left_out_though_nothing_else_tells(
    length: int, left_out: int, tmp_path: Path
) -> None:
    path, _ = firefox(tmp_path)
    har = json.loads(path.read_text())
    har["log"]["entries"] = har["log"]["entries"][:1]
    har["log"]["entries"][0]["request"]["postData"]["text"] = '{"image": "' + "A" * (length - 11)
    path.write_text(json.dumps(har))
    found = judged(path)
    assert [one.reason.en for one in found.left_out] == [
        "a body was cut by Firefox after 1,048,576 characters"
    ] * left_out
    assert found.ledger.sent == 1 - left_out
