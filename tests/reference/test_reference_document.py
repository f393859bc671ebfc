"""Classification of identity documents: one document, its place, and alarms where they are asked for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from drawn_documents import Drawing, card, desk, encoded, text
from PIL import Image, ImageFilter
from reference_process import DOCUMENT, NOT_RECOGNISED, Server

from conformance.reference import editions

if TYPE_CHECKING:
    pass

PASSPORT = card(Drawing(ticket="passport", document="passport", id="passport"))
CALM = {
    "detect_blur_result": False,
    "detect_glare_result": False,
    "detect_blocking_within_border_result": False,
    "detect_insufficient_lighting_result": False,
    "detect_copy_result": False,
    "detect_border_integrity_result": False,
    "detect_reproduce_result": False,
}
CALM_SCORES = {
    "blur_score": 0,
    "glare_score": 0,
    "blocking_within_border_score": 0,
    "insufficient_lighting_score": 0,
    "copy_score": 0,
    "border_integrity_score": 0,
    "reproduce_score": 0,
}
PLACE = [[100, 60], [1000, 60], [1000, 620], [100, 620]]


@pytest.mark.parametrize("more", [{}, {"alarm": False}])
def test_one_document_without_alarms(server: Server, more: dict[str, object]) -> None:
    answer = server.post(DOCUMENT, {"data": text(encoded(desk((PASSPORT, (100, 60))))), **more})
    assert answer.status_code == 200
    assert answer.json() == {"result": {"type": "passport", "location": PLACE, "confidence": 0.9901}}


def test_one_document_with_alarms(server: Server) -> None:
    answer = server.post(DOCUMENT, {"data": text(encoded(desk((PASSPORT, (100, 60))))), "alarm": True})
    assert answer.json() == {
        "result": {
            "type": "passport",
            "location": PLACE,
            "confidence": 0.9901,
            "alarm_result": CALM,
            "alarm_confidence": CALM_SCORES,
        }
    }


def test_a_blurred_document_raises_one_alarm(server: Server) -> None:
    page = desk((PASSPORT, (100, 60))).filter(ImageFilter.GaussianBlur(2))
    result = server.post(DOCUMENT, {"data": text(encoded(page)), "alarm": True}).json()["result"]
    assert result["alarm_result"] == CALM | {"detect_blur_result": True}


def test_the_largest_of_several_documents_counts(server: Server) -> None:
    other = card(Drawing(document="macao_id_card", id="macao-id-card")).resize((630, 392))
    page = desk((other, (20, 20)), (PASSPORT, (100, 460)), size=(1100, 1100))
    assert server.post(DOCUMENT, {"data": text(encoded(page))}).json()["result"]["type"] == "passport"


def test_a_document_need_not_be_readable_to_be_classified(server: Server) -> None:
    worn = card(Drawing(document="thailand_id_card", content=None))
    assert server.post(DOCUMENT, {"data": text(encoded(worn))}).json()["result"]["type"] == "thailand_id_card"


@pytest.mark.parametrize(
    "page",
    [desk(), card(Drawing(ticket="train_ticket")), card(Drawing(document="passport", locatable=False))],
    ids=["nothing", "a-ticket", "past-recognition"],
)
def test_a_picture_without_a_document_is_refused(server: Server, page: Image.Image) -> None:
    answer = server.post(DOCUMENT, {"data": text(encoded(page))})
    assert (answer.status_code, answer.json()) == (400, NOT_RECOGNISED)


def test_a_later_edition_states_only_what_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = editions.load_edition("auto-id-doc-classification-v2")
    shutil.copytree(Path(editions.__file__).parent / "editions", tmp_path / "editions")
    text = 'extends = "auto-id-doc-classification-v2"\nmaximum_side = 4096\n'
    (tmp_path / "editions" / "later.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(editions, "files", lambda _: tmp_path)
    assert editions.load_edition("later") == replace(before, id="later", maximum_side=4096)
