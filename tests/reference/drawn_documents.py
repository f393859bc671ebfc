"""Documents for the tests of the reference: coloured cards with the two codes of a specimen."""

from __future__ import annotations

import base64
import io
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import segno
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 900
HEIGHT = 560
_PAPER = (214, 226, 240)
_DESK = (150, 140, 128)


@dataclass(frozen=True)
class Drawing:
    """What to draw: `content` None leaves the content code out, `locatable` False the locator code."""

    ticket: str = "-"
    document: str = "-"
    content: Mapping[str, object] | None = field(default_factory=dict)
    locatable: bool = True
    id: str = "drawn"


def card(drawing: Drawing) -> Image.Image:
    """The document alone, WIDTH x HEIGHT pixels."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, WIDTH - 5, HEIGHT - 5), outline=(60, 80, 160), width=3)
    for line in range(6):
        draw.text((40, 420 + 20 * line), f"SPECIMEN {drawing.ticket} {drawing.document} line {line}", fill=(20, 20, 60))
    if drawing.locatable:
        _paste_locator(image, drawing)
    if drawing.content is not None:
        _paste_content(image, drawing, drawing.content)
    return image


def desk(*placed: tuple[Image.Image, tuple[int, int]], size: tuple[int, int] = (1400, 900)) -> Image.Image:
    """A desk with documents at these upper-left corners."""
    page = Image.new("RGB", size, _DESK)
    for image, corner in placed:
        page.paste(image, corner, image if image.mode == "RGBA" else None)
    return page


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def text(data: bytes) -> str:
    """Base64 as a call carries it."""
    return base64.b64encode(data).decode()


def _paste_locator(image: Image.Image, drawing: Drawing) -> None:
    x, y = 40, 60
    side = 0
    for _ in range(2):  # the text holds the side of the code that the text makes
        words = f"OCRSPEC1 {drawing.id} {drawing.ticket} {drawing.document} {WIDTH} {HEIGHT} {x} {y} {side:03d}"
        code = segno.make(words, error="h", boost_error=False, micro=False, mask=0)
        side = int(code.symbol_size(scale=6, border=0)[0])
    _paste(image, code, 6, (x, y))


def _paste_content(image: Image.Image, drawing: Drawing, content: Mapping[str, object]) -> None:
    x, y = 440, 60
    packed = zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 9)
    payload = base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    side = 0
    for _ in range(2):
        words = f"OCRDATA1 {drawing.id} {x} {y} {side:03d} {payload}"
        code = segno.make(words, error="m", boost_error=False, micro=False, mask=0)
        side = int(code.symbol_size(scale=3, border=0)[0])
    _paste(image, code, 3, (x, y))


def _paste(image: Image.Image, code: segno.QRCode, scale: int, corner: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    code.save(buffer, kind="png", scale=scale, border=4)
    with Image.open(buffer) as picture:
        image.paste(picture.convert("RGB"), (corner[0] - 4 * scale, corner[1] - 4 * scale))
