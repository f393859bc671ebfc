"""The committed pictures are what the rendering code draws, and drawing is deterministic.

The typefaces may be missing; then drawing is exercised with Pillow's own typeface, and of a master only the codes can
be compared with the file. Worn copies are made from the committed masters and need no typeface at all.
"""

import io
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from specimen_files import FallbackFonts, by_id

from conformance.specimens import DOCUMENTS, draw_master
from conformance.specimens.__main__ import encode, layout, main, render_document
from conformance.specimens.canvas import Fonts, NotoFonts, missing_font_files
from conformance.specimens.specimen import Document, PlacedCode, content_code, locator_code
from conformance.specimens.wear import COPIES, Copy

WORN = [(document, copy) for document in DOCUMENTS for copy in COPIES.get(document.id, ())]


def available_fonts() -> Fonts:
    return FallbackFonts() if missing_font_files() else NotoFonts()


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean absolute difference of the channel values, 0 to 255."""
    a, b = (np.asarray(image.convert("RGB"), dtype=np.float64) for image in (first, second))
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize("specimen", ["quota-invoice", "hongkong-id-card"])
def test_rendering_twice_gives_the_same_bytes(specimen: str) -> None:
    document = next(document for document in DOCUMENTS if document.id == specimen)
    copies = [render_document(document, available_fonts()) for _ in range(2)]
    assert copies[0] == copies[1]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.id)
def test_a_committed_master_is_what_is_drawn(document: Document) -> None:
    drawn = draw_master(document, available_fonts())
    committed = by_id(document.id).picture()
    areas = [(code.x, code.y, code.x + code.side, code.y + code.side) for code in _codes(document)]
    if not missing_font_files():
        areas.append((0, 0, document.width, document.height))
    for area in areas:
        assert difference(drawn.crop(area), committed.crop(area)) < 3


def _codes(document: Document) -> tuple[PlacedCode, PlacedCode]:
    return (locator_code(document), content_code(document))


@pytest.mark.parametrize(("document", "copy"), WORN, ids=[f"{document.id}.{copy.wear}" for document, copy in WORN])
def test_a_committed_copy_is_its_master_worn(document: Document, copy: Copy) -> None:
    worn = copy.apply(by_id(document.id).picture(), document)
    made = Image.open(io.BytesIO(encode(worn.image, copy.suffix)))
    entry = by_id(f"{document.id}.{copy.wear}")
    assert made.size == (entry.width, entry.height)
    assert entry.corners[0] == worn.offset
    assert difference(made, entry.picture()) < 3


@pytest.mark.skipif(bool(missing_font_files()), reason="layouts are measured in the Noto typefaces")
@pytest.mark.parametrize("specimen", ["train-ticket", "passport", "vat-invoice"])
def test_a_committed_layout_is_what_is_drawn(specimen: str) -> None:
    document = next(document for document in DOCUMENTS if document.id == specimen)
    committed = json.loads(files("conformance.reference").joinpath("layouts.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(layout(document))) == committed[specimen]


def test_missing_typefaces_are_named_and_nothing_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setattr("conformance.specimens.canvas.FACES", {"sans": (tmp_path / "Absent.ttc", 0)})
    assert main([str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("expected the Noto typefaces to draw with; not installed: Absent.ttc; on")
    assert not (tmp_path / "out").exists()


def test_two_folders_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["one", "two"]) == 2
    assert capsys.readouterr().err == "usage: python -m conformance.specimens [FOLDER]\n"
