"""Faults of a picture: files of no listed format, cut short or beyond the limits, inline or behind a url."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from conformance.exchange import ServedPicture
from conformance.images import FORMATS, FaultFormat, truncate, unsupported
from conformance.strategies.build import Address, digest_of, named, serve
from conformance.strategies.faults import (
    Breaks,
    Variant,
    pick,
    plain_file,
    plainly_in,
    redrawn,
    with_address,
    with_picture,
)
from conformance.strategies.pictures import BLANK_HEIGHT, BLANK_WIDTH, draw_file, draw_picture, page_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.contract import Contract, Limits
    from conformance.exchange import Request
    from conformance.images import Format
    from conformance.strategies.build import Valid
    from conformance.strategies.draw import Draw


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


# Pictures whose sides or whose base64 text pass the limits.
#
# Too small a picture holds no document: its control is a blank picture at the limit. Too large a picture shows the
# documents of the control in its corner; its control is the same picture at the limit. Both are plain PNG files
# unless the name says otherwise. Too long a text is the control's own file, padded; its control is that file as it
# is: a padded control would cost another 10 MB for each request and show nothing more.


_LONG_SIDE = 300
"""Of a blank picture whose other side is too short."""

_CLEARLY = 1_514_240
"""Characters above the limit: 12,000,000 in all for 10 MB, still less than the 12 MB of a signed body."""

Sides = Literal["width", "height", "both"]


def sized(draw: Draw, sides: Sides, side: int) -> Draw:
    """The draw with this length in pixels of some sides."""
    width = side if sides in ("width", "both") else draw.width
    height = side if sides in ("height", "both") else draw.height
    return replace(draw, width=width, height=height)


def _read(contract: Contract, fmt: Format) -> Format:
    """PNG, which is usual here, or where the target does not offer it a format that it does; others are meant."""
    offered = contract.offer.formats
    return fmt if fmt != "PNG" or offered is None else next(name for name in FORMATS if name in offered)


def at_minimum(sides: Sides, fmt: Format = "PNG") -> Callable[[Contract, Draw], Draw]:
    """A `start`: a blank picture with sides of exactly the minimum."""

    def start(contract: Contract, draw: Draw) -> Draw:
        blank = replace(
            plain_file(draw, _read(contract, fmt)), page=(), shift=(0, 0), width=_LONG_SIDE, height=_LONG_SIDE
        )
        return sized(blank, sides, contract.limits.side_min)

    return start


def at_maximum(sides: Sides, fmt: Format = "PNG") -> Callable[[Contract, Draw], Draw]:
    """A `start`: the same page on a picture with sides of exactly the maximum."""

    def start(contract: Contract, draw: Draw) -> Draw:
        return sized(
            replace(plain_file(draw, _read(contract, fmt)), width=None, height=None), sides, contract.limits.side_max
        )

    return start


def _side(sides: Sides, lengths: Callable[[Limits], tuple[int, ...]]) -> Breaks:
    def breaks(valid: Valid, form: int) -> Request:
        return redrawn(valid, sized(valid.draw, sides, pick(lengths(valid.contract.limits), form)))

    return breaks


def _below(limits: Limits) -> tuple[int, ...]:
    return limits.side_min - 1, limits.side_far_below + 1, (limits.side_min + limits.side_far_below) // 2


def far_below(limits: Limits) -> tuple[int, ...]:
    """Sides in pixels that are clearly too short, the plain one first."""
    return limits.side_far_below, 1, limits.side_far_below // 2


def _one_pixel(_limits: Limits) -> tuple[int, ...]:
    return (1,)


def _above(limits: Limits) -> tuple[int, ...]:
    return limits.side_max + 1, limits.side_far_above - 1, (limits.side_max + limits.side_far_above) // 2


def far_above(limits: Limits) -> tuple[int, ...]:
    """Sides in pixels that are clearly too long, the plain one first."""
    return limits.side_far_above, limits.side_far_above + 1, limits.side_far_above + 1000


def _unpadded(_contract: Contract, draw: Draw) -> Draw:
    return replace(draw, base64=None)


def _padded(length: Callable[[Limits, int], int]) -> Breaks:
    def breaks(valid: Valid, form: int) -> Request:
        return redrawn(valid, replace(valid.draw, base64=length(valid.contract.limits, form)))

    return breaks


def just_above(limits: Limits, _form: int) -> int:
    """Characters of base64 that are too many by the least."""
    # Padded base64 text has 4n characters: the first length above the limit.
    return limits.base64_max // 4 * 4 + 4


def padded_above(limits: Limits, form: int) -> int:
    """Characters of base64 that are clearly too many."""
    return limits.base64_max // 4 * 4 + _CLEARLY - 4 * (form % 100)


SIZE_VARIANTS = (
    Variant("picture.side-below", "width", _side("width", _below), at_minimum("width")),
    Variant("picture.side-below", "height", _side("height", _below), at_minimum("height")),
    Variant("picture.side-below", "both", _side("both", _below), at_minimum("both")),
    Variant("picture.side-below", "width-jpeg", _side("width", _below), at_minimum("width", "JPEG")),
    Variant("picture.side-below", "height-bmp", _side("height", _below), at_minimum("height", "BMP")),
    Variant("picture.side-below", "width-tiff", _side("width", _below), at_minimum("width", "TIFF")),
    Variant("picture.side-far-below", "width", _side("width", far_below), at_minimum("width")),
    Variant("picture.side-far-below", "height", _side("height", far_below), at_minimum("height")),
    Variant("picture.side-far-below", "one-pixel", _side("both", _one_pixel), at_minimum("both")),
    Variant("picture.side-far-below", "height-jpeg", _side("height", far_below), at_minimum("height", "JPEG")),
    Variant("picture.side-above", "width", _side("width", _above), at_maximum("width")),
    Variant("picture.side-above", "height", _side("height", _above), at_maximum("height")),
    Variant("picture.side-above", "width-jpeg", _side("width", _above), at_maximum("width", "JPEG")),
    Variant("picture.side-above", "height-tiff", _side("height", _above), at_maximum("height", "TIFF")),
    Variant("picture.side-far-above", "width", _side("width", far_above), at_maximum("width")),
    Variant("picture.side-far-above", "height", _side("height", far_above), at_maximum("height")),
    Variant("picture.side-far-above", "height-jpeg", _side("height", far_above), at_maximum("height", "JPEG")),
    Variant("picture.base64-too-long", "just-above", _padded(just_above), _unpadded, heavy=True),
    Variant("picture.base64-too-long", "far-above", _padded(padded_above), _unpadded, heavy=True),
)


# Faults of a url: nothing behind it, no picture behind it, or one beyond the limits.
#
# The control names the same picture by a url at which the kit serves it. Hosts lie in `.invalid`, which never
# resolves (RFC 2606). Too large a file and too wide a picture show the document of their control; too low a picture
# shows none.


_HTML = "<!doctype html><title>{0}</title><p>{0}</p>\n"


def _by_url(_contract: Contract, draw: Draw) -> Draw:
    return replace(draw, url=True, base64=None, dialect="standard")


def _and_by_url(start: Callable[[Contract, Draw], Draw]) -> Callable[[Contract, Draw], Draw]:
    return lambda contract, draw: _by_url(contract, start(contract, draw))


def _status(status: int) -> Breaks:
    def breaks(valid: Valid, _form: int) -> Request:
        return with_address(valid, named(ServedPicture(f"absent-{status}.png", status=status)))

    return breaks


def _moved(name: str, location: str) -> Breaks:
    """The url leads on from this name to that one, and no picture is there."""

    def breaks(valid: Valid, _form: int) -> Request:
        return with_address(valid, named(ServedPicture(name, status=302, location=location)))

    return breaks


def _elsewhere(*urls: str) -> Breaks:
    return lambda valid, form: with_address(valid, Address(pick(urls, form), ()))


def _served_file(make: Callable[[Valid, int], bytes], ending: str, media_type: str) -> Breaks:
    """The url names another file than the picture."""

    def breaks(valid: Valid, form: int) -> Request:
        data = make(valid, form)
        return with_address(valid, named(ServedPicture(f"file-{digest_of(data)}.{ending}", data, media_type)))

    return breaks


def _page(_valid: Valid, form: int) -> bytes:
    return _HTML.format(pick(("The page does not exist", "Sign in", "图片不存在"), form)).encode()


def _redrawn(change: Callable[[Valid, int], Draw]) -> Breaks:
    """The url names another picture, drawn as the control's but for what `change` says."""

    def breaks(valid: Valid, form: int) -> Request:
        draw = change(valid, form)
        picture = draw_picture(draw)
        request = with_address(valid, serve(draw, picture.data))
        return replace(request, truth=picture.truth(valid.contract))

    return breaks


