"""A data file that cannot be read is one message with its name, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.files import DataError, mistakes_in, near_it, read_json, read_toml


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (read_toml, b"a = \n", "not valid TOML: Invalid value (at line 1, column 5)"),
        (read_toml, b"a = " + b"9" * 5_000, "not valid TOML: Exceeds the limit (4300 digits)"),
        (read_toml, b"a = " + b"[" * 50_000, "not valid TOML: nested too deeply"),
        (read_json, b"{]", "not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2"),
        (read_json, b"9" * 5_000, "not valid JSON: Exceeds the limit (4300 digits)"),
        (read_json, b"[" * 200_000, "not valid JSON: nested too deeply"),
        (read_json, b"\xff", "expected UTF-8 text, found byte 0xff"),
    ],
    ids=["toml", "toml, digits", "toml, deep", "json", "json, digits", "json, deep", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_one_message(
    read: Callable[[Path], object], content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}: {message}")


def test_a_file_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_toml(tmp_path / "none.toml")
    assert str(error.value) == f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory"


def test_a_mistake_of_another_form_names_the_place_and_the_description_of_the_form() -> None:
    with pytest.raises(DataError) as error, mistakes_in("a.toml", "README.md"):
        dict[str, int]()["id"]
    assert str(error.value) == "a.toml: expected the form that README.md describes, found KeyError('id')"


def test_a_mistake_that_is_told_already_is_told_with_its_place() -> None:
    with pytest.raises(DataError) as error, mistakes_in("a.toml"):
        raise DataError("id: expected text", "id：应为文本")
    assert str(error.value) == "a.toml: id: expected text"
    assert error.value.words.zh == "a.toml：id：应为文本"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("answer", "near it are answer.json, answer.media-type"),
        ("answer.jsn", "near it are answer.json"),
        ("zzz", "near it are token.valid, answer.media-type, answer.json"),
    ],
)
def test_names_that_begin_alike_come_first_and_the_first_ones_where_none_is_near(name: str, expected: str) -> None:
    assert near_it(name, ["token.valid", "answer.media-type", "answer.json", "ticket.found"]).en == expected
