"""Faults of a url: nothing behind it, no picture behind it, or one beyond the limits.

The control names the same picture by a url at which the kit serves it. Hosts lie in `.invalid`, which never resolves
(RFC 2606). Too large a file and too wide a picture show the document of their control; too low a picture shows none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange import ServedPicture
from conformance.strategies.fault import Breaks, Variant, pick, plainly_in, with_address
from conformance.strategies.faults.files import first_part, page_as
from conformance.strategies.faults.sizes import (
    at_maximum,
    at_minimum,
    far_above,
    far_below,
    just_above,
    padded_above,
    sized,
)
from conformance.strategies.pictures import draw_picture
from conformance.strategies.served import Address, digest_of, named, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.contract import Contract, Limits
    from conformance.exchange import Request
    from conformance.strategies.build import Valid
    from conformance.strategies.draw import Draw

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


def _file(make: Callable[[Valid, int], bytes], ending: str, media_type: str) -> Breaks:
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


VARIANTS = (
    _variant("url.host", "unresolved", _elsewhere("http://pictures.invalid/a.png", "https://pictures.invalid/a.png")),
    _variant("url.host", "none", _elsewhere("http:///specimen.png", "https:///specimen.png", "http://")),
    _variant("url.not-found", "status-404", _status(404)),
    _variant("url.not-found", "status-500", _status(500)),
    _variant("url.not-found", "redirect-to-nothing", _moved("moved-away.png", "nothing.png")),
    _variant("url.not-found", "redirect-loop", _moved("moved-here.png", "moved-here.png")),
    _variant("url.not-found", "status-403", _status(403)),
    _variant("url.not-found", "status-410", _status(410)),
    _variant("url.not-an-image", "html", _file(_page, "html", "text/html")),
    _variant("url.not-an-image", "gif", _file(lambda valid, _form: page_as(valid, "GIF"), "gif", "image/gif")),
    _variant("url.not-an-image", "empty-file", _file(lambda _valid, _form: b"", "png", "image/png")),
    _variant("url.not-an-image", "html-as-png", _file(_page, "png", "image/png")),
    _variant("url.not-an-image", "half", _file(first_part, "png", "image/png"), _and_by_url(plainly_in("PNG"))),
    _variant("url.sides", "width-far-above", _redrawn(_too_wide), _and_by_url(at_maximum("width"))),
    _variant("url.sides", "height-far-below", _redrawn(_too_low), _and_by_url(at_minimum("height"))),
    _variant("url.too-large", "far-above", _too_long(padded_above), heavy=True),
    _variant("url.too-large", "just-above", _too_long(just_above), heavy=True),
)
