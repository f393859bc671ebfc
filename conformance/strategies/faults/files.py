"""Files that are no picture of a listed format, and files that end too early."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

from conformance.images import FaultFormat, truncate, unsupported
from conformance.strategies.fault import Breaks, Variant, pick, plain_file, plainly_in, with_picture
from conformance.strategies.pictures import BLANK_HEIGHT, BLANK_WIDTH, draw_file, page_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.contract import Contract
    from conformance.exchange import Request
    from conformance.images import Format
    from conformance.strategies.build import Valid

_EPOCH = (1980, 1, 1, 0, 0, 0)


def _file(valid: Valid, data: bytes, *, picture: bool = False) -> Request:
    return with_picture(valid, base64.b64encode(data).decode("ascii"), picture=picture)


def page_as(valid: Valid, fmt: FaultFormat) -> bytes:
    """The page of the control as a file of a format that the documents do not list."""
    if not valid.draw.page:
        return unsupported(fmt, BLANK_WIDTH, BLANK_HEIGHT)
    return page_file(valid.draw, fmt)


def first_part(valid: Valid, form: int) -> bytes:
    """The first part of the control's file: half of it, or a tenth to nine tenths for other numbers than 0."""
    return truncate(valid.picture.data, 0.5 if form == 0 else (1 + form % 9) / 10)


def _format(fmt: FaultFormat) -> Breaks:
    # HEIC is headers alone, and a blank page shows nothing: nobody can read a document from them.
    return lambda valid, _form: _file(valid, page_as(valid, fmt), picture=bool(valid.draw.page) and fmt != "HEIC")


def _documented(fmt: Format) -> Breaks:
    return lambda valid, _form: _file(valid, draw_file(plain_file(valid.draw, fmt)), picture=bool(valid.draw.page))


def _not_offered(fmt: Format) -> Callable[[Contract], bool]:
    """Only where a target states formats, and this one is none of them: then it has to refuse it as any other."""
    return lambda contract: contract.offer.formats is not None and fmt not in contract.offer.formats


def _bytes(make: Callable[[Valid, int], bytes]) -> Breaks:
    return lambda valid, form: _file(valid, make(valid, form))


def _unless_listed(fmt: str) -> Callable[[Contract], bool]:
    """Only where the contract does not list the format: an edition may read PDF, or OFD, which is an archive."""
    return lambda contract: fmt not in contract.limits.formats


def _zip(valid: Valid, _form: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"specimen.{valid.draw.format.lower()}", _EPOCH), valid.picture.data)
    return out.getvalue()


def _random(_valid: Valid, form: int) -> bytes:
    # A zero byte first: no format begins with one.
    return b"\0" + hashlib.shake_256(str(form).encode("ascii")).digest(4095)


def _text(_valid: Valid, form: int) -> bytes:
    return pick(("This is the text of a ticket.\n", "车票 特价\n", "ticket,price\nG9908,128.5\n"), form).encode()


def _first(count: int) -> Breaks:
    return lambda valid, _form: _file(valid, valid.picture.data[:count])


VARIANTS = (
    Variant("picture.format", "gif", _format("GIF"), applies=_unless_listed("GIF")),
    Variant("picture.none", "text", _bytes(_text)),
    Variant("picture.format", "webp", _format("WEBP"), applies=_unless_listed("WEBP")),
    Variant("picture.format", "pdf", _format("PDF"), applies=_unless_listed("PDF")),
    Variant("picture.format", "svg", _format("SVG")),
    Variant("picture.format", "heic", _format("HEIC")),
    Variant("picture.none", "zip", _bytes(_zip), applies=_unless_listed("OFD")),
    Variant("picture.none", "random-bytes", _bytes(_random)),
    Variant("picture.none", "zeros", _bytes(lambda _valid, form: bytes(64 + form))),
    Variant("picture.none", "base64-twice", lambda valid, _form: _file(valid, valid.text.encode("ascii"))),
    Variant("picture.format", "jpeg", _documented("JPEG"), applies=_not_offered("JPEG")),
    Variant("picture.format", "png", _documented("PNG"), applies=_not_offered("PNG")),
    Variant("picture.format", "bmp", _documented("BMP"), applies=_not_offered("BMP")),
    Variant("picture.format", "tiff", _documented("TIFF"), applies=_not_offered("TIFF")),
    Variant("picture.incomplete", "jpeg-half", _bytes(first_part), start=plainly_in("JPEG")),
    Variant("picture.incomplete", "png-half", _bytes(first_part), start=plainly_in("PNG")),
    Variant("picture.incomplete", "tiff-half", _bytes(first_part), start=plainly_in("TIFF")),
    Variant("picture.incomplete", "png-header", _first(33), start=plainly_in("PNG")),
    Variant("picture.incomplete", "jpeg-header", _first(20), start=plainly_in("JPEG")),
    Variant("picture.incomplete", "bmp-half", _bytes(first_part), start=plainly_in("BMP"), heavy=True),
)
