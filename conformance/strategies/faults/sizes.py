"""Pictures whose sides or whose base64 text pass the limits.

Too small a picture holds no document: its control is a blank picture at the limit. Too large a picture shows the
documents of the control in its corner; its control is the same picture at the limit. Both are plain PNG files unless
the name says otherwise. Too long a text is the control's own file, padded; its control is that file as it is: a padded
control would cost another 10 MB for each request and show nothing more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from conformance.images import FORMATS
from conformance.strategies.fault import Breaks, Variant, pick, plain_file, redrawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.contract import Contract, Limits
    from conformance.exchange import Request
    from conformance.images import Format
    from conformance.strategies.build import Valid
    from conformance.strategies.draw import Draw

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


VARIANTS = (
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
