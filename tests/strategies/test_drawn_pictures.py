"""Pictures that are kept between runs are what would be drawn, or are drawn again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.contract.contract import load_contract
from conformance.engine.options import Settings
from conformance.engine.session import open_session
from conformance.strategies import pictures
from conformance.strategies.draw import Draw
from conformance.strategies.pictures import DrawnPictures, draw_picture, keep_in, page_file

DRAW = Draw(page=("train-ticket", "bankcard"), format="JPEG", rotate=10, scale=0.5)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder in which pictures are kept for one test."""
    keep_in(tmp_path / "kept")
    pictures._lately.clear()
    yield tmp_path / "kept"
    keep_in(None)
    pictures._lately.clear()


def _again(draw: Draw) -> pictures.Picture:
    pictures._lately.clear()
    return draw_picture(draw)


def _not_drawn(*_: object) -> pictures.Picture:
    raise AssertionError("drawn although it was kept")


def test_a_kept_picture_is_the_one_that_was_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = draw_picture(DRAW)
    monkeypatch.setattr(pictures, "_drawn", _not_drawn)
    found = _again(DRAW)
    assert found == first
    assert found.truth(load_contract("auto-classification-v1.0")) == first.truth(
        load_contract("auto-classification-v1.0")
    )
    assert len(list(folder.iterdir())) == 1


def test_what_is_said_beside_the_picture_needs_no_other_one(folder: Path) -> None:
    draw_picture(DRAW)
    _again(Draw(page=DRAW.page, format="JPEG", rotate=10, scale=0.5, type_list=("bankcard",), base64=200_000))
    assert len(list(folder.iterdir())) == 1


def test_a_page_in_a_format_that_is_not_listed_is_kept_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = page_file(DRAW, "GIF")
    monkeypatch.setattr(pictures, "encode_unsupported", _not_drawn)
    assert page_file(DRAW, "GIF") == first
    assert first.startswith(b"GIF8")
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"no head", b'{"sha256": "0", "key": "?", "notes": {}}\nx'])
def test_a_damaged_entry_is_drawn_again_and_replaced(folder: Path, damage: bytes) -> None:
    first = draw_picture(DRAW)
    (entry,) = folder.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(damage or whole[:-1])
    assert _again(DRAW) == first
    assert entry.read_bytes() == whole


def test_an_entry_of_another_picture_is_not_used(folder: Path) -> None:
    draw_picture(DRAW)
    (one,) = folder.iterdir()
    other = draw_picture(Draw(page=("bankcard",), format="JPEG"))
    (second,) = set(folder.iterdir()) - {one}
    second.write_bytes(one.read_bytes())
    assert _again(Draw(page=("bankcard",), format="JPEG")) == other


def test_other_drawing_code_draws_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_picture(DRAW)
    monkeypatch.setattr(pictures, "drawing_code", lambda: "another kit")
    _again(DRAW)
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_cannot_be_made_keeps_nothing_and_draws(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keep_in(tmp_path / "file" / "kept")
    try:
        kept = _again(DRAW)
    finally:
        keep_in(None)
    assert kept == _again(DRAW)


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    cache = DrawnPictures(tmp_path, most=2_500)
    for at, key in enumerate(["old", "used", "new"]):
        before = set(tmp_path.iterdir())
        cache.put(key, bytes(900), {})
        (entry,) = set(tmp_path.iterdir()) - before
        os.utime(entry, (at, at))
    assert cache.get("old") is not None  # which makes it the newest
    DrawnPictures(tmp_path, most=2_500).put("one more", bytes(900), {})
    assert [key for key in ["old", "used", "new", "one more"] if cache.get(key)] == ["old", "one more"]


def test_a_run_keeps_its_pictures_unless_told_not_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    try:
        open_session(Settings(target="reference", no_cache=True)).close()
        assert pictures._kept is None
        open_session(Settings(target="reference")).close()
        assert (found := pictures._kept) is not None
        assert found.folder == pictures.usual_folder()
    finally:
        keep_in(None)
