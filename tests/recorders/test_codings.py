"""Content codings of recorded bodies: undone where the bytes are of the coding, left where a recorder undid them."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import brotli
import pytest
import zstandard

from conformance.recordings import Interaction
from conformance.recordings.formats import traffic_of
from conformance.recordings.recorded import Skipped

PLAIN = json.dumps({"result": [], "padding": "x" * 500}).encode()
PACKED = {
    "gzip": gzip.compress(PLAIN),
    "x-gzip": gzip.compress(PLAIN[:99]) + gzip.compress(PLAIN[99:]),
    "deflate": zlib.compress(PLAIN),
    "Deflate": zlib.compress(PLAIN, wbits=-15),
    "br": brotli.compress(PLAIN),
    "zstd": zstandard.ZstdCompressor().compress(PLAIN),
    "gzip, br": brotli.compress(gzip.compress(PLAIN)),
    "identity, gzip": gzip.compress(PLAIN),
}


def read(path: Path, coding: str, data: bytes, **headers: str) -> tuple[list[Interaction], list[str]]:
    """What one answer is read as; `data` are the bytes in the recording."""
    answer = {"status": 200, "headers": {"Content-Encoding": coding, **headers}}
    body = {"base64": base64.b64encode(data).decode("ascii")}
    request = {"method": "GET", "path": "/", "headers": {}}
    path.write_text(json.dumps({"request": request, "response": {**answer, "body": body}}))
    skipped: list[Skipped] = []
    return list(traffic_of(path).exchanges(skipped.append)), [one.reason.en for one in skipped]


@pytest.mark.parametrize("coding", PACKED)
def test_bytes_of_a_coding_are_decoded(coding: str, tmp_path: Path) -> None:
    (one,), skipped = read(tmp_path / "a", coding, PACKED[coding])
    assert one.exchange.response is not None
    assert (one.exchange.response.body, skipped) == (PLAIN, [])


@pytest.mark.parametrize("coding", [*PACKED, "rot13", ", ".join(["gzip"] * 9)])
@pytest.mark.parametrize("body", [PLAIN, b"", b"<html>", b"\xff\xfe\xfd"])
def test_what_a_recorder_decoded_is_taken_as_it_is(coding: str, body: bytes, tmp_path: Path) -> None:
    (one,), skipped = read(tmp_path / "a", coding, body)
    assert one.exchange.response is not None
    assert (one.exchange.response.body, skipped) == (body, [])


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_coding_that_breaks_off_is_left_out(coding: str, tmp_path: Path) -> None:
    assert read(tmp_path / "a", coding, PACKED[coding][:-9]) == (
        [],
        [f"the body was not recorded whole: its {coding} breaks off"],
    )


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_decodes_without_end_is_left_out(
    coding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.recordings.recorded.LONGEST_BODY", 1 << 20)
    zeros = bytes(2 << 20)
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress, "deflate": zlib.compress, "br": partial(brotli.compress, quality=1),
        "zstd": zstandard.ZstdCompressor().compress,
    }  # fmt: skip
    bomb = packers[coding](zeros)
    assert read(tmp_path / "a", coding, bomb) == ([], ["the body decodes to more than 1 MB"])


@pytest.mark.parametrize(("coding", "library"), [("br", "brotli"), ("zstd", "zstandard")])
def test_without_its_library_a_coding_is_left_out_by_name(
    coding: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert read(tmp_path / "a", coding, PACKED[coding]) == (
        [],
        [f"the body is in the content coding {coding}; to read it, `pip install ocr-conformance[codings]`"],
    )
    assert read(tmp_path / "a", coding, PLAIN)[1] == []
