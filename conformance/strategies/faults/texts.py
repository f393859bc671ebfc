"""Texts of a picture that are no base64, or have something before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.strategies.fault import Breaks, Variant, pick, plainly_in, with_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request
    from conformance.strategies.build import Valid


def _text(*texts: str) -> Breaks:
    return lambda valid, form: with_picture(valid, pick(texts, form))


def _changed(change: Callable[[str, int], str]) -> Breaks:
    """Breaks the base64 text of the control's picture; the number says where."""

    def breaks(valid: Valid, form: int) -> Request:
        text = valid.text.rstrip("=")
        return with_picture(valid, change(text, 4 * (form + 1) + 1))

    return breaks


def _prefixed(prefix: str) -> Breaks:
    return lambda valid, _form: with_picture(valid, prefix + valid.text, picture=True)


VARIANTS = (
    Variant("picture.not-base64", "words", _text("this is not a picture", "no picture at all", "see attachment")),
    Variant("picture.not-base64", "punctuation", _text("!@#$%^&*()", "....", "{}[];:'", "~~~~")),
    Variant("picture.not-base64", "padding-inside", _changed(lambda text, at: text[:at] + "=" + text[at:])),
    Variant("picture.not-base64", "chinese", _text("这不是图片", "火车票", "图片数据")),
    Variant("picture.not-base64", "one-character", _text("A", "/", "z")),
    # No number of bytes has a text of 4n + 1 characters.
    Variant(
        "picture.not-base64",
        "impossible-length",
        _changed(lambda text, at: text[: len(text) // 4 * 4 - at // 4 * 4 + 1]),
    ),
    Variant("picture.not-base64", "foreign-character", _changed(lambda text, at: text[:at] + "*" + text[at + 1 :])),
    Variant("picture.not-base64", "only-padding", _text("====", "=", "==")),
    Variant(
        "picture.not-base64",
        "percent-encoded",
        lambda valid, _form: with_picture(valid, "%2B" + valid.text.replace("+", "%2B").replace("=", "%3D")),
    ),
    Variant("picture.not-base64", "full-width", _changed(lambda text, at: text[:at] + "Ａ" + text[at + 1 :])),
    Variant("picture.data-uri", "png", _prefixed("data:image/png;base64,"), start=plainly_in("PNG")),
    Variant("picture.data-uri", "jpeg", _prefixed("data:image/jpeg;base64,"), start=plainly_in("JPEG")),
    Variant("picture.data-uri", "no-type", _prefixed("data:;base64,")),
    Variant("picture.data-uri", "octet-stream", _prefixed("data:application/octet-stream;base64,")),
)
