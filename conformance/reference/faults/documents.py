"""Faults in the identity document of an answer and its alarms, in locations, and in answers that should agree."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.alarms import CONDITIONS
from conformance.reference.behaviour import (
    Behaviour,
    Fault,
    both,
    each_corner,
    edited,
    halved,
    leaves,
    located,
    moved,
    put,
    to_bytes,
    within,
    without,
)
from conformance.reference.faults.requests import is_respelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.alarms import Quad
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


def _alarm(asked: bool) -> Behaviour:
    return Behaviour(parameters=(lambda parameters, _call: replace(parameters, alarm=asked),))


def _other_type_with_alarm(result: JsonObject, _call: Call) -> JsonObject:
    return result | {"type": "macao_id_card"} if "alarm_result" in result else result


def _of_one_condition(name: str) -> Iterator[Fault]:
    """For each condition one fault of its flag and one of its score."""
    word = name.replace("_", "-")
    flag, score = f"detect_{name}_result", f"{name}_score"
    yield Fault(f"no-{word}-flag", (f"alarm.flag.{word}",), _document(within("alarm_result", without(flag))))
    yield Fault(f"{word}-score-100", (f"alarm.score.{word}",), _document(within("alarm_confidence", put(score, 100))))


def _mixed_up(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Each of several documents at the place of another."""
    documents = [entry for entry in found if entry.document is not None]
    places = [entry.corners for entry in documents]
    return tuple(replace(entry, corners=place) for entry, place in zip(documents, places[1:] + places[:1], strict=True))


PARTS = (
    Fault("document-without-type", ("document.type",), _document(without("type"))),
    Fault("document-undocumented-type", ("document.type.documented",), _document(put("type", "identity_card"))),
    Fault("document-wrong-type", ("document.type.true",), _document(put("type", "macao_id_card"))),
    Fault("document-without-confidence", ("document.confidence",), _document(without("confidence"))),
    Fault("document-confidence-string", ("document.confidence.number",), _document(edited("confidence", str))),
    Fault("document-confidence-percent", ("document.confidence.range",), _document(put("confidence", 97.9))),
    Fault("documents-mixed-up", ("document.several",), Behaviour(found=(_mixed_up,))),
)

ALARMS = (
    Fault("always-alarmed", ("alarm.silent",), _flags(lambda _flag: True) + _scores(lambda _score: 90)),
    Fault("alarm-ignored", ("alarm.when-asked",), _alarm(asked=False)),
    Fault("alarm-always", ("alarm.only-when-asked",), _alarm(asked=True)),
    Fault("alarm-changes-type", ("relation.alarm-adds-only",), _document(_other_type_with_alarm)),
    Fault("no-alarm-result", ("alarm.when-asked",), _document(without("alarm_result"))),
    Fault("no-alarm-confidence", ("alarm.when-asked",), _document(without("alarm_confidence"))),
    Fault("alarm-result-null", ("alarm.result",), _document(edited("alarm_result", lambda _flags: None))),
    Fault("alarm-result-list", ("alarm.result",), _document(edited("alarm_result", lambda flags: [flags]))),
    Fault(
        "alarm-confidence-list", ("alarm.confidence",), _document(edited("alarm_confidence", lambda scores: [scores]))
    ),
    Fault("flags-as-text", _ALL_FLAGS, _flags(lambda flag: str(flag).lower())),
    Fault("flags-as-numbers", _ALL_FLAGS, _flags(lambda flag: int(bool(flag)))),
    Fault("never-alarmed", ("alarm.raised",), _flags(lambda _flag: False) + _scores(lambda _score: 0)),
    Fault("scores-as-text", _ALL_SCORES, _scores(str)),
    Fault("scores-as-shares", _ALL_SCORES, _scores(lambda score: score / 100 + 0.005)),
    Fault("scores-negative", _ALL_SCORES, _scores(lambda score: score - 100)),
    Fault("scores-as-floats", ("alarm.score.written-as-integer",), _scores(float)),
)

DOCUMENTS: tuple[Fault, ...] = PARTS + ALARMS + tuple(fault for name in CONDITIONS for fault in _of_one_condition(name))


# Faults in the location of a ticket or document.


def _breaks(*names: str) -> tuple[str, ...]:
    return tuple(f"{where}.{name}" for name in names for where in ("ticket", "document"))


def _ordered(*indices: int) -> JsonChange:
    """The same corners in another order."""
    return located(lambda corners: [corners[index] for index in indices])


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


