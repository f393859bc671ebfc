"""A cassette as a target: which request gets which recorded answer, and what is said where there is none."""

from __future__ import annotations

import base64
import gc
import pathlib
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from recordings import TICKETS_PATH, answer, ask, exchanges, interaction, record

from conformance.exchange import Request, Response, TransportFailure
from conformance.recordings import CassetteError
from conformance.recordings.replay import CassetteTarget, MissingInteractionError

PURPOSE = "auto-classification-v1.0/made-up"


def replayed(folder: Path, *requests: Request) -> list[Response | TransportFailure]:
    """The answers to some requests, in order."""
    target = CassetteTarget(folder)
    try:
        return [target.send(request) for request in requests]
    finally:
        target.close()


def missed(folder: Path, request: Request) -> str:
    """What is said about a request that was not recorded, after its own description."""
    with pytest.raises(MissingInteractionError) as caught:
        replayed(folder, request)
    head, _, rest = str(caught.value).partition(" was not recorded; ")
    assert head.startswith(f"cassette:{folder}: {request.method} ")
    return rest


def test_an_answer_comes_back_whole(tmp_path: Path) -> None:
    headers = (("Content-Type", "application/json"), ("X-A", "é"), ("x-a", "2"), ("Content-Encoding", "gzip"))
    reply = Response(207, headers, b'{"a": 1}\xff', 0.25, ("Unasked bytes followed the answer.",))
    folder = record(tmp_path / "c", [interaction(ask(), reply)])
    (back,) = replayed(folder, ask())
    assert back == reply
    assert isinstance(back, Response)
    assert back.odd == reply.odd


def test_a_transport_failure_comes_back(tmp_path: Path) -> None:
    failure = TransportFailure("timeout", "no answer within 30 s", 30.0)
    folder = record(tmp_path / "c", [interaction(ask(), failure)])
    assert replayed(folder, ask()) == [failure]


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/v1.0/ocr/other"},
        {"path": f"{TICKETS_PATH}?a=1"},
        {"auth": "expired"},
        {"body": b'{"url": "http://x.invalid/b"}'},
    ],
)
def test_what_identifies_a_request_is_told_apart(tmp_path: Path, change: dict[str, object]) -> None:
    other = replace(ask(), **change)  # type: ignore[arg-type]
    folder = record(tmp_path / "c", exchanges([(ask(), answer(status=200)), (other, answer(status=201))]))
    statuses = [one.status for one in replayed(folder, other, ask()) if isinstance(one, Response)]
    assert statuses == [201, 200]


def test_headers_and_the_order_of_a_query_do_not_matter(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [interaction(ask(path="/a?b=2&c={project_id}"), answer())])
    sent = replace(ask(path="/a?c={project_id}&b=2"), headers=(("Accept", "*/*"),))
    assert replayed(folder, sent) == [answer()]


def test_text_that_looks_like_a_slot_is_none(tmp_path: Path) -> None:
    slot, text = ask(path="/v2/{project_id}/a"), ask(path="/v2/%7Bproject_id%7D/a")
    folder = record(tmp_path / "c", exchanges([(slot, answer(status=200)), (text, answer(status=404))]))
    assert replayed(folder, text, slot) == [answer(status=404), answer(status=200)]


def test_equal_requests_get_their_answers_in_turn_and_the_last_one_from_then_on(tmp_path: Path) -> None:
    replies = [answer({"n": n}) for n in range(3)]
    folder = record(tmp_path / "c", exchanges([(ask(), reply) for reply in replies]))
    assert replayed(folder, *[ask()] * 5) == [*replies, replies[-1], replies[-1]]


def test_a_script_gets_the_answer_recorded_at_its_place(tmp_path: Path) -> None:
    interactions = [interaction(ask(), answer({"n": n}), n) for n in range(3)]
    folder = record(tmp_path / "c", interactions)
    target = CassetteTarget(folder)
    script = target.recorded(PURPOSE, 1)
    assert script is not None
    next(script)
    answers = [target.send(one.exchange.request) for one in script]
    target.close()
    assert answers == [answer({"n": 1}), answer({"n": 2})]


def test_the_json_value_matches_where_the_bytes_do_not(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [interaction(ask(b'{"a": 1, "b": "x"}'), answer())])
    target = CassetteTarget(folder)
    target.send(ask(b'{"a": 1, "b": "x"}'))
    target.send(ask(b'{"b":"\\u0078","a":1}'))
    target.close()
    assert target.matched == {"bytes": 1, "json": 1}
    assert missed(folder, ask(b'{"a": 1.0, "b": "x"}')) == (
        "the nearest recorded request, 00001, differs: in its body /a is 1 instead of 1.0. Record the run again"
    )


