"""A user's own client of httpx is answered from a cassette, without any network."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from recordings import JSON, PICTURE, TICKETS_PATH, answer, ask, exchanges, record

from conformance import examine, exchange_of, load_contract
from conformance.exchange import TransportFailure
from conformance.recordings.replay import MissingInteractionError
from conformance.testing import replaying

ORIGIN = "https://ocr.example"
BODY = {"image": base64.b64encode(PICTURE).decode()}
REFUSED = answer({"error_code": "AIS.0401", "error_msg": "The token is not valid."}, 401)
TOKEN = {"X-Auth-Token": "sesame"}


def recording(folder: Path) -> Path:
    """A good call, and the same without a token."""
    found = replace(answer({"result": []}), headers=(*JSON, ("Content-Encoding", "gzip")))
    return record(folder / "c", exchanges([(ask(BODY), found), (replace(ask(BODY), auth="absent"), REFUSED)]))


def test_a_client_gets_the_recorded_answer_to_what_it_asks(tmp_path: Path) -> None:
    with replaying(recording(tmp_path), ORIGIN) as router:
        good = httpx.post(ORIGIN + TICKETS_PATH, json=BODY, headers=TOKEN)
        refused = httpx.post(ORIGIN + TICKETS_PATH, json=BODY)
        assert router.calls.call_count == 2
    assert (good.status_code, good.json()) == (200, {"result": []})
    assert (refused.status_code, refused.content) == (401, REFUSED.body)


def test_what_is_replayed_can_be_judged(tmp_path: Path) -> None:
    with replaying(recording(tmp_path), ORIGIN):
        refused = httpx.post(ORIGIN + TICKETS_PATH, json=BODY)
    found = examine(exchange_of(refused), load_contract("auto-classification-v1.0"))
    states = {one.requirement.partition("/")[2]: one.state for one in found}
    assert (states["answer.json"], states["answer.request-id"]) == ("held", "broken")


def test_a_project_id_is_that_of_the_recording(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", exchanges([(ask(path="/v2/{project_id}/a"), answer())]))
    with replaying(folder, ORIGIN):
        found = httpx.post(f"{ORIGIN}/v2/{'0f' * 16}/a", content=ask().body, headers=TOKEN)
    assert found.status_code == 200


@pytest.mark.parametrize(
    ("kind", "raised"),
    [("timeout", httpx.ReadTimeout), ("closed", httpx.RemoteProtocolError), ("refused", httpx.ConnectError)],
)
def test_a_failure_is_raised_as_httpx_would(tmp_path: Path, kind: str, raised: type[Exception]) -> None:
    failure = TransportFailure(kind, "as recorded")  # type: ignore[arg-type]
    folder = record(tmp_path / "c", exchanges([(ask(BODY), failure)]))
    with replaying(folder, ORIGIN), pytest.raises(raised, match=f"^{kind}: as recorded$"):
        httpx.post(ORIGIN + TICKETS_PATH, json=BODY, headers=TOKEN)


def test_what_was_not_recorded_is_told_beside_what_is_nearest(tmp_path: Path) -> None:
    with (
        replaying(recording(tmp_path), ORIGIN),
        pytest.raises(MissingInteractionError, match=r"method 'GET' instead of 'POST'|'POST' instead of 'GET'"),
    ):
        httpx.get(ORIGIN + TICKETS_PATH, headers=TOKEN)
