"""The place that a JSON Pointer names, cut out of an answer."""

from __future__ import annotations

import json

import pytest

from conformance.report.transcript import Excerpt, excerpt, shortened

BODY = b'{"result":[{"type":"train_ticket","location":[[1,2],[3,4.0]],"note":null}],"x":true}'


def test_the_place_is_marked_with_its_key_and_numbers_stay_as_sent() -> None:
    found = excerpt(BODY, "/result/0/location")
    assert found.before == '{\n  "result": [\n    {\n      "type": "train_ticket",\n      '
    assert found.marked == '"location": [[1, 2], [3, 4.0]]'
    assert found.after == ',\n      "note": null\n    }\n  ],\n  "x": true\n}'
    assert not found.cut


def test_a_place_inside_a_short_list_opens_the_list() -> None:
    found = excerpt(BODY, "/result/0/location/1/1")
    assert found.marked == "4.0"
    assert found.before.endswith("[1, 2],\n        [\n          3,\n          ")


def test_a_member_that_is_missing_marks_what_it_is_missing_from() -> None:
    assert excerpt(b'{"result": {"a": 1}}', "/result/type").marked == '"result": {"a": 1}'
    assert excerpt(b'{"a": 1}', "/result").marked == '{"a": 1}'


def test_no_place_in_particular_shows_the_beginning() -> None:
    found = excerpt(json.dumps({f"key{n}": "x" * 30 for n in range(40)}).encode(), "")
    assert (found.before, found.marked, found.cut) == ("", "", True)
    assert len(found.after.splitlines()) == 16


def test_only_lines_near_the_place_are_shown() -> None:
    body = json.dumps({f"key{n:02d}": "x" * 30 for n in range(40)}).encode()
    found = excerpt(body, "/key20")
    assert [line.split('"')[1] for line in found.before.strip().splitlines()] == [f"key{n:02d}" for n in range(9, 20)]
    assert found.marked.startswith('"key20": ')
    assert found.after.count("key") == 7
    assert found.cut


def test_keys_with_slashes_and_repeated_keys_are_found() -> None:
    assert excerpt(b'{"a/b": {"~": 5}}', "/a~1b/~0").marked == '"~": 5'
    found = excerpt(b'{"a": 1, "a": 2}', "/a")
    assert (found.marked, found.after) == ('"a": 1', ',\n  "a": 2\n}')


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"<html>\xff</html>", "<html>\\xff</html>"),
        (b"", ""),
        (b"[" * 100_000, "[" * 900),
        (b'{"a": NaN}', '{"a": NaN}'),
        (b'{"a": ' + b"9" * 5000 + b"}", '{\n  "a": ' + "9" * 120 + "…\n}"),
    ],
)
def test_whatever_a_target_answers_is_shown_in_bounded_space(body: bytes, shown: str) -> None:
    assert excerpt(body, "").after == shown


def test_a_body_beyond_the_limit_is_not_parsed() -> None:
    found = excerpt(b'{"a": "' + b"x" * 300_000 + b'"}', "/a")
    assert found == Excerpt("", "", '{"a": "' + "x" * 893, cut=True)


def test_masked_content_keeps_names_and_structure() -> None:
    found = excerpt(BODY, "/result/0/location", masked=True)
    assert found.marked == '"location": [[…, …], […, …]]'
    assert found.after == ',\n      "note": null\n    }\n  ],\n  "x": true\n}'
    assert excerpt(b"a name", "", masked=True) == Excerpt("", "", "…", cut=True)
    assert shortened(b"a name", 600, 60, masked=True) == "…"


def test_long_strings_of_a_request_are_replaced_by_their_length() -> None:
    assert shortened(json.dumps({"image": "A" * 1060}).encode(), 600, 60) == (
        '{\n  "image": "' + "A" * 60 + '… +1,000"\n}'
    )
    assert shortened(b"not json " * 100, 20, 60) == "not json not json no…"
