"""Faults in the whole answer of a success."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import INVALID_PARAMETER, MESSAGES, SUCCEEDED, refused
from conformance.reference.faults.edits import edited, put, without
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.behaviour import JsonChange
    from conformance.reference.calls import Call
    from conformance.reference.errors import Refusal
    from conformance.reference.recognizer import Found
    from conformance.reference.values import Json, JsonObject

_OTHER_TYPES: Mapping[str, str] = MappingProxyType({"tickets": "bankcard", "document": "peru_id_card"})


def _success(*changes: JsonChange) -> Behaviour:
    return Behaviour(success=changes)


def _refuse_all(_found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    raise refused(INVALID_PARAMETER, "unwanted")


def _lone_entry(result: Json) -> Json:
    return result[0] if isinstance(result, list) and len(result) == 1 else result


def _listed(result: Json) -> Json:
    return result if isinstance(result, list) else [result]


def _unstable(body: JsonObject, call: Call) -> JsonObject:
    """Every other call gets another type."""
    if call.number % 2:
        return body
    wrong = _OTHER_TYPES[call.operation.answers]
    result = body["result"]
    if isinstance(result, list):
        return {"result": [entry | {"type": wrong} if isinstance(entry, dict) else entry for entry in result]}
    return {"result": result | {"type": wrong}} if isinstance(result, dict) else body


def _nothing_is_success(refusal: Refusal, _call: Call) -> JsonObject | None:
    return {"result": {}} if refusal.cause == "nothing-recognised" else None


FAULTS: tuple[Fault, ...] = (
    Fault("refuses-all", "refuses every picture", ("accepts.picture",), Behaviour(found=(_refuse_all,))),
    Fault(
        "success-with-error-fields",
        "adds the code of success to a success",
        ("success.no-error-fields",),
        _success(put("error_code", SUCCEEDED), put("error_msg", MESSAGES[SUCCEEDED])),
    ),
    Fault(
        "success-with-null-error-fields",
        "adds error fields of null to a success",
        ("success.no-empty-error-fields",),
        _success(put("error_code", None), put("error_msg", None)),
    ),
    Fault(
        "no-result",
        "calls the result data",
        ("success.result",),
        _success(lambda body, _call: {"data": body["result"]}),
    ),
    Fault("empty-success", "answers a success with an empty object", ("success.result",), _success(without("result"))),
    Fault("result-null", "answers a success with null", ("success.result-list",), _success(put("result", None))),
    Fault(
        "lone-ticket-as-object",
        "gives a single ticket without a list around it",
        ("success.result-list",),
        _success(edited("result", _lone_entry)),
    ),
    Fault(
        "document-in-list",
        "gives the one document in a list",
        ("success.result-object",),
        _success(edited("result", _listed)),
    ),
    Fault("unstable", "changes its mind from call to call", ("relation.repeat",), _success(_unstable)),
    Fault(
        "nothing-is-success",
        "answers a picture without a document with an empty object",
        ("document.unreadable",),
        Behaviour(rescue=(_nothing_is_success,)),
    ),
)
