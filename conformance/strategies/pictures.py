"""From a draw to the file of its picture, with the true place of every document: drawn, or kept from an earlier run."""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any, TypeAlias, cast

from conformance.contract.contract import Contract
from conformance.exchange import Brief, Quad, TrueDocument, Truth
from conformance.files import PACKAGE, DataError
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
from conformance.strategies.specimens import Placed, draw_page, on_canvas, shows_own, specimen_named

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
    unpadded = _of_the_file(draw)
    if (picture := _lately.get(unpadded)) is None:
        picture = _found_or_made(unpadded)
        _lately.put(unpadded, picture)
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


def _found_or_made(draw: Draw) -> Picture:
    cache = _kept
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
        quads = (cast("Quad", tuple(map(tuple, quad))) for quad in notes["corners"])
        placed = map(Placed, map(specimen_named, draw.page), quads)
        return Picture(data, notes["width"], notes["height"], tuple(placed))
    picture = _drawn(draw)
    corners = [placed.corners for placed in picture.documents]
    cache.put(key, picture.data, {"width": picture.width, "height": picture.height, "corners": corners})
    return picture


def page_file(draw: Draw, fmt: FaultFormat) -> bytes:
    """The page of a draw as a file of a format that the documents do not list."""
    cache = _kept
    if cache is None or shows_own(draw):
        return encode_unsupported(draw_page(draw).image, fmt)
    key = f"{_key(_of_the_file(draw))} as {fmt}"
    if (found := cache.get(key)) is not None:
        return found[0]
    data = encode_unsupported(draw_page(draw).image, fmt)
    cache.put(key, data, {})
    return data


def _key(draw: Draw) -> str:
    """All that the file of a picture depends on."""
    on_it = [specimen_named(name) for name in draw.page]
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


# Pictures that were made before: lately, in memory, and between runs, on disk.
#
# What a draw gives depends on nothing but the draw, the specimens and the code that draws, and drawing is most of what
# a run costs. Each entry of the folder is a file of its own, named by what it was drawn from. It is used only where the
# bytes are those that were written, so that a damaged one costs a drawing and nothing else. Nothing is kept there
# unless a folder is named (`keep_in`): a library that is used in other people's tests writes nothing by itself.


class _Recent:
    """Pictures that were made lately, in memory: those used longest ago go first. Any thread may use it."""

    def __init__(self, most: int) -> None:
        """`most` are bytes of all files together."""
        self._most, self._size = most, 0
        self._kept: OrderedDict[Draw, Picture] = OrderedDict()
        self._lock = Lock()

    def get(self, draw: Draw) -> Picture | None:
        """The picture, None where it is not there."""
        with self._lock:
            found = self._kept.get(draw)
            if found is not None:
                self._kept.move_to_end(draw)
            return found

    def put(self, draw: Draw, picture: Picture) -> None:
        """Keep a picture, unless it is more than all may be."""
        with self._lock:
            if len(picture.data) > self._most or draw in self._kept:
                return
            self._kept[draw] = picture
            self._size += len(picture.data)
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1].data)

    def clear(self) -> None:
        """Let go of all pictures."""
        with self._lock:
            self._kept.clear()
            self._size = 0


_lately = _Recent(32_000_000)
"""Most requests of a run, or of a test, share some dozen pictures of about 100 kB."""


Notes: TypeAlias = dict[str, Any]
"""What is noted of a picture beside its file, as JSON."""

MOST_BYTES = 256_000_000
"""Of all entries together; the ones that were used longest ago go first."""

_LARGEST = MOST_BYTES // 8
"""Bytes of one entry, and what a process writes before it looks again whether the folder is full."""

_DRAWN_BY = ("images/*.py", *(f"strategies/{name}.py" for name in ("draw", "specimens", "pictures")))
"""The code that a picture depends on."""


class DrawnPictures:
    """A folder of pictures by what they were drawn from. A folder that cannot be written to keeps none."""

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        """`most` are bytes of all entries together."""
        self.folder = folder
        self._most = most
        self._written = 0
        self._looked = False

    def get(self, key: str) -> tuple[bytes, Notes] | None:
        """The file of a picture and what was noted of it; None where it is not there, or not what was written."""
        path = self._path(key)
        try:
            head, _, data = path.read_bytes().partition(b"\n")
            noted = json.loads(head)
            if noted["sha256"] != hashlib.sha256(data).hexdigest() or noted["key"] != key:
                return None
            os.utime(path)
        except (OSError, ValueError, LookupError, TypeError):  # not there, half of one, or anything else: drawn again
            return None
        return data, noted["notes"]

    def put(self, key: str, data: bytes, notes: Notes) -> None:
        """Keep a picture, unless it is large or the folder cannot be written to: then it is drawn again next time."""
        if len(data) > _LARGEST:
            return
        head = json.dumps({"key": key, "sha256": hashlib.sha256(data).hexdigest(), "notes": notes})
        path = self._path(key)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, suffix=".new", delete=False) as file:
                file.write(head.encode() + b"\n" + data)
            Path(file.name).replace(path)
            self._written += len(data)
            if not self._looked or self._written > _LARGEST:
                self._looked, self._written = True, 0
                self._make_room()

    def _path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}.picture"

    def _make_room(self) -> None:
        """Remove what was used longest ago until the rest is within bounds; another process may do so, too."""
        found = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime, state.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found, key=lambda entry: entry[0]):
            if left <= self._most:
                return
            path.unlink(missing_ok=True)
            left -= size


_kept: DrawnPictures | None = None


def keep_in(folder: Path | None) -> None:
    """Keep what this process draws in a folder, and take from it what was drawn before; None keeps nothing."""
    global _kept
    _kept = DrawnPictures(folder) if folder is not None else None


def usual_folder() -> Path:
    """Where the pictures of a user are kept: the place for what may be lost, by the habits of the system."""
    from platformdirs import user_cache_path  # late: most of what imports this draws nothing

    return user_cache_path("ocr-conformance", appauthor=False) / "pictures"


@cache
def drawing_code() -> str:
    """What stands for the code that draws: this kit's own, and the libraries that encode."""
    import zlib

    # Not PIL.features, which tells the same and loads all of Pillow: with all pictures at hand nothing else needs that.
    from PIL import __version__, _imaging

    own = hashlib.sha256()
    for pattern in _DRAWN_BY:
        for path in sorted(PACKAGE.glob(pattern)):
            own.update(path.read_bytes())
    codecs = [getattr(_imaging, f"{name}_version", None) for name in ("jpeglib", "libtiff")]
    libraries = (__version__, *codecs, zlib.ZLIB_RUNTIME_VERSION)
    return f"{own.hexdigest()} {libraries}"
