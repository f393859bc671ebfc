"""The places where an implementation can differ from the reference, as one value.

A behaviour is what a fault changes: checks that are left out, and small functions applied on the way from a request to
its reply. The empty behaviour is the faultless reference. Behaviours add up, so that faults can be combined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from conformance.reference.values import JsonObject

if TYPE_CHECKING:
    from conformance.reference.calls import Call, Reply
    from conformance.reference.editions import Edition
    from conformance.reference.errors import Refusal
    from conformance.reference.parameters import Parameters
    from conformance.reference.pictures import Picture
    from conformance.reference.recognizer import Found
    from conformance.reference.values import Check

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
