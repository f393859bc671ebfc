"""From a draw to the file of its picture: specimens placed on a page, with the true place of every document."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, cast

from conformance.contract.contract import Contract
from conformance.exchange import Brief, Quad, TrueDocument, Truth
from conformance.files import DataError
from conformance.images import (
    EXTENSIBLE,
    Extensible,
    FaultFormat,
    Variant,
    blank,
    encode,
    encode_unsupported,
    extend,
    pad_to_base64,
)
from conformance.strategies.draw import Draw
from conformance.strategies.drawn import DrawnPictures, Recent, corners_from, drawing_code, kept
from conformance.strategies.specimens import OWN, Specimen, specimens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL.Image import Image


# Places specimens on a page, turns and scales it, and keeps the true corners of every document on it.
#
# Coordinates are edges of pixels, y down: a document that fills a page of 900 x 560 pixels has the corners (0, 0),
# (900, 0), (900, 560), (0, 560). Each step maps pixels and corners by the same formula, so that the truth stays
# exact.


_KEPT_PAGES = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """A specimen on a page: its true corners in pixels of that page."""

    specimen: Specimen
    corners: Quad


@dataclass(frozen=True, slots=True)
class Page:
    """Pixels in RGB, and what is on them."""

    image: Image
    documents: tuple[Placed, ...]

    def mapped(self, image: Image, point: Callable[[float, float], tuple[float, float]]) -> Page:
        """The page with other pixels, to which `point` takes every corner."""
        placed = (
            Placed(d.specimen, cast("Quad", tuple(point(*corner) for corner in d.corners))) for d in self.documents
        )
        return Page(image, tuple(placed))


def lay_out(specimens: Sequence[Specimen], margin: int) -> Page:
    """The specimens below each other at their own size on white, `margin` pixels around and between them."""
    from PIL.Image import new

    width = max(specimen.width for specimen in specimens) + 2 * margin
    height = sum(specimen.height + margin for specimen in specimens) + margin
    image = new("RGB", (width, height), "white")
    placed, top = [], margin
    for specimen in specimens:
        image.paste(_pixels(specimen), (margin, top))
        corners = tuple((x + margin, y + top) for x, y in specimen.corners)
        placed.append(Placed(specimen, cast("Quad", corners)))
        top += specimen.height + margin
    return Page(image, tuple(placed))


# Requests that follow each other mostly show the same specimen, which is about 2 MB.
@lru_cache(maxsize=_KEPT_PAGES)
def _pixels(specimen: Specimen) -> Image:
    """The file of a specimen as RGB, not to be changed."""
    from PIL.Image import open as open_image

    with open_image(BytesIO(specimen.read())) as picture:
        return picture.convert("RGB")


def scaled(page: Page, factor: float) -> Page:
    """The page `factor` times as large, rounded to whole pixels on each side."""
    from PIL.Image import Resampling

    if factor == 1:
        return page
    width, height = max(1, round(page.image.width * factor)), max(1, round(page.image.height * factor))
    across, down = width / page.image.width, height / page.image.height
    image = page.image.resize((width, height), Resampling.BILINEAR)
    return page.mapped(image, lambda x, y: (x * across, y * down))


def turned(page: Page, degrees: float) -> Page:
    """The page turned clockwise about its centre, on white that is just large enough; exact for quarter turns."""
    from PIL.Image import Resampling, Transform, Transpose

    degrees %= 360
    width, height = page.image.size
    if degrees == 0:
        return page
    if degrees == 90:
        return page.mapped(page.image.transpose(Transpose.ROTATE_270), lambda x, y: (height - y, x))
    if degrees == 180:
        return page.mapped(page.image.transpose(Transpose.ROTATE_180), lambda x, y: (width - x, height - y))
    if degrees == 270:
        return page.mapped(page.image.transpose(Transpose.ROTATE_90), lambda x, y: (y, width - x))
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across = math.ceil(width * abs(cos) + height * abs(sin))
    down = math.ceil(width * abs(sin) + height * abs(cos))
    x0, y0, x1, y1 = width / 2, height / 2, across / 2, down / 2
    # Pillow asks for the way back: from a point of the new picture to one of the old.
    back = (cos, sin, x0 - cos * x1 - sin * y1, -sin, cos, y0 + sin * x1 - cos * y1)
    image = page.image.transform((across, down), Transform.AFFINE, back, Resampling.BILINEAR, fillcolor="white")
    return page.mapped(image, lambda x, y: (cos * (x - x0) - sin * (y - y0) + x1, sin * (x - x0) + cos * (y - y0) + y1))


def on_canvas(page: Page, width: int, height: int, left: int = 0, top: int = 0) -> Page:
    """The page with its upper-left corner at (`left`, `top`) of a white picture of `width` x `height` pixels."""
    from PIL.Image import new

    if (left, top) == (0, 0) and page.image.size == (width, height):
        return page
    image = new("RGB", (width, height), "white")
    image.paste(page.image, (left, top))
    return page.mapped(image, lambda x, y: (x + left, y + top))


BLANK_WIDTH, BLANK_HEIGHT = 400, 300
"""Size in pixels of a page without a document, where a draw gives none."""

QUALITY = 70
"""Of JPEG files: specimens stay readable far below it."""

_EQUALS = 2
"""Signs `=` at the end of a padded base64 text: of all files whose text has the length, the smallest. So 9,786,712
characters are 7 MB to the byte, and 10,485,764 are one byte more than 10,485,760 characters can hold."""

_ROOM = 64
"""Characters of base64 that padding of any format but TIFF fits into."""

_TIFF_ROOM = 512
"""Those for a second copy of a directory."""

_EXTENDED = 4
"""Pages that larger pictures are made of; each is about 4 MB."""

_lately: Recent[Draw, Picture] = Recent(32_000_000)
"""Most requests of a run, or of a test, share some dozen pictures of about 100 kB."""

_USUAL = Draw()
_BESIDE_THE_FILE = (
    "base64", "dialect", "null", "type_list", "alarm", "detect_seal", "pdf_page_number", "body", "json", "headers",
    "content_type", "enterprise_project", "url", "served",
)  # fmt: skip
"""What a draw says that the file of its picture, before it is padded, does not depend on."""


@dataclass(frozen=True, slots=True, repr=False)
class Picture(Brief):
    """The file of a picture, its size in pixels, and the documents on it."""

    data: bytes
    width: int
    height: int
    documents: tuple[Placed, ...]

    def __repr__(self) -> str:
        """Its size, and what is on it."""
        shown = ", ".join(placed.specimen.id for placed in self.documents) or "blank"
        return f"<Picture {self.width} x {self.height}, {len(self.data):,} bytes: {shown}>"

    def truth(self, contract: Contract) -> Truth | None:
        """What a faultless answer of this contract reports; documents without a type there are left out.

        The alarm conditions are those of the specimens, and unknown (None) on a page without any.
        """
        if contract.page.result == "fields" and not contract.types:
            return None  # the kit has no document of its kind: nobody knows what a target makes of the picture
        typed = ((placed, placed.specimen.type_in(contract)) for placed in self.documents)
        return Truth(
            width=self.width,
            height=self.height,
            documents=tuple(
                TrueDocument(kind, placed.corners, placed.specimen.readable_in(contract), placed.specimen.fields)
                for placed, kind in typed
                if kind is not None
            ),
            alarms=frozenset().union(*(placed.specimen.alarms for placed in self.documents))
            if self.documents
            else None,
        )


class PictureFile(Brief, bytes):
    """The bytes of a picture's file, which show what they were drawn from instead of themselves."""

    draw: Draw

    def __repr__(self) -> str:
        """For example `<79,773 bytes: draw_picture(Draw(page=('bankcard',))).data>`."""
        return f"<{len(self):,} bytes: draw_picture({self.draw!r}).data>"