def _too_wide(valid: Valid, form: int) -> Draw:
    return sized(valid.draw, "width", pick(far_above(valid.contract.limits), form))


def _too_low(valid: Valid, form: int) -> Draw:
    return sized(valid.draw, "height", pick(far_below(valid.contract.limits), form))


def _too_long(length: Callable[[Limits, int], int]) -> Breaks:
    return _redrawn(lambda valid, form: replace(valid.draw, base64=length(valid.contract.limits, form)))


def _variant(
    fault: str,
    name: str,
    breaks: Breaks,
    start: Callable[[Contract, Draw], Draw] = _by_url,
    *,
    heavy: bool = False,
) -> Variant:
    return Variant(fault, name, breaks, start, heavy=heavy, served=True)


URL_VARIANTS = (
    _variant("url.host", "unresolved", _elsewhere("http://pictures.invalid/a.png", "https://pictures.invalid/a.png")),
    _variant("url.host", "none", _elsewhere("http:///specimen.png", "https:///specimen.png", "http://")),
    _variant("url.not-found", "status-404", _status(404)),
    _variant("url.not-found", "status-500", _status(500)),
    _variant("url.not-found", "redirect-to-nothing", _moved("moved-away.png", "nothing.png")),
    _variant("url.not-found", "redirect-loop", _moved("moved-here.png", "moved-here.png")),
    _variant("url.not-found", "status-403", _status(403)),
    _variant("url.not-found", "status-410", _status(410)),
    _variant("url.not-an-image", "html", _served_file(_page, "html", "text/html")),
    _variant("url.not-an-image", "gif", _served_file(lambda valid, _form: page_as(valid, "GIF"), "gif", "image/gif")),
    _variant("url.not-an-image", "empty-file", _served_file(lambda _valid, _form: b"", "png", "image/png")),
    _variant("url.not-an-image", "html-as-png", _served_file(_page, "png", "image/png")),
    _variant("url.not-an-image", "half", _served_file(first_part, "png", "image/png"), _and_by_url(plainly_in("PNG"))),
    _variant("url.sides", "width-far-above", _redrawn(_too_wide), _and_by_url(at_maximum("width"))),
    _variant("url.sides", "height-far-below", _redrawn(_too_low), _and_by_url(at_minimum("height"))),
    _variant("url.too-large", "far-above", _too_long(padded_above), heavy=True),
    _variant("url.too-large", "just-above", _too_long(just_above), heavy=True),
)
