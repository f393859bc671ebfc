"""Faults that no single answer shows: answers that should agree with each other and do not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.alarms import CONDITIONS
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.edits import edited, halved, moved, within
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.limits import is_respelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reference.calls import Call
    from conformance.reference.geometry import Quad
    from conformance.reference.parameters import Parameters
    from conformance.reference.recognizer import Found
    from conformance.reference.values import Json, JsonObject

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
        title = f"gives a {name}_score that falls as the condition gets worse"
        yield Fault(f"{word}-score-inverted", title, (f"relation.score.{word}",), Behaviour(document=(change,)))


FAULTS: tuple[Fault, ...] = (
    Fault(
        "misplaces-respelled",
        "places documents elsewhere where JSON is spelled otherwise",
        ("relation.spelling",),
        Behaviour(found=(_halved_if_respelled,)),
    ),
    Fault(
        "misplaces-raw",
        "places documents elsewhere in BMP and TIFF files",
        ("relation.re-encoding",),
        Behaviour(found=(_halved_if_raw,)),
    ),
    Fault(
        "places-on-a-cut-page",
        "places documents on a page cut to them",
        ("relation.padding",),
        Behaviour(found=(_from_first_document,)),
    ),
    Fault(
        "places-on-a-scaled-page",
        "places documents on a page of a certain width",
        ("relation.scaling",),
        Behaviour(found=(_at_one_width,)),
    ),
    Fault(
        "turns-back",
        "places turned documents on a page turned back",
        ("relation.rotation",),
        Behaviour(found=(_turned_back,)),
    ),
    Fault(
        "mixes-documents",
        "mixes documents that lie on one page",
        ("relation.parts",),
        Behaviour(found=(_first_content_for_all,)),
    ),
    Fault(
        "type-list-in-order",
        "depends on the order of type_list",
        ("relation.type-list-order",),
        Behaviour(parameters=(_first_types_only,)),
    ),
    Fault(
        "enterprise-matters",
        "sees another type for an enterprise project",
        ("relation.enterprise-project",),
        Behaviour(document=(_other_with_enterprise,)),
    ),
    *_inverted_scores(),
)