def draw_file(draw: Draw) -> PictureFile:
    """The file of the picture of a draw, as `draw_picture`."""
    file = PictureFile(draw_picture(draw).data)
    file.draw = draw
    return file


def draw_picture(draw: Draw) -> Picture:
    """The picture of a draw; the same draw gives the same bytes.

    Raises DataError for an unknown specimen, a picture smaller than its page, or a length that padding cannot reach.
    """
    picture = _unpadded(_of_the_file(draw))
    length = draw.base64
    if length is None and draw.dialect == "unpadded" and len(picture.data) % 3 == 0:
        # A file whose text has no padding to leave out becomes another one.
        length = len(picture.data) // 3 * 4 + (_TIFF_ROOM if draw.format == "TIFF" else _ROOM)
    if length is None:
        return picture
    try:
        return replace(picture, data=pad_to_base64(picture.data, length, equals=_EQUALS))
    except ValueError as error:
        raise DataError(
            f"draw: base64 = {length}: {error}", f"draw：base64 = {length}：图片无法补齐到该长度：“{error}”"
        ) from error


def draw_page(draw: Draw) -> Page:
    """The drawn part of the picture, which may be larger: specimens laid out, scaled, turned and shifted.

    Raises DataError for an unknown specimen; a draw without specimens has no page.
    """
    page = lay_out([_known(name) for name in draw.page], draw.margin)
    page = turned(scaled(page, draw.scale), draw.rotate)
    left, top = draw.shift
    return on_canvas(page, page.image.width + left, page.image.height + top, left, top)


def _unpadded(draw: Draw) -> Picture:
    if (found := _lately.get(draw)) is None:
        found = _found_or_made(draw)
        _lately.put(draw, found, len(found.data))
    return found


