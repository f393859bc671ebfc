"""Another recognizer takes the place of the one that ships: found by its entry point, asked once per picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from drawn_documents import desk, encoded, text
from reference_process import DOCUMENT, NOT_RECOGNISED, TICKETS, launched, served

from conformance.reference.pictures import Memory
from conformance.reference.recognizer import load_recognizer

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = '''
from conformance.reference.recognizer import Found

class Engine:
    """Sees a bank card of one colour everywhere."""

    calls = 0

    def recognise(self, picture):
        type(self).calls += 1
        place = ((0, 0), (picture.width, 0), (picture.width, picture.height), (0, picture.height))
        return (Found("bankcard", "macao_id_card", place, {"bank_name": f"call {self.calls}"}, 0.5),)
'''


def distribution(folder: Path) -> dict[str, str]:
    """A distribution with an entry point, and the environment in which it counts as installed."""
    (folder / "some_engine.py").write_text(ENGINE, encoding="utf-8")
    information = folder / "some_engine-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: some-engine\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text(
        "[ocr_conformance.recognizers]\nsome-engine = some_engine:Engine\n", encoding="utf-8"
    )
    return {"PYTHONPATH": str(folder)}


def test_an_installed_recognizer_reads_the_pictures(tmp_path: Path) -> None:
    page = text(encoded(desk(size=(300, 200))))
    with served("--recognizer", "some-engine", environment=distribution(tmp_path)) as server:
        tickets = [server.post(TICKETS, {"image": page}).json()["result"] for _ in range(2)]
        document = server.post(DOCUMENT, {"data": page}).json()["result"]
    assert [ticket[0]["content"]["bank_name"] for ticket in tickets] == ["call 1", "call 1"]
    assert document == {
        "type": "macao_id_card",
        "location": [[0, 0], [300, 0], [300, 200], [0, 200]],
        "confidence": 0.5,
    }


def test_without_the_option_it_is_not_asked(tmp_path: Path) -> None:
    page = text(encoded(desk(size=(300, 200))))
    with served(environment=distribution(tmp_path)) as server:
        assert server.post(TICKETS, {"image": page}).json() == NOT_RECOGNISED


def test_an_unknown_name_lists_those_there_are(tmp_path: Path) -> None:
    with launched("--recognizer", "other", environment=distribution(tmp_path)) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors.endswith("(group ocr_conformance.recognizers); offered: some-engine\n")


def test_one_that_cannot_be_loaded_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distribution(tmp_path)
    (tmp_path / "some_engine.py").write_text("class Other: ...\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=r"^the recognizer 'some-engine' \(some_engine:Engine\) cannot be loaded: "):
        load_recognizer("some-engine")


def test_a_memory_forgets_what_was_not_asked_for_longest() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name.upper()

    memory: Memory[str, str] = Memory(2)
    answers = [memory.recall(name, partial(make, name)) for name in ("a", "b", "a", "c", "a", "b")]
    assert answers == ["A", "B", "A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"]
