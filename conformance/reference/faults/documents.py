"""Faults in the identity document of an answer, in its alarms, and in the location of a ticket or document."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.alarms import CONDITIONS
from conformance.reference.behaviour import (
    Behaviour,
    Fault,
    each_corner,
    edited,
    leaves,
    located,
    put,
    to_bytes,
    within,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.behaviour import Corners, JsonChange
    from conformance.reference.calls import Call, Parameters
    from conformance.reference.editions import Json, JsonObject
    from conformance.reference.recognizer import Found


_ALL_FLAGS = tuple(f"alarm.flag.{name.replace('_', '-')}" for name in CONDITIONS)
_ALL_SCORES = tuple(f"alarm.score.{name.replace('_', '-')}" for name in CONDITIONS)


def _document(*changes: JsonChange) -> Behaviour:
    return Behaviour(document=changes)


def _flags(edit: Callable[[Json], Json]) -> Behaviour:
    return _document(edited("alarm_result", lambda flags: leaves(flags, edit)))


def _scores(edit: Callable[[int], Json]) -> Behaviour:
    def number(value: Json) -> Json:
        return edit(value) if isinstance(value, int) else value

    return _document(edited("alarm_confidence", lambda scores: leaves(scores, number)))


def _always_alarm(parameters: Parameters, _call: Call) -> Parameters:
    return replace(parameters, alarm=True)


def _never_alarm(parameters: Parameters, _call: Call) -> Parameters:
    return replace(parameters, alarm=False)


def _other_type_with_alarm(result: JsonObject, _call: Call) -> JsonObject:
    return result | {"type": "macao_id_card"} if "alarm_result" in result else result


def _of_one_condition(name: str) -> Iterator[Fault]:
    """For each condition one fault of its flag and one of its score."""
    word = name.replace("_", "-")
    flag, score = f"detect_{name}_result", f"{name}_score"
    yield Fault(
        f"no-{word}-flag",
        f"leaves {flag} out",
        (f"alarm.flag.{word}",),
        _document(within("alarm_result", without(flag))),
    )
    yield Fault(
        f"{word}-score-100",
        f"gives {score} as 100",
        (f"alarm.score.{word}",),
        _document(within("alarm_confidence", put(score, 100))),
    )


def _mixed_up(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Each of several documents at the place of another."""
    documents = [entry for entry in found if entry.document is not None]
    places = [entry.corners for entry in documents]
    return tuple(replace(entry, corners=place) for entry, place in zip(documents, places[1:] + places[:1], strict=True))


PARTS = (
    Fault("document-without-type", "leaves type out", ("document.type",), _document(without("type"))),
    Fault(
        "document-undocumented-type",
        "names a type that is not documented",
        ("document.type.documented",),
        _document(put("type", "identity_card")),
    ),
    Fault(
        "document-wrong-type",
        "takes every document for another",
        ("document.type.true",),
        _document(put("type", "macao_id_card")),
    ),
    Fault(
        "document-without-confidence",
        "leaves confidence out",
        ("document.confidence",),
        _document(without("confidence")),
    ),
    Fault(
        "document-confidence-string",
        "gives confidence as a string",
        ("document.confidence.number",),
        _document(edited("confidence", str)),
    ),
    Fault(
        "document-confidence-percent",
        "gives confidence in percent",
        ("document.confidence.range",),
        _document(put("confidence", 97.9)),
    ),
    Fault(
        "documents-mixed-up",
        "gives one of several documents the place of another",
        ("document.several",),
        Behaviour(found=(_mixed_up,)),
    ),
)

ALARMS = (
    Fault(
        "always-alarmed",
        "raises every alarm whatever it sees",
        ("alarm.silent",),
        _flags(lambda _flag: True) + _scores(lambda _score: 90),
    ),
    Fault("alarm-ignored", "gives no alarms when asked", ("alarm.when-asked",), Behaviour(parameters=(_never_alarm,))),
    Fault(
        "alarm-always",
        "gives alarms without being asked",
        ("alarm.only-when-asked",),
        Behaviour(parameters=(_always_alarm,)),
    ),
    Fault(
        "alarm-changes-type",
        "sees another type when alarms are asked for",
        ("relation.alarm-adds-only",),
        _document(_other_type_with_alarm),
    ),
    Fault("no-alarm-result", "leaves alarm_result out", ("alarm.when-asked",), _document(without("alarm_result"))),
    Fault(
        "no-alarm-confidence",
        "leaves alarm_confidence out",
        ("alarm.when-asked",),
        _document(without("alarm_confidence")),
    ),
    Fault(
        "alarm-result-null",
        "gives alarm_result as null",
        ("alarm.result",),
        _document(edited("alarm_result", lambda _flags: None)),
    ),
    Fault(
        "alarm-result-list",
        "gives alarm_result as a list",
        ("alarm.result",),
        _document(edited("alarm_result", lambda flags: [flags])),
    ),
    Fault(
        "alarm-confidence-list",
        "gives alarm_confidence as a list",
        ("alarm.confidence",),
        _document(edited("alarm_confidence", lambda scores: [scores])),
    ),
    Fault("flags-as-text", "gives flags as strings", _ALL_FLAGS, _flags(lambda flag: str(flag).lower())),
    Fault("flags-as-numbers", "gives flags as 0 and 1", _ALL_FLAGS, _flags(lambda flag: int(bool(flag)))),
    Fault(
        "never-alarmed",
        "raises no alarm whatever it sees",
        ("alarm.raised",),
        _flags(lambda _flag: False) + _scores(lambda _score: 0),
    ),
    Fault("scores-as-text", "gives scores as strings", _ALL_SCORES, _scores(str)),
    Fault("scores-as-shares", "gives scores from 0 to 1", _ALL_SCORES, _scores(lambda score: score / 100 + 0.005)),
    Fault("scores-negative", "gives scores below 0", _ALL_SCORES, _scores(lambda score: score - 100)),
    Fault("scores-as-floats", "writes scores as 98.0", ("alarm.score.written-as-integer",), _scores(float)),
)

FAULTS: tuple[Fault, ...] = PARTS + ALARMS + tuple(fault for name in CONDITIONS for fault in _of_one_condition(name))


# Faults in the location of a ticket or document.


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


PLACE_FAULTS: tuple[Fault, ...] = (
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