def test_a_missing_request_is_told_apart_from_the_nearest_one(tmp_path: Path) -> None:
    picture = base64.b64encode(bytes(600)).decode()
    near = ask({"image": picture, "type_list": ["passport"], "more": "x" * 80})
    folder = record(tmp_path / "c", exchanges([(ask({"url": "http://x.invalid/"}), answer()), (near, answer())]))
    assert missed(folder, ask({"image": picture, "type_list": ["bankcard"], "more": "x" * 80})) == (
        'the nearest recorded request, 00002, differs: in its body /type_list is ["passport"] instead of ["bankcard"]. '
        "Record the run again"
    )
    assert missed(folder, replace(near, method="GET", auth="empty")) == (
        "the nearest recorded request, 00002, differs: method 'POST' instead of 'GET'; auth 'valid' instead of "
        "'empty'. Record the run again"
    )


def test_the_place_of_a_difference_is_a_json_pointer(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [interaction(ask({"a/b": {"~": 1}}), answer())])
    assert missed(folder, ask({"a/b": {"~": 2}})).endswith(
        "in its body /a~1b/~0 is 1 instead of 2. Record the run again"
    )


def test_a_missing_body_that_is_no_json_is_told_by_length_and_sum(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [interaction(ask(b"\xff"), answer())])
    recorded, wanted = ask(b"\xff").body_sha256()[:12], ask(b"abc").body_sha256()[:12]
    assert missed(folder, ask(b"abc")) == (
        f"the nearest recorded request, 00001, differs: its body has 1 bytes ({recorded}) instead of 3 ({wanted}). "
        "Record the run again"
    )


@pytest.mark.parametrize(("member", "found"), [('"sha256"', "sha256: expected a string"), ('"auth"', "auth: expected")])
def test_a_line_that_no_request_could_be_held_against_is_named(tmp_path: Path, member: str, found: str) -> None:
    folder = record(tmp_path / "c", [interaction(ask(), answer())])
    index = folder / "index.ndjson"
    index.write_text(index.read_text().replace(member, '"other"'))
    with pytest.raises(CassetteError, match=rf"index\.ndjson, line 1: not an interaction of format 1: {found}"):
        CassetteTarget(folder)


def test_a_line_that_cannot_be_compared_is_named(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [interaction(ask(), answer())])
    index = folder / "index.ndjson"
    index.write_text(index.read_text().replace('"length"', '"other"'))
    with pytest.raises(CassetteError, match=r"line 1: not an interaction of format 1: length: expected a whole number"):
        replayed(folder, ask({"url": "http://x.invalid/b"}))


def test_an_empty_cassette_says_so(tmp_path: Path) -> None:
    assert missed(record(tmp_path / "c", []), ask()) == "the cassette is empty. Record the run again"


def held() -> int:
    """Traced bytes in use, without what waits for the collector and without Python's own table of interned names."""
    gc.collect()
    traced = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, pathlib.__file__)])
    return sum(statistic.size for statistic in traced.statistics("filename"))


def test_a_replay_of_any_length_takes_little_memory(tmp_path: Path) -> None:
    def most(count: int) -> int:
        body = {"type_list": ["x" * 3000]}
        made = ((ask({**body, "n": n}), answer({**body, "n": n})) for n in range(count))
        folder = record(tmp_path / str(count), exchanges(made))
        tracemalloc.start()
        target = CassetteTarget(folder)
        script = target.recorded(PURPOSE, 1)
        assert script is not None
        used = [held()]
        for served, one in enumerate(script, start=1):
            assert isinstance(target.send(one.exchange.request), Response)
            if served % 100 == 0:
                used.append(held())
        tracemalloc.stop()
        target.close()
        assert len(used) == 1 + count // 100
        return max(used)

    most(50)  # what is built once is not what grows
    few, many = most(100), most(600)
    assert many - few < 500 * 200


def test_purposes_and_attempts_are_listed_as_recorded(tmp_path: Path) -> None:
    again = replace(interaction(ask(), answer(), 0), attempt=2)
    folder = record(tmp_path / "c", [interaction(ask(), answer(), 0), again, interaction(ask(), answer(), 0, "c/b")])
    target = CassetteTarget(folder)
    found = {
        (purpose, attempt): [one.position for one in script]
        for purpose in target.purposes()
        for attempt in (1, 2, 3)
        if (script := target.recorded(purpose, attempt)) is not None
    }
    target.close()
    assert found == {(PURPOSE, 1): [0], (PURPOSE, 2): [0], ("c/b", 1): [0]}
