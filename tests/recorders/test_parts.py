"""Files cut into parts of whole lines: every line is in one part, and keeps its number."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.files import open_bytes
from conformance.recordings import ndjson
from conformance.recordings.opened import Opened, Part, parts_of_lines, within
from conformance.recordings.recorded import Recorded, Skipped

LINE = '{"request": {"method": "GET", "url": "/v1", "body": ""}, "response": {"status": 200, "body": "%s"}}\n'


@settings(deadline=None)
@given(text=st.binary(max_size=60).map(lambda data: data.replace(b"a", b"\n")), size=st.integers(1, 70))
def test_parts_are_whole_lines_and_together_the_file(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, size: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "lines"
    path.write_bytes(text)
    parts = parts_of_lines(path, size)
    assert b"".join(text[part.start : part.end] for part in parts) == text
    assert all(text[: part.end].endswith(b"\n") for part in parts[:-1])
    assert all(part.start < part.end for part in parts)


def test_a_part_is_read_by_itself_and_its_lines_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "traffic"
    lines = [LINE % "1", "torn\n", LINE % "3", LINE % "4"]
    path.write_text("".join(lines))
    start = len(lines[0])
    opened, skipped = Opened(path, Part(start, start + len("".join(lines[1:3])), lines_before=1)), list[Skipped]()
    found = [one.place for one in ndjson.read(opened, skipped.append) if isinstance(one, Recorded)]
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
