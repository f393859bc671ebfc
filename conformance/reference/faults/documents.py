"""Faults in the identity document of an answer, and in its alarms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.alarms import CONDITIONS
from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.edits import edited, leaves, put, within, without
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.behaviour import JsonChange
    from conformance.reference.calls import Call
    from conformance.reference.parameters import Parameters
    from conformance.reference.recognizer import Found
    from conformance.reference.values import Json, JsonObject

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
