"""From the base64 text of a call to the bytes of a file.

Source: the rows `image` and `data` of the body tables: base64, at most 10 MB of text, no prefix before it. Accepted is
the standard alphabet, padded, without line breaks.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from conformance.reference.errors import FORMAT_NOT_SUPPORTED, SIZE_NOT_MET, refused

if TYPE_CHECKING:
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.editions import Edition

_PREFIX_START = "data:"


def decode_text(text: str, edition: Edition, behaviour: Behaviour) -> bytes:
    """Decode the picture of a call.

    Raises RefusedError with AIS.0103 for too much text, AIS.0102 for what is no base64.
    """
    if len(text) > edition.maximum_base64 and behaviour.checks("base64-length"):
        raise refused(SIZE_NOT_MET, "base64-length")
    if text[: len(_PREFIX_START)].lower() == _PREFIX_START:
        if behaviour.checks("base64-prefix"):
            raise refused(FORMAT_NOT_SUPPORTED, "base64-prefix")
        text = text.partition(",")[2]
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise refused(FORMAT_NOT_SUPPORTED, "base64") from error


def base64_length(size: int) -> int:
    """Length of the base64 text of so many bytes, in characters."""
    return (size + 2) // 3 * 4
