"""From the bytes of a file, or a page of a PDF, to a picture; what was made of pictures is remembered."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from PIL import Image
from PIL.PdfParser import IndirectReference, PdfDict, PdfParser, PdfStream

from conformance.reference.errors import (
    BIT_DEPTH_NOT_SUPPORTED,
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    SIZE_NOT_MET,
    RefusedError,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from conformance.reference.editions import Edition
    from conformance.reference.values import Checks


_DEEP_MODES = frozenset({"I", "F"})
_SIXTEEN_BIT_MODES = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_ORIENTATION, _SIDEWAYS = 274, range(5, 9)
"""The tag of orientation (TIFF 6.0, EXIF 2.3), and its values that swap the sides."""

_LARGE_PIXELS = 16_000_000
"""Pixels from which on pictures are decoded one after the other."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file whose header was read: sides in pixels, digest of the bytes. Its pixels are decoded on demand.

    `gate` lets one large picture at a time be decoded: one takes up to 340 MB, many would take the machine.
    """

    data: bytes = field(repr=False)
    format: str
    width: int
    height: int
    sha256: str
    gate: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def grey(self) -> Image.Image:
        """All pixels as 8-bit luminance (mode L).

        Raises RefusedError with AIS.0102 where the data is damaged or no picture.
        """
        return self._decode("L", (self.width, self.height))

    def colour(self, width: int) -> Image.Image:
        """The picture as 8-bit RGB, not much wider than `width` pixels where its format allows a coarse decode.

        Raises RefusedError as `grey` does.
        """
        return self._decode("RGB", (width, self.height * width // self.width + 1))

    def _decode(self, mode: str, size: tuple[int, int]) -> Image.Image:
        if self.width * self.height < _LARGE_PIXELS:
            return _pixels(self.data, mode, size)
        with self.gate:
            return _pixels(self.data, mode, size)


def open_picture(data: bytes, edition: Edition, behaviour: Checks, gate: threading.Lock) -> Picture:
    """Read the header of a file and hold its sides against the limits.

    Raises RefusedError with AIS.0102 (format), AIS.0103 (sides) or AIS.0106 (bit depth, where the edition lists it).
    """
    readable = tuple(name for name in edition.formats if name != "PDF")
    formats = readable if behaviour.checks("format") else None
    try:
        with Image.open(BytesIO(data), formats=formats) as image:
            name, mode, (width, height) = image.format or "", image.mode, _stored_size(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow warns from 89 million pixels on: more than the longest side allows in both directions.
        raise refused(SIZE_NOT_MET, "maximum-side") from error
    except Exception as error:
        # Hostile bytes make a decoder raise anything.
        raise refused(FORMAT_NOT_SUPPORTED, "format") from error
    if min(width, height) < edition.minimum_side and behaviour.checks("minimum-side"):
        raise refused(SIZE_NOT_MET, "minimum-side")
    if max(width, height) > edition.maximum_side and behaviour.checks("maximum-side"):
        raise refused(SIZE_NOT_MET, "maximum-side")
    if mode in _DEEP_MODES:
        code = BIT_DEPTH_NOT_SUPPORTED if edition.bit_depth_code else FORMAT_NOT_SUPPORTED
        raise refused(code, "bit-depth")
    return Picture(data, name, width, height, hashlib.sha256(data).hexdigest(), gate)


def _stored_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of the stored grid: of TIFF alone Pillow gives those of the turned picture."""
    turned = image.format == "TIFF" and image.getexif().get(_ORIENTATION) in _SIDEWAYS
    return image.size[::-1] if turned else image.size


def _pixels(data: bytes, mode: str, size: tuple[int, int]) -> Image.Image:
    try:
        with Image.open(BytesIO(data)) as image:
            if image.format == "TIFF":
                image.getexif().pop(_ORIENTATION, None)  # else Pillow turns the pixels as it loads them, here alone
            image.draft(mode, size)
            if image.mode in _SIXTEEN_BIT_MODES:
                return image.convert("I").point(lambda value: value / 256).convert("L").convert(mode)
            return image.convert(mode)
    except Exception as error:
        # Hostile bytes make a decoder raise anything.
        raise refused(FORMAT_NOT_SUPPORTED, "decodable") from error


# The picture on a page of a PDF file, for files as scanners write them: one JPEG picture a page.
#
# Source: the rows `image` and `pdf_page_number` of the edition of 2025. Drawing any other page takes a renderer,
# which the reference does not have: it refuses such a file like one of a format that it does not know.


_SIGNATURE = b"%PDF-"
_JPEG = b"DCTDecode"


def is_pdf(data: bytes) -> bool:
    """Whether a file calls itself PDF."""
    return data.startswith(_SIGNATURE)


def page_picture(data: bytes, number: int) -> bytes:
    """The JPEG file on the page of this number, counted from 1.

    Raises RefusedError with AIS.0101 where there is no such page, AIS.0102 where the page is anything else.
    """
    try:
        file = PdfParser(buf=data)
        if number > len(file.pages):
            raise refused(INVALID_PARAMETER, "pdf-page-beyond")
        pictures = _pictures(file, file.read_indirect(file.pages[number - 1]))
    except RefusedError:
        raise
    except Exception as error:
        # Hostile bytes make a parser raise anything.
        raise refused(FORMAT_NOT_SUPPORTED, "pdf") from error
    if len(pictures) != 1 or pictures[0].dictionary.get(b"Filter") not in (_JPEG, [_JPEG]):
        raise refused(FORMAT_NOT_SUPPORTED, "pdf-page-not-scanned")
    return bytes(pictures[0].buf)


def _pictures(file: PdfParser, page: PdfDict) -> list[PdfStream]:
    resources = cast("PdfDict", _resolved(file, page[b"Resources"]))
    objects = cast("PdfDict", _resolved(file, resources.get(b"XObject", {})))
    streams = [cast("PdfStream", _resolved(file, value)) for value in objects.values()]
    return [stream for stream in streams if stream.dictionary.get(b"Subtype") == b"Image"]


def _resolved(file: PdfParser, value: object) -> object:
    return file.read_indirect(value) if isinstance(value, IndirectReference) else value


# Remembering results: the same picture is sent many times in a run, and reading it is what takes the time.


K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """The results of the last `size` different questions. Safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._results: OrderedDict[K, V] = OrderedDict()

    def recall(self, key: K, make: Callable[[], V]) -> V:
        """The result for a key, made by `make` where it is not remembered. What `make` raises is not remembered."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = make()
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            if len(self._results) > self._size:
                self._results.popitem(last=False)
        return result
