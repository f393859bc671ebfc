"""Files cut into parts: each line of a file of lines, each entry of a HAR file is in one part, and keeps its number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.files import open_bytes
from conformance.recordings import CassetteError, Interaction, clients, har
from conformance.recordings.opened import Opened, Part, TornPartError, parts_of_lines, within
from conformance.recordings.recorded import Recorded, Skipped

LINE = '{"request": {"method": "GET", "url": "/v1", "body": ""}, "response": {"status": 200, "body": "%s"}}\n'

ENTRY = {"startedDateTime": "2026-03-01T08:00:00.000Z", "time": 3}
REQUEST = {"method": "POST", "url": "https://ocr.invalid/v1", "headers": []}
ANSWER = {"status": 200, "headers": [], "content": {"text": "{}"}}
LURES = (
    "{",
    "}",
    '"',
    "\\",
    "[]",
    ",",
    "\n",
    '{"startedDateTime":',
    ',{"startedDateTime": "x", "request": {}}',
    "证件",
    "x" * 90,
)
"""What would be taken for the beginning or the end of something, were it not in a text."""


def entry(words: list[str]) -> dict[str, object]:
    """An entry of a HAR file with some words in the body of its request, escaped once and twice."""
    text = json.dumps({"note": "".join(words)})
    return {**ENTRY, "request": {**REQUEST, "postData": {"text": text}}, "response": ANSWER, "comment": "".join(words)}


ENTRIES: st.SearchStrategy[list[object]] = st.lists(
    st.one_of(
        st.lists(st.sampled_from(LURES), max_size=4).map(entry),
        st.sampled_from(
            [{**ENTRY, "request": {}}, {"request": REQUEST, "response": ANSWER}, ENTRY, None, 7, "text", []]
        ),
    ),
    max_size=8,
)
LURE = {"startedDateTime": "now", "request": {"method": "GET"}}


@settings(deadline=None, max_examples=100)
@given(
    entries=ENTRIES,
    more=st.lists(st.sampled_from(["pages", "own", "within", "after", "beside"])),
    indent=st.sampled_from([None, 0, 2]),
    size=st.integers(1, 900),
    damage=st.sampled_from(["none", "none", "cut", "hole", "mark"]),
    where=st.floats(0, 1),
)
def test_parts_of_a_har_file_hold_what_the_whole_holds_in_the_same_order(
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[object],
    more: list[str],
    indent: int | None,
    size: int,
    damage: str,
    where: float,
) -> None:
    if "within" in more:
        entries = [{**one, "own": [1, LURE]} if isinstance(one, dict) else one for one in entries]
    before = {"creator": {"name": "tests"}, **({"pages": [LURE, LURE]} if "pages" in more else {})}
    log = {**before, "entries": entries, **({"more": [0, LURE, LURE]} if "after" in more else {})}
    text = json.dumps({"log": log, **({"beside": [0, LURE]} if "beside" in more else {})}, indent=indent)
    at = round(where * len(text))
    text = {"none": text, "cut": text[:at], "hole": text[:at] + text[at + 9 :], "mark": text[:at] + '"' + text[at:]}[
        damage
    ]
    path = tmp_path_factory.mktemp("cut") / "traffic.har"
    path.write_text(text)
    whole = read_har(path, None)
    parts = har.parts_of_entries(Opened(path), size)
    assert "".join(text.encode()[part.start : part.end].decode() for part in parts) == text
    found: list[tuple[str, object]] = []
    try:
        for part in parts:
            found += read_har(path, Part(part.start, part.end, len(found)))
    except TornPartError:
        assert damage != "none" or more, "nothing in the file is odd"
    else:
        assert found == whole


def read_har(path: Path, part: Part | None) -> list[tuple[str, object]]:
    """What a HAR file, or a part of one, holds, and what is said of what it does not."""
    found: list[tuple[str, object]] = []
    try:
        for one in har.read(Opened(path, part), lambda left: found.append((left.place, left.reason.en))):
            assert not isinstance(one, Interaction)
            found.append((one.place, one))
    except CassetteError as error:
        found.append(("file", str(error)))
    return found


@pytest.mark.parametrize("indent", [None, 2])
def test_a_har_file_is_cut_before_every_entry_if_need_be(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "traffic.har"
    path.write_text(json.dumps({"log": {"entries": [entry([lure]) for lure in LURES]}}, indent=indent))
    assert len(har.parts_of_entries(Opened(path), 1)) == len(LURES)
    assert len(har.parts_of_entries(Opened(path), path.stat().st_size // 2)) == 2


PACKED = (b"\x1f\x8b", b"PK\x03\x04")
"""What begins like this is unpacked first, or is broken: it has no lines of its own."""


@settings(deadline=None)
@given(
    text=st.binary(max_size=60).map(lambda data: data.replace(b"a", b"\n")).filter(lambda t: not t.startswith(PACKED)),
    size=st.integers(1, 70),
)
def test_parts_are_whole_lines_and_together_the_file(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, size: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "lines"
    path.write_bytes(text)
    parts = parts_of_lines(Opened(path), size)
    assert b"".join(text[part.start : part.end] for part in parts) == text
    assert all(text[: part.end].endswith(b"\n") for part in parts[:-1])
    assert all(part.start < part.end for part in parts)


def test_a_part_is_read_by_itself_and_its_lines_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "traffic"
    lines = [LINE % "1", "torn\n", LINE % "3", LINE % "4"]
    path.write_text("".join(lines))
    start = len(lines[0])
    opened, skipped = Opened(path, Part(start, start + len("".join(lines[1:3])), lines_before=1)), list[Skipped]()
    found = [one.place for one in clients.read_lines(opened, skipped.append) if isinstance(one, Recorded)]
    assert (found, [one.place for one in skipped]) == (["line 3"], ["line 2"])
    assert opened.names[:2] == ["request", "response"]  # what a file is, its front tells, whichever part is read


def test_a_file_in_object_storage_is_read_in_parts_as_one_of_this_machine() -> None:
    data = (LINE % "1" + LINE % "2").encode()

    class Stored(AbstractBufferedFile):  # type: ignore[misc]
        def _fetch_range(self, start: int, end: int) -> bytes:
            return data[start:end]

    class Path:  # as a path elsewhere, it is none of this machine
        def open(self, _mode: str) -> Stored:
            return Stored(AbstractFileSystem(), "bucket/traffic", size=len(data))

    with open_bytes(cast("Any", Path())) as file:
        assert list(iter(lambda: file.readline(1 << 20), b"")) == data.splitlines(keepends=True)
    with open_bytes(cast("Any", Path())) as file:
        assert within(file, Part(len(data) // 2, len(data))).read() == (LINE % "2").encode()
