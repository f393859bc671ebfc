"""Where an implementation can differ from the reference: as one value, as a fault, and as an engine that is not exact.

A behaviour is what a fault changes: checks that are left out, and small functions applied on the way from a request to
its reply. The empty behaviour is the faultless reference. Behaviours add up, so that faults can be combined.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, cast

from conformance.reference.editions import MESSAGES, JsonObject

if TYPE_CHECKING:
    from conformance.reference.alarms import Point
    from conformance.reference.calls import Call, Parameters, Reply
    from conformance.reference.editions import Check, Edition, Json, Refusal
    from conformance.reference.pictures import Picture
    from conformance.reference.recognizer import Found


EditionChange: TypeAlias = "Callable[[Edition], Edition]"
ParametersChange: TypeAlias = "Callable[[Parameters, Call], Parameters]"
PictureChange: TypeAlias = "Callable[[Picture, Call], Picture]"
FoundChange: TypeAlias = "Callable[[tuple[Found, ...], Call], tuple[Found, ...]]"
RefusalChange: TypeAlias = "Callable[[Refusal, Call], Refusal]"
Rescue: TypeAlias = "Callable[[Refusal, Call], JsonObject | None]"
JsonChange: TypeAlias = "Callable[[JsonObject, Call], JsonObject]"
Encoder: TypeAlias = "Callable[[JsonObject, Call], bytes]"
ReplyChange: TypeAlias = "Callable[[Reply, Call], Reply]"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Changes to the reference; every member is empty in the reference itself.

    `edition` changes the documented data (limits, types), `body` the JSON of a request, `parameters` what was asked
    for, `picture` the file to look at, `found` what was recognised, `ticket` and `document` one recognised entry of an
    answer, `success` and `failure` the whole JSON of an answer, `refusal` the code and status of a refusal, `encode`
    the JSON's bytes (the last one counts) and `reply` the response. `rescue` may answer a call successfully that was
    refused. A change may itself refuse a call, by raising RefusedError.
    """

    skipped: frozenset[Check] = frozenset()
    edition: tuple[EditionChange, ...] = ()
    body: tuple[JsonChange, ...] = ()
    parameters: tuple[ParametersChange, ...] = ()
    picture: tuple[PictureChange, ...] = ()
    found: tuple[FoundChange, ...] = ()
    ticket: tuple[JsonChange, ...] = ()
    document: tuple[JsonChange, ...] = ()
    success: tuple[JsonChange, ...] = ()
    rescue: tuple[Rescue, ...] = ()
    refusal: tuple[RefusalChange, ...] = ()
    failure: tuple[JsonChange, ...] = ()
    encode: tuple[Encoder, ...] = ()
    reply: tuple[ReplyChange, ...] = ()

    def checks(self, name: Check) -> bool:
        """Whether a check is made."""
        return name not in self.skipped

    def __add__(self, other: Behaviour) -> Behaviour:
        changes = {
            member.name: getattr(self, member.name) + getattr(other, member.name)
            for member in fields(self)
            if member.name != "skipped"
        }
        return Behaviour(skipped=self.skipped | other.skipped, **changes)


def apply(changes: tuple[Callable[[T, Call], T], ...], value: T, call: Call) -> T:
    """Put a value through changes, one after the other."""
    for change in changes:
        value = change(value, call)
    return value


# What a fault is, and the small changes that faults are made of: edits of JSON objects, of locations, of refusals, of
# replies.