PLACES: tuple[Fault, ...] = (
    Fault("no-location", _breaks("location"), both(without("location"))),
    Fault("location-object", _breaks("location"), both(located(lambda corners: {"points": corners[0]}))),
    Fault("three-corners", _breaks("location.four-corners"), both(_ordered(0, 1, 2))),
    Fault("closed-ring", _breaks("location.four-corners"), both(_ordered(0, 1, 2, 3, 0))),
    Fault(
        "flat-location",
        _breaks("location.pairs"),
        both(located(lambda corners: [number for corner in corners for number in corner])),
    ),
    Fault("corner-objects", _breaks("location.pairs"), both(each_corner(lambda x, y: {"x": x, "y": y}))),
    Fault("coordinate-strings", _breaks("location.numbers"), both(each_corner(lambda x, y: [str(x), str(y)]))),
    Fault("coordinate-fractions", _breaks("location.integers"), both(each_corner(lambda x, y: [x + 0.25, y + 0.25]))),
    Fault("coordinate-floats", _breaks("location.integers"), both(each_corner(lambda x, y: [float(x), float(y)]))),
    Fault("crossed-corners", _breaks("location.area"), both(_ordered(0, 2, 1, 3))),
    Fault("counter-clockwise", _breaks("location.winding"), both(_ordered(0, 3, 2, 1))),
    Fault("starts-elsewhere", ("ticket.location.first-corner",), Behaviour(ticket=(_ordered(1, 2, 3, 0),))),
    Fault("flat-area", _breaks("location.area"), both(_ordered(0, 0, 0, 0))),
    Fault("off-picture", _breaks("location.on-picture"), both(each_corner(lambda x, y: [x + 20_000, y + 20_000]))),
    Fault(
        "far-away",
        _breaks("location.on-picture", "location.within"),
        both(each_corner(lambda x, y: [x + 1_000_000_000, y + 1_000_000_000])),
    ),
    Fault(
        "one-corner-unbounded",
        _breaks("location.on-picture", "location.within"),
        Behaviour(encode=(_unbounded,)),
    ),
    Fault(
        "one-pixel-over",
        _breaks("location.within"),
        both(each_corner(lambda x, y: [x - 40 if x < 40 else x, -1 if y < 40 else y])),
    ),
    Fault("over-border", _breaks("location.within"), both(each_corner(lambda x, y: [x - 40, y - 40]))),
    Fault("misplaced", _breaks("location.true"), both(located(_shrunk))),
    Fault("scaled-down", _breaks("location.scale"), both(each_corner(lambda x, y: [x // 2, y // 2]))),
    Fault("scaled-up", _breaks("location.scale"), both(each_corner(lambda x, y: [x * 2, y * 2]))),
    Fault("relative-coordinates", _breaks("location.scale"), both(located(_relative))),
    Fault("swapped-axes", _breaks("location.scale"), both(each_corner(lambda x, y: [y, x]))),
)


# Faults that no single answer shows: answers that should agree with each other and do not.


_WIDTH = 800
_BMP_OR_TIFF = re.compile(rb'"(Qk|SUkq|TU0A)')


def _halved_if_respelled(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    return halved(found) if is_respelled(call) else found


def _halved_if_raw(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    return halved(found) if _BMP_OR_TIFF.search(call.body) else found


def _from_first_document(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Locations as on a page that was cut to its documents first."""
    left = min((x for entry in found for x, _ in entry.corners), default=0.0)
    top = min((y for entry in found for _, y in entry.corners), default=0.0)
    return tuple(moved(entry, lambda point: (point[0] - left, point[1] - top)) for entry in found)


def _at_one_width(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Locations as on a page that was scaled until its documents had a certain width together."""
    right = max((x for entry in found for x, _ in entry.corners), default=0.0)
    scale = _WIDTH / max(right, 1.0)
    return tuple(moved(entry, lambda point: (point[0] * scale, point[1] * scale)) for entry in found)


def _stands_upright(corners: Quad) -> bool:
    (left, top), (right, bottom), *_ = corners
    return right - left > abs(bottom - top)


def _turned_back(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Locations of turned documents as on a page that was turned back first."""
    return tuple(
        entry if _stands_upright(entry.corners) else moved(entry, lambda point: (point[1], point[0])) for entry in found
    )


def _first_content_for_all(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Mixes the fields of documents that lie on one page."""
    return tuple(replace(entry, content=found[0].content, ticket=found[0].ticket) for entry in found)


def _first_types_only(parameters: Parameters, call: Call) -> Parameters:
    """Forgets the last type of a list that is not sorted."""
    listed = json.loads(call.body).get("type_list", [])
    if parameters.types is None or listed == sorted(listed):
        return parameters
    return replace(parameters, types=parameters.types - {listed[-1]})


def _other_with_enterprise(result: JsonObject, call: Call) -> JsonObject:
    return result | {"type": "macao_id_card"} if "enterprise-project-id" in call.headers else result


def _inverted(score: Json) -> Json:
    return 99 - score if isinstance(score, int) else score


def _inverted_scores() -> Iterator[Fault]:
    """For each condition a score that falls as the condition gets worse."""
    for name in CONDITIONS:
        change = within("alarm_confidence", edited(f"{name}_score", _inverted))
        word = name.replace("_", "-")
        yield Fault(f"{word}-score-inverted", (f"relation.score.{word}",), _document(change))


RELATIONS: tuple[Fault, ...] = (
    Fault("misplaces-respelled", ("relation.spelling",), Behaviour(found=(_halved_if_respelled,))),
    Fault("misplaces-raw", ("relation.re-encoding",), Behaviour(found=(_halved_if_raw,))),
    Fault("places-on-a-cut-page", ("relation.padding",), Behaviour(found=(_from_first_document,))),
    Fault("places-on-a-scaled-page", ("relation.scaling",), Behaviour(found=(_at_one_width,))),
    Fault("turns-back", ("relation.rotation",), Behaviour(found=(_turned_back,))),
    Fault("mixes-documents", ("relation.parts",), Behaviour(found=(_first_content_for_all,))),
    Fault("type-list-in-order", ("relation.type-list-order",), Behaviour(parameters=(_first_types_only,))),
    Fault("enterprise-matters", ("relation.enterprise-project",), _document(_other_with_enterprise)),
    *_inverted_scores(),
)
