"""JSON read piece by piece is the JSON that Python reads at once, wherever the pieces end."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.recordings import CassetteError, jsonstream
from conformance.recordings.jsonstream import BrokenJsonError, JsonStream, Shortened, entries
from conformance.text import plain

TEXTS = st.text(st.sampled_from('ab/+="\\\n\u00e9\u6837\U0001f600{}[],: '), max_size=24) | st.text("aB/+", max_size=60)
NUMBERS = st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXTS | st.just("text"), below, max_size=4),
    max_leaves=12,
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces and long texts of a few bytes."""
    monkeypatch.setattr(jsonstream, "_CHUNK", 7)
    monkeypatch.setattr(jsonstream, "_LONG", 12)


def read(text: bytes, bulky: str = "") -> list[object]:
    """The entries of a list called `all`."""
    return list(entries(JsonStream(io.BytesIO(text), plain("a list"), bulky), ("all",), {}))


def as_text(value: Any) -> Any:
    """A value with its bytes as the texts that they are."""
    if isinstance(value, dict):
        return {key: as_text(below) for key, below in value.items()}
    if isinstance(value, list):
        return [as_text(below) for below in value]
    return value.decode() if isinstance(value, bytes) else value


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, max_size=3), st.booleans(), st.sampled_from([None, 1]), st.sampled_from(["", "text"]))
def test_what_is_read_piece_by_piece_is_what_is_read_at_once(
    values: list[object], ascii_only: bool, indent: int | None, bulky: str
) -> None:
    text = json.dumps({"before": values, "all": values, "after": 1}, ensure_ascii=ascii_only, indent=indent)
    assert as_text(read(text.encode(), bulky)) == values
    assert as_text(read(b"\xef\xbb\xbf" + text.encode(), bulky)) == values


def test_a_long_text_of_that_name_is_left_as_bytes() -> None:
    body = json.dumps({"image": "QUJD" * 200})
    text = json.dumps({"all": [{"text": body, "other": "QUJD" * 200, "deep": {"text": "short"}}]}).encode()
    assert read(text, "text") == [{"text": body.encode(), "other": "QUJD" * 200, "deep": {"text": "short"}}]


def briefly(entry: dict[str, object]) -> object:
    """An entry as it is read where only credentials are looked for."""
    stream = io.BytesIO(json.dumps({"all": [entry]}).encode())
    (found,) = entries(JsonStream(stream, plain("a list"), "text", brief=True), ("all",), {})
    return found


def test_the_middle_of_a_picture_is_left_out_where_nobody_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonstream, "_FRONT", 40)
    monkeypatch.setattr(jsonstream, "_TAIL", 20)
    body = json.dumps({"image": "QUJD" * 200, "token": "of-nobody"})
    found = briefly({"text": body, "other": body})
    assert isinstance(found, dict)
    shortened = found["text"]
    assert isinstance(shortened, Shortened)
    assert (bytes(shortened), shortened.whole, found["other"]) == (
        b'{"image": "QUJD' + b"QUJD" * 10 + b"QUJD" * 5 + b'", "token": "of-nobody"}',
        len(body),
        body,
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"text": "QUJD" * 200, "encoding": "base64"},
        {"text": '{"image": "QUJD<' + "QUJD" * 200 + '"}'},
        {"text": '{"image": "' + "QUJD" * 200 + '&token=of-nobody"}'},
        {"text": "QUJD" * 10},
    ],
    ids=["to be decoded", "begins as no picture does", "ends as no picture does", "short"],
)
def test_what_may_be_looked_into_is_left_whole(entry: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonstream, "_FRONT", 40)
    monkeypatch.setattr(jsonstream, "_TAIL", 20)
    assert as_text(briefly(entry)) == entry


def with_runs(text: str) -> str:
    """A text with runs in the places of <A>, <B>, <N> ..."""
    return re.sub("<([A-Z])>", lambda found: found[1] * 700, text)


@pytest.mark.parametrize(
    "entry",
    [
        '{"text": "<A>", "text": "last"}',
        '{"text": "first", "text": "<B>"}',
        '{"a": "<A>", "b": "<B>", "a": "<C>"}',
        '{"<N>": 1}',
        '{"text": "\\u0041<A>\\u00e9<B>"}',
        '{"text": "<A>", "n": NaN}',
        '{"text": "<A>\\ud800"}',
        '{"text": "<A>", "other": "a-long-run-of-this-text-"}',
        '{"text": "\u6837<A>\u00e9"}',
        '{"text": "<A>\u00e9<B>"}',
    ],
)
def test_what_is_odd_around_a_long_text_is_read_as_python_reads_it(entry: str) -> None:
    entry = with_runs(entry)
    found = as_text(read(f'{{"all": [{entry}, 2]}}'.encode(), "text"))
    assert repr(found) == repr([json.loads(entry), 2])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"all": [1, {"text": "<A>', "entry 2"),
        ('{"all": [1, {"text": "<A>\n"}]}', "entry 2"),
        ('{"all": [1, {"a": tru}]}', "entry 2"),
        ('{"all": [1, {"a": [2}]}', "entry 2"),
        ('{"all": [', "entry 1"),
        ('{"all', "the head of the file"),
    ],
)
def test_damage_is_told_with_its_place(text: str, place: str) -> None:
    with pytest.raises(BrokenJsonError) as caught:
        read(with_runs(text).encode(), "text")
    assert caught.value.place == place
    assert caught.value.reason.startswith("not JSON: ")


def test_a_value_longer_than_any_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonstream, "LONGEST", 1 << 20)
    with pytest.raises(BrokenJsonError, match=r"^entry 1: not JSON, or longer than 1 MB$"):
        read(b'{"all": ["' + b"A" * (3 << 20) + b'"]}', "text")


def test_another_text_is_named() -> None:
    with pytest.raises(CassetteError, match=r"^a list, found '\u6837' instead of '\{'$"):
        read("\u6837".encode())
