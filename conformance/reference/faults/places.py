"""Faults in the location of a ticket or document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.edits import each_corner, located, to_bytes, without
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.behaviour import JsonChange
    from conformance.reference.calls import Call
    from conformance.reference.faults.edits import Corners
    from conformance.reference.values import JsonObject


def _both(change: JsonChange) -> Behaviour:
    return Behaviour(ticket=(change,), document=(change,))


def _breaks(name: str) -> tuple[str, ...]:
    return f"ticket.{name}", f"document.{name}"


def _flat(corners: Corners) -> object:
    return [number for corner in corners for number in corner]


def _crossed(corners: Corners) -> object:
    first, second, third, fourth = corners
    return [first, third, second, fourth]


def _counter_clockwise(corners: Corners) -> object:
    first, second, third, fourth = corners
    return [first, fourth, third, second]


def _shrunk(corners: Corners) -> object:
    """A third of each side, about the upper-left corner."""
    left, top = corners[0]
    return [[left + (x - left) // 3, top + (y - top) // 3] for x, y in corners]


def _unbounded(body: JsonObject, _call: Call) -> bytes:
    """Writes each third corner's x as a number that no float can hold."""
    return re.sub(rb'("location":\[(?:\[\d+,\d+\],){2}\[)\d+', rb"\g<1>1e400", to_bytes(body))


def _relative(corners: Corners) -> object:
    """Thousandths of a page of 4000 pixels, as some engines report."""
    return [[x * 1000 // 4000, y * 1000 // 4000] for x, y in corners]


FAULTS: tuple[Fault, ...] = (
    Fault("no-location", "leaves location out", _breaks("location"), _both(without("location"))),
    Fault(
        "location-object",
        "gives location as an object",
        _breaks("location"),
        _both(located(lambda corners: {"points": corners[0]})),
    ),
    Fault(
        "three-corners",
        "gives three corners",
        _breaks("location.four-corners"),
        _both(located(lambda corners: [*corners[:3]])),
    ),
    Fault(
        "closed-ring",
        "repeats the first corner at the end",
        _breaks("location.four-corners"),
        _both(located(lambda corners: [*corners, corners[0]])),
    ),
    Fault("flat-location", "gives eight numbers in a row", _breaks("location.pairs"), _both(located(_flat))),
    Fault(
        "corner-objects",
        "gives corners as objects",
        _breaks("location.pairs"),
        _both(each_corner(lambda x, y: {"x": x, "y": y})),
    ),
    Fault(
        "coordinate-strings",
        "gives coordinates as strings",
        _breaks("location.numbers"),
        _both(each_corner(lambda x, y: [str(x), str(y)])),
    ),
    Fault(
        "coordinate-fractions",
        "gives coordinates with fractions",
        _breaks("location.integers"),
        _both(each_corner(lambda x, y: [x + 0.25, y + 0.25])),
    ),
    Fault(
        "coordinate-floats",
        "writes whole coordinates as 65.0",
        _breaks("location.integers"),
        _both(each_corner(lambda x, y: [float(x), float(y)])),
    ),
    Fault(
        "crossed-corners",
        "gives corners row by row, so that the outline crosses itself",
        _breaks("location.area"),
        _both(located(_crossed)),
    ),
    Fault(
        "counter-clockwise",
        "gives corners counter-clockwise",
        _breaks("location.winding"),
        _both(located(_counter_clockwise)),
    ),
    Fault(
        "starts-elsewhere",
        "begins with the upper right corner",
        ("ticket.location.first-corner",),
        Behaviour(ticket=(located(lambda corners: [*corners[1:], corners[0]]),)),
    ),
    Fault(
        "flat-area",
        "gives one point four times",
        _breaks("location.area"),
        _both(located(lambda corners: [corners[0]] * 4)),
    ),
    Fault(
        "off-picture",
        "places documents beyond the picture",
        _breaks("location.on-picture"),
        _both(each_corner(lambda x, y: [x + 20_000, y + 20_000])),
    ),
    Fault(
        "far-away",
        "places documents a billion pixels away",
        (*_breaks("location.on-picture"), *_breaks("location.within")),
        _both(each_corner(lambda x, y: [x + 1_000_000_000, y + 1_000_000_000])),
    ),
    Fault(
        "one-corner-unbounded",
        "writes a coordinate as 1e400",
        (*_breaks("location.on-picture"), *_breaks("location.within")),
        Behaviour(encode=(_unbounded,)),
    ),
    Fault(
        "one-pixel-over",
        "lets corners reach beyond the border by a pixel",
        _breaks("location.within"),
        _both(each_corner(lambda x, y: [x - 40 if x < 40 else x, -1 if y < 40 else y])),
    ),
    Fault(
        "over-border",
        "lets corners reach beyond the border",
        _breaks("location.within"),
        _both(each_corner(lambda x, y: [x - 40, y - 40])),
    ),
    Fault(
        "misplaced", "places documents in a part of where they are", _breaks("location.true"), _both(located(_shrunk))
    ),
    Fault(
        "scaled-down",
        "gives coordinates of a picture half as large",
        _breaks("location.scale"),
        _both(each_corner(lambda x, y: [x // 2, y // 2])),
    ),
    Fault(
        "scaled-up",
        "gives coordinates of a picture twice as large",
        _breaks("location.scale"),
        _both(each_corner(lambda x, y: [x * 2, y * 2])),
    ),
    Fault(
        "relative-coordinates", "gives coordinates in thousandths", _breaks("location.scale"), _both(located(_relative))
    ),
    Fault("swapped-axes", "gives y before x", _breaks("location.scale"), _both(each_corner(lambda x, y: [y, x]))),
)