def _found_or_made(draw: Draw) -> Picture:
    cache = kept()
    try:
        # One without a document is drawn faster than it is found, and a picture of the user's own is not kept.
        if cache is None or not draw.page or shows_own(draw):
            return _drawn(draw) if draw.page else _blank(draw)
        return _found_or_drawn(draw, cache)
    except ValueError as error:
        raise DataError(f"draw: {error}", f"draw：无法绘制：“{error}”") from error


def _found_or_drawn(draw: Draw, cache: DrawnPictures) -> Picture:
    """The picture from the cache, else drawn and kept there."""
    key = _key(draw)
    if (found := cache.get(key)) is not None:
        data, notes = found
        placed = map(Placed, map(_known, draw.page), corners_from(notes["corners"]))
        return Picture(data, int(str(notes["width"])), int(str(notes["height"])), tuple(placed))
    picture = _drawn(draw)
    corners = [placed.corners for placed in picture.documents]
    cache.put(key, picture.data, {"width": picture.width, "height": picture.height, "corners": corners})
    return picture


def page_file(draw: Draw, fmt: FaultFormat) -> bytes:
    """The page of a draw as a file of a format that the documents do not list."""
    cache = kept()
    if cache is None or shows_own(draw):
        return encode_unsupported(draw_page(draw).image, fmt)
    key = f"{_key(_of_the_file(draw))} as {fmt}"
    if (found := cache.get(key)) is not None:
        return found[0]
    data = encode_unsupported(draw_page(draw).image, fmt)
    cache.put(key, data, {})
    return data


def shows_own(draw: Draw) -> bool:
    """Whether a picture of the user's own is on the page."""
    return any(name.startswith(OWN) for name in draw.page)


def _key(draw: Draw) -> str:
    """All that the file of a picture depends on."""
    on_it = [_known(name) for name in draw.page]
    return f"{drawing_code()} {[(specimen.sha256, specimen.corners) for specimen in on_it]} {draw!r}"


def _of_the_file(draw: Draw) -> Draw:
    """A draw without what the file of its picture, before it is padded, does not depend on."""
    return replace(draw, **{name: getattr(_USUAL, name) for name in _BESIDE_THE_FILE})


def _blank(draw: Draw) -> Picture:
    width, height = draw.width or BLANK_WIDTH, draw.height or BLANK_HEIGHT
    data = blank(draw.format, width, height, draw.mode, draw.layout, orientation=draw.orientation)
    return Picture(data, width, height, ())


def _drawn(draw: Draw) -> Picture:
    sized = draw.width is not None or draw.height is not None
    if sized and _extensible(draw):
        # Sides are drawn by the hundred of the same few pages.
        extended = _extended(replace(draw, width=None, height=None, orientation=1))
        width, height = _size(draw, extended.page)
        return Picture(extended.by.file(width, height, orientation=draw.orientation), width, height, extended.documents)
    page = draw_page(draw)
    width, height = _size(draw, page.image.size)
    # Without filters the flat colours of a specimen compress best. A JPEG of its own size is left to Pillow, whose
    # files are what most clients send.
    if _extensible(draw) and draw.format != "JPEG":
        data = extend(page.image, draw.format, width, height, draw.mode, orientation=draw.orientation, quality=QUALITY)
    else:
        image = on_canvas(page, width, height).image
        data = encode(image, draw.format, draw.mode, draw.layout, orientation=draw.orientation, quality=QUALITY)
    return Picture(data, width, height, page.documents)


@dataclass(frozen=True, slots=True)
class _Extended:
    """The size of a page, what is on it, and what makes larger pictures of it."""

    page: tuple[int, int]
    documents: tuple[Placed, ...]
    by: Extensible


@lru_cache(maxsize=_EXTENDED)
def _extended(draw: Draw) -> _Extended:
    page = draw_page(draw)
    return _Extended(page.image.size, page.documents, Extensible(page.image, draw.format, draw.mode, quality=QUALITY))


def _size(draw: Draw, page: tuple[int, int]) -> tuple[int, int]:
    """The size of the picture. Raises DataError where the page is larger."""
    width, height = draw.width or page[0], draw.height or page[1]
    if page[0] > width or page[1] > height:
        raise DataError(
            f"draw: expected a picture of at least {page[0]} x {page[1]} pixels for "
            f"{', '.join(draw.page)}; found width {width}, height {height}",
            f"draw：{'、'.join(draw.page)} 的图片至少应为 {page[0]} x {page[1]} 像素；实为 "
            f"width {width}、height {height}",
        )
    return width, height


def _extensible(draw: Draw) -> bool:
    # The run-length coded variant of EXTENSIBLE is another layout than the one asked for here.
    return draw.layout == "plain" and Variant(draw.format, draw.mode) in EXTENSIBLE


def _known(name: str) -> Specimen:
    known = specimens()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or list(known)[:3]
        raise DataError(
            f"draw: page: no specimen {name!r}; near it are {', '.join(near)}",
            f"draw：page：没有样张 {name!r}；相近的有 {'、'.join(near)}",
        )
    return known[name]
