"""What a fault is, and the small changes that faults are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.reference.behaviour import Behaviour
from conformance.reference.contracts import fields_answer
from conformance.reference.editions import MESSAGES, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.alarms import Point
    from conformance.reference.behaviour import JsonChange, ReplyChange
    from conformance.reference.calls import Call, Reply
    from conformance.reference.editions import Json, JsonObject, Refusal
    from conformance.reference.recognizer import Found


Kind: TypeAlias = Literal["fault", "variant"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One named change of the reference.

    `breaks` are the ids of the requirements that it breaks, without the contract's part; a variant breaks none, and its
    `points` are the numbers of the open points of which it takes another reading than the reference. `wire` says that
    it shows on a socket only. `declares` are the positions (`position=value`) of a target statement without which a
    variant is not conformant.
    """

    id: str
    title: str
    breaks: tuple[str, ...]
    change: Behaviour
    kind: Kind = "fault"
    points: tuple[int, ...] = ()
    wire: bool = False
    declares: tuple[str, ...] = ()


def variant(variant_id: str, title: str, change: Behaviour, *points: int, wire: bool = False) -> Fault:
    """An unusual implementation that the documents allow: no check may find a broken `must` in it."""
    return Fault(variant_id, title, (), change, kind="variant", points=points, wire=wire)


# The small changes that faults are made of: edits of JSON objects, of locations, of refusals, of replies.


Corners: TypeAlias = list[list[int]]
"""A location as the reference gives it."""

TOKEN_CAUSES = ("token-given", "token-filled", "token-valid")
"""Causes of a refusal that are about the token."""


def without(*names: str) -> JsonChange:
    """Leave members out."""
    return lambda value, _call: {key: member for key, member in value.items() if key not in names}


def put(name: str, member: Json) -> JsonChange:
    """Set a member."""
    return lambda value, _call: value | {name: member}


def edited(name: str, edit: Callable[[Json], Json]) -> JsonChange:
    """Change a member where it is there."""
    return lambda value, _call: value | {name: edit(value[name])} if name in value else value


def within(name: str, change: JsonChange) -> JsonChange:
    """Make a change inside a member that is an object."""

    def outer(value: JsonObject, call: Call) -> JsonObject:
        member = value.get(name)
        return value | {name: change(member, call)} if isinstance(member, dict) else value

    return outer


def located(edit: Callable[[Corners], object]) -> JsonChange:
    """Change the location of a ticket or document; what `edit` returns must be JSON."""
    return edited("location", lambda corners: cast("Json", edit(cast("Corners", corners))))


def each_corner(edit: Callable[[int, int], object]) -> JsonChange:
    """Change every corner of a location."""
    return located(lambda corners: [edit(x, y) for x, y in corners])


def if_recognised(change: JsonChange) -> JsonChange:
    """Make a change to tickets that were read."""
    return lambda ticket, call: change(ticket, call) if ticket.get("content") else ticket


def if_failed(change: JsonChange) -> JsonChange:
    """Make a change to tickets that could be placed but not read."""
    return lambda ticket, call: ticket if ticket.get("content") else change(ticket, call)


def leaves(value: Json, edit: Callable[[Json], Json]) -> Json:
    """Change every value that is neither list nor object."""
    if isinstance(value, dict):
        return {key: leaves(member, edit) for key, member in value.items()}
    if isinstance(value, list):
        return [leaves(member, edit) for member in value]
    return edit(value)


def recoded(code: str, *causes: str, message: str | None = None) -> Behaviour:
    """Refuse for some causes with another code; `message` is the text of one that the reference does not know."""
    text = MESSAGES[code] if message is None else message

    def change(refusal: Refusal, _call: Call) -> Refusal:
        return replace(refusal, code=code, message=text) if refusal.cause in causes else refusal

    return Behaviour(refusal=(change,))


def with_status(status: int, *causes: str) -> Behaviour:
    """Refuse for some causes with another status."""

    def change(refusal: Refusal, _call: Call) -> Refusal:
        return replace(refusal, status=status) if refusal.cause in causes else refusal

    return Behaviour(refusal=(change,))


def accepting(*causes: str, where: Callable[[Call], bool] = lambda _call: True) -> Behaviour:
    """Answer as if all were well what should have been refused for one of these causes."""

    def rescue(refusal: Refusal, call: Call) -> JsonObject | None:
        return made_up(call) if refusal.cause in causes and where(call) else None

    return Behaviour(rescue=(rescue,))


def moved(found: Found, move: Callable[[Point], Point]) -> Found:
    """A document with its corners elsewhere."""
    first, second, third, fourth = found.corners
    return replace(found, corners=(move(first), move(second), move(third), move(fourth)))


def halved(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Documents as on a picture half as large."""
    return tuple(moved(entry, lambda point: (point[0] / 2, point[1] / 2)) for entry in found)


def refuse_if(unwanted: Callable[[Call], bool], code: str) -> JsonChange:
    """Refuse calls that nothing is wrong with; to be used as a change of the request's body."""

    def change(body: JsonObject, call: Call) -> JsonObject:
        if unwanted(call):
            raise refused(code, "unwanted")
        return body

    return change


def header(name: str, value: str | None) -> ReplyChange:
    """Set a header of the reply, or leave it out."""

    def change(reply: Reply, _call: Call) -> Reply:
        headers = reply.without_header(name) if value is None else reply.with_header(name, value)
        return replace(reply, headers=headers)

    return change


def gateway_page(status: int, above: int) -> Behaviour:
    """A gateway that answers bodies of more than so many bytes itself, with a page."""

    def change(reply: Reply, call: Call) -> Reply:
        if int(call.headers.get("content-length", "0")) <= above:
            return reply
        return replace(reply, status=status, headers=(("Content-Type", "text/html"),), body=b"<html>Too large</html>")

    return Behaviour(reply=(change,))


def to_bytes(body: JsonObject) -> bytes:
    """The JSON of an answer as the reference writes it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def made_up(call: Call) -> JsonObject:
    """A successful answer that no picture was needed for."""
    if call.edition is not None and call.edition.shape is not None:
        return fields_answer((), replace(call.edition, types=()), everything=True)
    place: Json = [[0, 0], [14, 0], [14, 14], [0, 14]]
    if "id-doc" in call.path:
        return {"result": {"type": "id_card", "location": place, "confidence": 0.91}}
    status: Json = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    content: Json = {"issue": "SPECIMEN", "valid_from": "2020-01-01", "valid_to": "2030-01-01"}
    return {"result": [{"status": status, "type": "id_card_emblem_side", "location": place, "content": content}]}