Kind: TypeAlias = Literal["fault", "variant"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One named change of the reference.

    `breaks` are the ids of the requirements that it breaks, without the contract's part; a variant breaks none, and its
    `points` are the numbers of the open points of which it takes another reading than the reference. `wire` says that
    it shows on a socket only. `declares` are the positions (`position=value`) of a target statement without which a
    variant is not conformant. `title` and `zh` say in English and Chinese what it does; where an entry of the
    fleet has none, they stand in `faults/titles.toml`.
    """

    id: str
    breaks: tuple[str, ...]
    change: Behaviour
    kind: Kind = "fault"
    points: tuple[int, ...] = ()
    wire: bool = False
    declares: tuple[str, ...] = ()
    title: str = ""
    zh: str = ""


def variant(variant_id: str, change: Behaviour, *points: int, wire: bool = False) -> Fault:
    """An unusual implementation that the documents allow: no check may find a broken `must` in it."""
    return Fault(variant_id, (), change, kind="variant", points=points, wire=wire)


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


def both(change: JsonChange) -> Behaviour:
    """Change tickets and documents alike."""
    return Behaviour(ticket=(change,), document=(change,))


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


def moved(found: Found, move: Callable[[Point], Point]) -> Found:
    """A document with its corners elsewhere."""
    first, second, third, fourth = found.corners
    return replace(found, corners=(move(first), move(second), move(third), move(fourth)))


def halved(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Documents as on a picture half as large."""
    return tuple(moved(entry, lambda point: (point[0] / 2, point[1] / 2)) for entry in found)


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


# Engines that are not exact: how an honest implementation answers whose OCR misses, fails or misreads some
# documents.
#
# What a real engine does wrong is no breach of the documents, which promise no accuracy; a test kit has to tell the
# one from the other. These are the engines that show whether it does: everything but recognition stays that of the
# reference.


_TICKETS = ("bankcard", "taxi_invoice", "train_ticket", "quota_invoice", "passport")
_DOCUMENTS = ("id_card", "passport", "bankcard", "driving_license")
_UNLIKE = "0123456789"


@dataclass(frozen=True, slots=True)
class Engine:
    """Shares of documents, each in [0, 1], that an engine gets wrong; all 0 is the exact one.

    `misses` are not seen at all, by chance anew in every call; `misses_same` are never seen: by chance once for each
    print, whatever picture it is on. `fails` are placed but not read, in every call anew: tickets are then listed as
    failed, an identity document is not found. `misreads` are taken for another type or have one wrong character in
    each of their fields, in halves, in every call anew. The same `seed` gives the same errors to the same calls in the
    same order. Raises ValueError for a share outside of [0, 1].
    """

    misses: float = 0.0
    misses_same: float = 0.0
    fails: float = 0.0
    misreads: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Looks at the shares."""
        for member in fields(self):
            share = getattr(self, member.name)
            if member.name != "seed" and not 0 <= share <= 1:
                name = f"--engine-{member.name.replace('_', '-')}"
                raise ValueError(f"{name}: expected a share from 0 to 1, found {share:g}")

    @property
    def exact(self) -> bool:
        """Whether it gets nothing wrong."""
        return not (self.misses or self.misses_same or self.fails or self.misreads)

    def behaviour(self) -> Behaviour:
        """The engine as a change of the reference, to stand before those of faults: they spoil what it saw."""
        return Behaviour() if self.exact else Behaviour(found=(self.seen,))

    def seen(self, found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
        """Of the documents on a picture those that this engine sees in a call, as it reads them."""
        return tuple(
            read
            for index, entry in enumerate(found)
            if (read := self._read(entry, f"{call.number} {index}", call)) is not None
        )

    def _read(self, entry: Found, at: str, call: Call) -> Found | None:
        if self._happens(self.misses_same, f"same {_print_of(entry)}") or self._happens(self.misses, f"miss {at}"):
            return None
        if entry.content is not None and self._happens(self.fails, f"fail {at}"):
            return replace(entry, content=None) if call.operation.answers == "tickets" else None
        if self._happens(self.misreads, f"misread {at}"):
            return self._misread(entry, at)
        return entry

    def _misread(self, entry: Found, at: str) -> Found:
        if self._chance(f"how {at}") < 0.5:
            return replace(
                entry,
                ticket=self._other(entry.ticket, _TICKETS, at),
                document=self._other(entry.document, _DOCUMENTS, at),
            )
        content = entry.content
        return entry if content is None else replace(entry, content={k: _spoilt(v) for k, v in content.items()})

    def _other(self, kind: str | None, kinds: tuple[str, ...], at: str) -> str | None:
        others = [other for other in kinds if other != kind]
        return None if kind is None else others[int(self._chance(f"other {at}") * len(others))]

    def _happens(self, share: float, what: str) -> bool:
        return share > 0 and self._chance(what) < share

    def _chance(self, what: str) -> float:
        """A number in [0, 1) that only the seed and `what` decide."""
        digest = hashlib.blake2b(f"{self.seed} {what}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


def _print_of(entry: Found) -> str:
    """What tells one document from another, on whatever picture: its types, and what is printed on it."""
    return json.dumps([entry.ticket, entry.document, entry.content], sort_keys=True)


def _spoilt(value: Json) -> Json:
    """A text with its middle character replaced; anything else as it is."""
    if not isinstance(value, str) or not value:
        return value
    middle = len(value) // 2
    other = _UNLIKE[(ord(value[middle]) + 1) % len(_UNLIKE)]
    return value[:middle] + (other if other != value[middle] else "X") + value[middle + 1 :]
